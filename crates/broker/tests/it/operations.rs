//! Operations on their way to a device: in both forms, each once, again when it asks, and only while it may read them.

use crate::client::{Client, Hello, V3, V5};
use crate::venue::Venue;
use model::limits::MQTT_SUBSCRIPTIONS_MAX;
use serde_json::{Value, json};
use testkit::house::Who;

const JSON: &str = "devicecontrol/notifications";

/// A device that has told of itself.
fn known(venue: &Venue) -> Who {
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.published("s/us", "114,c8y_Restart");
    client.leave();
    device
}

fn restart(venue: &Venue) -> String {
    venue.ask_of("t100", "SN1", "c8y_Restart", json!({}))
}

/// The operation that comes as JSON.
fn as_json(client: &mut Client<'_>) -> String {
    let told = client.told();
    assert_eq!(told.topic, JSON);
    assert!(!told.payload.contains('\n'));
    let operation: Value = serde_json::from_str(&told.payload).expect("JSON");
    operation["id"].as_str().expect("an id").to_owned()
}

#[test]
fn what_waits_comes_first_and_then_what_is_new_on_every_topic_once() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = known(&venue);
        let first = restart(&venue);
        let mut client = venue.connect_device(level, "SN1", &device);
        client.subscribe(&[("s/ds", 1)]);
        let told = client.told();
        assert_eq!((told.topic.as_str(), told.payload.as_str()), ("s/ds", "510,SN1"));
        // Whoever follows another topic too is told there of what waits, and on the first one not again.
        client.subscribe(&[(JSON, 1)]);
        assert_eq!(as_json(&mut client), first);
        client.is_told_nothing();
        let second = restart(&venue);
        let (one, other) = (client.told(), client.told());
        let topics = [one.topic.as_str(), other.topic.as_str()];
        assert_eq!(topics, ["s/ds", JSON]);
        assert!(other.payload.contains(&second));
        client.is_told_nothing();
        client.leave();
    }
}

#[test]
fn what_waits_comes_again_when_the_device_asks_for_it() {
    let venue = Venue::new();
    let device = known(&venue);
    let id = restart(&venue);
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[(JSON, 1)]);
    assert_eq!(as_json(&mut client), id);
    client.published("s/us", "500");
    assert_eq!(as_json(&mut client), id);
    client.published("s/us", &format!("504,{id}"));
    client.published("s/us", "500");
    client.is_told_nothing();
}

#[test]
fn an_operation_that_was_not_confirmed_comes_once_in_the_next_connection_of_a_session() {
    let venue = Venue::new();
    let device = known(&venue);
    let hello = Hello::of(V3, "SN1", &device).kept();
    let mut client = venue.connect(V3, &hello);
    client.subscribe(&[("s/ds", 1)]);
    restart(&venue);
    let told = client.told_unconfirmed();
    drop(client);
    venue.until_nobody_is_connected();
    let mut client = venue.connect(V3, &hello);
    let again = client.told();
    assert_eq!((again.id, again.is_repeat), (told.id, true));
    client.is_told_nothing();
}

// R050
#[test]
fn an_operation_that_the_device_may_not_read_any_more_is_not_sent_again() {
    let venue = Venue::new();
    let device = known(&venue);
    let hello = Hello::of(V3, "SN1", &device).kept();
    let mut client = venue.connect(V3, &hello);
    client.subscribe(&[("s/ds", 1)]);
    restart(&venue);
    client.told_unconfirmed();
    drop(client);
    venue.until_nobody_is_connected();
    let id = venue.object("t100", "SN1").expect("made");
    let path = format!("/inventory/managedObjects/{id}");
    let admin = venue.house.admin("t100");
    venue
        .house
        .put(&admin, &path, json!({ "owner": "admin" }))
        .expect(200);
    let mut client = venue.connect(V3, &hello);
    client.is_told_nothing();
}

#[test]
fn a_device_that_receives_operations_counts_as_connected() {
    let venue = Venue::new();
    let device = known(&venue);
    let id = venue.object("t100", "SN1").expect("made");
    let admin = venue.house.admin("t100");
    let path = format!("/inventory/managedObjects/{id}");
    let required = json!({ "c8y_RequiredAvailability": { "responseInterval": 10 } });
    venue.house.put(&admin, &path, required).expect(200);
    venue.house.world.advance_millis(120_000);
    let status = || venue.house.get(&admin, &path).expect(200).json()["c8y_Connection"]["status"].clone();
    assert_eq!(status(), "DISCONNECTED");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/ds", 1)]);
    restart(&venue);
    client.told();
    assert_eq!(status(), "CONNECTED");
    client.leave();
    venue.until_nobody_is_connected();
    assert_eq!(status(), "DISCONNECTED");
}

#[test]
fn a_client_that_confirms_nothing_is_sent_no_more_than_it_may_have_under_way() {
    let venue = Venue::new();
    let device = known(&venue);
    let ids: Vec<_> = (0..5).map(|_| restart(&venue)).collect();
    let mut client = venue.connect(V5, &Hello::of(V5, "SN1", &device).receive_max(2));
    client.subscribe(&[(JSON, 1)]);
    let held = [client.told_unconfirmed(), client.told_unconfirmed()];
    client.is_told_nothing();
    for (told, id) in held.iter().zip(&ids) {
        assert!(told.payload.contains(id.as_str()));
        client.send(&crate::client::packet(0x40, &[&told.id.to_be_bytes()]));
    }
    let rest: Vec<_> = ids[2..].iter().map(|_| as_json(&mut client)).collect();
    assert_eq!(rest, ids[2..]);
}

const ON_RESTART: &str = "11,900,,c8y_Restart,$.id,$.status";

// R050: a wildcard holds the collections of the device and of people, those of no other device and of no other tenant.
#[test]
fn a_wildcard_stands_for_the_template_collections_of_the_device_and_of_people() {
    for filter in ["s/dc/#", "s/dc/+", "s/+/#", "s/#", "+/dc/one"] {
        let venue = Venue::new();
        let device = known(&venue);
        let foreign = venue.device("t200", "SN1");
        let mut maker = venue.connect_device(V3, "SN1", &foreign);
        maker.published("s/ut/foreign", ON_RESTART);
        let other = venue.device("t100", "SN2");
        let mut other = venue.connect_device(V3, "SN2", &other);
        other.published("s/ut/others", ON_RESTART);
        let person = venue.house.admin("t100");
        let mut person = venue.connect_device(V3, "anything", &person);
        person.published("s/ut/one", ON_RESTART);
        let mut client = venue.connect_device(V3, "SN1", &device);
        client.published("s/ut/two", ON_RESTART);
        let id = restart(&venue);
        assert_eq!(client.subscribe(&[(filter, 1)]), [1], "{filter}");
        let mut topics = Vec::new();
        let expected: &[&str] = match filter {
            "+/dc/one" => &["s/dc/one"],
            "s/dc/#" | "s/dc/+" => &["s/dc/one", "s/dc/two"],
            _ => &["s/dc/one", "s/dc/two", "s/ds"],
        };
        for _ in expected {
            let told = client.told();
            if told.topic.starts_with("s/dc/") {
                assert_eq!(told.payload, format!("900,SN1,{id},PENDING"), "{filter}");
            }
            topics.push(told.topic);
        }
        topics.sort_unstable();
        assert_eq!(topics, expected, "{filter}");
        client.is_told_nothing();
        // One that is named beside the wildcard is the same one.
        client.subscribe(&[("s/dc/two", 1)]);
        if filter != "+/dc/one" {
            client.is_told_nothing();
        }
        client.leave();
    }
}

// By its name everybody of the tenant uses it: devices of a kind share one, and the first of them makes it.
#[test]
fn the_template_collection_of_another_device_is_heard_by_whoever_names_it() {
    let venue = Venue::new();
    let device = known(&venue);
    let other = venue.device("t100", "SN2");
    let mut other = venue.connect_device(V3, "SN2", &other);
    other.published("s/ut/others", ON_RESTART);
    let id = restart(&venue);
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/dc/#", 1)]);
    client.is_told_nothing();
    client.subscribe(&[("s/dc/others", 1)]);
    let told = client.told();
    assert_eq!(
        (told.topic.as_str(), told.payload),
        ("s/dc/others", format!("900,SN1,{id},PENDING"))
    );
}

// R127
#[test]
fn however_many_collections_devices_have_made_those_of_people_are_heard() {
    let venue = Venue::new();
    let device = known(&venue);
    let other = venue.device("t100", "SN2");
    let mut other = venue.connect_device(V3, "SN2", &other);
    for number in 0..MQTT_SUBSCRIPTIONS_MAX + 5 {
        venue.house.world.advance_millis(1_000);
        other.published(&format!("s/ut/c{number}"), ON_RESTART);
    }
    let person = venue.house.admin("t100");
    venue
        .connect_device(V3, "anything", &person)
        .published("s/ut/one", ON_RESTART);
    restart(&venue);
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/dc/#", 1)]);
    assert_eq!(client.told().topic, "s/dc/one");
    client.is_told_nothing();
}
