//! Certificates for devices: requests in, certificates and lists out, judged by the library that TLS uses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::certificates::{RevokedSerial, SerialNumber};
use model::time::Timestamp;
use pki::authority::{Authority, AuthorityError, DEVICE_DAYS, Holder, Serial, TENANT_AUTHORITY_DAYS};
use pki::bundle::certificates_only;
use pki::certificate::Certificate;
use pki::chain::{BadChain, Chain};
use pki::key::PrivateKey;
use pki::request::{BadRequest, CertificateRequest};
use pki::signer::LocalSigner;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256,
    SignatureAlgorithm,
};
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

fn now() -> Timestamp {
    "2026-11-21T07:40:22.000Z".parse().expect("a time")
}

fn authority(tenant: &str) -> Authority {
    let signer = LocalSigner::new(&PrivateKey::generate().expect("a key")).expect("a signer");
    Authority::generate_of_tenant(tenant, now(), Serial::from_random([1; 16]), Box::new(signer))
        .expect("an authority")
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn request_of(params: &CertificateParams, algorithm: &'static SignatureAlgorithm) -> Vec<u8> {
    let key = KeyPair::generate_for(algorithm).expect("a key");
    params.serialize_request(&key).expect("a request").der().to_vec()
}

fn holder(device: &str) -> Holder<'_> {
    Holder {
        tenant: "t100",
        device,
        list: "https://t100.example.org/certificate-authority/crl",
    }
}

fn issue(authority: &Authority, request: &[u8]) -> Certificate {
    let request = CertificateRequest::read(request).expect("a request");
    let serial = Serial::from_random([7; 16]);
    authority
        .issue_device(&holder(&request.name), &request.key, now(), serial)
        .expect("issued")
}

// R076 R083
#[test]
fn a_device_gets_a_certificate_for_its_key_and_nothing_that_it_asks_for_besides() {
    let authority = authority("t100");
    let mut greedy = params("SN-1");
    greedy.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    greedy.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    greedy.subject_alt_names = vec![rcgen::SanType::DnsName(
        "evil.example.org".try_into().expect("a name"),
    )];
    greedy
        .distinguished_name
        .push(DnType::OrganizationName, "Somebody else");
    for algorithm in [
        &PKCS_ECDSA_P256_SHA256,
        &PKCS_ECDSA_P384_SHA384,
        &PKCS_ECDSA_P521_SHA512,
        &PKCS_ED25519,
    ] {
        let certificate = issue(&authority, &request_of(&greedy, algorithm));
        let facts = certificate.facts().expect("facts");
        assert_eq!((facts.subject.as_str(), facts.version), ("CN=SN-1", 3));
        assert!(certificate.server_names().is_empty());
        let (_, parsed) = X509Certificate::from_der(certificate.der()).expect("a certificate");
        assert!(!parsed.is_ca());
        let usage = parsed.key_usage().expect("readable").expect("a usage").value;
        assert!(usage.digital_signature() && !usage.key_cert_sign());
        let names = parsed
            .subject_alternative_name()
            .expect("readable")
            .expect("names");
        assert_eq!(names.value.general_names.len(), 1);
        assert!(format!("{:?}", names.value).contains("urn:x-holdfast:device:t100:SN-1"));
        let shown = format!("{:?}", parsed.extensions());
        assert!(shown.contains("https://t100.example.org/certificate-authority/crl"));
        let chain = Chain::new(vec![certificate]).expect("a chain");
        assert!(
            chain
                .verify(std::slice::from_ref(authority.certificate()), now())
                .is_ok()
        );
        let twin = self::authority("t100");
        let twin = std::slice::from_ref(twin.certificate());
        assert_eq!(chain.verify(twin, now()), Err(BadChain::Untrusted));
    }
}

// R083
#[test]
fn lives_end_with_the_authority_and_serial_numbers_are_long() {
    let authority = authority("t100");
    let days =
        |certificate: &Certificate| (certificate.validity().not_after.millis() - now().millis()) / DAY_MILLIS;
    assert_eq!(days(authority.certificate()), TENANT_AUTHORITY_DAYS);
    let request = request_of(&params("d"), &PKCS_ECDSA_P256_SHA256);
    assert_eq!(days(&issue(&authority, &request)), DEVICE_DAYS);
    let read = CertificateRequest::read(&request).expect("a request");
    let at = |days: i64| {
        let serial = Serial::from_random([7; 16]);
        let now = now().plus_millis(days * DAY_MILLIS);
        authority.issue_device(&holder("d"), &read.key, now, serial)
    };
    let late = at(TENANT_AUTHORITY_DAYS - 10).expect("issued");
    assert_eq!(
        late.validity().not_after,
        authority.certificate().validity().not_after
    );
    assert_eq!(
        at(TENANT_AUTHORITY_DAYS + 1).err(),
        Some(AuthorityError::NotValidNow)
    );
    assert_eq!(late.serial().expect("a number").bytes().len(), 16);
    let long = "d".repeat(65);
    let serial = Serial::from_random([7; 16]);
    let issued = authority.issue_device(&holder(&long), &read.key, now(), serial);
    assert_eq!(issued.err(), Some(AuthorityError::Name));
}

// R076
#[test]
fn a_request_is_read_in_every_form_and_must_show_the_key() {
    let der = request_of(&params("SN-1"), &PKCS_ECDSA_P256_SHA256);
    let base64 = STANDARD.encode(&der);
    let lines: Vec<_> = base64
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let pem = format!(
        "-----BEGIN NEW CERTIFICATE REQUEST-----\r\n{}\r\n-----END NEW CERTIFICATE REQUEST-----\r\n",
        lines.join("\r\n")
    );
    let expected = CertificateRequest::read(&der).expect("a request");
    assert_eq!(expected.name, "SN-1");
    for form in [base64.clone(), lines.join("\n"), format!("{base64}\n"), pem] {
        assert_eq!(CertificateRequest::read(form.as_bytes()).as_ref(), Ok(&expected));
    }
    // Somebody else's key in it: the last byte of the key is another.
    let key = expected.key.encoded();
    let place = der
        .windows(key.len())
        .position(|window| window == key)
        .expect("the key");
    let mut forged = der.clone();
    forged[place + key.len() - 1] ^= 1;
    assert_eq!(CertificateRequest::read(&forged), Err(BadRequest::Signature));
    let mut trailing = der.clone();
    trailing.push(0);
    let huge = vec![b'A'; 20_000];
    for bad in [&b""[..], b"nothing", &der[..50], &trailing, &huge] {
        assert_eq!(CertificateRequest::read(bad), Err(BadRequest::Unreadable));
    }
    let mut two = params("SN-1");
    two.distinguished_name = DistinguishedName::new();
    let nobody = request_of(&two, &PKCS_ECDSA_P256_SHA256);
    assert_eq!(CertificateRequest::read(&nobody), Err(BadRequest::Name));
}

#[test]
fn a_device_may_have_an_rsa_key() {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
    let request = params("d").serialize_request(&key).expect("a request");
    issue(&authority("t100"), request.der());
}

#[test]
fn what_is_sent_is_signed_data_with_nothing_but_certificates() {
    let authority = authority("t100");
    let device = issue(&authority, &request_of(&params("d"), &PKCS_ECDSA_P256_SHA256));
    for certificates in [
        vec![],
        vec![device.clone()],
        vec![device, authority.certificate().clone()],
    ] {
        let message = certificates_only(&certificates);
        let inside: Vec<u8> = certificates.iter().flat_map(|one| one.der().to_vec()).collect();
        assert!(inside.is_empty() || message.windows(inside.len()).any(|window| window == inside));
        let (rest, parsed) = x509_parser::der_parser::parse_der(&message).expect("DER");
        assert!(rest.is_empty());
        let outer = parsed.as_sequence().expect("a sequence");
        assert_eq!(
            outer[0].as_oid().expect("an id").to_id_string(),
            "1.2.840.113549.1.7.2"
        );
    }
}

// R068: RFC 5280, section 5
#[test]
fn a_list_of_what_is_revoked_is_signed_and_numbered() {
    let authority = authority("t100");
    let serial: SerialNumber = "0abc".parse().expect("a number");
    let revoked = [RevokedSerial { serial, since: now() }];
    for (revoked, number) in [(&revoked[..], 5), (&[], 6)] {
        let list = authority.revocation_list(revoked, number, now()).expect("signed");
        let (_, parsed) = CertificateRevocationList::from_der(&list).expect("a list");
        let found: Vec<_> = parsed
            .iter_revoked_certificates()
            .map(|one| one.raw_serial().to_vec())
            .collect();
        assert_eq!(found.len(), revoked.len());
        assert_eq!(
            parsed.crl_number().map(ToString::to_string),
            Some(number.to_string())
        );
        let (_, own) = X509Certificate::from_der(authority.certificate().der()).expect("a certificate");
        assert!(parsed.verify_signature(own.public_key()).is_ok());
        assert!(parsed.next_update().is_some());
    }
}
