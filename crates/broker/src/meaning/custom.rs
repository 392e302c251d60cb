//! Rows of a template collection: each becomes the request that its template says, and the answer to that, if templates
//! are to be tried on it, rows again. A template gives no right: what a request is about is found and decided as
//! everything else.

use super::Said;
use super::collections::{NoCollection, collection_of, rows_of};
use super::documents;
use super::refused::Refused;
use super::rows::{raise_alarms, store_events, store_measurements};
use super::speech::Speech;
use super::statics::{change_alarm, not_transient, only_stored};
use engine::alarms::{RaiseAlarm, Raised};
use engine::devices::{About, ByName, CreateNamed, FindNamed, Named, UpdateUnfinished};
use engine::documents::Written;
use engine::events::StoreEvent;
use engine::flow::Rejected;
use engine::inventory::{ReadObject, Show, UpdateObject};
use engine::operations::ReadOperation;
use model::ids::ObjectId;
use model::inventory::{ManagedObjectUpdate, NewManagedObject};
use model::json::Json;
use model::processing::Processing;
use mqtt::reason::PublishRefusal;
use smartrest::collection::{Change, Method, Request, Target};
use smartrest::device::{AlarmRow, EventRow};
use smartrest::dialect::rows;
use smartrest::fault::{ErrorCode, Fault};
use smartrest::topic::{CollectionId, SubscribeTopic};

/// Carries out the rows of a message; answers go to this topic.
pub(super) async fn carry_out(
    speech: &Speech<'_>,
    name: &CollectionId,
    answers: SubscribeTopic,
    payload: &[u8],
    said: &mut Said,
) -> Result<(), PublishRefusal> {
    let rows = match rows(payload) {
        Ok(rows) => rows,
        Err(bad) => {
            speech.malformed();
            said.error(ErrorCode::Malformed, "", bad.to_string());
            return Err(PublishRefusal::Content);
        }
    };
    let collection = match collection_of(speech.door, &speech.caller, name).await {
        Ok((_, collection)) => collection,
        Err(none) => return no_collection(name, none, said),
    };
    for (at, row) in rows.iter().enumerate().filter(|(at, _)| !speech.is_done(*at)) {
        speech.begin(at);
        let mut request = match collection.request(row, speech.now) {
            Ok(request) => request,
            Err(refused) => {
                speech.refused(Rejected::Malformed);
                said.error_row(refused.error_row());
                continue;
            }
        };
        if said.is_full() {
            request.answers = false;
        }
        let asks = request.action.method() == Method::Get;
        let room = if asks { said.check_room() } else { Ok(()) };
        let performed = match room {
            Ok(()) => perform(speech, request).await,
            Err(refused) => Err(refused),
        };
        match performed {
            Ok(Some(document)) => {
                let rows = rows_of(speech.door, &collection, None, document).await;
                if let Some(rows) = rows {
                    said.answer(answers.clone(), rows);
                }
            }
            Ok(None) => {}
            Err(Refused::Stop(why)) => return Err(why),
            Err(Refused::Told(code, text)) => {
                let template = row.fields.as_deref().ok().and_then(|fields| fields.first());
                said.error(code, template.map_or("", |id| id), text);
            }
        }
    }
    Ok(())
}

fn no_collection(name: &CollectionId, none: NoCollection, said: &mut Said) -> Result<(), PublishRefusal> {
    let text = match none {
        NoCollection::Refused(refusal) => match Refused::from(refusal) {
            Refused::Stop(why) => return Err(why),
            Refused::Told(..) => "there is no such template collection".to_owned(),
        },
        NoCollection::Bad(bad) => bad.to_string(),
    };
    said.error(ErrorCode::NotCreated, name.as_str(), text);
    Err(PublishRefusal::Content)
}

fn bad(fault: &Fault) -> Refused {
    Refused::Told(fault.code(), fault.to_string().into())
}

/// What becomes of a request: the document that response templates are tried on, if they are to be.
async fn perform(speech: &Speech<'_>, request: Request) -> Result<Option<Json>, Refused> {
    let change = request.change().map_err(|fault| bad(&fault))?;
    let answers = request.answers;
    match (change, request.target) {
        (Change::Nothing, target) => {
            let id = speech.ask(FindNamed(object_named(speech, target)?)).await?;
            read(speech, id, answers).await
        }
        (Change::UpdateObject(update), target) => {
            not_transient(speech)?;
            update_object(speech, object_named(speech, target)?, update, answers).await
        }
        (Change::CreateObject(object), Target::New(name)) => {
            not_transient(speech)?;
            let name = name.map(|name| (name.kind, name.value));
            create_object(speech, object, name, answers).await
        }
        (Change::CreateMeasurement(row), _) => {
            store_measurements(speech, vec![row]).await?;
            Ok(None)
        }
        (Change::CreateEvent(row), _) => create_event(speech, row, answers).await,
        (Change::CreateAlarm(row), _) => create_alarm(speech, row, answers).await,
        (Change::UpdateAlarm(update), Target::Alarm(kind)) => {
            only_stored(speech)?;
            change_alarm(speech, kind, update).await?;
            Ok(None)
        }
        (Change::UpdateOperation(update), Target::Operation(fragment)) => {
            only_stored(speech)?;
            let make = move |device| UpdateUnfinished {
                device,
                fragment: fragment.as_str().to_owned(),
                update: update.clone(),
            };
            let id = speech.on_there(make).await?;
            if !answers {
                return Ok(None);
            }
            let view = speech.ask(ReadOperation(id)).await?;
            Ok(Some(documents::operation(&view.operation).into()))
        }
        _ => Err(Refused::arguments("the template does not fit what it is about")),
    }
}

fn object_named(speech: &Speech<'_>, target: Target) -> Result<Named, Refused> {
    let about = match target {
        Target::Device => return Ok(speech.named()),
        Target::Object(id) => About::Object(id),
        Target::External(name) => About::External {
            kind: name.kind,
            value: name.value,
        },
        Target::New(_) | Target::Alarm(_) | Target::Operation(_) => {
            return Err(Refused::arguments("the template does not fit what it is about"));
        }
    };
    Ok(Named {
        device: speech.device.clone(),
        about,
    })
}

async fn read(speech: &Speech<'_>, id: ObjectId, answers: bool) -> Result<Option<Json>, Refused> {
    if !answers {
        return Ok(None);
    }
    let show = Show::NOTHING;
    let view = speech.ask(ReadObject { id, show }).await?;
    Ok(Some(documents::object(&view).into()))
}

async fn update_object(
    speech: &Speech<'_>,
    named: Named,
    update: ManagedObjectUpdate,
    answers: bool,
) -> Result<Option<Json>, Refused> {
    let make = move |id| UpdateObject {
        id,
        update: update.clone(),
    };
    let written = speech
        .creating(|| ByName::new(named.clone(), make.clone()))
        .await?;
    read(speech, written.id(), answers).await
}

async fn create_object(
    speech: &Speech<'_>,
    object: NewManagedObject,
    name: Option<(model::names::Label, model::names::Label)>,
    answers: bool,
) -> Result<Option<Json>, Refused> {
    let parent = None;
    let id = speech.run(CreateNamed { parent, object, name }).await?;
    read(speech, id, answers).await
}

async fn create_event(speech: &Speech<'_>, row: EventRow, answers: bool) -> Result<Option<Json>, Refused> {
    if !answers || !matches!(speech.mode, Processing::Persistent | Processing::Quiescent) {
        store_events(speech, vec![row]).await?;
        return Ok(None);
    }
    let make = move |id| StoreEvent(row.clone().of(id));
    Ok(match speech.on_data(make).await? {
        Written::Shown(event) => Some(documents::event(&event).into()),
        Written::Hidden(_) => None,
    })
}

async fn create_alarm(speech: &Speech<'_>, row: AlarmRow, answers: bool) -> Result<Option<Json>, Refused> {
    if !answers {
        raise_alarms(speech, vec![row]).await?;
        return Ok(None);
    }
    only_stored(speech)?;
    let make = move |id| RaiseAlarm(row.clone().of(id));
    Ok(match speech.on_data(make).await? {
        Raised::Alarm(Written::Shown(alarm)) => Some(documents::alarm(&alarm).into()),
        Raised::Alarm(Written::Hidden(_)) | Raised::Dropped => None,
    })
}
