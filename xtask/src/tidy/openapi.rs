//! The API document in the repository says what the declarations say: who changes the interface commits both.

use super::tree::File;
use super::{Fault, fault};
use crate::openapi::PATH;

/// Compares the document with the present declarations.
pub(crate) fn check(files: &[File]) -> Vec<Fault> {
    compare(files, contract::openapi::text()).into_iter().collect()
}

fn compare(files: &[File], declared: &str) -> Option<Fault> {
    let Some(file) = files.iter().find(|file| file.path == PATH) else {
        return Some(fault(
            PATH,
            1,
            "the API document is missing: run `cargo xtask openapi`",
        ));
    };
    if file.text == declared {
        return None;
    }
    let what = "differs from the declarations: run `cargo xtask openapi` and read the difference";
    Some(fault(PATH, first_difference(&file.text, declared), what))
}

/// The first line (from 1) in which two texts differ.
fn first_difference(one: &str, other: &str) -> usize {
    one.lines()
        .zip(other.lines())
        .take_while(|(one, other)| one == other)
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_document(text: Option<&str>, expected: Option<usize>) {
        let files: Vec<File> = text.map(|text| File::new(PATH, text)).into_iter().collect();
        let found = compare(&files, "{\n  \"a\": 1\n}\n");
        assert_eq!(found.map(|fault| fault.line), expected, "of {text:?}");
    }

    #[test]
    fn a_document_that_is_old_or_missing_is_a_fault_at_its_line() {
        check_document(Some("{\n  \"a\": 1\n}\n"), None);
        check_document(Some("{\n  \"a\": 2\n}\n"), Some(2));
        check_document(Some("{\n  \"a\": 1\n}"), Some(4));
        check_document(None, Some(1));
    }
}
