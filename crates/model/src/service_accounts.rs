//! Service accounts: users for other systems (R119). They sign in with keys that the platform makes, never with a
//! password; what they may do, their roles, groups and permissions say like those of any user.

use crate::addresses::AddressRange;
use crate::ids::{ObjectId, PrincipalId, ServiceKeyId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a service account has beside its user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Its user.
    pub user: PrincipalId,
    /// What it is for.
    pub description: Option<String>,
    /// The project that it is bound to: its roles count inside it and nowhere else.
    pub project: Option<ObjectId>,
    /// Where it may call from; anywhere if there are none.
    pub addresses: Vec<AddressRange>,
    /// From then on it is refused.
    pub expires: Option<Timestamp>,
    /// Its keys, the oldest first. Revoked ones are kept for a while, so that their use is recognised.
    pub keys: Vec<IssuedKey>,
}

/// What is kept of a key. Its text exists nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedKey {
    /// Its identifier.
    pub id: ServiceKeyId,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// From then on it is refused.
    pub expires: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// Its trace: a keyed hash.
    pub hash: [u8; 32],
}

impl ServiceAccount {
    /// Whether it may call from this address.
    pub fn may_call_from(&self, address: IpAddr) -> bool {
        self.addresses.is_empty() || self.addresses.iter().any(|range| range.contains(address))
    }

    /// The keys that are not revoked.
    pub fn standing_keys(&self) -> impl Iterator<Item = &IssuedKey> {
        self.keys.iter().filter(|key| key.revoked.is_none())
    }
}
