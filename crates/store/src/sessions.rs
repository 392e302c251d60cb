//! What sessions need of the identity part: the tenant's keys for tokens, the sessions that were ended before their time,
//! and by which means the tenant lets its users in. A session itself is nowhere: it is its token.

use crate::fault::StoreFault;
use crate::options::value_of;
use crate::realm::{RealmChanges, RealmRows, user_key};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::ids::{PrincipalId, TenantNumber};
use model::sessions::{
    PASSWORD_OPTIONS, PasswordPolicy, SESSION_OPTIONS, SessionLife, WaysIn, device_token_seconds,
};
use model::tenants::Tenant;
use model::time::Timestamp;
use model::users::User;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A tenant's key for tokens, as it is stored: sealed like every row, and wiped from memory when dropped. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenKeyRow {
    /// Its random id.
    pub id: [u8; 8],
    /// The secret.
    pub seed: [u8; 32],
    /// When it was made.
    pub made: Timestamp,
}

impl Drop for TokenKeyRow {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

/// A session that was ended before its token expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedSession {
    /// Its random id.
    pub id: [u8; 16],
    /// When its token expires, and this is forgotten.
    pub expires: Timestamp,
}

#[derive(Default, Serialize, Deserialize)]
struct TokenKeysRow(Vec<TokenKeyRow>);
#[derive(Default, Serialize, Deserialize)]
struct EndedSessionsRow(Vec<EndedSession>);

rows! {
    TokenKeysRow => TokenKeys,
    EndedSessionsRow => EndedSessions,
    WaysIn => WaysIn,
}

fn token_keys_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::TokenKeys)
}

fn ended_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::EndedSessions).number(user.number())
}

fn token_keys(view: &View, tenant: TenantNumber) -> Result<Vec<TokenKeyRow>, StoreFault> {
    let row = view.row::<TokenKeysRow>(&token_keys_key(tenant))?;
    Ok(row.unwrap_or_default().0)
}

fn ways_in(view: &View, tenant: TenantNumber) -> Result<WaysIn, StoreFault> {
    let row = view.row(&Key::new(tenant, Table::WaysIn))?;
    Ok(row.unwrap_or_default())
}

fn password_policy(view: &View, tenant: TenantNumber) -> Result<PasswordPolicy, StoreFault> {
    PasswordPolicy::of(|key| value_of(view, tenant, PASSWORD_OPTIONS, key))
}

fn session_life(view: &View, tenant: TenantNumber) -> Result<SessionLife, StoreFault> {
    SessionLife::of(&ways_in(view, tenant)?, |key| {
        value_of(view, tenant, SESSION_OPTIONS, key)
    })
}

impl View {
    /// The tenant's keys for tokens, the latest first.
    pub fn token_keys(&self, tenant: &Tenant) -> Result<Vec<TokenKeyRow>, StoreFault> {
        token_keys(self, tenant.number)
    }

    /// Whom a token is of.
    pub fn session_holder(&self, tenant: &Tenant, user: PrincipalId) -> Result<Option<User>, StoreFault> {
        self.row(&user_key(tenant.number, user))
    }

    /// Whether a session was ended before its token expired.
    pub fn is_session_ended(
        &self,
        tenant: &Tenant,
        user: PrincipalId,
        session: &[u8; 16],
    ) -> Result<bool, StoreFault> {
        let row = self.row::<EndedSessionsRow>(&ended_key(tenant.number, user))?;
        Ok(row.is_some_and(|row| row.0.iter().any(|ended| ended.id == *session)))
    }

    /// By which means the tenant lets its users in.
    pub fn ways_in(&self, tenant: &Tenant) -> Result<WaysIn, StoreFault> {
        ways_in(self, tenant.number)
    }

    /// What the tenant asks of passwords.
    pub fn password_policy(&self, tenant: &Tenant) -> Result<PasswordPolicy, StoreFault> {
        password_policy(self, tenant.number)
    }

    /// How long the tenant's sessions live.
    pub fn session_life(&self, tenant: &Tenant) -> Result<SessionLife, StoreFault> {
        session_life(self, tenant.number)
    }
}

impl RealmRows<'_> {
    /// How long tokens of devices live, in seconds.
    pub fn device_token_seconds(&self) -> Result<u32, StoreFault> {
        device_token_seconds(|key| value_of(self.view, self.tenant, SESSION_OPTIONS, key))
    }

    /// The tenant's keys for tokens, the latest first.
    pub fn token_keys(&self) -> Result<Vec<TokenKeyRow>, StoreFault> {
        token_keys(self.view, self.tenant)
    }

    /// The sessions of a user that were ended before their tokens expired.
    pub fn ended_sessions(&self, user: PrincipalId) -> Result<Vec<EndedSession>, StoreFault> {
        let row = self.view.row::<EndedSessionsRow>(&ended_key(self.tenant, user))?;
        Ok(row.unwrap_or_default().0)
    }

    /// By which means the tenant lets its users in.
    pub fn ways_in(&self) -> Result<WaysIn, StoreFault> {
        ways_in(self.view, self.tenant)
    }

    /// What the tenant asks of passwords.
    pub fn password_policy(&self) -> Result<PasswordPolicy, StoreFault> {
        password_policy(self.view, self.tenant)
    }

    /// How long the tenant's sessions live.
    pub fn session_life(&self) -> Result<SessionLife, StoreFault> {
        session_life(self.view, self.tenant)
    }
}

impl RealmChanges<'_> {
    /// Stores the tenant's keys for tokens, all of them, the latest first. Tokens of any other are void.
    pub fn put_token_keys(&self, keys: Vec<TokenKeyRow>) -> Result<(), StoreFault> {
        self.tx.put(&token_keys_key(self.tenant), &TokenKeysRow(keys))
    }

    /// Stores which sessions of a user were ended, all of them.
    pub fn put_ended_sessions(&self, user: PrincipalId, ended: Vec<EndedSession>) -> Result<(), StoreFault> {
        self.tx
            .put(&ended_key(self.tenant, user), &EndedSessionsRow(ended))
    }

    /// Stores by which means the tenant lets its users in.
    pub fn put_ways_in(&self, ways: &WaysIn) -> Result<(), StoreFault> {
        self.tx.put(&Key::new(self.tenant, Table::WaysIn), ways)
    }

    pub(crate) fn forget_sessions(&self, user: &User) {
        self.tx.delete(&ended_key(self.tenant, user.id));
    }
}
