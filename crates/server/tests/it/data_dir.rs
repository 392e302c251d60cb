//! The data directory: rights, the lock, files replaced as a whole.

use server::data_dir::{Access, DataDir, DataDirError, replace_file};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_new_directory_is_open_to_its_owner_only() {
    let parent = tempfile::tempdir().expect("a directory");
    let root = parent.path().join("a/b");
    let taken = DataDir::create(&root).expect("made");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&root), 0o700);
    assert_eq!(mode(&taken.layout().lock()), 0o600);
}

#[test]
fn a_second_taker_is_refused_until_the_first_one_ends() {
    let root = tempfile::tempdir().expect("a directory");
    let first = DataDir::open(root.path()).expect("free");
    let refused = DataDir::open(root.path()).expect_err("in use");
    assert!(matches!(refused, DataDirError::InUse { .. }));
    let message = refused.to_string();
    assert!(message.contains("in use by another holdfast"), "{message}");
    assert!(message.contains(&std::process::id().to_string()), "{message}");
    drop(first);
    DataDir::open(root.path()).expect("free again");
}

#[test]
fn a_directory_that_is_missing_or_open_to_writers_is_refused() {
    let root = tempfile::tempdir().expect("a directory");
    let missing = DataDir::open(&root.path().join("none"));
    assert!(matches!(missing, Err(DataDirError::Missing(_))));
    fs::set_permissions(root.path(), Permissions::from_mode(0o770)).expect("set");
    assert!(matches!(
        DataDir::open(root.path()),
        Err(DataDirError::Writable(_))
    ));
}

#[test]
fn a_replaced_file_has_the_new_content_and_the_rights_asked_for() {
    let root = tempfile::tempdir().expect("a directory");
    let path = root.path().join("key");
    fs::write(&path, "old").expect("written");
    fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("set");
    // What a crash left behind, with rights that must not survive.
    fs::write(root.path().join("key.new"), "half").expect("written");
    replace_file(&path, b"new", Access::Owner).expect("replaced");
    assert_eq!(fs::read(&path).expect("read"), b"new");
    assert_eq!(
        fs::metadata(&path).expect("there").permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::read_dir(root.path()).expect("listed").count(), 1);
}
