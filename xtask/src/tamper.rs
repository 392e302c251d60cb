//! `cargo xtask tamper`: changes one byte of a stored audit record behind the program's back, as somebody could who holds
//! the disk. For tests that show what is noticed of that; the program must be stopped. It knows no key and opens no value.

use std::ops::ControlFlow;
use std::path::Path;
use store::backend::fjall::FjallBackend;
use store::backend::{Backend, BackendError, Direction, KeyRange, Space};

/// The tag of the table of audit records in keys: part of the stored format.
const RECORD: u8 = 80;
/// A key begins with the tenant's number in this many bytes, then the table's tag, then the record's place.
const TENANT_BYTES: usize = 4;

const USAGE: &str = "usage: cargo xtask tamper DATA-DIRECTORY --shard 1 --record 17";

/// Changes the record of this id in every log of a shard; there must be one.
pub(crate) fn run(options: &[&str]) -> Result<(), String> {
    let [directory, "--shard", shard, "--record", id] = options else {
        return Err(USAGE.to_owned());
    };
    let number = |text: &str| text.parse::<u64>().map_err(|_| USAGE.to_owned());
    let place = number(id)?.checked_sub(1).ok_or(USAGE)?;
    let engine = Path::new(directory).join(format!("engine/shard-{:02}", number(shard)?));
    if !engine.is_dir() {
        return Err(format!("there is no engine in {}", engine.display()));
    }
    let backend = FjallBackend::open(&engine).map_err(|error| error.to_string())?;
    match change(&backend, place).map_err(|error| error.to_string())? {
        0 => Err(format!("no log of this shard has a record {id}")),
        changed => {
            println!("changed one byte of record {id} in {changed} of the logs");
            Ok(())
        }
    }
}

/// Flips a bit in the middle of each row of this place; how many there were.
fn change(backend: &FjallBackend, place: u64) -> Result<usize, BackendError> {
    let mut rows = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        let is_meant = key
            .get(TENANT_BYTES..)
            .is_some_and(|rest| rest.strip_prefix(&[RECORD]) == Some(&place.to_be_bytes()));
        if is_meant {
            rows.push((key.to_vec(), value.to_vec()));
        }
        ControlFlow::Continue(())
    };
    backend.snapshot()?.scan(
        Space::Audit,
        &KeyRange::prefix(&[]),
        Direction::Forward,
        &mut visit,
    )?;
    let mut tx = backend.begin()?;
    for (key, value) in &rows {
        let mut changed = value.clone();
        let middle = changed.len() / 2;
        if let Some(byte) = changed.get_mut(middle) {
            *byte ^= 1;
        }
        tx.put(Space::Audit, key, &changed)?;
    }
    tx.commit()?;
    Ok(rows.len())
}
