//! What can be wrong with the text of a query, and where.

use model::limits::{QUERY_BYTES_MAX, QUERY_DEPTH_MAX, QUERY_PARTS_MAX};

/// The text is not a query. The API answers 422 (`inventory/Invalid Data`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at byte {position} of the query)")]
pub struct BadQuery {
    /// Where the trouble begins, in bytes from the start of the text.
    pub position: usize,
    /// What the trouble is.
    pub what: Fault,
}

/// One way in which a query can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is longer than a query may be.
    #[error("the query is longer than {QUERY_BYTES_MAX} bytes")]
    TooLong,
    /// Parentheses and `not` are nested deeper than they may be.
    #[error("parentheses and not are nested deeper than {QUERY_DEPTH_MAX} levels")]
    TooDeep,
    /// A quoted text has no end.
    #[error("the quoted text has no end: close it with a single quote, and write a quote inside it twice")]
    UnclosedText,
    /// A dollar sign that begins neither section.
    #[error("only $filter= and $orderby= may begin with a dollar sign")]
    UnknownSection,
    /// A section that was there already.
    #[error("$filter= and $orderby= may each stand once")]
    SectionTwice,
    /// Where a condition was expected.
    #[error("a condition is expected: property operator value, a function, not or a parenthesis")]
    ExpectedCondition,
    /// Where a property was expected.
    #[error("a property is expected: names joined by single dots, without wildcards")]
    ExpectedProperty,
    /// Where an operator was expected.
    #[error("an operator is expected: eq, ne, gt, ge, lt or le")]
    ExpectedOperator,
    /// Where a value was expected.
    #[error("a value is expected: 'text', a number (decimals end in f or d), true, false or null")]
    ExpectedValue,
    /// Where an identifier was expected.
    #[error("the identifier of a managed object is expected")]
    ExpectedId,
    /// Where a list should go on or end.
    #[error("a closing parenthesis is expected")]
    ExpectedClose,
    /// `has()` takes one argument.
    #[error("has() takes one property; hasany() takes several")]
    OneArgument,
    /// More `contains()` than one query may have: each reads whole texts.
    #[error("more than {QUERY_PARTS_MAX} contains() in one query")]
    TooManyParts,
    /// `contains()` takes a property and a text.
    #[error("contains() takes a property and a text without wildcards: contains(name,'pump')")]
    ExpectedPart,
    /// A function that the language does not have.
    #[error("no such function: there are has, hasany, contains, bygroupid and isinhierarchyof")]
    UnknownFunction,
    /// `has()` or `hasany()` of a property that is not a custom fragment.
    #[error("has() and hasany() take custom fragments only, not standard properties such as name or type")]
    NotCustom,
    /// A `.date` compared with something that is no time.
    #[error("a date is compared with a quoted ISO 8601 time, for example '2026-11-21T07:40:22.219Z'")]
    ExpectedTime,
    /// Null has no order.
    #[error("null can only be compared by eq and ne")]
    NullOrder,
    /// Something is left over.
    #[error("the query should end or go on with and, or, $filter= or $orderby= here")]
    Unexpected,
}

impl Fault {
    /// This fault, at this place.
    pub(crate) fn at(self, position: usize) -> BadQuery {
        BadQuery { position, what: self }
    }
}
