//! Groups of users ("global roles" in consoles) and their members.

use super::show::{group_link, member_link, reference, show_group, show_user, show_written};
use super::{bad, cut, user_in};
use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use crate::versions::expected;
use contract::users::{group_change, new_group, user_reference};
use engine::groups::{
    AddMember, CreateGroup, DeleteGroup, FindGroups, FindMembers, GroupView, GroupsOfUser, ReadGroup,
    ReadGroupNamed, RemoveMember, UpdateGroup, WrittenGroup,
};
use engine::refusal::{Missing, Refusal};
use model::ids::GroupId;
use model::json::{Json, Object};

/// The group named in the path. What can be no id is answered like a group that is not there.
pub(crate) fn group_in(call: &Call) -> Result<GroupId, Problem> {
    let text = call.part(1);
    let missing = |_| {
        Problem::refused(
            call.endpoint,
            Refusal::Missing(Missing::GroupNamed(text.to_owned())),
        )
    };
    text.parse().map_err(missing)
}

pub(super) async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call.ask(FindGroups { page: cut(page) }).await?;
    let entries = found
        .items
        .iter()
        .map(|group| show_group(call, group).into())
        .collect();
    Ok(Answer::json(
        200,
        "groupcollection",
        &page.envelope(call, "groups", entries, found.total),
    ))
}

pub(super) async fn read(call: &Call) -> Result<Answer, Problem> {
    let question = ReadGroup { id: group_in(call)? };
    let group = call.ask(question).await?;
    Ok(Answer::json(200, "group", &show_group(call, &group)).in_state(group.version))
}

pub(super) async fn read_named(call: &Call) -> Result<Answer, Problem> {
    let question = ReadGroupNamed {
        name: call.part(1).to_owned(),
    };
    let group = call.ask(question).await?;
    Ok(Answer::json(200, "group", &show_group(call, &group)).in_state(group.version))
}

pub(super) async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_group(body).map_err(bad(&call))?;
    let command = CreateGroup {
        name: new.name,
        description: new.description,
        custom_properties: new.custom_properties,
        roles: new.roles,
    };
    let written = call.run(command).await?;
    Ok(show(&call, 201, &written).at(group_link(&call, written.id)))
}

pub(super) async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = group_in(&call)?;
    let body = call.take_body()?;
    let change = group_change(body).map_err(bad(&call))?;
    let command = UpdateGroup {
        id,
        name: change.name,
        description: change.description,
        custom_properties: change.custom_properties,
        permissions: change.device_permissions,
        expected: expected(&call),
    };
    let written = call.run(command).await?;
    Ok(show(&call, 200, &written))
}

/// A group that was written, as far as the caller may read it (R019).
fn show(call: &Call, status: u16, written: &WrittenGroup) -> Answer {
    let object = match &written.shown {
        Some(group) => show_group(call, group),
        None => {
            let mut object = Object::new();
            object.set("id", written.id.number());
            object.set("self", group_link(call, written.id));
            object
        }
    };
    let answer = Answer::json(status, "group", &object);
    match &written.shown {
        Some(view) => answer.in_state(view.version),
        None => answer,
    }
}

pub(super) async fn delete(call: &Call) -> Result<Answer, Problem> {
    let command = DeleteGroup {
        id: group_in(call)?,
        expected: expected(call),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

pub(super) async fn members(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let group = group_in(call)?;
    let question = FindMembers {
        group,
        page: cut(page),
    };
    let found = call.ask(question).await?;
    let entry = |view: &engine::users::UserView| -> Json {
        reference(
            member_link(call, group, &view.user.name),
            "user",
            show_user(call, view),
        )
        .into()
    };
    let entries = found.items.iter().map(entry).collect();
    let envelope = page.envelope(call, "references", entries, found.total);
    Ok(Answer::json(200, "userreferencecollection", &envelope))
}

pub(super) async fn add_member(mut call: Call) -> Result<Answer, Problem> {
    let group = group_in(&call)?;
    let body = call.take_body()?;
    let user = user_reference(body).map_err(bad(&call))?;
    let at = member_link(&call, group, &user);
    let written = call.run(AddMember { group, user }).await?;
    let entry = reference(at.clone(), "user", show_written(&call, &written));
    Ok(Answer::json(201, "userreference", &entry).at(at))
}

pub(super) async fn remove_member(call: &Call) -> Result<Answer, Problem> {
    let command = RemoveMember {
        group: group_in(call)?,
        user: user_in(call, 2)?,
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

/// The groups of the user named in the path.
pub(super) async fn of_user(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let user = user_in(call, 1)?;
    let question = GroupsOfUser {
        user: user.clone(),
        page: cut(page),
    };
    let found = call.ask(question).await?;
    let entry = |view: &GroupView| -> Json {
        let at = member_link(call, view.group.id, &user);
        reference(at, "group", show_group(call, view)).into()
    };
    let entries = found.items.iter().map(entry).collect();
    let envelope = page.envelope(call, "references", entries, found.total);
    Ok(Answer::json(200, "groupreferencecollection", &envelope))
}
