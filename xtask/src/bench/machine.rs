//! On what was measured: the commit, the date, the machine.

use super::place::now;
use std::path::Path;
use std::process::Command;

/// A list in Markdown.
pub(super) fn description(root: &Path) -> Result<String, String> {
    let cpuinfo =
        std::fs::read_to_string("/proc/cpuinfo").map_err(|error| format!("/proc/cpuinfo: {error}"))?;
    let model = field(&cpuinfo, "model name").unwrap_or("unknown");
    let meminfo =
        std::fs::read_to_string("/proc/meminfo").map_err(|error| format!("/proc/meminfo: {error}"))?;
    let memory: u64 = field(&meminfo, "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse().ok())
        .unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let build = if cfg!(debug_assertions) {
        "debug: the numbers mean nothing"
    } else {
        "release"
    };
    let date = now().to_string();
    Ok(format!(
        "- commit: {}\n- date: {}\n- machine: {model}, {cores} cores, {} MiB of memory, {}\n- build: {build}\n",
        commit(root)?,
        date.split('T').next().unwrap_or_default(),
        memory / 1024,
        std::fs::read_to_string("/proc/sys/kernel/osrelease").map_or_else(
            |_| "unknown system".to_owned(),
            |release| format!(
                "Linux {}",
                release.trim().split('.').take(2).collect::<Vec<_>>().join(".")
            )
        ),
    ))
}

fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

/// The commit, and whether the files differ from it.
fn commit(root: &Path) -> Result<String, String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(root).args(arguments).output();
        let output = output.map_err(|error| format!("git does not start: {error}"))?;
        Ok::<_, String>(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    Ok(if is_clean {
        commit
    } else {
        format!("{commit} with changes")
    })
}
