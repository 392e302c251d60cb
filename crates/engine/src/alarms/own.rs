//! Alarms that the platform raises and clears itself, each with its record; what they are about is known elsewhere.

use super::new_alarm;
use crate::refusal::{FaultId, Refusal};
use crate::setup::system_record;
use crate::world::World;
use audit::record::{Change, Record};
use model::alarms::{Alarm, AlarmStatus, NewAlarm, Severity};
use model::ids::{ObjectId, TenantNumber};
use model::json::{Json, Object};
use model::time::Timestamp;
use policy::operations::alarms::AlarmCreate;
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use store::transaction::WriteTx;

/// An alarm of the platform's own: a source has one of a type, if any.
pub(crate) struct OwnAlarm {
    pub(crate) tenant: TenantNumber,
    pub(crate) source: ObjectId,
    pub(crate) kind: &'static str,
    pub(crate) reason: SystemReason,
}

impl OwnAlarm {
    /// Raises it, unless it is open: for what has been so since a time.
    pub(crate) fn raise(
        &self,
        world: &Arc<dyn World>,
        tx: &WriteTx,
        (severity, since): (Severity, Timestamp),
        text: &str,
    ) -> Result<(), Refusal> {
        let alarms = tx.alarms(self.proof());
        if alarms.open_alarm(self.source, self.kind)?.is_some() {
            return Ok(());
        }
        let new = NewAlarm {
            source: self.source,
            time: since,
            kind: self
                .kind
                .parse()
                .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?,
            text: text.to_owned(),
            severity,
            status: None,
            fragments: Object::new(),
        };
        let raised = new_alarm(alarms.new_id()?, &new, world.now());
        alarms.create(&raised)?;
        tx.record(self.record(world, &raised, "Alarm created"));
        Ok(())
    }

    /// Clears it, if it is open.
    pub(crate) fn clear(&self, world: &Arc<dyn World>, tx: &WriteTx) -> Result<(), Refusal> {
        let alarms = tx.alarms(self.proof());
        let Some(open) = alarms.open_alarm(self.source, self.kind)? else {
            return Ok(());
        };
        let Some(before) = alarms.now().alarm(open)? else {
            return Ok(());
        };
        let after = Alarm {
            status: AlarmStatus::Cleared,
            updated: world.now(),
            ..before.clone()
        };
        alarms.update(&before, &after)?;
        let change = Change {
            attribute: "status".to_owned(),
            kind: "java.lang.String".to_owned(),
            previous: Some(Json::from(before.status.word())),
            new: Some(Json::from(after.status.word())),
        };
        tx.record(Record {
            changes: vec![change],
            ..self.record(world, &after, "Alarm updated")
        });
        Ok(())
    }

    fn proof(&self) -> Allowed<AlarmCreate> {
        Allowed::mint_system(self.tenant, self.reason)
    }

    fn record(&self, world: &Arc<dyn World>, alarm: &Alarm, activity: &str) -> Record {
        let text = format!("{activity}: {} of managed object {}", self.kind, self.source);
        let about = ("Alarm", activity, text);
        system_record(world, self.reason, about, Some(alarm.id.to_string()))
    }
}
