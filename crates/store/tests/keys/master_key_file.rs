//! The file of the master key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use store::master_key::{MasterKeyError, MasterKeySource};
use tempfile::TempDir;

fn source() -> (TempDir, PathBuf, MasterKeySource) {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("master.key");
    let source = MasterKeySource::File(file.clone());
    (directory, file, source)
}

#[test]
fn the_key_made_on_first_use_is_the_key_of_every_later_start() {
    let (_directory, _, source) = source();
    let made = source.load_or_create().expect("made").fingerprint();
    assert_eq!(source.load_or_create().expect("read").fingerprint(), made);
    assert_eq!(source.load().expect("read").fingerprint(), made);
}

#[test]
fn only_the_owner_may_read_the_file() {
    let (_directory, file, source) = source();
    source.load_or_create().expect("made");
    let mode = fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_others_may_read_or_write_is_refused_with_the_command_that_helps() {
    let (_directory, file, source) = source();
    source.load_or_create().expect("made");
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o601, 0o777] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("changed");
        let refused = source.load_or_create().err().expect("refused");
        assert!(matches!(refused, MasterKeyError::OpenToOthers { mode: found, .. } if found == mode));
        let help = format!("chmod 600 {}", file.display());
        assert!(refused.to_string().contains(&help), "{refused}");
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("changed");
        assert!(source.load().is_ok());
    }
}

#[test]
fn a_missing_key_is_only_made_when_asked_for() {
    let (_directory, file, source) = source();
    assert!(matches!(
        source.load().err(),
        Some(MasterKeyError::Missing { .. })
    ));
    assert!(!file.exists());
}

#[test]
fn a_damaged_key_is_refused_and_left_as_it_is() {
    let (_directory, file, source) = source();
    source.load_or_create().expect("made");
    let whole = fs::read(&file).expect("read");
    for damaged in [
        &b""[..],
        &whole[..whole.len() / 2],
        &[0xff; 200],
        &[whole.as_slice(), b"x\n"].concat(),
    ] {
        fs::write(&file, damaged).expect("written");
        let refused = source.load_or_create().err().expect("refused");
        assert!(matches!(&refused, MasterKeyError::Damaged { .. }));
        assert!(refused.to_string().contains(&*file.to_string_lossy()));
        assert_eq!(fs::read(&file).expect("read"), damaged);
    }
}

#[test]
fn a_directory_that_does_not_exist_is_named() {
    let source = MasterKeySource::File("/no/such/place/master.key".into());
    let failed = source.load_or_create().err().expect("refused");
    assert!(
        failed.to_string().contains("/no/such/place/master.key"),
        "{failed}"
    );
}
