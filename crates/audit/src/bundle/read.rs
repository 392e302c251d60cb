//! Reads a bundle line by line and verifies it, in bounded memory whatever the bytes are.

use super::{FORMAT, Header, PROOFS_MAX, RECORD_LINE_BYTES_MAX, expired_mark};
use crate::checkpoint::{NOTE_BYTES_MAX, Signed, VerifyingKey};
use crate::log::{Frontier, Hash};
use crate::verify::{Fault, Proof, Verified, Verifier, Which};
use model::ids::ID_END;
use std::fmt;
use std::io::{BufRead, Read};

/// Longest line of the head, in bytes: 64 hashes and their keyword.
const HEADER_LINE_BYTES_MAX: usize = 8 << 10;
/// Most lines of the head.
const HEADER_LINES_MAX: usize = PROOFS_MAX + 6;

/// What the reader of a bundle knows from elsewhere. Without any of it a bundle proves only that it agrees with itself
/// and with the key that it names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trust<'a> {
    /// The log's key.
    pub key: Option<&'a VerifyingKey>,
    /// Notes of checkpoints that were kept where the log's holder cannot change them.
    pub kept: &'a [String],
}

/// A bundle in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBundle {
    /// What is certain about the records.
    pub log: Verified,
    /// The key that signed the checkpoint.
    pub key: VerifyingKey,
    /// Whether that key was known from elsewhere: given, or by a kept checkpoint that it signed.
    pub key_known: bool,
}

impl fmt::Display for VerifiedBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.log)?;
        if !self.key_known {
            write!(
                f,
                " The key was taken from the bundle itself: compare it with the log's key: {}",
                self.key
            )?;
        }
        Ok(())
    }
}

/// Verifies a bundle to its last byte, or tells the first thing that is wrong.
pub fn verify_bundle(mut reader: impl BufRead, trust: &Trust<'_>) -> Result<VerifiedBundle, Fault> {
    let header = read_header(&mut reader)?;
    if trust.key.is_some_and(|key| *key != header.key) {
        return Err(Fault::OtherKey);
    }
    let mut verifier = Verifier::after(header.before);
    for (place, note) in trust.kept.iter().enumerate() {
        let which = Which::Kept(place);
        let signed = Signed::verify(note, &header.key).map_err(|why| Fault::BadSignature { which, why })?;
        verifier.expect(which, signed)?;
    }
    for _ in 0..header.count {
        let sequence = verifier.size();
        let line = read_line(&mut reader, RECORD_LINE_BYTES_MAX)?.ok_or(Fault::BadLine { sequence })?;
        let (leaf, body) = split_record_line(&line, sequence).ok_or(Fault::BadLine { sequence })?;
        if body == expired_mark(&leaf).as_bytes() {
            verifier.expired(leaf)?;
        } else {
            verifier.record_with_hash(body, leaf)?;
        }
    }
    verifier.expect(Which::Own, read_footer(&mut reader, &header.key)?)?;
    let log = verifier.finish(&header.proofs)?;
    let key_known = trust.key.is_some() || !trust.kept.is_empty();
    Ok(VerifiedBundle {
        log,
        key: header.key,
        key_known,
    })
}

/// A line without its line feed; nothing if the input ends before one or the line is too long.
fn read_line(reader: &mut impl BufRead, bytes_max: usize) -> Result<Option<Vec<u8>>, Fault> {
    let mut line = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let read = reader.take(limit).read_until(b'\n', &mut line);
    read.map_err(|error| Fault::Unread(error.kind()))?;
    Ok((line.pop() == Some(b'\n')).then_some(line))
}

fn read_header(reader: &mut impl BufRead) -> Result<Header, Fault> {
    let mut text = String::new();
    for _ in 0..HEADER_LINES_MAX {
        let line = read_line(reader, HEADER_LINE_BYTES_MAX)?.ok_or(Fault::Header)?;
        let line = String::from_utf8(line).map_err(|_| Fault::Header)?;
        text.push_str(&line);
        text.push('\n');
        if line.starts_with("check ") {
            // The writer has the last word: it makes the check again, and there is one text for each head.
            return parse_header(&text)
                .filter(|header| header.text() == text)
                .ok_or(Fault::Header);
        }
    }
    Err(Fault::Header)
}

fn parse_header(text: &str) -> Option<Header> {
    let mut lines = text.lines();
    if lines.next()? != FORMAT {
        return None;
    }
    let key = lines.next()?.strip_prefix("key ")?.parse().ok()?;
    let first: u64 = lines.next()?.strip_prefix("first ")?.parse().ok()?;
    let count: u64 = lines.next()?.strip_prefix("count ")?.parse().ok()?;
    first.checked_add(count).filter(|&end| end < ID_END)?;
    let before = Frontier::from_parts(first, hashes(lines.next()?.strip_prefix("edge")?)?).ok()?;
    let proofs = lines
        .map_while(|line| line.strip_prefix("proof "))
        .map(parse_proof)
        .collect::<Option<_>>()?;
    Some(Header {
        key,
        before,
        count,
        proofs,
    })
}

fn parse_proof(text: &str) -> Option<Proof> {
    let (size, _) = text.split_once(' ').unwrap_or((text, ""));
    Some(Proof {
        size: size.parse().ok()?,
        hashes: hashes(text.strip_prefix(size)?)?,
    })
}

/// Hashes, each after one space.
fn hashes(text: &str) -> Option<Vec<Hash>> {
    text.split(' ').skip(1).map(|hash| hash.parse().ok()).collect()
}

/// The hash and the bytes on the line of record `sequence`.
fn split_record_line(line: &[u8], sequence: u64) -> Option<(Hash, &[u8])> {
    let rest = line.strip_prefix(format!("{sequence} ").as_bytes())?;
    let (hash, rest) = rest.split_at_checked(64)?;
    let leaf = std::str::from_utf8(hash).ok()?.parse().ok()?;
    Some((leaf, rest.strip_prefix(b" ")?))
}

/// The checkpoint, which must be all that is left and carry the one signature that was checked.
fn read_footer(reader: &mut impl Read, key: &VerifyingKey) -> Result<Signed, Fault> {
    let mut rest = Vec::new();
    let limit = u64::try_from(NOTE_BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    reader
        .take(limit)
        .read_to_end(&mut rest)
        .map_err(|error| Fault::Unread(error.kind()))?;
    let note = String::from_utf8(rest).map_err(|_| Fault::Footer)?;
    let signed = Signed::verify(&note, key).map_err(|why| Fault::BadSignature {
        which: Which::Own,
        why,
    })?;
    (signed.signatures() == 1).then_some(signed).ok_or(Fault::Footer)
}
