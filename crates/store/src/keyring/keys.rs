//! The keys of a tenant and of the platform, each for one purpose.
//!
//! It does not know how they are kept.
//!
//! The identity part and the payload part have keys of their own (R121). Code that works on one part takes the one
//! part's struct and cannot reach the other's from there.

use crate::seal::{BlindKey, KeyBytes, KeyEpoch, SealKey};
use std::sync::Arc;

/// What a key is for. The number is authenticated with each wrapped key: none can be passed off as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Purpose {
    IdentitySeal = 1,
    IdentityIndex = 2,
    PayloadSeal = 3,
    PayloadIndex = 4,
    AuditSeal = 5,
    AuditSigning = 6,
    CatalogueSeal = 7,
    CatalogueIndex = 8,
    PasswordPepper = 9,
    TokenSecret = 10,
}

/// The keys of a tenant's users, groups and credentials.
pub struct IdentityKeys {
    /// Seals the rows.
    pub seal: SealKey,
    /// Blinds what is looked up: user names, e-mail addresses.
    pub index: BlindKey,
}

/// The keys of a tenant's devices and telemetry.
pub struct PayloadKeys {
    /// Seals the rows.
    pub seal: SealKey,
    /// Blinds what is looked up: external ids, types, names.
    pub index: BlindKey,
}

/// The keys of a tenant's audit log.
pub struct AuditKeys {
    /// Seals the records.
    pub seal: SealKey,
    /// From which the key is made that signs the log's checkpoints.
    pub signing_seed: KeyBytes,
}

/// All keys of one tenant. Whoever works on one part takes that part's `Arc` and lets go of this.
pub struct TenantKeys {
    identity: Arc<IdentityKeys>,
    payload: Arc<PayloadKeys>,
    audit: Arc<AuditKeys>,
}

impl TenantKeys {
    /// How many keys a tenant has.
    pub(super) const COUNT: usize = 6;

    /// Those of users and credentials.
    pub fn identity(&self) -> &Arc<IdentityKeys> {
        &self.identity
    }

    /// Those of devices and telemetry.
    pub fn payload(&self) -> &Arc<PayloadKeys> {
        &self.payload
    }

    /// Those of the audit log.
    pub fn audit(&self) -> &Arc<AuditKeys> {
        &self.audit
    }

    /// Asks for each key once. The order of the questions is the order in the keyring file.
    pub(super) fn assemble<E>(mut key: impl FnMut(Purpose) -> Result<KeyBytes, E>) -> Result<Self, E> {
        let identity = IdentityKeys {
            seal: SealKey::new(KeyEpoch::FIRST, key(Purpose::IdentitySeal)?),
            index: BlindKey::new(key(Purpose::IdentityIndex)?),
        };
        let payload = PayloadKeys {
            seal: SealKey::new(KeyEpoch::FIRST, key(Purpose::PayloadSeal)?),
            index: BlindKey::new(key(Purpose::PayloadIndex)?),
        };
        let audit = AuditKeys {
            seal: SealKey::new(KeyEpoch::FIRST, key(Purpose::AuditSeal)?),
            signing_seed: key(Purpose::AuditSigning)?,
        };
        Ok(Self {
            identity: identity.into(),
            payload: payload.into(),
            audit: audit.into(),
        })
    }
}

/// The keys that belong to no tenant.
pub struct PlatformKeys {
    /// Seals the rows of the catalogue.
    pub catalogue: SealKey,
    /// Blinds what is looked up in the catalogue: tenant ids, domains.
    pub catalogue_index: BlindKey,
    /// Goes into every password hash: a stolen database alone allows no guessing.
    pub password_pepper: KeyBytes,
    /// Authenticates the tokens that the platform gives out.
    pub token_secret: KeyBytes,
}

impl PlatformKeys {
    /// How many keys the platform has.
    pub(super) const COUNT: usize = 4;

    /// As [`TenantKeys::assemble`].
    pub(super) fn assemble<E>(mut key: impl FnMut(Purpose) -> Result<KeyBytes, E>) -> Result<Self, E> {
        Ok(Self {
            catalogue: SealKey::new(KeyEpoch::FIRST, key(Purpose::CatalogueSeal)?),
            catalogue_index: BlindKey::new(key(Purpose::CatalogueIndex)?),
            password_pepper: key(Purpose::PasswordPepper)?,
            token_secret: key(Purpose::TokenSecret)?,
        })
    }
}
