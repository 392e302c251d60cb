//! Several shards: damage in the files of one stops its tenants only, and nobody loses a shard without hearing of it.

use crate::client::{Answer, Client};
use crate::program::{Place, Program, copy, err, files, out};
use http::Method;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

const OBJECTS: &str = "/inventory/managedObjects";
const OTHER: &str = "t200";
const OPERATORS_PASSWORD: &str = "the pass phrase of the operator";
const OTHERS_PASSWORD: &str = "another long enough pass phrase";

/// A platform with two shards for tenants: `t100` on the first, `t200` on the second, an object in each.
async fn two_shards() -> Place {
    let place = Place::new().with("HOLDFAST__STORAGE__SHARDS", "2").set_up();
    let mut program = place.serve();
    let mut operator = operator(&place, &program);
    let redeem = json!({
        "tenant": "management", "userName": "admin", "secret": place.operator_secret(),
        "password": OPERATORS_PASSWORD
    });
    operator.post("/tenant/setup", &redeem).await.of(204);
    create(&mut operator, OTHER).await.of(201);
    for mut client in [Client::admin(&place, &program), other(&place, &program)] {
        client.post(OBJECTS, &json!({ "name": "mine" })).await.of(201);
    }
    assert_eq!(program.stop().status.code(), Some(0));
    program = place.serve();
    assert!(refused_notes(&place).is_empty());
    assert_eq!(program.stop().status.code(), Some(0));
    place
}

/// The administrator of the platform.
fn operator(place: &Place, program: &Program) -> Client {
    Client::new(place, program, "management/admin", OPERATORS_PASSWORD)
}

async fn create(operator: &mut Client, id: &str) -> Answer {
    let new = json!({
        "id": id, "domain": format!("{id}.example.org"), "company": id, "adminName": "admin",
        "adminPass": OTHERS_PASSWORD
    });
    operator.post("/tenant/tenants", &new).await
}

fn other(place: &Place, program: &Program) -> Client {
    Client::new(place, program, &format!("{OTHER}/admin"), OTHERS_PASSWORD)
}

fn shard(data: &Path, number: u8) -> PathBuf {
    data.join(format!("engine/shard-{number:02}"))
}

fn refused_notes(place: &Place) -> Vec<PathBuf> {
    let mut all = files(&place.data().join("engine"));
    all.retain(|path| path.extension() == Some("refused".as_ref()));
    all
}

fn doctor(place: &Place) -> String {
    let report = out(&place.run(&["doctor"]));
    let lines = report.lines().filter(|line| line.contains(" storage "));
    lines.collect::<Vec<_>>().join("\n")
}

/// `t100` and the operator work in full; `t200` is told that its storage is not available; log and doctor say why.
async fn assert_only_the_second_is_refused(place: &Place, why: &str) {
    let program = place.serve();
    let mut first = Client::admin(place, &program);
    first.post(OBJECTS, &json!({ "name": "new" })).await.of(201);
    assert!(first.get(OBJECTS).await.of(200).text().contains("mine"));
    let mut operator = operator(place, &program);
    assert!(
        operator
            .get("/tenant/tenants")
            .await
            .of(200)
            .text()
            .contains(OTHER)
    );
    let mut second = other(place, &program);
    for answer in [
        second.get(OBJECTS).await,
        second.post(OBJECTS, &json!({ "name": "new" })).await,
    ] {
        let body = answer.of(503).json();
        assert_eq!(body["error"], "general/Service Unavailable");
        let message = body["message"].as_str().expect("a message");
        assert!(
            message.contains("storage of this tenant is not available"),
            "{message}"
        );
        assert!(body["info"].is_string());
    }
    program.terminate();
    let printed = program.end();
    assert_eq!(printed.status.code(), Some(0));
    let told: Vec<&str> = printed.log.lines().filter(|line| line.contains(why)).collect();
    assert_eq!(told.len(), 1, "{why} is logged once: {}", printed.log);
    let report = doctor(place);
    assert!(report.contains("FAULT") && report.contains(why), "{report}");
    let verified = place.run(&["audit", "verify"]);
    let report = out(&verified);
    assert_eq!(verified.status.code(), Some(1), "{report}");
    assert!(
        report.contains("t100: ok") && report.contains("t200: FAULT"),
        "{report}"
    );
}

// R139: what is damaged is not served, and nothing else stops for it.
#[tokio::test]
async fn a_damaged_file_of_one_shard_stops_only_its_tenants() {
    let place = two_shards().await;
    let engine = shard(&place.data(), 2);
    let journal = files(&engine)
        .into_iter()
        .find(|path| path.extension() == Some("jnl".as_ref()))
        .expect("a journal");
    let sound = fs::read(&journal).expect("read");
    let used = sound.iter().rposition(|byte| *byte != 0).expect("something");
    let mut damaged = sound.clone();
    damaged[used / 2] ^= 1;
    fs::write(&journal, damaged).expect("written");
    let name = journal
        .strip_prefix(place.data())
        .expect("inside")
        .to_string_lossy()
        .into_owned();
    assert_only_the_second_is_refused(&place, &name).await;

    // Restored, everything is there again.
    fs::write(&journal, sound).expect("written");
    let program = place.serve();
    assert!(
        other(&place, &program)
            .get(OBJECTS)
            .await
            .of(200)
            .text()
            .contains("mine")
    );
    assert_eq!(program.stop().status.code(), Some(0));
    assert!(doctor(&place).contains("ok"), "{}", doctor(&place));
}

// A directory that is not mounted must not become a new, empty shard.
#[tokio::test]
async fn a_missing_shard_is_refused_and_not_made_again() {
    let place = two_shards().await;
    let directory = shard(&place.data(), 2);
    let away = place.file("away");
    fs::rename(&directory, &away).expect("moved");
    assert_only_the_second_is_refused(&place, "engine/shard-02 is missing").await;
    assert!(!directory.exists());
    // Neither is one that is there and empty.
    fs::create_dir(&directory).expect("made");
    assert_only_the_second_is_refused(&place, "engine/shard-02 is missing").await;
    assert_eq!(files(&directory), Vec::<PathBuf>::new());

    fs::remove_dir(&directory).expect("removed");
    fs::rename(&away, &directory).expect("moved");
    let program = place.serve();
    other(&place, &program).get(OBJECTS).await.of(200);
}

#[tokio::test]
async fn exchanged_and_foreign_shards_are_refused() {
    let place = two_shards().await;
    let (first, second) = (shard(&place.data(), 1), shard(&place.data(), 2));
    let away = place.file("away");
    let exchange = |one: &Path, two: &Path| {
        fs::rename(one, &away).expect("moved");
        fs::rename(two, one).expect("moved");
        fs::rename(&away, two).expect("moved");
    };
    exchange(&first, &second);
    let program = place.serve();
    let mut admin = Client::admin(&place, &program);
    admin.get(OBJECTS).await.of(503);
    other(&place, &program).get(OBJECTS).await.of(503);
    let log = program.stop().log;
    assert!(
        log.contains("engine/shard-01 holds shard 2, not shard 1"),
        "{log}"
    );
    assert!(
        log.contains("engine/shard-02 holds shard 1, not shard 2"),
        "{log}"
    );
    exchange(&first, &second);

    // The catalogue's shard in the place of another, and the other way round: nothing starts.
    let catalogue = shard(&place.data(), 0);
    exchange(&catalogue, &second);
    let refused = place.run(&["serve", "--listen-https", "127.0.0.1:0"]);
    assert!(
        err(&refused).contains("engine/shard-00 holds shard 2"),
        "{}",
        err(&refused)
    );
    exchange(&catalogue, &second);

    // The same shard of another platform.
    let stranger = two_shards().await;
    fs::remove_dir_all(&second).expect("removed");
    copy(&shard(&stranger.data(), 2), &second);
    assert_only_the_second_is_refused(&place, "engine/shard-02 belongs to another platform").await;
}

#[tokio::test]
async fn shards_may_become_more_and_never_fewer_than_are_used() {
    let place = two_shards().await;
    let message = |shards: &'static str| {
        let output = place.run_with(
            &["serve", "--listen-https", "127.0.0.1:0"],
            &[("HOLDFAST__STORAGE__SHARDS", shards)],
        );
        assert!(!output.status.success());
        err(&output)
    };
    assert!(
        message("1").contains("there are tenants on shard 2"),
        "{}",
        message("1")
    );
    assert!(message("65").contains("1 to 64"), "{}", message("65"));
    assert!(message("0").contains("1 to 64"), "{}", message("0"));

    let place = place.with("HOLDFAST__STORAGE__SHARDS", "3");
    let program = place.serve();
    let mut operator = operator(&place, &program);
    create(&mut operator, "t300").await.of(201);
    let gone = operator.send(Method::DELETE, "/tenant/tenants/t300", None).await;
    gone.expect("an answer").of(204);
    create(&mut operator, "t300").await.of(201);
    assert!(shard(&place.data(), 3).is_dir());
    assert_eq!(program.stop().status.code(), Some(0));
    // Back at two, the third would be left out with its tenant.
    let place = place.with("HOLDFAST__STORAGE__SHARDS", "2");
    let refused = place.run(&["serve", "--listen-https", "127.0.0.1:0"]);
    assert!(
        err(&refused).contains("there are tenants on shard 3"),
        "{}",
        err(&refused)
    );
}

#[tokio::test]
async fn data_from_before_there_were_shards_is_refused_untouched() {
    let place = Place::ready();
    let data = place.data();
    fs::rename(shard(&data, 0), data.join("engine/0")).expect("moved");
    let before = files(&data.join("engine/0"));
    for arguments in [
        &["serve", "--listen-https", "127.0.0.1:0"][..],
        &["audit", "verify"],
    ] {
        let refused = place.run(arguments);
        assert!(
            err(&refused).contains("before the first release"),
            "{}",
            err(&refused)
        );
    }
    assert_eq!(files(&data.join("engine/0")), before);
}
