//! Taking a device out of service, step by step, with what each step has shown (R087).

use crate::ids::{AuditId, ObjectId, OperationId, PrincipalId};
use crate::time::Timestamp;
use crate::words::words;
use serde::{Deserialize, Serialize};

/// The fragment of the operation that asks a device to erase its keys and data.
pub const WIPE: &str = "holdfast_Decommission";

words! {
    /// A step, in the order in which they are shown.
    Step, BadStep: "a step of taking a device out of service" {
        /// What is needed of its data has been taken elsewhere.
        Export = "EXPORT",
        /// The device has erased its keys and data, by its own word.
        Wipe = "WIPE",
        /// Nothing that it has opens anything any more.
        Revoke = "REVOKE",
        /// Its data here is kept, or removed.
        Data = "DATA",
        /// What becomes of the hardware.
        Hardware = "HARDWARE",
    }
}

words! {
    /// What became of a step.
    StepOutcome, BadStepOutcome: "the outcome of a step" {
        /// Nothing yet.
        Open = "OPEN",
        /// It waits for the device.
        Waiting = "WAITING",
        /// It was done, and the platform or the device has shown it.
        Proven = "PROVEN",
        /// Somebody says that it was done.
        Stated = "STATED",
        /// The device has not done it, or could not.
        Failed = "FAILED",
        /// It was left out.
        Skipped = "SKIPPED",
    }
}

words! {
    /// What becomes of the data that is here.
    DataChoice, BadDataChoice: "what becomes of the data" {
        /// It stays, as long as retention rules let it.
        Keep = "KEEP",
        /// It is removed: measurements, events and alarms.
        Remove = "REMOVE",
    }
}

impl StepOutcome {
    /// Whether nothing more is expected of the step.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Proven | Self::Stated | Self::Skipped)
    }
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// What became of it.
    pub outcome: StepOutcome,
    /// Since when.
    pub time: Timestamp,
    /// By whom.
    pub by: PrincipalId,
    /// What was said about it.
    pub note: Option<String>,
}

/// A device that is taken out of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decommissioning {
    /// The device.
    pub object: ObjectId,
    /// Its name when it was begun.
    pub name: Option<String>,
    /// Why.
    pub reason: String,
    /// When it was begun.
    pub begun: Timestamp,
    /// By whom.
    pub by: PrincipalId,
    /// The steps, in the order of [`Step::ALL`].
    pub steps: [StepState; 5],
    /// The operation that asked the device to erase itself.
    pub wipe: Option<OperationId>,
    /// What becomes of its data.
    pub data: Option<DataChoice>,
    /// When it was over.
    pub over: Option<Timestamp>,
    /// The audit record with the report of it.
    pub record: Option<AuditId>,
}

impl Decommissioning {
    /// A new one.
    pub fn new(
        (object, name): (ObjectId, Option<String>),
        reason: String,
        begun: Timestamp,
        by: PrincipalId,
    ) -> Self {
        let open = StepState {
            outcome: StepOutcome::Open,
            time: begun,
            by,
            note: None,
        };
        Self {
            object,
            name,
            reason,
            begun,
            by,
            steps: [open.clone(), open.clone(), open.clone(), open.clone(), open],
            wipe: None,
            data: None,
            over: None,
            record: None,
        }
    }

    /// Whether it is over: the device does not come back.
    pub fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// Where a step stands.
    pub fn step(&self, step: Step) -> Option<&StepState> {
        let place = Step::ALL.iter().position(|one| *one == step)?;
        self.steps.get(place)
    }

    /// The same, to be changed.
    pub fn step_mut(&mut self, step: Step) -> Option<&mut StepState> {
        let place = Step::ALL.iter().position(|one| *one == step)?;
        self.steps.get_mut(place)
    }

    /// Whether nothing more is expected of a step.
    pub fn is_settled(&self, step: Step) -> bool {
        self.step(step).is_some_and(|step| step.outcome.is_settled())
    }

    /// Steps that were left out, failed or rest on somebody's word: a report names them.
    pub fn unproven(&self) -> Vec<Step> {
        let all = Step::ALL.iter().zip(&self.steps);
        let unproven = all.filter(|(_, state)| state.outcome != StepOutcome::Proven);
        unproven.map(|(step, _)| *step).collect()
    }

    /// Steps of which something is still expected.
    pub fn open(&self) -> Vec<Step> {
        let all = Step::ALL.iter().zip(&self.steps);
        let open = all.filter(|(_, state)| !state.outcome.is_settled());
        open.map(|(step, _)| *step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_shown_is_named_and_what_is_open_keeps_it_from_being_over() {
        let (now, who) = (Timestamp::from_millis(0), PrincipalId::new(1).expect("an id"));
        let mut it = Decommissioning::new((ObjectId::new(2).expect("an id"), None), "x".to_owned(), now, who);
        assert_eq!(it.open(), Step::ALL);
        for (step, outcome) in [
            (Step::Export, StepOutcome::Stated),
            (Step::Wipe, StepOutcome::Failed),
            (Step::Revoke, StepOutcome::Proven),
            (Step::Data, StepOutcome::Proven),
            (Step::Hardware, StepOutcome::Skipped),
        ] {
            it.step_mut(step).expect("a step").outcome = outcome;
        }
        assert_eq!(it.open(), [Step::Wipe]);
        assert_eq!(it.unproven(), [Step::Export, Step::Wipe, Step::Hardware]);
    }
}
