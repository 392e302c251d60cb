//! The office of one tenant: which clients are connected, what they have and did not acknowledge, and the one task that
//! sorts the journal and takes out what is acknowledged. Everything in memory is bounded: numbers only, as many as clients
//! may have.

use super::sorting::{Known, Prepared, REASON, Step};
use super::{Inside, Over};
use crate::caller::Caller;
use crate::refusal::{Conflict, Refusal};
use crate::work::Query;
use authn::ticket::Ticket;
use model::ids::TenantNumber;
use model::limits::{
    CONFLICT_RETRIES_MAX, CONSUMERS_PER_TENANT_MAX, REALTIME_CHECK_SECONDS, SHARES_MAX, UNACKNOWLEDGED_MAX,
};
use model::time::Timestamp;
use policy::operations::notifications::NotificationConsume;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use store::fault::CommitFailed;
use store::feed::{Followed, Follower, Heard};
use store::notifications::SubscriberId;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Checks between two looks for what is too old.
const CHECKS_PER_TIDYING: u32 = 15;
/// How long the office waits after a failure, in seconds.
const PAUSE_SECONDS: u64 = 2;

pub(super) struct Office {
    pub(super) tenant: TenantNumber,
    state: Mutex<State>,
    known: Mutex<Known>,
    pub(super) wake: Notify,
}

#[derive(Default)]
struct State {
    counters: BTreeMap<SubscriberId, Counter>,
    /// What is acknowledged, or was passed over, and is still stored.
    done: Vec<(SubscriberId, u64)>,
    next_client: u64,
    closed: bool,
}

/// The clients of one subscriber.
struct Counter {
    shared: bool,
    clients: Vec<Client>,
    held: BTreeMap<u64, Held>,
    /// Moves when a client comes or goes.
    generation: u64,
}

struct Client {
    id: u64,
    share: String,
    caller: Caller,
    /// When its token was made, and when it is over.
    issued: Timestamp,
    expires: Timestamp,
    /// Everything before is handed out.
    from: u64,
    /// How many notifications it has.
    has: usize,
    over: Option<Over>,
    wake: Arc<Notify>,
}

/// Who has a notification.
#[derive(Clone, Copy)]
struct Held {
    client: u64,
    /// It is acknowledged, which is not committed yet.
    done: bool,
}

/// A client that has joined.
pub(super) struct Joined {
    pub(super) client: u64,
    pub(super) wake: Arc<Notify>,
    pub(super) is_alone: bool,
}

/// What a client may be given next.
pub(super) struct Turn {
    pub(super) from: u64,
    pub(super) most: usize,
    pub(super) held: BTreeMap<u64, bool>,
    pub(super) shares: Vec<String>,
    pub(super) own: usize,
    generation: u64,
}

impl Office {
    pub(super) fn new(tenant: TenantNumber) -> Self {
        Self {
            tenant,
            state: Mutex::default(),
            known: Mutex::default(),
            wake: Notify::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().clients()
    }

    /// Lets a client in. One that does not share is alone.
    pub(super) fn join(
        &self,
        subscriber: SubscriberId,
        ticket: &Ticket,
        share: Option<String>,
        caller: &Caller,
    ) -> Result<Joined, Refusal> {
        let shared = ticket.shared;
        let mut state = self.lock();
        if state.closed || state.clients() >= CONSUMERS_PER_TENANT_MAX {
            return Err(Refusal::Busy);
        }
        let client = state.next_client;
        state.next_client += 1;
        let counter = state.counters.entry(subscriber).or_insert_with(|| Counter {
            shared,
            clients: Vec::new(),
            held: BTreeMap::new(),
            generation: 0,
        });
        let is_alone = counter.clients.is_empty();
        let fits = is_alone || (shared && counter.shared && counter.clients.len() < SHARES_MAX);
        // A name is that of one client: two of the same would be given the same.
        let is_taken = |share: &String| counter.clients.iter().any(|one| one.share == *share);
        if !fits || share.as_ref().is_some_and(is_taken) {
            return Err(Refusal::Conflict(Conflict::ConsumerConnected));
        }
        counter.shared = shared;
        let wake = Arc::new(Notify::new());
        counter.clients.push(Client {
            id: client,
            share: share.unwrap_or_else(|| format!("/{client}")),
            caller: caller.clone(),
            issued: ticket.issued,
            expires: ticket.expires,
            from: 0,
            has: 0,
            over: None,
            wake: wake.clone(),
        });
        counter.moved();
        Ok(Joined {
            client,
            wake,
            is_alone,
        })
    }

    /// A client has gone: what it did not acknowledge is given to others, or to it when it comes back.
    pub(super) fn leave(&self, subscriber: SubscriberId, client: u64) {
        let mut state = self.lock();
        let Some(counter) = state.counters.get_mut(&subscriber) else {
            return;
        };
        counter.clients.retain(|one| one.id != client);
        counter.held.retain(|_, held| held.client != client || held.done);
        counter.moved();
        if counter.clients.is_empty() && counter.held.is_empty() {
            state.counters.remove(&subscriber);
        }
    }

    /// What a client may be given next; nothing before it has acknowledged some.
    pub(super) fn turn(&self, subscriber: SubscriberId, client: u64) -> Result<Option<Turn>, Over> {
        let state = self.lock();
        let counter = state.counters.get(&subscriber).ok_or(Over::Unsubscribed)?;
        let own = counter.clients.iter().position(|one| one.id == client);
        let Some((own, one)) = own.and_then(|own| Some((own, counter.clients.get(own)?))) else {
            return Err(Over::Unsubscribed);
        };
        if let Some(over) = one.over {
            return Err(over);
        }
        let most = UNACKNOWLEDGED_MAX.saturating_sub(one.has);
        Ok((most > 0).then(|| Turn {
            from: one.from,
            most,
            held: counter
                .held
                .range(one.from..)
                .map(|(number, held)| (*number, held.client == client || held.done))
                .collect(),
            shares: counter.clients.iter().map(|one| one.share.clone()).collect(),
            own,
            generation: counter.generation,
        }))
    }

    /// Notes what a client is given. No if another has come or gone meanwhile: then it must look again.
    pub(super) fn give(
        &self,
        subscriber: SubscriberId,
        client: u64,
        turn: &Turn,
        numbers: &[u64],
        passed_over: &[u64],
        next: u64,
    ) -> bool {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(counter) = state.counters.get_mut(&subscriber) else {
            return false;
        };
        if counter.generation != turn.generation {
            return false;
        }
        let Some(one) = counter.clients.iter_mut().find(|one| one.id == client) else {
            return false;
        };
        one.from = next;
        one.has += numbers.len();
        for number in numbers {
            counter.held.insert(*number, Held { client, done: false });
        }
        for number in passed_over {
            counter.held.insert(*number, Held { client, done: true });
            state.done.push((subscriber, *number));
        }
        if !passed_over.is_empty() {
            self.wake.notify_one();
        }
        true
    }

    /// A client has acknowledged a notification. No if it does not have it.
    pub(super) fn acknowledge(&self, subscriber: SubscriberId, client: u64, number: u64) -> bool {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(counter) = state.counters.get_mut(&subscriber) else {
            return false;
        };
        let held = counter.held.get_mut(&number);
        let Some(held) = held.filter(|held| held.client == client && !held.done) else {
            return false;
        };
        held.done = true;
        if let Some(one) = counter.clients.iter_mut().find(|one| one.id == client) {
            one.has = one.has.saturating_sub(1);
            one.wake.notify_one();
        }
        state.done.push((subscriber, number));
        self.wake.notify_one();
        true
    }

    /// Ends the clients of a subscriber that has unsubscribed at this time. One that has come with a newer token meanwhile
    /// is a client of the subscriber that begins anew.
    pub(super) fn end_all_of(&self, subscriber: SubscriberId, ended: Timestamp) {
        let mut state = self.lock();
        state.done.retain(|(of, _)| *of != subscriber);
        let Some(counter) = state.counters.get_mut(&subscriber) else {
            return;
        };
        let gone = counter.clients.extract_if(.., |one| one.issued <= ended);
        gone.for_each(|one| one.wake.notify_one());
        counter.held.clear();
        counter.clients.iter_mut().for_each(|one| one.has = 0);
        counter.moved();
        if counter.clients.is_empty() {
            state.counters.remove(&subscriber);
        }
    }

    pub(super) fn end_all(&self, why: Over) {
        let mut state = self.lock();
        state.closed = true;
        for one in state
            .counters
            .values_mut()
            .flat_map(|counter| &mut counter.clients)
        {
            one.over.get_or_insert(why);
            one.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn clients(&self) -> usize {
        self.counters.values().map(|counter| counter.clients.len()).sum()
    }

    fn connected(&self) -> BTreeSet<SubscriberId> {
        let has_clients = self
            .counters
            .iter()
            .filter(|(_, counter)| !counter.clients.is_empty());
        has_clients.map(|(id, _)| *id).collect()
    }

    /// These are stored no more.
    fn forget(&mut self, done: &[(SubscriberId, u64)]) {
        for (subscriber, number) in done {
            let Some(counter) = self.counters.get_mut(subscriber) else {
                continue;
            };
            counter.held.remove(number);
            if counter.clients.is_empty() && counter.held.is_empty() {
                self.counters.remove(subscriber);
            }
        }
    }
}

impl Counter {
    /// Everybody looks again from the beginning: sources may belong to others now.
    fn moved(&mut self) {
        self.generation += 1;
        for one in &mut self.clients {
            one.from = 0;
            one.wake.notify_one();
        }
    }
}

/// Runs the office until nobody needs it.
pub(super) async fn run(office: Arc<Office>, inside: Weak<Inside>, mut follower: Follower) {
    let followed = follower.followed();
    let mut ticks = interval(Duration::from_secs(REALTIME_CHECK_SECONDS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut checks = 0;
    loop {
        let is_check = tokio::select! {
            heard = follower.next() => match heard {
                Heard::These(_) | Heard::Missed(_) => false,
                Heard::End => return office.end_all(Over::Stopping),
            },
            () = office.wake.notified() => false,
            _ = ticks.tick() => true,
        };
        let Some(inside) = inside.upgrade() else { return };
        if is_check {
            inside.check(&office).await;
            // Also before it ends: nothing is left behind.
            if checks % CHECKS_PER_TIDYING == 0 || !inside.has_journal(office.tenant) {
                inside.tidy(&office, followed).await;
            }
            checks += 1;
        }
        while let Some(more) = inside.step(&office, followed).await {
            if !more {
                break;
            }
        }
        if is_check && inside.ends(&office) {
            return;
        }
    }
}

impl Inside {
    /// One step: what is done goes, what has happened comes. Says whether there is more; nothing after a failure.
    async fn step(&self, office: &Arc<Office>, followed: Followed) -> Option<bool> {
        let done = std::mem::take(&mut office.lock().done);
        match self.commit_step(office, followed, &done).await {
            Ok(Told { touched, more }) => {
                let mut state = office.lock();
                state.forget(&done);
                for subscriber in touched {
                    let clients = state.counters.get(&subscriber).map(|counter| &counter.clients);
                    clients
                        .into_iter()
                        .flatten()
                        .for_each(|one| one.wake.notify_one());
                }
                Some(more || !state.done.is_empty())
            }
            Err(refusal) => {
                office.lock().done.extend(done);
                *office.known.lock().unwrap_or_else(PoisonError::into_inner) = Known::default();
                if !matches!(refusal, Refusal::Busy) {
                    tracing::error!(?refusal, "notifications wait: they could not be sorted");
                }
                sleep(Duration::from_secs(PAUSE_SECONDS)).await;
                office.wake.notify_one();
                None
            }
        }
    }

    async fn commit_step(
        &self,
        office: &Arc<Office>,
        followed: Followed,
        done: &[(SubscriberId, u64)],
    ) -> Result<Told, Refusal> {
        for _ in 0..=CONFLICT_RETRIES_MAX {
            let (inside, at, gone) = (self.door.0.clone(), office.clone(), done.to_vec());
            let prepared = self.door.work(move || {
                let connected = at.lock().connected();
                let mut known = at.known.lock().unwrap_or_else(PoisonError::into_inner);
                let step = Step {
                    inside: &inside,
                    tenant: at.tenant,
                    followed,
                    done: &gone,
                    connected: &connected,
                };
                Ok(step.prepare(&mut known)?)
            });
            let Prepared { tx, touched, more } = prepared.await.map_err(|refused| refused.refusal)?;
            if tx.is_empty() {
                return Ok(Told { touched, more });
            }
            match self.door.0.store.commit(tx).await {
                Ok(_) => return Ok(Told { touched, more }),
                Err(CommitFailed::Conflict) => {
                    *office.known.lock().unwrap_or_else(PoisonError::into_inner) = Known::default();
                    tokio::task::yield_now().await;
                }
                Err(failed) => return Err(failed.into()),
            }
        }
        Err(Refusal::Busy)
    }

    /// Removes what is too old and what is nobody's.
    async fn tidy(&self, office: &Arc<Office>, followed: Followed) {
        loop {
            let (inside, at) = (self.door.0.clone(), office.clone());
            let prepared = self.door.work(move || {
                let connected = at.lock().connected();
                let mut known = at.known.lock().unwrap_or_else(PoisonError::into_inner);
                let step = Step {
                    inside: &inside,
                    tenant: at.tenant,
                    followed,
                    done: &[],
                    connected: &connected,
                };
                Ok(step.tidy(&mut known)?)
            });
            // What could not be removed now is removed the next time.
            let Ok(Some(tx)) = prepared.await else { return };
            if self.door.0.store.commit(tx).await.is_err() {
                return;
            }
        }
    }

    /// Ends the clients whose principals may not act any more, not with what their tokens were made with, or not as
    /// subscribers; and those whose tokens are over.
    async fn check(&self, office: &Office) {
        let now = self.door.world().now();
        let callers: Vec<(SubscriberId, u64, Timestamp, Caller)> = {
            let state = office.lock();
            let all = state.counters.iter().flat_map(|(id, counter)| {
                let clients = counter.clients.iter();
                clients.map(|one| (*id, one.id, one.expires, one.caller.clone()))
            });
            all.collect()
        };
        for (subscriber, client, expires, caller) in callers {
            let may = match self.door.ask(&caller, MayConsume).await {
                Ok(()) if expires <= now => Err(Refusal::NotSignedIn.into()),
                Ok(()) => {
                    let (inside, caller) = (self.door.0.clone(), caller.clone());
                    self.door.work(move || Ok(inside.still_in(&caller)?)).await
                }
                Err(refusal) => Err(refusal.into()),
            };
            let Err(refused) = may else { continue };
            // When the platform is busy the next check will tell; what is told until then is decided all the same.
            if !matches!(
                refused.refusal,
                Refusal::NotSignedIn | Refusal::Forbidden | Refusal::PasswordDue
            ) {
                continue;
            }
            let mut state = office.lock();
            let counter = state.counters.get_mut(&subscriber);
            let clients = counter.into_iter().flat_map(|counter| &mut counter.clients);
            for one in clients.filter(|one| one.id == client) {
                one.over.get_or_insert(Over::SignedOut);
                one.wake.notify_one();
            }
        }
    }

    /// Whether the office has nothing more to do: it is taken out then, so that nobody joins it any more.
    fn ends(&self, office: &Office) -> bool {
        let mut offices = self.lock();
        let mut state = office.lock();
        if !state.counters.is_empty() || !state.done.is_empty() || self.has_journal(office.tenant) {
            return false;
        }
        state.closed = true;
        offices.remove(&office.tenant);
        true
    }

    /// Whether the tenant has subscribers. If that cannot be read, it may have.
    pub(super) fn has_journal(&self, tenant: TenantNumber) -> bool {
        let proof = policy::proof::Allowed::<NotificationConsume>::mint_system(tenant, REASON);
        let store = &self.door.0.store;
        let has = store
            .read(tenant)
            .and_then(|tx| tx.notifications(proof).has_journal());
        match has {
            Ok(has) => has,
            // The tenant is deleted.
            Err(store::fault::StoreFault::NoKeys { .. }) => false,
            Err(_) => true,
        }
    }
}

/// What a step has changed.
struct Told {
    touched: BTreeSet<SubscriberId>,
    more: bool,
}

/// Asks whether one may still be a subscriber.
struct MayConsume;

impl Query for MayConsume {
    type Operation = NotificationConsume;
    type Answer = ();

    fn answer(&self, desk: &crate::desk::Reading) -> Result<(), Refusal> {
        desk.allow::<NotificationConsume>().map(drop)
    }
}
