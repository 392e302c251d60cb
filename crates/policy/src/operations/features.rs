//! Operations on feature toggles, of which the platform has none.

use crate::operation::{Need, operations};
use model::roles::Role;

const PLATFORM: Need = Need::PlatformRole(&[Role::TenantManagementAdmin]);
const TENANT: Need = Need::AnyRole(&[Role::TenantManagementAdmin, Role::TenantAdmin]);

operations! {
    /// List and read feature toggles.
    FeatureRead = "feature_read" { Read Nothing, need: Need::SignedIn, audit: Quiet, rate: Read }
    /// See for which tenants a feature was switched.
    FeatureTenantsRead = "feature_tenants_read" { Read Nothing, need: PLATFORM, audit: Quiet, rate: Read }
    /// Switch a feature for one's own tenant.
    FeatureSwitch = "feature_switch" { Write Nothing, need: TENANT, by: People, audit: Each, rate: Write }
    /// Switch a feature for another tenant.
    FeatureSwitchFor = "feature_switch_for" { Write Nothing, need: PLATFORM, by: People, audit: Each, rate: Write }
}
