//! What devices report of their own security, as audit records (R097): the device's word, of itself alone, once each, with
//! gaps told.

use crate::operations::{agent, id};
use model::limits::{DEVICE_REPORT_TEXT_CHARS_MAX, DEVICE_REPORTS_PER_HOUR_MAX};
use serde_json::{Value, json};
use testkit::house::{House, Who};
use testkit::reply::Reply;

const EVENTS: &str = "/event/events";
const ALARM: &str = "holdfast_SecurityEventsMissing";

fn device(house: &House, serial: &str) -> (Who, String) {
    let who = house.device("t100", &format!("device_{serial}"));
    let own = agent(house, &who, json!({}));
    (who, own)
}

fn event(source: &str, log: &str, sequence: u64) -> Value {
    json!({
        "source": {"id": source}, "type": "c8y_SecurityEvent", "time": "2026-11-18T07:00:00Z",
        "text": format!("number {sequence}"),
        "c8y_SecurityEvent": {"kind": "login", "log": log, "sequence": sequence},
    })
}

fn report(house: &House, who: &Who, source: &str, sequence: u64) -> Reply {
    house.post(who, EVENTS, event(source, "a", sequence))
}

/// The records of this kind, the newest first.
fn records(house: &House) -> Vec<Value> {
    let path = "/audit/auditRecords?type=DeviceSecurity&pageSize=2000";
    let found = house.get(&house.admin("t100"), path).expect(200).json();
    found["auditRecords"].as_array().expect("a list").clone()
}

fn texts(house: &House) -> Vec<String> {
    let text = |record: &Value| record["text"].as_str().expect("a text").to_owned();
    records(house).iter().map(text).collect()
}

/// The status of the alarm about what is missing.
fn alarm(house: &House, source: &str) -> Vec<String> {
    let path = format!("/alarm/alarms?source={source}&type={ALARM}");
    let found = house.get(&house.admin("t100"), &path).expect(200).json();
    let status = |alarm: &Value| alarm["status"].as_str().expect("a status").to_owned();
    found["alarms"]
        .as_array()
        .expect("a list")
        .iter()
        .map(status)
        .collect()
}

// R097
#[test]
fn what_a_device_reports_of_itself_is_recorded_as_its_own_word_with_both_times() {
    let house = House::new();
    let (who, own) = device(&house, "a1");
    report(&house, &who, &own, 1).expect(201);
    let found = records(&house);
    let [record] = &found[..] else {
        panic!("one record: {found:?}")
    };
    assert_eq!(record["activity"], "Device reports a log-in");
    assert_eq!(record["text"], "The device reports: number 1");
    assert_eq!(
        (&record["user"], &record["source"]["id"]),
        (&json!("device_a1"), &json!(own))
    );
    assert_eq!(record["time"], "2026-11-18T07:00:00.000Z", "as the device says");
    assert_ne!(record["creationTime"], record["time"]);
    assert_eq!(record["holdfast_Audit"]["origin"], "client");
    assert_eq!(record["holdfast_Audit"]["actorKind"], "device");
    assert_eq!(
        record["c8y_SecurityEvent"],
        json!({"kind": "login", "log": "a", "sequence": 1})
    );
}

// R097
#[test]
fn nobody_records_anything_about_another_device_or_in_another_way() {
    let house = House::new();
    let admin = house.admin("t100");
    let ((who, own), (_, other)) = (device(&house, "a1"), device(&house, "a2"));
    report(&house, &who, &other, 1).expect(422);
    // With the right to write events about it, an event is what comes of it.
    house.grant(&who, &[&format!("{other}, EVENT, *, ADMIN")]);
    report(&house, &who, &other, 1).expect(201);
    // People and services report nothing for a device.
    report(&house, &admin, &own, 1).expect(201);
    assert_eq!(texts(&house), [""; 0]);
    let record = json!({
        "type": "DeviceSecurity", "activity": "Device reports a log-in", "text": "x", "source": {"id": own},
        "time": "2026-11-18T07:00:00Z",
    });
    house
        .post(&admin, "/audit/auditRecords", record.clone())
        .expect(422);
    house.post(&who, "/audit/auditRecords", record).expect(403);
    // What belongs to the device is its own.
    let child = id(&house
        .post(&who, "/inventory/managedObjects", json!({"name": "child"}))
        .expect(201)
        .json());
    report(&house, &who, &child, 1).expect(201);
    assert_eq!(texts(&house), ["The device reports: number 1"]);
}

// R097
#[test]
fn what_a_record_is_called_is_never_the_devices_choice() {
    let house = House::new();
    let (who, own) = device(&house, "a1");
    let mut sent = event(&own, "a", 1);
    sent["text"] = json!(format!("admin has logged in\r\n\u{1b}[2J{}", "x".repeat(5_000)));
    sent["c8y_SecurityEvent"] =
        json!({"kind": "User login", "activity": "User updated", "severity": "CRITICAL"});
    sent["holdfast_Audit"] = json!({"origin": "platform"});
    sent["severity"] = json!("CRITICAL");
    house.post(&who, EVENTS, sent).expect(201);
    let record = &records(&house)[0];
    assert_eq!(record["activity"], "Device reports an event");
    assert_eq!(
        (&record["severity"], &record["c8y_SecurityEvent"]),
        (&json!("INFORMATION"), &json!({}))
    );
    assert_eq!(record["holdfast_Audit"]["origin"], "client");
    let text = record["text"].as_str().expect("a text");
    assert!(
        text.starts_with("The device reports: admin has logged in   [2Jx"),
        "{text}"
    );
    let length = "The device reports: ".len() + DEVICE_REPORT_TEXT_CHARS_MAX;
    assert_eq!(text.len(), length);
}

// R097
#[test]
fn each_number_is_stored_once_and_a_gap_raises_an_alarm_until_it_is_filled() {
    let house = House::new();
    let (who, own) = device(&house, "a1");
    report(&house, &who, &own, 1).expect(201);
    report(&house, &who, &own, 1).expect(409);
    assert_eq!(alarm(&house, &own), [""; 0]);
    report(&house, &who, &own, 4).expect(201);
    assert_eq!(alarm(&house, &own), ["ACTIVE"]);
    report(&house, &who, &own, 3).expect(201);
    report(&house, &who, &own, 3).expect(409);
    assert_eq!(alarm(&house, &own), ["ACTIVE"]);
    report(&house, &who, &own, 2).expect(201);
    assert_eq!(alarm(&house, &own), ["CLEARED"]);
    let told = texts(&house);
    assert_eq!(
        told,
        [
            "The device reports: number 2",
            "The device reports: number 3",
            "The device reports: number 4",
            "Security events 2 to 3 of the device have not come: they were taken away on it, or lost",
            "The device reports: number 1",
        ]
    );
    assert_eq!(
        records(&house)[3]["holdfast_Audit"]["origin"],
        "system",
        "{:?}",
        records(&house)[3]
    );
    // Whoever wipes what the device has kept begins anew, and that is told too.
    house.post(&who, EVENTS, event(&own, "b", 1)).expect(201);
    let open = alarm(&house, &own);
    assert_eq!(
        open.iter().filter(|status| *status == "ACTIVE").count(),
        1,
        "{open:?}"
    );
    assert!(texts(&house)[1].contains("anew"), "{:?}", texts(&house));
}

// R097
#[test]
fn the_records_of_one_device_are_bounded_and_what_is_beyond_is_counted() {
    let house = House::new();
    let (who, own) = device(&house, "a1");
    let count = u64::from(DEVICE_REPORTS_PER_HOUR_MAX);
    for number in 1..=count + 3 {
        report(&house, &who, &own, number).expect(201);
    }
    assert_eq!(records(&house).len() as u64, count + 1);
    assert_eq!(records(&house)[0]["activity"], "Too many security events");
    house.world.advance_millis(3_600_000);
    report(&house, &who, &own, count + 4).expect(201);
    let counted = &records(&house)[1];
    assert_eq!(counted["holdfast_Audit"]["count"], 3, "{counted:?}");
    assert_eq!(
        texts(&house)[0],
        format!("The device reports: number {}", count + 4)
    );
}

// R097, R127: what is told of gaps has no room of its own in the log.
#[test]
fn a_device_that_leaves_out_every_second_number_writes_no_more_records_than_any_other() {
    let house = House::new();
    let (who, own) = device(&house, "a1");
    let count = u64::from(DEVICE_REPORTS_PER_HOUR_MAX);
    let reported = count / 2 + 5;
    for number in 1..=reported {
        report(&house, &who, &own, number * 2).expect(201);
    }
    let of = |activity: &str| {
        let is = |record: &&Value| record["activity"] == activity;
        records(&house).iter().filter(is).count() as u64
    };
    assert_eq!(records(&house).len() as u64, count + 1);
    assert_eq!(
        of("Security events missing") + of("Device reports a log-in"),
        count
    );
    assert_eq!(of("Too many security events"), 1);
    assert_eq!(alarm(&house, &own), ["ACTIVE"], "the gaps are known all the same");
    house.world.advance_millis(3_600_000);
    report(&house, &who, &own, reported * 2 + 1).expect(201);
    let passed_over = reported * 2 - count;
    let counted = &records(&house)[1];
    assert_eq!(counted["activity"], "Security events counted");
    assert_eq!(counted["holdfast_Audit"]["count"], passed_over, "{counted:?}");
}

// R097
#[test]
fn what_is_only_passed_on_is_recorded_all_the_same() {
    let house = House::new();
    let (who, own) = device(&house, "a1");
    let request = house
        .request(&who, "POST", EVENTS)
        .header("x-cumulocity-processing-mode", "TRANSIENT");
    house.send(request, event(&own, "a", 1)).expect(201);
    assert_eq!(texts(&house), ["The device reports: number 1"]);
}
