//! Two competing hauliers, each a tenant of its own.

use super::{OBJECTS, POINTS, object, series_of};
use contract::endpoint::{Kind, Method};
use contract::endpoints::Endpoint;
use model::roles::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::house::{House, Reply, Who};

const HAULIERS: [(&str, &str); 2] = [("t100", "canary-north"), ("t200", "canary-south")];
/// A canary that nothing carries, as long as the others.
const NOBODY: &str = "canary-ghost";
const TRUCKS: u32 = 1;

/// What can be named in a request: values by the name of a placeholder or parameter.
type Names = BTreeMap<&'static str, Vec<String>>;

/// What is known of a haulier while it is being made.
#[derive(Default)]
struct Haulier(Names);

impl Haulier {
    fn know(&mut self, of: &[&'static str], value: impl Into<String>) {
        let value = value.into();
        for of in of {
            self.0.entry(of).or_default().push(value.clone());
        }
    }

    fn add_truck(&mut self, house: &House, admin: &Who, canary: &str, number: u32) -> String {
        let truck = json!({
            "name": format!("truck {number} {canary}"), "type": "acme_Tracker9", "c8y_IsDevice": {},
            "c8y_Hardware": {"model": "Tracker 9"}, "c8y_Position": {"lat": 53.5, "lng": 10.0, "road": canary},
        });
        let truck = object(house, admin, truck);
        let serial = json!({"type": "c8y_Serial", "externalId": format!("serial-{number}")});
        house
            .post(admin, &format!("/identity/globalIds/{truck}/externalIds"), serial)
            .expect(201);
        let mut point = json!({"source": {"id": truck}, "time": "2026-11-18T10:00:00Z", "type": "drive"});
        point["c8y_Position"] = json!({"lat": {"value": 53.5, "unit": canary}, "lng": {"value": 10}});
        point[canary] = json!({"speed": {"value": 80}});
        let point = id_of(&house.post(admin, POINTS, point).expect(201));
        let mut event =
            json!({"source": {"id": truck}, "time": "2026-11-18T10:00:00Z", "type": "stop", "text": canary});
        let stop = id_of(&house.post(admin, "/event/events", event.clone()).expect(201));
        event["severity"] = json!("MAJOR");
        let alarm = id_of(&house.post(admin, "/alarm/alarms", event).expect(201));
        self.know(
            &["id", "source", "device", "ids", "childId", "childAssetId"],
            truck.as_str(),
        );
        for id in [point, stop, alarm] {
            self.know(&["id"], id);
        }
        self.know(&["externalId"], format!("serial-{number}"));
        truck
    }

    fn add_customers(&mut self, house: &House, admin: &Who, canary: &str) {
        let users = format!("/user/{}", admin.tenant);
        for customer in ["smith", "jones"] {
            let email = format!("{customer}@{canary}.example");
            let body = json!({"userName": customer, "email": email, "lastName": canary, "sendPasswordResetEmail": true});
            house.post(admin, &format!("{users}/users"), body).expect(201);
            self.know(&["userId", "username", "user", "owner"], customer);
        }
        let account = json!({"userName": "service_maps", "description": canary});
        house
            .post(admin, &format!("{users}/serviceAccounts"), account)
            .expect(201);
        self.know(&["userId"], "service_maps");
        let group = json!({"name": "drivers", "description": canary});
        let group = house.post(admin, &format!("{users}/groups"), group).expect(201);
        self.know(&["groupId"], id_of(&group));
        self.know(&["groupName"], "drivers");
        let role = json!({"name": "watch", "description": canary, "permissions": []});
        let role = house.post(admin, "/user/inventoryroles", role).expect(201);
        self.know(&["id"], id_of(&role));
    }
}

/// A haulier's fleet, customers and settings. Device model, serial numbers, names of users, groups and options are the same
/// for both; what is a haulier's alone carries its canary.
fn fill(house: &House, tenant: &str, canary: &str) -> Names {
    let admin = house.admin(tenant);
    let mut haulier = Haulier::default();
    let fleet = json!({"name": format!("fleet {canary}"), "c8y_IsDeviceGroup": {}});
    let fleet = object(house, &admin, fleet);
    for number in 0..TRUCKS {
        let truck = haulier.add_truck(house, &admin, canary, number);
        let edge = json!({"managedObject": {"id": truck}});
        for edges in ["childAssets", "childDevices", "childAdditions"] {
            house
                .post(&admin, &format!("{OBJECTS}/{fleet}/{edges}"), edge.clone())
                .expect(201);
        }
    }
    haulier.know(&["id"], fleet);
    haulier.add_customers(house, &admin, canary);
    let project = json!({"name": format!("tour {canary}")});
    let project = house.post(&admin, "/inventory/projects", project).expect(201);
    haulier.know(&["id"], id_of(&project));
    let option = json!({"category": "tours", "key": "start", "value": canary});
    house.post(&admin, "/tenant/options", option).expect(200);
    let record = json!({"type": "Inventory", "activity": canary, "text": canary, "time": "2026-11-18T10:00:00Z",
        "source": {"id": "1"}});
    house.post(&admin, "/audit/auditRecords", record).expect(201);
    for (of, value) in [
        ("category", "tours"),
        ("key", "start"),
        ("type", "c8y_Serial"),
        ("tenantId", tenant),
    ] {
        haulier.know(&[of], value);
    }
    haulier.0
}

fn id_of(reply: &Reply) -> String {
    match &reply.json()["id"] {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    }
}

/// Every kind of user that a haulier has.
fn users(house: &House, tenant: &str) -> Vec<Who> {
    let reads: Vec<_> = Role::ALL
        .iter()
        .copied()
        .filter(|role| role.name().ends_with("_READ") && !role.is_platform_role())
        .collect();
    vec![
        house.admin(tenant),
        house.person(tenant, "reader", &reads),
        house.person(tenant, "creator", &[Role::InventoryCreate]),
        house.device(tenant, "device_truck"),
        house.person(tenant, "nobody", &[]),
    ]
}

/// All that is known by this name, or else all ids.
fn known<'n>(names: &'n [Names; 2], of: &str) -> Vec<&'n String> {
    let of = match names[0].contains_key(of) {
        true => of,
        false => "id",
    };
    names.iter().flat_map(|names| &names[of]).collect()
}

/// The path of an endpoint with all names in it, own ones and the competitor's, in all combinations.
fn paths(endpoint: Endpoint, names: &[Names; 2]) -> Vec<String> {
    let mut paths = vec![endpoint.declaration().path.to_owned()];
    while let Some((before, rest)) = paths[0].split_once('{') {
        let place = format!("{{{}}}", rest.split_once('}').expect("a closed place").0);
        assert!(!before.contains('}'));
        let values = match &place[1..place.len() - 1] {
            "name" | "roleId" => vec!["ROLE_INVENTORY_READ".to_owned()],
            of => known(names, of).into_iter().cloned().collect(),
        };
        let put = |path: &String| -> Vec<String> {
            let put = |value: &String| path.replace(&place, value);
            values.iter().map(put).collect()
        };
        paths = paths.iter().flat_map(put).collect();
    }
    paths
}

/// The queries of an endpoint: with what it needs, and with each of its other parameters, by name and by canary.
fn queries(endpoint: Endpoint, names: &[Names; 2]) -> Vec<String> {
    let parameters = || endpoint.declaration().query.iter().flat_map(|group| group.iter());
    let mut queries = vec!["pageSize=100".to_owned()];
    for parameter in parameters().filter(|parameter| parameter.required) {
        let values = match parameter.name {
            "dateFrom" => vec!["2026-01-01".to_owned()],
            "dateTo" => vec!["2027-01-01".to_owned()],
            "first" => vec!["1".to_owned()],
            of => known(names, of).into_iter().cloned().collect(),
        };
        let put = |query: &String| -> Vec<String> {
            let put = |value: &String| format!("{query}&{}={value}", parameter.name);
            values.iter().map(put).collect()
        };
        queries = queries.iter().flat_map(put).collect();
    }
    let first = queries[0].clone();
    for parameter in parameters().filter(|parameter| !parameter.required) {
        let mut values: Vec<_> = known(names, parameter.name).into_iter().cloned().collect();
        values.extend(HAULIERS.map(|(_, canary)| canary.to_owned()));
        if parameter.kind == Kind::Bool {
            values = vec!["true".to_owned()];
        }
        let put = |value: &String| format!("{first}&{}={value}", parameter.name);
        queries.extend(values.iter().map(put));
    }
    queries
}

/// All that is asked of an endpoint: every path as it is, one path of each haulier with every query.
fn requests(endpoint: Endpoint, names: &[Names; 2]) -> Vec<String> {
    let (paths, queries) = (paths(endpoint, names), queries(endpoint, names));
    let last = paths.len() - 1;
    let all = paths.iter().enumerate().flat_map(|(place, path)| {
        let some = match place == 0 || place == last {
            true => &queries[..],
            false => &queries[..1],
        };
        some.iter().map(move |query| format!("{path}?{query}"))
    });
    all.collect()
}

// R116 R115 R025 R007: whatever is asked, with own names or with those of the competitor, nothing of one haulier's trucks,
// positions, customers and settings is in any byte that somebody of the other receives.
#[test]
fn two_competing_hauliers_never_receive_a_byte_of_each_other() {
    let house = House::new();
    let names = HAULIERS.map(|(tenant, canary)| fill(&house, tenant, canary));
    let (mut asked, mut own) = (0, 0);
    for ((tenant, canary), (_, foreign)) in [(HAULIERS[0], HAULIERS[1]), (HAULIERS[1], HAULIERS[0])] {
        let users = users(&house, tenant);
        let gets = Endpoint::all().filter(|endpoint| endpoint.declaration().method == Method::Get);
        for path in gets.flat_map(|endpoint| requests(endpoint, &names)) {
            for who in &users {
                let reply = house.get(who, &path);
                assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text);
                let seen = format!("{:?} {}", reply.headers, reply.text);
                if seen.contains(foreign) {
                    // Only what was sent may come back: then the answer is that to the name of nobody.
                    assert!(
                        path.contains(foreign),
                        "{tenant}/{} gets {path}: {seen}",
                        who.name
                    );
                    let nobody = house.get(who, &path.replace(foreign, NOBODY));
                    let nobody = format!("{:?} {}", nobody.headers, nobody.text);
                    assert_eq!(seen, nobody.replace(NOBODY, foreign), "{}", who.name);
                }
                asked += 1;
                own += usize::from(seen.contains(canary));
            }
            house.world.advance_millis(50);
        }
    }
    assert!(asked > 3_000 && own > 300, "too little was asked: {asked}, {own}");
}

// R116: the trucks are found by their owners, so that the test before looks for something.
#[test]
fn each_haulier_finds_its_own_trucks_by_the_shared_names() {
    let house = House::new();
    for (tenant, canary) in HAULIERS {
        fill(&house, tenant, canary);
    }
    for (tenant, canary) in HAULIERS {
        let admin = house.admin(tenant);
        let found = house
            .get(&admin, "/identity/externalIds/c8y_Serial/serial-0")
            .expect(200)
            .json();
        let truck = found["managedObject"]["id"].as_str().expect("an id");
        let shown = house
            .get(&admin, &format!("{OBJECTS}/{truck}"))
            .expect(200)
            .json();
        assert_eq!(shown["c8y_Position"]["road"], canary);
        let series = house.get(&admin, &series_of(truck)).expect(200).text;
        assert!(series.contains(canary), "{series}");
        let list = format!("{OBJECTS}?type=acme_Tracker9&withTotalElements=true");
        let list = house.get(&admin, &list).expect(200).json();
        assert_eq!(list["statistics"]["totalElements"], TRUCKS);
        let smith = house
            .get(&admin, &format!("/user/{tenant}/users/smith"))
            .expect(200)
            .json();
        assert_eq!(smith["lastName"], canary);
    }
}
