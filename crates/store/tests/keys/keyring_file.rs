//! The keyring on real files.

use model::ids::TenantNumber;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use store::backend::Space;
use store::keyring::{Damage, Keyring, KeyringError};
use store::master_key::MasterKey;
use store::seal::Place;
use tempfile::TempDir;

const A: TenantNumber = TenantNumber(1);
const B: TenantNumber = TenantNumber(2);

fn new_keyring() -> (TempDir, PathBuf, MasterKey, Keyring) {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("keyring");
    let master = MasterKey::random();
    let keyring = Keyring::create(&file, &master).expect("created");
    (directory, file, master, keyring)
}

fn refusal(file: &Path, master: &MasterKey) -> KeyringError {
    Keyring::open(file, master).err().expect("refused")
}

#[test]
fn every_key_is_the_same_after_a_restart() {
    let (_directory, file, master, before) = new_keyring();
    let tenant = before.add(A).expect("added");
    let after = Keyring::open(&file, &master).expect("opened");
    let again = after.get(A).expect("there");

    let place = Place::row(A, Space::Payload, b"row");
    for (old, new) in [
        (&tenant.identity().seal, &again.identity().seal),
        (&tenant.payload().seal, &again.payload().seal),
        (&tenant.audit().seal, &again.audit().seal),
        (&before.platform().catalogue, &after.platform().catalogue),
    ] {
        assert_eq!(new.open(place, &old.seal(place, b"value")), Ok(b"value".to_vec()));
    }
    for (old, new) in [
        (&tenant.identity().index, &again.identity().index),
        (&tenant.payload().index, &again.payload().index),
        (
            &before.platform().catalogue_index,
            &after.platform().catalogue_index,
        ),
    ] {
        assert_eq!(new.blind("x", b"text"), old.blind("x", b"text"));
    }
    assert_eq!(
        again.audit().signing_seed.expose(),
        tenant.audit().signing_seed.expose()
    );
    let (old, new) = (before.platform(), after.platform());
    assert_eq!(new.password_pepper.expose(), old.password_pepper.expose());
    assert_eq!(new.token_secret.expose(), old.token_secret.expose());
}

#[test]
fn identity_payload_audit_and_other_tenants_have_keys_of_their_own() {
    // R121
    let (_directory, _, _, keyring) = new_keyring();
    let (a, b) = (keyring.add(A).expect("added"), keyring.add(B).expect("added"));
    let seals = [
        &a.identity().seal,
        &a.payload().seal,
        &a.audit().seal,
        &b.identity().seal,
        &b.payload().seal,
        &b.audit().seal,
        &keyring.platform().catalogue,
    ];
    let place = Place::row(A, Space::Identity, b"row");
    for (sealer, seal) in seals.iter().enumerate() {
        let sealed = seal.seal(place, b"value");
        for (opener, open) in seals.iter().enumerate() {
            assert_eq!(
                open.open(place, &sealed).is_ok(),
                sealer == opener,
                "{opener} opens {sealer}"
            );
        }
    }
    let indexes = [
        &a.identity().index,
        &a.payload().index,
        &b.identity().index,
        &b.payload().index,
    ];
    let mut blinded = indexes.map(|index| index.blind("x", b"text"));
    blinded.sort_unstable();
    assert!(blinded.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn any_flipped_bit_of_the_file_is_refused_naming_it() {
    // R139
    let (_directory, file, master, keyring) = new_keyring();
    keyring.add(A).expect("added");
    let whole = fs::read(&file).expect("read");
    for byte in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[byte] ^= 1 << bit;
            fs::write(&file, &flipped).expect("written");
            let refused = refusal(&file, &master);
            assert!(
                matches!(refused, KeyringError::Damaged { .. }),
                "byte {byte}, bit {bit}: {refused}"
            );
            assert!(
                refused.to_string().contains(&*file.to_string_lossy()),
                "{refused}"
            );
        }
    }
    fs::write(&file, &whole).expect("written");
    assert!(Keyring::open(&file, &master).is_ok());
}

#[test]
fn a_cut_or_lengthened_file_is_refused() {
    // R139
    let (_directory, file, master, keyring) = new_keyring();
    keyring.add(A).expect("added");
    let whole = fs::read(&file).expect("read");
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).expect("written");
        assert!(
            matches!(refusal(&file, &master), KeyringError::Damaged { .. }),
            "cut to {length}"
        );
    }
    fs::write(&file, [whole.as_slice(), &[0]].concat()).expect("written");
    assert!(matches!(
        refusal(&file, &master),
        KeyringError::Damaged {
            damage: Damage::Checksum,
            ..
        }
    ));
}

#[test]
fn another_master_key_is_refused_and_the_message_names_both() {
    // R139
    let (_directory, file, master, _) = new_keyring();
    let other = MasterKey::random();
    let message = refusal(&file, &other).to_string();
    for part in [
        file.display().to_string(),
        master.fingerprint().to_string(),
        other.fingerprint().to_string(),
    ] {
        assert!(message.contains(&part), "{message}");
    }
    assert!(Keyring::open(&file, &master).is_ok(), "nothing was changed");
}

#[test]
fn a_missing_keyring_is_not_made_up() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("keyring");
    assert!(matches!(
        refusal(&file, &MasterKey::random()),
        KeyringError::Missing { .. }
    ));
    assert!(!file.exists());
}

#[test]
fn neither_a_keyring_nor_a_tenants_keys_are_overwritten() {
    let (_directory, file, master, keyring) = new_keyring();
    keyring.add(A).expect("added");
    let before = fs::read(&file).expect("read");
    let again = Keyring::create(&file, &master).err().expect("refused");
    assert!(matches!(again, KeyringError::Exists { .. }));
    let again = keyring.add(A).err().expect("refused");
    assert!(matches!(again, KeyringError::TenantExists { tenant: A }));
    assert_eq!(fs::read(&file).expect("read"), before);
}

#[test]
fn a_destroyed_tenants_keys_are_nowhere_in_the_directory() {
    // R139
    let (directory, file, master, keyring) = new_keyring();
    let empty_bytes = fs::metadata(&file).expect("there").len() as usize;
    let sealed = keyring
        .add(A)
        .expect("added")
        .payload()
        .seal
        .seal(Place::row(A, Space::Payload, b"row"), b"value");
    // The only tenant's wrapped keys lie after the count of tenants, before the two hashes of 32 bytes.
    let whole = fs::read(&file).expect("read");
    let wrapped = whole[empty_bytes - 64 + 4..whole.len() - 64].to_vec();
    keyring.add(B).expect("added");
    assert!(
        contains_any_piece(directory.path(), &wrapped),
        "the search finds them while they are there"
    );

    keyring.destroy(A).expect("destroyed");
    assert!(keyring.get(A).is_none());
    assert!(!contains_any_piece(directory.path(), &wrapped));
    let reopened = Keyring::open(&file, &master).expect("opened");
    assert_eq!(reopened.tenants(), [B]);
    keyring
        .destroy(A)
        .expect("an interrupted deletion can be repeated");

    // A tenant with the number again does not get the keys again.
    let successor = keyring.add(A).expect("added");
    assert!(
        successor
            .payload()
            .seal
            .open(Place::row(A, Space::Payload, b"row"), &sealed)
            .is_err()
    );
}

fn contains_any_piece(directory: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(directory).expect("listed").any(|entry| {
        let content = fs::read(entry.expect("an entry").path()).expect("read");
        bytes
            .chunks_exact(16)
            .any(|piece| content.windows(16).any(|window| window == piece))
    })
}

#[test]
fn only_the_owner_may_read_the_keyring_after_every_change() {
    let (directory, file, _, keyring) = new_keyring();
    let check = || {
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(directory.path()).expect("listed").count(),
            1,
            "no other file is left"
        );
    };
    check();
    keyring.add(A).expect("added");
    check();
    keyring.destroy(A).expect("destroyed");
    check();
}

#[test]
fn every_change_counts_up_the_generation() {
    let (_directory, file, master, keyring) = new_keyring();
    assert_eq!(keyring.generation(), 1);
    keyring.add(A).expect("added");
    keyring.destroy(A).expect("destroyed");
    keyring.destroy(A).expect("nothing to do");
    assert_eq!(keyring.generation(), 3);
    assert_eq!(Keyring::open(&file, &master).expect("opened").generation(), 3);
}
