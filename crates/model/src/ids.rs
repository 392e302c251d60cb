//! Identifiers. Those that clients see are decimal strings below 2^53, so that every JavaScript client keeps them
//! exact; a newtype per kind, so that one cannot be used for another.
//!
//! Ids are drawn from leased blocks of the store and are unique on the whole platform, never re-used.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One past the largest identifier of an operation (2^32): old agents keep it in 32 bits.
pub const OPERATION_END: u64 = 1 << 32;
/// One past the largest identifier (2^53): the range in which a double holds every integer.
pub const ID_END: u64 = 1 << 53;

/// The text is not a decimal identifier between 1 and 2^53 - 1 in its shortest form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: a decimal number from 1 to 9007199254740991 is expected")]
pub struct BadId;

fn parse_id(text: &str) -> Result<u64, BadId> {
    let plain = !text.is_empty()
        && text.len() <= 16
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain {
        return Err(BadId);
    }
    text.parse().ok().filter(|&number| number < ID_END).ok_or(BadId)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(u64);

        impl $name {
            /// The identifier with this number, if it is in range (1 to 2^53 - 1).
            pub fn new(number: u64) -> Option<Self> {
                (1..ID_END).contains(&number).then_some(Self(number))
            }

            /// The number itself, for keys and arithmetic.
            pub fn number(self) -> u64 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_id(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

id! {
    /// A managed object: a device, group, asset or any other thing in the inventory.
    ObjectId
}
id! {
    /// Who acts: a person, a service or a device. Opaque and never re-used, so that a deleted user's name in other
    /// hands owns nothing (R046).
    PrincipalId
}
id! {
    /// A group of users (a "global role" in the console).
    GroupId
}
id! {
    /// An inventory role: a named set of permissions.
    InventoryRoleId
}
id! {
    /// The assignment of inventory roles on an object to a user or group.
    AssignmentId
}
id! {
    /// A key of a service account.
    ServiceKeyId
}
id! {
    /// A measurement. Its number holds the stream and the place in it: see [`MeasurementId::at`].
    MeasurementId
}
id! {
    /// An event.
    EventId
}
id! {
    /// The content of a file. Clients never see it.
    BlobId
}
id! {
    /// An alarm.
    AlarmId
}
id! {
    /// An operation. Those that the platform gives are below [`OPERATION_END`].
    OperationId
}
id! {
    /// A bulk operation.
    BulkOperationId
}
id! {
    /// A retention rule.
    RetentionRuleId
}
id! {
    /// A file of usage statistics.
    StatisticsFileId
}
id! {
    /// An application.
    ApplicationId
}
id! {
    /// A ZIP file that was uploaded for an application.
    ArchiveId
}
id! {
    /// A subscription to reliable notifications.
    SubscriptionId
}
id! {
    /// A configuration of remote access.
    RemoteConfigurationId
}
id! {
    /// An audit record: its place in the tenant's log, counted from 1.
    AuditId
}

/// A tenant's number inside the store: the first part of every key. Clients never see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TenantNumber(pub u32);

/// The management tenant: the platform's own users and the catalogue of tenants.
pub const MANAGEMENT: TenantNumber = TenantNumber(0);

/// The number of a shard: one ordered engine with one writer, on which some tenants lie whole. Clients never see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShardNumber(pub u16);

impl ShardNumber {
    /// The catalogue of tenants and the management tenant lie here, other tenants from number 1 on.
    pub const CATALOGUE: Self = Self(0);
}

impl fmt::Display for ShardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Points of one source that share a shape form a stream; its number is the upper part of a measurement's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId(pub u32);

/// Bits of a measurement's id that count the points of one stream: 67 million, then a new stream is begun.
pub const SEQUENCE_BITS: u32 = 26;
/// One past the largest sequence number of a stream.
pub const SEQUENCE_END: u32 = 1 << SEQUENCE_BITS;
/// One past the largest stream number that still gives ids below 2^53.
pub const STREAM_END: u32 = 1 << (53 - SEQUENCE_BITS);

impl MeasurementId {
    /// The id of point `sequence` of `stream`; nothing if either is out of range. Streams count from 1.
    pub fn at(stream: StreamId, sequence: u32) -> Option<Self> {
        if stream.0 >= STREAM_END || sequence >= SEQUENCE_END {
            return None;
        }
        Self::new((u64::from(stream.0) << SEQUENCE_BITS) | u64::from(sequence)).filter(|_| stream.0 > 0)
    }

    /// The stream and the place in it. No index is needed to find a point by its id.
    pub fn place(self) -> (StreamId, u32) {
        let stream = (self.0 >> SEQUENCE_BITS) as u32;
        let sequence = (self.0 & u64::from(SEQUENCE_END - 1)) as u32;
        (StreamId(stream), sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_only_in_its_shortest_decimal_form() {
        for (text, expected) in [
            ("1", Ok(1)),
            ("9007199254740991", Ok(ID_END - 1)),
            ("9007199254740992", Err(BadId)),
            ("0", Err(BadId)),
            ("01", Err(BadId)),
            ("+1", Err(BadId)),
            ("-1", Err(BadId)),
            ("", Err(BadId)),
            ("1 ", Err(BadId)),
            ("99999999999999999999", Err(BadId)),
            ("١", Err(BadId)),
        ] {
            assert_eq!(
                text.parse::<ObjectId>().map(ObjectId::number),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_measurement_id_finds_its_stream_and_place_again() {
        for (stream, sequence) in [(1, 0), (1, SEQUENCE_END - 1), (STREAM_END - 1, SEQUENCE_END - 1)] {
            let id = MeasurementId::at(StreamId(stream), sequence).expect("in range");
            assert_eq!(id.place(), (StreamId(stream), sequence));
            assert!(id.number() < ID_END);
        }
        assert_eq!(MeasurementId::at(StreamId(STREAM_END), 0), None);
        assert_eq!(MeasurementId::at(StreamId(1), SEQUENCE_END), None);
        assert_eq!(MeasurementId::at(StreamId(0), 5), None);
    }
}
