//! Realtime notifications over requests that wait: what is told, to whom, and what is not.

mod messages;
mod modes;
mod rights;
mod socket;

use serde_json::{Value, json};
use testkit::house::{House, Who};

const PATH: &str = "/notification/realtime";

/// A client with a session.
struct Client<'h> {
    house: &'h House,
    who: Who,
    id: String,
}

impl<'h> Client<'h> {
    fn begin(house: &'h House, who: &Who) -> Self {
        let shaken = talk(
            house,
            who,
            json!([{"channel": "/meta/handshake", "version": "1.0", "id": "1"}]),
        );
        assert_eq!(shaken[0]["successful"], true, "{shaken:?}");
        let id = shaken[0]["clientId"].as_str().expect("a client id").to_owned();
        let who = who.clone();
        Self { house, who, id }
    }

    fn say(&self, mut message: Value) -> Vec<Value> {
        message["clientId"] = self.id.as_str().into();
        talk(self.house, &self.who, json!([message]))
    }

    fn subscribe(&self, channel: &str) {
        let said = self.say(json!({"channel": "/meta/subscribe", "subscription": channel, "id": 2}));
        assert_eq!(
            (&said[0]["successful"], &said[0]["subscription"]),
            (&json!(true), &json!(channel))
        );
    }

    /// Waits for so many notifications: channel, action and the thing.
    fn told(&self, count: usize) -> Vec<(String, String, Value)> {
        let mut told = Vec::new();
        while told.len() < count {
            let messages =
                self.say(json!({"channel": "/meta/connect", "connectionType": "long-polling", "id": 3}));
            let last = messages.last().expect("an answer");
            assert_eq!(
                (&last["channel"], &last["successful"]),
                (&json!("/meta/connect"), &json!(true)),
                "{last}"
            );
            assert!(messages.len() > 1, "nothing was told in time; {told:?} before");
            told.extend(messages[..messages.len() - 1].iter().map(|message| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let data = &message["data"];
                (
                    text(&message["channel"]),
                    text(&data["realtimeAction"]),
                    data["data"].clone(),
                )
            }));
        }
        assert_eq!(told.len(), count, "{told:?}");
        told
    }
}

fn talk(house: &House, who: &Who, messages: Value) -> Vec<Value> {
    let answer = house.post(who, PATH, messages).expect(200);
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
    answer.json().as_array().expect("an array").clone()
}

fn made(house: &House, who: &Who, path: &str, body: Value) -> String {
    let made = house.post(who, path, body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn object(house: &House, who: &Who, body: Value) -> String {
    made(house, who, "/inventory/managedObjects", body)
}

fn measure(house: &House, who: &Who, source: &str, value: u32) -> String {
    let body = json!({
        "source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": value}}
    });
    made(house, who, "/measurement/measurements", body)
}

fn document(source: &str) -> Value {
    json!({"source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "t", "text": "x", "severity": "MAJOR"})
}

#[test]
fn each_kind_of_thing_is_told_in_the_shape_in_which_it_is_read() {
    let house = House::new();
    let admin = house.admin("t100");
    let client = Client::begin(&house, &admin);
    for kind in ["managedobjects", "measurements", "events", "alarms", "operations"] {
        client.subscribe(&format!("/{kind}/*"));
    }
    let device = object(
        &house,
        &admin,
        json!({"name": "d", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}}),
    );
    let told = client.told(1).remove(0);
    assert_eq!(
        (told.0, told.1),
        (format!("/managedobjects/{device}"), "CREATE".to_owned())
    );
    assert_eq!((&told.2["id"], &told.2["name"]), (&json!(device), &json!("d")));

    let things = [
        (
            "measurements",
            "/measurement/measurements",
            measure(&house, &admin, &device, 1),
        ),
        (
            "events",
            "/event/events",
            made(&house, &admin, "/event/events", document(&device)),
        ),
        (
            "operations",
            "/devicecontrol/operations",
            made(
                &house,
                &admin,
                "/devicecontrol/operations",
                json!({"deviceId": device, "c8y_Restart": {}}),
            ),
        ),
    ];
    for ((kind, path, id), (channel, action, thing)) in things.iter().zip(client.told(things.len())) {
        assert_eq!(
            (channel, action.as_str()),
            (format!("/{kind}/{device}"), "CREATE")
        );
        let read = house.get(&admin, &format!("{path}/{id}")).expect(200).json();
        for (name, value) in read.as_object().expect("an object") {
            assert_eq!(&thing[name], value, "{kind} {name}");
        }
    }
    let alarm = made(&house, &admin, "/alarm/alarms", document(&device));
    house
        .put(
            &admin,
            &format!("/alarm/alarms/{alarm}"),
            json!({"status": "CLEARED"}),
        )
        .expect(200);
    let told = client.told_alarms(2);
    assert_eq!(
        told,
        [("CREATE".to_owned(), alarm.clone()), ("UPDATE".to_owned(), alarm)]
    );
}

impl Client<'_> {
    /// Notifications of alarms among others: the device shows how many alarms it has.
    fn told_alarms(&self, count: usize) -> Vec<(String, String)> {
        let mut told = Vec::new();
        while told.len() < count {
            let next = self.say(json!({"channel": "/meta/connect"}));
            assert!(next.len() > 1, "nothing was told in time; {told:?} before");
            for message in next
                .iter()
                .filter(|m| m["channel"].as_str().is_some_and(|c| c.starts_with("/alarms/")))
            {
                let data = &message["data"];
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                told.push((text(&data["realtimeAction"]), text(&data["data"]["id"])));
            }
        }
        told
    }
}

#[test]
fn what_is_deleted_is_told_by_its_id_alone() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin, json!({"name": "d"}));
    let measurement = measure(&house, &admin, &device, 1);
    let client = Client::begin(&house, &admin);
    client.subscribe(&format!("/measurements/{device}"));
    client.subscribe(&format!("/managedobjects/{device}"));
    house
        .delete(&admin, &format!("/measurement/measurements/{measurement}"))
        .expect(204);
    assert_eq!(
        client.told(1),
        [(
            format!("/measurements/{device}"),
            "DELETE".to_owned(),
            json!(measurement)
        )]
    );
    house
        .delete(&admin, &format!("/inventory/managedObjects/{device}"))
        .expect(204);
    assert_eq!(
        client.told(1),
        [(
            format!("/managedobjects/{device}"),
            "DELETE".to_owned(),
            json!(device)
        )]
    );
}

#[test]
fn what_happens_below_is_told_to_who_follows_from_above() {
    let house = House::new();
    let admin = house.admin("t100");
    let (group, device) = (
        object(&house, &admin, json!({"name": "g"})),
        object(&house, &admin, json!({"name": "d"})),
    );
    let child = json!({"managedObject": {"id": device}});
    house
        .post(
            &admin,
            &format!("/inventory/managedObjects/{group}/childAssets"),
            child,
        )
        .expect(201);
    let client = Client::begin(&house, &admin);
    client.subscribe(&format!("/eventsWithChildren/{group}"));
    client.subscribe(&format!("/events/{group}"));
    let event = made(&house, &admin, "/event/events", document(&device));
    let told = client.told(1).remove(0);
    assert_eq!(
        (told.0, &told.2["id"]),
        (format!("/eventsWithChildren/{group}"), &json!(event))
    );
}

#[test]
fn an_agent_is_told_of_new_operations_for_what_is_below_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let agent = object(
        &house,
        &admin,
        json!({"c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}}),
    );
    let child = object(&house, &admin, json!({"c8y_IsDevice": {}}));
    let body = json!({"managedObject": {"id": child}});
    house
        .post(
            &admin,
            &format!("/inventory/managedObjects/{agent}/childDevices"),
            body,
        )
        .expect(201);
    let client = Client::begin(&house, &admin);
    client.subscribe(&format!("/{agent}"));
    let first = made(
        &house,
        &admin,
        "/devicecontrol/operations",
        json!({"deviceId": child, "c8y_Restart": {}}),
    );
    house
        .put(
            &admin,
            &format!("/devicecontrol/operations/{first}"),
            json!({"status": "EXECUTING"}),
        )
        .expect(200);
    let second = made(
        &house,
        &admin,
        "/devicecontrol/operations",
        json!({"deviceId": agent, "c8y_Restart": {}}),
    );
    let told: Vec<_> = client
        .told(2)
        .into_iter()
        .map(|(channel, action, thing)| (channel, action, thing["id"].clone()))
        .collect();
    let created = |id: &str| (format!("/{agent}"), "CREATE".to_owned(), json!(id));
    assert_eq!(told, [created(&first), created(&second)]);
}
