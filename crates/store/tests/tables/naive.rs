//! The inventory of one tenant as anybody would write it down: three collections and loops over all of it.

use model::identity::ExternalId;
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{ChildKind, ManagedObject};
use model::json::Json;
use model::permissions::Select;
use policy::proof::{Mine, Reach};
use query::evaluate::Subject;
use query::path::Path;
use std::collections::{BTreeMap, BTreeSet};
use store::search::Search;

/// An edge: parent, kind, child.
pub(crate) type Edge = (ObjectId, ChildKind, ObjectId);

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Naive {
    pub(crate) objects: BTreeMap<ObjectId, ManagedObject>,
    pub(crate) edges: BTreeSet<Edge>,
    pub(crate) external: BTreeMap<String, ObjectId>,
    /// Permissions to read managed objects, by user and object: names of fragments, or `*`.
    pub(crate) rules: BTreeMap<(PrincipalId, Select<ObjectId>), Vec<String>>,
}

impl Naive {
    pub(crate) fn delete(&mut self, id: ObjectId) {
        self.objects.remove(&id);
        self.edges
            .retain(|(parent, _, child)| *parent != id && *child != id);
        self.external.retain(|_, object| *object != id);
        self.rules.retain(|(_, object), _| *object != Select::One(id));
    }

    pub(crate) fn children(&self, parent: ObjectId, kind: ChildKind) -> Vec<ObjectId> {
        let edges = self
            .edges
            .iter()
            .filter(|edge| (edge.0, edge.1) == (parent, kind));
        edges.map(|edge| edge.2).collect()
    }

    pub(crate) fn parents(&self, child: ObjectId, kind: ChildKind) -> Vec<ObjectId> {
        let edges = self.edges.iter().filter(|edge| (edge.2, edge.1) == (child, kind));
        edges.map(|edge| edge.0).collect()
    }

    /// Everything that can be reached by going down these kinds of edges.
    pub(crate) fn below(&self, root: ObjectId, kinds: &[ChildKind]) -> BTreeSet<ObjectId> {
        let mut found = BTreeSet::new();
        loop {
            let before = found.len();
            for (parent, kind, child) in &self.edges {
                if kinds.contains(kind) && (*parent == root || found.contains(parent)) {
                    found.insert(*child);
                }
            }
            if found.len() == before {
                return found;
            }
        }
    }

    pub(crate) fn closes_a_circle(&self, (parent, _, child): Edge) -> bool {
        parent == child || self.below(child, &ChildKind::ALL).contains(&parent)
    }

    pub(crate) fn external_ids(&self, object: ObjectId) -> BTreeSet<String> {
        let ids = self.external.iter().filter(|(_, of)| **of == object);
        ids.map(|(value, _)| value.clone()).collect()
    }

    pub(crate) fn sees(&self, reach: &Reach, id: ObjectId) -> bool {
        self.objects.get(&id).is_some_and(|object| match reach {
            Reach::Tenant => true,
            Reach::Object(only) => *only == id,
            Reach::Mine(mine) => {
                object.owner == mine.owner
                    || (mine.global && object.fragments.contains("c8y_Global"))
                    || self.owns_above(mine, id)
                    || self.covers(mine, object)
            }
            Reach::Below(_) | Reach::Part { .. } => false,
        })
    }

    /// Whether one object is the other, or hangs below it by child devices and child assets.
    fn inherits(&self, object: ObjectId, from: ObjectId) -> bool {
        let kinds = [ChildKind::Device, ChildKind::Asset];
        object == from || self.below(from, &kinds).contains(&object)
    }

    fn owns_above(&self, mine: &Mine, id: ObjectId) -> bool {
        let mut owned = self.objects.values().filter(|object| object.owner == mine.owner);
        mine.owns_below && owned.any(|object| self.inherits(id, object.id))
    }

    /// Rule by rule: each fragment needs one that speaks of it, and an object without fragments one that says `*`.
    fn covers(&self, mine: &Mine, object: &ManagedObject) -> bool {
        let rules = self.rules.iter().filter(|((user, on), _)| {
            let is_here = match on {
                Select::All => true,
                Select::One(root) => self.inherits(object.id, *root),
            };
            *user == mine.owner && is_here
        });
        let rules: Vec<_> = rules.flat_map(|(_, names)| names).collect();
        let mut names = object.fragments.names();
        rules.iter().any(|rule| *rule == "*")
            || (!object.fragments.is_empty() && names.all(|name| rules.iter().any(|rule| *rule == name)))
    }

    /// Everything that the search means, in its order.
    pub(crate) fn find(
        &self,
        search: &Search,
        reach: &Reach,
        names: &dyn Fn(PrincipalId) -> Option<String>,
    ) -> Vec<ObjectId> {
        let asked = |object| Asked {
            object,
            all: self,
            reach,
            names,
        };
        let mut found: Vec<_> = self
            .objects
            .values()
            .filter(|object| self.is_meant(search, asked(object)))
            .collect();
        if let Some(query) = &search.query {
            found.sort_by(|left, right| query::order::compare(&query.order, &asked(left), &asked(right)));
        }
        found.into_iter().map(|object| object.id).collect()
    }

    fn is_meant(&self, search: &Search, asked: Asked<'_>) -> bool {
        let object = asked.object;
        let label =
            |label: &Option<model::names::Label>| label.as_ref().map(|label| label.as_str().to_owned());
        let texts = || {
            let ids = self.external_ids(object.id);
            let own = [
                label(&object.name),
                label(&object.kind),
                Some(object.id.to_string()),
            ];
            own.into_iter().flatten().chain(ids).collect::<Vec<_>>()
        };
        let is_root = || {
            let mut parents = self.edges.iter().filter(|edge| edge.2 == object.id);
            !parents.any(|edge| self.sees(asked.reach, edge.0))
        };
        self.sees(asked.reach, object.id)
            && search.ids.as_ref().is_none_or(|ids| ids.contains(&object.id))
            && search
                .kind
                .as_ref()
                .is_none_or(|kind| label(&object.kind).as_ref() == Some(kind))
            && search
                .fragment
                .as_ref()
                .is_none_or(|name| object.fragments.contains(name))
            && search.owner.is_none_or(|owner| object.owner == owner)
            && search
                .text
                .as_ref()
                .is_none_or(|text| texts().contains(&text.text) || text.owner == Some(object.owner))
            && search.parent_of.iter().all(|(kind, child)| {
                // An object that is hidden has no parents to be asked for.
                self.sees(asked.reach, *child) && self.edges.contains(&(object.id, *kind, *child))
            })
            && search
                .child_of
                .is_none_or(|(kind, parent)| self.edges.contains(&(parent, kind, object.id)))
            && (!search.only_roots || is_root())
            && (!search.only_devices || object.fragments.contains("c8y_IsDevice"))
            && search.query.as_ref().is_none_or(|query| query.matches(&asked))
    }
}

/// The external ids as the store returns them.
pub(crate) fn values(ids: &[ExternalId]) -> BTreeSet<String> {
    ids.iter().map(|id| id.value.as_str().to_owned()).collect()
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    object: &'a ManagedObject,
    all: &'a Naive,
    reach: &'a Reach,
    names: &'a dyn Fn(PrincipalId) -> Option<String>,
}

impl Subject for Asked<'_> {
    fn id(&self) -> ObjectId {
        self.object.id
    }

    fn visit(&self, path: &Path, visitor: &mut dyn FnMut(&Json)) {
        let text = match path.as_str() {
            "name" => self.object.name.as_ref().map(ToString::to_string),
            "type" => self.object.kind.as_ref().map(ToString::to_string),
            "owner" => (self.names)(self.object.owner),
            "creationTime" => Some(self.object.created.to_string()),
            "lastUpdated" => Some(self.object.updated.to_string()),
            _ => return path.visit_in(&self.object.fragments, visitor),
        };
        if let Some(text) = text {
            visitor(&Json::String(text));
        }
    }

    fn is_member_of(&self, group: ObjectId) -> bool {
        self.all.sees(self.reach, group)
            && self
                .all
                .edges
                .contains(&(group, ChildKind::Asset, self.object.id))
    }

    fn is_below(&self, root: ObjectId) -> bool {
        let kinds = [ChildKind::Device, ChildKind::Asset];
        self.all.sees(self.reach, root) && self.all.below(root, &kinds).contains(&self.object.id)
    }
}
