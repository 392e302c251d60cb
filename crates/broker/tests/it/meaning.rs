//! What messages mean, without sockets: a speaker says something, and what has become of it is read over REST.

mod alarms;
mod bootstrap;
mod custom;
mod events;
mod json;
mod measurements;
mod modes;
mod object;
mod operations;
mod rows;
mod software;
mod targets;
mod thin_edge;
mod together;

use broker::meaning::{Meaning, Outcome, Publication};
use broker::speaker::Speaker;
use engine::mqtt::Received;
use engine::sign_in::{BasicCredential, Claim};
use mqtt::reason::PublishRefusal;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use testkit::house::{House, Who};

/// Somebody who speaks over MQTT.
pub(crate) struct Client<'h> {
    pub(crate) house: &'h House,
    pub(crate) who: Who,
    pub(crate) meaning: Meaning,
    pub(crate) speaker: Speaker,
}

/// What a client was told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) sends_waiting: bool,
    pub(crate) taken: Result<(), PublishRefusal>,
}

impl Told {
    fn new(outcome: Outcome) -> Self {
        let text = |payload: Vec<u8>| String::from_utf8(payload).expect("text");
        let answers = outcome.answers.into_iter();
        Self {
            answers: answers
                .map(|answer| (answer.topic.to_string(), text(answer.payload)))
                .collect(),
            sends_waiting: outcome.sends_waiting,
            taken: outcome.taken,
        }
    }

    /// Fails the test unless the message was taken without a word.
    #[track_caller]
    pub(crate) fn silent(self) {
        assert_eq!(self.taken, Ok(()), "{:?}", self.answers);
        assert_eq!(self.answers, [], "something was said");
    }

    /// The one answer, which came on this topic.
    #[track_caller]
    pub(crate) fn one(&self, topic: &str) -> String {
        match self.answers.as_slice() {
            [(on, text)] if on == topic => text.clone(),
            other => panic!("one answer on {topic} is expected, not {other:?}"),
        }
    }

    /// The code and template of every error row.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<String> {
        let errors = self.answers.iter().filter(|(topic, _)| topic == "s/e");
        let rows = errors.flat_map(|(_, text)| text.lines());
        rows.map(|row| row.split(',').take(2).collect::<Vec<_>>().join(","))
            .collect()
    }
}

impl<'h> Client<'h> {
    /// A device user as a registered device has it.
    pub(crate) fn device(house: &'h House, tenant: &str, serial: &str) -> Self {
        let who = house.device(tenant, &format!("device_{serial}"));
        Self::of(house, who, serial)
    }

    /// Somebody with this client id.
    pub(crate) fn of(house: &'h House, who: Who, serial: &str) -> Self {
        let text = format!("{}/{}", who.tenant, who.name);
        let claim = Claim {
            credential: BasicCredential::from_parts(&text, &who.password)
                .expect("a credential")
                .into(),
            host: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            application: None,
        };
        let caller = house.wait(house.door.sign_in(claim)).expect("signed in");
        Self {
            house,
            who,
            meaning: Meaning::new(house.door.clone()),
            speaker: Speaker {
                caller,
                serial: serial.parse().expect("a serial number"),
                collection: None,
                by_certificate: false,
            },
        }
    }

    pub(crate) fn say(&self, topic: &str, payload: impl AsRef<[u8]>) -> Told {
        let publication = Publication {
            topic,
            payload: payload.as_ref(),
            packet_id: Some(7),
            received: None,
        };
        Told::new(self.house.wait(self.meaning.publish(&self.speaker, publication)))
    }

    /// The same with QoS 2, of which so many parts are done already.
    pub(crate) fn say_rest(&self, topic: &str, payload: &str, parts: u32) -> Told {
        let received = Received {
            device: self.speaker.serial.as_str().parse().expect("a device"),
            packet: 7,
            parts,
        };
        let publication = Publication {
            topic,
            payload: payload.as_bytes(),
            packet_id: Some(7),
            received: Some(&received),
        };
        Told::new(self.house.wait(self.meaning.publish(&self.speaker, publication)))
    }

    /// The object behind a serial number, as the administrator of the tenant sees it.
    #[track_caller]
    pub(crate) fn object(&self, serial: &str) -> Value {
        let id = self.id(serial);
        let admin = self.house.admin(&self.who.tenant);
        let path = format!("/inventory/managedObjects/{id}?withParents=true");
        self.house.get(&admin, &path).expect(200).json()
    }

    /// The id of the object behind a serial number.
    #[track_caller]
    pub(crate) fn id(&self, serial: &str) -> String {
        let found = self.find(serial).unwrap_or_else(|| panic!("no object {serial}"));
        found["managedObject"]["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn find(&self, serial: &str) -> Option<Value> {
        let admin = self.house.admin(&self.who.tenant);
        let reply = self
            .house
            .get(&admin, &format!("/identity/externalIds/c8y_Serial/{serial}"));
        (reply.status == 200).then(|| reply.json())
    }

    /// The documents of a list about the object behind a serial number.
    #[track_caller]
    pub(crate) fn list(&self, kind: &str, serial: &str) -> Vec<Value> {
        let (path, list) = match kind {
            "measurements" => ("/measurement/measurements", "measurements"),
            "events" => ("/event/events", "events"),
            _ => ("/alarm/alarms", "alarms"),
        };
        let admin = self.house.admin(&self.who.tenant);
        let path = format!("{path}?pageSize=2000&source={}", self.id(serial));
        let page = self.house.get(&admin, &path).expect(200).json();
        page[list].as_array().expect("a list").clone()
    }

    /// The only document of a list, without what the platform gives it.
    #[track_caller]
    pub(crate) fn only(&self, kind: &str, serial: &str) -> Value {
        let mut list = self.list(kind, serial);
        assert_eq!(list.len(), 1, "{list:?}");
        plain(list.remove(0))
    }
}

/// A document without what the platform gives it.
pub(crate) fn plain(mut document: Value) -> Value {
    let object = document.as_object_mut().expect("an object");
    for name in [
        "id",
        "self",
        "source",
        "creationTime",
        "lastUpdated",
        "owner",
        "additionParents",
        "assetParents",
        "deviceParents",
        "childDevices",
        "childAssets",
        "childAdditions",
        "history",
        "c8y_ActiveAlarmsStatus",
        "c8y_Availability",
        "c8y_Connection",
    ] {
        object.remove(name);
    }
    document
}
