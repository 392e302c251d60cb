//! What an open operation lends to its device: the firmware, software or configuration that it names, to read, and while
//! it is open.
// R023: the device reads what it is told to fetch, and nothing else

use super::devices::{agent_body, child_of, device, object};
use super::{OPERATIONS, id, put};
use crate::files::send_form;
use model::limits::{LENT_BY_MAX, LENT_TO_MAX, LENT_WHILE_EXECUTING_SECONDS, OPERATION_NAMES_MAX};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

/// The statuses with which a device reads a file and its object.
const READ: [u16; 2] = [200, 200];
const MISSING: [u16; 2] = [404, 404];

/// A new file of somebody.
fn file(house: &House, who: &Who) -> String {
    let form = [
        (
            "name=\"object\"",
            "",
            "{\"name\": \"fw\", \"type\": \"c8y_upload\", \"c8y_Made\": {}}",
        ),
        ("name=\"file\"; filename=\"fw.bin\"", "text/plain", "firmware"),
    ];
    id(&send_form(house, who, "POST", "/inventory/binaries", &form)
        .expect(201)
        .json())
}

fn firmware(file: &str) -> Value {
    json!({"name": "fw", "version": "2", "url": format!("https://localhost/inventory/binaries/{file}")})
}

/// A new operation; gives its id.
fn ask(house: &House, who: &Who, device: &str, fragment: &str, value: &Value) -> String {
    let body = json!({"deviceId": device, fragment: value});
    id(&house.post(who, OPERATIONS, body).expect(201).json())
}

fn reads(house: &House, who: &Who, object: &str) -> [u16; 2] {
    let status = |path: &str| {
        house
            .get(who, &format!("/inventory/{path}/{object}"))
            .status
            .as_u16()
    };
    [status("binaries"), status("managedObjects")]
}

#[test]
fn a_device_reads_what_its_operation_names_while_that_is_open_and_nothing_else() {
    let house = House::new();
    let admin = house.admin("t100");
    let ((who, agent), (other, _)) = (device(&house, "a1"), device(&house, "a2"));
    let [named, beside] = [file(&house, &admin), file(&house, &admin)];
    assert_eq!(reads(&house, &who, &named), MISSING);
    let operation = ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
    let content = house
        .get(&who, &format!("/inventory/binaries/{named}"))
        .expect(200);
    assert_eq!(content.text, "firmware");
    assert_eq!(reads(&house, &who, &beside), MISSING, "what is not named");
    assert_eq!(reads(&house, &other, &named), MISSING, "another device");
    assert_eq!(reads(&house, &other, &agent), MISSING);
    // To read it is all.
    for (method, path) in [
        ("PUT", format!("/inventory/managedObjects/{named}")),
        ("DELETE", format!("/inventory/managedObjects/{named}")),
        ("DELETE", format!("/inventory/binaries/{named}")),
    ] {
        assert_eq!(
            house.call(&who, method, &path, json!({"a": 1})).status,
            403,
            "{method} {path}"
        );
    }
    let measurement = json!({"source": {"id": named}, "type": "x", "time": "2026-11-18T00:00:00Z", "a": {"b": {"value": 1}}});
    assert_ne!(
        house.post(&who, "/measurement/measurements", measurement).status,
        201
    );
    let listed = house
        .get(&who, "/inventory/binaries?pageSize=100")
        .expect(200)
        .json();
    assert_eq!(listed["managedObjects"], json!([]));
    for (status, expected) in [("EXECUTING", READ), ("SUCCESSFUL", MISSING)] {
        put(&house, &who, &operation, json!({"status": status})).expect(200);
        assert_eq!(reads(&house, &who, &named), expected, "{status}");
    }
    // What has ended does not open again; a new one is new.
    ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
    assert_eq!(reads(&house, &who, &named), READ);
    house
        .delete(&admin, &format!("{OPERATIONS}?deviceId={agent}"))
        .expect(204);
    assert_eq!(reads(&house, &who, &named), MISSING, "deleted");
}

#[test]
fn an_operation_that_expires_lends_no_longer() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let named = file(&house, &admin);
    ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
    assert_eq!(reads(&house, &who, &named), READ);
    house.world.advance_millis(30 * 86_400_000);
    house.wait(house.door.expire_operations()).expect("expires");
    assert_eq!(reads(&house, &who, &named), MISSING);
}

#[test]
fn an_operation_that_its_device_never_ends_lends_for_a_week_and_stays_as_it_is() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let named = file(&house, &admin);
    let operation = ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
    put(&house, &who, &operation, json!({"status": "EXECUTING"})).expect(200);
    let week = i64::from(LENT_WHILE_EXECUTING_SECONDS) * 1_000;
    house.world.advance_millis(week - 1_000);
    // To say more of it, or the same again, gives no more time.
    put(
        &house,
        &who,
        &operation,
        json!({"status": "EXECUTING", "x_Progress": {"percent": 1}}),
    )
    .expect(200);
    house.wait(house.door.expire_operations()).expect("nothing yet");
    assert_eq!(reads(&house, &who, &named), READ);
    house.world.advance_millis(1_000);
    house.wait(house.door.expire_operations()).expect("ends");
    assert_eq!(reads(&house, &who, &named), MISSING);
    let shown = house
        .get(&admin, &format!("{OPERATIONS}/{operation}"))
        .expect(200)
        .json();
    assert_eq!(shown["status"], "EXECUTING");
    let records = house
        .get(&admin, &format!("/audit/auditRecords?source={operation}"))
        .expect(200)
        .json();
    assert_eq!(
        records["auditRecords"][0]["activity"],
        "Operation lends no longer"
    );
    put(&house, &who, &operation, json!({"status": "SUCCESSFUL"})).expect(200);
}

#[test]
fn what_the_creator_may_not_read_or_may_not_any_more_is_not_lent() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let named = file(&house, &admin);
    let creator = house.person("t100", "creator", &[Role::DeviceControlAdmin]);
    ask(&house, &creator, &agent, "c8y_Firmware", &firmware(&named));
    assert_eq!(reads(&house, &who, &named), MISSING);
    // By permissions on the file, as far as these go: content and object are two rights, and every fragment counts.
    for (rule, expected) in [
        (format!("{named}, BINARY, c8y_Made, READ"), MISSING),
        (format!("{named}, BINARY, *, ADMIN"), MISSING),
        (format!("{named}, MEASUREMENT, *, READ"), MISSING),
        (format!("{named}, BINARY, *, READ"), [200, 403]),
        (format!("{named}, MANAGED_OBJECT, *, READ"), [403, 200]),
        (format!("{named}, *, *, READ"), READ),
    ] {
        house.grant(&creator, &[&rule]);
        assert_eq!(reads(&house, &who, &named), expected, "{rule}");
    }
    house
        .put(&admin, "/user/t100/users/creator", json!({"enabled": false}))
        .expect(200);
    assert_eq!(reads(&house, &who, &named), MISSING, "disabled");
    house
        .put(&admin, "/user/t100/users/creator", json!({"enabled": true}))
        .expect(200);
    assert_eq!(reads(&house, &who, &named), READ);
    house.delete(&admin, "/user/t100/users/creator").expect(204);
    assert_eq!(reads(&house, &who, &named), MISSING, "deleted");
}

#[test]
fn a_device_lends_itself_nothing() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let named = file(&house, &admin);
    // By an operation of its own, and by changing one that it was asked.
    let own = json!({"deviceId": agent, "c8y_Firmware": firmware(&named)});
    house.post(&who, OPERATIONS, own).expect(201);
    let asked = ask(&house, &admin, &agent, "c8y_Restart", &json!({}));
    let change = json!({"status": "EXECUTING", "c8y_Firmware": firmware(&named)});
    put(&house, &who, &asked, change).expect(200);
    assert_eq!(reads(&house, &who, &named), MISSING);
    // And passes on nothing that was lent to it.
    ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
    assert_eq!(reads(&house, &who, &named), READ);
    let below = house.device("t100", "device_below");
    let child = object(&house, &below, "below", agent_body());
    let body = json!({"managedObject": {"id": child}});
    house
        .post(
            &admin,
            &format!("/inventory/managedObjects/{agent}/childDevices"),
            body,
        )
        .expect(201);
    ask(&house, &who, &child, "c8y_Firmware", &firmware(&named));
    assert_eq!(reads(&house, &below, &named), MISSING);
}

#[test]
fn what_a_child_is_asked_is_lent_to_its_agent_as_long_as_it_hangs_there() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let child = object(&house, &admin, "c", json!({"c8y_IsDevice": {}}));
    let own = child_of(&house, &who, &agent, "own", json!({"c8y_IsDevice": {}}));
    let at = format!("/inventory/managedObjects/{own}/childDevices");
    let linked = json!({"managedObject": {"id": child}});
    house.post(&admin, &at, linked).expect(201);
    let named = file(&house, &admin);
    ask(&house, &admin, &child, "c8y_Firmware", &firmware(&named));
    assert_eq!(reads(&house, &who, &named), READ);
    house.delete(&admin, &format!("{at}/{child}")).expect(204);
    assert_eq!(reads(&house, &who, &named), MISSING);
}

#[test]
fn what_is_no_file_and_no_entry_of_a_repository_stays_closed_though_it_is_named() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let (_, other) = device(&house, "a2");
    let entry = |kind: &str| {
        object(
            &house,
            &admin,
            kind,
            json!({"type": kind, "c8y_Firmware": {"version": "1"}}),
        )
    };
    let [version, thing] = ["c8y_FirmwareBinary", "c8y_Secret"].map(entry);
    for (named, expected) in [(&version, 200), (&thing, 404), (&other, 404)] {
        ask(&house, &admin, &agent, "c8y_Firmware", &json!({"id": named}));
        let path = format!("/inventory/managedObjects/{named}");
        assert_eq!(house.get(&who, &path).status, expected, "{named}");
    }
}

#[test]
fn nothing_comes_out_of_another_tenant() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    // The number that a file of another tenant has: here it is nobody's, or something of our own.
    let foreign = file(&house, &house.admin("t200"));
    let is_here = house
        .get(&admin, &format!("/inventory/binaries/{foreign}"))
        .status
        == 200;
    assert!(!is_here, "the file lies in the other tenant");
    ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&foreign));
    let refused = house
        .get(&who, &format!("/inventory/binaries/{foreign}"))
        .expect(404);
    assert!(!refused.text.contains("firmware"));
}

#[test]
fn an_explanation_names_the_operation_that_lends() {
    let house = House::new();
    let admin = house.admin("t100");
    let (_, agent) = device(&house, "a1");
    let named = file(&house, &admin);
    let operation = ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
    let path = format!("/user/t100/users/device_a1/effectivePermissions?device={named}");
    let told = house.get(&admin, &path).expect(200).json();
    let because = |scope: &str, name: &str| {
        let mut actions = told["actions"].as_array().expect("actions").iter();
        let found = actions.find(|action| action["scope"] == scope && action["action"] == name);
        found.map(|action| action["because"].clone())
    };
    let lent = json!([{"type": "lent", "operationId": operation}]);
    for (scope, name, expected) in [
        ("MANAGED_OBJECT", "read", lent.clone()),
        ("BINARY", "read", lent),
        ("MANAGED_OBJECT", "update", json!([])),
        ("MEASUREMENT", "read", json!([])),
    ] {
        assert_eq!(because(scope, name), Some(expected), "{scope} {name}");
    }
}

#[test]
fn many_names_in_one_operation_are_all_lent_up_to_the_bound_and_end_with_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let [first, last] = [file(&house, &admin), file(&house, &admin)];
    let entries = |count: usize| {
        let mut entries = vec![firmware(&first)];
        entries.extend((2..count).map(|number| json!({"id": (900_000 + number).to_string()})));
        entries.push(firmware(&last));
        Value::from(entries)
    };
    for (count, expected) in [(OPERATION_NAMES_MAX, READ), (OPERATION_NAMES_MAX + 1, MISSING)] {
        let operation = ask(&house, &admin, &agent, "c8y_SoftwareUpdate", &entries(count));
        assert_eq!(reads(&house, &who, &first), READ, "{count}");
        assert_eq!(reads(&house, &who, &last), expected, "{count}");
        put(&house, &who, &operation, json!({"status": "SUCCESSFUL"})).expect(200);
        assert_eq!(reads(&house, &who, &first), MISSING, "{count}");
    }
}

#[test]
fn so_many_objects_of_a_device_and_so_many_operations_of_each_are_looked_at_and_no_more() {
    for (more, expected) in [(1, READ), (0, MISSING)] {
        let house = House::new();
        let admin = house.admin("t100");
        let who = house.device("t100", "device_a1");
        house.objects_of(&who, LENT_TO_MAX - more);
        let agent = object(&house, &who, "a1", agent_body());
        let named = file(&house, &admin);
        ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
        assert_eq!(reads(&house, &who, &named), expected, "objects");

        let (who, agent) = device(&house, "a2");
        let creator = house.person("t100", "creator", &[Role::DeviceControlAdmin]);
        for _ in 0..LENT_BY_MAX - more {
            ask(&house, &creator, &agent, "c8y_Firmware", &firmware(&named));
        }
        ask(&house, &admin, &agent, "c8y_Firmware", &firmware(&named));
        assert_eq!(reads(&house, &who, &named), expected, "operations");
    }
}
