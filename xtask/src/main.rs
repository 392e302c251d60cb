//! `cargo xtask`: the project's own checks of itself, and the long runs and measurements that no test has time for.
//! Development only: nothing here ships.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program answers on its terminal"
)]

mod bench;
mod crash;
mod endpoints;
mod fuzz;
mod openapi;
mod source;
mod tamper;
mod tidy;
mod timing;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask tidy       check the repository's rules; exit 1 with every fault as file:line
       cargo xtask openapi    write the API document of the present declarations to api/openapi.json
       cargo xtask endpoints  compare the declarations with the REST API's list of endpoints, and write the table of them to
                              docs/endpoints.md; --strict: exit 1 if a row is neither declared nor refused
       cargo xtask crash      kill the program while clients post; --rounds 200, --seed 1, --engine fjall or redb
       cargo xtask fuzz       try inputs that nobody thought of on all that reads bytes from outside; --seconds 60 for each
                              target, --target packets for one
       cargo xtask tamper     change a byte of a stored audit record, to see what notices it: DIRECTORY --shard 1 --record 17
       cargo xtask timing     look for what the time of a refused sign-in tells; --samples 1000
       cargo xtask bench      measure the release build; --write keeps the table in docs/benchmarks.md, --quick tries it
                              out with a debug build
       cargo xtask bench access
                              the same for access control, beside Cedar and PostgreSQL 15; also with --write or --quick
       cargo xtask bench mqtt
                              the same for connections and messages, beside mosquitto and RabbitMQ; also with --write or
                              --quick";

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
        ["endpoints", options @ ..] => ended(endpoints::run(&root(), options)),
        ["crash", options @ ..] => ended(crash::run(&root(), options)),
        ["fuzz", options @ ..] => ended(fuzz::run(&root(), options)),
        ["tamper", options @ ..] => ended(tamper::run(options)),
        ["timing", options @ ..] => ended(timing::run(&root(), options)),
        ["bench", options @ ..] => ended(bench::run(&root(), options)),
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

fn ended(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
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
