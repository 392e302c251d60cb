//! The master key: the one secret that the operator keeps. It wraps the keys in the keyring and nothing else.
//!
//! It knows files and their modes; not what the keyring holds, nor anything that is sealed.
//!
//! The file is three lines of text: a title, `key` with 64 hexadecimal digits, `fingerprint` with 16. The fingerprint
//! is no secret: it detects a damaged file, and tells an operator with several files which one is needed.

use crate::keyring::files::directory;
use crate::seal::{KEY_BYTES, KeyBytes};
use aws_lc_rs::hmac;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

const TITLE: &str = "Holdfast master key, version 1. Secret: keep a copy apart from the data.";
/// A longer file is no master key and is not read to its end.
const FILE_BYTES_MAX: u64 = 1024;
const GROUP_AND_OTHERS: u32 = 0o077;

/// Where the master key comes from. A passphrase and a PKCS#11 token will be further sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKeySource {
    /// A file that only its owner can read (mode 0600). It belongs on other storage than the data: whoever has both
    /// can read everything.
    File(PathBuf),
}

impl MasterKeySource {
    /// Reads the key.
    ///
    /// # Errors
    /// If it is missing, damaged, or if others than its owner may read the file.
    pub fn load(&self) -> Result<MasterKey, MasterKeyError> {
        let Self::File(file) = self;
        read(file)
    }

    /// Reads the key; makes a random one on first use. Only for a data directory that has no keyring yet: a new key
    /// opens no existing one.
    ///
    /// # Errors
    /// As [`MasterKeySource::load`], and if the file cannot be made.
    pub fn load_or_create(&self) -> Result<MasterKey, MasterKeyError> {
        let Self::File(file) = self;
        match read(file) {
            Err(MasterKeyError::Missing { .. }) => create(file),
            done => done,
        }
    }
}

/// The master key was not usable. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// There is no such file.
    #[error(
        "the master key file {} is missing. Without it no stored data can be read: put your copy of it there",
        file.display()
    )]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// Users other than its owner may read or change the file.
    #[error(
        "the master key file {0} is open to other users (mode {mode:03o}). Run: chmod 600 {0}",
        file.display()
    )]
    OpenToOthers {
        /// The file.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The text is not that of a complete, unchanged master key.
    #[error(
        "the master key file {} is damaged: put your copy of it there. If the very first start was interrupted and \
         nothing is stored yet, delete it and start again",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// Reading or writing failed.
    #[error("the master key file {} cannot be used: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// The master key. Copies share one place in memory, erased with the last. No `Debug`, no `Serialize`.
#[derive(Clone)]
pub struct MasterKey(Arc<KeyBytes>);

impl MasterKey {
    /// A new random key.
    pub fn random() -> Self {
        Self(Arc::new(KeyBytes::random()))
    }

    /// What tells it from other master keys without revealing it.
    pub fn fingerprint(&self) -> Fingerprint {
        let derived = self.derive("holdfast master key fingerprint");
        Fingerprint(derived.expose().first_chunk().copied().expect("32 bytes"))
    }

    /// A key of its own for each purpose (one-step derivation with HMAC-SHA256): the master key itself encrypts and
    /// signs nothing.
    pub(crate) fn derive(&self, purpose: &'static str) -> KeyBytes {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose());
        let tag = hmac::sign(&key, purpose.as_bytes());
        KeyBytes::copied_from(tag.as_ref()).expect("HMAC-SHA256 gives 32 bytes")
    }

    fn text(&self) -> Zeroizing<String> {
        // Room for all of it at once: a string that grows leaves pieces of the key behind.
        let mut text = Zeroizing::new(String::with_capacity(256));
        text.push_str(TITLE);
        text.push_str("\nkey ");
        for byte in self.0.expose() {
            for digit in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(digit), 16));
            }
        }
        text.push_str(&format!("\nfingerprint {}\n", self.fingerprint()));
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != TITLE {
            return None;
        }
        let key = Self(Arc::new(from_hex(lines.next()?.strip_prefix("key ")?)?));
        let fingerprint = lines.next()?.strip_prefix("fingerprint ")?;
        let whole = fingerprint == key.fingerprint().to_string() && lines.next().is_none();
        whole.then_some(key)
    }
}

/// Tells master keys apart; reveals nothing about them. Shown as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub(crate) [u8; 8]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

fn from_hex(text: &str) -> Option<KeyBytes> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != KEY_BYTES || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |text: u8| {
            char::from(text)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    KeyBytes::copied_from(bytes.as_slice())
}

fn read(file: &Path) -> Result<MasterKey, MasterKeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => MasterKeyError::Missing { file: file.into() },
        _ => MasterKeyError::Io {
            file: file.into(),
            source,
        },
    };
    let opened = File::open(file).map_err(failed)?;
    // The mode of what was opened, not of what the name may mean a moment later.
    let mode = opened.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & GROUP_AND_OTHERS != 0 {
        return Err(MasterKeyError::OpenToOthers {
            file: file.into(),
            mode,
        });
    }
    // Room for all of it at once, as above.
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX as usize));
    opened
        .take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    str::from_utf8(&bytes)
        .ok()
        .and_then(MasterKey::parse)
        .ok_or_else(|| MasterKeyError::Damaged { file: file.into() })
}

/// Makes the file, durably, and never over an existing one.
fn create(file: &Path) -> Result<MasterKey, MasterKeyError> {
    let key = MasterKey::random();
    let failed = |source| MasterKeyError::Io {
        file: file.into(),
        source,
    };
    let mut created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(failed)?;
    let written = created
        .write_all(key.text().as_bytes())
        .and_then(|()| created.sync_all());
    if let Err(source) = written {
        // A half-written key would stop every later start; nothing was sealed with it yet.
        let _ = fs::remove_file(file);
        return Err(failed(source));
    }
    File::open(directory(file))
        .and_then(|directory| directory.sync_all())
        .map_err(failed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_key_gives_the_key_back() {
        let key = MasterKey::random();
        let again = MasterKey::parse(&key.text()).expect("its own text");
        assert_eq!(again.0.expose(), key.0.expose());
    }

    #[test]
    fn any_changed_character_of_the_text_is_refused() {
        let text = MasterKey::random().text().to_string();
        for at in 0..text.trim_end().len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).expect("still ASCII");
            assert!(MasterKey::parse(&changed).is_none(), "character {at}");
        }
        for length in 0..text.trim_end().len() {
            assert!(MasterKey::parse(&text[..length]).is_none(), "cut to {length}");
        }
    }

    #[test]
    fn purposes_and_master_keys_derive_unrelated_keys() {
        let (one, other) = (MasterKey::random(), MasterKey::random());
        assert_eq!(one.derive("a").expose(), one.derive("a").expose());
        assert_ne!(one.derive("a").expose(), one.derive("b").expose());
        assert_ne!(one.derive("a").expose(), other.derive("a").expose());
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
