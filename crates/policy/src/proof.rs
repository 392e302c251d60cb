//! The proof that a decision was made: the only thing that opens a table.
//!
//! Its fields are private, it cannot be cloned, and spending it consumes it. So the compiler refuses to forge a proof,
//! to use one twice, to read with a proof for another table, to write with a proof to read, or to name a tenant.

use crate::operation::Operation;
use model::ids::{ObjectId, PrincipalId, TenantNumber};
use std::marker::PhantomData;

/// How far a proof reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everything of the table in the tenant.
    Tenant,
    /// One object and its data.
    Object(ObjectId),
    /// What this principal owns; with `global` also the objects that carry `c8y_Global`.
    Owned {
        /// The owner.
        owner: PrincipalId,
        /// Whether `c8y_Global` objects are in reach too.
        global: bool,
    },
}

/// Why something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// It is public.
    Public,
    /// The principal is signed in.
    SignedIn,
    /// A role, held directly or through a group.
    Role(model::roles::Role),
    /// The principal owns the object.
    Owner,
    /// The object carries `c8y_Global`.
    Global,
    /// A list shows what the principal may see.
    ListOfOwn,
    /// The platform itself acts, for the reason in the audit record.
    System(SystemReason),
}

/// The reasons for which the platform acts on its own; each use is audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemReason {
    /// The first start or `init`.
    Setup,
    /// The demo's own device.
    Demo,
    /// An interrupted deletion of a tenant is finished.
    FinishDeletion,
    /// Collected refusals and sign-ins are written.
    AuditWindow,
    /// An offline command of the operator.
    Operator,
    /// Data goes with the object that it hangs on; the deletion of the object was decided.
    DeletedWithObject,
}

impl SystemReason {
    /// The word in the audit record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Demo => "demo",
            Self::FinishDeletion => "finish-deletion",
            Self::AuditWindow => "audit-window",
            Self::Operator => "operator",
            Self::DeletedWithObject => "deleted-with-object",
        }
    }
}

/// The proof that operation `N` is allowed.
#[derive(Debug)]
#[must_use = "a proof is spent by opening a table with it"]
pub struct Allowed<N: Operation> {
    tenant: TenantNumber,
    principal: Option<PrincipalId>,
    reach: Reach,
    because: Because,
    operation: PhantomData<N>,
}

impl<N: Operation> Allowed<N> {
    pub(crate) fn new(
        tenant: TenantNumber,
        principal: Option<PrincipalId>,
        reach: Reach,
        because: Because,
    ) -> Self {
        Self {
            tenant,
            principal,
            reach,
            because,
            operation: PhantomData,
        }
    }

    /// A proof for the platform's own work, with its reason. Only the engine mints these (checked by
    /// `cargo xtask tidy`), and each use is audited.
    pub fn mint_system(tenant: TenantNumber, reason: SystemReason) -> Self {
        Self::new(tenant, None, Reach::Tenant, Because::System(reason))
    }

    /// The tenant whose table it opens.
    pub fn tenant(&self) -> TenantNumber {
        self.tenant
    }

    /// Who acts; nobody when the platform itself does.
    pub fn principal(&self) -> Option<PrincipalId> {
        self.principal
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Why it was given.
    pub fn because(&self) -> Because {
        self.because
    }
}
