//! Applications: what a tenant owns or is subscribed to. Hosted ones are archives of files that a browser loads;
//! microservices run somewhere else and come in as users of their own; external ones are links.
//!
//! What is inside an archive is not known here.

use crate::files::File;
use crate::ids::{ApplicationId, ArchiveId, PrincipalId, TenantNumber};
use crate::json::{Json, Object};
use crate::limits::{APPLICATION_PATH_BYTES_MAX, VERSION_BYTES_MAX};
use crate::names::{BadName, Label};
use crate::roles::{ApplicationRole, Role};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The users as which a microservice comes in are called `service_<name>`, one in each tenant that is subscribed.
pub const APPLICATION_USER_PREFIX: &str = crate::users::SERVICE_USER_PREFIX;
/// The one with which it begins is called `servicebootstrap_<name>`.
pub const BOOTSTRAP_USER_PREFIX: &str = "servicebootstrap_";
/// The version that is served when none is named.
pub const LATEST: &str = "latest";
/// Paths under `/apps` that are kept: the platform's own pages must not be imitated.
const RESERVED_PATHS: [&str; 3] = ["administration", "login", "public"];

/// What an application is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApplicationKind {
    /// Files that the platform serves.
    Hosted,
    /// A link to somewhere else.
    External,
    /// A program that runs somewhere else and comes in as a user of each tenant that is subscribed.
    Microservice,
}

impl ApplicationKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hosted, Self::External, Self::Microservice];

    /// The name that clients use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hosted => "HOSTED",
            Self::External => "EXTERNAL",
            Self::Microservice => "MICROSERVICE",
        }
    }
}

impl FromStr for ApplicationKind {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or(BadName("HOSTED, EXTERNAL or MICROSERVICE is expected"))
    }
}

/// Who may be subscribed to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Availability {
    /// Its owner only.
    #[default]
    Private,
    /// Other tenants too.
    Market,
    /// Other tenants too; what shared means beyond that, clients know.
    Shared,
}

impl Availability {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Private, Self::Market, Self::Shared];

    /// The name that clients use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "PRIVATE",
            Self::Market => "MARKET",
            Self::Shared => "SHARED",
        }
    }
}

impl FromStr for Availability {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let found = Self::ALL.into_iter().find(|one| one.name() == text);
        found.ok_or(BadName("MARKET, PRIVATE or SHARED is expected"))
    }
}

/// The path under `/apps` at which an application is served: one plain segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContextPath(Box<str>);

impl ContextPath {
    /// What a path may be, for people.
    pub const RULE: &'static str = "1 to 100 letters, digits, hyphens, dots and underscores are expected, the first a letter or \
                                    digit; administration, login and public are kept for the platform";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContextPath {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let fits = (1..=APPLICATION_PATH_BYTES_MAX).contains(&text.len())
            && text.bytes().all(is_plain)
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !RESERVED_PATHS.iter().any(|kept| kept.eq_ignore_ascii_case(text));
        match fits {
            true => Ok(Self(text.into())),
            false => Err(BadName(Self::RULE)),
        }
    }
}

impl fmt::Display for ContextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role as an application names it. Not every one exists here: those that do not give nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoleName(Box<str>);

impl RoleName {
    /// What a name may be, for people.
    pub const RULE: &'static str =
        "names like ROLE_INVENTORY_READ are expected, of at most 100 capital letters, digits and underscores";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The role, if it exists.
    pub fn role(&self) -> Option<Role> {
        self.0.parse().ok()
    }
}

impl FromStr for RoleName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = text.len() <= 100 && text.starts_with("ROLE_") && text.bytes().all(is_plain);
        match fits {
            true => Ok(Self(text.into())),
            false => Err(BadName(Self::RULE)),
        }
    }
}

/// The name of a version, or a tag on one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionName(Box<str>);

impl VersionName {
    /// What it may be, for people.
    pub const RULE: &'static str = "1 to 64 letters, digits and .-_+ are expected";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VersionName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
        match (1..=VERSION_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_plain) {
            true => Ok(Self(text.into())),
            false => Err(BadName(Self::RULE)),
        }
    }
}

/// An application as its owner stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its identifier.
    pub id: ApplicationId,
    /// What it is.
    pub kind: ApplicationKind,
    /// Its name, unique among those of its owner.
    pub name: Label,
    /// The key that requests name it by, unique among those of its owner.
    pub key: Label,
    /// Where it is served, unique among those of its owner.
    pub context_path: Option<ContextPath>,
    /// Who may be subscribed.
    pub availability: Availability,
    /// What it is for.
    pub description: Option<String>,
    /// The roles that its users are to have.
    pub required_roles: BTreeSet<RoleName>,
    /// The roles that it knows itself. Those of a microservice can be given to users where it is subscribed, and mean
    /// nothing here.
    pub roles: BTreeSet<RoleName>,
    /// What its makers say of it, as they say it.
    pub manifest: Option<Object>,
    /// Whatever else was noted.
    pub properties: Object,
    /// The user with which a microservice begins.
    pub bootstrap: Option<PrincipalId>,
    /// What was uploaded, the oldest first.
    pub archives: Vec<Archive>,
    /// Which of it is served.
    pub active: Option<ArchiveId>,
    /// When it was made.
    pub created: Timestamp,
}

/// An application to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApplication {
    /// What it is.
    pub kind: ApplicationKind,
    /// Its name.
    pub name: Label,
    /// Its key.
    pub key: Label,
    /// Where it is served.
    pub context_path: Option<ContextPath>,
    /// Who may be subscribed.
    pub availability: Availability,
    /// What it is for.
    pub description: Option<String>,
    /// The roles that its users are to have.
    pub required_roles: BTreeSet<RoleName>,
    /// The roles that it knows itself.
    pub roles: BTreeSet<RoleName>,
    /// What its makers say of it.
    pub manifest: Option<Object>,
    /// Whatever else was noted.
    pub properties: Object,
}

/// A change of an application: what is absent stays, what is `None` inside is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplicationChange {
    /// What it is; it stays, but may be repeated.
    pub kind: Option<ApplicationKind>,
    /// Its name.
    pub name: Option<Label>,
    /// Its key.
    pub key: Option<Label>,
    /// Where it is served.
    pub context_path: Option<Option<ContextPath>>,
    /// Who may be subscribed.
    pub availability: Option<Availability>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// The roles that its users are to have, all of them.
    pub required_roles: Option<BTreeSet<RoleName>>,
    /// The roles that it knows itself, all of them.
    pub roles: Option<BTreeSet<RoleName>>,
    /// What its makers say of it.
    pub manifest: Option<Option<Object>>,
    /// Which archive is served.
    pub active: Option<Option<ArchiveId>>,
    /// Whatever else is noted.
    pub properties: Vec<(String, Option<Json>)>,
}

/// A ZIP file that was uploaded for an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Its identifier.
    pub id: ArchiveId,
    /// The file as it came.
    pub file: File,
    /// When it came.
    pub created: Timestamp,
    /// The version that it is.
    pub version: Option<VersionName>,
    /// Tags on the version. No two archives of an application share one.
    pub tags: BTreeSet<VersionName>,
}

impl Application {
    /// An archive of it.
    pub fn archive(&self, id: ArchiveId) -> Option<&Archive> {
        self.archives.iter().find(|archive| archive.id == id)
    }

    /// The archive with this version or tag.
    pub fn version(&self, name: &str) -> Option<&Archive> {
        let is_it = |archive: &&Archive| {
            archive
                .version
                .as_ref()
                .is_some_and(|version| version.as_str() == name)
                || archive.tags.iter().any(|tag| tag.as_str() == name)
        };
        self.archives.iter().find(is_it)
    }

    /// The archive that is served.
    pub fn served(&self) -> Option<&Archive> {
        self.archive(self.active?)
    }

    /// The roles that its users are to have and that exist.
    pub fn wanted_roles(&self) -> BTreeSet<Role> {
        self.required_roles.iter().filter_map(RoleName::role).collect()
    }

    /// The roles that it defines for its own users: those of a microservice that are none of the platform.
    pub fn defined_roles(&self) -> BTreeSet<ApplicationRole> {
        let names = self
            .roles
            .iter()
            .filter(|_| self.kind == ApplicationKind::Microservice);
        names.filter_map(|name| name.as_str().parse().ok()).collect()
    }

    /// What its users are called behind their prefixes: its name, as far as that is plain.
    pub fn user_suffix(&self) -> String {
        let plain = |c: char| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => c,
            _ => '-',
        };
        let name = self.name.as_str().chars().take(APPLICATION_PATH_BYTES_MAX);
        name.map(plain).collect()
    }

    /// The category of the options that are its settings, where its manifest names none: its path, else its name.
    pub fn settings_category(&self) -> &str {
        self.context_path
            .as_ref()
            .map_or(self.name.as_str(), ContextPath::as_str)
    }
}

/// What a tenant's rows say about an application that it is subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The application.
    pub application: ApplicationId,
    /// Whose it is.
    pub owner: TenantNumber,
    /// The user as which a microservice comes in.
    pub user: Option<PrincipalId>,
    /// The roles that administrators of the subscribed tenant have granted to it.
    pub granted: BTreeSet<Role>,
    /// The roles that it defines for its own users.
    pub defines: BTreeSet<ApplicationRole>,
    /// Since when.
    pub since: Timestamp,
}

/// Which part of a microservice a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Part {
    /// It finds out who is subscribed, and nothing else.
    Bootstrap,
    /// It acts in the tenant that is subscribed.
    Service,
}

/// That a user acts for a microservice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ActsFor {
    /// The application.
    pub application: ApplicationId,
    /// Whose it is.
    pub owner: TenantNumber,
    /// Which part of it.
    pub part: Part,
}

#[cfg(test)]
mod tests {
    use super::*;

    // What makes a path that a server or a browser could read otherwise is no path.
    #[test]
    fn a_context_path_is_one_plain_segment() {
        for fits in ["cockpit", "My-App_2.0", "a"] {
            assert!(fits.parse::<ContextPath>().is_ok(), "{fits}");
        }
        let long = "a".repeat(APPLICATION_PATH_BYTES_MAX + 1);
        for not in [
            "",
            ".",
            "..",
            "a/b",
            "a@1",
            "-a",
            "_a",
            "a b",
            "a%2f",
            "ä",
            "public",
            "Administration",
            &long,
        ] {
            assert!(not.parse::<ContextPath>().is_err(), "{not}");
        }
    }

    #[test]
    fn roles_that_do_not_exist_are_named_and_give_nothing() {
        let known: RoleName = "ROLE_INVENTORY_READ".parse().expect("a name");
        let other: RoleName = "ROLE_SMARTRULE_READ".parse().expect("a name");
        assert_eq!((known.role(), other.role()), (Some(Role::InventoryRead), None));
        for not in ["INVENTORY_READ", "ROLE_a", "ROLE_A B", ""] {
            assert!(not.parse::<RoleName>().is_err(), "{not}");
        }
    }
}
