//! Managed objects through the door: who sees and changes what.

mod lost_updates;

use crate::house::House;
use engine::caller::Caller;
use engine::inventory::{
    AddChildren, ChildTarget, CountObjects, DeleteObject, FindObjects, ReadObject, Show, UpdateObject,
};
use engine::refusal::{Missing, Refusal};
use engine::version::Expected;
use model::ids::ObjectId;
use model::inventory::{ChildKind, ManagedObjectUpdate};
use model::roles::Role;
use store::search::Search;

const ADMIN: &[Role] = &[Role::InventoryAdmin, Role::InventoryRead];
const NOTHING: Show = Show::NOTHING;

fn read(house: &House, who: &Caller, id: ObjectId) -> Result<ObjectId, Refusal> {
    house
        .ask(who, ReadObject { id, show: NOTHING })
        .map(|view| view.object.id)
}

fn delete(house: &House, who: &Caller, id: ObjectId) -> Result<(), Refusal> {
    let deletion = DeleteObject {
        id,
        cascade: false,
        force_cascade: false,
        with_device_user: false,
        expected: Expected::Any,
    };
    house.run(who, deletion).map(drop)
}

fn rename(house: &House, who: &Caller, id: ObjectId) -> Result<(), Refusal> {
    let name = Some(Some("renamed".parse().expect("a name")));
    let update = ManagedObjectUpdate {
        name,
        ..ManagedObjectUpdate::default()
    };
    house.run(who, UpdateObject { id, update }).map(drop)
}

fn listed(house: &House, who: &Caller) -> Vec<ObjectId> {
    let search = Search {
        take: 100,
        ..Search::default()
    };
    let find = FindObjects {
        search,
        owner: None,
        text: None,
        show: NOTHING,
    };
    let page = house.ask(who, find).expect("never refused");
    page.objects.into_iter().map(|view| view.object.id).collect()
}

#[test]
fn what_hangs_below_a_deleted_object_stays_without_it() {
    let house = House::new();
    let admin = house.person("alpha", "admin2", ADMIN);
    let (parent, child) = (house.object(&admin, "parent"), house.object(&admin, "child"));
    let target = ChildTarget {
        parent,
        kind: ChildKind::Device,
    };
    let link = AddChildren {
        target,
        children: vec![child],
    };
    house.run(&admin, link).expect("linked");
    assert_eq!(delete(&house, &admin, parent), Ok(()));
    assert!(!listed(&house, &admin).contains(&parent));
    let show = Show {
        parents: true,
        ..NOTHING
    };
    let view = house
        .ask(&admin, ReadObject { id: child, show })
        .expect("still there");
    assert!(view.parents.iter().all(|kind| kind.references.is_empty()));
}

// R021
#[test]
fn whoever_may_only_create_sees_only_what_it_has_created() {
    let house = House::new();
    let admin = house.person("alpha", "admin2", ADMIN);
    let creator = house.person("alpha", "creator", &[Role::InventoryCreate]);
    let foreign = house.object(&admin, "foreign");
    let own = house.object(&creator, "own");
    let nobody = ObjectId::new(987_654_321).expect("an id");
    for id in [foreign, nobody] {
        let missing = Refusal::Missing(Missing::Object(id));
        assert_eq!(read(&house, &creator, id), Err(missing.clone()));
        assert_eq!(rename(&house, &creator, id), Err(missing.clone()));
        assert_eq!(delete(&house, &creator, id), Err(missing));
    }
    assert_eq!(listed(&house, &creator), [own]);
    let count = CountObjects {
        search: Search::default(),
        owner: None,
        text: None,
    };
    assert_eq!(house.ask(&creator, count), Ok(1));
    assert_eq!(read(&house, &creator, own), Ok(own));
    rename(&house, &creator, own).expect("its own");
    delete(&house, &creator, own).expect("its own");
}

// R116
#[test]
fn a_foreign_tenants_object_is_answered_as_one_that_does_not_exist() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ADMIN);
    let bob = house.person("beta", "bob", ADMIN);
    let (hers, his) = (house.object(&ann, "truck"), house.object(&bob, "truck"));
    for id in [hers, ObjectId::new(987_654_321).expect("an id")] {
        let missing = Refusal::Missing(Missing::Object(id));
        assert_eq!(read(&house, &bob, id), Err(missing.clone()));
        assert_eq!(rename(&house, &bob, id), Err(missing.clone()));
        assert_eq!(delete(&house, &bob, id), Err(missing));
    }
    assert_eq!(
        (listed(&house, &ann), listed(&house, &bob)),
        (vec![hers], vec![his])
    );
}

// R021
#[test]
fn the_parents_of_a_hidden_object_cannot_be_asked_for() {
    let house = House::new();
    let admin = house.person("alpha", "admin2", ADMIN);
    let creator = house.person("alpha", "creator", &[Role::InventoryCreate]);
    let (group, hidden) = (house.object(&creator, "group"), house.object(&admin, "hidden"));
    let target = ChildTarget {
        parent: group,
        kind: ChildKind::Asset,
    };
    house
        .run(
            &admin,
            AddChildren {
                target,
                children: vec![hidden],
            },
        )
        .expect("linked");
    let parents = |who| {
        let search = Search {
            parent_of: vec![(ChildKind::Asset, hidden)],
            take: 9,
            ..Search::default()
        };
        house
            .ask(
                who,
                FindObjects {
                    search,
                    owner: None,
                    text: None,
                    show: NOTHING,
                },
            )
            .expect("listed")
            .objects
            .len()
    };
    assert_eq!((parents(&admin), parents(&creator)), (1, 0));
}
