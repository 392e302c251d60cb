//! The arguments of a row, taken one by one as domain values. A missing tail is the same as empty fields.

use crate::fault::Fault;
use crate::values::{FRAGMENT, ID, LABEL, NUMBER, TIME, number, time};
use model::json::Number;
use model::names::{FragmentName, Label};
use model::time::Timestamp;
use std::borrow::Cow;
use std::slice::Iter;
use std::str::FromStr;

/// What is left of a row's arguments.
pub(crate) struct Arguments<'r> {
    fields: Iter<'r, Cow<'r, str>>,
}

impl<'r> Arguments<'r> {
    pub(crate) fn new(fields: &'r [Cow<'r, str>]) -> Self {
        Self {
            fields: fields.iter(),
        }
    }

    /// The next one; empty if there is none.
    pub(crate) fn next(&mut self) -> &'r str {
        self.fields.next().map(AsRef::as_ref).unwrap_or_default()
    }

    /// The next one, if it is not empty.
    pub(crate) fn optional(&mut self) -> Option<&'r str> {
        Some(self.next()).filter(|text| !text.is_empty())
    }

    /// The next one, which must be there.
    pub(crate) fn required(&mut self, name: &'static str) -> Result<&'r str, Fault> {
        self.optional().ok_or(Fault::missing(name))
    }

    /// Whether only empty ones are left.
    pub(crate) fn is_over(&self) -> bool {
        self.fields.as_slice().iter().all(|field| field.is_empty())
    }

    /// All that are left and not empty.
    pub(crate) fn rest(self) -> impl Iterator<Item = &'r str> {
        self.fields
            .map(AsRef::as_ref)
            .filter(|text: &&str| !text.is_empty())
    }

    /// The next one as a name or type, which must be there.
    pub(crate) fn label(&mut self, name: &'static str) -> Result<Label, Fault> {
        parsed(self.required(name)?, name, LABEL)
    }

    /// The next one as the name of a fragment, which must be there.
    pub(crate) fn fragment(&mut self, name: &'static str) -> Result<FragmentName, Fault> {
        parsed(self.required(name)?, name, FRAGMENT)
    }

    /// All that are left as names of fragments.
    pub(crate) fn fragments(self, name: &'static str) -> Result<Vec<FragmentName>, Fault> {
        self.rest().map(|text| parsed(text, name, FRAGMENT)).collect()
    }

    /// The next one as a number, if it is not empty.
    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<Number>, Fault> {
        let read = |text| number(text).ok_or(Fault::wrong(name, NUMBER));
        self.optional().map(read).transpose()
    }

    /// The next one as a number, which must be there.
    pub(crate) fn required_number(&mut self, name: &'static str) -> Result<Number, Fault> {
        self.number(name)?.ok_or(Fault::missing(name))
    }

    /// The next one as a time, or now.
    pub(crate) fn time(&mut self, now: Timestamp) -> Result<Timestamp, Fault> {
        match self.optional() {
            Some(text) => time(text).ok_or(Fault::wrong("the time", TIME)),
            None => Ok(now),
        }
    }

    /// The next one as an identifier, which must be there.
    pub(crate) fn id<T: FromStr>(&mut self, name: &'static str) -> Result<T, Fault> {
        parsed(self.required(name)?, name, ID)
    }
}

/// A text as a value that is made by parsing.
pub(crate) fn parsed<T: FromStr>(
    text: &str,
    name: impl Into<Cow<'static, str>>,
    expected: &'static str,
) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::wrong(name, expected))
}
