//! `cargo xtask crash`: the crash test of the real program, longer than in the test suite. It only starts the test; what
//! is done and checked in a round is in `crates/server/tests/it/crash`.

use std::path::Path;
use std::process::Command;

/// The test, and how its settings reach it.
const TEST: &str = "crash::the_long_run";
const SETTINGS: [(&str, &str); 3] = [
    ("--rounds", "HOLDFAST_CRASH_ROUNDS"),
    ("--seed", "HOLDFAST_CRASH_SEED"),
    ("--engine", "HOLDFAST_CRASH_ENGINE"),
];

/// Runs it; an error says what was wrong with the options, or that a round failed (the test has said which).
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command
        .current_dir(root)
        .args(["test", "--locked", "--package", "server", "--test", "it"]);
    command.args(["--", TEST, "--exact", "--ignored", "--nocapture"]);
    for (name, value) in settings(options)? {
        command.env(name, value);
    }
    let status = command
        .status()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| "a round failed".to_owned())
}

/// The environment of the test.
fn settings<'a>(options: &[&'a str]) -> Result<Vec<(&'static str, &'a str)>, String> {
    let mut settings = Vec::new();
    for pair in options.chunks(2) {
        let known = SETTINGS.iter().find(|(option, _)| pair.first() == Some(option));
        let (Some((option, name)), Some(value)) = (known, pair.get(1)) else {
            return Err(format!("`{}` is no option with a value", pair.join(" ")));
        };
        let fine = match *option {
            "--engine" => ["fjall", "redb"].contains(value),
            _ => value.parse::<u32>().is_ok(),
        };
        if !fine {
            return Err(format!("`{value}` is no value of {option}"));
        }
        settings.push((*name, *value));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_the_settings_of_the_test() {
        assert_eq!(
            settings(&["--rounds", "200", "--engine", "redb"]),
            Ok(vec![
                ("HOLDFAST_CRASH_ROUNDS", "200"),
                ("HOLDFAST_CRASH_ENGINE", "redb")
            ])
        );
        assert_eq!(settings(&[]), Ok(vec![]));
    }

    #[test]
    fn what_is_no_option_is_refused_rather_than_ignored() {
        for options in [
            &["--round", "2"][..],
            &["--rounds"],
            &["--rounds", "many"],
            &["--engine", "sled"],
        ] {
            assert!(settings(options).is_err(), "{options:?}");
        }
    }
}
