//! The permissions of one principal on single objects and fragments: its own, those of its groups and those of its
//! inventory roles, as one union (R005, R038). They know ids and fragment names, no rows and no tree: whoever asks
//! brings the line of objects that rights are inherited from.

mod along;

pub use along::Along;
use along::{Kinds, Placed, bit};
use model::grants::Subject;
use model::ids::{AssignmentId, InventoryRoleId, ObjectId};
use model::permissions::{FragmentName, Level, Permission, Scope, Select};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a permission comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The user itself, or one of its groups.
    pub subject: Subject,
    /// The inventory role that it is part of, with the assignment; nothing if it was given by itself.
    pub role: Option<(InventoryRoleId, AssignmentId)>,
}

/// One permission that a principal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// On this object and what hangs below it; `*` on every object.
    pub object: Select<ObjectId>,
    /// What it allows.
    pub permission: Permission,
    /// Where it comes from.
    pub origin: Origin,
}

/// The fragments that are covered for one kind of data and one level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cover {
    /// Every fragment, and data without any.
    pub all: bool,
    /// These fragments.
    pub names: BTreeSet<Box<str>>,
}

impl Cover {
    /// Everything.
    pub const ALL: Self = Self {
        all: true,
        names: BTreeSet::new(),
    };

    /// Whether nothing is covered.
    pub fn is_empty(&self) -> bool {
        !self.all && self.names.is_empty()
    }

    /// Whether this fragment is covered.
    pub fn has(&self, fragment: &str) -> bool {
        self.all || self.names.contains(fragment)
    }

    /// Whether data with these fragments is covered: each of them must be (R033). Data without fragments is covered by
    /// `*` only (R034).
    pub fn covers<'f>(&self, fragments: impl IntoIterator<Item = &'f str>) -> bool {
        let mut fragments = fragments.into_iter().peekable();
        self.all || (fragments.peek().is_some() && fragments.all(|fragment| self.names.contains(fragment)))
    }

    /// Whether it covers all that the other does.
    pub fn includes(&self, other: &Self) -> bool {
        self.all || (!other.all && other.names.is_subset(&self.names))
    }

    /// What both cover.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        match (self.all, other.all) {
            (true, _) => other.clone(),
            (false, true) => self.clone(),
            (false, false) => Self {
                all: false,
                names: self.names.intersection(&other.names).cloned().collect(),
            },
        }
    }

    /// Adds what the other covers.
    pub fn add(&mut self, other: &Self) {
        self.all |= other.all;
        self.names.extend(other.names.iter().cloned());
    }

    fn allow(&mut self, fragment: &Select<FragmentName>) {
        match fragment {
            Select::All => self.all = true,
            Select::One(name) => drop(self.names.insert(name.as_str().into())),
        }
    }
}

/// What is covered on every object, for each kind of data and level of which anything is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Covers(Vec<((Scope, Level), Cover)>);

impl Covers {
    fn of(&self, scope: Scope, level: Level) -> Option<&Cover> {
        let found = self.0.iter().find(|(of, _)| *of == (scope, level));
        found.map(|(_, cover)| cover)
    }

    fn allow(&mut self, permission: &Permission) {
        for scope in Scope::ALL {
            for level in Level::ALL
                .into_iter()
                .filter(|level| permission.is_for(scope, *level))
            {
                self.change(scope, level, |cover| cover.allow(&permission.fragment));
            }
        }
    }

    fn kinds(&self) -> Kinds {
        let kinds = self
            .0
            .iter()
            .map(|((scope, level), _)| Kinds::one(*scope, *level));
        kinds.fold(Kinds::default(), Kinds::with)
    }

    fn change(&mut self, scope: Scope, level: Level, change: impl FnOnce(&mut Cover)) {
        match self.0.iter_mut().find(|(of, _)| *of == (scope, level)) {
            Some((_, cover)) => change(cover),
            None => {
                let mut cover = Cover::default();
                change(&mut cover);
                self.0.push(((scope, level), cover));
            }
        }
    }
}

/// Every permission of one principal on objects and fragments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    grants: Vec<Grant>,
    /// The grants on single objects, in order of objects: a principal is read for many requests that ask once, so putting
    /// them together must cost little.
    on: Vec<Placed>,
    /// A bit for each of these objects: most objects that are asked about are none of them, which it tells at once.
    bits: u64,
    everywhere: Covers,
    /// Of `everywhere`, what is left within the bound.
    everywhere_within: Covers,
    /// What they end at: what the user above holds, who may be bounded in turn.
    bound: Option<Arc<Self>>,
}

impl Rights {
    /// The union of these grants.
    pub fn new(grants: Vec<Grant>) -> Self {
        let mut on = Vec::new();
        let mut everywhere = Covers::default();
        for (place, grant) in grants.iter().enumerate() {
            match grant.object {
                Select::All => everywhere.allow(&grant.permission),
                Select::One(object) => on.push(Placed::new(object, place, &grant.permission)),
            }
        }
        on.sort_unstable();
        let bits = on.iter().fold(0, |bits, on| bits | bit(on.object));
        Self {
            grants,
            on,
            bits,
            everywhere_within: everywhere.clone(),
            everywhere,
            bound: None,
        }
    }

    /// The same permissions, as far as the user above holds them too: by permissions, or by a role for that kind of data.
    #[must_use]
    pub fn within(&self, above: &Self, is_role_for: impl Fn(Scope, Level) -> bool) -> Self {
        let mut above = above.clone();
        let mut everywhere_within = Covers::default();
        for (scope, level) in Scope::ALL
            .into_iter()
            .flat_map(|scope| Level::ALL.map(|level| (scope, level)))
        {
            if is_role_for(scope, level) {
                above.everywhere.change(scope, level, |cover| *cover = Cover::ALL);
                above
                    .everywhere_within
                    .change(scope, level, |cover| *cover = Cover::ALL);
            }
            let both = self
                .everywhere_within
                .of(scope, level)
                .zip(above.everywhere(scope, level));
            let common = both
                .map(|(own, other)| own.common(other))
                .filter(|common| !common.is_empty());
            if let Some(common) = common {
                everywhere_within.change(scope, level, |cover| *cover = common);
            }
        }
        Self {
            everywhere_within,
            bound: Some(Arc::new(above)),
            ..self.clone()
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// Every grant, as it was given.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// What is covered on every object, where permissions on every object count.
    pub fn everywhere(&self, scope: Scope, level: Level) -> Option<&Cover> {
        self.everywhere_within.of(scope, level)
    }

    /// Whether they end at those of a user above.
    pub fn is_bounded(&self) -> bool {
        self.bound.is_some()
    }

    /// Itself and all that bound it.
    fn layers(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |rights| rights.bound.as_deref())
    }

    /// The objects on which anything of this kind is covered, with what, some more than once: inherited by what hangs
    /// below them. If they are bounded, those of the users above too: what is covered in the end is less, and [`cover`]
    /// says it.
    ///
    /// [`cover`]: Self::cover
    pub fn roots(&self, scope: Scope, level: Level) -> impl Iterator<Item = (ObjectId, Cover)> {
        let grants = self.layers().flat_map(|rights| &rights.grants);
        grants.filter_map(move |grant| match grant.object {
            Select::One(object) if grant.permission.is_for(scope, level) => {
                let mut cover = Cover::default();
                cover.allow(&grant.permission.fragment);
                Some((object, cover))
            }
            Select::One(_) | Select::All => None,
        })
    }

    /// Whether anything of this kind is covered on any object, as far as one can tell without the tree.
    pub fn has_any(&self, scope: Scope, level: Level) -> bool {
        self.layers().all(|rights| {
            let is_meant =
                |grant: &Grant| grant.object != Select::All && grant.permission.is_for(scope, level);
            rights.grants.iter().any(is_meant) || rights.everywhere.of(scope, level).is_some()
        })
    }

    /// What is held along the line of an object, which is itself and everything above it by child devices and child assets
    /// (R039), and every object, where that counts.
    pub fn along(&self, line: impl IntoIterator<Item = Select<ObjectId>, IntoIter: Clone>) -> Along<'_> {
        Along::new(self, line.into_iter())
    }

    /// What is covered on an object with this line.
    pub fn cover(
        &self,
        scope: Scope,
        level: Level,
        line: impl IntoIterator<Item = Select<ObjectId>, IntoIter: Clone>,
    ) -> Cover {
        self.along(line).cover(scope, level)
    }

    /// The grants of this kind that reach an object with this line; how much of them lies within the bound, [`cover`]
    /// says.
    ///
    /// [`cover`]: Self::cover
    pub fn reaching(
        &self,
        scope: Scope,
        level: Level,
        line: impl IntoIterator<Item = Select<ObjectId>>,
    ) -> Vec<&Grant> {
        let line: BTreeSet<_> = line.into_iter().collect();
        let reaches = |grant: &&Grant| line.contains(&grant.object) && grant.permission.is_for(scope, level);
        self.grants.iter().filter(reaches).collect()
    }
}

#[cfg(test)]
impl Rights {
    /// What these rules come to, each written as `10200, MEASUREMENT, *, READ`.
    pub(crate) fn of_rules(subject: Subject, texts: &[&str]) -> Self {
        let grants = texts.iter().map(|text| {
            let model::permissions::Rule { object, permission } = text.parse().expect("a rule");
            let origin = Origin { subject, role: None };
            Grant {
                object,
                permission,
                origin,
            }
        });
        Self::new(grants.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::{GroupId, PrincipalId};

    fn object(number: u64) -> Select<ObjectId> {
        Select::One(ObjectId::new(number).expect("in range"))
    }

    fn rights(rules: &[&str]) -> Rights {
        let subjects = [
            Subject::User(PrincipalId::new(1).expect("in range")),
            Subject::Group(GroupId::new(1).expect("in range")),
        ];
        let grants = rules
            .iter()
            .zip(subjects.into_iter().cycle())
            .map(|(text, subject)| {
                let rule: model::permissions::Rule = text.parse().expect("a rule");
                Grant {
                    object: rule.object,
                    permission: rule.permission,
                    origin: Origin { subject, role: None },
                }
            });
        Rights::new(grants.collect())
    }

    // R028 R033 R034 R042: all subsets of fragments against all subsets of grants.
    #[test]
    fn every_fragment_must_be_covered_and_none_is_covered_by_star_only() {
        let names = ["a", "b", "c", "d"];
        let chosen = |bits: usize| (0..names.len()).filter(move |bit| bits & (1 << bit) != 0);
        for granted in 0..1 << names.len() {
            let rules: Vec<_> = chosen(granted)
                .map(|bit| format!("7, EVENT, {}, READ", names[bit]))
                .collect();
            let rights = rights(&rules.iter().map(String::as_str).collect::<Vec<_>>());
            let cover = rights.cover(Scope::Event, Level::Read, [object(7)]);
            for carried in 0..1 << names.len() {
                let expected = carried != 0 && carried & !granted == 0;
                let covered = cover.covers(chosen(carried).map(|bit| names[bit]));
                assert_eq!(covered, expected, "{granted:b} {carried:b}");
            }
        }
        let all = rights(&["7, EVENT, *, READ"]);
        assert!(all.cover(Scope::Event, Level::Read, [object(7)]).covers([]));
        let near = rights(&["7, EVENT, c8yRestart, READ"]);
        assert!(
            !near
                .cover(Scope::Event, Level::Read, [object(7)])
                .covers(["c8y_Restart"])
        );
    }

    // R005 R027 R038: rules of the user, of its groups and of the objects above add up.
    #[test]
    fn rights_from_user_group_and_line_add_up() {
        let rights = rights(&["7, EVENT, a, READ", "8, EVENT, b, READ", "*, EVENT, c, *"]);
        let covered = |line: &[u64], fragments: &[&str]| {
            let line = line.iter().copied().map(object).chain([Select::All]);
            rights
                .cover(Scope::Event, Level::Read, line)
                .covers(fragments.iter().copied())
        };
        assert!(covered(&[7, 8], &["a", "b", "c"]));
        assert!(!covered(&[7], &["a", "b"]));
        assert!(covered(&[9], &["c"]));
        let admin = rights.cover(Scope::Event, Level::Admin, [object(7), Select::All]);
        assert!(admin.covers(["c"]) && !admin.covers(["a"]));
        assert!(rights.cover(Scope::Alarm, Level::Read, [object(7)]).is_empty());
    }

    // R010: rights below a user are never more than that user's, wherever they meet on the line.
    #[test]
    fn rights_within_a_bound_cover_what_both_cover() {
        let none = |_: Scope, _: Level| false;
        let above = rights(&["7, EVENT, a, READ", "8, EVENT, *, READ", "*, EVENT, c, READ"]);
        let below = rights(&[
            "7, EVENT, *, READ",
            "9, EVENT, a, READ",
            "*, EVENT, c, *",
            "7, ALARM, *, READ",
        ]);
        let within = below.within(&above, none);
        let read = |line: &[u64], fragment: &str| {
            let line = line.iter().copied().map(object).chain([Select::All]);
            let line: Vec<_> = line.collect();
            let covers = within
                .cover(Scope::Event, Level::Read, line.iter().copied())
                .covers([fragment]);
            let along = within.along(line.iter().copied());
            let allows = along.allows(Scope::Event, Level::Read, [fragment]);
            assert_eq!(covers, allows, "{line:?} {fragment}");
            covers
        };
        // On 7 both; on 9 only below; on 8 only above; where 8 hangs below 9 they meet.
        assert!(read(&[7], "a") && read(&[7], "c") && !read(&[7], "b"));
        assert!(!read(&[9], "a") && !read(&[8], "a") && read(&[8, 9], "a"));
        assert!(read(&[5], "c"));
        let admin = within.everywhere(Scope::Event, Level::Admin);
        assert_eq!(admin, None);
        assert!(
            within
                .everywhere(Scope::Event, Level::Read)
                .is_some_and(|cover| cover.has("c"))
        );
        assert!(!within.has_any(Scope::Alarm, Level::Read));

        // A role above leaves everything of its kind.
        let open = below.within(&Rights::default(), |scope, level| {
            (scope, level) == (Scope::Event, Level::Read)
        });
        let line = [object(9), Select::All];
        assert!(open.cover(Scope::Event, Level::Read, line).covers(["a"]));
        assert!(open.cover(Scope::Alarm, Level::Read, [object(7)]).is_empty());
        // And a bound of a bound holds too.
        let twice = below.within(&open, none);
        assert!(twice.cover(Scope::Alarm, Level::Read, [object(7)]).is_empty());
        assert!(twice.cover(Scope::Event, Level::Read, line).covers(["a"]));
    }

    #[test]
    fn covers_are_compared_and_added() {
        let named = |names: &[&str]| Cover {
            all: false,
            names: names.iter().map(|name| Box::from(*name)).collect(),
        };
        assert!(Cover::ALL.includes(&Cover::ALL) && Cover::ALL.includes(&named(&["a"])));
        assert!(named(&["a", "b"]).includes(&named(&["a"])));
        assert!(!named(&["a"]).includes(&named(&["a", "b"])));
        assert!(!named(&["a"]).includes(&Cover::ALL) && !named(&[]).includes(&Cover::ALL));
        let mut sum = named(&["a"]);
        sum.add(&named(&["b"]));
        assert_eq!(sum, named(&["a", "b"]));
        sum.add(&Cover::ALL);
        assert!(sum.all);
        sum.add(&named(&[]));
        assert!(sum.all, "nothing is taken away");
    }

    #[test]
    fn what_is_held_of_a_kind_is_told_without_the_tree() {
        let held = rights(&["7, EVENT, a, READ", "*, ALARM, a, READ", "8, *, *, ADMIN"]);
        assert_eq!(held.grants().len(), 3);
        let has = |rights: &Rights, scope| rights.has_any(scope, Level::Read);
        assert!(has(&held, Scope::Event) && has(&held, Scope::Alarm) && !has(&held, Scope::Binary));
        assert!(held.has_any(Scope::Binary, Level::Admin));
        let roots: Vec<_> = held
            .roots(Scope::Event, Level::Read)
            .map(|(id, _)| id.number())
            .collect();
        assert_eq!(roots, [7]);
        let reaching = |number| held.reaching(Scope::Event, Level::Read, [object(number)]).len();
        assert_eq!((reaching(7), reaching(8)), (1, 0));
        let bounded = held.within(&rights(&["9, EVENT, *, READ"]), |_, _| false);
        assert!(bounded.is_bounded() && !held.is_bounded());
        assert!(has(&bounded, Scope::Event) && !has(&bounded, Scope::Alarm));
    }

    // R010, R115: below somebody, a permission that this one does not hold tells nothing of the object.
    #[test]
    fn within_a_bound_an_object_is_touched_only_by_what_both_hold() {
        let bounded = rights(&["7, EVENT, a, READ"])
            .within(&rights(&["7, EVENT, b, READ", "8, *, *, *"]), |_, _| false);
        let touches = |rights: &Rights| rights.along([object(7)]).touches(&["x"]);
        assert!(!touches(&bounded));
        let same = rights(&["7, EVENT, a, READ"]).within(&rights(&["7, EVENT, *, READ"]), |_, _| false);
        assert!(touches(&same));
    }
}
