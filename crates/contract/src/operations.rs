//! Endpoints of operations, and what their bodies say.

use crate::body::{BadBody, check_fragment_name, id, object, parsed, require, text, time};
use crate::endpoint::{Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use model::json::{Json, Object};
use model::limits::BODY_BYTES_MAX;
use model::operations::{EXPIRY_TIME, NewOperation, OperationStatus, OperationUpdate, STANDARD_PROPERTIES};
use policy::operations::operations as does;

const FILTERS: &[Parameter] = &[
    parameter(
        "agentId",
        Kind::Text,
        "On this agent, and on everything below it by child devices.",
    ),
    parameter("dateFrom", Kind::Date, "Created at this time or later."),
    parameter("dateTo", Kind::Date, "Created at this time or earlier."),
    parameter("deviceId", Kind::Text, "On this device."),
    parameter("status", Kind::Text, "PENDING, EXECUTING, SUCCESSFUL or FAILED."),
];
const MORE: &[Parameter] = &[
    parameter("bulkOperationId", Kind::Text, "Of this bulk operation."),
    parameter("fragmentType", Kind::Text, "With this fragment."),
    parameter(
        "revert",
        Kind::Bool,
        "The newest first; only together with a date.",
    ),
];
const BODY: Body = Body {
    media: &["operation"],
    schema: "Operation",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    Root = Get "/devicecontrol" does does::DeviceControlRootRead {
        answer: answer(200, "devicecontrolapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of device control.",
    }
    List = Get "/devicecontrol/operations" does does::OperationList {
        query: &[PAGING, FILTERS, MORE],
        answer: answer(200, "operationcollection", "OperationCollection"),
        errors: &[422],
        about: "List operations in the order of their creation.",
    }
    Create = Post "/devicecontrol/operations" does does::OperationCreate {
        body: BODY,
        answer: answer(201, "operation", "Operation"),
        errors: &[400, 403, 413, 422],
        about: "Ask a device to do something.",
    }
    DeleteMany = Delete "/devicecontrol/operations" does does::OperationDeleteMany {
        query: &[FILTERS, MORE],
        answer: nothing(204),
        errors: &[403, 422],
        about: "Delete operations by filter: a device, an agent, a status or a date must be given.",
    }
    Read = Get "/devicecontrol/operations/{id}" does does::OperationRead {
        answer: answer(200, "operation", "Operation"),
        errors: &[403, 404],
        about: "Read an operation.",
    }
    Update = Put "/devicecontrol/operations/{id}" does does::OperationUpdate {
        body: BODY,
        answer: answer(200, "operation", "Operation"),
        errors: &[400, 403, 404, 413, 422],
        about: "Say what became of an operation: its status must be given.",
    }
}

/// An operation as a client creates it. What the platform sets itself (`id`, `status`, times) is ignored.
pub fn new_operation(body: Json) -> Result<NewOperation, BadBody> {
    let body = object(body)?;
    require(&body, &["deviceId"])?;
    let device = id(&body, "deviceId")?.ok_or(BadBody::Missing(vec!["deviceId"]))?;
    let description = text(&body, "description")?.map(str::to_owned);
    Ok(NewOperation {
        device,
        description,
        expires: time(&body, EXPIRY_TIME)?,
        fragments: fragments(body)?,
    })
}

/// What is asked, without what is no fragment.
pub(crate) fn fragments(body: Object) -> Result<Object, BadBody> {
    let mut fragments = Vec::new();
    for (name, value) in body {
        if !STANDARD_PROPERTIES.contains(&name.as_str()) && value != Json::Null {
            check_fragment_name(&name)?;
            fragments.push((name, value));
        }
    }
    Ok(Object::from_unique(fragments))
}

/// What became of an operation. Its device stays, whatever is sent.
pub fn update(body: Json) -> Result<OperationUpdate, BadBody> {
    let body = object(body)?;
    require(&body, &["status"])?;
    let rule = "one of PENDING, EXECUTING, SUCCESSFUL and FAILED is expected";
    let status = parsed::<OperationStatus>(&body, "status", rule)?;
    let mut update = OperationUpdate {
        status: status.ok_or(BadBody::Missing(vec!["status"]))?,
        failure_reason: text(&body, "failureReason")?.map(str::to_owned),
        description: text(&body, "description")?.map(str::to_owned),
        fragments: Vec::new(),
    };
    for (name, value) in body {
        if !STANDARD_PROPERTIES.contains(&name.as_str()) {
            check_fragment_name(&name)?;
            update.fragments.push((name, value));
        }
    }
    Ok(update)
}
