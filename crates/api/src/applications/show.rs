//! Applications, archives and credentials as they are shown.

use super::link;
use crate::call::Call;
use engine::applications::{ApplicationView, Credential};
use model::applications::{ApplicationKind, Archive, RoleName, VersionName};
use model::json::{Json, Object};
use model::names::TenantId;
use std::collections::BTreeSet;

/// An application. What the platform says of it is set last, so nothing that was noted takes its place.
pub(super) fn show(call: &Call, view: &ApplicationView) -> Object {
    let application = &view.application;
    let mut shown = application.properties.clone();
    // The makers' own words stand beside, as the console of a web application reads them.
    let repeats = application.kind == ApplicationKind::Hosted;
    for (name, value) in application
        .manifest
        .iter()
        .filter(|_| repeats)
        .flat_map(Object::iter)
    {
        if !shown.contains(name) {
            shown.set(name, value.clone());
        }
    }
    for name in SAID {
        let _ = shown.remove(name);
    }
    say_what_it_is(call, view, &mut shown);
    shown.set("creationTime", application.created.to_string());
    if let Some(path) = &application.context_path {
        shown.set("contextPath", path.as_str());
        if application.kind == ApplicationKind::Hosted {
            shown.set("resourcesUrl", format!("/apps/{path}"));
        }
    }
    if let Some(description) = &application.description {
        shown.set("description", description.as_str());
    }
    if let Some(manifest) = &application.manifest {
        shown.set("manifest", manifest.clone());
    }
    if let Some(active) = application.active {
        shown.set("activeVersionId", active.to_string());
    }
    shown.set("requiredRoles", roles(&application.required_roles));
    shown.set("roles", roles(&application.roles));
    shown.set("subscribed", view.subscription.is_some());
    let versions = application
        .archives
        .iter()
        .filter(|archive| archive.version.is_some());
    let versions: Vec<Json> = versions.map(|archive| show_version(archive).into()).collect();
    if !versions.is_empty() {
        shown.set("applicationVersions", versions);
    }
    shown
}

/// What stands in an application wherever it is shown.
fn say_what_it_is(call: &Call, view: &ApplicationView, shown: &mut Object) {
    let application = &view.application;
    shown.set("id", application.id.to_string());
    shown.set("self", link(call, application.id));
    shown.set("name", application.name.as_str());
    shown.set("key", application.key.as_str());
    shown.set("type", application.kind.name());
    shown.set("availability", application.availability.name());
    shown.set("owner", owner(call, view.owner.as_str()));
}

/// An application beside something else: what it is, without what its makers say of it.
pub(crate) fn show_beside(call: &Call, view: &ApplicationView) -> Object {
    let application = &view.application;
    let mut shown = Object::new();
    say_what_it_is(call, view, &mut shown);
    if let Some(path) = &application.context_path {
        shown.set("contextPath", path.as_str());
    }
    shown
}

/// What a tenant is subscribed to, with the link of each subscription.
pub(crate) fn references<'v>(
    call: &Call,
    tenant: &TenantId,
    views: impl IntoIterator<Item = &'v ApplicationView>,
) -> Object {
    let at = call.link(&format!("/tenant/tenants/{tenant}/applications"));
    let reference = |view: &ApplicationView| {
        let mut reference: Object = [("self", format!("{at}/{}", view.application.id))]
            .into_iter()
            .collect();
        reference.set("application", show_beside(call, view));
        Json::Object(reference)
    };
    let references: Vec<Json> = views.into_iter().map(reference).collect();
    [("references", references)].into_iter().collect()
}

/// What only the platform says: whatever was noted or is in a manifest under these names is not shown as its word.
const SAID: [&str; 18] = [
    "id",
    "self",
    "name",
    "key",
    "type",
    "availability",
    "owner",
    "creationTime",
    "contextPath",
    "resourcesUrl",
    "description",
    "manifest",
    "activeVersionId",
    "requiredRoles",
    "roles",
    "subscribed",
    "applicationVersions",
    "grantedRoles",
];

fn owner(call: &Call, tenant: &str) -> Object {
    let mut of: Object = [("id", tenant)].into_iter().collect();
    let mut owner = Object::new();
    owner.set("self", call.link(&format!("/tenant/tenants/{tenant}")));
    owner.set("tenant", std::mem::take(&mut of));
    owner
}

fn roles(names: &BTreeSet<RoleName>) -> Vec<Json> {
    names.iter().map(|name| Json::from(name.as_str())).collect()
}

/// A version. Its tags stand under both names that clients know.
pub(super) fn show_version(archive: &Archive) -> Object {
    let tags: Vec<Json> = archive.tags.iter().map(|tag| Json::from(tag.as_str())).collect();
    let mut shown = Object::new();
    shown.set(
        "version",
        archive.version.as_ref().map_or("", VersionName::as_str),
    );
    shown.set("binaryId", archive.id.to_string());
    shown.set("tag", tags.clone());
    shown.set("tags", tags);
    shown
}

/// A credential: only where that is what was asked for.
pub(super) fn show_credential(credential: &Credential) -> Object {
    [
        ("tenant", credential.tenant.as_str()),
        ("name", credential.name.as_str()),
        ("password", credential.password.expose()),
    ]
    .into_iter()
    .collect()
}
