//! Reads fjall's journals before fjall does, and changes nothing in them: see the header of `fjall.rs` for why.
//!
//! The format is that of fjall 3.1.13 (`src/journal/entry.rs` there), all numbers little-endian:
//! `1 | items u32 | sequence u64`, then per item `2 | kind u8 | compression u8 | keyspace u64 | key length u16 |
//! value length u32 | stored length u32 | key | stored value`, then `3 | checksum u64 | "FJL\3"`. The rest of the file
//! is zeros. The checksums are left to the engine: it refuses a wrong one, and that loses nothing.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::super::BackendError;
use super::COMMIT_KEY;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const TRAILER: [u8; 4] = *b"FJL\x03";
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// Walks all journals in their order.
///
/// # Errors
/// `Damaged` names the journal in which a commit is missing, or in which the engine would cut off an acknowledged one.
pub(super) fn check(directory: &Path, acknowledged: u64) -> Result<Option<u64>, BackendError> {
    let journals = journals(directory)?;
    let mut chain = Chain::default();
    let newest = journals.len().saturating_sub(1);
    for (index, file) in journals.iter().enumerate() {
        let unreadable = |error: std::io::Error| BackendError::from_io(file, &error);
        let mut journal = Journal::open(file).map_err(unreadable)?;
        while let Some(batch) = journal.next_batch().map_err(unreadable)? {
            chain
                .add(&batch)
                .map_err(|detail| BackendError::damaged(file, detail))?;
        }
        if journal.rest_is_empty().map_err(unreadable)? {
            continue;
        }
        // Only a crash while the newest journal was written can leave a part of a batch, and nobody has heard of it.
        let cut = journal.commit_in_rest().map_err(unreadable)?;
        let is_torn = index == newest
            && chain.commit.is_none_or(|commit| commit >= acknowledged)
            && cut.is_none_or(|commit| commit > acknowledged);
        if !is_torn {
            let detail = format!("it cannot be read from byte {} on", journal.whole);
            return Err(BackendError::damaged(file, detail));
        }
    }
    Ok(chain.commit)
}

/// Removes the first journal of a database whose making was interrupted, if nothing was written to it.
pub(super) fn remove_unused(directory: &Path) -> Result<(), BackendError> {
    for file in journals(directory)? {
        let unreadable = |error: std::io::Error| BackendError::from_io(&file, &error);
        if !Journal::open(&file)
            .and_then(|mut journal| journal.rest_is_empty())
            .map_err(unreadable)?
        {
            return Err(BackendError::damaged(
                &directory.join(super::VERSION_FILE),
                "the file is missing",
            ));
        }
        std::fs::remove_file(&file).map_err(unreadable)?;
    }
    Ok(())
}

/// The journals, oldest first.
fn journals(directory: &Path) -> Result<Vec<PathBuf>, BackendError> {
    let unreadable = |error: std::io::Error| BackendError::from_io(directory, &error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_none_or(|extension| extension != "jnl") {
            continue;
        }
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .and_then(|stem| stem.parse::<u64>().ok());
        let number =
            number.ok_or_else(|| BackendError::damaged(&path, "the name is not that of a journal"))?;
        found.push((number, path));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// The journal, if there is exactly one.
pub(super) fn only_one(directory: &Path) -> Option<PathBuf> {
    match journals(directory).ok()?.as_slice() {
        [journal] => Some(journal.clone()),
        _ => None,
    }
}

/// What one whole batch says about its place.
struct Place {
    /// The number that the engine gave it: it rises, with gaps.
    sequence: u64,
    /// Our number: it rises without gaps.
    commit: Option<u64>,
}

#[derive(Default)]
struct Chain {
    sequence: Option<u64>,
    commit: Option<u64>,
}

impl Chain {
    fn add(&mut self, place: &Place) -> Result<(), String> {
        let Some(commit) = place.commit else {
            return Err("it holds a batch without a commit number".to_owned());
        };
        if let Some(last) = self.commit.filter(|last| last.checked_add(1) != Some(commit)) {
            return Err(format!("commit {commit} follows commit {last}"));
        }
        if self.sequence.is_some_and(|last| last >= place.sequence) {
            return Err(format!(
                "the sequence of the engine runs backwards at commit {commit}"
            ));
        }
        *self = Self {
            sequence: Some(place.sequence),
            commit: Some(commit),
        };
        Ok(())
    }
}

struct Journal {
    reader: BufReader<File>,
    length: u64,
    position: u64,
    /// The end of the last whole batch.
    whole: u64,
}

impl Journal {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            reader: BufReader::with_capacity(256 << 10, file),
            length,
            position: 0,
            whole: 0,
        })
    }

    /// The next whole batch; `None` where the engine would stop reading.
    fn next_batch(&mut self) -> std::io::Result<Option<Place>> {
        match self.batch() {
            Ok(Some(place)) => {
                self.whole = self.position;
                Ok(Some(place))
            }
            Ok(None) => Ok(None),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn batch(&mut self) -> std::io::Result<Option<Place>> {
        if self.bytes()? != [START] {
            return Ok(None);
        }
        let items = u32::from_le_bytes(self.bytes()?);
        let sequence = u64::from_le_bytes(self.bytes()?);
        let mut commit = None;
        for _ in 0..items {
            if self.bytes()? != [ITEM] {
                return Ok(None);
            }
            commit = self.item()?.or(commit);
        }
        if self.bytes()? != [END] {
            return Ok(None);
        }
        let _checksum: [u8; 8] = self.bytes()?;
        Ok((self.bytes()? == TRAILER).then_some(Place { sequence, commit }))
    }

    /// Skips an item; the commit number if it is that.
    fn item(&mut self) -> std::io::Result<Option<u64>> {
        let _kind_compression_keyspace: [u8; 10] = self.bytes()?;
        let key_bytes = u16::from_le_bytes(self.bytes()?);
        let _value_bytes: [u8; 4] = self.bytes()?;
        let stored_bytes = u32::from_le_bytes(self.bytes()?);
        if usize::from(key_bytes) == COMMIT_KEY.len() && stored_bytes == 8 {
            let key: [u8; 16] = self.bytes()?;
            let number = u64::from_be_bytes(self.bytes()?);
            return Ok((key == COMMIT_KEY).then_some(number));
        }
        self.skip(u64::from(key_bytes) + u64::from(stored_bytes))?;
        Ok(None)
    }

    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn skip(&mut self, bytes: u64) -> std::io::Result<()> {
        let end = self.position + bytes;
        if end > self.length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.reader
            .seek_relative(i64::try_from(bytes).map_err(std::io::Error::other)?)?;
        self.position = end;
        Ok(())
    }

    /// Whether only zeros follow the last whole batch.
    fn rest_is_empty(&mut self) -> std::io::Result<bool> {
        self.reader.seek(SeekFrom::Start(self.whole))?;
        let mut buffer = vec![0; ZEROS.len()];
        loop {
            let read = self.reader.read(&mut buffer)?;
            if read == 0 {
                return Ok(true);
            }
            // Compared as slices, which is quick also in a debug build.
            if buffer.get(..read) != ZEROS.get(..read) {
                return Ok(false);
            }
        }
    }
    /// The first commit number that is still legible after the last whole batch.
    fn commit_in_rest(&mut self) -> std::io::Result<Option<u64>> {
        self.reader.seek(SeekFrom::Start(self.whole))?;
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest)?;
        let at = rest
            .windows(COMMIT_KEY.len())
            .position(|window| window == COMMIT_KEY);
        let number = at.and_then(|at| rest.get(at + COMMIT_KEY.len()..)?.first_chunk());
        Ok(number.map(|number| u64::from_be_bytes(*number)))
    }
}
