//! Projects: sandboxed parts of a tenant (R117). Making, showing and ending them, and what is created in them; moves are in
//! [`MoveObject`].
//!
//! A project is a managed object that names itself as its project. Its members are those with permissions on it, which
//! everything in it inherits (R118).

mod moves;

pub use moves::MoveObject;

use crate::desk::{Changing, Desk, Reading};
use crate::inventory::{Written, allow_below, check_size, create_with, written};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::ids::ObjectId;
use model::inventory::{ManagedObject, NewManagedObject, PROJECT};
use model::json::{Json, Object};
use model::limits::CASCADE_MAX;
use model::names::Label;
use policy::operations::inventory::{
    InventoryCreateBelow, InventoryDelete, InventoryList, InventoryRead, InventoryUpdate,
};
use policy::operations::projects::ProjectManage;
use std::ops::Deref;
use store::inventory::InventoryRows;
use store::search::{Search, TooCostly};
use store::view::View;

/// The fragment of a project that says what it is for.
const DESCRIPTION: &str = "description";

/// A project as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectView {
    /// Its managed object.
    pub object: ManagedObject,
    /// The name under which its owner is shown.
    pub owner: String,
    /// What it is for.
    pub description: Option<String>,
    /// How many objects lie in it.
    pub objects: u64,
    /// At most so many may.
    pub objects_max: Option<u64>,
}

fn show<T: Deref<Target = View>>(
    desk: &Desk<T>,
    rows: &InventoryRows<'_>,
    object: ManagedObject,
) -> Result<ProjectView, Refusal> {
    let description = object.fragments.get(DESCRIPTION).and_then(Json::as_str);
    Ok(ProjectView {
        owner: desk.shown_name(object.owner)?,
        description: description.map(str::to_owned),
        objects: rows.objects_in(object.id)?,
        objects_max: rows.quota(object.id)?.map(|quota| quota.objects_max),
        object,
    })
}

/// Lists the projects that the caller may read.
pub struct FindProjects(pub Page);

impl Query for FindProjects {
    type Operation = InventoryList;
    type Answer = Listed<ProjectView>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.inventory(desk.allow::<InventoryList>()?);
        let search = Search {
            kind: Some(PROJECT.to_owned()),
            skip: self.0.skip,
            take: self.0.take,
            count: self.0.count,
            ..Search::default()
        };
        let found = match rows.find(&search, &|_| None)? {
            Ok(found) => found,
            Err(TooCostly) => return Err(Refusal::Invalid(Invalid::QueryTooCostly)),
        };
        let projects = found
            .objects
            .iter()
            .map(|object| show(desk, &rows, object.as_ref().clone()));
        Ok(Listed {
            items: projects.collect::<Result<_, _>>()?,
            total: found.total,
        })
    }
}

/// Reads a project.
pub struct ReadProject(pub ObjectId);

impl Query for ReadProject {
    type Operation = InventoryRead;
    type Answer = ProjectView;

    fn answer(&self, desk: &Reading) -> Result<ProjectView, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.0)?);
        let object = project(rows.object(self.0)?, self.0)?;
        show(desk, &rows, object)
    }
}

/// The object, if it is a project: by these endpoints another one is not there.
fn project(object: Option<ManagedObject>, id: ObjectId) -> Result<ManagedObject, Refusal> {
    let object = object.filter(ManagedObject::is_project);
    object.ok_or(Refusal::Missing(Missing::Object(id)))
}

/// Makes a project. Its creator owns its object, and is no member of it by that.
pub struct CreateProject {
    /// Its name.
    pub name: Label,
    /// What it is for.
    pub description: Option<String>,
    /// At most so many objects may lie in it.
    pub objects_max: Option<u64>,
}

impl Command for CreateProject {
    type Operation = ProjectManage;
    type Answer = ProjectView;

    fn change(&self, desk: &Changing) -> Result<Then<ProjectView>, Refusal> {
        let id = desk.tx.inventory(desk.allow::<ProjectManage>()?).new_id()?;
        let now = desk.now();
        let mut fragments = Object::new();
        if let Some(description) = &self.description {
            fragments.set(DESCRIPTION, description.as_str());
        }
        check_size(&fragments)?;
        let object = ManagedObject {
            id,
            owner: desk.who().id(),
            name: Some(self.name.clone()),
            kind: PROJECT.parse().ok(),
            project: Some(id),
            created: now,
            updated: now,
            fragments,
        };
        let proof = desk.allow::<ProjectManage>()?;
        store::projects::create_project(&desk.tx, proof, object.clone(), self.objects_max)?;
        let note = Note::new("Inventory", "Project created", id);
        desk.note(note.change("quota", None, self.objects_max.map(number)));
        let rows = desk.tx.inventory(desk.allow::<ProjectManage>()?);
        Ok(done(show(desk, &rows.now(), object)?))
    }
}

fn number(number: u64) -> Json {
    Json::String(number.to_string())
}

/// Changes a project: what is absent stays, what is `None` inside is removed.
pub struct UpdateProject {
    /// Which.
    pub id: ObjectId,
    /// A new name.
    pub name: Option<Label>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// At most so many objects may lie in it: a right of those who may make projects.
    pub objects_max: Option<Option<u64>>,
}

impl Command for UpdateProject {
    type Operation = InventoryUpdate;
    /// The project; nothing to those who may not read it (R019).
    type Answer = Option<ProjectView>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryUpdate>(self.id)?);
        let before = project(rows.now().object(self.id)?, self.id)?;
        let quota = rows.now().quota(self.id)?.map(|quota| number(quota.objects_max));
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name = Some(name.clone());
        }
        match &self.description {
            Some(Some(description)) => after.fragments.set(DESCRIPTION, description.as_str()),
            Some(None) => drop(after.fragments.remove(DESCRIPTION)),
            None => {}
        }
        let mut note = crate::inventory::describe(&before, &after);
        if after != before {
            check_size(&after.fragments)?;
            after.updated = desk.now();
            // Whoever may change only some fragments may not add others either.
            let fragments: Vec<_> = after.fragment_names().collect();
            let _ = desk
                .tx
                .inventory(desk.allow_on_with::<InventoryUpdate>(self.id, &fragments)?);
            rows.update(&before, after.clone())?;
        }
        if let Some(objects_max) = self.objects_max {
            let (proof, wanted) = (desk.allow::<ProjectManage>()?, objects_max.map(number));
            if wanted != quota {
                store::projects::set_quota(&desk.tx, proof, self.id, objects_max)?;
                note = note.change("quota", quota, wanted);
            }
        }
        if !note.changes.is_empty() {
            desk.note(Note {
                activity: "Project updated",
                ..note
            });
        }
        let is_shown = desk.may_on::<InventoryRead>(self.id)?;
        let shown = is_shown.then(|| show(desk, &rows.now(), after));
        Ok(done(shown.transpose()?))
    }
}

/// Deletes a project, with all that lies in it if asked.
pub struct DeleteProject {
    /// Which.
    pub id: ObjectId,
    /// Everything in it too.
    pub cascade: bool,
}

impl Command for DeleteProject {
    type Operation = InventoryDelete;
    type Answer = ();
    /// The measurements.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        delete(desk, self.id, self.cascade)?;
        Ok(done(()))
    }
}

/// Deletes a project; gives all that has gone.
pub(crate) fn delete(desk: &Changing, id: ObjectId, cascade: bool) -> Result<Vec<ObjectId>, Refusal> {
    let proof = desk.allow_on::<InventoryDelete>(id)?;
    let contents = store::projects::contents(&desk.tx, &proof, id, CASCADE_MAX)?;
    project(desk.tx.inventory(proof).now().object(id)?, id)?;
    let is_empty = contents.as_ref().is_some_and(Vec::is_empty);
    if !is_empty && !cascade {
        return Err(Refusal::Conflict(Conflict::ProjectNotEmpty));
    }
    let mut going = contents.ok_or(Refusal::Invalid(Invalid::CascadeTooLarge))?;
    going.push(id);
    for object in &going {
        // Each one is decided for itself, as in every cascade.
        let rows = desk
            .tx
            .inventory(allow_below::<InventoryDelete>(desk, id, *object)?);
        let Some(object) = rows.now().object(*object)? else {
            continue;
        };
        crate::leaving::delete_data_of(desk, object.id)?;
        rows.delete(&object)?;
        let activity = match object.is_project() {
            true => "Project deleted",
            false => "Managed object deleted",
        };
        desk.note(Note::new("Inventory", activity, object.id));
    }
    Ok(going)
}

/// Creates an object in a project, by a permission on the project.
pub struct CreateInProject {
    /// Where.
    pub project: ObjectId,
    /// What.
    pub object: NewManagedObject,
}

impl Command for CreateInProject {
    type Operation = InventoryCreateBelow;
    type Answer = Written;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let id = self.project;
        let fragments: Vec<_> = self.object.fragments.names().collect();
        let proof = desk.allow_below::<InventoryCreateBelow>(id, &fragments)?;
        if !is_project(desk, id)? {
            return Err(Refusal::Missing(Missing::Object(id)));
        }
        let object = create_with(desk, &desk.tx.inventory(proof), &self.object, Some(id), None)?;
        Ok(done(written(desk, object)?))
    }
}

/// Whether this is a project; asked after the decision on it.
fn is_project(desk: &Changing, id: ObjectId) -> Result<bool, Refusal> {
    let facts = desk.tx.object_facts(desk.who(), id)?;
    Ok(facts.is_some_and(|object| object.project() == Some(id)))
}
