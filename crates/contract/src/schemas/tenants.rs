//! Schemas of tenants.

use super::shape::{Named, Schema, any_object, list, named, object, own_link, page, text, time, truth};
use super::users::new_password;
use model::limits::USER_NAME_CHARS_MAX;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Tenant", tenant()),
        (
            "TenantCollection",
            page("A page of tenants.", "tenants", "Tenant"),
        ),
        ("CurrentTenant", current_tenant()),
        ("TenantSetup", setup()),
    ]
}

fn tenant_id(about: &str) -> Schema {
    text(about).at_most(32).matching("^[a-z][a-z0-9_-]*$")
}

fn setup_secret() -> Schema {
    text(
        "The one-time secret with which the first administrator chooses a password at `/tenant/setup`. Only in the \
         answer that creates the tenant, if it has no `adminPass`, and never again.",
    )
    .read_only()
}

fn applications(about: &str) -> Schema {
    let reference = object(
        "A subscription.",
        [own_link(), ("application", named("ApplicationBeside"))],
    );
    object(about, [("references", list("The subscriptions.", reference))]).read_only()
}

fn tenant() -> Schema {
    object(
        "A realm of its own, with its users, data and keys. Company, domain and the first administrator's name must \
         be given when it is created.",
        [
            ("id", tenant_id("Its id; made by the platform unless it is given. It never changes.")),
            own_link(),
            ("domain", text("The host name by which it is found.").at_most(256)),
            ("company", text("The company behind it.").at_most(256)),
            ("adminName", text("The first administrator's user name; only when it is created.").at_most(50)),
            ("adminEmail", text("The first administrator's e-mail address.")),
            (
                "adminPass",
                new_password("The first administrator's password; without it, a one-time set-up secret is made."),
            ),
            ("setupSecret", setup_secret()),
            ("sendPasswordResetEmail", truth("Taken in and ignored: the platform sends no mail.").write_only()),
            ("contactName", text("Whom to call.").at_most(30)),
            ("contactPhone", text("And where.")),
            ("allowCreateTenants", truth("Whether it may create tenants.").unless_told(false).read_only()),
            ("status", text("Whether its users and devices are let in.").one_of(&["ACTIVE", "SUSPENDED"])),
            ("parent", text("The tenant that created it.").read_only()),
            ("creationTime", time("When it was created.").read_only()),
            ("applications", applications("What it is subscribed to of the management tenant's.")),
            ("ownedApplications", applications("Nothing: what a tenant owns is for its own people to see.")),
            ("customProperties", any_object("Whatever else the operator noted.")),
        ],
    )
    .example(json!({
        "company": "Acme",
        "domain": "acme.iot.example.org",
        "adminName": "jane",
        "adminEmail": "jane@example.org"
    }))
}

fn current_tenant() -> Schema {
    object(
        "The caller's own tenant.",
        [
            own_link(),
            ("name", tenant_id("Its id.").read_only()),
            (
                "domainName",
                text("The host name by which it is found.").at_most(256),
            ),
            (
                "allowCreateTenants",
                truth("Whether it may create tenants.").unless_told(false),
            ),
            (
                "parent",
                text("The tenant that created it; only with `withParent=true`."),
            ),
            (
                "applications",
                applications("What it is subscribed to, for those who may use applications."),
            ),
            (
                "customProperties",
                any_object("Whatever else the operator noted."),
            ),
        ],
    )
    .required(&["name", "domainName"])
}

fn setup() -> Schema {
    object(
        "The one-time secret of a new tenant, and the password that its first administrator chooses.",
        [
            ("tenant", tenant_id("The tenant's id.")),
            (
                "userName",
                text("The first administrator's user name.").at_most(USER_NAME_CHARS_MAX),
            ),
            (
                "secret",
                text("The secret, as it was shown when the tenant was created.").write_only(),
            ),
            ("password", new_password("The new password.")),
        ],
    )
    .required(&["tenant", "userName", "secret", "password"])
    .write_only()
}
