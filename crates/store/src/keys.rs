//! The right key for each space: seals and opens values, blinds what is looked up.
//!
//! It knows the keyring, not what is in the rows.

use crate::backend::Space;
use crate::fault::StoreFault;
use crate::keyring::{AuditKeys, Keyring, PlatformKeys};
use crate::seal::Place;
use model::ids::TenantNumber;
use std::sync::Arc;

/// Sealing and opening by tenant and space.
pub(crate) struct Keys {
    keyring: Keyring,
}

impl Keys {
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self { keyring }
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(crate) fn platform(&self) -> &Arc<PlatformKeys> {
        self.keyring.platform()
    }

    /// Whether the tenant's keys are there: false once it was deleted.
    pub(crate) fn has(&self, tenant: TenantNumber) -> bool {
        self.keyring.get(tenant).is_some()
    }

    pub(crate) fn seal(
        &self,
        tenant: TenantNumber,
        space: Space,
        key: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreFault> {
        let place = Place::row(tenant, space, key);
        if space == Space::Catalogue {
            return Ok(self.platform().catalogue.seal(place, plain));
        }
        let keys = self.keyring.get(tenant).ok_or(StoreFault::NoKeys { tenant })?;
        Ok(match space {
            Space::Identity => keys.identity().seal.seal(place, plain),
            Space::Payload => keys.payload().seal.seal(place, plain),
            Space::Audit | Space::Catalogue => keys.audit().seal.seal(place, plain),
        })
    }

    pub(crate) fn open(
        &self,
        tenant: TenantNumber,
        space: Space,
        key: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreFault> {
        let place = Place::row(tenant, space, key);
        let opened = if space == Space::Catalogue {
            self.platform().catalogue.open(place, sealed)
        } else {
            let keys = self.keyring.get(tenant).ok_or(StoreFault::NoKeys { tenant })?;
            match space {
                Space::Identity => keys.identity().seal.open(place, sealed),
                Space::Payload => keys.payload().seal.open(place, sealed),
                Space::Audit | Space::Catalogue => keys.audit().seal.open(place, sealed),
            }
        };
        opened.map_err(|_| StoreFault::Broken { tenant, space })
    }

    /// The blind index of a text of the identity part.
    pub(crate) fn blind_identity(
        &self,
        tenant: TenantNumber,
        domain: &'static str,
        text: impl AsRef<[u8]>,
    ) -> Result<[u8; 16], StoreFault> {
        let keys = self.keyring.get(tenant).ok_or(StoreFault::NoKeys { tenant })?;
        Ok(keys.identity().index.blind(domain, text.as_ref()))
    }

    /// The blind index of bytes of the payload part.
    pub(crate) fn blind_payload(
        &self,
        tenant: TenantNumber,
        domain: &'static str,
        bytes: &[u8],
    ) -> Result<[u8; 16], StoreFault> {
        let keys = self.keyring.get(tenant).ok_or(StoreFault::NoKeys { tenant })?;
        Ok(keys.payload().index.blind(domain, bytes))
    }

    /// The blind index of a text of the catalogue.
    pub(crate) fn blind_catalogue(&self, domain: &'static str, text: &str) -> [u8; 16] {
        self.platform().catalogue_index.blind(domain, text.as_bytes())
    }

    /// The keys of a tenant's audit log.
    pub(crate) fn audit(&self, tenant: TenantNumber) -> Result<Arc<AuditKeys>, StoreFault> {
        let keys = self.keyring.get(tenant).ok_or(StoreFault::NoKeys { tenant })?;
        Ok(keys.audit().clone())
    }
}
