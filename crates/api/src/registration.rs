//! Registration of devices.

use crate::answer::Answer;
use crate::call::Call;
use crate::links::segment;
use crate::paging::Page;
use crate::problem::Problem;
use contract::registration::bulk::{BadLine, lines};
use contract::registration::{Endpoint, change, file, new_device_request, question};
use engine::registration::{
    AcceptsDevices, AskCredentials, BulkResult, DeleteDeviceRequest, FindDeviceRequests, IsLimitReached,
    LineOutcome, ReadDeviceRequest, RequestView, WrittenRequest,
};
use model::json::{Json, Object};
use model::registration::DeviceId;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Limit => limit(&call).await,
        Endpoint::AcceptAll => accept_all(&call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => update(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::Credentials => credentials(call).await,
        Endpoint::Bulk => bulk(call).await,
    }
}

fn link(call: &Call, id: &DeviceId) -> String {
    call.link(&format!(
        "/devicecontrol/newDeviceRequests/{}",
        segment(id.as_str())
    ))
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let expected = "one of WAITING_FOR_CONNECTION, PENDING_ACCEPTANCE, ACCEPTED and BLOCKED";
    let status = call.text("status").map(|text| text.parse()).transpose();
    let question = FindDeviceRequests {
        status: status.map_err(|_| Problem::bad_parameter(call, "status", expected))?,
        page: page.cut(),
    };
    let found = call.ask(question).await?;
    let entries = found.items.iter().map(|view| show(call, view).map(Json::Object));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let envelope = page.envelope(call, "newDeviceRequests", entries, found.total);
    Ok(Answer::json(200, "newdevicerequestcollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let view = call.ask(ReadDeviceRequest(call.id(0)?)).await?;
    Ok(Answer::json(200, "newdevicerequest", &show(call, &view)?))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let (new, tenant) = new_device_request(body).map_err(|bad| Problem::body(&call, &bad))?;
    if tenant.is_some_and(|tenant| {
        call.caller()
            .is_ok_and(|caller| caller.tenant_id().as_str() != tenant)
    }) {
        let bad = contract::body::BadBody::Rule {
            property: "tenantId".to_owned(),
            rule: "devices are registered in one's own tenant",
        };
        return Err(Problem::body(&call, &bad));
    }
    let written = call.door().request_device(call.caller()?, new).await;
    let written = written.map_err(call.refused())?;
    let location = link(&call, &written.id);
    Ok(show_written(&call, 201, &written)?.at(location))
}

async fn update(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let (status, token) = change(body).map_err(|bad| Problem::body(&call, &bad))?;
    let change = AcceptsDevices { id, status, token };
    let written = call.door().accept_device(call.caller()?, change).await;
    show_written(&call, 200, &written.map_err(call.refused())?)
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    call.run(DeleteDeviceRequest(call.id(0)?)).await?;
    Ok(Answer::nothing(204))
}

async fn limit(call: &Call) -> Result<Answer, Problem> {
    let mut object = Object::new();
    object.set("isReached", call.ask(IsLimitReached).await?);
    Ok(Answer::json(200, "application/json", &object))
}

async fn accept_all(call: &Call) -> Result<Answer, Problem> {
    let accepted = call.door().accept_all_devices(call.caller()?).await;
    let accepted = accepted.map_err(call.refused())?;
    let refused = call.refused();
    let entries = accepted.into_iter().map(|device| {
        let mut entry = Object::new();
        entry.set("id", device.id.as_str());
        entry.set("successful", device.refused.is_none());
        if let Some(refusal) = device.refused {
            entry.set("error", refused(refusal).message());
        }
        Json::Object(entry)
    });
    let text = Json::Array(entries.collect()).to_string();
    Ok(Answer::text("application/json", text))
}

/// Answered with its body whatever the client accepts: nobody can be told the password again.
async fn credentials(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let (id, token) = question(body).map_err(|bad| Problem::body(&call, &bad))?;
    let ask = AskCredentials { id, token };
    let given = call.door().device_credentials(call.caller()?, ask).await;
    let given = given.map_err(call.refused())?;
    let own = call.link(&format!(
        "/devicecontrol/deviceCredentials/{}",
        segment(given.id.as_str())
    ));
    let mut object = Object::new();
    object.set("id", given.id.as_str());
    object.set("self", own);
    object.set("tenantId", given.tenant.as_str());
    object.set("username", given.user.as_str());
    object.set("password", given.password.expose());
    Ok(Answer::json(201, "devicecredentials", &object))
}

/// What was written, as far as the caller may read it (R019).
fn show_written(call: &Call, status: u16, written: &WrittenRequest) -> Result<Answer, Problem> {
    let object = match &written.shown {
        Some(view) => show(call, view)?,
        None => {
            let mut object: Object = [("id", written.id.to_string())].into_iter().collect();
            object.set("self", link(call, &written.id));
            object
        }
    };
    Ok(Answer::json(status, "newdevicerequest", &object))
}

fn show(call: &Call, view: &RequestView) -> Result<Object, Problem> {
    let request = &view.request;
    let mut object = Object::new();
    object.set("id", request.id.as_str());
    object.set("self", link(call, &request.id));
    object.set("status", request.status.word());
    object.set("tenantId", call.caller()?.tenant_id().as_str());
    object.set("owner", view.owner.as_str());
    object.set("creationTime", request.created.to_string());
    if let Some(group) = request.group {
        object.set("groupId", group.to_string());
    }
    if let Some(kind) = &request.kind {
        object.set("type", kind.as_str());
    }
    if !request.custom_properties.is_empty() {
        object.set("customProperties", request.custom_properties.clone());
    }
    Ok(object)
}

async fn bulk(mut call: Call) -> Result<Answer, Problem> {
    let dry_run = call.flag("dryRun", false)?;
    let body = call.take_body()?;
    let caller = call.caller()?.clone();
    let read = file(body).and_then(|text| lines(&text, caller.tenant_id()));
    let read = read.map_err(|bad| Problem::body(&call, &bad))?;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for line in read {
        match line {
            Ok(line) => good.push(line),
            Err(line) => bad.push(line),
        }
    }
    let outcome = call.door().register_devices(&caller, good, dry_run).await;
    let object = show_outcome(&call, &outcome.map_err(call.refused())?, bad, dry_run);
    Ok(Answer::json(201, "bulknewdevicerequest", &object))
}

fn show_outcome(call: &Call, outcome: &[LineOutcome], mut bad: Vec<BadLine>, dry_run: bool) -> Object {
    let refused = call.refused();
    let all = outcome.len() + bad.len();
    let mut updated = Vec::new();
    for LineOutcome { line, id, result } in outcome {
        match result {
            Ok(BulkResult::Created) => {}
            Ok(BulkResult::Updated) => updated.push(id),
            Err(refusal) => bad.push(BadLine {
                line: *line,
                device: id.to_string(),
                reason: refused(refusal.clone()).message().to_owned(),
            }),
        }
    }
    bad.sort_by_key(|bad| bad.line);
    let entry = |status: &str, id: &str| {
        let mut entry = Object::new();
        entry.set("bulkNewDeviceStatus", status);
        entry.set("deviceId", id);
        entry
    };
    let failed = bad.iter().map(|bad| {
        let mut entry = entry("FAILED", &bad.device);
        entry.set("failureReason", bad.reason.as_str());
        entry.set("line", bad.line.to_string());
        Json::Object(entry)
    });
    let counts = [
        ("numberOfAll", all),
        ("numberOfCreated", all - bad.len() - updated.len()),
        ("numberOfFailed", bad.len()),
        ("numberOfSuccessful", all - bad.len()),
    ];
    let mut object: Object = counts.into_iter().collect();
    let updated = updated
        .iter()
        .map(|id| Json::Object(entry("CREDENTIAL_UPDATED", id.as_str())));
    object.set("credentialUpdatedList", updated.collect::<Vec<_>>());
    object.set("failedCreationList", failed.collect::<Vec<_>>());
    if dry_run {
        object.set("dryRun", true);
    }
    object
}
