//! Who is meant: the device that speaks, something behind it, or any object by an external id. External ids are unique in
//! the whole tenant, so a name alone says nothing about whose it is: a device reaches itself and what is its own or hangs
//! below it, whatever else its user was granted. For others the decision on the object is all.

use crate::desk::{Changing, Desk, Reading};
use crate::refusal::{Missing, Refusal};
use crate::work::{Command, Query, Then};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::limits::{MQTT_ANSWER_BYTES_MAX, REFERENCES_MAX};
use model::names::Label;
use model::registration::ID_TYPE_DEFAULT;
use model::users::{DEVICE_USER_PREFIX, UserKind};
use policy::facts::ObjectFacts;
use policy::operation::Operation;
use policy::operations::identity::ExternalIdRead;
use policy::operations::inventory::{InventoryList, InventoryRead};
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use store::view::View;

/// A managed object as a client names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The device that speaks: its external id of type `c8y_Serial`.
    pub device: Label,
    /// What it speaks of.
    pub about: About,
}

/// What a device speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Itself.
    Device,
    /// What has this external id.
    External {
        /// Its type.
        kind: Label,
        /// The id.
        value: Label,
    },
    /// The object of this id.
    Object(ObjectId),
}

impl Named {
    /// The object, if it is there and not somebody else's. Whether something may be done with it is still to be decided.
    pub(crate) fn find<T: Deref<Target = View>>(&self, desk: &Desk<T>) -> Result<ObjectId, Refusal> {
        let who = desk.who();
        let found = match &self.about {
            About::Device => by_serial(desk, &self.device)?,
            About::External { kind, value } => {
                desk.tx.external_id_facts(who, kind.as_str(), value.as_str())?
            }
            About::Object(id) => desk.tx.object_facts(who, *id)?,
        };
        match found {
            Some(found) if is_own(desk, &self.device, &found)? => Ok(found.id()),
            _ => Err(self.missing()),
        }
    }

    /// The same words, whether it is not there or somebody else's.
    fn missing(&self) -> Refusal {
        let (kind, value) = match &self.about {
            About::Device => (ID_TYPE_DEFAULT.to_owned(), self.device.to_string()),
            About::External { kind, value } => (kind.to_string(), value.to_string()),
            About::Object(id) => return Refusal::Missing(Missing::Object(*id)),
        };
        Refusal::Missing(Missing::ExternalId { kind, value })
    }
}

/// The facts of the object with this serial number.
fn by_serial<T: Deref<Target = View>>(
    desk: &Desk<T>,
    serial: &Label,
) -> Result<Option<ObjectFacts>, Refusal> {
    let found = desk
        .tx
        .external_id_facts(desk.who(), ID_TYPE_DEFAULT, serial.as_str())?;
    Ok(found)
}

/// Whether the caller is the user of the device with this serial number.
pub(super) fn is_user_of<T: Deref<Target = View>>(desk: &Desk<T>, serial: &Label) -> bool {
    let name = desk.caller().name().as_str();
    name.strip_prefix(DEVICE_USER_PREFIX) == Some(serial.as_str())
}

/// Whether an object is no other device's. Of callers that are no devices nothing is asked here.
pub(super) fn is_own<T: Deref<Target = View>>(
    desk: &Desk<T>,
    device: &Label,
    found: &ObjectFacts,
) -> Result<bool, Refusal> {
    let who = desk.who();
    if who.kind() != UserKind::Device || found.owner() == who.id() || found.owned_above().is_some() {
        return Ok(true);
    }
    if !is_user_of(desk, device) {
        return Ok(false);
    }
    Ok(match by_serial(desk, device)? {
        Some(root) => root.id() == found.id() || desk.tx.hangs_anywhere_below(who, root.id(), found.id())?,
        None => false,
    })
}

/// The object, or a refusal that the log of refusals is told of.
fn found<O: Operation, T: Deref<Target = View>>(desk: &Desk<T>, named: &Named) -> Result<ObjectId, Refusal> {
    named.find(desk).inspect_err(|_| desk.deny::<O>("object", None))
}

/// Whether an object belongs to the device that calls, by whatever user it has: it owns it, is it, or has it below itself.
pub(crate) fn is_its_own(desk: &Changing, found: &ObjectFacts) -> Result<bool, Refusal> {
    let who = desk.who();
    if who.kind() != UserKind::Device {
        return Ok(false);
    }
    let serial = desk.caller().name().as_str().strip_prefix(DEVICE_USER_PREFIX);
    match serial.and_then(|serial| serial.parse().ok()) {
        Some(serial) => is_own(desk, &serial, found),
        None => Ok(found.owner() == who.id() || found.owned_above().is_some()),
    }
}

/// A command about one object that is named: it is found in the command's own transaction.
pub struct ByName<C, F> {
    named: Named,
    make: F,
    made: Made<C>,
}

/// The same about several.
pub struct ByNames<C, F> {
    named: Vec<Named>,
    make: F,
    made: Made<C>,
}

/// The command as it was last made.
struct Made<C>(Mutex<Option<C>>);

impl<C: Command> Made<C> {
    fn heard_of(&self) -> Vec<ObjectId> {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.as_ref().map(C::heard_of).unwrap_or_default()
    }

    fn change(&self, command: C, desk: &Changing) -> Result<Then<C::Answer>, Refusal> {
        let then = command.change(desk);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(command);
        then
    }
}

impl<C, F> ByName<C, F>
where
    C: Command,
    F: Fn(ObjectId) -> C + Send + Sync + 'static,
{
    /// The command that `make` makes of the object.
    pub fn new(named: Named, make: F) -> Self {
        let made = Made(Mutex::default());
        Self { named, make, made }
    }
}

impl<C, F> Command for ByName<C, F>
where
    C: Command,
    F: Fn(ObjectId) -> C + Send + Sync + 'static,
{
    type Operation = C::Operation;
    type Answer = C::Answer;
    const LEAVES_ROWS: bool = C::LEAVES_ROWS;
    const PREPARES: bool = C::PREPARES;

    fn heard_of(&self) -> Vec<ObjectId> {
        self.made.heard_of()
    }

    fn change(&self, desk: &Changing) -> Result<Then<C::Answer>, Refusal> {
        let id = found::<C::Operation, _>(desk, &self.named)?;
        self.made.change((self.make)(id), desk)
    }
}

impl<C, F> ByNames<C, F>
where
    C: Command,
    F: Fn(&[ObjectId]) -> C + Send + Sync + 'static,
{
    /// The command that `make` makes of the objects, in the order of their names.
    pub fn new(named: Vec<Named>, make: F) -> Self {
        let made = Made(Mutex::default());
        Self { named, make, made }
    }
}

impl<C, F> Command for ByNames<C, F>
where
    C: Command,
    F: Fn(&[ObjectId]) -> C + Send + Sync + 'static,
{
    type Operation = C::Operation;
    type Answer = C::Answer;
    const LEAVES_ROWS: bool = C::LEAVES_ROWS;
    const PREPARES: bool = C::PREPARES;

    fn heard_of(&self) -> Vec<ObjectId> {
        self.made.heard_of()
    }

    fn change(&self, desk: &Changing) -> Result<Then<C::Answer>, Refusal> {
        let found = self
            .named
            .iter()
            .map(|named| found::<C::Operation, _>(desk, named));
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        self.made.change((self.make)(&found), desk)
    }
}

/// Finds the object behind a name.
pub struct FindNamed(pub Named);

impl Query for FindNamed {
    type Operation = ExternalIdRead;
    type Answer = ObjectId;

    fn answer(&self, desk: &Reading) -> Result<ObjectId, Refusal> {
        let id = found::<ExternalIdRead, _>(desk, &self.0)?;
        desk.require_on::<ExternalIdRead>(id)
            .map_err(|_| self.0.missing())?;
        Ok(id)
    }
}

/// Room for serial numbers in a row; its template id needs a few bytes too.
const ANSWER_BYTES: usize = MQTT_ANSWER_BYTES_MAX - 8;

/// Bytes of a field in a row at most: with its comma, in quotes, and each quote in it twice.
fn printed_bytes(field: &str) -> usize {
    field.len() + field.matches('"').count() + 3
}

/// Lists the serial numbers of the child devices of a device that the caller may see: the first ones, as many as fit into
/// the row that answers.
pub struct ListChildSerials(pub Named);

impl Query for ListChildSerials {
    type Operation = InventoryRead;
    type Answer = Vec<Label>;

    fn answer(&self, desk: &Reading) -> Result<Vec<Label>, Refusal> {
        let id = found::<InventoryRead, _>(desk, &self.0)?;
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(id)?);
        let listed = desk.tx.inventory(desk.allow::<InventoryList>()?);
        let (mut serials, mut room) = (Vec::new(), ANSWER_BYTES);
        for child in rows
            .children(id, ChildKind::Device)?
            .into_iter()
            .take(REFERENCES_MAX)
        {
            let ids = listed.external_ids(child)?.into_iter();
            let serial = ids
                .filter(|id| id.kind.as_str() == ID_TYPE_DEFAULT)
                .min_by(|one, other| one.value.cmp(&other.value));
            let Some(serial) = serial.map(|id| id.value) else {
                continue;
            };
            match room.checked_sub(printed_bytes(serial.as_str())) {
                Some(left) => room = left,
                None => break,
            }
            serials.push(serial);
        }
        Ok(serials)
    }
}
