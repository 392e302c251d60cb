//! Explanations against reality, over a random tenant.

use super::super::dice::Dice;
use super::{action, effective, hang, object};
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::house::{House, Who};

struct Thing {
    id: String,
    fragments: Vec<&'static str>,
    /// A measurement with the fragment `t` and one with `u`.
    points: [String; 2],
}

struct Tenant {
    house: House,
    dice: Dice,
    users: Vec<Who>,
    things: Vec<Thing>,
}

const ROLES: [Role; 8] = [
    Role::InventoryRead,
    Role::ManagedObjectRead,
    Role::InventoryAdmin,
    Role::MeasurementRead,
    Role::MeasurementAdmin,
    Role::IdentityRead,
    Role::InventoryCreate,
    Role::UserManagementRead,
];

impl Tenant {
    fn new(seed: u64, users: usize, things: usize) -> Self {
        let mut tenant = Self {
            house: House::new(),
            dice: Dice(seed),
            users: Vec::new(),
            things: Vec::new(),
        };
        (0..users).for_each(|number| tenant.add_user(number));
        (0..things).for_each(|number| tenant.add_thing(number));
        tenant.add_groups();
        for place in 0..tenant.users.len() {
            let lines = tenant.rules(8);
            let holder = format!("users/{}", tenant.users[place].name);
            tenant.give(&holder, &lines);
        }
        tenant
    }

    fn add_user(&mut self, number: usize) {
        let mut roles = vec![Role::UserManagementOwnRead];
        while self.dice.roll(3) == 0 {
            roles.push(ROLES[self.dice.roll(ROLES.len())]);
        }
        let who = match self.dice.roll(6) {
            0 => self.house.device("t100", &format!("device_{number}")),
            1 => self
                .house
                .user("t100", &format!("service_{number}"), UserKind::Service, &roles),
            _ => self.house.person("t100", &format!("user{number}"), &roles),
        };
        self.users.push(who);
    }

    fn add_thing(&mut self, number: usize) {
        let admin = self.house.admin("t100");
        let mut body = json!({"name": format!("o{number}")});
        let mut fragments = Vec::new();
        for name in ["a", "b", "c"] {
            if self.dice.roll(4) == 0 {
                body[name] = json!({"of": name});
                fragments.push(name);
            }
        }
        if self.dice.roll(20) == 0 {
            body["c8y_Global"] = json!({});
        }
        if self.dice.roll(2) == 0 {
            body["owner"] = json!(self.users[self.dice.roll(self.users.len())].name);
        }
        let id = object(&self.house, &admin, body);
        let external = json!({"type": "c8y_Serial", "externalId": format!("serial-{id}")});
        self.house
            .post(&admin, &format!("/identity/globalIds/{id}/externalIds"), external)
            .expect(201);
        let points = ["t", "u"].map(|name| {
            let stored = self
                .house
                .post(&admin, "/measurement/measurements", point(&id, name))
                .expect(201);
            stored.json()["id"].as_str().expect("an id").to_owned()
        });
        if !self.things.is_empty() && self.dice.roll(12) > 0 {
            let parent = self.things[self.dice.roll(self.things.len())].id.clone();
            hang(&self.house, &parent, &id);
        }
        self.things.push(Thing {
            id,
            fragments,
            points,
        });
        self.house.world.advance_millis(1_000);
    }

    fn add_groups(&mut self) {
        let admin = self.house.admin("t100");
        for number in 0..6 {
            let body = json!({"name": format!("group{number}")});
            let group = self
                .house
                .post(&admin, "/user/t100/groups", body)
                .expect(201)
                .json()["id"]
                .clone();
            for _ in 0..1 + self.users.len() / 5 {
                let user = self.users[self.dice.roll(self.users.len())].name.clone();
                let body = json!({"user": {"id": user}});
                self.house
                    .post(&admin, &format!("/user/t100/groups/{group}/users"), body)
                    .expect(201);
            }
            let lines = self.rules(4);
            self.give(&format!("groups/{group}"), &lines);
            let permissions: Vec<_> = (0..2).map(|_| self.permission()).collect();
            let body = json!({"name": format!("role{number}"), "permissions": permissions});
            let role = self
                .house
                .post(&admin, "/user/inventoryroles", body)
                .expect(201)
                .json()["id"]
                .clone();
            let user = self.users[self.dice.roll(self.users.len())].name.clone();
            for holder in [format!("groups/{group}"), format!("users/{user}")] {
                let place = self.dice.roll(self.things.len());
                let body = json!({"managedObject": self.things[place].id, "roles": [{"id": role}]});
                self.house
                    .post(&admin, &format!("/user/t100/{holder}/roles/inventory"), body)
                    .expect(200);
            }
        }
    }

    fn permission(&mut self) -> Value {
        let [scope, fragment, level] = self.parts();
        json!({"scope": scope, "type": fragment, "permission": level})
    }

    fn parts(&mut self) -> [&'static str; 3] {
        [
            self.dice
                .one_of(&["MANAGED_OBJECT", "MANAGED_OBJECT", "MEASUREMENT", "EVENT", "*"]),
            self.dice
                .one_of(&["a", "b", "c", "t", "u", "*", "*", "*", "*", "c8y_Global"]),
            self.dice.one_of(&["READ", "READ", "ADMIN", "*"]),
        ]
    }

    fn rules(&mut self, most: usize) -> Vec<String> {
        let count = self.dice.roll(most + 1);
        // The first ones have most below them.
        let high = self.things.len() / 4;
        let mut rules: BTreeSet<String> = BTreeSet::new();
        while rules.len() < count {
            let [scope, fragment, level] = self.parts();
            let place = match self.dice.roll(2) {
                0 => self.dice.roll(high),
                _ => self.dice.roll(self.things.len()),
            };
            let object = match self.dice.roll(25) {
                0 => "*",
                _ => self.things[place].id.as_str(),
            };
            rules.insert(format!("{object}, {scope}, {fragment}, {level}"));
        }
        rules.into_iter().collect()
    }

    fn give(&self, holder: &str, lines: &[String]) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        super::rules(&self.house, holder, &lines);
    }
}

fn point(source: &str, fragment: &str) -> Value {
    let mut body = json!({"source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "t"});
    body[fragment] = json!({"s": {"value": 1}});
    body
}

/// What a user is told about an object, each with what really happens: (action, told, status).
fn compare(tenant: &mut Tenant, who: &Who, place: usize) -> Vec<(&'static str, bool, u16)> {
    let Tenant {
        house, dice, things, ..
    } = tenant;
    let thing = &things[place];
    let (id, number) = (&thing.id, dice.roll(2));
    let fragment = ["t", "u"][number];
    let admin = house.admin("t100");
    let path = effective(&who.name, id);
    let told = house.get(&admin, &path).expect(200).json();
    let with = house
        .get(&admin, &format!("{path}&fragment={fragment}"))
        .expect(200)
        .json();
    let allowed = |told: &Value, scope: &str, name: &str| action(told, scope, name)["allowed"] == true;
    let at = format!("/inventory/managedObjects/{id}");
    let same = match thing.fragments.first() {
        Some(name) => json!({ *name: {"of": name} }),
        None => json!({"name": format!("o{place}")}),
    };
    let series =
        format!("/measurement/measurements/series?source={id}&dateFrom=2026-01-01&dateTo=2027-01-01");
    let status = |method: &str, path: &str, body: Value| house.call(who, method, path, body).status.as_u16();
    let none = || Value::Null;
    let reads = allowed(&told, "MANAGED_OBJECT", "read");
    let names = reads && allowed(&told, "MEASUREMENT", "readNames");
    let done = vec![
        ("read", reads, status("GET", &at, none())),
        (
            "update",
            allowed(&told, "MANAGED_OBJECT", "update"),
            status("PUT", &at, same),
        ),
        (
            "names",
            names,
            status("GET", &format!("{at}/supportedMeasurements"), none()),
        ),
        (
            "series",
            allowed(&told, "MEASUREMENT", "read"),
            status("GET", &series, none()),
        ),
        (
            "external ids",
            allowed(&told, "MANAGED_OBJECT", "readExternalIds"),
            status(
                "GET",
                &format!("/identity/externalIds/c8y_Serial/serial-{id}"),
                none(),
            ),
        ),
        (
            "store",
            allowed(&with, "MEASUREMENT", "store"),
            status("POST", "/measurement/measurements", point(id, fragment)),
        ),
        (
            "point",
            allowed(&with, "MEASUREMENT", "read"),
            status(
                "GET",
                &format!("/measurement/measurements/{}", thing.points[number]),
                none(),
            ),
        ),
    ];
    house.world.advance_millis(1_000);
    done
}

fn wanted() -> usize {
    let set = std::env::var("HOLDFAST_EXPLAIN_CASES").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(2_100)
}

// R043: for random users and objects, what the view says is what happens. HOLDFAST_EXPLAIN_CASES asks for more.
#[test]
fn what_the_view_says_is_what_happens() {
    let cases = wanted();
    let mut tenant = Tenant::new(43, 60, 150);
    let (mut seen, mut allowed) = (0, 0);
    while seen < cases {
        let place = tenant.dice.roll(tenant.things.len());
        let who = tenant.users[tenant.dice.roll(tenant.users.len())].clone();
        for (name, told, status) in compare(&mut tenant, &who, place) {
            let done = (200..300).contains(&status);
            let id = &tenant.things[place].id;
            assert!(done || [403, 404, 422].contains(&status), "{name} {status}");
            assert_eq!(done, told, "{} {name} on {id}: {status}", who.name);
            seen += 1;
            allowed += usize::from(done);
        }
    }
    assert!(
        allowed * 10 > seen && allowed * 10 < seen * 9,
        "one-sided: {allowed} of {seen}"
    );
}

/// The ids that a list shows to somebody.
fn listed(house: &House, who: &Who) -> BTreeSet<String> {
    let list = house
        .get(who, "/inventory/managedObjects?pageSize=2000&withChildren=false")
        .expect(200)
        .json();
    let objects = list["managedObjects"].as_array().expect("objects").iter();
    objects
        .map(|object| object["id"].as_str().expect("an id").to_owned())
        .collect()
}

fn named(effect: &Value) -> BTreeSet<String> {
    let objects = effect["managedObjects"].as_array().expect("objects").iter();
    objects
        .map(|object| object["id"].as_str().expect("an id").to_owned())
        .collect()
}

// R029: what a preview says becomes visible and invisible is what the list shows after the rules are stored.
#[test]
fn a_preview_is_what_the_list_shows_after_saving() {
    let mut tenant = Tenant::new(44, 25, 80);
    let admin = tenant.house.admin("t100");
    let mut moved = 0;
    for _ in 0..25 {
        let who = tenant.users[tenant.dice.roll(tenant.users.len())].clone();
        let held = format!("/user/t100/users/{}/permissions", who.name);
        let stored = tenant.house.get(&admin, &held).expect(200).text;
        let before: Vec<String> = serde_json::from_str::<Value>(&stored).expect("JSON")["rules"]
            .as_array()
            .expect("rules")
            .iter()
            .map(|rule| rule["text"].as_str().expect("a line").to_owned())
            .collect();
        let removed: Vec<_> = before
            .iter()
            .filter(|_| tenant.dice.roll(2) == 0)
            .cloned()
            .collect();
        let mut added = tenant.rules(3);
        let high = tenant.dice.roll(10);
        added.push(format!("{}, MANAGED_OBJECT, *, READ", tenant.things[high].id));
        added.retain(|rule| !before.contains(rule));
        let seen = listed(&tenant.house, &who);
        let body = json!({"subject": {"user": who.name}, "rules": added, "remove": removed});
        let path = "/user/t100/permissions/preview?pageSize=2000";
        let preview = tenant.house.post(&admin, path, body).expect(200).json();
        assert_eq!(
            tenant.house.get(&admin, &held).expect(200).text,
            stored,
            "a preview stores nothing"
        );
        assert_eq!(preview["notHeld"], json!([]));
        let kept = before.iter().filter(|rule| !removed.contains(rule));
        let after: Vec<_> = kept.chain(&added).cloned().collect();
        tenant.give(&format!("users/{}", who.name), &after);
        let now = listed(&tenant.house, &who);
        let changes = preview["changes"].as_array().expect("changes").iter();
        let read = changes
            .filter(|change| change["scope"] == "MANAGED_OBJECT" && change["permission"] == "READ")
            .map(|change| (named(&change["gained"]), named(&change["lost"])))
            .next()
            .unwrap_or_default();
        let really = (&now - &seen, &seen - &now);
        assert_eq!(read, really, "{} +{added:?} -{removed:?}", who.name);
        moved += really.0.len() + really.1.len();
        tenant.house.world.advance_millis(5_000);
    }
    assert!(moved > 20, "nothing was shown: {moved}");
}
