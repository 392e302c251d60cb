//! Children of managed objects: one set of handlers for all three kinds of edges.

use super::link;
use super::search::{query_of, show_options};
use super::show::{reference, show_object};
use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use contract::body::{BadBody, object};
use contract::inventory::{NewChildren, new_children, references};
use engine::inventory::{
    AddChildren, ChildTarget, CreateChild, ListChildren, ReadChild, RemoveChildren, Search, Written,
};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::json::{Json, Object};

pub(super) async fn list(call: &Call, kind: ChildKind) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let parent: ObjectId = call.id(0)?;
    let search = Search {
        query: query_of(call, "query")?,
        skip: page.skip(),
        take: page.size,
        count: page.counts(),
        ..Search::default()
    };
    let question = ListChildren {
        parent,
        kind,
        search,
        show: show_options(call)?,
    };
    let found = call.ask(question).await?;
    let entries = found.objects.iter().map(|view| {
        Json::Object(reference(
            call,
            parent,
            kind,
            view.object.id,
            show_object(call, view, true),
        ))
    });
    let envelope = page.envelope(call, "references", entries.collect(), found.total);
    Ok(Answer::json(200, "managedobjectreferencecollection", &envelope))
}

pub(super) async fn read(call: &Call, kind: ChildKind) -> Result<Answer, Problem> {
    let (parent, child) = (call.id(0)?, call.id(1)?);
    let question = ReadChild { parent, kind, child };
    let view = call.ask(question).await?;
    let entry = reference(call, parent, kind, child, show_object(call, &view, true));
    Ok(Answer::json(200, "managedobjectreference", &entry))
}

pub(super) async fn add(mut call: Call, kind: ChildKind) -> Result<Answer, Problem> {
    let target = ChildTarget {
        parent: call.id(0)?,
        kind,
    };
    let body = call.take_body()?;
    let new = new_children(body, call.media.as_deref()).map_err(|bad| Problem::body(&call, &bad))?;
    match new {
        NewChildren::One(child) => {
            let added = run_add(&call, target, vec![child]).await?;
            let object = added
                .first()
                .map(|written| show(&call, written))
                .unwrap_or_default();
            let entry = reference(&call, target.parent, kind, child, object);
            let at = format!("{}/{}/{child}", link(&call, target.parent), kind.container());
            Ok(Answer::json(201, "managedobjectreference", &entry).at(at))
        }
        NewChildren::Many(children) => {
            let added = run_add(&call, target, children).await?;
            let entries: Vec<Json> = added
                .iter()
                .map(|written| {
                    let object = show(&call, written);
                    Json::Object(reference(&call, target.parent, kind, written.id(), object))
                })
                .collect();
            let answer: Object = [("references", entries)].into_iter().collect();
            Ok(Answer::json(201, "managedobjectreferencecollection", &answer))
        }
        NewChildren::Created(object) => {
            let command = CreateChild { target, object };
            let written = call.run(command).await?;
            let answer = Answer::json(201, "managedobject", &show(&call, &written));
            Ok(answer.at(link(&call, written.id())))
        }
    }
}

async fn run_add(call: &Call, target: ChildTarget, children: Vec<ObjectId>) -> Result<Vec<Written>, Problem> {
    call.run(AddChildren { target, children }).await
}

/// A child that was added, as far as the caller may read it.
fn show(call: &Call, written: &Written) -> Object {
    match written {
        Written::Shown(view) => show_object(call, view, true),
        Written::Hidden(id) => {
            let mut object: Object = [("id", id.to_string())].into_iter().collect();
            object.set("self", link(call, *id));
            object
        }
    }
}

pub(super) async fn remove(call: &Call, kind: ChildKind) -> Result<Answer, Problem> {
    let target = ChildTarget {
        parent: call.id(0)?,
        kind,
    };
    run_remove(call, target, vec![call.id(1)?]).await
}

pub(super) async fn remove_many(mut call: Call, kind: ChildKind) -> Result<Answer, Problem> {
    let target = ChildTarget {
        parent: call.id(0)?,
        kind,
    };
    let body = call.take_body()?;
    let children =
        object(body).and_then(|body| references(&body)?.ok_or(BadBody::Missing(vec!["references"])));
    let children = children.map_err(|bad| Problem::body(&call, &bad))?;
    run_remove(&call, target, children).await
}

async fn run_remove(call: &Call, target: ChildTarget, children: Vec<ObjectId>) -> Result<Answer, Problem> {
    call.run(RemoveChildren { target, children }).await?;
    Ok(Answer::nothing(204))
}
