//! Sealing: how a stored value is encrypted and bound to its place, and how a text becomes an index key that tells
//! nothing about it (R139).
//!
//! It knows keys, places and bytes; not where the keys come from, nor what a row means.
//!
//! A sealed value is `format 1 | key epoch 2 | nonce 12 | ciphertext | tag 16` (numbers of bytes; integers
//! big-endian), sealed with AES-256-GCM-SIV (RFC 8452): should a nonce ever repeat, as after a clone of a virtual
//! machine, all that leaks is whether two values of one place are equal. Format, epoch, tenant, space and row key are
//! authenticated with it, so a value that was moved to another row, space or tenant is refused.

use crate::backend::Space;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use model::ids::TenantNumber;
use zeroize::Zeroizing;

/// Length of every key in bytes.
pub const KEY_BYTES: usize = 32;
/// What sealing adds to a value, in bytes.
pub const OVERHEAD_BYTES: usize = HEADER_BYTES + TAG_BYTES;

const FORMAT: u8 = 1;
const NONCE_START: usize = 3;
const HEADER_BYTES: usize = NONCE_START + NONCE_LEN;
const TAG_BYTES: usize = 16;

/// 32 secret bytes, erased when dropped. On the heap, so that moving them leaves no copies behind.
///
/// No `Debug`, no `Clone`, no `Serialize`, on purpose.
pub struct KeyBytes(Box<Zeroizing<[u8; KEY_BYTES]>>);

impl KeyBytes {
    /// New random bytes from the system's generator.
    pub fn random() -> Self {
        let mut key = Self::zeros();
        rand::fill(key.0.as_mut_slice()).expect("the operating system gives randomness");
        key
    }

    /// Takes a copy of `bytes`, which must be 32; erasing the original is the caller's part.
    pub fn copied_from(bytes: &[u8]) -> Option<Self> {
        let mut key = Self::zeros();
        (bytes.len() == KEY_BYTES).then(|| key.0.copy_from_slice(bytes))?;
        Some(key)
    }

    /// The bytes themselves. Each call is a place to look at in a review.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    fn zeros() -> Self {
        Self(Box::new(Zeroizing::new([0; KEY_BYTES])))
    }
}

/// Counts the keys that one purpose has had. A value says with which it was sealed, so that keys can be changed while
/// the platform runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyEpoch(pub u16);

impl KeyEpoch {
    /// The first key of a purpose.
    pub const FIRST: Self = Self(1);
}

/// Where a value lives. It opens only there.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    tenant: TenantNumber,
    tag: u8,
    row: &'a [u8],
}

impl<'a> Place<'a> {
    /// The row with this key in a space of the shard.
    pub const fn row(tenant: TenantNumber, space: Space, row: &'a [u8]) -> Self {
        // Written into what is authenticated: a changed number makes stored data unreadable.
        let tag = match space {
            Space::Catalogue => 1,
            Space::Identity => 2,
            Space::Payload => 3,
            Space::Audit => 4,
        };
        Self { tenant, tag, row }
    }

    /// A wrapped key in the keyring file, which is no space of the shard.
    pub(crate) fn keyring(tenant: TenantNumber, purpose: &'a [u8]) -> Self {
        Self {
            tenant,
            tag: 0,
            row: purpose,
        }
    }

    /// The bytes that are authenticated with the value. All parts but the last have a fixed length: no two places
    /// give the same bytes.
    fn authenticated(self, epoch: KeyEpoch) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + self.row.len());
        bytes.push(FORMAT);
        bytes.extend(epoch.0.to_be_bytes());
        bytes.extend(self.tenant.0.to_be_bytes());
        bytes.push(self.tag);
        bytes.extend(self.row);
        bytes
    }
}

/// Why a sealed value was refused. Nothing of it is ever served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealBroken {
    /// Shorter than any sealed value.
    #[error("a sealed value is cut off: restore it from a backup")]
    TooShort,
    /// Written by a version of the program that this one does not know, or damaged.
    #[error("a sealed value has the unknown format {0}: use the version of the program that wrote it")]
    UnknownFormat(u8),
    /// Sealed with another key of the same purpose.
    #[error("a sealed value needs the key of epoch {}, not that of epoch {}", needed.0, given.0)]
    OtherEpoch {
        /// Epoch of the key that sealed it.
        needed: KeyEpoch,
        /// Epoch of the key at hand.
        given: KeyEpoch,
    },
    /// Changed, moved from another place, or sealed with another key.
    #[error("a sealed value was changed, moved or sealed with another key: restore it from a backup")]
    Refused,
}

/// The key that seals the values of one purpose. Erased when dropped; no `Debug`, no `Clone`, no `Serialize`.
///
/// The expanded key is made for each call and not kept: the cryptographic library does not erase it.
pub struct SealKey {
    epoch: KeyEpoch,
    bytes: KeyBytes,
}

impl SealKey {
    /// The key of this epoch.
    pub fn new(epoch: KeyEpoch, bytes: KeyBytes) -> Self {
        Self { epoch, bytes }
    }

    /// Seals a value for its place, under a fresh random nonce.
    ///
    /// # Panics
    /// For a value of 64 GiB or more (RFC 8452 section 6): limits are enforced long before.
    pub fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).expect("the operating system gives randomness");

        let mut sealed = Vec::with_capacity(OVERHEAD_BYTES + plaintext.len());
        sealed.push(FORMAT);
        sealed.extend(self.epoch.0.to_be_bytes());
        sealed.extend(nonce);
        sealed.extend(plaintext);
        let authenticated = Aad::from(place.authenticated(self.epoch));
        let tag = self
            .expanded()
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                authenticated,
                &mut sealed[HEADER_BYTES..],
            )
            .expect("a value is shorter than 64 GiB");
        sealed.extend(tag.as_ref());
        sealed
    }

    /// Opens a sealed value in its place.
    ///
    /// # Errors
    /// If not every byte is as [`SealKey::seal`] made it with this key for this place.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealBroken> {
        let needed = epoch(sealed)?;
        if needed != self.epoch {
            return Err(SealBroken::OtherEpoch {
                needed,
                given: self.epoch,
            });
        }
        let (header, ciphertext) = sealed.split_at(HEADER_BYTES);
        let nonce =
            Nonce::try_assume_unique_for_key(&header[NONCE_START..]).map_err(|_| SealBroken::TooShort)?;

        let mut value = ciphertext.to_vec();
        let length = self
            .expanded()
            .open_in_place(nonce, Aad::from(place.authenticated(needed)), &mut value)
            .map_err(|_| SealBroken::Refused)?
            .len();
        value.truncate(length);
        Ok(value)
    }

    fn expanded(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM_SIV, self.bytes.expose()).expect("32 bytes are a key");
        LessSafeKey::new(key)
    }
}

/// Which key opens a sealed value; nothing about the value is proven yet.
///
/// # Errors
/// If it is too short or of an unknown format.
pub fn epoch(sealed: &[u8]) -> Result<KeyEpoch, SealBroken> {
    if sealed.len() < OVERHEAD_BYTES {
        return Err(SealBroken::TooShort);
    }
    match *sealed {
        [FORMAT, high, low, ..] => Ok(KeyEpoch(u16::from_be_bytes([high, low]))),
        [format, ..] => Err(SealBroken::UnknownFormat(format)),
        [] => Err(SealBroken::TooShort),
    }
}

/// Tells one write of a row from every other, also from one of the same value: for optimistic checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowVersion([u8; TAG_BYTES]);

/// The version of a sealed row: its tag, which is new with every write because the nonce is. Costs no decryption.
/// Nothing if it is too short to be a sealed value.
pub fn row_version(sealed: &[u8]) -> Option<RowVersion> {
    (sealed.len() >= OVERHEAD_BYTES)
        .then(|| sealed.last_chunk().copied())
        .flatten()
        .map(RowVersion)
}

/// The key of blind indexes: equal texts of one domain give equal index keys, and without the key nobody can tell
/// which text it was, nor try a list of likely ones. Erased when dropped; no `Debug`, no `Clone`, no `Serialize`.
pub struct BlindKey(KeyBytes);

impl BlindKey {
    /// The key of one purpose.
    pub fn new(bytes: KeyBytes) -> Self {
        Self(bytes)
    }

    /// The index key of a text: HMAC-SHA256 (RFC 2104) cut to 16 bytes. `domain` names the index, so that equal texts
    /// of two indexes have nothing in common.
    pub fn blind(&self, domain: &'static str, text: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.expose()));
        // The length first: no domain and text run into another domain and text.
        context.update(&(domain.len() as u64).to_be_bytes());
        context.update(domain.as_bytes());
        context.update(text);
        let tag = context.sign();
        tag.as_ref()
            .first_chunk()
            .copied()
            .expect("HMAC-SHA256 gives 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: Place<'static> = Place {
        tenant: TenantNumber(7),
        tag: 3,
        row: b"row",
    };

    fn key() -> SealKey {
        SealKey::new(KeyEpoch::FIRST, KeyBytes::random())
    }

    proptest! {
        #[test]
        fn a_sealed_value_opens_in_its_place(value: Vec<u8>, row: Vec<u8>, tenant: u32, epoch: u16) {
            let key = SealKey::new(KeyEpoch(epoch), KeyBytes::random());
            for space in Space::ALL {
                let place = Place::row(TenantNumber(tenant), space, &row);
                let sealed = key.seal(place, &value);
                prop_assert_eq!(sealed.len(), value.len() + OVERHEAD_BYTES);
                prop_assert_eq!(key.open(place, &sealed), Ok(value.clone()));
            }
        }

        #[test]
        fn bytes_that_nobody_sealed_are_refused(mut bytes: Vec<u8>) {
            prop_assert!(key().open(HERE, &bytes).is_err());
            bytes.splice(0..0, [FORMAT, 0, 1]);
            prop_assert!(key().open(HERE, &bytes).is_err());
        }
    }

    #[test]
    fn any_flipped_bit_of_a_sealed_value_is_refused() {
        // R139
        let key = key();
        let sealed = key.seal(HERE, b"21.5 degrees");
        for byte in 0..sealed.len() {
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[byte] ^= 1 << bit;
                assert!(key.open(HERE, &flipped).is_err(), "byte {byte}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_cut_or_lengthened_value_is_refused() {
        let key = key();
        let mut sealed = key.seal(HERE, b"21.5 degrees");
        for length in 0..sealed.len() {
            assert!(key.open(HERE, &sealed[..length]).is_err(), "cut to {length}");
        }
        sealed.push(0);
        assert_eq!(key.open(HERE, &sealed), Err(SealBroken::Refused));
    }

    #[test]
    fn a_value_moved_to_another_row_space_or_tenant_is_refused() {
        // R139
        let key = key();
        let home = Place::row(TenantNumber(7), Space::Payload, b"row");
        let sealed = key.seal(home, b"value");
        let mut elsewhere = vec![
            Place::row(TenantNumber(7), Space::Payload, b"row2"),
            Place::row(TenantNumber(7), Space::Payload, b""),
            Place::row(TenantNumber(8), Space::Payload, b"row"),
            Place::keyring(TenantNumber(7), b"row"),
        ];
        let others = [Space::Catalogue, Space::Identity, Space::Audit];
        elsewhere.extend(others.map(|space| Place::row(TenantNumber(7), space, b"row")));
        for place in elsewhere {
            assert_eq!(key.open(place, &sealed), Err(SealBroken::Refused), "{place:?}");
        }
        assert!(key.open(home, &sealed).is_ok());
    }

    #[test]
    fn another_key_or_epoch_does_not_open_a_value() {
        let bytes = KeyBytes::random();
        let same_bytes = KeyBytes::copied_from(bytes.expose()).expect("32 bytes");
        let sealed = SealKey::new(KeyEpoch::FIRST, bytes).seal(HERE, b"value");

        assert_eq!(key().open(HERE, &sealed), Err(SealBroken::Refused));
        let later = SealKey::new(KeyEpoch(2), same_bytes);
        let refused = SealBroken::OtherEpoch {
            needed: KeyEpoch::FIRST,
            given: KeyEpoch(2),
        };
        assert_eq!(later.open(HERE, &sealed), Err(refused));

        // Nor does it with a header that was made to fit.
        let mut relabelled = sealed;
        relabelled[2] = 2;
        assert_eq!(later.open(HERE, &relabelled), Err(SealBroken::Refused));
    }

    #[test]
    fn the_layout_is_the_published_one() {
        // Anybody's AES-256-GCM-SIV opens a value from what the header of this file says.
        let bytes = KeyBytes::copied_from(&[9; KEY_BYTES]).expect("32 bytes");
        let place = Place::row(TenantNumber(0x0102_0304), Space::Payload, b"row");
        let sealed = SealKey::new(KeyEpoch(0x0506), bytes).seal(place, b"value");
        assert_eq!(sealed[..3], [1, 5, 6]);

        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, &[9; 32]).expect("a key"));
        let nonce = Nonce::try_assume_unique_for_key(&sealed[3..15]).expect("12 bytes");
        let authenticated = [1, 5, 6, 1, 2, 3, 4, 3, b'r', b'o', b'w'];
        let mut value = sealed[15..].to_vec();
        let opened = key.open_in_place(nonce, Aad::from(authenticated), &mut value);
        assert_eq!(opened.expect("opens"), b"value");
    }

    #[test]
    fn every_write_of_a_row_has_a_version_of_its_own() {
        let key = key();
        let (first, second) = (key.seal(HERE, b"value"), key.seal(HERE, b"value"));
        assert_eq!(row_version(&first), row_version(&first.clone()));
        assert_ne!(row_version(&first), row_version(&second));
        assert!(row_version(&first).is_some());
        assert_eq!(row_version(&first[..OVERHEAD_BYTES - 1]), None);
        assert_eq!(row_version(b""), None);
    }

    #[test]
    fn a_blind_index_is_equal_only_for_the_same_key_domain_and_text() {
        // R139
        let key = BlindKey::new(KeyBytes::random());
        let index = key.blind("type", b"c8y_Device");
        assert_eq!(index, key.blind("type", b"c8y_Device"));
        assert_ne!(index, key.blind("type", b"c8y_device"));
        assert_ne!(index, key.blind("name", b"c8y_Device"));
        assert_ne!(
            index,
            BlindKey::new(KeyBytes::random()).blind("type", b"c8y_Device")
        );
        assert_ne!(
            key.blind("ab", b"c"),
            key.blind("a", b"bc"),
            "domain and text are kept apart"
        );
    }

    #[test]
    fn a_blind_index_is_hmac_sha256() {
        // Computed apart from this code: python3, hmac.digest(bytes(32), bytes(7) + b"\x04type" + b"x", "sha256").
        let key = BlindKey::new(KeyBytes::copied_from(&[0; 32]).expect("32 bytes"));
        let expected = 0xf27d9c5d_a16d71c2_4970d8bd_ac4d47a2_u128.to_be_bytes();
        assert_eq!(key.blind("type", b"x"), expected);
    }
}
