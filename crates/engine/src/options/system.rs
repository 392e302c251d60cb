//! The platform's own settings, as far as tenants may know them: constants of this program, the same for every tenant.
//!
//! Only what is so is said: a setting of something that the platform does not have is not there.

use crate::desk::Reading;
use crate::refusal::{Missing, Refusal};
use crate::work::Query;
use model::limits::PASSWORD_CHARS_MIN;
use policy::operations::options::{SecuredOptionRead, SystemOptionRead};

/// A setting of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemOption {
    /// Its category.
    pub category: &'static str,
    /// Its key.
    pub key: &'static str,
    /// Its value; nothing if it is kept from this caller.
    pub value: Option<String>,
    secured: bool,
}

fn open(category: &'static str, key: &'static str, value: &str) -> SystemOption {
    SystemOption {
        category,
        key,
        value: Some(value.to_owned()),
        secured: false,
    }
}

fn secured(category: &'static str, key: &'static str, value: &str) -> SystemOption {
    SystemOption {
        secured: true,
        ..open(category, key, value)
    }
}

/// All of them.
fn all() -> [SystemOption; 11] {
    [
        secured("password", "green.min-length", &PASSWORD_CHARS_MIN.to_string()),
        open("password", "enforce.strength", "true"),
        // Days; passwords do not run out.
        open("password", "limit.validity", "0"),
        open("plugin", "eventprocessing.enabled", "false"),
        open("remoteaccess", "pass-through.enabled", "true"),
        open("reportMailer", "available", "false"),
        open("support-user", "enabled", "false"),
        open("system", "version", env!("CARGO_PKG_VERSION")),
        open("two-factor-authentication", "enabled", "true"),
        open("two-factor-authentication", "enforced", "false"),
        open("two-factor-authentication", "strategy", "TOTP"),
    ]
}

/// Lists the settings; those that are secured without their values for callers who may not know these.
pub struct FindSystemOptions;

impl Query for FindSystemOptions {
    type Operation = SystemOptionRead;
    type Answer = Vec<SystemOption>;

    fn answer(&self, desk: &Reading) -> Result<Vec<SystemOption>, Refusal> {
        // Its table is "nothing": the proof shows the right.
        let _ = desk.allow::<SystemOptionRead>()?;
        let knows_all = desk.may::<SecuredOptionRead>();
        let shown = all().map(|option| SystemOption {
            value: option.value.filter(|_| knows_all || !option.secured),
            ..option
        });
        Ok(shown.into())
    }
}

/// Reads one setting, by its name as sent.
pub struct ReadSystemOption {
    /// Its category.
    pub category: String,
    /// Its key.
    pub key: String,
}

impl Query for ReadSystemOption {
    type Operation = SystemOptionRead;
    type Answer = SystemOption;

    fn answer(&self, desk: &Reading) -> Result<SystemOption, Refusal> {
        let _ = desk.allow::<SystemOptionRead>()?;
        let found = all()
            .into_iter()
            .find(|option| option.category == self.category && option.key == self.key);
        let missing = || Refusal::Missing(Missing::Option(format!("{}/{}", self.category, self.key)));
        let option = found.ok_or_else(missing)?;
        if option.secured {
            let _ = desk.allow::<SecuredOptionRead>()?;
        }
        Ok(option)
    }
}
