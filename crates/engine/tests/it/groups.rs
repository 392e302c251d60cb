//! Groups: their members hold the union of their roles, and lose it with their next request.

use crate::scene::{Scene, user_name};
use engine::caller::Caller;
use engine::groups::{
    AddMember, CreateGroup, DeleteGroup, FindGroups, FindMembers, GroupsOfUser, ReadGroup, RemoveMember,
    UpdateGroup,
};
use engine::page::Page;
use engine::profile::ReadOwn;
use engine::refusal::{Conflict, Invalid, Missing, Refusal};
use engine::roles::{
    GiveRoleToGroup, ReadRole, RolesOfGroup, RolesOfUser, TakeRoleFromGroup, TakeRoleFromUser,
};
use engine::version::Expected;
use model::ids::GroupId;
use model::json::Object;
use model::roles::Role;

const ALL: Page = Page {
    skip: 0,
    take: 2_000,
    count: true,
};

fn create(scene: &Scene, by: &Caller, name: &str, roles: &[Role]) -> Result<GroupId, Refusal> {
    let group = CreateGroup {
        name: name.parse().expect("a name"),
        description: None,
        custom_properties: Object::new(),
        roles: roles.iter().copied().collect(),
    };
    scene.run(by, group).map(|written| written.id)
}

fn rename(id: GroupId, name: &str) -> UpdateGroup {
    UpdateGroup {
        id,
        name: Some(name.parse().expect("a name")),
        description: None,
        custom_properties: None,
        permissions: None,
        expected: Expected::Any,
    }
}

#[test]
fn rights_of_groups_add_up_and_are_gone_with_the_next_request() {
    // R004, R005
    let scene = Scene::new();
    let admin = scene.admin();
    let joined = scene.add_user(&admin, "smith", &[]);
    let user = || user_name("smith");
    // Another group ends what was signed in before.
    let smith = || scene.sign_in("t100", "smith");
    let list = || scene.ask(&smith(), FindGroups { page: ALL }).map(drop);
    assert_eq!(list(), Err(Refusal::Forbidden));

    let one = create(&scene, &admin, "one", &[Role::UserManagementRead]).expect("creates");
    let two = create(
        &scene,
        &admin,
        "two",
        &[Role::UserManagementRead, Role::AuditRead],
    )
    .expect("creates");
    scene
        .run(
            &admin,
            AddMember {
                group: one,
                user: user(),
            },
        )
        .expect("joins");
    assert_eq!(list(), Ok(()));
    assert_eq!(scene.ask(&joined, ReadOwn), Err(Refusal::NotSignedIn));
    scene
        .run(
            &admin,
            AddMember {
                group: two,
                user: user(),
            },
        )
        .expect("joins");
    let effective = scene.ask(&smith(), ReadOwn).expect("reads").effective_roles;
    assert!(effective.is_superset(&[Role::UserManagementRead, Role::AuditRead].into()));

    scene
        .run(
            &admin,
            RemoveMember {
                group: one,
                user: user(),
            },
        )
        .expect("leaves");
    assert_eq!(list(), Ok(()), "still held through the other group");
    scene
        .run(
            &admin,
            TakeRoleFromGroup {
                group: two,
                role: Role::UserManagementRead.into(),
            },
        )
        .expect("takes");
    assert_eq!(list(), Err(Refusal::Forbidden));
    scene
        .run(
            &admin,
            GiveRoleToGroup {
                group: two,
                role: Role::UserManagementRead.into(),
            },
        )
        .expect("gives");
    assert_eq!(list(), Ok(()));
    scene
        .run(
            &admin,
            DeleteGroup {
                id: two,
                expected: Expected::Any,
            },
        )
        .expect("deletes");
    assert_eq!(list(), Err(Refusal::Forbidden));
    let groups = scene
        .ask(
            &admin,
            GroupsOfUser {
                user: user(),
                page: ALL,
            },
        )
        .expect("lists");
    assert!(groups.items.is_empty(), "no membership outlives its group");
}

#[test]
fn the_special_groups_keep_their_names_and_stay() {
    let scene = Scene::new();
    let admin = scene.admin();
    for name in ["admins", "devices"] {
        let id = scene.group_id(&admin, name);
        let special = Some(Refusal::Invalid(Invalid::SpecialGroup));
        assert_eq!(
            scene
                .run(
                    &admin,
                    DeleteGroup {
                        id,
                        expected: Expected::Any
                    }
                )
                .err(),
            special,
            "{name}"
        );
        assert_eq!(scene.run(&admin, rename(id, "others")).err(), special, "{name}");
        let description = UpdateGroup {
            id,
            name: None,
            description: Some(None),
            custom_properties: None,
            permissions: None,
            expected: Expected::Any,
        };
        assert!(scene.run(&admin, description).is_ok(), "{name}");
    }
}

#[test]
fn group_names_are_unique_in_their_tenant_only() {
    // R007
    let scene = Scene::new();
    scene.add_tenant("t200");
    let (admin, other) = (scene.admin(), scene.sign_in("t200", "admin"));
    let stock = create(&scene, &admin, "stock", &[]).expect("creates");
    let taken = Some(Refusal::Conflict(Conflict::GroupNameTaken));
    assert_eq!(create(&scene, &admin, "stock", &[]).err(), taken);
    assert_eq!(scene.run(&admin, rename(stock, "readers")).err(), taken);
    assert!(create(&scene, &other, "stock", &[]).is_ok());

    scene.run(&admin, rename(stock, "store room")).expect("renames");
    assert_eq!(scene.group_id(&admin, "store room"), stock);
    assert!(
        create(&scene, &admin, "stock", &[]).is_ok(),
        "the old name is free"
    );
}

#[test]
fn another_tenants_group_is_not_found() {
    // R010: not by its id either
    let scene = Scene::new();
    scene.add_tenant("t200");
    let (admin, other) = (scene.admin(), scene.sign_in("t200", "admin"));
    let id = scene.group_id(&admin, "business");
    let missing = Some(Refusal::Missing(Missing::Group(id)));
    let user = || user_name("admin");
    assert_eq!(scene.ask(&other, ReadGroup { id }).err(), missing);
    assert_eq!(
        scene.ask(&other, FindMembers { group: id, page: ALL }).err(),
        missing
    );
    assert_eq!(
        scene.ask(&other, RolesOfGroup { group: id, page: ALL }).err(),
        missing
    );
    assert_eq!(scene.run(&other, rename(id, "mine")).err(), missing);
    assert_eq!(
        scene
            .run(
                &other,
                AddMember {
                    group: id,
                    user: user()
                }
            )
            .err(),
        missing
    );
    assert_eq!(
        scene
            .run(
                &other,
                GiveRoleToGroup {
                    group: id,
                    role: Role::AuditRead.into()
                }
            )
            .err(),
        missing
    );
    assert_eq!(
        scene
            .run(
                &other,
                DeleteGroup {
                    id,
                    expected: Expected::Any
                }
            )
            .err(),
        missing
    );
}

#[test]
fn roles_are_given_once_and_taken_only_where_they_are_held() {
    let scene = Scene::new();
    let admin = scene.admin();
    let group = create(&scene, &admin, "stock", &[Role::AuditRead]).expect("creates");
    let held = Some(Refusal::Conflict(Conflict::RoleHeld));
    assert_eq!(
        scene
            .run(
                &admin,
                GiveRoleToGroup {
                    group,
                    role: Role::AuditRead.into()
                }
            )
            .err(),
        held
    );
    let role = Role::InventoryRead;
    let missing = Some(Refusal::Missing(Missing::Role(role.to_string())));
    assert_eq!(
        scene
            .run(
                &admin,
                TakeRoleFromGroup {
                    group,
                    role: role.into()
                }
            )
            .err(),
        missing
    );
    assert_eq!(
        scene
            .run(
                &admin,
                TakeRoleFromUser {
                    user: user_name("admin"),
                    role: role.into()
                }
            )
            .err(),
        missing
    );
    let direct = scene
        .ask(
            &admin,
            RolesOfUser {
                user: user_name("admin"),
                page: ALL,
            },
        )
        .expect("lists");
    assert!(direct.items.is_empty());
    let unknown = ReadRole {
        name: "ROLE_NOTHING".into(),
    };
    assert_eq!(
        scene.ask(&admin, unknown).err(),
        Some(Refusal::Missing(Missing::Role("ROLE_NOTHING".into())))
    );
}
