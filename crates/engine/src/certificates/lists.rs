//! What anybody may have of a tenant's authorities: their certificates, and the list of what is revoked (RFC 5280), for
//! whoever is to check the certificates of its devices. Which tenant, says the host name.
//!
//! A list is signed once and kept until something changes or it grows old: strangers who ask often cost little.

use super::authority::open;
use crate::caller::Caller;
use crate::door::{Door, Inside};
use crate::refusal::{FaultId, Missing, Refusal};
use model::certificates::Fingerprint;
use model::ids::TenantNumber;
use model::names::Domain;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use pki::bundle::certificates_only;
use pki::certificate::Certificate;
use policy::decide::decide_public;
use policy::operation::Operation;
use policy::operations::certificates::{AuthorityRead, CertificateRead};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A list is made anew when half of its time is over.
const LIST_MILLIS: i64 = pki::authority::CRL_HOURS * 60 * 60 * 1_000 / 2;
/// Lists that are kept; with one more all of them go.
const LISTS_MAX: usize = 64;

/// Lists of what is revoked that were signed.
#[derive(Default)]
pub(crate) struct Lists(Mutex<HashMap<(TenantNumber, Fingerprint), List>>);

#[derive(Clone)]
struct List {
    number: u64,
    made: Timestamp,
    encoded: Arc<Vec<u8>>,
}

impl Lists {
    fn kept(&self) -> MutexGuard<'_, HashMap<(TenantNumber, Fingerprint), List>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose authorities are asked about.
pub enum AuthorityAsked<'c> {
    /// Those of the tenant with this host name.
    At(Option<&'c Domain>),
    /// Those of the caller's tenant.
    Of(&'c Caller),
}

impl Door {
    /// The list of what is revoked, signed by an authority of the tenant: by the one that issues now, unless another is
    /// named.
    pub async fn revocation_list(
        &self,
        asked: AuthorityAsked<'_>,
        authority: Option<Fingerprint>,
    ) -> Result<Arc<Vec<u8>>, Refusal> {
        let tenant = self.tenant_of(asked).await?;
        let inside = self.0.clone();
        let made = self.work(move || Ok(inside.list(&tenant, authority)?));
        made.await.map_err(|refused| refused.refusal)
    }

    /// The certificates of the tenant's authorities, the one that issues now first, as one message (PKCS #7).
    pub async fn authority_certificates(&self, host: Option<&Domain>) -> Result<Vec<u8>, Refusal> {
        let tenant = self.tenant_of(AuthorityAsked::At(host)).await?;
        let inside = self.0.clone();
        let found = self.work(move || {
            let tx = inside.store.read(tenant.number)?;
            let proof = decide_public::<AuthorityRead>(tenant.number).map_err(|_| Refusal::Forbidden)?;
            let rows = tx.realm(proof);
            let current = rows.authority()?;
            let mut own = rows.trusted_certificates()?;
            own.retain(|one| {
                one.is_authority && super::is_enabled(one) && one.facts.not_after > inside.world.now()
            });
            own.sort_by_key(|one| {
                (
                    current != Some(one.facts.fingerprint),
                    std::cmp::Reverse(one.added),
                )
            });
            if current.is_none() || own.is_empty() {
                return Err(Refusal::Missing(Missing::Authority).into());
            }
            let read = own.into_iter().map(|one| Certificate::from_der(one.der.into()));
            let read: Result<Vec<_>, _> = read.collect();
            let read = read.map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
            Ok(certificates_only(&read))
        });
        found.await.map_err(|refused| refused.refusal)
    }

    async fn tenant_of(&self, asked: AuthorityAsked<'_>) -> Result<Tenant, Refusal> {
        let tenant = match asked {
            AuthorityAsked::At(host) => self.0.tenant_named(None, host)?,
            AuthorityAsked::Of(caller) => {
                self.gate(caller, CertificateRead::INFO).await?;
                self.0.tenant_named(Some(caller.tenant_id()), None)?
            }
        };
        tenant
            .filter(|tenant| tenant.status == TenantStatus::Active)
            .ok_or(Refusal::Missing(Missing::Authority))
    }
}

impl Inside {
    fn list(&self, tenant: &Tenant, authority: Option<Fingerprint>) -> Result<Arc<Vec<u8>>, Refusal> {
        let tx = self.store.read(tenant.number)?;
        let proof = decide_public::<AuthorityRead>(tenant.number).map_err(|_| Refusal::Forbidden)?;
        let rows = tx.realm(proof);
        let missing = || Refusal::Missing(Missing::Authority);
        let name = match authority {
            Some(name) => name,
            None => rows.authority()?.ok_or_else(missing)?,
        };
        let (number, now) = (rows.revocation_state()?.number, self.world.now());
        let is_good = |list: &&List| {
            let age = now.millis().saturating_sub(list.made.millis());
            list.number == number && (0..LIST_MILLIS).contains(&age)
        };
        // That the authority is still there is asked each time.
        let signer = open(&rows, name)?.ok_or_else(missing)?;
        let place = (tenant.number, name);
        if let Some(list) = self.lists.kept().get(&place).filter(is_good) {
            return Ok(list.encoded.clone());
        }
        let mut revoked = rows.revocations()?;
        revoked.sort_unstable_by(|left, right| left.serial.cmp(&right.serial));
        // Numbers must grow with every list, also with one that was made anew because of its age.
        let list_number = number.saturating_mul(1 << 20) + hours(now);
        let encoded = signer
            .revocation_list(&revoked, list_number, now)
            .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
        let list = List {
            number,
            made: now,
            encoded: Arc::new(encoded),
        };
        let mut kept = self.lists.kept();
        if kept.len() >= LISTS_MAX {
            kept.clear();
        }
        kept.insert(place, list.clone());
        Ok(list.encoded)
    }
}

/// Hours since 1970: fewer than a million for the next 80 years.
fn hours(now: Timestamp) -> u64 {
    u64::try_from(now.millis()).unwrap_or_default() / (60 * 60 * 1_000)
}
