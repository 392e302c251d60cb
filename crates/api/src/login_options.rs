//! Login options: what a sign-in page must know, and the ways in for a tenant's administrators to open and close.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::single_sign_on;
use contract::body::BadBody;
use contract::login_options::{Endpoint, OptionChange, OptionType, new_type, option_change, restriction};
use engine::login_options::{ChangeWay, CloseWay, LoginOptions, OpenWay, ReadLoginOption, Way, WayChange};
use engine::refusal::{Missing, Refusal};
use model::json::{Json, Number, Object};
use model::names::TenantId;
use model::tenants::MANAGEMENT_ID;

const TYPES: [OptionType; 2] = [OptionType::Internal, OptionType::Basic];

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => list(&call),
        Endpoint::Create => create(call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
        Endpoint::Restrict => restrict(call).await,
        Endpoint::Delete => delete(&call).await,
    }
}

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// The way in of passwords that a type is; the one through a provider is none.
fn way(kind: OptionType) -> Option<Way> {
    match kind {
        OptionType::Basic => Some(Way::Basic),
        OptionType::Internal => Some(Way::Sessions),
        OptionType::External => None,
    }
}

fn way_change(change: &OptionChange) -> WayChange {
    WayChange {
        for_people: change.for_people,
        for_devices: change.for_devices,
        shown: change.shown,
        session_seconds: change.session_seconds,
    }
}

/// The way in that the path names. What is no type of one is answered like one that is not there.
fn type_in(call: &Call) -> Result<OptionType, Problem> {
    let text = call.part(0);
    OptionType::named(text).ok_or_else(|| {
        let missing = Missing::LoginOption(text.to_owned());
        Problem::refused(call.endpoint, Refusal::Missing(missing))
    })
}

/// What strangers are told. What can be no tenant is answered like a tenant that is not there.
fn list(call: &Call) -> Result<Answer, Problem> {
    let of_management = call.flag("management", false)?;
    let sent = call.text("tenantId");
    let named: Option<TenantId> = match (&sent, of_management) {
        (Some(_), true) => return Err(Problem::contradiction(call, "tenantId", "management")),
        (Some(id), false) => id.parse().ok(),
        (None, true) => MANAGEMENT_ID.parse().ok(),
        (None, false) => None,
    };
    let host = call.host.as_ref().filter(|_| sent.is_none());
    let options = call
        .door()
        .login_options(named.as_ref(), host)
        .map_err(call.refused())?;
    let is_open = |kind: &&OptionType| way(**kind).is_some_and(|way| way.is_open(&options.ways));
    let tenant = named.as_ref().map_or("", TenantId::as_str);
    let mut entries: Vec<Json> = TYPES
        .iter()
        .filter(is_open)
        .map(|kind| show(call, *kind, &options, tenant).into())
        .collect();
    entries.extend(
        options
            .provider
            .iter()
            .map(|provider| Json::from(single_sign_on::entry(call, provider))),
    );
    let mut shown = Object::new();
    shown.set("self", call.link("/tenant/loginOptions"));
    shown.set("loginOptions", entries);
    Ok(Answer::json(200, "loginoptioncollection", &shown))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let kind = new_type(&body).map_err(bad(&call))?;
    let Some(way) = way(kind) else {
        return single_sign_on::create(&call, body).await;
    };
    let change = option_change(body, kind).map_err(bad(&call))?;
    let command = OpenWay {
        way,
        change: way_change(&change),
    };
    let options = call.run(command).await?;
    own(&call, kind, &options)
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let kind = type_in(call)?;
    let Some(way) = way(kind) else {
        return single_sign_on::read(call).await;
    };
    let options = call.ask(ReadLoginOption(way)).await?;
    own(call, kind, &options)
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let kind = type_in(&call)?;
    let ends_sessions = call.flag("terminateUserSessions", false)?;
    let body = call.take_body()?;
    let Some(way) = way(kind) else {
        return single_sign_on::change(&call, body, ends_sessions).await;
    };
    let change = option_change(body, kind).map_err(bad(&call))?;
    let command = ChangeWay {
        way,
        change: way_change(&change),
        ends_sessions,
    };
    let options = call.run(command).await?;
    own(&call, kind, &options)
}

/// Keeps no tenant from its own ways in: the operator has no say in them (R124). That a tenant is not kept from them is so.
async fn restrict(mut call: Call) -> Result<Answer, Problem> {
    let kind = type_in(&call)?;
    let is_kept = restriction(call.take_body()?).map_err(bad(&call))?;
    let Some(target) = call.text("targetTenant") else {
        return Err(Problem::missing_parameters(&call, &["targetTenant"]));
    };
    if is_kept {
        return Err(Problem::refused(call.endpoint, Refusal::Forbidden));
    }
    let named: Option<TenantId> = target.parse().ok();
    let options = call.door().login_options(named.as_ref(), None);
    let options = options.map_err(call.refused())?;
    let shown = match (kind, &options.provider) {
        (OptionType::External, Some(provider)) => single_sign_on::entry(&call, provider),
        // What nobody has is not told apart from what somebody has not: the operator has no say in either.
        (OptionType::External, None) => return Err(Problem::refused(call.endpoint, Refusal::Forbidden)),
        _ => show(&call, kind, &options, &target),
    };
    Ok(Answer::json(200, "authconfig", &shown))
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let Some(way) = way(type_in(call)?) else {
        return single_sign_on::delete(call).await;
    };
    call.run(CloseWay(way)).await?;
    Ok(Answer::nothing(204))
}

fn own(call: &Call, kind: OptionType, options: &LoginOptions) -> Result<Answer, Problem> {
    let tenant = call.caller()?.tenant_id().as_str().to_owned();
    Ok(Answer::json(
        200,
        "authconfig",
        &show(call, kind, options, &tenant),
    ))
}

fn show(call: &Call, kind: OptionType, options: &LoginOptions, tenant: &str) -> Object {
    let LoginOptions {
        ways,
        passwords,
        life,
        provider: _,
    } = options;
    let name = kind.name();
    let mut shown = Object::new();
    shown.set("id", name);
    shown.set("self", call.link(&format!("/tenant/loginOptions/{name}")));
    shown.set("type", name);
    shown.set("userManagementSource", "INTERNAL");
    match kind {
        OptionType::Basic => {
            shown.set("visibleOnLoginPage", ways.shows_basic);
            shown.set("allowedForPeople", ways.basic_for_people);
            shown.set("allowedForDevices", ways.basic_for_devices);
            shown.set("authenticationRestrictions", Object::new());
        }
        OptionType::Internal | OptionType::External => {
            shown.set("grantType", "PASSWORD");
            shown.set("tfaStrategy", "TOTP");
            shown.set(
                "initRequest",
                call.link(&format!("/tenant/oauth?tenant_id={tenant}")),
            );
            if let Some(host) = &call.host {
                shown.set("loginRedirectDomain", host.as_str());
            }
            shown.set("visibleOnLoginPage", ways.shows_sessions);
            shown.set("allowedForPeople", ways.sessions);
            shown.set("allowedForDevices", false);
            let mut session = Object::new();
            session.set(
                "absoluteTimeoutMillis",
                number(u64::from(life.cookie_token_seconds) * 1_000),
            );
            shown.set("sessionConfiguration", session);
        }
    }
    shown.set("enforceStrength", passwords.must_be_green);
    shown.set("strengthValidity", passwords.must_be_green);
    shown.set("greenMinLength", number(passwords.green_chars_min as u64));
    shown
}

fn number(value: u64) -> Json {
    Json::Number(Number::from(value))
}
