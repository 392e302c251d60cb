//! Requirements against tests: what is called done is named by a test, and a test names only what exists. Whether the
//! test proves it is a matter for the reader.

use super::tree::File;
use super::{Fault, fault};
use std::collections::BTreeSet;

const LIST: &str = "docs/requirements.tsv";
const STATUSES: &[&str] = &["done", "part", "open"];

/// Faults, and the coverage as a sentence.
pub(crate) struct Requirements {
    pub(crate) faults: Vec<Fault>,
    pub(crate) coverage: String,
}

struct Row<'a> {
    line: usize,
    id: &'a str,
    status: &'a str,
}

/// An id named in a comment of a test.
struct Mention<'a> {
    file: &'a str,
    line: usize,
    id: &'a str,
}

/// Compares the list with the comments of the tests.
pub(crate) fn check(files: &[File]) -> Requirements {
    let Some(list) = files.iter().find(|file| file.path == LIST) else {
        return Requirements {
            faults: vec![fault(LIST, 1, "is missing")],
            coverage: "no requirements".to_owned(),
        };
    };
    let (rows, mut faults) = rows(&list.text);
    let mentions: Vec<Mention<'_>> = files.iter().flat_map(mentions).collect();
    let named: BTreeSet<&str> = mentions.iter().map(|mention| mention.id).collect();
    let known: BTreeSet<&str> = rows.iter().map(|row| row.id).collect();

    for row in rows
        .iter()
        .filter(|row| row.status == "done" && !named.contains(row.id))
    {
        faults.push(fault(
            LIST,
            row.line,
            format!("{} is done, but no test names it", row.id),
        ));
    }
    for mention in mentions.iter().filter(|mention| !known.contains(mention.id)) {
        faults.push(fault(
            mention.file,
            mention.line,
            format!("{} is not in {LIST}", mention.id),
        ));
    }
    let count = |status: &str| rows.iter().filter(|row| row.status == status).count();
    let coverage = format!(
        "requirements: {} of {} named by tests ({} done, {} part, {} open)",
        named.intersection(&known).count(),
        known.len(),
        count("done"),
        count("part"),
        count("open"),
    );
    Requirements { faults, coverage }
}

/// The rows below the heading: id, wording, status.
fn rows(text: &str) -> (Vec<Row<'_>>, Vec<Fault>) {
    let (mut rows, mut faults) = (Vec::<Row<'_>>::new(), Vec::new());
    for (at, line_text) in text.lines().enumerate().skip(1) {
        let line = at + 1;
        match line_text.split('\t').collect::<Vec<_>>().as_slice() {
            [id, wording, status] if is_id(id) && !wording.trim().is_empty() && STATUSES.contains(status) => {
                if rows.iter().any(|row| row.id == *id) {
                    faults.push(fault(LIST, line, format!("{id} is listed twice")));
                }
                rows.push(Row { line, id, status });
            }
            _ => faults.push(fault(
                LIST,
                line,
                "a row is: id, tab, wording, tab, done|part|open",
            )),
        }
    }
    (rows, faults)
}

fn mentions(file: &File) -> Vec<Mention<'_>> {
    let script = file.is_test() && [".py", ".ts", ".js"].iter().any(|end| file.path.ends_with(end));
    let text = if file.is_rust() {
        &file.layers.comments
    } else if script {
        &file.text
    } else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, line_text) in text
        .lines()
        .enumerate()
        .filter(|(at, _)| file.is_test_line(at + 1))
    {
        let comment = if file.is_rust() {
            Some(line_text)
        } else {
            comment_of_script(line_text)
        };
        let words = comment.unwrap_or("").split(|c: char| !c.is_ascii_alphanumeric());
        found.extend(words.filter(|word| is_id(word)).map(|id| Mention {
            file: &file.path,
            line: at + 1,
            id,
        }));
    }
    found
}

fn comment_of_script(line: &str) -> Option<&str> {
    line.find("# ")
        .or_else(|| line.find("// "))
        .and_then(|at| line.get(at..))
}

fn is_id(word: &str) -> bool {
    let digits = word.strip_prefix('R').unwrap_or("");
    digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "id\twording\tstatus\n";

    fn found(list: &str, path: &str, text: &str) -> (Vec<(String, usize)>, String) {
        let found = check(&[
            File::new(LIST, &format!("{HEADING}{list}")),
            File::new(path, text),
        ]);
        (
            found.faults.into_iter().map(|f| (f.file, f.line)).collect(),
            found.coverage,
        )
    }

    #[test]
    fn done_without_a_test_is_a_fault_at_its_row() {
        let list = "R001\tRealms.\tdone\nR002\tPolicies.\topen\n";
        let (faults, coverage) = found(list, "crates/a/tests/it/x.rs", "let a = \"R001\";");
        assert_eq!(faults, [(LIST.to_owned(), 2)]);
        assert_eq!(
            coverage,
            "requirements: 0 of 2 named by tests (1 done, 0 part, 1 open)"
        );
    }

    #[test]
    fn a_comment_in_a_test_names_requirements() {
        for (path, text) in [
            ("crates/a/tests/it/x.rs", "// R001, R002"),
            (
                "crates/a/src/x.rs",
                "#[cfg(test)]\nmod tests {\n    // R001 R002\n}",
            ),
            ("tests/clients/test_x.py", "# R001 and R002"),
            ("crates/ui/web/tests/x.ts", "a(); // R001 R002"),
            ("crates/ui/web/tests/x.js", "a(); // R001 R002"),
        ] {
            let (faults, coverage) = found("R001\tA.\tdone\nR002\tB.\tpart\n", path, text);
            assert_eq!(faults, [], "{path}");
            assert!(coverage.starts_with("requirements: 2 of 2"), "{path}: {coverage}");
        }
    }

    #[test]
    fn a_comment_in_the_program_proves_nothing() {
        assert_eq!(
            found("R001\tA.\tdone\n", "crates/a/src/x.rs", "//! R001\n").0,
            [(LIST.to_owned(), 2)]
        );
    }

    #[test]
    fn an_unknown_id_is_a_fault_where_it_is_named() {
        let path = "crates/a/tests/it/x.rs";
        assert_eq!(
            found("R001\tA.\topen\n", path, "\n// R999").0,
            [(path.to_owned(), 2)]
        );
    }

    #[test]
    fn malformed_and_repeated_rows_are_faults() {
        let list = "R001\tA.\tfinished\nR002 B. open\nR003\tC.\topen\nR003\tC.\topen\n";
        let lines: Vec<usize> = found(list, "x.md", "")
            .0
            .into_iter()
            .map(|(_, line)| line)
            .collect();
        assert_eq!(lines, [2, 3, 5]);
    }
}
