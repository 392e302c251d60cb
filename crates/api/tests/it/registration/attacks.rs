//! Attacks on the registration of devices: with the user that everybody shares, from other tenants, and at the same time.

use super::{
    CREDENTIALS, REQUESTS, accept, ask, at, bootstrap, device, recorded, registered, request, status,
};
use bytes::Bytes;
use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use contract::registration as endpoints;
use http_body_util::{BodyExt, Full};
use model::limits::{RATE_BURST_SECONDS, RATE_POLL_PER_ADDRESS_PER_SECOND};
use model::roles::Role;
use policy::operation::Need;
use serde_json::{Value, json};
use std::net::IpAddr;
use testkit::house::{House, Who};

// R078, R121: what is in every device must be good for nothing else.
#[test]
fn the_user_that_new_devices_share_may_do_nothing_but_ask() {
    let house = House::new();
    let with = bootstrap(&house, "t100");
    // Whatever somebody gives it.
    let admin = house.admin("t100");
    let admins = house.group("t100", "admins");
    let body = json!({"user": {"id": "devicebootstrap"}});
    house
        .post(&admin, &format!("/user/t100/groups/{admins}/users"), body)
        .expect(201);
    let object = house
        .post(&admin, "/inventory/managedObjects", json!({"c8y_Global": {}}))
        .expect(201)
        .json();
    let id = object["id"].as_str().expect("an id");
    for endpoint in Endpoint::all() {
        let declaration = endpoint.declaration();
        let is_own = endpoint == Endpoint::Registration(endpoints::Endpoint::Credentials);
        if declaration.operation.need == Need::Public || is_own {
            continue;
        }
        let mut path = declaration.path.replace("{tenantId}", "t100").replace("{id}", id);
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, "1");
        }
        let body = if declaration.method == Method::Get {
            Value::Null
        } else {
            json!({})
        };
        let reply = house.call(&with, declaration.method.name(), &path, body);
        // Of a body nothing is read; a parameter or header that must be there is told to everybody, and some endpoints
        // take another credential.
        let told = if declaration.body.is_some() {
            [403; 2]
        } else {
            [422, 426]
        };
        let refused = [401, 403, 404]
            .iter()
            .chain(&told)
            .any(|one| reply.status == *one);
        assert!(
            refused,
            "{} {path}: {} {}",
            declaration.method.name(),
            reply.status,
            reply.text
        );
    }
    // Not even what is there.
    let told = |id: &str| {
        let reply = house
            .get(&with, &format!("/inventory/managedObjects/{id}"))
            .expect(404);
        reply.text.replace(id, "ID")
    };
    assert_eq!(told(id), told("8000000000000000"));
}

#[test]
fn nobody_else_may_ask() {
    let house = House::new();
    let admin = house.admin("t100");
    request(&house, &admin, "d");
    let somebody = house.person("t100", "somebody", &[Role::DeviceBootstrap]);
    let another = house.device("t100", "device_other");
    for who in [&admin, &somebody, &another] {
        ask(&house, who, "d", None).expect(403);
    }
    assert_eq!(status(&house, "d"), "WAITING_FOR_CONNECTION");
    // Devices let nobody in, whatever roles they were given.
    let strong = house.user(
        "t100",
        "device_strong",
        model::users::UserKind::Device,
        &[Role::DeviceControlAdmin],
    );
    house.post(&strong, REQUESTS, json!({"id": "e"})).expect(403);
    accept(&house, &strong, "d", None).expect(403);
}

// R009: there is no such user before an administrator makes one, with a password that cannot be guessed.
#[test]
fn an_administrator_makes_the_shared_user_and_nobody_else() {
    let house = House::new();
    let admin = house.admin("t100");
    house.get(&admin, "/user/t100/users/devicebootstrap").expect(404);
    let with = |password: &str| json!({"userName": "devicebootstrap", "email": "d@example.org", "password": password});
    let users = "/user/t100/users";
    house.post(&admin, users, with("Fhdt1bb1f")).expect(422);
    house.post(&admin, users, with("nineteen characters")).expect(422);
    let password = "four wooden bridges for devices";
    let manager = house.person("t100", "manager", &[Role::UserManagementAdmin]);
    house.post(&manager, users, with(password)).expect(403);
    house.post(&admin, users, with(password)).expect(201);
    let who = Who::new("t100", "devicebootstrap", password);
    request(&house, &admin, "d");
    ask(&house, &who, "d", None).expect(404);
    accept(&house, &admin, "d", None).expect(200);
    ask(&house, &who, "d", None).expect(201);
    let change = json!({"currentUserPassword": password, "newPassword": "another good passphrase"});
    house.put(&who, "/user/currentUser/password", change).expect(403);
}

// R115
#[test]
fn requests_of_one_tenant_are_nothing_to_another() {
    let house = House::new();
    let (admin, other) = (house.admin("t100"), house.admin("t200"));
    let of_other = bootstrap(&house, "t200");
    request(&house, &admin, "d");
    ask(&house, &of_other, "d", None).expect(404);
    assert_eq!(status(&house, "d"), "WAITING_FOR_CONNECTION");
    house.get(&other, &at("d")).expect(404);
    house
        .put(&other, &at("d"), json!({"status": "ACCEPTED"}))
        .expect(404);
    house.delete(&other, &at("d")).expect(404);
    request(&house, &other, "d");
    ask(&house, &of_other, "d", None).expect(404);
    assert_eq!(status(&house, "d"), "WAITING_FOR_CONNECTION");
}

// R078
#[test]
fn the_shared_user_of_the_platform_reaches_the_one_tenant_that_awaits_the_device() {
    let house = House::new();
    let (admin, other) = (house.admin("t100"), house.admin("t200"));
    let with = bootstrap(&house, "management");
    ask(&house, &with, "d", None).expect(404);
    request(&house, &admin, "d");
    ask(&house, &with, "d", None).expect(404);
    assert_eq!(status(&house, "d"), "PENDING_ACCEPTANCE");
    accept(&house, &admin, "d", None).expect(200);
    // Another tenant that asks for the same device later keeps it from nobody.
    house.world.advance_millis(1_000);
    request(&house, &other, "d");
    let own = device(&ask(&house, &with, "d", None).expect(201).json());
    assert_eq!((own.tenant.as_str(), own.name.as_str()), ("t100", "device_d"));
    house.get(&own, "/inventory/managedObjects").expect(200);
    // It is in the log of the tenant whose device it is.
    let path = "/audit/auditRecords?type=DeviceRegistration&pageSize=100";
    let log = house.get(&admin, path).expect(200).json();
    let delivered = log["auditRecords"].as_array().expect("records").iter();
    let activities: Vec<_> = delivered.map(|record| record["activity"].clone()).collect();
    assert!(
        activities.contains(&json!("Device credentials delivered")),
        "{activities:?}"
    );
    // A tenant that is suspended lets no device in.
    request(&house, &admin, "e");
    ask(&house, &with, "e", None).expect(404);
    accept(&house, &admin, "e", None).expect(200);
    let suspend = json!({"status": "SUSPENDED"});
    house
        .put(&house.admin("management"), "/tenant/tenants/t100", suspend)
        .expect(200);
    ask(&house, &with, "e", None).expect(404);
}

// R078, R115: whoever asks for a serial number first has the device, unless another one knows the token that it sends.
#[test]
fn a_device_that_several_tenants_await_is_for_the_one_that_knows_its_token_else_for_the_first() {
    let house = House::new();
    let (first, second) = (house.admin("t100"), house.admin("t200"));
    let with = bootstrap(&house, "management");
    let standing = |who: &Who, id: &str| house.get(who, &at(id)).expect(200).json()["status"].clone();
    for id in ["plain", "known", "wrong"] {
        let expected = (id == "wrong").then_some("another");
        let mut body = json!({ "id": id });
        if let Some(expected) = expected {
            body["securityToken"] = expected.into();
        }
        house.post(&first, REQUESTS, body).expect(201);
    }
    house.world.advance_millis(1_000);
    request(&house, &second, "plain");
    let known = json!({"id": "known", "securityToken": "of the device"});
    house.post(&second, REQUESTS, known).expect(201);
    request(&house, &second, "wrong");
    for (id, token, of_first, of_second) in [
        ("plain", None, "PENDING_ACCEPTANCE", "WAITING_FOR_CONNECTION"),
        (
            "known",
            Some("of the device"),
            "WAITING_FOR_CONNECTION",
            "PENDING_ACCEPTANCE",
        ),
        (
            "wrong",
            Some("of the device"),
            "WAITING_FOR_CONNECTION",
            "PENDING_ACCEPTANCE",
        ),
    ] {
        ask(&house, &with, id, token).expect(404);
        assert_eq!(
            (standing(&first, id), standing(&second, id)),
            (json!(of_first), json!(of_second)),
            "{id}"
        );
    }
    // One that is over or was forgotten gives way.
    house.delete(&first, &at("plain")).expect(204);
    ask(&house, &with, "plain", None).expect(404);
    assert_eq!(standing(&second, "plain"), "PENDING_ACCEPTANCE");
}

/// A question for credentials that comes from another address.
fn ask_from(house: &House, with: &Who, device: &str, address: [u8; 4]) -> u16 {
    let request = house
        .request(with, "POST", CREDENTIALS)
        .header("content-type", "application/json")
        .header("accept", "application/json");
    let body = Bytes::from(json!({ "id": device }).to_string());
    let request = request.body(Full::new(body)).expect("a request");
    let api = house.api.clone();
    let answer = house.wait(async move { api.handle(request, IpAddr::from(address)).await });
    answer.status().as_u16()
}

// R078: all devices share the user with which they ask, so being quick must not be enough.
#[test]
fn a_device_without_a_token_gets_its_credentials_where_it_asked() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    request(&house, &admin, "d");
    ask(&house, &with, "d", None).expect(404);
    accept(&house, &admin, "d", None).expect(200);
    assert_eq!(ask_from(&house, &with, "d", [192, 0, 2, 9]), 404);
    assert_eq!(status(&house, "d"), "ACCEPTED");
    ask(&house, &with, "d", None).expect(201);
    let contested = ("Device contested".to_owned(), "WARNING".to_owned());
    assert!(recorded(&house).contains(&contested));
}

// R078
#[test]
fn a_device_that_somebody_else_asks_for_too_is_not_let_in_with_all_others() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    for id in ["alone", "contested"] {
        request(&house, &admin, id);
        ask(&house, &with, id, None).expect(404);
    }
    assert_eq!(ask_from(&house, &with, "contested", [192, 0, 2, 9]), 404);
    let all = format!("{REQUESTS}/acceptAll");
    let done = house.post(&admin, &all, Value::Null).expect(200).json();
    assert_eq!(done[0], json!({"id": "alone", "successful": true}));
    assert_eq!(
        (&done[1]["id"], &done[1]["successful"]),
        (&json!("contested"), &json!(false))
    );
    let reason = done[1]["error"].as_str().expect("a reason");
    assert!(reason.contains("more than one place"), "{reason}");
    assert_eq!(status(&house, "contested"), "PENDING_ACCEPTANCE");
    // By itself it can be, and the log tells.
    accept(&house, &admin, "contested", None).expect(200);
    let accepted = ("Device accepted".to_owned(), "WARNING".to_owned());
    assert!(recorded(&house).contains(&accepted));
}

// R010: what the device's user was given after it was accepted, whoever accepted it could not give.
#[test]
fn credentials_of_a_user_that_has_been_given_more_since_are_not_delivered() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    registered(&house, &with, "d");
    let admins = house.group("t100", "admins");
    let roles: Vec<_> = Role::ALL
        .iter()
        .copied()
        .filter(|role| !role.is_platform_role())
        .collect();
    let clerk = house.person("t100", "clerk", &roles);
    for given in [false, true] {
        request(&house, &admin, "d");
        ask(&house, &with, "d", None).expect(404);
        accept(&house, &clerk, "d", None).expect(200);
        if given {
            let body = json!({"user": {"id": "device_d"}});
            house
                .post(&admin, &format!("/user/t100/groups/{admins}/users"), body)
                .expect(201);
        }
        ask(&house, &with, "d", None).expect(if given { 404 } else { 201 });
    }
    house.get(&admin, &at("d")).expect(404);
}

#[test]
fn whoever_asks_in_vain_is_told_the_same_for_every_reason() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    for id in ["waits-1", "token-1", "block-1"] {
        request(&house, &admin, id);
    }
    ask(&house, &with, "token-1", Some("right")).expect(404);
    ask(&house, &with, "block-1", Some("right")).expect(404);
    for _ in 0..10 {
        accept(&house, &admin, "block-1", Some("wrong")).expect(422);
    }
    registered(&house, &with, "there-1");
    let told = |id: &str| ask(&house, &with, id, None).expect(404).text.replace(id, "ID");
    let nothing = told("never-1");
    for id in ["waits-1", "token-1", "block-1", "there-1"] {
        assert_eq!(told(id), nothing, "{id}");
    }
}

// Polling is counted by address, apart from passwords.
#[test]
fn questions_of_one_address_are_limited() {
    let house = House::new();
    let with = bootstrap(&house, "t100");
    let most = RATE_POLL_PER_ADDRESS_PER_SECOND * RATE_BURST_SECONDS;
    for _ in 0..most {
        ask(&house, &with, "d", None).expect(404);
    }
    let refused = ask(&house, &with, "d", None).expect(429);
    assert_eq!(refused.header("retry-after"), "1");
    house.world.advance_millis(1_000);
    ask(&house, &with, "d", None).expect(404);
}

// R078: the race for credentials, and of two who let in.
#[test]
fn of_many_who_ask_at_the_same_time_one_gets_the_credentials() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    for round in 0..5 {
        let id = format!("d{round}");
        request(&house, &admin, &id);
        ask(&house, &with, &id, None).expect(404);
        let send = |who: &Who, method: &str, path: String, body: Value| {
            let request = house
                .request(who, method, &path)
                .header("content-type", "application/json")
                .header("accept", "application/json");
            let request = request
                .body(Full::new(Bytes::from(body.to_string())))
                .expect("a request");
            let api = house.api.clone();
            async move {
                let response = api.handle(request, IpAddr::from([127, 0, 0, 1])).await;
                let status = response.status().as_u16();
                let bytes = response.into_body().collect().await.expect("a body").to_bytes();
                (status, bytes)
            }
        };
        let accepts: Vec<_> = (0..4)
            .map(|_| send(&admin, "PUT", at(&id), json!({"status": "ACCEPTED"})))
            .collect();
        let accepts: Vec<_> = house.wait(async {
            let tasks: Vec<_> = accepts.into_iter().map(tokio::spawn).collect();
            let mut done = Vec::new();
            for task in tasks {
                done.push(task.await.expect("answered").0);
            }
            done
        });
        assert_eq!(accepts, [200; 4]);
        let asks: Vec<_> = (0..8)
            .map(|_| send(&with, "POST", CREDENTIALS.to_owned(), json!({ "id": id })))
            .collect();
        let answers: Vec<_> = house.wait(async {
            let tasks: Vec<_> = asks.into_iter().map(tokio::spawn).collect();
            let mut done = Vec::new();
            for task in tasks {
                done.push(task.await.expect("answered"));
            }
            done
        });
        let given: Vec<_> = answers.iter().filter(|(status, _)| *status == 201).collect();
        assert_eq!(
            given.len(),
            1,
            "{:?}",
            answers.iter().map(|(status, _)| status).collect::<Vec<_>>()
        );
        let own = device(&serde_json::from_slice(&given[0].1).expect("JSON"));
        house.get(&own, "/inventory/managedObjects").expect(200);
    }
}
