//! The report of privileged principals in the shape of the API.

use super::cut;
use super::show::{group_link, user_link};
use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use engine::privileged::{PrivilegedPrincipal, PrivilegedRight, ReadPrivileged, Through, Way};
use model::json::{Json, Object};
use model::users::UserKind;

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call.ask(ReadPrivileged { page: cut(page) }).await?;
    let entries = found.items.iter().map(|one| show(call, one).into()).collect();
    let envelope = page.envelope(call, "principals", entries, found.total);
    Ok(Answer::json(200, "privilegedcollection", &envelope))
}

fn show(call: &Call, principal: &PrivilegedPrincipal) -> Object {
    let (kind, warning) = match principal.kind {
        UserKind::Person => ("person", None),
        UserKind::Service => (
            "service",
            Some("a service holds rights by which one can gain others"),
        ),
        UserKind::Device => (
            "device",
            Some("a device holds rights by which one can gain others"),
        ),
        // Whatever it was given, it may do nothing with it.
        UserKind::Bootstrap => ("bootstrap", None),
    };
    let mut shown = Object::new();
    shown.set("id", principal.name.as_str());
    shown.set("self", user_link(call, &principal.name));
    shown.set("kind", kind);
    if let Some(warning) = warning {
        shown.set("warning", warning);
    }
    shown.set("enabled", principal.enabled);
    if let Some(day) = principal.last_sign_in {
        let text = day.to_string();
        let day = text.split_once('T').map_or(text.as_str(), |(day, _)| day);
        shown.set("lastSignIn", day);
    }
    if let Some(owner) = &principal.owner {
        shown.set("owner", owner.as_str());
    }
    let ways = principal.ways.iter().map(|way| Json::Object(show_way(call, way)));
    shown.set("ways", ways.collect::<Vec<_>>());
    shown
}

fn show_way(call: &Call, way: &Way) -> Object {
    let mut shown = Object::new();
    let right = match &way.right {
        PrivilegedRight::Administration => "admins".to_owned(),
        PrivilegedRight::Role(role) => role.to_string(),
        PrivilegedRight::ApplicationRole(role) => role.to_string(),
        PrivilegedRight::Permission(rule) => rule.to_string(),
        PrivilegedRight::UsersBelow(head) => format!("users below {head}"),
    };
    shown.set("right", right);
    match &way.through {
        Through::Direct => shown.set("through", "direct"),
        Through::Delegation => shown.set("through", "delegation"),
        Through::Group(id, name) => {
            shown.set("through", "group");
            let mut group = Object::new();
            group.set("id", id.number());
            group.set("name", name.as_str());
            group.set("self", group_link(call, *id));
            shown.set("group", group);
        }
    }
    if let Some(given) = &way.given {
        if let Some(by) = &given.by {
            shown.set("grantedBy", by.as_str());
        }
        shown.set("grantedAt", given.at.to_string());
        shown.set("beyondOwn", given.beyond_own);
    }
    shown
}
