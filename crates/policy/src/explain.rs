//! Why something is allowed, and what would allow it (R043): every clause of the decision by name, with the rules, roles
//! and objects that it rests on.
//!
//! Nothing is decided here: each answer is what [`reasons`] says, told in more words. Names of users, groups and roles
//! are not known; they are looked up by whoever shows the explanation.

mod actions;

pub use actions::{ACTIONS, Action};

use crate::decide::{Denied, Target, denied, reasons};
use crate::facts::{ObjectFacts, Principal};
use crate::operation::{Level, Operation, Scope};
use crate::operations::inventory::InventoryCreate;
use crate::proof::Because;
use crate::rights::{Cover, Grant};
use actions::LINK;
use model::ids::{ObjectId, OperationId};
use model::permissions::{FragmentName, Permission, Rule, Select};
use model::roles::Role;

/// One thing on which a permission rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A role for the whole tenant.
    Role(Role),
    /// The principal owns the object.
    Owner,
    /// The principal, a device, owns this object above it.
    OwnerAbove(ObjectId),
    /// A permission that reaches the object, or a part of what is needed together with the others.
    Permission(Grant),
    /// The object carries `c8y_Global`.
    Global,
    /// This open operation names the object for a device of the principal's, and its creator may read it.
    Lent(OperationId),
}

/// What would allow the rest: any one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// One of these roles.
    pub roles: &'static [Role],
    /// All of these rules.
    pub rules: Vec<Rule>,
    /// To own the object.
    pub ownership: bool,
    /// `c8y_Global` on the object.
    pub global: bool,
}

/// Whether something is allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What is asked about.
    pub action: &'static Action,
    /// How it is refused; nothing if it is allowed.
    pub denied: Option<Denied>,
    /// What it rests on if it is allowed, every clause in the order of the decision.
    pub because: Vec<Reason>,
    /// The fragments of the data for which it is allowed.
    pub fragments: Cover,
    /// Permissions that reach the object and are not enough.
    pub not_enough: Vec<Grant>,
    /// What would allow it, or allow it for every fragment; nothing if there is no more to allow.
    pub remedy: Option<Remedy>,
}

impl Explanation {
    /// Whether it is allowed.
    pub fn is_allowed(&self) -> bool {
        self.denied.is_none()
    }
}

/// Explains whether `who` may do this to an object: with these fragments beside its own, or to a piece of its data that
/// has these; without fragments to its data as far as the rights go. The facts must be complete.
pub fn explain(
    who: &Principal,
    action: &'static Action,
    object: &ObjectFacts,
    fragments: Option<&[&str]>,
) -> Explanation {
    let asked = Asked {
        who,
        action,
        object,
        fragments,
    };
    if action.is_creation {
        asked.creation()
    } else {
        asked.explain()
    }
}

/// For which fragments of an object's data of one kind `who` is allowed an action: of the object itself all or none.
pub fn extent(who: &Principal, action: &'static Action, object: &ObjectFacts) -> Cover {
    let asked = Asked {
        who,
        action,
        object,
        fragments: None,
    };
    asked.extent(&asked.reasons())
}

struct Asked<'a> {
    who: &'a Principal,
    action: &'static Action,
    object: &'a ObjectFacts,
    fragments: Option<&'a [&'a str]>,
}

impl<'a> Asked<'a> {
    fn is_data(&self) -> bool {
        self.action.scope != Scope::ManagedObject
    }

    fn target(&self) -> Target<'a> {
        let object = self.object;
        match self.fragments {
            None => Target::Object(object),
            Some(fragments) if self.is_data() && self.action.level == Level::Read => {
                Target::Piece { object, fragments }
            }
            Some(fragments) => Target::With { object, fragments },
        }
    }

    fn reasons(&self) -> Vec<Because> {
        reasons(self.who, self.action.need, self.target())
    }

    fn covered(&self) -> Cover {
        let Action { scope, level, .. } = *self.action;
        self.who.rights().cover(scope, level, self.who.line(self.object))
    }

    fn extent(&self, reasons: &[Because]) -> Cover {
        let is_limited = self.is_data() && reasons.iter().all(|because| *because == Because::Rights);
        match reasons {
            [] => Cover::default(),
            _ if is_limited => self.covered(),
            _ => Cover::ALL,
        }
    }

    fn explain(&self) -> Explanation {
        let found = self.reasons();
        let fragments = self.extent(&found);
        let denied = found
            .is_empty()
            .then(|| denied(self.who, self.action.need, self.target()));
        let rules = self.missing_rules();
        let is_open = denied.is_some() || (self.is_data() && !fragments.all && !rules.is_empty());
        Explanation {
            action: self.action,
            because: self.because(&found),
            not_enough: denied.map(|_| self.grants()).unwrap_or_default(),
            denied,
            fragments,
            remedy: is_open.then(|| Remedy {
                roles: self.roles(),
                rules,
                ownership: true,
                global: self.action.is_global() && self.is_home(),
            }),
        }
    }

    /// A child is made by the right to link to its parent, and by the right to create: for every object by a role, or
    /// here by a permission that covers the new object's fragments.
    fn creation(&self) -> Explanation {
        let link = Self {
            action: &LINK,
            fragments: None,
            ..*self
        };
        let link = link.explain();
        let covered = self.covered();
        let names: Vec<&str> = match self.fragments {
            Some(fragments) => fragments.to_vec(),
            None => covered.names.iter().map(AsRef::as_ref).collect(),
        };
        let below = Target::Below {
            parent: self.object,
            fragments: &names,
        };
        let by_role = reasons(self.who, InventoryCreate::INFO.need, Target::Tenant);
        let found: Vec<_> = by_role
            .iter()
            .copied()
            .chain(reasons(self.who, self.action.need, below))
            .collect();
        let refused = (found.is_empty()).then(|| denied(self.who, self.action.need, below));
        let denied = link.denied.or(refused);
        let has_role = found.iter().any(|because| matches!(because, Because::Role(_)));
        let fragments = match denied {
            Some(_) => Cover::default(),
            None if has_role => Cover::ALL,
            None => covered,
        };
        let mut because = link.because;
        because.extend(self.because(&found));
        because.dedup();
        let rules = if has_role {
            link.remedy.map(|remedy| remedy.rules).unwrap_or_default()
        } else {
            vec![self.rule(Select::All)]
        };
        Explanation {
            action: self.action,
            because: if denied.is_none() { because } else { Vec::new() },
            not_enough: denied.map(|_| self.grants()).unwrap_or_default(),
            denied,
            remedy: (!fragments.all).then(|| Remedy {
                roles: self.roles(),
                rules,
                ownership: has_role,
                global: false,
            }),
            fragments,
        }
    }

    fn because(&self, found: &[Because]) -> Vec<Reason> {
        let mut told = Vec::new();
        for because in found {
            match because {
                // The decision names the first role that is enough; here all of them are of interest.
                Because::Role(first) => {
                    told.push(Reason::Role(*first));
                    let others = self.action.roles().iter().copied();
                    told.extend(
                        others
                            .filter(|role| role != first && self.who.has_any(&[*role]))
                            .map(Reason::Role),
                    );
                }
                Because::Owner => told.push(Reason::Owner),
                Because::OwnerAbove(object) => told.push(Reason::OwnerAbove(*object)),
                Because::Rights => told.extend(self.grants().into_iter().map(Reason::Permission)),
                Because::Global => told.push(Reason::Global),
                Because::Lent(operation) => told.push(Reason::Lent(*operation)),
                Because::Public
                | Because::SignedIn
                | Because::Microservice
                | Because::ListOfOwn
                | Because::System(_) => {}
            }
        }
        told
    }

    /// Whether what is held for no object in particular counts here: a project is closed to it (R118).
    fn is_home(&self) -> bool {
        self.who.home().has(self.object.project())
    }

    /// The roles that would be enough here.
    fn roles(&self) -> &'static [Role] {
        if self.is_home() { self.action.roles() } else { &[] }
    }

    /// The fragments that matter: those of the object, and those asked about.
    fn wanted(&self) -> Vec<&'a str> {
        let own = self.object.fragments().filter(|_| !self.is_data());
        own.chain(self.fragments.into_iter().flatten().copied()).collect()
    }

    /// The grants that reach the object and speak of a fragment that matters.
    fn grants(&self) -> Vec<Grant> {
        let Action { scope, level, .. } = *self.action;
        let wanted = self.wanted();
        let any = self.action.is_creation || (self.is_data() && self.fragments.is_none());
        let matters = |grant: &&Grant| match &grant.permission.fragment {
            Select::All => true,
            Select::One(name) => any || wanted.contains(&name.as_str()),
        };
        let reaching = self
            .who
            .rights()
            .reaching(scope, level, self.who.line(self.object));
        reaching.into_iter().filter(matters).cloned().collect()
    }

    /// The rules on the object that together would cover what is not covered.
    fn missing_rules(&self) -> Vec<Rule> {
        let (covered, wanted) = (self.covered(), self.wanted());
        if covered.all {
            return Vec::new();
        }
        let missing = wanted.iter().filter(|fragment| !covered.has(fragment));
        let named: Result<Vec<FragmentName>, _> = missing.map(|fragment| fragment.parse()).collect();
        match named {
            Ok(names) if !wanted.is_empty() => names
                .into_iter()
                .map(|name| self.rule(Select::One(name)))
                .collect(),
            // Data without fragments is covered by `*` only, and so is what no rule can name.
            _ => vec![self.rule(Select::All)],
        }
    }

    fn rule(&self, fragment: Select<FragmentName>) -> Rule {
        Rule {
            object: Select::One(self.object.id()),
            permission: Permission {
                scope: Select::One(self.action.scope),
                fragment,
                level: Select::One(self.action.level),
            },
        }
    }
}

#[cfg(test)]
mod tests;
