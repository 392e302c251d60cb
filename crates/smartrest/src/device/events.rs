//! Rows with events.

use super::DeviceRow;
use super::inventory::{position, truth};
use crate::arguments::{Arguments, parsed};
use crate::fault::Fault;
use crate::json_path::{JsonPath, set};
use crate::values::{FRAGMENT, LABEL, ValueType, typed};
use model::events::NewEvent;
use model::ids::ObjectId;
use model::inventory::ManagedObjectUpdate;
use model::json::{Json, Object};
use model::names::{FragmentName, Label};
use model::time::Timestamp;

/// An event whose source the topic names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// When it happened.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// What happened, in words.
    pub text: String,
    /// Everything else.
    pub fragments: Object,
}

impl EventRow {
    /// The event about this source.
    pub fn of(self, source: ObjectId) -> NewEvent {
        NewEvent {
            source,
            time: self.time,
            kind: self.kind,
            text: self.text,
            fragments: self.fragments,
        }
    }
}

const POSITION: &str = "c8y_Position";

pub(super) fn read(template: u16, mut arguments: Arguments<'_>, now: Timestamp) -> Result<DeviceRow, Fault> {
    match template {
        400 => {
            let kind = arguments.label("the type of the event")?;
            let text = arguments.required("the text")?.to_owned();
            let time = arguments.time(now)?;
            Ok(DeviceRow::Event(EventRow {
                time,
                kind,
                text,
                fragments: Object::new(),
            }))
        }
        401 => location(arguments, now).map(DeviceRow::Event),
        402 => {
            let event = location(arguments, now)?;
            let update = ManagedObjectUpdate {
                fragments: event.fragments.clone().into_iter().collect(),
                ..ManagedObjectUpdate::default()
            };
            Ok(DeviceRow::Position { event, update })
        }
        407 => {
            let kind = arguments.label("the type of the event")?;
            let fragments = arguments.fragments("the fragment")?;
            Ok(DeviceRow::RemoveEventFragments { kind, fragments })
        }
        408 => parameters(arguments, now),
        _ => Err(Fault::UnknownTemplate),
    }
}

fn location(mut arguments: Arguments<'_>, now: Timestamp) -> Result<EventRow, Fault> {
    let position = position(&mut arguments)?;
    Ok(EventRow {
        time: arguments.time(now)?,
        kind: parsed("c8y_LocationUpdate", "the type", LABEL)?,
        text: "Location updated".to_owned(),
        fragments: [(POSITION, position)].into_iter().collect(),
    })
}

/// Row 408: any number of path, type and value; a value that is absent is null.
fn parameters(mut arguments: Arguments<'_>, now: Timestamp) -> Result<DeviceRow, Fault> {
    let text = arguments.optional();
    let time = arguments.time(now)?;
    let only_changes = truth(arguments.optional(), "the change detection", false)?;
    let mut fragments = Object::new();
    let mut first = None;
    loop {
        let path: JsonPath = parsed(arguments.required("the path")?, "the path", FRAGMENT)?;
        let names = settable(&path).ok_or(Fault::wrong("the path", FRAGMENT))?;
        let kind = ValueType::from_word(arguments.required("the type of the value")?);
        let kind = kind.ok_or(Fault::wrong("the type of the value", "a word such as BOOLEAN"))?;
        let value = match arguments.optional() {
            Some(value) => typed(kind, "the value", value, now)?,
            None => Json::Null,
        };
        set(&mut fragments, &names, value);
        first = first.or_else(|| names.first().map(|name| (*name).to_owned()));
        if arguments.is_over() {
            break;
        }
    }
    let first = first.unwrap_or_default();
    let event = EventRow {
        time,
        kind: parsed("c8y_ParameterUpdate", "the type", LABEL)?,
        text: text.map_or_else(|| format!("Parameter '{first}' was updated"), str::to_owned),
        fragments,
    };
    Ok(DeviceRow::Parameters { event, only_changes })
}

/// The names of a path under which something can be set: all of them names of fragments.
fn settable(path: &JsonPath) -> Option<Vec<&str>> {
    let names = path.names().filter(|names| !names.is_empty())?;
    let fits = names.iter().all(|name| name.parse::<FragmentName>().is_ok());
    fits.then_some(names)
}
