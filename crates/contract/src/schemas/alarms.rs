//! Schemas of alarms.

use super::shape::{Named, Schema, count, id, link, object, own_link, page, text, time};
use model::alarms::{AlarmStatus, Severity};
use model::limits::NAME_BYTES_MAX;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Alarm", alarm()),
        ("AlarmCollection", page("A page of alarms.", "alarms", "Alarm")),
    ]
}

fn alarm() -> Schema {
    let severities: Vec<_> = Severity::ALL.iter().map(|severity| severity.word()).collect();
    let statuses: Vec<_> = AlarmStatus::ALL.iter().map(|status| status.word()).collect();
    object(
        "What is wrong with a source, until it is cleared. Every property that is not listed is a fragment.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            (
                "source",
                object(
                    "The managed object that it is about, by its id.",
                    [("id", id("Its identifier.")), ("self", link("Where it is read."))],
                ),
            ),
            ("time", time("When it was last raised, with an offset.")),
            ("type", text("Its type.").at_most(NAME_BYTES_MAX)),
            ("text", text("What is wrong, in words.")),
            ("severity", text("How bad it is.").one_of(&severities)),
            (
                "status",
                text("Where it stands; ACTIVE if a new one does not say.").one_of(&statuses),
            ),
            ("count", count("How often it was raised.").read_only()),
            (
                "firstOccurrenceTime",
                time("When it was first raised, if more than once.").read_only(),
            ),
            ("creationTime", time("When it was stored.").read_only()),
            ("lastUpdated", time("When it was last changed.").read_only()),
        ],
    )
    .with_fragments()
    .example(json!({
        "source": { "id": "5" },
        "time": "2026-11-21T07:40:22.219Z",
        "type": "c8y_PumpAlarm",
        "text": "The pump does not turn",
        "severity": "MAJOR",
        "c8y_Pump": { "number": 3 }
    }))
}
