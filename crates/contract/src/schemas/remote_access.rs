//! Schemas of remote access.

use super::shape::{Named, Schema, count, id, list, named, object_of, text, time};
use model::limits::{NAME_BYTES_MAX, REMOTE_HOST_BYTES_MAX, REMOTE_SECRET_BYTES_MAX};
use model::remote_access::{RemoteCredentialsType, RemoteProtocol, SECRET_PROPERTIES};

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        (
            "RemoteConfiguration",
            configuration().required(&["name", "hostname", "port", "protocol"]),
        ),
        ("RemoteConfigurationUpdate", configuration()),
        (
            "RemoteConfigurations",
            list("The configurations of a device.", named("RemoteConfiguration")),
        ),
        ("RemoteSession", session()),
        (
            "RemoteSessions",
            list("The sessions that are open.", named("RemoteSession")),
        ),
    ]
}

fn configuration() -> Schema {
    let protocols: Vec<_> = RemoteProtocol::ALL.iter().map(|it| it.word()).collect();
    let credentials: Vec<_> = RemoteCredentialsType::ALL.iter().map(|it| it.word()).collect();
    let name = |about| text(about).at_least(1).at_most(NAME_BYTES_MAX);
    let open = [
        ("id", id("Its identifier.").read_only()),
        ("name", name("Its name, for people.")),
        (
            "hostname",
            text("The host that the device connects to, as the device knows it.")
                .at_least(1)
                .at_most(REMOTE_HOST_BYTES_MAX)
                .matching(r"^[A-Za-z0-9_.:\[\]][A-Za-z0-9_.:\[\]-]*$"),
        ),
        ("port", count("The port there.").between(1, 65_535)),
        (
            "protocol",
            text("What is spoken there. Bytes are passed on as they are.").one_of(&protocols),
        ),
        (
            "credentialsType",
            text("With what the other end is satisfied.")
                .one_of(&credentials)
                .unless_told("NONE"),
        ),
        ("username", name("The name to sign in with there.").or_null()),
    ];
    let secret = |name| {
        let secret = text("Kept sealed, and never shown.")
            .at_most(REMOTE_SECRET_BYTES_MAX)
            .write_only();
        (name, secret)
    };
    object_of(
        "A place on a device, or behind it, that people may be led to.",
        open.into_iter().chain(SECRET_PROPERTIES.into_iter().map(secret)),
    )
}

fn session() -> Schema {
    object_of(
        "A session of remote access.",
        [
            ("id", id("The operation that asked the device to connect.")),
            ("deviceId", id("The device.")),
            ("configurationId", id("The configuration.")),
            ("name", text("The name of the configuration.")),
            ("protocol", text("What is spoken.")),
            ("user", text("Who opened it.")),
            ("creationTime", time("When it was asked for.")),
            (
                "connectionTime",
                time("When the device has connected; not there before."),
            ),
            (
                "secondsMax",
                count("It ends at the latest so many seconds after it was asked for."),
            ),
            ("bytesFromUser", count("What the user has sent.")),
            ("bytesFromDevice", count("What the device has sent.")),
        ],
    )
    .required(&["id", "deviceId", "configurationId", "user", "creationTime"])
}
