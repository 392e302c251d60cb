//! What the door reads before there is a proof: who is asking, and the bare facts of what is asked about. Nothing else
//! is readable without one, and nothing here returns content.

use crate::applications::acts_for;
use crate::change::Epoch;
use crate::covered::owned_among;
use crate::fault::StoreFault;
use crate::grants::rights_of;
use crate::inventory::{line_above, line_by, object_key};
use crate::lent::lent_to;
use crate::measurements::{StreamRow, fragments_of};
use crate::options::is_on;
use crate::projects;
use crate::realm::{CredentialRow, RealmRows, member_of_devices, user_key};
use crate::rows::{Key, Table};
use crate::seal::RowVersion;
use crate::service_accounts::bound_to;
use crate::view::View;
use model::grants::Subject;
use model::ids::{GroupId, ID_END, MeasurementId, ObjectId, PrincipalId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::limits::HIERARCHY_DEPTH_MAX;
use model::names::UserName;
use model::operations::lent::can_be_lent;
use model::options::{GLOBAL_BY_DEVICES, ONLY_ACCESSIBLE_FRAGMENTS};
use model::permissions::Rule;
use model::roles::Role;
use model::tenants::Tenant;
use model::users::{Group, User, UserKind};
use policy::facts::{Above, Held, Loan, ObjectFacts, Principal, Surroundings};
use policy::rights::{Grant, Origin, Rights};
use std::collections::BTreeSet;

/// What signing in needs to know about a user.
pub struct SignInFacts {
    /// The user as stored.
    pub user: User,
    /// Its credential; none for a user that cannot sign in with a password.
    pub credential: Option<CredentialRow>,
}

/// A principal's facts with the epoch that they hold for: unchanged epoch, unchanged facts.
pub struct PrincipalFacts {
    /// For the decision.
    pub principal: Principal,
    /// Whether it may act at all.
    pub enabled: bool,
    /// Its revocation epoch.
    pub epoch: u64,
    /// Its name, for audit records.
    pub name: UserName,
}

/// Rules that are supposed to be given to a user or group, or taken away, before it is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supposed {
    /// Given.
    pub added: Vec<Rule>,
    /// Taken away, where they were given one by one.
    pub removed: Vec<Rule>,
}

impl Supposed {
    fn is_nothing(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    fn applied_to(&self, rights: &Rights, of: Subject) -> Rights {
        let origin = Origin {
            subject: of,
            role: None,
        };
        let goes = |grant: &&Grant| {
            let is_meant = |rule: &Rule| rule.object == grant.object && rule.permission == grant.permission;
            grant.origin == origin && self.removed.iter().any(is_meant)
        };
        let stay = rights.grants().iter().filter(|grant| !goes(grant)).cloned();
        let come = self.added.iter().map(|rule| Grant {
            object: rule.object,
            permission: rule.permission.clone(),
            origin,
        });
        Rights::new(stay.chain(come).collect())
    }
}

impl View {
    /// What signing in as this user needs.
    pub fn sign_in_facts(&self, tenant: &Tenant, name: &UserName) -> Result<Option<SignInFacts>, StoreFault> {
        let blind = self
            .keys
            .blind_identity(tenant.number, "user-name", name.as_str())?;
        let index = Key::new(tenant.number, Table::UserByName).blind(blind);
        let Some(id) = self.row::<crate::realm::PrincipalRow>(&index)? else {
            return Ok(None);
        };
        let Some(user) = self.row::<User>(&user_key(tenant.number, id.0))? else {
            return Ok(None);
        };
        let credential = self.row(&Key::new(tenant.number, Table::Credential).number(id.0.number()))?;
        Ok(Some(SignInFacts { user, credential }))
    }

    /// The version of the tenant's rules: users, groups, roles, options.
    pub fn rules_epoch(&self, tenant: TenantNumber) -> Result<Option<RowVersion>, StoreFault> {
        self.version(&Epoch::Rules.key(tenant))
    }

    /// Who a signed-in user is, with the rights that it holds in this view.
    pub fn principal(
        &self,
        tenant: TenantNumber,
        id: PrincipalId,
    ) -> Result<Option<PrincipalFacts>, StoreFault> {
        let Some(user) = self.row::<User>(&user_key(tenant, id))? else {
            return Ok(None);
        };
        let principal = self.principal_of(tenant, &user, &Supposed::default(), HIERARCHY_DEPTH_MAX)?;
        Ok(Some(PrincipalFacts {
            principal,
            enabled: user.enabled,
            epoch: user.epoch,
            name: user.name,
        }))
    }

    /// A user as the decision sees it, under a supposition about its own rules, with no more than those above it hold.
    fn principal_of(
        &self,
        tenant: TenantNumber,
        user: &User,
        supposed: &Supposed,
        levels: usize,
    ) -> Result<Principal, StoreFault> {
        let of = Subject::User(user.id);
        let mut held = self.held(tenant, of, user.roles.clone(), user.groups.clone(), supposed)?;
        held.above = self.above(tenant, user, levels)?;
        held.bound_to = bound_to(self, tenant, user)?;
        held.acts_for = acts_for(self, tenant, user)?;
        Ok(Principal::from_store(tenant, user.id, user.kind, held))
    }

    /// Who is above a user, of so many levels at most. One who is disabled holds nothing, so those below it hold nothing
    /// either: whoever disables a user stops what it has made.
    fn above(&self, tenant: TenantNumber, user: &User, levels: usize) -> Result<Above, StoreFault> {
        let Some(owner) = user.owner else {
            return Ok(Above::Nobody);
        };
        let owner = self.row::<User>(&user_key(tenant, owner))?;
        match (owner.filter(|owner| owner.enabled), levels.checked_sub(1)) {
            (Some(owner), Some(levels)) => {
                let owner = self.principal_of(tenant, &owner, &Supposed::default(), levels)?;
                Ok(Above::User(Box::new(owner)))
            }
            _ => Ok(Above::Powerless),
        }
    }

    /// What somebody of these roles and groups holds, under a supposition about the rules of one subject.
    fn held(
        &self,
        tenant: TenantNumber,
        of: Subject,
        roles: BTreeSet<Role>,
        groups: BTreeSet<GroupId>,
        supposed: &Supposed,
    ) -> Result<Held, StoreFault> {
        let mut held = Held {
            direct: roles,
            ..Held::default()
        };
        for group in &groups {
            let key = Key::new(tenant, Table::Group).number(group.number());
            let Some(group) = self.row::<Group>(&key)? else {
                continue;
            };
            held.is_admin |= group.name.as_str() == model::users::ADMINS;
            if member_of_devices(&group) {
                held.through_devices.extend(group.roles);
            } else {
                held.direct.extend(group.roles);
            }
        }
        let subjects = groups.iter().copied().map(Subject::Group);
        let subjects: BTreeSet<_> = subjects.chain([of]).collect();
        let rights = rights_of(self, tenant, subjects)?;
        held.rights = if supposed.is_nothing() {
            rights
        } else {
            supposed.applied_to(&rights, of)
        };
        held.groups = groups;
        held.has_projects = projects::has_any(self, tenant)?;
        held.strips = is_on(self, tenant, ONLY_ACCESSIBLE_FRAGMENTS)?;
        held.devices_open_to_all = is_on(self, tenant, GLOBAL_BY_DEVICES)?;
        Ok(held)
    }

    /// Whom an explanation is about: a user, or somebody who is in this group, holds nothing else and owns nothing; each
    /// as if the supposed rules were stored. Nobody acts as this principal.
    pub fn principal_supposing(
        &self,
        tenant: TenantNumber,
        subject: Subject,
        supposed: &Supposed,
    ) -> Result<Option<Principal>, StoreFault> {
        let id = match subject {
            Subject::User(id) => {
                let user = self.row::<User>(&user_key(tenant, id))?;
                return user
                    .map(|user| self.principal_of(tenant, &user, supposed, HIERARCHY_DEPTH_MAX))
                    .transpose();
            }
            Subject::Group(id) => id,
        };
        let Some(group) = self.row::<Group>(&Key::new(tenant, Table::Group).number(id.number()))? else {
            return Ok(None);
        };
        let kind = match member_of_devices(&group) {
            true => UserKind::Device,
            false => UserKind::Person,
        };
        let held = self.held(tenant, subject, BTreeSet::new(), BTreeSet::from([id]), supposed)?;
        // Ids are drawn upwards from 1: the last one is nobody's, so this member owns nothing.
        let nobody = PrincipalId::new(ID_END - 1).ok_or(StoreFault::OutOfIds)?;
        Ok(Some(Principal::from_store(tenant, nobody, kind, held)))
    }

    /// The permissions on objects and fragments that a user or group of the principal's tenant was given itself.
    pub fn rights_of(&self, who: &Principal, subject: Subject) -> Result<Rights, StoreFault> {
        rights_of(self, who.tenant(), [subject])
    }

    /// Everybody above a user of the principal's tenant in the hierarchy of user management, the nearest first.
    pub fn everybody_above(&self, who: &Principal, user: &User) -> Result<Vec<PrincipalId>, StoreFault> {
        RealmRows::new(self, who.tenant()).everybody_above(user)
    }

    /// Whether the principal owns any object at all.
    pub fn owns_anything(&self, who: &Principal) -> Result<bool, StoreFault> {
        self.any(&Key::new(who.tenant(), Table::ByOwner).number(who.id().number()))
    }

    /// How many objects the principal owns, counted up to a bound.
    pub fn objects_owned(&self, who: &Principal, bound: usize) -> Result<usize, StoreFault> {
        let owned = Key::new(who.tenant(), Table::ByOwner).number(who.id().number());
        self.count_up_to(&owned, bound)
    }

    /// Whether an object hangs below another one, by edges of any kind.
    pub fn hangs_anywhere_below(
        &self,
        who: &Principal,
        above: ObjectId,
        object: ObjectId,
    ) -> Result<bool, StoreFault> {
        Ok(line_by(self, who.tenant(), object, &ChildKind::ALL)?.contains(&above))
    }

    /// What a decision needs to know about an object of the principal's tenant.
    pub fn object_facts(&self, who: &Principal, id: ObjectId) -> Result<Option<ObjectFacts>, StoreFault> {
        let object = self.row::<ManagedObject>(&object_key(who.tenant(), id))?;
        object.map(|object| self.facts_about(who, &object)).transpose()
    }

    /// All that there is to know about an object, whether this principal's decision needs it or not: for explanations.
    pub fn object_facts_in_full(
        &self,
        who: &Principal,
        id: ObjectId,
    ) -> Result<Option<ObjectFacts>, StoreFault> {
        let object = self.row::<ManagedObject>(&object_key(who.tenant(), id))?;
        object
            .map(|object| self.facts_as_far(who, &object, true, true))
            .transpose()
    }

    fn facts_about(&self, who: &Principal, object: &ManagedObject) -> Result<ObjectFacts, StoreFault> {
        // A device that posts for itself, and whoever goes by roles alone, cost nothing more.
        let asks_owners = who.owns_below() && object.owner != who.id();
        self.facts_as_far(who, object, asks_owners || !who.rights().is_empty(), true)
    }

    /// The open operations that name an object for a device to fetch, each with its creator. Somebody who may not act any
    /// more lends nothing.
    fn loans(&self, who: &Principal, object: &ManagedObject) -> Result<Vec<Loan>, StoreFault> {
        let mut loans = Vec::new();
        if !can_be_lent(object) {
            return Ok(loans);
        }
        for (creator, operation) in lent_to(self, who.tenant(), object.id, who.id())? {
            let creator = self.principal(who.tenant(), creator)?;
            let Some(PrincipalFacts {
                principal: creator, ..
            }) = creator.filter(|creator| creator.enabled)
            else {
                continue;
            };
            let object = self.facts_as_far(&creator, object, true, false)?;
            loans.push(Loan {
                operation,
                creator,
                object,
            });
        }
        Ok(loans)
    }

    fn facts_as_far(
        &self,
        who: &Principal,
        object: &ManagedObject,
        in_full: bool,
        with_loans: bool,
    ) -> Result<ObjectFacts, StoreFault> {
        let tenant = who.tenant();
        let mut surroundings = Surroundings::default();
        let asks_owners = who.owns_below() && object.owner != who.id();
        if in_full {
            surroundings.above = line_above(self, tenant, object.id)?.into();
            surroundings.fragments = object.fragment_names().map(Into::into).collect();
        }
        if asks_owners {
            surroundings.owned_above = owned_among(self, tenant, &surroundings.above, who.id())?;
        }
        if with_loans && asks_owners && surroundings.owned_above.is_none() {
            surroundings.loans = self.loans(who, object)?;
        }
        Ok(ObjectFacts::from_store(
            tenant,
            object.id,
            object.owner,
            object.is_global(),
            object.project,
            surroundings,
        ))
    }

    /// The object behind an external id.
    pub fn external_id_facts(
        &self,
        who: &Principal,
        kind: &str,
        value: &str,
    ) -> Result<Option<ObjectFacts>, StoreFault> {
        let key = crate::external_ids::key(&self.keys, who.tenant(), kind, value)?;
        match self.row::<model::identity::ExternalId>(&key)? {
            Some(found) => self.object_facts(who, found.object),
            None => Ok(None),
        }
    }

    /// The source of a measurement's stream; and for those who hold permissions on fragments the names of the
    /// measurement's own. Whether the measurement is there is for the table to say.
    pub fn measurement_facts(
        &self,
        who: &Principal,
        id: MeasurementId,
    ) -> Result<Option<(ObjectFacts, Vec<String>)>, StoreFault> {
        let (stream, _) = id.place();
        let key = Key::new(who.tenant(), Table::Stream).number32(stream.0);
        let Some(stream) = self.row::<StreamRow>(&key)? else {
            return Ok(None);
        };
        let fragments = if who.rights().is_empty() {
            Vec::new()
        } else {
            fragments_of(self, who.tenant(), id, &stream)?
        };
        let source = self.object_facts(who, stream.source)?;
        Ok(source.map(|source| (source, fragments)))
    }

    /// The source of a piece of data, and the names of the piece's fragments, from what is stored of it.
    pub(crate) fn piece_facts(
        &self,
        who: &Principal,
        about: Option<(ObjectId, Vec<String>)>,
    ) -> Result<Option<(ObjectFacts, Vec<String>)>, StoreFault> {
        let Some((source, fragments)) = about else {
            return Ok(None);
        };
        let source = self.object_facts(who, source)?;
        Ok(source.map(|source| (source, fragments)))
    }

    /// The name under which a principal is shown. Names are resolved when answering; data holds only ids (R121).
    pub fn name_of(&self, who: &Principal, id: PrincipalId) -> Result<Option<UserName>, StoreFault> {
        Ok(self
            .row::<User>(&user_key(who.tenant(), id))?
            .map(|user| user.name))
    }

    /// The principal with this name in the caller's tenant.
    pub fn principal_named(
        &self,
        who: &Principal,
        name: &UserName,
    ) -> Result<Option<PrincipalId>, StoreFault> {
        let blind = self
            .keys
            .blind_identity(who.tenant(), "user-name", name.as_str())?;
        let index = Key::new(who.tenant(), Table::UserByName).blind(blind);
        Ok(self
            .row::<crate::realm::PrincipalRow>(&index)?
            .map(|found| found.0))
    }
}
