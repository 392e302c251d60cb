//! Subscriptions to reliable notifications as rows of the identity part, found by their ids and by what they look at. They
//! go in the same commit as the object that they look at; what is told of that last is told for them all the same.

mod journal;
mod letters;

pub(crate) use journal::Journals;
pub use journal::{Entries, Farewell, Sorted};
pub use letters::{Letter, Subscriber, SubscriberId};

use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::seal::RowVersion;
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{ObjectId, SubscriptionId, TenantNumber};
use model::notifications::{NewSubscription, Subscription, Topic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Serialize, Deserialize)]
struct IdRow(SubscriptionId);

rows! {
    Subscription => NotificationSubscription,
    IdRow => NotificationsOf,
}

/// Stands for the whole tenant among the objects that subscriptions look at, whose numbers begin with 1.
const WHOLE_TENANT: u64 = 0;

fn subscription_key(tenant: TenantNumber, id: SubscriptionId) -> Key {
    Key::new(tenant, Table::NotificationSubscription).number(id.number())
}

fn looking_at(tenant: TenantNumber, source: Option<ObjectId>) -> Key {
    Key::new(tenant, Table::NotificationsOf).number(source.map_or(WHOLE_TENANT, ObjectId::number))
}

/// Where a subscription lies by what it says: no two lie at the same place.
fn place_of(view: &View, tenant: TenantNumber, what: &NewSubscription) -> Result<Key, StoreFault> {
    let Topic { name, non_persistent } = &what.topic;
    let text = format!("{name}/{non_persistent}");
    let blind = view.keys.blind_identity(tenant, "notification-topic", text)?;
    Ok(looking_at(tenant, what.source).blind(blind))
}

/// A row whose version moves with every change of subscriptions.
fn epoch_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::JournalWanted).byte(2)
}

/// Subscriptions, subscribers and what waits for them in a tenant, to read.
pub struct NotificationRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl<'t> NotificationRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// A subscription by its id.
    pub fn subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>, StoreFault> {
        self.view.row(&subscription_key(self.tenant, id))
    }

    /// Every subscription, in order of ids.
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StoreFault> {
        self.view
            .rows(&Key::new(self.tenant, Table::NotificationSubscription))
    }

    /// Those that look at an object, or at the whole tenant.
    pub fn looking_at(&self, source: Option<ObjectId>) -> Result<Vec<Subscription>, StoreFault> {
        let ids = self.view.rows::<IdRow>(&looking_at(self.tenant, source))?;
        let mut found = Vec::new();
        for IdRow(id) in ids {
            found.extend(self.subscription(id)?);
        }
        found.sort_by_key(|one| one.id);
        Ok(found)
    }

    /// How many there are.
    pub fn subscription_count(&self) -> Result<usize, StoreFault> {
        let prefix = Key::new(self.tenant, Table::NotificationSubscription);
        self.view.count(&prefix)
    }

    /// Moves whenever a subscription comes or goes.
    pub fn subscriptions_version(&self) -> Result<Option<RowVersion>, StoreFault> {
        self.view.version(&epoch_key(self.tenant))
    }
}

/// Subscriptions, subscribers and what waits for them in a tenant, to change.
pub struct NotificationChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> NotificationChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// What is there now.
    pub fn now(&self) -> NotificationRows<'t> {
        NotificationRows::new(&self.tx.view, self.tenant)
    }

    /// A new id of a subscription.
    pub fn new_id(&self) -> Result<SubscriptionId, StoreFault> {
        self.tx.ids.subscription(self.tenant)
    }

    /// Stores a new subscription; no if there is one that looks at the same and feeds the same.
    pub fn create(&self, one: &Subscription) -> Result<bool, StoreFault> {
        let place = place_of(&self.tx.view, self.tenant, &one.what)?;
        if self.tx.view.contains(&place)? {
            return Ok(false);
        }
        self.tx.put(&place, &IdRow(one.id))?;
        self.tx.put(&subscription_key(self.tenant, one.id), one)?;
        self.tx.put_index(&epoch_key(self.tenant))?;
        Ok(true)
    }

    /// Removes a subscription.
    pub fn delete(&self, one: &Subscription) -> Result<(), StoreFault> {
        remove(self.tx, self.tenant, one)
    }
}

fn remove(tx: &WriteTx, tenant: TenantNumber, one: &Subscription) -> Result<(), StoreFault> {
    // Read, so that of two who delete it only one is committed.
    tx.view.watch(&subscription_key(tenant, one.id))?;
    tx.delete(&subscription_key(tenant, one.id));
    tx.delete(&place_of(&tx.view, tenant, &one.what)?);
    tx.put_index(&epoch_key(tenant))
}

/// Removes the subscriptions that look at an object which is being deleted. That it is gone is told for them.
pub(crate) fn leave(tx: &WriteTx, tenant: TenantNumber, object: ObjectId) -> Result<(), StoreFault> {
    let rows = NotificationRows::new(&tx.view, tenant);
    let mut topics = BTreeSet::new();
    for one in rows.looking_at(Some(object))? {
        remove(tx, tenant, &one)?;
        let is_told = model::notifications::Api::Objects;
        if one.what.apis.has(one.what.context(), is_told) {
            topics.insert(one.what.topic);
        }
    }
    if !topics.is_empty() {
        let topics = topics.into_iter().collect();
        tx.says_farewell(Farewell { object, topics });
    }
    Ok(())
}
