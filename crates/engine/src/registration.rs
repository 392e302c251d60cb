//! Registration of devices (R078): somebody says that a device may come; the device asks, with the user that all new
//! devices share; somebody lets it in; and the next time that it asks it gets a user and a password of its own, once.
//!
//! No password waits anywhere: it is made in the commit that stores its hash, and exists in the one answer only.

mod accept;
mod ask;
mod bulk;
mod known;
mod place;
mod returning;

pub use accept::{AcceptedDevice, AcceptsDevices};
pub(crate) use ask::new_device;
pub use ask::{AskCredentials, DeviceCredentials};
pub use bulk::{BulkOutcome, BulkResult, LineOutcome};
pub(crate) use known::Registrations;
pub(crate) use place::Place;

use crate::caller::Caller;
use crate::desk::{Changing, Desk, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, FaultId, Invalid, Missing, Refusal};
use crate::users::{Authority, Span, allow_people};
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use authn::security_token::trace;
use model::ids::{ObjectId, PrincipalId};
use model::limits::{DEVICE_REQUEST_BYTES_MAX, DEVICE_REQUESTS_MAX};
use model::names::UserName;
use model::registration::{DeviceId, DeviceRequest, NewDeviceRequest, RequestStatus, TokenTrace};
use model::secret::Secret;
use model::time::Timestamp;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::inventory::ChildLink;
use policy::operations::registration::{DeviceRequestCreate, DeviceRequestDelete, DeviceRequestRead};
use policy::operations::users::UserUpdate;
use std::ops::Deref;
use store::realm::{RealmChanges, RealmRows};
use store::view::View;

/// Why a device cannot be registered so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRegistered {
    /// It has not asked yet.
    #[error("The device has not asked for its credentials yet. Nothing was changed: accept it when it has.")]
    NotAsked,
    /// A security token was wrong too often.
    #[error("A security token was wrong too often. Delete the request and make a new one.")]
    Blocked,
    /// Another change than to accept it.
    #[error("A request for a device can only be accepted (ACCEPTED). Nothing was changed.")]
    Step,
    /// The device sent a token, and whoever accepts it none.
    #[error("The device sent a security token: send the same one (securityToken) to accept it.")]
    TokenMissing,
    /// Not the token that the device sent.
    #[error("The security token is not the one that the device sent.")]
    TokenWrong,
    /// The tenant asks for tokens.
    #[error("The tenant asks for security tokens, and the device sent none: it cannot be accepted.")]
    TokenNeverSent,
    /// The device sent a token, and many are accepted at once.
    #[error("The device sent a security token: accept it by itself, with the token.")]
    TokenUsed,
    /// More than one asks for it, and many are accepted at once.
    #[error(
        "The device is asked for from more than one place, or with another security token: accept it by itself, if at all."
    )]
    Contested,
    /// Too many requests are open.
    #[error("There may be at most {DEVICE_REQUESTS_MAX} open requests for devices. Nothing was stored.")]
    TooMany,
    /// The object is no group of devices.
    #[error("The managedObject '{0}' is no group of devices. Nothing was stored.")]
    NoGroup(ObjectId),
    /// It has a user already, and the caller may not give that one a new password.
    #[error(
        "The device has a user already, and to give that one a new password needs the right to change users."
    )]
    UserThere,
    /// Another line of the same file is about it.
    #[error("Another line of the file is about the same device.")]
    Twice,
}

impl From<NotRegistered> for Refusal {
    fn from(reason: NotRegistered) -> Self {
        Self::Invalid(Invalid::Registration(reason))
    }
}

/// A request for a device as those see it who may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestView {
    /// The request.
    pub request: DeviceRequest,
    /// The name under which whoever made it is shown.
    pub owner: String,
}

/// A request that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRequest {
    /// The device.
    pub id: DeviceId,
    /// The request, for those who may read it (R019).
    pub shown: Option<Box<RequestView>>,
}

fn view<T: Deref<Target = View>>(desk: &Desk<T>, request: DeviceRequest) -> Result<RequestView, Refusal> {
    let owner = desk.shown_name(request.owner)?;
    Ok(RequestView { request, owner })
}

fn written(desk: &Changing, request: DeviceRequest) -> Result<WrittenRequest, Refusal> {
    let id = request.id.clone();
    let shown = match desk.may::<DeviceRequestRead>() {
        true => Some(Box::new(view(desk, request)?)),
        false => None,
    };
    Ok(WrittenRequest { id, shown })
}

/// Whether a request is there for people: not over, and its device has no credentials yet.
fn is_there(request: &DeviceRequest, now: Timestamp) -> bool {
    request.delivered.is_none() && !request.is_over(now)
}

/// Whether this is the serial number of a device other than the caller that is registered, or about to be: its user is there,
/// or a request for it.
pub(crate) fn is_anothers<T: Deref<Target = View>>(desk: &Desk<T>, serial: &str) -> Result<bool, Refusal> {
    let Ok(device) = serial.parse::<DeviceId>() else {
        return Ok(false);
    };
    let who = desk.who();
    let user = match device.user_name() {
        Ok(name) => desk.tx.principal_named(who, &name)?,
        Err(_) => None,
    };
    if let Some(user) = user {
        return Ok(user != who.id());
    }
    let request = desk.tx.request_for(who, &device)?;
    Ok(request.is_some_and(|request| is_there(&request, desk.now())))
}

/// What nobody has granted, or nobody has asked for.
fn missing(device: &impl ToString) -> Refusal {
    Refusal::Missing(Missing::DeviceRequest(device.to_string()))
}

fn request_in(rows: &RealmRows<'_>, id: &DeviceId, now: Timestamp) -> Result<DeviceRequest, Refusal> {
    let found = rows.device_request(id)?;
    found
        .filter(|found| is_there(found, now))
        .ok_or_else(|| missing(id))
}

/// A note about a device that registers.
fn note(activity: &'static str, id: &DeviceId) -> Note {
    Note::new("DeviceRegistration", activity, id)
}

/// A note about something that should not happen.
fn warning(activity: &'static str, id: &DeviceId) -> Note {
    Note {
        severity: Severity::Warning,
        ..note(activity, id)
    }
}

fn user_name(id: &DeviceId) -> Result<UserName, Refusal> {
    let name = id.user_name();
    name.map_err(|bad| Refusal::Fault(FaultId::report(&bad)))
}

/// Lists requests, the oldest first.
pub struct FindDeviceRequests {
    /// Only those that stand there.
    pub status: Option<RequestStatus>,
    /// Which part.
    pub page: Page,
}

impl Query for FindDeviceRequests {
    type Operation = DeviceRequestRead;
    type Answer = Listed<RequestView>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.realm(desk.allow::<DeviceRequestRead>()?);
        let mut requests = rows.device_requests()?;
        requests.retain(|request| {
            is_there(request, desk.now()) && self.status.is_none_or(|status| status == request.status)
        });
        requests.sort_unstable_by(|left, right| (left.created, &left.id).cmp(&(right.created, &right.id)));
        self.page.of(requests).try_map(|request| view(desk, request))
    }
}

/// Reads one request.
pub struct ReadDeviceRequest(pub DeviceId);

impl Query for ReadDeviceRequest {
    type Operation = DeviceRequestRead;
    type Answer = RequestView;

    fn answer(&self, desk: &Reading) -> Result<RequestView, Refusal> {
        let rows = desk.tx.realm(desk.allow::<DeviceRequestRead>()?);
        view(desk, request_in(&rows, &self.0, desk.now())?)
    }
}

/// Says whether there may be more requests.
pub struct IsLimitReached;

impl Query for IsLimitReached {
    type Operation = DeviceRequestRead;
    type Answer = bool;

    fn answer(&self, desk: &Reading) -> Result<bool, Refusal> {
        let rows = desk.tx.realm(desk.allow::<DeviceRequestRead>()?);
        Ok(rows.count_device_requests()? >= DEVICE_REQUESTS_MAX)
    }
}

impl Door {
    /// Says that a device may come.
    pub async fn request_device(
        &self,
        caller: &Caller,
        new: NewDeviceRequest,
    ) -> Result<WrittenRequest, Refusal> {
        let create = CreateDeviceRequest {
            expected: self.trace(&new.id, new.token.as_ref()),
            new,
        };
        let id = create.new.id.clone();
        let written = self.run(caller, create).await?;
        self.0.registrations.learn(id, caller.identity().tenant);
        Ok(written)
    }

    fn trace(&self, id: &DeviceId, token: Option<&Secret>) -> Option<TokenTrace> {
        token.map(|token| trace(id, token, self.0.sign_ins.verifier.pepper()))
    }
}

struct CreateDeviceRequest {
    new: NewDeviceRequest,
    expected: Option<TokenTrace>,
}

impl Command for CreateDeviceRequest {
    type Operation = DeviceRequestCreate;
    type Answer = WrittenRequest;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenRequest>, Refusal> {
        let realm = desk.tx.realm(allow_people::<DeviceRequestCreate, _>(desk)?);
        let (new, now) = (&self.new, desk.now());
        if new.custom_properties.to_string().len() > DEVICE_REQUEST_BYTES_MAX {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        check_free(&realm, &new.id, now)?;
        make_room(&realm, now)?;
        renewed_user::<DeviceRequestCreate>(desk, &realm.now(), &new.id)?;
        if let Some(group) = new.group {
            check_group(desk, group)?;
        }
        let request = DeviceRequest {
            id: new.id.clone(),
            status: RequestStatus::Waiting,
            group: new.group,
            kind: new.kind.clone(),
            owner: desk.who().id(),
            created: now,
            custom_properties: new.custom_properties.clone(),
            expected: self.expected.clone(),
            sent: None,
            asked_from: None,
            contested: false,
            wrong_tokens: 0,
            accepted: None,
            delivered: None,
        };
        realm.put_device_request(&request)?;
        desk.note(note("Device requested", &request.id));
        Ok(done(written(desk, request)?))
    }
}

/// Refuses a second request for a device.
fn check_free(realm: &RealmChanges<'_>, id: &DeviceId, now: Timestamp) -> Result<(), Refusal> {
    check_not_blocked(realm, id)?;
    match realm.now().device_request(id)? {
        Some(there) if is_there(&there, now) => Err(Refusal::Conflict(Conflict::DeviceRequestThere)),
        _ => Ok(()),
    }
}

/// Refuses a device that was disconnected (R079).
pub(crate) fn check_not_blocked(realm: &RealmChanges<'_>, id: &DeviceId) -> Result<(), Refusal> {
    match realm.now().blocked_device(id)? {
        Some(_) => Err(Refusal::Conflict(Conflict::DeviceDisconnected)),
        None => Ok(()),
    }
}

/// Forgets requests that are over when there is no room for more.
fn make_room(realm: &RealmChanges<'_>, now: Timestamp) -> Result<(), Refusal> {
    let rows = realm.now();
    if rows.count_device_requests()? < DEVICE_REQUESTS_MAX {
        return Ok(());
    }
    let all = rows.device_requests()?;
    let (stay, go): (Vec<_>, Vec<_>) = all.into_iter().partition(|request| is_there(request, now));
    if stay.len() >= DEVICE_REQUESTS_MAX {
        return Err(NotRegistered::TooMany.into());
    }
    go.iter()
        .try_for_each(|request| Ok(realm.delete_device_request(&request.id)?))
}

/// The device's user that a registration gives a new password: whoever does so could act as that user, so it takes the
/// right to set its password.
fn renewed_user<N: Operation>(
    desk: &Changing,
    rows: &RealmRows<'_>,
    id: &DeviceId,
) -> Result<Option<PrincipalId>, Refusal> {
    let Some(user) = rows.user_named(&user_name(id)?)? else {
        return Ok(None);
    };
    if user.kind != UserKind::Device {
        return Err(Refusal::Conflict(Conflict::UserNameTaken));
    }
    if !desk.may::<UserUpdate>() || !Span::of::<UserUpdate, _>(desk, rows)?.has(rows, &user)? {
        return Err(NotRegistered::UserThere.into());
    }
    Authority::of::<N>(desk).over_user(&user)?;
    Ok(Some(user.id))
}

/// Refuses a group into which the caller could not put a device by hand.
fn check_group(desk: &Changing, group: ObjectId) -> Result<(), Refusal> {
    let proof = desk
        .allow_on::<ChildLink>(group)
        .map_err(|refusal| match refusal {
            Refusal::Missing(Missing::Object(_)) => Refusal::Invalid(Invalid::UnknownObject(group)),
            refusal => refusal,
        })?;
    let found = desk.tx.inventory(proof).now().object(group)?;
    match found.is_some_and(|object| object.is_group()) {
        true => Ok(()),
        false => Err(NotRegistered::NoGroup(group).into()),
    }
}

/// Forgets a request. A device that asks then gets nothing.
pub struct DeleteDeviceRequest(pub DeviceId);

impl Command for DeleteDeviceRequest {
    type Operation = DeviceRequestDelete;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<DeviceRequestDelete, _>(desk)?);
        let request = request_in(&realm.now(), &self.0, desk.now())?;
        realm.delete_device_request(&request.id)?;
        let text = format!("Device request deleted, which stood at {}", request.status.word());
        desk.note(note("Device request deleted", &request.id).text(text));
        Ok(done(()))
    }
}
