//! Reads the sources of settings and lays them over each other. What a value means is not known here.

use crate::config::error::{ConfigError, Origin};
use crate::config::keys::{self, ENVIRONMENT_PREFIX, KEYS, Key, Kind};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What wins over what, as `config show` and the help say it.
pub const PRECEDENCE: &str = "flags > environment > file > default";

/// A flag of the command line that sets a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The setting, by its name in the file.
    pub key: &'static str,
    /// The flag: `--data-dir`.
    pub flag: &'static str,
    /// Its value.
    pub value: String,
}

/// Where settings are looked for.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Flags that were given.
    pub flags: Vec<Flag>,
    /// The environment; variables that do not begin with `HOLDFAST__` are not looked at.
    pub environment: Vec<(OsString, OsString)>,
    /// The configuration file, if one was named. It must then be there.
    pub file: Option<PathBuf>,
}

/// A value as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<String>),
    Count(u64),
}

/// Every setting that has a value: the value, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings(BTreeMap<&'static str, (Value, Origin)>);

impl Settings {
    pub(crate) fn get(&self, name: &str) -> Option<&(Value, Origin)> {
        self.0.get(name)
    }

    /// Where the value of a setting came from; nothing when it has none.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.get(name).map(|(_, origin)| origin)
    }

    fn set(&mut self, key: &'static Key, value: Value, origin: Origin) {
        self.0.insert(key.name, (value, origin));
    }
}

pub(crate) fn merge(sources: &Sources) -> Result<Settings, ConfigError> {
    let mut settings = Settings::default();
    for key in &KEYS {
        if !key.default.is_empty() {
            let value = parse(key, key.default, &Origin::Default)?;
            settings.set(key, value, Origin::Default);
        }
    }
    if let Some(path) = &sources.file {
        read_file(path, &mut settings)?;
    }
    read_environment(&sources.environment, &mut settings)?;
    for flag in &sources.flags {
        let origin = Origin::Flag(flag.flag);
        let key = keys::find(flag.key).ok_or_else(|| unknown(flag.key, origin.clone()))?;
        let value = parse(key, &flag.value, &origin)?;
        settings.set(key, value, origin);
    }
    Ok(settings)
}

/// A value from text: of a flag, of the environment or the default.
fn parse(key: &'static Key, text: &str, origin: &Origin) -> Result<Value, ConfigError> {
    Ok(match key.kind {
        Kind::Text => Value::Text(text.to_owned()),
        Kind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::List(items.map(str::to_owned).collect())
        }
        Kind::Count => Value::Count(text.parse().map_err(|_| wrong_kind(key, origin.clone()))?),
    })
}

fn read_environment(
    environment: &[(OsString, OsString)],
    settings: &mut Settings,
) -> Result<(), ConfigError> {
    for (name, value) in environment {
        let name = name.to_string_lossy();
        if !name.starts_with(ENVIRONMENT_PREFIX) {
            continue;
        }
        let origin = Origin::Environment(name.clone().into_owned());
        let Some(key) = KEYS.iter().find(|key| key.environment_name() == name) else {
            let nearest = keys::nearest(&name, Key::environment_name);
            return Err(ConfigError::Unknown {
                name: name.into_owned(),
                origin,
                nearest,
            });
        };
        let text = value.to_str().ok_or_else(|| ConfigError::Value {
            key: key.name,
            origin: origin.clone(),
            reason: "the value is not UTF-8 text".to_owned(),
        })?;
        let value = parse(key, text, &origin)?;
        settings.set(key, value, origin);
    }
    Ok(())
}

fn read_file(path: &Path, settings: &mut Settings) -> Result<(), ConfigError> {
    let text = fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::NotToml {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    read_table("", table, path, settings)
}

fn read_table(
    prefix: &str,
    table: toml::Table,
    path: &Path,
    settings: &mut Settings,
) -> Result<(), ConfigError> {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        let origin = Origin::File(path.to_owned());
        if let Some(key) = keys::find(&name) {
            let value = of_toml(key, value, &origin)?;
            settings.set(key, value, origin);
            continue;
        }
        let section = format!("{name}.");
        match value {
            // A section with a wrong name is walked, so that the message names the setting that was meant.
            toml::Value::Table(inner) if !inner.is_empty() => read_table(&section, inner, path, settings)?,
            toml::Value::Table(_) if KEYS.iter().any(|key| key.name.starts_with(&section)) => {}
            _ => return Err(unknown(&name, origin)),
        }
    }
    Ok(())
}

fn of_toml(key: &'static Key, value: toml::Value, origin: &Origin) -> Result<Value, ConfigError> {
    let wrong = || wrong_kind(key, origin.clone());
    match (key.kind, value) {
        (Kind::Text, toml::Value::String(text)) => Ok(Value::Text(text)),
        (Kind::Count, toml::Value::Integer(count)) => count.try_into().map(Value::Count).map_err(|_| wrong()),
        (Kind::List, toml::Value::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                toml::Value::String(text) => Ok(text),
                _ => Err(wrong()),
            })
            .collect::<Result<_, _>>()
            .map(Value::List),
        _ => Err(wrong()),
    }
}

fn unknown(name: &str, origin: Origin) -> ConfigError {
    ConfigError::Unknown {
        name: name.to_owned(),
        origin,
        nearest: keys::nearest(name, |key| key.name.to_owned()),
    }
}

fn wrong_kind(key: &'static Key, origin: Origin) -> ConfigError {
    let expected = match key.kind {
        Kind::Text => "a text in quotes",
        Kind::List => "an array of texts",
        Kind::Count => "a whole number, not negative,",
    };
    ConfigError::Kind {
        key: key.name,
        origin,
        expected,
    }
}
