//! Whether the index of a log is what its records say: for the operator who verifies a log. The log does not depend on it,
//! but whoever wants a record not to be found would damage the index and leave the log alone.

use super::named::{NamedRow, named_keys, named_prefixes};
use super::{AuditRows, SEGMENT, StoredRecord};
use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, last_number};
use crate::view::unless_broken;
use audit::record::Record;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

/// The first thing in which an index differs from its log. Records are counted from 1, as their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexFault {
    /// A row that cannot be read.
    #[error("a row of the index, which begins with record {0}, was damaged")]
    Damaged(u64),
    /// A row that names a record that is not there, or one that does not say what it is to be found by.
    #[error("the index leads to record {0}, which is not there or says something else")]
    Astray(u64),
    /// A record that is not found by all that it says.
    #[error("record {0} is not in the index with all that it names")]
    Missing(u64),
}

impl AuditRows<'_> {
    /// Compares the index with the records, in both directions. Records that were damaged say nothing: verifying the log
    /// tells of them. Reads each record up to four times.
    pub fn check_index(&self) -> Result<Option<IndexFault>, StoreFault> {
        match self.first_astray()? {
            None => self.first_missing(),
            astray => Ok(astray),
        }
    }

    /// Whether every row names only records that are there and say it.
    fn first_astray(&self) -> Result<Option<IndexFault>, StoreFault> {
        let mut wrong = None;
        let all = Key::new(self.tenant, Table::Named).prefix();
        self.view.scan_range(
            self.tenant,
            Table::Named,
            &all,
            Direction::Forward,
            |key, sealed| {
                wrong = self.astray_in(key, sealed)?;
                Ok(match wrong {
                    None => ControlFlow::Continue(()),
                    Some(_) => ControlFlow::Break(()),
                })
            },
        )?;
        Ok(wrong)
    }

    fn astray_in(&self, key: &[u8], sealed: &[u8]) -> Result<Option<IndexFault>, StoreFault> {
        let start = last_number(key).ok_or(StoreFault::Inconsistent {
            tenant: self.tenant,
            what: "a row of the index of the audit log",
        })?;
        let row = unless_broken(self.view.open::<NamedRow>(self.tenant, Table::Named, key, sealed))?;
        let Some(row) = row else {
            return Ok(Some(IndexFault::Damaged(start + 1)));
        };
        let places: Vec<u64> = row.places(start).collect();
        if places.first() != Some(&start) {
            return Ok(Some(IndexFault::Astray(start + 1)));
        }
        for place in places {
            let Some(stored) = self.record(place)? else {
                return Ok(Some(IndexFault::Astray(place + 1)));
            };
            let Some(record) = said_by(stored) else { continue };
            let keys = named_keys(&self.view.keys, self.tenant, start, &record)?;
            if !keys.iter().any(|known| known.bytes() == key) {
                return Ok(Some(IndexFault::Astray(place + 1)));
            }
        }
        Ok(None)
    }

    /// Whether every record that should be in the index is found by all that it says.
    fn first_missing(&self) -> Result<Option<IndexFault>, StoreFault> {
        let from = self.guide()?.from().max(self.first()?);
        let mut segment = Segment::default();
        let mut outcome = Ok(None);
        self.scan(from, Direction::Forward, |stored| {
            let place = stored.sequence;
            let is_there = match said_by(stored) {
                Some(record) => segment.has(self, place, &record),
                None => Ok(true),
            };
            outcome = match is_there {
                Ok(true) => return ControlFlow::Continue(()),
                Ok(false) => Ok(Some(IndexFault::Missing(place + 1))),
                Err(fault) => Err(fault),
            };
            ControlFlow::Break(())
        })?;
        outcome
    }

    /// The places of one segment that are in the index with this.
    fn indexed(&self, prefix: &Key, segment: u64) -> Result<BTreeSet<u64>, StoreFault> {
        let mut range = prefix.clone().number(segment * SEGMENT).prefix();
        range.end = Some(prefix.clone().number((segment + 1) * SEGMENT).bytes().to_vec());
        let mut found = BTreeSet::new();
        self.view.scan_range(
            self.tenant,
            Table::Named,
            &range,
            Direction::Forward,
            |key, sealed| {
                let row: NamedRow = self.view.open(self.tenant, Table::Named, key, sealed)?;
                found.extend(row.places(segment * SEGMENT));
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(found)
    }
}

/// What of the index was read of one segment, so that each row of it is read once.
#[derive(Default)]
struct Segment {
    number: u64,
    places: HashMap<Vec<u8>, BTreeSet<u64>>,
}

impl Segment {
    fn has(&mut self, rows: &AuditRows<'_>, place: u64, record: &Record) -> Result<bool, StoreFault> {
        if self.number != place / SEGMENT {
            (self.number, self.places) = (place / SEGMENT, HashMap::new());
        }
        for prefix in named_prefixes(&rows.view.keys, rows.tenant, record)? {
            if !self.places.contains_key(prefix.bytes()) {
                let found = rows.indexed(&prefix, self.number)?;
                self.places.insert(prefix.bytes().to_vec(), found);
            }
            let found = self.places.get(prefix.bytes());
            if !found.is_some_and(|places| places.contains(&place)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What a record says, if it can be read.
fn said_by(stored: StoredRecord) -> Option<Record> {
    Record::parse(&stored.bytes?).ok()
}
