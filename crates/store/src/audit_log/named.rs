//! The index of the log: which records name a source, a user or a type, so that a question about one device does not read
//! what was recorded of all.
//!
//! It says where to look, and no more: whoever asks compares every record with the question. So a blind index that two
//! texts share leaks nothing, and an index that leads astray shows nothing that was not asked for.

use super::{AuditRows, SEGMENT, StoredRecord};
use crate::backend::{Direction, KeyRange, WriteTransaction};
use crate::commit::put_row;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, Table, last_number, rows};
use crate::view::unless_broken;
use audit::record::Record;
use model::ids::TenantNumber;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

/// What records are found by. The number is in keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum By {
    /// The id of what they are about.
    Source = 1,
    /// The name of who acted.
    User = 2,
    /// Their type.
    Kind = 3,
}

/// Records of one segment: their distances from its begin. The place of the first is in the key.
#[derive(Serialize, Deserialize)]
pub(super) struct NamedRow(Vec<u16>);
rows!(NamedRow => Named);

impl NamedRow {
    /// The places of a row that begins with this one, or with another of its segment.
    pub(super) fn places(self, start: u64) -> impl Iterator<Item = u64> {
        let begin = start / SEGMENT * SEGMENT;
        self.0
            .into_iter()
            .map(move |distance| begin + u64::from(distance))
    }
}

fn named_key(keys: &Keys, tenant: TenantNumber, by: By, text: &str) -> Result<Key, StoreFault> {
    let blind = match by {
        By::Source => keys.blind_payload(tenant, "audit-source", text.as_bytes())?,
        By::User => keys.blind_identity(tenant, "audit-user", text)?,
        By::Kind => keys.blind_payload(tenant, "audit-type", text.as_bytes())?,
    };
    Ok(Key::new(tenant, Table::Named).byte(by as u8).blind(blind))
}

/// What a record names.
fn names(record: &Record) -> impl Iterator<Item = (By, &str)> {
    let source = record.source.as_deref().map(|source| (By::Source, source));
    source
        .into_iter()
        .chain([(By::User, record.actor.name.as_str()), (By::Kind, &record.kind)])
}

/// Every row that a record can be the first of.
pub(super) fn named_keys(
    keys: &Keys,
    tenant: TenantNumber,
    place: u64,
    record: &Record,
) -> Result<Vec<Key>, StoreFault> {
    let prefixes = named_prefixes(keys, tenant, record)?.into_iter();
    Ok(prefixes.map(|prefix| prefix.number(place)).collect())
}

/// How the keys of every row begin that a record is in.
pub(super) fn named_prefixes(
    keys: &Keys,
    tenant: TenantNumber,
    record: &Record,
) -> Result<Vec<Key>, StoreFault> {
    names(record)
        .map(|(by, text)| named_key(keys, tenant, by, text))
        .collect()
}

/// What records of one group name, to be written with it: a row for each text, however many of them name it.
#[derive(Default)]
pub(super) struct Named(BTreeMap<(By, String), BTreeSet<u64>>);

impl Named {
    pub(super) fn note(&mut self, place: u64, record: &Record) {
        for (by, text) in names(record) {
            self.0.entry((by, text.to_owned())).or_default().insert(place);
        }
    }

    pub(super) fn write(
        &mut self,
        tx: &mut dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
    ) -> Result<(), StoreFault> {
        for ((by, text), places) in std::mem::take(&mut self.0) {
            let key = named_key(keys, tenant, by, &text)?;
            let places: Vec<u64> = places.into_iter().collect();
            for places in places.chunk_by(|one, next| one / SEGMENT == next / SEGMENT) {
                let Some(first) = places.first() else { continue };
                let distances = places
                    .iter()
                    .filter_map(|place| u16::try_from(place % SEGMENT).ok());
                let row = NamedRow(distances.collect());
                put_row(tx, keys, &key.clone().number(*first), &row)?;
            }
        }
        Ok(())
    }
}

impl AuditRows<'_> {
    /// Visits the records at these places: of those that are in the index only such as may name this, of the others all.
    pub fn visit(
        &self,
        places: Range<u64>,
        naming: Option<(By, &str)>,
        direction: Direction,
        visit: &mut impl FnMut(StoredRecord) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreFault> {
        let indexed = match naming {
            Some(_) => self.guide()?.from(),
            None => u64::MAX,
        };
        let from = indexed.clamp(places.start, places.end.max(places.start));
        let mut parts = [(places.start..from, None), (from..places.end, naming)];
        if direction == Direction::Backward {
            parts.reverse();
        }
        for (places, naming) in parts.into_iter().filter(|(places, _)| !places.is_empty()) {
            let flow = match naming {
                Some((by, text)) => self.visit_named(places, by, text, direction, visit)?,
                None => self.visit_all(places, direction, visit)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn visit_all(
        &self,
        places: Range<u64>,
        direction: Direction,
        visit: &mut impl FnMut(StoredRecord) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreFault> {
        let mut flow = ControlFlow::Continue(());
        let first = match direction {
            Direction::Forward => places.start,
            Direction::Backward => places.end - 1,
        };
        self.scan(first, direction, |stored| {
            if !places.contains(&stored.sequence) {
                return ControlFlow::Break(());
            }
            flow = visit(stored);
            flow
        })?;
        Ok(flow)
    }

    /// Visits records by the index, segment by segment: within one the rows of different groups may overlap.
    fn visit_named(
        &self,
        places: Range<u64>,
        by: By,
        text: &str,
        direction: Direction,
        visit: &mut impl FnMut(StoredRecord) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreFault> {
        let mut flow = ControlFlow::Continue(());
        let key = named_key(&self.view.keys, self.tenant, by, text)?;
        let range = KeyRange {
            start: key
                .clone()
                .number(places.start / SEGMENT * SEGMENT)
                .bytes()
                .to_vec(),
            end: Some(key.number(places.end).bytes().to_vec()),
        };
        let mut segment = BTreeSet::new();
        self.view
            .scan_range(self.tenant, Table::Named, &range, direction, |key, sealed| {
                let found = self.places_of(key, sealed)?;
                let same = |place: &u64| found.start / SEGMENT == place / SEGMENT;
                if !segment.first().is_none_or(same) {
                    flow = self.visit_places(std::mem::take(&mut segment), &places, direction, visit)?;
                }
                segment.extend(found.places);
                Ok(flow)
            })?;
        if flow.is_continue() {
            flow = self.visit_places(segment, &places, direction, visit)?;
        }
        Ok(flow)
    }

    /// The places in a row of the index. One that was damaged may have named every record behind its first in the segment:
    /// it hides none.
    fn places_of(&self, key: &[u8], sealed: &[u8]) -> Result<Found, StoreFault> {
        let start = last_number(key).ok_or(StoreFault::Inconsistent {
            tenant: self.tenant,
            what: "a row of the index of the audit log",
        })?;
        let begin = start / SEGMENT * SEGMENT;
        let row = unless_broken(self.view.open::<NamedRow>(self.tenant, Table::Named, key, sealed))?;
        let places = match row {
            Some(row) => row.places(start).collect(),
            None => (start..begin + SEGMENT).collect(),
        };
        Ok(Found { start, places })
    }

    fn visit_places(
        &self,
        found: BTreeSet<u64>,
        places: &Range<u64>,
        direction: Direction,
        visit: &mut impl FnMut(StoredRecord) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreFault> {
        let mut wanted: Vec<u64> = found.into_iter().filter(|place| places.contains(place)).collect();
        if direction == Direction::Backward {
            wanted.reverse();
        }
        for place in wanted {
            if let Some(stored) = self.record(place)?
                && visit(stored).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// What a row of the index says.
struct Found {
    start: u64,
    places: Vec<u64>,
}
