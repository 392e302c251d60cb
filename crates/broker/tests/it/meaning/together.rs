//! Messages that have come together: which of them are stored in one commit.

use super::Client;
use broker::meaning::Together;
use model::limits::{RATE_BURST_SECONDS, RATE_INGEST_PER_SECOND};
use policy::operation::Operation;
use policy::operations::measurements::MeasurementCreate;
use testkit::house::House;

fn together(device: &Client<'_>, topic: &str, payloads: &[&str]) -> usize {
    let message = |text: &&str| Together {
        payload: text.as_bytes().to_vec(),
        received: None,
    };
    let messages: Vec<_> = payloads.iter().map(message).collect();
    let taken = device.meaning.publish_together(&device.speaker, topic, &messages);
    device.house.wait(taken)
}

fn values(device: &Client<'_>, serial: &str) -> Vec<i64> {
    let stored = device.list("measurements", serial).into_iter();
    let mut values: Vec<_> = stored
        .map(|one| {
            one["c8y_TemperatureMeasurement"]["T"]["value"]
                .as_i64()
                .expect("a number")
        })
        .collect();
    values.sort_unstable();
    values
}

#[test]
fn the_first_messages_with_nothing_but_measurements_are_taken() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    assert_eq!(
        together(&device, "s/us", &["211,1", "211,2"]),
        0,
        "the device is not there yet"
    );
    device.say("s/us", "100").silent();
    assert_eq!(together(&device, "s/us", &["211,1", "211,2\n211,3", "211,4"]), 3);
    assert_eq!(values(&device, "dev1"), [1, 2, 3, 4]);
    for other in [
        "211,x",
        "400,c8y_E,text",
        "211,6\n110,serial",
        "",
        "999",
        "211,\"6",
    ] {
        assert_eq!(
            together(&device, "s/us", &["211,5", "211,5", other, "211,7"]),
            2,
            "{other}"
        );
        assert_eq!(together(&device, "s/us", &["211,8", other]), 0, "{other}");
    }
    assert_eq!(
        values(&device, "dev1").iter().filter(|value| **value > 5).count(),
        0
    );
}

#[test]
fn what_is_processed_in_another_way_or_refused_is_left_to_be_said_message_by_message() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let other = Client::device(&house, "t100", "dev2");
    device.say("s/us", "100").silent();
    other.say("s/us", "100").silent();
    for topic in [
        "t/us",
        "q/us",
        "c/us",
        "s/uc/c",
        "s/ut/c",
        "s/ucr",
        "measurement/measurements/create",
        "x",
    ] {
        assert_eq!(together(&device, topic, &["211,1", "211,2"]), 0, "{topic}");
    }
    // R050: nobody speaks for another device.
    assert_eq!(together(&device, "s/us/dev2", &["211,1", "211,2"]), 0);
    assert!(other.list("measurements", "dev2").is_empty());
    assert!(device.list("measurements", "dev1").is_empty());
}

// R127
#[test]
fn no_more_are_taken_than_come_at_the_pace_of_their_speaker() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    device.say("s/us", "100").silent();
    let takes = || house.door.meter(&device.speaker.caller, MeasurementCreate::INFO);
    while takes().is_ok() {}
    assert_eq!(together(&device, "s/us", &["211,1", "211,2", "211,3"]), 0);
    house.world.advance_millis(1);
    let taken = together(&device, "s/us", &["211,1", "211,2", "211,3"]);
    assert!((1..3).contains(&taken), "{taken}");
    assert_eq!(values(&device, "dev1").len(), taken);
    house.world.advance_millis(60_000);
    assert_eq!(together(&device, "s/us", &["211,1", "211,2", "211,3"]), 3);
}

// R127
#[test]
fn what_is_tried_together_and_taken_back_spends_no_rate() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let takes = || house.door.meter(&device.speaker.caller, MeasurementCreate::INFO);
    for _ in 10..RATE_INGEST_PER_SECOND * RATE_BURST_SECONDS {
        assert_eq!(takes(), Ok(()));
    }
    // It is not there, so that all of them are taken back.
    for _ in 0..5 {
        assert_eq!(together(&device, "s/us", &["211,1", "211,2"]), 0);
    }
    assert_eq!((0..20).filter(|_| takes().is_ok()).count(), 10);
}
