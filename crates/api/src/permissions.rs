//! Permissions on objects and fragments: inventory roles that are assigned, and permissions given one by one.

mod assignments;
mod on_object;
mod rules;

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::users::{check_tenant, group_in, group_link, user_in, user_link};
use contract::permissions::{ByObject, Endpoint};
use engine::permissions::Holder;
use model::json::{Json, Object};
use model::permissions::{Permission, object_text};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::ReadOnObject => return on_object::read(&call).await,
        Endpoint::ChangeOnObject => return on_object::change(call).await,
        _ => check_tenant(&call)?,
    }
    let holder = holder_in(endpoint, &call)?;
    match endpoint {
        Endpoint::ListOfUser | Endpoint::ListOfGroup => assignments::list(&call, holder).await,
        Endpoint::AssignToUser | Endpoint::AssignToGroup => assignments::assign(call, holder).await,
        Endpoint::ReadOfUser | Endpoint::ReadOfGroup => assignments::read(&call, holder).await,
        Endpoint::ChangeOfUser | Endpoint::ChangeOfGroup => assignments::change(call, holder).await,
        Endpoint::UnassignOfUser | Endpoint::UnassignOfGroup => assignments::unassign(&call, holder).await,
        Endpoint::RulesOfUser | Endpoint::RulesOfGroup => rules::read(&call, holder).await,
        Endpoint::ReplaceRulesOfUser | Endpoint::ReplaceRulesOfGroup => rules::replace(call, holder).await,
        Endpoint::ReadOnObject | Endpoint::ChangeOnObject => Err(Problem::unknown_path()),
    }
}

/// Who holds what the path is about.
fn holder_in(endpoint: Endpoint, call: &Call) -> Result<Holder, Problem> {
    match endpoint {
        Endpoint::ListOfGroup
        | Endpoint::AssignToGroup
        | Endpoint::ReadOfGroup
        | Endpoint::ChangeOfGroup
        | Endpoint::UnassignOfGroup
        | Endpoint::RulesOfGroup
        | Endpoint::ReplaceRulesOfGroup => group_in(call).map(Holder::Group),
        _ => user_in(call, 1).map(Holder::User),
    }
}

/// The link of who holds it.
fn holder_link(call: &Call, holder: &Holder) -> String {
    match holder {
        Holder::User(name) => user_link(call, name),
        Holder::Group(id) => group_link(call, *id),
    }
}

/// `{"10200": ["MEASUREMENT:c8y_T:READ"]}`
pub(crate) fn device_permissions(permissions: &ByObject) -> Object {
    let texts = |list: &[Permission]| -> Vec<Json> {
        list.iter()
            .map(|permission| Json::from(permission.to_string()))
            .collect()
    };
    let mut shown = Object::new();
    for (object, list) in permissions {
        shown.set(object_text(*object), texts(list));
    }
    shown
}
