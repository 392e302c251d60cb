//! Options about how users sign in, for administrators of the tenant who may not set others.

use super::{missing, set};
use crate::desk::{Changing, Reading};
use crate::refusal::Refusal;
use crate::work::{Command, Query, Then, done};
use model::limits::OPTIONS_MAX;
use model::options::{OptionName, OptionValue, TenantOption};
use model::sessions::{FACTOR_OPTIONS, PASSWORD_OPTIONS};
use policy::operations::options::{SecurityOptionRead, SecurityOptionSet};

/// Refuses every other category, whatever it has: it is not there.
fn check(name: &OptionName) -> Result<(), Refusal> {
    match [PASSWORD_OPTIONS, FACTOR_OPTIONS].contains(&name.category.as_str()) {
        true => Ok(()),
        false => Err(missing(name)),
    }
}

/// Reads such an option.
pub struct ReadSecurityOption(pub OptionName);

impl Query for ReadSecurityOption {
    type Operation = SecurityOptionRead;
    type Answer = TenantOption;

    fn answer(&self, desk: &Reading) -> Result<TenantOption, Refusal> {
        let rows = desk.tx.options(desk.allow::<SecurityOptionRead>()?);
        check(&self.0)?;
        rows.option(&self.0)?.ok_or_else(|| missing(&self.0))
    }
}

/// Sets such an option, whether it is there or not.
pub struct SetSecurityOption {
    /// Which.
    pub name: OptionName,
    /// To what.
    pub value: OptionValue,
}

impl Command for SetSecurityOption {
    type Operation = SecurityOptionSet;
    type Answer = TenantOption;

    fn change(&self, desk: &Changing) -> Result<Then<TenantOption>, Refusal> {
        let rows = desk.tx.options(desk.allow::<SecurityOptionSet>()?);
        check(&self.name)?;
        let mut left = OPTIONS_MAX.saturating_sub(rows.now().count()?);
        set(desk, &rows, &self.name, &self.value, &mut left)?;
        let option = rows.now().option(&self.name)?;
        Ok(done(option.ok_or_else(|| missing(&self.name))?))
    }
}
