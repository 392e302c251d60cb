//! Disconnecting one device that was stolen or tampered with (R079): one action after which nothing that the device has
//! opens anything, while what is known of it stays.
//!
//! In one commit its users are disabled and lose their credentials, certificates and tokens; requests and one-time
//! passwords for it are gone; it is kept out under every name that it could come back with; and what waits for it is
//! cancelled. Whatever it has open is cut by those who hold it open, who look again every few seconds. Doing it twice
//! changes nothing, except that what has come since is cut off as well.

mod cut;
mod names;
mod preview;

pub(crate) use cut::cancel_for_wipe;
pub use names::SharedUser;
pub(crate) use names::{is_cut_off, reaches_user};
pub use preview::{BlockedView, Consequences, DisconnectionView, FindBlocked, ReadDisconnection};

use crate::caller::Caller;
use crate::desk::{Changing, Desk};
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::refuse;
use crate::work::{Command, Then, done};
use audit::record::Severity;
use cut::{Cut, cancel};
use model::decommissioning::Step;
use model::ids::ObjectId;
use model::inventory::ManagedObject;
use model::limits::CANCEL_COMMITS_MAX;
use model::registration::DeviceId;
use model::users::UserKind;
use names::Names;
use policy::operation::Operation;
use policy::operations::disconnection::{DeviceDisconnect, DeviceReadmit};
use policy::operations::operations::OperationUpdate;
use policy::operations::users::DeviceUserUpdate;
use std::ops::Deref;
use store::view::View;

/// Why an object cannot be disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDisconnected {
    /// It does not come in by itself.
    #[error(
        "The object has no credentials of its own: nothing was disconnected. If it speaks through a device above it, \
         disconnect that one; or send sharedUser to disconnect all that comes in with the same user."
    )]
    NoNames,
    /// It could come back under more names than are looked at.
    #[error("The object has too many external ids of the type c8y_Serial. Nothing was changed.")]
    TooManyNames,
}

impl From<NotDisconnected> for Refusal {
    fn from(reason: NotDisconnected) -> Self {
        Self::Invalid(Invalid::Disconnection(reason))
    }
}

/// A device disconnects nobody, whatever it owns.
fn no_device<T: Deref<Target = View>>(desk: &Desk<T>, operation: &'static str) -> Result<(), Refusal> {
    match desk.who().kind() {
        UserKind::Device | UserKind::Bootstrap => Err(refuse(desk, operation, "object")),
        UserKind::Person | UserKind::Service => Ok(()),
    }
}

fn missing(object: ObjectId) -> Refusal {
    Refusal::Missing(Missing::Object(object))
}

/// Disconnects the device of an object.
pub(crate) struct Disconnect {
    pub(crate) object: ObjectId,
    pub(crate) reason: String,
    pub(crate) shared: SharedUser,
}

impl Command for Disconnect {
    type Operation = DeviceDisconnect;
    /// Whether operations are left to be cancelled.
    type Answer = bool;

    fn change(&self, desk: &Changing) -> Result<Then<bool>, Refusal> {
        let inventory = desk.tx.inventory(desk.allow_on::<DeviceDisconnect>(self.object)?);
        no_device(desk, DeviceDisconnect::INFO.name)?;
        let realm = desk.tx.realm(desk.allow_on::<DeviceUserUpdate>(self.object)?);
        // Whatever waits for it is cancelled: that takes the right to say so of any operation.
        desk.allow_on_with::<OperationUpdate>(self.object, &[])
            .map(drop)?;
        let rows = inventory.now();
        let object = rows.object(self.object)?.ok_or_else(|| missing(self.object))?;
        let external = rows.external_ids(self.object)?;
        let names = Names::of(desk, &realm.now(), &external, &object, self.shared)?;
        if names.all.is_empty() {
            return Err(NotDisconnected::NoNames.into());
        }
        if !names.are_in_reach(desk)? {
            return Err(refuse(desk, DeviceDisconnect::INFO.name, "user"));
        }
        let before = rows.disconnection(self.object)?;
        let mut cut = Cut::new(desk, &realm, &object, before.clone(), &self.reason);
        for device in &names.all {
            cut.device(device)?;
        }
        let cancelled = cancel(desk, self.object, &cut.state.reason)?;
        if before.as_ref() != Some(&cut.state) {
            inventory.put_disconnection(&object, &cut.state)?;
            inventory.update(&object, touched(desk, &object))?;
        }
        if before.is_none() || cut.is_something() || cancelled.count > 0 {
            let text = cut.text(self.object, cancelled.count);
            desk.note(warning("Device disconnected", self.object, text));
        }
        Ok(done(cancelled.more))
    }
}

/// The object as something has just happened to it.
fn touched(desk: &Changing, object: &ManagedObject) -> ManagedObject {
    ManagedObject {
        updated: desk.now(),
        ..object.clone()
    }
}

fn warning(activity: &'static str, object: ObjectId, text: String) -> Note {
    Note {
        severity: Severity::Warning,
        ..Note::new("DeviceDisconnection", activity, object).text(text)
    }
}

/// Cancels what the first commit had no room for.
struct CancelMore(ObjectId);

impl Command for CancelMore {
    type Operation = DeviceDisconnect;
    type Answer = bool;

    fn change(&self, desk: &Changing) -> Result<Then<bool>, Refusal> {
        let inventory = desk.tx.inventory(desk.allow_on::<DeviceDisconnect>(self.0)?);
        let Some(state) = inventory.now().disconnection(self.0)? else {
            return Ok(done(false));
        };
        let cancelled = cancel(desk, self.0, &state.reason)?;
        if cancelled.count > 0 {
            let text = format!("{} operations cancelled", cancelled.count);
            desk.note(warning("Device disconnected", self.0, text));
        }
        Ok(done(cancelled.more))
    }
}

impl Door {
    /// Disconnects the device of an object. When this returns, it is durable; what the device has open ends within seconds.
    pub async fn disconnect_device(
        &self,
        caller: &Caller,
        object: ObjectId,
        reason: String,
        shared: SharedUser,
    ) -> Result<(), Refusal> {
        let command = Disconnect {
            object,
            reason,
            shared,
        };
        let mut more = self.run(caller, command).await?;
        for _ in 0..CANCEL_COMMITS_MAX {
            if !more {
                break;
            }
            more = self.run(caller, CancelMore(object)).await?;
        }
        Ok(())
    }
}

/// Lets the device of an object come back: it must be registered anew, for what it had is gone.
pub struct Readmit(pub ObjectId);

impl Command for Readmit {
    type Operation = DeviceReadmit;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<DeviceReadmit>()?);
        let inventory = desk.tx.inventory(desk.allow_on::<DeviceDisconnect>(self.0)?);
        no_device(desk, DeviceReadmit::INFO.name)?;
        let object = inventory.now().object(self.0)?.ok_or_else(|| missing(self.0))?;
        let Some(state) = inventory.now().disconnection(self.0)? else {
            return Ok(done(()));
        };
        // What a report says is proven stays so.
        if realm
            .now()
            .decommissioning(self.0)?
            .is_some_and(|it| it.is_over() || it.is_settled(Step::Revoke))
        {
            return Err(Refusal::Conflict(Conflict::Decommissioned));
        }
        for device in &state.devices {
            realm.unblock_device(device)?;
        }
        for id in &state.enabled {
            let user = realm
                .now()
                .user(*id)?
                .filter(|user| user.kind == UserKind::Device);
            if let Some(before) = user.filter(|user| !user.enabled) {
                let mut after = before.clone();
                after.enabled = true;
                realm.update_user(&before, &after)?;
            }
        }
        inventory.end_disconnection(&object)?;
        inventory.update(&object, touched(desk, &object))?;
        let names: Vec<_> = state.devices.iter().map(DeviceId::as_str).collect();
        let text = format!(
            "The device {} may come back as {}. It was disconnected at {}: {}",
            self.0,
            names.join(", "),
            state.time,
            state.reason
        );
        desk.note(warning("Device readmitted", self.0, text));
        Ok(done(()))
    }
}

/// Keeps a device out no longer whose object is gone.
pub struct Unblock(pub DeviceId);

impl Command for Unblock {
    type Operation = DeviceReadmit;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<DeviceReadmit>()?);
        no_device(desk, DeviceReadmit::INFO.name)?;
        let gone = || Refusal::Missing(Missing::DeviceRequest(self.0.to_string()));
        let blocked = realm.now().blocked_device(&self.0)?.ok_or_else(gone)?;
        if desk.tx.object_facts(desk.who(), blocked.object)?.is_some() {
            // As long as the object is there, it is decided by the rights on that.
            return Err(Refusal::Conflict(Conflict::DeviceDisconnected));
        }
        if realm
            .now()
            .decommissioning(blocked.object)?
            .is_some_and(|it| it.is_over())
        {
            return Err(Refusal::Conflict(Conflict::Decommissioned));
        }
        realm.unblock_device(&self.0)?;
        let text = format!("The device {} is kept out no longer; its object is gone", self.0);
        desk.note(warning("Device readmitted", blocked.object, text));
        Ok(done(()))
    }
}
