//! What the bodies of assignments and permissions say.

use crate::body::{BadBody, array, id, member, object, require, shown, text};
use model::ids::{GroupId, InventoryRoleId, ObjectId};
use model::json::{Json, Object};
use model::limits::{ASSIGNMENT_ROLES_MAX, GRANTED_OBJECTS_MAX, PERMISSIONS_ON_OBJECT_MAX, REFERENCES_MAX};
use model::names::UserName;
use model::permissions::{BadPermission, Permission, Rule, Select, object_text, parse_object};
use std::collections::BTreeMap;

/// An inventory role, by its id or name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleNamed {
    /// By its id.
    Id(InventoryRoleId),
    /// By its name.
    Name(String),
}

/// Inventory roles to be assigned on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAssignment {
    /// The object, or every object.
    pub object: Select<ObjectId>,
    /// The roles.
    pub roles: Vec<RoleNamed>,
}

/// A change of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentChange {
    /// The object, if it is repeated.
    pub object: Option<Select<ObjectId>>,
    /// The roles from now on.
    pub roles: Vec<RoleNamed>,
}

/// An assignment as a client sends it.
pub fn new_assignment(body: Json) -> Result<NewAssignment, BadBody> {
    let body = object(body)?;
    require(&body, &["managedObject", "roles"])?;
    let change = change_of(&body)?;
    Ok(NewAssignment {
        object: change.object.ok_or(BadBody::Missing(vec!["managedObject"]))?,
        roles: change.roles,
    })
}

/// A change of an assignment: its roles.
pub fn assignment_change(body: Json) -> Result<AssignmentChange, BadBody> {
    let body = object(body)?;
    require(&body, &["roles"])?;
    change_of(&body)
}

fn change_of(body: &Object) -> Result<AssignmentChange, BadBody> {
    let roles = array(body, "roles", ASSIGNMENT_ROLES_MAX)?.unwrap_or_default();
    if roles.is_empty() {
        return Err(BadBody::Rule {
            property: "roles".to_owned(),
            rule: "at least one role is expected; to take all of them away, delete the assignment",
        });
    }
    Ok(AssignmentChange {
        object: object_named(body, "managedObject")?,
        roles: roles.iter().map(role_named).collect::<Result<_, _>>()?,
    })
}

/// An object by its id, as a string or a number; or `*`.
fn object_named(body: &Object, name: &'static str) -> Result<Option<Select<ObjectId>>, BadBody> {
    if body.get(name).and_then(Json::as_str) == Some("*") {
        return Ok(Some(Select::All));
    }
    Ok(id(body, name)?.map(Select::One))
}

fn role_named(role: &Json) -> Result<RoleNamed, BadBody> {
    let rule = BadBody::Rule {
        property: "roles".to_owned(),
        rule: "each role needs its id or its name",
    };
    let Some(role) = role.as_object() else {
        return Err(rule);
    };
    if let Some(id) = id(role, "id")? {
        return Ok(RoleNamed::Id(id));
    }
    let name = text(role, "name")?;
    name.map(|name| RoleNamed::Name(name.to_owned())).ok_or(rule)
}

/// Permissions by object.
pub type ByObject = BTreeMap<Select<ObjectId>, Vec<Permission>>;

/// `{"10200": ["MEASUREMENT:c8y_T:READ"], "*": […]}`; nothing if there is no such property, or null.
pub fn device_permissions(body: &Object) -> Result<Option<ByObject>, BadBody> {
    const NAME: &str = "devicePermissions";
    let Some(permissions) = member(body, NAME)? else {
        return Ok(None);
    };
    if permissions.len() > GRANTED_OBJECTS_MAX {
        return Err(BadBody::TooMany {
            property: NAME,
            most: GRANTED_OBJECTS_MAX,
        });
    }
    let one = |(object, list): (&str, &Json)| {
        let bad = |bad| BadBody::Permission { property: NAME, bad };
        let object = parse_object(object).map_err(bad)?;
        let Json::Array(list) = list else {
            return Err(BadBody::WrongType {
                property: NAME.to_owned(),
                expected: "an object of arrays of strings",
            });
        };
        if list.len() > PERMISSIONS_ON_OBJECT_MAX {
            return Err(BadBody::TooMany {
                property: NAME,
                most: PERMISSIONS_ON_OBJECT_MAX,
            });
        }
        let text = |json: &Json| json.as_str().unwrap_or_default().parse::<Permission>();
        Ok((
            object,
            list.iter().map(text).collect::<Result<_, _>>().map_err(bad)?,
        ))
    };
    permissions.iter().map(one).collect::<Result<_, _>>().map(Some)
}

/// Who is to hold what on one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnersChange {
    /// Users by name.
    pub users: Vec<(UserName, Vec<Permission>)>,
    /// Groups by id.
    pub groups: Vec<(GroupId, Vec<Permission>)>,
}

/// `{"users": [{"userName": …, "devicePermissions": {…}}], "groups": [{"id": …, "devicePermissions": {…}}]}`, for one
/// object: permissions on another one are refused rather than ignored.
pub fn owners_change(body: Json, on: Select<ObjectId>) -> Result<OwnersChange, BadBody> {
    let body = object(body)?;
    let user = |entry: &Object| {
        let name = match text(entry, "userName")? {
            Some(name) => Some(name),
            None => text(entry, "id")?,
        };
        let name = name.ok_or(BadBody::Missing(vec!["userName"]))?;
        name.parse::<UserName>().map_err(|_| BadBody::Rule {
            property: "userName".to_owned(),
            rule: "not a user name",
        })
    };
    let group = |entry: &Object| id::<GroupId>(entry, "id")?.ok_or(BadBody::Missing(vec!["id"]));
    Ok(OwnersChange {
        users: owners(&body, "users", on, user)?,
        groups: owners(&body, "groups", on, group)?,
    })
}

fn owners<T>(
    body: &Object,
    name: &'static str,
    on: Select<ObjectId>,
    owner: impl Fn(&Object) -> Result<T, BadBody>,
) -> Result<Vec<(T, Vec<Permission>)>, BadBody> {
    let one = |entry: &Json| {
        let entry = entry.as_object().ok_or(BadBody::WrongType {
            property: name.to_owned(),
            expected: "an array of objects",
        })?;
        let mut permissions =
            device_permissions(entry)?.ok_or(BadBody::Missing(vec!["devicePermissions"]))?;
        let here = permissions.remove(&on).unwrap_or_default();
        if let Some(other) = permissions.into_keys().next() {
            return Err(BadBody::Rule {
                property: shown(&object_text(other)),
                rule: "only permissions on the object in the path are changed here",
            });
        }
        Ok((owner(entry)?, here))
    };
    array(body, name, REFERENCES_MAX)?
        .unwrap_or_default()
        .iter()
        .map(one)
        .collect()
}

/// Most rules of one list, and most errors that are told of it.
const RULES_MAX: usize = GRANTED_OBJECTS_MAX * PERMISSIONS_ON_OBJECT_MAX;
const FAULTS_MAX: usize = 20;

/// Rules, each with the number of its line or place. As text there is one in each line; empty lines and those that begin
/// with `#` are passed over. As JSON: `{"rules": [{"object": …, "scope": …, "fragment": …, "permission": …}]}`, or with
/// nothing but the line as `text`.
pub fn rules(body: Json) -> Result<Vec<(usize, Rule)>, BadBody> {
    let read: Vec<(usize, Result<Rule, BadPermission>)> = match body {
        Json::String(text) => {
            let lines = text.lines().enumerate();
            let lines = lines.map(|(place, line)| (place + 1, line.trim()));
            let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
            lines.map(|(number, line)| (number, line.parse())).collect()
        }
        body => {
            let body = object(body)?;
            require(&body, &["rules"])?;
            let rules = array(&body, "rules", RULES_MAX)?.unwrap_or_default().iter();
            let rules = rules.enumerate().map(|(place, rule)| (place + 1, rule_in(rule)));
            rules.collect()
        }
    };
    if read.len() > RULES_MAX {
        return Err(BadBody::TooMany {
            property: "rules",
            most: RULES_MAX,
        });
    }
    let faults = read
        .iter()
        .filter_map(|(number, rule)| Some((*number, rule.clone().err()?)));
    let faults: Vec<_> = faults.take(FAULTS_MAX).collect();
    if !faults.is_empty() {
        return Err(BadBody::Rules(faults));
    }
    Ok(read
        .into_iter()
        .filter_map(|(number, rule)| Some((number, rule.ok()?)))
        .collect())
}

fn rule_in(rule: &Json) -> Result<Rule, BadPermission> {
    let rule = rule.as_object().ok_or(BadPermission::NotARule)?;
    let part = |name| rule.get(name).and_then(Json::as_str);
    let parts = ["object", "scope", "fragment", "permission"];
    if let (Some(line), false) = (part("text"), parts.iter().any(|name| rule.contains(name))) {
        return line.parse();
    }
    let object = match rule.get("object") {
        Some(Json::Number(number)) => number.text(),
        object => object.and_then(Json::as_str).unwrap_or_default(),
    };
    let part = |name| part(name).unwrap_or_default();
    Ok(Rule {
        object: parse_object(object)?,
        permission: Permission::of_parts(part("scope"), part("fragment"), part("permission"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn json(text: &str) -> Json {
        parse(text.as_bytes()).expect("JSON")
    }

    fn texts(rules: Vec<(usize, Rule)>) -> Vec<(usize, String)> {
        rules
            .into_iter()
            .map(|(number, rule)| (number, rule.to_string()))
            .collect()
    }

    // R040 R041: both forms say the same.
    #[test]
    fn rules_are_read_from_lines_and_from_json() {
        let lines = "# who reads the pump\r\n10200,MEASUREMENT,*,READ\n\n  *, OPERATIONS, a,b, CHANGE\n";
        let expected = [
            (2, "10200, MEASUREMENT, *, READ"),
            (4, "*, OPERATION, a,b, ADMIN"),
        ];
        let expected = expected.map(|(number, line)| (number, line.to_owned()));
        assert_eq!(rules(Json::from(lines)).map(texts), Ok(expected.to_vec()));
        let body = json(
            r#"{"rules": [{"object": 10200, "scope": "MEASUREMENT", "fragment": "*", "permission": "READ"},
                          {"text": "7, EVENT, x, ALL"},
                          {"object": "*", "scope": "*", "fragment": "x", "permission": "*", "text": "not read"}]}"#,
        );
        let expected = [
            (1, "10200, MEASUREMENT, *, READ"),
            (2, "7, EVENT, x, *"),
            (3, "*, *, x, *"),
        ];
        let expected = expected.map(|(number, line)| (number, line.to_owned()));
        assert_eq!(rules(body).map(texts), Ok(expected.to_vec()));
    }

    // R031: what is not understood is refused with its line, never widened or left out.
    #[test]
    fn every_line_that_is_no_rule_is_named_with_the_reason() {
        let lines = "7, EVENT, x, READ\n7, EVENTS, x, READ\n7, EVENT, x, LOOK\nseven, EVENT, x, READ\n";
        let bad = rules(Json::from(lines)).expect_err("refused").to_string();
        for part in ["line 2: the scope", "line 3: the permission", "line 4: "] {
            assert!(bad.contains(part), "{bad}");
        }
        assert!(!bad.contains("line 1"), "{bad}");
        for body in [
            "{}",
            r#"{"rules": [{}]}"#,
            r#"{"rules": [7]}"#,
            r#"{"rules": {}}"#,
            "7",
        ] {
            assert!(rules(json(body)).is_err(), "{body}");
        }
    }

    #[test]
    fn permissions_by_object_are_read_exactly_or_refused() {
        let read = |text: &str| match json(text) {
            Json::Object(body) => device_permissions(&body),
            _ => panic!("an object"),
        };
        assert_eq!(read("{}"), Ok(None));
        let given = read(r#"{"devicePermissions": {"7": ["EVENT:a:READ"], "*": []}}"#);
        let given = given.expect("read").expect("there");
        assert_eq!(
            given.keys().copied().map(object_text).collect::<Vec<_>>(),
            ["*", "7"]
        );
        for bad in [
            r#"{"devicePermissions": {"07": []}}"#,
            r#"{"devicePermissions": {"7": "EVENT:a:READ"}}"#,
            r#"{"devicePermissions": {"7": ["EVENTS:a:READ"]}}"#,
            r#"{"devicePermissions": {"7": [7]}}"#,
            r#"{"devicePermissions": []}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_permissions_on_the_object_in_the_path_are_taken() {
        let on = parse_object("7").expect("an id");
        let body = r#"{"users": [{"userName": "jane", "devicePermissions": {"7": ["EVENT:a:READ"]}}],
                       "groups": [{"id": "5", "devicePermissions": {}}]}"#;
        let change = owners_change(json(body), on).expect("read");
        assert_eq!((change.users.len(), change.groups.len()), (1, 1));
        let elsewhere = r#"{"users": [{"userName": "jane", "devicePermissions": {"8": []}}]}"#;
        assert!(owners_change(json(elsewhere), on).is_err());
        assert!(owners_change(json(r#"{"users": [{"userName": "jane"}]}"#), on).is_err());
        assert!(owners_change(json(r#"{"groups": [{"devicePermissions": {}}]}"#), on).is_err());
    }
}
