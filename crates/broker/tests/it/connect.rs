//! Who is let in, and as which device (R049, R050).

use crate::client::{Hello, V3, V5, packet, text};
use crate::venue::Venue;
use engine::certificates::Chain;
use model::users::UserKind;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};
use serde_json::json;

/// Return codes of 3.1.1 and reasons of 5.0.
const BAD_CREDENTIALS: [(u8, u8); 2] = [(V3, 4), (V5, 0x86)];
const NOT_AUTHORIZED: [(u8, u8); 2] = [(V3, 5), (V5, 0x87)];
const CLIENT_ID: [(u8, u8); 2] = [(V3, 2), (V5, 0x85)];

#[track_caller]
fn refused(venue: &Venue, codes: [(u8, u8); 2], hello: impl Fn(u8) -> Hello) {
    for (level, code) in codes {
        let (mut client, answer) = venue.try_connect(level, &hello(level));
        assert_eq!(answer, (code, false));
        client.is_closed();
    }
    assert_eq!(venue.broker.connections(), 0);
}

// R049
#[test]
fn nobody_is_let_in_without_a_credential() {
    let venue = Venue::new();
    refused(&venue, NOT_AUTHORIZED, |level| Hello::new(level, "SN1"));
}

#[test]
fn a_wrong_password_and_names_that_nobody_has_look_alike() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    for (user, password) in [
        ("t100/device_SN1", "wrong-password"),
        ("t100/device_SN2", "wrong-password"),
        ("t300/device_SN1", "wrong-password"),
        // Another tenant's, by a right password.
        ("t200/device_SN1", device.password.as_str()),
        // Not by the domain, and not without the tenant.
        ("t100.example.org/device_SN1", device.password.as_str()),
        ("device_SN1", device.password.as_str()),
        ("", device.password.as_str()),
    ] {
        refused(&venue, BAD_CREDENTIALS, |level| {
            Hello::new(level, "SN1").signed(user, password)
        });
    }
}

// R096
#[test]
fn a_refused_connect_is_in_the_audit_log_like_every_refused_sign_in() {
    let venue = Venue::new();
    venue.device("t100", "SN1");
    let hello = Hello::new(V5, "SN1").signed("t100/device_SN1", "wrong-password");
    venue.try_connect(V5, &hello).0.is_closed();
    let admin = venue.house.admin("t100");
    let records = venue
        .house
        .get(&admin, "/audit/auditRecords?pageSize=100")
        .expect(200);
    assert!(records.text.contains("device_SN1"), "{}", records.text);
}

// R050 R053
#[test]
fn the_user_of_a_device_speaks_for_that_device_only() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    venue.device("t100", "SN2");
    for id in ["SN2", "d:SN2", "sn1", "device_SN1", "SN1x"] {
        refused(&venue, NOT_AUTHORIZED, |level| Hello::of(level, id, &device));
    }
    for id in ["SN1:coll", "a b", "d:", "x:SN1", "d:SN1:a:b"] {
        refused(&venue, CLIENT_ID, |level| Hello::of(level, id, &device));
    }
    for id in ["SN1", "d:SN1", "d:SN1:coll"] {
        for level in [V3, V5] {
            venue.connect_device(level, id, &device).leave();
        }
    }
}

#[test]
fn a_device_without_a_client_id_is_given_its_own_and_nobody_else_is_given_one() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.dial(V5);
    client.hello(&Hello::of(V5, "", &device));
    let answer = client.expect(0x20).body;
    assert!(
        answer.windows(6).any(|at| at == [0x12, 0, 3, b'S', b'N', b'1']),
        "{answer:?}"
    );
    client.leave();
    let admin = venue.house.admin("t100");
    refused(&venue, CLIENT_ID, |level| Hello::of(level, "", &admin));
}

#[test]
fn people_and_services_may_connect_with_rights_of_their_own() {
    let venue = Venue::new();
    let service = venue.house.user("t100", "service-x", UserKind::Service, &[]);
    for who in [venue.house.admin("t100"), service] {
        let (client, answer) = venue.try_connect(V5, &Hello::of(V5, "anything", &who));
        assert_eq!(answer, (0, false));
        client.leave();
    }
}

#[test]
fn other_protocols_and_versions_end_without_a_word_or_with_the_one_that_is_known() {
    let venue = Venue::new();
    let mut client = venue.dial(V3);
    client.send(b"GET / HTTP/1.1\r\n\r\n");
    client.is_closed();
    let mut client = venue.dial(V3);
    client.send(&packet(0x10, &[&text("MQTT"), &[6, 2, 0, 0], &text("a")]));
    assert_eq!(client.connack(), (1, false));
    client.is_closed();
}

#[test]
fn a_will_that_means_nothing_is_refused_at_once() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V5, "SN1", &device).will("no/such/topic", "x");
    let (mut client, answer) = venue.try_connect(V5, &hello);
    assert_eq!(answer, (0x90, false));
    client.is_closed();
}

// R127
#[test]
fn an_address_holds_so_many_connections_that_say_nothing_and_no_more() {
    use model::limits::MQTT_STRANGERS_PER_ADDRESS_MAX;
    let venue = Venue::new();
    let address = std::net::IpAddr::from([192, 0, 2, 7]);
    let arrivals: Vec<_> = (0..MQTT_STRANGERS_PER_ADDRESS_MAX)
        .map(|_| venue.broker.arrive(address).expect("a place"))
        .collect();
    assert!(venue.broker.arrive(address).is_none());
    drop(arrivals);
    assert!(venue.broker.arrive(address).is_some());
}

// R127
#[test]
fn a_connection_that_has_signed_in_is_no_stranger_any_more() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(venue.connect_device(V3, "SN1", &device));
    }
    assert_eq!(venue.broker.connections(), 1);
    let last = clients.pop().expect("the last one");
    for mut client in clients {
        client.is_closed();
    }
    last.leave();
}

#[test]
fn what_was_published_is_found_with_the_rest_api() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let mut client = venue.connect_device(level, "SN1", &device);
        assert_eq!(client.published("s/us", "200,c8y_T,T,21.5,C"), 0);
        let source = venue.object("t100", "SN1").expect("it was made");
        let path = format!("/measurement/measurements?source={source}");
        let found = venue
            .house
            .get(&venue.house.admin("t100"), &path)
            .expect(200)
            .json();
        assert_eq!(
            found["measurements"][0]["c8y_T"]["T"],
            json!({ "value": 21.5, "unit": "C" })
        );
        client.leave();
    }
}

// R068 R069: the handshake ended before the client has proved that it holds the key.
#[test]
fn whoever_shows_a_certificate_without_its_key_leaves_nothing_but_a_refusal() {
    let venue = Venue::new();
    let admin = venue.house.admin("t100");
    let mut device = CertificateParams::default();
    device.distinguished_name.push(DnType::CommonName, "SN1");
    device.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    device.not_before = date_time_ymd(2026, 1, 1);
    device.not_after = date_time_ymd(2027, 6, 1);
    let key = KeyPair::generate().expect("a key");
    let pem = device.self_signed(&key).expect("signed").pem();
    let trusted = json!({"status": "ENABLED", "autoRegistrationEnabled": true, "certInPemFormat": pem});
    let path = "/tenant/tenants/t100/trusted-certificates";
    venue.house.post(&admin, path, trusted).expect(201);
    // Trusted by the tenant that is meant, as if that had come after the handshake.
    venue
        .house
        .door
        .set_default_tenant("t100".parse().expect("a tenant id"));
    let arrival = venue.broker.arrive([192, 0, 2, 7].into()).expect("a place");
    let chain = Chain::from_text(&pem, 1).expect("a chain");
    venue.house.wait(venue.broker.refuse(arrival, chain));
    venue.house.get(&admin, "/user/t100/users/device_SN1").expect(404);
    let operator = venue.house.admin("management");
    let log = venue
        .house
        .get(&operator, "/audit/auditRecords?pageSize=100")
        .expect(200);
    assert!(log.text.contains("with a certificate refused"), "{}", log.text);
}
