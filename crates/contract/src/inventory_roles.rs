//! Endpoints of inventory roles, and what their bodies say.

use crate::body::{BadBody, array, object, require, text};
use crate::endpoint::{Body, PAGING, answer, endpoints, nothing};
use crate::users::bodies::changed_text;
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, INVENTORY_ROLE_PERMISSIONS_MAX};
use model::permissions::Permission;
use policy::operations::permissions as does;

const BODY: Body = Body {
    media: &["inventoryrole"],
    schema: "InventoryRole",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/user/inventoryroles" does does::InventoryRoleRead {
        query: &[PAGING],
        answer: answer(200, "inventoryrolecollection", "InventoryRoleCollection"),
        errors: &[403, 422],
        about: "List inventory roles.",
    }
    Create = Post "/user/inventoryroles" does does::InventoryRoleAdmin {
        body: BODY,
        answer: answer(201, "inventoryrole", "InventoryRole"),
        errors: &[400, 403, 409, 413, 422],
        about: "Create an inventory role.",
    }
    Read = Get "/user/inventoryroles/{id}" does does::InventoryRoleRead {
        answer: answer(200, "inventoryrole", "InventoryRole"),
        errors: &[403, 404],
        about: "Read an inventory role.",
    }
    Update = Put "/user/inventoryroles/{id}" does does::InventoryRoleAdmin {
        body: BODY,
        answer: answer(200, "inventoryrole", "InventoryRole"),
        errors: &[400, 403, 404, 409, 412, 413, 422],
        about: "Change an inventory role, for everybody who holds it: whoever does must hold what changes.",
    }
    Delete = Delete "/user/inventoryroles/{id}" does does::InventoryRoleAdmin {
        answer: nothing(204),
        errors: &[403, 404, 412, 422],
        about: "Delete an inventory role; whoever it was assigned to loses what it gave.",
    }
}

/// An inventory role to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows.
    pub permissions: Vec<Permission>,
}

/// A change of an inventory role: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleChange {
    /// A new name.
    pub name: Option<String>,
    /// A new description, or its removal.
    pub description: Option<Option<String>>,
    /// What it allows, all of it.
    pub permissions: Option<Vec<Permission>>,
}

/// An inventory role as a client sends it.
pub fn new_role(body: Json) -> Result<NewRole, BadBody> {
    let body = object(body)?;
    require(&body, &["name", "permissions"])?;
    let change = change_in(&body)?;
    Ok(NewRole {
        name: change.name.ok_or(BadBody::Missing(vec!["name"]))?,
        description: change.description.flatten(),
        permissions: change.permissions.unwrap_or_default(),
    })
}

/// A change of an inventory role.
pub fn role_change(body: Json) -> Result<RoleChange, BadBody> {
    change_in(&object(body)?)
}

fn change_in(body: &Object) -> Result<RoleChange, BadBody> {
    let permissions = array(body, "permissions", INVENTORY_ROLE_PERMISSIONS_MAX)?;
    Ok(RoleChange {
        name: text(body, "name")?.map(name).transpose()?,
        description: changed_text(body, "description")?,
        permissions: permissions
            .map(|all| all.iter().map(permission).collect())
            .transpose()?,
    })
}

fn name(text: &str) -> Result<String, BadBody> {
    let fits = (1..=254).contains(&text.chars().count()) && text.trim() == text;
    if !fits || text.chars().any(char::is_control) {
        return Err(BadBody::Rule {
            property: "name".to_owned(),
            rule: "1 to 254 characters, no control character, and no space at its ends",
        });
    }
    Ok(text.to_owned())
}

/// `{"scope": …, "type": …, "permission": …}`; the number that an answer gives it is its place, and not read.
fn permission(json: &Json) -> Result<Permission, BadBody> {
    let json = json.as_object().ok_or(BadBody::WrongType {
        property: "permissions".to_owned(),
        expected: "an array of objects",
    })?;
    require(json, &["scope", "type", "permission"])?;
    let part = |name| text(json, name).map(Option::unwrap_or_default);
    Permission::of_parts(part("scope")?, part("type")?, part("permission")?).map_err(|bad| {
        BadBody::Permission {
            property: "permissions",
            bad,
        }
    })
}
