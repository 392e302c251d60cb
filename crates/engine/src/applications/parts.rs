//! The users of microservices: the one with which one begins, in its owner's tenant, and one in each tenant that is
//! subscribed. They are service accounts with one key that is made of a stored seed, so that the microservice can ask for
//! it again; they come and go with the application and the subscription, and nobody else changes or deletes them.

use crate::desk::Desk;
use crate::door::{Door, Inside};
use crate::refusal::{Conflict, Refusal};
use authn::service_key::ServiceKey;
use model::applications::{APPLICATION_USER_PREFIX, ActsFor, Application, BOOTSTRAP_USER_PREFIX, Part};
use model::ids::PrincipalId;
use model::json::Object;
use model::names::{TenantId, UserName};
use model::roles::Role;
use model::secret::Secret;
use model::service_accounts::{IssuedKey, ServiceAccount};
use model::time::Timestamp;
use model::users::{User, UserKind};
use std::collections::BTreeSet;
use store::applications::PartCredential;
use store::realm::RealmChanges;

/// The key of a user to be: its seed and its trace. No `Debug`.
pub(crate) struct PartKey {
    seed: [u8; 32],
    hash: [u8; 32],
}

/// Keys for the users of a microservice in its owner's tenant, made beforehand: a change may need them. No `Debug`.
pub struct PartKeys {
    /// Of the user with which it begins.
    pub(super) begins: PartKey,
    /// Of the one as which it acts there.
    pub(super) acts: PartKey,
}

/// As whom a microservice signs in.
pub struct Credential {
    /// Where.
    pub tenant: TenantId,
    /// The user's name.
    pub name: UserName,
    /// Its key, which serves as its password.
    pub password: Secret,
}

impl Door {
    /// A key for a new user of this tenant.
    pub(crate) fn new_part_key(&self, tenant: &TenantId) -> PartKey {
        let seed: [u8; 32] = self.0.world.random();
        let pepper = self.0.sign_ins.verifier.pepper();
        PartKey {
            hash: ServiceKey::derived(&seed, pepper, tenant).hash(pepper),
            seed,
        }
    }
}

impl Door {
    /// Both keys of a microservice of this tenant.
    pub fn new_part_keys(&self, tenant: &TenantId) -> PartKeys {
        PartKeys {
            begins: self.new_part_key(tenant),
            acts: self.new_part_key(tenant),
        }
    }
}

impl Inside {
    /// What a user of a microservice signs in with.
    pub(super) fn credential_of(&self, tenant: &TenantId, part: PartCredential) -> Credential {
        let key = ServiceKey::derived(&part.seed, self.sign_ins.verifier.pepper(), tenant);
        Credential {
            tenant: tenant.clone(),
            name: part.name,
            password: key.secret().clone(),
        }
    }
}

/// Makes a user of a microservice, with these roles and not one more.
pub(super) fn make(
    realm: &RealmChanges<'_>,
    (application, acts): (&Application, ActsFor),
    granted: &BTreeSet<Role>,
    key: &PartKey,
    now: Timestamp,
) -> Result<User, Refusal> {
    let id = realm.new_principal()?;
    let name = name_of(application, acts.part)?;
    if realm.now().user_named(&name)?.is_some() {
        return Err(Refusal::Conflict(Conflict::UserNameTaken));
    }
    let user = user(id, name, roles_of(acts.part, granted));
    realm.create_user(&user)?;
    realm.put_service_account(&ServiceAccount {
        user: id,
        description: Some(format!("The application {}", application.name)),
        project: None,
        addresses: Vec::new(),
        expires: None,
        keys: vec![issued(realm, key, now)?],
    })?;
    realm.put_part(id, acts, key.seed)?;
    Ok(user)
}

fn issued(realm: &RealmChanges<'_>, key: &PartKey, now: Timestamp) -> Result<IssuedKey, Refusal> {
    Ok(IssuedKey {
        id: realm.new_service_key()?,
        name: "application".to_owned(),
        created: now,
        expires: Timestamp::MAX,
        revoked: None,
        hash: key.hash,
    })
}

/// Gives a user of a microservice another key instead of all that it has.
pub(super) fn renew(
    realm: &RealmChanges<'_>,
    user: PrincipalId,
    key: &PartKey,
    now: Timestamp,
) -> Result<(), Refusal> {
    if let Some(acts) = realm.now().acts_for(user)?
        && let Some(account) = realm.now().service_account(user)?
    {
        realm.put_service_account(&ServiceAccount {
            keys: vec![issued(realm, key, now)?],
            ..account
        })?;
        realm.put_part(user, acts, key.seed)?;
    }
    Ok(())
}

/// Everybody reads themselves, but for the user that only finds out who is subscribed.
pub(super) fn roles_of(part: Part, granted: &BTreeSet<Role>) -> BTreeSet<Role> {
    match part {
        Part::Bootstrap => BTreeSet::new(),
        Part::Service => granted
            .iter()
            .copied()
            .chain([Role::UserManagementOwnRead])
            .collect(),
    }
}

fn name_of(application: &Application, part: Part) -> Result<UserName, Refusal> {
    let prefix = match part {
        Part::Bootstrap => BOOTSTRAP_USER_PREFIX,
        Part::Service => APPLICATION_USER_PREFIX,
    };
    let name = format!("{prefix}{}", application.user_suffix());
    name.parse()
        .map_err(|bad| Refusal::Fault(crate::refusal::FaultId::report(&bad)))
}

fn user(id: PrincipalId, name: UserName, roles: BTreeSet<Role>) -> User {
    User {
        id,
        name,
        kind: UserKind::Service,
        enabled: true,
        first_name: None,
        last_name: None,
        display_name: None,
        email: None,
        phone: None,
        newsletter: false,
        custom_properties: Object::new(),
        roles,
        groups: BTreeSet::new(),
        owner: None,
        epoch: 0,
        password_changed: None,
        first_admin: false,
        must_change_password: false,
    }
}

/// Removes a user of a microservice, if it is still there.
pub(super) fn remove(realm: &RealmChanges<'_>, user: Option<PrincipalId>) -> Result<(), Refusal> {
    if let Some(id) = user
        && let Some(user) = realm.now().user(id)?
    {
        realm.delete_user(&user)?;
    }
    Ok(())
}

/// Whether somebody may decide that a microservice begins or acts as a user: people only. Keys leak.
pub(super) fn is_person<T: std::ops::Deref<Target = store::view::View>>(desk: &Desk<T>) -> bool {
    desk.who().kind() == UserKind::Person
}
