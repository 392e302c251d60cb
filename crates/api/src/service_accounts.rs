//! Service accounts and their keys. The tenant in the path must be the caller's own, as for users.

use crate::answer::Answer;
use crate::call::Call;
use crate::links::segment;
use crate::paging::Page;
use crate::problem::Problem;
use crate::projects;
use crate::users::{check_tenant, cut, show_user, user_in};
use crate::versions::expected;
use contract::body::BadBody;
use contract::service_accounts::{Endpoint, account_change, new_account, new_key};
use engine::service_accounts::keys::{KeyView, NewKey, RevokeKey};
use engine::service_accounts::{
    AccountChange, AccountView, CreateServiceAccount, DeleteServiceAccount, FindServiceAccounts,
    ReadServiceAccount, UpdateServiceAccount, WrittenAccount,
};
use model::json::{Json, Object};
use model::names::UserName;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    check_tenant(&call)?;
    match endpoint {
        Endpoint::List => find(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::CreateKey => create_key(call).await,
        Endpoint::RevokeKey => revoke_key(&call).await,
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// The link of a service account. The tenant in the path is the caller's own.
fn link(call: &Call, name: &UserName) -> String {
    call.link(&format!(
        "/user/{}/serviceAccounts/{}",
        call.part(0),
        segment(name.as_str())
    ))
}

fn show(call: &Call, view: &AccountView) -> Object {
    let at = link(call, &view.user.user.name);
    let keys = view.keys.iter().map(|key| Json::Object(show_key(&at, key)));
    let mut user = show_user(call, &view.user);
    let mut shown = Object::new();
    for name in ["id", "userName", "enabled", "groups", "roles"] {
        if let Some(value) = user.remove(name) {
            shown.set(name, value);
        }
    }
    shown.set("keys", keys.collect::<Vec<_>>());
    shown.set("self", at);
    if let Some(description) = &view.description {
        shown.set("description", description.as_str());
    }
    if let Some(project) = view.project {
        let mut reference = Object::new();
        reference.set("id", project.to_string());
        reference.set("self", projects::link(call, project));
        shown.set("project", reference);
    }
    let addresses: Vec<Json> = view
        .addresses
        .iter()
        .map(|range| range.to_string().into())
        .collect();
    shown.set("addresses", addresses);
    if let Some(expires) = view.expires {
        shown.set("expirationTime", expires.to_string());
    }
    shown
}

fn show_key(account: &str, key: &KeyView) -> Object {
    let mut shown = Object::new();
    shown.set("id", key.id.to_string());
    shown.set("self", format!("{account}/keys/{}", key.id));
    shown.set("name", key.name.as_str());
    shown.set("creationTime", key.created.to_string());
    shown.set("expirationTime", key.expires.to_string());
    if let Some(day) = key.last_used {
        shown.set("lastUsed", day.to_string());
    }
    shown
}

/// An account that was written; to those who may not read it, only its name (R019).
fn answer_written(call: &Call, status: u16, written: &WrittenAccount) -> Answer {
    let at = link(call, &written.name);
    let shown = match &written.shown {
        Some(view) => show(call, view),
        None => [("id", written.name.to_string()), ("self", at)]
            .into_iter()
            .collect(),
    };
    let answer = Answer::json(status, "serviceaccount", &shown);
    match &written.shown {
        Some(view) => answer.in_state(view.version),
        None => answer,
    }
}

async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call.ask(FindServiceAccounts { page: cut(page) }).await?;
    let entries = found.items.iter().map(|view| Json::Object(show(call, view)));
    let envelope = page.envelope(call, "serviceAccounts", entries.collect(), found.total);
    Ok(Answer::json(200, "serviceaccountcollection", &envelope))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_account(body).map_err(bad(&call))?;
    let command = CreateServiceAccount {
        name: new.name,
        description: new.body.description.flatten(),
        project: new.body.project.flatten(),
        addresses: new.body.addresses.unwrap_or_default(),
        expires: new.body.expires.flatten(),
        enabled: new.body.enabled.unwrap_or(true),
        roles: new.roles,
        groups: new.groups,
    };
    let written = call.run(command).await?;
    Ok(answer_written(&call, 201, &written).at(link(&call, &written.name)))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let question = ReadServiceAccount {
        name: user_in(call, 1)?,
    };
    let view = call.ask(question).await?;
    Ok(Answer::json(200, "serviceaccount", &show(call, &view)).in_state(view.version))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let name = user_in(&call, 1)?;
    let body = call.take_body()?;
    let change = account_change(body, &name).map_err(bad(&call))?;
    let command = UpdateServiceAccount {
        name,
        change: AccountChange {
            description: change.description,
            project: change.project,
            addresses: change.addresses,
            expires: change.expires,
            enabled: change.enabled,
        },
        expected: expected(&call),
    };
    let written = call.run(command).await?;
    Ok(answer_written(&call, 200, &written))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let command = DeleteServiceAccount {
        name: user_in(call, 1)?,
        expected: expected(call),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

/// The answer has the key whatever the client accepts: there is no second chance.
async fn create_key(mut call: Call) -> Result<Answer, Problem> {
    let name = user_in(&call, 1)?;
    let body = call.take_body()?;
    let new = new_key(body).map_err(bad(&call))?;
    let made = call
        .door()
        .create_service_key(call.caller()?, name.clone(), new.name, new.expires)
        .await;
    let NewKey { key, secret } = made.map_err(call.refused())?;
    let mut shown = show_key(&link(&call, &name), &key);
    let at = format!("{}/keys/{}", link(&call, &name), key.id);
    shown.set("key", secret.expose());
    Ok(Answer::json(201, "servicekey", &shown).at(at))
}

async fn revoke_key(call: &Call) -> Result<Answer, Problem> {
    let command = RevokeKey {
        account: user_in(call, 1)?,
        key: call.id(2)?,
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}
