//! How much comes in, and what is turned away: messages of each tenant in intervals of ten seconds over the last hour, by
//! kind of data and by protocol; refused ones by reason. In memory only: it begins with the program.
//!
//! It counts what protocols tell it and decides nothing. A message is a request, or a row of SmartREST, or rows that were
//! carried out together.

use crate::caller::Caller;
use crate::desk::Reading;
use crate::door::Door;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use model::ids::TenantNumber;
use model::limits::{FLOW_INTERVAL_SECONDS, FLOW_INTERVALS, FLOW_TENANTS_MAX};
use model::time::Timestamp;
use policy::operation::{Operation, OperationInfo};
use policy::operations::statistics::FlowRead;
use policy::operations::{alarms, events, inventory, measurements, operations};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a message came over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// REST.
    Http,
    /// JSON over MQTT.
    Mqtt,
    /// SmartREST over MQTT.
    SmartRest,
}

/// What a message says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Values.
    Measurement,
    /// Things that happened.
    Event,
    /// Things that are wrong.
    Alarm,
    /// Things to do.
    Operation,
    /// Things that are there.
    Inventory,
}

/// Why a message was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// Whoever sent it could not show who it is.
    SignIn,
    /// It may not, or there is no such thing as far as it may know.
    Permission,
    /// Too much, too often or too large.
    Limit,
    /// It could not be taken as it was.
    Malformed,
    /// The platform failed.
    Fault,
}

impl Protocol {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Http, Self::Mqtt, Self::SmartRest];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Mqtt => "MQTT",
            Self::SmartRest => "SmartREST",
        }
    }
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Measurement,
        Self::Event,
        Self::Alarm,
        Self::Operation,
        Self::Inventory,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Measurement => "measurement",
            Self::Event => "event",
            Self::Alarm => "alarm",
            Self::Operation => "operation",
            Self::Inventory => "inventory",
        }
    }

    /// What an operation brings in; nothing if it only asks, removes or sets up.
    pub fn of(operation: OperationInfo) -> Option<Self> {
        const BRING: [(&str, Kind); 10] = [
            (measurements::MeasurementCreate::INFO.name, Kind::Measurement),
            (events::EventCreate::INFO.name, Kind::Event),
            (events::EventUpdate::INFO.name, Kind::Event),
            (alarms::AlarmCreate::INFO.name, Kind::Alarm),
            (alarms::AlarmUpdate::INFO.name, Kind::Alarm),
            (operations::OperationCreate::INFO.name, Kind::Operation),
            (operations::OperationUpdate::INFO.name, Kind::Operation),
            (inventory::InventoryCreate::INFO.name, Kind::Inventory),
            (inventory::InventoryCreateBelow::INFO.name, Kind::Inventory),
            (inventory::InventoryUpdate::INFO.name, Kind::Inventory),
        ];
        let found = BRING.iter().find(|(name, _)| *name == operation.name);
        found.map(|(_, kind)| *kind)
    }
}

impl Rejected {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::SignIn,
        Self::Permission,
        Self::Limit,
        Self::Malformed,
        Self::Fault,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignIn => "signIn",
            Self::Permission => "permission",
            Self::Limit => "limit",
            Self::Malformed => "malformed",
            Self::Fault => "fault",
        }
    }

    /// What a refusal comes to.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::NotSignedIn | Refusal::LockedOut { .. } => Self::SignIn,
            Refusal::Forbidden
            | Refusal::NotForDevices
            | Refusal::PasswordDue
            | Refusal::SecondFactor(_)
            | Refusal::WrongCode
            | Refusal::StaleSession
            | Refusal::Missing(_)
            | Refusal::Invalid(Invalid::Source(_)) => Self::Permission,
            Refusal::TooOften { .. } | Refusal::Busy => Self::Limit,
            Refusal::Conflict(_) | Refusal::Changed | Refusal::Invalid(_) => Self::Malformed,
            Refusal::StorageUnavailable | Refusal::Fault(_) => Self::Fault,
        }
    }
}

/// What came in during one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// When it began.
    pub begin: Timestamp,
    received: [[u32; Kind::ALL.len()]; Protocol::ALL.len()],
    rejected: [u32; Rejected::ALL.len()],
}

impl Interval {
    fn at(begin: Timestamp) -> Self {
        Self {
            begin,
            received: Default::default(),
            rejected: Default::default(),
        }
    }

    /// Messages that were taken.
    pub fn received(&self) -> impl Iterator<Item = (Protocol, Kind, u32)> {
        let of = |(protocol, counts): (Protocol, [u32; Kind::ALL.len()])| {
            Kind::ALL
                .into_iter()
                .zip(counts)
                .map(move |(kind, count)| (protocol, kind, count))
        };
        Protocol::ALL.into_iter().zip(self.received).flat_map(of)
    }

    /// Messages that were turned away.
    pub fn rejected(&self) -> impl Iterator<Item = (Rejected, u32)> {
        Rejected::ALL.into_iter().zip(self.rejected)
    }
}

/// What came in lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// From when on everything was counted: an hour ago, or the start of the program.
    pub since: Timestamp,
    /// When it was asked for.
    pub until: Timestamp,
    /// The intervals in which anything came in, the oldest first. The last one may not be over.
    pub intervals: Vec<Interval>,
}

/// The intervals of one tenant, each at its place in the hour; one that is an hour old gives its place to a new one.
struct Ring(Box<[Option<Interval>]>);

/// What is counted of every tenant.
pub(crate) struct Flows {
    started: Timestamp,
    rings: Mutex<Rings>,
}

struct Rings {
    of: HashMap<TenantNumber, Ring>,
    /// The interval in which it was last looked who has been silent: once in each is enough.
    looked: Timestamp,
}

const WIDTH_MILLIS: i64 = FLOW_INTERVAL_SECONDS * 1_000;

impl Flows {
    pub(crate) fn new(started: Timestamp) -> Self {
        Self {
            started,
            rings: Mutex::new(Rings {
                of: HashMap::new(),
                looked: Timestamp::MIN,
            }),
        }
    }

    fn received(&self, tenant: TenantNumber, (protocol, kind): (Protocol, Kind), now: Timestamp) {
        self.count(tenant, now, |interval| {
            let of_protocol = interval.received.get_mut(protocol as usize);
            of_protocol.and_then(|kinds| kinds.get_mut(kind as usize))
        });
    }

    pub(crate) fn rejected(&self, tenant: TenantNumber, why: Rejected, now: Timestamp) {
        self.count(tenant, now, |interval| interval.rejected.get_mut(why as usize));
    }

    fn count(
        &self,
        tenant: TenantNumber,
        now: Timestamp,
        counter: impl FnOnce(&mut Interval) -> Option<&mut u32>,
    ) {
        let begin = begin_of(now);
        let mut rings = self.rings();
        if !rings.of.contains_key(&tenant) && !rings.has_room(begin) {
            return;
        }
        let ring = rings.of.entry(tenant).or_insert_with(Ring::empty);
        let Some(place) = ring.0.get_mut(place_of(begin)) else {
            return;
        };
        let interval = match place {
            Some(interval) if interval.begin == begin => interval,
            _ => place.insert(Interval::at(begin)),
        };
        if let Some(count) = counter(interval) {
            *count = count.saturating_add(1);
        }
    }

    fn of(&self, tenant: TenantNumber, now: Timestamp) -> Flow {
        let since = oldest(now);
        let rings = self.rings();
        let ring = rings.of.get(&tenant).map(|ring| &ring.0);
        let kept = ring.into_iter().flat_map(|ring| ring.iter().flatten());
        let lately = |interval: &&Interval| interval.begin >= since && interval.begin <= now;
        let mut intervals: Vec<_> = kept.filter(lately).copied().collect();
        intervals.sort_by_key(|interval| interval.begin);
        // Where there was no room to count a tenant, nothing was counted, which is not the same as that nothing came.
        let is_counted = ring.is_some() || rings.of.len() < FLOW_TENANTS_MAX;
        Flow {
            since: if is_counted { since.max(self.started) } else { now },
            until: now,
            intervals,
        }
    }

    fn rings(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rings {
    /// Whether one more tenant can be counted; makes room if there is none.
    fn has_room(&mut self, begin: Timestamp) -> bool {
        if self.of.len() >= FLOW_TENANTS_MAX && self.looked != begin {
            self.looked = begin;
            let since = oldest(begin);
            self.of
                .retain(|_, ring| ring.0.iter().flatten().any(|interval| interval.begin >= since));
        }
        self.of.len() < FLOW_TENANTS_MAX
    }
}

impl Ring {
    fn empty() -> Self {
        Self(vec![None; FLOW_INTERVALS].into_boxed_slice())
    }
}

fn begin_of(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.millis().div_euclid(WIDTH_MILLIS) * WIDTH_MILLIS)
}

/// The begin of the oldest interval of the hour.
fn oldest(now: Timestamp) -> Timestamp {
    let intervals = i64::try_from(FLOW_INTERVALS).unwrap_or(i64::MAX);
    begin_of(now).plus_millis(WIDTH_MILLIS * (1 - intervals))
}

fn place_of(begin: Timestamp) -> usize {
    let number = begin.millis().div_euclid(WIDTH_MILLIS);
    let place = number.rem_euclid(i64::try_from(FLOW_INTERVALS).unwrap_or(i64::MAX));
    usize::try_from(place).unwrap_or_default()
}

/// Whether the caller may see how much comes in.
struct MaySeeFlow;

impl Query for MaySeeFlow {
    type Operation = FlowRead;
    type Answer = TenantNumber;

    fn answer(&self, desk: &Reading) -> Result<TenantNumber, Refusal> {
        Ok(desk.allow::<FlowRead>()?.tenant())
    }
}

impl Door {
    /// How much came in lately in the caller's tenant, and what was turned away.
    pub async fn flow(&self, caller: &Caller) -> Result<Flow, Refusal> {
        let tenant = self.ask(caller, MaySeeFlow).await?;
        Ok(self.0.flows.of(tenant, self.world().now()))
    }

    /// Counts a message of a caller that was taken, or why it was not. Costs next to nothing.
    pub fn count_message(&self, caller: &Caller, protocol: Protocol, message: Result<Kind, Rejected>) {
        let (tenant, _) = caller.numbers();
        let now = self.world().now();
        match message {
            Ok(kind) => self.0.flows.received(tenant, (protocol, kind), now),
            Err(why) => self.0.flows.rejected(tenant, why, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHA: TenantNumber = TenantNumber(7);
    const BETA: TenantNumber = TenantNumber(8);
    const MESSAGE: (Protocol, Kind) = (Protocol::Mqtt, Kind::Event);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + seconds * 1_000)
    }

    /// Begin, in seconds, and sums of an hour.
    fn sums(flow: &Flow) -> Vec<(i64, u32, u32)> {
        let sum = |interval: &Interval| {
            (
                (interval.begin.millis() - at(0).millis()) / 1_000,
                interval.received().map(|(_, _, count)| count).sum(),
                interval.rejected().map(|(_, count)| count).sum(),
            )
        };
        flow.intervals.iter().map(sum).collect()
    }

    #[test]
    fn messages_are_counted_in_intervals_by_tenant_kind_and_reason() {
        let flows = Flows::new(at(0));
        for second in [1, 2, 9, 10, 25] {
            flows.received(ALPHA, MESSAGE, at(second));
        }
        flows.rejected(ALPHA, Rejected::Limit, at(11));
        flows.rejected(BETA, Rejected::SignIn, at(11));
        let flow = flows.of(ALPHA, at(30));
        assert_eq!(sums(&flow), [(0, 3, 0), (10, 1, 1), (20, 1, 0)]);
        assert_eq!((flow.since, flow.until), (at(0), at(30)));
        let first: Vec<_> = flow.intervals[0]
            .received()
            .filter(|(_, _, count)| *count > 0)
            .collect();
        assert_eq!(first, [(Protocol::Mqtt, Kind::Event, 3)]);
        let rejected: Vec<_> = flow.intervals[1]
            .rejected()
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(rejected, [(Rejected::Limit, 1)]);
        assert_eq!(sums(&flows.of(BETA, at(30))), [(10, 0, 1)]);
    }

    #[test]
    fn what_is_an_hour_old_is_not_told_and_its_place_is_used_again() {
        let flows = Flows::new(at(-9_000));
        flows.received(ALPHA, MESSAGE, at(0));
        assert_eq!(sums(&flows.of(ALPHA, at(3_599))), [(0, 1, 0)]);
        let later = flows.of(ALPHA, at(3_600));
        assert_eq!((sums(&later), later.since), (vec![], at(10)));
        flows.received(ALPHA, MESSAGE, at(3_600));
        assert_eq!(sums(&flows.of(ALPHA, at(3_600))), [(3_600, 1, 0)]);
    }

    #[test]
    fn a_clock_that_goes_back_tells_nothing_of_the_future() {
        let flows = Flows::new(at(0));
        flows.received(ALPHA, MESSAGE, at(100));
        assert_eq!(sums(&flows.of(ALPHA, at(50))), []);
    }

    #[test]
    fn tenants_beyond_the_limit_take_the_places_of_those_who_were_silent_for_an_hour() {
        let flows = Flows::new(at(0));
        let tenant = |number: usize| TenantNumber(u32::try_from(number).expect("small"));
        for number in 0..FLOW_TENANTS_MAX {
            flows.received(tenant(number), MESSAGE, at(0));
        }
        let one_more = tenant(FLOW_TENANTS_MAX);
        flows.received(one_more, MESSAGE, at(1_800));
        assert_eq!(sums(&flows.of(one_more, at(1_800))), []);
        flows.received(one_more, MESSAGE, at(3_600));
        assert_eq!(sums(&flows.of(one_more, at(3_600))), [(3_600, 1, 0)]);
    }

    #[test]
    fn what_brings_something_in_is_a_message_and_nothing_else() {
        assert_eq!(Kind::of(events::EventUpdate::INFO), Some(Kind::Event));
        assert_eq!(Kind::of(events::EventDelete::INFO), None);
        assert_eq!(Kind::of(measurements::MeasurementRead::INFO), None);
        assert_eq!(Kind::of(FlowRead::INFO), None);
    }
}
