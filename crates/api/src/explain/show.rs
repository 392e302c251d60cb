//! Explanations in the shape of the API.

use engine::explain::{
    ActionTold, Change, Cover, Effect, GrantTold, GroupTold, ObjectTold, Remedy, RoleTold, Why,
};
use model::json::{Json, Object};
use model::permissions::{Rule, Select};
use model::roles::Role;

/// A list of texts.
pub(super) fn texts(texts: impl Iterator<Item = String>) -> Json {
    Json::Array(texts.map(Json::String).collect())
}

/// Roles by their names.
pub(super) fn names(roles: &[Role]) -> Json {
    texts(roles.iter().map(|role| role.name().to_owned()))
}

/// Fragments: `*`, or their names.
pub(super) fn show_cover(cover: &Cover) -> Json {
    match cover.all {
        true => Json::from("*"),
        false => texts(cover.names.iter().map(|name| name.to_string())),
    }
}

pub(super) fn show_object(object: &ObjectTold) -> Object {
    let mut shown: Object = [("id", object.id.to_string())].into_iter().collect();
    if let Some(name) = &object.name {
        shown.set("name", name.as_str());
    }
    shown
}

pub(super) fn show_group(group: &GroupTold) -> Object {
    let mut shown: Object = [("id", group.id.number())].into_iter().collect();
    if let Some(name) = &group.name {
        shown.set("name", name.as_str());
    }
    shown
}

pub(super) fn show_role(role: &RoleTold) -> Object {
    let mut shown: Object = [("name", role.role.name())].into_iter().collect();
    shown.set("directly", role.directly);
    let groups: Vec<Json> = role.groups.iter().map(|group| show_group(group).into()).collect();
    shown.set("groups", groups);
    if role.own_only {
        shown.set("ownOnly", true);
    }
    shown
}

/// A permission; on an object that the caller cannot know of, without it.
pub(super) fn show_grant(grant: &GrantTold) -> Object {
    let mut shown = Object::new();
    let object = match &grant.object {
        Select::All => Some(Select::All),
        Select::One(known) => known.as_ref().map(|object| Select::One(object.id)),
    };
    if let Some(object) = object {
        let permission = grant.permission.clone();
        shown.set("rule", Rule { object, permission }.to_string());
    }
    shown.set("permission", grant.permission.to_string());
    if let Select::One(Some(object)) = &grant.object {
        shown.set("managedObject", show_object(object));
    }
    shown.set("inherited", grant.is_inherited);
    if let Some(group) = &grant.group {
        shown.set("group", show_group(group));
    }
    if let Some((id, name, assignment)) = &grant.role {
        let mut role: Object = [("id", id.number())].into_iter().collect();
        if let Some(name) = name {
            role.set("name", name.as_str());
        }
        role.set("assignment", assignment.number());
        shown.set("inventoryRole", role);
    }
    shown
}

pub(super) fn show_why(because: &[Why]) -> Json {
    let one = |why: &Why| {
        let mut shown = Object::new();
        match why {
            Why::Role(role) => {
                shown.set("type", "role");
                shown.set("role", show_role(role));
            }
            Why::Owner => shown.set("type", "owner"),
            Why::OwnerAbove(object) => {
                shown.set("type", "ownerAbove");
                if let Some(object) = object {
                    shown.set("managedObject", show_object(object));
                }
            }
            Why::Permission(grant) => {
                shown.set("type", "permission");
                shown.set("rule", show_grant(grant));
            }
            Why::Global => shown.set("type", "c8y_Global"),
            Why::Lent(operation) => {
                shown.set("type", "lent");
                if let Some(operation) = operation {
                    shown.set("operationId", operation.to_string());
                }
            }
        }
        Json::Object(shown)
    };
    Json::Array(because.iter().map(one).collect())
}

pub(super) fn show_action(told: &ActionTold) -> Object {
    let action = told.action;
    let mut shown: Object = [("action", action.name)].into_iter().collect();
    if let Some(operation) = action.operation {
        shown.set("operation", operation);
    }
    shown.set("scope", action.scope.name());
    shown.set("permission", action.level.name());
    shown.set("allowed", told.allowed);
    shown.set("fragments", show_cover(&told.fragments));
    shown.set("because", show_why(&told.because));
    if !told.not_enough.is_empty() {
        let grants: Vec<Json> = told
            .not_enough
            .iter()
            .map(|grant| show_grant(grant).into())
            .collect();
        shown.set("notEnough", grants);
    }
    if let Some(remedy) = &told.remedy {
        shown.set("wouldGrant", show_remedy(remedy));
    }
    shown
}

fn show_remedy(remedy: &Remedy) -> Object {
    let mut shown: Object = [("anyRole", names(remedy.roles))].into_iter().collect();
    shown.set("rules", texts(remedy.rules.iter().map(Rule::to_string)));
    shown.set("ownership", remedy.ownership);
    shown.set("c8y_Global", remedy.global);
    shown
}

pub(super) fn show_change(change: &Change) -> Object {
    let mut shown: Object = [("scope", change.scope.name())].into_iter().collect();
    shown.set("permission", change.level.name());
    shown.set("gained", show_effect(&change.gained));
    shown.set("lost", show_effect(&change.lost));
    shown
}

fn show_effect(effect: &Effect) -> Object {
    let mut shown: Object = [("objects", effect.objects), ("inherited", effect.inherited)]
        .into_iter()
        .collect();
    let first: Vec<Json> = effect
        .first
        .iter()
        .map(|object| show_object(object).into())
        .collect();
    shown.set("managedObjects", first);
    shown
}
