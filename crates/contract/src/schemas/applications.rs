//! Schemas of applications.

use super::shape::{
    Named, Schema, any_object, anything, count, id, link, list, named, object, own_link, page, text, time,
    truth,
};
use crate::applications::bodies::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX};
use model::limits::{APPLICATION_PATH_BYTES_MAX, APPLICATION_ROLES_MAX, VERSION_BYTES_MAX, VERSION_TAGS_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Application", application()),
        (
            "ApplicationCollection",
            page("A page of applications.", "applications", "Application"),
        ),
        ("ApplicationBeside", beside()),
        ("ApplicationManifest", manifest()),
        ("ApplicationBinaries", binaries()),
        ("ApplicationVersion", version()),
        ("ApplicationVersionCollection", versions()),
        ("ApplicationTags", tags_of_version()),
        ("BootstrapUser", credential("As whom a microservice begins.")),
        ("ApplicationUsers", users()),
        ("ApplicationSettings", settings()),
        ("NewSubscription", new_subscription()),
        ("ApplicationReference", reference()),
        (
            "ApplicationReferenceCollection",
            page(
                "A page of what a tenant is subscribed to.",
                "references",
                "ApplicationReference",
            ),
        ),
        ("RestrictedRole", restricted_role()),
        (
            "RestrictedRoleCollection",
            page(
                "A page of roles that microservices are kept from.",
                "references",
                "RestrictedRole",
            ),
        ),
    ]
}

fn restricted_role() -> Schema {
    object(
        "A role that microservices ask for in a tenant and were not granted.",
        [
            ("role", named("Role")),
            (
                "applications",
                list("The microservices that ask for it.", named("Application")),
            ),
        ],
    )
    .required(&["role", "applications"])
}

fn roles(about: &str) -> Schema {
    list(about, text("A role.").at_most(100).matching("^ROLE_[A-Z0-9_]*$"))
        .items_at_most(APPLICATION_ROLES_MAX)
}

fn context_path() -> Schema {
    text("Where it is served, under `/apps`; `administration`, `login` and `public` are kept. A hosted one must have it.")
        .at_most(APPLICATION_PATH_BYTES_MAX)
        .matching("^[A-Za-z0-9][A-Za-z0-9._-]*$")
}

fn owner() -> Schema {
    object(
        "Whose it is.",
        [
            own_link(),
            ("tenant", object("The tenant.", [("id", text("Its id."))])),
        ],
    )
    .read_only()
}

fn application() -> Schema {
    object(
        "An application. Key, name and type must be given when it is created; on change, what is absent stays. Further \
         properties are kept as they are.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            ("name", text("Its name, unique in its tenant.").at_least(1).at_most(NAME_CHARS_MAX)),
            ("key", text("The key that requests name it by, unique in its tenant.").at_least(1).at_most(NAME_CHARS_MAX)),
            ("type", text("What it is, for good.").one_of(&["HOSTED", "EXTERNAL", "MICROSERVICE"])),
            ("availability", text("Who may be subscribed.").one_of(&["MARKET", "PRIVATE", "SHARED"])),
            ("contextPath", context_path().or_null()),
            ("description", text("What it is for.").at_most(DESCRIPTION_CHARS_MAX).or_null()),
            ("owner", owner()),
            ("requiredRoles", roles("The roles that its user in each subscribed tenant is to have.").or_null()),
            ("roles", roles("The roles that it knows itself; they are shown and give nothing here.").or_null()),
            ("manifest", any_object("What its makers say of it.").or_null()),
            ("activeVersionId", id("Which archive is served.").or_null()),
            ("resourcesUrl", text("Where its files are.").read_only()),
            ("creationTime", time("When it was created.").read_only()),
            ("applicationVersions", list("Its versions.", named("ApplicationVersion")).read_only()),
            ("subscribed", truth("Whether the caller's tenant is subscribed.").read_only()),
        ],
    )
    .with_others(anything("Whatever else was noted."))
    .example(json!({
        "name": "Pump board", "key": "pump-board", "type": "HOSTED", "contextPath": "pump-board", "availability": "PRIVATE"
    }))
}

fn beside() -> Schema {
    object(
        "An application beside something else.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            ("name", text("Its name.")),
            ("key", text("The key that requests name it by.")),
            (
                "type",
                text("What it is.").one_of(&["HOSTED", "EXTERNAL", "MICROSERVICE"]),
            ),
            (
                "availability",
                text("Who may be subscribed.").one_of(&["MARKET", "PRIVATE", "SHARED"]),
            ),
            ("contextPath", context_path()),
            ("owner", owner()),
        ],
    )
}

fn manifest() -> Schema {
    object("An application.", [("application", named("Application"))]).required(&["application"])
}

fn binaries() -> Schema {
    let one = object(
        "An archive.",
        [
            ("id", id("Its identifier.")),
            ("name", text("The name of the file.")),
            ("length", count("Its length in bytes.")),
            ("created", time("When it was uploaded.")),
            ("downloadUrl", link("Where it is read.")),
            ("contextPath", text("Where the application is served.")),
            ("description", text("What it is for.")),
        ],
    );
    object(
        "What was uploaded for an application.",
        [("attachments", list("The archives.", one))],
    )
    .required(&["attachments"])
}

fn tags() -> Schema {
    let tag = text("A tag.")
        .at_least(1)
        .at_most(VERSION_BYTES_MAX)
        .matching("^[A-Za-z0-9._+-]+$");
    list("Its tags.", tag).items_at_most(VERSION_TAGS_MAX)
}

fn version() -> Schema {
    object(
        "A version of an application.",
        [
            ("version", text("Its name.").at_most(VERSION_BYTES_MAX)),
            ("binaryId", id("The archive.").read_only()),
            ("tag", tags()),
            ("tags", tags()),
        ],
    )
}

fn versions() -> Schema {
    object(
        "The versions of an application, under both names that clients know; or the one that was asked for.",
        [
            own_link(),
            (
                "applicationVersions",
                list("The versions.", named("ApplicationVersion")),
            ),
            ("versions", list("The same.", named("ApplicationVersion"))),
        ],
    )
    .with_others(anything("The properties of the one version that was asked for."))
}

fn tags_of_version() -> Schema {
    object(
        "The tags that a version is to have.",
        [("tag", tags()), ("tags", tags())],
    )
}

fn credential(about: &str) -> Schema {
    object(
        about,
        [
            ("tenant", text("The tenant.")),
            ("name", text("The user's name.")),
            ("password", text("Its password.")),
        ],
    )
    .required(&["tenant", "name", "password"])
}

fn users() -> Schema {
    object(
        "As whom a microservice comes in.",
        [("users", list("One user for each tenant.", credential("A user.")))],
    )
    .required(&["users"])
}

fn settings() -> Schema {
    let kind = object(
        "What a value is.",
        [("type", text("Its type; `string` unless said."))],
    )
    .with_others(anything("Whatever else its makers say of it."))
    .required(&["type"]);
    let setting = object(
        "A setting.",
        [
            ("key", text("The key of the option.")),
            ("defaultValue", text("The value where the tenant has set none.")),
            ("value", text("The value that the tenant has set.")),
            ("valueSchema", kind),
            ("editable", truth("Whether it may be set; for its users to obey.")),
            (
                "inheritFromOwner",
                truth("As its makers say; no value is inherited here."),
            ),
        ],
    )
    .with_others(anything("Whatever else its makers say of it."))
    .required(&[
        "key",
        "defaultValue",
        "valueSchema",
        "editable",
        "inheritFromOwner",
    ]);
    list("The settings that the manifest declares.", setting)
}

fn new_subscription() -> Schema {
    object(
        "What a tenant is to be subscribed to.",
        [(
            "application",
            object(
                "The application.",
                [("id", id("Its identifier.")), ("self", link("Or its link."))],
            ),
        )],
    )
    .example(json!({ "application": { "id": "17" } }))
}

fn reference() -> Schema {
    object(
        "What a tenant is subscribed to.",
        [
            own_link(),
            ("application", named("Application")),
            ("serviceUser", text("The user as which a microservice comes in.")),
            ("grantedRoles", roles("The roles that were granted to that user.")),
            (
                "pendingRoles",
                roles("The roles that it asks for beside. Whoever may give them grants them by subscribing once more."),
            ),
        ],
    )
    .required(&["application"])
}
