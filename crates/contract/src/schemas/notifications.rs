//! Schemas of reliable notifications.

use super::shape::{Named, Schema, count, id, link, list, object, own_link, page, text, truth};
use model::limits::{TICKET_MINUTES, TOPIC_NAME_BYTES_MAX, TYPE_FILTER_BYTES_MAX};
use model::notifications::{Api, Context};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("NotificationSubscription", subscription()),
        (
            "NotificationSubscriptionCollection",
            page(
                "A page of subscriptions.",
                "subscriptions",
                "NotificationSubscription",
            ),
        ),
        ("NotificationTokenClaims", claims()),
        (
            "NotificationToken",
            object(
                "A token.",
                [(
                    "token",
                    text("The token: a JWT (RFC 7519) whose times can be read out of it."),
                )],
            ),
        ),
        (
            "NotificationSubscriptionResult",
            object(
                "What became of it.",
                [("result", text("It is done.").one_of(&["DONE", "SCHEDULED"]))],
            ),
        ),
    ]
}

fn subscription() -> Schema {
    let contexts: Vec<_> = Context::ALL.iter().map(|context| context.word()).collect();
    let mut apis: Vec<_> = Api::ALL.iter().map(|api| api.word()).collect();
    apis.push("*");
    object(
        "What of what happens is kept for the subscribers of a topic.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            (
                "context",
                text("What it looks at: a managed object, which `source` must name, or the tenant.").one_of(&contexts),
            ),
            (
                "source",
                object(
                    "The managed object that it looks at.",
                    [
                        ("id", id("Its identifier; null for the tenant.").or_null()),
                        ("name", text("Its name, for those who may read it.").read_only()),
                        ("self", link("Where it is read.").read_only()),
                    ],
                ),
            ),
            (
                "subscription",
                text("The name of the topic that it feeds.")
                    .at_least(1)
                    .at_most(TOPIC_NAME_BYTES_MAX)
                    .matching("^[a-zA-Z0-9]+$"),
            ),
            (
                "subscriptionFilter",
                object(
                    "Which of it is kept; all if nothing is said.",
                    [
                        (
                            "apis",
                            list(
                                "Which kinds; `*` alone for all. For the tenant: alarms, events, managedobjects (new ones) \
                                 and operations.",
                                text("A kind.").one_of(&apis),
                            )
                            .or_null(),
                        ),
                        (
                            "typeFilter",
                            text("Which types: one, or some in single quotes with `or` between them.")
                                .at_most(TYPE_FILTER_BYTES_MAX)
                                .or_null(),
                        ),
                    ],
                ),
            ),
            (
                "fragmentsToCopy",
                list("Which fragments are told; all if nothing is said.", text("A fragment.")),
            ),
            (
                "nonPersistent",
                truth("Whether nothing is kept for a subscriber that is not connected.").unless_told(false),
            ),
        ],
    )
    .required(&["context", "subscription"])
    .example(json!({
        "context": "mo",
        "source": { "id": "5" },
        "subscription": "speed",
        "subscriptionFilter": { "apis": ["measurements", "events"], "typeFilter": "'c8y_Speed' or 'c8y_Place'" },
        "fragmentsToCopy": ["c8y_Speed"]
    }))
}

fn claims() -> Schema {
    object(
        "What a token is for.",
        [
            (
                "subscriber",
                text("Who takes notifications from the topic.")
                    .at_least(1)
                    .at_most(TOPIC_NAME_BYTES_MAX)
                    .matching("^[a-zA-Z0-9._-]+$"),
            ),
            (
                "subscription",
                text("The name of the topic.")
                    .at_least(1)
                    .at_most(TOPIC_NAME_BYTES_MAX)
                    .matching("^[a-zA-Z0-9]+$"),
            ),
            (
                "expiresInMinutes",
                count("For how long one can connect with it: seven days at most, and no longer than the session in which it is made.")
                    .unless_told(TICKET_MINUTES),
            ),
            ("type", text("What it opens.").one_of(&["notification"]).unless_told("notification")),
            ("signed", truth("Every token is signed.").unless_told(true)),
            ("shared", truth("Whether several clients may share the subscriber.").unless_told(false)),
            (
                "nonPersistent",
                truth("Whether the topic is the one for which nothing is kept.").unless_told(false),
            ),
        ],
    )
    .required(&["subscriber", "subscription"])
    .example(json!({ "subscriber": "monitor", "subscription": "speed", "expiresInMinutes": 90 }))
}
