//! Who may manage whom, and that a tenant keeps an administrator.

use super::{ALL, enable, update, with_password};
use crate::scene::{PASSWORD, Scene, new_user, secret, user_name};
use engine::caller::Caller;
use engine::groups::{AddMember, CreateGroup, RemoveMember};
use engine::refusal::{Invalid, Refusal};
use engine::roles::{FindRoles, GiveRoleToGroup, GiveRoleToUser, TakeRoleFromGroup, TakeRoleFromUser};
use engine::users::{DeleteUser, NewUser};
use engine::version::Expected;
use model::ids::GroupId;
use model::json::Object;
use model::roles::Role;

const LAST: Refusal = Refusal::Invalid(Invalid::LastAdministrator);

/// A manager of users who is no administrator, an `auditor` who holds more, and a `clerk` who does not.
fn with_manager() -> (Scene, Caller) {
    let scene = Scene::new();
    let admin = scene.admin();
    let own = [Role::UserManagementOwnRead, Role::UserManagementOwnAdmin];
    let held = [
        Role::UserManagementRead,
        Role::UserManagementAdmin,
        Role::InventoryRead,
    ];
    let manager = scene.add_user(&admin, "manager", &[&own[..], &held].concat());
    scene.add_user(&admin, "auditor", &[Role::AuditRead]);
    scene.add_user(&admin, "clerk", &[Role::InventoryRead]);
    (scene, manager)
}

fn create_group(scene: &Scene, by: &Caller, name: &str, roles: &[Role]) -> Result<GroupId, Refusal> {
    let group = CreateGroup {
        name: name.parse().expect("a name"),
        description: None,
        custom_properties: Object::new(),
        roles: roles.iter().copied().collect(),
    };
    scene.run(by, group).map(|written| written.id)
}

#[test]
fn nobody_gives_a_right_that_they_do_not_hold() {
    // R010
    let (scene, manager) = with_manager();
    let admin = scene.admin();
    let (admins, readers) = (
        scene.group_id(&admin, "admins"),
        scene.group_id(&admin, "readers"),
    );
    let stock = create_group(&scene, &manager, "stock", &[Role::InventoryRead]).expect("within its rights");
    let create = |roles: &[Role], groups: &[GroupId]| {
        let groups = groups.iter().copied().collect();
        let user = NewUser {
            must_change_password: false,
            password: None,
            groups,
            ..new_user("new", roles)
        };
        scene.wait(scene.door.create_user(&manager, user)).map(drop)
    };
    let role = |user, role| {
        scene
            .run(
                &manager,
                GiveRoleToUser {
                    user: user_name(user),
                    role: Role::into(role),
                },
            )
            .map(drop)
    };
    let joins = |user, group| {
        scene
            .run(
                &manager,
                AddMember {
                    group,
                    user: user_name(user),
                },
            )
            .map(drop)
    };
    let group_role = |group, role| {
        let role = Role::into(role);
        scene.run(&manager, GiveRoleToGroup { group, role }).map(drop)
    };
    for (what, result) in [
        ("a user with a role beyond", create(&[Role::AuditRead], &[])),
        ("a user in admins", create(&[], &[admins])),
        ("a user in a group beyond", create(&[], &[readers])),
        ("a role beyond, to itself", role("manager", Role::AuditRead)),
        ("a role beyond, to another", role("clerk", Role::AuditRead)),
        ("a platform role", role("clerk", Role::TenantManagementAdmin)),
        ("itself into admins", joins("manager", admins)),
        ("another into admins", joins("clerk", admins)),
        (
            "a group with a role beyond",
            create_group(&scene, &manager, "new", &[Role::AuditRead]).map(drop),
        ),
        (
            "a role beyond, to its own group",
            group_role(stock, Role::AuditRead),
        ),
        (
            "a role of its own, to a group beyond",
            group_role(readers, Role::InventoryRead),
        ),
    ] {
        assert_eq!(result, Err(Refusal::Forbidden), "{what}");
    }
    assert_eq!(joins("clerk", stock), Ok(()));
    assert_eq!(role("clerk", Role::InventoryRead), Ok(()));
    assert_eq!(create(&[Role::InventoryRead], &[stock]), Ok(()));
    // R096: the attempts are in the log, by kind of target.
    let denied = scene.noted("t100", "Access denied");
    for text in [
        "user_create on role",
        "membership_change on group",
        "role_change on role",
    ] {
        assert!(denied.iter().any(|record| record == text), "{text}: {denied:?}");
    }
}

#[test]
fn nobody_manages_a_user_who_holds_more() {
    // R010: whoever could set the password of such a user could become it
    let (scene, manager) = with_manager();
    let admin = scene.admin();
    let admins = scene.group_id(&admin, "admins");
    let new = secret("another-harbour 7");
    let password = |name| {
        scene.wait(
            scene
                .door
                .change_password(&manager, &user_name(name), secret(PASSWORD), &new),
        )
    };
    let delete = |name| {
        scene.run(
            &manager,
            DeleteUser {
                name: user_name(name),
                expected: Expected::Any,
            },
        )
    };
    let out = |user| {
        scene.run(
            &manager,
            RemoveMember {
                group: admins,
                user: user_name(user),
            },
        )
    };
    let take = |user, role| {
        scene.run(
            &manager,
            TakeRoleFromUser {
                user: user_name(user),
                role: Role::into(role),
            },
        )
    };
    for (what, result) in [
        ("a password", password("auditor")),
        (
            "a password by the other way",
            update(&scene, &manager, "auditor", with_password("another-harbour 7")),
        ),
        (
            "the administrator's password",
            update(&scene, &manager, "admin", with_password("another-harbour 7")),
        ),
        ("a profile", update(&scene, &manager, "auditor", enable(true))),
        ("a switch", update(&scene, &manager, "auditor", enable(false))),
        ("an end", delete("auditor")),
        ("the administrator's end", delete("admin")),
        (
            "a role that both hold",
            take("auditor", Role::UserManagementOwnRead),
        ),
        ("a place in admins", out("admin")),
        (
            "a role of admins",
            scene.run(
                &manager,
                TakeRoleFromGroup {
                    group: admins,
                    role: Role::InventoryRead.into(),
                },
            ),
        ),
    ] {
        assert_eq!(result, Err(Refusal::Forbidden), "{what}");
    }
    assert_eq!(update(&scene, &manager, "clerk", enable(false)), Ok(()));
    assert_eq!(password("clerk"), Ok(()));
    assert_eq!(delete("clerk"), Ok(()));
}

#[test]
fn platform_roles_exist_only_in_the_management_tenant() {
    // R010
    let scene = Scene::new();
    let (admin, root) = (scene.admin(), scene.root());
    let platform = Role::TenantManagementRead;
    let by_tenant = scene.wait(scene.door.create_user(&admin, new_user("smith", &[platform])));
    assert_eq!(by_tenant.err(), Some(Refusal::Forbidden));
    assert!(
        scene
            .wait(scene.door.create_user(&root, new_user("smith", &[platform])))
            .is_ok()
    );
    let shown = |caller| {
        scene
            .ask(caller, FindRoles { page: ALL })
            .expect("lists")
            .items
            .contains(&platform.into())
    };
    assert!(shown(&root));
    assert!(!shown(&admin));
}

#[test]
fn a_tenant_keeps_an_administrator_who_can_sign_in() {
    // R010
    let scene = Scene::new();
    let admin = scene.admin();
    let admins = scene.group_id(&admin, "admins");
    let out = |by: &Caller, name: &str| {
        scene.run(
            by,
            RemoveMember {
                group: admins,
                user: user_name(name),
            },
        )
    };
    let delete = |by: &Caller, name: &str| {
        scene.run(
            by,
            DeleteUser {
                name: user_name(name),
                expected: Expected::Any,
            },
        )
    };

    assert_eq!(delete(&admin, "admin"), Err(LAST), "itself and the first");
    assert_eq!(out(&admin, "admin"), Err(LAST));
    assert_eq!(update(&scene, &admin, "admin", enable(false)), Err(LAST));
    let core = Role::UserManagementAdmin;
    assert_eq!(
        scene.run(
            &admin,
            TakeRoleFromGroup {
                group: admins,
                role: core.into()
            }
        ),
        Err(LAST)
    );

    // Somebody without a password cannot stand in.
    let ghost = NewUser {
        must_change_password: false,
        password: None,
        groups: [admins].into(),
        ..new_user("ghost", &[])
    };
    scene
        .wait(scene.door.create_user(&admin, ghost))
        .expect("creates");
    assert_eq!(out(&admin, "admin"), Err(LAST));

    scene.add_user(&admin, "deputy", &[]);
    scene
        .run(
            &admin,
            AddMember {
                group: admins,
                user: user_name("deputy"),
            },
        )
        .expect("joins");
    let deputy = scene.sign_in("t100", "deputy");
    assert_eq!(
        delete(&deputy, "admin"),
        Err(LAST),
        "the first administrator stays"
    );
    assert_eq!(delete(&deputy, "deputy"), Err(LAST), "nobody deletes themselves");
    assert_eq!(update(&scene, &deputy, "admin", enable(false)), Ok(()));
    assert_eq!(out(&deputy, "deputy"), Err(LAST), "now the deputy is the last");
}

#[test]
fn of_two_administrators_who_remove_each_other_at_once_one_stays() {
    // R010
    for _ in 0..10 {
        let scene = Scene::new();
        let admin = scene.admin();
        let deputy = scene.add_user(&admin, "deputy", &[]);
        let group = scene.group_id(&admin, "admins");
        scene
            .run(
                &admin,
                AddMember {
                    group,
                    user: user_name("deputy"),
                },
            )
            .expect("joins");
        let out = |by: &Caller, name| {
            let (door, by) = (scene.door.clone(), by.clone());
            async move {
                door.run(
                    &by,
                    RemoveMember {
                        group,
                        user: user_name(name),
                    },
                )
                .await
            }
        };
        let (one, other) = scene.wait(async { tokio::join!(out(&admin, "deputy"), out(&deputy, "admin")) });
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    }
}
