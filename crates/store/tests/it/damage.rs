//! Damages the files of the engines on disk: an engine serves exactly what was acknowledged, or it refuses.
//!
//! What is tested here is the engine without the seal above it: it must find every single changed byte and every cut in
//! its files by itself. Several changes that fit each other (rewritten checksums, a whole older directory) it cannot
//! find; the seal and the audit log above it are made for those.

use std::path::{Path, PathBuf};

use store::backend::{BackendError, Direction, Space};

use crate::crash::{one_commit, states, work};
use crate::engines::{Engine, Model, assert_holds, everything, scan};

/// An engine with ten commits and the files that it has after some use: for fjall tables and a journal.
fn used(engine: Engine, commits: usize) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let backend = engine.open(directory.path()).unwrap();
    assert_eq!(work(&*backend, commits / 2), commits / 2);
    drop(backend);
    if engine == Engine::Fjall {
        let database = fjall::Database::builder(directory.path()).open().unwrap();
        for name in ["catalogue", "payload", "audit", "commit"] {
            let keyspace = database
                .keyspace(name, fjall::KeyspaceCreateOptions::default)
                .unwrap();
            keyspace.rotate_memtable_and_wait().unwrap();
        }
    }
    let backend = engine.open(directory.path()).unwrap();
    for number in commits / 2..commits {
        one_commit(&*backend, number).unwrap();
    }
    drop(backend);
    // Opening cuts the unused part off the journal.
    drop(engine.open(directory.path()).unwrap());
    directory
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_into(from, to.path());
    to
}

fn copy_into(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_into(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It was refused at the opening, and the message names something that exists or should.
    Refused,
    /// It was refused when the damaged rows were read.
    RefusedAtRead,
    /// Everything is there and right.
    Whole,
}

/// Opens a damaged copy and reads everything.
fn outcome(engine: Engine, directory: &Path, expected: &Model, what: &str) -> Outcome {
    let backend = match engine.open(directory) {
        Ok(backend) => backend,
        Err(BackendError::Damaged { file, .. }) => {
            assert!(file.starts_with(directory), "{what}: {file:?}");
            return Outcome::Refused;
        }
        Err(other) => panic!("{engine:?} {what}: {other}"),
    };
    let snapshot = backend.snapshot().unwrap();
    let mut outcome = Outcome::Whole;
    for space in Space::ALL {
        let right = expected.scan(space, &everything(), Direction::Forward);
        match scan(&*snapshot, space, &everything(), Direction::Forward, usize::MAX) {
            Ok(rows) => assert!(rows == right, "{engine:?} {what}: wrong rows in {space:?}"),
            Err(BackendError::Damaged { .. }) => outcome = Outcome::RefusedAtRead,
            Err(other) => panic!("{engine:?} {what}: {other}"),
        }
        for (key, value) in right {
            match snapshot.get(space, &key) {
                Ok(found) => assert!(found == Some(value), "{engine:?} {what}: wrong row in {space:?}"),
                Err(BackendError::Damaged { .. }) => outcome = Outcome::RefusedAtRead,
                Err(other) => panic!("{engine:?} {what}: {other}"),
            }
        }
    }
    outcome
}

/// How many places of each file are changed; `STORE_DAMAGE_SAMPLES` raises it for a thorough run.
fn samples() -> u64 {
    std::env::var("STORE_DAMAGE_SAMPLES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(5)
}

fn flips_are_found(engine: Engine) {
    let commits = 10;
    let pristine = used(engine, commits);
    let expected = states(commits).pop().unwrap();
    assert_eq!(
        outcome(engine, copy(pristine.path()).path(), &expected, "a copy"),
        Outcome::Whole
    );
    let mut refused = 0;
    for file in files(pristine.path()) {
        let bytes = std::fs::read(&file).unwrap();
        let length = bytes.len() as u64;
        for sample in 0..samples().min(length) {
            let at = usize::try_from((2 * sample + 1) * length / (2 * samples().min(length))).unwrap();
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let name = file.strip_prefix(pristine.path()).unwrap();
            let damaged = copy(pristine.path());
            std::fs::write(damaged.path().join(name), changed).unwrap();
            let what = format!("byte {at} of {}", name.display());
            refused += u32::from(outcome(engine, damaged.path(), &expected, &what) != Outcome::Whole);
        }
    }
    assert!(refused > 0, "no change was noticed at all");
}

fn cuts_are_found(engine: Engine) {
    let commits = 10;
    let pristine = used(engine, commits);
    let expected = states(commits).pop().unwrap();
    for file in files(pristine.path()) {
        let length = std::fs::metadata(&file).unwrap().len();
        if length == 0 {
            continue;
        }
        let name = file.strip_prefix(pristine.path()).unwrap();
        for keep in [0, length / 2, length - 1] {
            let damaged = copy(pristine.path());
            let cut = std::fs::OpenOptions::new()
                .write(true)
                .open(damaged.path().join(name))
                .unwrap();
            cut.set_len(keep).unwrap();
            let what = format!("{} cut to {keep} bytes", name.display());
            outcome(engine, damaged.path(), &expected, &what);
        }
        let damaged = copy(pristine.path());
        std::fs::remove_file(damaged.path().join(name)).unwrap();
        outcome(
            engine,
            damaged.path(),
            &expected,
            &format!("{} removed", name.display()),
        );
    }
}

// R130
#[test]
fn a_changed_byte_in_the_files_of_fjall_is_refused_or_harmless() {
    flips_are_found(Engine::Fjall);
}

#[test]
fn a_changed_byte_in_the_file_of_redb_is_refused_or_harmless() {
    flips_are_found(Engine::Redb);
}

#[test]
fn a_cut_or_removed_file_of_fjall_is_refused_or_harmless() {
    cuts_are_found(Engine::Fjall);
}

#[test]
fn a_cut_or_removed_file_of_redb_is_refused_or_harmless() {
    cuts_are_found(Engine::Redb);
}

/// The newest journal of fjall.
fn journal(directory: &Path) -> PathBuf {
    files(directory)
        .into_iter()
        .rfind(|file| file.extension().is_some_and(|end| end == "jnl"))
        .unwrap()
}

/// Where the batches in a journal begin: 34 bytes before the key of each commit number.
fn batches(journal: &[u8]) -> Vec<usize> {
    let key = b"\xFFcommit-number\xFF\xFF";
    (34..journal.len())
        .filter(|at| journal[*at..].starts_with(key))
        .map(|at| at - 34)
        .collect()
}

/// Fjall takes a header that it cannot parse for the end of the journal, and cuts off what follows.
#[test]
fn a_broken_header_in_the_journal_is_refused_and_the_journal_is_left_as_it_was() {
    let pristine = used(Engine::Fjall, 10);
    let bytes = std::fs::read(journal(pristine.path())).unwrap();
    let batches = batches(&bytes);
    assert_eq!(batches.len(), 10, "all commits are still in the journal");
    for at in batches {
        let damaged = copy(pristine.path());
        let journal = journal(damaged.path());
        let mut changed = bytes.clone();
        changed[at] = 9;
        std::fs::write(&journal, &changed).unwrap();
        let Err(BackendError::Damaged { file, .. }) = Engine::Fjall.open(damaged.path()) else {
            panic!("the header at {at} was not missed");
        };
        assert_eq!(file, journal);
        assert_eq!(std::fs::read(&journal).unwrap(), changed);
    }
}

/// The engine writes a checksum of its manifests and does not read it: a changed one made it ask for 40 GB of memory.
#[test]
fn a_changed_manifest_is_refused_by_its_name() {
    let pristine = used(Engine::Fjall, 10);
    let is_manifest = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().starts_with('v');
    let keyspaces = files(&pristine.path().join("keyspaces"));
    let manifests: Vec<PathBuf> = keyspaces.into_iter().filter(is_manifest).collect();
    assert_eq!(
        manifests.len(),
        6,
        "one for each space, for the commit number, for the engine itself"
    );
    for manifest in manifests {
        let bytes = std::fs::read(&manifest).unwrap();
        for at in [0, bytes.len() / 3, bytes.len() / 2] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&manifest, changed).unwrap();
            let refused = Engine::Fjall.open(pristine.path()).err();
            assert!(matches!(refused, Some(BackendError::Damaged { file, .. }) if file == manifest));
        }
        std::fs::write(&manifest, bytes).unwrap();
    }
    assert_holds(
        &*Engine::Fjall.open(pristine.path()).unwrap().snapshot().unwrap(),
        &states(10)[10],
    );
}

/// The engine reserves memory for the entries of a table before it looks at the checksum.
#[test]
fn a_table_that_claims_too_many_contents_is_refused_by_its_name() {
    let pristine = used(Engine::Fjall, 10);
    let tables: Vec<PathBuf> = files(pristine.path())
        .into_iter()
        .filter(|file| file.parent().unwrap().ends_with("tables"))
        .collect();
    assert!(tables.len() >= 4, "each space with rows has a table");
    for table in tables {
        let bytes = std::fs::read(&table).unwrap();
        let contents = bytes.windows(4).rposition(|window| window == b"TOC!").unwrap();
        let mut changed = bytes.clone();
        changed[contents + 7] ^= 0x80;
        std::fs::write(&table, changed).unwrap();
        let refused = Engine::Fjall.open(pristine.path()).err();
        assert!(matches!(refused, Some(BackendError::Damaged { file, .. }) if file == table));
        std::fs::write(&table, bytes).unwrap();
    }
}

/// The number that orders the batches is not covered by the checksum of the engine.
#[test]
fn a_batch_that_is_moved_before_its_predecessor_is_refused() {
    let pristine = used(Engine::Fjall, 10);
    let journal = journal(pristine.path());
    let mut bytes = std::fs::read(&journal).unwrap();
    let last = batches(&bytes).pop().unwrap();
    bytes[last + 5..last + 13].copy_from_slice(&1_u64.to_le_bytes());
    std::fs::write(&journal, &bytes).unwrap();
    let refused = Engine::Fjall.open(pristine.path()).err();
    assert!(matches!(refused, Some(BackendError::Damaged { file, .. }) if file == journal));
}

#[test]
fn a_half_written_batch_that_nobody_heard_of_is_dropped() {
    let used = used(Engine::Fjall, 10);
    let mark = used.path().join("acknowledged");
    let before = std::fs::read(&mark).unwrap();
    let backend = Engine::Fjall.open(used.path()).unwrap();
    one_commit(&*backend, 10).unwrap();
    drop(backend);
    // As if the process had ended while it wrote the batch: the mark does not know it, and its end is missing.
    std::fs::write(&mark, before).unwrap();
    let journal = journal(used.path());
    let bytes = std::fs::read(&journal).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    std::fs::write(&journal, &bytes[..end]).unwrap();
    let backend = Engine::Fjall.open(used.path()).unwrap();
    assert_holds(&*backend.snapshot().unwrap(), &states(10)[10]);
    one_commit(&*backend, 10).unwrap();
    drop(backend);
    let backend = Engine::Fjall.open(used.path()).unwrap();
    assert_holds(&*backend.snapshot().unwrap(), &states(11)[11]);
}

#[test]
fn an_older_state_of_the_engine_is_refused_when_the_mark_is_newer() {
    for engine in Engine::ON_DISK {
        let used = used(engine, 10);
        let older = copy(used.path());
        let backend = engine.open(used.path()).unwrap();
        one_commit(&*backend, 10).unwrap();
        drop(backend);
        std::fs::copy(
            used.path().join("acknowledged"),
            older.path().join("acknowledged"),
        )
        .unwrap();
        assert!(
            matches!(engine.open(older.path()), Err(BackendError::Damaged { .. })),
            "{engine:?}"
        );
    }
}

#[test]
fn the_directory_of_one_engine_is_not_taken_for_an_empty_one_by_the_other() {
    for (one, other) in [(Engine::Fjall, Engine::Redb), (Engine::Redb, Engine::Fjall)] {
        let used = used(one, 4);
        assert!(
            matches!(other.open(used.path()), Err(BackendError::Damaged { .. })),
            "{other:?}"
        );
        assert_holds(
            &*one.open(used.path()).unwrap().snapshot().unwrap(),
            &states(4)[4],
        );
    }
}

#[test]
fn an_interrupted_making_is_finished_at_the_next_opening() {
    for engine in Engine::ON_DISK {
        let directory = tempfile::tempdir().unwrap();
        let made = used(engine, 0);
        let mark = directory.path().join("acknowledged");
        std::fs::copy(made.path().join("acknowledged"), mark).unwrap();
        std::fs::write(directory.path().join("0.jnl"), [0; 5_000]).unwrap();
        std::fs::write(directory.path().join("shard.new"), b"half").unwrap();
        let backend = engine.open(directory.path()).unwrap();
        assert_eq!(work(&*backend, 4), 4);
        assert_holds(&*backend.snapshot().unwrap(), &states(4)[4]);
    }
}
