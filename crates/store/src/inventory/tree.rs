//! The edges between objects: rows in both directions and nothing else. There is no list of ancestors, so a move costs
//! a few rows at any size.
//!
//! A scan of edges is not noted as read, so two kinds of rows stand for what a scan saw of one object: `Above` moves
//! when it gets a parent, `Below` when a child or an external id is hung on it. Whoever depends on what hangs around an
//! object reads these; so concurrent links cannot close a circle together, a deletion leaves nothing behind, and links
//! that have nothing to do with each other do not conflict.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::rows::{Key, Table};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::ChildKind;
use model::limits::TREE_DEPTH_MAX;
use std::collections::{BTreeSet, VecDeque};

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

/// Everything below an object by some kinds of edges, each once; nothing if there are more than `most`.
pub(super) fn descendants(
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

/// Why an edge was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefused {
    /// The child is the parent itself or above it.
    Cycle,
    /// The tree would become too deep.
    TooDeep,
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
        self.tx.moves(self.tenant, Epoch::Tree);
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
                for kind in ChildKind::ALL {
                    let parents = neighbours(&self.tx.view, self.tenant, Table::Parent, object, kind)?;
                    above.extend(parents.into_iter().filter(|parent| seen.insert(*parent)));
                }
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
                for kind in ChildKind::ALL {
                    let children = neighbours(&self.tx.view, self.tenant, Table::Child, object, kind)?;
                    below.extend(children.into_iter().filter(|child| seen.insert(*child)));
                }
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
            self.delete(parent, kind, child);
        }
        Ok(there)
    }

    fn delete(self, parent: ObjectId, kind: ChildKind, child: ObjectId) {
        self.tx
            .delete(&edge_key(self.tenant, Table::Child, parent, kind, child));
        self.tx
            .delete(&edge_key(self.tenant, Table::Parent, child, kind, parent));
        self.tx.moves(self.tenant, Epoch::Tree);
    }

    /// Takes an object out of the tree.
    pub(super) fn delete_all_of(self, object: ObjectId) -> Result<(), StoreFault> {
        for kind in ChildKind::ALL {
            for child in neighbours(&self.tx.view, self.tenant, Table::Child, object, kind)? {
                self.delete(object, kind, child);
            }
            for parent in neighbours(&self.tx.view, self.tenant, Table::Parent, object, kind)? {
                self.delete(parent, kind, object);
            }
        }
        for mark in [Table::Above, Table::Below] {
            self.watch(mark, object)?;
            self.tx.delete(&self.mark(mark, object));
        }
        Ok(())
    }
}
