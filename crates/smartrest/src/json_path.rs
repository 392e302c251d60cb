//! Paths into a document, as far as templates use JSON path: `$.a.b`, `a['b c']`, `a[0]`, `a[*].b`. Filters, slices and
//! the search at any depth are not part of it.

use crate::limits::{PATH_BYTES_MAX, PATH_STEPS_MAX};
use model::json::{Json, Object};
use std::fmt;
use std::str::FromStr;

/// The text is not a path that templates can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a path is expected: names joined by dots, [number], [*] or ['name'], in at most {PATH_BYTES_MAX} bytes and {PATH_STEPS_MAX} steps"
)]
pub struct BadPath;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the property of this name.
    Name(String),
    /// To the element at this place, from 0.
    Index(usize),
    /// To every element, or the value of every property.
    Every,
}

/// A path from the top of a document, or from a base.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JsonPath(Vec<Step>);

impl JsonPath {
    /// The steps in order; none is the document itself.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The names, if it has no other steps.
    pub fn names(&self) -> Option<Vec<&str>> {
        let mut names = Vec::new();
        for step in &self.0 {
            match step {
                Step::Name(name) => names.push(name.as_str()),
                Step::Index(_) | Step::Every => return None,
            }
        }
        Some(names)
    }

    /// What it leads to, in the order of the document; at most so many values are looked for. Nothing if the walk was used up
    /// before the end: part of what was looked for would be taken for all of it.
    pub fn find<'j>(&self, document: &'j Json, most: usize, walk: &mut Walk) -> Option<Vec<&'j Json>> {
        let mut found = Vec::new();
        collect(document, &self.0, most, &mut found, walk)?;
        Some(found)
    }

    /// Whether it leads anywhere; nothing if the walk was used up.
    pub fn exists(&self, document: &Json, walk: &mut Walk) -> Option<bool> {
        Some(!self.find(document, 1, walk)?.is_empty())
    }
}

/// How far paths may still be followed: shared by all that one document is looked at for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk(usize);

impl Walk {
    /// A walk of so many values.
    pub fn of(steps: usize) -> Self {
        Self(steps)
    }

    fn take(&mut self, steps: usize) -> Option<()> {
        self.0 = self.0.checked_sub(steps)?;
        Some(())
    }
}

/// Properties of an object that are compared with a name for the price of one step.
const PROPERTIES_PER_STEP: usize = 16;

fn collect<'j>(
    json: &'j Json,
    steps: &[Step],
    most: usize,
    found: &mut Vec<&'j Json>,
    walk: &mut Walk,
) -> Option<()> {
    if found.len() >= most {
        return Some(());
    }
    walk.take(1)?;
    let Some((step, rest)) = steps.split_first() else {
        found.push(json);
        return Some(());
    };
    match (step, json) {
        (Step::Name(name), Json::Object(object)) => {
            walk.take(object.len() / PROPERTIES_PER_STEP)?;
            match object.get(name) {
                Some(next) => collect(next, rest, most, found, walk),
                None => Some(()),
            }
        }
        (Step::Index(place), Json::Array(values)) => match values.get(*place) {
            Some(next) => collect(next, rest, most, found, walk),
            None => Some(()),
        },
        (Step::Every, Json::Array(values)) => every(values.iter(), rest, most, found, walk),
        (Step::Every, Json::Object(object)) => {
            every(object.iter().map(|(_, next)| next), rest, most, found, walk)
        }
        _ => Some(()),
    }
}

fn every<'j>(
    values: impl Iterator<Item = &'j Json>,
    rest: &[Step],
    most: usize,
    found: &mut Vec<&'j Json>,
    walk: &mut Walk,
) -> Option<()> {
    for next in values {
        if found.len() >= most {
            break;
        }
        collect(next, rest, most, found, walk)?;
    }
    Some(())
}

/// Sets a value below names, with objects on the way where there are none.
pub(crate) fn set(object: &mut Object, names: &[&str], value: Json) {
    let Some((name, rest)) = names.split_first() else {
        return;
    };
    if rest.is_empty() {
        object.set(*name, value);
        return;
    }
    let mut child = match object.get(name) {
        Some(Json::Object(child)) => child.clone(),
        _ => Object::new(),
    };
    set(&mut child, rest, value);
    object.set(*name, child);
}

impl FromStr for JsonPath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        if text.len() > PATH_BYTES_MAX {
            return Err(BadPath);
        }
        let below_root = text
            .strip_prefix('$')
            .filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let mut rest = below_root.unwrap_or(text);
        let mut steps = Vec::new();
        if below_root.is_none() && !rest.starts_with('[') {
            let (step, after) = named(rest)?;
            steps.push(step);
            rest = after;
        }
        while !rest.is_empty() {
            let (step, after) = if let Some(name) = rest.strip_prefix('.') {
                named(name)?
            } else {
                bracketed(rest.strip_prefix('[').ok_or(BadPath)?)?
            };
            steps.push(step);
            rest = after;
            if steps.len() > PATH_STEPS_MAX {
                return Err(BadPath);
            }
        }
        Ok(Self(steps))
    }
}

/// A name up to the next dot or bracket.
fn named(text: &str) -> Result<(Step, &str), BadPath> {
    let (name, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
    match name {
        "" => Err(BadPath),
        "*" => Ok((Step::Every, rest)),
        name => Ok((Step::Name(name.to_owned()), rest)),
    }
}

/// What stands in brackets; the opening one has been read.
fn bracketed(text: &str) -> Result<(Step, &str), BadPath> {
    for quote in ['\'', '"'] {
        if let Some(quoted) = text.strip_prefix(quote) {
            let (name, rest) = quoted.split_once(&format!("{quote}]")).ok_or(BadPath)?;
            return Ok((Step::Name(name.to_owned()), rest));
        }
    }
    let (inside, rest) = text.split_once(']').ok_or(BadPath)?;
    if inside == "*" {
        return Ok((Step::Every, rest));
    }
    let is_index =
        !inside.is_empty() && inside.len() <= 6 && inside.bytes().all(|byte| byte.is_ascii_digit());
    let index = is_index.then(|| inside.parse().ok()).flatten();
    index.map(|place| (Step::Index(place), rest)).ok_or(BadPath)
}

/// The path from the top: `$.a['b.c'][0]`.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Every => f.write_str("[*]")?,
                Step::Index(place) => write!(f, "[{place}]")?,
                Step::Name(name) if is_plain(name) => write!(f, ".{name}")?,
                Step::Name(name) if name.contains("']") => write!(f, "[\"{name}\"]")?,
                Step::Name(name) => write!(f, "['{name}']")?,
            }
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "*" && !name.contains(['.', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Json {
        let item = |id: u64, kind: &str| {
            let item: Object = [("pid", Json::from(id)), ("type", kind.into())]
                .into_iter()
                .collect();
            Json::Object(item)
        };
        let root: Object = [
            (
                "a",
                Json::Object([("b.c", Json::from(1_u64))].into_iter().collect()),
            ),
            ("list", vec![item(1, "x"), item(2, "y")].into()),
            ("nothing", Json::Null),
        ]
        .into_iter()
        .collect();
        root.into()
    }

    #[test]
    fn a_path_leads_to_every_value_that_it_means() {
        for (path, expected) in [
            ("a['b.c']", "1"),
            ("$.a[\"b.c\"]", "1"),
            ("list[1].type", "\"y\""),
            ("$.list[*].type", "\"x\" \"y\""),
            ("list.*.pid", "1 2"),
            ("$['list'][0].pid", "1"),
            ("nothing", "null"),
            ("list[2]", ""),
            ("a.b", ""),
            ("list.type", ""),
            ("nothing.x", ""),
        ] {
            let path: JsonPath = path.parse().expect(path);
            let document = document();
            let found = path
                .find(&document, 10, &mut Walk::of(100))
                .expect("a short walk")
                .into_iter()
                .map(ToString::to_string);
            assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{path}");
            assert_eq!(path.to_string().parse(), Ok(path));
        }
        let every: JsonPath = "list[*]".parse().expect("a path");
        assert_eq!(
            every
                .find(&document(), 1, &mut Walk::of(100))
                .expect("a short walk")
                .len(),
            1
        );
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let deep = vec!["a"; PATH_STEPS_MAX + 1].join(".");
        let long = "a".repeat(PATH_BYTES_MAX + 1);
        for text in [
            "",
            ".a",
            "a..b",
            "a.",
            "a[",
            "a[x]",
            "a[-1]",
            "a[?(@.b)]",
            "a['b",
            "$..a",
            "a[]b",
            &deep,
            &long,
        ] {
            assert_eq!(text.parse::<JsonPath>(), Err(BadPath), "{text}");
        }
    }

    #[test]
    fn a_value_is_set_below_names_in_its_place() {
        let mut object: Object = [("x", 1_u64)].into_iter().collect();
        set(&mut object, &["f", "m", "value"], 5_u64.into());
        set(&mut object, &["f", "m", "unit"], "C".into());
        set(&mut object, &["x", "y"], true.into());
        assert_eq!(
            object.to_string(),
            r#"{"x":{"y":true},"f":{"m":{"value":5,"unit":"C"}}}"#
        );
    }
}
