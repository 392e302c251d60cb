//! JSON over MQTT: the bodies of the REST API, read by its own parsers. About whom a document is, its `source` does not say:
//! it is the device that speaks, or what `externalSource` names.

use super::refused::Refused;
use super::speech::Speech;
use super::statics::{change, not_in_this_mode, not_transient, only_stored};
use contract::body::{array, object};
use contract::{alarms, events, inventory, measurements};
use engine::alarms::UpdateAlarm;
use engine::devices::{
    About, ByName, ByNames, CreateNamed, FindNamed, Named, PassEvents, RaiseAlarms, StoreEvents,
};
use engine::events::{DeleteEvent, UpdateEvent};
use engine::inventory::UpdateObject;
use engine::measurements::{DeleteMeasurement, PassMeasurements, StoreMeasurements};
use engine::work::Command;
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::BULK_MEASUREMENTS_MAX;
use model::names::Label;
use model::processing::Processing;
use model::registration::ID_TYPE_DEFAULT;
use policy::operation::Operation;
use policy::operations::alarms::AlarmCreate;
use policy::operations::events::EventCreate;
use policy::operations::measurements::MeasurementCreate;
use smartrest::fault::ErrorCode;
use smartrest::topic::{External, JsonTopic};

/// The property that names what a document is about.
const EXTERNAL_SOURCE: &str = "externalSource";

/// What is told of a message that was not done.
pub(super) fn error(text: &str, packet_id: Option<u16>) -> String {
    let mut error = Object::new();
    error.set("error", "undefined/validationError");
    error.set("message", text);
    error.set("messageId", u32::from(packet_id.unwrap_or_default()));
    Json::Object(error).to_string()
}

pub(super) async fn carry_out(speech: &Speech<'_>, topic: JsonTopic, payload: &[u8]) -> Result<(), Refused> {
    match topic {
        JsonTopic::CreateMeasurement => {
            let (named, document) = about(speech, body(payload)?)?;
            create_measurements(speech, vec![named], vec![document]).await
        }
        JsonTopic::CreateMeasurements => {
            let (named, documents) = all(speech, body(payload)?, "measurements")?;
            create_measurements(speech, named, documents).await
        }
        JsonTopic::CreateEvent => {
            let (named, document) = about(speech, body(payload)?)?;
            create_events(speech, vec![named], vec![document]).await
        }
        JsonTopic::CreateEvents => {
            let (named, documents) = all(speech, body(payload)?, "events")?;
            create_events(speech, named, documents).await
        }
        JsonTopic::CreateAlarm => {
            let (named, document) = about(speech, body(payload)?)?;
            create_alarms(speech, vec![named], vec![document]).await
        }
        JsonTopic::CreateAlarms => {
            let (named, documents) = all(speech, body(payload)?, "alarms")?;
            create_alarms(speech, named, documents).await
        }
        topic => change_one(speech, topic, payload).await,
    }
}

async fn change_one(speech: &Speech<'_>, topic: JsonTopic, payload: &[u8]) -> Result<(), Refused> {
    match topic {
        JsonTopic::DeleteMeasurement(id) => {
            not_transient(speech)?;
            speech.run(DeleteMeasurement(id)).await.map(drop)
        }
        JsonTopic::UpdateEvent(id) => {
            not_transient(speech)?;
            let update = read(payload, events::event_update)?;
            speech.run(UpdateEvent { id, update }).await.map(drop)
        }
        JsonTopic::DeleteEvent(id) => {
            not_transient(speech)?;
            speech.run(DeleteEvent(id)).await.map(drop)
        }
        JsonTopic::UpdateAlarm(id) => {
            only_stored(speech)?;
            let update = read(payload, alarms::alarm_update)?;
            speech.run(UpdateAlarm { id, update }).await.map(drop)
        }
        JsonTopic::CreateObject => {
            not_transient(speech)?;
            let (object, name) = new_object(payload)?;
            let parent = None;
            let command = CreateNamed { parent, object, name };
            speech.run(command).await.map(drop)
        }
        JsonTopic::UpdateObject(target) => {
            not_transient(speech)?;
            let update = read(payload, inventory::update)?;
            let named = speech.by_serial(target.label().clone());
            if named == speech.itself() {
                return change(speech, update).await;
            }
            let make = move |id| UpdateObject {
                id,
                update: update.clone(),
            };
            speech.run(ByName::new(named, make)).await.map(drop)
        }
        JsonTopic::CreateChild(parent) => {
            not_transient(speech)?;
            create_child(speech, &parent, payload).await
        }
        _ => Err(not_in_this_mode()),
    }
}

fn body(payload: &[u8]) -> Result<Object, Refused> {
    let json = contract::json::parse(payload).map_err(|bad| malformed(&bad))?;
    object(json).map_err(|bad| malformed(&bad))
}

fn malformed(bad: &dyn std::fmt::Display) -> Refused {
    Refused::Told(ErrorCode::Malformed, bad.to_string().into())
}

/// A body by one of the parsers of the REST API.
fn read<T>(payload: &[u8], parse: impl Fn(Json) -> Result<T, contract::body::BadBody>) -> Result<T, Refused> {
    parse(Json::Object(body(payload)?)).map_err(|bad| malformed(&bad))
}

/// Type and value of the external id in a body, taken out of it.
fn external_source(body: &mut Object) -> Result<Option<(Label, Label)>, Refused> {
    let wrong = || Refused::arguments("externalSource must have an externalId and a type, both texts");
    let Some(source) = body.remove(EXTERNAL_SOURCE) else {
        return Ok(None);
    };
    let source = source.as_object().ok_or_else(wrong)?;
    let text = |name| {
        source
            .get(name)
            .map(|value| value.as_str().ok_or_else(wrong))
            .transpose()
    };
    let value = text("externalId")?.ok_or_else(wrong)?;
    let kind = text("type")?.unwrap_or(ID_TYPE_DEFAULT);
    let label = |text: &str| text.parse().map_err(|_| wrong());
    Ok(Some((label(kind)?, label(value)?)))
}

/// About whom a document is; what it says of its source itself does not count.
fn about(speech: &Speech<'_>, mut body: Object) -> Result<(Named, Object), Refused> {
    let named = match external_source(&mut body)? {
        None => speech.itself(),
        Some((kind, value)) if kind.as_str() == ID_TYPE_DEFAULT => speech.by_serial(value),
        Some((kind, value)) => Named {
            device: speech.device.clone(),
            about: About::External { kind, value },
        },
    };
    // The parsers want a source, and the door gives the right one.
    let anything: Object = [("id", "1")].into_iter().collect();
    body.set("source", anything);
    Ok((named, body))
}

/// The documents of a list.
fn all(
    speech: &Speech<'_>,
    mut body: Object,
    list: &'static str,
) -> Result<(Vec<Named>, Vec<Object>), Refused> {
    array(&body, list, BULK_MEASUREMENTS_MAX).map_err(|bad| malformed(&bad))?;
    let Some(Json::Array(documents)) = body.remove(list) else {
        return Err(Refused::arguments(format!(
            "{list} is missing: an array of documents is expected"
        )));
    };
    let read = |document| about(speech, object(document).map_err(|bad| malformed(&bad))?);
    let read: Vec<_> = documents.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(read.into_iter().unzip())
}

fn parsed<T>(
    documents: Vec<Object>,
    parse: impl Fn(Json) -> Result<T, contract::body::BadBody>,
) -> Result<Vec<T>, Refused> {
    let parse = |document| parse(Json::Object(document)).map_err(|bad| malformed(&bad));
    documents.into_iter().map(parse).collect()
}

/// Carries out a command about all documents at once: all of them, or none.
async fn together<O, C, F>(speech: &Speech<'_>, named: Vec<Named>, make: F) -> Result<(), Refused>
where
    O: Operation,
    C: Command,
    F: Fn(&[ObjectId]) -> C + Clone + Send + Sync + 'static,
{
    if named.is_empty() {
        return Ok(());
    }
    speech.at_pace::<O>(named.len()).await?;
    speech
        .creating(|| ByNames::new(named.clone(), make.clone()))
        .await
        .map(drop)
}

async fn create_measurements(
    speech: &Speech<'_>,
    named: Vec<Named>,
    documents: Vec<Object>,
) -> Result<(), Refused> {
    let one = |json| match measurements::new_measurements(json)? {
        measurements::NewMeasurements::One(one) => Ok(vec![one]),
        measurements::NewMeasurements::Many(many) => Ok(many),
    };
    let new: Vec<_> = parsed(documents, one)?.into_iter().flatten().collect();
    let of = move |found: &[ObjectId]| {
        let each = new.iter().cloned().zip(found);
        each.map(|(new, source)| model::measurements::NewMeasurement {
            source: *source,
            ..new
        })
        .collect::<Vec<_>>()
    };
    match speech.mode {
        Processing::Persistent | Processing::Quiescent => {
            let make = move |found: &[ObjectId]| StoreMeasurements(of(found));
            together::<MeasurementCreate, _, _>(speech, named, make).await
        }
        Processing::Transient => {
            let make = move |found: &[ObjectId]| PassMeasurements(of(found));
            together::<MeasurementCreate, _, _>(speech, named, make).await
        }
        Processing::Cep => Err(not_in_this_mode()),
    }
}

async fn create_events(
    speech: &Speech<'_>,
    named: Vec<Named>,
    documents: Vec<Object>,
) -> Result<(), Refused> {
    let new = parsed(documents, events::new_event)?;
    let of = move |found: &[ObjectId]| {
        let each = new.iter().cloned().zip(found);
        each.map(|(new, source)| model::events::NewEvent {
            source: *source,
            ..new
        })
        .collect::<Vec<_>>()
    };
    match speech.mode {
        Processing::Persistent | Processing::Quiescent => {
            let make = move |found: &[ObjectId]| StoreEvents(of(found));
            together::<EventCreate, _, _>(speech, named, make).await
        }
        Processing::Transient => {
            let make = move |found: &[ObjectId]| PassEvents(of(found));
            together::<EventCreate, _, _>(speech, named, make).await
        }
        Processing::Cep => Err(not_in_this_mode()),
    }
}

async fn create_alarms(
    speech: &Speech<'_>,
    named: Vec<Named>,
    documents: Vec<Object>,
) -> Result<(), Refused> {
    only_stored(speech)?;
    let new = parsed(documents, alarms::new_alarm)?;
    let make = move |found: &[ObjectId]| {
        let each = new.iter().cloned().zip(found);
        let each = each.map(|(new, source)| model::alarms::NewAlarm {
            source: *source,
            ..new
        });
        RaiseAlarms(each.collect())
    };
    together::<AlarmCreate, _, _>(speech, named, make).await
}

/// A new object, and the external id that it is to have.
fn new_object(
    payload: &[u8],
) -> Result<(model::inventory::NewManagedObject, Option<(Label, Label)>), Refused> {
    let mut body = body(payload)?;
    let name = external_source(&mut body)?;
    let object = inventory::new_object(Json::Object(body)).map_err(|bad| malformed(&bad))?;
    Ok((object, name))
}

/// The parent is named by its external id, or by its own where no external id of its tree reads so.
async fn create_child(speech: &Speech<'_>, parent: &External, payload: &[u8]) -> Result<(), Refused> {
    let (object, name) = new_object(payload)?;
    let by_serial = speech.by_serial(parent.label().clone());
    let by_id = parent.label().as_str().parse().ok().map(About::Object);
    let named = match (speech.ask(FindNamed(by_serial.clone())).await, by_id) {
        (Err(Refused::Told(..)), Some(about)) => Named {
            device: speech.device.clone(),
            about,
        },
        (Err(Refused::Stop(why)), _) => return Err(Refused::Stop(why)),
        _ => by_serial,
    };
    let make = move |parent| CreateNamed {
        parent: Some(parent),
        object: object.clone(),
        name: name.clone(),
    };
    speech
        .creating(|| ByName::new(named.clone(), make.clone()))
        .await
        .map(drop)
}
