//! Explanations of rights: what somebody can do to an object and why, who can do something to it, and what rules would
//! change before they are stored (R043). They change nothing, and say no more than the caller may know.
//!
//! What is allowed is worked out by the permission decision; here it is asked, and its answers are given names.

mod names;
mod preview;
mod survey;

pub use names::{GrantTold, GroupTold, ObjectTold, Why};
pub use policy::explain::{Action, Remedy};
pub use policy::rights::Cover;
pub use preview::{Change, Effect, Preview, PreviewRules};
pub use survey::{GroupCan, SurveyObject, Surveyed, UserCan};

use crate::desk::Reading;
use crate::groups::group_in;
use crate::page::{Listed, Page};
use crate::permissions::Holder;
use crate::refusal::{Missing, Refusal};
use crate::users::{allow_people, read_users};
use crate::work::Query;
use model::grants::Subject;
use model::ids::ObjectId;
use model::roles::Role;
use model::users::{Group, User};
use names::Names;
use policy::explain::{ACTIONS, explain};
use policy::facts::Principal;
use policy::operations::explain::{RightsRead, RightsSurvey};
use policy::operations::inventory::InventoryRead;
use policy::operations::users::UserRead;
use std::collections::BTreeSet;
use store::facts::Supposed;
use store::realm::RealmRows;

/// One action on an object, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionTold {
    /// What.
    pub action: &'static Action,
    /// Whether it is allowed.
    pub allowed: bool,
    /// What it rests on, if it is allowed.
    pub because: Vec<Why>,
    /// The fragments of the data for which it is allowed.
    pub fragments: Cover,
    /// Permissions that reach the object and are not enough.
    pub not_enough: Vec<GrantTold>,
    /// What would allow it, or the rest of it; nothing if there is no more to allow.
    pub remedy: Option<Remedy>,
}

/// What somebody can do to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The object.
    pub object: ObjectTold,
    /// Every action.
    pub actions: Vec<ActionTold>,
}

/// Explains what a user or group can do to an object that the caller may read. Of a group: what a member can do who holds
/// nothing else and owns nothing.
pub struct ExplainOn {
    /// Who.
    pub holder: Holder,
    /// The object.
    pub object: ObjectId,
    /// With these fragments beside the object's own, or of data that has these.
    pub fragments: Option<Vec<String>>,
}

impl Query for ExplainOn {
    type Operation = RightsRead;
    type Answer = Explained;

    fn answer(&self, desk: &Reading) -> Result<Explained, Refusal> {
        let (rows, holder) = open(desk, &self.holder)?;
        let _ = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.object)?);
        let missing = || Refusal::Missing(Missing::Object(self.object));
        let who = holder.as_principal(desk, &Supposed::default())?;
        let facts = desk
            .tx
            .object_facts_in_full(&who, self.object)?
            .ok_or_else(missing)?;
        let names = Names::new(desk, &rows, &holder)?;
        let fragments: Option<Vec<&str>> = self
            .fragments
            .as_ref()
            .map(|names| names.iter().map(String::as_str).collect());
        let actions = ACTIONS.iter().map(|action| {
            let told = explain(&who, action, &facts, fragments.as_deref());
            names.action(self.object, told)
        });
        Ok(Explained {
            actions: actions.collect::<Result<_, _>>()?,
            object: names.object(self.object)?.ok_or_else(missing)?,
        })
    }
}

/// A role that somebody holds, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleTold {
    /// The role.
    pub role: Role,
    /// Whether it was given to the user itself.
    pub directly: bool,
    /// The groups that give it.
    pub groups: Vec<GroupTold>,
    /// Whether it reaches only what its holder owns (R023).
    pub own_only: bool,
}

/// Everything that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Roles, in order.
    pub roles: Vec<RoleTold>,
    /// Permissions on objects and fragments.
    pub rules: Listed<GrantTold>,
}

/// Tells what a user or group holds, and from where.
pub struct ExplainHolding {
    /// Who.
    pub holder: Holder,
    /// Which part of the permissions.
    pub page: Page,
}

impl Query for ExplainHolding {
    type Operation = RightsRead;
    type Answer = Holding;

    fn answer(&self, desk: &Reading) -> Result<Holding, Refusal> {
        let (rows, holder) = open(desk, &self.holder)?;
        let who = holder.as_principal(desk, &Supposed::default())?;
        let names = Names::new(desk, &rows, &holder)?;
        let roles = who.effective_roles().map(|role| RoleTold {
            own_only: !who.has_any(&[role]),
            ..names.role(role)
        });
        let rules = self.page.of(who.rights().grants().to_vec());
        Ok(Holding {
            roles: roles.collect(),
            rules: rules.try_map(|grant| names.grant(None, &grant))?,
        })
    }
}

/// A user or group whose rights are explained.
enum Found {
    User(Box<User>),
    Group(Group),
}

impl Found {
    fn subject(&self) -> Subject {
        match self {
            Self::User(user) => Subject::User(user.id),
            Self::Group(group) => Subject::Group(group.id),
        }
    }

    /// Roles held without a group.
    fn direct_roles(&self) -> BTreeSet<Role> {
        match self {
            Self::User(user) => user.roles.clone(),
            Self::Group(_) => BTreeSet::new(),
        }
    }

    fn groups(&self, rows: &RealmRows<'_>) -> Result<Vec<Group>, Refusal> {
        match self {
            Self::Group(group) => Ok(vec![group.clone()]),
            Self::User(user) => {
                let mut groups = Vec::with_capacity(user.groups.len());
                for id in &user.groups {
                    groups.extend(rows.group(*id)?);
                }
                Ok(groups)
            }
        }
    }

    fn as_principal(&self, desk: &Reading, supposed: &Supposed) -> Result<Principal, Refusal> {
        let found = desk
            .tx
            .principal_supposing(desk.who().tenant(), self.subject(), supposed)?;
        found.ok_or(Refusal::NotSignedIn)
    }
}

/// Finds a user or group whose rights the caller may see: one's own always, else by the right to read users or groups.
fn open<'d>(desk: &'d Reading, holder: &Holder) -> Result<(RealmRows<'d>, Found), Refusal> {
    match holder {
        Holder::User(name) if name == desk.caller().name() => {
            let rows = desk.tx.realm(desk.allow::<RightsRead>()?);
            let user = rows.user(desk.who().id())?.ok_or(Refusal::NotSignedIn)?;
            Ok((rows, Found::User(Box::new(user))))
        }
        Holder::User(name) => {
            let (rows, span) = read_users::<UserRead>(desk)?;
            let user = span.user(&rows, name)?;
            Ok((rows, Found::User(Box::new(user))))
        }
        Holder::Group(id) => {
            let rows = desk.tx.realm(allow_people::<RightsSurvey, _>(desk)?);
            let group = group_in(&rows, *id)?;
            Ok((rows, Found::Group(group)))
        }
    }
}
