//! Checks what fjall trusts in the files of its keyspaces before fjall reads them, and changes nothing in them.
//!
//! The formats are those of lsm-tree 3.1.10 and sfa 1.0.0, all numbers little-endian.
//! - In the directory of each keyspace the file `current` holds `number u64 | checksum u128 | 0`; the checksum is the
//!   XXH3-128 of the file `v<number>`, the manifest, which names the tables. The engine does not compare it.
//! - A table ends with its contents, `"TOC!" | entries u32 | entries of at least 18 bytes`, and a trailer,
//!   `"SFA!" | 2 bytes | checksum u128 | position of the contents u64 | their length u64`. The engine reserves memory
//!   for the number of entries before it compares the checksum, and a process that asks for 80 GB is ended.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::super::BackendError;

const CURRENT: &str = "current";
const TABLES: &str = "tables";
const TRAILER_BYTES: u64 = 38;
const ENTRY_BYTES_MIN: u64 = 18;

/// # Errors
/// `Damaged` names the file that is missing or changed.
pub(super) fn check(keyspaces: &Path, acknowledged: u64) -> Result<(), BackendError> {
    let unreadable = |error: std::io::Error| BackendError::from_io(keyspaces, &error);
    for entry in std::fs::read_dir(keyspaces).map_err(unreadable)? {
        let keyspace = entry.map_err(unreadable)?.path();
        let current = keyspace.join(CURRENT);
        if current.exists() {
            check_manifest(&keyspace, &current)?;
            check_tables(&keyspace.join(TABLES))?;
        } else if acknowledged > 0 {
            // The engine would remove the keyspace. Before the first commit that is right: its making was interrupted.
            return Err(BackendError::damaged(&current, "the file is missing"));
        }
    }
    Ok(())
}

fn check_manifest(keyspace: &Path, current: &Path) -> Result<(), BackendError> {
    let read = |file: &Path| std::fs::read(file).map_err(|error| BackendError::from_io(file, &error));
    let pointer = read(current)?;
    let Some((number, rest)) = pointer.split_first_chunk::<8>() else {
        return Err(BackendError::damaged(current, "it is too short"));
    };
    let Ok([checksum @ .., kind]) = <[u8; 17]>::try_from(rest) else {
        return Err(BackendError::damaged(current, "its length is wrong"));
    };
    if kind != 0 {
        return Err(BackendError::damaged(
            current,
            "its kind of checksum is not known",
        ));
    }
    let manifest = keyspace.join(format!("v{}", u64::from_le_bytes(*number)));
    let found = xxhash_rust::xxh3::xxh3_128(&read(&manifest)?);
    if found != u128::from_le_bytes(checksum) {
        return Err(BackendError::damaged(&manifest, "its checksum is wrong"));
    }
    Ok(())
}

fn check_tables(tables: &Path) -> Result<(), BackendError> {
    if !tables.exists() {
        // Right while there is none, and an empty directory is easily lost by a copy. Else the engine refuses.
        return Ok(());
    }
    let unreadable = |error: std::io::Error| BackendError::from_io(tables, &error);
    for entry in std::fs::read_dir(tables).map_err(unreadable)? {
        let table = entry.map_err(unreadable)?.path();
        let fits = contents_fit(&table).map_err(|error| BackendError::from_io(&table, &error))?;
        if !fits {
            return Err(BackendError::damaged(
                &table,
                "its table of contents is longer than the file",
            ));
        }
    }
    Ok(())
}

/// Whether the contents can have as many entries as they say. A file without contents passes: it is half-made, and the
/// engine removes it or refuses it.
fn contents_fit(table: &Path) -> std::io::Result<bool> {
    let file = File::open(table)?;
    let Some(trailer_at) = file.metadata()?.len().checked_sub(TRAILER_BYTES) else {
        return Ok(true);
    };
    let mut position = [0; 8];
    file.read_exact_at(&mut position, trailer_at + 22)?;
    let contents_at = u64::from_le_bytes(position);
    let Some(room) = trailer_at
        .checked_sub(contents_at)
        .and_then(|bytes| bytes.checked_sub(8))
    else {
        return Ok(true);
    };
    let mut head = [0; 8];
    file.read_exact_at(&mut head, contents_at)?;
    let [b'T', b'O', b'C', b'!', count @ ..] = head else {
        return Ok(true);
    };
    Ok(u64::from(u32::from_le_bytes(count)) <= room / ENTRY_BYTES_MIN)
}
