//! What an editor of rules suggests while a name or an id is typed: a query like any other, asked as the editor's user.

use super::object;
use serde_json::json;
use testkit::house::{House, Who};

const SUGGESTIONS_MAX: usize = 5;

/// What is suggested for a text: the names of objects that begin with it, whatever the case, or the one with this id; and
/// of how many.
fn suggested(house: &House, who: &Who, typed: &str) -> (Vec<String>, u64) {
    let filter = format!("$filter=(name eq '{typed}*' or id eq '{typed}') $orderby=name asc");
    let path = format!(
        "/inventory/managedObjects?query={}&pageSize={SUGGESTIONS_MAX}&withTotalElements=true",
        percent_encoding::utf8_percent_encode(&filter, percent_encoding::NON_ALPHANUMERIC)
    );
    let page = house.get(who, &path).expect(200).json();
    let found = page["managedObjects"].as_array().expect("objects");
    let names = found
        .iter()
        .map(|object| object["name"].as_str().expect("a name").to_owned());
    (
        names.collect(),
        page["statistics"]["totalElements"].as_u64().expect("a number"),
    )
}

// R030, R014: neither the names nor their number tell of what the editor's user may not see.
#[test]
fn suggestions_by_name_or_id_show_only_what_the_editor_may_see() {
    let house = House::new();
    let admin = house.admin("t100");
    let ids: Vec<String> = (0..8)
        .map(|at| object(&house, &admin, json!({ "name": format!("Pump {at}") })))
        .collect();
    object(&house, &admin, json!({ "name": "Valve" }));
    let editor = house.person("t100", "editor", &[]);
    for id in &ids[2..4] {
        house.grant(&editor, &[&format!("{id}, MANAGED_OBJECT, *, READ")]);
    }
    assert_eq!(
        suggested(&house, &editor, "Pu"),
        (vec!["Pump 2".to_owned(), "Pump 3".to_owned()], 2)
    );
    assert_eq!(
        suggested(&house, &editor, &ids[2]),
        (vec!["Pump 2".to_owned()], 1)
    );
    for hidden in [ids[0].as_str(), "Valve", "Pump 0"] {
        assert_eq!(suggested(&house, &editor, hidden), (Vec::new(), 0), "{hidden}");
    }
    let (first, of) = suggested(&house, &admin, "Pu");
    assert_eq!((first.len(), of), (SUGGESTIONS_MAX, 8));
    // Of another tenant nothing is suggested, not even by its id.
    let stranger = house.admin("t200");
    assert_eq!(suggested(&house, &stranger, &ids[2]), (Vec::new(), 0));
    assert_eq!(suggested(&house, &stranger, "Pu"), (Vec::new(), 0));
}
