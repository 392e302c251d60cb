//! Bodies of managed objects and of their children.

use crate::{fault, json};
use contract::inventory::{NewChildren, new_children, new_object, references, update};
use model::ids::ObjectId;
use model::limits::{NAME_BYTES_MAX, REFERENCES_MAX};

fn check_new(text: &str, expected: Result<&str, &str>) {
    let found = new_object(json(text)).map_err(|bad| fault(&bad));
    let found = found.map(|new| {
        let [name, kind] =
            [&new.name, &new.kind].map(|label| label.as_ref().map_or("-", |label| label.as_str()));
        let owner = new.owner.as_ref().map_or("-", |owner| owner.as_str());
        format!("{name} {kind} {owner} {}", new.fragments)
    });
    assert_eq!(
        found.as_deref(),
        expected.map_err(str::to_owned).as_deref(),
        "{text}"
    );
}

#[test]
fn a_new_object_keeps_its_fragments_as_they_were_sent() {
    check_new("{}", Ok("- - - {}"));
    check_new(r#"{"name":"n","type":"t","owner":"jane"}"#, Ok("n t jane {}"));
    check_new(
        r#"{"z":1.10,"a":[1e400,{"b.c d":null}],"c8y_IsDevice":{}}"#,
        Ok(r#"- - - {"z":1.10,"a":[1e400,{"b.c d":null}],"c8y_IsDevice":{}}"#),
    );
    check_new(
        r#"{"name":null,"type":null,"owner":null,"a":null}"#,
        Ok("- - - {}"),
    );
}

#[test]
fn what_the_platform_sets_itself_is_ignored_in_a_new_object() {
    check_new(
        r#"{"id":"1","self":"x","creationTime":5,"lastUpdated":{},"childDevices":[],"childAssets":0,
            "childAdditions":1,"deviceParents":"x","assetParents":true,"additionParents":{},
            "c8y_Availability":1,"c8y_Connection":1,"c8y_ActiveAlarmsStatus":1,"c8y_LatestMeasurements":1,"mine":1}"#,
        Ok(r#"- - - {"mine":1}"#),
    );
}

#[test]
fn a_new_object_with_wrong_types_or_names_is_refused() {
    check_new("[]", Err("not an object"));
    check_new(r#"{"name":5}"#, Err("type of name"));
    check_new(r#"{"type":{}}"#, Err("type of type"));
    check_new(r#"{"owner":7}"#, Err("type of owner"));
    check_new(r#"{"owner":"a b"}"#, Err("rule of owner"));
    check_new(r#"{"owner":"a/b"}"#, Err("rule of owner"));
    check_new(r#"{"name":"a\u0000b"}"#, Err("rule of name"));
    check_new(r#"{"a.b":1}"#, Err("rule of a.b"));
    check_new(r#"{"a b":1}"#, Err("rule of a b"));
    check_new(r#"{"a\tb":1}"#, Err("rule of ab"));
    check_new(r#"{"a[0]":1}"#, Err("rule of a[0]"));
    check_new(r#"{"$a":1}"#, Err("rule of $a"));
    check_new(r#"{"":1}"#, Err("rule of "));
}

#[test]
fn a_name_may_be_as_long_as_the_limit_and_not_longer() {
    let of = |bytes: usize| format!(r#"{{"name":"{}"}}"#, "n".repeat(bytes));
    assert!(new_object(json(&of(NAME_BYTES_MAX))).is_ok());
    assert_eq!(
        new_object(json(&of(NAME_BYTES_MAX + 1))).map_err(|bad| fault(&bad)),
        Err("rule of name".to_owned())
    );
}

#[test]
fn an_empty_update_or_one_with_nothing_but_its_id_is_a_heartbeat() {
    for text in [
        "{}",
        r#"{"id":"5"}"#,
        r#"{"id":5}"#,
        r#"{"id":"5","self":"x","lastUpdated":"y","c8y_Connection":{}}"#,
    ] {
        assert!(update(json(text)).expect(text).is_empty(), "{text}");
    }
    for text in [
        r#"{"a":null}"#,
        r#"{"name":null}"#,
        r#"{"type":"t"}"#,
        r#"{"owner":"jane"}"#,
    ] {
        assert!(!update(json(text)).expect(text).is_empty(), "{text}");
    }
}

#[test]
fn null_in_an_update_removes_and_absence_keeps() {
    let update = update(json(
        r#"{"name":null,"type":"t","owner":null,"a":null,"b":{"c":null}}"#,
    ))
    .expect("an update");
    assert_eq!(update.name, Some(None));
    assert_eq!(
        update.kind.map(|kind| kind.map(|kind| kind.to_string())),
        Some(Some("t".to_owned()))
    );
    assert_eq!(update.owner, None, "an object always has an owner");
    let fragments: Vec<_> = update
        .fragments
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(fragments, ["a=null", r#"b={"c":null}"#]);
}

#[test]
fn an_update_with_wrong_types_or_names_is_refused() {
    for (text, expected) in [
        ("5", "not an object"),
        (r#"{"name":false}"#, "type of name"),
        (r#"{"owner":""}"#, "rule of owner"),
        (r#"{"a.b":null}"#, "rule of a.b"),
        (r#"{"a*":1}"#, "rule of a*"),
    ] {
        assert_eq!(
            update(json(text)).map_err(|bad| fault(&bad)),
            Err(expected.to_owned()),
            "{text}"
        );
    }
}

fn check_children(text: &str, media: Option<&str>, expected: Result<&str, &str>) {
    let found = new_children(json(text), media)
        .map_err(|bad| fault(&bad))
        .map(|children| match children {
            NewChildren::One(child) => format!("one {child}"),
            NewChildren::Many(children) => {
                format!(
                    "many {}",
                    children
                        .iter()
                        .map(ObjectId::to_string)
                        .collect::<Vec<_>>()
                        .join(" ")
                )
            }
            NewChildren::Created(new) => format!("created {}", new.fragments),
        });
    assert_eq!(
        found.as_deref(),
        expected.map_err(str::to_owned).as_deref(),
        "{text} as {media:?}"
    );
}

const ONE: Option<&str> = Some("managedobjectreference");
const MANY: Option<&str> = Some("managedobjectreferencecollection");
const WHOLE: Option<&str> = Some("managedobject");

#[test]
fn the_shape_of_a_body_tells_whether_children_are_linked_or_created() {
    for media in [None, ONE] {
        check_children(r#"{"managedObject":{"id":"5"}}"#, media, Ok("one 5"));
        check_children(r#"{"managedObject":{"id":5}}"#, media, Ok("one 5"));
        check_children(
            r#"{"managedObject":{"self":"https://a/inventory/managedObjects/5"}}"#,
            media,
            Ok("one 5"),
        );
    }
    for media in [None, ONE, MANY] {
        let text = r#"{"references":[{"managedObject":{"id":"5"}},{"managedObject":{"id":6},"self":"x"}]}"#;
        check_children(text, media, Ok("many 5 6"));
        check_children(r#"{"references":[]}"#, media, Ok("many "));
    }
    check_children(r#"{"name":"x","a":1}"#, None, Ok(r#"created {"a":1}"#));
    check_children(r#"{"name":"x","a":1}"#, WHOLE, Ok(r#"created {"a":1}"#));
    check_children(
        r#"{"managedObject":{"id":"5"}}"#,
        WHOLE,
        Ok(r#"created {"managedObject":{"id":"5"}}"#),
    );
}

#[test]
fn a_reference_without_its_object_creates_nothing() {
    for media in [None, ONE, MANY] {
        check_children(r#"{"managedObject":null}"#, media, Err("missing managedObject"));
        check_children(r#"{"references":null}"#, media, Err("missing managedObject"));
        check_children(r#"{"managedObject":"5"}"#, media, Err("type of managedObject"));
        check_children(r#"{"managedObject":{}}"#, media, Err("rule of managedObject"));
        check_children(r#"{"managedObject":{"id":"x"}}"#, media, Err("rule of id"));
        check_children(r#"{"references":{}}"#, media, Err("type of references"));
        check_children(r#"{"references":["5"]}"#, media, Err("missing managedObject"));
        check_children(
            r#"{"references":[{"id":"5"}]}"#,
            media,
            Err("missing managedObject"),
        );
        check_children(
            r#"{"references":[{"managedObject":7}]}"#,
            media,
            Err("type of managedObject"),
        );
    }
    check_children("{}", ONE, Err("missing managedObject"));
    check_children(r#"{"name":"x"}"#, MANY, Err("missing managedObject"));
    check_children("[]", None, Err("not an object"));
}

#[test]
fn references_are_taken_up_to_the_limit() {
    let of = |count: usize| {
        let references = vec![r#"{"managedObject":{"id":"5"}}"#; count].join(",");
        let body = json(&format!(r#"{{"references":[{references}]}}"#));
        references_of(&body)
    };
    assert_eq!(of(REFERENCES_MAX), Ok(REFERENCES_MAX));
    assert_eq!(
        of(REFERENCES_MAX + 1),
        Err(format!("more than {REFERENCES_MAX} references"))
    );
}

fn references_of(body: &model::json::Json) -> Result<usize, String> {
    let body = body.as_object().expect("an object");
    references(body)
        .map(|found| found.map_or(0, |found| found.len()))
        .map_err(|bad| fault(&bad))
}
