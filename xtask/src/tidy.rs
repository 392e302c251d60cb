//! The rules of the repository, each in its own file with its own tests. Every check takes what it looks at as a
//! value and returns its faults; only this file and `tree` read files or run commands.

mod edges;
mod endpoints;
mod headers;
mod length;
mod lines;
mod openapi;
mod packages;
mod places;
mod requirements;
mod test_habits;
mod tree;

use std::fmt;
use std::path::Path;

/// One breach of one rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// Path from the root of the repository.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.what)
    }
}

fn fault(file: &str, line: usize, what: impl Into<String>) -> Fault {
    Fault {
        file: file.to_owned(),
        line,
        what: what.into(),
    }
}

/// What all checks together found.
pub(crate) struct Report {
    /// Breaches: the command fails.
    pub(crate) faults: Vec<Fault>,
    /// Worth a look: the command does not fail.
    pub(crate) warnings: Vec<Fault>,
    /// One sentence: how many requirements are named by tests.
    pub(crate) coverage: String,
    /// How many files were read.
    pub(crate) files: usize,
}

/// Runs every check over the repository at `root`; an error says what could not be read.
pub(crate) fn run(root: &Path) -> Result<Report, String> {
    let files = tree::files(root)?;
    let packages = tree::metadata(root)?;
    let built = tree::built_packages(root)?;
    let requirements = requirements::check(&files);
    let lengths = length::check(&files);

    let mut faults = [
        edges::check(&packages, &files),
        endpoints::check(&files),
        headers::check(&files),
        test_habits::check(&files),
        lines::check(&files),
        openapi::check(&files),
        places::check(&files),
        packages::check(&packages, &built, &files),
        requirements.faults,
        lengths.faults,
    ]
    .concat();
    faults.sort();
    Ok(Report {
        faults,
        warnings: lengths.warnings,
        coverage: requirements.coverage,
        files: files.len(),
    })
}
