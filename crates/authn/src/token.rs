//! Tokens of sessions: what a person gets for the password once, and sends instead of it from then on (R061).
//!
//! A token is a JWT (RFC 7519) in compact form (RFC 7515), signed with Ed25519 (RFC 8037) by a key of its tenant. There is
//! one kind of header, and it is compared, not interpreted: nothing in a token chooses an algorithm, names a key to be
//! fetched or brings one along. The claims are read only after the signature was found right.
//!
//! It does not know where keys are kept, whether the session was ended, nor whether its principal still exists.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::ids::PrincipalId;
use model::limits::{TOKEN_BYTES_MAX, TOKEN_SKEW_SECONDS};
use model::names::{TenantId, UserName};
use model::secret::Secret;
use model::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// Who signed.
pub(crate) const ISSUER: &str = "holdfast";
/// The only header there is, around the id of the key.
const HEADER_BEFORE: &str = r#"{"alg":"EdDSA","kid":""#;
const HEADER_AFTER: &str = r#"","typ":"JWT"}"#;
pub(crate) const MILLIS: i64 = 1_000;

/// Which of its tenant's keys signed a token. Random, so that no key ever has the id of an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenKeyId(pub [u8; 8]);

impl TokenKeyId {
    fn parse(text: &str) -> Option<Self> {
        let number = u64::from_str_radix(text, 16).ok()?;
        let id = Self(number.to_be_bytes());
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for TokenKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// Names one session, to end it. Random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionId(pub [u8; 16]);

/// As 32 hexadecimal digits.
impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The text has not the form of a session's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("32 hexadecimal digits are expected")]
pub struct BadSessionId;

impl FromStr for SessionId {
    type Err = BadSessionId;

    fn from_str(text: &str) -> Result<Self, BadSessionId> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(BadSessionId);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| BadSessionId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// A key of a tenant for tokens. No `Debug`: it is a secret.
pub struct TokenKey {
    id: TokenKeyId,
    pair: Ed25519KeyPair,
}

/// What a token says.
#[derive(Clone)]
pub struct Claims {
    /// For which tenant.
    pub tenant: TenantId,
    /// Who.
    pub principal: PrincipalId,
    /// By which name: for the client to show.
    pub user: UserName,
    /// The revocation epoch of the principal when the session began.
    pub epoch: u64,
    /// Which session.
    pub session: SessionId,
    /// Since when.
    pub issued: Timestamp,
    /// Until when, to the second.
    pub expires: Timestamp,
    /// What a browser must repeat in a header; only in tokens for cookies.
    pub xsrf: Option<Secret>,
    /// Good for nothing but changing the password.
    pub password_due: bool,
    /// Whether a code of a second factor was given for it.
    pub with_code: bool,
    /// Whether it was opened through an identity provider and not with a password.
    pub by_provider: bool,
}

/// A token as it was presented: in its form, and nothing more.
pub struct PresentedToken<'t> {
    tenant: TenantId,
    key: TokenKeyId,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// Why a token is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not a token of this program, or altered, or of a key that is not there.
    #[error("not a token of a session")]
    Forged,
    /// Once right, and too old now.
    #[error("the token has expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    iss: String,
    aud: String,
    /// The tenant once more, where clients of the API look for it.
    ten: String,
    /// The user's name, where clients of the API look for it. Nothing is decided by it.
    sub: String,
    principal: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    epoch: u64,
    #[serde(rename = "xsrfToken", default, skip_serializing_if = "Option::is_none")]
    xsrf: Option<String>,
    #[serde(rename = "passwordDue", default, skip_serializing_if = "std::ops::Not::not")]
    password_due: bool,
    #[serde(rename = "secondFactor", default, skip_serializing_if = "std::ops::Not::not")]
    with_code: bool,
    #[serde(rename = "byProvider", default, skip_serializing_if = "std::ops::Not::not")]
    by_provider: bool,
}

impl TokenKey {
    /// The key of 32 secret random bytes (RFC 8032, section 5.1.5).
    pub fn from_seed(id: TokenKeyId, seed: &[u8; 32]) -> Result<Self, BadToken> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BadToken::Forged)?;
        Ok(Self { id, pair })
    }

    /// Which key it is.
    pub fn id(&self) -> TokenKeyId {
        self.id
    }

    /// The token of these claims.
    pub fn sign(&self, claims: &Claims) -> Result<Secret, BadToken> {
        let payload = Payload {
            iss: ISSUER.to_owned(),
            aud: claims.tenant.to_string(),
            ten: claims.tenant.to_string(),
            sub: claims.user.to_string(),
            principal: claims.principal.to_string(),
            iat: claims.issued.millis().div_euclid(MILLIS),
            nbf: claims.issued.millis().div_euclid(MILLIS),
            exp: claims.expires.millis().div_euclid(MILLIS),
            jti: URL_SAFE_NO_PAD.encode(claims.session.0),
            epoch: claims.epoch,
            xsrf: claims.xsrf.as_ref().map(|xsrf| xsrf.expose().to_owned()),
            password_due: claims.password_due,
            with_code: claims.with_code,
            by_provider: claims.by_provider,
        };
        self.sign_payload(&claims.tenant, &payload)
    }

    /// The token with this payload, for this tenant.
    pub(crate) fn sign_payload(
        &self,
        tenant: &TenantId,
        payload: &impl Serialize,
    ) -> Result<Secret, BadToken> {
        let payload = serde_json::to_vec(payload).map_err(|_| BadToken::Forged)?;
        let header = format!("{HEADER_BEFORE}{tenant}.{}{HEADER_AFTER}", self.id);
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes()));
        Ok(Secret::new(format!("{signed}.{signature}")))
    }
}

impl<'t> PresentedToken<'t> {
    /// Takes a token apart. Its length is looked at first, and then its header, which must be that of this program.
    pub fn parse(text: &'t str) -> Result<Self, BadToken> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(BadToken::Forged);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(BadToken::Forged)?;
        let (header, payload) = signed.split_once('.').ok_or(BadToken::Forged)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| BadToken::Forged)?;
        let key = std::str::from_utf8(&header)
            .ok()
            .and_then(|header| header.strip_prefix(HEADER_BEFORE)?.strip_suffix(HEADER_AFTER))
            .and_then(|key| key.rsplit_once('.'));
        let (tenant, key) = key.ok_or(BadToken::Forged)?;
        Ok(Self {
            tenant: tenant.parse().map_err(|_| BadToken::Forged)?,
            key: TokenKeyId::parse(key).ok_or(BadToken::Forged)?,
            signed,
            payload,
            signature,
        })
    }

    /// The tenant whose key it says signed it.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Which key it says signed it.
    pub fn key(&self) -> TokenKeyId {
        self.key
    }

    /// What it says, if this key signed it for this tenant and it is good now.
    pub fn open(&self, key: &TokenKey, now: Timestamp) -> Result<Claims, BadToken> {
        let payload: Payload = self.payload(key)?;
        let tenant = self.tenant.as_str();
        if key.id != self.key || payload.iss != ISSUER || payload.aud != tenant || payload.ten != tenant {
            return Err(BadToken::Forged);
        }
        check_times(payload.iat.max(payload.nbf), payload.exp, now)?;
        self.claims(payload).ok_or(BadToken::Forged)
    }

    /// The payload, if this key signed it.
    pub(crate) fn payload<P: DeserializeOwned>(&self, key: &TokenKey) -> Result<P, BadToken> {
        let signature = URL_SAFE_NO_PAD
            .decode(self.signature)
            .map_err(|_| BadToken::Forged)?;
        UnparsedPublicKey::new(&ED25519, key.pair.public_key().as_ref())
            .verify(self.signed.as_bytes(), &signature)
            .map_err(|_| BadToken::Forged)?;
        let payload = URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| BadToken::Forged)?;
        serde_json::from_slice(&payload).map_err(|_| BadToken::Forged)
    }

    fn claims(&self, payload: Payload) -> Option<Claims> {
        let session = URL_SAFE_NO_PAD.decode(&payload.jti).ok()?;
        let at = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(MILLIS));
        Some(Claims {
            tenant: self.tenant.clone(),
            user: payload.sub.parse().ok()?,
            principal: payload.principal.parse().ok()?,
            epoch: payload.epoch,
            session: SessionId(session.try_into().ok()?),
            issued: at(payload.iat),
            expires: at(payload.exp),
            xsrf: payload.xsrf.map(Secret::new),
            password_due: payload.password_due,
            with_code: payload.with_code,
            by_provider: payload.by_provider,
        })
    }
}

/// Whether a token that was issued and expires at these seconds is good now.
pub(crate) fn check_times(issued: i64, expires: i64, now: Timestamp) -> Result<(), BadToken> {
    let seconds = now.millis().div_euclid(MILLIS);
    if issued > seconds.saturating_add(TOKEN_SKEW_SECONDS) {
        return Err(BadToken::Forged);
    }
    match seconds >= expires {
        true => Err(BadToken::Expired),
        false => Ok(()),
    }
}

impl Claims {
    /// Whether a browser's request repeats what only a page of this origin can read. A token that was not made for a
    /// cookie has nothing to repeat, and opens nothing from one. Takes the same time wherever the first difference is.
    pub fn is_repeated_by(&self, header: Option<&str>) -> bool {
        let both = self.xsrf.as_ref().zip(header);
        both.is_some_and(|(xsrf, header)| xsrf.expose().as_bytes().ct_eq(header.as_bytes()).into())
    }
}

/// The value that a browser must repeat, of random bytes that are used for nothing else.
pub fn xsrf_value(random: &[u8; 16]) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(random))
}

#[cfg(test)]
mod tests;
