//! Alarms and events whose text holds quotes that nobody escaped, as a widespread agent sends them:
//! `400,login,"user said "hi", ok",2026-11-21T07:40:22Z`. The type is the first argument, the time the last, and all
//! between is the text. Nothing else is read so.

use crate::values::time;
use std::borrow::Cow;

/// The fields of such a row, if it is one.
pub(super) fn fields(row: &[u8]) -> Option<Vec<Cow<'_, str>>> {
    let row = std::str::from_utf8(row).ok()?;
    let (id, rest) = row.split_once(',')?;
    let id = id.trim();
    if !matches!(id, "301" | "302" | "303" | "304" | "400") {
        return None;
    }
    let (kind, rest) = rest.split_once(',')?;
    let (text, when) = rest.rsplit_once(',')?;
    let (kind, text, when) = (kind.trim(), text.trim(), when.trim());
    time(when)?;
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    let fields = [id, kind, text, when];
    (!kind.contains('"')).then(|| fields.map(Cow::Borrowed).to_vec())
}
