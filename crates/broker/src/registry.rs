//! Who is connected: one connection for each device that a caller speaks for. A new one takes the place of the one before,
//! after that has come to its end. Knows no packet and no right.

use crate::source::Source;
use engine::caller::Caller;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::{
    MQTT_BOOTSTRAP_CONNECTIONS_PER_ADDRESS_MAX, MQTT_CONNECTIONS_MAX, MQTT_CONNECTIONS_PER_PRINCIPAL_MAX,
    MQTT_CONNECTIONS_PER_TENANT_MAX, MQTT_TAKEOVER_SECONDS_MAX,
};
use model::registration::DeviceId;
use model::users::UserKind;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Whose session it is. The caller belongs to it: who only says that it speaks for a device takes nothing over from the
/// device's own user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey {
    pub(crate) tenant: TenantNumber,
    pub(crate) principal: PrincipalId,
    pub(crate) device: DeviceId,
    /// Of the user that new devices share: from where. Otherwise anybody who knows what it signs in with could take the
    /// place of a device that waits for its credentials.
    pub(crate) from: Option<Source>,
}

impl SessionKey {
    pub(crate) fn of(caller: &Caller, device: DeviceId, address: IpAddr) -> Self {
        let (tenant, principal) = caller.numbers();
        Self {
            tenant,
            principal,
            device,
            from: (caller.kind() == UserKind::Bootstrap).then(|| Source::from(address)),
        }
    }

    fn owner(&self) -> Owner {
        (self.tenant, self.principal, self.from)
    }
}

/// On whose account a connection is.
type Owner = (TenantNumber, PrincipalId, Option<Source>);

/// What a connection is told from outside. The first word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Another connection takes its place.
    TakenOver,
    /// Its caller may not act any more.
    SignedOut,
    /// The program stops.
    Stopping,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// There are as many connections as there may be.
    Full,
    /// The connection before does not come to its end.
    Held,
    /// The program stops.
    Stopping,
}

/// All connections whose clients have signed in.
#[derive(Clone, Default)]
pub(crate) struct Registry(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    live: HashMap<SessionKey, Live>,
    by_tenant: HashMap<TenantNumber, usize>,
    by_owner: HashMap<Owner, usize>,
    stopping: bool,
}

struct Live {
    caller: Caller,
    word: watch::Sender<Option<Word>>,
    /// Ends with the place.
    left: watch::Receiver<()>,
}

impl Live {
    fn tell(&self, word: Word) {
        self.word.send_if_modified(|told| {
            let is_first = told.is_none();
            told.get_or_insert(word);
            is_first
        });
    }
}

impl Registry {
    /// Takes the place of a session, from the connection that has it, if one does.
    pub(crate) async fn enter(&self, key: SessionKey, caller: &Caller) -> Result<Place, NoPlace> {
        let patience = Duration::from_secs(MQTT_TAKEOVER_SECONDS_MAX);
        let entered = timeout(patience, async {
            loop {
                let mut left = match self.try_enter(&key, caller)? {
                    Entered::Here(place) => return Ok(place),
                    Entered::Before(left) => left,
                };
                // The place before is dropped, which is an error of the channel.
                while left.changed().await.is_ok() {}
            }
        });
        entered.await.unwrap_or(Err(NoPlace::Held))
    }

    fn try_enter(&self, key: &SessionKey, caller: &Caller) -> Result<Entered, NoPlace> {
        let mut state = self.lock();
        if state.stopping {
            return Err(NoPlace::Stopping);
        }
        if let Some(live) = state.live.get(key) {
            live.tell(Word::TakenOver);
            return Ok(Entered::Before(live.left.clone()));
        }
        let (tenant, owner) = (key.tenant, key.owner());
        let of_owner_max = match key.from {
            Some(_) => MQTT_BOOTSTRAP_CONNECTIONS_PER_ADDRESS_MAX,
            None => MQTT_CONNECTIONS_PER_PRINCIPAL_MAX,
        };
        let is_full = state.live.len() >= MQTT_CONNECTIONS_MAX
            || count(&state.by_tenant, &tenant) >= MQTT_CONNECTIONS_PER_TENANT_MAX
            || count(&state.by_owner, &owner) >= of_owner_max;
        if is_full {
            return Err(NoPlace::Full);
        }
        *state.by_tenant.entry(tenant).or_default() += 1;
        *state.by_owner.entry(owner).or_default() += 1;
        let (word, told) = watch::channel(None);
        let (leaves, left) = watch::channel(());
        let live = Live {
            caller: caller.clone(),
            word,
            left,
        };
        state.live.insert(key.clone(), live);
        Ok(Entered::Here(Place {
            key: key.clone(),
            registry: self.clone(),
            told,
            _leaves: leaves,
        }))
    }

    /// Whoever is connected, by tenant.
    pub(crate) fn callers(&self) -> HashMap<TenantNumber, Vec<(SessionKey, Caller)>> {
        let mut callers: HashMap<_, Vec<_>> = HashMap::new();
        for (key, live) in &self.lock().live {
            let of_tenant = callers.entry(key.tenant).or_default();
            of_tenant.push((key.clone(), live.caller.clone()));
        }
        callers
    }

    /// Tells a connection that its caller may not act any more, if it is still that caller's.
    pub(crate) fn sign_out(&self, key: &SessionKey, caller: &Caller) {
        let state = self.lock();
        let live = state.live.get(key);
        // Meanwhile another may have come with better credentials.
        if let Some(live) = live.filter(|live| live.caller.is_as(caller)) {
            live.tell(Word::SignedOut);
        }
    }

    /// Tells everybody that the program stops, and lets nobody in any more.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for live in state.live.values() {
            live.tell(Word::Stopping);
        }
    }

    /// How many are connected.
    pub(crate) fn len(&self) -> usize {
        self.lock().live.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Entered {
    Here(Place),
    /// Somebody else is there still.
    Before(watch::Receiver<()>),
}

/// The place of one connection, until it is dropped.
pub(crate) struct Place {
    key: SessionKey,
    registry: Registry,
    told: watch::Receiver<Option<Word>>,
    _leaves: watch::Sender<()>,
}

impl Place {
    /// Whose session it is.
    pub(crate) fn key(&self) -> &SessionKey {
        &self.key
    }

    /// Waits until something is told.
    pub(crate) async fn word(&mut self) -> Word {
        let told = self.told.wait_for(Option::is_some).await;
        // The other end lives as long as this place.
        told.ok().and_then(|word| *word).unwrap_or(Word::Stopping)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.registry.lock();
        state.live.remove(&self.key);
        give_back(&mut state.by_tenant, &self.key.tenant);
        give_back(&mut state.by_owner, &self.key.owner());
    }
}

/// How many there are.
pub(crate) fn count<K: Hash + Eq>(counts: &HashMap<K, usize>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or(0)
}

/// There is one less.
pub(crate) fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    match counts.get_mut(key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => {
            counts.remove(key);
        }
    }
}
