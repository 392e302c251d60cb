//! Endpoints of feature toggles. The platform has none: everything that is there is there for everybody. So the list is
//! empty, and no key is known.

use crate::body::{BadBody, boolean, object, require};
use crate::endpoint::{Body, answer, endpoints, nothing};
use model::json::Json;
use model::limits::BODY_BYTES_MAX;
use policy::operations::features as does;

const BODY: Body = Body {
    media: &[],
    schema: "FeatureSwitch",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/features" does does::FeatureRead {
        answer: answer(200, "application/json", "FeatureList"),
        errors: &[],
        about: "List feature toggles; there are none.",
    }
    Read = Get "/features/{featureKey}" does does::FeatureRead {
        answer: answer(200, "application/json", "Feature"),
        errors: &[404],
        about: "Read a feature toggle.",
    }
    ListTenants = Get "/features/{featureKey}/by-tenant" does does::FeatureTenantsRead {
        answer: answer(200, "application/json", "FeatureTenantList"),
        errors: &[403, 404],
        about: "See for which tenants a feature was switched.",
    }
    Switch = Put "/features/{featureKey}/by-tenant" does does::FeatureSwitch {
        body: BODY,
        answer: nothing(200),
        errors: &[400, 403, 404, 413, 422],
        about: "Switch a feature for one's own tenant.",
    }
    Unswitch = Delete "/features/{featureKey}/by-tenant" does does::FeatureSwitch {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Leave a feature as it is for everybody.",
    }
    SwitchFor = Put "/features/{featureKey}/by-tenant/{tenantId}" does does::FeatureSwitchFor {
        body: BODY,
        answer: nothing(200),
        errors: &[400, 403, 404, 413, 422],
        about: "Switch a feature for a tenant.",
    }
    UnswitchFor = Delete "/features/{featureKey}/by-tenant/{tenantId}" does does::FeatureSwitchFor {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Leave a feature of a tenant as it is for everybody.",
    }
}

/// Whether a feature is to be on.
pub fn feature_switch(body: Json) -> Result<bool, BadBody> {
    let body = object(body)?;
    require(&body, &["active"])?;
    boolean(&body, "active")?.ok_or(BadBody::Missing(vec!["active"]))
}
