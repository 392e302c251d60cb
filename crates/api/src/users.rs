//! Users of the caller's tenant; groups, roles and one's own user in the files beside.
//!
//! The tenant in the path must be the caller's own. Any other, whether there is such a tenant or not, is answered like
//! a tenant that does not exist: nobody learns which tenants there are (R115).

mod groups;
mod hierarchy;
mod own;
mod privileged;
mod roles;
mod show;

use crate::answer::Answer;
use crate::applications::show_beside;
use crate::call::Call;
use crate::paging::Page;
use crate::permissions::device_permissions;
use crate::problem::Problem;
use crate::versions::expected;
use contract::body::BadBody;
use contract::users::{Endpoint, Profile, new_user, password_change, user_change};
use engine::refusal::{Missing, Refusal};
use engine::users::{
    DeleteUser, FindNewsletterEmails, FindUsers, NameFilter, NewUser, ProfileChange, ReadUser, UserChange,
    UserView,
};
pub(crate) use groups::group_in;
use model::ids::GroupId;
use model::json::{Json, Object};
use model::limits::REFERENCES_MAX;
use model::names::UserName;
use model::users::UserKind;
use show::show_written;
pub(crate) use show::{group_link, show_group, show_role, show_user, user_link};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::ReadOwn => own::read(&call).await,
        Endpoint::UpdateOwn => own::change(call).await,
        Endpoint::ChangeOwnPassword => own::change_password(call).await,
        Endpoint::SetOwnPhone => own::change_phone(call).await,
        Endpoint::ListRoles => roles::list(&call).await,
        Endpoint::ReadRole => roles::read(&call).await,
        in_tenant => {
            check_tenant(&call)?;
            handle_in_tenant(in_tenant, call).await
        }
    }
}

/// The endpoints below `/user/{tenantId}`.
async fn handle_in_tenant(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => find(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::Read | Endpoint::ReadByName => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Delete => delete(&call).await,
        Endpoint::ChangePassword => change_password(call).await,
        Endpoint::SetOwner => hierarchy::set_owner(call).await,
        Endpoint::RemoveOwner => hierarchy::remove_owner(&call).await,
        Endpoint::SetDelegate => hierarchy::set_delegate(call).await,
        Endpoint::RemoveDelegate => hierarchy::remove_delegate(&call).await,
        Endpoint::NewsletterEmails => newsletter_emails(&call).await,
        Endpoint::ReadUserPermissions => read_permissions(&call).await,
        Endpoint::Privileged => privileged::list(&call).await,
        Endpoint::ListUserGroups => groups::of_user(&call).await,
        Endpoint::ListUserRoles => roles::of_user(&call).await,
        Endpoint::AddUserRole => roles::give_to_user(call).await,
        Endpoint::RemoveUserRole => roles::take_from_user(&call).await,
        Endpoint::ListGroups => groups::find(&call).await,
        Endpoint::CreateGroup => groups::create(call).await,
        Endpoint::ReadGroup => groups::read(&call).await,
        Endpoint::UpdateGroup => groups::change(call).await,
        Endpoint::DeleteGroup => groups::delete(&call).await,
        Endpoint::ReadGroupByName => groups::read_named(&call).await,
        Endpoint::ListGroupUsers => groups::members(&call).await,
        Endpoint::AddGroupUser => groups::add_member(call).await,
        Endpoint::RemoveGroupUser => groups::remove_member(&call).await,
        Endpoint::ListGroupRoles => roles::of_group(&call).await,
        Endpoint::AddGroupRole => roles::give_to_group(call).await,
        Endpoint::RemoveGroupRole => roles::take_from_group(&call).await,
        Endpoint::ReadOwn
        | Endpoint::UpdateOwn
        | Endpoint::ChangeOwnPassword
        | Endpoint::SetOwnPhone
        | Endpoint::ListRoles
        | Endpoint::ReadRole => Err(Problem::unknown_path()),
    }
}

/// Refuses a tenant that is not the caller's own, there or not, in the same words.
pub(crate) fn check_tenant(call: &Call) -> Result<(), Problem> {
    let named = call.part(0);
    if named == call.caller()?.tenant_id().as_str() {
        return Ok(());
    }
    Err(Problem::refused(
        call.endpoint,
        Refusal::Missing(Missing::Tenant(named.to_owned())),
    ))
}

/// The problem of a body at this call's endpoint.
fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// The user named in the path. What can be no name is answered like a user that is not there.
pub(crate) fn user_in(call: &Call, place: usize) -> Result<UserName, Problem> {
    let text = call.part(place);
    text.parse()
        .map_err(|_| Problem::refused(call.endpoint, Refusal::Missing(Missing::User(text.to_owned()))))
}

/// The page as the engine cuts it.
pub(crate) fn cut(page: Page) -> engine::page::Page {
    engine::page::Page {
        skip: page.skip(),
        take: page.size,
        count: page.counts(),
    }
}

async fn find(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindUsers {
        page: cut(page),
        name: call.text("username").map(NameFilter::Prefix),
        groups: groups_in(call)?,
        owner: match call.text("owner").map(|owner| owner.parse()).transpose() {
            Ok(owner) => owner,
            Err(_) => return Ok(collection(call, page, Vec::new(), page.counts().then_some(0))),
        },
        counts_below: call.flag("withSubusersCount", false)?,
        only_devices: call.flag("onlyDevices", false)?,
    };
    let found = call.ask(question).await?;
    let entry = |view| Json::Object(show_user(call, view));
    let entries = found.items.iter().map(entry).collect();
    Ok(collection(call, page, entries, found.total))
}

fn collection(call: &Call, page: Page, entries: Vec<Json>, total: Option<usize>) -> Answer {
    Answer::json(
        200,
        "usercollection",
        &page.envelope(call, "users", entries, total),
    )
}

fn groups_in(call: &Call) -> Result<Vec<GroupId>, Problem> {
    let groups = call.list("groups");
    let bad = || Problem::bad_parameter(call, "groups", "a list of at most 2,000 ids");
    if groups.len() > REFERENCES_MAX {
        return Err(bad());
    }
    groups
        .into_iter()
        .map(|id| id.parse().map_err(|_| bad()))
        .collect()
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_user(body).map_err(bad(&call))?;
    let user = NewUser {
        name: new.name,
        password: new.password,
        must_change_password: new.must_change_password,
        profile: first_profile(new.profile, new.custom_properties),
        enabled: new.enabled,
        roles: new.roles,
        groups: new.groups,
    };
    let written = call
        .door()
        .create_user(call.caller()?, user)
        .await
        .map_err(call.refused())?;
    let at = user_link(&call, &written.name);
    Ok(Answer::json(201, "user", &show_written(&call, &written)).at(at))
}

fn first_profile(profile: Profile, custom_properties: Object) -> engine::users::Profile {
    engine::users::Profile {
        first_name: profile.first_name.flatten(),
        last_name: profile.last_name.flatten(),
        display_name: profile.display_name.flatten(),
        email: profile.email.flatten(),
        phone: profile.phone.flatten(),
        newsletter: profile.newsletter.unwrap_or(false),
        custom_properties,
    }
}

/// A change of what is known of a user, as the engine takes it.
fn profile_change(profile: Profile, language: Option<Option<String>>) -> ProfileChange {
    ProfileChange {
        first_name: profile.first_name,
        last_name: profile.last_name,
        display_name: profile.display_name,
        email: profile.email,
        phone: profile.phone,
        newsletter: profile.newsletter,
        language,
    }
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let question = ReadUser {
        name: user_in(call, 1)?,
    };
    let view = call.ask(question).await?;
    let mut shown = show_user(call, &view);
    show_applications(call, &view, &mut shown).await?;
    Ok(Answer::json(200, "user", &shown).in_state(view.version))
}

/// Shows what a user may use: what everybody of the tenant may, but for devices.
async fn show_applications(call: &Call, view: &UserView, shown: &mut Object) -> Result<(), Problem> {
    if matches!(view.user.kind, UserKind::Device | UserKind::Bootstrap) {
        return Ok(());
    }
    let usable = call.door().usable_applications(call.caller()?).await;
    let usable = usable.map_err(call.refused())?;
    let usable = usable.iter().map(|view| show_beside(call, view).into());
    shown.set("applications", usable.collect::<Vec<Json>>());
    Ok(())
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let name = user_in(&call, 1)?;
    let body = call.take_body()?;
    let change = user_change(body, &name).map_err(bad(&call))?;
    let change = UserChange {
        profile: profile_change(change.profile, None),
        custom_properties: change.custom_properties,
        enabled: change.enabled,
        password: change.password,
        must_change_password: change.must_change_password,
        permissions: change.device_permissions,
        expected: expected(&call),
    };
    let written = call
        .door()
        .update_user(call.caller()?, name, change)
        .await
        .map_err(call.refused())?;
    let answer = Answer::json(200, "user", &show_written(&call, &written));
    let answer = match &written.shown {
        Some(view) => answer.in_state(view.version),
        None => answer,
    };
    Ok(answer)
}

async fn newsletter_emails(call: &Call) -> Result<Answer, Problem> {
    let emails = call.ask(FindNewsletterEmails).await?;
    Ok(Answer::text("text/plain", emails.join(",")))
}

/// The permissions that a user itself has; on one object, if one is named. One without any looks like one that is not there.
async fn read_permissions(call: &Call) -> Result<Answer, Problem> {
    let question = ReadUser {
        name: user_in(call, 1)?,
    };
    let view = call.ask(question).await?;
    let all = device_permissions(&view.permissions);
    let shown = match call.text("moId") {
        None => all,
        Some(id) => {
            let named = all.iter().filter(|(object, _)| **object == *id);
            named.map(|(object, list)| (object, list.clone())).collect()
        }
    };
    Ok(Answer::json(200, "application/json", &shown))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let command = DeleteUser {
        name: user_in(call, 1)?,
        expected: expected(call),
    };
    call.run(command).await?;
    Ok(Answer::nothing(204))
}

async fn change_password(mut call: Call) -> Result<Answer, Problem> {
    let name = user_in(&call, 1)?;
    let body = call.take_body()?;
    let change = password_change(body).map_err(bad(&call))?;
    let changed = call
        .door()
        .change_password(call.caller()?, &name, change.current, &change.new)
        .await;
    changed.map_err(call.refused())?;
    Ok(Answer::nothing(200))
}
