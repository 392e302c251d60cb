//! The identity part of a tenant: users, groups, memberships and credentials, sealed under keys of their own (R121).

use crate::audit_log::{LogNameRow, log_name_key};
use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::grants::Subject;
use model::ids::{GroupId, PrincipalId, TenantNumber};
use model::names::{GroupName, TenantId, UserName};
use model::time::Timestamp;
use model::users::{DEVICES, Group, User};
use serde::{Deserialize, Serialize};

/// A credential as it is stored: opaque to the store, read by the sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct CredentialRow {
    /// Hash of a password or secret, in the sign-in's own form.
    pub hash: Vec<u8>,
    /// Raised with every change, so that a verified credential is forgotten at once.
    pub version: u64,
    /// When it was set.
    pub changed: Timestamp,
}

/// The one-time set-up secret of a tenant.
#[derive(Clone, Serialize, Deserialize)]
pub struct SetupSecretRow {
    /// The secret's trace, in the sign-in's own form.
    pub stored: Vec<u8>,
    /// The user that it sets up.
    pub user: PrincipalId,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PrincipalRow(pub(crate) PrincipalId);
#[derive(Serialize, Deserialize)]
struct GroupRow(GroupId);

rows! {
    User => User,
    PrincipalRow => UserByName,
    CredentialRow => Credential,
    Group => Group,
    GroupRow => GroupByName,
    SetupSecretRow => SetupSecret,
}

pub(crate) fn user_key(tenant: TenantNumber, id: PrincipalId) -> Key {
    Key::new(tenant, Table::User).number(id.number())
}

fn group_key(tenant: TenantNumber, id: GroupId) -> Key {
    Key::new(tenant, Table::Group).number(id.number())
}

fn member_key(tenant: TenantNumber, group: GroupId, user: PrincipalId) -> Key {
    Key::new(tenant, Table::Member)
        .number(group.number())
        .number(user.number())
}

/// Whether roles through this group reach only own objects (R023).
pub(crate) fn member_of_devices(group: &Group) -> bool {
    group.name.as_str() == DEVICES
}

/// A realm, to read.
pub struct RealmRows<'t> {
    pub(crate) view: &'t View,
    pub(crate) tenant: TenantNumber,
}

impl<'t> RealmRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// A user by its id.
    pub fn user(&self, id: PrincipalId) -> Result<Option<User>, StoreFault> {
        self.view.row(&user_key(self.tenant, id))
    }

    /// A user by its name.
    pub fn user_named(&self, name: &UserName) -> Result<Option<User>, StoreFault> {
        let blind = self
            .view
            .keys
            .blind_identity(self.tenant, "user-name", name.as_str())?;
        match self
            .view
            .row::<PrincipalRow>(&Key::new(self.tenant, Table::UserByName).blind(blind))?
        {
            Some(found) => self.user(found.0),
            None => Ok(None),
        }
    }

    /// Every user, in order of ids.
    pub fn users(&self) -> Result<Vec<User>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::User))
    }

    /// A group by its id.
    pub fn group(&self, id: GroupId) -> Result<Option<Group>, StoreFault> {
        self.view.row(&group_key(self.tenant, id))
    }

    /// A group by its name.
    pub fn group_named(&self, name: &GroupName) -> Result<Option<Group>, StoreFault> {
        let blind = self
            .view
            .keys
            .blind_identity(self.tenant, "group-name", name.as_str())?;
        match self
            .view
            .row::<GroupRow>(&Key::new(self.tenant, Table::GroupByName).blind(blind))?
        {
            Some(found) => self.group(found.0),
            None => Ok(None),
        }
    }

    /// Every group, in order of ids.
    pub fn groups(&self) -> Result<Vec<Group>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::Group))
    }

    /// The members of a group, in order of ids.
    pub fn members(&self, group: GroupId) -> Result<Vec<PrincipalId>, StoreFault> {
        let prefix = Key::new(self.tenant, Table::Member).number(group.number());
        let members = self.view.index(&prefix, Direction::Forward)?;
        Ok(members.into_iter().filter_map(PrincipalId::new).collect())
    }

    /// The credential of a user.
    pub fn credential(&self, user: PrincipalId) -> Result<Option<CredentialRow>, StoreFault> {
        self.view
            .row(&Key::new(self.tenant, Table::Credential).number(user.number()))
    }

    /// The set-up secret, if one is open.
    pub fn setup_secret(&self) -> Result<Option<SetupSecretRow>, StoreFault> {
        self.view.row(&Key::new(self.tenant, Table::SetupSecret))
    }
}

/// A realm, to change.
pub struct RealmChanges<'t> {
    pub(crate) tx: &'t WriteTx,
    pub(crate) tenant: TenantNumber,
}

impl<'t> RealmChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// What is there now; the committer refuses the change if it moves.
    pub fn now(&self) -> RealmRows<'t> {
        RealmRows::new(&self.tx.view, self.tenant)
    }

    /// Begins a new realm: its audit log has a name from now on.
    pub fn begin(&self, id: &TenantId) -> Result<(), StoreFault> {
        self.tx.put(&log_name_key(self.tenant), &LogNameRow(id.clone()))
    }

    /// A new principal id.
    pub fn new_principal(&self) -> Result<PrincipalId, StoreFault> {
        self.tx.ids.principal(self.tenant)
    }

    /// A new group id.
    pub fn new_group(&self) -> Result<GroupId, StoreFault> {
        self.tx.ids.group(self.tenant)
    }

    /// Stores a new user. The caller has seen that the name is free ([`RealmRows::user_named`]).
    pub fn create_user(&self, user: &User) -> Result<(), StoreFault> {
        let blind = self
            .tx
            .view
            .keys
            .blind_identity(self.tenant, "user-name", user.name.as_str())?;
        self.tx.put(
            &Key::new(self.tenant, Table::UserByName).blind(blind),
            &PrincipalRow(user.id),
        )?;
        for group in &user.groups {
            self.tx.put_index(&member_key(self.tenant, *group, user.id))?;
        }
        self.put_below(None, user)?;
        self.put_user(user)
    }

    /// Stores a changed user; the name stays. `before` is the user as it was, for the memberships.
    pub fn update_user(&self, before: &User, user: &User) -> Result<(), StoreFault> {
        for group in before.groups.difference(&user.groups) {
            self.tx.delete(&member_key(self.tenant, *group, user.id));
        }
        for group in user.groups.difference(&before.groups) {
            self.tx.put_index(&member_key(self.tenant, *group, user.id))?;
        }
        self.put_below(before.owner, user)?;
        if before.epoch != user.epoch {
            self.forget_sessions(user);
        }
        self.put_user(user)
    }

    fn put_user(&self, user: &User) -> Result<(), StoreFault> {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&user_key(self.tenant, user.id), user)
    }

    /// Removes a user with its credential. Its id is never given again, so what it owned stays without an owner who
    /// could sign in (R046).
    pub fn delete_user(&self, user: &User) -> Result<(), StoreFault> {
        let blind = self
            .tx
            .view
            .keys
            .blind_identity(self.tenant, "user-name", user.name.as_str())?;
        self.tx
            .delete(&Key::new(self.tenant, Table::UserByName).blind(blind));
        self.tx
            .delete(&Key::new(self.tenant, Table::Credential).number(user.id.number()));
        for group in &user.groups {
            self.tx.delete(&member_key(self.tenant, *group, user.id));
        }
        self.delete_rights_of(Subject::User(user.id))?;
        self.forget_user(user);
        self.forget_service_account(user)?;
        self.forget_application_roles(Subject::User(user.id));
        self.forget_part(user);
        self.forget_sessions(user);
        self.forget_second_factor(user);
        self.end_password_reset(user);
        self.end_placement(user.id);
        self.forget_outside(user)?;
        self.forget_device_certificates(user.id);
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.delete(&user_key(self.tenant, user.id));
        Ok(())
    }

    /// Stores a new group. The caller has seen that the name is free.
    pub fn create_group(&self, group: &Group) -> Result<(), StoreFault> {
        let blind = self
            .tx
            .view
            .keys
            .blind_identity(self.tenant, "group-name", group.name.as_str())?;
        self.tx.put(
            &Key::new(self.tenant, Table::GroupByName).blind(blind),
            &GroupRow(group.id),
        )?;
        self.put_group(group)
    }

    /// Stores a changed group, under a new name if it changed (seen free by the caller).
    pub fn update_group(&self, before: &Group, group: &Group) -> Result<(), StoreFault> {
        if before.name == group.name {
            return self.put_group(group);
        }
        let blind = self
            .tx
            .view
            .keys
            .blind_identity(self.tenant, "group-name", before.name.as_str())?;
        self.tx
            .delete(&Key::new(self.tenant, Table::GroupByName).blind(blind));
        self.create_group(group)
    }

    fn put_group(&self, group: &Group) -> Result<(), StoreFault> {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&group_key(self.tenant, group.id), group)
    }

    /// Removes a group; the caller has taken its members out of it.
    pub fn delete_group(&self, group: &Group) -> Result<(), StoreFault> {
        let blind = self
            .tx
            .view
            .keys
            .blind_identity(self.tenant, "group-name", group.name.as_str())?;
        self.tx
            .delete(&Key::new(self.tenant, Table::GroupByName).blind(blind));
        self.delete_rights_of(Subject::Group(group.id))?;
        self.forget_gifts(Subject::Group(group.id));
        self.forget_application_roles(Subject::Group(group.id));
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.delete(&group_key(self.tenant, group.id));
        Ok(())
    }

    /// Sets a user's credential.
    pub fn set_credential(&self, user: PrincipalId, credential: &CredentialRow) -> Result<(), StoreFault> {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(
            &Key::new(self.tenant, Table::Credential).number(user.number()),
            credential,
        )
    }

    /// Sets or changes the set-up secret.
    pub fn set_setup_secret(&self, secret: &SetupSecretRow) -> Result<(), StoreFault> {
        self.tx.put(&Key::new(self.tenant, Table::SetupSecret), secret)
    }

    /// Ends the set-up secret: used, or its user is gone.
    pub fn end_setup_secret(&self) {
        self.tx.delete(&Key::new(self.tenant, Table::SetupSecret));
    }
}
