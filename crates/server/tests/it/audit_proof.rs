//! The audit log end to end: exported by command and by request, verified offline, falsified, cut off, rolled back and
//! rewritten.

use crate::client::Client;
use crate::crash::Random;
use crate::program::{PASSWORD, Place, copy, err, holdfast, out};
use model::time::Timestamp;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Output;

/// Records that a client writes, besides those of its sign-in.
const RECORDS: usize = 60;

/// A stopped platform whose log has some records.
async fn with_records(count: usize) -> Place {
    let place = Place::ready();
    write_records(&place, count, "seen").await;
    place
}

/// Starts the program, writes records as a client, and stops it.
async fn write_records(place: &Place, count: usize, what: &str) {
    let program = place.serve();
    let mut client = Client::admin(place, &program);
    for number in 0..count {
        let record = json!({
            "type": "Inventory", "activity": what, "text": format!("{what} {number}"), "source": { "id": "1" },
            "time": Timestamp::from_millis(1_790_000_000_000).to_string(),
        });
        client.post("/audit/auditRecords", &record).await.of(201);
    }
    assert_eq!(program.stop().status.code(), Some(0));
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// `audit export` of the first tenant.
fn export(place: &Place, name: &str) -> Vec<u8> {
    let file = place.file(name);
    let done = place.run(&["audit", "export", "--tenant", "t100", "--out", &text(&file)]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    fs::read(file).expect("written")
}

/// `audit verify --bundle`, without any data directory.
fn verify_bundle(file: &Path, more: &[&str]) -> Output {
    holdfast(
        &[&["audit", "verify", "--bundle", &text(file)], more].concat(),
        &[],
    )
}

#[track_caller]
fn assert_verifies(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}{}", out(output), err(output));
}

/// The fault that was found: exit code 1 and one line that names it.
#[track_caller]
fn fault(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}{}", out(output), err(output));
    let printed = out(output);
    printed
        .lines()
        .find(|line| line.contains("FAULT"))
        .expect("a fault")
        .to_owned()
}

#[tokio::test]
async fn an_exported_log_verifies_without_the_platform() {
    // R101
    let place = with_records(RECORDS).await;
    let exported = export(&place, "exported");
    assert_verifies(&verify_bundle(&place.file("exported"), &[]));
    assert!(String::from_utf8_lossy(&exported).lines().count() > RECORDS);
    let again = place.run(&[
        "audit",
        "export",
        "--tenant",
        "t100",
        "--out",
        &text(&place.file("exported")),
    ]);
    assert_eq!(
        again.status.code(),
        Some(4),
        "a file that is there is not overwritten"
    );

    let program = place.serve();
    let mut client = Client::admin(&place, &program);
    let answer = client.get("/audit/bundle").await.of(200);
    let checkpoint = client.get("/audit/checkpoints").await.of(200).json();
    assert_eq!(program.stop().status.code(), Some(0));
    fs::write(place.file("downloaded"), &answer.body).expect("written");
    fs::write(place.file("note"), checkpoint["note"].as_str().expect("a note")).expect("written");
    assert_verifies(&verify_bundle(&place.file("downloaded"), &[]));
    // The same records in both, as far as the older one goes.
    let (older, newer) = (records(&exported), records(&answer.body));
    assert!(
        newer.starts_with(&older) && newer.len() > older.len(),
        "{} and {}",
        older.len(),
        newer.len()
    );
    // A checkpoint that a client has kept confirms the log of the stopped platform.
    let verified = place.run(&["audit", "verify", "--checkpoints", &text(&place.file("note"))]);
    assert_verifies(&verified);
}

/// The lines of the records: they follow the checksum of the head, and the head says how many they are.
fn records(bundle: &[u8]) -> Vec<&[u8]> {
    let mut lines = bundle.split(|byte| *byte == b'\n');
    let count = lines
        .find_map(|line| line.strip_prefix(b"count "))
        .expect("a count");
    let count = String::from_utf8_lossy(count).parse().expect("a number");
    lines
        .skip_while(|line| !line.starts_with(b"check "))
        .skip(1)
        .take(count)
        .collect()
}

#[tokio::test]
async fn any_flipped_bit_of_a_bundle_is_found_and_the_first_bad_record_named() {
    // R099, R101
    let place = with_records(RECORDS).await;
    let bundle = export(&place, "bundle");
    let head = bundle
        .windows(7)
        .position(|part| part == b"\ncheck ")
        .expect("the end of the head");
    let mut random = Random(7);
    let flipped = place.file("flipped");
    let mut named = 0;
    for _ in 0..80 {
        let at = usize::try_from(random.below(bundle.len() as u64)).expect("a place");
        let mut bytes = bundle.clone();
        bytes[at] ^= 1 << random.below(8);
        fs::write(&flipped, &bytes).expect("written");
        let found = fault(&verify_bundle(&flipped, &[]));
        if let Some(record) = record_at(&bundle, head, at) {
            assert!(
                found.contains(&format!("record {record} ")),
                "byte {at} of record {record}: {found}"
            );
            named += 1;
        }
    }
    assert!(named > 40, "most bits belong to records, {named} of 80 did");
}

/// The record to whose line a byte belongs, its line feed included; none for the head and the checkpoint.
fn record_at(bundle: &[u8], head: usize, at: usize) -> Option<usize> {
    let lines = |end: usize| {
        bundle[head + 1..end]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
    };
    // The first line is the checksum of the head.
    let record = lines(at.max(head + 1)).checked_sub(1)?;
    (record < records(bundle).len()).then_some(record)
}

#[tokio::test]
async fn a_log_that_was_cut_off_or_put_back_is_found_with_a_kept_checkpoint() {
    // R099
    let place = with_records(5).await;
    let older = place.copy_data("older");
    write_records(&place, 5, "seen later").await;
    let kept = place.file("kept");
    let done = place.run(&["audit", "checkpoint", "--out", &text(&kept)]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let with_kept = ["audit", "verify", "--checkpoints", &text(&kept)];
    assert_verifies(&place.run(&with_kept));

    // An older copy agrees with itself: nothing in it can tell that there was more.
    assert_verifies(&place.run_on(&older, &["audit", "verify"]));
    let found = fault(&place.run_on(&older, &with_kept));
    assert!(found.contains("t100: FAULT: the log is cut off"), "{found}");

    // The same when it is put in the place of the newer one, and when it has grown again past the checkpoint.
    fs::remove_dir_all(place.data()).expect("removed");
    copy(&older, &place.data());
    assert!(fault(&place.run(&with_kept)).contains("the log is cut off"));
    write_records(&place, 20, "another past").await;
    assert_verifies(&place.run(&["audit", "verify"]));
    let found = fault(&place.run(&with_kept));
    assert!(
        found.contains("t100: FAULT: kept checkpoint") && found.contains("does not agree"),
        "{found}"
    );
    // The bundle of the rewritten log does not get past the checkpoint either.
    export(&place, "rewritten");
    let found = fault(&verify_bundle(
        &place.file("rewritten"),
        &["--checkpoints", &text(&kept)],
    ));
    assert!(found.contains("does not agree"), "{found}");
}

#[tokio::test]
async fn a_bundle_is_compared_with_the_checkpoints_of_its_own_log() {
    // R099
    let place = with_records(5).await;
    let kept = place.file("kept");
    assert!(
        place
            .run(&["audit", "checkpoint", "--out", &text(&kept)])
            .status
            .success()
    );
    assert!(
        fs::read_to_string(&kept)
            .expect("read")
            .matches("holdfast/")
            .count()
            >= 2,
        "of every tenant"
    );
    write_records(&place, 5, "more").await;
    export(&place, "bundle");
    assert_verifies(&verify_bundle(
        &place.file("bundle"),
        &["--checkpoints", &text(&kept)],
    ));
    // The log of another platform with the same name and more records is still another log.
    let other = with_records(20).await;
    export(&other, "bundle");
    let found = fault(&verify_bundle(
        &other.file("bundle"),
        &["--checkpoints", &text(&kept)],
    ));
    assert!(found.contains("no signature of the log's key"), "{found}");
    // A checkpoint of no log of the bundle confirms nothing, and that is said.
    let unrelated = fs::read_to_string(&kept)
        .expect("read")
        .replace("holdfast/t100/", "holdfast/t999/");
    fs::write(place.file("unrelated"), unrelated).expect("written");
    let with_unrelated = ["--checkpoints", &text(&place.file("unrelated"))];
    let found = fault(&verify_bundle(&place.file("bundle"), &with_unrelated));
    assert!(found.contains("none of the kept checkpoints"), "{found}");
}

#[tokio::test]
async fn a_log_that_is_gone_as_a_whole_is_found_with_a_kept_checkpoint() {
    // R099
    let place = with_records(3).await;
    let older = place.copy_data("before the tenant");
    let (kept, empty) = (place.file("kept"), place.file("empty"));
    let password = text(&place.file("password"));
    let done = place.run(&["init", "--tenant", "t200", "--admin-password-file", &password]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let nothing_yet = place.run(&["audit", "checkpoint", "--tenant", "t200", "--out", &text(&empty)]);
    assert!(
        out(&nothing_yet).contains("no record yet"),
        "{}",
        out(&nothing_yet)
    );
    let program = place.serve();
    let mut client = Client::new(&place, &program, "t200/admin", PASSWORD);
    client.get("/user/currentUser").await.of(200);
    assert_eq!(program.stop().status.code(), Some(0));
    assert!(
        place
            .run(&["audit", "checkpoint", "--tenant", "t200", "--out", &text(&kept)])
            .status
            .success()
    );
    let with_kept = ["audit", "verify", "--checkpoints", &text(&kept)];
    assert_verifies(&place.run(&with_kept));
    let found = fault(&place.run_on(&older, &with_kept));
    assert!(
        found.starts_with("holdfast/t200/audit: FAULT") && found.contains("not here"),
        "{found}"
    );
    // A file without a checkpoint confirms nothing.
    let refused = place.run(&["audit", "verify", "--checkpoints", &text(&empty)]);
    assert_eq!(refused.status.code(), Some(4), "{}", out(&refused));
    assert!(err(&refused).contains("holds no checkpoint"), "{}", err(&refused));
}

/// The hash in a field of an answer.
fn hash(answer: &serde_json::Value, field: &str) -> audit::log::Hash {
    let text = answer[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field}: {answer}"));
    text.parse().expect("a hash")
}

fn hashes(answer: &serde_json::Value) -> Vec<audit::log::Hash> {
    let list = answer["hashes"].as_array().expect("a list");
    list.iter()
        .map(|hash| hash.as_str().expect("text").parse().expect("a hash"))
        .collect()
}

/// The checkpoint in a note that the key has signed.
fn signed(answer: &serde_json::Value, field: &str, key: &serde_json::Value) -> audit::checkpoint::Checkpoint {
    let key = key.as_str().expect("a key").parse().expect("a key");
    let note = answer[field].as_str().expect("a note");
    let signed = audit::checkpoint::Signed::verify(note, &key).expect("a signature of the key");
    signed.checkpoint().clone()
}

#[tokio::test]
async fn what_a_client_is_given_to_verify_by_itself_verifies() {
    // R098, R099, R101
    let place = with_records(RECORDS).await;
    let program = place.serve();
    let mut client = Client::admin(&place, &program);
    let before = client.get("/audit/checkpoints").await.of(200).json();
    let kept = signed(&before, "note", &before["key"]);
    assert_eq!(
        (kept.root, before["size"].as_u64()),
        (hash(&before, "root"), Some(kept.size))
    );

    // One record, under the checkpoint of the present size and under the one that was kept.
    for query in [String::new(), format!("?size={}", kept.size)] {
        let proof = client
            .get(&format!("/audit/auditRecords/17/proof{query}"))
            .await
            .of(200)
            .json();
        let root = match query.is_empty() {
            true => signed(&proof, "checkpoint", &before["key"]).root,
            false => kept.root,
        };
        let record = proof["record"].as_str().expect("its bytes").as_bytes();
        audit::record::Record::parse(record).expect("canonical");
        let leaf = audit::log::leaf_hash(record);
        assert_eq!(leaf, hash(&proof, "leafHash"));
        let size = proof["size"].as_u64().expect("a size");
        audit::proofs::verify_inclusion(&leaf, 16, size, &hashes(&proof), &root).expect("it is in the log");
        let other = audit::log::leaf_hash(b"another record");
        audit::proofs::verify_inclusion(&other, 16, size, &hashes(&proof), &root)
            .expect_err("another is not");
    }
    // The log goes on from the checkpoint that was kept.
    let path = format!("/audit/proofs/consistency?first={}", kept.size);
    let proof = client.get(&path).await.of(200).json();
    let now = signed(&proof, "checkpoint", &before["key"]);
    audit::proofs::verify_consistency(kept.size, now.size, &hashes(&proof), &kept.root, &now.root)
        .expect("it continues");
    // A part of it, connected with the kept checkpoint behind it.
    let path = format!("/audit/bundle?first=11&count=20&kept={}", kept.size);
    let part = client.get(&path).await.of(200);
    assert_eq!(program.stop().status.code(), Some(0));
    fs::write(place.file("part"), &part.body).expect("written");
    fs::write(place.file("note"), before["note"].as_str().expect("a note")).expect("written");
    let note = text(&place.file("note"));
    let verified = verify_bundle(&place.file("part"), &["--checkpoints", &note]);
    assert_verifies(&verified);
    assert!(
        out(&verified).contains("kept checkpoints agree"),
        "{}",
        out(&verified)
    );
}
