//! Endpoints of remote access, and what their bodies say.

use crate::body::{BadBody, object, parsed, require, text};
use crate::endpoint::{Answer, Body, answer, endpoints, nothing};
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, REMOTE_SECRET_BYTES_MAX};
use model::names::Label;
use model::remote_access::{
    RemoteConfigurationUpdate, RemoteCredentialsType, RemoteEndpoint, RemoteHost, RemoteProtocol,
    RemoteSecrets, SECRET_PROPERTIES,
};
use policy::operations::remote_access as does;
use std::num::NonZeroU16;

const JSON: &str = "application/json";
const SOCKET: Answer = Answer {
    status: 101,
    media: None,
    schema: None,
};

endpoints! {
    ListConfigurations = Get "/service/remoteaccess/devices/{id}/configurations" does does::RemoteConfigurationRead {
        answer: answer(200, JSON, "RemoteConfigurations"),
        errors: &[403, 404],
        about: "List where on a device people may be led to. Secrets are never shown.",
    }
    CreateConfiguration = Post "/service/remoteaccess/devices/{id}/configurations" does does::RemoteConfigurationAdmin {
        body: Body { media: &[], schema: "RemoteConfiguration", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, JSON, "RemoteConfiguration"),
        errors: &[400, 403, 404, 413, 422],
        about: "Say where on a device people may be led to.",
    }
    ReadConfiguration = Get "/service/remoteaccess/devices/{id}/configurations/{configurationId}" does does::RemoteConfigurationRead {
        answer: answer(200, JSON, "RemoteConfiguration"),
        errors: &[403, 404],
        about: "Read a configuration, without its secrets.",
    }
    UpdateConfiguration = Put "/service/remoteaccess/devices/{id}/configurations/{configurationId}" does does::RemoteConfigurationAdmin {
        body: Body { media: &[], schema: "RemoteConfigurationUpdate", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, JSON, "RemoteConfiguration"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change a configuration. Secrets that are not sent stay, as long as host, port, protocol and type of credentials do.",
    }
    DeleteConfiguration = Delete "/service/remoteaccess/devices/{id}/configurations/{configurationId}" does does::RemoteConfigurationAdmin {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Delete a configuration.",
    }
    Client = Get "/service/remoteaccess/client/{id}/configurations/{configurationId}" does does::RemoteAccessOpen {
        answer: SOCKET,
        errors: &[403, 404, 409, 422, 426, 503],
        about: "Ask the device to connect, and be joined with it over a WebSocket (RFC 6455) of binary messages.",
    }
    Device = Get "/service/remoteaccess/device/{connectionKey}" does does::RemoteAccessAnswer {
        answer: SOCKET,
        errors: &[404, 426],
        about: "Connect as the device that was asked to, over a WebSocket (RFC 6455) with the sub-protocol `binary`.",
    }
    ListSessions = Get "/service/remoteaccess/sessions" does does::RemoteSessionRead {
        answer: answer(200, JSON, "RemoteSessions"),
        errors: &[403],
        about: "List the sessions that are open, with the devices that the caller may have some with. An endpoint of Holdfast.",
    }
    EndSession = Delete "/service/remoteaccess/sessions/{operationId}" does does::RemoteSessionEnd {
        answer: nothing(204),
        errors: &[403, 404],
        about: "End a session, whoever opened it. An endpoint of Holdfast.",
    }
}

/// A configuration as a client makes it.
pub fn new_configuration(body: Json) -> Result<(RemoteEndpoint, RemoteSecrets), BadBody> {
    let body = object(body)?;
    require(&body, &["name", "hostname", "port", "protocol"])?;
    let update = update_in(&body)?;
    let missing = || BadBody::Missing(vec!["name", "hostname", "port", "protocol"]);
    let endpoint = RemoteEndpoint {
        name: update.name.ok_or_else(missing)?,
        host: update.host.ok_or_else(missing)?,
        port: update.port.ok_or_else(missing)?,
        protocol: update.protocol.ok_or_else(missing)?,
        credentials: update.credentials.unwrap_or(RemoteCredentialsType::None),
        username: update.username.flatten(),
    };
    Ok((endpoint, update.secrets))
}

/// A change of a configuration.
pub fn configuration_update(body: Json) -> Result<RemoteConfigurationUpdate, BadBody> {
    update_in(&object(body)?)
}

fn update_in(body: &Object) -> Result<RemoteConfigurationUpdate, BadBody> {
    let username = match body.get("username") {
        None => None,
        Some(Json::Null) => Some(None),
        Some(_) => Some(label(body, "username")?),
    };
    let mut secrets: [Option<String>; SECRET_PROPERTIES.len()] = Default::default();
    for (secret, name) in secrets.iter_mut().zip(SECRET_PROPERTIES) {
        let sent = text(body, name)?;
        if sent.is_some_and(|sent| sent.len() > REMOTE_SECRET_BYTES_MAX) {
            return Err(rule(name, "at most 16,384 bytes are allowed"));
        }
        *secret = sent.filter(|sent| !sent.is_empty()).map(str::to_owned);
    }
    Ok(RemoteConfigurationUpdate {
        name: label(body, "name")?,
        host: parsed::<RemoteHost>(body, "hostname", RemoteHost::RULE)?,
        port: port(body)?,
        protocol: parsed::<RemoteProtocol>(
            body,
            "protocol",
            "one of PASSTHROUGH, SSH, VNC and TELNET is expected",
        )?,
        credentials: parsed::<RemoteCredentialsType>(
            body,
            "credentialsType",
            "one of NONE, USER_PASS, KEY_PAIR, CERTIFICATE and PASS_ONLY is expected",
        )?,
        username,
        secrets: RemoteSecrets::new(secrets),
    })
}

fn rule(property: &str, rule: &'static str) -> BadBody {
    BadBody::Rule {
        property: property.to_owned(),
        rule,
    }
}

/// A name that is not empty.
fn label(body: &Object, name: &'static str) -> Result<Option<Label>, BadBody> {
    let label = crate::body::label(body, name)?;
    match label.as_ref().is_some_and(|label| label.as_str().is_empty()) {
        true => Err(rule(name, "it is empty")),
        false => Ok(label),
    }
}

/// A port, as a number or, as some clients send it, as text.
fn port(body: &Object) -> Result<Option<NonZeroU16>, BadBody> {
    let text = match body.get("port") {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::String(text)) => text.as_str(),
        Some(Json::Number(number)) => number.text(),
        Some(_) => return Err(rule("port", "a number from 1 to 65535 is expected")),
    };
    let parsed = text.parse().ok();
    parsed
        .map(Some)
        .ok_or_else(|| rule("port", "a number from 1 to 65535 is expected"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn made(text: &str) -> Result<(RemoteEndpoint, RemoteSecrets), BadBody> {
        new_configuration(parse(text.as_bytes()).expect("JSON"))
    }

    #[test]
    fn a_configuration_says_where_and_how_and_may_hold_secrets() {
        let (endpoint, secrets) = made(
            r#"{"name":"ssh","hostname":"127.0.0.1","port":"22","protocol":"SSH","credentialsType":"USER_PASS",
                "username":"pi","password":"raspberry","more":{}}"#,
        )
        .expect("a configuration");
        assert_eq!((endpoint.host.as_str(), endpoint.port.get()), ("127.0.0.1", 22));
        assert_eq!(endpoint.credentials, RemoteCredentialsType::UserPass);
        assert!(!secrets.is_empty());
        let (plain, secrets) =
            made(r#"{"name":"x","hostname":"h","port":1,"protocol":"PASSTHROUGH"}"#).expect("one");
        assert_eq!(plain.credentials, RemoteCredentialsType::None);
        assert!(secrets.is_empty());
    }

    #[test]
    fn a_configuration_that_makes_no_sense_is_refused() {
        for text in [
            "[]",
            "{}",
            r#"{"name":"x","hostname":"h","port":0,"protocol":"SSH"}"#,
            r#"{"name":"x","hostname":"h","port":65536,"protocol":"SSH"}"#,
            r#"{"name":"x","hostname":"h","port":1.5,"protocol":"SSH"}"#,
            r#"{"name":"x","hostname":"h","port":-1,"protocol":"SSH"}"#,
            r#"{"name":"x","hostname":"a b","port":1,"protocol":"SSH"}"#,
            r#"{"name":"x","hostname":"a\nb","port":1,"protocol":"SSH"}"#,
            r#"{"name":"","hostname":"h","port":1,"protocol":"SSH"}"#,
            r#"{"name":"x","hostname":"h","port":1,"protocol":"ssh"}"#,
            r#"{"name":"x","hostname":"h","port":1,"protocol":"SSH","credentialsType":"ALL"}"#,
            r#"{"name":"x","hostname":"h","port":1,"protocol":"SSH","password":1}"#,
        ] {
            assert!(made(text).is_err(), "{text}");
        }
    }
}
