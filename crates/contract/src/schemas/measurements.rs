//! Schemas of measurements and series.

use super::shape::{Named, Schema, id, link, list, named, number, object, own_link, page, text, time, truth};
use model::limits::{BULK_MEASUREMENTS_MAX, JSON_VALUES_MAX, NAME_BYTES_MAX, SERIES_VALUES_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    let many = format!(
        "A page of measurements; when it is sent, {BULK_MEASUREMENTS_MAX} at most, of which all are stored or none."
    );
    vec![
        ("Measurement", measurement()),
        (
            "MeasurementCollection",
            page(&many, "measurements", "Measurement"),
        ),
        ("MeasurementSeries", series()),
        ("MeasurementSeriesValue", series_value()),
    ]
}

fn measurement() -> Schema {
    object(
        "What a source reported at one time. Every property that is not listed is a fragment; its series are the \
         members that have a number as `value`, and perhaps a `unit`.",
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
            ("time", time("When it was taken, with an offset.")),
            ("type", text("Its type.").at_most(NAME_BYTES_MAX)),
        ],
    )
    .required(&["source", "time", "type"])
    .with_fragments()
    .example(json!({
        "source": { "id": "5" },
        "time": "2026-11-21T07:40:22.219Z",
        "type": "c8y_TemperatureMeasurement",
        "c8y_TemperatureMeasurement": { "T": { "value": 21.5, "unit": "C" } }
    }))
}

fn series() -> Schema {
    let about = format!(
        "Whether more than {SERIES_VALUES_MAX} values were there, with intervals {JSON_VALUES_MAX}, and the rest was cut off."
    );
    let values = object(
        "For each time one entry for each series, in the order of `series`; the last may be missing.",
        [],
    )
    .with_others(list("The entries of one time.", named("MeasurementSeriesValue")));
    let one = object(
        "A series.",
        [
            ("type", text("The fragment.")),
            ("name", text("The series in it.")),
            ("unit", text("The unit.")),
        ],
    );
    object(
        "Values by time.",
        [
            ("values", values),
            ("series", list("What the entries belong to.", one)),
            ("truncated", truth(&about)),
            (
                "aggregationInterval",
                text("How wide the intervals are, if a width or a number of them was asked for: a duration of ISO 8601."),
            ),
        ],
    )
    .required(&["values", "series", "truncated"])
}

fn series_value() -> Schema {
    object(
        "The least and the greatest value of a time or of an interval, or what was named by aggregationFunction. Empty \
         if the series has no value.",
        [
            ("min", number("The least value.")),
            ("max", number("The greatest value.")),
            ("avg", number("The mean.")),
            ("sum", number("The sum.")),
            ("count", number("How many values.")),
            ("stdDevPop", number("The standard deviation of the values.")),
            ("stdDevSamp", number("The same, if they are a sample; absent of one value.")),
        ],
    )
    .or_null()
}
