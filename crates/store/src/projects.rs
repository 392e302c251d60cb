//! Projects as rows: which objects lie in one, how many it may hold, and moving objects from one to another (R117).
//!
//! An object names its project itself; here is the way back, from a project to its objects. Both ends of every edge lie in
//! one project, so nothing above an object belongs to another one. Who may see or move what is decided elsewhere.
//!
//! A project without a quota counts nothing, so creations in it do not conflict. With one, the count is a row that every
//! creation and deletion reads and writes: it is exact, and they come one after the other. Both move the `Below` mark of
//! the project, which stands for its objects as it does for children.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::inventory::{InventoryChanges, InventoryRows, object_key};
use crate::projection::InventoryChange;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::time::Timestamp;
use policy::operations::inventory::{InventoryCreate, InventoryCreateBelow, InventoryDelete};
use policy::operations::projects::{ProjectManage, ProjectMove};
use policy::proof::{Allowed, Reach};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many objects a project may hold, and how many it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// At most.
    pub objects_max: u64,
    /// Now; more than that if the quota was lowered.
    pub objects: u64,
}

/// A project has one of these, whether it has a quota or not.
#[derive(Serialize, Deserialize)]
struct ProjectRow {
    quota: Option<Quota>,
}

rows!(ProjectRow => Project);

fn project_key(tenant: TenantNumber, project: ObjectId) -> Key {
    Key::new(tenant, Table::Project).number(project.number())
}

fn member_key(tenant: TenantNumber, project: ObjectId, object: ObjectId) -> Key {
    objects_prefix(tenant, project).number(object.number())
}

fn objects_prefix(tenant: TenantNumber, project: ObjectId) -> Key {
    Key::new(tenant, Table::ByProject).number(project.number())
}

fn below_mark(tenant: TenantNumber, object: ObjectId) -> Key {
    Key::new(tenant, Table::Below).number(object.number())
}

/// Whether a tenant has any project. A command that has asked runs again if the first one comes or the last one goes:
/// both move the epoch of the rules, which was read with the facts of its principal.
pub(crate) fn has_any(view: &View, tenant: TenantNumber) -> Result<bool, StoreFault> {
    view.any(&Key::new(tenant, Table::Project))
}

/// The objects that lie in a project, without itself, in order of ids.
pub(crate) fn objects_in(
    view: &View,
    tenant: TenantNumber,
    project: ObjectId,
) -> Result<Vec<ObjectId>, StoreFault> {
    let found = view.index(&objects_prefix(tenant, project), Direction::Forward)?;
    Ok(found.into_iter().filter_map(ObjectId::new).collect())
}

impl InventoryRows<'_> {
    /// How many objects lie in a project within reach.
    pub fn objects_in(&self, project: ObjectId) -> Result<u64, StoreFault> {
        match self.quota(project)? {
            Some(quota) => Ok(quota.objects),
            None if self.object(project)?.is_some() => {
                Ok(objects_in(self.view, self.tenant, project)?.len() as u64)
            }
            None => Ok(0),
        }
    }

    /// The quota of a project within reach.
    pub fn quota(&self, project: ObjectId) -> Result<Option<Quota>, StoreFault> {
        if self.object(project)?.is_none() {
            return Ok(None);
        }
        let row = self.view.row::<ProjectRow>(&project_key(self.tenant, project))?;
        Ok(row.and_then(|row| row.quota))
    }
}

/// The projects of one tenant in a command.
#[derive(Clone, Copy)]
pub(crate) struct Projects<'t> {
    pub(crate) tx: &'t WriteTx,
    pub(crate) tenant: TenantNumber,
}

impl Projects<'_> {
    fn row(self, project: ObjectId) -> Result<ProjectRow, StoreFault> {
        let row = self.tx.view.row(&project_key(self.tenant, project))?;
        row.ok_or(StoreFault::Inconsistent {
            tenant: self.tenant,
            what: "the row of a project",
        })
    }

    /// How many more objects a project may take; nothing if there is no bound.
    pub(crate) fn room_in(self, project: ObjectId) -> Result<Option<u64>, StoreFault> {
        let quota = self.row(project)?.quota;
        Ok(quota.map(|quota| quota.objects_max.saturating_sub(quota.objects)))
    }

    /// Enters an object among those of its project, if it has one. The caller has seen that there is room.
    pub(crate) fn enter(self, object: &ManagedObject) -> Result<(), StoreFault> {
        let Some(project) = object.project.filter(|_| !object.is_project()) else {
            return Ok(());
        };
        if self.room_in(project)? == Some(0) {
            return Err(StoreFault::OutOfReach {
                tenant: self.tenant,
                what: "a place in a full project",
            });
        }
        self.tx.put_index(&member_key(self.tenant, project, object.id))?;
        self.count(project, |objects| objects + 1)
    }

    /// Takes an object from its project, if it has one.
    pub(crate) fn leave(self, object: &ManagedObject) -> Result<(), StoreFault> {
        let Some(project) = object.project.filter(|_| !object.is_project()) else {
            return Ok(());
        };
        self.tx.delete(&member_key(self.tenant, project, object.id));
        self.count(project, |objects| objects.saturating_sub(1))
    }

    fn count(self, project: ObjectId, step: impl FnOnce(u64) -> u64) -> Result<(), StoreFault> {
        self.tx.put_index(&below_mark(self.tenant, project))?;
        let Some(mut quota) = self.row(project)?.quota else {
            return Ok(());
        };
        quota.objects = step(quota.objects);
        self.put(project, Some(quota))
    }

    fn put(self, project: ObjectId, quota: Option<Quota>) -> Result<(), StoreFault> {
        self.tx
            .put(&project_key(self.tenant, project), &ProjectRow { quota })
    }

    /// Removes the row of a project that is being deleted; it must be empty.
    pub(crate) fn end(self, project: ObjectId) -> Result<(), StoreFault> {
        if self.tx.view.any(&objects_prefix(self.tenant, project))? {
            return Err(StoreFault::OutOfReach {
                tenant: self.tenant,
                what: "a project that holds objects",
            });
        }
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.delete(&project_key(self.tenant, project));
        Ok(())
    }
}

/// Stores a new project.
pub fn create_project(
    tx: &WriteTx,
    proof: Allowed<ProjectManage>,
    project: ManagedObject,
    objects_max: Option<u64>,
) -> Result<(), StoreFault> {
    let rows = tx.inventory(proof);
    let quota = objects_max.map(|objects_max| Quota {
        objects_max,
        objects: 0,
    });
    // The principals of the tenant are told whether it has projects.
    tx.moves(tx.tenant, Epoch::Rules);
    rows.projects().put(project.id, quota)?;
    rows.create_project(project)
}

/// Says how many objects a project may hold, or that there is no bound. One that holds more keeps them.
pub fn set_quota(
    tx: &WriteTx,
    proof: Allowed<ProjectManage>,
    project: ObjectId,
    objects_max: Option<u64>,
) -> Result<(), StoreFault> {
    let projects = tx.inventory(proof).projects();
    projects.row(project)?;
    let Some(objects_max) = objects_max else {
        return projects.put(project, None);
    };
    // What comes or goes before this commits makes it count again.
    tx.view.watch(&below_mark(tx.tenant, project))?;
    let objects = objects_in(&tx.view, tx.tenant, project)?.len() as u64;
    projects.put(project, Some(Quota { objects_max, objects }))
}

/// Where objects are moved to, by the right to create there.
pub enum Destination {
    /// Out of every project.
    Outside(Allowed<InventoryCreate>),
    /// Into this project.
    Project(Allowed<InventoryCreateBelow>),
}

/// Why objects were not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveRefused {
    /// A project cannot lie in another one.
    Project,
    /// One of them hangs below something that stays.
    Hangs {
        /// Which.
        object: ObjectId,
        /// Below this.
        below: ObjectId,
    },
    /// The project has no room for them.
    Full,
}

/// Moves objects, each with a proof of its own, that hang on each other and on nothing else.
pub fn move_all(
    tx: &WriteTx,
    moving: Vec<Allowed<ProjectMove>>,
    to: Destination,
    now: Timestamp,
) -> Result<Result<(), MoveRefused>, StoreFault> {
    let to = project_of(tx, to)?;
    let mut objects = Vec::with_capacity(moving.len());
    for proof in moving {
        objects.push(moved(tx, proof)?);
    }
    if objects.iter().any(ManagedObject::is_project) {
        return Ok(Err(MoveRefused::Project));
    }
    let ids: BTreeSet<_> = objects.iter().map(|object| object.id).collect();
    for id in &ids {
        if let Some(below) = hangs_below(tx, *id, &ids)? {
            return Ok(Err(MoveRefused::Hangs { object: *id, below }));
        }
    }
    let projects = Projects {
        tx,
        tenant: tx.tenant,
    };
    let staying = objects.iter().filter(|object| object.project == to).count();
    let coming = (objects.len() - staying) as u64;
    if let Some(project) = to
        && projects.room_in(project)?.is_some_and(|room| room < coming)
    {
        return Ok(Err(MoveRefused::Full));
    }
    for before in objects.into_iter().filter(|object| object.project != to) {
        projects.leave(&before)?;
        let after = ManagedObject {
            project: to,
            updated: now,
            ..before
        };
        projects.enter(&after)?;
        tx.put(&object_key(tx.tenant, after.id), &after)?;
        tx.moves(tx.tenant, Epoch::Inventory);
        tx.pending
            .borrow_mut()
            .inventory
            .push(InventoryChange::Put(Arc::new(after)));
    }
    Ok(Ok(()))
}

/// The project that a right to create is for.
fn project_of(tx: &WriteTx, to: Destination) -> Result<Option<ObjectId>, StoreFault> {
    let wrong = StoreFault::OutOfReach {
        tenant: tx.tenant,
        what: "the destination of a move",
    };
    match to {
        Destination::Outside(proof) if proof.tenant() == tx.tenant && *proof.reach() == Reach::Tenant => {
            Ok(None)
        }
        Destination::Project(proof) if proof.tenant() == tx.tenant => {
            let Reach::Below(project) = *proof.reach() else {
                return Err(wrong);
            };
            let object = tx.view.row::<ManagedObject>(&object_key(tx.tenant, project))?;
            match object.is_some_and(|object| object.is_project()) {
                true => Ok(Some(project)),
                false => Err(wrong),
            }
        }
        Destination::Outside(_) | Destination::Project(_) => Err(wrong),
    }
}

/// The object of a proof.
fn moved(tx: &WriteTx, proof: Allowed<ProjectMove>) -> Result<ManagedObject, StoreFault> {
    let Reach::Object(id) = *proof.reach() else {
        return Err(StoreFault::OutOfReach {
            tenant: tx.tenant,
            what: "an object to be moved",
        });
    };
    let object = tx.inventory(proof).now().object(id)?;
    object.ok_or(StoreFault::Inconsistent {
        tenant: tx.tenant,
        what: "an object to be moved",
    })
}

/// A parent of an object that is not among those that are moved. What hangs below it is: the caller has listed it. A move
/// whose edges change before it commits is made again.
fn hangs_below(
    tx: &WriteTx,
    object: ObjectId,
    moving: &BTreeSet<ObjectId>,
) -> Result<Option<ObjectId>, StoreFault> {
    for mark in [Table::Above, Table::Below] {
        tx.view
            .watch(&Key::new(tx.tenant, mark).number(object.number()))?;
    }
    let edges = InventoryRows::new(&tx.view, None, tx.tenant, &Reach::Object(object));
    for kind in ChildKind::ALL {
        let parent = edges
            .parents(object, kind)?
            .into_iter()
            .find(|parent| !moving.contains(parent));
        if parent.is_some() {
            return Ok(parent);
        }
        if edges
            .children(object, kind)?
            .iter()
            .any(|child| !moving.contains(child))
        {
            return Err(StoreFault::Inconsistent {
                tenant: tx.tenant,
                what: "what hangs below an object to be moved",
            });
        }
    }
    Ok(None)
}

impl InventoryChanges<'_> {
    /// How many more objects a project may take; nothing if there is no bound.
    pub fn room_in(&self, project: ObjectId) -> Result<Option<u64>, StoreFault> {
        self.projects().room_in(project)
    }
}

/// What lies in a project that is to be deleted, in order of ids; more than the limit gives nothing. What comes before
/// this commits makes it be listed again.
pub fn contents(
    tx: &WriteTx,
    proof: &Allowed<InventoryDelete>,
    project: ObjectId,
    limit: usize,
) -> Result<Option<Vec<ObjectId>>, StoreFault> {
    if *proof.reach() != Reach::Object(project) || proof.tenant() != tx.tenant {
        return Err(StoreFault::OutOfReach {
            tenant: tx.tenant,
            what: "the objects of a project",
        });
    }
    tx.view.watch(&below_mark(tx.tenant, project))?;
    let objects = objects_in(&tx.view, tx.tenant, project)?;
    Ok((objects.len() <= limit).then_some(objects))
}
