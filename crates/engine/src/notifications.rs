//! Reliable notifications: what happens is kept for subscribers until they acknowledge it, and told to them in the order of
//! each source.
//!
//! The writer notes ids in the tenant's journal, in the commit of the change itself; the tenant's office sorts them by
//! subscriber, durably; a client is given what waits for its subscriber. What a notification shows is read, and decided,
//! when it is told: by the rights of the principal for whom the token was made. It knows no protocol.

mod deliver;
mod keeping;
mod office;
mod sorting;
mod subscribers;
pub mod subscriptions;
pub mod tickets;

pub use authn::ticket::Ticket;
pub use deliver::Notification;

use crate::caller::Caller;
use crate::door::Door;
use crate::refusal::Refusal;
use crate::shares::may_take;
use deliver::{Deliver, WhoIs};
use model::ids::TenantNumber;
use model::limits::CONSUMERS_MAX;
use model::notifications::SubscriberName;
use office::Office;
use policy::operations::notifications::NotificationConsume;
use policy::proof::Allowed;
use sorting::REASON;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::notifications::SubscriberId;
use subscribers::{Register, Unregister};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

/// How long a client waits when the platform is busy, in milliseconds.
const BUSY_MILLIS: u64 = 200;

/// The clients of all subscribers, and the offices of their tenants.
#[derive(Clone)]
pub struct Notifications(Arc<Inside>);

struct Inside {
    door: Door,
    offices: Mutex<HashMap<TenantNumber, Arc<Office>>>,
    stopped: watch::Sender<bool>,
}

/// Why a client is given nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Its subscriber has unsubscribed.
    Unsubscribed,
    /// Its principal may not act any more, or not as a subscriber; or its token is over.
    SignedOut,
    /// Something on our side.
    Failed,
    /// The program stops.
    Stopping,
}

/// A connected client. It leaves when it is dropped; what it did not acknowledge waits on.
pub struct Consumer {
    inside: Arc<Inside>,
    office: Arc<Office>,
    caller: Caller,
    subscriber: SubscriberId,
    client: u64,
    wake: Arc<Notify>,
}

impl Notifications {
    /// Behind a door. Clients need a runtime with time.
    pub fn new(door: Door) -> Self {
        Self(Arc::new(Inside {
            door,
            offices: Mutex::default(),
            stopped: watch::Sender::new(false),
        }))
    }

    /// Connects a client with a token. From the first time on notifications are kept for its subscriber. Several can be
    /// connected only when they share it; what is about one source goes to one of them, by their names.
    pub async fn connect(
        &self,
        caller: &Caller,
        ticket: Ticket,
        share: Option<SubscriberName>,
    ) -> Result<Consumer, Refusal> {
        let who = WhoIs(ticket.topic.clone(), ticket.subscriber.clone());
        let subscriber = self.0.door.ask(caller, who).await?;
        let (tenant, _) = caller.numbers();
        let share = share.map(|share| share.to_string());
        let (office, joined) = {
            let mut offices = self.0.lock();
            let all: usize = offices.values().map(|office| office.len()).sum();
            let own = offices.get(&tenant).map_or(0, |office| office.len());
            if !may_take(own, all, CONSUMERS_MAX) || *self.0.stopped.borrow() {
                return Err(Refusal::Busy);
            }
            let office = self.0.office(&mut offices, tenant);
            let joined = office.join(subscriber, &ticket, share, caller)?;
            (office, joined)
        };
        let consumer = Consumer {
            inside: self.0.clone(),
            office,
            caller: caller.clone(),
            subscriber,
            client: joined.client,
            wake: joined.wake,
        };
        let is_alone = joined.is_alone;
        self.0.door.run(caller, Register { ticket, is_alone }).await?;
        Ok(consumer)
    }

    /// Unsubscribes the subscriber of a token: its clients are disconnected, what waited for it goes, and the tokens that
    /// it had are void.
    pub async fn unsubscribe(&self, caller: &Caller, ticket: Ticket) -> Result<(), Refusal> {
        let (subscriber, ended) = self.0.door.run(caller, Unregister(ticket)).await?;
        let (tenant, _) = caller.numbers();
        let office = self.0.lock().get(&tenant).cloned();
        if let Some(office) = office {
            office.end_all_of(subscriber, ended);
        }
        Ok(())
    }

    /// Sees to it that what happens in tenants with subscribers is sorted, connected or not. Called every few seconds.
    pub async fn look_after(&self) -> Result<(), Refusal> {
        let look = |tenant| self.look_after_tenant(tenant);
        self.0.door.in_every_tenant(REASON, look).await
    }

    async fn look_after_tenant(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let inside = self.0.clone();
        let has = self.0.door.work(move || Ok(inside.has_journal(tenant)));
        let has = has.await.map_err(|refused| refused.refusal)?;
        if has && !*self.0.stopped.borrow() {
            self.0.office(&mut self.0.lock(), tenant);
        }
        Ok(())
    }

    /// Disconnects every client, and lets none connect: the program stops.
    pub fn stop(&self) {
        self.0.stopped.send_replace(true);
        for office in self.0.lock().values() {
            office.end_all(Over::Stopping);
        }
    }

    /// How many clients are connected, of all tenants.
    pub fn clients(&self) -> usize {
        self.0.lock().values().map(|office| office.len()).sum()
    }
}

impl Inside {
    /// The office of a tenant; it is opened if it is not.
    fn office(
        self: &Arc<Self>,
        offices: &mut HashMap<TenantNumber, Arc<Office>>,
        tenant: TenantNumber,
    ) -> Arc<Office> {
        let open = || {
            let office = Arc::new(Office::new(tenant));
            let proof = Allowed::<NotificationConsume>::mint_system(tenant, REASON);
            let follower = self.door.store().follow(&proof);
            tokio::spawn(office::run(office.clone(), Arc::downgrade(self), follower));
            office
        };
        offices.entry(tenant).or_insert_with(open).clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantNumber, Arc<Office>>> {
        // No code that can panic runs under the lock.
        self.offices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Consumer {
    /// Waits for what comes next. Nothing is lost when the wait is given up: what was not acknowledged is told again.
    pub async fn next(&self) -> Result<Vec<Notification>, Over> {
        loop {
            let woken = self.wake.notified();
            let Some(turn) = self.office.turn(self.subscriber, self.client)? else {
                woken.await;
                continue;
            };
            let question = Deliver {
                subscriber: self.subscriber,
                from: turn.from,
                most: turn.most,
                held: turn.held.clone(),
                shares: turn.shares.clone(),
                own: turn.own,
            };
            let delivered = match self.inside.door.ask(&self.caller, question).await {
                Ok(delivered) => delivered,
                Err(Refusal::Busy) => {
                    sleep(Duration::from_millis(BUSY_MILLIS)).await;
                    continue;
                }
                Err(Refusal::NotSignedIn | Refusal::Forbidden | Refusal::PasswordDue) => {
                    return Err(Over::SignedOut);
                }
                Err(_) => return Err(Over::Failed),
            };
            let numbers: Vec<u64> = delivered.shown.iter().map(|one| one.number).collect();
            let (passed, next) = (&delivered.passed_over, delivered.next);
            let noted = self
                .office
                .give(self.subscriber, self.client, &turn, &numbers, passed, next);
            if noted && !delivered.shown.is_empty() {
                return Ok(delivered.shown);
            }
            if noted && !delivered.more {
                woken.await;
            }
        }
    }

    /// Acknowledges a notification. No if this client does not have it.
    pub fn acknowledge(&self, number: u64) -> bool {
        self.office.acknowledge(self.subscriber, self.client, number)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.office.leave(self.subscriber, self.client);
    }
}
