//! Lists and counts of managed objects: exactly what the caller may see, full pages, exact totals.

use super::{ObjectView, Show, show};
use crate::availability::property;
use crate::desk::Reading;
use crate::page::Room;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use model::ids::PrincipalId;
use model::inventory::ManagedObject;
use model::names::UserName;
use policy::operations::inventory::InventoryList;
use std::cell::RefCell;
use std::collections::HashMap;
use store::fault::StoreFault;
use store::search::{Found, OwnerNames, Search, SearchText, TooCostly};

/// The owner that a list is narrowed to, by name.
pub type Owner = Option<UserName>;

/// A page of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, in order.
    pub objects: Vec<ObjectView>,
    /// How many there are in all, if counted.
    pub total: Option<usize>,
}

/// Finds objects.
pub struct FindObjects {
    /// What is looked for; owner and text are filled in here.
    pub search: Search,
    /// Only of this owner.
    pub owner: Owner,
    /// With exactly this text as id, type, name, owner or external id.
    pub text: Option<String>,
    /// What else is shown of each.
    pub show: Show,
}

impl Query for FindObjects {
    type Operation = InventoryList;
    type Answer = ObjectPage;

    fn answer(&self, desk: &Reading) -> Result<ObjectPage, Refusal> {
        let found = find(desk, &self.search, &self.owner, self.text.as_deref())?;
        let room = Room::new();
        let objects = found
            .objects
            .iter()
            .map(|object| show(desk, object.as_ref().clone(), self.show, &room));
        Ok(ObjectPage {
            objects: objects.collect::<Result<_, _>>()?,
            total: found.total,
        })
    }
}

/// Counts objects.
pub struct CountObjects {
    /// What is looked for.
    pub search: Search,
    /// Only of this owner.
    pub owner: Owner,
    /// With exactly this text.
    pub text: Option<String>,
}

impl Query for CountObjects {
    type Operation = InventoryList;
    type Answer = usize;

    fn answer(&self, desk: &Reading) -> Result<usize, Refusal> {
        let search = Search {
            take: 0,
            count: true,
            ..self.search.clone()
        };
        Ok(find(desk, &search, &self.owner, self.text.as_deref())?
            .total
            .unwrap_or_default())
    }
}

pub(super) fn find(
    desk: &Reading,
    search: &Search,
    owner: &Owner,
    text: Option<&str>,
) -> Result<Found, Refusal> {
    let plain = desk.tx.inventory(desk.allow::<InventoryList>()?);
    let compute = |object: &ManagedObject, name: &str| property(desk, &plain, object, name);
    let rows = desk.tx.inventory(desk.allow::<InventoryList>()?);
    let rows = rows.with_computed(&compute);
    find_with(desk, search, owner, text, |search, names| {
        rows.find(search, names)
    })
}

/// Finds in any table of objects, with owner and text filled in.
pub(crate) fn find_with(
    desk: &Reading,
    search: &Search,
    owner: &Owner,
    text: Option<&str>,
    find: impl FnOnce(&Search, OwnerNames<'_>) -> Result<Result<Found, TooCostly>, StoreFault>,
) -> Result<Found, Refusal> {
    let mut search = search.clone();
    if let Some(name) = owner {
        match owner_named(desk, name)? {
            Some(id) => search.owner = Some(id),
            None => {
                return Ok(Found {
                    objects: Vec::new(),
                    total: search.count.then_some(0),
                });
            }
        }
    }
    if let Some(text) = text {
        let owner = match text.parse::<UserName>() {
            Ok(name) => owner_named(desk, &name)?,
            Err(_) => None,
        };
        search.text = Some(SearchText {
            text: text.to_owned(),
            owner,
        });
    }
    let names = Names {
        desk,
        known: RefCell::default(),
    };
    match find(&search, &|id| names.of(id))? {
        Ok(found) => Ok(found),
        Err(TooCostly) => Err(Refusal::Invalid(Invalid::QueryTooCostly)),
    }
}

/// The principal of this name, if the caller would be shown the name: what is hidden cannot be asked for (R121).
fn owner_named(desk: &Reading, name: &UserName) -> Result<Option<PrincipalId>, Refusal> {
    let Some(id) = desk.tx.principal_named(desk.who(), name)? else {
        return Ok(None);
    };
    Ok((desk.shown_name(id)? == name.as_str()).then_some(id))
}

/// Owner names as this caller may see them, each looked up once.
struct Names<'d> {
    desk: &'d Reading,
    known: RefCell<HashMap<PrincipalId, Option<String>>>,
}

impl Names<'_> {
    fn of(&self, id: PrincipalId) -> Option<String> {
        if let Some(name) = self.known.borrow().get(&id) {
            return name.clone();
        }
        let name = self.desk.shown_name(id).ok();
        self.known.borrow_mut().insert(id, name.clone());
        name
    }
}
