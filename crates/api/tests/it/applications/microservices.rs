//! Microservices: their users, and which rights these have from whom.

use super::zips;
use super::{ALL, create, upload};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

pub(super) fn service(roles: &[&str]) -> Value {
    json!({"name": "svc", "key": "svc", "type": "MICROSERVICE", "requiredRoles": roles, "availability": "MARKET"})
}

fn user(shown: &Value) -> Who {
    let text = |name: &str| shown[name].as_str().expect("a text").to_owned();
    Who::new(&text("tenant"), &text("name"), &text("password"))
}

pub(super) fn bootstrap(house: &House, who: &Who, id: &str) -> Who {
    user(
        &house
            .get(who, &format!("{ALL}/{id}/bootstrapUser"))
            .expect(200)
            .json(),
    )
}

const SUBSCRIPTIONS: &str = "/application/currentApplication/subscriptions";

pub(super) fn users(house: &House, bootstrap: &Who) -> Vec<Who> {
    let shown = house.get(bootstrap, SUBSCRIPTIONS).expect(200).json();
    shown["users"]
        .as_array()
        .expect("users")
        .iter()
        .map(user)
        .collect()
}

pub(super) fn subscribe(house: &House, who: &Who, tenant: &str, id: &str, status: u16) -> Value {
    let path = format!("/tenant/tenants/{tenant}/applications");
    house
        .post(who, &path, json!({"application": {"id": id}}))
        .expect(status)
        .json()
}

#[test]
fn a_microservice_begins_finds_its_users_and_acts_with_the_roles_that_it_was_granted() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(
        &house,
        &admin,
        service(&["ROLE_INVENTORY_READ", "ROLE_SMARTRULE_READ"]),
    );
    let begins = bootstrap(&house, &admin, &id);
    assert_eq!(begins.name, "servicebootstrap_svc");
    assert_eq!(
        house
            .get(&begins, "/application/currentApplication")
            .expect(200)
            .json()["id"],
        json!(id)
    );
    assert!(users(&house, &begins).is_empty());
    let granted = subscribe(&house, &admin, "t100", &id, 201);
    assert_eq!(
        (
            &granted["serviceUser"],
            &granted["grantedRoles"],
            &granted["pendingRoles"]
        ),
        (&json!("service_svc"), &json!(["ROLE_INVENTORY_READ"]), &json!([]))
    );
    subscribe(&house, &admin, "t100", &id, 409);
    let acts = users(&house, &begins).pop().expect("a user");
    house.get(&acts, "/inventory/managedObjects").expect(200);
    house
        .post(&acts, "/inventory/managedObjects", json!({}))
        .expect(403);
    house.get(&acts, "/tenant/currentTenant").expect(200);
    house.get(&acts, "/application/currentApplication").expect(403);
    house
        .get(&acts, "/application/currentApplication/settings")
        .expect(200);
    let shown = house
        .get(&admin, "/user/t100/users/service_svc")
        .expect(200)
        .json();
    let roles = shown["roles"]["references"].as_array().expect("roles");
    let roles: Vec<_> = roles
        .iter()
        .map(|role| role["role"]["id"].as_str().expect("a role"))
        .collect();
    assert_eq!(roles, ["ROLE_INVENTORY_READ", "ROLE_USER_MANAGEMENT_OWN_READ"]);
    // It goes at once, and comes back as somebody else.
    house
        .delete(&admin, &format!("/tenant/tenants/t100/applications/{id}"))
        .expect(204);
    house.get(&acts, "/inventory/managedObjects").expect(401);
    subscribe(&house, &admin, "t100", &id, 201);
    house.get(&acts, "/inventory/managedObjects").expect(401);
    let again = users(&house, &begins).pop().expect("a user");
    house.get(&again, "/inventory/managedObjects").expect(200);
    house.delete(&admin, &format!("{ALL}/{id}")).expect(204);
    house.get(&again, "/inventory/managedObjects").expect(401);
    house.get(&begins, SUBSCRIPTIONS).expect(401);
}

// The bootstrap user asks about its application and does nothing else, whatever it is given.
#[test]
fn the_user_with_which_a_microservice_begins_can_do_nothing_else() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, service(&["ROLE_INVENTORY_READ"]));
    let begins = bootstrap(&house, &admin, &id);
    for path in [
        "/inventory/managedObjects",
        "/event/events",
        "/user/currentUser",
        "/tenant/currentTenant",
        "/platform",
        "/tenant/system/options",
        "/application/applications",
        "/audit/auditRecords",
    ] {
        house.get(&begins, path).expect(403);
    }
    for (path, body) in [
        ("/inventory/managedObjects", json!({})),
        ("/notification/realtime", json!([{"channel": "/meta/handshake"}])),
        (ALL, service(&[])),
    ] {
        house.post(&begins, path, body).expect(403);
    }
    // It says of itself what it likes, and asks for nothing more.
    let current = "/application/currentApplication";
    house
        .put(&begins, current, json!({"description": "me"}))
        .expect(200);
    for refused in [
        json!({"requiredRoles": ["ROLE_AUDIT_READ"]}),
        json!({"availability": "PRIVATE"}),
        json!({"key": "other"}),
        json!({"contextPath": "other"}),
        // Which options it may read, it does not choose itself.
        json!({"manifest": {"settingsCategory": "other", "settings": [{"key": "level"}]}}),
    ] {
        house.put(&begins, current, refused).expect(403);
    }
    house.get(&admin, current).expect(403);
    house.get(&admin, SUBSCRIPTIONS).expect(403);
}

// R010: nobody gives a microservice more than they could give a user, and nobody takes it through its key.
#[test]
fn whoever_manages_applications_gains_nothing_through_them() {
    let house = House::new();
    let admin = house.admin("t100");
    let manager = house.person(
        "t100",
        "manager",
        &[Role::ApplicationManagementAdmin, Role::ApplicationManagementRead],
    );
    let id = create(&house, &manager, service(&["ROLE_INVENTORY_READ"]));
    subscribe(&house, &manager, "t100", &id, 403);
    house
        .get(&manager, &format!("{ALL}/{id}/bootstrapUser"))
        .expect(403);
    subscribe(&house, &admin, "t100", &id, 201);
    house
        .get(&manager, &format!("{ALL}/{id}/bootstrapUser"))
        .expect(403);
    // Fewer roles in the manifest do not open the credential of a user who still has them elsewhere.
    house
        .put(
            &manager,
            &format!("{ALL}/{id}"),
            json!({"requiredRoles": ["ROLE_INVENTORY_READ", "ROLE_AUDIT_READ"]}),
        )
        .expect(200);
    let list = house
        .get(&admin, "/tenant/tenants/t100/applications")
        .expect(200)
        .json();
    let of = &list["references"][0];
    assert_eq!(
        (&of["grantedRoles"], &of["pendingRoles"]),
        (&json!(["ROLE_INVENTORY_READ"]), &json!(["ROLE_AUDIT_READ"]))
    );
    let granted = subscribe(&house, &admin, "t100", &id, 201);
    assert_eq!(
        granted["grantedRoles"],
        json!(["ROLE_AUDIT_READ", "ROLE_INVENTORY_READ"])
    );
    // What is not asked for any more is gone at once.
    house
        .put(&manager, &format!("{ALL}/{id}"), json!({"requiredRoles": []}))
        .expect(200);
    let acts = users(&house, &bootstrap(&house, &admin, &id))
        .pop()
        .expect("a user");
    house.get(&acts, "/audit/auditRecords").expect(403);
    // Platform roles are none of a tenant's to give, not even its administrator's.
    let other = json!({"name": "o", "key": "o", "type": "MICROSERVICE", "requiredRoles": ["ROLE_TENANT_MANAGEMENT_READ"]});
    let other = create(&house, &admin, other);
    assert_eq!(
        subscribe(&house, &admin, "t100", &other, 201)["grantedRoles"],
        json!([])
    );
    // No service makes others of itself.
    let helper = house.user(
        "t100",
        "service_helper",
        model::users::UserKind::Service,
        &[Role::ApplicationManagementAdmin],
    );
    subscribe(&house, &helper, "t100", &other, 403);
    house
        .get(&helper, &format!("{ALL}/{id}/bootstrapUser"))
        .expect(403);
}

// R010: a key that was read when it opened little never opens more.
#[test]
fn who_read_the_keys_before_more_was_asked_for_has_nothing_of_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let roles = [Role::ApplicationManagementAdmin, Role::ApplicationManagementRead];
    let manager = house.person("t100", "manager", &roles);
    let id = create(&house, &manager, service(&[]));
    subscribe(&house, &manager, "t100", &id, 201);
    let begins = bootstrap(&house, &manager, &id);
    let acts = users(&house, &begins).pop().expect("a user");
    house.get(&acts, "/user/currentUser").expect(200);

    let more = json!({"requiredRoles": ["ROLE_AUDIT_READ"]});
    house.put(&manager, &format!("{ALL}/{id}"), more).expect(200);
    house.get(&begins, SUBSCRIPTIONS).expect(401);
    house.get(&acts, "/audit/auditRecords").expect(403);
    subscribe(&house, &admin, "t100", &id, 201);
    house.get(&acts, "/audit/auditRecords").expect(401);
    house
        .get(&manager, &format!("{ALL}/{id}/bootstrapUser"))
        .expect(403);
    let begins = bootstrap(&house, &admin, &id);
    let acts = users(&house, &begins).pop().expect("a user");
    house.get(&acts, "/audit/auditRecords").expect(200);

    // One who could give it all says it in one step; and less, or the same again, changes no key.
    let both = json!({"requiredRoles": ["ROLE_AUDIT_READ", "ROLE_ALARM_READ"]});
    house.put(&admin, &format!("{ALL}/{id}"), both).expect(200);
    house.get(&begins, SUBSCRIPTIONS).expect(401);
    house.get(&acts, "/audit/auditRecords").expect(401);
    let begins = bootstrap(&house, &admin, &id);
    for same in [
        json!(["ROLE_AUDIT_READ", "ROLE_ALARM_READ"]),
        json!(["ROLE_AUDIT_READ"]),
        json!([]),
    ] {
        house
            .put(&manager, &format!("{ALL}/{id}"), json!({"requiredRoles": same}))
            .expect(200);
        house.get(&begins, SUBSCRIPTIONS).expect(200);
    }
}

// The operator gives itself no way into a tenant: its microservice has what the tenant grants.
#[test]
fn a_microservice_of_the_management_tenant_has_in_a_tenant_what_that_grants() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let id = create(
        &house,
        &operator,
        service(&["ROLE_INVENTORY_READ", "ROLE_AUDIT_READ"]),
    );
    subscribe(&house, &admin, "t100", &id, 404);
    let begun = subscribe(&house, &operator, "t100", &id, 201);
    assert_eq!(
        (&begun["grantedRoles"], &begun["pendingRoles"]),
        (&json!([]), &json!(["ROLE_AUDIT_READ", "ROLE_INVENTORY_READ"]))
    );
    subscribe(&house, &operator, "t100", &id, 409);
    let begins = bootstrap(&house, &operator, &id);
    let acts = users(&house, &begins).pop().expect("a user");
    assert_eq!(
        (acts.tenant.as_str(), acts.name.as_str()),
        ("t100", "service_svc")
    );
    house.get(&acts, "/audit/auditRecords").expect(403);
    // Nor does it see what is open to everybody of the tenant.
    let open = house
        .post(
            &admin,
            "/inventory/managedObjects",
            json!({"name": "open", "c8y_Global": {}}),
        )
        .expect(201)
        .json();
    let open = format!(
        "/inventory/managedObjects/{}",
        open["id"].as_str().expect("an id")
    );
    house.get(&acts, &open).expect(404);
    house.get(&acts, "/inventory/managedObjects").expect(403);
    // The tenant sees what is asked for, and who may grants it.
    let list = house
        .get(&admin, "/tenant/tenants/t100/applications")
        .expect(200)
        .json();
    assert_eq!(
        list["references"][0]["pendingRoles"],
        json!(["ROLE_AUDIT_READ", "ROLE_INVENTORY_READ"])
    );
    let kept = house
        .get(&admin, "/tenant/tenants/t100/applications/restricted-roles")
        .expect(200)
        .json();
    crate::users::assert_documented("RestrictedRoleCollection", &kept);
    assert_eq!(
        (
            &kept["references"][0]["role"]["name"],
            &kept["references"][0]["applications"][0]["id"]
        ),
        (&json!("ROLE_AUDIT_READ"), &json!(id))
    );
    assert_eq!(kept["references"].as_array().map(Vec::len), Some(2));
    let weak = house.person(
        "t100",
        "weak",
        &[Role::ApplicationManagementAdmin, Role::InventoryRead],
    );
    subscribe(&house, &weak, "t100", &id, 403);
    subscribe(&house, &admin, "t100", &id, 201);
    // Whoever knew the key before knows nothing of the one that can do more.
    house.get(&acts, "/audit/auditRecords").expect(401);
    let acts = users(&house, &begins).pop().expect("a user");
    house.get(&acts, "/audit/auditRecords").expect(200);
    house.get(&acts, &open).expect(200);
    // Fewer in the owner's manifest are fewer everywhere.
    house
        .put(
            &operator,
            &format!("{ALL}/{id}"),
            json!({"requiredRoles": ["ROLE_INVENTORY_READ"]}),
        )
        .expect(200);
    house.get(&acts, "/audit/auditRecords").expect(403);
    house.get(&acts, "/inventory/managedObjects").expect(200);
    house
        .put(
            &operator,
            &format!("{ALL}/{id}"),
            json!({"requiredRoles": ["ROLE_ALARM_READ", "ROLE_INVENTORY_READ"]}),
        )
        .expect(200);
    house.get(&acts, "/alarm/alarms?pageSize=1").expect(200);
    let list = house
        .get(&operator, "/tenant/tenants/t100/applications")
        .expect(200)
        .json();
    assert_eq!(list["references"][0]["pendingRoles"], json!(["ROLE_ALARM_READ"]));
    house.get(&begins, SUBSCRIPTIONS).expect(401);
    let begins = bootstrap(&house, &operator, &id);
    // The other tenant knows nothing of it, and the tenant ends it when it wants to.
    assert!(users(&house, &begins).iter().all(|user| user.tenant == "t100"));
    house.delete(&operator, &format!("{ALL}/{id}")).expect(409);
    house
        .delete(&admin, &format!("/tenant/tenants/t100/applications/{id}"))
        .expect(204);
    house.get(&acts, "/inventory/managedObjects").expect(401);
    assert!(users(&house, &begins).is_empty());
    subscribe(&house, &operator, "t200", &id, 201);
    house
        .delete(&operator, &format!("{ALL}/{id}?force=true"))
        .expect(204);
    let gone = house.get(&house.admin("t200"), "/user/t200/users/service_svc");
    gone.expect(404);
}

// R115: only the management tenant subscribes others, and only to its own.
#[test]
fn no_tenant_subscribes_another_one_and_private_applications_stay_at_home() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let own = create(&house, &admin, service(&[]));
    for other in ["t200", "management", "nothing"] {
        subscribe(&house, &admin, other, &own, 404);
        house
            .get(&admin, &format!("/tenant/tenants/{other}/applications"))
            .expect(404);
        house
            .delete(&admin, &format!("/tenant/tenants/{other}/applications/{own}"))
            .expect(404);
    }
    subscribe(&house, &operator, "t100", &own, 404);
    subscribe(&house, &operator, "nothing", &own, 404);
    let private = json!({"name": "p", "key": "p", "type": "EXTERNAL"});
    let private = create(&house, &operator, private);
    subscribe(&house, &operator, "t100", &private, 422);
    let helpless = house.person("management", "helpless", &[Role::ApplicationManagementAdmin]);
    subscribe(&house, &helpless, "t100", &private, 403);
}

#[test]
fn users_of_microservices_are_changed_by_nobody_else() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, service(&["ROLE_INVENTORY_READ"]));
    subscribe(&house, &admin, "t100", &id, 201);
    for name in ["service_svc", "servicebootstrap_svc"] {
        let role = json!({"role": {"id": "ROLE_AUDIT_READ"}});
        house
            .post(&admin, &format!("/user/t100/users/{name}/roles"), role)
            .expect(422);
        house
            .delete(&admin, &format!("/user/t100/users/{name}"))
            .expect(422);
        house
            .delete(&admin, &format!("/user/t100/serviceAccounts/{name}"))
            .expect(422);
        let key = json!({"name": "mine"});
        house
            .post(&admin, &format!("/user/t100/serviceAccounts/{name}/keys"), key)
            .expect(422);
        let group = house.group("t100", "admins");
        let member = json!({"user": {"id": name}});
        house
            .post(&admin, &format!("/user/t100/groups/{group}/users"), member)
            .expect(422);
    }
    for name in ["servicebootstrap_mine", "service_mine"] {
        let person = json!({"userName": name, "password": "a good passphrase"});
        house.post(&admin, "/user/t100/users", person).expect(422);
    }
    let account = json!({"userName": "servicebootstrap_mine"});
    house
        .post(&admin, "/user/t100/serviceAccounts", account)
        .expect(422);
    // A name that somebody has is not taken over.
    house
        .post(
            &admin,
            "/user/t100/serviceAccounts",
            json!({"userName": "service_o"}),
        )
        .expect(201);
    let other = create(
        &house,
        &admin,
        json!({"name": "o", "key": "o", "type": "MICROSERVICE"}),
    );
    subscribe(&house, &admin, "t100", &other, 409);
}

#[test]
fn the_manifest_in_an_archive_says_what_is_asked_for_and_which_settings_there_are() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, service(&[]));
    subscribe(&house, &admin, "t100", &id, 201);
    let manifest = json!({
        "apiVersion": "1", "requiredRoles": ["ROLE_AUDIT_READ"], "roles": ["ROLE_SVC_ADMIN"], "settingsCategory": "svc",
        "settings": [
            {"key": "level", "defaultValue": "1", "editable": true, "inheritFromOwner": false, "valueSchema": {"type": "string"}},
            {"key": "credentials.token", "defaultValue": "", "editable": true, "inheritFromOwner": false, "valueSchema": {"type": "string"}},
        ],
    });
    let archive = zips::plain(&[
        ("cumulocity.json", &manifest.to_string()),
        ("image.tar", "layers"),
    ]);
    let shown = upload(&house, &admin, &format!("{ALL}/{id}/binaries"), &archive, None)
        .expect(201)
        .json();
    assert_eq!(
        (&shown["requiredRoles"], &shown["roles"]),
        (&json!(["ROLE_AUDIT_READ"]), &json!(["ROLE_SVC_ADMIN"]))
    );
    for (key, value) in [("level", "7"), ("credentials.token", "a secret")] {
        house
            .post(
                &admin,
                "/tenant/options",
                json!({"category": "svc", "key": key, "value": value}),
            )
            .expect(200);
    }
    let begins = bootstrap(&house, &admin, &id);
    let acts = users(&house, &begins).pop().expect("a user");
    // Whoever uploaded it could grant what it asks for, so it is granted.
    house.get(&acts, "/audit/auditRecords").expect(200);
    for who in [&begins, &acts] {
        let settings = house
            .get(who, "/application/currentApplication/settings")
            .expect(200)
            .json();
        assert_eq!(
            (&settings[0]["key"], &settings[0]["value"]),
            (&json!("level"), &json!("7"))
        );
        assert_eq!(settings[1].get("value"), None, "a secret is not shown");
    }
}

// What is set for others is none of an operator's business before somebody of the tenant lets its microservice in.
#[test]
fn options_of_a_tenant_are_read_by_a_foreign_microservice_only_after_it_was_let_in() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let mut spy = service(&["ROLE_ALARM_READ"]);
    spy["manifest"] = json!({"settingsCategory": "plant", "settings": [{"key": "address"}]});
    let id = create(&house, &operator, spy);
    let option = json!({"category": "plant", "key": "address", "value": "the hill"});
    house.post(&admin, "/tenant/options", option).expect(200);
    subscribe(&house, &operator, "t100", &id, 201);
    let begins = bootstrap(&house, &operator, &id);
    let value = || {
        let acts = users(&house, &begins).pop().expect("a user");
        let path = "/application/currentApplication/settings";
        house.get(&acts, path).expect(200).json()[0].get("value").cloned()
    };
    assert_eq!(value(), None);
    subscribe(&house, &admin, "t100", &id, 201);
    assert_eq!(value(), Some(json!("the hill")));
}

// R096: every step is recorded, and no record holds what opens anything.
#[test]
fn what_happens_is_recorded_without_any_secret() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let id = create(&house, &operator, service(&["ROLE_INVENTORY_READ"]));
    subscribe(&house, &operator, "t100", &id, 201);
    subscribe(&house, &admin, "t100", &id, 201);
    let begins = bootstrap(&house, &operator, &id);
    let acts = users(&house, &begins).pop().expect("a user");
    let log = |who: &Who| {
        house
            .get(who, "/audit/auditRecords?pageSize=2000")
            .expect(200)
            .text
    };
    for (who, activities) in [
        (
            &operator,
            vec![
                "Application created",
                "Application subscribed",
                "Bootstrap credential read",
            ],
        ),
        (
            &admin,
            vec!["Application subscribed", "Application granted roles"],
        ),
    ] {
        let log = log(who);
        for activity in activities {
            assert!(log.contains(activity), "{activity}");
        }
        for secret in [&begins, &acts] {
            assert!(!log.contains(secret.authorization().trim_start_matches("Basic ")));
            assert!(!log.contains("hfk_"));
        }
    }
}
