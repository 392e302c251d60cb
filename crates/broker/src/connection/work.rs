//! What a client asks for, and what comes of it: each is one future, and a connection works on one at a time.

use crate::admission::{Admitted, admit};
use crate::broker::{Inside, Peer};
use crate::connection::client::Stored;
use crate::connection::together::Batch;
use crate::meaning::{Outcome, Publication};
use crate::speaker::Speaker;
use crate::subscriptions::Subscriptions;
use engine::caller::Caller;
use engine::flow::{Protocol, Rejected};
use engine::mqtt::{ConnectAs, Received};
use engine::refusal::Refusal;
use model::limits::MQTT_DELAY_SECONDS_MAX;
use model::registration::DeviceId;
use mqtt::exchange::{Connect, PublishAnswer, PublishHandle, RequestHandle, Subscription};
use mqtt::message::{Message, Qos};
use mqtt::reason::{ConnectRefusal, Disconnect, PublishRefusal, SubscribeRefusal, Unsubscribed};
use mqtt::topic::TopicFilter;
use policy::operation::{Operation, OperationInfo};
use policy::operations::mqtt::{MqttPublish, MqttSessionKeep};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Something that a client asks for.
pub(super) enum Task {
    Connect(Box<Connect>),
    Publish(PublishHandle, Option<u16>, Box<Message>),
    /// The client forgets a message of QoS 2.
    Release(u16),
    Subscribe(RequestHandle, Vec<Subscription>),
    Unsubscribe(RequestHandle, Vec<TopicFilter>),
    /// What the platform asks of itself: that the session is stored anew.
    Renew,
}

/// What came of it.
pub(super) enum Done {
    Admitted(Result<Box<Admitted>, ConnectRefusal>),
    Published(PublishHandle, PublishAnswer, Outcome),
    /// Of so many messages at the front so many, the first ones, were taken.
    Together {
        tried: usize,
        taken: usize,
    },
    /// These are forgotten, if that could be stored.
    Released(Result<Vec<u16>, ()>),
    /// With what is followed from now on, if it could be stored.
    Subscribed(
        RequestHandle,
        Vec<Result<Qos, SubscribeRefusal>>,
        Option<Subscriptions>,
    ),
    Unsubscribed(RequestHandle, Vec<Unsubscribed>, Option<Subscriptions>),
    Renewed,
}

/// Something that is being done.
pub(super) type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

pub(super) fn connect(broker: &Arc<Inside>, peer: &Arc<Peer>, connect: Box<Connect>) -> Work {
    let (broker, peer) = (broker.clone(), peer.clone());
    Box::pin(async move { Done::Admitted(admit(&broker, &peer, &connect).await.map(Box::new)) })
}

/// A message of QoS 2 of a session that is kept.
pub(super) struct Once {
    pub(super) received: Received,
    /// Whether its client hears that it was refused, and then sends no more of it.
    pub(super) is_told_refusals: bool,
}

/// Carries out a message. It is confirmed when all that it changed is durable.
pub(super) fn publish(
    broker: &Arc<Inside>,
    speaker: Arc<Speaker>,
    handle: PublishHandle,
    packet_id: Option<u16>,
    message: Box<Message>,
    once: Option<Once>,
) -> Work {
    let broker = broker.clone();
    Box::pin(async move {
        let outcome = match in_time(&broker, &speaker.caller, MqttPublish::INFO).await {
            Ok(()) => {
                broker.door.count(&speaker.caller, true);
                let publication = Publication {
                    topic: message.topic.as_str(),
                    payload: &message.payload,
                    packet_id,
                    received: once.as_ref().map(|once| &once.received),
                };
                broker.meaning.publish(&speaker, publication).await
            }
            Err(TooEarly) => {
                let too_often = Err(Rejected::Limit);
                broker
                    .door
                    .count_message(&speaker.caller, Protocol::Mqtt, too_often);
                Outcome::refused(PublishRefusal::QuotaExceeded)
            }
        };
        let answer = match (outcome.taken, once) {
            (Ok(()), _) => PublishAnswer::Accepted,
            (Err(why), Some(once)) if once.is_told_refusals => {
                refused(&broker, &speaker.caller, why, &once.received).await
            }
            (Err(why), _) => PublishAnswer::Refused(why, None),
        };
        Done::Published(handle, answer, outcome)
    })
}

/// What a client of 5.0 is answered to a message of QoS 2 that is refused. That ends the message for it, and whatever it says
/// next is another one. So what is half done and may be done later is not refused: sent again, it goes on where it stopped.
/// A fault is refused, since it may be there for ever; but nothing is while its number could not be freed.
async fn refused(
    broker: &Inside,
    caller: &Caller,
    why: PublishRefusal,
    received: &Received,
) -> PublishAnswer {
    if let Some(end) = why.ends_3_1_1()
        && why != PublishRefusal::Fault
        && may_be_begun(broker, caller, received).await
    {
        return PublishAnswer::Again(end);
    }
    let forgotten = broker
        .door
        .release_mqtt_messages(caller, &received.device, vec![received.packet])
        .await;
    if let Err(refusal) = forgotten {
        tracing::warn!(
            ?refusal,
            "what was done of a message over MQTT stays noted, so it is not refused"
        );
        return PublishAnswer::Again(Disconnect::Unspecified);
    }
    PublishAnswer::Refused(why, None)
}

/// Whether anything of a message has taken effect, for all that can be found out now.
async fn may_be_begun(broker: &Inside, caller: &Caller, received: &Received) -> bool {
    match broker.door.ask(caller, ConnectAs(received.device.clone())).await {
        Ok(found) => {
            let noted = found.map(|found| found.received).unwrap_or_default();
            noted.iter().any(|(packet, _)| *packet == received.packet)
        }
        Err(_) => true,
    }
}

/// Carries out messages that have come together, as far as that is possible.
pub(super) fn publish_together(broker: &Arc<Inside>, speaker: Arc<Speaker>, batch: Batch) -> Work {
    let broker = broker.clone();
    Box::pin(async move {
        let Batch { topic, messages } = batch;
        let taken = broker.meaning.publish_together(&speaker, &topic, &messages).await;
        Done::Together {
            tried: messages.len(),
            taken,
        }
    })
}

/// Forgets messages of QoS 2: only then their numbers may come again.
pub(super) fn release(broker: &Arc<Inside>, speaker: Arc<Speaker>, device: DeviceId, ids: Vec<u16>) -> Work {
    let broker = broker.clone();
    Box::pin(async move {
        let forgotten = broker
            .door
            .release_mqtt_messages(&speaker.caller, &device, ids.clone())
            .await;
        Done::Released(forgotten.map(|()| ids).map_err(drop))
    })
}

/// It comes too early, also after a wait.
struct TooEarly;

/// Counts what a client asks for. What comes too early waits, and with it all that comes after; only if that took too long it
/// is refused.
async fn in_time(broker: &Inside, caller: &Caller, operation: OperationInfo) -> Result<(), TooEarly> {
    let mut waited = 0;
    loop {
        match broker.door.meter_mqtt(caller, operation) {
            Err(Refusal::TooOften { retry_after_seconds }) if waited < MQTT_DELAY_SECONDS_MAX => {
                let seconds = retry_after_seconds.clamp(1, MQTT_DELAY_SECONDS_MAX);
                waited += seconds;
                sleep(Duration::from_secs(seconds)).await;
            }
            Err(_) => return Err(TooEarly),
            Ok(()) => return Ok(()),
        }
    }
}

/// Counts what a client wants to follow, and stores it if its session is kept. It is confirmed only then, and until then the
/// client does not follow it.
pub(super) fn subscribed(
    broker: &Arc<Inside>,
    following: Following,
    handle: RequestHandle,
    mut answers: Vec<Result<Qos, SubscribeRefusal>>,
) -> Work {
    let broker = broker.clone();
    Box::pin(async move {
        let why = match following.count(&broker).await {
            Err(TooEarly) => SubscribeRefusal::QuotaExceeded,
            Ok(()) => match following.store(&broker).await {
                Ok(subscriptions) => return Done::Subscribed(handle, answers, Some(subscriptions)),
                Err(_) => SubscribeRefusal::Unspecified,
            },
        };
        answers.fill(Err(why));
        Done::Subscribed(handle, answers, None)
    })
}

/// The same for what it follows no longer. Where nothing is stored, also what comes too early is done: it makes less work,
/// and 3.1.1 has no word for a refusal.
pub(super) fn unsubscribed(
    broker: &Arc<Inside>,
    following: Following,
    handle: RequestHandle,
    mut answers: Vec<Unsubscribed>,
) -> Work {
    let broker = broker.clone();
    Box::pin(async move {
        let is_counted = following.count(&broker).await.is_ok();
        if (is_counted || following.stored.is_none())
            && let Ok(subscriptions) = following.store(&broker).await
        {
            return Done::Unsubscribed(handle, answers, Some(subscriptions));
        }
        answers.fill(Unsubscribed::Unspecified);
        Done::Unsubscribed(handle, answers, None)
    })
}

/// Stores what would be forgotten otherwise while the client is connected.
pub(super) fn renewed(broker: &Arc<Inside>, stored: Stored) -> Work {
    let broker = broker.clone();
    Box::pin(async move {
        if let Err(refusal) = stored.store(&broker).await {
            tracing::warn!(
                ?refusal,
                "a session over MQTT could not be stored anew; it is tried later"
            );
        }
        Done::Renewed
    })
}

/// What a client is about to follow.
pub(super) struct Following {
    pub(super) speaker: Arc<Speaker>,
    pub(super) subscriptions: Subscriptions,
    /// What is stored of it, if the session is kept.
    pub(super) stored: Option<Stored>,
}

impl Following {
    /// What is stored is a commit each time, and counts as such; what is not counts as a message.
    async fn count(&self, broker: &Inside) -> Result<(), TooEarly> {
        let operation = match self.stored {
            Some(_) => MqttSessionKeep::INFO,
            None => MqttPublish::INFO,
        };
        in_time(broker, &self.speaker.caller, operation).await
    }

    /// What is followed, once it is stored.
    async fn store(self, broker: &Inside) -> Result<Subscriptions, Refusal> {
        if let Some(stored) = self.stored {
            stored.store(broker).await?;
        }
        Ok(self.subscriptions)
    }
}
