//! Operations on applications, their archives and subscriptions, and what microservices ask about themselves.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::ApplicationManagementRead]);
const ADMIN: Need = Need::AnyRole(&[Role::ApplicationManagementAdmin]);
// With the first of them all, with the second what everybody of the tenant may use.
const USE: Need = Need::AnyRole(&[Role::ApplicationManagementRead, Role::UserManagementOwnRead]);
// Which of them for which tenant, the behaviour asks.
const SUBSCRIPTIONS: Need = Need::AnyRole(&[
    Role::ApplicationManagementRead,
    Role::TenantAdmin,
    Role::TenantManagementRead,
]);
const SUBSCRIBE: Need = Need::AnyRole(&[
    Role::ApplicationManagementAdmin,
    Role::TenantManagementAdmin,
    Role::TenantManagementUpdate,
]);
const ANY_PART: Need = Need::Microservice { bootstrap: false };
const BOOTSTRAP: Need = Need::Microservice { bootstrap: true };

operations! {
    /// List applications, with their versions.
    ApplicationRead = "application_read" { Read Applications, need: READ, audit: Quiet, rate: Read }
    /// Read an application that one may use, and list these.
    ApplicationUse = "application_use" { Read Applications, need: USE, audit: Quiet, rate: Read }
    /// Create, change, copy or delete an application.
    ApplicationAdmin = "application_admin" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// List and read the archives of an application.
    ArchiveRead = "archive_read" { Read Applications, need: ADMIN, audit: Quiet, rate: Read }
    /// Upload or delete an archive, name or tag its version.
    ArchiveAdmin = "archive_admin" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Read the credential with which a microservice begins.
    BootstrapRead = "bootstrap_read" { Read Realm, need: ADMIN, by: People, audit: Read, rate: Secret }
    /// Make the keys of a microservice anew.
    BootstrapRenew = "bootstrap_renew" { Write Realm, need: ADMIN, by: People, audit: Each, rate: Secret }
    /// List what a tenant is subscribed to, with what it has granted.
    SubscriptionRead = "subscription_read" { Read Applications, need: SUBSCRIPTIONS, audit: Quiet, rate: Read }
    /// Subscribe a tenant, or end that.
    SubscriptionAdmin = "subscription_admin" {
        Write Realm, need: SUBSCRIBE, by: People, audit: Each, rate: Write
    }
    /// Read the application that one begins as.
    CurrentApplicationRead = "current_application_read" {
        Read Applications, need: BOOTSTRAP, audit: Quiet, rate: Read
    }
    /// Change the application that one begins as.
    CurrentApplicationUpdate = "current_application_update" {
        Write Realm, need: BOOTSTRAP, audit: Each, rate: Write
    }
    /// Read the settings of the application that one is a part of.
    CurrentSettingsRead = "current_settings_read" { Read Applications, need: ANY_PART, audit: Quiet, rate: Read }
    /// Read as whom the application that one begins as comes in where it is subscribed.
    CurrentSubscriptionsRead = "current_subscriptions_read" {
        Read Realm, need: BOOTSTRAP, audit: Quiet, rate: Read
    }
    /// Read a file of an application, as a browser does.
    HostedFileRead = "hosted_file_read" { Read Applications, need: Need::Public, audit: Quiet, rate: Read }
}
