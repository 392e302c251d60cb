//! Rows 301 to 307.

use super::{Client, plain};
use serde_json::json;
use testkit::house::House;

#[test]
fn alarms_are_raised_counted_changed_and_cleared() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    for (row, severity) in [
        ("301,a", "CRITICAL"),
        ("302,b", "MAJOR"),
        ("303,c", "MINOR"),
        ("304,d", "WARNING"),
    ] {
        device.say("s/us", row).silent();
        let kind = row.split(',').nth(1).expect("a type");
        let alarm = device
            .list("alarms", "dev1")
            .into_iter()
            .find(|alarm| alarm["type"] == kind)
            .expect("an alarm");
        assert_eq!(
            plain(alarm),
            json!({"type": kind, "text": format!("Alarm of type {kind} raised"), "severity": severity,
                "status": "ACTIVE", "count": 1, "time": "2026-11-18T00:00:00.000Z"})
        );
    }
    // Again, twice in one message, is the same alarm.
    device
        .say(
            "s/us",
            "301,a,\"hot, very\",2026-11-18T01:00:00Z\n301,a,,2026-11-18T02:00:00Z",
        )
        .silent();
    let found = |kind: &str| {
        let alarms = device.list("alarms", "dev1");
        let found: Vec<_> = alarms.into_iter().filter(|alarm| alarm["type"] == kind).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    assert_eq!(found("a")["count"], 3);
    device.say("s/us", "305,a,MINOR").silent();
    assert_eq!(found("a")["severity"], "MINOR");
    device.say("s/us", "306,a").silent();
    assert_eq!(found("a")["status"], "CLEARED");
    // What is acknowledged is cleared too.
    let admin = house.admin("t100");
    let id = found("b")["id"].as_str().expect("an id").to_owned();
    house
        .put(
            &admin,
            &format!("/alarm/alarms/{id}"),
            json!({"status": "ACKNOWLEDGED"}),
        )
        .expect(200);
    device.say("s/us", "306,b").silent();
    assert_eq!(found("b")["status"], "CLEARED");
    // What is not there is said, and harms nothing.
    assert_eq!(
        device.say("s/us", "306,b\n305,zz,MAJOR\n305,c,BAD").errors(),
        ["41,306", "41,305", "45,305"]
    );
}

#[test]
fn fragments_of_the_open_alarm_are_removed() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let alarm = json!({"type": "a", "text": "t", "severity": "MAJOR", "time": "2026-11-18T00:00:00Z",
        "c8y_A": {"x": 1}, "c8y_B": 2});
    device.say("alarm/alarms/create", alarm.to_string()).silent();
    device.say("s/us", "307,a,c8y_A").silent();
    let alarm = device.only("alarms", "dev1");
    assert_eq!((alarm.get("c8y_A"), &alarm["c8y_B"]), (None, &json!(2)));
    assert_eq!(
        device.say("s/us", "307,a\n307,b,c8y_B").errors(),
        ["45,307", "41,307"]
    );
}
