//! Operations on operations: asking devices to do something, and what becomes of it.

use crate::operation::{Level, Need, Scope, operations, roles_for};

const READ: Need = Need::on(Scope::Operation, Level::Read);
const ADMIN: Need = Need::on(Scope::Operation, Level::Admin);

operations! {
    /// The entry point of device control.
    DeviceControlRootRead = "device_control_root_read" {
        Read Nothing, need: Need::AnyRole(roles_for(Scope::Operation, Level::Read)), audit: Quiet, rate: Read
    }
    /// List operations.
    OperationList = "operation_list" {
        Read Operations, need: Need::over(Scope::Operation, Level::Read), audit: Quiet, rate: Read
    }
    /// Read one operation.
    OperationRead = "operation_read" { Read Operations, need: READ, audit: Quiet, rate: Read }
    /// Ask a device to do something (R032).
    OperationCreate = "operation_create" { Write Operations, need: ADMIN, audit: Each, rate: Write }
    /// Say what became of an operation.
    OperationUpdate = "operation_update" { Write Operations, need: ADMIN, audit: Each, rate: Write }
    /// Delete operations by filter.
    OperationDeleteMany = "operation_delete_many" {
        Write Operations, need: Need::over(Scope::Operation, Level::Admin), audit: Each, rate: Write
    }
}
