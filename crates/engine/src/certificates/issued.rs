//! The certificates that the tenant's authorities have issued, used or not, and their end.

use super::revoked::revoke_one;
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Missing, Refusal};
use crate::users::allow_people;
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use model::certificates::{DeviceCertificates, IssuedCertificate, SerialNumber};
use model::ids::PrincipalId;
use model::registration::DeviceId;
use model::time::Timestamp;
use model::users::UserKind;
use policy::operations::certificates::{CertificateAdmin, CertificateRead};
use std::collections::BTreeSet;
use store::realm::{RealmChanges, RealmRows};

/// Lists certificates that were issued, the latest first.
pub struct FindIssued {
    /// Only of this device.
    pub device: Option<String>,
    /// Which part.
    pub page: Page,
}

impl Query for FindIssued {
    type Operation = CertificateRead;
    type Answer = Listed<IssuedCertificate>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.realm(allow_people::<CertificateRead, _>(desk)?);
        let device = self.device.as_ref().map(|device| device.parse::<DeviceId>());
        let mut all = match device {
            Some(Ok(device)) => rows.issued_to(&device)?,
            // No device has such a name.
            Some(Err(_)) => Vec::new(),
            None => rows.issued_certificates()?,
        };
        all.sort_unstable_by(|left, right| (right.issued, &right.serial).cmp(&(left.issued, &left.serial)));
        Ok(self.page.of(all))
    }
}

/// What is to be revoked.
pub enum RevokeIssued {
    /// One certificate, with those that were issued to whoever came with it, and so on: who held its key unlawfully has
    /// perhaps renewed it.
    Serial(SerialNumber),
    /// Every certificate of a device, with its one-time password, its tokens and sessions.
    Device(DeviceId),
}

impl Command for RevokeIssued {
    type Operation = CertificateAdmin;
    /// How many.
    type Answer = usize;

    fn change(&self, desk: &Changing) -> Result<Then<usize>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateAdmin, _>(desk)?);
        let (rows, now) = (realm.now(), desk.now());
        let meant = match self {
            Self::Serial(serial) => with_renewals(&rows, serial)?,
            Self::Device(device) => rows.issued_to(device)?,
        };
        let revoked = revoke_issued(&realm, now, meant)?;
        let mut users: BTreeSet<_> = revoked.iter().map(|one| one.user).collect();
        let mut serials: BTreeSet<_> = revoked.iter().map(|one| one.serial.clone()).collect();
        if let Self::Device(device) = self {
            if let Some(enrolment) = rows.enrolment(device)? {
                users.insert(enrolment.user);
                realm.delete_enrolment(device)?;
            }
            if let Some((user, used)) = used_by(&rows, device)? {
                users.insert(user);
                for serial in used
                    .used
                    .into_iter()
                    .filter_map(|one| one.serials.into_iter().next())
                {
                    revoke_one(&realm, &serial, now)?;
                    serials.insert(serial);
                }
                realm.forget_device_certificates(user);
            }
            if users.is_empty() {
                return Err(Refusal::Missing(Missing::DeviceRequest(device.to_string())));
            }
        } else if revoked.is_empty() {
            return Err(Refusal::Missing(Missing::IssuedCertificate));
        }
        for user in users {
            // Whatever was opened with the certificate ends at once.
            if let Some(before) = realm.now().user(user)? {
                let mut after = before.clone();
                after.epoch += 1;
                realm.update_user(&before, &after)?;
            }
        }
        let source = match self {
            Self::Serial(serial) => serial.to_string(),
            Self::Device(device) => device.to_string(),
        };
        let serials: Vec<_> = serials.iter().map(ToString::to_string).collect();
        let text = format!("{} certificates revoked: {}", serials.len(), serials.join(", "));
        desk.note(Note {
            severity: Severity::Warning,
            ..Note::new("Certificate", "Certificates of a device revoked", source).text(text)
        });
        Ok(done(serials.len()))
    }
}

/// The user of a device that signs in with certificates, and with which it has.
fn used_by(
    rows: &RealmRows<'_>,
    device: &DeviceId,
) -> Result<Option<(PrincipalId, DeviceCertificates)>, Refusal> {
    let Ok(name) = device.user_name() else {
        return Ok(None);
    };
    let user = rows.user_named(&name)?;
    let Some(user) = user.filter(|user| user.kind == UserKind::Device) else {
        return Ok(None);
    };
    let used = rows.device_certificates(user.id)?;
    Ok(used.map(|used| (user.id, used)))
}

/// A certificate that was issued, and those that renew it, directly or not; nothing if there is none.
pub(super) fn with_renewals(
    rows: &RealmRows<'_>,
    serial: &SerialNumber,
) -> Result<Vec<IssuedCertificate>, Refusal> {
    let Some(first) = rows.issued_certificate(serial)? else {
        return Ok(Vec::new());
    };
    let mut others = rows.issued_to(&first.device)?;
    let (mut found, mut next) = (vec![first], 0);
    while let Some(serial) = found.get(next).map(|one| one.serial.clone()) {
        found.extend(others.extract_if(.., |one| one.renews.as_ref() == Some(&serial)));
        next += 1;
    }
    Ok(found)
}

/// Revokes those of these certificates that are not revoked yet.
pub(crate) fn revoke_issued(
    realm: &RealmChanges<'_>,
    now: Timestamp,
    mut issued: Vec<IssuedCertificate>,
) -> Result<Vec<IssuedCertificate>, Refusal> {
    issued.retain(|one| one.revoked.is_none());
    for one in &mut issued {
        one.revoked = Some(now);
        realm.put_issued_certificate(one)?;
        revoke_one(realm, &one.serial, now)?;
    }
    Ok(issued)
}
