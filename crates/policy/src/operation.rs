//! What an operation is: its name, what it needs, how it is audited, how it is rate-limited. All four are demanded by
//! the compiler; an operation without one of them cannot be declared.

use crate::tables::{Access, Table};
pub use model::permissions::{Level, Scope};
use model::roles::Role;
use model::users::UserKind;

/// What a principal must hold for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the request proves itself (a one-time secret) or is meant for everybody.
    Public,
    /// To be signed in.
    SignedIn,
    /// One of these roles.
    AnyRole(&'static [Role]),
    /// All of these roles.
    AllRoles(&'static [Role]),
    /// On users, groups and roles of the tenant: one of `all` for every one of them; or one of `below` for the users
    /// below the caller in the hierarchy of user management, and for the groups and roles that it may give them.
    OnUsers {
        /// Roles that reach every user.
        all: &'static [Role],
        /// Roles that reach the users below.
        below: &'static [Role],
    },
    /// One of these roles, held in the management tenant.
    PlatformRole(&'static [Role]),
    /// To act for a microservice; where `bootstrap` says so, as the user with which it begins.
    Microservice {
        /// Whether only as that user.
        bootstrap: bool,
    },
    /// To be a person or a service; a device only where the tenant lets devices open objects to everybody (R037).
    OpenToAll,
    /// On one object or its data: one of these roles, to own the object, or a permission on it or on something above
    /// it; where `global` says so, `c8y_Global` on the object serves as well, and an open operation that lends it.
    OnObject {
        /// The kind of data.
        scope: Scope,
        /// Read or change.
        level: Level,
        /// Roles that reach the whole tenant.
        roles: &'static [Role],
        /// Whether `c8y_Global` opens it, or a loan: only to read the managed object itself (R037).
        global: bool,
    },
    /// All such objects or their data. To read: with one of these roles those of the whole tenant, else what the caller
    /// owns or has a permission for; never refused, possibly nothing. To change: only with one of these roles.
    OverObjects {
        /// The kind of data.
        scope: Scope,
        /// Read or change.
        level: Level,
        /// Roles that reach the whole tenant.
        roles: &'static [Role],
        /// Whether objects with `c8y_Global` belong to it.
        global: bool,
    },
}

impl Need {
    /// One object or its data, by the roles that stand for its kind.
    pub const fn on(scope: Scope, level: Level) -> Self {
        Self::OnObject {
            scope,
            level,
            roles: roles_for(scope, level),
            global: false,
        }
    }

    /// All such objects or their data, by the roles that stand for their kind.
    pub const fn over(scope: Scope, level: Level) -> Self {
        Self::OverObjects {
            scope,
            level,
            roles: roles_for(scope, level),
            global: false,
        }
    }
}

/// The global roles that stand for a kind of data on every object of the tenant (R020, R025).
pub const fn roles_for(scope: Scope, level: Level) -> &'static [Role] {
    match (scope, level) {
        (Scope::ManagedObject, Level::Read) => &[Role::InventoryRead, Role::ManagedObjectRead],
        (Scope::ManagedObject, Level::Admin) => &[Role::InventoryAdmin, Role::ManagedObjectAdmin],
        (Scope::Measurement, Level::Read) => &[Role::MeasurementRead],
        (Scope::Measurement, Level::Admin) => &[Role::MeasurementAdmin],
        (Scope::Event, Level::Read) => &[Role::EventRead],
        (Scope::Event, Level::Admin) => &[Role::EventAdmin],
        (Scope::Alarm, Level::Read) => &[Role::AlarmRead],
        (Scope::Alarm, Level::Admin) => &[Role::AlarmAdmin],
        (Scope::Operation, Level::Read) => &[Role::DeviceControlRead],
        (Scope::Operation, Level::Admin) => &[Role::DeviceControlAdmin],
        (Scope::Audit, Level::Read) => &[Role::AuditRead],
        (Scope::Audit, Level::Admin) => &[Role::AuditAdmin],
        (Scope::Binary, Level::Read) => &[Role::BinaryRead, Role::InventoryRead],
        (Scope::Binary, Level::Admin) => &[Role::BinaryAdmin, Role::InventoryAdmin],
    }
}

/// Which kinds of principals may do it at all, whatever they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Every kind but that of devices that have no credentials yet: these may do what is theirs and nothing else.
    Anybody,
    /// People: no service, whose key may leak, and no device (R003, R119).
    People,
    /// Devices that have no credentials yet, by the user that they share.
    Bootstrap,
}

impl By {
    /// Whether a principal of this kind may.
    pub fn admits(self, kind: UserKind) -> bool {
        match self {
            Self::Anybody => kind != UserKind::Bootstrap,
            Self::People => kind == UserKind::Person,
            Self::Bootstrap => kind == UserKind::Bootstrap,
        }
    }
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
    /// Questions that devices without credentials repeat until they have some.
    Poll,
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
    /// Who may do it at all.
    pub by: By,
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
        $access:ident $table:ident, need: $need:expr, $(by: $by:ident,)? audit: $audit:ident, rate: $rate:ident $(,)?
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
                    by: $crate::operation::operations!(@by $($by)?),
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
    (@by) => { $crate::operation::By::Anybody };
    (@by $by:ident) => { $crate::operation::By::$by };
}
pub(crate) use operations;
