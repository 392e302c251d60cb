//! Lists of documents in order of their times, over random events of two sources whose ids were not committed in their
//! order, compared with sorting all of them.

use crate::world::{Someone, World, change, object};
use model::events::Event;
use model::ids::{EventId, ObjectId};
use model::json::Object;
use model::time::Timestamp;
use policy::operations::events::{EventCreate, EventDelete, EventList};
use proptest::prelude::*;
use store::documents::{Along, Next};
use store::shards::Store;

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn event(id: EventId, source: ObjectId, millis: i64) -> Event {
    Event {
        id,
        source,
        time: time(millis),
        kind: "c8y_Test".parse().unwrap(),
        text: String::new(),
        created: time(millis),
        updated: time(millis),
        fragments: Object::new(),
        attachment: None,
    }
}

/// The ids of the events that a walk shows, the visitor narrowing the times to those of the `take` first.
fn found(store: &Store, who: Someone, along: &Along<'_>, take: usize) -> Vec<EventId> {
    let tx = store.read(who.tenant).unwrap();
    let rows = tx.events(who.allow::<EventList>(&tx).unwrap());
    let mut kept: Vec<(i64, EventId)> = Vec::new();
    let sign = if along.newest_first { -1 } else { 1 };
    let mut along = along.clone();
    loop {
        let stopped = rows
            .visit(&along, |event| {
                kept.push((sign * event.time.millis(), event.id));
                kept.sort_unstable();
                kept.truncate(take);
                Ok(match kept.last() {
                    Some((rank, _)) if kept.len() == take => Next::Within(time(sign * rank)),
                    _ => Next::On,
                })
            })
            .unwrap();
        match stopped {
            Some(place) => along.start = Some(place),
            None => break,
        }
    }
    kept.into_iter().map(|(_, id)| id).collect()
}

fn sorted(all: &[Event], along: &Along<'_>, take: usize) -> Vec<EventId> {
    let sign = if along.newest_first { -1 } else { 1 };
    let mut kept: Vec<_> = all
        .iter()
        .filter(|event| {
            along
                .sources
                .is_none_or(|sources| sources.contains(&event.source))
        })
        .filter(|event| along.from.is_none_or(|from| event.time >= from))
        .filter(|event| along.to.is_none_or(|to| event.time <= to))
        .map(|event| (sign * event.time.millis(), event.id))
        .collect();
    kept.sort_unstable();
    kept.truncate(take);
    kept.into_iter().map(|(_, id)| id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_walk_shows_what_sorting_everything_shows(
        steps in prop::collection::vec((0usize..2, -20_i64..20, any::<bool>()), 1..60),
        swaps in prop::collection::vec((0usize..60, 0usize..60), 0..10),
        walks in prop::collection::vec(
            (any::<bool>(), 0usize..4, prop::option::of(-30_i64..700), prop::option::of(-30_i64..700), 1usize..8, 1usize..40),
            1..12,
        ),
    ) {
        let world = World::new();
        let realm = &world.realms[0];
        let admin = realm.admin;
        let sources: Vec<ObjectId> = (0..2)
            .map(|_| change(&world.store, admin, |tx| admin.create(tx, object(admin, "source"))).unwrap())
            .collect();
        let ids: Vec<EventId> = change(&world.store, admin, |tx| {
            let rows = tx.events(admin.allow_on::<EventCreate>(tx, sources[0])?);
            steps.iter().map(|_| rows.new_id()).collect()
        })
        .unwrap();
        let mut order: Vec<usize> = (0..steps.len()).collect();
        for (left, right) in swaps {
            order.swap(left % steps.len(), right % steps.len());
        }
        let mut all = Vec::new();
        for place in order {
            let (source, jitter, stays) = steps[place];
            let event = event(ids[place], sources[source], 10 * place as i64 + jitter);
            change(&world.store, admin, |tx| {
                tx.events(admin.allow_on::<EventCreate>(tx, event.source)?).create(&event)
            })
            .unwrap();
            if stays {
                all.push(event);
            } else {
                change(&world.store, admin, |tx| {
                    tx.events(admin.allow_on::<EventDelete>(tx, event.source)?).delete(&event)
                })
                .unwrap();
            }
        }
        for (newest_first, of, from, to, take, rows_max) in walks {
            let chosen = match of {
                0 => None,
                1 => Some(&sources[..1]),
                2 => Some(&sources[1..]),
                _ => Some(&sources[..]),
            };
            let along = Along {
                sources: chosen,
                newest_first,
                from: from.map(time),
                to: to.map(time),
                start: None,
                rows_max,
            };
            prop_assert_eq!(
                found(&world.store, admin, &along, take),
                sorted(&all, &along, take),
                "{:?}", along
            );
        }
    }
}
