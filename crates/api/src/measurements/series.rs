//! Series: `{"values": {time: [{min, max}, …]}, "series": [{unit, name, type}], "truncated": …}`.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use engine::measurements::{Aggregation, ReadSeries, Table};
use model::json::{Json, Object};

pub(super) async fn answer(call: &Call) -> Result<Answer, Problem> {
    let missing: Vec<_> = ["source", "dateFrom", "dateTo"]
        .into_iter()
        .filter(|name| call.text(name).is_none())
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing_parameters(call, &missing));
    }
    let source = call.text("source").unwrap_or_default();
    let question = ReadSeries {
        source: source.parse().map_err(|_| Problem::no_such_id(call, &source))?,
        from: call
            .date("dateFrom")?
            .ok_or_else(|| Problem::missing_parameters(call, &["dateFrom"]))?,
        to: call
            .date("dateTo")?
            .ok_or_else(|| Problem::missing_parameters(call, &["dateTo"]))?,
        series: names(call)?,
        aggregation: aggregation(call)?,
        revert: call.flag("revert", false)?,
    };
    let table = call.ask(question).await?;
    Ok(Answer::json(200, "application/json", &show(&table)))
}

/// The series asked for, each as `fragment.series`.
fn names(call: &Call) -> Result<Vec<(String, String)>, Problem> {
    let split = |name: &str| {
        name.split_once('.')
            .map(|(fragment, series)| (fragment.to_owned(), series.to_owned()))
    };
    let names: Option<Vec<_>> = call.list("series").into_iter().map(split).collect();
    names.ok_or_else(|| Problem::bad_parameter(call, "series", "of the form fragment.series"))
}

fn aggregation(call: &Call) -> Result<Option<Aggregation>, Problem> {
    match call.text("aggregationType").as_deref() {
        None => Ok(None),
        Some("DAILY") => Ok(Some(Aggregation::Daily)),
        Some("HOURLY") => Ok(Some(Aggregation::Hourly)),
        Some("MINUTELY") => Ok(Some(Aggregation::Minutely)),
        Some(_) => Err(Problem::bad_parameter(
            call,
            "aggregationType",
            "DAILY, HOURLY or MINUTELY",
        )),
    }
}

fn show(table: &Table) -> Object {
    let cell = |cell: &Option<engine::measurements::Range>| match cell {
        Some(range) => {
            let mut object: Object = [("min", number(&range.min))].into_iter().collect();
            object.set("max", number(&range.max));
            Json::Object(object)
        }
        None => Json::Object(Object::new()),
    };
    // Times of rows differ, so they are names of properties as they are.
    let rows = table.rows.iter().map(|row| {
        (
            row.time.to_string(),
            row.cells.iter().map(cell).collect::<Vec<_>>().into(),
        )
    });
    let columns = table.columns.iter().map(|column| {
        let mut object = Object::new();
        if let Some(unit) = &column.unit {
            object.set("unit", unit.as_str());
        }
        object.set("name", column.series.as_str());
        object.set("type", column.fragment.as_str());
        Json::Object(object)
    });
    let mut answer: Object = [("values", Json::Object(Object::from_unique(rows.collect())))]
        .into_iter()
        .collect();
    answer.set("series", columns.collect::<Vec<_>>());
    answer.set("truncated", table.truncated);
    answer
}

/// A value by the text that was sent. One that a damaged row made unreadable is left out.
fn number(value: &engine::measurements::Value) -> Json {
    value.number().map_or(Json::Null, Json::Number)
}
