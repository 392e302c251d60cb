//! The end: one audit record with the report, and the proof of its place in the signed log.

use super::{NotTaken, look_again, missing, no_device, note, open_realm};
use crate::audit_log::one_record;
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::refusal::Refusal;
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use model::decommissioning::{Decommissioning, Step, StepState};
use model::ids::{AuditId, ObjectId};
use model::json::{Json, Object};
use policy::operation::Operation;
use policy::operations::audit::AuditProve;
use policy::operations::disconnection::{DecommissioningAdmin, DecommissioningRead};
use policy::proof::{Allowed, SystemReason};

/// A device that is out of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletedView {
    /// The audit record with the report.
    pub record: Option<AuditId>,
}

pub(super) async fn complete(
    door: &Door,
    caller: &Caller,
    object: ObjectId,
) -> Result<CompletedView, Refusal> {
    let (written, kept) = door.run(caller, Complete(object)).await?;
    let record = match (kept, written.and_then(|sequence| AuditId::new(sequence + 1))) {
        (Some(record), _) => Some(record),
        (None, Some(record)) => {
            door.run(caller, Keep { object, record }).await?;
            Some(record)
        }
        (None, None) => None,
    };
    Ok(CompletedView { record })
}

/// Ends it. Where its record is, is known when that is durable, and kept by a second commit; if that did not come, the
/// first is done once more.
struct Complete(ObjectId);

impl Command for Complete {
    type Operation = DecommissioningAdmin;
    /// The place of the record in the log, from 0; and the record that was kept before.
    type Answer = (Option<u64>, Option<AuditId>);

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = open_realm(desk, self.0)?;
        let found = realm.now().decommissioning(self.0)?;
        let mut state = found.ok_or_else(|| missing(self.0))?;
        if let Some(record) = state.record {
            return Ok(done((None, Some(record))));
        }
        super::step::hear(desk, &mut state)?;
        look_again(desk, &realm.now(), &mut state)?;
        if !state.open().is_empty() {
            return Err(NotTaken::StepsOpen.into());
        }
        state.over.get_or_insert(desk.now());
        realm.put_decommissioning(&state)?;
        let unproven: Vec<_> = state.unproven().into_iter().map(Step::word).collect();
        let text = match unproven.is_empty() {
            true => format!("The device {} is out of service; every step is proven", self.0),
            false => format!(
                "The device {} is out of service; not proven: {}",
                self.0,
                unproven.join(", ")
            ),
        };
        let mut note = note("Device decommissioned", self.0, text);
        note.severity = Severity::Warning;
        note.extra = [("holdfast_Decommissioning", Json::Object(report(&state)))]
            .into_iter()
            .collect();
        desk.note(note);
        Ok(Box::new(|receipt| (receipt.records.last().copied(), None)))
    }
}

/// The report as it stands in the record. People by their opaque ids: the log lives longer than names.
fn report(state: &Decommissioning) -> Object {
    let mut report = Object::new();
    report.set("deviceId", state.object.to_string());
    if let Some(name) = &state.name {
        report.set("deviceName", name.as_str());
    }
    report.set("reason", state.reason.as_str());
    report.set("begun", state.begun.to_string());
    report.set("by", state.by.to_string());
    if let Some(data) = state.data {
        report.set("data", data.word());
    }
    if let Some(wipe) = state.wipe {
        report.set("wipeOperation", wipe.to_string());
    }
    let steps = Step::ALL.iter().zip(&state.steps);
    let steps = steps.map(|(step, state)| Json::Object(shown(*step, state)));
    report.set("steps", steps.collect::<Vec<_>>());
    let unproven = state.unproven().into_iter().map(|step| Json::from(step.word()));
    report.set("unproven", unproven.collect::<Vec<_>>());
    report
}

fn shown(step: Step, state: &StepState) -> Object {
    let mut shown = Object::new();
    shown.set("step", step.word());
    shown.set("outcome", state.outcome.word());
    shown.set("time", state.time.to_string());
    shown.set("by", state.by.to_string());
    if let Some(note) = &state.note {
        shown.set("note", note.as_str());
    }
    shown
}

/// Keeps where the report is.
struct Keep {
    object: ObjectId,
    record: AuditId,
}

impl Command for Keep {
    type Operation = DecommissioningAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = open_realm(desk, self.object)?;
        let mut state = realm
            .now()
            .decommissioning(self.object)?
            .ok_or_else(|| missing(self.object))?;
        if state.record.is_some() {
            return Ok(done(()));
        }
        state.record = Some(self.record);
        realm.put_decommissioning(&state)?;
        let text = format!(
            "Certificate of the decommissioning of the device {}: record {}",
            self.object, self.record
        );
        desk.note(note("Decommissioning certified", self.object, text));
        Ok(done(()))
    }
}

/// Reads the report with the proof that it is in the signed log: a bundle that verifies offline, of this one record.
pub struct ReadCertificate(pub ObjectId);

impl Query for ReadCertificate {
    type Operation = DecommissioningRead;
    type Answer = Vec<u8>;

    fn answer(&self, desk: &Reading) -> Result<Vec<u8>, Refusal> {
        let realm = desk.tx.realm(desk.allow_on::<DecommissioningRead>(self.0)?);
        no_device(desk, DecommissioningRead::INFO.name)?;
        let state = realm.decommissioning(self.0)?;
        let record = state.and_then(|state| state.record);
        let record = record.ok_or_else(|| missing(self.0))?;
        // This one record, which the caller may have by the right on the device.
        let proof = Allowed::<AuditProve>::mint_system(desk.who().tenant(), SystemReason::Disconnection);
        one_record(&desk.tx.audit_log(proof), record)
    }
}
