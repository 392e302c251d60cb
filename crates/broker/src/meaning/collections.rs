//! Template collections: whether one is there, and its creation. A collection that is there is not changed over MQTT.

use super::Said;
use super::refused::Refused;
use super::speech::Speech;
use engine::caller::Caller;
use engine::devices::{CreateCollection, ListCollections, ReadCollection};
use engine::door::Door;
use engine::refusal::Refusal;
use model::ids::ObjectId;
use model::inventory::NewManagedObject;
use model::json::Json;
use model::names::Label;
use mqtt::reason::PublishRefusal;
use smartrest::collection::{
    BadCollection, COLLECTION_FRAGMENT, COLLECTION_ID_TYPE, COLLECTION_TYPE, Collection,
};
use smartrest::fault::ErrorCode;
use smartrest::server::ServerRow;
use smartrest::topic::{CollectionId, SubscribeTopic};
use std::sync::Arc;

/// Why there is no collection to go by.
pub(super) enum NoCollection {
    /// None of this name, or none that the caller may read.
    Refused(Refusal),
    /// What is stored under this name is none.
    Bad(BadCollection),
}

/// What everybody means by these words; they are names, so it is always there.
fn label(text: &str) -> Option<Label> {
    text.parse().ok()
}

fn question(name: &CollectionId) -> Option<ReadCollection> {
    Some(ReadCollection {
        id_kind: label(COLLECTION_ID_TYPE)?,
        name: label(name.as_str())?,
        object_kind: label(COLLECTION_TYPE)?,
    })
}

/// The object of a collection, and what it holds.
pub(super) async fn collection_of(
    door: &Door,
    caller: &Caller,
    name: &CollectionId,
) -> Result<(ObjectId, Arc<Collection>), NoCollection> {
    let question = question(name).ok_or(NoCollection::Bad(BadCollection::NotACollection))?;
    let object = door.ask(caller, question).await.map_err(NoCollection::Refused)?;
    let id = object.id;
    let read = move || match object.fragments.get(COLLECTION_FRAGMENT) {
        Some(fragment) => Collection::from_object(fragment),
        None => Err(BadCollection::NotACollection),
    };
    let collection = door.compute(read).await.map_err(NoCollection::Refused)?;
    Ok((id, Arc::new(collection.map_err(NoCollection::Bad)?)))
}

/// The names of the collections that the caller hears of without naming them, so many at most.
pub(super) async fn names(door: &Door, caller: &Caller, most: usize) -> Vec<CollectionId> {
    let (Some(id_kind), Some(object_kind)) = (label(COLLECTION_ID_TYPE), label(COLLECTION_TYPE)) else {
        return Vec::new();
    };
    let question = ListCollections {
        id_kind,
        object_kind,
        most,
    };
    let names = door.ask(caller, question).await.unwrap_or_default();
    let id = |name: &Label| name.as_str().parse().ok();
    names.iter().filter_map(id).collect()
}

/// What a document is answered with by a collection, as one message; nothing if no template fits. Documents and templates
/// are long, so this is not done where connections are served.
pub(super) async fn rows_of(
    door: &Door,
    collection: &Arc<Collection>,
    serial: Option<&Label>,
    document: Json,
) -> Option<String> {
    let (templates, serial, document) = (collection.clone(), serial.cloned(), Arc::new(document));
    let answer = move |document: &Json| templates.answer(serial.as_ref().map(Label::as_str), document);
    let (first, again) = (document.clone(), answer.clone());
    let rows = match door.compute(move || answer(&first)).await {
        Ok(rows) => rows,
        // What was asked is done, and what is to be told of it must not be lost because too much else waits. It costs
        // some milliseconds at most.
        Err(_) => again(&document),
    };
    (!rows.is_empty()).then(|| rows.join("\n"))
}

/// Nothing sent asks whether the collection is there; its templates create it.
pub(super) async fn carry_out(
    speech: &Speech<'_>,
    name: &CollectionId,
    payload: &[u8],
    said: &mut Said,
) -> Result<(), PublishRefusal> {
    match payload.iter().all(u8::is_ascii_whitespace) {
        true => is_there(speech, name, said).await,
        false => create(speech, name, payload, said).await,
    }
}

async fn is_there(speech: &Speech<'_>, name: &CollectionId, said: &mut Said) -> Result<(), PublishRefusal> {
    let Some(question) = question(name) else {
        return Err(PublishRefusal::TopicName);
    };
    let row = match speech.ask(question).await {
        Ok(object) => ServerRow::CollectionFound(name.clone(), object.id),
        Err(Refused::Stop(why)) => return Err(why),
        Err(Refused::Told(..)) => ServerRow::CollectionMissing(name.clone()),
    };
    said.answer(SubscribeTopic::Templates, row.print());
    Ok(())
}

async fn create(
    speech: &Speech<'_>,
    name: &CollectionId,
    payload: &[u8],
    said: &mut Said,
) -> Result<(), PublishRefusal> {
    let refused = |said: &mut Said, code, text: String| {
        said.answer(
            SubscribeTopic::Templates,
            ServerRow::CollectionMissing(name.clone()).print(),
        );
        said.error(code, name.as_str(), text);
    };
    let collection = match Collection::from_message(payload) {
        Ok(collection) => collection,
        Err(bad) => {
            refused(said, ErrorCode::NotCreated, bad.to_string());
            return Err(PublishRefusal::Content);
        }
    };
    let (Some(id_kind), Some(name_of), kind) = (
        label(COLLECTION_ID_TYPE),
        label(name.as_str()),
        label(COLLECTION_TYPE),
    ) else {
        return Err(PublishRefusal::TopicName);
    };
    let command = CreateCollection {
        id_kind,
        name: name_of.clone(),
        object: NewManagedObject {
            name: Some(name_of),
            kind,
            owner: None,
            fragments: [(COLLECTION_FRAGMENT, collection.to_object())]
                .into_iter()
                .collect(),
        },
    };
    match speech.run(command).await {
        Ok(Some(object)) => {
            let row = ServerRow::CollectionFound(name.clone(), object);
            said.answer(SubscribeTopic::Templates, row.print());
            Ok(())
        }
        Ok(None) => {
            let text = "the collection is there already, and is not changed over MQTT";
            said.error(ErrorCode::NotCreated, name.as_str(), text);
            Ok(())
        }
        Err(Refused::Stop(why)) => Err(why),
        Err(Refused::Told(code, text)) => {
            refused(said, code, text.into_owned());
            Ok(())
        }
    }
}
