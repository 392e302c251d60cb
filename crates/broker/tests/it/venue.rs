//! A house with a broker in it, and clients that come over streams in memory.

use crate::client::{Client, Hello};
use broker::broker::{Arrival, Broker};
use engine::certificates::Chain;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Mutex;
use testkit::house::{House, Who};
use tokio::io::duplex;
use tokio::task::AbortHandle;

/// The address of a client that does not say otherwise.
const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// What a stream holds in each direction, in bytes.
const STREAM_BYTES: usize = 64 << 10;

pub(crate) struct Venue {
    pub(crate) house: House,
    pub(crate) broker: Broker,
    /// What serves the connections.
    serving: Mutex<Vec<AbortHandle>>,
}

impl Venue {
    pub(crate) fn new() -> Self {
        let house = House::new();
        let door = house.door.clone();
        let broker = house.wait(async { Broker::new(door) });
        Self {
            house,
            broker,
            serving: Mutex::default(),
        }
    }

    /// The program stops in good order and comes up again on the same data.
    pub(crate) fn restart(&mut self) {
        self.broker.stop();
        self.house.wait(self.broker.settle());
        self.house.restart(|engines| engines);
        let door = self.house.door.clone();
        self.broker = self.house.wait(async { Broker::new(door) });
    }

    /// The program is killed: whatever it was about to do is not done. [`Venue::comes_up`] follows.
    pub(crate) fn is_killed(&self) {
        for serving in self.serving.lock().expect("not poisoned").drain(..) {
            serving.abort();
        }
    }

    /// The program comes up again on what is stored.
    pub(crate) fn comes_up(&mut self) {
        self.house.restart(|engines| engines);
        let door = self.house.door.clone();
        self.broker = self.house.wait(async { Broker::new(door) });
        self.house.wait(self.broker.take_up()).expect("taken up");
    }

    /// Waits until every connection has come to its end.
    pub(crate) fn until_nobody_is_connected(&self) {
        let patience = std::time::Duration::from_secs(20);
        let settled = async { tokio::time::timeout(patience, self.broker.idle()).await };
        self.house.wait(settled).expect("in time");
    }

    /// The user of a device, as registration makes it.
    pub(crate) fn device(&self, tenant: &str, id: &str) -> Who {
        self.house.device(tenant, &format!("device_{id}"))
    }

    /// A connection on which nothing was said yet.
    pub(crate) fn dial(&self, level: u8) -> Client<'_> {
        self.dial_from(level, ADDRESS)
    }

    /// The same from another address.
    pub(crate) fn dial_from(&self, level: u8, address: IpAddr) -> Client<'_> {
        self.dial_as(level, self.broker.arrive(address).expect("a place"))
    }

    /// The same with a certificate of which the client has proved to hold the key.
    pub(crate) fn dial_with(&self, level: u8, certificates: Chain) -> Client<'_> {
        let arrival = self.broker.arrive(ADDRESS).expect("a place");
        self.dial_as(level, arrival.with_certificates(Some(certificates)))
    }

    fn dial_as(&self, level: u8, arrival: Arrival) -> Client<'_> {
        let (near, far) = duplex(STREAM_BYTES);
        let broker = self.broker.clone();
        let serving = self.house.wait(async {
            let serving = tokio::spawn(async move { broker.serve(arrival, far).await });
            serving.abort_handle()
        });
        self.serving.lock().expect("not poisoned").push(serving);
        Client::new(self, near, level)
    }

    /// What becomes of a CONNECT: its code, and whether there was a session.
    pub(crate) fn try_connect(&self, level: u8, hello: &Hello) -> (Client<'_>, (u8, bool)) {
        let mut client = self.dial(level);
        client.hello(hello);
        let answer = client.connack();
        (client, answer)
    }

    /// A client that was let in.
    pub(crate) fn connect(&self, level: u8, hello: &Hello) -> Client<'_> {
        let (client, (code, _)) = self.try_connect(level, hello);
        assert_eq!(code, 0);
        client
    }

    /// The device itself, with a clean start.
    pub(crate) fn connect_device(&self, level: u8, id: &str, who: &Who) -> Client<'_> {
        self.connect(level, &Hello::of(level, id, who))
    }

    /// The id of the object behind a serial number, as the administrator sees it.
    pub(crate) fn object(&self, tenant: &str, serial: &str) -> Option<String> {
        let path = format!("/identity/externalIds/c8y_Serial/{serial}");
        let reply = self.house.get(&self.house.admin(tenant), &path);
        let found = reply.status.is_success();
        found.then(|| {
            reply.json()["managedObject"]["id"]
                .as_str()
                .expect("an id")
                .to_owned()
        })
    }

    /// The texts of all events about a serial number, the oldest first.
    pub(crate) fn events(&self, tenant: &str, serial: &str) -> Vec<String> {
        let Some(source) = self.object(tenant, serial) else {
            return Vec::new();
        };
        let path = format!("/event/events?source={source}&pageSize=2000&revert=true");
        let reply = self.house.get(&self.house.admin(tenant), &path);
        let events = reply.json()["events"].as_array().expect("a list").clone();
        events
            .iter()
            .map(|event| event["text"].as_str().expect("text").to_owned())
            .collect()
    }

    /// How many measurements there are of a serial number.
    pub(crate) fn measurements(&self, tenant: &str, serial: &str) -> usize {
        let source = self.object(tenant, serial).expect("the device");
        let path = format!("/measurement/measurements?source={source}&pageSize=2000");
        let reply = self.house.get(&self.house.admin(tenant), &path);
        reply.json()["measurements"].as_array().expect("a list").len()
    }

    /// Asks something of a device; gives the operation's id.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a body is written where it is sent: json!(...)"
    )]
    pub(crate) fn ask_of(&self, tenant: &str, serial: &str, fragment: &str, what: Value) -> String {
        let device = self.object(tenant, serial).expect("the device");
        let body = json!({ "deviceId": device, fragment: what });
        let reply = self
            .house
            .post(&self.house.admin(tenant), "/devicecontrol/operations", body);
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["id"].as_str().expect("an id").to_owned()
    }
}
