//! Exported bundles: what they prove, and that no bit of them can be changed unnoticed.

use crate::samples::{Log, signing_key};
use audit::bundle::{Header, Trust, VerifiedBundle, expired_line, record_line, verify_bundle};
use audit::log::{Frontier, Nodes};
use audit::proofs::consistency_proof;
use audit::verify::{Fault, Proof, Which};
use std::ops::Range;

const NAME: &str = "holdfast/t100/audit";

/// A bundle of `records` of the log under its checkpoint at `size`; records before `expired_end` have expired.
fn bundle(log: &Log, records: Range<u64>, expired_end: u64, size: u64, proofs: &[u64]) -> Vec<u8> {
    let key = signing_key(NAME);
    let proof = |&size_then: &u64| Proof {
        size: size_then,
        hashes: consistency_proof(log, size_then, size).expect("within the log"),
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
            bytes.extend(record_line(sequence, &leaf, &log.bodies[sequence as usize]));
        }
    }
    bytes.extend(log.signed(&key, size).note().as_bytes());
    bytes
}

fn verify(bytes: &[u8]) -> Result<VerifiedBundle, Fault> {
    verify_bundle(bytes, &Trust::default())
}

/// Which record each byte of a bundle belongs to; nothing for head and end.
fn owners(bytes: &[u8], records: Range<u64>) -> Vec<Option<u64>> {
    let mut owners = Vec::with_capacity(bytes.len());
    let mut next = records.start;
    let mut in_records = false;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let owner = (in_records && next < records.end).then_some(next);
        next += u64::from(owner.is_some());
        in_records |= line.starts_with(b"check ");
        owners.extend(std::iter::repeat_n(owner, line.len()));
    }
    owners
}

/// Flips one bit and demands that it is found and, if it lies in a record's line, that the record is named.
fn check_flip(bytes: &mut [u8], owners: &[Option<u64>], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
    let fault = verify(bytes).expect_err("a flipped bit is found");
    assert_eq!(fault.sequence(), owners[bit / 8], "bit {bit}: {fault}");
    if owners[bit / 8].is_none() {
        let named = matches!(
            fault,
            Fault::Header
                | Fault::Footer
                | Fault::BadSignature {
                    which: Which::Own,
                    ..
                }
        );
        assert!(named, "bit {bit}: {fault}");
    }
    bytes[bit / 8] ^= 1 << (bit % 8);
}

// R099, R101. Verification stops at the first fault, so bits near the beginning are cheap; each sampled line is put at
// the beginning of a bundle of the records from it on, under the same checkpoint over 1,000 records.
#[test]
fn every_flipped_bit_of_a_bundle_of_1000_records_is_found_and_its_record_named() {
    let log = Log::of_records(1_000);
    let mut whole = bundle(&log, 0..1_000, 0, 1_000, &[]);
    let owner = owners(&whole, 0..1_000);
    assert!(verify(&whole).is_ok());
    for bit in (0..whole.len() * 8).take_while(|bit| owner[bit / 8].is_none_or(|sequence| sequence < 1)) {
        check_flip(&mut whole, &owner, bit);
    }
    let check_lines = &|half: u64| {
        for place in (1..40).filter(|place| place % 2 == half) {
            let records = place * 1_000 / 40..1_000;
            let mut part = bundle(&log, records.clone(), 0, 1_000, &[]);
            let owner = owners(&part, records.clone());
            for bit in (0..part.len() * 8).filter(|bit| owner[bit / 8] == Some(records.start)) {
                check_flip(&mut part, &owner, bit);
            }
        }
    };
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || check_lines(half));
        }
    });
    // Bits all over the whole, in a spread without a pattern, and some of its end (the short bundle below has every bit of an end).
    let bits = whole.len() * 8;
    for step in 0..30 {
        check_flip(&mut whole, &owner, step * 7_368_787 % bits);
    }
    let end = owner.iter().rposition(Option::is_some).expect("a record") + 1;
    for bit in (end * 8..bits).step_by(211) {
        check_flip(&mut whole, &owner, bit);
    }
}

// R101
#[test]
fn every_flipped_bit_of_a_short_bundle_with_everything_in_it_is_found() {
    let log = Log::of_records(20);
    let mut bytes = bundle(&log, 11..14, 12, 20, &[14, 5, 20]);
    let owner = owners(&bytes, 11..14);
    assert!(verify(&bytes).is_ok());
    for bit in 0..bytes.len() * 8 {
        check_flip(&mut bytes, &owner, bit);
    }
}

// R101
#[test]
fn a_bundle_verifies_alone_and_says_what_it_does_not_prove() {
    let log = Log::of_records(30);
    let bytes = bundle(&log, 10..20, 12, 30, &[20]);
    let verified = verify(&bytes).expect("nothing is wrong");
    assert_eq!(
        (verified.log.first, verified.log.size, verified.key_known),
        (10, 20, false)
    );
    assert_eq!(verified.log.expired.first(), Some(&(10..12)));
    let text = verified.to_string();
    assert!(
        text.contains("Rewriting by the key's holder is not excluded"),
        "{text}"
    );
    assert!(
        text.contains("The key was taken from the bundle itself"),
        "{text}"
    );

    let key = signing_key(NAME);
    let kept = [15, 30].map(|size| log.signed(&key, size).note().to_owned());
    let trust = Trust {
        key: Some(key.verifying_key()),
        kept: &kept,
    };
    let verified = verify_bundle(bytes.as_slice(), &trust).expect("nothing is wrong");
    assert_eq!((verified.log.confirmed, verified.key_known), (30, true));
    assert!(!verified.to_string().contains("not excluded"));

    let empty = bundle(&log, 30..30, 0, 30, &[]);
    assert_eq!(verify(&empty).map(|verified| verified.log.size), Ok(30));
    let first = bundle(&Log::default(), 0..0, 0, 0, &[]);
    assert_eq!(verify(&first).map(|verified| verified.log.size), Ok(0));
}

// R099
#[test]
fn lines_removed_inserted_swapped_or_cut_off_are_found() {
    let log = Log::of_records(10);
    let bytes = bundle(&log, 0..10, 0, 10, &[]);
    let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    let head = lines
        .iter()
        .position(|line| line.starts_with(b"check "))
        .expect("a head")
        + 1;
    let changed = |change: fn(&mut Vec<&[u8]>, usize)| {
        let mut lines = lines.clone();
        change(&mut lines, head);
        verify(&lines.concat()).expect_err("it is found")
    };
    assert_eq!(
        changed(|lines, head| _ = lines.remove(head + 3)).sequence(),
        Some(3)
    );
    assert_eq!(
        changed(|lines, head| lines.insert(head + 3, lines[head + 2])).sequence(),
        Some(3)
    );
    assert_eq!(
        changed(|lines, head| lines.swap(head + 3, head + 4)).sequence(),
        Some(3)
    );
    assert_eq!(
        changed(|lines, head| lines.truncate(head + 6)).sequence(),
        Some(6)
    );
    let footers = [
        changed(|lines, _| lines.push(b"\n")),
        changed(|lines, _| lines.push(b"more\n")),
        changed(|lines, _| lines.push(lines[lines.len() - 1])),
        changed(|lines, _| lines.push("\u{2014} other AAAAAAA=\n".as_bytes())),
        changed(|lines, head| lines.truncate(head + 10)),
    ];
    for fault in footers {
        assert!(
            matches!(
                fault,
                Fault::Footer
                    | Fault::BadSignature {
                        which: Which::Own,
                        ..
                    }
            ),
            "{fault}"
        );
    }
    for length in 0..bytes.len() {
        assert!(verify(&bytes[..length]).is_err(), "cut to {length}");
    }
}

// R099
#[test]
fn a_forged_bundle_signed_again_contradicts_what_was_kept() {
    let good = Log::of_records(40);
    let mut bodies = good.bodies.clone();
    bodies.remove(25);
    let forged = bundle(&Log::of(bodies), 0..39, 0, 39, &[]);
    assert!(verify(&forged).is_ok(), "nothing inside shows it");
    let key = signing_key(NAME);
    let with = |size: u64| {
        let kept = [good.signed(&key, 20), good.signed(&key, size)].map(|signed| signed.note().to_owned());
        verify_bundle(
            forged.as_slice(),
            &Trust {
                key: None,
                kept: &kept,
            },
        )
    };
    let mismatch = Fault::CheckpointMismatch {
        which: Which::Kept(1),
        size: 30,
        confirmed: 20,
    };
    assert_eq!(with(30), Err(mismatch));
    assert_eq!(
        with(40),
        Err(Fault::Truncated {
            which: Which::Kept(1),
            expected: 40,
            found: 39
        })
    );
}

#[test]
fn another_key_or_another_logs_checkpoint_is_refused() {
    let log = Log::of_records(5);
    let bytes = bundle(&log, 0..5, 0, 5, &[]);
    let other = signing_key("holdfast/t200/audit");
    let trust = Trust {
        key: Some(other.verifying_key()),
        kept: &[],
    };
    assert_eq!(verify_bundle(bytes.as_slice(), &trust), Err(Fault::OtherKey));
    let kept = [log.signed(&other, 5).note().to_owned()];
    let refused = verify_bundle(
        bytes.as_slice(),
        &Trust {
            key: None,
            kept: &kept,
        },
    );
    assert!(
        matches!(
            refused,
            Err(Fault::BadSignature {
                which: Which::Kept(0),
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn a_head_that_promises_too_much_is_refused_without_reading_on() {
    let log = Log::of_records(3);
    let header = Header {
        key: signing_key(NAME).verifying_key().clone(),
        before: log.edge,
        count: u64::MAX,
        proofs: Vec::new(),
    };
    assert_eq!(verify(header.text().as_bytes()), Err(Fault::Header));
    let header = Header {
        count: 1 << 52,
        ..header
    };
    assert_eq!(
        verify(header.text().as_bytes()),
        Err(Fault::BadLine { sequence: 3 })
    );
    assert_eq!(verify(&b"x".repeat(1 << 20)), Err(Fault::Header));
}
