//! Managed objects: listing, reading, creating, changing, deleting.

mod children;
mod delete;
mod find;
mod update;

pub use children::{AddChildren, ChildTarget, CreateChild, ListChildren, ReadChild, RemoveChildren};
pub use delete::DeleteObject;
pub(crate) use find::find_with;
pub use find::{CountObjects, FindObjects, ObjectPage, Owner};
pub use store::measurements::LatestValues;
pub use store::search::Search;
pub(crate) use update::describe;
pub use update::{EditObject, UpdateObject};

use crate::availability::{Computed, computed};
use crate::desk::{Changing, Desk, Reading};
use crate::note::Note;
use crate::page::Room;
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::registration::Place;
use crate::version::Version;
use crate::work::{Command, Query, Then, done};
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{COLLECTION_TYPE, ChildKind, ManagedObject, NewManagedObject, PROJECT};
use model::json::Object;
use model::limits::{DOCUMENT_BYTES_MAX, FRAGMENTS_MAX};
use model::names::{Label, UserName};
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::inventory::{
    ChildLink, GlobalSet, InventoryCreate, InventoryCreateBelow, InventoryList, InventoryRead,
    InventoryTransfer,
};
use policy::operations::measurements::MeasurementList;
use policy::proof::Allowed;
use std::ops::Deref;
use store::inventory::{InventoryChanges, InventoryRows};
use store::view::View;

/// What is shown beside the object itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Show {
    /// References to children.
    pub children: bool,
    /// Their number.
    pub children_count: bool,
    /// References to parents.
    pub parents: bool,
    /// The groups of devices that it is in, with what groups they are.
    pub groups: bool,
    /// The latest value of each of its series.
    pub latest: bool,
}

impl Show {
    /// Only the object itself.
    pub const NOTHING: Self = Self {
        children: false,
        children_count: false,
        parents: false,
        groups: false,
        latest: false,
    };
}

/// A reference to another object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The other object.
    pub id: ObjectId,
    /// Its name.
    pub name: Option<String>,
    /// That it is a group of devices, and of which type: if that was asked for.
    pub group: Option<Option<Label>>,
}

/// References by one kind of edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Those that the caller may see.
    pub references: Vec<Reference>,
    /// Their number, if it was asked for.
    pub count: Option<usize>,
}

/// A managed object as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectView {
    /// The object.
    pub object: ManagedObject,
    /// The name under which its owner is shown.
    pub owner: String,
    /// Children, by kind of edge in the order of [`ChildKind::ALL`].
    pub children: [References; 3],
    /// Parents, likewise.
    pub parents: [References; 3],
    /// What the platform computes of it.
    pub computed: Computed,
    /// The latest value of each of its series, if they were asked for.
    pub latest: Option<LatestValues>,
    /// Which state of the object this is, where it is shown by itself: not in lists.
    pub version: Option<Version>,
}

/// Shows an object with those neighbours that the caller may see.
pub(crate) fn show(
    desk: &Reading,
    object: ManagedObject,
    what: Show,
    room: &Room,
) -> Result<ObjectView, Refusal> {
    room.take_document(&object.fragments)?;
    let list = desk.tx.inventory(desk.allow::<InventoryList>()?);
    let mut children: [References; 3] = Default::default();
    let mut parents: [References; 3] = Default::default();
    for (place, kind) in ChildKind::ALL.into_iter().enumerate() {
        if what.children || what.children_count {
            let ids = list.children(object.id, kind)?;
            if let Some(shown) = children.get_mut(place) {
                *shown = references(&list, &ids, room, |_| true)?;
                shown.count = what.children_count.then_some(shown.references.len());
                if !what.children {
                    shown.references.clear();
                }
            }
        }
        let in_groups = what.groups && kind == ChildKind::Asset;
        if what.parents || in_groups {
            let ids = list.parents(object.id, kind)?;
            if let Some(shown) = parents.get_mut(place) {
                *shown = references(&list, &ids, room, |parent| what.parents || parent.is_group())?;
                if !in_groups {
                    shown.references.iter_mut().for_each(|parent| parent.group = None);
                }
            }
        }
    }
    let owner = desk.shown_name(object.owner)?;
    let computed = computed(desk, &list, &object)?;
    let latest = match what.latest {
        true => Some(latest(desk, object.id, room)?),
        false => None,
    };
    Ok(ObjectView {
        latest,
        object,
        owner,
        children,
        parents,
        computed,
        version: None,
    })
}

/// What a reference takes besides its name, about, in bytes: mostly its links.
const REFERENCE_BYTES: usize = 256;

fn references(
    list: &InventoryRows<'_>,
    ids: &[ObjectId],
    room: &Room,
    is_wanted: impl Fn(&ManagedObject) -> bool,
) -> Result<References, Refusal> {
    let mut shown = References::default();
    for id in ids {
        // Also for those that are hidden: they are read all the same.
        room.take(REFERENCE_BYTES)?;
        if let Some(object) = list.listed(*id)?.filter(&is_wanted) {
            let group = object.is_group().then(|| object.kind.clone());
            let name = object.name.map(|name| name.to_string());
            room.take(name.as_ref().map_or(0, String::len))?;
            let id = object.id;
            shown.references.push(Reference { id, name, group });
        }
    }
    Ok(shown)
}

/// What of an object's latest values the caller may read: by its rights on the measurements, and not on the object.
fn latest(desk: &Reading, object: ObjectId, room: &Room) -> Result<LatestValues, Refusal> {
    if !desk.may::<MeasurementList>() {
        return Ok(LatestValues::new());
    }
    let rows = desk.tx.measurements(desk.allow::<MeasurementList>()?);
    let found = room.read(|rows_left| rows.latest(object, rows_left))?;
    for ((fragment, series), latest) in &found {
        let unit = latest.unit.as_ref().map_or(0, String::len);
        room.take(REFERENCE_BYTES + fragment.len() + series.len() + unit)?;
    }
    Ok(found)
}

/// An object that has just been created or changed: its neighbours are not shown.
pub(crate) fn bare<T: Deref<Target = View>>(
    desk: &Desk<T>,
    object: ManagedObject,
) -> Result<ObjectView, Refusal> {
    let owner = desk.shown_name(object.owner)?;
    Ok(ObjectView {
        object,
        owner,
        children: Default::default(),
        parents: Default::default(),
        computed: Computed::new(),
        latest: None,
        version: None,
    })
}

/// Reads one object.
pub struct ReadObject {
    /// Which.
    pub id: ObjectId,
    /// What else.
    pub show: Show,
}

impl Query for ReadObject {
    type Operation = InventoryRead;
    type Answer = ObjectView;

    fn answer(&self, desk: &Reading) -> Result<ObjectView, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.id)?);
        let object = rows
            .object(self.id)?
            .ok_or(Refusal::Missing(Missing::Object(self.id)))?;
        // Of what is stored alone: what is shown beside it is nobody's to overwrite.
        let version = Some(Version::of(&rows, &object)?);
        let view = show(desk, object, self.show, &Room::new())?;
        Ok(ObjectView { version, ..view })
    }
}

/// What a command may show of the object that it wrote: everything, or nothing to those who may not read it (R019).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The object.
    Shown(Box<ObjectView>),
    /// Only its id.
    Hidden(ObjectId),
}

impl Written {
    /// Which object it is.
    pub fn id(&self) -> ObjectId {
        match self {
            Self::Shown(view) => view.object.id,
            Self::Hidden(id) => *id,
        }
    }

    /// With the state that the object is in now, for those to whom it is shown.
    fn in_state(mut self, version: Option<Version>) -> Self {
        if let Self::Shown(view) = &mut self {
            view.version = version;
        }
        self
    }
}

/// What was written, for callers who may read it: ADMIN alone does not let them (R019).
pub(crate) fn written(desk: &Changing, object: ManagedObject) -> Result<Written, Refusal> {
    if desk.may_on::<InventoryRead>(object.id)? {
        Ok(Written::Shown(Box::new(bare(desk, object)?)))
    } else {
        Ok(Written::Hidden(object.id))
    }
}

pub(crate) fn check_size(fragments: &Object) -> Result<(), Refusal> {
    if fragments.len() > FRAGMENTS_MAX || fragments.to_string().len() > DOCUMENT_BYTES_MAX {
        return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
    }
    Ok(())
}

/// The right to say who owns an object of this project. It is held for the whole tenant, so inside a project it is one of
/// those who are at home there: a member who owned what others made would stay when it is a member no more.
fn allow_transfer(desk: &Changing, project: Option<ObjectId>) -> Result<(), Refusal> {
    // Spent at once: the proof only shows that the right is there.
    let _ = desk.tx.inventory(desk.allow::<InventoryTransfer>()?);
    match desk.who().home().has(project) {
        true => Ok(()),
        false => Err(Refusal::Forbidden),
    }
}

/// The principal that a client names as owner; naming another than oneself is a right of its own.
fn owner_named(desk: &Changing, name: &UserName, project: Option<ObjectId>) -> Result<PrincipalId, Refusal> {
    if desk.caller().name() == name {
        return Ok(desk.who().id());
    }
    allow_transfer(desk, project)?;
    desk.tx
        .principal_named(desk.who(), name)?
        .ok_or(Refusal::Invalid(Invalid::UnknownOwner))
}

/// Creates an object; its creator owns it unless it may and does name another owner.
pub struct CreateObject(pub NewManagedObject);

impl Command for CreateObject {
    type Operation = InventoryCreate;
    type Answer = Written;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let object = create(desk, &self.0)?;
        Ok(done(written(desk, object)?))
    }
}

pub(crate) fn create(desk: &Changing, new: &NewManagedObject) -> Result<ManagedObject, Refusal> {
    let rows = desk.tx.inventory(desk.allow::<InventoryCreate>()?);
    let Some(place) = Place::of(desk, new)? else {
        return create_with(desk, &rows, new, None, None);
    };
    let object = create_with(desk, &rows, new, place.project(), Some(place.parent()))?;
    place.take(desk, &object)?;
    Ok(object)
}

/// Creates an object that is to hang below another, in the project of that one: by the right to create any, or by a
/// permission on its parent.
pub(crate) fn create_below(
    desk: &Changing,
    parent: ObjectId,
    new: &NewManagedObject,
) -> Result<ManagedObject, Refusal> {
    let fragments: Vec<_> = new.fragments.names().collect();
    let facts = desk.tx.object_facts(desk.who(), parent)?;
    let project = facts.and_then(|parent| parent.project());
    if desk.may::<InventoryCreate>() {
        let rows = desk.tx.inventory(desk.allow::<InventoryCreate>()?);
        let linked = desk.allow_on::<ChildLink>(parent)?;
        return create_with(desk, &rows, new, project, Some(&linked));
    }
    let rows = desk
        .tx
        .inventory(desk.allow_below::<InventoryCreateBelow>(parent, &fragments)?);
    create_with(desk, &rows, new, project, None)
}

/// Creates an object in a project or outside of them; where the right to create does not reach, with the right to link it
/// to its parent there.
pub(crate) fn create_with(
    desk: &Changing,
    rows: &InventoryChanges<'_>,
    new: &NewManagedObject,
    project: Option<ObjectId>,
    linked: Option<&Allowed<ChildLink>>,
) -> Result<ManagedObject, Refusal> {
    let owner = match &new.owner {
        Some(name) => owner_named(desk, name, project)?,
        None => desk.who().id(),
    };
    create_for(desk, rows, new, owner, (project, linked))
}

/// The same for an owner of whom it is known that he may be.
pub(crate) fn create_for(
    desk: &Changing,
    rows: &InventoryChanges<'_>,
    new: &NewManagedObject,
    owner: PrincipalId,
    (project, linked): (Option<ObjectId>, Option<&Allowed<ChildLink>>),
) -> Result<ManagedObject, Refusal> {
    check_size(&new.fragments)?;
    check_type(None, new.kind.as_ref())?;
    if let Some(project) = project
        && rows.room_in(project)? == Some(0)
    {
        return Err(Refusal::Conflict(Conflict::ProjectFull));
    }
    let now = desk.now();
    let object = ManagedObject {
        id: rows.new_id()?,
        owner,
        name: new.name.clone(),
        kind: new.kind.clone(),
        project,
        created: now,
        updated: now,
        fragments: new.fragments.clone(),
    };
    if object.is_global() {
        allow_open_to_all(desk)?;
    }
    match linked {
        Some(parent) => rows.create_linked(object.clone(), parent)?,
        None => rows.create(object.clone())?,
    }
    let mut note = Note::new("Inventory", "Managed object created", object.id);
    if object.is_global() {
        note = note.text("Managed object created, readable by every user of the tenant (c8y_Global)");
    }
    desk.note(note);
    Ok(object)
}

/// The type of projects comes and goes with a project only: lists of projects go by it.
pub(crate) fn check_type(before: Option<&Label>, after: Option<&Label>) -> Result<(), Refusal> {
    let is_project = |kind: Option<&Label>| kind.is_some_and(|kind| kind.as_str() == PROJECT);
    match is_project(before) == is_project(after) {
        true => Ok(()),
        false => Err(Refusal::Invalid(Invalid::ProjectType)),
    }
}

/// The right to open objects to every user of the tenant, beside the right to create or change this one (R037).
pub(crate) fn allow_open_to_all(desk: &Changing) -> Result<(), Refusal> {
    let allowed = desk.allow::<GlobalSet>().map(drop);
    allowed.map_err(|_| Refusal::NotForDevices)
}

/// Refuses a device that would change or delete a collection of templates, its own too: others speak by it.
fn check_not_shared<N: Operation>(desk: &Changing, object: &ManagedObject) -> Result<(), Refusal> {
    match object.kind.as_ref().map(Label::as_str) {
        Some(COLLECTION_TYPE) => refuse_devices::<N>(desk, object.id),
        _ => Ok(()),
    }
}

/// Refuses callers that are devices, and has the refusal logged.
pub(crate) fn refuse_devices<N: Operation>(desk: &Changing, object: ObjectId) -> Result<(), Refusal> {
    if desk.who().kind() != UserKind::Device {
        return Ok(());
    }
    desk.deny::<N>("object", Some(object));
    Err(Refusal::Forbidden)
}

/// The right to delete or move one object of a cascade. A refusal names none below the root: the caller may not know of it.
pub(crate) fn allow_below<N: Operation>(
    desk: &Changing,
    root: ObjectId,
    id: ObjectId,
) -> Result<Allowed<N>, Refusal> {
    desk.allow_on(id).map_err(|refusal| match refusal {
        Refusal::Missing(_) if id != root => Refusal::Forbidden,
        refusal => refusal,
    })
}
