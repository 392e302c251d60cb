//! Alarms that are raised and changed at once: one stands open, and nothing is lost of its count.

use super::{alarm, count, device};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::house::{House, Who};

/// More than a command is run again after a conflict: nobody is told to come back because others changed the same thing.
const THREADS: u64 = 24;
const EACH: u64 = 4;

fn raise(house: &House, who: &Who, body: &Value) -> Value {
    house.post(who, "/alarm/alarms", body.clone()).expect(201).json()
}

#[test]
fn raised_by_many_at_once_there_is_one_open_alarm_with_an_exact_count() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let body = alarm(&source, "a", "MAJOR", 1);
    let ids = std::thread::scope(|scope| {
        let threads = (0..THREADS).map(|_| {
            scope.spawn(|| {
                let ids = (0..EACH).map(|_| raise(&house, &admin, &body)["id"].to_string());
                ids.collect::<BTreeSet<_>>()
            })
        });
        let threads: Vec<_> = threads.collect();
        let ids = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a thread"));
        ids.collect::<BTreeSet<_>>()
    });
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(count(&house, &admin, ""), 1);
    let list = house
        .get(&admin, "/alarm/alarms?resolved=false")
        .expect(200)
        .json();
    assert_eq!(list["alarms"][0]["count"], json!(THREADS * EACH));
    let shown = house
        .get(&admin, &format!("/inventory/managedObjects/{source}"))
        .expect(200)
        .json();
    assert_eq!(shown["c8y_ActiveAlarmsStatus"]["major"], 1);
}

#[test]
fn while_one_clears_and_others_raise_every_raise_is_counted_in_some_alarm() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let body = alarm(&source, "a", "MINOR", 1);
    let raising = AtomicU64::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    raise(&house, &admin, &body);
                }
                raising.fetch_sub(1, Ordering::Relaxed);
            });
        }
        scope.spawn(|| {
            while raising.load(Ordering::Relaxed) > 0 {
                let path = format!("/alarm/alarms?source={source}&status=ACTIVE");
                let reply = house.put(&admin, &path, json!({"status": "CLEARED"}));
                reply.expect(200);
            }
        });
    });
    let list = house
        .get(&admin, "/alarm/alarms?pageSize=1000")
        .expect(200)
        .json();
    let alarms = list["alarms"].as_array().expect("a list");
    let raised: u64 = alarms
        .iter()
        .map(|alarm| alarm["count"].as_u64().expect("a count"))
        .sum();
    assert_eq!(raised, THREADS * EACH);
    let open = alarms.iter().filter(|alarm| alarm["status"] == "ACTIVE").count();
    assert!(open <= 1, "{open} are open");
    assert_eq!(count(&house, &admin, "resolved=false"), open as u64);
    let shown = house
        .get(&admin, &format!("/inventory/managedObjects/{source}"))
        .expect(200)
        .json();
    assert_eq!(shown["c8y_ActiveAlarmsStatus"]["minor"], json!(open));
}
