//! The messages themselves: the paths that take them, those that are not understood, and clients that do not listen.

use super::{Client, PATH, document, made, object, talk};
use model::limits::{REALTIME_MESSAGES_MAX, REALTIME_WAITING_MAX};
use serde_json::{Value, json};
use testkit::house::House;

#[test]
fn a_client_that_does_not_listen_is_told_to_begin_anew() {
    // R127
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin, json!({"name": "d"}));
    let (slow, other) = (Client::begin(&house, &admin), Client::begin(&house, &admin));
    slow.subscribe("/measurements/*");
    other.subscribe("/events/*");
    let one = json!({
        "source": {"id": device}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": 1}}
    });
    let many = json!({"measurements": vec![one; REALTIME_WAITING_MAX + 1]});
    house.post(&admin, "/measurement/measurements", many).expect(201);
    made(&house, &admin, "/event/events", document(&device));
    other.told(1);
    let answer = slow.say(json!({"channel": "/meta/connect", "id": "7"}));
    assert_eq!(
        (&answer[0]["error"], &answer[0]["id"]),
        (&json!("402::Unknown client"), &json!("7"))
    );
    assert_eq!(answer[0]["advice"]["reconnect"], "handshake");
}

#[test]
fn messages_that_are_not_understood_are_refused_one_by_one() {
    let house = House::new();
    let admin = house.admin("t100");
    let client = Client::begin(&house, &admin);
    let id = client.id.as_str();
    let answers = talk(
        &house,
        &admin,
        json!([
            7,
            {"id": "a"},
            {"channel": "/meta/subscribe", "clientId": id, "subscription": "/cats/*", "id": "b"},
            {"channel": "/meta/subscribe", "clientId": id, "id": "c"},
            {"channel": "/meta/subscribe", "subscription": "/alarms/*", "id": "d"},
            {"channel": "/meta/purr", "clientId": id, "id": "e"},
            {"channel": "/alarms/5", "clientId": id, "data": {}, "id": "f"},
            {"channel": "/meta/connect", "clientId": id, "advice": {"timeout": -1}, "id": "g"},
            {"channel": "/meta/unsubscribe", "clientId": id, "subscription": ["/alarms/*", "/events/*"], "id": "h"},
        ]),
    );
    let codes: Vec<_> = answers
        .iter()
        .map(|answer| {
            answer["error"]
                .as_str()
                .unwrap_or("ok")
                .split("::")
                .next()
                .unwrap_or_default()
        })
        .collect();
    assert_eq!(
        codes,
        ["400", "400", "404", "400", "402", "404", "404", "400", "ok"]
    );
    assert!(answers[..8].iter().all(|answer| answer["successful"] == false));
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(
        ids[1..],
        ["a", "b", "c", "d", "e", "f", "g", "h"].map(Value::from)
    );
}

#[test]
fn a_body_that_holds_no_messages_is_an_error_of_the_request() {
    let house = House::new();
    let admin = house.admin("t100");
    for body in [
        json!("x"),
        json!(7),
        json!(vec![json!({}); REALTIME_MESSAGES_MAX + 1]),
    ] {
        let (error, _) = house.post(&admin, PATH, body).expect(422).error();
        assert_eq!(error, "realtime/Invalid Data");
    }
    let request = house
        .request(&admin, "POST", PATH)
        .header("content-type", "application/json");
    let (error, _) = house.send_text(request, "[{").expect(400).error();
    assert_eq!(error, "realtime/Bad Request");
    house.send(house.stranger("POST", PATH), json!([])).expect(401);
}

#[test]
fn every_path_that_clients_know_speaks_the_same() {
    let house = House::new();
    let admin = house.admin("t100");
    for path in [
        "/notification/realtime/handshake",
        "/cep/realtime",
        "/cep/realtime/handshake",
        "/notification/operations",
        "/notification/operations/handshake",
        "/devicecontrol/notifications",
    ] {
        let answer = house
            .post(&admin, path, json!([{"channel": "/meta/handshake"}]))
            .expect(200)
            .json();
        assert_eq!(answer[0]["successful"], true, "{path}");
        assert_eq!(
            answer[0]["supportedConnectionTypes"],
            json!(["long-polling", "websocket"])
        );
    }
}

#[test]
fn a_client_that_does_not_want_to_wait_is_answered_at_once() {
    let house = House::new();
    let client = Client::begin(&house, &house.admin("t100"));
    let answer = client.say(json!({"channel": "/meta/connect", "advice": {"timeout": 0}}));
    assert_eq!((answer.len(), &answer[0]["successful"]), (1, &json!(true)));
    assert_eq!(answer[0]["advice"]["reconnect"], "retry");
}
