//! Who may have to do with a session: decided when it begins, and again and again while it lasts.

use super::session::Over;
use crate::desk::{Changing, Denial, Desk, Reading};
use crate::note::Note;
use crate::operations::{created, store_new};
use crate::refusal::{Conflict, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use model::ids::{ObjectId, OperationId, RemoteConfigurationId};
use model::json::{Json, Object};
use model::limits::REMOTE_ANSWER_SECONDS_MAX;
use model::operations::{Operation, OperationStatus};
use model::remote_access::{CONNECT, RemoteEndpoint, RemoteTimes};
use model::secret::Secret;
use model::users::UserKind;
use policy::operation::Operation as _;
use policy::operations::operations::{OperationCreate, OperationRead};
use policy::operations::remote_access::{
    RemoteAccessAnswer, RemoteAccessJoin, RemoteAccessOpen, RemoteSessionEnd, RemoteSessionRead,
};
use policy::proof::{Allowed, SystemReason};
use std::ops::Deref;
use std::sync::PoisonError;
use store::view::View;

const ANSWER_MILLIS_MAX: i64 = REMOTE_ANSWER_SECONDS_MAX as i64 * 1_000;

/// Refuses unless the caller may ask this device to connect.
pub(super) fn require_control<T: Deref<Target = View>>(
    desk: &Desk<T>,
    device: ObjectId,
) -> Result<(), Refusal> {
    desk.allow_on_with::<OperationCreate>(device, &[CONNECT])
        .map(drop)
}

/// Asks a device to connect.
pub(super) struct Ask {
    pub(super) device: ObjectId,
    pub(super) configuration: RemoteConfigurationId,
    pub(super) key: Secret,
}

/// A device was asked.
pub(super) struct Asked {
    pub(super) operation: OperationId,
    pub(super) endpoint: RemoteEndpoint,
    pub(super) times: RemoteTimes,
}

impl Command for Ask {
    type Operation = OperationCreate;
    type Answer = Asked;

    fn change(&self, desk: &Changing) -> Result<Then<Asked>, Refusal> {
        let _ = desk.allow::<RemoteAccessOpen>()?;
        let proof = desk.allow_on_with::<OperationCreate>(self.device, &[CONNECT])?;
        let rows = desk.tx.operations(proof);
        let endpoint = desk
            .tx
            .remote_endpoint(desk.who(), self.device, self.configuration)?
            .ok_or(Refusal::Missing(Missing::RemoteConfiguration(self.configuration)))?;
        let times = desk.tx.remote_times(desk.who().tenant())?;
        if times.session_seconds == 0 {
            return Err(Refusal::Conflict(Conflict::RemoteAccessOff));
        }
        let operation = Operation {
            id: rows.new_id()?,
            device: self.device,
            creator: desk.who().id(),
            bulk: None,
            description: Some(format!("Remote access: {}", endpoint.name.as_str())),
            status: OperationStatus::Pending,
            failure_reason: None,
            created: desk.now(),
            updated: desk.now(),
            // The key opens nothing any more then, so nobody need be told.
            expires: Some(desk.now().plus_millis(ANSWER_MILLIS_MAX)),
            handed_out: Vec::new(),
            fragments: self.fragments(&endpoint),
        };
        store_new(&rows, &operation)?;
        desk.note(created(&operation));
        let text = format!(
            "Remote access to the device {} requested: {} ({}, {}:{}), for {} s at most",
            self.device,
            endpoint.name.as_str(),
            endpoint.protocol.word(),
            endpoint.host.as_str(),
            endpoint.port,
            times.session_seconds,
        );
        desk.note(warning("Remote access requested", self.device, text));
        Ok(done(Asked {
            operation: operation.id,
            endpoint,
            times,
        }))
    }
}

impl Ask {
    fn fragments(&self, endpoint: &RemoteEndpoint) -> Object {
        let mut connect = Object::new();
        connect.set("hostname", endpoint.host.as_str());
        connect.set("port", u32::from(endpoint.port.get()));
        connect.set("connectionKey", self.key.expose());
        [(CONNECT, Json::Object(connect))].into_iter().collect()
    }
}

fn warning(activity: &'static str, device: ObjectId, text: String) -> Note {
    Note {
        severity: Severity::Warning,
        ..Note::new("RemoteAccess", activity, device).text(text)
    }
}

/// Whether a user may still have a session with a device; and, while the device has not connected, what became of the
/// operation that asked it to.
pub(super) struct MayStay {
    pub(super) device: ObjectId,
    pub(super) waits_for: Option<OperationId>,
}

impl Query for MayStay {
    type Operation = RemoteAccessOpen;
    /// Why it ends, if it does.
    type Answer = Option<Over>;

    fn answer(&self, desk: &Reading) -> Result<Option<Over>, Refusal> {
        let _ = desk.allow::<RemoteAccessOpen>()?;
        require_control(desk, self.device)?;
        // Whoever answers: a device that was disconnected is reached through nothing.
        if desk.tx.is_device_disconnected(desk.who(), self.device)? {
            return Ok(Some(Over::DeviceNotAllowed));
        }
        if desk.tx.remote_times(desk.who().tenant())?.session_seconds == 0 {
            return Ok(Some(Over::SwitchedOff));
        }
        let Some(operation) = self.waits_for else {
            return Ok(None);
        };
        // Where it stands and nothing else of it, and the caller has created it.
        let proof = Allowed::<OperationRead>::mint_system(desk.who().tenant(), SystemReason::RemoteAccess);
        let found = desk.tx.operations(proof).operation(operation)?;
        let has_refused = found.is_none_or(|found| found.status == OperationStatus::Failed);
        Ok(has_refused.then_some(Over::Refused))
    }
}

/// Whether a device user may answer for a device: its own, or one that hangs below its own. A key that is not known asks
/// about no device, and is refused in the same words.
pub(super) struct MayAnswer(pub(super) Option<ObjectId>);

impl Query for MayAnswer {
    type Operation = RemoteAccessAnswer;
    type Answer = ();

    fn answer(&self, desk: &Reading) -> Result<(), Refusal> {
        may_answer(desk, self.0)
    }
}

fn may_answer<T: Deref<Target = View>>(desk: &Desk<T>, device: Option<ObjectId>) -> Result<(), Refusal> {
    let is_device = desk.who().kind() == UserKind::Device;
    let facts = match device.filter(|_| is_device) {
        Some(device) => desk.tx.object_facts(desk.who(), device)?,
        None => None,
    };
    let owns = facts.is_some_and(|it| it.owner() == desk.who().id() || it.owned_above().is_some());
    if owns {
        return Ok(());
    }
    *desk.denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(Denial {
        operation: RemoteAccessAnswer::INFO.name,
        target: "key",
        object: None,
    });
    Err(Refusal::Missing(Missing::RemoteKey))
}

/// The device connects: it is recorded before a byte is passed on.
pub(super) struct Join {
    pub(super) device: ObjectId,
    pub(super) operation: Option<OperationId>,
}

impl Command for Join {
    type Operation = RemoteAccessJoin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let _ = desk.allow::<RemoteAccessJoin>()?;
        may_answer(desk, Some(self.device))?;
        let operation = self
            .operation
            .map_or(String::new(), |id| format!(", for the operation {id}"));
        let text = format!(
            "The device {} has connected for remote access{operation}",
            self.device
        );
        desk.note(warning("Remote access connected", self.device, text));
        Ok(done(()))
    }
}

/// A session ends before its time, by somebody who may have one with the same device.
pub(super) struct EndOther {
    pub(super) device: ObjectId,
    pub(super) operation: OperationId,
}

impl Command for EndOther {
    type Operation = RemoteSessionEnd;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let _ = desk.allow::<RemoteSessionEnd>()?;
        require_control(desk, self.device)?;
        let text = format!(
            "The session {} of remote access to the device {} is ended",
            self.operation, self.device
        );
        desk.note(warning("Remote access ended by hand", self.device, text));
        Ok(done(()))
    }
}

/// Which of these devices the caller may have sessions with.
pub(super) struct Controlled(pub(super) Vec<ObjectId>);

impl Query for Controlled {
    type Operation = RemoteSessionRead;
    type Answer = Vec<ObjectId>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let _ = desk.allow::<RemoteSessionRead>()?;
        let mut controlled = Vec::new();
        for device in &self.0 {
            match require_control(desk, *device) {
                Ok(()) => controlled.push(*device),
                // A list leaves out what is not the caller's.
                Err(Refusal::Missing(_) | Refusal::Forbidden) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(controlled)
    }
}
