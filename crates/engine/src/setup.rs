//! Making realms: what a new tenant starts with, and how its first administrator gets in. No default password exists
//! anywhere (R009): there is a password that the operator gave, or a one-time secret that is shown once.

mod demo;
mod redeem;
mod start;

pub use demo::ensure_demo_device;
pub(crate) use redeem::Redemptions;
pub use redeem::{Redeem, reset_setup};
pub use start::{awaits_setup, finish_interrupted};

use crate::refusal::{Conflict, FaultId, Refusal};
use crate::users::NewCredential;
use crate::world::World;
use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use authn::pepper::Pepper;
use authn::setup_secret::SetupSecret;
use model::ids::{MANAGEMENT, PrincipalId, TenantNumber};
use model::json::Object;
use model::names::{Domain, TenantId, UserName};
use model::roles::Role;
use model::secret::Secret;
use model::tenants::{MANAGEMENT_ID, Tenant, TenantStatus};
use model::users::{ADMINS, DEVICES, Group, User, UserKind};
use policy::operations::tenants::TenantCreate;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::realm::{RealmChanges, SetupSecretRow};
use store::shard::Store;
use store::transaction::WriteTx;

/// How the first administrator of a realm gets in.
#[derive(Clone)]
pub struct FirstAdmin {
    /// The user name.
    pub name: UserName,
    /// A password that the operator chose; a one-time secret is made when there is none.
    pub password: Option<Secret>,
    /// E-mail address.
    pub email: Option<String>,
}

/// A tenant to be made.
#[derive(Clone)]
pub struct NewTenant {
    /// Its id; made from its number (`t7`) when there is none.
    pub id: Option<TenantId>,
    /// Its domain.
    pub domain: Domain,
    /// The company behind it.
    pub company: String,
    /// Its first administrator.
    pub admin: FirstAdmin,
    /// Whom to call.
    pub contact_name: Option<String>,
    /// And where.
    pub contact_phone: Option<String>,
    /// Whatever else the operator noted.
    pub custom_properties: Object,
}

/// Roles that belong to devices or the platform's own users, not to an administrator.
const NOT_FOR_ADMINS: [Role; 3] = [Role::Device, Role::DeviceBootstrap, Role::System];

const DEVICE_ROLES: [Role; 12] = [
    Role::Device,
    Role::IdentityRead,
    Role::IdentityAdmin,
    Role::InventoryRead,
    Role::InventoryCreate,
    Role::AlarmRead,
    Role::AuditRead,
    Role::DeviceControlRead,
    Role::EventRead,
    Role::MeasurementRead,
    Role::UserManagementOwnRead,
    Role::UserManagementOwnAdmin,
];

const READER_ROLES: [Role; 8] = [
    Role::AlarmRead,
    Role::AuditRead,
    Role::DeviceControlRead,
    Role::EventRead,
    Role::IdentityRead,
    Role::InventoryRead,
    Role::MeasurementRead,
    Role::UserManagementOwnRead,
];

const BUSINESS_ROLES: [Role; 16] = [
    Role::AlarmAdmin,
    Role::AlarmRead,
    Role::AuditRead,
    Role::DeviceControlAdmin,
    Role::DeviceControlRead,
    Role::EventAdmin,
    Role::EventRead,
    Role::IdentityAdmin,
    Role::IdentityRead,
    Role::InventoryAdmin,
    Role::InventoryRead,
    Role::MeasurementAdmin,
    Role::MeasurementRead,
    Role::RetentionRuleRead,
    Role::UserManagementOwnAdmin,
    Role::UserManagementOwnRead,
];

/// Fills a new realm: the groups that every tenant has and its first administrator. Gives the one-time secret if there
/// is no credential yet.
pub(crate) fn fill_realm(
    realm: &RealmChanges<'_>,
    is_management: bool,
    admin: &FirstAdmin,
    credential: Option<&NewCredential>,
    pepper: &Pepper,
    world: &Arc<dyn World>,
) -> Result<Option<Secret>, Refusal> {
    let admin_roles = Role::ALL
        .iter()
        .copied()
        .filter(|role| is_management || !role.is_platform_role())
        .filter(|role| !NOT_FOR_ADMINS.contains(role));
    let admins = make_group(realm, ADMINS, "Administer this tenant", admin_roles)?;
    make_group(
        realm,
        DEVICES,
        "Devices: roles to read reach only what the device owns",
        DEVICE_ROLES,
    )?;
    make_group(
        realm,
        "business",
        "Work with devices and their data",
        BUSINESS_ROLES,
    )?;
    make_group(realm, "readers", "Read devices and their data", READER_ROLES)?;
    let user = User {
        id: realm.new_principal()?,
        name: admin.name.clone(),
        kind: UserKind::Person,
        enabled: true,
        first_name: None,
        last_name: None,
        display_name: None,
        email: admin.email.clone(),
        phone: None,
        newsletter: false,
        custom_properties: Object::new(),
        roles: BTreeSet::new(),
        groups: BTreeSet::from([admins]),
        owner: None,
        epoch: 0,
        password_changed: None,
        first_admin: true,
    };
    match credential {
        Some(credential) => {
            realm.create_user(&credential.give(realm, user, world.now())?)?;
            Ok(None)
        }
        None => {
            realm.create_user(&user)?;
            open_setup(realm, user.id, pepper, world).map(Some)
        }
    }
}

fn make_group(
    realm: &RealmChanges<'_>,
    name: &str,
    description: &str,
    roles: impl IntoIterator<Item = Role>,
) -> Result<model::ids::GroupId, Refusal> {
    let id = realm.new_group()?;
    let name = name
        .parse()
        .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
    realm.create_group(&Group {
        id,
        name,
        description: Some(description.to_owned()),
        custom_properties: Object::new(),
        roles: roles.into_iter().collect(),
    })?;
    Ok(id)
}

/// Makes a new one-time secret for a user; an older one ends.
pub(crate) fn open_setup(
    realm: &RealmChanges<'_>,
    user: PrincipalId,
    pepper: &Pepper,
    world: &Arc<dyn World>,
) -> Result<Secret, Refusal> {
    let secret = SetupSecret::from_random(world.random());
    let stored = encode(&secret.stored(pepper, world.now()))?;
    realm.set_setup_secret(&SetupSecretRow { stored, user })?;
    Ok(secret.secret().clone())
}

/// Bytes of a credential or secret as the store keeps them.
pub(crate) fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Refusal> {
    postcard::to_stdvec(value).map_err(|error| Refusal::Fault(FaultId::report(&error)))
}

/// Makes the management tenant if the store is new. Gives its one-time secret, to be shown once, if no password was
/// given; nothing if the tenant is there already.
pub fn ensure_management(
    store: &Store,
    world: &Arc<dyn World>,
    admin: FirstAdmin,
) -> Result<Option<Secret>, Refusal> {
    if store.view()?.tenant(MANAGEMENT)?.is_some() {
        return Ok(None);
    }
    let id = MANAGEMENT_ID
        .parse()
        .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
    let domain = MANAGEMENT_ID
        .parse()
        .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
    let tenant = NewTenant {
        id: Some(id),
        domain,
        company: "Platform".to_owned(),
        admin,
        contact_name: None,
        contact_phone: None,
        custom_properties: Object::new(),
    };
    make_tenant(store, world, &tenant, true)
}

/// Makes a tenant at start-up, by the operator's own hand. Refused if its id or domain is taken.
pub fn create_tenant(
    store: &Store,
    world: &Arc<dyn World>,
    tenant: &NewTenant,
) -> Result<Option<Secret>, Refusal> {
    make_tenant(store, world, tenant, false)
}

fn make_tenant(
    store: &Store,
    world: &Arc<dyn World>,
    new: &NewTenant,
    is_management: bool,
) -> Result<Option<Secret>, Refusal> {
    let pepper = Pepper::new(*store.password_pepper());
    let credential = match &new.admin.password {
        Some(password) => Some(NewCredential::of_password(
            password,
            &new.admin.name,
            &pepper,
            world,
        )?),
        None => None,
    };
    let proof = Allowed::<TenantCreate>::mint_system(MANAGEMENT, SystemReason::Setup);
    let tx = store.write_for(&proof)?;
    let catalogue = tx.catalogue(proof);
    crate::tenants::check_free(&catalogue, new)?;
    let number = if is_management {
        MANAGEMENT
    } else {
        catalogue.new_tenant()?
    };
    let draft = Draft {
        new,
        number,
        parent: None,
        credential: credential.as_ref(),
    };
    let (tenant, secret) = crate::tenants::create_in(&catalogue, &draft, &pepper, world)?;
    tx.record_for_platform(system_record(
        world,
        SystemReason::Setup,
        (
            "Tenant",
            "Tenant created",
            format!("Tenant {} created", tenant.id),
        ),
        Some(tenant.id.to_string()),
    ));
    commit(store, tx)?;
    Ok(secret)
}

/// Commits at start-up or offline, where nobody else writes.
pub(crate) fn commit(store: &Store, tx: WriteTx) -> Result<(), Refusal> {
    store.commit_blocking(tx)?;
    Ok(())
}

/// A tenant about to be stored: its number has keys already, its administrator's password is hashed already.
pub(crate) struct Draft<'a> {
    pub(crate) new: &'a NewTenant,
    pub(crate) number: TenantNumber,
    pub(crate) parent: Option<TenantId>,
    pub(crate) credential: Option<&'a NewCredential>,
}

/// The audit record of something that the platform does by itself.
pub(crate) fn system_record(
    world: &Arc<dyn World>,
    reason: SystemReason,
    (kind, activity, text): (&str, &str, String),
    source: Option<String>,
) -> Record {
    Record {
        time: world.now(),
        client_time: None,
        actor: Actor {
            principal: None,
            name: String::new(),
            kind: ActorKind::System,
        },
        address: None,
        kind: kind.to_owned(),
        activity: activity.to_owned(),
        text,
        source,
        severity: Severity::Information,
        outcome: Outcome::Success,
        application: None,
        changes: Vec::new(),
        count: 1,
        origin: Origin::SystemJob {
            reason: reason.word().to_owned(),
        },
        extra: Object::new(),
        batch: None,
        salt: world.random(),
    }
}

/// A tenant row as it starts.
pub(crate) fn tenant_row(draft: &Draft<'_>, id: TenantId, world: &Arc<dyn World>) -> Tenant {
    let new = draft.new;
    Tenant {
        number: draft.number,
        id,
        domain: new.domain.clone(),
        company: new.company.clone(),
        admin_name: Some(new.admin.name.to_string()),
        admin_email: new.admin.email.clone(),
        contact_name: new.contact_name.clone(),
        contact_phone: new.contact_phone.clone(),
        custom_properties: new.custom_properties.clone(),
        allow_create_tenants: draft.number == MANAGEMENT,
        parent: draft.parent.clone(),
        created: world.now(),
        status: TenantStatus::Active,
    }
}

/// An id for a tenant that was given none: `t` and its number, with zeros behind it if somebody chose that name.
pub(crate) fn free_id(
    number: TenantNumber,
    is_free: impl Fn(&TenantId) -> Result<bool, Refusal>,
) -> Result<TenantId, Refusal> {
    for zeros in 0..8 {
        let text = format!("t{}{}", number.0, "0".repeat(zeros));
        let id = text
            .parse()
            .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?;
        if is_free(&id)? {
            return Ok(id);
        }
    }
    Err(Refusal::Conflict(Conflict::TenantIdTaken))
}
