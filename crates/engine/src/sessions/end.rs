//! Ending the session that one came in with, and all of a tenant.

use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::Refusal;
use crate::work::{Command, Then, done};
use model::limits::ENDED_SESSIONS_MAX;
use policy::operations::sessions::{SessionEnd, SessionEndAll};
use store::sessions::EndedSession;

/// Ends the session that the caller came in with. Who came in otherwise has none to end.
pub struct EndSession;

impl Command for EndSession {
    type Operation = SessionEnd;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<SessionEnd>()?);
        let who = desk.caller().identity();
        let Some(session) = who.came.session else {
            return Ok(done(()));
        };
        if who.came.certificate.is_none() {
            let mut open = realm.now().open_sessions(who.principal)?;
            open.retain(|open| open.id != session.id.0);
            realm.put_open_sessions(who.principal, open)?;
            desk.note(Note::new("UserAuthentication", "Session ended", &who.name));
            return Ok(done(()));
        }
        let mut ended = realm.now().ended_sessions(who.principal)?;
        ended.retain(|ended| ended.expires > desk.now());
        if ended.len() < ENDED_SESSIONS_MAX {
            ended.push(EndedSession {
                id: session.id.0,
                expires: session.expires,
            });
        } else {
            // More than are remembered: all of this device end, which ends this one too.
            ended.clear();
            let before = realm.now().user(who.principal)?.ok_or(Refusal::NotSignedIn)?;
            let mut after = before.clone();
            after.epoch += 1;
            realm.update_user(&before, &after)?;
        }
        realm.put_ended_sessions(who.principal, ended)?;
        desk.note(Note::new("UserAuthentication", "Session ended", &who.name));
        Ok(done(()))
    }
}

/// Ends every session of the tenant, the caller's own included. Basic and keys of services are not concerned.
pub struct EndAllSessions;

impl Command for EndAllSessions {
    type Operation = SessionEndAll;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<SessionEndAll>()?);
        realm.put_token_keys(Vec::new())?;
        desk.note(Note::new(
            "UserAuthentication",
            "All sessions ended",
            desk.caller().tenant_id(),
        ));
        Ok(done(()))
    }
}
