//! The user of a device, reached through the device's managed object: the rights are those on the object, and nothing
//! but a device's user can be reached.

use crate::desk::{Changing, Desk, Reading};
use crate::disconnection::reaches_user;
use crate::note::Note;
use crate::refusal::{Missing, Refusal};
use crate::users::{refuse, switch};
use crate::work::{Command, Query, Then, done};
use model::ids::{ObjectId, PrincipalId};
use model::json::Json;
use model::names::UserName;
use model::users::{User, UserKind};
use policy::operation::Operation as _;
use policy::operations::users::{DeviceUserRead, DeviceUserUpdate};
use std::ops::Deref;
use store::realm::RealmRows;
use store::view::View;

/// The user of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceUser {
    /// Its name.
    pub name: UserName,
    /// Whether it may sign in.
    pub enabled: bool,
}

/// The owner of an object that the caller was just allowed to reach.
fn owner_of<T: Deref<Target = View>>(desk: &Desk<T>, object: ObjectId) -> Result<PrincipalId, Refusal> {
    let facts = desk.tx.object_facts(desk.who(), object)?;
    Ok(facts.ok_or(Refusal::Missing(Missing::Object(object)))?.owner())
}

fn device_user(rows: &RealmRows<'_>, object: ObjectId, owner: PrincipalId) -> Result<User, Refusal> {
    let user = rows.user(owner)?.filter(|user| user.kind == UserKind::Device);
    user.ok_or(Refusal::Missing(Missing::DeviceUser(object)))
}

/// Reads the user of a device.
pub struct ReadDeviceUser {
    /// The device's managed object.
    pub object: ObjectId,
}

impl Query for ReadDeviceUser {
    type Operation = DeviceUserRead;
    type Answer = DeviceUser;

    fn answer(&self, desk: &Reading) -> Result<DeviceUser, Refusal> {
        let rows = desk.tx.realm(desk.allow_on::<DeviceUserRead>(self.object)?);
        let user = device_user(&rows, self.object, owner_of(desk, self.object)?)?;
        Ok(DeviceUser {
            name: user.name,
            enabled: user.enabled,
        })
    }
}

/// Enables or disables the user of a device; a disabled one is refused at once.
pub struct SwitchDeviceUser {
    /// The device's managed object.
    pub object: ObjectId,
    /// Whether its user may sign in.
    pub enabled: bool,
}

impl Command for SwitchDeviceUser {
    type Operation = DeviceUserUpdate;
    /// The user, for those who may read it (R019).
    type Answer = Option<DeviceUser>;

    fn change(&self, desk: &Changing) -> Result<Then<Option<DeviceUser>>, Refusal> {
        let realm = desk.tx.realm(desk.allow_on::<DeviceUserUpdate>(self.object)?);
        let before = device_user(&realm.now(), self.object, owner_of(desk, self.object)?)?;
        if !reaches_user(desk, &before)? {
            return Err(refuse(desk, DeviceUserUpdate::INFO.name, "user"));
        }
        let after = switch(desk, &realm, before.clone(), self.enabled)?;
        if after != before {
            realm.update_user(&before, &after)?;
            let enabled = |user: &User| Some(Json::Bool(user.enabled));
            let text = format!("User of the device {} updated", self.object);
            let note = Note::new("User", "User updated", &before.name).text(text);
            desk.note(note.change("enabled", enabled(&before), enabled(&after)));
        }
        let may_read = desk.may_on::<DeviceUserRead>(self.object)?;
        Ok(done(may_read.then_some(DeviceUser {
            name: after.name,
            enabled: after.enabled,
        })))
    }
}
