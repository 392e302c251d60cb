//! Registration of devices: requests by which somebody says that a device may come, and what a device asks with.

use crate::ids::{ObjectId, PrincipalId};
use crate::json::Object;
use crate::limits::{DEVICE_ID_CHARS_MAX, DEVICE_REQUEST_ACCEPTED_DAYS, DEVICE_REQUEST_DAYS};
use crate::names::{BadName, Label, UserName};
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::users::DEVICE_USER_PREFIX;
use crate::words::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The category of the options of registration.
pub const REGISTRATION_OPTIONS: &str = "device-registration";
/// The option that says what security tokens are for.
pub const TOKEN_POLICY_OPTION: &str = "security-token.policy";
/// The fragment that makes an object an agent.
pub const IS_AGENT: &str = "com_cumulocity_model_Agent";
/// The type of external ids when none is said.
pub const ID_TYPE_DEFAULT: &str = "c8y_Serial";
/// The types of groups of devices: those at the top, and those below others.
pub const GROUP_TYPES: [&str; 2] = ["c8y_DeviceGroup", "c8y_DeviceSubGroup"];

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// The name under which a device registers: a serial number, for example. It becomes the name of its user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(Box<str>);

impl DeviceId {
    /// What it may be, for people.
    pub const RULE: &'static str = "1 to 250 characters, none of them white space, a control character or one of / + $ : \\ , and not '.', '..', 'limit' or 'acceptAll'";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the device's user.
    pub fn user_name(&self) -> Result<UserName, BadName> {
        format!("{DEVICE_USER_PREFIX}{}", self.0).parse()
    }
}

impl FromStr for DeviceId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        // These would be other paths of the API.
        const OTHER_PATHS: [&str; 4] = [".", "..", "limit", "acceptAll"];
        let fits = (1..=DEVICE_ID_CHARS_MAX).contains(&text.chars().count());
        if !fits || text.parse::<UserName>().is_err() || OTHER_PATHS.contains(&text) {
            return Err(BadName(Self::RULE));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

words! {
    /// Where a request stands.
    RequestStatus, BadRequestStatus: "the status of a device request" {
        /// The device has not asked yet.
        Waiting = "WAITING_FOR_CONNECTION",
        /// The device has asked.
        Pending = "PENDING_ACCEPTANCE",
        /// Somebody let the device in: the next time that it asks, it gets its credentials.
        Accepted = "ACCEPTED",
        /// A security token was wrong too often.
        Blocked = "BLOCKED",
    }
}

words! {
    /// What a tenant's security tokens are for.
    TokenPolicy, BadTokenPolicy: "a policy for security tokens" {
        /// They are not looked at.
        Ignored = "IGNORED",
        /// Whoever accepts a device that sent one must know it.
        Optional = "OPTIONAL",
        /// A device that sent none is never accepted.
        Required = "REQUIRED",
    }
}

impl TokenPolicy {
    /// The policy by the value of the option. A value that is not understood is the strictest: a mistake opens nothing.
    pub fn of(value: Option<&str>) -> Self {
        match value {
            None => Self::Optional,
            Some(value) => value.trim().parse().unwrap_or(Self::Required),
        }
    }
}

/// The trace of a security token: a keyed hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenTrace(pub [u8; 32]);

impl fmt::Debug for TokenTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenTrace")
    }
}

/// Who let a device in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The principal.
    pub by: PrincipalId,
    /// When.
    pub at: Timestamp,
    /// The device's user that gets a new password, if it was there already.
    pub renews: Option<PrincipalId>,
}

/// Credentials that a device was given and may have missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// When, for the first time.
    pub at: Timestamp,
    /// The device's user.
    pub user: PrincipalId,
    /// The version of its credential.
    pub version: u64,
    /// How often again.
    pub again: u8,
}

/// A request for a device, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// The device.
    pub id: DeviceId,
    /// Where it stands.
    pub status: RequestStatus,
    /// The group that the device is to join.
    pub group: Option<ObjectId>,
    /// What kind of device it is.
    pub kind: Option<Label>,
    /// Who said that the device may come.
    pub owner: PrincipalId,
    /// When.
    pub created: Timestamp,
    /// Whatever else was noted.
    pub custom_properties: Object,
    /// The token that the device must send, if that was said beforehand.
    pub expected: Option<TokenTrace>,
    /// The token that the device sent when it asked for the first time.
    pub sent: Option<TokenTrace>,
    /// From where it asked for the first time.
    pub asked_from: Option<IpAddr>,
    /// Whether somebody else asks for the same device.
    pub contested: bool,
    /// How many tokens were wrong.
    pub wrong_tokens: u8,
    /// Who let it in.
    pub accepted: Option<Acceptance>,
    /// What it was given.
    pub delivered: Option<Delivery>,
}

impl DeviceRequest {
    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let (since, days) = match &self.accepted {
            Some(accepted) => (accepted.at, DEVICE_REQUEST_ACCEPTED_DAYS),
            None => (self.created, DEVICE_REQUEST_DAYS),
        };
        now.millis().saturating_sub(since.millis()) >= days * DAY_MILLIS
    }
}

/// What somebody says about a device that may come.
#[derive(Clone)]
pub struct NewDeviceRequest {
    /// The device.
    pub id: DeviceId,
    /// The group that it is to join.
    pub group: Option<ObjectId>,
    /// What kind of device it is.
    pub kind: Option<Label>,
    /// Whatever else is noted.
    pub custom_properties: Object,
    /// The token that the device must send.
    pub token: Option<Secret>,
}

/// Where a device that was registered is to be put when it creates its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The group.
    pub group: ObjectId,
    /// By whose right.
    pub by: PrincipalId,
}

/// The object of a device that is registered together with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredObject {
    /// Its name.
    pub name: Label,
    /// Its type.
    pub kind: Label,
    /// Its external ids by type; the first one is the device's own.
    pub ids: Vec<(Label, Label)>,
    /// Everything else.
    pub fragments: Object,
}

/// How a line of a bulk registers a device.
#[derive(Clone)]
pub enum Registering {
    /// By a request that is to be accepted as any other.
    Request,
    /// At once, with a password that its maker knows, and perhaps with its object.
    User {
        /// The password.
        password: Secret,
        /// The object.
        object: Option<RegisteredObject>,
    },
    /// At once, without a password: the device shows a certificate.
    Certificates {
        /// The one-time password with which it gets that from the tenant's authority; nothing: it has one already.
        otp: Option<Secret>,
        /// The object.
        object: Option<RegisteredObject>,
    },
}

/// One line of a bulk.
#[derive(Clone)]
pub struct BulkLine {
    /// Its number in the file, from 1; the headers are the first.
    pub line: usize,
    /// The device.
    pub id: DeviceId,
    /// How.
    pub how: Registering,
    /// The names of the groups that lead to it, from the top.
    pub path: Vec<Label>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_id_is_a_user_name_and_no_other_path_of_the_api() {
        for (text, fits) in [
            ("SN-1", true),
            ("serial#1", true),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("a:b", false),
            ("..", false),
            ("limit", false),
            ("acceptAll", false),
            ("a\u{0}", false),
        ] {
            assert_eq!(text.parse::<DeviceId>().is_ok(), fits, "{text:?}");
        }
        let name = |chars| "d".repeat(chars).parse::<DeviceId>();
        assert!(name(DEVICE_ID_CHARS_MAX).is_ok_and(|id| id.user_name().is_ok()));
        assert!(name(DEVICE_ID_CHARS_MAX + 1).is_err());
    }

    #[test]
    fn a_policy_that_is_not_understood_is_the_strictest() {
        for (value, policy) in [
            (None, TokenPolicy::Optional),
            (Some("OPTIONAL"), TokenPolicy::Optional),
            (Some(" IGNORED "), TokenPolicy::Ignored),
            (Some("ignored"), TokenPolicy::Required),
            (Some(""), TokenPolicy::Required),
        ] {
            assert_eq!(TokenPolicy::of(value), policy, "{value:?}");
        }
    }
}
