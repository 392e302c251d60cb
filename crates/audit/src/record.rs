//! One audit record: who did what to which thing, when, from where, and how it ended (R096).
//!
//! A record does not know its place in the log, nor the log's keys. Its one text form, which is what the log hashes,
//! is in [`Record::canonical`] and [`Record::parse`].

mod text;

use model::ids::PrincipalId;
use model::json::{Json, Object};
use model::time::Timestamp;

/// Length of a record's salt, in bytes.
pub const SALT_BYTES: usize = 16;

/// One audit record. Nothing in it is trusted to be harmless text: the canonical form escapes what could forge a line
/// or move a terminal's cursor (R098).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When the platform wrote it, by the server's clock. The order of records is their place in the log, not this.
    pub time: Timestamp,
    /// The time that the client claims, for a record that a client posted.
    pub client_time: Option<Timestamp>,
    /// Who acted.
    pub actor: Actor,
    /// The network address that the request came from.
    pub address: Option<String>,
    /// The API's `type`: `User`, `Inventory`, `UserAuthentication` and so on.
    pub kind: String,
    /// What was done, in few words: `User updated`.
    pub activity: String,
    /// The details for a reader.
    pub text: String,
    /// The id of the thing acted upon.
    pub source: Option<String>,
    /// How important it is.
    pub severity: Severity,
    /// How it ended.
    pub outcome: Outcome,
    /// The application through which it was done.
    pub application: Option<String>,
    /// What changed, property by property.
    pub changes: Vec<Change>,
    /// How many equal events this record stands for; 1 unless they were aggregated.
    pub count: u64,
    /// Who says so: the platform itself or a client.
    pub origin: Origin,
    /// Custom fragments, unchanged.
    pub extra: Object,
    /// For a record that stands for a batch of data: which.
    pub batch: Option<BatchSummary>,
    /// Random bytes, so that the hash that outlives an expired record does not tell what the record said.
    pub salt: [u8; SALT_BYTES],
}

/// Who acted, as known at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The principal, if the request was authenticated. Never re-used, unlike the name.
    pub principal: Option<PrincipalId>,
    /// The user name at that time, or the name that was tried; empty if there was none.
    pub name: String,
    /// What kind of actor it is.
    pub kind: ActorKind,
}

/// One property that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The property's name.
    pub attribute: String,
    /// The kind of its values, as the API's `type` of a change names it.
    pub kind: String,
    /// The value before; absent if the property was added.
    pub previous: Option<Json>,
    /// The value after; absent if the property was removed.
    pub new: Option<Json>,
}

/// Who vouches for a record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The platform wrote it about a request that it handled.
    Platform,
    /// A client posted it; the platform vouches only for who posted and when.
    Client,
    /// A job of the platform acted by itself.
    SystemJob {
        /// Why it ran: the name of the job or rule.
        reason: String,
    },
}

/// What one record says about a batch of data (telemetry, a device's updates of its own data).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSummary {
    /// How many items were written.
    pub count: u64,
    /// The id of the first.
    pub first_id: String,
    /// The id of the last.
    pub last_id: String,
    /// SHA-256 of the batch as the writer defines it.
    pub digest: [u8; 32],
}

/// An enumeration with one fixed word for each value.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word that stands for it.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The value of a word; exact, no other letter case.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }
    };
}

words! {
    /// What kind of actor it was.
    ActorKind {
        /// A person.
        Person = "person",
        /// Another system.
        Service = "service",
        /// A device or an agent on it.
        Device = "device",
        /// The platform itself.
        System = "system",
        /// Nobody known: the request was not authenticated.
        Unknown = "unknown",
    }
}

words! {
    /// How important a record is, in the words of the API.
    Severity {
        /// `CRITICAL`
        Critical = "CRITICAL",
        /// `MAJOR`
        Major = "MAJOR",
        /// `MINOR`
        Minor = "MINOR",
        /// `WARNING`
        Warning = "WARNING",
        /// `INFORMATION`
        Information = "INFORMATION",
    }
}

words! {
    /// How the action ended.
    Outcome {
        /// It was done.
        Success = "success",
        /// It was not permitted.
        Denied = "denied",
        /// It was permitted and did not succeed.
        Failed = "failed",
    }
}

/// Why bytes are not an audit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Not UTF-8, or not JSON.
    #[error("it is not JSON text")]
    Syntax,
    /// Arrays and objects are nested too deeply.
    #[error("arrays and objects are nested too deeply")]
    TooDeep,
    /// An object names a property twice.
    #[error("an object names a property twice")]
    RepeatedKey,
    /// Another format version.
    #[error("it has no format version that this program knows: a newer program may read it")]
    Version,
    /// A field is missing or has a value of the wrong kind.
    #[error("the field `{0}` is missing or has a value of the wrong kind")]
    Field(&'static str),
    /// The content can be read, but the platform would have written it in other bytes.
    #[error("it is not in the canonical form in which the platform writes records")]
    NotCanonical,
}
