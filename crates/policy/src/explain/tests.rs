//! Explanations of every clause, and that they agree with the decision and with what they advise.

use super::{ACTIONS, Action, Explanation, Reason, explain, extent};
use crate::decide::{Denied, Target, reasons};
use crate::facts::{Held, Loan, ObjectFacts, Principal, Surroundings};
use crate::operation::{Level, Need, Scope};
use crate::rights::{Cover, Grant, Origin, Rights};
use model::grants::Subject;
use model::ids::{GroupId, ObjectId, OperationId, PrincipalId, TenantNumber};
use model::permissions::Rule;
use model::roles::Role;
use model::users::UserKind;
use proptest::prelude::*;

const TENANT: TenantNumber = TenantNumber(7);

fn user(number: u64) -> PrincipalId {
    PrincipalId::new(number).expect("in range")
}

fn id(number: u64) -> ObjectId {
    ObjectId::new(number).expect("in range")
}

/// Object 100 below 20 below 10.
fn object(owner: u64, is_global: bool, fragments: &[&str]) -> ObjectFacts {
    let surroundings = Surroundings {
        above: [id(20), id(10)].into_iter().collect(),
        owned_above: None,
        fragments: fragments.iter().map(|name| (*name).into()).collect(),
        ..Surroundings::default()
    };
    ObjectFacts::from_store(TENANT, id(100), user(owner), is_global, None, surroundings)
}

fn of_user() -> Subject {
    Subject::User(user(1))
}

fn of_group() -> Subject {
    Subject::Group(GroupId::new(4).expect("in range"))
}

fn grant(subject: Subject, text: &str) -> Grant {
    let Rule { object, permission } = text.parse().expect("a rule");
    let origin = Origin { subject, role: None };
    Grant {
        object,
        permission,
        origin,
    }
}

fn who(roles: &[Role], grants: Vec<Grant>) -> Principal {
    let held = Held {
        direct: roles.iter().copied().collect(),
        rights: Rights::new(grants),
        ..Held::default()
    };
    Principal::from_store(TENANT, user(1), UserKind::Person, held)
}

fn action(scope: Scope, name: &str) -> &'static Action {
    let found = ACTIONS
        .iter()
        .find(|action| action.scope == scope && action.name == name);
    found.expect("an action")
}

fn rules(explanation: &Explanation) -> Vec<String> {
    let remedy = explanation.remedy.iter();
    remedy
        .flat_map(|remedy| remedy.rules.iter().map(Rule::to_string))
        .collect()
}

// R018 R043: role, owner, permission and c8y_Global, in the order of the decision; of the roles, all that are held.
#[test]
fn every_clause_is_named_with_what_it_rests_on() {
    let rule = grant(of_group(), "10, MANAGED_OBJECT, *, READ");
    let who = who(
        &[Role::InventoryRead, Role::ManagedObjectRead],
        vec![rule.clone()],
    );
    let told = explain(
        &who,
        action(Scope::ManagedObject, "read"),
        &object(1, true, &["a"]),
        None,
    );
    let expected = [
        Reason::Role(Role::InventoryRead),
        Reason::Role(Role::ManagedObjectRead),
        Reason::Owner,
        Reason::Permission(rule),
        Reason::Global,
    ];
    assert_eq!(told.because, expected);
    assert!(told.is_allowed() && told.remedy.is_none() && told.not_enough.is_empty());
}

#[test]
fn a_device_is_told_which_object_above_it_owns() {
    let surroundings = Surroundings {
        above: [id(20)].into_iter().collect(),
        owned_above: Some(id(20)),
        fragments: Vec::new(),
        ..Surroundings::default()
    };
    let below = ObjectFacts::from_store(TENANT, id(100), user(90), false, None, surroundings);
    let agent = Principal::from_store(TENANT, user(1), UserKind::Device, Held::default());
    let told = explain(&agent, action(Scope::Measurement, "store"), &below, None);
    assert_eq!(told.because, [Reason::OwnerAbove(id(20))]);
    assert_eq!(told.fragments, Cover::ALL);
}

#[test]
fn a_device_is_told_which_operation_lends_and_nobody_that_a_loan_could_be_had() {
    let creator = who(&[Role::InventoryRead], Vec::new());
    let loan = Loan {
        operation: OperationId::new(7).expect("in range"),
        creator,
        object: object(90, false, &[]),
    };
    let surroundings = Surroundings {
        loans: vec![loan],
        ..Surroundings::default()
    };
    let lent = ObjectFacts::from_store(TENANT, id(100), user(90), false, None, surroundings);
    let device = Principal::from_store(TENANT, user(2), UserKind::Device, Held::default());
    let told = explain(&device, action(Scope::Binary, "read"), &lent, None);
    assert_eq!(
        told.because,
        [Reason::Lent(OperationId::new(7).expect("in range"))]
    );
    assert_eq!(told.fragments, Cover::ALL);
    let told = explain(&device, action(Scope::Binary, "update"), &lent, None);
    assert_eq!((told.denied, told.because), (Some(Denied::Forbidden), Vec::new()));
}

// R005 R033 R038: what several rules cover together, each rule is a part of; one about something else is none.
#[test]
fn rules_that_are_enough_only_together_are_all_named() {
    let (own, group) = (
        grant(of_user(), "100, MANAGED_OBJECT, a, READ"),
        grant(of_group(), "20, MANAGED_OBJECT, b, READ"),
    );
    let beside = grant(of_user(), "100, MANAGED_OBJECT, z, READ");
    let who = who(&[], vec![own.clone(), group.clone(), beside]);
    let told = explain(
        &who,
        action(Scope::ManagedObject, "read"),
        &object(90, false, &["a", "b"]),
        None,
    );
    assert_eq!(told.because, [Reason::Permission(own), Reason::Permission(group)]);
}

// R033 R034 R043: a refusal names the fragments that are not covered, and `*` where there is no fragment to name.
#[test]
fn a_refusal_names_the_rules_that_are_missing() {
    let part = grant(of_user(), "10, MANAGED_OBJECT, a, READ");
    let who = who(&[], vec![part.clone()]);
    let read = action(Scope::ManagedObject, "read");
    let told = explain(&who, read, &object(90, false, &["a", "b", "c8y_X"]), None);
    assert_eq!(told.denied, Some(Denied::Missing));
    assert_eq!(told.not_enough, [part]);
    assert!(told.because.is_empty() && told.fragments.is_empty());
    assert_eq!(
        rules(&told),
        ["100, MANAGED_OBJECT, b, READ", "100, MANAGED_OBJECT, c8y_X, READ"]
    );
    let remedy = told.remedy.expect("a remedy");
    assert_eq!(remedy.roles, [Role::InventoryRead, Role::ManagedObjectRead]);
    assert!(remedy.ownership && remedy.global);
    let bare = explain(&who, read, &object(90, false, &[]), None);
    assert_eq!(rules(&bare), ["100, MANAGED_OBJECT, *, READ"]);
    // No rule can name such a fragment.
    let unnamed = "x".repeat(300);
    let long = explain(&who, read, &object(90, false, &[&unnamed]), None);
    assert_eq!(rules(&long), ["100, MANAGED_OBJECT, *, READ"]);
}

// R041: of data, the fragments that are covered; what is asked for by name is decided by name.
#[test]
fn of_data_the_covered_fragments_are_told() {
    let who = who(&[], vec![grant(of_user(), "20, MEASUREMENT, t, *")]);
    let (what, read) = (object(90, false, &["a"]), action(Scope::Measurement, "read"));
    let told = explain(&who, read, &what, None);
    assert!(told.is_allowed() && told.fragments.has("t") && !told.fragments.all);
    assert_eq!(rules(&told), ["100, MEASUREMENT, *, READ"]);
    let both = explain(&who, read, &what, Some(&["t", "u"]));
    assert_eq!(
        (both.is_allowed(), rules(&both)),
        (false, vec!["100, MEASUREMENT, u, READ".to_owned()])
    );
    assert_eq!(both.not_enough.len(), 1);
    let one = explain(&who, action(Scope::Measurement, "store"), &what, Some(&["t"]));
    assert!(one.is_allowed() && one.remedy.is_none());
    assert!(extent(&who, action(Scope::Event, "read"), &what).is_empty());
}

// R022: a child is made by two rights: to link, and to create.
#[test]
fn a_child_needs_the_right_to_link_and_the_right_to_create() {
    let create = action(Scope::ManagedObject, "createChild");
    let what = object(90, false, &["a"]);
    let ask = |who: &Principal, fragments: Option<&[&str]>| explain(who, create, &what, fragments);
    let narrow = who(&[], vec![grant(of_user(), "100, MANAGED_OBJECT, a, ADMIN")]);
    let allowed = ask(&narrow, None).fragments;
    assert!(allowed.has("a") && !allowed.all);
    assert!(ask(&narrow, Some(&["a"])).is_allowed() && !ask(&narrow, Some(&["b"])).is_allowed());
    assert_eq!(
        rules(&ask(&narrow, Some(&["b"]))),
        ["100, MANAGED_OBJECT, *, ADMIN"]
    );
    let other = who(&[], vec![grant(of_user(), "100, MANAGED_OBJECT, z, ADMIN")]);
    assert!(
        !ask(&other, Some(&["z"])).is_allowed(),
        "the parent is not theirs to link to"
    );
    let creator = who(&[Role::InventoryCreate], Vec::new());
    assert_eq!(rules(&ask(&creator, None)), ["100, MANAGED_OBJECT, a, ADMIN"]);
    let both = who(
        &[Role::InventoryCreate],
        vec![grant(of_user(), "100, MANAGED_OBJECT, a, ADMIN")],
    );
    let told = ask(&both, Some(&["b"]));
    assert!(told.is_allowed() && told.because.contains(&Reason::Role(Role::InventoryCreate)));
    assert_eq!(told.fragments, Cover::ALL);
}

// R033 R043: a piece of data that is hidden is missing; a change that is not covered is refused.
#[test]
fn a_refused_piece_is_told_as_the_decision_tells_it() {
    let what = object(90, false, &["a"]);
    let one = who(&[], vec![grant(of_user(), "100, MEASUREMENT, t, READ")]);
    let told = |name| explain(&one, action(Scope::Measurement, name), &what, Some(&["u"])).denied;
    assert_eq!(told("read"), Some(Denied::Missing));
    assert_eq!(told("store"), Some(Denied::Forbidden));
}

#[test]
fn the_extent_of_a_role_is_everything_and_that_of_a_rule_its_fragments() {
    let read = action(Scope::Measurement, "read");
    let what = object(90, false, &[]);
    assert_eq!(
        extent(&who(&[Role::MeasurementRead], Vec::new()), read, &what),
        Cover::ALL
    );
    let one = who(&[], vec![grant(of_user(), "20, MEASUREMENT, t, READ")]);
    let covered = extent(&one, read, &what);
    assert!(covered.has("t") && !covered.all);
}

// R118: in a project neither a role nor `c8y_Global` would help whoever is not at home there.
#[test]
fn no_role_is_advised_where_roles_do_not_count() {
    let surroundings = Surroundings {
        fragments: vec!["a".into()],
        ..Surroundings::default()
    };
    let inside = ObjectFacts::from_store(TENANT, id(100), user(90), false, Some(id(5)), surroundings);
    let told = explain(
        &who(&[], Vec::new()),
        action(Scope::ManagedObject, "read"),
        &inside,
        None,
    );
    let remedy = told.remedy.expect("a remedy");
    assert!(remedy.roles.is_empty() && !remedy.global && remedy.ownership);
}

// R044: nothing that is decided on an object can be left out of its explanation.
#[test]
fn every_operation_on_an_object_is_an_action() {
    let named = |name: &str| ACTIONS.iter().any(|action| action.operation == Some(name));
    let on_objects = |need| matches!(need, Need::OnObject { .. });
    let of_all = crate::operations::all().filter(|operation| named(operation.name));
    // What only some kinds of principals may do is not told by the reasons alone.
    assert!(
        of_all
            .into_iter()
            .all(|operation| operation.by == crate::operation::By::Anybody)
    );
    let missing: Vec<_> = crate::operations::all()
        .filter(|operation| on_objects(operation.need) && !named(operation.name))
        .map(|operation| operation.name)
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
    for scope in Scope::ALL {
        for level in Level::ALL {
            assert!(Action::for_level(scope, level).is_some(), "{scope:?} {level:?}");
        }
    }
}

fn any_rule() -> impl Strategy<Value = String> {
    let object = proptest::sample::select(vec!["100", "20", "10", "30", "*"]);
    let scope = proptest::sample::select(vec!["MANAGED_OBJECT", "MEASUREMENT", "EVENT", "*"]);
    let fragment = proptest::sample::select(vec!["a", "b", "c", "*"]);
    let level = proptest::sample::select(vec!["READ", "ADMIN", "*"]);
    (object, scope, fragment, level).prop_map(|(o, s, f, l)| format!("{o}, {s}, {f}, {l}"))
}

fn any_names() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(vec!["a", "b", "c"], 0..=3)
}

proptest! {
    // R043: an explanation says what the decision says, and each thing that it advises is enough by itself.
    #[test]
    fn what_an_explanation_advises_is_enough(
        texts in proptest::collection::vec(any_rule(), 0..5),
        roles in proptest::collection::btree_set(proptest::sample::select(Role::ALL), 0..2),
        owner in 1_u64..3, global: bool, own in any_names(), asked in proptest::option::of(any_names()),
        place in 0..ACTIONS.len(),
    ) {
        let grants: Vec<_> = texts.iter().map(|text| grant(of_user(), text)).collect();
        let roles: Vec<_> = roles.into_iter().collect();
        let (one, action) = (who(&roles, grants.clone()), &ACTIONS[place]);
        let what = object(owner, global, &own);
        let ask = |who: &Principal, what: &ObjectFacts| explain(who, action, what, asked.as_deref());
        let told = ask(&one, &what);
        if asked.is_none() && !action.is_creation {
            let decided = !reasons(&one, action.need, Target::Object(&what)).is_empty();
            prop_assert_eq!(told.is_allowed(), decided);
        }
        prop_assert_eq!(told.is_allowed(), !told.because.is_empty());
        let Some(remedy) = told.remedy else { return Ok(()) };
        let advised = remedy.rules.iter().map(|rule| grant(of_user(), &rule.to_string()));
        let more = who(&roles, grants.iter().cloned().chain(advised).collect());
        prop_assert!(ask(&more, &what).is_allowed());
        prop_assert!(ask(&more, &what).remedy.is_none());
        for role in remedy.roles {
            prop_assert!(ask(&who(&[&roles[..], &[*role]].concat(), grants.clone()), &what).is_allowed());
        }
        if remedy.ownership {
            prop_assert!(ask(&one, &object(1, global, &own)).is_allowed());
        }
        if remedy.global {
            prop_assert!(ask(&one, &object(owner, true, &own)).is_allowed());
        }
    }
}
