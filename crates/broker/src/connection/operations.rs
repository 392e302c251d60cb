//! The operations of a device on their way into its session. They are asked for only while the client takes what it is sent,
//! and each is decided when it is asked for, so that what a right opened no longer waits when the right is gone. Each comes
//! once on every topic that is followed, unless the device asks for all of them again.

use crate::broker::Inside;
use crate::meaning::{one_line, static_rows};
use crate::speaker::Speaker;
use crate::subscriptions::Wanted;
use engine::operations::feed::{Delivered, Feed, Handed, Over};
use engine::refusal::Refusal;
use model::ids::OperationId;
use model::limits::{MQTT_OPERATION_FRESH_SECONDS, MQTT_SUBSCRIPTIONS_MAX, REALTIME_CHECK_SECONDS};
use mqtt::message::DeliveryId;
use smartrest::topic::SubscribeTopic;
use std::collections::{BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;

/// Marks the name of a delivery that is an operation; the other bits are its topic and its number.
const OPERATION: u64 = 1 << 63;
const TOPIC_SHIFT: u32 = 60;

/// An operation on one topic.
pub(super) struct Ready {
    operation: OperationId,
    pub(super) topic: SubscribeTopic,
    pub(super) payload: Vec<u8>,
}

impl Ready {
    /// Its name as a delivery.
    pub(super) fn id(&self) -> DeliveryId {
        DeliveryId(OPERATION | kind(&self.topic) << TOPIC_SHIFT | self.operation.number())
    }
}

/// The topics on which operations come, in the order in which their names are told apart.
fn kind(topic: &SubscribeTopic) -> u64 {
    match topic {
        SubscribeTopic::Static => 0,
        SubscribeTopic::Operations => 1,
        SubscribeTopic::Default => 2,
        _ => 3,
    }
}

/// The operation behind the name of a delivery, if it is one, and the kind of its topic.
pub(crate) fn operation_of(id: DeliveryId) -> Option<(OperationId, u64)> {
    let number = id.0 & ((1 << TOPIC_SHIFT) - 1);
    let operation = OperationId::new(number).filter(|_| id.0 & OPERATION != 0)?;
    Some((operation, (id.0 & !OPERATION) >> TOPIC_SHIFT))
}

/// What brings the operations.
pub(super) struct Pump {
    stage: Stage,
    /// Where they are wanted.
    wanted: Wanted,
    /// All that waits is to come once more.
    again: bool,
    /// What the client has confirmed and is not noted yet.
    confirmed: Vec<OperationId>,
    /// Tells the feed that there is something to do for it.
    interrupt: Arc<Notify>,
    ready: VecDeque<Ready>,
    /// When these were decided.
    ready_at: Duration,
    /// What has come on each topic.
    told: Vec<(SubscribeTopic, Handed)>,
    /// What was under way from before, by the kind of its topic.
    under_way: BTreeSet<(u64, OperationId)>,
}

enum Stage {
    /// Nobody wants any, or there are none for this caller.
    Off,
    Idle(Feed),
    Running(Pin<Box<dyn Future<Output = Pumped> + Send>>),
}

/// What came of a run.
pub(super) enum Pumped {
    Begun(Result<Feed, Refusal>),
    Heard(Feed, Vec<Ready>),
    Over(Over),
}

impl Pump {
    /// A pump for a session in which these deliveries are under way already.
    pub(super) fn new(under_way: impl Iterator<Item = DeliveryId>) -> Self {
        Self {
            stage: Stage::Off,
            wanted: Wanted::default(),
            again: false,
            confirmed: Vec::new(),
            interrupt: Arc::default(),
            ready: VecDeque::new(),
            ready_at: Duration::ZERO,
            told: Vec::new(),
            under_way: under_way
                .filter_map(operation_of)
                .map(|(operation, kind)| (kind, operation))
                .collect(),
        }
    }

    /// Where operations are wanted from here on. On a new topic all that waits comes.
    pub(super) fn follow(&mut self, wanted: Wanted) {
        if wanted == self.wanted {
            return;
        }
        self.again |= !self.wanted.holds(&wanted);
        self.wanted = wanted;
        if self.wanted.is_empty() {
            self.stage = Stage::Off;
            self.ready.clear();
        }
        self.interrupt.notify_one();
    }

    /// The device asks for all that waits.
    pub(super) fn send_again(&mut self) {
        self.told.clear();
        self.under_way.clear();
        self.ready.clear();
        self.again = true;
        self.interrupt.notify_one();
    }

    /// The client has confirmed a delivery.
    pub(super) fn confirmed(&mut self, id: DeliveryId) {
        if let Some((operation, _)) = operation_of(id)
            && !self.confirmed.contains(&operation)
        {
            self.confirmed.push(operation);
            self.interrupt.notify_one();
        }
    }

    /// What is to be waited for, if anything.
    pub(super) fn running(&mut self) -> Option<&mut (dyn Future<Output = Pumped> + Send + Unpin)> {
        match &mut self.stage {
            Stage::Running(run) => Some(run),
            Stage::Off | Stage::Idle(_) => None,
        }
    }

    /// Goes on, if there is something to do and the client takes what comes of it.
    pub(super) fn go_on(&mut self, broker: &Arc<Inside>, speaker: &Arc<Speaker>, client_takes: bool) {
        if self.wanted.is_empty() || !self.ready.is_empty() || !client_takes {
            return;
        }
        self.stage = match std::mem::replace(&mut self.stage, Stage::Off) {
            Stage::Off => {
                let (broker, speaker) = (broker.clone(), speaker.clone());
                Stage::Running(Box::pin(
                    async move { Pumped::Begun(begin(&broker, &speaker).await) },
                ))
            }
            Stage::Idle(feed) => {
                let run = Run {
                    broker: broker.clone(),
                    speaker: speaker.clone(),
                    wanted: self.wanted.clone(),
                    again: std::mem::take(&mut self.again),
                    confirmed: std::mem::take(&mut self.confirmed),
                    interrupt: self.interrupt.clone(),
                };
                Stage::Running(Box::pin(run.run(feed)))
            }
            running @ Stage::Running(_) => running,
        };
    }

    /// Takes up what came of a run. Says whether the caller may not act any more.
    pub(super) fn take(&mut self, pumped: Pumped, now: Duration) -> bool {
        self.stage = Stage::Off;
        match pumped {
            Pumped::Begun(Ok(feed)) => self.stage = Stage::Idle(feed),
            // None are for this caller, or another connection has them: it is tried again when the client subscribes.
            Pumped::Begun(Err(_)) | Pumped::Over(Over::Replaced | Over::Ended) => {
                self.wanted = Wanted::default();
            }
            Pumped::Over(Over::SignedOut) => return true,
            Pumped::Heard(feed, ready) => {
                self.stage = Stage::Idle(feed);
                self.ready_at = now;
                let is_new = |one: &Ready| !self.is_told(one.operation, &one.topic);
                let new: Vec<_> = ready.into_iter().filter(is_new).collect();
                self.ready.extend(new);
            }
        }
        false
    }

    /// The next one for the session. What has waited for the client too long is asked for again, and decided again.
    pub(super) fn next_ready(&mut self, now: Duration) -> Option<Ready> {
        let fresh = Duration::from_secs(MQTT_OPERATION_FRESH_SECONDS);
        if !self.ready.is_empty() && now.saturating_sub(self.ready_at) > fresh {
            self.ready.clear();
            self.again = true;
        }
        let ready = self.ready.pop_front()?;
        self.note_told(ready.operation, &ready.topic);
        Some(ready)
    }

    fn is_told(&self, operation: OperationId, topic: &SubscribeTopic) -> bool {
        let told = self.told.iter().find(|(one, _)| one == topic);
        told.is_some_and(|(_, told)| told.has(operation))
            || self.under_way.contains(&(kind(topic), operation))
    }

    fn note_told(&mut self, operation: OperationId, topic: &SubscribeTopic) {
        if let Some((_, told)) = self.told.iter_mut().find(|(one, _)| one == topic) {
            return told.add(operation);
        }
        if self.told.len() >= MQTT_SUBSCRIPTIONS_MAX {
            // Whoever comes back to a topic is told on it anew.
            let wanted = &self.wanted;
            self.told.retain(|(one, _)| wanted.has_collection(one));
            // Collections come and go: what is followed now has come last.
            let over = (self.told.len() + 1).saturating_sub(2 * MQTT_SUBSCRIPTIONS_MAX);
            self.told.drain(..over);
        }
        let mut told = Handed::default();
        told.add(operation);
        self.told.push((topic.clone(), told));
    }
}

/// Begins a feed, as soon as the platform has room for it.
async fn begin(broker: &Inside, speaker: &Speaker) -> Result<Feed, Refusal> {
    loop {
        match broker.door.operations_feed(&speaker.caller).await {
            Err(Refusal::Busy | Refusal::StorageUnavailable | Refusal::Fault(_)) => {
                sleep(Duration::from_secs(REALTIME_CHECK_SECONDS)).await;
            }
            begun => return begun,
        }
    }
}

/// One turn of a feed.
struct Run {
    broker: Arc<Inside>,
    speaker: Arc<Speaker>,
    wanted: Wanted,
    again: bool,
    confirmed: Vec<OperationId>,
    interrupt: Arc<Notify>,
}

impl Run {
    async fn run(self, mut feed: Feed) -> Pumped {
        if self.again {
            feed.again();
        }
        if !self.confirmed.is_empty()
            && let Err(refusal) = feed.handed_out(self.confirmed.clone()).await
        {
            tracing::debug!(?refusal, "it could not be noted which operations were delivered");
        }
        let heard = tokio::select! {
            heard = feed.next() => heard,
            () = self.interrupt.notified() => return Pumped::Heard(feed, Vec::new()),
        };
        match heard {
            Ok(delivered) => {
                let ready = self.written(&delivered).await;
                Pumped::Heard(feed, ready)
            }
            Err(over) => Pumped::Over(over),
        }
    }

    /// On which topics operations are wanted, with those of the collections that wildcards stand for. There are no more of
    /// them than a client may subscribe to by name, and each is read with the rights of this moment.
    async fn topics(&self) -> Vec<SubscribeTopic> {
        let mut topics = self.wanted.topics.clone();
        let room = MQTT_SUBSCRIPTIONS_MAX.saturating_sub(topics.len());
        if self.wanted.collections.is_empty() || room == 0 {
            return topics;
        }
        let names = self
            .broker
            .meaning
            .collections(&self.speaker, MQTT_SUBSCRIPTIONS_MAX);
        let held = names.await.into_iter().map(SubscribeTopic::Custom);
        let is_new =
            |topic: &SubscribeTopic| self.wanted.has_collection(topic) && !self.wanted.topics.contains(topic);
        topics.extend(held.filter(is_new).take(room));
        topics
    }

    /// Every operation on every topic on which it has a form.
    async fn written(&self, delivered: &[Delivered]) -> Vec<Ready> {
        let mut ready = Vec::new();
        for topic in &self.topics().await {
            let collection = match topic {
                SubscribeTopic::Custom(name) => self.broker.meaning.collection(&self.speaker, name).await,
                SubscribeTopic::Default => match &self.speaker.collection {
                    Some(name) => self.broker.meaning.collection(&self.speaker, name).await,
                    None => None,
                },
                _ => None,
            };
            for delivered in delivered {
                let written = match topic {
                    SubscribeTopic::Static => static_rows(delivered),
                    SubscribeTopic::Operations => Some(one_line(delivered)),
                    _ => match &collection {
                        Some(collection) => self.broker.meaning.custom_rows(collection, delivered).await,
                        None => None,
                    },
                };
                ready.extend(written.map(|text| Ready {
                    operation: delivered.operation.id,
                    topic: topic.clone(),
                    payload: text.into_bytes(),
                }));
            }
        }
        // The oldest comes first, on all of its topics.
        ready.sort_by_key(|ready| ready.operation);
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::limits::OPERATIONS_HANDED_MAX;

    fn operation(number: u64) -> OperationId {
        OperationId::new(number).expect("in range")
    }

    #[test]
    fn what_came_on_a_topic_comes_there_no_more_however_much_waits_and_on_others_all_the_same() {
        let topic = |name: &str| name.parse::<SubscribeTopic>().expect("a topic");
        let (one, other) = (topic("s/dc/one"), topic("s/dc/other"));
        let most = 2 * OPERATIONS_HANDED_MAX as u64;
        let mut pump = Pump::new(std::iter::empty());
        for number in 1..=most {
            assert!(!pump.is_told(operation(number), &one));
            pump.note_told(operation(number), &one);
        }
        assert!((1..=most).all(|number| pump.is_told(operation(number), &one)));
        assert!((1..=most).all(|number| !pump.is_told(operation(number), &other)));
    }

    #[test]
    fn what_was_under_way_does_not_come_twice_until_it_is_asked_for() {
        let ready = Ready {
            operation: operation(7),
            topic: SubscribeTopic::Static,
            payload: Vec::new(),
        };
        let mut pump = Pump::new([ready.id()].into_iter());
        assert!(pump.is_told(operation(7), &SubscribeTopic::Static));
        assert!(!pump.is_told(operation(7), &SubscribeTopic::Operations));
        pump.send_again();
        assert!(!pump.is_told(operation(7), &SubscribeTopic::Static));
    }
}
