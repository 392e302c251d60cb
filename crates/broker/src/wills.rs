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
    MQTT_TAKEOVER_SECONDS_MAX, MQTT_WILLS_WAITING_MAX, MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX,
    MQTT_WILLS_WAITING_PER_TENANT_MAX,
};
use mqtt::message::Message;
use mqtt::reason::PublishRefusal;
use mqtt::topic::TopicName;
use serde::{Deserialize, Serialize};
use smartrest::topic::CollectionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};

/// Of the wills that a start takes up, so many are published at once of one user, of one tenant, and of all.
const AT_ONCE_OF_PRINCIPAL: usize = 2;
const AT_ONCE_OF_TENANT: usize = 8;
const AT_ONCE: usize = 16;
/// Between the first two tries to publish a will; then twice as long each time, up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(2);

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
    /// What is kept, when it has its turn.
    Kept(WaitingWill, Turns),
}

/// Where a will waits for its turn: among those of its user, of its tenant, and of all.
pub(crate) struct Turns(Box<[Arc<Semaphore>; 3]>);

/// Why a will was not said.
struct Unsaid {
    why: PublishRefusal,
    /// Nothing of it was done.
    is_whole: bool,
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
    /// How many of them a start has taken up. They are in nobody's way: the others are counted without them.
    taken_up: usize,
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
    is_taken_up: bool,
    fate: oneshot::Sender<Fate>,
}

impl Waiting {
    fn take(&mut self, key: &SessionKey) -> Option<One> {
        let one = self.wills.remove(key)?;
        if one.is_taken_up {
            self.taken_up -= 1;
        } else {
            give_back(&mut self.by_tenant, &key.tenant);
            give_back(&mut self.by_principal, &(key.tenant, key.principal));
        }
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
    /// waited long enough. Those that a start takes up have a place each: they are as many as sessions are kept.
    fn wait(&self, left: &Left, is_taken_up: bool) -> Option<(u64, oneshot::Receiver<Fate>)> {
        let key = left.key.clone();
        let mut waiting = self.lock();
        drop(waiting.take(&key));
        if is_taken_up {
            waiting.taken_up += 1;
        } else {
            let principal = (key.tenant, key.principal);
            let is_full = waiting.wills.len() - waiting.taken_up >= MQTT_WILLS_WAITING_MAX
                || count(&waiting.by_tenant, &key.tenant) >= MQTT_WILLS_WAITING_PER_TENANT_MAX
                || count(&waiting.by_principal, &principal) >= MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX;
            if is_full {
                return None;
            }
            *waiting.by_tenant.entry(key.tenant).or_default() += 1;
            *waiting.by_principal.entry(principal).or_default() += 1;
        }
        waiting.last += 1;
        let number = waiting.last;
        let (sender, fate) = oneshot::channel();
        let one = One {
            number,
            kept: left.number,
            is_taken_up,
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
    /// Publishes what sessions have left that the program ended before, each when its time has come: a few of one tenant at
    /// once, so that those of no other wait for them. Waits for none of them. To be called before anybody connects.
    pub(crate) async fn take_up_wills(self: &Arc<Self>) -> Result<(), Refusal> {
        let (left, outcome) = self.door.left_mqtt_wills().await;
        let of_all = Arc::new(Semaphore::new(AT_ONCE));
        let (mut of_tenants, mut of_principals) = (HashMap::new(), HashMap::new());
        for will in left {
            let of_tenant = of_tenants.entry(will.tenant);
            let of_tenant = of_tenant.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE_OF_TENANT)));
            let of_principal = of_principals.entry((will.tenant, will.principal));
            let of_principal = of_principal.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE_OF_PRINCIPAL)));
            let turns = Turns(Box::new([
                of_principal.clone(),
                of_tenant.clone(),
                of_all.clone(),
            ]));
            let (left, words) = (Left::of(&will), Words::Kept(will, turns));
            if let Err((left, words)) = self.wait(left, words) {
                let (broker, open) = (self.clone(), self.open_wills.begin());
                tokio::spawn(async move {
                    let _open = open;
                    broker.publish_will(&left, words, broker.patience()).await;
                });
            }
        }
        outcome
    }

    /// Publishes a will now, trying until this time, or after its delay.
    pub(crate) async fn execute(self: &Arc<Self>, left: Left, words: Words, gives_up_at: Duration) {
        if let Err((left, words)) = self.wait(left, words) {
            self.publish_will(&left, words, gives_up_at).await;
        }
    }

    /// Until when a will is tried whose time comes now.
    fn patience(&self) -> Duration {
        self.now() + Duration::from_secs(MQTT_TAKEOVER_SECONDS_MAX)
    }

    /// Publishes a will after its delay; gives it back if there is none, or no place to wait in.
    fn wait(self: &Arc<Self>, left: Left, words: Words) -> Result<(), (Left, Words)> {
        let fate = match left.delay_seconds > 0 && !self.is_stopping() {
            true => self.wills.wait(&left, matches!(words, Words::Kept(..))),
            false => None,
        };
        let Some((number, fate)) = fate else {
            return Err((left, words));
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
            broker.publish_will(&left, words, broker.patience()).await;
        });
        Ok(())
    }

    async fn publish_will(&self, left: &Left, words: Words, gives_up_at: Duration) {
        match self.say(&words, gives_up_at).await {
            Ok(()) => {}
            Err(PublishRefusal::Fault) => {
                tracing::warn!("a will could not be published; if it is kept, it stays");
                if let Some(number) = left.number {
                    // Its client has no use for it when it is back.
                    self.wills.could_not_forget(&left.key, number);
                }
                return;
            }
            // Kept longer, wills would be more and more of what there is no time for.
            Err(why) => tracing::warn!(?why, "a will is lost: the platform had no time for it"),
        }
        if let Some(number) = left.number {
            let whose = (left.key.tenant, left.key.principal);
            let forgotten = self.door.forget_mqtt_will(whose, &left.key.device, number);
            if let Err(refusal) = forgotten.await {
                tracing::warn!(?refusal, "a will that is over is still kept");
                self.wills.could_not_forget(&left.key, number);
            }
        }
    }

    /// Says the words of a will, if they may still be said. What cannot be done now is tried again for a while: when very
    /// many clients are lost at once, the platform is busy. An error if it came to nothing.
    async fn say(&self, words: &Words, gives_up_at: Duration) -> Result<(), PublishRefusal> {
        let mut pause = PAUSE;
        loop {
            match self.say_once(words).await {
                Err(Unsaid { why, is_whole })
                    if is_whole && why != PublishRefusal::Fault && self.now() + pause < gives_up_at =>
                {
                    sleep(pause).await;
                    pause = PAUSE_MAX.min(pause * 2);
                }
                outcome => return outcome.map_err(|unsaid| unsaid.why),
            }
        }
    }

    async fn say_once(&self, words: &Words) -> Result<(), Unsaid> {
        let mut turns = Vec::new();
        let (speaker, topic, payload) = match words {
            Words::Known(speaker, message) => {
                (speaker.clone(), message.topic.clone(), message.payload.clone())
            }
            Words::Kept(will, Turns(places)) => {
                for place in places.iter() {
                    turns.push(place.acquire().await);
                }
                let unsaid = |why| Unsaid { why, is_whole: true };
                match self.kept_words(will).await {
                    Ok(Some(words)) => words,
                    Ok(None) => return Ok(()),
                    Err(Refusal::Busy | Refusal::StorageUnavailable) => {
                        return Err(unsaid(PublishRefusal::Unspecified));
                    }
                    Err(_) => return Err(unsaid(PublishRefusal::Fault)),
                }
            }
        };
        // Of several rows, the first may be done.
        let is_whole = payload.trim_ascii().iter().all(|byte| *byte != b'\n');
        let publication = Publication {
            topic: topic.as_str(),
            payload: &payload,
            packet_id: None,
            received: None,
        };
        match self.meaning.publish(&speaker, publication).await.taken {
            // What a client would send again.
            Err(why) if why.ends_3_1_1().is_some() => Err(Unsaid { why, is_whole }),
            Err(why) => {
                tracing::debug!(?why, "a will was refused");
                Ok(())
            }
            Ok(()) => Ok(()),
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
mod tests;
