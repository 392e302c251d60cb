//! The open sessions of a user: who reads them, and who ends which (R056, R061). An ended one opens nothing from the next
//! request on, and what it holds open is cut off within seconds.

use super::SessionId;
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::refusal::{Missing, Refusal};
use crate::users::{Authority, Span, change_users, holds_as_much, read_users, refuse};
use crate::work::{Command, Query, Then, done};
use model::ids::PrincipalId;
use model::names::UserName;
use model::sessions::{SignInWay, UserAgent};
use model::time::Timestamp;
use model::users::User;
use policy::operation::Operation;
use policy::operations::sessions::{OwnSessionEnd, OwnSessionList, UserSessionEnd, UserSessionList};
use policy::operations::users::UserRead;
use std::net::IpAddr;
use store::gifts::SignedIn;
use store::realm::RealmRows;
use store::sessions::{SessionRow, TokenKeyRow};

const KIND: &str = "UserAuthentication";

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its id, which opens nothing.
    pub id: SessionId,
    /// When somebody signed in for it.
    pub opened: Timestamp,
    /// With what.
    pub way: SignInWay,
    /// When it is over by itself.
    pub expires: Timestamp,
    /// From where it was opened.
    pub address: IpAddr,
    /// What the client called itself.
    pub agent: Option<UserAgent>,
    /// When it was last noted that it is used: some minutes less than the last use.
    pub used: Timestamp,
    /// From where that was.
    pub used_from: IpAddr,
    /// Whether the caller came in with it.
    pub is_own: bool,
}

/// What is known of a user's sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSessions {
    /// When the user last signed in, with whatever.
    pub last: Option<SignedIn>,
    /// The open sessions, the latest first.
    pub open: Vec<SessionView>,
}

/// Whether a session is still good: its token, and the key that signed it. A key that is gone signs for nobody: all
/// sessions of the tenant were ended.
pub(super) fn is_open(session: &SessionRow, keys: &[TokenKeyRow], now: Timestamp) -> bool {
    session.expires > now && keys.iter().any(|key| key.id == session.key)
}

/// What the audit log is told of one session that ends before its time.
pub(super) fn session_ended(user: &UserName, session: &SessionRow, why: &str) -> Note {
    let SessionRow { opened, address, .. } = session;
    let text = format!("Session ended that was opened at {opened} from {address}{why}");
    Note::new(KIND, "Session ended", user).text(text)
}

fn sessions_of(desk: &Reading, rows: &RealmRows<'_>, user: PrincipalId) -> Result<UserSessions, Refusal> {
    let own = desk.caller().identity().came.session.map(|session| session.id);
    let (keys, now) = (rows.token_keys()?, desk.world.now());
    let mut open = rows.open_sessions(user)?;
    open.retain(|open| is_open(open, &keys, now));
    let open = open.into_iter().rev().map(|open| SessionView {
        id: SessionId(open.id),
        opened: open.opened,
        way: open.way,
        expires: open.expires,
        address: open.address,
        agent: open.agent,
        used: open.used,
        used_from: open.used_from,
        is_own: own == Some(SessionId(open.id)),
    });
    Ok(UserSessions {
        last: rows.last_sign_in(user)?,
        open: open.collect(),
    })
}

/// Reads one's own sessions.
pub struct ReadOwnSessions;

impl Query for ReadOwnSessions {
    type Operation = OwnSessionList;
    type Answer = UserSessions;

    fn answer(&self, desk: &Reading) -> Result<UserSessions, Refusal> {
        let rows = desk.tx.realm(desk.allow::<OwnSessionList>()?);
        sessions_of(desk, &rows, desk.who().id())
    }
}

/// Reads the sessions of a user whom the caller manages, and may read too (R019): of nobody who holds more (R010).
pub struct ReadUserSessions {
    /// Whose.
    pub name: UserName,
}

impl Query for ReadUserSessions {
    type Operation = UserSessionList;
    type Answer = UserSessions;

    fn answer(&self, desk: &Reading) -> Result<UserSessions, Refusal> {
        let (rows, span) = read_users::<UserSessionList>(desk)?;
        let user = span.user(&rows, &self.name)?;
        let may_read = desk.may::<UserRead>() && Span::of::<UserRead, _>(desk, &rows)?.has(&rows, &user)?;
        if !may_read || !holds_as_much(&desk.tx, desk.who(), &user)? {
            return Err(refuse(desk, UserSessionList::INFO.name, "user"));
        }
        sessions_of(desk, &rows, user.id)
    }
}

/// Ends one of one's own sessions; the one that the caller came in with too.
pub struct EndOwnSession(pub SessionId);

impl Command for EndOwnSession {
    type Operation = OwnSessionEnd;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnSessionEnd>()?);
        let user = realm.now().user(desk.who().id())?.ok_or(Refusal::NotSignedIn)?;
        end_one(desk, realm.now().open_sessions(user.id)?, &user, self.0, |left| {
            Ok(realm.put_open_sessions(user.id, left)?)
        })
    }
}

/// Ends one's own sessions but the one that the caller came in with.
pub struct EndOthers;

impl Command for EndOthers {
    type Operation = OwnSessionEnd;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnSessionEnd>()?);
        let who = desk.caller().identity();
        let own = who.came.session.map(|session| session.id.0);
        let open = realm.now().open_sessions(who.principal)?;
        let (left, ended): (Vec<_>, Vec<_>) = open.into_iter().partition(|open| Some(open.id) == own);
        if !ended.is_empty() {
            realm.put_open_sessions(who.principal, left)?;
            let text = format!("Own sessions ended but this one: {}", ended.len());
            desk.note(Note::new(KIND, "Other sessions ended", &who.name).text(text));
        }
        Ok(done(()))
    }
}

/// Ends one session of a user whom the caller manages.
pub struct EndUserSession {
    /// Whose.
    pub name: UserName,
    /// Which.
    pub session: SessionId,
}

impl Command for EndUserSession {
    type Operation = UserSessionEnd;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (realm, span) = change_users::<UserSessionEnd>(desk)?;
        let user = span.user(&realm.now(), &self.name)?;
        Authority::of::<UserSessionEnd>(desk).over_user(&user)?;
        end_one(
            desk,
            realm.now().open_sessions(user.id)?,
            &user,
            self.session,
            |left| Ok(realm.put_open_sessions(user.id, left)?),
        )
    }
}

fn end_one(
    desk: &Changing,
    mut open: Vec<SessionRow>,
    user: &User,
    session: SessionId,
    put: impl FnOnce(Vec<SessionRow>) -> Result<(), Refusal>,
) -> Result<Then<()>, Refusal> {
    let place = open.iter().position(|open| open.id == session.0);
    let place = place.ok_or(Refusal::Missing(Missing::Session(session.to_string())))?;
    let ended = open.remove(place);
    put(open)?;
    desk.note(session_ended(&user.name, &ended, ""));
    Ok(done(()))
}

/// Ends everything that a user whom the caller manages has open: every session, every token, every connection. Who knows
/// the password, or has a key or a certificate, may come in anew.
pub struct EndSessionsOfUser {
    /// Whose.
    pub name: UserName,
}

impl Command for EndSessionsOfUser {
    type Operation = UserSessionEnd;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (realm, span) = change_users::<UserSessionEnd>(desk)?;
        let before = span.user(&realm.now(), &self.name)?;
        Authority::of::<UserSessionEnd>(desk).over_user(&before)?;
        let open = realm.now().open_sessions(before.id)?.len();
        let mut after = before.clone();
        after.epoch += 1;
        realm.update_user(&before, &after)?;
        let text = format!("All sessions and connections of the user ended; open sessions: {open}");
        desk.note(Note::new(KIND, "Sessions of user ended", &before.name).text(text));
        Ok(done(()))
    }
}
