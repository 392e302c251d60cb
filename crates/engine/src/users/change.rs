//! Changing and deleting users.

use super::password::NewCredential;
use super::rights::{Authority, check_no_part, keep_an_administrator};
use super::span::change_users;
use super::{WrittenUser, check_expected, check_profile, profile_of, written};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::permissions::{ByObject, Found, Giving, give_exactly};
use crate::refusal::{Conflict, Invalid, Refusal};
use crate::registration::check_not_blocked;
use crate::sessions::check_fresh;
use crate::version::Expected;
use crate::work::{Command, Then, done};
use model::json::{Json, Object};
use model::names::UserName;
use model::secret::Secret;
use model::users::{DEVICE_USER_PREFIX, User};
use policy::operation::Operation;
use policy::operations::users::{UserDelete, UserPassword, UserUpdate};
use store::realm::RealmChanges;

/// The custom property in which the console keeps a user's language.
const LANGUAGE: &str = "language";

/// A change of a profile: what is absent stays, what is `None` inside is removed. Nothing else of a user can be reached
/// through it, so it is also what users may change of themselves (R012).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// Given name.
    pub first_name: Option<Option<String>>,
    /// Family name.
    pub last_name: Option<Option<String>>,
    /// Name to show.
    pub display_name: Option<Option<String>>,
    /// E-mail address.
    pub email: Option<Option<String>>,
    /// Phone number.
    pub phone: Option<Option<String>>,
    /// Wants the newsletter.
    pub newsletter: Option<bool>,
    /// The language of the console.
    pub language: Option<Option<String>>,
}

impl ProfileChange {
    /// The user with this change. One's own mail address changes only where the owner has just come in: tokens for a new
    /// password are sent there, and whoever has stolen a session would send them to himself.
    pub(crate) fn apply(&self, desk: &Changing, before: &User) -> Result<User, Refusal> {
        let after = self.applied(before);
        if after.email != before.email && before.id == desk.who().id() {
            check_fresh(desk.caller(), desk.now())?;
        }
        Ok(after)
    }

    fn applied(&self, before: &User) -> User {
        let mut user = before.clone();
        let texts = [
            (&mut user.first_name, &self.first_name),
            (&mut user.last_name, &self.last_name),
            (&mut user.display_name, &self.display_name),
            (&mut user.email, &self.email),
            (&mut user.phone, &self.phone),
        ];
        for (text, change) in texts {
            if let Some(new) = change {
                text.clone_from(new);
            }
        }
        user.newsletter = self.newsletter.unwrap_or(user.newsletter);
        match &self.language {
            Some(Some(language)) => user
                .custom_properties
                .set(LANGUAGE, Json::from(language.as_str())),
            Some(None) => drop(user.custom_properties.remove(LANGUAGE)),
            None => {}
        }
        user
    }
}

/// A change of a user by an administrator. The name never changes; roles and groups have operations of their own.
#[derive(Clone, Default)]
pub struct UserChange {
    /// Its profile.
    pub profile: ProfileChange,
    /// Its custom properties, all of them.
    pub custom_properties: Option<Object>,
    /// Whether it may sign in; a disabled user is refused at once.
    pub enabled: Option<bool>,
    /// A new password. Not for oneself: that needs the current one.
    pub password: Option<Secret>,
    /// Whether it must choose a new one before anything else.
    pub must_change_password: Option<bool>,
    /// Its own permissions on objects and fragments, all of them.
    pub permissions: Option<ByObject>,
    /// The state that is changed.
    pub expected: Expected,
}

impl Door {
    /// Changes a user of the caller's tenant.
    pub async fn update_user(
        &self,
        caller: &Caller,
        name: UserName,
        change: UserChange,
    ) -> Result<WrittenUser, Refusal> {
        self.gate(caller, UserUpdate::INFO).await?;
        if change.password.is_some() && *caller.name() == name {
            return Err(Refusal::Invalid(Invalid::CurrentPassword));
        }
        let credential = match &change.password {
            Some(password) => {
                // As dear as where passwords have an operation of their own.
                self.meter(caller, UserPassword::INFO)?;
                Some(self.hash_password(password, &name).await?)
            }
            None => None,
        };
        self.run(
            caller,
            UpdateUser {
                name,
                change,
                credential,
            },
        )
        .await
    }
}

struct UpdateUser {
    name: UserName,
    change: UserChange,
    credential: Option<NewCredential>,
}

impl Command for UpdateUser {
    type Operation = UserUpdate;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let (realm, span) = change_users::<UserUpdate>(desk)?;
        let before = span.user(&realm.now(), &self.name)?;
        check_expected(&self.change.expected, &realm.now(), &before)?;
        Authority::of::<UserUpdate>(desk).over_user(&before)?;
        let mut after = self.change.profile.apply(desk, &before)?;
        if let Some(properties) = &self.change.custom_properties {
            after.custom_properties.clone_from(properties);
        }
        check_profile(&profile_of(&after))?;
        if let Some(enabled) = self.change.enabled {
            after = switch(desk, &realm, after, enabled)?;
        }
        let mut note = describe(&before, &after);
        if let Some(credential) = &self.credential {
            after = credential.give(&realm, after, desk.now())?;
            note = note.text("User updated, with a new password");
        }
        if let Some(must) = self.change.must_change_password {
            note = note.change(
                "shouldResetPassword",
                Some(after.must_change_password.into()),
                Some(must.into()),
            );
            after.must_change_password = must;
        }
        if after != before {
            realm.update_user(&before, &after)?;
            desk.note(note);
        }
        if let Some(permissions) = &self.change.permissions {
            let (giving, holder) = (Giving::of::<UserUpdate>(desk), Found::User(after.clone()));
            give_exactly(desk, &giving, &realm, &holder, permissions.clone())?;
        }
        Ok(done(written(desk, &realm.now(), after)?))
    }
}

/// Enables or disables a user. Disabling ends its sessions for good; nobody disables themselves or the last
/// administrator.
pub(crate) fn switch(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    mut user: User,
    enabled: bool,
) -> Result<User, Refusal> {
    if user.enabled && !enabled {
        if user.id == desk.who().id() {
            return Err(Refusal::Invalid(Invalid::LastAdministrator));
        }
        keep_an_administrator(&realm.now(), &user)?;
        user.epoch += 1;
    }
    if enabled && !user.enabled {
        check_not_disconnected(realm, &user)?;
    }
    user.enabled = enabled;
    Ok(user)
}

/// A device that was disconnected comes back by being readmitted, and in no other way (R079).
fn check_not_disconnected(realm: &RealmChanges<'_>, user: &User) -> Result<(), Refusal> {
    let device = user.name.as_str().strip_prefix(DEVICE_USER_PREFIX);
    match device.and_then(|device| device.parse().ok()) {
        Some(device) => check_not_blocked(realm, &device),
        None => Ok(()),
    }
}

/// What changed. Personal values stay in the user: the log lives longer (R121).
pub(crate) fn describe(before: &User, after: &User) -> Note {
    let mut note = Note::new("User", "User updated", &after.name);
    let personal = [
        ("firstName", before.first_name != after.first_name),
        ("lastName", before.last_name != after.last_name),
        ("displayName", before.display_name != after.display_name),
        ("email", before.email != after.email),
        ("phone", before.phone != after.phone),
        (
            "customProperties",
            before.custom_properties != after.custom_properties,
        ),
    ];
    for (name, _) in personal.into_iter().filter(|(_, changed)| *changed) {
        note = note.change(name, None, Some(Json::from("…")));
    }
    note.change(
        "newsletter",
        Some(Json::Bool(before.newsletter)),
        Some(Json::Bool(after.newsletter)),
    )
    .change(
        "enabled",
        Some(Json::Bool(before.enabled)),
        Some(Json::Bool(after.enabled)),
    )
}

/// Deletes a user.
pub struct DeleteUser {
    /// Its name.
    pub name: UserName,
    /// The state that is deleted.
    pub expected: Expected,
}

impl Command for DeleteUser {
    type Operation = UserDelete;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (realm, span) = change_users::<UserDelete>(desk)?;
        let user = span.user(&realm.now(), &self.name)?;
        check_expected(&self.expected, &realm.now(), &user)?;
        remove(desk, &realm, &user)?;
        desk.note(Note::new("User", "User deleted", &self.name));
        Ok(done(()))
    }
}

/// Removes a user within the caller's authority: not oneself, not the first administrator, not the last one.
pub(crate) fn remove(desk: &Changing, realm: &RealmChanges<'_>, user: &User) -> Result<(), Refusal> {
    Authority::of::<UserDelete>(desk).over_user(user)?;
    check_no_part(desk, user)?;
    if user.first_admin || user.id == desk.who().id() {
        return Err(Refusal::Invalid(Invalid::LastAdministrator));
    }
    keep_an_administrator(&realm.now(), user)?;
    // They would hold nothing any more, or too much.
    if !realm.now().right_below(user.id)?.is_empty() {
        return Err(Refusal::Conflict(Conflict::UsersBelow));
    }
    if realm
        .now()
        .setup_secret()?
        .is_some_and(|secret| secret.user == user.id)
    {
        realm.end_setup_secret();
    }
    Ok(realm.delete_user(user)?)
}
