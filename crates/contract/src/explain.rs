//! Endpoints that explain rights, and what their bodies say: what somebody can do and why, who can do something, what
//! rules would change, and what was refused. None of them changes anything.

use crate::body::{BadBody, array, member, object, parsed};
use crate::endpoint::{Answer, Body, Kind, PAGING, Parameter, endpoints, parameter};
use model::ids::GroupId;
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, PREVIEW_RULES_MAX};
use model::names::UserName;
use model::permissions::Rule;
use policy::operations::{audit as audit_does, explain as does};

const ON_OBJECT: &[Parameter] = &[
    parameter(
        "device",
        Kind::Text,
        "The managed object, of whatever kind: each action on it is told with its reasons. Without it, roles and rules.",
    ),
    FRAGMENT,
];
const FRAGMENT: Parameter = parameter(
    "fragment",
    Kind::List,
    "With these fragments: beside those of the object, or of the measurement, event and so on.",
);
const WHO: &[Parameter] = &[
    parameter(
        "scope",
        Kind::Text,
        "MANAGED_OBJECT unless told, or MEASUREMENT, EVENT, ALARM, OPERATION, AUDIT or BINARY.",
    ),
    parameter("permission", Kind::Text, "READ unless told, or ADMIN."),
    FRAGMENT,
];
const REFUSALS: &[Parameter] = &[
    parameter("user", Kind::Text, "Of this user."),
    parameter(
        "operation",
        Kind::Text,
        "Of this operation, as the document names them: inventory_read.",
    ),
    parameter(
        "dateFrom",
        Kind::Date,
        "At this time or later: the last seven days unless told.",
    ),
    parameter("dateTo", Kind::Date, "At this time or earlier."),
];
const fn json(schema: &'static str) -> Answer {
    Answer {
        status: 200,
        media: Some("application/json"),
        schema: Some(schema),
    }
}

endpoints! {
    OfUser = Get "/user/{tenantId}/users/{userId}/effectivePermissions" does does::RightsRead {
        query: &[PAGING, ON_OBJECT],
        answer: json("EffectivePermissions"),
        errors: &[403, 404, 422],
        about: "What a user can do to an object that the caller may read, and why; without one, what the user holds. Of others than oneself it needs the right to read users.",
    }
    OfGroup = Get "/user/{tenantId}/groups/{groupId}/effectivePermissions" does does::RightsSurvey {
        query: &[PAGING, ON_OBJECT],
        answer: json("EffectivePermissions"),
        errors: &[403, 404, 422],
        about: "What a member of a group can do who holds nothing else and owns nothing.",
    }
    Preview = Post "/user/{tenantId}/permissions/preview" does does::RightsPreview {
        body: Body { media: &[], schema: "PermissionPreviewRequest", bytes_max: BODY_BYTES_MAX },
        answer: json("PermissionPreview"),
        errors: &[400, 403, 404, 413, 422],
        about: "What rules of a user or group would change; nothing is stored. At most 10,000 objects are looked at.",
    }
    Who = Get "/inventory/managedObjects/{id}/permissions/who" does does::RightsSurvey {
        query: &[PAGING, WHO],
        answer: json("PermissionHolders"),
        errors: &[403, 404, 422],
        about: "Who can read or change an object that the caller may read, or its data, and why.",
    }
    Refusals = Get "/audit/refusals" does audit_does::AuditRead {
        query: &[PAGING, REFUSALS],
        answer: json("RefusalCollection"),
        errors: &[403, 422],
        about: "What was refused to whom lately, the latest first, each with an exact count.",
    }
}

/// Who would be given rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A user.
    User(UserName),
    /// A group.
    Group(GroupId),
}

/// Rules to be looked at before they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPreview {
    /// Whose.
    pub subject: Subject,
    /// Given.
    pub rules: Vec<Rule>,
    /// Taken away.
    pub remove: Vec<Rule>,
}

/// A preview from a body.
pub fn new_preview(body: Json) -> Result<NewPreview, BadBody> {
    let body = object(body)?;
    let missing = BadBody::Missing(vec!["subject"]);
    let subject = member(&body, "subject")?.ok_or(missing)?;
    Ok(NewPreview {
        subject: new_subject(subject)?,
        rules: rules(&body, "rules")?,
        remove: rules(&body, "remove")?,
    })
}

fn new_subject(subject: &Object) -> Result<Subject, BadBody> {
    let user = parsed(subject, "user", "not a user name")?.map(Subject::User);
    let group = crate::body::id(subject, "group")?.map(Subject::Group);
    match (user, group) {
        (Some(subject), None) | (None, Some(subject)) => Ok(subject),
        _ => Err(BadBody::Rule {
            property: "subject".to_owned(),
            rule: "either the name of a user or the id of a group is expected",
        }),
    }
}

fn rules(body: &Object, name: &'static str) -> Result<Vec<Rule>, BadBody> {
    let bad = || BadBody::Rule {
        property: name.to_owned(),
        rule: "rules are expected as texts: 10200, MEASUREMENT, c8y_TemperatureMeasurement, READ",
    };
    let rule = |json: &Json| json.as_str().and_then(|text| text.parse().ok()).ok_or_else(bad);
    let given = array(body, name, PREVIEW_RULES_MAX)?.unwrap_or_default();
    given.iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn a_preview_names_one_subject_and_rules_that_can_be_read() {
        let read = |text: &str| new_preview(parse(text.as_bytes()).expect("JSON"));
        let preview = read(r#"{"subject":{"user":"jane"},"rules":["7, EVENT, *, READ"],"remove":null}"#);
        let preview = preview.expect("a preview");
        assert_eq!(
            preview.rules.iter().map(Rule::to_string).collect::<Vec<_>>(),
            ["7, EVENT, *, READ"]
        );
        assert!(preview.remove.is_empty());
        assert!(read(r#"{"subject":{"group":12}}"#).is_ok());
        for bad in [
            r#"{"rules":[]}"#,
            r#"{"subject":{}}"#,
            r#"{"subject":{"user":"jane","group":12}}"#,
            r#"{"subject":{"user":"jane"},"rules":["7, EVENTS, *, READ"]}"#,
            r#"{"subject":{"user":"jane"},"rules":[7]}"#,
            r#"{"subject":{"user":"jane"},"remove":"7, EVENT, *, READ"}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
