//! Revoking serial numbers: whoever signed them, no certificate with one is let in any more. Nothing takes it back. One that
//! the tenant's own authority has issued falls with those that renew it.

use super::NotTrusted;
use super::issued::{revoke_issued, with_renewals};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::Refusal;
use crate::users::allow_people;
use crate::work::{Command, Then, done};
use audit::record::Severity;
use model::certificates::{IssuedCertificate, RevokedSerial, SerialNumber};
use model::limits::REVOCATIONS_MAX;
use model::time::Timestamp;
use policy::operations::certificates::CertificateAdmin;
use store::realm::RealmChanges;

/// A serial number that is to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The number.
    pub serial: SerialNumber,
    /// Since when; a time to come is now.
    pub since: Option<Timestamp>,
}

/// Revokes serial numbers. Those that are revoked already stay as they are.
pub struct RevokeSerials(pub Vec<Revocation>);

impl Command for RevokeSerials {
    type Operation = CertificateAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateAdmin, _>(desk)?);
        let (mut new, mut renewals) = (Vec::new(), 0);
        for revocation in &self.0 {
            let revoked = RevokedSerial {
                serial: revocation.serial.clone(),
                since: revocation.since.map_or(desk.now(), |since| since.min(desk.now())),
            };
            if realm.revoke(&revoked)? {
                new.push(revoked.serial.to_string());
            }
            let issued = with_renewals(&realm.now(), &revocation.serial)?;
            let fallen = revoke_issued(&realm, desk.now(), issued)?;
            let is_renewal = |one: &&IssuedCertificate| one.serial != revocation.serial;
            renewals += fallen.iter().filter(is_renewal).count();
        }
        if realm.now().revocation_state()?.count > REVOCATIONS_MAX {
            return Err(NotTrusted::TooManyRevoked.into());
        }
        if !new.is_empty() {
            let first: Vec<_> = new.iter().take(10).map(String::as_str).collect();
            let more = if new.len() > first.len() { ", …" } else { "" };
            let text = format!(
                "{} serial numbers revoked: {}{more}; with them {renewals} certificates that renew theirs",
                new.len(),
                first.join(", ")
            );
            let tenant = desk.caller().tenant_id();
            let note = Note::new("Certificate", "Serial numbers revoked", tenant).text(text);
            desk.note(Note {
                severity: Severity::Warning,
                ..note
            });
        }
        Ok(done(()))
    }
}

/// Revokes one number.
pub(super) fn revoke_one(
    realm: &RealmChanges<'_>,
    serial: &SerialNumber,
    now: Timestamp,
) -> Result<(), Refusal> {
    let revoked = RevokedSerial {
        serial: serial.clone(),
        since: now,
    };
    realm.revoke(&revoked)?;
    Ok(())
}
