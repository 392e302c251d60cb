//! Bulk operations over REST: planned, begun when they are due, spread over time, each device by the planner's rights.

use crate::operations::{agent, id, listed, put};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const BULK: &str = "/devicecontrol/bulkoperations";

/// A group with so many agents in it.
fn group(house: &House, who: &Who, size: usize) -> (String, Vec<String>) {
    let body = json!({"name": "g", "type": "c8y_DeviceGroup", "c8y_IsDeviceGroup": {}});
    let group = id(&house
        .post(who, "/inventory/managedObjects", body)
        .expect(201)
        .json());
    let devices: Vec<_> = (0..size).map(|_| agent(house, who, json!({}))).collect();
    for device in &devices {
        let path = format!("/inventory/managedObjects/{group}/childAssets");
        house
            .post(who, &path, json!({"managedObject": {"id": device}}))
            .expect(201);
    }
    (group, devices)
}

/// A plan that begins so many seconds from now.
fn plan(house: &House, seconds: i64, ramp: f64) -> Value {
    use engine::world::World;
    let start = house.world.now().plus_millis(1_000 * seconds).to_string();
    json!({
        "startDate": start, "creationRamp": ramp,
        "operationPrototype": {"description": "Restart", "c8y_Restart": {}},
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

fn tick(house: &House) {
    house
        .wait(house.door.advance_bulk_operations())
        .expect("advances");
}

fn read(house: &House, who: &Who, bulk: &str) -> Value {
    house.get(who, &format!("{BULK}/{bulk}")).expect(200).json()
}

/// Pending, executing, successful, failed, all.
fn progress(bulk: &Value) -> [u64; 5] {
    ["pending", "executing", "successful", "failed", "all"]
        .map(|name| bulk["progress"][name].as_u64().expect("a count"))
}

fn stands(bulk: &Value) -> (&str, &str) {
    let word = |name: &str| bulk[name].as_str().expect("a word");
    (word("status"), word("generalStatus"))
}

#[test]
fn a_bulk_operation_begins_when_it_is_due_and_is_spread_over_time() {
    let house = House::new();
    let admin = house.admin("t100");
    let (group, devices) = group(&house, &admin, 3);
    let body = with(plan(&house, 60, 2.5), "groupId", json!(group));
    let body = with(body, "note", json!("quarterly"));
    let created = house.post(&admin, BULK, body).expect(201);
    let bulk = id(&created.json());
    assert!(created.header("location").ends_with(&format!("{BULK}/{bulk}")));
    let shown = created.json();
    assert_eq!(
        (&shown["groupId"], &shown["note"]),
        (&json!(group), &json!("quarterly"))
    );
    assert_eq!(shown["creationRamp"], json!(2.5));
    assert_eq!(
        shown["operationPrototype"],
        json!({"description": "Restart", "c8y_Restart": {}})
    );
    assert_eq!(
        (stands(&shown), progress(&shown)),
        (("ACTIVE", "SCHEDULED"), [0; 5])
    );
    tick(&house);
    assert_eq!(stands(&read(&house, &admin, &bulk)), ("ACTIVE", "SCHEDULED"));

    house.world.advance_millis(60_000);
    let of_bulk = || listed(&house, &admin, &format!("bulkOperationId={bulk}"));
    for expected in 1..=3 {
        tick(&house);
        assert_eq!(of_bulk().len(), expected);
        house.world.advance_millis(2_500);
    }
    let begun = read(&house, &admin, &bulk);
    assert_eq!(
        (stands(&begun), progress(&begun)),
        (("COMPLETED", "EXECUTING"), [3, 0, 0, 0, 3])
    );
    let operations = of_bulk();
    let first = house
        .get(&admin, &format!("/devicecontrol/operations/{}", operations[0]))
        .expect(200)
        .json();
    assert_eq!(
        (&first["deviceId"], &first["description"]),
        (&json!(devices[0]), &json!("Restart"))
    );
    assert_eq!(first["bulkOperationId"], json!(bulk));

    put(&house, &admin, &operations[0], json!({"status": "SUCCESSFUL"})).expect(200);
    put(&house, &admin, &operations[1], json!({"status": "FAILED"})).expect(200);
    let now = read(&house, &admin, &bulk);
    assert_eq!(
        (stands(&now).1, progress(&now)),
        ("EXECUTING_WITH_ERROR", [1, 0, 1, 1, 3])
    );
    put(&house, &admin, &operations[2], json!({"status": "EXECUTING"})).expect(200);
    assert_eq!(progress(&read(&house, &admin, &bulk)), [0, 1, 1, 1, 3]);
    put(&house, &admin, &operations[2], json!({"status": "SUCCESSFUL"})).expect(200);
    assert_eq!(stands(&read(&house, &admin, &bulk)), ("COMPLETED", "FAILED"));

    // Those that have failed once more.
    let again = with(plan(&house, 0, 0.0), "failedParentId", json!(bulk));
    let again = id(&house.post(&admin, BULK, again).expect(201).json());
    tick(&house);
    let repeated = listed(&house, &admin, &format!("bulkOperationId={again}"));
    assert_eq!(repeated.len(), 1);
    let repeated = house
        .get(&admin, &format!("/devicecontrol/operations/{}", repeated[0]))
        .json();
    assert_eq!(repeated["deviceId"], json!(devices[1]));
}

#[test]
fn a_dynamic_group_is_asked_for_its_devices_when_it_begins() {
    let house = House::new();
    let admin = house.admin("t100");
    let body = json!({"type": "c8y_DynamicGroup", "c8y_DeviceQueryString": "$filter=(has(c8y_Pump))"});
    let group = id(&house
        .post(&admin, "/inventory/managedObjects", body)
        .expect(201)
        .json());
    agent(&house, &admin, json!({}));
    let body = with(plan(&house, 10, 0.0), "groupId", json!(group));
    let bulk = id(&house.post(&admin, BULK, body).expect(201).json());
    let pump = agent(&house, &admin, json!({"c8y_Pump": {}}));
    house.world.advance_millis(10_000);
    tick(&house);
    let operations = listed(&house, &admin, &format!("bulkOperationId={bulk}"));
    assert_eq!(
        (
            operations.len(),
            listed(&house, &admin, &format!("deviceId={pump}"))
        ),
        (1, operations)
    );
}

// R032: what is asked of a device is decided by the rights that the planner has when it is asked.
#[test]
fn a_right_that_is_withdrawn_stops_the_rest() {
    let house = House::new();
    let admin = house.admin("t100");
    let (group, devices) = group(&house, &admin, 3);
    let planner = house.person(
        "t100",
        "planner",
        &[Role::BulkOperationAdmin, Role::BulkOperationRead],
    );
    house.grant(
        &planner,
        &[
            &format!("{group}, MANAGED_OBJECT, *, READ"),
            &format!("{group}, OPERATION, c8y_Restart, ADMIN"),
        ],
    );
    let body = with(plan(&house, 0, 1.0), "groupId", json!(group));
    let bulk = id(&house.post(&planner, BULK, body.clone()).expect(201).json());
    tick(&house);
    assert_eq!(listed(&house, &admin, "").len(), 1);
    house.grant(&planner, &[&format!("{group}, MANAGED_OBJECT, *, READ")]);
    house.world.advance_millis(5_000);
    tick(&house);
    let stopped = read(&house, &planner, &bulk);
    assert_eq!(
        (stands(&stopped), progress(&stopped)),
        (("COMPLETED", "EXECUTING_WITH_ERROR"), [1, 0, 0, 2, 3])
    );
    assert_eq!(listed(&house, &admin, "").len(), 1);
    let records = format!("/audit/auditRecords?type=BulkOperation&source={bulk}&pageSize=100");
    let records = house.get(&admin, &records).expect(200).json();
    let refused = records["auditRecords"].as_array().expect("records").iter();
    let refused =
        refused.filter(|record| record["activity"] == "Device not asked" && record["user"] == "planner");
    assert_eq!(refused.count(), 2);

    // And what is not covered is not asked, though its plan was taken.
    house.grant(
        &planner,
        &[
            &format!("{group}, MANAGED_OBJECT, *, READ"),
            &format!("{group}, OPERATION, c8y_Restart, ADMIN"),
        ],
    );
    let sneaky = with(
        body,
        "operationPrototype",
        json!({"c8y_Restart": {}, "c8y_Command": {}}),
    );
    let sneaky = id(&house.post(&planner, BULK, sneaky).expect(201).json());
    house.world.advance_millis(5_000);
    tick(&house);
    let refused = read(&house, &planner, &sneaky);
    assert_eq!(
        (stands(&refused).1, progress(&refused)),
        ("FAILED", [0, 0, 0, 3, 3])
    );
    assert_eq!(devices.len(), 3);
}

#[test]
fn whoever_changes_a_plan_lends_it_their_rights() {
    let house = House::new();
    let admin = house.admin("t100");
    let (group, _) = group(&house, &admin, 1);
    let body = with(plan(&house, 60, 0.0), "groupId", json!(group));
    let bulk = id(&house.post(&admin, BULK, body).expect(201).json());
    let other = house.person("t100", "other", &[Role::BulkOperationAdmin, Role::InventoryRead]);
    let path = format!("{BULK}/{bulk}");
    let changed = house
        .put(&other, &path, json!({"operationPrototype": {"c8y_Command": {}}}))
        .expect(200)
        .json();
    assert_eq!(
        (changed["id"].clone(), changed.get("status")),
        (json!(bulk), None)
    );
    house.world.advance_millis(60_000);
    tick(&house);
    assert_eq!(progress(&read(&house, &admin, &bulk)), [0, 0, 0, 1, 1]);
    house.put(&admin, &path, json!({"creationRamp": 5})).expect(409);
    // What changes nothing is no change.
    house.put(&admin, &path, json!({"creationRamp": 0})).expect(200);
}

#[test]
fn a_cancelled_bulk_operation_asks_nobody_more() {
    let house = House::new();
    let admin = house.admin("t100");
    let (group, _) = group(&house, &admin, 3);
    let body = with(plan(&house, 0, 1.0), "groupId", json!(group));
    let bulk = id(&house.post(&admin, BULK, body).expect(201).json());
    tick(&house);
    let path = format!("{BULK}/{bulk}");
    house.delete(&admin, &path).expect(204);
    house.delete(&admin, &path).expect(404);
    house.world.advance_millis(60_000);
    tick(&house);
    assert_eq!(listed(&house, &admin, "").len(), 1);
    let gone = read(&house, &admin, &bulk);
    assert_eq!(
        (stands(&gone), progress(&gone)),
        (("DELETED", "CANCELED"), [1, 0, 0, 0, 1])
    );
    let ids = |query: &str| {
        let page = house.get(&admin, &format!("{BULK}?{query}")).expect(200).json();
        page["bulkOperations"].as_array().expect("a list").len()
    };
    assert_eq!(
        (
            ids(""),
            ids("withDeleted=true"),
            ids("withDeleted=true&generalStatus=CANCELED")
        ),
        (0, 1, 1)
    );
    assert_eq!(
        (
            ids("generalStatus=SCHEDULED"),
            ids("withDeleted=true&dateTo=2000-01-01")
        ),
        (0, 0)
    );
}

#[test]
fn plans_that_make_no_sense_are_refused() {
    let house = House::new();
    let admin = house.admin("t100");
    let (group, _) = group(&house, &admin, 0);
    let good = with(plan(&house, 0, 1.0), "groupId", json!(group));
    let without = |name: &str| {
        let mut body = good.clone();
        body.as_object_mut().expect("an object").remove(name);
        body
    };
    for name in ["groupId", "startDate", "creationRamp", "operationPrototype"] {
        house.post(&admin, BULK, without(name)).expect(422);
    }
    for (name, value) in [
        ("failedParentId", json!("5")),
        ("creationRamp", json!(-1)),
        ("creationRamp", json!(86_400.5)),
        ("creationRamp", json!("1")),
        ("startDate", json!("soon")),
        ("operationPrototype", json!("x")),
        ("groupId", json!("9007199254740991")),
        ("groupId", json!("x")),
    ] {
        let reply = house.post(&admin, BULK, with(good.clone(), name, value.clone()));
        assert_eq!(reply.status.as_u16(), 422, "{name} {value}: {}", reply.text);
    }
    let orphan = with(without("groupId"), "failedParentId", json!("77"));
    house.post(&admin, BULK, orphan).expect(422);
    house
        .post(&admin, BULK, with(good.clone(), "creationRamp", json!(86_400)))
        .expect(201);
    house
        .post(&admin, BULK, with(good, "creationRamp", json!(0.001)))
        .expect(201);
    for query in ["generalStatus=EXECUTING_WITH_ERRORS", "withDeleted=yes"] {
        house.get(&admin, &format!("{BULK}?{query}")).expect(422);
    }
    for absent in ["77", "x"] {
        house.get(&admin, &format!("{BULK}/{absent}")).expect(404);
        house
            .put(&admin, &format!("{BULK}/{absent}"), json!({"note": "x"}))
            .expect(404);
        house.delete(&admin, &format!("{BULK}/{absent}")).expect(404);
    }
}

// R025: another tenant's groups and bulk operations are not there.
#[test]
fn another_tenants_bulk_operations_are_not_there() {
    let house = House::new();
    let (ours, theirs) = (house.admin("t100"), house.admin("t200"));
    let (group, _) = group(&house, &theirs, 1);
    let body = with(plan(&house, 60, 0.0), "groupId", json!(group));
    house.post(&ours, BULK, body.clone()).expect(422);
    let bulk = id(&house.post(&theirs, BULK, body).expect(201).json());
    let path = format!("{BULK}/{bulk}");
    house.get(&ours, &path).expect(404);
    house.put(&ours, &path, json!({"note": "x"})).expect(404);
    house.delete(&ours, &path).expect(404);
    let mut failed = plan(&house, 0, 0.0);
    failed["failedParentId"] = json!(bulk);
    house.post(&ours, BULK, failed).expect(422);
    house.world.advance_millis(60_000);
    tick(&house);
    assert_eq!(
        (listed(&house, &ours, "").len(), listed(&house, &theirs, "").len()),
        (0, 1)
    );
    let nobody = house.person("t200", "nobody", &[]);
    house.get(&nobody, &path).expect(403);
    house.get(&nobody, BULK).expect(403);
}
