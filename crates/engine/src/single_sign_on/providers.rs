//! What identity providers say of themselves (OpenID Connect Discovery 1.0) and their keys: asked when they are needed, kept
//! for some minutes, and never believed longer. A provider that does not answer lets nobody in.

use super::outside::{Ask, Outside, Unreachable};
use crate::world::World;
use authn::identity_token::{ProviderKeys, strict_object};
use model::ids::TenantNumber;
use model::json::Json;
use model::limits::{
    IDENTITY_KEYS_AGAIN_SECONDS, IDENTITY_KEYS_SECONDS, IDENTITY_PROVIDERS_MAX, SIGN_ONS_AT_ONCE_MAX,
    SIGN_ONS_AT_ONCE_PER_TENANT_MAX,
};
use model::single_sign_on::{HttpsUrl, SignOn};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Semaphore;

const DISCOVERY: &str = ".well-known/openid-configuration";

/// Why a provider could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Silent {
    #[error("the identity provider cannot be asked: {0}")]
    Unreachable(#[from] Unreachable),
    #[error("the identity provider answered with something that cannot be read")]
    Unreadable,
    #[error("the identity provider was asked a moment ago, without success")]
    Lately,
    #[error("too many wait for identity providers")]
    Busy,
}

/// Where a provider is asked for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) authorization: HttpsUrl,
    pub(super) exchange: HttpsUrl,
    pub(super) keys: HttpsUrl,
    /// Whether it says who it is when it sends a browser back (RFC 9207).
    pub(super) names_itself: bool,
}

#[derive(Clone)]
enum Said {
    Places(Arc<Discovered>),
    Keys(Arc<ProviderKeys>),
}

/// What a provider says of itself; what it does not say is absent.
struct Discovered {
    issuer: String,
    authorization: Option<HttpsUrl>,
    exchange: Option<HttpsUrl>,
    keys: Option<HttpsUrl>,
    names_itself: bool,
}

#[derive(Default)]
struct Known {
    said: Option<Said>,
    said_millis: u64,
    asked_millis: Option<u64>,
}

/// Of each tenant apart: what one tenant's settings make the platform believe concerns no other.
type Place = (TenantNumber, String);

/// The providers of all tenants.
pub(super) struct Providers {
    outside: OnceLock<Arc<dyn Outside>>,
    world: Arc<dyn World>,
    known: Mutex<HashMap<Place, Arc<tokio::sync::Mutex<Known>>>>,
    at_once: Semaphore,
    asked: Mutex<HashMap<TenantNumber, usize>>,
}

/// A question of a tenant that is under way; counted until it is dropped.
struct Asked<'a>(&'a Mutex<HashMap<TenantNumber, usize>>, TenantNumber);

impl<'a> Asked<'a> {
    fn begin(all: &'a Mutex<HashMap<TenantNumber, usize>>, tenant: TenantNumber) -> Option<Self> {
        let mut counts = all.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(tenant).or_default();
        if *count >= SIGN_ONS_AT_ONCE_PER_TENANT_MAX {
            return None;
        }
        *count += 1;
        Some(Self(all, tenant))
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

impl Providers {
    pub(super) fn new(world: Arc<dyn World>) -> Self {
        Self {
            outside: OnceLock::new(),
            world,
            known: Mutex::default(),
            at_once: Semaphore::new(SIGN_ONS_AT_ONCE_MAX),
            asked: Mutex::default(),
        }
    }

    /// Says by whom hosts outside are asked. Once, at the start.
    pub(super) fn ask_by(&self, outside: Arc<dyn Outside>) {
        // A second call is a programming error of the start-up code; the first one stays.
        let _ = self.outside.set(outside);
    }

    /// Asks a provider. Without anybody to ask by, none is reached.
    pub(super) async fn ask(&self, tenant: TenantNumber, ask: Ask) -> Result<Vec<u8>, Silent> {
        let outside = self.outside.get().ok_or(Unreachable::NotAllowed)?;
        // A provider that never answers must not keep the providers of others from being asked.
        let _own = Asked::begin(&self.asked, tenant).ok_or(Silent::Busy)?;
        let Ok(_place) = self.at_once.try_acquire() else {
            return Err(Silent::Busy);
        };
        Ok(outside.ask(ask).await?)
    }

    /// Where the provider of a tenant is asked: as its settings say, else as it says itself.
    pub(super) async fn places(
        self: &Arc<Self>,
        tenant: TenantNumber,
        settings: &SignOn,
    ) -> Result<Places, Silent> {
        let given = (
            &settings.authorization.url,
            &settings.exchange.url,
            &settings.keys,
        );
        if let (Some(authorization), Some(exchange), Some(keys)) = given {
            return Ok(Places {
                authorization: authorization.clone(),
                exchange: exchange.clone(),
                keys: keys.clone(),
                names_itself: false,
            });
        }
        let url = settings.issuer.below(DISCOVERY).ok_or(Silent::Unreadable)?;
        let Said::Places(found) = self.said(tenant, url, read_places, false).await? else {
            return Err(Silent::Unreadable);
        };
        // Whoever answers there must be the one that is meant (OpenID Connect Discovery 1.0, 4.3).
        if found.issuer != settings.issuer.as_str() {
            return Err(Silent::Unreadable);
        }
        let of = |given: &Option<HttpsUrl>, found: &Option<HttpsUrl>| {
            given.clone().or_else(|| found.clone()).ok_or(Silent::Unreadable)
        };
        Ok(Places {
            authorization: of(given.0, &found.authorization)?,
            exchange: of(given.1, &found.exchange)?,
            keys: of(given.2, &found.keys)?,
            names_itself: found.names_itself,
        })
    }

    /// The keys at a place; asked for anew if they are old, or if that is wanted and was not done a moment ago.
    pub(super) async fn keys(
        self: &Arc<Self>,
        tenant: TenantNumber,
        url: &HttpsUrl,
        anew: bool,
    ) -> Result<Arc<ProviderKeys>, Silent> {
        match self.said(tenant, url.clone(), read_keys, anew).await? {
            Said::Keys(keys) => Ok(keys),
            Said::Places(_) => Err(Silent::Unreadable),
        }
    }

    /// What is said at a place. Those who want it at the same time wait for one answer.
    async fn said(
        self: &Arc<Self>,
        tenant: TenantNumber,
        url: HttpsUrl,
        read: fn(&[u8]) -> Option<Said>,
        anew: bool,
    ) -> Result<Said, Silent> {
        let place = self.place((tenant, url.as_str().to_owned()));
        let mut known = place.lock_owned().await;
        let now = self.world.monotonic_millis();
        let since = |then: u64| now.saturating_sub(then) / 1_000;
        let fresh = known
            .said
            .clone()
            .filter(|_| since(known.said_millis) < IDENTITY_KEYS_SECONDS);
        let lately = known
            .asked_millis
            .is_some_and(|then| since(then) < IDENTITY_KEYS_AGAIN_SECONDS);
        match fresh {
            Some(said) if !anew || lately => return Ok(said),
            None if lately => return Err(Silent::Lately),
            _ => {}
        }
        let ask = Ask {
            url,
            form: None,
            authorization: None,
        };
        let providers = self.clone();
        // In a task of its own: a client that goes away cannot leave a mark without an answer, which would shut out all.
        let asked = tokio::spawn(async move {
            let before = known.asked_millis.replace(now);
            let answer = providers.ask(tenant, ask).await;
            if answer == Err(Silent::Busy) {
                // Nothing was sent.
                known.asked_millis = before;
            }
            let said = read(&answer?).ok_or(Silent::Unreadable)?;
            known.said = Some(said.clone());
            known.said_millis = now;
            Ok(said)
        });
        asked.await.unwrap_or(Err(Silent::Unreadable))
    }

    fn place(&self, place: Place) -> Arc<tokio::sync::Mutex<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= 2 * IDENTITY_PROVIDERS_MAX {
            known.clear();
        }
        known.entry(place).or_default().clone()
    }
}

fn read_keys(bytes: &[u8]) -> Option<Said> {
    Some(Said::Keys(Arc::new(ProviderKeys::parse(bytes).ok()?)))
}

fn read_places(bytes: &[u8]) -> Option<Said> {
    let said = strict_object(bytes)?;
    let url = |name: &str| match said.get(name) {
        None => Some(None),
        // One that is no plain https address makes the whole unreadable.
        Some(url) => Some(Some(url.as_str()?.parse::<HttpsUrl>().ok()?)),
    };
    let names_itself = said
        .get("authorization_response_iss_parameter_supported")
        .and_then(Json::as_bool);
    Some(Said::Places(Arc::new(Discovered {
        issuer: said.get("issuer")?.as_str()?.to_owned(),
        authorization: url("authorization_endpoint")?,
        exchange: url("token_endpoint")?,
        keys: url("jwks_uri")?,
        names_itself: names_itself.unwrap_or(false),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::single_sign_on::outside::Asking;
    use model::time::Timestamp;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};
    use tokio::sync::Notify;

    /// A clock that stands still: whatever was asked, was asked a moment ago.
    struct StillWorld;

    impl World for StillWorld {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }

        fn monotonic_millis(&self) -> u64 {
            0
        }

        fn fill(&self, _: &mut [u8]) {}
    }

    /// A provider that answers when it is let, and counts how often it is asked.
    #[derive(Default)]
    struct Slow {
        asked: AtomicUsize,
        answers: Notify,
    }

    impl Outside for Slow {
        fn ask(&self, _: Ask) -> Asking<'_> {
            Box::pin(async {
                self.asked.fetch_add(1, Ordering::Relaxed);
                self.answers.notified().await;
                Ok(br#"{"issuer":"https://id.example.org"}"#.to_vec())
            })
        }
    }

    fn scene() -> (Arc<Providers>, Arc<Slow>, HttpsUrl) {
        let (providers, slow) = (
            Arc::new(Providers::new(Arc::new(StillWorld))),
            Arc::new(Slow::default()),
        );
        providers.ask_by(slow.clone());
        let url = "https://id.example.org/described".parse().expect("an address");
        (providers, slow, url)
    }

    // R052, R120: who hangs up while the provider is asked shuts nobody out.
    #[tokio::test]
    async fn a_question_whose_asker_goes_away_is_answered_for_the_next() {
        let (providers, slow, url) = scene();
        let tenant = TenantNumber(1);
        {
            let asking = providers.said(tenant, url.clone(), read_places, false);
            let mut asking = std::pin::pin!(asking);
            let waiting = asking.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(waiting.is_pending());
        }
        slow.answers.notify_one();
        let next = providers.said(tenant, url, read_places, false).await;
        assert!(next.is_ok(), "{:?}", next.err());
        assert_eq!(slow.asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_was_not_sent_does_not_count_as_asked() {
        let (providers, slow, url) = scene();
        let all = providers.at_once.acquire_many(SIGN_ONS_AT_ONCE_MAX as u32).await;
        let busy = providers
            .said(TenantNumber(1), url.clone(), read_places, false)
            .await;
        assert_eq!(busy.err(), Some(Silent::Busy));
        drop(all);
        slow.answers.notify_one();
        let next = providers.said(TenantNumber(1), url, read_places, false).await;
        assert!(next.is_ok(), "{:?}", next.err());
    }
}
