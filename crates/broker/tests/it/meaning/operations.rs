//! Rows 500 to 507, and operations on their way down.

use super::Client;
use broker::meaning::{one_line, static_rows};
use engine::operations::feed::Delivered;
use serde_json::{Value, json};
use smartrest::collection::Collection;
use std::sync::Arc;
use testkit::house::House;

fn ask(device: &Client<'_>, serial: &str, fragments: Value) -> String {
    let mut body = json!({"deviceId": device.id(serial)});
    let Value::Object(fragments) = fragments else {
        panic!("no fragments: {fragments}");
    };
    body.as_object_mut().expect("an object").extend(fragments);
    let admin = device.house.admin("t100");
    let created = device
        .house
        .post(&admin, "/devicecontrol/operations", body)
        .expect(201)
        .json();
    created["id"].as_str().expect("an id").to_owned()
}

fn read(device: &Client<'_>, id: &str) -> Value {
    let path = format!("/devicecontrol/operations/{id}");
    device
        .house
        .get(&device.house.admin("t100"), &path)
        .expect(200)
        .json()
}

fn status(device: &Client<'_>, id: &str) -> String {
    read(device, id)["status"].as_str().expect("a status").to_owned()
}

#[test]
fn an_operation_begins_and_ends_by_its_fragment_the_oldest_first() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let [one, two, other] =
        ["c8y_Restart", "c8y_Restart", "c8y_Other"].map(|name| ask(&device, "dev1", json!({name: {}})));
    device.say("s/us", "501,c8y_Restart").silent();
    assert_eq!(
        [&one, &two, &other].map(|id| status(&device, id)),
        ["EXECUTING", "PENDING", "PENDING"]
    );
    device
        .say("s/us", "501,c8y_Restart\n502,c8y_Restart,\"no, not now\"")
        .silent();
    assert_eq!(
        [&one, &two].map(|id| status(&device, id)),
        ["FAILED", "EXECUTING"]
    );
    assert_eq!(read(&device, &one)["failureReason"], "no, not now");
    device.say("s/us", "503,c8y_Restart").silent();
    assert_eq!(status(&device, &two), "SUCCESSFUL");
    assert_eq!(
        device
            .say("s/us", "501,c8y_Restart\n502,c8y_Restart\n503,c8y_Other\n501")
            .errors(),
        ["41,501", "41,502", "41,503", "45,501"]
    );
}

#[test]
fn an_operation_is_reported_by_its_id_with_what_comes_of_it() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "101,kid").silent();
    let command = ask(&device, "dev1", json!({"c8y_Command": {"text": "ls"}}));
    device
        .say("s/us", format!("504,{command}\n506,{command},\"a, b\""))
        .silent();
    let done = read(&device, &command);
    assert_eq!(
        (&done["status"], &done["c8y_Command"]),
        (&json!("SUCCESSFUL"), &json!({"text": "ls", "result": "a, b"}))
    );
    let array = ask(&device, "kid", json!({"c8y_RelayArray": ["OPEN"]}));
    device
        .say("s/us/kid", format!("504,{array}\n506,{array},OPEN,CLOSED"))
        .silent();
    assert_eq!(device.object("kid")["c8y_RelayArray"], json!(["OPEN", "CLOSED"]));
    // What is at an end stays so.
    assert_eq!(
        device
            .say("s/us", format!("504,{command}\n505,{command}"))
            .errors(),
        ["50,504", "50,505"]
    );
    assert_eq!(
        device.say("s/us", "504,4711\n506,x\n505").errors(),
        ["41,504", "45,506", "45,505"]
    );
}

#[test]
fn everything_that_a_device_is_at_fails_at_once() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let ids = ["c8y_A", "c8y_B", "c8y_C"].map(|name| ask(&device, "dev1", json!({name: {}})));
    device.say("s/us", "501,c8y_A\n501,c8y_B").silent();
    device.say("s/us", "507,c8y_A,lost").silent();
    assert_eq!(
        ids.each_ref().map(|id| status(&device, id)),
        ["FAILED", "EXECUTING", "PENDING"]
    );
    device.say("s/us", "507").silent();
    assert_eq!(
        ids.each_ref().map(|id| status(&device, id)),
        ["FAILED", "FAILED", "PENDING"]
    );
    assert_eq!(read(&device, &ids[0])["failureReason"], "lost");
}

#[test]
fn what_waits_is_asked_for_again() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let told = device.say("s/us", "500");
    assert!(told.sends_waiting);
    told.silent();
    assert!(!device.say("s/us", "125").sends_waiting);
}

/// What the feed of a device hands out.
fn delivered(device: &Client<'_>) -> Vec<Delivered> {
    device.house.wait(async {
        let mut feed = device
            .house
            .door
            .operations_feed(&device.speaker.caller)
            .await
            .expect("a feed");
        feed.next().await.expect("operations")
    })
}

#[test]
fn an_operation_goes_down_as_rows_and_as_json_on_one_line() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "101,\"kid,1\"").silent();
    let restart = ask(&device, "dev1", json!({"c8y_Restart": {}}));
    ask(
        &device,
        "kid,1",
        json!({"c8y_Command": {"text": "echo \"a\nb\""}, "description": "two\nlines"}),
    );
    ask(&device, "dev1", json!({"c8y_Unknown": {"x": [1, {"y": "z"}]}}));
    let down = delivered(&device);
    assert_eq!(
        down.iter().map(static_rows).collect::<Vec<_>>(),
        [
            Some("510,dev1".to_owned()),
            Some("511,\"kid,1\",\"echo \\\"a\nb\\\"\"".to_owned()),
            None
        ]
    );
    for line in down.iter().map(one_line) {
        assert!(!line.contains(['\n', '\r']), "{line}");
    }
    let first: Value = serde_json::from_str(&one_line(&down[0])).expect("JSON");
    assert_eq!(
        first,
        json!({"id": restart, "deviceId": device.id("dev1"), "agentId": device.id("dev1"), "status": "PENDING",
            "creationTime": "2026-11-18T00:00:00.000Z", "c8y_Restart": {},
            "delivery": {"status": "PENDING", "time": "2026-11-18T00:00:00.000Z", "log": []},
            "externalSource": {"externalId": "dev1", "type": "c8y_Serial"}})
    );
    let second: Value = serde_json::from_str(&one_line(&down[1])).expect("JSON");
    assert_eq!(second["externalSource"]["externalId"], "kid,1");
    assert_eq!(second["description"], "two\nlines");

    let collection =
        Collection::from_message(b"11,300,,c8y_Unknown,$.c8y_Unknown.x[1].y,$.id\n11,301,,c8y_Nothing,$.id")
            .expect("a collection");
    let collection = Arc::new(collection);
    let rows = |it| house.wait(device.meaning.custom_rows(&collection, it));
    let rows: Vec<_> = down.iter().map(rows).collect();
    assert_eq!(rows[..2], [None, None]);
    assert_eq!(rows[2], Some(format!("300,dev1,z,{}", down[2].operation.id)));
}

#[test]
fn a_device_that_knows_types_of_software_is_told_of_them() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let update =
        json!([{"name": "a", "version": "1", "softwareType": "apt", "url": "u", "action": "install"}]);
    ask(&device, "dev1", json!({"c8y_SoftwareUpdate": update}));
    assert_eq!(
        static_rows(&delivered(&device)[0]).as_deref(),
        Some("528,dev1,a,1,u,install")
    );
    device.say("s/us", "143,apt").silent();
    assert_eq!(
        static_rows(&delivered(&device)[0]).as_deref(),
        Some("529,dev1,a,1,apt,u,install")
    );
}
