//! What is sent to a provider, and where a browser may be sent: addresses and forms with the parameters of the protocol, which
//! no setting replaces.

use super::journeys::Journey;
use super::outside::{Ask, escape, form_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::limits::SIGN_ON_TEXT_CHARS_MAX;
use model::secret::Secret;
use model::single_sign_on::{HttpsUrl, SignOn};
use std::collections::BTreeMap;

const SCOPES: &str = "openid profile email";
/// What only the protocol says, whatever the settings say.
const OURS: [&str; 12] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "grant_type",
    "code",
    "code_verifier",
    "client_secret",
    "response_mode",
];

/// An address with parameters: those of the settings first, then those of the protocol, which nobody else says.
pub(super) fn address<'p>(
    url: &HttpsUrl,
    more: &'p BTreeMap<String, String>,
    parameters: &[(&'p str, &'p str)],
) -> String {
    let scopes = more.get("scope").map_or(SCOPES, String::as_str);
    let has_openid = scopes.split_ascii_whitespace().any(|scope| scope == "openid");
    let scopes = match has_openid {
        true => scopes.to_owned(),
        false => format!("openid {scopes}"),
    };
    let is_asked = parameters.iter().any(|(name, _)| *name == "response_type");
    let more = more
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "scope" && !OURS.contains(name));
    let scope = is_asked.then_some(("scope", scopes.as_str()));
    let query = form_of(more.chain(parameters.iter().copied()).chain(scope));
    let joined = match url.as_str().contains('?') {
        true => '&',
        false => '?',
    };
    format!("{url}{joined}{query}")
}

/// The exchange of a code (RFC 6749, 4.1.3), with the secret in one place only.
pub(super) fn exchange(
    url: HttpsUrl,
    settings: &SignOn,
    secret: Option<&Secret>,
    journey: &Journey,
    code: &Secret,
) -> Ask {
    let in_header = settings.secret_in_header.then_some(secret).flatten();
    let in_form = (!settings.secret_in_header).then_some(secret).flatten();
    let authorization = in_header.map(|secret| {
        // Both are escaped before they are joined (RFC 6749, 2.3.1).
        let mut pair = String::new();
        escape(&mut pair, &settings.client);
        pair.push(':');
        escape(&mut pair, secret.expose());
        Secret::new(format!("Basic {}", STANDARD.encode(pair)))
    });
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", &journey.redirect),
        ("code_verifier", journey.verifier.expose()),
        ("client_id", &settings.client),
    ];
    let more = settings
        .exchange
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !OURS.contains(name));
    let secret = in_form.map(|secret| ("client_secret", secret.expose()));
    Ask {
        url,
        form: Some(Secret::new(form_of(more.chain(parameters).chain(secret)))),
        authorization,
    }
}

/// The path of a page of this origin; nothing if it is one of another, or of none.
pub(super) fn landing(origin: &str, wished: Option<&str>) -> Option<String> {
    let wished = wished?;
    let path = wished.strip_prefix(origin).unwrap_or(wished);
    let plain = |b: u8| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b);
    let is_path = match path {
        "" => return Some("/".to_owned()),
        path => path.starts_with('/') && !path.starts_with("//") && path.bytes().all(plain),
    };
    (is_path && path.len() <= SIGN_ON_TEXT_CHARS_MAX).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Nobody is sent from here to a page of somebody else.
    #[test]
    fn a_browser_lands_on_a_page_of_this_origin_or_at_home() {
        let origin = "https://iot.example.org";
        for (wished, expected) in [
            (
                "/apps/cockpit/index.html?x=1#/device/5",
                Some("/apps/cockpit/index.html?x=1#/device/5"),
            ),
            ("https://iot.example.org/apps", Some("/apps")),
            ("https://iot.example.org", Some("/")),
            ("https://iot.example.org.evil.example/", None),
            ("https://iot.example.org@evil.example/", None),
            ("https://evil.example/", None),
            ("//evil.example/", None),
            ("https://iot.example.org//evil.example/", None),
            ("/\\evil.example/", None),
            ("/a\r\nSet-Cookie: x=y", None),
            ("javascript:alert(1)", None),
            ("evil", None),
        ] {
            assert_eq!(landing(origin, Some(wished)).as_deref(), expected, "{wished}");
        }
        assert_eq!(landing(origin, None), None);
    }

    #[test]
    fn settings_add_parameters_and_replace_none_of_the_protocol() {
        let url: HttpsUrl = "https://id.example.org/authorize?p=1"
            .parse()
            .expect("an address");
        let more: BTreeMap<String, String> = [
            ("redirect_uri", "https://evil.example"),
            ("state", "fixed"),
            ("prompt", "select account"),
            ("scope", "email"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        assert_eq!(
            address(&url, &more, &[("response_type", "code"), ("state", "random")]),
            "https://id.example.org/authorize?p=1&prompt=select%20account&response_type=code&state=random\
             &scope=openid%20email"
        );
    }
}
