//! What a client is owed: answers that its session has no room for yet. So many bytes wait at most, and not for ever: who
//! takes nothing of it keeps its connection no longer.

use model::limits::{MQTT_ANSWER_BYTES_MAX, MQTT_OWED_SECONDS_MAX};
use mqtt::message::Delivery;
use std::collections::VecDeque;
use std::time::Duration;

/// The answers that wait, in order.
#[derive(Default)]
pub(super) struct Owed {
    waiting: VecDeque<Delivery>,
    /// Those of their payloads.
    bytes: usize,
    /// Since when something waits and nothing was taken.
    since: Option<Duration>,
}

impl Owed {
    /// Adds an answer, if there is room for it.
    pub(super) fn add(&mut self, delivery: Delivery) {
        let bytes = self.bytes + delivery.payload.len();
        if bytes <= MQTT_ANSWER_BYTES_MAX {
            self.bytes = bytes;
            self.waiting.push_back(delivery);
        }
    }

    pub(super) fn next(&mut self) -> Option<Delivery> {
        let delivery = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(delivery.payload.len());
        Some(delivery)
    }

    /// The session had no room for it.
    pub(super) fn give_back(&mut self, delivery: Delivery) {
        self.bytes += delivery.payload.len();
        self.waiting.push_front(delivery);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The client has taken something.
    pub(super) fn taken(&mut self) {
        self.since = None;
    }

    /// When the client is given up, if it takes nothing from now on.
    pub(super) fn given_up_at(&mut self, now: Duration) -> Option<Duration> {
        if self.waiting.is_empty() {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(now);
        Some(since + Duration::from_secs(MQTT_OWED_SECONDS_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt::message::{DeliveryId, Properties, Qos};
    use mqtt::topic::TopicName;

    const PATIENCE: Duration = Duration::from_secs(MQTT_OWED_SECONDS_MAX);

    fn answer(bytes: usize) -> Delivery {
        Delivery {
            id: DeliveryId(1),
            topic: TopicName::parse("s/ds").expect("a topic"),
            payload: vec![0; bytes],
            qos: Qos::AtLeastOnce,
            retain: false,
            properties: Properties::default(),
            subscriptions: Vec::new(),
        }
    }

    // R127
    #[test]
    fn so_many_bytes_wait_and_no_more() {
        let mut owed = Owed::default();
        for _ in 0..10 {
            owed.add(answer(MQTT_ANSWER_BYTES_MAX / 4));
        }
        assert_eq!(owed.waiting.len(), 4);
        let first = owed.next().expect("four wait");
        owed.give_back(first);
        owed.add(answer(1));
        assert_eq!(owed.waiting.len(), 4, "what was given back counts again");
        while owed.next().is_some() {}
        assert_eq!(owed.bytes, 0);
    }

    #[test]
    fn who_takes_nothing_is_given_up_and_who_takes_something_is_not() {
        let mut owed = Owed::default();
        let at = Duration::from_secs;
        assert_eq!(owed.given_up_at(at(5)), None, "nothing is owed");
        owed.add(answer(1));
        owed.add(answer(1));
        assert_eq!(owed.given_up_at(at(10)), Some(at(10) + PATIENCE));
        assert_eq!(owed.given_up_at(at(40)), Some(at(10) + PATIENCE));
        owed.taken();
        assert_eq!(owed.given_up_at(at(50)), Some(at(50) + PATIENCE));
        while owed.next().is_some() {}
        assert_eq!(owed.given_up_at(at(60)), None);
        owed.add(answer(1));
        assert_eq!(owed.given_up_at(at(70)), Some(at(70) + PATIENCE));
    }
}
