//! Showing that one holds the key of a certificate that one has uploaded: a random code, signed with it, once.

use super::{NotTrusted, note, trusted_in};
use crate::caller::Caller;
use crate::desk::{Changing, record_of};
use crate::door::{Door, Inside};
use crate::note::Note;
use crate::refusal::{FaultId, Invalid, Missing, Refusal};
use crate::users::allow_people;
use crate::work::{Command, Then, done};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::certificates::{Challenge, Fingerprint, TrustedCertificate};
use model::limits::CHALLENGE_MINUTES;
use model::names::TenantId;
use pki::certificate::Certificate;
use policy::operation::Operation;
use policy::operations::certificates::{CertificateAdmin, CertificateConfirm};
use policy::proof::{Allowed, SystemReason};
use store::realm::RealmChanges;
use store::transaction::WriteTx;

const MINUTE_MILLIS: i64 = 60 * 1_000;

/// Makes a new code that is to be signed; the one before is good for nothing.
pub struct NewChallenge(pub Fingerprint);

impl Command for NewChallenge {
    type Operation = CertificateAdmin;
    type Answer = TrustedCertificate;

    fn change(&self, desk: &Changing) -> Result<Then<TrustedCertificate>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateAdmin, _>(desk)?);
        let mut certificate = trusted_in(&realm.now(), self.0)?;
        if certificate.is_authority {
            return Err(NotTrusted::OwnAuthority.into());
        }
        // Base64 of random bytes: whoever signs it signs nothing that means anything elsewhere.
        certificate.challenge = Some(Challenge {
            code: STANDARD.encode(desk.world.random::<48>()),
            until: desk.now().plus_millis(CHALLENGE_MINUTES * MINUTE_MILLIS),
        });
        realm.put_trusted_certificate(&certificate)?;
        desk.note(note("Code for proof of possession made", &certificate));
        Ok(done(certificate))
    }
}

/// Takes the signed code.
pub struct ProvePossession {
    /// Of which certificate.
    pub fingerprint: Fingerprint,
    /// The signature over the code.
    pub signature: Vec<u8>,
}

impl Command for ProvePossession {
    type Operation = CertificateAdmin;
    type Answer = TrustedCertificate;

    fn change(&self, desk: &Changing) -> Result<Then<TrustedCertificate>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateAdmin, _>(desk)?);
        let mut certificate = trusted_in(&realm.now(), self.fingerprint)?;
        let challenge = certificate.challenge.take();
        let challenge = challenge.filter(|challenge| desk.now() <= challenge.until);
        let challenge = challenge.ok_or(NotTrusted::NoChallenge)?;
        let key = Certificate::from_der(certificate.der.clone().into())
            .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?
            .public_key()
            .map_err(|reason| NotTrusted::Unfit { place: 1, reason })?;
        if !key.has_signed(challenge.code.as_bytes(), &self.signature) {
            return Err(Refusal::Invalid(Invalid::PossessionWrong));
        }
        certificate.proven = true;
        realm.put_trusted_certificate(&certificate)?;
        desk.note(note("Possession of the key proven", &certificate));
        Ok(done(certificate))
    }
}

impl Door {
    /// Says of any tenant's certificate that its key is held by whoever uploaded it: the management tenant's word, which
    /// opens nothing by itself. The tenant's own log tells who gave it.
    pub async fn confirm_possession(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: Fingerprint,
    ) -> Result<TrustedCertificate, Refusal> {
        self.gate(caller, CertificateConfirm::INFO).await?;
        if tenant == caller.tenant_id() {
            return self.run(caller, ConfirmHere(name)).await;
        }
        let (who, tenant) = (caller.clone(), tenant.clone());
        self.committed(caller.identity().tenant, move |inside| {
            Ok(inside.prepare_confirming(&who, &tenant, name)?)
        })
        .await
    }
}

impl Inside {
    fn prepare_confirming(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: Fingerprint,
    ) -> Result<(WriteTx, TrustedCertificate), Refusal> {
        let missing = || Refusal::Missing(Missing::Tenant(tenant.to_string()));
        let found = self.store.catalogue()?.tenant_by_id(tenant)?;
        let number = found
            .filter(|tenant| tenant.status.is_there())
            .ok_or_else(missing)?
            .number;
        let proof = Allowed::<CertificateConfirm>::mint_system(number, SystemReason::Confirmation);
        let tx = self.store.write_for(&proof)?;
        let (certificate, note) = confirm(&tx.realm(proof), name)?;
        tx.record(record_of(&*self.world, caller, note));
        Ok((tx, certificate))
    }
}

struct ConfirmHere(Fingerprint);

impl Command for ConfirmHere {
    type Operation = CertificateConfirm;
    type Answer = TrustedCertificate;

    fn change(&self, desk: &Changing) -> Result<Then<TrustedCertificate>, Refusal> {
        let realm = desk.tx.realm(allow_people::<CertificateConfirm, _>(desk)?);
        let (certificate, note) = confirm(&realm, self.0)?;
        desk.note(note);
        Ok(done(certificate))
    }
}

fn confirm(realm: &RealmChanges<'_>, name: Fingerprint) -> Result<(TrustedCertificate, Note), Refusal> {
    let mut certificate = trusted_in(&realm.now(), name)?;
    certificate.proven = true;
    certificate.challenge = None;
    realm.put_trusted_certificate(&certificate)?;
    let note = note("Possession of the key confirmed by the operator", &certificate);
    Ok((certificate, note))
}
