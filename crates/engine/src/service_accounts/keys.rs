//! Keys of service accounts: made by the platform and shown once, several at a time so that one can take over from
//! another, and revoked at once (R119).

use super::account_in;
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::users::{Authority, allow_people, check_no_part};
use crate::work::{Command, Then, done};
use authn::service_key::ServiceKey;
use model::ids::ServiceKeyId;
use model::json::Json;
use model::limits::{SERVICE_KEY_DAYS_MAX, SERVICE_KEYS_MAX, SERVICE_KEYS_REVOKED_MAX};
use model::names::UserName;
use model::secret::Secret;
use model::service_accounts::{IssuedKey, ServiceAccount};
use model::time::Timestamp;
use policy::operation::Operation;
use policy::operations::service_accounts::{ServiceKeyCreate, ServiceKeyRevoke};
use store::realm::RealmRows;

const LIFE_MILLIS_MAX: i64 = SERVICE_KEY_DAYS_MAX * 24 * 60 * 60 * 1_000;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Its identifier.
    pub id: ServiceKeyId,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// From then on it is refused.
    pub expires: Timestamp,
    /// The day on which it was last used, if it ever was.
    pub last_used: Option<Timestamp>,
}

pub(super) fn keys_of(rows: &RealmRows<'_>, account: &ServiceAccount) -> Result<Vec<KeyView>, Refusal> {
    let view = |key: &IssuedKey| {
        Ok(KeyView {
            id: key.id,
            name: key.name.clone(),
            created: key.created,
            expires: key.expires,
            last_used: rows.key_last_used(account.user, key.id)?,
        })
    };
    account.standing_keys().map(view).collect()
}

/// A key that was made. No `Debug`: it holds the key.
pub struct NewKey {
    /// What is known of it.
    pub key: KeyView,
    /// The key itself. It is nowhere else, and cannot be had again.
    pub secret: Secret,
}

impl Door {
    /// Makes a key for a service account. It expires at the latest possible time unless an earlier one is asked for.
    pub async fn create_service_key(
        &self,
        caller: &Caller,
        account: UserName,
        name: String,
        expires: Option<Timestamp>,
    ) -> Result<NewKey, Refusal> {
        self.gate(caller, ServiceKeyCreate::INFO).await?;
        let key = ServiceKey::from_random(&self.0.world.random(), caller.tenant_id());
        let hash = key.hash(self.0.sign_ins.verifier.pepper());
        let command = CreateKey {
            account,
            name,
            expires,
            hash,
        };
        Ok(NewKey {
            key: self.run(caller, command).await?,
            secret: key.secret().clone(),
        })
    }
}

struct CreateKey {
    account: UserName,
    name: String,
    expires: Option<Timestamp>,
    hash: [u8; 32],
}

impl Command for CreateKey {
    type Operation = ServiceKeyCreate;
    type Answer = KeyView;

    fn change(&self, desk: &Changing) -> Result<Then<KeyView>, Refusal> {
        let realm = desk.tx.realm(allow_people::<ServiceKeyCreate, _>(desk)?);
        let (user, mut account) = account_in(&realm.now(), &self.account)?;
        // Whoever has a key of the account can act as it.
        Authority::of::<ServiceKeyCreate>(desk).over_user(&user)?;
        check_no_part(desk, &user)?;
        let now = desk.now();
        let latest = now.plus_millis(LIFE_MILLIS_MAX);
        let expires = self.expires.unwrap_or(latest);
        if expires <= now || expires > latest {
            return Err(Refusal::Invalid(Invalid::KeyExpiry));
        }
        // What has expired opens nothing any more, and makes room.
        account
            .keys
            .retain(|key| key.revoked.is_some() || now < key.expires);
        if account.standing_keys().count() >= SERVICE_KEYS_MAX {
            return Err(Refusal::Invalid(Invalid::TooManyKeys));
        }
        let key = IssuedKey {
            id: realm.new_service_key()?,
            name: self.name.clone(),
            created: now,
            expires,
            revoked: None,
            hash: self.hash,
        };
        let view = KeyView {
            id: key.id,
            name: key.name.clone(),
            created: key.created,
            expires: key.expires,
            last_used: None,
        };
        account.keys.push(key);
        realm.put_service_account(&account)?;
        let text = format!("Key {} made for {}, until {expires}", view.id, user.name);
        desk.note(Note::new("User", "Service key created", &user.name).text(text));
        Ok(done(view))
    }
}

/// Revokes a key: it is refused at the next request. Its use is still recognised, for the audit log.
pub struct RevokeKey {
    /// The name of the account's user.
    pub account: UserName,
    /// The key.
    pub key: ServiceKeyId,
}

impl Command for RevokeKey {
    type Operation = ServiceKeyRevoke;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<ServiceKeyRevoke, _>(desk)?);
        let (user, mut account) = account_in(&realm.now(), &self.account)?;
        Authority::of::<ServiceKeyRevoke>(desk).over_user(&user)?;
        let standing = account
            .keys
            .iter_mut()
            .find(|key| key.id == self.key && key.revoked.is_none());
        let key = standing.ok_or(Refusal::Missing(Missing::ServiceKey(self.key)))?;
        key.revoked = Some(desk.now());
        forget_oldest_revoked(&mut account);
        realm.put_service_account(&account)?;
        let note = Note::new("User", "Service key revoked", &user.name);
        desk.note(note.change("key", Some(Json::from(self.key.to_string())), None));
        Ok(done(()))
    }
}

/// Of the revoked keys, only the latest are remembered.
fn forget_oldest_revoked(account: &mut ServiceAccount) {
    let mut revoked: Vec<_> = account.keys.iter().filter_map(|key| key.revoked).collect();
    revoked.sort_unstable();
    let Some(surplus) = revoked.len().checked_sub(SERVICE_KEYS_REVOKED_MAX) else {
        return;
    };
    let Some(oldest_kept) = revoked.get(surplus).copied() else {
        return;
    };
    account
        .keys
        .retain(|key| key.revoked.is_none_or(|revoked| revoked >= oldest_kept));
}
