//! Second factors: what a person shares with an authenticator, and whether it is asked for. Sealed like every row of the
//! identity part; what the secret means is known to the sign-in.

use crate::fault::StoreFault;
use crate::options::value_of;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::ids::{PrincipalId, TenantNumber};
use model::sessions::{FACTOR_ENFORCED, FACTOR_OPTIONS};
use model::tenants::Tenant;
use model::time::Timestamp;
use model::users::User;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// The secret of a second factor, wiped from memory when dropped. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorSecret(pub [u8; 20]);

impl Drop for FactorSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The second factor of a person.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// Whether its owner has turned it on.
    pub is_on: bool,
    /// Whether an administrator demands it of this person.
    pub is_enforced: bool,
    /// The secret, once a right code has shown that the authenticator has it.
    pub secret: Option<FactorSecret>,
    /// A secret of which no code was shown yet.
    pub pending: Option<FactorSecret>,
    /// The step of the last code that was used.
    pub last_step: Option<u64>,
    /// When that was.
    pub last_used: Option<Timestamp>,
}
/// The recovery codes of a person that were not used yet, as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// When they were made.
    pub made: Timestamp,
    /// Their hashes.
    pub hashes: Vec<[u8; 32]>,
}

rows! {
    SecondFactor => SecondFactor,
    RecoveryCodes => RecoveryCodes,
}

/// What a person must show beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorDue {
    /// A code.
    Code,
    /// Nothing yet: a second factor must be set up first.
    SetUp,
}

impl SecondFactor {
    /// What is to be shown beside the password, in a tenant that demands a second factor of everybody or does not.
    pub fn due(&self, tenant_demands: bool) -> Option<FactorDue> {
        let is_wanted = self.is_on || self.is_enforced || tenant_demands;
        is_wanted.then_some(match self.secret {
            Some(_) => FactorDue::Code,
            None => FactorDue::SetUp,
        })
    }
}

fn factor_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::SecondFactor).number(user.number())
}

fn recovery_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::RecoveryCodes).number(user.number())
}

fn is_demanded(view: &View, tenant: TenantNumber) -> Result<bool, StoreFault> {
    let value = value_of(view, tenant, FACTOR_OPTIONS, FACTOR_ENFORCED)?;
    Ok(value.is_some_and(|value| value.trim() == "true"))
}

impl View {
    /// What a person must show beside the password.
    pub fn factor_due(&self, tenant: &Tenant, user: PrincipalId) -> Result<Option<FactorDue>, StoreFault> {
        let factor: Option<SecondFactor> = self.row(&factor_key(tenant.number, user))?;
        let tenant_demands = is_demanded(self, tenant.number)?;
        Ok(factor.unwrap_or_default().due(tenant_demands))
    }
}

impl RealmRows<'_> {
    /// The second factor of a person; nothing if there never was one.
    pub fn second_factor(&self, user: PrincipalId) -> Result<Option<SecondFactor>, StoreFault> {
        self.view.row(&factor_key(self.tenant, user))
    }

    /// The recovery codes of a person; nothing if none were made since the factor was last taken away.
    pub fn recovery_codes(&self, user: PrincipalId) -> Result<Option<RecoveryCodes>, StoreFault> {
        self.view.row(&recovery_key(self.tenant, user))
    }

    /// Whether the tenant demands a second factor of everybody.
    pub fn demands_second_factor(&self) -> Result<bool, StoreFault> {
        is_demanded(self.view, self.tenant)
    }
}

impl RealmChanges<'_> {
    /// Stores the second factor of a person.
    pub fn put_second_factor(&self, user: PrincipalId, factor: &SecondFactor) -> Result<(), StoreFault> {
        self.tx.put(&factor_key(self.tenant, user), factor)
    }

    /// Stores the recovery codes of a person, all of them: no other is good.
    pub fn put_recovery_codes(&self, user: PrincipalId, codes: &RecoveryCodes) -> Result<(), StoreFault> {
        self.tx.put(&recovery_key(self.tenant, user), codes)
    }

    /// Removes the recovery codes of a person.
    pub fn delete_recovery_codes(&self, user: PrincipalId) {
        self.tx.delete(&recovery_key(self.tenant, user));
    }

    pub(crate) fn forget_second_factor(&self, user: &User) {
        self.delete_recovery_codes(user.id);
        self.tx.delete(&factor_key(self.tenant, user.id));
    }
}
