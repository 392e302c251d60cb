//! Mappings from what a provider says to rights, one by one.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use contract::body::BadBody;
use contract::single_sign_on::{Endpoint, inventory_mapping, mapping};
use engine::login_options::PROVIDER_TYPE;
use engine::refusal::{Missing, Refusal};
use engine::single_sign_on::{
    ChangeInventoryMapping, ChangeMapping, CreateInventoryMapping, CreateMapping, DeleteInventoryMapping,
    DeleteMapping, ReadMappings,
};
use model::json::{Json, Number, Object};
use model::single_sign_on::{AccessMapping, Comparison, InventoryMapping, Predicate};

const JSON: &str = "application/json";

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

pub(crate) async fn handle(endpoint: Endpoint, mut call: Call) -> Result<Answer, Problem> {
    check_type(&call)?;
    match endpoint {
        Endpoint::ListMappings | Endpoint::ListInventoryMappings => list(endpoint, &call).await,
        Endpoint::ReadMapping | Endpoint::ReadInventoryMapping => read(endpoint, &call).await,
        Endpoint::CreateMapping => {
            let body = call.take_body()?;
            let new = mapping(body)
                .and_then(|change| change.whole())
                .map_err(bad(&call))?;
            let ends_sessions = ends(&call)?;
            let made = call
                .run(CreateMapping {
                    mapping: new,
                    ends_sessions,
                })
                .await?;
            Ok(created(&call, made.id, &mapping_object(&call, &made)))
        }
        Endpoint::UpdateMapping => {
            let body = call.take_body()?;
            let change = mapping(body).map_err(bad(&call))?;
            let command = ChangeMapping {
                id: number(&call)?,
                change: Box::new(move |before| change.over(before)),
                ends_sessions: ends(&call)?,
            };
            let changed = call.run(command).await?;
            Ok(Answer::json(200, JSON, &mapping_object(&call, &changed)))
        }
        Endpoint::DeleteMapping => {
            let (id, ends_sessions) = (number(&call)?, ends(&call)?);
            call.run(DeleteMapping { id, ends_sessions }).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::CreateInventoryMapping => {
            let body = call.take_body()?;
            let new = inventory_mapping(body).and_then(|change| change.whole());
            let new = new.map_err(bad(&call))?;
            let ends_sessions = ends(&call)?;
            let made = call
                .run(CreateInventoryMapping {
                    mapping: new,
                    ends_sessions,
                })
                .await?;
            Ok(created(&call, made.id, &inventory_mapping_object(&call, &made)))
        }
        Endpoint::UpdateInventoryMapping => {
            let body = call.take_body()?;
            let change = inventory_mapping(body).map_err(bad(&call))?;
            let command = ChangeInventoryMapping {
                id: number(&call)?,
                change: Box::new(move |before| change.over(before)),
                ends_sessions: ends(&call)?,
            };
            let changed = call.run(command).await?;
            Ok(Answer::json(
                200,
                JSON,
                &inventory_mapping_object(&call, &changed),
            ))
        }
        Endpoint::DeleteInventoryMapping => {
            let (id, ends_sessions) = (number(&call)?, ends(&call)?);
            call.run(DeleteInventoryMapping { id, ends_sessions }).await?;
            Ok(Answer::nothing(204))
        }
    }
}

/// Other ways in have no mappings, and what is none is like one that is not there.
fn check_type(call: &Call) -> Result<(), Problem> {
    let sent = call.part(0);
    match sent.eq_ignore_ascii_case(PROVIDER_TYPE) {
        true => Ok(()),
        false => {
            let missing = Missing::LoginOption(sent.to_owned());
            Err(Problem::refused(call.endpoint, Refusal::Missing(missing)))
        }
    }
}

fn ends(call: &Call) -> Result<bool, Problem> {
    call.flag("terminateUserSessions", false)
}

fn number(call: &Call) -> Result<u32, Problem> {
    call.id(1)
}

fn created(call: &Call, id: u32, shown: &Object) -> Answer {
    let place = call.link(&format!("{}/{id}", call.path()));
    Answer::json(201, JSON, shown).at(place).only_if_wanted(call.wish)
}

async fn list(endpoint: Endpoint, call: &Call) -> Result<Answer, Problem> {
    let (mappings, inventory_mappings) = call.ask(ReadMappings).await?;
    let (key, entries): (_, Vec<Json>) = match endpoint {
        Endpoint::ListMappings => {
            let entries = mappings
                .iter()
                .map(|mapping| mapping_object(call, mapping).into());
            ("accessMappings", entries.collect())
        }
        _ => {
            let entries = inventory_mappings.iter();
            let entries = entries.map(|mapping| inventory_mapping_object(call, mapping).into());
            ("inventoryAccessMappings", entries.collect())
        }
    };
    let mut shown = Object::new();
    shown.set("self", call.link(call.path()));
    shown.set(key, entries);
    Ok(Answer::json(200, JSON, &shown))
}

async fn read(endpoint: Endpoint, call: &Call) -> Result<Answer, Problem> {
    let id = number(call)?;
    let (mappings, inventory_mappings) = call.ask(ReadMappings).await?;
    let shown = match endpoint {
        Endpoint::ReadMapping => mappings
            .iter()
            .find(|mapping| mapping.id == id)
            .map(|mapping| mapping_object(call, mapping)),
        _ => inventory_mappings
            .iter()
            .find(|mapping| mapping.id == id)
            .map(|mapping| inventory_mapping_object(call, mapping)),
    };
    let missing = || Problem::refused(call.endpoint, Refusal::Missing(Missing::AccessMapping(id)));
    Ok(Answer::json(200, JSON, &shown.ok_or_else(missing)?))
}

fn whole_number(number: impl std::fmt::Display) -> Json {
    Number::parse(&number.to_string()).map_or(Json::Null, Json::Number)
}

fn numbers<T: std::fmt::Display>(ids: impl IntoIterator<Item = T>) -> Vec<Json> {
    ids.into_iter().map(whole_number).collect()
}

fn place(call: &Call, kind: &str, id: u32) -> String {
    call.link(&format!("/tenant/loginOptions/{PROVIDER_TYPE}/{kind}/{id}"))
}

pub(super) fn mapping_object(call: &Call, mapping: &AccessMapping) -> Object {
    let mut shown = Object::new();
    shown.set("id", whole_number(mapping.id));
    shown.set("self", place(call, "accessMappings", mapping.id));
    shown.set("when", condition(&mapping.when));
    shown.set("thenGroups", numbers(&mapping.groups));
    shown.set("thenApplications", numbers(&mapping.applications));
    shown
}

pub(super) fn inventory_mapping_object(call: &Call, mapping: &InventoryMapping) -> Object {
    let mut shown = Object::new();
    shown.set("id", whole_number(mapping.id));
    shown.set("self", place(call, "inventoryAccessMappings", mapping.id));
    shown.set("when", condition(&mapping.when));
    let roles = mapping.roles.iter().map(|(object, roles)| {
        let mut entry = Object::new();
        entry.set("managedObject", object.to_string());
        entry.set("roleIds", numbers(roles));
        Json::from(entry)
    });
    shown.set("thenInventoryRoles", roles.collect::<Vec<_>>());
    shown
}

fn condition(predicate: &Predicate) -> Object {
    let joined = |operator: &str, parts: &[Predicate]| {
        let mut shown = Object::new();
        shown.set("operator", operator);
        let parts = parts.iter().map(|part| condition(part).into());
        shown.set("childPredicates", parts.collect::<Vec<Json>>());
        shown
    };
    match predicate {
        Predicate::All(parts) => joined("AND", parts),
        Predicate::Any(parts) => joined("OR", parts),
        Predicate::Claim { path, is, value } => {
            let operator = match is {
                Comparison::Equal => "EQ",
                Comparison::NotEqual => "NEQ",
                Comparison::Greater => "GT",
                Comparison::Less => "LT",
                Comparison::GreaterOrEqual => "GTE",
                Comparison::LessOrEqual => "LTE",
                Comparison::In => "IN",
            };
            let mut shown = Object::new();
            shown.set("operator", operator);
            shown.set("parameterPath", path.as_str());
            shown.set("value", value.as_str());
            shown.set("childPredicates", Vec::<Json>::new());
            shown
        }
    }
}
