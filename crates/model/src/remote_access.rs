//! Remote access: where on a device, or behind it, people may be led to, and what a session of that is.
//!
//! The platform never connects to a device. It asks one to connect to it, and joins two connections that were both opened
//! from outside (R080).

use crate::ids::{ObjectId, RemoteConfigurationId};
use crate::limits::{
    REMOTE_HOST_BYTES_MAX, REMOTE_IDLE_SECONDS, REMOTE_IDLE_SECONDS_MAX, REMOTE_SESSION_SECONDS,
    REMOTE_SESSION_SECONDS_MAX,
};
use crate::names::{BadName, Label};
use crate::words::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;
use zeroize::Zeroize;

/// The fragment of the operation that asks a device to connect.
pub const CONNECT: &str = "c8y_RemoteAccessConnect";
/// The category of the options of remote access.
pub const REMOTE_ACCESS_OPTIONS: &str = "remoteaccess";
/// How long a session lasts at most, in seconds; with 0 there are none.
pub const SESSION_OPTION: &str = "session.seconds.max";
/// How long nothing may be sent in one, in seconds.
pub const IDLE_OPTION: &str = "idle.seconds.max";

words! {
    /// What is spoken through a session. The platform passes bytes on and speaks none of them.
    RemoteProtocol, BadRemoteProtocol: "a protocol of remote access" {
        /// Whatever the two ends agree about.
        Passthrough = "PASSTHROUGH",
        /// Secure shell.
        Ssh = "SSH",
        /// A remote screen.
        Vnc = "VNC",
        /// A terminal in the clear; only the way to the device is protected.
        Telnet = "TELNET",
    }
}

words! {
    /// With what the other end is satisfied.
    RemoteCredentialsType, BadRemoteCredentialsType: "a type of credentials" {
        /// Nothing that is kept here.
        None = "NONE",
        /// A name and a password.
        UserPass = "USER_PASS",
        /// A pair of keys.
        KeyPair = "KEY_PAIR",
        /// A certificate.
        Certificate = "CERTIFICATE",
        /// A password alone.
        PassOnly = "PASS_ONLY",
    }
}

/// The host that a device connects to: a name or an address, in the device's own network. It is written into an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteHost(Box<str>);

impl RemoteHost {
    /// What it may be, for people.
    pub const RULE: &'static str =
        "1 to 253 letters, digits, hyphens, underscores, dots, colons and square brackets";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RemoteHost {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte);
        // A hyphen in front would be an option to a program that is called with it.
        let fits = (1..=REMOTE_HOST_BYTES_MAX).contains(&text.len()) && !text.starts_with('-');
        match fits && text.bytes().all(is_plain) {
            true => Ok(Self(text.into())),
            false => Err(BadName(Self::RULE)),
        }
    }
}

/// The names of the secrets of a configuration, as they are sent. They are taken in and never shown again.
pub const SECRET_PROPERTIES: [&str; 5] = ["password", "privateKey", "publicKey", "certificate", "passphrase"];

/// The secrets of a configuration, in the order of [`SECRET_PROPERTIES`]. No `Debug`; wiped from memory when dropped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteSecrets([Option<String>; SECRET_PROPERTIES.len()]);

impl RemoteSecrets {
    /// Takes them in.
    pub fn new(secrets: [Option<String>; SECRET_PROPERTIES.len()]) -> Self {
        Self(secrets)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// These, and of the others those of `before`.
    #[must_use]
    pub fn or(&self, before: &Self) -> Self {
        let mut both = self.clone();
        for (own, old) in both.0.iter_mut().zip(&before.0) {
            if own.is_none() {
                own.clone_from(old);
            }
        }
        both
    }
}

impl Drop for RemoteSecrets {
    fn drop(&mut self) {
        self.0.iter_mut().flatten().for_each(Zeroize::zeroize);
    }
}

impl fmt::Debug for RemoteSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteSecrets")
    }
}

/// What is known of a place without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteEndpoint {
    /// Its name, for people.
    pub name: Label,
    /// The host, as the device knows it.
    pub host: RemoteHost,
    /// The port.
    pub port: NonZeroU16,
    /// What is spoken there.
    pub protocol: RemoteProtocol,
    /// With what it is satisfied.
    pub credentials: RemoteCredentialsType,
    /// The name to sign in with there.
    pub username: Option<Label>,
}

/// A place on a device, or behind it, that people may be led to, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteConfiguration {
    /// Its identifier.
    pub id: RemoteConfigurationId,
    /// The device.
    pub device: ObjectId,
    /// The place.
    pub endpoint: RemoteEndpoint,
    /// The secrets for it.
    pub secrets: RemoteSecrets,
}

/// A change of one: what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct RemoteConfigurationUpdate {
    /// A new name.
    pub name: Option<Label>,
    /// A new host.
    pub host: Option<RemoteHost>,
    /// A new port.
    pub port: Option<NonZeroU16>,
    /// Another protocol.
    pub protocol: Option<RemoteProtocol>,
    /// Another type of credentials.
    pub credentials: Option<RemoteCredentialsType>,
    /// Another name to sign in with, or none.
    pub username: Option<Option<Label>>,
    /// New secrets.
    pub secrets: RemoteSecrets,
}

impl RemoteConfigurationUpdate {
    /// The configuration after it. Secrets are for one place: when that becomes another one, those that are not sent anew
    /// are forgotten.
    pub fn applied_to(&self, before: &RemoteConfiguration) -> RemoteConfiguration {
        let old = &before.endpoint;
        let endpoint = RemoteEndpoint {
            name: self.name.clone().unwrap_or_else(|| old.name.clone()),
            host: self.host.clone().unwrap_or_else(|| old.host.clone()),
            port: self.port.unwrap_or(old.port),
            protocol: self.protocol.unwrap_or(old.protocol),
            credentials: self.credentials.unwrap_or(old.credentials),
            username: self.username.clone().unwrap_or_else(|| old.username.clone()),
        };
        let place = |it: &RemoteEndpoint| (it.host.clone(), it.port, it.protocol, it.credentials);
        let secrets = match place(&endpoint) == place(old) {
            true => self.secrets.or(&before.secrets),
            false => self.secrets.clone(),
        };
        RemoteConfiguration {
            endpoint,
            secrets,
            ..before.clone()
        }
    }
}

/// How long sessions may last, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteTimes {
    /// In all; with 0 there are none.
    pub session_seconds: u64,
    /// While nothing is sent.
    pub idle_seconds: u64,
}

impl RemoteTimes {
    /// The times by the values of a tenant's options. They can only be shortened; a value that is not understood makes a
    /// session end after a minute, so that a mistake leaves nothing open.
    pub fn of(session: Option<&str>, idle: Option<&str>) -> Self {
        let read = |value: Option<&str>, usual: u64, most: u64| match value {
            None => usual,
            Some(value) => value.trim().parse().unwrap_or(60).min(most),
        };
        Self {
            session_seconds: read(session, REMOTE_SESSION_SECONDS, REMOTE_SESSION_SECONDS_MAX),
            idle_seconds: read(idle, REMOTE_IDLE_SECONDS, REMOTE_IDLE_SECONDS_MAX).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_nothing_that_a_row_or_a_program_could_misread() {
        for (text, fits) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("[::1]", true),
            ("a_b-c.example", true),
            ("", false),
            ("-oProxyCommand", false),
            ("a b", false),
            ("a,b", false),
            ("a\nb", false),
            ("a\"b", false),
            ("a/b", false),
            ("é", false),
        ] {
            assert_eq!(text.parse::<RemoteHost>().is_ok(), fits, "{text:?}");
        }
        assert!("a".repeat(REMOTE_HOST_BYTES_MAX).parse::<RemoteHost>().is_ok());
        assert!(
            "a".repeat(REMOTE_HOST_BYTES_MAX + 1)
                .parse::<RemoteHost>()
                .is_err()
        );
    }

    #[test]
    fn times_can_only_be_shortened_and_a_mistake_leaves_nothing_open() {
        let session = |value| RemoteTimes::of(value, None).session_seconds;
        assert_eq!(session(None), REMOTE_SESSION_SECONDS);
        assert_eq!(session(Some("5")), 5);
        assert_eq!(session(Some("0")), 0);
        assert_eq!(session(Some("99999999")), REMOTE_SESSION_SECONDS_MAX);
        for mistake in ["", "-1", "1h", "1.5"] {
            assert_eq!(session(Some(mistake)), 60, "{mistake}");
        }
        assert_eq!(RemoteTimes::of(None, Some("0")).idle_seconds, 1);
    }

    #[test]
    fn secrets_are_for_one_place_and_show_nothing_of_themselves() {
        let before = RemoteConfiguration {
            id: RemoteConfigurationId::new(1).expect("an id"),
            device: ObjectId::new(2).expect("an id"),
            endpoint: RemoteEndpoint {
                name: "n".parse().expect("a name"),
                host: "h".parse().expect("a host"),
                port: NonZeroU16::MIN,
                protocol: RemoteProtocol::Ssh,
                credentials: RemoteCredentialsType::UserPass,
                username: None,
            },
            secrets: RemoteSecrets::new([Some("canary".to_owned()), None, None, None, None]),
        };
        assert!(!format!("{before:?}").contains("canary"));
        let renamed = RemoteConfigurationUpdate {
            name: Some("other".parse().expect("a name")),
            ..RemoteConfigurationUpdate::default()
        };
        assert_eq!(renamed.applied_to(&before).secrets, before.secrets);
        let elsewhere = RemoteConfigurationUpdate {
            host: Some("elsewhere".parse().expect("a host")),
            ..RemoteConfigurationUpdate::default()
        };
        assert!(elsewhere.applied_to(&before).secrets.is_empty());
    }
}
