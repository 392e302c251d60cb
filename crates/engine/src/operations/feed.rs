//! The feed of a device: the operations that wait for it and for what hangs below it, and then those that come (R100).
//!
//! A feed holds ids only. What it hands out is read, and decided, when it is handed out: as the ordinary question of this
//! caller for this one operation. So a right that is withdrawn, a device that is disabled and a child that has moved away end
//! what comes. Each operation comes once per feed. Nothing is queued but a few ids: a consumer that is slow reads from the
//! store when it is ready, and holds up nobody.

use super::hub::{Hub, Seat};
use super::updated;
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::refusal::Refusal;
use crate::work::{Command, Query, Then, done};
use model::ids::{ObjectId, OperationId};
use model::limits::{
    OPERATIONS_AT_ONCE_MAX, OPERATIONS_HANDED_MAX, OPERATIONS_WAITING_MAX, REALTIME_BATCH_BYTES_MAX,
    REALTIME_CHECK_SECONDS,
};
use model::names::Label;
use model::operations::{Operation, OperationStatus};
use model::registration::ID_TYPE_DEFAULT;
use model::users::{DEVICE_USER_PREFIX, UserKind};
use policy::operations::identity::ExternalIdRead;
use policy::operations::inventory::InventoryRead;
use policy::operations::operations::{OperationList, OperationRead, OperationUpdate as Updating};
use policy::operations::realtime::RealtimeFollow;
use policy::proof::Allowed;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use store::availability::Reachable;

/// The fragment of devices that know types of software: they are told of them.
const SOFTWARE_TYPES: &str = "c8y_SupportedSoftwareTypes";

/// An operation for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The operation.
    pub operation: Operation,
    /// The agent that takes it: the feed's own object.
    pub agent: ObjectId,
    /// By what the agent knows the device that is asked: its external id of the type `c8y_Serial`, the first one.
    pub serial: Option<Label>,
    /// Whether the device knows types of software.
    pub knows_software_types: bool,
}

/// Why a feed has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The caller may not act any more, or not with this credential.
    SignedOut,
    /// The device has begun more feeds than it may have; this was its oldest.
    Replaced,
    /// The platform ends.
    Ended,
}

/// The operations for a device, as they come. Ends when it is dropped.
pub struct Feed {
    door: Door,
    caller: Caller,
    serial: Arc<str>,
    hub: Arc<Hub>,
    seat: Arc<Seat>,
    /// What was found in the store and is to be looked at first.
    page: VecDeque<OperationId>,
    /// Behind which operation the store is to be asked what waits; nothing inside: from the first on.
    scan: Option<Option<OperationId>>,
    handed: Handed,
    /// That the device counts as connected.
    reachable: Option<Reachable>,
}

/// What was handed out, the oldest first: these, and everything up to the floor. Of what was handed out long ago no more
/// than its order is remembered.
#[derive(Default)]
pub struct Handed {
    floor: Option<OperationId>,
    ids: BTreeSet<OperationId>,
}

impl Handed {
    /// Whether it was handed out.
    pub fn has(&self, id: OperationId) -> bool {
        self.floor.is_some_and(|floor| id <= floor) || self.ids.contains(&id)
    }

    /// Notes that it is handed out.
    pub fn add(&mut self, id: OperationId) {
        self.ids.insert(id);
        if self.ids.len() > OPERATIONS_HANDED_MAX {
            self.floor = self.ids.pop_first().max(self.floor);
        }
    }
}

impl Door {
    /// Begins the feed of a device. Nobody else has operations of its own: people and services follow them by realtime
    /// notifications.
    pub async fn operations_feed(&self, caller: &Caller) -> Result<Feed, Refusal> {
        let proof = self.ask(caller, Follow).await?;
        let name = caller.name().as_str();
        let serial = name.strip_prefix(DEVICE_USER_PREFIX).unwrap_or(name);
        let (tenant, principal) = caller.numbers();
        let follow = || self.store().follow(&proof);
        let (hub, seat) = self.0.feeds.begin(self, principal, follow, tenant)?;
        Ok(Feed {
            door: self.clone(),
            caller: caller.clone(),
            serial: serial.into(),
            hub,
            seat,
            page: VecDeque::new(),
            scan: Some(None),
            handed: Handed::default(),
            reachable: None,
        })
    }
}

impl Feed {
    /// Waits for operations: at least one, the oldest first as long as some wait from before. Nothing is lost when the wait is
    /// given up.
    pub async fn next(&mut self) -> Result<Vec<Delivered>, Over> {
        loop {
            if let Some(why) = self.seat.over() {
                return Err(why);
            }
            match self.step().await {
                Ok(delivered) if !delivered.is_empty() => return Ok(delivered),
                Ok(_) if self.has_more() => {}
                Ok(_) => self.seat.woken().await,
                Err(Refusal::NotSignedIn) => return Err(Over::SignedOut),
                // The platform is busy: the ids wait on.
                Err(_) => tokio::time::sleep(Duration::from_secs(REALTIME_CHECK_SECONDS)).await,
            }
        }
    }

    /// Lets everything that waits come once more: the device has asked for it.
    pub fn again(&mut self) {
        self.handed = Handed::default();
        self.page.clear();
        self.scan = Some(None);
        // Whoever waits for what comes next looks again.
        self.seat.look_anew();
    }

    /// Notes, durably, that these were handed out. It is no statement of the device.
    pub async fn handed_out(&self, ids: Vec<OperationId>) -> Result<(), Refusal> {
        let serial = self.serial.clone();
        self.door.run(&self.caller, HandOut { serial, ids }).await
    }

    fn has_more(&self) -> bool {
        !self.page.is_empty() || self.scan.is_some() || self.seat.has_any()
    }

    async fn step(&mut self) -> Result<Vec<Delivered>, Refusal> {
        if self.page.is_empty() && self.seat.take_anew() && self.scan.is_none() {
            self.scan = Some(None);
        }
        match self.scan.filter(|_| self.page.is_empty()) {
            Some(after) => {
                self.look(after).await?;
                Ok(Vec::new())
            }
            None => self.hand_out().await,
        }
    }

    /// Asks the store what waits.
    async fn look(&mut self, after: Option<OperationId>) -> Result<(), Refusal> {
        let serial = self.serial.clone();
        let looked = self.door.ask(&self.caller, Look { serial, after }).await?;
        if looked.agent != self.seat.agent() {
            // From here on nothing that is new is missed; what came before is found when the store is asked once more.
            self.sit(looked.agent);
            self.scan = Some(None);
            return Ok(());
        }
        let is_all = looked.waiting.len() < OPERATIONS_WAITING_MAX;
        self.scan = looked.waiting.last().filter(|_| !is_all).map(|last| Some(*last));
        if is_all && after.is_none() {
            // What waits no more never waits again.
            let waiting: BTreeSet<_> = looked.waiting.iter().collect();
            self.handed.ids.retain(|id| waiting.contains(id));
        }
        let new = looked.waiting.into_iter().filter(|id| !self.handed.has(*id));
        self.page = new.collect();
        Ok(())
    }

    /// Hands out the next ones.
    async fn hand_out(&mut self) -> Result<Vec<Delivered>, Refusal> {
        let from_page = !self.page.is_empty();
        let ids: Vec<_> = match from_page {
            true => self.page.iter().take(OPERATIONS_AT_ONCE_MAX).copied().collect(),
            false => self.seat.first(OPERATIONS_AT_ONCE_MAX),
        };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let new = ids.iter().filter(|id| !self.handed.has(**id)).copied().collect();
        let question = HandedOut {
            serial: self.serial.clone(),
            agent: self.seat.agent(),
            ids: new,
        };
        let Some(answer) = self.door.ask(&self.caller, question).await? else {
            // The device has another object now, or none.
            self.page.clear();
            self.scan = Some(None);
            self.sit(None);
            return Ok(Vec::new());
        };
        // From here on nothing waits, so that what is dropped is what is returned.
        let first_left = ids.iter().position(|id| answer.left.contains(id));
        let dropped = first_left.unwrap_or(ids.len());
        match from_page {
            true => drop(self.page.drain(..dropped.min(self.page.len()))),
            false => self.seat.drop_first(dropped),
        }
        let delivered = answer.delivered.iter();
        delivered.for_each(|delivered| self.handed.add(delivered.operation.id));
        Ok(answer.delivered)
    }

    fn sit(&mut self, agent: Option<ObjectId>) {
        self.hub.sit(&self.seat, agent);
        let (tenant, _) = self.caller.numbers();
        self.reachable = agent.map(|agent| self.door.store().reaches_device(tenant, agent));
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.hub.remove(&self.seat);
    }
}

/// Asks to follow the own tenant, as a device.
struct Follow;

impl Query for Follow {
    type Operation = RealtimeFollow;
    type Answer = Allowed<RealtimeFollow>;

    fn answer(&self, desk: &Reading) -> Result<Allowed<RealtimeFollow>, Refusal> {
        match desk.who().kind() {
            UserKind::Device => desk.allow(),
            UserKind::Person | UserKind::Service | UserKind::Bootstrap => Err(Refusal::Forbidden),
        }
    }
}

/// The object of a device that speaks: what is behind its external id, if it may read operations there. Who has bound a
/// foreign id to an object of its own gets nothing for it, and takes nothing.
fn own_object(desk: &Reading, serial: &str) -> Result<Option<ObjectId>, Refusal> {
    let facts = desk.tx.external_id_facts(desk.who(), ID_TYPE_DEFAULT, serial)?;
    let Some(facts) = facts else { return Ok(None) };
    let may = desk.may_on::<OperationRead>(facts.id())?;
    Ok(Some(facts.id()).filter(|_| may))
}

/// Asks what waits for a device.
struct Look {
    serial: Arc<str>,
    after: Option<OperationId>,
}

struct Looked {
    agent: Option<ObjectId>,
    waiting: Vec<OperationId>,
}

impl Query for Look {
    type Operation = OperationList;
    type Answer = Looked;

    fn answer(&self, desk: &Reading) -> Result<Looked, Refusal> {
        let agent = own_object(desk, &self.serial)?;
        let waiting = match agent {
            Some(agent) => desk
                .tx
                .waiting_for(desk.who(), agent, self.after, OPERATIONS_WAITING_MAX)?,
            None => Vec::new(),
        };
        Ok(Looked { agent, waiting })
    }
}

/// Asks for these operations.
struct HandedOut {
    serial: Arc<str>,
    agent: Option<ObjectId>,
    ids: Vec<OperationId>,
}

struct Answer {
    delivered: Vec<Delivered>,
    /// What did not fit.
    left: Vec<OperationId>,
}

impl Query for HandedOut {
    type Operation = OperationList;
    /// Nothing if the device has another object than it had.
    type Answer = Option<Answer>;

    fn answer(&self, desk: &Reading) -> Result<Option<Answer>, Refusal> {
        let agent = own_object(desk, &self.serial)?;
        let Some(agent) = agent.filter(|agent| self.agent == Some(*agent)) else {
            return Ok(None);
        };
        let (mut delivered, mut bytes) = (Vec::new(), 0);
        let mut ids = self.ids.iter();
        while bytes < REALTIME_BATCH_BYTES_MAX
            && let Some(id) = ids.next()
        {
            if let Some(found) = one(desk, agent, *id)? {
                bytes += found.operation.fragments.to_string().len();
                delivered.push(found);
            }
        }
        let left = ids.copied().collect();
        Ok(Some(Answer { delivered, left }))
    }
}

/// An operation that waits, may be read, and is this agent's to take.
fn one(desk: &Reading, agent: ObjectId, id: OperationId) -> Result<Option<Delivered>, Refusal> {
    let proof = match desk.allow_on_operation::<OperationRead>(id) {
        Ok(proof) => proof,
        Err(Refusal::Missing(_) | Refusal::Forbidden) => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let waits = |operation: &Operation| {
        operation.status == OperationStatus::Pending && !operation.is_expired(desk.now())
    };
    let found = desk.tx.operations(proof).operation(id)?;
    let Some(operation) = found.filter(waits) else {
        return Ok(None);
    };
    let device = operation.device;
    if desk.tx.agent_of(desk.who(), device)? != Some(agent) {
        return Ok(None);
    }
    let mut serial = None;
    if desk.may_on::<ExternalIdRead>(device)? {
        let rows = desk.tx.inventory(desk.allow_on::<ExternalIdRead>(device)?);
        let ids = rows.external_ids(device)?.into_iter();
        let serials = ids.filter(|id| id.kind.as_str() == ID_TYPE_DEFAULT);
        serial = serials.map(|id| id.value).min();
    }
    let mut knows_software_types = false;
    if desk.may_on::<InventoryRead>(device)? {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(device)?);
        let object = rows.object(device)?;
        knows_software_types = object.is_some_and(|object| object.fragments.contains(SOFTWARE_TYPES));
    }
    Ok(Some(Delivered {
        operation,
        agent,
        serial,
        knows_software_types,
    }))
}

/// Notes that operations were handed out.
struct HandOut {
    serial: Arc<str>,
    ids: Vec<OperationId>,
}

impl Command for HandOut {
    type Operation = Updating;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        for id in &self.ids {
            let proof = match desk.allow_on_operation::<Updating>(*id) {
                Ok(proof) => proof,
                // It is gone by now, or somebody else's.
                Err(Refusal::Missing(_) | Refusal::Forbidden) => continue,
                Err(refusal) => return Err(refusal),
            };
            let rows = desk.tx.operations(proof);
            let Some(before) = rows.now().operation(*id)? else {
                continue;
            };
            let after = before.handed_out_at(desk.now());
            rows.update(&before, &after)?;
            let text = format!(
                "Operation on the device {} handed out to {}",
                before.device, self.serial
            );
            let note = updated(&before, &after);
            desk.note(
                Note {
                    activity: "Operation delivered",
                    ..note
                }
                .text(text),
            );
        }
        Ok(done(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_out_long_ago_is_remembered_by_its_order_alone() {
        let id = |number: usize| OperationId::new(number as u64).expect("in range");
        let mut handed = Handed::default();
        for number in 1..=2 * OPERATIONS_HANDED_MAX {
            assert!(!handed.has(id(number)));
            handed.add(id(number));
        }
        assert_eq!(handed.ids.len(), OPERATIONS_HANDED_MAX);
        assert!((1..=2 * OPERATIONS_HANDED_MAX).all(|number| handed.has(id(number))));
        assert!(!handed.has(id(2 * OPERATIONS_HANDED_MAX + 1)));
    }
}
