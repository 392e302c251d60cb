//! One lane of the queue on the disk: messages in files, appended, with marks behind them for those that are settled.
//!
//! A file is a row of records: length, the start of the SHA-256 of the content, content. What a crash has left half
//! written at the end of a file is cut off when it is opened. Files are removed from the front only, once everything in
//! them is settled: so no mark goes before what it marks.

use super::QueueError;
use aws_lc_rs::digest::{SHA256, digest};
use model::time::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file is closed when it is as long as this.
pub(super) const FILE_BYTES: u64 = 64 << 10;
/// Largest message: what fits into a packet of the server, with room.
pub(super) const CONTENT_BYTES_MAX: usize = 128 << 10;
const LENGTH_BYTES: usize = 4;
const CHECK_BYTES: usize = 8;
const HEAD_BYTES: usize = LENGTH_BYTES + CHECK_BYTES;
const MESSAGE: u8 = 0;
const SETTLED: u8 = 1;

/// What waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Where it goes.
    pub(crate) topic: String,
    /// What it says.
    pub(crate) payload: Vec<u8>,
}

#[derive(Debug)]
struct Segment {
    first: u64,
    bytes: u64,
    waiting: u64,
    /// The time of its newest message.
    newest: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    segment: u64,
    offset: u64,
    length: usize,
}

/// The lane.
#[derive(Debug)]
pub(super) struct Log {
    directory: PathBuf,
    /// The oldest first. The last one is written to.
    segments: VecDeque<Segment>,
    file: File,
    waiting: BTreeMap<u64, Place>,
    next: u64,
    is_synced: bool,
}

impl Log {
    /// Opens the lane in a directory, which is made if it is missing.
    pub(super) fn open(directory: &Path) -> Result<Self, QueueError> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let (mut segments, mut waiting) = (VecDeque::new(), BTreeMap::new());
        let mut next = 0;
        for first in firsts(directory)? {
            next = next.max(first);
            let path = path_of(directory, first);
            let (segment, rest) = replay(&fs::read(&path)?, first, &mut waiting, &mut next);
            if rest > 0 {
                tracing::warn!(file = %path.display(), bytes = rest, "the end of a file is not whole: it is cut off");
                OpenOptions::new()
                    .write(true)
                    .open(&path)?
                    .set_len(segment.bytes)?;
            }
            segments.push_back(segment);
        }
        if segments.is_empty() {
            segments.push_back(Segment::new(next));
        }
        let last = segments.back().map_or(next, |segment| segment.first);
        for segment in &mut segments {
            segment.waiting = waiting
                .values()
                .filter(|place| place.segment == segment.first)
                .count() as u64;
        }
        let mut log = Self {
            file: file_of(directory, last)?,
            directory: directory.to_owned(),
            segments,
            waiting,
            next,
            is_synced: true,
        };
        log.remove_settled()?;
        Ok(log)
    }

    /// Adds a message behind all others.
    pub(super) fn append(&mut self, time: Timestamp, message: &Message) -> Result<(), QueueError> {
        let sequence = self.next;
        let content = message.content(sequence, time)?;
        let (segment, offset) = self.write(&content)?;
        let place = Place {
            segment,
            offset,
            length: content.len(),
        };
        self.waiting.insert(sequence, place);
        self.next = sequence + 1;
        if let Some(last) = self.segments.back_mut() {
            last.waiting += 1;
            last.newest = last.newest.max(time);
        }
        Ok(())
    }

    /// The oldest waiting message behind this one.
    pub(super) fn oldest_after(&self, after: Option<u64>) -> Result<Option<(u64, Message)>, QueueError> {
        let from = after.map_or(0, |sequence| sequence + 1);
        let Some((sequence, place)) = self.waiting.range(from..).next() else {
            return Ok(None);
        };
        let mut file = File::open(path_of(&self.directory, place.segment))?;
        file.seek(SeekFrom::Start(place.offset))?;
        let mut content = vec![0; place.length];
        file.read_exact(&mut content)?;
        match Record::read(&content) {
            Some(Record::Message(_, _, message)) => Ok(Some((*sequence, message))),
            _ => Err(QueueError::Damaged),
        }
    }

    /// A message is done with and does not come again.
    pub(super) fn settle(&mut self, sequence: u64) -> Result<(), QueueError> {
        let Some(place) = self.waiting.remove(&sequence) else {
            return Ok(());
        };
        if let Some(segment) = self
            .segments
            .iter_mut()
            .find(|segment| segment.first == place.segment)
        {
            segment.waiting = segment.waiting.saturating_sub(1);
        }
        self.write(&[&[SETTLED][..], &sequence.to_le_bytes()].concat())?;
        self.remove_settled()
    }

    /// Gives up the messages of the oldest file. Gives how many there were.
    pub(super) fn give_up_oldest(&mut self) -> Result<u64, QueueError> {
        if self.segments.len() == 1 {
            self.begin_file()?;
        }
        let Some(oldest) = self.segments.pop_front() else {
            return Ok(0);
        };
        fs::remove_file(path_of(&self.directory, oldest.first))?;
        self.waiting.retain(|_, place| place.segment != oldest.first);
        self.remove_settled()?;
        Ok(oldest.waiting)
    }

    /// Whether the oldest file has nothing newer than this, but messages.
    pub(super) fn is_oldest_before(&self, time: Timestamp) -> bool {
        self.segments
            .front()
            .is_some_and(|oldest| oldest.waiting > 0 && oldest.newest < time)
    }

    /// Bytes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Messages that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Sees to it that what was appended survives a loss of power.
    pub(super) fn sync(&mut self) -> Result<(), QueueError> {
        if !self.is_synced {
            self.file.sync_data()?;
            self.is_synced = true;
        }
        Ok(())
    }

    /// Appends a record; gives the file and the place in it where its content begins.
    fn write(&mut self, content: &[u8]) -> Result<(u64, u64), QueueError> {
        if self.segments.back().is_some_and(|last| last.bytes >= FILE_BYTES) {
            self.begin_file()?;
        }
        let Some(last) = self.segments.back_mut() else {
            return Err(QueueError::Damaged);
        };
        let length = u32::try_from(content.len()).map_err(|_| QueueError::TooLong)?;
        let record = [&length.to_le_bytes()[..], &check(content), content].concat();
        if let Err(error) = self.file.write_all(&record) {
            // A part of it may stand there: whoever reads on would stop before it.
            self.file.set_len(last.bytes)?;
            return Err(error.into());
        }
        let offset = last.bytes + HEAD_BYTES as u64;
        last.bytes += record.len() as u64;
        self.is_synced = false;
        Ok((last.first, offset))
    }

    fn begin_file(&mut self) -> Result<(), QueueError> {
        self.sync()?;
        // Two files never begin with the same number: a file that is replaced before it has a message takes one up.
        self.next += u64::from(self.segments.back().is_some_and(|last| last.first == self.next));
        self.file = file_of(&self.directory, self.next)?;
        self.segments.push_back(Segment::new(self.next));
        Ok(())
    }

    fn remove_settled(&mut self) -> Result<(), QueueError> {
        while self.segments.len() > 1 && self.segments.front().is_some_and(|oldest| oldest.waiting == 0) {
            if let Some(oldest) = self.segments.pop_front() {
                fs::remove_file(path_of(&self.directory, oldest.first))?;
            }
        }
        Ok(())
    }
}

impl Segment {
    fn new(first: u64) -> Self {
        Self {
            first,
            bytes: 0,
            waiting: 0,
            newest: Timestamp::from_millis(0),
        }
    }
}

impl Message {
    fn content(&self, sequence: u64, time: Timestamp) -> Result<Vec<u8>, QueueError> {
        let topic = u16::try_from(self.topic.len()).map_err(|_| QueueError::TooLong)?;
        if self.payload.len() + self.topic.len() > CONTENT_BYTES_MAX {
            return Err(QueueError::TooLong);
        }
        let head = [
            &[MESSAGE][..],
            &sequence.to_le_bytes(),
            &time.millis().to_le_bytes(),
        ]
        .concat();
        Ok([
            &head[..],
            &topic.to_le_bytes(),
            self.topic.as_bytes(),
            &self.payload,
        ]
        .concat())
    }
}

enum Record {
    Message(u64, Timestamp, Message),
    Settled(u64),
}

impl Record {
    fn read(content: &[u8]) -> Option<Self> {
        let (kind, rest) = content.split_first()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let sequence = u64::from_le_bytes(*sequence);
        match *kind {
            SETTLED => rest.is_empty().then_some(Self::Settled(sequence)),
            MESSAGE => {
                let (time, rest) = rest.split_first_chunk::<8>()?;
                let (length, rest) = rest.split_first_chunk::<2>()?;
                let (topic, payload) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
                let message = Message {
                    topic: String::from_utf8(topic.to_vec()).ok()?,
                    payload: payload.to_vec(),
                };
                let time = Timestamp::from_millis(i64::from_le_bytes(*time));
                Some(Self::Message(sequence, time, message))
            }
            _ => None,
        }
    }
}

/// How many messages wait in a directory that somebody else works with.
pub(super) fn count(directory: &Path) -> Result<usize, QueueError> {
    let (mut waiting, mut next) = (BTreeMap::new(), 0);
    for first in firsts(directory)? {
        match fs::read(path_of(directory, first)) {
            Ok(bytes) => drop(replay(&bytes, first, &mut waiting, &mut next)),
            // Settled meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(waiting.len())
}

/// Reads a file, which is never longer than [`FILE_BYTES`] and one message, up to its end or to the first record that
/// is not whole. Gives how many bytes are left then.
fn replay(bytes: &[u8], first: u64, waiting: &mut BTreeMap<u64, Place>, next: &mut u64) -> (Segment, usize) {
    let mut segment = Segment::new(first);
    let mut rest = bytes;
    while let Some((content, behind)) = record(rest) {
        match Record::read(content) {
            Some(Record::Message(sequence, time, _)) => {
                let place = Place {
                    segment: first,
                    offset: segment.bytes + HEAD_BYTES as u64,
                    length: content.len(),
                };
                waiting.insert(sequence, place);
                *next = (*next).max(sequence + 1);
                segment.newest = segment.newest.max(time);
            }
            Some(Record::Settled(sequence)) => {
                waiting.remove(&sequence);
            }
            None => break,
        }
        segment.bytes += (HEAD_BYTES + content.len()) as u64;
        rest = behind;
    }
    (segment, rest.len())
}

/// The files of a directory, by the number of their first message; the oldest first.
fn firsts(directory: &Path) -> Result<Vec<u64>, QueueError> {
    let mut firsts: Vec<u64> = fs::read_dir(directory)?
        .filter_map(|entry| first_of(&entry.ok()?.path()))
        .collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// The content of the first record, and what is behind it; none if it is not whole.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let (expected, rest) = rest.split_first_chunk::<CHECK_BYTES>()?;
    let (content, behind) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    (check(content) == *expected).then_some((content, behind))
}

fn check(content: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = digest(&SHA256, content);
    let mut start = [0; CHECK_BYTES];
    start.copy_from_slice(hash.as_ref().get(..CHECK_BYTES).unwrap_or(&[0; CHECK_BYTES]));
    start
}

fn path_of(directory: &Path, first: u64) -> PathBuf {
    directory.join(format!("{first:020}.log"))
}

fn first_of(path: &Path) -> Option<u64> {
    let is_log = path.extension().is_some_and(|ending| ending == "log");
    is_log.then(|| path.file_stem()?.to_str()?.parse().ok()).flatten()
}

fn file_of(directory: &Path, first: u64) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path_of(directory, first))
}
