//! Realtime notifications: sessions that are subscribed to channels and are told what happens while it happens (R050).
//!
//! A session holds ids and no content. What is told is read, and decided, when it is delivered: as the ordinary question
//! of this caller for this one thing. So a right that is withdrawn, a user that is disabled, a tenant that is suspended or
//! an object that is moved ends deliveries with the next one; and every few seconds it is checked whether those who only
//! wait may still act. It knows no protocol.

mod deliver;
mod hub;
mod session;

pub(crate) use deliver::shown_of;
pub use deliver::{Delivery, Thing};
pub use session::{BadClientId, ClientId, Over, Session};
pub use store::feed::Action;

use crate::caller::Caller;
use crate::desk::Reading;
use crate::door::Door;
use crate::refusal::Refusal;
use crate::work::Query;
use deliver::Deliver;
use hub::Hub;
use model::ids::{ObjectId, TenantNumber};
use model::limits::{REALTIME_SESSIONS_MAX, REALTIME_WAIT_SECONDS_MAX};
use model::permissions::Select;
use model::realtime::{Channel, Kind};
use model::users::UserKind;
use policy::operations::operations::OperationUpdate;
use policy::operations::realtime::RealtimeFollow;
use policy::proof::Allowed;
use session::{Batch, Taken};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// All sessions of the program.
#[derive(Clone)]
pub struct Realtime(Arc<Inside>);

struct Inside {
    door: Door,
    hubs: Mutex<HashMap<TenantNumber, Arc<Hub>>>,
    stopped: watch::Sender<bool>,
    /// How many sessions were begun.
    begun: AtomicU64,
}

/// What a client that waits gets.
#[derive(Debug)]
pub enum Next {
    /// These, in this order.
    These(Vec<Delivery>),
    /// Nothing in the time that it wanted to wait; or it has asked anew elsewhere.
    Nothing,
    /// The session has ended: the client must begin a new one.
    Over(Over),
}

/// A subscription was not made: the session has as many as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyChannels;

/// Asks to follow the own tenant.
struct Follow;

impl Query for Follow {
    type Operation = RealtimeFollow;
    type Answer = Allowed<RealtimeFollow>;

    fn answer(&self, desk: &Reading) -> Result<Allowed<RealtimeFollow>, Refusal> {
        desk.allow()
    }
}

/// Asks whether the caller is a device that takes the operations of this object.
struct Takes(ObjectId);

impl Query for Takes {
    type Operation = RealtimeFollow;
    type Answer = bool;

    fn answer(&self, desk: &Reading) -> Result<bool, Refusal> {
        let is_device = desk.who().kind() == UserKind::Device;
        Ok(is_device && desk.may_on::<OperationUpdate>(self.0)?)
    }
}

impl Realtime {
    /// Behind a door. Sessions need a runtime with time.
    pub fn new(door: Door) -> Self {
        Self(Arc::new(Inside {
            door,
            hubs: Mutex::default(),
            stopped: watch::Sender::new(false),
            begun: AtomicU64::new(0),
        }))
    }

    /// Begins a session for a caller. When the caller has as many as it may, its oldest one ends.
    pub async fn begin(&self, caller: &Caller) -> Result<Arc<Session>, Refusal> {
        let proof = self.0.door.ask(caller, Follow).await?;
        let session = Arc::new(Session::new(
            ClientId::from_random(self.0.door.world().random()),
            caller.clone(),
            self.0.begun.fetch_add(1, Ordering::Relaxed),
        ));
        let mut hubs = self.0.lock();
        let open: usize = hubs.values().map(|hub| hub.len()).sum();
        if open >= REALTIME_SESSIONS_MAX || *self.0.stopped.borrow() {
            return Err(Refusal::Busy);
        }
        let hub = hubs.entry(proof.tenant()).or_insert_with(|| {
            let hub = Arc::new(Hub::new(proof.tenant()));
            let follower = self.0.door.store().follow(&proof);
            tokio::spawn(hub::run(hub.clone(), Arc::downgrade(&self.0), follower));
            hub
        });
        hub.add(&session)?;
        Ok(session)
    }

    /// The session of this id, if it is this caller's, begun with the same credential. Any other is as one that does not
    /// exist.
    pub fn session(&self, caller: &Caller, id: &ClientId) -> Option<Arc<Session>> {
        let session = self.hub_of(caller)?.session(id)?;
        session.caller().is_as(caller).then_some(session)
    }

    /// Subscribes. What a session may see of a channel is decided for each delivery, so anybody may subscribe to anything:
    /// whether an object is there is not told.
    pub fn subscribe(&self, session: &Arc<Session>, channel: Channel) -> Result<(), TooManyChannels> {
        match self.hub_of(session.caller()) {
            Some(hub) => hub.subscribe(session, channel),
            // It has just ended, which the client learns when it asks for what is new.
            None => Ok(()),
        }
    }

    /// Counts the device of a channel for its operations as connected, if it is the device itself that follows them.
    pub async fn reach(&self, session: &Arc<Session>, channel: Channel) {
        let (Kind::NewOperations, Select::One(device)) = (channel.kind, channel.of) else {
            return;
        };
        let door = &self.0.door;
        if let Ok(true) = door.ask(session.caller(), Takes(device)).await {
            let (tenant, _) = session.caller().numbers();
            session.reaches(device, door.store().reaches_device(tenant, device));
        }
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, session: &Arc<Session>, channel: Channel) {
        if let Some(hub) = self.hub_of(session.caller()) {
            hub.unsubscribe(session, channel);
        }
    }

    /// Ends a session.
    pub fn end(&self, session: &Arc<Session>, why: Over) {
        session.end(why);
        if let Some(hub) = self.hub_of(session.caller()) {
            hub.remove(session);
        }
    }

    /// Waits for what comes next, for so long at most. Who waits already for the same session gets nothing. Nothing is lost
    /// when the wait is given up.
    pub async fn next(&self, session: &Arc<Session>, patience: Duration) -> Next {
        let mut over = pin!(sleep(
            patience.min(Duration::from_secs(REALTIME_WAIT_SECONDS_MAX))
        ));
        let turn = session.begin_turn();
        loop {
            let mut woken = pin!(session.woken());
            // From here on no call is missed.
            woken.as_mut().enable();
            match turn.take() {
                Taken::Over(why) => return Next::Over(why),
                Taken::OutOfTurn => return Next::Nothing,
                Taken::These(batch) => match self.deliver(session, batch).await {
                    Ok(deliveries) if deliveries.is_empty() => continue,
                    Ok(deliveries) => return Next::These(deliveries),
                    Err(why) => return Next::Over(why),
                },
                Taken::Nothing => {}
            }
            tokio::select! {
                () = woken => {}
                () = &mut over => return Next::Nothing,
            }
        }
    }

    /// What of these the caller may see, in one look; what did not fit waits on. A refusal ends the session: what could not
    /// be told is not kept.
    async fn deliver(&self, session: &Arc<Session>, batch: Batch) -> Result<Vec<Delivery>, Over> {
        let question = Deliver {
            happenings: batch.happenings(),
            seen: session.seen(),
        };
        match self.0.door.ask(session.caller(), question).await {
            Ok(mut delivered) => {
                batch.told(&mut delivered.deliveries, delivered.rest);
                Ok(delivered.deliveries)
            }
            Err(refusal) => {
                batch.give_up();
                let why = match refusal {
                    Refusal::NotSignedIn => Over::SignedOut,
                    _ => Over::Missed,
                };
                self.end(session, why);
                Err(why)
            }
        }
    }

    /// Ends every session, and lets none begin: the program stops.
    pub fn stop(&self) {
        self.0.stopped.send_replace(true);
        for hub in self.0.lock().values() {
            hub.end_all(Over::Stopping);
        }
    }

    /// Waits until the program stops.
    pub async fn stopped(&self) {
        let mut stopped = self.0.stopped.subscribe();
        // The sender lives as long as `self`, so waiting never fails.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }

    /// How many sessions there are, of all tenants.
    pub fn sessions(&self) -> usize {
        self.0.lock().values().map(|hub| hub.len()).sum()
    }

    fn hub_of(&self, caller: &Caller) -> Option<Arc<Hub>> {
        let (tenant, _) = caller.numbers();
        self.0.lock().get(&tenant).cloned()
    }
}

impl Inside {
    fn lock(&self) -> MutexGuard<'_, HashMap<TenantNumber, Arc<Hub>>> {
        // No code that can panic runs under the lock.
        self.hubs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
