//! What the checks look at: the text files that git knows or would add, and what cargo says about the packages.
//! Reads only; no check is made here.

use crate::source::{Layers, layers};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct File {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Code and comments apart; both empty for anything but Rust.
    pub(crate) layers: Layers,
    /// The first line of test code, from 1; nothing if the file has none.
    tests_from: Option<usize>,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let layers = layers(if path.ends_with(".rs") { text } else { "" });
        let tests_from = if is_test_path(path) {
            Some(1)
        } else {
            test_module_line(&layers.code)
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            layers,
            tests_from,
        }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The whole file is test code: under a `tests` folder, or in a crate that exists for tests only.
    pub(crate) fn is_test(&self) -> bool {
        self.tests_from == Some(1)
    }

    pub(crate) fn tests_from(&self) -> Option<usize> {
        self.tests_from
    }

    /// Is this line (from 1) test code?
    pub(crate) fn is_test_line(&self, line: usize) -> bool {
        self.tests_from.is_some_and(|from| line >= from)
    }
}

fn is_test_path(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.starts_with("crates/testkit/")
        || path.starts_with("crates/sim/")
        || path.starts_with("crates/fuzzed/")
        || [".test.ts", ".spec.ts"].iter().any(|end| path.ends_with(end))
}

/// The line of the `#[cfg(test)]` in front of a test module that is written out in the same file.
fn test_module_line(code: &str) -> Option<usize> {
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let opens_module = |line: &&str| line.starts_with("mod ") && line.ends_with('{');
    (0..lines.len())
        .find(|at| {
            lines.get(*at) == Some(&"#[cfg(test)]") && lines.iter().skip(at + 1).take(3).any(opens_module)
        })
        .map(|at| at + 1)
}

/// Every text file that is tracked, or new and not ignored. Binary files and files gone from the disk are left out.
pub(crate) fn files(root: &Path) -> Result<Vec<File>, String> {
    let list = output(
        root,
        "git",
        &["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    )?;
    let mut paths: Vec<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &&str| {
        std::fs::read_to_string(root.join(path))
            .ok()
            .map(|text| File::new(path, &text))
    };
    let files: Vec<File> = paths.iter().filter_map(read).collect();
    if files.is_empty() {
        Err("git lists no files here".to_owned())
    } else {
        Ok(files)
    }
}

/// `cargo metadata` with every locked package.
pub(crate) fn metadata(root: &Path) -> Result<Value, String> {
    let text = output(
        root,
        "cargo",
        &["metadata", "--offline", "--locked", "--format-version", "1"],
    )
    .map_err(|reason| format!("{reason}; `cargo fetch --locked` first"))?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}

/// The names of the packages that are really built on some platform. Fewer than the locked ones: the lock file also
/// holds optional packages that no chosen feature asks for.
pub(crate) fn built_packages(root: &Path) -> Result<Vec<String>, String> {
    let arguments = [
        "tree",
        "--offline",
        "--locked",
        "--workspace",
        "--target",
        "all",
        "--prefix",
        "none",
    ];
    let text = output(root, "cargo", &arguments)?;
    let mut names: Vec<String> = text
        .lines()
        .filter_map(|l| l.split(' ').next())
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let done = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|error| format!("{program} does not start: {error}"))?;
    if !done.status.success() {
        let first_lines: Vec<&str> = std::str::from_utf8(&done.stderr)
            .unwrap_or("")
            .lines()
            .take(3)
            .collect();
        return Err(format!(
            "`{program} {}` failed: {}",
            arguments.join(" "),
            first_lines.join(" ")
        ));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("{program} wrote something that is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_code_is_known_by_place() {
        for path in [
            "crates/a/tests/it/main.rs",
            "tests/clients/test_x.py",
            "crates/testkit/src/lib.rs",
        ] {
            assert!(File::new(path, "").is_test(), "{path}");
        }
        assert!(!File::new("crates/a/src/contests.rs", "").is_test());
    }

    #[test]
    fn a_test_module_at_the_end_is_test_code_and_a_declaration_is_not() {
        let file = File::new(
            "crates/a/src/x.rs",
            "fn a() {}\n#[cfg(test)]\n#[rustfmt::skip]\nmod tests {\n}\n",
        );
        assert_eq!(
            (file.is_test_line(1), file.is_test_line(2), file.is_test()),
            (false, true, false)
        );
        assert_eq!(
            File::new("crates/a/src/x.rs", "#[cfg(test)]\nmod tests;\n").tests_from(),
            None
        );
    }

    #[test]
    fn this_repository_can_be_listed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let files = files(&root).expect("git lists the files");
        assert!(files.iter().any(|file| file.path == "Cargo.toml"));
        assert!(files.iter().all(|file| !file.path.starts_with("target/")));
    }
}
