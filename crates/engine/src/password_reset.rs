//! A new password for those who do not know theirs any more. The proof is a one-time token: it comes by mail, if the
//! operator has given the platform a way to send some, or from whoever administers users.
//!
//! Nobody learns from it who is there: asking is always answered alike and at once, and what follows happens in the
//! background; a token that is not good is refused in the same words whatever is wrong with it. A second factor stays.

mod ask;
mod redeem;

pub use ask::{AskReset, Mailer, NotSent, ResetMail};
pub(crate) use redeem::Resets;
pub use redeem::{CheckReset, RedeemReset};

use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::{Door, Inside};
use crate::note::Note;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::users::{Authority, change_users};
use crate::work::{Command, Then, done};
use authn::generated::{GeneratedSecret, SecretHash};
use authn::pepper::Pepper;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::RESET_HANDED_OUT_MINUTES;
use model::names::{Domain, TenantId, UserName};
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use model::users::{User, UserKind};
use policy::operation::Operation;
use policy::operations::password_reset::ResetHandOut;
use store::fault::StoreFault;
use store::password_reset::PasswordResetRow;
use store::realm::RealmChanges;
use store::transaction::WriteTx;

const MINUTE_MILLIS: i64 = 60_000;

/// A token as its owner gets it.
#[derive(Clone)]
pub struct ResetToken {
    /// Its text.
    pub token: Secret,
    /// What the owner says with it: the mail address of the user, or the name of one without.
    pub email: String,
    /// Until when it is good.
    pub expires: Timestamp,
}

/// What identifies a user beside the token.
pub(crate) fn said_of(user: &User) -> &str {
    user.email.as_deref().unwrap_or(user.name.as_str())
}

/// The text of a token: for which user, and the secret. Whose it is decides nothing.
fn token_text(user: PrincipalId, secret: &GeneratedSecret) -> Secret {
    Secret::new(format!("{user}.{}", secret.secret().expose()))
}

/// Stores a new token in place of an older one.
fn hand_out(
    realm: &RealmChanges<'_>,
    user: &User,
    hash: &SecretHash,
    expires: Timestamp,
) -> Result<(), Refusal> {
    let credential = realm.now().credential(user.id)?.map_or(0, |row| row.version);
    let row = PasswordResetRow {
        stored: crate::setup::encode(hash)?,
        expires,
        credential,
    };
    Ok(realm.put_password_reset(user.id, &row)?)
}

impl Door {
    /// Makes a token for a user of the caller's tenant, to be handed out; `current` is the caller's own password: what it
    /// opens, a stolen session must not.
    pub async fn hand_out_reset(
        &self,
        caller: &Caller,
        target: UserName,
        current: Secret,
    ) -> Result<ResetToken, Refusal> {
        self.gate(caller, ResetHandOut::INFO).await?;
        self.confirm_password(caller, current).await?;
        let secret = GeneratedSecret::from_random(self.0.world.random());
        let expires = self
            .0
            .world
            .now()
            .plus_millis(RESET_HANDED_OUT_MINUTES * MINUTE_MILLIS);
        let hash = secret.hash(self.pepper());
        let (user, email) = self
            .run(
                caller,
                HandOut {
                    target,
                    hash,
                    expires,
                },
            )
            .await?;
        Ok(ResetToken {
            token: token_text(user, &secret),
            email,
            expires,
        })
    }

    fn pepper(&self) -> &Pepper {
        self.0.sign_ins.verifier.pepper()
    }

    /// The tenant that a request without a caller means: its turns are taken, and nobody else's.
    fn meant(
        &self,
        named: Option<&TenantId>,
        host: Option<&Domain>,
    ) -> Result<Option<TenantNumber>, Refusal> {
        let found = self.at_once(|| Ok(self.0.tenant_named(named, host)?));
        let found = found.map_err(|refused| refused.refusal)?;
        Ok(found.map(|tenant| tenant.number))
    }
}

impl Inside {
    /// The tenant, as long as it is active.
    fn active(&self, tx: &WriteTx, tenant: TenantNumber) -> Result<Option<Tenant>, StoreFault> {
        // Noted before the catalogue is read, as for every command: a suspension in between is not overlooked.
        tx.rules_epoch(tenant)?;
        let tenant = self.store.catalogue()?.tenant(tenant)?;
        Ok(tenant.filter(|tenant| tenant.status == TenantStatus::Active))
    }
}

struct HandOut {
    target: UserName,
    hash: SecretHash,
    expires: Timestamp,
}

impl Command for HandOut {
    type Operation = ResetHandOut;
    /// Whose, and what is to be said with it.
    type Answer = (PrincipalId, String);

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let (realm, span) = change_users::<ResetHandOut>(desk)?;
        let user = span.user(&realm.now(), &self.target)?;
        Authority::of::<ResetHandOut>(desk).over_user(&user)?;
        // A password would outlive what the provider says of somebody.
        if user.kind != UserKind::Person || realm.now().is_made_by_sign_on(user.id)? {
            return Err(Refusal::Invalid(Invalid::ResetOfNobody));
        }
        hand_out(&realm, &user, &self.hash, self.expires)?;
        desk.note(Note::new("User", "Password reset handed out", &user.name));
        Ok(done((user.id, said_of(&user).to_owned())))
    }
}

/// What every token that is not good is answered with.
pub(crate) const UNKNOWN: Refusal = Refusal::Missing(Missing::ResetToken);
