//! Schemas of service accounts and their keys.

use super::shape::{Named, Schema, id, list, named, named_as, object, own_link, page, text, time, truth};
use model::limits::{
    SERVICE_ADDRESSES_MAX, SERVICE_DESCRIPTION_CHARS_MAX, SERVICE_KEY_NAME_CHARS_MAX, USER_NAME_CHARS_MAX,
};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("ServiceAccount", account()),
        (
            "ServiceAccountCollection",
            page("A page of service accounts.", "serviceAccounts", "ServiceAccount"),
        ),
        ("ServiceKey", key()),
    ]
}

fn account() -> Schema {
    object(
        "A user for another system. It signs in with keys, as `Authorization: Bearer <key>` or by its name with the key \
         as password. The name must be given when it is created; on change, what is absent stays and null removes.",
        [
            ("id", text("The same as the name.").read_only()),
            own_link(),
            (
                "userName",
                text("The name of its user, for good.")
                    .at_most(USER_NAME_CHARS_MAX)
                    .matching("^service_"),
            ),
            (
                "description",
                text("What it is for.")
                    .at_most(SERVICE_DESCRIPTION_CHARS_MAX)
                    .or_null(),
            ),
            ("enabled", truth("Whether it may sign in.").unless_told(true)),
            (
                "project",
                named_as(
                    "ProjectReference",
                    "The project that it is bound to: its roles count inside it and nowhere else.",
                )
                .or_null(),
            ),
            (
                "addresses",
                list("Where it may call from; anywhere if there are none.", text("A range of addresses."))
                    .items_at_most(SERVICE_ADDRESSES_MAX)
                    .or_null(),
            ),
            ("expirationTime", time("From then on it is refused.").or_null()),
            (
                "keys",
                list("Its keys that are not revoked; the keys themselves are not shown.", named("ServiceKey"))
                    .read_only(),
            ),
            (
                "groups",
                named_as("GroupReferenceCollection", "The groups that it belongs to; it may join some when it is created."),
            ),
            (
                "roles",
                named_as("RoleReferenceCollection", "The roles that it holds directly; it may get some when it is created."),
            ),
        ],
    )
    .example(json!({
        "userName": "service_billing", "description": "Reads meters for billing", "addresses": ["192.0.2.0/24"],
        "roles": { "references": [{ "role": { "id": "ROLE_MEASUREMENT_READ" } }] }
    }))
}

fn key() -> Schema {
    object(
        "A key of a service account.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            (
                "name",
                text("What it is called.")
                    .at_least(1)
                    .at_most(SERVICE_KEY_NAME_CHARS_MAX),
            ),
            (
                "key",
                text("The key itself: only in the answer that makes it.").read_only(),
            ),
            ("creationTime", time("When it was made.").read_only()),
            (
                "expirationTime",
                time("From then on it is refused: within 90 days, and after 90 days if none is given."),
            ),
            (
                "lastUsed",
                time("The day on which it was last used: its first moment, in UTC.").read_only(),
            ),
        ],
    )
    .required(&["name"])
    .example(json!({ "name": "2026-Q4" }))
}
