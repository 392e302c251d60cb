//! Every kind of operation from end to end: asked by REST, handed out as it was asked, taken and ended by the device, shown
//! by REST with what it has changed.

use super::devices::{caller, child_of, device, feed, next};
use super::{OPERATIONS, id};
use engine::operations::by_device::{Effects, Said, SayById};
use model::inventory::ManagedObjectUpdate;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::house::House;

/// Every kind with what the device answers, where that changes the operation or the device.
fn kinds() -> [(&'static str, Value, Option<Value>, Option<Value>); 14] {
    let url = "https://t100.example.org/inventory/binaries/7";
    let file = "https://t100.example.org/event/events/5/binaries";
    let profile = json!({
        "firmware": {"name": "fw", "version": "2", "url": url, "isPatch": false},
        "software": [{"name": "s", "version": "1", "softwareType": "apt", "action": "install"}],
        "configuration": [{"type": "c", "url": url}],
    });
    let log = json!({
        "logFile": "syslog", "dateFrom": "2026-11-17T00:00:00+0100", "dateTo": "2026-11-18T00:00:00+0100",
        "searchText": "", "maximumLines": 1000,
    });
    let with = |value: &Value, name: &str, more: &str| {
        let mut value = value.clone();
        value[name] = json!(more);
        Some(value)
    };
    let command = json!({"text": "ls -l"});
    [
        ("c8y_Restart", json!({}), None, None),
        (
            "c8y_Command",
            command.clone(),
            with(&command, "result", "a\nb"),
            None,
        ),
        (
            "c8y_SoftwareUpdate",
            json!([{"name": "s", "version": "1", "url": url, "action": "install", "softwareType": "apt"}]),
            None,
            None,
        ),
        (
            "c8y_SoftwareList",
            json!([{"name": "s", "version": "1", "url": url}]),
            None,
            None,
        ),
        (
            "c8y_Firmware",
            json!({"name": "fw", "version": "1", "url": url}),
            None,
            None,
        ),
        (
            "c8y_Firmware",
            json!({"name": "fw", "version": "1.1", "url": url, "isPatch": true, "dependency": "1"}),
            None,
            None,
        ),
        (
            "c8y_UploadConfigFile",
            json!({"type": "c"}),
            with(&json!({"type": "c"}), "file", file),
            None,
        ),
        (
            "c8y_DownloadConfigFile",
            json!({"type": "c", "url": url, "c8y_ConfigurationDump": {"id": "9"}}),
            None,
            Some(json!({"c8y_ConfigurationDump": {"id": "9", "time": "2026-11-18T00:00:00.000Z"}})),
        ),
        ("c8y_Configuration", json!({"config": "a=1\nb=2"}), None, None),
        ("c8y_LogfileRequest", log.clone(), with(&log, "file", file), None),
        ("c8y_DeviceProfile", profile, None, None),
        (
            "c8y_RelayArray",
            json!(["OPEN", "CLOSED"]),
            None,
            Some(json!({"c8y_RelayArray": ["OPEN", "CLOSED"]})),
        ),
        (
            "c8y_CommunicationMode",
            json!({"mode": "SMS"}),
            None,
            Some(json!({"c8y_CommunicationMode": {"mode": "SMS"}})),
        ),
        ("set_wifi", json!({"ssid": "x", "exact": 1.50}), None, None),
    ]
}

fn as_json(value: &Value) -> model::json::Json {
    model_json(&value.to_string())
}

fn model_json(text: &str) -> model::json::Json {
    contract::json::parse(text.as_bytes()).expect("JSON")
}

#[test]
fn every_kind_goes_its_way_for_an_agent_and_for_the_device_behind_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let child = child_of(&house, &who, &agent, "a1:device:c", json!({"c8y_IsDevice": {}}));
    let mut feed = feed(&house, &who);
    let caller = caller(&house, &who);
    for (fragment, asked, answered, changed) in kinds() {
        for target in [&agent, &child] {
            let body = json!({"deviceId": target, "description": "d", fragment: asked});
            let operation = id(&house.post(&admin, OPERATIONS, body).expect(201).json());
            let mut delivered = next(&house, &mut feed).expect("the feed goes on");
            assert_eq!(delivered.len(), 1);
            let delivered = delivered.remove(0).operation;
            assert_eq!(delivered.id.to_string(), operation);
            assert_eq!(delivered.fragments.get(fragment), Some(&as_json(&asked)));
            let say = |said| SayById {
                speaker: agent.parse().expect("an id"),
                id: delivered.id,
                said,
            };
            house
                .wait(house.door.run(&caller, say(Said::Executing)))
                .expect("begun");
            let effects = Effects {
                operation: answered
                    .iter()
                    .map(|value| (fragment.to_owned(), as_json(value)))
                    .collect(),
                device: ManagedObjectUpdate {
                    fragments: changed
                        .iter()
                        .flat_map(|changed| changed.as_object().expect("an object"))
                        .map(|(name, value)| (name.clone(), as_json(value)))
                        .collect(),
                    ..ManagedObjectUpdate::default()
                },
            };
            let done = Said::Successful(Arc::new(move |_, _| effects.clone()));
            house.wait(house.door.run(&caller, say(done))).expect("ended");
            let shown = house
                .get(&admin, &format!("{OPERATIONS}/{operation}"))
                .expect(200)
                .json();
            assert_eq!(shown["status"], "SUCCESSFUL", "{fragment}");
            assert_eq!(
                &shown[fragment],
                answered.as_ref().unwrap_or(&asked),
                "{fragment}"
            );
            let object = house
                .get(&admin, &format!("/inventory/managedObjects/{target}"))
                .expect(200)
                .json();
            for (name, value) in changed
                .iter()
                .flat_map(|changed| changed.as_object().expect("an object"))
            {
                assert_eq!(&object[name], value, "{fragment}");
            }
        }
    }
}

#[test]
fn only_a_device_with_types_of_software_is_told_of_them() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let mut feed = feed(&house, &who);
    let path = format!("/inventory/managedObjects/{agent}");
    for (body, knows) in [
        (json!({"c8y_SupportedSoftwareTypes": ["apt"]}), true),
        (json!({"c8y_SupportedSoftwareTypes": null}), false),
    ] {
        house.put(&admin, &path, body).expect(200);
        let update = json!({"deviceId": agent, "c8y_SoftwareUpdate": []});
        house.post(&admin, OPERATIONS, update).expect(201);
        let delivered = next(&house, &mut feed).expect("the feed goes on");
        assert_eq!(delivered[0].knows_software_types, knows);
    }
}
