//! The list of the REST API's endpoints keeps its rules, and the table for readers is the present one.

use super::tree::File;
use super::{Fault, fault};
use crate::endpoints::{LIST, TABLE, coverage};

/// Checks the list and the table made from it.
pub(crate) fn check(files: &[File]) -> Vec<Fault> {
    let text_of = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    };
    let Some(list) = text_of(LIST) else {
        return vec![fault(LIST, 1, "the list of the REST API's endpoints is missing")];
    };
    let found = coverage(list);
    let mut faults: Vec<_> = found
        .faults
        .into_iter()
        .map(|(line, what)| fault(LIST, line, what))
        .collect();
    if text_of(TABLE) != Some(found.table.as_str()) {
        faults.push(fault(
            TABLE,
            1,
            "is not the present one: run `cargo xtask endpoints`",
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_old_or_missing_is_a_fault() {
        let list = || {
            File::new(
                LIST,
                "area\tmethod\tpath\tanswer\treason\nother\tGET\t/nowhere\t\t\n",
            )
        };
        let old = File::new(TABLE, "# Endpoints\n");
        let present = File::new(TABLE, &coverage(&list().text).table);
        let faults = |files: &[File]| check(files).len();
        assert_eq!(faults(&[]), 1);
        assert_eq!(faults(&[list()]), 1);
        assert_eq!(faults(&[list(), old]), 1);
        assert_eq!(faults(&[list(), present]), 0);
    }
}
