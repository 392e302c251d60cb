//! What the bodies of tenants say. Passwords and secrets are moved into a `Secret` at once, and no error repeats a value.

use crate::body::{BadBody, object, parsed, short_text, text};
use crate::users::bodies::{changed_text, custom_properties, is_email, mandatory, missing, secret};
use model::json::{Json, Object};
use model::names::{Domain, TenantId, UserName};
use model::secret::Secret;
use model::tenants::TenantStatus;

/// Longest name of a company, in characters.
const COMPANY_CHARS_MAX: usize = 256;
/// Longest name of a first administrator, in characters.
const ADMIN_NAME_CHARS_MAX: usize = 50;
/// Longest name of a contact, in characters.
const CONTACT_NAME_CHARS_MAX: usize = 30;

/// A tenant to be created.
pub struct NewTenant {
    /// Its id; the platform makes one when there is none.
    pub id: Option<TenantId>,
    /// Its domain.
    pub domain: Domain,
    /// The company behind it.
    pub company: String,
    /// The user name of its first administrator.
    pub admin_name: UserName,
    /// The first administrator's e-mail address.
    pub admin_email: Option<String>,
    /// The first administrator's password; a one-time secret is made when there is none.
    pub admin_password: Option<Secret>,
    /// Whom to call.
    pub contact_name: Option<String>,
    /// And where.
    pub contact_phone: Option<String>,
    /// Whatever else is noted.
    pub custom_properties: Object,
}

/// A change of a tenant. Absent: it stays as it is. `None` inside (sent as `null` or empty): it is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantChange {
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
    /// Its custom properties, all of them.
    pub custom_properties: Option<Object>,
    /// Let in or shut out.
    pub status: Option<TenantStatus>,
}

/// The redemption of a one-time set-up secret.
pub struct TenantSetup {
    /// The tenant.
    pub tenant: TenantId,
    /// The user that the secret is for.
    pub user: UserName,
    /// The one-time secret.
    pub secret: Secret,
    /// The password from now on.
    pub password: Secret,
}

/// A tenant as a client sends it. `sendPasswordResetEmail` is taken in and ignored: the platform sends no mail, and a
/// tenant without `adminPass` gets a one-time set-up secret.
pub fn new_tenant(body: Json) -> Result<NewTenant, BadBody> {
    let mut body = object(body)?;
    let missing = missing(&body, &["company", "domain", "adminName"]);
    if !missing.is_empty() {
        return Err(BadBody::Missing(missing));
    }
    let admin_password = secret(&mut body, "adminPass")?;
    short_text(&body, "adminName", ADMIN_NAME_CHARS_MAX)?;
    let new = NewTenant {
        id: parsed(
            &body,
            "id",
            "1 to 32 lower-case letters, digits, - or _, beginning with a letter",
        )?,
        domain: mandatory(&body, "domain", DOMAIN_RULE)?,
        company: short_text(&body, "company", COMPANY_CHARS_MAX)?.unwrap_or_default(),
        admin_name: mandatory(&body, "adminName", "not a user name")?,
        admin_email: changed_text(&body, "adminEmail")?.flatten(),
        admin_password,
        contact_name: contact_name(&body)?.flatten(),
        contact_phone: changed_text(&body, "contactPhone")?.flatten(),
        custom_properties: custom_properties(&body)?.unwrap_or_default(),
    };
    check_email(new.admin_email.as_deref())?;
    Ok(new)
}

/// A change of the tenant of this id. The id cannot be changed, but may be repeated; a password is refused rather than
/// ignored: users are changed in their tenant.
pub fn tenant_change(body: Json, id: &TenantId) -> Result<TenantChange, BadBody> {
    let body = object(body)?;
    if text(&body, "id")?.is_some_and(|sent| sent != id.as_str()) {
        return Err(BadBody::NotAllowed { property: "id" });
    }
    if !matches!(body.get("adminPass"), None | Some(Json::Null)) {
        return Err(BadBody::NotAllowed {
            property: "adminPass",
        });
    }
    let change = TenantChange {
        company: short_text(&body, "company", COMPANY_CHARS_MAX)?,
        domain: parsed(&body, "domain", DOMAIN_RULE)?,
        admin_email: changed_text(&body, "adminEmail")?,
        contact_name: contact_name(&body)?,
        contact_phone: changed_text(&body, "contactPhone")?,
        custom_properties: custom_properties(&body)?,
        status: status(&body)?,
    };
    if change.company.as_deref() == Some("") {
        return Err(BadBody::Rule {
            property: "company".to_owned(),
            rule: "it cannot be empty",
        });
    }
    check_email(change.admin_email.iter().flatten().map(String::as_str).next())?;
    Ok(change)
}

/// The redemption of a set-up secret; every property must be there.
pub fn tenant_setup(body: Json) -> Result<TenantSetup, BadBody> {
    let mut body = object(body)?;
    let missing = missing(&body, &["tenant", "userName", "secret", "password"]);
    if !missing.is_empty() {
        return Err(BadBody::Missing(missing));
    }
    let mut given = |name| secret(&mut body, name)?.ok_or(BadBody::Missing(vec![name]));
    Ok(TenantSetup {
        secret: given("secret")?,
        password: given("password")?,
        tenant: mandatory(&body, "tenant", "not a tenant id")?,
        user: mandatory(&body, "userName", "not a user name")?,
    })
}

const DOMAIN_RULE: &str = "up to 256 lower-case letters, digits, hyphens and dots";

fn status(body: &Object) -> Result<Option<TenantStatus>, BadBody> {
    match text(body, "status")? {
        None => Ok(None),
        Some("ACTIVE") => Ok(Some(TenantStatus::Active)),
        Some("SUSPENDED") => Ok(Some(TenantStatus::Suspended)),
        Some(_) => Err(BadBody::Rule {
            property: "status".to_owned(),
            rule: "ACTIVE or SUSPENDED is expected",
        }),
    }
}

fn contact_name(body: &Object) -> Result<Option<Option<String>>, BadBody> {
    short_text(body, "contactName", CONTACT_NAME_CHARS_MAX)?;
    changed_text(body, "contactName")
}

fn check_email(email: Option<&str>) -> Result<(), BadBody> {
    if email.is_none_or(is_email) {
        return Ok(());
    }
    Err(BadBody::Rule {
        property: "adminEmail".to_owned(),
        rule: "not an e-mail address",
    })
}

#[cfg(test)]
mod tests;
