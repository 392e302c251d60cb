//! Endpoints of the mappings from what an identity provider says to rights, and what clients say of a provider.

mod conditions;
mod requests;
mod settings;

pub use conditions::{InventoryMappingChange, MappingChange, inventory_mapping, mapping};
pub use settings::{new_sign_on, sign_on_change};

use crate::endpoint::{Body, Kind, Parameter, answer, endpoints, nothing, parameter};
use model::limits::BODY_BYTES_MAX;
use policy::operations::sessions as does;

const JSON: &str = "application/json";
const ENDS: &[Parameter] = &[parameter(
    "terminateUserSessions",
    Kind::Bool,
    "Whether every session of the tenant ends with it.",
)];
const MAPPING: Body = Body {
    media: &[],
    schema: "AccessMapping",
    bytes_max: BODY_BYTES_MAX,
};
const INVENTORY_MAPPING: Body = Body {
    media: &[],
    schema: "InventoryAccessMapping",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    ListMappings = Get "/tenant/loginOptions/{typeOrId}/accessMappings" does does::SignOnRead {
        answer: answer(200, JSON, "AccessMappingCollection"),
        errors: &[403, 404],
        about: "List which groups follow from what the identity provider says.",
    }
    CreateMapping = Post "/tenant/loginOptions/{typeOrId}/accessMappings" does does::LoginOptionAdmin {
        query: &[ENDS],
        body: MAPPING,
        answer: answer(201, JSON, "AccessMapping"),
        errors: &[400, 403, 404, 413, 422],
        about: "Add a mapping to groups. Only members of `admins` may.",
    }
    ReadMapping = Get "/tenant/loginOptions/{typeOrId}/accessMappings/{id}" does does::SignOnRead {
        answer: answer(200, JSON, "AccessMapping"),
        errors: &[403, 404],
        about: "Read a mapping to groups.",
    }
    UpdateMapping = Put "/tenant/loginOptions/{typeOrId}/accessMappings/{id}" does does::LoginOptionAdmin {
        query: &[ENDS],
        body: MAPPING,
        answer: answer(200, JSON, "AccessMapping"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change a mapping to groups; it counts from the next sign-in on.",
    }
    DeleteMapping = Delete "/tenant/loginOptions/{typeOrId}/accessMappings/{id}" does does::LoginOptionAdmin {
        query: &[ENDS],
        answer: nothing(204),
        errors: &[400, 403, 404, 422],
        about: "Remove a mapping to groups.",
    }
    ListInventoryMappings = Get "/tenant/loginOptions/{typeOrId}/inventoryAccessMappings" does does::SignOnRead {
        answer: answer(200, JSON, "InventoryAccessMappingCollection"),
        errors: &[403, 404],
        about: "List which inventory roles follow from what the identity provider says.",
    }
    CreateInventoryMapping = Post "/tenant/loginOptions/{typeOrId}/inventoryAccessMappings" does does::LoginOptionAdmin {
        query: &[ENDS],
        body: INVENTORY_MAPPING,
        answer: answer(201, JSON, "InventoryAccessMapping"),
        errors: &[400, 403, 404, 413, 422],
        about: "Add a mapping to inventory roles. Only members of `admins` may.",
    }
    ReadInventoryMapping = Get "/tenant/loginOptions/{typeOrId}/inventoryAccessMappings/{id}" does does::SignOnRead {
        answer: answer(200, JSON, "InventoryAccessMapping"),
        errors: &[403, 404],
        about: "Read a mapping to inventory roles.",
    }
    UpdateInventoryMapping = Put "/tenant/loginOptions/{typeOrId}/inventoryAccessMappings/{id}" does does::LoginOptionAdmin {
        query: &[ENDS],
        body: INVENTORY_MAPPING,
        answer: answer(200, JSON, "InventoryAccessMapping"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change a mapping to inventory roles; it counts from the next sign-in on.",
    }
    DeleteInventoryMapping = Delete "/tenant/loginOptions/{typeOrId}/inventoryAccessMappings/{id}" does does::LoginOptionAdmin {
        query: &[ENDS],
        answer: nothing(204),
        errors: &[400, 403, 404, 422],
        about: "Remove a mapping to inventory roles.",
    }
}
