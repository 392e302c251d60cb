//! A consistent view of the store: one snapshot, decrypted on reading.
//!
//! A view that belongs to a command sees what the command is about to write, and notes the version of every row that it
//! read by its key, absent ones included; the committer refuses the command's change set if one of them has moved
//! since. What was only seen by a scan is not noted: a command that depends on it reads a row that moves with it.

use crate::backend::{Direction, KeyRange, Snapshot, Space};
use crate::fault::StoreFault;
use crate::inventory::KnownParents;
use crate::keys::Keys;
use crate::rows::{Key, Row, Table, decode};
use crate::seal::{RowVersion, row_version};
use model::ids::TenantNumber;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A row that was read: where, and in which version (none when it was not there).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadRow {
    pub(crate) space: Space,
    pub(crate) key: Vec<u8>,
    pub(crate) version: Option<RowVersion>,
}

/// Sealed rows that a command is about to write, by place; `None` deletes.
pub(crate) type Writes = BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>;

/// A consistent view of the store.
pub struct View {
    snapshot: Box<dyn Snapshot>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) parents: Arc<KnownParents>,
    pub(crate) reads: Option<RefCell<Vec<ReadRow>>>,
    pub(crate) writes: RefCell<Writes>,
}

impl View {
    pub(crate) fn new(
        snapshot: Box<dyn Snapshot>,
        keys: Arc<Keys>,
        parents: Arc<KnownParents>,
        tracked: bool,
    ) -> Self {
        Self {
            snapshot,
            keys,
            parents,
            reads: tracked.then(RefCell::default),
            writes: RefCell::default(),
        }
    }

    /// The sealed bytes of a row; a command sees what it is about to write.
    fn sealed(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreFault> {
        let space = key.table.space();
        if self.reads.is_some()
            && let Some(written) = self.writes.borrow().get(&(space, key.bytes().to_vec()))
        {
            return Ok(written.clone());
        }
        let sealed = self.snapshot.get(space, key.bytes())?;
        self.note(space, key.bytes(), sealed.as_deref());
        Ok(sealed)
    }

    fn note(&self, space: Space, key: &[u8], sealed: Option<&[u8]>) {
        if let Some(reads) = &self.reads {
            let version = sealed.and_then(row_version);
            reads.borrow_mut().push(ReadRow {
                space,
                key: key.to_vec(),
                version,
            });
        }
    }

    /// A row by its key.
    pub(crate) fn row<R: Row>(&self, key: &Key) -> Result<Option<R>, StoreFault> {
        debug_assert_eq!(key.table, R::TABLE);
        match self.sealed(key)? {
            Some(sealed) => self.open(key.tenant, key.table, key.bytes(), &sealed).map(Some),
            None => Ok(None),
        }
    }

    /// A row by its key that the command does not depend on: it may move without a conflict.
    pub(crate) fn row_unnoted<R: Row>(&self, key: &Key) -> Result<Option<R>, StoreFault> {
        match self.snapshot.get(key.table.space(), key.bytes())? {
            Some(sealed) => self.open(key.tenant, key.table, key.bytes(), &sealed).map(Some),
            None => Ok(None),
        }
    }

    /// Whether a row is there; its seal is checked too.
    pub(crate) fn contains(&self, key: &Key) -> Result<bool, StoreFault> {
        match self.sealed(key)? {
            Some(sealed) => {
                self.keys
                    .open(key.tenant, key.table.space(), key.bytes(), &sealed)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Notes a row as read without reading it, also when the command has already written it: the command depends on
    /// what was there before.
    pub(crate) fn watch(&self, key: &Key) -> Result<(), StoreFault> {
        if self.reads.is_none() {
            return Ok(());
        }
        let space = key.table.space();
        let sealed = self.snapshot.get(space, key.bytes())?;
        self.note(space, key.bytes(), sealed.as_deref());
        Ok(())
    }

    /// The version of a row for a command that depends on what was there before, also when it has written the row.
    pub(crate) fn watched_version(&self, key: &Key) -> Result<Option<RowVersion>, StoreFault> {
        let place = (key.table.space(), key.bytes().to_vec());
        if self.writes.borrow().contains_key(&place) {
            self.watch(key)?;
        }
        self.version(key)
    }

    /// The version of a row, without its content.
    pub(crate) fn version(&self, key: &Key) -> Result<Option<RowVersion>, StoreFault> {
        Ok(self.sealed(key)?.as_deref().and_then(row_version))
    }

    pub(crate) fn open<R: Row>(
        &self,
        tenant: TenantNumber,
        table: Table,
        key: &[u8],
        sealed: &[u8],
    ) -> Result<R, StoreFault> {
        let plain = self.keys.open(tenant, table.space(), key, sealed)?;
        decode(&plain).ok_or(StoreFault::Unreadable {
            tenant,
            table: table as u8,
        })
    }

    /// Visits rows in order of their keys, each with its key; the visitor breaks to end. Rows that break their seal
    /// end the scan with the fault.
    ///
    /// Scans are not noted as read.
    pub(crate) fn scan<R: Row>(
        &self,
        prefix: &Key,
        direction: Direction,
        mut visit: impl FnMut(&[u8], R) -> Result<ControlFlow<()>, StoreFault>,
    ) -> Result<(), StoreFault> {
        self.scan_range(
            prefix.tenant,
            R::TABLE,
            &prefix.prefix(),
            direction,
            |key, sealed| visit(key, self.open(prefix.tenant, R::TABLE, key, sealed)?),
        )
    }

    /// Visits the keys and sealed values of a range, merged with what the command is about to write there.
    pub(crate) fn scan_range(
        &self,
        tenant: TenantNumber,
        table: Table,
        range: &KeyRange,
        direction: Direction,
        visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreFault>,
    ) -> Result<(), StoreFault> {
        debug_assert!(range.start.starts_with(Key::new(tenant, table).bytes()));
        let own = self.own_writes(table.space(), range, direction);
        let mut merge = Merge {
            own: own.into_iter().peekable(),
            direction,
            visit,
        };
        let mut outcome = Ok(ControlFlow::Continue(()));
        self.snapshot
            .scan(table.space(), range, direction, &mut |key, sealed| {
                outcome = merge.stored(key, sealed);
                match outcome {
                    Ok(flow) => flow,
                    Err(_) => ControlFlow::Break(()),
                }
            })?;
        match outcome? {
            ControlFlow::Continue(()) => merge.own_while(|_| true).map(|_| ()),
            ControlFlow::Break(()) => Ok(()),
        }
    }

    /// What the command is about to write in a range, in the order of the scan.
    fn own_writes(&self, space: Space, range: &KeyRange, direction: Direction) -> Vec<OwnWrite> {
        let writes = self.writes.borrow();
        if writes.is_empty() || range.end.as_ref().is_some_and(|end| *end <= range.start) {
            return Vec::new();
        }
        let from = writes.range((space, range.start.clone())..);
        let inside =
            from.take_while(|((of, key), _)| *of == space && range.end.as_ref().is_none_or(|end| key < end));
        let mut own: Vec<_> = inside
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect();
        if direction == Direction::Backward {
            own.reverse();
        }
        own
    }

    /// The last number of every key under a prefix, in order: the members of an index. An entry that breaks its seal
    /// is reported and passed over: whoever can write to the disk adds no member.
    pub(crate) fn index(&self, prefix: &Key, direction: Direction) -> Result<Vec<u64>, StoreFault> {
        let (tenant, space) = (prefix.tenant, prefix.table.space());
        let mut members = Vec::new();
        self.scan_range(
            tenant,
            prefix.table,
            &prefix.prefix(),
            direction,
            |key, sealed| {
                let opened = self.keys.open(tenant, space, key, sealed).map(|_| ());
                if unless_broken(opened)?.is_some() {
                    members.extend(crate::rows::last_number(key));
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(members)
    }

    /// The first members of an index behind one of them, in order, and at most so many: no others are looked at.
    pub(crate) fn index_after(
        &self,
        prefix: &Key,
        after: Option<u64>,
        most: usize,
    ) -> Result<Vec<u64>, StoreFault> {
        let (tenant, space) = (prefix.tenant, prefix.table.space());
        let mut range = prefix.prefix();
        if let Some(after) = after {
            // A member is the number that ends its key.
            range.start = prefix.clone().number(after).byte(0).bytes().to_vec();
        }
        let mut members = Vec::new();
        self.scan_range(tenant, prefix.table, &range, Direction::Forward, |key, sealed| {
            if members.len() >= most {
                return Ok(ControlFlow::Break(()));
            }
            let opened = self.keys.open(tenant, space, key, sealed).map(|_| ());
            if unless_broken(opened)?.is_some() {
                members.extend(crate::rows::last_number(key));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(members)
    }

    /// Every row under a prefix, in order: for lists that are short. A row that cannot be read is reported and passed over.
    pub(crate) fn rows<R: Row>(&self, prefix: &Key) -> Result<Vec<R>, StoreFault> {
        let mut rows = Vec::new();
        self.scan_range(
            prefix.tenant,
            R::TABLE,
            &prefix.prefix(),
            Direction::Forward,
            |key, sealed| {
                rows.extend(unless_broken(self.open(prefix.tenant, R::TABLE, key, sealed))?);
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(rows)
    }

    /// Adds up the bytes of the keys and sealed values of a tenant's rows in a space: from this key on, over at most so
    /// many rows. Gives where to go on.
    pub(crate) fn measure(
        &self,
        tenant: TenantNumber,
        space: Space,
        from: Option<Vec<u8>>,
        rows_max: usize,
    ) -> Result<(u64, Option<Vec<u8>>), StoreFault> {
        let mut range = KeyRange::prefix(&tenant.0.to_be_bytes());
        range.start = from.unwrap_or(range.start);
        let (mut bytes, mut rows, mut next) = (0_u64, 0, None);
        self.snapshot
            .scan(space, &range, Direction::Forward, &mut |key, sealed| {
                if rows == rows_max {
                    next = Some(key.to_vec());
                    return ControlFlow::Break(());
                }
                rows += 1;
                bytes = bytes.saturating_add((key.len() + sealed.len()) as u64);
                ControlFlow::Continue(())
            })?;
        Ok((bytes, next))
    }

    /// Whether any row lies under a prefix.
    pub(crate) fn any(&self, prefix: &Key) -> Result<bool, StoreFault> {
        Ok(self.count_up_to(prefix, 1)? > 0)
    }

    /// How many rows lie under a prefix. They are not opened.
    pub(crate) fn count(&self, prefix: &Key) -> Result<usize, StoreFault> {
        self.count_up_to(prefix, usize::MAX)
    }

    /// The same, counted up to a bound.
    pub(crate) fn count_up_to(&self, prefix: &Key, bound: usize) -> Result<usize, StoreFault> {
        let mut count = 0;
        self.scan_range(
            prefix.tenant,
            prefix.table,
            &prefix.prefix(),
            Direction::Forward,
            |_, _| {
                count += 1;
                Ok(if count < bound {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                })
            },
        )?;
        Ok(count)
    }
}

/// A key that the command writes, with its sealed value; `None` deletes.
type OwnWrite = (Vec<u8>, Option<Vec<u8>>);

/// Shows stored rows and own writes to one visitor, in one order.
struct Merge<V> {
    own: std::iter::Peekable<std::vec::IntoIter<OwnWrite>>,
    direction: Direction,
    visit: V,
}

impl<V: FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreFault>> Merge<V> {
    /// A stored row, after the own writes that come before it; one that is written again is shown as written.
    fn stored(&mut self, key: &[u8], sealed: &[u8]) -> Result<ControlFlow<()>, StoreFault> {
        let direction = self.direction;
        let precedes = |own: &[u8]| match direction {
            Direction::Forward => own < key,
            Direction::Backward => own > key,
        };
        if self.own_while(precedes)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        match self.own.next_if(|(own, _)| own == key) {
            Some((_, Some(value))) => (self.visit)(key, &value),
            Some((_, None)) => Ok(ControlFlow::Continue(())),
            None => (self.visit)(key, sealed),
        }
    }

    /// The next own writes, as long as their keys are wanted.
    fn own_while(&mut self, wanted: impl Fn(&[u8]) -> bool) -> Result<ControlFlow<()>, StoreFault> {
        while let Some((key, value)) = self.own.next_if(|(key, _)| wanted(key)) {
            if let Some(value) = value
                && (self.visit)(&key, &value)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// For lists: a row that cannot be read is reported and passed over, so that one damaged row does not take the others
/// with it (R139). Every other fault stays one.
pub(crate) fn unless_broken<T>(row: Result<T, StoreFault>) -> Result<Option<T>, StoreFault> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(fault @ (StoreFault::Broken { .. } | StoreFault::Unreadable { .. })) => {
            tracing::error!(%fault, "a row is passed over");
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}
