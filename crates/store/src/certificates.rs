//! Certificates that a tenant trusts, and serial numbers that it has revoked, as rows of its identity part: who is let in.

use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::certificates::{
    Enrolment, Fingerprint, IssuedCertificate, RevokedSerial, SerialNumber, TrustedCertificate,
};
use model::ids::TenantNumber;
use model::registration::DeviceId;
use model::tenants::Tenant;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// How many serial numbers are revoked, and how often the list has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationState {
    /// How many there are.
    pub count: usize,
    /// The number of the list (RFC 5280, section 5.2.3).
    pub number: u64,
}

/// The private key of an authority, as it is stored: sealed like every row, and wiped from memory when dropped. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuthorityKeyRow {
    /// The key in PEM form.
    pub pem: String,
}

impl Drop for AuthorityKeyRow {
    fn drop(&mut self) {
        self.pem.zeroize();
    }
}

/// The authority that issues certificates now.
#[derive(Serialize, Deserialize)]
struct AuthorityRow(Fingerprint);

#[derive(Serialize, Deserialize)]
struct DeviceKeyRow(DeviceId);

rows! {
    Enrolment => Enrolment,
    IssuedCertificate => IssuedCertificate,
    DeviceKeyRow => DeviceKey,
    AuthorityKeyRow => AuthorityKey,
    AuthorityRow => Authority,
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

fn enrolment_key(view: &View, tenant: TenantNumber, device: &DeviceId) -> Result<Key, StoreFault> {
    let blind = view.keys.blind_identity(tenant, "enrolment", device.as_str())?;
    Ok(Key::new(tenant, Table::Enrolment).blind(blind))
}

fn issued_key(view: &View, tenant: TenantNumber, serial: &SerialNumber) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_identity(tenant, "issued-certificate", serial.to_string())?;
    Ok(Key::new(tenant, Table::IssuedCertificate).blind(blind))
}

fn device_key_key(view: &View, tenant: TenantNumber, trace: &[u8; 32]) -> Result<Key, StoreFault> {
    let blind = view.keys.blind_identity(tenant, "device-key", trace)?;
    Ok(Key::new(tenant, Table::DeviceKey).blind(blind))
}

fn authority_key_key(view: &View, tenant: TenantNumber, name: Fingerprint) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_identity(tenant, "authority-key", name.to_string())?;
    Ok(Key::new(tenant, Table::AuthorityKey).blind(blind))
}

fn authority_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::Authority)
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

    /// The authority that issues certificates now.
    pub fn authority(&self) -> Result<Option<Fingerprint>, StoreFault> {
        let row = self.view.row::<AuthorityRow>(&authority_key(self.tenant))?;
        Ok(row.map(|row| row.0))
    }

    /// The private key of an authority.
    pub fn authority_key(&self, name: Fingerprint) -> Result<Option<AuthorityKeyRow>, StoreFault> {
        self.view.row(&authority_key_key(self.view, self.tenant, name)?)
    }

    /// The one-time password of a device.
    pub fn enrolment(&self, device: &DeviceId) -> Result<Option<Enrolment>, StoreFault> {
        self.view.row(&enrolment_key(self.view, self.tenant, device)?)
    }

    /// A certificate that was issued.
    pub fn issued_certificate(&self, serial: &SerialNumber) -> Result<Option<IssuedCertificate>, StoreFault> {
        self.view.row(&issued_key(self.view, self.tenant, serial)?)
    }

    /// Every certificate that was issued, in no meaningful order.
    pub fn issued_certificates(&self) -> Result<Vec<IssuedCertificate>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::IssuedCertificate))
    }

    /// The device that has this key, by the key's trace.
    pub fn device_with_key(&self, trace: &[u8; 32]) -> Result<Option<DeviceId>, StoreFault> {
        let row = self
            .view
            .row::<DeviceKeyRow>(&device_key_key(self.view, self.tenant, trace)?)?;
        Ok(row.map(|row| row.0))
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

    /// Makes an authority the one that issues certificates from now on.
    pub fn put_authority(&self, name: Fingerprint, key: &AuthorityKeyRow) -> Result<(), StoreFault> {
        self.tx.put(&authority_key(self.tenant), &AuthorityRow(name))?;
        self.tx
            .put(&authority_key_key(&self.tx.view, self.tenant, name)?, key)
    }

    /// Forgets the private key of an authority; if it is the one that issues, nobody does any more.
    pub fn delete_authority(&self, name: Fingerprint) -> Result<(), StoreFault> {
        if self.now().authority()? == Some(name) {
            self.tx.delete(&authority_key(self.tenant));
        }
        self.tx
            .delete(&authority_key_key(&self.tx.view, self.tenant, name)?);
        Ok(())
    }

    /// Stores a one-time password, new or changed.
    pub fn put_enrolment(&self, enrolment: &Enrolment) -> Result<(), StoreFault> {
        let key = enrolment_key(&self.tx.view, self.tenant, &enrolment.device)?;
        self.tx.put(&key, enrolment)
    }

    /// Forgets the one-time password of a device.
    pub fn delete_enrolment(&self, device: &DeviceId) -> Result<(), StoreFault> {
        self.tx
            .delete(&enrolment_key(&self.tx.view, self.tenant, device)?);
        Ok(())
    }

    /// Stores a certificate that is issued or revoked, and whose key it has.
    pub fn put_issued_certificate(&self, issued: &IssuedCertificate) -> Result<(), StoreFault> {
        let view = &self.tx.view;
        let key = device_key_key(view, self.tenant, &issued.key)?;
        self.tx.put(&key, &DeviceKeyRow(issued.device.clone()))?;
        self.tx
            .put(&issued_key(view, self.tenant, &issued.serial)?, issued)
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
