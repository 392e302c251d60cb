//! Requests to a provider as clients write them: templates with placeholders. What the protocol says is said by the platform
//! itself, so of a template only the address, further parameters and the secret are taken. A secret is never kept in a
//! template.

use crate::body::{BadBody, member, text};
use model::json::{Json, Object};
use model::limits::{SIGN_ON_PARAMETERS_MAX, SIGN_ON_TEXT_CHARS_MAX};
use model::secret::Secret;
use model::single_sign_on::{HttpsUrl, Place};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Parameters of the protocol: whatever a template says of them, the platform says what is right.
const PROTOCOL: [&str; 11] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "grant_type",
    "code",
    "code_verifier",
];
const SECRET: &str = "client_secret";
/// A secret that stays as it is.
const KEPT_SECRET: [&str; 2] = ["${clientSecret}", ""];

/// A request of a template.
pub(super) struct Template {
    pub(super) place: Place,
    pub(super) secret: Option<Secret>,
}

fn rule(property: &str, rule: &'static str) -> BadBody {
    BadBody::Rule {
        property: property.to_owned(),
        rule,
    }
}

/// An address.
pub(super) fn url(body: &Object, name: &'static str) -> Result<Option<HttpsUrl>, BadBody> {
    match text(body, name)? {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            rule(
                name,
                "an address like https://id.example.org/path is expected: no user and no fragment",
            )
        }),
    }
}

/// A request that is sent by this method.
pub(super) fn template(
    body: &Object,
    name: &'static str,
    method: &'static str,
) -> Result<Option<Template>, BadBody> {
    let Some(request) = member(body, name)? else {
        return Ok(None);
    };
    let sent = text(request, "method")?;
    if sent.is_some_and(|sent| !sent.eq_ignore_ascii_case(method)) {
        return Err(rule(
            name,
            "the method is GET for what a browser asks and POST for the exchange of a code",
        ));
    }
    let mut template = Template {
        place: Place {
            url: url(request, "url")?,
            parameters: BTreeMap::new(),
        },
        secret: None,
    };
    for parameters in ["requestParams", "requestParameters"] {
        if let Some(parameters) = member(request, parameters)? {
            for (parameter, value) in parameters.iter() {
                match value {
                    Json::String(value) => template.take(name, parameter, value)?,
                    Json::Null => {}
                    _ => return Err(rule(name, "parameters are texts")),
                }
            }
        }
    }
    if let Some(form) = text(request, "body")? {
        for pair in form.split('&').filter(|pair| !pair.trim().is_empty()) {
            let (parameter, value) = pair.split_once('=').unwrap_or((pair, ""));
            template.take(name, &unescaped(parameter), &unescaped(value))?;
        }
    }
    for headers in ["headers", "requestHeaders"] {
        let headers = member(request, headers)?.into_iter().flat_map(Object::iter);
        for (header, _) in headers {
            if !["accept", "content-type"].contains(&header.to_ascii_lowercase().as_str()) {
                return Err(rule(
                    name,
                    "no headers can be set: for a secret in the header give clientSecret and \
                     clientAuthentication client_secret_basic",
                ));
            }
        }
    }
    if template.place.parameters.len() > SIGN_ON_PARAMETERS_MAX {
        return Err(rule(name, "there are too many parameters"));
    }
    Ok(Some(template))
}

impl Template {
    fn take(&mut self, property: &'static str, name: &str, value: &str) -> Result<(), BadBody> {
        let name = name.trim();
        if PROTOCOL.contains(&name) {
            return Ok(());
        }
        if name == SECRET {
            self.secret = (!KEPT_SECRET.contains(&value)).then(|| Secret::new(value));
            return Ok(());
        }
        if value.contains("${") {
            return Err(rule(
                property,
                "placeholders are known in the parameters of the protocol only",
            ));
        }
        let plain = |text: &str| {
            text.chars().count() <= SIGN_ON_TEXT_CHARS_MAX && !text.chars().any(char::is_control)
        };
        let named = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if name.is_empty() || !name.bytes().all(named) || !plain(name) || !plain(value) {
            return Err(rule(
                property,
                "a parameter is too long, or its name has other characters than a-z, 0-9, -._~",
            ));
        }
        self.place.parameters.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

/// A text out of a form: `+` is a space, `%XX` a byte.
fn unescaped(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn read(request: &str, method: &'static str) -> Result<Template, BadBody> {
        let body = format!(r#"{{"tokenRequest":{request}}}"#);
        let Ok(Json::Object(body)) = parse(body.as_bytes()) else {
            panic!("{body}")
        };
        template(&body, "tokenRequest", method).map(|found| found.expect("a request"))
    }

    #[test]
    fn of_a_template_the_address_the_rest_and_the_secret_are_taken() {
        let read = read(
            r#"{"url":"https://id.example.org/token","method":"POST","operation":"EXECUTE",
                "headers":{"Content-Type":"application/x-www-form-urlencoded"},
                "requestParams":{"resource":"https://api.example.org"},
                "body":"grant_type=authorization_code&code=${code}&redirect_uri=${redirectUri}&client_id=x&client_secret=a%2Bb+c%&scope=a%20b"}"#,
            "POST",
        )
        .unwrap_or_else(|bad| panic!("{bad}"));
        assert_eq!(
            read.place.url.as_ref().map(HttpsUrl::as_str),
            Some("https://id.example.org/token")
        );
        let expected = [("resource", "https://api.example.org"), ("scope", "a b")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read.place.parameters, expected.into());
        assert_eq!(read.secret.as_ref().map(Secret::expose), Some("a+b c%"));
    }

    #[test]
    fn a_placeholder_keeps_the_secret() {
        let read =
            read(r#"{"body":"client_secret=${clientSecret}"}"#, "POST").unwrap_or_else(|bad| panic!("{bad}"));
        assert!(read.secret.is_none());
    }

    #[test]
    fn what_would_not_be_sent_is_refused() {
        for request in [
            r#"{"method":"GET"}"#,
            r#"{"url":"http://id.example.org/token"}"#,
            r#"{"headers":{"Authorization":"Basic c2VjcmV0"}}"#,
            r#"{"requestHeaders":{"X-Key":"1"}}"#,
            r#"{"requestParams":{"x":"${unknown}"}}"#,
            r#"{"requestParams":{"x":1}}"#,
            r#"{"requestParams":{"x y":"1"}}"#,
            r#"{"body":"x=%0d%0aSet-Cookie:y"}"#,
            r#"{"body":1}"#,
        ] {
            assert!(read(request, "POST").is_err(), "{request}");
        }
    }
}
