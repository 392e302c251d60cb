//! Who gave which right to whom, and when somebody last signed in: what the report of privileged principals tells beside
//! the rights themselves (R016). Nothing is decided by it.

use crate::audit_log::DISORDER_MILLIS;
use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use model::grants::Subject;
use model::ids::{GroupId, PrincipalId, TenantNumber};
use model::roles::{ApplicationRole, Role};
use model::sessions::SignInWay;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What can be given to a user or group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Given {
    /// A role.
    Role(Role),
    /// Membership in a group.
    Group(GroupId),
    /// A role of a microservice.
    ApplicationRole(ApplicationRole),
}

/// How something was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// By whom.
    pub by: PrincipalId,
    /// When.
    pub at: Timestamp,
    /// Whether the giver did not hold it: a member of `admins` may give every right of its tenant.
    pub beyond_own: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct GiftsRow(BTreeMap<Given, Gift>);

#[derive(Serialize, Deserialize)]
pub(crate) struct LastSignInRow(pub(crate) Timestamp);

/// When somebody last signed in, and with what. To open a session is to sign in; to use it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// When.
    pub at: Timestamp,
    /// With what.
    pub way: SignInWay,
}

rows! {
    GiftsRow => Gifts,
    LastSignInRow => LastSignIn,
    SignedIn => SignedIn,
}

fn gifts_key(tenant: TenantNumber, subject: Subject) -> Key {
    let key = Key::new(tenant, Table::Gifts);
    match subject {
        Subject::User(id) => key.byte(1).number(id.number()),
        Subject::Group(id) => key.byte(2).number(id.number()),
    }
}

fn sign_in_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::SignedIn).number(user.number())
}

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// The first moment of a day, in UTC.
pub(crate) fn day_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis() - at.millis().rem_euclid(DAY_MILLIS))
}

impl RealmRows<'_> {
    /// How a user or group came to what it holds, as far as it is known.
    pub fn gifts(&self, to: Subject) -> Result<BTreeMap<Given, Gift>, StoreFault> {
        let row = self.view.row::<GiftsRow>(&gifts_key(self.tenant, to))?;
        Ok(row.unwrap_or_default().0)
    }

    /// When a user last signed in.
    pub fn last_sign_in(&self, user: PrincipalId) -> Result<Option<SignedIn>, StoreFault> {
        self.view.row(&sign_in_key(self.tenant, user))
    }

    /// The day on which a user last signed in: its first moment, in UTC.
    pub fn day_of_sign_in(&self, user: PrincipalId) -> Result<Option<Timestamp>, StoreFault> {
        Ok(self.last_sign_in(user)?.map(|last| day_of(last.at)))
    }
}

impl RealmChanges<'_> {
    /// Notes how something was given.
    pub fn put_gift(&self, to: Subject, given: Given, gift: Gift) -> Result<(), StoreFault> {
        let mut gifts = self.now().gifts(to)?;
        gifts.insert(given, gift);
        self.tx.put(&gifts_key(self.tenant, to), &GiftsRow(gifts))
    }

    /// Forgets how something was given that is being taken away.
    pub fn end_gift(&self, to: Subject, given: &Given) -> Result<(), StoreFault> {
        let mut gifts = self.now().gifts(to)?;
        match gifts.remove(given) {
            Some(_) => self.tx.put(&gifts_key(self.tenant, to), &GiftsRow(gifts)),
            None => Ok(()),
        }
    }

    pub(crate) fn forget_gifts(&self, to: Subject) {
        self.tx.delete(&gifts_key(self.tenant, to));
    }

    /// Notes that a user signed in, if it is there and nothing later is known. What is known is not noted as read, so that
    /// two sign-ins at the same time are no conflict; nobody's rights move.
    pub fn put_sign_in(&self, user: PrincipalId, last: SignedIn) -> Result<(), StoreFault> {
        let rows = self.now();
        let known: Option<SignedIn> = rows.view.row_unnoted(&sign_in_key(self.tenant, user))?;
        // Much later than this one: by a clock that was put back since.
        let is_news =
            known.is_none_or(|known| known.at <= last.at || known.at > last.at.plus_millis(DISORDER_MILLIS));
        match is_news && rows.user(user)?.is_some() {
            true => self.tx.put(&sign_in_key(self.tenant, user), &last),
            false => Ok(()),
        }
    }

    pub(crate) fn forget_sign_in(&self, user: PrincipalId) {
        self.tx.delete(&sign_in_key(self.tenant, user));
    }
}
