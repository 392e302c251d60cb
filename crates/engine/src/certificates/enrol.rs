//! Certificates for devices from the tenant's own authority (R076, R078, R083): the first one for a one-time password,
//! the next ones for one that it has issued before. Nothing else renews: whoever holds a password, or a certificate of
//! somebody else's authority, for a while must not make of it what lasts.
//!
//! Unknown devices, wrong passwords, used, old and blocked ones look the same from outside and take as long. What stands in
//! the certificate is what the platform knows, and a key belongs to one device for ever.

use super::authority::open;
use super::is_enabled;
use super::issued::revoke_issued;
use super::misuse::{KEY_OF_OTHER, alarm_about_key, raise};
use crate::caller::{Caller, CertificateTrace, actor_kind};
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
use model::certificates::{Enrolment, IssuedCertificate, SerialNumber};
use model::ids::TenantNumber;
use model::limits::RENEWALS_PER_DAY_MAX;
use model::names::Domain;
use model::registration::{DeviceId, TokenTrace};
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use model::users::{DEVICE_USER_PREFIX, User, UserKind};
use pki::authority::{AuthorityError, Holder, Serial};
use pki::bundle::certificates_only;
use pki::request::{BadRequest, CertificateRequest};
use policy::decide::decide_public;
use policy::operations::certificates::{DeviceEnrol, DeviceReenrol};
use policy::proof::SystemReason;
use std::net::IpAddr;
use std::sync::Arc;
use store::realm::{RealmChanges, RealmRows};
use store::transaction::WriteTx;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

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
        self.committed(tenant, move |inside| Ok(asking.prepare(inside, tenant)?))
            .await?
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
            raise(&inside.world, &tx, tenant, (&self.device, enrolment.object), text)?;
            return Ok((tx, Err(Refusal::NotSignedIn)));
        }
        let wanted = Wanted {
            tenant: &found,
            device: &self.device,
            user: enrolment.user,
            request: &self.request,
            renews: None,
        };
        match wanted.issue(inside, &realm, now)? {
            Ok(issued) => {
                let mut before = realm.now().issued_to(&self.device)?;
                before.retain(|one| one.serial != issued.row.serial);
                revoke_issued(&realm, now, before)?;
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
                tx.record(self.record(inside, &enrolment, "Certificate refused", KEY_OF_OTHER));
                alarm_about_key(&inside.world, &tx, tenant, &self.device)?;
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

/// Another certificate for the device that asks, with the one before or with a token that it got for that. The ones before
/// stay good until their time is over, so that the device can try the new one first; the new one is revoked with them.
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
        let before = renewed(desk, &realm.now(), &device)?;
        let before = before.ok_or(Refusal::Forbidden)?;
        check_pace(&realm.now().issued_to(&device)?, desk.now())?;
        let wanted = Wanted {
            tenant: &desk.tenant,
            device: &device,
            user: user.id,
            request: &self.0,
            renews: Some(&before.serial),
        };
        let note = |activity, text: String| Note {
            severity: Severity::Warning,
            ..Note::new("DeviceRegistration", activity, &device).text(text)
        };
        match wanted.issue_by(&desk.world.random(), &realm, desk.now())? {
            Ok(issued) => {
                let text = format!(
                    "Certificate {} issued to {device}, which has come with certificate {}",
                    issued.row.serial, before.serial
                );
                desk.note(note("Certificate issued", text));
                Ok(done(Ok(issued.message)))
            }
            Err(Refused::KeyOfOther) => {
                desk.note(note("Certificate refused", KEY_OF_OTHER.to_owned()));
                alarm_about_key(&desk.world, &desk.tx, desk.who().tenant(), &device)?;
                Ok(done(Err(Refusal::Conflict(Conflict::DeviceKeyTaken))))
            }
            Err(Refused::For(refusal)) => Err(refusal),
        }
    }
}

/// Whoever rules a device must not make so many certificates of it that nobody can revoke them at once.
fn check_pace(issued: &[IssuedCertificate], now: Timestamp) -> Result<(), Refusal> {
    let day_before = now.plus_millis(-DAY_MILLIS);
    let is_renewal = |one: &&IssuedCertificate| one.renews.is_some() && one.issued > day_before;
    match issued.iter().filter(is_renewal).count() < RENEWALS_PER_DAY_MAX {
        true => Ok(()),
        false => Err(Refusal::TooOften {
            retry_after_seconds: 60 * 60,
        }),
    }
}

/// The certificate with which a device has come, or got its token, if the tenant's own authority has issued it to this
/// device and nobody has revoked it. Whether it is still let in was asked before.
fn renewed(
    desk: &Changing,
    rows: &RealmRows<'_>,
    device: &DeviceId,
) -> Result<Option<IssuedCertificate>, Refusal> {
    let Some(CertificateTrace(trace)) = desk.caller().identity().came.certificate else {
        return Ok(None);
    };
    let all = rows.device_certificates(desk.who().id())?.unwrap_or_default();
    let Some((used, serial)) = all
        .find(&trace)
        .and_then(|used| Some((used, used.serials.first()?)))
    else {
        return Ok(None);
    };
    // Somebody else's authority may give the same number; it does not stand above the certificate as the own one does.
    let is_it = |issued: &IssuedCertificate| {
        (&issued.device, issued.user, issued.authority, issued.key)
            == (device, desk.who().id(), used.anchor, used.key)
    };
    let issued = rows.issued_certificate(serial)?.filter(is_it);
    Ok(issued.filter(|issued| issued.revoked.is_none()))
}

/// The name of a device by its user.
fn device_of(user: &User) -> Option<DeviceId> {
    let name = user.name.as_str().strip_prefix(DEVICE_USER_PREFIX)?;
    name.parse().ok().filter(|_| user.kind == UserKind::Device)
}

struct Wanted<'w> {
    tenant: &'w Tenant,
    device: &'w DeviceId,
    user: model::ids::PrincipalId,
    request: &'w [u8],
    /// With which certificate the device asks.
    renews: Option<&'w SerialNumber>,
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
        let list = format!(
            "https://{}/certificate-authority/crl?fingerprint={}",
            self.tenant.domain, trusted.facts.fingerprint
        );
        let holder = Holder {
            tenant: self.tenant.id.as_str(),
            device: self.device.as_str(),
            list: &list,
        };
        let made = authority.issue_device(&holder, &request.key, now, serial);
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
            renews: self.renews.cloned(),
            issued: now,
            not_after: certificate.validity().not_after,
            revoked: None,
        };
        realm.put_issued_certificate(&row)?;
        realm.admit_certificates(self.user)?;
        let message = certificates_only(&[certificate]);
        Ok(Ok(Issued { row, message }))
    }
}
