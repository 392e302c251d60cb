//! Certificates that a tenant trusts for its devices (R068): adding, changing and removing them, showing that one holds
//! the key of one, and asking whether a chain would be let in.
//!
//! Of which tenant a device is, is never taken from its certificate alone: two tenants may trust the same one, and what
//! either of them does with it says nothing about the other. Which of them a device is let into, is said in `anchors`.

mod anchors;
mod authority;
mod enrol;
mod expiry;
mod issued;
mod judge;
mod lists;
mod misuse;
mod possession;
mod revoked;
mod token;

pub(crate) use anchors::Anchors;
pub(crate) use authority::NewAuthority;
pub use authority::{CreateAuthority, RenewAuthority};
pub use enrol::{Enrol, NotIssued};
pub(crate) use issued::revoke_issued;
pub use issued::{FindIssued, RevokeIssued};
pub(crate) use judge::{Judged, judge};
pub use judge::{VerifiedChain, VerifyChain};
pub use lists::AuthorityAsked;
pub(crate) use lists::Lists;
pub(crate) use misuse::alarm_about_key;
/// A chain of certificates as it was sent.
pub use pki::chain::{BadChain, Chain};
pub use possession::{NewChallenge, ProvePossession};
pub use revoked::{Revocation, RevokeSerials};

use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, FaultId, Invalid, Missing, Refusal};
use crate::users::allow_people;
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use model::certificates::{Fingerprint, NewTrustedCertificate, TrustChange, TrustStatus, TrustedCertificate};
use model::json::Json;
use model::limits::{NAME_BYTES_MAX, REVOCATIONS_MAX, TRUSTED_CERTIFICATES_MAX};
use model::names::Label;
use pki::certificate::Certificate;
use pki::trusted::Unfit;
use policy::operations::certificates::{CertificateAdmin, CertificateRead};
use store::realm::RealmRows;

/// Why nothing is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTrusted {
    /// The certificate cannot be.
    #[error("Certificate {place} cannot be trusted: {reason}. Nothing was stored.")]
    Unfit {
        /// Which of those that were sent, from 1.
        place: usize,
        /// Why not.
        reason: Unfit,
    },
    /// There are too many.
    #[error(
        "A tenant trusts at most {TRUSTED_CERTIFICATES_MAX} certificates. Nothing was stored: remove some first."
    )]
    TooMany,
    /// There are too many revoked serial numbers.
    #[error("A tenant has at most {REVOCATIONS_MAX} revoked serial numbers. Nothing was stored.")]
    TooManyRevoked,
    /// No code waits to be signed, or its time is over.
    #[error("There is no code to be signed, or its time is over: ask for a new one (verification-code).")]
    NoChallenge,
    /// The platform holds the key itself.
    #[error(
        "This is the tenant's own certificate authority: its key is held here, and nothing is to be shown."
    )]
    OwnAuthority,
}

impl From<NotTrusted> for Refusal {
    fn from(reason: NotTrusted) -> Self {
        Self::Invalid(Invalid::Certificate(reason))
    }
}

fn missing(name: Fingerprint) -> Refusal {
    Refusal::Missing(Missing::Certificate(name.to_string()))
}

fn trusted_in(rows: &RealmRows<'_>, name: Fingerprint) -> Result<TrustedCertificate, Refusal> {
    rows.trusted_certificate(name)?.ok_or_else(|| missing(name))
}

/// A note about a trusted certificate: who of the devices is let in.
fn note(activity: &'static str, certificate: &TrustedCertificate) -> Note {
    let facts = &certificate.facts;
    let text = format!(
        "{activity}: {}, serial number {}, {}",
        facts.subject, facts.serial, facts.fingerprint
    );
    Note {
        severity: Severity::Warning,
        ..Note::new("Certificate", activity, facts.fingerprint).text(text)
    }
}

/// Lists trusted certificates, the oldest first.
pub struct FindCertificates {
    /// Only the tenant's own authorities, or only others.
    pub is_authority: Option<bool>,
    /// Which part.
    pub page: Page,
}

impl Query for FindCertificates {
    type Operation = CertificateRead;
    type Answer = Listed<TrustedCertificate>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.realm(allow_people::<CertificateRead, _>(desk)?);
        let mut all = rows.trusted_certificates()?;
        all.retain(|one| self.is_authority.is_none_or(|wanted| wanted == one.is_authority));
        all.sort_unstable_by(|left, right| {
            (left.added, left.facts.fingerprint).cmp(&(right.added, right.facts.fingerprint))
        });
        Ok(self.page.of(all))
    }
}

/// Reads one.
pub struct ReadCertificate(pub Fingerprint);

impl Query for ReadCertificate {
    type Operation = CertificateRead;
    type Answer = TrustedCertificate;

    fn answer(&self, desk: &Reading) -> Result<TrustedCertificate, Refusal> {
        let rows = desk.tx.realm(allow_people::<CertificateRead, _>(desk)?);
        trusted_in(&rows, self.0)
    }
}

/// Trusts certificates: all of them, or none. Whoever may add may read.
pub struct AddCertificates(pub Vec<NewTrustedCertificate>);

impl Command for AddCertificates {
    type Operation = CertificateAdmin;
    type Answer = Vec<TrustedCertificate>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateAdmin, _>(desk)?);
        if realm.now().trusted_certificates()?.len() + self.0.len() > TRUSTED_CERTIFICATES_MAX {
            return Err(NotTrusted::TooMany.into());
        }
        let (mut added, mut read) = (Vec::with_capacity(self.0.len()), Vec::new());
        for (index, new) in self.0.iter().enumerate() {
            let unfit = |reason| NotTrusted::Unfit {
                place: index + 1,
                reason,
            };
            let certificate = Certificate::one_from_text(&new.text).map_err(unfit)?;
            certificate.check_anchor(desk.now()).map_err(unfit)?;
            let trusted = trusted(desk, &certificate, new)?;
            if realm
                .now()
                .trusted_certificate(trusted.facts.fingerprint)?
                .is_some()
            {
                return Err(Refusal::Conflict(Conflict::CertificateThere));
            }
            realm.put_trusted_certificate(&trusted)?;
            let note = note("Certificate trusted", &trusted);
            desk.note(describe(note, None, Some(&trusted)));
            added.push(trusted);
            read.push(certificate);
        }
        // Only now, when nothing is left that could be unfit: what is never stored is not to be looked at either.
        for certificate in &read {
            desk.anchors.learn(desk.who().tenant(), certificate);
        }
        Ok(done(added))
    }
}

fn trusted(
    desk: &Changing,
    certificate: &Certificate,
    new: &NewTrustedCertificate,
) -> Result<TrustedCertificate, Refusal> {
    let facts = certificate
        .facts()
        .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
    let given = new.name.clone().filter(|name| !name.as_str().is_empty());
    Ok(TrustedCertificate {
        der: certificate.der().to_vec(),
        name: match given {
            Some(name) => name,
            None => own_name(&facts.subject)?,
        },
        facts,
        status: new.status,
        auto_registration: new.auto_registration,
        is_authority: false,
        proven: false,
        challenge: None,
        by: desk.who().id(),
        added: desk.now(),
    })
}

/// The subject as a name.
fn own_name(subject: &str) -> Result<Label, Refusal> {
    let mut end = subject.len().min(NAME_BYTES_MAX);
    while !subject.is_char_boundary(end) {
        end -= 1;
    }
    let name = subject.get(..end).unwrap_or_default().parse();
    name.map_err(|bad| Refusal::Fault(FaultId::report(&bad)))
}

/// Changes how a certificate is trusted.
pub struct ChangeCertificate {
    /// Which.
    pub fingerprint: Fingerprint,
    /// To what.
    pub change: TrustChange,
}

impl Command for ChangeCertificate {
    type Operation = CertificateAdmin;
    type Answer = TrustedCertificate;

    fn change(&self, desk: &Changing) -> Result<Then<TrustedCertificate>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateAdmin, _>(desk)?);
        let before = trusted_in(&realm.now(), self.fingerprint)?;
        let mut after = before.clone();
        if let Some(name) = &self.change.name {
            after.name = name.clone();
        }
        after.status = self.change.status.unwrap_or(before.status);
        after.auto_registration = self.change.auto_registration.unwrap_or(before.auto_registration);
        if after != before {
            realm.put_trusted_certificate(&after)?;
            let note = note("Trusted certificate changed", &after);
            desk.note(describe(note, Some(&before), Some(&after)));
        }
        Ok(done(after))
    }
}

/// Trusts a certificate no longer.
pub struct DeleteCertificate(pub Fingerprint);

impl Command for DeleteCertificate {
    type Operation = CertificateAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateAdmin, _>(desk)?);
        let before = trusted_in(&realm.now(), self.0)?;
        realm.delete_trusted_certificate(self.0)?;
        if before.is_authority {
            realm.delete_authority(self.0)?;
        }
        let note = note("Certificate trusted no longer", &before);
        desk.note(describe(note, Some(&before), None));
        let (anchors, seen) = (
            desk.anchors.clone(),
            desk.anchors.see(desk.who().tenant(), &before),
        );
        Ok(Box::new(move |_| {
            if let Some(seen) = &seen {
                anchors.forget(seen);
            }
        }))
    }
}

fn describe(note: Note, before: Option<&TrustedCertificate>, after: Option<&TrustedCertificate>) -> Note {
    let of = |shown: fn(&TrustedCertificate) -> Json| (before.map(shown), after.map(shown));
    let (name, status) = (of(|it| it.name.as_str().into()), of(|it| it.status.word().into()));
    let registers = of(|it| Json::Bool(it.auto_registration));
    note.change("name", name.0, name.1)
        .change("status", status.0, status.1)
        .change("autoRegistrationEnabled", registers.0, registers.1)
}

/// Whether a certificate lets devices in.
fn is_enabled(certificate: &TrustedCertificate) -> bool {
    certificate.status == TrustStatus::Enabled
}
