//! Certificates of the authority, verified by rustls as any client would.

use model::time::Timestamp;
use pki::authority::{Authority, AuthorityError, Serial};
use pki::certificate::Certificate;
use pki::key::PrivateKey;
use pki::names::ServerName;
use pki::signer::{LocalSigner, Signer, SignerFailed};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls_pki_types::UnixTime;
use std::sync::Arc;
use std::time::Duration;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

fn now() -> Timestamp {
    "2026-11-21T07:40:22.219Z".parse().expect("a time")
}

fn serial(number: u8) -> Serial {
    Serial::from_random([number; 16])
}

fn signer() -> Box<dyn Signer> {
    Box::new(LocalSigner::new(&PrivateKey::generate().expect("a key")).expect("a signer"))
}

fn authority() -> Authority {
    Authority::generate("Holdfast test authority", now(), serial(1), signer()).expect("an authority")
}

fn names(names: &[&str]) -> Vec<ServerName> {
    names.iter().map(|name| name.parse().expect("a name")).collect()
}

fn server(authority: &Authority, hosts: &[&str]) -> Certificate {
    let key = PrivateKey::generate().expect("a key");
    authority
        .issue_server(&names(hosts), &key, now(), serial(2))
        .expect("issued")
}

fn accepts(root: &Certificate, leaf: &Certificate, host: &str, at: Timestamp) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .expect("a verifier");
    let at = UnixTime::since_unix_epoch(Duration::from_millis(at.millis().unsigned_abs()));
    let host = host.to_owned().try_into().expect("a host");
    verifier
        .verify_server_cert(leaf.der(), &[], &host, &[], at)
        .is_ok()
}

#[test]
fn a_client_that_trusts_the_authority_accepts_its_server_under_every_name() {
    // R063, R067, R076
    let authority = authority();
    let hosts = ["localhost", "127.0.0.1", "::1", "iot.example.org"];
    let leaf = server(&authority, &hosts);
    for host in hosts {
        assert!(accepts(authority.certificate(), &leaf, host, now()), "{host}");
    }
    assert_eq!(leaf.server_names(), names(&hosts));
}

#[test]
fn another_name_another_time_and_another_authority_are_refused() {
    // R067, R068
    let authority = authority();
    let leaf = server(&authority, &["localhost"]);
    let root = authority.certificate();
    assert!(!accepts(root, &leaf, "example.org", now()));
    assert!(!accepts(
        root,
        &leaf,
        "localhost",
        now().plus_millis(-2 * DAY_MILLIS)
    ));
    assert!(!accepts(
        root,
        &leaf,
        "localhost",
        now().plus_millis(366 * DAY_MILLIS)
    ));
    let same_name = Authority::generate("Holdfast test authority", now(), serial(1), signer()).expect("made");
    assert!(!accepts(same_name.certificate(), &leaf, "localhost", now()));
}

#[test]
fn a_server_certificate_cannot_issue_certificates() {
    // R068
    let authority = authority();
    let leaf = server(&authority, &["localhost"]);
    assert!(!accepts(&leaf, &leaf, "localhost", now()));
    assert_eq!(
        Authority::load(&leaf.to_pem(), signer()).err(),
        Some(AuthorityError::NotAnAuthority)
    );
    // And the authority itself is no server.
    assert!(!accepts(
        authority.certificate(),
        authority.certificate(),
        "localhost",
        now()
    ));
}

#[test]
fn an_authority_comes_back_from_its_certificate_and_its_key() {
    let key = PrivateKey::generate().expect("a key");
    let signer = || Box::new(LocalSigner::new(&key).expect("a signer"));
    let first = Authority::generate("A", now(), serial(1), signer()).expect("made");
    let text = first.certificate().to_pem();
    let again = Authority::load(&text, signer()).expect("loaded");
    let leaf = server(&again, &["localhost"]);
    assert!(accepts(first.certificate(), &leaf, "localhost", now()));
}

#[test]
fn a_certificate_with_the_key_of_another_is_refused() {
    let text = authority().certificate().to_pem();
    assert_eq!(
        Authority::load(&text, signer()).err(),
        Some(AuthorityError::OtherKey)
    );
}

#[test]
fn lives_are_ten_years_and_one_year_and_never_beyond_the_authority() {
    let authority = authority();
    let own = authority.certificate().validity();
    assert_eq!(own.not_after.to_string(), "2036-11-20T07:40:22.000Z");
    let leaf = server(&authority, &["localhost"]).validity();
    assert_eq!(leaf.not_after.to_string(), "2027-11-21T07:40:22.000Z");
    assert_eq!(leaf.not_before.to_string(), "2026-11-21T06:40:22.000Z");

    let key = PrivateKey::generate().expect("a key");
    let late = own.not_after.plus_millis(-DAY_MILLIS);
    let last = authority
        .issue_server(&names(&["localhost"]), &key, late, serial(3))
        .expect("issued");
    assert_eq!(last.validity().not_after, own.not_after);
    let after = own.not_after.plus_millis(1);
    assert_eq!(
        authority
            .issue_server(&names(&["localhost"]), &key, after, serial(4))
            .err(),
        Some(AuthorityError::NotValidNow)
    );
}

#[test]
fn names_of_authorities_and_counts_of_server_names_have_limits() {
    for (name, ok) in [
        ("", false),
        ("A", true),
        (&*"a".repeat(64), true),
        (&*"a".repeat(65), false),
        ("a\nb", false),
    ] {
        let made = Authority::generate(name, now(), serial(1), signer());
        assert_eq!(made.err(), (!ok).then_some(AuthorityError::Name), "{name:?}");
    }
    let key = PrivateKey::generate().expect("a key");
    let authority = authority();
    for (count, ok) in [(0, false), (100, true), (101, false)] {
        let many: Vec<ServerName> = (0..count)
            .map(|number| format!("h{number}.example.org").parse().expect("a name"))
            .collect();
        let issued = authority.issue_server(&many, &key, now(), serial(2));
        assert_eq!(
            issued.err(),
            (!ok).then_some(AuthorityError::ServerNames),
            "{count}"
        );
    }
}

/// A signer in another process that is gone.
struct Unreachable;

impl Signer for Unreachable {
    fn public_key(&self) -> &[u8] {
        &[4; 65]
    }

    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, SignerFailed> {
        Err(SignerFailed)
    }
}

#[test]
fn nothing_is_issued_when_the_signer_fails() {
    let made = Authority::generate("A", now(), serial(1), Box::new(Unreachable));
    assert_eq!(made.err(), Some(AuthorityError::Signing));
}
