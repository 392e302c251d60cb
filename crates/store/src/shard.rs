//! One shard: an ordered, transactional engine with one writer. Every row of a tenant lies on one shard, so that no
//! transaction crosses shards.
//!
//! It does not know which tenants lie on it, nor the other shards.

use crate::backend::{Backend, Direction, KeyRange, Snapshot, Space};
use crate::commit::Committer;
use crate::fault::StoreFault;
use crate::followers::Followers;
use crate::keys::Keys;
use crate::shards::OpenError;
use model::ids::{ShardNumber, TenantNumber};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Where tenants have rows of their own.
const OF_TENANTS: [Space; 3] = [Space::Identity, Space::Payload, Space::Audit];

/// An open shard.
pub(crate) struct Shard {
    pub(crate) number: ShardNumber,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) committer: Committer,
}

impl Shard {
    /// Starts the writer of an engine. `generation` is the stored generation of the keyring, which the catalogue's shard
    /// alone keeps.
    pub(crate) fn start(
        number: ShardNumber,
        backend: Arc<dyn Backend>,
        keys: &Arc<Keys>,
        followers: &Arc<Followers>,
        generation: Option<u64>,
    ) -> Result<Self, OpenError> {
        let committer = Committer::start(backend.clone(), keys.clone(), followers.clone(), generation)
            .map_err(|source| OpenError::Io {
                what: format!("could not start the writer of shard {number}"),
                source,
            })?;
        Ok(Self {
            number,
            backend,
            committer,
        })
    }

    /// A consistent view of the engine, unless its writer has stopped.
    pub(crate) fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreFault> {
        if self.committer.is_stopped() {
            return Err(StoreFault::Stopped);
        }
        Ok(self.backend.snapshot()?)
    }

    /// Removes every row of a tenant, in small commits.
    pub(crate) fn remove_rows(&self, tenant: TenantNumber) -> Result<(), StoreFault> {
        const ROWS_PER_COMMIT: usize = 1_000;
        for space in OF_TENANTS {
            loop {
                let keys = self.some_keys(space, tenant, ROWS_PER_COMMIT)?;
                if keys.is_empty() {
                    break;
                }
                let mut tx = self.backend.begin()?;
                for key in &keys {
                    tx.delete(space, key)?;
                }
                tx.commit()?;
            }
        }
        Ok(())
    }

    /// The first keys of a tenant's rows in a space, at most so many.
    fn some_keys(&self, space: Space, tenant: TenantNumber, most: usize) -> Result<Vec<Vec<u8>>, StoreFault> {
        let range = KeyRange::prefix(&tenant.0.to_be_bytes());
        let mut keys = Vec::new();
        self.backend
            .snapshot()?
            .scan(space, &range, Direction::Forward, &mut |key, _| {
                keys.push(key.to_vec());
                if keys.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
        Ok(keys)
    }
}
