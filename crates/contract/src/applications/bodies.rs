//! What bodies say about applications, and what their makers say in the manifest inside of an archive.

use crate::body::{BadBody, array, id, id_or_self, member, object, parsed, require, short_text, shown, text};
use model::applications::{
    ApplicationChange, ApplicationKind, ContextPath, NewApplication, RoleName, VersionName,
};
use model::ids::ApplicationId;
use model::json::{Json, Object};
use model::limits::{APPLICATION_BYTES_MAX, APPLICATION_ROLES_MAX, VERSION_TAGS_MAX};
use model::names::Label;
use std::collections::BTreeSet;
use std::str::FromStr;

/// Longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;
/// Longest name or key, in characters.
pub const NAME_CHARS_MAX: usize = 200;

/// What has a place of its own, or is the platform's to say. All else is noted as it is.
const KNOWN: [&str; 21] = [
    "activeVersionId",
    "applicationVersions",
    "availability",
    "contextPath",
    "creationTime",
    "description",
    "downloadUrl",
    "grantedRoles",
    "id",
    "key",
    "manifest",
    "name",
    "owner",
    "pendingRoles",
    "requiredRoles",
    "resourcesUrl",
    "roles",
    "self",
    "serviceUser",
    "subscribed",
    "type",
];

/// An application as a client sends it: kind, name and key are there, and of a hosted one the path.
pub fn new_application(body: Json) -> Result<NewApplication, BadBody> {
    let body = object(body)?;
    require(&body, &["key", "name", "type"])?;
    let said = application(&body)?;
    let missing = || BadBody::Missing(vec!["key", "name", "type"]);
    let kind = said.kind.ok_or_else(missing)?;
    let (name, key) = said.name.zip(said.key).ok_or_else(missing)?;
    if kind == ApplicationKind::Hosted {
        require(&body, &["contextPath"])?;
    }
    let context_path = match said.context_path {
        None if kind == ApplicationKind::Microservice => name.as_str().parse().ok(),
        said => said.flatten(),
    };
    let properties = said.properties.into_iter();
    Ok(NewApplication {
        kind,
        name,
        key,
        context_path,
        availability: said.availability.unwrap_or_default(),
        description: said.description.flatten(),
        required_roles: said.required_roles.unwrap_or_default(),
        roles: said.roles.unwrap_or_default(),
        manifest: said.manifest.flatten(),
        properties: properties
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
    })
}

/// A change of an application. What it is stays, but may be repeated.
pub fn application_change(body: Json) -> Result<ApplicationChange, BadBody> {
    application(&object(body)?)
}

fn application(body: &Object) -> Result<ApplicationChange, BadBody> {
    let is_there = |name: &str| body.contains(name);
    let context_path: Option<ContextPath> = parsed(body, "contextPath", ContextPath::RULE)?;
    let description = short_text(body, "description", DESCRIPTION_CHARS_MAX)?;
    let manifest = member(body, "manifest")?.cloned();
    if manifest
        .as_ref()
        .is_some_and(|manifest| manifest.to_string().len() > APPLICATION_BYTES_MAX)
    {
        return Err(BadBody::Rule {
            property: "manifest".to_owned(),
            rule: "it is too large",
        });
    }
    let active = id(body, "activeVersionId")?;
    let others = body.iter().filter(|(name, _)| !KNOWN.contains(name));
    Ok(ApplicationChange {
        kind: parsed(body, "type", "HOSTED, EXTERNAL or MICROSERVICE is expected")?,
        name: label(body, "name")?,
        key: label(body, "key")?,
        context_path: is_there("contextPath").then_some(context_path),
        availability: parsed(body, "availability", "MARKET, PRIVATE or SHARED is expected")?,
        description: is_there("description").then_some(description),
        required_roles: roles(body, "requiredRoles")?,
        roles: roles(body, "roles")?,
        manifest: is_there("manifest").then_some(manifest),
        active: is_there("activeVersionId").then_some(active),
        properties: others
            .map(|(name, value)| {
                let value = (*value != Json::Null).then(|| value.clone());
                (name.to_owned(), value)
            })
            .collect(),
    })
}

fn label(body: &Object, name: &str) -> Result<Option<Label>, BadBody> {
    let rule = BadBody::Rule {
        property: shown(name),
        rule: "1 to 200 characters are expected, none of them a control character",
    };
    let Some(text) = short_text(body, name, NAME_CHARS_MAX)? else {
        return match body.contains(name) {
            true => Err(rule),
            false => Ok(None),
        };
    };
    match text.trim().is_empty() {
        true => Err(rule),
        false => text.parse().map(Some).map_err(|_| rule),
    }
}

fn roles(body: &Object, name: &'static str) -> Result<Option<BTreeSet<RoleName>>, BadBody> {
    if !body.contains(name) {
        return Ok(None);
    }
    texts(body, name, APPLICATION_ROLES_MAX, RoleName::RULE).map(Some)
}

fn texts<T: FromStr + Ord>(
    body: &Object,
    name: &'static str,
    most: usize,
    rule: &'static str,
) -> Result<BTreeSet<T>, BadBody> {
    let all = array(body, name, most)?.unwrap_or_default();
    let text = |json: &Json| json.as_str().and_then(|text| text.parse().ok());
    let bad = || BadBody::Rule {
        property: shown(name),
        rule,
    };
    all.iter().map(|json| text(json).ok_or_else(bad)).collect()
}

/// A version as it is uploaded, with its tags: clients call them so or so.
pub fn new_version(said: &Json) -> Result<(VersionName, BTreeSet<VersionName>), BadBody> {
    let said = said.as_object().ok_or(BadBody::NotAnObject)?;
    require(said, &["version"])?;
    let version = parsed(said, "version", VersionName::RULE)?;
    Ok((version.ok_or(BadBody::Missing(vec!["version"]))?, tags_in(said)?))
}

/// The tags that a version is to have.
pub fn version_tags(body: Json) -> Result<BTreeSet<VersionName>, BadBody> {
    let body = object(body)?;
    if !body.contains("tag") && !body.contains("tags") {
        return Err(BadBody::Missing(vec!["tag"]));
    }
    tags_in(&body)
}

fn tags_in(body: &Object) -> Result<BTreeSet<VersionName>, BadBody> {
    let mut tags = texts(body, "tag", VERSION_TAGS_MAX, VersionName::RULE)?;
    tags.extend(texts(body, "tags", VERSION_TAGS_MAX, VersionName::RULE)?);
    Ok(tags)
}

/// The application that a tenant is to be subscribed to: by its id or by its link, in `application` or as it is.
pub fn new_subscription(body: Json) -> Result<ApplicationId, BadBody> {
    let body = object(body)?;
    let of = member(&body, "application")?.unwrap_or(&body);
    if text(of, "self")?.is_none() && !of.contains("id") {
        return Err(BadBody::Missing(vec!["application"]));
    }
    id_or_self(of, "application")
}

/// What the makers say in an archive: all of it, and the roles in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestBody {
    /// All of it.
    pub manifest: Object,
    /// The roles that a microservice's users are to have.
    pub required_roles: Option<BTreeSet<RoleName>>,
    /// The roles that it knows itself.
    pub roles: Option<BTreeSet<RoleName>>,
}

/// Reads `cumulocity.json`; nothing if it is not understood.
pub fn manifest(bytes: &[u8]) -> Option<ManifestBody> {
    let manifest = object(crate::json::parse(bytes).ok()?).ok()?;
    Some(ManifestBody {
        required_roles: roles(&manifest, "requiredRoles").ok()?,
        roles: roles(&manifest, "roles").ok()?,
        manifest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        crate::json::parse(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn an_application_needs_key_name_and_type_and_a_hosted_one_a_path() {
        for refused in [
            "[]",
            r#"{"key": "a", "name": "a"}"#,
            r#"{"key": "a", "name": "a", "type": "FEATURE"}"#,
            r#"{"key": "a", "name": "a", "type": "HOSTED"}"#,
            r#"{"key": "a", "name": " ", "type": "EXTERNAL"}"#,
            r#"{"key": "a", "name": "a", "type": "HOSTED", "contextPath": "../x"}"#,
            r#"{"key": "a", "name": "a", "type": "EXTERNAL", "requiredRoles": ["admin"]}"#,
            r#"{"key": "a", "name": "a", "type": "EXTERNAL", "availability": "ALL"}"#,
        ] {
            assert!(new_application(json(refused)).is_err(), "{refused}");
        }
        let made = new_application(json(
            r#"{"key": "a", "name": "my-app", "type": "MICROSERVICE", "icon": {}}"#,
        ))
        .expect("an application");
        assert_eq!(
            made.context_path.map(|path| path.to_string()).as_deref(),
            Some("my-app")
        );
        assert_eq!(made.properties.names().count(), 1);
    }

    // What the platform says of an application, nobody else does.
    #[test]
    fn what_the_platform_says_is_not_taken_in() {
        let sent = r#"{"id": "7", "owner": {"tenant": {"id": "t1"}}, "grantedRoles": ["ROLE_X"], "self": "x", "globalTitle": "t", "legacy": null}"#;
        let change = application_change(json(sent)).expect("a change");
        let title = ("globalTitle".to_owned(), Some(Json::from("t")));
        assert_eq!(change.properties, [title, ("legacy".to_owned(), None)]);
    }

    #[test]
    fn tags_are_read_under_both_names_and_applications_by_id_or_link() {
        let (version, tags) =
            new_version(&json(r#"{"version": "1.0", "tag": ["a"], "tags": ["b"]}"#)).expect("a version");
        assert_eq!((version.as_str(), tags.len()), ("1.0", 2));
        for sent in [
            r#"{"application": {"self": "https://h/application/applications/17"}}"#,
            r#"{"application": {"id": "17"}}"#,
            r#"{"id": 17}"#,
        ] {
            assert_eq!(
                new_subscription(json(sent)).ok(),
                ApplicationId::new(17),
                "{sent}"
            );
        }
        assert!(new_subscription(json("{}")).is_err());
    }
}
