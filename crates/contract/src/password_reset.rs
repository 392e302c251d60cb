//! Endpoints for those who do not know their password any more, and what their bodies say. Tokens and passwords are moved
//! into a `Secret` at once, and no error repeats one.

use crate::body::{BadBody, object, require, short_text};
use crate::endpoint::{Body, Kind, Parameter, answer, endpoints, nothing, parameter, required};
use crate::users::bodies::secret;
use model::json::{Json, Object};
use model::limits::{NAME_BYTES_MAX, PUBLIC_BODY_BYTES_MAX};
use model::secret::Secret;
use policy::operations::password_reset as does;

const TENANT: Parameter = parameter(
    "tenantId",
    Kind::Text,
    "The tenant, if the host name does not say it.",
);
const SHOWN: &[Parameter] = &[
    TENANT,
    required("token", Kind::Text, "The token."),
    required("email", Kind::Text, "The mail address that goes with it."),
];

const fn body(schema: &'static str) -> Body {
    Body {
        media: &[],
        schema,
        bytes_max: PUBLIC_BODY_BYTES_MAX,
    }
}

endpoints! {
    Ask = Post "/user/passwordReset" does does::ResetAsk {
        query: &[&[TENANT]],
        body: body("PasswordResetRequest"),
        answer: nothing(200),
        errors: &[400, 413, 422],
        about: "Ask for a token by mail. The answer is the same whoever is meant, and whether mails are sent at all.",
    }
    Check = Get "/user/passwordReset/validate" does does::ResetCheck {
        query: &[SHOWN],
        answer: nothing(200),
        errors: &[404, 422],
        about: "See whether a token would be taken: 404 if it is not valid, 422 if it has expired.",
    }
    Redeem = Put "/user/passwordReset" does does::ResetRedeem {
        query: &[&[TENANT]],
        body: body("PasswordReset"),
        answer: nothing(200),
        errors: &[400, 404, 413, 422],
        about: "Set a new password with a token, once; ends every session of the user.",
    }
    HandOut = Post "/user/{tenantId}/users/{userId}/passwordReset" does does::ResetHandOut {
        body: body("PasswordResetHandOut"),
        answer: answer(200, "application/json", "PasswordResetToken"),
        errors: &[400, 403, 404, 413, 422],
        about: "Make a token for a user, shown this once, to be handed out; the caller's own password is asked for.",
    }
}

/// The mail address of whoever wants a token.
pub fn reset_request(body: Json) -> Result<String, BadBody> {
    let body = object(body)?;
    require(&body, &["email"])?;
    email(&body)
}

fn email(body: &Object) -> Result<String, BadBody> {
    let email = short_text(body, "email", NAME_BYTES_MAX)?;
    email.ok_or(BadBody::Missing(vec!["email"]))
}

/// A token with the password from now on.
pub struct PasswordReset {
    /// The token.
    pub token: Secret,
    /// The mail address that goes with it.
    pub email: String,
    /// The password.
    pub password: Secret,
}

/// A token with the password from now on. How strong a client thinks it is, is not looked at.
pub fn password_reset(body: Json) -> Result<PasswordReset, BadBody> {
    let mut body = object(body)?;
    require(&body, &["token", "email", "newPassword"])?;
    Ok(PasswordReset {
        email: email(&body)?,
        token: secret(&mut body, "token")?.ok_or(BadBody::Missing(vec!["token"]))?,
        password: secret(&mut body, "newPassword")?.ok_or(BadBody::Missing(vec!["newPassword"]))?,
    })
}

/// The caller's own password.
pub fn own_password(body: Json) -> Result<Secret, BadBody> {
    let mut body = object(body)?;
    require(&body, &["currentUserPassword"])?;
    secret(&mut body, "currentUserPassword")?.ok_or(BadBody::Missing(vec!["currentUserPassword"]))
}
