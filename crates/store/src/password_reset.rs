//! One-time tokens to set a new password, one for each user at a time. Only a token's trace is stored, in the sign-in's
//! own form.

use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use model::ids::{PrincipalId, TenantNumber};
use model::time::Timestamp;
use model::users::User;
use serde::{Deserialize, Serialize};

/// A token that was handed out.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordResetRow {
    /// The token's trace.
    pub stored: Vec<u8>,
    /// Until when it is good.
    pub expires: Timestamp,
    /// The version of the credential in whose place the new one is to come: with every other one the token has ended.
    pub credential: u64,
}
rows!(PasswordResetRow => PasswordReset);

fn reset_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::PasswordReset).number(user.number())
}

impl RealmRows<'_> {
    /// The token that was handed out for a user.
    pub fn password_reset(&self, user: PrincipalId) -> Result<Option<PasswordResetRow>, StoreFault> {
        self.view.row(&reset_key(self.tenant, user))
    }
}

impl RealmChanges<'_> {
    /// Stores the token of a user in place of an older one.
    pub fn put_password_reset(&self, user: PrincipalId, row: &PasswordResetRow) -> Result<(), StoreFault> {
        self.tx.put(&reset_key(self.tenant, user), row)
    }

    /// Ends the token of a user.
    pub fn end_password_reset(&self, user: &User) {
        self.tx.delete(&reset_key(self.tenant, user.id));
    }
}
