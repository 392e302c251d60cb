//! How much of the REST API is there: the list of its endpoints in the repository, row by row against what the contract
//! declares. The list holds no state: only which rows are not to be built, and why.

use contract::endpoints::Endpoint;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// The list, from the root of the repository: area, method, path, answer, reason.
pub(crate) const LIST: &str = "docs/endpoints.tsv";
/// The table for readers that is made from it.
pub(crate) const TABLE: &str = "docs/endpoints.md";

/// So many rows may be refused.
const REFUSED_MAX: usize = 40;
/// Areas in which none may be.
const NEVER_REFUSED: [&str; 18] = [
    "alarm",
    "audit",
    "device-registration",
    "event",
    "identity",
    "inventory",
    "inventory-binaries",
    "inventory-roles",
    "login",
    "measurement",
    "notification2",
    "operations",
    "realtime",
    "retention",
    "tenant",
    "tenant-options",
    "user",
    "platform",
];

/// What the list says of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// It is to be there.
    Wanted,
    /// Not built.
    Refused,
    /// The method is refused with 405, which is what the REST API wants of it.
    NotAllowed,
}

/// One endpoint of the REST API.
#[derive(Debug, Clone)]
struct Row {
    line: usize,
    area: String,
    method: String,
    path: String,
    answer: Answer,
    reason: String,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Refused,
    Open,
}

/// What was found: the lines for the terminal and the faults.
pub(crate) struct Coverage {
    /// The table for readers.
    pub(crate) table: String,
    /// One line for each area, and their sum.
    pub(crate) summary: String,
    /// Rows that are neither declared nor refused.
    pub(crate) open: Vec<String>,
    /// What is wrong with the list, each with its line.
    pub(crate) faults: Vec<(usize, String)>,
}

/// An endpoint as it is declared: method, path, status of its answer.
type Declared = (String, String, u16);

/// The coverage of a list by the contract's declarations.
pub(crate) fn coverage(list: &str) -> Coverage {
    let declared = Endpoint::all().map(|endpoint| {
        let declaration = endpoint.declaration();
        let method = declaration.method.name().to_owned();
        (method, declaration.path.to_owned(), declaration.answer.status)
    });
    compare(list, &declared.collect::<Vec<_>>())
}

/// Prints the coverage, and writes the table. Fails for a fault of the list; if strict, also for an open row.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let strict = match options {
        [] => false,
        ["--strict"] => true,
        _ => return Err("only --strict can be said".to_owned()),
    };
    let list = std::fs::read_to_string(root.join(LIST)).map_err(|error| format!("{LIST}: {error}"))?;
    let found = coverage(&list);
    std::fs::write(root.join(TABLE), &found.table).map_err(|error| format!("{TABLE}: {error}"))?;
    for row in &found.open {
        println!("open: {row}");
    }
    println!("{}", found.summary);
    let mut wrong: Vec<_> = found
        .faults
        .iter()
        .map(|(line, what)| format!("{LIST}:{line}: {what}"))
        .collect();
    if strict && !found.open.is_empty() {
        wrong.push(format!(
            "{} rows are neither declared nor refused",
            found.open.len()
        ));
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n")),
    }
}

fn compare(list: &str, declared: &[Declared]) -> Coverage {
    let (rows, mut faults) = parse(list);
    let mut states = Vec::new();
    for row in &rows {
        let there = is_declared(row, declared);
        match (&row.answer, there) {
            (Answer::Refused | Answer::NotAllowed, true) => {
                faults.push((
                    row.line,
                    "refused, and declared after all: take one of them back".to_owned(),
                ));
            }
            (Answer::Refused, false) if NEVER_REFUSED.contains(&row.area.as_str()) => {
                faults.push((row.line, format!("nothing of {} may be refused", row.area)));
            }
            (Answer::NotAllowed, false) if !has_path(row, declared) => {
                faults.push((row.line, "405 needs another method at this path".to_owned()));
            }
            _ => {}
        }
        states.push(match (&row.answer, there) {
            (_, true) | (Answer::NotAllowed, false) => State::Done,
            (Answer::Refused, false) => State::Refused,
            (Answer::Wanted, false) => State::Open,
        });
    }
    let refused = states.iter().filter(|state| **state == State::Refused).count();
    if refused > REFUSED_MAX {
        faults.push((
            1,
            format!("{refused} rows are refused: at most {REFUSED_MAX} may be"),
        ));
    }
    let rows: Vec<_> = rows.into_iter().zip(states).collect();
    let of_list: BTreeSet<_> = rows.iter().map(|(row, _)| shape(&row.path)).collect();
    let beyond = declared
        .iter()
        .filter(|(_, path, _)| !of_list.contains(&shape(path)))
        .count();
    let open = rows.iter().filter(|(_, state)| *state == State::Open);
    Coverage {
        open: open
            .map(|(row, _)| format!("{} {} ({})", row.method, row.path, row.area))
            .collect(),
        summary: summary(&rows, beyond),
        table: table(&rows, beyond),
        faults,
    }
}

/// The rows of the list, and what is wrong with its lines.
fn parse(list: &str) -> (Vec<Row>, Vec<(usize, String)>) {
    let (mut rows, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (index, text) in list.lines().enumerate().skip(1) {
        let line = index + 1;
        let [area, method, path, answer, reason] = text.split('\t').collect::<Vec<_>>()[..] else {
            faults.push((
                line,
                "five columns are expected: area, method, path, answer, reason".to_owned(),
            ));
            continue;
        };
        let answer = match answer {
            "" => Answer::Wanted,
            "refused" => Answer::Refused,
            "405" => Answer::NotAllowed,
            _ => {
                faults.push((line, "the answer is nothing, refused or 405".to_owned()));
                continue;
            }
        };
        if (answer == Answer::Wanted) != reason.is_empty() {
            faults.push((
                line,
                "a reason belongs to what is refused, and to nothing else".to_owned(),
            ));
        }
        if !seen.insert((method.to_owned(), shape(path))) {
            faults.push((line, "the row is there twice".to_owned()));
        }
        rows.push(Row {
            line,
            area: area.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            answer,
            reason: reason.to_owned(),
        });
    }
    (rows, faults)
}

/// A path without the names of its parameters and without the slash at its end.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut is_name = false;
    for letter in path.trim_end_matches('/').chars() {
        match letter {
            '{' => {
                is_name = true;
                shape.push('{');
            }
            '}' => {
                is_name = false;
                shape.push('}');
            }
            _ if is_name => {}
            _ => shape.push(letter),
        }
    }
    shape
}

fn is_declared(row: &Row, declared: &[Declared]) -> bool {
    declared.iter().any(|(method, path, status)| {
        let is_method = match row.method.as_str() {
            "ANY" => true,
            // A change to a WebSocket is asked for with GET and answered with 101.
            "WS" => method == "GET" && *status == 101,
            wanted => wanted == method,
        };
        is_method && shape(path) == shape(&row.path)
    })
}

fn has_path(row: &Row, declared: &[Declared]) -> bool {
    declared
        .iter()
        .any(|(_, path, _)| shape(path) == shape(&row.path))
}

fn summary(rows: &[(Row, State)], beyond: usize) -> String {
    let mut text = String::new();
    let mut areas: BTreeMap<&str, Vec<State>> = BTreeMap::new();
    for (row, state) in rows {
        areas.entry(&row.area).or_default().push(*state);
    }
    let count = |states: &[State], wanted| states.iter().filter(|state| **state == wanted).count();
    for (area, states) in &areas {
        let [done, refused, open] =
            [State::Done, State::Refused, State::Open].map(|state| count(states, state));
        let _ = writeln!(
            text,
            "{area:<22} {done:>4} done {refused:>3} refused {open:>3} open"
        );
    }
    let all: Vec<_> = rows.iter().map(|(_, state)| *state).collect();
    let [done, refused, open] = [State::Done, State::Refused, State::Open].map(|state| count(&all, state));
    let _ = write!(
        text,
        "{} rows: {done} done, {refused} refused, {open} open; {beyond} endpoints beyond the list",
        all.len()
    );
    text
}

fn table(rows: &[(Row, State)], beyond: usize) -> String {
    let mut text = String::from(
        "# Endpoints of the REST API\n\n\
         Made by `cargo xtask endpoints` from [endpoints.tsv](endpoints.tsv) and the declarations in `crates/contract`.\n\n\
         ```\n",
    );
    text.push_str(&summary(rows, beyond));
    text.push_str("\n```\n\n## Refused on purpose\n\n| endpoint | why |\n|---|---|\n");
    for (row, _) in rows.iter().filter(|(row, _)| !row.reason.is_empty()) {
        let _ = writeln!(text, "| `{} {}` | {} |", row.method, row.path, row.reason);
    }
    text.push_str("\n## All\n\n| area | endpoint | state |\n|---|---|---|\n");
    for (row, state) in rows {
        let state = match state {
            State::Done => "done",
            State::Refused => "refused",
            State::Open => "open",
        };
        let _ = writeln!(text, "| {} | `{} {}` | {state} |", row.area, row.method, row.path);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> Vec<Declared> {
        [
            ("GET", "/alarm/alarms/{id}", 200),
            ("GET", "/notification/realtime", 101),
            ("POST", "/service/{*rest}", 200),
            ("GET", "/own/thing", 200),
        ]
        .map(|(method, path, status)| (method.to_owned(), path.to_owned(), status))
        .to_vec()
    }

    fn compared(rows: &[&str]) -> Coverage {
        let list = format!("area\tmethod\tpath\tanswer\treason\n{}", rows.join("\n"));
        compare(&list, &declared())
    }

    #[test]
    fn what_is_declared_is_done_whatever_its_parameters_are_called() {
        let found = compared(&[
            "alarm\tGET\t/alarm/alarms/{alarmId}/\t\t",
            "realtime\tWS\t/notification/realtime\t\t",
            "application\tANY\t/service/{rest}\t\t",
            "alarm\tPUT\t/alarm/alarms/{id}\t\t",
        ]);
        assert_eq!(found.faults, []);
        assert_eq!(found.open, ["PUT /alarm/alarms/{id} (alarm)"]);
        assert!(
            found
                .summary
                .ends_with("4 rows: 3 done, 0 refused, 1 open; 1 endpoints beyond the list"),
            "{}",
            found.summary
        );
        assert!(
            found
                .table
                .contains("| alarm | `PUT /alarm/alarms/{id}` | open |")
        );
    }

    #[test]
    fn a_refusal_has_a_reason_and_is_true_and_in_an_area_where_it_may_be() {
        let fault = |row: &str| compared(&[row]).faults.into_iter().map(|(_, what)| what).next();
        assert_eq!(fault("other\tGET\t/databroker\trefused\tOut of scope."), None);
        assert!(fault("other\tGET\t/databroker\trefused\t").is_some_and(|what| what.contains("reason")));
        assert!(fault("other\tGET\t/own/thing\trefused\tNo.").is_some_and(|what| what.contains("after all")));
        assert!(
            fault("user\tGET\t/user/x\trefused\tNo.").is_some_and(|what| what.contains("may be refused"))
        );
        assert!(fault("other\tGET\t/x\tlater\t").is_some_and(|what| what.contains("nothing, refused")));
        assert!(fault("other\tGET\t/x").is_some_and(|what| what.contains("five columns")));
        assert_eq!(
            fault("alarm\tDELETE\t/alarm/alarms/{id}\t405\tNo deletion."),
            None
        );
        assert!(
            fault("audit\tDELETE\t/audit/x\t405\tNo.").is_some_and(|what| what.contains("another method"))
        );
    }

    #[test]
    fn no_more_than_forty_are_refused_and_none_twice() {
        let many = |count: usize| {
            let rows: Vec<_> = (0..count)
                .map(|number| format!("other\tGET\t/x/{number}\trefused\tNo."))
                .collect();
            compared(&rows.iter().map(String::as_str).collect::<Vec<_>>())
                .faults
                .len()
        };
        assert_eq!((many(40), many(41)), (0, 1));
        let twice = compared(&["other\tGET\t/x/{a}\t\t", "other\tGET\t/x/{b}\t\t"]);
        assert_eq!(twice.faults.len(), 1);
    }
}
