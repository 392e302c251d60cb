//! The same over a WebSocket, on a connection in memory.

use super::{document, made, measure, object};
use api::{Stream, Takeover};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use http::{Request, StatusCode};
use http_body_util::Empty;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use testkit::house::{House, Who};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// A client's end of a WebSocket.
struct Socket<'h> {
    house: &'h House,
    stream: WebSocketStream<DuplexStream>,
}

/// Asks for a WebSocket with these headers beside the necessary ones.
fn ask(house: &House, headers: &[(&str, &str)]) -> (StatusCode, http::HeaderMap, Option<Takeover>) {
    let mut request = Request::get("/notification/realtime")
        .header("host", "t100.example.org")
        .header("connection", "keep-alive, Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<bytes::Bytes>::new()).expect("a request");
    let mut answer = house.wait(house.api.handle(request, Ipv4Addr::LOCALHOST.into()));
    let takeover = answer.extensions_mut().remove::<Takeover>();
    (answer.status(), answer.headers().clone(), takeover)
}

impl<'h> Socket<'h> {
    fn open(house: &'h House, headers: &[(&str, &str)]) -> Self {
        let (status, answered, takeover) = ask(house, headers);
        assert_eq!(status, 101);
        // The example of RFC 6455, 1.3.
        assert_eq!(answered["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(!answered.contains_key("content-length"));
        let takeover = takeover.expect("a takeover");
        let stream = house.wait(async {
            let (ours, theirs) = duplex(1 << 20);
            tokio::spawn(run(takeover, theirs));
            WebSocketStream::from_raw_socket(ours, Role::Client, None).await
        });
        Self { house, stream }
    }

    fn of(house: &'h House, who: &Who) -> Self {
        Self::open(house, &[("authorization", &who.authorization())])
    }

    fn say(&mut self, messages: &Value) {
        let text = messages.to_string();
        self.house
            .wait(self.stream.send(Message::text(text)))
            .expect("sent");
    }

    /// The next messages; nothing at the end.
    fn hear(&mut self) -> Option<Vec<Value>> {
        loop {
            match self.house.wait(self.stream.next())? {
                Ok(Message::Text(text)) => return serde_json::from_str(text.as_str()).expect("an array"),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    fn handshake(&mut self, ext: &Value) -> Value {
        self.say(&json!([{"channel": "/meta/handshake", "ext": ext, "id": 1}]));
        self.hear().expect("an answer").remove(0)
    }
}

async fn run(takeover: Takeover, stream: impl Stream + 'static) {
    takeover.run(stream).await;
}

#[test]
fn what_happens_is_told_at_once_and_the_wait_goes_on() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin, json!({"name": "d"}));
    let mut socket = Socket::of(&house, &admin);
    let id = socket.handshake(&json!({}))["clientId"].clone();
    socket.say(&json!([
        {"channel": "/meta/subscribe", "clientId": id, "subscription": format!("/measurements/{device}")},
        {"channel": "/meta/connect", "clientId": id, "connectionType": "websocket", "id": 3},
    ]));
    assert_eq!(socket.hear().expect("an answer")[0]["successful"], true);
    for value in 1..=3 {
        let measurement = measure(&house, &admin, &device, value);
        let told = socket.hear().expect("a notification");
        assert_eq!(told[0]["data"]["data"]["id"], json!(measurement), "{told:?}");
    }
    // A second wait takes the place of the first, which is answered.
    socket.say(&json!([{"channel": "/meta/connect", "clientId": id, "id": 4, "advice": {"timeout": 0}}]));
    assert_eq!(socket.hear().expect("the first")[0]["id"], 3);
    assert_eq!(socket.hear().expect("the second")[0]["id"], 4);
}

#[test]
fn a_browser_signs_in_inside_of_the_handshake() {
    let house = House::new();
    let admin = house.admin("t100");
    // The page may be one of another site: it has its credential from its user.
    let mut socket = Socket::open(&house, &[("origin", "https://elsewhere.example")]);
    socket.say(&json!([{"channel": "/meta/connect", "clientId": "x"}]));
    assert_eq!(
        socket.hear().expect("an answer")[0]["error"],
        "403::Handshake denied"
    );
    let token = STANDARD.encode(format!("t100/{}:{}", admin.name, admin.password));
    let shaken = socket.handshake(&json!({"com.cumulocity.authn": {"token": token}}));
    assert_eq!(shaken["successful"], true, "{shaken}");
}

#[test]
fn a_wrong_credential_in_the_handshake_ends_the_conversation() {
    // R050
    let house = House::new();
    let mut socket = Socket::open(&house, &[]);
    let token = STANDARD.encode("t100/admin:not it");
    let shaken = socket.handshake(&json!({"com.cumulocity.authn": {"token": token}}));
    assert_eq!(
        (&shaken["successful"], &shaken["error"]),
        (&json!(false), &json!("403::Handshake denied"))
    );
    assert_eq!(socket.hear(), None);
}

#[test]
fn a_page_of_another_site_cannot_use_what_the_browser_keeps() {
    // R050
    let house = House::new();
    let admin = house.admin("t100").authorization();
    let (status, _, takeover) = ask(
        &house,
        &[("authorization", &admin), ("origin", "https://elsewhere.example")],
    );
    assert_eq!((status.as_u16(), takeover.is_none()), (403, true));
    let (status, ..) = ask(
        &house,
        &[("authorization", &admin), ("origin", "https://t100.example.org")],
    );
    assert_eq!(status, 101);
    let (status, ..) = ask(&house, &[("authorization", "Basic dDEwMC9hZG1pbjp4")]);
    assert_eq!(status, 401);
}

#[test]
fn a_request_that_is_no_upgrade_gets_no_websocket() {
    let house = House::new();
    let admin = house.admin("t100");
    let answer = house.get(&admin, "/notification/realtime").expect(426);
    assert_eq!(answer.header("upgrade"), "websocket");
    house
        .send(house.stranger("GET", "/notification/realtime"), Value::Null)
        .expect(401);
    let half = house
        .stranger("GET", "/notification/realtime")
        .header("upgrade", "websocket");
    house.send(half, Value::Null).expect(401);
}

#[test]
fn a_session_ends_with_its_websocket_and_garbage_harms_nothing() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin, json!({"name": "d"}));
    let mut socket = Socket::of(&house, &admin);
    for garbage in ["", "{", "7", "[7]", "[[]]"] {
        house
            .wait(socket.stream.send(Message::text(garbage)))
            .expect("sent");
        assert_eq!(
            socket.hear().expect("an answer")[0]["successful"],
            false,
            "{garbage}"
        );
    }
    let id = socket.handshake(&json!({}))["clientId"].clone();
    let say = |kind: &str| {
        let message = json!([{"channel": format!("/meta/{kind}"), "clientId": id, "subscription": "/events/*", "advice": {"timeout": 0}}]);
        house
            .post(&admin, "/notification/realtime", message)
            .expect(200)
            .json()
    };
    assert_eq!(say("subscribe")[0]["successful"], true);
    house.wait(socket.stream.close(None)).expect("closed");
    while socket.hear().is_some() {}
    made(&house, &admin, "/event/events", document(&device));
    assert_eq!(say("connect")[0]["error"], "402::Unknown client");
}
