//! The approved permission matrix against the program: every declared endpoint, asked by every kind of caller, for things
//! of the own tenant and of another one. `api/permissions.txt` is edited by hand; this test says where it differs.

use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use contract::{
    alarms, audit, binaries, bulk_operations, events, explain, identity, inventory, inventory_roles,
    login_options, measurements, operations, options, permissions, platform, projects, service_accounts,
    sessions, tenants, users,
};
use model::roles::Role;
use serde_json::{Value, json};
use std::fmt::Write;
use testkit::house::{House, Who};

/// The things that a probe needs, in one tenant.
struct Things {
    tenant: String,
    object: String,
    child: String,
    loose: String,
    external: String,
    measurement: String,
    event: String,
    /// An event with a file.
    attached: String,
    alarm: String,
    operation: String,
    bulk_operation: String,
    binary: String,
    user: String,
    service: String,
    service_key: String,
    group: String,
    record: String,
    device_object: String,
    project: String,
    role: String,
    assigned: String,
    assigned_to_group: String,
    /// The category of an option with the key `k`.
    options: String,
}

/// Names are new every time, so that nothing of one tenant exists by chance in another.
struct Maker<'h> {
    house: &'h House,
    count: std::cell::Cell<u32>,
}

impl Maker<'_> {
    fn number(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    fn object(&self, tenant: &str) -> String {
        let created = self.house.post(
            &self.house.admin(tenant),
            "/inventory/managedObjects",
            json!({"name": "x", "com_cumulocity_model_Agent": {}}),
        );
        created.expect(201).json()["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// Everything, made by the tenant's administrator.
    fn things(&self, tenant: &str) -> Things {
        let (house, admin, number) = (self.house, self.house.admin(tenant), self.number());
        let (object, child, loose) = (self.object(tenant), self.object(tenant), self.object(tenant));
        for kind in ["childDevices", "childAssets", "childAdditions"] {
            let body = json!({"managedObject": {"id": child}});
            house
                .post(
                    &admin,
                    &format!("/inventory/managedObjects/{object}/{kind}"),
                    body,
                )
                .expect(201);
        }
        let external = format!("serial-{number}");
        let body = json!({"type": "c8y_Serial", "externalId": external});
        house
            .post(&admin, &format!("/identity/globalIds/{object}/externalIds"), body)
            .expect(201);
        let measurement = house
            .post(&admin, "/measurement/measurements", measurement(&object))
            .expect(201);
        let [event, attached] = [(); 2].map(|()| {
            let stored = house.post(&admin, "/event/events", event(&object)).expect(201);
            stored.json()["id"].as_str().expect("an id").to_owned()
        });
        let raised = house.post(&admin, "/alarm/alarms", alarm(&object)).expect(201);
        let asked = house
            .post(&admin, "/devicecontrol/operations", operation(&object))
            .expect(201);
        let planned = house
            .post(&admin, "/devicecontrol/bulkoperations", bulk_operation(&object))
            .expect(201);
        let path = format!("/event/events/{attached}/binaries");
        house.post(&admin, &path, json!({})).expect(201);
        let binary = house.post(&admin, "/inventory/binaries", json!({})).expect(201);
        let user = format!("user-{number}");
        let body = json!({"userName": user, "email": "user@example.org", "sendPasswordResetEmail": true});
        house
            .post(&admin, &format!("/user/{tenant}/users"), body)
            .expect(201);
        let body = json!({"name": format!("group-{number}")});
        let group = house
            .post(&admin, &format!("/user/{tenant}/groups"), body)
            .expect(201)
            .json()["id"]
            .to_string();
        let role = json!({"role": {"id": "ROLE_ALARM_READ"}});
        house
            .post(
                &admin,
                &format!("/user/{tenant}/users/{user}/roles"),
                role.clone(),
            )
            .expect(201);
        house
            .post(&admin, &format!("/user/{tenant}/groups/{group}/roles"), role)
            .expect(201);
        let body = json!({"user": {"id": user}});
        house
            .post(&admin, &format!("/user/{tenant}/groups/{group}/users"), body)
            .expect(201);
        let body = json!({"name": format!("role-{number}"), "permissions": [{"scope": "EVENT", "type": "*", "permission": "READ"}]});
        let role = house
            .post(&admin, "/user/inventoryroles", body)
            .expect(201)
            .json()["id"]
            .to_string();
        let assign = |holder: String| {
            let path = format!("/user/{tenant}/{holder}/roles/inventory");
            let body = json!({"managedObject": object, "roles": [{"id": role}]});
            house.post(&admin, &path, body).expect(200).json()["id"].to_string()
        };
        let assigned = assign(format!("users/{user}"));
        let assigned_to_group = assign(format!("groups/{group}"));
        let service = format!("service_{number}");
        let accounts = format!("/user/{tenant}/serviceAccounts");
        house
            .post(&admin, &accounts, json!({"userName": service}))
            .expect(201);
        let made = house
            .post(
                &admin,
                &format!("{accounts}/{service}/keys"),
                json!({"name": "k"}),
            )
            .expect(201);
        let service_key = made.json()["id"].as_str().expect("an id").to_owned();
        let device = house.device(tenant, &format!("device_{number}"));
        let made = house
            .post(&device, "/inventory/managedObjects", json!({"c8y_IsDevice": {}}))
            .expect(201);
        let project = json!({"name": format!("project-{number}")});
        let project = house.post(&admin, "/inventory/projects", project).expect(201);
        let options = format!("options-{number}");
        let body = json!({"category": options, "key": "k", "value": "v"});
        house.post(&admin, "/tenant/options", body).expect(200);
        Things {
            tenant: tenant.to_owned(),
            object,
            child,
            loose,
            external,
            measurement: measurement.json()["id"].as_str().expect("an id").to_owned(),
            event,
            attached,
            alarm: raised.json()["id"].as_str().expect("an id").to_owned(),
            operation: asked.json()["id"].as_str().expect("an id").to_owned(),
            bulk_operation: planned.json()["id"].as_str().expect("an id").to_owned(),
            binary: binary.json()["id"].as_str().expect("an id").to_owned(),
            user,
            service,
            service_key,
            group,
            record: "1".to_owned(),
            device_object: made.json()["id"].as_str().expect("an id").to_owned(),
            project: project.json()["id"].as_str().expect("an id").to_owned(),
            role,
            assigned,
            assigned_to_group,
            options,
        }
    }

    /// Things for one probe: new ones if it may change them, a tenant of its own if it deletes one.
    fn things_for(&self, endpoint: Endpoint, tenant: &str) -> Option<Things> {
        if endpoint == Endpoint::Tenants(tenants::Endpoint::Delete) {
            let number = self.number();
            let body = json!({"company": "c", "domain": format!("going-{number}.example.org"), "adminName": "admin"});
            let made = self
                .house
                .post(&self.house.admin("management"), "/tenant/tenants", body)
                .expect(201)
                .json();
            let tenant = made["id"].as_str().expect("an id").to_owned();
            return Some(Things {
                tenant,
                ..self.nothing()
            });
        }
        (endpoint.declaration().method != Method::Get).then(|| self.things(tenant))
    }

    /// Ids of the same form that nothing has.
    fn nothing(&self) -> Things {
        let number = self.number();
        let id = |place: u64| (8_000_000_000_000_000 + 10 * u64::from(number) + place).to_string();
        Things {
            tenant: format!("t9{number}"),
            object: id(0),
            child: id(1),
            loose: id(2),
            external: format!("absent-{number}"),
            measurement: id(3),
            event: id(3),
            attached: id(3),
            alarm: id(3),
            operation: id(3),
            bulk_operation: id(3),
            binary: id(3),
            user: format!("absent-{number}"),
            service: format!("service_absent-{number}"),
            service_key: id(6),
            group: id(4),
            record: id(5),
            device_object: id(6),
            project: id(7),
            role: id(7),
            assigned: id(8),
            assigned_to_group: id(9),
            options: format!("no-options-{number}"),
        }
    }
}

fn measurement(source: &str) -> Value {
    json!({"source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": 1}}})
}

fn operation(device: &str) -> Value {
    json!({"deviceId": device, "c8y_Restart": {}})
}

fn bulk_operation(group: &str) -> Value {
    json!({
        "groupId": group, "startDate": "2096-11-21T10:00:00Z", "creationRamp": 1,
        "operationPrototype": {"c8y_Restart": {}},
    })
}

fn alarm(source: &str) -> Value {
    json!({
        "source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "c8y_A", "text": "wrong", "severity": "MAJOR"
    })
}

fn event(source: &str) -> Value {
    json!({"source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "t", "text": "x"})
}

/// A request to an endpoint that makes sense for these things.
fn probe(endpoint: Endpoint, number: u32, things: &Things) -> (String, Value) {
    let Things {
        tenant,
        object,
        child,
        loose,
        external,
        measurement: point,
        event: happened,
        attached,
        alarm: raised,
        operation: asked,
        bulk_operation: planned,
        binary,
        user,
        service,
        service_key,
        group,
        record,
        device_object,
        project,
        role,
        assigned,
        assigned_to_group,
        options: category,
    } = things;
    let mut path = endpoint.declaration().path.to_owned();
    let mut put = |name: &str, value: &str| path = path.replace(&format!("{{{name}}}"), value);
    put("tenantId", tenant);
    if endpoint == Endpoint::Options(options::Endpoint::ReadSystem) {
        put("category", "system");
        put("key", "version");
    }
    put("typeOrId", "OAUTH2_INTERNAL");
    put("category", category);
    put("key", "k");
    put("kind", "handshake");
    put("childId", child);
    put("type", "c8y_Serial");
    put("externalId", external);
    if let Endpoint::ServiceAccounts(_) = endpoint {
        put("userId", service);
        put("keyId", service_key);
    }
    put("userId", user);
    put("username", user);
    put("groupId", group);
    put(
        "groupName",
        &format!("group-{}", user.trim_start_matches("user-")),
    );
    put("roleId", "ROLE_ALARM_READ");
    put("name", "ROLE_ALARM_READ");
    let id = match endpoint {
        Endpoint::Measurements(_) => point,
        Endpoint::Events(
            events::Endpoint::ReadAttachment
            | events::Endpoint::ReplaceAttachment
            | events::Endpoint::DeleteAttachment,
        ) => attached,
        Endpoint::Events(_) => happened,
        Endpoint::Alarms(_) => raised,
        Endpoint::Operations(_) => asked,
        Endpoint::BulkOperations(_) => planned,
        Endpoint::Binaries(_) => binary,
        Endpoint::Audit(_) => record,
        Endpoint::Inventory(inventory::Endpoint::ReadDeviceUser | inventory::Endpoint::UpdateDeviceUser) => {
            device_object
        }
        Endpoint::Inventory(inventory::Endpoint::Delete) => loose,
        Endpoint::Projects(endpoint) if endpoint != projects::Endpoint::Move => project,
        Endpoint::InventoryRoles(_) => role,
        Endpoint::Permissions(
            permissions::Endpoint::ReadOnObject | permissions::Endpoint::ChangeOnObject,
        ) => object,
        Endpoint::Permissions(
            permissions::Endpoint::ReadOfGroup
            | permissions::Endpoint::ChangeOfGroup
            | permissions::Endpoint::UnassignOfGroup,
        ) => assigned_to_group,
        Endpoint::Permissions(_) => assigned,
        _ => object,
    };
    put("id", id);
    let reference = json!({"managedObject": {"id": loose}});
    let references = json!({"references": [{"managedObject": {"id": child}}]});
    // Not the caller's: whoever passes the decision is told so (422), and nobody's password changes.
    let password = json!({"currentUserPassword": "not it", "newPassword": "another good passphrase"});
    let body = match endpoint {
        Endpoint::Inventory(endpoint) => match endpoint {
            inventory::Endpoint::Create => json!({"name": "new"}),
            inventory::Endpoint::Update => json!({"name": "changed"}),
            inventory::Endpoint::UpdateDeviceUser => json!({"enabled": true}),
            inventory::Endpoint::AddChildDevices
            | inventory::Endpoint::AddChildAssets
            | inventory::Endpoint::AddChildAdditions => reference,
            inventory::Endpoint::RemoveChildDevices
            | inventory::Endpoint::RemoveChildAssets
            | inventory::Endpoint::RemoveChildAdditions => references,
            _ => Value::Null,
        },
        Endpoint::Identity(identity::Endpoint::CreateExternalId) => {
            json!({"type": "c8y_Imei", "externalId": format!("imei-{number}")})
        }
        Endpoint::Measurements(measurements::Endpoint::Create) => measurement(object),
        Endpoint::Events(events::Endpoint::Create) => event(object),
        Endpoint::Alarms(alarms::Endpoint::Create) => alarm(object),
        Endpoint::Operations(operations::Endpoint::Create) => operation(object),
        Endpoint::Operations(operations::Endpoint::Update) => json!({"status": "EXECUTING"}),
        Endpoint::BulkOperations(bulk_operations::Endpoint::Create) => bulk_operation(object),
        Endpoint::BulkOperations(bulk_operations::Endpoint::Update) => json!({"note": "changed"}),
        Endpoint::Alarms(alarms::Endpoint::Update | alarms::Endpoint::UpdateMany) => {
            json!({"status": "CLEARED"})
        }
        Endpoint::Events(events::Endpoint::Update) => json!({"text": "changed"}),
        // As it is, in any media type.
        Endpoint::Events(events::Endpoint::Attach | events::Endpoint::ReplaceAttachment)
        | Endpoint::Binaries(binaries::Endpoint::Create | binaries::Endpoint::Replace) => {
            json!({"in": "a file"})
        }
        Endpoint::Realtime(_) if endpoint.declaration().method == Method::Post => json!([]),
        Endpoint::Explain(explain::Endpoint::Preview) => {
            json!({"subject": {"user": user}, "rules": [format!("{object}, EVENT, *, READ")]})
        }
        Endpoint::Audit(audit::Endpoint::Create) => json!({
            "type": "Inventory", "activity": "a", "text": "t", "time": "2026-11-21T10:00:00Z", "source": {"id": object}
        }),
        Endpoint::Users(endpoint) => match endpoint {
            users::Endpoint::UpdateOwn => json!({"phone": "+491"}),
            users::Endpoint::ChangeOwnPassword | users::Endpoint::ChangePassword => password,
            users::Endpoint::Create => {
                json!({"userName": format!("new-{number}"), "email": "new@example.org", "sendPasswordResetEmail": true})
            }
            users::Endpoint::Update => json!({"firstName": "A"}),
            users::Endpoint::AddUserRole | users::Endpoint::AddGroupRole => {
                json!({"role": {"id": "ROLE_EVENT_READ"}})
            }
            // Below nobody and by somebody who manages nobody: whoever passes the decision is told so (422).
            users::Endpoint::SetOwner => json!({"owner": user}),
            users::Endpoint::SetDelegate => json!({"delegatedBy": "admin"}),
            users::Endpoint::CreateGroup => json!({"name": format!("new-{number}")}),
            users::Endpoint::UpdateGroup => json!({"description": "d"}),
            users::Endpoint::AddGroupUser => json!({"user": {"id": user}}),
            _ => Value::Null,
        },
        Endpoint::InventoryRoles(endpoint) => match endpoint {
            inventory_roles::Endpoint::Create => json!({"name": format!("new-{number}"), "permissions": []}),
            inventory_roles::Endpoint::Update => json!({"description": "d"}),
            _ => Value::Null,
        },
        Endpoint::Permissions(endpoint) => match endpoint {
            permissions::Endpoint::AssignToUser | permissions::Endpoint::AssignToGroup => {
                json!({"managedObject": object, "roles": [{"id": role}]})
            }
            permissions::Endpoint::ChangeOfUser | permissions::Endpoint::ChangeOfGroup => {
                json!({"roles": [{"id": role}]})
            }
            permissions::Endpoint::ReplaceRulesOfUser | permissions::Endpoint::ReplaceRulesOfGroup => {
                json!({"rules": [{"text": format!("{object}, EVENT, *, READ")}]})
            }
            permissions::Endpoint::ChangeOnObject => {
                json!({"users": [{"userName": user, "devicePermissions": {object: ["EVENT:*:READ"]}}]})
            }
            _ => Value::Null,
        },
        Endpoint::Projects(endpoint) => match endpoint {
            projects::Endpoint::Create | projects::Endpoint::CreateObject => json!({"name": "new"}),
            projects::Endpoint::Update => json!({"name": "changed"}),
            projects::Endpoint::Move => json!({"project": {"id": project}}),
            _ => Value::Null,
        },
        Endpoint::ServiceAccounts(endpoint) => match endpoint {
            service_accounts::Endpoint::Create => json!({"userName": format!("service_new-{number}")}),
            service_accounts::Endpoint::Update => json!({"description": "changed"}),
            service_accounts::Endpoint::CreateKey => json!({"name": "another"}),
            _ => Value::Null,
        },
        Endpoint::Options(endpoint) => match endpoint {
            options::Endpoint::Create => {
                json!({"category": format!("new-{number}"), "key": "k", "value": "v"})
            }
            options::Endpoint::UpdateCategory => json!({"k": "w"}),
            options::Endpoint::Update => json!({"value": "w"}),
            _ => Value::Null,
        },
        // Not offered: whoever asks is told so (422), and no session is opened.
        Endpoint::Sessions(sessions::Endpoint::Open | sessions::Endpoint::OpenForHeader) => {
            json!({"grant_type": "AUTHORIZATION_CODE"})
        }
        Endpoint::LoginOptions(endpoint) => match endpoint {
            // It is there already: whoever passes the decision is told so (400).
            login_options::Endpoint::Create => json!({"type": "BASIC"}),
            login_options::Endpoint::Update => json!({"visibleOnLoginPage": true}),
            _ => Value::Null,
        },
        Endpoint::Tenants(endpoint) => match endpoint {
            tenants::Endpoint::Create => {
                json!({"company": "c", "domain": format!("new-{number}.example.org"), "adminName": "admin"})
            }
            tenants::Endpoint::Update => json!({"company": "changed"}),
            tenants::Endpoint::Setup => {
                json!({"tenant": tenant, "userName": "admin", "secret": "0000-0000", "password": "a good passphrase"})
            }
            _ => Value::Null,
        },
        _ => Value::Null,
    };
    let query = match endpoint {
        Endpoint::Measurements(measurements::Endpoint::Series) => {
            format!("?source={object}&dateFrom=2026-01-01&dateTo=2027-01-01")
        }
        Endpoint::Measurements(measurements::Endpoint::DeleteMany | measurements::Endpoint::List)
        | Endpoint::Events(events::Endpoint::List | events::Endpoint::DeleteMany) => {
            format!("?source={object}")
        }
        Endpoint::Operations(operations::Endpoint::List | operations::Endpoint::DeleteMany) => {
            format!("?deviceId={object}")
        }
        Endpoint::Alarms(
            alarms::Endpoint::List
            | alarms::Endpoint::Count
            | alarms::Endpoint::UpdateMany
            | alarms::Endpoint::DeleteMany,
        ) => format!("?source={object}"),
        Endpoint::Binaries(binaries::Endpoint::List) => format!("?ids={binary}"),
        Endpoint::Inventory(inventory::Endpoint::List) => format!("?ids={object}"),
        Endpoint::Explain(explain::Endpoint::OfUser | explain::Endpoint::OfGroup) => {
            format!("?device={object}")
        }
        Endpoint::Audit(audit::Endpoint::Inclusion) => format!("?id={record}"),
        Endpoint::Audit(audit::Endpoint::Consistency) => "?first=1".to_owned(),
        _ => String::new(),
    };
    (path + &query, body)
}

const CALLERS: [&str; 6] = [
    "administrator",
    "reader",
    "creator",
    "device",
    "nobody",
    "operator",
];

fn caller(house: &House, kind: &str, number: u32) -> Who {
    const READER: [Role; 6] = [
        Role::AuditRead,
        Role::IdentityRead,
        Role::InventoryRead,
        Role::MeasurementRead,
        Role::UserManagementRead,
        Role::UserManagementOwnRead,
    ];
    let name = format!("{kind}-{number}");
    match kind {
        "administrator" => house.admin("t100"),
        "operator" => house.admin("management"),
        "reader" => house.person("t100", &name, &READER),
        "creator" => house.person("t100", &name, &[Role::InventoryCreate]),
        "device" => house.device("t100", &format!("device_{name}")),
        _ => house.person("t100", &name, &[]),
    }
}

/// Endpoints whose request names something: for these, another tenant's things must look like nothing.
fn names_something(endpoint: Endpoint) -> bool {
    let declaration = endpoint.declaration();
    // The kinds of login options are the same in every tenant.
    if let Endpoint::LoginOptions(_) = endpoint {
        return false;
    }
    declaration.path.contains('{')
        || matches!(
            endpoint,
            Endpoint::Measurements(
                measurements::Endpoint::Create
                    | measurements::Endpoint::Series
                    | measurements::Endpoint::List
            ) | Endpoint::Events(events::Endpoint::Create | events::Endpoint::List)
                | Endpoint::Operations(operations::Endpoint::Create | operations::Endpoint::List)
                | Endpoint::BulkOperations(bulk_operations::Endpoint::Create)
                | Endpoint::Alarms(
                    alarms::Endpoint::Create | alarms::Endpoint::List | alarms::Endpoint::Count
                )
                | Endpoint::Binaries(binaries::Endpoint::List)
                | Endpoint::Inventory(inventory::Endpoint::List)
        )
}

/// The cells of one endpoint: every kind of caller, for things of the own tenant and of another.
fn row(endpoint: Endpoint) -> String {
    let house = House::new();
    let maker = Maker {
        house: &house,
        count: Default::default(),
    };
    let name = format!("{}.{}", endpoint.resource(), endpoint.declaration().name);
    let mut row = format!("{name:<38}");
    for side in ["t100", "t200"] {
        row.push_str(" |");
        let shared = maker.things(side);
        for kind in CALLERS {
            if side == "t200" && !names_something(endpoint) {
                row.push_str("   -");
                continue;
            }
            let who = caller(&house, kind, maker.number());
            let own = maker.things_for(endpoint, side);
            let (path, body) = probe(endpoint, maker.number(), own.as_ref().unwrap_or(&shared));
            let reply = house.call(&who, endpoint.declaration().method.name(), &path, body);
            assert!(reply.status.as_u16() < 500, "{name} {kind}: {}", reply.text);
            let _ = write!(row, " {}", reply.status.as_u16());
        }
    }
    row.trim_end().to_owned()
}

// R015, R020, R115: the approved matrix, cell by cell.
#[test]
fn the_program_agrees_with_the_approved_permission_matrix() {
    let approved = include_str!("../../../../api/permissions.txt");
    let approved: Vec<&str> = approved.lines().filter(|line| !line.starts_with('#')).collect();
    let actual: Vec<String> = Endpoint::all().map(row).collect();
    let differs: Vec<&String> = actual
        .iter()
        .filter(|row| !approved.contains(&row.as_str()))
        .collect();
    assert!(
        differs.is_empty(),
        "the program does not agree with api/permissions.txt:\n{differs:#?}"
    );
    assert_eq!(
        approved.len(),
        actual.len(),
        "api/permissions.txt has rows of endpoints that do not exist"
    );
}

// R115: another tenant's things answer like things that do not exist, byte for byte apart from the id that was sent.
#[test]
fn another_tenants_things_look_like_nothing() {
    for endpoint in Endpoint::all().filter(|endpoint| names_something(*endpoint)) {
        // Records are numbered in each tenant from 1: there is no id that exists only elsewhere.
        if !matches!(endpoint, Endpoint::Audit(_)) {
            compare_with_nothing(endpoint);
        }
    }
}

fn compare_with_nothing(endpoint: Endpoint) {
    let house = House::new();
    let maker = Maker {
        house: &house,
        count: Default::default(),
    };
    let shared = maker.things("t200");
    for kind in CALLERS.into_iter().filter(|kind| *kind != "operator") {
        let who = caller(&house, kind, maker.number());
        let number = maker.number();
        let answer = |things: &Things| {
            let (path, body) = probe(endpoint, number, things);
            let reply = house.call(&who, endpoint.declaration().method.name(), &path, body);
            let group = format!("group-{}", things.user.trim_start_matches("user-"));
            // Ids of operations are short: only where one is named as such.
            let operation = format!("'{}'", things.operation);
            let ids = [
                &operation,
                &group,
                &things.object,
                &things.child,
                &things.loose,
                &things.external,
                &things.measurement,
                &things.event,
                &things.attached,
                &things.alarm,
                &things.bulk_operation,
                &things.binary,
                &things.service,
                &things.service_key,
                &things.user,
                &things.group,
                &things.device_object,
                &things.project,
                &things.role,
                &things.assigned,
                &things.assigned_to_group,
                &things.options,
                &things.tenant,
            ];
            let text = ids
                .iter()
                .fold(reply.text, |text, id| text.replace(id.as_str(), "ID"));
            (reply.status, text.replace("'ID'", "ID"))
        };
        let foreign = maker.things_for(endpoint, "t200");
        let foreign = answer(foreign.as_ref().unwrap_or(&shared));
        assert_eq!(foreign, answer(&maker.nothing()), "{endpoint:?} as {kind}");
    }
}

// R049: every endpoint, asked by nobody, says the same; the public ones are this list.
#[test]
fn whoever_is_not_signed_in_is_refused_everywhere_but_at_the_public_endpoints() {
    let house = House::new();
    let maker = Maker {
        house: &house,
        count: Default::default(),
    };
    let things = maker.nothing();
    let mut public = Vec::new();
    for endpoint in Endpoint::all() {
        let (path, body) = probe(endpoint, 1, &things);
        let reply = house.send(house.stranger(endpoint.declaration().method.name(), &path), body);
        if reply.status != 401 {
            public.push(endpoint);
        }
    }
    let expected = [
        Endpoint::Platform(platform::Endpoint::SecurityContact),
        Endpoint::Tenants(tenants::Endpoint::Setup),
        Endpoint::Sessions(sessions::Endpoint::Open),
        Endpoint::Sessions(sessions::Endpoint::OpenForHeader),
        Endpoint::LoginOptions(login_options::Endpoint::List),
    ];
    assert_eq!(public, expected);
    for path in ["/", "/nowhere", "/inventory/managedObjects/1/nowhere"] {
        house.send(house.stranger("GET", path), Value::Null).expect(401);
    }
}
