//! A corpus of chains that must not let anybody in, each wrong in one way, beside some that must (R068).

use crate::trusted::{Ca, authority_params, now, params, read};
use model::registration::DeviceId;
use pki::certificate::Certificate;
use pki::chain::Chain;
use rcgen::string::BmpString;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
    PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, SanType, SerialNumber, SignatureAlgorithm,
};
use std::net::Ipv4Addr;

/// What is shown, and what is trusted.
type Shown = (Vec<Vec<u8>>, Vec<Certificate>);

/// The device that is let in, judged as at a sign-in: the bytes, the path, the name.
fn let_in((shown, trusted): &Shown) -> Option<DeviceId> {
    let chain = Chain::from_ders(shown).ok()?;
    chain.verify(trusted, now()).ok()?;
    chain.leaf()?.common_name()?.parse().ok()
}

fn der(certificate: &Certificate) -> Vec<u8> {
    certificate.der().to_vec()
}

fn root() -> Ca {
    Ca::root(authority_params("Factory CA", None))
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

/// A device below the authority, made a little different.
fn device(tweak: impl FnOnce(&mut CertificateParams)) -> Shown {
    let root = root();
    let mut wanted = params("SN-1", (-1, 10));
    tweak(&mut wanted);
    (vec![der(&root.sign(&wanted, &key()))], vec![root.certificate])
}

/// A device below an authority between, which is made a little different.
fn between(
    tweak: impl FnOnce(&mut CertificateParams),
    tweak_device: impl FnOnce(&mut CertificateParams),
) -> Shown {
    let root = root();
    let mut wanted = authority_params("Line CA", None);
    tweak(&mut wanted);
    let line = root.below(wanted);
    let mut wanted = params("SN-1", (-1, 10));
    tweak_device(&mut wanted);
    let device = line.sign(&wanted, &key());
    (vec![der(&device), der(&line.certificate)], vec![root.certificate])
}

/// A device below a trusted certificate that is made a little different.
fn below(tweak: impl FnOnce(&mut CertificateParams)) -> Shown {
    let mut wanted = authority_params("Factory CA", None);
    tweak(&mut wanted);
    let root = Ca::root(wanted);
    (vec![der(&root.device("SN-1"))], vec![root.certificate])
}

fn named(name: impl Into<DnValue>) -> Shown {
    let name = name.into();
    device(|wanted| {
        wanted.distinguished_name = DistinguishedName::new();
        wanted.distinguished_name.push(DnType::CommonName, name);
    })
}

/// A device with a key of this kind, below an authority with one.
fn with_keys(algorithm: &'static SignatureAlgorithm) -> Shown {
    let [own, above] = [(); 2].map(|()| KeyPair::generate_for(algorithm).expect("a key"));
    let root = authority_params("Factory CA", None);
    let certificate = read(root.self_signed(&above).expect("signed").der());
    let issuer = Issuer::from_params(&root, &above);
    let device = params("SN-1", (-1, 10)).signed_by(&own, &issuer).expect("signed");
    (vec![device.der().to_vec()], vec![certificate])
}

fn by_itself(pem: &str) -> Shown {
    let own = Certificate::chain_from_pem(pem).expect("a certificate").remove(0);
    (vec![der(&own)], vec![own])
}

fn flipped(byte: impl FnOnce(&[u8]) -> usize) -> Shown {
    let (mut shown, trusted) = device(|_| {});
    let place = byte(&shown[0]);
    shown[0][place] ^= 1;
    (shown, trusted)
}

fn strange(critical: bool) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(critical);
    extension
}

fn only(permitted: GeneralSubtree) -> Option<NameConstraints> {
    Some(NameConstraints {
        permitted_subtrees: vec![permitted],
        excluded_subtrees: Vec::new(),
    })
}

fn host(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("a name"))
}

fn long_chain(length: usize) -> Shown {
    let root = root();
    let (mut above, mut shown) = (root.below(authority_params("0", None)), Vec::new());
    for place in 1..length {
        shown.insert(0, der(&above.certificate));
        above = above.below(authority_params(&place.to_string(), None));
    }
    shown.insert(0, der(&above.certificate));
    shown.insert(0, der(&above.device("SN-1")));
    (shown, vec![root.certificate])
}

#[test]
fn what_is_right_is_let_in() {
    let trusted_itself = Ca::root(authority_params("SN-1", None)).certificate;
    for (what, shown) in [
        ("a device", device(|_| {})),
        ("one below another authority", between(|_| {}, |_| {})),
        (
            "one that is trusted itself",
            (vec![der(&trusted_itself)], vec![trusted_itself]),
        ),
        (
            "one for clients",
            device(|wanted| {
                wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }),
        ),
        (
            "an extension that nobody has to know",
            device(|wanted| {
                wanted.custom_extensions.push(strange(false));
            }),
        ),
        (
            "a name that is allowed",
            below(|root| {
                root.name_constraints = only(GeneralSubtree::DnsName("example.org".to_owned()));
            }),
        ),
        ("P-384", with_keys(&PKCS_ECDSA_P384_SHA384)),
        ("P-521", with_keys(&PKCS_ECDSA_P521_SHA512)),
        ("Ed25519", with_keys(&PKCS_ED25519)),
    ] {
        assert_eq!(
            let_in(&shown).as_ref().map(DeviceId::as_str),
            Some("SN-1"),
            "{what}"
        );
    }
}

fn wrong_times() -> Vec<(&'static str, Shown)> {
    let days = |from: i64, to: i64| {
        let sample = params("x", (from, to));
        (sample.not_before, sample.not_after)
    };
    let set = move |from, to| {
        move |wanted: &mut CertificateParams| (wanted.not_before, wanted.not_after) = days(from, to)
    };
    vec![
        ("expired", device(set(-10, -1))),
        ("not yet valid", device(set(1, 10))),
        ("never valid", device(set(10, -10))),
        ("expired authority between", between(set(-10, -1), |_| {})),
        (
            "authority between that is not yet valid",
            between(set(1, 10), |_| {}),
        ),
        ("expired authority", below(set(-10, -1))),
        ("authority that is not yet valid", below(set(1, 10))),
        ("expired, trusted itself", {
            let mut wanted = authority_params("SN-1", None);
            set(-10, -1)(&mut wanted);
            let own = Ca::root(wanted).certificate;
            (vec![der(&own)], vec![own])
        }),
    ]
}

fn wrong_uses() -> Vec<(&'static str, Shown)> {
    let uses = |usage: ExtendedKeyUsagePurpose| {
        move |wanted: &mut CertificateParams| wanted.extended_key_usages = vec![usage]
    };
    vec![
        ("for servers", device(uses(ExtendedKeyUsagePurpose::ServerAuth))),
        ("for mail", device(uses(ExtendedKeyUsagePurpose::EmailProtection))),
        ("for code", device(uses(ExtendedKeyUsagePurpose::CodeSigning))),
        (
            "authority between for servers",
            between(uses(ExtendedKeyUsagePurpose::ServerAuth), |_| {}),
        ),
        ("for servers, trusted itself", {
            let mut wanted = authority_params("SN-1", None);
            uses(ExtendedKeyUsagePurpose::ServerAuth)(&mut wanted);
            let own = Ca::root(wanted).certificate;
            (vec![der(&own)], vec![own])
        }),
        (
            "an authority as device",
            device(|wanted| {
                wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }),
        ),
        (
            "signed by a device",
            between(|line| line.is_ca = IsCa::ExplicitNoCa, |_| {}),
        ),
        (
            "signed by one that says nothing of authorities",
            between(|line| line.is_ca = IsCa::NoCa, |_| {}),
        ),
        (
            "authority that signs no certificates",
            below(|root| {
                root.key_usages = vec![KeyUsagePurpose::CrlSign];
            }),
        ),
        (
            "trusted certificate of no authority",
            below(|root| root.is_ca = IsCa::ExplicitNoCa),
        ),
        (
            "critical extension",
            device(|wanted| wanted.custom_extensions.push(strange(true))),
        ),
        (
            "critical extension between",
            between(|line| line.custom_extensions.push(strange(true)), |_| {}),
        ),
        (
            "critical extension above",
            below(|root| root.custom_extensions.push(strange(true))),
        ),
        ("more authorities than the trusted one allows", {
            let root = Ca::root(authority_params("Factory CA", Some(0)));
            let line = root.below(authority_params("Line CA", None));
            (
                vec![der(&line.device("SN-1")), der(&line.certificate)],
                vec![root.certificate],
            )
        }),
        ("more authorities than one between allows", {
            let root = root();
            let line = root.below(authority_params("Line CA", Some(0)));
            let cell = line.below(authority_params("Cell CA", None));
            let shown = [&cell.device("SN-1"), &cell.certificate, &line.certificate].map(der);
            (shown.to_vec(), vec![root.certificate])
        }),
        (
            "host name that is not allowed",
            between(
                |line| line.name_constraints = only(GeneralSubtree::DnsName("example.org".to_owned())),
                |device| device.subject_alt_names = vec![host("sn-1.example.com")],
            ),
        ),
        (
            "host name that is forbidden",
            between(
                |line| {
                    line.name_constraints = Some(NameConstraints {
                        permitted_subtrees: Vec::new(),
                        excluded_subtrees: vec![GeneralSubtree::DnsName("example.org".to_owned())],
                    });
                },
                |device| device.subject_alt_names = vec![host("sn-1.example.org")],
            ),
        ),
        (
            "address that is not allowed",
            between(
                |line| {
                    let net = CidrSubnet::from_v4_prefix([10, 0, 0, 0], 8);
                    line.name_constraints = only(GeneralSubtree::IpAddress(net));
                },
                |device| {
                    device.subject_alt_names = vec![SanType::IpAddress(Ipv4Addr::new(192, 0, 2, 1).into())];
                },
            ),
        ),
    ]
}

fn wrong_paths() -> Vec<(&'static str, Shown)> {
    let (good, trusted) = between(|_| {}, |_| {});
    let own = params("SN-1", (-1, 10)).self_signed(&key()).expect("signed");
    let (own, twin) = (own.der().to_vec(), root());
    let mut headed = vec![own.clone()];
    headed.extend(good.clone());
    let mut reversed = good.clone();
    reversed.reverse();
    let [a, b] = ["A", "B"].map(|name| Ca::root(authority_params(name, None)));
    let circle = [
        a.device("SN-1"),
        b.sign(&a.params, &a.key),
        a.sign(&b.params, &b.key),
    ];
    vec![
        ("nothing trusted", (good.clone(), Vec::new())),
        (
            "another's authority of the same name",
            (good.clone(), vec![twin.certificate.clone()]),
        ),
        (
            "the authority between is missing",
            (vec![good[0].clone()], trusted.clone()),
        ),
        ("signed by itself", (vec![own], trusted.clone())),
        ("somebody else's certificate first", (headed, trusted.clone())),
        ("the wrong way round", (reversed, trusted.clone())),
        ("a circle", (circle.iter().map(der).collect(), trusted.clone())),
        ("the authority itself between strangers", {
            let mut shown = vec![der(&twin.device("SN-1"))];
            shown.extend(trusted.iter().map(der));
            (shown, trusted.clone())
        }),
        ("none", (Vec::new(), trusted)),
        ("too long", long_chain(10)),
    ]
}

fn wrong_names() -> Vec<(&'static str, Shown)> {
    vec![
        (
            "no name",
            device(|wanted| {
                wanted.distinguished_name = DistinguishedName::new();
                wanted.distinguished_name.push(DnType::OrganizationName, "SN-1");
            }),
        ),
        ("an empty name", named("")),
        ("a name with a zero byte", named("SN-1\0.example.org")),
        ("a name on two lines", named("SN-1\r\nX: y")),
        ("another tenant's user", named("t200/device_SN-1")),
        ("a user with a password", named("SN-1:secret")),
        ("a wildcard of topics", named("+")),
        ("a topic of the broker", named("$SYS")),
        ("a blank", named("SN 1")),
        ("a name that is too long", named("S".repeat(251))),
        (
            "a name in another alphabet of bytes",
            named(DnValue::BmpString(BmpString::try_from("SN-1").expect("a text"))),
        ),
    ]
}

fn wrong_bytes() -> Vec<(&'static str, Shown)> {
    let tweaked = |change: fn(&mut Vec<u8>)| {
        let (mut shown, trusted) = device(|_| {});
        change(&mut shown[0]);
        (shown, trusted)
    };
    let place_of = |needle: &'static [u8]| {
        move |bytes: &[u8]| {
            let found = bytes.windows(needle.len()).position(|window| window == needle);
            found.expect("in it") + needle.len() - 1
        }
    };
    vec![
        ("another name than was signed", flipped(place_of(b"SN-1"))),
        (
            "a signature with one bit turned",
            flipped(|bytes| bytes.len() - 1),
        ),
        ("bytes behind it", tweaked(|bytes| bytes.push(0))),
        ("cut off", tweaked(|bytes| bytes.truncate(100))),
        ("empty", tweaked(Vec::clear)),
        ("no certificate", tweaked(|bytes| bytes.fill(0x30))),
        (
            "too large",
            device(|wanted| {
                let content = vec![0; 20_000];
                wanted
                    .custom_extensions
                    .push(CustomExtension::from_oid_content(&[1, 2, 3], content));
            }),
        ),
        (
            "a serial number of nothing",
            device(|wanted| {
                wanted.serial_number = Some(SerialNumber::from_slice(&[0]));
            }),
        ),
        (
            "a serial number without an end",
            device(|wanted| {
                wanted.serial_number = Some(SerialNumber::from_slice(&[0x71; 40]));
            }),
        ),
        ("a short RSA key", by_itself(include_str!("weak/rsa1024.pem"))),
        (
            "a curve that is not taken",
            by_itself(include_str!("weak/secp256k1.pem")),
        ),
        ("SHA-1", by_itself(include_str!("weak/sha1.pem"))),
        ("version 1", by_itself(include_str!("weak/v1.pem"))),
    ]
}

// R068
#[test]
fn nothing_of_the_corpus_is_let_in() {
    let all = [
        wrong_times(),
        wrong_uses(),
        wrong_paths(),
        wrong_names(),
        wrong_bytes(),
    ]
    .concat();
    assert!(all.len() >= 40, "{}", all.len());
    let wrongly: Vec<_> = all
        .iter()
        .filter_map(|(what, shown)| Some((what, let_in(shown)?)))
        .collect();
    assert!(wrongly.is_empty(), "let in: {wrongly:?}");
}

// R068: whatever a stranger sends, nothing breaks
#[test]
fn every_byte_of_a_certificate_may_be_wrong() {
    let (shown, trusted) = device(|_| {});
    for place in 0..shown[0].len() {
        for bits in [0x01, 0x80, 0xff] {
            let mut altered = shown.clone();
            altered[0][place] ^= bits;
            assert_eq!(let_in(&(altered, trusted.clone())), None, "{place}");
        }
    }
}
