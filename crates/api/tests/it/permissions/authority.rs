//! Nobody gives or takes more than they hold (R010), and nobody learns what there is by giving.

use super::{JOE, lines, object, on_object, set_lines};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const MANAGES: [Role; 2] = [Role::UserManagementRead, Role::UserManagementAdmin];
const MANAGER: &str = "/user/t100/users/manager";

/// A user manager who holds `EVENT:*:READ` and `ALARM:a:ADMIN` on a device and nothing else, and `joe`.
fn with_manager() -> (House, Who, Who, String) {
    let house = House::new();
    let (admin, manager) = (house.admin("t100"), house.person("t100", "manager", &MANAGES));
    house.person("t100", "joe", &[]);
    let device = object(&house, &admin, json!({ "name": "d", "a": {} }));
    let held = format!("{device}, EVENT, *, READ\n{device}, ALARM, a, ADMIN\n");
    set_lines(&house, &admin, MANAGER, &held).expect(200);
    (house, admin, manager, device)
}

#[test]
fn nobody_gives_more_than_they_hold() {
    let (house, _, manager, device) = with_manager();
    let give = |rule: &str| set_lines(&house, &manager, JOE, &format!("{device}, {rule}"));
    for held in ["EVENT, *, READ", "EVENT, x, READ", "ALARM, a, ADMIN"] {
        give(held).expect(200);
    }
    for beyond in [
        "EVENT, *, ADMIN",
        "EVENT, *, *",
        "ALARM, *, ADMIN",
        "ALARM, b, ADMIN",
        "ALARM, a, READ",
        "*, x, READ",
    ] {
        give(beyond).expect(403);
    }
    set_lines(&house, &manager, JOE, "*, EVENT, *, READ").expect(403);
    let body =
        json!({ "users": [{ "userName": "joe", "devicePermissions": { &device: ["EVENT:*:ADMIN"] } }] });
    on_object(&house, &manager, &device, body).expect(403);
    let body = json!({ "devicePermissions": { &device: ["EVENT:*:ADMIN"] } });
    house.put(&manager, JOE, body.clone()).expect(403);
    let group = house
        .post(&manager, "/user/t100/groups", json!({ "name": "Site" }))
        .expect(201)
        .json()["id"]
        .to_string();
    house
        .put(&manager, &format!("/user/t100/groups/{group}"), body)
        .expect(403);
    let body = json!({ "managedObject": device, "roles": [{ "name": "Reader" }] });
    house
        .post(&manager, &format!("{JOE}/roles/inventory"), body)
        .expect(403);
    // Nor to oneself.
    set_lines(&house, &manager, MANAGER, &format!("{device}, *, *, *")).expect(403);
}

#[test]
fn nobody_takes_more_than_they_hold() {
    let (house, admin, manager, device) = with_manager();
    let both = format!("{device}, EVENT, x, READ\n{device}, OPERATION, c8y_Restart, ADMIN\n");
    set_lines(&house, &admin, JOE, &both).expect(200);
    for less in ["", &format!("{device}, EVENT, x, READ\n")] {
        set_lines(&house, &manager, JOE, less).expect(403);
    }
    let mut sorted: Vec<_> = both.lines().map(str::to_owned).collect();
    sorted.sort();
    let mut kept: Vec<_> = lines(&house, &admin, JOE)
        .expect(200)
        .text
        .lines()
        .map(str::to_owned)
        .collect();
    kept.sort();
    assert_eq!(kept, sorted);
    let more = format!("{both}{device}, EVENT, y, READ\n");
    set_lines(&house, &manager, JOE, &more).expect(200);
    set_lines(&house, &admin, JOE, &format!("{device}, EVENT, x, READ\n")).expect(200);
    set_lines(&house, &manager, JOE, "").expect(200);
}

// Whoever could set somebody's password, or join a group, would hold what they hold.
#[test]
fn rights_on_objects_count_where_users_and_groups_are_managed() {
    let (house, admin, manager, device) = with_manager();
    set_lines(&house, &admin, JOE, &format!("{device}, OPERATION, *, ADMIN")).expect(200);
    house
        .put(&manager, JOE, json!({ "password": "correct horse battery" }))
        .expect(403);
    house.delete(&manager, JOE).expect(403);
    set_lines(&house, &admin, JOE, &format!("{device}, EVENT, x, READ")).expect(200);
    house
        .put(&manager, JOE, json!({ "firstName": "Joe" }))
        .expect(200);

    let group = house
        .post(&admin, "/user/t100/groups", json!({ "name": "Site" }))
        .expect(201)
        .json()["id"]
        .to_string();
    let group = format!("/user/t100/groups/{group}");
    let join = || {
        house.post(
            &manager,
            &format!("{group}/users"),
            json!({ "user": { "id": "manager" } }),
        )
    };
    let manager_role = json!({ "managedObject": device, "roles": [{ "name": "Manager" }] });
    let made = house
        .post(&admin, &format!("{group}/roles/inventory"), manager_role)
        .expect(200)
        .json();
    join().expect(403);
    house.delete(&manager, &group).expect(403);
    house
        .delete(&manager, &format!("{group}/roles/inventory/{}", made["id"]))
        .expect(403);
    house
        .delete(&admin, &format!("{group}/roles/inventory/{}", made["id"]))
        .expect(204);
    join().expect(201);
}

// R115: an object that the caller may not know, one of another tenant and one that is not there answer the same.
#[test]
fn giving_does_not_tell_which_objects_there_are() {
    let (house, admin, manager, _) = with_manager();
    let hidden = object(&house, &admin, json!({ "name": "hidden" }));
    let foreign = object(&house, &house.admin("t200"), json!({ "name": "foreign" }));
    let absent = "8000000000000001".to_owned();
    let answers = |who: &Who, id: &String| -> Vec<(u16, String)> {
        let given = json!({ id: ["EVENT:*:READ"] });
        let on = json!({ "users": [{ "userName": "joe", "devicePermissions": given }] });
        let assigned = json!({ "managedObject": id, "roles": [{ "name": "Operations: Restart Device" }] });
        let path = format!("/user/devicePermissions/{id}");
        let replies = [
            set_lines(&house, who, JOE, &format!("{id}, EVENT, *, READ")),
            house.put(who, JOE, json!({ "devicePermissions": given })),
            house.post(who, &format!("{JOE}/roles/inventory"), assigned),
            house.get(who, &path),
            house.put(who, &path, on),
        ];
        let shown = |reply: testkit::house::Reply| (reply.status.as_u16(), reply.text.replace(id, "ID"));
        replies.into_iter().map(shown).collect()
    };
    let missing = answers(&manager, &absent);
    let codes: Vec<_> = missing.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [422, 422, 422, 404, 404]);
    assert_eq!(answers(&manager, &hidden), missing);
    assert_eq!(answers(&manager, &foreign), missing);
    assert_eq!(answers(&admin, &foreign), answers(&admin, &absent));
    assert_eq!(lines(&house, &admin, JOE).expect(200).text, "");
}

#[test]
fn only_user_managers_of_the_own_tenant_give_and_see_permissions() {
    let (house, admin, _, device) = with_manager();
    let nobody = house.person("t100", "nobody", &[Role::InventoryRead, Role::InventoryAdmin]);
    let machine = house.device("t100", "device_1");
    let operator = house.admin("management");
    let paths = [format!("{JOE}/permissions"), format!("{JOE}/roles/inventory")];
    for path in &paths {
        house.get(&nobody, path).expect(403);
        house.get(&machine, path).expect(403);
        house.get(&operator, path).expect(404);
    }
    house
        .get(&nobody, &format!("/user/devicePermissions/{device}"))
        .expect(403);
    house
        .get(&operator, &format!("/user/devicePermissions/{device}"))
        .expect(404);
    let owners = house
        .get(&house.admin("t200"), "/user/devicePermissions/*")
        .expect(200)
        .json();
    assert_eq!(owners, json!({ "users": [], "groups": [] }));
    let body = json!({ "users": [{ "userName": "absent", "devicePermissions": { &device: [] } }] });
    on_object(&house, &admin, &device, body).expect(422);
    // One's own permissions are part of oneself.
    let own = house.person("t100", "own", &[Role::UserManagementOwnRead]);
    set_lines(
        &house,
        &admin,
        "/user/t100/users/own",
        &format!("{device}, EVENT, *, READ"),
    )
    .expect(200);
    let shown = house.get(&own, "/user/currentUser").expect(200).json();
    assert_eq!(shown["devicePermissions"], json!({ &device: ["EVENT:*:READ"] }));
    assert_ne!(shown["id"], Value::Null);
}
