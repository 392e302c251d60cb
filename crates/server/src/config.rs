//! THE CONFIGURATION: every setting with its type, its default and where its value came from.
//!
//! Settings come from flags, environment, file and defaults, in this order of precedence. This module does not know
//! the command line; `cli.rs` hands the flags over. The configuration holds no secret, only paths to files that do.

mod check;
mod error;
mod keys;
mod layers;
mod show;

pub use error::{ConfigError, Origin};
pub use keys::{KEYS, Key, Kind};
pub use layers::{Flag, PRECEDENCE, Settings, Sources};
pub use show::show;

use model::addresses::AddressRange;
use model::names::TenantId;
use model::time::Timestamp;
use pki::names::ServerName;
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing::level_filters::LevelFilter;

/// Every setting, checked. See [`KEYS`] for names and defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `data_dir`
    pub data_dir: PathBuf,
    /// `base_url`: how clients reach this server, without a trailing slash; for links in answers.
    pub base_url: Option<String>,
    /// `https.*`
    pub https: Listener,
    /// `devices.*`: HTTPS for devices that show certificates; nothing: there is none.
    pub devices: Option<Listener>,
    /// `mqtts.*`
    pub mqtts: Listener,
    /// `tls.*`
    pub tls: Tls,
    /// `storage.*`
    pub storage: Storage,
    /// `tenants.*`
    pub tenants: Tenants,
    /// `identity_providers.*`
    pub identity_providers: IdentityProviders,
    /// `security.*`
    pub security: Security,
    /// `log.*`
    pub log: Log,
    /// `limits.*`
    pub limits: Limits,
}

/// One listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Which TLS versions are spoken.
    pub tls_profile: TlsProfile,
}

/// Which TLS versions a listener speaks (R065, R066).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsProfile {
    /// TLS 1.2 (ECDHE with AEAD only) and 1.3.
    Compat,
    /// TLS 1.3 only.
    Strict,
}

/// Which certificate is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// A certificate given by the operator; without one the platform's own authority issues it.
    pub given: Option<GivenCertificate>,
    /// More names for the own certificate.
    pub names: Vec<ServerName>,
}

/// Files of a certificate given by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenCertificate {
    /// PEM: the certificate, then those above it.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}

/// The storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// Which engine keeps the rows.
    pub engine: StorageEngine,
    /// How many shards the tenants are spread over.
    pub shards: u16,
}

/// An embedded storage engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageEngine {
    /// fjall: a log-structured merge tree.
    Fjall,
    /// redb: a copy-on-write B-tree.
    Redb,
}

/// Tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenants {
    /// The tenant of requests that name none.
    pub default: Option<TenantId>,
}

/// Which identity providers may be asked, and who is believed to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProviders {
    /// Addresses that are asked besides public ones.
    pub allowed_addresses: Vec<AddressRange>,
    /// The authorities that name them; without it those of the operating system.
    pub ca_file: Option<PathBuf>,
}

/// What `/.well-known/security.txt` says (RFC 9116).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// `Contact` lines: `mailto:`, `https:` or `tel:` addresses, best first.
    pub contact: Vec<String>,
    /// The `Expires` line.
    pub expires: Option<Timestamp>,
}

/// The program's own log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The least important lines that are written.
    pub level: LogLevel,
    /// How lines look.
    pub format: LogFormat,
}

/// Importance of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what should be looked at.
    Warn,
    /// And the life of the program.
    Info,
    /// And single steps.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The filter of the logging library.
    pub fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Short lines.
    Compact,
    /// Lines with every span.
    Full,
}

/// Limits that an operator may lower or raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections of one HTTPS listener; that for MQTT takes as many as the broker serves.
    pub connections_max: usize,
    /// Open connections of one address (IPv6: of one /64 network).
    pub connections_per_address_max: usize,
    /// Open requests are given this long to end when the program stops, in seconds.
    pub drain_seconds_max: u64,
}

/// A configuration and where each value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The checked values.
    pub config: Config,
    /// The values as they were given.
    pub settings: Settings,
}

/// Reads every source, refuses unknown keys, checks every value.
///
/// # Errors
/// The first fault found, with the name of the setting and where it was given.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let settings = layers::merge(sources)?;
    let config = check::config(&settings)?;
    Ok(Loaded { config, settings })
}
