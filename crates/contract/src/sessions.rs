//! Endpoints of sessions, and what a sign-in form says. The password is moved into a `Secret` at once, and no error repeats
//! a value.

use crate::body::{BadBody, object, require, text};
use crate::endpoint::{Body, Kind, Parameter, answer, endpoints, nothing, parameter};
use crate::users::bodies::secret;
use model::json::Json;
use model::limits::PUBLIC_BODY_BYTES_MAX;
use model::secret::Secret;
use policy::operations::sessions as does;

/// Fields of a form, one `name=value` after the other.
pub const FORM_MEDIA: &str = "application/x-www-form-urlencoded";

const TENANT: &[Parameter] = &[parameter(
    "tenant_id",
    Kind::Text,
    "The tenant, if neither the user name nor the host name says it.",
)];
const ELSEWHERE: &[Parameter] = &[
    parameter("response_type", Kind::Text, "`code`; nothing else is offered."),
    parameter(
        "originUri",
        Kind::Text,
        "The page to come to in the end, on this host.",
    ),
    parameter(
        "state",
        Kind::Text,
        "With which the provider sends a browser back.",
    ),
    parameter("code", Kind::Text, "What the provider gives a browser."),
    parameter("iss", Kind::Text, "Which provider it was (RFC 9207)."),
    parameter("error", Kind::Text, "Why the provider refused."),
    parameter(
        "error_description",
        Kind::Text,
        "The same in words, which are not looked at.",
    ),
];
const FORM: Body = Body {
    media: &[FORM_MEDIA],
    schema: "LoginForm",
    bytes_max: PUBLIC_BODY_BYTES_MAX,
};

endpoints! {
    Open = Post "/tenant/oauth" does does::SessionOpen {
        query: &[TENANT],
        body: FORM,
        answer: nothing(200),
        errors: &[400, 401, 403, 413, 422],
        about: "Open a session for a browser: sets the cookies `authorization` and `XSRF-TOKEN`.",
    }
    OpenElsewhere = Get "/tenant/oauth" does does::SignInElsewhere {
        query: &[TENANT, ELSEWHERE],
        answer: nothing(302),
        errors: &[401, 403, 404, 429, 503],
        about: "Sign in through the tenant's identity provider: sends a browser there, and takes it back.",
    }
    OpenForHeader = Post "/tenant/oauth/token" does does::SessionOpen {
        query: &[TENANT],
        body: FORM,
        answer: answer(200, "application/json", "AccessToken"),
        errors: &[400, 401, 403, 413, 422],
        about: "Open a session: answers its token, for the header `Authorization: Bearer`.",
    }
    End = Post "/user/logout" does does::SessionEnd {
        answer: nothing(200),
        errors: &[],
        about: "End the session that the caller came in with.",
    }
    ListOwn = Get "/user/currentUser/sessions" does does::OwnSessionList {
        answer: answer(200, "application/json", "UserSessions"),
        errors: &[403],
        about: "List one's own open sessions, the latest first, and when one last signed in.",
    }
    EndOthers = Delete "/user/currentUser/sessions" does does::OwnSessionEnd {
        answer: nothing(204),
        errors: &[403],
        about: "End all of one's own sessions but the one that the caller came in with.",
    }
    EndOwn = Delete "/user/currentUser/sessions/{sessionId}" does does::OwnSessionEnd {
        answer: nothing(204),
        errors: &[403, 404],
        about: "End one of one's own sessions.",
    }
    ListOfUser = Get "/user/{tenantId}/users/{userId}/sessions" does does::UserSessionList {
        answer: answer(200, "application/json", "UserSessions"),
        errors: &[403, 404],
        about: "List the open sessions of a user, the latest first, and when it last signed in; the right to read the user is needed too.",
    }
    EndAllOfUser = Delete "/user/{tenantId}/users/{userId}/sessions" does does::UserSessionEnd {
        answer: nothing(204),
        errors: &[403, 404],
        about: "End all sessions, tokens and connections of a user, who may sign in anew.",
    }
    EndOfUser = Delete "/user/{tenantId}/users/{userId}/sessions/{sessionId}" does does::UserSessionEnd {
        answer: nothing(204),
        errors: &[403, 404],
        about: "End one session of a user.",
    }
    EndAll = Post "/user/logout/{tenantId}/allUsers" does does::SessionEndAll {
        answer: nothing(200),
        errors: &[403, 404],
        about: "End every session of the caller's tenant; Basic and keys of services stay good.",
    }
}

/// What a sign-in form says.
pub struct LoginForm {
    /// The user name, perhaps with the tenant before it.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The code of a second factor, if one was sent.
    pub code: Option<Secret>,
}

/// What a page sends that takes a browser back from an identity provider itself.
pub struct CodeForm {
    /// The code.
    pub code: Secret,
    /// The random value that went to the provider and back.
    pub state: String,
}

/// Whether a form has a code of an identity provider and no password: then the code.
pub fn code_form(body: &Json) -> Result<Option<CodeForm>, BadBody> {
    let Json::Object(body) = body else {
        return Ok(None);
    };
    let kind = text(body, "grant_type")?.unwrap_or_default();
    if !kind.eq_ignore_ascii_case("AUTHORIZATION_CODE") {
        return Ok(None);
    }
    require(body, &["code", "state"])?;
    let part = |name| Ok::<_, BadBody>(text(body, name)?.unwrap_or_default());
    Ok(Some(CodeForm {
        code: Secret::new(part("code")?),
        state: part("state")?.to_owned(),
    }))
}

/// A sign-in form. Clients without a code of a second factor send `undefined`.
pub fn login_form(body: Json) -> Result<LoginForm, BadBody> {
    let mut body = object(body)?;
    require(&body, &["grant_type"])?;
    let is_password = text(&body, "grant_type")?.is_some_and(|kind| kind.eq_ignore_ascii_case("PASSWORD"));
    if !is_password {
        return Err(BadBody::Rule {
            property: "grant_type".to_owned(),
            rule: "PASSWORD is expected; a code of an identity provider opens a session for a browser only",
        });
    }
    require(&body, &["username", "password"])?;
    let user = text(&body, "username")?.unwrap_or_default().to_owned();
    let password = secret(&mut body, "password")?.ok_or(BadBody::Missing(vec!["password"]))?;
    let code = secret(&mut body, "tfa_code")?.filter(|code| !["", "undefined"].contains(&code.expose()));
    Ok(LoginForm { user, password, code })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn read(text: &str) -> Result<(String, String), BadBody> {
        let Ok(json) = parse(text.as_bytes()) else {
            panic!("JSON")
        };
        login_form(json).map(|form| (form.user, form.password.expose().to_owned()))
    }

    #[test]
    fn a_form_has_a_user_and_a_password_and_a_code_is_not_looked_at() {
        let expected = Ok(("t1/smith".to_owned(), "a b".to_owned()));
        for code in [
            "",
            r#","tfa_code":"undefined""#,
            r#","tfa_code":"""#,
            r#","tfa_code":"123456""#,
        ] {
            let form = format!(r#"{{"grant_type":"PASSWORD","username":"t1/smith","password":"a b"{code}}}"#);
            assert_eq!(read(&form), expected, "{code}");
        }
        assert_eq!(
            read(r#"{"grant_type":"password","username":"t1/smith","password":"a b"}"#),
            expected
        );
    }

    #[test]
    fn a_form_that_lacks_something_or_wants_another_grant_is_refused() {
        let rule = |property: &str| matches!(read(property), Err(BadBody::Rule { .. }));
        assert!(rule(r#"{"grant_type":"AUTHORIZATION_CODE","code":"x"}"#));
        for form in [
            "{}",
            r#"{"grant_type":"PASSWORD"}"#,
            r#"{"grant_type":"PASSWORD","username":"a"}"#,
            r#"{"grant_type":"PASSWORD","password":"a"}"#,
        ] {
            assert!(matches!(read(form), Err(BadBody::Missing(_))), "{form}");
        }
    }
}
