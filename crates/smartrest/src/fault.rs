//! What can be wrong with a row or a message, and the row that tells the device. Errors never repeat what was sent,
//! except for a shortened template id.

use crate::dialect::line;
use crate::limits::{FIELDS_MAX, MESSAGE_BYTES_MAX, ROWS_MAX};
use std::borrow::Cow;

/// A message of which no row is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Longer than a message may be.
    #[error("the message is longer than {MESSAGE_BYTES_MAX} bytes: send it in parts")]
    TooLong,
    /// More rows than a message may have.
    #[error("the message has more than {ROWS_MAX} rows: send it in parts")]
    TooManyRows,
}

/// The codes of error rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// There is no such template.
    UnknownTemplate,
    /// Something is there already, or not there at all.
    NotCreated,
    /// The row cannot be read.
    Malformed,
    /// The row does not begin with a template id.
    BadId,
    /// Too few arguments, or of a wrong type.
    BadArguments,
    /// The platform could not do it.
    Server,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::UnknownTemplate,
        Self::NotCreated,
        Self::Malformed,
        Self::BadId,
        Self::BadArguments,
        Self::Server,
    ];

    /// The number that the error row begins with.
    pub fn number(self) -> u16 {
        match self {
            Self::UnknownTemplate => 40,
            Self::NotCreated => 41,
            Self::Malformed => 42,
            Self::BadId => 43,
            Self::BadArguments => 45,
            Self::Server => 50,
        }
    }
}

/// One way in which a row can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A quoted field has no end, or something stands between its end and the next comma.
    #[error("the quotes do not match: write a quote inside a quoted field as \\\"")]
    BrokenQuotes,
    /// Not UTF-8.
    #[error("the row is not UTF-8")]
    NotUtf8,
    /// More fields than a row may have.
    #[error("the row has more than {FIELDS_MAX} fields")]
    TooManyFields,
    /// The first field is no id.
    #[error("the row must begin with the decimal id of a template")]
    BadTemplateId,
    /// No template has this id.
    #[error("there is no such template")]
    UnknownTemplate,
    /// A mandatory parameter is not there or empty.
    #[error("{0} is missing")]
    Missing(Cow<'static, str>),
    /// A parameter is not what it must be.
    #[error("{parameter} is not valid: {expected} is expected")]
    Wrong {
        /// The parameter.
        parameter: Cow<'static, str>,
        /// What it must be.
        expected: &'static str,
    },
    /// A property that cannot be set here.
    #[error("{0} cannot be set here")]
    NotAllowed(Cow<'static, str>),
    /// The same thing is set twice in one row.
    #[error("{0} is there twice")]
    Twice(&'static str),
}

impl Fault {
    /// The code of its error row.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::BrokenQuotes | Self::NotUtf8 | Self::TooManyFields => ErrorCode::Malformed,
            Self::BadTemplateId => ErrorCode::BadId,
            Self::UnknownTemplate => ErrorCode::UnknownTemplate,
            Self::Missing(_) | Self::Wrong { .. } | Self::NotAllowed(_) | Self::Twice(_) => {
                ErrorCode::BadArguments
            }
        }
    }

    pub(crate) fn missing(parameter: impl Into<Cow<'static, str>>) -> Self {
        Self::Missing(parameter.into())
    }

    pub(crate) fn wrong(parameter: impl Into<Cow<'static, str>>, expected: &'static str) -> Self {
        Self::Wrong {
            parameter: parameter.into(),
            expected,
        }
    }
}

/// A row of a message that is not done; those before and after it are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {fault}")]
pub struct Refused {
    /// Which row, from 1; blank lines are not counted.
    pub row: usize,
    /// What it begins with, shortened.
    pub template: String,
    /// What is wrong.
    pub fault: Fault,
}

impl Refused {
    /// The row that tells the device.
    pub fn error_row(&self) -> ErrorRow {
        ErrorRow {
            code: self.fault.code(),
            about: self.template.clone(),
            text: self.to_string(),
        }
    }
}

/// A row that tells of an error: `41,100,Device already existing`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRow {
    /// What kind of error.
    pub code: ErrorCode,
    /// The template id, or the collection, that it is about.
    pub about: String,
    /// What is wrong, in words.
    pub text: String,
}

impl ErrorRow {
    /// The row; its text is left out if there is none.
    pub fn print(&self) -> String {
        let code = self.code.number().to_string();
        let fields = [code.as_str(), &self.about, &self.text];
        let shown = if self.text.is_empty() { 2 } else { 3 };
        line(fields.into_iter().take(shown))
    }
}

/// The longest part of a template id that an error repeats, in characters.
const SHOWN_CHARS_MAX: usize = 32;

/// What a row begins with, shortened so that an error stays an error and not a mirror.
pub(crate) fn shown(id: &str) -> String {
    id.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_CHARS_MAX)
        .collect()
}
