//! Endpoints of second factors, and what their bodies say. A code is moved into its own type at once, and no error
//! repeats it.

use crate::body::{BadBody, boolean, object, require, text};
use crate::endpoint::{Body, answer, endpoints, nothing};
use model::json::Json;
use model::limits::BODY_BYTES_MAX;
use policy::operations::second_factor as does;

const fn body(schema: &'static str) -> Body {
    Body {
        media: &[],
        schema,
        bytes_max: BODY_BYTES_MAX,
    }
}

endpoints! {
    SetUp = Post "/user/currentUser/totpSecret" does does::OwnFactorSetUp {
        answer: answer(200, "application/json", "TotpSecret"),
        errors: &[403],
        about: "Get a secret for one's own second factor, shown this once; it counts when a code was shown.",
    }
    Drop = Delete "/user/currentUser/totpSecret" does does::OwnFactorDrop {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Give up a secret of which no code was shown yet.",
    }
    ReadActivity = Get "/user/currentUser/totpSecret/activity" does does::OwnFactorRead {
        answer: answer(200, "application/json", "TotpActivity"),
        errors: &[403, 404],
        about: "See whether one's own second factor is on.",
    }
    SetActivity = Post "/user/currentUser/totpSecret/activity" does does::OwnFactorSwitch {
        body: body("TotpActivity"),
        answer: nothing(204),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Turn one's own second factor on; nobody turns their own off.",
    }
    Verify = Post "/user/currentUser/totpSecret/verify" does does::OwnFactorProve {
        body: body("TotpCode"),
        answer: nothing(204),
        errors: &[400, 403, 413, 422],
        about: "Show a code of one's own second factor; each is good once.",
    }
    ReadRecovery = Get "/user/currentUser/totpSecret/recoveryCodes" does does::OwnRecoveryRead {
        answer: answer(200, "application/json", "RecoveryCodesLeft"),
        errors: &[403],
        about: "See how many of one's own recovery codes are left.",
    }
    MakeRecovery = Post "/user/currentUser/totpSecret/recoveryCodes" does does::OwnRecoveryMake {
        body: body("RecoveryCodesWish"),
        answer: answer(200, "application/json", "RecoveryCodes"),
        errors: &[400, 403, 409, 413, 422],
        about: "Get new recovery codes, shown this once; all earlier ones are void. Needs a code, or a session just opened with one.",
    }
    ReadOfUser = Get "/user/{tenantId}/users/{userId}/tfa" does does::UserFactorRead {
        answer: answer(200, "application/json", "UserTfa"),
        errors: &[403, 404],
        about: "See whether a user has a second factor.",
    }
    DemandOfUser = Put "/user/{tenantId}/users/{userId}/tfa" does does::UserFactorDemand {
        body: body("UserTfaDemand"),
        answer: nothing(204),
        errors: &[400, 403, 404, 413, 422],
        about: "Demand a second factor of a user, or not any more.",
    }
    RemoveOfUser = Delete "/user/{tenantId}/users/{userId}/tfa" does does::UserFactorRevoke {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Take a user's second factor away, and do not demand one of this user any more.",
    }
    Revoke = Delete "/user/{tenantId}/users/{userId}/totpSecret/revoke" does does::UserFactorRevoke {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Take a user's second factor away, never one's own; ends the user's sessions.",
    }
    ReadOfTenant = Get "/tenant/tenants/{tenantId}/tfa" does does::TenantFactorRead {
        answer: answer(200, "application/json", "TenantTfa"),
        errors: &[403, 404],
        about: "See what the tenant demands: the option `two-factor-authentication/enforced`.",
    }
    SetOfTenant = Put "/tenant/tenants/{tenantId}/tfa" does does::TenantFactorSet {
        body: body("TfaStrategy"),
        answer: nothing(204),
        errors: &[400, 403, 404, 413, 422],
        about: "Say that second factors are codes of authenticators; there is no other kind.",
    }
}

/// Whether one's own second factor is to be on.
pub fn activity(body: Json) -> Result<bool, BadBody> {
    let body = object(body)?;
    require(&body, &["isActive"])?;
    boolean(&body, "isActive")?.ok_or(BadBody::Missing(vec!["isActive"]))
}

/// Whether a second factor is to be demanded of a user.
pub fn demand(body: Json) -> Result<bool, BadBody> {
    let body = object(body)?;
    require(&body, &["tfaEnforced"])?;
    boolean(&body, "tfaEnforced")?.ok_or(BadBody::Missing(vec!["tfaEnforced"]))
}

/// A code of a second factor.
pub fn code<C: std::str::FromStr>(body: Json) -> Result<C, BadBody> {
    let body = object(body)?;
    require(&body, &["code"])?;
    let code = text(&body, "code")?.and_then(|code| code.parse().ok());
    code.ok_or(BadBody::Rule {
        property: "code".to_owned(),
        rule: "six digits are expected",
    })
}

/// A code of a second factor, if there is one.
pub fn code_if_any<C: std::str::FromStr>(body: Json) -> Result<Option<C>, BadBody> {
    match &body {
        Json::Object(fields) if fields.get("code").is_none() => Ok(None),
        _ => code(body).map(Some),
    }
}

/// The kind of second factors: the one that there is.
pub fn strategy(body: Json) -> Result<(), BadBody> {
    let body = object(body)?;
    require(&body, &["strategy"])?;
    match text(&body, "strategy")? {
        Some("TOTP") => Ok(()),
        _ => Err(BadBody::Rule {
            property: "strategy".to_owned(),
            rule: "TOTP is expected: codes are not sent by SMS",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn json(text: &str) -> Json {
        parse(text.as_bytes()).unwrap_or_else(|_| panic!("JSON"))
    }

    #[test]
    fn bodies_say_what_they_must_or_are_refused_without_being_repeated() {
        assert_eq!(activity(json(r#"{"isActive":true}"#)), Ok(true));
        assert!(activity(json(r#"{"isActive":"true"}"#)).is_err());
        assert!(activity(json("{}")).is_err());
        assert_eq!(demand(json(r#"{"tfaEnforced":false}"#)), Ok(false));
        assert_eq!(strategy(json(r#"{"strategy":"TOTP"}"#)), Ok(()));
        assert!(strategy(json(r#"{"strategy":"SMS"}"#)).is_err());
        assert_eq!(code::<u32>(json(r#"{"code":"123456"}"#)), Ok(123_456));
        let refused = code::<u32>(json(r#"{"code":"98765x"}"#)).expect_err("no code");
        assert!(!refused.to_string().contains("98765"), "{refused}");
        assert!(code::<u32>(json(r#"{"code":123456}"#)).is_err());
    }
}
