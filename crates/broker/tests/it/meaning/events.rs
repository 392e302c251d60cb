//! Rows 400 to 408.

use super::{Client, plain};
use serde_json::json;
use testkit::house::House;

const NOW: &str = "2026-11-18T00:00:00.000Z";

#[test]
fn events_and_positions_are_stored() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "400,c8y_Door,\"open, \\\"wide\\\"\"").silent();
    assert_eq!(
        device.only("events", "dev1"),
        json!({"type": "c8y_Door", "text": "open, \"wide\"", "time": NOW})
    );
    let other = Client::device(&house, "t100", "dev2");
    other
        .say("s/us", "401,51.15,6.15,67,4,2020-01-02T03:04:05Z")
        .silent();
    let position = json!({"lat": 51.15, "lng": 6.15, "alt": 67, "accuracy": 4});
    assert_eq!(
        other.only("events", "dev2"),
        json!({"type": "c8y_LocationUpdate", "text": "Location updated", "time": "2020-01-02T03:04:05.000Z",
            "c8y_Position": position})
    );
    assert!(other.object("dev2").get("c8y_Position").is_none());
    other.say("s/us", "402,1,2").silent();
    assert_eq!(other.object("dev2")["c8y_Position"], json!({"lat": 1, "lng": 2}));
    assert_eq!(other.list("events", "dev2").len(), 2);
}

#[test]
fn an_agent_that_does_not_escape_quotes_is_understood() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device
        .say("s/us", "400,login,\"user said \"hi\", ok\",2026-11-18T00:00:00Z")
        .silent();
    assert_eq!(device.only("events", "dev1")["text"], "user said \"hi\", ok");
}

#[test]
fn fragments_of_the_latest_event_of_a_type_are_removed() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    for hour in [3, 5, 4] {
        let event = json!({"type": "a", "text": hour.to_string(), "time": format!("2026-11-18T0{hour}:00:00Z"), "c8y_A": 1});
        device.say("event/events/create", event.to_string()).silent();
    }
    device.say("s/us", "407,a,c8y_A").silent();
    let without: Vec<_> = device
        .list("events", "dev1")
        .into_iter()
        .filter(|event| event.get("c8y_A").is_none())
        .map(|event| plain(event)["text"].clone())
        .collect();
    assert_eq!(without, ["5"]);
    assert_eq!(device.say("s/us", "407,b,c8y_A").errors(), ["41,407"]);
}

#[test]
fn parameters_are_stored_when_they_change() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "408,,,,c8y_Door.open,BOOLEAN,true").silent();
    assert_eq!(
        device.only("events", "dev1"),
        json!({"type": "c8y_ParameterUpdate", "text": "Parameter 'c8y_Door' was updated", "time": NOW,
            "c8y_Door": {"open": true}})
    );
    let count = || device.list("events", "dev1").len();
    device
        .say("s/us", "408,,,true,c8y_Door.open,BOOLEAN,true")
        .silent();
    assert_eq!(count(), 1);
    device
        .say("s/us", "408,,,false,c8y_Door.open,BOOLEAN,true")
        .silent();
    assert_eq!(count(), 2);
    house.world.advance_millis(1_000);
    device
        .say("s/us", "408,,,true,c8y_Door.open,BOOLEAN,false")
        .silent();
    assert_eq!(count(), 3);
    device
        .say("s/us", "408,,,true,c8y_Door.open,BOOLEAN,false")
        .silent();
    device
        .say(
            "s/us",
            "408,,,true,c8y_Door.open,BOOLEAN,false,c8y_Door.count,NUMBER,7",
        )
        .silent();
    assert_eq!(count(), 4);
}
