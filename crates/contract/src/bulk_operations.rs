//! Endpoints of bulk operations, and what their bodies say.

use crate::body::{BadBody, check_fragment_name, id, member, object, require, text, time};
use crate::endpoint::{Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use crate::operations::fragments;
use model::bulk_operations::{BulkOperationUpdate, BulkTarget, NewBulkOperation, STANDARD_PROPERTIES};
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, BULK_RAMP_SECONDS_MAX};
use policy::operations::bulk_operations as does;

const FILTERS: &[Parameter] = &[
    parameter("dateFrom", Kind::Date, "That begin at this time or later."),
    parameter("dateTo", Kind::Date, "That begin at this time or earlier."),
    parameter(
        "generalStatus",
        Kind::Text,
        "SCHEDULED, EXECUTING, EXECUTING_WITH_ERROR, SUCCESSFUL, FAILED or CANCELED.",
    ),
    parameter("withDeleted", Kind::Bool, "Also those that were cancelled."),
];
const BODY: Body = Body {
    media: &["bulkoperation"],
    schema: "BulkOperation",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/devicecontrol/bulkoperations" does does::BulkOperationRead {
        query: &[PAGING, FILTERS],
        answer: answer(200, "bulkoperationcollection", "BulkOperationCollection"),
        errors: &[403, 422],
        about: "List bulk operations.",
    }
    Create = Post "/devicecontrol/bulkoperations" does does::BulkOperationCreate {
        body: BODY,
        answer: answer(201, "bulkoperation", "BulkOperation"),
        errors: &[400, 403, 413, 422],
        about: "Plan a bulk operation: one operation for each device of a group.",
    }
    Read = Get "/devicecontrol/bulkoperations/{id}" does does::BulkOperationRead {
        answer: answer(200, "bulkoperation", "BulkOperation"),
        errors: &[403, 404],
        about: "Read a bulk operation.",
    }
    Update = Put "/devicecontrol/bulkoperations/{id}" does does::BulkOperationUpdate {
        body: BODY,
        answer: answer(200, "bulkoperation", "BulkOperation"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Change a bulk operation that has not begun.",
    }
    Cancel = Delete "/devicecontrol/bulkoperations/{id}" does does::BulkOperationCancel {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Cancel a bulk operation: devices that were not asked yet are not asked.",
    }
}

/// A bulk operation as a client plans it.
pub fn new_bulk_operation(body: Json) -> Result<NewBulkOperation, BadBody> {
    let body = object(body)?;
    require(&body, &["operationPrototype", "startDate", "creationRamp"])?;
    let target = target(&body)?.ok_or(BadBody::Missing(vec!["groupId"]))?;
    let start = time(&body, "startDate")?.ok_or(BadBody::Missing(vec!["startDate"]))?;
    let ramp_millis = ramp(&body)?.ok_or(BadBody::Missing(vec!["creationRamp"]))?;
    let (description, fragments) = prototype(&body)?.ok_or(BadBody::Missing(vec!["operationPrototype"]))?;
    let more = more(body)?.into_iter().filter(|(_, value)| *value != Json::Null);
    Ok(NewBulkOperation {
        target,
        start,
        ramp_millis,
        description,
        fragments,
        more: Object::from_unique(more.collect()),
    })
}

/// A partial update of a bulk operation.
pub fn update(body: Json) -> Result<BulkOperationUpdate, BadBody> {
    let body = object(body)?;
    Ok(BulkOperationUpdate {
        target: target(&body)?,
        start: time(&body, "startDate")?,
        ramp_millis: ramp(&body)?,
        prototype: prototype(&body)?,
        more: more(body)?,
    })
}

/// A group or an earlier bulk operation: not both.
fn target(body: &Object) -> Result<Option<BulkTarget>, BadBody> {
    let (group, parent) = (id(body, "groupId")?, id(body, "failedParentId")?);
    match (group, parent) {
        (Some(_), Some(_)) => Err(BadBody::Rule {
            property: "failedParentId".to_owned(),
            rule: "only one of groupId and failedParentId may be given",
        }),
        (group, parent) => Ok(group.map(BulkTarget::Group).or(parent.map(BulkTarget::FailedOf))),
    }
}

/// Seconds in the body, whole milliseconds from here on.
fn ramp(body: &Object) -> Result<Option<u64>, BadBody> {
    let seconds = match body.get("creationRamp") {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Number(number)) => number.as_f64(),
        Some(_) => f64::NAN,
    };
    if !(0.0..=BULK_RAMP_SECONDS_MAX).contains(&seconds) {
        return Err(BadBody::Rule {
            property: "creationRamp".to_owned(),
            rule: "a number of seconds from 0 to 86,400 is expected",
        });
    }
    Ok(Some((seconds * 1_000.0).round() as u64))
}

/// What is asked of each device: words and fragments.
fn prototype(body: &Object) -> Result<Option<(Option<String>, Object)>, BadBody> {
    let Some(prototype) = member(body, "operationPrototype")? else {
        return Ok(None);
    };
    let description = text(prototype, "description")?.map(str::to_owned);
    Ok(Some((description, fragments(prototype.clone())?)))
}

/// What else a client notes beside a bulk operation.
fn more(body: Object) -> Result<Vec<(String, Json)>, BadBody> {
    let mut more = Vec::new();
    for (name, value) in body {
        if !STANDARD_PROPERTIES.contains(&name.as_str()) {
            check_fragment_name(&name)?;
            more.push((name, value));
        }
    }
    Ok(more)
}
