//! Certificates on disk and TLS on the wire.

use crate::served::{BOTH, ONLY_12, ONLY_13, Served, patient, version_of, whoami};
use model::time::Timestamp;
use rustls::ProtocolVersion;
use server::clock;
use server::config::{self, GivenCertificate, Sources, TlsProfile};
use server::data_dir::{DataDirError, Layout};
use server::tls::{CertificateSource, CertificateWatcher, Reload, TlsError, default_names, own_certificate};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

fn own(root: &Path) -> CertificateSource {
    CertificateSource::Own {
        layout: Layout::new(root),
        names: default_names(&[]),
    }
}

fn given(root: &Path) -> CertificateSource {
    CertificateSource::Given(GivenCertificate {
        certificate: root.join("server.pem"),
        key: root.join("server.key"),
    })
}

/// Puts the certificate of a fresh authority to `root`, as an operator would, and says until when it is valid.
fn give(root: &Path, now: Timestamp) -> Timestamp {
    let made = tempfile::tempdir().expect("a directory");
    let layout = Layout::new(made.path());
    let served = own_certificate(&layout, &default_names(&[]), now).expect("made");
    fs::copy(layout.server_key(), root.join("server.key")).expect("copied");
    fs::copy(layout.server_certificate(), root.join("server.pem")).expect("copied");
    served.validity.not_after
}

#[tokio::test]
async fn compat_speaks_both_versions_and_strict_only_the_newer_one() {
    // R065, R066
    let compat = Served::start(TlsProfile::Compat, patient(), whoami).await;
    let older = compat.tls("http/1.1", ONLY_12).await.expect("TLS 1.2");
    assert_eq!(version_of(&older), Some(ProtocolVersion::TLSv1_2));
    let newer = compat.tls("http/1.1", BOTH).await.expect("TLS 1.3");
    assert_eq!(version_of(&newer), Some(ProtocolVersion::TLSv1_3));

    let strict = Served::start(TlsProfile::Strict, patient(), whoami).await;
    assert!(strict.tls("http/1.1", ONLY_12).await.is_err());
    assert!(strict.tls("http/1.1", ONLY_13).await.is_ok());
}

#[test]
fn only_suites_with_aead_and_ephemeral_keys_are_offered() {
    // R066, R070, R071
    for suite in server::tls::provider().cipher_suites {
        let name = format!("{:?}", suite.suite());
        assert!(name.contains("GCM") || name.contains("CHACHA20"), "{name}");
        assert!(
            name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_"),
            "{name}"
        );
    }
}

#[test]
fn early_data_is_off() {
    // R072
    let root = tempfile::tempdir().expect("a directory");
    let watcher = CertificateWatcher::start(own(root.path()), clock::now()).expect("started");
    for profile in [TlsProfile::Compat, TlsProfile::Strict] {
        let config = server::tls::server_config(profile, watcher.live()).expect("settings");
        assert_eq!(config.max_early_data_size, 0);
        assert!(config.require_ems);
    }
}

#[test]
fn the_first_start_makes_an_authority_and_later_starts_keep_it() {
    let root = tempfile::tempdir().expect("a directory");
    let (layout, names) = (Layout::new(root.path()), default_names(&[]));
    own_certificate(&layout, &names, clock::now()).expect("made");
    let files = || {
        [
            layout.authority_certificate(),
            layout.authority_key(),
            layout.server_certificate(),
            layout.server_key(),
        ]
        .map(|path| fs::read(path).expect("there"))
    };
    let first = files();
    own_certificate(&layout, &names, clock::now()).expect("loaded");
    assert!(first == files());
    for key in [layout.authority_key(), layout.server_key()] {
        assert_eq!(
            fs::metadata(key).expect("there").permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn the_own_certificate_is_issued_again_for_other_names_and_after_two_thirds_of_its_life() {
    // R094
    let root = tempfile::tempdir().expect("a directory");
    let (layout, names, now) = (Layout::new(root.path()), default_names(&[]), clock::now());
    let more = default_names(&["iot.example.org".parse().expect("a name")]);
    let certificate = |names, now| {
        own_certificate(&layout, names, now).expect("served");
        fs::read(layout.server_certificate()).expect("there")
    };
    let first = certificate(&names, now);
    assert!(
        first == certificate(&names, now.plus_millis(240 * DAY_MILLIS)),
        "too early"
    );
    let authority = fs::read(layout.authority_certificate()).expect("there");
    let renewed = certificate(&names, now.plus_millis(250 * DAY_MILLIS));
    assert!(first != renewed);
    assert!(renewed != certificate(&more, now.plus_millis(250 * DAY_MILLIS)));
    assert!(authority == fs::read(layout.authority_certificate()).expect("there"));
}

#[test]
fn the_own_certificate_names_what_the_configuration_names() {
    let environment = [
        ("HOLDFAST__BASE_URL", "https://[2001:db8::7]:8443"),
        ("HOLDFAST__HTTPS__LISTEN", "192.0.2.1:443"),
        ("HOLDFAST__TLS__NAMES", "iot.example.org"),
    ];
    let sources = Sources {
        environment: environment
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        ..Sources::default()
    };
    let config = config::load(&sources).expect("good").config;
    let CertificateSource::Own { names, .. } = CertificateSource::configured(&config) else {
        unreachable!("no certificate was given")
    };
    for name in [
        "localhost",
        "127.0.0.1",
        "::1",
        "iot.example.org",
        "2001:db8::7",
        "192.0.2.1",
    ] {
        assert!(names.contains(&name.parse().expect("a name")), "{name}");
    }
}

#[test]
fn a_pair_that_a_crash_left_half_written_is_issued_again() {
    let root = tempfile::tempdir().expect("a directory");
    let (layout, names, now) = (Layout::new(root.path()), default_names(&[]), clock::now());
    own_certificate(&layout, &names, now).expect("made");
    let other = tempfile::tempdir().expect("a directory");
    own_certificate(&Layout::new(other.path()), &names, now).expect("made");
    fs::copy(Layout::new(other.path()).server_key(), layout.server_key()).expect("copied");
    own_certificate(&layout, &names, now).expect("issued again");
    // An authority without its certificate is no authority yet; one without its key cannot be mended silently.
    fs::remove_file(layout.authority_certificate()).expect("removed");
    own_certificate(&layout, &names, now).expect("made again");
    fs::remove_file(layout.authority_key()).expect("removed");
    let refused = own_certificate(&layout, &names, now);
    assert!(matches!(refused, Err(TlsError::AuthorityKeyMissing(_))));
}

#[test]
fn a_given_certificate_is_served_and_a_missing_or_expired_one_is_refused() {
    let root = tempfile::tempdir().expect("a directory");
    let now = clock::now();
    let missing = CertificateWatcher::start(given(root.path()), now).err();
    assert!(matches!(missing, Some(TlsError::File(DataDirError::Io { .. }))));
    let until = give(root.path(), now);
    let watcher = CertificateWatcher::start(given(root.path()), now).expect("served");
    assert_eq!(watcher.live().current().validity.not_after, until);
    let expired = CertificateWatcher::start(given(root.path()), until.plus_millis(1_000)).err();
    assert!(matches!(expired, Some(TlsError::NotValidNow(_))));
}

#[test]
fn a_changed_certificate_is_taken_and_a_broken_one_is_not() {
    // R131
    let root = tempfile::tempdir().expect("a directory");
    let now = clock::now();
    let first = give(root.path(), now);
    let mut watcher = CertificateWatcher::start(given(root.path()), now).expect("served");
    let live = watcher.live();
    let until = || live.current().validity.not_after;
    assert!(matches!(watcher.check(now), Reload::Unchanged));

    let second = give(root.path(), now.plus_millis(-DAY_MILLIS));
    assert!(matches!(watcher.check(now), Reload::Replaced));
    assert!(first != second && until() == second);

    fs::write(root.path().join("server.pem"), "broken").expect("written");
    assert!(matches!(
        watcher.check(now),
        Reload::Kept(TlsError::Certificate { .. })
    ));
    assert_eq!(until(), second);
    assert!(
        matches!(watcher.check(now), Reload::Unchanged),
        "one report per change"
    );

    fs::remove_file(root.path().join("server.key")).expect("removed");
    assert!(matches!(watcher.check(now), Reload::Kept(_)));
    assert_eq!(until(), second);

    give(root.path(), now);
    assert!(matches!(watcher.check(now), Reload::Replaced));
    let other = tempfile::tempdir().expect("a directory");
    give(other.path(), now);
    fs::copy(other.path().join("server.key"), root.path().join("server.key")).expect("copied");
    assert!(matches!(
        watcher.check(now),
        Reload::Kept(TlsError::Mismatch { .. })
    ));
}

#[tokio::test]
async fn a_renewed_certificate_is_served_to_new_connections() {
    // R094, R131
    let mut served = Served::start(TlsProfile::Compat, patient(), whoami).await;
    let leaf = |stream: &tokio_rustls::client::TlsStream<_>| {
        let (_, session): (&tokio::net::TcpStream, _) = stream.get_ref();
        session.peer_certificates().expect("a chain")[0].clone()
    };
    let open = served.tls("http/1.1", BOTH).await.expect("connected");
    let before = leaf(&open);
    // Due after two thirds of a year; backdating keeps the new one valid today.
    fs::remove_file(served.layout.server_certificate()).expect("removed");
    assert!(matches!(served.watcher.check(clock::now()), Reload::Replaced));
    let after = leaf(&served.tls("http/1.1", BOTH).await.expect("connected"));
    assert!(before != after);
    assert!(before == leaf(&open), "open connections are left alone");
}
