//! The approved permission matrix against the program: every declared endpoint, asked by every kind of caller, for things
//! of the own tenant and of another one. `api/permissions.txt` is edited by hand; this test says where it differs.

mod accept;
mod probe;
mod things;

use contract::endpoints::Endpoint;
use contract::{
    alarms, applications, binaries, bulk_operations, certificates, events, inventory, login_options,
    measurements, notifications, operations, password_reset, platform, sessions, tenants,
};
use model::roles::Role;
use probe::probe;
use serde_json::Value;
use std::fmt::Write;
use testkit::house::{House, Who};
use things::{Maker, Things};

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
    if let Endpoint::LoginOptions(_) | Endpoint::SingleSignOn(_) | Endpoint::Features(_) = endpoint {
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
                | Endpoint::Notifications(
                    notifications::Endpoint::List
                        | notifications::Endpoint::Create
                        | notifications::Endpoint::DeleteMany
                )
                | Endpoint::Alarms(
                    alarms::Endpoint::Create | alarms::Endpoint::List | alarms::Endpoint::Count
                )
                | Endpoint::Binaries(binaries::Endpoint::List)
                | Endpoint::Inventory(inventory::Endpoint::List)
                | Endpoint::Software(_)
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

// R015, R020, R045, R062, R115: the approved matrix, cell by cell.
#[test]
fn the_program_agrees_with_the_approved_permission_matrix() {
    let approved = include_str!("../../../../api/permissions.txt");
    let approved: Vec<&str> = approved.lines().filter(|line| !line.starts_with('#')).collect();
    let actual = for_each(Endpoint::all(), row);
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
    // Records are numbered in each tenant from 1: there is no id that exists only elsewhere.
    let compared = Endpoint::all()
        .filter(|endpoint| names_something(*endpoint) && !matches!(endpoint, Endpoint::Audit(_)));
    assert!(!for_each(compared, compare_with_nothing).is_empty());
}

/// What `one` answers for each endpoint, in their order. Several at once: each has a house of its own, and much of its
/// time goes by in waiting, as every refused sign-in takes a whole step of time.
fn for_each<T: Send>(endpoints: impl Iterator<Item = Endpoint>, one: fn(Endpoint) -> T) -> Vec<T> {
    const AT_ONCE: usize = 4;
    let endpoints: Vec<Endpoint> = endpoints.collect();
    let mut answers: Vec<(usize, T)> = std::thread::scope(|scope| {
        let share = |first| {
            let numbered = endpoints.iter().enumerate().skip(first).step_by(AT_ONCE);
            move || {
                numbered
                    .map(|(number, endpoint)| (number, one(*endpoint)))
                    .collect::<Vec<_>>()
            }
        };
        let shares: Vec<_> = (0..AT_ONCE).map(|first| scope.spawn(share(first))).collect();
        let joined = shares.into_iter().map(|share| share.join());
        joined
            .flat_map(|answers| answers.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
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
                &things.application,
                &things.archive,
                &things.loose_application,
                &things.assigned_to_group,
                &things.options,
                &things.requested,
                &things.fingerprint,
                &things.subscription,
                &things.retention_rule,
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
        Endpoint::Platform(platform::Endpoint::Health),
        Endpoint::Platform(platform::Endpoint::SecurityContact),
        Endpoint::Tenants(tenants::Endpoint::Setup),
        Endpoint::Sessions(sessions::Endpoint::Open),
        Endpoint::Sessions(sessions::Endpoint::OpenElsewhere),
        Endpoint::Sessions(sessions::Endpoint::OpenForHeader),
        Endpoint::PasswordReset(password_reset::Endpoint::Ask),
        Endpoint::PasswordReset(password_reset::Endpoint::Check),
        Endpoint::PasswordReset(password_reset::Endpoint::Redeem),
        Endpoint::LoginOptions(login_options::Endpoint::List),
        Endpoint::Applications(applications::Endpoint::HostedIndex),
        Endpoint::Applications(applications::Endpoint::HostedFile),
        Endpoint::Certificates(certificates::Endpoint::AuthorityRevocations),
        Endpoint::Certificates(certificates::Endpoint::AuthorityCertificates),
    ];
    assert_eq!(public, expected);
    for path in ["/", "/nowhere", "/inventory/managedObjects/1/nowhere"] {
        house.send(house.stranger("GET", path), Value::Null).expect(401);
    }
}
