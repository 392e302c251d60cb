//! Which feed of operations is told of what: one task per tenant with feeds goes along what happens there, finds who takes a
//! new operation, and lets its id wait for the feeds of that agent. It decides nothing, and holds ids only.

use super::feed::Over;
use crate::door::{Door, Inside};
use crate::refusal::Refusal;
use model::ids::{ObjectId, OperationId, PrincipalId, TenantNumber};
use model::limits::{
    OPERATION_FEEDS_PER_DEVICE_MAX, OPERATION_FEEDS_PER_TENANT_MAX, OPERATIONS_WAITING_MAX,
    REALTIME_CHECK_SECONDS,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use store::feed::{Action, Followed, Follower, Happened, Heard, What};
use store::operations::Routes;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

/// How many rounds go by before every feed asks the store anew, whether it was called or not.
const ROUNDS_BETWEEN_LOOKS: u64 = 15;

/// All feeds of the program, by tenant.
#[derive(Default)]
pub(crate) struct Feeds {
    hubs: Mutex<HashMap<TenantNumber, Arc<Hub>>>,
    /// How many were begun.
    begun: AtomicU64,
}

/// The feeds of one tenant.
pub(super) struct Hub {
    tenant: TenantNumber,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seats: BTreeMap<u64, Arc<Seat>>,
    by_agent: HashMap<ObjectId, Vec<Arc<Seat>>>,
    by_device: HashMap<PrincipalId, Vec<Arc<Seat>>>,
}

/// The place of one feed: what waits for it.
pub(super) struct Seat {
    number: u64,
    principal: PrincipalId,
    state: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Default)]
struct Waiting {
    agent: Option<ObjectId>,
    ids: VecDeque<OperationId>,
    /// Whether the store must be asked what waits: something may have been missed.
    anew: bool,
    over: Option<Over>,
}

impl Feeds {
    /// Begins a feed of a device's user in a tenant. When the user has as many as it may, its oldest one ends.
    pub(super) fn begin(
        &self,
        door: &Door,
        principal: PrincipalId,
        follow: impl FnOnce() -> Follower,
        tenant: TenantNumber,
    ) -> Result<(Arc<Hub>, Arc<Seat>), Refusal> {
        let seat = Arc::new(Seat {
            number: self.begun.fetch_add(1, Ordering::Relaxed),
            principal,
            state: Mutex::default(),
            wake: Notify::new(),
        });
        let mut hubs = self.lock();
        let hub = hubs.entry(tenant).or_insert_with(|| {
            let hub = Arc::new(Hub {
                tenant,
                state: Mutex::default(),
            });
            tokio::spawn(run(hub.clone(), Arc::downgrade(&door.0), follow()));
            hub
        });
        hub.add(&seat)?;
        Ok((hub.clone(), seat))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantNumber, Arc<Hub>>> {
        // No code that can panic runs under the lock.
        self.hubs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Why the feed has ended, if it has.
    pub(super) fn over(&self) -> Option<Over> {
        self.lock().over
    }

    /// The agent for which it waits.
    pub(super) fn agent(&self) -> Option<ObjectId> {
        self.lock().agent
    }

    /// The first ids that wait, which stay until they are [`Self::drop_first`].
    pub(super) fn first(&self, most: usize) -> Vec<OperationId> {
        self.lock().ids.iter().take(most).copied().collect()
    }

    pub(super) fn drop_first(&self, count: usize) {
        let mut state = self.lock();
        let count = count.min(state.ids.len());
        state.ids.drain(..count);
    }

    /// Whether the store must be asked; from now on it is.
    pub(super) fn take_anew(&self) -> bool {
        std::mem::take(&mut self.lock().anew)
    }

    pub(super) fn has_any(&self) -> bool {
        let state = self.lock();
        !state.ids.is_empty() || state.anew || state.over.is_some()
    }

    /// Waits until there is something.
    pub(super) async fn woken(&self) {
        // A call that comes when nobody waits is kept.
        self.wake.notified().await;
    }

    pub(super) fn look_anew(&self) {
        self.lock().anew = true;
        self.wake.notify_one();
    }

    fn push(&self, id: OperationId) {
        let mut state = self.lock();
        if state.ids.len() < OPERATIONS_WAITING_MAX {
            state.ids.push_back(id);
        } else {
            // It is in the store: nothing is lost by forgetting it here.
            state.anew = true;
        }
        drop(state);
        self.wake.notify_one();
    }

    fn end(&self, why: Over) {
        let mut state = self.lock();
        state.over.get_or_insert(why);
        state.ids = VecDeque::new();
        drop(state);
        self.wake.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    fn add(&self, seat: &Arc<Seat>) -> Result<(), Refusal> {
        let mut state = self.lock();
        if state.seats.len() >= OPERATION_FEEDS_PER_TENANT_MAX {
            return Err(Refusal::Busy);
        }
        let own = state.by_device.entry(seat.principal).or_default();
        own.push(seat.clone());
        let oldest = (own.len() > OPERATION_FEEDS_PER_DEVICE_MAX).then(|| own.first().cloned());
        state.seats.insert(seat.number, seat.clone());
        if let Some(oldest) = oldest.flatten() {
            oldest.end(Over::Replaced);
            state.remove(&oldest);
        }
        Ok(())
    }

    pub(super) fn remove(&self, seat: &Seat) {
        self.lock().remove(seat);
    }

    /// Lets what is new for this agent wait for the feed.
    pub(super) fn sit(&self, seat: &Arc<Seat>, agent: Option<ObjectId>) {
        let mut state = self.lock();
        if !state.seats.contains_key(&seat.number) {
            return;
        }
        state.leave_agent(seat);
        seat.lock().agent = agent;
        if let Some(agent) = agent {
            state.by_agent.entry(agent).or_default().push(seat.clone());
        }
    }

    fn hand_out(&self, happened: &[Happened], agents: &BTreeMap<ObjectId, ObjectId>) {
        let state = self.lock();
        for happened in happened {
            let (What::Operation(id), Action::Created) = (happened.what, happened.action) else {
                continue;
            };
            let agent = agents.get(&happened.object);
            let seats = agent.and_then(|agent| state.by_agent.get(agent));
            seats.into_iter().flatten().for_each(|seat| seat.push(id));
        }
    }

    /// Lets every feed ask the store anew, or only those that know no agent yet.
    fn look_anew(&self, all: bool) {
        let state = self.lock();
        let meant = state.seats.values().filter(|seat| all || seat.agent().is_none());
        meant.for_each(|seat| seat.look_anew());
    }

    /// The same for the feeds of agents that are gone.
    fn miss(&self, happened: &[Happened]) {
        let state = self.lock();
        for gone in happened
            .iter()
            .filter(|one| one.action == Action::Deleted && one.what == What::Object)
        {
            let seats = state.by_agent.get(&gone.object);
            seats.into_iter().flatten().for_each(|seat| seat.look_anew());
        }
    }

    fn has_unknown(&self) -> bool {
        self.lock().seats.values().any(|seat| seat.agent().is_none())
    }

    fn end_all(&self) {
        let mut state = self.lock();
        for seat in std::mem::take(&mut *state).seats.into_values() {
            seat.end(Over::Ended);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove(&mut self, seat: &Seat) {
        self.seats.remove(&seat.number);
        self.leave_agent(seat);
        if let Some(own) = self.by_device.get_mut(&seat.principal) {
            own.retain(|other| other.number != seat.number);
            if own.is_empty() {
                self.by_device.remove(&seat.principal);
            }
        }
    }

    fn leave_agent(&mut self, seat: &Seat) {
        let Some(agent) = seat.agent() else { return };
        if let Some(seats) = self.by_agent.get_mut(&agent) {
            seats.retain(|other| other.number != seat.number);
            if seats.is_empty() {
                self.by_agent.remove(&agent);
            }
        }
    }
}

/// Goes along what happens in a tenant until there is no feed any more.
async fn run(hub: Arc<Hub>, inside: Weak<Inside>, mut follower: Follower) {
    let followed = follower.followed();
    let mut ticks = interval(Duration::from_secs(REALTIME_CHECK_SECONDS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let (mut routes, mut rounds) = (None, 0_u64);
    loop {
        tokio::select! {
            heard = follower.next() => match heard {
                Heard::These(happened) => {
                    let Some(inside) = inside.upgrade() else { return hub.end_all() };
                    Door(inside).tell(&hub, followed, &happened).await;
                }
                Heard::Missed(_) => hub.look_anew(true),
                Heard::End => return hub.end_all(),
            },
            _ = ticks.tick() => {
                let Some(inside) = inside.upgrade() else { return hub.end_all() };
                let door = Door(inside);
                door.check_routes(&hub, followed, &mut routes).await;
                rounds += 1;
                // That an external id was bound to another object is told to nobody.
                if rounds.is_multiple_of(ROUNDS_BETWEEN_LOOKS) {
                    hub.look_anew(true);
                }
                if door.0.feeds.ends(&hub) {
                    return;
                }
            }
        }
    }
}

impl Feeds {
    /// Whether the hub has nothing more to do: it is taken out then, so that nobody joins it any more.
    fn ends(&self, hub: &Hub) -> bool {
        let mut hubs = self.lock();
        let is_empty = hub.lock().seats.is_empty();
        if is_empty {
            hubs.remove(&hub.tenant);
        }
        is_empty
    }
}

impl Door {
    async fn tell(&self, hub: &Hub, followed: Followed, happened: &[Happened]) {
        hub.miss(happened);
        let is_new = |happened: &&Happened| happened.action == Action::Created;
        let new = || happened.iter().filter(is_new);
        // Perhaps that of a device which waits for its own object.
        if new().any(|new| new.what == What::Object) && hub.has_unknown() {
            hub.look_anew(false);
        }
        let asked = new().filter(|new| matches!(new.what, What::Operation(_)));
        let devices: BTreeSet<_> = asked.map(|new| new.object).collect();
        if devices.is_empty() {
            return;
        }
        let inside = self.0.clone();
        let found = self
            .work(move || Ok(inside.store.agents_of(followed, &devices)?))
            .await;
        match found {
            Ok(agents) => hub.hand_out(happened, &agents),
            // Whom it concerns is not known: everybody asks.
            Err(_) => hub.look_anew(true),
        }
    }

    /// Rights, or places in the tree, have changed: what waits may be somebody else's now. Those without an agent look for one
    /// each time.
    async fn check_routes(&self, hub: &Hub, followed: Followed, known: &mut Option<Routes>) {
        let inside = self.0.clone();
        let Ok(routes) = self.work(move || Ok(inside.store.routes(followed)?)).await else {
            return;
        };
        let moved = known.replace(routes.clone()).is_some_and(|known| known != routes);
        hub.look_anew(moved);
    }
}
