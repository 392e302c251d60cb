//! What open operations lend: to devices, to read, what their creators may read themselves.

use super::{TENANT, object_id, principal_id};
use crate::decide::{Denied, Target, decide, reasons};
use crate::facts::{Held, Loan, ObjectFacts, Principal, Surroundings};
use crate::operation::Operation;
use crate::operations::binaries::{BinaryDelete, BinaryRead, BinaryUpdate};
use crate::operations::inventory::{InventoryDelete, InventoryRead, InventoryUpdate};
use crate::operations::measurements::MeasurementRead;
use crate::operations::operations::OperationCreate;
use crate::proof::{Because, Reach};
use crate::rights::Rights;
use model::grants::Subject;
use model::ids::OperationId;
use model::users::UserKind;

fn operation(number: u64) -> OperationId {
    OperationId::new(number).expect("in range")
}

fn with(number: u64, kind: UserKind, rules: &[&str]) -> Principal {
    let held = Held {
        rights: Rights::of_rules(Subject::User(principal_id(number)), rules),
        ..Held::default()
    };
    Principal::from_store(TENANT, principal_id(number), kind, held)
}

/// Object 100 of user 90, with the fragment `a`.
fn facts(loans: Vec<Loan>) -> ObjectFacts {
    let surroundings = Surroundings {
        fragments: vec!["a".into()],
        loans,
        ..Surroundings::default()
    };
    ObjectFacts::from_store(
        TENANT,
        object_id(100),
        principal_id(90),
        false,
        None,
        surroundings,
    )
}

fn loan(number: u64, rules: &[&str]) -> Loan {
    Loan {
        operation: operation(number),
        creator: with(50, UserKind::Person, rules),
        object: facts(Vec::new()),
    }
}

fn device() -> Principal {
    with(1, UserKind::Device, &[])
}

const ALL: &[&str] = &["100, *, *, *"];

fn is_allowed<N: Operation>(who: &Principal, what: &ObjectFacts) -> Result<(Reach, Because), Denied> {
    decide::<N>(who, Target::Object(what)).map(|proof| (proof.reach().clone(), proof.because()))
}

// R023
#[test]
fn what_is_lent_is_read_and_nothing_else() {
    let (who, what) = (device(), facts(vec![loan(7, ALL)]));
    let lent = Ok((Reach::Object(object_id(100)), Because::Lent(operation(7))));
    assert_eq!(is_allowed::<InventoryRead>(&who, &what), lent);
    assert_eq!(is_allowed::<BinaryRead>(&who, &what), lent);
    let forbidden = Err(Denied::Forbidden);
    assert_eq!(is_allowed::<InventoryUpdate>(&who, &what), forbidden);
    assert_eq!(is_allowed::<InventoryDelete>(&who, &what), forbidden);
    assert_eq!(is_allowed::<BinaryUpdate>(&who, &what), forbidden);
    assert_eq!(is_allowed::<BinaryDelete>(&who, &what), forbidden);
    assert_eq!(is_allowed::<MeasurementRead>(&who, &what), forbidden);
    assert_eq!(is_allowed::<OperationCreate>(&who, &what), forbidden);
    assert_eq!(
        is_allowed::<InventoryRead>(&who, &facts(Vec::new())),
        Err(Denied::Missing)
    );
}

#[test]
fn it_is_lent_to_devices_and_in_their_own_tenant() {
    let what = facts(vec![loan(7, ALL)]);
    for kind in [UserKind::Person, UserKind::Service] {
        assert_eq!(
            is_allowed::<BinaryRead>(&with(1, kind, &[]), &what),
            Err(Denied::Missing),
            "{kind:?}"
        );
    }
    let elsewhere = model::ids::TenantNumber(8);
    let stranger = Principal::from_store(elsewhere, principal_id(1), UserKind::Device, Held::default());
    assert_eq!(is_allowed::<BinaryRead>(&stranger, &what), Err(Denied::Missing));
}

#[test]
fn only_what_the_creator_may_read_is_lent_each_need_by_itself() {
    let missing = [false, false];
    for (rules, expected) in [
        (&[][..], missing),
        (&["100, BINARY, *, READ"], [false, true]),
        (&["100, MANAGED_OBJECT, a, READ"], [true, false]),
        (
            &["100, MANAGED_OBJECT, a, READ", "100, BINARY, a, READ"],
            [true, true],
        ),
        // Some fragments, another object, another level are not it.
        (&["100, BINARY, b, READ"], missing),
        (&["101, *, *, READ"], missing),
        (&["100, *, *, ADMIN"], missing),
        (&["100, MEASUREMENT, *, READ"], missing),
    ] {
        let what = facts(vec![loan(7, rules)]);
        let allowed = [
            is_allowed::<InventoryRead>(&device(), &what).is_ok(),
            is_allowed::<BinaryRead>(&device(), &what).is_ok(),
        ];
        assert_eq!(allowed, expected, "{rules:?}");
        let known = is_allowed::<InventoryUpdate>(&device(), &what);
        let is_known = expected != missing;
        assert_eq!(known == Err(Denied::Forbidden), is_known, "{rules:?}");
    }
}

#[test]
fn of_several_loans_the_first_that_counts_is_named_and_every_other_clause_comes_before() {
    let loans = vec![loan(6, &[]), loan(7, ALL), loan(8, ALL)];
    let need = InventoryRead::INFO.need;
    let what = facts(loans.clone());
    assert_eq!(
        reasons(&device(), need, Target::Object(&what)),
        [Because::Lent(operation(7))]
    );
    let surroundings = Surroundings {
        loans,
        ..Surroundings::default()
    };
    let own = ObjectFacts::from_store(TENANT, object_id(100), principal_id(1), true, None, surroundings);
    let all = [Because::Owner, Because::Global, Because::Lent(operation(7))];
    assert_eq!(reasons(&device(), need, Target::Object(&own)), all);
}

#[test]
fn what_was_lent_to_the_creator_is_not_lent_on() {
    let between = Loan {
        creator: with(50, UserKind::Device, &[]),
        object: facts(vec![loan(8, ALL)]),
        ..loan(7, &[])
    };
    assert!(is_allowed::<BinaryRead>(&between.creator, &between.object).is_ok());
    assert_eq!(
        is_allowed::<BinaryRead>(&device(), &facts(vec![between])),
        Err(Denied::Missing)
    );
}
