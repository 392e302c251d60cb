//! Sessions: opening one, ending the own one, ending all of a tenant. A session is good as long as its token is and its
//! row is there; the token itself is nowhere.
//!
//! A tenant's key is random, made when the first session is opened, and gives way to a new one after some weeks; the old one
//! verifies until nothing that it signed is good any more. To end all sessions, all keys go.

mod end;
mod listed;
mod uses;

pub use authn::token::SessionId;
pub use end::{EndAllSessions, EndSession};
pub use listed::{
    EndOthers, EndOwnSession, EndSessionsOfUser, EndUserSession, ReadOwnSessions, ReadUserSessions,
    SessionView, UserSessions,
};
use listed::{is_open, session_ended};
pub(crate) use uses::Uses;

use crate::caller::{Caller, Came};
use crate::desk::record_of;
use crate::door::{Door, Inside, Refused};
use crate::note::Note;
use crate::refusal::{FaultId, Refusal};
use crate::second_factor::ShownCode;
use crate::sign_in::{BasicCredential, Claim, Found, Offered, key_of, told_in_steps};
use crate::world::World;
use authn::token::{Claims, xsrf_value};
use model::limits::{
    FRESH_SESSION_SECONDS, OPEN_SESSIONS_MAX, SESSION_SECONDS, TICKET_MINUTES_MAX, TOKEN_KEY_DAYS,
};
use model::names::Domain;
use model::secret::Secret;
use model::sessions::{SignInWay, UserAgent};
use model::single_sign_on::SignOn;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use policy::decide::decide_public;
use policy::operation::Operation;
use policy::operations::sessions::SessionOpen;
use std::net::IpAddr;
use std::sync::Arc;
use store::fault::StoreFault;
use store::gifts::SignedIn;
use store::realm::RealmChanges;
use store::sessions::{SessionRow, TokenKeyRow};
use store::transaction::WriteTx;
use store::view::View;

const SECOND_MILLIS: i64 = 1_000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * SECOND_MILLIS;

/// Refuses what would lock somebody out of the own account, in a session that was not opened just now: it may be a stolen
/// one. Who comes without a session has shown with this request what a thief of one has not.
pub(crate) fn check_fresh(caller: &Caller, now: Timestamp) -> Result<(), Refusal> {
    let Some(session) = caller.identity().came.session else {
        return Ok(());
    };
    let age_millis = now.millis().saturating_sub(session.issued.millis());
    match u64::try_from(age_millis).unwrap_or(0) <= FRESH_SESSION_SECONDS * 1_000 {
        true => Ok(()),
        false => Err(Refusal::StaleSession),
    }
}

/// A request to open a session.
pub struct OpenSession {
    /// Who, and the password.
    pub basic: BasicCredential,
    /// The code of a second factor, as it was sent.
    pub code: Option<Secret>,
    /// The host name that the request was sent to.
    pub host: Option<Domain>,
    /// Where it came from.
    pub address: IpAddr,
    /// The application that it names.
    pub application: Option<String>,
    /// What the client calls itself.
    pub agent: Option<UserAgent>,
    /// How the token will be sent.
    pub carrier: Carrier,
}

/// How a token will be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// In a cookie, by a browser.
    Cookie,
    /// In a header.
    Header,
}

/// An open session.
pub struct OpenedSession {
    /// Its token.
    pub token: Secret,
    /// What a browser must repeat; only of one for a cookie.
    pub xsrf: Option<Secret>,
    /// How long the cookie stays, in seconds; nothing: until the browser ends.
    pub cookie_seconds: Option<u32>,
}

/// Whose session is to be opened, as it was when the password was checked.
#[derive(Clone)]
struct Wanted {
    caller: Caller,
    epoch: u64,
    password_due: bool,
    /// What of a second factor is shown now, and used up.
    code: Option<ShownCode>,
    /// Whether some was shown, now or for the session that it continues.
    with_code: bool,
    by_provider: bool,
    /// The settings by which a provider was believed just now.
    believed: Option<Arc<SignOn>>,
    /// When it is over at the latest, if it continues one.
    until: Option<Timestamp>,
    shown: Shown,
    agent: Option<UserAgent>,
    carrier: Carrier,
}

impl Wanted {
    /// The same with a code, which is used up.
    fn with(self, code: ShownCode) -> Self {
        Self {
            shown: match code {
                ShownCode::Code(_) => Shown::with_code(SignInWay::PasswordAndCode),
                ShownCode::Recovery(_) => Shown::now(SignInWay::PasswordAndRecoveryCode),
            },
            code: Some(code),
            with_code: true,
            ..self
        }
    }
}

/// What its person has shown.
#[derive(Clone, Copy)]
enum Shown {
    /// So much, just now; a code of the authenticator or not.
    Now { way: SignInWay, code: bool },
    /// What was shown for the session that it continues, when it was shown.
    Before,
}

impl Shown {
    fn now(way: SignInWay) -> Self {
        Self::Now { way, code: false }
    }

    fn with_code(way: SignInWay) -> Self {
        Self::Now { way, code: true }
    }
}

impl Door {
    /// Opens a session: as strict as every sign-in, and for people only (R003). What is refused looks like one.
    pub async fn open_session(&self, request: OpenSession) -> Result<OpenedSession, Refusal> {
        let (arrived, code) = (self.0.world.monotonic(), request.code.clone());
        let claim = Claim {
            credential: Offered::Password(request.basic, request.code),
            host: request.host,
            address: request.address,
            application: request.application,
        };
        let caller = self.sign_in(claim).await?;
        let wanted = Wanted {
            epoch: caller.identity().epoch,
            password_due: caller.password_due(),
            code: None,
            with_code: false,
            by_provider: false,
            believed: None,
            until: None,
            shown: Shown::now(SignInWay::Password),
            agent: request.agent,
            caller: caller.clone(),
            carrier: request.carrier,
        };
        let code = code.filter(|_| caller.identity().came.factor_due.is_some());
        let Some(code) = code else {
            return self.issue_metered(wanted).await;
        };
        let (door, who) = (self.clone(), caller.clone());
        let open = |code| async move {
            let opened = door.issue_metered(wanted.with(code)).await?;
            // What is not written now is counted, and the session is in the log already.
            let _: Result<(), Refusal> = door.record_with_code(&who).await;
            Ok(opened)
        };
        let opened = self.open_with_code(&caller, code.expose(), open).await;
        if let Err(refusal) = &opened {
            if *refusal != Refusal::WrongCode {
                self.record_unused_code(&caller).await?;
            }
            told_in_steps(&*self.0.world, arrived).await;
        }
        opened
    }

    /// Opens a session in place of one whose user has changed the password, or shown a code of the second factor; the one
    /// before ends. Only the password begins it anew; otherwise it is over when the one before would have been, and never
    /// later than the provider's word for somebody lasts.
    pub(crate) async fn renew_session(
        &self,
        caller: &Caller,
        epoch: u64,
        shows_code: bool,
        agent: Option<UserAgent>,
    ) -> Result<OpenedSession, Refusal> {
        let came = caller.identity().came;
        let has_new_password = epoch != caller.identity().epoch;
        let lasts = came.by_provider || !has_new_password;
        self.issue(Wanted {
            caller: caller.clone(),
            epoch,
            password_due: caller.password_due() && !has_new_password,
            code: None,
            with_code: came.with_code || shows_code,
            by_provider: came.by_provider,
            believed: None,
            until: came.session.map(|session| session.expires).filter(|_| lasts),
            // A password that was changed shows nothing about the second factor: neither anew, nor at all.
            shown: match (shows_code, came.by_provider) {
                (true, true) => Shown::with_code(SignInWay::SingleSignOn),
                (true, false) => Shown::with_code(SignInWay::PasswordAndCode),
                (false, _) => Shown::Before,
            },
            agent,
            carrier: Carrier::Cookie,
        })
        .await
    }

    /// Opens a session for somebody for whom an identity provider has vouched. A second factor that is asked for here must
    /// have been asked for there.
    pub(crate) async fn open_by_provider(
        &self,
        claim: &Claim,
        found: &Found,
        believed: Arc<SignOn>,
        with_factor: bool,
        agent: Option<UserAgent>,
    ) -> Result<OpenedSession, Refusal> {
        if let (Some(tenant), Some(user), false) = (&found.tenant, &found.user, with_factor) {
            let due = self.at_once(|| Ok(self.0.store.view(tenant.number)?.factor_due(tenant, user.id)?));
            if let Some(due) = due.map_err(|refused| refused.refusal)? {
                return Err(Refusal::SecondFactor(due));
            }
        }
        let came = Came {
            with_code: with_factor,
            by_provider: true,
            ..Came::default()
        };
        let caller = self.admit(claim, found, came).await?;
        self.issue(Wanted {
            epoch: caller.identity().epoch,
            password_due: false,
            code: None,
            with_code: with_factor,
            by_provider: true,
            believed: Some(believed),
            until: None,
            shown: Shown::now(SignInWay::SingleSignOn),
            agent,
            caller,
            carrier: Carrier::Cookie,
        })
        .await
    }

    /// Metered last: wrong codes are slowed down before, so who knows the password alone uses up nothing of what its owner may
    /// open.
    async fn issue_metered(&self, wanted: Wanted) -> Result<OpenedSession, Refusal> {
        self.meter(&wanted.caller, SessionOpen::INFO)?;
        self.issue(wanted).await
    }

    async fn issue(&self, wanted: Wanted) -> Result<OpenedSession, Refusal> {
        let tenant = wanted.caller.identity().tenant;
        self.committed(tenant, move |inside| inside.prepare_session(&wanted))
            .await
    }
}

impl Inside {
    fn prepare_session(&self, wanted: &Wanted) -> Result<(WriteTx, OpenedSession), Refused> {
        let who = wanted.caller.identity();
        let proof = decide_public::<SessionOpen>(who.tenant).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        // Noted before the catalogue is read, as for every command: a suspension in between is not overlooked.
        tx.rules_epoch(who.tenant)?;
        let tenant = self.store.catalogue()?.tenant(who.tenant)?;
        let tenant = tenant.filter(|tenant| tenant.status == TenantStatus::Active);
        let tenant = tenant.ok_or(Refusal::NotSignedIn)?;
        if !self.stands(&tx, &tenant, wanted)? {
            return Err(Refusal::NotSignedIn.into());
        }
        // A second factor that came in between is not overlooked either.
        if !wanted.with_code
            && let Some(due) = tx.factor_due(&tenant, who.principal)?
        {
            return Err(Refusal::SecondFactor(due).into());
        }
        let realm = tx.realm(proof);
        let user = realm.now().user(who.principal)?;
        if !user.is_some_and(|user| user.enabled && user.epoch == wanted.epoch) {
            return Err(Refusal::NotSignedIn.into());
        }
        let note = |note| tx.record(record_of(&*self.world, &wanted.caller, note));
        if let Some(code) = wanted.code {
            note(code.spend(&realm, &wanted.caller, self.world.now())?);
        }
        let (opened, crowded_out) = self.sign(&realm, wanted)?;
        for session in &crowded_out {
            note(session_ended(
                &who.name,
                session,
                " so that there are not too many",
            ));
        }
        note(Note::new("UserAuthentication", "Session opened", &who.name));
        Ok((tx, opened))
    }

    /// Whether what a session is opened on is still there: the session that it continues, or the provider that was believed.
    fn stands(&self, view: &View, tenant: &Tenant, wanted: &Wanted) -> Result<bool, StoreFault> {
        if wanted.caller.identity().came.session.is_some() {
            return self.is_way_open(view, tenant, &wanted.caller);
        }
        let Some(believed) = &wanted.believed else {
            return Ok(true);
        };
        Ok(view.sign_on(tenant)?.is_some_and(|now| now.vouches_as(believed)))
    }

    /// Makes the token, and tells which sessions end for it.
    fn sign(
        &self,
        realm: &RealmChanges<'_>,
        wanted: &Wanted,
    ) -> Result<(OpenedSession, Vec<SessionRow>), Refusal> {
        let (who, now) = (wanted.caller.identity(), self.world.now());
        let life = realm.now().session_life()?;
        let (seconds, xsrf) = match wanted.carrier {
            Carrier::Cookie => (life.cookie_token_seconds, Some(xsrf_value(&self.world.random()))),
            Carrier::Header => (life.body_token_seconds, None),
        };
        let expires = now.plus_millis(i64::from(seconds) * SECOND_MILLIS);
        let claims = Claims {
            tenant: who.tenant_id.clone(),
            principal: who.principal,
            user: who.name.clone(),
            epoch: wanted.epoch,
            session: SessionId(self.world.random()),
            issued: now,
            expires: wanted.until.map_or(expires, |until| until.min(expires)),
            xsrf,
            password_due: wanted.password_due,
            with_code: wanted.with_code,
            by_provider: wanted.by_provider,
        };
        let row = current_key(realm, &self.world, now)?;
        let crowded_out = self.keep_open(realm, wanted, &claims, &row)?;
        let damaged = || Refusal::Fault(FaultId::report(&"a key for tokens is damaged"));
        let key = key_of(&row).ok_or_else(damaged)?;
        let token = key.sign(&claims).map_err(|_| damaged())?;
        let opened = OpenedSession {
            token,
            xsrf: claims.xsrf,
            cookie_seconds: life.cookie_seconds,
        };
        Ok((opened, crowded_out))
    }
}

impl Inside {
    /// Keeps a session that is being opened, in place of the one that it continues. Where there are too many, those end
    /// that were not used for the longest time: these.
    fn keep_open(
        &self,
        realm: &RealmChanges<'_>,
        wanted: &Wanted,
        claims: &Claims,
        key: &TokenKeyRow,
    ) -> Result<Vec<SessionRow>, Refusal> {
        let (who, now) = (wanted.caller.identity(), claims.issued);
        let mut open = realm.now().open_sessions(who.principal)?;
        let continued = who.came.session.map(|session| session.id.0);
        let before = open.iter().find(|session| Some(session.id) == continued);
        let (way, proven) = match wanted.shown {
            Shown::Now { way, code } => (way, code.then_some(now)),
            Shown::Before => before.map_or((SignInWay::Password, None), |before| (before.way, before.proven)),
        };
        let keys = realm.now().token_keys()?;
        open.retain(|session| is_open(session, &keys, now) && Some(session.id) != continued);
        let mut crowded_out = Vec::new();
        while open.len() >= OPEN_SESSIONS_MAX {
            let unused = open.iter().enumerate().min_by_key(|(_, session)| session.used);
            let Some((place, _)) = unused else { break };
            crowded_out.push(open.remove(place));
        }
        open.push(SessionRow {
            id: claims.session.0,
            key: key.id,
            opened: now,
            way,
            proven,
            expires: claims.expires,
            address: who.address,
            agent: wanted.agent.clone(),
            used: now,
            used_from: who.address,
        });
        realm.put_open_sessions(who.principal, open)?;
        if continued.is_none() {
            let last = SignedIn { at: now, way };
            realm.put_sign_in(who.principal, last)?;
        }
        Ok(crowded_out)
    }
}

/// The key that signs now. One that has signed long enough gives way to a new one, and stays until nothing that it signed
/// is good any more.
pub(crate) fn current_key(
    realm: &RealmChanges<'_>,
    world: &Arc<dyn World>,
    now: Timestamp,
) -> Result<TokenKeyRow, Refusal> {
    let mut keys = realm.now().token_keys()?;
    let age = |key: &TokenKeyRow| now.millis().saturating_sub(key.made.millis());
    let signs_until = TOKEN_KEY_DAYS * DAY_MILLIS;
    if let Some(latest) = keys.first().filter(|key| age(key) < signs_until) {
        return Ok(latest.clone());
    }
    let longest_seconds = i64::from(SESSION_SECONDS).max(TICKET_MINUTES_MAX * 60);
    let verifies_until = signs_until + longest_seconds * SECOND_MILLIS;
    keys.retain(|key| age(key) < verifies_until);
    let new = TokenKeyRow {
        id: world.random(),
        seed: world.random(),
        made: now,
    };
    keys.insert(0, new.clone());
    realm.put_token_keys(keys)?;
    Ok(new)
}
