//! The projections that are kept, of whole tenants and of parts: built on first use, moved on by the steps of the
//! committer, thrown away when there is no room. The committer never waits for a reader here.

use super::{InventoryChange, Part, Projection, part};
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::seal::RowVersion;
use crate::view::View;
use model::ids::TenantNumber;
use model::limits::PROJECTION_BYTES_MAX;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

/// Changes that the committer has made and that no reader has taken in yet.
#[derive(Default)]
struct Steps {
    steps: VecDeque<Step>,
    bytes: usize,
}

/// One group commit: the inventory moved from one version to the next.
pub(super) struct Step {
    before: Option<RowVersion>,
    pub(super) after: RowVersion,
    /// The same for all projections of the tenant.
    pub(super) changes: Arc<[InventoryChange]>,
}

/// One tenant's projection. The committer only adds to `waiting` and never waits for a reader; a reader that needs a
/// newer version takes the steps in.
#[derive(Default)]
struct Shared {
    state: RwLock<State>,
    waiting: Mutex<Steps>,
    /// When it was last asked for, counted in questions; and how many bytes it had when it was built.
    asked: AtomicU64,
    bytes: AtomicUsize,
}

#[derive(Default)]
enum State {
    /// Somebody reads the rows.
    #[default]
    Building,
    Ready(Box<Projection>),
    /// It does not fit; tried again when something was deleted.
    TooLarge,
}

/// Bytes of changes that may wait for a reader; then the projection is thrown away, to be built when it is asked again.
const WAITING_BYTES_MAX: usize = PROJECTION_BYTES_MAX / 8;

#[derive(Default)]
struct Tenants {
    shared: HashMap<TenantNumber, Vec<Entry>>,
    /// The newest version that the committer has told, also of tenants without a projection: what is built from an
    /// older view would miss the steps in between.
    newest: HashMap<TenantNumber, RowVersion>,
}

/// A projection, of everything or of a part.
struct Entry {
    of: Option<Arc<Part>>,
    shared: Arc<Shared>,
}

impl Tenants {
    fn known(&self, tenant: TenantNumber, of: Option<&Arc<Part>>) -> Option<&Arc<Shared>> {
        let mut entries = self.shared.get(&tenant).into_iter().flatten();
        entries
            .find(|entry| entry.of.as_ref() == of)
            .map(|entry| &entry.shared)
    }

    /// Throws parts away until the others fit, those first that nobody has asked for longest.
    fn make_room(&mut self) {
        loop {
            let entries = self
                .shared
                .iter()
                .flat_map(|(tenant, entries)| entries.iter().map(move |entry| (*tenant, entry)));
            let parts: Vec<_> = entries.filter(|(_, entry)| entry.of.is_some()).collect();
            let bytes: usize = parts
                .iter()
                .map(|(_, entry)| entry.shared.bytes.load(Ordering::Relaxed))
                .sum();
            let oldest = parts
                .iter()
                .min_by_key(|(_, entry)| entry.shared.asked.load(Ordering::Relaxed));
            match oldest.filter(|_| bytes > part::PARTS_BYTES_MAX || parts.len() > part::PARTS_MAX) {
                Some((tenant, entry)) => {
                    let (tenant, shared) = (*tenant, entry.shared.clone());
                    self.discard(tenant, &shared);
                }
                None => return,
            }
        }
    }

    fn discard(&mut self, tenant: TenantNumber, shared: &Arc<Shared>) {
        if let Some(entries) = self.shared.get_mut(&tenant) {
            entries.retain(|entry| !Arc::ptr_eq(&entry.shared, shared));
        }
    }
}

/// The projections of all tenants that were asked for.
#[derive(Default)]
pub(crate) struct Projections {
    tenants: Mutex<Tenants>,
    /// How many questions were asked.
    questions: AtomicU64,
}

/// What came of a question to one projection.
enum Answer<T> {
    Given(T),
    /// The rows have to be read.
    Rows,
    /// There is none: it does not fit.
    TooLarge,
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
        let Some(entries) = tenants.shared.get_mut(&tenant) else {
            return;
        };
        let bytes: usize = changes.iter().map(InventoryChange::weight).sum();
        let changes: Arc<[InventoryChange]> = changes.into();
        entries.retain(|entry| {
            let mut waiting = entry
                .shared
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            waiting.bytes += bytes;
            waiting.steps.push_back(Step {
                before,
                after,
                changes: changes.clone(),
            });
            waiting.bytes <= WAITING_BYTES_MAX
        });
    }

    /// Throws a tenant's projections away: the tenant is gone.
    pub(crate) fn forget(&self, tenant: TenantNumber) {
        let mut tenants = self.tenants();
        tenants.shared.remove(&tenant);
        tenants.newest.remove(&tenant);
    }

    /// Throws this projection away, if it is still the tenant's.
    fn discard(&self, tenant: TenantNumber, shared: &Arc<Shared>) {
        self.tenants().discard(tenant, shared);
    }

    /// Runs `ask` on a projection that has all of the part (of everything, if none is named) and exactly the view's
    /// version, building it if there is none, and tells with `None` that the rows must be read instead. The projection of
    /// everything is built for a part only if the part is too large for one of its own.
    pub(crate) fn ask<T>(
        &self,
        view: &View,
        tenant: TenantNumber,
        part: Option<&Arc<Part>>,
        ask: impl Fn(&Projection) -> T,
    ) -> Result<Option<T>, StoreFault> {
        let version = view.version(&Epoch::Inventory.key(tenant))?;
        if part.is_some() {
            let whole = self.tenants().known(tenant, None).cloned();
            if let Some(Answer::Given(answer)) =
                whole.and_then(|whole| self.ask_known(&whole, tenant, version, &ask))
            {
                return Ok(Some(answer));
            }
            match self.ask_one(view, tenant, part, version, &ask)? {
                Answer::Given(answer) => return Ok(Some(answer)),
                Answer::Rows => return Ok(None),
                Answer::TooLarge => {}
            }
        }
        match self.ask_one(view, tenant, None, version, &ask)? {
            Answer::Given(answer) => Ok(Some(answer)),
            Answer::Rows | Answer::TooLarge => Ok(None),
        }
    }

    fn ask_one<T>(
        &self,
        view: &View,
        tenant: TenantNumber,
        of: Option<&Arc<Part>>,
        version: Option<RowVersion>,
        ask: &impl Fn(&Projection) -> T,
    ) -> Result<Answer<T>, StoreFault> {
        let known = self.tenants().known(tenant, of).cloned();
        if let Some(answer) = known.and_then(|known| self.ask_known(&known, tenant, version, ask)) {
            return Ok(answer);
        }
        let built = self.build(view, tenant, of, version)?;
        let answer = built.and_then(|built| self.ask_known(&built, tenant, version, ask));
        Ok(answer.unwrap_or(Answer::Rows))
    }

    /// Asks this projection; nothing if it was of no more use and is thrown away.
    fn ask_known<T>(
        &self,
        shared: &Arc<Shared>,
        tenant: TenantNumber,
        version: Option<RowVersion>,
        ask: &impl Fn(&Projection) -> T,
    ) -> Option<Answer<T>> {
        shared
            .asked
            .store(self.questions.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let state = shared.state.read().unwrap_or_else(PoisonError::into_inner);
        if let State::Ready(projection) = &*state
            && projection.version == version
        {
            return Some(Answer::Given(ask(projection)));
        }
        drop(state);
        let mut state = shared.state.write().unwrap_or_else(PoisonError::into_inner);
        if !state.catch_up(&shared.waiting, version) {
            drop(state);
            self.discard(tenant, shared);
            return None;
        }
        let state = RwLockWriteGuard::downgrade(state);
        Some(match &*state {
            State::Ready(projection) if projection.version == version => Answer::Given(ask(projection)),
            State::Ready(_) | State::Building => Answer::Rows,
            State::TooLarge => Answer::TooLarge,
        })
    }

    /// Builds a tenant's projection from a view; nothing if another thread is at it, the view is not the newest, or it
    /// does not fit.
    fn build(
        &self,
        view: &View,
        tenant: TenantNumber,
        of: Option<&Arc<Part>>,
        version: Option<RowVersion>,
    ) -> Result<Option<Arc<Shared>>, StoreFault> {
        let shared = Arc::new(Shared::default());
        {
            let mut tenants = self.tenants();
            let is_newest = tenants
                .newest
                .get(&tenant)
                .is_none_or(|newest| Some(*newest) == version);
            if !is_newest || tenants.known(tenant, of).is_some() {
                return Ok(None);
            }
            // From here on the committer keeps its steps for this projection.
            let entry = Entry {
                of: of.cloned(),
                shared: shared.clone(),
            };
            tenants.shared.entry(tenant).or_default().push(entry);
        }
        let unfinished = Unfinished {
            projections: self,
            tenant,
            shared: &shared,
        };
        let mut projection = Projection {
            version,
            part: of.cloned(),
            ..Projection::default()
        };
        let fits = match of {
            Some(part) => part.read(view, tenant, &mut projection)?,
            None => projection.read_all(view, tenant)?,
        };
        // A tenant whose keys were destroyed meanwhile must not stay in memory in the clear.
        if !view.keys.has(tenant) {
            return Ok(None);
        }
        std::mem::forget(unfinished);
        if fits {
            shared.bytes.store(projection.bytes, Ordering::Relaxed);
        }
        let state = if fits {
            State::Ready(Box::new(projection))
        } else {
            State::TooLarge
        };
        *shared.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        self.tenants().make_room();
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
                let deletes = |change: &InventoryChange| {
                    matches!(
                        change,
                        InventoryChange::Delete(_) | InventoryChange::Unlink { .. }
                    )
                };
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
        if !steps.iter().all(|step| projection.take(step)) {
            return false;
        }
        if projection.is_too_large() {
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
mod tests;
