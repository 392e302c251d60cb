//! What a principal holds along the line of one object. The line is walked once; every question about the object is put
//! to what was found there. Most objects that are asked about have nothing on their line, which costs no allocation.

use super::{Cover, Rights};
use model::ids::ObjectId;
use model::permissions::{FragmentName, Level, Permission, Scope, Select};

/// What a principal holds along the line of one object.
#[derive(Debug)]
pub struct Along<'r> {
    rights: &'r Rights,
    /// Whether permissions on every object count there.
    is_everywhere: bool,
    on: Vec<&'r Placed>,
    /// Of which kinds anything is covered, before that meets the bound.
    kinds: Kinds,
    /// What the user above holds along the same line, where that is the bound.
    bound: Option<Box<Self>>,
}

impl<'r> Along<'r> {
    pub(super) fn new(rights: &'r Rights, line: impl Iterator<Item = Select<ObjectId>> + Clone) -> Self {
        let bound = rights.bound.as_deref();
        let bound = bound.map(|above| Box::new(Self::new(above, line.clone())));
        let mut along = Self {
            rights,
            is_everywhere: false,
            on: Vec::new(),
            kinds: Kinds::default(),
            bound,
        };
        line.for_each(|place| match place {
            Select::All => {
                along.is_everywhere = true;
                along.kinds = along.kinds.with(rights.everywhere.kinds());
            }
            Select::One(object) if rights.bits & bit(object) == 0 => {}
            Select::One(object) => along.take(object),
        });
        along
    }

    fn take(&mut self, object: ObjectId) {
        let first = self.rights.on.partition_point(|on| on.object < object);
        let from = self.rights.on.iter().skip(first);
        for on in from.take_while(|on| on.object == object) {
            self.kinds = self.kinds.with(on.kinds);
            self.on.push(on);
        }
    }

    /// Whether any permission, of whatever kind, was given on an object of the line.
    pub fn is_reached(&self) -> bool {
        !self.on.is_empty() && self.bound.as_ref().is_none_or(|above| above.is_reached())
    }

    /// What is covered there.
    pub fn cover(&self, scope: Scope, level: Level) -> Cover {
        let own = self.own_cover(scope, level);
        match &self.bound {
            Some(above) => own.common(&above.cover(scope, level)),
            None => own,
        }
    }

    fn own_cover(&self, scope: Scope, level: Level) -> Cover {
        if self.has_all(scope, level) {
            return Cover::ALL;
        }
        let mut cover = self.everywhere(scope, level).cloned().unwrap_or_default();
        let names = self.names(scope, level);
        cover.names.extend(names.map(|name| name.as_str().into()));
        cover
    }

    /// Whether data with these fragments is covered: the same as asking the [`Cover`], and nothing is copied.
    pub fn allows<'f>(
        &self,
        scope: Scope,
        level: Level,
        fragments: impl IntoIterator<Item = &'f str> + Clone,
    ) -> bool {
        self.kinds.has(scope, level)
            && self.own_allows(scope, level, fragments.clone())
            && self
                .bound
                .as_ref()
                .is_none_or(|above| above.allows(scope, level, fragments))
    }

    fn own_allows<'f>(
        &self,
        scope: Scope,
        level: Level,
        fragments: impl IntoIterator<Item = &'f str>,
    ) -> bool {
        if self.has_all(scope, level) {
            return true;
        }
        let everywhere = self.everywhere(scope, level);
        let has = |wanted: &str| {
            everywhere.is_some_and(|cover| cover.has(wanted))
                || self.names(scope, level).any(|name| name.as_str() == wanted)
        };
        let mut fragments = fragments.into_iter().peekable();
        fragments.peek().is_some() && fragments.all(has)
    }

    /// Whether a permission of any kind reaches an object with these fragments, or its data. One on the managed object
    /// counts only if it covers its fragments: else nothing can be done by it.
    pub fn touches<'f>(&self, fragments: &(impl IntoIterator<Item = &'f str> + Clone)) -> bool {
        if self.kinds.is_empty() {
            return false;
        }
        let reaches = |scope, level| match (scope, &self.bound) {
            (Scope::ManagedObject, _) => self.allows(scope, level, fragments.clone()),
            (_, None) => self.kinds.has(scope, level),
            (_, Some(_)) => !self.cover(scope, level).is_empty(),
        };
        let mut scopes = Scope::ALL.into_iter();
        scopes.any(|scope| Level::ALL.into_iter().any(|level| reaches(scope, level)))
    }

    fn everywhere(&self, scope: Scope, level: Level) -> Option<&'r Cover> {
        let everywhere = self.rights.everywhere.of(scope, level);
        everywhere.filter(|_| self.is_everywhere)
    }

    fn meant(&self, scope: Scope, level: Level) -> impl Iterator<Item = &'r Placed> {
        let on = self.on.iter().copied();
        on.filter(move |on| on.kinds.has(scope, level))
    }

    fn has_all(&self, scope: Scope, level: Level) -> bool {
        self.everywhere(scope, level).is_some_and(|cover| cover.all)
            || self.meant(scope, level).any(|on| on.is_all)
    }

    fn names(&self, scope: Scope, level: Level) -> impl Iterator<Item = &'r FragmentName> {
        let grants = &self.rights.grants;
        let meant = self.meant(scope, level);
        meant.filter_map(|on| match &grants.get(on.place)?.permission.fragment {
            Select::One(name) => Some(name),
            Select::All => None,
        })
    }
}

/// A grant on a single object, with what there is to know before its fragment is looked at. In the order of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Placed {
    pub(super) object: ObjectId,
    /// Where the grant stands among all.
    place: usize,
    kinds: Kinds,
    /// Whether it covers every fragment.
    is_all: bool,
}

impl Placed {
    pub(super) fn new(object: ObjectId, place: usize, permission: &Permission) -> Self {
        Self {
            object,
            place,
            kinds: Kinds::of(permission),
            is_all: permission.fragment == Select::All,
        }
    }
}

/// A set of kinds of data with what may be done: a bit for each pair of scope and level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kinds(u16);

impl Kinds {
    fn of(permission: &Permission) -> Self {
        let scopes = Scope::ALL.into_iter();
        let scopes = scopes.filter(|scope| permission.scope.selects(scope));
        let levels = |scope| {
            let levels = Level::ALL.into_iter();
            let levels = levels.filter(|level| permission.level.selects(level));
            levels.map(move |level| Self::one(scope, level))
        };
        scopes.flat_map(levels).fold(Self::default(), Self::with)
    }

    pub(super) const fn one(scope: Scope, level: Level) -> Self {
        Self(1 << (Level::ALL.len() * scope as usize + level as usize))
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, scope: Scope, level: Level) -> bool {
        self.0 & Self::one(scope, level).0 != 0
    }

    const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// One of 64 bits for an object: by its number, mixed, so that numbers in a row have different ones.
pub(super) fn bit(object: ObjectId) -> u64 {
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    1 << (object.number().wrapping_mul(MIX) >> 58)
}
