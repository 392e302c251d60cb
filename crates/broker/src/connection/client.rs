//! The client of a connection, once it has signed in: who it is, what it follows, what it is owed, what is kept of it.

use crate::admission::Admitted;
use crate::broker::Inside;
use crate::connection::operations::Pump;
use crate::connection::owed::Owed;
use crate::connection::work::Following;
use crate::kept::{Kept, renewal_after, seconds_while_connected};
use crate::meaning::{Answer, Outcome};
use crate::registry::Place;
use crate::speaker::Speaker;
use crate::subscriptions::{Subscriptions, Wanted, Whose};
use engine::mqtt::{Received, ToKeep, WillChange};
use engine::refusal::Refusal;
use model::limits::{MQTT_BOOTSTRAP_SECONDS_MAX, MQTT_TAKEOVER_SECONDS_MAX};
use model::registration::DeviceId;
use mqtt::exchange::{Settlement, Subscription};
use mqtt::message::{Delivery, DeliveryId, Message, Qos};
use mqtt::reason::{Disconnect, SubscribeRefusal, Unsubscribed};
use mqtt::session::state::SessionState;
use mqtt::topic::TopicFilter;
use smartrest::topic::SubscribeTopic;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Marks the name of a delivery that is a secret: it is not stored.
const SECRET: u64 = 1 << 59;
/// Between two tries to store a session.
const STORING_PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Client {
    speaker: Arc<Speaker>,
    whose: Whose,
    pub(super) place: Place,
    pub(super) pump: Pump,
    subscriptions: Subscriptions,
    /// How long the session was to outlive the connection when that began, in seconds.
    kept_seconds: u32,
    /// Of messages of QoS 2 that were begun on an earlier connection: how many of their parts are done.
    begun: HashMap<u16, u32>,
    /// Whether there were such messages.
    has_begun: bool,
    /// The number of the will that is kept, if one is.
    will: Option<u64>,
    /// What was under way, if the client has gone before it heard that it was let in.
    unheard: Option<SessionState>,
    /// What it is to be told and the session has no room for yet.
    owed: Owed,
    /// What was handed to the session a moment ago.
    in_hand: Option<Delivery>,
    has_room: bool,
    deliveries: u64,
    /// When its connection ends at the latest, if it may not stay.
    ends_at: Option<Duration>,
    /// When what is stored of its session is to be stored anew, because it would be forgotten otherwise.
    renews_at: Option<Duration>,
}

/// What the clock asks for.
pub(super) enum Due {
    /// The connection ends.
    End(Disconnect, &'static str),
    /// What is stored of the session is stored anew.
    Renewal,
}

impl Client {
    /// A client that was let in; the client id that it was given; what was under way.
    pub(super) fn new(admitted: Admitted, now: Duration) -> (Self, Option<String>, Option<SessionState>) {
        let (subscriptions, state) = match admitted.kept {
            Some(kept) => (kept.subscriptions, Some(kept.state)),
            None => (Subscriptions::default(), None),
        };
        let under_way = state.iter().flat_map(SessionState::deliveries);
        let mut pump = Pump::new(under_way);
        pump.follow(subscriptions.of_operations());
        let client = Self {
            speaker: Arc::new(admitted.speaker),
            whose: admitted.whose,
            place: admitted.place,
            pump,
            subscriptions,
            kept_seconds: admitted.kept_seconds,
            has_begun: !admitted.begun.is_empty(),
            begun: admitted.begun.into_iter().collect(),
            will: admitted.will,
            unheard: None,
            owed: Owed::default(),
            in_hand: None,
            has_room: true,
            deliveries: 0,
            ends_at: (admitted.whose == Whose::Bootstrap)
                .then(|| now + Duration::from_secs(MQTT_BOOTSTRAP_SECONDS_MAX)),
            renews_at: renewal(now, admitted.kept_seconds),
        };
        (client, admitted.client_id, state)
    }

    /// Nothing of this connection was heard: what there was before stays.
    pub(super) fn leave_as_it_was(&mut self, state: Option<SessionState>) {
        self.unheard = Some(state.unwrap_or_default());
    }

    /// What there was before, and for how many seconds it is kept, if nothing of this connection was heard.
    pub(super) fn as_it_was(&mut self) -> Option<(SessionState, u32)> {
        let state = self.unheard.take()?;
        Some((state, self.kept_seconds))
    }

    pub(super) fn speaker(&self) -> Arc<Speaker> {
        self.speaker.clone()
    }

    /// Whether its session outlives the connection.
    pub(super) fn is_kept(&self) -> bool {
        self.kept_seconds > 0
    }

    /// Whether anything is kept of its messages of QoS 2, and is forgotten with their release.
    pub(super) fn asks_releases(&self) -> bool {
        self.is_kept() || !self.begun.is_empty()
    }

    /// The number under which its will is kept.
    pub(super) fn will(&self) -> Option<u64> {
        self.will
    }

    /// A message, if it is one of which no part may take effect twice, whatever happens; with how many are done already.
    pub(super) fn received(&self, id: Option<u16>, message: &Message) -> Option<Received> {
        // Begun in a session that was kept, a message takes effect once also in one that is not.
        let is_noted = |id: &u16| self.is_kept() || self.begun.contains_key(id);
        let packet = id.filter(|id| message.qos == Qos::ExactlyOnce && is_noted(id))?;
        Some(Received {
            device: self.place.key().device.clone(),
            packet,
            parts: self.begun.get(&packet).copied().unwrap_or(0),
        })
    }

    /// The same when it is carried out: who repeats it once more hears of this time.
    pub(super) fn begins(&mut self, id: Option<u16>, message: &Message) -> Option<Received> {
        let received = self.received(id, message)?;
        self.begun.remove(&received.packet);
        Some(received)
    }

    /// This number may come again for another message.
    pub(super) fn released(&mut self, id: u16) {
        self.begun.remove(&id);
    }

    /// What it would follow with these, and what it is answered. It follows them with [`Client::follow`].
    pub(super) fn subscribe(
        &self,
        wishes: Vec<Subscription>,
    ) -> (Subscriptions, Vec<Result<Qos, SubscribeRefusal>>) {
        let mut subscriptions = self.subscriptions.clone();
        let answers = subscriptions.add(wishes, self.whose);
        (subscriptions, answers)
    }

    /// The same without these.
    pub(super) fn unsubscribe(&self, filters: &[TopicFilter]) -> (Subscriptions, Vec<Unsubscribed>) {
        let mut subscriptions = self.subscriptions.clone();
        let answers = subscriptions.remove(filters);
        (subscriptions, answers)
    }

    /// What it follows from here on.
    pub(super) fn follow(&mut self, subscriptions: Subscriptions) {
        self.subscriptions = subscriptions;
        self.pump.follow(self.subscriptions.of_operations());
    }

    /// What it would follow, with what is stored of that.
    pub(super) fn following(&self, subscriptions: Subscriptions) -> Following {
        Following {
            speaker: self.speaker(),
            stored: self.stored(&subscriptions),
            subscriptions,
        }
    }

    /// What is to be stored of a session that outlives its connection, while that lasts: what it follows.
    fn stored(&self, subscriptions: &Subscriptions) -> Option<Stored> {
        (self.kept_seconds > 0).then(|| Stored {
            speaker: self.speaker.clone(),
            device: self.place.key().device.clone(),
            kept: ToKeep {
                content: Kept::of_subscriptions(subscriptions.clone()).to_bytes(),
                seconds: seconds_while_connected(self.kept_seconds),
                will: WillChange::AsItIs,
            },
        })
    }

    /// The same of what it follows now.
    pub(super) fn stored_anew(&self) -> Option<Stored> {
        self.stored(&self.subscriptions)
    }

    /// When the clock has something to say about it.
    pub(super) fn wake_at(&mut self, now: Duration) -> Option<Duration> {
        let times = [self.owed.given_up_at(now), self.ends_at, self.renews_at];
        times.into_iter().flatten().min()
    }

    /// What is due now. It is asked for once.
    pub(super) fn due(&mut self, now: Duration) -> Option<Due> {
        let is_over = |at: Option<Duration>| at.is_some_and(|at| now >= at);
        if is_over(self.owed.given_up_at(now)) {
            let why = "it does not confirm what it is sent";
            return Some(Due::End(Disconnect::QuotaExceeded, why));
        }
        if is_over(self.ends_at) {
            return Some(Due::End(Disconnect::Unspecified, "no credentials yet: ask again"));
        }
        is_over(self.renews_at).then(|| {
            self.renews_at = renewal(now, self.kept_seconds);
            Due::Renewal
        })
    }

    /// Whether it may publish nothing but its question for credentials.
    pub(super) fn is_new_device(&self) -> bool {
        self.whose == Whose::Bootstrap
    }

    /// Notes what it is to be told because of a message of its own, as far as it follows that.
    pub(super) fn hear(&mut self, outcome: Outcome) {
        if outcome.sends_waiting {
            self.pump.send_again();
        }
        for Answer { topic, payload } in outcome.answers {
            let id = self.new_id(&topic);
            if let Some(delivery) = self.subscriptions.delivery(id, &topic, payload) {
                self.owed.add(delivery);
            }
        }
    }

    fn new_id(&mut self, topic: &SubscribeTopic) -> DeliveryId {
        self.deliveries += 1;
        let is_secret = matches!(topic, SubscribeTopic::Token | SubscribeTopic::Credentials);
        DeliveryId(if is_secret { SECRET } else { 0 } | self.deliveries)
    }

    /// The next operation that the session is to be handed.
    pub(super) fn next_operation(&mut self, now: Duration) -> Option<Delivery> {
        loop {
            let ready = self.pump.next_ready(now)?;
            let id = ready.id();
            if let Some(delivery) = self.subscriptions.delivery(id, &ready.topic, ready.payload) {
                self.in_hand = Some(delivery.clone());
                return Some(delivery);
            }
        }
    }

    /// What the session is to be handed next, if it has room.
    pub(super) fn next_owed(&mut self) -> Option<Delivery> {
        self.in_hand = match self.has_room {
            true => self.owed.next(),
            false => None,
        };
        self.in_hand.clone()
    }

    pub(super) fn is_owed(&self) -> bool {
        !self.owed.is_empty()
    }

    pub(super) fn forget_owed(&mut self) {
        self.owed.clear();
        self.in_hand = None;
        self.pump.follow(Wanted::default());
    }

    /// The session gives a delivery back.
    pub(super) fn no_room(&mut self, id: DeliveryId) {
        self.has_room = false;
        if let Some(delivery) = self.in_hand.take_if(|delivery| delivery.id == id) {
            self.owed.give_back(delivery);
        }
    }

    pub(super) fn room(&mut self) {
        self.has_room = true;
    }

    /// A delivery has come to its end.
    pub(super) fn settled(&mut self, id: DeliveryId, how: Settlement) {
        self.owed.taken();
        if how == Settlement::Delivered {
            self.pump.confirmed(id);
        }
    }

    /// Stores what outlives the connection, or forgets what was stored. A will that could not be voided is left to the next
    /// connection.
    pub(super) async fn keep(
        &mut self,
        broker: &Inside,
        mut state: SessionState,
        seconds: u32,
        will: WillChange,
    ) {
        state.retain(|id| id.0 & SECRET == 0);
        let device = &self.place.key().device;
        let void = match will {
            WillChange::Void(number) => Some(number),
            _ => None,
        };
        let outcome = match (seconds, self.kept_seconds) {
            // Of a session that is not kept nothing is stored, whatever it was to outlive: only a message of the one before
            // may have been noted once more.
            (_, 0) if !self.has_begun => return,
            (0, _) | (_, 0) => {
                let (door, caller) = (&broker.door, &self.speaker.caller);
                in_the_end(|| door.forget_mqtt_session(caller, device, will.clone())).await
            }
            (seconds, _) => {
                let kept = Kept {
                    subscriptions: self.subscriptions.clone(),
                    state,
                };
                let stored = Stored {
                    speaker: self.speaker.clone(),
                    device: device.clone(),
                    kept: ToKeep {
                        content: kept.to_bytes(),
                        seconds,
                        will,
                    },
                };
                in_the_end(|| stored.clone().store(broker)).await
            }
        };
        if let Err(refusal) = outcome {
            tracing::warn!(?refusal, "a session over MQTT could not be stored");
            if let Some(number) = void {
                broker.wills.could_not_forget(self.place.key(), number);
            }
        }
    }
}

/// When a session that is kept for so many seconds is to be stored anew; never for one that is not kept.
fn renewal(now: Duration, kept_seconds: u32) -> Option<Duration> {
    (kept_seconds > 0).then(|| now + renewal_after(kept_seconds))
}

/// What is to be stored of a session.
#[derive(Clone)]
pub(super) struct Stored {
    speaker: Arc<Speaker>,
    device: DeviceId,
    kept: ToKeep,
}

/// Tries it until the platform can, but not longer than somebody who takes the session over waits for it.
async fn in_the_end<T>(mut attempt: impl FnMut() -> T) -> Result<(), Refusal>
where
    T: Future<Output = Result<(), Refusal>>,
{
    let tries = async {
        loop {
            match attempt().await {
                Err(Refusal::Busy | Refusal::StorageUnavailable) => sleep(STORING_PAUSE).await,
                outcome => return outcome,
            }
        }
    };
    let patience = Duration::from_secs(MQTT_TAKEOVER_SECONDS_MAX).saturating_sub(STORING_PAUSE);
    timeout(patience, tries)
        .await
        .unwrap_or(Err(Refusal::StorageUnavailable))
}

impl Stored {
    pub(super) async fn store(self, broker: &Inside) -> Result<(), Refusal> {
        let Self {
            speaker,
            device,
            kept,
        } = self;
        let door = &broker.door;
        door.keep_mqtt_session(&speaker.caller, &device, kept).await
    }
}
