//! Events as clients see them.

use crate::users::assert_documented;
use model::limits::DOCUMENT_BYTES_MAX;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const LIST: &str = "/event/events";

/// A new object of this user.
pub(crate) fn object(house: &House, who: &Who) -> String {
    let made = house.post(who, "/inventory/managedObjects", json!({"name": "source"}));
    made.expect(201).json()["id"].as_str().expect("an id").to_owned()
}

pub(crate) fn event(source: &str) -> Value {
    json!({"source": {"id": source}, "time": "2026-11-21T10:00:00.000Z", "type": "door", "text": "open"})
}

/// A stored event with these properties beside or instead of the usual ones.
pub(crate) fn stored(house: &House, who: &Who, source: &str, with: &Value) -> String {
    let mut body = event(source);
    for (name, value) in with.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let made = house.post(who, LIST, body).expect(201);
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// The ids that a list shows.
fn listed(house: &House, who: &Who, query: &str) -> Vec<String> {
    let found = house
        .get(who, &format!("{LIST}?pageSize=100&{query}"))
        .expect(200)
        .json();
    let ids = found["events"].as_array().expect("events").iter();
    ids.map(|event| event["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn an_event_has_the_shape_that_clients_know_and_keeps_what_was_sent() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = object(&house, &admin);
    let text = r#"{"source":{"id":"SOURCE"},"time":"2026-11-21T11:00:00+01:00","type":"door","text":"open \u00fc",
        "id":"1","creationTime":"2000-01-01T00:00:00Z","c8y_IsBinary":{"name":"forged"},
        "c8y_Door":{"number":1.2300e2,"open":[true,null]}}"#;
    let request = house
        .request(&admin, "POST", LIST)
        .header("accept", "application/vnd.com.nsn.cumulocity.event+json")
        .header("content-type", "application/vnd.com.nsn.cumulocity.event+json");
    let made = house
        .send_text(request, text.replace("SOURCE", &source))
        .expect(201);
    assert_eq!(
        made.header("content-type"),
        "application/vnd.com.nsn.cumulocity.event+json;charset=UTF-8;ver=0.9"
    );
    assert!(made.text.contains("1.2300e2"), "to the digit: {}", made.text);
    let shown = made.json();
    let id = shown["id"].as_str().expect("an id");
    assert_eq!(made.header("location"), format!("https://localhost{LIST}/{id}"));
    assert_eq!(
        (&shown["time"], &shown["text"], &shown["source"]["id"]),
        (
            &json!("2026-11-21T10:00:00.000Z"),
            &json!("open ü"),
            &json!(source)
        )
    );
    assert_ne!(shown["creationTime"], "2000-01-01T00:00:00Z");
    assert_eq!(
        shown.get("c8y_IsBinary"),
        None,
        "only the platform tells of a file"
    );
    let again = house.get(&admin, &format!("{LIST}/{id}")).expect(200);
    assert_eq!(again.json(), shown);
    let list = house.get(&admin, &format!("{LIST}/?source={source}")).expect(200);
    assert_documented("EventCollection", &list.json());
    assert_eq!(list.json()["events"], json!([shown]));

    let silent = house
        .send(house.request(&admin, "POST", LIST), event(&source))
        .expect(201);
    assert_eq!(silent.text, "", "nobody asked for a body");
    house.get(&admin, "/event").expect(200);
    assert_eq!(
        house.get(&admin, "/platform").json()["event"]["events"]["events"],
        Value::Null
    );
}

#[test]
fn what_is_mandatory_must_be_there_and_a_source_must_be_known() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = object(&house, &admin);
    for name in ["source", "type", "text", "time"] {
        for gone in [false, true] {
            let mut body = event(&source);
            body[name] = Value::Null;
            if gone {
                body.as_object_mut().expect("an object").remove(name);
            }
            let refused = house.post(&admin, LIST, body).expect(422);
            let message = format!("Following mandatory fields should be included: {name}");
            assert_eq!(refused.error(), ("undefined/validationError".to_owned(), message));
        }
    }
    let foreign = object(&house, &house.admin("t200"));
    for unknown in [foreign.as_str(), "9007199254740991"] {
        let refused = house.post(&admin, LIST, event(unknown)).expect(422);
        let (error, message) = refused.error();
        assert_eq!(error, "event/Invalid Data");
        assert_eq!(
            message,
            format!("The source '{unknown}' does not exist. Nothing was stored.")
        );
    }
    let mut large = event(&source);
    large["f"] = json!("x".repeat(DOCUMENT_BYTES_MAX));
    house.post(&admin, LIST, large).expect(422);
    let mut wrong = event(&source);
    wrong["bad name"] = json!(1);
    house.post(&admin, LIST, wrong).expect(422);
    assert_eq!(listed(&house, &admin, ""), Vec::<String>::new());
}

#[test]
fn lists_are_newest_first_and_narrowed_by_every_filter() {
    let house = House::new();
    let admin = house.admin("t100");
    let (one, two) = (object(&house, &admin), object(&house, &admin));
    let at = |second: u32| format!("2026-11-21T10:00:{second:02}.000Z");
    let mut ids = Vec::new();
    for second in 0..6_u32 {
        let source = if second < 4 { &one } else { &two };
        let mut with = json!({"time": at(second), "type": if second % 2 == 0 { "even" } else { "odd" }});
        if second > 2 {
            with["c8y_Mark"] = if second == 3 {
                json!("red")
            } else {
                json!({"deep": "red"})
            };
        }
        ids.push(stored(&house, &admin, source, &with));
        house.world.advance_millis(10_000);
    }
    let expect = |query: &str, places: &[usize]| {
        let expected: Vec<_> = places.iter().map(|place| ids[*place].clone()).collect();
        assert_eq!(listed(&house, &admin, query), expected, "{query}");
    };
    expect("", &[5, 4, 3, 2, 1, 0]);
    expect("revert=true", &[5, 4, 3, 2, 1, 0]);
    expect("dateFrom=2020-01-01&revert=true", &[0, 1, 2, 3, 4, 5]);
    expect(&format!("dateFrom={}&dateTo={}", at(1), at(3)), &[3, 2, 1]);
    expect(&format!("source={one}&type=even"), &[2, 0]);
    expect("type=eve", &[]);
    expect("fragmentType=c8y_Mark", &[5, 4, 3]);
    expect("fragmentType=c8y_Mark&fragmentValue=red", &[3]);
    expect("source=nothing", &[]);
    let shown = |place: usize, name: &str| {
        let event = house.get(&admin, &format!("{LIST}/{}", ids[place])).json();
        event[name].as_str().expect("a time").to_owned()
    };
    let created = |place| shown(place, "creationTime");
    expect(
        &format!("createdFrom={}&createdTo={}", created(2), created(3)),
        &[3, 2],
    );
    house
        .put(&admin, &format!("{LIST}/{}", ids[1]), json!({"text": "new"}))
        .expect(200);
    let updated = shown(1, "lastUpdated");
    expect(&format!("lastUpdatedFrom={updated}"), &[1]);
    // The end does not belong to it.
    expect(&format!("lastUpdatedTo={}", created(2)), &[0]);
    expect(&format!("lastUpdatedTo={}", created(0)), &[]);

    let page = house.get(
        &admin,
        &format!("{LIST}?pageSize=4&currentPage=2&withTotalPages=true&withTotalElements=true"),
    );
    let page = page.expect(200).json();
    assert_eq!(page["events"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (
            &page["statistics"]["totalElements"],
            &page["statistics"]["totalPages"]
        ),
        (&json!(6), &json!(2))
    );
    for bad in [
        "fragmentValue=red",
        "withSourceAssets=true",
        "dateFrom=x",
        "revert=maybe",
        "pageSize=0",
    ] {
        house.get(&admin, &format!("{LIST}?{bad}")).expect(422);
    }
}

#[test]
fn a_list_can_include_what_hangs_below_its_source() {
    let house = House::new();
    let admin = house.admin("t100");
    let [root, asset, device, deep, addition] = [(); 5].map(|()| object(&house, &admin));
    for (parent, kind, child) in [
        (&root, "childAssets", &asset),
        (&root, "childDevices", &device),
        (&device, "childDevices", &deep),
        (&root, "childAdditions", &addition),
    ] {
        let path = format!("/inventory/managedObjects/{parent}/{kind}");
        house
            .post(&admin, &path, json!({"managedObject": {"id": child}}))
            .expect(201);
    }
    let sources = [&root, &asset, &device, &deep, &addition];
    let ids = sources.map(|source| stored(&house, &admin, source, &json!({})));
    let found = |who: &Who, query: &str| {
        let mut places: Vec<_> = listed(&house, who, &format!("source={root}&{query}"))
            .iter()
            .map(|id| ids.iter().position(|other| other == id).expect("known"))
            .collect();
        places.sort_unstable();
        places
    };
    assert_eq!(found(&admin, ""), [0]);
    assert_eq!(found(&admin, "withSourceAssets=true"), [0, 1]);
    assert_eq!(found(&admin, "withSourceDevices=true"), [0, 2, 3]);
    assert_eq!(
        found(&admin, "withSourceDevices=true&withSourceAssets=true"),
        [0, 1, 2, 3]
    );
    // Of what hangs there, only what may be read; and below what is not to be known, nothing.
    let who = house.person("t100", "joe", &[]);
    house.grant(&who, &[&format!("{deep}, EVENT, *, READ")]);
    assert_eq!(found(&who, "withSourceDevices=true"), Vec::<usize>::new());
    house.grant(
        &who,
        &[
            &format!("{device}, EVENT, *, READ"),
            &format!("{root}, ALARM, *, READ"),
        ],
    );
    assert_eq!(found(&who, "withSourceDevices=true"), [2, 3]);
}

#[test]
fn only_the_text_and_fragments_of_an_event_change() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = object(&house, &admin);
    let id = stored(
        &house,
        &admin,
        &source,
        &json!({"a": {"old": 1, "gone": 2}, "b": 1}),
    );
    let at = format!("{LIST}/{id}");
    house.world.advance_millis(5_000);
    let changed = house.put(
        &admin,
        &at,
        json!({"text": "closed", "a": {"old": 3}, "b": null, "c": "new"}),
    );
    let changed = changed.expect(200).json();
    assert_eq!(
        (&changed["text"], &changed["a"], &changed["c"]),
        (&json!("closed"), &json!({"old": 3}), &json!("new"))
    );
    assert_eq!(changed.get("b"), None);
    assert_ne!(changed["lastUpdated"], changed["creationTime"]);
    assert_eq!(house.get(&admin, &at).expect(200).json(), changed);
    for (name, value) in [
        ("source", json!({"id": source})),
        ("type", json!("x")),
        ("time", json!("2026-11-21T10:00:00Z")),
        ("creationTime", json!("2026-11-21T10:00:00Z")),
        ("text", Value::Null),
        ("text", json!(1)),
    ] {
        house.put(&admin, &at, json!({ name: value })).expect(422);
    }
    assert_eq!(
        house.get(&admin, &at).expect(200).json(),
        changed,
        "nothing else changed"
    );
    house
        .put(&admin, &format!("{LIST}/9007199254740991"), json!({"text": "x"}))
        .expect(404);
}

// R018, R028, R033, R046, R047: by role, by ownership and by permission on the source and its fragments.
#[test]
fn events_are_reached_by_role_ownership_and_permissions() {
    let house = House::new();
    let admin = house.admin("t100");
    let owner = house.person("t100", "owner", &[Role::InventoryCreate]);
    let source = object(&house, &owner);
    let id = stored(&house, &owner, &source, &json!({"a": 1}));
    let bare = stored(&house, &owner, &source, &json!({}));
    let at = format!("{LIST}/{id}");
    house.put(&owner, &at, json!({"text": "mine"})).expect(200);
    assert_eq!(listed(&house, &owner, "").len(), 2, "an owner needs no role");

    let stranger = house.person("t100", "stranger", &[]);
    let missing = house.get(&stranger, &at).expect(404).text.replace(&id, "ID");
    let never = house
        .get(&stranger, &format!("{LIST}/9007199254740991"))
        .expect(404);
    assert_eq!(
        missing,
        never.text.replace("9007199254740991", "ID"),
        "it does not exist"
    );
    assert_eq!(listed(&house, &stranger, ""), Vec::<String>::new());
    house.post(&stranger, LIST, event(&source)).expect(403);

    let reader = house.person("t100", "reader", &[]);
    house.grant(&reader, &[&format!("{source}, EVENT, a, READ")]);
    house.get(&reader, &at).expect(200);
    house.get(&reader, &format!("{LIST}/{bare}")).expect(404);
    assert_eq!(listed(&house, &reader, ""), [id.as_str()], "only what is covered");
    house.put(&reader, &at, json!({"text": "x"})).expect(403);

    let writer = house.person("t100", "writer", &[]);
    house.grant(&writer, &[&format!("{source}, EVENT, a, ADMIN")]);
    let mut body = event(&source);
    body["a"] = json!(1);
    let hidden = house.post(&writer, LIST, body.clone()).expect(201).json();
    let names: Vec<_> = hidden.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["id", "self"], "who only writes gets nothing back");
    body["b"] = json!(1);
    house.post(&writer, LIST, body).expect(403);
    house.put(&writer, &at, json!({"b": 1})).expect(403);
    house.put(&writer, &at, json!({"a": null})).expect(403);
    house.put(&writer, &at, json!({"a": 2})).expect(200);
    house.get(&writer, &at).expect(403);
    house.delete(&writer, &format!("{LIST}/{bare}")).expect(404);
    house.delete(&writer, &at).expect(204);
    house.get(&admin, &at).expect(404);

    let device = house.device("t100", "device_1");
    let own = object(&house, &device);
    stored(&house, &device, &own, &json!({}));
    house.post(&device, LIST, event(&source)).expect(422);
    let foreign = house.admin("t200");
    house.get(&foreign, &format!("{LIST}/{bare}")).expect(404);
    house.delete(&foreign, &format!("{LIST}/{bare}")).expect(404);
}

#[test]
fn deleting_many_needs_a_source_or_a_time_and_the_right_on_all() {
    let house = House::new();
    let admin = house.admin("t100");
    let (one, two) = (object(&house, &admin), object(&house, &admin));
    for source in [&one, &two] {
        for kind in ["a", "b"] {
            stored(&house, &admin, source, &json!({"type": kind, "f": 1}));
        }
    }
    for unfiltered in ["", "?type=a", "?fragmentType=f"] {
        house.delete(&admin, &format!("{LIST}{unfiltered}")).expect(422);
    }
    assert_eq!(listed(&house, &admin, "").len(), 4);
    house
        .delete(&admin, &format!("{LIST}?source=nothing"))
        .expect(204);
    house
        .delete(&admin, &format!("{LIST}?source={one}&type=a"))
        .expect(204);
    assert_eq!(listed(&house, &admin, "").len(), 3);
    // Many at once are for those who may delete all.
    let writer = house.person("t100", "writer", &[]);
    house.grant(&writer, &[&format!("{two}, EVENT, *, ADMIN")]);
    house.delete(&writer, &format!("{LIST}?source={two}")).expect(403);
    let manager = house.person("t100", "manager", &[Role::EventAdmin]);
    house
        .delete(&manager, &format!("{LIST}?source={two}&dateTo=2030-01-01"))
        .expect(204);
    assert_eq!(listed(&house, &admin, "").len(), 1);
    house
        .delete(&admin, &format!("{LIST}?createdFrom=2020-01-01"))
        .expect(204);
    assert_eq!(listed(&house, &admin, ""), Vec::<String>::new());
    let records = house
        .get(&admin, "/audit/auditRecords?type=Event&pageSize=100")
        .expect(200)
        .json();
    let told: Vec<_> = records["auditRecords"]
        .as_array()
        .expect("records")
        .iter()
        .filter(|record| record["activity"] == "Events deleted")
        .map(|record| record["text"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn the_events_of_a_deleted_object_are_gone_with_it() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = object(&house, &admin);
    let id = stored(&house, &admin, &source, &json!({}));
    house
        .delete(&admin, &format!("/inventory/managedObjects/{source}"))
        .expect(204);
    house.get(&admin, &format!("{LIST}/{id}")).expect(404);
    assert_eq!(listed(&house, &admin, ""), Vec::<String>::new());
}
