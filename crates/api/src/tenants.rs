//! Tenants, one's own tenant, and redeeming the one-time set-up secret.

use crate::answer::Answer;
use crate::applications::references;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use contract::body::BadBody;
use contract::tenants::{Endpoint, new_tenant, tenant_change, tenant_setup};
use engine::applications::ApplicationView;
use engine::refusal::{Missing, Refusal};
use engine::setup::{FirstAdmin, NewTenant, Redeem};
use engine::tenants::{CurrentTenant, FindTenants, ReadCurrentTenant, ReadTenant, UpdateTenant};
use model::json::{Json, Object};
use model::names::TenantId;
use model::tenants::{Tenant, TenantStatus};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Current => current(&call).await,
        Endpoint::List => find(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::OpenSupport => support(&call, false).await,
        Endpoint::CloseSupport => support(&call, true).await,
        Endpoint::Setup => set_up(call).await,
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// Opens the tenant for whoever has no account in it, which is refused; or closes it, which it is.
async fn support(call: &Call, closes: bool) -> Result<Answer, Problem> {
    crate::platform::check_need(call).await?;
    match closes {
        true => Ok(Answer::nothing(204)),
        false => Err(Problem::refused(call.endpoint, Refusal::Forbidden)),
    }
}

/// The tenant named in the path. What can be no id is answered like a tenant that is not there.
fn tenant_in(call: &Call) -> Result<TenantId, Problem> {
    let text = call.part(0);
    text.parse()
        .map_err(|_| Problem::refused(call.endpoint, Refusal::Missing(Missing::Tenant(text.to_owned()))))
}

fn link(call: &Call, id: &TenantId) -> String {
    call.link(&format!("/tenant/tenants/{id}"))
}

async fn current(call: &Call) -> Result<Answer, Problem> {
    let with_parent = call.flag("withParent", false)?;
    let tenant = call.ask(ReadCurrentTenant).await?;
    let usable = call.door().usable_applications(call.caller()?).await;
    let mut applications = usable.map_err(call.refused())?;
    applications.retain(|view| view.subscription.is_some());
    Ok(Answer::json(
        200,
        "currenttenant",
        &show_current(call, tenant, &applications, with_parent),
    ))
}

fn show_current(
    call: &Call,
    tenant: CurrentTenant,
    applications: &[ApplicationView],
    with_parent: bool,
) -> Object {
    let mut shown = Object::new();
    shown.set("name", tenant.id.as_str());
    shown.set("self", call.link("/tenant/currentTenant"));
    shown.set("domainName", tenant.domain.as_str());
    shown.set("allowCreateTenants", tenant.allow_create_tenants);
    if let Some(parent) = tenant.parent.filter(|_| with_parent) {
        shown.set("parent", parent.as_str());
    }
    shown.set("applications", references(call, &tenant.id, applications));
    shown.set("customProperties", tenant.custom_properties);
    shown
}

async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindTenants {
        page: engine::page::Page {
            skip: page.skip(),
            take: page.size,
            count: page.counts(),
        },
        company: call.text("company"),
        domain: call.text("domain"),
        parent: call.text("parent"),
    };
    let found = call.ask(question).await?;
    let entries = show_all(call, &found.items).await?;
    let entries = entries.into_iter().map(Json::Object).collect();
    Ok(Answer::json(
        200,
        "tenantcollection",
        &page.envelope(call, "tenants", entries, found.total),
    ))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let question = ReadTenant { id: tenant_in(call)? };
    let tenant = call.ask(question).await?;
    Ok(Answer::json(200, "tenant", &show_one(call, tenant).await?))
}

/// Creates a tenant. Without an `adminPass` the answer has the one-time secret (`setupSecret`, an extension of the API)
/// with which its administrator chooses a password. It is shown here and never again, so this answer has a body even if
/// the client sent no `Accept` header.
async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_tenant(body).map_err(bad(&call))?;
    let new = NewTenant {
        id: new.id,
        domain: new.domain,
        company: new.company,
        admin: FirstAdmin {
            name: new.admin_name,
            password: new.admin_password,
            email: new.admin_email,
        },
        contact_name: new.contact_name,
        contact_phone: new.contact_phone,
        custom_properties: new.custom_properties,
    };
    let created = call
        .door()
        .create_tenant(call.caller()?, new)
        .await
        .map_err(call.refused())?;
    let at = link(&call, &created.tenant.id);
    let mut shown = show(&call, &created.tenant, &[]);
    match &created.setup_secret {
        Some(secret) => {
            shown.set("setupSecret", secret.expose());
            Ok(Answer::json(201, "tenant", &shown).at(at))
        }
        None => Ok(Answer::json(201, "tenant", &shown)
            .at(at)
            .only_if_wanted(call.wish)),
    }
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = tenant_in(&call)?;
    let body = call.take_body()?;
    let change = tenant_change(body, &id).map_err(bad(&call))?;
    let command = UpdateTenant {
        id: id.clone(),
        company: change.company,
        domain: change.domain,
        admin_email: change.admin_email,
        contact_name: change.contact_name,
        contact_phone: change.contact_phone,
        custom_properties: change.custom_properties,
        status: change.status,
    };
    let written = call.run(command).await?;
    // Whoever may change tenants but not read them gets nothing back (R019).
    let shown = match written {
        Some(tenant) => show_one(&call, tenant).await?,
        None => [("id", id.to_string()), ("self", link(&call, &id))]
            .into_iter()
            .collect(),
    };
    Ok(Answer::json(200, "tenant", &shown))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    call.door()
        .delete_tenant(call.caller()?, tenant_in(call)?)
        .await
        .map_err(call.refused())?;
    Ok(Answer::nothing(204))
}

async fn set_up(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let setup = tenant_setup(body).map_err(bad(&call))?;
    let request = Redeem {
        tenant: setup.tenant,
        user: setup.user,
        secret: setup.secret,
        password: setup.password,
        address: call.address,
    };
    call.door().redeem_setup(request).await.map_err(call.refused())?;
    Ok(Answer::nothing(204))
}

async fn show_one(call: &Call, tenant: Tenant) -> Result<Object, Problem> {
    let mut shown = show_all(call, &[tenant]).await?;
    Ok(shown.pop().unwrap_or_default())
}

/// Tenants with what they are subscribed to of the management tenant's.
async fn show_all(call: &Call, tenants: &[Tenant]) -> Result<Vec<Object>, Problem> {
    let ids = tenants.iter().map(|tenant| &tenant.id);
    let found = call.door().applications_of_tenants(call.caller()?, ids).await;
    let found = found.map_err(call.refused())?;
    let of = |tenant: &Tenant| found.get(&tenant.id).map_or(&[][..], Vec::as_slice);
    Ok(tenants
        .iter()
        .map(|tenant| show(call, tenant, of(tenant)))
        .collect())
}

fn show(call: &Call, tenant: &Tenant, applications: &[ApplicationView]) -> Object {
    let mut shown = Object::new();
    shown.set("id", tenant.id.as_str());
    shown.set("self", link(call, &tenant.id));
    shown.set("domain", tenant.domain.as_str());
    shown.set("company", tenant.company.as_str());
    let texts = [
        ("adminName", &tenant.admin_name),
        ("adminEmail", &tenant.admin_email),
        ("contactName", &tenant.contact_name),
        ("contactPhone", &tenant.contact_phone),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            shown.set(name, text.as_str());
        }
    }
    shown.set("allowCreateTenants", tenant.allow_create_tenants);
    shown.set("status", status(tenant.status));
    if let Some(parent) = &tenant.parent {
        shown.set("parent", parent.as_str());
    }
    shown.set("creationTime", tenant.created.to_string());
    shown.set("applications", references(call, &tenant.id, applications));
    shown.set("ownedApplications", no_references());
    shown.set("customProperties", tenant.custom_properties.clone());
    shown
}

/// A tenant that is being deleted is shown to nobody; if it were, it would let nobody in.
fn status(status: TenantStatus) -> &'static str {
    match status {
        TenantStatus::Active => "ACTIVE",
        TenantStatus::Creating | TenantStatus::Suspended | TenantStatus::Deleting => "SUSPENDED",
    }
}

/// What a tenant owns is for its own people to see.
fn no_references() -> Object {
    [("references", Vec::new())].into_iter().collect()
}
