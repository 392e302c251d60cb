//! Rows: which tables exist, how their keys are built, how a row becomes bytes and back.
//!
//! A key is `tenant | table | parts`, all big-endian, so that a range of keys is a range of rows. Parts are opaque
//! numbers or blind indexes (keyed hashes): no key shows a name, a type or an order of texts. A row is `format | body`
//! in postcard, sealed by the caller under the key of its space.

use crate::backend::{KeyRange, Space};
use model::ids::TenantNumber;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format of every row of this version; a migration reads older ones.
pub(crate) const ROW_FORMAT: u8 = 1;

/// A table: the tag in the key and the space in which it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Table {
    /// Catalogue: the format version of the shard.
    Format = 1,
    /// Catalogue: the next ids to lease.
    Lease = 2,
    /// Catalogue: tenants by number.
    Tenant = 3,
    /// Catalogue: tenant numbers by blind id and by blind domain.
    TenantById = 4,

    /// Identity: moved by every change of users, groups and roles.
    RulesEpoch = 20,
    /// Identity: users by principal.
    User = 21,
    /// Identity: principals by blind user name.
    UserByName = 22,
    /// Identity: credentials by principal.
    Credential = 23,
    /// Identity: groups.
    Group = 24,
    /// Identity: groups by blind name.
    GroupByName = 25,
    /// Identity: members of a group.
    Member = 26,
    /// Identity: the one-time set-up secret.
    SetupSecret = 27,

    /// Payload: moved by every change of the inventory.
    InventoryEpoch = 40,
    /// Payload: moved by every change of a child edge.
    TreeEpoch = 41,
    /// Payload: managed objects.
    Object = 42,
    /// Payload: objects by owner.
    ByOwner = 43,
    /// Payload: edges from parent to child.
    Child = 44,
    /// Payload: edges from child to parent.
    Parent = 45,
    /// Payload: external ids by blind type and value.
    ExternalId = 46,
    /// Payload: external ids by object.
    ExternalIdOf = 47,
    /// Payload: moved when an object gets a parent.
    Above = 48,
    /// Payload: moved when something is hung on an object.
    Below = 49,
    /// Payload: streams of points: source and shape.
    Stream = 60,
    /// Payload: streams by source and blind shape.
    StreamOf = 61,
    /// Payload: the end of a stream.
    StreamHead = 62,
    /// Payload: batches of points.
    Points = 63,
    /// Payload: deleted objects whose points are still to be removed.
    Leaving = 64,

    /// Audit: records.
    Record = 80,
    /// Audit: complete nodes of the Merkle tree.
    Node = 81,
    /// Audit: the right edge of the tree.
    Edge = 82,
    /// Audit: the latest signed checkpoint.
    Checkpoint = 83,
}

impl Table {
    /// The space in which the table lies.
    pub(crate) fn space(self) -> Space {
        match self as u8 {
            0..20 => Space::Catalogue,
            20..40 => Space::Identity,
            40..80 => Space::Payload,
            _ => Space::Audit,
        }
    }
}

/// A type that is stored as rows of one table.
pub(crate) trait Row: Serialize + DeserializeOwned {
    /// Its table.
    const TABLE: Table;
}

macro_rules! rows {
    ($($type:ty => $table:ident),* $(,)?) => {
        $(impl $crate::rows::Row for $type {
            const TABLE: $crate::rows::Table = $crate::rows::Table::$table;
        })*
    };
}
pub(crate) use rows;

/// The key of a row, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The tenant that the row belongs to.
    pub(crate) tenant: TenantNumber,
    /// The table.
    pub(crate) table: Table,
    bytes: Vec<u8>,
}

impl Key {
    /// The beginning of a table's keys.
    pub(crate) fn new(tenant: TenantNumber, table: Table) -> Self {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend_from_slice(&tenant.0.to_be_bytes());
        bytes.push(table as u8);
        Self { tenant, table, bytes }
    }

    /// Followed by a 64-bit number.
    pub(crate) fn number(mut self, number: u64) -> Self {
        self.bytes.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Followed by a 32-bit number.
    pub(crate) fn number32(mut self, number: u32) -> Self {
        self.bytes.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Followed by one byte.
    pub(crate) fn byte(mut self, byte: u8) -> Self {
        self.bytes.push(byte);
        self
    }

    /// Followed by a blind index.
    pub(crate) fn blind(mut self, blind: [u8; 16]) -> Self {
        self.bytes.extend_from_slice(&blind);
        self
    }

    /// The bytes in the engine.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Every key that begins with this one.
    pub(crate) fn prefix(&self) -> KeyRange {
        KeyRange::prefix(&self.bytes)
    }
}

/// The 64-bit number that ends a key.
pub(crate) fn last_number(key: &[u8]) -> Option<u64> {
    let tail = key.get(key.len().checked_sub(8)?..)?;
    Some(u64::from_be_bytes(tail.try_into().ok()?))
}

/// The 32-bit number that ends a key.
pub(crate) fn last_number32(key: &[u8]) -> Option<u32> {
    let tail = key.get(key.len().checked_sub(4)?..)?;
    Some(u32::from_be_bytes(tail.try_into().ok()?))
}

/// The bytes of a row, before sealing.
pub(crate) fn encode<R: Serialize>(row: &R) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(row, vec![ROW_FORMAT])
}

/// A row from its unsealed bytes; nothing if the format or the body is not this version's.
pub(crate) fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Option<R> {
    let (format, body) = bytes.split_first()?;
    if *format != ROW_FORMAT {
        return None;
    }
    let (row, rest) = postcard::take_from_bytes(body).ok()?;
    rest.is_empty().then_some(row)
}
