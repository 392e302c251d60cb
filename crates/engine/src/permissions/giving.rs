//! Who may give and take which permissions: nobody more than they hold themselves (R010), nobody on an object that they
//! cannot know of, and only so many.

use super::{ByObject, Found};
use crate::desk::{Changing, Desk};
use crate::refusal::{Bound, Invalid, Refusal};
use crate::users::{Authority, refuse};
use model::ids::ObjectId;
use model::limits::{GRANTED_OBJECTS_MAX, PERMISSIONS_ON_OBJECT_MAX};
use model::permissions::{Permission, Select};
use policy::facts::{ObjectFacts, Principal};
use policy::granting::{On, may_name, may_pass_on};
use policy::operation::Operation;
use policy::rights::Grant;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;
use store::view::View;

/// Whether the caller can name this object: for those without any right on it, it does not exist.
pub(super) fn can_name<T: Deref<Target = View>>(
    desk: &Desk<T>,
    object: Select<ObjectId>,
) -> Result<bool, Refusal> {
    let Select::One(object) = object else {
        return Ok(true);
    };
    let facts = desk.tx.object_facts(desk.who(), object)?;
    Ok(facts.is_some_and(|facts| may_name(desk.who(), &facts)))
}

/// Whether every one of these grants is one that somebody could give.
pub(crate) fn holds_no_more(view: &View, who: &Principal, theirs: &[Grant]) -> Result<bool, Refusal> {
    let facts = Known::new(view, who);
    for grant in theirs {
        if !facts.may_pass_on(&grant.permission, grant.object)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is known of the objects that one change is about: each is looked up once.
struct Known<'d> {
    view: &'d View,
    who: &'d Principal,
    objects: RefCell<BTreeMap<ObjectId, Option<Rc<ObjectFacts>>>>,
}

impl<'d> Known<'d> {
    fn new(view: &'d View, who: &'d Principal) -> Self {
        Self {
            view,
            who,
            objects: RefCell::default(),
        }
    }

    fn facts(&self, object: ObjectId) -> Result<Option<Rc<ObjectFacts>>, Refusal> {
        if let Some(known) = self.objects.borrow().get(&object) {
            return Ok(known.clone());
        }
        let facts = self.view.object_facts(self.who, object)?.map(Rc::new);
        self.objects.borrow_mut().insert(object, facts.clone());
        Ok(facts)
    }

    fn may_pass_on(&self, permission: &Permission, object: Select<ObjectId>) -> Result<bool, Refusal> {
        let who = self.who;
        let Select::One(object) = object else {
            return Ok(may_pass_on(who, permission, On::Everything));
        };
        if who.is_admin() {
            return Ok(true);
        }
        // On an object that is gone nothing can be done any more.
        let facts = self.facts(object)?;
        Ok(facts.is_none_or(|facts| may_pass_on(who, permission, On::Object(&facts))))
    }
}

/// How far the caller may go in one change of permissions.
pub(crate) struct Giving<'d> {
    desk: &'d Changing,
    known: Known<'d>,
    authority: Authority<'d>,
    operation: &'static str,
}

impl<'d> Giving<'d> {
    /// For the operation that is being carried out.
    pub(crate) fn of<N: Operation>(desk: &'d Changing) -> Self {
        Self {
            desk,
            known: Known::new(&desk.tx, desk.who()),
            authority: Authority::of::<N>(desk),
            operation: N::INFO.name,
        }
    }

    /// Refuses more permissions than there may be. Objects that the holder has already count once.
    pub(super) fn check_counts(&self, before: &ByObject, wanted: &ByObject) -> Result<(), Refusal> {
        let many = |bound| Err(Refusal::Invalid(Invalid::TooMany(bound)));
        if wanted
            .values()
            .any(|permissions| permissions.len() > PERMISSIONS_ON_OBJECT_MAX)
        {
            return many(Bound::PermissionsOnObject);
        }
        let kept = before
            .keys()
            .filter(|object| !wanted.contains_key(object))
            .count();
        let given = wanted
            .values()
            .filter(|permissions| !permissions.is_empty())
            .count();
        if given > 0 && kept + given > GRANTED_OBJECTS_MAX {
            return many(Bound::GrantedObjects);
        }
        Ok(())
    }

    /// Refuses an object that the caller cannot name.
    pub(super) fn check_object(&self, object: Select<ObjectId>) -> Result<(), Refusal> {
        let Select::One(id) = object else { return Ok(()) };
        if can_name(self.desk, object)? {
            return Ok(());
        }
        Err(Refusal::Invalid(Invalid::UnknownObject(id)))
    }

    /// Refuses permissions on an object that the caller may not give or take.
    pub(crate) fn check_each<'p>(
        &self,
        object: Select<ObjectId>,
        permissions: impl IntoIterator<Item = &'p Permission>,
    ) -> Result<(), Refusal> {
        for permission in permissions {
            if !self.known.may_pass_on(permission, object)? {
                return Err(refuse(self.desk, self.operation, "permission"));
            }
        }
        Ok(())
    }

    /// Refuses the change of what a holder has on an object from one list to another, if the caller may not give
    /// everything that is added and take everything that is taken away.
    pub(super) fn check_exchange(
        &self,
        holder: &Found,
        object: Select<ObjectId>,
        before: &[Permission],
        after: &[Permission],
    ) -> Result<(), Refusal> {
        let added = after.iter().filter(|permission| !before.contains(permission));
        let taken: Vec<_> = before
            .iter()
            .filter(|permission| !after.contains(permission))
            .collect();
        if added.clone().next().is_some() {
            self.check_object(object)?;
        }
        self.check_holder(holder, !taken.is_empty())?;
        self.check_each(object, added.chain(taken))
    }

    /// Refuses a holder beyond the caller's authority; more strictly when something is taken from it.
    pub(super) fn check_holder(&self, holder: &Found, takes: bool) -> Result<(), Refusal> {
        if takes {
            holder.may_be_taken_from(&self.authority)
        } else {
            holder.may_be_given(&self.authority)
        }
    }
}
