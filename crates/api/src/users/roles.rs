//! Roles: which there are, and who holds them directly.

use super::groups::group_in;
use super::show::{group_link, role_reference, show_role, user_link};
use super::{bad, cut, user_in};
use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use engine::page::Listed;
use engine::refusal::{Missing, Refusal};
use engine::roles::{
    FindRoles, GiveRoleToGroup, GiveRoleToUser, ReadRole, RolesOfGroup, RolesOfUser, TakeRoleFromGroup,
    TakeRoleFromUser,
};
use model::roles::AnyRole;

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call.ask(FindRoles { page: cut(page) }).await?;
    let entries = found
        .items
        .iter()
        .map(|role| show_role(call, role.name()).into())
        .collect();
    Ok(Answer::json(
        200,
        "rolecollection",
        &page.envelope(call, "roles", entries, found.total),
    ))
}

pub(super) async fn read(call: &Call) -> Result<Answer, Problem> {
    let question = ReadRole {
        name: call.part(0).to_owned(),
    };
    let role = call.ask(question).await?;
    Ok(Answer::json(200, "role", &show_role(call, role.name())))
}

/// The roles that the user named in the path holds directly.
pub(super) async fn of_user(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let user = user_in(call, 1)?;
    let holder = user_link(call, &user);
    let question = RolesOfUser {
        user,
        page: cut(page),
    };
    let found = call.ask(question).await?;
    Ok(references(call, page, &holder, &found))
}

/// The roles of the group named in the path.
pub(super) async fn of_group(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let group = group_in(call)?;
    let question = RolesOfGroup {
        group,
        page: cut(page),
    };
    let found = call.ask(question).await?;
    Ok(references(call, page, &group_link(call, group), &found))
}

fn references(call: &Call, page: Page, holder: &str, found: &Listed<AnyRole>) -> Answer {
    let entries = found
        .items
        .iter()
        .map(|role| role_reference(call, holder, role.name()).into())
        .collect();
    let envelope = page.envelope(call, "references", entries, found.total);
    Answer::json(200, "rolereferencecollection", &envelope)
}

pub(super) async fn give_to_user(mut call: Call) -> Result<Answer, Problem> {
    let user = user_in(&call, 1)?;
    let role = role_in_body(&mut call)?;
    let holder = user_link(&call, &user);
    let named = role.clone();
    call.run(GiveRoleToUser { user, role }).await?;
    Ok(given(&call, &holder, &named))
}

pub(super) async fn give_to_group(mut call: Call) -> Result<Answer, Problem> {
    let group = group_in(&call)?;
    let role = role_in_body(&mut call)?;
    let named = role.clone();
    call.run(GiveRoleToGroup { group, role }).await?;
    Ok(given(&call, &group_link(&call, group), &named))
}

fn role_in_body(call: &mut Call) -> Result<AnyRole, Problem> {
    let body = call.take_body()?;
    contract::users::role_reference(body).map_err(bad(call))
}

/// The role that was given: nothing that the client did not send.
fn given(call: &Call, holder: &str, role: &AnyRole) -> Answer {
    let answer = Answer::json(201, "rolereference", &role_reference(call, holder, role.name()));
    answer.at(format!("{holder}/roles/{role}"))
}

pub(super) async fn take_from_user(call: &Call) -> Result<Answer, Problem> {
    let command = TakeRoleFromUser {
        user: user_in(call, 1)?,
        role: role_in_path(call)?,
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

pub(super) async fn take_from_group(call: &Call) -> Result<Answer, Problem> {
    let command = TakeRoleFromGroup {
        group: group_in(call)?,
        role: role_in_path(call)?,
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

fn role_in_path(call: &Call) -> Result<AnyRole, Problem> {
    let text = call.part(2);
    text.parse()
        .map_err(|_| Problem::refused(call.endpoint, Refusal::Missing(Missing::Role(text.to_owned()))))
}
