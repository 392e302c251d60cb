//! A random history of two tenants: requests of many kinds by callers of many kinds, with things of the own tenant, of
//! the other one, and of nobody.

use super::super::dice::Dice;
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::house::{House, Reply, Who};

/// Whose answers are compared, and who is there or not.
const TENANTS: [&str; 2] = ["t100", "t200"];
const CALLERS: [&str; 6] = ["admin", "reader", "creator", "device_1", "watcher", "nobody"];
/// A tenant's ids and stream numbers come from blocks that it leases; which block is next follows from what all tenants
/// leased before. So a history stays within one block, and each tenant begins its large block of streams before it.
const STREAMS_BEFORE: usize = 17;
const STEPS: usize = 700;

/// One request, as it was sent.
#[derive(Debug)]
pub(super) struct Step {
    /// Places in `TENANTS` and `CALLERS`.
    caller: (usize, usize),
    password: Option<&'static str>,
    accept: &'static str,
    method: &'static str,
    path: String,
    body: Value,
    pub(super) pause_millis: i64,
}

impl Step {
    pub(super) fn is_of_a(&self) -> bool {
        self.caller.0 == 0
    }

    pub(super) fn ask(&self, house: &House) -> Reply {
        let (tenant, name) = (TENANTS[self.caller.0], CALLERS[self.caller.1]);
        let who = house.admin(tenant);
        let who = Who::new(tenant, name, self.password.unwrap_or(&who.password));
        let request = house
            .request(&who, self.method, &self.path)
            .header("accept", self.accept);
        house.send(request, self.body.clone())
    }
}

/// The callers of both tenants and their first things: the same before every history.
pub(super) fn prepare(house: &House) {
    const READER: [Role; 7] = [
        Role::AuditRead,
        Role::IdentityRead,
        Role::InventoryRead,
        Role::MeasurementRead,
        Role::OptionManagementRead,
        Role::UserManagementRead,
        Role::UserManagementOwnRead,
    ];
    for tenant in TENANTS {
        let admin = house.admin(tenant);
        house.person(tenant, "reader", &READER);
        house.person(tenant, "creator", &[Role::InventoryCreate]);
        house.user(tenant, "device_1", UserKind::Device, &[Role::InventoryCreate]);
        let watcher = house.person(tenant, "watcher", &[Role::UserManagementOwnRead]);
        house.person(tenant, "nobody", &[]);
        let first = json!({"name": "first", "c8y_IsDeviceGroup": {}});
        let first = house
            .post(&admin, "/inventory/managedObjects", first)
            .expect(201)
            .json();
        let first = first["id"].as_str().expect("an id");
        let rule = format!("{first}, *, *, READ");
        house.grant(&watcher, &[&rule]);
        for place in 0..STREAMS_BEFORE {
            let mut point = measurement(first, "f");
            point["type"] = json!(format!("before{place}"));
            house.post(&admin, "/measurement/measurements", point).expect(201);
        }
    }
}

fn measurement(source: &str, fragment: &str) -> Value {
    let mut body = json!({"source": {"id": source}, "time": "2026-11-18T00:00:00Z", "type": "t"});
    body[fragment] = json!({"s": {"value": 1, "unit": "C"}});
    body
}

/// The ids and names of one tenant's things, by their kind.
type Known = BTreeMap<&'static str, Vec<String>>;

/// A request that is still without a caller: what it makes if it is done, method, path and body.
type Draft = (Option<&'static str>, &'static str, String, Value);

/// What the thing that a request made is called.
fn name_of(kind: &str, sent: &Value, answer: &Value) -> Option<String> {
    let named = |property: &str| sent[property].as_str().map(str::to_owned);
    match (kind, &answer["id"]) {
        ("user" | "service", _) => named("userName"),
        (_, Value::String(id)) => Some(id.clone()),
        (_, Value::Number(id)) => Some(id.to_string()),
        _ => None,
    }
}

/// The making of a history: everything happens while it is drawn, so that later steps can name what earlier ones made.
pub(super) struct History {
    house: House,
    dice: Dice,
    known: [Known; 2],
    steps: Vec<Step>,
}

impl History {
    pub(super) fn random(dice: Dice) -> Vec<Step> {
        let mut history = Self {
            house: House::new(),
            dice,
            known: Default::default(),
            steps: Vec::new(),
        };
        prepare(&history.house);
        for _ in 0..STEPS {
            history.step();
        }
        history.steps
    }

    fn step(&mut self) {
        let tenant = self.dice.roll(2);
        // Half of everything is done by the administrator, so that there are things.
        let caller = match self.dice.roll(2) {
            0 => 0,
            _ => self.dice.roll(CALLERS.len()),
        };
        let (makes, method, path, body) = match self.dice.roll(10) {
            0..3 => self.creation(tenant),
            3 => self.change_of_object(tenant),
            4 => self.change_of_user(tenant),
            _ => (None, "GET", self.question(tenant), Value::Null),
        };
        let step = Step {
            caller: (tenant, caller),
            password: (self.dice.roll(60) == 0).then_some("a wrong one"),
            accept: self
                .dice
                .one_of(&["text/csv", "application/json", "*/*", "*/*", "*/*"]),
            method,
            path,
            body,
            pause_millis: [0, 1, 250, 70_000][self.dice.roll(4)],
        };
        let reply = step.ask(&self.house);
        assert!(reply.status.as_u16() < 500, "{step:?}: {}", reply.text);
        if let (Some(kind), 201) = (makes, reply.status.as_u16()) {
            let name = name_of(kind, &step.body, &reply.json());
            self.known[tenant].entry(kind).or_default().extend(name);
        }
        self.house.world.advance_millis(step.pause_millis);
        self.steps.push(step);
    }

    /// Something of this kind: mostly the tenant's own, sometimes the other's, sometimes nobody's.
    fn some(&mut self, tenant: usize, kind: &'static str) -> String {
        let of = match self.dice.roll(10) {
            0..7 => tenant,
            7..9 => 1 - tenant,
            _ => return (8_000_000_000 + self.dice.roll(5)).to_string(),
        };
        let all = self.known[of].get(kind).map_or(&[][..], Vec::as_slice);
        match all.len() {
            0 => "4711".to_owned(),
            some => all[self.dice.roll(some)].clone(),
        }
    }

    /// Mostly the own tenant's id.
    fn tenant(&mut self, tenant: usize) -> &'static str {
        match self.dice.roll(8) {
            0 => TENANTS[1 - tenant],
            _ => TENANTS[tenant],
        }
    }

    /// One of few, so that both tenants use the same ones.
    fn name(&mut self, of: &str) -> String {
        format!("{of}-{}", self.dice.roll(12))
    }

    fn creation(&mut self, tenant: usize) -> Draft {
        let object = self.some(tenant, "object");
        let at = self.tenant(tenant);
        let (makes, path, body) = match self.dice.roll(14) {
            0..4 => {
                let mut body = json!({"name": self.name("thing"), "type": self.name("type")});
                let fragment = self
                    .dice
                    .one_of(&["a", "b", "c8y_IsDevice", "c8y_Position", "c8y_Global"]);
                body[fragment] = json!({"n": self.dice.roll(50)});
                ("object", "/inventory/managedObjects".to_owned(), body)
            }
            4..7 => {
                let fragment = self.dice.one_of(&["f", "g"]);
                let mut body = measurement(&object, fragment);
                body[fragment]["s"]["value"] = json!(self.dice.roll(1_000));
                ("measurement", "/measurement/measurements".to_owned(), body)
            }
            7 => {
                let body = json!({"type": "c8y_Serial", "externalId": self.name("serial")});
                let path = format!("/identity/globalIds/{object}/externalIds");
                ("external id", path, body)
            }
            8 => {
                let name = self.name("user");
                let body =
                    json!({"userName": name, "email": "u@example.org", "sendPasswordResetEmail": true});
                ("user", format!("/user/{at}/users"), body)
            }
            9 => {
                let body = json!({"name": self.name("group")});
                ("group", format!("/user/{at}/groups"), body)
            }
            10 => {
                let permission = json!({"scope": "MEASUREMENT", "type": "f", "permission": "READ"});
                let body = json!({"name": self.name("role"), "permissions": [permission]});
                ("role", "/user/inventoryroles".to_owned(), body)
            }
            11 => {
                let body = json!({"category": self.name("options"), "key": "k", "value": "v"});
                ("option", "/tenant/options".to_owned(), body)
            }
            12 => {
                let body = json!({"name": self.name("project")});
                ("object", "/inventory/projects".to_owned(), body)
            }
            _ => {
                let body = json!({"userName": format!("service_{}", self.dice.roll(12))});
                ("service", format!("/user/{at}/serviceAccounts"), body)
            }
        };
        (Some(makes), "POST", path, body)
    }

    fn change_of_object(&mut self, tenant: usize) -> Draft {
        let (object, other) = (self.some(tenant, "object"), self.some(tenant, "object"));
        let at = format!("/inventory/managedObjects/{object}");
        let edges = self
            .dice
            .one_of(&["childDevices", "childAssets", "childAdditions"]);
        let (method, path, body) = match self.dice.roll(8) {
            0 | 1 => ("PUT", at, json!({"a": {"n": self.dice.roll(9)}})),
            2 => ("DELETE", at, Value::Null),
            3 | 4 => (
                "POST",
                format!("{at}/{edges}"),
                json!({"managedObject": {"id": other}}),
            ),
            5 => ("DELETE", format!("{at}/{edges}/{other}"), Value::Null),
            6 => {
                let point = self.some(tenant, "measurement");
                (
                    "DELETE",
                    format!("/measurement/measurements/{point}"),
                    Value::Null,
                )
            }
            _ => {
                let serial = self.name("serial");
                (
                    "DELETE",
                    format!("/identity/externalIds/c8y_Serial/{serial}"),
                    Value::Null,
                )
            }
        };
        (None, method, path, body)
    }

    fn change_of_user(&mut self, tenant: usize) -> Draft {
        let (user, group) = (self.some(tenant, "user"), self.some(tenant, "group"));
        let (object, role) = (self.some(tenant, "object"), self.some(tenant, "role"));
        let at = format!("/user/{}", self.tenant(tenant));
        let (method, path, body) = match self.dice.roll(6) {
            0 => (
                "PUT",
                format!("{at}/users/{user}"),
                json!({"firstName": self.name("first")}),
            ),
            1 => (
                "POST",
                format!("{at}/groups/{group}/users"),
                json!({"user": {"id": user}}),
            ),
            2 => {
                let rules = json!({"rules": [{"text": format!("{object}, *, *, READ")}]});
                ("PUT", format!("{at}/users/watcher/permissions"), rules)
            }
            3 => {
                let assignment = json!({"managedObject": object, "roles": [{"id": role}]});
                ("POST", format!("{at}/users/watcher/roles/inventory"), assignment)
            }
            4 => ("DELETE", format!("{at}/groups/{group}"), Value::Null),
            _ => ("DELETE", format!("{at}/users/{user}"), Value::Null),
        };
        (None, method, path, body)
    }

    fn question(&mut self, tenant: usize) -> String {
        let paging = format!(
            "pageSize={}&currentPage={}&withTotalElements=true&withTotalPages=true",
            1 + self.dice.roll(30),
            1 + self.dice.roll(3)
        );
        match self.dice.roll(4) {
            0 => self.question_of_many(tenant, &paging),
            1 => self.question_of_one(tenant, &paging),
            2 => self.question_of_data(tenant, &paging),
            _ => self.question_of_the_tenant(tenant, &paging),
        }
    }

    fn question_of_many(&mut self, tenant: usize, paging: &str) -> String {
        let list = format!("/inventory/managedObjects?{paging}");
        match self.dice.roll(9) {
            0 => format!("{list}&withParents=true&withChildrenCount=true"),
            1 => format!("{list}&text={}", self.name("thing")),
            2 => format!("{list}&text={}", self.name("serial")),
            3 => format!("{list}&type={}&owner=admin", self.name("type")),
            4 => {
                let (one, other) = (self.some(tenant, "object"), self.some(tenant, "object"));
                format!("{list}&ids={one},{other}")
            }
            5 => format!(
                "{list}&query=$filter=(a.n+gt+{})+$orderby=name+desc",
                self.dice.roll(50)
            ),
            6 => format!("{list}&q=$filter=(name+eq+'thing*')+$orderby=c8y_Position.n+asc"),
            7 => "/inventory/managedObjects/count?fragmentType=a".to_owned(),
            _ => format!("/inventory/projects?{paging}"),
        }
    }

    fn question_of_one(&mut self, tenant: usize, paging: &str) -> String {
        let object = self.some(tenant, "object");
        let at = format!("/inventory/managedObjects/{object}");
        match self.dice.roll(7) {
            0 => format!("{at}?withParents=true"),
            1 => format!("{at}/childAssets?{paging}"),
            2 => format!("{at}/supportedSeries"),
            3 => format!("/identity/globalIds/{object}/externalIds"),
            4 => format!("/identity/externalIds/c8y_Serial/{}", self.name("serial")),
            5 => format!("/user/devicePermissions/{object}"),
            _ => format!("{at}/permissions/who?scope=MEASUREMENT"),
        }
    }

    fn question_of_data(&mut self, tenant: usize, paging: &str) -> String {
        let list = "/measurement/measurements";
        let object = self.some(tenant, "object");
        match self.dice.roll(4) {
            0 => format!("{list}?{paging}"),
            1 => format!("{list}?{paging}&source={object}&valueFragmentType=f"),
            2 => format!("{list}/series?source={object}&dateFrom=2026-01-01&dateTo=2027-01-01"),
            _ => format!("{list}/{}", self.some(tenant, "measurement")),
        }
    }

    fn question_of_the_tenant(&mut self, tenant: usize, paging: &str) -> String {
        let users = format!("/user/{}", self.tenant(tenant));
        match self.dice.roll(16) {
            0 => format!("/audit/auditRecords?{paging}"),
            1 => format!(
                "/audit/auditRecords?{paging}&source={}",
                self.some(tenant, "object")
            ),
            2 => "/audit/checkpoints".to_owned(),
            3 => "/audit/bundle?count=20".to_owned(),
            4 => "/audit/refusals".to_owned(),
            5 => format!("{users}/users?{paging}&withSubusersCount=true"),
            6 => format!("{users}/users/{}", self.some(tenant, "user")),
            7 => format!("{users}/groups?{paging}"),
            8 => format!("{users}/groups/{}/users", self.some(tenant, "group")),
            9 => {
                let object = self.some(tenant, "object");
                format!("{users}/users/watcher/effectivePermissions?device={object}")
            }
            10 => format!("{users}/privileged"),
            11 => format!("/user/inventoryroles?{paging}"),
            12 => format!("/tenant/options?{paging}"),
            13 => "/tenant/currentTenant".to_owned(),
            14 => "/user/currentUser".to_owned(),
            _ => format!("{users}/serviceAccounts?{paging}"),
        }
    }
}
