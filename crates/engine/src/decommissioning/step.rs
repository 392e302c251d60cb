//! The steps, each with what it takes.

use super::{NotTaken, heard, look_again, note, open_realm, under_way};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::disconnection::{NotDisconnected, SharedUser, cancel_for_wipe, is_cut_off};
use crate::documents::Sources;
use crate::door::Door;
use crate::operations::{created, store_above_all, updated};
use crate::refusal::{Conflict, Invalid, Refusal};
use crate::work::{Command, Then, done};
use model::alarms::AlarmFilter;
use model::decommissioning::{DataChoice, Decommissioning, Step, StepOutcome, StepState, WIPE};
use model::events::EventFilter;
use model::ids::{ObjectId, OperationId};
use model::json::{Json, Object};
use model::measurements::MeasurementFilter;
use model::operations::{Operation, OperationStatus};
use policy::operations::disconnection::DecommissioningAdmin;
use policy::operations::operations::{OperationCreate, OperationUpdate};
use policy::proof::{Allowed, SystemReason};

/// A step that somebody takes, or leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepChange {
    /// Which.
    pub step: Step,
    /// Whether it is left out.
    pub is_skipped: bool,
    /// What is said about it.
    pub note: Option<String>,
    /// What becomes of the data.
    pub data: Option<DataChoice>,
}

/// What a commit of a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Only looks whether it may be taken.
    Check,
    /// Takes it.
    Take,
}

pub(super) async fn take(
    door: &Door,
    caller: &Caller,
    object: ObjectId,
    change: StepChange,
) -> Result<(), Refusal> {
    let run = |what| {
        let change = change.clone();
        let command = TakeStep { object, change, what };
        door.run(caller, command)
    };
    if !change.is_skipped && change.step == Step::Revoke {
        let reason = run(What::Check).await?;
        let spared = SharedUser::Spared;
        let revoked = door.disconnect_device(caller, object, reason, spared).await;
        // One that has no credentials of its own has nothing to be revoked: whether that will do, the step itself decides.
        let is_nothing = |refusal: &Refusal| {
            matches!(
                refusal,
                Refusal::Invalid(Invalid::Disconnection(NotDisconnected::NoNames))
            )
        };
        if let Some(refusal) = revoked.err().filter(|refusal| !is_nothing(refusal)) {
            return Err(refusal);
        }
    }
    if !change.is_skipped && change.step == Step::Data && change.data == Some(DataChoice::Remove) {
        run(What::Check).await?;
        let measurements = MeasurementFilter {
            source: Some(object),
            ..MeasurementFilter::default()
        };
        door.delete_measurements(caller, measurements).await?;
        door.delete_events(caller, Some(object), EventFilter::default())
            .await?;
        let sources = Sources {
            of: Some(object),
            ..Sources::default()
        };
        door.delete_alarms(caller, sources, AlarmFilter::default())
            .await?;
    }
    run(What::Take).await.map(drop)
}

struct TakeStep {
    object: ObjectId,
    change: StepChange,
    what: What,
}

impl Command for TakeStep {
    type Operation = DecommissioningAdmin;
    /// Why the device is taken out of service.
    type Answer = String;

    fn change(&self, desk: &Changing) -> Result<Then<String>, Refusal> {
        let realm = open_realm(desk, self.object)?;
        let mut state = under_way(&realm.now(), self.object)?;
        hear(desk, &mut state)?;
        look_again(desk, &realm.now(), &mut state)?;
        self.check(&state)?;
        let reason = format!("decommissioned: {}", state.reason);
        if self.what == What::Check {
            return Ok(done(reason));
        }
        let outcome = match (self.change.is_skipped, self.change.step) {
            (true, _) => StepOutcome::Skipped,
            (false, Step::Wipe) => self.ask_to_wipe(desk, &mut state)?,
            (false, Step::Revoke) => match is_cut_off(desk, &realm.now(), self.object)? {
                true => StepOutcome::Proven,
                false if self.is_said() => StepOutcome::Stated,
                false => return Err(NotTaken::NotCutOff.into()),
            },
            (false, Step::Data) => match self.change.data {
                // What the caller may not see was not removed.
                Some(DataChoice::Remove) if desk.tx.has_data(desk.who(), self.object)? => StepOutcome::Failed,
                _ => StepOutcome::Proven,
            },
            (false, Step::Export | Step::Hardware) => StepOutcome::Stated,
        };
        if self.change.step == Step::Data {
            state.data = self.change.data.filter(|_| !self.change.is_skipped);
        }
        if let Some(step) = state.step_mut(self.change.step) {
            *step = StepState {
                outcome,
                time: desk.now(),
                by: desk.who().id(),
                note: self.change.note.clone(),
            };
        }
        realm.put_decommissioning(&state)?;
        let said = self.change.note.as_deref().unwrap_or("no note");
        let choice = match (self.change.step, state.data) {
            (Step::Data, Some(choice)) => format!(" ({})", choice.word()),
            _ => String::new(),
        };
        let text = format!(
            "Decommissioning of the device {}: {}{choice} is {}: {said}",
            self.object,
            self.change.step.word(),
            outcome.word()
        );
        desk.note(note("Decommissioning step", self.object, text));
        Ok(done(reason))
    }
}

/// Takes in what the device has said about erasing itself.
pub(super) fn hear(desk: &Changing, state: &mut Decommissioning) -> Result<(), Refusal> {
    let Some(wipe) = state.wipe else { return Ok(()) };
    let proof = Allowed::<OperationCreate>::mint_system(desk.who().tenant(), SystemReason::Disconnection);
    let found = desk.tx.operations(proof).now().operation(wipe)?;
    heard(state, found.map(|found| found.status));
    Ok(())
}

/// A device that stays in service is not asked to erase itself any more. One that is at it cannot stay.
pub(super) fn withdraw_wipe(desk: &Changing, wipe: OperationId) -> Result<(), Refusal> {
    let proof = Allowed::<OperationUpdate>::mint_system(desk.who().tenant(), SystemReason::Disconnection);
    let rows = desk.tx.operations(proof);
    let Some(before) = rows.now().operation(wipe)? else {
        return Ok(());
    };
    match before.status {
        OperationStatus::Executing => Err(Refusal::Conflict(Conflict::DecommissioningBegun)),
        OperationStatus::Successful | OperationStatus::Failed => Ok(()),
        OperationStatus::Pending => {
            let after = Operation {
                status: OperationStatus::Failed,
                failure_reason: Some("The device stays in service".to_owned()),
                updated: desk.now(),
                ..before.clone()
            };
            rows.update(&before, &after)?;
            desk.note(updated(&before, &after));
            Ok(())
        }
    }
}

impl TakeStep {
    fn is_said(&self) -> bool {
        let note = self.change.note.as_ref();
        note.is_some_and(|note| !note.trim().is_empty())
    }

    fn check(&self, state: &Decommissioning) -> Result<(), NotTaken> {
        let StepChange {
            step,
            is_skipped,
            data,
            ..
        } = &self.change;
        let is_settled = |step| state.is_settled(step);
        let removes = !is_skipped && *data == Some(DataChoice::Remove);
        let needs_words = *is_skipped || matches!(step, Step::Export | Step::Hardware);
        match step {
            Step::Revoke if *is_skipped => Err(NotTaken::NotSkipped),
            _ if needs_words && !self.is_said() => Err(NotTaken::NoNote),
            Step::Wipe if !is_skipped && is_settled(Step::Revoke) => Err(NotTaken::TooLate),
            Step::Revoke if !is_settled(Step::Wipe) => Err(NotTaken::WipeFirst),
            Step::Data if !is_skipped && data.is_none() => Err(NotTaken::NoChoice),
            Step::Data if removes && !is_settled(Step::Revoke) => Err(NotTaken::RevokeFirst),
            _ => Ok(()),
        }
    }

    /// Asks the device to erase its keys and data, before anything else that it is asked. One that has done it is not asked
    /// again, nor one that is still to answer.
    fn ask_to_wipe(&self, desk: &Changing, state: &mut Decommissioning) -> Result<StepOutcome, Refusal> {
        let outcome = state.step(Step::Wipe).map(|step| step.outcome);
        if let Some(outcome @ (StepOutcome::Proven | StepOutcome::Waiting)) = outcome {
            return Ok(outcome);
        }
        let rows = desk
            .tx
            .operations(desk.allow_on_with::<OperationCreate>(self.object, &[WIPE])?);
        cancel_for_wipe(desk, self.object)?;
        let operation = Operation {
            id: rows.new_id()?,
            device: self.object,
            creator: desk.who().id(),
            bulk: None,
            description: Some("Erase all keys and data: this device is taken out of service".to_owned()),
            status: OperationStatus::Pending,
            failure_reason: None,
            created: desk.now(),
            updated: desk.now(),
            // A device that is found again after years is still asked first of all.
            expires: None,
            handed_out: Vec::new(),
            fragments: [(WIPE, Json::Object(Object::new()))].into_iter().collect(),
        };
        store_above_all(&rows, &operation)?;
        desk.note(created(&operation));
        state.wipe = Some(operation.id);
        Ok(StepOutcome::Waiting)
    }
}
