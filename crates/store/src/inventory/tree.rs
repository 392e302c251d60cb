//! The edges between objects: rows in both directions and nothing else. There is no list of ancestors, so a move costs
//! a few rows at any size.
//!
//! A scan of edges is not noted as read, so two kinds of rows stand for what a scan saw of one object: `Above` moves
//! when it gets or loses a parent, `Below` when a child or an external id is hung on it. Whoever depends on what hangs around an
//! object reads these; so concurrent links cannot close a circle together, a deletion leaves nothing behind, and links
//! that have nothing to do with each other do not conflict.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::projection::InventoryChange;
use crate::rows::{Key, Table};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use model::ids::{ObjectId, TenantNumber};
use model::inventory::ChildKind;
use model::limits::TREE_DEPTH_MAX;
use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;

fn kind_byte(kind: ChildKind) -> u8 {
    match kind {
        ChildKind::Device => 1,
        ChildKind::Asset => 2,
        ChildKind::Addition => 3,
    }
}

fn edge_prefix(tenant: TenantNumber, table: Table, from: ObjectId, kind: ChildKind) -> Key {
    Key::new(tenant, table)
        .number(from.number())
        .byte(kind_byte(kind))
}

fn edge_key(tenant: TenantNumber, table: Table, from: ObjectId, kind: ChildKind, to: ObjectId) -> Key {
    edge_prefix(tenant, table, from, kind).number(to.number())
}

/// The key of an edge, as its parent lists it.
pub(super) fn child_key(tenant: TenantNumber, parent: ObjectId, kind: ChildKind, child: ObjectId) -> Key {
    edge_key(tenant, Table::Child, parent, kind, child)
}

/// The children (by [`Table::Child`]) or parents (by [`Table::Parent`]) of an object by one kind of edge, in order of
/// ids.
pub(super) fn neighbours(
    view: &View,
    tenant: TenantNumber,
    table: Table,
    from: ObjectId,
    kind: ChildKind,
) -> Result<Vec<ObjectId>, StoreFault> {
    let found = view.index(&edge_prefix(tenant, table, from, kind), Direction::Forward)?;
    Ok(found.into_iter().filter_map(ObjectId::new).collect())
}

/// The kinds of edges along which rights are inherited (R039).
pub(crate) const INHERITING: [ChildKind; 2] = [ChildKind::Device, ChildKind::Asset];

/// Everything above an object by the edges along which rights are inherited, the nearest first. A command that has asked
/// runs again if one of these objects gets or loses a parent before it commits.
pub(crate) fn line_above(
    view: &View,
    tenant: TenantNumber,
    object: ObjectId,
) -> Result<Vec<ObjectId>, StoreFault> {
    line_by(view, tenant, object, &INHERITING)
}

/// The same by these kinds of edges.
pub(crate) fn line_by(
    view: &View,
    tenant: TenantNumber,
    object: ObjectId,
    kinds: &[ChildKind],
) -> Result<Vec<ObjectId>, StoreFault> {
    let mut line = Vec::new();
    let mut seen = BTreeSet::from([object]);
    let mut waiting = VecDeque::from([object]);
    while let Some(object) = waiting.pop_front() {
        for (kind, parent) in view.parents.of(view, tenant, object)?.iter() {
            if kinds.contains(kind) && seen.insert(*parent) {
                line.push(*parent);
                waiting.push_back(*parent);
            }
        }
    }
    Ok(line)
}

/// The children of an object by the edges along which rights are inherited.
pub(crate) fn children_in_rows(
    view: &View,
    tenant: TenantNumber,
    parent: ObjectId,
) -> Result<Vec<(ChildKind, ObjectId)>, StoreFault> {
    neighbours_by(view, tenant, Table::Child, parent, &INHERITING)
}

/// The children or parents of an object by any of these kinds of edges, found in one scan.
pub(super) fn neighbours_by(
    view: &View,
    tenant: TenantNumber,
    table: Table,
    from: ObjectId,
    kinds: &[ChildKind],
) -> Result<Vec<(ChildKind, ObjectId)>, StoreFault> {
    let all = Key::new(tenant, table);
    let range = all.clone().number(from.number()).prefix();
    let mut found = Vec::new();
    view.scan_range(tenant, table, &range, Direction::Forward, |key, sealed| {
        if let Some((_, kind, to)) = edge_in(&all, key).filter(|(_, kind, _)| kinds.contains(kind)) {
            let opened = view.keys.open(tenant, table.space(), key, sealed).map(drop);
            found.extend(unless_broken(opened)?.map(|()| (kind, to)));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Everything below an object by some kinds of edges, each once; nothing if there are more than `most`.
pub(crate) fn descendants(
    view: &View,
    tenant: TenantNumber,
    root: ObjectId,
    kinds: &[ChildKind],
    most: usize,
) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
    let mut found = BTreeSet::new();
    let mut waiting = VecDeque::from([root]);
    while let Some(parent) = waiting.pop_front() {
        for kind in kinds {
            for child in neighbours(view, tenant, Table::Child, parent, *kind)? {
                if child != root && found.insert(child) {
                    waiting.push_back(child);
                }
            }
        }
        if found.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

/// Visits every edge of a tenant while the visitor says yes; tells whether it said yes to all. An entry that breaks its
/// seal is reported and passed over: whoever can write to the disk adds no edge.
pub(crate) fn visit_edges(
    view: &View,
    tenant: TenantNumber,
    mut visit: impl FnMut(ObjectId, ChildKind, ObjectId) -> bool,
) -> Result<bool, StoreFault> {
    let prefix = Key::new(tenant, Table::Child);
    let mut all = true;
    view.scan_range(
        tenant,
        Table::Child,
        &prefix.prefix(),
        Direction::Forward,
        |key, sealed| {
            let opened = view
                .keys
                .open(tenant, Table::Child.space(), key, sealed)
                .map(drop);
            if unless_broken(opened)?.is_some()
                && let Some((parent, kind, child)) = edge_in(&prefix, key)
            {
                all = visit(parent, kind, child);
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

/// The edge that a key of [`Table::Child`] stands for; read the other way around, that of one of [`Table::Parent`].
fn edge_in(prefix: &Key, key: &[u8]) -> Option<(ObjectId, ChildKind, ObjectId)> {
    let (parent, rest) = key.get(prefix.bytes().len()..)?.split_at_checked(8)?;
    let (kind, child) = rest.split_first()?;
    let kind = ChildKind::ALL.into_iter().find(|one| kind_byte(*one) == *kind)?;
    let parent = ObjectId::new(u64::from_be_bytes(parent.try_into().ok()?))?;
    let child = ObjectId::new(u64::from_be_bytes(child.try_into().ok()?))?;
    Some((parent, kind, child))
}

/// Why an edge was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefused {
    /// The child is the parent itself or above it.
    Cycle,
    /// The tree would become too deep.
    TooDeep,
    /// The two lie in different projects, or one of them in none.
    OtherProject,
    /// The child is a project: these hang below nothing.
    Project,
}

/// The edges of one tenant in a command.
#[derive(Clone, Copy)]
pub(super) struct Edges<'t> {
    pub(super) tx: &'t WriteTx,
    pub(super) tenant: TenantNumber,
}

impl Edges<'_> {
    fn mark(self, table: Table, object: ObjectId) -> Key {
        Key::new(self.tenant, table).number(object.number())
    }

    /// Notes what hangs around an object as read: if more comes before this command commits, it runs again.
    fn watch(self, table: Table, object: ObjectId) -> Result<(), StoreFault> {
        self.tx.view.watch(&self.mark(table, object))
    }

    /// Tells those who depend on what hangs on an object that something was added.
    pub(super) fn hang_on(self, object: ObjectId) -> Result<(), StoreFault> {
        self.tx.put_index(&self.mark(Table::Below, object))
    }

    /// Makes an edge.
    pub(super) fn link(
        self,
        parent: ObjectId,
        kind: ChildKind,
        child: ObjectId,
    ) -> Result<Result<(), LinkRefused>, StoreFault> {
        let room = match self.levels_above(parent, child)? {
            Ok(levels) => TREE_DEPTH_MAX.checked_sub(levels),
            Err(refused) => return Ok(Err(refused)),
        };
        let fits = match room {
            Some(room) => self.fits_below(child, room)?,
            None => false,
        };
        if !fits {
            return Ok(Err(LinkRefused::TooDeep));
        }
        self.tx
            .put_index(&edge_key(self.tenant, Table::Child, parent, kind, child))?;
        self.tx
            .put_index(&edge_key(self.tenant, Table::Parent, child, kind, parent))?;
        self.tx.put_index(&self.mark(Table::Above, child))?;
        self.hang_on(parent)?;
        self.note(InventoryChange::Link { parent, kind, child });
        Ok(Ok(()))
    }

    /// How many levels the tree has down to the parent; refuses an edge that would close a circle over all kinds of
    /// edges.
    fn levels_above(
        self,
        parent: ObjectId,
        child: ObjectId,
    ) -> Result<Result<usize, LinkRefused>, StoreFault> {
        let mut seen = BTreeSet::from([parent]);
        let mut level = vec![parent];
        let mut levels = 0;
        while !level.is_empty() {
            if level.contains(&child) {
                return Ok(Err(LinkRefused::Cycle));
            }
            levels += 1;
            let mut above = Vec::new();
            for object in level {
                self.watch(Table::Above, object)?;
                let parents =
                    neighbours_by(&self.tx.view, self.tenant, Table::Parent, object, &ChildKind::ALL)?;
                above.extend(
                    parents
                        .into_iter()
                        .map(|(_, parent)| parent)
                        .filter(|parent| seen.insert(*parent)),
                );
            }
            level = above;
        }
        Ok(Ok(levels))
    }

    /// Whether at most `room` levels hang below the child.
    fn fits_below(self, child: ObjectId, room: usize) -> Result<bool, StoreFault> {
        let mut seen = BTreeSet::from([child]);
        let mut level = vec![child];
        for _ in 0..=room {
            let mut below = Vec::new();
            for object in level {
                self.watch(Table::Below, object)?;
                let children =
                    neighbours_by(&self.tx.view, self.tenant, Table::Child, object, &ChildKind::ALL)?;
                below.extend(
                    children
                        .into_iter()
                        .map(|(_, child)| child)
                        .filter(|child| seen.insert(*child)),
                );
            }
            if below.is_empty() {
                return Ok(true);
            }
            level = below;
        }
        Ok(false)
    }

    /// Ends an edge; says whether it was there.
    pub(super) fn unlink(
        self,
        parent: ObjectId,
        kind: ChildKind,
        child: ObjectId,
    ) -> Result<bool, StoreFault> {
        let there = self
            .tx
            .view
            .contains(&child_key(self.tenant, parent, kind, child))?;
        if there {
            self.delete(parent, kind, child)?;
        }
        Ok(there)
    }

    fn delete(self, parent: ObjectId, kind: ChildKind, child: ObjectId) -> Result<(), StoreFault> {
        self.tx
            .delete(&edge_key(self.tenant, Table::Child, parent, kind, child));
        self.tx
            .delete(&edge_key(self.tenant, Table::Parent, child, kind, parent));
        self.tx.put_index(&self.mark(Table::Above, child))?;
        self.note(InventoryChange::Unlink { parent, kind, child });
        Ok(())
    }

    fn note(self, change: InventoryChange) {
        self.tx.moves(self.tenant, Epoch::Tree);
        self.tx.moves(self.tenant, Epoch::Inventory);
        self.tx.pending.borrow_mut().inventory.push(change);
    }

    /// Takes an object out of the tree: its parents and children are no longer each other's line.
    pub(super) fn delete_all_of(self, object: ObjectId) -> Result<(), StoreFault> {
        for kind in ChildKind::ALL {
            for child in neighbours(&self.tx.view, self.tenant, Table::Child, object, kind)? {
                self.delete(object, kind, child)?;
            }
            for parent in neighbours(&self.tx.view, self.tenant, Table::Parent, object, kind)? {
                self.delete(parent, kind, object)?;
            }
        }
        for mark in [Table::Above, Table::Below] {
            self.watch(mark, object)?;
            self.tx.delete(&self.mark(mark, object));
        }
        Ok(())
    }
}
