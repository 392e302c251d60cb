//! Service accounts: users for other systems, with keys instead of a password (R003, R119). Making, showing, changing and
//! deleting them; keys are in [`crate::service_accounts::keys`], signing in with one in `sign_in`.
//!
//! Roles, groups and permissions of the account are those of its user, and are given like those of any user.

pub mod keys;

use crate::desk::{Changing, Desk, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::{
    Authority, Gifts, NewUser, Profile, UserView, allow_people, manages_users, new_user, refuse, remove,
    switch, view_of,
};
use crate::version::{Expected, Version};
use crate::work::{Command, Query, Then, done};
use keys::{KeyView, keys_of};
use model::addresses::AddressRange;
use model::grants::Subject;
use model::ids::{GroupId, ObjectId};
use model::json::Json;
use model::names::UserName;
use model::roles::Role;
use model::service_accounts::ServiceAccount;
use model::time::Timestamp;
use model::users::{SERVICE_USER_PREFIX, User};
use policy::granting::may_name;
use policy::operation::Operation;
use policy::operations::service_accounts::{
    ServiceAccountCreate, ServiceAccountDelete, ServiceAccountRead, ServiceAccountUpdate,
};
use std::collections::BTreeSet;
use std::ops::Deref;
use store::realm::{RealmChanges, RealmRows};
use store::view::View;

/// A service account as those see it who may read users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// Its user, with roles and groups.
    pub user: UserView,
    /// What it is for.
    pub description: Option<String>,
    /// The project that it is bound to.
    pub project: Option<ObjectId>,
    /// Where it may call from; anywhere if there are none.
    pub addresses: Vec<AddressRange>,
    /// From then on it is refused.
    pub expires: Option<Timestamp>,
    /// Its keys that are not revoked, the oldest first.
    pub keys: Vec<KeyView>,
    /// Which state of all this it is.
    pub version: Version,
}

fn show<T: Deref<Target = View>>(
    desk: &Desk<T>,
    rows: &RealmRows<'_>,
    (user, account): Found,
) -> Result<AccountView, Refusal> {
    let version = Version::of(rows, &state(rows, &user, &account)?)?;
    Ok(AccountView {
        user: view_of(desk, rows, user)?,
        keys: keys_of(rows, &account)?,
        description: account.description,
        project: account.project,
        addresses: account.addresses,
        expires: account.expires,
        version,
    })
}

/// What a change may expect to find: no use of a key changes it.
fn state<'a>(
    rows: &RealmRows<'_>,
    user: &'a User,
    account: &'a ServiceAccount,
) -> Result<impl serde::Serialize + use<'a>, Refusal> {
    Ok((user, rows.permissions(Subject::User(user.id))?, account))
}

/// A service account with its user.
type Found = (User, ServiceAccount);

/// The service account of this name. A user of another kind is none.
fn account_in(rows: &RealmRows<'_>, name: &UserName) -> Result<Found, Refusal> {
    let missing = || Refusal::Missing(Missing::User(name.to_string()));
    let user = rows.user_named(name)?.ok_or_else(missing)?;
    let account = rows.service_account(user.id)?.ok_or_else(missing)?;
    Ok((user, account))
}

/// A service account that was created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenAccount {
    /// The name of its user.
    pub name: UserName,
    /// The account, for those who may read users (R019).
    pub shown: Option<Box<AccountView>>,
}

fn written(desk: &Changing, realm: &RealmChanges<'_>, found: Found) -> Result<WrittenAccount, Refusal> {
    let name = found.0.name.clone();
    let shown = match desk.may::<ServiceAccountRead>() {
        true => Some(Box::new(show(desk, &realm.now(), found)?)),
        false => None,
    };
    Ok(WrittenAccount { name, shown })
}

/// Lists service accounts.
pub struct FindServiceAccounts {
    /// Which part.
    pub page: Page,
}

impl Query for FindServiceAccounts {
    type Operation = ServiceAccountRead;
    type Answer = Listed<AccountView>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.realm(allow_people::<ServiceAccountRead, _>(desk)?);
        let page = self.page.of(rows.service_accounts()?);
        page.try_map(|account| {
            let user = rows.user(account.user)?;
            let user = user.ok_or_else(|| Refusal::Missing(Missing::User(account.user.to_string())))?;
            show(desk, &rows, (user, account))
        })
    }
}

/// Reads one service account.
pub struct ReadServiceAccount {
    /// The name of its user.
    pub name: UserName,
}

impl Query for ReadServiceAccount {
    type Operation = ServiceAccountRead;
    type Answer = AccountView;

    fn answer(&self, desk: &Reading) -> Result<AccountView, Refusal> {
        let rows = desk.tx.realm(allow_people::<ServiceAccountRead, _>(desk)?);
        show(desk, &rows, account_in(&rows, &self.name)?)
    }
}

/// Creates a service account. It cannot sign in before it has a key.
pub struct CreateServiceAccount {
    /// The name of its user: it begins as those of services do.
    pub name: UserName,
    /// What it is for.
    pub description: Option<String>,
    /// The project that it is to be bound to.
    pub project: Option<ObjectId>,
    /// Where it may call from; anywhere if there are none.
    pub addresses: Vec<AddressRange>,
    /// From then on it is refused.
    pub expires: Option<Timestamp>,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Roles held directly.
    pub roles: BTreeSet<Role>,
    /// Groups that it joins.
    pub groups: BTreeSet<GroupId>,
}

impl Command for CreateServiceAccount {
    type Operation = ServiceAccountCreate;
    type Answer = WrittenAccount;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(allow_people::<ServiceAccountCreate, _>(desk)?);
        if !self.name.as_str().starts_with(SERVICE_USER_PREFIX) {
            return Err(Refusal::Invalid(Invalid::ServiceName));
        }
        if realm.now().user_named(&self.name)?.is_some() {
            return Err(Refusal::Conflict(Conflict::UserNameTaken));
        }
        let authority = Authority::of::<ServiceAccountCreate>(desk);
        self.roles
            .iter()
            .try_for_each(|role| authority.over_role(*role))?;
        let groups = authority.groups(&realm.now(), self.groups.iter().copied())?;
        let through = groups.iter().flat_map(|group| &group.roles);
        if !desk.who().is_admin() && self.roles.iter().chain(through).any(|role| manages_users(*role)) {
            return Err(refuse(desk, ServiceAccountCreate::INFO.name, "service"));
        }
        check_project::<ServiceAccountCreate>(desk, self.project, &self.groups)?;

        let user = new_user(realm.new_principal()?, &self.user());
        let account = ServiceAccount {
            user: user.id,
            description: self.description.clone(),
            project: self.project,
            addresses: self.addresses.clone(),
            expires: self.expires,
            keys: Vec::new(),
        };
        realm.create_user(&user)?;
        realm.put_service_account(&account)?;
        let (mut gifts, to) = (Gifts::new(desk), Subject::User(user.id));
        self.roles
            .iter()
            .try_for_each(|role| gifts.role(&realm, to, *role))?;
        groups
            .iter()
            .try_for_each(|group| gifts.group(&realm, to, group))?;
        let roles: Vec<_> = user.roles.iter().map(|role| role.name()).collect();
        let text = format!("Service account created with the roles [{}]", roles.join(", "));
        let note = Note::new("User", "Service account created", &user.name).text(text);
        desk.note(gifts.mark(describe(note, None, &account)));
        Ok(done(written(desk, &realm, (user, account))?))
    }
}

impl CreateServiceAccount {
    fn user(&self) -> NewUser {
        NewUser {
            must_change_password: false,
            name: self.name.clone(),
            password: None,
            profile: Profile::default(),
            enabled: self.enabled,
            roles: self.roles.clone(),
            groups: self.groups.clone(),
        }
    }
}

/// Refuses to bind an account to what is no project; for all but members of `admins`, whose roles count there; and
/// together with groups: whoever changes a group would change what counts in the project.
fn check_project<N: Operation>(
    desk: &Changing,
    project: Option<ObjectId>,
    groups: &BTreeSet<GroupId>,
) -> Result<(), Refusal> {
    let Some(id) = project else { return Ok(()) };
    let facts = desk.tx.object_facts(desk.who(), id)?;
    // A project lies in itself.
    let is_project = facts.is_some_and(|facts| facts.project() == Some(id) && may_name(desk.who(), &facts));
    if !is_project {
        return Err(Refusal::Invalid(Invalid::UnknownProject(id)));
    }
    if !desk.who().is_admin() {
        return Err(refuse(desk, N::INFO.name, "project"));
    }
    if !groups.is_empty() {
        return Err(Refusal::Invalid(Invalid::BoundToProject));
    }
    Ok(())
}

/// A change of a service account: what is absent stays, what is `None` inside is removed. Roles, groups and permissions
/// are changed like those of any user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// What it is for.
    pub description: Option<Option<String>>,
    /// The project that it is bound to.
    pub project: Option<Option<ObjectId>>,
    /// Where it may call from, all of them; anywhere if there are none.
    pub addresses: Option<Vec<AddressRange>>,
    /// From then on it is refused.
    pub expires: Option<Option<Timestamp>>,
    /// Whether it may sign in.
    pub enabled: Option<bool>,
}

/// Changes a service account.
pub struct UpdateServiceAccount {
    /// The name of its user.
    pub name: UserName,
    /// How.
    pub change: AccountChange,
    /// The state that is changed.
    pub expected: Expected,
}

impl Command for UpdateServiceAccount {
    type Operation = ServiceAccountUpdate;
    type Answer = WrittenAccount;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(allow_people::<ServiceAccountUpdate, _>(desk)?);
        let (before, account) = account_in(&realm.now(), &self.name)?;
        self.expected
            .check(&realm.now(), &state(&realm.now(), &before, &account)?)?;
        Authority::of::<ServiceAccountUpdate>(desk).over_user(&before)?;
        let mut after = account.clone();
        let change = self.change.clone();
        after.description = change.description.unwrap_or(after.description);
        after.addresses = change.addresses.unwrap_or(after.addresses);
        after.expires = change.expires.unwrap_or(after.expires);
        after.project = change.project.unwrap_or(after.project);
        if after.project != account.project {
            check_project::<ServiceAccountUpdate>(desk, after.project, &before.groups)?;
        }
        let mut user = before.clone();
        if let Some(enabled) = change.enabled {
            user = switch(desk, &realm, user, enabled)?;
        }
        if user != before {
            realm.update_user(&before, &user)?;
        }
        if after != account {
            realm.put_service_account(&after)?;
        }
        if (&user, &after) != (&before, &account) {
            let note = Note::new("User", "Service account updated", &user.name);
            desk.note(describe(note, Some(&account), &after).change(
                "enabled",
                Some(Json::Bool(before.enabled)),
                Some(Json::Bool(user.enabled)),
            ));
        }
        Ok(done(written(desk, &realm, (user, after))?))
    }
}

/// With what is different from before.
fn describe(note: Note, before: Option<&ServiceAccount>, after: &ServiceAccount) -> Note {
    let project = |account: &ServiceAccount| account.project.map(|id| Json::from(id.to_string()));
    let expires = |account: &ServiceAccount| account.expires.map(|time| Json::from(time.to_string()));
    let addresses = |account: &ServiceAccount| {
        let ranges: Vec<_> = account.addresses.iter().map(ToString::to_string).collect();
        (!ranges.is_empty()).then(|| Json::from(ranges.join(", ")))
    };
    note.change("project", before.and_then(project), project(after))
        .change("expirationTime", before.and_then(expires), expires(after))
        .change("addresses", before.and_then(addresses), addresses(after))
}

/// Deletes a service account with its keys.
pub struct DeleteServiceAccount {
    /// The name of its user.
    pub name: UserName,
    /// The state that is deleted.
    pub expected: Expected,
}

impl Command for DeleteServiceAccount {
    type Operation = ServiceAccountDelete;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<ServiceAccountDelete, _>(desk)?);
        let (user, account) = account_in(&realm.now(), &self.name)?;
        self.expected
            .check(&realm.now(), &state(&realm.now(), &user, &account)?)?;
        remove(desk, &realm, &user)?;
        desk.note(Note::new("User", "Service account deleted", &self.name));
        Ok(done(()))
    }
}
