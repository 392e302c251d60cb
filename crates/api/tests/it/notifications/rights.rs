//! Whose rights count, and when: those of the principal for whom the token was made, when something is told.

use super::{Client, LIST, ask, event, object, subscribe, token};
use crate::certificates::Ca;
use crate::device_certificates::{self, Device};
use crate::single_sign_on::{Platform, cookie};
use model::roles::Role;
use model::users::UserKind;
use serde_json::json;
use std::time::{Duration, Instant};
use testkit::house::{House, Who};

fn consumer(house: &House, roles: &[Role]) -> Who {
    let all: Vec<_> = roles.iter().copied().chain([Role::Notification2Admin]).collect();
    house.person("t100", "consumer", &all)
}

// R050, R115: a subscription shows nobody what he could not read.
#[test]
fn a_subscriber_is_told_what_its_principal_may_read_and_no_more() {
    let house = House::new();
    let admin = house.admin("t100");
    let (first, second) = (object(&house, &admin), object(&house, &admin));
    for device in [&first, &second] {
        subscribe(
            &house,
            &admin,
            device,
            &json!({"subscriptionFilter": {"apis": ["events"]}}),
        );
    }
    let who = consumer(&house, &[]);
    house.grant(&who, &[&format!("{second}, EVENT, *, READ")]);
    let mut client = Client::connect(&house, &token(&house, &who, &json!({})));
    event(&house, &admin, &first, "t");
    let id = event(&house, &admin, &second, "t");
    assert_eq!(client.take().body["id"], json!(id));
    house.grant(&who, &[&format!("{second}, EVENT, c8y_A, READ")]);
    event(&house, &admin, &second, "t");
    house.grant(&who, &[&format!("{first}, EVENT, *, READ")]);
    let id = event(&house, &admin, &first, "t");
    assert_eq!(
        client.take().body["id"],
        json!(id),
        "not the one with a fragment too many"
    );
}

// R050: what was withdrawn ends what is open, within 5 s, also where nothing happens.
#[test]
fn who_is_disabled_or_loses_the_role_is_cut_off() {
    let house = House::new();
    let admin = house.admin("t100");
    for body in [json!({"enabled": false}), json!({})] {
        let name = format!("user{}", body.as_object().map_or(0, serde_json::Map::len));
        let who = house.person("t100", &name, &[Role::Notification2Admin]);
        let token = token(&house, &who, &json!({"subscriber": name}));
        let mut client = Client::connect(&house, &token);
        let path = format!("/user/t100/users/{name}");
        match body.as_object().is_some_and(serde_json::Map::is_empty) {
            false => house.put(&admin, &path, body).expect(200),
            true => house
                .delete(&admin, &format!("{path}/roles/ROLE_NOTIFICATION_2_ADMIN"))
                .expect(204),
        };
        let began = Instant::now();
        assert_eq!(client.hear(), Err(1008));
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!([401, 403].contains(&ask(&house, &format!("token={token}")).0.as_u16()));
    }
}

#[test]
fn a_token_is_good_for_its_purpose_in_its_tenant_and_for_nothing_else() {
    let house = House::new();
    let (admin, other) = (house.admin("t100"), house.admin("t200"));
    let text = token(&house, &admin, &json!({}));
    // Not as a bearer's token, and no other credential is one.
    let bearer = house
        .stranger("GET", LIST)
        .header("authorization", format!("Bearer {text}"));
    house.send(bearer, serde_json::Value::Null).expect(401);
    let mut altered = text.clone();
    altered.replace_range(altered.len() - 4..altered.len() - 2, "AA");
    for bad in ["", "x", "a.b.c", &altered] {
        assert_eq!(ask(&house, &format!("token={bad}")).0, 401, "{bad}");
        let path = format!("/notification2/unsubscribe?token={bad}");
        house
            .send(house.stranger("POST", &path), serde_json::Value::Null)
            .expect(401);
    }
    // The same names in another tenant are another subscriber.
    let (own, foreign) = (object(&house, &admin), object(&house, &other));
    subscribe(
        &house,
        &admin,
        &own,
        &json!({"subscriptionFilter": {"apis": ["events"]}}),
    );
    subscribe(
        &house,
        &other,
        &foreign,
        &json!({"subscriptionFilter": {"apis": ["events"]}}),
    );
    let mut client = Client::connect(&house, &text);
    event(&house, &other, &foreign, "t");
    let id = event(&house, &admin, &own, "t");
    assert_eq!(client.take().body["id"], json!(id));
    let body = json!({"context": "mo", "source": {"id": foreign}, "subscription": "x"});
    house.post(&admin, LIST, body).expect(404);
}

#[test]
fn without_the_role_there_are_neither_subscriptions_nor_tokens() {
    let house = House::new();
    let who = house.person("t100", "ann", &[Role::InventoryRead]);
    house.get(&who, LIST).expect(403);
    house.get(&who, "/notification2").expect(403);
    let body = json!({"context": "tenant", "subscription": "x"});
    house.post(&who, LIST, body).expect(403);
    let body = json!({"subscriber": "x", "subscription": "x"});
    house.post(&who, "/notification2/token", body).expect(403);
}

#[test]
fn a_token_ends_with_the_key_with_which_it_was_made() {
    let house = House::new();
    let admin = house.admin("t100");
    let accounts = "/user/t100/serviceAccounts";
    house
        .post(&admin, accounts, json!({"userName": "service_n"}))
        .expect(201);
    let role = json!({"role": {"id": "ROLE_NOTIFICATION_2_ADMIN"}});
    house
        .post(&admin, "/user/t100/users/service_n/roles", role)
        .expect(201);
    let made = house
        .post(
            &admin,
            &format!("{accounts}/service_n/keys"),
            json!({"name": "k"}),
        )
        .expect(201)
        .json();
    let key = made["key"].as_str().or(made["secret"].as_str()).expect("a key");
    let request = house
        .stranger("POST", "/notification2/token")
        .header("accept", "*/*")
        .header("authorization", format!("Bearer {key}"));
    let body = json!({"subscriber": "x", "subscription": "topic"});
    let token = house.send(request, body).expect(200).json();
    let token = token["token"].as_str().expect("a token");
    let mut client = Client::connect(&house, token);
    let id = made["id"].as_str().expect("an id");
    house
        .delete(&admin, &format!("{accounts}/service_n/keys/{id}"))
        .expect(204);
    assert_eq!(client.hear(), Err(1008));
    assert_eq!(ask(&house, &format!("token={token}")).0, 401);
}

// R079: what a device got with its certificate does not outlive it.
#[test]
fn a_token_ends_with_the_certificate_of_the_device_that_made_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let ca = Ca::new("Factory CA");
    let at = device_certificates::trust(&house, "t100", &ca.pem, true);
    let device = Device::below(&ca, "SN-1", 7);
    // It registers itself, and gets its role: its next token knows of both.
    device_certificates::token(&house, &[&device.pem]);
    let role = json!({"role": {"id": "ROLE_NOTIFICATION_2_ADMIN"}});
    house
        .post(&admin, "/user/t100/users/device_SN-1/roles", role)
        .expect(201);
    let own = device_certificates::token(&house, &[&device.pem]);
    let (token, mut client) = of_bearer(&house, &format!("Bearer {own}"));
    house.put(&admin, &at, json!({"status": "DISABLED"})).expect(200);
    assert_eq!(client.hear(), Err(1008));
    assert_eq!(ask(&house, &format!("token={token}")).0, 401);
}

// R061: nor what was made in a session through a provider that is gone.
#[test]
fn a_token_ends_with_the_provider_through_which_its_maker_came() {
    let platform = Platform::new();
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    let role = json!({"role": {"id": "ROLE_NOTIFICATION_2_ADMIN"}});
    let crew = format!("/user/t100/groups/{}/roles", platform.group("crew"));
    house.post(&admin, &crew, role).expect(201);
    let session = cookie(&platform.sign_in().expect(302), "authorization");
    let (token, mut client) = of_bearer(house, &format!("Bearer {session}"));
    house.delete(&admin, "/tenant/loginOptions/OAUTH2").expect(204);
    assert_eq!(client.hear(), Err(1008));
    assert_eq!(ask(house, &format!("token={token}")).0, 401);
}

// R055: what was made with a password does not outlive the way of passwords, for those to whom it was closed.
#[test]
fn a_token_ends_when_its_maker_may_not_come_with_a_password_any_more() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = house.user("t100", "device_n", UserKind::Device, &[Role::Notification2Admin]);
    let person = house.person("t100", "person", &[Role::Notification2Admin]);
    let tokens = [(&device, "d"), (&person, "p")]
        .map(|(who, subscriber)| token(&house, who, &json!({ "subscriber": subscriber })));
    let mut client = Client::connect(&house, &tokens[0]);
    let stays = Client::connect(&house, &tokens[1]);
    let closed = json!({"allowedForDevices": false});
    house
        .put(&admin, "/tenant/loginOptions/BASIC", closed)
        .expect(200);
    assert_eq!(client.hear(), Err(1008));
    assert_eq!(ask(&house, &format!("token={}", tokens[0])).0, 401);
    drop(stays);
    assert_eq!(ask(&house, &format!("token={}", tokens[1])).0, 101);
}

/// A token that somebody makes who comes with this, and a client that has connected with it.
fn of_bearer<'h>(house: &'h House, bearer: &str) -> (String, Client<'h>) {
    let request = house
        .stranger("POST", "/notification2/token")
        .header("accept", "*/*")
        .header("authorization", bearer);
    let body = json!({"subscriber": "x", "subscription": "topic"});
    let made = house.send(request, body).expect(200).json();
    let token = made["token"].as_str().expect("a token").to_owned();
    let client = Client::connect(house, &token);
    (token, client)
}

// R050: a token is good as long as it says, also for who is connected; ended within 5 s.
#[test]
fn who_is_connected_is_cut_off_when_the_token_is_over() {
    let house = House::new();
    let who = house.person("t100", "short", &[Role::Notification2Admin]);
    let token = token(&house, &who, &json!({"expiresInMinutes": 1}));
    let mut client = Client::connect(&house, &token);
    house.world.advance_millis(60_000);
    let began = Instant::now();
    assert_eq!(client.hear(), Err(1008));
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(ask(&house, &format!("token={token}")).0, 401);
}

// R050: what was void stays so, also when its subscriber begins anew.
#[test]
fn a_token_from_before_unsubscribing_opens_and_ends_nothing_of_what_begins_anew() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    let events = json!({"subscriptionFilter": {"apis": ["events"]}});
    subscribe(&house, &admin, &device, &events);
    let old = token(&house, &admin, &json!({}));
    Client::connect(&house, &old).leave();
    house.world.advance_millis(1_000);
    let unsubscribe = |token: &str| {
        let path = format!("/notification2/unsubscribe?token={token}");
        house.post(&admin, &path, json!({})).status.as_u16()
    };
    assert_eq!(unsubscribe(&old), 200);
    house.world.advance_millis(1_000);
    let new = token(&house, &admin, &json!({}));
    Client::connect(&house, &new).leave();
    assert_eq!(ask(&house, &format!("token={old}")).0, 401);
    let mut client = Client::connect(&house, &new);
    assert_ne!(unsubscribe(&old), 200);
    let id = event(&house, &admin, &device, "t");
    assert_eq!(client.take().body["id"], json!(id));
    assert_eq!(unsubscribe(&new), 200);
    assert_eq!(client.hear(), Err(1000));
}
