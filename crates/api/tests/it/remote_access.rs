//! Remote access: configurations, and sessions between a user and a device over WebSockets in memory.

mod configurations;
mod keys;
mod limits;
mod rights;

use api::{Stream, Takeover};
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use model::roles::Role;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use testkit::house::{House, Who};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role as Side;

const SESSIONS: &str = "/service/remoteaccess/sessions";
/// Longer than anything that is waited for takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Whoever must not be connected any more is cut within this.
const CUT_WITHIN: Duration = Duration::from_secs(5);
const ROLES: [Role; 4] = [
    Role::RemoteAccessAdmin,
    Role::DeviceControlAdmin,
    Role::DeviceControlRead,
    Role::InventoryRead,
];

/// A tenant with a device that is an agent, a configuration of it, and an administrator of remote access.
struct Scene {
    house: House,
    admin: Who,
    operator: Who,
    device: Who,
    object: String,
    configuration: String,
}

fn configurations(object: &str) -> String {
    format!("/service/remoteaccess/devices/{object}/configurations")
}

/// An agent of its own user.
fn agent(house: &House, name: &str) -> (Who, String) {
    let device = house.device("t100", &format!("device_{name}"));
    let body = json!({"name": name, "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}});
    let made = house
        .post(&device, "/inventory/managedObjects", body)
        .expect(201)
        .json();
    (device, made["id"].as_str().expect("an id").to_owned())
}

pub(crate) fn configure(house: &House, who: &Who, object: &str) -> String {
    let body = json!({"name": "ssh", "hostname": "127.0.0.1", "port": 22, "protocol": "PASSTHROUGH"});
    let made = house.post(who, &configurations(object), body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

impl Scene {
    fn new() -> Self {
        let house = House::new();
        let admin = house.admin("t100");
        let operator = house.person("t100", "operator", &ROLES);
        let (device, object) = agent(&house, "d1");
        let configuration = configure(&house, &operator, &object);
        Self {
            house,
            admin,
            operator,
            device,
            object,
            configuration,
        }
    }

    fn client_path(&self) -> String {
        format!(
            "/service/remoteaccess/client/{}/configurations/{}",
            self.object, self.configuration
        )
    }

    fn open(&self) -> Socket<'_> {
        Socket::open(&self.house, &self.client_path(), &self.operator, &[])
    }

    /// The newest operation that asks the device to connect.
    fn asked(&self) -> Value {
        let path = format!("/devicecontrol/operations?deviceId={}&pageSize=100", self.object);
        let found = self.house.get(&self.device, &path).expect(200).json();
        let all = found["operations"].as_array().expect("operations");
        let mut asking = all
            .iter()
            .filter(|one| one.get("c8y_RemoteAccessConnect").is_some());
        asking.next_back().expect("an operation").clone()
    }

    fn key(&self) -> String {
        let key = &self.asked()["c8y_RemoteAccessConnect"]["connectionKey"];
        key.as_str().expect("a key").to_owned()
    }

    fn connect(&self) -> Socket<'_> {
        Socket::open(&self.house, &device_path(&self.key()), &self.device, &BINARY)
    }

    fn recorded(&self, activity: &str) -> Vec<String> {
        let path = "/audit/auditRecords?type=RemoteAccess&pageSize=2000";
        let found = self.house.get(&self.admin, path).expect(200).json();
        let records = found["auditRecords"].as_array().expect("records");
        let told = records.iter().filter(|record| record["activity"] == activity);
        told.map(|record| record["text"].as_str().expect("text").to_owned())
            .collect()
    }

    /// Waits until the end of a session is recorded: that comes after both ends were told.
    fn end(&self) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(end) = self.recorded("Remote access ended").pop() {
                return end;
            }
            assert!(Instant::now() < until, "no end was recorded");
            self.house.wait(tokio::task::yield_now());
        }
    }
}

const BINARY: [(&str, &str); 1] = [("sec-websocket-protocol", "binary")];

fn device_path(key: &str) -> String {
    format!("/service/remoteaccess/device/{key}")
}

/// One end's WebSocket.
struct Socket<'h> {
    house: &'h House,
    headers: HeaderMap,
    stream: WebSocketStream<DuplexStream>,
}

type Asked = (StatusCode, HeaderMap, String, Option<Takeover>);

fn ask(house: &House, path: &str, who: &Who, headers: &[(&str, &str)]) -> Asked {
    let mut request = Request::get(path)
        .header("host", "t100.example.org")
        .header("authorization", who.authorization())
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<bytes::Bytes>::new()).expect("a request");
    house.wait(async {
        let mut answer = house.api.handle(request, Ipv4Addr::LOCALHOST.into()).await;
        let takeover = answer.extensions_mut().remove::<Takeover>();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(body.to_vec()).expect("text");
        (status, headers, text, takeover)
    })
}

async fn run(takeover: Takeover, stream: impl Stream + 'static) {
    takeover.run(stream).await;
}

impl<'h> Socket<'h> {
    fn open(house: &'h House, path: &str, who: &Who, headers: &[(&str, &str)]) -> Self {
        Self::with_room(house, path, who, headers, 1 << 20)
    }

    /// With so many bytes under way at most.
    fn with_room(house: &'h House, path: &str, who: &Who, headers: &[(&str, &str)], room: usize) -> Self {
        let (status, headers, text, takeover) = ask(house, path, who, headers);
        assert_eq!(status, 101, "{text}");
        let takeover = takeover.expect("a takeover");
        let stream = house.wait(async {
            let (ours, theirs) = duplex(room);
            tokio::spawn(run(takeover, theirs));
            WebSocketStream::from_raw_socket(ours, Side::Client, None).await
        });
        Self {
            house,
            headers,
            stream,
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        self.house
            .wait(self.stream.send(Message::binary(bytes.to_vec())))
            .expect("sent");
    }

    /// The next bytes; the code and reason with which it was closed otherwise.
    fn hear(&mut self) -> Result<Vec<u8>, (u16, String)> {
        loop {
            let next = async { tokio::time::timeout(PATIENCE, self.stream.next()).await };
            match self.house.wait(next).expect("something comes") {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes.to_vec()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err((frame.code.into(), frame.reason.as_str().to_owned()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err((0, String::new())),
                Some(Ok(_)) => {}
            }
        }
    }

    fn close(mut self) {
        self.house.wait(async {
            let _ = self.stream.close(None).await;
        });
    }
}

// R080
#[test]
fn what_both_ends_send_is_passed_on_until_one_of_them_closes() {
    let scene = Scene::new();
    let mut user = scene.open();
    assert!(!user.headers.contains_key("sec-websocket-protocol"));
    // What is sent before the device is there is not lost.
    user.say(b"early");
    let asked = scene.asked();
    let connect = &asked["c8y_RemoteAccessConnect"];
    assert_eq!(
        (&connect["hostname"], &connect["port"]),
        (&json!("127.0.0.1"), &json!(22))
    );
    assert_eq!(asked["status"], "PENDING");
    assert_eq!(scene.key().len(), 36);
    let mut device = scene.connect();
    // What agents look for in the answer.
    assert_eq!(device.headers["sec-websocket-protocol"], "binary");
    assert_eq!(device.headers["connection"], "Upgrade");
    assert_eq!(device.hear(), Ok(b"early".to_vec()));
    device.say(b"banner");
    assert_eq!(user.hear(), Ok(b"banner".to_vec()));
    let large: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    user.say(&large);
    assert_eq!(device.hear(), Ok(large));

    let sessions = scene.house.get(&scene.operator, SESSIONS).expect(200).json();
    let [session] = sessions.as_array().expect("a list").as_slice() else {
        panic!("one session: {sessions}")
    };
    crate::users::assert_documented("RemoteSession", session);
    assert_eq!(session["id"], asked["id"]);
    assert_eq!(
        (&session["user"], &session["deviceId"]),
        (&json!("operator"), &json!(scene.object))
    );
    assert_eq!(
        (&session["bytesFromUser"], &session["bytesFromDevice"]),
        (&json!(200_005), &json!(6))
    );

    device.say(b"last words");
    device.close();
    assert_eq!(user.hear(), Ok(b"last words".to_vec()));
    assert_eq!(user.hear(), Err((1000, "closed by the device".to_owned())));
    let end = scene.end();
    assert!(
        end.contains("closed by the device; 200005 bytes from the user, 16 from the device"),
        "{end}"
    );
    assert_eq!(scene.recorded("Remote access requested").len(), 1);
    assert_eq!(scene.recorded("Remote access connected").len(), 1);
    assert_eq!(
        scene.house.get(&scene.operator, SESSIONS).expect(200).json(),
        json!([])
    );
}

#[test]
fn a_user_that_closes_leaves_nobody_connected() {
    let scene = Scene::new();
    let user = scene.open();
    let mut device = scene.connect();
    user.close();
    assert_eq!(device.hear(), Err((1000, "closed by the user".to_owned())));
    assert!(scene.end().contains("closed by the user"));
}

#[test]
fn a_client_that_offers_the_sub_protocol_gets_it() {
    let scene = Scene::new();
    let user = Socket::open(&scene.house, &scene.client_path(), &scene.operator, &BINARY);
    assert_eq!(user.headers["sec-websocket-protocol"], "binary");
}

// R080: the device has a say of its own.
#[test]
fn a_device_may_refuse() {
    let scene = Scene::new();
    let mut user = scene.open();
    let id = scene.asked()["id"].as_str().expect("an id").to_owned();
    let body = json!({"status": "FAILED", "failureReason": "not now"});
    scene
        .house
        .put(&scene.device, &format!("/devicecontrol/operations/{id}"), body)
        .expect(200);
    assert_eq!(user.hear(), Err((1008, "the device refused".to_owned())));
    let (status, ..) = ask(&scene.house, &device_path(&scene.key()), &scene.device, &BINARY);
    assert_eq!(status, 404);
}

#[test]
fn a_session_is_ended_by_hand() {
    let scene = Scene::new();
    let (mut user, id) = (
        scene.open(),
        scene.asked()["id"].as_str().expect("an id").to_owned(),
    );
    let mut device = scene.connect();
    let other = scene.house.person("t100", "other", &ROLES);
    scene
        .house
        .delete(&other, &format!("{SESSIONS}/{id}"))
        .expect(204);
    let reason = "ended by somebody with the right to".to_owned();
    assert_eq!(user.hear(), Err((1008, reason.clone())));
    assert_eq!(device.hear(), Err((1008, reason)));
    scene.end();
    scene
        .house
        .delete(&other, &format!("{SESSIONS}/{id}"))
        .expect(404);
}
