//! Retention rules as clients see them, and what they remove.

use crate::users::assert_documented;
use model::limits::RETENTION_RULES_MAX;
use model::roles::Role;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::house::{Engines, FaultyBackend, House, Stop, Who};

const RULES: &str = "/retention/retentions";
const EXECUTIONS: &str = "/retention/executions";
const PREVIEW: &str = "/retention/executions/preview";
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A new house whose administrator of t100 has no rule: the one that a new tenant has is deleted.
fn without_rules() -> (House, Who) {
    let house = House::new();
    let admin = house.admin("t100");
    let rules = house.get(&admin, RULES).expect(200).json();
    let id = rules["retentionRules"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    house.delete(&admin, &format!("{RULES}/{id}")).expect(204);
    (house, admin)
}

fn add(house: &House, who: &Who, rule: Value) -> String {
    let made = house.post(who, RULES, rule).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn device(house: &House, who: &Who) -> String {
    let body = json!({ "name": "d", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {} });
    let made = house.post(who, "/inventory/managedObjects", body).expect(201);
    made.json()["id"].as_str().expect("an id").to_owned()
}

fn event(house: &House, who: &Who, source: &str, time: &str, more: &Value) -> String {
    let mut body = json!({ "source": { "id": source }, "time": time, "type": "t", "text": "x" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let made = house.post(who, "/event/events", body).expect(201);
    made.json()["id"].as_str().expect("an id").to_owned()
}

fn measurement(house: &House, who: &Who, source: &str, time: &str, fragment: &str) {
    let body =
        json!({ "source": { "id": source }, "time": time, "type": "t", fragment: { "s": { "value": 1 } } });
    house.post(who, "/measurement/measurements", body).expect(201);
}

/// Lets the rules of everybody run to their end.
fn run(house: &House) {
    house.wait(house.door.run_retention()).expect("a run");
}

/// Asks for a run and lets it end; gives what it removed, rule by rule.
fn run_now(house: &House, who: &Who) -> Value {
    house.post(who, EXECUTIONS, Value::Null).expect(202);
    run(house);
    let ended = house.get(who, EXECUTIONS).expect(200).json();
    assert_documented("RetentionExecution", &ended);
    assert_eq!(ended["status"], "COMPLETED");
    ended["rules"].clone()
}

fn ids(house: &House, who: &Who, path: &str, key: &str) -> Vec<String> {
    let found = house.get(who, path).expect(200).json();
    let found = found[key].as_array().expect("a list").clone();
    let id = |entry: &Value| entry["id"].as_str().expect("an id").to_owned();
    found.iter().map(id).collect()
}

fn events(house: &House, who: &Who) -> Vec<String> {
    let mut found = ids(house, who, "/event/events?pageSize=2000", "events");
    found.sort_by_key(|id| id.parse::<u64>().expect("a number"));
    found
}

#[test]
fn a_new_tenant_keeps_everything_for_sixty_days() {
    let house = House::new();
    for tenant in ["management", "t100", "t200"] {
        let listed = house.get(&house.admin(tenant), RULES).expect(200).json();
        let rules = listed["retentionRules"].as_array().expect("rules");
        assert_eq!(rules.len(), 1);
        let mut rule = rules[0].clone();
        assert_documented("RetentionRule", &rule);
        rule.as_object_mut()
            .expect("an object")
            .retain(|name, _| !["id", "self"].contains(&&**name));
        let expected = json!({
            "dataType": "*", "fragmentType": "*", "type": "*", "source": "*", "maximumAge": 60, "editable": true,
        });
        assert_eq!(rule, expected);
    }
}

#[test]
fn a_rule_is_created_read_changed_listed_and_deleted() {
    let (house, admin) = without_rules();
    let made = house
        .post(
            &admin,
            RULES,
            json!({ "dataType": "EVENT", "type": "t", "maximumAge": 20 }),
        )
        .expect(201);
    let mut rule = made.json();
    let id = rule["id"].as_str().expect("an id").to_owned();
    let at = format!("{RULES}/{id}");
    assert_eq!(made.header("location"), format!("https://localhost{at}"));
    assert_eq!(
        made.header("content-type"),
        "application/vnd.com.nsn.cumulocity.retentionrule+json;charset=UTF-8;ver=0.9"
    );
    assert_eq!(house.get(&admin, &at).expect(200).json(), rule);

    rule["maximumAge"] = json!(30);
    rule["type"] = json!("*");
    let changed = house
        .put(&admin, &at, json!({ "maximumAge": 30, "type": null }))
        .expect(200);
    assert_eq!(changed.json(), rule);
    add(&house, &admin, json!({ "maximumAge": 5 }));
    let listed = house
        .get(&admin, &format!("{RULES}?pageSize=1&withTotalElements=true"))
        .expect(200)
        .json();
    assert_documented("RetentionRuleCollection", &listed);
    assert_eq!(
        (
            &listed["retentionRules"][0],
            &listed["statistics"]["totalElements"]
        ),
        (&rule, &json!(2))
    );
    // Without an Accept header there is no body.
    let silent = house
        .send(house.request(&admin, "POST", RULES), json!({ "maximumAge": 5 }))
        .expect(201);
    assert_eq!(silent.text, "");

    house.delete(&admin, &at).expect(204);
    for gone in [
        house.get(&admin, &at),
        house.put(&admin, &at, json!({})),
        house.delete(&admin, &at),
    ] {
        assert_eq!(gone.expect(404).error().0, "retention/Not Found");
    }
}

#[test]
fn another_tenants_rules_are_not_there() {
    let (house, admin) = without_rules();
    let id = add(&house, &admin, json!({ "maximumAge": 20 }));
    for other in [house.admin("t200"), house.admin("management")] {
        let at = format!("{RULES}/{id}");
        let foreign = house.get(&other, &at).expect(404).text;
        let absent = house
            .get(&other, &format!("{RULES}/8000000000000001"))
            .expect(404)
            .text;
        assert_eq!(foreign.replace(&id, "8000000000000001"), absent);
        house.put(&other, &at, json!({ "maximumAge": 1 })).expect(404);
        house.delete(&other, &at).expect(404);
    }
    assert_eq!(
        house.get(&admin, &format!("{RULES}/{id}")).expect(200).json()["maximumAge"],
        20
    );
}

#[test]
fn a_rule_that_makes_no_sense_is_refused_and_nothing_is_stored() {
    let (house, admin) = without_rules();
    for body in [
        json!({}),
        json!({ "dataType": "EVENT" }),
        json!({ "maximumAge": 0 }),
        json!({ "maximumAge": 3_651 }),
        json!({ "maximumAge": 20, "dataType": "events" }),
        json!({ "maximumAge": 20, "source": "abc" }),
        // These would mean more than they say.
        json!({ "maximumAge": 20, "dataType": "ALARM", "fragmentType": "c8y_T" }),
        json!({ "maximumAge": 20, "dataType": "OPERATION", "type": "t" }),
        json!({ "maximumAge": 400, "dataType": "AUDIT", "type": "t" }),
        json!({ "maximumAge": 400, "dataType": "AUDIT", "source": "7" }),
        // R099: the audit log has a least age.
        json!({ "maximumAge": 364, "dataType": "AUDIT" }),
        // Nobody locks a rule of the own tenant.
        json!({ "maximumAge": 20, "editable": false }),
    ] {
        house.post(&admin, RULES, body).expect(422);
    }
    assert!(ids(&house, &admin, RULES, "retentionRules").is_empty());
    let id = add(&house, &admin, json!({ "maximumAge": 20, "dataType": "ALARM" }));
    house
        .put(&admin, &format!("{RULES}/{id}"), json!({ "fragmentType": "f" }))
        .expect(422);
    house
        .put(&admin, &format!("{RULES}/{id}"), json!({ "dataType": "AUDIT" }))
        .expect(422);
    for _ in 1..RETENTION_RULES_MAX {
        add(&house, &admin, json!({ "maximumAge": 20 }));
    }
    house.post(&admin, RULES, json!({ "maximumAge": 20 })).expect(422);
}

#[test]
fn only_the_management_tenant_keeps_a_rule_from_being_deleted() {
    let house = House::new();
    let operator = house.admin("management");
    let id = add(&house, &operator, json!({ "maximumAge": 20, "editable": false }));
    let at = format!("{RULES}/{id}");
    assert_eq!(
        house.delete(&operator, &at).expect(403).error().0,
        "security/Forbidden"
    );
    house.put(&operator, &at, json!({ "editable": true })).expect(200);
    house.delete(&operator, &at).expect(204);
}

#[test]
fn reading_and_changing_rules_need_their_roles() {
    let (house, admin) = without_rules();
    let id = add(&house, &admin, json!({ "maximumAge": 20 }));
    let at = format!("{RULES}/{id}");
    let reader = house.person("t100", "reader", &[Role::RetentionRuleRead]);
    let writer = house.person("t100", "writer", &[Role::RetentionRuleAdmin]);
    house.get(&reader, &at).expect(200);
    house.put(&reader, &at, json!({ "maximumAge": 1 })).expect(403);
    house.delete(&reader, &at).expect(403);
    house.post(&reader, EXECUTIONS, Value::Null).expect(403);
    house.get(&reader, PREVIEW).expect(403);
    house.get(&writer, &at).expect(403);
    // R019: nothing of what is stored comes back to somebody who may only write.
    let written = house
        .put(&writer, &at, json!({ "maximumAge": 21 }))
        .expect(200)
        .json();
    assert_eq!(
        written,
        json!({ "id": id, "self": format!("https://localhost{at}") })
    );
    let started = house.post(&writer, EXECUTIONS, Value::Null).expect(202).json();
    assert_eq!(
        started,
        json!({ "self": format!("https://localhost{EXECUTIONS}") })
    );
    house.get(&writer, EXECUTIONS).expect(403);
}

#[test]
fn data_that_is_too_old_goes_and_what_is_not_meant_stays() {
    let (house, admin) = without_rules();
    let (one, other) = (device(&house, &admin), device(&house, &admin));
    let old = "2026-10-01T00:00:00Z";
    let gone = event(&house, &admin, &one, old, &json!({ "c8y_T": {} }));
    let kept = [
        event(&house, &admin, &one, old, &json!({})),
        event(&house, &admin, &one, old, &json!({ "c8y_T": {}, "type": "u" })),
        event(&house, &admin, &other, old, &json!({ "c8y_T": {} })),
        event(
            &house,
            &admin,
            &one,
            "2026-11-10T00:00:00Z",
            &json!({ "c8y_T": {} }),
        ),
    ];
    for fragment in ["c8y_T", "c8y_U"] {
        measurement(&house, &admin, &one, old, fragment);
        measurement(&house, &admin, &one, "2026-11-10T00:00:00Z", fragment);
    }
    // Another tenant has the same, and no rule but its first.
    let foreign = house.admin("t200");
    let source = device(&house, &foreign);
    event(&house, &foreign, &source, old, &json!({ "c8y_T": {} }));

    let narrow =
        json!({ "dataType": "EVENT", "fragmentType": "c8y_T", "type": "t", "source": one, "maximumAge": 30 });
    add(&house, &admin, narrow);
    add(
        &house,
        &admin,
        json!({ "dataType": "MEASUREMENT", "fragmentType": "c8y_T", "maximumAge": 30 }),
    );
    let asked = house.get(&admin, PREVIEW).expect(200).json();
    assert_documented("RetentionPreview", &asked);
    assert_eq!(asked["complete"], true);
    let counts = |rules: &Value| [rules[0]["removed"].clone(), rules[1]["removed"].clone()];
    let expected = [json!({ "EVENT": 1 }), json!({ "MEASUREMENT": 1 })];
    assert_eq!(counts(&asked["rules"]), expected);
    assert_eq!(events(&house, &admin).len(), 5, "asking removes nothing");

    assert_eq!(counts(&run_now(&house, &admin)), expected);
    assert_eq!(events(&house, &admin), kept);
    house.get(&admin, &format!("/event/events/{gone}")).expect(404);
    let left = house
        .get(&admin, &format!("/measurement/measurements?source={one}"))
        .expect(200)
        .json();
    assert_eq!(left["measurements"].as_array().expect("a list").len(), 3);
    assert_eq!(events(&house, &foreign).len(), 1);
    let asked = house.get(&admin, PREVIEW).expect(200).json();
    assert_eq!(
        counts(&asked["rules"]),
        [json!({ "EVENT": 0 }), json!({ "MEASUREMENT": 0 })]
    );
}

#[test]
fn an_alarm_that_is_not_cleared_is_never_removed() {
    let (house, admin) = without_rules();
    let source = device(&house, &admin);
    let raise = |kind: &str, status: &str| {
        let body = json!({
            "source": { "id": source }, "time": "2026-01-01T00:00:00Z", "type": kind, "text": "x",
            "severity": "MAJOR", "status": status,
        });
        house.post(&admin, "/alarm/alarms", body).expect(201).json()["id"].clone()
    };
    let active = raise("a", "ACTIVE");
    let acknowledged = raise("b", "ACKNOWLEDGED");
    let cleared = raise("c", "CLEARED");
    add(&house, &admin, json!({ "dataType": "ALARM", "maximumAge": 2 }));
    // Old by what its client says, but stored a moment ago.
    assert_eq!(run_now(&house, &admin)[0]["removed"], json!({ "ALARM": 0 }));
    house.world.advance_millis(3 * DAY_MILLIS);
    assert_eq!(run_now(&house, &admin)[0]["removed"], json!({ "ALARM": 1 }));
    let path = |id: &Value| format!("/alarm/alarms/{}", id.as_str().expect("an id"));
    house.get(&admin, &path(&active)).expect(200);
    house.get(&admin, &path(&acknowledged)).expect(200);
    house.get(&admin, &path(&cleared)).expect(404);
}

#[test]
fn operations_and_ended_bulk_operations_go_by_their_creation() {
    let (house, admin) = without_rules();
    let source = device(&house, &admin);
    let ask = || {
        let body = json!({ "deviceId": source, "c8y_Restart": {} });
        house.post(&admin, "/devicecontrol/operations", body).expect(201)
    };
    ask();
    let plan = |group: &str| {
        let body = json!({
            "groupId": group, "startDate": "2096-01-01T00:00:00Z", "creationRamp": 1,
            "operationPrototype": { "c8y_Restart": {} },
        });
        let made = house
            .post(&admin, "/devicecontrol/bulkoperations", body)
            .expect(201);
        made.json()["id"].as_str().expect("an id").to_owned()
    };
    let (open, cancelled) = (plan(&source), plan(&source));
    house
        .delete(&admin, &format!("/devicecontrol/bulkoperations/{cancelled}"))
        .expect(204);
    house.world.advance_millis(3 * DAY_MILLIS);
    ask();
    add(
        &house,
        &admin,
        json!({ "fragmentType": "c8y_Restart", "maximumAge": 2 }),
    );
    let removed = &run_now(&house, &admin)[0]["removed"];
    let expected = json!({ "BULK_OPERATION": 1, "EVENT": 0, "MEASUREMENT": 0, "OPERATION": 1 });
    assert_eq!(*removed, expected);
    house
        .get(&admin, &format!("/devicecontrol/bulkoperations/{open}"))
        .expect(200);
    house
        .get(&admin, &format!("/devicecontrol/bulkoperations/{cancelled}"))
        .expect(404);
    assert_eq!(
        ids(&house, &admin, "/devicecontrol/operations", "operations").len(),
        1
    );
}

#[test]
fn what_is_attached_to_an_event_goes_with_it() {
    let (house, admin) = without_rules();
    let source = device(&house, &admin);
    let id = event(&house, &admin, &source, "2026-01-01T00:00:00Z", &json!({}));
    house
        .post(&admin, &format!("/event/events/{id}/binaries"), json!({ "a": 1 }))
        .expect(201);
    add(&house, &admin, json!({ "dataType": "EVENT", "maximumAge": 2 }));
    assert_eq!(run_now(&house, &admin)[0]["removed"], json!({ "EVENT": 1 }));
    house
        .wait(house.door.finish_deletions())
        .expect("the rest is removed");
    house
        .get(&admin, &format!("/event/events/{id}/binaries"))
        .expect(404);
}

#[test]
fn rules_run_once_a_day_and_nothing_goes_on_the_first() {
    let (house, admin) = without_rules();
    let source = device(&house, &admin);
    add(&house, &admin, json!({ "dataType": "EVENT", "maximumAge": 2 }));
    let old = || event(&house, &admin, &source, "2026-01-01T00:00:00Z", &json!({}));
    old();
    run(&house);
    assert_eq!(events(&house, &admin).len(), 1, "the first day");
    house.world.advance_millis(DAY_MILLIS);
    run(&house);
    assert!(events(&house, &admin).is_empty(), "the next day");
    old();
    run(&house);
    assert_eq!(events(&house, &admin).len(), 1, "once a day");
    house.world.advance_millis(DAY_MILLIS);
    run(&house);
    assert!(events(&house, &admin).is_empty());
    let ended = house.get(&admin, EXECUTIONS).expect(200).json();
    assert_eq!(ended["onDemand"], false);
}

#[test]
fn a_rule_that_is_changed_meanwhile_removes_nothing_more() {
    let (house, admin) = without_rules();
    let source = device(&house, &admin);
    event(&house, &admin, &source, "2026-01-01T00:00:00Z", &json!({}));
    let id = add(&house, &admin, json!({ "dataType": "EVENT", "maximumAge": 2 }));
    house.post(&admin, EXECUTIONS, Value::Null).expect(202);
    // Asked for twice, it is one run.
    house.post(&admin, EXECUTIONS, Value::Null).expect(202);
    house
        .put(&admin, &format!("{RULES}/{id}"), json!({ "maximumAge": 3_650 }))
        .expect(200);
    run(&house);
    assert_eq!(events(&house, &admin).len(), 1);
    let ended = house.get(&admin, EXECUTIONS).expect(200).json();
    assert_eq!(
        (&ended["status"], &ended["rules"][0]["removed"]),
        (&json!("COMPLETED"), &json!({ "EVENT": 0 }))
    );
}

// R099: who has removed what, by which rule, is in the log that no rule shortens below a year.
#[test]
fn each_rule_of_a_run_leaves_one_record_with_its_counts() {
    let (house, admin) = without_rules();
    let source = device(&house, &admin);
    for _ in 0..3 {
        event(&house, &admin, &source, "2026-01-01T00:00:00Z", &json!({}));
    }
    measurement(&house, &admin, &source, "2026-01-01T00:00:00Z", "f");
    let id = add(&house, &admin, json!({ "maximumAge": 2 }));
    run_now(&house, &admin);
    let path = "/audit/auditRecords?type=RetentionRule&pageSize=100&revert=true";
    let records = house.get(&admin, path).expect(200).json();
    let records: Vec<(String, String, String)> = records["auditRecords"]
        .as_array()
        .expect("records")
        .iter()
        .map(|record| {
            let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
            let source = record["source"]["id"].as_str().unwrap_or_default().to_owned();
            (text("activity"), source, text("text"))
        })
        .collect();
    let activities: Vec<_> = records.iter().map(|(activity, _, _)| activity.as_str()).collect();
    let expected = [
        "Retention rule deleted",
        "Retention rule created",
        "Retention started",
        "Data removed by retention rule",
        "Retention ended",
    ];
    assert_eq!(activities, expected);
    let (_, about, text) = &records[3];
    assert_eq!(*about, id);
    assert!(
        text.starts_with("3 EVENT, 1 MEASUREMENT removed by dataType=*"),
        "{text}"
    );
}

// R099: whole segments lose what they say; the log stays what it was, and verifies.
#[test]
fn old_segments_of_the_audit_log_expire_and_the_log_still_verifies() {
    let (house, admin) = without_rules();
    for _ in 0..1_100 {
        let body = json!({
            "type": "Inventory", "activity": "a", "text": "t", "time": "2026-11-18T00:00:00Z", "source": { "id": "7" },
        });
        house.post(&admin, "/audit/auditRecords", body).expect(201);
        house.world.advance_millis(10);
    }
    let rule = add(&house, &admin, json!({ "maximumAge": 1 }));
    house.world.advance_millis(364 * DAY_MILLIS);
    assert_eq!(
        run_now(&house, &admin)[0]["removed"]["AUDIT"],
        0,
        "a year is the least"
    );
    house.world.advance_millis(2 * DAY_MILLIS);
    let asked = house.get(&admin, PREVIEW).expect(200).json();
    assert_eq!(asked["rules"][0]["removed"]["AUDIT"], 1_024);
    assert_eq!(run_now(&house, &admin)[0]["removed"]["AUDIT"], 1_024);
    house.get(&admin, "/audit/auditRecords/1024").expect(404);
    house.get(&admin, "/audit/auditRecords/1025").expect(200);
    let first = house
        .get(&admin, "/audit/auditRecords?revert=true&pageSize=1")
        .expect(200)
        .json();
    assert_eq!(first["auditRecords"][0]["id"], "1025");

    let store = house.door.store();
    let tenant = "t100".parse().expect("a tenant id");
    let number = store
        .catalogue()
        .expect("a view")
        .tenant_by_id(&tenant)
        .expect("readable")
        .expect("the tenant")
        .number;
    let verified = engine::audit_log::verify_directory(store, number, &[]).expect("it verifies");
    assert_eq!(verified.expired.first(), Some(&(0..1_024)));
    let by = engine::audit_log::expired_records(store, number).expect("readable");
    let by: Vec<_> = by
        .iter()
        .map(|expired| (expired.places.clone(), expired.rule.to_string()))
        .collect();
    assert_eq!(by, [(0..1_024, rule)]);
}

// R127: what is counted for one tenant makes none of the others wait, and none is refused for it.
#[test]
fn tenants_ask_what_would_be_removed_at_the_same_time() {
    let house = House::new();
    let asked: Vec<_> = ["t100", "t200", "management"]
        .iter()
        .map(|tenant| {
            let who = house.admin(tenant);
            for _ in 0..3 {
                add(&house, &who, json!({ "dataType": "*", "maximumAge": 1 }));
            }
            let request = house
                .request(&who, "GET", PREVIEW)
                .header("accept", "application/json");
            let request = request
                .body(http_body_util::Empty::<bytes::Bytes>::new())
                .expect("a request");
            let api = house.api.clone();
            async move {
                api.handle(request, std::net::IpAddr::from([127, 0, 0, 1]))
                    .await
                    .status()
                    .as_u16()
            }
        })
        .collect();
    let statuses = house.wait(async {
        let tasks: Vec<_> = asked.into_iter().map(tokio::spawn).collect();
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("answered"));
        }
        statuses
    });
    assert_eq!(statuses, [200; 3]);
}

// R099, R061: stopped at any call of the engine while a run is under way, it is carried on after the next start: the same
// is gone and the same is there, and what was removed is counted once.
#[test]
fn a_run_that_is_stopped_anywhere_is_carried_on_and_counts_nothing_twice() {
    let (mut house, admin) = without_rules();
    let source = device(&house, &admin);
    add(&house, &admin, json!({ "dataType": "EVENT", "maximumAge": 2 }));
    let stays = event(&house, &admin, &source, "2026-11-18T00:00:00Z", &json!({}));
    let mut stopped = 0;
    for after_commit in [false, true] {
        let mut at_call = 1;
        loop {
            for _ in 0..3 {
                event(&house, &admin, &source, "2026-01-01T00:00:00Z", &json!({}));
            }
            house.post(&admin, EXECUTIONS, Value::Null).expect(202);
            let begins = restart_with(&mut house, Stop::NEVER).calls();
            let stop = Stop {
                at_call: begins + at_call,
                after_commit,
            };
            let fuse = restart_with(&mut house, stop);
            let _ = house.wait(house.door.run_retention());
            let is_stopped = fuse.calls() >= begins + at_call;
            house.restart(|engines| engines);
            run(&house);
            let left = events(&house, &admin);
            assert_eq!(left.len(), 1, "stop {at_call} {after_commit}");
            assert!(left.contains(&stays), "what is not too old stays");
            let ended = house.get(&admin, EXECUTIONS).expect(200).json();
            assert_eq!(
                (&ended["status"], &ended["rules"][0]["removed"]),
                (&json!("COMPLETED"), &json!({ "EVENT": 3 })),
                "stop {at_call} {after_commit}"
            );
            if !is_stopped {
                break;
            }
            stopped += 1;
            at_call += 1;
        }
    }
    assert!(stopped > 10, "{stopped} stops");
}

/// Restarts with an engine for tenants that stops so, and gives it.
fn restart_with(house: &mut House, stop: Stop) -> Arc<FaultyBackend> {
    let mut fuse = None;
    house.restart(|Engines { catalogue, tenants }| {
        let wrapped = Arc::new(FaultyBackend::new(tenants, stop));
        fuse = Some(wrapped.clone());
        Engines {
            catalogue,
            tenants: wrapped,
        }
    });
    fuse.expect("wrapped")
}
