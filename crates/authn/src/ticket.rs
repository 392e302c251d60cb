//! Tokens for notifications: what a subscriber shows when it connects, because some clients can set no header then. Signed
//! like the tokens of sessions, by a key of the tenant, and good for nothing else: neither kind is taken for the other.
//!
//! A token says for whom it was made and with which credential, so that it ends with them. Clients read the subscriber, the
//! topic and the times out of it, to ask for a new one. It does not know whether the subscriber is there.

use crate::token::{BadToken, ISSUER, MILLIS, PresentedToken, SessionId, TokenKey, check_times};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::ids::{PrincipalId, ServiceKeyId};
use model::notifications::{SubscriberName, Topic};
use model::secret::Secret;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// For whom all of them are.
const AUDIENCE: &str = "notification2";
/// What stands between the tenant and the name of the topic.
const KEPT: &str = "/relnotif/";
const NOT_KEPT: &str = "/relnotif-nonpersistent/";

/// What a token for notifications says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Whose rights count.
    pub principal: PrincipalId,
    /// The revocation epoch of the principal when it was made.
    pub epoch: u64,
    /// The session in which it was made.
    pub session: Option<SessionId>,
    /// The key of a service account with which it was made.
    pub key: Option<ServiceKeyId>,
    /// The certificate of the device that it was made for, or that its own token names: SHA-256 over all of it.
    pub certificate: Option<[u8; 32]>,
    /// Whether the session was opened through an identity provider.
    pub by_provider: bool,
    /// What it opens.
    pub topic: Topic,
    /// As whom.
    pub subscriber: SubscriberName,
    /// Whether several clients may share it.
    pub shared: bool,
    /// Since when, to the millisecond.
    pub issued: Timestamp,
    /// Until when a client may connect with it, to the second.
    pub expires: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    iss: String,
    aud: String,
    sub: String,
    topic: String,
    iat: i64,
    exp: i64,
    jti: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shared: bool,
    #[serde(rename = "issuedMillis")]
    issued_millis: i64,
    principal: String,
    epoch: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(rename = "serviceKey", default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(rename = "byProvider", default, skip_serializing_if = "std::ops::Not::not")]
    by_provider: bool,
}

impl TokenKey {
    /// The token of a ticket of this tenant, with a name of its own.
    pub fn sign_ticket(
        &self,
        tenant: &model::names::TenantId,
        ticket: &Ticket,
        name: [u8; 16],
    ) -> Result<Secret, BadToken> {
        let kind = if ticket.topic.non_persistent {
            NOT_KEPT
        } else {
            KEPT
        };
        let payload = Payload {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: ticket.subscriber.to_string(),
            topic: format!("{tenant}{kind}{}", ticket.topic.name),
            iat: ticket.issued.millis().div_euclid(MILLIS),
            exp: ticket.expires.millis().div_euclid(MILLIS),
            jti: URL_SAFE_NO_PAD.encode(name),
            shared: ticket.shared,
            issued_millis: ticket.issued.millis(),
            principal: ticket.principal.to_string(),
            epoch: ticket.epoch,
            session: ticket.session.map(|SessionId(id)| URL_SAFE_NO_PAD.encode(id)),
            key: ticket.key.map(|key| key.to_string()),
            certificate: ticket.certificate.map(|trace| URL_SAFE_NO_PAD.encode(trace)),
            by_provider: ticket.by_provider,
        };
        self.sign_payload(tenant, &payload)
    }
}

impl PresentedToken<'_> {
    /// What it says, if it is one for notifications that this key signed for this tenant, and it is good now.
    pub fn open_ticket(&self, key: &TokenKey, now: Timestamp) -> Result<Ticket, BadToken> {
        let payload: Payload = self.payload(key)?;
        if key.id() != self.key() || payload.iss != ISSUER || payload.aud != AUDIENCE {
            return Err(BadToken::Forged);
        }
        check_times(payload.iat, payload.exp, now)?;
        self.ticket(payload).ok_or(BadToken::Forged)
    }

    fn ticket(&self, payload: Payload) -> Option<Ticket> {
        let kind = payload.topic.strip_prefix(self.tenant().as_str())?;
        let (name, non_persistent) = match (kind.strip_prefix(KEPT), kind.strip_prefix(NOT_KEPT)) {
            (Some(name), _) => (name, false),
            (_, Some(name)) => (name, true),
            (None, None) => return None,
        };
        let session = payload.session.map(|text| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            bytes.try_into().ok().map(SessionId)
        });
        let key = payload.key.map(|key| key.parse().ok());
        let certificate = payload.certificate.map(|text| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            bytes.try_into().ok()
        });
        Some(Ticket {
            principal: payload.principal.parse().ok()?,
            epoch: payload.epoch,
            session: match session {
                Some(session) => Some(session?),
                None => None,
            },
            key: match key {
                Some(key) => Some(key?),
                None => None,
            },
            certificate: match certificate {
                Some(certificate) => Some(certificate?),
                None => None,
            },
            by_provider: payload.by_provider,
            topic: Topic {
                name: name.parse().ok()?,
                non_persistent,
            },
            subscriber: payload.sub.parse().ok()?,
            shared: payload.shared,
            issued: Timestamp::from_millis(payload.issued_millis),
            expires: Timestamp::from_millis(payload.exp.saturating_mul(MILLIS)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{Claims, TokenKeyId};
    use model::names::TenantId;

    const NOW: i64 = 1_790_000_000_123;

    fn key(seed: u8) -> TokenKey {
        TokenKey::from_seed(TokenKeyId([seed; 8]), &[seed; 32]).expect("a key")
    }

    fn tenant() -> TenantId {
        "t100".parse().expect("a tenant id")
    }

    fn ticket() -> Ticket {
        Ticket {
            principal: PrincipalId::new(7).expect("an id"),
            epoch: 3,
            session: Some(SessionId([9; 16])),
            key: ServiceKeyId::new(11),
            certificate: Some([4; 32]),
            by_provider: true,
            topic: Topic {
                name: "speed".parse().expect("a name"),
                non_persistent: true,
            },
            subscriber: "monitor-1".parse().expect("a name"),
            shared: true,
            issued: Timestamp::from_millis(NOW),
            expires: Timestamp::from_millis(NOW - NOW % 1_000 + 60_000),
        }
    }

    fn open(text: &str, key: &TokenKey, at: i64) -> Result<Ticket, BadToken> {
        PresentedToken::parse(text)?.open_ticket(key, Timestamp::from_millis(at))
    }

    #[test]
    fn a_ticket_says_what_was_signed_until_it_expires() {
        let text = key(1).sign_ticket(&tenant(), &ticket(), [5; 16]).expect("signed");
        assert_eq!(open(text.expose(), &key(1), NOW), Ok(ticket()));
        assert_eq!(open(text.expose(), &key(1), NOW + 60_000), Err(BadToken::Expired));
        assert_eq!(open(text.expose(), &key(2), NOW), Err(BadToken::Forged));
        let altered = text.expose().replacen('.', ".A", 1);
        assert_eq!(open(&altered, &key(1), NOW), Err(BadToken::Forged));
    }

    // R061: what opens one thing opens nothing else.
    #[test]
    fn neither_a_session_nor_a_ticket_is_taken_for_the_other() {
        let of_ticket = key(1).sign_ticket(&tenant(), &ticket(), [5; 16]).expect("signed");
        let presented = PresentedToken::parse(of_ticket.expose()).expect("in its form");
        let now = Timestamp::from_millis(NOW);
        assert_eq!(presented.open(&key(1), now).err(), Some(BadToken::Forged));
        let claims = Claims {
            tenant: tenant(),
            user: "ann".parse().expect("a user name"),
            principal: ticket().principal,
            epoch: 3,
            session: SessionId([9; 16]),
            issued: now,
            expires: now.plus_millis(60_000),
            xsrf: None,
            password_due: false,
            with_code: false,
            by_provider: false,
        };
        let of_session = key(1).sign(&claims).expect("signed");
        assert_eq!(open(of_session.expose(), &key(1), NOW), Err(BadToken::Forged));
    }
}
