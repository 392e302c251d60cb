//! External ids.

use crate::answer::Answer;
use crate::call::Call;
use crate::links::segment;
use crate::problem::Problem;
use contract::identity::{Endpoint, new_external_id};
use engine::identity::{CreateExternalId, DeleteExternalId, ListExternalIds, ReadExternalId};
use model::identity::ExternalId;
use model::json::{Json, Object};

pub(crate) async fn handle(endpoint: Endpoint, mut call: Call) -> Result<Answer, Problem> {
    let refused = |refusal| Problem::refused(contract::endpoints::Endpoint::Identity(endpoint), refusal);
    match endpoint {
        Endpoint::ExternalIdsOfObject => {
            let question = ListExternalIds { object: call.id(0)? };
            let found = call.door().ask(call.caller()?, question).await.map_err(refused)?;
            let entries: Vec<Json> = found.iter().map(|id| show(&call, id).into()).collect();
            let mut answer: Object = [("self", call.link(call.path()))].into_iter().collect();
            answer.set("externalIds", entries);
            Ok(Answer::json(200, "externalidcollection", &answer))
        }
        Endpoint::CreateExternalId => {
            let object = call.id(0)?;
            let body = call.take_body()?;
            let (kind, value) = new_external_id(body).map_err(|bad| Problem::body(&call, &bad))?;
            let created = ExternalId {
                kind: kind.clone(),
                value: value.clone(),
                object,
            };
            let command = CreateExternalId { object, kind, value };
            call.door().run(call.caller()?, command).await.map_err(refused)?;
            let answer = Answer::json(201, "externalid", &show(&call, &created));
            Ok(answer.at(link(&call, &created)))
        }
        Endpoint::ExternalId => {
            let (kind, value) = (call.part(0).to_owned(), call.part(1).to_owned());
            let found = call
                .door()
                .ask(call.caller()?, ReadExternalId { kind, value })
                .await
                .map_err(refused)?;
            Ok(Answer::json(200, "externalid", &show(&call, &found)))
        }
        Endpoint::DeleteExternalId => {
            let (kind, value) = (call.part(0).to_owned(), call.part(1).to_owned());
            call.door()
                .run(call.caller()?, DeleteExternalId { kind, value })
                .await
                .map_err(refused)?;
            Ok(Answer::nothing(204))
        }
    }
}

fn link(call: &Call, id: &ExternalId) -> String {
    call.link(&format!(
        "/identity/externalIds/{}/{}",
        segment(id.kind.as_str()),
        segment(id.value.as_str())
    ))
}

pub(crate) fn show(call: &Call, id: &ExternalId) -> Object {
    let mut object = Object::new();
    object.set("self", link(call, id));
    object.set("externalId", id.value.as_str());
    object.set("type", id.kind.as_str());
    let mut managed: Object = [("id", id.object.to_string())].into_iter().collect();
    managed.set(
        "self",
        call.link(&format!("/inventory/managedObjects/{}", id.object)),
    );
    object.set("managedObject", managed);
    object
}
