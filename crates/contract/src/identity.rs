//! Endpoints of external ids.

use crate::body::{BadBody, label, object, require};
use crate::endpoint::{Body, answer, endpoints, nothing};
use model::json::Json;
use model::limits::BODY_BYTES_MAX;
use model::names::Label;
use policy::operations::identity as does;

endpoints! {
    ExternalIdsOfObject = Get "/identity/globalIds/{id}/externalIds" does does::ExternalIdRead {
        answer: answer(200, "externalidcollection", "ExternalIds"),
        errors: &[403, 404],
        about: "List the external ids of a managed object.",
    }
    CreateExternalId = Post "/identity/globalIds/{id}/externalIds" does does::ExternalIdCreate {
        body: Body { media: &["externalid"], schema: "ExternalId", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, "externalid", "ExternalId"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Bind an external id to a managed object.",
    }
    ExternalId = Get "/identity/externalIds/{type}/{externalId}" does does::ExternalIdRead {
        answer: answer(200, "externalid", "ExternalId"),
        errors: &[403, 404],
        about: "Find the managed object behind an external id.",
    }
    DeleteExternalId = Delete "/identity/externalIds/{type}/{externalId}" does does::ExternalIdDelete {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Free an external id.",
    }
}

/// An external id as a client sends it: type and value.
pub fn new_external_id(body: Json) -> Result<(Label, Label), BadBody> {
    let body = object(body)?;
    require(&body, &["type", "externalId"])?;
    let given = |name| {
        let label = label(&body, name)?.filter(|label| !label.as_str().is_empty());
        label.ok_or(BadBody::Missing(vec![name]))
    };
    Ok((given("type")?, given("externalId")?))
}
