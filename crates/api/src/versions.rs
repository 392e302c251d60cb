//! The state of what is changed: `ETag` on the way out, `If-Match` on the way in (RFC 9110, 8.8.3 and 13.1.1).
//!
//! Whether the state still fits is for the behaviour to say, in the transaction that changes it.

use crate::answer::Answer;
use crate::call::Call;
use engine::version::{Expected, Version};
use http::header::ETAG;

impl Answer {
    /// With the state that is shown.
    pub(crate) fn in_state(self, version: Version) -> Self {
        self.with(ETAG, format!("\"{version}\""))
    }
}

/// The state in which the caller wants to find what it changes. A weak tag, or a text that is no tag, fits no state.
pub(crate) fn expected(call: &Call) -> Expected {
    match call.if_match.as_deref().map(str::trim) {
        None | Some("*") => Expected::Any,
        Some(tags) => Expected::OneOf(tags.split(',').filter_map(strong).map(str::to_owned).collect()),
    }
}

fn strong(tag: &str) -> Option<&str> {
    tag.trim().strip_prefix('"')?.strip_suffix('"')
}
