//! One's own user: reading it, changing the profile, changing the password (R012).

use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::refusal::Refusal;
use crate::sessions::OpenedSession;
use crate::users::{
    NewCredential, ProfileChange, UserView, WrittenUser, check_password, check_profile, describe, profile_of,
    view_of,
};
use crate::work::{Command, Query, Then, done};
use model::secret::Secret;
use model::sessions::UserAgent;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::users::{OwnPassword, OwnRead, OwnUpdate, UserRead};
use store::sessions::SessionRow;

/// Reads one's own user with its effective roles.
pub struct ReadOwn;

impl Query for ReadOwn {
    type Operation = OwnRead;
    type Answer = UserView;

    fn answer(&self, desk: &Reading) -> Result<UserView, Refusal> {
        let rows = desk.tx.realm(desk.allow::<OwnRead>()?);
        let user = rows.user(desk.who().id())?.ok_or(Refusal::NotSignedIn)?;
        view_of(desk, &rows, user)
    }
}

/// Changes one's own profile, and nothing else of oneself: no other property can be named.
pub struct UpdateOwn(pub ProfileChange);

impl Command for UpdateOwn {
    type Operation = OwnUpdate;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnUpdate>()?);
        let before = realm.now().user(desk.who().id())?.ok_or(Refusal::NotSignedIn)?;
        let after = self.0.apply(desk, &before)?;
        check_profile(&profile_of(&after))?;
        if after != before {
            realm.update_user(&before, &after)?;
            desk.note(describe(&before, &after));
        }
        let name = after.name.clone();
        let may_read = desk.may::<OwnRead>() || desk.may::<UserRead>();
        let shown = if may_read {
            Some(Box::new(view_of(desk, &realm.now(), after)?))
        } else {
            None
        };
        Ok(done(WrittenUser { name, shown }))
    }
}

impl Door {
    /// Changes the caller's own password, for which the current one is needed. Ends its sessions; a caller who came in with a
    /// cookie gets a new one for it. Devices do not choose passwords: they get their credentials from the platform.
    pub async fn change_own_password(
        &self,
        caller: &Caller,
        current: Secret,
        new: &Secret,
        agent: Option<UserAgent>,
    ) -> Result<Option<OpenedSession>, Refusal> {
        self.gate(caller, OwnPassword::INFO).await?;
        if caller.kind() == UserKind::Device {
            return Err(Refusal::Forbidden);
        }
        check_password(new, caller.name())?;
        self.confirm_password(caller, current).await?;
        let credential = self.hash_password(new, caller.name()).await?;
        let epoch = self.run(caller, SetOwnPassword(credential)).await?;
        if !caller.has_cookie() {
            return Ok(None);
        }
        // The password is changed: without a new session the caller signs in with it.
        Ok(self.renew_session(caller, epoch, false, agent).await.ok())
    }
}

struct SetOwnPassword(NewCredential);

impl Command for SetOwnPassword {
    type Operation = OwnPassword;
    /// The revocation epoch from now on.
    type Answer = u64;

    fn change(&self, desk: &Changing) -> Result<Then<u64>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnPassword>()?);
        let before = realm.now().user(desk.who().id())?.ok_or(Refusal::NotSignedIn)?;
        let after = self.0.give(&realm, before.clone(), desk.now())?;
        let mut open = realm.now().open_sessions(before.id)?;
        realm.update_user(&before, &after)?;
        // All sessions end with the password. What is known of this one stays until another one takes its place: should
        // somebody end it meanwhile, none does. Its token is as void as the others.
        let own = desk.caller().identity().came.session;
        // Only a browser gets another one.
        let continues =
            |open: &SessionRow| desk.caller().has_cookie() && own.is_some_and(|own| own.id.0 == open.id);
        open.retain(continues);
        realm.put_open_sessions(before.id, open)?;
        desk.note(Note::new("User", "User password changed", &before.name).text("Own password changed"));
        Ok(done(after.epoch))
    }
}
