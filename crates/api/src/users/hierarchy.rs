//! The hierarchy of user management: who is above a user, and to whom users below are lent.

use super::{bad, user_in};
use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use contract::users::{delegation_change, owner_change};
use engine::users::{ChangeDelegation, ChangeOwner};
use model::json::Object;
use model::names::UserName;

pub(super) async fn set_owner(mut call: Call) -> Result<Answer, Problem> {
    let user = user_in(&call, 1)?;
    let body = call.take_body()?;
    let owner = owner_change(body).map_err(bad(&call))?;
    let command = ChangeOwner {
        user,
        owner: Some(owner.clone()),
    };
    call.run(command).await?;
    Ok(done("userownerreference", "owner", &owner))
}

pub(super) async fn remove_owner(call: &Call) -> Result<Answer, Problem> {
    let user = user_in(call, 1)?;
    call.run(ChangeOwner { user, owner: None }).await?;
    Ok(Answer::nothing(204))
}

pub(super) async fn set_delegate(mut call: Call) -> Result<Answer, Problem> {
    let delegate = user_in(&call, 1)?;
    let body = call.take_body()?;
    let by = delegation_change(body).map_err(bad(&call))?;
    let command = ChangeDelegation {
        delegate,
        by: Some(by.clone()),
    };
    call.run(command).await?;
    Ok(done("userdelegatedbyreference", "delegatedBy", &by))
}

pub(super) async fn remove_delegate(call: &Call) -> Result<Answer, Problem> {
    let delegate = user_in(call, 1)?;
    call.run(ChangeDelegation { delegate, by: None }).await?;
    Ok(Answer::nothing(204))
}

/// What was set: nothing that the client did not send.
fn done(media: &'static str, property: &str, name: &UserName) -> Answer {
    let shown: Object = [(property, name.to_string())].into_iter().collect();
    Answer::json(200, media, &shown)
}
