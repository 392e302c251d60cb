//! Operations on the certificates that a tenant trusts for its devices.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[
    Role::TenantAdmin,
    Role::TenantManagementAdmin,
    Role::TenantManagementRead,
]);
const ADMIN: Need = Need::AnyRole(&[Role::TenantAdmin, Role::TenantManagementAdmin]);

operations! {
    /// List and read trusted certificates and revoked serial numbers.
    CertificateRead = "certificate_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Trust certificates or trust them no longer, and revoke serial numbers: who of the devices is let in (R068).
    CertificateAdmin = "certificate_admin" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Say of any tenant's certificate that whoever uploaded it holds its key.
    CertificateConfirm = "certificate_confirm" {
        Write Realm,
        need: Need::PlatformRole(&[Role::TenantAdmin, Role::TenantManagementAdmin]),
        by: People, audit: Each, rate: Write
    }
    /// Make or renew the tenant's own certificate authority (R083).
    AuthorityAdmin = "authority_admin" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Read the certificates of the tenant's authorities and the list of what is revoked: whoever is to check a device's
    /// certificate needs them, and they are signed.
    AuthorityRead = "authority_read" { Read Realm, need: Need::Public, audit: Quiet, rate: Read }
    /// Get the first certificate of a device: its one-time password is the proof (R076, R078).
    DeviceEnrol = "device_enrol" { Write Realm, need: Need::Public, audit: Each, rate: Secret }
    /// Get another certificate in time, as a device (R083).
    DeviceReenrol = "device_reenrol" { Write Realm, need: Need::SignedIn, audit: Each, rate: Write }
    /// Get a token for requests, as a device that has shown its certificate.
    DeviceTokenIssue = "device_token_issue" { Write Realm, need: Need::SignedIn, audit: Each, rate: Write }
    /// Ask whether a chain of certificates would be let in.
    CertificateChainVerify = "certificate_chain_verify" { Read Realm, need: READ, audit: Quiet, rate: Read }
}
