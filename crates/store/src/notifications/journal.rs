//! The journal: what has happened in a tenant that has subscribers, noted by the writer in the same commit as the change,
//! in the order of commits. It waits there until it is sorted by subscriber, which takes it out again.
//!
//! Ids only. What is not noted (nobody subscribes, or too much waits) costs the writer nothing but a look.

use super::{NotificationChanges, NotificationRows};
use crate::backend::{Direction, KeyRange, WriteTransaction};
use crate::commit::{put_row, row_in};
use crate::fault::StoreFault;
use crate::feed::Happened;
use crate::keys::Keys;
use crate::rows::{Key, Table, last_number, rows};
use crate::view::View;
use model::ids::{ObjectId, TenantNumber};
use model::limits::JOURNAL_MAX;
use model::notifications::Topic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// An object that is gone, and the topics that were fed with what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farewell {
    /// The object.
    pub object: ObjectId,
    /// The topics.
    pub topics: Vec<Topic>,
}

/// What a group of commits has done.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Entries {
    /// Things that have happened, in this order.
    pub happened: Vec<Happened>,
    /// Objects that are gone.
    pub farewells: Vec<Farewell>,
}

/// Where the next group of commits is noted. Written by the writer alone.
#[derive(Default, Serialize, Deserialize)]
struct JournalEnd {
    next: u64,
    /// Groups that were not noted because too many waited.
    lost: u64,
}

impl JournalEnd {
    /// The place of the next group; nothing if it is lost because too many wait.
    fn place_behind(&mut self, sorted: &Sorted) -> Option<u64> {
        if self.next.saturating_sub(sorted.next) >= JOURNAL_MAX {
            self.lost += 1;
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }
}

/// How far the journal is sorted by subscriber.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sorted {
    /// The place of the next group in the journal.
    pub next: u64,
    /// The number of the next notification, of all subscribers together.
    pub letter: u64,
    /// Groups that are known to be lost.
    pub lost: u64,
    /// How many things of the next group are sorted already: a large one takes several steps.
    pub part: u64,
}

rows! {
    Entries => Journal,
    JournalEnd => JournalEnd,
    Sorted => JournalSorted,
}

fn entries_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::Journal)
}

fn end_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::JournalEnd)
}

fn sorted_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::JournalSorted)
}

/// There as long as the tenant has subscribers.
fn wanted_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::JournalWanted).byte(1)
}

/// What one group of commits notes in the journals of its tenants.
#[derive(Default)]
pub(crate) struct Journals(BTreeMap<TenantNumber, Option<Entries>>);

impl Journals {
    /// Whether the tenant has a journal.
    pub(crate) fn has(
        &mut self,
        tx: &dyn WriteTransaction,
        tenant: TenantNumber,
    ) -> Result<bool, StoreFault> {
        if let Some(known) = self.0.get(&tenant) {
            return Ok(known.is_some());
        }
        let key = wanted_key(tenant);
        let has = tx.get(key.table.space(), key.bytes())?.is_some();
        self.0.insert(tenant, has.then(Entries::default));
        Ok(has)
    }

    /// Notes what one command has done, after those before it.
    pub(crate) fn note(&mut self, tenant: TenantNumber, happened: &[Happened], farewells: Vec<Farewell>) {
        if let Some(Some(entries)) = self.0.get_mut(&tenant) {
            entries.happened.extend_from_slice(happened);
            entries.farewells.extend(farewells);
        }
    }

    /// Writes all of it: in the same commit as what has happened.
    pub(crate) fn write(self, tx: &mut dyn WriteTransaction, keys: &Keys) -> Result<(), StoreFault> {
        for (tenant, entries) in self.0 {
            let Some(entries) = entries else { continue };
            if entries.happened.is_empty() && entries.farewells.is_empty() {
                continue;
            }
            match append(tx, keys, tenant, &entries) {
                Err(fault @ StoreFault::Backend(_)) => return Err(fault),
                // What was changed stays changed: only who subscribes misses it.
                Err(fault) => {
                    tracing::error!(%fault, "notifications are lost: the journal cannot be continued");
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }
}

fn append(
    tx: &mut dyn WriteTransaction,
    keys: &Keys,
    tenant: TenantNumber,
    entries: &Entries,
) -> Result<(), StoreFault> {
    let mut end = row_in::<JournalEnd>(tx, keys, &end_key(tenant))?.unwrap_or_default();
    let sorted = row_in::<Sorted>(tx, keys, &sorted_key(tenant))?.unwrap_or_default();
    if let Some(place) = end.place_behind(&sorted) {
        put_row(tx, keys, &entries_key(tenant).number(place), entries)?;
    }
    put_row(tx, keys, &end_key(tenant), &end)
}

impl NotificationRows<'_> {
    /// Whether the tenant has a journal: it has subscribers.
    pub fn has_journal(&self) -> Result<bool, StoreFault> {
        has_journal(self.view, self.tenant)
    }

    /// How far the journal is sorted.
    pub fn sorted(&self) -> Result<Sorted, StoreFault> {
        Ok(self.view.row(&sorted_key(self.tenant))?.unwrap_or_default())
    }

    /// The same for a command that does not depend on it.
    pub fn sorted_about(&self) -> Result<Sorted, StoreFault> {
        Ok(self
            .view
            .row_unnoted(&sorted_key(self.tenant))?
            .unwrap_or_default())
    }

    /// How many groups were lost so far because too many waited.
    pub fn lost(&self) -> Result<u64, StoreFault> {
        let end = self.view.row_unnoted::<JournalEnd>(&end_key(self.tenant))?;
        Ok(end.unwrap_or_default().lost)
    }

    /// The groups from this place on, with their places, at most so many.
    pub fn journal(&self, from: u64, most: usize) -> Result<Vec<(u64, Entries)>, StoreFault> {
        let range = KeyRange {
            start: entries_key(self.tenant).number(from).bytes().to_vec(),
            end: entries_key(self.tenant).prefix().end,
        };
        let mut found = Vec::new();
        self.view.scan_range(
            self.tenant,
            Table::Journal,
            &range,
            Direction::Forward,
            |key, sealed| {
                if found.len() >= most {
                    return Ok(ControlFlow::Break(()));
                }
                let entries = self.view.open(self.tenant, Table::Journal, key, sealed);
                // A damaged group is reported and lost; those behind it are not.
                let entries = crate::view::unless_broken(entries)?.unwrap_or_default();
                found.extend(last_number(key).map(|place| (place, entries)));
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(found)
    }
}

impl NotificationChanges<'_> {
    /// From now on the journal is kept, or not any more.
    pub(super) fn want_journal(&self, wanted: bool) -> Result<(), StoreFault> {
        let key = wanted_key(self.tenant);
        // Always written: whoever takes the last subscriber away at the same time must look again.
        match wanted {
            true => self.tx.put_index(&key),
            false => {
                self.tx.delete(&key);
                Ok(())
            }
        }
    }

    /// Takes groups out of the journal that are sorted now.
    pub fn has_sorted(
        &self,
        places: impl IntoIterator<Item = u64>,
        sorted: Sorted,
    ) -> Result<(), StoreFault> {
        for place in places {
            self.tx.delete(&entries_key(self.tenant).number(place));
        }
        self.tx.put(&sorted_key(self.tenant), &sorted)
    }
}

fn has_journal(view: &View, tenant: TenantNumber) -> Result<bool, StoreFault> {
    Ok(view.version(&wanted_key(tenant))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    // R061, R127: what waits is bounded; a group beyond it is counted, and the next one fits when some were sorted.
    #[test]
    fn a_journal_takes_as_many_groups_as_may_wait_and_counts_the_others() {
        let sorted = |next| Sorted {
            next,
            ..Sorted::default()
        };
        let mut end = JournalEnd {
            next: 7 + JOURNAL_MAX - 1,
            lost: 0,
        };
        assert_eq!(
            end.place_behind(&sorted(7)),
            Some(7 + JOURNAL_MAX - 1),
            "the last that fits"
        );
        assert_eq!(end.place_behind(&sorted(7)), None);
        assert_eq!(end.place_behind(&sorted(7)), None);
        assert_eq!(end.lost, 2);
        assert_eq!(
            end.place_behind(&sorted(8)),
            Some(7 + JOURNAL_MAX),
            "no place is left out"
        );
        assert_eq!(end.lost, 2);
    }
}
