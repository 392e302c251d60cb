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

#[cfg(test)]
mod tests {
    use super::{On, may_name, may_pass_on};
    use crate::facts::{Held, ObjectFacts, Principal, Surroundings};
    use crate::rights::Rights;
    use model::grants::Subject;
    use model::ids::{ObjectId, PrincipalId, TenantNumber};
    use model::permissions::Permission;
    use model::users::UserKind;

    const TENANT: TenantNumber = TenantNumber(7);

    fn principal(rules: &[&str], change: impl FnOnce(&mut Held)) -> Principal {
        let id = PrincipalId::new(1).expect("in range");
        let mut held = Held {
            rights: Rights::of_rules(Subject::User(id), rules),
            ..Held::default()
        };
        change(&mut held);
        Principal::from_store(TENANT, id, UserKind::Person, held)
    }

    fn object(tenant: TenantNumber) -> ObjectFacts {
        let id = ObjectId::new(100).expect("in range");
        let owner = PrincipalId::new(90).expect("in range");
        let surroundings = Surroundings {
            fragments: vec!["a".into()],
            ..Surroundings::default()
        };
        ObjectFacts::from_store(tenant, id, owner, false, None, surroundings)
    }

    // R010, R022: an object that one has no right on cannot be named, so that nobody learns that it is there.
    #[test]
    fn an_object_is_named_by_whoever_knows_of_it_in_its_own_tenant() {
        let [own, foreign] = [object(TENANT), object(TenantNumber(8))];
        let nobody = principal(&[], |_| {});
        let knows = principal(&["100, ALARM, b, READ"], |_| {});
        let admin = principal(&[], |held| held.is_admin = true);
        assert!(!may_name(&nobody, &own) && may_name(&knows, &own) && may_name(&admin, &own));
        for who in [nobody, knows, admin] {
            assert!(!may_name(&who, &foreign));
        }
    }

    // R010
    #[test]
    fn what_counts_elsewhere_is_not_passed_on() {
        let permission: Permission = "ALARM:*:READ".parse().expect("a permission");
        let everywhere = ["*, ALARM, *, READ"];
        let outside = principal(&everywhere, |_| {});
        assert!(may_pass_on(&outside, &permission, On::Everything));
        assert!(may_pass_on(&outside, &permission, On::Object(&object(TENANT))));
        assert!(!may_pass_on(
            &outside,
            &permission,
            On::Object(&object(TenantNumber(8)))
        ));
        let bound = principal(&everywhere, |held| held.bound_to = ObjectId::new(5));
        assert!(!may_pass_on(&bound, &permission, On::Everything));
    }
}
