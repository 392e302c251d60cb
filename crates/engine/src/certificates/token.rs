//! Tokens for devices that have shown their certificate: for requests on which they cannot show it. A token ends with the
//! certificate, with its user, with the tenant's keys, or when the device says so.

use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{FaultId, Refusal};
use crate::sessions::current_key;
use crate::sign_in::key_of;
use crate::work::{Command, Then, done};
use authn::device_token::DeviceClaims;
use authn::token::SessionId;
use model::secret::Secret;
use policy::operations::certificates::DeviceTokenIssue;

const SECOND_MILLIS: i64 = 1_000;

impl Door {
    /// A token for a device whose connection began with its certificate; forbidden to everybody else.
    pub async fn device_token(&self, caller: &Caller) -> Result<Secret, Refusal> {
        self.run(caller, IssueDeviceToken).await
    }
}

struct IssueDeviceToken;

impl Command for IssueDeviceToken {
    type Operation = DeviceTokenIssue;
    type Answer = Secret;

    fn change(&self, desk: &Changing) -> Result<Then<Secret>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<DeviceTokenIssue>()?);
        let who = desk.caller().identity();
        let shown = who.came.certificate.filter(|_| desk.caller().is_by_certificate());
        let shown = shown.ok_or(Refusal::Forbidden)?;
        let certificates = realm
            .now()
            .device_certificates(who.principal)?
            .unwrap_or_default();
        // A token does not outlive the certificate.
        let until = certificates.find(&shown.0).ok_or(Refusal::NotSignedIn)?.until;
        let (now, life) = (desk.now(), realm.now().device_token_seconds()?);
        let claims = DeviceClaims {
            tenant: who.tenant_id.clone(),
            host: desk.tenant.domain.to_string(),
            principal: who.principal,
            user: who.name.clone(),
            epoch: who.epoch,
            session: SessionId(desk.world.random()),
            certificate: shown.0,
            issued: now,
            expires: now.plus_millis(i64::from(life) * SECOND_MILLIS).min(until),
        };
        let damaged = || Refusal::Fault(FaultId::report(&"a key for tokens is damaged"));
        let key = key_of(&current_key(&realm, &desk.world, now)?).ok_or_else(damaged)?;
        let token = key.sign_device(&claims).map_err(|_| damaged())?;
        desk.note(Note::new("UserAuthentication", "Device token issued", &who.name));
        Ok(done(token))
    }
}
