//! Edges: no circle and no chain that is too deep, neither at once nor by several commands together.

use crate::gate::{Gate, Held, committed};
use crate::world::{change, object};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use store::fault::CommitFailed;
use store::inventory::LinkRefused;
use store::transaction::WriteTx;

// Neither alone closes a circle, both together would; over one step and over several.
#[test]
fn links_that_would_close_a_circle_together_are_not_both_made() {
    for kind in ChildKind::ALL {
        let held = Held::new();
        let admin = held.admin();
        let [a, b, c, d] = held.objects();
        change(held.store(), admin, |tx| {
            admin.link(tx, (b, ChildKind::Device, c))
        })
        .unwrap()
        .unwrap();
        change(held.store(), admin, |tx| admin.link(tx, (d, ChildKind::Asset, a)))
            .unwrap()
            .unwrap();
        let (one, two) = ((a, kind, b), (c, ChildKind::Addition, d));
        let sets = vec![
            held.prepared(|admin, tx| admin.link(tx, one)),
            held.prepared(|admin, tx| admin.link(tx, two)),
        ];
        assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
        let again = change(held.store(), admin, |tx| admin.link(tx, two)).unwrap();
        assert_eq!(again, Err(LinkRefused::Cycle));
    }
}

#[test]
fn one_command_cannot_close_a_circle_by_itself_either() {
    let held = Held::new();
    let [a, b, c, d] = held.objects();
    let link = |tx: &WriteTx, up, down| held.admin().link(tx, (up, ChildKind::Asset, down)).unwrap();
    let tx = held.admin().write(held.store()).unwrap();
    assert_eq!(link(&tx, a, b), Ok(()));
    assert_eq!(link(&tx, b, c), Ok(()));
    assert_eq!(link(&tx, c, a), Err(LinkRefused::Cycle));
    // What the command has linked is still watched: somebody who puts `c` above `b` meanwhile comes in between.
    for edge in [(d, ChildKind::Asset, b), (c, ChildKind::Asset, d)] {
        change(held.store(), held.admin(), |tx| held.admin().link(tx, edge))
            .unwrap()
            .unwrap();
    }
    assert!(matches!(
        held.store().commit_blocking(tx),
        Err(CommitFailed::Conflict)
    ));
}

#[test]
fn one_command_may_turn_an_edge_round() {
    let held = Held::new();
    let admin = held.admin();
    let [a, b] = held.objects();
    change(held.store(), admin, |tx| admin.link(tx, (a, ChildKind::Asset, b)))
        .unwrap()
        .unwrap();
    let turned = change(held.store(), admin, |tx| {
        assert!(admin.unlink(tx, (a, ChildKind::Asset, b))?);
        admin.link(tx, (b, ChildKind::Device, a))
    });
    assert_eq!(turned.unwrap(), Ok(()));
    let tx = held.admin().read(held.store());
    assert_eq!(admin.list(&tx).descendants(b).unwrap(), [a].into());
    assert!(admin.list(&tx).descendants(a).unwrap().is_empty());
}

// Each alone keeps the limit of depth; so whichever is later counts again with the other in place.
#[test]
fn a_link_above_and_a_link_below_do_not_pass_each_other_unseen() {
    for above_first in [true, false] {
        let held = Held::new();
        let admin = held.admin();
        let [top, middle, bottom, leaf] = held.objects();
        change(held.store(), admin, |tx| {
            admin.link(tx, (middle, ChildKind::Asset, bottom))
        })
        .unwrap()
        .unwrap();
        let mut sets = vec![
            held.prepared(|admin, tx| admin.link(tx, (top, ChildKind::Asset, middle))),
            held.prepared(|admin, tx| admin.link(tx, (bottom, ChildKind::Asset, leaf))),
        ];
        if !above_first {
            sets.reverse();
        }
        assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
    }
}

#[test]
fn links_that_have_nothing_to_do_with_each_other_do_not_conflict() {
    let held = Held::new();
    let [gateway, a, b, c, elsewhere] = held.objects();
    let sets = vec![
        held.prepared(|admin, tx| admin.link(tx, (gateway, ChildKind::Device, a))),
        held.prepared(|admin, tx| admin.link(tx, (gateway, ChildKind::Device, b))),
        held.prepared(|admin, tx| admin.link(tx, (elsewhere, ChildKind::Device, c))),
    ];
    assert_eq!(
        committed(&held.commit_as_group(sets, Gate::Open)),
        [true, true, true]
    );
}

#[test]
fn the_tree_gets_no_deeper_than_its_limit_by_joining_two_halves() {
    let held = Held::new();
    let admin = held.admin();
    let most = model::limits::TREE_DEPTH_MAX + 2;
    let ids: Vec<ObjectId> = change(held.store(), admin, |tx| {
        (0..most).map(|_| admin.create(tx, object(admin, "o"))).collect()
    })
    .unwrap();
    let link = |up: usize, down: usize| {
        change(held.store(), admin, |tx| {
            admin.link(tx, (ids[up], ChildKind::Asset, ids[down]))
        })
        .unwrap()
    };
    let (half, last) = (600, ids.len() - 1);
    change(held.store(), admin, |tx| {
        let link = |up: usize, down: usize| admin.link(tx, (ids[up], ChildKind::Asset, ids[down])).unwrap();
        chain(0..half, &link);
        chain(half..ids.len(), &link);
        Ok(())
    })
    .unwrap();
    assert_eq!(link(half - 1, half), Err(LinkRefused::TooDeep));
    change(held.store(), admin, |tx| {
        admin.unlink(tx, (ids[last - 1], ChildKind::Asset, ids[last]))
    })
    .unwrap();
    assert_eq!(link(half - 1, half), Ok(()));
    assert_eq!(link(last - 1, last), Err(LinkRefused::TooDeep));
}

/// Makes a chain of these places by joining chains of halves, which walks less than adding one by one.
fn chain(places: std::ops::Range<usize>, link: &impl Fn(usize, usize) -> Result<(), LinkRefused>) {
    if places.len() < 2 {
        return;
    }
    let middle = places.start + places.len() / 2;
    chain(places.start..middle, link);
    chain(middle..places.end, link);
    link(middle - 1, middle).unwrap();
}
