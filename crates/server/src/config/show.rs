//! Shows the effective configuration as a TOML file that could be read again, with the origin of each value.

use crate::config::keys::KEYS;
use crate::config::layers::{PRECEDENCE, Settings, Value};
use std::fmt::Write;

/// Every setting with its value and origin, one per line; with `explain` also what it is for.
pub fn show(settings: &Settings, explain: bool) -> String {
    let mut text = format!("# precedence: {PRECEDENCE}\n");
    for key in &KEYS {
        if explain {
            let _ = writeln!(text, "\n# {} ({})", key.about, key.environment_name());
        }
        let _ = match settings.get(key.name) {
            Some((value, origin)) => {
                // Names of variables and files come from outside: they must not break out of the comment.
                let origin: String = origin
                    .to_string()
                    .chars()
                    .map(|character| if character.is_control() { '?' } else { character })
                    .collect();
                writeln!(text, "{} = {}  # {origin}", key.name, written(value))
            }
            None => writeln!(text, "# {} is not set", key.name),
        };
    }
    text
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => toml::Value::String(text.clone()).to_string(),
        Value::List(items) => {
            toml::Value::Array(items.iter().cloned().map(toml::Value::String).collect()).to_string()
        }
        Value::Count(count) => count.to_string(),
    }
}
