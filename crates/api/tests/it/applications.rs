//! Applications: their life, archives, versions, and who may do what with them.

mod archives;
mod beside;
mod cut_short;
mod hosted;
mod microservices;
mod roles;
pub(crate) mod zips;

use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const ALL: &str = "/application/applications";

pub(crate) fn create(house: &House, who: &Who, body: Value) -> String {
    let made = house.post(who, ALL, body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn hosted(name: &str) -> Value {
    json!({"name": name, "key": name, "type": "HOSTED", "contextPath": name})
}

/// Uploads an archive as a form.
pub(crate) fn upload(house: &House, who: &Who, path: &str, archive: &[u8], version: Option<Value>) -> Reply {
    let mut form = Vec::new();
    let part = if version.is_some() {
        "applicationBinary"
    } else {
        "file"
    };
    form.extend(
        format!("--XX\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"a.zip\"\r\nContent-Type: application/zip\r\n\r\n")
            .bytes(),
    );
    form.extend(archive);
    if let Some(version) = version {
        form.extend(
            format!("\r\n--XX\r\nContent-Disposition: form-data; name=\"applicationVersion\"\r\nContent-Type: application/json\r\n\r\n{version}")
                .bytes(),
        );
    }
    form.extend(b"\r\n--XX--\r\n");
    let request = house
        .request(who, "POST", path)
        .header("accept", "application/json")
        .header("content-type", "multipart/form-data; boundary=XX");
    house.send_text(request, form)
}

fn names(list: &Value) -> Vec<&str> {
    let all = list["applications"].as_array().expect("applications");
    all.iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn an_application_is_made_changed_found_and_deleted() {
    let house = House::new();
    let admin = house.admin("t100");
    let body = json!({
        "name": "pumps", "key": "pumps-key", "type": "HOSTED", "contextPath": "pumps", "globalTitle": "Pumps",
        "requiredRoles": ["ROLE_INVENTORY_READ"], "id": "1", "owner": {"tenant": {"id": "management"}},
    });
    let made = house.post(&admin, ALL, body).expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    assert!(made.header("location").ends_with(&format!("{ALL}/{id}")));
    let shown = made.json();
    assert_eq!(
        (
            &shown["owner"]["tenant"]["id"],
            &shown["availability"],
            &shown["globalTitle"]
        ),
        (&json!("t100"), &json!("PRIVATE"), &json!("Pumps"))
    );
    let change = json!({"availability": "MARKET", "description": "all pumps", "globalTitle": null});
    let changed = house
        .put(&admin, &format!("{ALL}/{id}"), change)
        .expect(200)
        .json();
    assert_eq!(
        (&changed["availability"], &changed["description"]),
        (&json!("MARKET"), &json!("all pumps"))
    );
    assert_eq!(changed.get("globalTitle"), None);
    create(
        &house,
        &admin,
        json!({"name": "link", "key": "link", "type": "EXTERNAL", "externalUrl": "https://x"}),
    );
    for (query, expected) in [
        ("?pageSize=10", vec!["pumps", "link"]),
        ("?name=pumps", vec!["pumps"]),
        ("?type=EXTERNAL", vec!["link"]),
        ("?owner=t100&pageSize=10", vec!["pumps", "link"]),
        ("?owner=t200", vec![]),
        ("?tenant=t100&type=HOSTED", vec!["pumps"]),
        ("?availability=MARKET", vec!["pumps"]),
        ("?subscriber=t100", vec![]),
        ("?providedFor=t100", vec![]),
        ("?hasVersions=true", vec![]),
        ("?user=admin&pageSize=10", vec!["pumps", "link"]),
    ] {
        let list = house.get(&admin, &format!("{ALL}{query}")).expect(200).json();
        assert_eq!(names(&list), expected, "{query}");
    }
    for path in [
        "ByName/pumps",
        "ByUser/admin?dropOverwrittenApps=true&noPaging=true",
        "ByTenant/t100",
        "ByOwner/t100",
    ] {
        let list = house
            .get(&admin, &format!("/application/applications{path}"))
            .expect(200)
            .json();
        assert_eq!(names(&list)[0], "pumps", "{path}");
    }
    let manifest = house
        .get(&admin, &format!("{ALL}/pumps/manifest"))
        .expect(200)
        .json();
    assert_eq!(manifest["application"]["id"], json!(id));
    house.delete(&admin, &format!("{ALL}/{id}")).expect(204);
    house.get(&admin, &format!("{ALL}/{id}")).expect(404);
    assert_eq!(
        house.delete(&admin, &format!("{ALL}/{id}")).expect(404).error().0,
        "applications/Not Found"
    );
}

#[test]
fn what_is_taken_or_makes_no_sense_is_refused_and_nothing_is_stored() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, hosted("pumps"));
    for taken in [
        json!({"name": "pumps", "key": "a", "type": "EXTERNAL"}),
        json!({"name": "a", "key": "pumps", "type": "EXTERNAL"}),
        json!({"name": "a", "key": "a", "type": "HOSTED", "contextPath": "pumps"}),
    ] {
        assert_eq!(
            house.post(&admin, ALL, taken).expect(409).error().0,
            "applications/Duplicate"
        );
    }
    for refused in [
        json!({"name": "a", "key": "a"}),
        json!({"name": "a", "key": "a", "type": "HOSTED"}),
        json!({"name": "a", "key": "a", "type": "FEATURE"}),
        json!({"name": "a", "key": "a", "type": "HOSTED", "contextPath": "a/../b"}),
        json!({"name": "a", "key": "a", "type": "EXTERNAL", "requiredRoles": ["x"]}),
        json!({"name": "a", "key": "a", "type": "EXTERNAL", "manifest": {"x": "y".repeat(40_000)}}),
    ] {
        house.post(&admin, ALL, refused).expect(422);
    }
    let at = format!("{ALL}/{id}");
    house.put(&admin, &at, json!({"type": "EXTERNAL"})).expect(422);
    house.put(&admin, &at, json!({"contextPath": null})).expect(422);
    house
        .put(&admin, &at, json!({"activeVersionId": "17"}))
        .expect(422);
    house
        .put(&admin, &at, json!({"type": "HOSTED", "name": "pumps"}))
        .expect(200);
    assert_eq!(names(&house.get(&admin, ALL).expect(200).json()), ["pumps"]);
    // In another tenant the same names are free.
    create(&house, &house.admin("t200"), hosted("pumps"));
}

// R115: another tenant's application is like one that is not there, whoever asks.
#[test]
fn nobody_sees_or_touches_the_applications_of_another_tenant() {
    let house = House::new();
    let id = create(&house, &house.admin("t100"), hosted("pumps"));
    for other in [house.admin("t200"), house.admin("management")] {
        assert_eq!(
            names(&house.get(&other, ALL).expect(200).json()),
            Vec::<&str>::new()
        );
        assert_eq!(
            names(
                &house
                    .get(&other, &format!("{ALL}?tenant=t100"))
                    .expect(200)
                    .json()
            ),
            Vec::<&str>::new()
        );
        for (method, path, body) in [
            ("GET", String::new(), Value::Null),
            ("PUT", String::new(), json!({"name": "x"})),
            ("DELETE", String::new(), Value::Null),
            ("GET", "/binaries".to_owned(), Value::Null),
            ("GET", "/versions".to_owned(), Value::Null),
            ("GET", "/bootstrapUser".to_owned(), Value::Null),
            ("POST", "/clone".to_owned(), json!({})),
        ] {
            let asked = |id: &str| house.call(&other, method, &format!("{ALL}/{id}{path}"), body.clone());
            let (theirs, nobodys) = (asked(&id).expect(404), asked("9000000000000000"));
            assert_eq!(
                theirs.text.replace(&id, "ID"),
                nobodys.expect(404).text.replace("9000000000000000", "ID")
            );
        }
    }
}

#[test]
fn roles_decide_and_without_any_one_sees_what_one_may_use() {
    let house = House::new();
    let admin = house.admin("t100");
    let (web, service) = (
        create(&house, &admin, hosted("pumps")),
        create(
            &house,
            &admin,
            json!({"name": "svc", "key": "svc", "type": "MICROSERVICE"}),
        ),
    );
    let reader = house.person("t100", "reader", &[Role::ApplicationManagementRead]);
    let writer = house.person("t100", "writer", &[Role::ApplicationManagementAdmin]);
    let plain = house.person("t100", "plain", &[Role::UserManagementOwnRead]);
    let device = house.device("t100", "device_x");
    let at = |id: &str| format!("{ALL}/{id}");
    assert_eq!(
        names(&house.get(&reader, ALL).expect(200).json()),
        ["pumps", "svc"]
    );
    house.get(&reader, &at(&service)).expect(200);
    for refused in [
        house.post(&reader, ALL, hosted("a")),
        house.put(&reader, &at(&web), json!({"name": "a"})),
        house.delete(&reader, &at(&web)),
        house.get(&reader, &format!("{}/binaries", at(&web))),
        house.get(&plain, ALL),
        house.get(&plain, "/application/applicationsByUser/admin"),
        house.get(&device, &at(&web)),
        house.get(&device, "/application/applicationsByUser/device_x"),
        house.get(&writer, ALL),
        house.get(&writer, &at(&web)),
    ] {
        refused.expect(403);
    }
    // To change does not include to read (R019).
    let changed = house
        .put(&writer, &at(&web), json!({"description": "secret"}))
        .expect(200);
    assert_eq!(changed.json().as_object().map(|shown| shown.len()), Some(2));
    let own = house
        .get(&plain, "/application/applicationsByUser/plain")
        .expect(200)
        .json();
    assert_eq!(names(&own), ["pumps"]);
    house.get(&plain, &at(&web)).expect(200);
    house.get(&plain, &at(&service)).expect(404);
    house
        .get(&reader, "/application/applicationsByUser/plain")
        .expect(403);
    house
        .get(&admin, "/application/applicationsByUser/nobody")
        .expect(404);
}
