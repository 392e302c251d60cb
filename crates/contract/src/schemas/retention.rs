//! Schemas of retention rules.

use super::shape::{Named, Schema, count, id, list, named, object, own_link, page, text, time, truth};
use model::limits::{NAME_BYTES_MAX, RETENTION_DAYS_MAX};
use model::retention::{ANY, RetainedData};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("RetentionRule", rule(true)),
        ("RetentionRuleUpdate", rule(false)),
        (
            "RetentionRuleCollection",
            page("A page of retention rules.", "retentionRules", "RetentionRule"),
        ),
        ("RetentionExecution", execution()),
        ("RetentionPreview", preview()),
        ("RetentionCounts", counts()),
    ]
}

fn types() -> Vec<&'static str> {
    let types = RetainedData::ALL.iter().map(|data| data.word());
    types.chain([ANY]).collect()
}

fn rule(is_new: bool) -> Schema {
    let rule = object(
        "Which data is removed when it has become too old. Rules are independent: what any of them means is removed. A \
         filter leaves out the types of data that cannot be asked for it. `*` stands for everything.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            ("dataType", text("Of this type of data.").one_of(&types()).unless_told(ANY)),
            (
                "fragmentType",
                text("With this fragment: events, measurements, operations and bulk operations.")
                    .at_least(1)
                    .at_most(NAME_BYTES_MAX)
                    .matching(r"^(\*|[^\s.,*\[\]()@$]+)$")
                    .unless_told(ANY),
            ),
            (
                "type",
                text("Of this type: alarms, events and measurements.")
                    .at_least(1)
                    .at_most(NAME_BYTES_MAX)
                    .unless_told(ANY),
            ),
            (
                "source",
                text("About this managed object, and not about what hangs below it: everything but the audit log.")
                    .matching(r"^(\*|[1-9][0-9]{0,15})$")
                    .unless_told(ANY),
            ),
            (
                "maximumAge",
                count("So many days may it be old. Records of the audit log are kept for at least 365 days.")
                    .between(1, RETENTION_DAYS_MAX),
            ),
            (
                "editable",
                truth("Whether the tenant may change the rule. Only the management tenant says no.").unless_told(true),
            ),
        ],
    );
    let rule = if is_new {
        rule.required(&["maximumAge"])
    } else {
        rule
    };
    rule.example(json!({ "dataType": "MEASUREMENT", "fragmentType": "c8y_Temperature", "maximumAge": 400 }))
}

fn counts() -> Schema {
    object(
        "How much of each type of data. Data that two rules mean is counted for both before it is removed.",
        [
            ("rule", named("RetentionRule")),
            (
                "removed",
                object("By type of data.", []).with_others(count("So many.")),
            ),
        ],
    )
    .required(&["rule", "removed"])
}

fn rules() -> Schema {
    list("Each rule with what it removes.", named("RetentionCounts"))
}

fn execution() -> Schema {
    object(
        "A run of the retention rules.",
        [
            own_link(),
            (
                "status",
                text("Where it stands.").one_of(&["RUNNING", "COMPLETED"]),
            ),
            (
                "onDemand",
                truth("Whether somebody asked for it; else it is the daily one."),
            ),
            (
                "startTime",
                time("When it began: what is too old, is so by this time."),
            ),
            ("endTime", time("When it ended.")),
            ("rules", rules()),
        ],
    )
}

fn preview() -> Schema {
    object(
        "What the retention rules would remove.",
        [
            own_link(),
            ("time", time("What is too old, is so by this time.")),
            (
                "complete",
                truth("Whether everything was counted; if not, there is at least so much."),
            ),
            ("rules", rules()),
        ],
    )
    .required(&["time", "complete", "rules"])
}
