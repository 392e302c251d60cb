//! `cargo xtask bench`: how fast the platform is on this machine, as one table. Decisions and commits are measured
//! inside this process by calls of the engine; measurements and pages over HTTPS against the real program.
//!
//! It measures; it does not judge. Nothing here is a test.

mod access;
mod commits;
mod decisions;
pub(crate) mod house;
mod ingest;
mod machine;
mod memory;
mod mqtt;
mod pages;
pub(crate) mod place;

use house::House;
use place::Place;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Where the last real run is kept.
const KEPT: &str = "docs/benchmarks.md";

/// One line of the table.
pub(crate) struct Row {
    what: String,
    /// How often it was done.
    count: u64,
    result: String,
}

/// How much is measured.
pub(crate) struct Scale {
    /// The time of each part that is measured by time.
    slice: Duration,
    /// Managed objects of which a page is listed.
    objects: usize,
    /// How often each page is listed.
    pages: usize,
}

const FULL: Scale = Scale {
    slice: Duration::from_secs(5),
    objects: 100_000,
    pages: 101,
};
/// To see that the measuring works. Its numbers mean nothing.
const QUICK: Scale = Scale {
    slice: Duration::from_millis(200),
    objects: 2_000,
    pages: 5,
};

/// Builds what is measured, measures, prints the table; with `--write` also keeps it in the repository. `--quick` does
/// little, with a debug build.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    if let ["memory", options @ ..] = options {
        return memory::run(root, options);
    }
    /// A part that is measured by itself.
    type Part = fn(&Path, &[&str]) -> Result<(), String>;
    let (part, options): (Option<Part>, _) = match options {
        ["access", rest @ ..] => (Some(access::run), rest),
        ["mqtt", rest @ ..] => (Some(mqtt::run), rest),
        all => (None, all),
    };
    if let Some(unknown) = options
        .iter()
        .find(|option| !["--quick", "--write"].contains(option))
    {
        return Err(format!("`{unknown}` is no option"));
    }
    if let Some(part) = part {
        return part(root, options);
    }
    let is_quick = options.contains(&"--quick");
    let is_release = !cfg!(debug_assertions);
    if !is_quick && !is_release {
        return build_release(root, options);
    }
    if !is_release {
        cargo(root, &["build", "--locked", "--package", "server"])?;
    }
    let text = table(root, &measure(root, if is_quick { &QUICK } else { &FULL })?)?;
    println!("{text}");
    if options.contains(&"--write") && !is_quick {
        let sections = kept(root)?;
        let sections = sections
            .find("\n## ")
            .and_then(|from| sections.get(from..))
            .unwrap_or_default();
        std::fs::write(root.join(KEPT), text + sections).map_err(|error| format!("{KEPT}: {error}"))?;
    }
    Ok(())
}

/// Builds everything as it ships, and measures with that.
fn build_release(root: &Path, options: &[&str]) -> Result<(), String> {
    let packages = ["--package", "server", "--package", "xtask"];
    cargo(
        root,
        &[&["build", "--release", "--locked"], packages.as_slice()].concat(),
    )?;
    let mut again = Command::new(root.join("target/release/xtask"));
    succeed(again.current_dir(root).arg("bench").args(options))
}

fn kept(root: &Path) -> Result<String, String> {
    std::fs::read_to_string(root.join(KEPT)).map_err(|error| format!("{KEPT}: {error}"))
}

/// Puts a section in the place of the one with its heading, or at the end.
fn keep_section(root: &Path, heading: &str, section: &str) -> Result<(), String> {
    std::fs::write(root.join(KEPT), with_section(&kept(root)?, heading, section))
        .map_err(|error| format!("{KEPT}: {error}"))
}

fn with_section(text: &str, heading: &str, section: &str) -> String {
    let (before, rest) = text.split_once(&format!("\n{heading}\n")).unwrap_or((text, ""));
    let after = rest
        .find("\n## ")
        .and_then(|from| rest.get(from..))
        .unwrap_or_default();
    format!("{}\n\n{}\n{after}", before.trim_end(), section.trim_end())
}

fn measure(root: &Path, scale: &Scale) -> Result<Vec<Row>, String> {
    let program = program()?;
    let place = Place::set_up(&program, &root.join("target"))?;
    let house = House::open(&place)?;
    let devices = house.devices(ingest::CONNECTIONS_MAX)?;
    let mut rows = decisions::measure(&house, &devices, scale)?;
    rows.extend(commits::measure(&house, &devices, scale)?);
    let devices: Vec<_> = devices.into_iter().map(|device| device.account).collect();
    drop(house);
    rows.extend(ingest::measure(&place, &devices, scale)?);

    let place = Place::set_up(&program, &root.join("target"))?;
    let house = House::open(&place)?;
    rows.push(pages::fill(&house, scale)?);
    drop(house);
    rows.extend(pages::measure(&place, scale)?);
    Ok(rows)
}

/// The program of the same build as this one.
pub(crate) fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name("holdfast");
    program
        .exists()
        .then_some(program)
        .ok_or_else(|| "there is no holdfast beside xtask".to_owned())
}

fn table(root: &Path, rows: &[Row]) -> Result<String, String> {
    Ok(format!(
        "# Benchmarks\n\nMeasured by `cargo xtask bench --write`, which replaces this file down to the next section. \
         Client and program shared the machine.\n\n{}",
        rows_text(root, rows)?
    ))
}

fn rows_text(root: &Path, rows: &[Row]) -> Result<String, String> {
    let mut text = format!(
        "{}\n| measured | N | result |\n|---|---:|---|\n",
        machine::description(root)?
    );
    for Row { what, count, result } in rows {
        text.push_str(&format!("| {what} | {count} | {result} |\n"));
    }
    Ok(text)
}

pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Result<(), String> {
    succeed(Command::new("cargo").current_dir(root).args(arguments))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("{command:?} does not start: {error}"))?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("{command:?} failed"))
}

/// Does something over and over for a time; gives how often, and how often per second.
fn rate(slice: Duration, mut once: impl FnMut() -> Result<(), String>) -> Result<(u64, f64), String> {
    const BETWEEN_LOOKS: u64 = 100;
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < slice {
        for _ in 0..BETWEEN_LOOKS {
            once()?;
        }
        count += BETWEEN_LOOKS;
    }
    Ok((count, count as f64 / begun.elapsed().as_secs_f64()))
}

/// A number as people read it: whole, in groups of three.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_threes() {
        for (number, text) in [
            (0.4, "0"),
            (999.0, "999"),
            (1_000.0, "1,000"),
            (1_234_567.6, "1,234,568"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_section_takes_the_place_of_the_one_before_and_leaves_the_others() {
        let text = "# A\n\n## B\n\nold\n\n## C\n\nc\n";
        let expected = "# A\n\n## B\n\nnew\n\n## C\n\nc\n";
        assert_eq!(with_section(text, "## B", "## B\n\nnew\n"), expected);
        assert_eq!(
            with_section("# A\n", "## B", "## B\n\nnew\n"),
            "# A\n\n## B\n\nnew\n"
        );
    }

    #[test]
    fn a_rate_counts_what_was_done() {
        let mut done = 0;
        let counted = rate(Duration::from_millis(1), || {
            done += 1;
            Ok(())
        });
        let (count, per_second) = counted.expect("nothing fails");
        assert_eq!(count, done);
        assert!(per_second > 0.0);
        assert_eq!(
            rate(Duration::from_secs(60), || Err("no".to_owned())),
            Err("no".to_owned())
        );
    }
}
