//! What changes at the next request when a rule of the decision reads an option: stripping, and `c8y_Global` set by
//! devices.

use super::{records, set};
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Map, Value, json};
use testkit::house::{House, Who};

fn created(house: &House, who: &Who, body: Value) -> String {
    let reply = house.post(who, "/inventory/managedObjects", body).expect(201);
    reply.json()["id"].as_str().expect("an id").to_owned()
}

/// A device of the administrator's with measurements: of the shown fragment, of the hidden one, of both, of none.
struct Meter {
    source: String,
    ids: [String; 4],
}

fn meter(house: &House) -> Meter {
    let admin = house.admin("t100");
    let source = created(house, &admin, json!({ "name": "meter", "c8y_IsDevice": {} }));
    let shown = json!({ "T": { "value": 1, "unit": "C" } });
    let hidden = json!({ "S": { "value": 77, "unit": "canary-unit" } });
    let documents = [
        json!({ "c_Shown": shown }),
        json!({ "c_Hidden": hidden }),
        json!({ "c_Shown": shown, "c_Hidden": hidden, "c_Note": { "text": "canary-note" } }),
        json!({}),
    ];
    let store = |(minute, mut document): (usize, Value)| {
        document["source"] = json!({ "id": source });
        document["type"] = json!("t");
        document["time"] = json!(format!("2026-11-01T10:0{minute}:00Z"));
        let reply = house
            .post(&admin, "/measurement/measurements", document)
            .expect(201);
        reply.json()["id"].as_str().expect("an id").to_owned()
    };
    let ids = documents.into_iter().enumerate().map(store).collect::<Vec<_>>();
    Meter {
        source,
        ids: ids.try_into().expect("four"),
    }
}

/// Ids and fragments of the measurements that a list shows, and its total.
fn listed(house: &House, who: &Who, query: &str) -> (Vec<(String, Vec<String>)>, Value) {
    let path = format!("/measurement/measurements?withTotalElements=true&pageSize=100{query}");
    let reply = house.get(who, &path).expect(200);
    assert!(!reply.text.contains("canary"), "{}", reply.text);
    let json = reply.json();
    let fragments = |entry: &Value| {
        let names = entry.as_object().expect("an object").keys();
        names.filter(|name| name.starts_with("c_")).cloned().collect()
    };
    let entries = json["measurements"].as_array().expect("measurements").iter();
    let entries = entries.map(|entry| (entry["id"].as_str().expect("an id").to_owned(), fragments(entry)));
    (entries.collect(), json["statistics"]["totalElements"].clone())
}

fn only_accessible(house: &House, value: &str) {
    set(
        house,
        "configuration",
        "acl.measurement.only-accessible-fragments",
        value,
    );
}

// R033: with the option, a measurement is shown without what is not covered, from the next request on, and hidden again
// without it; one of which nothing is covered stays hidden. On one device or everywhere, to a reader of the list or of
// one source, it is the same.
#[test]
fn with_the_option_measurements_are_stripped_instead_of_hidden() {
    let house = House::new();
    let Meter { source, ids } = meter(&house);
    let other = created(&house, &house.admin("t100"), json!({}));
    let below = json!({ "managedObject": { "id": source } });
    let children = format!("/inventory/managedObjects/{other}/childDevices");
    house.post(&house.admin("t100"), &children, below).expect(201);
    let roots = [source.clone(), other, "*".to_owned()];
    for (place, root) in roots.iter().enumerate() {
        only_accessible(&house, "false");
        let who = house.person("t100", &format!("limited-{place}"), &[]);
        house.grant(&who, &[&format!("{root}, MEASUREMENT, c_Shown, READ")]);
        let whole = |id: &String| (id.clone(), vec!["c_Shown".to_owned()]);
        let queries = [String::new(), format!("&source={source}")];
        for query in &queries {
            assert_eq!(
                listed(&house, &who, query),
                (vec![whole(&ids[0])], json!(1)),
                "{root}{query}"
            );
        }
        let at = |id: &String| format!("/measurement/measurements/{id}");
        house.get(&who, &at(&ids[2])).expect(404);

        only_accessible(&house, "true");
        for query in &queries {
            let expected = (vec![whole(&ids[0]), whole(&ids[2])], json!(2));
            assert_eq!(listed(&house, &who, query), expected, "{root}{query}");
        }
        let one = house.get(&who, &at(&ids[2])).expect(200);
        assert_eq!(one.json()["c_Shown"]["T"]["value"], 1);
        assert!(
            one.json()["c_Hidden"].is_null() && !one.text.contains("canary"),
            "{}",
            one.text
        );
        house.get(&who, &at(&ids[1])).expect(404);
        house.get(&who, &at(&ids[3])).expect(404);

        only_accessible(&house, "false");
        house.get(&who, &at(&ids[2])).expect(404);
    }
}

// R033: no way of asking reacts to what is stripped.
#[test]
fn what_is_stripped_cannot_be_found_counted_or_named() {
    let house = House::new();
    let Meter { source, .. } = meter(&house);
    let who = house.person("t100", "limited", &[]);
    house.grant(
        &who,
        &[
            &format!("{source}, MEASUREMENT, c_Shown, READ"),
            &format!("{source}, MANAGED_OBJECT, *, READ"),
        ],
    );
    only_accessible(&house, "true");
    let nothing = (Vec::new(), json!(0));
    for hidden in [
        "fragmentType=c_Hidden",
        "fragmentType=c_Note",
        "valueFragmentType=c_Hidden",
        "valueFragmentSeries=S",
        "valueFragmentType=c_Hidden&valueFragmentSeries=S",
        "valueFragmentType=c_Shown&valueFragmentSeries=S",
    ] {
        for query in [format!("&{hidden}"), format!("&{hidden}&source={source}")] {
            assert_eq!(listed(&house, &who, &query), nothing, "{query}");
        }
    }
    for shown in [
        "fragmentType=c_Shown",
        "valueFragmentType=c_Shown&valueFragmentSeries=T",
        "valueFragmentSeries=T",
        "type=t",
    ] {
        assert_eq!(listed(&house, &who, &format!("&{shown}")).1, json!(2), "{shown}");
    }
    let get = |path: &str| house.get(&who, path).expect(200).json();
    let object = format!("/inventory/managedObjects/{source}");
    assert_eq!(
        get(&format!("{object}/supportedMeasurements"))["c8y_SupportedMeasurements"],
        json!(["c_Shown"])
    );
    assert_eq!(
        get(&format!("{object}/supportedSeries"))["c8y_SupportedSeries"],
        json!(["c_Shown.T"])
    );
    let series =
        format!("/measurement/measurements/series?source={source}&dateFrom=2026-11-01&dateTo=2026-11-02");
    let table = get(&series);
    assert_eq!(table["series"].as_array().map(Vec::len), Some(1), "{table}");
    assert_eq!(table["values"].as_object().map(Map::len), Some(2), "{table}");
    let hidden = get(&format!("{series}&series=c_Hidden.S"));
    let absent = get(&format!("{series}&series=c_Absent.S"));
    assert_eq!(hidden, absent);
    let csv = house
        .request(&who, "GET", &format!("/measurement/measurements?source={source}"))
        .header("accept", "text/csv");
    let csv = house.send(csv, Value::Null).expect(200);
    assert!(
        csv.text.contains("c_Shown") && !csv.text.contains("c_Hidden"),
        "{}",
        csv.text
    );
    assert!(
        !csv.text.contains("canary") && !csv.text.contains("77"),
        "{}",
        csv.text
    );
}

// R033: stripping is a way to show measurements only; storing and deleting need every fragment, and so does a managed
// object.
#[test]
fn the_option_opens_nothing_but_the_reading_of_measurements() {
    let house = House::new();
    let Meter { source, ids } = meter(&house);
    let who = house.person("t100", "limited", &[]);
    house.grant(
        &who,
        &[
            &format!("{source}, MEASUREMENT, c_Shown, *"),
            &format!("{source}, MANAGED_OBJECT, c_Shown, *"),
        ],
    );
    only_accessible(&house, "true");
    let document = json!({
        "source": { "id": source }, "type": "t", "time": "2026-11-01T11:00:00Z",
        "c_Shown": { "T": { "value": 1 } }, "c_Hidden": { "S": { "value": 1 } },
    });
    house
        .post(&who, "/measurement/measurements", document)
        .expect(403);
    let refused = house.delete(&who, &format!("/measurement/measurements/{}", ids[2]));
    assert!(refused.status.is_client_error(), "{}", refused.text);
    let query = format!("/measurement/measurements?source={source}&fragmentType=c_Hidden");
    house.delete(&who, &query).expect(403);
    assert_eq!(listed(&house, &who, "").1, json!(2));
    let all = format!("/measurement/measurements?source={source}&withTotalElements=true");
    let all = house.get(&house.admin("t100"), &all).expect(200).json();
    assert_eq!(all["statistics"]["totalElements"], 4);
    house
        .get(&who, &format!("/inventory/managedObjects/{source}"))
        .expect(403);
}

// R037: a hijacked device must not show every user what it wants to.
#[test]
fn a_device_opens_an_object_to_everybody_only_where_the_tenant_says_so() {
    let house = House::new();
    let device = house.device("t100", "device_1");
    let own = created(&house, &device, json!({ "c8y_IsDevice": {} }));
    let (at, children) = (
        format!("/inventory/managedObjects/{own}"),
        format!("/inventory/managedObjects/{own}/childDevices"),
    );
    let global = json!({ "c8y_Global": {} });
    let child = json!({ "name": "child", "c8y_Global": {} });
    let calls = [
        ("POST", "/inventory/managedObjects", &global),
        ("POST", children.as_str(), &child),
        ("PUT", at.as_str(), &global),
    ];
    let total = || {
        let list = "/inventory/managedObjects?withTotalElements=true";
        house.get(&house.admin("t100"), list).expect(200).json()["statistics"]["totalElements"].clone()
    };
    let before = total();
    for (method, path, body) in calls {
        let refused = house.call(&device, method, path, body.clone()).expect(403);
        let (error, message) = refused.error();
        assert_eq!(error, "security/Forbidden");
        assert!(message.contains("acl.global.allow-devices"), "{message}");
    }
    assert_eq!(total(), before);
    let denials = records(&house, "Security");
    assert!(
        denials
            .iter()
            .any(|record| record["text"] == "global_set on tenant"),
        "{denials:?}"
    );

    set(&house, "configuration", "acl.global.allow-devices", "yes");
    house.put(&device, &at, global.clone()).expect(403);
    set(&house, "configuration", "acl.global.allow-devices", "true");
    for (method, path, body) in calls {
        let reply = house.call(&device, method, path, body.clone());
        assert!(reply.status.is_success(), "{method} {path}: {}", reply.text);
    }
    // What is open may be changed and closed by its device, whatever the option says now.
    set(&house, "configuration", "acl.global.allow-devices", "false");
    house
        .put(&device, &at, json!({ "name": "board", "c8y_Global": {} }))
        .expect(200);
    house.put(&device, &at, json!({ "c8y_Global": null })).expect(200);
    house.put(&device, &at, global).expect(403);
}

// R037: persons and services need no option, only the right to create or change.
#[test]
fn a_person_or_service_opens_what_it_may_create_or_change() {
    let house = House::new();
    let creator = house.person("t100", "creator", &[Role::InventoryCreate]);
    let service = house.user("t100", "mailer", UserKind::Service, &[Role::InventoryCreate]);
    let guest = house.person("t100", "guest", &[]);
    for who in [&creator, &service] {
        let id = created(&house, who, json!({ "c8y_Global": {} }));
        house
            .get(&guest, &format!("/inventory/managedObjects/{id}"))
            .expect(200);
    }
    let id = created(&house, &creator, json!({}));
    let at = format!("/inventory/managedObjects/{id}");
    house.put(&guest, &at, json!({ "c8y_Global": {} })).expect(403);
    house.put(&creator, &at, json!({ "c8y_Global": {} })).expect(200);
    house.get(&guest, &at).expect(200);
}
