//! Users of a realm: people, services and devices.

mod change;
mod create;
mod gifts;
mod hierarchy;
mod password;
mod rights;
mod span;

pub use change::{DeleteUser, ProfileChange, UserChange};
pub(crate) use change::{describe, remove, switch};
pub use create::NewUser;
pub(crate) use create::{kind_of, new_user};
pub(crate) use gifts::Gifts;
pub use hierarchy::{ChangeDelegation, ChangeOwner};
pub(crate) use password::{NewCredential, check_password};
pub(crate) use rights::{
    Authority, allow_people, check_no_part, holds_as_much, is_special, keep_an_administrator, manages_users,
    may_give_group, refuse, special,
};
pub(crate) use span::{Span, change_users, may_lend, read_users};

use crate::desk::{Changing, Desk, Reading};
use crate::groups::{GroupView, group_view_with};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::permissions::ByObject;
use crate::refusal::{Invalid, Refusal};
use crate::roles::effective_application_roles;
use crate::version::{Expected, Version};
use crate::work::Query;
use model::grants::Subject;
use model::ids::{GroupId, PrincipalId};
use model::json::Object;
use model::limits::{DOCUMENT_BYTES_MAX, NAME_BYTES_MAX};
use model::names::UserName;
use model::roles::{ApplicationRole, Role};
use model::users::{User, UserKind};
use policy::operations::users::{UserDelete, UserRead};
use std::collections::BTreeSet;
use std::ops::Deref;
use store::realm::RealmRows;
use store::view::View;

/// What is known of a user besides its rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
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
}

/// The profile of a stored user.
pub(crate) fn profile_of(user: &User) -> Profile {
    Profile {
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        phone: user.phone.clone(),
        newsletter: user.newsletter,
        custom_properties: user.custom_properties.clone(),
    }
}

/// Refuses a profile that is too large.
pub(crate) fn check_profile(profile: &Profile) -> Result<(), Refusal> {
    let Profile {
        first_name,
        last_name,
        display_name,
        email,
        phone,
        newsletter: _,
        custom_properties,
    } = profile;
    let texts = [first_name, last_name, display_name, email, phone];
    check_texts(texts, custom_properties)
}

/// Refuses texts and custom properties that are too large.
pub(crate) fn check_texts<'a>(
    texts: impl IntoIterator<Item = &'a Option<String>>,
    properties: &Object,
) -> Result<(), Refusal> {
    let fit = texts
        .into_iter()
        .flatten()
        .all(|text| text.len() <= NAME_BYTES_MAX);
    if fit && properties.to_string().len() <= DOCUMENT_BYTES_MAX {
        return Ok(());
    }
    Err(Refusal::Invalid(Invalid::DocumentTooLarge))
}

/// A user as those see it who may read users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// The user.
    pub user: User,
    /// Its groups, with their roles.
    pub groups: Vec<GroupView>,
    /// Every role that it holds, directly or through a group.
    pub effective_roles: BTreeSet<Role>,
    /// The roles of microservices that it was given itself.
    pub application_roles: BTreeSet<ApplicationRole>,
    /// Every one that it holds, directly or through a group.
    pub effective_application_roles: BTreeSet<ApplicationRole>,
    /// The user above it in the hierarchy of user management.
    pub owner: Option<UserName>,
    /// Whose users below are lent to it.
    pub delegated_by: Option<UserName>,
    /// How many users are below it, at any depth; only if it was asked for.
    pub users_below: Option<usize>,
    /// Its own permissions on objects and fragments, without those of its groups and inventory roles.
    pub permissions: ByObject,
    /// Whether it has turned a second factor on.
    pub second_factor: bool,
    /// Which state of the user and its permissions this is.
    pub version: Version,
}

/// Finds the mail addresses of those who want the newsletter.
pub struct FindNewsletterEmails;

impl Query for FindNewsletterEmails {
    type Operation = UserRead;
    type Answer = Vec<String>;

    fn answer(&self, desk: &Reading) -> Result<Vec<String>, Refusal> {
        let (rows, span) = read_users::<UserRead>(desk)?;
        let users = span.users(&rows)?.into_iter();
        let wanting = users.filter(|user| user.enabled && user.newsletter);
        Ok(wanting.filter_map(|user| user.email).collect())
    }
}

/// Shows a user.
pub(crate) fn view_of<T: Deref<Target = View>>(
    desk: &Desk<T>,
    rows: &RealmRows<'_>,
    user: User,
) -> Result<UserView, Refusal> {
    let defined = rows.defined_roles()?;
    let mut groups = Vec::with_capacity(user.groups.len());
    for id in &user.groups {
        if let Some(group) = rows.group(*id)? {
            groups.push(group_view_with(rows, group, &defined)?);
        }
    }
    let permissions = rows.permissions(Subject::User(user.id))?;
    let version = Version::of(rows, &(&user, &permissions))?;
    let (application_roles, effective_application_roles) = match defined.is_empty() {
        true => Default::default(),
        false => (
            rows.application_roles(Subject::User(user.id), &defined)?,
            effective_application_roles((&desk.tx, desk.who().tenant()), rows, &user, &defined)?,
        ),
    };
    let facts = desk.tx.principal(desk.who().tenant(), user.id)?;
    let effective_roles = facts
        .map(|facts| facts.principal.effective_roles().collect())
        .unwrap_or_default();
    let name_of = |id: Option<PrincipalId>| match id {
        Some(id) => Ok::<_, Refusal>(rows.user(id)?.map(|user| user.name)),
        None => Ok(None),
    };
    let second_factor = rows.second_factor(user.id)?.is_some_and(|factor| factor.is_on);
    let owner = name_of(user.owner)?;
    let delegated_by = name_of(rows.delegated_by(user.id)?)?;
    Ok(UserView {
        user,
        groups,
        effective_roles,
        application_roles,
        effective_application_roles,
        owner,
        delegated_by,
        users_below: None,
        second_factor,
        permissions,
        version,
    })
}

/// Refuses a change of a user that is no longer in the state that was expected.
pub(crate) fn check_expected(expected: &Expected, rows: &RealmRows<'_>, user: &User) -> Result<(), Refusal> {
    let permissions = rows.permissions(Subject::User(user.id))?;
    expected.check(rows, &(user, &permissions))
}

/// A user that was created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenUser {
    /// Its name.
    pub name: UserName,
    /// The user, for those who may read users: to change does not include to read (R019).
    pub shown: Option<Box<UserView>>,
}

/// What a command answers about the user that it wrote.
pub(crate) fn written(desk: &Changing, rows: &RealmRows<'_>, user: User) -> Result<WrittenUser, Refusal> {
    let name = user.name.clone();
    let may_read = desk.may::<UserRead>() && Span::of::<UserRead, _>(desk, rows)?.has(rows, &user)?;
    let shown = if may_read {
        Some(Box::new(view_of(desk, rows, user)?))
    } else {
        None
    };
    Ok(WrittenUser { name, shown })
}

/// Which names a list of users is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameFilter {
    /// Names that begin so.
    Prefix(String),
    /// This one; a device user too.
    Exact(UserName),
}

/// Lists users.
#[derive(Debug, Clone)]
pub struct FindUsers {
    /// Which part.
    pub page: Page,
    /// By name.
    pub name: Option<NameFilter>,
    /// Members of any of these groups.
    pub groups: Vec<GroupId>,
    /// Right below this user in the hierarchy of user management.
    pub owner: Option<UserName>,
    /// Whether to say how many users are below each.
    pub counts_below: bool,
    /// Device users, which are left out otherwise.
    pub only_devices: bool,
}

impl Query for FindUsers {
    type Operation = UserRead;
    type Answer = Listed<UserView>;

    fn answer(&self, desk: &Reading) -> Result<Listed<UserView>, Refusal> {
        let (rows, span) = read_users::<UserRead>(desk)?;
        let owner = match &self.owner {
            Some(name) => Some(rows.user_named(name)?.map(|owner| owner.id)),
            None => None,
        };
        let mut users = match &self.name {
            Some(NameFilter::Exact(name)) => span.user(&rows, name).into_iter().collect(),
            _ => span.users(&rows)?,
        };
        users.retain(|user| self.takes(user, owner));
        self.page.of(users).try_map(|user| {
            let id = user.id;
            let mut view = view_of(desk, &rows, user)?;
            if self.counts_below {
                view.users_below = Some(rows.everybody_below(id)?.len());
            }
            Ok(view)
        })
    }
}

impl FindUsers {
    /// Whether a user belongs to the list; `owner` is the one asked for, if there is such a user.
    fn takes(&self, user: &User, owner: Option<Option<PrincipalId>>) -> bool {
        let by_name = match &self.name {
            Some(NameFilter::Prefix(prefix)) => user.name.as_str().starts_with(prefix),
            Some(NameFilter::Exact(name)) => user.name == *name,
            None => true,
        };
        let by_kind = matches!(self.name, Some(NameFilter::Exact(_)))
            || (user.kind == UserKind::Device) == self.only_devices;
        let by_group = self.groups.is_empty() || self.groups.iter().any(|group| user.groups.contains(group));
        by_name && by_kind && by_group && owner.is_none_or(|owner| owner.is_some() && user.owner == owner)
    }
}

/// Reads one user.
pub struct ReadUser {
    /// Its name.
    pub name: UserName,
}

impl Query for ReadUser {
    type Operation = UserRead;
    type Answer = UserView;

    fn answer(&self, desk: &Reading) -> Result<UserView, Refusal> {
        let (rows, span) = read_users::<UserRead>(desk)?;
        let user = span.user(&rows, &self.name)?;
        view_of(desk, &rows, user)
    }
}

/// Deletes the user of a device together with the device; people and services stay.
pub(crate) fn delete_device_user(desk: &Changing, id: PrincipalId) -> Result<(), Refusal> {
    let realm = desk.tx.realm(allow_people::<UserDelete, _>(desk)?);
    let Some(user) = realm.now().user(id)? else {
        return Ok(());
    };
    if user.kind == UserKind::Device {
        remove(desk, &realm, &user)?;
        desk.note(Note::new("User", "User deleted", &user.name).text("Device user deleted with its device"));
    }
    Ok(())
}
