//! What is told, in which order, to which of several clients, and what waits for those who are away.

use super::{Client, ask, event, made, object, subscribe, token};
use serde_json::json;
use testkit::house::House;

#[test]
fn what_was_not_acknowledged_is_told_again_in_its_order() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    subscribe(
        &house,
        &admin,
        &device,
        &json!({"subscriptionFilter": {"apis": ["events"]}}),
    );
    let token = token(&house, &admin, &json!({}));
    let mut client = Client::connect(&house, &token);
    let ids: Vec<_> = (0..4).map(|_| event(&house, &admin, &device, "t")).collect();
    let heard: Vec<_> = ids.iter().map(|_| client.hear().expect("told")).collect();
    for (told, id) in heard.iter().zip(&ids) {
        assert_eq!(told.about, format!("/t100/events/{device}"));
        assert_eq!((&*told.action, &told.body["id"]), ("CREATE", &json!(id)));
    }
    // Out of order, and one that it does not have.
    client.say(&heard[2].line);
    client.say(&heard[0].line);
    client.say("AAAAAAAAAAA=x");
    client.leave();
    let late = event(&house, &admin, &device, "t");
    let mut client = Client::connect(&house, &token);
    for id in [&ids[1], &ids[3], &late] {
        assert_eq!(client.take().body["id"], json!(id));
    }
}

#[test]
fn filters_by_kind_and_type_and_the_tenants_own_view() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, child) = (object(&house, &admin), object(&house, &admin));
    house
        .post(
            &admin,
            &format!("/inventory/managedObjects/{device}/childDevices"),
            json!({"managedObject": {"id": child}}),
        )
        .expect(201);
    let below = json!({"subscriptionFilter": {"apis": ["eventsWithChildren"], "typeFilter": "'a' or 'b'"}});
    subscribe(&house, &admin, &device, &below);
    let all = json!({"subscription": "all"});
    subscribe(&house, &admin, "", &all);
    let mut client = Client::connect(&house, &token(&house, &admin, &json!({})));
    let mut of_tenant = Client::connect(&house, &token(&house, &admin, &all));
    let first = event(&house, &admin, &child, "a");
    let second = event(&house, &admin, &device, "c");
    let third = event(&house, &admin, &device, "b");
    for id in [&first, &third] {
        let told = client.take();
        assert_eq!(told.about, format!("/t100/eventsWithChildren/{device}"));
        assert_eq!(told.body["id"], json!(id));
    }
    // Of managed objects, the tenant's view has the new ones only.
    house
        .put(
            &admin,
            &format!("/inventory/managedObjects/{device}"),
            json!({"x": 1}),
        )
        .expect(200);
    let new = object(&house, &admin);
    for (about, id) in [
        (format!("/t100/events/{child}"), &first),
        (format!("/t100/events/{device}"), &second),
        (format!("/t100/events/{device}"), &third),
        (format!("/t100/managedobjects/{new}"), &new),
    ] {
        let told = of_tenant.take();
        assert_eq!((told.about, &told.body["id"]), (about, &json!(id)));
    }
}

#[test]
fn an_exclusive_subscriber_has_one_client_and_a_shared_one_has_each_source_at_one() {
    let house = House::new();
    let admin = house.admin("t100");
    let devices: Vec<_> = (0..8).map(|_| object(&house, &admin)).collect();
    for device in &devices {
        subscribe(
            &house,
            &admin,
            device,
            &json!({"subscriptionFilter": {"apis": ["events"]}}),
        );
    }
    let own = token(&house, &admin, &json!({}));
    let client = Client::connect(&house, &own);
    let (status, text, _) = ask(&house, &format!("token={own}"));
    assert_eq!(status, 409, "{text}");
    client.leave();
    Client::connect(&house, &own).leave();

    let shared = token(&house, &admin, &json!({"subscriber": "many", "shared": true}));
    let mut clients = [
        Client::as_share(&house, &shared, "left"),
        Client::as_share(&house, &shared, "right"),
    ];
    // Sources are spread by names: which is whose is seen from what each gets.
    let ids: Vec<_> = (0..2)
        .flat_map(|_| &devices)
        .map(|device| (device.clone(), event(&house, &admin, device, "t")))
        .collect();
    let [left, right] = &mut clients;
    let mut told = Vec::new();
    for (share, client) in [(0, left), (1, right)] {
        while let Some(one) = soon(client) {
            client.say(&one.line);
            told.push((share, one.body["source"]["id"].clone(), one.body["id"].clone()));
        }
    }
    assert_eq!(told.len(), ids.len(), "each is told once: {told:?}");
    for (device, _) in &ids {
        let of_device: Vec<_> = told.iter().filter(|(_, source, _)| source == device).collect();
        assert_eq!(of_device[0].0, of_device[1].0, "a source is at one client");
        assert!(of_device[0].2.as_str() < of_device[1].2.as_str(), "in its order");
    }
}

/// What comes within a moment.
fn soon(client: &mut Client<'_>) -> Option<super::Told> {
    use futures_util::StreamExt;
    let moment = std::time::Duration::from_millis(700);
    let next = async { tokio::time::timeout(moment, client.stream.next()).await };
    match client.house.wait(next).ok()? {
        Some(Ok(message)) => Some(super::told(message.to_text().expect("text"))),
        _ => None,
    }
}

#[test]
fn what_is_not_kept_is_told_to_who_is_there_and_lost_to_who_is_not() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    let not_kept = json!({"nonPersistent": true});
    subscribe(&house, &admin, &device, &not_kept);
    let token = token(&house, &admin, &not_kept);
    let mut client = Client::connect(&house, &token);
    let first = event(&house, &admin, &device, "t");
    // Twice: as an event of the source, and of it and what is below it.
    for _ in 0..2 {
        assert_eq!(client.take().body["id"], json!(first));
    }
    client.leave();
    // Who is told of it by another topic knows that it was sorted.
    let witness = json!({"subscription": "kept", "subscriptionFilter": {"apis": ["events"]}});
    subscribe(&house, &admin, &device, &witness);
    let mut other = Client::connect(
        &house,
        &super::token(&house, &admin, &json!({"subscription": "kept"})),
    );
    event(&house, &admin, &device, "t");
    other.take();
    let mut client = Client::connect(&house, &token);
    let third = event(&house, &admin, &device, "t");
    assert_eq!(client.take().body["id"], json!(third), "the second is lost");
}

#[test]
fn what_happens_while_nobody_is_connected_waits_and_unsubscribing_ends_that() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    subscribe(
        &house,
        &admin,
        &device,
        &json!({"subscriptionFilter": {"apis": ["measurements"]}}),
    );
    let measure = |value: i32| {
        let body = json!({
            "source": {"id": device}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": value}}
        });
        made(&house, &admin, "/measurement/measurements", body)
    };
    measure(0);
    let old = token(&house, &admin, &json!({}));
    let never = house.post(
        &admin,
        &format!("/notification2/unsubscribe?token={old}"),
        json!({}),
    );
    assert_eq!(never.status, 500, "it never connected");
    Client::connect(&house, &old).leave();
    let kept: Vec<_> = (1..=3).map(measure).collect();
    house
        .wait(house.api.look_after_subscribers())
        .expect("looked after");
    let mut client = Client::connect(&house, &old);
    for id in &kept {
        assert_eq!(
            client.take().body["id"],
            json!(id),
            "from the first connection on"
        );
    }
    house.world.advance_millis(1_000);
    let path = format!("/notification2/unsubscribe?token={old}");
    let stranger = house.send(
        house.stranger("POST", &path).header("accept", "*/*"),
        serde_json::Value::Null,
    );
    assert_eq!(
        stranger.expect(200).json()["result"],
        "DONE",
        "the token is enough"
    );
    assert_eq!(client.hear(), Err(1000));
    // R061: what was given before does not bring it back.
    assert_eq!(ask(&house, &format!("token={old}")).0, 401);
    assert_eq!(house.post(&admin, &path, json!({})).status, 500);
    house.world.advance_millis(1_000);
    let mut client = Client::connect(&house, &token(&house, &admin, &json!({})));
    let id = measure(9);
    assert_eq!(
        client.take().body["id"],
        json!(id),
        "anew, without what was before"
    );
    client.say("unsubscribe_subscriber");
    assert_eq!(client.hear(), Err(1000));
}
