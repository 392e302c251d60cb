//! The facts that a decision is made from, as the store read them in the snapshot of the request.
//!
//! Only `store/src/facts.rs` builds them (checked by `cargo xtask tidy`): whoever could make facts up could make
//! proofs up.

use crate::operation::roles_for;
use crate::rights::Rights;
use crate::roles::RoleSet;
use model::applications::{ActsFor, Part};
use model::ids::{GroupId, MANAGEMENT, ObjectId, OperationId, PrincipalId, TenantNumber};
use model::permissions::Select;
use model::roles::Role;
use model::users::UserKind;
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A signed-in principal with the rights it holds in this snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    tenant: TenantNumber,
    id: PrincipalId,
    kind: UserKind,
    roles: RoleSet,
    own_reach_roles: RoleSet,
    groups: BTreeSet<GroupId>,
    is_admin: bool,
    home: Home,
    rights: Arc<Rights>,
    strips: bool,
    has_projects: bool,
    opens_to_all: bool,
    acts_for: Option<ActsFor>,
}

/// Where that counts which a principal holds for no object in particular: its roles, its permissions on every object,
/// and `c8y_Global`. A project is a sandbox, closed to what is held for the whole tenant (R117, R118).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    /// Outside of projects.
    Outside,
    /// Inside this project and nowhere else: of a service account that is bound to it (R119).
    Project(ObjectId),
    /// Everywhere: of members of `admins`, so that no project is without somebody who can help.
    Everywhere,
}

impl Home {
    /// Whether what lies in this project, or in none, belongs to it.
    pub fn has(self, project: Option<ObjectId>) -> bool {
        match self {
            Self::Outside => project.is_none(),
            Self::Project(own) => project == Some(own),
            Self::Everywhere => true,
        }
    }
}

/// Who is above a user in the hierarchy of user management: it never holds more than that one.
#[derive(Debug, Clone, Default)]
pub enum Above {
    /// Nobody: it holds what it was given.
    #[default]
    Nobody,
    /// This user, with the rights that it holds itself.
    User(Box<Principal>),
    /// One who holds nothing any more: deleted, disabled or too far up.
    Powerless,
}

/// What a principal holds, as the store found it.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Who is above it.
    pub above: Above,
    /// Roles held by the user itself and through ordinary groups.
    pub direct: BTreeSet<Role>,
    /// Roles held through the group `devices`.
    pub through_devices: BTreeSet<Role>,
    /// Its groups.
    pub groups: BTreeSet<GroupId>,
    /// Whether one of them is `admins`. Of a principal that is bound to a project it counts for nothing.
    pub is_admin: bool,
    /// The project that it is bound to: a service account of that project.
    pub bound_to: Option<ObjectId>,
    /// Its permissions on single objects and fragments.
    pub rights: Rights,
    /// Whether its tenant shows measurements without the fragments that are not covered, instead of hiding them (R033).
    pub strips: bool,
    /// Whether its tenant has any project.
    pub has_projects: bool,
    /// Whether its tenant lets devices open objects to everybody (R037).
    pub devices_open_to_all: bool,
    /// The microservice that it is a user of.
    pub acts_for: Option<ActsFor>,
}

/// Roles that keep their full meaning when they come from the group `devices`: the rest of that group's roles reach
/// only what the device owns, so a hijacked device cannot read the tenant (R023).
const DEVICE_ROLES: [Role; 4] = [
    Role::Device,
    Role::InventoryCreate,
    Role::UserManagementOwnRead,
    Role::UserManagementOwnAdmin,
];

/// Roles over nothing but oneself: nobody's to give or to withhold.
pub const EVERYBODYS_ROLES: [Role; 2] = [Role::UserManagementOwnRead, Role::UserManagementOwnAdmin];

impl Principal {
    /// The principal as the store found it.
    pub fn from_store(tenant: TenantNumber, id: PrincipalId, kind: UserKind, held: Held) -> Self {
        let through_devices: RoleSet = held.through_devices.into_iter().collect();
        let direct: RoleSet = held.direct.into_iter().collect();
        let roles = direct
            .with(through_devices.that(|role| DEVICE_ROLES.contains(&role)))
            .that(|role| tenant == MANAGEMENT || !role.is_platform_role());
        let own_reach_roles = through_devices.that(|role| !DEVICE_ROLES.contains(&role) && !roles.has(role));
        let home = match held.bound_to {
            Some(project) => Home::Project(project),
            None if held.is_admin => Home::Everywhere,
            None => Home::Outside,
        };
        let principal = Self {
            tenant,
            id,
            kind,
            roles,
            own_reach_roles,
            groups: held.groups,
            is_admin: home == Home::Everywhere,
            home,
            rights: Arc::new(held.rights),
            strips: held.strips,
            has_projects: held.has_projects,
            opens_to_all: kind != UserKind::Device || held.devices_open_to_all,
            acts_for: held.acts_for,
        };
        match held.above {
            Above::Nobody => principal,
            Above::User(owner) => principal.below(&owner),
            Above::Powerless => principal.without_rights(),
        }
    }

    /// With no more than the user above it holds (R010). Members of `admins` may give every right of their tenant, so
    /// they bound nobody below them. What it owns is its own.
    fn below(mut self, owner: &Self) -> Self {
        if owner.is_admin {
            return self;
        }
        self.is_admin = false;
        match (self.home, owner.home) {
            (home, other) if home == other => {}
            (Home::Everywhere | Home::Outside, other) => self.home = other,
            // Its roles count where none of the other's do.
            (Home::Project(_), _) => return self.without_rights(),
        }
        let holds = |role| EVERYBODYS_ROLES.contains(&role) || owner.roles.has(role);
        self.roles = self.roles.that(holds);
        self.own_reach_roles = self
            .own_reach_roles
            .that(|role| holds(role) || owner.own_reach_roles.has(role));
        let is_role_for = |scope, level| owner.has_any(roles_for(scope, level));
        self.rights = Arc::new(self.rights.within(&owner.rights, is_role_for));
        self
    }

    /// With nothing but its own profile and what it owns.
    fn without_rights(mut self) -> Self {
        self.is_admin = false;
        if self.home == Home::Everywhere {
            self.home = Home::Outside;
        }
        self.roles = self.roles.that(|role| EVERYBODYS_ROLES.contains(&role));
        self.own_reach_roles = RoleSet::default();
        self.rights = Arc::default();
        self
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

    /// Where its roles count, and what else it holds for no object in particular.
    pub fn home(&self) -> Home {
        self.home
    }

    /// Whether its roles reach everything that its tenant has.
    pub fn is_home_everywhere(&self) -> bool {
        match self.home {
            Home::Everywhere => true,
            Home::Outside => !self.has_projects,
            Home::Project(_) => false,
        }
    }

    /// What its permissions on an object are given on: every object, if that counts there; the object itself;
    /// everything above it; its project (R039).
    pub fn line<'o>(
        &self,
        object: &'o ObjectFacts,
    ) -> impl Iterator<Item = Select<ObjectId>> + Clone + use<'o> {
        let everywhere = self.home.has(object.project()).then_some(Select::All);
        everywhere.into_iter().chain(object.line().map(Select::One))
    }

    /// Its permissions on single objects and fragments.
    pub fn rights(&self) -> &Arc<Rights> {
        &self.rights
    }

    /// Whether measurements are shown to it without the fragments that are not covered, instead of being hidden.
    pub fn strips(&self) -> bool {
        self.strips
    }

    /// Whether it may open an object that it may change to every user of its tenant. A hijacked device must not show
    /// everybody what it wants to (R037).
    pub fn opens_to_all(&self) -> bool {
        self.opens_to_all
    }

    /// The microservice that it acts for.
    pub fn acts_for(&self) -> Option<ActsFor> {
        self.acts_for
    }

    /// Whether it acts for a microservice of another tenant to which nobody of this one has granted anything: whoever runs
    /// that has put it here, and nobody has let it in (R010).
    pub fn is_uninvited(&self) -> bool {
        let is_foreign = |acts: ActsFor| acts.part == Part::Service && acts.owner != self.tenant;
        let is_given = |role| !EVERYBODYS_ROLES.contains(&role);
        self.acts_for.is_some_and(is_foreign) && self.roles.that(is_given) == RoleSet::default()
    }

    /// Whether what it owns reaches what hangs below: so that an agent manages the devices behind it (R023). A person
    /// who owns a group gains nothing over what others put into it.
    pub fn owns_below(&self) -> bool {
        self.kind == UserKind::Device
    }

    /// Whether it holds one of these roles for its whole tenant.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.holds(RoleSet::of(roles))
    }

    /// The same of a set that is at hand.
    pub(crate) fn holds(&self, roles: RoleSet) -> bool {
        self.roles.meets(roles)
    }

    /// Every role it holds, those that reach only own objects included: what `effectiveRoles` shows.
    pub fn effective_roles(&self) -> impl Iterator<Item = Role> {
        self.roles.with(self.own_reach_roles).roles()
    }

    /// Whether it may give this role to others (R010): roles it holds itself; members of `admins` every role of their
    /// tenant; platform roles only within the management tenant.
    pub fn may_grant(&self, role: Role) -> bool {
        if role.is_platform_role() && self.tenant != MANAGEMENT {
            return false;
        }
        self.is_admin || self.roles.has(role)
    }
}

/// Objects above another one. Most lines are short and need no memory of their own.
pub type Line = SmallVec<[ObjectId; 6]>;

/// What else there is to know about an object for those who hold permissions on objects and fragments. For others it is
/// empty: nothing of theirs is decided by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Everything above it by child devices and child assets, the nearest first.
    pub above: Line,
    /// The nearest of these that the asking principal owns, where its ownership reaches below.
    pub owned_above: Option<ObjectId>,
    /// The names of its fragments, without those that the platform computes.
    pub fragments: Vec<Box<str>>,
    /// The open operations that name it, on what belongs to the asking principal; for nobody but a device.
    pub loans: Vec<Loan>,
}

/// An open operation that names an object for its device to fetch. What its creator may read is lent to the device; so the
/// creator is decided about in turn, and what was lent to that one is not lent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// The operation.
    pub operation: OperationId,
    /// Who has created it.
    pub creator: Principal,
    /// The object as its creator stands to it, without loans.
    pub object: ObjectFacts,
}

/// What a decision needs to know about a managed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    tenant: TenantNumber,
    id: ObjectId,
    owner: PrincipalId,
    is_global: bool,
    project: Option<ObjectId>,
    surroundings: Surroundings,
}

impl ObjectFacts {
    /// The object as the store found it.
    pub fn from_store(
        tenant: TenantNumber,
        id: ObjectId,
        owner: PrincipalId,
        is_global: bool,
        project: Option<ObjectId>,
        surroundings: Surroundings,
    ) -> Self {
        Self {
            tenant,
            id,
            owner,
            is_global,
            project,
            surroundings,
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

    /// The project that it lies in; a project lies in itself.
    pub fn project(&self) -> Option<ObjectId> {
        self.project
    }

    /// The nearest object above it that the asking principal owns, where its ownership reaches below.
    pub fn owned_above(&self) -> Option<ObjectId> {
        self.surroundings.owned_above
    }

    /// The object itself, everything above it, and its project: where its rights are inherited from (R039, R117).
    pub fn line(&self) -> impl Iterator<Item = ObjectId> + Clone {
        let above = &self.surroundings.above;
        let project = self
            .project
            .filter(|project| *project != self.id && !above.contains(project));
        std::iter::once(self.id)
            .chain(above.iter().copied())
            .chain(project)
    }

    /// The open operations that name it, on what belongs to the asking principal.
    pub fn loans(&self) -> &[Loan] {
        &self.surroundings.loans
    }

    /// The names of its fragments, without those that the platform computes.
    pub fn fragments(&self) -> impl Iterator<Item = &str> + Clone {
        self.surroundings.fragments.iter().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests;
