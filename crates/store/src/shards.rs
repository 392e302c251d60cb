//! The store as a whole: its shards, and which tenant lies on which. Gives transactions and commits change sets.
//!
//! A tenant lies on one shard, and no transaction crosses shards. What concerns two of them (making and deleting a
//! tenant, suspending it) is a row of commits in an order that a crash may interrupt anywhere.

mod open;

pub use open::{Engine, OpenError, Places, refused_at_last_start};

use crate::backend::Snapshot;
use crate::catalogue::CatalogueView;
use crate::change::Receipt;
use crate::commit::{CommitCounts, Fence};
use crate::fault::{CommitFailed, StoreFault};
use crate::feed::Follower;
use crate::followers::Followers;
use crate::format::put_generation;
use crate::ids::Ids;
use crate::inventory::KnownParents;
use crate::keys::Keys;
use crate::shard::Shard;
use crate::transaction::{Opening, ReadTx, WriteTx};
use crate::view::View;
use model::ids::{MANAGEMENT, ShardNumber, TenantNumber};
use model::tenants::TenantStatus;
use policy::facts::Principal;
use policy::operation::Operation;
use policy::operations::tenants::{TenantCreate, TenantDelete};
use policy::proof::Allowed;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The store.
pub struct Store {
    catalogue: Shard,
    /// The shards for tenants, number 1 first.
    others: Vec<Slot>,
    /// Where tenants lie, as far as anybody has asked. It needs no version: a tenant never moves, and its number is
    /// never given again.
    placement: RwLock<BTreeMap<TenantNumber, ShardNumber>>,
    keys: Arc<Keys>,
    parents: Arc<KnownParents>,
    ids: Arc<Ids>,
    pub(crate) followers: Arc<Followers>,
}

/// What is left of a tenant that was shredded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "rows that are left must be removed later"]
pub enum Shredded {
    /// Nothing.
    Whole,
    /// Rows on a shard that is not available, sealed for ever.
    KeysOnly,
}

/// A place for a shard.
enum Slot {
    Open(Box<Shard>),
    /// It was refused at the start; the reason names the file.
    Refused(Arc<str>),
}

impl Store {
    /// A consistent view of the catalogue without a proof: for signing in and for facts.
    pub fn catalogue(&self) -> Result<CatalogueView, StoreFault> {
        let snapshot = self.catalogue.snapshot()?;
        Ok(CatalogueView::new(self.view_of(snapshot, false)))
    }

    fn view_of(&self, snapshot: Box<dyn Snapshot>, tracked: bool) -> View {
        View::new(snapshot, self.keys.clone(), self.parents.clone(), tracked)
    }

    /// A consistent view of a tenant's shard without a proof: for signing in and for facts.
    pub fn view(&self, tenant: TenantNumber) -> Result<View, StoreFault> {
        let snapshot = self.shard_of(tenant)?.snapshot()?;
        Ok(self.view_of(snapshot, false))
    }

    /// Follows what happens in the tenant of a proof, from now on. What of it may be shown is decided for each delivery.
    pub fn follow<N: Operation>(&self, proof: &Allowed<N>) -> Follower {
        self.followers.feed.follow(proof.tenant())
    }

    /// A transaction that only reads, in one tenant.
    pub fn read(&self, tenant: TenantNumber) -> Result<ReadTx, StoreFault> {
        Ok(ReadTx {
            view: self.view(tenant)?,
            followers: self.followers.clone(),
            tenant,
        })
    }

    /// A transaction of a principal that prepares changes in its own tenant.
    pub fn write_as(&self, who: &Principal) -> Result<WriteTx, StoreFault> {
        Ok(self.opening(who.tenant())?.write_as(who))
    }

    /// A view for a command of a tenant whose principal is not read yet: what is read here is noted for the command.
    pub fn opening(&self, tenant: TenantNumber) -> Result<Opening, StoreFault> {
        let shard = self.shard_of(tenant)?;
        Ok(Opening {
            view: self.view_of(shard.snapshot()?, true),
            ids: self.ids.clone(),
            shard: shard.number,
            tenant,
        })
    }

    /// A transaction in the tenant of a proof: for public operations and the platform's own work.
    pub fn write_for<N: Operation>(&self, proof: &Allowed<N>) -> Result<WriteTx, StoreFault> {
        Ok(self.opening(proof.tenant())?.begin())
    }

    /// Hands the changes to the writer; the answer comes when they are durable. Nothing is acknowledged before.
    ///
    /// When a tenant's status changes, the acknowledgement also waits until the tenant's shard has passed a fence: of the
    /// commands that were let in before, none is committed after it.
    pub async fn commit(&self, tx: WriteTx) -> Result<Receipt, CommitFailed> {
        let fence = self.fence(&tx);
        let answer = self.shard(tx.shard)?.committer.submit(tx.finish())?;
        let Some(fence) = fence else {
            return answer.await.unwrap_or(Err(CommitFailed::Stopped));
        };
        // A task of its own: the fence stands also when whoever asked has gone.
        let both = tokio::spawn(async move {
            let receipt = answer.await.unwrap_or(Err(CommitFailed::Stopped))?;
            fence.stand().await;
            Ok(receipt)
        });
        both.await.unwrap_or(Err(CommitFailed::Stopped))
    }

    /// The same for callers without a runtime: start-up and offline commands, where no other command is under way, so
    /// that there is nothing to fence off.
    pub fn commit_blocking(&self, tx: WriteTx) -> Result<Receipt, CommitFailed> {
        let answer = self.shard(tx.shard)?.committer.submit(tx.finish())?;
        answer.blocking_recv().unwrap_or(Err(CommitFailed::Stopped))
    }

    /// The fence that a change of a tenant's status needs. There is none where nothing can be committed: on a shard that
    /// is refused.
    fn fence(&self, tx: &WriteTx) -> Option<Fence> {
        let tenant = tx.pending.borrow().fenced_off?;
        let shard = self.shard_of(tenant).ok()?;
        Some(shard.committer.fence(tenant))
    }

    /// How many commits of a tenant's shard shared how many syncs.
    pub fn commit_counts(&self, tenant: TenantNumber) -> Result<&CommitCounts, StoreFault> {
        Ok(&self.shard_of(tenant)?.committer.counts)
    }

    /// The secret that goes into every password hash.
    pub fn password_pepper(&self) -> &[u8; 32] {
        self.keys.platform().password_pepper.expose()
    }

    /// The shards on which a new tenant may be placed.
    pub fn open_shards(&self) -> Vec<ShardNumber> {
        let open = self.others.iter().filter_map(|slot| match slot {
            Slot::Open(shard) => Some(shard.number),
            Slot::Refused(_) => None,
        });
        open.collect()
    }

    /// Refuses when the tenant's shard was refused at the start.
    pub fn check_available(&self, tenant: TenantNumber) -> Result<(), StoreFault> {
        self.shard_of(tenant).map(drop)
    }

    fn shard_of(&self, tenant: TenantNumber) -> Result<&Shard, StoreFault> {
        Ok(self.shard(self.place_of(tenant)?)?)
    }

    fn shard(&self, number: ShardNumber) -> Result<&Shard, Refused> {
        let Some(place) = number.0.checked_sub(1) else {
            return Ok(&self.catalogue);
        };
        match self.others.get(usize::from(place)) {
            Some(Slot::Open(shard)) => Ok(shard),
            Some(Slot::Refused(reason)) => Err(Refused(number, reason.clone())),
            None => Err(Refused(number, "it is not configured".into())),
        }
    }

    fn place_of(&self, tenant: TenantNumber) -> Result<ShardNumber, StoreFault> {
        if tenant == MANAGEMENT {
            return Ok(ShardNumber::CATALOGUE);
        }
        let known = self.placement.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.get(&tenant) {
            return Ok(*number);
        }
        drop(known);
        // Whose number the catalogue does not know was deleted, and its keys with it.
        let found = self.catalogue()?.tenant(tenant)?;
        let number = found.ok_or(StoreFault::NoKeys { tenant })?.shard;
        let mut known = self.placement.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(tenant, number);
        Ok(number)
    }

    /// Makes the keys of a tenant that is being created. Its row comes first: a crash leaves keys only to a tenant that
    /// the catalogue knows as unfinished, which the next start removes whole (R006).
    pub fn make_keys(&self, _proof: &Allowed<TenantCreate>, tenant: TenantNumber) -> Result<(), StoreFault> {
        let row = self.catalogue()?.tenant(tenant)?;
        if row.is_none_or(|row| row.status != TenantStatus::Creating) {
            return Err(StoreFault::OutOfReach {
                tenant,
                what: "a tenant that is not being created",
            });
        }
        self.keys.keyring().add(tenant)?;
        Ok(())
    }

    /// Destroys the keys of a tenant whose deletion is committed, or whose creation was not finished: whatever is left of
    /// its rows can never be read again. Then removes the rows themselves. May be repeated; changes nothing if the
    /// catalogue does not know the tenant any more.
    pub fn shred(
        &self,
        _proof: &Allowed<TenantDelete>,
        tenant: TenantNumber,
    ) -> Result<Shredded, StoreFault> {
        let Some(row) = self.catalogue()?.tenant(tenant)? else {
            return Ok(Shredded::Whole);
        };
        if tenant == MANAGEMENT || row.status.is_there() {
            return Err(StoreFault::OutOfReach {
                tenant,
                what: "a tenant that is not being deleted",
            });
        }
        let shard = self.shard(row.shard).ok();
        self.destroy_keys(tenant, shard)?;
        self.followers.projections.forget(tenant);
        self.followers.usage.forget(tenant);
        let Some(shard) = shard else {
            return Ok(Shredded::KeysOnly);
        };
        shard.remove_rows(tenant)?;
        let mut known = self.placement.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&tenant);
        Ok(Shredded::Whole)
    }

    /// Holds the write transaction of the tenant's shard meanwhile, so that no group commit loses its keys half-way, and
    /// then that of the catalogue: in this order everywhere.
    fn destroy_keys(&self, tenant: TenantNumber, shard: Option<&Shard>) -> Result<(), StoreFault> {
        let _held = shard.map(|shard| shard.backend.begin()).transpose()?;
        let mut tx = self.catalogue.backend.begin()?;
        let keyring = self.keys.keyring();
        keyring.destroy(tenant)?;
        put_generation(&mut *tx, &self.keys, keyring.generation())?;
        Ok(tx.commit()?)
    }
}

/// A shard that is not open, and why.
struct Refused(ShardNumber, Arc<str>);

impl From<Refused> for StoreFault {
    fn from(Refused(shard, reason): Refused) -> Self {
        Self::ShardUnavailable { shard, reason }
    }
}

impl From<Refused> for CommitFailed {
    fn from(_: Refused) -> Self {
        // A transaction on a shard that is not open cannot have begun.
        Self::Stopped
    }
}
