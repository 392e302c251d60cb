//! How much memory the real program takes beyond what it takes at rest, while slow readers hang on it. The clients are a
//! script: what it does to its connections no library would do.

use super::{cargo, machine, succeed};
use std::path::Path;
use std::process::Command;

const SCRIPT: &str = "tests/clients/memory.py";
const PYTHON: &str = "target/clients/venv/bin/python";

/// Builds the program as it ships and runs the script with it, which prints what it has measured. With `--quick` a debug
/// build, and little.
pub(super) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let (build, counts): (&[&str], &[&str]) = match options {
        [] => (&["--release"], &[]),
        ["--quick"] => (&[], &["20000", "20"]),
        [unknown, ..] => return Err(format!("`{unknown}` is no option")),
    };
    if !root.join(PYTHON).exists() {
        return Err(format!("{PYTHON} is not there: ./test makes it"));
    }
    let program = if build.is_empty() {
        "target/debug/holdfast"
    } else {
        "target/release/holdfast"
    };
    cargo(
        root,
        &[&["build", "--locked", "--package", "server"], build].concat(),
    )?;
    println!("{}", machine::description(root)?);
    let mut script = Command::new(root.join(PYTHON));
    succeed(script.current_dir(root).args([SCRIPT, program]).args(counts))
}
