//! Operations on measurements.

use crate::operation::{Level, Need, Scope, operations};
use model::roles::Role;

const READERS: &[Role] = &[Role::MeasurementRead];
const ADMINS: &[Role] = &[Role::MeasurementAdmin];

operations! {
    /// List measurements.
    MeasurementList = "measurement_list" {
        Read Measurements, need: Need::OverObjects { scope: Scope::Measurement, roles: READERS },
        audit: Quiet, rate: Read
    }
    /// Read one measurement, or the series of one source.
    MeasurementRead = "measurement_read" {
        Read Measurements,
        need: Need::OnObject { scope: Scope::Measurement, level: Level::Read, roles: READERS },
        audit: Quiet, rate: Read
    }
    /// Read which fragments and series the measurements of a source have: part of what its object supports. The scope
    /// is that of data, so that `c8y_Global` does not open it.
    MeasurementNames = "measurement_names" {
        Read Measurements,
        need: Need::OnObject {
            scope: Scope::Measurement,
            level: Level::Read,
            roles: &[Role::InventoryRead, Role::ManagedObjectRead],
        },
        audit: Quiet, rate: Read
    }
    /// Store measurements of a source.
    MeasurementCreate = "measurement_create" {
        Write Measurements,
        need: Need::OnObject { scope: Scope::Measurement, level: Level::Admin, roles: ADMINS },
        audit: Batch, rate: Ingest
    }
    /// Delete one measurement.
    MeasurementDelete = "measurement_delete" {
        Write Measurements,
        need: Need::OnObject { scope: Scope::Measurement, level: Level::Admin, roles: ADMINS },
        audit: Each, rate: Write
    }
    /// Delete measurements by filter.
    MeasurementDeleteMany = "measurement_delete_many" {
        Write Measurements, need: Need::AnyRole(ADMINS), audit: Each, rate: Write
    }
}
