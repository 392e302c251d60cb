//! Tables of decisions, and properties that hold for every principal.

use super::{Denied, Target, could, decide, decide_public};
use crate::facts::{ObjectFacts, Principal};
use crate::operation::Operation;
use crate::operations::inventory::{
    InventoryCreate, InventoryDelete, InventoryList, InventoryRead, InventoryTransfer, InventoryUpdate,
};
use crate::operations::measurements::{MeasurementCreate, MeasurementList, MeasurementRead};
use crate::operations::tenants::{TenantRead, TenantSetup};
use crate::proof::{Because, Reach};
use model::ids::{MANAGEMENT, ObjectId, PrincipalId, TenantNumber};
use model::roles::Role;
use model::users::UserKind;
use proptest::prelude::*;
use std::collections::BTreeSet;

const TENANT: TenantNumber = TenantNumber(7);

fn principal_id(number: u64) -> PrincipalId {
    PrincipalId::new(number).expect("in range")
}

fn person(number: u64, roles: &[Role]) -> Principal {
    let roles = roles.iter().copied().collect();
    Principal::from_store(
        TENANT,
        principal_id(number),
        UserKind::Person,
        roles,
        &BTreeSet::new(),
        BTreeSet::new(),
        false,
    )
}

fn object(tenant: TenantNumber, owner: u64, is_global: bool) -> ObjectFacts {
    ObjectFacts::from_store(
        tenant,
        ObjectId::new(100).expect("in range"),
        principal_id(owner),
        is_global,
    )
}

// R018: owner, role, global and nothing, for reading and changing an object and its data.
#[test]
fn an_object_is_reached_by_role_ownership_or_global_and_by_nothing_else() {
    let reader = person(1, &[Role::InventoryRead]);
    let admin = person(2, &[Role::InventoryAdmin]);
    let nobody = person(3, &[]);
    let mine = object(TENANT, 3, false);
    let foreign = object(TENANT, 9, false);
    let global = object(TENANT, 9, true);
    let elsewhere = object(TenantNumber(8), 3, true);

    let read = |who: &Principal, what: &ObjectFacts| {
        decide::<InventoryRead>(who, Target::Object(what)).map(|proof| proof.because())
    };
    let change = |who: &Principal, what: &ObjectFacts| {
        decide::<InventoryUpdate>(who, Target::Object(what)).map(|proof| proof.because())
    };
    assert_eq!(read(&reader, &foreign), Ok(Because::Role(Role::InventoryRead)));
    assert_eq!(change(&reader, &foreign), Err(Denied::Forbidden));
    // R019: ADMIN does not include READ.
    assert_eq!(read(&admin, &foreign), Err(Denied::Forbidden));
    assert_eq!(change(&admin, &foreign), Ok(Because::Role(Role::InventoryAdmin)));
    // R046: the owner, whatever else he may.
    assert_eq!(read(&nobody, &mine), Ok(Because::Owner));
    assert_eq!(change(&nobody, &mine), Ok(Because::Owner));
    assert!(decide::<InventoryDelete>(&nobody, Target::Object(&mine)).is_ok());
    // R037: read the object itself, and no more.
    assert_eq!(read(&nobody, &global), Ok(Because::Global));
    assert_eq!(change(&nobody, &global), Err(Denied::Forbidden));
    assert_eq!(
        decide::<MeasurementRead>(&nobody, Target::Object(&global)).map(|_| ()),
        Err(Denied::Forbidden)
    );
    assert_eq!(read(&nobody, &foreign), Err(Denied::Missing));
    assert_eq!(read(&nobody, &elsewhere), Err(Denied::Missing));
    assert_eq!(read(&reader, &elsewhere), Err(Denied::Missing));
}

// R047, R048: the owner of a meter stores its readings without any measurement role.
#[test]
fn an_owner_stores_and_reads_the_measurements_of_his_object() {
    let owner = person(3, &[]);
    let meter = object(TENANT, 3, false);
    let proof = decide::<MeasurementCreate>(&owner, Target::Object(&meter)).expect("allowed");
    assert_eq!(
        (proof.reach(), proof.because()),
        (Reach::Object(meter.id()), Because::Owner)
    );
    assert!(decide::<MeasurementRead>(&owner, Target::Object(&meter)).is_ok());
}

// R021: create, and nothing else.
#[test]
fn a_create_only_principal_creates_and_sees_only_its_own() {
    let creator = person(4, &[Role::InventoryCreate]);
    assert!(decide::<InventoryCreate>(&creator, Target::Tenant).is_ok());
    assert_eq!(
        decide::<InventoryRead>(&creator, Target::Object(&object(TENANT, 9, false))).map(|_| ()),
        Err(Denied::Missing)
    );
    let list = decide::<InventoryList>(&creator, Target::Tenant).expect("lists are never refused");
    assert_eq!(
        list.reach(),
        Reach::Owned {
            owner: creator.id(),
            global: true
        }
    );
    assert!(decide::<InventoryTransfer>(&creator, Target::Tenant).is_err());
}

#[test]
fn a_list_of_data_does_not_reach_global_objects() {
    let nobody = person(3, &[]);
    let list = decide::<MeasurementList>(&nobody, Target::Tenant).expect("lists are never refused");
    assert_eq!(
        list.reach(),
        Reach::Owned {
            owner: nobody.id(),
            global: false
        }
    );
}

// R023: what the group `devices` gives to read reaches only what the device owns.
#[test]
fn read_roles_of_the_devices_group_do_not_reach_the_tenant() {
    let through_devices = [Role::InventoryRead, Role::InventoryCreate, Role::IdentityAdmin].into();
    let device = Principal::from_store(
        TENANT,
        principal_id(5),
        UserKind::Device,
        BTreeSet::new(),
        &through_devices,
        BTreeSet::new(),
        false,
    );
    assert!(decide::<InventoryCreate>(&device, Target::Tenant).is_ok());
    assert_eq!(
        decide::<InventoryRead>(&device, Target::Object(&object(TENANT, 9, false))).map(|_| ()),
        Err(Denied::Missing)
    );
    assert_eq!(device.effective_roles().count(), 3);
}

// R025: a platform role means nothing outside the management tenant, even if a row says that it is held.
#[test]
fn platform_roles_are_void_outside_the_management_tenant() {
    let outside = person(6, &[Role::TenantManagementRead]);
    assert!(decide::<TenantRead>(&outside, Target::Tenant).is_err());
    assert!(!outside.may_grant(Role::TenantManagementRead));
    let inside = Principal::from_store(
        MANAGEMENT,
        principal_id(6),
        UserKind::Person,
        [Role::TenantManagementRead].into(),
        &BTreeSet::new(),
        BTreeSet::new(),
        false,
    );
    assert!(decide::<TenantRead>(&inside, Target::Tenant).is_ok());
}

#[test]
fn only_declared_operations_are_decided_without_a_principal() {
    assert!(decide_public::<TenantSetup>(TENANT).is_ok());
    assert!(decide_public::<InventoryList>(TENANT).is_err());
}

#[test]
fn the_gate_lets_in_who_owns_something_or_holds_a_role() {
    let nobody = person(3, &[]);
    let store = MeasurementCreate::INFO.need;
    assert!(!could(&nobody, store, false));
    assert!(could(&nobody, store, true));
    assert!(could(&person(1, &[Role::MeasurementAdmin]), store, false));
    assert!(!could(&nobody, InventoryCreate::INFO.need, true));
    // R037: whoever may read a `c8y_Global` object must not be stopped before it is looked at.
    assert!(could(&nobody, InventoryRead::INFO.need, false));
    assert!(!could(&nobody, InventoryUpdate::INFO.need, false));
}

proptest! {
    // The gate never stops what the decision would allow.
    #[test]
    fn what_is_allowed_passes_the_gate(held in any_roles(), owner in 1u64..3, global: bool) {
        let who = Principal::from_store(
            TENANT, principal_id(1), UserKind::Person, held, &BTreeSet::new(), BTreeSet::new(), false);
        let what = object(TENANT, owner, global);
        let owns = what.owner() == who.id();
        for info in crate::operations::all() {
            let allowed = [Target::Tenant, Target::Object(&what)]
                .into_iter()
                .any(|target| super::clause(&who, info.need, target).is_ok());
            prop_assert!(!allowed || could(&who, info.need, owns), "{}", info.name);
        }
    }
}

fn any_roles() -> impl Strategy<Value = BTreeSet<Role>> {
    proptest::collection::btree_set(proptest::sample::select(Role::ALL), 0..6)
}

proptest! {
    // R005: a further role or group never takes anything away.
    #[test]
    fn a_further_role_never_removes_a_right(
        held in any_roles(), further in any_roles(), owner in 1u64..4, global: bool
    ) {
        let make = |roles: BTreeSet<Role>| Principal::from_store(
            TENANT, principal_id(1), UserKind::Person, roles, &BTreeSet::new(), BTreeSet::new(), false);
        let before = make(held.clone());
        let after = make(held.union(&further).copied().collect());
        let what = object(TENANT, owner, global);
        prop_assert!(
            decide::<InventoryRead>(&before, Target::Object(&what)).is_err()
                || decide::<InventoryRead>(&after, Target::Object(&what)).is_ok());
        prop_assert!(
            decide::<MeasurementCreate>(&before, Target::Object(&what)).is_err()
                || decide::<MeasurementCreate>(&after, Target::Object(&what)).is_ok());
    }

    // R115: whatever the roles, an object of another tenant does not exist.
    #[test]
    fn no_role_reaches_another_tenant(held in any_roles(), owner in 1u64..4, global: bool) {
        let who = Principal::from_store(
            TENANT, principal_id(1), UserKind::Person, held.clone(), &held, BTreeSet::new(), true);
        let what = object(TenantNumber(8), owner, global);
        prop_assert_eq!(
            decide::<InventoryRead>(&who, Target::Object(&what)).map(|_| ()), Err(Denied::Missing));
        prop_assert_eq!(
            decide::<MeasurementRead>(&who, Target::Object(&what)).map(|_| ()), Err(Denied::Missing));
    }
}
