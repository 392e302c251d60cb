//! Endpoints of users, groups, roles and one's own user, and what their bodies say.

pub(crate) mod bodies;

pub use bodies::{
    GroupChange, NewGroup, NewUser, OwnChange, PasswordChange, Profile, UserChange, delegation_change,
    group_change, new_group, new_user, own_change, owner_change, password_change, role_reference,
    user_change, user_reference,
};

use crate::body::{BadBody, object, require, short_text};
use crate::endpoint::{Answer, Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use model::json::Json;
use model::limits::{BODY_BYTES_MAX, NAME_BYTES_MAX};
use policy::operations::users as does;

const FILTERS: &[Parameter] = &[
    parameter("groups", Kind::List, "Members of one of these groups."),
    parameter(
        "onlyDevices",
        Kind::Bool,
        "Only device users; without it, only others.",
    ),
    parameter("owner", Kind::Text, "Right below this user."),
    parameter("username", Kind::Text, "Names that begin so."),
    parameter(
        "withSubusersCount",
        Kind::Bool,
        "Whether users below are counted.",
    ),
];
const ON_OBJECT: &[Parameter] = &[parameter(
    "moId",
    Kind::Text,
    "Only those on this managed object.",
)];

const fn body(media: &'static [&'static str], schema: &'static str) -> Body {
    Body {
        media,
        schema,
        bytes_max: BODY_BYTES_MAX,
    }
}

endpoints! {
    ReadOwn = Get "/user/currentUser" does does::OwnRead {
        answer: answer(200, "currentuser", "CurrentUser"),
        errors: &[403],
        about: "Read one's own user.",
    }
    UpdateOwn = Put "/user/currentUser" does does::OwnUpdate {
        body: body(&["currentuser"], "CurrentUser"),
        answer: answer(200, "currentuser", "CurrentUser"),
        errors: &[400, 403, 413, 422],
        about: "Change one's own profile.",
    }
    ChangeOwnPassword = Put "/user/currentUser/password" does does::OwnPassword {
        body: body(&["passwordchange"], "PasswordChange"),
        answer: nothing(200),
        errors: &[400, 403, 413, 422, 429],
        about: "Change one's own password.",
    }
    SetOwnPhone = Put "/user/currentUserPhone" does does::OwnUpdate {
        body: body(&["currentuser"], "OwnPhone"),
        answer: nothing(200),
        errors: &[400, 403, 413, 422],
        about: "Change one's own phone number.",
    }
    NewsletterEmails = Get "/user/{tenantId}/users/newsletterEmails" does does::UserRead {
        answer: Answer { status: 200, media: Some("text/plain"), schema: None },
        errors: &[403, 404],
        about: "List the mail addresses of users who want the newsletter, with commas between them.",
    }
    ReadUserPermissions = Get "/user/{tenantId}/users/{userId}/devicePermissions" does does::UserRead {
        query: &[ON_OBJECT],
        answer: answer(200, "application/json", "UserDevicePermissions"),
        errors: &[403, 404],
        about: "Read the permissions that a user itself has, by managed object.",
    }
    ListRoles = Get "/user/roles" does does::RoleRead {
        query: &[PAGING],
        answer: answer(200, "rolecollection", "RoleCollection"),
        errors: &[403, 422],
        about: "List the roles that exist.",
    }
    ReadRole = Get "/user/roles/{name}" does does::RoleRead {
        answer: answer(200, "role", "Role"),
        errors: &[403, 404],
        about: "Read a role.",
    }
    List = Get "/user/{tenantId}/users" does does::UserRead {
        query: &[PAGING, FILTERS],
        answer: answer(200, "usercollection", "UserCollection"),
        errors: &[403, 404, 422],
        about: "List users; device users only when asked for.",
    }
    Create = Post "/user/{tenantId}/users" does does::UserCreate {
        body: body(&["user"], "User"),
        answer: answer(201, "user", "User"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Create a user.",
    }
    Read = Get "/user/{tenantId}/users/{userId}" does does::UserRead {
        answer: answer(200, "user", "User"),
        errors: &[403, 404],
        about: "Read a user.",
    }
    Update = Put "/user/{tenantId}/users/{userId}" does does::UserUpdate {
        body: body(&["user"], "User"),
        answer: answer(200, "user", "User"),
        errors: &[400, 403, 404, 412, 413, 422, 429],
        about: "Change a user.",
    }
    Delete = Delete "/user/{tenantId}/users/{userId}" does does::UserDelete {
        answer: nothing(204),
        errors: &[403, 404, 409, 412, 422],
        about: "Delete a user; what it owned stays, without an owner who could sign in.",
    }
    ChangePassword = Put "/user/{tenantId}/users/{userId}/password" does does::UserPassword {
        body: body(&["passwordchange"], "PasswordChange"),
        answer: nothing(200),
        errors: &[400, 403, 404, 413, 422, 429],
        about: "Set a user's password; the caller's own password is asked for.",
    }
    SetOwner = Put "/user/{tenantId}/users/{userId}/owner" does does::OwnerChange {
        body: body(&["userownerreference"], "UserOwnerReference"),
        answer: answer(200, "userownerreference", "UserOwnerReference"),
        errors: &[400, 403, 404, 413, 422],
        about: "Put a user below another one, which bounds what it holds.",
    }
    RemoveOwner = Delete "/user/{tenantId}/users/{userId}/owner" does does::OwnerChange {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Put a user below nobody.",
    }
    SetDelegate = Put "/user/{tenantId}/users/{userId}/delegatedby" does does::DelegationChange {
        body: body(&["userdelegatedbyreference"], "UserDelegatedByReference"),
        answer: answer(200, "userdelegatedbyreference", "UserDelegatedByReference"),
        errors: &[400, 403, 404, 413, 422],
        about: "Lend the users below somebody to this user, who gives and touches no more than it holds itself.",
    }
    RemoveDelegate = Delete "/user/{tenantId}/users/{userId}/delegatedby" does does::DelegationChange {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Take back what was lent.",
    }
    Privileged = Get "/user/{tenantId}/privileged" does does::PrivilegedRead {
        query: &[PAGING],
        answer: answer(200, "privilegedcollection", "PrivilegedCollection"),
        errors: &[403, 404, 422],
        about: "List who holds rights by which one can gain others, and how.",
    }
    ReadByName = Get "/user/{tenantId}/userByName/{username}" does does::UserRead {
        answer: answer(200, "user", "User"),
        errors: &[403, 404],
        about: "Read a user by name.",
    }
    ListUserGroups = Get "/user/{tenantId}/users/{userId}/groups" does does::GroupRead {
        query: &[PAGING],
        answer: answer(200, "groupreferencecollection", "GroupReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List the groups of a user.",
    }
    ListUserRoles = Get "/user/{tenantId}/users/{userId}/roles" does does::UserRead {
        query: &[PAGING],
        answer: answer(200, "rolereferencecollection", "RoleReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List the roles that a user holds directly.",
    }
    AddUserRole = Post "/user/{tenantId}/users/{userId}/roles" does does::RoleChange {
        body: body(&["rolereference"], "RoleReference"),
        answer: answer(201, "rolereference", "RoleReference"),
        errors: &[400, 403, 404, 413, 422],
        about: "Give a role to a user.",
    }
    RemoveUserRole = Delete "/user/{tenantId}/users/{userId}/roles/{roleId}" does does::RoleChange {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Take a role from a user.",
    }
    ListGroups = Get "/user/{tenantId}/groups" does does::GroupRead {
        query: &[PAGING],
        answer: answer(200, "groupcollection", "GroupCollection"),
        errors: &[403, 404, 422],
        about: "List groups.",
    }
    CreateGroup = Post "/user/{tenantId}/groups" does does::GroupAdmin {
        body: body(&["group"], "Group"),
        answer: answer(201, "group", "Group"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Create a group.",
    }
    ReadGroup = Get "/user/{tenantId}/groups/{groupId}" does does::GroupRead {
        answer: answer(200, "group", "Group"),
        errors: &[403, 404],
        about: "Read a group.",
    }
    UpdateGroup = Put "/user/{tenantId}/groups/{groupId}" does does::GroupAdmin {
        body: body(&["group"], "Group"),
        answer: answer(200, "group", "Group"),
        errors: &[400, 403, 404, 409, 412, 413, 422],
        about: "Change a group.",
    }
    DeleteGroup = Delete "/user/{tenantId}/groups/{groupId}" does does::GroupAdmin {
        answer: nothing(204),
        errors: &[403, 404, 412, 422],
        about: "Delete a group; its members stay.",
    }
    ReadGroupByName = Get "/user/{tenantId}/groupByName/{groupName}" does does::GroupRead {
        answer: answer(200, "group", "Group"),
        errors: &[403, 404],
        about: "Read a group by name.",
    }
    ListGroupUsers = Get "/user/{tenantId}/groups/{groupId}/users" does does::GroupRead {
        query: &[PAGING],
        answer: answer(200, "userreferencecollection", "UserReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List the members of a group.",
    }
    AddGroupUser = Post "/user/{tenantId}/groups/{groupId}/users" does does::MembershipChange {
        body: body(&["userreference"], "UserReference"),
        answer: answer(201, "userreference", "UserReference"),
        errors: &[400, 403, 404, 413, 422],
        about: "Put a user into a group.",
    }
    RemoveGroupUser = Delete "/user/{tenantId}/groups/{groupId}/users/{userId}" does does::MembershipChange {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Take a user out of a group.",
    }
    ListGroupRoles = Get "/user/{tenantId}/groups/{groupId}/roles" does does::GroupRead {
        query: &[PAGING],
        answer: answer(200, "rolereferencecollection", "RoleReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List the roles of a group.",
    }
    AddGroupRole = Post "/user/{tenantId}/groups/{groupId}/roles" does does::GroupRoleChange {
        body: body(&["rolereference"], "RoleReference"),
        answer: answer(201, "rolereference", "RoleReference"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Give a role to a group.",
    }
    RemoveGroupRole = Delete "/user/{tenantId}/groups/{groupId}/roles/{roleId}" does does::GroupRoleChange {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Take a role from a group.",
    }
}

/// One's own phone number from now on.
pub fn own_phone(body: Json) -> Result<Profile, BadBody> {
    let body = object(body)?;
    require(&body, &["phone"])?;
    let phone = short_text(&body, "phone", NAME_BYTES_MAX)?;
    Ok(Profile {
        phone: Some(phone),
        ..Profile::default()
    })
}
