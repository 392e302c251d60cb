//! One delivery: the next notifications that wait for a client, each shown as far as its principal may read the thing now.
//! What it may not see, or what is gone by now, is left out without a word and waits no longer.

use crate::desk::Reading;
use crate::realtime::{Thing, shown_of};
use crate::refusal::Refusal;
use crate::work::Query;
use model::ids::ObjectId;
use model::limits::{REALTIME_BATCH_BYTES_MAX, REALTIME_BATCH_MAX};
use model::names::FragmentName;
use model::notifications::{Api, Topic};
use model::realtime::Kind;
use policy::operations::notifications::NotificationConsume;
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::DefaultHasher, hash_map::Entry};
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use store::feed::Action;
use store::notifications::{Letter, SubscriberId};

/// One notification.
#[derive(Debug)]
pub struct Notification {
    /// Its number, by which it is acknowledged.
    pub number: u64,
    /// What kind of notification it is.
    pub api: Api,
    /// The object that it is about.
    pub of: ObjectId,
    /// What has happened.
    pub action: Action,
    /// To what.
    pub thing: Thing,
}

/// Asks for the next notifications of one client.
pub(super) struct Deliver {
    pub(super) subscriber: SubscriberId,
    /// From this number on.
    pub(super) from: u64,
    /// At most so many.
    pub(super) most: usize,
    /// Those that a client has, or that are done: whether it is this one.
    pub(super) held: BTreeMap<u64, bool>,
    /// The names of the clients that share the subscriber, and which of them this is.
    pub(super) shares: Vec<String>,
    pub(super) own: usize,
}

/// What is to be told, and what need not be.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) shown: Vec<Notification>,
    pub(super) passed_over: Vec<u64>,
    /// Everything before this is handed out.
    pub(super) next: u64,
    /// Whether there may be more at once.
    pub(super) more: bool,
}

impl Query for Deliver {
    type Operation = NotificationConsume;
    type Answer = Delivered;

    fn answer(&self, desk: &Reading) -> Result<Delivered, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<NotificationConsume>()?);
        let mut letters = Vec::new();
        let mut delivered = Delivered {
            next: self.from,
            ..Delivered::default()
        };
        let since = rows
            .subscriber(self.subscriber)?
            .map_or(u64::MAX, |one| one.since);
        // What another client has not acknowledged yet holds up what comes after it from the same source.
        let (mut held_up, mut first_held_up) = (BTreeSet::new(), None);
        rows.letters(self.subscriber, self.from.max(since), |number, letter| {
            let source = letter.happened.object;
            if self.share_of(source) == self.own {
                match self.held.get(&number) {
                    Some(true) => {}
                    Some(false) => {
                        held_up.insert(source);
                    }
                    None if held_up.contains(&source) => {}
                    None => letters.push((number, letter)),
                }
                if held_up.contains(&source) {
                    first_held_up.get_or_insert(number);
                }
            }
            delivered.next = number + 1;
            match letters.len() < self.most.min(REALTIME_BATCH_MAX) {
                true => ControlFlow::Continue(()),
                false => {
                    delivered.more = true;
                    ControlFlow::Break(())
                }
            }
        })?;
        let mut bytes = 0;
        let mut cuts: HashMap<_, Option<Vec<FragmentName>>> = HashMap::new();
        for (number, letter) in letters {
            if bytes >= REALTIME_BATCH_BYTES_MAX {
                delivered.next = number;
                delivered.more = true;
                break;
            }
            let cut = match letter.cut_by {
                None => None,
                Some(id) => {
                    let known = match cuts.entry(id) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(place) => {
                            let one = rows.subscription(id)?;
                            place.insert(one.and_then(|one| one.what.fragments))
                        }
                    };
                    match known {
                        Some(fragments) => Some(&*fragments),
                        // The subscription is gone, and with it what it lets through.
                        None => {
                            delivered.passed_over.push(number);
                            continue;
                        }
                    }
                }
            };
            match show(desk, &letter)? {
                Some(mut thing) => {
                    if let Some(fragments) = cut {
                        thing.cut(fragments);
                    }
                    bytes += thing.bytes();
                    delivered.shown.push(Notification {
                        number,
                        api: letter.api,
                        of: letter.of,
                        action: letter.happened.action,
                        thing,
                    });
                }
                None => delivered.passed_over.push(number),
            }
        }
        if let Some(first) = first_held_up {
            delivered.next = delivered.next.min(first);
        }
        Ok(delivered)
    }
}

impl Deliver {
    /// Which of the clients gets what is about this source: the one whose name and the source hash highest together, so
    /// that a client that comes or goes moves as few sources as possible.
    fn share_of(&self, source: ObjectId) -> usize {
        let weight = |name: &String| {
            let mut hasher = DefaultHasher::new();
            (name, source).hash(&mut hasher);
            hasher.finish()
        };
        let heaviest = self
            .shares
            .iter()
            .enumerate()
            .max_by_key(|(place, name)| (weight(name), *place));
        heaviest.map_or(0, |(place, _)| place)
    }
}

fn show(desk: &Reading, letter: &Letter) -> Result<Option<Thing>, Refusal> {
    let kind = match letter.api {
        Api::Alarms => Kind::Alarms,
        Api::AlarmsWithChildren => Kind::AlarmsWithChildren,
        Api::Events => Kind::Events,
        Api::EventsWithChildren => Kind::EventsWithChildren,
        Api::Objects => Kind::Objects,
        Api::Measurements => Kind::Measurements,
        Api::Operations => Kind::Operations,
    };
    shown_of(desk, (kind, letter.of), letter.happened)
}

/// Asks which subscriber a token is for.
pub(super) struct WhoIs(pub(super) Topic, pub(super) model::notifications::SubscriberName);

impl Query for WhoIs {
    type Operation = NotificationConsume;
    type Answer = SubscriberId;

    fn answer(&self, desk: &Reading) -> Result<SubscriberId, Refusal> {
        let rows = desk.tx.notifications(desk.allow::<NotificationConsume>()?);
        Ok(rows.subscriber_id(&self.0, &self.1)?)
    }
}
