//! The principals of a demo's simulated fleet, made before the platform serves: a service account that sets the fleet up
//! with a key for two hours, people without any right yet, and a user for each device. All else, their rights included, is
//! done over the public API by these.

use super::demo::device_user;
use super::{commit, system_record};
use crate::refusal::{Conflict, Missing, Refusal};
use crate::users::{NewCredential, NewUser, Profile, new_user};
use crate::world::World;
use authn::generated::GeneratedSecret;
use authn::pepper::Pepper;
use authn::service_key::ServiceKey;
use model::ids::TenantNumber;
use model::json::Object;
use model::limits::SERVICE_KEYS_REVOKED_MAX;
use model::names::{TenantId, UserName};
use model::roles::Role;
use model::secret::Secret;
use model::service_accounts::{IssuedKey, ServiceAccount};
use model::users::UserKind;
use policy::operations::users::UserCreate;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::realm::RealmChanges;
use store::shards::Store;
use store::transaction::WriteTx;

/// What the service account may: all that it gives to others, and to make objects and ask devices.
const SERVICE_ROLES: [Role; 18] = [
    Role::AlarmAdmin,
    Role::AlarmRead,
    Role::AuditRead,
    Role::BinaryRead,
    Role::BulkOperationRead,
    Role::DeviceControlAdmin,
    Role::DeviceControlRead,
    Role::EventAdmin,
    Role::EventRead,
    Role::IdentityAdmin,
    Role::IdentityRead,
    Role::InventoryAdmin,
    Role::InventoryCreate,
    Role::InventoryRead,
    Role::MeasurementRead,
    Role::UserManagementAdmin,
    Role::UserManagementOwnAdmin,
    Role::UserManagementRead,
];
/// The mark of the people whom the fleet may give rights: those that it has made.
const SIMULATED: &str = "holdfast_Simulated";
/// How long its key is good: setting up ends, and no key of such rights stays behind.
const KEY_MILLIS: i64 = 2 * 60 * 60 * 1_000;
/// Device users that are made in one commit.
const DEVICES_AT_ONCE: usize = 500;

/// What the fleet is set up with. No `Debug`: it holds secrets.
pub struct FleetPrincipals {
    /// The key of the service account.
    pub key: Secret,
    /// The people who were not there before, with their passwords. They are nowhere else.
    pub newcomers: Vec<(UserName, Secret)>,
}

/// Makes the service account and the people of a fleet where they are missing, and gives the account a new key; an older
/// one ends.
///
/// # Errors
/// If there is no such tenant, or a name belongs to something of another kind.
pub fn prepare_fleet(
    store: &Store,
    world: &Arc<dyn World>,
    tenant: &TenantId,
    (service, people): (&UserName, &[UserName]),
) -> Result<FleetPrincipals, Refusal> {
    let number = number_of(store, tenant)?;
    let proof = Allowed::<UserCreate>::mint_system(number, SystemReason::Demo);
    let tx = store.write_for(&proof)?;
    let realm = tx.realm(proof);
    let pepper = Pepper::new(*store.password_pepper());
    let mut newcomers = Vec::new();
    for name in people {
        match realm.now().user_named(name)? {
            Some(there) if there.kind == UserKind::Person => continue,
            Some(_) => return Err(Refusal::Conflict(Conflict::UserNameTaken)),
            None => {}
        }
        let secret = GeneratedSecret::from_random(world.random());
        let credential = NewCredential::of_generated(&secret, &pepper)?;
        let mut new = without_rights(name, BTreeSet::new());
        new.profile.custom_properties.set(SIMULATED, Object::new());
        let user = new_user(realm.new_principal()?, &new);
        realm.create_user(&credential.give(&realm, user, world.now())?)?;
        note(&tx, world, ("User created", "of the demo's fleet"), name);
        newcomers.push((name.clone(), secret.secret().clone()));
    }
    let key = ServiceKey::from_random(&world.random(), tenant);
    give_key(&tx, &realm, world, (service, key.hash(&pepper)))?;
    commit(store, tx)?;
    Ok(FleetPrincipals {
        key: key.secret().clone(),
        newcomers,
    })
}

/// Makes the users of devices that are missing, each with the password made of these bytes.
///
/// # Errors
/// If there is no such tenant, or a name belongs to something else than a device.
pub fn ensure_fleet_devices(
    store: &Store,
    world: &Arc<dyn World>,
    tenant: &TenantId,
    devices: &[(UserName, [u8; 24])],
) -> Result<(), Refusal> {
    let number = number_of(store, tenant)?;
    let pepper = Pepper::new(*store.password_pepper());
    for some in devices.chunks(DEVICES_AT_ONCE) {
        let proof = Allowed::<UserCreate>::mint_system(number, SystemReason::Demo);
        let tx = store.write_for(&proof)?;
        let realm = tx.realm(proof);
        for (name, bytes) in some {
            match realm.now().user_named(name)? {
                Some(there) if there.kind == UserKind::Device => continue,
                Some(_) => return Err(Refusal::Conflict(Conflict::UserNameTaken)),
                None => {}
            }
            let secret = GeneratedSecret::from_random(*bytes);
            let credential = NewCredential::of_generated(&secret, &pepper)?;
            let user = device_user(&realm, realm.new_principal()?, name)?;
            realm.create_user(&credential.give(&realm, user, world.now())?)?;
            note(&tx, world, ("User created", "a simulated device"), name);
        }
        if !tx.is_empty() {
            commit(store, tx)?;
        }
    }
    Ok(())
}

fn number_of(store: &Store, tenant: &TenantId) -> Result<TenantNumber, Refusal> {
    let found = store.catalogue()?.tenant_by_id(tenant)?;
    let missing = || Refusal::Missing(Missing::Tenant(tenant.to_string()));
    Ok(found.ok_or_else(missing)?.number)
}

/// The service account with this key as the only one that is good.
fn give_key(
    tx: &WriteTx,
    realm: &RealmChanges<'_>,
    world: &Arc<dyn World>,
    (name, hash): (&UserName, [u8; 32]),
) -> Result<(), Refusal> {
    let user = match realm.now().user_named(name)? {
        Some(there) if there.kind == UserKind::Service => there,
        Some(_) => return Err(Refusal::Conflict(Conflict::UserNameTaken)),
        None => {
            let new = without_rights(name, BTreeSet::from(SERVICE_ROLES));
            let user = new_user(realm.new_principal()?, &new);
            realm.create_user(&user)?;
            note(
                tx,
                world,
                ("Service account created", "sets up the demo's fleet"),
                name,
            );
            user
        }
    };
    let now = world.now();
    let mut account = realm.now().service_account(user.id)?.unwrap_or(ServiceAccount {
        user: user.id,
        description: Some("Sets up the demo's simulated fleet".to_owned()),
        project: None,
        addresses: Vec::new(),
        expires: None,
        keys: Vec::new(),
    });
    account.keys.retain(|key| now < key.expires);
    account
        .keys
        .iter_mut()
        .for_each(|key| key.revoked = key.revoked.or(Some(now)));
    let surplus = account.keys.len().saturating_sub(SERVICE_KEYS_REVOKED_MAX);
    account.keys.drain(..surplus);
    account.keys.push(IssuedKey {
        id: realm.new_service_key()?,
        name: "demo".to_owned(),
        created: now,
        expires: now.plus_millis(KEY_MILLIS),
        revoked: None,
        hash,
    });
    realm.put_service_account(&account)?;
    note(
        tx,
        world,
        ("Service key created", "for two hours; an older one has ended"),
        name,
    );
    Ok(())
}

fn without_rights(name: &UserName, roles: BTreeSet<Role>) -> NewUser {
    NewUser {
        must_change_password: false,
        name: name.clone(),
        password: None,
        profile: Profile::default(),
        enabled: true,
        roles,
        groups: BTreeSet::new(),
    }
}

fn note(tx: &WriteTx, world: &Arc<dyn World>, (activity, text): (&str, &str), name: &UserName) {
    let about = ("User", activity, format!("{activity}: {name}, {text}"));
    tx.record(system_record(
        world,
        SystemReason::Demo,
        about,
        Some(name.to_string()),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    // R009: nothing that manages tenants, and no password of others.
    #[test]
    fn the_service_that_sets_up_holds_no_platform_role_and_resets_no_password() {
        for role in SERVICE_ROLES {
            assert!(!role.is_platform_role(), "{role:?}");
            assert_ne!(role, Role::UserManagementPasswordReset);
        }
    }
}
