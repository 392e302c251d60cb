//! Who was given permissions on an object, for editors of the object.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::users::{show_group, show_user};
use crate::versions::expected;
use contract::permissions::owners_change;
use engine::permissions::{ChangePermissionsOn, Holder, ReadPermissionsOn};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::permissions::{Select, parse_object};

fn object_in(call: &Call) -> Result<Select<ObjectId>, Problem> {
    let text = call.part(0);
    parse_object(text).map_err(|_| Problem::no_such_id(call, text))
}

pub(super) async fn read(call: &Call) -> Result<Answer, Problem> {
    let found = call.ask(ReadPermissionsOn(object_in(call)?)).await?;
    let users = found.users.iter().map(|user| Json::Object(show_user(call, user)));
    let groups = found
        .groups
        .iter()
        .map(|group| Json::Object(show_group(call, group)));
    let mut shown = Object::new();
    shown.set("users", users.collect::<Vec<_>>());
    shown.set("groups", groups.collect::<Vec<_>>());
    Ok(Answer::json(200, "application/json", &shown).in_state(found.version))
}

pub(super) async fn change(mut call: Call) -> Result<Answer, Problem> {
    let object = object_in(&call)?;
    let change = owners_change(call.take_body()?, object).map_err(|bad| Problem::body(&call, &bad))?;
    let users = change
        .users
        .into_iter()
        .map(|(name, given)| (Holder::User(name), given));
    let groups = change
        .groups
        .into_iter()
        .map(|(id, given)| (Holder::Group(id), given));
    let command = ChangePermissionsOn {
        object,
        holders: users.chain(groups).collect(),
        expected: expected(&call),
    };
    call.run(command).await?;
    Ok(Answer::nothing(200))
}
