//! The bytes of the keyring file, and the keys that the master key wraps in it.
//!
//! It knows layout and cryptography; not files.
//!
//! ```text
//! magic 8 | version 1 | master key fingerprint 8 | generation 8 | platform keys 4 x 63
//! number of tenants 4 | per tenant, by ascending number: tenant number 4 | tenant keys 6 x 63
//! HMAC-SHA256 of all before, under the master key 32 | SHA-256 of all before 32
//! ```
//!
//! Numbers are lengths in bytes; integers are big-endian. The plain hash tells damage from a wrong master key; the
//! HMAC proves that whoever wrote the file, as a whole, had the master key. A wrapped key is a sealed value (see
//! [`crate::seal`]) bound to its purpose, its tenant and the version of this format.

use super::keys::{PlatformKeys, Purpose, TenantKeys};
use crate::master_key::{Fingerprint, MasterKey};
use crate::seal::{KEY_BYTES, KeyBytes, KeyEpoch, OVERHEAD_BYTES, Place, SealKey};
use aws_lc_rs::{digest, hmac};
use model::ids::TenantNumber;
use std::collections::BTreeMap;
use std::convert::Infallible;
use zeroize::Zeroizing;

/// Begins with a byte that no text has, and ends a line in both ways: a copy made as text is noticed.
const MAGIC: [u8; 8] = *b"\x8fHFK\r\n\x1a\n";
const VERSION: u8 = 1;
const HASH_BYTES: usize = 32;
const WRAPPED_BYTES: usize = KEY_BYTES + OVERHEAD_BYTES;
/// The platform's keys are bound to no tenant; their purposes are their own.
const NO_TENANT: TenantNumber = TenantNumber(0);

/// Why a keyring file was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It does not begin like a keyring.
    #[error("it is not a keyring file")]
    NotAKeyring,
    /// Its plain hash does not fit: cut off or changed, by accident.
    #[error("its checksum does not fit: it was cut off or changed")]
    Checksum,
    /// Its authentication does not fit although the plain hash does: changed on purpose.
    #[error("its authentication does not fit: it was changed on purpose")]
    Forged,
    /// Its parts do not add up although it is authentic: a mistake of the program that wrote it.
    #[error("its parts do not add up")]
    Layout,
}

/// Why bytes are not a keyring that this master key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Damaged(Damage),
    UnknownVersion(u8),
    WrongMasterKey { needed: Fingerprint },
}

impl From<Damage> for Refusal {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

/// What a keyring file holds; every key in it is wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contents {
    /// Counts the changes of the keyring.
    pub(super) generation: u64,
    pub(super) platform: Vec<u8>,
    pub(super) tenants: BTreeMap<TenantNumber, Vec<u8>>,
}

/// The keys, derived from the master key, that protect the file.
pub(super) struct Wrapper {
    key: SealKey,
    integrity: hmac::Key,
    fingerprint: Fingerprint,
}

impl Wrapper {
    pub(super) fn new(master: &MasterKey) -> Self {
        let integrity = master.derive("holdfast keyring integrity");
        Self {
            key: SealKey::new(KeyEpoch::FIRST, master.derive("holdfast keyring wrapping")),
            integrity: hmac::Key::new(hmac::HMAC_SHA256, integrity.expose()),
            fingerprint: master.fingerprint(),
        }
    }

    /// New random keys for a tenant, and the same wrapped.
    pub(super) fn new_tenant(&self, tenant: TenantNumber) -> (TenantKeys, Vec<u8>) {
        let mut wrapped = Vec::with_capacity(TenantKeys::COUNT * WRAPPED_BYTES);
        let Ok(keys) = TenantKeys::assemble(|purpose| self.wrap_new(tenant, purpose, &mut wrapped));
        (keys, wrapped)
    }

    /// New random keys for the platform, and the same wrapped.
    pub(super) fn new_platform(&self) -> (PlatformKeys, Vec<u8>) {
        let mut wrapped = Vec::with_capacity(PlatformKeys::COUNT * WRAPPED_BYTES);
        let Ok(keys) = PlatformKeys::assemble(|purpose| self.wrap_new(NO_TENANT, purpose, &mut wrapped));
        (keys, wrapped)
    }

    /// A tenant's keys from their wrapped form.
    pub(super) fn tenant(&self, tenant: TenantNumber, mut wrapped: &[u8]) -> Result<TenantKeys, Damage> {
        TenantKeys::assemble(|purpose| self.unwrap(tenant, purpose, &mut wrapped))
    }

    /// The platform's keys from their wrapped form.
    pub(super) fn platform(&self, mut wrapped: &[u8]) -> Result<PlatformKeys, Damage> {
        PlatformKeys::assemble(|purpose| self.unwrap(NO_TENANT, purpose, &mut wrapped))
    }

    fn wrap_new(
        &self,
        tenant: TenantNumber,
        purpose: Purpose,
        wrapped: &mut Vec<u8>,
    ) -> Result<KeyBytes, Infallible> {
        let key = KeyBytes::random();
        let place = [purpose as u8, VERSION];
        wrapped.extend(self.key.seal(Place::keyring(tenant, &place), key.expose()));
        Ok(key)
    }

    fn unwrap(
        &self,
        tenant: TenantNumber,
        purpose: Purpose,
        wrapped: &mut &[u8],
    ) -> Result<KeyBytes, Damage> {
        let place = [purpose as u8, VERSION];
        let sealed = wrapped.split_off(..WRAPPED_BYTES).ok_or(Damage::Layout)?;
        let key = self
            .key
            .open(Place::keyring(tenant, &place), sealed)
            .map_err(|_| Damage::Forged)?;
        KeyBytes::copied_from(&Zeroizing::new(key)).ok_or(Damage::Layout)
    }

    /// The bytes of the file.
    pub(super) fn encode(&self, contents: &Contents) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend(self.fingerprint.0);
        bytes.extend(contents.generation.to_be_bytes());
        bytes.extend(&contents.platform);
        let count = u32::try_from(contents.tenants.len()).expect("tenant numbers have 32 bits");
        bytes.extend(count.to_be_bytes());
        for (tenant, keys) in &contents.tenants {
            bytes.extend(tenant.0.to_be_bytes());
            bytes.extend(keys);
        }
        bytes.extend(hmac::sign(&self.integrity, &bytes).as_ref());
        bytes.extend(digest::digest(&digest::SHA256, &bytes).as_ref());
        bytes
    }

    /// What the file holds, if every byte of it is as [`Wrapper::encode`] made it under the same master key.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<Contents, Refusal> {
        if !bytes.starts_with(&MAGIC) {
            return Err(Damage::NotAKeyring.into());
        }
        let (authenticated, checksum) = bytes.split_last_chunk::<HASH_BYTES>().ok_or(Damage::Checksum)?;
        if digest::digest(&digest::SHA256, authenticated).as_ref() != checksum {
            return Err(Damage::Checksum.into());
        }
        let (body, code) = authenticated
            .split_last_chunk::<HASH_BYTES>()
            .ok_or(Damage::Layout)?;
        let mut rest = body.strip_prefix(&MAGIC).ok_or(Damage::Layout)?;
        let [version] = take(&mut rest)?;
        if version != VERSION {
            return Err(Refusal::UnknownVersion(version));
        }
        let needed = Fingerprint(take(&mut rest)?);
        if needed != self.fingerprint {
            return Err(Refusal::WrongMasterKey { needed });
        }
        hmac::verify(&self.integrity, body, code).map_err(|_| Damage::Forged)?;
        Ok(read_contents(rest)?)
    }
}

fn read_contents(mut rest: &[u8]) -> Result<Contents, Damage> {
    let generation = u64::from_be_bytes(take(&mut rest)?);
    let platform = take_keys(&mut rest, PlatformKeys::COUNT)?;
    let count = u32::from_be_bytes(take(&mut rest)?);
    let mut tenants = BTreeMap::new();
    for _ in 0..count {
        let tenant = TenantNumber(u32::from_be_bytes(take(&mut rest)?));
        let ascending = tenants.last_key_value().is_none_or(|(&last, _)| last < tenant);
        if !ascending {
            return Err(Damage::Layout);
        }
        tenants.insert(tenant, take_keys(&mut rest, TenantKeys::COUNT)?);
    }
    rest.is_empty()
        .then_some(Contents {
            generation,
            platform,
            tenants,
        })
        .ok_or(Damage::Layout)
}

fn take<const BYTES: usize>(rest: &mut &[u8]) -> Result<[u8; BYTES], Damage> {
    let (taken, after) = rest.split_first_chunk().ok_or(Damage::Layout)?;
    *rest = after;
    Ok(*taken)
}

fn take_keys(rest: &mut &[u8], count: usize) -> Result<Vec<u8>, Damage> {
    let keys = rest.split_off(..count * WRAPPED_BYTES).ok_or(Damage::Layout)?;
    Ok(keys.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(wrapper: &Wrapper, tenants: &[u32]) -> Contents {
        let wrapped = tenants
            .iter()
            .map(|&number| (TenantNumber(number), wrapper.new_tenant(TenantNumber(number)).1));
        Contents {
            generation: 5,
            platform: wrapper.new_platform().1,
            tenants: wrapped.collect(),
        }
    }

    /// Ends changed bytes with a plain hash that fits, as somebody does who changes a file on purpose.
    fn with_new_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len() - HASH_BYTES);
        bytes.extend(digest::digest(&digest::SHA256, &bytes).as_ref());
        bytes
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let wrapper = Wrapper::new(&MasterKey::random());
        for tenants in [&[][..], &[0], &[0, 1, u32::MAX]] {
            let contents = contents(&wrapper, tenants);
            assert_eq!(wrapper.decode(&wrapper.encode(&contents)), Ok(contents));
        }
    }

    #[test]
    fn a_flipped_bit_with_a_checksum_made_to_fit_is_refused() {
        // R139
        let wrapper = Wrapper::new(&MasterKey::random());
        let bytes = wrapper.encode(&contents(&wrapper, &[3]));
        for byte in 0..bytes.len() - HASH_BYTES {
            for bit in 0..8 {
                let mut forged = bytes.clone();
                forged[byte] ^= 1 << bit;
                let refusal = wrapper.decode(&with_new_checksum(forged)).expect_err("refused");
                match byte {
                    0..8 => assert_eq!(refusal, Refusal::Damaged(Damage::NotAKeyring)),
                    8 => assert!(matches!(refusal, Refusal::UnknownVersion(_))),
                    9..17 => assert!(matches!(refusal, Refusal::WrongMasterKey { .. })),
                    _ => assert_eq!(
                        refusal,
                        Refusal::Damaged(Damage::Forged),
                        "byte {byte}, bit {bit}"
                    ),
                }
            }
        }
    }

    #[test]
    fn removed_and_reordered_tenants_are_refused() {
        let wrapper = Wrapper::new(&MasterKey::random());
        let bytes = wrapper.encode(&contents(&wrapper, &[1, 2]));
        let entry_bytes = 4 + TenantKeys::COUNT * WRAPPED_BYTES;
        let second = bytes.len() - 2 * HASH_BYTES - entry_bytes;
        let first = second - entry_bytes;

        let mut reordered = bytes.clone();
        reordered[first..second + entry_bytes].rotate_left(entry_bytes);
        let mut removed = bytes;
        removed.drain(second..second + entry_bytes);
        removed[first - 1] = 1;
        for forged in [reordered, removed] {
            assert_eq!(
                wrapper.decode(&with_new_checksum(forged)),
                Err(Damage::Forged.into())
            );
        }
    }

    #[test]
    fn an_authentic_file_with_tenants_out_of_order_or_bytes_left_over_is_refused() {
        let wrapper = Wrapper::new(&MasterKey::random());
        let body = |numbers: [u32; 2]| {
            let mut body = 5_u64.to_be_bytes().to_vec();
            body.extend(wrapper.new_platform().1);
            body.extend(2_u32.to_be_bytes());
            for number in numbers {
                body.extend(number.to_be_bytes());
                body.extend(wrapper.new_tenant(TenantNumber(number)).1);
            }
            body
        };
        assert!(read_contents(&body([1, 2])).is_ok());
        assert_eq!(read_contents(&body([2, 1])), Err(Damage::Layout));
        assert_eq!(read_contents(&body([1, 1])), Err(Damage::Layout));
        assert_eq!(
            read_contents(&[body([1, 2]), vec![0]].concat()),
            Err(Damage::Layout)
        );
    }

    #[test]
    fn a_wrapped_key_opens_only_for_its_tenant_and_purpose() {
        // R121
        let wrapper = Wrapper::new(&MasterKey::random());
        let (_, wrapped) = wrapper.new_tenant(TenantNumber(1));
        assert!(wrapper.tenant(TenantNumber(1), &wrapped).is_ok());
        assert_eq!(
            wrapper.tenant(TenantNumber(2), &wrapped).err(),
            Some(Damage::Forged)
        );
        assert_eq!(wrapper.platform(&wrapped).err(), Some(Damage::Forged));

        let mut swapped = wrapped;
        swapped[..2 * WRAPPED_BYTES].rotate_left(WRAPPED_BYTES);
        assert_eq!(
            wrapper.tenant(TenantNumber(1), &swapped).err(),
            Some(Damage::Forged)
        );
    }
}
