//! What a device is told that asks for its credentials: nothing, again and again, until somebody has let it in; then its
//! user and a new password, once. Whoever asks in vain is told the same for every reason.
//!
//! All devices ask with the same user, so something else must say that it is the same one that asks again: its security
//! token; or, if it sends none, the address from which it asked when it was let in. A device that moves between networks
//! needs a token.
//!
//! A device that has shown its security token and missed the answer may ask again for a short time, as long as nobody has
//! signed in with what it was given: it gets another password, and the one before is good for nothing.

use super::accept::wrong_token;
use super::returning::take_up;
use super::{check_not_blocked, missing, note, user_name, warning};
use crate::caller::Caller;
use crate::desk::{Changing, record_of};
use crate::door::{Door, Inside};
use crate::note::Note;
use crate::refusal::Refusal;
use crate::users::{NewCredential, NewUser, Profile, holds_as_much, new_user, special};
use crate::work::{Command, Then, done};
use authn::generated::GeneratedSecret;
use authn::security_token::is_same;
use authn::throttle::AddressPrefix;
use model::ids::{MANAGEMENT, TenantNumber};
use model::limits::{DEVICE_AGAIN_MAX, DEVICE_AGAIN_SECONDS};
use model::names::{TenantId, UserName};
use model::registration::{
    Acceptance, Delivery, DeviceId, DeviceRequest, Placement, RequestStatus, TokenPolicy, TokenTrace,
};
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use model::users::{DEVICE_USER_PREFIX, DEVICES, User, UserKind};
use policy::operation::Operation;
use policy::operations::registration::DeviceCredentialsAsk;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use store::realm::RealmChanges;
use store::transaction::WriteTx;

/// A question for credentials.
pub struct AskCredentials {
    /// The device.
    pub id: DeviceId,
    /// Its security token.
    pub token: Option<Secret>,
}

/// The credentials of a device.
pub struct DeviceCredentials {
    /// The device.
    pub id: DeviceId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its user.
    pub user: UserName,
    /// The password of that, which nobody can be told again.
    pub password: Secret,
}

impl Door {
    /// Answers a device that asks for its credentials. Called by the user that new devices share: that of a tenant reaches
    /// the requests of its tenant; that of the management tenant those of every tenant.
    pub async fn device_credentials(
        &self,
        caller: &Caller,
        ask: AskCredentials,
    ) -> Result<DeviceCredentials, Refusal> {
        let identity = caller.identity();
        self.gate(caller, DeviceCredentialsAsk::INFO).await?;
        let now = self.0.world.monotonic_millis();
        let address = AddressPrefix::from(identity.address);
        self.0.registrations.poll(address, now)?;

        let secret = GeneratedSecret::from_random(self.0.world.random());
        let pepper = self.0.sign_ins.verifier.pepper();
        let ask = Arc::new(Ask {
            token: self.trace(&ask.id, ask.token.as_ref()),
            id: ask.id,
            address: identity.address,
            credential: NewCredential::of_generated(&secret, pepper)?,
        });
        let tenant = match identity.tenant {
            MANAGEMENT => self.tenant_awaiting(&ask.id, ask.token.as_ref()).await?,
            _ => None,
        };
        let (tenant, user) = match tenant.filter(|tenant| tenant.number != MANAGEMENT) {
            Some(tenant) => (
                tenant.id.clone(),
                self.ask_in(caller, &tenant, ask.clone()).await?,
            ),
            None => (
                identity.tenant_id.clone(),
                self.run(caller, AskHere(ask.clone())).await?,
            ),
        };
        Ok(DeviceCredentials {
            user: user.ok_or_else(|| missing(&ask.id))?,
            id: ask.id.clone(),
            tenant,
            password: secret.secret().clone(),
        })
    }

    /// Asks in another tenant: what the caller may do was decided in its own.
    async fn ask_in(
        &self,
        caller: &Caller,
        tenant: &Tenant,
        ask: Arc<Ask>,
    ) -> Result<Option<UserName>, Refusal> {
        let (who, tenant) = (caller.clone(), tenant.clone());
        self.committed(tenant.number, move |inside| {
            Ok(inside.prepare_asking(&who, &tenant, &ask)?)
        })
        .await
    }
}

impl Inside {
    fn prepare_asking(
        &self,
        caller: &Caller,
        tenant: &Tenant,
        ask: &Ask,
    ) -> Result<(WriteTx, Option<UserName>), Refusal> {
        let proof = Allowed::<DeviceCredentialsAsk>::mint_system(tenant.number, SystemReason::Registration);
        let tx = self.store.write_for(&proof)?;
        // Noted before the catalogue is read, as for every command: a suspension in between is not overlooked.
        tx.rules_epoch(tenant.number)?;
        let now = self.store.catalogue()?.tenant(tenant.number)?;
        if now.is_none_or(|tenant| tenant.status != TenantStatus::Active) {
            return Ok((tx, None));
        }
        let mut notes = Vec::new();
        let home = Home {
            tx: &tx,
            tenant: tenant.number,
            realm: &tx.realm(proof),
            now: self.world.now(),
        };
        let user = ask.put(&home, &mut |note| notes.push(note))?;
        for note in notes {
            tx.record(record_of(&*self.world, caller, note));
        }
        Ok((tx, user))
    }
}

/// A question in the caller's own tenant.
struct AskHere(Arc<Ask>);

impl Command for AskHere {
    type Operation = DeviceCredentialsAsk;
    /// The user whose password is the one that came with the question.
    type Answer = Option<UserName>;

    fn change(&self, desk: &Changing) -> Result<Then<Option<UserName>>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<DeviceCredentialsAsk>()?);
        let home = Home {
            tx: &desk.tx,
            tenant: desk.who().tenant(),
            realm: &realm,
            now: desk.now(),
        };
        Ok(done(self.0.put(&home, &mut |note| desk.note(note))?))
    }
}

/// A question, with the credential that is stored if the answer is yes.
struct Ask {
    id: DeviceId,
    token: Option<TokenTrace>,
    address: IpAddr,
    credential: NewCredential,
}

type Tell<'t> = &'t mut dyn FnMut(Note);

/// The tenant in which a question is put.
struct Home<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
    realm: &'t RealmChanges<'t>,
    now: Timestamp,
}

impl Ask {
    /// Takes the question in; gives the user whose password is now the new one, if the device was let in.
    fn put(&self, home: &Home<'_>, tell: Tell<'_>) -> Result<Option<UserName>, Refusal> {
        let Home { realm, now, .. } = *home;
        let found = realm.now().device_request(&self.id)?;
        let Some(request) = found.filter(|request| !request.is_over(now)) else {
            return Ok(None);
        };
        let checks = realm.now().token_policy()? != TokenPolicy::Ignored;
        match (request.status, &request.delivered) {
            (RequestStatus::Blocked, _) => Ok(None),
            (RequestStatus::Waiting, _) => self.first(realm, request, checks, tell),
            _ if checks && !same(&self.token, &request.sent) => self.other(realm, request, tell),
            (RequestStatus::Pending, _) => {
                if !self.is_from_there(&request) {
                    contest(realm, request, tell)?;
                }
                Ok(None)
            }
            // A token proves that it is the device which was let in; without one only the address tells anything.
            (RequestStatus::Accepted, _)
                if (request.sent.is_none() || !checks) && !self.is_from_there(&request) =>
            {
                contest(realm, request, tell)?;
                Ok(None)
            }
            (RequestStatus::Accepted, None) => self.deliver(home, request, checks, tell),
            (RequestStatus::Accepted, Some(delivery)) => {
                let delivery = *delivery;
                self.deliver_again(realm, request, delivery, now, tell)
            }
        }
    }

    /// The first question: from now on the device can be let in.
    fn first(
        &self,
        realm: &RealmChanges<'_>,
        request: DeviceRequest,
        checks: bool,
        tell: Tell<'_>,
    ) -> Result<Option<UserName>, Refusal> {
        if checks && request.expected.is_some() && !same(&self.token, &request.expected) {
            wrong_token(realm, request, tell)?;
            return Ok(None);
        }
        let after = DeviceRequest {
            status: RequestStatus::Pending,
            sent: self.token.clone(),
            asked_from: Some(self.address),
            ..request
        };
        realm.put_device_request(&after)?;
        let text = match after.sent {
            Some(_) => "A device asks for its credentials, with a security token",
            None => "A device asks for its credentials, without a security token",
        };
        tell(note("Device asks for credentials", &self.id).text(text));
        Ok(None)
    }

    /// Somebody who does not have the token of the device that asked first: a guess, where a right one would be let in.
    fn other(
        &self,
        realm: &RealmChanges<'_>,
        request: DeviceRequest,
        tell: Tell<'_>,
    ) -> Result<Option<UserName>, Refusal> {
        match (request.status, &request.sent) {
            (RequestStatus::Accepted, Some(_)) => wrong_token(realm, request, tell)?,
            _ => contest(realm, request, tell)?,
        }
        Ok(None)
    }

    /// Whether it is asked from where it was asked first.
    fn is_from_there(&self, request: &DeviceRequest) -> bool {
        let place = AddressPrefix::from(self.address);
        request.asked_from.map(AddressPrefix::from) == Some(place)
    }

    /// The device was let in: its user gets the new password.
    fn deliver(
        &self,
        home: &Home<'_>,
        request: DeviceRequest,
        checks: bool,
        tell: Tell<'_>,
    ) -> Result<Option<UserName>, Refusal> {
        let Home { realm, now, .. } = *home;
        let Some(accepted) = request.accepted else {
            return Ok(None);
        };
        let Some(user) = self.user(home, &accepted)? else {
            realm.delete_device_request(&self.id)?;
            let text = "No credentials: the device's user was made, deleted, disabled or given more since the device was \
                        accepted";
            tell(warning("Device credentials refused", &self.id).text(text));
            return Ok(None);
        };
        if accepted.renews.is_none() {
            home.returns(&accepted, &self.id, &user)?
                .into_iter()
                .for_each(&mut *tell);
        }
        if let Some(group) = request.group {
            let by = accepted.by;
            realm.put_placement(user.id, &Placement { group, by })?;
        }
        // Only a token proves that it is the same device that asks again; and only of a new user it is known that nobody
        // has used the password.
        let version = realm.now().credential(user.id)?.map_or(0, |row| row.version);
        match checks && request.sent.is_some() && accepted.renews.is_none() {
            true => realm.put_device_request(&DeviceRequest {
                delivered: Some(Delivery {
                    at: now,
                    user: user.id,
                    version,
                    again: 0,
                }),
                ..request
            })?,
            false => realm.delete_device_request(&self.id)?,
        }
        let text = format!(
            "Credentials of {} delivered to the device, as accepted",
            user.name
        );
        tell(note("Device credentials delivered", &self.id).text(text));
        Ok(Some(user.name))
    }

    /// The device's user with its new credential; nothing if it is not the one that was there, or not there, when the
    /// device was let in, or if it holds by now what whoever let it in may not give.
    fn user(&self, home: &Home<'_>, accepted: &Acceptance) -> Result<Option<User>, Refusal> {
        let Home { realm, now, .. } = *home;
        let name = user_name(&self.id)?;
        match (realm.now().user_named(&name)?, accepted.renews) {
            (None, None) => {
                let user = new_device(realm, name)?;
                let user = self.credential.give(realm, user, now)?;
                realm.create_user(&user)?;
                Ok(Some(user))
            }
            (Some(before), Some(id))
                if before.id == id && is_device(&before) && home.may_renew(accepted, &before)? =>
            {
                let user = self.credential.give(realm, before.clone(), now)?;
                realm.update_user(&before, &user)?;
                Ok(Some(user))
            }
            _ => Ok(None),
        }
    }

    /// The device has missed the answer: another password, if nobody can have used the one before.
    fn deliver_again(
        &self,
        realm: &RealmChanges<'_>,
        request: DeviceRequest,
        delivery: Delivery,
        now: Timestamp,
        tell: Tell<'_>,
    ) -> Result<Option<UserName>, Refusal> {
        let is_late = now.millis().saturating_sub(delivery.at.millis()) > DEVICE_AGAIN_SECONDS * 1_000;
        let is_proven = request.sent.is_some() && same(&self.token, &request.sent);
        let unused = is_proven && self.is_unused(realm, delivery)?;
        if is_late || delivery.again >= DEVICE_AGAIN_MAX || !unused {
            realm.delete_device_request(&self.id)?;
            tell(
                warning("Device credentials refused", &self.id).text("Credentials were asked for once more"),
            );
            return Ok(None);
        }
        let Some(before) = realm.now().user(delivery.user)? else {
            return Ok(None);
        };
        let user = self.credential.give(realm, before.clone(), now)?;
        realm.update_user(&before, &user)?;
        let version = realm.now().credential(user.id)?.map_or(0, |row| row.version);
        realm.put_device_request(&DeviceRequest {
            delivered: Some(Delivery {
                version,
                again: delivery.again + 1,
                ..delivery
            }),
            ..request
        })?;
        let text = format!(
            "New credentials of {} delivered: the device has missed those before",
            user.name
        );
        tell(warning("Device credentials delivered", &self.id).text(text));
        Ok(Some(user.name))
    }

    /// Whether the credentials that were delivered are still the user's, and nobody has signed in with them.
    fn is_unused(&self, realm: &RealmChanges<'_>, delivery: Delivery) -> Result<bool, Refusal> {
        let rows = realm.now();
        let user = rows.user(delivery.user)?.filter(is_device);
        let version = rows.credential(delivery.user)?.map(|row| row.version);
        let is_it = user.is_some() && version == Some(delivery.version);
        Ok(is_it && rows.last_sign_in(delivery.user)?.is_none())
    }
}

impl Home<'_> {
    /// Gives a device that comes back its object, by the right of whoever let it in.
    fn returns(&self, accepted: &Acceptance, id: &DeviceId, user: &User) -> Result<Option<Note>, Refusal> {
        let by = self.tx.principal(self.tenant, accepted.by)?;
        match by.filter(|by| by.enabled) {
            Some(by) => take_up(self.tx, (&self.realm.now(), &by.principal), (id, user), self.now),
            None => Ok(None),
        }
    }

    /// Whether whoever let a device in may give the device's user a new password now.
    fn may_renew(&self, accepted: &Acceptance, user: &User) -> Result<bool, Refusal> {
        let by = self.tx.principal(self.tenant, accepted.by)?;
        match by.filter(|by| by.enabled) {
            Some(by) => holds_as_much(self.tx, &by.principal, user),
            None => Ok(false),
        }
    }
}

fn is_device(user: &User) -> bool {
    user.kind == UserKind::Device && user.enabled
}

/// A device user as it starts: a member of `devices`, with no right of its own.
pub(crate) fn new_device(realm: &RealmChanges<'_>, name: UserName) -> Result<User, Refusal> {
    if let Some(id) = name
        .as_str()
        .strip_prefix(DEVICE_USER_PREFIX)
        .and_then(|id| id.parse().ok())
    {
        check_not_blocked(realm, &id)?;
    }
    let devices = realm.now().group_named(&special(DEVICES)?)?;
    let new = NewUser {
        must_change_password: false,
        name,
        password: None,
        profile: Profile::default(),
        enabled: true,
        roles: BTreeSet::new(),
        groups: devices.into_iter().map(|group| group.id).collect(),
    };
    Ok(new_user(realm.new_principal()?, &new))
}

/// Notes once that somebody else asks for the same device, or the same one from elsewhere: nobody can tell.
fn contest(realm: &RealmChanges<'_>, request: DeviceRequest, tell: Tell<'_>) -> Result<(), Refusal> {
    if request.contested {
        return Ok(());
    }
    let text = match request.asked_from {
        Some(address) => {
            format!("Somebody else, or from elsewhere, asks for the device that asked from {address}")
        }
        None => "Somebody else asks for the device".to_owned(),
    };
    let id = request.id.clone();
    realm.put_device_request(&DeviceRequest {
        contested: true,
        ..request
    })?;
    tell(warning("Device contested", &id).text(text));
    Ok(())
}

fn same(left: &Option<TokenTrace>, right: &Option<TokenTrace>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => is_same(left, right),
        _ => false,
    }
}
