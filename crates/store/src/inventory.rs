//! Managed objects and the doors to them and their edges: reading and changing within the reach of a proof.
//!
//! What a change touches is checked against the reach here once more, whatever the behaviour above has asked.

mod parents;
mod tree;

pub(crate) use parents::KnownParents;
pub use tree::LinkRefused;
pub(crate) use tree::{INHERITING, children_in_rows, descendants, line_above, line_by, visit_edges};

use crate::availability::{self, Heard};
use crate::backend::Direction;
use crate::binaries;
use crate::change::Epoch;
use crate::covered::Covered;
use crate::disconnection;
use crate::external_ids;
use crate::fault::StoreFault;
use crate::feed::{Action, What};
use crate::grants;
use crate::notifications;
use crate::projection::{InventoryChange, Projections};
use crate::projects::Projects;
use crate::remote_access;
use crate::rows::{Key, Table, last_number, rows};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use model::identity::ExternalId;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::json::Object;
use policy::operation::Operation;
use policy::operations::inventory::{ChildLink, ChildUnlink};
use policy::proof::{Allowed, Reach};
use policy::tables::{Inventory, Write};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use tree::{Edges, child_key, neighbours};

rows!(ManagedObject => Object);

pub(crate) fn object_key(tenant: TenantNumber, id: ObjectId) -> Key {
    Key::new(tenant, Table::Object).number(id.number())
}

fn global_key(tenant: TenantNumber, id: ObjectId) -> Key {
    Key::new(tenant, Table::Global).number(id.number())
}

/// The objects with `c8y_Global`, in order of ids.
pub(crate) fn global_objects(view: &View, tenant: TenantNumber) -> Result<Vec<ObjectId>, StoreFault> {
    let found = view.index(&Key::new(tenant, Table::Global), Direction::Forward)?;
    Ok(found.into_iter().filter_map(ObjectId::new).collect())
}

fn owner_key(tenant: TenantNumber, object: &ManagedObject) -> Key {
    Key::new(tenant, Table::ByOwner)
        .number(object.owner.number())
        .number(object.id.number())
}

/// Visits every object of a tenant while the visitor says yes; tells whether it said yes to all. A row that breaks its
/// seal is reported and passed over: the others keep working.
pub(crate) fn visit_all(
    view: &View,
    tenant: TenantNumber,
    mut visit: impl FnMut(ManagedObject) -> bool,
) -> Result<bool, StoreFault> {
    let prefix = Key::new(tenant, Table::Object);
    let mut all = true;
    view.scan_range(
        tenant,
        Table::Object,
        &prefix.prefix(),
        Direction::Forward,
        |key, sealed| {
            match view.open::<ManagedObject>(tenant, Table::Object, key, sealed) {
                Ok(object) => all = visit(object),
                Err(fault @ (StoreFault::Broken { .. } | StoreFault::Unreadable { .. })) => {
                    tracing::error!(%fault, object = last_number(key), "a managed object cannot be read");
                }
                Err(fault) => return Err(fault),
            }
            Ok(if all {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        },
    )?;
    Ok(all)
}

/// The inventory, to read within a reach.
pub struct InventoryRows<'t> {
    pub(crate) view: &'t View,
    pub(crate) projections: Option<&'t Projections>,
    pub(crate) tenant: TenantNumber,
    pub(crate) within: Within<'t>,
    /// Messages that are not written yet; a command does not depend on them.
    pub(crate) heard: Option<&'t Heard>,
    /// What the platform computes of an object, by the name of the property, for queries.
    pub(crate) computed: Option<Computes<'t>>,
}

/// Computes a property of an object as the caller may see it.
pub type Computes<'a> = &'a dyn Fn(&ManagedObject, &str) -> Option<Object>;

/// What lies within the reach of a proof.
pub(crate) enum Within<'t> {
    /// Every object.
    Tenant,
    /// This one.
    Object(ObjectId),
    /// Those that are owned or covered by permissions.
    Covered(Box<Covered<'t>>),
    /// None that is there.
    Nothing,
}

impl<'t> Within<'t> {
    fn new(view: &'t View, tenant: TenantNumber, reach: &Reach) -> Self {
        match reach {
            Reach::Tenant => Self::Tenant,
            Reach::Object(object) => Self::Object(*object),
            // What is still to be made, or a part of an object's data, is no object.
            Reach::Below(_) | Reach::Part { .. } => Self::Nothing,
            Reach::Mine(mine) => Self::Covered(Box::new(Covered::new(view, tenant, mine.clone()))),
        }
    }

    fn is_only(&self, object: ObjectId) -> bool {
        matches!(self, Self::Object(only) if *only == object)
    }
}

impl<'t> InventoryRows<'t> {
    pub(crate) fn new(
        view: &'t View,
        projections: Option<&'t Projections>,
        tenant: TenantNumber,
        reach: &Reach,
    ) -> Self {
        Self {
            view,
            projections,
            tenant,
            within: Within::new(view, tenant, reach),
            heard: None,
            computed: None,
        }
    }

    /// With the messages that are not written yet.
    pub(crate) fn with_heard(self, heard: &'t Heard) -> Self {
        Self {
            heard: Some(heard),
            ..self
        }
    }

    /// With what the platform computes, so that queries can ask for it.
    pub fn with_computed(self, computed: Computes<'t>) -> Self {
        Self {
            computed: Some(computed),
            ..self
        }
    }

    /// Whether every object is within reach.
    pub(crate) fn is_tenant_wide(&self) -> bool {
        matches!(self.within, Within::Tenant)
    }

    pub(crate) fn reaches(&self, object: &ManagedObject) -> Result<bool, StoreFault> {
        Ok(match &self.within {
            Within::Tenant => true,
            Within::Object(id) => object.id == *id,
            Within::Nothing => false,
            Within::Covered(covered) => {
                covered.opens(object)? || covered.on(object)?.covers(object.fragment_names())
            }
        })
    }

    /// An object within reach, for a list: one that cannot be read is reported and passed over, so that it does not
    /// take the list with it.
    pub fn listed(&self, id: ObjectId) -> Result<Option<ManagedObject>, StoreFault> {
        Ok(unless_broken(self.object(id))?.flatten())
    }

    /// An object within reach.
    pub fn object(&self, id: ObjectId) -> Result<Option<ManagedObject>, StoreFault> {
        match self.view.row::<ManagedObject>(&object_key(self.tenant, id))? {
            Some(object) if self.reaches(&object)? => Ok(Some(object)),
            _ => Ok(None),
        }
    }

    /// The children of an object by one kind of edge, in order of ids. Whether each may be shown is for a list's proof
    /// to say.
    pub fn children(&self, parent: ObjectId, kind: ChildKind) -> Result<Vec<ObjectId>, StoreFault> {
        neighbours(self.view, self.tenant, Table::Child, parent, kind)
    }

    /// The parents of an object by one kind of edge, in order of ids.
    pub fn parents(&self, child: ObjectId, kind: ChildKind) -> Result<Vec<ObjectId>, StoreFault> {
        neighbours(self.view, self.tenant, Table::Parent, child, kind)
    }

    /// Whether the edge is there.
    pub fn is_child(&self, parent: ObjectId, kind: ChildKind, child: ObjectId) -> Result<bool, StoreFault> {
        self.view.contains(&child_key(self.tenant, parent, kind, child))
    }

    /// An object and everything below it by these kinds of edges; nothing if there is more than `most` below. Whether the
    /// data of each may be shown is for its table to say.
    pub fn with_below(
        &self,
        root: ObjectId,
        kinds: &[ChildKind],
        most: usize,
    ) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        let mut found = descendants(self.view, self.tenant, root, kinds, most)?;
        if let Some(found) = &mut found {
            found.insert(root);
        }
        Ok(found)
    }

    /// Everything below an object by child devices and assets, each once.
    pub fn descendants(&self, root: ObjectId) -> Result<BTreeSet<ObjectId>, StoreFault> {
        Ok(descendants(self.view, self.tenant, root, &INHERITING, usize::MAX)?.unwrap_or_default())
    }

    /// Everything that rights on an object reach: itself, what hangs below it, and what lies in it if it is a project;
    /// nothing if there is more than `most`.
    pub fn reached_from(
        &self,
        root: ObjectId,
        most: usize,
    ) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        let Some(mut reached) = descendants(self.view, self.tenant, root, &INHERITING, most)? else {
            return Ok(None);
        };
        reached.insert(root);
        reached.extend(crate::projects::objects_in(self.view, self.tenant, root)?);
        Ok((reached.len() <= most).then_some(reached))
    }

    /// The external ids of an object within reach.
    pub fn external_ids(&self, object: ObjectId) -> Result<Vec<ExternalId>, StoreFault> {
        if !self.covers(object)? {
            return Ok(Vec::new());
        }
        external_ids::of_object(self.view, self.tenant, object)
    }

    /// An external id of an object within reach, by type and value.
    pub fn external_id(&self, kind: &str, value: &str) -> Result<Option<ExternalId>, StoreFault> {
        let key = external_ids::key(&self.view.keys, self.tenant, kind, value)?;
        match self.view.row::<ExternalId>(&key)? {
            Some(id) if self.covers(id.object)? => Ok(Some(id)),
            _ => Ok(None),
        }
    }

    /// Whether the object of this id is within reach.
    fn covers(&self, id: ObjectId) -> Result<bool, StoreFault> {
        match &self.within {
            Within::Tenant => Ok(true),
            Within::Object(reached) => Ok(id == *reached),
            Within::Nothing => Ok(false),
            Within::Covered(_) => Ok(self.object(id)?.is_some()),
        }
    }
}

/// The inventory, to change.
pub struct InventoryChanges<'t> {
    pub(crate) tx: &'t WriteTx,
    pub(crate) tenant: TenantNumber,
    pub(crate) reach: Reach,
}

impl<'t> InventoryChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber, reach: Reach) -> Self {
        Self { tx, tenant, reach }
    }

    /// What is there now; the committer refuses the change if it moves.
    pub fn now(&self) -> InventoryRows<'t> {
        InventoryRows::new(&self.tx.view, None, self.tenant, &self.reach)
    }

    /// A new object id.
    pub fn new_id(&self) -> Result<ObjectId, StoreFault> {
        self.tx.ids.object(self.tenant)
    }

    /// Stores a new object under an id from [`Self::new_id`].
    pub fn create(&self, object: ManagedObject) -> Result<(), StoreFault> {
        let project = match self.reach {
            Reach::Tenant => None,
            Reach::Below(parent) => self.project_of(parent)?,
            _ => return Err(self.out_of_reach("a new object")),
        };
        self.create_in(project, object)
    }

    /// The same for an object that is to be linked to a parent, by the right to create any: it lies in the parent's
    /// project, where that right alone does not reach.
    pub fn create_linked(
        &self,
        object: ManagedObject,
        parent: &Allowed<ChildLink>,
    ) -> Result<(), StoreFault> {
        match (&self.reach, parent.reach()) {
            (Reach::Tenant, Reach::Object(id)) if parent.tenant() == self.tenant => {
                self.create_in(self.project_of(*id)?, object)
            }
            _ => Err(self.out_of_reach("a new object")),
        }
    }

    fn project_of(&self, object: ObjectId) -> Result<Option<ObjectId>, StoreFault> {
        let row = self
            .tx
            .view
            .row::<ManagedObject>(&object_key(self.tenant, object))?;
        Ok(row.and_then(|object| object.project))
    }

    fn create_in(&self, project: Option<ObjectId>, object: ManagedObject) -> Result<(), StoreFault> {
        if object.project != project || object.is_project() {
            return Err(self.out_of_reach("the project of a new object"));
        }
        self.projects().enter(&object)?;
        self.add(object)
    }

    /// Stores a new project; its row is there.
    pub(crate) fn create_project(&self, project: ManagedObject) -> Result<(), StoreFault> {
        if self.reach != Reach::Tenant || !project.is_project() {
            return Err(self.out_of_reach("a new project"));
        }
        self.add(project)
    }

    pub(crate) fn projects(&self) -> Projects<'t> {
        Projects {
            tx: self.tx,
            tenant: self.tenant,
        }
    }

    fn add(&self, object: ManagedObject) -> Result<(), StoreFault> {
        self.tx.put_index(&owner_key(self.tenant, &object))?;
        if object.is_global() {
            self.tx.put_index(&global_key(self.tenant, object.id))?;
        }
        availability::watch(self.tx, self.tenant, None, &object)?;
        self.put(object, Action::Created)
    }

    /// Stores a changed object. `before` is the object as it was read here.
    pub fn update(&self, before: &ManagedObject, object: ManagedObject) -> Result<(), StoreFault> {
        self.must_reach(before)?;
        if before.id != object.id || before.project != object.project {
            return Err(self.out_of_reach("another object"));
        }
        if before.owner != object.owner {
            self.tx.delete(&owner_key(self.tenant, before));
            self.tx.put_index(&owner_key(self.tenant, &object))?;
        }
        match (before.is_global(), object.is_global()) {
            (false, true) => self.tx.put_index(&global_key(self.tenant, object.id))?,
            (true, false) => self.tx.delete(&global_key(self.tenant, object.id)),
            _ => {}
        }
        availability::watch(self.tx, self.tenant, Some(before), &object)?;
        self.put(object, Action::Updated)
    }

    fn put(&self, object: ManagedObject, action: Action) -> Result<(), StoreFault> {
        self.tx.happens(object.id, What::Object, action);
        self.tx.put(&object_key(self.tenant, object.id), &object)?;
        self.note(InventoryChange::Put(Arc::new(object)));
        Ok(())
    }

    fn note(&self, change: InventoryChange) {
        self.tx.moves(self.tenant, Epoch::Inventory);
        self.tx.pending.borrow_mut().inventory.push(change);
    }

    /// Removes an object with its edges, its external ids, everybody's rights on it and the file that it stands for. Its
    /// data is removed through tables of its own.
    pub fn delete(&self, object: &ManagedObject) -> Result<(), StoreFault> {
        self.must_reach(object)?;
        self.edges().delete_all_of(object.id)?;
        if object.is_project() {
            self.projects().end(object.id)?;
        }
        self.projects().leave(object)?;
        for id in external_ids::of_object(&self.tx.view, self.tenant, object.id)? {
            external_ids::delete(self.tx, self.tenant, &id)?;
        }
        grants::delete_on(self.tx, self.tenant, object.id)?;
        notifications::leave(self.tx, self.tenant, object.id)?;
        binaries::release_of(self.tx, self.tenant, object.id)?;
        self.tx.delete(&owner_key(self.tenant, object));
        self.tx.delete(&global_key(self.tenant, object.id));
        availability::forget(self.tx, self.tenant, object.id);
        disconnection::forget(self.tx, self.tenant, object.id);
        remote_access::forget(self.tx, self.tenant, object.id)?;
        self.tx.delete(&object_key(self.tenant, object.id));
        self.tx.happens(object.id, What::Object, Action::Deleted);
        self.note(InventoryChange::Delete(object.id));
        Ok(())
    }

    fn edges(&self) -> Edges<'t> {
        Edges {
            tx: self.tx,
            tenant: self.tenant,
        }
    }

    /// Makes `child` a child of this proof's object. Both ends were allowed: this proof and the child's.
    pub fn link(
        &self,
        parent: ObjectId,
        kind: ChildKind,
        child: &Allowed<ChildLink>,
    ) -> Result<Result<(), LinkRefused>, StoreFault> {
        let Reach::Object(child_id) = *child.reach() else {
            return Err(self.out_of_reach("the child"));
        };
        if !self.now().within.is_only(parent) || child.tenant() != self.tenant {
            return Err(self.out_of_reach("an end of the edge"));
        }
        let [parent_end, child_end] = [self.end_of_edge(parent)?, self.end_of_edge(child_id)?];
        if child_end.is_project() {
            return Ok(Err(LinkRefused::Project));
        }
        if parent_end.project != child_end.project {
            return Ok(Err(LinkRefused::OtherProject));
        }
        self.edges().link(parent, kind, child_id)
    }

    /// Noted as read: an end that goes before this commits takes the edge with it, and one that is moved away too.
    fn end_of_edge(&self, end: ObjectId) -> Result<ManagedObject, StoreFault> {
        let end = self.tx.view.row::<ManagedObject>(&object_key(self.tenant, end))?;
        end.ok_or(StoreFault::Inconsistent {
            tenant: self.tenant,
            what: "an end of the edge",
        })
    }

    /// Whether an external id is bound, to whichever object: its uniqueness tells that much and no more.
    pub fn is_external_id_bound(&self, kind: &str, value: &str) -> Result<bool, StoreFault> {
        self.tx
            .view
            .contains(&external_ids::key(&self.tx.view.keys, self.tenant, kind, value)?)
    }

    /// Binds an external id to an object within reach; the caller has seen that it is free.
    pub fn create_external_id(&self, id: &ExternalId) -> Result<(), StoreFault> {
        if self.now().object(id.object)?.is_none() {
            return Err(self.out_of_reach("the object of an external id"));
        }
        external_ids::put(self.tx, self.tenant, id)?;
        self.edges().hang_on(id.object)
    }

    /// Frees an external id of an object within reach. `id` is the row as it was read here.
    pub fn delete_external_id(&self, id: &ExternalId) -> Result<(), StoreFault> {
        if self
            .now()
            .external_id(id.kind.as_str(), id.value.as_str())?
            .as_ref()
            != Some(id)
        {
            return Err(self.out_of_reach("an external id"));
        }
        external_ids::delete(self.tx, self.tenant, id)
    }

    pub(crate) fn must_reach(&self, object: &ManagedObject) -> Result<(), StoreFault> {
        if self.now().reaches(object)? {
            Ok(())
        } else {
            Err(self.out_of_reach("an object"))
        }
    }

    pub(crate) fn out_of_reach(&self, what: &'static str) -> StoreFault {
        StoreFault::OutOfReach {
            tenant: self.tenant,
            what,
        }
    }
}

/// Ends an edge; says whether it was there. The proof is for one of its ends.
pub fn unlink(
    tx: &WriteTx,
    end: Allowed<ChildUnlink>,
    parent: ObjectId,
    kind: ChildKind,
    child: ObjectId,
) -> Result<bool, StoreFault> {
    let rows = tx.inventory(end);
    let within = rows.now().within;
    if !within.is_only(parent) && !within.is_only(child) {
        return Err(rows.out_of_reach("an end of the edge"));
    }
    rows.edges().unlink(parent, kind, child)
}

/// An object with everything below it, as a cascade of deletions or a move takes them, the root last; more than the limit
/// gives nothing.
pub fn cascade<N: Operation<Table = Inventory, Access = Write>>(
    tx: &WriteTx,
    proof: &Allowed<N>,
    root: ObjectId,
    limit: usize,
) -> Result<Option<Vec<ObjectId>>, StoreFault> {
    let below = descendants(
        &tx.view,
        proof.tenant(),
        root,
        &ChildKind::ALL,
        limit.saturating_sub(1),
    )?;
    Ok(below.map(|below| below.into_iter().chain([root]).collect()))
}
