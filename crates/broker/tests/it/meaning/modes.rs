//! The first letter of the topic: what is stored, and who is told.

use super::Client;
use mqtt::reason::PublishRefusal;
use serde_json::json;
use testkit::house::House;

#[test]
fn only_what_makes_sense_is_processed_in_another_way() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    device.say("t/us", "211,1\n400,a,b").silent();
    assert_eq!(device.list("measurements", "dev1").len(), 0);
    assert_eq!(device.list("events", "dev1").len(), 0);
    device.say("q/us", "211,1\n400,a,b\n110,1").silent();
    assert_eq!(device.list("measurements", "dev1").len(), 1);
    assert_eq!(device.list("events", "dev1").len(), 1);
    assert_eq!(device.object("dev1")["c8y_Hardware"]["serialNumber"], "1");
    assert_eq!(
        device
            .say("t/us", "110,2\n301,a\n501,c8y_Restart\n402,1,2")
            .errors(),
        ["45,110", "45,301", "45,501", "45,402"]
    );
    assert_eq!(device.say("q/us", "301,a\n306,a").errors(), ["45,301", "45,306"]);
    assert_eq!(
        device.say("c/us", "211,1\n400,a,b").errors(),
        ["45,211", "45,400"]
    );
    assert_eq!(device.list("alarms", "dev1").len(), 0);
    assert_eq!(device.object("dev1")["c8y_Hardware"]["serialNumber"], "1");
}

#[test]
fn documents_are_processed_in_the_same_ways() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let event = json!({"type": "a", "text": "b", "time": "2026-11-18T00:00:00Z"}).to_string();
    device.say("t/event/events/create", &event).silent();
    assert_eq!(device.list("events", "dev1").len(), 0);
    device.say("q/event/events/create", &event).silent();
    assert_eq!(device.list("events", "dev1").len(), 1);
    let refused = device.say("c/event/events/create", &event);
    assert_eq!(refused.taken, Err(PublishRefusal::Content));
    assert!(refused.one("error").contains("undefined/validationError"));
}
