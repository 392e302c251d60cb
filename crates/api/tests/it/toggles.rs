//! Small things that clients ask for at their start: features, health, support access, locks on options, and own phones.

use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::House;

#[test]
fn there_are_no_feature_toggles_to_read_or_switch() {
    let house = House::new();
    let (admin, operator) = (house.admin("t100"), house.admin("management"));
    assert_eq!(house.get(&admin, "/features").expect(200).text, "[]");
    house.get(&admin, "/features/x").expect(404);
    house
        .put(&admin, "/features/x/by-tenant", json!({"active": true}))
        .expect(404);
    house.put(&admin, "/features/x/by-tenant", json!({})).expect(422);
    house.get(&admin, "/features/x/by-tenant").expect(403);
    house
        .put(&operator, "/features/x/by-tenant/t100", json!({"active": true}))
        .expect(404);
}

#[test]
fn health_is_public_and_says_one_word() {
    let house = House::new();
    let answer = house
        .send(house.stranger("GET", "/health"), Value::Null)
        .expect(200);
    assert_eq!(answer.json(), json!({"status": "UP"}));
}

#[test]
fn nobody_opens_a_tenant_for_support_and_no_operator_keeps_one_from_its_ways_in() {
    // R124
    let house = House::new();
    let (admin, operator) = (house.admin("t100"), house.admin("management"));
    house
        .put(&admin, "/tenant/support-user/enable", Value::Null)
        .expect(403);
    house
        .put(&admin, "/tenant/support-user/disable", Value::Null)
        .expect(204);
    let path = "/tenant/loginOptions/BASIC/restrict?targetTenant=t100";
    house
        .put(&operator, path, json!({"onlyManagementTenantAccess": true}))
        .expect(403);
    house
        .put(&operator, path, json!({"onlyManagementTenantAccess": false}))
        .expect(200);
    house
        .put(&admin, path, json!({"onlyManagementTenantAccess": false}))
        .expect(403);
    house
        .send(house.stranger("GET", "/tenant/oauth"), Value::Null)
        .expect(404);
}

#[test]
fn a_locked_option_stays_as_it_is() {
    let house = House::new();
    let operator = house.admin("management");
    house
        .post(
            &operator,
            "/tenant/options",
            json!({"category": "a", "key": "b", "value": "1"}),
        )
        .expect(200);
    house
        .put(
            &operator,
            "/tenant/options/a/b/editable",
            json!({"editable": "false"}),
        )
        .expect(200);
    house
        .put(&operator, "/tenant/options/a/b", json!({"value": "2"}))
        .expect(403);
    house
        .post(
            &operator,
            "/tenant/options",
            json!({"category": "a", "key": "b", "value": "2"}),
        )
        .expect(403);
    house
        .put(&operator, "/tenant/options/a", json!({"b": "2"}))
        .expect(403);
    house.delete(&operator, "/tenant/options/a/b").expect(403);
    house
        .put(
            &operator,
            "/tenant/options/a/b/editable",
            json!({"editable": true}),
        )
        .expect(200);
    house.delete(&operator, "/tenant/options/a/b").expect(204);
    house
        .put(
            &operator,
            "/tenant/options/a/b/editable",
            json!({"editable": true}),
        )
        .expect(404);
    house
        .put(
            &house.admin("t100"),
            "/tenant/options/a/b/editable",
            json!({"editable": true}),
        )
        .expect(403);
}

#[test]
fn security_options_are_those_about_signing_in_and_no_others() {
    let house = House::new();
    let admin = house.person("t100", "secure", &[Role::TenantAdmin]);
    let path = "/tenant/security-options/password/enforce.strength";
    house.get(&admin, path).expect(404);
    house.put(&admin, path, json!({"value": "true"})).expect(200);
    assert_eq!(house.get(&admin, path).expect(200).json()["value"], "true");
    house
        .put(
            &admin,
            "/tenant/security-options/configuration/x",
            json!({"value": "1"}),
        )
        .expect(404);
    house.get(&house.person("t100", "joe", &[]), path).expect(403);
}

#[test]
fn a_phone_number_newsletters_and_permissions_of_a_user() {
    let house = House::new();
    let admin = house.admin("t100");
    let joe = house.person(
        "t100",
        "joe",
        &[Role::UserManagementOwnRead, Role::UserManagementOwnAdmin],
    );
    house
        .put(&joe, "/user/currentUserPhone", json!({"phone": "+49123"}))
        .expect(200);
    assert_eq!(house.get(&joe, "/user/currentUser").json()["phone"], "+49123");
    house.put(&joe, "/user/currentUserPhone", json!({})).expect(422);
    let wants = json!({"email": "joe@example.org", "newsletter": true});
    house.put(&admin, "/user/t100/users/joe", wants).expect(200);
    let emails = house.get(&admin, "/user/t100/users/newsletterEmails").expect(200);
    assert_eq!(emails.text, "joe@example.org");
    house.get(&joe, "/user/t100/users/newsletterEmails").expect(403);
    let object = house
        .post(&admin, "/inventory/managedObjects", json!({"name": "x"}))
        .expect(201)
        .json();
    let id = object["id"].as_str().expect("an id").to_owned();
    house.grant(&joe, &[&format!("{id}, MEASUREMENT, *, READ")]);
    let path = format!("/user/t100/users/joe/devicePermissions?moId={id}");
    let expected = json!({ id.as_str(): ["MEASUREMENT:*:READ"] });
    assert_eq!(house.get(&admin, &path).expect(200).json(), expected);
    assert_eq!(
        house
            .get(&admin, "/user/t100/users/joe/devicePermissions?moId=1")
            .json(),
        json!({})
    );
}

#[test]
fn kpis_are_those_of_the_series_of_the_object() {
    let house = House::new();
    let admin = house.admin("t100");
    let make = |body: Value| {
        let made = house
            .post(&admin, "/inventory/managedObjects", body)
            .expect(201)
            .json();
        made["id"].as_str().expect("an id").to_owned()
    };
    let device = make(json!({"name": "d", "c8y_IsDevice": {}}));
    let fits = make(json!({"name": "k", "c8y_Kpi": {"fragment": "c8y_T", "series": "T"}}));
    make(json!({"name": "other", "c8y_Kpi": {"fragment": "c8y_T", "series": "H"}}));
    let point = json!({"source": {"id": device}, "type": "t", "time": "2026-11-18T00:00:00Z", "c8y_T": {"T": {"value": 1}}});
    house.post(&admin, "/measurement/measurements", point).expect(201);
    let found = house
        .get(&admin, &format!("/inventory/managedObjects/{device}/kpis"))
        .expect(200)
        .json();
    let ids: Vec<_> = found["managedObjects"]
        .as_array()
        .expect("objects")
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, [json!(fits)]);
    house
        .get(
            &house.person("t100", "joe", &[]),
            &format!("/inventory/managedObjects/{device}/kpis"),
        )
        .expect(404);
}
