//! Which topics there are, and for whom: the table of every topic by every kind of caller.

use crate::client::{Client, Hello, V3, V5};
use crate::venue::Venue;
use model::users::UserKind;

#[test]
fn one_follows_what_one_is_told_and_nothing_else() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let granted = [
        "s/ds",
        "s/dd",
        "s/dt",
        "s/dat",
        "s/e",
        "error",
        "devicecontrol/notifications",
        "s/dc/coll",
        "s/dl/coll",
        "s/ol/coll",
        "s/oc/coll",
        "#",
        "s/#",
        "s/+",
        "s/dc/+",
        "s/dc/#",
        "s/oc/#",
        "+/dc/coll",
        "devicecontrol/#",
        "+",
        "+/+",
    ];
    let refused = [
        ("s/us", 0x87),
        ("s/us/child", 0x87),
        ("s/uc/coll", 0x87),
        ("s/uat", 0x87),
        ("s/ut/coll", 0x87),
        ("s/dcr", 0x87),
        ("measurement/measurements/create", 0x87),
        ("s/us/#", 0x8F),
        ("s/dc", 0x8F),
        ("s/dc/a/b", 0x8F),
        ("s/dc/a/+", 0x8F),
        ("t/#", 0x8F),
        ("$SYS/#", 0x8F),
        ("my/own/topic", 0x8F),
        ("$share/group/s/ds", 0x9E),
    ];
    let mut client = venue.connect_device(V5, "SN1", &device);
    for (filter, code) in granted.iter().map(|filter| (*filter, 1)).chain(refused) {
        assert_eq!(client.subscribe(&[(filter, 1)]), [code], "{filter}");
    }
    client.leave();
    let mut client = venue.connect_device(V3, "SN1", &device);
    assert_eq!(
        client.subscribe(&[("s/ds", 2), ("s/us", 1), ("s/e", 0), ("x", 0)]),
        [2, 0x80, 0, 0x80]
    );
    client.leave();
}

#[test]
fn subscriptions_have_a_bound_and_filters_that_overlap_bring_a_message_once() {
    use model::limits::MQTT_SUBSCRIPTIONS_MAX;
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    assert_eq!(client.subscribe(&[("s/e", 0), ("s/+", 1), ("#", 0)]), [0, 1, 0]);
    client.published("s/us", "999");
    assert_eq!(client.told().qos, 1);
    client.is_told_nothing();
    for number in 3..MQTT_SUBSCRIPTIONS_MAX {
        assert_eq!(client.subscribe(&[(&format!("s/dc/c{number}"), 0)]), [0]);
    }
    assert_eq!(client.subscribe(&[("s/dc/more", 0)]), [0x97]);
    assert_eq!(
        client.subscribe(&[("s/e", 1)]),
        [1],
        "what is there may be changed"
    );
    client.leave();
}

/// What becomes of a message: its reason, and the code of the first error that is told.
fn outcome(client: &mut Client<'_>, topic: &str, payload: &str) -> String {
    let reason = client.published(topic, payload);
    client.send(&[0xC0, 0]);
    let mut errors = Vec::new();
    loop {
        let came = client.next().expect("open");
        match came.first & 0xF0 {
            0xD0 => break,
            _ => errors.push(came),
        }
    }
    format!("{reason:02X}{}", if errors.is_empty() { "" } else { " told" })
}

// R050, R079, R115: each topic that names something, by the device itself, another device of its tenant, a person without
// rights, the user that new devices share, and the same device of another tenant.
#[test]
fn every_topic_by_every_kind_of_caller() {
    let venue = Venue::new();
    let own = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &own);
    assert_eq!(
        client.published("s/us", "101,SN1-child\n102,SN1-service,kind,name,up"),
        0
    );
    assert_eq!(client.published("s/us", "301,c8y_A"), 0);
    client.leave();
    let operation = venue.ask_of("t100", "SN1", "c8y_Restart", serde_json::json!({}));
    let finish = format!("504,{operation}");
    let ask = [
        ("s/us/SN1-child", "400,c8y_E,x"),
        ("s/us/SN1-service", "104,down"),
        ("inventory/managedObjects/update/SN1", "{\"x\":1}"),
        ("inventory/managedObjects/update/SN1-child", "{\"x\":1}"),
        (
            "event/events/create",
            "{\"type\":\"c8y_E\",\"text\":\"x\",\"time\":\"2026-01-01T00:00:00Z\",\"externalSource\":{\"externalId\":\"SN1\",\"type\":\"c8y_Serial\"}}",
        ),
        ("s/us", finish.as_str()),
        ("s/uat", ""),
        ("s/ucr", ""),
        ("s/us/SN1/x", "400,c8y_E,x"),
    ];
    let bootstrap = venue.house.user(
        "management",
        "devicebootstrap",
        UserKind::Bootstrap,
        &[model::roles::Role::DeviceBootstrap],
    );
    let callers = [
        ("own device", Hello::of(V5, "SN1", &own)),
        ("other device", Hello::of(V5, "SN2", &venue.device("t100", "SN2"))),
        (
            "person",
            Hello::of(V5, "SN1", &venue.house.person("t100", "nobody", &[])),
        ),
        ("bootstrap", Hello::of(V5, "SN1", &bootstrap)),
        ("other tenant", Hello::of(V5, "SN1", &venue.device("t200", "SN1"))),
    ];
    let mut table = String::new();
    for (topic, payload) in ask {
        table.push_str(&format!("{topic:<45}"));
        for (name, hello) in &callers {
            let mut client = venue.connect(V5, hello);
            client.subscribe(&[("s/e", 0), ("error", 0), ("s/dat", 0), ("s/dcr", 0)]);
            let becomes = match *name {
                // Its connection ends with what it may not publish.
                "bootstrap" if topic != "s/ucr" => {
                    let reason = client.published(topic, payload);
                    assert_eq!(client.farewell(), 0x87);
                    format!("{reason:02X}")
                }
                _ => {
                    let becomes = outcome(&mut client, topic, payload);
                    client.leave();
                    becomes
                }
            };
            table.push_str(&format!("| {becomes:<8}"));
        }
        table.push('\n');
    }
    let approved = include_str!("topics.txt");
    let approved: String = approved
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let table: String = table
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    assert_eq!(table, approved, "\n{table}");
    // Whatever was told to the others, only the device itself has left something.
    assert_eq!(venue.events("t100", "SN1"), ["x"]);
    assert_eq!(venue.events("t100", "SN1-child"), ["x"]);
}
