//! What must be true of every object that a filter matches, as far as an index can use it. It knows no index.

use crate::ast::{Filter, Op, Value};
use crate::path::Path;
use model::ids::ObjectId;

/// A condition that every match fulfils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must<'a> {
    /// It is this object.
    Id(ObjectId),
    /// Its type is exactly this.
    Type(&'a str),
    /// Its name is exactly this.
    Name(&'a str),
    /// Its owner has exactly this user name.
    Owner(&'a str),
    /// It has this property, so at least the fragment [`Path::top`]. The fragment may be one that the
    /// platform computes (`c8y_Availability`) and no index knows.
    Has(&'a Path),
    /// It is a member of one of these groups.
    MemberOfAny(&'a [ObjectId]),
    /// It is one of these objects or below one of them.
    InHierarchyOfAny(&'a [ObjectId]),
}

impl Filter {
    /// Conditions that every match fulfils, in the order of the text. They are necessary, not sufficient: use
    /// one to find candidates, then ask [`Filter::matches`] of each. Nothing is said about disjunctions and
    /// negations.
    pub fn must(&self) -> Vec<Must<'_>> {
        match self {
            Self::And(filters) => filters.iter().flat_map(Self::must).collect(),
            Self::Has(path) => vec![Must::Has(path)],
            Self::ByGroup(groups) => vec![Must::MemberOfAny(groups)],
            Self::InHierarchyOf(roots) => vec![Must::InHierarchyOfAny(roots)],
            Self::Compare {
                path,
                op: Op::Eq,
                value,
            } => equality(path, value).into_iter().collect(),
            Self::Or(_) | Self::Not(_) | Self::HasAny(_) | Self::Contains { .. } | Self::Compare { .. } => {
                Vec::new()
            }
        }
    }
}

fn equality<'a>(path: &Path, value: &'a Value) -> Option<Must<'a>> {
    match (path.as_str(), value) {
        ("id", Value::Number(number)) => number.text().parse().ok().map(Must::Id),
        ("type", Value::Text(pattern)) => pattern.literal().map(Must::Type),
        ("name", Value::Text(pattern)) => pattern.literal().map(Must::Name),
        ("owner", Value::Text(pattern)) => pattern.literal().map(Must::Owner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Query;

    fn check(text: &str, expected: &[Must<'_>]) {
        let filter = Query::parse(text).expect(text).filter.expect(text);
        assert_eq!(filter.must(), expected, "{text}");
    }

    #[test]
    fn only_what_every_match_fulfils_is_a_must() {
        let id = |number| ObjectId::new(number).expect("in range");
        let position: Path = "c8y_Position".parse().expect("a path");
        check(
            "type eq 'a' and (name eq 'b' and owner eq c) and has(c8y_Position)",
            &[
                Must::Type("a"),
                Must::Name("b"),
                Must::Owner("c"),
                Must::Has(&position),
            ],
        );
        check("id eq '12'", &[Must::Id(id(12))]);
        check("bygroupid(1,2)", &[Must::MemberOfAny(&[id(1), id(2)])]);
        check("isinhierarchyof(3)", &[Must::InHierarchyOfAny(&[id(3)])]);
        for nothing in [
            "type eq 'a*'",
            "type ne 'a'",
            "type gt 'a'",
            "type eq 5",
            "type eq null",
            "not type eq 'a'",
            "type eq 'a' or name eq 'b'",
            "hasany(a,b)",
            "contains(type,'a')",
            "id eq '1*'",
            "id eq 1.5f",
            "kind.type eq 'a'",
        ] {
            check(nothing, &[]);
        }
    }
}
