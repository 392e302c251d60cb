//! Subscribers, and the notifications that wait for each: ids only, as rows in the order in which they happened, until they
//! are acknowledged. The number of a notification is the same for all subscribers.
//!
//! A subscriber that has unsubscribed is remembered for a while, so that its older tokens do not bring it back.

use super::{NotificationChanges, NotificationRows};
use crate::backend::{Direction, KeyRange};
use crate::fault::StoreFault;
use crate::feed::Happened;
use crate::rows::{Key, Table, last_number, rows};
use crate::view::{View, unless_broken};
use model::ids::{ObjectId, SubscriptionId, TenantNumber};
use model::notifications::{Api, SubscriberName, Topic};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;

/// A subscriber of a topic, by the keyed hash of both names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriberId([u8; 16]);

impl fmt::Debug for SubscriberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriberId")
    }
}

/// A subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// Its topic.
    pub topic: Topic,
    /// Its name.
    pub name: SubscriberName,
    /// Notifications before this one are none of its own.
    pub since: u64,
    /// When it last connected, or was connected; about.
    pub seen: Timestamp,
    /// How many notifications went because too many waited, or for too long.
    pub lost: u64,
    /// When it has unsubscribed, if it has.
    pub ended: Option<Timestamp>,
    /// Tokens that were made until then are void: it has unsubscribed then, and perhaps begun anew since.
    pub void_until: Option<Timestamp>,
}

/// A notification that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What kind of notification it is.
    pub api: Api,
    /// The object that it is about: the source, or what is looked at above it.
    pub of: ObjectId,
    /// What has happened.
    pub happened: Happened,
    /// When it was sorted.
    pub since: Timestamp,
    /// The subscription that says which fragments are told, if it is one that does.
    pub cut_by: Option<SubscriptionId>,
}

rows! {
    Subscriber => NotificationSubscriber,
    Letter => Letter,
}

fn subscriber_key(tenant: TenantNumber, id: SubscriberId) -> Key {
    Key::new(tenant, Table::NotificationSubscriber).blind(id.0)
}

fn letters_of(tenant: TenantNumber, id: SubscriberId) -> Key {
    Key::new(tenant, Table::Letter).blind(id.0)
}

fn id_in(key: &[u8]) -> Option<SubscriberId> {
    let from = Key::new(TenantNumber(0), Table::Letter).bytes().len();
    let blind = key.get(from..from + 16)?;
    blind.try_into().ok().map(SubscriberId)
}

impl NotificationRows<'_> {
    /// The id of a subscriber, there or not.
    pub fn subscriber_id(&self, topic: &Topic, name: &SubscriberName) -> Result<SubscriberId, StoreFault> {
        subscriber_id(self.view, self.tenant, topic, name)
    }

    /// A subscriber, or one that has unsubscribed.
    pub fn subscriber(&self, id: SubscriberId) -> Result<Option<Subscriber>, StoreFault> {
        self.view.row(&subscriber_key(self.tenant, id))
    }

    /// Every subscriber, also those that have unsubscribed.
    pub fn subscribers(&self) -> Result<Vec<Subscriber>, StoreFault> {
        self.view
            .rows(&Key::new(self.tenant, Table::NotificationSubscriber))
    }

    /// What waits for a subscriber from this number on, in order, as long as it is wanted; the numbers come along.
    pub fn letters(
        &self,
        id: SubscriberId,
        from: u64,
        mut take: impl FnMut(u64, Letter) -> ControlFlow<()>,
    ) -> Result<(), StoreFault> {
        let range = KeyRange {
            start: letters_of(self.tenant, id).number(from).bytes().to_vec(),
            end: letters_of(self.tenant, id).prefix().end,
        };
        self.view.scan_range(
            self.tenant,
            Table::Letter,
            &range,
            Direction::Forward,
            |key, sealed| {
                let letter = self.view.open(self.tenant, Table::Letter, key, sealed);
                Ok(match (last_number(key), unless_broken(letter)?) {
                    (Some(number), Some(letter)) => take(number, letter),
                    _ => ControlFlow::Continue(()),
                })
            },
        )
    }

    /// How many wait for a subscriber.
    pub fn waiting(&self, id: SubscriberId) -> Result<u64, StoreFault> {
        let waiting = self.view.count(&letters_of(self.tenant, id))?;
        Ok(waiting as u64)
    }
}

fn subscriber_id(
    view: &View,
    tenant: TenantNumber,
    topic: &Topic,
    name: &SubscriberName,
) -> Result<SubscriberId, StoreFault> {
    let Topic {
        name: of,
        non_persistent,
    } = topic;
    let text = format!("{of}/{non_persistent}/{name}");
    let blind = view
        .keys
        .blind_payload(tenant, "notification-subscriber", text.as_bytes())?;
    Ok(SubscriberId(blind))
}

impl NotificationChanges<'_> {
    /// Stores a subscriber, new or changed, or that it has ended. From the first on the journal is kept, until the last.
    pub fn put_subscriber(&self, subscriber: &Subscriber) -> Result<(), StoreFault> {
        let id = self.now().subscriber_id(&subscriber.topic, &subscriber.name)?;
        let key = subscriber_key(self.tenant, id);
        self.tx.view.watch(&key)?;
        self.tx.put(&key, subscriber)?;
        match subscriber.ended {
            None => self.want_journal(true),
            Some(_) => self.let_go_of_journal(),
        }
    }

    /// Forgets a subscriber that has ended, or does not come back. Whoever has forgotten some looks after the journal.
    pub fn forget_subscriber(&self, subscriber: &Subscriber) -> Result<(), StoreFault> {
        let id = self.now().subscriber_id(&subscriber.topic, &subscriber.name)?;
        let key = subscriber_key(self.tenant, id);
        self.tx.view.watch(&key)?;
        self.tx.delete(&key);
        Ok(())
    }

    /// Without subscribers no journal is kept. Looks at all of them, so once in a transaction.
    pub fn let_go_of_journal(&self) -> Result<(), StoreFault> {
        // The others are only seen by a scan: whoever comes at the same time puts the mark back, and reads it first.
        let is_last = !self.now().subscribers()?.iter().any(|one| one.ended.is_none());
        match is_last && self.now().has_journal()? {
            true => self.want_journal(false),
            false => Ok(()),
        }
    }

    /// Depends on a subscriber as it is now: whoever changes it at the same time makes this one look again.
    pub fn depend_on(&self, id: SubscriberId) -> Result<(), StoreFault> {
        self.tx.view.watch(&subscriber_key(self.tenant, id))
    }

    /// Lets a notification wait for a subscriber.
    pub fn put_letter(&self, id: SubscriberId, number: u64, letter: &Letter) -> Result<(), StoreFault> {
        self.tx.put(&letters_of(self.tenant, id).number(number), letter)
    }

    /// Removes a notification: it is acknowledged, or too old.
    pub fn remove_letter(&self, id: SubscriberId, number: u64) {
        self.tx.delete(&letters_of(self.tenant, id).number(number));
    }

    /// Removes up to so many notifications that are nobody's: their subscriber has ended, or began anew after them. Says
    /// how many it removes.
    pub fn sweep(&self, most: usize) -> Result<usize, StoreFault> {
        let mut own = std::collections::BTreeMap::new();
        for one in self.now().subscribers()? {
            if one.ended.is_none() {
                own.insert(self.now().subscriber_id(&one.topic, &one.name)?, one.since);
            }
        }
        let (mut gone, mut from) = (
            BTreeSet::new(),
            Key::new(self.tenant, Table::Letter).bytes().to_vec(),
        );
        let end = Key::new(self.tenant, Table::Letter).prefix().end;
        // From one subscriber to the next: what is somebody's is passed over.
        while gone.len() < most {
            let range = KeyRange {
                start: from.clone(),
                end: end.clone(),
            };
            let mut next = None;
            self.tx.view.scan_range(
                self.tenant,
                Table::Letter,
                &range,
                Direction::Forward,
                |key, _| {
                    let (Some(id), Some(number)) = (id_in(key), last_number(key)) else {
                        return Ok(ControlFlow::Break(()));
                    };
                    if own.get(&id).is_some_and(|since| number >= *since) {
                        next = letters_of(self.tenant, id).prefix().end;
                        return Ok(ControlFlow::Break(()));
                    }
                    gone.insert((id, number));
                    Ok(match gone.len() < most {
                        true => ControlFlow::Continue(()),
                        false => ControlFlow::Break(()),
                    })
                },
            )?;
            match next {
                Some(next) => from = next,
                None => break,
            }
        }
        for (id, number) in &gone {
            self.remove_letter(*id, *number);
        }
        Ok(gone.len())
    }
}
