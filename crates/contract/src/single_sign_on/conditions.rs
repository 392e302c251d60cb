//! Mappings as clients write them: a condition on what the provider says, and what follows from it.

use crate::body::{BadBody, array, object, require, text};
use model::ids::{ApplicationId, GroupId, InventoryRoleId, ObjectId};
use model::json::{Json, Object};
use model::limits::{
    SIGN_ON_CONDITIONS_DEPTH_MAX, SIGN_ON_CONDITIONS_MAX, SIGN_ON_GIVEN_MAX, SIGN_ON_TEXT_CHARS_MAX,
};
use model::single_sign_on::{
    AccessMapping, Comparison, InventoryMapping, NewInventoryMapping, NewMapping, Predicate, text_of,
};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// What a client says of a mapping to groups; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappingChange {
    /// The number, where it is sent.
    pub id: Option<u32>,
    /// From which claims.
    pub when: Option<Predicate>,
    /// Which groups.
    pub groups: Option<BTreeSet<GroupId>>,
    /// Which applications.
    pub applications: Option<BTreeSet<ApplicationId>>,
}

/// What a client says of a mapping to inventory roles; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryMappingChange {
    /// The number, where it is sent.
    pub id: Option<u32>,
    /// From which claims.
    pub when: Option<Predicate>,
    /// Which roles on which objects.
    pub roles: Option<BTreeMap<ObjectId, BTreeSet<InventoryRoleId>>>,
}

fn rule(property: &str, rule: &'static str) -> BadBody {
    BadBody::Rule {
        property: property.to_owned(),
        rule,
    }
}

/// A mapping to groups.
pub fn mapping(body: Json) -> Result<MappingChange, BadBody> {
    let body = object(body)?;
    Ok(MappingChange {
        id: number(&body)?,
        when: condition(&body)?,
        groups: ids(&body, "thenGroups")?,
        applications: ids(&body, "thenApplications")?,
    })
}

/// A mapping to inventory roles.
pub fn inventory_mapping(body: Json) -> Result<InventoryMappingChange, BadBody> {
    let body = object(body)?;
    let mut roles = None;
    if let Some(entries) = array(&body, "thenInventoryRoles", SIGN_ON_GIVEN_MAX)? {
        let mut all: BTreeMap<ObjectId, BTreeSet<InventoryRoleId>> = BTreeMap::new();
        for entry in entries {
            let entry = entry.as_object().ok_or_else(|| {
                rule(
                    "thenInventoryRoles",
                    "objects with managedObject and roleIds are expected",
                )
            })?;
            require(entry, &["managedObject", "roleIds"])?;
            let on = crate::body::id::<ObjectId>(entry, "managedObject")?.ok_or(BadBody::NotAnObject)?;
            all.entry(on)
                .or_default()
                .extend(ids::<InventoryRoleId>(entry, "roleIds")?.unwrap_or_default());
        }
        roles = Some(all);
    }
    Ok(InventoryMappingChange {
        id: number(&body)?,
        when: condition(&body)?,
        roles,
    })
}

impl MappingChange {
    /// As a whole mapping: a condition must be there, and something that follows.
    pub fn whole(self) -> Result<NewMapping, BadBody> {
        let new = NewMapping {
            id: self.id,
            when: self.when.ok_or(BadBody::Missing(vec!["when"]))?,
            groups: self.groups.unwrap_or_default(),
            applications: self.applications.unwrap_or_default(),
        };
        match new.groups.is_empty() && new.applications.is_empty() {
            true => Err(BadBody::Missing(vec!["thenGroups"])),
            false => Ok(new),
        }
    }

    /// The mapping that is there with this change.
    pub fn over(&self, before: &AccessMapping) -> NewMapping {
        NewMapping {
            id: Some(before.id),
            when: self.when.clone().unwrap_or_else(|| before.when.clone()),
            groups: self.groups.clone().unwrap_or_else(|| before.groups.clone()),
            applications: self
                .applications
                .clone()
                .unwrap_or_else(|| before.applications.clone()),
        }
    }
}

impl InventoryMappingChange {
    /// As a whole mapping.
    pub fn whole(self) -> Result<NewInventoryMapping, BadBody> {
        Ok(NewInventoryMapping {
            id: self.id,
            when: self.when.ok_or(BadBody::Missing(vec!["when"]))?,
            roles: self
                .roles
                .filter(|roles| !roles.is_empty())
                .ok_or(BadBody::Missing(vec!["thenInventoryRoles"]))?,
        })
    }

    /// The mapping that is there with this change.
    pub fn over(&self, before: &InventoryMapping) -> NewInventoryMapping {
        NewInventoryMapping {
            id: Some(before.id),
            when: self.when.clone().unwrap_or_else(|| before.when.clone()),
            roles: self.roles.clone().unwrap_or_else(|| before.roles.clone()),
        }
    }
}

fn number(body: &Object) -> Result<Option<u32>, BadBody> {
    crate::body::id::<u32>(body, "id")
}

fn ids<T: FromStr + Ord>(body: &Object, name: &'static str) -> Result<Option<BTreeSet<T>>, BadBody> {
    let Some(entries) = array(body, name, SIGN_ON_GIVEN_MAX)? else {
        return Ok(None);
    };
    let id = |entry: &Json| text_of(entry).and_then(|text| text.parse().ok());
    let ids: Option<BTreeSet<T>> = entries.iter().map(id).collect();
    ids.map(Some)
        .ok_or_else(|| rule(name, "identifiers are expected"))
}

fn condition(body: &Object) -> Result<Option<Predicate>, BadBody> {
    match body.get("when") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Object(when)) => {
            let mut left = SIGN_ON_CONDITIONS_MAX;
            predicate(when, SIGN_ON_CONDITIONS_DEPTH_MAX, &mut left).map(Some)
        }
        Some(_) => Err(rule("when", "a condition with an operator is expected")),
    }
}

fn predicate(when: &Object, depth: usize, left: &mut usize) -> Result<Predicate, BadBody> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| rule("when", "the conditions are nested too deep"))?;
    *left = left
        .checked_sub(1)
        .ok_or_else(|| rule("when", "there are too many conditions"))?;
    let operator = text(when, "operator")?.ok_or(BadBody::Missing(vec!["operator"]))?;
    let is = match operator.to_ascii_uppercase().as_str() {
        joined @ ("AND" | "OR") => {
            let parts = array(when, "childPredicates", SIGN_ON_CONDITIONS_MAX)?.unwrap_or_default();
            if parts.is_empty() {
                return Err(rule(
                    "childPredicates",
                    "AND and OR need at least one: else everybody would be meant",
                ));
            }
            let mut all = Vec::with_capacity(parts.len());
            for part in parts {
                let part = part
                    .as_object()
                    .ok_or_else(|| rule("childPredicates", "conditions are expected"))?;
                all.push(predicate(part, depth, left)?);
            }
            return Ok(match joined {
                "AND" => Predicate::All(all),
                _ => Predicate::Any(all),
            });
        }
        "EQ" => Comparison::Equal,
        "NEQ" => Comparison::NotEqual,
        "GT" => Comparison::Greater,
        "LT" => Comparison::Less,
        "GTE" | "GE" => Comparison::GreaterOrEqual,
        "LTE" | "LE" => Comparison::LessOrEqual,
        "IN" => Comparison::In,
        _ => {
            return Err(rule(
                "operator",
                "EQ, NEQ, GT, LT, GTE, LTE, IN, AND or OR is expected",
            ));
        }
    };
    let fits = |text: &String| !text.is_empty() && text.chars().count() <= SIGN_ON_TEXT_CHARS_MAX;
    let part = |name: &'static str| {
        let text = when.get(name).and_then(text_of).filter(fits);
        text.ok_or(BadBody::Missing(vec![name]))
    };
    Ok(Predicate::Claim {
        path: part("parameterPath")?,
        is,
        value: part("value")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn read(when: &str) -> Result<Predicate, BadBody> {
        let body = format!(r#"{{"when":{when},"thenGroups":[1]}}"#);
        let json = parse(body.as_bytes()).unwrap_or_else(|bad| panic!("{body}: {bad}"));
        mapping(json)?.whole().map(|mapping| mapping.when)
    }

    #[test]
    fn a_condition_is_read_with_its_parts() {
        let claim = |path: &str, is, value: &str| Predicate::Claim {
            path: path.to_owned(),
            is,
            value: value.to_owned(),
        };
        assert_eq!(
            read(
                r#"{"operator":"and","childPredicates":[
                    {"operator":"IN","parameterPath":"groups","value":"staff","childPredicates":[]},
                    {"operator":"GTE","parameterPath":"level","value":3}]}"#
            ),
            Ok(Predicate::All(vec![
                claim("groups", Comparison::In, "staff"),
                claim("level", Comparison::GreaterOrEqual, "3"),
            ]))
        );
    }

    // R052: nothing is taken for a condition that everybody fulfils.
    #[test]
    fn conditions_that_say_nothing_are_refused() {
        let mut deep = r#"{"operator":"EQ","parameterPath":"a","value":"b"}"#.to_owned();
        for _ in 0..SIGN_ON_CONDITIONS_DEPTH_MAX {
            deep = format!(r#"{{"operator":"OR","childPredicates":[{deep}]}}"#);
        }
        let part = r#"{"operator":"EQ","parameterPath":"a","value":"b"}"#;
        let many = format!(
            r#"{{"operator":"OR","childPredicates":[{}]}}"#,
            vec![part; SIGN_ON_CONDITIONS_MAX].join(",")
        );
        for when in [
            "null",
            "{}",
            "true",
            "[]",
            r#"{"operator":"AND"}"#,
            r#"{"operator":"OR","childPredicates":[]}"#,
            r#"{"operator":"AND","childPredicates":[1]}"#,
            r#"{"operator":"NOT","parameterPath":"a","value":"b"}"#,
            r#"{"operator":"EQ","value":"b"}"#,
            r#"{"operator":"EQ","parameterPath":"","value":"b"}"#,
            r#"{"operator":"EQ","parameterPath":"a"}"#,
            r#"{"operator":"EQ","parameterPath":"a","value":["b"]}"#,
            r#"{"operator":1,"parameterPath":"a","value":"b"}"#,
            &deep,
            &many,
        ] {
            assert!(read(when).is_err(), "{when}");
        }
    }

    #[test]
    fn a_mapping_that_gives_nothing_is_refused() {
        let when = r#""when":{"operator":"EQ","parameterPath":"a","value":"b"}"#;
        for body in [
            format!("{{{when}}}"),
            format!(r#"{{{when},"thenGroups":[]}}"#),
            format!(r#"{{{when},"thenGroups":["admins"]}}"#),
            format!(r#"{{{when},"thenGroups":1}}"#),
        ] {
            let json = parse(body.as_bytes()).expect("JSON");
            assert!(mapping(json).and_then(MappingChange::whole).is_err(), "{body}");
        }
        for roles in ["[]", "[{}]", "[1]", r#"[{"managedObject":"x","roleIds":[1]}]"#] {
            let json = parse(format!(r#"{{{when},"thenInventoryRoles":{roles}}}"#).as_bytes()).expect("JSON");
            let read = inventory_mapping(json).and_then(InventoryMappingChange::whole);
            assert!(read.is_err(), "{roles}");
        }
    }
}
