//! Certificates that a tenant trusts, and serial numbers that it has revoked, as rows of its identity part: who is let in.

use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::certificates::{Fingerprint, RevokedSerial, SerialNumber, TrustedCertificate};
use model::ids::TenantNumber;
use model::tenants::Tenant;
use serde::{Deserialize, Serialize};

/// How many serial numbers are revoked, and how often the list has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationState {
    /// How many there are.
    pub count: usize,
    /// The number of the list (RFC 5280, section 5.2.3).
    pub number: u64,
}

rows! {
    TrustedCertificate => TrustedCertificate,
    RevokedSerial => RevokedSerial,
    RevocationState => RevocationState,
}

fn trusted_key(view: &View, tenant: TenantNumber, name: Fingerprint) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_identity(tenant, "trusted-certificate", name.to_string())?;
    Ok(Key::new(tenant, Table::TrustedCertificate).blind(blind))
}

fn revoked_key(view: &View, tenant: TenantNumber, serial: &SerialNumber) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_identity(tenant, "revoked-serial", serial.to_string())?;
    Ok(Key::new(tenant, Table::RevokedSerial).blind(blind))
}

fn state_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::RevocationState)
}

impl View {
    /// What a tenant trusts: what judging a device's certificate needs.
    pub fn trusted_certificates(&self, tenant: &Tenant) -> Result<Vec<TrustedCertificate>, StoreFault> {
        RealmRows::new(self, tenant.number).trusted_certificates()
    }

    /// Whether a tenant has revoked a serial number, for the same.
    pub fn is_serial_revoked(&self, tenant: &Tenant, serial: &SerialNumber) -> Result<bool, StoreFault> {
        Ok(RealmRows::new(self, tenant.number).revoked(serial)?.is_some())
    }
}

impl RealmRows<'_> {
    /// A trusted certificate.
    pub fn trusted_certificate(&self, name: Fingerprint) -> Result<Option<TrustedCertificate>, StoreFault> {
        self.view.row(&trusted_key(self.view, self.tenant, name)?)
    }

    /// Every trusted certificate, in no meaningful order.
    pub fn trusted_certificates(&self) -> Result<Vec<TrustedCertificate>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::TrustedCertificate))
    }

    /// A revoked serial number.
    pub fn revoked(&self, serial: &SerialNumber) -> Result<Option<RevokedSerial>, StoreFault> {
        self.view.row(&revoked_key(self.view, self.tenant, serial)?)
    }

    /// Every revoked serial number, in no meaningful order.
    pub fn revocations(&self) -> Result<Vec<RevokedSerial>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::RevokedSerial))
    }

    /// How many are revoked.
    pub fn revocation_state(&self) -> Result<RevocationState, StoreFault> {
        Ok(self.view.row(&state_key(self.tenant))?.unwrap_or_default())
    }
}

impl RealmChanges<'_> {
    /// Stores a trusted certificate, new or changed.
    pub fn put_trusted_certificate(&self, certificate: &TrustedCertificate) -> Result<(), StoreFault> {
        let key = trusted_key(&self.tx.view, self.tenant, certificate.facts.fingerprint)?;
        self.tx.put(&key, certificate)
    }

    /// Trusts a certificate no longer.
    pub fn delete_trusted_certificate(&self, name: Fingerprint) -> Result<(), StoreFault> {
        self.tx.delete(&trusted_key(&self.tx.view, self.tenant, name)?);
        Ok(())
    }

    /// Revokes a serial number; one that is revoked already stays as it is. Gives whether it is new.
    pub fn revoke(&self, revoked: &RevokedSerial) -> Result<bool, StoreFault> {
        let key = revoked_key(&self.tx.view, self.tenant, &revoked.serial)?;
        if self.tx.view.row::<RevokedSerial>(&key)?.is_some() {
            return Ok(false);
        }
        let state = self.now().revocation_state()?;
        let next = RevocationState {
            count: state.count + 1,
            number: state.number + 1,
        };
        self.tx.put(&state_key(self.tenant), &next)?;
        self.tx.put(&key, revoked)?;
        Ok(true)
    }
}
