//! The demo's own device user: what a real device would get at its registration, and nothing more.

use super::{commit, system_record};
use crate::refusal::{Conflict, Missing, Refusal};
use crate::users::{NewCredential, special};
use crate::world::World;
use authn::generated::GeneratedSecret;
use authn::pepper::Pepper;
use model::ids::PrincipalId;
use model::json::Object;
use model::names::{TenantId, UserName};
use model::secret::Secret;
use model::users::{DEVICE_USER_PREFIX, DEVICES, User, UserKind};
use policy::operations::users::UserCreate;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::realm::RealmChanges;
use store::shards::Store;

/// Makes the device user `device_<external id>` of the demo, or gives the one that is there a new secret, which ends
/// its sessions. Gives the secret, to be kept by the device; the store has only its trace.
///
/// # Errors
/// If there is no such tenant, the name is not a device user's, or it belongs to something else than a device.
pub fn ensure_demo_device(
    store: &Store,
    world: &Arc<dyn World>,
    tenant: &TenantId,
    user: &UserName,
) -> Result<Secret, Refusal> {
    let found = store.catalogue()?.tenant_by_id(tenant)?;
    let number = found
        .ok_or_else(|| Refusal::Missing(Missing::Tenant(tenant.to_string())))?
        .number;
    if !user.as_str().starts_with(DEVICE_USER_PREFIX) {
        return Err(Refusal::Missing(Missing::User(user.to_string())));
    }
    let secret = GeneratedSecret::from_random(world.random());
    let credential = NewCredential::of_generated(&secret, &Pepper::new(*store.password_pepper()))?;

    let proof = Allowed::<UserCreate>::mint_system(number, SystemReason::Demo);
    let tx = store.write_for(&proof)?;
    let realm = tx.realm(proof);
    let activity = match realm.now().user_named(user)? {
        Some(before) if before.kind == UserKind::Device => {
            let after = credential.give(&realm, before.clone(), world.now())?;
            realm.update_user(&before, &after)?;
            "User password changed"
        }
        Some(_) => return Err(Refusal::Conflict(Conflict::UserNameTaken)),
        None => {
            let new = device_user(&realm, realm.new_principal()?, user)?;
            realm.create_user(&credential.give(&realm, new, world.now())?)?;
            "User created"
        }
    };
    let text = format!("{activity}: the demo's device {user}");
    tx.record(system_record(
        world,
        SystemReason::Demo,
        ("User", activity, text),
        Some(user.to_string()),
    ));
    commit(store, tx)?;
    Ok(secret.secret().clone())
}

/// A device user as it starts: a member of `devices`, with no right of its own.
fn device_user(realm: &RealmChanges<'_>, id: PrincipalId, name: &UserName) -> Result<User, Refusal> {
    let devices = realm.now().group_named(&special(DEVICES)?)?;
    Ok(User {
        id,
        name: name.clone(),
        kind: UserKind::Device,
        enabled: true,
        first_name: None,
        last_name: None,
        display_name: None,
        email: None,
        phone: None,
        newsletter: false,
        custom_properties: Object::new(),
        roles: BTreeSet::new(),
        groups: devices.into_iter().map(|group| group.id).collect(),
        owner: None,
        epoch: 0,
        password_changed: None,
        must_change_password: false,
        first_admin: false,
    })
}
