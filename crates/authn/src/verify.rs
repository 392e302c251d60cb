//! The one function through which every way in goes (Basic, MQTT, WebSocket): is the presented credential that of the
//! principal whose facts are stored? Equal strength everywhere: there is no second path without throttle or checks.
//!
//! It has two steps, because a slow hash must not run on a thread that serves requests. [`Verifier::check_cheap`] takes
//! microseconds and decides everything that it can. What is left is a [`HashJob`], which the caller runs on a bounded
//! pool (`limits::PASSWORD_HASHES_MAX`, `limits::PASSWORD_HASH_QUEUE_MAX`), or gives back if the pool is full.
//!
//! Looking alike: an unknown user, a wrong password, a wrong generated secret and a disabled user take the same path and
//! the same slow hash, and [`AuthenticationFailure::shown`] is the same for all of them. What is quick is told only to
//! those who presented the right secret, or repeat a wrong one.
//!
//! It does not know where facts come from, what the principal may do, nor how to answer.

use crate::basic::BasicCredential;
use crate::credential::Credential;
use crate::generated::SecretHash;
use crate::identity_token::BadIdentityToken;
use crate::password::{self, PasswordHash};
use crate::pepper::Pepper;
use crate::throttle::{Account, AddressPrefix, Attempt, Refusal, Throttle};
use crate::verified_cache::{CredentialVersion, Guess, VerifiedCache};
use model::ids::{PrincipalId, TenantNumber};
use model::names::TenantId;
use model::secret::Secret;
use model::users::UserKind;

/// What a caller presents to prove who it is.
#[derive(Clone, Copy)]
pub enum Presented<'a> {
    /// A user name and a password, from an HTTP header or an MQTT CONNECT.
    Basic(&'a BasicCredential),
}

/// What the caller wants to sign in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Requests of the API, MQTT and streams: every kind of principal.
    Api,
    /// A session, or once more the password of somebody who has one: people only (R003).
    Console,
}

/// What the store knows of the claimed principal and its credential.
#[derive(Clone)]
pub struct StoredCredential {
    /// Its tenant.
    pub tenant: TenantNumber,
    /// The principal.
    pub principal: PrincipalId,
    /// What kind it is.
    pub kind: UserKind,
    /// Whether the user is enabled.
    pub enabled: bool,
    /// Whether its tenant lets anybody in.
    pub tenant_active: bool,
    /// Whether its tenant takes passwords of such principals with every request (R055).
    pub takes_basic: bool,
    /// Whether its tenant lets people open sessions.
    pub takes_sessions: bool,
    /// Its credential.
    pub credential: Credential,
    /// Raised by every change of the credential and of the revocation epoch.
    pub version: u64,
}

/// One attempt to sign in.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// The tenant that the credential or the host name resolved to, by its canonical id, existing or not.
    pub tenant: Option<&'a TenantId>,
    /// The credential.
    pub presented: Presented<'a>,
    /// What is stored of the claimed user; nothing if there is no such user or tenant.
    pub facts: Option<&'a StoredCredential>,
    /// What for.
    pub purpose: Purpose,
    /// Where from.
    pub address: AddressPrefix,
    /// When: monotonic milliseconds, any origin.
    pub now_millis: u64,
}

/// A principal that proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Its tenant.
    pub tenant: TenantNumber,
    /// The principal.
    pub principal: PrincipalId,
    /// What kind it is.
    pub kind: UserKind,
    /// The stored hash has outdated settings: hash the password anew and store it.
    pub needs_rehash: bool,
}

/// Why a caller was not let in: for the audit log, in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationFailure {
    /// No such user in this tenant, or no such tenant.
    #[error("unknown user")]
    UnknownUser,
    /// Not the user's password or secret.
    #[error("wrong password")]
    WrongPassword,
    /// The right credential of a disabled user.
    #[error("the user is disabled")]
    Disabled,
    /// The right credential of a user whose tenant is suspended or being deleted.
    #[error("the tenant is not active")]
    TenantSuspended,
    /// The right credential of a device or service, for a console session (R003).
    #[error("only people may sign in to the console")]
    NotAPerson,
    /// A key that belongs to no service account, or not to the one that was named.
    #[error("unknown key")]
    UnknownKey,
    /// The right key of a service account, revoked.
    #[error("the key was revoked")]
    KeyRevoked,
    /// The right key of a service account, too late.
    #[error("the key has expired")]
    KeyExpired,
    /// The right key of a service account that has expired.
    #[error("the service account has expired")]
    AccountExpired,
    /// The right key of a service account, from an address that is not on its list.
    #[error("the service account may not call from this address")]
    AddressNotAllowed,
    /// The right password, sent in a way in which the tenant takes none.
    #[error("the tenant does not let such users in this way")]
    WayClosed,
    /// Not a token of the tenant that it names, or altered.
    #[error("not a token of a session")]
    BadToken,
    /// The right token, too late.
    #[error("the token has expired")]
    TokenExpired,
    /// The right token of a session that was ended.
    #[error("the session was ended")]
    SessionEnded,
    /// The right token in a cookie, and not what a page of this origin would have sent with it.
    #[error("the request did not repeat the session's XSRF value")]
    NotRepeated,
    /// The right password of somebody who has a second factor, without a code of it.
    #[error("no code of the second factor")]
    NoCode,
    /// The right password of somebody who must set up a second factor first.
    #[error("the second factor is not set up")]
    NoSecondFactor,
    /// A certificate whose common name is the name of no device.
    #[error("the certificate names no device")]
    CertificateName,
    /// A certificate that leads to none that is trusted now, or to one of more than one tenant; or a revoked one.
    #[error("the certificate is not trusted, not any more, or not by one tenant alone")]
    CertificateNotTrusted,
    /// The certificate of a device that may not sign in so.
    #[error("the device is not registered for certificates")]
    DeviceNotRegistered,
    /// A certificate for a key that another device has.
    #[error("the key belongs to another device")]
    KeyOfOther,
    /// A sign-in through an identity provider that was not begun in this browser, is over, or was used already.
    #[error("the sign-in was not begun here, is over, or was used already")]
    NotBegun,
    /// The identity provider did not answer, or not as is expected.
    #[error("the identity provider did not answer as expected")]
    ProviderSilent,
    /// The identity provider refused it, or the browser came from another one.
    #[error("the identity provider refused it")]
    ProviderRefused,
    /// The identity provider answered with a token that is not taken.
    #[error("the identity provider's token was not taken: {0}")]
    ProviderToken(BadIdentityToken),
    /// The identity provider did not ask for a second factor, which is demanded.
    #[error("the identity provider did not ask for a second factor")]
    ProviderFactor,
    /// Somebody whom the identity provider knows, and of whom nothing is said that opens anything.
    #[error("no mapping gives this person any access")]
    NoAccessMapped,
    /// Somebody whose name outside is that of a user who was made here and is not linked, or can be no name of a person.
    #[error("the name is that of a user who was made here and is not linked, or of nobody")]
    NameNotFree,
    /// There was no memory for the hash; the credential was not checked and nothing was counted.
    #[error("the password could not be checked: memory is short")]
    Unavailable,
    /// Too many failures; the credential was not checked.
    #[error("too many failed attempts: wait {retry_after_seconds} s")]
    LockedOut {
        /// Whole seconds, at least 1.
        retry_after_seconds: u64,
    },
}

/// The part of a failure that a client may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownFailure {
    /// Not authenticated; no reason given.
    Refused,
    /// Come back after this many seconds.
    TryLater {
        /// Whole seconds, at least 1.
        retry_after_seconds: u64,
    },
}

impl AuthenticationFailure {
    /// What to show. Whatever was checked and refused looks alike.
    pub fn shown(self) -> ShownFailure {
        match self {
            Self::UnknownUser
            | Self::WrongPassword
            | Self::Disabled
            | Self::TenantSuspended
            | Self::NotAPerson
            | Self::UnknownKey
            | Self::KeyRevoked
            | Self::KeyExpired
            | Self::AccountExpired
            | Self::AddressNotAllowed
            | Self::WayClosed
            | Self::BadToken
            | Self::TokenExpired
            | Self::SessionEnded
            | Self::NotRepeated
            | Self::NoCode
            | Self::NoSecondFactor
            | Self::CertificateName
            | Self::CertificateNotTrusted
            | Self::DeviceNotRegistered
            | Self::KeyOfOther
            | Self::NotBegun
            | Self::ProviderSilent
            | Self::ProviderRefused
            | Self::ProviderToken(_)
            | Self::ProviderFactor
            | Self::NoAccessMapped
            | Self::NameNotFree => ShownFailure::Refused,
            Self::Unavailable => ShownFailure::TryLater {
                retry_after_seconds: 1,
            },
            Self::LockedOut { retry_after_seconds } => ShownFailure::TryLater { retry_after_seconds },
        }
    }
}

/// What is to be done next.
#[must_use]
pub enum Step {
    /// Nothing: this is the answer.
    Done(Result<Verified, AuthenticationFailure>),
    /// Check again in some tens of milliseconds, a bounded number of times: the same account is being verified from the
    /// same address, and its outcome decides this one too, mostly without another hash.
    Wait,
    /// Run this on the hash pool.
    NeedsHash(HashJob),
}

/// Everything that verification needs for the life of the process.
pub struct Verifier {
    pepper: Pepper,
    cache: VerifiedCache,
    throttle: Throttle,
}

/// A password that has passed the throttle and waits for its slow hash. Owns what it needs, so it can be sent to
/// another thread. Run it or abandon it; one that is dropped counts as under way for ten seconds.
#[must_use]
pub struct HashJob {
    password: Secret,
    facts: Option<StoredCredential>,
    purpose: Purpose,
    guess: Guess,
    attempt: Attempt,
    now_millis: u64,
}

impl Verifier {
    /// A verifier that remembers nothing yet. The two keys are random, different, and new for every process.
    pub fn new(pepper: Pepper, cache_key: &[u8; 32], throttle_key: &[u8; 32]) -> Self {
        Self {
            pepper,
            cache: VerifiedCache::new(cache_key),
            throttle: Throttle::new(throttle_key),
        }
    }

    /// The installation's pepper, for hashing new credentials.
    pub fn pepper(&self) -> &Pepper {
        &self.pepper
    }

    /// Decides what can be decided without a slow hash. Takes microseconds.
    pub fn check_cheap(&self, sign_in: &SignIn<'_>) -> Step {
        let SignIn {
            facts,
            purpose,
            address,
            now_millis,
            ..
        } = *sign_in;
        let Presented::Basic(BasicCredential { user, password, .. }) = sign_in.presented;
        if let Some(facts) = self.holder_of_generated(facts, password) {
            // Nobody guesses 128 random bits: no throttle, so nothing can keep a device with its secret out.
            return Step::Done(facts.admit(purpose));
        }
        let whose = facts.map(StoredCredential::whose).unwrap_or_default();
        let guess = self.cache.guess(whose, password.expose());
        let who = Account {
            tenant: sign_in.tenant,
            user,
        };
        let remembered = self.cache.contains(guess, now_millis);
        if let (Some(facts), true) = (facts, remembered) {
            return match self.throttle.pass(who, address, now_millis) {
                Ok(()) => Step::Done(facts.admit(purpose)),
                Err(refusal) => Step::refused(refusal, Some(facts)),
            };
        }
        match self.throttle.before(who, address, guess, now_millis) {
            Ok(attempt) => Step::NeedsHash(HashJob {
                password: password.clone(),
                facts: facts.cloned(),
                purpose,
                guess,
                attempt,
                now_millis,
            }),
            Err(refusal) => Step::refused(refusal, facts),
        }
    }

    /// The facts, if their credential is a generated secret and this is it. Every caller pays for the comparison.
    fn holder_of_generated<'a>(
        &self,
        facts: Option<&'a StoredCredential>,
        presented: &Secret,
    ) -> Option<&'a StoredCredential> {
        let nothing = SecretHash::none();
        let holder = facts.and_then(|facts| match &facts.credential {
            Credential::Generated(stored) => Some((facts, stored)),
            Credential::Password(_) => None,
        });
        let stored = holder.map_or(&nothing, |(_, stored)| stored);
        let right = stored.matches(presented.expose(), &self.pepper);
        holder.filter(|_| right).map(|(facts, _)| facts)
    }
}

impl Step {
    fn refused(refusal: Refusal, facts: Option<&StoredCredential>) -> Self {
        match refusal {
            Refusal::Busy => Self::Wait,
            Refusal::SameAgain => Self::Done(Err(not_proven(facts))),
            Refusal::RetryAfter { seconds } => Self::Done(Err(AuthenticationFailure::LockedOut {
                retry_after_seconds: seconds,
            })),
        }
    }
}

impl HashJob {
    /// Computes the hash (about 13 ms, 19 MiB), decides, and lets cache and throttle know.
    pub fn run(self, verifier: &Verifier) -> Result<Verified, AuthenticationFailure> {
        let Verifier {
            pepper,
            cache,
            throttle,
        } = verifier;
        let password = self.password.expose();
        let proven = match self.facts.as_ref().and_then(StoredCredential::password_hash) {
            Some(hash) => password::verify(password, hash, pepper),
            None => password::dummy_verify(password, pepper).map(|()| false),
        };
        let Ok(proven) = proven else {
            throttle.abandoned(&self.attempt, self.now_millis);
            return Err(AuthenticationFailure::Unavailable);
        };
        let Some(facts) = self.facts.as_ref().filter(|_| proven) else {
            throttle.failed(&self.attempt, self.now_millis);
            return Err(not_proven(self.facts.as_ref()));
        };
        let result = facts.admit(self.purpose);
        if result.is_ok() {
            cache.remember(self.guess, self.now_millis);
            throttle.succeeded(&self.attempt, self.now_millis);
        } else {
            // Counted like a wrong one: a quicker way back to guessing would tell that it was right.
            throttle.refused(&self.attempt, self.now_millis);
        }
        result
    }

    /// Gives the attempt back unused, because the pool is full: it does not count against the caller.
    pub fn abandon(self, verifier: &Verifier) {
        verifier.throttle.abandoned(&self.attempt, self.now_millis);
    }
}

impl StoredCredential {
    fn whose(&self) -> CredentialVersion {
        CredentialVersion::of(self.tenant, self.principal, self.version)
    }

    fn password_hash(&self) -> Option<&PasswordHash> {
        match &self.credential {
            Credential::Password(hash) => Some(hash),
            Credential::Generated(_) => None,
        }
    }

    /// Whether a principal that proved who it is comes in.
    fn admit(&self, purpose: Purpose) -> Result<Verified, AuthenticationFailure> {
        if !self.tenant_active {
            return Err(AuthenticationFailure::TenantSuspended);
        }
        if !self.enabled {
            return Err(AuthenticationFailure::Disabled);
        }
        if purpose == Purpose::Console && self.kind != UserKind::Person {
            return Err(AuthenticationFailure::NotAPerson);
        }
        let is_open = match purpose {
            Purpose::Api => self.takes_basic,
            Purpose::Console => self.takes_sessions,
        };
        if !is_open {
            return Err(AuthenticationFailure::WayClosed);
        }
        Ok(Verified {
            tenant: self.tenant,
            principal: self.principal,
            kind: self.kind,
            needs_rehash: self.password_hash().is_some_and(PasswordHash::needs_rehash),
        })
    }
}

fn not_proven(facts: Option<&StoredCredential>) -> AuthenticationFailure {
    match facts {
        Some(_) => AuthenticationFailure::WrongPassword,
        None => AuthenticationFailure::UnknownUser,
    }
}
