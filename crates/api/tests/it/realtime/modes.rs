//! Processing modes: what is stored, who is told, and what is refused.

use super::{Client, document, measure, object};
use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use contract::processing::{HEADER, modes};
use model::processing::Processing;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

fn in_mode(house: &House, who: &Who, mode: &str, path: &str, body: Value) -> Reply {
    let request = house
        .request(who, "POST", path)
        .header("accept", "application/json");
    house.send(request.header(HEADER, mode), body)
}

fn listed(house: &House, who: &Who, path: &str, key: &str) -> usize {
    let page = house.get(who, &format!("{path}?pageSize=100")).expect(200).json();
    page[key].as_array().expect("a list").len()
}

#[test]
fn what_is_transient_is_told_in_its_shape_and_stored_nowhere() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin, json!({"name": "d"}));
    let client = Client::begin(&house, &admin);
    client.subscribe("/measurements/*");
    client.subscribe(&format!("/events/{device}"));
    let sent = json!({"source": {"id": device}, "time": "2026-11-21T10:00:00.000Z", "type": "t", "f": {"s": {"value": 1.50}}});
    let answer = in_mode(
        &house,
        &admin,
        "TRANSIENT",
        "/measurement/measurements",
        sent.clone(),
    )
    .expect(201);
    assert!(answer.headers.get("location").is_none());
    let mut expected = sent.clone();
    expected["source"]["self"] = answer.json()["source"]["self"].clone();
    assert_eq!(answer.json(), expected);
    let many = json!({"measurements": [sent, sent]});
    let many = in_mode(&house, &admin, "TRANSIENT", "/measurement/measurements", many)
        .expect(201)
        .json();
    assert_eq!(many["measurements"], json!([expected, expected]));
    let event = in_mode(&house, &admin, "TRANSIENT", "/event/events", document(&device))
        .expect(201)
        .json();
    assert!(event.get("id").is_none() && event["text"] == "x", "{event}");

    let told = client.told(4);
    assert!(
        told[..3]
            .iter()
            .all(|(_, action, data)| action == "CREATE" && *data == expected),
        "{told:?}"
    );
    assert_eq!((told[3].1.as_str(), &told[3].2), ("CREATE", &event));
    assert_eq!(
        listed(&house, &admin, "/measurement/measurements", "measurements"),
        0
    );
    assert_eq!(listed(&house, &admin, "/event/events", "events"), 0);
    let silent = house
        .request(&admin, "POST", "/event/events")
        .header(HEADER, "TRANSIENT");
    let silent = house.send(silent, document(&device)).expect(201);
    assert_eq!(silent.text, "");

    // It is recorded as any telemetry, and as what it is.
    let records = house
        .get(&admin, "/audit/auditRecords?type=Telemetry&pageSize=50")
        .expect(200)
        .json();
    let records = records["auditRecords"].as_array().expect("records");
    let count: u64 = records
        .iter()
        .filter(|record| record["activity"] == "Telemetry passed on")
        .map(|record| record["holdfast_Audit"]["count"].as_u64().expect("a count"))
        .sum();
    assert_eq!(count, 5, "{records:?}");
}

// R033, R050
#[test]
fn what_is_transient_is_decided_and_shown_like_what_is_stored() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin, json!({"name": "d"}));
    let joe = house.person("t100", "joe", &[]);
    let writer = house.person("t100", "writer", &[]);
    house.grant(&joe, &[&format!("{device}, MEASUREMENT, c8y_T, READ")]);
    house.grant(&writer, &[&format!("{device}, MEASUREMENT, c8y_T, ADMIN")]);
    let point = |fragment: &str, value: u32| json!({"source": {"id": device}, "time": "2026-11-21T10:00:00Z", "type": "t", fragment: {"s": {"value": value}}});
    let client = Client::begin(&house, &joe);
    client.subscribe("/measurements/*");
    let send = |who: &Who, body: Value| in_mode(&house, who, "TRANSIENT", "/measurement/measurements", body);
    send(&admin, point("c8y_Secret", 1)).expect(201);
    let mut both = point("c8y_T", 2);
    both["c8y_Secret"] = json!({"s": {"value": 2}});
    send(&admin, both.clone()).expect(201);
    let written = send(&writer, point("c8y_T", 3)).expect(201);
    assert_eq!(written.json(), json!({}), "who only writes gets nothing back");
    let told = client.told(1);
    assert_eq!(told[0].2["c8y_T"]["s"]["value"], 3, "{told:?}");
    for (who, body) in [
        (&joe, point("c8y_T", 4)),
        (&writer, both),
        (&writer, point("c8y_Secret", 4)),
    ] {
        let stored = house.post(who, "/measurement/measurements", body.clone());
        let passed = send(who, body);
        assert_eq!((passed.status, passed.text), (stored.status, stored.text));
        assert_ne!(passed.status.as_u16(), 201);
    }
    let stranger = send(&house.admin("t200"), point("c8y_T", 5));
    assert_eq!(stranger.status.as_u16(), 422);
}

#[test]
fn of_what_is_quiescent_nobody_is_told() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin, json!({"name": "d"}));
    let client = Client::begin(&house, &admin);
    for kind in ["managedobjects", "measurements", "events"] {
        client.subscribe(&format!("/{kind}/*"));
    }
    let quiet = |path: &str, body: Value| {
        in_mode(&house, &admin, "QUIESCENT", path, body)
            .expect(201)
            .json()
    };
    let made = quiet("/inventory/managedObjects", json!({"name": "quiet"}));
    let point = json!({"source": {"id": device}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": 1}}});
    quiet("/measurement/measurements", point);
    quiet("/event/events", document(&device));
    for (method, body) in [("PUT", json!({"name": "still quiet"})), ("DELETE", Value::Null)] {
        let path = format!(
            "/inventory/managedObjects/{}",
            made["id"].as_str().expect("an id")
        );
        let request = house.request(&admin, method, &path).header(HEADER, "QUIESCENT");
        assert!(house.send(request, body).status.is_success());
    }
    assert_eq!(
        listed(&house, &admin, "/measurement/measurements", "measurements"),
        1
    );
    assert_eq!(listed(&house, &admin, "/event/events", "events"), 1);
    // The first that is told is what came loudly, after all of it.
    let loud = measure(&house, &admin, &device, 7);
    let told = client.told(1);
    assert_eq!(told[0].2["id"], loud.as_str(), "{told:?}");
    // What was done quietly is in the audit log all the same.
    let records = house
        .get(&admin, "/audit/auditRecords?type=Inventory&pageSize=50")
        .expect(200)
        .text;
    assert!(
        records.contains("still quiet") || records.matches("\"activity\"").count() >= 4,
        "{records}"
    );
}

#[test]
fn every_mode_is_taken_exactly_where_it_is_declared() {
    let house = House::new();
    let admin = house.admin("t100");
    let nobody = house.person("t100", "nobody", &[Role::InventoryRead]);
    for endpoint in Endpoint::all() {
        let declaration = endpoint.declaration();
        let taken = modes(endpoint);
        assert_eq!(
            taken.is_empty(),
            declaration.method == Method::Get,
            "{}",
            declaration.path
        );
        assert!(taken.is_empty() || taken.contains(&Processing::Persistent));
        if taken.is_empty() {
            continue;
        }
        let path = declaration.path.replace(['{', '}'], "");
        for word in ["persistent", "QUIET", "", "TRANSIENT", "CEP", "QUIESCENT"] {
            let is_taken = Processing::from_word(word).is_some_and(|mode| taken.contains(&mode));
            if is_taken || declaration.operation.need == policy::operation::Need::Public {
                continue;
            }
            let ask = |who: &Who| {
                let request = house
                    .request(who, declaration.method.name(), &path)
                    .header(HEADER, word);
                house.send_text(request, "")
            };
            let refused = ask(&admin);
            // The budget of calls is another matter.
            house.world.advance_millis(60_000);
            // What is not allowed to begin with is not told anything else.
            assert!(
                [422, 403, 401].contains(&refused.status.as_u16()),
                "{path} {word}: {}",
                refused.text
            );
            if refused.status.as_u16() == 422 {
                assert!(
                    refused.text.contains("processing mode"),
                    "{path} {word}: {}",
                    refused.text
                );
            }
            assert!(!ask(&nobody).status.is_success());
        }
    }
}
