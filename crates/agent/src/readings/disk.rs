//! Space on the root file system.

use super::used_and_total;
use serde_json::Value;
use std::path::Path;

/// Space used and present on the file system that holds `path`; nothing if it tells no size.
pub fn fragment(path: &Path) -> Option<Value> {
    let space = rustix::fs::statvfs(path).ok()?;
    let total = space
        .f_blocks
        .checked_mul(space.f_frsize)
        .filter(|total| *total > 0)?;
    let used = space
        .f_blocks
        .checked_sub(space.f_bfree)?
        .checked_mul(space.f_frsize)?;
    Some(used_and_total(used, total))
}
