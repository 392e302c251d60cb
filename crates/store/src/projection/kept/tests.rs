//! Taking in the steps of the committer, in their order.

use super::*;
use crate::backend::Space;
use crate::seal::{KeyBytes, KeyEpoch, Place, SealKey, row_version};
use model::ids::{ObjectId, PrincipalId};
use model::inventory::ManagedObject;
use model::time::Timestamp;

fn versions<const N: usize>() -> [RowVersion; N] {
    let key = SealKey::new(KeyEpoch::FIRST, KeyBytes::random());
    let place = Place::row(TenantNumber(1), Space::Payload, b"epoch");
    std::array::from_fn(|_| row_version(&key.seal(place, b"")).expect("a version"))
}

fn id(number: u64) -> ObjectId {
    ObjectId::new(number).expect("in range")
}

fn put(number: u64) -> InventoryChange {
    InventoryChange::Put(Arc::new(ManagedObject {
        id: id(number),
        owner: PrincipalId::new(1).expect("in range"),
        name: None,
        kind: None,
        project: None,
        created: Timestamp::from_millis(0),
        updated: Timestamp::from_millis(0),
        fragments: model::json::Object::new(),
    }))
}

fn waiting(steps: Vec<Step>) -> Mutex<Steps> {
    let bytes = steps
        .iter()
        .flat_map(|step| &*step.changes)
        .map(InventoryChange::weight)
        .sum();
    Mutex::new(Steps {
        steps: steps.into(),
        bytes,
    })
}

fn ready(version: RowVersion) -> State {
    State::Ready(Box::new(Projection {
        version: Some(version),
        ..Projection::default()
    }))
}

fn holds(state: &State, version: RowVersion, ids: &[u64]) -> bool {
    let State::Ready(projection) = state else {
        return false;
    };
    let found = projection.all().map(|object| object.id.number());
    projection.version == Some(version) && found.eq(ids.iter().copied())
}

#[test]
fn steps_are_taken_in_up_to_the_version_that_is_asked_for_and_no_further() {
    let [old, built, one, two] = versions();
    let steps = waiting(vec![
        Step {
            before: Some(old),
            after: built,
            changes: [put(1)].into(),
        },
        Step {
            before: Some(built),
            after: one,
            changes: [put(2)].into(),
        },
        Step {
            before: Some(one),
            after: two,
            changes: [put(3), InventoryChange::Delete(id(2))].into(),
        },
    ]);
    let mut state = ready(built);
    assert!(state.catch_up(&steps, Some(one)));
    assert!(
        holds(&state, one, &[2]),
        "the step before the building is not repeated"
    );
    assert!(state.catch_up(&steps, Some(old)));
    assert!(holds(&state, one, &[2]), "there is no way back");
    assert!(state.catch_up(&steps, Some(two)));
    assert!(holds(&state, two, &[3]));
    assert_eq!(steps.into_inner().expect("no panic").bytes, 0);
}

#[test]
fn a_projection_that_has_missed_a_step_is_of_no_more_use() {
    let [built, missed, newest] = versions();
    let steps = waiting(vec![Step {
        before: Some(missed),
        after: newest,
        changes: [put(1)].into(),
    }]);
    assert!(!ready(built).catch_up(&steps, Some(newest)));
}

#[test]
fn what_does_not_fit_is_tried_again_when_something_was_deleted() {
    let [before, after] = versions();
    let step = |change| {
        waiting(vec![Step {
            before: Some(before),
            after,
            changes: [change].into(),
        }])
    };
    assert!(State::TooLarge.catch_up(&step(put(1)), Some(after)));
    assert!(!State::TooLarge.catch_up(&step(InventoryChange::Delete(id(1))), Some(after)));
}
