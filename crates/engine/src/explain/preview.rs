//! What rules would change before they are stored: which objects would become visible or changeable, or stop being so.

use super::names::{Names, ObjectTold};
use super::{Found, open};
use crate::desk::Reading;
use crate::permissions::Holder;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::users::allow_people;
use crate::work::Query;
use model::ids::ObjectId;
use model::limits::{PAGE_SIZE_MAX, PREVIEW_OBJECTS_MAX, PREVIEW_RULES_MAX};
use model::permissions::{Level, Rule, Scope, Select};
use policy::explain::{Action, extent};
use policy::facts::Principal;
use policy::granting::{On, may_pass_on};
use policy::operations::explain::RightsPreview;
use policy::operations::inventory::{InventoryList, InventoryRead};
use std::collections::BTreeSet;
use store::facts::Supposed;
use store::search::{Search, TooCostly};

/// Objects on which something would become allowed, or stop being so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// How many.
    pub objects: usize,
    /// How many of them by inheritance: no rule names them.
    pub inherited: usize,
    /// The first of them, in order of ids: those that the caller may read.
    pub first: Vec<ObjectTold>,
}

/// The effect of rules on one kind of data and one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The kind of data.
    pub scope: Scope,
    /// Read or change.
    pub level: Level,
    /// Where it would be allowed, or for more fragments.
    pub gained: Effect,
    /// Where it would be refused, or for fewer fragments.
    pub lost: Effect,
}

/// What rules would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The effects, of those kinds and levels that have any.
    pub changes: Vec<Change>,
    /// The rules that the caller may not give or take.
    pub not_yours: Vec<Rule>,
    /// The rules to be taken away that are not there, or that an inventory role or group gives.
    pub not_held: Vec<Rule>,
}

/// Asks what rules of a user or group would change. Of rules on every object, and of rules that the caller may not pass
/// on, those objects count that the caller may read.
pub struct PreviewRules {
    /// Who would be given the rules.
    pub holder: Holder,
    /// Given.
    pub added: Vec<Rule>,
    /// Taken away.
    pub removed: Vec<Rule>,
    /// How many objects to name of each effect; more than [`PAGE_SIZE_MAX`] is clamped.
    pub take: usize,
}

impl Query for PreviewRules {
    type Operation = RightsPreview;
    type Answer = Preview;

    fn answer(&self, desk: &Reading) -> Result<Preview, Refusal> {
        let _ = desk.tx.realm(allow_people::<RightsPreview, _>(desk)?);
        if self.rules().count() > PREVIEW_RULES_MAX {
            return Err(Refusal::Invalid(Invalid::QueryTooCostly));
        }
        let (rows, holder) = open(desk, &self.holder)?;
        let mut objects = self.objects(desk)?;
        let names = Names::new(desk, &rows, &holder)?;
        let not_yours = self.not_yours(desk)?;
        if !not_yours.is_empty() {
            // Else rules that nobody may give would find out what hidden objects there are and what they hold.
            objects = readable(&names, objects)?;
        }
        let supposed = Supposed {
            added: self.added.clone(),
            removed: self.removed.clone(),
        };
        let before = holder.as_principal(desk, &Supposed::default())?;
        let after = holder.as_principal(desk, &supposed)?;
        Ok(Preview {
            changes: self.changes(desk, &names, &objects, [&before, &after])?,
            not_yours,
            not_held: self.not_held(&before, &holder),
        })
    }
}

impl PreviewRules {
    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.added.iter().chain(&self.removed)
    }

    /// Every object that a rule reaches. One that the caller may not read cannot be asked about.
    fn objects(&self, desk: &Reading) -> Result<BTreeSet<ObjectId>, Refusal> {
        let mut objects = BTreeSet::new();
        let too_costly = Refusal::Invalid(Invalid::QueryTooCostly);
        let named: BTreeSet<_> = self.rules().map(|rule| rule.object).collect();
        for object in named {
            match object {
                Select::One(root) => {
                    let rows = desk.tx.inventory(allow_named(desk, root)?);
                    let reached = rows.reached_from(root, PREVIEW_OBJECTS_MAX)?;
                    objects.extend(reached.ok_or_else(|| too_costly.clone())?);
                }
                Select::All => {
                    let rows = desk.tx.inventory(desk.allow::<InventoryList>()?);
                    let all = Search {
                        take: PREVIEW_OBJECTS_MAX + 1,
                        ..Search::default()
                    };
                    let found = match rows.find(&all, &|_| None)? {
                        Ok(found) => found,
                        Err(TooCostly) => return Err(too_costly),
                    };
                    objects.extend(found.objects.iter().map(|object| object.id));
                }
            }
            if objects.len() > PREVIEW_OBJECTS_MAX {
                return Err(too_costly);
            }
        }
        Ok(objects)
    }

    /// The same decision as always, before and after.
    fn changes(
        &self,
        desk: &Reading,
        names: &Names<'_>,
        objects: &BTreeSet<ObjectId>,
        [before, after]: [&Principal; 2],
    ) -> Result<Vec<Change>, Refusal> {
        let kinds = Scope::ALL
            .into_iter()
            .flat_map(|scope| Level::ALL.map(|level| (scope, level)));
        let kinds =
            kinds.filter(|(scope, level)| self.rules().any(|rule| rule.permission.is_for(*scope, *level)));
        let mut changes: Vec<_> = kinds
            .filter_map(|(scope, level)| {
                let change = Change {
                    scope,
                    level,
                    gained: Effect::default(),
                    lost: Effect::default(),
                };
                Some((Action::for_level(scope, level)?, change))
            })
            .collect();
        for object in objects {
            let was = desk.tx.object_facts_in_full(before, *object)?;
            let is = desk.tx.object_facts_in_full(after, *object)?;
            let (Some(was), Some(is)) = (was, is) else {
                continue;
            };
            for (action, change) in &mut changes {
                let (was, is) = (extent(before, action, &was), extent(after, action, &is));
                if !was.includes(&is) {
                    self.count(&mut change.gained, names, *object)?;
                }
                if !is.includes(&was) {
                    self.count(&mut change.lost, names, *object)?;
                }
            }
        }
        let effects = changes.into_iter().map(|(_, change)| change);
        Ok(effects
            .filter(|change| change.gained.objects + change.lost.objects > 0)
            .collect())
    }

    fn count(&self, effect: &mut Effect, names: &Names<'_>, object: ObjectId) -> Result<(), Refusal> {
        effect.objects += 1;
        let is_named = self.rules().any(|rule| rule.object == Select::One(object));
        effect.inherited += usize::from(!is_named);
        if effect.first.len() < self.take.min(PAGE_SIZE_MAX) {
            effect.first.extend(names.readable(object)?);
        }
        Ok(())
    }

    fn not_yours(&self, desk: &Reading) -> Result<Vec<Rule>, Refusal> {
        let mut refused = Vec::new();
        for rule in self.rules() {
            let facts = match rule.object {
                Select::All => None,
                Select::One(object) => desk.tx.object_facts(desk.who(), object)?,
            };
            let on = facts.as_ref().map_or(On::Everything, On::Object);
            if !may_pass_on(desk.who(), &rule.permission, on) {
                refused.push(rule.clone());
            }
        }
        Ok(refused)
    }

    fn not_held(&self, before: &Principal, holder: &Found) -> Vec<Rule> {
        let is_held = |rule: &&Rule| {
            before.rights().grants().iter().any(|grant| {
                let (of, role) = (grant.origin.subject, grant.origin.role);
                let same = grant.object == rule.object && grant.permission == rule.permission;
                same && of == holder.subject() && role.is_none()
            })
        };
        self.removed
            .iter()
            .filter(|rule| !is_held(rule))
            .cloned()
            .collect()
    }
}

fn readable(names: &Names<'_>, objects: BTreeSet<ObjectId>) -> Result<BTreeSet<ObjectId>, Refusal> {
    let mut readable = BTreeSet::new();
    for object in objects {
        readable.extend(names.readable(object)?.map(|object| object.id));
    }
    Ok(readable)
}

/// The right to read an object that a rule names. What a body names and cannot be known is a mistake in the body.
fn allow_named(desk: &Reading, object: ObjectId) -> Result<policy::proof::Allowed<InventoryRead>, Refusal> {
    desk.allow_on::<InventoryRead>(object)
        .map_err(|refusal| match refusal {
            Refusal::Missing(Missing::Object(id)) => Refusal::Invalid(Invalid::UnknownObject(id)),
            refusal => refusal,
        })
}
