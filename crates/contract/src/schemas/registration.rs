//! Schemas of the registration of devices.

use super::shape::{
    Named, Schema, any_object, count, id, list, named, object, own_link, page, text, time, truth,
};
use model::limits::{DEVICE_ID_CHARS_MAX, DEVICE_TOKEN_BYTES_MAX, NAME_BYTES_MAX};
use model::registration::RequestStatus;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("DeviceRequest", device_request()),
        (
            "DeviceRequestCollection",
            page(
                "A page of requests for devices.",
                "newDeviceRequests",
                "DeviceRequest",
            ),
        ),
        ("DeviceCredentials", credentials()),
        ("DeviceLimit", limit()),
        (
            "AcceptedDevices",
            list("What became of each device that had asked.", accepted()),
        ),
        ("DeviceFileForm", file_form()),
        ("BulkRegistration", bulk()),
        ("BulkRegistrationLine", line()),
    ]
}

fn device_id() -> Schema {
    text("The name under which the device registers.")
        .at_least(1)
        .at_most(DEVICE_ID_CHARS_MAX)
        .matching(r"^[^\s/+$:\\]+$")
}

fn token() -> Schema {
    text("What the device proves itself with, once.")
        .at_most(DEVICE_TOKEN_BYTES_MAX)
        .write_only()
}

fn device_request() -> Schema {
    let statuses: Vec<_> = RequestStatus::ALL.iter().map(|status| status.word()).collect();
    object(
        "A device that may come. To make one, `id` must be sent; to accept it, `status`, and `securityToken` if the \
         device sent one.",
        [
            ("id", device_id()),
            own_link(),
            ("status", text("Where it stands.").one_of(&statuses)),
            (
                "groupId",
                id("The group that the device joins when it creates its object."),
            ),
            (
                "type",
                text("What kind of device it is.").at_most(NAME_BYTES_MAX),
            ),
            ("tenantId", text("The tenant.").read_only()),
            ("owner", text("Who made the request.").read_only()),
            ("creationTime", time("When.").read_only()),
            ("customProperties", any_object("Whatever else is noted.")),
            ("securityToken", token()),
        ],
    )
    .example(json!({ "id": "SN-4711", "groupId": "5" }))
}

fn credentials() -> Schema {
    object(
        "The credentials of a device. To ask for them, `id` must be sent.",
        [
            ("id", device_id()),
            own_link(),
            ("tenantId", text("The device's tenant.").read_only()),
            ("username", text("The device's user.").read_only()),
            (
                "password",
                text("The password of that: it is told once.").read_only(),
            ),
            ("securityToken", token()),
        ],
    )
    .required(&["id"])
    .example(json!({ "id": "SN-4711" }))
}

fn limit() -> Schema {
    object(
        "Whether there may be more requests for devices.",
        [("isReached", truth("Whether there are as many as there may be."))],
    )
    .required(&["isReached"])
}

fn accepted() -> Schema {
    object(
        "What became of a device.",
        [
            ("id", device_id()),
            ("successful", truth("Whether it was let in.")),
            ("error", text("Why it was not.")),
        ],
    )
    .required(&["id", "successful"])
}

fn file_form() -> Schema {
    object(
        "A form with a file of devices.",
        [(
            "file",
            text("Comma-separated values in UTF-8; semicolons and tabs serve as well. The first line names the columns."),
        )],
    )
    .required(&["file"])
}

fn bulk() -> Schema {
    object(
        "What became of the lines of a file.",
        [
            ("numberOfAll", count("Lines.")),
            ("numberOfCreated", count("New devices, or requests for them.")),
            ("numberOfFailed", count("Lines that did nothing.")),
            ("numberOfSuccessful", count("Lines that did something.")),
            (
                "credentialUpdatedList",
                list("Devices that have a new password.", named("BulkRegistrationLine")),
            ),
            (
                "failedCreationList",
                list("Lines that did nothing.", named("BulkRegistrationLine")),
            ),
            ("dryRun", truth("Whether it was only tried.")),
        ],
    )
}

fn line() -> Schema {
    object(
        "What became of a line.",
        [
            (
                "bulkNewDeviceStatus",
                text("In a word.").one_of(&["CREATED", "FAILED", "CREDENTIAL_UPDATED"]),
            ),
            ("deviceId", text("The device.")),
            ("failureReason", text("Why it did nothing.")),
            ("line", text("Its number in the file, from 1.")),
        ],
    )
}
