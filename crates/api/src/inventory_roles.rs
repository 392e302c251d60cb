//! Inventory roles in the shapes of the API.

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use crate::users::cut;
use crate::versions::expected;
use contract::inventory_roles::{Endpoint, new_role, role_change};
use engine::inventory_roles::{
    CreateInventoryRole, DeleteInventoryRole, FindInventoryRoles, ReadInventoryRole, UpdateInventoryRole,
    WrittenRole,
};
use model::grants::InventoryRole;
use model::ids::InventoryRoleId;
use model::json::{Json, Object};
use model::permissions::Permission;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => find(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
    }
}

fn link(call: &Call, id: InventoryRoleId) -> String {
    call.link(&format!("/user/inventoryroles/{id}"))
}

/// The number of a permission: what it says, as a positive number (FNV-1a), so that it stays the same while others of
/// its role come and go. Nothing is found by it.
fn number_of(permission: &Permission) -> u32 {
    let fnv = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = permission.to_string().bytes().fold(0x811c_9dc5, fnv);
    (hash & 0x7fff_ffff).max(1)
}

/// A role.
pub(crate) fn show(call: &Call, role: &InventoryRole) -> Object {
    let permissions = role.permissions.iter().map(|permission| {
        let mut shown = Object::new();
        shown.set("id", u64::from(number_of(permission)));
        shown.set("scope", permission.scope_text());
        shown.set("type", permission.fragment_text());
        shown.set("permission", permission.level_text());
        Json::Object(shown)
    });
    let mut shown = Object::new();
    shown.set("id", role.id.number());
    shown.set("self", link(call, role.id));
    shown.set("name", role.name.as_str());
    if let Some(description) = &role.description {
        shown.set("description", description.as_str());
    }
    shown.set("permissions", permissions.collect::<Vec<_>>());
    shown
}

async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call.ask(FindInventoryRoles { page: cut(page) }).await?;
    let entries = found.items.iter().map(|role| show(call, role).into()).collect();
    let envelope = page.envelope(call, "roles", entries, found.total);
    Ok(Answer::json(200, "inventoryrolecollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let view = call.ask(ReadInventoryRole(call.id(0)?)).await?;
    Ok(Answer::json(200, "inventoryrole", &show(call, &view.role)).in_state(view.version))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let new = new_role(call.take_body()?).map_err(|bad| Problem::body(&call, &bad))?;
    let command = CreateInventoryRole {
        name: new.name,
        description: new.description,
        permissions: new.permissions,
    };
    let written = call.run(command).await?;
    Ok(show_written(&call, 201, &written).at(link(&call, written.id)))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let change = role_change(call.take_body()?).map_err(|bad| Problem::body(&call, &bad))?;
    let command = UpdateInventoryRole {
        id,
        name: change.name,
        description: change.description,
        permissions: change.permissions,
        expected: expected(&call),
    };
    let written = call.run(command).await?;
    Ok(show_written(&call, 200, &written))
}

/// A role that was written, as far as the caller may read it (R019).
fn show_written(call: &Call, status: u16, written: &WrittenRole) -> Answer {
    let Some(view) = &written.shown else {
        let mut hidden = Object::new();
        hidden.set("id", written.id.number());
        hidden.set("self", link(call, written.id));
        return Answer::json(status, "inventoryrole", &hidden);
    };
    Answer::json(status, "inventoryrole", &show(call, &view.role)).in_state(view.version)
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let command = DeleteInventoryRole {
        id: call.id(0)?,
        expected: expected(call),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}
