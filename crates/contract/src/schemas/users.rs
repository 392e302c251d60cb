//! Schemas of users, groups and roles.

use super::shape::{
    Named, Schema, any_object, count, link, list, named, named_as, object, own_link, page, text, time, truth,
};
use model::limits::{NAME_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, USER_NAME_CHARS_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("User", user()),
        ("UserCollection", page("A page of users.", "users", "User")),
        ("UserReference", reference("A user by reference.", "user", "User")),
        (
            "UserReferenceCollection",
            page("A page of members.", "references", "UserReference"),
        ),
        (
            "UserOwnerReference",
            by_name("Who is above a user.", "owner", "The name of the user above."),
        ),
        (
            "UserDelegatedByReference",
            by_name(
                "Whose users below are lent to a user.",
                "delegatedBy",
                "The name of the user who lends.",
            ),
        ),
        ("PrivilegedPrincipal", privileged()),
        (
            "PrivilegedCollection",
            page(
                "A page of privileged principals.",
                "principals",
                "PrivilegedPrincipal",
            ),
        ),
        ("CurrentUser", current_user()),
        ("PasswordChange", password_change()),
        ("OwnPhone", own_phone()),
        (
            "UserDevicePermissions",
            any_object("Permissions by managed object, as in `devicePermissions` of a user."),
        ),
        ("Role", role()),
        ("RoleCollection", page("A page of roles.", "roles", "Role")),
        ("RoleReference", reference("A role by reference.", "role", "Role")),
        (
            "RoleReferenceCollection",
            page("A page of roles.", "references", "RoleReference"),
        ),
        ("Group", group()),
        ("GroupCollection", page("A page of groups.", "groups", "Group")),
        (
            "GroupReference",
            reference("A group by reference.", "group", "Group"),
        ),
        (
            "GroupReferenceCollection",
            page("A page of groups.", "references", "GroupReference"),
        ),
    ]
}

fn own_phone() -> Schema {
    object("One's own phone number.", [profile("phone")]).required(&["phone"])
}

/// A password that is being set; the rules are those of the platform.
pub(super) fn new_password(about: &str) -> Schema {
    text(about)
        .write_only()
        .at_least(PASSWORD_CHARS_MIN)
        .at_most(PASSWORD_BYTES_MAX)
}

fn profile(name: &'static str) -> (&'static str, Schema) {
    let about = match name {
        "firstName" => "Given name.",
        "lastName" => "Family name.",
        "email" => "E-mail address.",
        "phone" => "Phone number.",
        _ => "The name to show.",
    };
    (name, text(about).at_most(NAME_BYTES_MAX))
}

fn user() -> Schema {
    object(
        "A person, a service or a device that signs in. Name, e-mail address and password must be given when it is \
         created; the name cannot be changed later.",
        [
            ("id", text("The same as the name.").read_only()),
            own_link(),
            ("userName", user_name("The name with which it signs in.")),
            ("password", new_password("Its password.")),
            profile("firstName"),
            profile("lastName"),
            profile("displayName"),
            profile("email"),
            profile("phone"),
            ("enabled", truth("Whether it may sign in.").unless_told(true)),
            ("newsletter", truth("Whether it wants the newsletter.")),
            ("sendPasswordResetEmail", truth("If true, a user without a password may be created: it signs in once an administrator has set one. No mail is sent.").unless_told(false)),
            ("shouldResetPassword", truth("Whether it must choose a new password before anything else.")),
            ("lastPasswordChange", time("When the password was last changed.").read_only()),
            ("passwordStrength", password_strength()),
            ("twoFactorAuthenticationEnabled", second_factor()),
            ("supportUserEnabled", truth("Whether support may act as this user: never.").read_only()),
            ("owner", text("The user above it, who bounds what it holds.").read_only()),
            ("delegatedBy", text("The user whose users below are lent to it.").read_only()),
            ("groups", named_as("GroupReferenceCollection", "The groups that it belongs to; it may join some when it is created.")),
            ("roles", named_as("RoleReferenceCollection", "The roles that it holds directly; it may get some when it is created.")),
            (
                "applications",
                list(
                    "The applications that it may use; only where one user is read by itself.",
                    named("ApplicationBeside"),
                )
                .read_only(),
            ),
            ("devicePermissions", device_permissions()),
            ("customProperties", any_object("Whatever else was noted.")),
            ("subusersCount", count("How many users are below it; only with `withSubusersCount=true`.").read_only()),
        ],
    )
    .example(json!({
        "userName": "jane",
        "email": "jane@example.org",
        "firstName": "Jane",
        "password": "a long sentence that nobody guesses"
    }))
}

fn password_strength() -> Schema {
    text("How strong the password is: the rules for passwords let only strong ones pass.")
        .one_of(&["GREEN", "YELLOW", "RED"])
        .read_only()
}

fn user_name(about: &str) -> Schema {
    text(about)
        .at_least(1)
        .at_most(USER_NAME_CHARS_MAX)
        .matching(r"^[^\s/+$:\\]+$")
}

fn second_factor() -> Schema {
    truth("Whether a second factor is asked for.")
        .unless_told(false)
        .read_only()
}

fn device_permissions() -> Schema {
    named_as("DevicePermissions", "Permissions given one by one.")
}

fn by_name(about: &str, property: &'static str, what: &str) -> Schema {
    object(about, [(property, user_name(what))])
        .required(&[property])
        .example(json!({ property: "jane" }))
}

fn privileged() -> Schema {
    let way = object(
        "One way to one right.",
        [
            (
                "right",
                text(
                    "A role; `admins` for the right to give every right; a permission on every object as one line; `users below <name>`.",
                ),
            ),
            (
                "through",
                text("Through what it is held.").one_of(&["direct", "group", "delegation"]),
            ),
            (
                "group",
                object(
                    "The group.",
                    [
                        ("id", count("Its identifier.")),
                        ("name", text("Its name.")),
                        own_link(),
                    ],
                ),
            ),
            ("grantedBy", text("Who gave it, if that is known.")),
            ("grantedAt", time("When.")),
            ("beyondOwn", truth("Whether the giver did not hold it.")),
        ],
    );
    object(
        "Somebody who holds rights by which one can gain others.",
        [
            ("id", text("The user's name.")),
            own_link(),
            (
                "kind",
                text("What it is.").one_of(&["person", "service", "device", "bootstrap"]),
            ),
            (
                "warning",
                text("Why this should be looked at: a service or device with such rights."),
            ),
            ("enabled", truth("Whether it may sign in.")),
            (
                "lastSignIn",
                text("The day of the last sign-in, in UTC: `2026-11-21`."),
            ),
            ("owner", text("The user above it, who bounds what it holds.")),
            ("ways", list("How it holds what.", way)),
        ],
    )
}

fn current_user() -> Schema {
    object(
        "One's own user. The password is changed at `/user/currentUser/password` and refused here.",
        [
            ("id", text("The same as the name.").read_only()),
            own_link(),
            (
                "userName",
                user_name("The name with which one signs in.").read_only(),
            ),
            profile("firstName"),
            profile("lastName"),
            profile("displayName"),
            profile("email"),
            profile("phone"),
            (
                "shouldResetPassword",
                truth("Whether a new password must be chosen.").read_only(),
            ),
            (
                "lastPasswordChange",
                time("When the password was last changed.").read_only(),
            ),
            ("passwordStrength", password_strength()),
            ("twoFactorAuthenticationEnabled", second_factor()),
            (
                "customProperties",
                any_object("Whatever else was noted; of it, one's own `language` can be changed here."),
            ),
            (
                "effectiveRoles",
                list("All roles, direct ones and those of groups.", named("Role")).read_only(),
            ),
            ("devicePermissions", device_permissions().read_only()),
        ],
    )
}

fn password_change() -> Schema {
    object(
        "A new password, and the caller's own present one as proof.",
        [
            (
                "currentUserPassword",
                text("The caller's password.")
                    .write_only()
                    .at_most(PASSWORD_BYTES_MAX),
            ),
            ("newPassword", new_password("The new password.")),
        ],
    )
    .required(&["currentUserPassword", "newPassword"])
}

fn role() -> Schema {
    object(
        "A right for the whole tenant. Where one is given, its id, its name or its link is enough.",
        [
            own_link(),
            ("id", text("Its name.")),
            ("name", text("Its name: `ROLE_INVENTORY_READ`.")),
        ],
    )
    .example(json!({ "id": "ROLE_INVENTORY_READ" }))
}

fn group() -> Schema {
    let members = object(
        "Its members.",
        [
            own_link(),
            ("references", list("The members.", named("UserReference"))),
        ],
    );
    object(
        "Users who share roles (a global role in consoles). A name must be given when it is created.",
        [
            ("id", count("Its identifier.").read_only()),
            own_link(),
            (
                "name",
                text("Its name, unique in the tenant.").at_least(1).at_most(254),
            ),
            ("description", text("What it is for.").at_most(NAME_BYTES_MAX)),
            (
                "roles",
                named_as("RoleReferenceCollection", "The roles that every member holds.").read_only(),
            ),
            ("users", members.read_only()),
            (
                "applications",
                list("The applications of its members.", any_object("An application.")).read_only(),
            ),
            ("devicePermissions", device_permissions()),
            ("customProperties", any_object("Whatever else was noted.")),
        ],
    )
    .example(json!({ "name": "Maintenance", "description": "Who repairs pumps" }))
}

/// `{"role": {"self": "…/user/roles/ROLE_X"}}`: the last segment of the link counts.
fn reference(about: &str, key: &'static str, of: &str) -> Schema {
    let what = named_as(
        of,
        "By its link, of which the last segment counts, or by its id or name.",
    );
    object(
        about,
        [
            ("self", link("Where this edge is read.").read_only()),
            (key, what),
        ],
    )
    .required(&[key])
}
