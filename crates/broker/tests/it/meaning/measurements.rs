//! Rows 200 to 212.

use super::Client;
use serde_json::json;
use testkit::house::House;

/// What the clock of a test says.
const NOW: &str = "2026-11-18T00:00:00.000Z";
const THEN: &str = "2020-01-02T03:04:05.000Z";

#[test]
fn every_row_becomes_its_measurement() {
    let house = House::new();
    let at = "2020-01-02T03:04:05.000Z";
    for (place, (row, expected)) in [
        (
            "200,c8y_Temperature,T,25",
            json!({"type": "c8y_Temperature", "time": NOW, "c8y_Temperature": {"T": {"value": 25}}}),
        ),
        (
            "200,c8y_Temperature,T,25.50,C,2020-01-02T03:04:05Z",
            json!({"type": "c8y_Temperature", "time": THEN, "c8y_Temperature": {"T": {"value": 25.50, "unit": "C"}}}),
        ),
        (
            "201,KamstrupA220Reading,2020-01-02T04:04:05+0100,c8y_A,A+,1234,kWh,c8y_A,A-,2345,kWh,c8y_B,x,1",
            json!({"type": "KamstrupA220Reading", "time": THEN,
                "c8y_A": {"A+": {"value": 1234, "unit": "kWh"}, "A-": {"value": 2345, "unit": "kWh"}},
                "c8y_B": {"x": {"value": 1}}}),
        ),
        (
            "210,-90,23,2020-01-02T03:04:05.000Z",
            json!({"type": "c8y_SignalStrength", "time": THEN,
                "c8y_SignalStrength": {"rssi": {"value": -90, "unit": "dBm"}, "ber": {"value": 23, "unit": "%"}}}),
        ),
        (
            "210,,23",
            json!({"type": "c8y_SignalStrength", "time": NOW,
                "c8y_SignalStrength": {"ber": {"value": 23, "unit": "%"}}}),
        ),
        (
            "211,25",
            json!({"type": "c8y_TemperatureMeasurement", "time": NOW,
                "c8y_TemperatureMeasurement": {"T": {"value": 25, "unit": "C"}}}),
        ),
        (
            "212,95,2020-01-02T03:04:05Z",
            json!({"type": "c8y_Battery", "time": THEN, "c8y_Battery": {"level": {"value": 95, "unit": "%"}}}),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let serial = format!("m{place}");
        let device = Client::device(&house, "t100", &serial);
        device.say("s/us", row).silent();
        assert_eq!(device.only("measurements", &serial), expected, "{row} {at}");
    }
}

#[test]
fn rows_that_follow_each_other_are_stored_in_one_message_and_a_bad_one_alone_is_left_out() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let good: Vec<_> = (0..50).map(|value| format!("200,c8y_T,T,{value}")).collect();
    device.say("s/us", good.join("\n")).silent();
    assert_eq!(device.list("measurements", "dev1").len(), 50);

    // The type of the third is longer than a type may be; it is found only when it is stored.
    let name = "n".repeat(1_000);
    let rows = format!("211,1\n211,x\n200,{name},T,2\n211,3\n999,4\n211,5");
    let told = device.say("s/us", rows);
    assert_eq!(told.taken, Ok(()));
    let errors = told.errors();
    assert_eq!(errors.first().map(String::as_str), Some("45,211"));
    assert_eq!(errors.last().map(String::as_str), Some("40,999"));
    let stored = device.list("measurements", "dev1");
    let of_211: Vec<_> = stored
        .iter()
        .filter_map(|it| it["c8y_TemperatureMeasurement"]["T"]["value"].as_i64())
        .collect();
    assert_eq!(of_211.len(), 3, "{of_211:?}");
}
