//! Events: lists, single ones, deletion by filter.

mod attachment;

use crate::answer::Answer;
use crate::call::Call;
use crate::files::Incoming;
use crate::paging::Page;
use crate::passing;
use crate::problem::Problem;
use contract::events::{Endpoint, event_update, new_event};
use engine::documents::{Sources, Written};
use engine::events::{
    AttachedTo, DeleteAttachment, DeleteEvent, FindEvents, PassEvent, ReadEvent, StoreEvent, UpdateEvent,
    WrittenEvent,
};
use model::events::{Event, EventFilter};
use model::files::{File, IS_BINARY};
use model::ids::EventId;
use model::json::{Json, Object};
use model::processing::Processing;
use model::time::Between;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::DeleteMany => delete_many(&call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => update(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::ReadAttachment => {
            let of = AttachedTo(call.id(0)?);
            crate::files::serve(call, of).await
        }
        Endpoint::DeleteAttachment => {
            call.run(DeleteAttachment(call.id(0)?)).await?;
            Ok(Answer::nothing(204))
        }
        // Their bodies are files: see `receive`.
        Endpoint::Attach | Endpoint::ReplaceAttachment => Err(Problem::body_incomplete()),
    }
}

/// The endpoints that take a file in.
pub(crate) async fn receive(
    endpoint: Endpoint,
    call: &Call,
    incoming: Incoming<'_>,
) -> Result<Answer, Problem> {
    attachment::attach(call, incoming, endpoint == Endpoint::ReplaceAttachment).await
}

fn link(call: &Call, id: EventId) -> String {
    call.link(&format!("/event/events/{id}"))
}

/// Between the times of two parameters.
pub(crate) fn between(call: &Call, from: &'static str, to: &'static str) -> Result<Between, Problem> {
    Ok(Between {
        from: call.date(from)?,
        to: call.date(to)?,
    })
}

/// Between the times of the last change: here the end does not belong to it, unlike everywhere else in the REST API.
pub(crate) fn updated(call: &Call) -> Result<Between, Problem> {
    let times = between(call, "lastUpdatedFrom", "lastUpdatedTo")?;
    Ok(Between {
        to: times.to.map(|to| to.plus_millis(-1)),
        ..times
    })
}

/// About which objects a list is; nothing if the source can be no id: then it is one that is not there.
pub(crate) fn sources(call: &Call) -> Result<Option<Sources>, Problem> {
    let mut sources = Sources {
        of: None,
        with_assets: call.flag("withSourceAssets", false)?,
        with_devices: call.flag("withSourceDevices", false)?,
    };
    match call.text("source") {
        Some(source) => match source.parse() {
            Ok(source) => sources.of = Some(source),
            Err(_) => return Ok(None),
        },
        None if sources.with_assets || sources.with_devices => {
            return Err(Problem::missing_parameters(call, &["source"]));
        }
        None => {}
    }
    Ok(Some(sources))
}

fn filter(call: &Call) -> Result<EventFilter, Problem> {
    let fragment = call.text("fragmentType");
    let value = call.text("fragmentValue");
    if value.is_some() && fragment.is_none() {
        return Err(Problem::missing_parameters(call, &["fragmentType"]));
    }
    Ok(EventFilter {
        kind: call.text("type"),
        fragment,
        value,
        time: between(call, "dateFrom", "dateTo")?,
        created: between(call, "createdFrom", "createdTo")?,
        updated: updated(call)?,
    })
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let filter = filter(call)?;
    let Some(sources) = sources(call)? else {
        let envelope = page.envelope(call, "events", Vec::new(), page.counts().then_some(0));
        return Ok(Answer::json(200, "eventcollection", &envelope));
    };
    let question = FindEvents {
        sources,
        filter,
        revert: call.flag("revert", false)?,
        page: page.cut(),
    };
    let found = call.ask(question).await?;
    let entries = found.items.iter().map(|event| Json::Object(show(call, event)));
    let envelope = page.envelope(call, "events", entries.collect(), found.total);
    Ok(Answer::json(200, "eventcollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let event = call.ask(ReadEvent(call.id(0)?)).await?;
    Ok(Answer::json(200, "event", &show(call, &event)))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_event(body).map_err(|bad| Problem::body(&call, &bad))?;
    if call.mode == Processing::Transient {
        let may_read = call.run(PassEvent(new.clone())).await?;
        let object = match may_read {
            true => passing::show(&call, &new.into()),
            false => Object::new(),
        };
        return Ok(Answer::json(201, "event", &object));
    }
    let written = call.run(StoreEvent(new)).await?;
    let (id, answer) = show_written(&call, 201, &written);
    Ok(answer.at(link(&call, id)))
}

async fn update(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let update = event_update(body).map_err(|bad| Problem::body(&call, &bad))?;
    let written = call.run(UpdateEvent { id, update }).await?;
    Ok(show_written(&call, 200, &written).1)
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    call.run(DeleteEvent(call.id(0)?)).await?;
    Ok(Answer::nothing(204))
}

async fn delete_many(call: &Call) -> Result<Answer, Problem> {
    let filter = filter(call)?;
    // The decision comes first, also when the source can match nothing.
    let (source, filter) = match sources(call)? {
        Some(sources) => (sources.of, filter),
        None => (None, matching_nothing()),
    };
    let deleted = call.door().delete_events(call.caller()?, source, filter);
    deleted.await.map_err(call.refused())?;
    Ok(Answer::nothing(204))
}

fn matching_nothing() -> EventFilter {
    EventFilter {
        kind: Some(String::new()),
        time: Between {
            from: None,
            to: Some(model::time::Timestamp::MIN),
        },
        ..EventFilter::default()
    }
}

/// What was written, as far as the caller may read it: an ADMIN without READ gets no stored data back (R019).
fn show_written(call: &Call, status: u16, written: &WrittenEvent) -> (EventId, Answer) {
    let (id, object) = match written {
        Written::Shown(event) => (event.id, show(call, event)),
        Written::Hidden(id) => {
            let mut object: Object = [("id", id.to_string())].into_iter().collect();
            object.set("self", link(call, *id));
            (*id, object)
        }
    };
    (id, Answer::json(status, "event", &object))
}

pub(crate) fn show(call: &Call, event: &Event) -> Object {
    let mut properties: Vec<(String, Json)> = Vec::with_capacity(9 + event.fragments.len());
    let mut put = |name: &str, value: Json| properties.push((name.to_owned(), value));
    put("id", event.id.to_string().into());
    put("self", link(call, event.id).into());
    put("source", source(call, event.source).into());
    put("type", event.kind.as_str().into());
    put("time", event.time.to_string().into());
    put("text", event.text.as_str().into());
    put("creationTime", event.created.to_string().into());
    put("lastUpdated", event.updated.to_string().into());
    if let Some(file) = &event.attachment {
        put(IS_BINARY, attached(file).into());
    }
    // Fragments never have the names above: the contract does not take them in.
    let fragments = event.fragments.iter();
    properties.extend(fragments.map(|(name, value)| (name.to_owned(), value.clone())));
    Object::from_unique(properties)
}

/// The object that data is about.
pub(crate) fn source(call: &Call, id: model::ids::ObjectId) -> Object {
    let mut source: Object = [("id", id.to_string())].into_iter().collect();
    source.set("self", crate::inventory::link(call, id));
    source
}

fn attached(file: &File) -> Object {
    let mut object: Object = [("name", file.name.as_str())].into_iter().collect();
    object.set("length", file.content.length);
    object.set("type", file.media.as_str());
    object
}
