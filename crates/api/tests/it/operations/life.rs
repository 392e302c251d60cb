//! How long operations wait, how they are called off, and what becomes of answers that come too late.

use super::devices::{caller, device, feed, ids};
use super::{OPERATIONS, agent, ask, id, listed, put};
use engine::operations::by_device::{Said, SayById, StartOldest};
use engine::refusal::{Invalid, Refusal};
use model::limits::OPERATIONS_EXPIRE_AT_ONCE;
use model::operations::OperationStatus;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const DAY: i64 = 86_400_000;

fn expire(house: &House) {
    house.wait(house.door.expire_operations()).expect("expires");
}

fn set_option(house: &House, who: &Who, value: &str) {
    let body = json!({"category": "device-control", "key": "operation.pending.seconds", "value": value});
    house.post(who, "/tenant/options", body).expect(200);
}

fn told(house: &House, who: &Who, operation: &str) -> Value {
    house
        .get(who, &format!("{OPERATIONS}/{operation}"))
        .expect(200)
        .json()
}

fn status(house: &House, who: &Who, operation: &str) -> (String, Value) {
    let told = told(house, who, operation);
    (
        told["status"].as_str().expect("a status").to_owned(),
        told["failureReason"].clone(),
    )
}

fn failed() -> (String, Value) {
    ("FAILED".to_owned(), json!("expired"))
}

fn pending() -> (String, Value) {
    ("PENDING".to_owned(), Value::Null)
}

// R072
#[test]
fn what_nobody_has_taken_in_time_fails_with_a_record() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, device) = device(&house, "a1");
    let (waits, begun) = (ask(&house, &admin, &device), ask(&house, &admin, &device));
    put(&house, &admin, &begun, json!({"status": "EXECUTING"})).expect(200);
    house.world.advance_millis(30 * DAY - 1);
    expire(&house);
    assert_eq!(status(&house, &admin, &waits), pending());
    house.world.advance_millis(1);
    // It is not handed out any more, also before that it failed is stored.
    let mut feed = feed(&house, &who);
    let new = ask(&house, &admin, &device);
    assert_eq!(ids(&house, &mut feed, 1), [new]);
    expire(&house);
    assert_eq!(status(&house, &admin, &waits), failed());
    assert_eq!(status(&house, &admin, &begun).0, "EXECUTING");
    let path = format!("/audit/auditRecords?type=Operation&source={waits}");
    let records = house.get(&admin, &path).expect(200).json();
    let newest = &records["auditRecords"][0];
    assert_eq!(newest["activity"], "Operation updated");
    let values: Vec<_> = newest["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| change["newValue"].clone())
        .collect();
    assert_eq!(values, [json!("FAILED"), json!("expired")]);
    assert_eq!(listed(&house, &admin, "status=PENDING").len(), 1);
}

#[test]
fn the_option_of_the_tenant_says_how_long_and_the_operation_itself_says_it_first() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    set_option(&house, &admin, "3600");
    let by_option = ask(&house, &admin, &device);
    let stated = "2026-11-18T00:00:10.000Z";
    let body = json!({"deviceId": device, "c8y_Restart": {}, "holdfast_ExpiryTime": stated});
    let by_itself = id(&house.post(&admin, OPERATIONS, body).expect(201).json());
    assert_eq!(told(&house, &admin, &by_itself)["holdfast_ExpiryTime"], stated);
    set_option(&house, &admin, "0");
    let for_ever = ask(&house, &admin, &device);
    assert!(
        told(&house, &admin, &for_ever)
            .get("holdfast_ExpiryTime")
            .is_none()
    );
    let statuses = || [&by_option, &by_itself, &for_ever].map(|id| status(&house, &admin, id));
    house.world.advance_millis(10_000);
    expire(&house);
    assert_eq!(statuses(), [pending(), failed(), pending()]);
    house.world.advance_millis(3_600_000);
    expire(&house);
    assert_eq!(statuses(), [failed(), failed(), pending()]);
    house.world.advance_millis(400 * DAY);
    expire(&house);
    assert_eq!(statuses()[2], pending());
    for bad in [json!("2026-11-18T00:00:00.000Z"), json!("soon"), json!(7)] {
        let body = json!({"deviceId": device, "c8y_Restart": {}, "holdfast_ExpiryTime": bad});
        house.post(&admin, OPERATIONS, body).expect(422);
    }
}

#[test]
fn more_than_one_commit_takes_expire_in_one_round_and_none_of_another_tenant() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = agent(&house, &admin, json!({}));
    set_option(&house, &admin, "60");
    for _ in 0..OPERATIONS_EXPIRE_AT_ONCE + 5 {
        ask(&house, &admin, &device);
    }
    let neighbour = house.admin("t200");
    let theirs = ask(&house, &neighbour, &agent(&house, &neighbour, json!({})));
    house.world.advance_millis(60_000);
    expire(&house);
    assert_eq!(listed(&house, &admin, "status=PENDING"), Vec::<String>::new());
    assert_eq!(status(&house, &neighbour, &theirs), pending());
}

// R072: an old command that is answered late was perhaps replayed.
#[test]
fn an_answer_that_comes_too_late_is_refused_and_recorded() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, device) = device(&house, "a1");
    let operation = ask(&house, &admin, &device);
    house.world.advance_millis(31 * DAY);
    let caller = caller(&house, &who);
    let start = || StartOldest {
        device: device.parse().expect("an id"),
        fragment: "c8y_Restart".to_owned(),
    };
    let none = Refusal::Invalid(Invalid::NoOperation(OperationStatus::Pending));
    assert_eq!(house.wait(house.door.run(&caller, start())), Err(none));
    let say = || SayById {
        speaker: device.parse().expect("an id"),
        id: operation.parse().expect("an id"),
        said: Said::successful(),
    };
    for _ in 0..2 {
        let late = house.wait(house.door.run(&caller, say()));
        assert!(
            matches!(late, Err(Refusal::Invalid(Invalid::Step(_)))),
            "{late:?}"
        );
        put(&house, &who, &operation, json!({"status": "EXECUTING"})).expect(422);
        expire(&house);
    }
    assert_eq!(status(&house, &admin, &operation), failed());
    house.wait(house.door.close_windows(true)).expect("written");
    let path = "/audit/auditRecords?type=Security&pageSize=50";
    let records = house.get(&admin, path).expect(200).json();
    let records = records["auditRecords"].as_array().expect("records").clone();
    let late = records.iter().filter(|record| {
        let text = record["text"].as_str().unwrap_or_default();
        record["user"] == "device_a1" && text.contains("expired operation")
    });
    assert!(late.count() >= 1, "{records:?}");
}

#[test]
fn whoever_may_ask_calls_off_what_waits_and_nobody_else() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, device) = device(&house, "a1");
    let operation = ask(&house, &admin, &device);
    let reader = house.person("t100", "reader", &[model::roles::Role::DeviceControlRead]);
    let off = json!({"status": "FAILED", "failureReason": "Called off"});
    put(&house, &reader, &operation, off.clone()).expect(403);
    let helper = house.person("t100", "helper", &[]);
    house.grant(&helper, &[&format!("{device}, OPERATION, c8y_Restart, *")]);
    put(&house, &helper, &operation, off).expect(200);
    let mut feed = feed(&house, &who);
    let next = ask(&house, &admin, &device);
    assert_eq!(ids(&house, &mut feed, 1), [next]);
    // The device that has it already is told so when it answers.
    put(&house, &who, &operation, json!({"status": "EXECUTING"})).expect(422);
    assert_eq!(
        status(&house, &admin, &operation),
        ("FAILED".to_owned(), json!("Called off"))
    );
}
