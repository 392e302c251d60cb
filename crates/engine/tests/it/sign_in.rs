//! Signing in leaves its trace in the audit log, whatever the outcome.

use crate::scene::{PASSWORD, Scene, new_user, user_name};
use audit::record::Outcome;
use engine::refusal::Refusal;
use engine::tenants::UpdateTenant;
use engine::users::UserChange;
use model::names::UserName;
use model::tenants::TenantStatus;

fn disable(scene: &Scene, name: UserName) {
    let change = UserChange {
        enabled: Some(false),
        ..UserChange::default()
    };
    scene
        .wait(scene.door.update_user(&scene.admin(), name, change))
        .expect("disables");
}

#[test]
fn success_failure_and_lock_out_are_recorded() {
    // R096
    let scene = Scene::new();
    scene
        .wait(scene.door.create_user(&scene.admin(), new_user("smith", &[])))
        .expect("creates");
    let home = [203, 0, 113, 1];
    for attempt in 0..4 {
        let refused = scene
            .sign_in_from(home, "t100", "smith", &format!("wrong-{attempt}"))
            .err();
        let locked = matches!(refused, Some(Refusal::LockedOut { .. }));
        assert_eq!(locked, attempt == 3, "{attempt}: {refused:?}");
    }
    assert!(
        scene
            .sign_in_from([203, 0, 113, 2], "t100", "smith", PASSWORD)
            .is_ok(),
        "elsewhere he gets in"
    );
    scene.wait(scene.door.close_windows(true)).expect("writes");

    let of_smith: Vec<_> = scene
        .records("t100")
        .into_iter()
        .filter(|record| record.kind == "UserAuthentication" && record.actor.name == "smith")
        .collect();
    let count = |outcome| {
        of_smith
            .iter()
            .filter(|record| record.outcome == outcome)
            .map(|record| record.count)
            .sum::<u64>()
    };
    assert_eq!(
        count(Outcome::Failed),
        4,
        "the first at once, its repeats by their count: {of_smith:?}"
    );
    assert_eq!(count(Outcome::Success), 1);
    assert!(
        of_smith
            .iter()
            .all(|record| record.actor.principal.is_some() && record.address.is_some())
    );
    assert!(!format!("{of_smith:?}").contains("wrong-0"));
}

#[test]
fn whoever_is_unknown_is_recorded_for_the_platform_without_the_name_tried() {
    // R096: the name may be a password in the wrong field
    let scene = Scene::new();
    for (tenant, user) in [("t100", "canary-name"), ("t999", "canary-name")] {
        assert_eq!(
            scene.try_sign_in(tenant, user, PASSWORD).err(),
            Some(Refusal::NotSignedIn)
        );
    }
    scene.wait(scene.door.close_windows(true)).expect("writes");
    let platform = scene.records("management");
    let failed = platform
        .iter()
        .filter(|record| record.activity == "User login failed");
    assert_eq!(failed.map(|record| record.count).sum::<u64>(), 2);
    assert!(!format!("{platform:?}").contains("canary-name"));
    assert!(!format!("{:?}", scene.records("t100")).contains("canary-name"));
}

#[test]
fn a_disabled_user_and_a_suspended_tenant_look_like_a_wrong_password() {
    // R051
    let scene = Scene::new();
    scene.add_tenant("t200");
    scene
        .wait(scene.door.create_user(&scene.admin(), new_user("smith", &[])))
        .expect("creates");
    disable(&scene, user_name("smith"));
    let suspend = UpdateTenant {
        id: crate::scene::tenant_id("t200"),
        company: None,
        domain: None,
        admin_email: None,
        contact_name: None,
        contact_phone: None,
        custom_properties: None,
        status: Some(TenantStatus::Suspended),
    };
    scene.run(&scene.root(), suspend).expect("suspends");
    for (tenant, user, password) in [
        ("t100", "smith", PASSWORD),
        ("t200", "admin", PASSWORD),
        ("t100", "admin", "wrong-password"),
    ] {
        assert_eq!(
            scene.try_sign_in(tenant, user, password).err(),
            Some(Refusal::NotSignedIn),
            "{tenant}/{user}"
        );
    }
}
