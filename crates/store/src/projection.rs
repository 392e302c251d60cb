//! The decrypted projection of a tenant's inventory: what lists, filters and orders are answered from, in memory.
//!
//! It is derived data: built from the sealed rows on first use, moved on by the steps of the committer in their order,
//! and only used when its version is that of the asking view; otherwise the rows are read. It knows no rights: the reach
//! of the proof picks the candidates. Of a tenant that is too large there are projections of parts ([`part`]), which
//! cost what their callers may see.

mod covers;
mod kept;
mod part;

pub(crate) use kept::Projections;
pub(crate) use part::Part;

use crate::change::object_bytes;
use crate::covered::Listed;
use crate::fault::StoreFault;
use crate::inventory::INHERITING;
use crate::seal::RowVersion;
use crate::view::View;
use covers::Covers;
use kept::Step;
use model::ids::{ObjectId, PrincipalId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::limits::PROJECTION_BYTES_MAX;
use policy::proof::Mine;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// One change of the inventory, in the order of commits.
#[derive(Debug, Clone)]
pub(crate) enum InventoryChange {
    /// The object is now this.
    Put(Arc<ManagedObject>),
    /// The object is gone.
    Delete(ObjectId),
    /// An edge is made.
    Link {
        /// From this object.
        parent: ObjectId,
        /// By this kind.
        kind: ChildKind,
        /// To this one.
        child: ObjectId,
    },
    /// An edge is ended.
    Unlink {
        /// From this object.
        parent: ObjectId,
        /// By this kind.
        kind: ChildKind,
        /// To this one.
        child: ObjectId,
    },
}

impl InventoryChange {
    fn weight(&self) -> usize {
        match self {
            Self::Put(object) => weight(object),
            Self::Delete(_) | Self::Link { .. } | Self::Unlink { .. } => size_of::<Self>(),
        }
    }
}

/// The inventory of one tenant in memory.
#[derive(Default)]
pub(crate) struct Projection {
    version: Option<RowVersion>,
    objects: BTreeMap<ObjectId, Arc<ManagedObject>>,
    by_owner: HashMap<PrincipalId, BTreeSet<ObjectId>>,
    by_project: HashMap<ObjectId, BTreeSet<ObjectId>>,
    by_kind: HashMap<String, BTreeSet<ObjectId>>,
    by_fragment: HashMap<String, BTreeSet<ObjectId>>,
    children: HashMap<ObjectId, BTreeSet<(ChildKind, ObjectId)>>,
    covers: Covers,
    bytes: usize,
    /// What it is a projection of, if not of everything; and the objects whose edges were all read, with what they lead
    /// to.
    part: Option<Arc<Part>>,
    followed: HashSet<ObjectId>,
}

impl Projection {
    /// Takes a step; `false`: it cannot, for more belongs to it now than the step says.
    fn take(&mut self, step: &Step) -> bool {
        let part = self.part.clone();
        for change in &*step.changes {
            match part
                .as_deref()
                .map_or(Concerns::Yes, |part| part.concerns(self, change))
            {
                Concerns::Yes => {}
                Concerns::No => continue,
                Concerns::More => return false,
            }
            match *change {
                InventoryChange::Put(ref object) => self.put(object.clone()),
                InventoryChange::Delete(id) => self.delete(id),
                InventoryChange::Link { parent, kind, child } => self.link(parent, kind, child),
                InventoryChange::Unlink { parent, kind, child } => self.unlink(parent, kind, child),
            }
        }
        self.version = Some(step.after);
        true
    }

    fn is_too_large(&self) -> bool {
        self.bytes
            > self
                .part
                .as_ref()
                .map_or(PROJECTION_BYTES_MAX, |_| part::PART_BYTES_MAX)
    }

    /// Reads everything; `false` if it does not fit.
    fn read_all(&mut self, view: &View, tenant: TenantNumber) -> Result<bool, StoreFault> {
        let fits = crate::inventory::visit_all(view, tenant, |object| {
            self.put(Arc::new(object));
            !self.is_too_large()
        })?;
        Ok(fits
            && crate::inventory::visit_edges(view, tenant, |parent, kind, child| {
                self.link(parent, kind, child);
                !self.is_too_large()
            })?)
    }

    fn put(&mut self, object: Arc<ManagedObject>) {
        let before = self.objects.get(&object.id);
        let stays =
            before.is_some_and(|before| (before.owner, before.project) == (object.owner, object.project));
        if !stays {
            self.covers.forget();
        }
        self.remove(object.id);
        self.bytes += weight(&object);
        self.by_owner.entry(object.owner).or_default().insert(object.id);
        if let Some(project) = object.project.filter(|_| !object.is_project()) {
            self.by_project.entry(project).or_default().insert(object.id);
        }
        if let Some(kind) = &object.kind {
            self.by_kind
                .entry(kind.as_str().to_owned())
                .or_default()
                .insert(object.id);
        }
        for name in object.fragments.names() {
            self.by_fragment
                .entry(name.to_owned())
                .or_default()
                .insert(object.id);
        }
        self.objects.insert(object.id, object);
    }

    fn delete(&mut self, id: ObjectId) {
        self.covers.forget();
        self.remove(id);
    }

    fn remove(&mut self, id: ObjectId) {
        let Some(object) = self.objects.remove(&id) else {
            return;
        };
        self.bytes -= weight(&object);
        forget(&mut self.by_owner, &object.owner, id);
        if let Some(project) = &object.project {
            forget(&mut self.by_project, project, id);
        }
        if let Some(kind) = &object.kind {
            forget(&mut self.by_kind, kind.as_str(), id);
        }
        for name in object.fragments.names() {
            forget(&mut self.by_fragment, name, id);
        }
    }

    fn link(&mut self, parent: ObjectId, kind: ChildKind, child: ObjectId) {
        self.covers.forget();
        if self.children.entry(parent).or_default().insert((kind, child)) {
            self.bytes += EDGE_BYTES;
        }
    }

    fn unlink(&mut self, parent: ObjectId, kind: ChildKind, child: ObjectId) {
        self.covers.forget();
        let Some(children) = self.children.get_mut(&parent) else {
            return;
        };
        if children.remove(&(kind, child)) {
            self.bytes -= EDGE_BYTES;
        }
        if children.is_empty() {
            self.children.remove(&parent);
        }
    }

    /// The children of an object by these kinds of edges.
    pub(crate) fn children<'k>(
        &self,
        parent: ObjectId,
        kinds: &'k [ChildKind],
    ) -> impl Iterator<Item = ObjectId> + use<'_, 'k> {
        let children = self.children.get(&parent).into_iter().flatten();
        children
            .filter(move |(kind, _)| kinds.contains(kind))
            .map(|(_, child)| *child)
    }

    /// Whether it knows all children of an object by this kind of edge.
    pub(crate) fn knows_children(&self, parent: ObjectId, kind: ChildKind) -> bool {
        self.part.is_none() || (INHERITING.contains(&kind) && self.followed.contains(&parent))
    }

    /// What a reach comes to in this version: from before, or gathered now.
    pub(crate) fn covers(
        &self,
        mine: &Arc<Mine>,
        gather: impl FnOnce() -> Result<Listed, StoreFault>,
    ) -> Result<Arc<Listed>, StoreFault> {
        if let Some(known) = self.covers.of(mine) {
            return Ok(known);
        }
        let listed = Arc::new(gather()?);
        self.covers.keep(mine, &listed);
        Ok(listed)
    }

    /// Every object, in order of ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<ManagedObject>> {
        self.objects.values()
    }

    pub(crate) fn object(&self, id: ObjectId) -> Option<&Arc<ManagedObject>> {
        self.objects.get(&id)
    }

    pub(crate) fn of_owner(&self, owner: PrincipalId) -> &BTreeSet<ObjectId> {
        self.by_owner.get(&owner).unwrap_or(&NONE)
    }

    /// The objects that lie in a project, without itself.
    pub(crate) fn in_project(&self, project: ObjectId) -> &BTreeSet<ObjectId> {
        self.by_project.get(&project).unwrap_or(&NONE)
    }

    pub(crate) fn with_kind(&self, kind: &str) -> &BTreeSet<ObjectId> {
        self.by_kind.get(kind).unwrap_or(&NONE)
    }

    pub(crate) fn with_fragment(&self, name: &str) -> &BTreeSet<ObjectId> {
        self.by_fragment.get(name).unwrap_or(&NONE)
    }
}

/// Whether a change concerns a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Concerns {
    /// It is to be taken in.
    Yes,
    /// It is about something else.
    No,
    /// What it brings in was not read before: the part has to be built again.
    More,
}

static NONE: BTreeSet<ObjectId> = BTreeSet::new();

/// About how many bytes an edge takes in memory.
const EDGE_BYTES: usize = 64;

fn forget<K: std::hash::Hash + Eq + std::borrow::Borrow<Q>, Q: std::hash::Hash + Eq + ?Sized>(
    index: &mut HashMap<K, BTreeSet<ObjectId>>,
    key: &Q,
    id: ObjectId,
) {
    if let Some(members) = index.get_mut(key) {
        members.remove(&id);
        if members.is_empty() {
            index.remove(key);
        }
    }
}

/// About how many bytes an object takes in memory, its places in the indexes included.
pub(crate) fn weight(object: &ManagedObject) -> usize {
    let indexed: usize = object.fragments.names().map(|name| 100 + name.len()).sum();
    256 + indexed + object_bytes(&object.fragments)
}
