//! What a filter means for one object. It does not know where the object comes from or who asks.

use crate::ast::{Filter, Op, Query, Value};
use crate::decimal;
use crate::path::Path;
use crate::pattern::Part;
use model::ids::ObjectId;
use model::json::Json;
use model::time::Timestamp;
use std::cmp::Ordering;

/// An object that a query is asked of, **as the asker may see it**: a fragment, group or ancestor that is
/// hidden from the asker must be missing here, or a filter would betray it.
pub trait Subject {
    /// Its identifier. The path `id` is answered from here.
    fn id(&self) -> ObjectId;

    /// Shows the visitor every value that the path leads to, as [`Path::visit_in`] does for custom fragments.
    ///
    /// Standard properties are `name`, `type`, `owner` (the user name) as strings, and `creationTime` and
    /// `lastUpdated` as strings in the form of the API.
    fn visit(&self, path: &Path, visitor: &mut dyn FnMut(&Json));

    /// Whether it is a direct member (a child asset) of this group.
    fn is_member_of(&self, group: ObjectId) -> bool;

    /// Whether it is anywhere below this object; not asked of the object itself.
    fn is_below(&self, root: ObjectId) -> bool;
}

impl Query {
    /// Whether the object is among those that the query means.
    pub fn matches(&self, subject: &dyn Subject) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(subject))
    }
}

impl Filter {
    /// Whether the filter holds for the object.
    pub fn matches(&self, subject: &dyn Subject) -> bool {
        match self {
            Self::And(filters) => filters.iter().all(|filter| filter.matches(subject)),
            Self::Or(filters) => filters.iter().any(|filter| filter.matches(subject)),
            Self::Not(filter) => !filter.matches(subject),
            Self::Has(path) => is_there(subject, path),
            Self::HasAny(paths) => paths.iter().any(|path| is_there(subject, path)),
            Self::Contains { path, part } => has_part(subject, path, part),
            Self::ByGroup(groups) => groups.iter().any(|&group| subject.is_member_of(group)),
            Self::InHierarchyOf(roots) => roots
                .iter()
                .any(|&root| root == subject.id() || subject.is_below(root)),
            Self::Compare {
                path,
                op: Op::Ne,
                value,
            } => !any_value(subject, path, Op::Eq, value),
            Self::Compare { path, op, value } => any_value(subject, path, *op, value),
        }
    }
}

/// Whether the path leads to anything but null. An empty array or object is something.
fn is_there(subject: &dyn Subject, path: &Path) -> bool {
    let mut found = false;
    visit(subject, path, &mut |value| found |= *value != Json::Null);
    found
}

/// Whether a text of the property, or of its arrays, has the part; of the identifier, its digits.
fn has_part(subject: &dyn Subject, path: &Path, part: &Part) -> bool {
    let mut found = path.is_id() && part.is_in(&subject.id().to_string());
    visit(subject, path, &mut |property| {
        for_each_element(property, &mut |element| {
            found = found || matches!(element, Json::String(text) if part.is_in(text));
        });
    });
    found
}

/// Whether any value of the property, or any element of its arrays, stands so to this value.
fn any_value(subject: &dyn Subject, path: &Path, op: Op, value: &Value) -> bool {
    let mut found = *value == Value::Null && op == Op::Eq && !is_there(subject, path);
    visit(subject, path, &mut |property| {
        for_each_element(property, &mut |element| {
            found = found || holds(element, op, value);
        });
    });
    // An identifier is a number that clients write as text, so a pattern is matched with its digits.
    if path.is_id()
        && let Value::Text(pattern) = value
        && !(op == Op::Eq && pattern.literal().is_some_and(is_no_number))
    {
        found |= holds(&subject.id().to_string().into(), op, value);
    }
    found
}

/// What somebody looks for is often a name: then no identifier is written out to be compared with it.
fn is_no_number(text: &str) -> bool {
    !text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The values of a property, the identifier included.
pub(crate) fn visit(subject: &dyn Subject, path: &Path, visitor: &mut dyn FnMut(&Json)) {
    if path.is_id() {
        visitor(&subject.id().number().into());
    } else {
        subject.visit(path, visitor);
    }
}

/// The value itself, or if it is an array, its elements and theirs.
pub(crate) fn for_each_element(value: &Json, visitor: &mut dyn FnMut(&Json)) {
    match value {
        Json::Array(elements) => elements
            .iter()
            .for_each(|element| for_each_element(element, visitor)),
        other => visitor(other),
    }
}

fn holds(element: &Json, op: Op, value: &Value) -> bool {
    match (value, element) {
        (Value::Text(pattern), Json::String(text)) if op == Op::Eq => pattern.matches(text),
        (Value::Null, Json::Null) => op == Op::Eq,
        _ => compare(element, value).is_some_and(|order| op.accepts(order)),
    }
}

/// The order of an element and a value of the same kind; nothing if they are of different kinds.
fn compare(element: &Json, value: &Value) -> Option<Ordering> {
    match (element, value) {
        (Json::String(text), Value::Text(pattern)) => Some(text.as_str().cmp(&pattern.text())),
        (Json::Number(left), Value::Number(right)) => Some(decimal::compare(left, right)),
        (Json::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Json::String(text), Value::Time(time)) => {
            text.parse::<Timestamp>().ok().map(|found| found.cmp(time))
        }
        _ => None,
    }
}
