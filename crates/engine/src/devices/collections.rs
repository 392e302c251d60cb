//! Template collections: objects whose fragment says what the rows of devices mean. Devices of a kind share one, so every
//! device of the tenant may read it by its name, whoever made it; it gives nobody a right. Who asks for all of them has chosen
//! none: it is given its own and those of people and services, so that no device says something to whoever listens. What is
//! in a collection is not known here.

use super::create::check_room;
use crate::desk::{Changing, Reading};
use crate::identity::CreateExternalId;
use crate::inventory::CreateObject;
use crate::refusal::{Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{ManagedObject, NewManagedObject};
use model::names::Label;
use model::users::UserKind;
use policy::operations::inventory::{CollectionRead, InventoryCreate};
use std::collections::HashMap;
use store::Receipt;
use store::search::Search;

/// Collections that are looked through for those that are listed.
const LOOKED_THROUGH_MAX: usize = 1_000;

/// Reads the collection of a name: an object of this type with an external id of that one.
pub struct ReadCollection {
    /// The type of the external id.
    pub id_kind: Label,
    /// The name.
    pub name: Label,
    /// The type of the object; anything else that bears the name is no collection.
    pub object_kind: Label,
}

impl Query for ReadCollection {
    type Operation = CollectionRead;
    type Answer = ManagedObject;

    fn answer(&self, desk: &Reading) -> Result<ManagedObject, Refusal> {
        let rows = desk.tx.inventory(desk.allow::<CollectionRead>()?);
        let found = rows.external_id(self.id_kind.as_str(), self.name.as_str())?;
        let object = match found {
            Some(found) => rows.object(found.object)?,
            None => None,
        };
        let is_it = |object: &ManagedObject| object.kind.as_ref() == Some(&self.object_kind);
        object.filter(is_it).ok_or_else(|| {
            Refusal::Missing(Missing::ExternalId {
                kind: self.id_kind.to_string(),
                value: self.name.to_string(),
            })
        })
    }
}

/// Lists the names of the collections that no other device owns, the first ones made.
pub struct ListCollections {
    /// The type of the external ids that name them.
    pub id_kind: Label,
    /// The type of their objects.
    pub object_kind: Label,
    /// How many names at most.
    pub most: usize,
}

impl Query for ListCollections {
    type Operation = CollectionRead;
    type Answer = Vec<Label>;

    fn answer(&self, desk: &Reading) -> Result<Vec<Label>, Refusal> {
        let rows = desk.tx.inventory(desk.allow::<CollectionRead>()?);
        let mut owners = Owners::of(desk);
        let mut names = Vec::new();
        // However many other devices have made, what a person has made is found, up to a bound.
        let search = Search {
            kind: Some(self.object_kind.to_string()),
            take: LOOKED_THROUGH_MAX,
            ..Search::default()
        };
        // Where too much would have to be read for it, none is listed: each is there by its name.
        let Ok(found) = rows.find(&search, &|_| None)? else {
            return Ok(names);
        };
        for object in found.objects {
            if names.len() >= self.most {
                break;
            }
            if owners.are_heard(object.owner)? {
                let ids = rows.external_ids(object.id)?.into_iter();
                names.extend(ids.filter(|id| id.kind == self.id_kind).map(|id| id.value));
            }
        }
        names.truncate(self.most);
        Ok(names)
    }
}

/// Whose collections the caller hears of without naming them.
struct Owners<'d> {
    desk: &'d Reading,
    known: HashMap<PrincipalId, bool>,
}

impl<'d> Owners<'d> {
    fn of(desk: &'d Reading) -> Self {
        let known = HashMap::from([(desk.who().id(), true)]);
        Self { desk, known }
    }

    /// Its own, and those of people and services. Of who is gone nobody knows what it was.
    fn are_heard(&mut self, owner: PrincipalId) -> Result<bool, Refusal> {
        if let Some(known) = self.known.get(&owner) {
            return Ok(*known);
        }
        let (tenant, _) = self.desk.caller().numbers();
        let facts = self.desk.tx.principal(tenant, owner)?;
        let is_heard = facts.is_some_and(|facts| match facts.principal.kind() {
            UserKind::Person | UserKind::Service => true,
            UserKind::Device | UserKind::Bootstrap => false,
        });
        self.known.insert(owner, is_heard);
        Ok(is_heard)
    }
}

/// Creates a collection, unless its name is taken.
pub struct CreateCollection {
    /// The type of the external id.
    pub id_kind: Label,
    /// The name.
    pub name: Label,
    /// The object.
    pub object: NewManagedObject,
}

impl Command for CreateCollection {
    type Operation = InventoryCreate;
    /// The object; nothing if the name is taken.
    type Answer = Option<ObjectId>;

    fn change(&self, desk: &Changing) -> Result<Then<Option<ObjectId>>, Refusal> {
        let rows = desk.tx.inventory(desk.allow::<InventoryCreate>()?);
        if rows.is_external_id_bound(self.id_kind.as_str(), self.name.as_str())? {
            return Ok(done(None));
        }
        check_room(desk)?;
        let object = CreateObject(self.object.clone()).change(desk)?(Receipt::default()).id();
        let named = CreateExternalId {
            object,
            kind: self.id_kind.clone(),
            value: self.name.clone(),
        };
        named.change(desk).map(drop)?;
        Ok(done(Some(object)))
    }
}
