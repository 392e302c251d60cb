//! What a start of the program looks after: work that a crash interrupted, and set-ups that nobody has finished.

use crate::door::Door;
use crate::refusal::Refusal;
use model::ids::MANAGEMENT;
use model::names::{TenantId, UserName};
use store::shards::Store;

/// Finishes what a crash interrupted: deletions of tenants, and creations, which are undone.
pub fn finish_interrupted(door: &Door) -> Result<(), Refusal> {
    let (store, world) = (door.store(), door.world());
    if store.catalogue()?.tenant(MANAGEMENT)?.is_none() {
        return Ok(());
    }
    crate::tenants::finish_deletions(store, world)?;
    Ok(())
}

/// Whether a user cannot sign in yet because nobody has redeemed its set-up secret.
pub fn awaits_setup(store: &Store, tenant: &TenantId, user: &UserName) -> Result<bool, Refusal> {
    let Some(tenant) = store.catalogue()?.tenant_by_id(tenant)? else {
        return Ok(false);
    };
    let facts = store.view(tenant.number)?.sign_in_facts(&tenant, user)?;
    Ok(facts.is_some_and(|facts| facts.credential.is_none()))
}
