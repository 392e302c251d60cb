//! Messages that are not as they should be.

use super::Client;
use mqtt::reason::PublishRefusal;
use policy::operation::Operation;
use policy::operations::inventory::InventoryUpdate;
use smartrest::limits::{MESSAGE_BYTES_MAX, ROWS_MAX};
use testkit::house::House;

#[test]
fn a_bad_row_is_told_and_does_not_spoil_its_neighbours() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let message: &[u8] =
        b"110,first\n400,t,\"open\n999,x\nabc\n,,\n301\n211,hot\n200,f,s\n\xff\xfe\n504,x\n110,second\r\n\n211,1";
    let told = device.say("s/us", message);
    assert_eq!(told.taken, Ok(()));
    assert_eq!(
        told.errors(),
        [
            "42,400",
            "40,999",
            "43,abc",
            "43,",
            "45,301",
            "45,211",
            "45,200",
            "42,\u{fffd}\u{fffd}",
            "45,504"
        ]
    );
    assert_eq!(device.object("dev1")["c8y_Hardware"]["serialNumber"], "second");
    assert_eq!(device.list("measurements", "dev1").len(), 1);
}

#[test]
fn of_a_message_that_is_too_long_nothing_is_done() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let long = format!("211,1\n{}", "x".repeat(MESSAGE_BYTES_MAX));
    let many = "125\n".repeat(ROWS_MAX + 1);
    for message in [long, many] {
        let told = device.say("s/us", message);
        assert_eq!(told.taken, Err(PublishRefusal::Content));
        assert_eq!(told.errors(), ["42,"]);
        assert!(device.find("dev1").is_none());
    }
    let full = format!("113,\"{}\"", "x".repeat(MESSAGE_BYTES_MAX - 6));
    device.say("s/us", full).silent();
    device.say("s/us", "").silent();
}

// R127
#[test]
fn what_is_said_of_errors_is_bounded_and_repeats_little() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let name = "9".repeat(15);
    let told = device.say("s/us", format!("{name}\n").repeat(1_000));
    let errors = told.one("s/e");
    assert!(errors.len() <= MESSAGE_BYTES_MAX, "{}", errors.len());
    assert!(errors.lines().all(|row| row.starts_with(&format!("40,{name},"))));
}

#[test]
fn topics_that_mean_nothing_are_refused() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    for topic in [
        "s/ds",
        "s/us/a/b",
        "x/us",
        "s/e",
        "te/device/main//",
        "s/uc",
        "",
        "s/ut",
    ] {
        let told = device.say(topic, "211,1");
        assert_eq!(told.taken, Err(PublishRefusal::TopicName), "{topic}");
        assert_eq!(told.answers, []);
    }
    let told = device.say("event/events/remove/1", "");
    assert_eq!(told.taken, Err(PublishRefusal::TopicName));
    assert!(told.one("error").contains("\"messageId\":7"));
    let told = device.say("s/ul/coll", "15,1");
    assert_eq!(
        (told.taken, told.errors()),
        (Err(PublishRefusal::Content), vec!["40,coll".to_owned()])
    );
    let told = device.say("s/ud", "1");
    assert_eq!(
        (told.taken, told.errors()),
        (Err(PublishRefusal::Content), vec!["41,".to_owned()])
    );
    assert!(device.find("dev1").is_none());
}

// R127
#[test]
fn who_speaks_too_fast_is_slowed_down_and_then_refused() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    // The clock of a test stands still while somebody waits, so no rate comes back.
    let takes = || house.door.meter(&device.speaker.caller, InventoryUpdate::INFO);
    while takes().is_ok() {}
    assert_eq!(
        device.say("s/us", "125").taken,
        Err(PublishRefusal::QuotaExceeded)
    );
    device.say("s/us", "211,1").silent();
    house.world.advance_millis(60_000);
    device.say("s/us", "125").silent();
}

// R050 R079
#[test]
fn a_device_that_is_disabled_says_nothing_more() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let path = format!("/inventory/managedObjects/{}/user", device.id("dev1"));
    let body = serde_json::json!({"enabled": false, "userName": "device_dev1"});
    house.put(&house.admin("t100"), &path, body).expect(200);
    let told = device.say("s/us", "110,x");
    assert_eq!(told.taken, Err(PublishRefusal::NotAuthorized));
    assert!(device.object("dev1").get("c8y_Hardware").is_none());
}

#[test]
fn what_is_done_of_a_repeated_message_is_not_done_again_and_the_rest_is() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let rows = "400,c8y_E,one\n212,1\n400,c8y_E,two\n400,c8y_E,three";
    for (parts, events, measurements) in [(2, 2, 0), (4, 2, 0), (u32::MAX, 2, 0), (1, 4, 1)] {
        device.say_rest("s/us", rows, parts).silent();
        assert_eq!(device.list("events", "dev1").len(), events, "{parts}");
        assert_eq!(device.list("measurements", "dev1").len(), measurements, "{parts}");
    }
    let json = r#"{"type":"c8y_E","text":"json","time":"2026-01-01T00:00:00Z"}"#;
    device.say_rest("event/events/create", json, 1).silent();
    assert_eq!(device.list("events", "dev1").len(), 4);
}
