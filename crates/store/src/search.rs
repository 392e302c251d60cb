//! Finding managed objects: filters, the query language, order and pages, over exactly what the reach shows.
//!
//! Candidates come from the projection when it has the view's version, else from the rows; either way only objects
//! within reach are looked at, so pages are full, totals are exact, and nothing hidden shows through a filter.

use crate::backend::Direction;
use crate::external_ids;
use crate::fault::StoreFault;
use crate::inventory::{InventoryRows, visit_all};
use crate::projection::Projection;
use crate::rows::{Key, Table};
use crate::view::unless_broken;
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{ChildKind, IS_DEVICE, ManagedObject};
use model::json::Json;
use model::limits::QUERY_ROWS_MAX;
use policy::proof::Reach;
use query::ast::Query;
use query::evaluate::Subject;
use query::must::Must;
use query::order::SortKey;
use query::path::Path;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is looked for; every part narrows.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Only these.
    pub ids: Option<Vec<ObjectId>>,
    /// With exactly this type.
    pub kind: Option<String>,
    /// With this fragment.
    pub fragment: Option<String>,
    /// Owned by this principal.
    pub owner: Option<PrincipalId>,
    /// Whose id, type, name, owner or an external id is exactly this text.
    pub text: Option<SearchText>,
    /// Parents, by this kind of edge, of this object.
    pub parent_of: Vec<(ChildKind, ObjectId)>,
    /// Children, by this kind of edge, of this object.
    pub child_of: Option<(ChildKind, ObjectId)>,
    /// Without any parent that the caller can see.
    pub only_roots: bool,
    /// Only devices (`q=`).
    pub only_devices: bool,
    /// A query of the query language.
    pub query: Option<Query>,
    /// How many to pass over.
    pub skip: usize,
    /// How many to give.
    pub take: usize,
    /// Whether all matches are counted, not only those up to the end of the page.
    pub count: bool,
}

/// A text to be found, with the owner of that name if there is one.
#[derive(Debug, Clone)]
pub struct SearchText {
    /// The text.
    pub text: String,
    /// The principal of this user name.
    pub owner: Option<PrincipalId>,
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The objects of the page, in order.
    pub objects: Vec<Arc<ManagedObject>>,
    /// How many there are in all, if counted.
    pub total: Option<usize>,
}

/// The search would read more rows than a query may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooCostly;

/// User names by principal, for queries about `owner`.
pub type OwnerNames<'a> = &'a dyn Fn(PrincipalId) -> Option<String>;

impl InventoryRows<'_> {
    /// A page of the objects within reach that the search means.
    pub fn find(
        &self,
        search: &Search,
        names: OwnerNames<'_>,
    ) -> Result<Result<Found, TooCostly>, StoreFault> {
        if let Some(projections) = self.projections {
            let answer =
                projections.ask(self.view, self.tenant, |projection| self.find_in(projection, search, names))?;
            if let Some(found) = answer {
                return found.map(Ok);
            }
        }
        self.find_in_rows(search, names)
    }

    fn find_in(
        &self,
        projection: &Projection,
        search: &Search,
        names: OwnerNames<'_>,
    ) -> Result<Found, StoreFault> {
        let mut page = Page::new(self, search, names)?;
        match self.candidates(projection, search)? {
            Some(ids) => {
                for object in ids.iter().filter_map(|id| projection.object(*id)) {
                    if !page.offer(object)? {
                        break;
                    }
                }
            }
            None => {
                for object in projection.all() {
                    if !page.offer(object)? {
                        break;
                    }
                }
            }
        }
        Ok(page.finish())
    }

    fn find_in_rows(
        &self,
        search: &Search,
        names: OwnerNames<'_>,
    ) -> Result<Result<Found, TooCostly>, StoreFault> {
        let mut page = Page::new(self, search, names)?;
        let narrow = match self.narrow_by_rows(search)? {
            Some(ids) => Some(ids),
            None => self.reachable()?,
        };
        if let Some(ids) = narrow {
            for id in ids {
                if let Some(object) = self.listed(id)? {
                    if !page.offer(&Arc::new(object))? {
                        break;
                    }
                }
            }
            return Ok(Ok(page.finish()));
        }
        let mut read = 0;
        let mut fault = None;
        visit_all(self.view, self.tenant, |object| {
            read += 1;
            match page.offer(&Arc::new(object)) {
                Ok(more) => more && read <= QUERY_ROWS_MAX,
                Err(error) => {
                    fault = Some(error);
                    false
                }
            }
        })?;
        match fault {
            Some(fault) => Err(fault),
            None if read > QUERY_ROWS_MAX => Ok(Err(TooCostly)),
            None => Ok(Ok(page.finish())),
        }
    }

    /// The smallest set of ids that must hold every match; nothing if all objects have to be looked at.
    fn candidates(
        &self,
        projection: &Projection,
        search: &Search,
    ) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        let mut sets: Vec<BTreeSet<ObjectId>> = Vec::new();
        sets.extend(self.narrow_by_rows(search)?);
        match self.reach {
            Reach::Tenant => {}
            Reach::Object(id) => sets.push(BTreeSet::from([id])),
            Reach::Owned { owner, global } => {
                let mut own: BTreeSet<_> = projection.of_owner(owner).collect();
                if global {
                    own.extend(projection.with_fragment(model::inventory::GLOBAL));
                }
                sets.push(own);
            }
        }
        if let Some(kind) = &search.kind {
            sets.push(projection.with_kind(kind).collect());
        }
        if let Some(fragment) = &search.fragment {
            sets.push(projection.with_fragment(fragment).collect());
        }
        if let Some(owner) = search.owner {
            sets.push(projection.of_owner(owner).collect());
        }
        for must in search.query.iter().filter_map(|query| query.filter.as_ref()).flat_map(|f| f.must()) {
            match must {
                Must::Id(id) => sets.push(BTreeSet::from([id])),
                Must::Type(kind) => sets.push(projection.with_kind(kind).collect()),
                Must::Has(path) if is_indexed(path) => {
                    sets.push(projection.with_fragment(path.top()).collect());
                }
                Must::Has(_)
                | Must::Name(_)
                | Must::Owner(_)
                | Must::MemberOfAny(_)
                | Must::InHierarchyOfAny(_) => {}
            }
        }
        Ok(sets.into_iter().min_by_key(BTreeSet::len))
    }

    /// Ids from parts of the search that edges and lists answer.
    fn narrow_by_rows(&self, search: &Search) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        let mut sets = Vec::new();
        if let Some(ids) = &search.ids {
            sets.push(ids.iter().copied().collect());
        }
        for (kind, child) in &search.parent_of {
            // An object that is hidden has no parents to be asked for.
            let parents = if self.listed(*child)?.is_some() { self.parents(*child, *kind)? } else { Vec::new() };
            sets.push(parents.into_iter().collect());
        }
        if let Some((kind, parent)) = search.child_of {
            sets.push(self.children(parent, kind)?.into_iter().collect());
        }
        Ok(sets.into_iter().min_by_key(BTreeSet::len))
    }

    /// The ids within reach, if rows list them. `c8y_Global` objects are listed nowhere: they are found by looking at
    /// all.
    fn reachable(&self) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        Ok(match self.reach {
            Reach::Tenant | Reach::Owned { global: true, .. } => None,
            Reach::Object(id) => Some(BTreeSet::from([id])),
            Reach::Owned { owner, global: false } => {
                let prefix = Key::new(self.tenant, Table::ByOwner).number(owner.number());
                let owned = self.view.index(&prefix, Direction::Forward)?;
                Some(owned.into_iter().filter_map(ObjectId::new).collect())
            }
        })
    }
}

/// Collects the matches of one search.
struct Page<'s> {
    rows: &'s InventoryRows<'s>,
    search: &'s Search,
    names: OwnerNames<'s>,
    narrow: Option<BTreeSet<ObjectId>>,
    /// What lies below the roots that the query names, read once.
    below: RefCell<BTreeMap<ObjectId, BTreeSet<ObjectId>>>,
    fault: Cell<Option<StoreFault>>,
    seen: usize,
    objects: Vec<Arc<ManagedObject>>,
    sorted: Vec<(SortKey, Arc<ManagedObject>)>,
}

impl<'s> Page<'s> {
    fn new(
        rows: &'s InventoryRows<'s>,
        search: &'s Search,
        names: OwnerNames<'s>,
    ) -> Result<Self, StoreFault> {
        Ok(Self {
            narrow: rows.narrow_by_rows(search)?,
            rows,
            search,
            names,
            below: RefCell::default(),
            fault: Cell::default(),
            seen: 0,
            objects: Vec::new(),
            sorted: Vec::new(),
        })
    }

    fn order(&self) -> Option<&'s Query> {
        self.search.query.as_ref().filter(|query| !query.order.is_empty())
    }

    /// Takes an object if it matches; says whether more are wanted.
    fn offer(&mut self, object: &Arc<ManagedObject>) -> Result<bool, StoreFault> {
        let matches = self.matches(object)?;
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        if !matches {
            return Ok(true);
        }
        self.seen += 1;
        if let Some(query) = self.order() {
            let key = SortKey::of(&query.order, &Asked { object, page: self });
            self.sorted.push((key, object.clone()));
            return Ok(true);
        }
        if self.seen > self.search.skip && self.objects.len() < self.search.take {
            self.objects.push(object.clone());
        }
        Ok(self.search.count || self.objects.len() < self.search.take)
    }

    fn matches(&self, object: &Arc<ManagedObject>) -> Result<bool, StoreFault> {
        let search = self.search;
        let plain = self.rows.reaches(object)
            && self.narrow.as_ref().is_none_or(|ids| ids.contains(&object.id))
            && search.kind.as_ref().is_none_or(|kind| is(object.kind.as_ref(), kind))
            && search.fragment.as_ref().is_none_or(|name| object.fragments.contains(name))
            && search.owner.is_none_or(|owner| object.owner == owner)
            && (!search.only_devices || object.fragments.contains(IS_DEVICE));
        if !plain || !self.is_related(object)? {
            return Ok(false);
        }
        if let Some(text) = &search.text {
            if !self.has_text(object, text)? {
                return Ok(false);
            }
        }
        if search.only_roots && self.has_visible_parent(object.id)? {
            return Ok(false);
        }
        let asked = Asked { object, page: self };
        Ok(search.query.as_ref().is_none_or(|query| query.matches(&asked)))
    }

    fn is_related(&self, object: &ManagedObject) -> Result<bool, StoreFault> {
        for (kind, child) in &self.search.parent_of {
            if !self.is_child(object.id, *kind, *child)? {
                return Ok(false);
            }
        }
        match self.search.child_of {
            Some((kind, parent)) => self.is_child(parent, kind, object.id),
            None => Ok(true),
        }
    }

    fn is_child(&self, parent: ObjectId, kind: ChildKind, child: ObjectId) -> Result<bool, StoreFault> {
        Ok(unless_broken(self.rows.is_child(parent, kind, child))?.unwrap_or(false))
    }

    fn has_text(&self, object: &ManagedObject, text: &SearchText) -> Result<bool, StoreFault> {
        if is(object.name.as_ref(), &text.text)
            || is(object.kind.as_ref(), &text.text)
            || object.id.to_string() == text.text
            || text.owner == Some(object.owner)
        {
            return Ok(true);
        }
        let ids = external_ids::of_object(self.rows.view, self.rows.tenant, object.id);
        Ok(unless_broken(ids)?.is_some_and(|ids| ids.iter().any(|id| id.value.as_str() == text.text)))
    }

    fn has_visible_parent(&self, id: ObjectId) -> Result<bool, StoreFault> {
        for kind in ChildKind::ALL {
            for parent in self.rows.parents(id, kind)? {
                if self.rows.listed(parent)?.is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether the caller can see this object: a query must not tell about groups that are hidden.
    fn sees(&self, id: ObjectId) -> Result<bool, StoreFault> {
        Ok(self.rows.listed(id)?.is_some())
    }

    fn is_below(&self, root: ObjectId, id: ObjectId) -> Result<bool, StoreFault> {
        if let Some(found) = self.below.borrow().get(&root) {
            return Ok(found.contains(&id));
        }
        let found = if self.sees(root)? { self.rows.descendants(root)? } else { BTreeSet::new() };
        let answer = found.contains(&id);
        self.below.borrow_mut().insert(root, found);
        Ok(answer)
    }

    fn keep(&self, answer: Result<bool, StoreFault>) -> bool {
        answer.unwrap_or_else(|fault| {
            self.fault.set(Some(fault));
            false
        })
    }

    fn finish(mut self) -> Found {
        if self.order().is_some() {
            // The sort is stable and candidates came in order of ids, so equal objects stay in that order.
            self.sorted.sort_by(|left, right| left.0.cmp(&right.0));
            let page = self.sorted.into_iter().map(|(_, object)| object);
            self.objects = page.skip(self.search.skip).take(self.search.take).collect();
        }
        Found { objects: self.objects, total: self.search.count.then_some(self.seen) }
    }
}

/// Whether every object that has the property has the fragment: standard and computed properties are none.
fn is_indexed(path: &Path) -> bool {
    path.is_custom() && !model::inventory::COMPUTED_PROPERTIES.contains(&path.top())
}

fn is(label: Option<&model::names::Label>, text: &str) -> bool {
    label.is_some_and(|label| label.as_str() == text)
}

/// An object as the query sees it.
struct Asked<'a> {
    object: &'a ManagedObject,
    page: &'a Page<'a>,
}

impl Subject for Asked<'_> {
    fn id(&self) -> ObjectId {
        self.object.id
    }

    fn visit(&self, path: &Path, visitor: &mut dyn FnMut(&Json)) {
        let object = self.object;
        let text = match path.as_str() {
            "name" => object.name.as_ref().map(|name| name.as_str().to_owned()),
            "type" => object.kind.as_ref().map(|kind| kind.as_str().to_owned()),
            "owner" => (self.page.names)(object.owner),
            "creationTime" => Some(object.created.to_string()),
            "lastUpdated" => Some(object.updated.to_string()),
            _ => return path.visit_in(&object.fragments, visitor),
        };
        if let Some(text) = text {
            visitor(&Json::String(text));
        }
    }

    fn is_member_of(&self, group: ObjectId) -> bool {
        let page = self.page;
        let answer = page.sees(group).and_then(|seen| {
            Ok(seen && page.is_child(group, ChildKind::Asset, self.object.id)?)
        });
        page.keep(answer)
    }

    fn is_below(&self, root: ObjectId) -> bool {
        self.page.keep(self.page.is_below(root, self.object.id))
    }
}
