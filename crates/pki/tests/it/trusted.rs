//! Certificates that tenants bring along, made with another program's means, and chains below them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::time::Timestamp;
use pki::certificate::Certificate;
use pki::chain::{BadChain, Chain};
use pki::trusted::Unfit;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SigningKey,
};
use time::OffsetDateTime;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

pub(crate) fn now() -> Timestamp {
    "2026-11-21T07:40:22.219Z".parse().expect("a time")
}

pub(crate) fn params(name: &str, days: (i64, i64)) -> CertificateParams {
    let at = |days: i64| {
        let millis = now().millis() + days * DAY_MILLIS;
        OffsetDateTime::from_unix_timestamp(millis / 1_000).expect("a time")
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "DE");
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (at(days.0), at(days.1));
    params
}

pub(crate) fn authority_params(name: &str, path: Option<u8>) -> CertificateParams {
    let mut params = params(name, (-10, 100));
    params.is_ca = IsCa::Ca(path.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

pub(crate) struct Ca {
    pub(crate) params: CertificateParams,
    pub(crate) key: KeyPair,
    pub(crate) certificate: Certificate,
}

pub(crate) fn read(der: &[u8]) -> Certificate {
    Certificate::from_der(der.to_vec().into()).expect("a certificate")
}

impl Ca {
    pub(crate) fn root(params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = read(params.self_signed(&key).expect("signed").der());
        Self {
            params,
            key,
            certificate,
        }
    }

    pub(crate) fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Certificate {
        let issuer = Issuer::from_params(&self.params, &self.key);
        read(params.signed_by(key, &issuer).expect("signed").der())
    }

    pub(crate) fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = self.sign(&params, &key);
        Self {
            params,
            key,
            certificate,
        }
    }

    pub(crate) fn device(&self, name: &str) -> Certificate {
        self.sign(&params(name, (-1, 10)), &KeyPair::generate().expect("a key"))
    }
}

fn chain(certificates: &[&Certificate]) -> Chain {
    Chain::new(certificates.iter().map(|&it| it.clone()).collect()).expect("a chain")
}

fn verified(certificates: &[&Certificate], trusted: &[&Certificate]) -> Result<usize, BadChain> {
    let trusted: Vec<Certificate> = trusted.iter().map(|&it| it.clone()).collect();
    chain(certificates)
        .verify(&trusted, now())
        .map(|path| path.anchor)
}

// R068
#[test]
fn only_certificates_of_authorities_that_are_strong_and_valid_are_fit() {
    let fit = |params: CertificateParams| Ca::root(params).certificate.check_anchor(now());
    assert_eq!(fit(authority_params("root", None)), Ok(()));
    let mut plain = authority_params("root", None);
    plain.key_usages.clear();
    assert_eq!(fit(plain), Ok(()), "keyUsage may be absent, as devices write it");
    let mut leaf = authority_params("root", None);
    leaf.is_ca = IsCa::ExplicitNoCa;
    assert_eq!(fit(leaf), Err(Unfit::NotAnAuthority));
    let mut usage = authority_params("root", None);
    usage.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    assert_eq!(fit(usage), Err(Unfit::NotAnAuthority));
    let mut old = params("root", (-10, -1));
    old.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(fit(old), Err(Unfit::Expired));
    let mut strange = authority_params("root", None);
    let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    strange.custom_extensions.push(extension);
    assert_eq!(fit(strange), Err(Unfit::Extension));
}

// R068: made with `openssl req -x509`, by keys and hashes that are too weak.
#[test]
fn weak_keys_and_hashes_are_refused() {
    for (text, expected) in [
        (
            include_str!("weak/rsa1024.pem"),
            Unfit::Key(pki::public_key::WeakKey),
        ),
        (include_str!("weak/sha1.pem"), Unfit::Signature),
        (include_str!("weak/v1.pem"), Unfit::Version),
        (
            include_str!("weak/secp256k1.pem"),
            Unfit::Key(pki::public_key::WeakKey),
        ),
    ] {
        let certificate = Certificate::one_from_text(text).expect("a certificate");
        assert_eq!(certificate.check_anchor(now()), Err(expected));
    }
}

#[test]
fn a_certificate_is_read_in_every_form_in_which_clients_send_it() {
    let certificate = Ca::root(authority_params("root", None)).certificate;
    let pem = certificate.to_pem();
    let bare = STANDARD.encode(certificate.der());
    let forms = [
        pem.clone(),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', " "),
        format!("subject=CN = root\n{pem}"),
        bare.clone(),
        format!(" {}\r\n{}", &bare[..64], &bare[64..]),
    ];
    for form in forms {
        assert_eq!(
            Certificate::one_from_text(&form).as_ref(),
            Ok(&certificate),
            "{form}"
        );
    }
    let two = format!("{pem}{pem}");
    let long = "A".repeat(100_000);
    for (bad, expected) in [
        ("", Unfit::Unreadable),
        (two.as_str(), Unfit::Unreadable),
        ("-----BEGIN CERTIFICATE-----", Unfit::Unreadable),
        (long.as_str(), Unfit::TooLarge),
        ("AAAA", Unfit::Unreadable),
    ] {
        assert_eq!(Certificate::one_from_text(bad), Err(expected));
    }
    let facts = certificate.facts().expect("facts");
    assert_eq!((facts.subject.as_str(), facts.version), ("CN=root, C=DE", 3));
    assert_eq!(facts.algorithm, "SHA256withECDSA");
    assert_eq!(facts.fingerprint.to_string().len(), 40);
}

// R068
#[test]
fn a_chain_leads_to_a_trusted_certificate_or_nowhere() {
    let root = Ca::root(authority_params("root", None));
    let middle = root.below(authority_params("middle", None));
    let other = Ca::root(authority_params("root", None));
    let (direct, below) = (root.device("SN-1"), middle.device("SN-1"));
    let none = Err(BadChain::Untrusted);
    assert_eq!(
        verified(&[&direct], &[&other.certificate, &root.certificate]),
        Ok(1)
    );
    assert_eq!(
        verified(&[&below, &middle.certificate], &[&root.certificate]),
        Ok(0)
    );
    assert_eq!(
        verified(
            &[&below, &middle.certificate, &root.certificate],
            &[&root.certificate]
        ),
        Ok(0),
        "the trusted one may be sent along"
    );
    assert_eq!(verified(&[&below], &[&middle.certificate]), Ok(0));
    assert_eq!(
        verified(&[&below], &[&root.certificate]),
        none,
        "one between is missing"
    );
    assert_eq!(
        verified(&[&direct], &[&other.certificate]),
        none,
        "of the same name, with another key"
    );
    assert_eq!(verified(&[&direct], &[]), none);
    assert_eq!(
        verified(
            &[&below, &middle.certificate, &root.certificate],
            &[&other.certificate]
        ),
        none
    );
    // A device's certificate signs nobody.
    let device = root.below(params("SN-1", (-1, 10)));
    let forged = device.device("SN-2");
    assert_eq!(
        verified(&[&forged, &device.certificate], &[&root.certificate]),
        none
    );
    // The chain is the device's own first: another one's in front is another device.
    assert_eq!(
        chain(&[&direct, &below])
            .leaf()
            .and_then(Certificate::common_name)
            .as_deref(),
        Some("SN-1")
    );
}

// R068
#[test]
fn lengths_of_paths_are_kept_to_and_times_and_usages() {
    let none = Err(BadChain::Untrusted);
    let root = Ca::root(authority_params("root", Some(0)));
    let middle = root.below(authority_params("middle", None));
    assert_eq!(verified(&[&root.device("d")], &[&root.certificate]), Ok(0));
    assert_eq!(
        verified(&[&middle.device("d"), &middle.certificate], &[&root.certificate]),
        none
    );

    let open = Ca::root(authority_params("open", None));
    let key = KeyPair::generate().expect("a key");
    for days in [(-10, -1), (1, 10)] {
        let device = open.sign(&params("d", days), &key);
        assert_eq!(verified(&[&device], &[&open.certificate]), none, "{days:?}");
    }
    let mut server = params("d", (-1, 10));
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    assert_eq!(verified(&[&open.sign(&server, &key)], &[&open.certificate]), none);
    server
        .extended_key_usages
        .push(ExtendedKeyUsagePurpose::ClientAuth);
    assert_eq!(
        verified(&[&open.sign(&server, &key)], &[&open.certificate]),
        Ok(0)
    );

    // Its own time is not over, but that of the authority above is.
    let mut old = params("old", (-10, 1));
    old.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let old = Ca::root(old);
    let device = old.device("d");
    let trusted = [old.certificate];
    let later = now().plus_millis(2 * DAY_MILLIS);
    assert!(chain(&[&device]).verify(&trusted, now()).is_ok());
    assert_eq!(
        chain(&[&device]).verify(&trusted, later),
        Err(BadChain::Untrusted)
    );
}

#[test]
fn a_certificate_that_is_trusted_itself_is_a_device_by_itself() {
    let own = Ca::root(authority_params("SN-1", None)).certificate;
    assert_eq!(verified(&[&own], &[&own]), Ok(0));
    let trusted = [own.clone()];
    let late = now().plus_millis(101 * DAY_MILLIS);
    assert_eq!(chain(&[&own]).verify(&trusted, late), Err(BadChain::Untrusted));
}

// R127
#[test]
fn long_chains_are_refused_before_anything_is_verified() {
    let root = Ca::root(authority_params("root", None));
    let device = root.device("d");
    let many = vec![device.clone(); 11];
    assert_eq!(Chain::new(many), Err(BadChain::TooLong));
    assert_eq!(Chain::new(Vec::new()), Err(BadChain::Unreadable));
    let text = device.to_pem().repeat(6);
    assert_eq!(Chain::from_text(&text, 5), Err(BadChain::TooLong));
    let on_one_line = format!("{}{}", device.to_pem(), root.certificate.to_pem()).replace('\n', " ");
    let chain = Chain::from_text(&on_one_line, 5).expect("a chain");
    assert_eq!(
        chain
            .verify(&[root.certificate], now())
            .map(|path| path.serials.len()),
        Ok(1)
    );
    assert_eq!(Chain::from_text("nothing", 5), Err(BadChain::Unreadable));
}

#[test]
fn whoever_holds_the_key_can_sign_a_code() {
    for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let certificate = read(
            authority_params("root", None)
                .self_signed(&key)
                .expect("signed")
                .der(),
        );
        let public = certificate.public_key().expect("a strong key");
        let signature = key.sign(b"the code").expect("signed");
        assert!(public.has_signed(b"the code", &signature));
        assert!(!public.has_signed(b"another", &signature));
        assert!(!public.has_signed(b"the code", b""));
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key");
    let certificate = read(
        authority_params("root", None)
            .self_signed(&key)
            .expect("signed")
            .der(),
    );
    assert!(certificate.public_key().is_ok());
}

// R068: names that would mean something else elsewhere.
#[test]
fn a_common_name_is_one_plain_text_or_none() {
    let root = Ca::root(authority_params("root", None));
    let named = |params: &CertificateParams| {
        root.sign(params, &KeyPair::generate().expect("a key"))
            .common_name()
    };
    assert_eq!(named(&params("SN-1", (-1, 1))).as_deref(), Some("SN-1"));
    assert_eq!(named(&params("SN-1\0.evil", (-1, 1))), None);
    assert_eq!(named(&params("a\r\nb", (-1, 1))), None);
    let mut nobody = params("x", (-1, 1));
    nobody.distinguished_name = rcgen::DistinguishedName::new();
    assert_eq!(named(&nobody), None);
}
