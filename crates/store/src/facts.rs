//! What the door reads before there is a proof: who is asking, and the bare facts of what is asked about. Nothing else
//! is readable without one, and nothing here returns content.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::inventory::object_key;
use crate::measurements::StreamRow;
use crate::realm::{CredentialRow, member_of_devices, user_key};
use crate::rows::{Key, Table};
use crate::seal::RowVersion;
use crate::view::View;
use model::ids::{MANAGEMENT, MeasurementId, ObjectId, PrincipalId, TenantNumber};
use model::inventory::ManagedObject;
use model::names::{Domain, TenantId, UserName};
use model::tenants::Tenant;
use model::users::{Group, User};
use policy::facts::{ObjectFacts, Principal};
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

impl View {
    /// A tenant by its id, as the request names it.
    pub fn tenant_by_id(&self, id: &TenantId) -> Result<Option<Tenant>, StoreFault> {
        let blind = self.keys.blind_catalogue("tenant-id", id.as_str());
        self.tenant_through(&Key::new(MANAGEMENT, Table::TenantById).blind(blind))
    }

    /// A tenant by the host name of the request.
    pub fn tenant_by_domain(&self, domain: &Domain) -> Result<Option<Tenant>, StoreFault> {
        let blind = self.keys.blind_catalogue("tenant-domain", domain.as_str());
        self.tenant_through(&Key::new(MANAGEMENT, Table::TenantById).blind(blind))
    }

    fn tenant_through(&self, index: &Key) -> Result<Option<Tenant>, StoreFault> {
        match self.row::<crate::catalogue::NumberRow>(index)? {
            Some(found) => self.tenant(found.0),
            None => Ok(None),
        }
    }

    /// A tenant by its number.
    pub fn tenant(&self, number: TenantNumber) -> Result<Option<Tenant>, StoreFault> {
        self.row(&Key::new(MANAGEMENT, Table::Tenant).number32(number.0))
    }

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

    /// The version of the tenant's rules: users, groups, roles.
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
        let mut direct = user.roles.clone();
        let mut through_devices = BTreeSet::new();
        let mut is_admin = false;
        for group in &user.groups {
            let key = Key::new(tenant, Table::Group).number(group.number());
            let Some(group) = self.row::<Group>(&key)? else {
                continue;
            };
            is_admin |= group.name.as_str() == model::users::ADMINS;
            if member_of_devices(&group) {
                through_devices.extend(group.roles);
            } else {
                direct.extend(group.roles);
            }
        }
        let principal = Principal::from_store(
            tenant,
            user.id,
            user.kind,
            direct,
            &through_devices,
            user.groups,
            is_admin,
        );
        Ok(Some(PrincipalFacts {
            principal,
            enabled: user.enabled,
            epoch: user.epoch,
            name: user.name,
        }))
    }

    /// Whether the principal owns any object at all.
    pub fn owns_anything(&self, who: &Principal) -> Result<bool, StoreFault> {
        self.any(&Key::new(who.tenant(), Table::ByOwner).number(who.id().number()))
    }

    /// What a decision needs to know about an object of the principal's tenant.
    pub fn object_facts(&self, who: &Principal, id: ObjectId) -> Result<Option<ObjectFacts>, StoreFault> {
        let object = self.row::<ManagedObject>(&object_key(who.tenant(), id))?;
        Ok(object
            .map(|object| ObjectFacts::from_store(who.tenant(), object.id, object.owner, object.is_global())))
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

    /// The source of a measurement's stream. Whether the measurement itself is there is for the table to say.
    pub fn measurement_facts(
        &self,
        who: &Principal,
        id: MeasurementId,
    ) -> Result<Option<ObjectFacts>, StoreFault> {
        let (stream, _) = id.place();
        let key = Key::new(who.tenant(), Table::Stream).number32(stream.0);
        match self.row::<StreamRow>(&key)? {
            Some(stream) => self.object_facts(who, stream.source),
            None => Ok(None),
        }
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

    /// Every tenant's number, for start-up work.
    pub(crate) fn tenant_numbers(&self) -> Result<Vec<TenantNumber>, StoreFault> {
        let mut numbers = Vec::new();
        let prefix = Key::new(MANAGEMENT, Table::Tenant);
        self.scan::<Tenant>(&prefix, Direction::Forward, |_, tenant| {
            numbers.push(tenant.number);
            Ok(std::ops::ControlFlow::Continue(()))
        })?;
        Ok(numbers)
    }
}
