//! Files in the inventory.

use crate::answer::Answer;
use crate::call::Call;
use crate::files::{Incoming, Received, receive as receive_file, serve};
use crate::inventory::{Filters, show_object};
use crate::paging::Page;
use crate::problem::Problem;
use contract::binaries::{Endpoint, new_binary};
use contract::form::{file_name, media_type};
use engine::binaries::{
    BinaryOf, CreateBinary, DeleteBinary, FindBinaries, NewBinary, ReplaceBinary, ReplacedBinary,
};
use engine::inventory::{ObjectView, Written};
use model::files::UNKNOWN_MEDIA;
use model::ids::ObjectId;
use model::inventory::NewManagedObject;
use model::json::{Json, Object};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => list(&call).await,
        Endpoint::Read => {
            let of = BinaryOf(call.id(0)?);
            serve(call, of).await
        }
        Endpoint::Delete => {
            call.run(DeleteBinary(call.id(0)?)).await?;
            Ok(Answer::nothing(204))
        }
        // Their bodies are files: see `receive`.
        Endpoint::Create | Endpoint::Replace => Err(Problem::body_incomplete()),
    }
}

/// The endpoints that take a file in.
pub(crate) async fn receive(
    endpoint: Endpoint,
    call: &Call,
    incoming: Incoming<'_>,
) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Replace => replace(call, incoming).await,
        _ => create(call, incoming).await,
    }
}

fn link(call: &Call, id: ObjectId) -> String {
    call.link(&format!("/inventory/binaries/{id}"))
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let filters = Filters::of(call, page)?;
    if filters.matches_nothing {
        let envelope = page.envelope(call, "managedObjects", Vec::new(), page.counts().then_some(0));
        return Ok(Answer::json(200, "managedobjectcollection", &envelope));
    }
    let question = FindBinaries {
        search: filters.search,
        owner: filters.owner,
        text: filters.text,
    };
    let found = call.ask(question).await?;
    let entries = found.objects.iter().map(|view| Json::Object(show(call, view)));
    let envelope = page.envelope(call, "managedObjects", entries.collect(), found.total);
    Ok(Answer::json(200, "managedobjectcollection", &envelope))
}

/// A managed object whose own link is that of its file.
fn show(call: &Call, view: &ObjectView) -> Object {
    let mut object = show_object(call, view, true);
    object.set("self", link(call, view.object.id));
    object
}

async fn create(call: &Call, incoming: Incoming<'_>) -> Result<Answer, Problem> {
    let mut received = receive_file(call, incoming, NewBinary).await?;
    let media = media_of(&received);
    let new = match received.object.take() {
        Some(object) => new_binary(object).map_err(|bad| Problem::body(call, &bad))?,
        None => NewManagedObject::default(),
    };
    let new = named(new, received.name.as_deref());
    let name = new.name.as_ref().and_then(|name| file_name(name.as_str()));
    let name = received.name.or(name).unwrap_or_else(|| "file".to_owned());
    let created = received.upload.complete(|content| CreateBinary {
        new,
        name,
        media,
        content,
    });
    let written = created.await.map_err(call.refused())?;
    Ok(show_written(call, &written))
}

/// An object without a name has that of its file.
fn named(mut new: NewManagedObject, name: Option<&str>) -> NewManagedObject {
    if new.name.is_none() {
        new.name = name.and_then(|name| name.parse().ok());
    }
    new
}

/// The media type of a file: as it came with the content, or else as it is told of the object.
fn media_of<T>(received: &Received<T>) -> String {
    let told = |name: &str| {
        let object = received.object.as_ref().and_then(Json::as_object);
        object.and_then(|object| object.get(name)).and_then(Json::as_str)
    };
    let candidates = [received.media.as_deref(), told("contentType"), told("type")];
    let known = candidates
        .into_iter()
        .map(media_type)
        .find(|media| media != UNKNOWN_MEDIA);
    known.unwrap_or_else(|| UNKNOWN_MEDIA.to_owned())
}

async fn replace(call: &Call, incoming: Incoming<'_>) -> Result<Answer, Problem> {
    let of = ReplacedBinary(call.id(0)?);
    let received = receive_file(call, incoming, of).await?;
    let media = media_type(received.media.as_deref());
    let replaced = received
        .upload
        .complete(|content| ReplaceBinary { of, media, content });
    let written = replaced.await.map_err(call.refused())?;
    Ok(show_written(call, &written))
}

/// What was written, as far as the caller may read it (R019).
fn show_written(call: &Call, written: &Written) -> Answer {
    let object = match written {
        Written::Shown(view) => show(call, view),
        Written::Hidden(id) => {
            let mut object: Object = [("id", id.to_string())].into_iter().collect();
            object.set("self", link(call, *id));
            object
        }
    };
    let answer = Answer::json(201, "managedobject", &object);
    answer.at(link(call, written.id()))
}
