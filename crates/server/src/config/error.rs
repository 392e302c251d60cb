//! What can be wrong with a configuration, said so that the reader knows which line to change.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line, by its name: `--data-dir`.
    Flag(&'static str),
    /// A variable of the environment, by its name.
    Environment(String),
    /// The configuration file.
    File(PathBuf),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A configuration is refused as a whole: a typing error must not leave a setting at its default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No setting has this name.
    #[error("unknown setting `{name}` ({origin}){}", did_you_mean(.nearest.as_ref()))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// Where.
        origin: Origin,
        /// The known name that is most alike, in the form of the place.
        nearest: Option<String>,
    },
    /// The value is of another kind than the setting.
    #[error("`{key}` ({origin}): {expected} is expected")]
    Kind {
        /// The setting.
        key: &'static str,
        /// Where.
        origin: Origin,
        /// What would be right.
        expected: &'static str,
    },
    /// The value is of the right kind but not allowed.
    #[error("`{key}` ({origin}): {reason}")]
    Value {
        /// The setting.
        key: &'static str,
        /// Where.
        origin: Origin,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// A setting that needs another one beside it.
    #[error("`{key}` ({origin}) needs `{needs}` beside it")]
    Alone {
        /// The setting that is there.
        key: &'static str,
        /// Where.
        origin: Origin,
        /// The setting that is missing.
        needs: &'static str,
    },
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is not TOML.
    #[error("the configuration file {path} is not TOML: {reason}")]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Line, column and what is wrong there.
        reason: String,
    },
}

fn did_you_mean(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}
