//! What is found about a claim before anything is proved: tenant, user, stored credential, and what the tenant asks for.
//! It is found in the same way for everybody, there or not.

use super::Claim;
use crate::door::{Inside, Refused};
use authn::basic::BasicCredential;
use authn::credential::Credential;
use authn::password_rules::Makeup;
use authn::verify::StoredCredential;
use model::names::{Domain, TenantId};
use model::secret::Secret;
use model::sessions::PasswordPolicy;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use model::users::{User, UserKind};
use store::fault::StoreFault;
use store::second_factor::FactorDue;

/// What was found about a claim.
pub(crate) struct Found {
    pub(crate) tenant: Option<Tenant>,
    pub(crate) user: Option<User>,
    pub(crate) stored: Option<StoredCredential>,
    pub(crate) policy: Option<PasswordPolicy>,
    /// What a person must show beside the password.
    pub(crate) factor_due: Option<FactorDue>,
}

impl Found {
    pub(crate) fn nobody() -> Self {
        Self {
            tenant: None,
            user: None,
            stored: None,
            policy: None,
            factor_due: None,
        }
    }

    pub(crate) fn no_user_of(tenant: Tenant) -> Self {
        Self {
            tenant: Some(tenant),
            ..Self::nobody()
        }
    }

    /// Whether the tenant does not take this password any more, which was right (R002). Secrets that the platform made are
    /// not asked about.
    pub(super) fn is_password_due(&self, password: &Secret, now: Timestamp) -> bool {
        let is_chosen = |stored: &&StoredCredential| {
            stored.kind == UserKind::Person && matches!(stored.credential, Credential::Password(_))
        };
        let (Some(_), Some(policy)) = (self.stored.as_ref().filter(is_chosen), &self.policy) else {
            return false;
        };
        if self.user.as_ref().is_some_and(|user| user.must_change_password) {
            return true;
        }
        let set = self.user.as_ref().and_then(|user| user.password_changed);
        policy.is_too_old(set, now) || Makeup::of(password.expose()).check(policy).is_err()
    }
}

impl Inside {
    /// The tenant that a request is for: the one that it names, else that of its host name, else the default one. One that
    /// is being created is not there yet.
    pub(crate) fn tenant_named(
        &self,
        id: Option<&TenantId>,
        host: Option<&Domain>,
    ) -> Result<Option<Tenant>, StoreFault> {
        let catalogue = self.store.catalogue()?;
        let tenant = match (id, host, self.sign_ins.default_tenant.get()) {
            (Some(id), ..) => catalogue.tenant_by_id(id)?,
            (None, host, default) => {
                let by_host = host.map(|host| catalogue.tenant_by_domain(host)).transpose()?;
                match (by_host.flatten(), default) {
                    (None, Some(default)) => catalogue.tenant_by_id(default)?,
                    (by_host, _) => by_host,
                }
            }
        };
        Ok(tenant.filter(|tenant| tenant.status != TenantStatus::Creating))
    }

    pub(super) fn look_up(&self, claim: &Claim, basic: &BasicCredential) -> Result<Found, Refused> {
        let Some(tenant) = self.tenant_named(basic.tenant.as_ref(), claim.host.as_ref())? else {
            return Ok(Found::nobody());
        };
        if tenant.status == TenantStatus::Deleting {
            return Ok(Found::no_user_of(tenant));
        }
        let view = self.store.view(tenant.number)?;
        let facts = view.sign_in_facts(&tenant, &basic.user)?;
        let (ways, policy) = (view.ways_in(&tenant)?, view.password_policy(&tenant)?);
        let Some(facts) = facts else {
            return Ok(Found::no_user_of(tenant));
        };
        let stored = facts.credential.and_then(|row| {
            let credential: Credential = postcard::from_bytes(&row.hash).ok()?;
            Some(StoredCredential {
                tenant: tenant.number,
                principal: facts.user.id,
                kind: facts.user.kind,
                enabled: facts.user.enabled,
                tenant_active: tenant.status == TenantStatus::Active,
                takes_basic: ways.admit_basic(facts.user.kind),
                takes_sessions: ways.sessions,
                credential,
                // Both only grow, so the pair has a version of its own for every change of either.
                version: row.version.wrapping_mul(1 << 32).wrapping_add(facts.user.epoch),
            })
        });
        let factor_due = match facts.user.kind {
            UserKind::Person => view.factor_due(&tenant, facts.user.id)?,
            UserKind::Service | UserKind::Device | UserKind::Bootstrap => None,
        };
        Ok(Found {
            factor_due,
            tenant: Some(tenant),
            user: Some(facts.user),
            stored,
            policy: Some(policy),
        })
    }
}
