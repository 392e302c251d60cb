//! Which data about which objects a proof's reach shows: the same for every kind of data that has a source.

use crate::covered::Covered;
use crate::fault::StoreFault;
use crate::inventory::object_key;
use crate::leaving::is_leaving;
use crate::view::View;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::ManagedObject;
use policy::proof::{Reach, Shows};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a reach shows of the data of objects.
pub(crate) struct Shown<'t> {
    view: &'t View,
    tenant: TenantNumber,
    within: Within<'t>,
    /// What was found out, by object: a list asks again and again for the same few.
    known: RefCell<BTreeMap<ObjectId, Option<Shows>>>,
}

enum Within<'t> {
    /// The data of every object.
    Tenant,
    /// Of this object, what is covered.
    Object(ObjectId, Shows),
    /// That of objects that are owned or covered by permissions.
    Covered(Box<Covered<'t>>),
    /// None: the proof is for something that is still to be made.
    Nothing,
}

/// Where to look.
pub(crate) enum Sources {
    /// At the data of these objects, in order of ids.
    These(Vec<ObjectId>),
    /// At all of the tenant.
    All,
}

/// Objects of which is remembered what is shown; then all are forgotten.
const KNOWN_MAX: usize = 10_000;

impl<'t> Shown<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber, reach: &Reach) -> Self {
        let within = match reach {
            Reach::Tenant => Within::Tenant,
            Reach::Object(object) => Within::Object(*object, Shows::ALL),
            Reach::Part { object, shows } => Within::Object(*object, shows.clone()),
            Reach::Below(_) => Within::Nothing,
            Reach::Mine(mine) => Within::Covered(Box::new(Covered::new(view, tenant, mine.clone()))),
        };
        Self {
            view,
            tenant,
            within,
            known: RefCell::default(),
        }
    }

    /// Which data about an object is shown, if any. Nothing is shown of an object that is gone, also while its data is
    /// still being removed.
    pub(crate) fn of(&self, source: ObjectId) -> Result<Option<Shows>, StoreFault> {
        if let Some(known) = self.known.borrow().get(&source) {
            return Ok(known.clone());
        }
        let shows = self.find(source)?;
        let mut known = self.known.borrow_mut();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(source, shows.clone());
        Ok(shows)
    }

    fn find(&self, source: ObjectId) -> Result<Option<Shows>, StoreFault> {
        let row = || {
            self.view
                .row_unnoted::<ManagedObject>(&object_key(self.tenant, source))
        };
        match &self.within {
            Within::Nothing => Ok(None),
            Within::Object(object, shows) => Ok((source == *object).then(|| shows.clone())),
            Within::Tenant => Ok((!is_leaving(self.view, self.tenant, source)?).then_some(Shows::ALL)),
            Within::Covered(covered) => {
                let Some(object) = row()? else { return Ok(None) };
                let cover = covered.on(&object)?;
                let strips = covered.mine.strips;
                Ok((!cover.is_empty()).then_some(Shows { cover, strips }))
            }
        }
    }

    /// Where to look for data, of these objects if they are given.
    pub(crate) fn sources(&self, wanted: Option<&[ObjectId]>) -> Result<Sources, StoreFault> {
        if let Some(wanted) = wanted {
            let mut shown = Vec::new();
            for source in wanted {
                shown.extend(self.of(*source)?.map(|_| *source));
            }
            return Ok(Sources::These(shown));
        }
        Ok(match &self.within {
            Within::Nothing => Sources::These(Vec::new()),
            Within::Object(id, _) => Sources::These(vec![*id]),
            Within::Tenant => Sources::All,
            Within::Covered(covered) => match covered.list_in_rows()? {
                Some(listed) => Sources::These(listed.keys().copied().collect()),
                None => Sources::All,
            },
        })
    }
}
