//! What can go wrong in the store. None of it is the client's doing: surfaces show an opaque id, the log shows this.

use crate::backend::{BackendError, Space};
use model::ids::{ShardNumber, TenantNumber};
use std::sync::Arc;

/// Reading or preparing a change failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// The engine failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A value does not fit its seal: it was changed outside the program. It is not served; other rows are.
    #[error("a value of tenant {} in {} does not fit its seal and is not served", tenant.0, space.name())]
    Broken {
        /// The tenant.
        tenant: TenantNumber,
        /// The keyspace.
        space: Space,
    },
    /// A value fits its seal but is not of a format that this version reads.
    #[error("a row of tenant {} in table {table} has a format that this version does not read", tenant.0)]
    Unreadable {
        /// The tenant.
        tenant: TenantNumber,
        /// The table's tag.
        table: u8,
    },
    /// The keys of the tenant are destroyed or missing: nothing of it can be read again.
    #[error("the keys of tenant {} are gone", tenant.0)]
    NoKeys {
        /// The tenant.
        tenant: TenantNumber,
    },
    /// A row that another row promises is not there.
    #[error("tenant {}: {what} is missing", tenant.0)]
    Inconsistent {
        /// The tenant.
        tenant: TenantNumber,
        /// What is missing.
        what: &'static str,
    },
    /// A change was asked for beside what its proof reaches: a mistake in the program; nothing was changed.
    #[error("tenant {}: {what} is not within the reach of the proof", tenant.0)]
    OutOfReach {
        /// The tenant of the proof.
        tenant: TenantNumber,
        /// What was to be changed.
        what: &'static str,
    },
    /// A row could not be turned into bytes.
    #[error("a row could not be encoded: {0}")]
    Encode(#[from] postcard::Error),
    /// The last identifier was given away.
    #[error("no identifiers are left")]
    OutOfIds,
    /// The writer has stopped after a failed write; nothing is acknowledged until the program is started again.
    #[error("the writer of this shard has stopped")]
    Stopped,
    /// The shard of the tenant was refused at the start, which was logged then; other shards work.
    #[error("shard {shard} is not available: {reason}")]
    ShardUnavailable {
        /// The shard.
        shard: ShardNumber,
        /// Why; names the file.
        reason: Arc<str>,
    },
    /// The keyring could not be changed.
    #[error(transparent)]
    Keyring(#[from] crate::keyring::KeyringError),
}

/// A change set was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitFailed {
    /// A row that the command had read has moved since: the command may be run again on a new view.
    #[error("another change came first")]
    Conflict,
    /// Too many commands wait; nothing was changed.
    #[error("the writer is busy")]
    Busy,
    /// The write failed or the writer has stopped. Whether the change is stored is not known; it was not acknowledged.
    #[error("the writer has stopped")]
    Stopped,
}
