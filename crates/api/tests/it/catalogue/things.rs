//! What the probes of the permission matrix ask about: things of every kind in one tenant, made as a client makes them.

use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use contract::tenants;
use serde_json::{Value, json};
use testkit::house::House;

/// The things that a probe needs, in one tenant.
pub(super) struct Things {
    pub(super) tenant: String,
    pub(super) object: String,
    pub(super) child: String,
    pub(super) loose: String,
    pub(super) external: String,
    pub(super) measurement: String,
    pub(super) event: String,
    /// An event with a file.
    pub(super) attached: String,
    pub(super) alarm: String,
    pub(super) operation: String,
    pub(super) bulk_operation: String,
    pub(super) binary: String,
    pub(super) user: String,
    pub(super) service: String,
    pub(super) service_key: String,
    pub(super) group: String,
    pub(super) record: String,
    pub(super) device_object: String,
    pub(super) project: String,
    pub(super) role: String,
    pub(super) assigned: String,
    pub(super) assigned_to_group: String,
    /// The category of an option with the key `k`.
    pub(super) options: String,
    /// A device that was requested.
    pub(super) requested: String,
    /// A trusted certificate.
    pub(super) fingerprint: String,
    pub(super) retention_rule: String,
    pub(super) subscription: String,
    pub(super) remote_configuration: String,
    /// A microservice that the tenant is subscribed to, with the versions 1.0, which is the latest, and 2.0.
    pub(super) application: String,
    pub(super) archive: String,
    /// One that it is not subscribed to.
    pub(super) loose_application: String,
}

/// Names are new every time, so that nothing of one tenant exists by chance in another.
pub(super) struct Maker<'h> {
    pub(super) house: &'h House,
    pub(super) count: std::cell::Cell<u32>,
}

impl Maker<'_> {
    pub(super) fn number(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    pub(super) fn object(&self, tenant: &str) -> String {
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
    pub(super) fn things(&self, tenant: &str) -> Things {
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
        let remote_configuration = crate::remote_access::configure(house, &admin, &object);
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
        let requested = format!("requested-{number}");
        house
            .post(
                &admin,
                "/devicecontrol/newDeviceRequests",
                json!({"id": requested}),
            )
            .expect(201);
        let authority = crate::certificates::Ca::new(&format!("authority-{number}"));
        let path = format!("/tenant/tenants/{tenant}/trusted-certificates");
        let trusted = house
            .post(&admin, &path, crate::certificates::body(&authority.pem))
            .expect(201)
            .json();
        let body = json!({"maximumAge": 3_000});
        let rule = house
            .post(&admin, "/retention/retentions", body)
            .expect(201)
            .json();
        let body =
            json!({"context": "mo", "source": {"id": object}, "subscription": format!("topic{number}")});
        let subscription = house
            .post(&admin, "/notification2/subscriptions", body)
            .expect(201)
            .json();
        let (application, archive) = self.microservice(tenant, &format!("svc-{number}"));
        let loose_name = format!("loose-{number}");
        let body = json!({"name": loose_name, "key": loose_name, "type": "EXTERNAL"});
        let loose_application = crate::applications::create(house, &admin, body);
        let path = format!("/tenant/tenants/{tenant}/applications");
        house
            .post(&admin, &path, json!({"application": {"id": application}}))
            .expect(201);
        Things {
            application,
            archive,
            loose_application,
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
            requested,
            fingerprint: trusted["fingerprint"].as_str().expect("a fingerprint").to_owned(),
            retention_rule: rule["id"].as_str().expect("an id").to_owned(),
            subscription: subscription["id"].as_str().expect("an id").to_owned(),
            remote_configuration,
        }
    }

    /// A microservice with two versions, and the archive of the second.
    pub(super) fn microservice(&self, tenant: &str, name: &str) -> (String, String) {
        let admin = self.house.admin(tenant);
        let body = json!({"name": name, "key": name, "type": "MICROSERVICE"});
        let id = crate::applications::create(self.house, &admin, body);
        let path = format!("/application/applications/{id}/versions");
        let archive = crate::applications::zips::plain(&[("image.tar", "x")]);
        let mut last = String::new();
        for version in ["1.0", "2.0"] {
            let said = Some(json!({"version": version}));
            let added = crate::applications::upload(self.house, &admin, &path, &archive, said).expect(201);
            last = added.json()["binaryId"].as_str().expect("an id").to_owned();
        }
        (id, last)
    }

    /// Things for one probe: new ones if it may change them, a tenant of its own if it deletes one.
    pub(super) fn things_for(&self, endpoint: Endpoint, tenant: &str) -> Option<Things> {
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
    pub(super) fn nothing(&self) -> Things {
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
            fingerprint: format!("{number:040x}"),
            options: format!("no-options-{number}"),
            requested: format!("not-requested-{number}"),
            retention_rule: id(9),
            application: id(1),
            archive: id(2),
            loose_application: id(3),
            subscription: id(9),
            remote_configuration: id(9),
        }
    }
}

pub(super) fn measurement(source: &str) -> Value {
    json!({"source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": 1}}})
}

pub(super) fn operation(device: &str) -> Value {
    json!({"deviceId": device, "c8y_Restart": {}})
}

pub(super) fn bulk_operation(group: &str) -> Value {
    json!({
        "groupId": group, "startDate": "2096-11-21T10:00:00Z", "creationRamp": 1,
        "operationPrototype": {"c8y_Restart": {}},
    })
}

pub(super) fn alarm(source: &str) -> Value {
    json!({
        "source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "c8y_A", "text": "wrong", "severity": "MAJOR"
    })
}

pub(super) fn event(source: &str) -> Value {
    json!({"source": {"id": source}, "time": "2026-11-21T10:00:00Z", "type": "t", "text": "x"})
}
