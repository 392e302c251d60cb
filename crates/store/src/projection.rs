//! The decrypted projection of a tenant's inventory: what lists, filters and orders are answered from, in memory.
//!
//! It is derived data: built from the sealed rows on first use, moved on by the steps of the committer in their order,
//! and only used when its version is that of the asking view; otherwise the rows are read. It knows no rights: the reach
//! of the proof picks the candidates.

use crate::change::{Epoch, object_bytes};
use crate::fault::StoreFault;
use crate::seal::RowVersion;
use crate::view::View;
use model::ids::{ObjectId, PrincipalId, TenantNumber};
use model::inventory::ManagedObject;
use model::limits::PROJECTION_BYTES_MAX;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

/// One change of the inventory, in the order of commits.
#[derive(Debug, Clone)]
pub(crate) enum InventoryChange {
    /// The object is now this.
    Put(Arc<ManagedObject>),
    /// The object is gone.
    Delete(ObjectId),
}

impl InventoryChange {
    fn weight(&self) -> usize {
        match self {
            Self::Put(object) => weight(object),
            Self::Delete(_) => size_of::<Self>(),
        }
    }
}

/// The inventory of one tenant in memory.
#[derive(Default)]
pub(crate) struct Projection {
    version: Option<RowVersion>,
    objects: BTreeMap<ObjectId, Arc<ManagedObject>>,
    by_owner: HashMap<PrincipalId, BTreeSet<ObjectId>>,
    by_kind: HashMap<String, BTreeSet<ObjectId>>,
    by_fragment: HashMap<String, BTreeSet<ObjectId>>,
    bytes: usize,
}

impl Projection {
    fn take(&mut self, step: Step) {
        for change in step.changes {
            match change {
                InventoryChange::Put(object) => self.put(object),
                InventoryChange::Delete(id) => self.delete(id),
            }
        }
        self.version = Some(step.after);
    }

    fn put(&mut self, object: Arc<ManagedObject>) {
        self.delete(object.id);
        self.bytes += weight(&object);
        self.by_owner.entry(object.owner).or_default().insert(object.id);
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
        let Some(object) = self.objects.remove(&id) else {
            return;
        };
        self.bytes -= weight(&object);
        forget(&mut self.by_owner, &object.owner, id);
        if let Some(kind) = &object.kind {
            forget(&mut self.by_kind, kind.as_str(), id);
        }
        for name in object.fragments.names() {
            forget(&mut self.by_fragment, name, id);
        }
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

    pub(crate) fn with_kind(&self, kind: &str) -> &BTreeSet<ObjectId> {
        self.by_kind.get(kind).unwrap_or(&NONE)
    }

    pub(crate) fn with_fragment(&self, name: &str) -> &BTreeSet<ObjectId> {
        self.by_fragment.get(name).unwrap_or(&NONE)
    }
}

static NONE: BTreeSet<ObjectId> = BTreeSet::new();

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

/// Changes that the committer has made and that no reader has taken in yet.
#[derive(Default)]
struct Steps {
    steps: VecDeque<Step>,
    bytes: usize,
}

/// One group commit: the inventory moved from one version to the next.
struct Step {
    before: Option<RowVersion>,
    after: RowVersion,
    changes: Vec<InventoryChange>,
}

/// One tenant's projection. The committer only adds to `waiting` and never waits for a reader; a reader that needs a
/// newer version takes the steps in.
#[derive(Default)]
struct Shared {
    state: RwLock<State>,
    waiting: Mutex<Steps>,
}

#[derive(Default)]
enum State {
    /// Somebody reads the rows.
    #[default]
    Building,
    Ready(Projection),
    /// It does not fit; tried again when something was deleted.
    TooLarge,
}

/// Bytes of changes that may wait for a reader; then the projection is thrown away, to be built when it is asked again.
const WAITING_BYTES_MAX: usize = PROJECTION_BYTES_MAX / 8;

#[derive(Default)]
struct Tenants {
    shared: HashMap<TenantNumber, Arc<Shared>>,
    /// The newest version that the committer has told, also of tenants without a projection: what is built from an
    /// older view would miss the steps in between.
    newest: HashMap<TenantNumber, RowVersion>,
}

/// The projections of all tenants that were asked for.
#[derive(Default)]
pub(crate) struct Projections {
    tenants: Mutex<Tenants>,
}

impl Projections {
    fn tenants(&self) -> MutexGuard<'_, Tenants> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called by the committer after a commit: the inventory moved from one version to the next.
    pub(crate) fn apply(
        &self,
        tenant: TenantNumber,
        before: Option<RowVersion>,
        after: RowVersion,
        changes: Vec<InventoryChange>,
    ) {
        let mut tenants = self.tenants();
        tenants.newest.insert(tenant, after);
        let Some(shared) = tenants.shared.get(&tenant) else {
            return;
        };
        let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.bytes += changes.iter().map(InventoryChange::weight).sum::<usize>();
        waiting.steps.push_back(Step {
            before,
            after,
            changes,
        });
        let is_full = waiting.bytes > WAITING_BYTES_MAX;
        drop(waiting);
        if is_full {
            tenants.shared.remove(&tenant);
        }
    }

    /// Throws a tenant's projection away: the tenant is gone.
    pub(crate) fn forget(&self, tenant: TenantNumber) {
        let mut tenants = self.tenants();
        tenants.shared.remove(&tenant);
        tenants.newest.remove(&tenant);
    }

    /// Throws this projection away, if it is still the tenant's.
    fn discard(&self, tenant: TenantNumber, shared: &Arc<Shared>) {
        let mut tenants = self.tenants();
        if tenants
            .shared
            .get(&tenant)
            .is_some_and(|current| Arc::ptr_eq(current, shared))
        {
            tenants.shared.remove(&tenant);
        }
    }

    /// Runs `ask` on the projection if there is one of exactly the view's version (building it if there is none), and
    /// tells with `None` that the rows must be read instead.
    pub(crate) fn ask<T>(
        &self,
        view: &View,
        tenant: TenantNumber,
        ask: impl FnOnce(&Projection) -> T,
    ) -> Result<Option<T>, StoreFault> {
        let version = view.version(&Epoch::Inventory.key(tenant))?;
        let known = self.tenants().shared.get(&tenant).cloned();
        let shared = match known {
            Some(shared) => shared,
            None => match self.build(view, tenant, version)? {
                Some(shared) => shared,
                None => return Ok(None),
            },
        };
        let state = shared.state.read().unwrap_or_else(PoisonError::into_inner);
        if let State::Ready(projection) = &*state
            && projection.version == version
        {
            return Ok(Some(ask(projection)));
        }
        drop(state);
        let mut state = shared.state.write().unwrap_or_else(PoisonError::into_inner);
        if !state.catch_up(&shared.waiting, version) {
            self.discard(tenant, &shared);
        }
        let state = RwLockWriteGuard::downgrade(state);
        match &*state {
            State::Ready(projection) if projection.version == version => Ok(Some(ask(projection))),
            _ => Ok(None),
        }
    }

    /// Builds a tenant's projection from a view; nothing if another thread is at it, the view is not the newest, or it
    /// does not fit.
    fn build(
        &self,
        view: &View,
        tenant: TenantNumber,
        version: Option<RowVersion>,
    ) -> Result<Option<Arc<Shared>>, StoreFault> {
        let shared = Arc::new(Shared::default());
        {
            let mut tenants = self.tenants();
            let is_newest = tenants
                .newest
                .get(&tenant)
                .is_none_or(|newest| Some(*newest) == version);
            if !is_newest || tenants.shared.contains_key(&tenant) {
                return Ok(None);
            }
            // From here on the committer keeps its steps for this projection.
            tenants.shared.insert(tenant, shared.clone());
        }
        let unfinished = Unfinished {
            projections: self,
            tenant,
            shared: &shared,
        };
        let mut projection = Projection {
            version,
            ..Projection::default()
        };
        let fits = crate::inventory::visit_all(view, tenant, |object| {
            projection.put(Arc::new(object));
            projection.bytes <= PROJECTION_BYTES_MAX
        })?;
        // A tenant whose keys were destroyed meanwhile must not stay in memory in the clear.
        if !view.keys.has(tenant) {
            return Ok(None);
        }
        std::mem::forget(unfinished);
        let state = if fits {
            State::Ready(projection)
        } else {
            State::TooLarge
        };
        *shared.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(Some(shared))
    }
}

/// Takes a projection away whose building ended early.
struct Unfinished<'p> {
    projections: &'p Projections,
    tenant: TenantNumber,
    shared: &'p Arc<Shared>,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.projections.discard(self.tenant, self.shared);
    }
}

impl State {
    /// Takes in the waiting steps up to a version, if they lead there. `false`: this projection is of no more use.
    fn catch_up(&mut self, waiting: &Mutex<Steps>, version: Option<RowVersion>) -> bool {
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let projection = match self {
            Self::Building => return true,
            Self::TooLarge => {
                let deletes = |change: &InventoryChange| matches!(change, InventoryChange::Delete(_));
                let shrank = waiting.steps.iter().any(|step| step.changes.iter().any(deletes));
                *waiting = Steps::default();
                return !shrank;
            }
            Self::Ready(projection) => projection,
        };
        // Steps that the view of the building had already seen come first.
        let mut seen = projection.version;
        while waiting
            .steps
            .front()
            .is_some_and(|step| step.before != projection.version)
        {
            seen = waiting.pop().map(|step| step.after);
        }
        if waiting.steps.is_empty() && seen != projection.version {
            return false;
        }
        let Some(last) = waiting.steps.iter().position(|step| Some(step.after) == version) else {
            return true;
        };
        let steps: Vec<Step> = (0..=last).filter_map(|_| waiting.pop()).collect();
        drop(waiting);
        for step in steps {
            projection.take(step);
        }
        if projection.bytes > PROJECTION_BYTES_MAX {
            *self = Self::TooLarge;
        }
        true
    }
}

impl Steps {
    fn pop(&mut self) -> Option<Step> {
        let step = self.steps.pop_front()?;
        self.bytes -= step.changes.iter().map(InventoryChange::weight).sum::<usize>();
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Space;
    use crate::seal::{KeyBytes, KeyEpoch, Place, SealKey, row_version};
    use model::time::Timestamp;

    fn versions<const N: usize>() -> [RowVersion; N] {
        let key = SealKey::new(KeyEpoch::FIRST, KeyBytes::random());
        let place = Place::row(TenantNumber(1), Space::Payload, b"epoch");
        std::array::from_fn(|_| row_version(&key.seal(place, b"")).expect("a version"))
    }

    fn id(number: u64) -> ObjectId {
        ObjectId::new(number).expect("in range")
    }

    fn put(number: u64) -> InventoryChange {
        InventoryChange::Put(Arc::new(ManagedObject {
            id: id(number),
            owner: PrincipalId::new(1).expect("in range"),
            name: None,
            kind: None,
            created: Timestamp::from_millis(0),
            updated: Timestamp::from_millis(0),
            fragments: model::json::Object::new(),
        }))
    }

    fn waiting(steps: Vec<Step>) -> Mutex<Steps> {
        let bytes = steps
            .iter()
            .flat_map(|step| &step.changes)
            .map(InventoryChange::weight)
            .sum();
        Mutex::new(Steps {
            steps: steps.into(),
            bytes,
        })
    }

    fn ready(version: RowVersion) -> State {
        State::Ready(Projection {
            version: Some(version),
            ..Projection::default()
        })
    }

    fn holds(state: &State, version: RowVersion, ids: &[u64]) -> bool {
        let State::Ready(projection) = state else {
            return false;
        };
        let found = projection.all().map(|object| object.id.number());
        projection.version == Some(version) && found.eq(ids.iter().copied())
    }

    #[test]
    fn steps_are_taken_in_up_to_the_version_that_is_asked_for_and_no_further() {
        let [old, built, one, two] = versions();
        let steps = waiting(vec![
            Step {
                before: Some(old),
                after: built,
                changes: vec![put(1)],
            },
            Step {
                before: Some(built),
                after: one,
                changes: vec![put(2)],
            },
            Step {
                before: Some(one),
                after: two,
                changes: vec![put(3), InventoryChange::Delete(id(2))],
            },
        ]);
        let mut state = ready(built);
        assert!(state.catch_up(&steps, Some(one)));
        assert!(
            holds(&state, one, &[2]),
            "the step before the building is not repeated"
        );
        assert!(state.catch_up(&steps, Some(old)));
        assert!(holds(&state, one, &[2]), "there is no way back");
        assert!(state.catch_up(&steps, Some(two)));
        assert!(holds(&state, two, &[3]));
        assert_eq!(steps.into_inner().expect("no panic").bytes, 0);
    }

    #[test]
    fn a_projection_that_has_missed_a_step_is_of_no_more_use() {
        let [built, missed, newest] = versions();
        let steps = waiting(vec![Step {
            before: Some(missed),
            after: newest,
            changes: vec![put(1)],
        }]);
        assert!(!ready(built).catch_up(&steps, Some(newest)));
    }

    #[test]
    fn what_does_not_fit_is_tried_again_when_something_was_deleted() {
        let [before, after] = versions();
        let step = |change| {
            waiting(vec![Step {
                before: Some(before),
                after,
                changes: vec![change],
            }])
        };
        assert!(State::TooLarge.catch_up(&step(put(1)), Some(after)));
        assert!(!State::TooLarge.catch_up(&step(InventoryChange::Delete(id(1))), Some(after)));
    }
}
