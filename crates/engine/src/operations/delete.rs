//! Deleting operations by a filter, in many small commits.

use super::Targets;
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::documents::each_of_part;
use crate::door::Door;
use crate::note::Note;
use crate::parts::Part;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Query, Then, done};
use model::ids::ObjectId;
use model::operations::OperationFilter;
use policy::operations::operations::{OperationDeleteMany, OperationList};
use store::documents::Place;

/// Finds the devices that a deletion names; nothing for any device.
pub struct FindTargets(pub Targets);

impl Query for FindTargets {
    type Operation = OperationList;
    type Answer = Option<Vec<ObjectId>>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        self.0.find(desk)
    }
}

/// Deletes the next part of the operations that a filter means. [`Door::delete_operations`] goes through all.
pub struct DeleteOperations {
    /// On these devices; nothing: on any.
    pub devices: Option<Vec<ObjectId>>,
    /// Which: a device, a status or a time must be given.
    pub filter: OperationFilter,
    /// Where the part before has ended.
    pub start: Option<Place>,
}

impl Command for DeleteOperations {
    type Operation = OperationDeleteMany;
    type Answer = Part<Place>;

    fn change(&self, desk: &Changing) -> Result<Then<Part<Place>>, Refusal> {
        let Self {
            devices,
            filter,
            start,
        } = self;
        let rows = desk.tx.operations(desk.allow::<OperationDeleteMany>()?);
        if devices.is_none() && *filter == OperationFilter::default() {
            return Err(Refusal::Invalid(Invalid::DeletionUnfiltered));
        }
        let part = each_of_part(
            &rows,
            (devices.as_deref(), filter.created),
            *start,
            |operation| filter.wants(operation),
            |operation| Ok(rows.delete(operation)?),
        )?;
        if part.count > 0 {
            let about = match devices.as_deref() {
                Some([device]) => device.to_string(),
                _ => "*".to_owned(),
            };
            let text = format!(
                "{} operations deleted: {}",
                part.count,
                describe(devices.as_deref(), filter)
            );
            desk.note(Note::new("Operation", "Operations deleted", about).text(text));
        }
        Ok(done(part))
    }
}

/// The filter in words, for the audit log.
fn describe(devices: Option<&[ObjectId]>, filter: &OperationFilter) -> String {
    const NAMED_MAX: usize = 20;
    let named = |devices: &[ObjectId]| {
        let named: Vec<_> = devices.iter().take(NAMED_MAX).map(ToString::to_string).collect();
        match devices.len().checked_sub(NAMED_MAX) {
            Some(more @ 1..) => format!("{} and {more} more", named.join(" ")),
            _ => named.join(" "),
        }
    };
    let parts = [
        ("devices", devices.map(named)),
        ("status", filter.status.map(|status| status.word().to_owned())),
        ("fragment", filter.fragment.clone()),
        ("bulkOperation", filter.bulk.map(|bulk| bulk.to_string())),
        ("from", filter.created.from.map(|time| time.to_string())),
        ("to", filter.created.to.map(|time| time.to_string())),
    ];
    let told = parts
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    told.collect::<Vec<_>>().join(", ")
}

impl Door {
    /// Deletes every operation that the filter means, part by part, each decided and recorded for itself. Gives how many
    /// there were; a refusal on the way leaves what is gone deleted and recorded.
    pub async fn delete_operations(
        &self,
        caller: &Caller,
        targets: Targets,
        filter: OperationFilter,
    ) -> Result<usize, Refusal> {
        let devices = self.ask(caller, FindTargets(targets)).await?;
        let part = |start| DeleteOperations {
            devices: devices.clone(),
            filter: filter.clone(),
            start,
        };
        self.in_parts(caller, part).await
    }
}
