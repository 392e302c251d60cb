//! One page of a search: what matches, in which order, and how many there are. It does not know where the candidates
//! come from.

use super::{Found, OwnerNames, Search, SearchText};
use crate::external_ids;
use crate::fault::StoreFault;
use crate::inventory::InventoryRows;
use crate::view::unless_broken;
use model::ids::ObjectId;
use model::inventory::{COMPUTED_PROPERTIES, ChildKind, IS_DEVICE, ManagedObject};
use model::json::{Json, Object};
use query::ast::Query;
use query::evaluate::Subject;
use query::order::SortKey;
use query::path::Path;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Collects the matches of one search.
pub(super) struct Page<'s> {
    rows: &'s InventoryRows<'s>,
    search: &'s Search,
    names: OwnerNames<'s>,
    narrow: Option<&'s BTreeSet<ObjectId>>,
    /// What lies below the roots that the query names, read once.
    below: RefCell<BTreeMap<ObjectId, BTreeSet<ObjectId>>>,
    fault: Cell<Option<StoreFault>>,
    seen: usize,
    objects: Vec<Arc<ManagedObject>>,
    sorted: Vec<(SortKey, Arc<ManagedObject>)>,
}

impl<'s> Page<'s> {
    pub(super) fn new(
        rows: &'s InventoryRows<'s>,
        search: &'s Search,
        names: OwnerNames<'s>,
        narrow: Option<&'s BTreeSet<ObjectId>>,
    ) -> Self {
        Self {
            narrow,
            rows,
            search,
            names,
            below: RefCell::default(),
            fault: Cell::default(),
            seen: 0,
            objects: Vec::new(),
            sorted: Vec::new(),
        }
    }

    pub(super) fn offer_all<'o>(
        &mut self,
        objects: impl Iterator<Item = &'o Arc<ManagedObject>>,
    ) -> Result<(), StoreFault> {
        for object in objects {
            if !self.offer(object)? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn order(&self) -> Option<&'s Query> {
        self.search.query.as_ref().filter(|query| !query.order.is_empty())
    }

    /// Takes an object if it matches; says whether more are wanted.
    pub(super) fn offer(&mut self, object: &Arc<ManagedObject>) -> Result<bool, StoreFault> {
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
        let plain = self.narrow.is_none_or(|ids| ids.contains(&object.id))
            && search
                .kind
                .as_ref()
                .is_none_or(|kind| is(object.kind.as_ref(), kind))
            && search
                .fragment
                .as_ref()
                .is_none_or(|name| object.fragments.contains(name))
            && search.owner.is_none_or(|owner| object.owner == owner)
            && search
                .project
                .is_none_or(|project| object.project == Some(project) && object.id != project)
            && (!search.only_devices || object.fragments.contains(IS_DEVICE));
        if !plain || !self.rows.reaches(object)? {
            return Ok(false);
        }
        if let Some(text) = &search.text
            && !self.has_text(object, text)?
        {
            return Ok(false);
        }
        if search.only_roots && self.has_visible_parent(object.id)? {
            return Ok(false);
        }
        let asked = Asked { object, page: self };
        Ok(search.query.as_ref().is_none_or(|query| query.matches(&asked)))
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
        let found = if self.sees(root)? {
            self.rows.descendants(root)?
        } else {
            BTreeSet::new()
        };
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

    pub(super) fn finish(mut self) -> Found {
        if self.order().is_some() {
            // The sort is stable and candidates came in order of ids, so equal objects stay in that order.
            self.sorted.sort_by(|left, right| left.0.cmp(&right.0));
            let page = self.sorted.into_iter().map(|(_, object)| object);
            self.objects = page.skip(self.search.skip).take(self.search.take).collect();
        }
        Found {
            objects: self.objects,
            total: self.search.count.then_some(self.seen),
        }
    }
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
            _ if COMPUTED_PROPERTIES.contains(&path.top()) => {
                let computed = self.page.rows.computed;
                let value = computed.and_then(|compute| compute(object, path.top()));
                let shown: Object = value.map(|value| (path.top(), value)).into_iter().collect();
                return path.visit_in(&shown, visitor);
            }
            _ => return path.visit_in(&object.fragments, visitor),
        };
        if let Some(text) = text {
            visitor(&Json::String(text));
        }
    }

    fn is_member_of(&self, group: ObjectId) -> bool {
        let page = self.page;
        let answer = page
            .sees(group)
            .and_then(|seen| Ok(seen && page.is_child(group, ChildKind::Asset, self.object.id)?));
        page.keep(answer)
    }

    fn is_below(&self, root: ObjectId) -> bool {
        self.page.keep(self.page.is_below(root, self.object.id))
    }
}
