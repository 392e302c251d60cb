//! Options of the caller's tenant: reading, setting and deleting them. The platform's own settings are in `system`.
//!
//! What an option means is known where it is used. The value of a secret one is never read here.

mod lock;
mod origins;
mod security;
mod system;

pub use lock::LockOption;
pub use security::{ReadSecurityOption, SetSecurityOption};
pub use system::{FindSystemOptions, ReadSystemOption, SystemOption};

use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::json::Json;
use model::limits::{OPTION_VALUE_AUDIT_BYTES_MAX, OPTIONS_MAX};
use model::options::{Category, OptionKey, OptionName, OptionValue, TenantOption};
use policy::operations::options::{OptionAdmin, OptionRead};
use store::options::{OptionChanges, OptionRows};

/// Lists options.
pub struct FindOptions {
    /// Which part.
    pub page: Page,
}

impl Query for FindOptions {
    type Operation = OptionRead;
    type Answer = Listed<TenantOption>;

    fn answer(&self, desk: &Reading) -> Result<Listed<TenantOption>, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionRead>()?);
        Ok(self.page.of(rows.options()?))
    }
}

/// Reads the options of one category; there may be none.
pub struct ReadCategory {
    /// Which, as sent.
    pub category: String,
}

impl Query for ReadCategory {
    type Operation = OptionRead;
    type Answer = Vec<TenantOption>;

    fn answer(&self, desk: &Reading) -> Result<Vec<TenantOption>, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionRead>()?);
        in_category(&rows, &self.category)
    }
}

fn in_category(rows: &OptionRows<'_>, category: &str) -> Result<Vec<TenantOption>, Refusal> {
    let mut options = rows.options()?;
    options.retain(|option| option.name.category.as_str() == category);
    Ok(options)
}

/// Reads one option.
pub struct ReadOption {
    /// Which.
    pub name: OptionName,
}

impl Query for ReadOption {
    type Operation = OptionRead;
    type Answer = TenantOption;

    fn answer(&self, desk: &Reading) -> Result<TenantOption, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionRead>()?);
        rows.option(&self.name)?.ok_or_else(|| missing(&self.name))
    }
}

fn missing(name: &OptionName) -> Refusal {
    Refusal::Missing(Missing::Option(name.to_string()))
}

/// Sets an option, whether it is there or not.
pub struct SetOption {
    /// Which.
    pub name: OptionName,
    /// To what.
    pub value: OptionValue,
}

impl Command for SetOption {
    type Operation = OptionAdmin;
    /// The option, for those who may read it (R019).
    type Answer = Option<TenantOption>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionAdmin>()?);
        let mut left = OPTIONS_MAX.saturating_sub(rows.now().count()?);
        set(desk, &rows, &self.name, &self.value, &mut left)?;
        Ok(done(written(desk, &rows, &self.name)?))
    }
}

/// Changes an option that is there.
pub struct UpdateOption {
    /// Which.
    pub name: OptionName,
    /// To what.
    pub value: OptionValue,
}

impl Command for UpdateOption {
    type Operation = OptionAdmin;
    /// The option, for those who may read it (R019).
    type Answer = Option<TenantOption>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionAdmin>()?);
        if rows.now().option(&self.name)?.is_none() {
            return Err(missing(&self.name));
        }
        set(desk, &rows, &self.name, &self.value, &mut 0)?;
        Ok(done(written(desk, &rows, &self.name)?))
    }
}

fn written(
    desk: &Changing,
    rows: &OptionChanges<'_>,
    name: &OptionName,
) -> Result<Option<TenantOption>, Refusal> {
    match desk.may::<OptionRead>() {
        true => Ok(rows.now().option(name)?),
        false => Ok(None),
    }
}

/// Sets options of one category, all or none; the others of the category stay.
pub struct SetCategory {
    /// Which.
    pub category: Category,
    /// Its options and what they are set to.
    pub values: Vec<(OptionKey, OptionValue)>,
}

impl Command for SetCategory {
    type Operation = OptionAdmin;
    /// The whole category, for those who may read it (R019).
    type Answer = Option<Vec<TenantOption>>;

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionAdmin>()?);
        let mut left = OPTIONS_MAX.saturating_sub(rows.now().count()?);
        for (key, value) in &self.values {
            let name = OptionName {
                category: self.category.clone(),
                key: key.clone(),
            };
            set(desk, &rows, &name, value, &mut left)?;
        }
        let shown = match desk.may::<OptionRead>() {
            true => Some(in_category(&rows.now(), self.category.as_str())?),
            false => None,
        };
        Ok(done(shown))
    }
}

/// Sets an option. A new one takes one of those that are left to the tenant.
fn set(
    desk: &Changing,
    rows: &OptionChanges<'_>,
    name: &OptionName,
    value: &OptionValue,
    left: &mut usize,
) -> Result<(), Refusal> {
    origins::check(name, value)?;
    if rows.now().is_locked(name)? {
        return Err(Refusal::Forbidden);
    }
    let before = rows.now().option(name)?;
    if before.is_none() {
        *left = left
            .checked_sub(1)
            .ok_or(Refusal::Invalid(Invalid::TooManyOptions))?;
    }
    rows.put(name, value)?;
    let activity = match before {
        Some(_) => "Option changed",
        None => "Option created",
    };
    let after = TenantOption {
        name: name.clone(),
        value: (!name.key.is_secret()).then(|| value.expose().to_owned()),
    };
    let note = Note::new("Option", activity, name);
    desk.note(note.change("value", before.as_ref().map(told), Some(told(&after))));
    Ok(())
}

/// Deletes an option.
pub struct DeleteOption {
    /// Which.
    pub name: OptionName,
}

impl Command for DeleteOption {
    type Operation = OptionAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.options(desk.allow::<OptionAdmin>()?);
        let before = rows.now().option(&self.name)?;
        let before = before.ok_or_else(|| missing(&self.name))?;
        if rows.now().is_locked(&self.name)? {
            return Err(Refusal::Forbidden);
        }
        rows.delete(&self.name)?;
        let note = Note::new("Option", "Option deleted", &self.name);
        desk.note(note.change("value", Some(told(&before)), None));
        Ok(done(()))
    }
}

/// The value in an audit record: of a secret, or of a long one, only that there is one.
fn told(option: &TenantOption) -> Json {
    let value = option.value.as_deref();
    let value = value.filter(|value| value.len() <= OPTION_VALUE_AUDIT_BYTES_MAX);
    Json::from(value.unwrap_or("…"))
}
