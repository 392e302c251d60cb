//! The parts of topics that somebody chose: external ids and the ids of template collections.

use super::BadTopic;
use crate::limits::TEMPLATE_ID_BYTES_MAX;
use model::names::Label;
use std::fmt;
use std::str::FromStr;

/// Whether a text can be one level of a topic to which somebody publishes.
fn is_level(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '+', '#']) && !text.chars().any(char::is_control)
}

/// The external id of a child device or service, of type `c8y_Serial`. It may hold colons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External(Label);

impl External {
    /// The id as the inventory knows it.
    pub fn label(&self) -> &Label {
        &self.0
    }
}

impl FromStr for External {
    type Err = BadTopic;

    fn from_str(text: &str) -> Result<Self, BadTopic> {
        let label = Some(text).filter(|text| is_level(text));
        label.and_then(|text| text.parse().ok()).map(Self).ok_or(BadTopic)
    }
}

impl fmt::Display for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a template collection, the X-ID: one level of a topic, up to 250 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionId(Box<str>);

impl CollectionId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CollectionId {
    type Err = BadTopic;

    fn from_str(text: &str) -> Result<Self, BadTopic> {
        let fits = is_level(text) && text.len() <= TEMPLATE_ID_BYTES_MAX;
        fits.then(|| Self(text.into())).ok_or(BadTopic)
    }
}

impl fmt::Display for CollectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
