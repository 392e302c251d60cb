//! Series: `{"values": {time: [{min, max}, …]}, "series": [{unit, name, type}], "truncated": …}`; the values by other
//! functions if they are named together with an interval.

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::units;
use contract::duration;
use engine::measurements::{Aggregation, Conversion, Range, ReadSeries, System, Table, Value};
use model::json::{Json, Number, Object};
use model::limits::SERIES_BUCKETS_MAX;
use model::time::Timestamp;

pub(super) async fn answer(call: &Call) -> Result<Answer, Problem> {
    let missing: Vec<_> = ["source", "dateFrom", "dateTo"]
        .into_iter()
        .filter(|name| call.text(name).is_none())
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing_parameters(call, &missing));
    }
    let source = call.text("source").unwrap_or_default();
    let from = call
        .date("dateFrom")?
        .ok_or_else(|| Problem::missing_parameters(call, &["dateFrom"]))?;
    let to = call
        .date("dateTo")?
        .ok_or_else(|| Problem::missing_parameters(call, &["dateTo"]))?;
    let question = ReadSeries {
        source: source.parse().map_err(|_| Problem::no_such_id(call, &source))?,
        from,
        to,
        series: names(call)?,
        aggregation: aggregation(call, from, to)?,
        revert: call.flag("revert", false)?,
    };
    let functions = functions(call)?;
    let units = units::wanted(call)?;
    // The three words of the type have always had their own answer; whoever lets the width be chosen must be told it.
    let width = question.aggregation.filter(|_| has_interval(call));
    let table = call.door().read_series(call.caller()?, question).await;
    let mut shown = show(&table.map_err(call.refused())?, &functions, units);
    if let Some(width) = width {
        shown.set("aggregationInterval", duration::text(width.millis()));
    }
    Ok(Answer::json(200, "application/json", &shown))
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

fn has_interval(call: &Call) -> bool {
    call.text("aggregationInterval").is_some() || call.text("aggregationBuckets").is_some()
}

/// How wide the rows are: by a duration, by how many there may be, or by one of three words.
fn aggregation(call: &Call, from: Timestamp, to: Timestamp) -> Result<Option<Aggregation>, Problem> {
    if let Some(interval) = call.text("aggregationInterval") {
        let width = parse_interval(&interval).ok_or_else(|| {
            let rule = "of the form 10s, 5m, 1h, 1d or PT90S";
            Problem::bad_parameter(call, "aggregationInterval", rule)
        })?;
        return Ok(Some(width));
    }
    if let Some(buckets) = call.text("aggregationBuckets") {
        let buckets = buckets
            .parse()
            .ok()
            .filter(|buckets| *buckets <= SERIES_BUCKETS_MAX);
        let width = buckets.and_then(|buckets| Aggregation::at_most(buckets, from, to));
        let rule = "a whole number from 2 to 10000";
        return width
            .map(Some)
            .ok_or_else(|| Problem::bad_parameter(call, "aggregationBuckets", rule));
    }
    match call.text("aggregationType").as_deref() {
        None => Ok(None),
        Some("DAILY") => Ok(Some(Aggregation::DAILY)),
        Some("HOURLY") => Ok(Some(Aggregation::HOURLY)),
        Some("MINUTELY") => Ok(Some(Aggregation::MINUTELY)),
        Some(_) => Err(Problem::bad_parameter(
            call,
            "aggregationType",
            "DAILY, HOURLY or MINUTELY",
        )),
    }
}

fn parse_interval(text: &str) -> Option<Aggregation> {
    if text.starts_with('P') {
        return Aggregation::every_millis(duration::millis(text)?);
    }
    let amount = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds: u32 = match text.strip_prefix(amount)? {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    Aggregation::every(amount.parse::<u32>().ok()?.checked_mul(seconds)?)
}

/// What is shown of the values of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Function {
    Min,
    Max,
    Avg,
    Sum,
    Count,
    StdDevPop,
    StdDevSamp,
}

impl Function {
    const ALL: [Self; 7] = [
        Self::Min,
        Self::Max,
        Self::Avg,
        Self::Sum,
        Self::Count,
        Self::StdDevPop,
        Self::StdDevSamp,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::StdDevPop => "stdDevPop",
            Self::StdDevSamp => "stdDevSamp",
        }
    }

    /// What a computed value is in another unit.
    fn converted(self, value: f64, to: &Conversion, range: &Range) -> f64 {
        match self {
            Self::Min | Self::Max | Self::Avg => to.value(value),
            Self::Sum => to.sum(value, range.totals.count()),
            Self::Count => value,
            Self::StdDevPop | Self::StdDevSamp => to.difference(value),
        }
    }

    fn of(self, range: &Range) -> Option<f64> {
        match self {
            Self::Min => Some(range.min.as_f64()),
            Self::Max => Some(range.max.as_f64()),
            Self::Avg => range.totals.mean(),
            Self::Sum => Some(range.totals.sum()),
            Self::Count => Some(range.totals.count() as f64),
            Self::StdDevPop => range.totals.deviation(),
            Self::StdDevSamp => range.totals.sample_deviation(),
        }
    }
}

/// The functions asked for, each once; none means the least and the greatest value as they were sent.
fn functions(call: &Call) -> Result<Vec<Function>, Problem> {
    let mut functions = Vec::new();
    for name in call.list("aggregationFunction") {
        let function = Function::ALL.into_iter().find(|function| function.name() == name);
        let rule = "min, max, avg, sum, count, stdDevPop or stdDevSamp";
        let function = function.ok_or_else(|| Problem::bad_parameter(call, "aggregationFunction", rule))?;
        if !functions.contains(&function) {
            functions.push(function);
        }
    }
    if !functions.is_empty() && !has_interval(call) {
        return Err(Problem::missing_parameters(call, &["aggregationInterval"]));
    }
    Ok(functions)
}

fn show(table: &Table, functions: &[Function], units: Option<System>) -> Object {
    let conversion = |unit: &Option<String>| Conversion::to(units?, unit.as_deref()?);
    let conversions: Vec<_> = table
        .columns
        .iter()
        .map(|column| conversion(&column.unit))
        .collect();
    let cell = |(place, cell): (usize, &Option<Range>)| {
        let to = conversions.get(place).and_then(Option::as_ref);
        show_cell(cell.as_ref(), functions, to)
    };
    // Times of rows differ, so they are names of properties as they are.
    let rows = table.rows.iter().map(|row| {
        (
            row.time.to_string(),
            row.cells.iter().enumerate().map(cell).collect::<Vec<_>>().into(),
        )
    });
    let columns = table.columns.iter().zip(&conversions).map(|(column, to)| {
        let mut object = Object::new();
        let unit = to.map(|to| to.unit).or(column.unit.as_deref());
        if let Some(unit) = unit {
            object.set("unit", unit);
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

fn show_cell(cell: Option<&Range>, functions: &[Function], to: Option<&Conversion>) -> Json {
    let Some(range) = cell else {
        return Json::Object(Object::new());
    };
    if functions.is_empty() {
        let mut object: Object = [("min", number(&range.min, to))].into_iter().collect();
        object.set("max", number(&range.max, to));
        return Json::Object(object);
    }
    let computed = functions.iter().filter_map(|function| {
        let value = function.of(range)?;
        let value = to.map_or(value, |to| function.converted(value, to, range));
        Some((function.name(), double(value)?))
    });
    Json::Object(computed.collect())
}

/// A value by the text that was sent, or in another unit. One that a damaged row made unreadable is left out.
fn number(value: &Value, to: Option<&Conversion>) -> Json {
    let number = value.number().ok();
    let number = number.and_then(|number| match to {
        Some(to) => to.number(&number),
        None => Some(number),
    });
    number.map_or(Json::Null, Json::Number)
}

/// A computed value, always with a point or an exponent: it is no value that was sent. Nothing of one that is too large.
fn double(value: f64) -> Option<Json> {
    Number::parse(&format!("{value:?}")).map(Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_numbers_with_a_unit() {
        assert_eq!(parse_interval("24h"), Some(Aggregation::DAILY));
        assert_eq!(parse_interval("60s"), Some(Aggregation::MINUTELY));
        assert_eq!(parse_interval("1w"), Aggregation::every(604_800));
        assert_eq!(parse_interval("PT90S"), Aggregation::every(90));
        for bad in ["", "h", "1", "0h", "-1h", "1.5h", "1y", "1 h", "99999999d", "1hh"] {
            assert_eq!(parse_interval(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn computed_values_are_numbers_of_json() {
        let text = |value: f64| double(value).and_then(|json| Some(json.as_number()?.text().to_owned()));
        assert_eq!(text(3.0).as_deref(), Some("3.0"));
        assert_eq!(text(1e300).as_deref(), Some("1e300"));
        assert_eq!(text(f64::INFINITY), None);
        assert_eq!(text(f64::NAN), None);
    }
}
