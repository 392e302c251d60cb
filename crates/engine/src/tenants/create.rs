//! Creating tenants. The catalogue and the new realm lie on different shards, and no transaction crosses shards, so it is
//! a row of commits: the catalogue row of a tenant that nobody sees yet, which takes its id and domain; its keys; its
//! realm; and last the row of an active tenant with the audit record, which is the point from which on it is there. A
//! crash before that leaves a row that says so, and the next start undoes what was begun: whole or absent (R006).

use super::{check_tenant_texts, missing};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, FaultId, Refusal};
use crate::setup::{Draft, FirstAdmin, NewTenant, fill_realm, free_id, tenant_row};
use crate::users::NewCredential;
use crate::work::{Command, Then, done};
use crate::world::World;
use authn::pepper::Pepper;
use model::ids::{MANAGEMENT, ShardNumber, TenantNumber};
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use policy::operation::Operation;
use policy::operations::tenants::{TenantCreate, TenantSetup};
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use store::catalogue::CatalogueChanges;
use store::transaction::WriteTx;

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
        let creation = Creation {
            caller: caller.clone(),
            new: Arc::new(new),
            credential: credential.map(Arc::new),
        };
        let door = self.clone();
        // A task of its own: a client that goes away does not stop it half-way.
        let created = tokio::spawn(async move { door.create(creation).await }).await;
        created.map_err(|_| Refusal::Fault(FaultId::report(&"a creation panicked")))?
    }

    async fn create(&self, creation: Creation) -> Result<CreatedTenant, Refusal> {
        let begin = BeginCreation {
            new: creation.new.clone(),
            shards: self.0.store.open_shards(),
        };
        let tenant = self.run(&creation.caller, begin).await?;
        let created = self.complete(&creation, &tenant).await;
        if created.is_err()
            && let Err(refusal) = self.finish_deletion(&tenant).await
        {
            tracing::warn!(?refusal, "what a creation has left is removed at the next start");
        }
        created
    }

    /// Keys, realm, and the commit from which on the tenant is there. What the caller may do is decided again.
    async fn complete(&self, creation: &Creation, tenant: &Tenant) -> Result<CreatedTenant, Refusal> {
        let (inside, new, row) = (self.0.clone(), creation.new.clone(), tenant.clone());
        let credential = creation.credential.clone();
        let filled = self.work(move || {
            let proof = Allowed::<TenantCreate>::mint_system(MANAGEMENT, SystemReason::Setup);
            inside.store.make_keys(&proof, row.number)?;
            let tx = inside.store.write_for(&filling(row.number))?;
            let pepper = inside.sign_ins.verifier.pepper();
            let secret = fill(
                &tx,
                &row,
                &new.admin,
                credential.as_deref(),
                pepper,
                &inside.world,
            )?;
            Ok((tx, secret))
        });
        let (tx, setup_secret) = filled.await.map_err(|refused| refused.refusal)?;
        self.0.store.commit(tx).await?;
        let finish = FinishCreation {
            tenant: tenant.clone(),
        };
        let tenant = self.run(&creation.caller, finish).await?;
        Ok(CreatedTenant { tenant, setup_secret })
    }
}

/// What is created, and for whom.
struct Creation {
    caller: Caller,
    new: Arc<NewTenant>,
    credential: Option<Arc<NewCredential>>,
}

/// Takes id and domain for a tenant that nobody sees yet.
struct BeginCreation {
    new: Arc<NewTenant>,
    shards: Vec<ShardNumber>,
}

impl Command for BeginCreation {
    type Operation = TenantCreate;
    type Answer = Tenant;
    const PREPARES: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<Tenant>, Refusal> {
        let catalogue = desk.tx.catalogue(desk.allow::<TenantCreate>()?);
        check_free(&catalogue, &self.new)?;
        let draft = Draft {
            new: &self.new,
            number: catalogue.new_number()?,
            shard: emptiest(&catalogue, &self.shards)?,
            parent: Some(desk.caller().tenant_id().clone()),
        };
        Ok(done(begin_in(
            &catalogue,
            &draft,
            TenantStatus::Creating,
            &desk.world,
        )?))
    }
}

/// Lets a tenant be there whose realm is complete.
struct FinishCreation {
    tenant: Tenant,
}

impl Command for FinishCreation {
    type Operation = TenantCreate;
    type Answer = Tenant;

    fn change(&self, desk: &Changing) -> Result<Then<Tenant>, Refusal> {
        let catalogue = desk.tx.catalogue(desk.allow::<TenantCreate>()?);
        let tenant = activate(&catalogue, &self.tenant)?;
        let text = format!("Tenant {} created for {}", tenant.id, tenant.company);
        desk.note(Note::new("Tenant", "Tenant created", &tenant.id).text(text));
        Ok(done(tenant))
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

/// Of the shards that are open, the one with the fewest tenants; of equals the first.
pub(crate) fn emptiest(
    catalogue: &CatalogueChanges<'_>,
    open: &[ShardNumber],
) -> Result<ShardNumber, Refusal> {
    let tenants = catalogue.now().tenants()?;
    let on = |shard: ShardNumber| tenants.iter().filter(|tenant| tenant.shard == shard).count();
    let emptiest = open.iter().copied().min_by_key(|shard| on(*shard));
    emptiest.ok_or(Refusal::StorageUnavailable)
}

/// Stores the row of a new tenant whose id and domain are free.
pub(crate) fn begin_in(
    catalogue: &CatalogueChanges<'_>,
    draft: &Draft<'_>,
    status: TenantStatus,
    world: &Arc<dyn World>,
) -> Result<Tenant, Refusal> {
    let id = match &draft.new.id {
        Some(id) => id.clone(),
        None => free_id(draft.number, |id| Ok(catalogue.now().tenant(id)?.is_none()))?,
    };
    let tenant = tenant_row(draft, id, status, world);
    catalogue.create(&tenant)?;
    Ok(tenant)
}

/// The right to fill the realm of a tenant that is being created.
pub(crate) fn filling(tenant: TenantNumber) -> Allowed<TenantSetup> {
    Allowed::mint_system(tenant, SystemReason::Setup)
}

/// Prepares the realm of a new tenant, with its groups and first administrator. Gives its one-time secret if there is no
/// credential for the administrator.
pub(crate) fn fill(
    tx: &WriteTx,
    tenant: &Tenant,
    admin: &FirstAdmin,
    credential: Option<&NewCredential>,
    pepper: &Pepper,
    world: &Arc<dyn World>,
) -> Result<Option<Secret>, Refusal> {
    let realm = tx.realm(filling(tenant.number));
    realm.begin(&tenant.id)?;
    let is_management = tenant.number == MANAGEMENT;
    crate::retention::create_default(tx, tenant.number)?;
    fill_realm(&realm, is_management, admin, credential, pepper, world)
}

/// Stores that a tenant is complete, if nobody has undone its creation.
pub(crate) fn activate(catalogue: &CatalogueChanges<'_>, tenant: &Tenant) -> Result<Tenant, Refusal> {
    let before = catalogue
        .now()
        .tenant(&tenant.id)?
        .filter(|now| now.number == tenant.number && now.status == TenantStatus::Creating)
        .ok_or_else(|| missing(&tenant.id))?;
    let after = Tenant {
        status: TenantStatus::Active,
        ..before.clone()
    };
    catalogue.update(&before, &after)?;
    Ok(after)
}
