//! Realtime notifications: the messages of clients (Bayeux) become sessions and subscriptions, and what happens becomes
//! messages for them. Here over requests that wait; `socket` has the same over WebSockets.

mod show;
mod socket;

pub(crate) use show::{shown as shown_thing, word as action_word};
pub(crate) use socket::{BINARY, End, Upgrade, farewell, server_side, server_side_of};

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use contract::realtime::{BadMessage, CONNECTION_TYPES, Endpoint, Message, Said, channel, messages};
use engine::caller::Caller;
use engine::realtime::{Next, Over, Session};
use engine::refusal::Refusal;
use model::json::{Json, Object};
use model::limits::{REALTIME_CHANNELS_MAX, REALTIME_WAIT_SECONDS_MAX};
use show::notification;
use std::sync::Arc;
use std::time::Duration;

/// The protocol's version.
const VERSION: &str = "1.0";

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::RealtimeSocket | Endpoint::CepSocket => socket::open(call),
        Endpoint::Realtime
        | Endpoint::RealtimeOfKind
        | Endpoint::Cep
        | Endpoint::CepOfKind
        | Endpoint::Operations
        | Endpoint::OperationsOfKind
        | Endpoint::DeviceControl => exchange(call).await,
    }
}

/// Whether it opens a WebSocket: the one request that may come without a credential, which then comes first thing over it.
pub(crate) fn is_socket(endpoint: contract::endpoints::Endpoint) -> bool {
    use contract::endpoints::Endpoint as Any;
    matches!(
        endpoint,
        Any::Realtime(Endpoint::RealtimeSocket | Endpoint::CepSocket)
    )
}

/// What is answered to a message.
enum Reply {
    /// This, at once.
    Now(Object),
    /// A session has begun.
    Begun(Arc<Session>, Object),
    /// A session has ended.
    Ended(Object),
    /// This, once something has happened or the time is over.
    Wait(Wait),
}

/// A client that waits.
struct Wait {
    session: Arc<Session>,
    patience: Duration,
    /// What it is answered when nothing happens.
    reply: Object,
    /// What it is answered when its session has ended.
    unknown: Object,
}

/// Answers all messages of a request. One that waits holds up the answers to the others.
async fn exchange(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let messages = messages(body).map_err(|bad| Problem::body(&call, &bad))?;
    let (mut replies, mut waits) = (Vec::new(), None);
    for message in messages {
        match reply(&call, call.caller.as_ref(), message).await {
            Reply::Now(object) | Reply::Begun(_, object) | Reply::Ended(object) => replies.push(object),
            Reply::Wait(wait) => {
                // A client waits once at a time: the earlier one is answered at once.
                let earlier: Option<Wait> = waits.replace(wait);
                replies.extend(earlier.map(|earlier| earlier.reply));
            }
        }
    }
    if let Some(wait) = waits {
        // What else was asked is not held up.
        let patience = if replies.is_empty() {
            wait.patience
        } else {
            Duration::ZERO
        };
        match call.setting.realtime.next(&wait.session, patience).await {
            Next::These(deliveries) => {
                replies.extend(deliveries.iter().map(|delivery| notification(&call, delivery)));
                replies.push(wait.reply);
            }
            Next::Nothing => replies.push(wait.reply),
            Next::Over(_) => replies.push(wait.unknown),
        }
    }
    Ok(Answer::text("application/json", text_of(&replies)))
}

/// Messages as one array.
fn text_of(messages: &[Object]) -> String {
    let texts: Vec<_> = messages.iter().map(Object::to_string).collect();
    format!("[{}]", texts.join(","))
}

/// The answer to one message.
async fn reply(call: &Call, caller: Option<&Caller>, message: Message) -> Reply {
    let said = match message.said {
        Ok(ref said) => said,
        Err(BadMessage::Malformed(what)) => return Reply::Now(refused(&message, &format!("400::{what}"))),
        Err(BadMessage::UnknownChannel) => return Reply::Now(refused(&message, "404::Unknown channel")),
    };
    let Some(caller) = caller else {
        return Reply::Now(denied(&message));
    };
    if let Said::Handshake { .. } = said {
        return begin(call, caller, &message).await;
    }
    let realtime = &call.setting.realtime;
    let id = message.client.as_deref().and_then(|id| id.parse().ok());
    let Some(session) = id.and_then(|id| realtime.session(caller, &id)) else {
        return Reply::Now(unknown(&message));
    };
    match said {
        // Answered above.
        Said::Handshake { .. } => Reply::Now(denied(&message)),
        Said::Connect { timeout_millis } => {
            let longest = Duration::from_secs(REALTIME_WAIT_SECONDS_MAX);
            let patience =
                timeout_millis.map_or(longest, |millis| Duration::from_millis(millis).min(longest));
            let mut reply = done(&message);
            reply.set("clientId", session.id().to_string());
            reply.set("advice", advice("retry"));
            Reply::Wait(Wait {
                session,
                patience,
                reply,
                unknown: unknown(&message),
            })
        }
        Said::Subscribe(names) => Reply::Now(subscribe(call, &session, &message, names).await),
        Said::Unsubscribe(names) => {
            let channels = names.iter().filter_map(|name| channel(name));
            channels.for_each(|channel| realtime.unsubscribe(&session, channel));
            Reply::Now(about(done(&message), names))
        }
        Said::Disconnect => {
            realtime.end(&session, Over::Closed);
            Reply::Ended(done(&message))
        }
    }
}

async fn begin(call: &Call, caller: &Caller, message: &Message) -> Reply {
    match call.setting.realtime.begin(caller).await {
        Ok(session) => {
            let mut reply = done(message);
            reply.set("clientId", session.id().to_string());
            reply.set("version", VERSION);
            reply.set("minimumVersion", VERSION);
            reply.set(
                "supportedConnectionTypes",
                CONNECTION_TYPES.map(Json::from).to_vec(),
            );
            reply.set("advice", advice("retry"));
            Reply::Begun(session, reply)
        }
        Err(Refusal::Busy) => Reply::Now(refused(
            message,
            "503::The platform is busy: try again in a moment",
        )),
        Err(_) => Reply::Now(denied(message)),
    }
}

/// Subscribes to all channels that are named, or to none if there is one that is not known.
async fn subscribe(call: &Call, session: &Arc<Session>, message: &Message, names: &[String]) -> Object {
    let channels: Option<Vec<_>> = names.iter().map(|name| channel(name)).collect();
    let Some(channels) = channels else {
        return about(refused(message, "404::Unknown channel"), names);
    };
    for channel in channels {
        if call.setting.realtime.subscribe(session, channel).is_err() {
            let error = format!("413::A session has at most {REALTIME_CHANNELS_MAX} subscriptions");
            return about(refused(message, &error), names);
        }
        call.setting.realtime.reach(session, channel).await;
    }
    about(done(message), names)
}

/// The head of every answer: the channel and the number of what it answers.
fn head(message: &Message, successful: bool) -> Object {
    let mut reply = Object::new();
    if let Some(channel) = &message.channel {
        reply.set("channel", channel.as_str());
    }
    if let Some(id) = &message.id {
        reply.set("id", id.clone());
    }
    reply.set("successful", successful);
    reply
}

fn done(message: &Message) -> Object {
    let mut reply = head(message, true);
    if let Some(client) = &message.client {
        reply.set("clientId", client.as_str());
    }
    reply
}

fn refused(message: &Message, error: &str) -> Object {
    let mut reply = head(message, false);
    reply.set("error", error);
    reply
}

/// Not signed in, or not any more.
fn denied(message: &Message) -> Object {
    let mut reply = refused(message, "403::Handshake denied");
    reply.set("advice", [("reconnect", "none")].into_iter().collect::<Object>());
    reply
}

/// The client that it says it is has ended, or never was, or is somebody else's.
fn unknown(message: &Message) -> Object {
    let mut reply = refused(message, "402::Unknown client");
    reply.set("advice", advice("handshake"));
    reply
}

fn about(mut reply: Object, names: &[String]) -> Object {
    let subscription = match names {
        [one] => Json::from(one.as_str()),
        many => many
            .iter()
            .map(|name| Json::from(name.as_str()))
            .collect::<Vec<_>>()
            .into(),
    };
    reply.set("subscription", subscription);
    reply
}

fn advice(reconnect: &str) -> Object {
    let mut advice: Object = [("reconnect", reconnect)].into_iter().collect();
    advice.set("interval", 0_u32);
    advice.set("timeout", REALTIME_WAIT_SECONDS_MAX * 1_000);
    advice
}
