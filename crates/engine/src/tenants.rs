//! Tenants: listing, creating them with their realm, changing, suspending and deleting them.

mod create;
mod delete;

pub use create::CreatedTenant;
pub(crate) use create::{activate, begin_in, check_free, emptiest, fill, filling};
pub use delete::finish_deletions;

use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::check_texts;
use crate::work::{Command, Query, Then, done};
use model::ids::MANAGEMENT;
use model::json::{Json, Object};
use model::names::{Domain, TenantId};
use model::tenants::{Tenant, TenantStatus};
use model::users::UserKind;
use policy::operations::tenants::{CurrentTenantRead, TenantRead, TenantUpdate};
use store::catalogue::CatalogueRows;

/// Lists the tenants below the management tenant: neither those that are being created nor those that are being deleted.
pub struct FindTenants {
    /// Which part.
    pub page: Page,
    /// Of exactly this company.
    pub company: Option<String>,
    /// With exactly this domain.
    pub domain: Option<String>,
    /// Created by this tenant.
    pub parent: Option<String>,
}

impl Query for FindTenants {
    type Operation = TenantRead;
    type Answer = Listed<Tenant>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Tenant>, Refusal> {
        let rows = desk.tx.catalogue(desk.allow::<TenantRead>()?);
        let fits = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|wanted| wanted == text);
        let mut tenants = rows.tenants()?;
        tenants.retain(|tenant| {
            tenant.number != MANAGEMENT
                && tenant.status.is_there()
                && fits(&self.company, &tenant.company)
                && fits(&self.domain, tenant.domain.as_str())
                && fits(&self.parent, tenant.parent.as_ref().map_or("", TenantId::as_str))
        });
        Ok(self.page.of(tenants))
    }
}

/// Reads one tenant.
pub struct ReadTenant {
    /// Its id.
    pub id: TenantId,
}

impl Query for ReadTenant {
    type Operation = TenantRead;
    type Answer = Tenant;

    fn answer(&self, desk: &Reading) -> Result<Tenant, Refusal> {
        tenant_in(&desk.tx.catalogue(desk.allow::<TenantRead>()?), &self.id)
    }
}

/// A tenant that is there for others to see.
fn tenant_in(rows: &CatalogueRows<'_>, id: &TenantId) -> Result<Tenant, Refusal> {
    let found = rows.tenant(id)?.filter(|tenant| tenant.status.is_there());
    found.ok_or_else(|| missing(id))
}

fn missing(id: &TenantId) -> Refusal {
    Refusal::Missing(Missing::Tenant(id.to_string()))
}

/// What everybody may know of the tenant that they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentTenant {
    /// Its id.
    pub id: TenantId,
    /// Its domain.
    pub domain: Domain,
    /// Whether it may create tenants.
    pub allow_create_tenants: bool,
    /// What the operator noted; nothing for devices.
    pub custom_properties: Object,
    /// The tenant that created it.
    pub parent: Option<TenantId>,
}

/// Reads one's own tenant.
pub struct ReadCurrentTenant;

impl Query for ReadCurrentTenant {
    type Operation = CurrentTenantRead;
    type Answer = CurrentTenant;

    fn answer(&self, desk: &Reading) -> Result<CurrentTenant, Refusal> {
        // Its table is "nothing": the proof shows the right, and the tenant is the caller's own.
        let _ = desk.allow::<CurrentTenantRead>()?;
        let tenant = desk.tenant.clone();
        let for_device = desk.who().kind() == UserKind::Device;
        Ok(CurrentTenant {
            id: tenant.id,
            domain: tenant.domain,
            allow_create_tenants: tenant.allow_create_tenants,
            custom_properties: if for_device {
                Object::new()
            } else {
                tenant.custom_properties
            },
            parent: tenant.parent,
        })
    }
}

/// Changes a tenant: what is absent stays, what is `None` inside is removed.
pub struct UpdateTenant {
    /// Which.
    pub id: TenantId,
    /// The company behind it.
    pub company: Option<String>,
    /// Its domain.
    pub domain: Option<Domain>,
    /// The e-mail address of its administrator.
    pub admin_email: Option<Option<String>>,
    /// Whom to call.
    pub contact_name: Option<Option<String>>,
    /// And where.
    pub contact_phone: Option<Option<String>>,
    /// What the operator noted, all of it.
    pub custom_properties: Option<Object>,
    /// Active or suspended; a suspended tenant's users and devices are refused at once.
    pub status: Option<TenantStatus>,
}

impl Command for UpdateTenant {
    type Operation = TenantUpdate;
    /// The tenant, for those who may read tenants (R019).
    type Answer = Option<Tenant>;

    fn change(&self, desk: &Changing) -> Result<Then<Option<Tenant>>, Refusal> {
        let catalogue = desk.tx.catalogue(desk.allow::<TenantUpdate>()?);
        let before = tenant_in(&catalogue.now(), &self.id)?;
        let after = self.apply(&before)?;
        if after.domain != before.domain && catalogue.now().tenant_with_domain(&after.domain)?.is_some() {
            return Err(Refusal::Conflict(Conflict::DomainTaken));
        }
        if after != before {
            catalogue.update(&before, &after)?;
            desk.note(describe(&before, &after));
        }
        let may_read = desk.may::<TenantRead>();
        Ok(done(may_read.then_some(after)))
    }
}

impl UpdateTenant {
    fn apply(&self, before: &Tenant) -> Result<Tenant, Refusal> {
        let mut after = before.clone();
        if let Some(company) = &self.company {
            after.company.clone_from(company);
        }
        if let Some(domain) = &self.domain {
            after.domain = domain.clone();
        }
        let texts = [
            (&mut after.admin_email, &self.admin_email),
            (&mut after.contact_name, &self.contact_name),
            (&mut after.contact_phone, &self.contact_phone),
        ];
        for (text, change) in texts {
            if let Some(new) = change {
                text.clone_from(new);
            }
        }
        if let Some(properties) = &self.custom_properties {
            after.custom_properties.clone_from(properties);
        }
        match self.status {
            Some(TenantStatus::Creating | TenantStatus::Deleting) => {
                return Err(Refusal::Invalid(Invalid::TenantStatus));
            }
            Some(TenantStatus::Suspended) if before.number == MANAGEMENT => {
                return Err(Refusal::Invalid(Invalid::ManagementTenant));
            }
            Some(status) => after.status = status,
            None => {}
        }
        check_tenant_texts(
            &after.company,
            [&after.admin_email, &after.contact_name, &after.contact_phone],
            &after.custom_properties,
        )?;
        Ok(after)
    }
}

/// Refuses a tenant's description that is too large.
fn check_tenant_texts(
    company: &str,
    texts: [&Option<String>; 3],
    properties: &Object,
) -> Result<(), Refusal> {
    check_texts(texts.into_iter().chain([&Some(company.to_owned())]), properties)
}

fn describe(before: &Tenant, after: &Tenant) -> Note {
    let suspended = |tenant: &Tenant| Some(Json::Bool(tenant.status == TenantStatus::Suspended));
    let domain = |tenant: &Tenant| Some(Json::from(tenant.domain.as_str()));
    let company = |tenant: &Tenant| Some(Json::from(tenant.company.as_str()));
    Note::new("Tenant", "Tenant updated", &after.id)
        .change("suspended", suspended(before), suspended(after))
        .change("domain", domain(before), domain(after))
        .change("company", company(before), company(after))
}
