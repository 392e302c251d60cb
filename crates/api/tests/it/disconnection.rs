//! Disconnecting one device (R079): nothing that it has opens anything any more, and what is known of it stays.

use crate::users::assert_documented;
use model::limits::CANCELLED_AT_ONCE_MAX;
use model::registration::DeviceId;
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const OBJECTS: &str = "/inventory/managedObjects";
const REQUESTS: &str = "/devicecontrol/newDeviceRequests";
const BLOCKED: &str = "/devicecontrol/disconnections";

pub(crate) fn at(object: &str) -> String {
    format!("/devicecontrol/devices/{object}/disconnection")
}

/// An agent of its own user, with its serial number.
pub(crate) fn agent(house: &House, name: &str) -> (Who, String) {
    let device = house.device("t100", &format!("device_{name}"));
    let body = json!({"name": name, "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}});
    let made = house.post(&device, OBJECTS, body).expect(201).json();
    let object = made["id"].as_str().expect("an id").to_owned();
    let body = json!({"type": "c8y_Serial", "externalId": name});
    house
        .post(
            &device,
            &format!("/identity/globalIds/{object}/externalIds"),
            body,
        )
        .expect(201);
    (device, object)
}

pub(crate) fn ask_of(house: &House, object: &str, fragment: &str) -> String {
    let mut body = json!({ "deviceId": object });
    body[fragment] = json!({});
    let made = house.post(&house.admin("t100"), "/devicecontrol/operations", body);
    made.expect(201).json()["id"].as_str().expect("an id").to_owned()
}

fn recorded(house: &House) -> Vec<Value> {
    let path = "/audit/auditRecords?type=DeviceDisconnection&pageSize=2000";
    let found = house.get(&house.admin("t100"), path).expect(200).json();
    found["auditRecords"].as_array().expect("records").clone()
}

// R079
#[test]
fn a_disconnected_device_gets_in_nowhere_and_its_data_stays() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    let (other, _) = agent(&house, "SN-2");
    let body = json!({"source": {"id": object}, "type": "t", "text": "x", "time": "2026-11-21T10:00:00Z"});
    let event = house.post(&device, "/event/events", body).expect(201).json();
    let (waits, begun) = (
        ask_of(&house, &object, "c8y_Restart"),
        ask_of(&house, &object, "c8y_Command"),
    );
    let operation = |id: &str| format!("/devicecontrol/operations/{id}");
    house
        .put(&device, &operation(&begun), json!({"status": "EXECUTING"}))
        .expect(200);

    let preview = house.get(&admin, &at(&object)).expect(200).json();
    assert_documented("Disconnection", &preview);
    assert_eq!(
        (&preview["disconnected"], &preview["devices"]),
        (&json!(false), &json!(["SN-1"]))
    );
    let expected = json!({
        "users": 1, "credentials": 1, "certificates": 0, "requests": 0, "oneTimePasswords": 0,
        "pendingOperations": 1, "executingOperations": 1,
    });
    assert_eq!(preview["consequences"], expected);

    let done = house.post(&admin, &at(&object), json!({"reason": "stolen in Kiel"}));
    let done = done.expect(200).json();
    assert_documented("Disconnection", &done);
    assert_eq!(
        (&done["disconnected"], &done["by"]),
        (&json!(true), &json!("admin"))
    );
    assert_eq!(done["consequences"]["users"], 0);

    // Within the same second: its password, whatever it asks.
    house.get(&device, OBJECTS).expect(401);
    house.get(&other, OBJECTS).expect(200);
    for id in [&waits, &begun] {
        let shown = house.get(&admin, &operation(id)).expect(200).json();
        assert_eq!(shown["status"], "FAILED");
        assert_eq!(
            shown["failureReason"],
            "The device was disconnected: stolen in Kiel"
        );
    }
    let asked = json!({"deviceId": object, "c8y_Restart": {}});
    house.post(&admin, "/devicecontrol/operations", asked).expect(409);
    let id = event["id"].as_str().expect("an id");
    house.get(&admin, &format!("/event/events/{id}")).expect(200);
    let shown = house
        .get(&admin, &format!("{OBJECTS}/{object}"))
        .expect(200)
        .json();
    assert_eq!(shown["holdfast_Disconnected"]["reason"], "stolen in Kiel");
    assert_eq!(shown["c8y_Connection"]["status"], "DISCONNECTED");

    let records = recorded(&house);
    assert_eq!(records.len(), 1);
    let text = records[0]["text"].as_str().expect("text");
    assert!(
        text.contains("1 users disabled, 1 credentials") && text.contains("2 operations cancelled"),
        "{text}"
    );
    // Once more changes nothing.
    house
        .post(&admin, &at(&object), json!({"reason": "again"}))
        .expect(200);
    assert_eq!(recorded(&house).len(), 1);
    assert_eq!(house.get(&admin, &at(&object)).json()["reason"], "stolen in Kiel");
}

// R079: nobody lets it in again by another way than readmission.
#[test]
fn a_disconnected_device_does_not_come_back_by_another_way() {
    let house = House::new();
    let admin = house.admin("t100");
    let with = house.user(
        "t100",
        "devicebootstrap",
        UserKind::Bootstrap,
        &[Role::DeviceBootstrap],
    );
    let (_, object) = agent(&house, "SN-1");
    // Open already, as if somebody had prepared it.
    house.post(&admin, REQUESTS, json!({"id": "SN-1"})).expect(201);
    house
        .post(&with, "/devicecontrol/deviceCredentials", json!({"id": "SN-1"}))
        .expect(404);
    house
        .put(&admin, &format!("{REQUESTS}/SN-1"), json!({"status": "ACCEPTED"}))
        .expect(200);
    house
        .post(&admin, &at(&object), json!({"reason": "stolen"}))
        .expect(200);

    house
        .post(&with, "/devicecontrol/deviceCredentials", json!({"id": "SN-1"}))
        .expect(404);
    house.post(&admin, REQUESTS, json!({"id": "SN-1"})).expect(409);
    house
        .put(&admin, "/user/t100/users/device_SN-1", json!({"enabled": true}))
        .expect(409);
    house
        .put(
            &admin,
            &format!("{OBJECTS}/{object}/user"),
            json!({"enabled": true}),
        )
        .expect(409);
    // It stays out when its object is deleted, with or without its user.
    house
        .delete(&admin, &format!("{OBJECTS}/{object}?withDeviceUser=true"))
        .expect(204);
    house.post(&admin, REQUESTS, json!({"id": "SN-1"})).expect(409);
    let blocked = house.get(&admin, BLOCKED).expect(200).json();
    assert_documented("BlockedDevices", &blocked);
    assert_eq!(blocked["disconnections"][0]["id"], "SN-1");
    assert_eq!(blocked["disconnections"][0]["by"], "admin");
    // Until somebody says so who lets devices in.
    house.delete(&admin, &format!("{BLOCKED}/SN-1")).expect(204);
    house.post(&admin, REQUESTS, json!({"id": "SN-1"})).expect(201);
    house.delete(&admin, &format!("{BLOCKED}/SN-1")).expect(404);
}

// R079: readmission is a decision of its own, and gives nothing back.
#[test]
fn a_readmitted_device_must_register_anew() {
    let house = House::new();
    let admin = house.admin("t100");
    let with = house.user(
        "t100",
        "devicebootstrap",
        UserKind::Bootstrap,
        &[Role::DeviceBootstrap],
    );
    let (device, object) = agent(&house, "SN-1");
    house
        .post(&admin, &at(&object), json!({"reason": "lost"}))
        .expect(200);
    // As long as the object is there, it is readmitted by that.
    house.delete(&admin, &format!("{BLOCKED}/SN-1")).expect(409);
    house.delete(&admin, &at(&object)).expect(204);
    house.delete(&admin, &at(&object)).expect(204);
    house.get(&device, OBJECTS).expect(401);
    let shown = house
        .get(&admin, &format!("{OBJECTS}/{object}"))
        .expect(200)
        .json();
    assert!(shown.get("holdfast_Disconnected").is_none());
    house.post(&admin, REQUESTS, json!({"id": "SN-1"})).expect(201);
    let ask = || house.post(&with, "/devicecontrol/deviceCredentials", json!({"id": "SN-1"}));
    ask().expect(404);
    house
        .put(&admin, &format!("{REQUESTS}/SN-1"), json!({"status": "ACCEPTED"}))
        .expect(200);
    let given = ask().expect(201).json();
    let again = Who::new(
        "t100",
        "device_SN-1",
        given["password"].as_str().expect("a password"),
    );
    house.get(&again, &format!("{OBJECTS}/{object}")).expect(200);
    let activities: Vec<_> = recorded(&house)
        .iter()
        .map(|record| record["activity"].as_str().expect("text").to_owned())
        .collect();
    assert_eq!(activities, ["Device readmitted", "Device disconnected"]);
}

#[test]
fn it_takes_the_rights_on_the_device_and_more_to_let_it_back_in() {
    let house = House::new();
    let (device, object) = agent(&house, "SN-1");
    let reason = || json!({"reason": "x"});
    for (name, roles, status) in [
        ("nobody", &[][..], 404),
        ("reader", &[Role::InventoryRead][..], 403),
        ("inventory", &[Role::InventoryAdmin][..], 403),
        (
            "control",
            &[Role::DeviceControlAdmin, Role::InventoryRead][..],
            403,
        ),
    ] {
        let who = house.person("t100", name, roles);
        let path = if status == 404 { 403 } else { status };
        // Whoever could do it on nothing at all is refused before a body is read.
        let got = house.post(&who, &at(&object), reason()).status.as_u16();
        assert!(got == status || got == path, "{name}: {got}");
    }
    // A device disconnects nobody, not even itself.
    house.post(&device, &at(&object), reason()).expect(403);
    house.get(&device, &at(&object)).expect(403);
    let elsewhere = house.admin("t200");
    house.get(&elsewhere, &at(&object)).expect(404);
    house.post(&elsewhere, &at(&object), reason()).expect(404);
    house.delete(&elsewhere, &at(&object)).expect(404);

    let owner = house.person("t100", "owner", &[]);
    house.grant(
        &owner,
        &[
            &format!("{object}, MANAGED_OBJECT, *, ADMIN"),
            &format!("{object}, OPERATION, *, ADMIN"),
        ],
    );
    house.post(&owner, &at(&object), reason()).expect(200);
    house.delete(&owner, &at(&object)).expect(403);
    house.delete(&house.admin("t100"), &at(&object)).expect(204);
}

// An external id is given by whoever may change an object: it gives no power over another device.
#[test]
fn a_serial_number_on_ones_own_object_disconnects_no_other_device() {
    let house = House::new();
    let (victim, _) = (house.device("t100", "device_SN-9"), ());
    let attacker = house.person(
        "t100",
        "attacker",
        &[Role::InventoryCreate, Role::DeviceControlRead],
    );
    let made = house
        .post(&attacker, OBJECTS, json!({"c8y_IsDevice": {}}))
        .expect(201)
        .json();
    let object = made["id"].as_str().expect("an id");
    let body = json!({"type": "c8y_Serial", "externalId": "SN-9"});
    house
        .post(
            &attacker,
            &format!("/identity/globalIds/{object}/externalIds"),
            body,
        )
        .expect(201);
    house
        .post(&attacker, &at(object), json!({"reason": "mine"}))
        .expect(403);
    house.get(&victim, OBJECTS).expect(200);
}

// The right on one thing that a gateway owns gives no power over the gateway.
#[test]
fn a_right_on_what_a_gateway_owns_gives_no_power_over_its_user() {
    let house = House::new();
    let admin = house.admin("t100");
    let (gateway, object) = agent(&house, "GW-1");
    let plain = house.device("t100", "device_GW-2");
    let body = json!({"c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}});
    house.post(&plain, OBJECTS, body).expect(201);
    let keeper = house.person("t100", "keeper", &[]);
    let below = |who: &Who| {
        let made = house.post(who, OBJECTS, json!({"c8y_IsDevice": {}}));
        let child = made.expect(201).json()["id"].as_str().expect("an id").to_owned();
        house.grant(
            &keeper,
            &[
                &format!("{child}, MANAGED_OBJECT, *, ADMIN"),
                &format!("{child}, OPERATION, *, ADMIN"),
            ],
        );
        child
    };
    let children = format!("{OBJECTS}/{object}/childDevices");
    let loose = below(&gateway);
    let reference = json!({"managedObject": {"id": loose}});
    house.post(&admin, &children, reference).expect(201);
    house.delete(&keeper, &format!("{children}/{loose}")).expect(204);
    // One whose own object has no serial number: its name is the keeper's to take.
    let claims = below(&plain);
    let body = json!({"type": "c8y_Serial", "externalId": "GW-2"});
    let path = format!("/identity/globalIds/{claims}/externalIds");
    house.post(&keeper, &path, body).expect(201);
    for child in [&loose, &claims] {
        house
            .post(&keeper, &at(child), json!({"reason": "mine"}))
            .expect(403);
        let off = json!({"enabled": false});
        house
            .put(&keeper, &format!("{OBJECTS}/{child}/user"), off)
            .expect(403);
    }
    house.get(&gateway, OBJECTS).expect(200);
    house.get(&plain, OBJECTS).expect(200);
    // Who has the right on all that comes in with it may.
    house.grant(&keeper, &[&format!("{object}, MANAGED_OBJECT, *, ADMIN")]);
    house
        .post(&keeper, &at(&loose), json!({"reason": "mine"}))
        .expect(200);
    house.get(&gateway, OBJECTS).expect(401);
}

// R079: a device decides about its own objects; that does not keep it in.
#[test]
fn a_device_that_hides_below_an_object_of_its_own_is_cut_by_who_lets_devices_in() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    hide(&house, &device, "SN-1", &object);
    house
        .post(&admin, &at(&object), json!({"reason": "stolen"}))
        .expect(422);
    let body = || json!({"reason": "stolen", "sharedUser": true});
    let keeper = house.person("t100", "keeper", &[]);
    house.grant(
        &keeper,
        &[
            &format!("{object}, MANAGED_OBJECT, *, ADMIN"),
            &format!("{object}, OPERATION, *, ADMIN"),
        ],
    );
    house.post(&keeper, &at(&object), body()).expect(403);
    house.get(&device, OBJECTS).expect(200);
    house.post(&admin, &at(&object), body()).expect(200);
    house.get(&device, OBJECTS).expect(401);
}

/// The device puts an object of its own above its own, and takes its serial number away.
pub(crate) fn hide(house: &House, device: &Who, serial: &str, object: &str) {
    let made = house.post(device, OBJECTS, json!({"c8y_IsDevice": {}}));
    let above = made.expect(201).json()["id"].as_str().expect("an id").to_owned();
    let reference = json!({"managedObject": {"id": object}});
    house
        .post(device, &format!("{OBJECTS}/{above}/childDevices"), reference)
        .expect(201);
    house
        .delete(device, &format!("/identity/externalIds/c8y_Serial/{serial}"))
        .expect(204);
}

#[test]
fn a_child_that_speaks_through_its_parent_takes_nothing_from_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let (gateway, object) = agent(&house, "GW-1");
    let path = format!("{OBJECTS}/{object}/childDevices");
    let below = |who: &Who, body: Value| {
        let made = house.post(who, OBJECTS, body).expect(201).json();
        let child = made["id"].as_str().expect("an id").to_owned();
        let reference = json!({"managedObject": {"id": child}});
        house.post(&admin, &path, reference).expect(201);
        child
    };
    let silent = below(&gateway, json!({"name": "silent", "c8y_IsDevice": {}}));
    house
        .post(&admin, &at(&silent), json!({"reason": "x"}))
        .expect(422);
    house.get(&gateway, OBJECTS).expect(200);
    let preview = house.get(&admin, &at(&silent)).expect(200).json();
    assert_eq!(preview["sharesUser"], true);

    let own = house.device("t100", "device_own");
    let own_child = below(
        &own,
        json!({"name": "own", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}}),
    );
    let waits = ask_of(&house, &silent, "c8y_Restart");
    let stays = ask_of(&house, &own_child, "c8y_Restart");
    let preview = house.get(&admin, &at(&object)).expect(200).json();
    assert_eq!(preview["ownChildDevices"], json!([own_child]));
    assert_eq!(
        (&preview["childDevicesThroughIt"], &preview["allOwnChildDevices"]),
        (&json!(1), &json!(true))
    );
    house
        .post(&admin, &at(&object), json!({"reason": "x"}))
        .expect(200);
    let status = |id: &str| {
        let shown = house.get(&admin, &format!("/devicecontrol/operations/{id}"));
        shown.expect(200).json()["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    };
    assert_eq!(
        (status(&waits).as_str(), status(&stays).as_str()),
        ("FAILED", "PENDING")
    );
    house.get(&own, OBJECTS).expect(200);
}

#[test]
fn more_operations_than_one_commit_takes_are_all_cancelled() {
    let house = House::new();
    let admin = house.admin("t100");
    let (_, object) = agent(&house, "SN-1");
    for number in 0..CANCELLED_AT_ONCE_MAX + 5 {
        if number % 50 == 0 {
            house.world.advance_millis(60_000);
        }
        ask_of(&house, &object, "c8y_Restart");
    }
    house
        .post(&admin, &at(&object), json!({"reason": "x"}))
        .expect(200);
    let path = format!("/devicecontrol/operations?deviceId={object}&status=PENDING");
    let left = house.get(&admin, &path).expect(200).json();
    assert_eq!(left["operations"], json!([]));
}

#[test]
fn nobody_forges_or_removes_the_mark_of_a_disconnection() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    let path = format!("{OBJECTS}/{object}");
    house
        .put(&device, &path, json!({"holdfast_Disconnected": {"reason": "no"}}))
        .expect(200);
    assert!(
        house
            .get(&admin, &path)
            .json()
            .get("holdfast_Disconnected")
            .is_none()
    );
    house
        .post(&admin, &at(&object), json!({"reason": "x"}))
        .expect(200);
    house
        .put(&admin, &path, json!({"holdfast_Disconnected": null}))
        .expect(200);
    assert_eq!(
        house.get(&admin, &path).json()["holdfast_Disconnected"]["reason"],
        "x"
    );
    assert!("SN-1".parse::<DeviceId>().is_ok());
}
