//! Schemas of feature toggles.

use super::shape::{Named, list, named, object, text, truth};

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    let feature = object(
        "A feature toggle.",
        [
            ("key", text("Its name.")),
            ("phase", text("How far it has come.")),
            ("active", truth("Whether it is on.")),
            (
                "strategy",
                text("Whether that is so for everybody (`DEFAULT`) or this tenant (`TENANT`)."),
            ),
        ],
    );
    let of_tenant = object(
        "For which tenant a feature was switched.",
        [
            ("tenantId", text("The tenant.")),
            ("active", truth("Whether it is on.")),
        ],
    );
    let switch = object(
        "Whether a feature is to be on.",
        [("active", truth("Whether it is to be on."))],
    );
    vec![
        ("Feature", feature),
        (
            "FeatureList",
            list("Every feature toggle.", named("Feature")).items_at_most(0),
        ),
        ("FeatureTenant", of_tenant),
        (
            "FeatureTenantList",
            list("Every tenant for which it was switched.", named("FeatureTenant")),
        ),
        ("FeatureSwitch", switch.required(&["active"])),
    ]
}
