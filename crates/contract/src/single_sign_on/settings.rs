//! What clients say of an identity provider, in the properties of the REST API. Nothing is taken in that would not be so
//! afterwards: what is not offered is refused, by its name.

use super::conditions::{InventoryMappingChange, MappingChange, inventory_mapping, mapping};
use super::requests::{template, url};
use crate::body::{BadBody, array, boolean, member, object, require, short_text, text};
use model::json::{Json, Object};
use model::limits::{SIGN_ON_LINKS_MAX, SIGN_ON_MAPPINGS_MAX, SIGN_ON_TEXT_CHARS_MAX};
use model::secret::Secret;
use model::single_sign_on::{Assigning, Link, PersonClaims, SignOn, SignOnChange, TokenKind};

fn rule(property: &str, rule: &'static str) -> BadBody {
    BadBody::Rule {
        property: property.to_owned(),
        rule,
    }
}

/// What must be said of a new provider, and what else is said.
pub fn new_sign_on(body: Json) -> Result<(SignOn, SignOnChange), BadBody> {
    let mut body = object(body)?;
    require(&body, &["providerName", "issuer", "clientId", "userIdConfig"])?;
    let change = read(&mut body)?;
    let missing = |name| BadBody::Missing(vec![name]);
    let settings = SignOn::new(
        change.provider.clone().ok_or_else(|| missing("providerName"))?,
        change.issuer.clone().ok_or_else(|| missing("issuer"))?,
        change.client.clone().ok_or_else(|| missing("clientId"))?,
        change.name_claim.clone().ok_or_else(|| missing("userIdConfig"))?,
    );
    Ok((settings, change))
}

/// A change of what is said of a provider.
pub fn sign_on_change(body: Json) -> Result<SignOnChange, BadBody> {
    read(&mut object(body)?)
}

fn read(body: &mut Object) -> Result<SignOnChange, BadBody> {
    let secret = secret(body)?;
    check_fixed(body)?;
    check_not_offered(body)?;
    let filled = |name: &'static str| match short_text(body, name, SIGN_ON_TEXT_CHARS_MAX)? {
        Some(text) if text.trim().is_empty() => Err(rule(name, "it must say something")),
        text => Ok(text),
    };
    let open = |name: &'static str| {
        let said = short_text(body, name, SIGN_ON_TEXT_CHARS_MAX)?;
        Ok::<_, BadBody>(body.contains(name).then(|| said.filter(|text| !text.is_empty())))
    };
    let exchange = template(body, "tokenRequest", "POST")?;
    let authorization = template(body, "authorizationRequest", "GET")?;
    let logout = template(body, "logoutRequest", "GET")?;
    let from = |name| {
        let is_id = boolean(body, name)?;
        Ok::<_, BadBody>(is_id.map(|is_id| if is_id { TokenKind::Id } else { TokenKind::Access }))
    };
    let mut change = SignOnChange {
        provider: filled("providerName")?,
        button: open("buttonName")?,
        template: open("template")?,
        shown: boolean(body, "visibleOnLoginPage")?,
        issuer: url(body, "issuer")?,
        client: filled("clientId")?,
        secret_in_header: in_header(body)?,
        audience: open("audience")?,
        logout: match body.contains("logoutRequest") {
            true => Some(
                logout
                    .map(|logout| logout.place)
                    .filter(|place| place.url.is_some()),
            ),
            false => None,
        },
        keys: keys(body)?,
        name_claim: name_claim(body)?,
        person: person(body)?,
        person_from: from("useIdToken")?,
        linked: linked(body)?,
        provider_asks_factor: boolean(body, "providerAsksSecondFactor")?,
        lands_at: match body.contains("redirectToPlatform") {
            true => Some(url(body, "redirectToPlatform")?),
            false => None,
        },
        authorization: authorization.map(|authorization| authorization.place),
        secret: secret.or(exchange.as_ref().and_then(|exchange| exchange.secret.clone())),
        exchange: exchange.map(|exchange| exchange.place),
        ..SignOnChange::default()
    };
    rights(body, &mut change)?;
    Ok(change)
}

/// The secret is taken out of the body at once.
fn secret(body: &mut Object) -> Result<Option<Secret>, BadBody> {
    match body.remove("clientSecret") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if text.is_empty() || text.chars().any(char::is_control) => Err(rule(
            "clientSecret",
            "it must say something, without control characters",
        )),
        Some(Json::String(text)) if text.chars().count() > SIGN_ON_TEXT_CHARS_MAX => {
            Err(rule("clientSecret", "it is too long"))
        }
        Some(Json::String(text)) => Ok(Some(Secret::new(text))),
        Some(_) => Err(BadBody::WrongType {
            property: "clientSecret".to_owned(),
            expected: "a string",
        }),
    }
}

fn check_fixed(body: &Object) -> Result<(), BadBody> {
    for (name, only, why) in [
        ("type", "OAUTH2", "it stays OAUTH2"),
        (
            "grantType",
            "AUTHORIZATION_CODE",
            "AUTHORIZATION_CODE is expected",
        ),
        (
            "userManagementSource",
            "REMOTE",
            "REMOTE is expected: the provider says who its users are",
        ),
    ] {
        if text(body, name)?.is_some_and(|sent| !sent.eq_ignore_ascii_case(only)) {
            return Err(rule(name, why));
        }
    }
    Ok(())
}

/// Whether a property asks for anything: nothing, "no" and emptiness do not.
fn asks(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => false,
        Json::Bool(true) | Json::Number(_) => true,
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => list.iter().any(asks),
        Json::Object(object) => object.iter().any(|(_, value)| asks(value)),
    }
}

fn check_not_offered(body: &Object) -> Result<(), BadBody> {
    for (name, why) in [
        (
            "refreshRequest",
            "sessions are not prolonged by the provider: who has to come back signs in again",
        ),
        (
            "sessionConfiguration",
            "the life of all sessions is that of OAUTH2_INTERNAL",
        ),
        (
            "authenticationRestrictions",
            "a client can call itself what it likes, so nothing is decided by it",
        ),
        ("onlyManagementTenantAccess", "a tenant's ways in are its own"),
    ] {
        if body.get(name).is_some_and(asks) {
            return Err(rule(name, why));
        }
    }
    let external = member(body, "externalTokenConfig")?;
    if external
        .and_then(|external| external.get("enabled"))
        .is_some_and(asks)
    {
        return Err(rule(
            "externalTokenConfig",
            "tokens of the provider open no interface here: they are exchanged for a session",
        ));
    }
    Ok(())
}

fn in_header(body: &Object) -> Result<Option<bool>, BadBody> {
    match text(body, "clientAuthentication")? {
        None => Ok(None),
        Some("client_secret_post") => Ok(Some(false)),
        Some("client_secret_basic") => Ok(Some(true)),
        Some(_) => Err(rule(
            "clientAuthentication",
            "client_secret_post or client_secret_basic is expected",
        )),
    }
}

fn keys(body: &Object) -> Result<Option<Option<model::single_sign_on::HttpsUrl>>, BadBody> {
    const NAME: &str = "signatureVerificationConfig";
    let Some(config) = member(body, NAME)? else {
        return Ok(body.contains(NAME).then_some(None));
    };
    for (name, why) in [
        (
            "adfsManifest",
            "a manifest is not read: give jwks with the jwksUrl",
        ),
        (
            "manual",
            "certificates are not taken: give jwks with the jwksUrl, so that keys can change",
        ),
    ] {
        if config.get(name).is_some_and(asks) {
            return Err(rule(NAME, why));
        }
    }
    let of = |member_name: &str, url_name| match member(config, member_name)? {
        Some(place) => url(place, url_name),
        None => Ok(None),
    };
    let (jwks, aad) = (of("jwks", "jwksUrl")?, of("aad", "publicKeyDiscoveryUrl")?);
    match (jwks, aad) {
        (Some(_), Some(_)) => Err(rule(NAME, "one place for keys is expected")),
        (jwks, aad) => Ok(Some(jwks.or(aad))),
    }
}

fn name_claim(body: &Object) -> Result<Option<String>, BadBody> {
    const NAME: &str = "userIdConfig";
    let Some(config) = member(body, NAME)? else {
        return Ok(None);
    };
    if config.get("useConstantValue").is_some_and(asks) {
        return Err(rule(
            NAME,
            "everybody has a user of their own: useConstantValue is not offered",
        ));
    }
    match short_text(config, "jwtField", SIGN_ON_TEXT_CHARS_MAX)? {
        Some(field) if !field.is_empty() => Ok(Some(field)),
        _ => Err(BadBody::Missing(vec!["jwtField"])),
    }
}

fn person(body: &Object) -> Result<Option<PersonClaims>, BadBody> {
    let Some(claims) = member(body, "accessTokenToUserDataMapping")? else {
        return Ok(None);
    };
    let claim = |name| {
        let path = short_text(claims, name, SIGN_ON_TEXT_CHARS_MAX)?;
        Ok::<_, BadBody>(path.filter(|path| !path.is_empty()))
    };
    Ok(Some(PersonClaims {
        name: String::new(),
        first_name: claim("firstNameClaimName")?,
        last_name: claim("lastNameClaimName")?,
        email: claim("emailClaimName")?,
        phone: claim("phoneNumberClaimName")?,
    }))
}

fn linked(body: &Object) -> Result<Option<Vec<Link>>, BadBody> {
    const NAME: &str = "linkedUsers";
    let Some(entries) = array(body, NAME, SIGN_ON_LINKS_MAX)? else {
        return Ok(None);
    };
    let mut links: Vec<Link> = Vec::with_capacity(entries.len());
    for entry in entries {
        let expected = || {
            rule(
                NAME,
                "entries with userName and subject are expected, each name and subject once",
            )
        };
        let entry = entry.as_object().ok_or_else(expected)?;
        let user = text(entry, "userName")?.and_then(|name| name.parse().ok());
        let subject = short_text(entry, "subject", 255)?.filter(|subject| !subject.is_empty());
        let link = Link {
            user: user.ok_or_else(expected)?,
            subject: subject.ok_or_else(expected)?,
        };
        if links
            .iter()
            .any(|other| other.user == link.user || other.subject == link.subject)
        {
            return Err(expected());
        }
        links.push(link);
    }
    Ok(Some(links))
}

fn rights(body: &Object, change: &mut SignOnChange) -> Result<(), BadBody> {
    let Some(dynamic) = member(body, "onNewUser")?
        .map(|new| member(new, "dynamicMapping"))
        .transpose()?
        .flatten()
    else {
        return Ok(());
    };
    if let Some(configuration) = member(dynamic, "configuration")? {
        let once = boolean(configuration, "mapRolesOnlyForNewUser")?.unwrap_or(false);
        let named = boolean(configuration, "manageRolesOnlyFromAccessMapping")?.unwrap_or(false);
        change.assigning = Some(match (once, named) {
            (true, _) => Assigning::Once,
            (false, true) => Assigning::Named,
            (false, false) => Assigning::Exactly,
        });
        let from_id = boolean(configuration, "mapFromIdToken")?;
        change.rights_from = from_id.map(|from_id| if from_id { TokenKind::Id } else { TokenKind::Access });
    }
    if let Some(mappings) = array(dynamic, "mappings", SIGN_ON_MAPPINGS_MAX)? {
        let read = mappings
            .iter()
            .map(|one| mapping(one.clone()).and_then(MappingChange::whole));
        change.mappings = Some(read.collect::<Result<_, _>>()?);
    }
    if let Some(mappings) = array(dynamic, "inventoryMappings", SIGN_ON_MAPPINGS_MAX)? {
        let read = mappings
            .iter()
            .map(|one| inventory_mapping(one.clone()).and_then(InventoryMappingChange::whole));
        change.inventory_mappings = Some(read.collect::<Result<_, _>>()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    const LEAST: &str = r#""type":"OAUTH2","providerName":"Example","issuer":"https://id.example.org",
        "clientId":"holdfast","userIdConfig":{"jwtField":"preferred_username"}"#;

    fn new(more: &str) -> Result<(SignOn, SignOnChange), BadBody> {
        let body = format!("{{{LEAST}{more}}}");
        new_sign_on(parse(body.as_bytes()).unwrap_or_else(|bad| panic!("{body}: {bad}")))
    }

    #[test]
    fn a_provider_needs_a_name_an_issuer_a_client_and_a_claim_for_names() {
        let (settings, change) = new(r#","clientSecret":"top secret""#).unwrap_or_else(|bad| panic!("{bad}"));
        assert_eq!(settings.person.name, "preferred_username");
        assert_eq!(
            (settings.person_from, settings.rights_from),
            (TokenKind::Id, TokenKind::Id)
        );
        assert_eq!(settings.assigning, Assigning::Exactly);
        assert_eq!(change.secret.as_ref().map(Secret::expose), Some("top secret"));
        for missing in ["providerName", "issuer", "clientId", "userIdConfig"] {
            let body = format!("{{{}}}", LEAST.replace(missing, "x"));
            assert!(
                new_sign_on(parse(body.as_bytes()).expect("JSON")).is_err(),
                "{missing}"
            );
        }
    }

    #[test]
    fn the_three_ways_to_assign_are_told_apart() {
        for (configuration, expected) in [
            ("{}", Assigning::Exactly),
            (r#"{"mapRolesOnlyForNewUser":true}"#, Assigning::Once),
            (r#"{"manageRolesOnlyFromAccessMapping":true}"#, Assigning::Named),
        ] {
            let more = format!(r#","onNewUser":{{"dynamicMapping":{{"configuration":{configuration}}}}}"#);
            let (_, change) = new(&more).unwrap_or_else(|bad| panic!("{bad}"));
            assert_eq!(change.assigning, Some(expected), "{configuration}");
        }
    }

    // R052, R057: nothing is taken in that would not be so afterwards, or that weakens what is asked of a token.
    #[test]
    fn what_is_not_offered_is_refused() {
        for more in [
            r#","grantType":"PASSWORD""#,
            r#","userManagementSource":"INTERNAL""#,
            r#","refreshRequest":{"url":"https://id.example.org/token"}"#,
            r#","sessionConfiguration":{"absoluteTimeoutMillis":1}"#,
            r#","authenticationRestrictions":{"forbiddenClients":["WEB_BROWSERS"]}"#,
            r#","onlyManagementTenantAccess":true"#,
            r#","externalTokenConfig":{"enabled":true}"#,
            r#","signatureVerificationConfig":{"adfsManifest":{"manifestUrl":"https://id.example.org/m"}}"#,
            r#","signatureVerificationConfig":{"manual":{"certificates":{"a":{"publicKey":"x"}}}}"#,
            r#","signatureVerificationConfig":{"jwks":{"jwksUrl":"http://id.example.org/keys"}}"#,
            r#","signatureVerificationConfig":{"jwks":{"jwksUrl":"file:///etc/passwd"}}"#,
            r#","clientAuthentication":"none""#,
            r#","clientSecret":"""#,
            r#","clientSecret":1"#,
            r#","linkedUsers":[{"userName":"jane"}]"#,
            r#","linkedUsers":[{"userName":"jane","subject":"1"},{"userName":"joe","subject":"1"}]"#,
            r#","redirectToPlatform":"http://iot.example.org""#,
            r#","authorizationRequest":{"method":"POST"}"#,
        ] {
            assert!(new(more).is_err(), "{more}");
        }
        assert!(
            new(r#","x":{"y":1}"#).is_ok(),
            "unknown properties are left alone"
        );
        let constant = r#"{"userIdConfig":{"useConstantValue":true,"constantValue":"shared"}}"#;
        assert!(sign_on_change(parse(constant.as_bytes()).expect("JSON")).is_err());
    }
}
