//! Endpoints of alarms, and what their bodies say.

use crate::body::{
    BadBody, check_fragment_name, id_or_self, label, member, object, parsed, require, text, time,
};
use crate::endpoint::{Answer, Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use model::alarms::{AlarmStatus, AlarmUpdate, NewAlarm, STANDARD_PROPERTIES, Severity};
use model::json::{Json, Object};
use model::limits::BODY_BYTES_MAX;
use policy::operations::alarms as does;

const FILTERS: &[Parameter] = &[
    parameter("dateFrom", Kind::Date, "Last raised at this time or later."),
    parameter("dateTo", Kind::Date, "Last raised at this time or earlier."),
    parameter(
        "resolved",
        Kind::Bool,
        "Only cleared ones, or only those that are not.",
    ),
    parameter(
        "severity",
        Kind::List,
        "CRITICAL, MAJOR, MINOR or WARNING: one of these.",
    ),
    parameter("source", Kind::Text, "About this managed object."),
    parameter(
        "status",
        Kind::List,
        "ACTIVE, ACKNOWLEDGED or CLEARED: one of these.",
    ),
    parameter("type", Kind::List, "Of one of these types."),
    parameter(
        "withSourceAssets",
        Kind::Bool,
        "Also about the assets below the source, which must be given.",
    ),
    parameter(
        "withSourceDevices",
        Kind::Bool,
        "Also about the devices below the source, which must be given.",
    ),
];
const CREATED: &[Parameter] = &[
    parameter("createdFrom", Kind::Date, "Stored at this time or later."),
    parameter("createdTo", Kind::Date, "Stored at this time or earlier."),
];
const UPDATED: &[Parameter] = &[
    parameter(
        "lastUpdatedFrom",
        Kind::Date,
        "Last changed at this time or later.",
    ),
    parameter("lastUpdatedTo", Kind::Date, "Last changed before this time."),
];
const BODY: Body = Body {
    media: &["alarm"],
    schema: "Alarm",
    bytes_max: BODY_BYTES_MAX,
};
const COUNT: Answer = Answer {
    status: 200,
    media: Some("application/json"),
    schema: Some("Count"),
};

endpoints! {
    Root = Get "/alarm" does does::AlarmRootRead {
        answer: answer(200, "alarmapi", "ApiResource"),
        errors: &[403],
        about: "The entry point of alarms.",
    }
    List = Get "/alarm/alarms" does does::AlarmList {
        query: &[PAGING, FILTERS, CREATED, UPDATED],
        answer: answer(200, "alarmcollection", "AlarmCollection"),
        errors: &[422],
        about: "List alarms: those raised last first.",
    }
    Create = Post "/alarm/alarms" does does::AlarmCreate {
        body: BODY,
        answer: answer(201, "alarm", "Alarm"),
        errors: &[400, 403, 413, 422],
        about: "Raise an alarm. While one of its source and type is not cleared, that one is counted on instead, and of the new one only the time is kept. Nothing is raised about a source that is maintained: then self ends with null.",
    }
    UpdateMany = Put "/alarm/alarms" does does::AlarmUpdateMany {
        query: &[FILTERS, CREATED],
        body: BODY,
        answer: nothing(200),
        errors: &[400, 403, 413, 422],
        about: "Change the status of alarms by filter: at least one must be given.",
    }
    DeleteMany = Delete "/alarm/alarms" does does::AlarmDeleteMany {
        query: &[FILTERS, CREATED],
        answer: nothing(204),
        errors: &[403, 422],
        about: "Delete alarms by filter: a source or a time must be given.",
    }
    Count = Get "/alarm/alarms/count" does does::AlarmList {
        query: &[FILTERS, CREATED, UPDATED],
        answer: COUNT,
        errors: &[422],
        about: "Count alarms, exactly.",
    }
    Read = Get "/alarm/alarms/{id}" does does::AlarmRead {
        answer: answer(200, "alarm", "Alarm"),
        errors: &[403, 404],
        about: "Read an alarm.",
    }
    Update = Put "/alarm/alarms/{id}" does does::AlarmUpdate {
        body: BODY,
        answer: answer(200, "alarm", "Alarm"),
        errors: &[400, 403, 404, 409, 413, 422],
        about: "Change the status, severity, text and fragments of an alarm; null removes a fragment. One that was cleared cannot stand again beside a newer one of its source and type.",
    }
}

const SEVERITIES: &str = "one of CRITICAL, MAJOR, MINOR and WARNING is expected";
const STATUSES: &str = "one of ACTIVE, ACKNOWLEDGED and CLEARED is expected";

fn is_own(name: &str) -> bool {
    STANDARD_PROPERTIES.contains(&name)
}

/// An alarm as a client raises it.
pub fn new_alarm(body: Json) -> Result<NewAlarm, BadBody> {
    const MANDATORY: [&str; 5] = ["source", "type", "text", "time", "severity"];
    let body = object(body)?;
    require(&body, &MANDATORY)?;
    let source = member(&body, "source")?.map(|source| id_or_self(source, "source"));
    let severity = parsed::<Severity>(&body, "severity", SEVERITIES)?;
    let status = parsed::<AlarmStatus>(&body, "status", STATUSES)?;
    let (Some(source), Some(kind), Some(text), Some(time), Some(severity)) = (
        source.transpose()?,
        label(&body, "type")?,
        text(&body, "text")?.map(str::to_owned),
        time(&body, "time")?,
        severity,
    ) else {
        return Err(BadBody::Missing(MANDATORY.to_vec()));
    };
    let mut fragments = Vec::new();
    for (name, value) in body {
        if !is_own(&name) && value != Json::Null {
            check_fragment_name(&name)?;
            fragments.push((name, value));
        }
    }
    Ok(NewAlarm {
        source,
        time,
        kind,
        text,
        severity,
        status,
        fragments: Object::from_unique(fragments),
    })
}

/// Properties that a change of an alarm may not name. Its id, link and source may be sent back.
const FIXED: [&str; 6] = [
    "type",
    "time",
    "count",
    "creationTime",
    "lastUpdated",
    "firstOccurrenceTime",
];

/// A partial update of an alarm.
pub fn alarm_update(body: Json) -> Result<AlarmUpdate, BadBody> {
    let body = object(body)?;
    refuse(&body, &FIXED)?;
    for property in ["text", "severity", "status"] {
        if body.get(property) == Some(&Json::Null) {
            return Err(BadBody::Missing(vec![property]));
        }
    }
    let source = member(&body, "source")?.map(|source| id_or_self(source, "source"));
    let mut update = AlarmUpdate {
        source: source.transpose()?,
        text: text(&body, "text")?.map(str::to_owned),
        severity: parsed(&body, "severity", SEVERITIES)?,
        status: parsed(&body, "status", STATUSES)?,
        fragments: Vec::new(),
    };
    for (name, value) in body {
        if !is_own(&name) {
            check_fragment_name(&name)?;
            update.fragments.push((name, value));
        }
    }
    Ok(update)
}

/// The status that many alarms are to have: nothing else changes for many at once.
pub fn status_of_many(body: Json) -> Result<AlarmStatus, BadBody> {
    let body = object(body)?;
    require(&body, &["status"])?;
    refuse(&body, &FIXED)?;
    refuse(&body, &["text", "severity"])?;
    parsed(&body, "status", STATUSES)?.ok_or(BadBody::Missing(vec!["status"]))
}

fn refuse(body: &Object, properties: &[&'static str]) -> Result<(), BadBody> {
    match properties.iter().find(|property| body.contains(property)) {
        Some(property) => Err(BadBody::NotAllowed { property }),
        None => Ok(()),
    }
}
