//! The way of a browser: to the provider with a random value, and back with a code that is exchanged for tokens (OpenID
//! Connect Core 1.0, 3.1; RFC 7636; RFC 9207; RFC 9700).
//!
//! Who sent a browser where is kept here and not told to it, apart from random values: one goes to the provider and back,
//! one stays in a cookie. Only a browser with both is let in, so nobody can be signed in by somebody else's code.

use super::journeys::{Journey, prefix, trace};
use super::outside::Outside;
use super::person::{Arrival, Settled};
use super::providers::Silent;
use super::requests::{address, exchange, landing};
use super::sign_on_missing;
use crate::caller::Caller;
use crate::door::Door;
use crate::rates::Pace;
use crate::refusal::Refusal;
use crate::sessions::OpenedSession;
use crate::sign_in::{Claim, Found, Offered, told_in_steps};
use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use authn::identity_token::{BadIdentityToken, Expected, OutsideClaims, OutsideToken, strict_object};
use authn::verify::AuthenticationFailure as Failure;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::ids::MANAGEMENT;
use model::json::{Json, Object};
use model::limits::{RATE_SIGN_ON_PER_ADDRESS_PER_SECOND, SIGN_ON_TEXT_CHARS_MAX};
use model::names::{Domain, TenantId};
use model::secret::Secret;
use model::sessions::UserAgent;
use model::single_sign_on::{HttpsUrl, SignOn, TokenKind};
use model::tenants::{Tenant, TenantStatus};
use std::net::IpAddr;
use std::sync::Arc;

/// Where browsers come back to, below the origin.
const BACK: &str = "/tenant/oauth?tenant_id=";

/// A browser that wants to sign in through its tenant's provider.
pub struct BeginSignOn {
    /// The tenant that it names.
    pub tenant: Option<TenantId>,
    /// The host name that it asked.
    pub host: Option<Domain>,
    /// Where it asks from.
    pub address: IpAddr,
    /// The origin under which it reached us.
    pub origin: String,
    /// The page to which it wants to come in the end.
    pub lands: Option<String>,
}

/// Where a browser goes.
pub struct Begun {
    /// To this address.
    pub to: String,
    /// With this in a cookie, until it comes back.
    pub cookie: Secret,
}

/// A browser that comes back from a provider, with whatever it brings.
pub struct BackFromProvider {
    /// The random value that went there.
    pub state: String,
    /// The code, if it was not refused.
    pub code: Option<Secret>,
    /// Who it says has sent it.
    pub issuer: Option<String>,
    /// The tenant that the address names.
    pub tenant: Option<TenantId>,
    /// What it has in its cookie.
    pub cookie: Option<Secret>,
    /// Where it comes from.
    pub address: IpAddr,
    /// The application that it names.
    pub application: Option<String>,
    /// What the client calls itself.
    pub agent: Option<UserAgent>,
}

/// Somebody who has signed in.
pub struct SignedOn {
    /// The session.
    pub session: OpenedSession,
    /// Where the browser goes: a path below the origin.
    pub lands: String,
}

/// A sign-in that is being judged.
struct Judged {
    tenant: Tenant,
    settings: SignOn,
    secret: Option<Secret>,
    journey: Journey,
}

impl Door {
    /// Says by whom identity providers are asked; without that, none is reached. Once, at the start.
    pub fn ask_outside_by(&self, outside: Arc<dyn Outside>) {
        self.0.sign_ons.providers.ask_by(outside);
    }

    /// Sends a browser to its tenant's provider. A tenant without one looks like one that does not exist; so does any but its
    /// own at the host name of a tenant, where people would come to another one than the address bar says.
    pub async fn begin_sign_on(&self, begin: BeginSignOn) -> Result<Begun, Refusal> {
        let (inside, world) = (&self.0, &self.0.world);
        let pace = Pace::per_second(RATE_SIGN_ON_PER_ADDRESS_PER_SECOND);
        let taken = inside
            .sign_ons
            .rates
            .take(prefix(begin.address), pace, world.monotonic_millis());
        taken.map_err(|retry_after_seconds| Refusal::TooOften { retry_after_seconds })?;
        let found = self.at_once(|| {
            let tenant = inside.tenant_named(begin.tenant.as_ref(), begin.host.as_ref())?;
            let Some(tenant) = tenant.filter(|tenant| tenant.status == TenantStatus::Active) else {
                return Ok(None);
            };
            let owner = match &begin.host {
                Some(host) => inside.store.catalogue()?.tenant_by_domain(host)?,
                None => None,
            };
            if owner.is_some_and(|owner| ![tenant.number, MANAGEMENT].contains(&owner.number)) {
                return Ok(None);
            }
            let settings = inside.store.view(tenant.number)?.sign_on(&tenant)?;
            Ok(settings.map(|settings| (tenant, settings)))
        });
        let found = found.map_err(|refused| refused.refusal)?;
        let (tenant, settings) = found.ok_or_else(sign_on_missing)?;
        let places = inside.sign_ons.providers.places(tenant.number, &settings).await;
        let places = places.map_err(|silent| report(&tenant, silent))?;
        let random = || URL_SAFE_NO_PAD.encode(world.random::<32>());
        let (state, nonce, verifier, cookie) =
            (random(), random(), Secret::new(random()), Secret::new(random()));
        let redirect = format!("{}{BACK}{}", begin.origin, tenant.id);
        let challenge = URL_SAFE_NO_PAD.encode(trace(verifier.expose()));
        let parameters = [
            ("response_type", "code"),
            ("client_id", &settings.client),
            ("redirect_uri", &redirect),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let to = address(
            &places.authorization,
            &settings.authorization.parameters,
            &parameters,
        );
        let lands = landing(&begin.origin, begin.lands.as_deref())
            .or_else(|| landing(&begin.origin, settings.lands_at.as_ref().map(HttpsUrl::as_str)));
        let journey = Journey {
            tenant: tenant.number,
            browser: trace(cookie.expose()),
            nonce,
            verifier,
            redirect,
            lands: lands.unwrap_or_else(|| "/".to_owned()),
            issuer: settings.issuer.to_string(),
            client: settings.client,
        };
        let now = world.monotonic_millis();
        match inside
            .sign_ons
            .journeys
            .begin(&state, journey, begin.address, now)
        {
            true => Ok(Begun { to, cookie }),
            false => Err(Refusal::Busy),
        }
    }

    /// Lets in who comes back from the provider. Whatever is wrong is refused alike, at whole steps of time, and recorded;
    /// only who is known there and has no access here is told so.
    pub async fn finish_sign_on(&self, back: BackFromProvider) -> Result<SignedOn, Refusal> {
        let world = &self.0.world;
        let arrived = world.monotonic();
        let answer = self.judge(back).await;
        if answer.is_err() {
            told_in_steps(&**world, arrived).await;
        }
        answer
    }

    async fn judge(&self, back: BackFromProvider) -> Result<SignedOn, Refusal> {
        let claim = Claim {
            credential: Offered::Provider,
            host: None,
            address: back.address,
            application: back.application.clone(),
        };
        let judged = match self.journey_of(&back)? {
            Ok(judged) => judged,
            Err(failure) => return self.refuse(&claim, &Found::nobody(), failure).await,
        };
        let nobody = Found::no_user_of(judged.tenant.clone());
        let (id, access) = match self.vouched(&judged, &back).await {
            Ok(claims) => claims,
            Err(failure) => return self.refuse(&claim, &nobody, failure).await,
        };
        let settings = judged.settings.clone();
        let of = |kind| match kind {
            TokenKind::Id => Some(id.all.clone()),
            TokenKind::Access => access.as_ref().map(|access| access.all.clone()),
        };
        let (Some(person), Some(rights)) = (of(settings.person_from), of(settings.rights_from)) else {
            let failure = Failure::ProviderToken(BadIdentityToken::Form);
            return self.refuse(&claim, &nobody, failure).await;
        };
        let with_factor = settings.provider_asks_factor || id.with_factors();
        let subject = id.subject.clone();
        let arrival = Arrival {
            settings,
            subject: id.subject,
            person,
            rights,
            address: back.address,
        };
        let settled = self.find_or_make(&judged.tenant, arrival).await?;
        let found = |user| Found {
            user,
            ..Found::no_user_of(judged.tenant.clone())
        };
        let user = match settled {
            Ok(user) => user,
            Err((Some(user), failure)) => {
                self.record_sign_in(&claim, &found(Some(user)), Some(failure))
                    .await?;
                return Err(Refusal::Forbidden);
            }
            Err((None, failure)) => {
                self.record_outsider(&judged, &subject, &back, failure).await?;
                return Err(Refusal::Forbidden);
            }
        };
        let found = found(Some(user));
        let believed = Arc::new(judged.settings.clone());
        let session = self
            .open_by_provider(&claim, &found, believed, with_factor, back.agent)
            .await;
        let session = match session {
            Err(Refusal::SecondFactor(_)) => {
                self.record_sign_in(&claim, &found, Some(Failure::ProviderFactor))
                    .await?;
                return Err(Refusal::Forbidden);
            }
            session => session?,
        };
        Ok(SignedOn {
            session,
            lands: judged.journey.lands,
        })
    }

    async fn refuse<T>(&self, claim: &Claim, found: &Found, failure: Failure) -> Result<T, Refusal> {
        self.record_sign_in(claim, found, Some(failure)).await?;
        Err(Refusal::NotSignedIn)
    }

    /// Records, in the log of the tenant, that its provider has vouched for somebody who has nothing to do there: with the
    /// subject, by which an administrator can link a user.
    async fn record_outsider(
        &self,
        judged: &Judged,
        subject: &str,
        back: &BackFromProvider,
        failure: Failure,
    ) -> Result<(), Refusal> {
        let issuer = &judged.settings.issuer;
        let record = Record {
            time: self.0.world.now(),
            client_time: None,
            actor: Actor {
                principal: None,
                name: String::new(),
                kind: ActorKind::Unknown,
            },
            address: Some(back.address.to_string()),
            kind: "UserAuthentication".to_owned(),
            activity: "User login failed".to_owned(),
            text: format!(
                "Sign-in with single sign-on refused: {failure}: the subject {subject} of {issuer}"
            ),
            source: None,
            severity: Severity::Warning,
            outcome: Outcome::Failed,
            application: back.application.clone(),
            changes: Vec::new(),
            count: 1,
            origin: Origin::Platform,
            extra: Object::new(),
            batch: None,
            salt: self.0.world.random(),
        };
        let (tenant, address) = (judged.tenant.number, Some(back.address));
        self.record_guess(tenant, record, address, "single sign-on").await
    }

    /// The sign-in that was begun, if this browser began it, at this tenant, with the provider that it still has.
    fn journey_of(&self, back: &BackFromProvider) -> Result<Result<Judged, Failure>, Refusal> {
        let inside = &self.0;
        // Used by being looked at, whatever comes of it.
        let journey = inside
            .sign_ons
            .journeys
            .take(&back.state, inside.world.monotonic_millis());
        let Some(journey) = journey else {
            return Ok(Err(Failure::NotBegun));
        };
        let cookie = back.cookie.as_ref().map(|cookie| trace(cookie.expose()));
        if cookie != Some(journey.browser) {
            return Ok(Err(Failure::NotBegun));
        }
        let found = self.at_once(|| {
            let tenant = inside.store.catalogue()?.tenant(journey.tenant)?;
            let Some(tenant) = tenant.filter(|tenant| tenant.status == TenantStatus::Active) else {
                return Ok(None);
            };
            let settings = inside.store.view(tenant.number)?.sign_on_with_secret(&tenant)?;
            Ok(settings.map(|(settings, secret)| (tenant, settings, secret)))
        });
        let Some((tenant, settings, secret)) = found.map_err(|refused| refused.refusal)? else {
            return Ok(Err(Failure::WayClosed));
        };
        let is_same = back.tenant.as_ref() == Some(&tenant.id)
            && settings.issuer.as_str() == journey.issuer
            && settings.client == journey.client;
        // Who says that somebody else has sent the browser wants the code for that one (RFC 9207).
        let is_issuer = back
            .issuer
            .as_ref()
            .is_none_or(|issuer| *issuer == journey.issuer);
        Ok(match is_same && is_issuer {
            true => Ok(Judged {
                tenant,
                settings,
                secret,
                journey,
            }),
            false => Err(Failure::ProviderRefused),
        })
    }

    /// What the provider says of the person for whom it gave this code.
    async fn vouched(
        &self,
        judged: &Judged,
        back: &BackFromProvider,
    ) -> Result<(OutsideClaims, Option<OutsideClaims>), Failure> {
        let Judged {
            tenant,
            settings,
            secret,
            journey,
        } = judged;
        let silent = |silent: Silent| {
            report(tenant, silent);
            Failure::ProviderSilent
        };
        let providers = &self.0.sign_ons.providers;
        let places = providers.places(tenant.number, settings).await.map_err(silent)?;
        let code = back
            .code
            .as_ref()
            .filter(|code| code.expose().len() <= 4 * SIGN_ON_TEXT_CHARS_MAX);
        let Some(code) = code.filter(|_| back.issuer.is_some() || !places.names_itself) else {
            return Err(Failure::ProviderRefused);
        };
        let ask = exchange(places.exchange, settings, secret.as_ref(), journey, code);
        let answer = providers.ask(tenant.number, ask).await.map_err(silent)?;
        let answer = Secret::new(String::from_utf8(answer).map_err(|_| silent(Silent::Unreadable))?);
        let answer = strict_object(answer.expose().as_bytes()).ok_or_else(|| silent(Silent::Unreadable))?;
        let token = |name: &str| answer.get(name).and_then(Json::as_str);
        let bad = Failure::ProviderToken;
        let id = OutsideToken::parse(token("id_token").ok_or(bad(BadIdentityToken::Form))?).map_err(bad)?;
        let expected = Expected {
            issuer: settings.issuer.as_str(),
            client: &settings.client,
            now: self.0.world.now(),
        };
        let mut keys = providers
            .keys(tenant.number, &places.keys, false)
            .await
            .map_err(silent)?;
        if !id.is_of(&keys) {
            // The provider may have a new key.
            keys = providers
                .keys(tenant.number, &places.keys, true)
                .await
                .map_err(silent)?;
        }
        let claims = id.open_id(&keys, expected, &journey.nonce).map_err(bad)?;
        if ![settings.person_from, settings.rights_from].contains(&TokenKind::Access) {
            return Ok((claims, None));
        }
        let access = token("access_token").ok_or(bad(BadIdentityToken::Form))?;
        let access = OutsideToken::parse(access).map_err(bad)?;
        let access = access.open_access(&keys, expected, settings.audience.as_deref(), &claims);
        Ok((claims, Some(access.map_err(bad)?)))
    }

    /// Finds or makes the user, durably.
    async fn find_or_make(&self, tenant: &Tenant, arrival: Arrival) -> Result<Settled, Refusal> {
        let tenant = tenant.clone();
        self.committed(tenant.number, move |inside| inside.settle(&tenant, &arrival))
            .await
    }

    /// Where the provider ends its own session, if the caller came in through it and the tenant wants that.
    pub async fn provider_log_out(&self, caller: &Caller, origin: &str) -> Result<Option<String>, Refusal> {
        let identity = caller.identity();
        if !identity.came.by_provider {
            return Ok(None);
        }
        let found = self.at_once(|| {
            let tenant = self.0.store.catalogue()?.tenant(identity.tenant)?;
            let Some(tenant) = tenant else { return Ok(None) };
            Ok(self.0.store.view(tenant.number)?.sign_on(&tenant)?)
        });
        let settings = found.map_err(|refused| refused.refusal)?;
        Ok(settings.and_then(|settings| {
            let place = settings.logout?;
            let home = format!("{origin}/");
            let parameters = [
                ("client_id", settings.client.as_str()),
                ("post_logout_redirect_uri", &home),
            ];
            Some(address(&place.url?, &place.parameters, &parameters))
        }))
    }
}

/// Why a provider is not reached is for the operator's log; the tenant's has that it was not.
fn report(tenant: &Tenant, silent: Silent) -> Refusal {
    tracing::warn!(tenant = %tenant.id, %silent, "single sign-on");
    Refusal::Busy
}
