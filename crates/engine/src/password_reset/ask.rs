//! Asking for a token by mail. The answer is there before anything is looked up.

use super::{MINUTE_MILLIS, hand_out, said_of, token_text};
use crate::door::{Door, Inside, Refused};
use crate::refusal::Refusal;
use crate::setup::user_record;
use authn::generated::GeneratedSecret;
use model::ids::TenantNumber;
use model::limits::RESET_MAILED_MINUTES;
use model::names::{Domain, TenantId, UserName};
use model::secret::Secret;
use model::time::Timestamp;
use model::users::{User, UserKind};
use policy::decide::decide_public;
use policy::operations::password_reset::ResetAsk;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use store::transaction::WriteTx;

/// A mail with a token. The link in it begins with an origin that the operator configured, never with what a request says.
pub struct ResetMail {
    /// To whom.
    pub to: String,
    /// Of which tenant.
    pub tenant: TenantId,
    /// The name of the user.
    pub user: UserName,
    /// The token.
    pub token: Secret,
    /// Until when it is good.
    pub expires: Timestamp,
}

/// A mail was not sent. What went wrong is for the operator alone.
#[derive(Debug, thiserror::Error)]
#[error("a mail was not sent: {0}")]
pub struct NotSent(pub String);

/// A way to send mails. Without one, tokens are handed out by those who administer users.
pub trait Mailer: Send + Sync {
    /// Sends a mail.
    fn send(&self, mail: ResetMail) -> Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + '_>>;
}

/// A request for a token.
pub struct AskReset {
    /// The mail address of the user.
    pub email: String,
    /// The tenant, if the request names one.
    pub tenant: Option<TenantId>,
    /// The host name that the request was sent to.
    pub host: Option<Domain>,
    /// Where it came from.
    pub address: IpAddr,
}

impl Door {
    /// Gives the platform a way to send mails. Set once, at the start.
    pub fn set_mailer(&self, mailer: Arc<dyn Mailer>) {
        // A second call is a programming error of the start-up code; the first one stays.
        let _ = self.0.sign_ins.resets.mailer.set(mailer);
    }

    /// Takes a request in and says nothing about it. Without a way to send mails, or while as many are being sent as may
    /// be at the same time, nothing comes of it.
    pub fn ask_reset(&self, request: AskReset) {
        let resets = &self.0.sign_ins.resets;
        let Some(mailer) = resets.mailer.get().cloned() else {
            return;
        };
        let Ok(place) = resets.mails.clone().try_acquire_owned() else {
            return;
        };
        let door = self.clone();
        tokio::spawn(async move {
            let _place = place;
            let outcome = door.mail_reset(&request, &*mailer).await;
            if let Err(failed) = outcome {
                tracing::warn!(%failed, "a password reset was asked for");
            }
        });
    }

    async fn mail_reset(&self, request: &AskReset, mailer: &dyn Mailer) -> Result<(), NotSent> {
        let failed = |_: Refusal| NotSent("nothing was prepared".to_owned());
        let mail = self.prepare_mail(request).await.map_err(failed)?;
        match mail {
            Some(mail) => mailer.send(mail).await,
            None => Ok(()),
        }
    }

    async fn prepare_mail(&self, request: &AskReset) -> Result<Option<ResetMail>, Refusal> {
        let Some(tenant) = self.meant(request.tenant.as_ref(), request.host.as_ref())? else {
            return Ok(None);
        };
        let (email, address) = (request.email.clone(), request.address);
        self.committed(tenant, move |inside| {
            Ok(match inside.prepare_reset(tenant, &email, address)? {
                Some((tx, mail)) => (Some(tx), Some(mail)),
                None => (None, None),
            })
        })
        .await
    }
}

impl Inside {
    /// A token for the one person with this mail address. Where several have it, nobody knows whom it is for.
    fn prepare_reset(
        &self,
        tenant: TenantNumber,
        email: &str,
        address: IpAddr,
    ) -> Result<Option<(WriteTx, ResetMail)>, Refused> {
        let proof = decide_public::<ResetAsk>(tenant).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        let Some(tenant) = self.active(&tx, tenant)? else {
            return Ok(None);
        };
        let realm = tx.realm(proof);
        let is_meant = |user: &User| {
            let own = user.email.as_deref();
            user.enabled
                && user.kind == UserKind::Person
                && own.is_some_and(|own| own.eq_ignore_ascii_case(email))
        };
        let mut meant = realm.now().users()?.into_iter().filter(is_meant);
        let (Some(user), None) = (meant.next(), meant.next()) else {
            return Ok(None);
        };
        // Whoever comes from an identity provider has no password to forget.
        if realm.now().is_made_by_sign_on(user.id)? {
            return Ok(None);
        }
        let secret = GeneratedSecret::from_random(self.world.random());
        let expires = self.world.now().plus_millis(RESET_MAILED_MINUTES * MINUTE_MILLIS);
        let hash = secret.hash(self.sign_ins.verifier.pepper());
        hand_out(&realm, &user, &hash, expires)?;
        let what = (
            "Password reset asked for",
            "A token to set a new password was mailed",
        );
        tx.record(user_record(&self.world, Some(&user), address, what));
        let mail = ResetMail {
            to: said_of(&user).to_owned(),
            tenant: tenant.id,
            token: token_text(user.id, &secret),
            user: user.name,
            expires,
        };
        Ok(Some((tx, mail)))
    }
}
