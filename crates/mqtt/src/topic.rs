//! Names and filters of topics: their rules and how they match. Knows no subscriptions and not what a topic means.

use crate::limits::{TOPIC_BYTES_MAX, TOPIC_LEVELS_MAX};
use serde::{Deserialize, Serialize};

/// Why a text is no topic name or filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TopicFault {
    /// Nothing in it.
    #[error("a topic has at least one character")]
    Empty,
    /// The character U+0000.
    #[error("a topic holds no null character")]
    Null,
    /// More than [`TOPIC_BYTES_MAX`] or [`TOPIC_LEVELS_MAX`].
    #[error("the topic is too long: at most {TOPIC_BYTES_MAX} bytes and {TOPIC_LEVELS_MAX} levels")]
    TooLong,
    /// `+` or `#` in a name, or in a filter where they may not stand.
    #[error("`+` and `#` stand alone in a level of a filter, `#` in the last one; names hold neither")]
    Wildcard,
    /// `$share/` without a proper name and a filter behind it.
    #[error("a shared subscription is `$share/NAME/FILTER`, its name without `+`, `#` and `/`")]
    Share,
}

/// A topic that messages are published to (MQTT 5.0, 4.7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TopicName(String);

/// What a client subscribes to: a topic name in which `+` stands for one level and `#` for all further ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TopicFilter(String);

impl TopicName {
    /// Accepts a name without wildcards.
    pub fn parse(text: &str) -> Result<Self, TopicFault> {
        check_size(text)?;
        if text.contains(['+', '#']) {
            return Err(TopicFault::Wildcard);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TopicFilter {
    /// Accepts a filter; wildcards fill whole levels, and `#` the last one.
    pub fn parse(text: &str) -> Result<Self, TopicFault> {
        check_size(text)?;
        let filter = match text.strip_prefix("$share/") {
            None => text,
            Some(shared) => match shared.split_once('/') {
                Some((name, filter))
                    if !name.is_empty() && !name.contains(['+', '#']) && !filter.is_empty() =>
                {
                    filter
                }
                _ => return Err(TopicFault::Share),
            },
        };
        let mut levels = filter.split('/').peekable();
        while let Some(level) = levels.next() {
            let misplaced = match level {
                "+" => false,
                "#" => levels.peek().is_some(),
                other => other.contains(['+', '#']),
            };
            if misplaced {
                return Err(TopicFault::Wildcard);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it asks for a subscription that several clients share.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.starts_with("$share/")
    }

    /// Whether messages of a topic belong to it. `a/#` holds `a` too; a wildcard at the start holds no topic that
    /// begins with `$`.
    #[must_use]
    pub fn matches(&self, topic: &TopicName) -> bool {
        if topic.0.starts_with('$') && self.0.starts_with(['+', '#']) {
            return false;
        }
        let mut names = topic.0.split('/');
        for level in self.0.split('/') {
            match (level, names.next()) {
                ("#", _) => return true,
                ("+", Some(_)) => {}
                (level, Some(name)) if level == name => {}
                _ => return false,
            }
        }
        names.next().is_none()
    }
}

fn check_size(text: &str) -> Result<(), TopicFault> {
    if text.is_empty() {
        return Err(TopicFault::Empty);
    }
    if text.len() > TOPIC_BYTES_MAX || text.split('/').count() > TOPIC_LEVELS_MAX {
        return Err(TopicFault::TooLong);
    }
    if text.contains('\0') {
        return Err(TopicFault::Null);
    }
    Ok(())
}

impl TryFrom<String> for TopicName {
    type Error = TopicFault;

    fn try_from(text: String) -> Result<Self, TopicFault> {
        Self::parse(&text)
    }
}

impl From<TopicName> for String {
    fn from(name: TopicName) -> Self {
        name.0
    }
}

impl TryFrom<String> for TopicFilter {
    type Error = TopicFault;

    fn try_from(text: String) -> Result<Self, TopicFault> {
        Self::parse(&text)
    }
}

impl From<TopicFilter> for String {
    fn from(filter: TopicFilter) -> Self {
        filter.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic, expected) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/score/wimbledon",
                true,
            ),
            ("sport/tennis/player1/#", "sport/tennis/player2", false),
            ("sport/#", "sport", true),
            ("sport/#", "sports", false),
            ("#", "a/b", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("+/tennis/#", "x/tennis", true),
            ("a//b", "a//b", true),
            ("a/+/b", "a//b", true),
            ("a", "A", false),
            ("#", "$SYS/x", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("$SYS/#", "$SYS/", true),
            ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
        ] {
            let (f, t) = (
                TopicFilter::parse(filter).unwrap(),
                TopicName::parse(topic).unwrap(),
            );
            assert_eq!(f.matches(&t), expected, "{filter} and {topic}");
        }
    }

    #[test]
    fn malformed_filters_and_names_are_refused() {
        use TopicFault::{Empty, Null, Share, TooLong, Wildcard};
        for (filter, fault) in [
            ("", Empty),
            ("a\0", Null),
            ("sport/tennis#", Wildcard),
            ("sport/tennis/#/ranking", Wildcard),
            ("a/#/b", Wildcard),
            ("sport+", Wildcard),
            ("+a/b", Wildcard),
            ("##", Wildcard),
            ("$share/", Share),
            ("$share/name", Share),
            ("$share/name/", Share),
            ("$share//a", Share),
            ("$share/a+/b", Share),
            ("$share/a/b#", Wildcard),
        ] {
            assert_eq!(TopicFilter::parse(filter), Err(fault), "{filter}");
        }
        for (name, fault) in [("", Empty), ("a/\0", Null), ("a/+", Wildcard), ("a#", Wildcard)] {
            assert_eq!(TopicName::parse(name), Err(fault), "{name}");
        }
        assert_eq!(TopicName::parse(&"x".repeat(TOPIC_BYTES_MAX + 1)), Err(TooLong));
        assert_eq!(TopicFilter::parse(&"/".repeat(TOPIC_LEVELS_MAX)), Err(TooLong));
        assert!(TopicName::parse(&"x".repeat(TOPIC_BYTES_MAX)).is_ok());
        assert!(TopicFilter::parse("$share/group/a/+").unwrap().is_shared());
        assert!(!TopicFilter::parse("$shared/a").unwrap().is_shared());
    }

    proptest! {
        #[test]
        fn every_name_matches_itself_and_the_wildcards_over_it(name in "[a-z/$]{1,12}") {
            let topic = TopicName::parse(&name).unwrap();
            prop_assert!(TopicFilter::parse(&name).is_err() || TopicFilter::parse(&name).unwrap().is_shared()
                || TopicFilter::parse(&name).unwrap().matches(&topic));
            let ones = name.split('/').map(|_| "+").collect::<Vec<_>>().join("/");
            let filter = TopicFilter::parse(&ones).unwrap();
            prop_assert_eq!(filter.matches(&topic), !name.starts_with('$'));
        }
    }
}
