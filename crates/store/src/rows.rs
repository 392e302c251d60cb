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
    /// Catalogue: the format version and the number of the shard.
    Format = 1,
    /// Catalogue: the next ids to lease.
    Lease = 2,
    /// Catalogue: tenants by number.
    Tenant = 3,
    /// Catalogue: tenant numbers by blind id and by blind domain.
    TenantById = 4,
    /// Catalogue: the generation of the keyring.
    Generation = 5,
    /// Catalogue: how many shards there are.
    Shards = 6,

    /// Identity: moved by every change of users, groups, roles and options.
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
    /// Identity: permissions of a user or group on an object.
    Permissions = 28,
    /// Identity: inventory roles that a user or group was assigned on an object.
    Assignment = 29,
    /// Identity: inventory roles.
    InventoryRole = 30,
    /// Identity: inventory roles by blind name.
    InventoryRoleByName = 31,
    /// Identity: who holds permissions or inventory roles, by object.
    RightsOn = 32,
    /// Identity: options of the tenant, by blind category and key.
    Option = 33,
    /// Identity: users by the one above them in the hierarchy of user management.
    UserBelow = 34,
    /// Identity: whose users below are lent to a user, by that user.
    Delegation = 35,
    /// Identity: who gave what to a user or group, and when.
    Gifts = 36,
    /// Identity: on which day a key of a service account was last used.
    LastSignIn = 37,
    /// Identity: service accounts by their users.
    ServiceAccount = 38,
    /// Identity: users of service accounts by the blind trace of a key.
    ServiceByKey = 39,

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
    /// Payload: objects with `c8y_Global`.
    Global = 50,
    /// Payload: projects.
    Project = 51,
    /// Payload: objects by project.
    ByProject = 52,
    /// Payload: open documents once more: of which kind, about which object.
    OpenOf = 53,
    /// Payload: the places of documents that were moved in their lines.
    Moved = 54,
    /// Payload: the open alarm of a source and a blind type.
    OpenAlarm = 55,
    /// Payload: how many alarms of a source are open.
    OpenAlarms = 56,
    /// Payload: objects of which is required that they are heard of.
    Watched = 57,
    /// Payload: when an object was last heard of.
    LastMessage = 58,
    /// Payload: streams of points: source and shape.
    Stream = 60,
    /// Payload: streams by source and blind shape.
    StreamOf = 61,
    /// Payload: the end of a stream.
    StreamHead = 62,
    /// Payload: batches of points.
    Points = 63,
    /// Payload: deleted objects whose data is still to be removed.
    Leaving = 64,
    /// Payload: the ends of lines of documents: of which kind, about which object.
    LineEnd = 65,
    /// Payload: events.
    Event = 66,
    /// Payload: events by source.
    EventOf = 67,
    /// Payload: alarms.
    Alarm = 68,
    /// Payload: alarms by source.
    AlarmOf = 69,
    /// Payload: operations.
    Operation = 70,
    /// Payload: operations by device.
    OperationOf = 71,
    /// Payload: pieces of the contents of files.
    BlobPiece = 72,
    /// Payload: contents that nothing refers to: still coming in, or on their way out.
    LooseBlob = 73,
    /// Payload: how many bytes all contents of files have.
    BlobSpace = 74,
    /// Payload: the files of managed objects that are files.
    Binary = 75,

    /// Payload: bulk operations.
    BulkOperation = 76,
    /// Payload: bulk operations that have something to create.
    OpenBulk = 77,
    /// Payload: devices that a bulk operation has still to ask, or could not ask.
    BulkTask = 78,
    /// Payload: operations of bulk operations, by where they stand.
    BulkCreated = 79,

    /// Audit: records.
    Record = 80,
    /// Audit: complete nodes of the Merkle tree.
    Node = 81,
    /// Audit: the right edge of the tree.
    Edge = 82,
    /// Audit: the latest signed checkpoint.
    Checkpoint = 83,
    /// Audit: the name of the log.
    LogName = 84,
    /// Audit: up to where records have lost what they say, and by which retention rules.
    Expired = 85,
    /// Audit: where the times of the log run on, and from where on it is in the index.
    Guide = 86,
    /// Audit: records by blind source, user name and type.
    Named = 87,

    /// Identity: the keys for tokens.
    TokenKeys = 120,
    /// Identity: tokens of a device that were ended before their time.
    EndedSessions = 121,
    /// Identity: the open sessions of a user.
    OpenSessions = 133,
    /// Identity: when a user last signed in, and with what.
    SignedIn = 149,
    /// Identity: recovery codes in place of a second factor, by user.
    RecoveryCodes = 151,
    /// Identity: by which means users are let in.
    WaysIn = 122,
    /// Identity: subscriptions to reliable notifications.
    NotificationSubscription = 126,
    /// Identity: these by what they look at and blind topic.
    NotificationsOf = 127,

    /// Payload: what has happened and is not sorted by subscriber yet.
    Journal = 164,
    /// Payload: the end of the journal.
    JournalEnd = 165,
    /// Payload: there is a journal; and what moves with every change of subscriptions.
    JournalWanted = 166,
    /// Payload: subscribers, by blind topic and name.
    NotificationSubscriber = 167,
    /// Payload: notifications that wait for a subscriber.
    Letter = 168,
    /// Payload: how far the journal is sorted.
    JournalSorted = 169,
    /// Identity: retention rules.
    RetentionRule = 124,
    /// Identity: the run of the retention rules that is under way, or the last one.
    RetentionRun = 125,

    /// Payload: usage of the tenant by day.
    Usage = 160,
    /// Payload: counts of devices by day or month.
    DeviceUsage = 161,
    /// Payload: files with the usage of every tenant.
    StatisticsFile = 162,
    /// Payload: what is in them.
    StatisticsContent = 163,

    /// Identity: applications.
    Application = 128,
    /// Identity: applications by blind name, key and path.
    ApplicationByText = 129,
    /// Identity: what the tenant is subscribed to.
    Subscription = 130,
    /// Identity: which other tenants were subscribed to an application.
    Subscriber = 131,
    /// Identity: for which microservice a user acts.
    ActsFor = 132,

    /// Payload: files in archives of applications, by blind path.
    HostedFile = 170,
    /// Payload: operations that may not wait for ever, by the time of their end.
    OperationExpiry = 173,
    /// Payload: operations that devices are at, by device.
    OperationBegun = 174,
    /// Payload: which objects an open operation has named since it was created.
    OperationNames = 177,
    /// Payload: open operations by an object that they name and their device.
    Lent = 178,
    /// Payload: operations that devices are at, by when they lend no longer what they name.
    LoanEnd = 184,
    /// Payload: how far the security events of devices have come, by their users.
    DeviceReports = 179,
    /// Payload: sessions over MQTT that outlive their connections, by principal and blind device.
    MqttSession = 171,
    /// Payload: messages of QoS 2 that were received in these, by principal, blind device and number.
    MqttReceived = 172,
    /// Payload: what is to be published if a client vanishes, by principal and blind device.
    MqttWill = 180,
    /// Identity: requests for devices, by blind device.
    DeviceRequest = 123,
    /// Identity: second factors, by user.
    SecondFactor = 134,
    /// Identity: one-time tokens to set a new password, by user.
    PasswordReset = 135,
    /// Identity: options that are locked, by blind category and key.
    OptionLock = 136,
    /// Identity: issued certificates by blind device.
    IssuedOf = 137,
    /// Identity: devices that sign in with certificates, and with which they have, by user.
    DeviceCertificates = 138,
    /// Identity: issued certificates by when they end.
    IssuedByEnd = 139,
    /// Identity: certificates that the tenant trusts for its devices, by blind fingerprint.
    TrustedCertificate = 140,
    /// Identity: revoked serial numbers of certificates, by blind number.
    RevokedSerial = 141,
    /// Identity: how many these are.
    RevocationState = 142,
    /// Identity: the private keys of the tenant's certificate authorities, by blind fingerprint.
    AuthorityKey = 143,
    /// Identity: which of them issues certificates now.
    Authority = 144,
    /// Identity: one-time passwords for certificates, by blind device.
    Enrolment = 145,
    /// Identity: certificates that the tenant's authorities have issued, by blind serial number.
    IssuedCertificate = 146,
    /// Identity: which device has a key, by the blind trace of the key.
    DeviceKey = 147,
    /// Identity: where registered devices are to be put, by user.
    Placement = 150,
    /// Identity: roles of microservices that a user or group was given.
    ApplicationRoles = 148,
    /// Identity: what the tenant says of its identity provider.
    SignOn = 153,
    /// Identity: users by the blind issuer and subject that they are outside.
    OutsideIdentity = 154,
    /// Identity: who users are outside, by user.
    OutsideIdentityOf = 155,

    /// Identity: devices that are kept out, by blind device.
    BlockedDevice = 157,
    /// Identity: devices that are taken out of service, by object.
    Decommissioning = 158,
    /// Payload: configurations of remote access, by device.
    RemoteConfiguration = 175,
    /// Payload: objects of devices that were disconnected.
    DisconnectedDevice = 176,
}

impl Table {
    /// The space in which the table lies.
    pub(crate) fn space(self) -> Space {
        match self as u8 {
            0..20 => Space::Catalogue,
            20..40 | 120..160 => Space::Identity,
            40..80 | 160..=255 => Space::Payload,
            80..120 => Space::Audit,
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
