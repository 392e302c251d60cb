//! Endpoints of retention rules, and what their bodies say.

use crate::body::{BadBody, boolean, check_fragment_name, id, label, object, parsed, require, shown, text};
use crate::endpoint::{Body, PAGING, answer, endpoints, nothing};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, RETENTION_DAYS_MAX};
use model::retention::{ANY, RetainedData, RetentionPlan, RetentionUpdate};
use policy::operations::retention as does;

const BODY: Body = Body {
    media: &["retentionrule"],
    schema: "RetentionRule",
    bytes_max: BODY_BYTES_MAX,
};

endpoints! {
    List = Get "/retention/retentions" does does::RetentionRead {
        query: &[PAGING],
        answer: answer(200, "retentionrulecollection", "RetentionRuleCollection"),
        errors: &[403, 422],
        about: "List the retention rules of the caller's tenant.",
    }
    Create = Post "/retention/retentions" does does::RetentionAdmin {
        body: BODY,
        answer: answer(201, "retentionrule", "RetentionRule"),
        errors: &[400, 403, 413, 422],
        about: "Create a retention rule.",
    }
    Read = Get "/retention/retentions/{id}" does does::RetentionRead {
        answer: answer(200, "retentionrule", "RetentionRule"),
        errors: &[403, 404],
        about: "Read a retention rule.",
    }
    Update = Put "/retention/retentions/{id}" does does::RetentionAdmin {
        body: Body { media: &["retentionrule"], schema: "RetentionRuleUpdate", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "retentionrule", "RetentionRule"),
        errors: &[400, 403, 404, 413, 422],
        about: "Change a retention rule. Only the management tenant changes one that is not editable.",
    }
    Delete = Delete "/retention/retentions/{id}" does does::RetentionAdmin {
        answer: nothing(204),
        errors: &[403, 404],
        about: "Delete a retention rule, unless it is not editable.",
    }
    Start = Post "/retention/executions" does does::RetentionStart {
        answer: answer(202, "retentionexecution", "RetentionExecution"),
        errors: &[403],
        about: "Let the retention rules remove what is too old now, in the background.",
    }
    ReadRun = Get "/retention/executions" does does::RetentionRead {
        answer: answer(200, "retentionexecution", "RetentionExecution"),
        errors: &[403, 404],
        about: "Read what the retention rules have removed: in the run that is under way, or in the last one.",
    }
    Preview = Get "/retention/executions/preview" does does::RetentionPreview {
        answer: answer(200, "retentionpreview", "RetentionPreview"),
        errors: &[403, 503],
        about: "Count what the retention rules would remove now, before anything is removed.",
    }
}

/// A rule as a client creates it.
pub fn new_rule(body: Json) -> Result<RetentionPlan, BadBody> {
    let body = object(body)?;
    require(&body, &["maximumAge"])?;
    let days = days(&body)?.ok_or(BadBody::Missing(vec!["maximumAge"]))?;
    Ok(update_in(&body)?.applied_to(&RetentionPlan::everything_for(days)))
}

/// A partial update of a rule. A filter that is set to null stands for everything again.
pub fn rule_update(body: Json) -> Result<RetentionUpdate, BadBody> {
    update_in(&object(body)?)
}

fn update_in(body: &Object) -> Result<RetentionUpdate, BadBody> {
    Ok(RetentionUpdate {
        data: filter(body, "dataType", |body, name| {
            parsed::<RetainedData>(
                body,
                name,
                "one of ALARM, AUDIT, BULK_OPERATION, EVENT, MEASUREMENT, OPERATION and * is expected",
            )
        })?,
        fragment: filter(body, "fragmentType", fragment)?,
        kind: filter(body, "type", kind)?,
        source: filter(body, "source", id::<ObjectId>)?,
        days: days(body)?,
        editable: boolean(body, "editable")?,
    })
}

/// A filter: nothing if it is not there, and everything if it is null or `*`.
fn filter<T>(
    body: &Object,
    name: &'static str,
    read: impl Fn(&Object, &'static str) -> Result<Option<T>, BadBody>,
) -> Result<Option<Option<T>>, BadBody> {
    match body.get(name) {
        None => Ok(None),
        Some(value) if value.as_str() == Some(ANY) => Ok(Some(None)),
        Some(_) => read(body, name).map(Some),
    }
}

fn fragment(body: &Object, name: &'static str) -> Result<Option<String>, BadBody> {
    let Some(fragment) = text(body, name)? else {
        return Ok(None);
    };
    // The name of a fragment is the property in the body here: an error must not repeat a value.
    check_fragment_name(fragment).map_err(|_| BadBody::Rule {
        property: shown(name),
        rule: "the name of a fragment or * is expected",
    })?;
    Ok(Some(fragment.to_owned()))
}

fn kind(body: &Object, name: &'static str) -> Result<Option<String>, BadBody> {
    match label(body, name)? {
        Some(label) if label.as_str().is_empty() => Err(BadBody::Rule {
            property: shown(name),
            rule: "a type or * is expected",
        }),
        label => Ok(label.map(|label| label.as_str().to_owned())),
    }
}

fn days(body: &Object) -> Result<Option<u32>, BadBody> {
    let Some(value) = body.get("maximumAge") else {
        return Ok(None);
    };
    let days = value.as_number().map_or(f64::NAN, |number| number.as_f64());
    if days.fract() != 0.0 || !(1.0..=f64::from(RETENTION_DAYS_MAX)).contains(&days) {
        return Err(BadBody::Rule {
            property: "maximumAge".to_owned(),
            rule: "a whole number of days from 1 to 3,650 is expected",
        });
    }
    Ok(Some(days as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn plan(text: &str) -> Result<RetentionPlan, BadBody> {
        new_rule(parse(text.as_bytes()).expect("JSON"))
    }

    #[test]
    fn what_is_absent_null_or_a_star_stands_for_everything() {
        let everything = Ok(RetentionPlan::everything_for(20));
        for text in [
            r#"{"maximumAge":20}"#,
            r#"{"maximumAge":20.0,"dataType":"*","type":"*","source":"*","fragmentType":"*"}"#,
            r#"{"maximumAge":20,"dataType":null,"type":null,"source":null,"fragmentType":null,"editable":true}"#,
        ] {
            assert_eq!(plan(text), everything, "{text}");
        }
        let narrowed =
            plan(r#"{"maximumAge":1,"dataType":"EVENT","type":"t","source":7,"fragmentType":"f"}"#);
        let narrowed = narrowed.expect("a rule");
        assert_eq!(narrowed.data, Some(RetainedData::Event));
        assert_eq!(
            (narrowed.kind, narrowed.fragment),
            (Some("t".into()), Some("f".into()))
        );
        assert_eq!(narrowed.source, ObjectId::new(7));
    }

    #[test]
    fn what_could_mean_more_than_was_meant_is_refused() {
        for text in [
            "{}",
            r#"{"maximumAge":null}"#,
            r#"{"maximumAge":0}"#,
            r#"{"maximumAge":3651}"#,
            r#"{"maximumAge":1.5}"#,
            r#"{"maximumAge":-1}"#,
            r#"{"maximumAge":"20"}"#,
            r#"{"maximumAge":1e300}"#,
            r#"{"maximumAge":20,"dataType":"EVENTS"}"#,
            r#"{"maximumAge":20,"dataType":""}"#,
            r#"{"maximumAge":20,"type":""}"#,
            r#"{"maximumAge":20,"type":["t"]}"#,
            r#"{"maximumAge":20,"source":""}"#,
            r#"{"maximumAge":20,"source":"0"}"#,
            r#"{"maximumAge":20,"source":{"id":"7"}}"#,
            r#"{"maximumAge":20,"fragmentType":""}"#,
            r#"{"maximumAge":20,"fragmentType":"a.b"}"#,
            r#"{"maximumAge":20,"editable":"false"}"#,
            "[]",
        ] {
            assert!(plan(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_update_says_only_what_is_in_it() {
        let update = |text: &str| rule_update(parse(text.as_bytes()).expect("JSON"));
        assert_eq!(update("{}"), Ok(RetentionUpdate::default()));
        let set_back = update(r#"{"source":null}"#).expect("an update");
        assert_eq!((set_back.source, set_back.kind), (Some(None), None));
        assert!(update(r#"{"maximumAge":null}"#).is_err());
    }
}
