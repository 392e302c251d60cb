//! A change set: everything that a command wants to happen, all or nothing, with the versions of what it has read.
//!
//! Rows are sealed here, on the thread of the command; only what depends on the order of commits (places in streams
//! and in the audit log, epochs) is left to the committer.

use crate::blobs::SpaceMove;
use crate::documents::LineMove;
use crate::feed::Happened;
use crate::notifications::Farewell;
use crate::projection::InventoryChange;
use crate::view::{ReadRow, Writes};
use audit::record::Record;
use model::ids::{MeasurementId, ObjectId, PrincipalId, StreamId, TenantNumber};
use model::json::{Json, Object};
use model::passing::Passing;
use series::point::Point;
use series::value::Value;
use std::collections::BTreeSet;

/// Versions that readers watch: one row each, rewritten whenever something of its kind changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Epoch {
    /// Users, groups, roles, and the options that rules read.
    Rules,
    /// Managed objects.
    Inventory,
    /// Child edges.
    Tree,
}

/// Points to append to a stream; the committer gives them their places.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) stream: StreamId,
    pub(crate) source: ObjectId,
    pub(crate) points: Vec<Point>,
}

/// Telemetry of one principal: what the batch record of the group commit says about it.
#[derive(Debug)]
pub(crate) struct Telemetry {
    /// The record without counts, ids and digest; the committer fills these in.
    pub(crate) record: Record,
    pub(crate) principal: Option<PrincipalId>,
    /// Whether it is of data that is told and not stored.
    pub(crate) passes: bool,
}

/// What a command wants to happen.
#[derive(Debug)]
pub(crate) struct ChangeSet {
    pub(crate) tenant: TenantNumber,
    pub(crate) reads: Vec<ReadRow>,
    pub(crate) writes: Writes,
    pub(crate) appends: Vec<Append>,
    pub(crate) telemetry: Option<Telemetry>,
    pub(crate) audit: Vec<(TenantNumber, Record)>,
    pub(crate) epochs: BTreeSet<(TenantNumber, Epoch)>,
    pub(crate) inventory: Vec<InventoryChange>,
    pub(crate) lines: Vec<LineMove>,
    pub(crate) happened: Vec<Happened>,
    pub(crate) farewells: Vec<Farewell>,
    /// How many bytes of contents of files come or go.
    pub(crate) space: Option<SpaceMove>,
    /// Documents that were written: their ids, and the SHA-256 of what they say, for the record of telemetry.
    pub(crate) documents: Vec<(u64, [u8; 32])>,
    /// What is told and not stored.
    pub(crate) passing: Vec<Passing>,
    /// Whether nobody is told.
    pub(crate) is_quiet: bool,
}

impl ChangeSet {
    /// Changes nothing but the version of a tenant's rules, which every command of its users has read.
    pub(crate) fn fence(tenant: TenantNumber) -> Self {
        Self {
            tenant,
            reads: Vec::new(),
            writes: Writes::new(),
            appends: Vec::new(),
            telemetry: None,
            audit: Vec::new(),
            epochs: BTreeSet::from([(tenant, Epoch::Rules)]),
            inventory: Vec::new(),
            lines: Vec::new(),
            space: None,
            happened: Vec::new(),
            farewells: Vec::new(),
            documents: Vec::new(),
            passing: Vec::new(),
            is_quiet: false,
        }
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let writes = self.writes.iter();
        let writes = writes.map(|((_, key), value)| key.len() + value.as_ref().map_or(0, Vec::len));
        let reads = self
            .reads
            .iter()
            .map(|read| size_of::<ReadRow>() + read.key.len());
        let appends = self
            .appends
            .iter()
            .flat_map(|append| &append.points)
            .map(point_bytes);
        let passing = self
            .passing
            .iter()
            .map(|passing| object_bytes(&passing.fragments));
        size_of::<Self>()
            + passing.sum::<usize>()
            + writes.sum::<usize>()
            + reads.sum::<usize>()
            + appends.sum::<usize>()
    }
}

/// About how many bytes a point takes in memory.
fn point_bytes(point: &Point) -> usize {
    let extras: usize = point.extras.iter().map(json_bytes).sum();
    size_of::<Point>() + point.values.len() * size_of::<Value>() + extras + object_bytes(&point.rest)
}

/// About how many bytes a JSON value takes in memory.
fn json_bytes(value: &Json) -> usize {
    size_of::<Json>()
        + match value {
            Json::Null | Json::Bool(_) => 0,
            Json::Number(number) => number.text().len(),
            Json::String(text) => text.len(),
            Json::Array(values) => values.iter().map(json_bytes).sum(),
            Json::Object(object) => object_bytes(object),
        }
}

/// About how many bytes the properties of a JSON object take in memory.
pub(crate) fn object_bytes(object: &Object) -> usize {
    object
        .iter()
        .map(|(name, value)| size_of::<String>() + name.len() + json_bytes(value))
        .sum()
}

/// What the committer gave a change set when it became durable.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Ids of appended measurements, in the order in which they were appended.
    pub measurements: Vec<MeasurementId>,
    /// Sequence numbers of audit records, in the order in which they were written (counted from 0).
    pub records: Vec<u64>,
}
