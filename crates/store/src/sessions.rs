//! What sessions need of the identity part: the tenant's keys for tokens, the open sessions of each person, the tokens of
//! devices that were ended before their time, and by which means the tenant lets its users in. No token is stored.

use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::options::value_of;
use crate::realm::{RealmChanges, RealmRows, user_key};
use crate::rows::{Key, Table, last_number, rows};
use crate::view::View;
use model::ids::{PrincipalId, TenantNumber};
use model::sessions::{
    PASSWORD_OPTIONS, PasswordPolicy, SESSION_OPTIONS, SessionLife, SignInWay, UserAgent, WaysIn,
    device_token_seconds,
};
use model::tenants::Tenant;
use model::time::Timestamp;
use model::users::User;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::ops::ControlFlow;
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

/// An open session of a person. A token of one that is not here opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Its random id.
    pub id: [u8; 16],
    /// The tenant's key that signed its token.
    pub key: [u8; 8],
    /// When somebody signed in for it.
    pub opened: Timestamp,
    /// With what.
    pub way: SignInWay,
    /// When a code of the authenticator was last shown in it, if ever.
    pub proven: Option<Timestamp>,
    /// When its token expires.
    pub expires: Timestamp,
    /// From where.
    pub address: IpAddr,
    /// What the client calls itself.
    pub agent: Option<UserAgent>,
    /// When it was last noted that it is used.
    pub used: Timestamp,
    /// From where that was.
    pub used_from: IpAddr,
}

/// A token of a device that was ended before it expired.
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
#[derive(Default, Serialize, Deserialize)]
struct OpenSessionsRow(Vec<SessionRow>);

rows! {
    TokenKeysRow => TokenKeys,
    EndedSessionsRow => EndedSessions,
    OpenSessionsRow => OpenSessions,
    WaysIn => WaysIn,
}

fn token_keys_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::TokenKeys)
}

fn ended_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::EndedSessions).number(user.number())
}

fn open_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::OpenSessions).number(user.number())
}

fn open_sessions(
    view: &View,
    tenant: TenantNumber,
    user: PrincipalId,
) -> Result<Vec<SessionRow>, StoreFault> {
    let row = view.row::<OpenSessionsRow>(&open_key(tenant, user))?;
    Ok(row.unwrap_or_default().0)
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

    /// The open session of a person with this id.
    pub fn open_session(
        &self,
        tenant: &Tenant,
        user: PrincipalId,
        session: &[u8; 16],
    ) -> Result<Option<SessionRow>, StoreFault> {
        let open = open_sessions(self, tenant.number, user)?;
        Ok(open.into_iter().find(|open| open.id == *session))
    }

    /// Whether a token of a device was ended before it expired.
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

    /// The open sessions of a user, the latest last. Some may have expired.
    pub fn open_sessions(&self, user: PrincipalId) -> Result<Vec<SessionRow>, StoreFault> {
        open_sessions(self.view, self.tenant, user)
    }

    /// Users with sessions that have expired, so many at most.
    pub fn users_with_old_sessions(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<PrincipalId>, StoreFault> {
        let all = Key::new(self.tenant, Table::OpenSessions);
        let mut found = Vec::new();
        self.view
            .scan::<OpenSessionsRow>(&all, Direction::Forward, |key, row| {
                if row.0.iter().any(|open| open.expires <= now) {
                    found.extend(last_number(key).and_then(PrincipalId::new));
                }
                Ok(match found.len() < most {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                })
            })?;
        Ok(found)
    }

    /// The tokens of a device that were ended before they expired.
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

    /// Stores the open sessions of a user, all of them.
    pub fn put_open_sessions(&self, user: PrincipalId, open: Vec<SessionRow>) -> Result<(), StoreFault> {
        let key = open_key(self.tenant, user);
        match open.is_empty() {
            true => self.tx.delete(&key),
            false => self.tx.put(&key, &OpenSessionsRow(open))?,
        }
        Ok(())
    }

    /// Stores which tokens of a device were ended, all of them.
    pub fn put_ended_sessions(&self, user: PrincipalId, ended: Vec<EndedSession>) -> Result<(), StoreFault> {
        self.tx
            .put(&ended_key(self.tenant, user), &EndedSessionsRow(ended))
    }

    /// Stores by which means the tenant lets its users in.
    pub fn put_ways_in(&self, ways: &WaysIn) -> Result<(), StoreFault> {
        self.tx.put(&Key::new(self.tenant, Table::WaysIn), ways)
    }

    /// With another revocation epoch no token of the user is good any more.
    pub(crate) fn forget_sessions(&self, user: &User) {
        self.tx.delete(&ended_key(self.tenant, user.id));
        self.tx.delete(&open_key(self.tenant, user.id));
    }
}
