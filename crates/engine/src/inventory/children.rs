//! The edges between objects: listing children, linking and unlinking them.

use super::find::find;
use super::{ObjectPage, ObjectView, Show, Written, create_below, show, written};
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::Room;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::ids::ObjectId;
use model::inventory::{ChildKind, NewManagedObject};
use policy::operations::inventory::{ChildLink, ChildUnlink, InventoryList, InventoryRead};
use store::inventory::LinkRefused;
use store::search::Search;

/// Lists the children of an object that the caller may see.
pub struct ListChildren {
    /// The parent.
    pub parent: ObjectId,
    /// By which kind of edge.
    pub kind: ChildKind,
    /// Which of them: page and query.
    pub search: Search,
    /// What else is shown of each.
    pub show: Show,
}

impl Query for ListChildren {
    type Operation = InventoryRead;
    type Answer = ObjectPage;

    fn answer(&self, desk: &Reading) -> Result<ObjectPage, Refusal> {
        // Spent at once: whoever may read the parent may ask for the list; what is in it, the list's own proof says.
        let _ = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.parent)?);
        let search = Search {
            child_of: Some((self.kind, self.parent)),
            ..self.search.clone()
        };
        let found = find(desk, &search, &None, None)?;
        let room = Room::new();
        let objects = found
            .objects
            .iter()
            .map(|object| show(desk, object.as_ref().clone(), self.show, &room));
        Ok(ObjectPage {
            objects: objects.collect::<Result<_, _>>()?,
            total: found.total,
        })
    }
}

/// Reads one child through its parent.
pub struct ReadChild {
    /// The parent.
    pub parent: ObjectId,
    /// By which kind of edge.
    pub kind: ChildKind,
    /// The child.
    pub child: ObjectId,
}

impl Query for ReadChild {
    type Operation = InventoryRead;
    type Answer = ObjectView;

    fn answer(&self, desk: &Reading) -> Result<ObjectView, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.parent)?);
        let is_child = rows.is_child(self.parent, self.kind, self.child)?;
        let list = desk.tx.inventory(desk.allow::<InventoryList>()?);
        let child = if is_child { list.object(self.child)? } else { None };
        let child = child.ok_or(not_a_child(self.parent, self.kind, self.child))?;
        show(
            desk,
            child,
            Show {
                children: true,
                ..Show::NOTHING
            },
            &Room::new(),
        )
    }
}

fn not_a_child(parent: ObjectId, kind: ChildKind, child: ObjectId) -> Refusal {
    Refusal::Invalid(Invalid::NotAChild { parent, kind, child })
}

/// Where children are added.
#[derive(Debug, Clone, Copy)]
pub struct ChildTarget {
    /// The parent.
    pub parent: ObjectId,
    /// By which kind of edge.
    pub kind: ChildKind,
}

impl ChildTarget {
    /// Links one child: needed on both ends, so that nobody gains rights on a foreign object by taking it in (R022).
    pub(crate) fn link(self, desk: &Changing, child: ObjectId) -> Result<(), Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<ChildLink>(self.parent)?);
        let of_child = desk.allow_on::<ChildLink>(child)?;
        match rows.link(self.parent, self.kind, &of_child)? {
            Ok(()) => {}
            Err(LinkRefused::Cycle) => return Err(Refusal::Invalid(Invalid::Cycle)),
            Err(LinkRefused::TooDeep) => return Err(Refusal::Invalid(Invalid::TooDeep)),
            Err(LinkRefused::OtherProject) => return Err(Refusal::Invalid(Invalid::OtherProject)),
            Err(LinkRefused::Project) => return Err(Refusal::Invalid(Invalid::ProjectPlace)),
        }
        let text = format!("{child} added to {} of {}", self.kind.container(), self.parent);
        desk.note(Note::new("Inventory", "Child added", self.parent).text(text));
        Ok(())
    }
}

/// Adds existing objects as children: all, or none.
pub struct AddChildren {
    /// Where.
    pub target: ChildTarget,
    /// Which.
    pub children: Vec<ObjectId>,
}

impl Command for AddChildren {
    type Operation = ChildLink;
    type Answer = Vec<Written>;

    fn change(&self, desk: &Changing) -> Result<Then<Vec<Written>>, Refusal> {
        let mut answer = Vec::with_capacity(self.children.len());
        // The parent is decided first: without it, nothing is told about the children.
        let _ = desk.tx.inventory(desk.allow_on::<ChildLink>(self.target.parent)?);
        for child in &self.children {
            self.target.link(desk, *child)?;
            let rows = desk.tx.inventory(desk.allow_on::<ChildLink>(*child)?);
            let object = rows
                .now()
                .object(*child)?
                .ok_or(Refusal::Missing(Missing::Object(*child)))?;
            answer.push(written(desk, object)?);
        }
        Ok(done(answer))
    }
}

/// Creates an object as a child, in one step.
pub struct CreateChild {
    /// Where.
    pub target: ChildTarget,
    /// What.
    pub object: NewManagedObject,
}

impl Command for CreateChild {
    type Operation = ChildLink;
    type Answer = Written;

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        let _ = desk.tx.inventory(desk.allow_on::<ChildLink>(self.target.parent)?);
        let object = create_below(desk, self.target.parent, &self.object)?;
        self.target.link(desk, object.id)?;
        Ok(done(written(desk, object)?))
    }
}

/// Ends edges: needed on one end of each.
pub struct RemoveChildren {
    /// From where.
    pub target: ChildTarget,
    /// Which.
    pub children: Vec<ObjectId>,
}

impl Command for RemoveChildren {
    type Operation = ChildUnlink;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let ChildTarget { parent, kind } = self.target;
        for child in &self.children {
            // The right on the child's end serves as well; a refusal speaks of the parent.
            let end = match desk.allow_on::<ChildUnlink>(parent) {
                Ok(proof) => proof,
                Err(refusal) => desk.allow_on::<ChildUnlink>(*child).map_err(|_| refusal)?,
            };
            if !store::inventory::unlink(&desk.tx, end, parent, kind, *child)? {
                return Err(not_a_child(parent, kind, *child));
            }
            let text = format!("{child} removed from {} of {parent}", kind.container());
            desk.note(Note::new("Inventory", "Child removed", parent).text(text));
        }
        Ok(done(()))
    }
}
