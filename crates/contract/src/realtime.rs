//! Endpoints of realtime notifications, and the messages of their protocol (Bayeux 1.0, as CometD clients speak it).
//!
//! All paths take the same messages; the older names and those with the kind of a message at their end are for clients
//! that use them.

use crate::body::{BadBody, member, text};
use crate::endpoint::{Answer, Body, endpoints};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::{REALTIME_BODY_BYTES_MAX, REALTIME_MESSAGES_MAX};
use model::permissions::Select;
use model::realtime::{Channel, Kind};
use model::secret::Secret;
use policy::operations::realtime as does;

const BODY: Body = Body {
    media: &[],
    schema: "RealtimeMessages",
    bytes_max: REALTIME_BODY_BYTES_MAX,
};
const MESSAGES: Answer = Answer {
    status: 200,
    media: Some("application/json"),
    schema: Some("RealtimeMessages"),
};
const SOCKET: Answer = Answer {
    status: 101,
    media: None,
    schema: None,
};

endpoints! {
    Realtime = Post "/notification/realtime" does does::RealtimeFollow {
        body: BODY,
        answer: MESSAGES,
        errors: &[400, 413, 422],
        about: "Follow what happens: messages of a client, answered with those for it; a connect waits for some.",
    }
    RealtimeOfKind = Post "/notification/realtime/{kind}" does does::RealtimeFollow {
        body: BODY,
        answer: MESSAGES,
        errors: &[400, 413, 422],
        about: "The same; the kind of the message says nothing more.",
    }
    RealtimeSocket = Get "/notification/realtime" does does::RealtimeFollow {
        answer: SOCKET,
        errors: &[403, 426],
        about: "The same messages over a WebSocket (RFC 6455). Who sends no credential here sends one in the handshake.",
    }
    Cep = Post "/cep/realtime" does does::RealtimeFollow {
        body: BODY,
        answer: MESSAGES,
        errors: &[400, 413, 422],
        about: "The same under its older name.",
    }
    CepOfKind = Post "/cep/realtime/{kind}" does does::RealtimeFollow {
        body: BODY,
        answer: MESSAGES,
        errors: &[400, 413, 422],
        about: "The same under its older name.",
    }
    CepSocket = Get "/cep/realtime" does does::RealtimeFollow {
        answer: SOCKET,
        errors: &[403, 426],
        about: "The same over a WebSocket under its older name.",
    }
    Operations = Post "/notification/operations" does does::RealtimeFollow {
        body: BODY,
        answer: MESSAGES,
        errors: &[400, 413, 422],
        about: "The same for agents: the channel `/{agentId}` has new operations for the agent and what is below it.",
    }
    OperationsOfKind = Post "/notification/operations/{kind}" does does::RealtimeFollow {
        body: BODY,
        answer: MESSAGES,
        errors: &[400, 413, 422],
        about: "The same for agents.",
    }
    DeviceControl = Post "/devicecontrol/notifications" does does::RealtimeFollow {
        body: BODY,
        answer: MESSAGES,
        errors: &[400, 413, 422],
        about: "The same for agents under its older name.",
    }
}

/// The kinds of connection that there are.
pub const CONNECTION_TYPES: [&str; 2] = ["long-polling", "websocket"];

/// What a message says.
pub enum Said {
    /// A client wants to begin.
    Handshake {
        /// The credential inside the message, as in a `Basic` header; clients that cannot set headers have one.
        token: Option<Secret>,
    },
    /// The client waits for notifications.
    Connect {
        /// How long, in milliseconds, if it says so.
        timeout_millis: Option<u64>,
    },
    /// The client subscribes to these channels.
    Subscribe(Vec<String>),
    /// The client ends these subscriptions.
    Unsubscribe(Vec<String>),
    /// The client ends.
    Disconnect,
}

/// Why a message is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadMessage {
    /// It is no object, or a part of it is not what it must be.
    Malformed(&'static str),
    /// Clients send nothing on this channel.
    UnknownChannel,
}

/// A message of a client. No `Debug`: it may hold a credential.
pub struct Message {
    /// The channel as it was sent.
    pub channel: Option<String>,
    /// The number or name that the answer repeats.
    pub id: Option<Json>,
    /// The client that it says it is.
    pub client: Option<String>,
    /// What it says.
    pub said: Result<Said, BadMessage>,
}

/// The messages of a body: an array, or one alone.
pub fn messages(body: Json) -> Result<Vec<Message>, BadBody> {
    match body {
        Json::Array(messages) if messages.len() > REALTIME_MESSAGES_MAX => Err(BadBody::TooMany {
            property: "messages",
            most: REALTIME_MESSAGES_MAX,
        }),
        Json::Array(messages) => Ok(messages.iter().map(message).collect()),
        one @ Json::Object(_) => Ok(vec![message(&one)]),
        _ => Err(BadBody::WrongType {
            property: "messages".to_owned(),
            expected: "an array of messages",
        }),
    }
}

fn message(json: &Json) -> Message {
    let Json::Object(object) = json else {
        return Message {
            channel: None,
            id: None,
            client: None,
            said: Err(BadMessage::Malformed("a message is an object")),
        };
    };
    let is_id = |id: &&Json| matches!(id, Json::String(_) | Json::Number(_));
    let owned = |name: &str| object.get(name).and_then(Json::as_str).map(str::to_owned);
    Message {
        channel: owned("channel"),
        id: object.get("id").filter(is_id).cloned(),
        client: owned("clientId"),
        said: said(object),
    }
}

fn said(object: &Object) -> Result<Said, BadMessage> {
    let malformed = |part| move |_| BadMessage::Malformed(part);
    let channel = text(object, "channel").map_err(malformed("the channel is a text"))?;
    match channel.ok_or(BadMessage::Malformed("a message has a channel"))? {
        "/meta/handshake" => handshake(object),
        "/meta/connect" => {
            let advice = member(object, "advice").map_err(malformed("the advice is an object"))?;
            let timeout = advice.and_then(|advice| advice.get("timeout"));
            Ok(Said::Connect {
                timeout_millis: match timeout {
                    None | Some(Json::Null) => None,
                    Some(Json::Number(number)) if number.as_f64() >= 0.0 => Some(number.as_f64() as u64),
                    Some(_) => return Err(BadMessage::Malformed("the timeout is a number of milliseconds")),
                },
            })
        }
        "/meta/subscribe" => Ok(Said::Subscribe(subscriptions(object)?)),
        "/meta/unsubscribe" => Ok(Said::Unsubscribe(subscriptions(object)?)),
        "/meta/disconnect" => Ok(Said::Disconnect),
        _ => Err(BadMessage::UnknownChannel),
    }
}

fn handshake(object: &Object) -> Result<Said, BadMessage> {
    if let Some(Json::Array(types)) = object.get("supportedConnectionTypes") {
        let is_known = |kind: &Json| kind.as_str().is_some_and(|kind| CONNECTION_TYPES.contains(&kind));
        if !types.is_empty() && !types.iter().any(is_known) {
            return Err(BadMessage::Malformed(
                "none of these connection types is supported",
            ));
        }
    }
    let part = |object, name| member(object, name).ok().flatten();
    let authn = part(object, "ext").and_then(|ext| part(ext, "com.cumulocity.authn"));
    let token = authn.and_then(|authn| authn.get("token")).and_then(Json::as_str);
    Ok(Said::Handshake {
        token: token.map(Secret::new),
    })
}

fn subscriptions(object: &Object) -> Result<Vec<String>, BadMessage> {
    const EXPECTED: BadMessage =
        BadMessage::Malformed("the subscription is a channel or an array of channels");
    let one = |json: &Json| json.as_str().map(str::to_owned).ok_or(EXPECTED);
    match object.get("subscription") {
        Some(Json::Array(channels)) if channels.len() <= REALTIME_MESSAGES_MAX => {
            channels.iter().map(one).collect()
        }
        Some(channel) => Ok(vec![one(channel)?]),
        None => Err(EXPECTED),
    }
}

/// The first segment of a channel's name. New operations have none: their channel is the agent alone.
fn segment(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Objects => Some("managedobjects"),
        Kind::Measurements => Some("measurements"),
        Kind::Events => Some("events"),
        Kind::EventsWithChildren => Some("eventsWithChildren"),
        Kind::Alarms => Some("alarms"),
        Kind::AlarmsWithChildren => Some("alarmsWithChildren"),
        Kind::Operations => Some("operations"),
        Kind::NewOperations => None,
    }
}

/// The channel of a name: `/measurements/5`, `/alarms/*`. Nothing if there is no such channel.
pub fn channel(name: &str) -> Option<Channel> {
    let name = name.strip_prefix('/')?;
    let (kind, of) = match name.split_once('/') {
        Some((first, of)) => {
            let is_named = |kind: &Kind| segment(*kind).is_some_and(|own| own.eq_ignore_ascii_case(first));
            (Kind::ALL.into_iter().find(is_named)?, of)
        }
        None => (Kind::NewOperations, name),
    };
    if of == "*" {
        return Some(Channel::all(kind));
    }
    of.parse::<ObjectId>()
        .ok()
        .map(|object| Channel::one(kind, object))
}

/// The name of a channel.
pub fn channel_name(channel: Channel) -> String {
    let of = match channel.of {
        Select::All => "*".to_owned(),
        Select::One(object) => object.to_string(),
    };
    match segment(channel.kind) {
        Some(segment) => format!("/{segment}/{of}"),
        None => format!("/{of}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn read(text: &str) -> Vec<Message> {
        messages(parse(text.as_bytes()).expect("JSON")).expect("messages")
    }

    #[test]
    fn channels_have_the_names_that_clients_know() {
        for (name, kind) in [
            ("/managedobjects/5", Kind::Objects),
            ("/measurements/5", Kind::Measurements),
            ("/events/5", Kind::Events),
            ("/eventsWithChildren/5", Kind::EventsWithChildren),
            ("/alarms/5", Kind::Alarms),
            ("/alarmsWithChildren/5", Kind::AlarmsWithChildren),
            ("/operations/5", Kind::Operations),
            ("/5", Kind::NewOperations),
        ] {
            let object = "5".parse().expect("an id");
            assert_eq!(channel(name), Some(Channel::one(kind, object)), "{name}");
            assert_eq!(channel_name(Channel::one(kind, object)), name);
            let wildcard = name.replace('5', "*");
            assert_eq!(channel(&wildcard), Some(Channel::all(kind)), "{wildcard}");
        }
        assert_eq!(channel("/alarmswithchildren/5"), channel("/alarmsWithChildren/5"));
        for name in [
            "",
            "/",
            "alarms/5",
            "/alarms",
            "/alarms/",
            "/alarms/x",
            "/alarms/5/6",
            "/alarms/**",
            "/cats/5",
            "/meta/5",
        ] {
            assert_eq!(channel(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_array_of_messages_is_refused() {
        for text in ["1", "\"x\"", "null", "true"] {
            let refused = messages(parse(text.as_bytes()).expect("JSON"));
            assert!(matches!(refused, Err(BadBody::WrongType { .. })), "{text}");
        }
        let many = format!("[{}1]", "1,".repeat(REALTIME_MESSAGES_MAX));
        let refused = messages(parse(many.as_bytes()).expect("JSON"));
        assert!(matches!(refused, Err(BadBody::TooMany { .. })));
        assert_eq!(read("[]").len(), 0);
        assert_eq!(read("{\"channel\":\"/meta/disconnect\"}").len(), 1);
    }

    #[test]
    fn a_message_that_is_not_understood_spoils_no_other() {
        let messages = read(
            r#"[7, {}, {"channel": 1}, {"channel": "/alarms/5", "id": 9}, {"channel": "/meta/subscribe"},
                {"channel": "/meta/connect", "advice": {"timeout": "soon"}}, {"channel": "/meta/disconnect", "id": "1"}]"#,
        );
        let understood: Vec<_> = messages.iter().map(|message| message.said.is_ok()).collect();
        assert_eq!(understood, [false, false, false, false, false, false, true]);
        assert_eq!(messages[3].said.as_ref().err(), Some(&BadMessage::UnknownChannel));
        assert_eq!(messages[3].id, Some(Json::from(9)));
    }

    #[test]
    fn a_handshake_may_carry_a_credential() {
        let text =
            r#"[{"channel": "/meta/handshake", "ext": {"com.cumulocity.authn": {"token": "dDEvYTpi"}}}]"#;
        let Ok(Said::Handshake { token: Some(token) }) = &read(text)[0].said else {
            panic!("no handshake with a token")
        };
        assert_eq!(token.expose(), "dDEvYTpi");
        let other = r#"[{"channel": "/meta/handshake", "supportedConnectionTypes": ["callback-polling"]}]"#;
        assert!(read(other)[0].said.is_err());
    }

    #[test]
    fn a_client_says_how_long_it_waits() {
        let text =
            r#"[{"channel": "/meta/connect", "advice": {"timeout": 0}}, {"channel": "/meta/connect"}]"#;
        let waits: Vec<_> = read(text)
            .iter()
            .map(|message| match message.said {
                Ok(Said::Connect { timeout_millis }) => timeout_millis,
                _ => panic!("no connect"),
            })
            .collect();
        assert_eq!(waits, [Some(0), None]);
    }
}
