//! Sorting: what the journal has noted is put before the subscribers of the topics that it feeds, in the same commit that
//! takes it out of the journal. So nothing that was committed is lost in between, and nothing is told that was not.

use crate::door::Inside;
use crate::refusal::Refusal;
use crate::setup::system_record;
use model::ids::{ObjectId, SubscriptionId, TenantNumber};
use model::limits::{BACKLOG_MAX, JOURNAL_STEP_MAX, LETTERS_STEP_MAX};
use model::notifications::{Api, Context, Subscription, Topic};
use model::time::Timestamp;
use policy::operations::alarms::AlarmRead;
use policy::operations::events::EventRead;
use policy::operations::inventory::InventoryRead;
use policy::operations::measurements::MeasurementRead;
use policy::operations::notifications::SubscriberCreate;
use policy::proof::{Allowed, SystemReason};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use store::feed::{Action, Followed, Happened, What};
use store::notifications::{Entries, Farewell, Letter, NotificationChanges, Subscriber, SubscriberId};
use store::seal::RowVersion;
use store::transaction::{ReadTx, WriteTx};

pub(super) const REASON: SystemReason = SystemReason::Notifications;
/// Losses of one subscriber are told once in this time; their number is kept in any case.
const TOLD_EVERY_MILLIS: i64 = 3_600_000;

/// What is known from one step to the next. Thrown away when a step was not committed.
#[derive(Default)]
pub(super) struct Known {
    subscriptions: Option<(Option<RowVersion>, Looking)>,
    /// How many notifications wait for each subscriber.
    waiting: HashMap<SubscriberId, u64>,
    /// When a loss was last told.
    told: HashMap<SubscriberId, Timestamp>,
}

impl Known {
    /// Counts anew what waits for a subscriber.
    pub(super) fn forget_count(&mut self, id: SubscriberId) {
        self.waiting.remove(&id);
    }
}

/// Subscriptions by what they look at.
#[derive(Default)]
struct Looking {
    at_tenant: Vec<Subscription>,
    at_object: HashMap<ObjectId, Vec<Subscription>>,
    /// Whether any of them looks at what is below its object.
    below: bool,
}

/// What one step does.
pub(super) struct Step<'a> {
    pub(super) inside: &'a Inside,
    pub(super) tenant: TenantNumber,
    pub(super) followed: Followed,
    /// Notifications that were acknowledged, or not shown.
    pub(super) done: &'a [(SubscriberId, u64)],
    /// Subscribers that have clients.
    pub(super) connected: &'a BTreeSet<SubscriberId>,
}

/// What a step would commit.
pub(super) struct Prepared {
    pub(super) tx: WriteTx,
    /// Whose notifications have changed.
    pub(super) touched: BTreeSet<SubscriberId>,
    /// Whether there is more to sort.
    pub(super) more: bool,
}

/// A thing that a group of commits has done.
enum Told {
    Happened(Happened),
    Gone(Farewell),
}

/// What a group of commits has done, in the order in which it is told.
fn things(entries: Entries) -> impl Iterator<Item = Told> {
    let happened = entries.happened.into_iter().map(Told::Happened);
    happened.chain(entries.farewells.into_iter().map(Told::Gone))
}

/// The subscribers of each topic.
type Subscribers = HashMap<Topic, Vec<(SubscriberId, Subscriber)>>;

/// A notification on its way to the subscribers of a topic.
struct Fed {
    topic: Topic,
    letter: Letter,
}

impl Step<'_> {
    pub(super) fn prepare(&self, known: &mut Known) -> Result<Prepared, Refusal> {
        let proof = || Allowed::<SubscriberCreate>::mint_system(self.tenant, REASON);
        let tx = self.inside.store.write_for(&proof())?;
        let mut touched = BTreeSet::new();
        let more = {
            let rows = tx.notifications(proof());
            for (subscriber, number) in self.done {
                rows.remove_letter(*subscriber, *number);
                if let Some(count) = known.waiting.get_mut(subscriber) {
                    *count = count.saturating_sub(1);
                }
                touched.insert(*subscriber);
            }
            self.sort(&tx, &rows, known, &mut touched)?
        };
        Ok(Prepared { tx, touched, more })
    }

    fn sort(
        &self,
        tx: &WriteTx,
        rows: &NotificationChanges<'_>,
        known: &mut Known,
        touched: &mut BTreeSet<SubscriberId>,
    ) -> Result<bool, Refusal> {
        let mut sorted = rows.now().sorted()?;
        let journal = rows.now().journal(sorted.next, JOURNAL_STEP_MAX)?;
        let lost = rows.now().lost()?;
        if lost > sorted.lost {
            let text = format!(
                "{} groups of changes were not noted: too many waited",
                lost - sorted.lost
            );
            tx.record(self.record("Notifications lost", text, None));
            sorted.lost = lost;
        }
        if journal.is_empty() {
            if tx.is_recorded() {
                rows.has_sorted([], sorted)?;
            }
            return Ok(false);
        }
        let subscribers = subscribers(rows)?;
        let read = self.inside.store.read(self.tenant)?;
        let looking = self.looking(rows, known)?;
        let mut added: BTreeMap<SubscriberId, u64> = BTreeMap::new();
        let (mut places, mut letters) = (Vec::new(), 0);
        let full = journal.len() >= JOURNAL_STEP_MAX;
        let mut cut = false;
        'groups: for (place, entries) in journal {
            if place != sorted.next {
                // The group that was begun is not there any more.
                sorted.part = 0;
            }
            let above = self.above(looking, &entries.happened)?;
            let begun = usize::try_from(sorted.part).unwrap_or(usize::MAX);
            for thing in things(entries).skip(begun) {
                if letters >= LETTERS_STEP_MAX {
                    sorted.next = place;
                    cut = true;
                    break 'groups;
                }
                let mut fed = Vec::new();
                match thing {
                    Told::Happened(happened) => self.feed(&read, looking, &above, happened, &mut fed)?,
                    Told::Gone(farewell) => self.say_farewell(farewell, &mut fed),
                }
                for Fed { topic, letter } in fed {
                    for (id, of) in subscribers.get(&topic).into_iter().flatten() {
                        if of.topic.non_persistent && !self.connected.contains(id) {
                            continue;
                        }
                        rows.put_letter(*id, sorted.letter, &letter)?;
                        *added.entry(*id).or_default() += 1;
                        letters += 1;
                    }
                    sorted.letter += 1;
                }
                sorted.part += 1;
            }
            places.push(place);
            sorted.next = place + 1;
            sorted.part = 0;
        }
        rows.has_sorted(places, sorted)?;
        let all: HashMap<_, _> = subscribers.into_values().flatten().collect();
        for (id, added) in added {
            rows.depend_on(id)?;
            touched.insert(id);
            if let Some(subscriber) = all.get(&id) {
                self.make_room(tx, rows, known, (id, subscriber), added)?;
            }
        }
        Ok(full || cut)
    }

    /// The subscriptions, as they are now.
    fn looking<'k>(
        &self,
        rows: &NotificationChanges<'_>,
        known: &'k mut Known,
    ) -> Result<&'k Looking, Refusal> {
        let version = rows.now().subscriptions_version()?;
        if known.subscriptions.as_ref().is_none_or(|(of, _)| *of != version) {
            let mut looking = Looking::default();
            for one in rows.now().subscriptions()? {
                let below = [Api::AlarmsWithChildren, Api::EventsWithChildren];
                looking.below |= below
                    .iter()
                    .any(|api| one.what.apis.has(one.what.context(), *api));
                match one.what.source {
                    Some(source) => looking.at_object.entry(source).or_default().push(one),
                    None => looking.at_tenant.push(one),
                }
            }
            known.subscriptions = None;
            known.subscriptions = Some((version, looking));
        }
        let looking = known.subscriptions.as_ref().map(|(_, looking)| looking);
        looking.ok_or(Refusal::Busy)
    }

    fn above(
        &self,
        looking: &Looking,
        happened: &[Happened],
    ) -> Result<HashMap<ObjectId, Vec<ObjectId>>, Refusal> {
        if !looking.below {
            return Ok(HashMap::new());
        }
        let concerned = happened.iter().filter_map(|one| {
            let counts = matches!(one.what, What::Event(_) | What::Alarm(_));
            counts.then_some(one.object)
        });
        let objects: BTreeSet<_> = concerned.collect();
        let objects: Vec<_> = objects.into_iter().collect();
        Ok(self.inside.store.above(self.followed, &objects)?)
    }

    /// Which topics something feeds, and as what.
    fn feed(
        &self,
        read: &ReadTx,
        looking: &Looking,
        above: &HashMap<ObjectId, Vec<ObjectId>>,
        happened: Happened,
        fed: &mut Vec<Fed>,
    ) -> Result<(), Refusal> {
        let (api, below) = apis_of(happened);
        let object = happened.object;
        let mut kind: Option<Kind> = None;
        let mut offer = |one: &Subscription, api: Api, of: ObjectId| -> Result<(), Refusal> {
            if !one.what.apis.has(one.what.context(), api) || !is_for(one.what.context(), happened) {
                return Ok(());
            }
            if let Some(types) = &one.what.types {
                if kind.is_none() {
                    kind = Some(self.kind_of(read, happened)?);
                }
                let is_meant = match &kind {
                    Some(Kind::Of(kind)) => types.has(kind),
                    // Of what is gone the type is not known: that it is gone is told.
                    Some(Kind::Gone) => happened.action == Action::Deleted,
                    Some(Kind::Without) | None => false,
                };
                if !is_meant {
                    return Ok(());
                }
            }
            let cut_by = one.what.fragments.as_ref().map(|_| one.id);
            fed.push(Fed {
                topic: one.what.topic.clone(),
                letter: self.letter(api, of, happened, cut_by),
            });
            Ok(())
        };
        for one in &looking.at_tenant {
            offer(one, api, object)?;
        }
        for one in looking.at_object.get(&object).into_iter().flatten() {
            offer(one, api, object)?;
        }
        let Some(below) = below else { return Ok(()) };
        let line = above.get(&object).into_iter().flatten();
        for of in std::iter::once(&object).chain(line) {
            for one in looking.at_object.get(of).into_iter().flatten() {
                offer(one, below, *of)?;
            }
        }
        Ok(())
    }

    /// Which topics are told that an object is gone whose subscriptions went with it.
    fn say_farewell(&self, farewell: Farewell, fed: &mut Vec<Fed>) {
        let happened = Happened {
            object: farewell.object,
            what: What::Object,
            action: Action::Deleted,
        };
        let letter = self.letter(Api::Objects, farewell.object, happened, None);
        fed.extend(farewell.topics.into_iter().map(|topic| Fed {
            topic,
            letter: letter.clone(),
        }));
    }

    fn letter(&self, api: Api, of: ObjectId, happened: Happened, cut_by: Option<SubscriptionId>) -> Letter {
        Letter {
            api,
            of,
            happened,
            since: self.inside.world.now(),
            cut_by,
        }
    }

    fn kind_of(&self, read: &ReadTx, happened: Happened) -> Result<Kind, Refusal> {
        let tenant = self.tenant;
        let kind = match happened.what {
            What::Object => {
                let rows = read.inventory(Allowed::<InventoryRead>::mint_system(tenant, REASON));
                match rows.object(happened.object)? {
                    Some(object) => object
                        .kind
                        .map_or(Kind::Without, |kind| Kind::Of(kind.to_string())),
                    None => Kind::Gone,
                }
            }
            What::Measurement(id) => {
                let rows = read.measurements(Allowed::<MeasurementRead>::mint_system(tenant, REASON));
                Kind::from(rows.measurement(id)?.map(|one| one.document.kind))
            }
            What::Event(id) => {
                let rows = read.events(Allowed::<EventRead>::mint_system(tenant, REASON));
                Kind::from(rows.event(id)?.map(|one| one.kind))
            }
            What::Alarm(id) => {
                let rows = read.alarms(Allowed::<AlarmRead>::mint_system(tenant, REASON));
                Kind::from(rows.alarm(id)?.map(|one| one.kind))
            }
            // What passes by is in no journal.
            What::Operation(_) | What::PassingMeasurement(_) | What::PassingEvent(_) => Kind::Without,
        };
        Ok(kind)
    }

    /// Lets the oldest notifications of a subscriber go when more wait than may.
    fn make_room(
        &self,
        tx: &WriteTx,
        rows: &NotificationChanges<'_>,
        known: &mut Known,
        (id, subscriber): (SubscriberId, &Subscriber),
        added: u64,
    ) -> Result<(), Refusal> {
        let waiting = match known.waiting.get(&id) {
            Some(before) => before + added,
            // What this step adds and removes is counted already.
            None => rows.now().waiting(id)?,
        };
        let over = waiting.saturating_sub(BACKLOG_MAX);
        known.waiting.insert(id, waiting - over);
        if over == 0 {
            return Ok(());
        }
        let mut oldest = Vec::new();
        rows.now().letters(id, 0, |number, _| {
            oldest.push(number);
            match oldest.len() as u64 >= over {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        for number in &oldest {
            rows.remove_letter(id, *number);
        }
        self.lose(tx, rows, known, (id, subscriber), oldest.len() as u64)
    }

    /// Counts what a subscriber has lost, and tells it now and then.
    pub(super) fn lose(
        &self,
        tx: &WriteTx,
        rows: &NotificationChanges<'_>,
        known: &mut Known,
        (id, subscriber): (SubscriberId, &Subscriber),
        lost: u64,
    ) -> Result<(), Refusal> {
        let mut subscriber = subscriber.clone();
        subscriber.lost += lost;
        let now = self.inside.world.now();
        let last = known.told.get(&id);
        if last.is_none_or(|last| now.millis() - last.millis() >= TOLD_EVERY_MILLIS) {
            known.told.insert(id, now);
            let text = format!(
                "{} notifications of subscriber {} of topic {} are lost so far: too many waited, or for too long",
                subscriber.lost, subscriber.name, subscriber.topic.name
            );
            tx.record(self.record("Notifications lost", text, Some(subscriber.name.to_string())));
        }
        Ok(rows.put_subscriber(&subscriber)?)
    }

    pub(super) fn record(
        &self,
        activity: &str,
        text: String,
        source: Option<String>,
    ) -> audit::record::Record {
        system_record(
            &self.inside.world,
            REASON,
            ("Notification", activity, text),
            source,
        )
    }
}

/// The type of a thing.
enum Kind {
    Of(String),
    Without,
    Gone,
}

impl<T: ToString> From<Option<T>> for Kind {
    fn from(kind: Option<T>) -> Self {
        kind.map_or(Self::Gone, |kind| Self::Of(kind.to_string()))
    }
}

/// As what something is told: of the object itself, and of what it hangs below.
fn apis_of(happened: Happened) -> (Api, Option<Api>) {
    match happened.what {
        What::Object => (Api::Objects, None),
        What::Measurement(_) | What::PassingMeasurement(_) => (Api::Measurements, None),
        What::Event(_) | What::PassingEvent(_) => (Api::Events, Some(Api::EventsWithChildren)),
        What::Alarm(_) => (Api::Alarms, Some(Api::AlarmsWithChildren)),
        What::Operation(_) => (Api::Operations, None),
    }
}

/// Of managed objects, the tenant is told the new ones; what becomes of each, those that look at it.
fn is_for(context: Context, happened: Happened) -> bool {
    let is_new = happened.action == Action::Created;
    match happened.what {
        What::Object => is_new == (context == Context::Tenant),
        _ => true,
    }
}

fn subscribers(rows: &NotificationChanges<'_>) -> Result<Subscribers, Refusal> {
    let mut by_topic = Subscribers::new();
    for one in rows.now().subscribers()? {
        if one.ended.is_none() {
            let id = rows.now().subscriber_id(&one.topic, &one.name)?;
            by_topic.entry(one.topic.clone()).or_default().push((id, one));
        }
    }
    Ok(by_topic)
}
