//! Operations on bulk operations. What they ask of each device is decided once more when it is asked, by the rights that
//! their creator then has.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::BulkOperationRead]);
const ADMIN: Need = Need::AnyRole(&[Role::BulkOperationAdmin]);

operations! {
    /// List and read bulk operations.
    BulkOperationRead = "bulk_operation_read" { Read BulkOperations, need: READ, audit: Quiet, rate: Read }
    /// Plan a bulk operation.
    BulkOperationCreate = "bulk_operation_create" {
        Write BulkOperations, need: ADMIN, audit: Each, rate: Write
    }
    /// Change a bulk operation that has not begun.
    BulkOperationUpdate = "bulk_operation_update" {
        Write BulkOperations, need: ADMIN, audit: Each, rate: Write
    }
    /// Cancel a bulk operation: what it has not asked yet is never asked.
    BulkOperationCancel = "bulk_operation_cancel" {
        Write BulkOperations, need: ADMIN, audit: Each, rate: Write
    }
}
