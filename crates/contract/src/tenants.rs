//! Endpoints of tenants, and what their bodies say.

mod bodies;

pub use bodies::{NewTenant, TenantChange, TenantSetup, new_tenant, tenant_change, tenant_setup};

use crate::endpoint::{Answer, Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use model::limits::{BODY_BYTES_MAX, PUBLIC_BODY_BYTES_MAX};
use policy::operations::tenants as does;

const FILTERS: &[Parameter] = &[
    parameter("company", Kind::Text, "Of this company."),
    parameter("domain", Kind::Text, "With this domain."),
    parameter("parent", Kind::Text, "Created by this tenant."),
];
const WITH_PARENT: &[Parameter] = &[parameter(
    "withParent",
    Kind::Bool,
    "Whether the parent is named.",
)];
const BODY: Body = Body {
    media: &["tenant"],
    schema: "Tenant",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    Current = Get "/tenant/currentTenant" does does::CurrentTenantRead {
        query: &[WITH_PARENT],
        answer: answer(200, "currenttenant", "CurrentTenant"),
        errors: &[403, 422],
        about: "Read one's own tenant.",
    }
    List = Get "/tenant/tenants" does does::TenantRead {
        query: &[PAGING, FILTERS],
        answer: answer(200, "tenantcollection", "TenantCollection"),
        errors: &[403, 422],
        about: "List tenants.",
    }
    Create = Post "/tenant/tenants" does does::TenantCreate {
        body: BODY,
        answer: answer(201, "tenant", "Tenant"),
        errors: &[400, 403, 409, 413, 422],
        about: "Create a tenant with its first administrator.",
    }
    Read = Get "/tenant/tenants/{tenantId}" does does::TenantRead {
        answer: answer(200, "tenant", "Tenant"),
        errors: &[403, 404],
        about: "Read a tenant.",
    }
    Update = Put "/tenant/tenants/{tenantId}" does does::TenantUpdate {
        body: BODY,
        answer: answer(200, "tenant", "Tenant"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Change, suspend or activate a tenant.",
    }
    Delete = Delete "/tenant/tenants/{tenantId}" does does::TenantDelete {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Delete a tenant and destroy its keys: nothing of it can be read again.",
    }
    OpenSupport = Put "/tenant/support-user/enable" does does::SupportAccess {
        answer: nothing(204),
        errors: &[403],
        about: "Open the tenant for support. Always refused: nobody gets in without an account of their own.",
    }
    CloseSupport = Put "/tenant/support-user/disable" does does::SupportAccess {
        answer: nothing(204),
        errors: &[403],
        about: "Close the tenant for support, as it always is.",
    }
    Setup = Post "/tenant/setup" does does::TenantSetup {
        body: Body { media: &["tenantsetup"], schema: "TenantSetup", bytes_max: PUBLIC_BODY_BYTES_MAX },
        answer: Answer { status: 204, media: None, schema: None },
        errors: &[400, 413, 422, 429],
        about: "Redeem the one-time set-up secret: sets the first administrator's password.",
    }
}
