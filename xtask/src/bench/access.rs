//! `cargo xtask bench access`: decisions beside those of Cedar, lists of a caller who may see little of much beside
//! those of PostgreSQL, and trees that are as deep and as wide as they may be. What the others do is measured by
//! `benches/peers`, a program of its own.

mod depth;
mod lists;
mod million;

use super::place::Place;
use super::{Row, build_release, cargo, keep_section, program, rows_text};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const HEADING: &str = "## Access control";

/// How much is measured.
struct Scale {
    /// Devices below the groups.
    devices: usize,
    /// Groups in each group, and at the top.
    fan_out: usize,
    /// The pages that are asked for, and how often each is.
    pages: [usize; 2],
    times: usize,
    /// Objects below each other, and below one.
    depth: usize,
    width: usize,
}

const FULL: Scale = Scale {
    devices: 888_890,
    fan_out: 10,
    pages: [1, 50],
    times: 400,
    depth: 1_000,
    width: 100_000,
};
/// To see that the measuring works. Its numbers mean nothing.
const QUICK: Scale = Scale {
    devices: 6_000,
    fan_out: 4,
    pages: [1, 10],
    times: 20,
    depth: 100,
    width: 1_000,
};

/// Builds what is measured, measures, prints the table; with `--write` also keeps it in the repository.
pub(super) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let is_quick = options.contains(&"--quick");
    if !is_quick && cfg!(debug_assertions) {
        return build_release(root, &[&["access"], options].concat());
    }
    if cfg!(debug_assertions) {
        cargo(root, &["build", "--locked", "--package", "server"])?;
    }
    let peers = Peers::build(root)?;
    let scale = if is_quick { &QUICK } else { &FULL };
    let mut rows = peers.ask(if is_quick {
        &["cedar", "--quick"]
    } else {
        &["cedar"]
    })?;
    let place = Place::set_up(&program()?, &root.join("target"))?;
    rows.extend(lists::measure(&place, scale)?);
    let files = place.data().with_file_name("rows").to_string_lossy().into_owned();
    rows.extend(peers.ask(&["rows", &files, &scale.times.to_string()])?);
    drop(place);
    rows.extend(depth::measure(
        &Place::set_up(&program()?, &root.join("target"))?,
        scale,
    )?);

    let text = format!(
        "{HEADING}\n\nMeasured by `cargo xtask bench access --write`. {ABOUT}\n\n{}",
        rows_text(root, &rows)?
    );
    println!("{text}");
    if options.contains(&"--write") && !is_quick {
        keep_section(root, HEADING, &text)?;
    }
    Ok(())
}

const ABOUT: &str = "Cedar and PostgreSQL are asked the same questions about the same data in the same run, and every \
                     answer is compared. Cedar gets every rule as a policy, and for each question only those of the \
                     user and its groups; PostgreSQL has the lines of inheritance in a table of their own.";

/// The program that asks the others.
struct Peers<'r> {
    root: &'r Path,
}

impl<'r> Peers<'r> {
    fn build(root: &'r Path) -> Result<Self, String> {
        let manifest = [
            "--manifest-path",
            "benches/peers/Cargo.toml",
            "--target-dir",
            "target/peers",
        ];
        cargo(
            root,
            &[&["build", "--release", "--locked"], manifest.as_slice()].concat(),
        )?;
        Ok(Self { root })
    }

    /// What it measures.
    fn ask(&self, arguments: &[&str]) -> Result<Vec<Row>, String> {
        let mut command = Command::new(self.root.join("target/peers/release/peers"));
        let output = command.args(arguments).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("peers does not start: {error}"))?;
        if !output.status.success() {
            return Err(format!("peers {arguments:?} failed"));
        }
        let row = |line: &str| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [what, count, result] = fields.as_slice() else {
                return Err(format!("peers: `{line}` is no row"));
            };
            Ok(Row {
                what: (*what).to_owned(),
                count: count
                    .parse()
                    .map_err(|_| format!("peers: `{count}` is no number"))?,
                result: (*result).to_owned(),
            })
        };
        String::from_utf8_lossy(&output.stdout).lines().map(row).collect()
    }
}

/// How long half of the questions took at most, and 99 of 100.
fn shares(mut taken: Vec<Duration>) -> String {
    taken.sort_unstable();
    let at = |share: f64| {
        let place = ((taken.len().max(1) - 1) as f64 * share).round() as usize;
        taken.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    format!("{:.2} ms (p50), {:.2} ms (p99)", at(0.5), at(0.99))
}
