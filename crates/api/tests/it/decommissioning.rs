//! Taking a device out of service (R087): steps that can be gone on with, and a report of what is proven.

use crate::disconnection::{agent, ask_of, at, hide};
use crate::users::assert_documented;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

fn path(object: &str) -> String {
    format!("/devicecontrol/devices/{object}/decommissioning")
}

fn begun(house: &House, who: &Who, object: &str) -> Value {
    house
        .post(who, &path(object), json!({"reason": "sold"}))
        .expect(201)
        .json()
}

#[track_caller]
fn take(house: &House, who: &Who, object: &str, body: Value) -> Value {
    house.put(who, &path(object), body).expect(200).json()
}

fn outcome(state: &Value, step: &str) -> String {
    let steps = state["steps"].as_array().expect("steps");
    let found = steps.iter().find(|one| one["step"] == step).expect("the step");
    found["outcome"].as_str().expect("an outcome").to_owned()
}

fn wipes(house: &House, device: &Who, object: &str) {
    let waiting = format!("/devicecontrol/operations?deviceId={object}&status=PENDING");
    let found = house.get(device, &waiting).expect(200).json();
    let all = found["operations"].as_array().expect("operations");
    // It is asked for nothing else.
    assert_eq!(all.len(), 1);
    assert!(all[0].get("holdfast_Decommission").is_some());
    let id = all[0]["id"].as_str().expect("an id");
    for status in ["EXECUTING", "SUCCESSFUL"] {
        house
            .put(
                device,
                &format!("/devicecontrol/operations/{id}"),
                json!({"status": status}),
            )
            .expect(200);
    }
}

/// Revokes the credentials of a device that is not asked to erase itself.
fn revoke(house: &House, who: &Who, object: &str) {
    take(
        house,
        who,
        object,
        json!({"step": "WIPE", "skip": true, "note": "lost"}),
    );
    let state = take(house, who, object, json!({"step": "REVOKE"}));
    assert_eq!(outcome(&state, "REVOKE"), "PROVEN");
}

// R087
#[test]
fn a_device_goes_out_of_service_step_by_step_with_a_certificate_of_it() {
    let mut house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    let body = json!({"source": {"id": object}, "type": "t", "text": "x", "time": "2026-11-21T10:00:00Z"});
    let event = house.post(&device, "/event/events", body).expect(201).json();
    house.get(&admin, &path(&object)).expect(404);
    let state = begun(&house, &admin, &object);
    assert_documented("Decommissioning", &state);
    assert_eq!(
        (&state["status"], outcome(&state, "WIPE")),
        (&json!("OPEN"), "OPEN".to_owned())
    );
    house
        .post(&admin, &path(&object), json!({"reason": "again"}))
        .expect(409);

    take(
        &house,
        &admin,
        &object,
        json!({"step": "EXPORT", "note": "series exported to the archive"}),
    );
    ask_of(&house, &object, "c8y_Restart");
    let state = take(&house, &admin, &object, json!({"step": "WIPE"}));
    assert_eq!(outcome(&state, "WIPE"), "WAITING");
    // The device must still be able to come in.
    house
        .put(&admin, &path(&object), json!({"step": "REVOKE"}))
        .expect(422);
    house.restart(|engines| engines);
    wipes(&house, &device, &object);
    let state = house.get(&admin, &path(&object)).expect(200).json();
    assert_eq!(outcome(&state, "WIPE"), "PROVEN");
    house
        .post(&admin, &format!("{}/completion", path(&object)), Value::Null)
        .expect(422);

    let state = take(&house, &admin, &object, json!({"step": "REVOKE"}));
    assert_eq!(outcome(&state, "REVOKE"), "PROVEN");
    house.get(&device, "/inventory/managedObjects").expect(401);
    let kept = json!({"step": "DATA", "data": "KEEP", "note": "ten years, by contract"});
    take(&house, &admin, &object, kept);
    take(
        &house,
        &admin,
        &object,
        json!({"step": "HARDWARE", "note": "recycled by X"}),
    );
    house
        .get(&admin, &format!("{}/certificate", path(&object)))
        .expect(404);
    let done = house
        .post(&admin, &format!("{}/completion", path(&object)), Value::Null)
        .expect(200)
        .json();
    assert_documented("Decommissioning", &done);
    assert_eq!(done["status"], "COMPLETED_UNPROVEN");
    assert_eq!(done["unproven"], json!(["EXPORT", "HARDWARE"]));
    let record = done["auditRecord"].as_str().expect("a record");

    let shown = house
        .get(&admin, &format!("/audit/auditRecords/{record}"))
        .expect(200)
        .json();
    assert_eq!(shown["activity"], "Device decommissioned");
    assert_eq!(
        shown["holdfast_Decommissioning"]["unproven"],
        json!(["EXPORT", "HARDWARE"])
    );
    let certificate = house
        .get(&admin, &format!("{}/certificate", path(&object)))
        .expect(200)
        .text;
    let whole = house
        .get(&admin, &format!("/audit/bundle?first={record}&count=1"))
        .expect(200)
        .text;
    // The same record, under the checkpoint of its own time.
    let line = |text: &str| {
        text.lines()
            .find(|line| line.contains("Device decommissioned"))
            .map(str::to_owned)
    };
    assert!(line(&certificate).is_some());
    assert_eq!(line(&certificate), line(&whole));
    // Again, it is the same; and nothing of it changes any more.
    let again = house.post(&admin, &format!("{}/completion", path(&object)), Value::Null);
    assert_eq!(again.expect(200).json()["auditRecord"], record);
    house
        .put(&admin, &path(&object), json!({"step": "EXPORT", "note": "x"}))
        .expect(409);
    house.delete(&admin, &path(&object)).expect(409);
    house.delete(&admin, &at(&object)).expect(409);
    let id = event["id"].as_str().expect("an id");
    house.get(&admin, &format!("/event/events/{id}")).expect(200);
}

// R087: a lost device whose wipe nobody confirmed is not shown as wiped.
#[test]
fn a_lost_device_is_reported_as_not_wiped() {
    let house = House::new();
    let admin = house.admin("t100");
    let (_, object) = agent(&house, "SN-1");
    begun(&house, &admin, &object);
    house
        .put(&admin, &path(&object), json!({"step": "WIPE", "skip": true}))
        .expect(422);
    let skipped = json!({"step": "WIPE", "skip": true, "note": "lost at sea"});
    take(&house, &admin, &object, skipped);
    house
        .put(
            &admin,
            &path(&object),
            json!({"step": "REVOKE", "skip": true, "note": "x"}),
        )
        .expect(422);
    take(&house, &admin, &object, json!({"step": "REVOKE"}));
    // Too late to ask it.
    house
        .put(&admin, &path(&object), json!({"step": "WIPE"}))
        .expect(422);
    for step in ["EXPORT", "HARDWARE", "DATA"] {
        take(
            &house,
            &admin,
            &object,
            json!({"step": step, "skip": true, "note": "lost"}),
        );
    }
    let done = house
        .post(&admin, &format!("{}/completion", path(&object)), Value::Null)
        .expect(200)
        .json();
    assert_eq!(done["status"], "COMPLETED_UNPROVEN");
    assert!(
        done["unproven"]
            .as_array()
            .expect("steps")
            .contains(&json!("WIPE"))
    );
}

#[test]
fn a_device_that_cannot_erase_itself_fails_the_step() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    begun(&house, &admin, &object);
    let state = take(&house, &admin, &object, json!({"step": "WIPE"}));
    let id = state["wipeOperation"].as_str().expect("an id");
    let failed = json!({"status": "FAILED", "failureReason": "read-only"});
    house
        .put(&device, &format!("/devicecontrol/operations/{id}"), failed)
        .expect(200);
    let state = house.get(&admin, &path(&object)).expect(200).json();
    assert_eq!(outcome(&state, "WIPE"), "FAILED");
    house
        .put(&admin, &path(&object), json!({"step": "REVOKE"}))
        .expect(422);
    // It is asked once more.
    let state = take(&house, &admin, &object, json!({"step": "WIPE"}));
    assert_ne!(state["wipeOperation"], id);
    wipes(&house, &device, &object);
}

// R087: data goes by choice, and only with the rights for that.
#[test]
fn data_is_removed_by_choice() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    let time = "2026-11-21T10:00:00Z";
    let event = json!({"source": {"id": object}, "type": "t", "text": "x", "time": time});
    house.post(&device, "/event/events", event).expect(201);
    let point = json!({"source": {"id": object}, "type": "t", "time": time, "c8y_T": {"T": {"value": 1}}});
    house
        .post(&device, "/measurement/measurements", point)
        .expect(201);
    let alarm =
        json!({"source": {"id": object}, "type": "t", "text": "x", "severity": "MAJOR", "time": time});
    house.post(&device, "/alarm/alarms", alarm).expect(201);
    begun(&house, &admin, &object);
    house
        .put(&admin, &path(&object), json!({"step": "DATA"}))
        .expect(422);
    // More could come, as long as the device comes in.
    house
        .put(&admin, &path(&object), json!({"step": "DATA", "data": "REMOVE"}))
        .expect(422);
    revoke(&house, &admin, &object);
    take(&house, &admin, &object, json!({"step": "DATA", "data": "REMOVE"}));
    for (list, key) in [
        ("/event/events", "events"),
        ("/measurement/measurements", "measurements"),
        ("/alarm/alarms", "alarms"),
    ] {
        let left = house
            .get(&admin, &format!("{list}?source={object}"))
            .expect(200)
            .json();
        assert_eq!(left[key], json!([]), "{list}");
    }
}

#[test]
fn one_that_has_not_begun_in_earnest_is_abandoned() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    begun(&house, &admin, &object);
    take(&house, &admin, &object, json!({"step": "EXPORT", "note": "done"}));
    let state = take(&house, &admin, &object, json!({"step": "WIPE"}));
    house.delete(&admin, &path(&object)).expect(204);
    // What stays in service is not asked to erase itself any more.
    let wipe = state["wipeOperation"].as_str().expect("an id");
    let shown = house.get(&admin, &format!("/devicecontrol/operations/{wipe}"));
    assert_eq!(shown.expect(200).json()["status"], "FAILED");
    house.get(&admin, &path(&object)).expect(404);
    house.delete(&admin, &path(&object)).expect(404);
    // Not a device, and nobody of another tenant.
    house
        .post(&device, &path(&object), json!({"reason": "x"}))
        .expect(403);
    let elsewhere = house.admin("t200");
    house
        .post(&elsewhere, &path(&object), json!({"reason": "x"}))
        .expect(404);
    house.get(&elsewhere, &path(&object)).expect(404);
    house
        .get(&elsewhere, &format!("{}/certificate", path(&object)))
        .expect(404);
}

// R087: what is called proven was shown.
#[test]
fn nobody_but_a_device_says_that_it_has_erased_itself() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    begun(&house, &admin, &object);
    let state = take(&house, &admin, &object, json!({"step": "WIPE"}));
    let wipe = state["wipeOperation"].as_str().expect("an id");
    let operation = format!("/devicecontrol/operations/{wipe}");
    let without = json!({"status": "EXECUTING", "holdfast_Decommission": null, "c8y_Restart": {}});
    for body in [json!({"status": "SUCCESSFUL"}), without] {
        house.put(&admin, &operation, body).expect(403);
    }
    let state = house.get(&admin, &path(&object)).expect(200).json();
    assert_eq!(outcome(&state, "WIPE"), "WAITING");
    wipes(&house, &device, &object);
}

// R087: a device that comes in with a user of another object is not shown as cut off.
#[test]
fn a_device_that_still_comes_in_is_not_reported_as_revoked() {
    let house = House::new();
    let admin = house.admin("t100");
    for serial in [None, Some("another")] {
        let name = serial.unwrap_or("SN-1");
        let (device, object) = agent(&house, &format!("{name}-1"));
        hide(&house, &device, &format!("{name}-1"), &object);
        if let Some(serial) = serial {
            let body = json!({"type": "c8y_Serial", "externalId": serial});
            let ids = format!("/identity/globalIds/{object}/externalIds");
            house.post(&device, &ids, body).expect(201);
        }
        begun(&house, &admin, &object);
        let skipped = json!({"step": "WIPE", "skip": true, "note": "lost"});
        take(&house, &admin, &object, skipped);
        house
            .put(&admin, &path(&object), json!({"step": "REVOKE"}))
            .expect(422);
        let said = json!({"step": "REVOKE", "note": "the gateway stays"});
        let state = take(&house, &admin, &object, said);
        assert_eq!(outcome(&state, "REVOKE"), "STATED");
        // Cut with its user, it is proven.
        let body = json!({"reason": "x", "sharedUser": true});
        house.post(&admin, &at(&object), body).expect(200);
        let state = take(&house, &admin, &object, json!({"step": "REVOKE"}));
        assert_eq!(outcome(&state, "REVOKE"), "PROVEN");
    }
}

// R087: nor does it come back once that is said.
#[test]
fn a_device_whose_credentials_are_revoked_is_not_let_back_in() {
    let house = House::new();
    let admin = house.admin("t100");
    let (_, object) = agent(&house, "SN-1");
    begun(&house, &admin, &object);
    revoke(&house, &admin, &object);
    house.delete(&admin, &at(&object)).expect(409);
    // Owned by one that comes in, it is not cut off any more.
    house.device("t100", "device_other");
    let place = format!("/inventory/managedObjects/{object}");
    house
        .put(&admin, &place, json!({"owner": "device_other"}))
        .expect(200);
    let state = house.get(&admin, &path(&object)).expect(200).json();
    assert_eq!(outcome(&state, "REVOKE"), "FAILED");
    house
        .put(&admin, &place, json!({"owner": "device_SN-1"}))
        .expect(200);
    for step in ["EXPORT", "HARDWARE", "DATA"] {
        let skipped = json!({"step": step, "skip": true, "note": "lost"});
        take(&house, &admin, &object, skipped);
    }
    house
        .post(&admin, &format!("{}/completion", path(&object)), Value::Null)
        .expect(200);
    house.delete(&admin, &place).expect(204);
    house
        .delete(&admin, "/devicecontrol/disconnections/SN-1")
        .expect(409);
}

// R087: what the caller's roles do not reach is not removed by it.
#[test]
fn data_that_is_left_is_not_reported_as_removed() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, object) = agent(&house, "SN-1");
    let event = json!({"source": {"id": object}, "type": "t", "text": "x", "time": "2026-11-21T10:00:00Z"});
    let event = house.post(&device, "/event/events", event).expect(201).json();
    let project = house.post(&admin, "/inventory/projects", json!({"name": "north"}));
    let place = json!({"project": {"id": project.expect(201).json()["id"]}});
    let moved = format!("/inventory/managedObjects/{object}/project");
    house.put(&admin, &moved, place).expect(200);
    let roles = [Role::EventAdmin, Role::MeasurementAdmin, Role::AlarmAdmin];
    let keeper = house.person("t100", "keeper", &roles);
    house.grant(
        &keeper,
        &[
            &format!("{object}, MANAGED_OBJECT, *, ADMIN"),
            &format!("{object}, OPERATION, *, ADMIN"),
        ],
    );
    begun(&house, &keeper, &object);
    revoke(&house, &keeper, &object);
    let removes = json!({"step": "DATA", "data": "REMOVE"});
    let state = take(&house, &keeper, &object, removes);
    assert_eq!(outcome(&state, "DATA"), "FAILED");
    let id = event["id"].as_str().expect("an id");
    house.get(&admin, &format!("/event/events/{id}")).expect(200);
}
