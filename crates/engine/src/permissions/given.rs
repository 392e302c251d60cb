//! The permissions of one user or group that were given one by one, as a list of rules: read, and replaced as a whole
//! (R040, R041).

use super::giving::can_name;
use super::{ByObject, Found, Giving, Holder, give_exactly};
use crate::desk::{Changing, Reading};
use crate::refusal::{Invalid, Refusal};
use crate::users::allow_people;
use crate::version::{Expected, Version};
use crate::work::{Command, Query, Then, done};
use model::permissions::{Rule, Select};
use policy::operations::permissions::{PermissionChange, PermissionRead};
use std::collections::BTreeMap;
use store::realm::RealmRows;

/// The rules of a user or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRules {
    /// The rules, in order of objects; those for every object last.
    pub rules: Vec<Rule>,
    /// Which state this is.
    pub version: Version,
}

fn rules_of(rows: &RealmRows<'_>, holder: &Found) -> Result<GivenRules, Refusal> {
    let given = rows.permissions(holder.subject())?;
    let version = Version::of(rows, &given)?;
    let by_number = |object: &Select<model::ids::ObjectId>| match object {
        Select::One(object) => object.number(),
        Select::All => u64::MAX,
    };
    let mut given: Vec<_> = given.into_iter().collect();
    given.sort_by_key(|(object, _)| by_number(object));
    let rules = given.into_iter().flat_map(|(object, permissions)| {
        permissions
            .into_iter()
            .map(move |permission| Rule { object, permission })
    });
    Ok(GivenRules {
        rules: rules.collect(),
        version,
    })
}

/// Reads the rules of a user or group.
pub struct ReadRules(pub Holder);

impl Query for ReadRules {
    type Operation = PermissionRead;
    type Answer = GivenRules;

    fn answer(&self, desk: &Reading) -> Result<GivenRules, Refusal> {
        let rows = desk.tx.realm(allow_people::<PermissionRead, _>(desk)?);
        rules_of(&rows, &self.0.find(&rows)?)
    }
}

/// A rule with the number of the line or place where it stood, so that a complaint can name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedRule {
    /// The line or place, from 1.
    pub number: usize,
    /// The rule.
    pub rule: Rule,
}

/// Replaces the rules of a user or group: all of them, or nothing. Shows them to those who may read them (R019).
pub struct ReplaceRules {
    /// Whose.
    pub holder: Holder,
    /// The rules from now on; one that is repeated counts once.
    pub rules: Vec<NumberedRule>,
    /// The state that is replaced.
    pub expected: Expected,
}

impl Command for ReplaceRules {
    type Operation = PermissionChange;
    type Answer = Option<GivenRules>;

    fn change(&self, desk: &Changing) -> Result<Then<Option<GivenRules>>, Refusal> {
        let realm = desk.tx.realm(allow_people::<PermissionChange, _>(desk)?);
        let holder = self.holder.find(&realm.now())?;
        let before = realm.now().permissions(holder.subject())?;
        self.expected.check(&realm.now(), &before)?;
        self.check_objects(desk, &before)?;
        let giving = Giving::of::<PermissionChange>(desk);
        give_exactly(desk, &giving, &realm, &holder, self.by_object())?;
        let shown = desk.may::<PermissionRead>();
        Ok(done(if shown {
            Some(rules_of(&realm.now(), &holder)?)
        } else {
            None
        }))
    }
}

impl ReplaceRules {
    /// Refuses every rule that is new on an object that the caller cannot name, all in one answer.
    fn check_objects(&self, desk: &Changing, before: &ByObject) -> Result<(), Refusal> {
        let mut can = BTreeMap::new();
        let mut unknown = Vec::new();
        for NumberedRule { number, rule } in &self.rules {
            let Select::One(object) = rule.object else {
                continue;
            };
            if before
                .get(&rule.object)
                .is_some_and(|held| held.contains(&rule.permission))
            {
                continue;
            }
            let can = match can.get(&object) {
                Some(can) => *can,
                None => *can.entry(object).or_insert(can_name(desk, rule.object)?),
            };
            if !can {
                unknown.push((*number, object));
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        Err(Refusal::Invalid(Invalid::RulesOnUnknown(unknown)))
    }

    fn by_object(&self) -> ByObject {
        let mut by_object: ByObject = BTreeMap::new();
        for NumberedRule { rule, .. } in &self.rules {
            by_object
                .entry(rule.object)
                .or_default()
                .push(rule.permission.clone());
        }
        by_object
    }
}
