//! Tests that cannot be forgotten or fool anybody: each file is compiled, each test asserts something, none is switched
//! off without a reason, none sleeps. Judges by text: a test can satisfy it and still be a poor one.

use super::tree::File;
use super::{Fault, fault};
use crate::source::{Function, first_word, functions, line_of, words};

/// The integration binaries of a crate: one, and more only where it says so here.
const BINARY: &str = "it";
const MORE_BINARIES: &[(&str, &[&str])] = &[("store", &["keys", "tables", "compile_fail"])];

/// A call that begins with one of these words looks at a result.
const LOOKS: &[&str] = &["assert", "check", "expect", "prop_assert", "debug_assert"];
/// These do too, wherever they stand.
const LOOKS_BY_TEXT: &[&str] = &["unwrap_err(", "insta::", "trybuild", ".compile_fail(", "panic!("];

/// The exceptions, said in the body: that the test compiles, or that nothing panics, is what it proves.
const PROVES_OTHERWISE: &[&str] = &["// tidy: proves by compiling", "// tidy: proves by not panicking"];

/// Waiting for a fixed time, in Rust and Python: `thread::sleep(`, `sleep_until(`, `time.sleep(`.
const SLEEPS: &[&str] = &["sleep"];
/// The one exception: tokio's clock is paused, so that nothing waits.
const PAUSED: &str = "// tidy: paused time";

/// Checks every Rust and Python file.
pub(crate) fn check(files: &[File]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = files.iter().filter_map(place).collect();
    for file in files {
        if file.is_rust() {
            faults.extend(undeclared(file, files));
            faults.extend(empty_tests(file));
            faults.extend(switched_off(file));
        }
        faults.extend(sleeps(file));
    }
    faults
}

/// `crates/a/tests/x.rs`, or `crates/a/tests/x/main.rs` with an unknown `x`, would be one more binary to link.
fn place(file: &File) -> Option<Fault> {
    let mut parts = file.path.strip_prefix("crates/")?.split('/');
    let (crate_name, "tests") = (parts.next()?, parts.next()?) else {
        return None;
    };
    let rest: Vec<&str> = parts.collect();
    let more = MORE_BINARIES
        .iter()
        .find(|(name, _)| *name == crate_name)
        .map_or(&[][..], |(_, more)| more);
    let fine = match rest.as_slice() {
        [name] => !name.ends_with(".rs"),
        [folder, "main.rs"] => *folder == BINARY || more.contains(folder),
        _ => true,
    };
    (!fine).then(|| {
        fault(
            &file.path,
            1,
            "one integration binary per crate: make this a module of tests/it/main.rs",
        )
    })
}

/// A module that no `mod` line declares is never compiled, and its tests never run.
fn undeclared(file: &File, files: &[File]) -> Option<Fault> {
    let (folder, name) = file.path.rsplit_once('/')?;
    let stem = name.strip_suffix(".rs")?;
    let is_root =
        matches!(stem, "main" | "lib" | "build") || folder.ends_with("/bin") || folder.ends_with("/examples");
    // A file with a `main` of its own is a case for trybuild, compiled by the test that names it.
    let is_case = file.is_test() && functions(&file.layers.code).iter().any(|f| f.name == "main");
    if is_root || is_case || !(file.path.starts_with("crates/") || file.path.starts_with("xtask/")) {
        return None;
    }
    let (above, module) = if stem == "mod" {
        folder.rsplit_once('/')?
    } else {
        (folder, stem)
    };
    let parents = [
        format!("{above}/main.rs"),
        format!("{above}/lib.rs"),
        format!("{above}/mod.rs"),
        format!("{above}.rs"),
    ];
    let declares = |parent: &File| {
        let code = &parent.layers.code;
        parents.contains(&parent.path)
            && words(code, "mod").any(|at| {
                code.get(at + 3..)
                    .is_some_and(|rest| first_word(rest.trim_start()) == module)
            })
    };
    (!files.iter().any(declares)).then(|| {
        fault(
            &file.path,
            1,
            format!("no `mod {module};` in the file above it: it is never compiled"),
        )
    })
}

fn empty_tests(file: &File) -> Vec<Fault> {
    let functions = functions(&file.layers.code);
    let lookers = lookers(&functions);
    let looks = |test: &Function<'_>| {
        test.attributes.contains("should_panic")
            || looks_itself(test.body)
            || proves_otherwise(file, test)
            || lookers.iter().any(|name| calls(test.body, name))
    };
    functions
        .iter()
        .filter(|f| f.is_test() && !looks(f))
        .map(|f| {
            fault(
                &file.path,
                f.line,
                format!("test `{}` asserts nothing that could fail", f.name),
            )
        })
        .collect()
}

/// A test may leave the looking to a function of its own file: one that asserts, or that calls one which does.
fn lookers<'a>(functions: &[Function<'a>]) -> Vec<&'a str> {
    let mut found = Vec::<&str>::new();
    loop {
        let before = found.len();
        for function in functions.iter().filter(|f| !f.is_test() && f.name != "main") {
            let looks = asserts(function.body) || found.iter().any(|name| calls(function.body, name));
            if looks && !found.contains(&function.name) {
                found.push(function.name);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn proves_otherwise(file: &File, test: &Function<'_>) -> bool {
    let mut comments = file
        .layers
        .comments
        .lines()
        .skip(test.line - 1)
        .take(1 + test.body.matches('\n').count());
    comments.any(|comment| PROVES_OTHERWISE.iter().any(|words| comment.contains(words)))
}

fn looks_itself(body: &str) -> bool {
    LOOKS_BY_TEXT.iter().any(|text| body.contains(text)) || calls_beginning_with(body, LOOKS)
}

/// Stricter than for a test: `expect` in a set-up function says nothing about the test that calls it.
fn asserts(body: &str) -> bool {
    calls_beginning_with(body, &["assert", "prop_assert"])
}

fn calls_beginning_with(body: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| {
        body.match_indices(start).any(|(at, _)| {
            let from_start = body.get(at..).unwrap_or("");
            let word = first_word(from_start);
            let inside_a_word = body
                .get(..at)
                .and_then(|b| b.chars().next_back())
                .is_some_and(|c| c.is_alphanumeric() || c == '_');
            !inside_a_word
                && from_start
                    .get(word.len()..)
                    .is_some_and(|rest| rest.starts_with(['(', '!']))
        })
    })
}

fn calls(body: &str, name: &str) -> bool {
    words(body, name).any(|at| {
        body.get(at + name.len()..)
            .is_some_and(|rest| rest.starts_with(['(', ':']))
    })
}

fn switched_off(file: &File) -> Vec<Fault> {
    let code = &file.layers.code;
    code.match_indices("#[ignore]")
        .map(|(at, _)| {
            fault(
                &file.path,
                line_of(code, at),
                "say why it is switched off: #[ignore = \"reason\"]",
            )
        })
        .collect()
}

fn sleeps(file: &File) -> Vec<Fault> {
    let is_python_test = file.path.ends_with(".py")
        && file
            .path
            .rsplit('/')
            .next()
            .is_some_and(|n| n.starts_with("test_"));
    let text = if file.is_rust() {
        &file.layers.code
    } else {
        &file.text
    };
    if !(file.is_rust() || is_python_test) {
        return Vec::new();
    }
    let comments: Vec<&str> = file.layers.comments.lines().collect();
    let allowed = |line: usize| {
        [line.checked_sub(1), line.checked_sub(2)]
            .into_iter()
            .flatten()
            .any(|at| comments.get(at).is_some_and(|c| c.contains(PAUSED)))
    };
    text.lines()
        .enumerate()
        .map(|(at, code)| (at + 1, code))
        .filter(|(line, code)| {
            let waits = calls_beginning_with(code, SLEEPS);
            waits && file.is_test_line(*line) && (code.contains("thread::sleep(") || !allowed(*line))
        })
        .map(|(line, _)| {
            fault(
                &file.path,
                line,
                "a test does not sleep: wait for the event, or pause tokio's clock",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines with faults in one file of a crate whose tests/it/main.rs declares `x`.
    fn check_file(path: &str, text: &str, expected: &[usize]) {
        let files = [
            File::new("crates/a/tests/it/main.rs", "mod x;"),
            File::new(path, text),
        ];
        let lines: Vec<usize> = check(&files).iter().map(|fault| fault.line).collect();
        assert_eq!(lines, expected, "{path}: {text}");
    }

    const TEST: &str = "crates/a/tests/it/x.rs";

    fn check_body(body: &str, is_fault: bool) {
        let text = format!("#[test]\nfn a_test() {{ {body} }}\n");
        check_file(TEST, &text, if is_fault { &[2] } else { &[] });
    }

    #[test]
    fn a_test_without_an_assertion_is_a_fault() {
        check_body("let x = parse(text)?;", true);
        check_body("assert_eq!(1, x);", false);
        check_body("check(1, 2);", false);
        check_body("x.expect(\"a device\");", false);
        check_body("prop_assert!(x);", false);
        check_body("let reasserted = no_assert_here;", true);
        check_body("/* assert!(true) */", true);
        check_body("let _ = parse(text); // tidy: proves by not panicking\n", false);
    }

    #[test]
    fn a_function_of_the_same_file_may_look() {
        let test = "#[test]\nfn a() { is_refused(1); }\n";
        check_file(
            TEST,
            &format!("{test}fn is_refused(x: u8) {{ assert!(x > 0); }}"),
            &[],
        );
        check_file(
            TEST,
            &format!("{test}fn is_refused(x: u8) {{ x.expect(\"\"); }}"),
            &[2],
        );
    }

    #[test]
    fn a_second_binary_is_a_fault() {
        check_file("crates/a/tests/other/main.rs", "", &[1]);
        check_file("crates/a/tests/other.rs", "fn main() {}", &[1]);
        check_file("crates/store/tests/keys/main.rs", "", &[]);
        check_file("crates/a/tests/data.json", "", &[]);
    }

    #[test]
    fn a_file_that_nobody_declares_is_a_fault() {
        check_file("crates/a/tests/it/forgotten.rs", "", &[1]);
        check_file(TEST, "", &[]);
        check_file("crates/a/tests/fail/forged_proof.rs", "fn main() {}", &[]);
        let nested = [
            File::new("crates/a/src/lib.rs", "pub mod b;"),
            File::new("crates/a/src/b.rs", "#[cfg(test)]\nmod c;"),
            File::new("crates/a/src/b/c.rs", ""),
        ];
        assert_eq!(check(&nested), []);
    }

    #[test]
    fn switching_off_needs_a_reason() {
        let body = "fn a() { assert!(x) }\n";
        check_file(TEST, &format!("#[test]\n#[ignore]\n{body}"), &[2]);
        check_file(TEST, &format!("#[test]\n#[ignore = \"slow\"]\n{body}"), &[]);
    }

    #[test]
    fn a_test_does_not_sleep() {
        let sleep = "tokio::time::sleep(d).await;";
        check_file(TEST, sleep, &[1]);
        check_file(TEST, &format!("{sleep} {PAUSED}"), &[]);
        check_file(TEST, &format!("{PAUSED}\n{sleep}"), &[]);
        check_file(TEST, &format!("std::thread::sleep(d); {PAUSED}"), &[1]);
        check_file(TEST, "sleep_until(t).await;", &[1]);
        check_file("tests/clients/test_x.py", "time.sleep(1)", &[1]);
        check_file("crates/a/src/lib.rs", sleep, &[]);
    }
}
