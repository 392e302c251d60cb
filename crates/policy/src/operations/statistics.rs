//! Operations on figures of usage. Those of other tenants are for the management tenant, and only as far as they are about
//! a tenant as a whole: figures of single devices are seen by their own tenant alone.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::TenantStatisticsRead]);
const SUMMARY: &[Role] = &[
    Role::TenantStatisticsRead,
    Role::InventoryRead,
    Role::ManagedObjectRead,
];

operations! {
    /// List the daily usage of the own tenant.
    UsageRead = "usage_read" { Read Statistics, need: READ, audit: Quiet, rate: Read }
    /// Read the usage of the own tenant in sum.
    UsageSummary = "usage_summary" { Read Statistics, need: Need::AnyRole(SUMMARY), audit: Quiet, rate: Read }
    /// Read how much comes in in the own tenant, and what is turned away.
    FlowRead = "flow_read" { Read Nothing, need: Need::AnyRole(SUMMARY), audit: Quiet, rate: Read }
    /// The same of any tenant.
    UsageOfTenant = "usage_of_tenant" {
        Read Catalogue, need: Need::PlatformRole(SUMMARY), audit: Quiet, rate: Read
    }
    /// Read the usage of every tenant in sum.
    UsageOfAll = "usage_of_all" {
        Read Catalogue, need: Need::PlatformRole(&[Role::TenantManagementRead]), audit: Quiet, rate: Read
    }
    /// Read the counts of single devices of the own tenant.
    DeviceUsageRead = "device_usage_read" { Read Statistics, need: READ, audit: Quiet, rate: Read }
    /// List and read files with the usage of every tenant.
    StatisticsFileRead = "statistics_file_read" {
        Read Statistics, need: Need::PlatformRole(&[Role::TenantManagementAdmin]), audit: Quiet, rate: Read
    }
    /// Make a file with the usage of every tenant. The platform itself notes by this what it has counted.
    StatisticsFileCreate = "statistics_file_create" {
        Write Statistics,
        need: Need::PlatformRole(&[Role::TenantManagementAdmin, Role::TenantManagementCreate]),
        audit: Each,
        rate: Write,
    }
}
