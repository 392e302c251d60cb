//! Finding managed objects: filters, the query language, order and pages, over exactly what the reach shows.
//!
//! Candidates come from the projection when it has the view's version, else from the rows; either way only objects
//! within reach are looked at, so pages are full, totals are exact, and nothing hidden shows through a filter.

mod page;

use crate::covered::Listed;
use crate::fault::StoreFault;
use crate::inventory::{INHERITING, InventoryRows, Within, global_objects, visit_all};
use crate::projection::{Projection, weight};
use crate::projects::objects_in;
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{ChildKind, ManagedObject};
use model::limits::{PROJECTION_BYTES_MAX, QUERY_ROWS_MAX};
use page::Page;
use query::ast::{Filter, Query};
use query::must::Must;
use query::path::Path;
use std::borrow::Cow;
use std::collections::BTreeSet;
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
    /// Lying in this project, without the project itself.
    pub project: Option<ObjectId>,
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
            let part = match &self.within {
                Within::Covered(covered) => covered.part().map(Arc::new),
                Within::Tenant | Within::Object(_) | Within::Nothing => None,
            };
            let answer = projections.ask(self.view, self.tenant, part.as_ref(), |projection| {
                self.find_in(projection, search, names)
            })?;
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
        let known = search
            .child_of
            .filter(|(kind, parent)| projection.knows_children(*parent, *kind));
        let narrow = self.narrow_by_rows(search, search.child_of.filter(|_| known.is_none()))?;
        let mut page = Page::new(self, search, names, narrow.as_ref());
        if let Within::Covered(covered) = &self.within {
            let owned = projection.of_owner(covered.mine.owner).iter().copied();
            let children = |object| Ok(projection.children(object, &INHERITING).collect());
            let members = |project| Ok(projection.in_project(project).iter().copied().collect());
            let gather = || covered.gather(owned, &children, &members);
            covered.go_by(projection.covers(&covered.mine, gather)?);
        }
        if let Some((kind, parent)) = known {
            // Not copied: there may be very many of them.
            let kinds = [kind];
            let children = projection.children(parent, &kinds);
            page.offer_all(children.filter_map(|id| projection.object(id)))?;
            return Ok(page.finish());
        }
        match self.candidates(projection, search, narrow.as_ref()) {
            Some(Ids::Set(ids)) => page.offer_all(ids.iter().filter_map(|id| projection.object(*id)))?,
            Some(Ids::Listed(ids)) => page.offer_all(ids.keys().filter_map(|id| projection.object(*id)))?,
            None => page.offer_all(projection.all())?,
        }
        Ok(page.finish())
    }

    fn find_in_rows(
        &self,
        search: &Search,
        names: OwnerNames<'_>,
    ) -> Result<Result<Found, TooCostly>, StoreFault> {
        let narrow = self.narrow_by_rows(search, search.child_of)?;
        let mut page = Page::new(self, search, names, narrow.as_ref());
        let listed = match &narrow {
            Some(ids) => Some(ids.clone()),
            None => match search.project {
                Some(project) => Some(objects_in(self.view, self.tenant, project)?.into_iter().collect()),
                None => self.reachable()?,
            },
        };
        let mut cost = Cost::default();
        if let Some(ids) = listed {
            for id in ids {
                let Some(object) = self.listed(id)? else { continue };
                if cost.is_too_high(&object, &page) {
                    return Ok(Err(TooCostly));
                }
                if !page.offer(&Arc::new(object))? {
                    break;
                }
            }
            return Ok(Ok(page.finish()));
        }
        let mut outcome = Ok(Ok(()));
        visit_all(self.view, self.tenant, |object| {
            if cost.is_too_high(&object, &page) {
                outcome = Ok(Err(TooCostly));
                return false;
            }
            page.offer(&Arc::new(object)).unwrap_or_else(|fault| {
                outcome = Err(fault);
                false
            })
        })?;
        Ok(outcome?.map(|()| page.finish()))
    }

    /// The smallest set of ids that must hold every match; nothing if all objects have to be looked at.
    fn candidates<'p>(
        &'p self,
        projection: &'p Projection,
        search: &Search,
        narrow: Option<&'p BTreeSet<ObjectId>>,
    ) -> Option<Ids<'p>> {
        let mut sets: Vec<Cow<'p, BTreeSet<ObjectId>>> = narrow.map(Cow::Borrowed).into_iter().collect();
        let mut all_listed = None;
        match &self.within {
            Within::Tenant => {}
            Within::Object(id) => sets.push(Cow::Owned(BTreeSet::from([*id]))),
            Within::Nothing => sets.push(Cow::Owned(BTreeSet::new())),
            Within::Covered(covered) => {
                let global = projection.with_fragment(model::inventory::GLOBAL);
                match covered.listed() {
                    Some(listed) if covered.mine.global && !global.is_empty() => {
                        sets.push(Cow::Owned(listed.keys().chain(global).copied().collect()));
                    }
                    // Not copied: there may be very many of them.
                    listed => all_listed = listed,
                }
            }
        }
        sets.extend(
            search
                .kind
                .iter()
                .map(|kind| Cow::Borrowed(projection.with_kind(kind))),
        );
        sets.extend(
            search
                .fragment
                .iter()
                .map(|name| Cow::Borrowed(projection.with_fragment(name))),
        );
        sets.extend(
            search
                .owner
                .iter()
                .map(|owner| Cow::Borrowed(projection.of_owner(*owner))),
        );
        sets.extend(
            search
                .project
                .iter()
                .map(|project| Cow::Borrowed(projection.in_project(*project))),
        );
        let filter = search.query.as_ref().and_then(|query| query.filter.as_ref());
        for must in filter.into_iter().flat_map(Filter::must) {
            match must {
                Must::Id(id) => sets.push(Cow::Owned(BTreeSet::from([id]))),
                Must::Type(kind) => sets.push(Cow::Borrowed(projection.with_kind(kind))),
                Must::Has(path) if is_indexed(path) => {
                    sets.push(Cow::Borrowed(projection.with_fragment(path.top())));
                }
                Must::Has(_)
                | Must::Name(_)
                | Must::Owner(_)
                | Must::MemberOfAny(_)
                | Must::InHierarchyOfAny(_) => {}
            }
        }
        let smallest = sets.into_iter().min_by_key(|set| set.len());
        match (smallest, all_listed) {
            (Some(set), Some(listed)) if listed.len() < set.len() => Some(Ids::Listed(listed)),
            (None, Some(listed)) => Some(Ids::Listed(listed)),
            (smallest, _) => smallest.map(Ids::Set),
        }
    }

    /// The ids that lists and edges of the search leave over; nothing if it has none of these parts.
    fn narrow_by_rows(
        &self,
        search: &Search,
        child_of: Option<(ChildKind, ObjectId)>,
    ) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        let mut sets: Vec<BTreeSet<ObjectId>> = Vec::new();
        if let Some(ids) = &search.ids {
            sets.push(ids.iter().copied().collect());
        }
        for (kind, child) in &search.parent_of {
            // An object that is hidden has no parents to be asked for.
            let parents = if self.listed(*child)?.is_some() {
                self.parents(*child, *kind)?
            } else {
                Vec::new()
            };
            sets.push(parents.into_iter().collect());
        }
        if let Some((kind, parent)) = child_of {
            sets.push(self.children(parent, kind)?.into_iter().collect());
        }
        Ok(sets.into_iter().reduce(|left, right| &left & &right))
    }

    /// The ids within reach, if rows list them.
    fn reachable(&self) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        Ok(match &self.within {
            Within::Tenant => None,
            Within::Object(id) => Some(BTreeSet::from([*id])),
            Within::Nothing => Some(BTreeSet::new()),
            Within::Covered(covered) => {
                let global = if covered.mine.global {
                    global_objects(self.view, self.tenant)?
                } else {
                    Vec::new()
                };
                let listed = covered.list_in_rows()?;
                listed.map(|listed| listed.keys().copied().chain(global).collect())
            }
        })
    }
}

/// Ids in order.
enum Ids<'p> {
    Set(Cow<'p, BTreeSet<ObjectId>>),
    /// The objects that a reach comes to.
    Listed(&'p Listed),
}

/// What a search without a projection has cost so far.
#[derive(Default)]
struct Cost {
    rows: usize,
    bytes: usize,
}

impl Cost {
    /// Counts a row. A search that is ordered holds all its matches until the end: their bytes count too.
    fn is_too_high(&mut self, object: &ManagedObject, page: &Page<'_>) -> bool {
        self.rows += 1;
        if page.order().is_some() {
            self.bytes += weight(object);
        }
        self.rows > QUERY_ROWS_MAX || self.bytes > PROJECTION_BYTES_MAX
    }
}

/// Whether every object that has the property has the fragment: standard and computed properties are none.
fn is_indexed(path: &Path) -> bool {
    path.is_custom() && !model::inventory::COMPUTED_PROPERTIES.contains(&path.top())
}
