//! Users: names of one tenant mean nothing in another; what is shown, listed, changed and recorded of them.

mod authority;
mod sessions;

use crate::scene::{PASSWORD, Scene, new_user, secret, user_name};
use engine::caller::Caller;
use engine::page::Page;
use engine::profile::{ReadOwn, UpdateOwn};
use engine::refusal::{Conflict, Refusal};
use engine::roles::{FindRoles, GiveRoleToUser};
use engine::service_accounts::CreateServiceAccount;
use engine::users::{
    DeleteUser, FindUsers, NameFilter, NewUser, ProfileChange, ReadUser, UserChange, UserView,
};
use engine::version::Expected;
use model::json::{Json, Object};
use model::roles::Role;
use model::users::{User, UserKind};

pub(super) const ALL: Page = Page {
    skip: 0,
    take: 2_000,
    count: true,
};

pub(super) fn read(scene: &Scene, by: &Caller, name: &str) -> Result<UserView, Refusal> {
    scene.ask(
        by,
        ReadUser {
            name: user_name(name),
        },
    )
}

pub(super) fn update(scene: &Scene, by: &Caller, name: &str, change: UserChange) -> Result<(), Refusal> {
    scene
        .wait(scene.door.update_user(by, user_name(name), change))
        .map(drop)
}

pub(super) fn enable(enabled: bool) -> UserChange {
    UserChange {
        enabled: Some(enabled),
        ..UserChange::default()
    }
}

pub(super) fn with_password(password: &str) -> UserChange {
    UserChange {
        password: Some(secret(password)),
        ..UserChange::default()
    }
}

pub(super) fn find(scene: &Scene, by: &Caller, change: impl FnOnce(&mut FindUsers)) -> Vec<String> {
    let mut query = FindUsers {
        page: ALL,
        name: None,
        groups: Vec::new(),
        owner: None,
        counts_below: false,
        only_devices: false,
    };
    change(&mut query);
    let listed = scene.ask(by, query).expect("lists");
    assert_eq!(listed.total, Some(listed.items.len()));
    listed
        .items
        .into_iter()
        .map(|view| view.user.name.to_string())
        .collect()
}

#[test]
fn smith_of_one_tenant_is_nobody_in_another() {
    // R007
    let scene = Scene::new();
    scene.add_tenant("t200");
    for tenant in ["t100", "t200"] {
        let admin = scene.sign_in(tenant, "admin");
        let password = Some(secret(&format!("{PASSWORD} {tenant}")));
        let smith = NewUser {
            must_change_password: false,
            password,
            ..new_user("smith", &[])
        };
        scene
            .wait(scene.door.create_user(&admin, smith))
            .expect("creates");
    }
    for tenant in ["t100", "t200"] {
        for password_of in ["t100", "t200"] {
            let password = format!("{PASSWORD} {password_of}");
            let signed_in = scene.try_sign_in(tenant, "smith", &password);
            assert_eq!(signed_in.is_ok(), tenant == password_of, "{tenant} {password_of}");
        }
    }
    let admin = scene.admin();
    scene
        .run(
            &admin,
            DeleteUser {
                name: user_name("smith"),
                expected: Expected::Any,
            },
        )
        .expect("deletes");
    assert!(
        scene
            .try_sign_in("t200", "smith", &format!("{PASSWORD} t200"))
            .is_ok()
    );
    let again = scene.wait(
        scene
            .door
            .create_user(&scene.sign_in("t200", "admin"), new_user("smith", &[])),
    );
    assert_eq!(again.err(), Some(Refusal::Conflict(Conflict::UserNameTaken)));
}

#[test]
fn ones_own_profile_is_all_that_one_changes_of_oneself() {
    // R012
    let scene = Scene::new();
    let admin = scene.admin();
    let smith = scene.add_user(&admin, "smith", &[]);
    let before = scene.ask(&smith, ReadOwn).expect("reads").user;
    let text = |text: &str| Some(Some(text.to_owned()));
    let change = ProfileChange {
        first_name: text("Anna"),
        last_name: text("Smith"),
        display_name: text("Anna Smith"),
        email: text("anna@example.org"),
        phone: text("+4930123456"),
        newsletter: Some(true),
        language: text("de"),
    };
    scene.run(&smith, UpdateOwn(change)).expect("changes");
    let after = scene.ask(&smith, ReadOwn).expect("reads").user;
    assert_eq!(after.email.as_deref(), Some("anna@example.org"));
    assert_eq!(after.custom_properties.get("language"), Some(&Json::from("de")));
    let profile_apart = |user: User| User {
        first_name: None,
        last_name: None,
        display_name: None,
        email: None,
        phone: None,
        newsletter: false,
        custom_properties: Object::new(),
        ..user
    };
    assert_eq!(profile_apart(after), profile_apart(before));
    // R121: the log says that the profile changed, not to what.
    let records = format!("{:?}", scene.records("t100"));
    assert!(records.contains("email") && !records.contains("anna@example.org"));
    assert_eq!(
        scene.run(
            &smith,
            GiveRoleToUser {
                user: user_name("smith"),
                role: Role::AuditRead.into()
            }
        ),
        Err(Refusal::Forbidden)
    );
}

#[test]
fn to_change_users_does_not_include_to_read_them() {
    // R019
    let scene = Scene::new();
    let admin = scene.admin();
    let writer = scene.add_user(&admin, "writer", &[Role::UserManagementAdmin]);
    let created = scene
        .wait(scene.door.create_user(&writer, new_user("smith", &[])))
        .expect("creates");
    assert_eq!((created.name, created.shown), (user_name("smith"), None));
    assert_eq!(read(&scene, &writer, "smith"), Err(Refusal::Forbidden));
    let shown = scene
        .wait(scene.door.create_user(&admin, new_user("jones", &[])))
        .expect("creates")
        .shown;
    assert!(shown.is_some_and(|view| view.effective_roles.contains(&Role::UserManagementOwnRead)));
}

fn service_account(name: &str, roles: &[Role]) -> CreateServiceAccount {
    CreateServiceAccount {
        name: user_name(name),
        description: None,
        project: None,
        addresses: Vec::new(),
        expires: None,
        enabled: true,
        roles: roles.iter().copied().collect(),
        groups: [].into(),
    }
}

#[test]
fn the_name_tells_the_kind_and_devices_reach_no_other_user() {
    // R003, R121
    let scene = Scene::new();
    let admin = scene.admin();
    let roles = [Role::UserManagementRead, Role::UserManagementAdmin];
    scene.add_user(&admin, "smith", &roles);
    scene
        .run(&admin, service_account("service_x", &roles))
        .expect("creates");
    scene.add_user(&admin, "device_7", &roles);
    for (name, kind) in [
        ("smith", UserKind::Person),
        ("service_x", UserKind::Service),
        ("device_7", UserKind::Device),
    ] {
        assert_eq!(read(&scene, &admin, name).expect("reads").user.kind, kind);
    }
    let device = scene.sign_in("t100", "device_7");
    assert_eq!(read(&scene, &device, "smith"), Err(Refusal::Forbidden));
    assert_eq!(
        update(&scene, &device, "smith", enable(false)),
        Err(Refusal::Forbidden)
    );
    assert_eq!(
        scene.ask(&device, FindRoles { page: ALL }).err(),
        Some(Refusal::Forbidden)
    );

    assert_eq!(find(&scene, &admin, |_| {}), ["admin", "smith", "service_x"]);
    assert_eq!(
        find(&scene, &admin, |query| query.only_devices = true),
        ["device_7"]
    );
    let prefix = |query: &mut FindUsers| query.name = Some(NameFilter::Prefix("s".into()));
    assert_eq!(find(&scene, &admin, prefix), ["smith", "service_x"]);
    let exact = |query: &mut FindUsers| query.name = Some(NameFilter::Exact(user_name("device_7")));
    assert_eq!(find(&scene, &admin, exact), ["device_7"]);
    let admins = scene.group_id(&admin, "admins");
    assert_eq!(
        find(&scene, &admin, |query| query.groups = vec![admins]),
        ["admin"]
    );
    assert_eq!(
        find(&scene, &admin, |query| query.owner = Some(user_name("nobody"))),
        [""; 0]
    );
    let page = Page {
        skip: 1,
        take: 1,
        count: true,
    };
    let query = FindUsers {
        page,
        name: None,
        groups: vec![],
        owner: None,
        counts_below: false,
        only_devices: false,
    };
    let listed = scene.ask(&admin, query).expect("lists");
    assert_eq!((listed.total, listed.items.len()), (Some(3), 1));
}

#[test]
fn every_change_of_a_user_is_in_the_log_once_and_no_password_is() {
    // R096
    let scene = Scene::new();
    let admin = scene.admin();
    let user = NewUser {
        must_change_password: false,
        password: Some(secret("canary-49 harbour")),
        ..new_user("smith", &[])
    };
    scene.wait(scene.door.create_user(&admin, user)).expect("creates");
    update(&scene, &admin, "smith", enable(false)).expect("disables");
    update(&scene, &admin, "smith", enable(false)).expect("changes nothing");
    update(&scene, &admin, "smith", with_password("canary-50 harbour")).expect("sets");
    scene
        .run(
            &admin,
            DeleteUser {
                name: user_name("smith"),
                expected: Expected::Any,
            },
        )
        .expect("deletes");
    for (activity, count) in [("User created", 1), ("User updated", 2), ("User deleted", 1)] {
        assert_eq!(scene.noted("t100", activity).len(), count, "{activity}");
    }
    assert!(!format!("{:?}", scene.records("t100")).contains("canary"));
}
