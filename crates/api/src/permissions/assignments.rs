//! Inventory roles assigned to a user or group.

use super::holder_link;
use crate::answer::Answer;
use crate::call::Call;
use crate::inventory_roles::show as show_role;
use crate::problem::Problem;
use crate::versions::expected;
use contract::permissions::{RoleNamed as Sent, assignment_change, new_assignment};
use engine::permissions::{
    AssignRoles, AssignedRoles, ChangeAssignment, FindAssignments, Holder, ReadAssignment, RoleNamed,
    Unassign, WrittenAssignment,
};
use model::ids::AssignmentId;
use model::json::{Json, Object};
use model::permissions::object_text;

fn list_link(call: &Call, holder: &Holder) -> String {
    format!("{}/roles/inventory", holder_link(call, holder))
}

/// An assignment, as far as it may be shown.
fn show(call: &Call, holder: &Holder, id: AssignmentId, shown: Option<&AssignedRoles>) -> Object {
    let mut object = Object::new();
    object.set("id", id.number());
    object.set("self", format!("{}/{id}", list_link(call, holder)));
    if let Some(AssignedRoles {
        assignment, roles, ..
    }) = shown
    {
        object.set("managedObject", object_text(assignment.object));
        let roles = roles.iter().map(|role| Json::Object(show_role(call, role)));
        object.set("roles", roles.collect::<Vec<_>>());
    }
    object
}

fn show_whole(call: &Call, holder: &Holder, assigned: &AssignedRoles) -> Object {
    show(call, holder, assigned.assignment.id, Some(assigned))
}

/// What was made or changed; the published answer to both is 200.
fn show_written(call: &Call, holder: &Holder, written: &WrittenAssignment) -> Answer {
    let shown = written.shown.as_deref();
    let answer = Answer::json(200, "inventoryassignment", &show(call, holder, written.id, shown));
    match shown {
        Some(shown) => answer.in_state(shown.version),
        None => answer,
    }
}

pub(super) async fn list(call: &Call, holder: Holder) -> Result<Answer, Problem> {
    let (found, version) = call.ask(FindAssignments(holder.clone())).await?;
    let entries = found
        .iter()
        .map(|one| Json::Object(show_whole(call, &holder, one)));
    let mut shown: Object = [("self", list_link(call, &holder))].into_iter().collect();
    shown.set("inventoryAssignments", entries.collect::<Vec<_>>());
    Ok(Answer::json(200, "inventoryassignmentcollection", &shown).in_state(version))
}

fn assignment_in(call: &Call) -> Result<AssignmentId, Problem> {
    call.id(2)
}

pub(super) async fn read(call: &Call, holder: Holder) -> Result<Answer, Problem> {
    let question = ReadAssignment {
        holder: holder.clone(),
        id: assignment_in(call)?,
    };
    let found = call.ask(question).await?;
    let shown = show_whole(call, &holder, &found);
    Ok(Answer::json(200, "inventoryassignment", &shown).in_state(found.version))
}

fn named(sent: Vec<Sent>) -> Vec<RoleNamed> {
    let named = sent.into_iter().map(|role| match role {
        Sent::Id(id) => RoleNamed::Id(id),
        Sent::Name(name) => RoleNamed::Name(name),
    });
    named.collect()
}

pub(super) async fn assign(mut call: Call, holder: Holder) -> Result<Answer, Problem> {
    let new = new_assignment(call.take_body()?).map_err(|bad| Problem::body(&call, &bad))?;
    let command = AssignRoles {
        holder: holder.clone(),
        object: new.object,
        roles: named(new.roles),
        expected: expected(&call),
    };
    let written = call.run(command).await?;
    let at = format!("{}/{}", list_link(&call, &holder), written.id);
    Ok(show_written(&call, &holder, &written).at(at))
}

pub(super) async fn change(mut call: Call, holder: Holder) -> Result<Answer, Problem> {
    let id = assignment_in(&call)?;
    let change = assignment_change(call.take_body()?).map_err(|bad| Problem::body(&call, &bad))?;
    let command = ChangeAssignment {
        holder: holder.clone(),
        id,
        object: change.object,
        roles: named(change.roles),
        expected: expected(&call),
    };
    let written = call.run(command).await?;
    Ok(show_written(&call, &holder, &written))
}

pub(super) async fn unassign(call: &Call, holder: Holder) -> Result<Answer, Problem> {
    let command = Unassign {
        holder,
        id: assignment_in(call)?,
        expected: expected(call),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}
