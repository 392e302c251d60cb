//! What has happened, told after it is durable to whoever follows a tenant: live connections. It tells ids and never
//! content: a follower asks the door for what it wants to show, so each delivery is decided for itself. What is told
//! without being stored waits here until then, bounded, and is reached by a proof like a row.
//!
//! Nothing waits for a follower. One that is too slow misses what it could not take, and is told so.

use crate::change::object_bytes;
use crate::fault::StoreFault;
use crate::inventory::line_above;
use crate::shards::Store;
use model::ids::{AlarmId, EventId, MeasurementId, ObjectId, OperationId, TenantNumber};
use model::limits::PASSING_BYTES_MAX;
use model::passing::{Passed, Passing};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// What it happened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum What {
    /// A managed object.
    Object,
    /// A measurement of the object.
    Measurement(MeasurementId),
    /// An event about the object.
    Event(EventId),
    /// An alarm about the object.
    Alarm(AlarmId),
    /// An operation on the object.
    Operation(OperationId),
    /// A measurement that is not stored, by its number among what passes by in the tenant.
    PassingMeasurement(u64),
    /// An event that is not stored, likewise.
    PassingEvent(u64),
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    /// It is new.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
}

/// One thing that has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// The object, or the source of the data.
    pub object: ObjectId,
    /// To what.
    pub what: What,
    /// What.
    pub action: Action,
}

/// Groups of commits that a follower may be behind; what is older is lost to it.
const BEHIND_MAX: usize = 1_024;

/// A tenant that somebody follows: to ask where its objects hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed(TenantNumber);

impl Followed {
    pub(crate) fn tenant(self) -> TenantNumber {
        self.0
    }
}

/// Tells followers what has happened.
#[derive(Default)]
pub(crate) struct Feed {
    tenants: Mutex<HashMap<TenantNumber, Told>>,
}

/// What is told in one tenant.
struct Told {
    sender: broadcast::Sender<Arc<[Happened]>>,
    /// What passes by, the latest: its number, itself, and its size.
    passing: VecDeque<(u64, Arc<Passing>, usize)>,
    bytes: usize,
    next: u64,
}

impl Told {
    fn new() -> Self {
        Self {
            sender: broadcast::channel(BEHIND_MAX).0,
            passing: VecDeque::new(),
            bytes: 0,
            next: 0,
        }
    }

    /// Keeps what passes by until it is told, and no longer than there is room.
    fn keep(&mut self, passing: Passing) -> Happened {
        let number = self.next;
        self.next += 1;
        let what = match passing.what {
            Passed::Measurement => What::PassingMeasurement(number),
            Passed::Event => What::PassingEvent(number),
        };
        let object = passing.source;
        let size = size_of::<Passing>()
            + passing.text.as_ref().map_or(0, String::len)
            + object_bytes(&passing.fragments);
        self.bytes += size;
        self.passing.push_back((number, Arc::new(passing), size));
        while self.bytes > PASSING_BYTES_MAX
            && let Some((_, _, size)) = self.passing.pop_front()
        {
            self.bytes -= size;
        }
        Happened {
            object,
            what,
            action: Action::Created,
        }
    }
}

impl Feed {
    /// Follows a tenant from now on.
    pub(crate) fn follow(&self, tenant: TenantNumber) -> Follower {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let told = tenants.entry(tenant).or_insert_with(Told::new);
        Follower {
            followed: Followed(tenant),
            receiver: told.sender.subscribe(),
        }
    }

    /// Tells what a group of commits has done in a tenant.
    pub(crate) fn tell(&self, tenant: TenantNumber, mut happened: Vec<Happened>, passing: Vec<Passing>) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = tenants.get_mut(&tenant) else {
            return;
        };
        happened.extend(passing.into_iter().map(|passing| told.keep(passing)));
        // Nobody follows any more.
        if told.sender.send(happened.into()).is_err() {
            tenants.remove(&tenant);
        }
    }

    /// What passes by in a tenant under this number, if it is still there.
    pub(crate) fn passing(&self, tenant: TenantNumber, number: u64) -> Option<Arc<Passing>> {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let passing = &tenants.get(&tenant)?.passing;
        let (first, _, _) = passing.front()?;
        let place = usize::try_from(number.checked_sub(*first)?).ok()?;
        passing.get(place).map(|(_, passing, _)| passing.clone())
    }

    /// Whether anybody follows: else nothing needs to be collected.
    pub(crate) fn is_followed(&self, tenant: TenantNumber) -> bool {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.contains_key(&tenant)
    }
}

/// Follows what happens in one tenant.
pub struct Follower {
    followed: Followed,
    receiver: broadcast::Receiver<Arc<[Happened]>>,
}

/// What a follower hears next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// This has happened, in this order.
    These(Arc<[Happened]>),
    /// So many groups of commits were missed.
    Missed(u64),
    /// The store has ended.
    End,
}

impl Follower {
    /// The tenant, to ask where its objects hang.
    pub fn followed(&self) -> Followed {
        self.followed
    }

    /// Waits for what happens next.
    pub async fn next(&mut self) -> Heard {
        match self.receiver.recv().await {
            Ok(happened) => Heard::These(happened),
            Err(broadcast::error::RecvError::Lagged(groups)) => Heard::Missed(groups),
            Err(broadcast::error::RecvError::Closed) => Heard::End,
        }
    }
}

impl Store {
    /// Everything above each of these objects by the edges along which rights are inherited: for those who follow what
    /// happens below something. Ids only; nothing for an object that is gone.
    pub fn above(
        &self,
        followed: Followed,
        objects: &[ObjectId],
    ) -> Result<HashMap<ObjectId, Vec<ObjectId>>, StoreFault> {
        let Followed(tenant) = followed;
        let view = self.view(tenant)?;
        let line = |object: &ObjectId| Ok((*object, line_above(&view, tenant, *object)?));
        objects.iter().map(line).collect()
    }
}
