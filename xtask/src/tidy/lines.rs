//! What no line may hold: promises without an issue, left-over prints, code that was commented out, and the folders of
//! somebody's machine. One line at a time; it knows no syntax beyond code and comment.

use super::tree::File;
use super::{Fault, fault};
use crate::source::words;

/// Words of a promise; each needs the number of an issue behind it. Written apart so that this line is not one.
const PROMISES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// Folders of a developer's machine. Written apart so that these lines are not a fault themselves.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
];

/// Where promises are looked for; prose may speak about them.
const SOURCES: &[&str] = &[
    ".rs", ".py", ".ts", ".js", ".svelte", ".css", ".sh", ".toml", ".html",
];

/// Built from sources that are checked themselves.
const GENERATED: &str = "crates/ui/dist/";

/// Looks at every line of every text file.
pub(crate) fn check(files: &[File]) -> Vec<Fault> {
    files
        .iter()
        .filter(|file| !file.path.starts_with(GENERATED))
        .flat_map(check_file)
        .collect()
}

fn check_file(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |line: usize, what: &str| faults.push(fault(&file.path, line, what));

    for (line, text) in numbered(&file.text) {
        if MACHINE_FOLDERS.iter().any(|folder| names_folder(text, folder)) {
            add(
                line,
                "names a folder of one machine: use a path from the root of the repository",
            );
        }
    }
    if SOURCES.iter().any(|end| file.path.ends_with(end)) {
        let text = if file.is_rust() {
            &file.layers.comments
        } else {
            &file.text
        };
        for (line, text) in numbered(text) {
            if PROMISES.iter().any(|word| is_open_promise(text, word)) {
                add(
                    line,
                    "a promise without an issue: write the number behind it, as in `#12`",
                );
            }
        }
    }
    for (line, text) in numbered(&file.layers.code) {
        if words(text, "dbg").any(|at| text.get(at..).is_some_and(|rest| rest.starts_with("dbg!"))) {
            add(line, "a left-over print for debugging");
        }
    }
    for (line, text) in numbered(&file.layers.comments) {
        if is_old_code(text.trim()) {
            add(
                line,
                "looks like code that was commented out: delete it, git remembers",
            );
        }
    }
    faults
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line))
}

/// A folder at the start of a path, not a part of a longer one such as a URL's.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '/' | '*'))
    })
}

fn is_open_promise(line: &str, word: &str) -> bool {
    words(line, word).any(|at| {
        let behind = line
            .get(at + word.len()..)
            .unwrap_or("")
            .trim_start_matches(['(', ' ', ':']);
        !behind
            .strip_prefix('#')
            .is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn is_old_code(comment: &str) -> bool {
    let Some(code) = comment.strip_prefix("// ") else {
        return false;
    };
    let declares = code.starts_with("let ") && (code.contains(" = ") || code.ends_with(';'));
    let defines = (code.starts_with("fn ") || code.starts_with("pub ")) && code.contains('(');
    declares || defines || code.starts_with('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_line(path: &str, text: &str, faults: usize) {
        assert_eq!(check(&[File::new(path, text)]).len(), faults, "of {text:?}");
    }

    #[test]
    fn a_promise_needs_an_issue() {
        let word = PROMISES[0];
        check_line("a.rs", &format!("// {word}: later"), 1);
        check_line("a.rs", &format!("// {word}(#12): later"), 0);
        check_line("a.rs", &format!("// {word} #12 later"), 0);
        check_line("a.py", &format!("# {}: later", PROMISES[1]), 1);
        check_line("a.rs", &format!("let a = \"{word}\";"), 0);
        check_line("a.md", &format!("{word}: prose"), 0);
    }

    #[test]
    fn left_over_prints_are_found_in_code_only() {
        check_line("a.rs", "let x = dbg!(y);", 1);
        check_line("a.rs", "let x = \"dbg!\"; // dbg!", 0);
    }

    #[test]
    fn commented_out_code_is_found_and_sentences_are_not() {
        check_line("a.rs", "    // let x = 1;", 1);
        check_line("a.rs", "// fn old(a: u8) {", 1);
        check_line("a.rs", "// }", 1);
        check_line("a.rs", "// let the caller decide", 0);
        check_line("a.rs", "/// let x = 1; in an example", 0);
    }

    #[test]
    fn folders_of_a_machine_are_found_everywhere() {
        for folder in MACHINE_FOLDERS {
            check_line("a.md", &format!("see {folder}x"), 1);
            check_line("a.toml", &format!("path = \"{folder}x\""), 1);
            check_line("a.md", &format!("https://example.org{folder}x"), 0);
        }
    }
}
