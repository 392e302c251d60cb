//! `cargo xtask`: the project's own checks of itself. Development only: nothing here ships, and it knows the text of
//! the repository, not the program.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program answers on its terminal"
)]

mod openapi;
mod source;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask tidy       check the repository's rules; exit 1 with every fault as file:line
       cargo xtask openapi    write the API document of the present declarations to api/openapi.json";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["tidy"] => tidy(),
        ["openapi"] => openapi(),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The folder above this crate: the same files from wherever the command is started.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn openapi() -> ExitCode {
    match openapi::write(&root()) {
        Ok(()) => {
            println!("written: {}", openapi::PATH);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{} could not be written: {reason}", openapi::PATH);
            ExitCode::from(2)
        }
    }
}

fn tidy() -> ExitCode {
    let report = match tidy::run(&root()) {
        Ok(report) => report,
        Err(reason) => {
            eprintln!("tidy could not look: {reason}");
            return ExitCode::from(2);
        }
    };
    for warning in &report.warnings {
        println!("warning: {warning}");
    }
    for fault in &report.faults {
        println!("{fault}");
    }
    println!(
        "tidy: {} files, {} faults; {}",
        report.files,
        report.faults.len(),
        report.coverage
    );
    ExitCode::from(u8::from(!report.faults.is_empty()))
}
