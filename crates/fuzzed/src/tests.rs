//! Every check holds for the inputs that fuzzing begins with, and for some that are drawn.

use crate::{certificates, packets, rows, texts};
use proptest::collection::vec;
use proptest::prelude::{any, proptest};
use std::fs;
use std::path::{Path, PathBuf};

type Check = fn(&[u8]);

const CHECKS: [(&str, Check); 4] = [
    ("certificates", certificates::check),
    ("packets", packets::check),
    ("rows", rows::check),
    ("texts", texts::check),
];

fn files(below: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(below);
    let entries = fs::read_dir(&folder).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn what_fuzzing_begins_with_is_read() {
    let mut tried = 0;
    for (name, check) in CHECKS {
        for seed in files(&format!("seeds/{name}")) {
            check(&fs::read(&seed).expect("readable"));
            tried += 1;
        }
    }
    assert!(tried >= 10, "{tried}");
}

#[test]
fn every_target_is_one_of_these_checks() {
    let mut targets = files("targets");
    targets.sort();
    assert_eq!(targets.len(), CHECKS.len());
    for (file, (name, _)) in targets.iter().zip(CHECKS) {
        let code = fs::read_to_string(file).expect("readable");
        let calls = format!("fuzz_target!(|bytes: &[u8]| fuzzed::{name}::check(bytes));");
        assert!(
            file.ends_with(format!("{name}.rs")) && code.contains(&calls),
            "{}",
            file.display()
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_drawn_is_read(bytes in vec(any::<u8>(), 0..2_000)) {
        // tidy: proves by not panicking
        for (_, check) in CHECKS {
            check(&bytes);
        }
    }
}
