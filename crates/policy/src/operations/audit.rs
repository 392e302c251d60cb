//! Operations on the audit log. There is none that changes or deletes a record, for anybody (R099).

use crate::operation::{Need, operations};
use model::roles::Role;

operations! {
    /// List and read audit records.
    AuditRead = "audit_read" { Read AuditLog, need: Need::AnyRole(&[Role::AuditRead]), audit: Read, rate: Read }
    /// Checkpoints, proofs and exported bundles.
    AuditProve = "audit_prove" { Read AuditLog, need: Need::AnyRole(&[Role::AuditRead]), audit: Read, rate: Read }
    /// Write a record of one's own (R098).
    AuditCreate = "audit_create" {
        Write AuditLog, need: Need::AnyRole(&[Role::AuditAdmin, Role::System]), audit: Each, rate: Write
    }
}
