//! Schemas of new passwords for those who do not know theirs.

use super::shape::{Named, Schema, object, text, time};
use super::users::new_password;
use model::limits::{NAME_BYTES_MAX, PASSWORD_BYTES_MAX};

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("PasswordResetRequest", request()),
        ("PasswordReset", reset()),
        ("PasswordResetHandOut", hand_out()),
        ("PasswordResetToken", token()),
    ]
}

fn email() -> (&'static str, Schema) {
    let about = "The mail address of the user; the name of one without.";
    ("email", text(about).at_most(NAME_BYTES_MAX))
}

fn request() -> Schema {
    object("Who wants a token.", [email()])
        .required(&["email"])
        .write_only()
}

fn reset() -> Schema {
    object(
        "A token, and the password from now on.",
        [
            ("token", text("The token.")),
            email(),
            ("newPassword", new_password("The password from now on.")),
            (
                "passwordStrength",
                text("How strong a client thinks it is; not looked at."),
            ),
        ],
    )
    .required(&["token", "email", "newPassword"])
    .write_only()
}

fn hand_out() -> Schema {
    object(
        "The caller's own password.",
        [(
            "currentUserPassword",
            text("The caller's own password.").at_most(PASSWORD_BYTES_MAX),
        )],
    )
    .required(&["currentUserPassword"])
    .write_only()
}

fn token() -> Schema {
    object(
        "A token to set a new password.",
        [
            ("token", text("The token, shown this once.").read_only()),
            ("email", text("What is sent with it as `email`.").read_only()),
            ("expires", time("Until when it is good.").read_only()),
        ],
    )
    .required(&["token", "email", "expires"])
}
