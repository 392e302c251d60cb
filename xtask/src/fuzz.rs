//! `cargo xtask fuzz`: runs every fuzz target for a bounded time, one after the other, and prints how many inputs each has
//! tried. What the targets try and check is in the crate `fuzzed`. Inputs that brought something new are kept in
//! `fuzz/corpus`, one that failed in `fuzz/artifacts`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes of one input: a message of the largest size, and a little more.
const INPUT_BYTES_MAX: u32 = 20_000;
/// Memory of one run, in megabytes: an input that needs more is a finding.
const MEMORY_MEGABYTES_MAX: u32 = 2_048;
/// Time of one input, in seconds: one that needs more is a finding.
const INPUT_SECONDS_MAX: u32 = 10;

const NEEDED: &str = "fuzzing needs a nightly compiler and cargo-fuzz: `rustup toolchain install nightly` and \
                      `cargo install cargo-fuzz`";

/// Runs the targets; an error says which found something, or what is missing.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let (seconds, only) = settings(options)?;
    let targets = targets(root)?;
    let chosen: Vec<_> = targets
        .iter()
        .filter(|target| only.is_none_or(|only| *target == only))
        .collect();
    if chosen.is_empty() {
        return Err(format!(
            "there is no such target; there are: {}",
            targets.join(", ")
        ));
    }
    let mut found = Vec::new();
    for target in chosen {
        let executions = run_one(root, target, seconds)?;
        match executions {
            Some(executions) => println!("{target}: {executions} inputs in {seconds} s, nothing found"),
            None => found.push(target.as_str()),
        }
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "found something: {}; see fuzz/artifacts",
            found.join(", ")
        )),
    }
}

fn settings<'a>(options: &[&'a str]) -> Result<(u32, Option<&'a str>), String> {
    let mut settings = (60, None);
    for pair in options.chunks(2) {
        match *pair {
            ["--seconds", value] => {
                settings.0 = value
                    .parse()
                    .map_err(|_| format!("`{value}` is no number of seconds"))?;
            }
            ["--target", value] => settings.1 = Some(value),
            _ => return Err(format!("`{}` is no option with a value", pair.join(" "))),
        }
    }
    Ok(settings)
}

/// The targets, in the order of their names.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let entries =
        fs::read_dir(root.join("fuzz/targets")).map_err(|error| format!("fuzz/targets: {error}"))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// Runs one: how many inputs it has tried, or nothing when one of them failed.
fn run_one(root: &Path, target: &str, seconds: u32) -> Result<Option<u64>, String> {
    let corpus = root.join("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["+nightly", "fuzz", "run", "--fuzz-dir", "fuzz", target])
        .args([corpus, root.join("fuzz/seeds").join(target)])
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MEGABYTES_MAX}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg("-print_final_stats=1")
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let executions = executions(&told);
    match (output.status.success(), executions) {
        (true, Some(executions)) => Ok(Some(executions)),
        (_, None) => Err(format!("{target} did not start. {NEEDED}\n{}", last_lines(&told))),
        (false, Some(_)) => {
            println!("{target}:\n{}", last_lines(&told));
            Ok(None)
        }
    }
}

/// How many inputs were tried, as the fuzzer says at its end.
fn executions(told: &str) -> Option<u64> {
    let line = told
        .lines()
        .find(|line| line.starts_with("stat::number_of_executed_units:"))?;
    line.rsplit(' ').next()?.parse().ok()
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_say_how_long_and_what() {
        assert_eq!(settings(&[]), Ok((60, None)));
        assert_eq!(
            settings(&["--seconds", "5", "--target", "rows"]),
            Ok((5, Some("rows")))
        );
        assert!(settings(&["--seconds", "long"]).is_err());
        assert!(settings(&["--seconds"]).is_err());
    }

    #[test]
    fn the_number_of_inputs_is_what_the_fuzzer_says() {
        let told = "Done 31 runs\nstat::number_of_executed_units: 31\nstat::peak_rss_mb: 60\n";
        assert_eq!(executions(told), Some(31));
        assert_eq!(executions("error: no such command"), None);
    }
}
