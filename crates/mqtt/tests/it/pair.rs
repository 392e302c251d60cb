//! A session between a client's bytes and a broker that says yes unless a test says otherwise.

use mqtt::exchange::{Accepted, Cause, Connect, End, Input, Output, PublishAnswer, PublishHandle};
use mqtt::limits::Limits;
use mqtt::message::{Delivery, DeliveryId, Properties, Qos};
use mqtt::session::Session;
use mqtt::session::state::SessionState;
use mqtt::topic::TopicName;
use std::time::Duration;

pub(crate) struct Pair {
    pub(crate) session: Session,
    pub(crate) now: Duration,
    /// What came out and has not been looked at; bytes for the client apart.
    pub(crate) outputs: Vec<Output>,
    pub(crate) sent: Vec<u8>,
}

pub(crate) const V3: u8 = 4;
pub(crate) const V5: u8 = 5;

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

impl Pair {
    pub(crate) fn new() -> Self {
        let now = seconds(1000);
        Self {
            session: Session::new(now),
            now,
            outputs: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// A client that has been let in with the default terms.
    pub(crate) fn open(level: u8) -> Self {
        Self::open_with(&connect(level), Limits::DEFAULT, None)
    }

    pub(crate) fn open_with(hello: &[u8], limits: Limits, resumed: Option<SessionState>) -> Self {
        Self::open_asking(hello, limits, resumed, false)
    }

    /// The same where the broker has something to forget of messages that are released.
    pub(crate) fn open_asking(
        hello: &[u8],
        limits: Limits,
        resumed: Option<SessionState>,
        asks_releases: bool,
    ) -> Self {
        let mut pair = Self::new();
        pair.bytes(hello);
        pair.question();
        pair.input(Input::Accepted(Box::new(Accepted {
            limits,
            client_id: None,
            resumed,
            asks_releases,
        })));
        assert_eq!(pair.sent.first(), Some(&0x20), "{:?}", pair.outputs);
        pair
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        for output in self.session.handle(input, self.now) {
            match output {
                Output::Send(bytes) => {
                    self.sent.extend_from_slice(&bytes);
                }
                other => self.outputs.push(other),
            }
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.input(Input::Bytes(bytes));
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        self.now += time;
        self.input(Input::Time);
    }

    /// What has been sent to the client since the last look.
    pub(crate) fn sent(&mut self) -> Vec<u8> {
        let sent = std::mem::take(&mut self.sent);
        self.input(Input::Sent(sent.len()));
        sent
    }

    pub(crate) fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    pub(crate) fn question(&mut self) -> Connect {
        match self.outputs().pop() {
            Some(Output::Connect(connect)) => *connect,
            other => panic!("no question: {other:?}"),
        }
    }

    /// The one message that the broker is asked about.
    pub(crate) fn message(&mut self) -> (PublishHandle, mqtt::message::Message) {
        match self.outputs().as_mut_slice() {
            [Output::Publish(handle, message)] => (*handle, (**message).clone()),
            other => panic!("not one message: {other:?}"),
        }
    }

    pub(crate) fn answer(&mut self, handle: PublishHandle, answer: PublishAnswer) {
        self.input(Input::Published(handle, answer));
    }

    pub(crate) fn end(&mut self) -> End {
        match self.outputs().pop() {
            Some(Output::End(end)) => *end,
            other => panic!("no end: {other:?}"),
        }
    }

    pub(crate) fn cause(&mut self) -> Cause {
        self.end().cause
    }

    pub(crate) fn deliver(&mut self, id: u64, topic: &str, payload: &[u8], qos: Qos) {
        self.input(Input::Deliver(Box::new(delivery(id, topic, payload, qos))));
    }
}

pub(crate) fn delivery(id: u64, topic: &str, payload: &[u8], qos: Qos) -> Delivery {
    Delivery {
        id: DeliveryId(id),
        topic: TopicName::parse(topic).unwrap(),
        payload: payload.to_vec(),
        qos,
        retain: false,
        properties: Properties::default(),
        subscriptions: Vec::new(),
    }
}

/// A packet with its length in as few bytes as possible.
pub(crate) fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut bytes = vec![first];
    let mut length = body.len();
    loop {
        let more = if length > 127 { 0x80 } else { 0 };
        bytes.push((length % 128) as u8 | more);
        length /= 128;
        if length == 0 {
            return [bytes, body].concat();
        }
    }
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

/// A clean CONNECT of `dev1` with a keep-alive of 60 s.
pub(crate) fn connect(level: u8) -> Vec<u8> {
    connect_with(level, 0x02, &[], &[&text("dev1")])
}

/// Properties are written for 5.0 only.
pub(crate) fn connect_with(level: u8, flags: u8, properties: &[u8], payload: &[&[u8]]) -> Vec<u8> {
    let length = [properties.len() as u8];
    let about = if level == V5 {
        [&length[..], properties].concat()
    } else {
        Vec::new()
    };
    packet(
        0x10,
        &[b"\0\x04MQTT", &[level, flags, 0, 60], &about, &payload.concat()],
    )
}

/// A PUBLISH; `flags` are those of the first byte.
pub(crate) fn publish(
    level: u8,
    flags: u8,
    topic: &str,
    id: u16,
    properties: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let id = if flags & 0x06 == 0 {
        Vec::new()
    } else {
        id.to_be_bytes().to_vec()
    };
    let length = [properties.len() as u8];
    let about = if level == V5 {
        [&length[..], properties].concat()
    } else {
        Vec::new()
    };
    packet(0x30 | flags, &[&text(topic), &id, &about, payload])
}

pub(crate) fn subscribe(level: u8, id: u16, filters: &[(&str, u8)]) -> Vec<u8> {
    let about: &[u8] = if level == V5 { &[0] } else { &[] };
    let filters: Vec<u8> = filters
        .iter()
        .flat_map(|(f, options)| [text(f), vec![*options]].concat())
        .collect();
    packet(0x82, &[&id.to_be_bytes(), about, &filters])
}
