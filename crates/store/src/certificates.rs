//! Certificates that a tenant trusts, and serial numbers that it has revoked, as rows of its identity part: who is let in.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::certificates::{
    DeviceCertificates, Enrolment, Fingerprint, IssuedCertificate, RevokedSerial, SerialNumber,
    TrustedCertificate,
};
use model::ids::{PrincipalId, TenantNumber};
use model::registration::DeviceId;
use model::tenants::Tenant;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
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

#[derive(Serialize, Deserialize)]
struct IssuedOfRow(SerialNumber);

#[derive(Serialize, Deserialize)]
struct IssuedByEndRow(SerialNumber);

rows! {
    Enrolment => Enrolment,
    IssuedCertificate => IssuedCertificate,
    IssuedOfRow => IssuedOf,
    IssuedByEndRow => IssuedByEnd,
    DeviceCertificates => DeviceCertificates,
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
    let blind = issued_blind(view, tenant, serial)?;
    Ok(Key::new(tenant, Table::IssuedCertificate).blind(blind))
}

fn issued_blind(view: &View, tenant: TenantNumber, serial: &SerialNumber) -> Result<[u8; 16], StoreFault> {
    view.keys
        .blind_identity(tenant, "issued-certificate", serial.to_string())
}

fn issued_of_key(view: &View, tenant: TenantNumber, device: &DeviceId) -> Result<Key, StoreFault> {
    let blind = view.keys.blind_identity(tenant, "issued-of", device.as_str())?;
    Ok(Key::new(tenant, Table::IssuedOf).blind(blind))
}

fn issued_by_end_key(tenant: TenantNumber, end: Timestamp) -> Key {
    Key::new(tenant, Table::IssuedByEnd).number(u64::try_from(end.millis()).unwrap_or_default())
}

fn used_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::DeviceCertificates).number(user.number())
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

    /// One of them, for the same.
    pub fn trusted_certificate(
        &self,
        tenant: &Tenant,
        name: Fingerprint,
    ) -> Result<Option<TrustedCertificate>, StoreFault> {
        RealmRows::new(self, tenant.number).trusted_certificate(name)
    }

    /// Whether a tenant has revoked a serial number, for the same.
    pub fn is_serial_revoked(&self, tenant: &Tenant, serial: &SerialNumber) -> Result<bool, StoreFault> {
        Ok(RealmRows::new(self, tenant.number).revoked(serial)?.is_some())
    }

    /// Which device has a key, for the same.
    pub fn device_with_key(&self, tenant: &Tenant, trace: &[u8; 32]) -> Result<Option<DeviceId>, StoreFault> {
        RealmRows::new(self, tenant.number).device_with_key(trace)
    }

    /// With which certificates a device has signed in, for the same; nothing if it may not.
    pub fn device_certificates(
        &self,
        tenant: &Tenant,
        user: PrincipalId,
    ) -> Result<Option<DeviceCertificates>, StoreFault> {
        self.row(&used_key(tenant.number, user))
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

    /// The certificates that were issued to a device, in no meaningful order.
    pub fn issued_to(&self, device: &DeviceId) -> Result<Vec<IssuedCertificate>, StoreFault> {
        let of_device = issued_of_key(self.view, self.tenant, device)?;
        // Moves with every certificate that is issued to it: nobody who revokes all of them overlooks one.
        self.view.watch(&of_device)?;
        let rows: Vec<IssuedOfRow> = self.view.rows(&of_device)?;
        let serials: BTreeSet<_> = rows.into_iter().map(|row| row.0).collect();
        let read = serials.iter().map(|serial| self.issued_certificate(serial));
        Ok(read
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    /// Up to so many certificates that were issued and ended before this time, in the order in which they did.
    pub fn issued_until(&self, end: Timestamp, most: usize) -> Result<Vec<IssuedCertificate>, StoreFault> {
        let mut found = Vec::new();
        let table = Key::new(self.tenant, Table::IssuedByEnd);
        self.view
            .scan::<IssuedByEndRow>(&table, Direction::Forward, |_, row| {
                let Some(issued) = self.issued_certificate(&row.0)? else {
                    return Ok(ControlFlow::Continue(()));
                };
                if issued.not_after >= end || found.len() >= most {
                    return Ok(ControlFlow::Break(()));
                }
                found.push(issued);
                Ok(ControlFlow::Continue(()))
            })?;
        Ok(found)
    }

    /// With which certificates a device has signed in; nothing if it may not.
    pub fn device_certificates(&self, user: PrincipalId) -> Result<Option<DeviceCertificates>, StoreFault> {
        self.view.row(&used_key(self.tenant, user))
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
        // Whoever came in below it is asked anew.
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&key, certificate)
    }

    /// Trusts a certificate no longer.
    pub fn delete_trusted_certificate(&self, name: Fingerprint) -> Result<(), StoreFault> {
        self.tx.moves(self.tenant, Epoch::Rules);
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
        self.bind_key(&issued.key, &issued.device)?;
        let blind = issued_blind(view, self.tenant, &issued.serial)?;
        let of_device = issued_of_key(view, self.tenant, &issued.device)?;
        self.tx.put(&of_device, &IssuedOfRow(issued.serial.clone()))?;
        self.tx
            .put(&of_device.blind(blind), &IssuedOfRow(issued.serial.clone()))?;
        let by_end = issued_by_end_key(self.tenant, issued.not_after).blind(blind);
        self.tx.put(&by_end, &IssuedByEndRow(issued.serial.clone()))?;
        self.tx
            .put(&issued_key(view, self.tenant, &issued.serial)?, issued)
    }

    /// Forgets a certificate that was issued and is over. Its key stays the device's.
    pub fn forget_issued_certificate(&self, issued: &IssuedCertificate) -> Result<(), StoreFault> {
        let view = &self.tx.view;
        let blind = issued_blind(view, self.tenant, &issued.serial)?;
        self.tx
            .delete(&issued_of_key(view, self.tenant, &issued.device)?.blind(blind));
        self.tx
            .delete(&issued_by_end_key(self.tenant, issued.not_after).blind(blind));
        self.tx.delete(&issued_key(view, self.tenant, &issued.serial)?);
        Ok(())
    }

    /// Binds a key to a device, by the key's trace.
    pub fn bind_key(&self, trace: &[u8; 32], device: &DeviceId) -> Result<(), StoreFault> {
        let key = device_key_key(&self.tx.view, self.tenant, trace)?;
        self.tx.put(&key, &DeviceKeyRow(device.clone()))
    }

    /// Stores with which certificates a device has signed in; that it may, from now on.
    pub fn put_device_certificates(
        &self,
        user: PrincipalId,
        certificates: &DeviceCertificates,
    ) -> Result<(), StoreFault> {
        self.tx.put(&used_key(self.tenant, user), certificates)
    }

    /// Lets a device sign in with certificates, if it may not yet.
    pub fn admit_certificates(&self, user: PrincipalId) -> Result<(), StoreFault> {
        match self.now().device_certificates(user)? {
            Some(_) => Ok(()),
            None => self.put_device_certificates(user, &DeviceCertificates::default()),
        }
    }

    /// Lets a device sign in with certificates no longer; whoever came in so is asked anew.
    pub fn forget_device_certificates(&self, user: PrincipalId) {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.delete(&used_key(self.tenant, user));
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
        // Whoever came in with it is asked anew.
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&key, revoked)?;
        Ok(true)
    }
}
