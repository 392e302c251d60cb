//! Making realms: what a new tenant starts with, and how its first administrator gets in. No default password exists
//! anywhere (R009): there is a password that the operator gave, or a one-time secret that is shown once.

mod by_hand;
mod demo;
mod demo_fleet;
mod redeem;
mod start;
mod templates;

pub use by_hand::{create_tenant, ensure_management};
pub use demo::{ensure_demo_device, register_demo_device};
pub use demo_fleet::{FleetPrincipals, ensure_fleet_devices, prepare_fleet};
pub(crate) use redeem::Redemptions;
pub use redeem::{Redeem, reset_setup};
pub use start::{awaits_setup, finish_interrupted};
use templates::make_groups;
pub use templates::{ADMINISTRATOR, BUSINESS_USER, STANDARD_USER, TEMPLATES, Template};

use crate::caller::actor_kind;
use crate::refusal::{Conflict, FaultId, Refusal};
use crate::users::NewCredential;
use crate::world::World;
use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use authn::pepper::Pepper;
use authn::setup_secret::SetupSecret;
use model::ids::{GroupId, MANAGEMENT, PrincipalId, ShardNumber, TenantNumber};
use model::json::Object;
use model::names::{Domain, TenantId, UserName};
use model::roles::Role;
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use model::users::{ADMINS, Group, User, UserKind};
use policy::proof::SystemReason;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use store::realm::{RealmChanges, SetupSecretRow};
use store::shards::Store;
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
    let admins = make_groups(realm, is_management)?;
    crate::inventory_roles::create_defaults(realm)?;
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
        must_change_password: false,
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

/// The number of the administrators in every tenant, which clients of the REST API take for granted. All other numbers
/// are far above.
const ADMINS_NUMBER: u64 = 2;

fn make_group(
    realm: &RealmChanges<'_>,
    name: &str,
    description: &str,
    roles: impl IntoIterator<Item = Role>,
) -> Result<GroupId, Refusal> {
    let id = match name {
        ADMINS => GroupId::new(ADMINS_NUMBER)
            .ok_or_else(|| Refusal::Fault(FaultId::report(&"no group has number 2")))?,
        _ => realm.new_group()?,
    };
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

/// Commits at start-up or offline, where nobody else writes.
pub(crate) fn commit(store: &Store, tx: WriteTx) -> Result<(), Refusal> {
    store.commit_blocking(tx)?;
    Ok(())
}

/// A tenant about to be stored.
pub(crate) struct Draft<'a> {
    pub(crate) new: &'a NewTenant,
    pub(crate) number: TenantNumber,
    pub(crate) shard: ShardNumber,
    pub(crate) parent: Option<TenantId>,
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

/// The record of something that a user did, or somebody in its name, who has not signed in.
pub(crate) fn user_record(
    world: &Arc<dyn World>,
    user: Option<&User>,
    address: IpAddr,
    (activity, text): (&str, &str),
) -> Record {
    Record {
        time: world.now(),
        client_time: None,
        actor: Actor {
            principal: user.map(|user| user.id),
            name: user.map(|user| user.name.to_string()).unwrap_or_default(),
            kind: user.map_or(ActorKind::Unknown, |user| actor_kind(user.kind)),
        },
        address: Some(address.to_string()),
        kind: "User".to_owned(),
        activity: activity.to_owned(),
        text: text.to_owned(),
        source: user.map(|user| user.name.to_string()),
        severity: Severity::Information,
        outcome: Outcome::Success,
        application: None,
        changes: Vec::new(),
        count: 1,
        origin: Origin::Platform,
        extra: Object::new(),
        batch: None,
        salt: world.random(),
    }
}

/// A tenant row as it starts.
pub(crate) fn tenant_row(
    draft: &Draft<'_>,
    id: TenantId,
    status: TenantStatus,
    world: &Arc<dyn World>,
) -> Tenant {
    let new = draft.new;
    Tenant {
        number: draft.number,
        shard: draft.shard,
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
        status,
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
