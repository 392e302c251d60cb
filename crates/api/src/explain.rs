//! Explanations of rights: effective permissions, who can do something, previews of rules, refusals.

mod show;

use crate::answer::Answer;
use crate::call::Call;
use crate::links::segment;
use crate::paging::Page;
use crate::problem::Problem;
use crate::users::{check_tenant, cut, group_in, user_in};
use contract::explain::{Endpoint, Subject, new_preview};
use engine::audit_log::{RefusalFilter, RefusalTold};
use engine::explain::{ExplainHolding, ExplainOn, GroupCan, PreviewRules, SurveyObject, UserCan};
use engine::permissions::Holder;
use model::json::{Json, Object};
use model::limits::REFERENCES_MAX;
use model::permissions::{Level, Rule, Scope};
use show::{
    names, show_action, show_change, show_cover, show_grant, show_group, show_object, show_role, show_why,
    texts,
};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::OfUser => {
            check_tenant(&call)?;
            effective(&call, Holder::User(user_in(&call, 1)?)).await
        }
        Endpoint::OfGroup => {
            check_tenant(&call)?;
            effective(&call, Holder::Group(group_in(&call)?)).await
        }
        Endpoint::Preview => {
            check_tenant(&call)?;
            preview(call).await
        }
        Endpoint::Who => who(&call).await,
        Endpoint::Refusals => refusals(&call).await,
    }
}

fn json(object: &Object) -> Answer {
    Answer::json(200, "application/json", object)
}

/// The fragments asked about; nothing if none are named.
fn fragments(call: &Call) -> Result<Option<Vec<String>>, Problem> {
    let names = call.list("fragment");
    if names.len() > REFERENCES_MAX {
        return Err(Problem::bad_parameter(
            call,
            "fragment",
            "a list of at most 2,000 names",
        ));
    }
    let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
    Ok((!names.is_empty()).then_some(names))
}

async fn effective(call: &Call, holder: Holder) -> Result<Answer, Problem> {
    let Some(object) = call.query_id("device")? else {
        return holding(call, holder).await;
    };
    let question = ExplainOn {
        holder,
        object,
        fragments: fragments(call)?,
    };
    let explained = call.ask(question).await?;
    let mut shown: Object = [("self", call.link(call.path()))].into_iter().collect();
    shown.set("managedObject", show_object(&explained.object));
    let actions: Vec<Json> = explained
        .actions
        .iter()
        .map(|told| show_action(told).into())
        .collect();
    shown.set("actions", actions);
    Ok(json(&shown))
}

async fn holding(call: &Call, holder: Holder) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = ExplainHolding {
        holder,
        page: cut(page),
    };
    let held = call.ask(question).await?;
    let rules = held
        .rules
        .items
        .iter()
        .map(|grant| show_grant(grant).into())
        .collect();
    let mut shown = page.envelope(call, "rules", rules, held.rules.total);
    let roles: Vec<Json> = held.roles.iter().map(|role| show_role(role).into()).collect();
    shown.set("roles", roles);
    Ok(json(&shown))
}

async fn who(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let scope = call.text("scope").map(|text| text.parse()).transpose();
    let level = call.text("permission").map(|text| text.parse()).transpose();
    let question = SurveyObject {
        object: call.id(0)?,
        scope: scope
            .map_err(|_| Problem::bad_parameter(call, "scope", "one of the scopes of permissions"))?
            .unwrap_or(Scope::ManagedObject),
        level: level
            .map_err(|_| Problem::bad_parameter(call, "permission", "READ or ADMIN"))?
            .unwrap_or(Level::Read),
        fragments: fragments(call)?,
        page: cut(page),
    };
    let told = call.ask(question).await?;
    let users = told
        .users
        .items
        .iter()
        .map(|user| show_user(user).into())
        .collect();
    let mut shown = page.envelope(call, "users", users, told.users.total);
    shown.set("owner", told.owner);
    shown.set("anyRole", names(told.roles));
    shown.set("everybody", told.everybody);
    let groups: Vec<Json> = told
        .groups
        .iter()
        .map(|group| show_holder(group).into())
        .collect();
    shown.set("groups", groups);
    Ok(json(&shown))
}

fn show_user(user: &UserCan) -> Object {
    let mut shown: Object = [("user", user.name.as_str())].into_iter().collect();
    shown.set("enabled", user.enabled);
    shown.set("because", show_why(&user.because));
    shown.set("fragments", show_cover(&user.fragments));
    shown
}

fn show_holder(group: &GroupCan) -> Object {
    let mut shown: Object = [("group", show_group(&group.group))].into_iter().collect();
    shown.set("because", show_why(&group.because));
    shown.set("fragments", show_cover(&group.fragments));
    shown
}

async fn preview(mut call: Call) -> Result<Answer, Problem> {
    let page = Page::of(&call)?;
    let body = call.take_body()?;
    let new = new_preview(body).map_err(|bad| Problem::body(&call, &bad))?;
    let question = PreviewRules {
        holder: match new.subject {
            Subject::User(name) => Holder::User(name),
            Subject::Group(id) => Holder::Group(id),
        },
        added: new.rules,
        removed: new.remove,
        take: page.size,
    };
    let preview = call.ask(question).await?;
    let mut shown = Object::new();
    let changes: Vec<Json> = preview
        .changes
        .iter()
        .map(|change| show_change(change).into())
        .collect();
    shown.set("changes", changes);
    shown.set("notYours", rules(&preview.not_yours));
    shown.set("notHeld", rules(&preview.not_held));
    Ok(json(&shown))
}

fn rules(rules: &[Rule]) -> Json {
    texts(rules.iter().map(Rule::to_string))
}

async fn refusals(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let filter = RefusalFilter {
        user: call.text("user"),
        operation: call.text("operation"),
        from: call.date("dateFrom")?,
        to: call.date("dateTo")?,
    };
    let found = call
        .door()
        .refusals(call.caller()?, filter, cut(page))
        .await
        .map_err(call.refused())?;
    let entries = found
        .items
        .iter()
        .map(|refusal| Ok(show_refusal(call, refusal)?.into()))
        .collect::<Result<_, Problem>>()?;
    Ok(json(&page.envelope(call, "refusals", entries, found.total)))
}

fn show_refusal(call: &Call, refusal: &RefusalTold) -> Result<Object, Problem> {
    let tenant = call.caller()?.tenant_id();
    let rights = format!(
        "/user/{tenant}/users/{}/effectivePermissions",
        segment(&refusal.user)
    );
    let object = |id: &model::ids::ObjectId| {
        let mut shown: Object = [("id", id.to_string())].into_iter().collect();
        shown.set("explain", call.link(&format!("{rights}?device={id}")));
        Json::Object(shown)
    };
    let mut shown: Object = [("user", refusal.user.as_str())].into_iter().collect();
    shown.set("operation", refusal.operation.as_str());
    shown.set("target", refusal.target.as_str());
    shown.set("count", refusal.count);
    shown.set("firstTime", refusal.first.to_string());
    shown.set("lastTime", refusal.last.to_string());
    shown.set(
        "managedObjects",
        refusal.objects.iter().map(object).collect::<Vec<_>>(),
    );
    Ok(shown)
}
