//! Giving the people of the fleet their roles and rules. What is there already stays as it is: somebody may have changed it.

use crate::documents::SIMULATED;
use crate::people::{GROUPS, PEOPLE, Person, ROLES};
use crate::server::{Line, Trouble, list_at, text_at, unless_there};
use model::names::TenantId;
use serde_json::{Map, json};
use std::collections::HashMap;

/// Ids of groups of devices by their names.
type Assets = HashMap<String, String>;

/// Makes groups of users and inventory roles, and gives them to the people.
pub(crate) async fn admit(line: &mut Line, tenant: &TenantId, assets: &Assets) -> Result<(), Trouble> {
    for (name, description, roles) in GROUPS {
        let group = json!({ "name": name, "description": description });
        let made = line.post(&format!("/user/{tenant}/groups"), &group).await;
        let Some(made) = unless_there(made)? else { continue };
        let path = format!("/user/{tenant}/groups/{}/roles", text_at(&made, "/id")?);
        for role in roles {
            let reference = json!({ "role": { "self": format!("/user/roles/{role}") } });
            line.post(&path, &reference).await?;
        }
    }
    for (name, description, permissions) in ROLES {
        let permissions: Vec<_> = permissions
            .iter()
            .map(|[scope, fragment, level]| json!({ "scope": scope, "type": fragment, "permission": level }))
            .collect();
        let role = json!({ "name": name, "description": description, "permissions": permissions });
        unless_there(line.post("/user/inventoryroles", &role).await)?;
    }
    for person in &PEOPLE {
        admit_one(line, tenant, assets, person).await?;
    }
    Ok(())
}

async fn admit_one(
    line: &mut Line,
    tenant: &TenantId,
    assets: &Assets,
    person: &Person,
) -> Result<(), Trouble> {
    let user = format!("/user/{tenant}/users/{}", person.name);
    let found = line.get(&user).await?;
    // Somebody of that name who was there before gets no rights from here.
    let noted = found.get("customProperties");
    if noted.and_then(|noted| noted.get(SIMULATED)).is_none() {
        return Ok(());
    }
    // Whoever is in a group has been set up.
    if !list_at(&line.get(&format!("{user}/groups")).await?, "references").is_empty() {
        return Ok(());
    }
    for (asset, permissions) in person.rules {
        let Some(id) = assets.get(*asset) else { continue };
        let mut on_asset = Map::new();
        on_asset.insert(id.clone(), json!(permissions));
        let change = json!({ "users": [{ "userName": person.name, "devicePermissions": on_asset }] });
        line.put(&format!("/user/devicePermissions/{id}"), &change)
            .await?;
    }
    for (role, asset) in person.assigned {
        let Some(id) = assets.get(*asset) else { continue };
        let assignment = json!({ "managedObject": id, "roles": [{ "name": role }] });
        line.post(&format!("{user}/roles/inventory"), &assignment).await?;
    }
    let name = encoded(person.group);
    let group = line.get(&format!("/user/{tenant}/groupByName/{name}")).await?;
    let path = format!("/user/{tenant}/groups/{}/users", text_at(&group, "/id")?);
    line.post(&path, &json!({ "user": { "self": user } })).await?;
    Ok(())
}

/// A name as a segment of a path; our names need no more.
fn encoded(name: &str) -> String {
    name.replace(' ', "%20").replace('(', "%28").replace(')', "%29")
}
