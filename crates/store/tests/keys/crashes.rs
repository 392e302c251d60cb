//! The power is cut after every step of every change of the keyring, and every state is looked at in which the disk may
//! be found.

use crate::disk::SimulatedDisk;
use model::ids::TenantNumber;
use std::path::Path;
use store::backend::Space;
use store::keyring::{Keyring, KeyringError};
use store::master_key::MasterKey;
use store::seal::Place;

const FILE: &str = "/data/keyring";
const A: TenantNumber = TenantNumber(1);
const B: TenantNumber = TenantNumber(2);
const PLACE: Place<'static> = Place::row(A, Space::Payload, b"row");

fn open(disk: &SimulatedDisk, master: &MasterKey) -> Result<Keyring, KeyringError> {
    Keyring::open_with(disk.files(), Path::new(FILE), master)
}

/// A disk on which A has keys, and a value that A's key sealed.
fn disk_with_one_tenant(master: &MasterKey) -> (SimulatedDisk, Vec<u8>) {
    let disk = SimulatedDisk::new();
    let keyring = Keyring::create_with(disk.files(), Path::new(FILE), master).expect("created");
    let sealed = keyring
        .add(A)
        .expect("added")
        .payload()
        .seal
        .seal(PLACE, b"value");
    (disk, sealed)
}

/// Makes the change with power for 0, 1, 2 ... steps until it succeeds. Each time, whatever is found on the disk must
/// be a complete keyring with the old tenants or the new ones; the new ones if the change reported success.
fn check_every_power_cut(change: fn(&Keyring) -> Result<(), KeyringError>, new: &[TenantNumber]) {
    let master = MasterKey::random();
    let (disk, sealed) = disk_with_one_tenant(&master);
    for steps in 0.. {
        // Opening takes two steps itself.
        let running = disk.copy_with_power_for(2 + steps);
        let done = change(&open(&running, &master).expect("opened")).is_ok();
        for found in running.after_power_cut() {
            let keyring = open(&found, &master).expect("a complete keyring");
            let seen = keyring.tenants();
            assert!(
                seen == new || !done && seen == [A],
                "after {steps} steps: {seen:?}, {done}"
            );
            if let Some(keys) = keyring.get(A) {
                assert_eq!(keys.payload().seal.open(PLACE, &sealed), Ok(b"value".to_vec()));
            }
            assert_eq!(
                found.file_names(),
                [Path::new(FILE)],
                "nothing is left beside the keyring"
            );
            check_that_it_lasts(&found, &master, &seen);
        }
        if done {
            assert_eq!(
                steps, 5,
                "remove what is left over, create, sync, rename, sync the directory"
            );
            return;
        }
    }
}

/// What was seen once is seen after the next power cut.
fn check_that_it_lasts(disk: &SimulatedDisk, master: &MasterKey, seen: &[TenantNumber]) {
    for found in disk.after_power_cut() {
        assert_eq!(open(&found, master).expect("opened").tenants(), seen);
    }
}

#[test]
fn a_power_cut_while_a_tenant_is_added_leaves_the_old_keyring_or_the_new_one() {
    // R006
    check_every_power_cut(|keyring| keyring.add(B).map(drop), &[A, B]);
}

#[test]
fn a_power_cut_while_a_tenant_is_destroyed_leaves_the_old_keyring_or_the_new_one() {
    // R139
    check_every_power_cut(|keyring| keyring.destroy(A), &[]);
}

#[test]
fn a_power_cut_while_the_keyring_is_created_leaves_none_or_an_empty_one() {
    let master = MasterKey::random();
    let mut steps = 0;
    loop {
        let running = SimulatedDisk::new().copy_with_power_for(steps);
        let done = Keyring::create_with(running.files(), Path::new(FILE), &master).is_ok();
        for found in running.after_power_cut() {
            match open(&found, &master) {
                Ok(keyring) => assert_eq!(keyring.tenants(), []),
                Err(refused) => {
                    assert!(
                        !done && matches!(refused, KeyringError::Missing { .. }),
                        "{refused}"
                    );
                    Keyring::create_with(found.files(), Path::new(FILE), &master).expect("created now");
                }
            }
            assert_eq!(found.file_names(), [Path::new(FILE)]);
        }
        if done {
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 5);
}

#[test]
fn a_change_that_failed_before_the_rename_can_be_made_again() {
    let master = MasterKey::random();
    let (disk, _) = disk_with_one_tenant(&master);
    let keyring = open(&disk, &master).expect("opened");
    disk.cut_power_after(2);
    assert!(matches!(keyring.add(B).err(), Some(KeyringError::Io { .. })));
    assert!(
        keyring.get(B).is_none(),
        "keys that are not durable are not handed out"
    );
    disk.cut_power_after(usize::MAX);
    keyring.add(B).expect("added");
    assert_eq!(open(&disk, &master).expect("opened").tenants(), [A, B]);
}

#[test]
fn after_a_failed_directory_sync_nothing_is_changed_until_a_restart() {
    let master = MasterKey::random();
    let (disk, _) = disk_with_one_tenant(&master);
    let keyring = open(&disk, &master).expect("opened");
    disk.cut_power_after(4);
    assert!(matches!(keyring.add(B).err(), Some(KeyringError::Io { .. })));
    disk.cut_power_after(usize::MAX);
    for refused in [keyring.add(B).err(), keyring.destroy(A).err()] {
        assert!(matches!(refused, Some(KeyringError::Stopped { .. })));
    }
    assert!(keyring.get(B).is_none());
    assert!(keyring.get(A).is_some());

    let restarted = open(&disk, &master).expect("opened");
    restarted.destroy(A).expect("destroyed");
    assert_eq!(restarted.tenants(), [B]);
}
