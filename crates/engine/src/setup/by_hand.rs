//! Making tenants at start-up and offline, by the operator's own hand, where nobody else is let in yet.

use super::{Draft, FirstAdmin, NewTenant, commit, system_record};
use crate::refusal::{FaultId, Refusal};
use crate::tenants::{activate, begin_in, check_free, emptiest, fill, filling};
use crate::users::NewCredential;
use crate::world::World;
use audit::record::Record;
use authn::pepper::Pepper;
use model::ids::{MANAGEMENT, ShardNumber};
use model::json::Object;
use model::secret::Secret;
use model::tenants::{MANAGEMENT_ID, Tenant, TenantStatus};
use policy::operations::tenants::TenantCreate;
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use store::shards::Store;

/// Makes the management tenant if the store is new. Gives its one-time secret, to be shown once, if no password was
/// given; nothing if the tenant is there already.
pub fn ensure_management(
    store: &Store,
    world: &Arc<dyn World>,
    admin: FirstAdmin,
) -> Result<Option<Secret>, Refusal> {
    if store.catalogue()?.tenant(MANAGEMENT)?.is_some() {
        return Ok(None);
    }
    let id = MANAGEMENT_ID
        .parse()
        .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
    let domain = MANAGEMENT_ID
        .parse()
        .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
    let tenant = NewTenant {
        id: Some(id),
        domain,
        company: "Platform".to_owned(),
        admin,
        contact_name: None,
        contact_phone: None,
        custom_properties: Object::new(),
    };
    let (pepper, credential) = credential_of(store, world, &tenant)?;
    let proof = Allowed::<TenantCreate>::mint_system(MANAGEMENT, SystemReason::Setup);
    let tx = store.write_for(&proof)?;
    let catalogue = tx.catalogue(proof);
    check_free(&catalogue, &tenant)?;
    let draft = Draft {
        new: &tenant,
        number: MANAGEMENT,
        shard: ShardNumber::CATALOGUE,
        parent: None,
    };
    // Catalogue and realm lie on one shard here: one commit makes the whole tenant.
    let row = begin_in(&catalogue, &draft, TenantStatus::Active, world)?;
    let secret = fill(&tx, &row, &tenant.admin, credential.as_ref(), &pepper, world)?;
    tx.record(created_record(world, &row));
    commit(store, tx)?;
    Ok(secret)
}

/// Makes a tenant at start-up, by the operator's own hand. Refused if its id or domain is taken. A crash leaves it
/// whole, or to be undone by the next start (R006).
pub fn create_tenant(
    store: &Store,
    world: &Arc<dyn World>,
    new: &NewTenant,
) -> Result<Option<Secret>, Refusal> {
    let (pepper, credential) = credential_of(store, world, new)?;
    let proof = || Allowed::<TenantCreate>::mint_system(MANAGEMENT, SystemReason::Setup);
    let tx = store.write_for(&proof())?;
    let catalogue = tx.catalogue(proof());
    check_free(&catalogue, new)?;
    let draft = Draft {
        new,
        number: catalogue.new_number()?,
        shard: emptiest(&catalogue, &store.open_shards())?,
        parent: None,
    };
    let row = begin_in(&catalogue, &draft, TenantStatus::Creating, world)?;
    commit(store, tx)?;

    store.make_keys(&proof(), row.number)?;
    let tx = store.write_for(&filling(row.number))?;
    let secret = fill(&tx, &row, &new.admin, credential.as_ref(), &pepper, world)?;
    commit(store, tx)?;

    let tx = store.write_for(&proof())?;
    activate(&tx.catalogue(proof()), &row)?;
    tx.record(created_record(world, &row));
    commit(store, tx)?;
    Ok(secret)
}

/// The pepper, and the hashed password of the first administrator if there is one.
fn credential_of(
    store: &Store,
    world: &Arc<dyn World>,
    new: &NewTenant,
) -> Result<(Pepper, Option<NewCredential>), Refusal> {
    let pepper = Pepper::new(*store.password_pepper());
    let credential = match &new.admin.password {
        Some(password) => Some(NewCredential::of_password(
            password,
            &new.admin.name,
            &pepper,
            world,
        )?),
        None => None,
    };
    Ok((pepper, credential))
}

fn created_record(world: &Arc<dyn World>, tenant: &Tenant) -> Record {
    let text = format!("Tenant {} created", tenant.id);
    let what = ("Tenant", "Tenant created", text);
    system_record(world, SystemReason::Setup, what, Some(tenant.id.to_string()))
}
