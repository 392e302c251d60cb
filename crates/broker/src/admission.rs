//! Who may connect: credentials, client id, will, and a place among those who are connected. The door decides; here its
//! answers become those of a CONNACK.

use crate::broker::{Inside, Peer};
use crate::client_id::ClientId;
use crate::connection::operations::operation_of;
use crate::kept::{Kept, seconds_while_connected};
use crate::registry::{NoPlace, Place, SessionKey};
use crate::speaker::Speaker;
use crate::subscriptions::Whose;
use crate::wills;
use engine::caller::Caller;
use engine::mqtt::{ConnectAs, Found, NewWill, ToKeep, WillChange};
use engine::operations::ReadOperation;
use engine::refusal::Refusal;
use engine::sign_in::{BasicCredential, Claim, Offered, ShownCertificates};
use model::limits::MQTT_SESSION_SECONDS_MAX;
use model::registration::DeviceId;
use model::users::{DEVICE_USER_PREFIX, UserKind};
use mqtt::exchange::{Connect, Version};
use mqtt::reason::ConnectRefusal;
use mqtt::session::state::SessionState;
use policy::operation::Operation;
use policy::operations::mqtt::MqttConnect;
use policy::operations::registration::DeviceCredentialsAsk;
use smartrest::topic::PublishTopic;
use std::collections::BTreeSet;

/// A client that was let in.
pub(crate) struct Admitted {
    pub(crate) speaker: Speaker,
    pub(crate) whose: Whose,
    pub(crate) place: Place,
    /// Its earlier session.
    pub(crate) kept: Option<Kept>,
    /// Messages of QoS 2 of that session that were begun, with how many of their parts are done.
    pub(crate) begun: Vec<(u16, u32)>,
    /// The number under which its will is kept, if it is.
    pub(crate) will: Option<u64>,
    /// How long the session is to outlive the connection, in seconds; 0: it ends with it.
    pub(crate) kept_seconds: u32,
    /// The client id that it was given, if it came with none.
    pub(crate) client_id: Option<String>,
}

/// Lets a client in, or says why not.
pub(crate) async fn admit(
    broker: &Inside,
    peer: &Peer,
    connect: &Connect,
) -> Result<Admitted, ConnectRefusal> {
    let by_certificate = peer.certificates.is_some();
    let credential = credential_of(peer, connect)?;
    let claim = Claim {
        credential,
        host: peer.host.clone(),
        address: peer.address,
        application: None,
    };
    let signed_in = broker.door.sign_in(claim).await;
    let caller = signed_in.map_err(|refusal| match refusal {
        // Such a client has sent no name and no password.
        Refusal::NotSignedIn if by_certificate => ConnectRefusal::NotAuthorized,
        refusal => refused(refusal),
    })?;
    broker
        .door
        .meter_mqtt(&caller, MqttConnect::INFO)
        .map_err(refused)?;
    let (id, client_id) = client_id_of(connect, &caller)?;
    let whose = match caller.kind() {
        UserKind::Bootstrap => Whose::Bootstrap,
        UserKind::Person | UserKind::Service | UserKind::Device => Whose::Callers,
    };
    match whose {
        Whose::Bootstrap => {
            let gate = broker.door.gate(&caller, DeviceCredentialsAsk::INFO).await;
            gate.map_err(refused)?;
        }
        Whose::Callers => drop(stored(broker, &caller, &id.device).await?),
    }
    check_will(connect, whose)?;
    let serial = id.device.as_str().parse().map_err(|_| ConnectRefusal::ClientId)?;
    let key = SessionKey::of(&caller, id.device, peer.address);
    let place = broker.registry.enter(key, &caller).await.map_err(no_place)?;
    let speaker = Speaker {
        caller,
        serial,
        collection: id.collection,
        by_certificate,
    };
    let Began { kept, begun, will } = match whose {
        Whose::Bootstrap => Began::default(),
        Whose::Callers => keep(broker, &speaker, &place, connect).await?,
    };
    broker.wills.session_begins(place.key(), kept.is_some());
    Ok(Admitted {
        speaker,
        whose,
        place,
        begun,
        will,
        kept_seconds: match whose {
            Whose::Callers => connect.session_expiry_seconds.min(MQTT_SESSION_SECONDS_MAX),
            Whose::Bootstrap => 0,
        },
        kept,
        client_id,
    })
}

/// What the client proves itself with: its certificate, if it has shown one, or else a user name and a password. Nobody is
/// let in without, and a tenant is always named by its id.
fn credential_of(peer: &Peer, connect: &Connect) -> Result<Offered, ConnectRefusal> {
    if let Some(chain) = peer.certificates.clone() {
        // Only where several tenants trust the same authority it must say which one it means.
        let named = connect.user_name.as_deref().unwrap_or_default();
        let tenant = named.split('/').next().unwrap_or_default().parse().ok();
        return Ok(Offered::Certificate(ShownCertificates { chain, tenant }));
    }
    let (Some(user), Some(password)) = (&connect.user_name, &connect.password) else {
        return Err(ConnectRefusal::NotAuthorized);
    };
    let password = std::str::from_utf8(password.reveal()).map_err(|_| ConnectRefusal::BadCredentials)?;
    let basic = BasicCredential::from_parts(user, password).map_err(|_| ConnectRefusal::BadCredentials)?;
    match basic.tenant {
        Some(_) => Ok(basic.into()),
        None => Err(ConnectRefusal::BadCredentials),
    }
}

/// The client id. The user of a device that names none is that device; nobody else is given one.
fn client_id_of(connect: &Connect, caller: &Caller) -> Result<(ClientId, Option<String>), ConnectRefusal> {
    if !connect.client_id.is_empty() {
        let id = ClientId::parse(&connect.client_id).ok_or(ConnectRefusal::ClientId)?;
        return Ok((id, None));
    }
    let name = caller.name().to_string();
    let own = name
        .strip_prefix(DEVICE_USER_PREFIX)
        .filter(|_| caller.kind() == UserKind::Device);
    let own = own.ok_or(ConnectRefusal::ClientId)?;
    let id = ClientId::parse(own).ok_or(ConnectRefusal::ClientId)?;
    Ok((id, Some(own.to_owned())))
}

/// A will must have a meaning. Whether it may be published is decided when its time has come.
fn check_will(connect: &Connect, whose: Whose) -> Result<(), ConnectRefusal> {
    let Some(will) = &connect.will else {
        return Ok(());
    };
    if will.message.retain && connect.version == Version::V5_0 {
        return Err(ConnectRefusal::RetainNotSupported);
    }
    match (whose, will.message.topic.as_str().parse::<PublishTopic>()) {
        (_, Err(_)) => Err(ConnectRefusal::TopicName),
        (Whose::Bootstrap, Ok(_)) => Err(ConnectRefusal::NotAuthorized),
        (Whose::Callers, Ok(_)) => Ok(()),
    }
}

/// What is stored of the caller's session, if it may connect at all.
async fn stored(
    broker: &Inside,
    caller: &Caller,
    device: &DeviceId,
) -> Result<Option<Found>, ConnectRefusal> {
    let asked = broker.door.ask(caller, ConnectAs(device.clone())).await;
    asked.map_err(refused)
}

/// Brings what is stored of the session in line with what the client wants, and hands out what was kept. What was under
/// way is not stored any more from here on: after a crash, what of it has happened since would be wrong.
async fn keep(
    broker: &Inside,
    speaker: &Speaker,
    place: &Place,
    connect: &Connect,
) -> Result<Began, ConnectRefusal> {
    let caller = &speaker.caller;
    let device = &place.key().device;
    // Only now: until it had the place, a connection that was there before may have stored more, or forgotten it.
    let found = stored(broker, caller, device).await?;
    let is_stored = found.is_some();
    let mut began = Began::default();
    if let Some(Found { content, received }) = found.filter(|_| !connect.clean_start)
        && let Some(mut kept) = content.and_then(|content| Kept::from_bytes(&content))
    {
        leave_out_withdrawn(broker, caller, &mut kept.state).await?;
        let random = u16::from_be_bytes(broker.door.world().random());
        kept.state.number_from(random);
        kept.state.begun(received.iter().map(|(packet, _)| *packet));
        began.kept = Some(kept);
        began.begun = received;
    }
    let seconds = connect.session_expiry_seconds.min(MQTT_SESSION_SECONDS_MAX);
    let will = connect.will.as_ref().filter(|_| seconds > 0);
    let will = will.map(|will| NewWill {
        number: u64::from_be_bytes(broker.door.world().random()),
        delay_seconds: will.delay_seconds.min(seconds),
        content: wills::content(speaker, &will.message),
    });
    began.will = will.as_ref().map(|will| will.number);
    let earlier = broker.wills.earlier(place.key());
    let over = earlier.over.clone();
    let has_wills = earlier.waiting.is_some() || !over.is_empty();
    let change = match began.kept {
        Some(_) => WillChange::GoesOn(earlier, will),
        None => WillChange::BeginsAnew(earlier, will),
    };
    if seconds > 0 {
        let subscriptions = began.kept.as_ref().map(|kept| kept.subscriptions.clone());
        let to_keep = ToKeep {
            content: Kept::of_subscriptions(subscriptions.unwrap_or_default()).to_bytes(),
            seconds: seconds_while_connected(seconds),
            will: change,
        };
        let stored = broker.door.keep_mqtt_session(caller, device, to_keep);
        stored.await.map_err(refused)?;
    } else if is_stored || has_wills {
        let forgotten = broker.door.forget_mqtt_session(caller, device, change);
        forgotten.await.map_err(refused)?;
    }
    broker.wills.forgotten(place.key(), &over);
    Ok(began)
}

/// What a session begins with.
#[derive(Default)]
struct Began {
    kept: Option<Kept>,
    begun: Vec<(u16, u32)>,
    will: Option<u64>,
}

/// Leaves out operations that the caller may not read any more, or that are gone: they would be sent again.
async fn leave_out_withdrawn(
    broker: &Inside,
    caller: &Caller,
    state: &mut SessionState,
) -> Result<(), ConnectRefusal> {
    let operations = state.deliveries().filter_map(operation_of).map(|(id, _)| id);
    let mut withdrawn = BTreeSet::new();
    for id in operations.collect::<BTreeSet<_>>() {
        match broker.door.ask(caller, ReadOperation(id)).await {
            Ok(_) => {}
            Err(Refusal::Missing(_) | Refusal::Forbidden) => {
                withdrawn.insert(id);
            }
            Err(refusal) => return Err(refused(refusal)),
        }
    }
    state.retain(|id| operation_of(id).is_none_or(|(id, _)| !withdrawn.contains(&id)));
    Ok(())
}

fn no_place(why: NoPlace) -> ConnectRefusal {
    match why {
        NoPlace::Full => ConnectRefusal::QuotaExceeded,
        NoPlace::Held => ConnectRefusal::Busy,
        NoPlace::Stopping => ConnectRefusal::Unavailable,
    }
}

/// What a client is told. A refused sign-in looks the same whatever was wrong.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused(refusal: Refusal) -> ConnectRefusal {
    match refusal {
        Refusal::NotSignedIn => ConnectRefusal::BadCredentials,
        Refusal::LockedOut { .. } | Refusal::TooOften { .. } => ConnectRefusal::RateExceeded,
        Refusal::Invalid(_) => ConnectRefusal::QuotaExceeded,
        Refusal::Busy => ConnectRefusal::Busy,
        Refusal::StorageUnavailable | Refusal::Fault(_) => ConnectRefusal::Unavailable,
        Refusal::Forbidden
        | Refusal::NotForDevices
        | Refusal::PasswordDue
        | Refusal::SecondFactor(_)
        | Refusal::WrongCode
        | Refusal::StaleSession
        | Refusal::Missing(_)
        | Refusal::Conflict(_)
        | Refusal::Changed => ConnectRefusal::NotAuthorized,
    }
}
