//! Which tenants trust a certificate of some name: so that a chain is judged by the few that may let it in, and a stranger's
//! costs next to nothing. Whether one of them does is read from its rows each time.
//!
//! Of which tenant a device is, is never taken from its certificate. It is let into the tenant that it names (with a user
//! name, a host name, or by naming none where there is a default) if that tenant trusts its certificate; else into the one
//! tenant that trusts it and has shown to hold the key of the trusted one. Nobody draws the devices of others to himself by
//! uploading a certificate that everybody can read.

use super::judge::{Judged, judge};
use crate::door::Inside;
use model::certificates::{Fingerprint, TrustStatus, TrustedCertificate};
use model::ids::{MANAGEMENT, TenantNumber};
use model::limits::{ANCHORS_TRIED_MAX, ANCHORS_TRIED_OF_NAMED_MAX, ANCHORS_TRIED_OF_OTHER_MAX};
use model::tenants::{Tenant, TenantStatus};
use pki::certificate::Certificate;
use pki::chain::{Chain, NameTrace};
use policy::decide::decide_public;
use policy::operations::certificates::AuthorityRead;
use policy::operations::tenants::TenantRead;
use policy::proof::{Allowed, SystemReason};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::fault::StoreFault;
use store::view::View;

/// Names that are remembered before all of them are collected anew.
const NAMES_MAX: usize = 1_000_000;

/// A trusted certificate, by its tenant and its name there.
type Place = (TenantNumber, Fingerprint);

/// A tenant, and the names of certificates that it trusts.
type NamesOf = (TenantNumber, Vec<Fingerprint>);

/// Where certificates are trusted, by whose they are.
#[derive(Default)]
pub(crate) struct Anchors(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// May have too many, never too few once all are collected. With each, when it was learned: later ones have greater
    /// numbers.
    places: HashMap<NameTrace, BTreeMap<Place, u64>>,
    learned: u64,
    is_complete: bool,
}

impl Known {
    fn put(&mut self, name: NameTrace, place: Place) {
        self.learned += 1;
        self.places.entry(name).or_default().insert(place, self.learned);
    }
}

/// That a certificate was known at some time.
pub(super) struct Seen {
    name: NameTrace,
    place: Place,
    learned: u64,
}

impl Anchors {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes one that is about to be trusted: before it is durable, so that nobody has to be there afterwards.
    pub(crate) fn learn(&self, tenant: TenantNumber, certificate: &Certificate) {
        let Some(name) = certificate.subject_trace() else {
            return;
        };
        let mut known = self.known();
        if known.places.len() >= NAMES_MAX {
            *known = Known::default();
        }
        known.put(name, (tenant, certificate.fingerprint()));
    }

    /// What is known of one that is about to be removed.
    pub(super) fn see(&self, tenant: TenantNumber, trusted: &TrustedCertificate) -> Option<Seen> {
        let name = Certificate::from_der(trusted.der.clone().into())
            .ok()?
            .subject_trace()?;
        let place = (tenant, trusted.facts.fingerprint);
        let learned = *self.known().places.get(&name)?.get(&place)?;
        Some(Seen { name, place, learned })
    }

    /// Forgets one that was removed, unless it has been learned again since.
    pub(super) fn forget(&self, seen: &Seen) {
        let mut known = self.known();
        let Some(places) = known.places.get_mut(&seen.name) else {
            return;
        };
        if places.get(&seen.place) == Some(&seen.learned) {
            places.remove(&seen.place);
        }
        if places.is_empty() {
            known.places.remove(&seen.name);
        }
    }
}

/// What is asked of the tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Who lets it in now.
    Now,
    /// Whether anybody does.
    ByAny,
    /// Who would, had nothing been revoked or disabled.
    WhateverEnded,
}

/// A tenant that lets a chain in.
pub(crate) struct LetIn {
    /// Which.
    pub(crate) tenant: Tenant,
    /// Below which of its trusted certificates, and on which path.
    pub(crate) judged: Judged,
}

impl Inside {
    /// The one tenant that a device with this chain is let into.
    pub(crate) fn tenant_trusting(
        &self,
        chain: &Chain,
        named: Option<TenantNumber>,
    ) -> Result<Option<LetIn>, StoreFault> {
        let found = self.tenants_trusting(chain, named, Asked::Now)?;
        Ok(only_one(found, named))
    }

    /// The one tenant that a device with this chain would be let into, had nothing been revoked or disabled: whose log is to
    /// tell of it.
    pub(crate) fn tenant_of_refused(
        &self,
        chain: &Chain,
        named: Option<TenantNumber>,
    ) -> Result<Option<Tenant>, StoreFault> {
        let found = self.tenants_trusting(chain, named, Asked::WhateverEnded)?;
        Ok(only_one(found, named).map(|let_in| let_in.tenant))
    }

    /// Whether any tenant lets a chain in.
    pub(crate) fn is_trusted(&self, chain: &Chain) -> Result<bool, StoreFault> {
        // The default one is meant by those who name none.
        let named = self.tenant_named(None, None)?.map(|tenant| tenant.number);
        let found = self.tenants_trusting(chain, named, Asked::ByAny)?;
        Ok(!found.is_empty())
    }

    /// The tenants that let a chain in; of very many, the one that is named and some.
    fn tenants_trusting(
        &self,
        chain: &Chain,
        named: Option<TenantNumber>,
        asked: Asked,
    ) -> Result<Vec<LetIn>, StoreFault> {
        let mut found = Vec::new();
        let mut left = ANCHORS_TRIED_MAX;
        for (number, names) in self.names_by_tenant(chain, named)? {
            if left == 0 {
                break;
            }
            let tenant = self.store.catalogue()?.tenant(number)?;
            let Some(tenant) = tenant.filter(|tenant| tenant.status == TenantStatus::Active) else {
                continue;
            };
            let most = match Some(number) == named {
                true => ANCHORS_TRIED_OF_NAMED_MAX,
                false => ANCHORS_TRIED_OF_OTHER_MAX,
            };
            let view = self.store.view(number)?;
            // What is known but not there any more takes nobody's place.
            let rows = names
                .iter()
                .filter_map(|name| view.trusted_certificate(&tenant, *name).transpose());
            let trusted: Vec<_> = rows.take(most.min(left)).collect::<Result<_, _>>()?;
            left -= trusted.len();
            if let Some(judged) = self.judge_in(&view, &tenant, chain, trusted, asked)? {
                found.push(LetIn { tenant, judged });
                if asked == Asked::ByAny {
                    break;
                }
            }
        }
        Ok(found)
    }

    fn judge_in(
        &self,
        view: &View,
        tenant: &Tenant,
        chain: &Chain,
        mut trusted: Vec<TrustedCertificate>,
        asked: Asked,
    ) -> Result<Option<Judged>, StoreFault> {
        let ignores_ends = asked == Asked::WhateverEnded;
        for one in trusted.iter_mut().filter(|_| ignores_ends) {
            one.status = TrustStatus::Enabled;
        }
        judge(chain, &trusted, self.world.now(), |serial| {
            Ok(!ignores_ends && view.is_serial_revoked(tenant, serial)?)
        })
    }

    /// The trusted certificates to which a chain may lead, the latest first, of the tenant that is named and then of others.
    fn names_by_tenant(
        &self,
        chain: &Chain,
        named: Option<TenantNumber>,
    ) -> Result<Vec<NamesOf>, StoreFault> {
        let mut places: Vec<(Place, u64)> = {
            let known = self.all_known()?;
            let ends = chain.ends();
            let found = ends.iter().filter_map(|name| known.places.get(name));
            found
                .flatten()
                .map(|(place, learned)| (*place, *learned))
                .collect()
        };
        places.sort_by_key(|((tenant, _), learned)| (Some(*tenant) != named, *tenant, Reverse(*learned)));
        let by_tenant = places.chunk_by(|((left, _), _), ((right, _), _)| left == right);
        let named = by_tenant.filter_map(|of_tenant| {
            let ((tenant, _), _) = of_tenant.first()?;
            Some((*tenant, of_tenant.iter().map(|((_, name), _)| *name).collect()))
        });
        Ok(named.collect())
    }

    /// What is known, once everything was collected.
    fn all_known(&self) -> Result<MutexGuard<'_, Known>, StoreFault> {
        let mut known = self.anchors.known();
        if !known.is_complete {
            let proof = Allowed::<TenantRead>::mint_system(MANAGEMENT, SystemReason::Registration);
            let tenants = self.store.read(MANAGEMENT)?.catalogue(proof).tenants()?;
            for tenant in tenants {
                self.collect(&tenant, &mut known)?;
            }
            known.is_complete = true;
        }
        Ok(known)
    }

    fn collect(&self, tenant: &Tenant, known: &mut Known) -> Result<(), StoreFault> {
        let Ok(proof) = decide_public::<AuthorityRead>(tenant.number) else {
            return Ok(());
        };
        let rows = match self.store.read(tenant.number) {
            Ok(tx) if tenant.status.is_there() => tx.realm(proof).trusted_certificates(),
            // Its shard was refused at the start: it lets nobody in until the next one.
            Ok(_) | Err(_) => return Ok(()),
        };
        let mut rows = rows?;
        rows.sort_unstable_by_key(|trusted| (trusted.added, trusted.facts.fingerprint));
        for trusted in rows {
            let read = Certificate::from_der(trusted.der.into()).ok();
            if let Some((name, certificate)) = read.and_then(|it| Some((it.subject_trace()?, it))) {
                known.put(name, (tenant.number, certificate.fingerprint()));
            }
        }
        Ok(())
    }
}

/// The tenant that the device names, or else the only one that has shown to hold the key.
fn only_one(mut all: Vec<LetIn>, named: Option<TenantNumber>) -> Option<LetIn> {
    if let Some(place) = all.iter().position(|one| Some(one.tenant.number) == named) {
        return Some(all.swap_remove(place));
    }
    all.retain(|one| one.judged.anchor.proven);
    let one = all.pop();
    one.filter(|_| all.is_empty())
}
