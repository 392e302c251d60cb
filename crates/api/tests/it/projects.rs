//! Projects: sandboxed parts of a tenant, with members of their own (R117, R118).

use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

/// Two projects of one tenant, and who has what to do with them.
struct Plant {
    house: House,
    admin: Who,
    /// Member of the project `north`, with every right there.
    north_member: Who,
    /// Member of the other one.
    south_member: Who,
    /// Every role for objects and their data, and a member of nothing.
    manager: Who,
    north: String,
    south: String,
}

const ROLES: [Role; 6] = [
    Role::InventoryRead,
    Role::InventoryAdmin,
    Role::MeasurementRead,
    Role::MeasurementAdmin,
    Role::IdentityRead,
    Role::IdentityAdmin,
];

fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().expect("an id").to_owned()
}

fn point(source: &str) -> Value {
    json!({
        "source": { "id": source }, "time": "2026-11-20T10:00:00Z", "type": "t", "flow": { "v": { "value": 7 } }
    })
}

fn number(reply: &Reply) -> u64 {
    reply.text.parse().expect("a number")
}

impl Plant {
    fn new() -> Self {
        let house = House::new();
        let admin = house.admin("t100");
        let make = |name: &str| {
            id(&house
                .post(&admin, "/inventory/projects", json!({ "name": name }))
                .expect(201))
        };
        let (north, south) = (make("north"), make("south"));
        let member = |name: &str, of: &str| {
            let who = house.person("t100", name, &[]);
            house.grant(&who, &[&format!("{of}, *, *, *")]);
            who
        };
        let (north_member, south_member) = (member("nora", &north), member("sue", &south));
        let manager = house.person("t100", "manager", &ROLES);
        Self {
            house,
            admin,
            north_member,
            south_member,
            manager,
            north,
            south,
        }
    }

    /// A new object of the administrator in a project, with a measurement and an external id.
    fn device_in(&self, project: &str, name: &str) -> String {
        let path = format!("/inventory/projects/{project}/managedObjects");
        let body = json!({ "name": name, "type": "pump", "c8y_IsDevice": {} });
        let device = id(&self.house.post(&self.admin, &path, body).expect(201));
        self.equip(&device, name);
        device
    }

    /// The same outside of projects.
    fn device_outside(&self, name: &str) -> String {
        let body = json!({ "name": name, "type": "pump", "c8y_IsDevice": {} });
        let device = id(&self
            .house
            .post(&self.admin, "/inventory/managedObjects", body)
            .expect(201));
        self.equip(&device, name);
        device
    }

    fn equip(&self, device: &str, name: &str) {
        let post = |path: &str, body| self.house.post(&self.admin, path, body).expect(201);
        post("/measurement/measurements", point(device));
        let path = format!("/identity/globalIds/{device}/externalIds");
        post(&path, json!({ "type": "serial", "externalId": name }));
    }

    fn read(&self, who: &Who, object: &str) -> u16 {
        self.house
            .get(who, &format!("/inventory/managedObjects/{object}"))
            .status
            .as_u16()
    }

    fn link(&self, who: &Who, parent: &str, child: &str) -> Reply {
        let path = format!("/inventory/managedObjects/{parent}/childDevices");
        self.house
            .post(who, &path, json!({ "managedObject": { "id": child } }))
    }

    fn move_to(&self, who: &Who, object: &str, project: Option<&str>) -> Reply {
        let project = project.map(|id| json!({ "id": id }));
        let path = format!("/inventory/managedObjects/{object}/project");
        self.house.put(who, &path, json!({ "project": project }))
    }

    fn count(&self, who: &Who) -> u64 {
        number(
            &self
                .house
                .get(who, "/inventory/managedObjects/count?type=pump")
                .expect(200),
        )
    }
}

/// The sources of the measurements that somebody is shown in a list.
fn sources(plant: &Plant, who: &Who) -> Vec<String> {
    let found = plant
        .house
        .get(who, "/measurement/measurements?pageSize=100")
        .expect(200)
        .json();
    let list = found["measurements"].as_array().expect("measurements").iter();
    list.map(|found| found["source"]["id"].as_str().expect("an id").to_owned())
        .collect()
}

// R117 R118: the member, the member of another project, the holder of every role, the administrator.
#[test]
fn a_project_is_open_to_its_members_and_to_nobody_by_a_role() {
    let plant = Plant::new();
    let house = &plant.house;
    let pump = plant.device_in(&plant.north, "pump-1");
    let spare = plant.device_in(&plant.north, "pump-2");
    let at = format!("/inventory/managedObjects/{pump}");
    for (who, inside) in [
        (&plant.north_member, true),
        (&plant.admin, true),
        (&plant.south_member, false),
        (&plant.manager, false),
    ] {
        let expected = |allowed: u16| if inside { allowed } else { 404 };
        let get = |path: &str| house.get(who, path).status.as_u16();
        assert_eq!(get(&at), expected(200));
        assert_eq!(get(&format!("{at}/childDevices")), expected(200));
        assert_eq!(get(&format!("{at}/supportedMeasurements")), expected(200));
        assert_eq!(get("/identity/externalIds/serial/pump-1"), expected(200));
        assert_eq!(
            get(&format!("/identity/globalIds/{pump}/externalIds")),
            expected(200)
        );
        let series =
            format!("/measurement/measurements/series?source={pump}&dateFrom=2026-01-01&dateTo=2027-01-01");
        assert_eq!(get(&series), expected(200));
        assert_eq!(
            get(&format!("/inventory/projects/{}", plant.north)),
            expected(200)
        );
        let change = house.put(who, &at, json!({ "note": { "by": who.authorization().len() } }));
        assert_eq!(change.status.as_u16(), expected(200));
        assert_eq!(plant.link(who, &pump, &spare).status.as_u16(), expected(201));
        let stored = house.post(who, "/measurement/measurements", point(&pump));
        assert_eq!(stored.status.as_u16(), if inside { 201 } else { 422 });
        assert_eq!(plant.count(who), if inside { 2 } else { 0 });
        assert_eq!(sources(&plant, who).is_empty(), !inside);
        let csv = house
            .request(who, "GET", "/measurement/measurements")
            .header("accept", "text/csv");
        assert_eq!(
            house.send(csv, Value::Null).expect(200).text.contains(&pump),
            inside
        );
        let found = house
            .get(who, "/inventory/managedObjects?text=pump-1")
            .expect(200)
            .json();
        assert_eq!(
            found["managedObjects"].as_array().map(Vec::len),
            Some(usize::from(inside))
        );
        let below = format!("/inventory/managedObjects?query=isinhierarchyof({pump})");
        let below = house.get(who, &below).expect(200).json();
        assert_eq!(below["managedObjects"] == json!([]), !inside);
    }
    // Deleting by filter is for the role, and the role ends at the project.
    let all = "/measurement/measurements?dateFrom=2000-01-01";
    house.delete(&plant.manager, all).expect(204);
    house.delete(&plant.south_member, all).expect(403);
    house.delete(&plant.north_member, all).expect(403);
    assert!(!sources(&plant, &plant.north_member).is_empty());
    house.delete(&plant.admin, all).expect(204);
    assert!(sources(&plant, &plant.admin).is_empty());
    for (who, expected) in [
        (&plant.manager, 404),
        (&plant.south_member, 404),
        (&plant.north_member, 204),
    ] {
        assert_eq!(
            house
                .delete(who, &format!("/inventory/managedObjects/{spare}"))
                .status
                .as_u16(),
            expected
        );
    }
}

// R118: what lies outside is as it was before there were projects.
#[test]
fn outside_of_projects_roles_count_and_members_have_nothing() {
    let plant = Plant::new();
    let pump = plant.device_outside("pump-1");
    plant.device_in(&plant.north, "pump-2");
    assert_eq!(plant.read(&plant.manager, &pump), 200);
    assert_eq!(plant.read(&plant.north_member, &pump), 404);
    assert_eq!(plant.count(&plant.manager), 1);
    assert_eq!(plant.count(&plant.admin), 2);
    assert_eq!(sources(&plant, &plant.manager), [pump.as_str()]);
    // What lies in a project, as far as it is shown.
    let in_north = |who: &Who| {
        let path = format!("/inventory/managedObjects/count?project={}", plant.north);
        number(&plant.house.get(who, &path).expect(200))
    };
    assert_eq!([&plant.admin, &plant.north_member].map(in_north), [1, 1]);
    assert_eq!([&plant.manager, &plant.south_member].map(in_north), [0, 0]);
    // A role outside and a membership add up, in every list.
    plant
        .house
        .grant(&plant.manager, &[&format!("{}, *, *, READ", plant.north)]);
    assert_eq!(plant.count(&plant.manager), 2);
    assert_eq!(sources(&plant, &plant.manager).len(), 2);
}

// R115: a foreign project answers byte for byte like one that does not exist, for everything that names one.
#[test]
fn a_foreign_project_looks_like_a_missing_one() {
    let plant = Plant::new();
    let pump = plant.device_in(&plant.north, "pump-1");
    let mine = plant.device_in(&plant.south, "pump-2");
    let (house, missing) = (&plant.house, "8000000000000001");
    let ask = |who: &Who, id: &str| {
        let project = format!("/inventory/projects/{id}");
        let object = format!("/inventory/managedObjects/{id}");
        let replies = [
            house.get(who, &project),
            house.put(who, &project, json!({ "name": "x" })),
            house.delete(who, &project),
            house.post(who, &format!("{project}/managedObjects"), json!({ "name": "x" })),
            house.get(who, &object),
            house.put(who, &object, json!({ "name": "x" })),
            house.delete(who, &object),
            plant.move_to(who, id, None),
            plant.move_to(who, id, Some(&plant.south)),
            plant.move_to(who, &mine, Some(id)),
            plant.link(who, &mine, id),
            plant.link(who, id, &mine),
        ];
        replies.map(|reply| (reply.status, reply.text.replace(id, "ID")))
    };
    for who in [&plant.south_member, &plant.manager] {
        let absent = ask(who, missing);
        assert_eq!(ask(who, &plant.north), absent);
        assert_eq!(ask(who, &pump), absent);
    }
    assert_eq!(plant.read(&plant.north_member, &pump), 200);
}

// R117: moved with its data and all below it; who had it loses it with the next request.
#[test]
fn a_move_changes_who_has_access_at_the_next_request() {
    let plant = Plant::new();
    let house = &plant.house;
    let pump = plant.device_in(&plant.north, "pump-1");
    let sensor = plant.device_in(&plant.north, "pump-2");
    plant.link(&plant.admin, &pump, &sensor).expect(201);
    // A member of both would be needed, or an administrator.
    plant
        .move_to(&plant.north_member, &pump, Some(&plant.south))
        .expect(422);
    plant
        .move_to(&plant.south_member, &pump, Some(&plant.south))
        .expect(404);
    plant.move_to(&plant.north_member, &pump, None).expect(403);
    let moved = plant
        .move_to(&plant.admin, &pump, Some(&plant.south))
        .expect(200)
        .json();
    assert_eq!(moved["c8y_Project"]["id"], json!(plant.south));
    for object in [&pump, &sensor] {
        assert_eq!(plant.read(&plant.north_member, object), 404);
        assert_eq!(plant.read(&plant.south_member, object), 200);
    }
    assert_eq!(
        (plant.count(&plant.north_member), plant.count(&plant.south_member)),
        (0, 2)
    );
    assert!(sources(&plant, &plant.north_member).is_empty());
    assert_eq!(sources(&plant, &plant.south_member).len(), 2);
    let records = house
        .get(
            &plant.admin,
            &format!("/audit/auditRecords?source={sensor}&pageSize=100"),
        )
        .expect(200)
        .json();
    let record = records["auditRecords"].as_array().expect("records").iter();
    let mut moves = record.filter(|record| record["activity"] == "Managed object moved");
    let record = moves.next().expect("a record of the move").to_string();
    assert!(
        record.contains(&plant.north) && record.contains(&plant.south),
        "{record}"
    );
    // Out of every project: the roles of the tenant count again.
    plant.move_to(&plant.admin, &pump, None).expect(200);
    assert_eq!(plant.read(&plant.south_member, &sensor), 404);
    assert_eq!(plant.read(&plant.manager, &sensor), 200);
    // A member who may create outside as well takes an object in and out.
    house.grant(&plant.manager, &[&format!("{}, *, *, *", plant.north)]);
    plant
        .move_to(&plant.manager, &pump, Some(&plant.north))
        .expect(200);
    assert_eq!(plant.read(&plant.north_member, &sensor), 200);
    plant.move_to(&plant.manager, &pump, None).expect(200);
}

#[test]
fn what_hangs_below_something_that_stays_is_not_moved() {
    let plant = Plant::new();
    let [group, pump, sensor, shelf] = ["g", "p", "s", "h"].map(|name| plant.device_in(&plant.north, name));
    plant.link(&plant.admin, &group, &pump).expect(201);
    plant.link(&plant.admin, &pump, &sensor).expect(201);
    let refused = plant.move_to(&plant.admin, &pump, Some(&plant.south)).expect(409);
    assert!(refused.text.contains(&group), "{}", refused.text);
    plant
        .house
        .delete(
            &plant.admin,
            &format!("/inventory/managedObjects/{group}/childDevices/{pump}"),
        )
        .expect(204);
    plant.link(&plant.admin, &shelf, &sensor).expect(201);
    let refused = plant.move_to(&plant.admin, &pump, Some(&plant.south)).expect(409);
    assert!(
        refused.text.contains(&sensor) && refused.text.contains(&shelf),
        "{}",
        refused.text
    );
    plant
        .house
        .delete(
            &plant.admin,
            &format!("/inventory/managedObjects/{shelf}/childDevices/{sensor}"),
        )
        .expect(204);
    plant.move_to(&plant.admin, &pump, Some(&plant.south)).expect(200);
    // What stays is named only to those who may know of it.
    let [group, pump] = ["g2", "p2"].map(|name| plant.device_in(&plant.north, name));
    plant.link(&plant.admin, &group, &pump).expect(201);
    plant.house.grant(
        &plant.south_member,
        &[&format!("{}, *, *, *", plant.south), &format!("{pump}, *, *, *")],
    );
    let refused = plant
        .move_to(&plant.south_member, &pump, Some(&plant.south))
        .expect(409);
    assert!(!refused.text.contains(&group), "{}", refused.text);
}

#[test]
fn no_edge_leads_out_of_a_project() {
    let plant = Plant::new();
    let (north, south) = (
        plant.device_in(&plant.north, "n"),
        plant.device_in(&plant.south, "s"),
    );
    let outside = plant.device_outside("o");
    for kind in ["childDevices", "childAssets", "childAdditions"] {
        for (parent, child) in [
            (&north, &south),
            (&outside, &north),
            (&north, &outside),
            (&plant.north, &plant.south),
            (&north, &plant.north),
            (&outside, &plant.north),
        ] {
            let path = format!("/inventory/managedObjects/{parent}/{kind}");
            let body = json!({ "managedObject": { "id": child } });
            plant.house.post(&plant.admin, &path, body).expect(422);
        }
    }
    // What is created below an object lies in its project.
    let path = format!("/inventory/managedObjects/{north}/childDevices");
    let child = plant
        .house
        .post(&plant.north_member, &path, json!({ "name": "below" }))
        .expect(201);
    assert_eq!(child.json()["c8y_Project"]["id"], json!(plant.north));
    assert_eq!(plant.read(&plant.manager, &id(&child)), 404);
    plant.link(&plant.admin, &plant.north, &north).expect(201);
}

// R117: exact, at and just over; the members cannot change it.
#[test]
fn a_project_holds_as_many_objects_as_its_quota_says() {
    let plant = Plant::new();
    let house = &plant.house;
    let project = format!("/inventory/projects/{}", plant.north);
    let pump = plant.device_in(&plant.north, "pump-1");
    house
        .put(&plant.north_member, &project, json!({ "maxObjects": 9 }))
        .expect(403);
    let shown = house
        .put(&plant.admin, &project, json!({ "maxObjects": 2 }))
        .expect(200)
        .json();
    assert_eq!(
        (&shown["maxObjects"], &shown["objectCount"]),
        (&json!(2), &json!(1))
    );
    // The same once more changes nothing, and is no fault.
    let again = house.put(&plant.admin, &project, json!({ "maxObjects": 2 }));
    assert_eq!(again.expect(200).json(), shown);
    let create = || {
        house.post(
            &plant.north_member,
            &format!("{project}/managedObjects"),
            json!({ "name": "x" }),
        )
    };
    let second = id(&create().expect(201));
    create().expect(409);
    let below = format!("/inventory/managedObjects/{pump}/childAssets");
    house
        .post(&plant.north_member, &below, json!({ "name": "x" }))
        .expect(409);
    let other = plant.device_in(&plant.south, "pump-2");
    plant
        .move_to(&plant.admin, &other, Some(&plant.north))
        .expect(409);
    assert_eq!(
        house.get(&plant.admin, &project).expect(200).json()["objectCount"],
        2
    );
    house
        .delete(
            &plant.north_member,
            &format!("/inventory/managedObjects/{second}"),
        )
        .expect(204);
    plant
        .move_to(&plant.admin, &other, Some(&plant.north))
        .expect(200);
    create().expect(409);
    // Lowered, it keeps what it holds; without one there is no bound.
    house
        .put(&plant.admin, &project, json!({ "maxObjects": 1 }))
        .expect(200);
    assert_eq!(plant.read(&plant.north_member, &other), 200);
    create().expect(409);
    let shown = house
        .put(&plant.admin, &project, json!({ "maxObjects": null }))
        .expect(200)
        .json();
    assert_eq!(
        (&shown["maxObjects"], &shown["objectCount"]),
        (&Value::Null, &json!(2))
    );
    create().expect(201);
}

#[test]
fn projects_are_listed_changed_and_deleted() {
    let plant = Plant::new();
    let house = &plant.house;
    let names = |who: &Who| {
        let found = house
            .get(who, "/inventory/projects?withTotalElements=true")
            .expect(200)
            .json();
        let list = found["projects"].as_array().expect("projects").iter();
        let names: Vec<_> = list
            .map(|found| found["name"].as_str().expect("a name").to_owned())
            .collect();
        assert_eq!(found["statistics"]["totalElements"], json!(names.len()));
        names
    };
    assert_eq!(names(&plant.admin), ["north", "south"]);
    assert_eq!(names(&plant.north_member), ["north"]);
    assert_eq!(names(&plant.manager), Vec::<String>::new());
    let at = format!("/inventory/projects/{}", plant.north);
    let changed = house
        .put(
            &plant.north_member,
            &at,
            json!({ "name": "n", "description": "d" }),
        )
        .expect(200)
        .json();
    assert_eq!(
        (&changed["name"], &changed["description"]),
        (&json!("n"), &json!("d"))
    );
    house
        .post(&plant.north_member, "/inventory/projects", json!({ "name": "x" }))
        .expect(403);
    // Its creator owns its object, and has nothing of what is in it.
    let own = id(&house
        .post(&plant.manager, "/inventory/projects", json!({ "name": "own" }))
        .expect(201));
    let inside = plant.device_in(&own, "inside");
    assert_eq!(names(&plant.manager), ["own"]);
    assert_eq!(plant.read(&plant.manager, &inside), 404);
    // With something in it only on demand, and then as any cascade: each object is decided for itself.
    let own = format!("/inventory/projects/{own}");
    house.delete(&plant.manager, &own).expect(409);
    house
        .delete(&plant.manager, &format!("{own}?cascade=true"))
        .expect(403);
    house.delete(&plant.admin, &own).expect(409);
    house
        .delete(&plant.admin, &own.replace("projects", "managedObjects"))
        .expect(409);
    house
        .delete(&plant.admin, &format!("{own}?cascade=true"))
        .expect(204);
    assert_eq!(
        (plant.read(&plant.admin, &inside), names(&plant.manager)),
        (404, Vec::new())
    );
    // An object is no project, whatever it calls itself.
    let pump = plant.device_outside("pump");
    let kind = json!({ "type": "c8y_Project" });
    house
        .post(&plant.admin, "/inventory/managedObjects", kind.clone())
        .expect(422);
    house
        .put(&plant.admin, &format!("/inventory/managedObjects/{pump}"), kind)
        .expect(422);
    house
        .get(&plant.admin, &format!("/inventory/projects/{pump}"))
        .expect(404);
    plant.move_to(&plant.admin, &pump, Some(&pump)).expect(422);
    plant
        .move_to(&plant.admin, &plant.north, Some(&plant.south))
        .expect(422);
}

// R037 R046 R118: what else is held for the whole tenant.
#[test]
fn global_objects_ownership_and_transfers_stay_within_the_project() {
    let plant = Plant::new();
    let house = &plant.house;
    let device = house.device("t100", "device_7");
    let body = json!({ "c8y_IsDevice": {}, "type": "pump" });
    let own = id(&house.post(&device, "/inventory/managedObjects", body).expect(201));
    plant.move_to(&plant.admin, &own, Some(&plant.north)).expect(200);
    // The device goes on as before, and what it makes below itself lies in the project.
    house
        .post(&device, "/measurement/measurements", point(&own))
        .expect(201);
    let path = format!("/inventory/managedObjects/{own}/childDevices");
    let child = house
        .post(&device, &path, json!({ "c8y_IsDevice": {} }))
        .expect(201)
        .json();
    assert_eq!(child["c8y_Project"]["id"], json!(plant.north));
    let path = format!("/inventory/projects/{}/managedObjects", plant.north);
    let shared = id(&house
        .post(&plant.admin, &path, json!({ "c8y_Global": {}, "type": "pump" }))
        .expect(201));
    let reader = house.person("t100", "reader", &[]);
    for (who, expected) in [
        (&plant.north_member, 200),
        (&plant.south_member, 404),
        (&plant.manager, 404),
        (&reader, 404),
    ] {
        assert_eq!(plant.read(who, &shared), expected);
        assert_eq!(plant.count(who), if expected == 200 { 2 } else { 0 });
    }
    house.grant(&reader, &[&format!("{}, ALARM, x, READ", plant.north)]);
    assert_eq!((plant.read(&reader, &shared), plant.count(&reader)), (200, 1));
    // The right to give objects away is one for the whole tenant.
    house.grant(
        &plant.manager,
        &[&format!("{}, MANAGED_OBJECT, *, *", plant.north)],
    );
    let give = json!({ "owner": "manager" });
    let at = format!("/inventory/managedObjects/{own}");
    house.put(&plant.manager, &at, give.clone()).expect(403);
    house.put(&plant.admin, &at, give).expect(200);
}
