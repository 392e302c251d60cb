//! What ends a session, who may set a password, and that a deleted user's name is only a name.

use super::{enable, read, update, with_password};
use crate::scene::{PASSWORD, Scene, new_user, secret, user_name};
use engine::inventory::{ReadObject, Show};
use engine::profile::ReadOwn;
use engine::refusal::{Invalid, Missing, Refusal};
use engine::users::{DeleteUser, NewUser};
use engine::version::Expected;
use model::roles::Role;

const BARE: Show = Show::NOTHING;

#[test]
fn disabling_a_new_password_and_deleting_end_a_session_at_once() {
    // R010, R051
    let scene = Scene::new();
    let admin = scene.admin();
    let smith = scene.add_user(&admin, "smith", &[]);
    assert!(scene.ask(&smith, ReadOwn).is_ok());

    update(&scene, &admin, "smith", enable(false)).expect("disables");
    assert_eq!(scene.ask(&smith, ReadOwn), Err(Refusal::NotSignedIn));
    assert_eq!(
        scene.try_sign_in("t100", "smith", PASSWORD).err(),
        Some(Refusal::NotSignedIn)
    );
    update(&scene, &admin, "smith", enable(true)).expect("enables");
    assert_eq!(
        scene.ask(&smith, ReadOwn),
        Err(Refusal::NotSignedIn),
        "an ended session does not come back"
    );

    let smith = scene.sign_in("t100", "smith");
    update(&scene, &admin, "smith", with_password("another-harbour 7")).expect("sets");
    assert_eq!(scene.ask(&smith, ReadOwn), Err(Refusal::NotSignedIn));
    assert_eq!(
        scene.try_sign_in("t100", "smith", PASSWORD).err(),
        Some(Refusal::NotSignedIn)
    );

    let smith = scene
        .try_sign_in("t100", "smith", "another-harbour 7")
        .expect("signs in");
    scene
        .run(
            &admin,
            DeleteUser {
                name: user_name("smith"),
                expected: Expected::Any,
            },
        )
        .expect("deletes");
    assert_eq!(scene.ask(&smith, ReadOwn), Err(Refusal::NotSignedIn));
    assert_eq!(
        read(&scene, &admin, "smith"),
        Err(Refusal::Missing(Missing::User("smith".into())))
    );
}

#[test]
fn a_deleted_users_name_in_other_hands_owns_nothing() {
    // R046
    let scene = Scene::new();
    let admin = scene.admin();
    let first = scene.add_user(&admin, "smith", &[Role::InventoryCreate]);
    let id = scene.add_object(&first);
    assert!(scene.ask(&first, ReadObject { id, show: BARE }).is_ok());
    scene
        .run(
            &admin,
            DeleteUser {
                name: user_name("smith"),
                expected: Expected::Any,
            },
        )
        .expect("deletes");
    let second = scene.add_user(&admin, "smith", &[Role::InventoryCreate]);
    let missing = Err(Refusal::Missing(Missing::Object(id)));
    assert_eq!(scene.ask(&second, ReadObject { id, show: BARE }), missing);
}

#[test]
fn a_password_changes_only_for_who_knows_their_own() {
    // R012, R051
    let scene = Scene::new();
    let admin = scene.admin();
    let smith = scene.add_user(&admin, "smith", &[]);
    let own = |current, new| {
        let changed = scene.wait(
            scene
                .door
                .change_own_password(&smith, secret(current), &secret(new), None),
        );
        changed.map(|renewed| assert!(renewed.is_none(), "there was no cookie"))
    };
    let other = |current, new| {
        scene.wait(
            scene
                .door
                .change_password(&admin, &user_name("smith"), secret(current), &secret(new)),
        )
    };
    let new = "another-harbour 7";
    let wrong = Err(Refusal::Invalid(Invalid::CurrentPassword));
    let weak = |result: Result<(), Refusal>| matches!(result, Err(Refusal::Invalid(Invalid::Password(_))));
    assert_eq!(own("not-my-password", new), wrong);
    assert!(weak(own(PASSWORD, "short")));
    assert_eq!(
        other("not-my-password", new),
        wrong,
        "the caller's own password, not the target's"
    );
    assert!(weak(other(PASSWORD, "password123")));
    assert_eq!(
        update(&scene, &admin, "admin", with_password("another-harbour 7")),
        wrong,
        "not past the question"
    );
    assert!(scene.ask(&smith, ReadOwn).is_ok(), "nothing was changed so far");
    let failures = scene.noted("t100", "User login failed");
    assert_eq!(
        failures.len(),
        2,
        "a wrong current password counts like a wrong sign-in: {failures:?}"
    );

    assert_eq!(own(PASSWORD, new), Ok(()));
    assert_eq!(scene.ask(&smith, ReadOwn), Err(Refusal::NotSignedIn));
    assert!(scene.try_sign_in("t100", "smith", "another-harbour 7").is_ok());
    assert_eq!(other(PASSWORD, "third-harbour 9"), Ok(()));
    assert!(scene.try_sign_in("t100", "smith", "third-harbour 9").is_ok());
    let smith = scene
        .try_sign_in("t100", "smith", "third-harbour 9")
        .expect("signs in");
    let (admins_name, new) = (user_name("admin"), secret(new));
    let without_right = scene.wait(
        scene
            .door
            .change_password(&smith, &admins_name, secret("x"), &new),
    );
    assert_eq!(without_right, Err(Refusal::Forbidden));
}

#[test]
fn a_user_without_a_password_cannot_sign_in_until_one_is_set() {
    // R009
    let scene = Scene::new();
    let admin = scene.admin();
    let user = NewUser {
        must_change_password: false,
        password: None,
        ..new_user("smith", &[])
    };
    scene.wait(scene.door.create_user(&admin, user)).expect("creates");
    assert_eq!(
        scene.try_sign_in("t100", "smith", PASSWORD).err(),
        Some(Refusal::NotSignedIn)
    );
    update(&scene, &admin, "smith", with_password("another-harbour 7")).expect("sets");
    assert!(scene.try_sign_in("t100", "smith", "another-harbour 7").is_ok());
}
