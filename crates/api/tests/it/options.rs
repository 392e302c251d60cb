//! Tenant options as clients see them.

mod rules;

use crate::users::assert_documented;
use model::limits::{OPTION_VALUE_BYTES_MAX, OPTIONS_MAX};
use model::roles::Role;
use serde_json::{Map, Value, json};
use testkit::house::{House, Who};

const READ: &[Role] = &[Role::OptionManagementRead];
const ADMIN: &[Role] = &[Role::OptionManagementAdmin];

fn set(house: &House, category: &str, key: &str, value: &str) {
    let body = json!({ "category": category, "key": key, "value": value });
    house
        .post(&house.admin("t100"), "/tenant/options", body)
        .expect(200);
}

/// The audit records of t100 of one type.
fn records(house: &House, kind: &str) -> Vec<Value> {
    let path = format!("/audit/auditRecords?type={kind}&pageSize=2000");
    let found = house.get(&house.admin("t100"), &path).expect(200).json();
    found["auditRecords"].as_array().expect("records").clone()
}

#[test]
fn an_option_is_set_read_changed_listed_and_deleted() {
    let house = House::new();
    let admin = house.admin("t100");
    let at = "/tenant/options/alarm.type.mapping/too%20hot";
    let body = json!({ "category": "alarm.type.mapping", "key": "too hot", "value": "CRITICAL|hot" });
    let made = house.post(&admin, "/tenant/options", body.clone()).expect(200);
    assert_eq!(
        made.header("content-type"),
        "application/vnd.com.nsn.cumulocity.option+json;charset=UTF-8;ver=0.9"
    );
    assert_documented("Option", &made.json());
    let mut shown = body;
    shown["self"] = json!(format!("https://localhost{at}"));
    assert_eq!(made.json(), shown);
    assert_eq!(house.get(&admin, at).expect(200).json(), shown);

    shown["value"] = json!("MAJOR|hot");
    let changed = house.put(&admin, at, json!({ "value": "MAJOR|hot" })).expect(200);
    assert_eq!(changed.json(), shown);
    set(&house, "alarm.type.mapping", "too cold", "MINOR|cold");
    set(&house, "access.control", "allow.origin", "*");
    let listed = house
        .get(&admin, "/tenant/options?withTotalElements=true&pageSize=2")
        .expect(200);
    assert_documented("OptionCollection", &listed.json());
    let listed = listed.json();
    assert_eq!(listed["statistics"]["totalElements"], 3);
    let keys: Vec<_> = (0..2).map(|place| &listed["options"][place]["key"]).collect();
    assert_eq!(keys, ["allow.origin", "too cold"]);

    house.delete(&admin, at).expect(204);
    let gone = house.get(&admin, at).expect(404);
    assert_eq!(gone.error().0, "options/Not Found");
    house.put(&admin, at, json!({ "value": "x" })).expect(404);
    house.delete(&admin, at).expect(404);
    // Another tenant has nothing of it.
    let other = house.get(&house.admin("t200"), "/tenant/options").expect(200);
    assert_eq!(other.json()["options"], json!([]));
}

#[test]
fn a_category_is_a_flat_map_and_what_is_not_named_stays() {
    let house = House::new();
    let admin = house.admin("t100");
    let at = "/tenant/options/limits";
    assert_eq!(house.get(&admin, at).expect(200).json(), json!({}));
    set(&house, "limits", "low", "0");
    let reply = house
        .put(&admin, at, json!({ "high": "120", "low": "1" }))
        .expect(200);
    assert_eq!(reply.json(), json!({ "high": "120", "low": "1" }));
    house.put(&admin, at, json!({ "mid": "60" })).expect(200);
    let all = json!({ "high": "120", "low": "1", "mid": "60" });
    assert_eq!(house.get(&admin, at).expect(200).json(), all);
    // All or none.
    house.put(&admin, at, json!({ "low": "2", "bad": 3 })).expect(422);
    assert_eq!(house.get(&admin, at).expect(200).json(), all);
    assert_eq!(
        house.get(&admin, "/tenant/options/a%20b").expect(200).json(),
        json!({})
    );
    house
        .put(&admin, "/tenant/options/a%20b", json!({ "k": "v" }))
        .expect(422);
}

#[test]
fn what_is_no_option_is_refused_and_no_error_repeats_a_value() {
    let house = House::new();
    let admin = house.admin("t100");
    for body in [
        json!({ "category": "c", "key": "k" }),
        json!({ "category": "c", "value": "canary" }),
        json!({ "key": "k", "value": "canary" }),
        json!({ "category": "a b", "key": "k", "value": "canary" }),
        json!({ "category": "a/b", "key": "k", "value": "canary" }),
        json!({ "category": "c", "key": "", "value": "canary" }),
        json!({ "category": "c", "key": "k", "value": ["canary"] }),
        json!({ "category": "c", "key": "credentials.k", "value": "<<Encrypted>>" }),
        json!(["canary"]),
    ] {
        let refused = house.post(&admin, "/tenant/options", body).expect(422);
        assert!(!refused.text.contains("canary"), "{}", refused.text);
    }
    assert_eq!(
        house.get(&admin, "/tenant/options").expect(200).json()["options"],
        json!([])
    );
}

// R099: an administrator's secret is nowhere but in its row.
#[test]
fn a_secret_value_is_in_no_answer_and_no_audit_record() {
    let house = House::new();
    let admin = house.admin("t100");
    let at = "/tenant/options/mail/credentials.password";
    let body = json!({ "category": "mail", "key": "credentials.password", "value": "canary-1" });
    let mut answers = vec![house.post(&admin, "/tenant/options", body).expect(200)];
    answers.push(house.put(&admin, at, json!({ "value": "canary-2" })).expect(200));
    let category = json!({ "credentials.password": "canary-3", "host": "mail.example.org" });
    answers.push(house.put(&admin, "/tenant/options/mail", category).expect(200));
    answers.push(house.get(&admin, at).expect(200));
    answers.push(house.get(&admin, "/tenant/options/mail").expect(200));
    answers.push(house.get(&admin, "/tenant/options").expect(200));
    for answer in &answers {
        assert!(!answer.text.contains("canary"), "{}", answer.text);
        assert!(answer.text.contains("<<Encrypted>>"), "{}", answer.text);
    }
    // What was read can be sent back: the placeholder takes nothing's place.
    let read = answers.remove(4).json();
    house.put(&admin, "/tenant/options/mail", read).expect(200);
    house
        .put(&admin, at, json!({ "value": "<<Encrypted>>" }))
        .expect(422);
    house.delete(&admin, at).expect(204);
    let told = Value::from(records(&house, "Option")).to_string();
    assert!(
        !told.contains("canary") && told.contains("mail.example.org"),
        "{told}"
    );
    assert!(told.contains("mail/credentials.password"), "{told}");
}

// R098: every change leaves a record with the old and the new value.
#[test]
fn every_change_of_an_option_is_recorded() {
    let house = House::new();
    let admin = house.admin("t100");
    set(&house, "configuration", "a", "1");
    set(&house, "configuration", "a", "2");
    house
        .delete(&admin, "/tenant/options/configuration/a")
        .expect(204);
    let mut found: Vec<_> = records(&house, "Option")
        .iter()
        .map(|record| {
            let change = &record["changes"][0];
            (
                record["activity"].clone(),
                change["previousValue"].clone(),
                change["newValue"].clone(),
            )
        })
        .collect();
    found.sort_by_key(|(activity, ..)| activity.to_string());
    let expected = [
        (json!("Option changed"), json!("1"), json!("2")),
        (json!("Option created"), Value::Null, json!("1")),
        (json!("Option deleted"), json!("2"), Value::Null),
    ];
    assert_eq!(found, expected);
}

// R019: neither role includes the other.
#[test]
fn reading_and_setting_options_are_two_rights() {
    let house = House::new();
    let (reader, setter) = (
        house.person("t100", "reader", READ),
        house.person("t100", "setter", ADMIN),
    );
    let body = json!({ "category": "c", "key": "k", "value": "canary" });
    house.post(&reader, "/tenant/options", body.clone()).expect(403);
    let made = house.post(&setter, "/tenant/options", body).expect(200);
    let changed = house
        .put(&setter, "/tenant/options/c/k", json!({ "value": "canary" }))
        .expect(200);
    let all = house
        .put(&setter, "/tenant/options/c", json!({ "l": "canary" }))
        .expect(200);
    for reply in [made, changed, all] {
        assert!(!reply.text.contains("canary"), "{}", reply.text);
    }
    house.get(&setter, "/tenant/options/c/k").expect(403);
    house.get(&setter, "/tenant/options").expect(403);
    assert_eq!(
        house.get(&reader, "/tenant/options/c/k").expect(200).json()["value"],
        "canary"
    );
    house
        .put(&reader, "/tenant/options/c", json!({ "k": "x" }))
        .expect(403);
    house.delete(&reader, "/tenant/options/c/k").expect(403);
}

#[test]
fn a_tenant_has_as_many_options_as_it_may_and_no_more() {
    let house = House::new();
    let admin = house.admin("t100");
    let options: Map<_, _> = (0..OPTIONS_MAX)
        .map(|place| (format!("k{place}"), json!("v")))
        .collect();
    house
        .put(&admin, "/tenant/options/many", Value::from(options))
        .expect(200);
    let one_more = json!({ "category": "other", "key": "k", "value": "v" });
    house
        .post(&admin, "/tenant/options", one_more.clone())
        .expect(422);
    house
        .put(&admin, "/tenant/options/other", json!({ "k": "v" }))
        .expect(422);
    // What is there can be changed all the same, and what is deleted makes room.
    house
        .put(&admin, "/tenant/options/many", json!({ "k0": "w" }))
        .expect(200);
    house
        .put(&admin, "/tenant/options/many/k1", json!({ "value": "w" }))
        .expect(200);
    house.delete(&admin, "/tenant/options/many/k2").expect(204);
    house.post(&admin, "/tenant/options", one_more).expect(200);
    let at_once: Map<_, _> = (0..=OPTIONS_MAX)
        .map(|place| (format!("k{place}"), json!("v")))
        .collect();
    house
        .put(&admin, "/tenant/options/many", Value::from(at_once))
        .expect(422);
}

#[test]
fn a_value_may_be_as_long_as_the_limit_and_no_longer() {
    let house = House::new();
    let admin = house.admin("t100");
    let of = |bytes| json!({ "category": "c", "key": "k", "value": "v".repeat(bytes) });
    house
        .post(&admin, "/tenant/options", of(OPTION_VALUE_BYTES_MAX))
        .expect(200);
    house
        .post(&admin, "/tenant/options", of(OPTION_VALUE_BYTES_MAX + 1))
        .expect(422);
    // A long value is not repeated in the audit log.
    assert!(
        !Value::from(records(&house, "Option"))
            .to_string()
            .contains("vvvv")
    );
}

#[test]
fn the_platforms_settings_are_open_but_for_the_secured_ones() {
    let house = House::new();
    let anybody = house.person("t100", "anybody", &[]);
    let version = house
        .get(&anybody, "/tenant/system/options/system/version")
        .expect(200);
    assert_documented("SystemOption", &version.json());
    assert_eq!(
        version.json(),
        json!({ "category": "system", "key": "version", "value": env!("CARGO_PKG_VERSION") })
    );
    let secured = "/tenant/system/options/password/green.min-length";
    house.get(&anybody, secured).expect(403);
    let listed = |who: &Who| {
        let listed = house.get(who, "/tenant/system/options").expect(200).json();
        assert_documented("SystemOptionCollection", &listed);
        let options = listed["options"].as_array().expect("options").clone();
        let found = options
            .into_iter()
            .find(|option| option["key"] == "green.min-length");
        found.expect("the setting")["value"].clone()
    };
    assert_eq!(listed(&anybody), "<<Encrypted>>");
    let admin = house.admin("t100");
    assert_eq!(listed(&admin), "8");
    assert_eq!(house.get(&admin, secured).expect(200).json()["value"], "8");
    house
        .get(&admin, "/tenant/system/options/system/nothing")
        .expect(404);
    house
        .put(
            &admin,
            "/tenant/system/options/system/version",
            json!({ "value": "9" }),
        )
        .expect(405);
}
