//! What creates the operations of bulk operations: called every second, in every tenant, and after a restart.
//!
//! The platform does the work, and the rights are those of whoever planned it, read anew for every device: a right that
//! is withdrawn ends what it allowed. A device leaves the list in the commit that creates its operation, so it is asked
//! once, whenever the program stops.

use crate::caller::actor_kind;
use crate::door::{Door, Inside};
use crate::note::Note;
use crate::operations::{created, store_new, waits_until};
use crate::refusal::{Bound, Invalid, Refusal};
use crate::setup::system_record;
use crate::world::World;
use audit::record::{Actor, Record};
use model::bulk_operations::{BulkOperation, BulkStatus, BulkTarget, GROUP_QUERY};
use model::ids::{BulkOperationId, ObjectId, TenantNumber};
use model::inventory::ChildKind;
use model::json::Json;
use model::limits::{BULK_BEHIND_SECONDS_MAX, BULK_DEVICES_MAX};
use model::operations::{Operation, OperationStatus};
use model::time::Timestamp;
use policy::decide::{Target, decide};
use policy::facts::Principal;
use policy::operations::bulk_operations::{BulkOperationCreate, BulkOperationRead, BulkOperationUpdate};
use policy::operations::inventory::{InventoryList, InventoryRead};
use policy::operations::operations::OperationCreate;
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use store::bulk_operations::BulkChanges;
use store::facts::PrincipalFacts;
use store::inventory::InventoryRows;
use store::search::Search;
use store::transaction::{ReadTx, WriteTx};

/// Devices that one commit asks at most.
const AT_ONCE: usize = 50;

impl Door {
    /// Creates the operations that bulk operations are due to create, in every active tenant. Called every second. What
    /// fails in one tenant holds up no other; the first reason is told.
    pub async fn advance_bulk_operations(&self) -> Result<(), Refusal> {
        let advance = |tenant| self.advance_all(tenant);
        self.in_every_active_tenant(SystemReason::BulkOperation, advance)
            .await
            .1
    }

    async fn advance_all(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        while self.advance_one(tenant).await? {}
        Ok(())
    }

    /// Takes one step; says whether there was any to take.
    async fn advance_one(&self, tenant: TenantNumber) -> Result<bool, Refusal> {
        self.committed(tenant, move |inside| {
            let tx = inside.advance(tenant)?;
            let stepped = tx.is_some();
            Ok((tx, stepped))
        })
        .await
    }
}

impl Inside {
    /// Prepares one step of the first bulk operation that is due; nothing if none is.
    fn advance(&self, tenant: TenantNumber) -> Result<Option<WriteTx>, Refusal> {
        let proof = Allowed::<BulkOperationUpdate>::mint_system(tenant, SystemReason::BulkOperation);
        let tx = self.store.write_for(&proof)?;
        let stepped = self.step(&tx, &tx.bulk_operations(proof), tenant)?;
        Ok(stepped.then_some(tx))
    }

    fn step(&self, tx: &WriteTx, rows: &BulkChanges<'_>, tenant: TenantNumber) -> Result<bool, Refusal> {
        let now = self.world.now();
        for id in rows.now().open()? {
            let bulk = rows.now().bulk_operation(id)?;
            let Some(bulk) = bulk.filter(|bulk| bulk.next <= now) else {
                continue;
            };
            let creator = tx.principal(tenant, bulk.creator)?;
            let step = Step {
                tx,
                rows,
                world: &self.world,
                creator: creator.filter(|creator| creator.enabled),
                now,
            };
            match bulk.status {
                BulkStatus::Active => step.begin(bulk, &self.store.read(tenant)?)?,
                _ => step.go_on(bulk)?,
            }
            return Ok(true);
        }
        Ok(false)
    }
}

/// One step of a bulk operation.
struct Step<'s> {
    tx: &'s WriteTx,
    rows: &'s BulkChanges<'s>,
    world: &'s Arc<dyn World>,
    /// Whoever planned it, if it may act at all.
    creator: Option<PrincipalFacts>,
    now: Timestamp,
}

impl Step<'_> {
    /// Finds out which devices are to be asked.
    fn begin(&self, mut bulk: BulkOperation, read: &ReadTx) -> Result<(), Refusal> {
        let who = self.creator.as_ref().map(|creator| &creator.principal);
        let found = match who.filter(|who| may_plan(who)) {
            Some(who) => devices(&bulk, read, who)?,
            None => Err("whoever planned it may not any more"),
        };
        match found {
            Ok(devices) => {
                self.rows.plan(bulk.id, &devices)?;
                bulk.status = BulkStatus::InProgress;
                self.tell(
                    &bulk,
                    BulkStatus::Active,
                    format!("Bulk operation begun on {} devices", devices.len()),
                );
            }
            Err(why) => {
                bulk.status = BulkStatus::Deleted;
                self.tell(
                    &bulk,
                    BulkStatus::Active,
                    format!("Bulk operation cancelled: {why}"),
                );
            }
        }
        Ok(self.rows.put(&bulk)?)
    }

    /// Asks the next devices, as many as are due.
    fn go_on(&self, mut bulk: BulkOperation) -> Result<(), Refusal> {
        let ramp = i64::try_from(bulk.plan.ramp_millis).unwrap_or(i64::MAX);
        // After a pause, what was missed is not caught up in one heap.
        let behind_most = self.now.plus_millis(-1_000 * BULK_BEHIND_SECONDS_MAX);
        bulk.next = bulk.next.max(behind_most);
        let waiting = self.rows.now().waiting(bulk.id, AT_ONCE + 1)?;
        let mut asked = 0;
        for device in waiting.iter().take(AT_ONCE) {
            if bulk.next > self.now {
                break;
            }
            let could_be_asked = self.ask(&bulk, *device)?;
            self.rows.take(bulk.id, *device, could_be_asked)?;
            bulk.next = bulk.next.plus_millis(ramp);
            asked += 1;
        }
        if asked == waiting.len() {
            bulk.status = BulkStatus::Completed;
            self.tell(
                &bulk,
                BulkStatus::InProgress,
                "Every device of the bulk operation was asked".to_owned(),
            );
        }
        Ok(self.rows.put(&bulk)?)
    }

    /// Creates the operation on one device, by the rights that the creator has now; says whether that was allowed and
    /// possible.
    fn ask(&self, bulk: &BulkOperation, device: ObjectId) -> Result<bool, Refusal> {
        let Some(proof) = self.allow(bulk, device)? else {
            self.refuse(
                bulk.id,
                device,
                "whoever planned it may not ask this device, or it is not there",
            );
            return Ok(false);
        };
        let rows = self.tx.operations(proof);
        let operation = Operation {
            id: rows.new_id()?,
            device,
            creator: bulk.creator,
            bulk: Some(bulk.id),
            description: bulk.plan.description.clone(),
            status: OperationStatus::Pending,
            failure_reason: None,
            created: self.now,
            updated: self.now,
            expires: waits_until(rows.pending_seconds()?, self.now),
            handed_out: Vec::new(),
            fragments: bulk.plan.fragments.clone(),
        };
        match store_new(&rows, &operation) {
            Ok(()) => {
                self.record(created(&operation));
                Ok(true)
            }
            Err(Refusal::Invalid(Invalid::NoAgent(_))) => {
                self.refuse(bulk.id, device, "nobody would take its operations");
                Ok(false)
            }
            Err(Refusal::Invalid(Invalid::TooMany(Bound::OpenOperations))) => {
                self.refuse(bulk.id, device, "too many operations of it are not finished");
                Ok(false)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn allow(
        &self,
        bulk: &BulkOperation,
        device: ObjectId,
    ) -> Result<Option<Allowed<OperationCreate>>, Refusal> {
        let who = self.creator.as_ref().map(|creator| &creator.principal);
        let Some(who) = who.filter(|who| may_plan(who)) else {
            return Ok(None);
        };
        let Some(object) = self.tx.object_facts(who, device)? else {
            return Ok(None);
        };
        let fragments: Vec<_> = bulk.plan.fragments.names().collect();
        let target = Target::With {
            object: &object,
            fragments: &fragments,
        };
        Ok(decide(who, target).ok())
    }

    fn refuse(&self, id: BulkOperationId, device: ObjectId, why: &str) {
        let text = format!("The device {device} was not asked: {why}");
        self.record(Note::new("BulkOperation", "Device not asked", id).text(text));
    }

    fn tell(&self, bulk: &BulkOperation, before: BulkStatus, text: String) {
        let word = |status: BulkStatus| Some(Json::from(status.word()));
        let note = Note::new("BulkOperation", "Bulk operation updated", bulk.id).text(text);
        self.record(note.change("status", word(before), word(bulk.status)));
    }

    /// Writes down what was done in the name of the creator, by a job of the platform.
    fn record(&self, note: Note) {
        let what = (note.kind, note.activity, note.text);
        let record = system_record(self.world, SystemReason::BulkOperation, what, note.source);
        let actor = self.creator.as_ref().map(|creator| Actor {
            principal: Some(creator.principal.id()),
            name: creator.name.to_string(),
            kind: actor_kind(creator.principal.kind()),
        });
        self.tx.record(Record {
            actor: actor.unwrap_or_else(|| record.actor.clone()),
            changes: note.changes,
            ..record
        });
    }
}

/// Whether somebody may still plan bulk operations.
fn may_plan(who: &Principal) -> bool {
    decide::<BulkOperationCreate>(who, Target::Tenant).is_ok()
}

/// The devices that a bulk operation is to ask: those that its creator knows; or why there are none.
type Devices = Result<Vec<ObjectId>, &'static str>;

const GONE: &str = "the group is not there";
const TOO_MANY: &str = "the group is too large";

fn devices(bulk: &BulkOperation, read: &ReadTx, who: &Principal) -> Result<Devices, Refusal> {
    let group = match bulk.plan.target {
        BulkTarget::Group(group) => group,
        BulkTarget::FailedOf(id) => {
            let proof = Allowed::<BulkOperationRead>::mint_system(who.tenant(), SystemReason::BulkOperation);
            return Ok(Ok(read.bulk_operations(proof).failed(id)?));
        }
    };
    let facts = read.object_facts(who, group)?;
    let proof = facts.and_then(|object| decide::<InventoryRead>(who, Target::Object(&object)).ok());
    let found = proof
        .map(|proof| read.inventory(proof).object(group))
        .transpose()?
        .flatten();
    let Some(found) = found else {
        return Ok(Err(GONE));
    };
    let Ok(listed) = decide::<InventoryList>(who, Target::Tenant) else {
        return Ok(Err(GONE));
    };
    let rows = read.inventory(listed);
    match found.fragments.get(GROUP_QUERY).and_then(Json::as_str) {
        Some(text) => of_query(&rows, text, read, who),
        None => of_group(&rows, group),
    }
}

/// The devices of a group and of the groups in it.
fn of_group(rows: &InventoryRows<'_>, group: ObjectId) -> Result<Devices, Refusal> {
    let Some(below) = rows.with_below(group, &[ChildKind::Asset], BULK_DEVICES_MAX)? else {
        return Ok(Err(TOO_MANY));
    };
    let mut devices = Vec::new();
    for id in below {
        let object = rows.listed(id)?;
        devices.extend(object.filter(|object| object.is_device()).map(|object| object.id));
    }
    Ok(Ok(devices))
}

/// The devices that a dynamic group's query finds.
fn of_query(
    rows: &InventoryRows<'_>,
    text: &str,
    read: &ReadTx,
    who: &Principal,
) -> Result<Devices, Refusal> {
    let Ok(query) = query::ast::Query::parse(text) else {
        return Ok(Err("the query of the dynamic group is not understood"));
    };
    let search = Search {
        query: Some(query),
        only_devices: true,
        take: BULK_DEVICES_MAX + 1,
        ..Search::default()
    };
    let name_of = |id| read.name_of(who, id).ok().flatten().map(|name| name.to_string());
    match rows.find(&search, &name_of)? {
        Ok(found) if found.objects.len() <= BULK_DEVICES_MAX => {
            Ok(Ok(found.objects.iter().map(|object| object.id).collect()))
        }
        Ok(_) | Err(_) => Ok(Err(TOO_MANY)),
    }
}
