//! The sessions of one tenant by what they are subscribed to, and the one task that hands out what happens in it. It gives
//! ids on, and decides nothing about content.

use super::session::{ClientId, Happening, Over, Session};
use super::{Inside, TooManyChannels};
use crate::caller::Caller;
use crate::refusal::Refusal;
use model::ids::{ObjectId, TenantNumber};
use model::limits::{
    REALTIME_CHECK_SECONDS, REALTIME_SESSIONS_PER_PRINCIPAL_MAX, REALTIME_SESSIONS_PER_TENANT_MAX,
};
use model::realtime::{Channel, Kind};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use store::feed::{Action, Followed, Follower, Happened, Heard, What};
use tokio::time::{MissedTickBehavior, interval};

/// Happenings that are handed out before others get a chance to run.
const AT_ONCE: usize = 256;

/// The sessions of one tenant.
pub(super) struct Hub {
    tenant: TenantNumber,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<ClientId, Arc<Session>>,
    by_channel: HashMap<Channel, Vec<Arc<Session>>>,
}

/// On which channels something is told: of the object itself, and of everything above it.
fn kinds(happened: &Happened) -> (Kind, Option<Kind>) {
    match happened.what {
        What::Object => (Kind::Objects, None),
        What::Measurement(_) | What::PassingMeasurement(_) => (Kind::Measurements, None),
        What::Event(_) | What::PassingEvent(_) => (Kind::Events, Some(Kind::EventsWithChildren)),
        What::Alarm(_) => (Kind::Alarms, Some(Kind::AlarmsWithChildren)),
        What::Operation(_) if happened.action == Action::Created => {
            (Kind::Operations, Some(Kind::NewOperations))
        }
        What::Operation(_) => (Kind::Operations, None),
    }
}

impl Hub {
    pub(super) fn new(tenant: TenantNumber) -> Self {
        Self {
            tenant,
            state: Mutex::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().sessions.len()
    }

    pub(super) fn session(&self, id: &ClientId) -> Option<Arc<Session>> {
        self.lock().sessions.get(id).cloned()
    }

    /// Takes a session in; the oldest one of the same principal ends if it has as many as it may.
    pub(super) fn add(&self, session: &Arc<Session>) -> Result<(), Refusal> {
        let mut state = self.lock();
        let of_principal = |other: &&Arc<Session>| other.caller().numbers() == session.caller().numbers();
        let own: Vec<_> = state.sessions.values().filter(of_principal).cloned().collect();
        if own.len() >= REALTIME_SESSIONS_PER_PRINCIPAL_MAX
            && let Some(oldest) = own.into_iter().min_by_key(|other| other.number())
        {
            oldest.end(Over::Replaced);
            state.remove(&oldest);
        }
        if state.sessions.len() >= REALTIME_SESSIONS_PER_TENANT_MAX {
            return Err(Refusal::Busy);
        }
        state.sessions.insert(session.id(), session.clone());
        Ok(())
    }

    pub(super) fn subscribe(&self, session: &Arc<Session>, channel: Channel) -> Result<(), TooManyChannels> {
        let mut state = self.lock();
        if state.sessions.contains_key(&session.id()) && session.add_channel(channel)? {
            state.by_channel.entry(channel).or_default().push(session.clone());
        }
        Ok(())
    }

    pub(super) fn unsubscribe(&self, session: &Arc<Session>, channel: Channel) {
        session.remove_channel(channel);
        self.lock().forget(session.id(), channel);
    }

    pub(super) fn remove(&self, session: &Session) {
        self.lock().remove(session);
    }

    pub(super) fn end_all(&self, why: Over) {
        let mut state = self.lock();
        state.by_channel.clear();
        for (_, session) in state.sessions.drain() {
            session.end(why);
        }
    }

    /// The objects whose place in the tree matters to somebody: of what has happened below others, if that is followed.
    pub(super) fn asks_above(&self, happened: &[Happened]) -> Vec<ObjectId> {
        let state = self.lock();
        let followed: BTreeSet<Kind> = state.by_channel.keys().map(|channel| channel.kind).collect();
        let objects = happened.iter().filter_map(|happened| {
            let (_, below) = kinds(happened);
            below
                .filter(|kind| followed.contains(kind))
                .map(|_| happened.object)
        });
        objects.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Lets it wait for every session that is subscribed; those that are too slow end.
    pub(super) fn hand_out(&self, happened: &[Happened], above: &HashMap<ObjectId, Vec<ObjectId>>) {
        let mut state = self.lock();
        let mut slow = Vec::new();
        for happened in happened {
            let (kind, below) = kinds(happened);
            let mut tell = |subscribed: Channel, kind: Kind, of: ObjectId| {
                let happening = Happening {
                    kind,
                    of,
                    happened: *happened,
                };
                let sessions = state.by_channel.get(&subscribed);
                let refused = sessions
                    .into_iter()
                    .flatten()
                    .filter(|session| !session.push(happening));
                slow.extend(refused.cloned());
            };
            let object = happened.object;
            tell(Channel::all(kind), kind, object);
            tell(Channel::one(kind, object), kind, object);
            let Some(kind) = below else { continue };
            tell(Channel::all(kind), kind, object);
            let line = above.get(&object).into_iter().flatten();
            for of in std::iter::once(&object).chain(line) {
                tell(Channel::one(kind, *of), kind, *of);
            }
        }
        for session in slow {
            session.end(Over::Slow);
            state.remove(&session);
        }
    }

    fn end_idle(&self) {
        let mut state = self.lock();
        let idle = state.sessions.values().filter(|session| session.rests());
        for session in idle.cloned().collect::<Vec<_>>() {
            session.end(Over::Idle);
            state.remove(&session);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove(&mut self, session: &Session) {
        if self.sessions.remove(&session.id()).is_some() {
            for channel in session.channels() {
                self.forget(session.id(), channel);
            }
        }
    }

    fn forget(&mut self, id: ClientId, channel: Channel) {
        if let Some(sessions) = self.by_channel.get_mut(&channel) {
            sessions.retain(|session| session.id() != id);
            if sessions.is_empty() {
                self.by_channel.remove(&channel);
            }
        }
    }
}

/// Hands out what happens in a tenant until nobody follows it.
pub(super) async fn run(hub: Arc<Hub>, realtime: Weak<Inside>, mut follower: Follower) {
    let followed = follower.followed();
    let mut ticks = interval(Duration::from_secs(REALTIME_CHECK_SECONDS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        tokio::select! {
            heard = follower.next() => match heard {
                Heard::These(happened) => {
                    let Some(realtime) = realtime.upgrade() else { return };
                    realtime.hand_out(&hub, followed, &happened).await;
                }
                Heard::Missed(_) => hub.end_all(Over::Missed),
                Heard::End => return hub.end_all(Over::Missed),
            },
            _ = ticks.tick() => {
                let Some(realtime) = realtime.upgrade() else { return };
                hub.end_idle();
                realtime.check(&hub).await;
                if realtime.ends(&hub) {
                    return;
                }
            }
        }
    }
}

impl Inside {
    async fn hand_out(&self, hub: &Hub, followed: Followed, happened: &[Happened]) {
        for happened in happened.chunks(AT_ONCE) {
            let objects = hub.asks_above(happened);
            let above = match objects.is_empty() {
                true => HashMap::new(),
                false => {
                    let inside = self.door.0.clone();
                    let found = self
                        .door
                        .work(move || Ok(inside.store.above(followed, &objects)?))
                        .await;
                    let Ok(above) = found else {
                        // Whom it concerns is not known: everybody must begin anew.
                        return hub.end_all(Over::Missed);
                    };
                    above
                }
            };
            hub.hand_out(happened, &above);
            tokio::task::yield_now().await;
        }
    }

    /// Ends the sessions of callers who may not act any more, or not with the credential that they came in with.
    async fn check(&self, hub: &Hub) {
        let mut callers: Vec<(Caller, bool)> = Vec::new();
        for session in hub.lock().sessions.values() {
            if !callers.iter().any(|(caller, _)| caller.is_as(session.caller())) {
                callers.push((session.caller().clone(), true));
            }
        }
        let inside = self.door.0.clone();
        let checked = self.door.work(move || {
            for (caller, may) in &mut callers {
                *may = !inside.is_signed_out(caller);
            }
            Ok(callers)
        });
        // When the platform is busy the next check will tell; what is delivered until then is decided all the same.
        let Ok(callers) = checked.await else { return };
        let mut state = hub.lock();
        for (caller, _) in callers.into_iter().filter(|(_, may)| !may) {
            let of_caller = |session: &&Arc<Session>| session.caller().is_as(&caller);
            for session in state
                .sessions
                .values()
                .filter(of_caller)
                .cloned()
                .collect::<Vec<_>>()
            {
                session.end(Over::SignedOut);
                state.remove(&session);
            }
        }
    }

    /// Whether the hub has nothing more to do: it is taken out then, so that nobody joins it any more.
    fn ends(&self, hub: &Hub) -> bool {
        let mut hubs = self.lock();
        let is_empty = hub.len() == 0;
        if is_empty {
            hubs.remove(&hub.tenant);
        }
        is_empty
    }
}
