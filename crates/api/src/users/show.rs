//! Users, groups and roles in the shape of the API.

use crate::call::Call;
use crate::links::segment;
use crate::permissions::device_permissions;
use engine::groups::GroupView;
use engine::users::{UserView, WrittenUser};
use model::ids::GroupId;
use model::json::{Json, Object};
use model::names::UserName;
use model::roles::{ApplicationRole, Role};
use model::users::User;
use std::collections::BTreeSet;

/// The link of something of the caller's tenant in user management.
fn link(call: &Call, path: &str) -> String {
    // Only signed-in callers get this far; a link is all that depends on it.
    let tenant = call
        .caller
        .as_ref()
        .map_or("", |caller| caller.tenant_id().as_str());
    call.link(&format!("/user/{tenant}/{path}"))
}

/// The link of a user.
pub(crate) fn user_link(call: &Call, name: &UserName) -> String {
    link(call, &format!("users/{}", segment(name.as_str())))
}

/// The link of a group.
pub(crate) fn group_link(call: &Call, id: GroupId) -> String {
    link(call, &format!("groups/{id}"))
}

/// The link of the edge between a group and a member.
pub(super) fn member_link(call: &Call, group: GroupId, user: &UserName) -> String {
    format!("{}/users/{}", group_link(call, group), segment(user.as_str()))
}

/// A user with its groups and roles.
pub(crate) fn show_user(call: &Call, view: &UserView) -> Object {
    let user = &view.user;
    let at = user_link(call, &user.name);
    let mut shown = identity(user, at.clone());
    show_profile(&mut shown, user);
    shown.set("enabled", user.enabled);
    shown.set("newsletter", user.newsletter);
    shown.set("sendPasswordResetEmail", false);
    shown.set("supportUserEnabled", false);
    show_credential(&mut shown, view);
    if let Some(owner) = &view.owner {
        shown.set("owner", owner.as_str());
    }
    if let Some(by) = &view.delegated_by {
        shown.set("delegatedBy", by.as_str());
    }
    if let Some(count) = view.users_below {
        shown.set("subusersCount", count as u64);
    }
    let groups = view.groups.iter().map(|group| {
        let at = member_link(call, group.group.id, &user.name);
        reference(at, "group", show_group(call, group))
    });
    shown.set("groups", container(format!("{at}/groups"), groups.collect()));
    let held = named(&user.roles, &view.application_roles);
    shown.set("roles", roles(call, &at, held));
    shown.set("applications", Vec::new());
    shown.set("customProperties", user.custom_properties.clone());
    shown
}

/// One's own user, with every role that it holds.
pub(super) fn show_own(call: &Call, view: &UserView) -> Object {
    let user = &view.user;
    let mut shown = identity(user, call.link("/user/currentUser"));
    show_profile(&mut shown, user);
    show_credential(&mut shown, view);
    let roles = named(&view.effective_roles, &view.effective_application_roles);
    let roles: Vec<Json> = roles.map(|role| show_role(call, role).into()).collect();
    shown.set("effectiveRoles", roles);
    shown
}

/// A user that was written, as far as the caller may read it: an ADMIN without READ gets no stored data back (R019).
pub(super) fn show_written(call: &Call, written: &WrittenUser) -> Object {
    match &written.shown {
        Some(view) => show_user(call, view),
        None => hidden(&written.name, user_link(call, &written.name)),
    }
}

/// A user of whom the caller learns nothing.
pub(super) fn hidden(name: &UserName, at: String) -> Object {
    [("id", name.to_string()), ("self", at)].into_iter().collect()
}

fn identity(user: &User, at: String) -> Object {
    [
        ("id", user.name.to_string()),
        ("self", at),
        ("userName", user.name.to_string()),
    ]
    .into_iter()
    .collect()
}

fn show_profile(shown: &mut Object, user: &User) {
    let texts = [
        ("firstName", &user.first_name),
        ("lastName", &user.last_name),
        ("displayName", &user.display_name),
        ("email", &user.email),
        ("phone", &user.phone),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            shown.set(name, text.as_str());
        }
    }
}

fn show_credential(shown: &mut Object, view: &UserView) {
    if let Some(changed) = view.user.password_changed {
        shown.set("lastPasswordChange", changed.to_string());
    }
    shown.set("shouldResetPassword", view.user.must_change_password);
    // Nobody keeps what would say more: a password that is not strong is refused when it is chosen.
    shown.set("passwordStrength", "GREEN");
    shown.set("twoFactorAuthenticationEnabled", view.second_factor);
    shown.set("devicePermissions", device_permissions(&view.permissions));
}

/// A group with its roles, and where it is read by itself with its first members.
pub(crate) fn show_group(call: &Call, view: &GroupView) -> Object {
    let group = &view.group;
    let at = group_link(call, group.id);
    let mut shown = Object::new();
    shown.set("id", group.id.number());
    shown.set("self", at.clone());
    shown.set("name", group.name.as_str());
    if let Some(description) = &group.description {
        shown.set("description", description.as_str());
    }
    let held = named(&group.roles, &view.application_roles);
    shown.set("roles", roles(call, &at, held));
    shown.set("users", show_members(call, view, &at));
    shown.set("applications", Vec::new());
    shown.set("devicePermissions", device_permissions(&view.permissions));
    shown.set("customProperties", group.custom_properties.clone());
    shown
}

/// The first members of a group, where they are shown with it; all of them are a list of their own, behind the link.
fn show_members(call: &Call, view: &GroupView, group: &str) -> Object {
    let at = format!("{group}/users");
    let Some(members) = &view.members else {
        return [("self", at)].into_iter().collect();
    };
    let member = |user: &User| {
        let mut shown = identity(user, user_link(call, &user.name));
        show_profile(&mut shown, user);
        shown.set("enabled", user.enabled);
        reference(member_link(call, view.group.id, &user.name), "user", shown)
    };
    container(at, members.iter().map(member).collect())
}

/// A role.
pub(crate) fn show_role(call: &Call, role: &str) -> Object {
    let mut shown: Object = [("id", role), ("name", role)].into_iter().collect();
    shown.set("self", call.link(&format!("/user/roles/{role}")));
    shown
}

/// A role by reference, held by what is at this link.
pub(super) fn role_reference(call: &Call, holder: &str, role: &str) -> Object {
    reference(format!("{holder}/roles/{role}"), "role", show_role(call, role))
}

/// The names of roles: those of the platform, then those of microservices.
fn named<'r>(
    own: &'r BTreeSet<Role>,
    of_applications: &'r BTreeSet<ApplicationRole>,
) -> impl Iterator<Item = &'r str> {
    let own = own.iter().map(|role| role.name());
    own.chain(of_applications.iter().map(ApplicationRole::as_str))
}

fn roles<'r>(call: &Call, holder: &str, roles: impl Iterator<Item = &'r str>) -> Object {
    container(
        format!("{holder}/roles"),
        roles.map(|role| role_reference(call, holder, role)).collect(),
    )
}

/// `{"self": …, "<key>": {…}}`: the link is that of the edge, where it can be taken away.
pub(super) fn reference(at: String, key: &str, of: Object) -> Object {
    let mut reference: Object = [("self", at)].into_iter().collect();
    reference.set(key, of);
    reference
}

fn container(at: String, references: Vec<Object>) -> Object {
    let mut container: Object = [("self", at)].into_iter().collect();
    container.set(
        "references",
        references.into_iter().map(Json::Object).collect::<Vec<_>>(),
    );
    container
}
