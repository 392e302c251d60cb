//! The list of settings: name, kind, default, one line of documentation. Nothing that is not in it is accepted.

/// Variables of the environment that are settings begin with this.
pub(crate) const ENVIRONMENT_PREFIX: &str = "HOLDFAST__";

/// Least likeness (0 to 1) of a known name for it to be proposed in place of an unknown one.
const LIKENESS_MIN: f64 = 0.5;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// Several texts: an array in the file, separated by commas in the environment.
    List,
    /// A whole number.
    Count,
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file: `https.listen`.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// Its value when nobody sets it; empty means that there is none.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
}

const fn key(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key {
        name,
        kind,
        default,
        about,
    }
}

/// Every setting, in the order in which they are shown.
#[rustfmt::skip]
pub const KEYS: [Key; 23] = [
    key("data_dir", Kind::Text, "/var/lib/holdfast", "directory of everything that is kept"),
    key("base_url", Kind::Text, "", "https:// address under which clients reach the server"),
    key("https.listen", Kind::Text, "127.0.0.1:8443", "address and port of the HTTPS listener; port 0 takes a free one"),
    key("https.tls_profile", Kind::Text, "compat", "compat: TLS 1.2 and 1.3; strict: TLS 1.3 only"),
    key("devices.listen", Kind::Text, "", "address and port of an HTTPS listener that asks devices for certificates; by convention port 8443"),
    key("devices.tls_profile", Kind::Text, "compat", "as https.tls_profile, for that listener"),
    key("mqtts.listen", Kind::Text, "127.0.0.1:8883", "address and port of the MQTT listener (TLS); port 0 takes a free one"),
    key("mqtts.tls_profile", Kind::Text, "compat", "as https.tls_profile, for MQTT"),
    key("tls.certificate", Kind::Text, "", "PEM file with a certificate to serve instead of the own one"),
    key("tls.key", Kind::Text, "", "PEM file with the private key of that certificate"),
    key("tls.names", Kind::List, "", "more host names and addresses for the own certificate"),
    key("storage.engine", Kind::Text, "fjall", "storage engine of a new data directory: fjall or redb"),
    key("storage.shards", Kind::Count, "1", "shards that tenants are spread over, 1 to 64; may be raised, never below a shard in use"),
    key("tenants.default", Kind::Text, "", "tenant of requests that name none"),
    key("identity_providers.allowed_addresses", Kind::List, "", "ranges of addresses that identity providers may have besides public ones, for example 10.20.0.0/16"),
    key("identity_providers.ca_file", Kind::Text, "", "PEM file with the authorities that name identity providers, instead of those of the operating system"),
    key("security.contact", Kind::List, "", "contacts for /.well-known/security.txt: mailto:, https: or tel: addresses"),
    key("security.expires", Kind::Text, "", "when those contacts expire, for example 2027-06-30T00:00:00Z"),
    key("log.level", Kind::Text, "info", "error, warn, info, debug or trace"),
    key("log.format", Kind::Text, "compact", "compact or full"),
    key("limits.connections_max", Kind::Count, "10000", "open connections of each HTTPS listener"),
    key("limits.connections_per_address_max", Kind::Count, "1000", "open connections of one address at each HTTPS listener"),
    key("limits.drain_seconds_max", Kind::Count, "10", "seconds that open requests are given when the program stops"),
];

impl Key {
    /// Its name in the environment: `HOLDFAST__HTTPS__LISTEN`.
    pub fn environment_name(&self) -> String {
        format!(
            "{ENVIRONMENT_PREFIX}{}",
            self.name.replace('.', "__").to_ascii_uppercase()
        )
    }
}

/// The setting of this name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The setting whose name, written by `form`, is most alike.
pub(crate) fn nearest(name: &str, form: impl Fn(&Key) -> String) -> Option<String> {
    KEYS.iter()
        .map(|key| {
            let known = form(key);
            (strsim::normalized_damerau_levenshtein(name, &known), known)
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::limits;

    #[test]
    fn limits_shown_are_the_limits_of_the_platform() {
        for (name, value) in [
            ("limits.connections_max", limits::CONNECTIONS_MAX as u64),
            (
                "limits.connections_per_address_max",
                limits::CONNECTIONS_PER_ADDRESS_MAX as u64,
            ),
            ("limits.drain_seconds_max", limits::DRAIN_SECONDS_MAX),
        ] {
            assert_eq!(
                find(name).map(|key| key.default),
                Some(value.to_string().as_str())
            );
        }
    }

    #[test]
    fn names_differ_in_the_file_and_in_the_environment() {
        let mut names: Vec<String> = KEYS.iter().map(Key::environment_name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
    }
}
