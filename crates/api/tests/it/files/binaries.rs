//! Managed objects that are files.

use super::{range, rest, send, send_form};
use crate::events::object;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const LIST: &str = "/inventory/binaries";

/// A new file; gives its id.
fn uploaded(house: &House, who: &Who, object: &Value, content: &str) -> String {
    let object = object.to_string();
    let form = [
        ("name=\"object\"", "", object.as_str()),
        ("name=\"file\"; filename=\"f.txt\"", "text/plain", content),
    ];
    let made = send_form(house, who, "POST", LIST, &form).expect(201);
    made.json()["id"].as_str().expect("an id").to_owned()
}

fn listed(house: &House, who: &Who, query: &str) -> Vec<String> {
    let found = house
        .get(who, &format!("{LIST}?pageSize=100&{query}"))
        .expect(200)
        .json();
    let objects = found["managedObjects"].as_array().expect("objects").iter();
    objects
        .map(|object| object["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn a_binary_is_a_managed_object_with_a_content() {
    let house = House::new();
    let admin = house.admin("t100");
    let told = json!({"name": "firmware.bin", "type": "c8y_upload", "c8y_Own": 1, "length": 7, "c8y_IsBinary": "forged"});
    let form = [
        (
            "name=\"file\"; filename=\"../x.bin\"",
            "application/zip",
            "content",
        ),
        ("name=\"object\"", "application/json", &told.to_string()),
    ];
    let made = send_form(&house, &admin, "POST", LIST, &form).expect(201);
    let shown = made.json();
    let id = shown["id"].as_str().expect("an id");
    let at = format!("{LIST}/{id}");
    assert_eq!(made.header("location"), format!("https://localhost{at}"));
    let part = json!({
        "name": shown["name"], "type": shown["type"], "owner": shown["owner"], "self": shown["self"],
        "c8y_Own": shown["c8y_Own"], "length": shown["length"], "contentType": shown["contentType"],
        "c8y_IsBinary": shown["c8y_IsBinary"],
    });
    let expected = json!({
        "name": "firmware.bin", "type": "c8y_upload", "owner": "admin", "self": format!("https://localhost{at}"),
        "c8y_Own": 1, "length": 7, "contentType": "application/zip", "c8y_IsBinary": {},
    });
    assert_eq!(part, expected);
    let object = house
        .get(&admin, &format!("/inventory/managedObjects/{id}"))
        .expect(200)
        .json();
    assert_eq!(object["c8y_IsBinary"], json!({}));
    let read = house.get(&admin, &at).expect(200);
    assert_eq!(
        (read.text.as_str(), read.header("content-type")),
        ("content", "application/zip")
    );
    assert!(read.header("content-disposition").contains("filename=\"x.bin\""));
    assert_eq!(range(&house, &admin, &at, "bytes=1-3").expect(206).text, "ont");

    let replaced = send(&house, &admin, "PUT", &at, "text/csv", "other content")
        .expect(201)
        .json();
    assert_eq!(
        (&replaced["length"], &replaced["contentType"]),
        (&json!(13), &json!("text/csv"))
    );
    assert_eq!(
        (&replaced["name"], &replaced["c8y_Own"]),
        (&json!("firmware.bin"), &json!(1))
    );
    assert_eq!(house.get(&admin, &at).expect(200).text, "other content");
    assert_eq!(rest(&house), (13, 0));
    house.delete(&admin, &at).expect(204);
    house.get(&admin, &at).expect(404);
    house
        .get(&admin, &format!("/inventory/managedObjects/{id}"))
        .expect(404);
    assert_eq!(rest(&house), (0, 0));
}

#[test]
fn binaries_are_listed_by_filters_and_other_objects_are_not() {
    let house = House::new();
    let admin = house.admin("t100");
    let plain = object(&house, &admin);
    let one = uploaded(&house, &admin, &json!({"name": "one", "type": "a"}), "1");
    let two = uploaded(&house, &admin, &json!({"name": "two", "type": "b"}), "2");
    let path = format!("/inventory/managedObjects/{one}/childAdditions");
    house
        .post(&admin, &path, json!({"managedObject": {"id": plain}}))
        .expect(201);
    assert_eq!(listed(&house, &admin, ""), [one.as_str(), two.as_str()]);
    assert_eq!(listed(&house, &admin, "type=b"), [two.as_str()]);
    assert_eq!(listed(&house, &admin, "text=one"), [one.as_str()]);
    assert_eq!(
        listed(&house, &admin, &format!("ids={plain},{two}")),
        [two.as_str()]
    );
    assert_eq!(
        listed(&house, &admin, &format!("childAdditionId={plain}")),
        [one.as_str()]
    );
    assert_eq!(listed(&house, &admin, "owner=nobody"), Vec::<String>::new());
    let totals = house
        .get(&admin, &format!("{LIST}?pageSize=1&withTotalPages=true"))
        .expect(200)
        .json();
    assert_eq!(totals["statistics"]["totalPages"], 2);
    assert_eq!(
        totals["managedObjects"][0]["self"],
        json!(format!("https://localhost{LIST}/{one}"))
    );
    house.get(&admin, &format!("{LIST}/{plain}")).expect(404);
    house.delete(&admin, &format!("{LIST}/{plain}")).expect(404);
    let with_children = house.delete(&admin, &format!("{LIST}/{one}")).expect(409);
    assert_eq!(with_children.error().0, "inventory/conflict");
    house
        .delete(&admin, &format!("/inventory/managedObjects/{two}"))
        .expect(204);
    assert_eq!(rest(&house), (1, 0), "the file goes with its object");
}

// R020, R021, R037, R046
#[test]
fn binaries_are_reached_by_role_ownership_permissions_and_c8y_global() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = uploaded(&house, &admin, &json!({"name": "x"}), "secret");
    let at = format!("{LIST}/{id}");
    let put = |who: &Who| send(&house, who, "PUT", &at, "text/plain", "secret");
    for (number, (role, reads, writes)) in [
        (Role::BinaryRead, true, false),
        (Role::InventoryRead, true, false),
        (Role::BinaryAdmin, false, true),
        (Role::InventoryAdmin, false, true),
        (Role::MeasurementAdmin, false, false),
    ]
    .into_iter()
    .enumerate()
    {
        let who = house.person("t100", &format!("user-{number}"), &[role]);
        assert_eq!(house.get(&who, &at).status == 200, reads, "{role:?}");
        assert_eq!(!listed(&house, &who, "").is_empty(), reads, "{role:?}");
        assert_eq!(put(&who).status == 201, writes, "{role:?}");
    }
    let creator = house.person("t100", "creator", &[Role::BinaryCreate]);
    let own = uploaded(&house, &creator, &json!({}), "mine");
    assert_eq!(listed(&house, &creator, ""), [own.as_str()]);
    house.get(&creator, &format!("{LIST}/{own}")).expect(200);
    send(
        &house,
        &creator,
        "PUT",
        &format!("{LIST}/{own}"),
        "text/plain",
        "new",
    )
    .expect(201);
    house.get(&creator, &at).expect(404);
    put(&creator).expect(404);
    house
        .post(&creator, "/inventory/managedObjects", json!({}))
        .expect(403);
    house.delete(&creator, &format!("{LIST}/{own}")).expect(204);

    let joe = house.person("t100", "joe", &[]);
    house.get(&joe, &at).expect(404);
    send(&house, &joe, "POST", LIST, "text/plain", "x").expect(403);
    // A permission counts from above too, and for the fragments of the object.
    let folder = object(&house, &admin);
    let path = format!("/inventory/managedObjects/{folder}/childAssets");
    house
        .post(&admin, &path, json!({"managedObject": {"id": id}}))
        .expect(201);
    house.grant(&joe, &[&format!("{folder}, BINARY, *, READ")]);
    assert_eq!(house.get(&joe, &at).expect(200).text, "secret");
    assert_eq!(listed(&house, &joe, ""), [id.as_str()]);
    put(&joe).expect(403);
    house.grant(&joe, &[&format!("{folder}, BINARY, *, ADMIN")]);
    house.get(&joe, &at).expect(403);
    let hidden = put(&joe).expect(201).json();
    let names: Vec<_> = hidden.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["id", "self"], "who only writes gets nothing back");
    house.grant(&joe, &[&format!("{folder}, BINARY, c8y_Other, READ")]);
    house.get(&joe, &at).expect(403);

    let stranger = house.person("t100", "stranger", &[]);
    house
        .put(
            &admin,
            &format!("/inventory/managedObjects/{id}"),
            json!({"c8y_Global": {}}),
        )
        .expect(200);
    assert_eq!(
        house.get(&stranger, &at).expect(200).text,
        "secret",
        "an open object and its content"
    );
    assert_eq!(listed(&house, &stranger, ""), [id.as_str()]);
    house.delete(&stranger, &at).expect(403);
    let foreign = house.admin("t200");
    house.get(&foreign, &at).expect(404);
    put(&foreign).expect(404);
    house.delete(&foreign, &at).expect(404);
    assert_eq!(listed(&house, &foreign, ""), Vec::<String>::new());
}
