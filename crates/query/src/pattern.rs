//! Texts with wildcards: `Dev*`, `*001`. Matching takes time linear in the text, whatever the pattern.

use std::borrow::Cow;

/// A text in which `*` stands for any characters, or none. Upper and lower case differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    first: String,
    /// What follows each wildcard. No two wildcards are neighbours, so only the last of these may be empty.
    rest: Vec<String>,
}

impl Pattern {
    /// The pattern of exactly this text: a star in it stands for itself.
    pub fn exact(text: impl Into<String>) -> Self {
        Self {
            first: text.into(),
            rest: Vec::new(),
        }
    }

    /// The pattern in which every star is a wildcard.
    pub fn with_wildcards(text: &str) -> Self {
        let mut pattern = Self::exact("");
        for character in text.chars() {
            match character {
                '*' => pattern.push_wildcard(),
                other => pattern.push(other),
            }
        }
        pattern
    }

    /// Appends a character that stands for itself.
    pub(crate) fn push(&mut self, character: char) {
        self.rest.last_mut().unwrap_or(&mut self.first).push(character);
    }

    /// Appends a wildcard; two in a row mean the same as one.
    pub(crate) fn push_wildcard(&mut self) {
        if self.rest.last().is_none_or(|last| !last.is_empty()) {
            self.rest.push(String::new());
        }
    }

    /// The pieces of text with a wildcard between each two.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.first.as_str()).chain(self.rest.iter().map(String::as_str))
    }

    /// The one text that it matches, if it has no wildcard.
    pub fn literal(&self) -> Option<&str> {
        self.rest.is_empty().then_some(&self.first)
    }

    /// The text with its wildcards read as plain stars, for comparisons of order.
    pub fn text(&self) -> Cow<'_, str> {
        match self.literal() {
            Some(text) => text.into(),
            None => self.pieces().collect::<Vec<_>>().join("*").into(),
        }
    }

    /// Whether the whole text matches. The ends are fixed, and each piece between them is taken where it
    /// first occurs: an earlier place never leaves less for the pieces after it, so nothing is tried twice.
    pub fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.rest.split_last() else {
            return text == self.first;
        };
        let inner = text
            .strip_prefix(self.first.as_str())
            .and_then(|text| text.strip_suffix(last.as_str()));
        let Some(mut inner) = inner else {
            return false;
        };
        let Some((end, middle)) = middle.split_last() else {
            return true;
        };
        for piece in middle {
            match inner.split_once(piece.as_str()) {
                Some((_, after)) => inner = after,
                None => return false,
            }
        }
        // Where it is does not matter any more; in short texts, finding out whether it is there at all costs much less.
        inner.contains(end.as_str())
    }
}

/// A part of texts, whatever the case of its letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part(String);

impl Part {
    /// The part that this text is: a star in it stands for itself.
    pub fn of(text: &str) -> Self {
        Self(lower(text))
    }

    /// The text, in lower case.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it occurs in the text.
    pub fn is_in(&self, text: &str) -> bool {
        lower(text).contains(&self.0)
    }
}

/// Each letter by itself: what stands beside it changes nothing.
fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_any_characters_or_none() {
        for (pattern, text, expected) in [
            ("Dev002", "Dev002", true),
            ("Dev002", "dev002", false),
            ("Dev*", "Dev", true),
            ("Dev*", "Device", true),
            ("Dev*", "MyDevice", false),
            ("*001", "Dev001", true),
            ("*001", "Dev0012", false),
            ("*", "", true),
            ("*", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("a**b", "ab", true),
            ("*ü*", "für", true),
            ("a*b*c", "a-c-b-c", true),
            ("a*b*c", "a-c-c", false),
        ] {
            assert_eq!(
                Pattern::with_wildcards(pattern).matches(text),
                expected,
                "{pattern} {text}"
            );
        }
        assert!(!Pattern::exact("*").matches("a"));
    }

    #[test]
    fn a_part_is_found_whatever_the_case() {
        for (part, text, expected) in [
            ("pump", "Pump 1", true),
            ("PUMP", "a pump", true),
            ("p*p", "pump", false),
            ("p*p", "P*P", true),
            ("", "", true),
            ("über", "GEGENÜBER", true),
            ("ΟΔΟΣ", "οδοσα", true),
            ("pump", "pum", false),
        ] {
            assert_eq!(Part::of(part).is_in(text), expected, "{part} {text}");
        }
        assert_eq!(
            Part::of(Part::of("İÜß").text()),
            Part::of("İÜß"),
            "said again it is the same"
        );
    }

    #[test]
    fn many_wildcards_on_a_long_text_need_no_backtracking() {
        // With backtracking this takes more steps than can be waited for: about a million choose sixteen.
        let text = "a".repeat(1 << 20);
        let pattern = Pattern::with_wildcards(&"*a".repeat(16));
        assert!(pattern.matches(&text));
        assert!(!Pattern::with_wildcards("*a*a*a*a*b").matches(&text));
        assert!(!Pattern::with_wildcards(&("*a".repeat(1_000) + "*b*")).matches(&text));
    }

    /// The textbook definition, exponential and obviously right.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], rest) => rest.is_empty(),
            (['*', after @ ..], _) => (0..=text.len()).any(|skipped| naive(after, &text[skipped..])),
            ([wanted, after @ ..], [found, rest @ ..]) => wanted == found && naive(after, rest),
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = naive(&characters(&pattern), &characters(&text));
            prop_assert_eq!(Pattern::with_wildcards(&pattern).matches(&text), expected);
        }
    }
}
