//! MQTT: whatever a client sends, in whatever portions, while the broker answers, delivers and the clock goes on. The
//! session neither panics nor holds more than it states, says that it is over once, and leaves a state that it can take
//! up again.

use arbitrary::{Arbitrary, Unstructured};
use mqtt::exchange::{Accepted, Input, Output, PublishAnswer, PublishHandle, RequestHandle};
use mqtt::limits::{Limits, MEMORY_BYTES_MAX};
use mqtt::message::{Delivery, DeliveryId, Properties, Qos};
use mqtt::reason::{ConnectRefusal, Disconnect, PublishRefusal, SubscribeRefusal, Unsubscribed};
use mqtt::session::Session;
use mqtt::topic::TopicName;
use std::collections::VecDeque;
use std::time::Duration;

/// What happens next.
#[derive(Arbitrary, Debug)]
enum Step {
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// A packet with a length that fits, so that more than the header is reached.
    Packet(u8, Vec<u8>),
    /// The broker lets the client in, or not.
    Connect(bool),
    /// The oldest question about a message is answered; what is to be forgotten, if there is none.
    Answer(u8),
    /// The oldest question about subscriptions is answered.
    Follow(u8),
    /// A message for the client.
    Deliver { qos: u8, size: u16 },
    /// The transport takes what it was given.
    Sent,
    /// Seconds go by.
    Wait(u8),
    /// The broker ends it.
    Disconnect,
    /// The transport is gone; the client comes back and takes up what was left.
    ComeBack,
}

/// What the broker still owes to the session.
#[derive(Default)]
struct Owed {
    messages: VecDeque<PublishHandle>,
    releases: VecDeque<u16>,
    follows: VecDeque<(RequestHandle, usize)>,
    leaves: VecDeque<(RequestHandle, usize)>,
    is_asked: bool,
    sent: usize,
    ends: usize,
}

impl Owed {
    fn note(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            let is_about_delivery = matches!(output, Output::Settled(..) | Output::NoRoom(_));
            assert!(self.ends == 0 || is_about_delivery, "after the end: {output:?}");
            match output {
                Output::Send(bytes) => self.sent += bytes.len(),
                Output::Connect(_) => {
                    assert!(!self.is_asked, "one CONNECT");
                    self.is_asked = true;
                }
                Output::Publish(handle, _) => self.messages.push_back(handle),
                Output::Release(id) => self.releases.push_back(id),
                Output::Subscribe(handle, filters) => self.follows.push_back((handle, filters.len())),
                Output::Unsubscribe(handle, filters) => self.leaves.push_back((handle, filters.len())),
                Output::End(_) => self.ends += 1,
                Output::Settled(..) | Output::NoRoom(_) | Output::Room => {}
            }
        }
    }
}

const QOS: [Qos; 3] = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce];

fn limits() -> Limits {
    Limits {
        session_expiry_seconds_max: 3600,
        ..Limits::DEFAULT
    }
}

fn answer(kind: u8) -> PublishAnswer {
    match kind % 5 {
        0 => PublishAnswer::Accepted,
        1 => PublishAnswer::NoSubscribers,
        2 => PublishAnswer::Again(Disconnect::QuotaExceeded),
        3 => PublishAnswer::Refused(PublishRefusal::Unspecified, None),
        _ => PublishAnswer::Refused(PublishRefusal::NotAuthorized, Some("no".to_owned())),
    }
}

/// Takes what happens from these bytes.
pub fn check(bytes: &[u8]) {
    let Ok(steps) = Vec::<Step>::arbitrary_take_rest(Unstructured::new(bytes)) else {
        return;
    };
    let mut now = Duration::from_secs(1);
    let mut session = Session::new(now);
    let mut owed = Owed::default();
    let mut left = None;
    let topic = TopicName::parse("s/ds").expect("a topic");
    for (number, step) in steps.into_iter().enumerate() {
        let outputs = match step {
            Step::Bytes(bytes) if session.wants_bytes() => session.handle(Input::Bytes(&bytes), now),
            Step::Packet(first, body) if session.wants_bytes() => {
                let length = body.len().min(16_000);
                let mut packet = vec![first];
                match u8::try_from(length) {
                    Ok(short) if short < 128 => packet.push(short),
                    _ => packet.extend([(length % 128) as u8 | 128, (length / 128) as u8]),
                }
                packet.extend_from_slice(&body[..length]);
                session.handle(Input::Bytes(&packet), now)
            }
            Step::Connect(yes) if owed.is_asked => {
                let accepted = Accepted {
                    limits: limits(),
                    client_id: Some("given".to_owned()),
                    resumed: left.take(),
                    asks_releases: number % 2 == 0,
                };
                let answer = if yes {
                    Input::Accepted(Box::new(accepted))
                } else {
                    Input::Refused(ConnectRefusal::NotAuthorized, Some("no".to_owned()))
                };
                owed.is_asked = false;
                // A second CONNECT is a fault of the client, so the question never comes again.
                session.handle(answer, now)
            }
            Step::Answer(kind) => {
                let Some(handle) = owed.messages.pop_front() else {
                    if let Some(id) = owed.releases.pop_front() {
                        owed.note(session.handle(Input::Released(id), now));
                    }
                    continue;
                };
                session.handle(Input::Published(handle, answer(kind)), now)
            }
            Step::Follow(kind) => {
                if let Some((handle, count)) = owed.follows.pop_front() {
                    let answer = match kind % 4 {
                        3 => Err(SubscribeRefusal::NotAuthorized),
                        qos => Ok(QOS[usize::from(qos)]),
                    };
                    session.handle(Input::Subscribed(handle, vec![answer; count]), now)
                } else if let Some((handle, count)) = owed.leaves.pop_front() {
                    session.handle(Input::Unsubscribed(handle, vec![Unsubscribed::Done; count]), now)
                } else {
                    continue;
                }
            }
            Step::Deliver { qos, size } => {
                let delivery = Delivery {
                    id: DeliveryId(number as u64),
                    topic: topic.clone(),
                    payload: vec![b'x'; usize::from(size)],
                    qos: QOS[usize::from(qos % 3)],
                    retain: false,
                    properties: Properties::default(),
                    subscriptions: Vec::new(),
                };
                session.handle(Input::Deliver(Box::new(delivery)), now)
            }
            Step::Sent => session.handle(Input::Sent(std::mem::take(&mut owed.sent)), now),
            Step::Wait(seconds) => {
                now += Duration::from_secs(seconds.into());
                session.handle(Input::Time, now)
            }
            Step::Disconnect => session.handle(Input::Disconnect(Disconnect::ShuttingDown, None), now),
            Step::ComeBack => {
                owed.note(session.handle(Input::Closed, now));
                assert!(session.is_over());
                for (kind, handle) in (0..=u8::MAX)
                    .cycle()
                    .skip(number)
                    .zip(std::mem::take(&mut owed.messages))
                {
                    owed.note(session.handle(Input::Published(handle, answer(kind)), now));
                }
                if session.unanswered() == 0 {
                    left = Some(session.state(now));
                }
                session = Session::new(now);
                owed = Owed::default();
                continue;
            }
            Step::Bytes(_) | Step::Packet(..) | Step::Connect(_) => continue,
        };
        owed.note(outputs);
        assert!(
            session.held_bytes() <= MEMORY_BYTES_MAX,
            "{}",
            session.held_bytes()
        );
        assert_eq!(session.is_over(), owed.ends == 1);
    }
}
