//! A small MQTT client for tests: it writes packets by hand, so that it can also write wrong ones, and reads them one by
//! one. Everything waits for an event, and fails when none comes in time.

use crate::venue::Venue;
use std::time::Duration;
use testkit::house::Who;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// The protocol level of a CONNECT.
pub(crate) const V3: u8 = 4;
pub(crate) const V5: u8 = 5;

/// A text with its length.
pub(crate) fn text(text: &str) -> Vec<u8> {
    bytes(text.as_bytes())
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    let mut written = u16::try_from(bytes.len()).expect("short").to_be_bytes().to_vec();
    written.extend_from_slice(bytes);
    written
}

/// A packet of its first byte and its parts.
pub(crate) fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut packet = vec![first];
    let mut left = body.len();
    loop {
        let byte = (left % 128) as u8;
        left /= 128;
        packet.push(if left > 0 { byte | 0x80 } else { byte });
        if left == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// A CONNECT to be sent.
#[derive(Clone)]
pub(crate) struct Hello {
    level: u8,
    id: String,
    user: Option<String>,
    password: Option<String>,
    clean: bool,
    expiry: Option<u32>,
    receive_max: Option<u16>,
    will: Option<(String, String, u8)>,
    will_delay: u32,
    keep_alive: u8,
}

impl Hello {
    /// Of nobody, with a clean start.
    pub(crate) fn new(level: u8, id: &str) -> Self {
        Self {
            level,
            id: id.to_owned(),
            user: None,
            password: None,
            clean: true,
            expiry: None,
            receive_max: None,
            will: None,
            will_delay: 0,
            keep_alive: 60,
        }
    }

    /// Of somebody of the house.
    pub(crate) fn of(level: u8, id: &str, who: &Who) -> Self {
        Self::new(level, id).signed(&format!("{}/{}", who.tenant, who.name), &who.password)
    }

    pub(crate) fn signed(mut self, user: &str, password: &str) -> Self {
        self.user = Some(user.to_owned());
        self.password = Some(password.to_owned());
        self
    }

    /// With a session that outlives the connection.
    pub(crate) fn kept(mut self) -> Self {
        self.clean = false;
        self.expiry = Some(3_600);
        self
    }

    /// With a new session that outlives the connection for so many seconds.
    pub(crate) fn kept_for(mut self, seconds: u32) -> Self {
        self.expiry = Some(seconds);
        self
    }

    /// With a new session that outlives the connection.
    pub(crate) fn kept_anew(self) -> Self {
        Self {
            clean: true,
            ..self.kept()
        }
    }

    pub(crate) fn receive_max(mut self, most: u16) -> Self {
        self.receive_max = Some(most);
        self
    }

    pub(crate) fn will(mut self, topic: &str, payload: &str) -> Self {
        self.will = Some((topic.to_owned(), payload.to_owned(), 1));
        self
    }

    pub(crate) fn will_delay(mut self, seconds: u32) -> Self {
        self.will_delay = seconds;
        self
    }

    pub(crate) fn keep_alive(mut self, seconds: u8) -> Self {
        self.keep_alive = seconds;
        self
    }

    fn packet(&self) -> Vec<u8> {
        let mut flags = if self.clean { 2 } else { 0 };
        let mut rest = text(&self.id);
        if let Some((topic, payload, qos)) = &self.will {
            flags |= 4 | qos << 3;
            if self.level == V5 {
                rest.push(5);
                rest.push(0x18);
                rest.extend(self.will_delay.to_be_bytes());
            }
            rest.extend(text(topic));
            rest.extend(text(payload));
        }
        if let Some(user) = &self.user {
            flags |= 0x80;
            rest.extend(text(user));
        }
        if let Some(password) = &self.password {
            flags |= 0x40;
            rest.extend(text(password));
        }
        let mut properties = Vec::new();
        if let Some(seconds) = self.expiry {
            properties.push(0x11);
            properties.extend(seconds.to_be_bytes());
        }
        if let Some(most) = self.receive_max {
            properties.push(0x21);
            properties.extend(most.to_be_bytes());
        }
        properties.insert(0, properties.len() as u8);
        let properties = if self.level == V5 { properties } else { Vec::new() };
        packet(
            0x10,
            &[
                &text("MQTT"),
                &[self.level, flags, 0, self.keep_alive],
                &properties,
                &rest,
            ],
        )
    }
}

/// A packet that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) first: u8,
    pub(crate) body: Vec<u8>,
}

/// A message that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) topic: String,
    pub(crate) payload: String,
    pub(crate) qos: u8,
    pub(crate) id: u16,
    pub(crate) is_repeat: bool,
}

/// A client with an open connection.
pub(crate) struct Client<'v> {
    venue: &'v Venue,
    stream: DuplexStream,
    level: u8,
}

impl<'v> Client<'v> {
    pub(crate) fn new(venue: &'v Venue, stream: DuplexStream, level: u8) -> Self {
        Self { venue, stream, level }
    }

    pub(crate) fn hello(&mut self, hello: &Hello) {
        self.send(&hello.packet());
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.venue
            .house
            .wait(async { timeout(PATIENCE, self.stream.write_all(bytes)).await })
            .expect("in time")
            .expect("sent");
    }

    /// The next packet; nothing once the connection is closed.
    pub(crate) fn next(&mut self) -> Option<Came> {
        let stream = &mut self.stream;
        let read = async move {
            let first = stream.read_u8().await.ok()?;
            let (mut length, mut shift) = (0_usize, 0);
            loop {
                let byte = stream.read_u8().await.ok()?;
                length |= usize::from(byte & 0x7F) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.ok()?;
            Some(Came { first, body })
        };
        let came = self.venue.house.wait(async { timeout(PATIENCE, read).await });
        came.expect("something comes in time")
    }

    /// The next packet, which is of this kind.
    pub(crate) fn expect(&mut self, first: u8) -> Came {
        let came = self.next().expect("the connection is open");
        assert_eq!(came.first & 0xF0, first & 0xF0, "{came:?}");
        came
    }

    /// The code of the CONNACK, and whether there was a session.
    pub(crate) fn connack(&mut self) -> (u8, bool) {
        let came = self.expect(0x20);
        (came.body[1], came.body[0] == 1)
    }

    /// Nothing more comes, and the connection is closed.
    pub(crate) fn is_closed(&mut self) {
        let came = self.next();
        assert_eq!(came, None);
    }

    /// The reason of the DISCONNECT, before the connection is closed.
    pub(crate) fn farewell(&mut self) -> u8 {
        let came = self.expect(0xE0);
        self.is_closed();
        came.body[0]
    }

    fn none(&self) -> &'static [u8] {
        if self.level == V5 { &[0] } else { &[] }
    }

    pub(crate) fn publish(&mut self, qos: u8, id: u16, topic: &str, payload: &str) {
        self.publish_flagged(qos << 1, id, topic, payload);
    }

    /// With all flags: QoS, repetition, retain.
    pub(crate) fn publish_flagged(&mut self, flags: u8, id: u16, topic: &str, payload: &str) {
        let id = match flags & 6 {
            0 => Vec::new(),
            _ => id.to_be_bytes().to_vec(),
        };
        let parts: [&[u8]; 4] = [&text(topic), &id, self.none(), payload.as_bytes()];
        self.send(&packet(0x30 | flags, &parts));
    }

    /// Publishes with QoS 1 and waits for its confirmation; gives the reason, which 3.1.1 does not have.
    pub(crate) fn published(&mut self, topic: &str, payload: &str) -> u8 {
        self.publish(1, 1, topic, payload);
        let came = self.expect(0x40);
        came.body.get(2).copied().unwrap_or(0)
    }

    /// Subscribes; gives what was answered for each filter.
    pub(crate) fn subscribe(&mut self, filters: &[(&str, u8)]) -> Vec<u8> {
        let filters: Vec<u8> = filters
            .iter()
            .flat_map(|(filter, qos)| [text(filter), vec![*qos]].concat())
            .collect();
        self.send(&packet(0x82, &[&[0, 9], self.none(), &filters]));
        let came = self.expect(0x90);
        came.body[2 + self.none().len()..].to_vec()
    }

    pub(crate) fn unsubscribe(&mut self, filter: &str) {
        self.send(&packet(0xA2, &[&[0, 10], self.none(), &text(filter)]));
        self.expect(0xB0);
    }

    /// The next message, confirmed.
    pub(crate) fn told(&mut self) -> Told {
        let told = self.told_unconfirmed();
        if told.qos == 1 {
            self.send(&packet(0x40, &[&told.id.to_be_bytes()]));
        }
        told
    }

    pub(crate) fn told_unconfirmed(&mut self) -> Told {
        let Came { first, body } = self.expect(0x30);
        let length = usize::from(u16::from_be_bytes([body[0], body[1]]));
        let topic = String::from_utf8(body[2..2 + length].to_vec()).expect("text");
        let mut at = 2 + length;
        let qos = first >> 1 & 3;
        let mut id = 0;
        if qos > 0 {
            id = u16::from_be_bytes([body[at], body[at + 1]]);
            at += 2;
        }
        if self.level == V5 {
            at += 1 + usize::from(body[at]);
        }
        Told {
            topic,
            payload: String::from_utf8(body[at..].to_vec()).expect("text"),
            qos,
            id,
            is_repeat: first & 8 != 0,
        }
    }

    /// Nothing waits for the client: a question of its own is what is answered next.
    pub(crate) fn is_told_nothing(&mut self) {
        self.send(&[0xC0, 0]);
        self.expect(0xD0);
    }

    /// Says good-bye, and waits until the server has closed.
    pub(crate) fn leave(mut self) {
        self.send(&[0xE0, 0]);
        self.is_closed();
    }
}
