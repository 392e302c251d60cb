//! Tokens of devices: what a device that has shown its certificate sends with requests on which it cannot show it. Signed
//! like the tokens of sessions, by a key of the tenant; neither kind is taken for another.
//!
//! A token names the certificate with which it was asked for, so that it ends with that. It does not know whether the
//! certificate still lets anybody in, nor whether the token was ended before its time.

use crate::token::{BadToken, MILLIS, PresentedToken, SessionId, TokenKey, check_times};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::ids::PrincipalId;
use model::names::{TenantId, UserName};
use model::secret::Secret;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a device's token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceClaims {
    /// For which tenant.
    pub tenant: TenantId,
    /// The host name under which the tenant is reached: devices compare it with the one that they know.
    pub host: String,
    /// The device's user.
    pub principal: PrincipalId,
    /// Its name: for the client to show.
    pub user: UserName,
    /// The revocation epoch of the user when the token was made.
    pub epoch: u64,
    /// Names the token, to end it.
    pub session: SessionId,
    /// Names the certificate: SHA-256 over all of it.
    pub certificate: [u8; 32],
    /// Since when.
    pub issued: Timestamp,
    /// Until when, to the second.
    pub expires: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    iss: String,
    aud: String,
    sub: String,
    ten: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    principal: String,
    epoch: u64,
    /// Only tokens of devices have it, and only they are without what the others have.
    certificate: String,
}

impl TokenKey {
    /// The token of a device.
    pub fn sign_device(&self, claims: &DeviceClaims) -> Result<Secret, BadToken> {
        let payload = Payload {
            iss: claims.host.clone(),
            aud: claims.host.clone(),
            sub: claims.user.to_string(),
            ten: claims.tenant.to_string(),
            iat: claims.issued.millis().div_euclid(MILLIS),
            nbf: claims.issued.millis().div_euclid(MILLIS),
            exp: claims.expires.millis().div_euclid(MILLIS),
            jti: URL_SAFE_NO_PAD.encode(claims.session.0),
            principal: claims.principal.to_string(),
            epoch: claims.epoch,
            certificate: URL_SAFE_NO_PAD.encode(claims.certificate),
        };
        self.sign_payload(&claims.tenant, &payload)
    }
}

impl PresentedToken<'_> {
    /// What it says, if it is one of a device that this key signed for this tenant, and it is good now.
    pub fn open_device(&self, key: &TokenKey, now: Timestamp) -> Result<DeviceClaims, BadToken> {
        let payload: Payload = self.payload(key)?;
        if key.id() != self.key() || payload.ten != self.tenant().as_str() || payload.aud != payload.iss {
            return Err(BadToken::Forged);
        }
        check_times(payload.iat.max(payload.nbf), payload.exp, now)?;
        self.device_claims(payload).ok_or(BadToken::Forged)
    }

    fn device_claims(&self, payload: Payload) -> Option<DeviceClaims> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let at = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(MILLIS));
        Some(DeviceClaims {
            tenant: self.tenant().clone(),
            host: payload.iss,
            principal: payload.principal.parse().ok()?,
            user: payload.sub.parse().ok()?,
            epoch: payload.epoch,
            session: SessionId(bytes(&payload.jti)?.try_into().ok()?),
            certificate: bytes(&payload.certificate)?.try_into().ok()?,
            issued: at(payload.iat),
            expires: at(payload.exp),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{Claims, TokenKeyId};

    const NOW: i64 = 1_790_000_000_000;

    fn key(seed: u8) -> TokenKey {
        TokenKey::from_seed(TokenKeyId([seed; 8]), &[seed; 32]).expect("a key")
    }

    fn claims() -> DeviceClaims {
        DeviceClaims {
            tenant: "t100".parse().expect("a tenant id"),
            host: "t100.example.org".to_owned(),
            principal: PrincipalId::new(7).expect("an id"),
            user: "device_SN-1".parse().expect("a user name"),
            epoch: 3,
            session: SessionId([9; 16]),
            certificate: [8; 32],
            issued: Timestamp::from_millis(NOW),
            expires: Timestamp::from_millis(NOW + 3_600_000),
        }
    }

    fn open(text: &str, key: &TokenKey, at: i64) -> Result<DeviceClaims, BadToken> {
        PresentedToken::parse(text)?.open_device(key, Timestamp::from_millis(at))
    }

    #[test]
    fn a_token_of_a_device_says_what_was_signed_until_it_expires() {
        let text = key(1).sign_device(&claims()).expect("signed");
        assert_eq!(open(text.expose(), &key(1), NOW), Ok(claims()));
        assert_eq!(
            open(text.expose(), &key(1), NOW + 3_600_000),
            Err(BadToken::Expired)
        );
        assert_eq!(open(text.expose(), &key(2), NOW), Err(BadToken::Forged));
        let altered = text.expose().replacen('.', ".A", 1);
        assert_eq!(open(&altered, &key(1), NOW), Err(BadToken::Forged));
        // Devices read the host name out of it: three parts, base64 without padding.
        let parts: Vec<_> = text.expose().split('.').collect();
        let payload = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64");
        let payload: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
        assert_eq!(
            (parts.len(), payload["iss"].as_str()),
            (3, Some("t100.example.org"))
        );
    }

    // R061: what opens one thing opens nothing else.
    #[test]
    fn no_kind_of_token_is_taken_for_another() {
        let of_device = key(1).sign_device(&claims()).expect("signed");
        let presented = PresentedToken::parse(of_device.expose()).expect("in its form");
        let now = Timestamp::from_millis(NOW);
        assert_eq!(presented.open(&key(1), now).err(), Some(BadToken::Forged));
        assert_eq!(presented.open_ticket(&key(1), now).err(), Some(BadToken::Forged));
        let of_session = Claims {
            tenant: claims().tenant,
            user: claims().user,
            principal: claims().principal,
            epoch: 3,
            session: SessionId([9; 16]),
            issued: now,
            expires: now.plus_millis(60_000),
            xsrf: None,
            password_due: false,
            with_code: false,
            by_provider: false,
        };
        let of_session = key(1).sign(&of_session).expect("signed");
        assert_eq!(open(of_session.expose(), &key(1), NOW), Err(BadToken::Forged));
    }
}
