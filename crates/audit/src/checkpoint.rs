//! Signed checkpoints: the size and root of a log at a time, in the text of C2SP `tlog-checkpoint`, signed as C2SP
//! `signed-note` with Ed25519. Whoever keeps one elsewhere can later show that nothing before it was changed (R099).
//!
//! The time is an extension line. This module does not know records or where checkpoints are kept.

use crate::log::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::time::Timestamp;
use std::fmt;
use std::str::FromStr;

mod key;

pub use key::{BadKey, BadVerifyingKey, SigningKey, VerifyingKey};

/// Largest signed note that is read, in bytes: room for the 16 signatures that the format demands at least.
pub const NOTE_BYTES_MAX: usize = 128 << 10;

/// What the extension line with the time begins with.
const TIME_MARK: &str = "time ";

/// The name of a log, which is the origin line of its checkpoints and the name of its key: `holdfast/t100/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogName(Box<str>);

/// The text is not a name of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a log has 1 to 200 visible ASCII characters and no plus sign")]
pub struct BadLogName;

impl LogName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogName {
    type Err = BadLogName;

    fn from_str(text: &str) -> Result<Self, BadLogName> {
        let fits = (1..=200).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
        (fits && plain).then(|| Self(text.into())).ok_or(BadLogName)
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a checkpoint says. It proves nothing by itself: see [`Signed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log it is.
    pub origin: LogName,
    /// How many records the log had.
    pub size: u64,
    /// The root of its tree.
    pub root: Hash,
    /// When it was signed, by the server's clock.
    pub time: Timestamp,
}

/// The note's text: what is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            size,
            root,
            time,
        } = self;
        write!(
            f,
            "{origin}\n{size}\n{}\n{TIME_MARK}{time}\n",
            STANDARD.encode(root.0)
        )
    }
}

impl Checkpoint {
    /// Reads the text, and only the text that would be written.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let checkpoint = Self {
            origin: lines.next()?.parse().ok()?,
            size: lines.next()?.parse().ok()?,
            root: Hash(STANDARD.decode(lines.next()?).ok()?.try_into().ok()?),
            time: lines.next()?.strip_prefix(TIME_MARK)?.parse().ok()?,
        };
        (checkpoint.to_string() == text).then_some(checkpoint)
    }
}

/// A checkpoint whose signature was made or checked here: a value of this type is proof of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    checkpoint: Checkpoint,
    note: String,
}

/// Why a note is not a signed checkpoint of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// The note is too long or not of the form of a signed note.
    #[error("it is not a signed note: text, an empty line and signature lines are expected")]
    NotANote,
    /// The text under the signature is not a checkpoint as this program writes it.
    #[error("the signed text is not a checkpoint with a time")]
    NotACheckpoint,
    /// No signature line is of this key.
    #[error("it carries no signature of the log's key")]
    NoSignature,
    /// A signature that says to be of this key is not.
    #[error("the signature does not match the text and the key")]
    WrongSignature,
    /// The checkpoint is of another log.
    #[error("it belongs to another log")]
    OtherLog,
}

impl Signed {
    /// Reads a note and checks its signature. Signatures of other keys (witnesses) are passed over, as the format
    /// demands.
    pub fn verify(note: &str, key: &VerifyingKey) -> Result<Self, BadCheckpoint> {
        let text = key.verify(note)?;
        let checkpoint = Checkpoint::parse(text).ok_or(BadCheckpoint::NotACheckpoint)?;
        if checkpoint.origin != *key.name() {
            return Err(BadCheckpoint::OtherLog);
        }
        Ok(Self {
            checkpoint,
            note: note.to_owned(),
        })
    }

    /// What it says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note: text and signatures, to store, send and keep.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// How many signatures the note carries, whoever made them.
    pub(crate) fn signatures(&self) -> usize {
        key::split_note(&self.note).map_or(0, |(_, signatures)| signatures.lines().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::Ed25519KeyPair;

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(name.parse().expect(name), &[seed; 32]).expect("a seed is always a key")
    }

    fn signed(key: &SigningKey) -> Signed {
        key.sign(7, Hash([9; 32]), Timestamp::from_millis(1_700_000_000_123))
    }

    // The worked example in the documentation of Go's golang.org/x/mod/sumdb/note: another implementation's key.
    #[test]
    fn a_note_and_key_of_the_reference_implementation_are_understood() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let note = "If you think cryptography is the answer to your problem,\n\
            then you don't know what your problem is.\n\n\
            \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let key: VerifyingKey = text.parse().expect("the reference key");
        assert_eq!(key.to_string(), text);
        assert!(
            key.verify(note)
                .expect("the reference signature")
                .starts_with("If you think")
        );
        assert_eq!(
            key.verify(&note.replace("cryptography", "steganography")),
            Err(BadCheckpoint::WrongSignature)
        );
        assert_eq!(Signed::verify(note, &key), Err(BadCheckpoint::NotACheckpoint));
    }

    #[test]
    fn a_signed_checkpoint_has_the_documented_form_and_is_read_back() {
        let key = key("holdfast/t100/audit", 1);
        let signed = signed(&key);
        let lines: Vec<&str> = signed.note().lines().collect();
        let root = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
        assert_eq!(
            lines[..5],
            [
                "holdfast/t100/audit",
                "7",
                root,
                "time 2023-11-14T22:13:20.123Z",
                ""
            ]
        );
        assert!(lines[5].starts_with("\u{2014} holdfast/t100/audit "));
        assert_eq!(Signed::verify(signed.note(), key.verifying_key()), Ok(signed));
    }

    // R099
    #[test]
    fn every_flipped_bit_of_a_checkpoint_is_found() {
        let key = key("holdfast/t100/audit", 1);
        let note = signed(&key).note().as_bytes().to_vec();
        for place in 0..note.len() * 8 {
            let mut changed = note.clone();
            changed[place / 8] ^= 1 << (place % 8);
            let verified = String::from_utf8(changed).map(|note| Signed::verify(&note, key.verifying_key()));
            assert!(!matches!(verified, Ok(Ok(_))), "bit {place}");
        }
    }

    #[test]
    fn signatures_of_other_keys_are_passed_over_and_do_not_count() {
        let (ours, witness) = (key("holdfast/t100/audit", 1), key("witness.example", 2));
        let note = signed(&ours).note().to_owned();
        let other_line = format!("\u{2014} witness.example {}\n", STANDARD.encode([1, 2, 3, 4, 5]));
        let cosigned =
            Signed::verify(&(note.clone() + &other_line), ours.verifying_key()).expect("still ours");
        assert_eq!(cosigned.signatures(), 2);
        assert_eq!(
            Signed::verify(&note, witness.verifying_key()),
            Err(BadCheckpoint::NoSignature)
        );
        let same_name = key("holdfast/t100/audit", 2);
        assert_eq!(
            Signed::verify(&note, same_name.verifying_key()),
            Err(BadCheckpoint::NoSignature)
        );
    }

    #[test]
    fn a_public_key_is_read_only_as_it_is_written() {
        let text = key("holdfast/t100/audit", 1).verifying_key().to_string();
        assert_eq!(
            text.parse::<VerifyingKey>().map(|key| key.to_string()).as_deref(),
            Ok(text.as_str())
        );
        for place in 0..text.len() * 8 {
            let mut changed = text.as_bytes().to_vec();
            changed[place / 8] ^= 1 << (place % 8);
            let read = String::from_utf8(changed).map(|text| text.parse::<VerifyingKey>());
            assert!(!matches!(read, Ok(Ok(_))), "bit {place}");
        }
        for name in ["", "a b", "a+b", "ü", "a\n"] {
            assert_eq!(name.parse::<LogName>(), Err(BadLogName), "{name:?}");
        }
    }

    #[test]
    fn a_key_comes_back_from_its_pkcs8_form() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).expect("a seed is always a key");
        let document = pair.to_pkcs8().expect("it can be exported");
        let name: LogName = "holdfast/t100/audit".parse().expect("a name");
        let key_again = SigningKey::from_pkcs8(name.clone(), document.as_ref()).expect("the same key");
        assert_eq!(
            key_again.verifying_key(),
            key("holdfast/t100/audit", 1).verifying_key()
        );
        assert_eq!(SigningKey::from_pkcs8(name, b"nonsense").err(), Some(BadKey));
    }
}
