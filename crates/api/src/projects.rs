//! Projects: sandboxed parts of a tenant.

use crate::answer::Answer;
use crate::call::Call;
use crate::inventory::{link as object_link, show_written};
use crate::paging::Page;
use crate::problem::Problem;
use contract::body::BadBody;
use contract::inventory::new_object;
use contract::projects::{Endpoint, destination, new_project, project_change};
use engine::projects::{
    CreateInProject, CreateProject, DeleteProject, FindProjects, MoveObject, ProjectView, ReadProject,
    UpdateProject,
};
use model::ids::ObjectId;
use model::json::{Json, Object};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => find(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::CreateObject => create_object(call).await,
        Endpoint::Move => move_object(call).await,
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// The link of a project.
pub(crate) fn link(call: &Call, id: ObjectId) -> String {
    call.link(&format!("/inventory/projects/{id}"))
}

fn show(call: &Call, project: &ProjectView) -> Object {
    let object = &project.object;
    let mut shown = Object::new();
    shown.set("id", object.id.to_string());
    shown.set("self", link(call, object.id));
    if let Some(name) = &object.name {
        shown.set("name", name.as_str());
    }
    if let Some(description) = &project.description {
        shown.set("description", description.as_str());
    }
    if let Some(most) = project.objects_max {
        shown.set("maxObjects", count(most));
    }
    shown.set("objectCount", count(project.objects));
    shown.set("owner", project.owner.as_str());
    shown.set("creationTime", object.created.to_string());
    shown.set("lastUpdated", object.updated.to_string());
    shown
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindProjects(engine::page::Page {
        skip: page.skip(),
        take: page.size,
        count: page.counts(),
    });
    let found = call.ask(question).await?;
    let entries = found
        .items
        .iter()
        .map(|project| Json::Object(show(call, project)));
    let envelope = page.envelope(call, "projects", entries.collect(), found.total);
    Ok(Answer::json(200, "projectcollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let project = call.ask(ReadProject(call.id(0)?)).await?;
    Ok(Answer::json(200, "project", &show(call, &project)))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_project(body).map_err(bad(&call))?;
    let name = new
        .name
        .ok_or(BadBody::Missing(vec!["name"]))
        .map_err(bad(&call))?;
    let command = CreateProject {
        name,
        description: new.description.flatten(),
        objects_max: new.objects_max.flatten(),
    };
    let project = call.run(command).await?;
    let at = link(&call, project.object.id);
    let answer = Answer::json(201, "project", &show(&call, &project));
    Ok(answer.at(at))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id: ObjectId = call.id(0)?;
    let body = call.take_body()?;
    let change = project_change(body).map_err(bad(&call))?;
    let command = UpdateProject {
        id,
        name: change.name,
        description: change.description,
        objects_max: change.objects_max,
    };
    let shown = match call.run(command).await? {
        Some(project) => show(&call, &project),
        None => [("id", id.to_string())].into_iter().collect(),
    };
    Ok(Answer::json(200, "project", &shown))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let command = DeleteProject {
        id: call.id(0)?,
        cascade: call.flag("cascade", false)?,
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

async fn create_object(mut call: Call) -> Result<Answer, Problem> {
    let project = call.id(0)?;
    let body = call.take_body()?;
    let object = new_object(body).map_err(bad(&call))?;
    let written = call.run(CreateInProject { project, object }).await?;
    Ok(show_written(&call, 201, &written).at(object_link(&call, written.id())))
}

async fn move_object(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let project = destination(body).map_err(bad(&call))?;
    let written = call.run(MoveObject { id, project }).await?;
    Ok(show_written(&call, 200, &written))
}
