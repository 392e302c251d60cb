//! What signing in through an identity provider needs of the identity part: the tenant's settings with the secret that it
//! shares with the provider, and which user is whom there. The secret goes in and comes out for the exchange of a code only.

use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::realm::{PrincipalRow, RealmChanges, RealmRows};
use crate::rows::{Key, Row, Table, rows};
use crate::view::View;
use model::ids::{PrincipalId, TenantNumber};
use model::secret::Secret;
use model::single_sign_on::{OutsideIdentity, SignOn};
use model::tenants::Tenant;
use model::users::User;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// The settings as a row. No `Debug`: it has the secret.
#[derive(Serialize, Deserialize)]
struct SignOnRow {
    settings: SignOn,
    secret: SecretText,
}

#[derive(Serialize, Deserialize)]
struct SecretText(Option<String>);

impl Drop for SecretText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Who somebody is outside, to the user: a row of its own kind, so that no other table's row is taken for it.
#[derive(Serialize, Deserialize)]
struct OutsideRow(PrincipalRow);

rows! {
    SignOnRow => SignOn,
    OutsideRow => OutsideIdentity,
    OutsideIdentity => OutsideIdentityOf,
}

fn settings_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::SignOn)
}

fn user_key(tenant: TenantNumber, user: PrincipalId) -> Key {
    Key::new(tenant, Table::OutsideIdentityOf).number(user.number())
}

/// Of an issuer and a subject: their lengths keep two pairs apart that have the same text together.
fn subject_key(keys: &Keys, tenant: TenantNumber, issuer: &str, subject: &str) -> Result<Key, StoreFault> {
    let text = format!("{}:{issuer}{subject}", issuer.len());
    let blind = keys.blind_identity(tenant, "outside-identity", text)?;
    Ok(Key::new(tenant, Table::OutsideIdentity).blind(blind))
}

fn read<R: Row>(view: &View, key: &Key) -> Result<Option<R>, StoreFault> {
    view.row(key)
}

fn settings(view: &View, tenant: TenantNumber) -> Result<Option<SignOn>, StoreFault> {
    Ok(read::<SignOnRow>(view, &settings_key(tenant))?.map(|row| row.settings))
}

fn user_of(
    view: &View,
    tenant: TenantNumber,
    issuer: &str,
    subject: &str,
) -> Result<Option<PrincipalId>, StoreFault> {
    let key = subject_key(&view.keys, tenant, issuer, subject)?;
    Ok(read::<OutsideRow>(view, &key)?.map(|row| row.0.0))
}

impl View {
    /// What the tenant says of its identity provider, if it has one.
    pub fn sign_on(&self, tenant: &Tenant) -> Result<Option<SignOn>, StoreFault> {
        settings(self, tenant.number)
    }

    /// The same with the secret that it shares with the provider: for the exchange of a code.
    pub fn sign_on_with_secret(
        &self,
        tenant: &Tenant,
    ) -> Result<Option<(SignOn, Option<Secret>)>, StoreFault> {
        let row = read::<SignOnRow>(self, &settings_key(tenant.number))?;
        Ok(row.map(|row| {
            let secret = row.secret.0.as_deref().map(Secret::new);
            (row.settings, secret)
        }))
    }
}

impl RealmRows<'_> {
    /// What the tenant says of its identity provider, if it has one.
    pub fn sign_on(&self) -> Result<Option<SignOn>, StoreFault> {
        settings(self.view, self.tenant)
    }

    /// Whether the tenant shares a secret with its provider.
    pub fn has_sign_on_secret(&self) -> Result<bool, StoreFault> {
        let row = read::<SignOnRow>(self.view, &settings_key(self.tenant))?;
        Ok(row.is_some_and(|row| row.secret.0.is_some()))
    }

    /// The user who is this outside.
    pub fn user_outside(&self, issuer: &str, subject: &str) -> Result<Option<PrincipalId>, StoreFault> {
        user_of(self.view, self.tenant, issuer, subject)
    }

    /// Whether a user was made at its first sign-in through a provider, and has no password of its own choice.
    pub fn is_made_by_sign_on(&self, user: PrincipalId) -> Result<bool, StoreFault> {
        let identity = self.outside_identity(user)?;
        Ok(identity.is_some_and(|identity| identity.made_by_sign_on))
    }

    /// Who a user is outside.
    pub fn outside_identity(&self, user: PrincipalId) -> Result<Option<OutsideIdentity>, StoreFault> {
        self.view.row(&user_key(self.tenant, user))
    }
}

impl RealmChanges<'_> {
    /// Stores what the tenant says of its provider. Without a secret the one that is there stays.
    pub fn put_sign_on(&self, settings: &SignOn, secret: Option<&Secret>) -> Result<(), StoreFault> {
        let key = settings_key(self.tenant);
        let secret = match secret {
            Some(secret) => Some(secret.expose().to_owned()),
            None => {
                let before = read::<SignOnRow>(&self.tx.view, &key)?;
                before.and_then(|mut row| row.secret.0.take())
            }
        };
        let row = SignOnRow {
            settings: settings.clone(),
            secret: SecretText(secret),
        };
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&key, &row)
    }

    /// Removes it: the secret too.
    pub fn delete_sign_on(&self) {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.delete(&settings_key(self.tenant));
    }

    /// Notes who a user is outside; a user is one person there, and one person there is one user.
    pub fn put_outside_identity(&self, identity: &OutsideIdentity) -> Result<(), StoreFault> {
        self.forget_outside_identity(identity.user)?;
        let keys = &self.tx.view.keys;
        let key = subject_key(keys, self.tenant, &identity.issuer, &identity.subject)?;
        self.tx.put(&key, &OutsideRow(PrincipalRow(identity.user)))?;
        self.tx.put(&user_key(self.tenant, identity.user), identity)
    }

    /// Forgets who a user is outside.
    pub fn forget_outside_identity(&self, user: PrincipalId) -> Result<(), StoreFault> {
        let Some(before) = self.now().outside_identity(user)? else {
            return Ok(());
        };
        let keys = &self.tx.view.keys;
        self.tx
            .delete(&subject_key(keys, self.tenant, &before.issuer, &before.subject)?);
        self.tx.delete(&user_key(self.tenant, user));
        Ok(())
    }

    pub(crate) fn forget_outside(&self, user: &User) -> Result<(), StoreFault> {
        self.forget_outside_identity(user.id)
    }
}
