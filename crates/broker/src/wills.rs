//! Wills that wait for their time: published when it has come, or when the session begins anew or the program stops before;
//! void when the session goes on before. What a will may do is decided when it is published.

use crate::broker::Inside;
use crate::meaning::Publication;
use crate::registry::{SessionKey, count, give_back};
use crate::speaker::Speaker;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::{
    MQTT_WILLS_WAITING_MAX, MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX, MQTT_WILLS_WAITING_PER_TENANT_MAX,
};
use mqtt::message::Will;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

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
    /// How many have waited so far.
    last: u64,
}

/// A will that waits, with its number: a session may leave another one before this has heard what becomes of it.
struct One {
    number: u64,
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

    /// The program stops.
    pub(crate) fn publish_all(&self) {
        let waiting = std::mem::take(&mut *self.lock());
        for (_, one) in waiting.wills {
            let _ = one.fate.send(Fate::Published);
        }
    }

    /// A place to wait in, with its number; nothing if there are as many as there may be. Whoever waited in it before has
    /// waited long enough.
    fn wait(&self, key: SessionKey) -> Option<(u64, oneshot::Receiver<Fate>)> {
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
        waiting.wills.insert(key, One { number, fate: sender });
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
    /// Publishes a will now, or after its delay; not later than its session ends.
    pub(crate) async fn execute(
        self: &Arc<Self>,
        key: SessionKey,
        speaker: Arc<Speaker>,
        will: Will,
        session_expiry_seconds: u32,
    ) {
        let delay = will.delay_seconds.min(session_expiry_seconds);
        let fate = match delay > 0 && !self.is_stopping() {
            true => self.wills.wait(key.clone()),
            false => None,
        };
        let Some((number, fate)) = fate else {
            return self.publish_will(&speaker, &will).await;
        };
        let (broker, open) = (self.clone(), self.open_wills.begin());
        tokio::spawn(async move {
            let _open = open;
            let time = Duration::from_secs(u64::from(delay));
            match timeout(time, fate).await {
                Ok(Ok(Fate::Void)) => return,
                // Without a word, another will of this session has taken its place.
                Ok(Ok(Fate::Published) | Err(_)) => {}
                Err(_) => broker.wills.leave(&key, number),
            }
            broker.publish_will(&speaker, &will).await;
        });
    }

    async fn publish_will(&self, speaker: &Speaker, will: &Will) {
        let publication = Publication {
            topic: will.message.topic.as_str(),
            payload: &will.message.payload,
            packet_id: None,
        };
        let outcome = self.meaning.publish(speaker, publication).await;
        if let Err(why) = outcome.taken {
            tracing::debug!(?why, "a will was refused");
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
            .map(|device| wills.wait(key(1, 1, &format!("d{device}"))).expect("a place"))
            .collect();
        assert!(wills.wait(key(1, 1, "more")).is_none());
        let rest = MQTT_WILLS_WAITING_PER_TENANT_MAX - MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX;
        let _of_tenant: Vec<_> = (0..rest)
            .map(|user| wills.wait(key(1, 2 + user as u64, "d")).expect("a place"))
            .collect();
        assert!(wills.wait(key(1, 1_000_000, "d")).is_none());
        assert!(wills.wait(key(2, 1, "d")).is_some());
        wills.session_begins(&key(1, 1, "d0"), true);
        assert!(wills.wait(key(1, 1, "more")).is_some(), "a place is given back");
        wills.publish_all();
        assert!(wills.lock().by_tenant.is_empty() && wills.lock().by_principal.is_empty());
    }

    #[test]
    fn a_will_whose_time_is_over_leaves_the_one_after_it_alone() {
        let wills = Wills::default();
        let session = key(1, 1, "d");
        let (first, mut told_first) = wills.wait(session.clone()).expect("a place");
        let (_, mut told_second) = wills.wait(session.clone()).expect("a place");
        assert!(told_first.try_recv().is_err());
        wills.leave(&session, first);
        wills.session_begins(&session, true);
        assert!(matches!(told_second.try_recv(), Ok(Fate::Void)));
    }
}
