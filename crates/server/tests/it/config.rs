//! The configuration: precedence, refusals, and that what is shown can be read again.

use proptest::prelude::*;
use server::config::{
    self, Config, ConfigError, Flag, KEYS, Loaded, Origin, Sources, StorageEngine, TlsProfile, show,
};
use std::ffi::OsString;
use std::path::PathBuf;
use tempfile::TempDir;

/// Sources with a file of this text and these variables; the directory must live as long as they are used.
fn sources(file: &str, environment: &[(&str, &str)]) -> (Sources, TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("holdfast.toml");
    std::fs::write(&path, file).expect("written");
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)))
        .collect();
    let sources = Sources {
        flags: Vec::new(),
        environment,
        file: Some(path),
    };
    (sources, dir)
}

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let (sources, _dir) = sources(file, environment);
    config::load(&sources)
}

fn loaded(file: &str, environment: &[(&str, &str)]) -> Config {
    load(file, environment).expect("a good configuration").config
}

fn message(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).expect_err("refused").to_string()
}

#[test]
fn without_any_source_every_setting_has_its_default() {
    let Loaded { config, settings } = config::load(&Sources::default()).expect("defaults are good");
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/holdfast"));
    assert!(config.https.listen.ip().is_loopback());
    assert_eq!(config.https.tls_profile, TlsProfile::Compat);
    assert_eq!(config.storage.engine, StorageEngine::Fjall);
    assert_eq!(config.tls.given, None);
    assert_eq!(config.tenants.default, None);
    assert_eq!(settings.origin("https.listen"), Some(&Origin::Default));
    assert_eq!(settings.origin("base_url"), None);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "[https]\nlisten = \"127.0.0.1:1\"\ntls_profile = \"strict\"\n[log]\nlevel = \"warn\"";
    let environment = [
        ("HOLDFAST__HTTPS__LISTEN", "127.0.0.1:2"),
        ("HOLDFAST__LOG__LEVEL", "debug"),
    ];
    let (mut sources, _dir) = sources(file, &environment);
    sources.flags.push(Flag {
        key: "https.listen",
        flag: "--listen-https",
        value: "127.0.0.1:3".to_owned(),
    });
    let Loaded { config, settings } = config::load(&sources).expect("good");
    assert_eq!(config.https.listen.port(), 3);
    assert_eq!(config.log.level, config::LogLevel::Debug);
    assert_eq!(config.https.tls_profile, TlsProfile::Strict);
    let origins = ["https.listen", "log.level", "https.tls_profile", "log.format"]
        .map(|key| settings.origin(key).expect("set").to_string());
    assert_eq!(origins[0], "flag --listen-https");
    assert_eq!(origins[1], "environment HOLDFAST__LOG__LEVEL");
    assert!(origins[2].starts_with("file ") && origins[2].ends_with("holdfast.toml"));
    assert_eq!(origins[3], "default");
}

#[test]
fn every_setting_can_be_set_in_the_environment() {
    for key in &KEYS {
        let value = match key.name {
            "base_url" => "https://iot.example.org",
            "security.expires" => "2027-06-30T00:00:00Z",
            "security.contact" => "mailto:a@example.org,tel:+49",
            "tls.names" => "iot.example.org, 192.0.2.1",
            "tenants.default" => "t100",
            "identity_providers.allowed_addresses" => "10.0.0.0/8, 2001:db8::/32",
            "tls.certificate" | "tls.key" => continue,
            _ => key.default,
        };
        let name = key.environment_name();
        let settings = load("", &[(&name, value)]).expect("good").settings;
        assert_eq!(settings.origin(key.name), Some(&Origin::Environment(name)));
    }
    let both = [
        ("HOLDFAST__TLS__CERTIFICATE", "a.pem"),
        ("HOLDFAST__TLS__KEY", "a.key"),
    ];
    assert!(loaded("", &both).tls.given.is_some());
}

#[test]
fn an_unknown_setting_is_refused_with_the_nearest_known_one() {
    for (file, environment, expected) in [
        ("[https]\nlisen = \"x\"", None, "did you mean `https.listen`"),
        ("[http]\nlisten = \"x\"", None, "did you mean `https.listen`"),
        (
            "https.tls_profil = \"strict\"",
            None,
            "did you mean `https.tls_profile`",
        ),
        ("datadir = \"x\"", None, "did you mean `data_dir`"),
        (
            "",
            Some("HOLDFAST__HTTPS__LISTN"),
            "did you mean `HOLDFAST__HTTPS__LISTEN`",
        ),
        (
            "",
            Some("HOLDFAST__https__listen"),
            "unknown setting `HOLDFAST__https__listen`",
        ),
        (
            "zzzzzzzzzzzzzzzzzzzzzzzz = 1",
            None,
            "unknown setting `zzzzzzzzzzzzzzzzzzzzzzzz`",
        ),
        ("[empty]", None, "unknown setting `empty`"),
        ("https = 1", None, "unknown setting `https`"),
    ] {
        let environment: Vec<_> = environment.map(|name| (name, "x")).into_iter().collect();
        let message = message(file, &environment);
        assert!(message.contains(expected), "{file:?} {environment:?}: {message}");
    }
}

#[test]
fn variables_of_other_programs_are_not_looked_at() {
    load("", &[("HOLDFAST", "x"), ("HOLDFAST_X", "x"), ("PATH", "x")]).expect("good");
}

#[test]
fn values_that_are_not_allowed_are_refused_with_their_place() {
    for (file, expected) in [
        ("https.listen = \"localhost\"", "`https.listen` (file "),
        ("https.listen = 8443", "a text in quotes is expected"),
        ("https.tls_profile = \"old\"", "`old` is none of compat, strict"),
        ("tls.certificate = \"a.pem\"", "needs `tls.key` beside it"),
        ("tls.key = \"a.key\"", "needs `tls.certificate` beside it"),
        (
            "tls.names = [\"*.example.org\"]",
            "neither a host name nor an IP address",
        ),
        ("tls.names = \"a\"", "an array of texts is expected"),
        ("tenants.default = \"T1\"", "a tenant id has"),
        ("base_url = \"http://example.org\"", "https://"),
        ("base_url = \"https://user:secret@example.org\"", "https://"),
        ("base_url = \"https://example.org/path\"", "https://"),
        (
            "security.contact = [\"mailto:a@b\\nExpires: never\"]",
            "contacts are",
        ),
        ("security.expires = \"tomorrow\"", "not a date and time"),
        ("limits.connections_max = 0", "a number from 1 to 1000000"),
        ("limits.connections_max = -1", "a whole number"),
        ("data_dir = \"\"", "a value is needed"),
        ("[https", "is not TOML"),
    ] {
        let message = message(file, &[]);
        assert!(message.contains(expected), "{file:?}: {message}");
    }
}

#[test]
fn a_named_file_that_is_missing_is_refused() {
    let sources = Sources {
        file: Some("/nowhere/holdfast.toml".into()),
        ..Sources::default()
    };
    assert!(matches!(
        config::load(&sources),
        Err(ConfigError::Unreadable { .. })
    ));
}

#[test]
fn the_base_url_loses_its_trailing_slash() {
    let config = loaded("base_url = \"https://iot.example.org:8443/\"", &[]);
    assert_eq!(config.base_url.as_deref(), Some("https://iot.example.org:8443"));
}

#[test]
fn what_is_shown_is_a_file_with_the_same_meaning() {
    let file = "data_dir = 'a \"quoted\" # path'\nsecurity.contact = [\"mailto:a@example.org\", \"tel:+49\"]";
    let first = load(file, &[("HOLDFAST__TENANTS__DEFAULT", "t100")]).expect("good");
    for explain in [false, true] {
        let shown = show(&first.settings, explain);
        assert!(shown.starts_with("# precedence: flags > environment > file > default\n"));
        assert!(shown.contains("tenants.default = \"t100\"  # environment HOLDFAST__TENANTS__DEFAULT\n"));
        assert!(shown.contains("# base_url is not set\n"));
        assert_eq!(loaded(&shown, &[]), first.config);
        for key in &KEYS {
            assert!(shown.contains(key.name), "{} is not shown", key.name);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_is_refused(
        file in "[a-z_.]{0,12}( = )?[\\PC]{0,20}", name in "[A-Z_]{0,20}", value in "\\PC{0,20}",
    ) {
        if let Ok(loaded) = load(&file, &[(&format!("HOLDFAST__{name}"), &value)]) {
            prop_assert!(loaded.settings.origin("data_dir").is_some());
        }
    }
}
