//! The software that is installed on devices.

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use contract::software::{Endpoint, SoftwareItem, software_items};
use engine::devices::{ChangeSoftware, FindSoftware, Package, SoftwareChange};
use model::ids::ObjectId;
use model::json::{Json, Object};

pub(crate) async fn handle(endpoint: Endpoint, mut call: Call) -> Result<Answer, Problem> {
    let device = device(&call)?;
    let (status, change): (_, fn(Vec<SoftwareItem>) -> SoftwareChange) = match endpoint {
        Endpoint::List => return list(&call, device).await,
        Endpoint::Replace => (201, |items| SoftwareChange::All(packages(items))),
        Endpoint::Add => (200, |items| SoftwareChange::Add(packages(items))),
        Endpoint::Remove => (204, |items| {
            SoftwareChange::Remove(items.into_iter().map(|item| (item.name, item.version)).collect())
        }),
    };
    let body = call.take_body()?;
    let items = software_items(body).map_err(|bad| Problem::body(&call, &bad))?;
    let change = change(items);
    call.run(ChangeSoftware { device, change }).await?;
    Ok(Answer::nothing(status))
}

/// The device that is meant. What can be no id names nothing that is there.
fn device(call: &Call) -> Result<ObjectId, Problem> {
    let expected = "the id of a device";
    call.query_id("deviceId")?
        .ok_or_else(|| Problem::bad_parameter(call, "deviceId", expected))
}

fn packages(items: Vec<SoftwareItem>) -> Vec<Package> {
    let package = |item: SoftwareItem| Package {
        name: item.name,
        version: item.version,
        kind: item.kind,
        url: item.url,
    };
    items.into_iter().map(package).collect()
}

async fn list(call: &Call, device: ObjectId) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindSoftware {
        device,
        name: call.text("name"),
        version: call.text("version"),
        kind: call.text("type"),
        page: page.cut(),
    };
    let found = call.ask(question).await?;
    let entries = found
        .items
        .iter()
        .map(|package| Json::Object(show(package)))
        .collect();
    let envelope = page.envelope(call, "softwareList", entries, found.total);
    Ok(Answer::json(200, "application/json", &envelope))
}

fn show(package: &Package) -> Object {
    let mut shown: Object = [
        ("name", package.name.as_str()),
        ("version", package.version.as_str()),
    ]
    .into_iter()
    .collect();
    if let Some(kind) = &package.kind {
        shown.set("softwareType", kind.as_str());
    }
    if let Some(url) = &package.url {
        shown.set("url", url.as_str());
    }
    shown
}
