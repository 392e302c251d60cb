//! What an operation is: its name, what it needs, how it is audited, how it is rate-limited. All four are demanded by
//! the compiler; an operation without one of them cannot be declared.

use crate::tables::{Access, Table};
use model::roles::Role;

/// The kinds of data that rights are given for (R020, R031).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Managed objects and their edges.
    ManagedObject,
    /// External ids.
    Identity,
    /// Measurements.
    Measurement,
    /// Audit records.
    Audit,
}

/// READ reads; ADMIN creates, changes and deletes, and does not include READ (R019).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Read.
    Read,
    /// Create, change, delete.
    Admin,
}

/// What a principal must hold for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the request proves itself (a one-time secret) or is meant for everybody.
    Public,
    /// To be signed in.
    SignedIn,
    /// One of these roles.
    AnyRole(&'static [Role]),
    /// One of these roles, held in the management tenant.
    PlatformRole(&'static [Role]),
    /// On one object: one of these roles, or to own the object; READ of a managed object also by `c8y_Global`.
    OnObject {
        /// The kind of data.
        scope: Scope,
        /// Read or change.
        level: Level,
        /// Roles that reach the whole tenant.
        roles: &'static [Role],
    },
    /// A list of such objects or their data: with one of these roles all of the tenant, else what the caller owns
    /// (and `c8y_Global` objects for managed objects). Never refused, possibly empty.
    OverObjects {
        /// The kind of data.
        scope: Scope,
        /// Roles that reach the whole tenant.
        roles: &'static [Role],
    },
}

/// What an operation leaves in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditClass {
    /// One record in the same commit.
    Each,
    /// One record per principal and group commit, with count, first and last id and a digest.
    Batch,
    /// One record per read (of audit records and exports).
    Read,
    /// Nothing when allowed. Refusals are recorded for every operation.
    Quiet,
}

/// How costly a call is, for rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Telemetry in.
    Ingest,
    /// Ordinary reads.
    Read,
    /// Ordinary changes.
    Write,
    /// Public calls that take a secret: the tightest limit.
    Secret,
}

/// An operation as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationInfo {
    /// Its name: `inventory_read`.
    pub name: &'static str,
    /// What it needs.
    pub need: Need,
    /// What it leaves in the audit log.
    pub audit: AuditClass,
    /// Its rate class.
    pub rate: RateClass,
    /// Whether it changes anything.
    pub writes: bool,
}

/// An operation as a type, so that a proof for one cannot serve another.
pub trait Operation: 'static {
    /// The table that it opens.
    type Table: Table;
    /// How it opens it.
    type Access: Access;
    /// Everything else about it.
    const INFO: OperationInfo;
}

/// Declares the operations of one resource, each with all its parts.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal {
        $access:ident $table:ident, need: $need:expr, audit: $audit:ident, rate: $rate:ident $(,)?
    })*) => {
        $(
            $(#[$doc])*
            pub enum $name {}

            impl $crate::operation::Operation for $name {
                type Table = $crate::tables::$table;
                type Access = $crate::tables::$access;
                const INFO: $crate::operation::OperationInfo = $crate::operation::OperationInfo {
                    name: $text,
                    need: $need,
                    audit: $crate::operation::AuditClass::$audit,
                    rate: $crate::operation::RateClass::$rate,
                    writes: <$crate::tables::$access as $crate::tables::Access>::WRITES,
                };
            }
        )*

        /// Every operation of this resource.
        pub const ALL: &[$crate::operation::OperationInfo] =
            &[$(<$name as $crate::operation::Operation>::INFO),*];
    };
}
pub(crate) use operations;
