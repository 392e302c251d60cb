//! How a refusal is told to a device: the code of an error row and words that name nothing of what may be somebody else's.
//! What could not be done now is not told: its message is not taken, and the client sends it again.

use engine::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use model::limits::DEVICE_OBJECTS_MAX;
use mqtt::reason::PublishRefusal;
use smartrest::fault::ErrorCode;
use std::borrow::Cow;

/// Why something that a client said was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is told, and what comes after it is still done.
    Told(ErrorCode, Cow<'static, str>),
    /// Nothing more of the message is done.
    Stop(PublishRefusal),
}

impl Refused {
    pub(super) fn arguments(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Told(ErrorCode::BadArguments, text.into())
    }
}

/// The same words for what is not there and for what is somebody else's.
const NOT_THERE: &str = "there is no such object, or it does not belong to this device";

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let told = |code, text: &'static str| Self::Told(code, text.into());
        match refusal {
            Refusal::NotSignedIn => Self::Stop(PublishRefusal::NotAuthorized),
            Refusal::LockedOut { .. } | Refusal::TooOften { .. } => Self::Stop(PublishRefusal::QuotaExceeded),
            Refusal::Busy | Refusal::StorageUnavailable => Self::Stop(PublishRefusal::Unspecified),
            Refusal::Fault(_) => Self::Stop(PublishRefusal::Fault),
            Refusal::Forbidden
            | Refusal::NotForDevices
            | Refusal::PasswordDue
            | Refusal::SecondFactor(_)
            | Refusal::WrongCode
            | Refusal::StaleSession => told(ErrorCode::Server, "access is denied"),
            Refusal::Missing(Missing::OfType(_)) => told(
                ErrorCode::NotCreated,
                "the device has none of this type that could be changed",
            ),
            Refusal::Missing(_) | Refusal::Invalid(Invalid::Source(_)) => {
                told(ErrorCode::NotCreated, NOT_THERE)
            }
            Refusal::Conflict(Conflict::ExternalIdTaken) => {
                told(ErrorCode::NotCreated, "Device already existing")
            }
            Refusal::Conflict(Conflict::ProjectFull) => told(
                ErrorCode::NotCreated,
                "the project holds as many objects as it may",
            ),
            Refusal::Conflict(_) | Refusal::Changed => told(
                ErrorCode::Server,
                "it is in the way of something that is there already",
            ),
            Refusal::Invalid(invalid) => Self::invalid(&invalid),
        }
    }
}

impl Refused {
    fn invalid(invalid: &Invalid) -> Self {
        let told = |code, text: &'static str| Self::Told(code, text.into());
        match invalid {
            Invalid::TooMany(Bound::DeviceObjects) => Self::Told(
                ErrorCode::NotCreated,
                format!("a device may have {DEVICE_OBJECTS_MAX} objects, and has as many").into(),
            ),
            Invalid::DocumentTooLarge => told(
                ErrorCode::BadArguments,
                "the object or document would be too large",
            ),
            Invalid::TooManyTypes(_) => told(
                ErrorCode::BadArguments,
                "the device has measurements of too many different types",
            ),
            Invalid::Step(step) => Self::Told(ErrorCode::Server, step.to_string().into()),
            Invalid::NoOperation(status) => Self::Told(
                ErrorCode::NotCreated,
                format!("no such operation of the device is {}", status.word()).into(),
            ),
            Invalid::TooManyOperations => told(
                ErrorCode::Server,
                "too many operations would end at once: say it once more",
            ),
            Invalid::Cycle | Invalid::TooDeep | Invalid::OtherProject | Invalid::ProjectPlace => {
                told(ErrorCode::NotCreated, "the child cannot hang there")
            }
            Invalid::SourceStays => told(ErrorCode::BadArguments, "a document stays about its source"),
            Invalid::UnknownOwner => told(ErrorCode::BadArguments, "there is no such owner"),
            _ => told(ErrorCode::BadArguments, "what it says makes no sense here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::refusal::FaultId;

    #[test]
    fn what_failed_is_told_from_what_could_not_be_done_now() {
        let stop = |refusal| match Refused::from(refusal) {
            Refused::Stop(why) => why,
            Refused::Told(..) => panic!("told"),
        };
        let fault = Refusal::Fault(FaultId::report(&"a test"));
        assert_eq!(stop(fault), PublishRefusal::Fault);
        for refusal in [Refusal::Busy, Refusal::StorageUnavailable] {
            assert_eq!(stop(refusal), PublishRefusal::Unspecified);
        }
    }
}
