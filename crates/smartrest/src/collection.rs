//! Template collections: how a tenant teaches the platform rows of its own. Request templates turn rows of devices into
//! requests, response templates turn documents and operations into rows. Where collections are kept is not known here,
//! only how they are written: as rows ([`Collection::from_message`]) and as a fragment ([`Collection::from_object`]).

mod action;
mod answer;
mod change;
mod message;
mod object;
mod request;

pub use action::{Action, Api, Method};
pub use change::Change;
pub use model::inventory::{COLLECTION_ID_TYPE, COLLECTION_TYPE};
pub use request::{ExternalName, Request, Target};

use crate::fault::{BadMessage, Fault, Refused};
use crate::json_path::JsonPath;
use crate::limits::{TEMPLATE_ID_BYTES_MAX, TEMPLATE_VALUES_MAX, TEMPLATES_MAX};
use crate::values::ValueType;
use std::fmt;
use std::str::FromStr;

/// The fragment that holds the templates.
pub const COLLECTION_FRAGMENT: &str = "com_cumulocity_model_smartrest_csv_CsvSmartRestTemplate";

/// What rows of a template begin with: any text without control characters, commas and quotes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Box<str>);

impl MessageId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let fits = text.trim() == text
            && !text.is_empty()
            && text.len() <= TEMPLATE_ID_BYTES_MAX
            && !text.contains([',', '"'])
            && !text.chars().any(char::is_control);
        let wrong = Fault::wrong(
            "the message id",
            "1 to 250 bytes without commas, quotes and control characters",
        );
        fits.then(|| Self(text.into())).ok_or(wrong)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value that a request template sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomValue {
    /// Where: names only.
    pub path: JsonPath,
    /// Its type.
    pub kind: ValueType,
    /// The value itself; the device sends it when absent.
    pub value: Option<String>,
}

/// How a row of a device becomes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTemplate {
    /// What its rows begin with.
    pub id: MessageId,
    /// What is requested.
    pub action: Action,
    /// Whether response templates are tried on the answer.
    pub answers: bool,
    /// Whether an object is named by its own id and not by an external one.
    pub by_id: bool,
    /// The values that the action must have, in its order; the device sends those that are absent.
    pub mandatory: Vec<Option<String>>,
    /// Further values.
    pub values: Vec<CustomValue>,
}

/// How a document becomes a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseTemplate {
    /// What its rows begin with.
    pub id: MessageId,
    /// Where the patterns begin; a list gives a row for each element. The document itself when absent.
    pub base: Option<JsonPath>,
    /// What must be in the document.
    pub condition: Option<JsonPath>,
    /// What is told of it.
    pub patterns: Vec<JsonPath>,
}

/// A template collection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collection {
    requests: Vec<RequestTemplate>,
    responses: Vec<ResponseTemplate>,
}

/// A collection that is not taken: nothing of it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCollection {
    /// The message that holds it cannot be read.
    #[error(transparent)]
    Message(#[from] BadMessage),
    /// One of its rows is wrong.
    #[error(transparent)]
    Row(#[from] Refused),
    /// One of its templates, counted from 1 in its list, is wrong.
    #[error("template {place} of {list}: {fault}")]
    Template {
        /// The list.
        list: &'static str,
        /// Its place in it.
        place: usize,
        /// What is wrong.
        fault: Fault,
    },
    /// The fragment is not an object with lists of templates.
    #[error("an object with requestTemplates and responseTemplates, both arrays, is expected")]
    NotACollection,
    /// There is no template in it.
    #[error("the collection is empty: it needs a template, a row that begins with 10 or 11")]
    Empty,
    /// More templates than a collection may have.
    #[error("the collection has more than {TEMPLATES_MAX} request or response templates")]
    TooMany,
    /// Two request templates, or two response templates, have the same id.
    #[error("two templates of one kind have the same message id")]
    SameId,
}

impl Collection {
    /// A collection of these templates.
    pub fn new(
        requests: Vec<RequestTemplate>,
        responses: Vec<ResponseTemplate>,
    ) -> Result<Self, BadCollection> {
        if requests.len() > TEMPLATES_MAX || responses.len() > TEMPLATES_MAX {
            return Err(BadCollection::TooMany);
        }
        if !differ(requests.iter().map(|it| &it.id)) || !differ(responses.iter().map(|it| &it.id)) {
            return Err(BadCollection::SameId);
        }
        Ok(Self { requests, responses })
    }

    /// Its request templates.
    pub fn requests(&self) -> &[RequestTemplate] {
        &self.requests
    }

    /// Its response templates.
    pub fn responses(&self) -> &[ResponseTemplate] {
        &self.responses
    }
}

fn differ<'i>(ids: impl Iterator<Item = &'i MessageId>) -> bool {
    let mut seen = std::collections::HashSet::new();
    ids.into_iter().all(|id| seen.insert(id))
}

/// A value of a template: where it is set must be names of properties, and a fixed one must be of its type.
fn custom_value(path: &str, kind: &str, value: Option<String>) -> Result<CustomValue, Fault> {
    let wrong = || Fault::wrong("the path", "names of properties joined by dots");
    let path: JsonPath = path.parse().map_err(|_| wrong())?;
    let is_settable = path.names().is_some_and(|names| {
        !names.is_empty()
            && names
                .iter()
                .all(|name| name.parse::<model::names::FragmentName>().is_ok())
    });
    if !is_settable {
        return Err(wrong());
    }
    let kind = match kind {
        "" => ValueType::String,
        word => ValueType::from_word(word)
            .filter(|kind| *kind != ValueType::Boolean)
            .ok_or(Fault::wrong(
                "the type of the value",
                "a word such as STRING, DATE or NUMBER",
            ))?,
    };
    check_fixed(kind, value.as_deref())?;
    Ok(CustomValue { path, kind, value })
}

fn check_fixed(kind: ValueType, value: Option<&str>) -> Result<(), Fault> {
    let epoch = model::time::Timestamp::from_millis(0);
    match value {
        Some(value) if kind.read(value, epoch).is_none() => Err(Fault::wrong("the value", kind.expected())),
        _ => Ok(()),
    }
}

fn check_count(count: usize) -> Result<(), Fault> {
    if count > TEMPLATE_VALUES_MAX {
        return Err(Fault::TooManyFields);
    }
    Ok(())
}

/// A path of a response template; none if it is empty.
fn optional_path(text: &str, name: &'static str) -> Result<Option<JsonPath>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    required_path(text, name).map(Some)
}

fn required_path(text: &str, name: &'static str) -> Result<JsonPath, Fault> {
    text.parse()
        .map_err(|_| Fault::wrong(name, "a path such as $.a.b or a[*].b"))
}
