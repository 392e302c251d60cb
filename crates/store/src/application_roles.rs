//! Roles that microservices define, as rows: who holds which. A row counts as long as the tenant is subscribed to the
//! microservice that it names, by the very subscription under which the role was given, and that still defines it. So
//! they vanish with the subscription, and nothing brings them back.

use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use crate::view::View;
use model::grants::Subject;
use model::ids::{ApplicationId, PrincipalId, TenantNumber};
use model::roles::ApplicationRole;
use model::time::Timestamp;
use model::users::User;
use policy::facts::Principal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// By which subscription a role has a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinedBy {
    /// The microservice.
    pub application: ApplicationId,
    /// Since when the tenant is subscribed to it.
    pub since: Timestamp,
}

/// The roles that a tenant's subscriptions define.
pub type Defined = BTreeMap<ApplicationRole, DefinedBy>;

#[derive(Default, Serialize, Deserialize)]
struct HeldRow(Defined);

rows! {
    HeldRow => ApplicationRoles,
}

fn held_key(tenant: TenantNumber, subject: Subject) -> Key {
    let key = Key::new(tenant, Table::ApplicationRoles);
    match subject {
        Subject::User(id) => key.byte(1).number(id.number()),
        Subject::Group(id) => key.byte(2).number(id.number()),
    }
}

/// Who holds which of these roles, for the decision about who may give them: read before there is a proof.
pub struct Holdings<'v> {
    rows: RealmRows<'v>,
    defined: Defined,
}

impl View {
    /// Who holds which in the principal's tenant.
    pub fn application_roles(&self, who: &Principal) -> Result<Holdings<'_>, StoreFault> {
        let rows = RealmRows::new(self, who.tenant());
        let defined = rows.defined_roles()?;
        Ok(Holdings { rows, defined })
    }
}

impl Holdings<'_> {
    /// Those that a user or group was given itself, whether they have come into force or not.
    pub fn given_to(&self, subject: Subject) -> Result<BTreeSet<ApplicationRole>, StoreFault> {
        match self.defined.is_empty() {
            true => Ok(BTreeSet::new()),
            false => self.rows.application_roles(subject, &self.defined),
        }
    }

    /// Those that a user holds.
    pub fn in_force(&self, user: PrincipalId) -> Result<BTreeSet<ApplicationRole>, StoreFault> {
        // Most tenants have none: nobody is looked at for them.
        if self.defined.is_empty() {
            return Ok(BTreeSet::new());
        }
        let Some(user) = self.rows.user(user)? else {
            return Ok(BTreeSet::new());
        };
        let is_admin = |above: &User| {
            let facts = self.rows.view.principal(self.rows.tenant, above.id);
            facts
                .ok()
                .flatten()
                .is_some_and(|facts| facts.principal.is_admin())
        };
        self.rows
            .effective_application_roles(&user, &self.defined, is_admin)
    }
}

impl RealmRows<'_> {
    /// The roles that the tenant's subscriptions define. Of several that define one, the first counts.
    pub fn defined_roles(&self) -> Result<Defined, StoreFault> {
        let mut defined = Defined::new();
        for subscription in self.applications().subscriptions()? {
            let by = DefinedBy {
                application: subscription.application,
                since: subscription.since,
            };
            for role in subscription.defines {
                defined.entry(role).or_insert(by);
            }
        }
        Ok(defined)
    }

    /// Those of them that a user or group was given.
    pub fn application_roles(
        &self,
        subject: Subject,
        defined: &Defined,
    ) -> Result<BTreeSet<ApplicationRole>, StoreFault> {
        let row = self.view.row::<HeldRow>(&held_key(self.tenant, subject))?;
        let held = row.unwrap_or_default().0.into_iter();
        let counts = held.filter(|(role, by)| defined.get(role) == Some(by));
        Ok(counts.map(|(role, _)| role).collect())
    }

    /// Those that a user holds, directly or through a group; never more than those above it.
    pub fn effective_application_roles(
        &self,
        user: &User,
        defined: &Defined,
        is_admin: impl Fn(&User) -> bool,
    ) -> Result<BTreeSet<ApplicationRole>, StoreFault> {
        let mut held = self.held_by(user, defined)?;
        for above in self.everybody_above(user)? {
            match self.user(above)?.filter(|above| above.enabled) {
                Some(above) if is_admin(&above) => {}
                Some(above) => {
                    let theirs = self.held_by(&above, defined)?;
                    held.retain(|role| theirs.contains(role));
                }
                None => held.clear(),
            }
        }
        Ok(held)
    }

    fn held_by(&self, user: &User, defined: &Defined) -> Result<BTreeSet<ApplicationRole>, StoreFault> {
        let mut held = self.application_roles(Subject::User(user.id), defined)?;
        for group in &user.groups {
            held.extend(self.application_roles(Subject::Group(*group), defined)?);
        }
        Ok(held)
    }
}

impl RealmChanges<'_> {
    /// Gives exactly these roles to a user or group.
    pub fn put_application_roles(
        &self,
        subject: Subject,
        roles: &BTreeSet<ApplicationRole>,
        defined: &Defined,
    ) -> Result<(), StoreFault> {
        let held = roles
            .iter()
            .filter_map(|role| Some((role.clone(), *defined.get(role)?)));
        let held = HeldRow(held.collect());
        let key = held_key(self.tenant, subject);
        if held.0.is_empty() {
            self.tx.delete(&key);
            return Ok(());
        }
        self.tx.put(&key, &held)
    }

    /// Of a user or group that is being deleted.
    pub(crate) fn forget_application_roles(&self, subject: Subject) {
        self.tx.delete(&held_key(self.tenant, subject));
    }
}
