//! JSON over MQTT.

use super::{Client, plain};
use mqtt::reason::PublishRefusal;
use serde_json::{Value, json};
use testkit::house::House;

const TIME: &str = "2026-11-18T00:00:00.000Z";

#[test]
fn documents_are_about_the_device_whatever_they_say() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let other = Client::device(&house, "t100", "dev2");
    other.say("s/us", "100").silent();
    let source = json!({"id": other.id("dev2")});
    let measurement = json!({"type": "m", "time": TIME, "source": source, "c8y_T": {"T": {"value": 1.50}}});
    device
        .say("measurement/measurements/create", measurement.to_string())
        .silent();
    let event = json!({"type": "e", "text": "t", "time": TIME, "source": source, "more": {"a": null}});
    device.say("/event/events/create", event.to_string()).silent();
    let alarm = json!({"type": "a", "text": "t", "severity": "MINOR", "time": TIME, "x": 1});
    device.say("alarm/alarms/create", alarm.to_string()).silent();
    assert_eq!(
        device.only("measurements", "dev1"),
        json!({"type": "m", "time": TIME, "c8y_T": {"T": {"value": 1.50}}})
    );
    assert_eq!(device.only("events", "dev1")["more"], json!({"a": null}));
    assert_eq!(device.only("alarms", "dev1")["x"], 1);
    for kind in ["measurements", "events", "alarms"] {
        assert_eq!(device.list(kind, "dev2").len(), 0);
    }
}

#[test]
fn many_documents_are_all_stored_or_none() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "101,kid").silent();
    let kid = json!({"externalId": "kid", "type": "c8y_Serial"});
    for (topic, list, document) in [
        (
            "measurement/measurements/createBulk",
            "measurements",
            json!({"type": "m", "time": TIME, "c8y_T": {"T": {"value": 1}}}),
        ),
        (
            "event/events/createBulk",
            "events",
            json!({"type": "e", "text": "t", "time": TIME}),
        ),
        (
            "alarm/alarms/createBulk",
            "alarms",
            json!({"type": "a", "text": "t", "severity": "MINOR", "time": TIME}),
        ),
    ] {
        let mut of_kid = document.clone();
        of_kid["externalSource"] = kid.clone();
        device
            .say(
                topic,
                json!({list: [document.clone(), of_kid.clone()]}).to_string(),
            )
            .silent();
        let count = || [device.list(list, "dev1").len(), device.list(list, "kid").len()];
        assert_eq!(count(), [1, 1], "{list}");
        let mut bad = document.clone();
        bad.as_object_mut().expect("an object").remove("type");
        let mut foreign = document.clone();
        foreign["externalSource"] = json!({"externalId": "nobody", "type": "c8y_Serial"});
        for wrong in [bad, foreign] {
            let told = device.say(topic, json!({list: [of_kid.clone(), wrong]}).to_string());
            assert_eq!(told.taken, Err(PublishRefusal::Content));
            told.one("error");
            assert_eq!(count(), [1, 1], "{list}");
        }
        device.say(topic, json!({list: []}).to_string()).silent();
        device.say(topic, "{}").one("error");
    }
}

#[test]
fn documents_are_changed_and_deleted() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "211,1\n400,e,t\n301,a").silent();
    let id = |kind: &str| {
        device.list(kind, "dev1")[0]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    let event = id("events");
    device
        .say(
            &format!("event/events/update/{event}"),
            json!({"text": "new", "c8y_X": 1}).to_string(),
        )
        .silent();
    assert_eq!(device.list("events", "dev1")[0]["text"], "new");
    device
        .say(
            &format!("event/events/update/{event}"),
            json!({"c8y_X": null}).to_string(),
        )
        .silent();
    assert!(device.list("events", "dev1")[0].get("c8y_X").is_none());
    let alarm = id("alarms");
    device
        .say(
            &format!("alarm/alarms/update/{alarm}"),
            json!({"status": "CLEARED"}).to_string(),
        )
        .silent();
    assert_eq!(device.list("alarms", "dev1")[0]["status"], "CLEARED");
    device.say(&format!("event/events/delete/{event}"), "").silent();
    device
        .say(
            &format!("measurement/measurements/delete/{}", id("measurements")),
            "",
        )
        .silent();
    assert_eq!(
        device.list("events", "dev1").len() + device.list("measurements", "dev1").len(),
        0
    );
    device
        .say(&format!("event/events/delete/{event}"), "")
        .one("error");
}

#[test]
fn objects_are_created_and_changed_by_their_external_ids() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let update = "inventory/managedObjects/update/dev1";
    device
        .say(
            update,
            json!({"c8y_Agent": {"name": "a"}, "c8y_X": 1}).to_string(),
        )
        .silent();
    device
        .say(update, json!({"c8y_X": null, "name": "New"}).to_string())
        .silent();
    assert_eq!(
        plain(device.object("dev1")),
        json!({"name": "New", "type": "c8y_MQTTDevice", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {},
            "c8y_Agent": {"name": "a"}})
    );
    let thing = json!({"name": "Thing", "externalSource": {"externalId": "thing", "type": "c8y_Serial"}});
    device
        .say("inventory/managedObjects/create", thing.to_string())
        .silent();
    assert_eq!(plain(device.object("thing")), json!({"name": "Thing"}));
    device
        .say("inventory/managedObjects/create", thing.to_string())
        .one("error");
    let mut kid = thing;
    kid["externalSource"]["externalId"] = json!("kid");
    device
        .say(
            "inventory/managedObjects/dev1/childDevices/create",
            kid.to_string(),
        )
        .silent();
    kid["externalSource"]["externalId"] = json!("grandchild");
    let path = format!(
        "inventory/managedObjects/{}/childDevices/create",
        device.id("kid")
    );
    device.say(&path, kid.to_string()).silent();
    let parent = device.object("grandchild")["deviceParents"]["references"][0]["managedObject"]["id"].clone();
    assert_eq!(parent, device.id("kid"));
}

#[test]
fn errors_say_what_is_wrong_and_repeat_nothing() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    for body in [
        "",
        "{",
        "[]",
        "{\"type\":1}",
        "\u{0}",
        "{\"externalSource\":\"secret-word\",\"type\":\"t\"}",
    ] {
        let told = device.say("event/events/create", body);
        assert_eq!(told.taken, Err(PublishRefusal::Content), "{body}");
        let error: Value = serde_json::from_str(&told.one("error")).expect("JSON");
        assert_eq!(
            (&error["error"], &error["messageId"]),
            (&json!("undefined/validationError"), &json!(7))
        );
        let message = error["message"].as_str().expect("words");
        assert!(
            !message.is_empty() && !message.contains("secret-word"),
            "{message}"
        );
    }
    let deep = "[".repeat(10_000);
    device.say("event/events/create", deep).one("error");
}
