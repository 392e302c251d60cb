//! Wills that wait for their time: published when it has come, or when the session begins anew or the program stops before;
//! void when the session goes on before. What a will may do is decided when it is published. Wills of sessions that are kept
//! are kept with them, and published also if the program ended before.

use crate::broker::Inside;
use crate::meaning::Publication;
use crate::registry::{SessionKey, count, give_back};
use crate::speaker::Speaker;
use engine::caller::Caller;
use engine::mqtt::{Earlier, WaitingWill};
use engine::refusal::Refusal;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::{
    MQTT_WILLS_WAITING_MAX, MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX, MQTT_WILLS_WAITING_PER_TENANT_MAX,
};
use mqtt::message::Message;
use mqtt::topic::TopicName;
use serde::{Deserialize, Serialize};
use smartrest::topic::CollectionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A will that a session has left.
pub(crate) struct Left {
    /// Of which session.
    pub(crate) key: SessionKey,
    /// How long it waits; not longer than its session.
    pub(crate) delay_seconds: u32,
    /// The number under which it is kept, if it is.
    pub(crate) number: Option<u64>,
}

/// What is published.
pub(crate) enum Words {
    /// This, in the name of this speaker.
    Known(Arc<Speaker>, Box<Message>),
    /// What is kept.
    Kept(WaitingWill),
}

/// What is kept of a will, in this version's form.
#[derive(Serialize, Deserialize)]
struct Content {
    topic: TopicName,
    payload: Vec<u8>,
    collection: Option<String>,
}

/// What is to be kept of a will.
pub(crate) fn content(speaker: &Speaker, message: &Message) -> Vec<u8> {
    let content = Content {
        topic: message.topic.clone(),
        payload: message.payload.clone(),
        collection: speaker.collection.as_ref().map(|name| name.as_str().to_owned()),
    };
    postcard::to_stdvec(&content).unwrap_or_default()
}

/// What becomes of a will before its time.
enum Fate {
    Published,
    Void,
}

/// The wills that wait.
#[derive(Default)]
pub(crate) struct Wills(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// By session: each has one at most.
    wills: HashMap<SessionKey, One>,
    by_tenant: HashMap<TenantNumber, usize>,
    by_principal: HashMap<(TenantNumber, PrincipalId), usize>,
    /// Numbers of those that are published or void, and could not be forgotten.
    over: HashMap<SessionKey, Vec<u64>>,
    /// How many have waited so far.
    last: u64,
}

/// A will that waits, with its number: a session may leave another one before this has heard what becomes of it.
struct One {
    number: u64,
    /// The number under which it is kept, if it is.
    kept: Option<u64>,
    fate: oneshot::Sender<Fate>,
}

impl Waiting {
    fn take(&mut self, key: &SessionKey) -> Option<One> {
        let one = self.wills.remove(key)?;
        give_back(&mut self.by_tenant, &key.tenant);
        give_back(&mut self.by_principal, &(key.tenant, key.principal));
        Some(one)
    }
}

impl Wills {
    /// A client is back: with its session, so that the will is void, or with a new one, so that its time has come.
    pub(crate) fn session_begins(&self, key: &SessionKey, goes_on: bool) {
        if let Some(one) = self.lock().take(key) {
            // If nobody waits any more, its time has come by itself.
            let _ = one.fate.send(if goes_on { Fate::Void } else { Fate::Published });
        }
    }

    /// What is kept of wills of a session, of which another connection begins.
    pub(crate) fn earlier(&self, key: &SessionKey) -> Earlier {
        let waiting = self.lock();
        Earlier {
            waiting: waiting.wills.get(key).and_then(|one| one.kept),
            over: waiting.over.get(key).cloned().unwrap_or_default(),
        }
    }

    /// A will that is published or void could not be forgotten: the next connection of its session does that.
    pub(crate) fn could_not_forget(&self, key: &SessionKey, number: u64) {
        let mut waiting = self.lock();
        if waiting.over.len() < MQTT_WILLS_WAITING_MAX {
            waiting.over.entry(key.clone()).or_default().push(number);
        }
    }

    /// These are forgotten.
    pub(crate) fn forgotten(&self, key: &SessionKey, numbers: &[u64]) {
        let mut waiting = self.lock();
        if let Some(over) = waiting.over.get_mut(key) {
            over.retain(|number| !numbers.contains(number));
            if over.is_empty() {
                waiting.over.remove(key);
            }
        }
    }

    /// The program stops.
    pub(crate) fn publish_all(&self) {
        let waiting = std::mem::take(&mut *self.lock());
        for (_, one) in waiting.wills {
            let _ = one.fate.send(Fate::Published);
        }
    }

    /// A place to wait in, with its number; nothing if there are as many as there may be. Whoever waited in it before has
    /// waited long enough.
    fn wait(&self, key: SessionKey, kept: Option<u64>) -> Option<(u64, oneshot::Receiver<Fate>)> {
        let mut waiting = self.lock();
        drop(waiting.take(&key));
        let principal = (key.tenant, key.principal);
        let is_full = waiting.wills.len() >= MQTT_WILLS_WAITING_MAX
            || count(&waiting.by_tenant, &key.tenant) >= MQTT_WILLS_WAITING_PER_TENANT_MAX
            || count(&waiting.by_principal, &principal) >= MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX;
        if is_full {
            return None;
        }
        *waiting.by_tenant.entry(key.tenant).or_default() += 1;
        *waiting.by_principal.entry(principal).or_default() += 1;
        waiting.last += 1;
        let number = waiting.last;
        let (sender, fate) = oneshot::channel();
        let one = One {
            number,
            kept,
            fate: sender,
        };
        waiting.wills.insert(key, one);
        Some((number, fate))
    }

    /// The time of a will has come: it waits no more.
    fn leave(&self, key: &SessionKey, number: u64) {
        let mut waiting = self.lock();
        if waiting.wills.get(key).is_some_and(|one| one.number == number) {
            drop(waiting.take(key));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// Publishes what sessions have left that the program ended before, each when its time has come. To be called before
    /// anybody connects.
    pub(crate) async fn take_up_wills(self: &Arc<Self>) -> Result<(), Refusal> {
        let (left, outcome) = self.door.left_mqtt_wills().await;
        let (waiting, due): (Vec<_>, Vec<_>) = left.into_iter().partition(|will| will.seconds > 0);
        for will in waiting {
            self.execute(Left::of(&will), Words::Kept(will)).await;
        }
        let (broker, open) = (self.clone(), self.open_wills.begin());
        tokio::spawn(async move {
            let _open = open;
            for will in due {
                broker.execute(Left::of(&will), Words::Kept(will)).await;
            }
        });
        outcome
    }

    /// Publishes a will now, or after its delay.
    pub(crate) async fn execute(self: &Arc<Self>, left: Left, words: Words) {
        let fate = match left.delay_seconds > 0 && !self.is_stopping() {
            true => self.wills.wait(left.key.clone(), left.number),
            false => None,
        };
        let Some((number, fate)) = fate else {
            return self.publish_will(&left, words).await;
        };
        let (broker, open) = (self.clone(), self.open_wills.begin());
        tokio::spawn(async move {
            let _open = open;
            let time = Duration::from_secs(u64::from(left.delay_seconds));
            match timeout(time, fate).await {
                // What is kept of it, the session has already done away with.
                Ok(Ok(Fate::Void)) => return,
                // Without a word, another will of this session has taken its place.
                Ok(Ok(Fate::Published) | Err(_)) => {}
                Err(_) => broker.wills.leave(&left.key, number),
            }
            broker.publish_will(&left, words).await;
        });
    }

    async fn publish_will(&self, left: &Left, words: Words) {
        let words = match words {
            Words::Known(speaker, message) => Some((speaker, message.topic, message.payload)),
            Words::Kept(will) => match self.kept_words(&will).await {
                Ok(words) => words,
                Err(refusal) => {
                    return tracing::warn!(?refusal, "a will could not be read, and stays");
                }
            },
        };
        if let Some((speaker, topic, payload)) = words {
            let publication = Publication {
                topic: topic.as_str(),
                payload: &payload,
                packet_id: None,
                received: None,
            };
            let outcome = self.meaning.publish(&speaker, publication).await;
            if let Err(why) = outcome.taken {
                tracing::debug!(?why, "a will was refused");
            }
        }
        if let Some(number) = left.number {
            let whose = (left.key.tenant, left.key.principal);
            let forgotten = self.door.forget_mqtt_will(whose, &left.key.device, number);
            if let Err(refusal) = forgotten.await {
                tracing::warn!(?refusal, "a will that was published is still kept");
                self.wills.could_not_forget(&left.key, number);
            }
        }
    }

    /// What is kept of a will, if it is still there and its caller may still act.
    async fn kept_words(
        &self,
        will: &WaitingWill,
    ) -> Result<Option<(Arc<Speaker>, TopicName, Vec<u8>)>, Refusal> {
        let found = self.door.left_mqtt_will(will).await?;
        Ok(found.and_then(|(caller, content)| words_of(will, caller, &content)))
    }
}

/// What is published, and in whose name; nothing if it cannot be read.
fn words_of(
    will: &WaitingWill,
    caller: Caller,
    content: &[u8],
) -> Option<(Arc<Speaker>, TopicName, Vec<u8>)> {
    let content: Content = postcard::from_bytes(content).ok()?;
    let collection = content.collection.as_deref();
    let speaker = Speaker {
        by_certificate: caller.is_by_certificate(),
        caller,
        serial: will.device.as_str().parse().ok()?,
        collection: collection.and_then(|name| name.parse::<CollectionId>().ok()),
    };
    Some((Arc::new(speaker), content.topic, content.payload))
}

impl Left {
    fn of(will: &WaitingWill) -> Self {
        Self {
            key: SessionKey {
                tenant: will.tenant,
                principal: will.principal,
                device: will.device.clone(),
                from: None,
            },
            delay_seconds: will.seconds,
            number: Some(will.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tenant: u32, principal: u64, device: &str) -> SessionKey {
        SessionKey {
            tenant: TenantNumber(tenant),
            principal: PrincipalId::new(principal).expect("a principal"),
            device: device.parse().expect("a device"),
            from: None,
        }
    }

    // R127
    #[test]
    fn the_wills_of_one_user_and_of_one_tenant_leave_room_for_others() {
        let wills = Wills::default();
        let _of_one: Vec<_> = (0..MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX)
            .map(|device| {
                wills
                    .wait(key(1, 1, &format!("d{device}")), None)
                    .expect("a place")
            })
            .collect();
        assert!(wills.wait(key(1, 1, "more"), None).is_none());
        let rest = MQTT_WILLS_WAITING_PER_TENANT_MAX - MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX;
        let _of_tenant: Vec<_> = (0..rest)
            .map(|user| wills.wait(key(1, 2 + user as u64, "d"), None).expect("a place"))
            .collect();
        assert!(wills.wait(key(1, 1_000_000, "d"), None).is_none());
        assert!(wills.wait(key(2, 1, "d"), None).is_some());
        wills.session_begins(&key(1, 1, "d0"), true);
        assert!(
            wills.wait(key(1, 1, "more"), None).is_some(),
            "a place is given back"
        );
        wills.publish_all();
        assert!(wills.lock().by_tenant.is_empty() && wills.lock().by_principal.is_empty());
    }

    #[test]
    fn what_could_not_be_forgotten_is_left_to_the_next_connection_of_its_session() {
        let wills = Wills::default();
        let session = key(1, 1, "d");
        wills.could_not_forget(&session, 7);
        wills.could_not_forget(&session, 8);
        assert_eq!(wills.earlier(&session).over, [7, 8]);
        assert!(wills.earlier(&key(1, 1, "other")).over.is_empty());
        wills.could_not_forget(&session, 9);
        wills.forgotten(&session, &[7, 8]);
        assert_eq!(wills.earlier(&session).over, [9]);
        wills.forgotten(&session, &[9]);
        assert!(wills.lock().over.is_empty());
    }

    #[test]
    fn a_will_whose_time_is_over_leaves_the_one_after_it_alone() {
        let wills = Wills::default();
        let session = key(1, 1, "d");
        let (first, mut told_first) = wills.wait(session.clone(), None).expect("a place");
        let (_, mut told_second) = wills.wait(session.clone(), None).expect("a place");
        assert!(told_first.try_recv().is_err());
        wills.leave(&session, first);
        wills.session_begins(&session, true);
        assert!(matches!(told_second.try_recv(), Ok(Fate::Void)));
    }
}
