//! The names of all topics, as they are read and written.

use smartrest::topic::{BadTopic, JsonTopic, PublishTopic, SubscribeTopic};

const PUBLISHED: &[&str] = &[
    "s/us",
    "t/us",
    "q/us/dev1:device:child01",
    "c/us",
    "s/us/dev1:device:main:service:x",
    "s/uc/coll",
    "t/uc/coll/child",
    "s/ud",
    "q/ud/child",
    "s/ut/coll",
    "s/ucr",
    "s/uat",
    "s/ul/coll",
    "t/ul/coll",
    "measurement/measurements/create",
    "t/measurement/measurements/create",
    "measurement/measurements/createBulk",
    "measurement/measurements/delete/7",
    "event/events/create",
    "event/events/createBulk",
    "event/events/update/7",
    "q/event/events/delete/7",
    "alarm/alarms/create",
    "c/alarm/alarms/createBulk",
    "alarm/alarms/update/7",
    "inventory/managedObjects/create",
    "inventory/managedObjects/update/dev1:device:child01",
    "inventory/managedObjects/dev1/childDevices/create",
];

const SUBSCRIBED: &[&str] = &[
    "s/ds",
    "s/dc/coll",
    "s/dd",
    "s/dt",
    "s/dcr",
    "s/dat",
    "s/e",
    "s/dl/coll",
    "s/ol/coll",
    "devicecontrol/notifications",
    "error",
];

#[test]
fn every_topic_is_read_and_written_the_same() {
    for text in PUBLISHED {
        let topic: PublishTopic = text.parse().expect(text);
        assert_eq!(topic.to_string(), *text);
        assert_eq!(text.parse::<SubscribeTopic>(), Err(BadTopic), "{text}");
    }
    for text in SUBSCRIBED {
        let topic: SubscribeTopic = text.parse().expect(text);
        assert_eq!(topic.to_string(), *text);
        assert_eq!(text.parse::<PublishTopic>(), Err(BadTopic), "{text}");
    }
}

#[test]
fn other_spellings_mean_the_same_topic() {
    let json = |text: &str| text.parse::<PublishTopic>();
    assert_eq!(json("/event/events/update/7"), json("event/events/update/7"));
    assert_eq!(json("/t/event/events/create"), json("t/event/events/create"));
    let old: SubscribeTopic = "s/oc/coll".parse().expect("a topic");
    assert_eq!(old.to_string(), "s/ol/coll");
}

#[test]
fn what_is_no_topic_is_refused() {
    let long = format!("s/us/{}", "a".repeat(5_000));
    for text in [
        "",
        "s",
        "s/us/",
        "s/us/a/b",
        "s/us/+",
        "s/us/#",
        "/s/us",
        "x/us",
        "S/us",
        "s/uc",
        "s/uc/",
        "s/ut",
        "t/ut/coll",
        "t/uat",
        "q/ucr",
        "s/uat/x",
        "s/measurement/measurements/create",
        "measurement/measurements/update/7",
        "alarm/alarms/delete/7",
        "event/events/update/x",
        "event/events/create/7",
        "inventory/managedObjects/update/",
        "devicecontrol/operations/create",
        long.as_str(),
    ] {
        assert_eq!(text.parse::<PublishTopic>(), Err(BadTopic), "{text}");
        assert_eq!(text.parse::<JsonTopic>(), Err(BadTopic), "{text}");
    }
    for text in [
        "t/ds",
        "s/dc",
        "s/dc/#",
        "s/ds/child",
        "s/us",
        "error/x",
        "$debug/$error",
    ] {
        assert_eq!(text.parse::<SubscribeTopic>(), Err(BadTopic), "{text}");
    }
}
