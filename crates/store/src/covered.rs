//! What a principal's ownership and permissions come to on the objects of a tenant: asked of one object, by going up
//! from it; or listed, by going down from the objects that it owns and has permissions on (R039).
//!
//! It adds up what the proof says and decides nothing. Which fragments an object or its data has, it does not know.

use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::inventory::{children_in_rows, line_above, object_key};
use crate::projection::Part;
use crate::projects::objects_in;
use crate::rows::{Key, Table};
use crate::view::View;
use model::ids::{ObjectId, PrincipalId, TenantNumber};
use model::inventory::ManagedObject;
use policy::facts::Home;
use policy::proof::Mine;
use policy::rights::Cover;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The objects that a reach of the kind [`Mine`] comes to, each with the fragments that are covered.
pub(crate) struct Covered<'t> {
    view: &'t View,
    tenant: TenantNumber,
    pub(crate) mine: Arc<Mine>,
    listed: OnceCell<Arc<Listed>>,
}

/// Objects, each with the fragments that are covered.
pub(crate) type Listed = BTreeMap<ObjectId, Cover>;

/// The children of an object by child devices and child assets.
pub(crate) type Children<'a> = &'a dyn Fn(ObjectId) -> Result<Vec<ObjectId>, StoreFault>;

impl<'t> Covered<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber, mine: Arc<Mine>) -> Self {
        Self {
            view,
            tenant,
            mine,
            listed: OnceCell::new(),
        }
    }

    /// What is covered on an object.
    pub(crate) fn on(&self, object: &ManagedObject) -> Result<Cover, StoreFault> {
        let mine = &self.mine;
        let at_home = mine.at_home().filter(|_| mine.home.has(object.project));
        if object.owner == mine.owner || at_home.is_some_and(|cover| cover.all) {
            return Ok(Cover::ALL);
        }
        if let Some(listed) = self.listed.get() {
            let mut cover = at_home.cloned().unwrap_or_default();
            listed
                .get(&object.id)
                .into_iter()
                .for_each(|below| cover.add(below));
            return Ok(cover);
        }
        if mine.rights.is_empty() && !mine.owns_below {
            return Ok(Cover::default());
        }
        let above = line_above(self.view, self.tenant, object.id)?;
        if mine.owns_below && self.owned_among(&above)?.is_some() {
            return Ok(Cover::ALL);
        }
        Ok(mine.cover(object.project, line(object, above)))
    }

    /// Whether the object carries `c8y_Global` for this principal: inside a project for its members only.
    pub(crate) fn opens(&self, object: &ManagedObject) -> Result<bool, StoreFault> {
        let mine = &self.mine;
        if !mine.global || !object.is_global() {
            return Ok(false);
        }
        if mine.home.has(object.project) || mine.rights.is_empty() {
            return Ok(mine.home.has(object.project));
        }
        let above = line_above(self.view, self.tenant, object.id)?;
        Ok(mine.reaches(line(object, above)))
    }

    fn owned_among(&self, above: &[ObjectId]) -> Result<Option<ObjectId>, StoreFault> {
        owned_among(self.view, self.tenant, above, self.mine.owner)
    }

    /// Every object that is covered otherwise than everywhere, and those that are owned. `owned`, `children` and `members`
    /// (of a project) say what the view says.
    pub(crate) fn gather(
        &self,
        owned: impl IntoIterator<Item = ObjectId>,
        children: Children<'_>,
        members: Children<'_>,
    ) -> Result<Listed, StoreFault> {
        let mut listed = BTreeMap::new();
        let bound_to = match self.mine.home {
            Home::Project(project) => self.mine.at_home().map(|cover| (project, cover.clone())),
            Home::Outside | Home::Everywhere => None,
        };
        for (root, cover) in self.mine.roots().chain(bound_to) {
            spread(&mut listed, root, &cover, children)?;
            // What hangs below an object of a project lies in the project too.
            for object in members(root)? {
                listed.entry(object).or_default().add(&cover);
            }
        }
        if self.mine.rights.is_bounded() {
            listed = self.within_bound(listed.into_keys())?;
        }
        for object in owned {
            if self.mine.owns_below {
                spread(&mut listed, object, &Cover::ALL, children)?;
            } else {
                // Last: what is below an owned object is not covered with it.
                listed.insert(object, Cover::ALL);
            }
        }
        Ok(listed)
    }

    /// From now on, what is covered is looked up here.
    pub(crate) fn go_by(&self, listed: Arc<Listed>) {
        // Nobody else can have set it: the cell is not shared between threads.
        let _ = self.listed.set(listed);
    }

    /// What is covered on these objects within what the users above hold: asked of each, for what is inherited from two
    /// sides meets anywhere in the tree.
    fn within_bound(&self, objects: impl IntoIterator<Item = ObjectId>) -> Result<Listed, StoreFault> {
        let mut within = BTreeMap::new();
        for id in objects {
            let Some(object) = self.view.row::<ManagedObject>(&object_key(self.tenant, id))? else {
                continue;
            };
            let above = line_above(self.view, self.tenant, id)?;
            let cover = self.mine.cover(object.project, line(&object, above));
            if !cover.is_empty() {
                within.insert(id, cover);
            }
        }
        Ok(within)
    }

    /// Goes by the rows. Nothing if all objects have to be looked at.
    pub(crate) fn list_in_rows(&self) -> Result<Option<&Listed>, StoreFault> {
        if self.listed.get().is_none() {
            let (view, tenant) = (self.view, self.tenant);
            let children = |object| {
                let children = children_in_rows(view, tenant, object)?;
                Ok(children.into_iter().map(|(_, child)| child).collect())
            };
            let members = |project| objects_in(view, tenant, project);
            let listed = self.gather(owned(view, tenant, self.mine.owner)?, &children, &members)?;
            self.go_by(Arc::new(listed));
        }
        Ok(self.listed())
    }

    /// The part of the inventory that everything of it lies in; nothing if all objects have to be looked at.
    pub(crate) fn part(&self) -> Option<Part> {
        let mine = &self.mine;
        let roots = mine.roots().map(|(root, _)| root);
        self.is_listed().then(|| Part {
            roots: match mine.home {
                Home::Project(project) => roots.chain([project]).collect(),
                Home::Outside | Home::Everywhere => roots.collect(),
            },
            owner: mine.owner,
            owns_below: mine.owns_below,
            global: mine.global,
        })
    }

    fn is_listed(&self) -> bool {
        self.mine.at_home().is_none() || matches!(self.mine.home, Home::Project(_))
    }

    /// What was listed. Nothing if all objects have to be looked at.
    pub(crate) fn listed(&self) -> Option<&Listed> {
        self.listed.get().map(AsRef::as_ref).filter(|_| self.is_listed())
    }
}

/// The object itself, what is above it, and its project (R039, R117).
fn line(object: &ManagedObject, above: Vec<ObjectId>) -> impl Iterator<Item = ObjectId> + Clone {
    std::iter::once(object.id).chain(above).chain(object.project)
}

/// Adds a cover to an object and everything below it. Where it is covered already, everything below is too, and it is not
/// gone through again: so a second way to the same object costs nothing.
fn spread(
    listed: &mut Listed,
    root: ObjectId,
    cover: &Cover,
    children: Children<'_>,
) -> Result<(), StoreFault> {
    let mut waiting = vec![root];
    while let Some(object) = waiting.pop() {
        let here = listed.entry(object).or_default();
        if !here.includes(cover) {
            here.add(cover);
            waiting.extend(children(object)?);
        }
    }
    Ok(())
}

/// The nearest of these objects that the principal owns.
pub(crate) fn owned_among(
    view: &View,
    tenant: TenantNumber,
    above: &[ObjectId],
    owner: PrincipalId,
) -> Result<Option<ObjectId>, StoreFault> {
    for id in above {
        let object = view.row::<ManagedObject>(&object_key(tenant, *id))?;
        if object.is_some_and(|object| object.owner == owner) {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}

/// What a principal owns, from the rows.
fn owned(view: &View, tenant: TenantNumber, owner: PrincipalId) -> Result<Vec<ObjectId>, StoreFault> {
    let prefix = Key::new(tenant, Table::ByOwner).number(owner.number());
    let owned = view.index(&prefix, Direction::Forward)?;
    Ok(owned.into_iter().filter_map(ObjectId::new).collect())
}
