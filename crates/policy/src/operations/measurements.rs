//! Operations on measurements.

use crate::operation::{Level, Need, Scope, operations};
use model::roles::Role;

const READ: Need = Need::on(Scope::Measurement, Level::Read);
const ADMIN: Need = Need::on(Scope::Measurement, Level::Admin);
const NAMES: Need = Need::OnObject {
    scope: Scope::Measurement,
    level: Level::Read,
    roles: &[
        Role::InventoryRead,
        Role::ManagedObjectRead,
        Role::MeasurementRead,
    ],
    global: false,
};

operations! {
    /// List measurements.
    MeasurementList = "measurement_list" {
        Read Measurements, need: Need::over(Scope::Measurement, Level::Read), audit: Quiet, rate: Read
    }
    /// Read one measurement, or the series of one source.
    MeasurementRead = "measurement_read" { Read Measurements, need: READ, audit: Quiet, rate: Read }
    /// Read which fragments and series the measurements of a source have: part of what its object supports. The scope
    /// is that of data, so that `c8y_Global` does not open it.
    MeasurementNames = "measurement_names" { Read Measurements, need: NAMES, audit: Quiet, rate: Read }
    /// Store measurements of a source.
    MeasurementCreate = "measurement_create" { Write Measurements, need: ADMIN, audit: Batch, rate: Ingest }
    /// Delete one measurement.
    MeasurementDelete = "measurement_delete" { Write Measurements, need: ADMIN, audit: Each, rate: Write }
    /// Delete measurements by filter.
    MeasurementDeleteMany = "measurement_delete_many" {
        Write Measurements, need: Need::over(Scope::Measurement, Level::Admin), audit: Each, rate: Write
    }
}
