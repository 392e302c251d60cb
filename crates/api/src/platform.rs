//! The interface itself: entry points, the API document, whom to tell about a weakness.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use contract::platform::Endpoint;
use http::header::CONTENT_SECURITY_POLICY;
use model::json::{Json, Object};
use policy::operation::Need;
use std::fmt::Write;

pub(crate) async fn handle(endpoint: Endpoint, call: &Call) -> Result<Answer, Problem> {
    check_need(call).await?;
    match endpoint {
        Endpoint::Platform => Ok(Answer::json(200, "platformapi", &platform(call))),
        Endpoint::Inventory => Ok(Answer::json(200, "inventoryapi", &inventory(call))),
        Endpoint::Identity => Ok(Answer::json(200, "identityapi", &identity(call))),
        Endpoint::Measurement => Ok(Answer::json(200, "measurementapi", &measurement(call))),
        Endpoint::Event => Ok(Answer::json(200, "eventapi", &event(call))),
        Endpoint::Audit => Ok(Answer::json(200, "auditapi", &audit(call))),
        Endpoint::User => Ok(Answer::json(200, "userapi", &user(call))),
        Endpoint::Tenant => Ok(Answer::json(200, "tenantapi", &tenant(call))),
        Endpoint::OpenApi => Ok(Answer::text("application/json", contract::openapi::text())),
        Endpoint::Reference => Ok(reference()),
        Endpoint::Health => Ok(Answer::json(
            200,
            "application/json",
            &[("status", "UP")].into_iter().collect(),
        )),
        Endpoint::SecurityContact => security_contact(call),
    }
}

/// The entry point of alarms.
pub(crate) async fn alarm_root(call: &Call) -> Result<Answer, Problem> {
    check_need(call).await?;
    Ok(Answer::json(200, "alarmapi", &alarm(call)))
}

/// The entry point of device control.
pub(crate) async fn device_control_root(call: &Call) -> Result<Answer, Problem> {
    check_need(call).await?;
    Ok(Answer::json(200, "devicecontrolapi", &device_control(call)))
}

/// Nothing is asked of the engine here, so nothing else would decide whether the caller may have an entry point.
pub(crate) async fn check_need(call: &Call) -> Result<(), Problem> {
    let operation = call.endpoint.declaration().operation;
    if operation.need == Need::Public {
        return Ok(());
    }
    let gate = call.door().gate(call.caller()?, operation).await;
    gate.map_err(|refusal| Problem::refused(call.endpoint, refusal))
}

/// An entry point: its own link, then templates by name.
pub(crate) fn entry(call: &Call, path: &str, templates: &[(&str, &str)]) -> Object {
    let mut object: Object = [("self", call.link(path))].into_iter().collect();
    for (name, template) in templates {
        object.set(*name, call.link(template));
    }
    object
}

/// The entry point of a resource that is one list: the list, and its filters by name.
fn entry_of_list(call: &Call, path: &str, key: &str, list: &str, filters: &[(&str, &str)]) -> Object {
    let mut object = entry(call, path, &[]);
    for (name, filter) in filters {
        object.set(*name, call.link(&format!("{list}?{filter}")));
    }
    object.set(key, collection(call, key, list));
    object
}

fn collection(call: &Call, key: &str, path: &str) -> Json {
    let mut object: Object = [("self", call.link(path))].into_iter().collect();
    object.set(key, Json::Null);
    Json::Object(object)
}

fn platform(call: &Call) -> Object {
    let mut object: Object = [("self", call.link("/platform"))].into_iter().collect();
    object.set("alarm", alarm(call));
    object.set("audit", audit(call));
    object.set("deviceControl", device_control(call));
    object.set("event", event(call));
    object.set("identity", identity(call));
    object.set("inventory", inventory(call));
    object.set("measurement", measurement(call));
    object.set("tenant", tenant(call));
    object.set("user", user(call));
    object
}

fn inventory(call: &Call) -> Object {
    let mut object = entry(
        call,
        "/inventory",
        &[
            (
                "managedObjectsForFragmentType",
                "/inventory/managedObjects?fragmentType={fragmentType}",
            ),
            ("managedObjectsForType", "/inventory/managedObjects?type={type}"),
            (
                "managedObjectsForListOfIds",
                "/inventory/managedObjects?ids={ids}",
            ),
        ],
    );
    let mut objects: Object = [("references", Json::Array(Vec::new()))].into_iter().collect();
    objects.set("self", call.link("/inventory/managedObjects"));
    object.set("managedObjects", objects);
    object
}

fn identity(call: &Call) -> Object {
    entry(
        call,
        "/identity",
        &[
            // The spelling of the placeholder is that of the API.
            ("externalId", "/identity/externalIds/{type}/{externaId}"),
            (
                "externalIdsOfGlobalId",
                "/identity/globalIds/{managedObjectId}/externalIds",
            ),
        ],
    )
}

fn event(call: &Call) -> Object {
    entry_of_list(
        call,
        "/event",
        "events",
        "/event/events",
        &[
            ("eventsForSource", "source={source}"),
            ("eventsForSourceAndType", "source={source}&type={type}"),
            ("eventsForType", "type={type}"),
            ("eventsForFragmentType", "fragmentType={fragmentType}"),
            ("eventsForTime", "dateFrom={dateFrom}&dateTo={dateTo}"),
            (
                "eventsForSourceAndTime",
                "source={source}&dateFrom={dateFrom}&dateTo={dateTo}",
            ),
        ],
    )
}

fn measurement(call: &Call) -> Object {
    let list = "/measurement/measurements";
    entry_of_list(
        call,
        "/measurement",
        "measurements",
        list,
        &[
            ("measurementsForSource", "source={source}"),
            ("measurementsForSourceAndType", "source={source}&type={type}"),
            ("measurementsForType", "type={type}"),
            (
                "measurementsForValueFragmentType",
                "valueFragmentType={valueFragmentType}",
            ),
            ("measurementsForDate", "dateFrom={dateFrom}&dateTo={dateTo}"),
            (
                "measurementsForSourceAndDate",
                "source={source}&dateFrom={dateFrom}&dateTo={dateTo}",
            ),
            (
                "measurementsForDateAndFragmentType",
                "dateFrom={dateFrom}&dateTo={dateTo}&fragmentType={fragmentType}",
            ),
            (
                "measurementsForSourceAndValueFragmentTypeAndValueFragmentSeries",
                "source={source}&valueFragmentType={valueFragmentType}&valueFragmentSeries={valueFragmentSeries}&type={type}",
            ),
        ],
    )
}

fn alarm(call: &Call) -> Object {
    let list = "/alarm/alarms";
    entry_of_list(
        call,
        "/alarm",
        "alarms",
        list,
        &[
            ("alarmsForSource", "source={source}"),
            ("alarmsForStatus", "status={status}"),
            (
                "alarmsForSourceAndStatusAndTime",
                "source={source}&status={status}&dateFrom={dateFrom}&dateTo={dateTo}",
            ),
            (
                "alarmsForStatusAndTime",
                "status={status}&dateFrom={dateFrom}&dateTo={dateTo}",
            ),
            (
                "alarmsForSourceAndTime",
                "source={source}&dateFrom={dateFrom}&dateTo={dateTo}",
            ),
            ("alarmsForTime", "dateFrom={dateFrom}&dateTo={dateTo}"),
            ("alarmsForSourceAndStatus", "source={source}&status={status}"),
        ],
    )
}

fn device_control(call: &Call) -> Object {
    entry_of_list(
        call,
        "/devicecontrol",
        "operations",
        "/devicecontrol/operations",
        &[
            ("operationsByStatus", "status={status}"),
            ("operationsByAgentId", "agentId={agentId}"),
            (
                "operationsByAgentIdAndStatus",
                "agentId={agentId}&status={status}",
            ),
            ("operationsByDeviceId", "deviceId={deviceId}"),
            (
                "operationsByDeviceIdAndStatus",
                "deviceId={deviceId}&status={status}",
            ),
        ],
    )
}

fn audit(call: &Call) -> Object {
    let list = "/audit/auditRecords";
    entry_of_list(
        call,
        "/audit",
        "auditRecords",
        list,
        &[
            ("auditRecordsForApplication", "application={application}"),
            ("auditRecordsForType", "type={type}"),
            ("auditRecordsForUser", "user={user}"),
            (
                "auditRecordsForTypeAndApplication",
                "type={type}&application={application}",
            ),
            (
                "auditRecordsForTypeAndUserAndApplication",
                "type={type}&user={user}&application={application}",
            ),
            (
                "auditRecordsForUserAndApplication",
                "user={user}&application={application}",
            ),
            ("auditRecordsForUserAndType", "user={user}&type={type}"),
        ],
    )
}

fn user(call: &Call) -> Object {
    entry(
        call,
        "/user",
        &[
            ("users", "/user/{tenantId}/users"),
            ("userByName", "/user/{tenantId}/userByName/{username}"),
            ("currentUser", "/user/currentUser"),
            ("groups", "/user/{tenantId}/groups"),
            ("groupByName", "/user/{tenantId}/groupByName/{groupName}"),
            ("roles", "/user/roles"),
        ],
    )
}

fn tenant(call: &Call) -> Object {
    let mut object = entry(
        call,
        "/tenant",
        &[
            ("tenantForId", "/tenant/tenants/{tenantId}"),
            ("tenantOptionsForCategory", "/tenant/options/{category}"),
            (
                "tenantOptionForCategoryAndKey",
                "/tenant/options/{category}/{key}",
            ),
            ("tenantSystemOptions", "/tenant/system/options"),
            (
                "tenantSystemOptionsForCategoryAndKey",
                "/tenant/system/options/{category}/{key}",
            ),
        ],
    );
    object.set("options", collection(call, "options", "/tenant/options"));
    object.set("tenants", collection(call, "tenants", "/tenant/tenants"));
    object
}

/// The reference as a page. Its one style sheet is allowed by its hash; nothing else is.
fn reference() -> Answer {
    let hash = digest(&SHA256, contract::reference::STYLE.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'");
    Answer::text("text/html", contract::reference::page()).with(CONTENT_SECURITY_POLICY, policy)
}

/// Whom to tell about a weakness (RFC 9116). Without a configured contact there is nothing to say.
fn security_contact(call: &Call) -> Result<Answer, Problem> {
    let contacts = &call.setting.security_contacts;
    if contacts.is_empty() {
        return Err(Problem::unknown_path());
    }
    let mut text = String::new();
    for contact in contacts {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Contact: {contact}");
    }
    let expires = call.door().world().now().plus_millis(180 * 24 * 3_600 * 1_000);
    let _ = writeln!(text, "Expires: {expires}");
    Ok(Answer::text("text/plain", text))
}
