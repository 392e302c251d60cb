//! Rows about operations: what became of them.

use super::DeviceRow;
use super::inventory::truth;
use crate::arguments::{Arguments, parsed};
use crate::fault::Fault;
use crate::values::{FRAGMENT, ID};

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The device is at it.
    Executing,
    /// It was not done.
    Failed {
        /// Why.
        reason: Option<String>,
    },
    /// It was done.
    Successful {
        /// What comes with it; what it means depends on the fragment: see [`crate::outcome`].
        parameters: Vec<String>,
    },
}

pub(super) fn read(template: u16, mut arguments: Arguments<'_>) -> Result<DeviceRow, Fault> {
    match template {
        500 => Ok(DeviceRow::SendPending),
        501..=503 => {
            let fragment = arguments.fragment("the fragment")?;
            let outcome = outcome(template - 501, arguments);
            Ok(DeviceRow::OperationWith { fragment, outcome })
        }
        504..=506 => {
            let id = arguments.id("the id of the operation")?;
            let outcome = outcome(template - 504, arguments);
            Ok(DeviceRow::Operation { id, outcome })
        }
        507 => {
            let read = |text| parsed(text, "the fragment", FRAGMENT);
            let fragment = arguments.optional().map(read).transpose()?;
            let reason = arguments.optional().map(str::to_owned);
            Ok(DeviceRow::FailExecuting { fragment, reason })
        }
        _ => Err(Fault::UnknownTemplate),
    }
}

/// The three templates of a group tell the same three things, in this order.
fn outcome(place: u16, mut arguments: Arguments<'_>) -> Outcome {
    match place {
        0 => Outcome::Executing,
        1 => Outcome::Failed {
            reason: arguments.optional().map(str::to_owned),
        },
        _ => {
            let mut parameters = Vec::new();
            while !arguments.is_over() {
                parameters.push(arguments.next().to_owned());
            }
            Outcome::Successful { parameters }
        }
    }
}

/// Row 121: a device profile is being applied, or was.
pub(super) fn profile(mut arguments: Arguments<'_>) -> Result<DeviceRow, Fault> {
    let said = arguments.required("whether the profile was executed")?;
    let executed = truth(Some(said), "whether the profile was executed", false)?;
    let id = |text| parsed(text, "the id of the profile", ID);
    let profile = arguments.optional().map(id).transpose()?;
    Ok(DeviceRow::SetProfile { executed, profile })
}
