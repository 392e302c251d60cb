//! What signing in leaves in the audit log: the first of its window at once, repeats by their count (R096).

use super::{Claim, Found, Offered};
use crate::caller::{Caller, actor_kind};
use crate::desk::record_of;
use crate::door::Door;
use crate::flow::Rejected;
use crate::note::Note;
use crate::refusal::Refusal;
use crate::windows::Counted;
use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use authn::verify::AuthenticationFailure;
use model::ids::{MANAGEMENT, PrincipalId, TenantNumber};
use model::json::Object;
use model::sessions::SignInWay;
use model::time::Timestamp;
use policy::operations::users::UserUpdate;
use policy::proof::{Allowed, SystemReason};
use std::net::IpAddr;
use store::fault::StoreFault;
use store::gifts::SignedIn;
use store::transaction::WriteTx;

/// Who it was, by id and name: a name may be given anew.
type Somebody = (Option<PrincipalId>, String);

/// What repeats: the tenant in whose log it is, the user, the address (by its prefix), and how it ended: with what somebody
/// signed in, or why not.
pub(super) type Occasion = (TenantNumber, Somebody, IpAddr, &'static str);

/// The same from any address, for when there are more addresses than windows.
pub(super) type Crowd = (TenantNumber, Somebody, &'static str);

impl Door {
    /// Records the outcome: in the tenant's log if the user is known there, else in the platform's.
    pub(crate) async fn record_sign_in(
        &self,
        claim: &Claim,
        found: &Found,
        failure: Option<AuthenticationFailure>,
    ) -> Result<(), Refusal> {
        let known = found.tenant.as_ref().zip(found.user.as_ref());
        let tenant = known.map_or(MANAGEMENT, |(tenant, _)| tenant.number);
        let outcome = match failure {
            None => Outcome::Success,
            Some(_) => Outcome::Failed,
        };
        let is_limited = found.factor_due.is_some() && matches!(claim.credential, Offered::Basic(_));
        let word = match (failure, &claim.credential) {
            (None, _) if is_limited => "login for the second factor",
            (None, Offered::Token(_)) => "session used",
            (None, _) => claim.way(),
            (Some(failure), _) => word_of(failure),
        };
        // A name that belongs to nobody may be a password typed into the wrong field: it is not kept.
        let name = known.map(|(_, user)| user.name.to_string()).unwrap_or_default();
        let text = match failure {
            None if is_limited => format!("Signed in with {}, to see to the second factor only", claim.way()),
            None => format!("{SIGNED_IN}{}", claim.way()),
            Some(failure) => format!("Sign-in with {} refused: {failure}", claim.way()),
        };
        let record = Record {
            time: self.0.world.now(),
            client_time: None,
            actor: Actor {
                principal: known.map(|(_, user)| user.id),
                name: name.clone(),
                kind: known.map_or(ActorKind::Unknown, |(_, user)| actor_kind(user.kind)),
            },
            address: Some(claim.address.to_string()),
            kind: "UserAuthentication".to_owned(),
            activity: if failure.is_none() {
                LOGIN
            } else {
                "User login failed"
            }
            .to_owned(),
            text,
            source: None,
            severity: if failure.is_none() {
                Severity::Information
            } else {
                Severity::Warning
            },
            outcome,
            application: claim.application.clone(),
            changes: Vec::new(),
            count: 1,
            origin: Origin::Platform,
            extra: Object::new(),
            batch: None,
            salt: self.0.world.random(),
        };
        if let (Some(tenant), Some(_)) = (&found.tenant, failure) {
            self.0
                .flows
                .rejected(tenant.number, Rejected::SignIn, self.0.world.now());
        }
        self.count_sign_in((tenant, somebody(&record), prefix(claim.address), word), record)
            .await
    }

    /// Records the first of its window at once and counts its repeats. Failures from more addresses than there are windows
    /// are counted together per user, without an address, so that nobody can fill the log by changing his (R096).
    async fn count_sign_in(&self, key: Occasion, mut record: Record) -> Result<(), Refusal> {
        let (now, time) = (self.0.world.monotonic_millis(), record.time);
        let tenant = key.0;
        let (windows, later) = (&self.0.sign_ins.windows, |repeats: &mut Record| {
            repeats.time = time;
        });
        match windows.count_with(key.clone(), record.clone(), now, later) {
            Counted::Repeat => return Ok(()),
            Counted::NoRoom if record.outcome != Outcome::Success => {}
            Counted::First | Counted::NoRoom => {
                return self
                    .record_first(|inside| &inside.sign_ins.windows, key, record, tenant)
                    .await;
            }
        }
        record.text = "Refused, from one of more addresses than are counted one by one".to_owned();
        let (_, who, _, word) = key;
        self.count_crowd((tenant, who, word), record).await
    }

    async fn count_crowd(&self, key: Crowd, mut record: Record) -> Result<(), Refusal> {
        record.address = None;
        record.application = None;
        let (now, tenant) = (self.0.world.monotonic_millis(), key.0);
        match self.0.sign_ins.crowds.count(key.clone(), record.clone(), now) {
            Counted::Repeat => Ok(()),
            Counted::First | Counted::NoRoom => {
                self.record_first(|inside| &inside.sign_ins.crowds, key, record, tenant)
                    .await
            }
        }
    }

    /// Records that something secret was guessed at, in the log of this tenant: the first of its window at once, repeats
    /// by their count. Those of one address are counted together; with none, those of all addresses.
    pub(crate) async fn record_guess(
        &self,
        tenant: TenantNumber,
        record: Record,
        address: Option<IpAddr>,
        word: &'static str,
    ) -> Result<(), Refusal> {
        let who = somebody(&record);
        match address {
            Some(address) => {
                self.count_sign_in((tenant, who, prefix(address), word), record)
                    .await
            }
            None => self.count_crowd((tenant, who, word), record).await,
        }
    }
}

impl Door {
    /// Records that somebody is in whose code of a second factor was the last that was missing.
    pub(crate) async fn record_with_code(&self, caller: &Caller) -> Result<(), Refusal> {
        let who = caller.identity();
        let note = Note {
            source: None,
            ..Note::new("UserAuthentication", LOGIN, &who.name)
        };
        let note = note.text(format!("{SIGNED_IN}{PASSWORD}"));
        let record = record_of(&*self.0.world, caller, note);
        let key = (who.tenant, somebody(&record), prefix(who.address), PASSWORD);
        self.count_sign_in(key, record).await
    }

    /// Records that somebody had the right password and was refused, however right the code was that came with it.
    pub(crate) async fn record_unused_code(&self, caller: &Caller) -> Result<(), Refusal> {
        let note = Note::new("UserAuthentication", "User login failed", caller.name())
            .text("The password was right; the code of a second factor was not looked at");
        self.record_guess_by(caller, note, "code not looked at").await
    }

    /// Records that a code that came from somebody who is known was refused.
    pub(crate) async fn record_guess_by(
        &self,
        caller: &Caller,
        note: Note,
        word: &'static str,
    ) -> Result<(), Refusal> {
        let who = caller.identity();
        let mut record = record_of(&*self.0.world, caller, note);
        record.outcome = Outcome::Failed;
        record.severity = Severity::Warning;
        self.record_guess(who.tenant, record, Some(who.address), word)
            .await
    }
}

fn somebody(record: &Record) -> Somebody {
    (record.actor.principal, record.actor.name.clone())
}

/// How a sign-in was refused, as far as it is counted apart: what is wrong with a key is for its owner to put right, and must
/// not be told by the record of something else.
fn word_of(failure: AuthenticationFailure) -> &'static str {
    match failure {
        AuthenticationFailure::KeyRevoked => "key revoked",
        AuthenticationFailure::KeyExpired => "key expired",
        AuthenticationFailure::AccountExpired => "account expired",
        AuthenticationFailure::AddressNotAllowed => "address not allowed",
        _ => "login failed",
    }
}

/// What a record of a sign-in says was done.
const LOGIN: &str = "User login";

/// How the words of such a record begin.
const SIGNED_IN: &str = "Signed in with ";
/// A password that opens a session, as records tell it.
pub(super) const PASSWORD: &str = "a password for a session";
/// A password with each request, as records tell it.
pub(super) const BASIC: &str = "Basic";
/// The key of a service account, as records tell it.
pub(super) const KEY: &str = "a key";
/// A certificate, as records tell it.
pub(super) const CERTIFICATE: &str = "a certificate";

/// With what a record says that somebody signed in. Who opens a session is noted in the commit that opens it, and to use one
/// is no sign-in.
fn way_told(record: &Record) -> Option<SignInWay> {
    let is_sign_in = record.activity == LOGIN && record.origin == Origin::Platform;
    match record.text.strip_prefix(SIGNED_IN).filter(|_| is_sign_in)? {
        BASIC => Some(SignInWay::Basic),
        KEY => Some(SignInWay::Key),
        CERTIFICATE => Some(SignInWay::Certificate),
        _ => None,
    }
}

/// Keeps when somebody last signed in whose record is being written, in the same commit (R016).
pub(crate) fn remember(
    tx: &WriteTx,
    record: &Record,
    tenant: TenantNumber,
    at: Timestamp,
) -> Result<(), StoreFault> {
    match record.actor.principal.zip(way_told(record)) {
        Some((user, way)) => {
            let proof = Allowed::<UserUpdate>::mint_system(tenant, SystemReason::AuditWindow);
            tx.realm(proof).put_sign_in(user, SignedIn { at, way })
        }
        None => Ok(()),
    }
}

/// Callers are counted by address prefix: IPv6 by its /64.
fn prefix(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}
