//! What each shard says of itself: its format and its number; and what the catalogue's shard says of the platform: the
//! keyring's generation, and how many shards there are.
//!
//! These rows are sealed under the platform's own key, which no other platform has: a directory of another platform
//! does not open, and needs no name of the platform in it. It knows no tenant but the management tenant.

use crate::backend::{Backend, WriteTransaction};
use crate::commit::{put_row, row_in};
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::migrate;
use crate::rows::{Key, Table, rows};
use crate::shards::OpenError;
use model::ids::{MANAGEMENT, ShardNumber};
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Serialize, Deserialize)]
struct FormatRow {
    format: u32,
    shard: ShardNumber,
}

/// The keyring's generation as of the last commit: an older keyring put back shows.
#[derive(Serialize, Deserialize)]
struct GenerationRow(u64);

/// How many shards for tenants were ever made: one of them that is not there is lost, not new.
#[derive(Serialize, Deserialize)]
struct ShardsRow(u16);

rows! {
    FormatRow => Format,
    GenerationRow => Generation,
    ShardsRow => Shards,
}

/// The generation of a keyring with the keys of the management tenant only: made, and added to once.
pub(crate) const FIRST_GENERATION: u64 = 2;

/// What the catalogue's shard says of the platform.
pub(crate) struct Platform {
    /// The keyring's generation, which is stored now.
    pub(crate) generation: u64,
    /// How many shards for tenants were made so far.
    pub(crate) shards: u16,
}

/// Looks at the catalogue's shard at the start: refuses another format, another shard, and a keyring that is not the
/// newest of this data; makes the keys of the management tenant where there is no data yet.
pub(crate) fn open_catalogue(
    backend: &dyn Backend,
    keys: &Keys,
    place: &Path,
) -> Result<Platform, OpenError> {
    let mut tx = backend.begin()?;
    let keyring = keys.keyring();
    match (read(&*tx, keys)?, read_generation(&*tx, keys)?) {
        (Some(row), Some(needed)) => {
            check_number(&row, ShardNumber::CATALOGUE, place)?;
            let found = keyring.generation();
            if needed > found {
                return Err(OpenError::KeyringOld { found, needed });
            }
            migrate::run(row.format, migrate::STEPS, &mut *tx, keys)?;
        }
        (Some(row), None) => {
            // Only the catalogue's shard has a generation: this is another, or it was damaged.
            check_number(&row, ShardNumber::CATALOGUE, place)?;
            return Err(OpenError::KeyringForeign);
        }
        (None, _) if keyring.generation() > FIRST_GENERATION => return Err(OpenError::DataMissing),
        // The first start, or a crash in the middle of it.
        (None, _) if keyring.get(MANAGEMENT).is_none() => drop(keyring.add(MANAGEMENT)?),
        // A first start that had come as far as the keys.
        (None, _) => {}
    }
    let shards = row_in::<ShardsRow>(&*tx, keys, &Key::new(MANAGEMENT, Table::Shards))?;
    let generation = keyring.generation();
    put_format(&mut *tx, keys, ShardNumber::CATALOGUE)?;
    put_generation(&mut *tx, keys, generation)?;
    tx.commit()?;
    Ok(Platform {
        generation,
        shards: shards.map_or(0, |row| row.0),
    })
}

/// Looks at a shard for tenants at the start. One that is new says from now on which it is; one that `is_made` must say
/// so already: without its row everything in it is lost.
pub(crate) fn open_shard(
    backend: &dyn Backend,
    keys: &Keys,
    number: ShardNumber,
    is_made: bool,
    place: &Path,
) -> Result<(), OpenError> {
    let mut tx = backend.begin()?;
    let found = read(&*tx, keys).map_err(|error| match error {
        OpenError::KeyringForeign => OpenError::ShardForeign(place.to_owned()),
        error => error,
    })?;
    match found {
        Some(row) => {
            check_number(&row, number, place)?;
            migrate::run(row.format, migrate::STEPS, &mut *tx, keys)?;
        }
        None if is_made => return Err(OpenError::ShardMissing(place.to_owned())),
        None => {}
    }
    put_format(&mut *tx, keys, number)?;
    Ok(tx.commit()?)
}

/// Notes that so many shards for tenants are made: each of them holds its own row by now.
pub(crate) fn note_shards(backend: &dyn Backend, keys: &Keys, shards: u16) -> Result<(), OpenError> {
    let mut tx = backend.begin()?;
    put_row(
        &mut *tx,
        keys,
        &Key::new(MANAGEMENT, Table::Shards),
        &ShardsRow(shards),
    )?;
    Ok(tx.commit()?)
}

fn read(tx: &dyn WriteTransaction, keys: &Keys) -> Result<Option<FormatRow>, OpenError> {
    match row_in(tx, keys, &Key::new(MANAGEMENT, Table::Format)) {
        Err(StoreFault::Broken { .. }) => Err(OpenError::KeyringForeign),
        row => Ok(row?),
    }
}

fn read_generation(tx: &dyn WriteTransaction, keys: &Keys) -> Result<Option<u64>, OpenError> {
    match row_in::<GenerationRow>(tx, keys, &Key::new(MANAGEMENT, Table::Generation)) {
        Err(StoreFault::Broken { .. }) => Err(OpenError::KeyringForeign),
        row => Ok(row?.map(|row| row.0)),
    }
}

fn check_number(row: &FormatRow, expected: ShardNumber, place: &Path) -> Result<(), OpenError> {
    if row.shard == expected {
        return Ok(());
    }
    Err(OpenError::ShardSwapped {
        place: place.to_owned(),
        found: row.shard,
        expected,
    })
}

fn put_format(tx: &mut dyn WriteTransaction, keys: &Keys, shard: ShardNumber) -> Result<(), StoreFault> {
    let row = FormatRow {
        format: migrate::FORMAT,
        shard,
    };
    put_row(tx, keys, &Key::new(MANAGEMENT, Table::Format), &row)
}

/// Writes the keyring's generation.
pub(crate) fn put_generation(
    tx: &mut dyn WriteTransaction,
    keys: &Keys,
    generation: u64,
) -> Result<(), StoreFault> {
    put_row(
        tx,
        keys,
        &Key::new(MANAGEMENT, Table::Generation),
        &GenerationRow(generation),
    )
}
