//! Bulk operations.

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use crate::users::cut;
use contract::bulk_operations::{Endpoint, new_bulk_operation, update};
use engine::bulk_operations::{
    BulkView, CancelBulkOperation, CreateBulkOperation, FindBulkOperations, ReadBulkOperation,
    UpdateBulkOperation, WrittenBulk,
};
use model::bulk_operations::{BulkFilter, BulkTarget};
use model::ids::BulkOperationId;
use model::json::{Json, Number, Object};
use model::time::Between;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Cancel => cancel(&call).await,
    }
}

fn link(call: &Call, id: BulkOperationId) -> String {
    call.link(&format!("/devicecontrol/bulkoperations/{id}"))
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let expected = "one of SCHEDULED, EXECUTING, EXECUTING_WITH_ERROR, SUCCESSFUL, FAILED and CANCELED";
    let bad = |_| Problem::bad_parameter(call, "generalStatus", expected);
    let general_status = call
        .text("generalStatus")
        .map(|text| text.parse().map_err(bad))
        .transpose()?;
    let question = FindBulkOperations {
        filter: BulkFilter {
            with_deleted: call.flag("withDeleted", false)?,
            general_status,
            start: Between {
                from: call.date("dateFrom")?,
                to: call.date("dateTo")?,
            },
        },
        page: cut(page),
    };
    let found = call.ask(question).await?;
    let entries = found.items.iter().map(|view| Json::Object(show(call, view)));
    let envelope = page.envelope(call, "bulkOperations", entries.collect(), found.total);
    Ok(Answer::json(200, "bulkoperationcollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let view = call.ask(ReadBulkOperation(call.id(0)?)).await?;
    Ok(Answer::json(200, "bulkoperation", &show(call, &view)))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_bulk_operation(body).map_err(|bad| Problem::body(&call, &bad))?;
    let written = call.run(CreateBulkOperation(new)).await?;
    let location = link(&call, written.id);
    Ok(show_written(&call, 201, &written).at(location))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let update = update(body).map_err(|bad| Problem::body(&call, &bad))?;
    let written = call.run(UpdateBulkOperation { id, update }).await?;
    Ok(show_written(&call, 200, &written))
}

async fn cancel(call: &Call) -> Result<Answer, Problem> {
    call.run(CancelBulkOperation(call.id(0)?)).await?;
    Ok(Answer::nothing(204))
}

/// What was written, as far as the caller may read it (R019).
fn show_written(call: &Call, status: u16, written: &WrittenBulk) -> Answer {
    let object = match &written.shown {
        Some(view) => show(call, view),
        None => {
            let mut object: Object = [("id", written.id.to_string())].into_iter().collect();
            object.set("self", link(call, written.id));
            object
        }
    };
    Answer::json(status, "bulkoperation", &object)
}

fn show(call: &Call, view: &BulkView) -> Object {
    let plan = &view.bulk.plan;
    // Other properties never have the names below: the contract does not take them in.
    let mut object = plan.more.clone();
    object.set("id", view.bulk.id.to_string());
    object.set("self", link(call, view.bulk.id));
    match plan.target {
        BulkTarget::Group(group) => object.set("groupId", group.to_string()),
        BulkTarget::FailedOf(parent) => object.set("failedParentId", parent.to_string()),
    }
    object.set("startDate", plan.start.to_string());
    object.set("creationRamp", seconds(plan.ramp_millis));
    let mut prototype = plan.fragments.clone();
    if let Some(description) = &plan.description {
        prototype.set("description", description.as_str());
    }
    object.set("operationPrototype", prototype);
    object.set("status", view.bulk.status.word());
    object.set("generalStatus", view.general.word());
    let progress = view.progress;
    let counts = [
        ("pending", progress.pending),
        ("failed", progress.failed),
        ("executing", progress.executing),
        ("successful", progress.successful),
        ("all", progress.all()),
    ];
    object.set("progress", counts.into_iter().collect::<Object>());
    object
}

/// Milliseconds as seconds, without needless digits.
fn seconds(millis: u64) -> Json {
    let (whole, rest) = (millis / 1_000, millis % 1_000);
    let text = match rest {
        0 => whole.to_string(),
        rest => format!("{whole}.{rest:03}").trim_end_matches('0').to_owned(),
    };
    Number::parse(&text).map_or(Json::Null, Json::Number)
}
