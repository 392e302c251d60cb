//! Taking a device out of service, step by step (R087). How far it is, is kept, so that it can be gone on with at any
//! time; every step is recorded; and at the end stands one audit record with the report, whose place in the signed log can
//! be proven to others. What nobody has shown is named in it as such.
//!
//! The order matters in one place: a device that is to erase itself must still be able to come in, so its credentials are
//! revoked after that, or after somebody has said why it is left out.

mod complete;
mod step;

pub use complete::{CompletedView, ReadCertificate};
pub use step::StepChange;

use crate::caller::Caller;
use crate::desk::{Changing, Desk, Reading};
use crate::disconnection::is_cut_off;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::refuse;
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use model::decommissioning::{Decommissioning, Step, StepOutcome, StepState};
use model::ids::{ObjectId, PrincipalId};
use model::operations::OperationStatus;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::disconnection::{DecommissioningAdmin, DecommissioningRead};
use policy::operations::operations::OperationRead;
use policy::proof::{Allowed, SystemReason};
use std::ops::Deref;
use store::realm::{RealmChanges, RealmRows};
use store::view::View;

/// Why a step cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Words are missing.
    #[error(
        "A step that rests on somebody's word, or is left out, needs a note that says so. Nothing was changed."
    )]
    NoNote,
    /// The choice is missing.
    #[error("Say what becomes of the data: KEEP or REMOVE. Nothing was changed.")]
    NoChoice,
    /// It cannot be left out.
    #[error("The credentials of a device are always revoked. Nothing was changed.")]
    NotSkipped,
    /// The device could not be asked any more.
    #[error(
        "The device is disconnected: it cannot be asked to erase itself any more. Leave the step out, and say why."
    )]
    TooLate,
    /// The device is still to be asked, or has not answered.
    #[error(
        "The device was not asked to erase itself, or has not done it: take the step WIPE first, wait for it, or leave \
         it out and say why. Afterwards the device cannot come in any more."
    )]
    WipeFirst,
    /// Something comes in with its user.
    #[error(
        "Not everything that the device comes in with is cut: it has no credentials of its own, or a device above it has \
         the same user. Disconnect that one first, or say in a note why it stays; the step counts as stated then."
    )]
    NotCutOff,
    /// More data could come.
    #[error(
        "Data is removed when the device cannot send more: take the step REVOKE first. Nothing was changed."
    )]
    RevokeFirst,
    /// Steps are open.
    #[error("Steps are still open. Nothing was changed: take them, or leave them out and say why.")]
    StepsOpen,
}

impl From<NotTaken> for Refusal {
    fn from(reason: NotTaken) -> Self {
        Self::Invalid(Invalid::Decommissioning(reason))
    }
}

fn missing(object: ObjectId) -> Refusal {
    Refusal::Missing(Missing::Decommissioning(object))
}

/// A device takes nothing out of service, whatever it owns.
fn no_device<T: Deref<Target = View>>(desk: &Desk<T>, operation: &'static str) -> Result<(), Refusal> {
    match desk.who().kind() {
        UserKind::Device | UserKind::Bootstrap => Err(refuse(desk, operation, "object")),
        UserKind::Person | UserKind::Service => Ok(()),
    }
}

fn open_realm(desk: &Changing, object: ObjectId) -> Result<RealmChanges<'_>, Refusal> {
    let realm = desk.tx.realm(desk.allow_on::<DecommissioningAdmin>(object)?);
    no_device(desk, DecommissioningAdmin::INFO.name)?;
    Ok(realm)
}

/// One that is under way: what is over stays as it is.
fn under_way(rows: &RealmRows<'_>, object: ObjectId) -> Result<Decommissioning, Refusal> {
    let found = rows.decommissioning(object)?.ok_or_else(|| missing(object))?;
    match found.is_over() {
        true => Err(Refusal::Conflict(Conflict::Decommissioned)),
        false => Ok(found),
    }
}

fn note(activity: &'static str, object: ObjectId, text: String) -> Note {
    Note {
        severity: Severity::Warning,
        ..Note::new("DeviceDecommissioning", activity, object).text(text)
    }
}

/// How far a device is, as those see it who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecommissioningView {
    /// What is kept of it, with what the device has said since.
    pub state: Decommissioning,
    /// The names under which those are shown who did something, in the order: whoever began it, then each step.
    pub names: Vec<String>,
}

fn view(desk: &Reading, state: Decommissioning) -> Result<DecommissioningView, Refusal> {
    let who = std::iter::once(state.by).chain(state.steps.iter().map(|step| step.by));
    let names: Result<Vec<_>, _> = who.map(|by: PrincipalId| desk.shown_name(by)).collect();
    let names = names?;
    Ok(DecommissioningView { state, names })
}

/// Takes in what the device has said about erasing itself: where the operation stands.
fn heard(state: &mut Decommissioning, status: Option<OperationStatus>) {
    let waits = |step: &&mut StepState| step.outcome == StepOutcome::Waiting;
    let Some(step) = state.step_mut(Step::Wipe).filter(|step| waits(step)) else {
        return;
    };
    match status {
        Some(OperationStatus::Successful) => step.outcome = StepOutcome::Proven,
        Some(OperationStatus::Failed) | None => step.outcome = StepOutcome::Failed,
        Some(OperationStatus::Pending | OperationStatus::Executing) => {}
    }
}

/// Takes back that the device is cut off, if it comes in again: a proof is what holds now. What is over stays as it is.
fn look_again<T: Deref<Target = View>>(
    desk: &Desk<T>,
    rows: &RealmRows<'_>,
    state: &mut Decommissioning,
) -> Result<(), Refusal> {
    if state.is_over() || is_cut_off(desk, rows, state.object)? {
        return Ok(());
    }
    let is_proven = |step: &&mut StepState| step.outcome == StepOutcome::Proven;
    if let Some(step) = state.step_mut(Step::Revoke).filter(is_proven) {
        step.outcome = StepOutcome::Failed;
    }
    Ok(())
}

/// Reads how far a device is out of service.
pub struct ReadDecommissioning(pub ObjectId);

impl Query for ReadDecommissioning {
    type Operation = DecommissioningRead;
    type Answer = DecommissioningView;

    fn answer(&self, desk: &Reading) -> Result<DecommissioningView, Refusal> {
        let rows = desk.tx.realm(desk.allow_on::<DecommissioningRead>(self.0)?);
        no_device(desk, DecommissioningRead::INFO.name)?;
        let mut state = rows.decommissioning(self.0)?.ok_or_else(|| missing(self.0))?;
        if let Some(wipe) = state.wipe {
            // Where it stands and nothing else of it.
            let proof =
                Allowed::<OperationRead>::mint_system(desk.who().tenant(), SystemReason::Disconnection);
            let found = desk.tx.operations(proof).operation(wipe)?;
            heard(&mut state, found.map(|found| found.status));
        }
        look_again(desk, &rows, &mut state)?;
        view(desk, state)
    }
}

/// Begins to take a device out of service. Nothing is changed about the device yet.
pub struct BeginDecommissioning {
    /// The device.
    pub object: ObjectId,
    /// Why.
    pub reason: String,
}

impl Command for BeginDecommissioning {
    type Operation = DecommissioningAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = open_realm(desk, self.object)?;
        match realm.now().decommissioning(self.object)? {
            Some(found) if found.is_over() => return Err(Refusal::Conflict(Conflict::Decommissioned)),
            Some(_) => return Err(Refusal::Conflict(Conflict::DecommissioningBegun)),
            None => {}
        }
        let name = desk.tx.device_name(desk.who(), self.object)?;
        let by = desk.who().id();
        let state = Decommissioning::new((self.object, name), self.reason.clone(), desk.now(), by);
        realm.put_decommissioning(&state)?;
        let text = format!(
            "The device {} is to be taken out of service: {}",
            self.object, self.reason
        );
        desk.note(note("Decommissioning begun", self.object, text));
        Ok(done(()))
    }
}

/// The device stays in service: as long as nothing was revoked.
pub struct AbandonDecommissioning(pub ObjectId);

impl Command for AbandonDecommissioning {
    type Operation = DecommissioningAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = open_realm(desk, self.0)?;
        let state = under_way(&realm.now(), self.0)?;
        if state.is_settled(Step::Revoke) || state.is_settled(Step::Data) {
            return Err(Refusal::Conflict(Conflict::DecommissioningBegun));
        }
        if let Some(wipe) = state.wipe {
            step::withdraw_wipe(desk, wipe)?;
        }
        realm.end_decommissioning(self.0);
        let text = format!("The device {} stays in service", self.0);
        desk.note(note("Decommissioning abandoned", self.0, text));
        Ok(done(()))
    }
}

impl Door {
    /// Takes a step. What it takes besides the row of the step itself is done first; a failure on the way leaves the step
    /// open, to be taken again.
    pub async fn take_step(
        &self,
        caller: &Caller,
        object: ObjectId,
        change: StepChange,
    ) -> Result<(), Refusal> {
        step::take(self, caller, object, change).await
    }

    /// Ends it with a report, and gives the audit record that has it. Again, it gives the same.
    pub async fn complete_decommissioning(
        &self,
        caller: &Caller,
        object: ObjectId,
    ) -> Result<CompletedView, Refusal> {
        complete::complete(self, caller, object).await
    }
}
