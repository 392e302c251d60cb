//! Messages from the client: each is asked about once, and confirmed only when the broker has answered, in the order
//! in which they came (4.6.0-2, 4.6.0-3).

use super::Session;
use crate::encode::{self, Step};
use crate::exchange::{Output, PublishAnswer, PublishHandle, Version};
use crate::limits::{Limits, REASON_BYTES_MAX, UNRELEASED_MAX};
use crate::message::Qos;
use crate::packet::Publish;
use crate::reason::{Disconnect, PublishRefusal};
use crate::topic::TopicName;
use std::collections::VecDeque;

/// What is known of messages from the client.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// Asked about and not yet confirmed, in order.
    open: VecDeque<Open>,
    /// The number of the first of them.
    first: u64,
    /// Bytes of those that wait for an answer.
    open_bytes: usize,
    /// Ids of QoS 2 that are committed and confirmed, but not yet released; sorted.
    committed: Vec<u16>,
    /// Ids of QoS 2 of which something has taken effect and nobody knows whether that was confirmed; sorted.
    begun: Vec<u16>,
    /// Ids that the broker is asked to forget.
    releasing: Vec<u16>,
    /// Whether the broker has something to forget.
    asks_releases: bool,
    /// Topics by alias, from 1.
    aliases: Vec<Option<TopicName>>,
}

#[derive(Debug)]
struct Open {
    id: u16,
    qos: Qos,
    bytes: usize,
    answer: Option<PublishAnswer>,
}

impl Received {
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.open.len() >= limits.unanswered_max || self.open_bytes >= limits.unanswered_bytes_max
    }

    pub(super) fn held_bytes(&self) -> usize {
        let aliases: usize = self
            .aliases
            .iter()
            .flatten()
            .map(|topic| topic.as_str().len())
            .sum();
        self.open_bytes
            + self.open.capacity() * size_of::<Open>()
            + (self.committed.capacity() + self.begun.capacity() + self.releasing.capacity()) * 2
            + self.aliases.capacity() * size_of::<Option<TopicName>>()
            + aliases
    }

    pub(super) fn open_count(&self) -> usize {
        self.open.iter().filter(|open| open.answer.is_none()).count()
    }

    pub(super) fn committed(&self) -> &[u16] {
        &self.committed
    }

    pub(super) fn restore(&mut self, committed: Vec<u16>, begun: Vec<u16>) {
        self.committed = sorted(committed);
        self.begun = sorted(begun);
    }

    /// Ids are forgotten only when the broker has forgotten them.
    pub(super) fn ask_releases(&mut self, asks: bool) {
        self.asks_releases = asks;
    }

    /// How many ids are not released yet.
    fn unreleased(&self) -> usize {
        self.committed.len() + self.begun.len()
    }

    /// Forgets an id, if it was known.
    fn release(&mut self, id: u16) -> bool {
        let was_committed = take(&mut self.committed, id);
        take(&mut self.begun, id) || was_committed
    }

    /// Aliases end with the connection; what is open may still be answered.
    pub(super) fn forget_connection(&mut self) {
        self.aliases = Vec::new();
    }

    fn is_open(&self, id: u16) -> bool {
        self.open
            .iter()
            .any(|open| open.id == id && open.qos != Qos::AtMostOnce)
    }

    fn is_committed(&self, id: u16) -> bool {
        self.committed.binary_search(&id).is_ok()
    }

    fn commit(&mut self, id: u16) {
        if let Err(at) = self.committed.binary_search(&id) {
            self.committed.insert(at, id);
        }
    }

    /// Messages under way that count for the receive maximum.
    fn under_way(&self) -> usize {
        self.unreleased()
            + self
                .open
                .iter()
                .filter(|open| open.qos != Qos::AtMostOnce)
                .count()
    }

    /// The topic that is meant, by name or by number (3.3.2-7 to 3.3.2-12).
    fn resolve(
        &mut self,
        topic: &str,
        alias: Option<u16>,
        aliases_max: u16,
    ) -> Result<TopicName, Disconnect> {
        if alias.is_some_and(|number| number == 0 || number > aliases_max) {
            return Err(Disconnect::TopicAlias);
        }
        let at = alias.map(|number| usize::from(number) - 1);
        if topic.is_empty() {
            let known = at.and_then(|at| self.aliases.get(at)).cloned().flatten();
            return known.ok_or(if alias.is_some() {
                Disconnect::TopicAlias
            } else {
                Disconnect::Protocol
            });
        }
        let topic = TopicName::parse(topic).map_err(|_| Disconnect::TopicName)?;
        if let Some(at) = at {
            if self.aliases.len() <= at {
                self.aliases.resize(at + 1, None);
            }
            if let Some(slot) = self.aliases.get_mut(at) {
                *slot = Some(topic.clone());
            }
        }
        Ok(topic)
    }
}

impl Session {
    /// Messages whose answers are outstanding. The state of a session is complete once there are none.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.received.open_count()
    }

    /// The packet id of a message that is not confirmed yet; none for QoS 0.
    #[must_use]
    pub fn packet_id(&self, handle: PublishHandle) -> Option<u16> {
        let at = usize::try_from(handle.0.checked_sub(self.received.first)?).ok()?;
        let open = self.received.open.get(at)?;
        (open.qos != Qos::AtMostOnce).then_some(open.id)
    }

    pub(super) fn take_publish(&mut self, publish: Publish) {
        let aliases_max = self.limits.topic_alias_max;
        let topic = match self.received.resolve(&publish.topic, publish.alias, aliases_max) {
            Ok(topic) => topic,
            Err(why) => return self.disconnect(why, None),
        };
        if publish.retain && !self.limits.retain && self.version == Version::V5_0 {
            return self.disconnect(Disconnect::RetainNotSupported, None);
        }
        if publish.qos != Qos::AtMostOnce && !self.is_new(&publish) {
            return;
        }
        let (id, qos) = (publish.id, publish.qos);
        let message = publish.into_message(topic);
        let bytes = message.bytes();
        let handle = PublishHandle(self.received.first + self.received.open.len() as u64);
        self.received.open_bytes += bytes;
        self.received.open.push_back(Open {
            id,
            qos,
            bytes,
            answer: None,
        });
        self.outputs.push(Output::Publish(handle, Box::new(message)));
    }

    /// Whether a message of QoS 1 or 2 is to be asked about. A repeated one is confirmed again if it is safe; while it
    /// is open, the answer confirms both.
    fn is_new(&mut self, publish: &Publish) -> bool {
        let id = publish.id;
        if self.received.is_open(id) {
            if !publish.is_repeat {
                self.disconnect(Disconnect::Protocol, None);
            }
            return false;
        }
        if publish.qos == Qos::ExactlyOnce && self.received.is_committed(id) {
            self.send_step(Step::Rec, id, 0, None);
            return false;
        }
        if publish.qos == Qos::ExactlyOnce {
            // What was begun is asked about once more, and counts once.
            take(&mut self.received.begun, id);
        }
        let is_too_many = match self.version {
            Version::V5_0 => self.received.under_way() >= usize::from(self.limits.receive_max),
            Version::V3_1_1 => self.received.unreleased() >= UNRELEASED_MAX,
        };
        if is_too_many {
            self.disconnect(Disconnect::ReceiveMaximumExceeded, None);
            return false;
        }
        true
    }

    pub(super) fn published(&mut self, handle: PublishHandle, answer: PublishAnswer) {
        let at = handle
            .0
            .checked_sub(self.received.first)
            .and_then(|at| usize::try_from(at).ok());
        let Some(open) = at.and_then(|at| self.received.open.get_mut(at)) else {
            return;
        };
        if open.answer.is_some() {
            return;
        }
        open.answer = Some(shortened(answer));
        self.received.open_bytes -= open.bytes;
        while self
            .received
            .open
            .front()
            .is_some_and(|open| open.answer.is_some())
        {
            let Some(Open {
                id,
                qos,
                answer: Some(answer),
                ..
            }) = self.received.open.pop_front()
            else {
                return;
            };
            self.received.first += 1;
            self.confirm(id, qos, answer);
        }
    }

    fn confirm(&mut self, id: u16, qos: Qos, answer: PublishAnswer) {
        if qos == Qos::AtMostOnce {
            return;
        }
        if let Some(end) = answer.ends(self.version) {
            return self.disconnect(end, None);
        }
        let (code, text) = match answer {
            PublishAnswer::Accepted => (0, None),
            PublishAnswer::NoSubscribers => (0x10, None),
            PublishAnswer::Refused(why, text) => (self.refusal(why), text),
            PublishAnswer::Again(_) => return,
        };
        let step = if qos == Qos::ExactlyOnce {
            Step::Rec
        } else {
            Step::Ack
        };
        if qos == Qos::ExactlyOnce && code < 0x80 {
            self.received.commit(id);
        }
        if !self.is_over() {
            self.send_step(step, id, code, text.as_deref());
        }
    }

    /// The code with which a refused message is confirmed.
    fn refusal(&self, why: PublishRefusal) -> u8 {
        match self.version {
            Version::V5_0 => why.code_5(),
            Version::V3_1_1 => 0,
        }
    }

    pub(super) fn take_release(&mut self, id: u16) {
        if self.received.is_open(id) {
            return self.disconnect(Disconnect::Protocol, None);
        }
        let received = &mut self.received;
        if received.releasing.contains(&id) {
            // The answer confirms both.
            return;
        }
        let is_known = received.is_committed(id) || received.begun.binary_search(&id).is_ok();
        if is_known && received.asks_releases {
            received.releasing.push(id);
            return self.outputs.push(Output::Release(id));
        }
        let code = if received.release(id) { 0 } else { 0x92 };
        self.send_step(Step::Comp, id, code, None);
    }

    /// The broker has forgotten an id.
    pub(super) fn released(&mut self, id: u16) {
        let received = &mut self.received;
        let Some(at) = received.releasing.iter().position(|asked| *asked == id) else {
            return;
        };
        received.releasing.swap_remove(at);
        received.release(id);
        if !self.is_over() {
            self.send_step(Step::Comp, id, 0, None);
        }
    }

    pub(super) fn send_step(&mut self, step: Step, id: u16, code: u8, text: Option<&str>) {
        match self.version {
            Version::V3_1_1 => {
                if let Some(bytes) = encode::step_3_1_1(step, id) {
                    self.send(bytes);
                }
            }
            Version::V5_0 => {
                self.send_with_reason(text, |properties| encode::step_5(step, id, code, properties));
            }
        }
    }
}

fn sorted(mut ids: Vec<u16>) -> Vec<u16> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Takes an id out of a sorted list, if it is there.
fn take(ids: &mut Vec<u16>, id: u16) -> bool {
    let found = ids.binary_search(&id);
    if let Ok(at) = found {
        ids.remove(at);
    }
    found.is_ok()
}

/// What waits for its turn is not to be longer than what is sent.
fn shortened(answer: PublishAnswer) -> PublishAnswer {
    match answer {
        PublishAnswer::Refused(why, Some(text)) if text.len() > REASON_BYTES_MAX => {
            PublishAnswer::Refused(why, Some(encode::cut(&text).to_owned()))
        }
        other => other,
    }
}
