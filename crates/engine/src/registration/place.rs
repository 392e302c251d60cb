//! The place of a registered device: the group that was named when it was let in. It is put there when it creates its
//! object, by the right that whoever let it in has then.

use super::{note, warning};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Invalid, Refusal};
use model::ids::ObjectId;
use model::inventory::{ChildKind, IS_DEVICE, ManagedObject, NewManagedObject};
use model::registration::{DeviceId, Placement};
use model::users::{DEVICE_USER_PREFIX, UserKind};
use policy::decide::{Target, decide};
use policy::facts::{ObjectFacts, Principal};
use policy::operations::inventory::ChildLink;
use policy::operations::registration::DeviceRequestAccept;
use policy::proof::{Allowed, SystemReason};
use store::inventory::LinkRefused;

/// The group that a device is put into, with the right of whoever let it in.
pub(crate) struct Place {
    group: ObjectFacts,
    by: Principal,
    parent: Allowed<ChildLink>,
}

impl Place {
    /// The place of an object that the caller is about to create: of the first device that a registered device makes. If
    /// whoever let it in may not put it there any more, it has no place.
    pub(crate) fn of(desk: &Changing, new: &NewManagedObject) -> Result<Option<Self>, Refusal> {
        let is_own = new
            .owner
            .as_ref()
            .is_none_or(|owner| owner == desk.caller().name());
        if desk.who().kind() != UserKind::Device || !new.fragments.contains(IS_DEVICE) || !is_own {
            return Ok(None);
        }
        let Some(placement) = desk.tx.placement_of(desk.who())? else {
            return Ok(None);
        };
        let place = Self::allowed(desk, placement)?;
        if place.is_none() {
            end(desk);
            let text = format!(
                "The device is in no group: whoever accepted it may not change {} any more",
                placement.group
            );
            desk.note(match device(desk) {
                Some(id) => warning("Device not placed", &id).text(text),
                None => Note::new("DeviceRegistration", "Device not placed", desk.who().id()).text(text),
            });
        }
        Ok(place)
    }

    fn allowed(desk: &Changing, placement: Placement) -> Result<Option<Self>, Refusal> {
        let by = desk.tx.principal(desk.who().tenant(), placement.by)?;
        let Some(by) = by.filter(|by| by.enabled).map(|by| by.principal) else {
            return Ok(None);
        };
        let Some(group) = desk.tx.object_facts(&by, placement.group)? else {
            return Ok(None);
        };
        let parent = decide::<ChildLink>(&by, Target::Object(&group)).ok();
        Ok(parent.map(|parent| Self { group, by, parent }))
    }

    /// The project of the group, in which the object then lies too.
    pub(crate) fn project(&self) -> Option<ObjectId> {
        self.group.project()
    }

    /// The right on the group.
    pub(crate) fn parent(&self) -> &Allowed<ChildLink> {
        &self.parent
    }

    /// Puts the object there.
    pub(crate) fn take(self, desk: &Changing, object: &ManagedObject) -> Result<(), Refusal> {
        link(desk, &self.by, self.group.id(), (desk.who(), object.id))?;
        end(desk);
        if let Some(id) = device(desk) {
            let text = format!(
                "managedObject {} added to the group {}",
                object.id,
                self.group.id()
            );
            desk.note(note("Device placed", &id).text(text));
        }
        Ok(())
    }
}

/// Links an object to a group: by the right of one on the group, and of its owner on the object.
pub(super) fn link(
    desk: &Changing,
    by: &Principal,
    group: ObjectId,
    (owner, object): (&Principal, ObjectId),
) -> Result<(), Refusal> {
    let allowed = |who: &Principal, id| -> Result<Allowed<ChildLink>, Refusal> {
        let facts = desk.tx.object_facts(who, id)?;
        let unknown = Refusal::Invalid(Invalid::UnknownObject(id));
        let facts = facts.ok_or(unknown.clone())?;
        decide(who, Target::Object(&facts)).map_err(|_| unknown)
    };
    let (parent, child) = (allowed(by, group)?, allowed(owner, object)?);
    let linked = desk.tx.inventory(parent).link(group, ChildKind::Asset, &child)?;
    linked.map_err(|refused| {
        Refusal::Invalid(match refused {
            LinkRefused::Cycle => Invalid::Cycle,
            LinkRefused::TooDeep => Invalid::TooDeep,
            LinkRefused::OtherProject => Invalid::OtherProject,
            LinkRefused::Project => Invalid::ProjectPlace,
        })
    })?;
    let text = format!("{object} added to {} of {group}", ChildKind::Asset.container());
    desk.note(Note::new("Inventory", "Child added", group).text(text));
    Ok(())
}

/// The device looks for no place any more.
fn end(desk: &Changing) {
    let who = desk.who();
    let proof = Allowed::<DeviceRequestAccept>::mint_system(who.tenant(), SystemReason::Registration);
    desk.tx.realm(proof).end_placement(who.id());
}

/// The name under which the caller, a device, was registered.
fn device(desk: &Changing) -> Option<DeviceId> {
    let name = desk.caller().name().as_str();
    name.strip_prefix(DEVICE_USER_PREFIX)?.parse().ok()
}
