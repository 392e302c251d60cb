//! What other programs take for the questions that the platform answers, on the same machine and the same data. Each
//! result is one line on standard output: what, how often, result, with tabs between them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program answers on its terminal"
)]

mod cedar;
mod decisions;
mod graph;
mod ours;
mod rows;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["cedar"] => decisions::compare(false),
        ["cedar", "--quick"] => decisions::compare(true),
        ["rows", directory, times] => match times.parse() {
            Ok(times) => rows::measure(Path::new(directory), times),
            Err(_) => Err(format!("`{times}` is no number")),
        },
        _ => Err("usage: peers cedar [--quick]\n       peers rows DIRECTORY TIMES".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// One result.
fn row(what: &str, count: usize, result: &str) {
    println!("{what}\t{count}\t{result}");
}
