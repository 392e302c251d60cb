//! The tenant's own certificate authority (R083): made on request, renewed with overlap. Its key lies sealed under the keys
//! of the tenant and is used through the signer's trait only.
//!
//! An authority that was renewed stays trusted until its time is over or somebody removes it, so no device drops.

use super::{describe, note, own_name, trusted_in};
use crate::desk::Changing;
use crate::refusal::{Conflict, FaultId, Missing, Refusal};
use crate::users::allow_people;
use crate::work::{Command, Then, done};
use model::certificates::{Fingerprint, TrustStatus, TrustedCertificate};
use model::ids::PrincipalId;
use model::names::TenantId;
use model::time::Timestamp;
use pki::authority::{Authority, Serial};
use pki::certificate::Certificate;
use pki::key::PrivateKey;
use pki::signer::LocalSigner;
use policy::operations::certificates::AuthorityAdmin;
use std::fmt::Display;
use store::certificates::AuthorityKeyRow;
use store::realm::{RealmChanges, RealmRows};

/// Makes the tenant's authority.
pub struct CreateAuthority;

impl Command for CreateAuthority {
    type Operation = AuthorityAdmin;
    type Answer = TrustedCertificate;

    fn change(&self, desk: &Changing) -> Result<Then<TrustedCertificate>, Refusal> {
        let realm = desk.tx.realm(allow_people::<AuthorityAdmin, _>(desk)?);
        if realm.now().authority()?.is_some() {
            return Err(Refusal::Conflict(Conflict::AuthorityThere));
        }
        let made = make(desk, &realm, false)?;
        let note = note("Certificate authority created", &made);
        desk.note(describe(note, None, Some(&made)));
        Ok(done(made))
    }
}

/// Makes a new authority beside the one that is there: from now on it issues the certificates.
pub struct RenewAuthority;

impl Command for RenewAuthority {
    type Operation = AuthorityAdmin;
    type Answer = TrustedCertificate;

    fn change(&self, desk: &Changing) -> Result<Then<TrustedCertificate>, Refusal> {
        let realm = desk.tx.realm(allow_people::<AuthorityAdmin, _>(desk)?);
        let before = realm.now().authority()?;
        let before = before.ok_or(Refusal::Missing(Missing::Authority))?;
        let before = trusted_in(&realm.now(), before)?;
        let made = make(desk, &realm, before.auto_registration)?;
        let note = note("Certificate authority renewed", &made);
        desk.note(describe(note, None, Some(&made)));
        Ok(done(made))
    }
}

fn broken(bad: &dyn Display) -> Refusal {
    Refusal::Fault(FaultId::report(bad))
}

fn make(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    auto_registration: bool,
) -> Result<TrustedCertificate, Refusal> {
    let wanted = NewAuthority {
        tenant: desk.caller().tenant_id(),
        by: desk.who().id(),
        now: desk.now(),
        random: desk.world.random(),
        auto_registration,
    };
    let (trusted, certificate) = wanted.make(realm)?;
    desk.anchors.learn(desk.who().tenant(), &certificate);
    Ok(trusted)
}

/// An authority that a tenant is to get.
pub(crate) struct NewAuthority<'n> {
    pub(crate) tenant: &'n TenantId,
    pub(crate) by: PrincipalId,
    pub(crate) now: Timestamp,
    pub(crate) random: [u8; 16],
    pub(crate) auto_registration: bool,
}

impl NewAuthority<'_> {
    /// Makes it: from now on it issues the certificates.
    pub(crate) fn make(
        &self,
        realm: &RealmChanges<'_>,
    ) -> Result<(TrustedCertificate, Certificate), Refusal> {
        let key = PrivateKey::generate().map_err(|bad| broken(&bad))?;
        let signer = LocalSigner::new(&key).map_err(|bad| broken(&bad))?;
        let serial = Serial::from_random(self.random);
        let authority =
            Authority::generate_of_tenant(self.tenant.as_str(), self.now, serial, Box::new(signer));
        let authority = authority.map_err(|bad| broken(&bad))?;
        let facts = authority.certificate().facts().map_err(|bad| broken(&bad))?;
        let trusted = TrustedCertificate {
            der: authority.certificate().der().to_vec(),
            name: own_name(&facts.subject)?,
            status: TrustStatus::Enabled,
            auto_registration: self.auto_registration,
            is_authority: true,
            proven: true,
            challenge: None,
            by: self.by,
            added: self.now,
            facts,
        };
        let pem = key.to_pem().map_err(|bad| broken(&bad))?;
        let row = AuthorityKeyRow { pem: pem.to_string() };
        realm.put_authority(trusted.facts.fingerprint, &row)?;
        realm.put_trusted_certificate(&trusted)?;
        Ok((trusted, authority.certificate().clone()))
    }
}

/// The tenant's authority of this name, ready to sign; nothing if there is none.
pub(crate) fn open(rows: &RealmRows<'_>, name: Fingerprint) -> Result<Option<Authority>, Refusal> {
    let (Some(trusted), Some(row)) = (rows.trusted_certificate(name)?, rows.authority_key(name)?) else {
        return Ok(None);
    };
    let key = PrivateKey::from_pem(&row.pem).map_err(|bad| broken(&bad))?;
    let signer = LocalSigner::new(&key).map_err(|bad| broken(&bad))?;
    let certificate = Certificate::from_der(trusted.der.into()).map_err(|bad| broken(&bad))?;
    let authority = Authority::of(certificate, Box::new(signer)).map_err(|bad| broken(&bad))?;
    Ok(Some(authority))
}
