//! THE PERMISSION DECISION. Everything that is read or changed, by whatever protocol, was allowed here.
//!
//! Default deny. The clauses, in order: a role held for the whole tenant; ownership of the object; permissions on the
//! object, on something above it, on its project or on every object; `c8y_Global` for reading the managed object itself
//! (R018); and for a device an open operation that names the object for it to fetch (R023). They only add: there are no
//! negative rules. What lies in a project is reached by what is held for the whole tenant only where that counts
//! ([`Home`]). An explanation of a decision asks the same clauses ([`reasons`]).
//!
//! [`Home`]: crate::facts::Home

use crate::facts::{Loan, ObjectFacts, Principal};
use crate::operation::{Level, Need, Operation, Scope};
use crate::operations::binaries::BinaryRead;
use crate::operations::inventory::InventoryRead;
use crate::proof::{Allowed, Because, Mine, Reach, Shows};
use crate::rights::{Along, Cover};
use crate::roles::RoleSet;
use model::applications::Part;
use model::ids::{MANAGEMENT, ObjectId, OperationId};
use model::roles::Role;
use std::cell::OnceCell;
use std::sync::Arc;

/// Why not. What a client is told follows from it: [`Denied::Missing`] must look as if nothing were there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The principal has no right of any kind on the object: for it, the object does not exist.
    #[error("not found")]
    Missing,
    /// The object may be known to the principal, but not this may be done; or a role is missing.
    #[error("access is denied")]
    Forbidden,
}

/// What an operation is aimed at.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// The tenant as a whole: lists, creations, settings.
    Tenant,
    /// One object; or its data of one kind, as far as the principal may see it.
    Object(&'a ObjectFacts),
    /// One object with these fragments beside its own; or a new piece of its data, which has these fragments.
    With {
        /// The object.
        object: &'a ObjectFacts,
        /// The names of the fragments.
        fragments: &'a [&'a str],
    },
    /// One piece of an object's data that is there, with these fragments.
    Piece {
        /// The object.
        object: &'a ObjectFacts,
        /// The names of the fragments.
        fragments: &'a [&'a str],
    },
    /// A new object that is to hang below this one.
    Below {
        /// The parent.
        parent: &'a ObjectFacts,
        /// The names of the new object's fragments.
        fragments: &'a [&'a str],
    },
}

impl<'a> Target<'a> {
    /// The object that it is aimed at, or below which it is.
    pub fn object(self) -> Option<&'a ObjectFacts> {
        match self {
            Self::Tenant => None,
            Self::Object(object) | Self::With { object, .. } | Self::Piece { object, .. } => Some(object),
            Self::Below { parent, .. } => Some(parent),
        }
    }
}

/// Decides whether `who` may do `N` to `target`.
pub fn decide<N: Operation>(who: &Principal, target: Target<'_>) -> Result<Allowed<N>, Denied> {
    if !N::INFO.by.admits(who.kind()) {
        // Whoever may do nothing with any object knows of none.
        let denied = target.object().map_or(Denied::Forbidden, |_| Denied::Missing);
        return Err(denied);
    }
    let need = N::INFO.need;
    let asked = OnObject::of(who, need, target);
    let on_object = || CLAUSES.iter().find_map(|clause| clause(asked.as_ref()?));
    // Each clause is looked at only when those before it were not enough.
    match on_tenant(who, need).or_else(on_object) {
        Some((reach, because)) => Ok(Allowed::new(who.tenant(), Some(who.id()), reach, because)),
        None => Err(asked.map_or_else(|| denied(who, need, target), |asked| asked.denied())),
    }
}

/// Every clause by which `who` has the need: none if it has not. The first is the one that [`decide`] goes by.
pub fn reasons(who: &Principal, need: Need, target: Target<'_>) -> Vec<Because> {
    let asked = OnObject::of(who, need, target);
    let on_object = CLAUSES.iter().filter_map(|clause| clause(asked.as_ref()?));
    let all = on_tenant(who, need).into_iter().chain(on_object);
    all.map(|(_, because)| because).collect()
}

/// Whether `who` could have what an operation needs on anything at all: asked before a request body is read.
pub fn could(who: &Principal, need: Need, owns_anything: bool) -> bool {
    match need {
        need if !is_its_part(who, need) => false,
        // Any object may carry `c8y_Global`.
        Need::OnObject { global: true, .. } => true,
        Need::OnObject {
            scope, level, roles, ..
        } => who.has_any(roles) || owns_anything || who.rights().has_any(scope, level),
        need => on_tenant(who, need).is_some(),
    }
}

/// A public operation on the realm of a tenant: the request carries its own proof (a one-time secret), which the
/// behaviour checks before it changes anything. Refused for every operation that is not declared public.
pub fn decide_public<N: Operation>(tenant: model::ids::TenantNumber) -> Result<Allowed<N>, Denied> {
    match N::INFO.need {
        Need::Public => Ok(Allowed::new(tenant, None, Reach::Tenant, Because::Public)),
        _ => Err(Denied::Forbidden),
    }
}

type Clause = (Reach, Because);

/// The clauses on one object, in their order. The last one is nobody's own: what was lent is not lent on.
const CLAUSES: [fn(&OnObject<'_>) -> Option<Clause>; OWN + 1] = [
    |asked| asked.by_role(),
    |asked| asked.by_ownership(),
    |asked| asked.by_ownership_above(),
    |asked| asked.by_rights(),
    |asked| asked.by_global(),
    |asked| asked.by_loan(),
];
const OWN: usize = 5;

/// A user with which a microservice begins asks about that and does nothing else, whatever it was given. One of another
/// tenant's microservice has nothing to do with objects before somebody has granted it anything: not even with those that
/// are open to everybody, who are the people and devices of the tenant.
fn is_its_part(who: &Principal, need: Need) -> bool {
    let Some(acts) = who.acts_for() else { return true };
    match acts.part {
        Part::Bootstrap => matches!(need, Need::Public | Need::Microservice { .. }),
        Part::Service => {
            let is_about_objects = matches!(
                need,
                Need::OnObject { .. } | Need::OverObjects { .. } | Need::OpenToAll
            );
            !is_about_objects || !who.is_uninvited()
        }
    }
}

/// A role, where it counts: on what lies in this project, or outside of projects.
fn by_role(who: &Principal, roles: &[Role], project: Option<ObjectId>) -> Option<Clause> {
    let role = roles.iter().find(|role| who.has_any(&[**role]))?;
    let clause = (Reach::Tenant, Because::Role(*role));
    who.home().has(project).then_some(clause)
}

/// The clause for a need that is not about one object.
fn on_tenant(who: &Principal, need: Need) -> Option<Clause> {
    match need {
        need if !is_its_part(who, need) => None,
        Need::Public => Some((Reach::Tenant, Because::Public)),
        Need::SignedIn => Some((Reach::Tenant, Because::SignedIn)),
        Need::OpenToAll => who.opens_to_all().then_some((Reach::Tenant, Because::SignedIn)),
        Need::Microservice { bootstrap } => {
            let acts = who.acts_for()?;
            let is_part = !bootstrap || acts.part == Part::Bootstrap;
            is_part.then_some((Reach::Tenant, Because::Microservice))
        }
        Need::AnyRole(roles) => by_role(who, roles, None),
        Need::AllRoles(roles) => {
            by_role(who, roles, None).filter(|_| roles.iter().all(|role| who.has_any(&[*role])))
        }
        // Which users these are, the behaviour asks the realm.
        Need::OnUsers { all, below } => by_role(who, all, None).or_else(|| by_role(who, below, None)),
        Need::PlatformRole(roles) if who.tenant() == MANAGEMENT => by_role(who, roles, None),
        Need::PlatformRole(_) | Need::OnObject { .. } => None,
        Need::OverObjects {
            scope,
            level,
            roles,
            global,
        } => {
            let role = roles.iter().find(|role| who.has_any(&[**role]));
            // To change many at once is for those who may change all; to read, everybody has a list of their own.
            if role.is_none() && level == Level::Admin {
                return None;
            }
            let because = role.map_or(Because::ListOfOwn, |role| Because::Role(*role));
            if role.is_some() && who.is_home_everywhere() {
                return Some((Reach::Tenant, because));
            }
            let mine = Mine {
                owner: who.id(),
                owns_below: who.owns_below(),
                global,
                home: who.home(),
                by_role: role.is_some(),
                scope,
                level,
                rights: who.rights().clone(),
                strips: strips(who, scope, level),
            };
            Some((Reach::Mine(Arc::new(mine)), because))
        }
    }
}

/// Stripping is a way to show measurements; nothing is ever changed in part.
fn strips(who: &Principal, scope: Scope, level: Level) -> bool {
    who.strips() && scope == Scope::Measurement && level == Level::Read
}

/// A need on one object of the principal's own tenant.
struct OnObject<'a> {
    need: Need,
    scope: Scope,
    level: Level,
    roles: &'static [Role],
    global: bool,
    target: Target<'a>,
    known: Known<'a>,
}

impl<'a> OnObject<'a> {
    fn of(who: &'a Principal, need: Need, target: Target<'a>) -> Option<Self> {
        let Need::OnObject {
            scope,
            level,
            roles,
            global,
        } = need
        else {
            return None;
        };
        let object = target.object()?;
        (object.tenant() == who.tenant() && is_its_part(who, need)).then_some(Self {
            need,
            scope,
            level,
            roles,
            global,
            target,
            known: Known::new(who, object),
        })
    }

    fn here(&self, because: Because) -> Clause {
        let object = self.known.object.id();
        let reach = if self.is_creation() {
            Reach::Below(object)
        } else {
            Reach::Object(object)
        };
        (reach, because)
    }

    fn by_role(&self) -> Option<Clause> {
        let (_, because) = by_role(self.known.who, self.roles, self.known.object.project())?;
        Some(self.here(because))
    }

    /// What is created below an object is not yet the owner's of that one.
    fn is_creation(&self) -> bool {
        matches!(self.target, Target::Below { .. })
    }

    fn by_ownership(&self) -> Option<Clause> {
        let owns = self.known.object.owner() == self.known.who.id() && !self.is_creation();
        owns.then(|| self.here(Because::Owner))
    }

    fn by_ownership_above(&self) -> Option<Clause> {
        if !self.known.who.owns_below() || self.is_creation() {
            return None;
        }
        let owned = self.known.object.owned_above()?;
        Some(self.here(Because::OwnerAbove(owned)))
    }

    fn by_rights(&self) -> Option<Clause> {
        let Self { scope, level, .. } = *self;
        if self.known.who.rights().is_empty() {
            return None;
        }
        let along = self.known.along();
        let of_object = self.known.object.fragments();
        let is_allowed = match self.target {
            Target::Tenant => false,
            Target::Below { fragments, .. } => along.allows(scope, level, fragments.iter().copied()),
            Target::Object(_) if scope == Scope::ManagedObject => along.allows(scope, level, of_object),
            Target::With { fragments, .. } if scope == Scope::ManagedObject => {
                along.allows(scope, level, of_object.chain(fragments.iter().copied()))
            }
            Target::Object(_) => {
                let cover = along.cover(scope, level);
                return (!cover.is_empty()).then(|| self.part(cover));
            }
            Target::With { fragments, .. } | Target::Piece { fragments, .. } => {
                let is_shown = self.known.shows(scope, level, fragments);
                return is_shown.then(|| self.part(along.cover(scope, level)));
            }
        };
        is_allowed.then(|| self.here(Because::Rights))
    }

    /// Of the object's data, what is covered.
    fn part(&self, cover: Cover) -> Clause {
        let shows = Shows {
            cover,
            strips: strips(self.known.who, self.scope, self.level),
        };
        let object = self.known.object.id();
        (Reach::Part { object, shows }, Because::Rights)
    }

    fn by_global(&self) -> Option<Clause> {
        (self.global && self.known.is_open()).then(|| self.here(Because::Global))
    }

    /// What is lent can be read, as what is open to everybody; nothing of its data, and nothing changed.
    fn by_loan(&self) -> Option<Clause> {
        let operation = self.known.lent_for(self.need).filter(|_| self.global)?;
        Some(self.here(Because::Lent(operation)))
    }

    /// How a refusal is told. A piece of data that is hidden does not exist.
    fn denied(&self) -> Denied {
        let is_known = match self.target {
            Target::Piece { fragments, .. } => {
                let mut levels = Level::ALL.into_iter();
                self.known.otherwise() || levels.any(|level| self.known.shows(self.scope, level, fragments))
            }
            _ => self.known.at_all(),
        };
        if is_known {
            Denied::Forbidden
        } else {
            Denied::Missing
        }
    }
}

/// How a refusal is told.
pub(crate) fn denied(who: &Principal, need: Need, target: Target<'_>) -> Denied {
    if let Some(asked) = OnObject::of(who, need, target) {
        return asked.denied();
    }
    match target.object() {
        Some(object) if !is_its_part(who, need) || !knows(who, object) => Denied::Missing,
        _ => Denied::Forbidden,
    }
}

/// Whether the principal has a right of any kind on the object or its data: for others it does not exist.
pub(crate) fn knows(who: &Principal, object: &ObjectFacts) -> bool {
    object.tenant() == who.tenant() && Known::new(who, object).at_all()
}

/// What a principal knows of an object of its tenant.
struct Known<'a> {
    who: &'a Principal,
    object: &'a ObjectFacts,
    /// What it holds along the object's line, once somebody asked.
    along: OnceCell<Along<'a>>,
}

impl<'a> Known<'a> {
    fn new(who: &'a Principal, object: &'a ObjectFacts) -> Self {
        Self {
            who,
            object,
            along: OnceCell::new(),
        }
    }

    fn along(&self) -> &Along<'a> {
        let walk = || self.who.rights().along(self.who.line(self.object));
        self.along.get_or_init(walk)
    }

    /// Whether permissions show a piece of the object's data with these fragments.
    fn shows(&self, scope: Scope, level: Level, fragments: &[&str]) -> bool {
        let fragments = fragments.iter().copied();
        if !strips(self.who, scope, level) {
            return self.along().allows(scope, level, fragments);
        }
        let shows = Shows {
            cover: self.along().cover(scope, level),
            strips: true,
        };
        shows.shows(fragments)
    }

    /// Whether the object carries `c8y_Global` for this principal: inside a project for its members only, who are those
    /// with a permission of any kind that reaches the object.
    fn is_open(&self) -> bool {
        let is_member = || self.who.home().has(self.object.project()) || self.along().is_reached();
        self.object.is_global() && is_member()
    }

    /// Whether the principal has a right of any kind on the object or its data. A permission on the managed object
    /// counts only if it covers its fragments: else nothing can be done by it.
    fn at_all(&self) -> bool {
        let touches = || self.along().touches(&self.object.fragments());
        self.otherwise() || (!self.who.rights().is_empty() && touches())
    }

    /// Whether the principal knows of the object and its data otherwise than by permissions on single objects, so that a
    /// refusal tells it nothing new.
    fn otherwise(&self) -> bool {
        const ANY: RoleSet = RoleSet::of(&[
            Role::InventoryRead,
            Role::ManagedObjectRead,
            Role::InventoryAdmin,
            Role::ManagedObjectAdmin,
            Role::IdentityRead,
            Role::IdentityAdmin,
            Role::MeasurementRead,
            Role::MeasurementAdmin,
            Role::EventRead,
            Role::EventAdmin,
            Role::AlarmRead,
            Role::AlarmAdmin,
            Role::DeviceControlRead,
            Role::DeviceControlAdmin,
            Role::AuditRead,
            Role::AuditAdmin,
            Role::BinaryRead,
            Role::BinaryAdmin,
        ]);
        let Self { who, object, .. } = self;
        (who.home().has(object.project()) && who.holds(ANY))
            || object.owner() == who.id()
            || self.is_open()
            || (who.owns_below() && object.owned_above().is_some())
            || (self.lent_for(InventoryRead::INFO.need))
                .or_else(|| self.lent_for(BinaryRead::INFO.need))
                .is_some()
    }

    /// The first open operation that names the object for the principal, a device, and whose creator has the need by
    /// itself: on all of the object, not on some of its fragments.
    fn lent_for(&self, need: Need) -> Option<OperationId> {
        let has_it = |loan: &&Loan| {
            let fragments: Vec<&str> = loan.object.fragments().collect();
            let target = Target::Piece {
                object: &loan.object,
                fragments: &fragments,
            };
            let asked = OnObject::of(&loan.creator, need, target);
            let mut own = CLAUSES.iter().take(OWN);
            own.any(|clause| asked.as_ref().and_then(clause).is_some())
        };
        let mut loans = self.object.loans().iter().filter(|_| self.who.owns_below());
        loans.find(has_it).map(|loan| loan.operation)
    }
}

#[cfg(test)]
mod tests;
