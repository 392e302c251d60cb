//! Options of a tenant as rows of its identity part, so that their values lie under the keys of the realm (R121).
//!
//! The value of a secret option goes in and does not come out: nothing here gives it. What the rules read of the
//! options, `facts` asks for; so every change of one is a change of the rules.

use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::alarms::AlarmMapping;
use model::ids::TenantNumber;
use model::options::{Category, OptionKey, OptionName, OptionValue, Switch, TenantOption};
use policy::facts::Principal;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct OptionRow {
    category: Category,
    key: OptionKey,
    value: String,
    is_secret: bool,
}
#[derive(Serialize, Deserialize)]
struct OptionLockRow;
rows!(OptionRow => Option, OptionLockRow => OptionLock);

impl OptionRow {
    fn shown(self) -> TenantOption {
        TenantOption {
            name: OptionName {
                category: self.category,
                key: self.key,
            },
            value: (!self.is_secret).then_some(self.value),
        }
    }
}

fn option_key(keys: &Keys, tenant: TenantNumber, category: &str, key: &str) -> Result<Key, StoreFault> {
    // No category has a slash in it, so no two names give one text.
    let blind = keys.blind_identity(tenant, "option", format!("{category}/{key}"))?;
    Ok(Key::new(tenant, Table::Option).blind(blind))
}

fn key_of(keys: &Keys, tenant: TenantNumber, name: &OptionName) -> Result<Key, StoreFault> {
    option_key(keys, tenant, name.category.as_str(), name.key.as_str())
}

fn lock_key(keys: &Keys, tenant: TenantNumber, name: &OptionName) -> Result<Key, StoreFault> {
    let text = format!("{}/{}", name.category.as_str(), name.key.as_str());
    let blind = keys.blind_identity(tenant, "option-lock", text)?;
    Ok(Key::new(tenant, Table::OptionLock).blind(blind))
}

/// Whether a tenant has turned a switch on.
pub(crate) fn is_on(view: &View, tenant: TenantNumber, switch: Switch) -> Result<bool, StoreFault> {
    let key = option_key(&view.keys, tenant, switch.category, switch.key)?;
    let row = view.row::<OptionRow>(&key)?;
    Ok(row.is_some_and(|row| Switch::is_on(&row.value)))
}

/// The value of an option that the platform itself reads, if it is set.
pub(crate) fn value_of(
    view: &View,
    tenant: TenantNumber,
    category: &str,
    key: &str,
) -> Result<Option<String>, StoreFault> {
    let row = view.row::<OptionRow>(&option_key(&view.keys, tenant, category, key)?)?;
    Ok(row.map(|row| row.value))
}

/// The value of an option that is no secret, for the microservice whose setting it is.
pub(crate) fn shown_value(
    view: &View,
    tenant: TenantNumber,
    category: &str,
    key: &str,
) -> Result<Option<String>, StoreFault> {
    let row = view.row::<OptionRow>(&option_key(&view.keys, tenant, category, key)?)?;
    Ok(row.filter(|row| !row.is_secret).map(|row| row.value))
}

impl View {
    /// What the tenant of a principal wants of alarms of a type, if anything.
    pub fn alarm_mapping(&self, who: &Principal, kind: &str) -> Result<Option<AlarmMapping>, StoreFault> {
        let key = option_key(&self.keys, who.tenant(), AlarmMapping::CATEGORY, kind)?;
        let row = self.row::<OptionRow>(&key)?;
        Ok(row.map(|row| AlarmMapping::of(&row.value)))
    }
}

/// The options of a tenant, to read.
pub struct OptionRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl<'t> OptionRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// An option by its name.
    pub fn option(&self, name: &OptionName) -> Result<Option<TenantOption>, StoreFault> {
        let row = self
            .view
            .row::<OptionRow>(&key_of(&self.view.keys, self.tenant, name)?)?;
        Ok(row.map(OptionRow::shown))
    }

    /// Whether an option is locked.
    pub fn is_locked(&self, name: &OptionName) -> Result<bool, StoreFault> {
        let key = lock_key(&self.view.keys, self.tenant, name)?;
        Ok(self.view.row::<OptionLockRow>(&key)?.is_some())
    }

    /// Every option, in order of categories and keys.
    pub fn options(&self) -> Result<Vec<TenantOption>, StoreFault> {
        let rows = self
            .view
            .rows::<OptionRow>(&Key::new(self.tenant, Table::Option))?;
        let mut options: Vec<_> = rows.into_iter().map(OptionRow::shown).collect();
        options.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(options)
    }

    /// How many there are.
    pub fn count(&self) -> Result<usize, StoreFault> {
        self.view.count(&Key::new(self.tenant, Table::Option))
    }
}

/// The options of a tenant, to change.
pub struct OptionChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> OptionChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// What is there now; the committer refuses the change if it moves.
    pub fn now(&self) -> OptionRows<'t> {
        OptionRows::new(&self.tx.view, self.tenant)
    }

    /// Stores an option, new or changed.
    pub fn put(&self, name: &OptionName, value: &OptionValue) -> Result<(), StoreFault> {
        let row = OptionRow {
            category: name.category.clone(),
            key: name.key.clone(),
            value: value.expose().to_owned(),
            is_secret: name.key.is_secret(),
        };
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&key_of(&self.tx.view.keys, self.tenant, name)?, &row)
    }

    /// Locks an option, or unlocks it.
    pub fn put_lock(&self, name: &OptionName, is_locked: bool) -> Result<(), StoreFault> {
        let key = lock_key(&self.tx.view.keys, self.tenant, name)?;
        match is_locked {
            true => self.tx.put(&key, &OptionLockRow)?,
            false => self.tx.delete(&key),
        }
        Ok(())
    }

    /// Removes an option.
    pub fn delete(&self, name: &OptionName) -> Result<(), StoreFault> {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.delete(&key_of(&self.tx.view.keys, self.tenant, name)?);
        Ok(())
    }
}
