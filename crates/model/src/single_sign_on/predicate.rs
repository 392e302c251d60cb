//! Conditions on what a provider says of somebody. A claim that is not there fulfils none of them, also not one that
//! something else is to be said.

use crate::json::{Json, Object};
use serde::{Deserialize, Serialize};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Predicate {
    /// A claim compared with a value.
    Claim {
        /// Where the claim is: names with dots between them.
        path: String,
        /// How it is compared.
        is: Comparison,
        /// With what.
        value: String,
    },
    /// Each of these; never of none.
    All(Vec<Predicate>),
    /// Any of these; never of none.
    Any(Vec<Predicate>),
}

/// How a claim is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// The same text.
    Equal,
    /// Another text.
    NotEqual,
    /// A greater number.
    Greater,
    /// A smaller number.
    Less,
    /// A greater number or the same.
    GreaterOrEqual,
    /// A smaller number or the same.
    LessOrEqual,
    /// A list that has the value, or the value itself.
    In,
}

impl Predicate {
    /// Whether it holds for these claims.
    pub fn holds(&self, claims: &Object) -> bool {
        match self {
            Self::Claim { path, is, value } => {
                claim_at(claims, path).is_some_and(|claim| is.holds(claim, value))
            }
            Self::All(parts) => !parts.is_empty() && parts.iter().all(|part| part.holds(claims)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(claims)),
        }
    }
}

impl Comparison {
    fn holds(self, claim: &Json, value: &str) -> bool {
        let numbers = || {
            let value: f64 = value.trim().parse().ok()?;
            let claim: f64 = text_of(claim)?.trim().parse().ok()?;
            (claim.is_finite() && value.is_finite()).then_some((claim, value))
        };
        let ordered =
            |holds: fn(f64, f64) -> bool| numbers().is_some_and(|(claim, value)| holds(claim, value));
        match self {
            Self::Equal => text_of(claim).is_some_and(|claim| claim == value),
            Self::NotEqual => text_of(claim).is_some_and(|claim| claim != value),
            Self::Greater => ordered(|claim, value| claim > value),
            Self::Less => ordered(|claim, value| claim < value),
            Self::GreaterOrEqual => ordered(|claim, value| claim >= value),
            Self::LessOrEqual => ordered(|claim, value| claim <= value),
            Self::In => match claim {
                Json::Array(list) => list
                    .iter()
                    .any(|one| text_of(one).is_some_and(|one| one == value)),
                one => text_of(one).is_some_and(|one| one == value),
            },
        }
    }
}

/// The claim at a path. A name may have dots itself: the longest name that is there counts.
pub fn claim_at<'c>(claims: &'c Object, path: &str) -> Option<&'c Json> {
    if let Some(claim) = claims.get(path) {
        return Some(claim);
    }
    path.rmatch_indices('.').find_map(|(place, _)| {
        let (name, rest) = path.split_at(place);
        claim_at(claims.get(name)?.as_object()?, rest.get(1..)?)
    })
}

/// A single value as text; lists, objects and null have none.
pub fn text_of(claim: &Json) -> Option<String> {
    match claim {
        Json::String(text) => Some(text.to_string()),
        Json::Number(number) => Some(number.text().to_owned()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Number;

    fn claims() -> Object {
        let mut realm = Object::new();
        realm.set("roles", vec![Json::from("user"), Json::from("plant.admin")]);
        let mut claims = Object::new();
        claims.set("group", "staff");
        claims.set("level", Json::Number(Number::from(7_u64)));
        claims.set("active", true);
        claims.set("realm_access", realm);
        claims.set("https://example.org/team", "blue");
        claims.set("none", Json::Null);
        claims
    }

    fn holds(path: &str, is: Comparison, value: &str) -> bool {
        let (path, value) = (path.to_owned(), value.to_owned());
        Predicate::Claim { path, is, value }.holds(&claims())
    }

    #[test]
    fn claims_are_compared_as_what_they_are() {
        use Comparison::{Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, NotEqual};
        for (path, is, value, expected) in [
            ("group", Equal, "staff", true),
            ("group", Equal, "Staff", false),
            ("group", NotEqual, "guests", true),
            ("group", NotEqual, "staff", false),
            ("group", In, "staff", true),
            ("group", Greater, "1", false),
            ("level", Equal, "7", true),
            ("level", Greater, "6.5", true),
            ("level", Less, "7", false),
            ("level", GreaterOrEqual, "7", true),
            ("level", LessOrEqual, "7", true),
            ("level", Greater, "NaN", false),
            ("active", Equal, "true", true),
            ("realm_access.roles", In, "plant.admin", true),
            ("realm_access.roles", In, "plant", false),
            ("realm_access.roles", Equal, "user", false),
            ("realm_access.roles", NotEqual, "user", false),
            ("https://example.org/team", Equal, "blue", true),
        ] {
            assert_eq!(holds(path, is, value), expected, "{path} {is:?} {value}");
        }
    }

    // R052: what is not said gives nothing.
    #[test]
    fn a_claim_that_is_not_there_fulfils_no_condition() {
        use Comparison::{Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, NotEqual};
        for path in ["nothing", "none", "realm_access.nothing", "group.staff", "", "."] {
            for is in [Equal, NotEqual, Greater, Less, GreaterOrEqual, LessOrEqual, In] {
                assert!(!holds(path, is, ""), "{path} {is:?}");
            }
        }
    }

    #[test]
    fn conditions_of_no_parts_never_hold() {
        let claim = |value: &str| Predicate::Claim {
            path: "group".to_owned(),
            is: Comparison::Equal,
            value: value.to_owned(),
        };
        let (right, wrong) = (claim("staff"), claim("guests"));
        for (predicate, expected) in [
            (Predicate::All(Vec::new()), false),
            (Predicate::Any(Vec::new()), false),
            (Predicate::All(vec![right.clone(), wrong.clone()]), false),
            (Predicate::Any(vec![wrong, right.clone()]), true),
            (
                Predicate::All(vec![right.clone(), Predicate::Any(vec![right])]),
                true,
            ),
        ] {
            assert_eq!(predicate.holds(&claims()), expected, "{predicate:?}");
        }
    }
}
