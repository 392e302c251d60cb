//! Applications in the shape of the API.

mod archives;
mod hosted;
mod show;
mod subscriptions;

pub(crate) use archives::receive;
pub(crate) use show::{references, show_beside};

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::platform::entry;
use crate::problem::Problem;
use contract::applications::Endpoint;
use contract::applications::bodies::{application_change, new_application};
use contract::body::BadBody;
use engine::applications::current::{ReadCurrent, UpdateCurrent};
use engine::applications::{Filter, Written};
use engine::refusal::{Missing, Refusal};
use model::ids::ApplicationId;
use model::json::{Json, Object};
use model::limits::PAGE_SIZE_MAX;
use show::{show, show_credential};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Root => root(&call).await,
        Endpoint::List => list(&call, filter_of(&call)?).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::Manifest => manifest(&call).await,
        Endpoint::ListBinaries => archives::list(&call).await,
        Endpoint::Download => archives::download(call).await,
        Endpoint::DeleteBinary => archives::delete(&call).await,
        Endpoint::ListVersions => archives::versions(&call).await,
        Endpoint::DeleteVersion => archives::delete_version(&call).await,
        Endpoint::TagVersion => archives::tag(call).await,
        Endpoint::Clone => archives::clone(&call).await,
        Endpoint::Bootstrap => bootstrap(&call).await,
        Endpoint::RenewBootstrap => renew(&call).await,
        Endpoint::ListByName | Endpoint::ListByTenant | Endpoint::ListByOwner => {
            list(&call, filter_by_path(endpoint, &call)).await
        }
        Endpoint::ListByUser => list_by_user(&call).await,
        Endpoint::Current => {
            let view = call.ask(ReadCurrent).await?;
            Ok(Answer::json(200, "application", &show(&call, &view)))
        }
        Endpoint::UpdateCurrent => change_current(call).await,
        Endpoint::CurrentSettings => settings(&call).await,
        Endpoint::CurrentSubscriptions => users(&call).await,
        Endpoint::ListSubscriptions => subscriptions::list(&call).await,
        Endpoint::RestrictedRoles => subscriptions::restricted(&call).await,
        Endpoint::Subscribe => subscriptions::subscribe(call).await,
        Endpoint::Unsubscribe => subscriptions::unsubscribe(&call).await,
        Endpoint::HostedIndex | Endpoint::HostedFile => hosted::serve(&call).await,
        // Their bodies are files: see `receive`.
        Endpoint::Upload | Endpoint::CreateVersion => Err(Problem::body_incomplete()),
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

fn link(call: &Call, id: ApplicationId) -> String {
    call.link(&format!("/application/applications/{id}"))
}

async fn root(call: &Call) -> Result<Answer, Problem> {
    crate::platform::check_need(call).await?;
    let templates = [
        ("applications", "/application/applications"),
        ("applicationById", "/application/applications/{id}"),
        ("applicationsByName", "/application/applicationsByName/{name}"),
        (
            "applicationsByTenant",
            "/application/applicationsByTenant/{tenantId}",
        ),
        (
            "applicationsByOwner",
            "/application/applicationsByOwner/{tenantId}",
        ),
        ("applicationsByUser", "/application/applicationsByUser/{username}"),
    ];
    Ok(Answer::json(
        200,
        "applicationapi",
        &entry(call, "/application", &templates),
    ))
}

fn filter_of(call: &Call) -> Result<Filter, Problem> {
    let kind = call.text("type").map(|text| text.parse());
    let availability = call.text("availability").map(|text| text.parse());
    let has_versions = match call.text("hasVersions") {
        Some(_) => Some(call.flag("hasVersions", false)?),
        None => None,
    };
    // What can be no user name is no user's.
    let user = match call.text("user") {
        Some(text) => Some(text.parse().map_err(|_| missing_user(call, &text))?),
        None => None,
    };
    Ok(Filter {
        name: call.text("name"),
        owner: call.text("owner"),
        tenant: call.text("tenant"),
        subscriber: call.text("subscriber"),
        provided_for: call.text("providedFor"),
        user,
        kind: kind
            .transpose()
            .map_err(|_| Problem::bad_parameter(call, "type", "HOSTED, EXTERNAL or MICROSERVICE"))?,
        availability: availability
            .transpose()
            .map_err(|_| Problem::bad_parameter(call, "availability", "MARKET, PRIVATE or SHARED"))?,
        has_versions,
    })
}

fn missing_user(call: &Call, text: &str) -> Problem {
    Problem::refused(call.endpoint, Refusal::Missing(Missing::User(text.to_owned())))
}

fn filter_by_path(endpoint: Endpoint, call: &Call) -> Filter {
    let text = Some(call.part(0).to_owned());
    match endpoint {
        Endpoint::ListByName => Filter {
            name: text,
            ..Filter::default()
        },
        Endpoint::ListByTenant => Filter {
            tenant: text,
            ..Filter::default()
        },
        _ => Filter {
            owner: text,
            ..Filter::default()
        },
    }
}

async fn list(call: &Call, filter: Filter) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call
        .door()
        .find_applications(call.caller()?, filter, page.cut())
        .await;
    let found = found.map_err(call.refused())?;
    let entries = found.items.iter().map(|view| Json::Object(show(call, view)));
    let envelope = page.envelope(call, "applications", entries.collect(), found.total);
    Ok(Answer::json(200, "applicationcollection", &envelope))
}

async fn list_by_user(call: &Call) -> Result<Answer, Problem> {
    let (page, drops) = (Page::of(call)?, call.flag("dropOverwrittenApps", false)?);
    let is_whole = call.flag("noPaging", false)?;
    let text = call.part(0);
    let filter = Filter {
        user: Some(text.parse().map_err(|_| missing_user(call, text))?),
        ..Filter::default()
    };
    // Which of them are overwritten, all of them tell.
    let all = engine::page::Page {
        skip: 0,
        take: PAGE_SIZE_MAX,
        count: false,
    };
    let found = call.door().find_applications(call.caller()?, filter, all).await;
    let mut found = found.map_err(call.refused())?.items;
    if drops {
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|view| match &view.application.context_path {
            Some(path) => seen.insert(path.clone()),
            None => true,
        });
    }
    let total = page.counts().then_some(found.len());
    let (skip, take) = match is_whole {
        true => (0, found.len()),
        false => (page.skip(), page.size),
    };
    let entries = found.iter().skip(skip).take(take);
    let entries = entries.map(|view| Json::Object(show(call, view))).collect();
    let envelope = page.envelope(call, "applications", entries, total);
    Ok(Answer::json(200, "applicationcollection", &envelope))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_application(body).map_err(bad(&call))?;
    let written = call.door().create_application(call.caller()?, new).await;
    Ok(answer_written(&call, 201, &written.map_err(call.refused())?))
}

/// An application that was written; to those who may not read it, only its id (R019).
fn answer_written(call: &Call, status: u16, written: &Written) -> Answer {
    let at = link(call, written.id);
    let shown = match &written.shown {
        Some(view) => show(call, view),
        None => [("id", written.id.to_string()), ("self", at.clone())]
            .into_iter()
            .collect(),
    };
    let answer = Answer::json(status, "application", &shown);
    match status {
        201 => answer.at(at),
        _ => answer,
    }
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let found = call.door().application(call.caller()?, call.id(0)?).await;
    let view = found.map_err(call.refused())?;
    Ok(Answer::json(200, "application", &show(call, &view)))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let said = application_change(body).map_err(bad(&call))?;
    let written = call.door().update_application(call.caller()?, id, said).await;
    Ok(answer_written(&call, 200, &written.map_err(call.refused())?))
}

async fn change_current(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let said = application_change(body).map_err(bad(&call))?;
    let keys = call.door().new_part_keys(call.caller()?.tenant_id());
    let view = call.run(UpdateCurrent(said, keys)).await?;
    Ok(Answer::json(200, "application", &show(&call, &view)))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let (id, force) = (call.id(0)?, call.flag("force", false)?);
    let deleted = call.door().delete_application(call.caller()?, id, force).await;
    deleted.map_err(call.refused())?;
    Ok(Answer::nothing(204))
}

/// By its path, or by its id: clients know both.
async fn manifest(call: &Call) -> Result<Answer, Problem> {
    let asked = call.part(0);
    let missing = || {
        let missing = Missing::Application(asked.to_owned());
        Problem::refused(call.endpoint, Refusal::Missing(missing))
    };
    let filter = Filter {
        user: Some(call.caller()?.name().clone()),
        ..Filter::default()
    };
    let all = engine::page::Page {
        skip: 0,
        take: PAGE_SIZE_MAX,
        count: false,
    };
    let found = call.door().find_applications(call.caller()?, filter, all).await;
    let found = found.map_err(call.refused())?.items;
    let is_it = |view: &&engine::applications::ApplicationView| {
        let path = view.application.context_path.as_ref();
        path.is_some_and(|path| path.as_str() == asked) || view.application.id.to_string() == asked
    };
    let view = found.iter().find(is_it).ok_or_else(missing)?;
    let mut shown = Object::new();
    shown.set("application", show(call, view));
    Ok(Answer::json(200, "application", &shown))
}

async fn bootstrap(call: &Call) -> Result<Answer, Problem> {
    let found = call
        .door()
        .bootstrap_credential(call.caller()?, call.id(0)?)
        .await;
    let credential = found.map_err(call.refused())?;
    Ok(Answer::json(200, "user", &show_credential(&credential)))
}

async fn renew(call: &Call) -> Result<Answer, Problem> {
    let made = call
        .door()
        .renew_bootstrap_credential(call.caller()?, call.id(0)?)
        .await;
    let credential = made.map_err(call.refused())?;
    Ok(Answer::json(200, "user", &show_credential(&credential)))
}

async fn settings(call: &Call) -> Result<Answer, Problem> {
    let found = call.door().current_settings(call.caller()?).await;
    let settings: Vec<Json> = found
        .map_err(call.refused())?
        .into_iter()
        .map(Json::Object)
        .collect();
    Ok(Answer::text(
        "applicationsettings",
        Json::from(settings).to_string(),
    ))
}

async fn users(call: &Call) -> Result<Answer, Problem> {
    let found = call.door().current_subscriptions(call.caller()?).await;
    let users = found.map_err(call.refused())?;
    let users: Vec<Json> = users.iter().map(|user| show_credential(user).into()).collect();
    let mut shown = Object::new();
    shown.set("users", users);
    Ok(Answer::json(200, "applicationusercollection", &shown))
}
