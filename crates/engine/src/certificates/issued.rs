//! The certificates that the tenant's authorities have issued, used or not, and their end.

use super::revoked::revoke_one;
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Missing, Refusal};
use crate::users::allow_people;
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use model::certificates::{IssuedCertificate, SerialNumber};
use model::registration::DeviceId;
use model::time::Timestamp;
use policy::operations::certificates::{CertificateAdmin, CertificateRead};
use std::collections::BTreeSet;
use store::realm::RealmChanges;

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
        let mut all = rows.issued_certificates()?;
        all.retain(|one| {
            self.device
                .as_ref()
                .is_none_or(|device| device == one.device.as_str())
        });
        all.sort_unstable_by(|left, right| (right.issued, &right.serial).cmp(&(left.issued, &left.serial)));
        Ok(self.page.of(all))
    }
}

/// What is to be revoked.
pub enum RevokeIssued {
    /// One certificate.
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
        let revoked = revoke_issued(&realm, desk.now(), |one| match self {
            Self::Serial(serial) => one.serial == *serial,
            Self::Device(device) => one.device == *device,
        })?;
        let mut users: BTreeSet<_> = revoked.iter().map(|one| one.user).collect();
        if let Self::Device(device) = self {
            if let Some(enrolment) = realm.now().enrolment(device)? {
                users.insert(enrolment.user);
                realm.delete_enrolment(device)?;
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
        let serials: Vec<_> = revoked.iter().map(|one| one.serial.to_string()).collect();
        let text = format!("{} certificates revoked: {}", serials.len(), serials.join(", "));
        desk.note(Note {
            severity: Severity::Warning,
            ..Note::new("Certificate", "Certificates of a device revoked", source).text(text)
        });
        let count = revoked.len();
        Ok(done(count))
    }
}

/// Revokes those of the issued certificates that fit and are not revoked yet.
pub(super) fn revoke_issued(
    realm: &RealmChanges<'_>,
    now: Timestamp,
    fits: impl Fn(&IssuedCertificate) -> bool,
) -> Result<Vec<IssuedCertificate>, Refusal> {
    let mut all = realm.now().issued_certificates()?;
    all.retain(|one| one.revoked.is_none() && fits(one));
    for one in &mut all {
        one.revoked = Some(now);
        realm.put_issued_certificate(one)?;
        revoke_one(realm, &one.serial, now)?;
    }
    Ok(all)
}
