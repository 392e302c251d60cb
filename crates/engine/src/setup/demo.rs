//! The demo's own device: registered as an administrator would register it, with a one-time password for the certificate
//! that it asks for like any other device.

use super::{commit, system_record};
use crate::certificates::NewAuthority;
use crate::refusal::{Conflict, FaultId, Missing, Refusal};
use crate::users::{NewCredential, special};
use crate::world::World;
use authn::generated::GeneratedSecret;
use authn::pepper::Pepper;
use authn::security_token::password_trace;
use model::certificates::Enrolment;
use model::ids::PrincipalId;
use model::json::Object;
use model::names::{TenantId, UserName};
use model::registration::DeviceId;
use model::secret::Secret;
use model::users::{DEVICE_USER_PREFIX, DEVICES, User, UserKind};
use policy::operations::users::UserCreate;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::realm::RealmChanges;
use store::shards::Store;

/// Registers the device of the demo and makes the tenant's certificate authority if there is none, before the platform
/// serves. Gives the one-time password for the device's certificate; the store has only its trace. `admin` is written
/// down as the one who has done it.
///
/// # Errors
/// If there is no such tenant or administrator, or the name of the device's user belongs to something else.
pub fn register_demo_device(
    store: &Store,
    world: &Arc<dyn World>,
    (tenant, admin): (&TenantId, &UserName),
    device: &DeviceId,
) -> Result<Secret, Refusal> {
    let found = store.catalogue()?.tenant_by_id(tenant)?;
    let number = found
        .ok_or_else(|| Refusal::Missing(Missing::Tenant(tenant.to_string())))?
        .number;
    let name = device
        .user_name()
        .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
    let proof = Allowed::<UserCreate>::mint_system(number, SystemReason::Demo);
    let tx = store.write_for(&proof)?;
    let realm = tx.realm(proof);
    let by = realm.now().user_named(admin)?;
    let by = by
        .ok_or_else(|| Refusal::Missing(Missing::User(admin.to_string())))?
        .id;
    let note = |kind, activity, text: String| {
        let about = (kind, activity, text);
        tx.record(system_record(
            world,
            SystemReason::Demo,
            about,
            Some(name.to_string()),
        ));
    };
    if realm.now().authority()?.is_none() {
        let wanted = NewAuthority {
            tenant,
            by,
            now: world.now(),
            random: world.random(),
            auto_registration: false,
        };
        wanted.make(&realm)?;
        note(
            "TrustedCertificate",
            "Certificate authority created",
            format!("For the demo's device {device}"),
        );
    }
    let user = match realm.now().user_named(&name)? {
        Some(before) if before.kind == UserKind::Device => before.id,
        Some(_) => return Err(Refusal::Conflict(Conflict::UserNameTaken)),
        None => {
            let new = device_user(&realm, realm.new_principal()?, &name)?;
            realm.create_user(&new)?;
            note(
                "User",
                "User created",
                format!("User created: the demo's device {name}"),
            );
            new.id
        }
    };
    realm.admit_certificates(user)?;
    let secret = GeneratedSecret::from_random(world.random());
    realm.put_enrolment(&Enrolment {
        device: device.clone(),
        user,
        object: None,
        password: password_trace(device, secret.secret(), &Pepper::new(*store.password_pepper())),
        by,
        made: world.now(),
        wrong: 0,
        used: None,
    })?;
    note(
        "DeviceRegistration",
        "One-time password for a certificate stored",
        format!("For the demo's device {device}"),
    );
    commit(store, tx)?;
    Ok(secret.secret().clone())
}

/// Makes a device user `device_<external id>` with a password, or gives the one that is there a new one, which ends
/// its sessions: for platforms that are made for tests and measurements. Gives the secret, to be kept by the device; the store has only its trace.
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
pub(super) fn device_user(
    realm: &RealmChanges<'_>,
    id: PrincipalId,
    name: &UserName,
) -> Result<User, Refusal> {
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
