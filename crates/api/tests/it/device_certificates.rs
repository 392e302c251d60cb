//! Devices that sign in with certificates: whom a tenant lets in, into which tenant, and everything that ends it.

use crate::certificates::{
    AUTHORITY, CRL, Ca, MINE, OTP, POP, REENROL, alarms, body, certificate_in, enrol, params, recorded,
    register, request_for,
};
use api::PeerCertificates;
use engine::caller::Caller;
use engine::certificates::Chain;
use engine::refusal::Refusal;
use engine::sign_in::{Claim, Offered, ShownCertificates};
use model::limits::{ANCHORS_TRIED_OF_NAMED_MAX, CHAIN_CERTIFICATES_MAX, RENEWALS_PER_DAY_MAX};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SerialNumber};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use testkit::house::{House, Reply};

const TOKEN: &str = "/devicecontrol/deviceAccessToken";
const REVOKE: &str = "/certificate-authority/revocations";
const HOUR_MILLIS: i64 = 60 * 60 * 1_000;

/// A device with its key and certificate.
pub(crate) struct Device {
    key: KeyPair,
    pub(crate) pem: String,
}

impl Device {
    pub(crate) fn below(ca: &Ca, name: &str, serial: u64) -> Self {
        Self::with_key(ca, name, serial, KeyPair::generate().expect("a key"))
    }

    fn with_key(ca: &Ca, name: &str, serial: u64, key: KeyPair) -> Self {
        let mut wanted = params(name);
        wanted.serial_number = Some(SerialNumber::from(serial));
        let pem = signed(ca, &wanted, &key);
        Self { key, pem }
    }
}

fn signed(ca: &Ca, wanted: &CertificateParams, key: &KeyPair) -> String {
    let issuer = Issuer::from_params(&ca.params, &ca.key);
    wanted.signed_by(key, &issuer).expect("signed").pem()
}

fn chain(pems: &[&str]) -> Chain {
    Chain::from_text(&pems.concat(), CHAIN_CERTIFICATES_MAX).expect("a chain")
}

/// Signs in at a host, naming a tenant or none.
fn come(house: &House, pems: &[&str], tenant: Option<&str>, host: Option<&str>) -> Result<Caller, Refusal> {
    let shown = ShownCertificates {
        chain: chain(pems),
        tenant: tenant.map(|tenant| tenant.parse().expect("a tenant id")),
    };
    let claim = Claim {
        credential: Offered::Certificate(shown),
        host: host.map(|host| host.parse().expect("a host name")),
        address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        application: None,
    };
    house.wait(house.door.sign_in(claim))
}

fn come_to(house: &House, tenant: &str, pems: &[&str]) -> Result<Caller, Refusal> {
    come(house, pems, Some(tenant), None)
}

/// Whether a connection of this caller would be left open.
fn may_stay(house: &House, caller: &Caller) -> bool {
    house.wait(house.door.still_signed_in(vec![caller.clone()])) == Some(vec![true])
}

pub(crate) fn trust(house: &House, tenant: &str, pem: &str, registers: bool) -> String {
    let mut body = body(pem);
    body["autoRegistrationEnabled"] = json!(registers);
    let path = MINE.replace("t100", tenant);
    let made = house.post(&house.admin(tenant), &path, body).expect(201).json();
    format!("{path}/{}", made["fingerprint"].as_str().expect("a fingerprint"))
}

fn prove(house: &House, tenant: &str, ca: &Ca, at: &str) {
    let admin = house.admin(tenant);
    let name = at.rsplit('/').next().expect("a name");
    let pop = format!("{}/{name}", POP.replace("t100", tenant));
    let code = house
        .post(&admin, &format!("{pop}/verification-code"), Value::Null)
        .expect(200)
        .json();
    let code = code["proofOfPossessionUnsignedVerificationCode"]
        .as_str()
        .expect("a code");
    let signed = json!({"proofOfPossessionSignedVerificationCode": ca.sign(code)});
    house.post(&admin, &format!("{pop}/pop"), signed).expect(200);
}

fn ask_for_token(house: &House, pems: &[&str], host: &str, more: Option<&str>) -> Reply {
    let mut request = house
        .stranger("POST", TOKEN)
        .header("host", host)
        .header("accept", "application/json")
        .extension(PeerCertificates(chain(pems)));
    if let Some(more) = more {
        request = request.header("x-ssl-cert-chain", more.replace('\n', " "));
    }
    house.send(request, Value::Null)
}

pub(crate) fn token(house: &House, pems: &[&str]) -> String {
    let shown = ask_for_token(house, pems, "t100.example.org", None)
        .expect(200)
        .json();
    shown["accessToken"].as_str().expect("a token").to_owned()
}

fn with_token(house: &House, token: &str, method: &str, path: &str) -> Reply {
    let request = house
        .stranger(method, path)
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "application/json");
    house.send(request, Value::Null)
}

// R053 R068 R076 R078
#[test]
fn a_device_below_a_trusted_certificate_registers_itself_if_that_may() {
    let house = House::new();
    let ca = Ca::new("Factory CA");
    let device = Device::below(&ca, "SN-1", 7);
    assert_eq!(
        come_to(&house, "t100", &[&device.pem]).err(),
        Some(Refusal::NotSignedIn)
    );
    trust(&house, "t100", &ca.pem, true);
    let caller = come_to(&house, "t100", &[&device.pem]).expect("let in");
    assert_eq!(
        (caller.tenant_id().as_str(), caller.name().as_str()),
        ("t100", "device_SN-1")
    );
    assert!(caller.is_by_certificate());
    assert_eq!(caller.device_id().expect("a device").as_str(), "SN-1");
    assert!(may_stay(&house, &caller));
    house
        .get(&house.admin("t100"), "/user/t100/users/device_SN-1")
        .expect(200);
    let again = come_to(&house, "t100", &[&device.pem]).expect("let in");
    assert_eq!(again.numbers(), caller.numbers());
    // The other tenant does not know it, whatever the device says.
    assert_eq!(
        come_to(&house, "t200", &[&device.pem]).err(),
        Some(Refusal::NotSignedIn)
    );
    house
        .get(&house.admin("t200"), "/user/t200/users/device_SN-1")
        .expect(404);
    let records = house
        .get(
            &house.admin("t100"),
            "/audit/auditRecords?type=DeviceRegistration",
        )
        .expect(200)
        .json();
    assert_eq!(records["auditRecords"][0]["activity"], "Device registered");
    // The name of somebody who is no device.
    house.person("t100", "device_person", &[]);
    let bold = Device::below(&ca, "person", 8);
    assert_eq!(
        come_to(&house, "t100", &[&bold.pem]).err(),
        Some(Refusal::NotSignedIn)
    );
}

// R078
#[test]
fn where_nobody_registers_himself_a_device_must_be_registered_for_certificates() {
    let house = House::new();
    let ca = Ca::new("Factory CA");
    trust(&house, "t100", &ca.pem, false);
    let (first, other) = (Device::below(&ca, "SN-1", 7), Device::below(&ca, "SN-2", 8));
    assert_eq!(
        come_to(&house, "t100", &[&first.pem]).err(),
        Some(Refusal::NotSignedIn)
    );
    // A device with a password cannot be taken over by whoever may sign certificates.
    house.device("t100", "device_SN-2");
    assert_eq!(
        come_to(&house, "t100", &[&other.pem]).err(),
        Some(Refusal::NotSignedIn)
    );
    register(&house, &[("SN-1", OTP)]);
    come_to(&house, "t100", &[&first.pem]).expect("let in");
}

// R076 R084
#[test]
fn a_key_belongs_to_one_device() {
    let house = House::new();
    let ca = Ca::new("Factory CA");
    trust(&house, "t100", &ca.pem, true);
    let first = Device::below(&ca, "SN-1", 7);
    come_to(&house, "t100", &[&first.pem]).expect("let in");
    register(&house, &[("SN-2", OTP)]);
    let key = KeyPair::from_pem(&first.key.serialize_pem()).expect("the key");
    let copy = Device::with_key(&ca, "SN-2", 8, key);
    for _ in 0..2 {
        assert_eq!(
            come_to(&house, "t100", &[&copy.pem]).err(),
            Some(Refusal::NotSignedIn)
        );
    }
    assert_eq!(alarms(&house), 1);
    let key = KeyPair::from_pem(&first.key.serialize_pem()).expect("the key");
    let without_object = Device::with_key(&ca, "SN-3", 9, key);
    assert_eq!(
        come_to(&house, "t100", &[&without_object.pem]).err(),
        Some(Refusal::NotSignedIn)
    );
    assert_eq!(alarms(&house), 1);
    let log = house
        .get(&house.admin("t100"), "/audit/auditRecords?user=device_SN-2")
        .expect(200);
    assert!(
        log.text.contains("the key belongs to another device"),
        "{}",
        log.text
    );
    // The device itself may come with another certificate for its key.
    let key = KeyPair::from_pem(&first.key.serialize_pem()).expect("the key");
    come_to(&house, "t100", &[&Device::with_key(&ca, "SN-1", 10, key).pem]).expect("let in");
}

// R068 R115
#[test]
fn nobody_draws_the_devices_of_another_tenant_to_himself() {
    let house = House::new();
    let ca = Ca::new("Factory CA");
    let device = Device::below(&ca, "SN-1", 7);
    // The certificate of the authority is no secret: anybody may upload it.
    let stolen = trust(&house, "t200", &ca.pem, true);
    assert_eq!(
        come(&house, &[&device.pem], None, None).err(),
        Some(Refusal::NotSignedIn)
    );
    let own = trust(&house, "t100", &ca.pem, true);
    assert_eq!(
        come(&house, &[&device.pem], None, None).err(),
        Some(Refusal::NotSignedIn)
    );
    prove(&house, "t100", &ca, &own);
    let caller = come(&house, &[&device.pem], None, None).expect("let in");
    assert_eq!(caller.tenant_id().as_str(), "t100");
    // What the device says counts: by a user name, or by a host name.
    let caller = come(&house, &[&device.pem], None, Some("t100.example.org")).expect("let in");
    assert_eq!(caller.tenant_id().as_str(), "t100");
    let caller = come(&house, &[&device.pem], None, Some("t200.example.org")).expect("let in");
    assert_eq!(caller.tenant_id().as_str(), "t200");
    // Both hold the key: the device must say where it belongs.
    prove(&house, "t200", &ca, &stolen);
    assert_eq!(
        come(&house, &[&device.pem], None, None).err(),
        Some(Refusal::NotSignedIn)
    );
    assert_eq!(
        come_to(&house, "t100", &[&device.pem])
            .expect("let in")
            .tenant_id()
            .as_str(),
        "t100"
    );
}

// R079: each of these ends what is open, its token, and coming again.
#[test]
fn whatever_ends_the_trust_in_a_device_ends_everything_at_once() {
    type End = fn(&House, &str);
    let ends: [(&str, End); 8] = [
        ("device", |house, _| {
            house
                .post(&house.admin("t100"), REVOKE, json!({"deviceId": "SN-1"}))
                .expect(204);
        }),
        ("serial number", |house, _| {
            let list = json!({"crls": [{"serialNumberInHex": "07"}]});
            house.put(&house.admin("t100"), CRL, list).expect(204);
        }),
        ("serial number of the authority", |house, _| {
            let list = json!({"crls": [{"serialNumberInHex": "1000"}]});
            house.put(&house.admin("t100"), CRL, list).expect(204);
        }),
        ("disabled authority", |house, at| {
            house
                .put(&house.admin("t100"), at, json!({"status": "DISABLED"}))
                .expect(200);
        }),
        ("deleted authority", |house, at| {
            house.delete(&house.admin("t100"), at).expect(204);
        }),
        ("deleted user", |house, _| {
            let path = "/user/t100/users/device_SN-1";
            house.delete(&house.admin("t100"), path).expect(204);
        }),
        ("disabled user", |house, _| {
            let path = "/user/t100/users/device_SN-1";
            house
                .put(&house.admin("t100"), path, json!({"enabled": false}))
                .expect(200);
        }),
        ("suspended tenant", |house, _| {
            let path = "/tenant/tenants/t100";
            house
                .put(&house.admin("management"), path, json!({"status": "SUSPENDED"}))
                .expect(200);
        }),
    ];
    for (how, end) in ends {
        let house = House::new();
        let ca = Ca::new("Factory CA");
        let at = trust(&house, "t100", &ca.pem, true);
        let device = Device::below(&ca, "SN-1", 7);
        let caller = come_to(&house, "t100", &[&device.pem]).expect("let in");
        let token = token(&house, &[&device.pem]);
        with_token(&house, &token, "GET", "/user/currentUser").expect(200);
        end(&house, &at);
        assert!(!may_stay(&house, &caller), "{how}");
        with_token(&house, &token, "GET", "/user/currentUser").expect(401);
        let renew = house
            .stranger("POST", REENROL)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/pkcs10");
        house
            .send_text(renew, request_for("SN-1", &KeyPair::generate().expect("a key")))
            .expect(401);
        assert_eq!(
            come_to(&house, "t100", &[&device.pem]).err(),
            Some(Refusal::NotSignedIn),
            "{how}"
        );
        ask_for_token(&house, &[&device.pem], "t100.example.org", None).expect(401);
    }
}

// R076 R083 R094
#[test]
fn certificates_of_the_own_authority_are_let_in_until_they_or_it_end() {
    let house = House::new();
    let admin = house.admin("t100");
    let authority = house.post(&admin, AUTHORITY, Value::Null).expect(201).json();
    register(&house, &[("SN-1", OTP), ("SN-2", "another-password")]);
    let key = KeyPair::generate().expect("a key");
    let first = certificate_in(&enrol(&house, "t100", ("SN-1", OTP), &request_for("SN-1", &key)).expect(200));
    // The platform holds its key: nothing is to be shown, and nothing to be named.
    let caller = come(&house, &[&first], None, None).expect("let in");
    // Renewed as thin-edge does it: with the token.
    let token = token(&house, &[&first]);
    let renew = house
        .stranger("POST", REENROL)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/pkcs10");
    let next = KeyPair::generate().expect("a key");
    let second = certificate_in(&house.send_text(renew, request_for("SN-1", &next)).expect(200));
    come(&house, &[&second], None, None).expect("let in");
    // Or with the certificate alone.
    let renew = house
        .stranger("POST", REENROL)
        .header("content-type", "application/pkcs10")
        .extension(PeerCertificates(chain(&[&second])));
    house.send_text(renew, request_for("SN-1", &next)).expect(200);
    // A new authority beside the old one: nobody drops.
    house
        .post(&admin, "/certificate-authority/renew", Value::Null)
        .expect(200);
    assert!(may_stay(&house, &caller));
    come(&house, &[&first], None, None).expect("let in");
    let key = KeyPair::generate().expect("a key");
    let other = ("SN-2", "another-password");
    let third = certificate_in(&enrol(&house, "t100", other, &request_for("SN-2", &key)).expect(200));
    come(&house, &[&third], None, None).expect("let in");
    let path = format!(
        "{MINE}/{}",
        authority["fingerprint"].as_str().expect("a fingerprint")
    );
    house.delete(&admin, &path).expect(204);
    assert!(!may_stay(&house, &caller));
    assert_eq!(
        come(&house, &[&first], None, None).err(),
        Some(Refusal::NotSignedIn)
    );
    let caller = come(&house, &[&third], None, None).expect("let in");
    house.world.advance_millis(366 * 24 * HOUR_MILLIS);
    assert!(!may_stay(&house, &caller));
    assert_eq!(
        come(&house, &[&third], None, None).err(),
        Some(Refusal::NotSignedIn)
    );
    // Some time after their end they leave the list.
    let listed = |house: &House| {
        let found = house
            .get(&admin, "/certificate-authority/certificates")
            .expect(200)
            .json();
        found["certificates"].as_array().map(Vec::len)
    };
    house.wait(house.door.forget_old_certificates()).expect("done");
    assert_eq!(listed(&house), Some(4));
    house.world.advance_millis(30 * 24 * HOUR_MILLIS);
    house.wait(house.door.forget_old_certificates()).expect("done");
    assert_eq!(listed(&house), Some(0));
}

// R061
#[test]
fn a_token_lives_as_the_tenant_says_and_ends_when_the_device_says_so() {
    let house = House::new();
    let (admin, ca) = (house.admin("t100"), Ca::new("Factory CA"));
    trust(&house, "t100", &ca.pem, true);
    let device = Device::below(&ca, "SN-1", 7);
    let first = token(&house, &[&device.pem]);
    assert!(first.len() < 1_000, "{}", first.len());
    with_token(&house, &first, "GET", "/user/currentUser").expect(200);
    house.world.advance_millis(HOUR_MILLIS);
    with_token(&house, &first, "GET", "/user/currentUser").expect(401);
    for (option, minutes) in [("600", 10), ("1", 5), ("nothing", 60)] {
        let option =
            json!({"category": "oauth.internal", "key": "device-token.lifespan.seconds", "value": option});
        house.post(&admin, "/tenant/options", option).expect(200);
        let token = token(&house, &[&device.pem]);
        house.world.advance_millis(minutes * 60_000 - 1_000);
        with_token(&house, &token, "GET", "/user/currentUser").expect(200);
        house.world.advance_millis(1_000);
        with_token(&house, &token, "GET", "/user/currentUser").expect(401);
    }
    let (ended, other) = (token(&house, &[&device.pem]), token(&house, &[&device.pem]));
    with_token(&house, &ended, "POST", "/user/logout").expect(200);
    with_token(&house, &ended, "GET", "/user/currentUser").expect(401);
    with_token(&house, &other, "GET", "/user/currentUser").expect(200);
    house
        .post(&admin, "/user/logout/t100/allUsers", Value::Null)
        .expect(200);
    with_token(&house, &other, "GET", "/user/currentUser").expect(401);
    // A token opens no way to tokens, and neither does a password.
    let last = token(&house, &[&device.pem]);
    with_token(&house, &last, "POST", TOKEN).expect(403);
    let basic = house.device("t100", "device_SN-2");
    house.post(&basic, TOKEN, Value::Null).expect(403);
    house.send(house.stranger("POST", TOKEN), Value::Null).expect(401);
    // It is no cookie.
    let cookie = house
        .stranger("GET", "/user/currentUser")
        .header("cookie", format!("authorization={last}"));
    house.send(cookie, Value::Null).expect(401);
}

// R068
#[test]
fn a_chain_in_a_header_counts_behind_the_certificate_of_the_connection_only() {
    let house = House::new();
    let root = Ca::new("Root CA");
    trust(&house, "t100", &root.pem, true);
    let mut wanted = params("Line CA");
    wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    wanted.serial_number = Some(SerialNumber::from(0x2000_u64));
    let key = KeyPair::generate().expect("a key");
    let between = Ca {
        pem: signed(&root, &wanted, &key),
        params: wanted,
        key,
    };
    let device = Device::below(&between, "SN-1", 7);
    let host = "t100.example.org";
    ask_for_token(&house, &[&device.pem], host, None).expect(401);
    ask_for_token(&house, &[&device.pem], host, Some("nothing")).expect(400);
    ask_for_token(&house, &[&device.pem], host, Some(&between.pem)).expect(200);
    ask_for_token(&house, &[&device.pem, &between.pem], host, None).expect(200);
    // Somebody else's certificate, with the device's in the header.
    let stranger = Device::below(&Ca::new("Nobody"), "SN-1", 7);
    let more = format!("{}{}", device.pem, between.pem);
    ask_for_token(&house, &[&stranger.pem], host, Some(&more)).expect(401);
    // Without a certificate in the handshake, a header is nothing.
    let header = device.pem.replace('\n', " ");
    let request = house.stranger("POST", TOKEN).header("x-ssl-cert-chain", header);
    house.send(request, Value::Null).expect(401);
    // A certificate counts for tokens and renewal, and for nothing else.
    let request = house
        .stranger("GET", "/user/currentUser")
        .extension(PeerCertificates(chain(&[&device.pem, &between.pem])));
    house.send(request, Value::Null).expect(401);
    let list = json!({"crls": [{"serialNumberInHex": "2000"}]});
    house.put(&house.admin("t100"), CRL, list).expect(204);
    ask_for_token(&house, &[&device.pem, &between.pem], host, None).expect(401);
    assert!(recorded(&house).contains(&"Serial numbers revoked".to_owned()));
}

// R068: as thin-edge makes its own certificate
#[test]
fn a_device_may_come_with_a_certificate_that_is_trusted_itself() {
    let house = House::new();
    let own = Ca::new("SN-1");
    assert!(!house.door.is_trusted(&chain(&[&own.pem])));
    let at = trust(&house, "t100", &own.pem, true);
    assert!(house.door.is_trusted(&chain(&[&own.pem])));
    let caller = come_to(&house, "t100", &[&own.pem]).expect("let in");
    assert_eq!(caller.name().as_str(), "device_SN-1");
    // It may sign others, which is no reason to let them in as somebody else with its key.
    let twin = Ca::new("SN-1");
    assert_eq!(
        come_to(&house, "t100", &[&twin.pem]).err(),
        Some(Refusal::NotSignedIn)
    );
    house
        .put(&house.admin("t100"), &at, json!({"status": "DISABLED"}))
        .expect(200);
    assert!(!house.door.is_trusted(&chain(&[&own.pem])));
    assert!(!may_stay(&house, &caller));
}

// R068 R115: neither in the handshake, where no tenant is named, nor afterwards.
#[test]
fn certificates_of_the_same_name_in_another_tenant_hide_nobodys() {
    let house = House::new();
    let ca = Ca::new("Factory CA");
    let device = Device::below(&ca, "SN-1", 7);
    for _ in 0..=ANCHORS_TRIED_OF_NAMED_MAX {
        trust(&house, "t100", &Ca::new("Factory CA").pem, false);
    }
    let at = trust(&house, "t200", &ca.pem, true);
    assert!(house.door.is_trusted(&chain(&[&device.pem])));
    come_to(&house, "t200", &[&device.pem]).expect("let in");
    prove(&house, "t200", &ca, &at);
    let caller = come(&house, &[&device.pem], None, None).expect("let in");
    assert_eq!(caller.tenant_id().as_str(), "t200");
}

#[test]
fn certificates_that_were_removed_take_no_place_of_those_that_are_there() {
    let house = House::new();
    let ca = Ca::new("Factory CA");
    let device = Device::below(&ca, "SN-1", 7);
    trust(&house, "t100", &ca.pem, true);
    for _ in 0..=ANCHORS_TRIED_OF_NAMED_MAX {
        let at = trust(&house, "t100", &Ca::new("Factory CA").pem, false);
        house.delete(&house.admin("t100"), &at).expect(204);
    }
    assert!(house.door.is_trusted(&chain(&[&device.pem])));
    let at = trust(&house, "t200", &ca.pem, true);
    house.delete(&house.admin("t200"), &at).expect(204);
    trust(&house, "t200", &ca.pem, true);
    come_to(&house, "t200", &[&device.pem]).expect("let in");
}

/// Asks for another certificate as whoever has a token.
fn renew_with_token(house: &House, token: &str, key: &KeyPair) -> Reply {
    let request = house
        .stranger("POST", REENROL)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/pkcs10");
    house.send_text(request, request_for("SN-1", key))
}

/// Asks for another certificate with the one before.
fn renew_with(house: &House, name: &str, pem: &str, key: &KeyPair) -> Reply {
    let request = house
        .stranger("POST", REENROL)
        .header("host", "t100.example.org")
        .header("content-type", "application/pkcs10")
        .extension(PeerCertificates(chain(&[pem])));
    house.send_text(request, request_for(name, key))
}

// R079 R083: what ends soon, or with somebody else's authority, does not become what lasts.
#[test]
fn only_a_certificate_of_the_own_authority_is_renewed() {
    let house = House::new();
    house
        .post(&house.admin("t100"), AUTHORITY, Value::Null)
        .expect(201);
    let ca = Ca::new("Factory CA");
    trust(&house, "t100", &ca.pem, true);
    let device = Device::below(&ca, "SN-1", 7);
    let foreign = token(&house, &[&device.pem]);
    let key = KeyPair::generate().expect("a key");
    renew_with_token(&house, &foreign, &key).expect(403);
    renew_with(&house, "SN-1", &device.pem, &key).expect(403);
    // With a password neither.
    let basic = house
        .request(&house.device("t100", "device_SN-2"), "POST", REENROL)
        .header("content-type", "application/pkcs10");
    house.send_text(basic, request_for("SN-2", &key)).expect(403);
    // Also where the device has one of the own authority, with the same number.
    register(&house, &[("SN-3", OTP)]);
    let own = certificate_in(&enrol(&house, "t100", ("SN-3", OTP), &request_for("SN-3", &key)).expect(200));
    let serial = chain(&[&own]).leaf().expect("a leaf").serial().expect("a number");
    let mut wanted = params("SN-3");
    wanted.serial_number = Some(SerialNumber::from(serial.bytes().to_vec()));
    let twin = signed(&ca, &wanted, &key);
    renew_with(&house, "SN-3", &twin, &key).expect(403);
    renew_with(&house, "SN-3", &own, &key).expect(200);
}

// R079: so that what a stolen device has made of its certificate can be revoked at once
#[test]
fn a_device_renews_so_often_in_a_day_and_no_more() {
    let house = House::new();
    house
        .post(&house.admin("t100"), AUTHORITY, Value::Null)
        .expect(201);
    register(&house, &[("SN-1", OTP)]);
    let key = KeyPair::generate().expect("a key");
    let mut last =
        certificate_in(&enrol(&house, "t100", ("SN-1", OTP), &request_for("SN-1", &key)).expect(200));
    for _ in 0..RENEWALS_PER_DAY_MAX {
        last = certificate_in(&renew_with(&house, "SN-1", &last, &key).expect(200));
    }
    renew_with(&house, "SN-1", &last, &key).expect(429);
    come_to(&house, "t100", &[&last]).expect("it stays good");
    house.world.advance_millis(24 * 60 * 60 * 1_000);
    renew_with(&house, "SN-1", &last, &key).expect(200);
}

// R079: whoever had the key or the token for a while is shut out with all that he got for it.
#[test]
fn what_renews_a_certificate_falls_with_it() {
    let by_serial = |house: &House, serial: &str| {
        house.post(&house.admin("t100"), REVOKE, json!({"serialNumberInHex": serial}))
    };
    let by_list = |house: &House, serial: &str| {
        let list = json!({"crls": [{"serialNumberInHex": serial}]});
        house.put(&house.admin("t100"), CRL, list)
    };
    type Way<'w> = &'w dyn Fn(&House, &str) -> Reply;
    let ways: [Way<'_>; 2] = [&by_serial, &by_list];
    for revoke in ways {
        let house = House::new();
        house
            .post(&house.admin("t100"), AUTHORITY, Value::Null)
            .expect(201);
        register(&house, &[("SN-1", OTP), ("SN-2", "another-password")]);
        let key = KeyPair::generate().expect("a key");
        let first = enrol(&house, "t100", ("SN-1", OTP), &request_for("SN-1", &key)).expect(200);
        let first = certificate_in(&first);
        let others = KeyPair::generate().expect("a key");
        let of_other = ("SN-2", "another-password");
        let of_other = enrol(&house, "t100", of_other, &request_for("SN-2", &others)).expect(200);
        let stolen = token(&house, &[&first]);
        let second = certificate_in(&renew_with_token(&house, &stolen, &new_key()).expect(200));
        let third = certificate_in(&renew_with(&house, "SN-1", &second, &new_key()).expect(200));
        let caller = come_to(&house, "t100", &[&third]).expect("let in");
        let serial = chain(&[&first])
            .leaf()
            .expect("a leaf")
            .serial()
            .expect("a number");
        revoke(&house, &serial.to_string()).expect(204);
        assert!(!may_stay(&house, &caller));
        for fallen in [&first, &second, &third] {
            assert_eq!(
                come_to(&house, "t100", &[fallen]).err(),
                Some(Refusal::NotSignedIn)
            );
        }
        renew_with_token(&house, &stolen, &new_key()).expect(401);
        come_to(&house, "t100", &[&certificate_in(&of_other)]).expect("let in");
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("a key")
}
