//! How much comes in: what is a message, what is turned away, and who may see it.

use crate::alarms::object;
use crate::users::assert_documented;
use model::limits::RATE_INGEST_PER_SECOND;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const FLOW: &str = "/tenant/flow";
const EVENTS: &str = "/event/events";

fn flow(house: &House, who: &Who) -> Value {
    let found = house.get(who, FLOW).expect(200).json();
    assert_documented("MessageFlow", &found);
    found
}

/// What was received over HTTP and what was turned away, in sum.
fn sums(found: &Value) -> (Value, Value) {
    let mut sums = [serde_json::Map::new(), serde_json::Map::new()];
    for interval in found["intervals"].as_array().expect("intervals") {
        let parts = [&interval["received"]["HTTP"], &interval["rejected"]];
        for (sum, part) in sums.iter_mut().zip(parts) {
            for (word, count) in part.as_object().into_iter().flatten() {
                let before = sum.get(word).and_then(Value::as_u64).unwrap_or(0);
                sum.insert(word.clone(), json!(before + count.as_u64().expect("a count")));
            }
        }
    }
    let [received, rejected] = sums;
    (received.into(), rejected.into())
}

fn event(source: &str) -> Value {
    json!({"source": {"id": source}, "time": "2026-11-17T00:00:00Z", "type": "t", "text": "x"})
}

#[test]
fn what_comes_in_is_counted_by_kind_and_what_is_turned_away_by_reason() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = object(
        &house,
        &admin,
        json!({"c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}}),
    );
    let (received, rejected) = sums(&flow(&house, &admin));
    assert_eq!((received, rejected), (json!({"inventory": 1}), json!({})));

    house.world.advance_millis(20_000);
    let made = house.post(&admin, EVENTS, event(&id)).expect(201).json();
    let path = format!("{EVENTS}/{}", made["id"].as_str().expect("an id"));
    house.put(&admin, &path, json!({"text": "y"})).expect(200);
    let value =
        json!({"source": {"id": id}, "time": "2026-11-17T00:00:00Z", "type": "t", "f": {"s": {"value": 1}}});
    let many = json!({"measurements": [value, value, value]});
    house.post(&admin, "/measurement/measurements", many).expect(201);
    let alarm = json!({"source": {"id": id}, "time": "2026-11-17T00:00:00Z", "type": "t", "text": "x", "severity": "MAJOR"});
    house.post(&admin, "/alarm/alarms", alarm).expect(201);
    let operation = json!({"deviceId": id, "c8y_Restart": {}});
    house
        .post(&admin, "/devicecontrol/operations", operation)
        .expect(201);
    // Neither what is asked nor what is removed is a message.
    house.get(&admin, &path).expect(200);
    house.delete(&admin, &path).expect(204);

    // Turned away: not understood, not allowed, not there, by nobody.
    house.post(&admin, EVENTS, json!({"type": "t"})).expect(422);
    house.post(&admin, EVENTS, json!([])).expect(422);
    let ann = house.person("t100", "ann", &[Role::InventoryRead]);
    house.post(&ann, EVENTS, event(&id)).expect(403);
    house
        .put(&admin, "/inventory/managedObjects/999999", json!({"name": "x"}))
        .expect(404);
    house.post(&admin, EVENTS, event("999999")).expect(422);
    let wrong = Who::new("t100", &admin.name, "not the password");
    house.post(&wrong, EVENTS, event(&id)).expect(401);

    let found = flow(&house, &admin);
    let (received, rejected) = sums(&found);
    assert_eq!(
        received,
        json!({"event": 2, "measurement": 1, "alarm": 1, "operation": 1, "inventory": 1})
    );
    assert_eq!(rejected, json!({"malformed": 2, "permission": 3, "signIn": 1}));
    let times: Vec<_> = found["intervals"]
        .as_array()
        .expect("intervals")
        .iter()
        .map(|it| &it["time"])
        .collect();
    assert_eq!(times, ["2026-11-18T00:00:00.000Z", "2026-11-18T00:00:20.000Z"]);
    assert_eq!(found["intervalSeconds"], 10);
    assert_eq!(found["since"], "2026-11-18T00:00:00.000Z");

    house.world.advance_millis(3_600_000);
    assert_eq!(flow(&house, &admin)["intervals"], json!([]));
}

#[test]
fn who_sends_too_much_is_turned_away_and_counted() {
    let house = House::new();
    let admin = house.admin("t100");
    let mut limited = 0;
    for _ in 0..RATE_INGEST_PER_SECOND * 20 {
        let reply = house.post(&admin, EVENTS, json!({}));
        limited += u64::from(reply.status.as_u16() == 429);
        if limited == 2 {
            break;
        }
    }
    let (_, rejected) = sums(&flow(&house, &admin));
    assert_eq!(rejected["limit"], 2);
}

#[test]
fn the_flow_of_a_tenant_is_for_those_who_see_all_of_it() {
    let house = House::new();
    let admin = house.admin("t100");
    object(&house, &admin, json!({"c8y_IsDevice": {}}));
    assert_eq!(flow(&house, &house.admin("t200"))["intervals"], json!([]));
    let reader = house.person("t100", "ann", &[Role::TenantStatisticsRead]);
    assert_eq!(sums(&flow(&house, &reader)).0, json!({"inventory": 1}));
    house
        .get(&house.person("t100", "bob", &[Role::AuditRead]), FLOW)
        .expect(403);
    house.get(&house.device("t100", "device_1"), FLOW).expect(403);
}
