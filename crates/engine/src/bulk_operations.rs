//! Bulk operations: planning, showing, changing and cancelling them. What creates their operations is in `run`.

mod run;

use crate::desk::{Changing, Desk, Reading};
use crate::inventory::check_size;
use crate::note::Note;
use crate::page::{Listed, Page, Room};
use crate::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::bulk_operations::{
    BulkFilter, BulkOperation, BulkOperationUpdate, BulkStatus, BulkTarget, GeneralStatus, NewBulkOperation,
    Progress, general_status,
};
use model::ids::BulkOperationId;
use model::json::Json;
use model::limits::{BULK_OPEN_MAX, DOCUMENT_BYTES_MAX, FRAGMENTS_MAX};
use policy::operations::bulk_operations::{
    BulkOperationCancel, BulkOperationCreate, BulkOperationRead, BulkOperationUpdate as Updating,
};
use policy::operations::inventory::InventoryRead;
use std::ops::Deref;
use store::bulk_operations::BulkRows;
use store::view::View;

/// A bulk operation as those see it who may read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkView {
    /// The bulk operation.
    pub bulk: BulkOperation,
    /// How many devices stand where.
    pub progress: Progress,
    /// Where it stands.
    pub general: GeneralStatus,
}

/// A bulk operation that was planned or changed: shown to those who may read it (R019).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenBulk {
    /// Its id.
    pub id: BulkOperationId,
    /// All of it.
    pub shown: Option<Box<BulkView>>,
}

fn missing(id: BulkOperationId) -> Refusal {
    Refusal::Missing(Missing::BulkOperation(id))
}

fn show(rows: &BulkRows<'_>, bulk: BulkOperation) -> Result<BulkView, Refusal> {
    let progress = rows.progress(bulk.id)?;
    Ok(BulkView {
        general: general_status(bulk.status, progress),
        progress,
        bulk,
    })
}

fn written(desk: &Changing, rows: &BulkRows<'_>, bulk: BulkOperation) -> Result<WrittenBulk, Refusal> {
    let id = bulk.id;
    let shown = match desk.may::<BulkOperationRead>() {
        true => Some(Box::new(show(rows, bulk)?)),
        false => None,
    };
    Ok(WrittenBulk { id, shown })
}

/// Reads one bulk operation. One that was cancelled can still be read.
pub struct ReadBulkOperation(pub BulkOperationId);

impl Query for ReadBulkOperation {
    type Operation = BulkOperationRead;
    type Answer = BulkView;

    fn answer(&self, desk: &Reading) -> Result<BulkView, Refusal> {
        let rows = desk.tx.bulk_operations(desk.allow::<BulkOperationRead>()?);
        let bulk = rows.bulk_operation(self.0)?.ok_or(missing(self.0))?;
        show(&rows, bulk)
    }
}

/// Finds bulk operations in the order of their ids.
pub struct FindBulkOperations {
    /// Which.
    pub filter: BulkFilter,
    /// Which part of them.
    pub page: Page,
}

impl Query for FindBulkOperations {
    type Operation = BulkOperationRead;
    type Answer = Listed<BulkView>;

    fn answer(&self, desk: &Reading) -> Result<Listed<BulkView>, Refusal> {
        let rows = desk.tx.bulk_operations(desk.allow::<BulkOperationRead>()?);
        let BulkFilter {
            with_deleted,
            general_status: wanted,
            start,
        } = self.filter;
        let mut meant = Vec::new();
        for bulk in rows.bulk_operations()? {
            let is_there = with_deleted || bulk.status != BulkStatus::Deleted;
            if !is_there || !start.has(bulk.plan.start) {
                continue;
            }
            // Devices are counted only where that decides.
            let told = match wanted {
                Some(_) => Some(show(&rows, bulk.clone())?.general),
                None => None,
            };
            if told == wanted {
                meant.push(bulk);
            }
        }
        let room = Room::new();
        self.page.of(meant).try_map(|bulk| {
            room.take_document(&bulk.plan.fragments)?;
            room.take_document(&bulk.plan.more)?;
            show(&rows, bulk)
        })
    }
}

/// Plans a bulk operation.
pub struct CreateBulkOperation(pub NewBulkOperation);

impl Command for CreateBulkOperation {
    type Operation = BulkOperationCreate;
    type Answer = WrittenBulk;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenBulk>, Refusal> {
        let rows = desk.tx.bulk_operations(desk.allow::<BulkOperationCreate>()?);
        check(desk, &rows.now(), &self.0)?;
        if rows.now().open()?.len() >= BULK_OPEN_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::OpenBulkOperations)));
        }
        let bulk = BulkOperation {
            id: rows.new_id()?,
            creator: desk.who().id(),
            plan: self.0.clone(),
            status: BulkStatus::Active,
            next: self.0.start,
            created: desk.now(),
        };
        rows.put(&bulk)?;
        desk.note(Note::new("BulkOperation", "Bulk operation created", bulk.id).text(describe(&bulk)));
        Ok(done(written(desk, &rows.now(), bulk)?))
    }
}

/// The target must be one that the caller knows. What is asked is decided device by device when it is asked.
fn check<T: Deref<Target = View>>(
    desk: &Desk<T>,
    rows: &BulkRows<'_>,
    plan: &NewBulkOperation,
) -> Result<(), Refusal> {
    match plan.target {
        BulkTarget::Group(group) => desk
            .require_on::<InventoryRead>(group)
            .map_err(|refusal| refusal.of_named_source(group))?,
        BulkTarget::FailedOf(id) => {
            let parent = rows.bulk_operation(id)?;
            parent.ok_or(Refusal::Invalid(Invalid::UnknownBulkOperation(id)))?;
        }
    }
    let is_long = |text: &String| text.len() > DOCUMENT_BYTES_MAX;
    if plan.description.as_ref().is_some_and(is_long) {
        return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
    }
    check_size(&plan.more)?;
    check_size(&plan.fragments)
}

fn describe(bulk: &BulkOperation) -> String {
    let target = match bulk.plan.target {
        BulkTarget::Group(group) => format!("the group {group}"),
        BulkTarget::FailedOf(id) => format!("the devices on which bulk operation {id} has failed"),
    };
    let names: Vec<_> = bulk.plan.fragments.names().collect();
    format!(
        "Bulk operation on {target} from {}: {}",
        bulk.plan.start,
        names.join(", ")
    )
}

/// Changes a bulk operation that has not begun. From then on it goes by the rights of whoever changed it.
pub struct UpdateBulkOperation {
    /// Which.
    pub id: BulkOperationId,
    /// What.
    pub update: BulkOperationUpdate,
}

impl Command for UpdateBulkOperation {
    type Operation = Updating;
    type Answer = WrittenBulk;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenBulk>, Refusal> {
        let rows = desk.tx.bulk_operations(desk.allow::<Updating>()?);
        let before = rows.now().bulk_operation(self.id)?.ok_or(missing(self.id))?;
        let mut after = before.clone();
        self.apply(&mut after.plan)?;
        if after != before {
            if before.status != BulkStatus::Active {
                return Err(Refusal::Conflict(Conflict::BulkBegun));
            }
            // What is asked now is asked by the caller, whoever planned it first.
            after.creator = desk.who().id();
            after.next = after.plan.start;
            check(desk, &rows.now(), &after.plan)?;
            rows.put(&after)?;
            desk.note(Note::new("BulkOperation", "Bulk operation updated", after.id).text(describe(&after)));
        }
        Ok(done(written(desk, &rows.now(), after)?))
    }
}

impl UpdateBulkOperation {
    fn apply(&self, plan: &mut NewBulkOperation) -> Result<(), Refusal> {
        let update = &self.update;
        if update.more.len() > 2 * FRAGMENTS_MAX {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        plan.target = update.target.unwrap_or(plan.target);
        plan.start = update.start.unwrap_or(plan.start);
        plan.ramp_millis = update.ramp_millis.unwrap_or(plan.ramp_millis);
        if let Some((description, fragments)) = &update.prototype {
            plan.description.clone_from(description);
            plan.fragments.clone_from(fragments);
        }
        for (name, value) in &update.more {
            match value {
                Json::Null => drop(plan.more.remove(name)),
                value => plan.more.set(name.as_str(), value.clone()),
            }
        }
        Ok(())
    }
}

/// Cancels a bulk operation: what it has not asked yet is never asked. What was asked stays asked.
pub struct CancelBulkOperation(pub BulkOperationId);

impl Command for CancelBulkOperation {
    type Operation = BulkOperationCancel;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.bulk_operations(desk.allow::<BulkOperationCancel>()?);
        let mut bulk = rows.now().bulk_operation(self.0)?.ok_or(missing(self.0))?;
        if bulk.status == BulkStatus::Deleted {
            return Err(missing(self.0));
        }
        let left = rows.now().waiting(bulk.id, usize::MAX)?.len();
        rows.forget_waiting(bulk.id)?;
        let before = std::mem::replace(&mut bulk.status, BulkStatus::Deleted);
        rows.put(&bulk)?;
        let text = format!("Bulk operation cancelled; {left} devices were not asked");
        let word = |status: BulkStatus| Some(Json::from(status.word()));
        let note = Note::new("BulkOperation", "Bulk operation deleted", bulk.id).text(text);
        desk.note(note.change("status", word(before), word(bulk.status)));
        Ok(done(()))
    }
}
