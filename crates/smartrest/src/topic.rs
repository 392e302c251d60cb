//! The names of the topics: what devices may publish to and subscribe to, as closed enums. Who may use which, and
//! wildcards, are the business of the broker.

mod json;
mod parts;

pub use json::JsonTopic;
pub use parts::{CollectionId, External};

use crate::limits::TOPIC_BYTES_MAX;
use model::processing::Processing;
use std::fmt;
use std::str::FromStr;

/// The text is none of the topics of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such topic: see the list of topics of SmartREST 2.0 and JSON over MQTT")]
pub struct BadTopic;

/// A topic that a device publishes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishTopic {
    /// `s/us[/<id>]`: rows of static templates.
    Static {
        /// How they are processed.
        mode: Processing,
        /// The child device or service that they are about; the device itself when absent.
        about: Option<External>,
    },
    /// `s/uc/<X-ID>[/<id>]`: rows of a template collection.
    Custom {
        /// How they are processed.
        mode: Processing,
        /// The collection.
        collection: CollectionId,
        /// The child device or service that they are about.
        about: Option<External>,
    },
    /// `s/ud[/<id>]`: rows of the collection that the client id names.
    Default {
        /// How they are processed.
        mode: Processing,
        /// The child device or service that they are about.
        about: Option<External>,
    },
    /// `s/ut/<X-ID>`: creates a collection, or asks whether it is there.
    Templates(CollectionId),
    /// `s/ucr`: asks for credentials.
    Credentials,
    /// `s/uat`: asks for a token.
    Token,
    /// `s/ul/<X-ID>`: SmartREST 1, which is known by name only.
    Legacy {
        /// How it is processed.
        mode: Processing,
        /// Its collection.
        collection: CollectionId,
    },
    /// JSON over MQTT.
    Json {
        /// How it is processed.
        mode: Processing,
        /// What is done.
        topic: JsonTopic,
    },
}

/// A topic that a device subscribes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscribeTopic {
    /// `s/ds`: answers and operations by static templates.
    Static,
    /// `s/dc/<X-ID>`: answers and operations by a template collection.
    Custom(CollectionId),
    /// `s/dd`: those by the collection that the client id names.
    Default,
    /// `s/dt`: whether a collection is there.
    Templates,
    /// `s/dcr`: credentials.
    Credentials,
    /// `s/dat`: tokens.
    Token,
    /// `s/e`: errors of rows.
    Errors,
    /// `s/dl/<X-ID>`: answers of SmartREST 1.
    Legacy(CollectionId),
    /// `s/ol/<X-ID>`: operations of SmartREST 1.
    LegacyOperations(CollectionId),
    /// `devicecontrol/notifications`: operations as JSON.
    Operations,
    /// `error`: errors of JSON over MQTT.
    JsonErrors,
}

/// The letter of a mode in topics.
fn letter(mode: Processing) -> &'static str {
    match mode {
        Processing::Persistent => "s",
        Processing::Transient => "t",
        Processing::Quiescent => "q",
        Processing::Cep => "c",
    }
}

fn mode_of(text: &str) -> Option<Processing> {
    Processing::ALL.into_iter().find(|mode| letter(*mode) == text)
}

impl FromStr for PublishTopic {
    type Err = BadTopic;

    fn from_str(text: &str) -> Result<Self, BadTopic> {
        if text.len() > TOPIC_BYTES_MAX {
            return Err(BadTopic);
        }
        let levels: Vec<_> = text.split('/').collect();
        let external = |text: &str| text.parse::<External>().map(Some);
        if let [first, rest @ ..] = levels.as_slice()
            && let Some(mode) = mode_of(first)
        {
            match *rest {
                ["us"] => return Ok(Self::Static { mode, about: None }),
                ["us", id] => return external(id).map(|about| Self::Static { mode, about }),
                ["ud"] => return Ok(Self::Default { mode, about: None }),
                ["ud", id] => return external(id).map(|about| Self::Default { mode, about }),
                ["uc", collection] => return custom(mode, collection, None),
                ["uc", collection, id] => return custom(mode, collection, external(id)?),
                ["ul", collection] => {
                    let collection = collection.parse()?;
                    return Ok(Self::Legacy { mode, collection });
                }
                ["ut", collection] if *first == "s" => return collection.parse().map(Self::Templates),
                ["ucr"] if *first == "s" => return Ok(Self::Credentials),
                ["uat"] if *first == "s" => return Ok(Self::Token),
                _ => {}
            }
        }
        json(text)
    }
}

fn custom(mode: Processing, collection: &str, about: Option<External>) -> Result<PublishTopic, BadTopic> {
    let collection = collection.parse()?;
    Ok(PublishTopic::Custom {
        mode,
        collection,
        about,
    })
}

/// JSON over MQTT: the letter of the mode may be left out, and some write a slash before all.
fn json(text: &str) -> Result<PublishTopic, BadTopic> {
    let text = text.strip_prefix('/').unwrap_or(text);
    let (mode, text) = match text.split_once('/') {
        Some((first, rest)) if first != "s" => {
            mode_of(first).map_or((Processing::Persistent, text), |mode| (mode, rest))
        }
        _ => (Processing::Persistent, text),
    };
    let topic = text.parse()?;
    Ok(PublishTopic::Json { mode, topic })
}

impl fmt::Display for PublishTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = match self {
            Self::Static { mode, about } => {
                write!(f, "{}/us", letter(*mode))?;
                about
            }
            Self::Default { mode, about } => {
                write!(f, "{}/ud", letter(*mode))?;
                about
            }
            Self::Custom {
                mode,
                collection,
                about,
            } => {
                write!(f, "{}/uc/{collection}", letter(*mode))?;
                about
            }
            Self::Templates(collection) => return write!(f, "s/ut/{collection}"),
            Self::Credentials => return f.write_str("s/ucr"),
            Self::Token => return f.write_str("s/uat"),
            Self::Legacy { mode, collection } => return write!(f, "{}/ul/{collection}", letter(*mode)),
            Self::Json {
                mode: Processing::Persistent,
                topic,
            } => return topic.fmt(f),
            Self::Json { mode, topic } => return write!(f, "{}/{topic}", letter(*mode)),
        };
        match about {
            Some(id) => write!(f, "/{id}"),
            None => Ok(()),
        }
    }
}

impl SubscribeTopic {
    /// Those that carry no collection in their name.
    pub const FIXED: [Self; 8] = [
        Self::Static,
        Self::Default,
        Self::Templates,
        Self::Credentials,
        Self::Token,
        Self::Errors,
        Self::Operations,
        Self::JsonErrors,
    ];
}

impl FromStr for SubscribeTopic {
    type Err = BadTopic;

    fn from_str(text: &str) -> Result<Self, BadTopic> {
        if text.len() > TOPIC_BYTES_MAX {
            return Err(BadTopic);
        }
        if let Some(fixed) = Self::FIXED.into_iter().find(|topic| topic.to_string() == text) {
            return Ok(fixed);
        }
        let levels: Vec<_> = text.split('/').collect();
        match levels.as_slice() {
            ["s", "dc", collection] => collection.parse().map(Self::Custom),
            ["s", "dl", collection] => collection.parse().map(Self::Legacy),
            // Old examples spell it `oc`.
            ["s", "ol" | "oc", collection] => collection.parse().map(Self::LegacyOperations),
            _ => Err(BadTopic),
        }
    }
}

impl fmt::Display for SubscribeTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Static => "s/ds",
            Self::Default => "s/dd",
            Self::Templates => "s/dt",
            Self::Credentials => "s/dcr",
            Self::Token => "s/dat",
            Self::Errors => "s/e",
            Self::Operations => "devicecontrol/notifications",
            Self::JsonErrors => "error",
            Self::Custom(collection) => return write!(f, "s/dc/{collection}"),
            Self::Legacy(collection) => return write!(f, "s/dl/{collection}"),
            Self::LegacyOperations(collection) => return write!(f, "s/ol/{collection}"),
        })
    }
}
