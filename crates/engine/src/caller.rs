//! Who calls, as signing in found out. Not a right to anything: rights are read again for every request.

use crate::mqtt::Received;
use audit::record::ActorKind;
use authn::token::{SessionId, TokenKeyId};
use model::ids::{PrincipalId, TenantNumber};
use model::names::{TenantId, UserName};
use model::registration::DeviceId;
use model::time::Timestamp;
use model::users::{DEVICE_USER_PREFIX, UserKind};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use store::second_factor::FactorDue;

/// A signed-in caller. Made only by signing in.
#[derive(Debug, Clone)]
pub struct Caller {
    identity: Arc<Identity>,
    is_quiet: bool,
    received: Option<Arc<[Received]>>,
}

#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) tenant: TenantNumber,
    pub(crate) tenant_id: TenantId,
    pub(crate) principal: PrincipalId,
    pub(crate) name: UserName,
    pub(crate) kind: UserKind,
    /// The revocation epoch at sign-in: when it has moved, the caller must sign in again.
    pub(crate) epoch: u64,
    pub(crate) address: IpAddr,
    pub(crate) application: Option<String>,
    pub(crate) came: Came,
}

/// What somebody came in with, beside a password that still serves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Came {
    /// The key of a service account.
    pub(crate) key: Option<KeyHash>,
    /// A session.
    pub(crate) session: Option<Session>,
    /// A token for notifications, in whose place nothing else counts but the key with which it was made.
    pub(crate) ticket: Option<TicketOf>,
    /// A certificate, shown in a TLS handshake or named by a device's token.
    pub(crate) certificate: Option<CertificateTrace>,
    /// A password that the tenant does not take any more: good for nothing but changing it.
    pub(crate) password_due: bool,
    /// What of a second factor is still to be shown: good for nothing but that.
    pub(crate) factor_due: Option<FactorDue>,
    /// Whether a code of the second factor was shown.
    pub(crate) with_code: bool,
    /// Whether the session was opened through an identity provider.
    pub(crate) by_provider: bool,
}

/// Which certificate a device has shown: SHA-256 over all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CertificateTrace(pub(crate) [u8; 32]);

/// The token for notifications of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TicketOf {
    /// The tenant's key that signed it.
    pub(crate) key: TokenKeyId,
    /// The session in which it was made.
    pub(crate) session: Option<SessionId>,
    /// The certificate of the device for which it was made.
    pub(crate) certificate: Option<CertificateTrace>,
    /// Whether it was made with a key of a service account.
    pub(crate) by_key: bool,
    /// Whether that session was opened through an identity provider.
    pub(crate) by_provider: bool,
}

/// The session of a caller, as its token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    /// The tenant's key that signed the token.
    pub(crate) key: TokenKeyId,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    /// Whether the token came in a cookie.
    pub(crate) by_cookie: bool,
    /// Whether it is time to note that it is used.
    pub(crate) use_is_news: bool,
}

/// Which key somebody signed in with, by its hash. It is nobody's business, so it is not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyHash(pub(crate) [u8; 32]);

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash")
    }
}

impl Caller {
    pub(crate) fn new(identity: Identity) -> Self {
        Self {
            identity: Arc::new(identity),
            is_quiet: false,
            received: None,
        }
    }

    /// The same caller, of whose changes nobody is told if it wants that.
    pub fn quietly(mut self, is_quiet: bool) -> Self {
        self.is_quiet = is_quiet;
        self
    }

    /// Whether nobody is told of its changes.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// The same caller, carrying out these messages over MQTT: what it commits holds how far they are done.
    pub fn carrying_out(mut self, received: Vec<Received>) -> Self {
        self.received = (!received.is_empty()).then(|| received.into());
        self
    }

    /// The messages that it carries out.
    pub(crate) fn received(&self) -> &[Received] {
        self.received.as_deref().unwrap_or_default()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The tenant, as clients name it.
    pub fn tenant_id(&self) -> &TenantId {
        &self.identity.tenant_id
    }

    /// The user name.
    pub fn name(&self) -> &UserName {
        &self.identity.name
    }

    /// The tenant and the principal by their numbers, to count by. They open nothing.
    pub fn numbers(&self) -> (TenantNumber, PrincipalId) {
        (self.identity.tenant, self.identity.principal)
    }

    /// Whether both have signed in as the same principal with the same credential.
    pub fn is_as(&self, other: &Self) -> bool {
        let parts = |caller: &Self| {
            let identity = caller.identity();
            let session = identity.came.session.map(|session| session.id);
            (
                identity.tenant,
                identity.principal,
                identity.epoch,
                identity.came.key,
                identity.came.certificate,
                session,
            )
        };
        parts(self) == parts(other)
    }

    /// Whether it came in with a cookie.
    pub fn has_cookie(&self) -> bool {
        self.identity
            .came
            .session
            .is_some_and(|session| session.by_cookie)
    }

    /// Whether it has shown a certificate in the handshake of its connection: not a token.
    pub fn is_by_certificate(&self) -> bool {
        self.identity.came.certificate.is_some() && self.identity.came.session.is_none()
    }

    /// The device that it is, if it is one.
    pub fn device_id(&self) -> Option<DeviceId> {
        let name = self.identity.name.as_str().strip_prefix(DEVICE_USER_PREFIX)?;
        let is_device = self.identity.kind == UserKind::Device;
        name.parse().ok().filter(|_| is_device)
    }

    /// Whether it must change its password before it may do anything else.
    pub fn password_due(&self) -> bool {
        self.identity.came.password_due
    }

    /// What kind of principal it is.
    pub fn kind(&self) -> UserKind {
        self.identity.kind
    }
}

/// The kind of actor that a kind of user is.
pub(crate) fn actor_kind(kind: UserKind) -> ActorKind {
    match kind {
        UserKind::Person => ActorKind::Person,
        UserKind::Service => ActorKind::Service,
        UserKind::Device | UserKind::Bootstrap => ActorKind::Device,
    }
}
