//! Who can do something to an object: groups, users, the owner, and the roles that reach every object.

use super::names::{GroupTold, Names, Why};
use super::{Cover, Found};
use crate::desk::Reading;
use crate::page::{Listed, Page};
use crate::refusal::{Invalid, Missing, Refusal};
use crate::users::allow_people;
use crate::work::Query;
use model::grants::Subject;
use model::ids::{GroupId, ObjectId, PrincipalId};
use model::limits::{PAGE_SIZE_MAX, SURVEY_USERS_MAX};
use model::names::UserName;
use model::permissions::{Level, Scope, Select};
use model::roles::Role;
use model::users::{Group, User};
use policy::explain::{Action, Explanation, Reason, explain};
use policy::facts::ObjectFacts;
use policy::operations::explain::RightsSurvey;
use policy::operations::inventory::InventoryRead;
use std::collections::BTreeSet;
use store::facts::Supposed;
use store::realm::RealmRows;

/// A group that lets its members do it, whatever else they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCan {
    /// The group.
    pub group: GroupTold,
    /// Why.
    pub because: Vec<Why>,
    /// The fragments of the data for which it is allowed.
    pub fragments: Cover,
}

/// A user who can do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCan {
    /// The user's name.
    pub name: UserName,
    /// Whether the user can sign in.
    pub enabled: bool,
    /// Why.
    pub because: Vec<Why>,
    /// The fragments of the data for which it is allowed.
    pub fragments: Cover,
}

/// Who can do something to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// The name under which the object's owner is shown.
    pub owner: String,
    /// The roles that allow it on every object.
    pub roles: &'static [Role],
    /// Whether `c8y_Global` allows it to everybody; who is named has another reason too.
    pub everybody: bool,
    /// Groups, in order of ids.
    pub groups: Vec<GroupCan>,
    /// Users, in order of ids.
    pub users: Listed<UserCan>,
}

/// Asks who can read or change an object that the caller may read, or its data of one kind.
pub struct SurveyObject {
    /// The object.
    pub object: ObjectId,
    /// The kind of data.
    pub scope: Scope,
    /// Read or change.
    pub level: Level,
    /// With these fragments beside the object's own, or of data that has these.
    pub fragments: Option<Vec<String>>,
    /// Which part of the users.
    pub page: Page,
}

impl Query for SurveyObject {
    type Operation = RightsSurvey;
    type Answer = Surveyed;

    fn answer(&self, desk: &Reading) -> Result<Surveyed, Refusal> {
        let rows = desk.tx.realm(allow_people::<RightsSurvey, _>(desk)?);
        let _ = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.object)?);
        let missing = || Refusal::Missing(Missing::Object(self.object));
        let facts = desk
            .tx
            .object_facts_in_full(desk.who(), self.object)?
            .ok_or_else(missing)?;
        let action =
            Action::for_level(self.scope, self.level).ok_or(Refusal::Invalid(Invalid::QueryTooCostly))?;
        let survey = Survey {
            desk,
            rows: &rows,
            action,
            asked: self,
            places: Places::of(desk, &rows, &facts, action)?,
        };
        Ok(Surveyed {
            owner: desk.shown_name(facts.owner())?,
            roles: action.roles(),
            everybody: action.is_global() && facts.is_global(),
            groups: survey.groups()?,
            users: survey.users()?,
        })
    }
}

/// Where rights on an object can come from: whoever is found nowhere here needs not be asked about.
struct Places {
    subjects: BTreeSet<Subject>,
    owners: BTreeSet<PrincipalId>,
    groups: Vec<Group>,
    roles: &'static [Role],
}

impl Places {
    fn of(
        desk: &Reading,
        rows: &RealmRows<'_>,
        facts: &ObjectFacts,
        action: &Action,
    ) -> Result<Self, Refusal> {
        let mut subjects = rows.subjects_on(Select::All)?;
        let mut owners = BTreeSet::new();
        for object in facts.line() {
            subjects.extend(rows.subjects_on(Select::One(object))?);
            owners.extend(
                desk.tx
                    .object_facts(desk.who(), object)?
                    .map(|facts| facts.owner()),
            );
        }
        Ok(Self {
            subjects,
            owners,
            groups: rows.groups()?,
            roles: action.roles(),
        })
    }

    fn has_group(&self, group: &Group) -> bool {
        self.subjects.contains(&Subject::Group(group.id))
            || self.roles.iter().any(|role| group.roles.contains(role))
    }

    fn has_user(&self, user: &User, groups: &BTreeSet<GroupId>) -> bool {
        self.subjects.contains(&Subject::User(user.id))
            || self.owners.contains(&user.id)
            || self.roles.iter().any(|role| user.roles.contains(role))
            || !groups.is_disjoint(&user.groups)
    }
}

struct Survey<'d> {
    desk: &'d Reading,
    rows: &'d RealmRows<'d>,
    action: &'static Action,
    asked: &'d SurveyObject,
    places: Places,
}

impl Survey<'_> {
    /// The explanation, if it is allowed by more than what is open to everybody.
    fn told(&self, found: &Found) -> Result<Option<Explanation>, Refusal> {
        let who = found.as_principal(self.desk, &Supposed::default())?;
        let Some(facts) = self.desk.tx.object_facts_in_full(&who, self.asked.object)? else {
            return Ok(None);
        };
        let fragments = self.asked.fragments.as_ref();
        let fragments: Option<Vec<&str>> = fragments.map(|names| names.iter().map(String::as_str).collect());
        let told = explain(&who, self.action, &facts, fragments.as_deref());
        let by_more = told.because.iter().any(|reason| *reason != Reason::Global);
        Ok((told.is_allowed() && by_more).then_some(told))
    }

    fn why(&self, found: &Found, told: &Explanation) -> Result<Vec<Why>, Refusal> {
        Names::new(self.desk, self.rows, found)?.reasons(self.asked.object, &told.because)
    }

    fn groups(&self) -> Result<Vec<GroupCan>, Refusal> {
        let mut groups = Vec::new();
        for group in self
            .places
            .groups
            .iter()
            .filter(|group| self.places.has_group(group))
        {
            let found = Found::Group(group.clone());
            if let Some(told) = self.told(&found)? {
                groups.push(GroupCan {
                    group: GroupTold {
                        id: group.id,
                        name: Some(group.name.to_string()),
                    },
                    because: self.why(&found, &told)?,
                    fragments: told.fragments,
                });
            }
        }
        Ok(groups)
    }

    /// Users are asked about one by one, because rules of a user and its groups may be enough only together.
    fn users(&self) -> Result<Listed<UserCan>, Refusal> {
        let page = self.asked.page;
        let groups = self
            .places
            .groups
            .iter()
            .filter(|group| self.places.has_group(group));
        let groups: BTreeSet<_> = groups.map(|group| group.id).collect();
        let mut candidates = self.rows.users()?;
        candidates.retain(|user| self.places.has_user(user, &groups));
        if candidates.len() > SURVEY_USERS_MAX {
            return Err(Refusal::Invalid(Invalid::QueryTooCostly));
        }
        let (mut seen, mut items) = (0, Vec::new());
        let take = page.take.min(PAGE_SIZE_MAX);
        for user in candidates {
            if items.len() >= take && !page.count {
                break;
            }
            let (name, enabled) = (user.name.clone(), user.enabled);
            let found = Found::User(Box::new(user));
            let Some(told) = self.told(&found)? else { continue };
            seen += 1;
            if seen > page.skip && items.len() < take {
                items.push(UserCan {
                    name,
                    enabled,
                    because: self.why(&found, &told)?,
                    fragments: told.fragments,
                });
            }
        }
        Ok(Listed {
            items,
            total: page.count.then_some(seen),
        })
    }
}
