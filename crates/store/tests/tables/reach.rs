//! What rights reach follows every change of the tree at once, also where the answer before was kept: the parents of an
//! object, and what a reach comes to.

use crate::projects::compare;
use crate::world::{World, change, object};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::permissions::Select;
use proptest::prelude::*;
use store::inventory::LinkRefused;

const OBJECTS: usize = 6;

#[derive(Debug, Clone, Copy)]
enum Step {
    Link(usize, ChildKind, usize),
    Unlink(usize, ChildKind, usize),
    Delete(usize),
    Rename(usize),
    HandOver(usize, usize),
    Create(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0..OBJECTS;
    let kind = || prop::sample::select(&ChildKind::ALL[..]);
    prop_oneof![
        6 => (place(), kind(), place()).prop_map(|(up, kind, down)| Step::Link(up, kind, down)),
        4 => (place(), kind(), place()).prop_map(|(up, kind, down)| Step::Unlink(up, kind, down)),
        1 => place().prop_map(Step::Delete),
        1 => place().prop_map(Step::Rename),
        2 => (place(), 0usize..3).prop_map(|(at, to)| Step::HandOver(at, to)),
        1 => (0usize..3).prop_map(Step::Create),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default()
    })]

    // R039
    #[test]
    fn what_rights_reach_follows_every_change_of_the_tree(steps in prop::collection::vec(step(), 1..20)) {
        let world = World::new();
        let (store, realm) = (&world.store, &world.realms[0]);
        let (admin, people) = (realm.admin, realm.users);
        let make = |owner| change(store, admin, |tx| admin.create(tx, object(owner, "o"))).unwrap();
        let mut ids: Vec<ObjectId> = (0..OBJECTS).map(|_| make(admin)).collect();
        let group = String::from("*");
        for (to, on) in [(people[0], ids[0]), (people[1], ids[1])] {
            let given = change(store, admin, |tx| admin.grant(tx, to, Select::One(on), std::slice::from_ref(&group)));
            given.unwrap();
        }
        for step in steps {
            let at = |at: usize| ids[at % ids.len()];
            match step {
                Step::Link(up, kind, down) => {
                    // A circle is refused, and then nothing has changed.
                    let linked = change(store, admin, |tx| admin.link(tx, (at(up), kind, at(down)))).unwrap();
                    prop_assert!(matches!(linked, Ok(()) | Err(LinkRefused::Cycle)));
                }
                Step::Unlink(up, kind, down) => {
                    let edge = (at(up), kind, at(down));
                    change(store, admin, |tx| admin.unlink(tx, edge)).unwrap();
                }
                Step::Delete(place) if ids.len() > 2 => {
                    let id = ids.remove(place % ids.len());
                    change(store, admin, |tx| admin.delete(tx, id)).unwrap();
                }
                Step::Delete(_) => {}
                Step::Rename(place) => {
                    let name = |object: &mut model::inventory::ManagedObject| object.name = None;
                    change(store, admin, |tx| admin.update(tx, at(place), name)).unwrap();
                }
                Step::HandOver(place, to) => {
                    let owner = people[to].id;
                    change(store, admin, |tx| admin.update(tx, at(place), |object| object.owner = owner)).unwrap();
                }
                Step::Create(owner) => ids.push(make(people[owner])),
            }
            let tx = admin.read(store);
            // The second time it is answered from what was kept.
            for _ in 0..2 {
                people.iter().for_each(|someone| compare(&tx, *someone, &ids, &[]));
            }
        }
    }
}
