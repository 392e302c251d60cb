//! Creating tenants: keys first, then catalogue and realm in one commit, so that a crash at any point leaves a whole
//! tenant or none (R006). Keys that a crash leaves without a tenant are removed at the next start.

use super::check_tenant_texts;
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, Refusal};
use crate::setup::{Draft, NewTenant, fill_realm, free_id, tenant_row};
use crate::users::NewCredential;
use crate::work::{Command, Then, done};
use crate::world::World;
use authn::pepper::Pepper;
use model::ids::{MANAGEMENT, TenantNumber};
use model::secret::Secret;
use model::tenants::Tenant;
use policy::operation::Operation;
use policy::operations::tenants::TenantCreate;
use std::sync::{Arc, OnceLock};
use store::catalogue::CatalogueChanges;

/// A tenant that was just created.
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// The one-time secret with which its first administrator sets a password; shown once. None if the creator chose a
    /// password.
    pub setup_secret: Option<Secret>,
}

impl Door {
    /// Creates a tenant below the caller's, which is the management tenant.
    pub async fn create_tenant(&self, caller: &Caller, new: NewTenant) -> Result<CreatedTenant, Refusal> {
        self.gate(caller, TenantCreate::INFO).await?;
        let credential = match &new.admin.password {
            Some(password) => Some(self.hash_password(password, &new.admin.name).await?),
            None => None,
        };
        let pepper = Pepper::new(*self.0.store.password_pepper());
        self.run(
            caller,
            CreateTenant {
                new,
                credential,
                pepper,
                number: OnceLock::new(),
            },
        )
        .await
    }
}

struct CreateTenant {
    new: NewTenant,
    credential: Option<NewCredential>,
    pepper: Pepper,
    /// The number and its keys outlive a conflict: a second run takes the same.
    number: OnceLock<TenantNumber>,
}

impl Command for CreateTenant {
    type Operation = TenantCreate;
    type Answer = CreatedTenant;

    fn change(&self, desk: &Changing) -> Result<Then<CreatedTenant>, Refusal> {
        let catalogue = desk.tx.catalogue(desk.allow::<TenantCreate>()?);
        check_free(&catalogue, &self.new)?;
        let number = match self.number.get() {
            Some(number) => *number,
            None => {
                let number = catalogue.new_tenant()?;
                *self.number.get_or_init(|| number)
            }
        };
        let parent = Some(desk.caller().tenant_id().clone());
        let draft = Draft {
            new: &self.new,
            number,
            parent,
            credential: self.credential.as_ref(),
        };
        let (tenant, setup_secret) = create_in(&catalogue, &draft, &self.pepper, &desk.world)?;
        let text = format!("Tenant {} created for {}", tenant.id, tenant.company);
        desk.note(Note::new("Tenant", "Tenant created", &tenant.id).text(text));
        Ok(done(CreatedTenant { tenant, setup_secret }))
    }
}

/// Refuses a tenant whose id or domain is taken, before it is given a number.
pub(crate) fn check_free(catalogue: &CatalogueChanges<'_>, new: &NewTenant) -> Result<(), Refusal> {
    let NewTenant {
        admin,
        contact_name,
        contact_phone,
        ..
    } = new;
    check_tenant_texts(
        &new.company,
        [&admin.email, contact_name, contact_phone],
        &new.custom_properties,
    )?;
    if let Some(id) = &new.id
        && catalogue.now().tenant(id)?.is_some()
    {
        return Err(Refusal::Conflict(Conflict::TenantIdTaken));
    }
    if catalogue.now().tenant_with_domain(&new.domain)?.is_some() {
        return Err(Refusal::Conflict(Conflict::DomainTaken));
    }
    Ok(())
}

/// Makes a tenant with its groups and first administrator: all of it in one commit, or nothing (R006). Gives its
/// one-time secret if there is no credential for the administrator.
pub(crate) fn create_in(
    catalogue: &CatalogueChanges<'_>,
    draft: &Draft<'_>,
    pepper: &Pepper,
    world: &Arc<dyn World>,
) -> Result<(Tenant, Option<Secret>), Refusal> {
    let id = match &draft.new.id {
        Some(id) => id.clone(),
        None => free_id(draft.number, |id| Ok(catalogue.now().tenant(id)?.is_none()))?,
    };
    let tenant = tenant_row(draft, id, world);
    let realm = catalogue.create(&tenant)?;
    let is_management = draft.number == MANAGEMENT;
    let secret = fill_realm(
        &realm,
        is_management,
        &draft.new.admin,
        draft.credential,
        pepper,
        world,
    )?;
    Ok((tenant, secret))
}
