//! Subscriptions: making, finding, showing and deleting them. They say what is kept for whom; what a subscriber is shown of
//! it is decided for each notification.

use crate::desk::{Changing, Desk, Reading};
use crate::note::Note;
use crate::page::{Listed, Page, Room};
use crate::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::ids::{ObjectId, SubscriptionId};
use model::limits::NOTIFICATION_SUBSCRIPTIONS_MAX;
use model::notifications::{Context, NewSubscription, Subscription, SubscriptionFilter};
use policy::operations::inventory::InventoryRead;
use policy::operations::notifications::{SubscriptionCreate, SubscriptionDelete, SubscriptionRead};
use std::ops::Deref;
use store::view::View;

/// A subscription, with the name of its object for those who may read that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    /// The subscription.
    pub subscription: Subscription,
    /// The name of the object that it looks at.
    pub source_name: Option<String>,
}

fn missing(id: SubscriptionId) -> Refusal {
    Refusal::Missing(Missing::Subscription(id))
}

fn show(desk: &Reading, subscription: Subscription) -> Result<SubscriptionView, Refusal> {
    let source_name = match subscription.what.source {
        Some(source) if desk.may_on::<InventoryRead>(source)? => {
            let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(source)?);
            let object = rows.object(source)?;
            object.and_then(|object| object.name).map(|name| name.to_string())
        }
        _ => None,
    };
    Ok(SubscriptionView {
        subscription,
        source_name,
    })
}

/// The object must be one that the caller knows: with any right on it or its data.
fn check_source<T: Deref<Target = View>>(desk: &Desk<T>, source: ObjectId) -> Result<(), Refusal> {
    match desk.require_on::<InventoryRead>(source) {
        Err(Refusal::Forbidden) | Ok(()) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// Makes a subscription.
pub struct CreateSubscription(pub NewSubscription);

impl Command for CreateSubscription {
    type Operation = SubscriptionCreate;
    type Answer = Subscription;

    fn change(&self, desk: &Changing) -> Result<Then<Subscription>, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<SubscriptionCreate>()?);
        if let Some(source) = self.0.source {
            check_source(desk, source)?;
        }
        if rows.now().subscription_count()? >= NOTIFICATION_SUBSCRIPTIONS_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(
                Bound::NotificationSubscriptions,
            )));
        }
        let subscription = Subscription {
            id: rows.new_id()?,
            creator: desk.who().id(),
            created: desk.now(),
            what: self.0.clone(),
        };
        if !rows.create(&subscription)? {
            return Err(Refusal::Conflict(Conflict::SubscriptionThere));
        }
        desk.note(note("Subscription created", &subscription));
        Ok(done(subscription))
    }
}

fn note(activity: &'static str, one: &Subscription) -> Note {
    let of = match one.what.source {
        Some(source) => format!("managed object {source}"),
        None => "the tenant".to_owned(),
    };
    let text = format!("{activity}: {} on {of}", one.what.topic.name);
    Note::new("Notification", activity, one.id).text(text)
}

/// Finds subscriptions in the order of their ids.
pub struct FindSubscriptions {
    /// Which.
    pub filter: SubscriptionFilter,
    /// Which part of them.
    pub page: Page,
}

impl Query for FindSubscriptions {
    type Operation = SubscriptionRead;
    type Answer = Listed<SubscriptionView>;

    fn answer(&self, desk: &Reading) -> Result<Listed<SubscriptionView>, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<SubscriptionRead>()?);
        let mut found = match self.filter.source {
            Some(source) => rows.looking_at(Some(source))?,
            None => rows.subscriptions()?,
        };
        found.retain(|one| self.filter.has(one));
        let room = Room::new();
        self.page.of(found).try_map(|one| {
            let fragments = one.what.fragments.iter().flatten();
            room.take(fragments.map(|name| name.as_str().len()).sum())?;
            show(desk, one)
        })
    }
}

/// Reads one subscription.
pub struct ReadSubscription(pub SubscriptionId);

impl Query for ReadSubscription {
    type Operation = SubscriptionRead;
    type Answer = SubscriptionView;

    fn answer(&self, desk: &Reading) -> Result<SubscriptionView, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<SubscriptionRead>()?);
        let one = rows.subscription(self.0)?.ok_or(missing(self.0))?;
        show(desk, one)
    }
}

/// Deletes one subscription. What it has given to its topic stays there.
pub struct DeleteSubscription(pub SubscriptionId);

impl Command for DeleteSubscription {
    type Operation = SubscriptionDelete;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<SubscriptionDelete>()?);
        let one = rows.now().subscription(self.0)?.ok_or(missing(self.0))?;
        rows.delete(&one)?;
        desk.note(note("Subscription deleted", &one));
        Ok(done(()))
    }
}

/// Deletes the subscriptions that look at an object or, without one, at the whole tenant. Having none to delete is no
/// mistake, so that nothing is told about objects of others.
pub struct DeleteSubscriptions {
    /// The object.
    pub source: Option<ObjectId>,
    /// Which of the two contexts was named, if one was.
    pub context: Option<Context>,
}

impl Command for DeleteSubscriptions {
    type Operation = SubscriptionDelete;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<SubscriptionDelete>()?);
        for one in rows.now().looking_at(self.source)? {
            if self.context.is_none_or(|context| context == one.what.context()) {
                rows.delete(&one)?;
                desk.note(note("Subscription deleted", &one));
            }
        }
        Ok(done(()))
    }
}
