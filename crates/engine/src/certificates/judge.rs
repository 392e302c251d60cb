//! The judgement over a chain of certificates: revoked or not, and below which trusted certificate of the tenant.

use super::is_enabled;
use crate::desk::Reading;
use crate::refusal::{Invalid, Refusal};
use crate::users::allow_people;
use crate::work::Query;
use model::certificates::{SerialNumber, TrustedCertificate};
use model::time::Timestamp;
use pki::certificate::Certificate;
use pki::chain::{BadChain, Chain};
use policy::operations::certificates::CertificateChainVerify;
use store::fault::StoreFault;

/// A chain that would be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedChain {
    /// Who signed the device's certificate.
    pub issuer: String,
    /// Whose it is.
    pub subject: String,
}

/// Asks whether a chain would be let in, by the caller's own tenant.
pub struct VerifyChain(pub Chain);

impl Query for VerifyChain {
    type Operation = CertificateChainVerify;
    type Answer = VerifiedChain;

    fn answer(&self, desk: &Reading) -> Result<VerifiedChain, Refusal> {
        let rows = desk.tx.realm(allow_people::<CertificateChainVerify, _>(desk)?);
        let trusted = rows.trusted_certificates()?;
        let judged = judge(&self.0, &trusted, desk.now(), |serial| {
            Ok(rows.revoked(serial)?.is_some())
        })?;
        if judged.is_none() {
            return Err(Refusal::Invalid(Invalid::ChainNotTrusted));
        }
        let facts = self.0.leaf().and_then(|leaf| leaf.facts().ok());
        let facts = facts.ok_or(Refusal::Invalid(Invalid::ChainNotTrusted))?;
        Ok(VerifiedChain {
            issuer: facts.issuer,
            subject: facts.subject,
        })
    }
}

/// A chain that is let in.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// The trusted certificate to which it leads.
    pub(crate) anchor: TrustedCertificate,
    /// The serial numbers of the device's certificate, of those between, and of the trusted one.
    pub(crate) serials: Vec<SerialNumber>,
    /// The first instant at which one of these is over.
    pub(crate) until: Timestamp,
}

/// Below which trusted certificate a chain lies, if it is let in: enabled, valid now, and nothing on the path revoked.
pub(crate) fn judge(
    chain: &Chain,
    trusted: &[TrustedCertificate],
    now: Timestamp,
    mut is_revoked: impl FnMut(&SerialNumber) -> Result<bool, StoreFault>,
) -> Result<Option<Judged>, StoreFault> {
    let issuers = chain.issuers();
    // Only those that somebody in the chain names: parsing all of them would cost too much.
    let may_end = |one: &&TrustedCertificate| {
        let is_leaf = chain.leaf().is_some_and(|leaf| leaf.der().as_ref() == one.der);
        is_enabled(one) && (is_leaf || issuers.contains(&one.facts.subject))
    };
    let near: Vec<&TrustedCertificate> = trusted.iter().filter(may_end).collect();
    let read = |one: &&TrustedCertificate| Certificate::from_der(one.der.clone().into()).ok();
    let anchors: Vec<Certificate> = near.iter().filter_map(read).collect();
    let path = match chain.verify(&anchors, now) {
        Ok(path) if anchors.len() == near.len() => path,
        Ok(_) | Err(BadChain::Unreadable | BadChain::TooLong | BadChain::Untrusted) => return Ok(None),
    };
    let Some(anchor) = near.get(path.anchor).copied() else {
        return Ok(None);
    };
    let mut serials = path.serials;
    serials.extend(anchors.get(path.anchor).and_then(|anchor| anchor.serial().ok()));
    for serial in &serials {
        if is_revoked(serial)? {
            return Ok(None);
        }
    }
    Ok(Some(Judged {
        anchor: anchor.clone(),
        serials,
        until: path.until,
    }))
}
