//! Measurements: storing, listing, series, deleting.

mod delete;
mod export;
mod find;
mod series;
mod store;

pub use ::series::aggregate::{Aggregation, Range, Table};
pub use ::series::units::{Conversion, System};
pub use ::series::value::Value;
pub(crate) use delete::delete_part;
pub use delete::{DeleteMeasurement, DeleteMeasurements};
pub use export::{ExportChunk, ExportMeasurements, ExportPlace, ValueRow};
pub use find::{FindMeasurements, MeasurementPage};
pub use series::{ReadSeries, ReadSeriesPart, SeriesPart, SupportedMeasurements, SupportedSeries};
pub use store::{PassMeasurements, StoreMeasurements, StoredMeasurement};

use crate::desk::Reading;
use crate::refusal::{Missing, Refusal};
use crate::work::Query;
use ::store::measurements::MeasurementRows;
use model::ids::{MeasurementId, ObjectId};
use model::measurements::Measurement;
use policy::operations::measurements::{MeasurementList, MeasurementRead};

/// Reads one measurement.
pub struct ReadMeasurement(pub MeasurementId);

impl Query for ReadMeasurement {
    type Operation = MeasurementRead;
    type Answer = Measurement;

    fn answer(&self, desk: &Reading) -> Result<Measurement, Refusal> {
        let rows = desk
            .tx
            .measurements(desk.allow_on_measurement::<MeasurementRead>(self.0)?);
        rows.measurement(self.0)?
            .ok_or(Refusal::Missing(Missing::Measurement(self.0)))
    }
}

/// The measurements that a list may show. With a source it is the decision on that object; a source that is not the
/// caller's to know leaves an empty list, as one that does not exist.
fn listed(desk: &Reading, source: Option<ObjectId>) -> Result<MeasurementRows<'_>, Refusal> {
    if let Some(source) = source {
        match desk.allow_on::<MeasurementRead>(source) {
            Ok(proof) => return Ok(desk.tx.measurements(proof)),
            Err(Refusal::Missing(_) | Refusal::Forbidden) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(desk.tx.measurements(desk.allow::<MeasurementList>()?))
}
