//! The user of a device through its managed object: rights are those on the object.

use crate::scene::{PASSWORD, Scene, new_user, secret, tenant_id, user_name};
use engine::caller::Caller;
use engine::device_users::{DeviceUser, ReadDeviceUser, SwitchDeviceUser};
use engine::inventory::{CreateObject, DeleteObject};
use engine::refusal::{Invalid, Missing, Refusal};
use engine::setup::ensure_demo_device;
use engine::users::ReadUser;
use engine::version::Expected;
use model::ids::ObjectId;
use model::inventory::NewManagedObject;
use model::roles::Role;

/// The demo's device, signed in, with its object.
fn device(scene: &Scene) -> (Caller, ObjectId) {
    let (store, world) = (scene.door.store(), scene.dyn_world());
    let secret =
        ensure_demo_device(store, &world, &tenant_id("t100"), &user_name("device_7")).expect("makes");
    let device = scene
        .try_sign_in("t100", "device_7", secret.expose())
        .expect("signs in");
    let object = scene.add_object(&device);
    (device, object)
}

#[test]
fn the_rights_on_the_object_reach_the_devices_user_and_no_other() {
    let scene = Scene::new();
    let admin = scene.admin();
    let (device, object) = device(&scene);
    let keeper = scene.add_user(&admin, "keeper", &[Role::InventoryRead, Role::InventoryAdmin]);
    let reader = scene.add_user(&admin, "reader", &[Role::InventoryRead]);
    let nobody = scene.add_user(&admin, "nobody", &[]);
    let read = |by: &Caller| scene.ask(by, ReadDeviceUser { object });
    let switch = |by: &Caller, enabled| {
        let switched = scene.run(by, SwitchDeviceUser { object, enabled });
        switched.map(|user| user.expect("shown to those who may read it"))
    };
    let user = |enabled| {
        Ok(DeviceUser {
            name: user_name("device_7"),
            enabled,
        })
    };

    for (who, seen, switched) in [
        (
            &nobody,
            Err(Refusal::Missing(Missing::Object(object))),
            Err(Refusal::Missing(Missing::Object(object))),
        ),
        (&reader, user(true), Err(Refusal::Forbidden)),
        (
            &device,
            user(true),
            Err(Refusal::Invalid(Invalid::LastAdministrator)),
        ),
        (&keeper, user(true), user(false)),
    ] {
        assert_eq!(read(who), seen, "{}", who.name());
        assert_eq!(switch(who, false), switched, "{}", who.name());
    }
    // R010: at once
    assert_eq!(read(&device), Err(Refusal::NotSignedIn));
    assert_eq!(switch(&keeper, true), user(true));
    assert_eq!(read(&device), Err(Refusal::NotSignedIn), "it signs in again");

    // An object of a person leads to no user.
    let new = NewManagedObject {
        owner: Some(user_name("admin")),
        ..NewManagedObject::default()
    };
    let object = scene.run(&keeper, CreateObject(new)).expect("creates").id();
    let missing = Some(Refusal::Missing(Missing::DeviceUser(object)));
    assert_eq!(scene.ask(&keeper, ReadDeviceUser { object }).err(), missing);
    assert_eq!(
        scene
            .run(
                &keeper,
                SwitchDeviceUser {
                    object,
                    enabled: false
                }
            )
            .err(),
        missing
    );
}

#[test]
fn a_device_goes_with_its_user_only_by_the_hand_of_who_may_delete_users() {
    let scene = Scene::new();
    let admin = scene.admin();
    let (device, id) = device(&scene);
    let keeper = scene.add_user(&admin, "keeper", &[Role::InventoryRead, Role::InventoryAdmin]);
    let delete = |by: &Caller| {
        let command = DeleteObject {
            id,
            cascade: false,
            force_cascade: false,
            with_device_user: true,
            expected: Expected::Any,
        };
        scene.run(by, command).map(drop)
    };
    assert_eq!(delete(&keeper), Err(Refusal::Forbidden));
    assert_eq!(delete(&device), Err(Refusal::Forbidden));
    assert_eq!(delete(&admin), Ok(()));
    let missing = Some(Refusal::Missing(Missing::User("device_7".into())));
    assert_eq!(
        scene
            .ask(
                &admin,
                ReadUser {
                    name: user_name("device_7")
                }
            )
            .err(),
        missing
    );
}

#[test]
fn the_demos_device_gets_a_devices_rights_and_a_new_secret_ends_the_old_one() {
    // R009, R096
    let scene = Scene::new();
    let admin = scene.admin();
    let (first, _) = device(&scene);
    let view = scene
        .ask(
            &admin,
            ReadUser {
                name: user_name("device_7"),
            },
        )
        .expect("reads");
    assert!(view.user.roles.is_empty());
    assert_eq!(
        view.groups
            .iter()
            .map(|group| group.group.name.as_str())
            .collect::<Vec<_>>(),
        ["devices"]
    );

    let (second, _) = device(&scene);
    assert_eq!(
        scene.ask(&first, engine::profile::ReadOwn).err(),
        Some(Refusal::NotSignedIn)
    );
    let own = scene.wait(scene.door.change_own_password(
        &second,
        secret("x"),
        &secret("another-harbour 7"),
        None,
    ));
    assert_eq!(
        own.err(),
        Some(Refusal::Forbidden),
        "devices do not choose passwords"
    );
    assert_eq!(scene.noted("t100", "User created").len(), 1);
    assert_eq!(scene.noted("t100", "User password changed").len(), 1);

    let (store, world) = (scene.door.store(), scene.dyn_world());
    let demo = |name: &str| ensure_demo_device(store, &world, &tenant_id("t100"), &user_name(name)).err();
    assert_eq!(
        demo("admin"),
        Some(Refusal::Missing(Missing::User("admin".into())))
    );
    scene
        .wait(scene.door.create_user(&admin, new_user("device_8", &[])))
        .expect("creates");
    assert!(scene.try_sign_in("t100", "device_8", PASSWORD).is_ok());
    assert_eq!(demo("device_8"), None, "whatever it had before is replaced");
    assert!(scene.try_sign_in("t100", "device_8", PASSWORD).is_err());
}
