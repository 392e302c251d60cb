//! Schemas of the messages of realtime notifications.

use super::shape::{Named, Schema, any_object, any_of, anything, count, list, named, object, text, truth};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        (
            "RealtimeMessages",
            list("Messages of a client, or for it.", named("RealtimeMessage")).items_at_most(REQUEST_MAX),
        ),
        ("RealtimeMessage", message()),
    ]
}

/// Answers have more: one for each message, and the notifications.
const REQUEST_MAX: usize = 2 * model::limits::REALTIME_MESSAGES_MAX;

fn message() -> Schema {
    object(
        "A message of the Bayeux protocol.",
        [
            (
                "channel",
                text(
                    "`/meta/handshake`, `/meta/connect`, `/meta/subscribe`, `/meta/unsubscribe` or `/meta/disconnect`; the \
                     channel of a notification.",
                ),
            ),
            ("id", anything("The number or name of the message, which its answer repeats.")),
            ("clientId", text("The session, as the handshake has answered it.")),
            (
                "subscription",
                any_of(
                    "The channels that are meant: `/managedobjects/{id}`, `/measurements/{id}`, `/events/{id}`, \
                     `/eventsWithChildren/{id}`, `/alarms/{id}`, `/alarmsWithChildren/{id}`, `/operations/{id}`; `*` for any \
                     id.",
                    [text("One."), list("Several.", text("One of them."))],
                ),
            ),
            ("successful", truth("Whether the message was carried out.").read_only()),
            ("error", text("Why not: a number and words.").read_only()),
            ("version", text("The version of the protocol: 1.0.")),
            ("supportedConnectionTypes", list("How one can connect.", text("A kind of connection."))),
            (
                "advice",
                object(
                    "How the client should go on; in a connect how long it wants to wait.",
                    [
                        ("reconnect", text("`retry` or `handshake`.")),
                        ("timeout", count("For how long a connect waits at most, in milliseconds.")),
                        ("interval", count("How long to pause before the next connect, in milliseconds.")),
                    ],
                ),
            ),
            ("ext", any_object("Extensions; `com.cumulocity.authn` with a `token` signs in.")),
            (
                "data",
                object(
                    "What has happened.",
                    [
                        ("realtimeAction", text("What was done.").one_of(&["CREATE", "UPDATE", "DELETE"])),
                        ("data", anything("What was created or changed; the id of what was deleted.")),
                    ],
                )
                .read_only(),
            ),
        ],
    )
    .example(json!({"channel": "/meta/subscribe", "clientId": "0123456789abcdef0123456789abcdef", "subscription": "/alarms/*"}))
}
