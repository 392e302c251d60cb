//! One's own user, in two shapes: `currentuser`, or `user` for clients that accept that.

use super::show::{hidden, show_own, show_user, user_link};
use super::{bad, profile_change, show_applications};
use crate::answer::Answer;
use crate::call::Call;
use crate::cookies;
use crate::problem::Problem;
use contract::users::{own_change, own_phone, password_change};
use engine::profile::{ReadOwn, UpdateOwn};
use engine::users::{UserView, WrittenUser};
use model::json::Object;

/// Whether the client asks for the shape of user management. The name of the other type ends in the same letters.
fn wants_user(call: &Call) -> bool {
    call.accept
        .as_deref()
        .is_some_and(|accept| accept.contains("cumulocity.user+json"))
}

fn show(call: &Call, view: &UserView) -> (&'static str, Object) {
    let (media, mut shown) = if wants_user(call) {
        ("user", show_user(call, view))
    } else {
        ("currentuser", show_own(call, view))
    };
    if call.caller.as_ref().is_some_and(|caller| caller.password_due()) {
        shown.set("shouldResetPassword", true);
    }
    (media, shown)
}

pub(super) async fn read(call: &Call) -> Result<Answer, Problem> {
    let view = call.ask(ReadOwn).await?;
    let (media, mut object) = show(call, &view);
    if wants_user(call) {
        show_applications(call, &view, &mut object).await?;
    }
    Ok(Answer::json(200, media, &object))
}

pub(super) async fn change(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let change = own_change(body).map_err(bad(&call))?;
    let command = UpdateOwn(profile_change(change.profile, change.language));
    let written = call.run(command).await?;
    let (media, object) = show_written(&call, &written);
    Ok(Answer::json(200, media, &object))
}

pub(super) async fn change_phone(mut call: Call) -> Result<Answer, Problem> {
    let phone = own_phone(call.take_body()?).map_err(bad(&call))?;
    call.run(UpdateOwn(profile_change(phone, None))).await?;
    Ok(Answer::nothing(200))
}

/// Without the right to read oneself nothing of what is stored comes back (R019).
fn show_written(call: &Call, written: &WrittenUser) -> (&'static str, Object) {
    match &written.shown {
        Some(view) => show(call, view),
        None if wants_user(call) => ("user", hidden(&written.name, user_link(call, &written.name))),
        None => (
            "currentuser",
            hidden(&written.name, call.link("/user/currentUser")),
        ),
    }
}

pub(super) async fn change_password(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let change = password_change(body).map_err(bad(&call))?;
    let changed = call
        .door()
        .change_own_password(call.caller()?, change.current, &change.new, call.agent.clone())
        .await;
    let answer = Answer::nothing(200);
    match changed.map_err(call.refused())? {
        Some(session) => Ok(cookies::set(answer, &session)),
        None => Ok(answer),
    }
}
