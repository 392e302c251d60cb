//! The facts that a decision is made from, as the store read them in the snapshot of the request.
//!
//! Only `store/src/facts.rs` builds them (checked by `cargo xtask tidy`): whoever could make facts up could make
//! proofs up.

use model::ids::{GroupId, MANAGEMENT, ObjectId, PrincipalId, TenantNumber};
use model::roles::Role;
use model::users::UserKind;
use std::collections::BTreeSet;

/// A signed-in principal with the rights it holds in this snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    tenant: TenantNumber,
    id: PrincipalId,
    kind: UserKind,
    roles: BTreeSet<Role>,
    own_reach_roles: BTreeSet<Role>,
    groups: BTreeSet<GroupId>,
    is_admin: bool,
}

/// Roles that keep their full meaning when they come from the group `devices`: the rest of that group's roles reach
/// only what the device owns, so a hijacked device cannot read the tenant (R023).
const DEVICE_ROLES: [Role; 4] = [
    Role::Device,
    Role::InventoryCreate,
    Role::UserManagementOwnRead,
    Role::UserManagementOwnAdmin,
];

impl Principal {
    /// The principal as the store found it. `direct` are roles held by the user itself and through ordinary groups;
    /// `through_devices` those held through the group `devices`.
    pub fn from_store(
        tenant: TenantNumber,
        id: PrincipalId,
        kind: UserKind,
        direct: BTreeSet<Role>,
        through_devices: &BTreeSet<Role>,
        groups: BTreeSet<GroupId>,
        is_admin: bool,
    ) -> Self {
        let (full, own): (BTreeSet<_>, BTreeSet<_>) = through_devices
            .iter()
            .copied()
            .partition(|role| DEVICE_ROLES.contains(role));
        let mut roles = direct;
        roles.extend(full);
        if tenant != MANAGEMENT {
            roles.retain(|role| !role.is_platform_role());
        }
        let own_reach_roles = own.difference(&roles).copied().collect();
        Self {
            tenant,
            id,
            kind,
            roles,
            own_reach_roles,
            groups,
            is_admin,
        }
    }

    /// The tenant it belongs to. There is no other way to name a tenant to the store.
    pub fn tenant(&self) -> TenantNumber {
        self.tenant
    }

    /// Its opaque id.
    pub fn id(&self) -> PrincipalId {
        self.id
    }

    /// What kind of principal it is.
    pub fn kind(&self) -> UserKind {
        self.kind
    }

    /// The groups that it belongs to.
    pub fn groups(&self) -> &BTreeSet<GroupId> {
        &self.groups
    }

    /// Whether it belongs to its tenant's `admins`.
    pub fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// Whether it holds one of these roles for its whole tenant.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }

    /// Every role it holds, those that reach only own objects included: what `effectiveRoles` shows.
    pub fn effective_roles(&self) -> impl Iterator<Item = Role> {
        self.roles.union(&self.own_reach_roles).copied()
    }

    /// Whether it may give this role to others (R010): roles it holds itself; members of `admins` every role of their
    /// tenant; platform roles only within the management tenant.
    pub fn may_grant(&self, role: Role) -> bool {
        if role.is_platform_role() && self.tenant != MANAGEMENT {
            return false;
        }
        self.is_admin || self.roles.contains(&role)
    }
}

/// What a decision needs to know about a managed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    tenant: TenantNumber,
    id: ObjectId,
    owner: PrincipalId,
    is_global: bool,
}

impl ObjectFacts {
    /// The object as the store found it.
    pub fn from_store(tenant: TenantNumber, id: ObjectId, owner: PrincipalId, is_global: bool) -> Self {
        Self {
            tenant,
            id,
            owner,
            is_global,
        }
    }

    /// The tenant that it lies in.
    pub fn tenant(&self) -> TenantNumber {
        self.tenant
    }

    /// The object.
    pub fn id(&self) -> ObjectId {
        self.id
    }

    /// Who owns it.
    pub fn owner(&self) -> PrincipalId {
        self.owner
    }

    /// Whether it carries `c8y_Global`.
    pub fn is_global(&self) -> bool {
        self.is_global
    }
}
