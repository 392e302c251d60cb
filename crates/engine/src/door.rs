//! The one door around every request, whatever the protocol: who asks, may it be, run the behaviour, commit, record.
//!
//! A behaviour runs on a bounded pool of threads, from one snapshot, and hands its change set to the committer; the
//! thread is free while the commit waits for the disk. A panic in a behaviour is contained here.

mod committing;
mod denials;
mod turns;

use crate::availability::MessageTimes;
use crate::caller::Caller;
use crate::desk::{Changing, Denial, Desk, Reading};
use crate::flow::Flows;
use crate::mqtt::KeptCounts;
use crate::note::Note;
use crate::rates::{Pace, Rates};
use crate::refusal::{FaultId, Refusal};
use crate::registration::Registrations;
use crate::retention::{Cursors, Previews};
use crate::sign_in::SignIns;
use crate::single_sign_on::SignOns;
use crate::statistics::UsageTimes;
use crate::windows::Windows;
use crate::work::{Command, Query, Then};
use crate::world::World;
use audit::record::Record;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::{LONG_SERIES_WAITING_MAX, WORK_QUEUE_MAX, WORKERS_MAX};
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use policy::decide::could;
use policy::operation::{AuditClass, Operation, OperationInfo, RateClass};
use policy::operations::applications::BootstrapRead;
use policy::operations::audit::AuditCreate;
use policy::operations::sessions::{SessionEnd, SessionOpen};
use policy::operations::tenants::CurrentTenantRead;
use policy::operations::users::{OwnPassword, OwnRead};
use policy::proof::{Allowed, SystemReason};
use std::collections::HashMap;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::facts::PrincipalFacts;
use store::seal::RowVersion;
use store::shards::Store;
use store::transaction::WriteTx;
use store::view::View;
use tokio::sync::Semaphore;
use turns::Turns;

/// The facts of principals, each good for one version of its tenant's rules.
type FactsCache = HashMap<(TenantNumber, PrincipalId), (Option<RowVersion>, Arc<PrincipalFacts>)>;
/// Refusals that are counted together: of one principal, by operation and kind of target.
type DenialKey = (TenantNumber, PrincipalId, &'static str, &'static str);
/// Most principals whose facts are kept.
const FACTS_MAX: usize = 50_000;

/// The door.
#[derive(Clone)]
pub struct Door(pub(crate) Arc<Inside>);

/// Whose calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Metered {
    tenant: TenantNumber,
    principal: PrincipalId,
    class: RateClass,
    /// Who has shown the password and not the second factor uses up nothing of what its owner may do.
    is_limited: bool,
}

impl Metered {
    fn of(caller: &Caller, operation: OperationInfo) -> Self {
        let identity = caller.identity();
        // A session is opened with a code, and wrong ones are slowed down before.
        let opens = operation.name == SessionOpen::INFO.name;
        Self {
            tenant: identity.tenant,
            principal: identity.principal,
            class: operation.rate,
            is_limited: identity.came.factor_due.is_some() && !opens,
        }
    }
}

pub(crate) struct Inside {
    pub(crate) store: Store,
    pub(crate) world: Arc<dyn World>,
    pub(crate) sign_ins: SignIns,
    pub(crate) sign_ons: SignOns,
    facts: Mutex<FactsCache>,
    workers: Arc<Semaphore>,
    waiting: AtomicUsize,
    denials: Windows<DenialKey, Record>,
    rates: Rates<Metered>,
    pub(crate) registrations: Registrations,
    pub(crate) lists: crate::certificates::Lists,
    pub(crate) anchors: Arc<crate::certificates::Anchors>,
    pub(crate) message_times: MessageTimes,
    pub(crate) feeds: crate::operations::Feeds,
    pub(crate) retention: Cursors,
    pub(crate) previews: Previews,
    pub(crate) usage: UsageTimes,
    pub(crate) kept_sessions: KeptCounts,
    pub(crate) flows: Flows,
    turns: Turns,
    /// Long series of one tenant are read one after the other.
    pub(crate) long_series: Turns,
}

impl Door {
    /// A door before a store.
    pub fn new(store: Store, world: Arc<dyn World>) -> Self {
        let sign_ins = SignIns::new(&store, &world);
        let sign_ons = SignOns::new(&world);
        let flows = Flows::new(world.now());
        Self(Arc::new(Inside {
            store,
            world,
            sign_ins,
            sign_ons,
            facts: Mutex::default(),
            workers: Arc::new(Semaphore::new(WORKERS_MAX)),
            waiting: AtomicUsize::new(0),
            denials: Windows::new(),
            rates: Rates::default(),
            registrations: Registrations::default(),
            lists: crate::certificates::Lists::default(),
            anchors: Arc::default(),
            message_times: MessageTimes::default(),
            feeds: crate::operations::Feeds::default(),
            retention: Cursors::default(),
            previews: Previews::default(),
            usage: UsageTimes::default(),
            kept_sessions: KeptCounts::default(),
            flows,
            turns: Turns::new(WORK_QUEUE_MAX),
            long_series: Turns::new(LONG_SERIES_WAITING_MAX),
        }))
    }

    /// The store, for offline commands and measurements of speed.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The time and randomness.
    pub fn world(&self) -> &Arc<dyn World> {
        &self.0.world
    }

    /// First of all: has this caller called too often? Costs next to nothing.
    pub fn meter(&self, caller: &Caller, operation: OperationInfo) -> Result<(), Refusal> {
        let now = self.0.world.monotonic_millis();
        let taken = self
            .0
            .rates
            .take(Metered::of(caller, operation), Pace::of(operation.rate), now);
        taken.map_err(|retry_after_seconds| Refusal::TooOften { retry_after_seconds })
    }

    /// Gives back so many of what was metered: it came to nothing, and is metered again when it is tried anew.
    pub fn unmeter(&self, caller: &Caller, operation: OperationInfo, calls: u64) {
        self.0.rates.give_back(&Metered::of(caller, operation), calls);
    }

    /// Counts a request for the usage of the caller's tenant; as a device's, if it may be one and no application sent it.
    /// Costs next to nothing.
    pub fn count(&self, caller: &Caller, may_be_of_device: bool) {
        let identity = caller.identity();
        let of_device = may_be_of_device && identity.application.is_none();
        self.0.store.count_request(identity.tenant, of_device);
    }

    /// Before a request's body is read: could this caller be allowed the operation on anything at all?
    pub async fn gate(&self, caller: &Caller, operation: OperationInfo) -> Result<(), Refusal> {
        check_due(caller, operation)?;
        let result = self.at_once(|| {
            let view = self.0.store.view(caller.identity().tenant)?;
            let (facts, _) = self.0.facts_of(&view, caller)?;
            let owns = view.owns_anything(&facts.principal)?;
            if operation.by.admits(facts.principal.kind()) && could(&facts.principal, operation.need, owns) {
                return Ok(());
            }
            let denial = Denial {
                operation: operation.name,
                target: "any",
                object: None,
            };
            Err(Refused {
                refusal: Refusal::Forbidden,
                denial: Some(denial),
            })
        });
        self.settle(caller, result).await
    }

    /// Asks a question.
    pub async fn ask<Q: Query>(&self, caller: &Caller, query: Q) -> Result<Q::Answer, Refusal> {
        check_due(caller, <Q::Operation as Operation>::INFO)?;
        let (inside, who) = (self.0.clone(), caller.clone());
        let result = self.work(move || {
            let tx = inside.store.read(who.identity().tenant)?;
            let known = inside.facts_of(&tx, &who)?;
            let desk: Reading = inside.desk(tx, who, known);
            query.answer(&desk).map_err(|refusal| desk.refused(refusal))
        });
        let result = result.await;
        let answer = self.settle(caller, result).await?;
        if <Q::Operation as Operation>::INFO.audit == AuditClass::Read {
            let name = <Q::Operation as Operation>::INFO.name;
            let note = match name == BootstrapRead::INFO.name {
                true => Note::new("Application", "Bootstrap credential read", caller.tenant_id()).text(name),
                false => Note::new("AuditAccess", "Audit log read", caller.tenant_id()).text(name),
            };
            self.record(self.0.record_of(caller, note), caller.identity().tenant)
                .await?;
        }
        Ok(answer)
    }

    /// Carries out a command. When this returns `Ok`, it is durable.
    pub async fn run<C: Command>(&self, caller: &Caller, command: C) -> Result<C::Answer, Refusal> {
        check_due(caller, <C::Operation as Operation>::INFO)?;
        let command = Arc::new(command);
        let (who, prepared) = (caller.clone(), command.clone());
        let done = self.commit_prepared(caller.identity().tenant, move |inside| {
            inside.prepare(who.clone(), &*prepared)
        });
        let done = done.await;
        let (then, receipt) = self.settle(caller, done).await?;
        self.note_heard(caller, &*command);
        if C::LEAVES_ROWS && receipt.is_some() {
            self.begin_removal(caller.identity().tenant).await;
        }
        Ok(then(receipt.unwrap_or_default()))
    }

    /// Says what would become of a command, and carries nothing out.
    pub(crate) async fn try_out<C: Command>(
        &self,
        caller: &Caller,
        command: C,
    ) -> Result<C::Answer, Refusal> {
        check_due(caller, <C::Operation as Operation>::INFO)?;
        let (inside, who) = (self.0.clone(), caller.clone());
        let result = self
            .work(move || Ok(inside.prepare(who, &command)?.1(store::Receipt::default())))
            .await;
        self.settle(caller, result).await
    }

    /// Runs where it is called: for a handful of reads of identity rows, which are few and stay in memory. Handing them
    /// to another thread would cost more than they do.
    pub(crate) fn at_once<T>(&self, work: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
        let contained = std::panic::catch_unwind(AssertUnwindSafe(work));
        contained.unwrap_or_else(|_| Err(Refusal::Fault(FaultId::report(&"a look-up panicked")).into()))
    }

    /// Runs work that asks nothing, and is too long for where connections are served, on the pool of the questions.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let done = self.work(move || Ok(work())).await;
        done.map_err(|refused| refused.refusal)
    }

    /// Runs on the bounded pool; says "busy" when too many wait. A panic is a fault of ours, not the end of the
    /// program.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let inside = &self.0;
        let waiting = Waiting::join(&inside.waiting).ok_or(Refusal::Busy)?;
        let Ok(permit) = inside.workers.clone().acquire_owned().await else {
            return Err(Refusal::Busy.into());
        };
        drop(waiting);
        let contained = move || {
            // The permit lives as long as the work, also when the client has gone and nobody waits for it.
            let _permit = permit;
            std::panic::catch_unwind(AssertUnwindSafe(work))
        };
        match tokio::task::spawn_blocking(contained).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(Refusal::Fault(FaultId::report(&"a behaviour panicked")).into()),
        }
    }

    /// Records a refusal of the decision before it is told: the first of its window at once, repeats by their count.
    async fn settle<T>(&self, caller: &Caller, result: Result<T, Refused>) -> Result<T, Refusal> {
        let refused = match result {
            Ok(value) => return Ok(value),
            Err(refused) => refused,
        };
        if let Some(denial) = refused.denial {
            self.record_denial(caller, denial).await?;
        }
        Err(refused.refusal)
    }

    /// Writes a record that belongs to no change, and waits until it is durable.
    pub(crate) async fn record(&self, record: Record, tenant: TenantNumber) -> Result<(), Refusal> {
        let happened = record.time;
        self.record_late(record, tenant, happened).await
    }

    /// The same of something that last happened then.
    async fn record_late(
        &self,
        record: Record,
        tenant: TenantNumber,
        happened: Timestamp,
    ) -> Result<(), Refusal> {
        self.committed(tenant, move |inside| {
            let tx = inside.store.write_for(&Allowed::<AuditCreate>::mint_system(
                tenant,
                SystemReason::AuditWindow,
            ))?;
            crate::sign_in::remember(&tx, &record, tenant, happened)?;
            tx.record(record.clone());
            Ok((tx, ()))
        })
        .await
    }

    /// Writes the record that begins a window. In a task of its own, so that a client that goes away takes no record with
    /// it; one that could not be written is counted, and written when its window closes.
    pub(crate) async fn record_first<K: Hash + Eq + Clone + Send + 'static>(
        &self,
        windows: fn(&Inside) -> &Windows<K, Record>,
        key: K,
        record: Record,
        tenant: TenantNumber,
    ) -> Result<(), Refusal> {
        let door = self.clone();
        let written = tokio::spawn(async move {
            let outcome = door.record(record.clone(), tenant).await;
            if outcome.is_err() {
                let now = door.0.world.monotonic_millis();
                windows(&door.0).count_on(key, record, 1, now);
            }
            outcome
        });
        written
            .await
            .map_err(|_| Refusal::Fault(FaultId::report(&"writing an audit record panicked")))?
    }

    /// Writes what was counted in windows that are over; all of them when the program stops. Called every few seconds.
    /// What could not be written is counted on, and the first reason is told.
    pub async fn close_windows(&self, all: bool) -> Result<(), Refusal> {
        let inside = self.0.clone();
        let denials = self.write_closed(&inside.denials, |key| key.0, all).await;
        let sign_ins = self
            .write_closed(inside.sign_ins.windows(), |key| key.0, all)
            .await;
        let crowds = self
            .write_closed(inside.sign_ins.crowds(), |key| key.0, all)
            .await;
        denials.and(sign_ins).and(crowds)
    }

    async fn write_closed<K: Hash + Eq + Clone>(
        &self,
        windows: &Windows<K, Record>,
        tenant_of: impl Fn(&K) -> TenantNumber,
        all: bool,
    ) -> Result<(), Refusal> {
        let mut outcome = Ok(());
        for (key, about, count) in windows.close(self.0.world.monotonic_millis(), all) {
            let tenant = tenant_of(&key);
            let mut record = about.clone();
            record.count = count;
            record.time = self.0.world.now();
            record.salt = self.0.world.random();
            let Err(refusal) = self.record_late(record, tenant, about.time).await else {
                continue;
            };
            let known = self.0.store.catalogue().and_then(|all| all.tenant(tenant));
            if matches!(known, Ok(None)) {
                // The tenant is deleted, and its log with it.
                continue;
            }
            windows.count_on(key, about, count, self.0.world.monotonic_millis());
            outcome = outcome.and(Err(refusal));
        }
        outcome
    }
}

/// Who has a second factor to show may see to that. Who came in with a password that the tenant does not take any more may
/// change it, see who he is, and leave (R002).
pub(crate) fn check_due(caller: &Caller, operation: OperationInfo) -> Result<(), Refusal> {
    if crate::second_factor::check_due(caller, operation)? {
        return Ok(());
    }
    const LEFT: [&str; 4] = [
        OwnPassword::INFO.name,
        OwnRead::INFO.name,
        CurrentTenantRead::INFO.name,
        SessionEnd::INFO.name,
    ];
    if caller.password_due() && !LEFT.contains(&operation.name) {
        return Err(Refusal::PasswordDue);
    }
    Ok(())
}

/// A place in the queue for the pool; given back when dropped, also when the client goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(count: &'a AtomicUsize) -> Option<Self> {
        let waiting = Self(count);
        (count.fetch_add(1, Ordering::AcqRel) < WORK_QUEUE_MAX).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A refusal on its way out, with the decision behind it if it was one.
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) denial: Option<Denial>,
}

impl<R: Into<Refusal>> From<R> for Refused {
    fn from(refusal: R) -> Self {
        Self {
            refusal: refusal.into(),
            denial: None,
        }
    }
}

impl<T> Desk<T> {
    fn refused(&self, refusal: Refusal) -> Refused {
        let denial = *self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        let denied = matches!(
            refusal,
            Refusal::Forbidden | Refusal::NotForDevices | Refusal::Missing(_) | Refusal::Invalid(_)
        );
        Refused {
            refusal,
            denial: denial.filter(|_| denied),
        }
    }
}

impl Inside {
    /// The caller's facts in this view and its tenant, or "not signed in" if it may not act any more: disabled, deleted,
    /// revoked, or its tenant not active.
    ///
    /// The view was opened before the catalogue is read here, and the version of the rules is noted in it. So a command
    /// that sees its tenant active either is committed before the tenant's suspension is acknowledged, or conflicts with
    /// the fence that stands before that acknowledgement.
    fn facts_of(&self, view: &View, caller: &Caller) -> Result<(Arc<PrincipalFacts>, Tenant), Refusal> {
        let identity = caller.identity();
        let tenant = self.store.catalogue()?.tenant(identity.tenant)?;
        let tenant = tenant.filter(|tenant| tenant.status == TenantStatus::Active);
        let tenant = tenant.ok_or(Refusal::NotSignedIn)?;
        let key = (identity.tenant, identity.principal);
        let version = view.rules_epoch(identity.tenant)?;
        let known = self
            .facts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        let facts = match known {
            Some((of, facts)) if of == version => facts,
            _ => {
                let found = view.principal(identity.tenant, identity.principal)?;
                let facts = Arc::new(found.ok_or(Refusal::NotSignedIn)?);
                let mut cache = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
                if cache.len() >= FACTS_MAX {
                    cache.clear();
                }
                cache.insert(key, (version, facts.clone()));
                facts
            }
        };
        if !facts.enabled || facts.epoch != identity.epoch || !self.is_way_open(view, &tenant, caller)? {
            return Err(Refusal::NotSignedIn);
        }
        Ok((facts, tenant))
    }

    /// Whether a caller who stays may still act: its tenant and its user let it in, and so does what it came in with, be it
    /// a password, a key, a session, a token or a certificate. What it may do is decided for each thing. Costs a few reads.
    pub(crate) fn still_in(&self, caller: &Caller) -> Result<(), Refusal> {
        let view = self.store.view(caller.identity().tenant)?;
        self.facts_of(&view, caller).map(drop)
    }

    /// Whether a caller who stays certainly may not act any more. Where that cannot be found out now, the next look will
    /// tell, and nothing is ended or forgotten because of it: what is asked for meanwhile is decided all the same.
    pub(crate) fn is_signed_out(&self, caller: &Caller) -> bool {
        matches!(self.still_in(caller), Err(Refusal::NotSignedIn))
    }

    fn desk<T>(&self, tx: T, caller: Caller, (facts, tenant): (Arc<PrincipalFacts>, Tenant)) -> Desk<T> {
        Desk {
            tx,
            caller,
            tenant,
            facts,
            world: self.world.clone(),
            anchors: self.anchors.clone(),
            denied: Mutex::new(None),
        }
    }

    fn prepare<C: Command>(
        &self,
        caller: Caller,
        command: &C,
    ) -> Result<(WriteTx, Then<C::Answer>), Refused> {
        let opening = self.store.opening(caller.identity().tenant)?;
        let known = self.facts_of(&opening, &caller)?;
        let is_quiet = caller.is_quiet();
        let desk: Changing = self.desk(opening.write_as(&known.0.principal), caller, known);
        if is_quiet {
            desk.tx.keep_quiet();
        }
        let then = command.change(&desk).map_err(|refusal| desk.refused(refusal))?;
        if !desk.tx.is_empty() {
            crate::mqtt::note_received(&desk.tx, desk.caller())?;
        }
        let info = <C::Operation as Operation>::INFO;
        if info.audit == AuditClass::Batch {
            let activity = match desk.tx.passes() {
                true => "Telemetry passed on",
                false => "Telemetry stored",
            };
            let note = Note::new("Telemetry", activity, desk.who().id()).text(info.name);
            desk.tx.record_batch(desk.record_of(note), Some(desk.who().id()));
        }
        assert!(
            info.audit != AuditClass::Each || C::PREPARES || desk.tx.is_empty() || desk.tx.is_recorded(),
            "{} changes something and leaves no audit record",
            info.name
        );
        Ok((desk.tx, then))
    }

    /// The audit record of a caller outside of any behaviour.
    fn record_of(&self, caller: &Caller, note: Note) -> Record {
        crate::desk::record_of(&*self.world, caller, note)
    }
}

#[cfg(test)]
mod tests;
