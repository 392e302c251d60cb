//! Setting passwords. The slow work (proving the caller's own password, hashing the new one) is done on the bounded
//! hash pool before the command runs; the command, which may run more than once, carries the finished hash.

use super::create::kind_of;
use super::rights::Authority;
use super::span::change_users;
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::work::{Command, Then, done};
use crate::world::World;
use authn::credential::Credential;
use authn::generated::GeneratedSecret;
use authn::password;
use authn::password_rules::{Makeup, check_new_password};
use authn::pepper::Pepper;
use model::ids::PrincipalId;
use model::names::UserName;
use model::secret::Secret;
use model::time::Timestamp;
use model::users::{User, UserKind};
use policy::operation::Operation;
use policy::operations::users::UserPassword;
use std::sync::Arc;
use store::realm::{CredentialRow, RealmChanges, RealmRows};

/// A credential ready to be stored: the password passed the rules and is hashed already.
pub(crate) struct NewCredential {
    hash: Vec<u8>,
    /// What a password that somebody chose is made of.
    makeup: Option<Makeup>,
}

impl NewCredential {
    /// Checks and hashes a password that somebody chose. Takes some tens of milliseconds and 19 MiB.
    pub(crate) fn of_password(
        password: &Secret,
        user: &UserName,
        pepper: &Pepper,
        world: &Arc<dyn World>,
    ) -> Result<Self, Refusal> {
        check_password(password, user)?;
        let hash = password::hash(password.expose(), world.random(), pepper)
            .map_err(|failed| Refusal::Fault(FaultId::report(&failed)))?;
        let makeup = Some(Makeup::of(password.expose()));
        Self::encode(&Credential::Password(hash), makeup)
    }

    /// Of a secret that the platform made.
    pub(crate) fn of_generated(secret: &GeneratedSecret, pepper: &Pepper) -> Result<Self, Refusal> {
        Self::encode(&Credential::Generated(secret.hash(pepper)), None)
    }

    fn encode(credential: &Credential, makeup: Option<Makeup>) -> Result<Self, Refusal> {
        let hash = crate::setup::encode(credential)?;
        Ok(Self { hash, makeup })
    }

    /// Stores it, if the tenant takes it, and ends every session of the user: gives the user as it is then, for the caller
    /// to store.
    pub(crate) fn give(
        &self,
        realm: &RealmChanges<'_>,
        mut user: User,
        now: Timestamp,
    ) -> Result<User, Refusal> {
        if let (Some(makeup), UserKind::Person) = (self.makeup, user.kind) {
            check_not_outside_only(&realm.now(), user.id)?;
            let checked = makeup.check(&realm.now().password_policy()?);
            checked.map_err(|weak| Refusal::Invalid(Invalid::Password(weak)))?;
        }
        let version = realm.now().credential(user.id)?.map_or(0, |row| row.version) + 1;
        realm.set_credential(
            user.id,
            &CredentialRow {
                hash: self.hash.clone(),
                version,
                changed: now,
            },
        )?;
        user.password_changed = Some(now);
        user.must_change_password = false;
        user.epoch += 1;
        Ok(user)
    }
}

/// Refuses a first password for somebody whom the tenant's provider vouches for: it would be a second way in, which stays
/// open when the provider lets that person in no longer (R055). Where the provider is gone there is no other way.
fn check_not_outside_only(rows: &RealmRows<'_>, user: PrincipalId) -> Result<(), Refusal> {
    let Some(provider) = rows.sign_on()? else {
        return Ok(());
    };
    let identity = rows.outside_identity(user)?;
    let is_outside = identity
        .is_some_and(|identity| identity.made_by_sign_on && identity.issuer == provider.issuer.as_str());
    match is_outside && rows.credential(user)?.is_none() {
        true => Err(Refusal::Invalid(Invalid::ResetOfNobody)),
        false => Ok(()),
    }
}

/// The rules for passwords that somebody chooses (R059).
pub(crate) fn check_password(password: &Secret, user: &UserName) -> Result<(), Refusal> {
    check_new_password(password.expose(), user).map_err(|weak| Refusal::Invalid(Invalid::Password(weak)))
}

impl Door {
    /// Checks and hashes a new password on the bounded hash pool. Ask the decision first: this is what costs.
    pub(crate) async fn hash_password(
        &self,
        password: &Secret,
        user: &UserName,
    ) -> Result<NewCredential, Refusal> {
        check_password(password, user)?;
        if kind_of(user) == UserKind::Service {
            return Err(Refusal::Invalid(Invalid::ServiceAccount));
        }
        let (password, user, world) = (password.clone(), user.clone(), self.0.world.clone());
        self.on_hash_pool(move |sign_ins| {
            NewCredential::of_password(&password, &user, sign_ins.verifier.pepper(), &world)
        })
        .await?
    }

    /// Sets the password of a user of the caller's tenant; `current` is the caller's own password. Ends the user's
    /// sessions.
    pub async fn change_password(
        &self,
        caller: &Caller,
        target: &UserName,
        current: Secret,
        new: &Secret,
    ) -> Result<(), Refusal> {
        self.gate(caller, UserPassword::INFO).await?;
        check_password(new, target)?;
        self.confirm_password(caller, current).await?;
        let credential = self.hash_password(new, target).await?;
        self.run(
            caller,
            SetPassword {
                target: target.clone(),
                credential,
            },
        )
        .await
    }
}

/// Stores a password for another user, hashed already.
struct SetPassword {
    target: UserName,
    credential: NewCredential,
}

impl Command for SetPassword {
    type Operation = UserPassword;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (realm, span) = change_users::<UserPassword>(desk)?;
        let before = span.user(&realm.now(), &self.target)?;
        Authority::of::<UserPassword>(desk).over_user(&before)?;
        let after = self.credential.give(&realm, before.clone(), desk.now())?;
        realm.update_user(&before, &after)?;
        desk.note(Note::new("User", "User password changed", &self.target));
        Ok(done(()))
    }
}
