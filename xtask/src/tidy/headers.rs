//! Every Rust file begins with `//!`: what it is for and what it does not know.

use super::tree::File;
use super::{Fault, fault};

/// Finds Rust files that begin with anything else.
pub(crate) fn check(files: &[File]) -> Vec<Fault> {
    let ours = |file: &&File| {
        file.is_rust() && (file.path.starts_with("crates/") || file.path.starts_with("xtask/"))
    };
    let says_nothing = |file: &&File| {
        let first = file.text.lines().next().unwrap_or("");
        first
            .strip_prefix("//!")
            .is_none_or(|words| words.trim().is_empty())
    };
    files
        .iter()
        .filter(ours)
        .filter(says_nothing)
        .map(|file| {
            fault(
                &file.path,
                1,
                "begin with `//!`: what this file is for and what it does not know",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str, faults: usize) {
        assert_eq!(
            check(&[File::new("crates/a/src/lib.rs", text)]).len(),
            faults,
            "of {text:?}"
        );
    }

    #[test]
    fn a_file_says_first_what_it_is_for() {
        check_text("//! Alarms.\n", 0);
        check_text("use std::fmt;\n//! Late.\n", 1);
        check_text("//!\n//! An empty first line.\n", 1);
        check_text("/// Of the next item.\n", 1);
        check_text("", 1);
    }

    #[test]
    fn other_files_need_no_header() {
        assert_eq!(check(&[File::new("crates/a/Cargo.toml", "[package]")]), []);
    }
}
