//! When objects were last heard of, and of which objects it is required that they are.
//!
//! A message is first noted in memory, which costs a map entry; now and then all that came since are written, one row per
//! object. So a device that reports ten times a second costs one small row a minute, and a stop of the program forgets
//! what came since the last writing: availability is told in minutes. What a state means is not known here.

use crate::fault::StoreFault;
use crate::inventory::{InventoryChanges, InventoryRows, object_key};
use crate::rows::{Key, Table, last_number, rows};
use crate::shards::Store;
use crate::transaction::WriteTx;
use crate::view::unless_broken;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::ManagedObject;
use model::limits::HEARD_MAX;
use model::time::Timestamp;
use policy::operation::Operation;
use policy::proof::{Allowed, Reach};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, Mutex, PoisonError};

/// What is required of an object, as long as that is not maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Required {
    /// How many minutes may pass without a message; none or less: it is maintained.
    minutes: i16,
    /// When the object was created: what counts as long as it was never heard of.
    since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct LastMessage(Timestamp);

rows! {
    Required => Watched,
    LastMessage => LastMessage,
}

fn watched_key(tenant: TenantNumber, object: ObjectId) -> Key {
    Key::new(tenant, Table::Watched).number(object.number())
}

fn message_key(tenant: TenantNumber, object: ObjectId) -> Key {
    Key::new(tenant, Table::LastMessage).number(object.number())
}

/// An object of which is required that it is heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// Which.
    pub object: ObjectId,
    /// How many minutes may pass without a message; none or less: it is maintained.
    pub minutes: i16,
    /// When it was last heard of, or else created.
    pub last: Timestamp,
}

/// Messages that were heard and not written yet.
#[derive(Default)]
pub(crate) struct Heard(Mutex<BTreeMap<(TenantNumber, ObjectId), Timestamp>>, Reached);

/// Devices that something can be sent to now, with how many ways there are.
type Reached = Arc<Mutex<BTreeMap<(TenantNumber, ObjectId), usize>>>;

/// As long as it is there, the device can be sent something: it is connected.
pub struct Reachable {
    reached: Reached,
    device: (TenantNumber, ObjectId),
}

impl Drop for Reachable {
    fn drop(&mut self) {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ways) = reached.get_mut(&self.device) {
            *ways = ways.saturating_sub(1);
            if *ways == 0 {
                reached.remove(&self.device);
            }
        }
    }
}

impl Heard {
    fn add(&self, tenant: TenantNumber, objects: &[ObjectId], at: Timestamp) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for object in objects {
            let key = (tenant, *object);
            // Full: what is known already is still kept up, and the next writing makes room.
            if heard.len() < HEARD_MAX || heard.contains_key(&key) {
                let last = heard.entry(key).or_insert(at);
                *last = at.max(*last);
            }
        }
    }

    fn last(&self, tenant: TenantNumber, object: ObjectId) -> Option<Timestamp> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(&(tenant, object)).copied()
    }

    fn of(&self, tenant: TenantNumber, after: Option<ObjectId>, most: usize) -> Vec<(ObjectId, Timestamp)> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = match after {
            Some(after) => Bound::Excluded((tenant, after)),
            None => match ObjectId::new(1) {
                Some(first) => Bound::Included((tenant, first)),
                None => Bound::Unbounded,
            },
        };
        heard
            .range((from, Bound::Unbounded))
            .take_while(|((of, _), _)| *of == tenant)
            .map(|((_, object), last)| (*object, *last))
            .take(most)
            .collect()
    }

    fn written(&self, tenant: TenantNumber, messages: &[(ObjectId, Timestamp)]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (object, last) in messages {
            // A later one has come meanwhile, and waits for the next writing.
            if heard.get(&(tenant, *object)) == Some(last) {
                heard.remove(&(tenant, *object));
            }
        }
    }
}

impl Store {
    /// Notes that a device can be sent something from now on, until what this gives is dropped.
    pub fn reaches_device(&self, tenant: TenantNumber, device: ObjectId) -> Reachable {
        let reached = self.followers.heard.1.clone();
        let device = (tenant, device);
        let mut all = reached.lock().unwrap_or_else(PoisonError::into_inner);
        *all.entry(device).or_default() += 1;
        drop(all);
        Reachable { reached, device }
    }

    /// Notes that these objects were heard of.
    pub fn heard(&self, tenant: TenantNumber, objects: &[ObjectId], at: Timestamp) {
        self.followers.heard.add(tenant, objects, at);
    }

    /// Messages in the tenant of a proof that are still to be written, behind this object, at most so many.
    pub fn unwritten<N: Operation>(
        &self,
        proof: &Allowed<N>,
        after: Option<ObjectId>,
        most: usize,
    ) -> Vec<(ObjectId, Timestamp)> {
        self.followers.heard.of(proof.tenant(), after, most)
    }

    /// These messages are durable now.
    pub fn written(&self, tenant: TenantNumber, messages: &[(ObjectId, Timestamp)]) {
        self.followers.heard.written(tenant, messages);
    }
}

impl InventoryRows<'_> {
    /// Whether an object can be sent something now.
    pub fn is_reachable(&self, object: &ManagedObject) -> bool {
        let Some(heard) = self.heard else { return false };
        let reached = heard.1.lock().unwrap_or_else(PoisonError::into_inner);
        reached.contains_key(&(self.tenant, object.id))
    }

    /// When an object within reach was last heard of.
    pub fn last_message(&self, object: &ManagedObject) -> Result<Option<Timestamp>, StoreFault> {
        match self.reaches(object)? {
            true => self.last_message_of(object.id),
            false => Ok(None),
        }
    }

    fn last_message_of(&self, object: ObjectId) -> Result<Option<Timestamp>, StoreFault> {
        let row = self
            .view
            .row_unnoted::<LastMessage>(&message_key(self.tenant, object));
        let written = unless_broken(row)?.flatten().map(|LastMessage(last)| last);
        let heard = self.heard.and_then(|heard| heard.last(self.tenant, object));
        Ok(written.max(heard))
    }

    /// The objects of which is required that they are heard of, for a proof that reaches all of them.
    pub fn watched(&self) -> Result<Vec<Watched>, StoreFault> {
        if !self.is_tenant_wide() {
            return Ok(Vec::new());
        }
        let mut watched = Vec::new();
        let all = Key::new(self.tenant, Table::Watched);
        self.view.scan_range(
            self.tenant,
            Table::Watched,
            &all.prefix(),
            crate::backend::Direction::Forward,
            |key, sealed| {
                let required = self
                    .view
                    .open::<Required>(self.tenant, Table::Watched, key, sealed);
                let object = last_number(key).and_then(ObjectId::new);
                if let (Some(Required { minutes, since }), Some(object)) = (unless_broken(required)?, object)
                {
                    watched.push((object, minutes, since));
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        let mut with_times = Vec::with_capacity(watched.len());
        for (object, minutes, since) in watched {
            let last = self.last_message_of(object)?.unwrap_or(since);
            with_times.push(Watched {
                object,
                minutes,
                last,
            });
        }
        Ok(with_times)
    }
}

impl InventoryChanges<'_> {
    /// Writes when objects were last heard of; those that are gone are passed over.
    pub fn put_last_messages(&self, messages: &[(ObjectId, Timestamp)]) -> Result<(), StoreFault> {
        if self.reach != Reach::Tenant {
            return Err(self.out_of_reach("the last messages of objects"));
        }
        for (object, last) in messages {
            if self.tx.view.contains(&object_key(self.tenant, *object))? {
                self.tx
                    .put(&message_key(self.tenant, *object), &LastMessage(*last))?;
            }
        }
        Ok(())
    }
}

/// Keeps an object that comes or changes among those of which is required that they are heard of, or takes it out.
pub(crate) fn watch(
    tx: &WriteTx,
    tenant: TenantNumber,
    before: Option<&ManagedObject>,
    object: &ManagedObject,
) -> Result<(), StoreFault> {
    let minutes = object.response_interval();
    if before.and_then(ManagedObject::response_interval) == minutes {
        return Ok(());
    }
    let key = watched_key(tenant, object.id);
    match minutes {
        Some(minutes) => tx.put(
            &key,
            &Required {
                minutes,
                since: object.created,
            },
        ),
        None => {
            tx.delete(&key);
            Ok(())
        }
    }
}

/// Forgets an object that is deleted.
pub(crate) fn forget(tx: &WriteTx, tenant: TenantNumber, object: ObjectId) {
    tx.delete(&watched_key(tenant, object));
    tx.delete(&message_key(tenant, object));
}
