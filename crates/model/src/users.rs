//! Users (people, services and devices) and groups of a tenant's realm.

use crate::ids::{GroupId, PrincipalId};
use crate::json::Object;
use crate::names::{GroupName, UserName};
use crate::roles::Role;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The group whose members administer their tenant.
pub const ADMINS: &str = "admins";
/// The group that device users belong to; read roles held through it reach only own objects (R023).
pub const DEVICES: &str = "devices";
/// Service accounts are called `service_<name>`.
pub const SERVICE_USER_PREFIX: &str = "service_";
/// Device users are called `device_<external id>`.
pub const DEVICE_USER_PREFIX: &str = "device_";

/// The user with which devices that have no credentials yet ask for some.
pub const BOOTSTRAP_USER: &str = "devicebootstrap";

/// What kind of principal a user is (R003).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserKind {
    /// A person.
    Person,
    /// Another system.
    Service,
    /// A device or an agent on it.
    Device,
    /// Whichever device knows the tenant's secret for those that have no credentials yet: good for nothing but asking for
    /// some, whatever roles it was given (R078).
    Bootstrap,
}

/// A user as it is stored. The credential is a row of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The opaque id under which it owns and acts.
    pub id: PrincipalId,
    /// The name by which it signs in.
    pub name: UserName,
    /// What kind of principal it is.
    pub kind: UserKind,
    /// A disabled user is refused at once.
    pub enabled: bool,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Name to show.
    pub display_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Wants the newsletter.
    pub newsletter: bool,
    /// Whatever else was noted.
    pub custom_properties: Object,
    /// Roles held directly.
    pub roles: BTreeSet<Role>,
    /// Groups it belongs to.
    pub groups: BTreeSet<GroupId>,
    /// The user above it in the hierarchy of user management.
    pub owner: Option<PrincipalId>,
    /// Raised to end every session and token of this user (architecture: revocation epoch).
    pub epoch: u64,
    /// When the password was last changed.
    pub password_changed: Option<Timestamp>,
    /// Must choose a new password before anything else.
    pub must_change_password: bool,
    /// The first administrator of a tenant cannot be deleted.
    pub first_admin: bool,
}

/// A group of users with the roles that its members share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its identifier.
    pub id: GroupId,
    /// Its name, unique in the tenant.
    pub name: GroupName,
    /// What it is for.
    pub description: Option<String>,
    /// Whatever else was noted.
    pub custom_properties: Object,
    /// Roles that every member holds.
    pub roles: BTreeSet<Role>,
}
