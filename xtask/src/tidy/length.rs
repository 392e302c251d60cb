//! Files stay readable: source near 400 lines. Counts lines; what they say is not its matter.

use super::tree::File;
use super::{Fault, fault};

const SOURCE_LINES_ADVISED: usize = 450;
const SOURCE_LINES_MAX: usize = 600;
const TEST_LINES_MAX: usize = 800;

/// Written by hand and read by people; generated files are not counted.
const COUNTED: &[&str] = &[".rs", ".py", ".ts", ".svelte", ".css", ".sh"];
const GENERATED: &[&str] = &["crates/ui/dist/", "api/"];

/// Faults and warnings about length.
pub(crate) struct Lengths {
    pub(crate) faults: Vec<Fault>,
    pub(crate) warnings: Vec<Fault>,
}

/// Measures every file. Code above a test module has the limit of source; a whole file with its tests that of tests.
pub(crate) fn check(files: &[File]) -> Lengths {
    let mut lengths = Lengths {
        faults: Vec::new(),
        warnings: Vec::new(),
    };
    let counted = |file: &&File| {
        COUNTED.iter().any(|end| file.path.ends_with(end))
            && !GENERATED.iter().any(|start| file.path.starts_with(start))
    };
    for file in files.iter().filter(counted) {
        let all = file.text.lines().count();
        let source = file.tests_from().map_or(all, |from| from - 1);
        if all > TEST_LINES_MAX {
            lengths
                .faults
                .push(too_long(file, all, TEST_LINES_MAX, "with its tests "));
        } else if source > SOURCE_LINES_MAX {
            lengths.faults.push(too_long(file, source, SOURCE_LINES_MAX, ""));
        } else if source > SOURCE_LINES_ADVISED {
            lengths
                .warnings
                .push(too_long(file, source, SOURCE_LINES_ADVISED, ""));
        }
    }
    lengths
}

fn too_long(file: &File, lines: usize, limit: usize, of_what: &str) -> Fault {
    fault(
        &file.path,
        limit + 1,
        format!("{lines} lines {of_what}are more than {limit}: split by verb or concern"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_file(path: &str, lines: usize, faults: usize, warnings: usize) {
        let found = check(&[File::new(path, &"\n".repeat(lines))]);
        assert_eq!(
            (found.faults.len(), found.warnings.len()),
            (faults, warnings),
            "{path} with {lines} lines"
        );
    }

    #[test]
    fn limits_hold_at_and_just_over() {
        check_file("crates/a/src/x.rs", 450, 0, 0);
        check_file("crates/a/src/x.rs", 451, 0, 1);
        check_file("crates/a/src/x.rs", 600, 0, 1);
        check_file("crates/a/src/x.rs", 601, 1, 0);
        check_file("crates/a/tests/it/x.rs", 800, 0, 0);
        check_file("crates/a/tests/it/x.rs", 801, 1, 0);
        check_file("api/openapi.json", 5000, 0, 0);
    }

    #[test]
    fn tests_below_the_code_do_not_count_as_code() {
        let text = "\n".repeat(400) + "#[cfg(test)]\nmod tests {\n" + &"\n".repeat(300) + "}\n";
        let found = check(&[File::new("crates/a/src/x.rs", &text)]);
        assert_eq!((found.faults.len(), found.warnings.len()), (0, 0));
    }
}
