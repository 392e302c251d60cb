//! Messages to the client: a bounded queue, those in flight, and what the client says about them. Everything is sent in
//! the order in which it came.

use super::state::{SessionState, StoredFlight, StoredStage};
use super::{Phase, Session};
use crate::encode::{self, Alias, Publish, Step};
use crate::exchange::{Output, Settlement, Version};
use crate::limits::Limits;
use crate::message::{Delivery, DeliveryId, Qos};
use crate::reason::Disconnect;
use crate::topic::TopicName;
use std::collections::VecDeque;
use std::time::Duration;

/// What is on its way to the client.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    /// Sent, perhaps on an earlier connection, and not yet confirmed; in order.
    flights: VecDeque<Flight>,
    /// Not yet sent; in order.
    queue: VecDeque<Held>,
    /// Bytes of both.
    bytes: usize,
    last_id: u16,
    /// Topics that the client knows by number, from 1.
    aliases: Vec<TopicName>,
    /// A delivery was handed back for want of room.
    is_awaited: bool,
}

#[derive(Debug)]
struct Held {
    delivery: Delivery,
    expires_at: Option<Duration>,
}

#[derive(Debug)]
struct Flight {
    id: u16,
    delivery: DeliveryId,
    stage: Stage,
    /// On this connection; it counts for what the client has agreed to.
    is_sent_here: bool,
}

#[derive(Debug)]
enum Stage {
    Sent(Box<Held>),
    /// Of QoS 2: the client has it, and has been told to forget the id.
    Released,
}

impl Flight {
    fn qos(&self) -> Qos {
        match &self.stage {
            Stage::Sent(held) => held.delivery.qos,
            Stage::Released => Qos::ExactlyOnce,
        }
    }

    fn bytes(&self) -> usize {
        match &self.stage {
            Stage::Sent(held) => held.delivery.bytes(),
            Stage::Released => 0,
        }
    }
}

impl Deliveries {
    pub(super) fn held_bytes(&self) -> usize {
        let aliases: usize = self.aliases.iter().map(|topic| topic.as_str().len()).sum();
        self.bytes
            + (self.flights.len() + self.queue.len()) * size_of::<Held>()
            + self.flights.capacity() * size_of::<Flight>()
            + aliases
    }

    /// Numbers for topics end with the connection; the rest is the state of the session.
    pub(super) fn forget_connection(&mut self) {
        self.aliases = Vec::new();
        for flight in &mut self.flights {
            flight.is_sent_here = false;
        }
    }

    fn has_room(&self, bytes: usize, limits: &Limits) -> bool {
        self.flights.len() + self.queue.len() < limits.queue_messages_max
            && self.bytes + bytes <= limits.queue_bytes_max
    }

    fn under_way(&self) -> usize {
        self.flights.iter().filter(|flight| flight.is_sent_here).count()
    }

    fn new_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            let id = self.last_id;
            if id != 0 && !self.flights.iter().any(|flight| flight.id == id) {
                return id;
            }
        }
    }

    fn position(&self, id: u16) -> Option<usize> {
        self.flights.iter().position(|flight| flight.id == id)
    }

    fn remove(&mut self, at: usize) -> Option<Flight> {
        let flight = self.flights.remove(at)?;
        self.bytes -= flight.bytes();
        Some(flight)
    }

    /// How the topic is best written to a client that takes `aliases_max` numbers.
    fn alias(&self, topic: &TopicName, aliases_max: u16) -> Alias {
        let number = |at: usize| u16::try_from(at + 1).unwrap_or(u16::MAX);
        match self.aliases.iter().position(|known| known == topic) {
            Some(at) => Alias::Known(number(at)),
            None if self.aliases.len() < usize::from(aliases_max) => Alias::New(number(self.aliases.len())),
            None => Alias::None,
        }
    }
}

impl Session {
    pub(super) fn take_delivery(&mut self, delivery: Delivery, now: Duration) {
        let bytes = delivery.bytes();
        if bytes > self.limits.queue_bytes_max {
            return self
                .outputs
                .push(Output::Settled(delivery.id, Settlement::TooLarge));
        }
        if self.is_over() || !self.deliveries.has_room(bytes, &self.limits) {
            self.deliveries.is_awaited = true;
            return self.outputs.push(Output::NoRoom(delivery.id));
        }
        let expires_at = deadline(&delivery, now);
        self.deliveries.bytes += bytes;
        self.deliveries.queue.push_back(Held { delivery, expires_at });
    }

    /// Sends what may be sent: first again what an earlier connection left, then what waits.
    pub(super) fn deliver(&mut self, now: Duration) {
        if !matches!(self.phase, Phase::Open) {
            return;
        }
        self.send_again(now);
        while !self.is_full() && self.may_send_next() {
            let Some(held) = self.deliveries.queue.pop_front() else {
                break;
            };
            self.send_held(held, now);
        }
        let deliveries = &self.deliveries;
        if deliveries.is_awaited && deliveries.has_room(self.limits.queue_bytes_max / 2, &self.limits) {
            self.deliveries.is_awaited = false;
            self.outputs.push(Output::Room);
        }
    }

    /// Whether a delivery would be sent at once: none waits before it, and the client takes one.
    #[must_use]
    pub fn takes_delivery(&self) -> bool {
        matches!(self.phase, Phase::Open)
            && !self.is_full()
            && self.deliveries.queue.is_empty()
            && self.quota() > 0
            && self.deliveries.flights.iter().all(|flight| flight.is_sent_here)
    }

    fn quota(&self) -> usize {
        let most = self.wishes.receive_max.min(self.limits.in_flight_max);
        usize::from(most).saturating_sub(self.deliveries.under_way())
    }

    fn may_send_next(&self) -> bool {
        let next = self.deliveries.queue.front();
        next.is_some_and(|held| held.delivery.qos == Qos::AtMostOnce || self.quota() > 0)
            && self.deliveries.flights.iter().all(|flight| flight.is_sent_here)
    }

    fn send_held(&mut self, held: Held, now: Duration) {
        let (delivery, qos) = (held.delivery.id, held.delivery.qos);
        let bytes = held.delivery.bytes();
        if held.expires_at.is_some_and(|at| now >= at) {
            self.deliveries.bytes -= bytes;
            return self.outputs.push(Output::Settled(delivery, Settlement::Expired));
        }
        let id = if qos == Qos::AtMostOnce {
            0
        } else {
            self.deliveries.new_id()
        };
        let Some(packet) = self.written(&held, id, now) else {
            self.deliveries.bytes -= bytes;
            return self.outputs.push(Output::Settled(delivery, Settlement::TooLarge));
        };
        self.send(packet);
        if qos == Qos::AtMostOnce {
            self.deliveries.bytes -= bytes;
            return self
                .outputs
                .push(Output::Settled(delivery, Settlement::Delivered));
        }
        let stage = Stage::Sent(Box::new(held));
        self.deliveries.flights.push_back(Flight {
            id,
            delivery,
            stage,
            is_sent_here: true,
        });
    }

    /// The packet of a first sending, if the client takes one that long; with a number for its topic if possible.
    fn written(&mut self, held: &Held, id: u16, now: Duration) -> Option<Vec<u8>> {
        let aliases_max = self.wishes.topic_alias_max.min(self.limits.topic_alias_max);
        let alias = match self.version {
            Version::V3_1_1 => Alias::None,
            Version::V5_0 => self.deliveries.alias(&held.delivery.topic, aliases_max),
        };
        let write = |alias| encode::publish(&packet(held, id, false, alias, now), self.version);
        if let Some(bytes) = write(alias).filter(|bytes| self.fits(bytes)) {
            if let Alias::New(_) = alias {
                self.deliveries.aliases.push(held.delivery.topic.clone());
            }
            return Some(bytes);
        }
        write(Alias::None).filter(|bytes| self.fits(bytes))
    }

    /// 4.4.0-1: what was not confirmed comes again with its old id, as far as the client's receive maximum goes.
    fn send_again(&mut self, now: Duration) {
        let mut at = 0;
        while !self.is_full() {
            let Some(flight) = self.deliveries.flights.get(at) else {
                return;
            };
            if flight.is_sent_here {
                at += 1;
                continue;
            }
            let id = flight.id;
            match &flight.stage {
                Stage::Released => self.send_step(Step::Rel, id, 0, None),
                Stage::Sent(_) if self.quota() == 0 => return,
                Stage::Sent(held) => {
                    let bytes = encode::publish(&packet(held, id, true, Alias::None, now), self.version);
                    if let Some(bytes) = bytes.filter(|bytes| self.fits(bytes)) {
                        self.send(bytes);
                    } else {
                        self.settle(at, Settlement::TooLarge);
                        continue;
                    }
                }
            }
            if let Some(flight) = self.deliveries.flights.get_mut(at) {
                flight.is_sent_here = true;
            }
            at += 1;
        }
    }

    fn settle(&mut self, at: usize, how: Settlement) {
        if let Some(flight) = self.deliveries.remove(at) {
            self.outputs.push(Output::Settled(flight.delivery, how));
        }
    }

    /// PUBACK. An id that is not known belongs to what has been forgotten.
    pub(super) fn confirmed(&mut self, id: u16, code: u8) {
        let Some(at) = self.deliveries.position(id) else {
            return;
        };
        match self.deliveries.flights.get(at).map(Flight::qos) {
            Some(Qos::AtLeastOnce) => self.settle(at, settlement(code)),
            _ => self.disconnect(Disconnect::Protocol, None),
        }
    }

    /// PUBREC.
    pub(super) fn half_confirmed(&mut self, id: u16, code: u8) {
        let Some(at) = self.deliveries.position(id) else {
            return self.send_step(Step::Rel, id, 0x92, None);
        };
        let Some(flight) = self.deliveries.flights.get_mut(at) else {
            return;
        };
        if flight.qos() != Qos::ExactlyOnce {
            return self.disconnect(Disconnect::Protocol, None);
        }
        if code >= 0x80 {
            return self.settle(at, settlement(code));
        }
        self.deliveries.bytes -= flight.bytes();
        flight.stage = Stage::Released;
        flight.is_sent_here = true;
        self.send_step(Step::Rel, id, 0, None);
    }

    /// PUBCOMP.
    pub(super) fn completed(&mut self, id: u16) {
        let Some(at) = self.deliveries.position(id) else {
            return;
        };
        match self.deliveries.flights.get(at).map(|flight| &flight.stage) {
            Some(Stage::Released) => self.settle(at, Settlement::Delivered),
            _ => self.disconnect(Disconnect::Protocol, None),
        }
    }

    /// What outlives the connection: deliveries of QoS 1 and 2, and ids of received messages of QoS 2. Complete once
    /// the connection has ended and nothing is [`unanswered`](Self::unanswered). Times to live are what is left of
    /// them.
    #[must_use]
    pub fn state(&self, now: Duration) -> SessionState {
        let flights = self.deliveries.flights.iter().map(|flight| StoredFlight {
            id: flight.id,
            delivery: flight.delivery,
            stage: match &flight.stage {
                Stage::Sent(held) => StoredStage::Sent(Box::new(aged(held, now))),
                Stage::Released => StoredStage::Released,
            },
        });
        let waiting = self
            .deliveries
            .queue
            .iter()
            .filter(|held| held.delivery.qos != Qos::AtMostOnce);
        SessionState {
            flights: flights.collect(),
            queue: waiting.map(|held| aged(held, now)).collect(),
            last_id: self.deliveries.last_id,
            committed: self.received.committed().to_vec(),
            begun: Vec::new(),
        }
    }

    pub(super) fn resume(&mut self, state: SessionState, now: Duration) {
        self.received.restore(state.committed, state.begun);
        self.deliveries.last_id = state.last_id;
        let mut early = std::mem::take(&mut self.deliveries.queue);
        self.deliveries.bytes = 0;
        for StoredFlight { id, delivery, stage } in state.flights {
            let stage = match stage {
                StoredStage::Sent(delivery) => {
                    let expires_at = deadline(&delivery, now);
                    Stage::Sent(Box::new(Held {
                        delivery: *delivery,
                        expires_at,
                    }))
                }
                StoredStage::Released => Stage::Released,
            };
            let flight = Flight {
                id,
                delivery,
                stage,
                is_sent_here: false,
            };
            self.deliveries.bytes += flight.bytes();
            self.deliveries.flights.push_back(flight);
        }
        for delivery in state.queue {
            self.take_delivery(delivery, now);
        }
        // What came before the client was let in comes after what is older.
        self.deliveries.bytes += early.iter().map(|held| held.delivery.bytes()).sum::<usize>();
        self.deliveries.queue.append(&mut early);
    }
}

const fn settlement(code: u8) -> Settlement {
    if code < 0x80 {
        Settlement::Delivered
    } else {
        Settlement::Refused(code)
    }
}

fn deadline(delivery: &Delivery, now: Duration) -> Option<Duration> {
    let seconds = delivery.properties.expiry_seconds;
    seconds.map(|seconds| now + Duration::from_secs(u64::from(seconds)))
}

fn seconds_left(held: &Held, now: Duration) -> Option<u32> {
    let left = held.expires_at.map(|at| at.saturating_sub(now).as_secs());
    left.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
}

fn aged(held: &Held, now: Duration) -> Delivery {
    let mut delivery = held.delivery.clone();
    delivery.properties.expiry_seconds = seconds_left(held, now);
    delivery
}

fn packet(held: &Held, id: u16, is_repeat: bool, alias: Alias, now: Duration) -> Publish<'_> {
    let expiry_seconds = seconds_left(held, now);
    Publish {
        delivery: &held.delivery,
        id,
        is_repeat,
        alias,
        expiry_seconds,
    }
}
