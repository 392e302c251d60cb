//! Sets of roles, small enough to be asked for every decision without following a pointer. They know no groups and no
//! reach: a role is in a set or it is not.

use model::roles::Role;

/// A set of roles: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RoleSet(u128);

const _: () = assert!(Role::ALL.len() <= u128::BITS as usize, "a bit for each role");

impl RoleSet {
    /// The set of these roles.
    pub(crate) const fn of(roles: &[Role]) -> Self {
        let (mut bits, mut rest) = (0, roles);
        while let [role, others @ ..] = rest {
            bits |= bit(*role);
            rest = others;
        }
        Self(bits)
    }

    pub(crate) const fn has(self, role: Role) -> bool {
        self.0 & bit(role) != 0
    }

    /// Whether the sets have a role in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The roles of both.
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its roles that this is true of.
    pub(crate) fn that(self, is_meant: impl Fn(Role) -> bool) -> Self {
        self.roles().filter(|role| is_meant(*role)).collect()
    }

    /// Its roles, in the order of [`Role::ALL`].
    pub(crate) fn roles(self) -> impl Iterator<Item = Role> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let role = Role::ALL.get(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(*role)
        })
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | bit(role)))
    }
}

const fn bit(role: Role) -> u128 {
    1 << role as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_place_of_its_own() {
        for role in Role::ALL {
            let only = RoleSet::of(&[*role]);
            assert_eq!(only.roles().collect::<Vec<_>>(), [*role]);
        }
        let all: RoleSet = Role::ALL.iter().copied().collect();
        assert_eq!(all.roles().collect::<Vec<_>>(), Role::ALL);
    }

    #[test]
    fn sets_are_joined_compared_and_picked_from() {
        let (events, alarms) = (RoleSet::of(&[Role::EventRead]), RoleSet::of(&[Role::AlarmRead]));
        let both = events.with(alarms);
        assert!(both.has(Role::EventRead) && both.has(Role::AlarmRead) && !both.has(Role::AuditRead));
        assert!(both.meets(events) && !events.meets(alarms));
        assert_eq!(both.with(events), both);
        assert_eq!(both.that(|role| role == Role::AlarmRead), alarms);
    }
}
