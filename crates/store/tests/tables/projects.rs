//! Projects: lists show what the decision allows object by object, and what is done at the same time keeps the quota and
//! the boundary (R117).

use crate::gate::{Gate, Held, committed};
use crate::world::{Someone, World, change, object, record};
use model::grants::Subject;
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{ChildKind, ManagedObject, PROJECT};
use model::json::{Json, Object};
use model::permissions::{Permission, Select};
use model::time::Timestamp;
use policy::decide::{Target, decide};
use policy::operations::inventory::{
    InventoryCreate, InventoryCreateBelow, InventoryDelete, InventoryList, InventoryRead,
};
use policy::operations::projects::{ProjectManage, ProjectMove};
use policy::operations::users::RoleChange;
use proptest::prelude::*;
use std::collections::BTreeSet;
use store::fault::StoreFault;
use store::inventory::LinkRefused;
use store::projects::{Destination, MoveRefused, create_project, move_all, set_quota};
use store::search::Search;
use store::transaction::{ReadTx, WriteTx};

impl Someone {
    /// Gives a user exactly these permissions.
    fn permit(
        self,
        tx: &WriteTx,
        to: Someone,
        on: Select<ObjectId>,
        texts: &[&str],
    ) -> Result<(), StoreFault> {
        let permissions = texts.iter().map(|text| text.parse::<Permission>().unwrap());
        let realm = tx.realm(self.allow::<RoleChange>(tx)?);
        realm.put_permissions(Subject::User(to.id), on, permissions.collect())?;
        tx.record(record("granted"));
        Ok(())
    }

    fn create_project(self, tx: &WriteTx, objects_max: Option<u64>) -> Result<ObjectId, StoreFault> {
        let id = tx.inventory(self.allow::<ProjectManage>(tx)?).new_id()?;
        let project = ManagedObject {
            id,
            kind: Some(PROJECT.parse().unwrap()),
            project: Some(id),
            ..object(self, "project")
        };
        create_project(tx, self.allow::<ProjectManage>(tx)?, project, objects_max)?;
        tx.record(record("created"));
        Ok(id)
    }

    /// The decision on creating a bare object below this one.
    fn allow_below(
        self,
        tx: &WriteTx,
        parent: ObjectId,
    ) -> Result<policy::proof::Allowed<InventoryCreateBelow>, StoreFault> {
        let facts = self.facts(tx)?;
        let parent = tx.object_facts(&facts, parent)?.expect("the parent is there");
        let target = Target::Below {
            parent: &parent,
            fragments: &[],
        };
        Ok(decide(&facts, target).expect("allowed"))
    }

    fn create_in(
        self,
        tx: &WriteTx,
        project: ObjectId,
        object: ManagedObject,
    ) -> Result<ObjectId, StoreFault> {
        let rows = tx.inventory(self.allow_below(tx, project)?);
        let id = rows.new_id()?;
        rows.create(ManagedObject {
            id,
            project: Some(project),
            ..object
        })?;
        tx.record(record("created"));
        Ok(id)
    }

    fn move_to(
        self,
        tx: &WriteTx,
        objects: &[ObjectId],
        project: Option<ObjectId>,
    ) -> Result<Result<(), MoveRefused>, StoreFault> {
        let to = match project {
            Some(project) => Destination::Project(self.allow_below(tx, project)?),
            None => Destination::Outside(self.allow::<InventoryCreate>(tx)?),
        };
        let moving = objects.iter().map(|id| self.allow_on::<ProjectMove>(tx, *id));
        tx.record(record("moved"));
        move_all(
            tx,
            moving.collect::<Result<_, _>>()?,
            to,
            Timestamp::from_millis(2),
        )
    }
}

/// Two projects whose every right the administrator has.
fn projects(held: &Held, objects_max: Option<u64>) -> [ObjectId; 2] {
    let admin = held.admin();
    [(); 2].map(|()| {
        let id = change(held.store(), admin, |tx| admin.create_project(tx, objects_max)).unwrap();
        change(held.store(), admin, |tx| {
            admin.permit(tx, admin, Select::One(id), &["*:*:*"])
        })
        .unwrap();
        id
    })
}

fn objects_in(held: &Held, project: ObjectId) -> u64 {
    let tx = held.admin().read(held.store());
    let rows = tx.inventory(held.admin().allow_on::<InventoryRead>(&tx, project).unwrap());
    rows.objects_in(project).unwrap()
}

#[test]
fn of_two_who_take_the_last_place_of_a_project_one_does() {
    let held = Held::new();
    let [project, other] = projects(&held, Some(1));
    let create = || held.prepared(|admin, tx| admin.create_in(tx, project, object(admin, "o")));
    let elsewhere = held.prepared(|admin, tx| admin.create_in(tx, other, object(admin, "o")));
    let sets = vec![create(), create(), elsewhere];
    assert_eq!(
        committed(&held.commit_as_group(sets, Gate::Open)),
        [true, false, true]
    );
    assert_eq!(objects_in(&held, project), 1);
    let tx = held.admin().write(held.store()).unwrap();
    let full = held.admin().create_in(&tx, project, object(held.admin(), "o"));
    assert!(matches!(full, Err(StoreFault::OutOfReach { .. })));
}

#[test]
fn without_a_quota_creations_in_a_project_do_not_conflict() {
    let held = Held::new();
    let [project, _] = projects(&held, None);
    let create = || held.prepared(|admin, tx| admin.create_in(tx, project, object(admin, "o")));
    let sets = vec![create(), create(), create()];
    assert_eq!(
        committed(&held.commit_as_group(sets, Gate::Open)),
        [true, true, true]
    );
    assert_eq!(objects_in(&held, project), 3);
    // Whoever begins to count sees those that come at the same time, in either order.
    let count = || {
        held.prepared(|admin, tx| {
            tx.record(record("quota"));
            set_quota(tx, admin.allow::<ProjectManage>(tx)?, project, Some(9))
        })
    };
    assert_eq!(
        committed(&held.commit_as_group(vec![create(), count()], Gate::Open)),
        [true, false]
    );
    assert_eq!(
        committed(&held.commit_as_group(vec![count(), create()], Gate::Open)),
        [true, false]
    );
    assert_eq!(objects_in(&held, project), 4);
}

#[test]
fn nothing_comes_into_a_project_that_goes() {
    let held = Held::new();
    let [one, two] = projects(&held, None);
    let delete = |project| {
        held.prepared(|admin, tx| {
            let proof = admin.allow_on::<InventoryDelete>(tx, project)?;
            let contents = store::projects::contents(tx, &proof, project, 10)?;
            assert_eq!(contents, Some(Vec::new()));
            let rows = tx.inventory(proof);
            let object = rows.now().object(project)?.expect("the project");
            rows.delete(&object)?;
            tx.record(record("deleted"));
            Ok(())
        })
    };
    let create = |project| held.prepared(|admin, tx| admin.create_in(tx, project, object(admin, "o")));
    let sets = vec![delete(one), create(one)];
    assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
    let sets = vec![create(two), delete(two)];
    assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
}

#[test]
fn a_link_and_a_move_do_not_pass_each_other() {
    let held = Held::new();
    let [project, _] = projects(&held, None);
    for order in [false, true] {
        for moved in [0, 1] {
            let ends: [ObjectId; 2] = held.objects();
            let link = held.prepared(|admin, tx| admin.link(tx, (ends[0], ChildKind::Addition, ends[1])));
            let moves = held.prepared(|admin, tx| admin.move_to(tx, &[ends[moved]], Some(project)));
            let sets = if order {
                vec![link, moves]
            } else {
                vec![moves, link]
            };
            assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
        }
    }
}

#[test]
fn objects_that_hang_together_are_moved_together_or_not_at_all() {
    let held = Held::new();
    let [one, two] = projects(&held, Some(2));
    let [up, down, loose] = held.objects();
    let admin = held.admin();
    let link = (up, ChildKind::Addition, down);
    change(held.store(), admin, |tx| admin.link(tx, link))
        .unwrap()
        .unwrap();
    let attempt = |objects: &[ObjectId], to| {
        let tx = admin.write(held.store()).unwrap();
        let answer = admin.move_to(&tx, objects, to);
        held.store().commit_blocking(tx).unwrap();
        answer
    };
    let hangs = MoveRefused::Hangs {
        object: down,
        below: up,
    };
    assert_eq!(attempt(&[down], Some(one)).unwrap(), Err(hangs));
    assert!(
        attempt(&[up], Some(one)).is_err(),
        "what hangs below it stays behind"
    );
    assert_eq!(
        attempt(&[up, down, loose], Some(one)).unwrap(),
        Err(MoveRefused::Full)
    );
    assert_eq!(attempt(&[two], Some(one)).unwrap(), Err(MoveRefused::Project));
    assert_eq!(attempt(&[up, down], Some(one)).unwrap(), Ok(()));
    assert_eq!(
        attempt(&[up, down], Some(one)).unwrap(),
        Ok(()),
        "they are there already"
    );
    let crossing = change(held.store(), admin, |tx| {
        admin.link(tx, (up, ChildKind::Device, loose))
    });
    assert_eq!(crossing.unwrap(), Err(LinkRefused::OtherProject));
    let inside = change(held.store(), admin, |tx| {
        admin.link(tx, (up, ChildKind::Device, one))
    });
    assert_eq!(inside.unwrap(), Err(LinkRefused::Project));
    assert_eq!((objects_in(&held, one), objects_in(&held, two)), (2, 0));
    assert_eq!(attempt(&[up, down], Some(two)).unwrap(), Ok(()));
    assert_eq!(attempt(&[up, down], None).unwrap(), Ok(()));
    assert_eq!((objects_in(&held, one), objects_in(&held, two)), (0, 0));
}

/// An object of the random tenant: its owner, its project (none, or one of two), and its fragments.
#[derive(Debug, Clone)]
struct Thing {
    owner: usize,
    place: usize,
    fragments: Vec<usize>,
}

/// A permission: to whom, on what (a thing, a project, or everything), and which.
#[derive(Debug, Clone)]
struct Gift {
    to: usize,
    on: usize,
    which: usize,
}

const FRAGMENTS: [&str; 3] = ["c8y_Global", "f0", "f1"];
const PERMISSIONS: [&str; 5] = [
    "MANAGED_OBJECT:*:READ",
    "MANAGED_OBJECT:f0:READ",
    "MANAGED_OBJECT:c8y_Global:READ",
    "MANAGED_OBJECT:*:ADMIN",
    "EVENT:f0:READ",
];

fn things() -> impl Strategy<Value = Vec<Thing>> {
    let fragments = prop::collection::vec(0..FRAGMENTS.len(), 0..3);
    let thing = (0usize..4, 0usize..3, fragments).prop_map(|(owner, place, fragments)| Thing {
        owner,
        place,
        fragments,
    });
    prop::collection::vec(thing, 1..8)
}

fn gifts() -> impl Strategy<Value = Vec<Gift>> {
    let gift =
        (0usize..4, 0usize..12, 0..PERMISSIONS.len()).prop_map(|(to, on, which)| Gift { to, on, which });
    prop::collection::vec(gift, 0..8)
}

/// What a list shows, and what the decision allows one by one.
pub(crate) fn compare(tx: &ReadTx, someone: Someone, all: &[ObjectId], projects: &[ObjectId]) {
    let who = someone.facts(tx).unwrap();
    let search = Search {
        take: 100,
        count: true,
        ..Search::default()
    };
    let rows = tx.inventory(someone.allow::<InventoryList>(tx).unwrap());
    let found = rows.find(&search, &|_: PrincipalId| None).unwrap().unwrap();
    let all_found = found.objects;
    let listed: BTreeSet<_> = all_found.iter().map(|object| object.id).collect();
    let may = |id: &&ObjectId| {
        let facts = tx.object_facts(&who, **id).unwrap().expect("the object");
        decide::<InventoryRead>(&who, Target::Object(&facts)).is_ok()
    };
    let allowed: BTreeSet<_> = all.iter().filter(may).copied().collect();
    assert_eq!(listed, allowed, "{someone:?}");
    assert_eq!(found.total, Some(allowed.len()));
    for project in projects {
        let search = Search {
            project: Some(*project),
            ..search.clone()
        };
        let found = rows.find(&search, &|_: PrincipalId| None).unwrap().unwrap();
        let inside = |object: &&std::sync::Arc<ManagedObject>| {
            object.project == Some(*project) && !object.is_project()
        };
        let expected: Vec<_> = all_found.iter().filter(inside).cloned().collect();
        assert_eq!((found.total, found.objects), (Some(expected.len()), expected));
    }
    for id in all {
        assert_eq!(
            rows.object(*id).unwrap().is_some(),
            allowed.contains(id),
            "{someone:?} {id}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default()
    })]

    // R014 R117: by a role, as a member, as an owner; from the projection and from the rows.
    #[test]
    fn a_list_shows_exactly_what_the_decision_allows_one_by_one(
        things in things(),
        edges in prop::collection::vec((0usize..8, 0usize..8, prop::sample::select(&ChildKind::ALL[..])), 0..8),
        gifts in gifts(),
    ) {
        let world = World::new();
        let (store, realm) = (&world.store, &world.realms[0]);
        let admin = realm.admin;
        let people = [admin, realm.users[0], realm.users[1], realm.users[2]];
        let projects = [(); 2].map(|()| change(store, admin, |tx| admin.create_project(tx, None)).unwrap());
        for project in projects {
            change(store, admin, |tx| admin.permit(tx, admin, Select::One(project), &["*:*:*"])).unwrap();
        }
        let mut ids = Vec::new();
        for thing in &things {
            let mut fragments = Object::new();
            thing.fragments.iter().for_each(|at| fragments.set(FRAGMENTS[*at], Json::Object(Object::new())));
            let object = ManagedObject { fragments, ..object(people[thing.owner], "thing") };
            let id = change(store, admin, |tx| match thing.place {
                0 => admin.create(tx, object),
                place => admin.create_in(tx, projects[place - 1], object),
            });
            ids.push(id.unwrap());
        }
        for (up, down, kind) in edges {
            let (up, down) = (up % ids.len(), down % ids.len());
            let same = things[up].place == things[down].place;
            let linked = change(store, admin, |tx| admin.link(tx, (ids[up], kind, ids[down]))).unwrap();
            prop_assert!(same || linked == Err(LinkRefused::OtherProject));
        }
        // The administrator of this world has roles only: from here on it is a member of nothing by default.
        for project in projects {
            change(store, admin, |tx| admin.permit(tx, admin, Select::One(project), &[])).unwrap();
        }
        let everything: Vec<_> = ids.iter().chain(&projects).copied().collect();
        for Gift { to, on, which } in gifts {
            let on = everything.get(on).map_or(Select::All, |id| Select::One(*id));
            change(store, admin, |tx| admin.permit(tx, people[to], on, &[PERMISSIONS[which]])).unwrap();
        }
        let older = admin.read(store);
        people.iter().for_each(|someone| compare(&older, *someone, &everything, &projects));
        // The projection moves on: the older view is answered from its rows.
        change(store, admin, |tx| admin.create(tx, object(admin, "later"))).unwrap();
        let newer = admin.read(store);
        newer.inventory(admin.allow::<InventoryList>(&newer).unwrap()).find(&Search::default(), &|_| None).unwrap().unwrap();
        people.iter().for_each(|someone| compare(&older, *someone, &everything, &projects));
    }
}
