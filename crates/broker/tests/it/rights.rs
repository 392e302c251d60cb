//! Rights that are withdrawn while somebody is connected: nothing goes on that they had opened, and nobody else notices.

mod crowd;

use crate::client::{Hello, V3, V5};
use crate::venue::Venue;
use engine::certificates::Chain;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, SerialNumber, date_time_ymd};
use serde_json::json;
use std::time::{Duration, Instant};

/// How soon whatever a right had opened stops.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

fn disable(venue: &Venue, user: &str) {
    let path = format!("/user/t100/users/{user}");
    let admin = venue.house.admin("t100");
    venue
        .house
        .put(&admin, &path, json!({ "enabled": false }))
        .expect(200);
}

// R079
#[test]
fn whoever_may_not_act_any_more_is_cut_off_and_nobody_else() {
    let venue = Venue::new();
    let (one, other) = (venue.device("t100", "SN1"), venue.device("t100", "SN2"));
    let foreign = venue.device("t200", "SN1");
    let mut cut = venue.connect_device(V5, "SN1", &one);
    let mut stay = venue.connect_device(V5, "SN2", &other);
    let mut far = venue.connect_device(V5, "SN1", &foreign);
    venue.house.wait(venue.broker.check());
    cut.is_told_nothing();
    disable(&venue, "device_SN1");
    // Even before the check nothing is done for it.
    assert_eq!(cut.published("s/us", "400,c8y_E,x"), 0x87);
    venue.house.wait(venue.broker.check());
    assert_eq!(cut.farewell(), 0x87);
    for client in [&mut stay, &mut far] {
        client.is_told_nothing();
        assert_eq!(client.published("s/us", "400,c8y_E,x"), 0);
    }
    let (_, (code, _)) = venue.try_connect(V5, &Hello::of(V5, "SN1", &one));
    assert_eq!(code, 0x86);
}

// R079, R115
#[test]
fn all_of_a_suspended_tenant_are_cut_off() {
    let venue = Venue::new();
    let device = venue.device("t200", "SN1");
    let stays = venue.device("t100", "SN1");
    let mut cut = venue.connect_device(V3, "SN1", &device);
    let mut stay = venue.connect_device(V3, "SN1", &stays);
    let operator = venue.house.admin("management");
    venue
        .house
        .put(
            &operator,
            "/tenant/tenants/t200",
            json!({ "status": "SUSPENDED" }),
        )
        .expect(200);
    venue.house.wait(venue.broker.check());
    cut.is_closed();
    stay.is_told_nothing();
}

// R050, R088
#[test]
fn a_right_that_is_withdrawn_opens_nothing_from_the_next_message_on() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/e", 0)]);
    client.published("s/us", "400,c8y_E,before");
    let admin = venue.house.admin("t100");
    // The object is given to somebody else: what the device owned is not its own any more.
    let id = venue.object("t100", "SN1").expect("made");
    venue
        .house
        .put(
            &admin,
            &format!("/inventory/managedObjects/{id}"),
            json!({ "owner": "admin" }),
        )
        .expect(200);
    client.published("s/us", "400,c8y_E,after");
    client.told();
    assert_eq!(venue.events("t100", "SN1"), ["before"]);
    client.is_told_nothing();
}

/// The certificate of a device, signed by itself and trusted by the tenant.
fn trusted_certificate(venue: &Venue, device: &str, serial: u64) -> Chain {
    let mut certificate = CertificateParams::default();
    certificate.distinguished_name.push(DnType::CommonName, device);
    certificate.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    certificate.not_before = date_time_ymd(2026, 1, 1);
    certificate.not_after = date_time_ymd(2027, 6, 1);
    certificate.serial_number = Some(SerialNumber::from(serial));
    let key = KeyPair::generate().expect("a key");
    let pem = certificate.self_signed(&key).expect("signed").pem();
    let trusted = json!({"status": "ENABLED", "autoRegistrationEnabled": true, "certInPemFormat": pem});
    let path = "/tenant/tenants/t100/trusted-certificates";
    let admin = venue.house.admin("t100");
    venue.house.post(&admin, path, trusted).expect(201);
    Chain::from_text(&pem, 1).expect("a chain")
}

// R068 R079
#[test]
fn whose_certificate_is_revoked_is_cut_off_within_five_seconds_and_nobody_else() {
    let venue = Venue::new();
    let watching = venue.broker.clone();
    // It goes on until the house is gone.
    venue.house.wait(async {
        drop(tokio::spawn(async move { watching.watch().await }));
    });
    let connect = |device, chain: &Chain| {
        let mut client = venue.dial_with(V5, chain.clone());
        client.hello(&Hello::new(V5, device).signed("t100", ""));
        (client.connack(), client)
    };
    let stolen = trusted_certificate(&venue, "SN1", 7);
    let (answer, mut cut) = connect("SN1", &stolen);
    assert_eq!(answer, (0, false));
    let (_, mut stays) = connect("SN2", &trusted_certificate(&venue, "SN2", 8));
    assert_eq!(cut.published("s/us", "400,c8y_E,before"), 0);

    let begun = Instant::now();
    let revoked = json!({"crls": [{"serialNumberInHex": "07"}]});
    let path = "/tenant/trusted-certificates/settings/crl";
    venue
        .house
        .put(&venue.house.admin("t100"), path, revoked)
        .expect(204);
    assert_eq!(cut.farewell(), 0x87);
    assert!(begun.elapsed() < STOPS_WITHIN, "{:?}", begun.elapsed());
    assert_eq!(connect("SN1", &stolen).0, (0x87, false));
    stays.is_told_nothing();
    assert_eq!(stays.published("s/us", "400,c8y_E,still here"), 0);
    assert_eq!(venue.events("t100", "SN1"), ["before"]);
}

#[test]
fn the_session_of_a_device_that_was_cut_off_is_forgotten() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V3, "SN1", &device).kept();
    let mut client = venue.connect(V3, &hello);
    client.subscribe(&[("s/e", 1)]);
    disable(&venue, "device_SN1");
    venue.house.wait(venue.broker.check());
    client.is_closed();
    venue.until_nobody_is_connected();
    let admin = venue.house.admin("t100");
    venue
        .house
        .put(&admin, "/user/t100/users/device_SN1", json!({ "enabled": true }))
        .expect(200);
    let (client, answer) = venue.try_connect(V3, &hello);
    assert_eq!(answer, (0, false));
    client.leave();
}
