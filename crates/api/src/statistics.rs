//! Usage statistics: of a tenant, of its devices, and of every tenant for the management tenant.

mod flow;
mod table;

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use contract::statistics::{Endpoint, range};
use engine::applications::ApplicationView;
use engine::caller::Caller;
use engine::door::Door;
use engine::statistics::{
    DeviceUsage, FindStatisticsFiles, FindUsage, Period, ReadDeviceUsage, ReadLatestStatistics,
    ReadStatisticsFile,
};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use model::json::{Json, Object};
use model::names::TenantId;
use model::statistics::{Counts, DailyUsage, Day, Days, Levels, StatisticsFile, TenantUsage, UsageSummary};
use std::collections::BTreeMap;

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::List => list(&call).await,
        Endpoint::Summary => summary(&call).await,
        Endpoint::Flow => flow::answer(&call).await,
        Endpoint::AllSummary => all(&call).await,
        Endpoint::ListFiles => list_files(&call).await,
        Endpoint::CreateFile => create_file(call).await,
        Endpoint::ReadFile => read_file(&call).await,
        Endpoint::LatestFile => latest_file(&call).await,
        Endpoint::MonthlyDevices => devices(&call, Period::Month).await,
        Endpoint::DailyDevices => devices(&call, Period::Day).await,
    }
}

/// Counts a request of somebody who is signed in. What clients do by themselves is not counted, and only what comes
/// without the key of an application, and is not about users, tenants or applications, counts as a device's.
pub(crate) fn count(door: &Door, caller: &Caller, path: &str) {
    const BY_THEMSELVES: [&str; 4] = [
        "/application/currentApplication",
        "/devicecontrol/deviceCredentials",
        "/inventory/templates",
        "/tenant/limit",
    ];
    const NOT_OF_DEVICES: [&str; 3] = ["/application", "/tenant", "/user"];
    let is_below = |root: &str| {
        let rest = path.strip_prefix(root);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if path.ends_with("/health") || BY_THEMSELVES.iter().any(|root| is_below(root)) {
        return;
    }
    let is_about_others = NOT_OF_DEVICES.iter().any(|root| is_below(root));
    door.count(caller, !is_about_others);
}

fn days(call: &Call) -> Result<Days, Problem> {
    Ok(Days {
        from: call.date("dateFrom")?.map(Day::of),
        to: call.date("dateTo")?.map(Day::of),
    })
}

/// A part of the path that is a day.
fn day(call: &Call, place: usize, name: &'static str) -> Result<Day, Problem> {
    let bad = |_| Problem::bad_parameter(call, name, "a date as YYYY-MM-DD, from 1970-01-01 on");
    call.part(place).parse().map_err(bad)
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindUsage {
        days: days(call)?,
        page: page.cut(),
    };
    let found = call.ask(question).await?;
    let subscribed = subscribed(call).await?;
    let mut entries = Vec::with_capacity(found.items.len());
    for usage in &found.items {
        entries.push(show_day(call, usage, &subscribed)?.into());
    }
    let envelope = page.envelope(call, "usageStatistics", entries, found.total);
    Ok(Answer::json(200, "tenantusagestatisticscollection", &envelope))
}

/// What the caller's tenant is subscribed to, as far as the caller may know.
async fn subscribed(call: &Call) -> Result<Vec<ApplicationView>, Problem> {
    let usable = call.door().usable_applications(call.caller()?).await;
    usable.map_err(call.refused())
}

/// The same of other tenants, for the management tenant.
async fn subscribed_in(
    call: &Call,
    tenants: &[TenantId],
) -> Result<BTreeMap<TenantId, Vec<ApplicationView>>, Problem> {
    let found = call.door().applications_of_tenants(call.caller()?, tenants).await;
    found.map_err(call.refused())
}

/// Names of what is subscribed since this day or before. What was ended meanwhile nobody remembers.
fn names(subscribed: &[ApplicationView], to: Option<Day>) -> Vec<Json> {
    let is_since = |view: &&ApplicationView| {
        let since = view.subscription.as_ref().map(|it| Day::of(it.since));
        since.is_some_and(|since| to.is_none_or(|to| since <= to))
    };
    let found = subscribed.iter().filter(is_since);
    found
        .map(|view| Json::from(view.application.name.as_str()))
        .collect()
}

async fn summary(call: &Call) -> Result<Answer, Problem> {
    let (asked, days) = (call.text("tenant"), days(call)?);
    let found = call
        .door()
        .usage_summary(call.caller()?, asked.clone(), days)
        .await;
    let usage = found.map_err(call.refused())?;
    let other = asked.filter(|id| id != call.caller().map_or("", |caller| caller.tenant_id().as_str()));
    let subscribed = match other.map(|id| id.parse::<TenantId>()) {
        Some(Ok(id)) => subscribed_in(call, std::slice::from_ref(&id))
            .await?
            .remove(&id)
            .unwrap_or_default(),
        Some(Err(_)) => Vec::new(),
        None => subscribed(call).await?,
    };
    let mut shown = show_figures(&usage.counts, &usage.levels, names(&subscribed, days.to));
    shown.set("day", usage.from.begin().to_string());
    Ok(Answer::json(200, "tenantusagestatisticssummary", &shown))
}

async fn all(call: &Call) -> Result<Answer, Problem> {
    let days = days(call)?;
    let found = call.door().usage_of_all(call.caller()?, days).await;
    let tenants = found.map_err(call.refused())?;
    let ids: Vec<_> = tenants.iter().map(|tenant| tenant.id.clone()).collect();
    let subscribed = subscribed_in(call, &ids).await?;
    let names_of = |id| names(subscribed.get(id).map_or(&[], Vec::as_slice), days.to);
    let tenants: Vec<Json> = tenants
        .iter()
        .map(|tenant| show_tenant(tenant, names_of(&tenant.id)).into())
        .collect();
    Ok(Answer::text("application/json", Json::from(tenants).to_string()))
}

async fn list_files(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = FindStatisticsFiles {
        days: days(call)?,
        page: page.cut(),
    };
    let found = call.ask(question).await?;
    let entries = found.items.iter().map(|file| Json::Object(show_file(file)));
    let envelope = page.envelope(call, "statisticsFiles", entries.collect(), found.total);
    Ok(Answer::json(200, "tenantStatisticsfilecollection", &envelope))
}

async fn create_file(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let (from, to) = range(body).map_err(|bad| Problem::body(&call, &bad))?;
    let made = call.door().create_statistics_file(call.caller()?, from, to).await;
    let file = made.map_err(call.refused())?;
    let location = call.link(&format!("/tenant/statistics/files/{}", file.id));
    Ok(Answer::json(201, "tenantstatisticsfile", &show_file(&file)).at(location))
}

async fn read_file(call: &Call) -> Result<Answer, Problem> {
    let tenants = call.ask(ReadStatisticsFile(call.id(0)?)).await?;
    Ok(download(&tenants))
}

async fn latest_file(call: &Call) -> Result<Answer, Problem> {
    let month = day(call, 0, "month")?;
    let tenants = call.ask(ReadLatestStatistics(month)).await?;
    Ok(download(&tenants))
}

/// A file that a browser keeps instead of showing it.
fn download(tenants: &[TenantUsage]) -> Answer {
    const BYTES: &str = "application/octet-stream";
    Answer::text(BYTES, table::of(tenants))
        .with(CONTENT_TYPE, BYTES)
        .with(CONTENT_DISPOSITION, "attachment; filename=\"statistics.csv\"")
}

async fn devices(call: &Call, period: impl Fn(Day) -> Period) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let question = ReadDeviceUsage {
        tenant: call.part(0).to_owned(),
        period: period(day(call, 1, "date")?),
        device: call.query_id("deviceId")?,
        skip: page.skip(),
        take: page.size,
    };
    let found = call.ask(question).await?;
    let entries: Vec<Json> = found.iter().map(|usage| show_device(usage).into()).collect();
    // Here the entries have the name that elsewhere says which page this is.
    let mut envelope = page.envelope(call, "entries", entries, None);
    let entries = envelope.remove("entries").unwrap_or(Json::Array(Vec::new()));
    envelope.set("statistics", entries);
    Ok(Answer::json(200, "application/json", &envelope))
}

fn show_figures(counts: &Counts, levels: &Levels, subscribed: Vec<Json>) -> Object {
    let mut shown: Object = figures(counts, levels).into_iter().collect();
    shown.set("subscribedApplications", subscribed);
    let mut resources: Object = [("cpu", 0_u64), ("memory", 0)].into_iter().collect();
    resources.set("usedBy", Vec::<Json>::new());
    shown.set("resources", resources);
    shown
}

/// The figures by the names that clients know.
fn figures(counts: &Counts, levels: &Levels) -> [(&'static str, u64); 16] {
    [
        ("alarmsCreatedCount", counts.alarms_created),
        ("alarmsUpdatedCount", counts.alarms_updated),
        ("deviceCount", levels.devices),
        ("deviceEndpointCount", levels.endpoints()),
        ("deviceRequestCount", counts.device_requests),
        ("deviceWithChildrenCount", levels.devices_with_children),
        ("eventsCreatedCount", counts.events_created),
        ("eventsUpdatedCount", counts.events_updated),
        ("inventoriesCreatedCount", counts.inventories_created),
        ("inventoriesUpdatedCount", counts.inventories_updated),
        ("measurementsCreatedCount", counts.measurements_created),
        ("operationsCreatedCount", counts.operations_created),
        ("operationsUpdatedCount", counts.operations_updated),
        ("requestCount", counts.requests),
        ("storageSize", levels.storage_bytes),
        ("totalResourceCreateAndUpdateCount", counts.inbound()),
    ]
}

/// The figures that only a sum over days has.
fn peaks(usage: &UsageSummary) -> [(&'static str, u64); 3] {
    [
        ("peakDeviceCount", usage.peak.devices),
        ("peakDeviceWithChildrenCount", usage.peak.devices_with_children),
        ("peakStorageSize", usage.peak.storage_bytes),
    ]
}

fn show_day(call: &Call, usage: &DailyUsage, subscribed: &[ApplicationView]) -> Result<Object, Problem> {
    let names = names(subscribed, Some(usage.day));
    let mut shown = show_figures(&usage.counts, &usage.levels.unwrap_or_default(), names);
    let day = usage.day.to_string().replace('-', "");
    let tenant = call.caller()?.tenant_id();
    shown.set("day", usage.day.begin().to_string());
    shown.set("self", call.link(&format!("/tenant/statistics/{tenant}_{day}")));
    Ok(shown)
}

fn show_tenant(tenant: &TenantUsage, subscribed: Vec<Json>) -> Object {
    let usage = &tenant.usage;
    let mut shown = show_figures(&usage.counts, &usage.levels, subscribed);
    for (name, value) in peaks(usage) {
        shown.set(name, value);
    }
    shown.set("tenantId", tenant.id.to_string());
    shown.set("tenantDomain", tenant.domain.to_string());
    shown.set("tenantCompany", tenant.company.as_str());
    if let Some(parent) = &tenant.parent {
        shown.set("parentTenantId", parent.to_string());
    }
    shown.set("creationTime", tenant.created.to_string());
    shown
}

fn show_file(file: &StatisticsFile) -> Object {
    [
        ("id", file.id.to_string()),
        ("instanceName", file.instance.clone()),
        ("generationDate", file.generated.to_string()),
        ("dateFrom", file.from.begin().to_string()),
        ("dateTo", file.to.begin().to_string()),
        ("type", file.kind.word().to_owned()),
    ]
    .into_iter()
    .collect()
}

fn show_device(usage: &DeviceUsage) -> Object {
    let mut shown = Object::new();
    shown.set("deviceId", usage.device.to_string());
    shown.set("count", usage.count);
    if let Some(kind) = &usage.kind {
        shown.set("deviceType", kind.as_str());
    }
    if let Some(parents) = &usage.parents {
        let parents: Vec<Json> = parents.iter().map(|id| Json::from(id.to_string())).collect();
        shown.set("deviceParents", parents);
    }
    shown
}
