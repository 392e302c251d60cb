//! The audit log in retention: whole segments of records lose what they say, by a recorded action of the platform; their
//! hashes stay, and verification tells which rule it was.

use super::meant::Meant;
use super::remove::At;
use crate::parts::Part;
use crate::refusal::Refusal;
use model::ids::{RetentionRuleId, TenantNumber};
use policy::operations::audit::AuditCreate;
use policy::proof::{Allowed, SystemReason};
use store::audit_log::expire;
use store::transaction::WriteTx;

/// Removes the next segment that is old enough.
pub(super) fn remove_part(
    tx: &WriteTx,
    tenant: TenantNumber,
    rule: RetentionRuleId,
    meant: &Meant<'_>,
) -> Result<Part<At>, Refusal> {
    let proof = Allowed::<AuditCreate>::mint_system(tenant, SystemReason::Retention);
    let removed = expire(tx, &proof, rule, meant.before())?;
    let count = removed.map_or(0, |places| places.end - places.start);
    Ok(Part {
        count: usize::try_from(count).unwrap_or(usize::MAX),
        next: (count > 0).then_some(At::Begin),
    })
}
