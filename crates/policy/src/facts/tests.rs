//! What a principal holds, alone and below another one.

use super::{Above, EVERYBODYS_ROLES, Held, Home, Principal};
use crate::operation::{Level, Scope};
use crate::rights::Rights;
use model::grants::Subject;
use model::ids::{GroupId, MANAGEMENT, ObjectId, PrincipalId, TenantNumber};
use model::roles::Role;
use model::users::UserKind;
use std::collections::BTreeSet;

const TENANT: TenantNumber = TenantNumber(7);

fn principal(kind: UserKind, held: Held) -> Principal {
    Principal::from_store(TENANT, PrincipalId::new(1).expect("in range"), kind, held)
}

fn person(roles: &[Role], change: impl FnOnce(&mut Held)) -> Principal {
    let mut held = Held {
        direct: roles.iter().copied().collect(),
        ..Held::default()
    };
    change(&mut held);
    principal(UserKind::Person, held)
}

fn rules(texts: &[&str]) -> Rights {
    Rights::of_rules(Subject::Group(GroupId::new(4).expect("in range")), texts)
}

fn project(number: u64) -> ObjectId {
    ObjectId::new(number).expect("in range")
}

fn below(owner: Principal) -> impl FnOnce(&mut Held) {
    |held| held.above = Above::User(Box::new(owner))
}

// R010
#[test]
fn whoever_stands_below_another_holds_no_more_than_that_one() {
    let owner = person(&[Role::EventRead], |held| {
        held.rights = rules(&["7, EVENT, a, READ"]);
    });
    let both = [Role::EventRead, Role::AlarmRead, Role::UserManagementOwnRead];
    let who = person(&both, |held| {
        held.rights = rules(&["*, EVENT, *, READ", "*, ALARM, *, READ"]);
        held.is_admin = true;
        below(owner)(held);
    });
    let roles: Vec<_> = who.effective_roles().collect();
    assert_eq!(roles, [Role::EventRead, Role::UserManagementOwnRead]);
    assert!(!who.is_admin());
    // The owner reads every event by a role, and no alarm.
    assert!(
        who.rights()
            .everywhere(Scope::Event, Level::Read)
            .is_some_and(|cover| cover.all)
    );
    assert_eq!(who.rights().everywhere(Scope::Alarm, Level::Read), None);
}

// R010: members of `admins` may give every right of their tenant, so they bound nobody.
#[test]
fn whoever_stands_below_an_administrator_keeps_what_it_was_given() {
    let admin = person(&[], |held| held.is_admin = true);
    let who = person(&[Role::AlarmRead], below(admin));
    assert!(who.has_any(&[Role::AlarmRead]));
}

// R010, R119
#[test]
fn whoever_stands_below_another_is_at_home_only_where_that_one_is() {
    let bound = |to| move |held: &mut Held| held.bound_to = Some(project(to));
    let inside = |to| person(&[Role::AlarmRead], bound(to));
    let outside = || person(&[Role::AlarmRead], |_| {});
    assert_eq!(person(&[], below(inside(5))).home(), Home::Project(project(5)));
    assert_eq!(person(&[], below(outside())).home(), Home::Outside);
    let same = person(&[Role::AlarmRead], |held| {
        bound(5)(held);
        below(inside(5))(held);
    });
    assert_eq!(
        (same.home(), same.has_any(&[Role::AlarmRead])),
        (Home::Project(project(5)), true)
    );
    // Where the one's roles count, none of the other's do.
    for owner in [inside(6), outside()] {
        let apart = person(&[Role::AlarmRead], |held| {
            bound(5)(held);
            held.rights = rules(&["5, ALARM, *, READ"]);
            below(owner)(held);
        });
        assert_eq!(apart.home(), Home::Project(project(5)));
        assert!(!apart.has_any(&[Role::AlarmRead]) && apart.rights().is_empty());
    }
    let everywhere = person(&[], |held| held.is_admin = true);
    assert_eq!(everywhere.home(), Home::Everywhere);
    let admin_below = person(&[], |held| {
        held.is_admin = true;
        below(outside())(held);
    });
    assert_eq!(admin_below.home(), Home::Outside);
}

// R010: one who is disabled or gone leaves nothing to those below.
#[test]
fn whoever_stands_below_nobody_in_power_holds_only_its_own_profile() {
    let all: Vec<Role> = Role::ALL.to_vec();
    let who = person(&all, |held| {
        held.is_admin = true;
        held.rights = rules(&["*, *, *, *"]);
        held.through_devices = [Role::EventRead].into();
        held.above = Above::Powerless;
    });
    assert_eq!(
        who.effective_roles().collect::<BTreeSet<_>>(),
        EVERYBODYS_ROLES.into()
    );
    assert_eq!(
        (who.home(), who.is_admin(), who.rights().is_empty()),
        (Home::Outside, false, true)
    );
    let bound = person(&all, |held| {
        held.bound_to = Some(project(5));
        held.above = Above::Powerless;
    });
    assert_eq!(bound.home(), Home::Project(project(5)));
}

// R010, R023
#[test]
fn below_a_device_only_what_the_device_has_itself_reaches_its_own() {
    let device = |roles: &[Role], above: Above| {
        let held = Held {
            through_devices: roles.iter().copied().collect(),
            above,
            ..Held::default()
        };
        principal(UserKind::Device, held)
    };
    let owner = device(&[Role::EventRead], Above::Nobody);
    let who = device(&[Role::EventRead, Role::AlarmRead], Above::User(Box::new(owner)));
    assert_eq!(who.effective_roles().collect::<Vec<_>>(), [Role::EventRead]);
    assert!(
        !who.has_any(&[Role::EventRead]),
        "it reaches only what is its own"
    );
    // A role that is held for the tenant is not told twice.
    let both = person(&[Role::EventRead], |held| {
        held.through_devices = [Role::EventRead].into();
    });
    assert_eq!(both.effective_roles().count(), 1);
    assert!(both.has_any(&[Role::EventRead]));
}

// R010
#[test]
fn a_role_is_given_by_whoever_holds_it_or_administers_and_a_platform_role_only_from_management() {
    let platform = Role::TenantManagementAdmin;
    assert!(platform.is_platform_role());
    let in_management = |held: Held| {
        let id = PrincipalId::new(1).expect("in range");
        Principal::from_store(MANAGEMENT, id, UserKind::Person, held)
    };
    let admin = || Held {
        is_admin: true,
        ..Held::default()
    };
    let holder = person(&[Role::AlarmRead, platform], |_| {});
    assert!(holder.may_grant(Role::AlarmRead) && !holder.may_grant(Role::EventRead));
    assert!(!holder.may_grant(platform));
    let of_tenant = principal(UserKind::Person, admin());
    assert!(of_tenant.may_grant(Role::EventRead) && !of_tenant.may_grant(platform));
    assert!(in_management(admin()).may_grant(platform));
    assert!(!in_management(Held::default()).may_grant(platform));
    let operator = in_management(Held {
        direct: [platform].into(),
        ..Held::default()
    });
    assert!(operator.may_grant(platform) && !operator.may_grant(Role::EventRead));
}

#[test]
fn the_groups_are_told_as_the_store_found_them() {
    let groups = [GroupId::new(4).expect("in range")];
    let who = person(&[], |held| held.groups = groups.into());
    assert_eq!(*who.groups(), groups.into());
}
