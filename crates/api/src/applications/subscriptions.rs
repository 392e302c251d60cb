//! What tenants are subscribed to.

use super::bad;
use super::show::show;
use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use crate::users::show_role;
use contract::applications::bodies::new_subscription;
use engine::applications::subscriptions::SubscriptionView;
use engine::refusal::{Missing, Refusal};
use model::applications::APPLICATION_USER_PREFIX;
use model::json::{Json, Object};
use model::names::TenantId;
use model::roles::Role;
use std::collections::{BTreeMap, BTreeSet};

/// The tenant that the path names. What can be no id is answered like a tenant that is not there.
fn tenant_in(call: &Call) -> Result<TenantId, Problem> {
    let text = call.part(0);
    text.parse()
        .map_err(|_| Problem::refused(call.endpoint, Refusal::Missing(Missing::Tenant(text.to_owned()))))
}

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let (page, tenant) = (Page::of(call)?, tenant_in(call)?);
    let all = call.door().subscriptions(call.caller()?, &tenant).await;
    let all = all.map_err(call.refused())?;
    let total = page.counts().then_some(all.len());
    let entries = all.iter().skip(page.skip()).take(page.size);
    let entries = entries.map(|view| Json::Object(show_reference(call, &tenant, view)));
    let envelope = page.envelope(call, "references", entries.collect(), total);
    Ok(Answer::json(200, "applicationreferencecollection", &envelope))
}

/// The roles that microservices ask for and are kept from, in order of names, each with the microservices.
pub(super) async fn restricted(call: &Call) -> Result<Answer, Problem> {
    let (page, tenant) = (Page::of(call)?, tenant_in(call)?);
    let all = call.door().subscriptions(call.caller()?, &tenant).await;
    let all = all.map_err(call.refused())?;
    let mut asked: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for view in &all {
        for role in &view.pending {
            let shown = show(call, &view.application);
            asked.entry(role.name()).or_default().push(shown.into());
        }
    }
    let total = page.counts().then_some(asked.len());
    let entry = |(role, applications): (&str, Vec<Json>)| {
        let mut shown: Object = [("role", show_role(call, role))].into_iter().collect();
        shown.set("applications", applications);
        Json::Object(shown)
    };
    let entries = asked.into_iter().skip(page.skip()).take(page.size).map(entry);
    let envelope = page.envelope(call, "references", entries.collect(), total);
    Ok(Answer::json(200, "restrictedrolecollection", &envelope))
}

fn at(call: &Call, tenant: &TenantId, view: &SubscriptionView) -> String {
    let id = view.application.application.id;
    call.link(&format!("/tenant/tenants/{tenant}/applications/{id}"))
}

/// What is subscribed to, with what it may do: whoever administers a tenant sees which roles every microservice has.
fn show_reference(call: &Call, tenant: &TenantId, view: &SubscriptionView) -> Object {
    let mut shown = Object::new();
    shown.set("self", at(call, tenant, view));
    shown.set("application", show(call, &view.application));
    if let Some(subscription) = &view.application.subscription
        && subscription.user.is_some()
    {
        let suffix = view.application.application.user_suffix();
        shown.set("serviceUser", format!("{APPLICATION_USER_PREFIX}{suffix}"));
        shown.set("grantedRoles", roles(&subscription.granted));
        shown.set("pendingRoles", roles(&view.pending));
    }
    shown
}

fn roles(roles: &BTreeSet<Role>) -> Vec<Json> {
    roles.iter().map(|role| Json::from(role.name())).collect()
}

pub(super) async fn subscribe(mut call: Call) -> Result<Answer, Problem> {
    let tenant = tenant_in(&call)?;
    let body = call.take_body()?;
    let id = new_subscription(body).map_err(bad(&call))?;
    let subscribed = call.door().subscribe(call.caller()?, &tenant, id).await;
    let view = subscribed.map_err(call.refused())?;
    let shown = show_reference(&call, &tenant, &view);
    let answer = Answer::json(201, "applicationreference", &shown);
    Ok(answer.at(at(&call, &tenant, &view)))
}

pub(super) async fn unsubscribe(call: &Call) -> Result<Answer, Problem> {
    let (tenant, id) = (tenant_in(call)?, call.id(1)?);
    let ended = call.door().unsubscribe(call.caller()?, &tenant, id).await;
    ended.map_err(call.refused())?;
    Ok(Answer::nothing(204))
}
