//! The limits of messages and template collections by name. What they bound is done elsewhere.

/// Largest message, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 16_184;
/// Rows of one message; with one more nothing of it is done.
pub const ROWS_MAX: usize = 1_000;
/// Fields of one row, its template id among them.
pub const FIELDS_MAX: usize = 2_000;
/// Request templates of one collection, and response templates.
pub const TEMPLATES_MAX: usize = 500;
/// Values that one request template sets, or patterns of one response template.
pub const TEMPLATE_VALUES_MAX: usize = 200;
/// Longest id of a message or of a collection, in bytes.
pub const TEMPLATE_ID_BYTES_MAX: usize = 250;
/// Longest path into a document, in bytes.
pub const PATH_BYTES_MAX: usize = 1_000;
/// Most steps of such a path.
pub const PATH_STEPS_MAX: usize = 32;
/// Rows that one document is answered with, by all response templates of a collection together.
pub const ANSWER_ROWS_MAX: usize = 1_000;
/// Bytes of the rows that one document is answered with; a row that does not fit, and those behind it, are left out.
pub const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Values of a document that all templates of a collection together look at; then no further row is made of it.
pub const ANSWER_STEPS_MAX: usize = 200_000;
/// Longest topic that is looked at, in bytes.
pub const TOPIC_BYTES_MAX: usize = 4 << 10;
