//! Creating users.

use super::hierarchy::check_depth_below;
use super::password::NewCredential;
use super::rights::Authority;
use super::span::change_users;
use super::{Gifts, Profile, WrittenUser, check_profile, written};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, Invalid, Refusal};
use crate::work::{Command, Then, done};
use model::applications::BOOTSTRAP_USER_PREFIX;
use model::grants::Subject;
use model::ids::GroupId;
use model::names::UserName;
use model::roles::Role;
use model::secret::Secret;
use model::users::{BOOTSTRAP_USER, DEVICE_USER_PREFIX, SERVICE_USER_PREFIX, User, UserKind};
use policy::operation::Operation;
use policy::operations::users::UserCreate;
use std::collections::BTreeSet;

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The name, for good.
    pub name: UserName,
    /// Its password. Without one there is no credential at all, and nobody can sign in as this user until an
    /// administrator sets a password: the platform sends no mail.
    pub password: Option<Secret>,
    /// Whether it must choose a new one before anything else.
    pub must_change_password: bool,
    /// What is known of it.
    pub profile: Profile,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Roles held directly. People also get those over their own user, services the one to read it.
    pub roles: BTreeSet<Role>,
    /// Groups that it joins.
    pub groups: BTreeSet<GroupId>,
}

/// The kind of a user, for good: its name says it, and no property that somebody could change later does (R003).
pub(crate) fn kind_of(name: &UserName) -> UserKind {
    if name.as_str().starts_with(DEVICE_USER_PREFIX) {
        UserKind::Device
    } else if name.as_str().starts_with(SERVICE_USER_PREFIX)
        || name.as_str().starts_with(BOOTSTRAP_USER_PREFIX)
    {
        UserKind::Service
    } else if name.as_str() == BOOTSTRAP_USER {
        UserKind::Bootstrap
    } else {
        UserKind::Person
    }
}

impl Door {
    /// Creates a user; nobody gives it more than they may give (R010).
    pub async fn create_user(&self, caller: &Caller, user: NewUser) -> Result<WrittenUser, Refusal> {
        self.gate(caller, UserCreate::INFO).await?;
        let credential = match &user.password {
            Some(password) => Some(self.hash_password(password, &user.name).await?),
            None => None,
        };
        self.run(caller, CreateUser { user, credential }).await
    }
}

struct CreateUser {
    user: NewUser,
    credential: Option<NewCredential>,
}

impl Command for CreateUser {
    type Operation = UserCreate;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let (realm, span) = change_users::<UserCreate>(desk)?;
        let new = &self.user;
        check_profile(&new.profile)?;
        if kind_of(&new.name) == UserKind::Service {
            return Err(Refusal::Invalid(Invalid::ServiceAccount));
        }
        if realm.now().user_named(&new.name)?.is_some() {
            return Err(Refusal::Conflict(Conflict::UserNameTaken));
        }
        let authority = Authority::of::<UserCreate>(desk);
        new.roles.iter().try_for_each(|role| authority.over_role(*role))?;
        if kind_of(&new.name) == UserKind::Bootstrap {
            authority.over_role(Role::DeviceBootstrap)?;
        }
        let groups = authority.groups(&realm.now(), new.groups.iter().copied())?;

        let mut user = new_user(realm.new_principal()?, new);
        if span.is_below() {
            check_depth_below(&realm.now(), desk.who().id())?;
            user.owner = Some(desk.who().id());
        }
        if let Some(credential) = &self.credential {
            user = credential.give(&realm, user, desk.now())?;
            user.must_change_password = new.must_change_password;
        }
        realm.create_user(&user)?;
        let (mut gifts, to) = (Gifts::new(desk), Subject::User(user.id));
        new.roles
            .iter()
            .try_for_each(|role| gifts.role(&realm, to, *role))?;
        groups
            .iter()
            .try_for_each(|group| gifts.group(&realm, to, group))?;
        desk.note(gifts.mark(describe(&user)));
        Ok(done(written(desk, &realm.now(), user)?))
    }
}

pub(crate) fn new_user(id: model::ids::PrincipalId, new: &NewUser) -> User {
    let kind = kind_of(&new.name);
    let mut roles = new.roles.clone();
    // Nobody's right to give: everybody reads themselves, and people edit themselves.
    match kind {
        UserKind::Person => roles.extend([Role::UserManagementOwnRead, Role::UserManagementOwnAdmin]),
        UserKind::Service => roles.extend([Role::UserManagementOwnRead]),
        UserKind::Bootstrap => roles.extend([Role::DeviceBootstrap]),
        UserKind::Device => {}
    }
    let profile = new.profile.clone();
    User {
        id,
        name: new.name.clone(),
        kind,
        enabled: new.enabled,
        first_name: profile.first_name,
        last_name: profile.last_name,
        display_name: profile.display_name,
        email: profile.email,
        phone: profile.phone,
        newsletter: profile.newsletter,
        custom_properties: profile.custom_properties,
        roles,
        groups: new.groups.clone(),
        owner: None,
        epoch: 0,
        password_changed: None,
        must_change_password: new.must_change_password || new.password.is_none(),
        first_admin: false,
    }
}

fn describe(user: &User) -> Note {
    let roles: Vec<_> = user.roles.iter().map(|role| role.name()).collect();
    let groups: Vec<_> = user.groups.iter().map(ToString::to_string).collect();
    let text = format!(
        "User created with the roles [{}] and the groups [{}]",
        roles.join(", "),
        groups.join(", ")
    );
    Note::new("User", "User created", &user.name).text(text)
}
