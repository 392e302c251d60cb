//! Certificates for devices from the tenant's own authority (R076, R078, R083): the first one for a one-time password,
//! the next ones for the credentials of the device.
//!
//! Unknown devices, wrong passwords, used, old and blocked ones look the same from outside and take as long. What stands in
//! the certificate is what the platform knows, and a key belongs to one device for ever.

use super::authority::open;
use super::is_enabled;
use super::issued::revoke_issued;
use crate::alarms::new_alarm;
use crate::caller::{Caller, actor_kind};
use crate::desk::Changing;
use crate::door::{Door, Inside};
use crate::note::Note;
use crate::refusal::{Conflict, FaultId, Invalid, Missing, Refusal};
use crate::setup::system_record;
use crate::sign_in::{BasicCredential, told_in_steps};
use crate::work::{Command, Then, done};
use audit::record::{Actor, Record, Severity};
use authn::security_token::{is_same, password_trace};
use authn::throttle::AddressPrefix;
use model::alarms::{NewAlarm, Severity as AlarmSeverity};
use model::certificates::{Enrolment, IssuedCertificate};
use model::ids::{ObjectId, TenantNumber};
use model::json::Object;
use model::limits::CONFLICT_RETRIES_MAX;
use model::names::{Domain, TenantId};
use model::registration::{DeviceId, TokenTrace};
use model::tenants::TenantStatus;
use model::time::Timestamp;
use model::users::{DEVICE_USER_PREFIX, User, UserKind};
use pki::authority::{AuthorityError, Serial};
use pki::bundle::certificates_only;
use pki::request::{BadRequest, CertificateRequest};
use policy::decide::decide_public;
use policy::operations::alarms::AlarmCreate;
use policy::operations::certificates::{DeviceEnrol, DeviceReenrol};
use policy::operations::inventory::InventoryUpdate;
use policy::proof::{Allowed, SystemReason};
use std::net::IpAddr;
use std::sync::Arc;
use store::fault::CommitFailed;
use store::realm::RealmChanges;
use store::transaction::WriteTx;

/// The type of the alarms about what should not happen.
const ALARM_TYPE: &str = "c8y_CertificateMisuse";

/// Why a device gets no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIssued {
    /// The request.
    #[error("No certificate was issued: {0}.")]
    Request(#[from] BadRequest),
    /// It is about another device.
    #[error("No certificate was issued: the common name of the request is not the name of the device.")]
    OtherName,
    /// The name does not fit into a certificate, or the authority's time is over.
    #[error("No certificate was issued: {0}.")]
    Authority(#[from] AuthorityError),
}

impl From<NotIssued> for Refusal {
    fn from(reason: NotIssued) -> Self {
        Self::Invalid(Invalid::NotIssued(reason))
    }
}

/// A device that asks for its first certificate.
pub struct Enrol {
    /// Its name and its one-time password.
    pub basic: BasicCredential,
    /// The host name that the request was sent to.
    pub host: Option<Domain>,
    /// Where it came from.
    pub address: IpAddr,
    /// The request, as it was sent.
    pub request: Vec<u8>,
}

impl Door {
    /// Gives a device its first certificate: a message with nothing but that in it.
    pub async fn enrol(&self, enrol: Enrol) -> Result<Vec<u8>, Refusal> {
        let world = self.world().clone();
        let arrived = world.monotonic();
        let answer = self.try_enrol(enrol).await;
        if answer.is_err() {
            told_in_steps(&*world, arrived).await;
        }
        answer
    }

    async fn try_enrol(&self, enrol: Enrol) -> Result<Vec<u8>, Refusal> {
        let now = self.0.world.monotonic_millis();
        self.0
            .registrations
            .poll(AddressPrefix::from(enrol.address), now)?;
        let device: DeviceId = enrol
            .basic
            .user
            .as_str()
            .parse()
            .map_err(|_| Refusal::NotSignedIn)?;
        let pepper = self.0.sign_ins.verifier.pepper();
        let asking = Arc::new(Asking {
            password: password_trace(&device, &enrol.basic.password, pepper),
            device,
            address: enrol.address,
            request: enrol.request,
        });
        let found = self
            .0
            .tenant_named(enrol.basic.tenant.as_ref(), enrol.host.as_ref())?;
        let tenant = found.ok_or(Refusal::NotSignedIn)?.number;
        for _ in 0..=CONFLICT_RETRIES_MAX {
            let (inside, asking) = (self.0.clone(), asking.clone());
            let prepared = self.work(move || Ok(asking.prepare(&inside, tenant)?));
            let (tx, outcome) = prepared.await.map_err(|refused| refused.refusal)?;
            if tx.is_empty() {
                return outcome;
            }
            match self.0.store.commit(tx).await {
                Ok(_) => return outcome,
                Err(CommitFailed::Conflict) => tokio::task::yield_now().await,
                Err(failed) => return Err(failed.into()),
            }
        }
        Err(Refusal::Busy)
    }
}

struct Asking {
    device: DeviceId,
    password: TokenTrace,
    address: IpAddr,
    request: Vec<u8>,
}

/// What is to be committed, and what is answered then: also a refusal is counted and recorded.
type Prepared = (WriteTx, Result<Vec<u8>, Refusal>);

impl Asking {
    fn prepare(&self, inside: &Inside, tenant: TenantNumber) -> Result<Prepared, Refusal> {
        let proof = decide_public::<DeviceEnrol>(tenant).map_err(|_| Refusal::Forbidden)?;
        let tx = inside.store.write_for(&proof)?;
        // Noted before the catalogue is read, as for every command: a suspension in between is not overlooked.
        tx.rules_epoch(tenant)?;
        let found = inside.store.catalogue()?.tenant(tenant)?;
        let Some(found) = found.filter(|tenant| tenant.status == TenantStatus::Active) else {
            return Ok((tx, Err(Refusal::NotSignedIn)));
        };
        let now = inside.world.now();
        let realm = tx.realm(proof);
        let there = realm.now().enrolment(&self.device)?;
        let Some(mut enrolment) = there.filter(|there| !there.is_over(now)) else {
            return Ok((tx, Err(Refusal::NotSignedIn)));
        };
        let user = realm
            .now()
            .user(enrolment.user)?
            .filter(|user| user.enabled && user.kind == UserKind::Device);
        if !is_same(&enrolment.password, &self.password) || user.is_none() {
            enrolment.wrong = enrolment.wrong.saturating_add(1);
            realm.put_enrolment(&enrolment)?;
            let text = match enrolment.is_over(now) {
                true => "A one-time password was wrong, as often as is allowed: it is blocked",
                false => "A one-time password was wrong",
            };
            tx.record(self.record(inside, &enrolment, "Certificate refused", text));
            return Ok((tx, Err(Refusal::NotSignedIn)));
        }
        if enrolment.used.is_some() {
            // Somebody else has the password, or had it first.
            enrolment.wrong = enrolment.wrong.saturating_add(1);
            realm.put_enrolment(&enrolment)?;
            let text = "A one-time password was used once more";
            tx.record(self.record(inside, &enrolment, "Certificate refused", text));
            alarm(inside, &tx, tenant, enrolment.object, text)?;
            return Ok((tx, Err(Refusal::NotSignedIn)));
        }
        let wanted = Wanted {
            tenant: &found.id,
            device: &self.device,
            user: enrolment.user,
            request: &self.request,
        };
        match wanted.issue(inside, &realm, now)? {
            Ok(issued) => {
                revoke_issued(&realm, now, |one| {
                    one.device == self.device && one.serial != issued.row.serial
                })?;
                enrolment.used = Some(now);
                realm.put_enrolment(&enrolment)?;
                let text = format!(
                    "Certificate {} issued to {}, for its one-time password",
                    issued.row.serial, self.device
                );
                tx.record(self.record(inside, &enrolment, "Certificate issued", &text));
                Ok((tx, Ok(issued.message)))
            }
            Err(Refused::KeyOfOther) => {
                let text = "A key was shown that belongs to another device";
                tx.record(self.record(inside, &enrolment, "Certificate refused", text));
                alarm(inside, &tx, tenant, enrolment.object, text)?;
                Ok((tx, Err(Refusal::Conflict(Conflict::DeviceKeyTaken))))
            }
            Err(Refused::For(refusal)) => Ok((tx, Err(refusal))),
        }
    }

    /// The record of what the device itself does, which nobody has signed in for.
    fn record(&self, inside: &Inside, enrolment: &Enrolment, activity: &str, text: &str) -> Record {
        let about = ("DeviceRegistration", activity, text.to_owned());
        let record = system_record(
            &inside.world,
            SystemReason::Registration,
            about,
            Some(self.device.to_string()),
        );
        Record {
            actor: Actor {
                principal: Some(enrolment.user),
                name: format!("{DEVICE_USER_PREFIX}{}", self.device),
                kind: actor_kind(UserKind::Device),
            },
            address: Some(self.address.to_string()),
            severity: Severity::Warning,
            ..record
        }
    }
}

/// Another certificate for the device that asks. The ones before stay good until their time is over, so that the device
/// can try the new one first.
struct Reenrol(Vec<u8>);

impl Door {
    /// Gives a device another certificate.
    pub async fn reenrol(&self, caller: &Caller, request: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        self.run(caller, Reenrol(request)).await?
    }
}

impl Command for Reenrol {
    type Operation = DeviceReenrol;
    /// The message, or why there is none: what should not happen is recorded all the same.
    type Answer = Result<Vec<u8>, Refusal>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<DeviceReenrol>()?);
        let user = realm.now().user(desk.who().id())?.ok_or(Refusal::NotSignedIn)?;
        let device = device_of(&user).ok_or(Refusal::Forbidden)?;
        // Revoked is revoked, also for a device that has a password: an administrator registers it anew.
        let mut issued = realm.now().issued_certificates()?;
        issued.retain(|one| one.device == device);
        if !issued.is_empty() && issued.iter().all(|one| one.revoked.is_some()) {
            return Err(Refusal::Forbidden);
        }
        let wanted = Wanted {
            tenant: desk.caller().tenant_id(),
            device: &device,
            user: user.id,
            request: &self.0,
        };
        let note = |activity, text: String| Note {
            severity: Severity::Warning,
            ..Note::new("DeviceRegistration", activity, &device).text(text)
        };
        match wanted.issue_by(&desk.world.random(), &realm, desk.now())? {
            Ok(issued) => {
                let text = format!(
                    "Certificate {} issued to {device}, which has signed in",
                    issued.row.serial
                );
                desk.note(note("Certificate issued", text));
                Ok(done(Ok(issued.message)))
            }
            Err(Refused::KeyOfOther) => {
                let text = "A key was shown that belongs to another device";
                desk.note(note("Certificate refused", text.to_owned()));
                let object = realm
                    .now()
                    .enrolment(&device)?
                    .and_then(|enrolment| enrolment.object);
                raise(&desk.world, &desk.tx, desk.who().tenant(), object, text)?;
                Ok(done(Err(Refusal::Conflict(Conflict::DeviceKeyTaken))))
            }
            Err(Refused::For(refusal)) => Err(refusal),
        }
    }
}

/// The name of a device by its user.
fn device_of(user: &User) -> Option<DeviceId> {
    let name = user.name.as_str().strip_prefix(DEVICE_USER_PREFIX)?;
    name.parse().ok().filter(|_| user.kind == UserKind::Device)
}

struct Wanted<'w> {
    tenant: &'w TenantId,
    device: &'w DeviceId,
    user: model::ids::PrincipalId,
    request: &'w [u8],
}

struct Issued {
    row: IssuedCertificate,
    message: Vec<u8>,
}

enum Refused {
    KeyOfOther,
    For(Refusal),
}

impl Wanted<'_> {
    fn issue(
        &self,
        inside: &Inside,
        realm: &RealmChanges<'_>,
        now: Timestamp,
    ) -> Result<Result<Issued, Refused>, Refusal> {
        self.issue_by(&inside.world.random(), realm, now)
    }

    fn issue_by(
        &self,
        random: &[u8; 16],
        realm: &RealmChanges<'_>,
        now: Timestamp,
    ) -> Result<Result<Issued, Refused>, Refusal> {
        let refused = |refusal| Ok(Err(Refused::For(refusal)));
        let request = match CertificateRequest::read(self.request) {
            Ok(request) => request,
            Err(bad) => return refused(NotIssued::Request(bad).into()),
        };
        if request.name != self.device.as_str() {
            return refused(NotIssued::OtherName.into());
        }
        let key = request.key.trace();
        let holder = realm.now().device_with_key(&key)?;
        if holder.is_some_and(|holder| holder != *self.device) {
            return Ok(Err(Refused::KeyOfOther));
        }
        let current = realm.now().authority()?;
        let trusted = match current {
            Some(name) => realm.now().trusted_certificate(name)?.filter(is_enabled),
            None => None,
        };
        let Some(trusted) = trusted else {
            return refused(Refusal::Missing(Missing::Authority));
        };
        let Some(authority) = open(&realm.now(), trusted.facts.fingerprint)? else {
            return refused(Refusal::Missing(Missing::Authority));
        };
        let serial = Serial::from_random(*random);
        let made = authority.issue_device(
            self.tenant.as_str(),
            self.device.as_str(),
            &request.key,
            now,
            serial,
        );
        let certificate = match made {
            Ok(certificate) => certificate,
            Err(bad @ (AuthorityError::Name | AuthorityError::NotValidNow | AuthorityError::DeviceKey)) => {
                return refused(NotIssued::Authority(bad).into());
            }
            Err(bad) => return Err(Refusal::Fault(FaultId::report(&bad))),
        };
        let serial = certificate.serial();
        let row = IssuedCertificate {
            serial: serial.map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?,
            device: self.device.clone(),
            user: self.user,
            authority: trusted.facts.fingerprint,
            key,
            issued: now,
            not_after: certificate.validity().not_after,
            revoked: None,
        };
        realm.put_issued_certificate(&row)?;
        let message = certificates_only(&[certificate]);
        Ok(Ok(Issued { row, message }))
    }
}

fn alarm(
    inside: &Inside,
    tx: &WriteTx,
    tenant: TenantNumber,
    object: Option<ObjectId>,
    text: &str,
) -> Result<(), Refusal> {
    raise(&inside.world, tx, tenant, object, text)
}

/// Raises an alarm at the device's object, if it has one and none of this kind is open.
fn raise(
    world: &Arc<dyn crate::world::World>,
    tx: &WriteTx,
    tenant: TenantNumber,
    object: Option<ObjectId>,
    text: &str,
) -> Result<(), Refusal> {
    const REASON: SystemReason = SystemReason::Registration;
    let Some(source) = object else { return Ok(()) };
    let inventory = tx.inventory(Allowed::<InventoryUpdate>::mint_system(tenant, REASON));
    if inventory.now().object(source)?.is_none() {
        return Ok(());
    }
    let alarms = tx.alarms(Allowed::<AlarmCreate>::mint_system(tenant, REASON));
    if alarms.open_alarm(source, ALARM_TYPE)?.is_some() {
        return Ok(());
    }
    let new = NewAlarm {
        source,
        time: world.now(),
        kind: ALARM_TYPE
            .parse()
            .map_err(|bad| Refusal::Fault(FaultId::report(&bad)))?,
        text: text.to_owned(),
        severity: AlarmSeverity::Critical,
        status: None,
        fragments: Object::new(),
    };
    let raised = new_alarm(alarms.new_id()?, &new, world.now());
    alarms.create(&raised)?;
    let about = (
        "Alarm",
        "Alarm created",
        format!("Alarm created: {ALARM_TYPE} of managed object {source}"),
    );
    tx.record(system_record(world, REASON, about, Some(raised.id.to_string())));
    Ok(())
}
