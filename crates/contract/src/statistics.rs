//! Endpoints of usage statistics, and what their bodies say.

use crate::body::{BadBody, object, require, shown, text};
use crate::endpoint::{Answer, Body, FILE_ANSWER, Kind, PAGING, Parameter, answer, endpoints, parameter};
use model::json::{Json, Object};
use model::limits::BODY_BYTES_MAX;
use model::statistics::Day;
use model::time::Timestamp;
use policy::operations::statistics as does;

const DAYS: &[Parameter] = &[
    parameter("dateFrom", Kind::Date, "From this day on (UTC)."),
    parameter("dateTo", Kind::Date, "Up to this day, included (UTC)."),
];
const TENANT: &[Parameter] = &[parameter(
    "tenant",
    Kind::Text,
    "Of this tenant: another than the own only for the management tenant.",
)];
const DEVICE: &[Parameter] = &[parameter("deviceId", Kind::Text, "Only of this device.")];

const fn plain(schema: &'static str) -> Answer {
    Answer {
        status: 200,
        media: Some("application/json"),
        schema: Some(schema),
    }
}

endpoints! {
    List = Get "/tenant/statistics" does does::UsageRead {
        query: &[PAGING, DAYS],
        answer: answer(200, "tenantusagestatisticscollection", "UsageStatisticsCollection"),
        errors: &[403, 422],
        about: "List the usage of the caller's tenant by day, the oldest first.",
    }
    Summary = Get "/tenant/statistics/summary" does does::UsageSummary {
        query: &[DAYS, TENANT],
        answer: answer(200, "tenantusagestatisticssummary", "UsageStatisticsSummary"),
        errors: &[403, 404, 422],
        about: "Read the usage of a tenant in sum: of the current month, unless told.",
    }
    Flow = Get "/tenant/flow" does does::FlowRead {
        answer: plain("MessageFlow"),
        errors: &[403],
        about: "Read how many messages came in during the last hour, and how many were turned away.",
    }
    AllSummary = Get "/tenant/statistics/allTenantsSummary" does does::UsageOfAll {
        query: &[DAYS],
        answer: plain("AllTenantsSummary"),
        errors: &[403, 422],
        about: "Read the usage of every tenant in sum; for the management tenant.",
    }
    ListFiles = Get "/tenant/statistics/files" does does::StatisticsFileRead {
        query: &[PAGING, DAYS],
        answer: answer(200, "tenantStatisticsfilecollection", "StatisticsFileCollection"),
        errors: &[403, 422],
        about: "List the files with the usage of every tenant that have any of these days in them.",
    }
    CreateFile = Post "/tenant/statistics/files" does does::StatisticsFileCreate {
        body: Body { media: &["tenantstatisticsdate"], schema: "StatisticsRange", bytes_max: BODY_BYTES_MAX },
        answer: answer(201, "tenantstatisticsfile", "StatisticsFile"),
        errors: &[400, 403, 413, 422],
        about: "Make a file with the usage of every tenant.",
    }
    ReadFile = Get "/tenant/statistics/files/{id}" does does::StatisticsFileRead {
        answer: FILE_ANSWER,
        errors: &[403, 404],
        about: "Download a file: a table with commas, one line for each tenant.",
    }
    LatestFile = Get "/tenant/statistics/files/latest/{month}" does does::StatisticsFileRead {
        answer: FILE_ANSWER,
        errors: &[403, 404, 422],
        about: "Download the file that the platform has made for a month.",
    }
    MonthlyDevices = Get "/tenant/statistics/device/{tenantId}/monthly/{date}" does does::DeviceUsageRead {
        query: &[PAGING, DEVICE],
        answer: plain("DeviceStatisticsCollection"),
        errors: &[403, 422],
        about: "List what devices of the caller's tenant did in a month.",
    }
    DailyDevices = Get "/tenant/statistics/device/{tenantId}/daily/{date}" does does::DeviceUsageRead {
        query: &[PAGING, DEVICE],
        answer: plain("DeviceStatisticsCollection"),
        errors: &[403, 422],
        about: "List what devices of the caller's tenant did on a day.",
    }
}

/// The first and the last day of a file that a client wants.
pub fn range(body: Json) -> Result<(Day, Day), BadBody> {
    let body = object(body)?;
    require(&body, &["dateFrom", "dateTo"])?;
    let day = |name: &'static str| day(&body, name)?.ok_or(BadBody::Missing(vec![name]));
    Ok((day("dateFrom")?, day("dateTo")?))
}

/// A date, or a date with time: then its day.
fn day(body: &Object, name: &'static str) -> Result<Option<Day>, BadBody> {
    let Some(text) = text(body, name)? else {
        return Ok(None);
    };
    let bad = |_| BadBody::Rule {
        property: shown(name),
        rule: "a date is expected, for example 2026-11-21",
    };
    Timestamp::from_query(text)
        .map(|time| Some(Day::of(time)))
        .map_err(bad)
}
