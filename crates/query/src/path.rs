//! Paths to properties: names joined by dots, `c8y_Availability.status`. A path says where to look; it does
//! not know whether anything is there.

use model::json::{Json, Object};
use model::limits::JSON_DEPTH_MAX;
use std::fmt;
use std::str::FromStr;

/// Properties that hold points in time. Queries write them with `.date` behind them; the path itself is
/// without it.
pub const TIME_PATHS: [&str; 3] = ["creationTime", "lastUpdated", "c8y_Availability.lastMessage"];

/// Properties that `has()` and `hasany()` are not for, besides the standard ones of managed objects.
const NEVER_FRAGMENTS: [&str; 2] = ["supportedMeasurements", "externalIds"];

/// The dotted path of a property, in one spelling: `_id` is `id`, and `creationTime.date` is `creationTime`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Box<str>);

/// The text is not a path: a name between two dots is empty, or it goes deeper than any document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a property: names joined by single dots are expected, for example c8y_Hardware.model")]
pub struct BadPath;

impl Path {
    /// The path in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first name: the top-level property, by which rights on fragments are judged.
    pub fn top(&self) -> &str {
        self.0.split_once('.').map_or(&*self.0, |(top, _)| top)
    }

    /// Whether it is the object's identifier.
    pub fn is_id(&self) -> bool {
        &*self.0 == "id"
    }

    /// Whether it is one of [`TIME_PATHS`].
    pub fn is_time(&self) -> bool {
        TIME_PATHS.contains(&&*self.0)
    }

    /// Whether it lies in a custom fragment, as `has()` wants it, and not in a property that every object may
    /// have.
    pub fn is_custom(&self) -> bool {
        !model::inventory::STANDARD_PROPERTIES.contains(&self.top()) && !NEVER_FRAGMENTS.contains(&self.top())
    }

    /// Shows the visitor every value that the path leads to inside these properties. A path goes on through
    /// each element of an array that it meets; the value at its end is shown as it is, be it an array, an
    /// object or null.
    pub fn visit_in(&self, properties: &Object, visitor: &mut dyn FnMut(&Json)) {
        enter(properties, &self.0, visitor);
    }
}

fn enter(properties: &Object, path: &str, visitor: &mut dyn FnMut(&Json)) {
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    if let Some(value) = properties.get(name) {
        walk(value, rest, visitor);
    }
}

fn walk(value: &Json, rest: Option<&str>, visitor: &mut dyn FnMut(&Json)) {
    match (rest, value) {
        (None, _) => visitor(value),
        (Some(path), Json::Object(properties)) => enter(properties, path, visitor),
        (Some(_), Json::Array(elements)) => {
            for element in elements {
                walk(element, rest, visitor);
            }
        }
        (Some(_), _) => {}
    }
}

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let mut names = text.split('.');
        if names.clone().count() > JSON_DEPTH_MAX || names.any(str::is_empty) {
            return Err(BadPath);
        }
        let undated = text
            .strip_suffix(".date")
            .filter(|path| TIME_PATHS.contains(path));
        let spelling = match text {
            "_id" => "id",
            _ => undated.unwrap_or(text),
        };
        Ok(Self(spelling.into()))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_spelling_and_no_empty_name() {
        for (text, expected) in [
            ("name", Ok("name")),
            ("c8y_Hardware.model", Ok("c8y_Hardware.model")),
            ("_id", Ok("id")),
            ("creationTime.date", Ok("creationTime")),
            (
                "c8y_Availability.lastMessage.date",
                Ok("c8y_Availability.lastMessage"),
            ),
            ("other.date", Ok("other.date")),
            ("", Err(BadPath)),
            ("a..b", Err(BadPath)),
            (".a", Err(BadPath)),
            ("a.", Err(BadPath)),
        ] {
            let path = text.parse::<Path>();
            assert_eq!(
                path.as_ref().map(Path::as_str),
                expected.as_ref().copied(),
                "{text:?}"
            );
        }
        let deepest = ["a"; JSON_DEPTH_MAX].join(".");
        assert!(deepest.parse::<Path>().is_ok());
        assert_eq!(format!("{deepest}.a").parse::<Path>(), Err(BadPath));
    }

    #[test]
    fn only_custom_fragments_are_custom() {
        for (text, expected) in [
            ("c8y_IsDevice", true),
            ("c8y_IsDynamicGroup.invisible", true),
            ("names", true),
            ("name", false),
            ("_id", false),
            ("creationTime.date", false),
            ("childDevices.references", false),
            ("externalIds", false),
            ("supportedMeasurements", false),
        ] {
            assert_eq!(
                text.parse::<Path>().expect(text).is_custom(),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_path_goes_through_arrays_and_stops_at_what_is_there() {
        let customer = |id: &str| Json::from(Object::from_iter([("id", Json::from(id))]));
        let customers = Json::from(vec![customer("1"), Json::from(vec![customer("2")]), Json::Null]);
        let properties = Object::from_iter([("customers", customers)]);
        let seen = |path: &str| {
            let mut seen = Vec::new();
            let path: Path = path.parse().expect(path);
            path.visit_in(&properties, &mut |value| seen.push(value.to_string()));
            seen.join(" ")
        };
        assert_eq!(seen("customers.id"), r#""1" "2""#);
        assert_eq!(seen("customers"), r#"[{"id":"1"},[{"id":"2"}],null]"#);
        assert_eq!(seen("customers.id.x"), "");
        assert_eq!(seen("other"), "");
    }
}
