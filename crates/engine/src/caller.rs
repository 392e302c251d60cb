//! Who calls, as signing in found out. Not a right to anything: rights are read again for every request.

use audit::record::ActorKind;
use model::ids::{PrincipalId, TenantNumber};
use model::names::{TenantId, UserName};
use model::users::UserKind;
use std::net::IpAddr;
use std::sync::Arc;

/// A signed-in caller. Made only by signing in.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Identity>);

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
}

impl Caller {
    pub(crate) fn new(identity: Identity) -> Self {
        Self(Arc::new(identity))
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.0
    }

    /// The tenant, as clients name it.
    pub fn tenant_id(&self) -> &TenantId {
        &self.0.tenant_id
    }

    /// The user name.
    pub fn name(&self) -> &UserName {
        &self.0.name
    }

    /// What kind of principal it is.
    pub fn kind(&self) -> UserKind {
        self.0.kind
    }
}

/// The kind of actor that a kind of user is.
pub(crate) fn actor_kind(kind: UserKind) -> ActorKind {
    match kind {
        UserKind::Person => ActorKind::Person,
        UserKind::Service => ActorKind::Service,
        UserKind::Device => ActorKind::Device,
    }
}
