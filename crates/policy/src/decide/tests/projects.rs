//! Projects: what is held for the whole tenant stays outside (R117, R118).

use super::{TENANT, object_id, principal_id};
use crate::decide::{Denied, Target, decide, reasons};
use crate::facts::{Held, ObjectFacts, Principal, Surroundings};
use crate::granting::{On, may_pass_on};
use crate::operation::{Level, Need, Scope};
use crate::operations::inventory::{
    InventoryCreate, InventoryCreateBelow, InventoryList, InventoryRead, InventoryUpdate,
};
use crate::operations::measurements::{MeasurementList, MeasurementRead};
use crate::proof::{Because, Reach};
use crate::rights::{Grant, Origin, Rights};
use model::grants::Subject;
use model::permissions::Rule;
use model::roles::Role;
use model::users::UserKind;

const PROJECT: u64 = 500;

/// Object 100 below 20, in project 500 or in none.
fn object(owner: u64, project: Option<u64>, is_global: bool) -> ObjectFacts {
    let surroundings = Surroundings {
        above: [object_id(20)].into_iter().collect(),
        owned_above: None,
        fragments: vec!["a".into()],
        ..Surroundings::default()
    };
    let (id, owner) = (object_id(100), principal_id(owner));
    ObjectFacts::from_store(TENANT, id, owner, is_global, project.map(object_id), surroundings)
}

fn inside() -> ObjectFacts {
    object(90, Some(PROJECT), false)
}

fn outside() -> ObjectFacts {
    object(90, None, false)
}

/// The project's own object, of principal 1.
fn project() -> ObjectFacts {
    let (id, owner) = (object_id(PROJECT), principal_id(1));
    ObjectFacts::from_store(TENANT, id, owner, false, Some(id), Surroundings::default())
}

fn principal(roles: &[Role], rules: &[&str], change: impl FnOnce(&mut Held)) -> Principal {
    let id = principal_id(1);
    let grants = rules.iter().map(|text| {
        let rule: Rule = text.parse().expect("a rule");
        Grant {
            object: rule.object,
            permission: rule.permission,
            origin: Origin {
                subject: Subject::User(id),
                role: None,
            },
        }
    });
    let mut held = Held {
        direct: roles.iter().copied().collect(),
        rights: Rights::new(grants.collect()),
        has_projects: true,
        ..Held::default()
    };
    change(&mut held);
    Principal::from_store(TENANT, id, UserKind::Person, held)
}

fn holding(roles: &[Role], rules: &[&str]) -> Principal {
    principal(roles, rules, |_| {})
}

fn read(who: &Principal, object: &ObjectFacts) -> Result<Because, Denied> {
    decide::<InventoryRead>(who, Target::Object(object)).map(|proof| proof.because())
}

#[test]
fn what_is_held_for_the_whole_tenant_does_not_open_a_project() {
    let roles = [Role::InventoryRead, Role::InventoryAdmin, Role::MeasurementRead];
    for who in [holding(&roles, &[]), holding(&[], &["*, *, *, *"])] {
        let inside = inside();
        assert!(read(&who, &outside()).is_ok());
        assert_eq!(read(&who, &inside), Err(Denied::Missing));
        let update = decide::<InventoryUpdate>(&who, Target::Object(&inside)).map(drop);
        assert_eq!(update, Err(Denied::Missing));
        let piece = Target::Piece {
            object: &inside,
            fragments: &["a"],
        };
        for target in [Target::Object(&inside), piece] {
            let data = decide::<MeasurementRead>(&who, target).map(drop);
            assert_eq!(data, Err(Denied::Missing));
        }
    }
    let admin = principal(&roles, &[], |held| held.is_admin = true);
    assert_eq!(read(&admin, &inside()), Ok(Because::Role(Role::InventoryRead)));
}

#[test]
fn a_permission_on_the_project_reaches_everything_in_it() {
    let member = holding(&[], &["500, MANAGED_OBJECT, *, READ"]);
    assert_eq!(read(&member, &inside()), Ok(Because::Rights));
    assert_eq!(read(&member, &project()), Ok(Because::Owner));
    assert_eq!(read(&member, &outside()), Err(Denied::Missing));
    assert_eq!(read(&member, &object(90, Some(501), false)), Err(Denied::Missing));
    let update = decide::<InventoryUpdate>(&member, Target::Object(&inside())).map(drop);
    assert_eq!(update, Err(Denied::Forbidden));
    assert!(inside().line().eq([100, 20, PROJECT].map(object_id)));
    assert!(project().line().eq([object_id(PROJECT)]));
}

// R037 R117: members only, who hold anything at all there.
#[test]
fn c8y_global_opens_an_object_of_a_project_to_its_members_only() {
    let inside = object(90, Some(PROJECT), true);
    let nobody = holding(&[], &[]);
    assert_eq!(read(&nobody, &object(90, None, true)), Ok(Because::Global));
    assert_eq!(read(&nobody, &inside), Err(Denied::Missing));
    let reader = holding(&[Role::MeasurementRead], &["*, EVENT, *, READ"]);
    assert_eq!(read(&reader, &inside), Err(Denied::Missing));
    for rule in [
        "500, EVENT, x, READ",
        "20, ALARM, *, ADMIN",
        "100, AUDIT, *, READ",
    ] {
        assert_eq!(
            read(&holding(&[], &[rule]), &inside),
            Ok(Because::Global),
            "{rule}"
        );
    }
}

// R046: a device that was moved keeps its own data.
#[test]
fn an_owner_keeps_what_lies_in_a_project() {
    let mine = object(1, Some(PROJECT), false);
    assert_eq!(read(&holding(&[], &[]), &mine), Ok(Because::Owner));
    // Of a project, its object and no more.
    assert_eq!(read(&holding(&[], &[]), &inside()), Err(Denied::Missing));
}

#[test]
fn a_list_by_role_leaves_projects_out_only_if_there_are_any() {
    let reach = |who: &Principal| {
        let list = decide::<InventoryList>(who, Target::Tenant).expect("a list");
        list.reach().clone()
    };
    let without = principal(&[Role::InventoryRead], &[], |held| held.has_projects = false);
    let admin = principal(&[Role::InventoryRead], &[], |held| held.is_admin = true);
    assert_eq!([reach(&without), reach(&admin)], [Reach::Tenant, Reach::Tenant]);
    let reader = holding(&[Role::InventoryRead], &["500, MANAGED_OBJECT, a, READ"]);
    let Reach::Mine(mine) = reach(&reader) else {
        panic!("a list that leaves something out");
    };
    let covered = |project: Option<u64>| {
        let line = [Some(100), project].into_iter().flatten();
        mine.cover(project.map(object_id), line.map(object_id))
    };
    assert!(covered(None).all);
    assert!(covered(Some(501)).is_empty());
    assert!(covered(Some(PROJECT)).has("a") && !covered(Some(PROJECT)).all);
}

// R010: a role that does not reach into a project is nothing to give away there.
#[test]
fn nobody_lets_himself_into_a_project() {
    let manager = holding(&[Role::InventoryAdmin, Role::InventoryRead], &["*, *, *, *"]);
    let permission = "MANAGED_OBJECT:*:READ".parse().expect("a permission");
    assert!(may_pass_on(&manager, &permission, On::Object(&outside())));
    assert!(!may_pass_on(&manager, &permission, On::Object(&inside())));
    assert!(!may_pass_on(&manager, &permission, On::Object(&project())));
    let member = holding(&[], &["500, MANAGED_OBJECT, *, READ"]);
    assert!(may_pass_on(&member, &permission, On::Object(&inside())));
    assert!(!may_pass_on(&member, &permission, On::Everything));
}

#[test]
fn an_object_is_created_in_a_project_by_a_permission_on_it() {
    let project = project();
    let below = Target::Below {
        parent: &project,
        fragments: &["a"],
    };
    let may = |who: &Principal| decide::<InventoryCreateBelow>(who, below).is_ok();
    assert!(may(&holding(&[], &["500, MANAGED_OBJECT, a, ADMIN"])));
    assert!(!may(&holding(&[], &["500, MANAGED_OBJECT, b, ADMIN"])));
    assert!(!may(&holding(&[Role::InventoryAdmin], &[])), "not even its owner");
}

// R119: what is bound to a project has nothing outside of it, `admins` or not.
#[test]
fn who_is_bound_to_a_project_is_at_home_there_and_nowhere_else() {
    let roles = [Role::InventoryRead, Role::InventoryAdmin, Role::MeasurementRead];
    let service = principal(&roles, &["*, EVENT, *, READ"], |held| {
        held.bound_to = Some(object_id(PROJECT));
        held.is_admin = true;
    });
    assert_eq!(read(&service, &inside()), Ok(Because::Role(Role::InventoryRead)));
    for elsewhere in [outside(), object(90, None, true), object(90, Some(501), true)] {
        assert_eq!(read(&service, &elsewhere), Err(Denied::Missing));
    }
    let events = |object: &ObjectFacts| {
        !reasons(
            &service,
            Need::on(Scope::Event, Level::Read),
            Target::Object(object),
        )
        .is_empty()
    };
    assert!(events(&inside()) && !events(&outside()));
    assert!(decide::<InventoryCreate>(&service, Target::Tenant).is_err());
    assert!(!service.is_admin());
    let list = decide::<MeasurementList>(&service, Target::Tenant).expect("lists are never refused");
    let Reach::Mine(mine) = list.reach() else {
        panic!("a list of one project");
    };
    assert!(mine.cover(Some(object_id(PROJECT)), [object_id(100)]).all);
    assert!(mine.cover(None, [object_id(100)]).is_empty());
}
