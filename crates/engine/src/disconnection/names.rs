//! The names under which the device of an object comes in: that of its own user, and its serial numbers; and whose rights
//! reach that user.

use super::NotDisconnected;
use crate::desk::Desk;
use crate::refusal::Refusal;
use model::identity::ExternalId;
use model::ids::{ObjectId, PrincipalId};
use model::inventory::ManagedObject;
use model::limits::{DEVICE_NAMES_MAX, OBJECTS_OF_DEVICE_MAX};
use model::registration::{DeviceId, ID_TYPE_DEFAULT};
use model::users::{DEVICE_USER_PREFIX, User, UserKind};
use policy::operations::registration::DeviceRequestAccept;
use policy::operations::users::DeviceUserUpdate;
use std::ops::Deref;
use store::realm::RealmRows;
use store::view::View;

/// The names of a device.
pub(super) struct Names {
    /// All of them, that of its own user first.
    pub(super) all: Vec<DeviceId>,
    /// The user that owns the object, if that is a device's and one of the names is its.
    own: Option<User>,
    /// Whether one of them has a user that does not own the object, or that other devices come in with.
    are_foreign: bool,
    /// Whether its user is that of a device above it, through which it speaks.
    pub(super) is_shared: bool,
}

/// What becomes of a user that is also that of a device above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedUser {
    /// It is left alone.
    Spared,
    /// It is cut as well: it may be the device itself that has put another object above its own.
    Cut,
}

/// The name of a device by its user.
pub(super) fn device_of(user: &User) -> Option<DeviceId> {
    let name = user.name.as_str().strip_prefix(DEVICE_USER_PREFIX)?;
    name.parse().ok().filter(|_| user.kind == UserKind::Device)
}

impl Names {
    pub(super) fn of<T: Deref<Target = View>>(
        desk: &Desk<T>,
        realm: &RealmRows<'_>,
        external: &[ExternalId],
        object: &ManagedObject,
        shared: SharedUser,
    ) -> Result<Self, Refusal> {
        let owner = realm.user(object.owner)?.filter(|user| device_of(user).is_some());
        let is_shared = owner.is_some() && shares_user(desk, object.id, object.owner)?;
        let own = owner.filter(|_| !is_shared || shared == SharedUser::Cut);
        let mut all: Vec<DeviceId> = own.as_ref().and_then(device_of).into_iter().collect();
        let own_names = all.len();
        let serials = external.iter().filter(|id| id.kind.as_str() == ID_TYPE_DEFAULT);
        for device in serials.filter_map(|id| id.value.as_str().parse().ok()) {
            if !all.contains(&device) {
                all.push(device);
            }
        }
        if all.len() > DEVICE_NAMES_MAX {
            return Err(NotDisconnected::TooManyNames.into());
        }
        let are_foreign = all.len() > own_names || (is_shared && own.is_some());
        Ok(Self {
            all,
            own,
            are_foreign,
            is_shared,
        })
    }

    /// Whether the caller may keep the device out under all of them. An external id is given by whoever may change the
    /// object: it alone gives no power over a user.
    pub(super) fn are_in_reach<T: Deref<Target = View>>(&self, desk: &Desk<T>) -> Result<bool, Refusal> {
        if desk.may::<DeviceRequestAccept>() {
            return Ok(true);
        }
        match &self.own {
            _ if self.are_foreign => Ok(false),
            Some(own) => reaches_user(desk, own),
            None => Ok(true),
        }
    }
}

/// Whether the caller decides about the user of a device: as somebody who lets devices in, or by the right on every device
/// that comes in with it. What a gateway owns otherwise, a child or an asset, gives no power over the gateway.
pub(crate) fn reaches_user<T: Deref<Target = View>>(desk: &Desk<T>, user: &User) -> Result<bool, Refusal> {
    if desk.may::<DeviceRequestAccept>() {
        return Ok(true);
    }
    let name = user.name.as_str();
    let serial = name.strip_prefix(DEVICE_USER_PREFIX).unwrap_or(name);
    let devices = desk
        .tx
        .devices_of_user(desk.who(), (user.id, serial), OBJECTS_OF_DEVICE_MAX)?;
    let Some(devices) = devices else {
        return Ok(false);
    };
    for device in devices {
        // What hangs below another of its devices speaks through that one.
        if !shares_user(desk, device, user.id)? && !desk.may_on::<DeviceUserUpdate>(device)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether an object above this one by child devices has this owner.
fn shares_user<T: Deref<Target = View>>(
    desk: &Desk<T>,
    object: ObjectId,
    owner: PrincipalId,
) -> Result<bool, Refusal> {
    for parent in desk.tx.device_parents(desk.who(), object)? {
        let facts = desk.tx.object_facts(desk.who(), parent)?;
        if facts.is_some_and(|facts| facts.owner() == owner) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nothing of the device of an object comes in any more: it is disconnected, or what it speaks through; and the
/// user that owns it, if that is a device's, cannot sign in.
pub(crate) fn is_cut_off<T: Deref<Target = View>>(
    desk: &Desk<T>,
    realm: &RealmRows<'_>,
    object: ObjectId,
) -> Result<bool, Refusal> {
    let Some(facts) = desk.tx.object_facts(desk.who(), object)? else {
        return Ok(false);
    };
    let owner = realm.user(facts.owner())?;
    let signs_in = owner.is_some_and(|user| user.kind == UserKind::Device && user.enabled);
    Ok(!signs_in && desk.tx.is_device_disconnected(desk.who(), object)?)
}
