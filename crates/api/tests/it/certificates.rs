//! Trusted certificates over REST: whom of the devices a tenant lets in, and what is revoked.

use crate::files::send_form;
use crate::users::assert_documented;
use api::PeerCertificates;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use engine::certificates::Chain;
use model::limits::TRUSTED_CERTIFICATES_AT_ONCE_MAX;
use model::roles::Role;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SerialNumber,
    SigningKey, date_time_ymd,
};
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

pub(crate) const MINE: &str = "/tenant/tenants/t100/trusted-certificates";
pub(crate) const POP: &str = "/tenant/tenants/t100/trusted-certificates-pop";
const VERIFY: &str = "/tenant/trusted-certificates/verify-cert-chain";
pub(crate) const CRL: &str = "/tenant/trusted-certificates/settings/crl";

/// A certificate authority of somebody.
pub(crate) struct Ca {
    pub(crate) params: CertificateParams,
    pub(crate) key: KeyPair,
    pub(crate) pem: String,
}

pub(crate) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 6, 1);
    params
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serial_number = Some(SerialNumber::from(0x1000_u64));
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signed").pem();
        Self { params, key, pem }
    }

    /// The certificate of a device with this serial number.
    fn device(&self, name: &str, serial: u64) -> String {
        let mut wanted = params(name);
        wanted.serial_number = Some(SerialNumber::from(serial));
        let issuer = Issuer::from_params(&self.params, &self.key);
        let key = KeyPair::generate().expect("a key");
        wanted.signed_by(&key, &issuer).expect("signed").pem()
    }

    pub(crate) fn sign(&self, code: &str) -> String {
        STANDARD.encode(self.key.sign(code.as_bytes()).expect("signed"))
    }
}

pub(crate) fn body(pem: &str) -> Value {
    json!({"name": "Factory", "status": "ENABLED", "autoRegistrationEnabled": false, "certInPemFormat": pem})
}

fn trust(house: &House, ca: &Ca) -> Value {
    house
        .post(&house.admin("t100"), MINE, body(&ca.pem))
        .expect(201)
        .json()
}

fn at(shown: &Value) -> String {
    format!("{MINE}/{}", shown["fingerprint"].as_str().expect("a fingerprint"))
}

fn verify(house: &House, who: &Who, chain: &[&str]) -> Reply {
    let form = [(
        "name=\"file\"; filename=\"chain.pem\"",
        "text/plain",
        chain.concat(),
    )];
    let form: Vec<_> = form
        .iter()
        .map(|(name, media, text)| (*name, *media, text.as_str()))
        .collect();
    send_form(house, who, "POST", VERIFY, &form)
}

pub(crate) fn recorded(house: &House) -> Vec<String> {
    let path = "/audit/auditRecords?type=Certificate&pageSize=2000";
    let found = house.get(&house.admin("t100"), path).expect(200).json();
    let records = found["auditRecords"].as_array().expect("records").iter().rev();
    records
        .map(|record| record["activity"].as_str().expect("text").to_owned())
        .collect()
}

// R068
#[test]
fn a_certificate_is_trusted_listed_changed_and_trusted_no_longer() {
    let house = House::new();
    let (admin, ca) = (house.admin("t100"), Ca::new("Factory CA"));
    let made = house.post(&admin, MINE, body(&ca.pem)).expect(201);
    let shown = made.json();
    assert_documented("TrustedCertificate", &shown);
    assert_eq!(
        made.header("location"),
        format!("https://localhost{}", at(&shown))
    );
    for (name, value) in [
        ("name", json!("Factory")),
        ("status", json!("ENABLED")),
        ("autoRegistrationEnabled", json!(false)),
        ("tenantCertificateAuthority", json!(false)),
        ("subject", json!("CN=Factory CA")),
        ("issuer", json!("CN=Factory CA")),
        ("serialNumber", json!("4096")),
        ("algorithmName", json!("SHA256withECDSA")),
        ("version", json!(3)),
        ("notBefore", json!("2026-01-01T00:00:00.000Z")),
        ("notAfter", json!("2027-06-01T00:00:00.000Z")),
        ("proofOfPossessionValid", json!(false)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert_eq!(shown["fingerprint"].as_str().map(str::len), Some(40));
    let base64: String = shown["certInPemFormat"]
        .as_str()
        .expect("text")
        .split_whitespace()
        .collect();
    let sent: String = ca.pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(base64, sent);
    assert_eq!(house.get(&admin, &at(&shown)).expect(200).json(), shown);
    let upper = at(&shown).replace(
        shown["fingerprint"].as_str().expect("text"),
        &shown["fingerprint"].as_str().expect("text").to_uppercase(),
    );
    assert_eq!(house.get(&admin, &upper).expect(200).json(), shown);
    house.post(&admin, MINE, body(&ca.pem)).expect(409);

    let change = json!({"status": "DISABLED", "autoRegistrationEnabled": "true", "subject": "CN=other"});
    let changed = house.put(&admin, &at(&shown), change).expect(200).json();
    assert_eq!(
        (
            &changed["status"],
            &changed["autoRegistrationEnabled"],
            &changed["subject"],
            &changed["name"]
        ),
        (
            &json!("DISABLED"),
            &json!(true),
            &json!("CN=Factory CA"),
            &json!("Factory")
        )
    );
    house.delete(&admin, &at(&shown)).expect(204);
    house.delete(&admin, &at(&shown)).expect(404);
    house.get(&admin, &at(&shown)).expect(404);
    assert_eq!(
        recorded(&house),
        [
            "Certificate trusted",
            "Trusted certificate changed",
            "Certificate trusted no longer"
        ]
    );
}

#[test]
fn lists_are_in_pages_and_several_are_added_together_or_not_at_all() {
    let house = House::new();
    let admin = house.admin("t100");
    let cas: Vec<_> = ["a", "b", "c"].map(Ca::new).into_iter().collect();
    let many = |cas: &[&Ca]| json!({"certificates": cas.iter().map(|ca| body(&ca.pem)).collect::<Vec<_>>()});
    let bulk = format!("{MINE}/bulk");
    let added = house
        .post(&admin, &bulk, many(&[&cas[0], &cas[1]]))
        .expect(201)
        .json();
    assert_documented("TrustedCertificates", &added);
    assert_eq!(added["certificates"].as_array().map(Vec::len), Some(2));
    house.post(&admin, &bulk, many(&[&cas[2], &cas[0]])).expect(409);
    house.post(&admin, &bulk, many(&[&cas[2], &cas[2]])).expect(409);
    let mut broken = many(&[&cas[2]]);
    broken["certificates"]
        .as_array_mut()
        .expect("an array")
        .push(body("AAAA"));
    let (_, message) = house.post(&admin, &bulk, broken).expect(422).error();
    assert!(
        message.starts_with("Certificate 2 cannot be trusted"),
        "{message}"
    );
    let none = vec![body("x"); TRUSTED_CERTIFICATES_AT_ONCE_MAX + 1];
    house
        .post(&admin, &bulk, json!({"certificates": none}))
        .expect(422);

    let page = house
        .get(&admin, &format!("{MINE}?pageSize=1&withTotalElements=true"))
        .expect(200)
        .json();
    assert_documented("TrustedCertificateCollection", &page);
    assert_eq!(page["certificates"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["statistics"]["totalElements"], 2);
    assert!(
        page["next"]
            .as_str()
            .is_some_and(|next| next.contains("currentPage=2"))
    );
    let own = house
        .get(&admin, &format!("{MINE}?certificateAuthority=true"))
        .expect(200)
        .json();
    assert_eq!(own["certificates"], json!([]));
}

// R068
#[test]
fn what_is_no_fit_certificate_is_refused_and_nothing_is_stored() {
    let house = House::new();
    let admin = house.admin("t100");
    let ca = Ca::new("a");
    let leaf = ca.device("SN-1", 1);
    let mut old = params("old");
    old.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    old.not_after = date_time_ymd(2026, 2, 1);
    let old = old
        .self_signed(&KeyPair::generate().expect("a key"))
        .expect("signed")
        .pem();
    let two = format!("{}{}", ca.pem, Ca::new("b").pem);
    for bad in ["", "nothing", leaf.as_str(), old.as_str(), two.as_str()] {
        house.post(&admin, MINE, body(bad)).expect(422);
    }
    house
        .post(&admin, MINE, json!({"certInPemFormat": ca.pem}))
        .expect(422);
    house.post(&admin, MINE, json!({"status": "ENABLED"})).expect(422);
    house
        .post(&admin, MINE, json!({"status": "ON", "certInPemFormat": ca.pem}))
        .expect(422);
    let found = house.get(&admin, MINE).expect(200).json();
    assert_eq!(found["certificates"], json!([]));
    assert_eq!(recorded(&house), Vec::<String>::new());
}

// R115
#[test]
fn a_tenant_sees_and_changes_only_what_it_trusts_itself() {
    let house = House::new();
    let ca = Ca::new("a");
    let shown = trust(&house, &ca);
    let (other, operator) = (house.admin("t200"), house.admin("management"));
    for who in [&other, &operator] {
        house.get(who, MINE).expect(404);
        house.get(who, &at(&shown)).expect(404);
        house
            .put(who, &at(&shown), json!({"status": "DISABLED"}))
            .expect(404);
        house.delete(who, &at(&shown)).expect(404);
        house.post(who, MINE, body(&ca.pem)).expect(404);
    }
    // The same one in both tenants: neither learns of the other, and neither keeps it from the other.
    let theirs = MINE.replace("t100", "t200");
    house.post(&other, &theirs, body(&ca.pem)).expect(201);
    house
        .delete(&other, &at(&shown).replace("t100", "t200"))
        .expect(204);
    house.get(&house.admin("t100"), &at(&shown)).expect(200);
    // Nor does a device, or somebody without the role.
    let nobody = house.person(
        "t100",
        "nobody",
        &[Role::InventoryAdmin, Role::UserManagementAdmin],
    );
    let device = house.device("t100", "device_d1");
    let powerful = house.user(
        "t100",
        "device_d2",
        model::users::UserKind::Device,
        &[Role::TenantAdmin],
    );
    for who in [&nobody, &device, &powerful] {
        house.get(who, MINE).expect(403);
        house.post(who, MINE, body(&ca.pem)).expect(403);
    }
}

// R068
#[test]
fn possession_is_proven_by_signing_a_code_once() {
    let house = House::new();
    let (admin, ca, other) = (house.admin("t100"), Ca::new("a"), Ca::new("a"));
    let shown = trust(&house, &ca);
    let pop = |step: &str| format!("{POP}/{}/{step}", shown["fingerprint"].as_str().expect("text"));
    let prove = |signature: String| {
        let body = json!({"proofOfPossessionSignedVerificationCode": signature});
        house.post(&admin, &pop("pop"), body)
    };
    let new_code = || {
        let shown = house
            .post(&admin, &pop("verification-code"), Value::Null)
            .expect(200)
            .json();
        assert_documented("TrustedCertificate", &shown);
        shown["proofOfPossessionUnsignedVerificationCode"]
            .as_str()
            .expect("a code")
            .to_owned()
    };
    prove(ca.sign("anything")).expect(422);
    let first = new_code();
    let code = new_code();
    assert_ne!(first, code);
    prove(ca.sign(&first)).expect(400);
    prove(other.sign(&code)).expect(400);
    prove("no base64!".to_owned()).expect(422);
    assert_eq!(
        house.get(&admin, &at(&shown)).json()["proofOfPossessionValid"],
        false
    );
    let proven = prove(ca.sign(&code)).expect(200).json();
    assert_eq!(proven["proofOfPossessionValid"], true);
    assert_eq!(proven["proofOfPossessionUnsignedVerificationCode"], Value::Null);
    prove(ca.sign(&code)).expect(422);

    let code = new_code();
    house.world.advance_millis(61 * 60 * 1_000);
    prove(ca.sign(&code)).expect(422);
}

#[test]
fn the_operator_confirms_and_the_tenants_log_tells() {
    let house = House::new();
    let shown = trust(&house, &Ca::new("a"));
    let path = format!("{POP}/{}/confirmed", shown["fingerprint"].as_str().expect("text"));
    house.post(&house.admin("t100"), &path, Value::Null).expect(403);
    let confirmed = house
        .post(&house.admin("management"), &path, Value::Null)
        .expect(200)
        .json();
    assert_eq!(confirmed["proofOfPossessionValid"], true);
    assert_eq!(
        recorded(&house).last().map(String::as_str),
        Some("Possession of the key confirmed by the operator")
    );
    let nowhere = path.replace("t100", "t999");
    house
        .post(&house.admin("management"), &nowhere, Value::Null)
        .expect(404);
}

// R068
#[test]
fn a_chain_is_verified_by_what_the_tenant_trusts_now() {
    let house = House::new();
    let (admin, ca) = (house.admin("t100"), Ca::new("a"));
    let device = ca.device("SN-1", 0xabc);
    verify(&house, &admin, &[&device]).expect(401);
    let shown = trust(&house, &ca);
    let verified = verify(&house, &admin, &[&device]).expect(200).json();
    assert_documented("VerifiedChain", &verified);
    let expected =
        json!({"successfullyValidated": true, "tenantId": "t100", "issuer": "CN=a", "subject": "CN=SN-1"});
    assert_eq!(verified, expected);
    // Another tenant, which does not trust it, and of which nobody here knows.
    verify(&house, &house.admin("t200"), &[&device]).expect(401);
    let named = house
        .request(&admin, "POST", VERIFY)
        .header("x-cumulocity-tenantid", "t200")
        .header("x-cumulocity-client-cert-chain", device.replace('\n', " "));
    house.send_text(named, "").expect(404);
    let header = |chain: String| {
        let request = house
            .request(&admin, "POST", VERIFY)
            .header("content-type", "application/json")
            .header("x-cumulocity-client-cert-chain", chain);
        house.send_text(request, "")
    };
    let line = device.replace('\n', " ");
    header(line.clone()).expect(200);
    header(format!("{line},{}", ca.pem.replace('\n', " "))).expect(200);
    header(vec![line; 6].join(",")).expect(400);
    header("nothing".to_owned()).expect(400);
    verify(&house, &admin, &[device.as_str(); 11]).expect(400);
    verify(&house, &admin, &["nothing"]).expect(400);
    house.post(&admin, VERIFY, json!({})).expect(422);

    house
        .put(&admin, &at(&shown), json!({"status": "DISABLED"}))
        .expect(200);
    verify(&house, &admin, &[&device]).expect(401);
    house
        .put(&admin, &at(&shown), json!({"status": "ENABLED"}))
        .expect(200);
    verify(&house, &admin, &[&device]).expect(200);
    // Name confusion: an authority of the same name, with a key of its own.
    let twin = Ca::new("a").device("SN-1", 0xabd);
    verify(&house, &admin, &[&twin]).expect(401);
    house
        .put(&admin, CRL, json!({"crls": [{"serialNumberInHex": "0ABC"}]}))
        .expect(204);
    verify(&house, &admin, &[&device]).expect(401);
    verify(&house, &admin, &[&ca.device("SN-2", 0xabe)]).expect(200);
}

// R068
#[test]
fn serial_numbers_are_revoked_by_a_list_or_a_file_and_stay_so() {
    let house = House::new();
    let (admin, ca) = (house.admin("t100"), Ca::new("a"));
    trust(&house, &ca);
    let entries = json!({"crls": [
        {"serialNumberInHex": "10", "revocationDate": "2023-01-11T16:12:36.288Z"},
        {"serialNumberInHex": "11", "revocationDate": "2999-01-11T16:12:36.288Z"},
    ]});
    house.put(&admin, CRL, entries.clone()).expect(204);
    house.put(&admin, CRL, entries).expect(204);
    let csv = "SERIAL NO.,REVOCATION DATE\n12,2023-01-11T16:12:36.288Z\n13\n14,2999-01-11T16:12:36.288Z\n";
    let file = |csv: &str| {
        let form = [("name=\"file\"; filename=\"crl.csv\"", "text/csv", csv)];
        send_form(&house, &admin, "PUT", CRL, &form)
    };
    file(csv).expect(204);
    for (serial, status) in [
        (0x10, 401),
        (0x11, 401),
        (0x12, 401),
        (0x13, 401),
        (0x14, 200),
        (0x15, 200),
    ] {
        verify(&house, &admin, &[&ca.device("d", serial)]).expect(status);
    }
    assert_eq!(
        recorded(&house),
        [
            "Certificate trusted",
            "Serial numbers revoked",
            "Serial numbers revoked"
        ]
    );
    for bad in [
        json!({}),
        json!({"crls": [{}]}),
        json!({"crls": [{"serialNumberInHex": "xyz"}]}),
        json!({"crls": [{"serialNumberInHex": "16"}, {"serialNumberInHex": "17", "revocationDate": "soon"}]}),
    ] {
        house.put(&admin, CRL, bad).expect(422);
    }
    file("SERIAL NO.\nx\n").expect(422);
    verify(&house, &admin, &[&ca.device("d", 0x16)]).expect(200);
    // An authority whose own number is revoked lets nobody in.
    house
        .put(&admin, CRL, json!({"crls": [{"serialNumberInHex": "1000"}]}))
        .expect(204);
    verify(&house, &admin, &[&ca.device("d", 0x20)]).expect(401);
    let nobody = house.person("t100", "nobody", &[]);
    house.put(&nobody, CRL, json!({"crls": []})).expect(403);
}

pub(crate) const AUTHORITY: &str = "/certificate-authority";

/// A request of nobody to the host name of a tenant.
fn at_host(house: &House, tenant: &str, path: &str) -> Reply {
    let request = house.stranger("GET", path).header("host", domain(house, tenant));
    house.send_text(request, "")
}

pub(crate) fn domain(house: &House, tenant: &str) -> String {
    let shown = house
        .get(&house.admin(tenant), "/tenant/currentTenant")
        .expect(200)
        .json();
    shown["domainName"].as_str().expect("a domain").to_owned()
}

// R083
#[test]
fn a_tenant_has_one_authority_whose_key_stays_inside() {
    let house = House::new();
    let admin = house.admin("t100");
    house
        .post(&admin, &format!("{AUTHORITY}/renew"), Value::Null)
        .expect(404);
    at_host(&house, "t100", "/.well-known/est/cacerts").expect(404);
    at_host(&house, "t100", &format!("{AUTHORITY}/crl")).expect(404);
    let made = house.post(&admin, AUTHORITY, Value::Null).expect(201);
    let shown = made.json();
    assert_documented("TrustedCertificate", &shown);
    assert_eq!(
        made.header("location"),
        format!("https://localhost{}", at(&shown))
    );
    for (name, value) in [
        ("tenantCertificateAuthority", json!(true)),
        ("autoRegistrationEnabled", json!(false)),
        ("status", json!("ENABLED")),
        ("proofOfPossessionValid", json!(true)),
        ("subject", json!("CN=t100, O=Holdfast")),
        ("issuer", json!("CN=t100, O=Holdfast")),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert!(!made.text.contains("PRIVATE"));
    house.post(&admin, AUTHORITY, Value::Null).expect(409);
    assert_eq!(house.get(&admin, &at(&shown)).expect(200).json(), shown);
    let challenge = format!(
        "{POP}/{}/verification-code",
        shown["fingerprint"].as_str().expect("text")
    );
    house.post(&admin, &challenge, Value::Null).expect(422);

    let renewed = house
        .post(&admin, &format!("{AUTHORITY}/renew"), Value::Null)
        .expect(200)
        .json();
    assert_ne!(renewed["fingerprint"], shown["fingerprint"]);
    let own = house
        .get(&admin, &format!("{MINE}?certificateAuthority=true"))
        .expect(200)
        .json();
    assert_eq!(
        own["certificates"].as_array().map(Vec::len),
        Some(2),
        "the one before stays trusted"
    );
    let nobody = house.person("t100", "nobody", &[Role::DeviceControlAdmin]);
    house.post(&nobody, AUTHORITY, Value::Null).expect(403);
    assert_eq!(
        recorded(&house),
        ["Certificate authority created", "Certificate authority renewed"]
    );
    // With the certificate the key goes.
    house.delete(&admin, &at(&renewed)).expect(204);
    house
        .post(&admin, &format!("{AUTHORITY}/renew"), Value::Null)
        .expect(404);
    house.post(&admin, AUTHORITY, Value::Null).expect(201);
}

// R068 R083
#[test]
fn certificates_and_lists_of_authorities_are_for_everybody_at_the_tenants_host() {
    let house = House::new();
    let admin = house.admin("t100");
    let shown = house.post(&admin, AUTHORITY, Value::Null).expect(201).json();
    let cacerts = at_host(&house, "t100", "/.well-known/est/cacerts").expect(200);
    assert_eq!(
        cacerts.header("content-type"),
        "application/pkcs7-mime; smime-type=certs-only"
    );
    assert_eq!(cacerts.header("content-transfer-encoding"), "base64");
    let text: String = cacerts.text.split_whitespace().collect();
    let message = STANDARD.decode(text).expect("base64");
    let base64: String = shown["certInPemFormat"]
        .as_str()
        .expect("text")
        .split_whitespace()
        .collect();
    let der = STANDARD.decode(base64).expect("base64");
    assert!(message.windows(der.len()).any(|window| window == der));

    let lists = |path: &str| at_host(&house, "t100", path).expect(200);
    let first = lists("/certificate-authority/crl");
    assert_eq!(first.header("content-type"), "application/pkix-crl");
    assert_eq!(
        first.text,
        lists("/certificate-authority/crl").text,
        "signed once"
    );
    house
        .put(&admin, CRL, json!({"crls": [{"serialNumberInHex": "0abc"}]}))
        .expect(204);
    assert_ne!(first.text, lists("/certificate-authority/crl").text);
    house.get(&admin, CRL).expect(200);
    let named = format!(
        "/certificate-authority/crl?fingerprint={}",
        shown["fingerprint"].as_str().expect("text")
    );
    lists(&named);
    at_host(&house, "t200", &named).expect(404);
    at_host(&house, "t200", "/.well-known/est/cacerts").expect(404);
    house.get(&house.admin("t200"), CRL).expect(404);
    house.get(&house.person("t100", "nobody", &[]), CRL).expect(403);
}

const ENROL: &str = "/.well-known/est/simpleenroll";
pub(crate) const REENROL: &str = "/.well-known/est/simplereenroll";
const ISSUED: &str = "/certificate-authority/certificates";
pub(crate) const OTP: &str = "a1b2c3d4e5f6g7h8";

/// Registers devices that get their certificates from the authority of `t100`.
pub(crate) fn register(house: &House, lines: &[(&str, &str)]) {
    let mut csv =
        "ID\tAUTH_TYPE\tCREDENTIALS\tENROLLMENT_OTP\tNAME\tTYPE\tcom_cumulocity_model_Agent.active\n"
            .to_owned();
    for (device, otp) in lines {
        csv += &format!("{device}\tCERTIFICATES\t\t{otp}\t{device}\tc8y_X\ttrue\n");
    }
    let form = [(
        "name=\"file\"; filename=\"devices.csv\"",
        "text/csv",
        csv.as_str(),
    )];
    let done = send_form(
        house,
        &house.admin("t100"),
        "POST",
        "/devicecontrol/bulkNewDeviceRequests",
        &form,
    );
    assert_eq!(done.expect(201).json()["numberOfSuccessful"], lines.len());
}

pub(crate) fn request_for(name: &str, key: &KeyPair) -> String {
    STANDARD.encode(params(name).serialize_request(key).expect("a request").der())
}

pub(crate) fn enrol(house: &House, tenant: &str, (device, otp): (&str, &str), request: &str) -> Reply {
    let sent = house
        .stranger("POST", ENROL)
        .header("host", domain(house, tenant))
        .header(
            "authorization",
            format!("Basic {}", STANDARD.encode(format!("{device}:{otp}"))),
        )
        .header("content-type", "application/pkcs10");
    house.send_text(sent, request.to_owned())
}

/// The certificate in an answer: nothing else is in it, so it is what follows the fixed fields before it.
pub(crate) fn certificate_in(reply: &Reply) -> String {
    let text: String = reply.text.split_whitespace().collect();
    let message = STANDARD.decode(text).expect("base64");
    let start = message
        .windows(2)
        .enumerate()
        .filter(|(_, two)| *two == [0xa0, 0x82])
        .nth(1)
        .unwrap_or_else(|| panic!("no certificates: {reply:?}"))
        .0
        + 4;
    let length = 4 + usize::from(u16::from_be_bytes([message[start + 2], message[start + 3]]));
    let base64 = STANDARD.encode(&message[start..start + length]);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

fn listed(house: &House) -> Vec<Value> {
    let found = house.get(&house.admin("t100"), ISSUED).expect(200).json();
    found["certificates"].as_array().expect("certificates").clone()
}

pub(crate) fn alarms(house: &House) -> usize {
    let found = house
        .get(&house.admin("t100"), "/alarm/alarms?type=c8y_CertificateMisuse")
        .expect(200)
        .json();
    found["alarms"].as_array().map_or(0, Vec::len)
}

// R076 R078 R083
#[test]
fn a_device_gets_its_certificate_for_its_one_time_password_once() {
    let house = House::new();
    let admin = house.admin("t100");
    register(&house, &[("SN-1", OTP), ("SN-2", "another-password")]);
    let key = KeyPair::generate().expect("a key");
    let request = request_for("SN-1", &key);
    enrol(&house, "t100", ("SN-1", OTP), &request).expect(404);
    house.post(&admin, AUTHORITY, Value::Null).expect(201);
    let given = enrol(&house, "t100", ("SN-1", OTP), &request).expect(200);
    assert!(!given.text.is_empty(), "{:?}", given.headers);
    assert_eq!(
        given.header("content-type"),
        "application/pkcs7-mime; smime-type=certs-only"
    );
    assert_eq!(given.header("content-transfer-encoding"), "base64");
    let own = certificate_in(&given);
    let verified = verify(&house, &admin, &[&own]).expect(200).json();
    assert_eq!(verified["subject"], "CN=SN-1");
    let all = listed(&house);
    assert_eq!((all.len(), &all[0]["deviceId"]), (1, &json!("SN-1")));
    assert_documented("IssuedCertificate", &all[0]);

    // Once: a second use is refused, and somebody is told.
    assert_eq!(alarms(&house), 0);
    enrol(&house, "t100", ("SN-1", OTP), &request).expect(401);
    assert_eq!((alarms(&house), listed(&house).len()), (1, 1));
    // Another device with the same key.
    let same = request_for("SN-2", &key);
    enrol(&house, "t100", ("SN-2", "another-password"), &same).expect(409);
    assert_eq!((alarms(&house), listed(&house).len()), (2, 1));
    // A new password: the certificate before ends.
    register(&house, &[("SN-1", "the-next-password")]);
    let next = KeyPair::generate().expect("a key");
    let next = enrol(
        &house,
        "t100",
        ("SN-1", "the-next-password"),
        &request_for("SN-1", &next),
    )
    .expect(200);
    verify(&house, &admin, &[&own]).expect(401);
    verify(&house, &admin, &[&certificate_in(&next)]).expect(200);
}

// R078 R127
#[test]
fn wrong_unknown_old_and_foreign_ones_look_the_same_and_are_counted() {
    let house = House::new();
    let admin = house.admin("t100");
    house.post(&admin, AUTHORITY, Value::Null).expect(201);
    house
        .post(&house.admin("t200"), AUTHORITY, Value::Null)
        .expect(201);
    register(&house, &[("SN-1", OTP), ("SN-2", OTP)]);
    let request = |name: &str| request_for(name, &KeyPair::generate().expect("a key"));
    let wrong = enrol(&house, "t100", ("SN-1", "not-the-password"), &request("SN-1")).expect(401);
    let unknown = enrol(&house, "t100", ("SN-9", OTP), &request("SN-9")).expect(401);
    let foreign = enrol(&house, "t200", ("SN-1", OTP), &request("SN-1")).expect(401);
    let foreign = foreign.text.replace("t200", "t100");
    assert_eq!((&wrong.text, &wrong.text), (&unknown.text, &foreign));
    let bare = house
        .stranger("POST", ENROL)
        .header("content-type", "application/pkcs10");
    house.send_text(bare, request("SN-1")).expect(401);
    // The name is the device's, whatever the request says.
    enrol(&house, "t100", ("SN-1", OTP), &request("SN-2")).expect(422);
    enrol(&house, "t100", ("SN-1", OTP), "nothing").expect(422);
    for _ in 0..9 {
        enrol(&house, "t100", ("SN-1", "not-the-password"), &request("SN-1")).expect(401);
        house.world.advance_millis(1_000);
    }
    enrol(&house, "t100", ("SN-1", OTP), &request("SN-1")).expect(401);
    house.world.advance_millis(8 * 24 * 60 * 60 * 1_000);
    enrol(&house, "t100", ("SN-2", OTP), &request("SN-2")).expect(401);
    assert_eq!(listed(&house).len(), 0);
}

// R079 R083
#[test]
fn devices_renew_and_are_revoked_one_by_one() {
    let house = House::new();
    let admin = house.admin("t100");
    house.post(&admin, AUTHORITY, Value::Null).expect(201);
    register(&house, &[("SN-1", OTP)]);
    let (key, path) = (
        KeyPair::generate().expect("a key"),
        "/certificate-authority/revocations",
    );
    let first = certificate_in(&enrol(&house, "t100", ("SN-1", OTP), &request_for("SN-1", &key)).expect(200));
    let first_serial = listed(&house)[0]["serialNumberInHex"].clone();
    let renew = |certificate: &str, request: String| {
        let shown = Chain::from_text(certificate, 1).expect("a chain");
        let sent = house
            .stranger("POST", REENROL)
            .header("content-type", "application/pkcs10")
            .extension(PeerCertificates(shown));
        house.send_text(sent, request)
    };
    let second = certificate_in(&renew(&first, request_for("SN-1", &key)).expect(200));
    verify(&house, &admin, &[&first]).expect(200);
    verify(&house, &admin, &[&second]).expect(200);
    renew(&first, request_for("SN-2", &KeyPair::generate().expect("a key"))).expect(422);
    let mut serials = listed(&house)
        .into_iter()
        .map(|one| one["serialNumberInHex"].clone());
    let serial = serials.find(|one| *one != first_serial).expect("the second");
    house
        .post(&admin, path, json!({"serialNumberInHex": serial}))
        .expect(204);
    house
        .post(&admin, path, json!({"serialNumberInHex": serial}))
        .expect(404);
    verify(&house, &admin, &[&first]).expect(200);
    verify(&house, &admin, &[&second]).expect(401);
    let third = certificate_in(&renew(&first, request_for("SN-1", &key)).expect(200));
    house.post(&admin, path, json!({"deviceId": "SN-1"})).expect(204);
    verify(&house, &admin, &[&first]).expect(401);
    verify(&house, &admin, &[&third]).expect(401);
    assert!(listed(&house).iter().all(|one| one["revoked"].is_string()));
    renew(&first, request_for("SN-1", &key)).expect(401);
    house.post(&admin, path, json!({"deviceId": "SN-9"})).expect(404);
    house.post(&admin, path, json!({})).expect(422);
    let (nobody, one) = (house.person("t100", "nobody", &[]), json!({"deviceId": "SN-1"}));
    house.post(&nobody, path, one.clone()).expect(403);
    house.post(&house.admin("t200"), path, one).expect(404);
}
