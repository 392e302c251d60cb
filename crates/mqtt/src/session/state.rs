//! What a session leaves behind when its connection ends, to be resumed by the next one or stored meanwhile. The same
//! for both versions: a client may come back with the other one. Values only.

use crate::message::{Delivery, DeliveryId};
use serde::{Deserialize, Serialize};

/// The state of a session between two connections (MQTT 5.0, 4.1), without the subscriptions, which the broker has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    pub(crate) flights: Vec<StoredFlight>,
    pub(crate) queue: Vec<Delivery>,
    pub(crate) last_id: u16,
    pub(crate) committed: Vec<u16>,
    /// Kept elsewhere: in the commits of what these messages change.
    #[serde(skip)]
    pub(crate) begun: Vec<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredFlight {
    pub(crate) id: u16,
    pub(crate) delivery: DeliveryId,
    pub(crate) stage: StoredStage,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StoredStage {
    Sent(Box<Delivery>),
    Released,
}

impl SessionState {
    /// The deliveries in it, in order: those that will be settled by a session that resumes it.
    pub fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        let flights = self.flights.iter().map(|flight| flight.delivery);
        flights.chain(self.queue.iter().map(|delivery| delivery.id))
    }

    /// Leaves out what is not to be sent again. A delivery of which the client has already been told to forget the number
    /// has no content any more, and stays.
    pub fn retain(&mut self, mut keep: impl FnMut(DeliveryId) -> bool) {
        self.flights
            .retain(|flight| matches!(flight.stage, StoredStage::Released) || keep(flight.delivery));
        self.queue.retain(|delivery| keep(delivery.id));
    }

    /// Adds messages of QoS 2 of which something has taken effect. What of them is known to be confirmed is left as it is;
    /// the others are asked about again when they are repeated, and the broker sees to it that nothing takes effect twice.
    pub fn begun(&mut self, ids: impl Iterator<Item = u16>) {
        let committed = &self.committed;
        self.begun.extend(ids.filter(|id| !committed.contains(id)));
    }

    /// Numbers what is delivered next behind this one, unless something is known to be under way. After a crash the client
    /// may hold numbers of which nothing is known here: a message that came with one of them would be a repetition to it.
    pub fn number_from(&mut self, last_id: u16) {
        if self.flights.is_empty() {
            self.last_id = last_id;
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flights.is_empty() && self.queue.is_empty() && self.committed.is_empty()
    }
}
