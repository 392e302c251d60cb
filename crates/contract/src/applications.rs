//! Endpoints of applications: what a tenant owns and is subscribed to, what was uploaded, what microservices ask about
//! themselves, and the files that browsers load.

pub mod bodies;

use crate::endpoint::{
    Body, FILE, FILE_ANSWER, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter,
};
use model::limits::BODY_BYTES_MAX;
use policy::operations::applications as does;

const FILTERS: &[Parameter] = &[
    parameter("availability", Kind::Text, "MARKET, PRIVATE or SHARED."),
    parameter(
        "hasVersions",
        Kind::Bool,
        "Only those with versions, or only those without.",
    ),
    parameter("name", Kind::Text, "With exactly this name."),
    parameter("owner", Kind::Text, "Owned by this tenant."),
    parameter(
        "providedFor",
        Kind::Text,
        "To which this tenant is subscribed without owning them.",
    ),
    parameter("subscriber", Kind::Text, "To which this tenant is subscribed."),
    parameter(
        "tenant",
        Kind::Text,
        "Owned by this tenant, or to which it is subscribed.",
    ),
    parameter("type", Kind::Text, "HOSTED, EXTERNAL or MICROSERVICE."),
    parameter("user", Kind::Text, "That this user may use."),
];
const OF_USER: &[Parameter] = &[
    parameter(
        "dropOverwrittenApps",
        Kind::Bool,
        "Whether of several at one path only the first is listed: the tenant's own.",
    ),
    parameter("noPaging", Kind::Bool, "Whether they are all on one page."),
];
const FORCE: &[Parameter] = &[parameter(
    "force",
    Kind::Bool,
    "Whether tenants that are subscribed lose it.",
)];
const OF_VERSION: &[Parameter] = &[
    parameter("tag", Kind::Text, "The version with this tag."),
    parameter("version", Kind::Text, "This version."),
];
const BODY: Body = Body {
    media: &["application"],
    schema: "Application",
    bytes_max: BODY_BYTES_MAX,
};
const TAGS: Body = Body {
    media: &["applicationversion"],
    schema: "ApplicationTags",
    bytes_max: BODY_BYTES_MAX,
};
const SUBSCRIPTION: Body = Body {
    media: &["applicationreference"],
    schema: "NewSubscription",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    Root = Get "/application" does does::ApplicationRead {
        answer: answer(200, "applicationapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of applications.",
    }
    List = Get "/application/applications" does does::ApplicationRead {
        query: &[PAGING, FILTERS],
        answer: answer(200, "applicationcollection", "ApplicationCollection"),
        errors: &[403, 404, 422],
        about: "List the applications that the tenant owns or is subscribed to.",
    }
    Create = Post "/application/applications" does does::ApplicationAdmin {
        body: BODY,
        answer: answer(201, "application", "Application"),
        errors: &[400, 403, 409, 413, 422],
        about: "Create an application of the tenant.",
    }
    Read = Get "/application/applications/{id}" does does::ApplicationUse {
        answer: answer(200, "application", "Application"),
        errors: &[403, 404],
        about: "Read an application.",
    }
    Update = Put "/application/applications/{id}" does does::ApplicationAdmin {
        body: BODY,
        answer: answer(200, "application", "Application"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Change an application of the tenant. Roles that it does not ask for any more are taken from its users.",
    }
    Delete = Delete "/application/applications/{id}" does does::ApplicationAdmin {
        query: &[FORCE],
        answer: nothing(204),
        errors: &[403, 404, 409, 422],
        about: "Delete an application of the tenant with its archives and users.",
    }
    Manifest = Get "/application/applications/{contextPath}/manifest" does does::ApplicationUse {
        answer: answer(200, "application", "ApplicationManifest"),
        errors: &[403, 404],
        about: "Read an application by its path, as web applications do at their start.",
    }
    ListBinaries = Get "/application/applications/{id}/binaries" does does::ArchiveRead {
        answer: answer(200, "applicationbinaries", "ApplicationBinaries"),
        errors: &[403, 404],
        about: "List what was uploaded for an application of the tenant.",
    }
    Upload = Post "/application/applications/{id}/binaries" does does::ArchiveAdmin {
        body: FILE,
        answer: answer(201, "application", "Application"),
        errors: &[400, 403, 404, 413, 422],
        about: "Upload an archive (ZIP). It is served if none is yet; else set activeVersionId.",
    }
    Download = Get "/application/applications/{id}/binaries/{binaryId}" does does::ArchiveRead {
        answer: FILE_ANSWER,
        errors: &[403, 404, 416],
        about: "Read an archive as it was uploaded.",
    }
    DeleteBinary = Delete "/application/applications/{id}/binaries/{binaryId}" does does::ArchiveAdmin {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Delete an archive.",
    }
    ListVersions = Get "/application/applications/{id}/versions" does does::ApplicationRead {
        query: &[OF_VERSION],
        answer: answer(200, "applicationversioncollection", "ApplicationVersionCollection"),
        errors: &[400, 403, 404],
        about: "List the versions of an application of the tenant; with a parameter, that one.",
    }
    CreateVersion = Post "/application/applications/{id}/versions" does does::ArchiveAdmin {
        body: FILE,
        answer: answer(201, "applicationversion", "ApplicationVersion"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Upload an archive (part applicationBinary) as a version (part applicationVersion).",
    }
    DeleteVersion = Delete "/application/applications/{id}/versions" does does::ArchiveAdmin {
        query: &[OF_VERSION],
        answer: nothing(204),
        errors: &[400, 403, 404, 409, 422],
        about: "Delete a version; not the latest one.",
    }
    TagVersion = Put "/application/applications/{id}/versions/{version}" does does::ArchiveAdmin {
        body: TAGS,
        answer: answer(201, "applicationversion", "ApplicationVersion"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Give a version exactly these tags.",
    }
    Bootstrap = Get "/application/applications/{id}/bootstrapUser" does does::BootstrapRead {
        answer: answer(200, "user", "BootstrapUser"),
        errors: &[400, 403, 404],
        about: "Read the credential with which a microservice begins. Only for those who may give all roles that it asks for.",
    }
    RenewBootstrap = Post "/application/applications/{id}/bootstrapUser" does does::BootstrapRenew {
        answer: answer(200, "user", "BootstrapUser"),
        errors: &[400, 403, 404, 409],
        about: "Make the keys of a microservice anew, everywhere: the old ones end at once. For those who may read the one with which it begins.",
    }
    Clone = Post "/application/applications/{id}/clone" does does::ApplicationAdmin {
        query: &[OF_VERSION],
        answer: answer(201, "application", "Application"),
        errors: &[400, 403, 404, 409, 422],
        about: "Copy an application of the tenant: its name, key and path begin with clone.",
    }
    ListByName = Get "/application/applicationsByName/{name}" does does::ApplicationRead {
        query: &[PAGING],
        answer: answer(200, "applicationcollection", "ApplicationCollection"),
        errors: &[403, 422],
        about: "List applications with this name.",
    }
    ListByTenant = Get "/application/applicationsByTenant/{tenantId}" does does::ApplicationRead {
        query: &[PAGING],
        answer: answer(200, "applicationcollection", "ApplicationCollection"),
        errors: &[403, 422],
        about: "List applications that this tenant owns or is subscribed to.",
    }
    ListByOwner = Get "/application/applicationsByOwner/{tenantId}" does does::ApplicationRead {
        query: &[PAGING],
        answer: answer(200, "applicationcollection", "ApplicationCollection"),
        errors: &[403, 422],
        about: "List applications that this tenant owns.",
    }
    ListByUser = Get "/application/applicationsByUser/{username}" does does::ApplicationUse {
        query: &[PAGING, OF_USER],
        answer: answer(200, "applicationcollection", "ApplicationCollection"),
        errors: &[403, 404, 422],
        about: "List applications that this user may use.",
    }
    Current = Get "/application/currentApplication" does does::CurrentApplicationRead {
        answer: answer(200, "application", "Application"),
        errors: &[403, 404],
        about: "Read the application that the caller begins as.",
    }
    UpdateCurrent = Put "/application/currentApplication" does does::CurrentApplicationUpdate {
        body: BODY,
        answer: answer(200, "application", "Application"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Change what the application that the caller begins as says of itself: not what it asks for, nor who may have it.",
    }
    CurrentSettings = Get "/application/currentApplication/settings" does does::CurrentSettingsRead {
        answer: answer(200, "applicationsettings", "ApplicationSettings"),
        errors: &[403, 404],
        about: "Read the settings of the application that the caller is a part of.",
    }
    CurrentSubscriptions = Get "/application/currentApplication/subscriptions" does does::CurrentSubscriptionsRead {
        answer: answer(200, "applicationusercollection", "ApplicationUsers"),
        errors: &[403, 404],
        about: "Read as whom the application that the caller begins as comes in where it is subscribed.",
    }
    ListSubscriptions = Get "/tenant/tenants/{tenantId}/applications" does does::SubscriptionRead {
        query: &[PAGING],
        answer: answer(200, "applicationreferencecollection", "ApplicationReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List what a tenant is subscribed to, with the roles that it has granted.",
    }
    Subscribe = Post "/tenant/tenants/{tenantId}/applications" does does::SubscriptionAdmin {
        body: SUBSCRIPTION,
        answer: answer(201, "applicationreference", "ApplicationReference"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Subscribe a tenant. A microservice gets a user with the roles that the caller may give in that tenant: \
                none in another one, until somebody there subscribes too.",
    }
    RestrictedRoles = Get "/tenant/tenants/{tenantId}/applications/restricted-roles" does does::SubscriptionRead {
        query: &[PAGING],
        answer: answer(200, "restrictedrolecollection", "RestrictedRoleCollection"),
        errors: &[403, 404, 422],
        about: "List the roles that microservices ask for in a tenant and are kept from, with the microservices.",
    }
    Unsubscribe = Delete "/tenant/tenants/{tenantId}/applications/{applicationId}" does does::SubscriptionAdmin {
        answer: nothing(204),
        errors: &[403, 404],
        about: "End a subscription: the user of the microservice goes at once.",
    }
    HostedIndex = Get "/apps/{contextPath}" does does::HostedFileRead {
        answer: FILE_ANSWER,
        errors: &[302, 304, 404],
        about: "The first page of an application of the tenant of the host name. It is shown in an origin of its own.",
    }
    HostedFile = Get "/apps/{contextPath}/{file}" does does::HostedFileRead {
        answer: FILE_ANSWER,
        errors: &[304, 404],
        about: "A file of an application; what looks like a page inside of it is answered with its first page.",
    }
}
