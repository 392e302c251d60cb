//! The tree against two independent implementations: the recursive definition of RFC 6962 and the crate `ct-merkle`.

use crate::samples::Log;
use audit::log::{Frontier, Hash, empty_root, leaf_hash, node_hash, root_at};
use audit::proofs::{
    BadProof, NoProof, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

fn bodies(count: u64) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| format!("record {number}").into_bytes())
        .collect()
}

/// RFC 6962 section 2.1, word by word.
fn naive_root(records: &[Vec<u8>]) -> Hash {
    match records {
        [] => empty_root(),
        [record] => leaf_hash(record),
        _ => {
            let (left, right) = records.split_at(records.len().next_power_of_two() / 2);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

fn oracle(records: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for record in records {
        tree.push(record.clone());
    }
    tree
}

fn joined(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn known_roots_of_rfc_6962_come_out() {
    // The inputs and roots that Certificate Transparency implementations share as test vectors.
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(empty_root().to_string(), empty);
    let log = Log::of([vec![], vec![0x00], vec![0x10], vec![0x20, 0x21]]);
    for (size, root) in [
        (
            1,
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        ),
        (
            2,
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        ),
        (
            3,
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        ),
        (
            4,
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ] {
        assert_eq!(
            root_at(&log, size).expect("stored").to_string(),
            root,
            "size {size}"
        );
    }
}

// R099
#[test]
fn roots_and_proofs_equal_those_of_the_oracles_at_every_size_up_to_40() {
    let records = bodies(40);
    let log = Log::of(records.clone());
    for size in 0..=40 {
        let part = &records[..size];
        let tree = oracle(part);
        let size = size as u64;
        let root = root_at(&log, size).expect("stored");
        assert_eq!(root, naive_root(part), "size {size}");
        assert_eq!(
            Frontier::read(&log, size).expect("stored"),
            Log::of(part.to_vec()).edge,
            "size {size}"
        );
        assert_eq!(
            Frontier::read(&log, size).expect("stored").root(),
            root,
            "size {size}"
        );
        if size == 0 {
            continue;
        }
        assert_eq!(&root.0[..], &tree.root().as_bytes()[..], "size {size}");
        for index in 0..size {
            let proof = inclusion_proof(&log, index, size).expect("within");
            assert_eq!(
                joined(&proof),
                tree.prove_inclusion(index as usize).as_bytes(),
                "{index} of {size}"
            );
            let leaf = leaf_hash(&records[index as usize]);
            assert_eq!(
                verify_inclusion(&leaf, index, size, &proof, &root),
                Ok(()),
                "{index} of {size}"
            );
        }
        for first in 1..=size {
            let proof = consistency_proof(&log, first, size).expect("within");
            if first < size {
                let expected = tree.prove_consistency((size - first) as usize);
                assert_eq!(joined(&proof), expected.as_bytes(), "{first} to {size}");
            }
            let first_root = root_at(&log, first).expect("stored");
            assert_eq!(
                verify_consistency(first, size, &proof, &first_root, &root),
                Ok(()),
                "{first} to {size}"
            );
        }
    }
}

#[test]
fn what_lies_outside_of_the_log_has_no_proof() {
    let log = Log::of(bodies(5));
    assert_eq!(
        inclusion_proof(&log, 5, 5),
        Err(NoProof::OutOfRange { asked: 5, size: 5 })
    );
    assert_eq!(
        inclusion_proof(&log, 0, 0),
        Err(NoProof::OutOfRange { asked: 0, size: 0 })
    );
    assert_eq!(
        consistency_proof(&log, 6, 5),
        Err(NoProof::OutOfRange { asked: 6, size: 5 })
    );
    assert_eq!(
        inclusion_proof(&log, 0, 8),
        Err(NoProof::Unread(crate::samples::NoNode))
    );
    assert_eq!(consistency_proof(&log, 0, 5), Ok(vec![]));
    assert_eq!(
        verify_consistency(0, 5, &[], &empty_root(), &log.edge.root()),
        Ok(())
    );
    assert_eq!(
        verify_consistency(0, 5, &[], &log.edge.root(), &log.edge.root()),
        Err(BadProof)
    );
}

#[test]
fn a_right_edge_must_have_a_hash_for_each_subtree() {
    let edge = Log::of(bodies(13)).edge;
    assert_eq!(Frontier::from_parts(13, edge.hashes().to_vec()), Ok(edge.clone()));
    assert!(Frontier::from_parts(12, edge.hashes().to_vec()).is_err());
    let text = serde_json::to_string(&edge).expect("it can be stored");
    assert_eq!(
        serde_json::from_str::<Frontier>(&text).expect("it comes back"),
        edge
    );
    assert!(serde_json::from_str::<Frontier>(&text.replace("13", "12")).is_err());
}

proptest! {
    // R099
    #[test]
    fn a_proof_holds_only_for_what_it_was_made_for(size in 1u64..300, at in any::<prop::sample::Index>(),
            flip in any::<prop::sample::Index>(), other in 0u64..300) {
        let log = Log::of(bodies(size));
        let root = log.edge.root();
        let index = at.index(size as usize) as u64;
        let leaf = leaf_hash(&log.bodies[index as usize]);
        let proof = inclusion_proof(&log, index, size).expect("within");
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        if other != index {
            prop_assert_eq!(verify_inclusion(&leaf, other, size, &proof, &root), Err(BadProof));
        }
        let first = index + 1;
        let first_root = root_at(&log, first).expect("stored");
        let link = consistency_proof(&log, first, size).expect("within");
        prop_assert_eq!(verify_consistency(first, size, &link, &first_root, &root), Ok(()));
        for mut bad in [proof, link.clone()] {
            if bad.is_empty() {
                continue;
            }
            let bit = flip.index(bad.len() * 256);
            bad[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &bad, &root), Err(BadProof));
            prop_assert_eq!(verify_consistency(first, size, &bad, &first_root, &root), Err(BadProof));
            bad.pop();
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &bad, &root), Err(BadProof));
        }
        let mut long = link;
        long.push(root);
        prop_assert_eq!(verify_consistency(first, size, &long, &first_root, &root), Err(BadProof));
    }

    // Whatever a forger sends, checking ends and says no.
    #[test]
    fn nonsense_proofs_are_refused(first in any::<u64>(), second in any::<u64>(), count in 0usize..70) {
        let proof = vec![Hash([1; 32]); count];
        let (leaf, root) = (Hash([2; 32]), Hash([3; 32]));
        prop_assert_eq!(verify_inclusion(&leaf, first, second, &proof, &root), Err(BadProof));
        prop_assert_eq!(verify_consistency(first, second, &proof, &leaf, &root), Err(BadProof));
    }

    // R099
    #[test]
    fn any_changed_byte_of_any_record_changes_the_root(size in 1u64..120, at in any::<prop::sample::Index>(),
            place in any::<prop::sample::Index>(), change in 1u8..=255) {
        let mut records = bodies(size);
        let before = Log::of(records.clone()).edge.root();
        let record = &mut records[at.index(size as usize)];
        let place = place.index(record.len());
        record[place] ^= change;
        prop_assert_ne!(Log::of(records).edge.root(), before);
    }
}
