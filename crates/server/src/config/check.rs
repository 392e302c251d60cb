//! From values as they were given to the typed configuration: every value parsed, every fault with its place.

use crate::config::error::{ConfigError, Origin};
use crate::config::layers::{Settings, Value};
use crate::config::{
    Config, GivenCertificate, IdentityProviders, Limits, Listener, Log, LogFormat, LogLevel, Security,
    Storage, StorageEngine, Tenants, Tls, TlsProfile,
};
use model::limits::SHARDS_MAX;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Most connections that may be configured: more than a process can have files open.
const CONNECTIONS_CEILING: u64 = 1_000_000;
/// Longest time that open requests may be given, in seconds.
const DRAIN_SECONDS_CEILING: u64 = 3_600;

pub(crate) fn config(settings: &Settings) -> Result<Config, ConfigError> {
    let read = Reader(settings);
    Ok(Config {
        data_dir: read.required("data_dir", path)?,
        base_url: read.optional("base_url", base_url)?,
        https: listener(&read, "https.listen", "https.tls_profile")?,
        devices: device_listener(&read)?,
        mqtts: listener(&read, "mqtts.listen", "mqtts.tls_profile")?,
        tls: Tls {
            given: given_certificate(&read)?,
            names: read.list("tls.names", |text| {
                text.parse().map_err(|error| format!("{error}"))
            })?,
        },
        storage: Storage {
            engine: read.required("storage.engine", |text| {
                one_of(
                    text,
                    &[("fjall", StorageEngine::Fjall), ("redb", StorageEngine::Redb)],
                )
            })?,
            shards: read
                .count("storage.shards", 1, u64::from(SHARDS_MAX))
                .map(|count| u16::try_from(count).unwrap_or(SHARDS_MAX))?,
        },
        tenants: Tenants {
            default: read.optional("tenants.default", |text| {
                text.parse().map_err(|error| format!("{error}"))
            })?,
        },
        identity_providers: IdentityProviders {
            allowed_addresses: read.list("identity_providers.allowed_addresses", |text| {
                text.parse().map_err(|error| format!("{error}"))
            })?,
            ca_file: read.optional("identity_providers.ca_file", path)?,
        },
        security: Security {
            contact: read.list("security.contact", contact)?,
            expires: read.optional("security.expires", |text| {
                text.parse().map_err(|error| format!("{error}"))
            })?,
        },
        log: log(&read)?,
        limits: limits(&read)?,
    })
}

fn listener(
    read: &Reader<'_>,
    listen: &'static str,
    tls_profile: &'static str,
) -> Result<Listener, ConfigError> {
    Ok(Listener {
        listen: read.required(listen, address)?,
        tls_profile: read.required(tls_profile, profile)?,
    })
}

/// Only where it is asked for: its usual port may be that of another listener.
fn device_listener(read: &Reader<'_>) -> Result<Option<Listener>, ConfigError> {
    let tls_profile = read.required("devices.tls_profile", profile)?;
    let listen = read.optional("devices.listen", address)?;
    Ok(listen.map(|listen| Listener { listen, tls_profile }))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let bad = |_| "an address and port is expected, for example 0.0.0.0:8443".to_owned();
    text.parse().map_err(bad)
}

fn profile(text: &str) -> Result<TlsProfile, String> {
    one_of(
        text,
        &[("compat", TlsProfile::Compat), ("strict", TlsProfile::Strict)],
    )
}

fn given_certificate(read: &Reader<'_>) -> Result<Option<GivenCertificate>, ConfigError> {
    let (certificate, key) = (
        read.optional("tls.certificate", path)?,
        read.optional("tls.key", path)?,
    );
    let alone = |key, needs| ConfigError::Alone {
        key,
        origin: read.origin(key),
        needs,
    };
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(GivenCertificate { certificate, key })),
        (Some(_), None) => Err(alone("tls.certificate", "tls.key")),
        (None, Some(_)) => Err(alone("tls.key", "tls.certificate")),
    }
}

fn log(read: &Reader<'_>) -> Result<Log, ConfigError> {
    let levels = [
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("info", LogLevel::Info),
        ("debug", LogLevel::Debug),
        ("trace", LogLevel::Trace),
    ];
    Ok(Log {
        level: read.required("log.level", |text| one_of(text, &levels))?,
        format: read.required("log.format", |text| {
            one_of(
                text,
                &[("compact", LogFormat::Compact), ("full", LogFormat::Full)],
            )
        })?,
    })
}

fn limits(read: &Reader<'_>) -> Result<Limits, ConfigError> {
    let connections = |name| {
        // The ceiling fits every size of machine that this program runs on.
        read.count(name, 1, CONNECTIONS_CEILING)
            .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    };
    Ok(Limits {
        connections_max: connections("limits.connections_max")?,
        connections_per_address_max: connections("limits.connections_per_address_max")?,
        drain_seconds_max: read.count("limits.drain_seconds_max", 0, DRAIN_SECONDS_CEILING)?,
    })
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() || text.contains('\0') {
        return Err("a path is expected".to_owned());
    }
    Ok(PathBuf::from(text))
}

fn base_url(text: &str) -> Result<String, String> {
    let expected =
        || "an address like https://iot.example.org is expected: no user, path or query".to_owned();
    let url: http::Uri = text.parse().map_err(|_| expected())?;
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let plain = url.scheme_str() == Some("https")
        && !authority.is_empty()
        && !authority.contains('@')
        && url.path() == "/"
        && url.query().is_none();
    if plain {
        Ok(format!("https://{authority}"))
    } else {
        Err(expected())
    }
}

fn contact(text: &str) -> Result<String, String> {
    let known = ["mailto:", "https:", "tel:"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    // One line of the file each: nobody may smuggle in a second line.
    if known && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Ok(text.to_owned())
    } else {
        Err("contacts are mailto:, https: or tel: addresses".to_owned())
    }
}

fn one_of<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            format!("`{text}` is none of {}", names.join(", "))
        })
}

/// Reads single values out of the settings.
struct Reader<'a>(&'a Settings);

impl Reader<'_> {
    fn origin(&self, key: &str) -> Origin {
        self.0.origin(key).cloned().unwrap_or(Origin::Default)
    }

    fn fault(&self, key: &'static str, reason: String) -> ConfigError {
        ConfigError::Value {
            key,
            origin: self.origin(key),
            reason,
        }
    }

    /// A text; empty text means that the setting is taken back.
    fn optional<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        match self.0.get(key) {
            Some((Value::Text(text), _)) if !text.is_empty() => {
                parse(text).map(Some).map_err(|reason| self.fault(key, reason))
            }
            _ => Ok(None),
        }
    }

    fn required<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        self.optional(key, parse)?
            .ok_or_else(|| self.fault(key, "a value is needed".to_owned()))
    }

    fn list<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        match self.0.get(key) {
            Some((Value::List(items), _)) => items
                .iter()
                .map(|text| parse(text).map_err(|reason| self.fault(key, reason)))
                .collect(),
            _ => Ok(Vec::new()),
        }
    }

    fn count(&self, key: &'static str, least: u64, most: u64) -> Result<u64, ConfigError> {
        match self.0.get(key) {
            Some((Value::Count(count), _)) if (least..=most).contains(count) => Ok(*count),
            _ => Err(self.fault(key, format!("a number from {least} to {most} is expected"))),
        }
    }
}
