//! Every kind of operation over a connection: asked by REST, told as a row and as JSON, taken and ended by rows, and shown by
//! REST with what it has changed.

use crate::client::V3;
use crate::venue::Venue;
use serde_json::{Value, json};

const JSON: &str = "devicecontrol/notifications";
const URL: &str = "https://t100.example.org/inventory/binaries/7";

/// The fragment, what it asks, the row, what the device answers behind `503,<fragment>`, and what the operation says then.
type Kind = (&'static str, Value, &'static str, &'static str, Value);

fn kinds() -> Vec<Kind> {
    let command = json!({"text": "ls"});
    let upload = json!({"type": "c"});
    let log = json!({
        "logFile": "syslog", "dateFrom": "2026-11-17T00:00:00Z", "dateTo": "2026-11-18T00:00:00Z",
        "searchText": "x", "maximumLines": 10,
    });
    let with = |value: &Value, name: &str, more: &str| {
        let mut value = value.clone();
        value[name] = json!(more);
        value
    };
    let same = |name, asked: Value, row| (name, asked.clone(), row, "", asked);
    vec![
        same("c8y_Restart", json!({}), "510,SN1"),
        (
            "c8y_Command",
            command.clone(),
            "511,SN1,ls",
            ",a b",
            with(&command, "result", "a b"),
        ),
        same("c8y_Configuration", json!({"config": "a=1"}), "513,SN1,a=1"),
        same(
            "c8y_Firmware",
            json!({"name": "fw", "version": "1", "url": URL}),
            "515,SN1,fw,1,https://t100.example.org/inventory/binaries/7",
        ),
        same(
            "c8y_Firmware",
            json!({"name": "fw", "version": "1.1", "url": URL, "isPatch": true, "dependency": "1"}),
            "525,SN1,fw,1.1,https://t100.example.org/inventory/binaries/7,1",
        ),
        same(
            "c8y_SoftwareUpdate",
            json!([{"name": "s", "version": "1", "url": URL, "action": "install"}]),
            "528,SN1,s,1,https://t100.example.org/inventory/binaries/7,install",
        ),
        (
            "c8y_UploadConfigFile",
            upload.clone(),
            "526,SN1,c",
            ",https://x/event/events/5/binaries",
            with(&upload, "file", "https://x/event/events/5/binaries"),
        ),
        same(
            "c8y_DownloadConfigFile",
            json!({"type": "c", "url": URL}),
            "524,SN1,https://t100.example.org/inventory/binaries/7,c",
        ),
        (
            "c8y_LogfileRequest",
            log.clone(),
            "522,SN1,syslog,2026-11-17T00:00:00Z,2026-11-18T00:00:00Z,x,10",
            ",https://x/5",
            with(&log, "file", "https://x/5"),
        ),
    ]
}

// R093
#[test]
fn every_kind_goes_its_way_over_a_connection() {
    let venue = Venue::new();
    let admin = venue.house.admin("t100");
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.published("s/us", "100,n,t");
    client.subscribe(&[("s/ds", 1), (JSON, 1)]);
    for (fragment, asked, row, answer, shown) in kinds() {
        let operation = venue.ask_of("t100", "SN1", fragment, asked.clone());
        let (told, as_json) = (client.told(), client.told());
        assert_eq!((told.topic.as_str(), told.payload.as_str()), ("s/ds", row));
        let document: Value = serde_json::from_str(&as_json.payload).expect("JSON");
        assert_eq!(
            (&document["id"], &document[fragment]),
            (&json!(operation), &asked)
        );
        assert_eq!(document["externalSource"]["externalId"], "SN1");
        client.published("s/us", &format!("501,{fragment}"));
        client.published("s/us", &format!("503,{fragment}{answer}"));
        let path = format!("/devicecontrol/operations/{operation}");
        let read = venue.house.get(&admin, &path).expect(200).json();
        assert_eq!((&read["status"], &read[fragment]), (&json!("SUCCESSFUL"), &shown));
    }
    client.leave();
}

// What no template knows comes as JSON alone, and is ended by its id.
#[test]
fn a_custom_operation_comes_as_json_and_keeps_what_it_printed() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.published("s/us", "100,n,t");
    client.subscribe(&[("s/ds", 1), (JSON, 1)]);
    let operation = venue.ask_of("t100", "SN1", "set_wifi", json!({"ssid": "x"}));
    let told = client.told();
    assert_eq!(told.topic, JSON);
    client.published("s/us", &format!("504,{operation}\n506,{operation},joined"));
    let path = format!("/devicecontrol/operations/{operation}");
    let read = venue
        .house
        .get(&venue.house.admin("t100"), &path)
        .expect(200)
        .json();
    assert_eq!(
        (&read["status"], &read["set_wifi"]["result"]),
        (&json!("SUCCESSFUL"), &json!("joined"))
    );
    client.leave();
}
