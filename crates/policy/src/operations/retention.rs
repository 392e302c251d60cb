//! Operations on retention rules. What a rule removes is removed by the platform itself, in its name.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::RetentionRuleRead]);
const ADMIN: Need = Need::AnyRole(&[Role::RetentionRuleAdmin]);

operations! {
    /// List and read retention rules, and how far a run of them has come.
    RetentionRead = "retention_read" { Read Retention, need: READ, audit: Quiet, rate: Read }
    /// Create, change or delete retention rules.
    RetentionAdmin = "retention_admin" { Write Retention, need: ADMIN, audit: Each, rate: Write }
    /// Ask what the rules would remove now: it counts data of every kind, whoever may read it.
    RetentionPreview = "retention_preview" { Read Retention, need: ADMIN, audit: Quiet, rate: Write }
    /// Let the rules remove what is too old now.
    RetentionStart = "retention_start" { Write Retention, need: ADMIN, audit: Each, rate: Write }
}
