//! Schemas of disconnection and decommissioning.

use super::shape::{Named, Schema, count, id, list, named, object, own_link, page, text, time, truth};
use model::decommissioning::{DataChoice, Step, StepOutcome};
use model::limits::REASON_CHARS_MAX;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        (
            "DisconnectionRequest",
            object(
                "Why.",
                [("reason", words("Why, in words; it is kept and recorded."))],
            )
            .required(&["reason"]),
        ),
        (
            "DeviceDisconnectionRequest",
            object(
                "Why, and how far.",
                [
                    ("reason", words("Why, in words; it is kept and recorded.")),
                    (
                        "sharedUser",
                        truth(
                            "Whether the user is cut as well that the device shares with one above it, and so all that comes in \
                             with it. It takes the role that lets devices in.",
                        ),
                    ),
                ],
            )
            .required(&["reason"]),
        ),
        ("Disconnection", disconnection()),
        ("DisconnectionConsequences", consequences()),
        ("BlockedDevice", blocked()),
        (
            "BlockedDevices",
            page(
                "A page of devices that are kept out.",
                "disconnections",
                "BlockedDevice",
            ),
        ),
        ("DecommissioningStepRequest", step_request()),
        ("DecommissioningStep", step()),
        ("Decommissioning", decommissioning()),
    ]
}

fn words(about: &str) -> Schema {
    text(about).at_least(1).at_most(REASON_CHARS_MAX)
}

fn names() -> Schema {
    list(
        "The names under which the device is or would be kept out: that of its own user, and its serial numbers.",
        text("A name."),
    )
}

fn disconnection() -> Schema {
    object(
        "The disconnection of a device: what it would do, or that it was done.",
        [
            own_link(),
            ("deviceId", id("The device.")),
            ("disconnected", truth("Whether it was done.")),
            ("time", time("When it was done.")),
            ("by", text("By whom.")),
            ("reason", text("Why.")),
            ("devices", names()),
            (
                "sharesUser",
                truth("Whether it speaks through a device above it, which would stay connected."),
            ),
            ("consequences", named("DisconnectionConsequences")),
            (
                "ownChildDevices",
                list(
                    "Devices below it that come in by themselves, and would stay connected.",
                    id("A device."),
                ),
            ),
            ("allOwnChildDevices", truth("Whether all of these are named.")),
            (
                "childDevicesThroughIt",
                count("Devices below it that speak through it, and would fall silent with it."),
            ),
        ],
    )
    .required(&["deviceId", "disconnected", "devices", "consequences"])
}

fn consequences() -> Schema {
    object(
        "What would be taken from the device now.",
        [
            ("users", count("Users that would be disabled.")),
            ("credentials", count("Passwords that would be gone.")),
            ("certificates", count("Certificates that would be revoked.")),
            ("requests", count("Requests to let it in that would be gone.")),
            (
                "oneTimePasswords",
                count("One-time passwords that would be gone."),
            ),
            (
                "pendingOperations",
                count("Operations that would be cancelled before it takes them."),
            ),
            (
                "executingOperations",
                count("Operations that it is at, and that would be cancelled."),
            ),
        ],
    )
}

fn blocked() -> Schema {
    object(
        "A device that is kept out.",
        [
            ("id", text("The name under which it is kept out.")),
            ("deviceId", id("Its managed object, which may be gone.")),
            ("time", time("Since when.")),
            ("by", text("By whom.")),
            ("reason", text("Why.")),
        ],
    )
    .required(&["id", "deviceId", "time", "by", "reason"])
}

fn word(about: &str, words: &[&str]) -> Schema {
    text(about).one_of(words)
}

fn steps() -> Schema {
    word(
        "The step.",
        &Step::ALL.iter().map(|it| it.word()).collect::<Vec<_>>(),
    )
}

fn choice() -> Schema {
    word(
        "What becomes of the data: it stays as long as retention rules let it, or measurements, events and alarms go.",
        &DataChoice::ALL.iter().map(|it| it.word()).collect::<Vec<_>>(),
    )
}

fn step_request() -> Schema {
    object(
        "A step that is taken or left out.",
        [
            ("step", steps()),
            ("skip", truth("Whether it is left out.").unless_told(false)),
            (
                "note",
                words("What is said about it: needed where nothing else shows it."),
            ),
            ("data", choice()),
        ],
    )
    .required(&["step"])
}

fn step() -> Schema {
    object(
        "Where a step stands.",
        [
            ("step", steps()),
            (
                "outcome",
                word(
                    "What became of it.",
                    &StepOutcome::ALL.iter().map(|it| it.word()).collect::<Vec<_>>(),
                ),
            ),
            (
                "time",
                time("Since when; for one that is open, when all was begun."),
            ),
            ("by", text("By whom.")),
            ("note", text("What was said about it.")),
        ],
    )
    .required(&["step", "outcome"])
}

fn decommissioning() -> Schema {
    object(
        "A device that is taken out of service.",
        [
            own_link(),
            ("deviceId", id("The device.")),
            ("deviceName", text("Its name when it was begun.")),
            (
                "status",
                word("How far it is.", &["OPEN", "COMPLETED", "COMPLETED_UNPROVEN"]),
            ),
            ("reason", text("Why.")),
            ("creationTime", time("When it was begun.")),
            ("by", text("By whom.")),
            ("completionTime", time("When it was over.")),
            ("data", choice()),
            (
                "wipeOperation",
                id("The operation that asked the device to erase itself."),
            ),
            ("steps", list("The steps.", named("DecommissioningStep"))),
            ("unproven", list("Steps that nobody has shown.", steps())),
            ("auditRecord", id("The audit record with the report.")),
        ],
    )
    .required(&["deviceId", "status", "reason", "steps", "unproven"])
}
