//! Tenants: whole or not there, refused at once when suspended, unreadable for ever when deleted.

mod crashes;

use crate::scene::{PASSWORD, Scene, new_tenant, tenant_id};
use engine::caller::Caller;
use engine::page::Page;
use engine::profile::ReadOwn;
use engine::refusal::{Conflict, Invalid, Missing, Refusal};
use engine::tenants::{FindTenants, ReadCurrentTenant, ReadTenant, UpdateTenant};
use model::tenants::TenantStatus;

fn unchanged(id: &str) -> UpdateTenant {
    UpdateTenant {
        id: tenant_id(id),
        company: None,
        domain: None,
        admin_email: None,
        contact_name: None,
        contact_phone: None,
        custom_properties: None,
        status: None,
    }
}

fn status(id: &str, status: TenantStatus) -> UpdateTenant {
    UpdateTenant {
        status: Some(status),
        ..unchanged(id)
    }
}

fn ids(scene: &Scene, by: &Caller) -> Vec<String> {
    let page = Page {
        skip: 0,
        take: 100,
        count: false,
    };
    let listed = scene
        .ask(
            by,
            FindTenants {
                page,
                company: None,
                domain: None,
                parent: None,
            },
        )
        .expect("lists");
    listed
        .items
        .into_iter()
        .map(|tenant| tenant.id.to_string())
        .collect()
}

fn delete(scene: &Scene, by: &Caller, id: &str) -> Result<(), Refusal> {
    scene.wait(scene.door.delete_tenant(by, tenant_id(id)))
}

#[test]
fn only_the_platforms_own_people_know_of_tenants() {
    let scene = Scene::new();
    let (admin, root) = (scene.admin(), scene.root());
    let id = || tenant_id("t100");
    assert_eq!(
        scene.ask(&admin, ReadTenant { id: id() }).err(),
        Some(Refusal::Forbidden)
    );
    assert_eq!(
        scene.run(&admin, unchanged("t100")).err(),
        Some(Refusal::Forbidden)
    );
    let created = scene.wait(scene.door.create_tenant(&admin, new_tenant("t300", None)));
    assert_eq!(created.err(), Some(Refusal::Forbidden));
    assert_eq!(delete(&scene, &admin, "t100"), Err(Refusal::Forbidden));
    assert_eq!(
        scene.ask(&root, ReadTenant { id: id() }).expect("reads").company,
        "Company t100"
    );
    let current = scene.ask(&admin, ReadCurrentTenant).expect("reads");
    assert_eq!((current.id, current.allow_create_tenants), (id(), false));
    assert_eq!(ids(&scene, &root), ["t100"]);
}

#[test]
fn a_tenant_is_created_with_its_realm_and_a_secret() {
    // R006, R009
    let scene = Scene::new();
    let root = scene.root();
    let create = |new| scene.wait(scene.door.create_tenant(&root, new));
    let made = create(new_tenant("t300", None)).expect("creates");
    assert!(made.setup_secret.is_some());
    assert_eq!(made.tenant.parent, Some(tenant_id("management")));
    let chosen = create(new_tenant("t301", Some(PASSWORD))).expect("creates");
    assert!(chosen.setup_secret.is_none());
    let admin = scene.sign_in("t301", "admin");
    assert!(scene.ask(&admin, ReadOwn).expect("reads").user.first_admin);
    for group in ["admins", "devices", "business", "readers"] {
        scene.group_id(&admin, group);
    }

    let taken = |new| create(new).err();
    assert_eq!(
        taken(new_tenant("t300", None)),
        Some(Refusal::Conflict(Conflict::TenantIdTaken))
    );
    let mut same_domain = new_tenant("t302", None);
    same_domain.domain = "t300.example.org".parse().expect("a domain");
    assert_eq!(taken(same_domain), Some(Refusal::Conflict(Conflict::DomainTaken)));
    let mut weak = new_tenant("t302", Some("short"));
    assert!(matches!(
        taken(weak.clone()),
        Some(Refusal::Invalid(Invalid::Password(_)))
    ));
    weak.admin.password = None;
    weak.id = None;
    let unnamed = create(weak).expect("creates").tenant;
    assert_eq!(unnamed.id.to_string(), format!("t{}", unnamed.number.0));
    assert_eq!(
        scene.noted("management", "Tenant created").len(),
        5,
        "management, t100 and these three"
    );
}

#[test]
fn a_suspended_tenant_is_refused_at_once_and_comes_back_whole() {
    let scene = Scene::new();
    let (admin, root) = (scene.admin(), scene.root());
    scene
        .run(&root, status("t100", TenantStatus::Suspended))
        .expect("suspends");
    assert_eq!(scene.ask(&admin, ReadOwn).err(), Some(Refusal::NotSignedIn));
    assert_eq!(
        scene.try_sign_in("t100", "admin", PASSWORD).err(),
        Some(Refusal::NotSignedIn)
    );
    scene
        .run(&root, status("t100", TenantStatus::Active))
        .expect("activates");
    scene.world.pass(60_000);
    assert!(scene.try_sign_in("t100", "admin", PASSWORD).is_ok());

    let management = scene
        .run(&root, status("management", TenantStatus::Suspended))
        .err();
    assert_eq!(management, Some(Refusal::Invalid(Invalid::ManagementTenant)));
    let deleting = scene.run(&root, status("t100", TenantStatus::Deleting)).err();
    assert_eq!(deleting, Some(Refusal::Invalid(Invalid::TenantStatus)));
}

#[test]
fn a_tenants_description_and_domain_change_and_a_taken_domain_does_not() {
    let scene = Scene::new();
    scene.add_tenant("t200");
    let root = scene.root();
    let company = Some("Harbour Works".to_owned());
    let domain = Some("harbour.example.org".parse().expect("a domain"));
    let change = UpdateTenant {
        company,
        domain,
        contact_name: Some(Some("Anna".into())),
        ..unchanged("t100")
    };
    let after = scene.run(&root, change).expect("changes").expect("may read");
    assert_eq!(
        (after.company.as_str(), after.contact_name.as_deref()),
        ("Harbour Works", Some("Anna"))
    );
    let taken = Some("harbour.example.org".parse().expect("a domain"));
    let refused = scene
        .run(
            &root,
            UpdateTenant {
                domain: taken,
                ..unchanged("t200")
            },
        )
        .err();
    assert_eq!(refused, Some(Refusal::Conflict(Conflict::DomainTaken)));
    let freed = Some("t100.example.org".parse().expect("a domain"));
    assert!(
        scene
            .run(
                &root,
                UpdateTenant {
                    domain: freed,
                    ..unchanged("t200")
                }
            )
            .is_ok()
    );
}

#[test]
fn a_deleted_tenant_is_gone_and_its_id_in_other_hands_finds_nothing_of_it() {
    // R006, R139
    let scene = Scene::new();
    scene.add_tenant("t200");
    let (admin, other, root) = (scene.admin(), scene.sign_in("t200", "admin"), scene.root());
    let object = scene.add_object(&admin);
    let before = scene
        .ask(
            &root,
            ReadTenant {
                id: tenant_id("t100"),
            },
        )
        .expect("reads")
        .number;

    assert_eq!(
        delete(&scene, &root, "management"),
        Err(Refusal::Invalid(Invalid::ManagementTenant))
    );
    assert_eq!(delete(&scene, &root, "t100"), Ok(()));
    assert_eq!(scene.ask(&admin, ReadOwn).err(), Some(Refusal::NotSignedIn));
    assert_eq!(
        scene.try_sign_in("t100", "admin", PASSWORD).err(),
        Some(Refusal::NotSignedIn)
    );
    let missing = Refusal::Missing(Missing::Tenant("t100".into()));
    assert_eq!(
        scene
            .ask(
                &root,
                ReadTenant {
                    id: tenant_id("t100")
                }
            )
            .err(),
        Some(missing.clone())
    );
    assert_eq!(delete(&scene, &root, "t100"), Err(missing));
    assert_eq!(ids(&scene, &root), ["t200"]);
    assert!(
        scene.ask(&other, ReadOwn).is_ok(),
        "the other tenant is untouched"
    );
    for activity in ["Tenant deleted", "Tenant deletion finished"] {
        assert_eq!(scene.noted("management", activity).len(), 1, "{activity}");
    }

    scene.add_tenant("t100");
    let again = scene.admin();
    let after = scene
        .ask(
            &root,
            ReadTenant {
                id: tenant_id("t100"),
            },
        )
        .expect("reads")
        .number;
    assert_ne!(before, after, "a number is never used again");
    assert_eq!(
        scene.ask(&admin, ReadOwn).err(),
        Some(Refusal::NotSignedIn),
        "an old session stays dead"
    );
    let show = engine::inventory::Show::NOTHING;
    let read = scene.ask(&again, engine::inventory::ReadObject { id: object, show });
    assert_eq!(read.err(), Some(Refusal::Missing(Missing::Object(object))));
    // Nothing of the first one is in the new one's log.
    assert!(
        scene
            .records("t100")
            .iter()
            .all(|record| record.source != Some(object.to_string()))
    );
}
