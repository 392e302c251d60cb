//! What is sent: everything, once, in its order, whoever is away meanwhile.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

// R086
#[tokio::test(start_paused = true)]
async fn readings_wait_while_the_server_is_away_and_all_arrive_once_and_in_order() {
    let mut scene = Scene::begun();
    scene.until_readings(3).await;
    scene.platform.set(|facts| facts.is_down = true);
    scene.pass(3_600).await;
    let before = scene.readings().len();
    // Nor does the end of the program lose one.
    scene.kill().await;
    scene.begin();
    scene.pass(600).await;
    scene.platform.set(|facts| facts.is_down = false);
    scene.until_readings(before + 415).await;
    scene.stop().await;
    let readings = scene.readings();
    let mut sorted = readings.clone();
    sorted.sort();
    sorted.dedup();
    assert!(readings == sorted, "in order, none twice");
}

// R086
#[tokio::test(start_paused = true)]
async fn what_the_server_has_not_confirmed_comes_again() {
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    scene.platform.set(|facts| facts.is_mute = true);
    scene.until_readings(5).await;
    scene.kill().await;
    scene.platform.set(|facts| facts.is_mute = false);
    let unconfirmed = scene.readings()[1..].to_vec();
    scene.begin();
    scene.until_readings(10).await;
    scene.stop().await;
    assert_eq!(scene.readings()[5..9], unconfirmed);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_too_much_to_do_gets_everything_later() {
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    scene.platform.set(|facts| facts.is_busy = true);
    scene.pass(300).await;
    assert!(
        scene.platform.facts().sessions.len() < 20,
        "it does not knock too often"
    );
    scene.platform.set(|facts| facts.is_busy = false);
    scene.until_readings(31).await;
    scene.stop().await;
    let mut readings = scene.readings();
    let count = readings.len();
    readings.dedup();
    assert_eq!(readings.len(), count);
}

// R079: the device says so, and comes back when it may
#[tokio::test(start_paused = true)]
async fn a_revoked_device_is_refused_says_so_and_keeps_its_readings() {
    let mut scene = Scene::begun();
    scene.until_readings(1).await;
    scene
        .platform
        .set(|facts| facts.revoked = facts.issued.iter().cloned().collect());
    scene.pass(300).await;
    let status = Status::of(&scene.state()).expect("a status");
    assert!(status.is_running && !status.is_in_order(crate::test_platform::now()));
    let problem = status.standing.problem.expect("a problem");
    assert!(
        problem.contains("refused") && problem.contains("revoked"),
        "{problem}"
    );
    assert!(status.waiting.1 >= 20, "{:?}", status.waiting);
    scene.platform.set(|facts| facts.revoked.clear());
    scene.until_readings(30).await;
    assert!(
        Status::of(&scene.state())
            .expect("a status")
            .is_in_order(crate::test_platform::now())
    );
    scene.stop().await;
}

// R097
#[tokio::test(start_paused = true)]
async fn what_happens_on_the_machine_while_the_server_is_away_arrives_with_its_numbers() {
    let mut scene = Scene::new();
    scene.write("app.conf", "old");
    scene.policy.configurations = BTreeMap::from([("app".to_owned(), scene.place.path().join("app.conf"))]);
    scene.begin();
    scene.until_readings(3).await;
    scene.platform.set(|facts| facts.is_down = true);
    scene.write("app.conf", "new");
    scene.pass(60).await;
    scene.kill().await;
    scene.boot("two");
    scene.begin();
    scene.pass(60).await;
    scene.platform.set(|facts| facts.is_down = false);
    scene
        .until(|facts| {
            (facts
                .taken
                .iter()
                .filter(|(topic, _)| topic == "event/events/create")
                .count()
                >= 4)
                .then_some(())
        })
        .await;
    scene.stop().await;
    let events = scene.platform.on("event/events/create");
    let events: Vec<Value> = events.iter().map(|text| json_of(text)).collect();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["c8y_SecurityEvent"]["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["agent", "configuration", "agent", "restart"]);
    let numbers: Vec<_> = events
        .iter()
        .map(|event| event["c8y_SecurityEvent"]["sequence"].as_u64())
        .collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3), Some(4)]);
    let names: BTreeSet<_> = events
        .iter()
        .map(|event| event["c8y_SecurityEvent"]["log"].as_str().expect("a name"))
        .collect();
    assert_eq!(names.len(), 1, "one numbering over restarts");
}

#[tokio::test(start_paused = true)]
async fn a_device_that_vanishes_leaves_its_will_and_one_that_is_silent_shows_life() {
    let mut scene = Scene::new();
    let mut options = scene.options();
    options.period = Duration::from_secs(100_000);
    scene.begin_with(options);
    scene
        .until(|facts| facts.taken.iter().any(|(_, row)| row == "125").then_some(()))
        .await;
    assert_eq!(scene.platform.wills(), 0);
    scene.kill().await;
    scene
        .platform
        .until(|facts| (facts.wills.len() == 1).then_some(()))
        .await;
    let wills = scene.platform.facts().wills.clone();
    assert!(wills[0].starts_with("400,holdfast_ConnectionLost,"), "{wills:?}");
}
