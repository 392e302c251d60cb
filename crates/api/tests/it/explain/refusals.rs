//! The log of refusals.

use super::{jane, object};
use model::roles::Role;
use serde_json::json;
use testkit::house::House;

// R043 R096: refusals are counted exactly, before and after their window is written, with the objects on which they
// happened and a way to their explanation.
#[test]
fn refusals_are_told_with_count_objects_and_a_way_to_explain_them() {
    let house = House::new();
    let (admin, (jane, upper, lower, _)) = (house.admin("t100"), jane(&house));
    let foreign = object(&house, &admin, json!({"name": "foreign"}));
    for id in [&upper, &upper, &lower] {
        house
            .delete(&jane, &format!("/inventory/managedObjects/{id}"))
            .expect(403);
    }
    house.world.advance_millis(60_000);
    house
        .delete(&jane, &format!("/inventory/managedObjects/{upper}"))
        .expect(403);
    // A thing that is not there leaves no trace; one that is there and hidden, what was sent.
    house
        .get(&jane, "/inventory/managedObjects/8000000000000001")
        .expect(404);
    house
        .get(&jane, &format!("/inventory/managedObjects/{foreign}"))
        .expect(404);
    let told = |query: &str| {
        let path = format!("/audit/refusals?pageSize=50&{query}");
        house.get(&admin, &path).expect(200).json()["refusals"].clone()
    };
    let rights = "https://localhost/user/t100/users/jane/effectivePermissions";
    let objects = [&upper, &lower].map(|id| json!({"id": id, "explain": format!("{rights}?device={id}")}));
    let expected = json!([{
        "user": "jane",
        "operation": "inventory_delete",
        "target": "object",
        "count": 4,
        "firstTime": "2026-11-18T00:00:00.000Z",
        "lastTime": "2026-11-18T00:01:00.000Z",
        "managedObjects": objects,
    }]);
    assert_eq!(told("user=jane&operation=inventory_delete"), expected);
    house.world.advance_millis(5 * 60_000);
    house.wait(house.door.close_windows(false)).expect("written");
    assert_eq!(told("user=jane&operation=inventory_delete"), expected);
    super::assert_documented("RefusalSummary", &told("")[0]);
    assert_eq!(told("operation=inventory_read")[0]["count"], 1);
    assert_eq!(
        told("operation=inventory_read")[0]["managedObjects"][0]["id"],
        json!(foreign)
    );
    assert_eq!(told("user=nobody"), json!([]));
    assert_eq!(told("dateTo=2026-11-17T00:00:00Z"), json!([]));
    assert_eq!(told("dateFrom=2026-11-19T00:00:00Z"), json!([]));
    assert!(
        house
            .get(&house.admin("t200"), "/audit/refusals")
            .expect(200)
            .json()["refusals"]
            .as_array()
            .is_some_and(Vec::is_empty)
    );
}

// Memory stays bounded: of very many objects some are named, and all refusals are counted.
#[test]
fn refusals_on_many_objects_are_one_entry() {
    let house = House::new();
    let admin = house.admin("t100");
    let reader = house.person("t100", "reader", &[Role::InventoryRead]);
    for number in 0..40 {
        let id = object(&house, &admin, json!({"name": number.to_string()}));
        house
            .delete(&reader, &format!("/inventory/managedObjects/{id}"))
            .expect(403);
    }
    let told = house.get(&admin, "/audit/refusals").expect(200).json()["refusals"].clone();
    assert_eq!(
        (&told[0]["count"], told.as_array().map(Vec::len)),
        (&json!(40), Some(1))
    );
    assert_eq!(told[0]["managedObjects"].as_array().map(Vec::len), Some(16));
}
