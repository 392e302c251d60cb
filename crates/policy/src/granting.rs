//! Who may pass rights on: nobody gives away more than they hold themselves (R010). Members of a tenant's `admins` may
//! give every right of their own tenant.

use crate::decide::knows;
use crate::facts::{ObjectFacts, Principal};
use crate::operation::{Level, Scope, roles_for};
use crate::rights::Cover;
use model::permissions::{Permission, Select};

/// What a right is passed on for.
#[derive(Debug, Clone, Copy)]
pub enum On<'a> {
    /// Every object of the tenant outside of its projects.
    Everything,
    /// One object and what hangs below it.
    Object(&'a ObjectFacts),
}

/// Whether `who` may give or take this permission on that.
pub fn may_pass_on(who: &Principal, permission: &Permission, on: On<'_>) -> bool {
    if who.is_admin() {
        return true;
    }
    let kinds = Scope::ALL
        .into_iter()
        .flat_map(|scope| Level::ALL.map(|level| (scope, level)));
    kinds
        .filter(|(scope, level)| permission.is_for(*scope, *level))
        .all(|(scope, level)| {
            let held = held(who, scope, level, on);
            match &permission.fragment {
                Select::All => held.all,
                Select::One(name) => held.has(name.as_str()),
            }
        })
}

/// Whether `who` may name this object when it gives rights: for those without any right on it, it does not exist. Whoever
/// may give every right of the tenant may name every object of it.
pub fn may_name(who: &Principal, object: &ObjectFacts) -> bool {
    object.tenant() == who.tenant() && (who.is_admin() || knows(who, object))
}

/// What `who` holds of a kind of data, there and on everything that hangs below.
fn held(who: &Principal, scope: Scope, level: Level, on: On<'_>) -> Cover {
    let project = match on {
        On::Everything => None,
        On::Object(object) => object.project(),
    };
    if who.home().has(project) && who.has_any(roles_for(scope, level)) {
        return Cover::ALL;
    }
    match on {
        On::Everything if who.home().has(None) => {
            who.rights().everywhere(scope, level).cloned().unwrap_or_default()
        }
        // Not what it owns: ownership reaches the object, while a permission is inherited by what hangs below.
        On::Object(object) if object.tenant() == who.tenant() => {
            who.rights().cover(scope, level, who.line(object))
        }
        On::Everything | On::Object(_) => Cover::default(),
    }
}
