//! What thin-edge.io sends when it starts, as it was seen on the wire.

use super::{Client, plain};
use serde_json::{Value, json};
use testkit::house::House;

#[test]
fn the_start_of_thin_edge_is_understood() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    // The test of its connection.
    device.say("s/us", "100,dev1,thin-edge.io").silent();
    device.say("s/us", "100,dev1,thin-edge.io").one("s/e");
    let mapper = "102,dev1:device:main:service:tedge-mapper-c8y,service,tedge-mapper-c8y,up";
    device.say("s/us", mapper).silent();
    device.say("s/us", "117,2").silent();
    device.say("s/us", "114").silent();
    assert!(device.say("s/us", "500").sends_waiting);
    device.say("s/us", mapper).silent();
    device.say("s/us", mapper).silent();
    device
        .say(
            "s/us",
            "102,dev1:device:main:service:tedge-agent,service,tedge-agent,up",
        )
        .silent();
    let known = [
        "c8y_DeviceProfile",
        "c8y_DownloadConfigFile",
        "c8y_LogfileRequest",
        "c8y_Restart",
    ];
    for count in 1..=known.len() {
        device
            .say("s/us", format!("114,{}", known[..count].join(",")))
            .silent();
    }
    device.say("s/us", "119,").silent();
    device.say("s/us", "118,").silent();
    device
        .say("s/us", "119,my.conf,tedge-configuration-plugin")
        .silent();
    device.say("s/us", "118,mylog").silent();
    let agent = r#"{"c8y_Agent":{"name":"thin-edge.io","url":"https://thin-edge.io","version":"2.0.1"}}"#;
    device.say("inventory/managedObjects/update/dev1", agent).silent();
    device
        .say(
            "s/us",
            "102,dev1:device:main:service:tedge-mapper-bridge-c8y,service,tedge-mapper-bridge-c8y,up",
        )
        .silent();
    assert!(device.say("s/us", "500").sends_waiting);
    let own = device.who.clone();
    let found = house
        .get(&own, "/identity/externalIds/c8y_Serial/dev1")
        .expect(200)
        .json();
    let id = found["managedObject"]["id"].as_str().expect("an id").to_owned();
    let software = json!({"c8y_SoftwareList": [{"name": "a", "version": "1", "url": ""}]});
    house
        .put(&own, &format!("/inventory/managedObjects/{id}"), software)
        .expect(200);

    assert_eq!(
        plain(device.object("dev1")),
        json!({"name": "dev1", "type": "thin-edge.io", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {},
            "c8y_RequiredAvailability": {"responseInterval": 2}, "c8y_SupportedOperations": known,
            "c8y_SupportedConfigurations": ["my.conf", "tedge-configuration-plugin"], "c8y_SupportedLogs": ["mylog"],
            "c8y_Agent": {"name": "thin-edge.io", "url": "https://thin-edge.io", "version": "2.0.1"},
            "c8y_SoftwareList": [{"name": "a", "version": "1", "url": ""}]})
    );
    // Its telemetry, a child, and its heartbeats.
    device
        .say("measurement/measurements/create",
            r#"{"type":"ThinEdgeMeasurement","time":"2026-11-18T00:00:00.123456789Z","temperature":{"temperature":{"value":25.0}}}"#)
        .silent();
    device
        .say("s/us", "101,dev1:device:child01,child01,thin-edge.io-child,false")
        .silent();
    device.say("s/us/dev1:device:child01", "117,2").silent();
    device
        .say(
            "s/us/dev1:device:child01",
            "303,temperature,\"high, very\",2026-11-18T00:00:00Z",
        )
        .silent();
    device.say("s/us/dev1:device:child01", "306,temperature").silent();
    device
        .say("event/events/create",
            r#"{"type":"door","text":"open","time":"2026-11-18T00:00:00Z","externalSource":{"externalId":"dev1:device:child01","type":"c8y_Serial"},"more":1}"#)
        .silent();
    device
        .say("inventory/managedObjects/update/dev1:device:child01", "{}")
        .silent();
    assert_eq!(device.only("events", "dev1:device:child01")["more"], 1);
    assert_eq!(device.only("alarms", "dev1:device:child01")["status"], "CLEARED");
    assert_eq!(
        device.only("measurements", "dev1")["temperature"]["temperature"]["value"],
        25.0
    );

    // The connection breaks: its will speaks.
    let will = "102,dev1:device:main:service:tedge-mapper-c8y,service,tedge-mapper-bridge-c8y,down\n\
        102,dev1:device:main:service:tedge-mapper-c8y,service,tedge-mapper-c8y,down";
    device.say("s/us", will).silent();
    let mapper = device.object("dev1:device:main:service:tedge-mapper-c8y");
    assert_eq!(
        (&mapper["name"], &mapper["status"]),
        (&json!("tedge-mapper-c8y"), &json!("down"))
    );
    let services = format!("/inventory/managedObjects/{id}/childAdditions?pageSize=100");
    let services: Value = house.get(&own, &services).expect(200).json();
    assert_eq!(services["references"].as_array().map(Vec::len), Some(3));
}
