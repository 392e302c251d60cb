//! Test vectors for other implementations of the verification (`docs/audit-verification.md`), such as the console's in the
//! browser: files beside this test, which must say what this crate says. `WRITE_VECTORS=1` writes them anew.

use crate::samples::{Log, record, signing_key};
use audit::bundle::{Header, Trust, expired_line, record_line, verify_bundle};
use audit::checkpoint::{Signed, SigningKey, VerifyingKey};
use audit::log::{Frontier, Hash, Nodes, leaf_hash, root_at};
use audit::proofs::{consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
use audit::record::{BatchSummary, Change, Origin, Record};
use audit::verify::{Fault, Proof};
use model::json::Json;
use model::time::Timestamp;
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;

const NAME: &str = "holdfast/t100/audit";
/// Records of the tree of the vectors: a complete one is passed, and the largest has three subtrees.
const RECORDS: u64 = 13;

fn check(name: &str, vectors: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name);
    if std::env::var_os("WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(vectors).expect("JSON can be written") + "\n";
        std::fs::write(&path, text).expect("the directory of the vectors is there");
    }
    let stored = std::fs::read(&path).unwrap_or_default();
    let stored: Value = serde_json::from_slice(&stored).unwrap_or_default();
    assert!(
        stored == *vectors,
        "{name} says something else: who verifies by it would no longer agree with this program"
    );
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

/// What a record can hold that is easily written in other bytes.
fn odd_record() -> Record {
    let mut odd = record(3);
    odd.text = "line\nbreak, \"quotes\", \\, tab\t, NUL \0, DEL \u{7f}, right to left \u{202e}, Zürich, 🚚"
        .to_owned();
    odd.client_time = Some(Timestamp::from_millis(0));
    odd.address = Some("2001:db8::1".to_owned());
    odd.changes = vec![Change {
        attribute: "limit".to_owned(),
        kind: "number".to_owned(),
        previous: Some(Json::Number("1.10".parse_number())),
        new: Some(Json::Null),
    }];
    odd.origin = Origin::SystemJob {
        reason: "retention".to_owned(),
    };
    odd.batch = Some(BatchSummary {
        count: 2,
        first_id: "1".to_owned(),
        last_id: "2".to_owned(),
        digest: [5; 32],
    });
    odd
}

/// A number by its text, which is kept to the digit.
trait ParseNumber {
    fn parse_number(&self) -> model::json::Number;
}

impl ParseNumber for str {
    fn parse_number(&self) -> model::json::Number {
        model::json::Number::parse(self).expect("a number")
    }
}

// R101
#[test]
fn the_vectors_of_records_are_what_is_hashed() {
    let one = |about: &str, record: &Record| {
        let bytes = record.canonical();
        json!({
            "about": about,
            "leafHash": leaf_hash(&bytes).to_string(),
            "record": String::from_utf8(bytes).expect("records are text"),
        })
    };
    check(
        "records.json",
        &json!([
            one("an ordinary record", &record(0)),
            one("texts, numbers and every property", &odd_record())
        ]),
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

// R099, R101
#[test]
fn the_vectors_of_the_tree_are_what_proofs_say() {
    // The leaves of RFC 6962's own examples, and a few more.
    let leaves: Vec<Vec<u8>> = (0..RECORDS as u8).map(|number| (0..number).collect()).collect();
    let log = Log::of(leaves.clone());
    let root = |size| root_at(&log, size).expect("within the log");
    let (mut inclusion, mut consistency) = (Vec::new(), Vec::new());
    for size in 1..=RECORDS {
        for index in 0..size {
            let hashes = inclusion_proof(&log, index, size).expect("within the log");
            let leaf = log.node(0, index).expect("within the log");
            inclusion.push(included(&leaf, index, size, &hashes, &root(size)));
        }
        for first in 0..=size {
            let hashes = consistency_proof(&log, first, size).expect("within the log");
            consistency.push(consistent(first, size, &hashes, &root(first), &root(size)));
        }
    }
    let (leaf, proof) = (
        log.node(0, 5).expect("there"),
        inclusion_proof(&log, 5, 13).expect("there"),
    );
    for (index, size) in [
        (4, 13),
        (6, 13),
        (5, 8),
        (5, 16),
        (13, 13),
        (u64::from(u32::MAX), 13),
    ] {
        inclusion.push(included(&leaf, index, size, &proof, &root(13)));
    }
    inclusion.push(included(&root(1), 5, 13, &proof, &root(13)));
    inclusion.push(included(&leaf, 5, 13, &proof, &root(12)));
    inclusion.push(included(&leaf, 5, 13, &proof[1..], &root(13)));
    inclusion.push(included(
        &leaf,
        5,
        13,
        &[&proof[..], &[root(1)]].concat(),
        &root(13),
    ));
    let proof = consistency_proof(&log, 6, 13).expect("there");
    consistency.push(consistent(7, 13, &proof, &root(6), &root(13)));
    consistency.push(consistent(6, 13, &proof, &root(7), &root(13)));
    consistency.push(consistent(6, 13, &proof, &root(6), &root(12)));
    consistency.push(consistent(6, 13, &[], &root(6), &root(13)));
    consistency.push(consistent(
        6,
        13,
        &[&proof[..], &[root(1)]].concat(),
        &root(6),
        &root(13),
    ));
    consistency.push(consistent(13, 6, &proof, &root(13), &root(6)));
    consistency.push(consistent(13, 13, &[], &root(12), &root(13)));
    consistency.push(consistent(8, 13, &[], &root(8), &root(13)));
    let edges: Vec<Value> = (0..=RECORDS)
        .map(|size| json!({"size": size, "hashes": texts(Frontier::read(&log, size).expect("stored").hashes())}))
        .collect();
    let roots: Vec<String> = (0..=RECORDS).map(|size| root(size).to_string()).collect();
    check(
        "tree.json",
        &json!({
            "leaves": leaves.iter().map(|leaf| hex(leaf)).collect::<Vec<_>>(),
            "roots": roots,
            "edges": edges,
            "inclusion": inclusion,
            "consistency": consistency,
        }),
    );
}

fn included(leaf: &Hash, index: u64, size: u64, hashes: &[Hash], root: &Hash) -> Value {
    json!({
        "index": index,
        "size": size,
        "leaf": leaf.to_string(),
        "hashes": texts(hashes),
        "root": root.to_string(),
        "valid": verify_inclusion(leaf, index, size, hashes, root).is_ok(),
    })
}

fn consistent(first: u64, second: u64, hashes: &[Hash], first_root: &Hash, second_root: &Hash) -> Value {
    json!({
        "first": first,
        "second": second,
        "hashes": texts(hashes),
        "firstRoot": first_root.to_string(),
        "secondRoot": second_root.to_string(),
        "valid": verify_consistency(first, second, hashes, first_root, second_root).is_ok(),
    })
}

// R099, R101
#[test]
fn the_vectors_of_checkpoints_are_what_is_accepted() {
    let key = signing_key(NAME);
    let other =
        SigningKey::from_seed(NAME.parse().expect("a name"), &[8; 32]).expect("a seed is always a key");
    let witness = SigningKey::from_seed("witness.example".parse().expect("a name"), &[9; 32]).expect("a key");
    let log = Log::of_records(RECORDS);
    let signed = log.signed(&key, RECORDS);
    let note = signed.note();
    let cosignature = |note: &str| {
        let line = note.lines().last().expect("a signature");
        format!("{line}\n")
    };
    let public = key.verifying_key();
    let cases = [
        ("as signed", public, note.to_owned()),
        (
            "with the signature of a witness",
            public,
            note.to_owned() + &cosignature(log.signed(&witness, RECORDS).note()),
        ),
        ("a changed size", public, note.replacen("\n13\n", "\n14\n", 1)),
        (
            "a changed time",
            public,
            note.replacen("time 2026", "time 2025", 1),
        ),
        (
            "another key of the same name",
            other.verifying_key(),
            note.to_owned(),
        ),
        ("the key of another log", witness.verifying_key(), note.to_owned()),
        (
            "without a signature",
            public,
            note.split_inclusive("\n\n").next().expect("text").to_owned(),
        ),
        ("a line without its end", public, note.trim_end().to_owned()),
        (
            "a size that is written differently",
            public,
            note.replacen("\n13\n", "\n013\n", 1),
        ),
    ];
    let vectors: Vec<Value> = cases
        .iter()
        .map(|(about, key, note)| noted(about, key, note))
        .collect();
    check("checkpoints.json", &Value::Array(vectors));
}

fn noted(about: &str, key: &VerifyingKey, note: &str) -> Value {
    let signed = Signed::verify(note, key).ok();
    let mut vector = json!({"about": about, "key": key.to_string(), "note": note, "valid": signed.is_some()});
    if let Some(signed) = signed {
        let checkpoint = signed.checkpoint();
        vector["size"] = checkpoint.size.into();
        vector["root"] = checkpoint.root.to_string().into();
        vector["time"] = checkpoint.time.to_string().into();
    }
    vector
}

/// A bundle of `records` under the checkpoint of the whole log; records before `expired_end` have expired.
fn bundle(log: &Log, key: &SigningKey, records: Range<u64>, expired_end: u64, proofs: &[u64]) -> String {
    let size = log.edge.size();
    let proof = |&earlier: &u64| Proof {
        size: earlier,
        hashes: consistency_proof(log, earlier, size).expect("within the log"),
    };
    let header = Header {
        key: key.verifying_key().clone(),
        before: Frontier::read(log, records.start).expect("stored"),
        count: records.end - records.start,
        proofs: proofs.iter().map(proof).collect(),
    };
    let mut bytes = header.text().into_bytes();
    for sequence in records {
        let leaf = log.node(0, sequence).expect("stored");
        if sequence < expired_end {
            bytes.extend(expired_line(sequence, &leaf).as_bytes());
        } else {
            let place = usize::try_from(sequence).expect("small");
            bytes.extend(record_line(sequence, &leaf, &log.bodies[place]));
        }
    }
    bytes.extend(log.signed(key, size).note().as_bytes());
    String::from_utf8(bytes).expect("bundles are text")
}

// R099, R101
#[test]
fn the_vectors_of_bundles_are_what_verification_says() {
    let key = signing_key(NAME);
    let log = Log::of_records(RECORDS);
    // The same log with a record rewritten by somebody who holds the key.
    let rewritten = Log::of((0..RECORDS).map(|number| {
        let mut record = record(number);
        if number == 6 {
            record.text = "nothing happened".to_owned();
        }
        record.canonical()
    }));
    let shorter = Log::of_records(9);
    let all = bundle(&log, &key, 0..RECORDS, 0, &[]);
    let part = bundle(&log, &key, 5..9, 0, &[3, 9]);
    let kept = |size| log.signed(&key, size).note().to_owned();
    let line_of = |text: &str, place: u64| -> String {
        let mark = format!("{place} ");
        let line = text.lines().skip(5).find(|line| line.starts_with(&mark));
        line.expect("there is a line").to_owned() + "\n"
    };
    let swapped = all
        .replacen(&line_of(&all, 6), "\u{1}", 1)
        .replacen(&line_of(&all, 7), &line_of(&all, 6), 1)
        .replacen('\u{1}', &line_of(&all, 7), 1);
    let cases = [
        ("the whole log", all.clone(), vec![]),
        (
            "the whole log, two checkpoints kept",
            all.clone(),
            vec![kept(4), kept(13)],
        ),
        (
            "a part, one checkpoint kept before it and one within",
            part.clone(),
            vec![kept(3), kept(7)],
        ),
        (
            "a part, a checkpoint kept that nothing connects",
            part,
            vec![kept(4)],
        ),
        (
            "the first records have expired",
            bundle(&log, &key, 0..RECORDS, 4, &[]),
            vec![kept(3)],
        ),
        ("no records at all", bundle(&log, &key, 13..13, 0, &[]), vec![]),
        ("a changed record", all.replacen("Pump 6 ", "Pump 7 ", 1), vec![]),
        ("a removed line", all.replacen(&line_of(&all, 6), "", 1), vec![]),
        ("two records in another order", swapped, vec![]),
        (
            "rewritten with the key, nothing kept",
            bundle(&rewritten, &key, 0..RECORDS, 0, &[]),
            vec![],
        ),
        (
            "rewritten with the key, against a kept checkpoint",
            bundle(&rewritten, &key, 0..RECORDS, 0, &[]),
            vec![kept(9)],
        ),
        (
            "cut off, against a kept checkpoint",
            bundle(&shorter, &key, 0..9, 0, &[]),
            vec![kept(13)],
        ),
        (
            "another record marked as expired",
            {
                let line = line_of(&all, 2);
                all.replacen(&line, &expired_line(2, &leaf_hash(b"other")), 1)
            },
            vec![],
        ),
        ("a changed head", all.replacen("count 13", "count 12", 1), vec![]),
        (
            "a changed checkpoint",
            all.replacen("time 2026", "time 2025", 1),
            vec![],
        ),
        ("something behind the end", all + "\n", vec![]),
    ];
    let vectors: Vec<Value> = cases
        .iter()
        .map(|(about, text, kept)| verdict(about, text, kept))
        .collect();
    check("bundles.json", &Value::Array(vectors));
}

fn verdict(about: &str, bundle: &str, kept: &[String]) -> Value {
    let verified = verify_bundle(bundle.as_bytes(), &Trust { key: None, kept });
    let mut vector = json!({"about": about, "bundle": bundle, "kept": kept, "valid": verified.is_ok()});
    match verified {
        Ok(verified) => {
            let expired: u64 = verified
                .log
                .expired
                .iter()
                .map(|range| range.end - range.start)
                .sum();
            vector["first"] = verified.log.first.into();
            vector["size"] = verified.log.size.into();
            vector["confirmed"] = verified.log.confirmed.into();
            vector["expired"] = expired.into();
        }
        Err(fault) => {
            vector["fault"] = word(&fault).into();
            vector["sequence"] = fault.sequence().into();
        }
    }
    vector
}

/// The name of a fault in the vectors.
fn word(fault: &Fault) -> &'static str {
    match fault {
        Fault::Header | Fault::OtherKey => "head",
        Fault::BadLine { .. } | Fault::MissingRecord { .. } => "line",
        Fault::WrongHash { .. } => "hash",
        Fault::BadRecord { .. } => "record",
        Fault::CheckpointMismatch { .. } | Fault::WrongNode { .. } => "checkpoint",
        Fault::Truncated { .. } => "truncated",
        Fault::NotCovered { .. } => "uncovered",
        Fault::BadSignature { .. } | Fault::Footer | Fault::Unread(_) => "signature",
    }
}
