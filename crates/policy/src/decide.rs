//! THE PERMISSION DECISION. Everything that is read or changed, by whatever protocol, was allowed here.
//!
//! Default deny. The clauses, in order: a role held for the whole tenant; ownership of the object; `c8y_Global` for
//! reading the managed object itself (R018). There are no negative rules. Rights on single objects and fragments
//! extend the clause list, not the callers.

use crate::facts::{ObjectFacts, Principal};
use crate::operation::{Level, Need, Operation, Scope};
use crate::proof::{Allowed, Because, Reach};
use model::ids::MANAGEMENT;
use model::roles::Role;

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
    /// One object or its data.
    Object(&'a ObjectFacts),
}

/// Decides whether `who` may do `N` to `target`.
pub fn decide<N: Operation>(who: &Principal, target: Target<'_>) -> Result<Allowed<N>, Denied> {
    let (reach, because) = clause(who, N::INFO.need, target)?;
    Ok(Allowed::new(who.tenant(), Some(who.id()), reach, because))
}

/// Whether `who` could have what an operation needs on anything at all: asked before a request body is read.
pub fn could(who: &Principal, need: Need, owns_anything: bool) -> bool {
    match need {
        // Any object may carry `c8y_Global`.
        Need::OnObject {
            scope: Scope::ManagedObject,
            level: Level::Read,
            ..
        } => true,
        Need::OnObject { roles, .. } => who.has_any(roles) || owns_anything,
        need => clause(who, need, Target::Tenant).is_ok(),
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

fn clause(who: &Principal, need: Need, target: Target<'_>) -> Result<(Reach, Because), Denied> {
    match need {
        Need::Public => Ok((Reach::Tenant, Because::Public)),
        Need::SignedIn => Ok((Reach::Tenant, Because::SignedIn)),
        Need::AnyRole(roles) => by_role(who, roles).ok_or(Denied::Forbidden),
        Need::PlatformRole(roles) if who.tenant() == MANAGEMENT => {
            by_role(who, roles).ok_or(Denied::Forbidden)
        }
        Need::PlatformRole(_) => Err(Denied::Forbidden),
        Need::OverObjects { scope, roles } => Ok(by_role(who, roles).unwrap_or((
            Reach::Owned {
                owner: who.id(),
                global: scope == Scope::ManagedObject,
            },
            Because::ListOfOwn,
        ))),
        Need::OnObject { scope, level, roles } => match target {
            Target::Object(object) => on_object(who, scope, level, roles, object),
            Target::Tenant => Err(Denied::Forbidden),
        },
    }
}

fn by_role(who: &Principal, roles: &[Role]) -> Option<(Reach, Because)> {
    let role = roles.iter().find(|role| who.has_any(&[**role]))?;
    Some((Reach::Tenant, Because::Role(*role)))
}

fn on_object(
    who: &Principal,
    scope: Scope,
    level: Level,
    roles: &[Role],
    object: &ObjectFacts,
) -> Result<(Reach, Because), Denied> {
    if object.tenant() != who.tenant() {
        return Err(Denied::Missing);
    }
    let here = Reach::Object(object.id());
    if let Some((_, because)) = by_role(who, roles) {
        return Ok((here, because));
    }
    if object.owner() == who.id() {
        return Ok((here, Because::Owner));
    }
    if object.is_global() && scope == Scope::ManagedObject && level == Level::Read {
        return Ok((here, Because::Global));
    }
    Err(if knows(who, object) {
        Denied::Forbidden
    } else {
        Denied::Missing
    })
}

/// Whether the principal has a right of any kind on the object or its data, so that a refusal tells it nothing new.
fn knows(who: &Principal, object: &ObjectFacts) -> bool {
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
    ];
    who.has_any(ANY) || object.owner() == who.id() || object.is_global()
}

#[cfg(test)]
mod tests;
