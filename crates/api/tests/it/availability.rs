//! Whether devices are heard of: what an object shows, and the alarm about one that is silent.

use crate::alarms::{alarm, count, object};
use serde_json::{Value, json};
use testkit::house::{House, Who};

const MINUTE: i64 = 60_000;

fn watched(house: &House, who: &Who, minutes: i64) -> String {
    object(
        house,
        who,
        json!({"c8y_IsDevice": {}, "c8y_RequiredAvailability": {"responseInterval": minutes}}),
    )
}

fn shown(house: &House, who: &Who, id: &str) -> Value {
    house
        .get(who, &format!("/inventory/managedObjects/{id}"))
        .expect(200)
        .json()
}

fn check(house: &House) {
    house.wait(house.door.check_availability()).expect("checked");
}

fn measure(house: &House, who: &Who, id: &str) {
    let body =
        json!({"source": {"id": id}, "time": "2026-11-17T01:00:00Z", "type": "t", "f": {"s": {"value": 1}}});
    house.post(who, "/measurement/measurements", body).expect(201);
}

#[test]
fn a_device_that_must_be_heard_of_shows_its_state_and_its_last_message() {
    let house = House::new();
    let admin = house.admin("t100");
    let plain = object(&house, &admin, json!({"c8y_IsDevice": {}}));
    let id = watched(&house, &admin, 5);
    let availability = |id: &str| format!("/inventory/managedObjects/{id}/availability");
    assert_eq!(shown(&house, &admin, &plain).get("c8y_Availability"), None);
    // Never heard of: it has had no time yet.
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Availability"],
        json!({"status": "AVAILABLE"})
    );
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Connection"],
        json!({"status": "DISCONNECTED"})
    );
    house.get(&admin, &availability(&id)).expect(404);
    house.world.advance_millis(6 * MINUTE);
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Availability"],
        json!({"status": "UNAVAILABLE"})
    );
    measure(&house, &admin, &id);
    let now = "2026-11-18T00:06:00.000Z";
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Availability"],
        json!({"status": "AVAILABLE", "lastMessage": now})
    );
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Connection"],
        json!({"status": "CONNECTED"})
    );
    let reply = house.get(&admin, &availability(&id)).expect(200);
    assert_eq!(reply.header("content-type"), "text/plain;charset=UTF-8");
    let plain = house
        .request(&admin, "GET", &availability(&id))
        .header("accept", "application/json");
    assert_eq!(
        house.send_text(plain, "").expect(200).json(),
        json!({
            "deviceId": id, "externalId": null, "lastMessage": now, "interval": "5 minutes",
            "dataStatus": "AVAILABLE", "connectionStatus": "CONNECTED",
        })
    );
    house.world.advance_millis(2 * MINUTE);
    // Each of these is a message; a change of the object is none.
    let last = || shown(&house, &admin, &id)["c8y_Availability"]["lastMessage"].clone();
    let path = format!("/inventory/managedObjects/{id}");
    house.put(&admin, &path, json!({"name": "n"})).expect(200);
    assert_eq!(last(), now);
    house.put(&admin, &path, json!({})).expect(200);
    assert_eq!(last(), "2026-11-18T00:08:00.000Z");
    house.world.advance_millis(MINUTE);
    house
        .post(&admin, "/alarm/alarms", alarm(&id, "a", "MAJOR", 1))
        .expect(201);
    assert_eq!(last(), "2026-11-18T00:09:00.000Z");
    house.world.advance_millis(MINUTE);
    let event = json!({"source": {"id": id}, "time": "2026-11-17T01:00:00Z", "type": "t", "text": "x"});
    house.post(&admin, "/event/events", event).expect(201);
    assert_eq!(last(), "2026-11-18T00:10:00.000Z");
    // What an application does says nothing about the device.
    house.world.advance_millis(MINUTE);
    house
        .put(
            &admin,
            &path,
            json!({"c8y_RequiredAvailability": {"responseInterval": 0}}),
        )
        .expect(200);
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Availability"]["status"],
        "MAINTENANCE"
    );
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Connection"]["status"],
        "MAINTENANCE"
    );
}

#[test]
fn queries_ask_for_the_state_and_the_time_of_the_last_message() {
    let house = House::new();
    let admin = house.admin("t100");
    let (silent, loud) = (watched(&house, &admin, 1), watched(&house, &admin, 60));
    house.world.advance_millis(2 * MINUTE);
    measure(&house, &admin, &loud);
    let found = |query: &str| -> Vec<String> {
        let path = format!("/inventory/managedObjects?query={}", query.replace(' ', "%20"));
        let list = house.get(&admin, &path).expect(200).json()["managedObjects"]
            .as_array()
            .expect("a list")
            .clone();
        list.iter()
            .map(|object| object["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    assert_eq!(found("c8y_Availability.status eq 'UNAVAILABLE'"), [silent]);
    assert_eq!(found("c8y_Availability.status eq 'AVAILABLE'"), [loud.as_str()]);
    assert_eq!(
        found("c8y_Availability.lastMessage.date gt '2026-11-18T00:00:00Z'"),
        [loud.as_str()]
    );
    assert_eq!(found("c8y_Connection.status eq 'CONNECTED'"), [loud]);
    assert_eq!(
        found("c8y_Availability.lastMessage.date lt '2026-11-18T00:00:00Z'"),
        Vec::<String>::new()
    );
}

// R144: a device that is silent is known to be.
#[test]
fn a_silent_device_has_an_alarm_until_it_is_back() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = watched(&house, &admin, 5);
    let open = format!("source={id}&type=c8y_UnavailabilityAlarm&resolved=false");
    house.world.advance_millis(5 * MINUTE);
    check(&house);
    assert_eq!(count(&house, &admin, &open), 0);
    house.world.advance_millis(1);
    check(&house);
    check(&house);
    let list = house
        .get(&admin, &format!("/alarm/alarms?{open}"))
        .expect(200)
        .json();
    let raised = list["alarms"][0].clone();
    assert_eq!(
        (&raised["severity"], &raised["count"]),
        (&json!("MAJOR"), &json!(1))
    );
    assert_eq!(raised["time"], "2026-11-18T00:05:00.000Z");
    assert_eq!(shown(&house, &admin, &id)["c8y_ActiveAlarmsStatus"]["major"], 1);
    // Back: with the next message the alarm is cleared, by the platform and on record.
    measure(&house, &admin, &id);
    check(&house);
    assert_eq!(count(&house, &admin, &open), 0);
    let path = format!(
        "/audit/auditRecords?source={}&type=Alarm",
        raised["id"].as_str().expect("an id")
    );
    let records = house.get(&admin, &path).expect(200).json()["auditRecords"]
        .as_array()
        .expect("a list")
        .clone();
    let activities: Vec<_> = records
        .iter()
        .map(|record| record["activity"].as_str().expect("an activity"))
        .collect();
    assert_eq!(activities, ["Alarm updated", "Alarm created"]);
    assert_eq!(records[0]["changes"][0]["newValue"], "CLEARED");
    // Silent once more: a new one.
    house.world.advance_millis(6 * MINUTE);
    check(&house);
    assert_eq!(count(&house, &admin, &open), 1);
    assert_eq!(count(&house, &admin, &format!("source={id}")), 2);
}

#[test]
fn nothing_is_raised_about_what_is_maintained_deleted_or_not_watched_any_more() {
    let house = House::new();
    let admin = house.admin("t100");
    let [maintained, deleted, unwatched, clamped] =
        [-5, 1, 1, 99_999].map(|minutes| watched(&house, &admin, minutes));
    house
        .delete(&admin, &format!("/inventory/managedObjects/{deleted}"))
        .expect(204);
    house
        .put(
            &admin,
            &format!("/inventory/managedObjects/{unwatched}"),
            json!({"c8y_RequiredAvailability": null}),
        )
        .expect(200);
    house.world.advance_millis(32_767 * MINUTE);
    check(&house);
    assert_eq!(count(&house, &admin, ""), 0);
    assert_eq!(
        shown(&house, &admin, &maintained)["c8y_Availability"]["status"],
        "MAINTENANCE"
    );
    house.world.advance_millis(1);
    check(&house);
    assert_eq!(count(&house, &admin, ""), 1);
    assert_eq!(count(&house, &admin, &format!("source={clamped}")), 1);
}

#[test]
fn last_messages_are_written_once_a_minute_and_when_the_program_stops() {
    let house = House::new();
    let admin = house.admin("t100");
    let tenant = house.door.store().catalogue().expect("a view");
    let tenant = tenant
        .tenant_by_id(&"t100".parse().expect("an id"))
        .expect("readable")
        .expect("the tenant")
        .number;
    let id = watched(&house, &admin, 5);
    let unwritten = || {
        let proof = policy::proof::Allowed::<policy::operations::inventory::InventoryUpdate>::mint_system(
            tenant,
            policy::proof::SystemReason::Availability,
        );
        house.door.store().unwritten(&proof, None, 10).len()
    };
    let write = |at_once| {
        house
            .wait(house.door.write_last_messages(at_once))
            .expect("written");
    };
    write(false);
    measure(&house, &admin, &id);
    assert_eq!(unwritten(), 1);
    write(false);
    assert_eq!(unwritten(), 1, "not yet a minute");
    house.world.advance_millis(MINUTE);
    write(false);
    assert_eq!(unwritten(), 0);
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Availability"]["lastMessage"],
        "2026-11-18T00:00:00.000Z"
    );
    measure(&house, &admin, &id);
    write(true);
    assert_eq!(unwritten(), 0);
    assert_eq!(
        shown(&house, &admin, &id)["c8y_Availability"]["lastMessage"],
        "2026-11-18T00:01:00.000Z"
    );
    // Of what is deleted nothing is written.
    measure(&house, &admin, &id);
    house
        .delete(&admin, &format!("/inventory/managedObjects/{id}"))
        .expect(204);
    write(true);
    assert_eq!(unwritten(), 0);
}

#[test]
fn devices_are_counted_by_state_exactly() {
    let house = House::new();
    let admin = house.admin("t100");
    let count = |who: &Who, filter: &str| {
        let path = format!("/inventory/managedObjects/count?q=$filter={filter}").replace(' ', "%20");
        house
            .get(who, &path)
            .expect(200)
            .json()
            .as_u64()
            .expect("a count")
    };
    let silent = watched(&house, &admin, 5);
    house.world.advance_millis(6 * MINUTE);
    let heard = watched(&house, &admin, 5);
    measure(&house, &admin, &heard);
    watched(&house, &admin, -1);
    object(&house, &admin, json!({"c8y_IsDevice": {}}));
    // No device: not counted, whatever it says.
    object(
        &house,
        &admin,
        json!({"c8y_RequiredAvailability": {"responseInterval": -1}}),
    );
    let counts = |who: &Who| {
        [
            count(who, "(c8y_Availability.status eq 'AVAILABLE')"),
            count(who, "(c8y_Availability.status eq 'UNAVAILABLE')"),
            count(who, "(c8y_Availability.status eq 'MAINTENANCE')"),
            count(who, "(not(has(c8y_RequiredAvailability)))"),
        ]
    };
    assert_eq!(counts(&admin), [1, 1, 1, 1]);
    assert_eq!(count(&admin, "(c8y_Connection.status eq 'DISCONNECTED')"), 1);
    // Whoever may read one of them counts one.
    let ann = house.person("t100", "ann", &[]);
    house.grant(&ann, &[&format!("{silent}, MANAGED_OBJECT, *, READ")]);
    assert_eq!(counts(&ann), [0, 1, 0, 0]);
    assert_eq!(counts(&house.admin("t200")), [0, 0, 0, 0]);
}
