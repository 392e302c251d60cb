//! Tokens of identity providers outside (OpenID Connect Core 1.0, RFC 7519, RFC 8725): whether one was signed by a key of the
//! expected issuer, for this platform, for this sign-in and for now. Keys come from the caller; nothing is fetched.
//!
//! What a token says of its own keys (`jwk`, `jku`, `x5c`, `x5u`) is not looked at. The algorithm is that of the key: the
//! token only names it once more.

mod json;
mod keys;

pub use json::strict_object;
pub use keys::{BadKeys, ProviderKeys};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keys::{Algorithm, ProviderKey};
use model::json::{Json, Object};
use model::limits::{IDENTITY_SKEW_SECONDS, IDENTITY_TOKEN_BYTES_MAX};
use model::time::Timestamp;
use subtle::ConstantTimeEq;

const MILLIS: i64 = 1_000;
/// A time beyond this is none: seconds until the year 9999.
const SECONDS_MAX: i64 = 253_402_300_799;

/// Why a token of a provider is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadIdentityToken {
    /// No token of this form, or too large, or with something in it twice.
    #[error("not a token that can be read")]
    Form,
    /// Signed with a key that the issuer does not have, or in a way in which it is not used.
    #[error("signed with a key that the issuer does not have")]
    UnknownKey,
    /// The signature is not of that key.
    #[error("the signature is wrong")]
    Signature,
    /// Of another issuer.
    #[error("of another issuer")]
    Issuer,
    /// Made for somebody else.
    #[error("made for somebody else")]
    Audience,
    /// Too late.
    #[error("expired")]
    Expired,
    /// Too early.
    #[error("not good yet")]
    Early,
    /// Made for another sign-in.
    #[error("made for another sign-in")]
    Nonce,
    /// A claim that must be there is not, or is of another type.
    #[error("a claim is missing or of the wrong type")]
    Claims,
    /// Of another person than the token beside it, or not the one that came with it.
    #[error("the two tokens do not belong together")]
    Pair,
}

/// What is expected of a token.
#[derive(Clone, Copy)]
pub struct Expected<'e> {
    /// Who signs: exactly this.
    pub issuer: &'e str,
    /// The name under which the issuer knows this platform.
    pub client: &'e str,
    /// The time.
    pub now: Timestamp,
}

/// A token as it came: in its form, and nothing more.
pub struct OutsideToken<'t> {
    algorithm: Algorithm,
    key: Option<String>,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq)]
pub struct OutsideClaims {
    /// Who, for this issuer.
    pub subject: String,
    /// Everything.
    pub all: Object,
    algorithm: Algorithm,
}

impl<'t> OutsideToken<'t> {
    /// Takes a token apart. Its length is looked at first.
    pub fn parse(text: &'t str) -> Result<Self, BadIdentityToken> {
        if text.len() > IDENTITY_TOKEN_BYTES_MAX {
            return Err(BadIdentityToken::Form);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(BadIdentityToken::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(BadIdentityToken::Form)?;
        // Five parts are an encrypted token, which nobody has a key for.
        if payload.contains('.') {
            return Err(BadIdentityToken::Form);
        }
        let header = decoded(header)?;
        let word = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.to_string())),
            Some(_) => Err(BadIdentityToken::Form),
        };
        // What must be understood and is not: refused (RFC 7515, 4.1.11).
        if header.contains("crit") {
            return Err(BadIdentityToken::Form);
        }
        let is_token = |kind: String| {
            ["jwt", "at+jwt", "application/at+jwt"].contains(&kind.to_ascii_lowercase().as_str())
        };
        if !word("typ")?.is_none_or(is_token) {
            return Err(BadIdentityToken::Form);
        }
        let algorithm = word("alg")?.as_deref().and_then(Algorithm::named);
        Ok(Self {
            algorithm: algorithm.ok_or(BadIdentityToken::UnknownKey)?,
            key: word("kid")?,
            signed,
            payload,
            signature,
        })
    }

    /// Whether the issuer has a key that could have signed it.
    pub fn is_of(&self, keys: &ProviderKeys) -> bool {
        keys.fitting(self.key.as_deref(), self.algorithm).next().is_some()
    }

    /// What a token says that was made for this platform and this sign-in.
    pub fn open_id(
        &self,
        keys: &ProviderKeys,
        expected: Expected<'_>,
        nonce: &str,
    ) -> Result<OutsideClaims, BadIdentityToken> {
        let claims = self.open(keys, expected)?;
        let audiences = audiences(&claims.all)?;
        let party = text(&claims.all, "azp")?;
        let is_ours = audiences.contains(&expected.client)
            && party.is_none_or(|party| party == expected.client)
            && (audiences.len() == 1 || party.is_some());
        if !is_ours {
            return Err(BadIdentityToken::Audience);
        }
        let same = |sent: &str| sent.as_bytes().ct_eq(nonce.as_bytes()).into();
        match text(&claims.all, "nonce")?.is_some_and(same) {
            true => Ok(claims),
            false => Err(BadIdentityToken::Nonce),
        }
    }

    /// What an access token says that came beside an opened token: of the same person, and given to this client.
    pub fn open_access(
        &self,
        keys: &ProviderKeys,
        expected: Expected<'_>,
        audience: Option<&str>,
        beside: &OutsideClaims,
    ) -> Result<OutsideClaims, BadIdentityToken> {
        let claims = self.open(keys, expected)?;
        let audiences = audiences(&claims.all)?;
        let is_meant = match audience {
            Some(audience) => audiences.contains(&audience),
            None => audiences.contains(&expected.client) || given_to(&claims.all)?.contains(&expected.client),
        };
        // The party is looked at whatever the audience: else a token of another client would do.
        let given = given_to(&claims.all)?;
        if !is_meant || given.iter().any(|party| *party != expected.client) {
            return Err(BadIdentityToken::Audience);
        }
        let hash = text(&beside.all, "at_hash")?;
        let fits = hash.is_none_or(|hash| self.hash(beside.algorithm) == hash);
        match claims.subject == beside.subject && fits {
            true => Ok(claims),
            false => Err(BadIdentityToken::Pair),
        }
    }

    /// The left half of the token's hash (OpenID Connect Core 1.0, 3.1.3.6).
    fn hash(&self, algorithm: Algorithm) -> String {
        let whole = format!("{}.{}", self.signed, self.signature);
        let hash = digest::digest(algorithm.digest(), whole.as_bytes());
        let half = hash.as_ref().split_at(hash.as_ref().len() / 2).0;
        URL_SAFE_NO_PAD.encode(half)
    }

    fn open(&self, keys: &ProviderKeys, expected: Expected<'_>) -> Result<OutsideClaims, BadIdentityToken> {
        let signature = bytes(self.signature)?;
        let mut fitting = keys.fitting(self.key.as_deref(), self.algorithm).peekable();
        if fitting.peek().is_none() {
            return Err(BadIdentityToken::UnknownKey);
        }
        let signs = |key: &ProviderKey| key.verifies(self.signed.as_bytes(), &signature);
        if !fitting.any(signs) {
            return Err(BadIdentityToken::Signature);
        }
        let all = decoded(self.payload)?;
        if text(&all, "iss")? != Some(expected.issuer) {
            return Err(BadIdentityToken::Issuer);
        }
        check_times(&all, expected.now)?;
        let subject = text(&all, "sub")?.filter(|sub| !sub.is_empty() && sub.len() <= 255);
        Ok(OutsideClaims {
            subject: subject.ok_or(BadIdentityToken::Claims)?.to_owned(),
            all,
            algorithm: self.algorithm,
        })
    }
}

impl OutsideClaims {
    /// Whether the issuer says that it asked for more than one factor (RFC 8176).
    pub fn with_factors(&self) -> bool {
        match self.all.get("amr") {
            Some(Json::Array(methods)) => methods.iter().any(|method| method.as_str() == Some("mfa")),
            _ => false,
        }
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, BadIdentityToken> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| BadIdentityToken::Form)
}

fn decoded(text: &str) -> Result<Object, BadIdentityToken> {
    strict_object(&bytes(text)?).ok_or(BadIdentityToken::Form)
}

fn text<'c>(claims: &'c Object, name: &str) -> Result<Option<&'c str>, BadIdentityToken> {
    match claims.get(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(BadIdentityToken::Claims),
    }
}

/// For whom a token is: one name or several.
fn audiences(claims: &Object) -> Result<Vec<&str>, BadIdentityToken> {
    match claims.get("aud") {
        Some(Json::String(one)) => Ok(vec![one]),
        Some(Json::Array(several)) => several
            .iter()
            .map(|one| one.as_str().ok_or(BadIdentityToken::Claims))
            .collect(),
        None => Ok(Vec::new()),
        Some(_) => Err(BadIdentityToken::Claims),
    }
}

/// To whom a token was given, by the names that are in use for it.
fn given_to(claims: &Object) -> Result<Vec<&str>, BadIdentityToken> {
    let parties = ["azp", "client_id", "appid"].map(|name| text(claims, name));
    parties.into_iter().filter_map(Result::transpose).collect()
}

fn seconds(claims: &Object, name: &str) -> Result<Option<i64>, BadIdentityToken> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let number = value.as_number().ok_or(BadIdentityToken::Claims)?.as_f64();
    // Fractions of seconds are allowed (RFC 7519, section 2), and count for nothing here.
    match (0.0..=SECONDS_MAX as f64).contains(&number) {
        true => Ok(Some(number as i64)),
        false => Err(BadIdentityToken::Claims),
    }
}

fn check_times(claims: &Object, now: Timestamp) -> Result<(), BadIdentityToken> {
    let now = now.millis().div_euclid(MILLIS);
    let expires = seconds(claims, "exp")?.ok_or(BadIdentityToken::Claims)?;
    let issued = seconds(claims, "iat")?.ok_or(BadIdentityToken::Claims)?;
    let begins = seconds(claims, "nbf")?.unwrap_or(issued).max(issued);
    if begins > now + IDENTITY_SKEW_SECONDS {
        return Err(BadIdentityToken::Early);
    }
    match now >= expires + IDENTITY_SKEW_SECONDS {
        true => Err(BadIdentityToken::Expired),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
