//! Tables of decisions, and properties that hold for every principal.

mod lent;
mod parts;
mod projects;

use super::{Denied, Target, could, decide, decide_public, reasons};
use crate::facts::{Held, ObjectFacts, Principal, Surroundings};
use crate::operation::{Level, Need, Operation, Scope};
use crate::operations::inventory::{
    GlobalSet, InventoryCreate, InventoryCreateBelow, InventoryDelete, InventoryList, InventoryRead,
    InventoryTransfer, InventoryUpdate,
};
use crate::operations::measurements::{MeasurementCreate, MeasurementList, MeasurementRead};
use crate::operations::service_accounts::ServiceKeyCreate;
use crate::operations::tenants::{TenantRead, TenantSetup};
use crate::operations::users::OwnPassword;
use crate::proof::{Because, Reach};
use crate::rights::Rights;
use model::grants::Subject;
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
    with_roles(number, roles.iter().copied().collect())
}

fn with_roles(number: u64, direct: BTreeSet<Role>) -> Principal {
    let held = Held {
        direct,
        ..Held::default()
    };
    Principal::from_store(TENANT, principal_id(number), UserKind::Person, held)
}

fn object_id(number: u64) -> ObjectId {
    ObjectId::new(number).expect("in range")
}

fn object(tenant: TenantNumber, owner: u64, is_global: bool) -> ObjectFacts {
    let surroundings = Surroundings::default();
    ObjectFacts::from_store(
        tenant,
        object_id(100),
        principal_id(owner),
        is_global,
        None,
        surroundings,
    )
}

/// Object 100 below 20 below 10, of other owners.
fn child(fragments: &[&str]) -> ObjectFacts {
    let surroundings = Surroundings {
        above: [object_id(20), object_id(10)].into_iter().collect(),
        owned_above: None,
        fragments: fragments.iter().map(|name| (*name).into()).collect(),
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

/// A person of no role with these rules.
fn with_rules(rules: &[&str]) -> Principal {
    principal_with(UserKind::Person, rules, false)
}

fn principal_with(kind: UserKind, rules: &[&str], strips: bool) -> Principal {
    let id = principal_id(1);
    let held = Held {
        rights: Rights::of_rules(Subject::User(id), rules),
        strips,
        ..Held::default()
    };
    Principal::from_store(TENANT, id, kind, held)
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
        (&Reach::Object(meter.id()), Because::Owner)
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
    assert!(matches!(
        list.reach(),
        Reach::Mine(mine) if mine.owner == creator.id() && mine.global && mine.rights.is_empty()
    ));
    assert!(decide::<InventoryTransfer>(&creator, Target::Tenant).is_err());
}

#[test]
fn a_list_of_data_does_not_reach_global_objects() {
    let nobody = person(3, &[]);
    let list = decide::<MeasurementList>(&nobody, Target::Tenant).expect("lists are never refused");
    assert!(matches!(list.reach(), Reach::Mine(mine) if mine.owner == nobody.id() && !mine.global));
}

// R023: what the group `devices` gives to read reaches only what the device owns.
#[test]
fn read_roles_of_the_devices_group_do_not_reach_the_tenant() {
    let through_devices = [Role::InventoryRead, Role::InventoryCreate, Role::IdentityAdmin].into();
    let held = Held {
        through_devices,
        ..Held::default()
    };
    let device = Principal::from_store(TENANT, principal_id(5), UserKind::Device, held);
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
    let held = Held {
        direct: [Role::TenantManagementRead].into(),
        ..Held::default()
    };
    let inside = Principal::from_store(MANAGEMENT, principal_id(6), UserKind::Person, held);
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
        let who = with_roles(1, held);
        let what = object(TENANT, owner, global);
        let owns = what.owner() == who.id();
        for info in crate::operations::all() {
            let allowed = [Target::Tenant, Target::Object(&what)]
                .into_iter()
                .any(|target| !reasons(&who, info.need, target).is_empty());
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
        let before = with_roles(1, held.clone());
        let after = with_roles(1, held.union(&further).copied().collect());
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
        let held = Held {
            direct: held.clone(),
            through_devices: held,
            is_admin: true,
            ..Held::default()
        };
        let who = Principal::from_store(TENANT, principal_id(1), UserKind::Person, held);
        let what = object(TenantNumber(8), owner, global);
        prop_assert_eq!(
            decide::<InventoryRead>(&who, Target::Object(&what)).map(|_| ()), Err(Denied::Missing));
        prop_assert_eq!(
            decide::<MeasurementRead>(&who, Target::Object(&what)).map(|_| ()), Err(Denied::Missing));
    }
}

fn may(who: &Principal, scope: Scope, level: Level, target: Target<'_>) -> bool {
    !reasons(who, Need::on(scope, level), target).is_empty()
}

// R039: on the object itself, its parent and its grandparent; a rule on something beside it does not count.
#[test]
fn a_permission_reaches_what_hangs_below_at_any_depth() {
    let what = child(&[]);
    for (rule, expected) in [
        ("100, EVENT, *, READ", true),
        ("20, EVENT, *, READ", true),
        ("10, EVENT, *, READ", true),
        ("*, EVENT, *, READ", true),
        ("30, EVENT, *, READ", false),
    ] {
        let who = with_rules(&[rule]);
        assert_eq!(
            may(&who, Scope::Event, Level::Read, Target::Object(&what)),
            expected,
            "{rule}"
        );
        assert!(
            !may(&who, Scope::Event, Level::Admin, Target::Object(&what)),
            "{rule}"
        );
        assert!(
            !may(&who, Scope::Alarm, Level::Read, Target::Object(&what)),
            "{rule}"
        );
    }
}

// R032: restart, and nothing smuggled in beside it. R042: and nothing that is only spelled alike.
#[test]
fn a_restart_only_user_can_only_restart() {
    let who = with_rules(&["100, OPERATION, c8y_Restart, ADMIN"]);
    let what = child(&["c8y_IsDevice"]);
    let create = |fragments: &[&str]| {
        let target = Target::With {
            object: &what,
            fragments,
        };
        may(&who, Scope::Operation, Level::Admin, target)
    };
    assert!(create(&["c8y_Restart"]));
    for refused in [
        &["c8y_Restart", "c8y_Command"][..],
        &["c8y_Command"],
        &["c8yRestart"],
        &[],
    ] {
        assert!(!create(refused), "{refused:?}");
    }
}

// R040 R041: the reader of temperatures.
#[test]
fn a_temperature_reader_reads_temperatures_and_nothing_else() {
    let what = child(&["c8y_IsDevice"]);
    let temperature = with_rules(&["100, MEASUREMENT, c8y_TemperatureMeasurement, READ"]);
    let read = |who: &Principal, fragments: &[&str]| {
        let target = Target::Piece {
            object: &what,
            fragments,
        };
        decide::<MeasurementRead>(who, target).map(|_| ())
    };
    assert_eq!(read(&temperature, &["c8y_TemperatureMeasurement"]), Ok(()));
    assert_eq!(
        read(&temperature, &["c8y_TemperatureMeasurement", "c8y_Other"]),
        Err(Denied::Missing)
    );
    assert_eq!(
        read(&with_rules(&["100, MEASUREMENT, *, READ"]), &["c8y_Other"]),
        Ok(())
    );
    // The object itself is not its to read, though it knows of it.
    let object = decide::<InventoryRead>(&temperature, Target::Object(&what)).map(|_| ());
    assert_eq!(object, Err(Denied::Forbidden));
}

// R033: with the tenant's option, what is covered is shown without the rest; writing is still all or nothing.
#[test]
fn stripping_shows_a_part_and_changes_no_part() {
    let what = child(&[]);
    let who = principal_with(UserKind::Person, &["100, MEASUREMENT, a, *"], true);
    let target = |fragments| Target::With {
        object: &what,
        fragments,
    };
    let proof = decide::<MeasurementRead>(&who, target(&["a", "b"])).expect("a part is shown");
    assert!(matches!(
        proof.reach(),
        Reach::Part { shows, .. } if shows.strips && shows.cover.has("a") && !shows.cover.has("b")
    ));
    assert!(decide::<MeasurementRead>(&who, target(&["b"])).is_err());
    assert!(decide::<MeasurementCreate>(&who, target(&["a", "b"])).is_err());
    assert!(decide::<MeasurementCreate>(&who, target(&["a"])).is_ok());
}

// A right that covers nothing of an object does not tell that the object is there; one on its data does.
#[test]
fn what_no_permission_fits_is_missing_and_not_forbidden() {
    let what = child(&["a", "b"]);
    let read =
        |rules: &[&str]| decide::<InventoryRead>(&with_rules(rules), Target::Object(&what)).map(|_| ());
    assert_eq!(read(&["10, MANAGED_OBJECT, a, READ"]), Err(Denied::Missing));
    assert_eq!(
        read(&["10, MANAGED_OBJECT, a, READ", "100, MANAGED_OBJECT, b, READ"]),
        Ok(())
    );
    assert_eq!(read(&["10, MANAGED_OBJECT, *, ADMIN"]), Err(Denied::Forbidden));
    assert_eq!(read(&["10, ALARM, x, ADMIN"]), Err(Denied::Forbidden));
    assert_eq!(read(&["30, *, *, *"]), Err(Denied::Missing));
}

// An update is judged by the fragments before and after it.
#[test]
fn an_update_needs_the_fragments_that_it_adds_too() {
    let what = child(&["a"]);
    let who = with_rules(&["100, MANAGED_OBJECT, a, ADMIN"]);
    let update = |fragments| {
        let target = Target::With {
            object: &what,
            fragments,
        };
        decide::<InventoryUpdate>(&who, target).is_ok()
    };
    assert!(update(&[]));
    assert!(update(&["a"]));
    assert!(!update(&["b"]));
}

// R022: a child is created by a permission on its parent, which it inherits; to own the parent is not enough.
#[test]
fn a_child_is_created_by_a_permission_on_its_parent() {
    let parent = child(&["c8y_IsDeviceGroup"]);
    let below = |fragments| Target::Below {
        parent: &parent,
        fragments,
    };
    let manager = with_rules(&["10, MANAGED_OBJECT, *, ADMIN"]);
    assert!(decide::<InventoryCreateBelow>(&manager, below(&["a"])).is_ok());
    let narrow = with_rules(&["10, MANAGED_OBJECT, a, ADMIN"]);
    assert!(decide::<InventoryCreateBelow>(&narrow, below(&["a"])).is_ok());
    assert!(decide::<InventoryCreateBelow>(&narrow, below(&["a", "b"])).is_err());
    assert!(decide::<InventoryCreateBelow>(&person(90, &[]), below(&["a"])).is_err());
}

// R003, R119: whatever roles a service or a device was given, what is for people is not for it.
#[test]
fn what_is_for_people_no_other_kind_may_do() {
    let of = |kind| {
        let held = Held {
            direct: Role::ALL.iter().copied().collect(),
            is_admin: true,
            ..Held::default()
        };
        Principal::from_store(TENANT, principal_id(1), kind, held)
    };
    for (kind, expected) in [
        (UserKind::Person, Ok(())),
        (UserKind::Service, Err(Denied::Forbidden)),
        (UserKind::Device, Err(Denied::Forbidden)),
    ] {
        let decided = [
            decide::<ServiceKeyCreate>(&of(kind), Target::Tenant).map(drop),
            decide::<OwnPassword>(&of(kind), Target::Tenant).map(drop),
        ];
        assert_eq!(decided, [expected, expected], "{kind:?}");
        assert!(
            decide::<TenantRead>(&of(UserKind::Service), Target::Tenant).is_err(),
            "no platform role counts"
        );
        assert!(decide::<MeasurementList>(&of(kind), Target::Tenant).is_ok());
    }
}

// R023: an agent reaches the devices behind it; a person who owns a group does not reach what others put into it.
#[test]
fn what_a_device_owns_reaches_what_hangs_below_it() {
    let below = |owned_above| {
        let surroundings = Surroundings {
            above: [object_id(10)].into_iter().collect(),
            owned_above,
            fragments: Vec::new(),
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
    };
    let own = below(Some(object_id(10)));
    let of = |kind| Principal::from_store(TENANT, principal_id(91), kind, Held::default());
    let agent =
        decide::<MeasurementCreate>(&of(UserKind::Device), Target::Object(&own)).expect("its own tree");
    assert_eq!(agent.because(), Because::OwnerAbove(object_id(10)));
    for (kind, object) in [
        (UserKind::Person, &own),
        (UserKind::Service, &own),
        (UserKind::Device, &below(None)),
    ] {
        let refused = decide::<MeasurementCreate>(&of(kind), Target::Object(object)).map(|_| ());
        assert_eq!(refused, Err(Denied::Missing), "{kind:?}");
    }
}

// R018: the truth table of owner, own rule, rule above and c8y_Global, for every kind of data and both levels.
#[test]
fn an_explanation_names_every_clause_and_decides_as_the_decision_does() {
    for bits in 0..16_u8 {
        let has = |bit: u8| bits & (1 << bit) != 0;
        let mut rules = Vec::new();
        rules.extend(has(1).then_some("100, MEASUREMENT, *, READ"));
        rules.extend(has(2).then_some("10, MANAGED_OBJECT, *, READ"));
        let who = with_rules(&rules);
        let owner = principal_id(if has(0) { 1 } else { 90 });
        let surroundings = Surroundings {
            above: [object_id(20), object_id(10)].into_iter().collect(),
            owned_above: None,
            fragments: vec!["a".into()],
            ..Surroundings::default()
        };
        let what = ObjectFacts::from_store(TENANT, object_id(100), owner, has(3), None, surroundings);
        let target = Target::Object(&what);
        let mut expected = Vec::new();
        expected.extend(has(0).then_some(Because::Owner));
        expected.extend(has(2).then_some(Because::Rights));
        expected.extend(has(3).then_some(Because::Global));
        assert_eq!(
            reasons(&who, InventoryRead::INFO.need, target),
            expected,
            "{bits:b}"
        );
        let decided = decide::<InventoryRead>(&who, target).map(|proof| proof.because());
        assert_eq!(decided.ok(), expected.first().copied(), "{bits:b}");
        assert_eq!(
            decide::<MeasurementRead>(&who, target).is_ok(),
            has(0) || has(1),
            "{bits:b}"
        );
        assert_eq!(
            decide::<InventoryUpdate>(&who, target).is_ok(),
            has(0),
            "{bits:b}"
        );
    }
}

// R010: nobody passes on more than they hold there; members of `admins` everything of their tenant.
#[test]
fn nobody_passes_on_more_than_they_hold() {
    use crate::granting::{On, may_pass_on};
    let what = child(&[]);
    let here = On::Object(&what);
    let ask =
        |who: &Principal, text: &str, on: On<'_>| may_pass_on(who, &text.parse().expect("a permission"), on);
    let some = with_rules(&["20, EVENT, *, READ", "*, ALARM, a, *"]);
    for (permission, on, expected) in [
        ("EVENT:*:READ", here, true),
        ("EVENT:a:READ", here, true),
        ("EVENT:*:*", here, false),
        ("EVENT:*:READ", On::Everything, false),
        ("ALARM:a:ADMIN", On::Everything, true),
        ("ALARM:*:ADMIN", here, false),
        ("*:a:READ", here, false),
    ] {
        assert_eq!(ask(&some, permission, on), expected, "{permission}");
    }
    assert!(ask(
        &person(1, &[Role::EventRead]),
        "EVENT:*:READ",
        On::Everything
    ));
    assert!(
        !ask(&person(90, &[]), "EVENT:*:READ", here),
        "an owner passes nothing on to what hangs below"
    );
    let held = Held {
        is_admin: true,
        ..Held::default()
    };
    let admin = Principal::from_store(TENANT, principal_id(1), UserKind::Person, held);
    assert!(ask(&admin, "*:*:*", On::Everything));
}

// R037: devices open objects to everybody only where their tenant lets them; whatever roles they hold.
#[test]
fn a_device_opens_objects_to_everybody_only_where_its_tenant_lets_it() {
    for (kind, devices_open_to_all, expected) in [
        (UserKind::Person, false, Ok(Because::SignedIn)),
        (UserKind::Service, false, Ok(Because::SignedIn)),
        (UserKind::Device, false, Err(Denied::Forbidden)),
        (UserKind::Device, true, Ok(Because::SignedIn)),
    ] {
        let held = Held {
            direct: Role::ALL.iter().copied().collect(),
            is_admin: true,
            devices_open_to_all,
            ..Held::default()
        };
        let who = Principal::from_store(TENANT, principal_id(1), kind, held);
        let decided = decide::<GlobalSet>(&who, Target::Tenant).map(|proof| proof.because());
        assert_eq!(decided, expected, "{kind:?} {devices_open_to_all}");
        assert_eq!(could(&who, Need::OpenToAll, true), expected.is_ok());
    }
}

// R015, R025: two lines of defence. A platform role is dropped from a principal of another tenant, and would not count.
#[test]
fn a_need_for_a_platform_role_is_met_in_the_management_tenant_only() {
    let held = || Held {
        direct: [Role::TenantManagementRead].into(),
        ..Held::default()
    };
    let of = |tenant| Principal::from_store(tenant, principal_id(1), UserKind::Person, held());
    let need = Need::PlatformRole(&[Role::TenantManagementRead, Role::InventoryRead]);
    assert!(could(&of(MANAGEMENT), need, false));
    assert!(!could(&person(1, &[Role::InventoryRead]), need, false));
    assert!(!could(&of(TENANT), need, false));
}

#[test]
fn a_proof_says_who_acts() {
    let admin = person(3, &[Role::InventoryAdmin]);
    let object = object(TENANT, 90, false);
    let proof = decide::<InventoryUpdate>(&admin, Target::Object(&object)).expect("allowed");
    assert_eq!(proof.principal(), Some(principal_id(3)));
}

// R115: what is refused of a piece of data by its fragments tells nothing to whoever may not know the piece.
#[test]
fn a_hidden_piece_is_missing_unless_the_object_is_known_otherwise() {
    let object = child(&["o"]);
    let piece = Target::Piece {
        object: &object,
        fragments: &["f"],
    };
    let refused = |who: &Principal| decide::<MeasurementRead>(who, piece).err();
    assert_eq!(
        refused(&with_rules(&["100, MEASUREMENT, g, READ"])),
        Some(Denied::Missing)
    );
    // Whoever may change it knows of it.
    assert_eq!(
        refused(&with_rules(&["100, MEASUREMENT, f, ADMIN"])),
        Some(Denied::Forbidden)
    );
    // A role over other data of the tenant: that the object is there is no news.
    assert_eq!(refused(&person(1, &[Role::EventRead])), Some(Denied::Forbidden));
}

// R115: a need that is not about one object is refused as the caller knows the object that it is aimed at.
#[test]
fn a_refusal_beside_the_object_tells_only_those_who_know_it() {
    let object = child(&["o"]);
    let need = Need::AnyRole(&[Role::TenantAdmin]);
    let told = |who: &Principal| super::denied(who, need, Target::Object(&object));
    assert_eq!(told(&with_rules(&["100, EVENT, *, READ"])), Denied::Forbidden);
    assert_eq!(told(&person(1, &[])), Denied::Missing);
    assert_eq!(
        super::denied(&person(1, &[]), need, Target::Tenant),
        Denied::Forbidden
    );
}
