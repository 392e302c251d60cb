//! The report of privileged principals: everybody who holds a right by which one can gain others, by whatever way it was
//! given (R016). It tells what is in force: the rights are those that the decision goes by.

use crate::desk::Reading;
use crate::page::{Listed, Page};
use crate::refusal::Refusal;
use crate::users::{allow_people, may_lend};
use crate::work::Query;
use model::grants::Subject;
use model::ids::{GroupId, PrincipalId};
use model::names::{GroupName, UserName};
use model::permissions::{Rule, Select};
use model::roles::{ApplicationRole, Role};
use model::time::Timestamp;
use model::users::{ADMINS, Group, User, UserKind};
use policy::facts::Principal;
use policy::operations::users::PrivilegedRead;
use policy::privileged::{everywhere, is_privileged, is_privileged_by_name};
use std::collections::{BTreeMap, BTreeSet};
use store::application_roles::Holdings;
use store::gifts::{Gift, Given};
use store::realm::RealmRows;

/// Somebody who holds a privileged right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivilegedPrincipal {
    /// Its name.
    pub name: UserName,
    /// What kind of principal it is. For a service or a device it is a warning: nobody looks over its shoulder.
    pub kind: UserKind,
    /// Whether it may sign in.
    pub enabled: bool,
    /// The day on which it last signed in, if it ever did.
    pub last_sign_in: Option<Timestamp>,
    /// The user above it, who bounds what it holds.
    pub owner: Option<UserName>,
    /// How it holds what.
    pub ways: Vec<Way>,
}

/// One way to one privileged right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What it holds.
    pub right: PrivilegedRight,
    /// Through what.
    pub through: Through,
    /// How it was given, as far as it is known: what was there from the start, nobody gave.
    pub given: Option<GivenBy>,
}

/// A privileged right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivilegedRight {
    /// To give every right of the tenant: as a member of `admins`.
    Administration,
    /// A role.
    Role(Role),
    /// A role of a microservice.
    ApplicationRole(ApplicationRole),
    /// A permission on every object.
    Permission(Rule),
    /// To manage the users below this one.
    UsersBelow(UserName),
}

/// Through what somebody holds a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Through {
    /// It was given to the user itself.
    Direct,
    /// It was given to a group of the user.
    Group(GroupId, GroupName),
    /// The users below somebody were lent to the user.
    Delegation,
}

/// How a right was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBy {
    /// By whom; none if that user is deleted.
    pub by: Option<UserName>,
    /// When.
    pub at: Timestamp,
    /// Whether the giver did not hold it.
    pub beyond_own: bool,
}

/// Reads the report.
pub struct ReadPrivileged {
    /// Which part.
    pub page: Page,
}

impl Query for ReadPrivileged {
    type Operation = PrivilegedRead;
    type Answer = Listed<PrivilegedPrincipal>;

    fn answer(&self, desk: &Reading) -> Result<Listed<PrivilegedPrincipal>, Refusal> {
        let rows = desk.tx.realm(allow_people::<PrivilegedRead, _>(desk)?);
        let report = Report::new(desk, &rows)?;
        let mut found = Vec::new();
        for user in rows.users()? {
            found.extend(report.about(&user)?);
        }
        Ok(self.page.of(found))
    }
}

struct Report<'r> {
    desk: &'r Reading,
    rows: &'r RealmRows<'r>,
    groups: BTreeMap<GroupId, (Group, BTreeMap<Given, Gift>)>,
    /// Who holds permissions on every object.
    on_everything: BTreeSet<Subject>,
    of_applications: Holdings<'r>,
}

impl<'r> Report<'r> {
    fn new(desk: &'r Reading, rows: &'r RealmRows<'r>) -> Result<Self, Refusal> {
        let mut groups = BTreeMap::new();
        for group in rows.groups()? {
            let gifts = rows.gifts(Subject::Group(group.id))?;
            groups.insert(group.id, (group, gifts));
        }
        Ok(Self {
            desk,
            rows,
            groups,
            on_everything: rows.subjects_on(Select::All)?,
            of_applications: desk.tx.application_roles(desk.who())?,
        })
    }

    /// Whether this user could hold a privileged right at all: for others nothing more is read.
    fn is_candidate(&self, user: &User) -> bool {
        let by_group = |id: &GroupId| {
            let group = self.groups.get(id);
            self.on_everything.contains(&Subject::Group(*id))
                || group.is_some_and(|(group, _)| {
                    group.name.as_str() == ADMINS || group.roles.iter().any(|role| is_privileged(*role))
                })
        };
        user.roles.iter().any(|role| is_privileged(*role))
            || self.on_everything.contains(&Subject::User(user.id))
            || user.groups.iter().any(by_group)
    }

    fn about(&self, user: &User) -> Result<Option<PrivilegedPrincipal>, Refusal> {
        let of_applications = self.of_applications.in_force(user.id)?;
        let of_applications: Vec<_> = of_applications
            .into_iter()
            .filter(is_privileged_by_name)
            .collect();
        if !self.is_candidate(user) && of_applications.is_empty() {
            return Ok(None);
        }
        let facts = self.desk.tx.principal(self.desk.who().tenant(), user.id)?;
        let Some(who) = facts.map(|facts| facts.principal) else {
            return Ok(None);
        };
        let gifts = self.rows.gifts(Subject::User(user.id))?;
        let mut ways = self.by_roles(user, &who, &gifts)?;
        for id in &user.groups {
            ways.extend(self.by_group(*id, &who, &gifts)?);
        }
        for role in of_applications {
            ways.extend(self.by_application_role(user, &role, &gifts)?);
        }
        ways.extend(self.by_permissions(&who));
        ways.extend(self.by_delegation(user, &who)?);
        if ways.is_empty() {
            return Ok(None);
        }
        Ok(Some(PrivilegedPrincipal {
            name: user.name.clone(),
            kind: user.kind,
            enabled: user.enabled,
            last_sign_in: self.rows.day_of_sign_in(user.id)?,
            owner: match user.owner {
                Some(owner) => self.name_of(owner)?,
                None => None,
            },
            ways,
        }))
    }

    fn name_of(&self, id: PrincipalId) -> Result<Option<UserName>, Refusal> {
        Ok(self.rows.user(id)?.map(|user| user.name))
    }

    fn given(&self, gift: Option<&Gift>) -> Result<Option<GivenBy>, Refusal> {
        let Some(gift) = gift else { return Ok(None) };
        Ok(Some(GivenBy {
            by: self.name_of(gift.by)?,
            at: gift.at,
            beyond_own: gift.beyond_own,
        }))
    }

    fn by_roles(
        &self,
        user: &User,
        who: &Principal,
        gifts: &BTreeMap<Given, Gift>,
    ) -> Result<Vec<Way>, Refusal> {
        let roles = user.roles.iter().filter(|role| counts(who, **role));
        let way = |role: &Role| {
            Ok(Way {
                right: PrivilegedRight::Role(*role),
                through: Through::Direct,
                given: self.given(gifts.get(&Given::Role(*role)))?,
            })
        };
        roles.map(way).collect()
    }

    /// What a user holds through a group: given by whoever put it into the group, beyond the giver's own if the membership
    /// was, or the role when the group got it.
    fn by_group(
        &self,
        id: GroupId,
        who: &Principal,
        gifts: &BTreeMap<Given, Gift>,
    ) -> Result<Vec<Way>, Refusal> {
        let Some((group, roles)) = self.groups.get(&id) else {
            return Ok(Vec::new());
        };
        let through = || Through::Group(id, group.name.clone());
        let mut ways = Vec::new();
        if group.name.as_str() == ADMINS && who.is_admin() {
            ways.push(Way {
                right: PrivilegedRight::Administration,
                through: through(),
                given: self.given(gifts.get(&Given::Group(id)))?,
            });
        }
        for role in group.roles.iter().filter(|role| counts(who, **role)) {
            ways.push(Way {
                right: PrivilegedRight::Role(*role),
                through: through(),
                given: self.given_by_group(id, gifts, roles.get(&Given::Role(*role)))?,
            });
        }
        Ok(ways)
    }

    fn given_by_group(
        &self,
        id: GroupId,
        gifts: &BTreeMap<Given, Gift>,
        of_role: Option<&Gift>,
    ) -> Result<Option<GivenBy>, Refusal> {
        let gift = gifts.get(&Given::Group(id)).or(of_role);
        let mut given = self.given(gift)?;
        if let Some(given) = &mut given {
            given.beyond_own |= of_role.is_some_and(|gift| gift.beyond_own);
        }
        Ok(given)
    }

    /// The ways to a role of a microservice that a user holds.
    fn by_application_role(
        &self,
        user: &User,
        role: &ApplicationRole,
        gifts: &BTreeMap<Given, Gift>,
    ) -> Result<Vec<Way>, Refusal> {
        let as_given = Given::ApplicationRole(role.clone());
        let right = || PrivilegedRight::ApplicationRole(role.clone());
        let mut ways = Vec::new();
        let direct = self.of_applications.given_to(Subject::User(user.id))?;
        if direct.contains(role) {
            ways.push(Way {
                right: right(),
                through: Through::Direct,
                given: self.given(gifts.get(&as_given))?,
            });
        }
        for id in &user.groups {
            let Some((group, of_group)) = self.groups.get(id) else {
                continue;
            };
            if self.of_applications.given_to(Subject::Group(*id))?.contains(role) {
                ways.push(Way {
                    right: right(),
                    through: Through::Group(*id, group.name.clone()),
                    given: self.given_by_group(*id, gifts, of_group.get(&as_given))?,
                });
            }
        }
        Ok(ways)
    }

    fn by_permissions(&self, who: &Principal) -> Vec<Way> {
        let way = |grant: &policy::rights::Grant| Way {
            right: PrivilegedRight::Permission(Rule {
                object: grant.object,
                permission: grant.permission.clone(),
            }),
            through: match grant.origin.subject {
                Subject::User(_) => Through::Direct,
                Subject::Group(id) => match self.groups.get(&id) {
                    Some((group, _)) => Through::Group(id, group.name.clone()),
                    None => Through::Direct,
                },
            },
            given: None,
        };
        everywhere(who).into_iter().map(way).collect()
    }

    fn by_delegation(&self, user: &User, who: &Principal) -> Result<Option<Way>, Refusal> {
        let Some(head) = self.rows.delegated_by(user.id)? else {
            return Ok(None);
        };
        if !who.has_any(&[Role::UserManagementCreate]) || !may_lend(self.desk, head)? {
            return Ok(None);
        }
        Ok(self.name_of(head)?.map(|head| Way {
            right: PrivilegedRight::UsersBelow(head),
            through: Through::Delegation,
            given: None,
        }))
    }
}

/// Whether a role is privileged and in force.
fn counts(who: &Principal, role: Role) -> bool {
    is_privileged(role) && who.has_any(&[role])
}
