//! Schemas of sessions and login options.

use super::shape::{Named, Schema, any_object, count, list, named, object, own_link, text, truth};
use model::limits::{PASSWORD_BYTES_MAX, USER_NAME_CHARS_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("LoginForm", login_form()),
        ("AccessToken", access_token()),
        ("LoginOption", login_option()),
        ("LoginOptionCollection", login_options()),
        ("AuthConfigAccess", access()),
    ]
}

fn login_form() -> Schema {
    object(
        "A user name and a password, to open a session.",
        [
            ("grant_type", text("How one signs in.").one_of(&["PASSWORD"])),
            (
                "username",
                text("The user name; with the tenant before it, as in `t100/jane`, or without.")
                    .at_most(USER_NAME_CHARS_MAX + 33),
            ),
            ("password", text("The password.").at_most(PASSWORD_BYTES_MAX)),
            (
                "tfa_code",
                text("The code of the second factor, if the user has one; `undefined` is none."),
            ),
        ],
    )
    .required(&["grant_type", "username", "password"])
    .write_only()
}

fn access() -> Schema {
    object(
        "Whether a tenant is kept from a way in of its own.",
        [("onlyManagementTenantAccess", truth("Whether it is."))],
    )
    .required(&["onlyManagementTenantAccess"])
    .write_only()
}

fn access_token() -> Schema {
    object(
        "The token of a session.",
        [(
            "access_token",
            text("A JWT, to be sent as `Authorization: Bearer`."),
        )],
    )
    .required(&["access_token"])
}

fn login_option() -> Schema {
    object(
        "A way in. Of those that are sent, only `allowedForPeople`, `allowedForDevices`, `visibleOnLoginPage` and \
         `sessionConfiguration.absoluteTimeoutMillis` change anything.",
        [
            own_link(),
            ("id", text("Its type.").read_only()),
            (
                "type",
                text("`BASIC`: a password with every request. `OAUTH2_INTERNAL`: sessions.")
                    .one_of(&["BASIC", "OAUTH2_INTERNAL"]),
            ),
            ("tfaStrategy", text("What the second factor is.").one_of(&["TOTP"]).read_only()),
            ("grantType", text("How sessions are opened.").one_of(&["PASSWORD"]).read_only()),
            ("userManagementSource", text("Whose users they are.").one_of(&["INTERNAL"]).read_only()),
            ("initRequest", text("Where sessions are opened.").read_only()),
            ("loginRedirectDomain", text("The host name of the sign-in page.").read_only()),
            ("visibleOnLoginPage", truth("Whether sign-in pages offer it.")),
            ("allowedForPeople", truth("Whether it is open to people.")),
            ("allowedForDevices", truth("Whether it is open to devices.")),
            (
                "enforceStrength",
                truth("Whether only strong passwords are taken: the option `password/enforce.strength`.").read_only(),
            ),
            ("strengthValidity", truth("The same, for older clients.").read_only()),
            (
                "greenMinLength",
                count("Characters of a strong password: the option `password/green.min-length`.").read_only(),
            ),
            (
                "sessionConfiguration",
                object(
                    "How long sessions live.",
                    [("absoluteTimeoutMillis", count("From the first moment to the last.").or_null())],
                ),
            ),
            (
                "authenticationRestrictions",
                any_object("Always empty: what a client calls itself decides nothing."),
            ),
        ],
    )
    .example(json!({ "type": "BASIC", "allowedForPeople": true, "allowedForDevices": false }))
}

fn login_options() -> Schema {
    object(
        "What a sign-in page must know.",
        [
            own_link(),
            ("loginOptions", list("The ways in.", named("LoginOption"))),
        ],
    )
    .required(&["loginOptions"])
}
