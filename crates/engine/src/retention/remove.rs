//! Removing the next part of what a rule means of one type of data, within one commit.

use super::meant::Meant;
use crate::documents::each_of_part;
use crate::measurements::delete_part;
use crate::parts::Part;
use crate::refusal::Refusal;
use model::ids::{RetentionRuleId, TenantNumber};
use model::retention::RetainedData;
use policy::operations::alarms::AlarmDeleteMany;
use policy::operations::bulk_operations::BulkOperationCancel;
use policy::operations::events::EventDeleteMany;
use policy::operations::measurements::MeasurementDeleteMany;
use policy::operations::operations::OperationDeleteMany;
use policy::proof::{Allowed, SystemReason};
use store::documents;
use store::measurements;
use store::transaction::WriteTx;

const REASON: SystemReason = SystemReason::Retention;
/// Notes about devices of bulk operations that one commit removes.
const NOTES_PER_COMMIT: usize = 2_000;

/// Where the removal of one type of data goes on. It lives in memory only: after a restart it begins again, with less left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Among documents.
    Document(documents::Place),
    /// Among measurements.
    Measurement(measurements::Place),
    /// At the begin, as what is removed is not there any more.
    Begin,
}

impl At {
    fn document(self) -> Option<documents::Place> {
        match self {
            Self::Document(place) => Some(place),
            Self::Measurement(_) | Self::Begin => None,
        }
    }

    fn measurement(self) -> Option<measurements::Place> {
        match self {
            Self::Measurement(place) => Some(place),
            Self::Document(_) | Self::Begin => None,
        }
    }
}

/// Removes the next part.
pub(super) fn remove_part(
    tx: &WriteTx,
    tenant: TenantNumber,
    (rule, data): (RetentionRuleId, RetainedData),
    meant: &Meant<'_>,
    at: At,
) -> Result<Part<At>, Refusal> {
    let about = (meant.source().map(std::slice::from_ref), meant.time());
    match data {
        RetainedData::Event => {
            let rows = tx.events(Allowed::<EventDeleteMany>::mint_system(tenant, REASON));
            let part = each_of_part(
                &rows,
                about,
                at.document(),
                |event| meant.event(event),
                |event| Ok(rows.delete(event)?),
            )?;
            Ok(part.map(At::Document))
        }
        RetainedData::Alarm => {
            let rows = tx.alarms(Allowed::<AlarmDeleteMany>::mint_system(tenant, REASON));
            let part = each_of_part(
                &rows,
                about,
                at.document(),
                |alarm| meant.alarm(alarm),
                |alarm| Ok(rows.delete(alarm)?),
            )?;
            Ok(part.map(At::Document))
        }
        RetainedData::Operation => {
            let rows = tx.operations(Allowed::<OperationDeleteMany>::mint_system(tenant, REASON));
            let part = each_of_part(
                &rows,
                about,
                at.document(),
                |operation| meant.operation(operation),
                |operation| Ok(rows.delete(operation)?),
            )?;
            Ok(part.map(At::Document))
        }
        RetainedData::Measurement => {
            let rows = tx.measurements(Allowed::<MeasurementDeleteMany>::mint_system(tenant, REASON));
            let part = delete_part(&rows, &meant.measurements(), at.measurement())?;
            Ok(part.map(At::Measurement))
        }
        RetainedData::BulkOperation => remove_bulk_operations(tx, tenant, meant),
        RetainedData::Audit => super::audit::remove_part(tx, tenant, rule, meant),
    }
}

/// Removes whole bulk operations, each with what is noted about its devices, until the commit is large enough.
fn remove_bulk_operations(
    tx: &WriteTx,
    tenant: TenantNumber,
    meant: &Meant<'_>,
) -> Result<Part<At>, Refusal> {
    let rows = tx.bulk_operations(Allowed::<BulkOperationCancel>::mint_system(tenant, REASON));
    let (mut count, mut left) = (0, NOTES_PER_COMMIT);
    let mut next = None;
    for bulk in rows.now().bulk_operations()? {
        if !meant.bulk_operation(&bulk) {
            continue;
        }
        // Read once more, so that the committer knows on what this depends.
        let Some(bulk) = rows
            .now()
            .bulk_operation(bulk.id)?
            .filter(|bulk| meant.bulk_operation(bulk))
        else {
            continue;
        };
        if left == 0 {
            next = Some(At::Begin);
            break;
        }
        let (notes, is_gone) = rows.delete(bulk.id, left - 1)?;
        left = left.saturating_sub(1 + notes);
        if !is_gone {
            next = Some(At::Begin);
            break;
        }
        count += 1;
    }
    Ok(Part { count, next })
}
