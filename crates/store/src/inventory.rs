//! Managed objects and the doors to them and their edges: reading and changing within the reach of a proof.
//!
//! What a change touches is checked against the reach here once more, whatever the behaviour above has asked.

mod tree;

pub use tree::LinkRefused;

use crate::backend::Direction;
use crate::change::Epoch;
use crate::external_ids;
use crate::fault::StoreFault;
use crate::projection::{InventoryChange, Projections};
use crate::rows::{Key, Table, last_number, rows};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use model::identity::ExternalId;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use policy::operations::inventory::{ChildLink, ChildUnlink, InventoryDelete};
use policy::proof::{Allowed, Reach};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use tree::{Edges, child_key, descendants, neighbours};

rows!(ManagedObject => Object);

pub(crate) fn object_key(tenant: TenantNumber, id: ObjectId) -> Key {
    Key::new(tenant, Table::Object).number(id.number())
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
    pub(crate) projections: Option<&'t Arc<Projections>>,
    pub(crate) tenant: TenantNumber,
    pub(crate) reach: Reach,
}

impl<'t> InventoryRows<'t> {
    pub(crate) fn new(
        view: &'t View,
        projections: Option<&'t Arc<Projections>>,
        tenant: TenantNumber,
        reach: Reach,
    ) -> Self {
        Self {
            view,
            projections,
            tenant,
            reach,
        }
    }

    pub(crate) fn reaches(&self, object: &ManagedObject) -> bool {
        match self.reach {
            Reach::Tenant => true,
            Reach::Object(id) => object.id == id,
            Reach::Owned { owner, global } => object.owner == owner || (global && object.is_global()),
        }
    }

    /// An object within reach, for a list: one that cannot be read is reported and passed over, so that it does not
    /// take the list with it.
    pub fn listed(&self, id: ObjectId) -> Result<Option<ManagedObject>, StoreFault> {
        Ok(unless_broken(self.object(id))?.flatten())
    }

    /// An object within reach.
    pub fn object(&self, id: ObjectId) -> Result<Option<ManagedObject>, StoreFault> {
        let object = self.view.row::<ManagedObject>(&object_key(self.tenant, id))?;
        Ok(object.filter(|object| self.reaches(object)))
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

    /// Everything below an object by child devices and assets, each once.
    pub fn descendants(&self, root: ObjectId) -> Result<BTreeSet<ObjectId>, StoreFault> {
        let kinds = [ChildKind::Device, ChildKind::Asset];
        Ok(descendants(self.view, self.tenant, root, &kinds, usize::MAX)?.unwrap_or_default())
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
        match self.reach {
            Reach::Tenant => Ok(true),
            Reach::Object(reached) => Ok(id == reached),
            Reach::Owned { .. } => Ok(self.object(id)?.is_some()),
        }
    }
}

/// The inventory, to change.
pub struct InventoryChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
    reach: Reach,
}

impl<'t> InventoryChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber, reach: Reach) -> Self {
        Self { tx, tenant, reach }
    }

    /// What is there now; the committer refuses the change if it moves.
    pub fn now(&self) -> InventoryRows<'t> {
        InventoryRows::new(&self.tx.view, None, self.tenant, self.reach)
    }

    /// A new object id.
    pub fn new_id(&self) -> Result<ObjectId, StoreFault> {
        self.tx.ids.object(self.tenant)
    }

    /// Stores a new object under an id from [`Self::new_id`].
    pub fn create(&self, object: ManagedObject) -> Result<(), StoreFault> {
        self.must_reach(&object)?;
        self.tx.put_index(&owner_key(self.tenant, &object))?;
        self.put(object)
    }

    /// Stores a changed object. `before` is the object as it was read here.
    pub fn update(&self, before: &ManagedObject, object: ManagedObject) -> Result<(), StoreFault> {
        self.must_reach(before)?;
        if before.id != object.id {
            return Err(self.out_of_reach("another object"));
        }
        if before.owner != object.owner {
            self.tx.delete(&owner_key(self.tenant, before));
            self.tx.put_index(&owner_key(self.tenant, &object))?;
        }
        self.put(object)
    }

    fn put(&self, object: ManagedObject) -> Result<(), StoreFault> {
        self.tx.put(&object_key(self.tenant, object.id), &object)?;
        self.note(InventoryChange::Put(Arc::new(object)));
        Ok(())
    }

    fn note(&self, change: InventoryChange) {
        self.tx.moves(self.tenant, Epoch::Inventory);
        self.tx.pending.borrow_mut().inventory.push(change);
    }

    /// Removes an object with its edges and external ids. Its measurements are removed through their own table.
    pub fn delete(&self, object: &ManagedObject) -> Result<(), StoreFault> {
        self.must_reach(object)?;
        self.edges().delete_all_of(object.id)?;
        for id in external_ids::of_object(&self.tx.view, self.tenant, object.id)? {
            external_ids::delete(self.tx, self.tenant, &id)?;
        }
        self.tx.delete(&owner_key(self.tenant, object));
        self.tx.delete(&object_key(self.tenant, object.id));
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
        let Reach::Object(child_id) = child.reach() else {
            return Err(self.out_of_reach("the child"));
        };
        if self.reach != Reach::Object(parent) || child.tenant() != self.tenant {
            return Err(self.out_of_reach("an end of the edge"));
        }
        for end in [parent, child_id] {
            // Noted as read: an end that goes before this commits takes the edge with it.
            if !self.tx.view.contains(&object_key(self.tenant, end))? {
                return Err(StoreFault::Inconsistent {
                    tenant: self.tenant,
                    what: "an end of the edge",
                });
            }
        }
        self.edges().link(parent, kind, child_id)
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

    fn must_reach(&self, object: &ManagedObject) -> Result<(), StoreFault> {
        if self.now().reaches(object) {
            Ok(())
        } else {
            Err(self.out_of_reach("an object"))
        }
    }

    fn out_of_reach(&self, what: &'static str) -> StoreFault {
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
    let reach = end.reach();
    let rows = tx.inventory(end);
    if reach != Reach::Object(parent) && reach != Reach::Object(child) {
        return Err(rows.out_of_reach("an end of the edge"));
    }
    rows.edges().unlink(parent, kind, child)
}

/// The objects that a cascade of deletions takes, the root last; more than the limit gives nothing.
pub fn cascade(
    tx: &WriteTx,
    proof: &Allowed<InventoryDelete>,
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
