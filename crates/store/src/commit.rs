//! The one writer of a shard: takes change sets from a queue, checks them against what came before, writes them in
//! one batch, syncs once, and only then answers. The audit log is written here and nowhere else.
//!
//! A failed write stops the writer for good: nothing is acknowledged after it, and the write is never tried again,
//! because whether the disk holds it is not known. A restart finds out.

mod queue;

pub use queue::CommitCounts;
pub(crate) use queue::{Committer, Fence};

use crate::audit_log::{LogEnd, log_name_key};
use crate::backend::{Backend, BackendError, WriteTransaction};
use crate::blobs::Spaces;
use crate::change::{ChangeSet, Epoch, Receipt};
use crate::documents::LineEnds;
use crate::fault::{CommitFailed, StoreFault};
use crate::feed::{Action, Happened, What};
use crate::followers::Followers;
use crate::format::put_generation;
use crate::keys::Keys;
use crate::measurements::{StreamEnds, TelemetryDigests};
use crate::notifications::Journals;
use crate::projection::InventoryChange;
use crate::rows::{Key, Row, Table, decode, encode};
use crate::seal::{RowVersion, row_version};
use crate::usage::Tally;
use model::ids::TenantNumber;
use model::limits::{COMMIT_GROUP_BYTES_MAX, COMMIT_GROUP_MAX};
use model::passing::Passing;
use queue::{Answer, Ending, Job};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

struct Writer {
    backend: Arc<dyn Backend>,
    keys: Arc<Keys>,
    followers: Arc<Followers>,
    counts: Arc<CommitCounts>,
    /// The ends of the audit logs, as of the last commit.
    ends: BTreeMap<TenantNumber, LogEnd>,
    /// The generation of the keyring that is stored: on the catalogue's shard only.
    generation: Option<u64>,
}

/// An epoch row that moved: its version before and after.
type Moved = (Option<RowVersion>, RowVersion);

/// What belongs to one group and is thrown away with it.
#[derive(Default)]
struct Group {
    done: Vec<(Answer, Receipt)>,
    streams: StreamEnds,
    lines: LineEnds,
    spaces: Spaces,
    telemetry: TelemetryDigests,
    epochs: BTreeMap<(TenantNumber, Epoch), Moved>,
    inventory: BTreeMap<TenantNumber, Vec<InventoryChange>>,
    logs: BTreeSet<TenantNumber>,
    happened: BTreeMap<TenantNumber, Vec<Happened>>,
    passing: BTreeMap<TenantNumber, Vec<Passing>>,
    journals: Journals,
    usage: BTreeMap<TenantNumber, Tally>,
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>, ending: &Ending) {
        while let Some(first) = jobs.blocking_recv() {
            let mut bytes = first.weight.bytes;
            let mut waiting = vec![first];
            while waiting.len() < COMMIT_GROUP_MAX && bytes < COMMIT_GROUP_BYTES_MAX {
                let Ok(job) = jobs.try_recv() else { break };
                bytes += job.weight.bytes;
                waiting.push(job);
            }
            if let Err(fault) = self.commit_group(waiting) {
                ending.announce();
                tracing::error!(%fault, "the writer stops: a write failed; restart the program after checking the disk");
                break;
            }
        }
        jobs.close();
        while let Ok(job) = jobs.try_recv() {
            let _ = job.answer.send(Err(CommitFailed::Stopped));
        }
    }

    /// Writes the jobs that do not conflict, in their order, with one sync. An error is final for the writer; whoever
    /// was in the group gets no answer but the closed channel, which means "not acknowledged".
    fn commit_group(&mut self, jobs: Vec<Job>) -> Result<(), StoreFault> {
        let backend = self.backend.clone();
        let mut tx = backend.begin()?;
        let mut group = Group::default();
        for job in jobs {
            self.take(&mut *tx, &mut group, job)?;
        }
        if group.done.is_empty() {
            return Ok(());
        }
        self.write_telemetry_records(&mut *tx, &mut group)?;
        for tenant in std::mem::take(&mut group.logs) {
            if let Some(end) = self.ends.get_mut(&tenant) {
                end.write(&mut *tx, &self.keys, tenant)?;
            }
        }
        let generation = self.generation.map(|_| self.keys.keyring().generation());
        if let Some(generation) = generation
            && self.generation != Some(generation)
        {
            put_generation(&mut *tx, &self.keys, generation)?;
        }
        std::mem::take(&mut group.journals).write(&mut *tx, &self.keys)?;
        tx.commit()?;
        self.generation = generation;

        self.counts
            .commits
            .fetch_add(group.done.len() as u64, Ordering::Relaxed);
        self.counts.syncs.fetch_add(1, Ordering::Relaxed);
        for (tenant, changes) in group.inventory {
            if let Some((before, after)) = group.epochs.get(&(tenant, Epoch::Inventory)) {
                self.followers.projections.apply(tenant, *before, *after, changes);
            }
        }
        self.followers.usage.add(group.usage);
        for (tenant, happened) in group.happened {
            let passing = group.passing.remove(&tenant).unwrap_or_default();
            self.followers.feed.tell(tenant, happened, passing);
        }
        for (answer, receipt) in group.done {
            // The client may have gone; its change stays.
            let _ = answer.send(Ok(receipt));
        }
        Ok(())
    }

    /// Checks one job and writes it into the transaction; a conflict or a fault of its own rows refuses this job only.
    fn take(&mut self, tx: &mut dyn WriteTransaction, group: &mut Group, job: Job) -> Result<(), StoreFault> {
        let change = job.change;
        if !still_as_read(tx, &change)? || !self.ready(tx, group, &change)? {
            let _ = job.answer.send(Err(CommitFailed::Conflict));
            return Ok(());
        }
        for ((space, key), value) in &change.writes {
            match value {
                Some(sealed) => tx.put(*space, key, sealed)?,
                None => tx.delete(*space, key)?,
            }
        }
        let mut receipt = Receipt::default();
        let mut digest = change
            .telemetry
            .map(|telemetry| group.telemetry.of(change.tenant, telemetry));
        let is_heard = !change.is_quiet;
        let is_followed = is_heard && self.followers.feed.is_followed(change.tenant);
        let is_told = is_heard && group.journals.has(tx, change.tenant)? || is_followed;
        let mut happened = change.happened;
        let used = group.usage.entry(change.tenant).or_default();
        used.count(&happened);
        for append in change.appends {
            let object = append.source;
            let batch = group.streams.append(tx, &self.keys, change.tenant, append)?;
            used.count_measurements(object, batch.ids.len());
            if let Some(digest) = &mut digest {
                digest.add(&batch);
            }
            if is_told {
                happened.extend(batch.ids.iter().map(|id| Happened {
                    object,
                    what: What::Measurement(*id),
                    action: Action::Created,
                }));
            }
            receipt.measurements.extend(batch.ids);
        }
        if is_heard {
            group.journals.note(change.tenant, &happened, change.farewells);
        }
        if is_followed && !happened.is_empty() {
            group.happened.entry(change.tenant).or_default().extend(happened);
        }
        if is_followed && !change.passing.is_empty() {
            group
                .passing
                .entry(change.tenant)
                .or_default()
                .extend(change.passing);
            group.happened.entry(change.tenant).or_default();
        }
        if let Some(digest) = &mut digest {
            change
                .documents
                .iter()
                .for_each(|(number, hash)| digest.add_document(*number, hash));
        }
        for moved in change.lines {
            group.lines.apply(tx, &self.keys, moved)?;
        }
        if let Some(moved) = change.space {
            group.spaces.apply(tx, &self.keys, change.tenant, moved)?;
        }
        for (tenant, record) in change.audit {
            receipt
                .records
                .push(self.append_audit(tx, group, tenant, &record)?);
        }
        for (tenant, epoch) in change.epochs {
            self.move_epoch(tx, group, tenant, epoch)?;
        }
        if !change.inventory.is_empty() {
            group
                .inventory
                .entry(change.tenant)
                .or_default()
                .extend(change.inventory);
        }
        group.done.push((job.answer, receipt));
        Ok(())
    }

    /// Loads whatever the job's appends and records need, before anything of it is written. `false`: the command must
    /// look again (its tenant's keys are gone, a stream is full, files have no more space, a row is
    /// broken).
    fn ready(
        &mut self,
        tx: &dyn WriteTransaction,
        group: &mut Group,
        change: &ChangeSet,
    ) -> Result<bool, StoreFault> {
        let telemetry = change.telemetry.iter().map(|_| change.tenant);
        let logs: BTreeSet<_> = change
            .audit
            .iter()
            .map(|(tenant, _)| *tenant)
            .chain(telemetry)
            .collect();
        let moving = change.epochs.iter().map(|(tenant, _)| *tenant);
        if !moving
            .chain([change.tenant])
            .chain(logs.iter().copied())
            .all(|tenant| self.keys.has(tenant))
        {
            return Ok(false);
        }
        for tenant in logs {
            if self.ends.contains_key(&tenant) {
                continue;
            }
            if !self.can_sign(tx, change, tenant)? {
                return Ok(false);
            }
            match refuse_only_this(LogEnd::load(tx, &self.keys, tenant))? {
                Some(end) => self.ends.insert(tenant, end),
                None => return Ok(false),
            };
        }
        if refuse_only_this(group.lines.prepare(tx, &self.keys, &change.lines))?.is_none() {
            return Ok(false);
        }
        if let Some(moved) = change.space {
            let fits = group.spaces.prepare(tx, &self.keys, change.tenant, moved);
            if refuse_only_this(fits)? != Some(true) {
                return Ok(false);
            }
        }
        for append in &change.appends {
            let fits = group.streams.prepare(tx, &self.keys, change.tenant, append);
            if refuse_only_this(fits)? != Some(true) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the row that names the tenant's audit log can be read: as it is stored, or as this change makes it. The end
    /// of the group, where the log is signed, is too late to find out.
    fn can_sign(
        &self,
        tx: &dyn WriteTransaction,
        change: &ChangeSet,
        tenant: TenantNumber,
    ) -> Result<bool, StoreFault> {
        let key = log_name_key(tenant);
        let space = key.table.space();
        let sealed = match change.writes.get(&(space, key.bytes().to_vec())) {
            Some(written) => written.clone(),
            None => tx.get(space, key.bytes())?,
        };
        let Some(sealed) = sealed else { return Ok(false) };
        Ok(refuse_only_this(self.keys.open(tenant, space, key.bytes(), &sealed))?.is_some())
    }

    /// Appends one record to a tenant's log: the only place that does.
    fn append_audit(
        &mut self,
        tx: &mut dyn WriteTransaction,
        group: &mut Group,
        tenant: TenantNumber,
        record: &audit::record::Record,
    ) -> Result<u64, StoreFault> {
        let end = self.ends.get_mut(&tenant).ok_or(StoreFault::Inconsistent {
            tenant,
            what: "the end of the audit log",
        })?;
        group.logs.insert(tenant);
        end.append(tx, &self.keys, tenant, record)
    }

    fn write_telemetry_records(
        &mut self,
        tx: &mut dyn WriteTransaction,
        group: &mut Group,
    ) -> Result<(), StoreFault> {
        for (tenant, record) in std::mem::take(&mut group.telemetry).into_records() {
            self.append_audit(tx, group, tenant, &record)?;
        }
        Ok(())
    }

    /// Rewrites an epoch row, at once: a later job of the same group that has read it conflicts. Once per group is
    /// enough, for nobody has read the new version yet.
    fn move_epoch(
        &self,
        tx: &mut dyn WriteTransaction,
        group: &mut Group,
        tenant: TenantNumber,
        epoch: Epoch,
    ) -> Result<(), StoreFault> {
        let Entry::Vacant(entry) = group.epochs.entry((tenant, epoch)) else {
            return Ok(());
        };
        let key = epoch.key(tenant);
        let space = key.table.space();
        let before = tx.get(space, key.bytes())?.as_deref().and_then(row_version);
        let sealed = self.keys.seal(tenant, space, key.bytes(), &[])?;
        tx.put(space, key.bytes(), &sealed)?;
        if let Some(after) = row_version(&sealed) {
            entry.insert((before, after));
        }
        Ok(())
    }
}

impl Epoch {
    /// The row whose version is the epoch.
    pub(crate) fn key(self, tenant: TenantNumber) -> Key {
        let table = match self {
            Self::Rules => Table::RulesEpoch,
            Self::Inventory => Table::InventoryEpoch,
            Self::Tree => Table::TreeEpoch,
        };
        Key::new(tenant, table)
    }
}

/// Whether every row that the command read is still as it was, changes of the same group included.
fn still_as_read(tx: &dyn WriteTransaction, change: &ChangeSet) -> Result<bool, BackendError> {
    for read in &change.reads {
        let version = tx.get(read.space, &read.key)?.as_deref().and_then(row_version);
        if version != read.version {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A fault of the engine stops the writer; a fault of single rows refuses the command that needs them.
fn refuse_only_this<T>(result: Result<T, StoreFault>) -> Result<Option<T>, StoreFault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(StoreFault::Backend(fault)) => Err(fault.into()),
        Err(fault) => {
            tracing::error!(%fault, "a command was refused because of a row that it needs");
            Ok(None)
        }
    }
}

/// A row in the write transaction, unsealed.
pub(crate) fn row_in<R: Row>(
    tx: &dyn WriteTransaction,
    keys: &Keys,
    key: &Key,
) -> Result<Option<R>, StoreFault> {
    let space = key.table.space();
    let Some(sealed) = tx.get(space, key.bytes())? else {
        return Ok(None);
    };
    let plain = keys.open(key.tenant, space, key.bytes(), &sealed)?;
    decode(&plain).map(Some).ok_or(StoreFault::Unreadable {
        tenant: key.tenant,
        table: key.table as u8,
    })
}

/// Seals a row and puts it into the write transaction.
pub(crate) fn put_row<R: Row>(
    tx: &mut dyn WriteTransaction,
    keys: &Keys,
    key: &Key,
    row: &R,
) -> Result<(), StoreFault> {
    let space = key.table.space();
    let sealed = keys.seal(key.tenant, space, key.bytes(), &encode(row)?)?;
    Ok(tx.put(space, key.bytes(), &sealed)?)
}
