//! Identity providers: what a tenant says of its own, which rights follow from what it says, and browsers on their way there
//! and back.

mod mappings;

pub(crate) use mappings::handle;
use mappings::{inventory_mapping_object, mapping_object};

use crate::answer::Answer;
use crate::call::Call;
use crate::cookies;
use crate::problem::Problem;
use contract::body::BadBody;
use contract::sessions::CodeForm;
use contract::single_sign_on::{new_sign_on, sign_on_change};
use engine::login_options::ProviderOption;
use engine::refusal::Refusal;
use engine::single_sign_on::{
    BackFromProvider, BeginSignOn, ChangeSignOn, CreateSignOn, DeleteSignOn, ReadSignOn, SignOnView, SignedOn,
};
use http::header::LOCATION;
use model::json::{Json, Object};
use model::secret::Secret;
use model::single_sign_on::{Assigning, HttpsUrl, Place, TokenKind};

const TYPE: &str = "OAUTH2";

fn bad(call: &Call) -> impl Fn(BadBody) -> Problem + '_ {
    move |bad| Problem::body(call, &bad)
}

/// What strangers are told of a provider: where a browser begins, and what the button says.
pub(crate) fn entry(call: &Call, provider: &ProviderOption) -> Object {
    let tenant = provider.tenant.as_ref().map_or("", |tenant| tenant.as_str());
    let mut shown = Object::new();
    shown.set("id", TYPE);
    shown.set("self", call.link(&format!("/tenant/loginOptions/{TYPE}")));
    shown.set("type", TYPE);
    shown.set("userManagementSource", "REMOTE");
    shown.set("grantType", "AUTHORIZATION_CODE");
    shown.set("buttonName", provider.button.as_str());
    let begin = format!("/tenant/oauth?response_type=code&tenant_id={tenant}");
    shown.set("initRequest", call.link(&begin));
    if let Some(host) = &call.host {
        shown.set("loginRedirectDomain", host.as_str());
    }
    shown.set("visibleOnLoginPage", provider.shown);
    shown
}

pub(crate) async fn create(call: &Call, body: Json) -> Result<Answer, Problem> {
    let (settings, change) = new_sign_on(body).map_err(bad(call))?;
    let view = call.run(CreateSignOn { settings, change }).await?;
    Ok(answer(call, &view))
}

pub(crate) async fn read(call: &Call) -> Result<Answer, Problem> {
    let view = call.ask(ReadSignOn).await?;
    Ok(answer(call, &view))
}

pub(crate) async fn change(call: &Call, body: Json, ends_sessions: bool) -> Result<Answer, Problem> {
    let change = sign_on_change(body).map_err(bad(call))?;
    let view = call
        .run(ChangeSignOn {
            change,
            ends_sessions,
        })
        .await?;
    Ok(answer(call, &view))
}

pub(crate) async fn delete(call: &Call) -> Result<Answer, Problem> {
    call.run(DeleteSignOn).await?;
    Ok(Answer::nothing(204))
}

fn answer(call: &Call, view: &SignOnView) -> Answer {
    Answer::json(200, "authconfig", &show(call, view))
}

/// The settings as clients write them, without the secret.
fn show(call: &Call, SignOnView { settings, has_secret }: &SignOnView) -> Object {
    let tenant = call.caller.as_ref().map(|caller| caller.tenant_id().clone());
    let mut shown = entry(
        call,
        &ProviderOption {
            tenant,
            button: String::new(),
            shown: settings.shown,
        },
    );
    let text = |text: &Option<String>| text.as_deref().map_or(Json::Null, Json::from);
    shown.set("buttonName", text(&settings.button));
    shown.set("providerName", settings.provider.as_str());
    if let Some(template) = &settings.template {
        shown.set("template", template.as_str());
    }
    shown.set("issuer", settings.issuer.as_str());
    shown.set("clientId", settings.client.as_str());
    shown.set("hasClientSecret", *has_secret);
    let method = match settings.secret_in_header {
        true => "client_secret_basic",
        false => "client_secret_post",
    };
    shown.set("clientAuthentication", method);
    if let Some(audience) = &settings.audience {
        shown.set("audience", audience.as_str());
    }
    shown.set(
        "authorizationRequest",
        request(&settings.authorization, "GET", "REDIRECT"),
    );
    shown.set("tokenRequest", request(&settings.exchange, "POST", "EXECUTE"));
    if let Some(logout) = &settings.logout {
        shown.set("logoutRequest", request(logout, "GET", "REDIRECT"));
    }
    if let Some(keys) = &settings.keys {
        let jwks: Object = [("jwksUrl", keys.as_str())].into_iter().collect();
        let config: Object = [("jwks", Json::from(jwks))].into_iter().collect();
        shown.set("signatureVerificationConfig", config);
    }
    let mut user = Object::new();
    user.set("useConstantValue", false);
    user.set("jwtField", settings.person.name.as_str());
    shown.set("userIdConfig", user);
    let mut claims = Object::new();
    for (name, claim) in [
        ("firstNameClaimName", &settings.person.first_name),
        ("lastNameClaimName", &settings.person.last_name),
        ("emailClaimName", &settings.person.email),
        ("phoneNumberClaimName", &settings.person.phone),
    ] {
        if let Some(claim) = claim {
            claims.set(name, claim.as_str());
        }
    }
    shown.set("accessTokenToUserDataMapping", claims);
    shown.set("useIdToken", settings.person_from == TokenKind::Id);
    shown.set("onNewUser", on_new_user(call, settings));
    let linked = settings.linked.iter().map(|link| {
        let entry: Object = [("userName", link.user.as_str()), ("subject", &link.subject)]
            .into_iter()
            .collect();
        Json::from(entry)
    });
    shown.set("linkedUsers", linked.collect::<Vec<_>>());
    shown.set("providerAsksSecondFactor", settings.provider_asks_factor);
    if let Some(lands) = &settings.lands_at {
        shown.set("redirectToPlatform", lands.as_str());
    }
    shown.set("onlyManagementTenantAccess", false);
    shown
}

fn request(place: &Place, method: &str, operation: &str) -> Object {
    let mut shown = Object::new();
    if let Some(url) = &place.url {
        shown.set("url", HttpsUrl::as_str(url));
    }
    shown.set("method", method);
    shown.set("operation", operation);
    let parameters: Object = place
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    shown.set("requestParams", parameters);
    shown
}

fn on_new_user(call: &Call, settings: &model::single_sign_on::SignOn) -> Object {
    let mut configuration = Object::new();
    configuration.set("mapRolesOnlyForNewUser", settings.assigning == Assigning::Once);
    configuration.set(
        "manageRolesOnlyFromAccessMapping",
        settings.assigning == Assigning::Named,
    );
    configuration.set("mapFromIdToken", settings.rights_from == TokenKind::Id);
    let mut dynamic = Object::new();
    dynamic.set("configuration", configuration);
    let mappings = settings
        .mappings
        .iter()
        .map(|mapping| mapping_object(call, mapping).into());
    dynamic.set("mappings", mappings.collect::<Vec<Json>>());
    let mappings = settings.inventory_mappings.iter();
    let mappings = mappings.map(|mapping| inventory_mapping_object(call, mapping).into());
    dynamic.set("inventoryMappings", mappings.collect::<Vec<Json>>());
    let mut shown = Object::new();
    shown.set("dynamicMapping", dynamic);
    shown
}

/// A browser that is sent to its provider, or comes back from it.
pub(crate) async fn through_provider(call: &Call) -> Result<Answer, Problem> {
    let state = call.text("state");
    let comes_back = state.is_some() || call.query("code").is_some() || call.query("error").is_some();
    if comes_back {
        let code = call
            .text("code")
            .map(Secret::new)
            .filter(|_| call.query("error").is_none());
        let signed_on = finish(call, state.unwrap_or_default(), code).await?;
        let answer = cookies::set(Answer::nothing(302), &signed_on.session);
        let home = call.link(&signed_on.lands);
        return Ok(cookies::forget_journey(answer.with(LOCATION, home)));
    }
    if call.is_cross_site {
        // Another site must not sign anybody in here unasked: first comes the page with the button.
        return Ok(Answer::nothing(302).with(LOCATION, call.link("/")));
    }
    let begin = BeginSignOn {
        tenant: named_tenant(call)?,
        host: call.host.clone(),
        address: call.address,
        origin: call.origin.clone(),
        lands: call.text("originUri"),
    };
    let begun = call.door().begin_sign_on(begin).await.map_err(call.refused())?;
    let answer = Answer::nothing(302).with(LOCATION, begun.to);
    Ok(cookies::set_journey(answer, &begun.cookie))
}

/// A page that took its browser back from the provider itself, and sends the code.
pub(crate) async fn by_page(call: &Call, form: CodeForm) -> Result<Answer, Problem> {
    let signed_on = finish(call, form.state, Some(form.code)).await?;
    Ok(cookies::forget_journey(cookies::set(
        Answer::nothing(200),
        &signed_on.session,
    )))
}

async fn finish(call: &Call, state: String, code: Option<Secret>) -> Result<SignedOn, Problem> {
    let back = BackFromProvider {
        state,
        code,
        issuer: call.text("iss"),
        tenant: call.text("tenant_id").and_then(|id| id.parse().ok()),
        cookie: call.journey.clone(),
        address: call.address,
        application: call.application.clone(),
        agent: call.agent.clone(),
    };
    let finished = call.door().finish_sign_on(back).await;
    finished.map_err(|refusal| match refusal {
        Refusal::NotSignedIn => Problem::sign_on_not_accepted(),
        Refusal::Forbidden => Problem::sign_on_without_access(),
        refusal => Problem::refused(call.endpoint, refusal),
    })
}

/// The tenant that the address names; an empty name is none, and what can be no tenant is like one that is not there.
fn named_tenant(call: &Call) -> Result<Option<model::names::TenantId>, Problem> {
    match call.text("tenant_id") {
        None => Ok(None),
        Some(id) => id.parse().map(Some).map_err(|_| {
            let missing = engine::refusal::Missing::LoginOption(TYPE.to_owned());
            Problem::refused(call.endpoint, Refusal::Missing(missing))
        }),
    }
}
