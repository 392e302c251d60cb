//! Rows of devices turned into requests by the template that they begin with.

use super::{Action, Collection, RequestTemplate};
use crate::arguments::{Arguments, parsed};
use crate::dialect::Row;
use crate::fault::{Fault, Refused, shown};
use crate::json_path::set;
use crate::values::{FRAGMENT, LABEL, ValueType, typed};
use model::ids::ObjectId;
use model::json::Object;
use model::names::{FragmentName, Label};
use model::time::Timestamp;

/// An external id with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalName {
    /// Its type.
    pub kind: Label,
    /// The id.
    pub value: Label,
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The device that the topic names.
    Device,
    /// An object by its id.
    Object(ObjectId),
    /// An object by an external id.
    External(ExternalName),
    /// A new object, perhaps with an external id.
    New(Option<ExternalName>),
    /// The open alarm of the device of this type.
    Alarm(Label),
    /// The unfinished operation of the device with this fragment.
    Operation(FragmentName),
}

/// A request that a row stands for. It carries no right: what it is about is checked as for every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is requested: the method and the API.
    pub action: Action,
    /// What it is about.
    pub target: Target,
    /// The body, without a source.
    pub body: Object,
    /// Whether response templates are to be tried on the answer.
    pub answers: bool,
}

impl Collection {
    /// The request that a row stands for.
    pub fn request(&self, row: &Row<'_>, now: Timestamp) -> Result<Request, Refused> {
        let refused = |template: &str, fault| Refused {
            row: row.number,
            template: shown(template),
            fault,
        };
        let fields = row
            .fields
            .as_deref()
            .map_err(|fault| refused("", fault.clone()))?;
        let mut arguments = Arguments::new(fields);
        let id = arguments.next();
        let template = self.requests().iter().find(|request| request.id.as_str() == id);
        let request = template
            .ok_or(Fault::UnknownTemplate)
            .and_then(|it| it.request(arguments, now));
        request.map_err(|fault| refused(id, fault))
    }
}

impl RequestTemplate {
    fn request(&self, mut arguments: Arguments<'_>, now: Timestamp) -> Result<Request, Fault> {
        let mut body = Object::new();
        let target = self.target(&mut arguments, now, &mut body)?;
        for value in &self.values {
            let name = value.path.to_string();
            let json = match &value.value {
                Some(text) => typed(value.kind, &name, text, now)?,
                // Nothing is sent for a flag.
                None if value.kind == ValueType::Flag => typed(value.kind, &name, "", now)?,
                None => typed(value.kind, &name, arguments.next(), now)?,
            };
            set(&mut body, &value.path.names().unwrap_or_default(), json);
        }
        Ok(Request {
            action: self.action,
            target,
            body,
            answers: self.answers,
        })
    }

    /// What the request is about; the mandatory values that belong into the body are set there.
    fn target(
        &self,
        arguments: &mut Arguments<'_>,
        now: Timestamp,
        body: &mut Object,
    ) -> Result<Target, Fault> {
        let first = self.mandatory.first().and_then(Option::as_deref);
        match self.action {
            Action::ReadObject | Action::UpdateObject if self.by_id => {
                arguments.id("the id").map(Target::Object)
            }
            Action::ReadObject | Action::UpdateObject => {
                let kind = match first {
                    Some(kind) => kind,
                    None => arguments.required("the type of the external id")?,
                };
                let value = arguments.required("the external id")?;
                external(kind, value).map(Target::External)
            }
            Action::CreateObject => {
                let value = arguments.optional();
                let kind = first.or_else(|| arguments.optional());
                let name = match (kind, value) {
                    (Some(kind), Some(value)) => Some(external(kind, value)?),
                    (None, Some(_)) => return Err(Fault::missing("the type of the external id")),
                    (_, None) => None,
                };
                Ok(Target::New(name))
            }
            Action::UpdateAlarm => {
                let kind = match first {
                    Some(kind) => kind,
                    None => arguments.required("the type of the alarm")?,
                };
                parsed(kind, "the type of the alarm", LABEL).map(Target::Alarm)
            }
            Action::UpdateOperation => {
                let fragment = match first {
                    Some(fragment) => fragment,
                    None => arguments.required("the fragment")?,
                };
                parsed(fragment, "the fragment", FRAGMENT).map(Target::Operation)
            }
            Action::CreateMeasurement | Action::CreateEvent | Action::CreateAlarm => {
                self.set_mandatory(arguments, now, body)?;
                Ok(Target::Device)
            }
        }
    }

    fn set_mandatory(
        &self,
        arguments: &mut Arguments<'_>,
        now: Timestamp,
        body: &mut Object,
    ) -> Result<(), Fault> {
        for ((name, kind), fixed) in self.action.mandatory().iter().zip(&self.mandatory) {
            let text = match fixed {
                Some(text) => text,
                None => arguments.next(),
            };
            match (*kind, text) {
                // An alarm without a status is active.
                (ValueType::AlarmStatus, "") => {}
                (ValueType::String, "") => return Err(Fault::missing(*name)),
                (kind, text) => body.set(*name, typed(kind, name, text, now)?),
            }
        }
        Ok(())
    }
}

fn external(kind: &str, value: &str) -> Result<ExternalName, Fault> {
    Ok(ExternalName {
        kind: parsed(kind, "the type of the external id", LABEL)?,
        value: parsed(value, "the external id", LABEL)?,
    })
}
