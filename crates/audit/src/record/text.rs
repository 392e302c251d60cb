//! The canonical text of a record: one line of JSON with a fixed order of fields, so that a record has exactly one
//! text and a text that was accepted is the only text of its record.
//!
//! Reading is lenient about order and unknown fields and then compares with what would be written: there is one
//! definition of "canonical", the writer.

use super::{Actor, ActorKind, BadRecord, BatchSummary, Change, Origin, Outcome, Record, Severity};
use crate::hex::{from_hex, to_hex};
use crate::json_text::{self, BadJson};
use model::json::{Json, Object};
use std::fmt::Write;
use std::str::FromStr;

/// The version of the format, the first field of every record.
const VERSION: u64 = 1;

impl Record {
    /// The record's one text: a line of JSON without its end, ASCII control characters and everything else that could
    /// break a line or change the direction of text escaped (R098).
    pub fn canonical(&self) -> Vec<u8> {
        let mut text = Escaped(String::new());
        // Writing to a string cannot fail.
        let _ = write!(text, "{}", to_object(self));
        text.0.into_bytes()
    }

    /// Reads a record. Only the exact bytes that [`Record::canonical`] gives are accepted.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadRecord> {
        let json = json_text::read(bytes).map_err(|bad| match bad {
            BadJson::Syntax => BadRecord::Syntax,
            BadJson::TooDeep => BadRecord::TooDeep,
            BadJson::RepeatedKey => BadRecord::RepeatedKey,
        })?;
        let record = from_object(json.as_object().ok_or(BadRecord::Syntax)?)?;
        (record.canonical() == bytes)
            .then_some(record)
            .ok_or(BadRecord::NotCanonical)
    }
}

/// Takes JSON text and escapes the characters that JSON itself lets through but that could deceive a reader of the
/// line. They occur only inside strings, where an escape means the same character.
struct Escaped(String);

impl Write for Escaped {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for character in text.chars() {
            if deceives(character) {
                write!(self.0, "\\u{:04x}", u32::from(character))?;
            } else {
                self.0.push(character);
            }
        }
        Ok(())
    }
}

/// Control characters (C1 and DEL too), line and paragraph separators, marks and overrides of direction, byte order
/// mark. All lie below U+10000, so that one escape is enough.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn to_object(record: &Record) -> Object {
    let mut object = Object::new();
    object.set("v", VERSION);
    object.set("time", record.time.to_string());
    set_some(
        &mut object,
        "clientTime",
        record.client_time.map(|time| time.to_string()),
    );
    object.set("actor", actor_object(&record.actor));
    set_some(&mut object, "address", record.address.clone());
    object.set("type", record.kind.as_str());
    object.set("activity", record.activity.as_str());
    object.set("text", record.text.as_str());
    set_some(&mut object, "source", record.source.clone());
    object.set("severity", record.severity.word());
    object.set("outcome", record.outcome.word());
    set_some(&mut object, "application", record.application.clone());
    if !record.changes.is_empty() {
        object.set(
            "changes",
            record.changes.iter().map(change_object).collect::<Vec<Json>>(),
        );
    }
    object.set("count", record.count);
    match &record.origin {
        Origin::Platform => object.set("origin", "platform"),
        Origin::Client => object.set("origin", "client"),
        Origin::SystemJob { reason } => {
            object.set("origin", "job");
            object.set("reason", reason.as_str());
        }
    }
    if !record.extra.is_empty() {
        object.set("extra", record.extra.clone());
    }
    set_some(&mut object, "batch", record.batch.as_ref().map(batch_object));
    object.set("salt", to_hex(&record.salt));
    object
}

fn set_some(object: &mut Object, name: &str, value: Option<impl Into<Json>>) {
    if let Some(value) = value {
        object.set(name, value);
    }
}

fn actor_object(actor: &Actor) -> Object {
    let mut object = Object::new();
    set_some(&mut object, "id", actor.principal.map(|id| id.to_string()));
    object.set("name", actor.name.as_str());
    object.set("kind", actor.kind.word());
    object
}

fn change_object(change: &Change) -> Json {
    let mut object = Object::new();
    object.set("attribute", change.attribute.as_str());
    object.set("type", change.kind.as_str());
    set_some(&mut object, "previous", change.previous.clone());
    set_some(&mut object, "new", change.new.clone());
    object.into()
}

fn batch_object(batch: &BatchSummary) -> Object {
    let mut object = Object::new();
    object.set("count", batch.count);
    object.set("firstId", batch.first_id.as_str());
    object.set("lastId", batch.last_id.as_str());
    object.set("digest", to_hex(&batch.digest));
    object
}

fn from_object(object: &Object) -> Result<Record, BadRecord> {
    if whole(object, "v").ok() != Some(VERSION) {
        return Err(BadRecord::Version);
    }
    let batch = object
        .get("batch")
        .map(|json| read_batch(fields(json, "batch")?))
        .transpose()?;
    let extra = object
        .get("extra")
        .map(|json| fields(json, "extra").cloned())
        .transpose()?;
    Ok(Record {
        time: parsed(object, "time")?.ok_or(BadRecord::Field("time"))?,
        client_time: parsed(object, "clientTime")?,
        actor: read_actor(
            object
                .get("actor")
                .and_then(Json::as_object)
                .ok_or(BadRecord::Field("actor"))?,
        )?,
        address: optional_text(object, "address")?,
        kind: text(object, "type")?,
        activity: text(object, "activity")?,
        text: text(object, "text")?,
        source: optional_text(object, "source")?,
        severity: word(object, "severity", Severity::from_word)?,
        outcome: word(object, "outcome", Outcome::from_word)?,
        application: optional_text(object, "application")?,
        changes: read_changes(object)?,
        count: whole(object, "count")?,
        origin: read_origin(object)?,
        extra: extra.unwrap_or_default(),
        batch,
        salt: bytes(object, "salt")?,
    })
}

fn read_actor(object: &Object) -> Result<Actor, BadRecord> {
    Ok(Actor {
        principal: parsed(object, "id")?,
        name: text(object, "name")?,
        kind: word(object, "kind", ActorKind::from_word)?,
    })
}

fn read_changes(object: &Object) -> Result<Vec<Change>, BadRecord> {
    let Some(list) = object.get("changes") else {
        return Ok(Vec::new());
    };
    let list = list.as_array().ok_or(BadRecord::Field("changes"))?;
    list.iter()
        .map(|json| read_change(fields(json, "changes")?))
        .collect()
}

fn read_change(object: &Object) -> Result<Change, BadRecord> {
    Ok(Change {
        attribute: text(object, "attribute")?,
        kind: text(object, "type")?,
        previous: object.get("previous").cloned(),
        new: object.get("new").cloned(),
    })
}

fn read_batch(object: &Object) -> Result<BatchSummary, BadRecord> {
    Ok(BatchSummary {
        count: whole(object, "count")?,
        first_id: text(object, "firstId")?,
        last_id: text(object, "lastId")?,
        digest: bytes(object, "digest")?,
    })
}

fn read_origin(object: &Object) -> Result<Origin, BadRecord> {
    match text(object, "origin")?.as_str() {
        "platform" => Ok(Origin::Platform),
        "client" => Ok(Origin::Client),
        "job" => Ok(Origin::SystemJob {
            reason: text(object, "reason")?,
        }),
        _ => Err(BadRecord::Field("origin")),
    }
}

fn fields<'a>(json: &'a Json, name: &'static str) -> Result<&'a Object, BadRecord> {
    json.as_object().ok_or(BadRecord::Field(name))
}

fn optional_text(object: &Object, name: &'static str) -> Result<Option<String>, BadRecord> {
    let Some(json) = object.get(name) else {
        return Ok(None);
    };
    let text = json.as_str().ok_or(BadRecord::Field(name))?;
    Ok(Some(text.to_owned()))
}

fn text(object: &Object, name: &'static str) -> Result<String, BadRecord> {
    optional_text(object, name)?.ok_or(BadRecord::Field(name))
}

fn parsed<T: FromStr>(object: &Object, name: &'static str) -> Result<Option<T>, BadRecord> {
    let text = optional_text(object, name)?;
    text.map(|text| text.parse().map_err(|_| BadRecord::Field(name)))
        .transpose()
}

fn word<T>(object: &Object, name: &'static str, from_word: fn(&str) -> Option<T>) -> Result<T, BadRecord> {
    from_word(&text(object, name)?).ok_or(BadRecord::Field(name))
}

fn whole(object: &Object, name: &'static str) -> Result<u64, BadRecord> {
    let number = object.get(name).and_then(Json::as_number);
    number
        .and_then(|number| number.text().parse().ok())
        .ok_or(BadRecord::Field(name))
}

fn bytes<const N: usize>(object: &Object, name: &'static str) -> Result<[u8; N], BadRecord> {
    from_hex(&text(object, name)?).ok_or(BadRecord::Field(name))
}
