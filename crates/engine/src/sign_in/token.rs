//! Signing in with the token of a session, or of a device. Key, user, tenant and whether the session was ended are read anew for every
//! request, so whatever ends a session ends it at the next one (R061).
//!
//! There is no throttle here: nobody guesses a signature.

use super::{Claim, Found};
use crate::caller::{Caller, Came, CertificateTrace, Session};
use crate::door::{Door, Inside, Refused};
use crate::refusal::Refusal;
use authn::device_token::DeviceClaims;
use authn::throttle::AddressPrefix;
use authn::token::{BadToken, Claims, PresentedToken, TokenKey, TokenKeyId};
use authn::verify::AuthenticationFailure;
use model::limits::{SESSION_MOVE_SECONDS, SESSION_USE_MINUTES};
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use model::users::UserKind;
use std::net::IpAddr;
use store::fault::StoreFault;
use store::sessions::{SessionRow, TokenKeyRow};
use store::view::View;

/// A token as it came.
pub struct OfferedToken {
    /// Its text.
    pub token: Secret,
    /// How it came.
    pub carried: Carried,
}

/// How a token came. A browser sends a cookie whoever made it ask, so a change must repeat what only a page of this
/// origin can read.
pub enum Carried {
    /// In a header, which no other site can set.
    Header,
    /// In a cookie.
    Cookie {
        /// Whether the request only reads.
        reads: bool,
        /// The value that it repeats.
        repeated: Option<Secret>,
    },
}

impl OfferedToken {
    fn is_from_page(&self, claims: &Claims) -> bool {
        match &self.carried {
            Carried::Header => true,
            Carried::Cookie { reads, repeated } => {
                *reads || claims.is_repeated_by(repeated.as_ref().map(Secret::expose))
            }
        }
    }
}

impl Door {
    pub(super) async fn check_token(&self, claim: &Claim, offered: &OfferedToken) -> Result<Caller, Refusal> {
        let looked_up = self.at_once(|| self.0.look_up_token(claim, offered));
        let (found, outcome) = looked_up.map_err(|refused| refused.refusal)?;
        match outcome {
            Ok(came) => {
                let caller = self.admit(claim, &found, came).await?;
                self.note_session_use(&caller);
                Ok(caller)
            }
            Err(failure) => {
                self.record_sign_in(claim, &found, Some(failure)).await?;
                Err(Refusal::NotSignedIn)
            }
        }
    }
}

impl Inside {
    /// Whose session it is, and whether it lets in now. Of a token that was not signed here, nothing is believed, not even
    /// whose it says it is.
    fn look_up_token(
        &self,
        claim: &Claim,
        offered: &OfferedToken,
    ) -> Result<(Found, Result<Came, AuthenticationFailure>), Refused> {
        let forged = || (Found::nobody(), Err(AuthenticationFailure::BadToken));
        let Ok(token) = PresentedToken::parse(offered.token.expose()) else {
            return Ok(forged());
        };
        let tenant = self.tenant_named(Some(token.tenant()), None)?;
        let Some(tenant) = tenant.filter(|tenant| tenant.status != TenantStatus::Deleting) else {
            return Ok(forged());
        };
        let view = self.store.view(tenant.number)?;
        let keys = view.token_keys(&tenant)?;
        let row = keys.iter().find(|row| TokenKeyId(row.id) == token.key());
        let (now, key) = (self.world.now(), row.and_then(key_of));
        if let Some(Ok(claims)) = key.as_ref().map(|key| token.open_device(key, now)) {
            return self.judge_device_token(&view, tenant, &claims, (token.key(), offered));
        }
        let opened = key.map(|key| token.open(&key, now));
        let claims = match opened {
            Some(Ok(claims)) => claims,
            Some(Err(BadToken::Expired)) => {
                return Ok((
                    Found::no_user_of(tenant),
                    Err(AuthenticationFailure::TokenExpired),
                ));
            }
            Some(Err(BadToken::Forged)) | None => return Ok(forged()),
        };
        let outcome = self.judge_session(&view, &tenant, &claims)?;
        let outcome = outcome.and_then(|open| match offered.is_from_page(&claims) {
            true => Ok(open),
            false => Err(AuthenticationFailure::NotRepeated),
        });
        let session = |open: &SessionRow| Session {
            id: claims.session,
            key: token.key(),
            issued: claims.issued,
            expires: claims.expires,
            by_cookie: matches!(offered.carried, Carried::Cookie { .. }),
            use_is_news: is_use_news(open, claim.address, now),
        };
        let factor_due = match claims.with_code {
            true => None,
            false => view.factor_due(&tenant, claims.principal)?,
        };
        let came = outcome.map(|open| Came {
            session: Some(session(&open)),
            password_due: claims.password_due,
            factor_due,
            with_code: claims.with_code,
            by_provider: claims.by_provider,
            ..Came::default()
        });
        let found = Found {
            user: view.session_holder(&tenant, claims.principal)?,
            ..Found::no_user_of(tenant)
        };
        Ok((found, came))
    }

    /// Whose token it is, and whether it lets in now: as long as the certificate with which it was made does.
    fn judge_device_token(
        &self,
        view: &View,
        tenant: Tenant,
        claims: &DeviceClaims,
        (key, offered): (TokenKeyId, &OfferedToken),
    ) -> Result<(Found, Result<Came, AuthenticationFailure>), Refused> {
        let certificate = CertificateTrace(claims.certificate);
        let user = view.session_holder(&tenant, claims.principal)?;
        let outcome = match &user {
            _ if tenant.status != TenantStatus::Active => Err(AuthenticationFailure::TenantSuspended),
            // Nobody but a device has one, and devices keep no cookies.
            _ if !matches!(offered.carried, Carried::Header) => Err(AuthenticationFailure::BadToken),
            Some(user) if user.kind != UserKind::Device => Err(AuthenticationFailure::BadToken),
            Some(user) if !user.enabled => Err(AuthenticationFailure::Disabled),
            Some(user)
                if user.epoch == claims.epoch
                    && !view.is_session_ended(&tenant, user.id, &claims.session.0)? =>
            {
                match self.is_certificate_good(view, &tenant, user.id, certificate)? {
                    true => Ok(()),
                    false => Err(AuthenticationFailure::CertificateNotTrusted),
                }
            }
            Some(_) | None => Err(AuthenticationFailure::SessionEnded),
        };
        let came = Came {
            session: Some(Session {
                id: claims.session,
                key,
                issued: claims.issued,
                expires: claims.expires,
                by_cookie: false,
                use_is_news: false,
            }),
            certificate: Some(certificate),
            ..Came::default()
        };
        let found = Found {
            user,
            ..Found::no_user_of(tenant)
        };
        Ok((found, outcome.map(|()| came)))
    }

    /// Whether what a token says is still so: then the session.
    fn judge_session(
        &self,
        view: &View,
        tenant: &Tenant,
        claims: &Claims,
    ) -> Result<Result<SessionRow, AuthenticationFailure>, StoreFault> {
        if tenant.status != TenantStatus::Active {
            return Ok(Err(AuthenticationFailure::TenantSuspended));
        }
        let Some(user) = view.session_holder(tenant, claims.principal)? else {
            return Ok(Err(AuthenticationFailure::SessionEnded));
        };
        if !user.enabled {
            return Ok(Err(AuthenticationFailure::Disabled));
        }
        if user.kind != UserKind::Person {
            return Ok(Err(AuthenticationFailure::NotAPerson));
        }
        if !opens_sessions(view, tenant, claims.by_provider)? {
            return Ok(Err(AuthenticationFailure::WayClosed));
        }
        let open = view.open_session(tenant, user.id, &claims.session.0)?;
        let open = open.filter(|_| user.epoch == claims.epoch);
        Ok(open.ok_or(AuthenticationFailure::SessionEnded))
    }

    /// Whether what a caller came in with still lets it in: in the view in which its request is carried out, so that nothing
    /// happens between the question and the request.
    pub(crate) fn is_way_open(
        &self,
        view: &View,
        tenant: &Tenant,
        caller: &Caller,
    ) -> Result<bool, StoreFault> {
        let who = caller.identity();
        if !self.is_key_good(view, tenant, caller)? {
            return Ok(false);
        }
        if let Some(ticket) = who.came.ticket {
            return self.is_ticket_good(view, tenant, who.principal, ticket);
        }
        if who.came.key.is_some() {
            return Ok(true);
        }
        if let Some(certificate) = who.came.certificate
            && !self.is_certificate_good(view, tenant, who.principal, certificate)?
        {
            return Ok(false);
        }
        // A second factor that has come since is asked for.
        let is_settled = who.kind != UserKind::Person || who.came.with_code || who.came.factor_due.is_some();
        if !is_settled && view.factor_due(tenant, who.principal)?.is_some() {
            return Ok(false);
        }
        let Some(session) = who.came.session else {
            return Ok(who.came.certificate.is_some() || view.ways_in(tenant)?.admit_basic(who.kind));
        };
        let signed = view
            .token_keys(tenant)?
            .iter()
            .any(|row| TokenKeyId(row.id) == session.key);
        if !signed || self.world.now() >= session.expires {
            return Ok(false);
        }
        Ok(match who.came.certificate {
            Some(_) => !view.is_session_ended(tenant, who.principal, &session.id.0)?,
            None => {
                opens_sessions(view, tenant, who.came.by_provider)?
                    && view.open_session(tenant, who.principal, &session.id.0)?.is_some()
            }
        })
    }
}

/// Whether it is to be noted that a session is used: now and then, and sooner from elsewhere. Within its network a client
/// of IPv6 takes a new address every now and then.
fn is_use_news(open: &SessionRow, from: IpAddr, now: Timestamp) -> bool {
    let age_seconds = now.millis().saturating_sub(open.used.millis()) / 1_000;
    let after_seconds = match AddressPrefix::from(from) == open.used_from.into() {
        true => SESSION_USE_MINUTES * 60,
        false => SESSION_MOVE_SECONDS,
    };
    age_seconds >= after_seconds
}

/// Whether sessions of this kind may be: those that were opened with a password, or through the tenant's provider.
pub(super) fn opens_sessions(view: &View, tenant: &Tenant, by_provider: bool) -> Result<bool, StoreFault> {
    match by_provider {
        true => Ok(view.sign_on(tenant)?.is_some()),
        false => Ok(view.ways_in(tenant)?.sessions),
    }
}

/// The key of a row. One that is damaged signs nothing.
pub(crate) fn key_of(row: &TokenKeyRow) -> Option<TokenKey> {
    TokenKey::from_seed(TokenKeyId(row.id), &row.seed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::sessions::SignInWay;

    fn used_from(address: &str) -> SessionRow {
        let (at, from) = (Timestamp::from_millis(0), address.parse().expect("an address"));
        SessionRow {
            id: [0; 16],
            key: [0; 8],
            opened: at,
            way: SignInWay::Password,
            proven: None,
            expires: at,
            address: from,
            agent: None,
            used: at,
            used_from: from,
        }
    }

    #[test]
    fn a_session_that_moves_within_its_network_is_no_news_sooner() {
        let soon = SESSION_MOVE_SECONDS;
        let late = SESSION_USE_MINUTES * 60;
        for (used, now, seconds, is_news) in [
            ("192.0.2.1", "192.0.2.1", late - 1, false),
            ("192.0.2.1", "192.0.2.1", late, true),
            ("192.0.2.1", "192.0.2.2", soon - 1, false),
            ("192.0.2.1", "192.0.2.2", soon, true),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", late - 1, false),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", late, true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", soon, true),
        ] {
            let (from, at) = (
                now.parse().expect("an address"),
                Timestamp::from_millis(seconds * 1_000),
            );
            assert_eq!(
                is_use_news(&used_from(used), from, at),
                is_news,
                "{used} {now} {seconds}"
            );
        }
    }
}
