//! Values in the system of units that the caller asks for: every series with a unit that the other system has another for.

use crate::call::Call;
use crate::problem::Problem;
use contract::units::{HEADER, SYSTEMS};
use engine::measurements::{Conversion, System};
use model::json::{Json, Number, Object};

/// The system that a request names, if it names one.
pub(crate) fn wanted(call: &Call) -> Result<Option<System>, Problem> {
    let Some(word) = &call.units else { return Ok(None) };
    let system = System::from_word(word);
    let rule = SYSTEMS.join(" or ");
    system
        .map(Some)
        .ok_or_else(|| Problem::bad_parameter(call, HEADER, &rule))
}

/// A fragment with its series in a system of units. What is no series, or has no unit that is known, stays as it is.
pub(crate) fn fragment(system: Option<System>, fragment: &Json) -> Json {
    match (system, fragment) {
        (Some(system), Json::Object(members)) => {
            let each = members
                .iter()
                .map(|(name, member)| (name.to_owned(), series(system, member)));
            Json::Object(Object::from_unique(each.collect()))
        }
        (_, fragment) => fragment.clone(),
    }
}

fn series(system: System, member: &Json) -> Json {
    let Json::Object(series) = member else {
        return member.clone();
    };
    let unit = series.get("unit").and_then(Json::as_str);
    let conversion = unit.and_then(|unit| Conversion::to(system, unit));
    let converted = match (conversion, series.get("value")) {
        (Some(conversion), Some(Json::Number(number))) => {
            conversion.number(number).map(|number| (number, conversion.unit))
        }
        _ => None,
    };
    let Some((number, unit)) = converted else {
        return member.clone();
    };
    let mut series = series.clone();
    series.set("value", Json::Number(number));
    series.set("unit", unit);
    Json::Object(series)
}

/// A value as text with its unit, in a system of units.
pub(crate) fn value(
    system: Option<System>,
    (value, unit): (String, Option<String>),
) -> (String, Option<String>) {
    let conversion = system.and_then(|system| Conversion::to(system, unit.as_deref()?));
    let number = Number::parse(&value);
    match conversion.and_then(|conversion| Some((conversion.number(&number?)?, conversion.unit))) {
        Some((number, unit)) => (number.text().to_owned(), Some(unit.to_owned())),
        None => (value, unit),
    }
}
