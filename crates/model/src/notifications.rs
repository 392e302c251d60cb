//! Reliable notifications: subscriptions, which say what of what happens is kept for whom; topics, which several of them
//! may feed; and subscribers, who take it from there and acknowledge it. How it travels is not known here.

use crate::ids::{ObjectId, PrincipalId, SubscriptionId};
use crate::limits::{SUBSCRIPTION_TYPES_MAX, TOPIC_NAME_BYTES_MAX, TYPE_FILTER_BYTES_MAX};
use crate::names::{BadName, FragmentName};
use crate::time::Timestamp;
use crate::words::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words! {
    /// What a subscription looks at.
    Context, BadContext: "a context" {
        /// One managed object and its data.
        Object = "mo",
        /// The whole tenant.
        Tenant = "tenant",
    }
}

words! {
    /// A kind of what happens, as notifications name it.
    Api, BadApi: "an API of notifications" {
        /// Alarms of a source.
        Alarms = "alarms",
        /// Alarms of a source or anything below it.
        AlarmsWithChildren = "alarmsWithChildren",
        /// Events of a source.
        Events = "events",
        /// Events of a source or anything below it.
        EventsWithChildren = "eventsWithChildren",
        /// Managed objects.
        Objects = "managedobjects",
        /// Measurements of a source.
        Measurements = "measurements",
        /// Operations on a device.
        Operations = "operations",
    }
}

impl Context {
    /// The kinds that can be asked for in it; all of them when nothing is said.
    pub fn apis(self) -> &'static [Api] {
        match self {
            Self::Object => Api::ALL,
            Self::Tenant => &[Api::Alarms, Api::Events, Api::Objects, Api::Operations],
        }
    }
}

/// Which kinds are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Apis {
    /// All of the context: nothing was said.
    Unsaid,
    /// All of the context: `*`.
    Any,
    /// These.
    These(Vec<Api>),
}

impl Apis {
    /// Whether this kind is asked for.
    pub fn has(&self, context: Context, api: Api) -> bool {
        match self {
            Self::Unsaid | Self::Any => context.apis().contains(&api),
            Self::These(these) => these.contains(&api),
        }
    }
}

macro_rules! topic_name {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let is_one: fn(u8) -> bool = $check;
                let fits = !text.is_empty() && text.len() <= TOPIC_NAME_BYTES_MAX && text.bytes().all(is_one);
                if fits { Ok(Self(text.into())) } else { Err(BadName($rule)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

topic_name! {
    /// The name of subscriptions that feed the same topic.
    TopicName,
    "1 to 250 letters and digits are allowed",
    |byte| byte.is_ascii_alphanumeric()
}

topic_name! {
    /// Who takes notifications from a topic, and each of several clients that share a subscriber.
    SubscriberName,
    "1 to 250 letters, digits, hyphens, underscores and dots are allowed",
    |byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// What subscriptions feed and subscribers take from. Those of the same name that are kept and that are not are two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// Its name.
    pub name: TopicName,
    /// Whether nothing is kept for a subscriber that is not connected.
    pub non_persistent: bool,
}

/// Which types of things are meant: one, or some with `or` between them. It is kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeFilter {
    text: Box<str>,
    types: Vec<Box<str>>,
}

impl TypeFilter {
    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether this type is meant.
    pub fn has(&self, kind: &str) -> bool {
        self.types.iter().any(|one| **one == *kind)
    }
}

/// The text is no filter by type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a type, or types in single quotes with 'or' between them, is expected")]
pub struct BadTypeFilter;

impl FromStr for TypeFilter {
    type Err = BadTypeFilter;

    fn from_str(text: &str) -> Result<Self, BadTypeFilter> {
        let text = text.trim();
        if text.is_empty() || text.len() > TYPE_FILTER_BYTES_MAX || text.chars().any(char::is_control) {
            return Err(BadTypeFilter);
        }
        let is_bare = !text.contains('\'') && !text.contains(char::is_whitespace);
        let types = match is_bare {
            true => vec![text.into()],
            false => alternatives(text).ok_or(BadTypeFilter)?,
        };
        let text = text.into();
        Ok(Self { text, types })
    }
}

/// The types of `'a' or type eq 'b'`; a quote inside of a type is written twice.
fn alternatives(text: &str) -> Option<Vec<Box<str>>> {
    let mut types = Vec::new();
    let mut rest = text;
    loop {
        rest = after_words(rest, &["type", "eq"]).unwrap_or(rest);
        let (one, left) = quoted(rest)?;
        types.push(one);
        rest = left.trim_start();
        if rest.is_empty() {
            return Some(types);
        }
        if types.len() >= SUBSCRIPTION_TYPES_MAX {
            return None;
        }
        rest = after_words(rest, &["or"])?;
    }
}

/// What follows these words, each with space after it; case does not matter.
fn after_words<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    words.iter().try_fold(text, |text, word| {
        let (head, rest) = text.split_at_checked(word.len())?;
        let left = rest.trim_start();
        let is_apart = left.len() < rest.len() || left.starts_with('\'');
        (head.eq_ignore_ascii_case(word) && is_apart).then_some(left)
    })
}

/// A quoted type at the beginning, and what follows it.
fn quoted(text: &str) -> Option<(Box<str>, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut one = String::new();
    loop {
        let (inside, after) = rest.split_once('\'')?;
        one.push_str(inside);
        match after.strip_prefix('\'') {
            Some(more) => {
                one.push('\'');
                rest = more;
            }
            None => return (!one.is_empty()).then(|| (one.into(), after)),
        }
    }
}

/// A subscription as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSubscription {
    /// The managed object; the whole tenant without one.
    pub source: Option<ObjectId>,
    /// What it feeds.
    pub topic: Topic,
    /// Which kinds.
    pub apis: Apis,
    /// Which types.
    pub types: Option<TypeFilter>,
    /// Which fragments of what happens are told; all if nothing is said.
    pub fragments: Option<Vec<FragmentName>>,
}

impl NewSubscription {
    /// What it looks at.
    pub fn context(&self) -> Context {
        self.source.map_or(Context::Tenant, |_| Context::Object)
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Who made it.
    pub creator: PrincipalId,
    /// When.
    pub created: Timestamp,
    /// What it says.
    pub what: NewSubscription,
}

/// Which subscriptions are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// Of this context.
    pub context: Option<Context>,
    /// Of this object.
    pub source: Option<ObjectId>,
    /// Of this name, whatever it is.
    pub name: Option<String>,
    /// With a filter by type that reads so, or means this type.
    pub types: Option<String>,
}

impl SubscriptionFilter {
    /// Whether a subscription is meant.
    pub fn has(&self, one: &Subscription) -> bool {
        let types = one.what.types.as_ref();
        let reads = |text: &String| types.is_some_and(|types| types.text() == text.trim() || types.has(text));
        self.context.is_none_or(|context| context == one.what.context())
            && self.source.is_none_or(|source| Some(source) == one.what.source)
            && self
                .name
                .as_ref()
                .is_none_or(|name| *name == *one.what.topic.name.as_str())
            && self.types.as_ref().is_none_or(reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_filter_is_one_type_or_some_in_quotes() {
        for (text, types) in [
            ("c8y_Speed", Some(vec!["c8y_Speed"])),
            ("'c8y_Speed'", Some(vec!["c8y_Speed"])),
            (" 'a' or 'b'  OR 'c d' ", Some(vec!["a", "b", "c d"])),
            ("type eq 'a' or type eq 'b'", Some(vec!["a", "b"])),
            ("'it''s' or'b'", Some(vec!["it's", "b"])),
            ("'a' and 'b'", None),
            ("'a' or", None),
            ("or 'a'", None),
            ("'a", None),
            ("''", None),
            ("a b", None),
            ("a or b", None),
            ("a\n", Some(vec!["a"])),
            ("a\nb", None),
            ("", None),
        ] {
            let parsed: Option<TypeFilter> = text.parse().ok();
            let found = parsed.map(|filter| filter.types);
            let expected = types.map(|types| types.into_iter().map(Box::from).collect::<Vec<Box<str>>>());
            assert_eq!(found, expected, "{text:?}");
        }
        let many = vec!["'a'"; SUBSCRIPTION_TYPES_MAX + 1].join(" or ");
        assert!(many.parse::<TypeFilter>().is_err(), "bounded");
    }

    #[test]
    fn a_topic_has_letters_and_digits_only() {
        for (text, topic, subscriber) in [
            ("test1", true, true),
            ("a-b_c.d", false, true),
            ("", false, false),
            ("a b", false, false),
            ("a/b", false, false),
            ("ä", false, false),
        ] {
            assert_eq!(text.parse::<TopicName>().is_ok(), topic, "{text:?}");
            assert_eq!(text.parse::<SubscriberName>().is_ok(), subscriber, "{text:?}");
        }
        assert!("x".repeat(TOPIC_NAME_BYTES_MAX + 1).parse::<TopicName>().is_err());
    }
}
