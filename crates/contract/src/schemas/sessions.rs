//! Schemas of sessions and login options.

use super::shape::{
    Named, Schema, any_object, count, list, named, named_as, object, own_link, text, time, truth,
};
use model::limits::{OPEN_SESSIONS_MAX, PASSWORD_BYTES_MAX, USER_AGENT_CHARS_MAX, USER_NAME_CHARS_MAX};
use model::sessions::SignInWay;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("LoginForm", login_form()),
        ("AccessToken", access_token()),
        ("UserSession", session()),
        ("UserSessions", sessions()),
        ("LastSignIn", last_sign_in()),
        ("LoginOption", login_option()),
        ("LoginOptionCollection", login_options()),
        ("AuthConfigAccess", access()),
    ]
}

fn login_form() -> Schema {
    object(
        "A user name and a password, to open a session.",
        [
            (
                "grant_type",
                text(
                    "How one signs in: with a password, or with the `code` and `state` with which an identity provider \
                     sent the browser back.",
                )
                .one_of(&["PASSWORD", "AUTHORIZATION_CODE"]),
            ),
            ("code", text("The provider's code.")),
            ("state", text("The random value that went to the provider.")),
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
    .required(&["grant_type"])
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

fn way() -> Schema {
    let names: Vec<_> = SignInWay::ALL.iter().map(|way| way.name()).collect();
    text(
        "With what: a password for a session, alone, with a code of the second factor, or with a recovery code in place of \
         it; through an identity provider; a password with each request; a key; a certificate.",
    )
    .one_of(&names)
}

fn session() -> Schema {
    object(
        "An open session.",
        [
            ("id", text("Its id, which opens nothing.")),
            own_link(),
            ("creationTime", time("When somebody signed in for it.")),
            ("expirationTime", time("When it ends by itself.")),
            ("way", way()),
            ("address", text("From where it was opened.")),
            (
                "userAgent",
                text("What the client called itself then, shortened.").at_most(USER_AGENT_CHARS_MAX),
            ),
            (
                "lastUsed",
                time("When it was last noted that it is used: every few minutes while it is."),
            ),
            ("lastAddress", text("From where that was.")),
            (
                "current",
                truth("Whether it is the one that the caller came in with."),
            ),
        ],
    )
    .required(&[
        "id",
        "self",
        "creationTime",
        "expirationTime",
        "way",
        "address",
        "lastUsed",
        "lastAddress",
        "current",
    ])
}

fn last_sign_in() -> Schema {
    object(
        "When somebody last signed in. To use a session is not to sign in.",
        [("time", time("When.")), ("way", way())],
    )
    .required(&["time", "way"])
}

fn sessions() -> Schema {
    object(
        "The open sessions of a user.",
        [
            own_link(),
            (
                "sessions",
                list("The sessions, the latest first.", named("UserSession"))
                    .items_at_most(OPEN_SESSIONS_MAX),
            ),
            (
                "lastSignIn",
                named_as(
                    "LastSignIn",
                    "When the user last signed in; missing if it never did.",
                ),
            ),
        ],
    )
    .required(&["self", "sessions"])
}

fn login_option() -> Schema {
    object(
        "A way in. Of those that are sent for `BASIC` and `OAUTH2_INTERNAL`, only `allowedForPeople`, \
         `allowedForDevices`, `visibleOnLoginPage` and `sessionConfiguration.absoluteTimeoutMillis` change anything. \
         What can be said of an identity provider (`OAUTH2`) is in the guide to single sign-on.",
        [
            own_link(),
            ("id", text("Its type.").read_only()),
            (
                "type",
                text(
                    "`BASIC`: a password with every request. `OAUTH2_INTERNAL`: sessions. `OAUTH2`: sessions, opened \
                     through an identity provider.",
                )
                .one_of(&["BASIC", "OAUTH2_INTERNAL", "OAUTH2"]),
            ),
            ("tfaStrategy", text("What the second factor is.").one_of(&["TOTP"]).read_only()),
            ("grantType", text("How sessions are opened.").one_of(&["PASSWORD", "AUTHORIZATION_CODE"])),
            ("userManagementSource", text("Whose users they are.").one_of(&["INTERNAL", "REMOTE"])),
            ("initRequest", text("Where sessions are opened.").read_only()),
            ("buttonName", text("What the button of an identity provider says.").or_null()),
            ("providerName", text("What an identity provider is called.")),
            ("issuer", text("Who signs its tokens: exactly their `iss`. An `https` address.")),
            ("clientId", text("The name under which it knows this tenant.")),
            ("clientSecret", text("The secret that goes with it. It is never answered.").write_only()),
            ("hasClientSecret", truth("Whether there is one.").read_only()),
            (
                "onNewUser",
                any_object("Which groups and inventory roles follow from what it says: `dynamicMapping`."),
            ),
            (
                "linkedUsers",
                list(
                    "Users made here who may come in through it, each as one `subject` there.",
                    object("One.", [("userName", text("The user.")), ("subject", text("The `sub` there."))]),
                ),
            ),
            (
                "providerAsksSecondFactor",
                truth("Whether it is known to ask everybody for a second factor."),
            ),
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
