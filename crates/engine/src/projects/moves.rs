//! Moving an object, with everything below it, into a project, out of one, or from one to another. Its data go along, and
//! who was a member of the old project only loses both with the next request.

use super::is_project;
use crate::desk::Changing;
use crate::inventory::{Written, allow_below, allow_open_to_all, written};
use crate::note::Note;
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::work::{Command, Then, done};
use model::ids::ObjectId;
use model::inventory::ManagedObject;
use model::json::Json;
use model::limits::CASCADE_MAX;
use policy::operations::inventory::{InventoryCreate, InventoryCreateBelow, InventoryRead};
use policy::operations::projects::ProjectMove;
use std::collections::BTreeSet;
use store::projects::{Destination, MoveRefused, move_all};

/// Moves an object with everything below it.
pub struct MoveObject {
    /// Which.
    pub id: ObjectId,
    /// Into this project; nothing: out of every project.
    pub project: Option<ObjectId>,
}

impl Command for MoveObject {
    type Operation = ProjectMove;
    type Answer = Written;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let proof = desk.allow_on::<ProjectMove>(self.id)?;
        let going = store::inventory::cascade(&desk.tx, &proof, self.id, CASCADE_MAX)?;
        let going = going.ok_or(Refusal::Invalid(Invalid::MoveTooLarge))?;
        let objects = self.objects(desk, &going)?;
        let to = self.destination(desk, &objects)?;
        let moving = going
            .iter()
            .map(|id| allow_below::<ProjectMove>(desk, self.id, *id));
        let moving = moving.collect::<Result<_, _>>()?;
        if let Err(refused) = move_all(&desk.tx, moving, to, desk.now())? {
            return Err(told(desk, refused)?);
        }
        let mut root = None;
        for mut object in objects {
            if object.project != self.project {
                desk.note(self.note(&object));
                object.project = self.project;
                object.updated = desk.now();
            }
            root = Some(object).filter(|object| object.id == self.id).or(root);
        }
        let root = root.ok_or(Refusal::Missing(Missing::Object(self.id)))?;
        Ok(done(written(desk, root)?))
    }
}

impl MoveObject {
    /// The objects that are moved. Each is decided for itself; and read too, since a move can be a way to let oneself
    /// read what one may only write.
    fn objects(&self, desk: &Changing, going: &[ObjectId]) -> Result<Vec<ManagedObject>, Refusal> {
        let mut objects = Vec::with_capacity(going.len());
        for id in going {
            let rows = desk.tx.inventory(allow_below::<ProjectMove>(desk, self.id, *id)?);
            desk.require_on::<InventoryRead>(*id)?;
            objects.extend(rows.now().object(*id)?);
        }
        Ok(objects)
    }

    /// The right to create where the objects go to, with all the fragments that they have.
    fn destination(&self, desk: &Changing, objects: &[ManagedObject]) -> Result<Destination, Refusal> {
        let Some(project) = self.project else {
            if objects
                .iter()
                .any(|object| object.project.is_some() && object.is_global())
            {
                allow_open_to_all(desk)?;
            }
            return Ok(Destination::Outside(desk.allow::<InventoryCreate>()?));
        };
        let as_named = |refusal| match refusal {
            Refusal::Missing(_) => Refusal::Invalid(Invalid::UnknownProject(project)),
            refusal => refusal,
        };
        let allow = |fragments: &[&str]| {
            desk.allow_below::<InventoryCreateBelow>(project, fragments)
                .map_err(as_named)
        };
        if objects
            .iter()
            .any(|object| object.fragment_names().next().is_none())
        {
            // Spent at once: the proof for the rest is the one that counts.
            let _ = desk.tx.inventory(allow(&[])?);
        }
        let fragments: BTreeSet<_> = objects.iter().flat_map(ManagedObject::fragment_names).collect();
        let proof = allow(&fragments.into_iter().collect::<Vec<_>>())?;
        match is_project(desk, project)? {
            true => Ok(Destination::Project(proof)),
            false => Err(Refusal::Invalid(Invalid::UnknownProject(project))),
        }
    }

    fn note(&self, object: &ManagedObject) -> Note {
        let shown = |project: Option<ObjectId>| project.map(|id| Json::String(id.to_string()));
        Note::new("Inventory", "Managed object moved", object.id)
            .text("Managed object moved to another project, or out of its project, with its data")
            .change("project", shown(object.project), shown(self.project))
    }
}

/// Why it was not moved. What it hangs below is named only to those who may know of it.
fn told(desk: &Changing, refused: MoveRefused) -> Result<Refusal, Refusal> {
    Ok(match refused {
        MoveRefused::Project => Refusal::Invalid(Invalid::ProjectPlace),
        MoveRefused::Full => Refusal::Conflict(Conflict::ProjectFull),
        MoveRefused::Hangs { object, below } => {
            let is_known = desk.may_on::<InventoryRead>(below)?;
            Refusal::Conflict(Conflict::Hangs {
                object,
                below: is_known.then_some(below),
            })
        }
    })
}
