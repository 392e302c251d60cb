//! Who somebody is here and what they may do, by what the provider says: never somebody else's user, and no more than is
//! mapped (R010, R052).

use super::{Platform, staff};
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use testkit::house::Who;

fn by_claim(group: &str, then: u64) -> Value {
    json!({"when": {"operator": "IN", "parameterPath": "groups", "value": group}, "thenGroups": [then]})
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a body is written where it is sent: json!(...)"
)]
fn mapped(configuration: Value, mappings: Vec<Value>) -> Value {
    json!({"onNewUser": {"dynamicMapping": {"configuration": configuration, "mappings": mappings}}})
}

// R052: account take-over by a name that the provider's users can choose.
#[test]
fn a_user_who_was_made_here_is_nobodys_by_a_name() {
    let platform = Platform::new();
    for name in [
        "admin",
        "device_x",
        "service_x",
        "devicebootstrap",
        "a/b",
        "",
        "jo\u{0}e",
    ] {
        platform.provider.say("preferred_username", json!(name));
        platform.sign_in().expect(403);
        assert!(
            platform
                .last_failure()
                .contains("the name is that of a user who was made here"),
            "{name}"
        );
    }
    platform.provider.say("preferred_username", json!(["admin"]));
    platform.sign_in().expect(403);
    assert_eq!(platform.groups_of("admin"), ["admins"]);
}

#[test]
fn a_user_who_was_made_here_comes_in_when_an_administrator_links_it_and_keeps_its_rights() {
    let platform = Platform::new();
    platform.provider.say("preferred_username", json!("admin"));
    platform
        .change(json!({"linkedUsers": [{"userName": "admin", "subject": "24400320"}]}))
        .expect(200);
    let signed_in = platform.sign_in().expect(302);
    let own = platform.read(&signed_in, "/user/currentUser").expect(200).json();
    assert_eq!(own["userName"], "admin");
    assert_eq!(platform.groups_of("admin"), ["admins"], "nothing is mapped away");
    // The password stays good, and the link can be taken back.
    platform
        .house
        .get(&platform.house.admin("t100"), "/user/currentUser")
        .expect(200);
    platform.change(json!({"linkedUsers": []})).expect(200);
    platform.sign_in().expect(403);
    // Nobody is linked who is not there, or who is no person.
    for name in ["nobody", "device_x"] {
        let link = json!({"linkedUsers": [{"userName": name, "subject": "1"}]});
        platform.change(link).expect(422);
    }
}

// R038, R052: what is not said any more is not held any more.
#[test]
fn rights_fall_at_the_next_sign_in() {
    let platform = Platform::new();
    let (readers, business) = (platform.group("crew"), platform.group("Business User"));
    let mappings = vec![by_claim("staff", readers), by_claim("sales", business)];
    platform.change(mapped(json!({}), mappings)).expect(200);
    platform.provider.say("groups", json!(["staff", "sales"]));
    platform.sign_in().expect(302);
    assert_eq!(platform.groups_of("jane").len(), 2);
    platform.provider.say("groups", json!(["sales"]));
    platform.sign_in().expect(302);
    assert_eq!(platform.groups_of("jane"), ["Business User"]);
    // Whom nothing lets in any more has nothing left.
    platform.provider.say("groups", json!([]));
    platform.sign_in().expect(403);
    assert_eq!(platform.groups_of("jane"), Vec::<String>::new());
    assert!(
        platform
            .last_failure()
            .contains("no mapping gives this person any access")
    );
    platform.provider.say("groups", Value::Null);
    platform.sign_in().expect(403);
}

#[test]
fn whom_no_mapping_lets_in_gets_no_user() {
    let platform = Platform::new();
    platform.provider.say("groups", json!(["guests"]));
    platform.sign_in().expect(403);
    assert!(platform.user("jane").is_none());
}

#[test]
fn what_no_mapping_names_stays_or_goes_as_the_tenant_wishes() {
    let platform = Platform::new();
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    let (readers, business) = (platform.group("crew"), platform.group("Business User"));
    platform.sign_in().expect(302);
    let join = || {
        let jane = json!({"user": {"self": "https://localhost/user/t100/users/jane"}});
        house
            .post(&admin, &format!("/user/t100/groups/{business}/users"), jane)
            .expect(201);
    };
    let mappings = || vec![by_claim("staff", readers)];
    for (configuration, stays) in [
        (json!({"manageRolesOnlyFromAccessMapping": true}), true),
        (json!({"mapRolesOnlyForNewUser": true}), true),
        (json!({}), false),
    ] {
        if platform.groups_of("jane").len() < 2 {
            join();
        }
        platform
            .change(mapped(configuration.clone(), mappings()))
            .expect(200);
        platform.sign_in().expect(302);
        assert_eq!(platform.groups_of("jane").len() == 2, stays, "{configuration}");
    }
    // Once made, somebody whom nothing is asked about keeps what it has.
    platform
        .change(mapped(json!({"mapRolesOnlyForNewUser": true}), mappings()))
        .expect(200);
    platform.provider.say("groups", json!([]));
    platform.sign_in().expect(302);
    assert_eq!(platform.groups_of("jane"), ["crew"]);
}

#[test]
fn inventory_roles_come_and_go_with_the_claims() {
    let platform = Platform::new();
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    let object = house
        .post(&admin, "/inventory/managedObjects", json!({"name": "plant"}))
        .expect(201)
        .json();
    let object = object["id"].as_str().expect("an id").to_owned();
    let roles = house.get(&admin, "/user/inventoryroles").expect(200).json();
    let reader = roles["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .find(|role| role["name"] == "Reader")
        .cloned();
    let reader = reader.expect("the role")["id"].clone();
    let mapping = json!({
        "when": {"operator": "EQ", "parameterPath": "site.name", "value": "north"},
        "thenInventoryRoles": [{"managedObject": object, "roleIds": [reader]}],
    });
    let place = "/tenant/loginOptions/OAUTH2/inventoryAccessMappings";
    house.post(&admin, place, mapping).expect(201);
    let path = format!("/inventory/managedObjects/{object}");
    let first = platform.sign_in().expect(302);
    platform.read(&first, &path).expect(404);
    platform.provider.say("site", json!({"name": "north"}));
    let second = platform.sign_in().expect(302);
    platform.read(&second, &path).expect(200);
    platform.provider.say("site", json!({"name": "south"}));
    platform.sign_in().expect(302);
    platform.read(&second, &path).expect(404);
}

#[test]
fn claims_of_the_access_token_count_where_the_tenant_says_so() {
    let platform = Platform::new();
    let (readers, business) = (platform.group("crew"), platform.group("Business User"));
    let mut change = mapped(
        json!({"mapFromIdToken": false}),
        vec![by_claim("staff", readers), by_claim("sales", business)],
    );
    change["useIdToken"] = json!(true);
    platform.change(change).expect(200);
    // None came, or one that cannot be verified.
    platform.sign_in().expect(401);
    for (name, wrong) in [
        ("sub", json!("1")),
        ("aud", json!("another")),
        ("azp", json!("another")),
        ("iss", json!("https://evil.example")),
        ("exp", json!(1)),
    ] {
        platform
            .provider
            .say_in_access_token(&[("groups", json!(["sales"])), (name, wrong)]);
        platform.sign_in().expect(401);
    }
    platform
        .provider
        .say_in_access_token(&[("groups", json!(["sales"]))]);
    platform.sign_in().expect(302);
    assert_eq!(platform.groups_of("jane"), ["Business User"]);
}

// R055, R056: the second factor that is demanded here must have been asked for there.
#[test]
fn a_second_factor_that_is_demanded_is_asked_for_by_the_provider() {
    let platform = Platform::new();
    let option = json!({"category": "two-factor-authentication", "key": "enforced", "value": "true"});
    // Set after the provider: the administrator cannot do anything else without one from then on.
    platform
        .house
        .post(&platform.house.admin("t100"), "/tenant/options", option)
        .expect(200);
    platform.sign_in().expect(403);
    platform.provider.say("amr", json!(["pwd"]));
    platform.sign_in().expect(403);
    platform.provider.say("amr", json!(["pwd", "mfa"]));
    let signed_in = platform.sign_in().expect(302);
    platform.read(&signed_in, "/user/currentUser").expect(200);
}

#[test]
fn the_tenant_may_say_that_its_provider_always_asks_for_a_second_factor() {
    let platform = Platform::with(json!({"providerAsksSecondFactor": true}));
    let option = json!({"category": "two-factor-authentication", "key": "enforced", "value": "true"});
    platform
        .house
        .post(&platform.house.admin("t100"), "/tenant/options", option)
        .expect(200);
    platform.sign_in().expect(302);
}

// R055: a password would outlive what the provider says of somebody.
#[test]
fn whoever_comes_from_the_provider_cannot_make_a_password_for_themselves() {
    let platform = Platform::new();
    platform.sign_in().expect(302);
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    let handed = json!({"email": "jane@example.org"});
    let request = house
        .stranger("POST", "/user/passwordReset?tenantId=t100")
        .header(ACCEPT, "application/json");
    house
        .send(request.header(CONTENT_TYPE, "application/json"), handed)
        .expect(200);
    let out = house.post(
        &admin,
        "/user/t100/users/jane/passwordReset",
        json!({"currentUserPassword": admin.password}),
    );
    assert!([404, 422].contains(&out.status.as_u16()), "{}", out.text);
}

// R055: a password would be a second way in, past the provider.
#[test]
fn nobody_gives_a_password_to_whom_only_the_provider_lets_in() {
    let platform = Platform::new();
    platform.sign_in().expect(302);
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    let (user, password) = ("/user/t100/users/jane", "four Wooden bridges 1");
    let dedicated = format!("{user}/password");
    let change = json!({"currentUserPassword": admin.password, "newPassword": password});
    let refused = [
        house.put(&admin, user, json!({"firstName": "Eve", "password": password})),
        house.put(&admin, &dedicated, change.clone()),
    ];
    for refused in refused {
        let (error, message) = refused.expect(422).error();
        assert_eq!(error, "users/Invalid Data");
        assert!(message.contains("identity provider"), "{message}");
    }
    let jane = Who::new("t100", "jane", password);
    house.get(&jane, "/user/currentUser").expect(401);
    assert_ne!(platform.user("jane").expect("jane")["firstName"], "Eve");
    // What else is changed of her is nobody's way in.
    house.put(&admin, user, json!({"phone": "+49301"})).expect(200);
    // Without the provider there is no other way in.
    house.delete(&admin, "/tenant/loginOptions/OAUTH2").expect(204);
    house.put(&admin, &dedicated, change).expect(200);
    house.get(&jane, "/user/currentUser").expect(200);
}

// R010: the last administrator stays one, whatever the provider says.
#[test]
fn the_last_administrator_is_not_mapped_away() {
    let platform = Platform::new();
    let admins = platform.group("admins");
    platform
        .change(json!({"onNewUser": staff(&[admins])}))
        .expect(200);
    platform.sign_in().expect(302);
    assert_eq!(platform.groups_of("jane"), ["admins"]);
    // Passwords are closed to people: whoever came in through the provider is an administrator.
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    house
        .delete(&admin, "/tenant/loginOptions/OAUTH2_INTERNAL")
        .expect(204);
    house.delete(&admin, "/tenant/loginOptions/BASIC").expect(204);
    house.get(&admin, "/user/currentUser").expect(401);
    let signed_in = platform.sign_in().expect(302);
    platform.provider.say("groups", json!([]));
    platform.sign_in().expect(403);
    let own = platform.read(&signed_in, "/user/currentUser").expect(200).json();
    assert!(
        own["effectiveRoles"]
            .as_array()
            .is_some_and(|roles| roles.len() > 5),
        "still one"
    );
}
