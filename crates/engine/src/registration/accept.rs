//! Letting devices in: one, with its security token if it sent one, or all that sent none and that nobody else asks for.

use super::{
    NotRegistered, WrittenRequest, check_group, is_there, note, renewed_user, request_in, warning, written,
};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::refusal::Refusal;
use crate::users::allow_people;
use crate::work::{Command, Then, done};
use authn::security_token::is_same;
use model::limits::DEVICE_TOKENS_WRONG_MAX;
use model::registration::{Acceptance, DeviceId, DeviceRequest, RequestStatus, TokenPolicy, TokenTrace};
use model::secret::Secret;
use policy::operations::registration::DeviceRequestAccept;
use store::realm::RealmChanges;

/// Devices that one commit lets in when all are.
const AT_ONCE: usize = 100;

/// What became of one device when all were to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedDevice {
    /// The device.
    pub id: DeviceId,
    /// Why it was not.
    pub refused: Option<Refusal>,
}

/// How a request is changed.
pub struct AcceptsDevices {
    /// The device.
    pub id: DeviceId,
    /// Where it is to stand; only `ACCEPTED` changes anything.
    pub status: RequestStatus,
    /// The device's security token.
    pub token: Option<Secret>,
}

impl Door {
    /// Lets a device in that has asked. A wrong token is counted and recorded before it is told.
    pub async fn accept_device(
        &self,
        caller: &Caller,
        change: AcceptsDevices,
    ) -> Result<WrittenRequest, Refusal> {
        let token = self.trace(&change.id, change.token.as_ref());
        let command = ChangeDeviceRequest {
            id: change.id,
            status: change.status,
            token,
        };
        Ok(self.run(caller, command).await??)
    }

    /// Lets all devices in that have asked without a security token.
    pub async fn accept_all_devices(&self, caller: &Caller) -> Result<Vec<AcceptedDevice>, Refusal> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (some, next) = self.run(caller, AcceptSome { after }).await?;
            all.extend(some);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }
}

/// A change of a request, with the trace of the token.
struct ChangeDeviceRequest {
    id: DeviceId,
    status: RequestStatus,
    token: Option<TokenTrace>,
}

impl Command for ChangeDeviceRequest {
    type Operation = DeviceRequestAccept;
    /// What was changed; or why nothing was but the count of wrong tokens.
    type Answer = Result<WrittenRequest, NotRegistered>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(allow_people::<DeviceRequestAccept, _>(desk)?);
        let before = request_in(&realm.now(), &self.id, desk.now())?;
        let changed = match (before.status, self.status) {
            (RequestStatus::Blocked, _) => Err(NotRegistered::Blocked),
            (before_status, status) if before_status == status => Ok(before),
            (RequestStatus::Pending, RequestStatus::Accepted) => {
                accept(desk, &realm, before, self.token.as_ref())?
            }
            (RequestStatus::Waiting, RequestStatus::Accepted) => Err(NotRegistered::NotAsked),
            _ => Err(NotRegistered::Step),
        };
        Ok(done(match changed {
            Ok(request) => Ok(written(desk, request)?),
            Err(refused) => Err(refused),
        }))
    }
}

/// Lets a device in: by the right on the group that it joins, and on the user that it has if there is one. Both are asked
/// before the token, so that nobody else can try tokens.
fn accept(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    before: DeviceRequest,
    token: Option<&TokenTrace>,
) -> Result<Result<DeviceRequest, NotRegistered>, Refusal> {
    if let Some(group) = before.group {
        check_group(desk, group)?;
    }
    let renews = renewed_user::<DeviceRequestAccept>(desk, &realm.now(), &before.id)?;
    match check_token(&before, realm.now().token_policy()?, token) {
        Ok(()) => {}
        Err(refused @ NotRegistered::TokenNeverSent) => return Ok(Err(refused)),
        Err(refused) => {
            wrong_token(realm, before, |note| desk.note(note))?;
            return Ok(Err(refused));
        }
    }
    let after = DeviceRequest {
        status: RequestStatus::Accepted,
        accepted: Some(Acceptance {
            by: desk.who().id(),
            at: desk.now(),
            renews,
        }),
        ..before
    };
    realm.put_device_request(&after)?;
    let text = match (&after.asked_from, renews) {
        (Some(address), None) => format!("Device accepted, which asked from {address}"),
        (_, None) => "Device accepted".to_owned(),
        (_, Some(_)) => "Device accepted: the user that it has gets a new password".to_owned(),
    };
    let accepted = match after.contested {
        true => warning("Device accepted", &after.id).text(format!("{text}. Somebody else asks for it too")),
        false => note("Device accepted", &after.id).text(text),
    };
    desk.note(accepted);
    Ok(Ok(after))
}

fn check_token(
    request: &DeviceRequest,
    policy: TokenPolicy,
    given: Option<&TokenTrace>,
) -> Result<(), NotRegistered> {
    let (sent, given) = match (policy, &request.sent, given) {
        (TokenPolicy::Ignored, ..) | (TokenPolicy::Optional, None, _) => return Ok(()),
        (TokenPolicy::Required, None, _) => return Err(NotRegistered::TokenNeverSent),
        // It was said beforehand, and the device has shown that it knows it.
        (_, Some(_), None) if request.expected.is_some() => return Ok(()),
        (_, Some(_), None) => return Err(NotRegistered::TokenMissing),
        (_, Some(sent), Some(given)) => (sent, given),
    };
    match is_same(sent, given) {
        true => Ok(()),
        false => Err(NotRegistered::TokenWrong),
    }
}

/// Counts a wrong or missing token; too many of them block the request.
pub(super) fn wrong_token(
    realm: &RealmChanges<'_>,
    mut request: DeviceRequest,
    tell: impl FnOnce(crate::note::Note),
) -> Result<(), Refusal> {
    request.wrong_tokens = request.wrong_tokens.saturating_add(1);
    let mut record = warning("Security token refused", &request.id);
    if request.wrong_tokens >= DEVICE_TOKENS_WRONG_MAX {
        request.status = RequestStatus::Blocked;
        record = record.text("Security token refused, as often as is allowed: the device request is blocked");
    }
    realm.put_device_request(&request)?;
    tell(record);
    Ok(())
}

/// Lets some of the devices in that have asked: those behind `after`, in order of ids.
struct AcceptSome {
    after: Option<DeviceId>,
}

impl Command for AcceptSome {
    type Operation = DeviceRequestAccept;
    /// What became of each, and behind which one to go on.
    type Answer = (Vec<AcceptedDevice>, Option<DeviceId>);

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(allow_people::<DeviceRequestAccept, _>(desk)?);
        let is_next = |request: &DeviceRequest| {
            request.status == RequestStatus::Pending
                && is_there(request, desk.now())
                && self.after.as_ref().is_none_or(|after| request.id > *after)
        };
        let mut ids: Vec<_> = realm
            .now()
            .device_requests()?
            .into_iter()
            .filter(is_next)
            .collect();
        ids.sort_unstable_by(|left, right| left.id.cmp(&right.id));
        let more = ids.len() > AT_ONCE;
        ids.truncate(AT_ONCE);
        let mut accepted = Vec::with_capacity(ids.len());
        for seen in ids {
            // Read by its key, so that it is noted: of two who let it in only one is committed.
            let request = request_in(&realm.now(), &seen.id, desk.now())?;
            accepted.push(AcceptedDevice {
                id: seen.id,
                refused: accept_without_token(desk, &realm, request)?.err(),
            });
        }
        let next = accepted.last().filter(|_| more).map(|last| last.id.clone());
        Ok(done((accepted, next)))
    }
}

fn accept_without_token(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    request: DeviceRequest,
) -> Result<Result<(), Refusal>, Refusal> {
    if request.sent.is_some() && realm.now().token_policy()? != TokenPolicy::Ignored {
        return Ok(Err(NotRegistered::TokenUsed.into()));
    }
    // Which of those that ask is the device, nobody has looked at.
    if request.contested {
        return Ok(Err(NotRegistered::Contested.into()));
    }
    match accept(desk, realm, request, None) {
        Ok(Ok(_)) => Ok(Ok(())),
        Ok(Err(refused)) => Ok(Err(refused.into())),
        // What this caller may not do with one device says nothing about the others.
        Err(refusal @ (Refusal::Forbidden | Refusal::Invalid(_) | Refusal::Conflict(_))) => Ok(Err(refusal)),
        Err(refusal) => Err(refusal),
    }
}
