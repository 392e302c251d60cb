//! Managed objects that several people change at the same time: nobody overwrites what he has not seen.

use super::{ADMIN, NOTHING, delete, rename};
use crate::house::House;
use engine::caller::Caller;
use engine::inventory::{
    AddChildren, ChildTarget, DeleteObject, EditObject, ReadObject, Show, UpdateObject, Written,
};
use engine::refusal::{Missing, Refusal};
use engine::version::{Expected, Version};
use model::ids::ObjectId;
use model::inventory::{ChildKind, ManagedObjectUpdate};
use model::json::Object;
use model::roles::Role;

fn version(house: &House, who: &Caller, id: ObjectId) -> Version {
    let show = Show {
        children: true,
        children_count: true,
        parents: true,
        groups: true,
        latest: true,
    };
    let [all, bare] = [show, NOTHING].map(|show| house.ask(who, ReadObject { id, show }).expect("readable"));
    assert_eq!(all.version, bare.version);
    bare.version.expect("of an object that is shown by itself")
}

fn seen(version: Version) -> Expected {
    Expected::OneOf(vec![version.to_string()])
}

fn set(
    house: &House,
    who: &Caller,
    id: ObjectId,
    name: &str,
    expected: Expected,
) -> Result<Written, Refusal> {
    let change = UpdateObject {
        id,
        update: ManagedObjectUpdate {
            fragments: vec![(name.to_owned(), Object::new().into())],
            ..ManagedObjectUpdate::default()
        },
    };
    house.run(who, EditObject { change, expected })
}

fn fragments(house: &House, who: &Caller, id: ObjectId) -> Vec<String> {
    let view = house
        .ask(who, ReadObject { id, show: NOTHING })
        .expect("readable");
    view.object.fragments.names().map(str::to_owned).collect()
}

#[test]
fn of_two_writers_who_have_seen_the_same_the_second_is_refused_and_may_read_and_try_again() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ADMIN);
    let bob = house.person("alpha", "bob", ADMIN);
    let id = house.object(&ann, "pump");
    let before = version(&house, &ann, id);
    assert_eq!(version(&house, &bob, id), before);
    let Ok(Written::Shown(view)) = set(&house, &ann, id, "anns", seen(before)) else {
        panic!("changed and shown")
    };
    assert_eq!(set(&house, &bob, id, "bobs", seen(before)), Err(Refusal::Changed));
    assert_eq!(fragments(&house, &bob, id), ["anns"]);

    let now = version(&house, &bob, id);
    assert_eq!(view.version, Some(now));
    assert_ne!(now, before);
    set(&house, &bob, id, "bobs", seen(now)).expect("as it was seen");
    assert_eq!(fragments(&house, &ann, id), ["anns", "bobs"]);
    set(&house, &ann, id, "more", Expected::Any).expect("whatever it is");
}

#[test]
fn an_object_that_somebody_has_changed_is_not_deleted_unseen() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ADMIN);
    let id = house.object(&ann, "pump");
    let deletion = |expected| DeleteObject {
        id,
        cascade: true,
        force_cascade: true,
        with_device_user: false,
        expected,
    };
    let before = version(&house, &ann, id);
    rename(&house, &ann, id).expect("changed");
    assert_eq!(house.run(&ann, deletion(seen(before))), Err(Refusal::Changed));
    let now = version(&house, &ann, id);
    assert_eq!(house.run(&ann, deletion(seen(now))), Ok(vec![id]));
}

#[test]
fn whoever_may_not_change_an_object_does_not_learn_whether_it_has_changed() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ADMIN);
    let reader = house.person("alpha", "reader", &[Role::InventoryRead]);
    let creator = house.person("alpha", "creator", &[Role::InventoryCreate]);
    let stranger = house.person("beta", "stranger", ADMIN);
    let id = house.object(&ann, "pump");
    let now = version(&house, &ann, id);
    let missing = Refusal::Missing(Missing::Object(id));
    for expected in [
        seen(now),
        Expected::OneOf(vec!["other".to_owned()]),
        Expected::Any,
    ] {
        for (who, refusal) in [
            (&reader, Refusal::Forbidden),
            (&creator, missing.clone()),
            (&stranger, missing.clone()),
        ] {
            assert_eq!(set(&house, who, id, "x", expected.clone()), Err(refusal.clone()));
            let deletion = DeleteObject {
                id,
                cascade: false,
                force_cascade: false,
                with_device_user: false,
                expected: expected.clone(),
            };
            assert_eq!(house.run(who, deletion), Err(refusal));
        }
    }
    assert_eq!(version(&house, &ann, id), now);
}

#[test]
fn whoever_may_change_an_object_and_not_read_it_is_told_no_version() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ADMIN);
    let writer = house.person("alpha", "writer", &[Role::InventoryAdmin]);
    let id = house.object(&ann, "pump");
    let hidden = set(&house, &writer, id, "x", Expected::Any);
    assert_eq!(hidden, Ok(Written::Hidden(id)));
}

#[test]
fn what_is_not_stored_with_an_object_leaves_its_version_as_it_is() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ADMIN);
    let (id, child) = (house.object(&ann, "pump"), house.object(&ann, "child"));
    let before = version(&house, &ann, id);
    let target = ChildTarget {
        parent: id,
        kind: ChildKind::Device,
    };
    let children = vec![child];
    house.run(&ann, AddChildren { target, children }).expect("linked");
    house.world.advance(60_000);
    let empty = || UpdateObject {
        id,
        update: ManagedObjectUpdate::default(),
    };
    house.run(&ann, empty()).expect("heard of");
    assert_eq!(version(&house, &ann, id), before);
    let stale = EditObject {
        change: empty(),
        expected: Expected::OneOf(vec![version(&house, &ann, child).to_string()]),
    };
    assert_eq!(house.run(&ann, stale), Err(Refusal::Changed));
    rename(&house, &ann, id).expect("changed");
    assert_ne!(version(&house, &ann, id), before);
}

#[test]
fn the_version_of_one_object_says_nothing_about_another() {
    let house = House::new();
    let ann = house.person("alpha", "ann", ADMIN);
    let bob = house.person("beta", "bob", ADMIN);
    let ids = ["pump", "pump"].map(|name| house.object(&ann, name));
    let theirs = house.object(&bob, "pump");
    let [one, other] = ids.map(|id| version(&house, &ann, id));
    let theirs = version(&house, &bob, theirs);
    assert!(one != other && one != theirs && other != theirs);
    for wrong in [other, theirs] {
        assert_eq!(set(&house, &ann, ids[0], "x", seen(wrong)), Err(Refusal::Changed));
    }
    delete(&house, &ann, ids[1]).expect("deleted");
    assert_eq!(version(&house, &ann, ids[0]), one);
}
