//! Random operations on the inventories of two tenants, compared with the naive model after every step: what is there,
//! what is found, by which reach, from the projection and from the rows.

use crate::naive::{Edge, Naive, values};
use crate::world::{Realm, Someone, World, change, object};
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{ChildKind, ManagedObject};
use model::json::{Json, Object};
use model::permissions::Select;
use policy::decide::{Target, decide};
use policy::operations::inventory::{InventoryList, InventoryRead};
use policy::proof::Reach;
use proptest::prelude::*;
use proptest::sample::Index;
use query::ast::Query;
use store::inventory::{InventoryRows, LinkRefused};
use store::search::{Search, SearchText};
use store::transaction::ReadTx;

const KINDS: [&str; 3] = ["t0", "t1", "t2"];
const FRAGMENTS: [&str; 4] = ["c8y_Global", "c8y_IsDevice", "f0", "f1"];
const VALUES: [&str; 3] = ["v0", "v1", "v2"];

/// What an object is to look like.
#[derive(Debug, Clone)]
struct Look {
    owner: usize,
    name: usize,
    kind: Option<usize>,
    fragments: Vec<usize>,
    number: i64,
}

#[derive(Debug, Clone)]
enum Step {
    Create(Look),
    Update(Index, Look),
    Transfer(Index, usize),
    Delete(Index),
    Link(Index, ChildKind, Index),
    Unlink(Index),
    Bind(Index, usize),
    Free(usize),
    /// These fragments (or `*`, behind the last) on an object, or on every one.
    Grant(usize, Option<Index>, Vec<usize>),
}

fn look() -> impl Strategy<Value = Look> {
    let fragments = prop::collection::vec(0..FRAGMENTS.len(), 0..3);
    (
        0usize..3,
        0usize..3,
        prop::option::of(0..KINDS.len()),
        fragments,
        -2i64..3,
    )
        .prop_map(|(owner, name, kind, fragments, number)| Look {
            owner,
            name,
            kind,
            fragments,
            number,
        })
}

fn kind() -> impl Strategy<Value = ChildKind> + Clone {
    prop::sample::select(&ChildKind::ALL[..])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => look().prop_map(Step::Create),
        2 => (any::<Index>(), look()).prop_map(|(which, look)| Step::Update(which, look)),
        1 => (any::<Index>(), 0usize..3).prop_map(|(which, owner)| Step::Transfer(which, owner)),
        1 => any::<Index>().prop_map(Step::Delete),
        4 => (any::<Index>(), kind(), any::<Index>()).prop_map(|(up, kind, down)| Step::Link(up, kind, down)),
        1 => any::<Index>().prop_map(Step::Unlink),
        2 => (any::<Index>(), 0..VALUES.len()).prop_map(|(which, value)| Step::Bind(which, value)),
        1 => (0..VALUES.len()).prop_map(Step::Free),
        4 => grant(),
    ]
}

fn grant() -> impl Strategy<Value = Step> {
    let names = prop::collection::vec(0..=FRAGMENTS.len(), 0..3);
    (0usize..3, prop::option::weighted(0.9, any::<Index>()), names)
        .prop_map(|(user, at, names)| Step::Grant(user, at, names))
}

/// A search with places instead of ids; they are filled in from what is there.
#[derive(Debug, Clone)]
struct Wish {
    ids: Option<Vec<Index>>,
    kind: Option<usize>,
    fragment: Option<usize>,
    owner: Option<usize>,
    text: Option<usize>,
    child_of: Option<(ChildKind, Index)>,
    parent_of: Option<(ChildKind, Index)>,
    only_roots: bool,
    only_devices: bool,
    query: Option<(usize, Index)>,
    skip: usize,
    take: usize,
}

fn wish() -> impl Strategy<Value = Wish> {
    let rarely = |of| prop::option::weighted(0.15, of);
    let first = (
        prop::option::weighted(0.1, prop::collection::vec(any::<Index>(), 0..5)),
        rarely(0..KINDS.len()),
        rarely(0..FRAGMENTS.len()),
        rarely(0usize..3),
        rarely(0usize..6),
    );
    let related = || prop::option::weighted(0.15, (kind(), any::<Index>()));
    let second = (
        related(),
        related(),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
        prop::option::weighted(0.5, (0..QUERIES.len(), any::<Index>())),
        (0usize..3, 0usize..6),
    );
    (first, second).prop_map(|((ids, kind, fragment, owner, text), second)| {
        let (child_of, parent_of, only_roots, only_devices, query, (skip, take)) = second;
        Wish {
            ids,
            kind,
            fragment,
            owner,
            text,
            child_of,
            parent_of,
            only_roots,
            only_devices,
            query,
            skip,
            take,
        }
    })
}

/// `@` stands for the id of an object.
const QUERIES: [&str; 14] = [
    "name eq 'n1'",
    "type eq 't1'",
    "name eq 'n*' and f0.n gt 0",
    "has(f1)",
    "not has(f0)",
    "has(c8y_Global) or owner eq 'bob'",
    "owner eq 'alice' and type eq 't0'",
    "id eq '@'",
    "bygroupid(@)",
    "isinhierarchyof(@)",
    "not isinhierarchyof(@)",
    "$filter=f0.n ge 0 $orderby=f0.n desc",
    "$filter=has(f0) and type eq 't2' $orderby=name,id desc",
    "$orderby=type desc,f0.n",
];

fn any_id(model: &Naive, at: &Index) -> Option<ObjectId> {
    (!model.objects.is_empty())
        .then(|| *at.get(&model.objects.keys().collect::<Vec<_>>()))
        .copied()
}

impl Wish {
    fn search(&self, realm: &Realm, model: &Naive) -> Search {
        let related = |wish: &Option<(ChildKind, Index)>| {
            wish.as_ref()
                .and_then(|(kind, at)| Some((*kind, any_id(model, at)?)))
        };
        let text = |place: usize| {
            let texts = ["n0", "t1", "v0", "v1", "alice", "1001"];
            SearchText {
                text: texts[place].to_owned(),
                owner: (place == 4).then_some(realm.users[0].id),
            }
        };
        let query = |(which, at): &(usize, Index)| {
            let id = any_id(model, at).map_or("1".to_owned(), |id| id.to_string());
            Query::parse(&QUERIES[*which].replace('@', &id)).unwrap()
        };
        Search {
            project: None,
            ids: self
                .ids
                .as_ref()
                .map(|ids| ids.iter().filter_map(|at| any_id(model, at)).collect()),
            kind: self.kind.map(|kind| KINDS[kind].to_owned()),
            fragment: self.fragment.map(|fragment| FRAGMENTS[fragment].to_owned()),
            owner: self.owner.map(|owner| realm.users[owner].id),
            text: self.text.map(text),
            parent_of: related(&self.parent_of).into_iter().collect(),
            child_of: related(&self.child_of),
            only_roots: self.only_roots,
            only_devices: self.only_devices,
            query: self.query.as_ref().map(query),
            skip: self.skip,
            take: self.take,
            count: true,
        }
    }
}

fn dress(realm: &Realm, look: &Look, object: &mut ManagedObject) {
    object.owner = realm.users[look.owner].id;
    object.name = Some(format!("n{}", look.name).parse().unwrap());
    object.kind = look.kind.map(|kind| KINDS[kind].parse().unwrap());
    object.fragments = Object::new();
    for fragment in &look.fragments {
        let inside = Object::from_iter([("n", Json::from(look.number))]);
        object.fragments.set(FRAGMENTS[*fragment], inside);
    }
}

/// Carries a step out in the store and in the model; a step that cannot be done here is left out.
fn carry_out(world: &World, realm: &Realm, model: &mut Naive, step: &Step) {
    let admin = realm.admin;
    match step {
        Step::Create(look) => {
            let mut new = object(admin, "new");
            dress(realm, look, &mut new);
            new.id = change(&world.store, admin, |tx| admin.create(tx, new.clone())).unwrap();
            model.objects.insert(new.id, new);
        }
        Step::Update(at, look) => update(world, admin, model, at, |object| dress(realm, look, object)),
        Step::Transfer(at, owner) => {
            update(world, admin, model, at, |object| {
                object.owner = realm.users[*owner].id;
            });
        }
        Step::Delete(at) => {
            let Some(id) = any_id(model, at) else { return };
            change(&world.store, admin, |tx| admin.delete(tx, id)).unwrap();
            model.delete(id);
        }
        Step::Link(up, kind, down) => {
            let (Some(up), Some(down)) = (any_id(model, up), any_id(model, down)) else {
                return;
            };
            link(world, admin, model, (up, *kind, down));
        }
        Step::Unlink(at) => {
            if model.edges.is_empty() {
                return;
            }
            let edge = **at.get(&model.edges.iter().collect::<Vec<_>>());
            assert!(change(&world.store, admin, |tx| admin.unlink(tx, edge)).unwrap());
            assert!(!change(&world.store, admin, |tx| admin.unlink(tx, edge)).unwrap());
            model.edges.remove(&edge);
        }
        Step::Bind(at, value) => {
            let Some(id) = any_id(model, at) else { return };
            if model.external.contains_key(VALUES[*value]) {
                return;
            }
            change(&world.store, admin, |tx| admin.bind(tx, id, VALUES[*value])).unwrap();
            model.external.insert(VALUES[*value].to_owned(), id);
        }
        Step::Free(value) => {
            let Some(id) = model.external.remove(VALUES[*value]) else {
                return;
            };
            change(&world.store, admin, |tx| admin.free(tx, id, VALUES[*value])).unwrap();
        }
        Step::Grant(user, at, names) => {
            let object = match at.as_ref().map(|at| any_id(model, at)) {
                None => Select::All,
                Some(Some(id)) => Select::One(id),
                Some(None) => return,
            };
            let user = realm.users[*user];
            let names = names
                .iter()
                .map(|name| FRAGMENTS.get(*name).unwrap_or(&"*").to_string());
            let names: Vec<_> = names.collect();
            change(&world.store, admin, |tx| admin.grant(tx, user, object, &names)).unwrap();
            model.rules.insert((user.id, object), names);
        }
    }
}

fn update(
    world: &World,
    admin: Someone,
    model: &mut Naive,
    at: &Index,
    new: impl FnOnce(&mut ManagedObject),
) {
    let Some(id) = any_id(model, at) else { return };
    let after = change(&world.store, admin, |tx| admin.update(tx, id, new)).unwrap();
    model.objects.insert(id, after);
}

fn link(world: &World, admin: Someone, model: &mut Naive, edge: Edge) {
    let outcome = change(&world.store, admin, |tx| admin.link(tx, edge)).unwrap();
    if model.closes_a_circle(edge) {
        assert_eq!(outcome, Err(LinkRefused::Cycle));
    } else {
        assert_eq!(outcome, Ok(()));
        model.edges.insert(edge);
    }
}

/// Compares everything that can be read by id, ids of the other tenant included.
fn compare_rows(realm: &Realm, tx: &ReadTx, model: &Naive, foreign: &Naive) {
    let rows = realm.admin.list(tx);
    for id in foreign.objects.keys() {
        assert_eq!(rows.object(*id).unwrap(), None);
        assert!(
            ChildKind::ALL
                .iter()
                .all(|kind| rows.children(*id, *kind).unwrap().is_empty())
        );
        assert!(rows.external_ids(*id).unwrap().is_empty());
    }
    for (id, object) in &model.objects {
        assert_eq!(rows.object(*id).unwrap().as_ref(), Some(object));
        for kind in ChildKind::ALL {
            assert_eq!(rows.children(*id, kind).unwrap(), model.children(*id, kind));
            assert_eq!(rows.parents(*id, kind).unwrap(), model.parents(*id, kind));
        }
        let below = model.below(*id, &[ChildKind::Device, ChildKind::Asset]);
        assert_eq!(rows.descendants(*id).unwrap(), below);
        assert_eq!(values(&rows.external_ids(*id).unwrap()), model.external_ids(*id));
    }
    for value in VALUES {
        let found = rows.external_id("c8y_Serial", value).unwrap().map(|id| id.object);
        assert_eq!(found, model.external.get(value).copied());
    }
    for user in realm.users {
        let owned = model.objects.values().filter(|object| object.owner == user.id);
        assert_eq!(
            tx.owns_anything(&user.facts(tx).unwrap()).unwrap(),
            owned.count() > 0
        );
    }
}

/// Compares what a search finds within a reach: the page, and the total.
fn compare_search(rows: &InventoryRows<'_>, reach: &Reach, realm: &Realm, model: &Naive, search: &Search) {
    let names = |id: PrincipalId| {
        let at = realm.users.iter().position(|user| user.id == id)?;
        Some(["alice", "bob", "carol"][at].to_owned())
    };
    let found = rows.find(search, &names).unwrap().unwrap();
    let all = model.find(search, reach, &names);
    let page: Vec<_> = all.iter().copied().skip(search.skip).take(search.take).collect();
    let shown: Vec<_> = found.objects.iter().map(|object| object.id).collect();
    assert_eq!(
        (shown, found.total),
        (page, Some(all.len())),
        "{reach:?} {search:?}"
    );
    assert!(
        found
            .objects
            .iter()
            .all(|object| model.objects.get(&object.id) == Some(object))
    );
    let uncounted = rows
        .find(
            &Search {
                count: false,
                ..search.clone()
            },
            &names,
        )
        .unwrap()
        .unwrap();
    assert_eq!(
        (uncounted.objects, uncounted.total),
        (found.objects, None),
        "{reach:?} {search:?}"
    );
}

/// Compares a search by every reach: all of the tenant, one object, and what users own or have permissions for.
fn compare_searches(realm: &Realm, tx: &ReadTx, model: &Naive, search: &Search) {
    for someone in [realm.admin].iter().chain(&realm.users) {
        let proof = someone.allow::<InventoryList>(tx).unwrap();
        let reach = proof.reach().clone();
        compare_search(&tx.inventory(proof), &reach, realm, model, search);
        compare_decisions(*someone, &reach, tx, model);
    }
    if let Some(id) = model.objects.keys().next() {
        let rows = tx.inventory(realm.admin.allow_on::<InventoryRead>(tx, *id).unwrap());
        compare_search(&rows, &Reach::Object(*id), realm, model, search);
    }
}

/// What may be read by its id is what a list shows, object by object.
fn compare_decisions(someone: Someone, reach: &Reach, tx: &ReadTx, model: &Naive) {
    let who = someone.facts(tx).unwrap();
    let list = someone.list(tx);
    for id in model.objects.keys() {
        let object = tx.object_facts(&who, *id).unwrap().unwrap();
        let allowed = decide::<InventoryRead>(&who, Target::Object(&object)).is_ok();
        assert_eq!(allowed, model.sees(reach, *id), "{id} {reach:?}");
        assert_eq!(list.object(*id).unwrap().is_some(), allowed, "{id} {reach:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default()
    })]

    // R014: pages are full and totals exact, by each reach. R115: nothing of the other tenant is read, found or counted.
    #[test]
    fn two_inventories_are_what_the_naive_models_say(
        steps in prop::collection::vec((0usize..2, step(), wish()), 1..40)
    ) {
        let world = World::new();
        let mut models = [Naive::default(), Naive::default()];
        for (place, step, wish) in &steps {
            let realm = &world.realms[*place];
            let search = wish.search(realm, &models[*place]);
            let (before, older) = (models[*place].clone(), realm.admin.read(&world.store));
            carry_out(&world, realm, &mut models[*place], step);
            for (realm, model, foreign) in [
                (&world.realms[0], &models[0], &models[1]),
                (&world.realms[1], &models[1], &models[0]),
            ] {
                let tx = realm.admin.read(&world.store);
                compare_rows(realm, &tx, model, foreign);
                compare_searches(realm, &tx, model, &search);
            }
            // The projection has moved on: the older view is answered from its rows.
            compare_searches(realm, &older, &before, &search);
        }
    }
}
