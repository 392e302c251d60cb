//! What a behaviour has in its hands while it runs: a transaction, the facts of the caller, and the decision.

use crate::caller::{Caller, actor_kind};
use crate::certificates::Anchors;
use crate::note::Note;
use crate::refusal::{Missing, Refusal};
use crate::world::World;
use audit::record::{Actor, Origin, Outcome, Record};
use model::ids::{AlarmId, EventId, MeasurementId, ObjectId, OperationId, PrincipalId};
use model::tenants::Tenant;
use model::time::Timestamp;
use policy::decide::{Denied, Target, decide};
use policy::facts::{ObjectFacts, Principal};
use policy::operation::Operation;
use policy::proof::{Allowed, Reach, Shows};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use store::facts::PrincipalFacts;
use store::transaction::{ReadTx, WriteTx};
use store::view::View;

/// A desk for reading.
pub type Reading = Desk<ReadTx>;
/// A desk for changing.
pub type Changing = Desk<WriteTx>;

/// The desk of one request.
pub struct Desk<T> {
    /// The transaction.
    pub tx: T,
    pub(crate) caller: Caller,
    /// The caller's tenant, as it was let in.
    pub(crate) tenant: Tenant,
    pub(crate) facts: Arc<PrincipalFacts>,
    pub(crate) world: Arc<dyn World>,
    /// Where certificates are trusted, to be told of new ones.
    pub(crate) anchors: Arc<Anchors>,
    pub(crate) denied: Mutex<Option<Denial>>,
}

/// A refusal of the decision, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) operation: &'static str,
    pub(crate) target: &'static str,
    /// The object, if the caller knows of it or has named it itself.
    pub(crate) object: Option<ObjectId>,
}

impl<T: Deref<Target = View>> Desk<T> {
    /// Who asks.
    pub fn who(&self) -> &Principal {
        &self.facts.principal
    }

    /// The caller as it signed in.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The time of this request.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Decides an operation on the tenant as a whole.
    pub fn allow<N: Operation>(&self) -> Result<Allowed<N>, Refusal> {
        decide(self.who(), Target::Tenant).map_err(|_| {
            self.deny::<N>("tenant", None);
            Refusal::Forbidden
        })
    }

    /// Decides an operation on one object or its data.
    pub fn allow_on<N: Operation>(&self, id: ObjectId) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.object_facts(self.who(), id)?;
        self.allow_with(facts.as_ref(), Missing::Object(id))
    }

    /// Decides an operation on one object with these fragments beside its own, or on one piece of its data, which has
    /// these fragments.
    pub fn allow_on_with<N: Operation>(
        &self,
        id: ObjectId,
        fragments: &[&str],
    ) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.object_facts(self.who(), id)?;
        let target = facts.as_ref().map(|object| Target::With { object, fragments });
        self.allow_aimed(target, Missing::Object(id))
    }

    /// Decides an operation that makes a new object with these fragments below this one.
    pub fn allow_below<N: Operation>(
        &self,
        parent: ObjectId,
        fragments: &[&str],
    ) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.object_facts(self.who(), parent)?;
        let target = facts.as_ref().map(|parent| Target::Below { parent, fragments });
        self.allow_aimed(target, Missing::Object(parent))
    }

    /// Decides an operation on the object behind an external id.
    pub fn allow_on_external_id<N: Operation>(&self, kind: &str, value: &str) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.external_id_facts(self.who(), kind, value)?;
        let missing = Missing::ExternalId {
            kind: kind.to_owned(),
            value: value.to_owned(),
        };
        self.allow_with(facts.as_ref(), missing)
    }

    /// Decides an operation on a measurement, by the rights on its source and its fragments.
    pub fn allow_on_measurement<N: Operation>(&self, id: MeasurementId) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.measurement_facts(self.who(), id)?;
        self.allow_on_piece(facts.as_ref(), Missing::Measurement(id))
    }

    /// The same for an event.
    pub fn allow_on_event<N: Operation>(&self, id: EventId) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.event_facts(self.who(), id)?;
        self.allow_on_piece(facts.as_ref(), Missing::Event(id))
    }

    /// The same for an alarm.
    pub fn allow_on_alarm<N: Operation>(&self, id: AlarmId) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.alarm_facts(self.who(), id)?;
        self.allow_on_piece(facts.as_ref(), Missing::Alarm(id))
    }

    /// The same for an operation on a device.
    pub fn allow_on_operation<N: Operation>(&self, id: OperationId) -> Result<Allowed<N>, Refusal> {
        let facts = self.tx.operation_facts(self.who(), id)?;
        self.allow_on_piece(facts.as_ref(), Missing::Operation(id))
    }

    /// Decides on a piece of data, by its source and the names of its fragments.
    fn allow_on_piece<N: Operation>(
        &self,
        facts: Option<&(ObjectFacts, Vec<String>)>,
        missing: Missing,
    ) -> Result<Allowed<N>, Refusal> {
        let fragments: Vec<&str> = facts
            .iter()
            .flat_map(|(_, fragments)| fragments.iter().map(String::as_str))
            .collect();
        let target = facts.map(|(object, _)| Target::Piece {
            object,
            fragments: &fragments,
        });
        self.allow_aimed(target, missing)
    }

    /// Refuses unless an operation on the object is allowed too; its proof is not needed.
    pub fn require_on<N: Operation>(&self, id: ObjectId) -> Result<(), Refusal> {
        self.allow_on::<N>(id).map(drop)
    }

    /// The same decision, asked only to know how much to show: no proof comes out of it, and a "no" is no denial.
    pub fn may<N: Operation>(&self) -> bool {
        decide::<N>(self.who(), Target::Tenant).is_ok()
    }

    /// The same for one object or its data.
    pub fn may_on<N: Operation>(&self, id: ObjectId) -> Result<bool, Refusal> {
        let facts = self.tx.object_facts(self.who(), id)?;
        Ok(facts.is_some_and(|facts| decide::<N>(self.who(), Target::Object(&facts)).is_ok()))
    }

    /// Whether it may be done to this operation, by its device and what is asked of that.
    pub fn may_on_operation<N: Operation>(&self, id: OperationId) -> Result<bool, Refusal> {
        let Some((device, fragments)) = self.tx.operation_facts(self.who(), id)? else {
            return Ok(false);
        };
        let fragments: Vec<&str> = fragments.iter().map(String::as_str).collect();
        let target = Target::Piece {
            object: &device,
            fragments: &fragments,
        };
        Ok(decide::<N>(self.who(), target).is_ok())
    }

    /// Which of an object's data of one kind would be shown; nothing if none.
    pub fn shown_on<N: Operation>(&self, id: ObjectId) -> Result<Option<Shows>, Refusal> {
        let Some(facts) = self.tx.object_facts(self.who(), id)? else {
            return Ok(None);
        };
        let Ok(proof) = decide::<N>(self.who(), Target::Object(&facts)) else {
            return Ok(None);
        };
        Ok(Some(match proof.reach() {
            Reach::Part { shows, .. } => shows.clone(),
            Reach::Tenant | Reach::Object(_) | Reach::Below(_) | Reach::Mine(_) => Shows::ALL,
        }))
    }

    fn allow_with<N: Operation>(
        &self,
        facts: Option<&ObjectFacts>,
        missing: Missing,
    ) -> Result<Allowed<N>, Refusal> {
        self.allow_aimed(facts.map(Target::Object), missing)
    }

    fn allow_aimed<N: Operation>(
        &self,
        target: Option<Target<'_>>,
        missing: Missing,
    ) -> Result<Allowed<N>, Refusal> {
        let Some(target) = target else {
            return Err(Refusal::Missing(missing));
        };
        decide(self.who(), target).map_err(|denied| {
            let known = target.object().map(ObjectFacts::id);
            let object = match (denied, &missing) {
                (Denied::Forbidden, _) => known,
                (Denied::Missing, Missing::Object(sent)) => Some(*sent),
                (Denied::Missing, _) => None,
            };
            self.deny::<N>("object", object);
            Refusal::denied(denied, missing)
        })
    }

    /// Refuses an operation for a reason of the behaviour's own, and sees to it that it is recorded like every refusal.
    pub(crate) fn refuse<N: Operation>(&self, target: &'static str) -> Refusal {
        self.deny::<N>(target, None);
        Refusal::Forbidden
    }

    /// Notes that something was refused, for the log of refusals.
    pub(crate) fn deny<N: Operation>(&self, target: &'static str, object: Option<ObjectId>) {
        let denial = Denial {
            operation: N::INFO.name,
            target,
            object,
        };
        *self.denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(denial);
    }

    /// Notes that an answer about an object comes too late, so that the refusal is recorded as those of the decision are.
    pub(crate) fn note_late<N: Operation>(&self, object: ObjectId) {
        self.deny::<N>("expired operation", Some(object));
    }

    /// The name under which an owner is shown. Devices learn only names of devices and their own (R121).
    pub fn shown_name(&self, id: PrincipalId) -> Result<String, Refusal> {
        if id == self.who().id() {
            return Ok(self.facts.name.to_string());
        }
        let name = self.tx.name_of(self.who(), id)?.map(|name| name.to_string());
        let for_device = self.who().kind() == model::users::UserKind::Device;
        let hidden = |name: &String| for_device && !name.starts_with(model::users::DEVICE_USER_PREFIX);
        Ok(name
            .filter(|name| !hidden(name))
            .unwrap_or_else(|| id.to_string()))
    }

    /// The audit record of this caller with what the behaviour noted.
    pub(crate) fn record_of(&self, note: Note) -> Record {
        record_of(&*self.world, &self.caller, note)
    }
}

/// The audit record of a caller.
pub(crate) fn record_of(world: &dyn World, caller: &Caller, note: Note) -> Record {
    let identity = caller.identity();
    Record {
        time: world.now(),
        client_time: note.client_time,
        actor: Actor {
            principal: Some(identity.principal),
            name: identity.name.to_string(),
            kind: actor_kind(identity.kind),
        },
        address: Some(identity.address.to_string()),
        kind: note.kind.to_owned(),
        activity: note.activity.to_owned(),
        text: note.text,
        source: note.source,
        severity: note.severity,
        outcome: Outcome::Success,
        application: identity.application.clone(),
        changes: note.changes,
        count: 1,
        origin: Origin::Platform,
        extra: note.extra,
        batch: None,
        salt: world.random(),
    }
}

impl Changing {
    /// Writes what was done into the audit log, in the same commit as the change.
    pub fn note(&self, note: Note) {
        self.tx.record(self.record_of(note));
    }
}
