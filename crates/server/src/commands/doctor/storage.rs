//! Checks of the storage: which shards the last start refused. The files themselves are read by a start only, because
//! looking at them takes their locks.

use super::{Finding, Verdict};
use crate::data_dir::Layout;
use store::shards::refused_at_last_start;

pub(super) fn findings(layout: &Layout) -> Vec<Finding> {
    let refused = refused_at_last_start(&layout.engines());
    if refused.is_empty() {
        return vec![Finding::new(
            "storage",
            Verdict::Good,
            "no shard was refused at the last start",
        )];
    }
    refused
        .into_iter()
        .map(|(shard, reason)| {
            let message = format!(
                "shard {shard} was refused at the last start, and its tenants are not served: {reason}. Then start again"
            );
            Finding::new("storage", Verdict::Fault, message)
        })
        .collect()
}
