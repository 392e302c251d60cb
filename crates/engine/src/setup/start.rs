//! What a start of the program looks after: work that a crash interrupted, and set-ups that nobody has finished.

use crate::door::Door;
use crate::refusal::Refusal;
use model::ids::MANAGEMENT;
use model::names::{TenantId, UserName};
use store::shard::Store;

/// Finishes what a crash interrupted: deletions of tenants, and keys of tenants that were never completed.
pub fn finish_interrupted(door: &Door) -> Result<(), Refusal> {
    let (store, world) = (door.store(), door.world());
    if store.view()?.tenant(MANAGEMENT)?.is_none() {
        return Ok(());
    }
    crate::tenants::finish_deletions(store, world)?;
    Ok(())
}

/// Whether a user cannot sign in yet because nobody has redeemed its set-up secret.
pub fn awaits_setup(store: &Store, tenant: &TenantId, user: &UserName) -> Result<bool, Refusal> {
    let view = store.view()?;
    let Some(tenant) = view.tenant_by_id(tenant)? else {
        return Ok(false);
    };
    let facts = view.sign_in_facts(&tenant, user)?;
    Ok(facts.is_some_and(|facts| facts.credential.is_none()))
}
