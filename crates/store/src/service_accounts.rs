//! Service accounts as rows of the identity part: what one has beside its user, the way from the trace of a key to its
//! account, and on which day a key was last used.

use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::gifts::{LastSignInRow, day_of};
use crate::realm::{RealmChanges, RealmRows, user_key};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::ids::{ObjectId, PrincipalId, ServiceKeyId, TenantNumber};
use model::service_accounts::{IssuedKey, ServiceAccount};
use model::tenants::Tenant;
use model::time::Timestamp;
use model::users::{User, UserKind};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct HolderRow(PrincipalId);

rows! {
    ServiceAccount => ServiceAccount,
    HolderRow => ServiceByKey,
}

fn account_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::ServiceAccount).number(user.number())
}

/// When a key was last used.
fn use_key(tenant: TenantNumber, user: PrincipalId, key: ServiceKeyId) -> Key {
    Key::new(tenant, Table::LastSignIn)
        .number(user.number())
        .number(key.number())
}

fn holder_key(view: &View, tenant: TenantNumber, hash: &[u8; 32]) -> Result<Key, StoreFault> {
    let blind = view.keys.blind_identity(tenant, "service-key", hash)?;
    Ok(Key::new(tenant, Table::ServiceByKey).blind(blind))
}

/// The project that a user is bound to.
pub(crate) fn bound_to(
    view: &View,
    tenant: TenantNumber,
    user: &User,
) -> Result<Option<ObjectId>, StoreFault> {
    if user.kind != UserKind::Service {
        return Ok(None);
    }
    let account = view.row::<ServiceAccount>(&account_key(tenant, user.id))?;
    Ok(account.and_then(|account| account.project))
}

impl View {
    /// Whose key has this trace: what signing in with it needs.
    pub fn key_holder(
        &self,
        tenant: &Tenant,
        hash: &[u8; 32],
    ) -> Result<Option<(User, ServiceAccount)>, StoreFault> {
        let number = tenant.number;
        let Some(HolderRow(id)) = self.row(&holder_key(self, number, hash)?)? else {
            return Ok(None);
        };
        let user = self.row::<User>(&user_key(number, id))?;
        let account = self.row::<ServiceAccount>(&account_key(number, id))?;
        Ok(user.zip(account))
    }

    /// What a service account has beside its user: for a token that was made with one of its keys.
    pub fn service_account_of(
        &self,
        tenant: &Tenant,
        user: PrincipalId,
    ) -> Result<Option<ServiceAccount>, StoreFault> {
        self.row(&account_key(tenant.number, user))
    }

    /// The day on which a key was last used: its first moment, in UTC.
    pub fn key_last_used(
        &self,
        tenant: &Tenant,
        user: PrincipalId,
        key: ServiceKeyId,
    ) -> Result<Option<Timestamp>, StoreFault> {
        let row = self.row::<LastSignInRow>(&use_key(tenant.number, user, key))?;
        Ok(row.map(|row| row.0))
    }
}

impl RealmRows<'_> {
    /// What a service account has beside its user.
    pub fn service_account(&self, user: PrincipalId) -> Result<Option<ServiceAccount>, StoreFault> {
        self.view.row(&account_key(self.tenant, user))
    }

    /// Every service account, in order of the ids of their users.
    pub fn service_accounts(&self) -> Result<Vec<ServiceAccount>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::ServiceAccount))
    }

    /// The day on which a key was last used: its first moment, in UTC.
    pub fn key_last_used(
        &self,
        user: PrincipalId,
        key: ServiceKeyId,
    ) -> Result<Option<Timestamp>, StoreFault> {
        let row = self.view.row::<LastSignInRow>(&use_key(self.tenant, user, key))?;
        Ok(row.map(|row| row.0))
    }
}

impl RealmChanges<'_> {
    /// A new id for a key.
    pub fn new_service_key(&self) -> Result<ServiceKeyId, StoreFault> {
        self.tx.ids.service_key(self.tenant)
    }

    /// Stores a service account, new or changed, with the keys that it has from now on.
    pub fn put_service_account(&self, account: &ServiceAccount) -> Result<(), StoreFault> {
        let before = self.now().service_account(account.user)?;
        let before = before.map(|before| before.keys).unwrap_or_default();
        let is_in = |keys: &[IssuedKey], key: &IssuedKey| keys.iter().any(|other| other.id == key.id);
        for key in before.iter().filter(|key| !is_in(&account.keys, key)) {
            self.forget_key(account.user, key)?;
        }
        for key in account.keys.iter().filter(|key| !is_in(&before, key)) {
            let holder = holder_key(&self.tx.view, self.tenant, &key.hash)?;
            self.tx.put(&holder, &HolderRow(account.user))?;
        }
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&account_key(self.tenant, account.user), account)
    }

    fn forget_key(&self, user: PrincipalId, key: &IssuedKey) -> Result<(), StoreFault> {
        self.tx
            .delete(&holder_key(&self.tx.view, self.tenant, &key.hash)?);
        self.tx.delete(&use_key(self.tenant, user, key.id));
        Ok(())
    }

    /// Removes what a user that is being deleted has as a service account.
    pub(crate) fn forget_service_account(&self, user: &User) -> Result<(), StoreFault> {
        if user.kind != UserKind::Service {
            return Ok(());
        }
        if let Some(account) = self.now().service_account(user.id)? {
            for key in &account.keys {
                self.forget_key(user.id, key)?;
            }
            self.tx.delete(&account_key(self.tenant, user.id));
        }
        Ok(())
    }

    /// Notes that a key was used. Nothing is read for it, so that two uses at the same time are no conflict, and nobody's
    /// rights move.
    pub fn put_key_used(
        &self,
        user: PrincipalId,
        key: ServiceKeyId,
        at: Timestamp,
    ) -> Result<(), StoreFault> {
        let row = LastSignInRow(day_of(at));
        self.tx.put(&use_key(self.tenant, user, key), &row)
    }
}
