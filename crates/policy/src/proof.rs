//! The proof that a decision was made: the only thing that opens a table.
//!
//! Its fields are private, it cannot be cloned, and spending it consumes it. So the compiler refuses to forge a proof,
//! to use one twice, to read with a proof for another table, to write with a proof to read, or to name a tenant.

use crate::facts::Home;
use crate::operation::{Level, Operation, Scope};
use crate::rights::{Cover, Rights};
use model::ids::{ObjectId, OperationId, PrincipalId, TenantNumber};
use model::permissions::Select;
use std::marker::PhantomData;
use std::sync::Arc;

/// How far a proof reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everything of the table in the tenant.
    Tenant,
    /// One object, or all of its data of one kind.
    Object(ObjectId),
    /// A new object that is to hang below this one.
    Below(ObjectId),
    /// Of one object's data, what is covered.
    Part {
        /// The object.
        object: ObjectId,
        /// The fragments.
        shows: Shows,
    },
    /// What the principal owns or has permissions for.
    Mine(Arc<Mine>),
}

/// Which data a permission shows, by its fragments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shows {
    /// The fragments that are covered.
    pub cover: Cover,
    /// Whether data with other fragments too is shown without them, instead of being hidden.
    pub strips: bool,
}

impl Shows {
    /// All of it.
    pub const ALL: Self = Self {
        cover: Cover::ALL,
        strips: false,
    };

    /// Whether data with these fragments is shown, if not all of it.
    pub fn shows<'f>(&self, fragments: impl IntoIterator<Item = &'f str>) -> bool {
        if self.strips && !self.cover.all {
            return fragments.into_iter().any(|fragment| self.cover.has(fragment));
        }
        self.cover.covers(fragments)
    }
}

/// What a principal owns or has permissions for, of one kind of data, and what a role gives it beside that in a tenant
/// with projects. Which objects these are, the store finds from the roots of the permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// Who.
    pub owner: PrincipalId,
    /// Whether what hangs below its own objects belongs to it too.
    pub owns_below: bool,
    /// Whether objects with `c8y_Global` belong to it.
    pub global: bool,
    /// Where roles, permissions on every object and `c8y_Global` count.
    pub home: Home,
    /// Whether a role gives all of that.
    pub by_role: bool,
    /// The kind of data.
    pub scope: Scope,
    /// Read or change.
    pub level: Level,
    /// The permissions.
    pub rights: Arc<Rights>,
    /// Whether data with other fragments too is shown without them, instead of being hidden.
    pub strips: bool,
}

impl Mine {
    /// The objects from which permissions are inherited, each with what is covered there.
    pub fn roots(&self) -> impl Iterator<Item = (ObjectId, Cover)> {
        self.rights.roots(self.scope, self.level)
    }

    /// What is covered on every object of `home`.
    pub fn at_home(&self) -> Option<&Cover> {
        static ALL: Cover = Cover::ALL;
        match self.by_role {
            true => Some(&ALL),
            false => self.rights.everywhere(self.scope, self.level),
        }
    }

    /// Whether any permission, of whatever kind, was given on one of these objects.
    pub fn reaches(&self, line: impl IntoIterator<Item = ObjectId, IntoIter: Clone>) -> bool {
        self.rights.along(line.into_iter().map(Select::One)).is_reached()
    }

    /// What is covered on an object that lies in this project, or in none, with this line.
    pub fn cover(
        &self,
        project: Option<ObjectId>,
        line: impl IntoIterator<Item = ObjectId, IntoIter: Clone>,
    ) -> Cover {
        let is_home = self.home.has(project);
        if is_home && self.by_role {
            return Cover::ALL;
        }
        let everywhere = is_home.then_some(Select::All).into_iter();
        let line = everywhere.chain(line.into_iter().map(Select::One));
        self.rights.cover(self.scope, self.level, line)
    }
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
    /// The principal acts for a microservice.
    Microservice,
    /// The principal owns the object.
    Owner,
    /// The principal, a device, owns this object above it.
    OwnerAbove(ObjectId),
    /// Permissions on the object, on something above it or on every object.
    Rights,
    /// The object carries `c8y_Global`.
    Global,
    /// This open operation names the object for a device of the principal's, and its creator may read it.
    Lent(OperationId),
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
    /// An unfinished creation of a tenant is undone.
    UndoCreation,
    /// Collected refusals and sign-ins are written.
    AuditWindow,
    /// An offline command of the operator.
    Operator,
    /// A bulk operation asks the next devices; each is decided by the rights of whoever planned it.
    BulkOperation,
    /// Data goes with the object that it hangs on; the deletion of the object was decided.
    DeletedWithObject,
    /// A device was not heard of for too long, or is heard of again.
    Availability,
    /// Data has become too old by a rule of its tenant.
    Retention,
    /// Usage is counted, and summed up for those who were allowed to see it.
    Statistics,
    /// A device gets its credentials, or its place: somebody with the right let it in.
    Registration,
    /// The operator says something of a tenant's certificate that opens nothing; the tenant's log has it.
    Confirmation,
    /// What has happened is put before subscribers; what they are shown is decided by their own rights.
    Notifications,
    /// The management tenant subscribes another tenant to an application of its own, or ends that.
    Subscription,
    /// A session of remote access has ended, or was never answered.
    RemoteAccess,
    /// What a device was asked is ended with its disconnection, which was decided.
    Disconnection,
    /// A session over MQTT is kept for its own caller, or has ended.
    MqttSession,
    /// An operation has waited for its device for longer than it may.
    Expiry,
    /// What a device reports of its security is incomplete, or complete again.
    DeviceReport,
}

impl SystemReason {
    /// The word in the audit record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Demo => "demo",
            Self::FinishDeletion => "finish-deletion",
            Self::UndoCreation => "undo-creation",
            Self::AuditWindow => "audit-window",
            Self::Operator => "operator",
            Self::BulkOperation => "bulk-operation",
            Self::DeletedWithObject => "deleted-with-object",
            Self::Availability => "availability",
            Self::Retention => "retention",
            Self::Statistics => "statistics",
            Self::Registration => "registration",
            Self::Confirmation => "confirmation",
            Self::Notifications => "notifications",
            Self::Subscription => "subscription",
            Self::RemoteAccess => "remote-access",
            Self::Disconnection => "disconnection",
            Self::Expiry => "expiry",
            Self::MqttSession => "mqtt-session",
            Self::DeviceReport => "device-report",
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
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Why it was given.
    pub fn because(&self) -> Because {
        self.because
    }
}

#[cfg(test)]
mod tests {
    use super::{Mine, Shows, SystemReason};
    use crate::facts::Home;
    use crate::operation::{Level, Scope};
    use crate::rights::{Cover, Rights};
    use model::grants::Subject;
    use model::ids::{ObjectId, PrincipalId};
    use std::sync::Arc;

    fn id(number: u64) -> ObjectId {
        ObjectId::new(number).expect("in range")
    }

    fn mine(rules: &[&str], by_role: bool) -> Mine {
        let owner = PrincipalId::new(1).expect("in range");
        Mine {
            owner,
            owns_below: false,
            global: false,
            home: Home::Outside,
            by_role,
            scope: Scope::Event,
            level: Level::Read,
            rights: Arc::new(Rights::of_rules(Subject::User(owner), rules)),
            strips: false,
        }
    }

    fn a() -> Cover {
        Cover {
            all: false,
            names: [Box::from("a")].into(),
        }
    }

    // R033
    #[test]
    fn what_is_stripped_shows_with_one_covered_fragment_and_the_rest_with_all() {
        let shows =
            |cover, strips, fragments: &[&str]| Shows { cover, strips }.shows(fragments.iter().copied());
        assert!(shows(a(), true, &["a", "b"]) && !shows(a(), true, &["b"]) && !shows(a(), true, &[]));
        assert!(!shows(a(), false, &["a", "b"]) && shows(a(), false, &["a"]));
        for strips in [true, false] {
            assert!(shows(Cover::ALL, strips, &["b"]) && shows(Cover::ALL, strips, &[]));
        }
    }

    #[test]
    fn a_list_of_ones_own_knows_its_roots_and_what_counts_at_home() {
        let own = mine(
            &["7, EVENT, a, READ", "8, ALARM, *, READ", "*, EVENT, a, READ"],
            false,
        );
        assert_eq!(own.roots().collect::<Vec<_>>(), [(id(7), a())]);
        assert_eq!(own.at_home(), Some(&a()));
        assert_eq!(mine(&["7, EVENT, a, READ"], false).at_home(), None);
        assert_eq!(mine(&[], true).at_home(), Some(&Cover::ALL));
        assert!(own.reaches([id(9), id(8)]), "of whatever kind the permission is");
        assert!(!own.reaches([id(9)]), "what is held everywhere is on no object");
        assert_eq!(own.cover(None, [id(9)]), a());
        assert!(
            own.cover(Some(id(5)), [id(9)]).is_empty(),
            "a project is closed to it"
        );
    }

    #[test]
    fn the_platform_tells_why_it_acts_in_words_of_their_own() {
        let told = [
            SystemReason::Setup,
            SystemReason::Operator,
            SystemReason::Availability,
        ]
        .map(SystemReason::word);
        assert_eq!(told, ["setup", "operator", "availability"]);
    }
}
