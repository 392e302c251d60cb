//! The part of an inventory that lies below some objects or belongs to one principal: what a list of somebody without
//! the right to everything needs. Kept as a projection of its own, so that such a list costs what its caller may see,
//! however large the tenant is.
//!
//! A part knows no rights either: it is named by roots and an owner, and may hold more than its caller sees. The proof
//! of each request picks from it.

use super::{Concerns, InventoryChange, Projection};
use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::inventory::{INHERITING, children_in_rows, global_objects, object_key};
use crate::projects::objects_in;
use crate::rows::{Key, Table};
use crate::view::{View, unless_broken};
use model::ids::{ObjectId, PrincipalId, TenantNumber};
use model::inventory::ManagedObject;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A part that is larger has no projection of its own.
pub(super) const PART_BYTES_MAX: usize = 16 << 20;
/// What the parts of all tenants take together.
pub(super) const PARTS_BYTES_MAX: usize = 128 << 20;
/// The committer tells each of them of every step.
pub(super) const PARTS_MAX: usize = 256;

/// What lies below these objects, in those of them that are projects, or belongs to this principal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The objects.
    pub(crate) roots: BTreeSet<ObjectId>,
    /// The principal.
    pub(crate) owner: PrincipalId,
    /// Whether what lies below its own objects belongs to it too.
    pub(crate) owns_below: bool,
    /// Whether objects with `c8y_Global` belong to it.
    pub(crate) global: bool,
}

impl Part {
    /// Reads it from the rows; `false` if it does not fit.
    pub(super) fn read(
        &self,
        view: &View,
        tenant: TenantNumber,
        projection: &mut Projection,
    ) -> Result<bool, StoreFault> {
        let owned = Key::new(tenant, Table::ByOwner).number(self.owner.number());
        let owned = view.index(&owned, Direction::Forward)?;
        let owned: Vec<_> = owned.into_iter().filter_map(ObjectId::new).collect();
        let mut waiting: Vec<_> = self.roots.iter().copied().collect();
        let mut alone = Vec::new();
        if self.owns_below { &mut waiting } else { &mut alone }.extend(owned);
        for root in &self.roots {
            alone.extend(objects_in(view, tenant, *root)?);
        }
        if self.global {
            alone.extend(global_objects(view, tenant)?);
        }
        while let Some(id) = waiting.pop() {
            if !projection.followed.insert(id) {
                continue;
            }
            for (kind, child) in children_in_rows(view, tenant, id)? {
                projection.link(id, kind, child);
                waiting.push(child);
            }
            alone.push(id);
            if projection.is_too_large() {
                return Ok(false);
            }
        }
        for id in alone {
            if projection.object(id).is_none()
                && let Some(object) =
                    unless_broken(view.row::<ManagedObject>(&object_key(tenant, id)))?.flatten()
            {
                projection.put(Arc::new(object));
            }
            if projection.is_too_large() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a change concerns it.
    pub(super) fn concerns(&self, projection: &Projection, change: &InventoryChange) -> Concerns {
        let has = |id: ObjectId| projection.object(id).is_some();
        match change {
            InventoryChange::Put(object) if has(object.id) => Concerns::Yes,
            InventoryChange::Put(object) => self.takes(object),
            InventoryChange::Delete(id) if has(*id) => Concerns::Yes,
            InventoryChange::Link { parent, kind, child } if INHERITING.contains(kind) => {
                let follows = |id: &ObjectId| projection.followed.contains(id);
                match (follows(parent), follows(child)) {
                    (true, true) => Concerns::Yes,
                    (true, false) => Concerns::More,
                    (false, _) => Concerns::No,
                }
            }
            InventoryChange::Unlink { parent, .. } if has(*parent) => Concerns::Yes,
            InventoryChange::Delete(_) | InventoryChange::Link { .. } | InventoryChange::Unlink { .. } => {
                Concerns::No
            }
        }
    }

    /// Whether an object that was not in it belongs to it now.
    fn takes(&self, object: &ManagedObject) -> Concerns {
        let is_owned = object.owner == self.owner;
        if is_owned && self.owns_below {
            return Concerns::More;
        }
        let is_in = |id: Option<ObjectId>| id.is_some_and(|id| self.roots.contains(&id));
        match is_owned
            || is_in(Some(object.id))
            || is_in(object.project)
            || (self.global && object.is_global())
        {
            true => Concerns::Yes,
            false => Concerns::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::inventory::ChildKind;
    use model::json::Object;
    use model::time::Timestamp;

    fn id(number: u64) -> ObjectId {
        ObjectId::new(number).expect("in range")
    }

    fn principal(number: u64) -> PrincipalId {
        PrincipalId::new(number).expect("in range")
    }

    fn object(number: u64, owner: u64) -> Arc<ManagedObject> {
        Arc::new(ManagedObject {
            id: id(number),
            owner: principal(owner),
            name: None,
            kind: None,
            project: None,
            created: Timestamp::from_millis(0),
            updated: Timestamp::from_millis(0),
            fragments: Object::new(),
        })
    }

    /// 7 is the root, 8 hangs below it; 9 belongs to principal 1, and what hangs below that is another matter.
    fn known() -> (Part, Projection) {
        let part = Part {
            roots: BTreeSet::from([id(7)]),
            owner: principal(1),
            owns_below: false,
            global: false,
        };
        let mut projection = Projection::default();
        projection.followed.extend([id(7), id(8)]);
        projection.link(id(7), ChildKind::Asset, id(8));
        for (number, owner) in [(7, 2), (8, 2), (9, 1)] {
            projection.put(object(number, owner));
        }
        (part, projection)
    }

    // A list shows everything that its caller may see, also what has come since.
    #[test]
    fn a_part_follows_what_belongs_to_it_and_is_built_again_for_what_it_does_not_know() {
        let (part, projection) = known();
        let link = |parent, kind, child| InventoryChange::Link {
            parent: id(parent),
            kind,
            child: id(child),
        };
        for (change, expected) in [
            (InventoryChange::Put(object(8, 2)), Concerns::Yes),
            (InventoryChange::Put(object(10, 1)), Concerns::Yes),
            (InventoryChange::Put(object(10, 2)), Concerns::No),
            (InventoryChange::Delete(id(8)), Concerns::Yes),
            (InventoryChange::Delete(id(10)), Concerns::No),
            (link(8, ChildKind::Device, 10), Concerns::More),
            // Its own edges were never read.
            (link(8, ChildKind::Asset, 9), Concerns::More),
            (link(8, ChildKind::Device, 7), Concerns::Yes),
            (link(8, ChildKind::Addition, 10), Concerns::No),
            (link(9, ChildKind::Device, 10), Concerns::No),
            (link(10, ChildKind::Device, 8), Concerns::No),
        ] {
            assert_eq!(part.concerns(&projection, &change), expected, "{change:?}");
        }
    }

    #[test]
    fn a_new_object_of_somebody_who_owns_what_hangs_below_brings_in_what_is_not_known() {
        let (mut part, projection) = known();
        part.owns_below = true;
        let change = InventoryChange::Put(object(10, 1));
        assert_eq!(part.concerns(&projection, &change), Concerns::More);
    }

    #[test]
    fn the_children_of_an_object_are_known_only_where_all_were_read() {
        let (part, mut projection) = known();
        assert!(
            projection.knows_children(id(9), ChildKind::Addition),
            "of everything all are known"
        );
        projection.part = Some(Arc::new(part));
        assert!(projection.knows_children(id(7), ChildKind::Device));
        assert!(!projection.knows_children(id(7), ChildKind::Addition));
        assert!(!projection.knows_children(id(9), ChildKind::Device));
    }
}
