//! Signing in with a token for notifications: for connecting as a subscriber and for unsubscribing, and for nothing else.
//! Whose token it is and with what it was made are looked up anew, so that it ends with them.

use super::token::opens_sessions;
use super::{Claim, Found, key_of};
use crate::caller::{Caller, Came, CertificateTrace, KeyHash, TicketOf};
use crate::door::{Door, Inside, Refused};
use crate::refusal::Refusal;
use authn::service_key;
use authn::ticket::Ticket;
use authn::token::{BadToken, PresentedToken, TokenKeyId};
use authn::verify::AuthenticationFailure;
use model::ids::PrincipalId;
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use store::fault::StoreFault;
use store::view::View;

/// What a token says, and the tenant whose key has signed it.
type Opened = (Result<Ticket, BadToken>, Tenant);
type Judged = Result<(Came, Ticket), AuthenticationFailure>;

impl Door {
    pub(super) async fn check_ticket(&self, claim: &Claim, token: &Secret) -> Result<Caller, Refusal> {
        let looked_up = self.at_once(|| self.0.look_up_ticket(claim, token));
        let (found, outcome) = looked_up.map_err(|refused| refused.refusal)?;
        match outcome {
            Ok((came, _)) => self.admit(claim, &found, came).await,
            Err(failure) => {
                self.record_sign_in(claim, &found, Some(failure)).await?;
                Err(Refusal::NotSignedIn)
            }
        }
    }

    /// What the token says with which this caller has signed in.
    pub fn ticket(&self, caller: &Caller, token: &Secret) -> Result<Ticket, Refusal> {
        let ticket = self.at_once(|| {
            let presented = PresentedToken::parse(token.expose()).map_err(|_| Refusal::NotSignedIn)?;
            let (ticket, _) = self.0.open_ticket(&presented)?.ok_or(Refusal::NotSignedIn)?;
            Ok(ticket.map_err(|_| Refusal::NotSignedIn)?)
        });
        let ticket = ticket.map_err(|refused| refused.refusal)?;
        let who = caller.identity();
        let is_own = who.came.ticket.is_some() && who.principal == ticket.principal;
        is_own.then_some(ticket).ok_or(Refusal::NotSignedIn)
    }
}

impl Inside {
    /// What a token says, and the tenant whose key has signed it; nothing of one that was not signed here.
    fn open_ticket(&self, token: &PresentedToken<'_>) -> Result<Option<Opened>, Refused> {
        let tenant = self.tenant_named(Some(token.tenant()), None)?;
        let Some(tenant) = tenant.filter(|tenant| tenant.status != TenantStatus::Deleting) else {
            return Ok(None);
        };
        let keys = self.store.view(tenant.number)?.token_keys(&tenant)?;
        let row = keys.iter().find(|row| TokenKeyId(row.id) == token.key());
        let opened = row
            .and_then(key_of)
            .map(|key| token.open_ticket(&key, self.world.now()));
        Ok(opened.map(|opened| (opened, tenant)))
    }

    fn look_up_ticket(&self, claim: &Claim, token: &Secret) -> Result<(Found, Judged), Refused> {
        let forged = || (Found::nobody(), Err(AuthenticationFailure::BadToken));
        let Ok(token) = PresentedToken::parse(token.expose()) else {
            return Ok(forged());
        };
        let (ticket, tenant) = match self.open_ticket(&token)? {
            Some((Ok(ticket), tenant)) => (ticket, tenant),
            Some((Err(BadToken::Expired), tenant)) => {
                let found = Found::no_user_of(tenant);
                return Ok((found, Err(AuthenticationFailure::TokenExpired)));
            }
            Some((Err(BadToken::Forged), _)) | None => return Ok(forged()),
        };
        let view = self.store.view(tenant.number)?;
        let signed = TicketOf {
            key: token.key(),
            session: ticket.session,
            certificate: ticket.certificate.map(CertificateTrace),
            by_key: ticket.key.is_some(),
            by_provider: ticket.by_provider,
        };
        let judged = match self.judge_ticket(&view, &tenant, &ticket, claim)? {
            Ok(key) => self
                .judge_way(&view, &tenant, ticket.principal, signed)?
                .map(|()| key),
            Err(failure) => Err(failure),
        };
        let came = judged.map(|key| Came {
            key,
            ticket: Some(signed),
            ..Came::default()
        });
        let found = Found {
            user: view.session_holder(&tenant, ticket.principal)?,
            ..Found::no_user_of(tenant)
        };
        Ok((found, came.map(|came| (came, ticket))))
    }

    /// Whether what a token says is still so; the key of a service account with which it was made.
    fn judge_ticket(
        &self,
        view: &View,
        tenant: &Tenant,
        ticket: &Ticket,
        claim: &Claim,
    ) -> Result<Result<Option<KeyHash>, AuthenticationFailure>, Refused> {
        let is_active = tenant.status == TenantStatus::Active;
        if !is_active {
            return Ok(Err(AuthenticationFailure::TenantSuspended));
        }
        let Some(user) = view.session_holder(tenant, ticket.principal)? else {
            return Ok(Err(AuthenticationFailure::SessionEnded));
        };
        if !user.enabled {
            return Ok(Err(AuthenticationFailure::Disabled));
        }
        if user.epoch != ticket.epoch {
            return Ok(Err(AuthenticationFailure::SessionEnded));
        }
        let Some(id) = ticket.key else { return Ok(Ok(None)) };
        let account = view.service_account_of(tenant, user.id)?;
        let key = account
            .as_ref()
            .and_then(|account| account.keys.iter().find(|key| key.id == id));
        let (Some(account), Some(key)) = (&account, key) else {
            return Ok(Err(AuthenticationFailure::UnknownKey));
        };
        let now = self.world.now();
        let admitted = service_key::admit(account, key, (user.enabled, is_active), claim.address, now);
        Ok(admitted.map(|()| Some(KeyHash(key.hash))))
    }

    /// Whether what the maker of a token had come in with still lets it in, as far as it is not a key.
    fn judge_way(
        &self,
        view: &View,
        tenant: &Tenant,
        who: PrincipalId,
        ticket: TicketOf,
    ) -> Result<Result<(), AuthenticationFailure>, StoreFault> {
        if let Some(certificate) = ticket.certificate
            && !self.is_certificate_good(view, tenant, who, certificate)?
        {
            return Ok(Err(AuthenticationFailure::CertificateNotTrusted));
        }
        let Some(session) = ticket.session else {
            // With neither it was made with a password: without the way of passwords there are no such tokens either.
            let is_by_password = ticket.certificate.is_none() && !ticket.by_key;
            let is_open = !is_by_password || self.takes_passwords(view, tenant, who)?;
            return Ok(is_open.then_some(()).ok_or(AuthenticationFailure::WayClosed));
        };
        if ticket.certificate.is_none() && !opens_sessions(view, tenant, ticket.by_provider)? {
            return Ok(Err(AuthenticationFailure::WayClosed));
        }
        let is_open = match ticket.certificate {
            Some(_) => !view.is_session_ended(tenant, who, &session.0)?,
            None => view.open_session(tenant, who, &session.0)?.is_some(),
        };
        Ok(is_open.then_some(()).ok_or(AuthenticationFailure::SessionEnded))
    }

    fn takes_passwords(&self, view: &View, tenant: &Tenant, who: PrincipalId) -> Result<bool, StoreFault> {
        let user = view.session_holder(tenant, who)?;
        let ways = view.ways_in(tenant)?;
        Ok(user.is_some_and(|user| ways.admit_basic(user.kind)))
    }

    /// Whether a token with which somebody has connected still counts: not whether one could connect with it anew.
    pub(super) fn is_ticket_good(
        &self,
        view: &View,
        tenant: &Tenant,
        who: PrincipalId,
        ticket: TicketOf,
    ) -> Result<bool, StoreFault> {
        let keys = view.token_keys(tenant)?;
        let signed = keys.iter().any(|row| TokenKeyId(row.id) == ticket.key);
        Ok(signed && self.judge_way(view, tenant, who, ticket)?.is_ok())
    }
}
