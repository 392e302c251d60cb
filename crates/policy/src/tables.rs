//! The tables of the store as the compiler sees them: an operation is bound to one, so a proof for one table cannot
//! open another.

/// A table, or a family of tables that is opened together.
pub trait Table: 'static {}

/// How a table is opened.
pub trait Access: 'static {
    /// Whether rows may be changed.
    const WRITES: bool;
}

/// For reading.
pub enum Read {}
/// For changing.
pub enum Write {}

impl Access for Read {
    const WRITES: bool = false;
}
impl Access for Write {
    const WRITES: bool = true;
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $($(#[$doc])* pub enum $name {} impl Table for $name {})*
    };
}

tables! {
    /// Managed objects, their edges and their external ids.
    Inventory,
    /// Managed objects that are files.
    Binaries,
    /// Measurements and the streams they lie in.
    Measurements,
    /// Events and their attachments.
    Events,
    /// Alarms.
    Alarms,
    /// Operations.
    Operations,
    /// Where on devices people may be led to.
    RemoteAccess,
    /// Bulk operations.
    BulkOperations,
    /// Subscriptions, subscribers and what waits for them.
    Notifications,
    /// Sessions over MQTT that outlive their connections.
    MqttSessions,
    /// The tenant's audit log.
    AuditLog,
    /// Users, groups and credentials of a realm.
    Realm,
    /// Applications that a tenant owns, with what was uploaded for them, and those that it is subscribed to.
    Applications,
    /// Options of a tenant.
    Options,
    /// Retention rules of a tenant.
    Retention,
    /// Figures of a tenant's usage.
    Statistics,
    /// The platform's catalogue of tenants.
    Catalogue,
    /// Nothing stored: descriptions of the interface itself.
    Nothing,
}
