//! Endpoints of the registration of devices, and what their bodies say.

pub mod bulk;

use crate::body::{BadBody, id, label, member, object, parsed, require, short_text, text};
use crate::endpoint::{
    Answer, Body, FORM_MEDIA, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter,
};
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, DEVICE_TOKEN_BYTES_MAX, NAME_BYTES_MAX};
use model::registration::{DeviceId, NewDeviceRequest, RequestStatus};
use model::secret::Secret;
use policy::operations::registration as does;

const FILTERS: &[Parameter] = &[parameter(
    "status",
    Kind::Text,
    "That stand there: WAITING_FOR_CONNECTION, PENDING_ACCEPTANCE, ACCEPTED or BLOCKED.",
)];
const DRY_RUN: &[Parameter] = &[parameter(
    "dryRun",
    Kind::Bool,
    "Only say what would become of each line, and carry nothing out.",
)];
const BODY: Body = Body {
    media: &["newdevicerequest"],
    schema: "DeviceRequest",
    bytes_max: BODY_BYTES_MAX,
};
const PLAIN: Answer = Answer {
    status: 200,
    media: Some("application/json"),
    schema: None,
};

endpoints! {
    List = Get "/devicecontrol/newDeviceRequests" does does::DeviceRequestRead {
        query: &[PAGING, FILTERS],
        answer: answer(200, "newdevicerequestcollection", "DeviceRequestCollection"),
        errors: &[403, 422],
        about: "List requests for devices.",
    }
    Create = Post "/devicecontrol/newDeviceRequests" does does::DeviceRequestCreate {
        body: BODY,
        answer: answer(201, "newdevicerequest", "DeviceRequest"),
        errors: &[400, 403, 409, 413, 422],
        about: "Say that a device may come.",
    }
    Limit = Get "/devicecontrol/newDeviceRequests/limit" does does::DeviceRequestRead {
        answer: Answer { schema: Some("DeviceLimit"), ..PLAIN },
        errors: &[403],
        about: "Say whether there may be more requests for devices.",
    }
    AcceptAll = Post "/devicecontrol/newDeviceRequests/acceptAll" does does::DeviceRequestAccept {
        answer: Answer { schema: Some("AcceptedDevices"), ..PLAIN },
        errors: &[403],
        about: "Let all devices in that have asked without a security token.",
    }
    Read = Get "/devicecontrol/newDeviceRequests/{requestId}" does does::DeviceRequestRead {
        answer: answer(200, "newdevicerequest", "DeviceRequest"),
        errors: &[403, 404],
        about: "Read a request for a device.",
    }
    Update = Put "/devicecontrol/newDeviceRequests/{requestId}" does does::DeviceRequestAccept {
        body: BODY,
        answer: answer(200, "newdevicerequest", "DeviceRequest"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Let a device in that has asked, with its security token if it sent one.",
    }
    Delete = Delete "/devicecontrol/newDeviceRequests/{requestId}" does does::DeviceRequestDelete {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Forget a request for a device.",
    }
    Credentials = Post "/devicecontrol/deviceCredentials" does does::DeviceCredentialsAsk {
        body: Body { media: &["devicecredentials"], schema: "DeviceCredentials", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, "devicecredentials", "DeviceCredentials"),
        errors: &[400, 403, 404, 413, 422],
        about: "Ask for the credentials of a device: 404 until it was let in, then once.",
    }
    Bulk = Post "/devicecontrol/bulkNewDeviceRequests" does does::DeviceBulkRegister {
        query: &[DRY_RUN],
        body: Body { media: &[FORM_MEDIA], schema: "DeviceFileForm", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, "bulknewdevicerequest", "BulkRegistration"),
        errors: &[400, 403, 413, 422],
        about: "Register devices from a file of comma-separated values, line by line.",
    }
}

/// A request for a device as a client makes it, with the tenant that it names.
pub fn new_device_request(body: Json) -> Result<(NewDeviceRequest, Option<String>), BadBody> {
    let body = object(body)?;
    require(&body, &["id"])?;
    let new = NewDeviceRequest {
        id: device(&body)?,
        group: id(&body, "groupId")?,
        kind: label(&body, "type")?.filter(|kind| !kind.as_str().is_empty()),
        custom_properties: member(&body, "customProperties")?
            .cloned()
            .unwrap_or_else(Object::new),
        token: token(&body)?,
    };
    Ok((new, short_text(&body, "tenantId", NAME_BYTES_MAX)?))
}

fn device(body: &Object) -> Result<DeviceId, BadBody> {
    parsed(body, "id", DeviceId::RULE)?.ok_or(BadBody::Missing(vec!["id"]))
}

/// An empty token is none.
fn token(body: &Object) -> Result<Option<Secret>, BadBody> {
    let Some(token) = text(body, "securityToken")?.filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    if token.len() > DEVICE_TOKEN_BYTES_MAX || token.chars().any(char::is_control) {
        return Err(BadBody::Rule {
            property: "securityToken".to_owned(),
            rule: "it has at most 256 bytes and no control character",
        });
    }
    Ok(Some(Secret::new(token)))
}

/// Where a request is to stand, and the token of its device.
pub fn change(body: Json) -> Result<(RequestStatus, Option<Secret>), BadBody> {
    let body = object(body)?;
    require(&body, &["status"])?;
    let status = parsed(
        &body,
        "status",
        "one of WAITING_FOR_CONNECTION, PENDING_ACCEPTANCE and ACCEPTED is expected",
    )?;
    let status = status.ok_or(BadBody::Missing(vec!["status"]))?;
    match (status, token(&body)?) {
        (RequestStatus::Accepted, token) => Ok((status, token)),
        (_, None) => Ok((status, None)),
        (_, Some(_)) => Err(BadBody::NotAllowed {
            property: "securityToken",
        }),
    }
}

/// Which device asks for its credentials, and with which token.
pub fn question(body: Json) -> Result<(DeviceId, Option<Secret>), BadBody> {
    let body = object(body)?;
    require(&body, &["id"])?;
    Ok((device(&body)?, token(&body)?))
}

/// The text of the file in a form.
pub fn file(body: Json) -> Result<String, BadBody> {
    let body = object(body)?;
    require(&body, &["file"])?;
    let file = text(&body, "file")?;
    file.map(str::to_owned).ok_or(BadBody::Missing(vec!["file"]))
}
