//! Schemas of usage statistics.

use super::shape::{
    Named, Schema, any_object, count, id, link, list, named, object, object_of, own_link, page, text, time,
};
use model::statistics::StatisticsKind;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("UsageStatistics", daily()),
        (
            "UsageStatisticsCollection",
            page("A page of days.", "usageStatistics", "UsageStatistics"),
        ),
        ("UsageStatisticsSummary", summary()),
        ("TenantUsageSummary", of_tenant()),
        (
            "AllTenantsSummary",
            list("The usage of every tenant.", named("TenantUsageSummary")),
        ),
        ("UsageResources", resources()),
        ("MessageFlow", flow()),
        ("StatisticsFile", file()),
        (
            "StatisticsFileCollection",
            page("A page of files.", "statisticsFiles", "StatisticsFile"),
        ),
        ("StatisticsRange", range()),
        ("DeviceStatistics", device()),
        ("DeviceStatisticsCollection", devices()),
    ]
}

/// What is counted and measured.
const FIGURES: [(&str, &str); 16] = [
    ("alarmsCreatedCount", "Alarms that were raised."),
    ("alarmsUpdatedCount", "Changes of alarms."),
    ("deviceCount", "Devices, when it was last looked."),
    ("deviceEndpointCount", "Of these, those without child devices."),
    (
        "deviceRequestCount",
        "Requests without an application's key, but for those of users, tenants and applications.",
    ),
    ("deviceWithChildrenCount", "Devices with child devices."),
    ("eventsCreatedCount", "Events that were stored."),
    ("eventsUpdatedCount", "Changes of events."),
    ("inventoriesCreatedCount", "Managed objects that were created."),
    ("inventoriesUpdatedCount", "Changes of managed objects."),
    ("measurementsCreatedCount", "Measurements that were stored."),
    ("operationsCreatedCount", "Operations that were created."),
    ("operationsUpdatedCount", "Changes of operations."),
    ("requestCount", "Requests of everybody who was signed in."),
    (
        "storageSize",
        "Bytes of the tenant's data as it is stored, files included, when it was last looked.",
    ),
    (
        "totalResourceCreateAndUpdateCount",
        "What came in: alarms, events, managed objects and measurements, created or changed.",
    ),
];

fn figures<const N: usize>(about: &str, more: [(&'static str, Schema); N]) -> Schema {
    let known = FIGURES.into_iter().map(|(name, about)| (name, count(about)));
    let common = [
        (
            "subscribedApplications",
            list(
                "What the tenant is subscribed to since that day or before; of other tenants, of the management tenant's.",
                text("A name."),
            ),
        ),
        ("resources", named("UsageResources")),
    ];
    object_of(about, known.chain(common).chain(more))
}

fn daily() -> Schema {
    let day = time("The day: its begin in UTC.");
    figures("The usage of a tenant on one day.", [("day", day), own_link()])
}

fn summary() -> Schema {
    let day = time("The first day: its begin in UTC.");
    figures("The usage of a tenant in sum.", [("day", day)])
}

fn flow() -> Schema {
    let words = |words: &[&str]| words.join(", ");
    let kinds = object(
        "By kind of data: measurement, event, alarm, operation, inventory. What is 0 is left out.",
        [],
    )
    .with_others(count("Messages."));
    let received = object(
        &format!(
            "Messages that were taken, by protocol: {}.",
            words(&["HTTP", "MQTT", "SmartREST"])
        ),
        [],
    )
    .with_others(kinds);
    let reasons = ["signIn", "permission", "limit", "malformed", "fault"];
    let rejected = object(
        &format!("Messages that were turned away, by reason: {}.", words(&reasons)),
        [],
    )
    .with_others(count("Messages."));
    let interval = object(
        "What came in during one interval.",
        [
            ("time", time("When it began.")),
            ("received", received),
            ("rejected", rejected),
        ],
    );
    object(
        "How many messages came in during the last hour. A message is a request that brings data in, or a row of SmartREST, or \
         rows that were carried out together.",
        [
            own_link(),
            ("since", time("From when on all messages were counted: an hour ago, or the start of the program.")),
            ("until", time("Now: the interval that this time lies in is not over.")),
            ("intervalSeconds", count("How long an interval is.")),
            ("intervals", list("The intervals in which anything came in, the oldest first.", interval)),
        ],
    )
    .required(&["since", "until", "intervalSeconds", "intervals"])
}

fn of_tenant() -> Schema {
    figures(
        "The usage of a tenant in sum, as the management tenant sees it.",
        [
            ("tenantId", text("The tenant.")),
            ("tenantDomain", text("Its domain.")),
            ("tenantCompany", text("The company behind it.")),
            ("parentTenantId", text("The tenant that created it.")),
            ("creationTime", time("When it was created.")),
            ("peakDeviceCount", count("The most devices on any of the days.")),
            (
                "peakDeviceWithChildrenCount",
                count("The most devices with child devices on any of the days."),
            ),
            ("peakStorageSize", count("The most bytes on any of the days.")),
        ],
    )
}

fn resources() -> Schema {
    object(
        "What the tenant's microservices use: nothing, for the platform runs none.",
        [
            ("cpu", count("Milliseconds of CPU.")),
            ("memory", count("Megabytes.")),
            ("usedBy", list("By microservice.", any_object("One of them."))),
        ],
    )
}

fn file() -> Schema {
    let kinds: Vec<_> = StatisticsKind::ALL.iter().map(|kind| kind.word()).collect();
    object(
        "A file with the usage of every tenant.",
        [
            ("id", id("Its identifier.")),
            ("instanceName", text("The domain of the platform that made it.")),
            ("generationDate", time("When it was made.")),
            ("dateFrom", time("The first day.")),
            ("dateTo", time("The last day.")),
            (
                "type",
                text("REAL: made by the platform about a month; TEST: wanted by somebody.").one_of(&kinds),
            ),
        ],
    )
}

fn range() -> Schema {
    object(
        "The days that a file is to be about.",
        [
            ("dateFrom", text("The first day, or a time on it.").at_least(10)),
            (
                "dateTo",
                text("The last day, or a time on it: at most 366 days later.").at_least(10),
            ),
        ],
    )
    .required(&["dateFrom", "dateTo"])
    .example(json!({ "dateFrom": "2026-11-01", "dateTo": "2026-11-19" }))
}

fn device() -> Schema {
    object(
        "What a device did.",
        [
            ("deviceId", id("The device.")),
            ("count", count("Measurements, events and alarms that were created or changed.")),
            ("deviceType", text("Its type, if the caller may read the device. Of months only.")),
            (
                "deviceParents",
                list(
                    "What it is a child device or asset of, as far as the caller may read that. Of months only.",
                    id("A parent."),
                ),
            ),
        ],
    )
    .required(&["deviceId", "count"])
}

fn devices() -> Schema {
    object(
        "A page of devices.",
        [
            own_link(),
            ("next", link("The next page.")),
            ("prev", link("The page before.")),
            (
                "statistics",
                list("The devices of this page.", named("DeviceStatistics")),
            ),
        ],
    )
    .required(&["statistics"])
}
