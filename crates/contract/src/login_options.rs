//! Endpoints of login options: the ways in which a tenant lets its users in, and what their bodies say.

use crate::body::{BadBody, boolean, member, object, require, text};
use crate::endpoint::{Body, Kind, Parameter, answer, endpoints, nothing, parameter, required};
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, SESSION_SECONDS, SESSION_SECONDS_MIN};
use policy::operations::sessions as does;

const OF_WHICH: &[Parameter] = &[
    parameter(
        "tenantId",
        Kind::Text,
        "Of this tenant; else that of the host name.",
    ),
    parameter("management", Kind::Bool, "Of the management tenant."),
];
const ENDS: &[Parameter] = &[parameter(
    "terminateUserSessions",
    Kind::Bool,
    "Whether every session of the tenant ends with it.",
)];
const TARGET: &[Parameter] = &[required("targetTenant", Kind::Text, "Whose way in.")];
const BODY: Body = Body {
    media: &["authconfig"],
    schema: "LoginOption",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/tenant/loginOptions" does does::LoginOptionList {
        query: &[OF_WHICH],
        answer: answer(200, "loginoptioncollection", "LoginOptionCollection"),
        errors: &[400, 422],
        about: "What a sign-in page must know. A tenant that does not exist looks like one that has set nothing.",
    }
    Create = Post "/tenant/loginOptions" does does::LoginOptionAdmin {
        body: BODY,
        answer: answer(200, "authconfig", "LoginOption"),
        errors: &[400, 403, 413, 422],
        about: "Open a way in for people that is closed to them.",
    }
    Read = Get "/tenant/loginOptions/{typeOrId}" does does::LoginOptionRead {
        answer: answer(200, "authconfig", "LoginOption"),
        errors: &[403, 404],
        about: "Read one of the ways in.",
    }
    Update = Put "/tenant/loginOptions/{typeOrId}" does does::LoginOptionAdmin {
        query: &[ENDS],
        body: BODY,
        answer: answer(200, "authconfig", "LoginOption"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change one of the ways in.",
    }
    Restrict = Put "/tenant/loginOptions/{typeOrId}/restrict" does does::LoginOptionRestrict {
        query: &[TARGET],
        body: Body { media: &[], schema: "AuthConfigAccess", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "authconfig", "LoginOption"),
        errors: &[400, 403, 404, 413, 422],
        about: "Keep a tenant from a way in of its own: always refused, a tenant's ways in are its own. `false` is so.",
    }
    Delete = Delete "/tenant/loginOptions/{typeOrId}" does does::LoginOptionAdmin {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Close a way in for people; devices are not concerned. One must stay.",
    }
}

/// Whether a tenant is to be kept from a way in.
pub fn restriction(body: Json) -> Result<bool, BadBody> {
    let body = object(body)?;
    require(&body, &["onlyManagementTenantAccess"])?;
    boolean(&body, "onlyManagementTenantAccess")?.ok_or(BadBody::Missing(vec!["onlyManagementTenantAccess"]))
}

/// The types of ways in that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionType {
    /// `BASIC`: a password with every request.
    Basic,
    /// `OAUTH2_INTERNAL`: sessions.
    Internal,
    /// `OAUTH2`: sessions, opened through an identity provider.
    External,
}

impl OptionType {
    /// The type of this name; case does not matter.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Basic, Self::Internal, Self::External]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(text))
    }

    /// Its name, which is its id too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Internal => "OAUTH2_INTERNAL",
            Self::External => "OAUTH2",
        }
    }
}

/// What a client says about a way in: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptionChange {
    /// Whether it is open to people.
    pub for_people: Option<bool>,
    /// Whether it is open to devices.
    pub for_devices: Option<bool>,
    /// Whether sign-in pages offer it.
    pub shown: Option<bool>,
    /// The life of sessions in seconds; nothing inside (sent as `null`): the platform's own.
    pub session_seconds: Option<Option<u32>>,
}

/// The type of a way in that is to be opened.
pub fn new_type(body: &Json) -> Result<OptionType, BadBody> {
    let Json::Object(body) = body else {
        return Err(BadBody::NotAnObject);
    };
    require(body, &["type"])?;
    OptionType::named(text(body, "type")?.unwrap_or_default()).ok_or_else(|| BadBody::Rule {
        property: "type".to_owned(),
        rule: "BASIC, OAUTH2_INTERNAL or OAUTH2 is expected",
    })
}

/// A change of a way in; its type stays, but may be repeated.
pub fn option_change(body: Json, kind: OptionType) -> Result<OptionChange, BadBody> {
    let body = object(body)?;
    if text(&body, "type")?.is_some_and(|sent| !sent.eq_ignore_ascii_case(kind.name())) {
        return Err(BadBody::NotAllowed { property: "type" });
    }
    change(&body, kind)
}

fn change(body: &Object, kind: OptionType) -> Result<OptionChange, BadBody> {
    if member(body, "authenticationRestrictions")?.is_some_and(|restrictions| {
        restrictions
            .iter()
            .any(|(_, value)| !matches!(value, Json::Array(list) if list.is_empty()))
    }) {
        return Err(BadBody::Rule {
            property: "authenticationRestrictions".to_owned(),
            rule: "a client can call itself what it likes, so nothing is decided by it",
        });
    }
    let for_devices = boolean(body, "allowedForDevices")?;
    let session_seconds = session_seconds(body)?;
    if kind == OptionType::Internal && for_devices == Some(true) {
        return Err(BadBody::Rule {
            property: "allowedForDevices".to_owned(),
            rule: "sessions are for people",
        });
    }
    if kind == OptionType::Basic && session_seconds.is_some() {
        return Err(BadBody::NotAllowed {
            property: "sessionConfiguration",
        });
    }
    Ok(OptionChange {
        for_people: boolean(body, "allowedForPeople")?,
        for_devices: for_devices.filter(|_| kind == OptionType::Basic),
        shown: boolean(body, "visibleOnLoginPage")?,
        session_seconds,
    })
}

/// The life of a session. It is the only thing about sessions that can be set: they are neither counted nor prolonged.
fn session_seconds(body: &Object) -> Result<Option<Option<u32>>, BadBody> {
    const LIFE: &str = "absoluteTimeoutMillis";
    let Some(session) = member(body, "sessionConfiguration")? else {
        return Ok(None);
    };
    let is_asked = |value: &Json| !matches!(value, Json::Null | Json::Bool(false));
    if session
        .iter()
        .any(|(name, value)| name != LIFE && is_asked(value))
    {
        return Err(BadBody::Rule {
            property: "sessionConfiguration".to_owned(),
            rule: "only absoluteTimeoutMillis can be set: sessions are neither counted nor prolonged",
        });
    }
    match session.get(LIFE) {
        None => Ok(None),
        Some(Json::Null) => Ok(Some(None)),
        Some(Json::Number(number)) => {
            let seconds = number.text().parse::<u64>().ok().map(|millis| millis / 1_000);
            let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
            let seconds = seconds.filter(|seconds| (SESSION_SECONDS_MIN..=SESSION_SECONDS).contains(seconds));
            seconds.map(|seconds| Some(Some(seconds))).ok_or(BadBody::Rule {
                property: LIFE.to_owned(),
                rule: "60,000 to 43,200,000 is expected",
            })
        }
        Some(_) => Err(BadBody::WrongType {
            property: LIFE.to_owned(),
            expected: "a number",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn json(text: &str) -> Json {
        parse(text.as_bytes()).unwrap_or_else(|bad| panic!("{text}: {bad}"))
    }

    #[test]
    fn types_are_read_in_any_case_and_others_are_refused() {
        for (text, expected) in [
            ("BASIC", Some(OptionType::Basic)),
            ("oauth2_internal", Some(OptionType::Internal)),
            ("OAuth2", Some(OptionType::External)),
            ("SAML", None),
            ("", None),
        ] {
            assert_eq!(OptionType::named(text), expected, "{text}");
        }
        assert_eq!(new_type(&json(r#"{"type":"basic"}"#)), Ok(OptionType::Basic));
        for body in [
            "{}",
            r#"{"type":null}"#,
            r#"{"type":1}"#,
            r#"{"type":"SAML"}"#,
            "[]",
        ] {
            assert!(new_type(&json(body)).is_err(), "{body}");
        }
    }

    #[test]
    fn what_is_said_is_taken_and_the_rest_stays() {
        let said = r#"{"allowedForDevices":false,"visibleOnLoginPage":true,"authenticationRestrictions":{"forbiddenUserAgents":[]}}"#;
        let expected = OptionChange {
            for_devices: Some(false),
            shown: Some(true),
            ..OptionChange::default()
        };
        assert_eq!(option_change(json(said), OptionType::Basic), Ok(expected));
        let said = r#"{"type":"OAUTH2_INTERNAL","sessionConfiguration":{"absoluteTimeoutMillis":3600000,"userAgentValidationRequired":false}}"#;
        let expected = OptionChange {
            session_seconds: Some(Some(3_600)),
            ..OptionChange::default()
        };
        assert_eq!(option_change(json(said), OptionType::Internal), Ok(expected));
    }

    // Nothing is taken in that would not be so afterwards.
    #[test]
    fn what_is_not_offered_is_refused() {
        for (kind, body) in [
            (OptionType::Basic, r#"{"type":"OAUTH2_INTERNAL"}"#),
            (
                OptionType::Basic,
                r#"{"sessionConfiguration":{"absoluteTimeoutMillis":3600000}}"#,
            ),
            (
                OptionType::Basic,
                r#"{"authenticationRestrictions":{"forbiddenClients":["WEB_BROWSERS"]}}"#,
            ),
            (OptionType::Internal, r#"{"allowedForDevices":true}"#),
            (
                OptionType::Internal,
                r#"{"sessionConfiguration":{"maximumNumberOfParallelSessions":5}}"#,
            ),
            (
                OptionType::Internal,
                r#"{"sessionConfiguration":{"userAgentValidationRequired":true}}"#,
            ),
            (
                OptionType::Internal,
                r#"{"sessionConfiguration":{"absoluteTimeoutMillis":1000}}"#,
            ),
            (
                OptionType::Internal,
                r#"{"sessionConfiguration":{"absoluteTimeoutMillis":43201000}}"#,
            ),
            (OptionType::Internal, r#"{"visibleOnLoginPage":"yes"}"#),
        ] {
            assert!(option_change(json(body), kind).is_err(), "{body}");
        }
    }
}
