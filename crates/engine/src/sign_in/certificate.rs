//! Signing in with a certificate that was shown in a TLS handshake (R068, R076, R083). Trust, revocation, the device's user
//! and whose key it is are read anew for every request and for whoever stays, so that whatever ends one of them ends it.
//!
//! There is no throttle here: nobody guesses a key. What is new is written before anybody is let in: a user for a device
//! that registers itself, whose key it is from now on, and with which certificates a device comes.

use super::{Claim, Found, Offered};
use crate::caller::{Caller, Came, CertificateTrace, actor_kind};
use crate::certificates::{Judged, alarm_about_key, judge};
use crate::door::{Door, Inside, Refused};
use crate::refusal::Refusal;
use crate::registration::new_device;
use crate::setup::system_record;
use audit::record::{Actor, Record, Severity};
use authn::throttle::AddressPrefix;
use authn::verify::AuthenticationFailure;
use model::certificates::{DeviceCertificates, TrustStatus, UsedCertificate};
use model::ids::{PrincipalId, TenantNumber};
use model::limits::CONFLICT_RETRIES_MAX;
use model::names::TenantId;
use model::registration::DeviceId;
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use model::users::{User, UserKind};
use pki::chain::Chain;
use policy::decide::decide_public;
use policy::operations::certificates::DeviceEnrol;
use policy::proof::SystemReason;
use std::net::IpAddr;
use std::sync::Arc;
use store::fault::{CommitFailed, StoreFault};
use store::transaction::WriteTx;
use store::view::View;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// What a device has shown in a TLS handshake in which it has proved to hold the key of the first certificate.
#[derive(Clone)]
pub struct ShownCertificates {
    /// Its own certificate, and those above it.
    pub chain: Chain,
    /// The tenant that it names with a user name.
    pub tenant: Option<TenantId>,
}

/// A device whose certificate is trusted.
struct Arriving {
    device: DeviceId,
    tenant: Tenant,
    judged: Judged,
    /// Names its certificate, and its key.
    trace: [u8; 32],
    key: [u8; 32],
}

/// How a device that is let in stands.
enum Standing {
    /// Known, with this certificate.
    Known,
    /// Something about it is to be written first.
    New,
}

type Judgement = Result<(Arriving, Standing), AuthenticationFailure>;

impl Door {
    /// Whether any tenant would let a device with this chain in: for the TLS handshake, so that a device is told there. No
    /// caller comes of it. Costs a few reads.
    pub fn is_trusted(&self, chain: &Chain) -> bool {
        let asked = self.at_once(|| Ok(self.0.is_trusted(chain)?));
        asked.unwrap_or(false)
    }

    /// Records a device that was refused in its TLS handshake. It may be anybody: certificates are public, and that it holds
    /// the key was not proved.
    pub async fn refuse_certificates(&self, chain: Chain, address: IpAddr) -> Result<(), Refusal> {
        let looked_up = self.at_once(|| {
            let named = self.0.tenant_named(None, None)?.map(|tenant| tenant.number);
            match chain.leaf().and_then(device_named) {
                Some(device) => Ok(self.0.refused_device(&device, &chain, named)?),
                None => Ok(Found::nobody()),
            }
        });
        let found = looked_up.map_err(|refused| refused.refusal)?;
        let claim = Claim {
            credential: Offered::Certificate(ShownCertificates { chain, tenant: None }),
            host: None,
            address,
            application: None,
        };
        let failure = AuthenticationFailure::CertificateNotTrusted;
        self.record_sign_in(&claim, &found, Some(failure)).await
    }

    pub(super) async fn check_certificate(
        &self,
        claim: &Claim,
        shown: &ShownCertificates,
    ) -> Result<Caller, Refusal> {
        for _ in 0..=CONFLICT_RETRIES_MAX {
            let looked_up = self.at_once(|| self.0.look_up_certificate(claim, shown));
            let (found, judgement) = looked_up.map_err(|refused| refused.refusal)?;
            let arriving = match judgement {
                Ok((arriving, Standing::Known)) => {
                    let came = Came {
                        certificate: Some(CertificateTrace(arriving.trace)),
                        ..Came::default()
                    };
                    return self.admit(claim, &found, came).await;
                }
                Ok((arriving, Standing::New)) => arriving,
                Err(failure) => {
                    if let (AuthenticationFailure::KeyOfOther, Some(tenant)) = (failure, &found.tenant) {
                        self.tell_of_key(tenant, shown).await?;
                    }
                    self.record_sign_in(claim, &found, Some(failure)).await?;
                    return Err(Refusal::NotSignedIn);
                }
            };
            if found.user.is_none() {
                let now_millis = self.0.world.monotonic_millis();
                let address = AddressPrefix::from(claim.address);
                self.0.registrations.poll(address, now_millis)?;
            }
            self.welcome(claim, shown, arriving).await?;
        }
        Err(Refusal::Busy)
    }

    /// Writes what is new about a device. It is looked at anew afterwards, also when something came in between.
    async fn welcome(
        &self,
        claim: &Claim,
        shown: &ShownCertificates,
        arriving: Arriving,
    ) -> Result<(), Refusal> {
        let (inside, chain, address) = (self.0.clone(), shown.chain.clone(), claim.address.to_string());
        let prepared = self.work(move || Ok(inside.prepare_welcome(&arriving, &chain, address)?));
        let tx = prepared.await.map_err(|refused| refused.refusal)?;
        match self.0.store.commit(tx).await {
            Ok(_) | Err(CommitFailed::Conflict) => Ok(()),
            Err(failed) => Err(failed.into()),
        }
    }

    /// Raises an alarm about a key that a second device shows.
    async fn tell_of_key(&self, tenant: &Tenant, shown: &ShownCertificates) -> Result<(), Refusal> {
        let device = shown.chain.leaf().and_then(device_named);
        let Some(device) = device else { return Ok(()) };
        let (inside, number) = (self.0.clone(), tenant.number);
        let prepared = self.work(move || {
            let proof = decide_public::<DeviceEnrol>(number).map_err(|_| Refusal::Forbidden)?;
            let tx = inside.store.write_for(&proof)?;
            alarm_about_key(&inside.world, &tx, number, &device)?;
            Ok(tx)
        });
        let tx = prepared.await.map_err(|refused| refused.refusal)?;
        match self.0.store.commit(tx).await {
            // Somebody else has just raised it.
            Ok(_) | Err(CommitFailed::Conflict) => Ok(()),
            Err(failed) => Err(failed.into()),
        }
    }
}

/// The device that a certificate names.
fn device_named(leaf: &pki::certificate::Certificate) -> Option<DeviceId> {
    leaf.common_name()?.parse().ok()
}

/// What is kept of a device that shows a certificate.
struct Kept {
    user: Option<User>,
    certificates: Option<DeviceCertificates>,
    /// Whose key it is.
    holder: Option<DeviceId>,
}

impl Kept {
    /// Whether the device is let in, with a certificate that is trusted.
    fn judge(&self, arriving: &Arriving, now: Timestamp) -> Result<Standing, AuthenticationFailure> {
        let is_other = |holder: &DeviceId| *holder != arriving.device;
        if self.holder.as_ref().is_some_and(is_other) {
            return Err(AuthenticationFailure::KeyOfOther);
        }
        let registers = arriving.judged.anchor.auto_registration;
        let Some(user) = &self.user else {
            // A device whose user was deleted does not register itself: its key is known.
            return match registers && self.holder.is_none() {
                true => Ok(Standing::New),
                false => Err(AuthenticationFailure::DeviceNotRegistered),
            };
        };
        if user.kind != UserKind::Device {
            return Err(AuthenticationFailure::DeviceNotRegistered);
        }
        if !user.enabled {
            return Err(AuthenticationFailure::Disabled);
        }
        let Some(certificates) = &self.certificates else {
            return match registers {
                true => Ok(Standing::New),
                false => Err(AuthenticationFailure::DeviceNotRegistered),
            };
        };
        let is_fresh = |used: &UsedCertificate| {
            let age_millis = now.millis().saturating_sub(used.last.millis());
            used.anchor == arriving.judged.anchor.facts.fingerprint
                && used.serials == arriving.judged.serials
                && age_millis < DAY_MILLIS
        };
        let is_known = certificates.find(&arriving.trace).is_some_and(is_fresh);
        match is_known && self.holder.is_some() {
            true => Ok(Standing::Known),
            false => Ok(Standing::New),
        }
    }
}

impl Inside {
    fn look_up_certificate(
        &self,
        claim: &Claim,
        shown: &ShownCertificates,
    ) -> Result<(Found, Judgement), Refused> {
        let refused = |failure| Ok((Found::nobody(), Err(failure)));
        let Some(leaf) = shown.chain.leaf() else {
            return refused(AuthenticationFailure::CertificateNotTrusted);
        };
        let Some(device) = device_named(leaf) else {
            return refused(AuthenticationFailure::CertificateName);
        };
        let named = self.tenant_named(shown.tenant.as_ref(), claim.host.as_ref())?;
        let named = named.map(|tenant| tenant.number);
        let let_in = self.tenant_trusting(&shown.chain, named)?;
        let (Some(let_in), Ok(key)) = (let_in, leaf.public_key()) else {
            let found = self.refused_device(&device, &shown.chain, named)?;
            return Ok((found, Err(AuthenticationFailure::CertificateNotTrusted)));
        };
        let arriving = Arriving {
            trace: leaf.trace(),
            key: key.trace(),
            device,
            tenant: let_in.tenant,
            judged: let_in.judged,
        };
        let view = self.store.view(arriving.tenant.number)?;
        let tenant = &arriving.tenant;
        let Ok(name) = arriving.device.user_name() else {
            return refused(AuthenticationFailure::CertificateName);
        };
        let user = view.sign_in_facts(tenant, &name)?.map(|facts| facts.user);
        let certificates = match &user {
            Some(user) => view.device_certificates(tenant, user.id)?,
            None => None,
        };
        let kept = Kept {
            certificates,
            holder: view.device_with_key(tenant, &arriving.key)?,
            user,
        };
        // A device that was disconnected stays out, whoever has signed a certificate for it (R079).
        let judgement = match view.is_device_blocked(tenant, &arriving.device)? {
            true => Err(AuthenticationFailure::Disabled),
            false => kept.judge(&arriving, self.world.now()),
        };
        let found = Found {
            user: kept.user,
            ..Found::no_user_of(tenant.clone())
        };
        Ok((found, judgement.map(|standing| (arriving, standing))))
    }

    /// Whose log is to tell of a device whose certificate does not let it in, or not any more.
    fn refused_device(
        &self,
        device: &DeviceId,
        chain: &Chain,
        named: Option<TenantNumber>,
    ) -> Result<Found, StoreFault> {
        let Some(tenant) = self.tenant_of_refused(chain, named)? else {
            return Ok(Found::nobody());
        };
        let view = self.store.view(tenant.number)?;
        let facts = match device.user_name() {
            Ok(name) => view.sign_in_facts(&tenant, &name)?,
            Err(_) => None,
        };
        Ok(Found {
            user: facts.map(|facts| facts.user),
            ..Found::no_user_of(tenant)
        })
    }

    /// Prepares what is new about a device; nothing if it would not be let in any more.
    fn prepare_welcome(
        self: &Arc<Self>,
        arriving: &Arriving,
        chain: &Chain,
        address: String,
    ) -> Result<WriteTx, Refusal> {
        let number = arriving.tenant.number;
        let proof = decide_public::<DeviceEnrol>(number).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        // Noted before the catalogue is read, as for every command: a suspension in between is not overlooked.
        tx.rules_epoch(number)?;
        let tenant = self.store.catalogue()?.tenant(number)?;
        if !tenant.is_some_and(|tenant| tenant.status == TenantStatus::Active) {
            return Ok(tx);
        }
        let (realm, now) = (tx.realm(proof), self.world.now());
        let anchor = realm
            .now()
            .trusted_certificate(arriving.judged.anchor.facts.fingerprint)?;
        let trusted: Vec<_> = anchor.into_iter().collect();
        let judged = judge(chain, &trusted, now, |serial| {
            Ok(realm.now().revoked(serial)?.is_some())
        })?;
        let Some(judged) = judged else { return Ok(tx) };
        let name = arriving.device.user_name();
        let name = name.map_err(|_| Refusal::NotSignedIn)?;
        let user = realm.now().user_named(&name)?;
        let kept = Kept {
            certificates: match &user {
                Some(user) => realm.now().device_certificates(user.id)?,
                None => None,
            },
            holder: realm.now().device_with_key(&arriving.key)?,
            user,
        };
        if !matches!(kept.judge(arriving, now), Ok(Standing::New)) {
            return Ok(tx);
        }
        let is_new_device = kept.user.is_none();
        let user = match kept.user {
            Some(user) => user,
            None => {
                let user = new_device(&realm, name)?;
                realm.create_user(&user)?;
                user
            }
        };
        realm.bind_key(&arriving.key, &arriving.device)?;
        let mut certificates = kept.certificates.unwrap_or_default();
        let before = certificates.find(&arriving.trace).map(|used| used.first);
        certificates.put(UsedCertificate {
            trace: arriving.trace,
            key: arriving.key,
            anchor: judged.anchor.facts.fingerprint,
            serials: judged.serials,
            until: judged.until,
            first: before.unwrap_or(now),
            last: now,
        });
        realm.put_device_certificates(user.id, &certificates)?;
        if is_new_device || before.is_none() {
            tx.record(self.record_of_arrival(&user, arriving, is_new_device, address));
        }
        Ok(tx)
    }

    /// The record of what the device itself does, which nobody has signed in for.
    fn record_of_arrival(&self, user: &User, arriving: &Arriving, is_new: bool, address: String) -> Record {
        let (activity, what) = match is_new {
            true => (
                "Device registered",
                "registered itself, as the trusted certificate allows",
            ),
            false => ("Certificate first used", "came with a certificate that is new"),
        };
        let anchor = &arriving.judged.anchor.facts;
        let serial = arriving.judged.serials.first().map(ToString::to_string);
        let text = format!(
            "{} {what}: serial number {}, below {} ({})",
            arriving.device,
            serial.unwrap_or_default(),
            anchor.subject,
            anchor.fingerprint
        );
        let record = system_record(
            &self.world,
            SystemReason::Registration,
            ("DeviceRegistration", activity, text),
            Some(arriving.device.to_string()),
        );
        Record {
            actor: Actor {
                principal: Some(user.id),
                name: user.name.to_string(),
                kind: actor_kind(UserKind::Device),
            },
            address: Some(address),
            severity: Severity::Warning,
            ..record
        }
    }

    /// Whether the certificate that a caller came in with, or with which its token was made, still lets it in.
    pub(super) fn is_certificate_good(
        &self,
        view: &View,
        tenant: &Tenant,
        user: PrincipalId,
        CertificateTrace(trace): CertificateTrace,
    ) -> Result<bool, StoreFault> {
        let certificates = view.device_certificates(tenant, user)?.unwrap_or_default();
        let Some(used) = certificates.find(&trace) else {
            return Ok(false);
        };
        let anchor = view.trusted_certificate(tenant, used.anchor)?;
        let is_enabled = anchor.is_some_and(|anchor| anchor.status == TrustStatus::Enabled);
        if !is_enabled || self.world.now() >= used.until {
            return Ok(false);
        }
        for serial in &used.serials {
            if view.is_serial_revoked(tenant, serial)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
