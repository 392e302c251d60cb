//! Verification of a stored log with and without checkpoints that were kept elsewhere.

use crate::samples::{Log, NoNode, record, signing_key};
use audit::checkpoint::{Signed, SigningKey};
use audit::log::{Hash, leaf_hash};
use audit::proofs::consistency_proof;
use audit::record::BadRecord;
use audit::verify::{Body, Fault, Proof, Stopped, Verified, Verifier, Which};

fn key() -> SigningKey {
    signing_key("holdfast/t100/audit")
}

/// Verifies as a store would: own latest checkpoint, kept ones, every body beside every stored hash.
fn verify(log: &Log, own: Option<Signed>, kept: &[Signed]) -> Result<Verified, Stopped<NoNode>> {
    let mut verifier = Verifier::new();
    if let Some(own) = own {
        verifier.expect(Which::Own, own).map_err(Stopped::Fault)?;
    }
    for (place, kept) in kept.iter().enumerate() {
        verifier
            .expect(Which::Kept(place), kept.clone())
            .map_err(Stopped::Fault)?;
    }
    for body in &log.bodies {
        verifier.stored(log, Body::Present(body))?;
    }
    verifier.finish(&[]).map_err(Stopped::Fault)
}

fn fault(result: Result<Verified, Stopped<NoNode>>) -> Fault {
    match result {
        Err(Stopped::Fault(fault)) => fault,
        other => panic!("a fault is expected: {other:?}"),
    }
}

// R099
#[test]
fn an_untouched_log_verifies_and_says_what_stays_open() {
    let log = Log::of_records(100);
    let alone = verify(&log, Some(log.signed(&key(), 90)), &[]).expect("nothing is wrong");
    let text = alone.to_string();
    assert!(
        text.contains("Records 0 to 99 of holdfast/t100/audit are internally consistent"),
        "{text}"
    );
    assert!(
        text.contains("last 10 of them are not under a signed checkpoint"),
        "{text}"
    );
    assert!(
        text.contains("Rewriting by the key's holder is not excluded"),
        "{text}"
    );

    let kept = [
        log.signed(&key(), 0),
        log.signed(&key(), 40),
        log.signed(&key(), 77),
    ];
    let backed = verify(&log, Some(log.signed(&key(), 100)), &kept).expect("nothing is wrong");
    assert_eq!((backed.kept, backed.confirmed, backed.size), (3, 77, 100));
    let text = backed.to_string();
    assert!(
        text.contains("no record before 77 was changed") && !text.contains("not excluded"),
        "{text}"
    );

    let empty = verify(&Log::default(), None, &[])
        .expect("nothing is wrong")
        .to_string();
    assert!(
        empty.contains("no record") && empty.contains("not excluded"),
        "{empty}"
    );
}

// R099
#[test]
fn the_first_changed_record_is_named() {
    let good = Log::of_records(64);
    for sequence in [0, 17, 63] {
        let mut log = good.clone();
        log.bodies[sequence][30] ^= 1;
        let last = log.bodies.len() - 1;
        log.bodies[last][31] ^= 1;
        let sequence = sequence as u64;
        assert_eq!(fault(verify(&log, None, &[])), Fault::WrongHash { sequence });
    }
    let mut log = good.clone();
    log.nodes.insert((0, 5), Hash([0; 32]));
    assert_eq!(fault(verify(&log, None, &[])).sequence(), Some(5));
    let mut log = good.clone();
    log.nodes.insert((3, 2), Hash([0; 32]));
    let named = fault(verify(&log, None, &[]));
    assert_eq!(named, Fault::WrongNode { level: 3, index: 2 });
    assert!(named.to_string().contains("records 16 to 23"), "{named}");
    let mut log = good;
    log.nodes.remove(&(2, 1));
    assert_eq!(verify(&log, None, &[]), Err(Stopped::Unread(NoNode)));
}

// R099
#[test]
fn a_record_that_is_no_record_is_named_even_if_its_hash_is_right() {
    let mut bodies: Vec<_> = (0..5).map(|number| record(number).canonical()).collect();
    bodies[3].push(b' ');
    let named = fault(verify(&Log::of(bodies), None, &[]));
    assert_eq!(
        named,
        Fault::BadRecord {
            sequence: 3,
            why: BadRecord::NotCanonical
        }
    );
    assert_eq!(
        Verifier::new().record(b"{}"),
        Err(Fault::BadRecord {
            sequence: 0,
            why: BadRecord::Version
        })
    );
}

// R099: whoever holds the key and the disk can re-hash everything, but not what was kept elsewhere.
#[test]
fn a_log_rewritten_and_signed_again_contradicts_every_kept_checkpoint_over_the_change() {
    let good = Log::of_records(100);
    let kept = [20, 60, 80].map(|size| good.signed(&key(), size));
    for rewrite in [
        |bodies: &mut Vec<Vec<u8>>| bodies[30] = record(9_999).canonical(),
        |bodies: &mut Vec<Vec<u8>>| drop(bodies.remove(30)),
        |bodies: &mut Vec<Vec<u8>>| bodies.insert(30, record(9_999).canonical()),
        |bodies: &mut Vec<Vec<u8>>| bodies.swap(30, 31),
    ] {
        let mut bodies = good.bodies.clone();
        rewrite(&mut bodies);
        let forged = Log::of(bodies);
        let own = Some(forged.signed(&key(), forged.edge.size()));
        assert!(
            verify(&forged, own.clone(), &[]).is_ok(),
            "nothing inside shows it"
        );
        let named = fault(verify(&forged, own, &kept));
        assert_eq!(
            named,
            Fault::CheckpointMismatch {
                which: Which::Kept(1),
                size: 60,
                confirmed: 20
            }
        );
        assert!(
            named
                .to_string()
                .starts_with("kept checkpoint 2 (size 60) does not agree"),
            "{named}"
        );
    }
}

// R099
#[test]
fn a_log_cut_off_at_its_end_is_found() {
    let good = Log::of_records(50);
    let cut = Log::of_records(30);
    let own = Some(good.signed(&key(), 50));
    let expected = Fault::Truncated {
        which: Which::Own,
        expected: 50,
        found: 30,
    };
    assert_eq!(fault(verify(&cut, own, &[])), expected);
    let kept = [good.signed(&key(), 30), good.signed(&key(), 31)];
    let expected = Fault::Truncated {
        which: Which::Kept(1),
        expected: 31,
        found: 30,
    };
    assert_eq!(fault(verify(&cut, Some(cut.signed(&key(), 30)), &kept)), expected);
    assert_eq!(fault(verify(&cut, None, &kept)), expected);
    assert_eq!(
        fault(verify(&Log::default(), None, &kept[1..]))
            .to_string()
            .split('.')
            .next(),
        Some("the log is cut off: kept checkpoint 1 covers 31 records, there are 0")
    );
}

#[test]
fn expired_records_are_reported_as_expired_and_missing_ones_as_missing() {
    let log = Log::of_records(10);
    let mut verifier = Verifier::new();
    verifier
        .expect(Which::Kept(0), log.signed(&key(), 10))
        .expect("not reached yet");
    for _ in 0..4 {
        verifier
            .stored(&log, Body::<&[u8]>::Expired)
            .expect("its hash is there");
    }
    let mut broken = verifier.clone();
    let missing = broken.stored(&log, Body::<&[u8]>::Missing);
    assert_eq!(missing, Err(Stopped::Fault(Fault::MissingRecord { sequence: 4 })));
    for body in &log.bodies[4..] {
        verifier
            .stored(&log, Body::Present(body))
            .expect("nothing is wrong");
    }
    let verified = verifier.finish(&[]).expect("nothing is wrong");
    assert_eq!(
        (verified.expired.first(), verified.confirmed),
        (Some(&(0..4)), 10)
    );
    assert!(verified.to_string().contains("bytes of 4 records have expired"));
}

#[test]
fn a_part_of_a_log_is_tied_to_checkpoints_outside_of_it_by_proofs_only() {
    let log = Log::of_records(100);
    let proof = |size| Proof {
        size,
        hashes: consistency_proof(&log, size, 100).expect("within"),
    };
    let part = |kept: &[u64]| {
        let mut verifier = Verifier::after(audit::log::Frontier::read(&log, 40).expect("stored"));
        for (place, &size) in kept.iter().enumerate() {
            verifier
                .expect(Which::Kept(place), log.signed(&key(), size))
                .expect("not passed yet");
        }
        for body in &log.bodies[40..70] {
            verifier.record(body).expect("a record");
        }
        verifier
            .expect(Which::Own, log.signed(&key(), 100))
            .expect("beyond the part");
        verifier
    };
    let cut = Fault::Truncated {
        which: Which::Own,
        expected: 100,
        found: 70,
    };
    assert_eq!(part(&[]).finish(&[]), Err(cut));
    assert_eq!(part(&[]).finish(&[proof(70)]).expect("tied").confirmed, 0);
    assert_eq!(
        part(&[40, 55, 70, 100])
            .finish(&[proof(70)])
            .expect("tied")
            .confirmed,
        100
    );
    let outside = Fault::NotCovered {
        which: Which::Kept(0),
        size: 20,
    };
    assert_eq!(part(&[20]).finish(&[proof(70)]), Err(outside));
    assert_eq!(
        part(&[20, 80])
            .finish(&[proof(70), proof(20), proof(80)])
            .expect("tied")
            .confirmed,
        80
    );
    let mut bad = proof(20);
    bad.hashes[0].0[0] ^= 1;
    let mismatch = Fault::CheckpointMismatch {
        which: Which::Kept(0),
        size: 20,
        confirmed: 0,
    };
    assert_eq!(part(&[20]).finish(&[proof(70), bad]), Err(mismatch));
}

#[test]
fn an_own_checkpoint_that_the_records_never_met_vouches_for_nothing() {
    let log = Log::of_records(20);
    let mut verifier = Verifier::after(audit::log::Frontier::read(&log, 10).expect("stored"));
    verifier.record(&log.bodies[10]).expect("a record");
    for size in [5, 10] {
        let mut verifier = verifier.clone();
        verifier
            .expect(Which::Own, key().sign(size, leaf_hash(b"x"), record(0).time))
            .expect("passed already");
        assert_eq!(
            verifier.finish(&[]),
            Err(Fault::NotCovered {
                which: Which::Own,
                size
            })
        );
    }
}
