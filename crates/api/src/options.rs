//! Tenant options and the platform's own settings.

use crate::answer::Answer;
use crate::call::Call;
use crate::links::segment;
use crate::paging::Page;
use crate::problem::Problem;
use contract::body::BadBody;
use contract::options::{ENCRYPTED, Endpoint, category_options, new_option, option_editable, option_value};
use engine::options::{
    DeleteOption, FindOptions, FindSystemOptions, LockOption, ReadCategory, ReadOption, ReadSecurityOption,
    ReadSystemOption, SetCategory, SetOption, SetSecurityOption, SystemOption, UpdateOption,
};
use engine::refusal::{Missing, Refusal};
use model::json::{Json, Object};
use model::options::{Category, OptionName, TenantOption};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => find(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::ReadCategory => read_category(&call).await,
        Endpoint::UpdateCategory => change_category(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::Lock => lock(call).await,
        Endpoint::ReadSecurity => read_security(&call).await,
        Endpoint::SetSecurity => set_security(call).await,
        Endpoint::ListSystem => find_system(&call).await,
        Endpoint::ReadSystem => read_system(&call).await,
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// The option named in the path. What can be no name is answered like an option that is not there.
fn name_in(call: &Call) -> Result<OptionName, Problem> {
    let (category, key) = (call.part(0), call.part(1));
    let missing = |_| {
        let missing = Missing::Option(format!("{category}/{key}"));
        Problem::refused(call.endpoint, Refusal::Missing(missing))
    };
    Ok(OptionName {
        category: category.parse().map_err(missing)?,
        key: key.parse().map_err(missing)?,
    })
}

async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindOptions {
        page: engine::page::Page {
            skip: page.skip(),
            take: page.size,
            count: page.counts(),
        },
    };
    let found = call.ask(question).await?;
    let entries = found
        .items
        .iter()
        .map(|option| show(call, option).into())
        .collect();
    Ok(Answer::json(
        200,
        "optioncollection",
        &page.envelope(call, "options", entries, found.total),
    ))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let (name, value) = new_option(body).map_err(bad(&call))?;
    let written = call
        .run(SetOption {
            name: name.clone(),
            value,
        })
        .await?;
    Ok(answer_written(&call, &name, written.as_ref()))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let question = ReadOption { name: name_in(call)? };
    let option = call.ask(question).await?;
    Ok(Answer::json(200, "option", &show(call, &option)))
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let name = name_in(&call)?;
    let body = call.take_body()?;
    let value = option_value(body, &name.key).map_err(bad(&call))?;
    let written = call
        .run(UpdateOption {
            name: name.clone(),
            value,
        })
        .await?;
    Ok(answer_written(&call, &name, written.as_ref()))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    call.run(DeleteOption { name: name_in(call)? }).await?;
    Ok(Answer::nothing(204))
}

/// A category without options is empty, and so is one that no option can have.
async fn read_category(call: &Call) -> Result<Answer, Problem> {
    let category = call.part(0).to_owned();
    let options = call.ask(ReadCategory { category }).await?;
    Ok(Answer::json(200, "option", &show_category(&options)))
}

async fn change_category(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let values = category_options(body).map_err(bad(&call))?;
    let category = call.part(0).parse().map_err(|_| {
        let bad = BadBody::Rule {
            property: "category".to_owned(),
            rule: Category::RULE,
        };
        Problem::body(&call, &bad)
    })?;
    let written = call.run(SetCategory { category, values }).await?;
    // Whoever may set options but not read them gets nothing back (R019).
    let shown = written.as_deref().map(show_category).unwrap_or_default();
    Ok(Answer::json(200, "option", &shown))
}

async fn lock(mut call: Call) -> Result<Answer, Problem> {
    let name = name_in(&call)?;
    let is_editable = option_editable(call.take_body()?).map_err(bad(&call))?;
    let option = call.run(LockOption { name, is_editable }).await?;
    Ok(Answer::json(200, "option", &show(&call, &option)))
}

async fn read_security(call: &Call) -> Result<Answer, Problem> {
    let option = call.ask(ReadSecurityOption(name_in(call)?)).await?;
    Ok(Answer::json(200, "option", &show(call, &option)))
}

async fn set_security(mut call: Call) -> Result<Answer, Problem> {
    let name = name_in(&call)?;
    let body = call.take_body()?;
    let value = option_value(body, &name.key).map_err(bad(&call))?;
    let option = call.run(SetSecurityOption { name, value }).await?;
    Ok(Answer::json(200, "option", &show(&call, &option)))
}

async fn find_system(call: &Call) -> Result<Answer, Problem> {
    let options = call.ask(FindSystemOptions).await?;
    let entries: Vec<Json> = options.iter().map(|option| show_system(option).into()).collect();
    let mut shown = Object::new();
    shown.set("self", call.link("/tenant/system/options"));
    shown.set("options", entries);
    Ok(Answer::json(200, "optioncollection", &shown))
}

async fn read_system(call: &Call) -> Result<Answer, Problem> {
    let question = ReadSystemOption {
        category: call.part(0).to_owned(),
        key: call.part(1).to_owned(),
    };
    let option = call.ask(question).await?;
    Ok(Answer::json(200, "option", &show_system(&option)))
}

/// What was written; to those who may not read it, only its name (R019).
fn answer_written(call: &Call, name: &OptionName, written: Option<&TenantOption>) -> Answer {
    let shown = match written {
        Some(option) => show(call, option),
        None => show_name(call, name),
    };
    Answer::json(200, "option", &shown)
}

fn show_name(call: &Call, name: &OptionName) -> Object {
    let (category, key) = (name.category.as_str(), name.key.as_str());
    let at = format!("/tenant/options/{}/{}", segment(category), segment(key));
    [
        ("self", call.link(&at)),
        ("category", category.to_owned()),
        ("key", key.to_owned()),
    ]
    .into_iter()
    .collect()
}

fn show(call: &Call, option: &TenantOption) -> Object {
    let mut shown = show_name(call, &option.name);
    shown.set("value", value_of(option.value.as_deref()));
    shown
}

fn show_category(options: &[TenantOption]) -> Object {
    let mut shown = Object::new();
    for option in options {
        shown.set(option.name.key.as_str(), value_of(option.value.as_deref()));
    }
    shown
}

fn show_system(option: &SystemOption) -> Object {
    [
        ("category", option.category),
        ("key", option.key),
        ("value", value_of(option.value.as_deref())),
    ]
    .into_iter()
    .collect()
}

fn value_of(value: Option<&str>) -> &str {
    value.unwrap_or(ENCRYPTED)
}
