//! Reliable notifications: subscriptions, tokens, and what subscribers are told over a WebSocket in memory.

mod delivery;
mod limits;
mod rights;

use api::{Stream, Takeover};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt, StreamExt};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::Duration;
use testkit::house::{House, Who};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

const LIST: &str = "/notification2/subscriptions";
/// Longer than anything that is waited for takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn made(house: &House, who: &Who, path: &str, body: Value) -> String {
    let made = house.post(who, path, body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn object(house: &House, who: &Who) -> String {
    made(
        house,
        who,
        "/inventory/managedObjects",
        json!({"name": "d", "type": "t"}),
    )
}

fn event(house: &House, who: &Who, source: &str, kind: &str) -> String {
    let body = json!({
        "source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": kind, "text": "x",
        "c8y_A": {"n": 1}, "c8y_B": {"n": 2},
    });
    made(house, who, "/event/events", body)
}

fn subscribe(house: &House, who: &Who, source: &str, more: &Value) -> String {
    let mut body = json!({"context": "mo", "source": {"id": source}, "subscription": "topic"});
    if source.is_empty() {
        body = json!({"context": "tenant", "subscription": "topic"});
    }
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    made(house, who, LIST, body)
}

fn token(house: &House, who: &Who, more: &Value) -> String {
    let mut body = json!({"subscription": "topic", "subscriber": "one"});
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let token = house.post(who, "/notification2/token", body).expect(200).json();
    token["token"].as_str().expect("a token").to_owned()
}

/// A notification as a client takes it apart.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    line: String,
    about: String,
    action: String,
    body: Value,
}

/// A client's end of a WebSocket.
struct Client<'h> {
    house: &'h House,
    stream: WebSocketStream<DuplexStream>,
}

fn ask(house: &House, query: &str) -> (StatusCode, String, Option<Takeover>) {
    let request = Request::get(format!("/notification2/consumer/?{query}"))
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .body(Empty::<bytes::Bytes>::new())
        .expect("a request");
    house.wait(async {
        let mut answer = house.api.handle(request, Ipv4Addr::LOCALHOST.into()).await;
        let takeover = answer.extensions_mut().remove::<Takeover>();
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"), takeover)
    })
}

impl<'h> Client<'h> {
    fn connect(house: &'h House, token: &str) -> Self {
        Self::as_share(house, token, "")
    }

    fn as_share(house: &'h House, token: &str, name: &str) -> Self {
        let (status, text, takeover) = ask(house, &format!("token={token}&consumer={name}"));
        assert_eq!(status, 101, "{text}");
        let takeover = takeover.expect("a takeover");
        let stream = house.wait(async {
            let (ours, theirs) = duplex(1 << 20);
            tokio::spawn(run(takeover, theirs));
            WebSocketStream::from_raw_socket(ours, Role::Client, None).await
        });
        Self { house, stream }
    }

    fn say(&mut self, text: &str) {
        self.house
            .wait(self.stream.send(Message::text(text)))
            .expect("sent");
    }

    /// The next notification, not acknowledged; the code with which it was closed otherwise.
    fn hear(&mut self) -> Result<Told, u16> {
        loop {
            let next = async { tokio::time::timeout(PATIENCE, self.stream.next()).await };
            let frame = self.house.wait(next).expect("something comes");
            match frame {
                Some(Ok(Message::Text(text))) => return Ok(told(text.as_str())),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(0),
                Some(Ok(_)) => {}
            }
        }
    }

    fn take(&mut self) -> Told {
        let told = self.hear().expect("a notification");
        self.say(&told.line);
        told
    }

    /// Goes without a word, and waits until that is known.
    fn leave(self) {
        let Self { house, mut stream } = self;
        house.wait(async {
            let _ = stream.close(None).await;
            while let Some(Ok(_)) = stream.next().await {}
        });
    }
}

async fn run(takeover: Takeover, stream: impl Stream + 'static) {
    takeover.run(stream).await;
}

fn told(text: &str) -> Told {
    let (head, body) = text.split_once("\n\n").expect("an empty line");
    let lines: Vec<_> = head.split('\n').collect();
    let [line, about, action] = lines[..] else {
        panic!("three lines: {head}")
    };
    Told {
        line: line.to_owned(),
        about: about.to_owned(),
        action: action.to_owned(),
        body: serde_json::from_str(body).expect("JSON"),
    }
}

#[test]
fn a_subscription_is_made_found_shown_and_deleted() {
    let house = House::new();
    let admin = house.admin("t100");
    let (device, other) = (object(&house, &admin), object(&house, &admin));
    let filter = json!({"apis": ["events", "measurements"], "typeFilter": "'a' or 'b'"});
    let more = json!({"subscriptionFilter": filter, "fragmentsToCopy": ["c8y_A"], "nonPersistent": true});
    let id = subscribe(&house, &admin, &device, &more);
    let tenants = subscribe(&house, &admin, "", &json!({"subscription": "all"}));
    let third = subscribe(&house, &admin, &other, &json!({}));
    let shown = house.get(&admin, &format!("{LIST}/{id}")).expect(200).json();
    assert_eq!(shown["subscriptionFilter"], filter);
    assert_eq!(shown["fragmentsToCopy"], json!(["c8y_A"]));
    assert_eq!(
        (&shown["nonPersistent"], &shown["context"]),
        (&json!(true), &json!("mo"))
    );
    assert_eq!(shown["source"]["name"], "d");
    assert_eq!(
        house.get(&admin, &format!("{LIST}/{tenants}")).json()["source"],
        json!({"id": null})
    );
    for (query, expected) in [
        ("", vec![&id, &tenants, &third]),
        ("?context=tenant", vec![&tenants]),
        ("?context=mo&pageSize=1&currentPage=2", vec![&third]),
        (&*format!("?source={device}"), vec![&id]),
        ("?subscription=topic", vec![&id, &third]),
        ("?typeFilter=b", vec![&id]),
        ("?typeFilter='a'%20or%20'b'", vec![&id]),
        ("?subscription=absent", vec![]),
    ] {
        let found = house.get(&admin, &format!("{LIST}{query}")).expect(200).json();
        let ids: Vec<_> = found["subscriptions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let counted = house
        .get(&admin, &format!("{LIST}?withTotalPages=true&pageSize=2"))
        .json();
    assert_eq!(counted["statistics"]["totalPages"], 2);
    house.delete(&admin, &format!("{LIST}/{id}")).expect(204);
    house.get(&admin, &format!("{LIST}/{id}")).expect(404);
    house.delete(&admin, &format!("{LIST}/{id}")).expect(404);
    house.delete(&admin, LIST).expect(422);
    house.delete(&admin, &format!("{LIST}?context=mo")).expect(422);
    house
        .delete(&admin, &format!("{LIST}?context=tenant"))
        .expect(204);
    house.get(&admin, &format!("{LIST}/{tenants}")).expect(404);
    house
        .delete(&admin, &format!("{LIST}?source={other}"))
        .expect(204);
    house.get(&admin, &format!("{LIST}/{third}")).expect(404);
    let root = house.get(&admin, "/notification2").expect(200).json();
    assert_eq!(root["notificationSubscriptions"]["subscriptions"], Value::Null);
}

#[test]
fn what_makes_no_sense_is_refused_and_the_same_twice_is_a_conflict() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    subscribe(&house, &admin, &device, &json!({}));
    let body = json!({"context": "mo", "source": {"id": device}, "subscription": "topic"});
    let again = house.post(&admin, LIST, body).expect(409).json();
    assert_eq!(again["error"], "reliable-notification/Duplicate");
    assert_eq!(
        again["message"],
        format!(
            "Subscription with source <'{device}'>, context <'mo'> & subscription <'topic'> already exists!"
        )
    );
    // That which is not kept is another one.
    subscribe(&house, &admin, &device, &json!({"nonPersistent": true}));
    for body in [
        json!({"context": "mo", "subscription": "x"}),
        json!({"context": "tenant", "source": {"id": device}, "subscription": "x"}),
        json!({"context": "tenant", "subscription": "a-b"}),
        json!({"context": "tenant", "subscription": "x", "subscriptionFilter": {"apis": ["measurements"]}}),
        json!({"context": "tenant", "subscription": "x", "subscriptionFilter": {"typeFilter": "'a' and 'b'"}}),
    ] {
        house.post(&admin, LIST, body).expect(422);
    }
    let absent = json!({"context": "mo", "source": {"id": "8000000000000001"}, "subscription": "x"});
    let missing = house.post(&admin, LIST, absent).expect(404).json();
    assert_eq!(missing["error"], "inventory/Not Found");
    assert_eq!(
        house.get(&admin, LIST).json()["subscriptions"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_token_tells_a_client_what_it_needs_to_ask_for_another() {
    let house = House::new();
    let admin = house.admin("t100");
    let text = token(&house, &admin, &json!({"expiresInMinutes": 1, "shared": true}));
    let claims = URL_SAFE_NO_PAD
        .decode(text.split('.').nth(1).expect("claims"))
        .expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(
        (&claims["sub"], &claims["topic"]),
        (&json!("one"), &json!("t100/relnotif/topic"))
    );
    let life = claims["exp"]
        .as_i64()
        .zip(claims["iat"].as_i64())
        .map(|(exp, iat)| exp - iat);
    assert_eq!(life, Some(60));
    house.world.advance_millis(61_000);
    assert_eq!(ask(&house, &format!("token={text}")).0, 401);
    for body in [
        json!({"subscription": "topic"}),
        json!({"subscriber": "one"}),
        json!({"subscription": "topic", "subscriber": "one", "type": "other"}),
        json!({"subscription": "topic", "subscriber": "one", "expiresInMinutes": -1}),
    ] {
        house.post(&admin, "/notification2/token", body).expect(422);
    }
}

// R006: with its object a subscription goes, and that it is gone is the last thing told.
#[test]
fn an_object_takes_its_subscriptions_along_and_that_is_told() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    let id = subscribe(&house, &admin, &device, &json!({"fragmentsToCopy": ["c8y_A"]}));
    let mut client = Client::connect(&house, &token(&house, &admin, &json!({})));
    house
        .put(
            &admin,
            &format!("/inventory/managedObjects/{device}"),
            json!({"c8y_A": 1, "c8y_B": 2}),
        )
        .expect(200);
    let told = client.take();
    assert_eq!((&*told.action, &told.body["c8y_A"]), ("UPDATE", &json!(1)));
    assert_eq!((&told.body["name"], told.body.get("c8y_B")), (&json!("d"), None));
    house
        .delete(&admin, &format!("/inventory/managedObjects/{device}"))
        .expect(204);
    house.get(&admin, &format!("{LIST}/{id}")).expect(404);
    let told = client.take();
    assert_eq!(told.about, format!("/t100/managedobjects/{device}"));
    assert_eq!((&*told.action, told.body), ("DELETE", json!({"id": device})));
}
