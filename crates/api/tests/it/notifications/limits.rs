//! What is kept for those who are away has bounds, and a stop at any moment loses nothing of what was committed.

use super::{Client, PATIENCE, event, object, subscribe, token};
use model::ids::TenantNumber;
use model::limits::{BACKLOG_HOURS_MAX, BACKLOG_MAX, SUBSCRIBER_DAYS_MAX};
use model::names::TenantId;
use policy::operations::notifications::{NotificationConsume, SubscriberCreate};
use policy::proof::{Allowed, SystemReason};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::house::{Engines, FaultyBackend, House, Stop, Subscriber, SubscriberId, Who};

const HOUR_MILLIS: i64 = 3_600_000;
const EVENTS: &str = r#"{"subscriptionFilter": {"apis": ["events"]}}"#;
const REASON: SystemReason = SystemReason::Notifications;

/// A subscriber of events of a device that has gone away, and its token.
fn away() -> (House, Who, String, String) {
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    let events: Value = serde_json::from_str(EVENTS).expect("JSON");
    subscribe(&house, &admin, &device, &events);
    let token = token(&house, &admin, &json!({}));
    Client::connect(&house, &token).leave();
    (house, admin, device, token)
}

fn number(house: &House) -> TenantNumber {
    let id: TenantId = "t100".parse().expect("an id");
    let catalogue = house.door.store().catalogue().expect("a view");
    catalogue
        .tenant_by_id(&id)
        .expect("readable")
        .expect("the tenant")
        .number
}

/// Waits until something is so.
fn until(house: &House, what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        house.wait(tokio::task::yield_now());
    }
}

/// The only subscriber, how many notifications wait for it, and how many groups of changes wait to be sorted.
fn kept(house: &House) -> Option<(Subscriber, SubscriberId, u64, usize)> {
    let tenant = number(house);
    let tx = house.door.store().read(tenant).expect("a view");
    let rows = tx.notifications(Allowed::<NotificationConsume>::mint_system(tenant, REASON));
    let subscriber = rows.subscribers().expect("readable").pop()?;
    let id = rows
        .subscriber_id(&subscriber.topic, &subscriber.name)
        .expect("an id");
    let from = rows.sorted().expect("readable").next;
    let unsorted = rows.journal(from, 10).expect("readable").len();
    Some((subscriber, id, rows.waiting(id).expect("readable"), unsorted))
}

fn is_quiet(house: &House, waiting: u64) -> bool {
    kept(house).is_some_and(|(_, _, waits, unsorted)| (waits, unsorted) == (waiting, 0))
}

/// The subscribers' office comes up, and looks at once for what is too old.
fn look_after(house: &House) {
    house
        .wait(house.api.look_after_subscribers())
        .expect("looked after");
}

fn log(house: &House, who: &Who) -> String {
    house
        .get(who, "/audit/auditRecords?pageSize=100")
        .expect(200)
        .text
}

// R061: what waits is bounded; the oldest go, and that is told and counted.
#[test]
fn when_too_many_wait_the_oldest_go_and_that_is_recorded_and_counted() {
    let (mut house, admin, device, token) = away();
    event(&house, &admin, &device, "first");
    until(&house, "the first is sorted", || is_quiet(&house, 1));
    house.restart(|engines| engines);
    let (_, id, ..) = kept(&house).expect("a subscriber");
    // The others are put before it as sorting does: the same again.
    let tenant = number(&house);
    let proof = || Allowed::<SubscriberCreate>::mint_system(tenant, REASON);
    let mut left = BACKLOG_MAX - 1;
    while left > 0 {
        let tx = house.door.store().write_for(&proof()).expect("a transaction");
        let rows = tx.notifications(proof());
        let mut first = None;
        let take = |_, letter| {
            first = Some(letter);
            ControlFlow::Break(())
        };
        rows.now().letters(id, 0, take).expect("readable");
        let letter = first.expect("the first");
        let mut sorted = rows.now().sorted().expect("readable");
        for _ in 0..left.min(10_000) {
            rows.put_letter(id, sorted.letter, &letter).expect("put");
            sorted.letter += 1;
            left -= 1;
        }
        rows.has_sorted([], sorted).expect("noted");
        house.door.store().commit_blocking(tx).expect("durable");
    }
    assert!(is_quiet(&house, BACKLOG_MAX));
    let late: Vec<_> = (0..3).map(|_| event(&house, &admin, &device, "late")).collect();
    look_after(&house);
    let lost = || kept(&house).map(|(subscriber, ..)| subscriber.lost);
    until(&house, "three are lost", || lost() == Some(3));
    assert!(is_quiet(&house, BACKLOG_MAX));
    let text = log(&house, &admin);
    assert!(
        text.contains("Notifications lost") && text.contains("lost so far"),
        "{text}"
    );
    // The newest are those that stayed.
    let tx = house.door.store().read(tenant).expect("a view");
    let rows = tx.notifications(Allowed::<NotificationConsume>::mint_system(tenant, REASON));
    let (mut numbers, sorted) = (Vec::new(), rows.sorted().expect("readable").letter);
    let take = |number, _| {
        numbers.push(number);
        ControlFlow::Continue(())
    };
    rows.letters(id, 0, take).expect("readable");
    assert_eq!((numbers.first(), numbers.last()), (Some(&3), Some(&(sorted - 1))));
    drop((token, late));
}

#[test]
fn what_waits_too_long_goes_and_what_came_later_stays() {
    let (mut house, admin, device, token_before) = away();
    event(&house, &admin, &device, "old");
    until(&house, "it is sorted", || is_quiet(&house, 1));
    house.world.advance_millis(BACKLOG_HOURS_MAX * HOUR_MILLIS);
    let late = event(&house, &admin, &device, "late");
    until(&house, "it is sorted", || is_quiet(&house, 2));
    // Exactly so old it may be.
    house.restart(|engines| engines);
    look_after(&house);
    event(&house, &admin, &device, "later");
    until(&house, "it is sorted", || is_quiet(&house, 3));
    house.world.advance_millis(60_000);
    house.restart(|engines| engines);
    look_after(&house);
    until(&house, "the old one goes", || is_quiet(&house, 2));
    let lost = kept(&house).map(|(subscriber, ..)| subscriber.lost);
    assert_eq!(lost, Some(1));
    assert!(log(&house, &admin).contains("Notifications lost"));
    drop(token_before);
    let mut client = Client::connect(&house, &token(&house, &admin, &json!({})));
    assert_eq!(client.take().body["id"], json!(late));
}

#[test]
fn a_subscriber_that_does_not_come_back_is_forgotten_with_all_that_waited_for_it() {
    let (mut house, admin, device, _) = away();
    for _ in 0..3 {
        event(&house, &admin, &device, "t");
    }
    until(&house, "they are sorted", || is_quiet(&house, 3));
    let (_, id, ..) = kept(&house).expect("a subscriber");
    house
        .world
        .advance_millis(SUBSCRIBER_DAYS_MAX * 24 * HOUR_MILLIS + 1);
    house.restart(|engines| engines);
    look_after(&house);
    let tenant = number(&house);
    let rows_of = |house: &House| {
        let tx = house.door.store().read(tenant).expect("a view");
        let rows = tx.notifications(Allowed::<NotificationConsume>::mint_system(tenant, REASON));
        (
            rows.has_journal().expect("readable"),
            rows.waiting(id).expect("readable"),
        )
    };
    until(&house, "nothing is left", || rows_of(&house) == (false, 0));
    assert!(kept(&house).is_none());
    assert!(log(&house, &admin).contains("Subscriber forgotten"));
    // Nothing is noted for nobody; and who comes anew begins anew.
    event(&house, &admin, &device, "nobody's");
    let mut client = Client::connect(&house, &token(&house, &admin, &json!({})));
    let id = event(&house, &admin, &device, "new");
    assert_eq!(client.take().body["id"], json!(id));
}

/// Ids of the events that are there, in their order.
fn stored(house: &House, who: &Who, device: &str) -> Vec<String> {
    let path = format!("/event/events?source={device}&pageSize=2000");
    let listed = house.get(who, &path).expect(200).json();
    let events = listed["events"].as_array().expect("events").iter();
    let mut ids: Vec<u64> = events
        .map(|it| it["id"].as_str().and_then(|id| id.parse().ok()).expect("an id"))
        .collect();
    ids.sort_unstable();
    ids.iter().map(u64::to_string).collect()
}

/// Restarts with an engine for tenants that stops at this call after the start, and gives its counter of calls.
fn restart_to_stop(house: &mut House, at_call: u64, after_commit: bool) -> (Arc<FaultyBackend>, u64) {
    let mut restart = |stop| {
        let mut fuse = None;
        house.restart(|Engines { catalogue, tenants }| {
            let wrapped = Arc::new(FaultyBackend::new(tenants, stop));
            fuse = Some(wrapped.clone());
            Engines {
                catalogue,
                tenants: wrapped,
            }
        });
        fuse.expect("wrapped")
    };
    let at_call = restart(Stop::NEVER).calls() + at_call;
    (
        restart(Stop {
            at_call,
            after_commit,
        }),
        at_call,
    )
}

/// Waits until an engine has stopped, or is not called any more. Says whether it has stopped.
fn stops(house: &House, fuse: &FaultyBackend, at_call: u64) -> bool {
    const QUIET: Duration = Duration::from_millis(100);
    let (mut calls, mut since) = (fuse.calls(), Instant::now());
    while calls < at_call && since.elapsed() < QUIET {
        house.wait(tokio::task::yield_now());
        if fuse.calls() != calls {
            (calls, since) = (fuse.calls(), Instant::now());
        }
    }
    calls >= at_call
}

/// Stores an event and has it sorted, with a stop at this call; after the next start, what is there is told and nothing
/// else. Says whether it was stopped: it was done before, otherwise.
fn stopped_and_whole(
    house: &mut House,
    (admin, device, token): (&Who, &str, &str),
    known: &mut Vec<String>,
    at_call: u64,
    after_commit: bool,
) -> bool {
    let (fuse, at) = restart_to_stop(house, at_call, after_commit);
    let body = json!({
        "source": {"id": device}, "time": "2026-11-21T10:00:00Z", "type": "t", "text": "x",
    });
    let acknowledged = house.post(admin, "/event/events", body).status == 201;
    let _ = house.wait(house.api.look_after_subscribers());
    let is_stopped = stops(house, &fuse, at);
    house.restart(|engines| engines);
    let now = stored(house, admin, device);
    let new: Vec<_> = now.iter().filter(|id| !known.contains(id)).collect();
    assert!(!acknowledged || new.len() == 1, "what was acknowledged is there");
    let mut client = Client::connect(house, token);
    for id in new {
        assert_eq!(
            client.take().body["id"],
            json!(id),
            "stop {at_call} {after_commit}"
        );
    }
    let last = event(house, admin, device, "t");
    assert_eq!(client.take().body["id"], json!(last), "nothing else is told");
    until(house, "all of it is acknowledged", || is_quiet(house, 0));
    client.leave();
    *known = stored(house, admin, device);
    is_stopped
}

// R061: stopped at any call of the engine, from the change itself until its notification waits for the subscriber.
#[test]
fn a_stop_anywhere_loses_no_notification_and_invents_none() {
    let (mut house, admin, device, token) = away();
    let mut known: Vec<String> = Vec::new();
    let mut stopped = 0;
    for after_commit in [false, true] {
        let mut at_call = 1;
        while stopped_and_whole(
            &mut house,
            (&admin, &device, &token),
            &mut known,
            at_call,
            after_commit,
        ) {
            stopped += 1;
            at_call += 1;
        }
    }
    assert!(stopped > 40, "{stopped} stops");
}

// R061: one commit can feed more than one step of sorting puts; nothing of it is lost or told twice.
#[test]
fn a_commit_with_more_notifications_than_one_step_takes_is_told_whole() {
    const EACH: u64 = 2_000;
    let house = House::new();
    let admin = house.admin("t100");
    let device = object(&house, &admin);
    let what: Value = json!({"subscriptionFilter": {"apis": ["measurements"]}});
    subscribe(&house, &admin, &device, &what);
    let names = ["one", "two", "three", "four"];
    for name in names {
        Client::connect(&house, &token(&house, &admin, &json!({"subscriber": name}))).leave();
    }
    let one = json!({
        "source": {"id": device}, "time": "2026-11-21T10:00:00Z", "type": "t", "f": {"s": {"value": 1}}
    });
    let many: Vec<_> = (0..EACH).map(|_| one.clone()).collect();
    let body = json!({ "measurements": many });
    house.post(&admin, "/measurement/measurements", body).expect(201);
    assert!(
        names.len() * EACH as usize > model::limits::LETTERS_STEP_MAX,
        "more than one step"
    );
    let tenant = number(&house);
    let waiting = || {
        let tx = house.door.store().read(tenant).expect("a view");
        let rows = tx.notifications(Allowed::<NotificationConsume>::mint_system(tenant, REASON));
        let from = rows.sorted().expect("readable").next;
        let unsorted = rows.journal(from, 10).expect("readable").len();
        let of = |one: &Subscriber| {
            let id = rows.subscriber_id(&one.topic, &one.name).expect("an id");
            rows.waiting(id).expect("readable")
        };
        let subscribers = rows.subscribers().expect("readable");
        (unsorted, subscribers.iter().map(of).collect::<Vec<_>>())
    };
    until(&house, "all of it is sorted", || waiting().0 == 0);
    assert_eq!(waiting().1, [EACH; 4]);
}
