//! Managed objects and their children.

mod children;
mod kpis;
mod search;
mod show;

use crate::answer::Answer;
use crate::call::Call;
use crate::media::Wish;
use crate::paging::Page;
use crate::problem::Problem;
use crate::versions::expected;
use contract::body::{boolean, object};
use contract::inventory::{Endpoint, new_object, update};
use engine::availability::ReadAvailability;
use engine::device_users::{DeviceUser, ReadDeviceUser, SwitchDeviceUser};
use engine::inventory::{
    CountObjects, CreateObject, DeleteObject, EditObject, FindObjects, ObjectView, ReadObject, UpdateObject,
    Written,
};
use engine::measurements::{SupportedMeasurements, SupportedSeries};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::json::{Json, Object};
pub(crate) use search::Filters;
use search::show_more;
pub(crate) use show::show_object;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    use children::{add, list, read, remove, remove_many};
    match endpoint {
        Endpoint::List => find(&call).await,
        Endpoint::Count => count(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read_one(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::SupportedMeasurements => supported_measurements(&call).await,
        Endpoint::LastMessage => last_message(&call).await,
        Endpoint::Kpis => kpis::list(&call).await,
        Endpoint::SupportedSeries => supported_series(&call).await,
        Endpoint::ReadDeviceUser => read_device_user(&call).await,
        Endpoint::UpdateDeviceUser => update_device_user(call).await,
        Endpoint::ListChildDevices => list(&call, ChildKind::Device).await,
        Endpoint::AddChildDevices => add(call, ChildKind::Device).await,
        Endpoint::RemoveChildDevices => remove_many(call, ChildKind::Device).await,
        Endpoint::ReadChildDevice => read(&call, ChildKind::Device).await,
        Endpoint::RemoveChildDevice => remove(&call, ChildKind::Device).await,
        Endpoint::ListChildAssets => list(&call, ChildKind::Asset).await,
        Endpoint::AddChildAssets => add(call, ChildKind::Asset).await,
        Endpoint::RemoveChildAssets => remove_many(call, ChildKind::Asset).await,
        Endpoint::ReadChildAsset => read(&call, ChildKind::Asset).await,
        Endpoint::RemoveChildAsset => remove(&call, ChildKind::Asset).await,
        Endpoint::ListChildAdditions => list(&call, ChildKind::Addition).await,
        Endpoint::AddChildAdditions => add(call, ChildKind::Addition).await,
        Endpoint::RemoveChildAdditions => remove_many(call, ChildKind::Addition).await,
        Endpoint::ReadChildAddition => read(&call, ChildKind::Addition).await,
        Endpoint::RemoveChildAddition => remove(&call, ChildKind::Addition).await,
    }
}

/// The link of an object.
pub(crate) fn link(call: &Call, id: ObjectId) -> String {
    call.link(&format!("/inventory/managedObjects/{id}"))
}

async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let filters = Filters::of(call, page)?;
    let question = FindObjects {
        search: filters.search,
        owner: filters.owner,
        text: filters.text,
        show: show_more(call)?,
    };
    if filters.matches_nothing {
        let total = page.counts().then_some(0);
        let envelope = page.envelope(call, "managedObjects", Vec::new(), total);
        return Ok(Answer::json(200, "managedobjectcollection", &envelope));
    }
    let found = call.ask(question).await?;
    let with_names = !call.flag("skipChildrenNames", false)?;
    let entries = found
        .objects
        .iter()
        .map(|view| Json::Object(show_object(call, view, with_names)))
        .collect();
    let envelope = page.envelope(call, "managedObjects", entries, found.total);
    Ok(Answer::json(200, "managedobjectcollection", &envelope))
}

async fn count(call: &Call) -> Result<Answer, Problem> {
    let filters = Filters::of(call, Page::of(call)?)?;
    let question = CountObjects {
        search: filters.search,
        owner: filters.owner,
        text: filters.text,
    };
    let count = match filters.matches_nothing {
        true => 0,
        false => call.ask(question).await?,
    };
    Ok(Answer::text("application/json", count.to_string()))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_object(body).map_err(|bad| Problem::body(&call, &bad))?;
    let written = call.run(CreateObject(new)).await?;
    Ok(show_written(&call, 201, &written).at(link(&call, written.id())))
}

async fn read_one(call: &Call) -> Result<Answer, Problem> {
    let question = ReadObject {
        id: call.id(0)?,
        show: show_more(call)?,
    };
    let view = call.ask(question).await?;
    let with_names = !call.flag("skipChildrenNames", false)?;
    Ok(show_one(call, 200, &view, with_names))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let update = update(body).map_err(|bad| Problem::body(&call, &bad))?;
    let command = EditObject {
        change: UpdateObject { id, update },
        expected: expected(&call),
    };
    let written = call.run(command).await?;
    Ok(show_written(&call, 200, &written))
}

/// What was written, as far as the caller may read it: an ADMIN without READ gets no stored data back (R019). That and a
/// heartbeat are answered with nothing but the id.
pub(crate) fn show_written(call: &Call, status: u16, written: &Written) -> Answer {
    match written {
        Written::Shown(view) => show_one(call, status, view, true),
        Written::Hidden(id) => {
            let object: Object = [("id", id.to_string())].into_iter().collect();
            Answer::json(status, "managedobject", &object)
        }
    }
}

/// One object, with the state that it is in if that is known.
fn show_one(call: &Call, status: u16, view: &ObjectView, with_names: bool) -> Answer {
    let answer = Answer::json(status, "managedobject", &show_object(call, view, with_names));
    match view.version {
        Some(version) => answer.in_state(version),
        None => answer,
    }
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let command = DeleteObject {
        id: call.id(0)?,
        cascade: call.flag("cascade", false)?,
        force_cascade: call.flag("forceCascade", false)?,
        with_device_user: call.flag("withDeviceUser", false)?,
        expected: expected(call),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

async fn supported_measurements(call: &Call) -> Result<Answer, Problem> {
    let question = SupportedMeasurements { object: call.id(0)? };
    let names = call.ask(question).await?;
    Ok(supported("c8y_SupportedMeasurements", names))
}

async fn supported_series(call: &Call) -> Result<Answer, Problem> {
    let question = SupportedSeries { object: call.id(0)? };
    let names = call.ask(question).await?;
    Ok(supported("c8y_SupportedSeries", names))
}

async fn last_message(call: &Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let known = call.ask(ReadAvailability(id)).await?;
    let last = known.last.to_string();
    if call.wish != Wish::Plain {
        return Ok(Answer::text("text/plain", last));
    }
    let mut shown: Object = [("deviceId", id.to_string()), ("lastMessage", last)]
        .into_iter()
        .collect();
    // All of them are always there: the Python client takes that for granted.
    let text = |text: Option<String>| text.map_or(Json::Null, Json::String);
    shown.set("externalId", text(known.external_id.map(|id| id.to_string())));
    let required = known.required.as_ref();
    shown.set(
        "interval",
        text(required.map(|required| format!("{} minutes", required.minutes))),
    );
    shown.set(
        "dataStatus",
        text(required.map(|required| required.data.to_owned())),
    );
    shown.set(
        "connectionStatus",
        text(required.map(|required| required.connection.to_owned())),
    );
    Ok(Answer::json(200, "application/json", &shown))
}

fn supported(key: &'static str, names: Vec<String>) -> Answer {
    let names: Vec<Json> = names.into_iter().map(Json::String).collect();
    Answer::json(200, "application/json", &[(key, names)].into_iter().collect())
}

async fn read_device_user(call: &Call) -> Result<Answer, Problem> {
    let question = ReadDeviceUser { object: call.id(0)? };
    let user = call.ask(question).await?;
    Ok(show_device_user(call, Some(&user)))
}

async fn update_device_user(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let bad = |call: &Call, bad| Problem::body(call, &bad);
    let body = object(call.take_body()?).map_err(|error| bad(&call, error))?;
    let enabled = boolean(&body, "enabled").map_err(|error| bad(&call, error))?;
    let user = match enabled {
        Some(enabled) => {
            let command = SwitchDeviceUser { object: id, enabled };
            call.run(command).await?
        }
        None => Some(call.ask(ReadDeviceUser { object: id }).await?),
    };
    Ok(show_device_user(&call, user.as_ref()))
}

/// The user of a device, as far as the caller may read it (R019).
fn show_device_user(call: &Call, user: Option<&DeviceUser>) -> Answer {
    let mut object: Object = [("self", call.link(call.path()))].into_iter().collect();
    if let Some(user) = user {
        object.set("userName", user.name.as_str());
        object.set("enabled", user.enabled);
    }
    Answer::json(200, "managedobjectuser", &object)
}
