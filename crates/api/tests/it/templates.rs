//! What the role templates may do: the approved matrix against the program (R013, R015).

use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use engine::setup::{ADMINISTRATOR, BUSINESS_USER, STANDARD_USER, Template};
use model::roles::Role;
use policy::operation::{Level, Need};
use serde_json::{Value, json};
use testkit::house::{House, Who};

const SHOWN: [Template; 3] = [ADMINISTRATOR, STANDARD_USER, BUSINESS_USER];

/// How far somebody with these roles goes by them: everywhere, over users below, over its own and what else it is given
/// rights on, or nowhere.
fn reach(roles: &[Role], need: Need) -> &'static str {
    let any = |of: &[Role]| of.iter().any(|role| roles.contains(role));
    match need {
        Need::Public | Need::SignedIn => "yes",
        Need::AnyRole(of) if any(of) => "yes",
        Need::AllRoles(of) if of.iter().all(|role| roles.contains(role)) => "yes",
        Need::OnUsers { all, .. } if any(all) => "yes",
        Need::OnUsers { below, .. } if any(below) => "below",
        Need::OnObject { roles: of, .. } | Need::OverObjects { roles: of, .. } if any(of) => "yes",
        // A list shows what is one's own; to change what is not, there must be a right.
        Need::OnObject { .. }
        | Need::OverObjects {
            level: Level::Read, ..
        } => "own",
        _ => "no",
    }
}

fn row(endpoint: Endpoint) -> String {
    let declaration = endpoint.declaration();
    let name = format!("{}.{}", endpoint.resource(), declaration.name);
    let cells = SHOWN.map(|template| reach(&template.roles(false), declaration.operation.need));
    let [administrator, standard, business] = cells;
    format!("{name:<38} {administrator:<5} {standard:<5} {business}")
}

// R013 R015: each cell was approved by hand.
#[test]
fn the_templates_may_do_exactly_what_was_approved() {
    let approved = include_str!("../../../../api/role-templates.txt");
    let approved: Vec<&str> = approved.lines().filter(|line| !line.starts_with('#')).collect();
    let actual: Vec<String> = Endpoint::all().map(row).collect();
    let missing: Vec<_> = actual
        .iter()
        .filter(|row| !approved.contains(&row.as_str()))
        .collect();
    let surplus: Vec<_> = approved
        .iter()
        .filter(|row| !actual.iter().any(|actual| actual == *row))
        .collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "the program says, and api/role-templates.txt does not:\n{missing:#?}\nand the other way round:\n{surplus:#?}"
    );
}

// R013: the page for people names the same roles.
#[test]
fn the_documented_roles_of_each_template_are_those_of_the_program() {
    let page = include_str!("../../../../docs/roles.md");
    for role in Role::ALL {
        let marks = SHOWN.map(|template| {
            if template.roles(false).contains(role) {
                "yes"
            } else {
                ""
            }
        });
        let [administrator, standard, business] = marks;
        let row = format!("| `{role}` | {administrator} | {standard} | {business} |").replace("|  |", "| |");
        let row = row.replace("|  |", "| |");
        let held = marks.iter().any(|mark| !mark.is_empty());
        assert_eq!(page.contains(&row), held, "docs/roles.md: {row}");
    }
    for template in SHOWN {
        assert!(
            page.contains(&format!("`{}`", template.name)),
            "{}",
            template.name
        );
    }
}

const MANDATORY: &str = "id=1&first=1&source=1&dateFrom=2026-01-01&dateTo=2027-01-01&object=1";

/// A member of the template's group and of nothing else.
fn member(house: &House, template: Template) -> Who {
    let admin = house.admin("t100");
    let name = template.name.to_lowercase().replace(' ', "-");
    let who = house.person("t100", &name, &[]);
    let group = house.group("t100", template.name);
    let user = json!({ "user": { "id": name } });
    house
        .post(&admin, &format!("/user/t100/groups/{group}/users"), user)
        .expect(201);
    who
}

// R013: the matrix is what really happens: every list and entry point, asked by a member of each template's group.
#[test]
fn members_of_each_template_get_what_the_matrix_says() {
    let house = House::new();
    for template in SHOWN {
        let who = member(&house, template);
        let roles = template.roles(false);
        for endpoint in Endpoint::all() {
            let declaration = endpoint.declaration();
            let path = declaration.path.replace("{tenantId}", "t100");
            if declaration.method != Method::Get || path.contains('{') {
                continue;
            }
            // Only a token of its own opens it.
            if endpoint == Endpoint::Notifications(contract::notifications::Endpoint::Consumer) {
                continue;
            }
            // What some of them do not go without.
            let reply = house.get(&who, &format!("{path}?{MANDATORY}"));
            let refused = reply.status.as_u16() == 403;
            let expected = reach(&roles, declaration.operation.need) == "no";
            assert_eq!(refused, expected, "{} {path}: {}", template.name, reply.text);
        }
    }
}

// R013: a business user changes nothing, whatever it sends.
#[test]
fn a_business_user_changes_nothing_but_its_own_profile() {
    let house = House::new();
    let admin = house.admin("t100");
    let made = house
        .post(&admin, "/inventory/managedObjects", json!({ "name": "x" }))
        .expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let business = member(&house, BUSINESS_USER);
    let object = format!("/inventory/managedObjects/{id}");
    let point = json!({ "source": { "id": id }, "time": "2026-11-21T10:00:00Z", "type": "t", "f": { "s": { "value": 1 } } });
    house.get(&business, &object).expect(200);
    for (method, path, body) in [
        ("POST", "/inventory/managedObjects", json!({ "name": "mine" })),
        ("PUT", &object, json!({ "name": "mine" })),
        ("DELETE", &object, Value::Null),
        ("POST", "/measurement/measurements", point),
        (
            "POST",
            "/user/t100/users",
            json!({ "userName": "n", "email": "n@example.org", "sendPasswordResetEmail": true }),
        ),
    ] {
        house.call(&business, method, path, body).expect(403);
    }
    house
        .put(&business, "/user/currentUser", json!({ "phone": "+491" }))
        .expect(200);
}

// A new tenant has the groups by the names that clients know.
#[test]
fn a_new_tenant_has_the_groups_that_clients_look_for() {
    let house = House::new();
    let admin = house.admin("t100");
    let list = house
        .get(&admin, "/user/t100/groups?pageSize=100")
        .expect(200)
        .json();
    let names: Vec<_> = list["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| group["name"].clone())
        .collect();
    let expected: Vec<_> = engine::setup::TEMPLATES
        .iter()
        .map(|template| json!(template.name))
        .collect();
    assert_eq!(names, expected);
}
