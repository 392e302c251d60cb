//! The key pair of a log and what it signs: notes of text and signature lines (C2SP `signed-note`, Ed25519). It does not
//! know what the text says.

use super::{BadCheckpoint, Checkpoint, LogName, NOTE_BYTES_MAX, Signed};
use crate::hex::{from_hex, to_hex};
use crate::log::{Hash, sha256};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::time::Timestamp;
use std::fmt;
use std::str::FromStr;

/// The signature type of plain Ed25519 (C2SP `signed-note`).
const TYPE_ED25519: u8 = 0x01;
/// What a signature line begins with: an em dash and a space.
const SIGNATURE_MARK: &str = "\u{2014} ";

/// The private key of a log. It has no `Debug` and cannot be serialised; the library wipes it when it is dropped.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

/// The bytes are not an Ed25519 private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 private key in PKCS#8 form: the stored key is damaged or of another kind")]
pub struct BadKey;

impl SigningKey {
    /// The key of a log from 32 secret random bytes (RFC 8032 section 5.1.5). The caller keeps them secret and wipes
    /// its copy.
    pub fn from_seed(name: LogName, seed: &[u8; 32]) -> Result<Self, BadKey> {
        Self::new(
            name,
            Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BadKey)?,
        )
    }

    /// The key of a log from its PKCS#8 form (RFC 8410).
    pub fn from_pkcs8(name: LogName, document: &[u8]) -> Result<Self, BadKey> {
        Self::new(name, Ed25519KeyPair::from_pkcs8(document).map_err(|_| BadKey)?)
    }

    fn new(name: LogName, pair: Ed25519KeyPair) -> Result<Self, BadKey> {
        let bytes = pair.public_key().as_ref().try_into().map_err(|_| BadKey)?;
        Ok(Self {
            pair,
            public: VerifyingKey { name, bytes },
        })
    }

    /// The public half.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs that the log has this size and root at this time. A log must never sign two checkpoints that contradict
    /// each other; whoever calls this has read the root from the log.
    pub fn sign(&self, size: u64, root: Hash, time: Timestamp) -> Signed {
        let checkpoint = Checkpoint {
            origin: self.public.name.clone(),
            size,
            root,
            time,
        };
        let text = checkpoint.to_string();
        let mut signature = self.public.id().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        let name = &self.public.name;
        let note = format!("{text}\n{SIGNATURE_MARK}{name} {}\n", STANDARD.encode(signature));
        Signed { checkpoint, note }
    }
}

/// The public key of a log, by which anyone can check its checkpoints. Its text is `name+id+key` as C2SP `signed-note`
/// tools write it: the id in 8 lower-case hexadecimal digits, the key with its type in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: LogName,
    bytes: [u8; 32],
}

/// The text is not a public key of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the public key of a log: name+id+key as the server shows it is expected")]
pub struct BadVerifyingKey;

impl VerifyingKey {
    /// The name of the log.
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// The key's id: the beginning of SHA-256 over name, line feed, type and key.
    fn id(&self) -> [u8; 4] {
        let Hash([a, b, c, d, ..]) =
            sha256(&[self.name.as_str().as_bytes(), b"\n", &[TYPE_ED25519], &self.bytes]);
        [a, b, c, d]
    }

    /// The text of a note that this key has signed.
    pub(super) fn verify<'a>(&self, note: &'a str) -> Result<&'a str, BadCheckpoint> {
        let (text, signatures) = split_note(note).ok_or(BadCheckpoint::NotANote)?;
        let mut found = false;
        for line in signatures.lines() {
            let (name, bytes) = signature_line(line).ok_or(BadCheckpoint::NotANote)?;
            let Some((id, signature)) = bytes.split_first_chunk() else {
                return Err(BadCheckpoint::NotANote);
            };
            if name != self.name.as_str() || *id != self.id() {
                continue;
            }
            UnparsedPublicKey::new(&ED25519, &self.bytes)
                .verify(text.as_bytes(), signature)
                .map_err(|_| BadCheckpoint::WrongSignature)?;
            found = true;
        }
        if found {
            Ok(text)
        } else {
            Err(BadCheckpoint::NoSignature)
        }
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![TYPE_ED25519];
        typed.extend_from_slice(&self.bytes);
        write!(
            f,
            "{}+{}+{}",
            self.name,
            to_hex(&self.id()),
            STANDARD.encode(typed)
        )
    }
}

impl FromStr for VerifyingKey {
    type Err = BadVerifyingKey;

    fn from_str(text: &str) -> Result<Self, BadVerifyingKey> {
        let read = || {
            let mut parts = text.splitn(3, '+');
            let name = parts.next()?.parse().ok()?;
            let id = from_hex::<4>(parts.next()?)?;
            let typed = STANDARD.decode(parts.next()?).ok()?;
            let bytes = typed.strip_prefix(&[TYPE_ED25519])?.try_into().ok()?;
            let key = Self { name, bytes };
            (key.id() == id).then_some(key)
        };
        read().ok_or(BadVerifyingKey)
    }
}

/// A note's text with its last line feed, and its signature lines; nothing if it is not of that form.
pub(super) fn split_note(note: &str) -> Option<(&str, &str)> {
    let plain = !note.bytes().any(|byte| byte < b' ' && byte != b'\n');
    if note.len() > NOTE_BYTES_MAX || !plain || !note.ends_with('\n') {
        return None;
    }
    let blank = note.rfind("\n\n")?;
    let (text, signatures) = (note.get(..=blank)?, note.get(blank + 2..)?);
    (!signatures.is_empty()).then_some((text, signatures))
}

/// The key name and the decoded bytes of a signature line.
fn signature_line(line: &str) -> Option<(&str, Vec<u8>)> {
    let (name, encoded) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
    (!name.is_empty()).then_some((name, STANDARD.decode(encoded).ok()?))
}
