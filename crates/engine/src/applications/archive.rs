//! Looking into an archive that was uploaded, before it is kept: a ZIP file (PKWARE APPNOTE) whose every file is unpacked
//! once, so that what is served later is what the directory says, within the limits. Nothing is ever written to a path
//! from an archive; paths that a client could read as something else are refused all the same.

use model::limits::{
    APPLICATION_BYTES_MAX, ARCHIVE_FILE_BYTES_MAX, ARCHIVE_FILES_MAX, ARCHIVE_PATH_BYTES_MAX,
    ARCHIVE_RATIO_MAX, ARCHIVE_UNPACKED_BYTES_MAX,
};
use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};
use store::applications::HostedFile;
use store::blobs::OpenFile;
use store::fault::StoreFault;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// The file in which the makers of an application say what it is.
pub const MANIFEST_FILE: &str = "cumulocity.json";
/// The page that is served at the path of an application.
pub const INDEX_FILE: &str = "index.html";

/// Why an archive is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadArchive {
    /// It cannot be read, or could be read in more than one way.
    #[error(
        "it is no plain ZIP file: one without a comment, without anything before or behind it, and not ZIP64"
    )]
    NotZip,
    /// It has too many files.
    #[error("it has more than {ARCHIVE_FILES_MAX} files and folders")]
    TooManyFiles,
    /// It would take too much room.
    #[error("unpacked it is larger than {ARCHIVE_UNPACKED_BYTES_MAX} bytes")]
    TooLarge,
    /// A file is too large to be served.
    #[error("the file '{0}' is larger than {ARCHIVE_FILE_BYTES_MAX} bytes")]
    FileTooLarge(String),
    /// A file is packed as bombs are.
    #[error("the file '{0}' is packed more than {ARCHIVE_RATIO_MAX} times")]
    TooDense(String),
    /// A path is not plain.
    #[error(
        "the path '{0}' is not plain: no '..', no backslash, no link, no control character, and none twice are allowed"
    )]
    Path(String),
    /// A file is packed in another way.
    #[error("the file '{0}' is encrypted or packed otherwise than by deflate")]
    Method(String),
    /// A file is not what the directory says.
    #[error("the file '{0}' is damaged")]
    Damaged(String),
    /// There is nothing to begin with.
    #[error("a hosted application needs the file index.html at the top")]
    NoIndex,
    /// The makers' own words are not understood.
    #[error(
        "cumulocity.json is not understood: a JSON object of at most {APPLICATION_BYTES_MAX} bytes is expected"
    )]
    Manifest,
}

/// What is in an archive.
pub(super) struct Inside {
    /// Its files.
    pub(super) files: Vec<HostedFile>,
    /// The text of its manifest.
    pub(super) manifest: Option<Vec<u8>>,
}

/// Why an archive was not read.
pub(super) enum Unread {
    /// It is bad.
    Bad(BadArchive),
    /// The store failed.
    Fault(StoreFault),
}

impl From<BadArchive> for Unread {
    fn from(bad: BadArchive) -> Self {
        Self::Bad(bad)
    }
}

/// A content as something to read in.
struct Reader<'t> {
    file: OpenFile<'t>,
    at: u64,
    /// A part of the content, and where it begins.
    part: (u64, Vec<u8>),
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (begin, bytes) = &self.part;
        let end = begin + bytes.len() as u64;
        if !(*begin..end).contains(&self.at) {
            let Some(bytes) = self.file.from(self.at).map_err(io::Error::other)? else {
                return Ok(0);
            };
            self.part = (self.at, bytes);
        }
        let (begin, bytes) = &self.part;
        let skip = usize::try_from(self.at - begin).unwrap_or(usize::MAX);
        let rest = bytes.get(skip..).unwrap_or_default();
        let count = rest.len().min(into.len());
        let (from, to) = (rest.get(..count).unwrap_or_default(), into.get_mut(..count));
        if let Some(to) = to {
            to.copy_from_slice(from);
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let base = match to {
            SeekFrom::Start(at) => return Ok(std::mem::replace(&mut self.at, at)).map(|_| at),
            SeekFrom::End(by) => self.file.file.content.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = base.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Looks into an archive. `is_served`: whether its files are to be served one by one.
pub(super) fn look_into(file: OpenFile<'_>, is_served: bool) -> Result<Inside, Unread> {
    let length = file.file.content.length;
    let mut reader = Reader {
        file,
        at: 0,
        part: (0, Vec::new()),
    };
    let count = entries_of(&mut reader, length)?;
    let mut archive = ZipArchive::new(reader).map_err(unread)?;
    if archive.len() != count {
        return Err(BadArchive::NotZip.into());
    }
    let mut inside = Inside {
        files: Vec::new(),
        manifest: None,
    };
    let mut seen = BTreeSet::new();
    let mut left = ARCHIVE_UNPACKED_BYTES_MAX;
    for place in 0..count {
        let mut entry = archive.by_index(place).map_err(unread)?;
        let path = entry.name().map_err(unread)?.into_owned();
        let is_folder = path.ends_with('/');
        check_path(path.trim_end_matches('/'), entry.is_symlink())?;
        if !seen.insert(path.trim_end_matches('/').to_owned()) {
            return Err(BadArchive::Path(shown(&path)).into());
        }
        let is_deflated = match entry.compression() {
            CompressionMethod::Deflated => true,
            CompressionMethod::Stored => false,
            _ => return Err(BadArchive::Method(shown(&path)).into()),
        };
        let (packed, said) = (entry.compressed_size(), entry.size());
        if entry.encrypted() {
            return Err(BadArchive::Method(shown(&path)).into());
        }
        if is_served && said > ARCHIVE_FILE_BYTES_MAX {
            return Err(BadArchive::FileTooLarge(shown(&path)).into());
        }
        if said > (1 << 20) && said / packed.max(1) > ARCHIVE_RATIO_MAX {
            return Err(BadArchive::TooDense(shown(&path)).into());
        }
        left = left.checked_sub(said).ok_or(BadArchive::TooLarge)?;
        let found = HostedFile {
            offset: entry.data_start().ok_or(BadArchive::NotZip)?,
            packed,
            length: said,
            is_deflated,
            checksum: entry.crc32(),
            path,
        };
        let is_manifest = found.path == MANIFEST_FILE;
        let kept = unpack(&mut entry, &found, is_manifest)?;
        if is_manifest {
            inside.manifest = Some(kept);
        }
        let is_within = found.offset.checked_add(packed).is_some_and(|end| end <= length);
        if !is_within || (is_folder && said > 0) || (!is_deflated && packed != said) {
            return Err(BadArchive::Damaged(shown(&found.path)).into());
        }
        if is_served && !is_folder {
            inside.files.push(found);
        }
    }
    if is_served && !seen.contains(INDEX_FILE) {
        return Err(BadArchive::NoIndex.into());
    }
    Ok(inside)
}

/// Unpacks a file to its end and compares it with what the directory says: the length here, the checksum in the reader.
fn unpack(entry: &mut impl Read, found: &HostedFile, is_kept: bool) -> Result<Vec<u8>, Unread> {
    let mut kept = Vec::new();
    let mut buffer = [0; 16 << 10];
    let mut length = 0;
    loop {
        let count = entry
            .read(&mut buffer)
            .map_err(|error| match store_fault(error) {
                Some(fault) => Unread::Fault(fault),
                None => BadArchive::Damaged(shown(&found.path)).into(),
            })?;
        length += count as u64;
        if length > found.length {
            return Err(BadArchive::Damaged(shown(&found.path)).into());
        }
        if is_kept {
            if length > APPLICATION_BYTES_MAX as u64 {
                return Err(BadArchive::Manifest.into());
            }
            kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
        }
        if count == 0 {
            break;
        }
    }
    match length == found.length {
        true => Ok(kept),
        false => Err(BadArchive::Damaged(shown(&found.path)).into()),
    }
}

/// How many entries there are, by the record at the very end. It must be the only one that any reader can find: with a
/// comment or a second directory, two readers could see two different archives.
fn entries_of(reader: &mut Reader<'_>, length: u64) -> Result<usize, Unread> {
    const END_BYTES: u64 = 22;
    const LOCATOR_BYTES: u64 = 20;
    // The directory is read whole: of an entry, on average, its path and as much of other things.
    const ENTRY_BYTES_MAX: u64 = 46 + 2 * ARCHIVE_PATH_BYTES_MAX as u64;
    let tail_from = length
        .checked_sub(END_BYTES)
        .ok_or(BadArchive::NotZip)?
        .saturating_sub(LOCATOR_BYTES);
    reader.at = tail_from;
    let mut tail = Vec::new();
    reader
        .take(END_BYTES + LOCATOR_BYTES)
        .read_to_end(&mut tail)
        .map_err(|error| unread(error.into()))?;
    let end = tail
        .len()
        .checked_sub(END_BYTES as usize)
        .and_then(|at| tail.get(at..))
        .ok_or(BadArchive::NotZip)?;
    let number = |at: usize, bytes: usize| {
        let bytes = end.get(at..at + bytes).unwrap_or_default();
        bytes
            .iter()
            .rev()
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
    };
    let is_zip64 = tail.len() > END_BYTES as usize && tail.starts_with(b"PK\x06\x07");
    let (disk, here, all, size, offset, comment) = (
        number(4, 4),
        number(8, 2),
        number(10, 2),
        number(12, 4),
        number(16, 4),
        number(20, 2),
    );
    let is_plain = end.starts_with(b"PK\x05\x06")
        && (disk, comment) == (0, 0)
        && here == all
        && offset + size + END_BYTES == length
        && size <= all * ENTRY_BYTES_MAX
        && !is_zip64;
    if !is_plain {
        return Err(BadArchive::NotZip.into());
    }
    match usize::try_from(all) {
        Ok(count) if count <= ARCHIVE_FILES_MAX => Ok(count),
        _ => Err(BadArchive::TooManyFiles.into()),
    }
}

/// Refuses a path that could lead out of a folder, or be read as another one.
fn check_path(path: &str, is_link: bool) -> Result<(), Unread> {
    let is_plain = |segment: &str| !segment.is_empty() && segment != "." && segment != "..";
    let fits = !is_link
        && path.len() <= ARCHIVE_PATH_BYTES_MAX
        && path.split('/').all(is_plain)
        && !path.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'));
    match fits {
        true => Ok(()),
        false => Err(BadArchive::Path(shown(path)).into()),
    }
}

/// A path as an error repeats it.
fn shown(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).take(100).collect()
}

fn store_fault(error: io::Error) -> Option<StoreFault> {
    error
        .into_inner()?
        .downcast::<StoreFault>()
        .ok()
        .map(|fault| *fault)
}

fn unread(error: ZipError) -> Unread {
    match error {
        ZipError::Io(error) => match store_fault(error) {
            Some(fault) => Unread::Fault(fault),
            None => BadArchive::NotZip.into(),
        },
        _ => BadArchive::NotZip.into(),
    }
}
