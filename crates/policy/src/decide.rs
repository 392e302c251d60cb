//! THE PERMISSION DECISION. Everything that is read or changed, by whatever protocol, was allowed here.
//!
//! Default deny. The clauses, in order: a role held for the whole tenant; ownership of the object; permissions on the
//! object, on something above it, on its project or on every object; `c8y_Global` for reading the managed object itself
//! (R018). They only add: there are no negative rules. What lies in a project is reached by what is held for the whole
//! tenant only where that counts ([`Home`]). An explanation of a decision asks the same clauses ([`reasons`]).
//!
//! [`Home`]: crate::facts::Home

use crate::facts::{ObjectFacts, Principal};
use crate::operation::{Level, Need, Operation, Scope};
use crate::proof::{Allowed, Because, Mine, Reach, Shows};
use model::ids::{MANAGEMENT, ObjectId};
use model::roles::Role;
use std::iter::once_with;
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
        aimed_at(self)
    }
}

/// Decides whether `who` may do `N` to `target`.
pub fn decide<N: Operation>(who: &Principal, target: Target<'_>) -> Result<Allowed<N>, Denied> {
    if !N::INFO.by.admits(who.kind()) {
        return Err(Denied::Forbidden);
    }
    let (reach, because) = clauses(who, N::INFO.need, target)
        .next()
        .ok_or_else(|| denied(who, N::INFO.need, target))?;
    Ok(Allowed::new(who.tenant(), Some(who.id()), reach, because))
}

/// Every clause by which `who` has the need: none if it has not. The first is the one that [`decide`] goes by.
pub fn reasons(who: &Principal, need: Need, target: Target<'_>) -> Vec<Because> {
    clauses(who, need, target).map(|(_, because)| because).collect()
}

/// Whether `who` could have what an operation needs on anything at all: asked before a request body is read.
pub fn could(who: &Principal, need: Need, owns_anything: bool) -> bool {
    match need {
        // Any object may carry `c8y_Global`.
        Need::OnObject { global: true, .. } => true,
        Need::OnObject {
            scope, level, roles, ..
        } => who.has_any(roles) || owns_anything || who.rights().has_any(scope, level),
        need => clauses(who, need, Target::Tenant).next().is_some(),
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

/// The clauses that apply, in their order. Each is looked at only when those before it were not enough.
fn clauses<'a>(who: &'a Principal, need: Need, target: Target<'a>) -> impl Iterator<Item = Clause> {
    let on_tenant = once_with(move || on_tenant(who, need)).flatten();
    let on_object = OnObject::of(who, need, target).into_iter().flat_map(|asked| {
        once_with(move || asked.by_role())
            .chain(once_with(move || asked.by_ownership()))
            .chain(once_with(move || asked.by_ownership_above()))
            .chain(once_with(move || asked.by_rights()))
            .chain(once_with(move || asked.by_global()))
            .flatten()
    });
    on_tenant.chain(on_object)
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
        Need::Public => Some((Reach::Tenant, Because::Public)),
        Need::SignedIn => Some((Reach::Tenant, Because::SignedIn)),
        Need::OpenToAll => who.opens_to_all().then_some((Reach::Tenant, Because::SignedIn)),
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
#[derive(Clone, Copy)]
struct OnObject<'a> {
    who: &'a Principal,
    scope: Scope,
    level: Level,
    roles: &'static [Role],
    global: bool,
    object: &'a ObjectFacts,
    target: Target<'a>,
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
        let object = aimed_at(target)?;
        (object.tenant() == who.tenant()).then_some(Self {
            who,
            scope,
            level,
            roles,
            global,
            object,
            target,
        })
    }

    fn here(&self, because: Because) -> Clause {
        let object = self.object.id();
        let reach = if self.is_creation() {
            Reach::Below(object)
        } else {
            Reach::Object(object)
        };
        (reach, because)
    }

    fn by_role(self) -> Option<Clause> {
        let (_, because) = by_role(self.who, self.roles, self.object.project())?;
        Some(self.here(because))
    }

    /// What is created below an object is not yet the owner's of that one.
    fn is_creation(self) -> bool {
        matches!(self.target, Target::Below { .. })
    }

    fn by_ownership(self) -> Option<Clause> {
        let owns = self.object.owner() == self.who.id() && !self.is_creation();
        owns.then(|| self.here(Because::Owner))
    }

    fn by_ownership_above(self) -> Option<Clause> {
        if !self.who.owns_below() || self.is_creation() {
            return None;
        }
        let owned = self.object.owned_above()?;
        Some(self.here(Because::OwnerAbove(owned)))
    }

    fn by_rights(self) -> Option<Clause> {
        let Self {
            who,
            scope,
            level,
            object,
            ..
        } = self;
        let rights = who.rights();
        if rights.is_empty() {
            return None;
        }
        match self.target {
            Target::Tenant => None,
            Target::Below { fragments, .. } => {
                let allowed = rights.allow(scope, level, who.line(object), fragments.iter().copied());
                allowed.then(|| self.here(Because::Rights))
            }
            Target::Object(_) if scope == Scope::ManagedObject => {
                let allowed = rights.allow(scope, level, who.line(object), object.fragments());
                allowed.then(|| self.here(Because::Rights))
            }
            Target::With { fragments, .. } if scope == Scope::ManagedObject => {
                let fragments = object.fragments().chain(fragments.iter().copied());
                let allowed = rights.allow(scope, level, who.line(object), fragments);
                allowed.then(|| self.here(Because::Rights))
            }
            Target::Object(_) => self.part(|shows| !shows.cover.is_empty()),
            Target::With { fragments, .. } | Target::Piece { fragments, .. } => {
                self.part(|shows| shows.shows(fragments.iter().copied()))
            }
        }
    }

    /// Of the object's data, what is covered, if that is enough.
    fn part(self, is_enough: impl FnOnce(&Shows) -> bool) -> Option<Clause> {
        let shows = Shows {
            cover: self
                .who
                .rights()
                .cover(self.scope, self.level, self.who.line(self.object)),
            strips: strips(self.who, self.scope, self.level),
        };
        let object = self.object.id();
        is_enough(&shows).then_some((Reach::Part { object, shows }, Because::Rights))
    }

    fn by_global(self) -> Option<Clause> {
        (self.global && is_open_to(self.who, self.object)).then(|| self.here(Because::Global))
    }
}

/// Whether the object carries `c8y_Global` for this principal: inside a project for its members only, who are those with
/// a permission of any kind that reaches the object.
fn is_open_to(who: &Principal, object: &ObjectFacts) -> bool {
    object.is_global() && (who.home().has(object.project()) || who.rights().reach(object.line()))
}

fn aimed_at<'a>(target: Target<'a>) -> Option<&'a ObjectFacts> {
    match target {
        Target::Tenant => None,
        Target::Object(object) | Target::With { object, .. } | Target::Piece { object, .. } => Some(object),
        Target::Below { parent, .. } => Some(parent),
    }
}

/// How a refusal is told.
pub(crate) fn denied(who: &Principal, need: Need, target: Target<'_>) -> Denied {
    let is_known = match (target, need) {
        (Target::Piece { object, fragments }, Need::OnObject { scope, .. }) => {
            knows_object(who, object) || holds_piece(who, scope, object, fragments)
        }
        _ => aimed_at(target).is_none_or(|object| knows(who, object)),
    };
    if is_known {
        Denied::Forbidden
    } else {
        Denied::Missing
    }
}

/// Whether the principal has a right of any kind on the object or its data: for others it does not exist.
pub(crate) fn knows(who: &Principal, object: &ObjectFacts) -> bool {
    knows_object(who, object) || holds_any(who, object)
}

/// Whether the principal knows of the object and its data otherwise than by permissions on single objects, so that a
/// refusal tells it nothing new.
fn knows_object(who: &Principal, object: &ObjectFacts) -> bool {
    const ANY: &[Role] = &[
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
    ];
    if object.tenant() != who.tenant() {
        return false;
    }
    (who.home().has(object.project()) && who.has_any(ANY))
        || object.owner() == who.id()
        || is_open_to(who, object)
        || (who.owns_below() && object.owned_above().is_some())
}

/// Whether a permission of any kind reaches the object or its data. One on the managed object counts only if it covers
/// its fragments: else nothing can be done by it.
fn holds_any(who: &Principal, object: &ObjectFacts) -> bool {
    let rights = who.rights();
    !rights.is_empty() && rights.touch(who.line(object), &object.fragments())
}

/// Whether a permission of any level shows this piece of the object's data: one that is hidden does not exist.
fn holds_piece(who: &Principal, scope: Scope, object: &ObjectFacts, fragments: &[&str]) -> bool {
    Level::ALL.into_iter().any(|level| {
        let shows = Shows {
            cover: who.rights().cover(scope, level, who.line(object)),
            strips: strips(who, scope, level),
        };
        shows.shows(fragments.iter().copied())
    })
}

#[cfg(test)]
mod tests;
