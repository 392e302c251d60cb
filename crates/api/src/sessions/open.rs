//! The open sessions of users: one's own, and those of others.

use crate::answer::Answer;
use crate::call::Call;
use crate::links::segment;
use crate::problem::Problem;
use crate::users::{check_tenant, user_in};
use contract::sessions::Endpoint;
use engine::refusal::{Missing, Refusal};
use engine::sessions::{
    EndOthers, EndOwnSession, EndSessionsOfUser, EndUserSession, ReadOwnSessions, ReadUserSessions,
    SessionId, SessionView, UserSessions,
};
use model::json::{Json, Object};
use model::names::UserName;

pub(super) async fn handle(endpoint: Endpoint, call: &Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::ListOwn => {
            let found = call.ask(ReadOwnSessions).await?;
            return Ok(show(&call.link("/user/currentUser/sessions"), &found));
        }
        Endpoint::EndOthers => call.run(EndOthers).await?,
        Endpoint::EndOwn => call.run(EndOwnSession(session_in(call, 0)?)).await?,
        of_user => {
            check_tenant(call)?;
            let name = user_in(call, 1)?;
            return handle_of_user(of_user, call, name).await;
        }
    }
    Ok(Answer::nothing(204))
}

async fn handle_of_user(endpoint: Endpoint, call: &Call, name: UserName) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::ListOfUser => {
            let at = format!("/user/{}/users/{}/sessions", call.part(0), segment(name.as_str()));
            let found = call.ask(ReadUserSessions { name }).await?;
            return Ok(show(&call.link(&at), &found));
        }
        Endpoint::EndAllOfUser => call.run(EndSessionsOfUser { name }).await?,
        Endpoint::EndOfUser => {
            let session = session_in(call, 2)?;
            call.run(EndUserSession { name, session }).await?;
        }
        _ => return Err(Problem::unknown_path()),
    }
    Ok(Answer::nothing(204))
}

/// What can be no id is that of no session.
fn session_in(call: &Call, place: usize) -> Result<SessionId, Problem> {
    let text = call.part(place);
    let missing = |_| Refusal::Missing(Missing::Session(text.to_owned()));
    text.parse()
        .map_err(|bad| Problem::refused(call.endpoint, missing(bad)))
}

fn show(at: &str, found: &UserSessions) -> Answer {
    let open = found
        .open
        .iter()
        .map(|session| Json::Object(show_session(at, session)));
    let mut shown = Object::new();
    shown.set("self", at);
    shown.set("sessions", open.collect::<Vec<_>>());
    if let Some(last) = found.last {
        let mut of_last = Object::new();
        of_last.set("time", last.at.to_string());
        of_last.set("way", last.way.name());
        shown.set("lastSignIn", of_last);
    }
    Answer::json(200, "application/json", &shown)
}

fn show_session(at: &str, session: &SessionView) -> Object {
    let mut shown = Object::new();
    shown.set("id", session.id.to_string());
    shown.set("self", format!("{at}/{}", session.id));
    shown.set("creationTime", session.opened.to_string());
    shown.set("expirationTime", session.expires.to_string());
    shown.set("way", session.way.name());
    shown.set("address", session.address.to_string());
    if let Some(agent) = &session.agent {
        shown.set("userAgent", agent.as_str());
    }
    shown.set("lastUsed", session.used.to_string());
    shown.set("lastAddress", session.used_from.to_string());
    shown.set("current", session.is_own);
    shown
}
