//! What a client needs to verify the audit log by itself. That it verifies is shown with the program's own verification, in
//! the tests of the server.

use crate::alarms::object;
use crate::users::assert_documented;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const CHECKPOINTS: &str = "/audit/checkpoints";

/// A house whose log has some records.
fn house() -> (House, Who) {
    let house = House::new();
    let admin = house.admin("t100");
    for _ in 0..6 {
        object(&house, &admin, json!({}));
    }
    (house, admin)
}

fn checkpoint(house: &House, who: &Who) -> Value {
    house.get(who, CHECKPOINTS).expect(200).json()
}

fn size(checkpoint: &Value) -> u64 {
    checkpoint["size"].as_u64().expect("a size")
}

// R101
#[test]
fn a_checkpoint_repeats_what_its_note_says() {
    let (house, admin) = house();
    let found = checkpoint(&house, &admin);
    assert_documented("AuditCheckpoints", &found);
    let note: Vec<&str> = found["note"].as_str().expect("a note").lines().collect();
    assert_eq!(note[0], "holdfast/t100/audit");
    assert_eq!(note[1], size(&found).to_string());
    assert_eq!(
        note[3],
        format!("time {}", found["time"].as_str().expect("a time"))
    );
    assert_eq!(found["root"].as_str().expect("a root").len(), 64);
}

// R098, R101
#[test]
fn a_record_comes_with_the_bytes_that_were_hashed_and_its_proof() {
    let (house, admin) = house();
    let kept = checkpoint(&house, &admin);
    let path = "/audit/auditRecords/2/proof";
    let now = house.get(&admin, path).expect(200).json();
    assert_documented("AuditProof", &now);
    assert_eq!((&now["id"], &now["index"]), (&"2".into(), &1.into()));
    let record: Value = serde_json::from_str(now["record"].as_str().expect("a text")).expect("JSON");
    let shown = house.get(&admin, "/audit/auditRecords/2").expect(200).json();
    for name in ["type", "activity", "text"] {
        assert_eq!(record[name], shown[name], "{name}");
    }
    assert_eq!(record["time"], shown["creationTime"]);
    let note = now["checkpoint"].as_str().expect("of the present size");
    assert_eq!(note.lines().nth(1), Some(now["size"].to_string().as_str()));

    let then = house
        .get(&admin, &format!("{path}?size={}", size(&kept)))
        .expect(200)
        .json();
    assert_eq!(then["root"], kept["root"]);
    assert_eq!(then.get("checkpoint"), None, "the reader has it");
    assert_eq!(then["leafHash"], now["leafHash"]);
}

#[test]
fn what_is_in_no_such_log_has_no_proof() {
    let (house, admin) = house();
    house.get(&admin, "/audit/auditRecords/999999/proof").expect(404);
    house.get(&admin, "/audit/auditRecords/x/proof").expect(404);
    for size in ["1", "999999", "-1", "x"] {
        house
            .get(&admin, &format!("/audit/auditRecords/2/proof?size={size}"))
            .expect(422);
    }
}

// R101
#[test]
fn a_bundle_is_connected_with_checkpoints_that_its_reader_kept() {
    let (house, admin) = house();
    let kept = size(&checkpoint(&house, &admin));
    let bundle = |query: &str| house.get(&admin, &format!("/audit/bundle?{query}"));
    let proofs = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("proof "));
        lines
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect()
    };
    // Behind its last record, and before its first one.
    let found = bundle(&format!("first=2&count=1&kept={kept}")).expect(200).text;
    assert_eq!(proofs(&found), ["2".to_owned(), kept.to_string()]);
    let found = bundle("first=4&count=1&kept=1,2").expect(200).text;
    assert_eq!(proofs(&found), ["1", "2", "4"]);
    // Its records pass it themselves.
    let found = bundle("first=1&count=5&kept=3").expect(200).text;
    assert_eq!(proofs(&found), ["5"]);
    let many: Vec<String> = (1..=91).map(|size| size.to_string()).collect();
    for refused in ["999999", "x", "-1", &many.join(",")] {
        bundle(&format!("first=1&count=1&kept={refused}")).expect(422);
    }
}

// R099
#[test]
fn only_who_reads_the_log_may_have_its_proofs() {
    let (house, admin) = house();
    let other = house.person("t100", "ann", &[Role::InventoryAdmin, Role::UserManagementAdmin]);
    let paths = ["/audit/auditRecords/1/proof", CHECKPOINTS, "/audit/bundle?kept=1"];
    for path in paths {
        house.get(&other, path).expect(403);
        house.get(&house.device("t100", "device_1"), path).expect(403);
    }
    // Each tenant has a log of its own: the same id is another record.
    let foreign = house.admin("t200");
    let (ours, theirs) = (house.get(&admin, paths[0]), house.get(&foreign, paths[0]));
    let leaf = |reply: testkit::reply::Reply| reply.expect(200).json()["leafHash"].clone();
    assert_ne!(leaf(ours), leaf(theirs));
}
