//! Endpoints of measurements, and what their bodies say.

use crate::body::{BadBody, array, check_fragment_name, id_or_self, label, member, object, require, time};
use crate::endpoint::{
    Answer, Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter, required,
};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::{BULK_BODY_BYTES_MAX, BULK_MEASUREMENTS_MAX};
use model::measurements::{NewMeasurement, STANDARD_PROPERTIES};
use policy::operations::measurements as does;

const FILTERS: &[Parameter] = &[
    parameter("dateFrom", Kind::Date, "Taken at this time or later."),
    parameter("dateTo", Kind::Date, "Taken at this time or earlier."),
    parameter("source", Kind::Text, "Of this managed object."),
    parameter("type", Kind::Text, "Of this type."),
];
const VALUES: &[Parameter] = &[
    parameter(
        "revert",
        Kind::Bool,
        "The newest first; only together with a time.",
    ),
    parameter("valueFragmentSeries", Kind::Text, "With this series."),
    parameter("valueFragmentType", Kind::Text, "With this fragment."),
];
const DELETION: &[Parameter] = &[parameter("fragmentType", Kind::Text, "With this fragment.")];
const SERIES: &[Parameter] = &[
    parameter(
        "aggregationBuckets",
        Kind::Number,
        "2 to 10,000: the narrowest intervals of which there are no more than this, unless aggregationInterval is given.",
    ),
    parameter(
        "aggregationFunction",
        Kind::List,
        "What to compute for each interval: min, max, avg, sum, count, stdDevPop, stdDevSamp.",
    ),
    parameter(
        "aggregationInterval",
        Kind::Text,
        "A number with s, m, h, d or w, or a duration of ISO 8601 (`PT90S`): one row for each such interval, counted from 1970 in UTC.",
    ),
    parameter(
        "aggregationType",
        Kind::Text,
        "DAILY, HOURLY or MINUTELY: least and greatest value of each.",
    ),
    required("dateFrom", Kind::Date, "From this time."),
    required("dateTo", Kind::Date, "To this time."),
    parameter("revert", Kind::Bool, "The newest first."),
    parameter("series", Kind::List, "Only these, as fragment.series."),
    required("source", Kind::Text, "Of this managed object."),
];
const SERIES_ANSWER: Answer = Answer {
    status: 200,
    media: Some("application/json"),
    schema: Some("MeasurementSeries"),
};

endpoints! {
    List = Get "/measurement/measurements" does does::MeasurementList {
        query: &[PAGING, FILTERS, VALUES],
        answer: answer(200, "measurementcollection", "MeasurementCollection"),
        errors: &[422],
        about: "List measurements; all of them as a table (CSV, spreadsheet) or stream if the caller accepts that first.",
    }
    Create = Post "/measurement/measurements" does does::MeasurementCreate {
        body: Body {
            media: &["measurement", "measurementcollection"],
            schema: "Measurement",
            bytes_max: BULK_BODY_BYTES_MAX,
        },
        answer: answer(201, "measurement", "Measurement"),
        errors: &[400, 403, 413, 422],
        about: "Store one measurement, or many at once: all or none.",
    }
    DeleteMany = Delete "/measurement/measurements" does does::MeasurementDeleteMany {
        query: &[FILTERS, DELETION],
        answer: nothing(204),
        errors: &[403, 422],
        about: "Delete measurements by filter: a source or a time must be given.",
    }
    Series = Get "/measurement/measurements/series" does does::MeasurementRead {
        query: &[SERIES],
        answer: SERIES_ANSWER,
        errors: &[403, 404, 422],
        about: "The series of a source, by time.",
    }
    Read = Get "/measurement/measurements/{id}" does does::MeasurementRead {
        answer: answer(200, "measurement", "Measurement"),
        errors: &[403, 404, 422],
        about: "Read a measurement.",
    }
    Delete = Delete "/measurement/measurements/{id}" does does::MeasurementDelete {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Delete a measurement.",
    }
}

/// What a client stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewMeasurements {
    /// One.
    One(NewMeasurement),
    /// Many at once.
    Many(Vec<NewMeasurement>),
}

/// One measurement or many: the body's shape tells.
pub fn new_measurements(body: Json) -> Result<NewMeasurements, BadBody> {
    let mut body = object(body)?;
    let are_many = !body.contains("source") && array(&body, "measurements", BULK_MEASUREMENTS_MAX)?.is_some();
    if !are_many {
        return new_measurement(body).map(NewMeasurements::One);
    }
    let many = match body.remove("measurements") {
        Some(Json::Array(many)) => many,
        _ => Vec::new(),
    };
    let one = |json| new_measurement(object(json)?);
    many.into_iter()
        .map(one)
        .collect::<Result<_, _>>()
        .map(NewMeasurements::Many)
}

fn new_measurement(body: Object) -> Result<NewMeasurement, BadBody> {
    require(&body, &["source", "time", "type"])?;
    let source: ObjectId = match member(&body, "source")? {
        Some(source) => id_or_self(source, "source")?,
        None => return Err(BadBody::Missing(vec!["source"])),
    };
    let (Some(time), Some(kind)) = (time(&body, "time")?, label(&body, "type")?) else {
        return Err(BadBody::Missing(vec!["time", "type"]));
    };
    let mut fragments = Vec::new();
    for (name, value) in body {
        if STANDARD_PROPERTIES.contains(&name.as_str()) || value == Json::Null {
            continue;
        }
        check_fragment(&name, &value)?;
        fragments.push((name, value));
    }
    Ok(NewMeasurement {
        source,
        time,
        kind,
        fragments: Object::from_unique(fragments),
    })
}

/// Fragments and the series in them have names that can be asked for.
fn check_fragment(name: &str, value: &Json) -> Result<(), BadBody> {
    check_fragment_name(name)?;
    if let Json::Object(members) = value {
        for (series, member) in members.iter() {
            let value = member.as_object().and_then(|member| member.get("value"));
            if value.is_some_and(|value| value.as_number().is_some()) {
                check_fragment_name(series)?;
            }
        }
    }
    Ok(())
}
