//! Packages of others: licences, sources and names that are not wanted. The rules stand in `deny.toml`, so that
//! cargo-deny and this check read the same ones; advisories need cargo-deny.

use super::tree::File;
use super::{Fault, fault};
use serde_json::Value;

const RULES: &str = "deny.toml";
const LOCK: &str = "Cargo.lock";
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Judges every locked package by licence and source, and those that are `built` by name.
pub(crate) fn check(metadata: &Value, built: &[String], files: &[File]) -> Vec<Fault> {
    let text_of = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| &file.text)
    };
    let (rules, lock) = (text_of(RULES), text_of(LOCK));
    let allowed = licences_allowed(rules);
    if allowed.is_empty() {
        return vec![fault(
            RULES,
            1,
            "no `allow = [` with licences found under [licenses]",
        )];
    }

    let mut faults = Vec::new();
    for package in metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let field = |key: &str| package.get(key).and_then(Value::as_str);
        let name = field("name").unwrap_or("?");
        let line = lock
            .lines()
            .position(|l| l == format!("name = \"{name}\""))
            .map_or(1, |at| at + 1);
        match field("license") {
            None => faults.push(fault(LOCK, line, format!("`{name}` states no licence"))),
            Some(licence) if !is_allowed(licence, &allowed) => {
                faults.push(fault(
                    LOCK,
                    line,
                    format!("`{name}`: licence `{licence}` is not allowed by {RULES}"),
                ));
            }
            Some(_) => {}
        }
        if let Some(source) = field("source").filter(|source| *source != CRATES_IO) {
            faults.push(fault(
                LOCK,
                line,
                format!("`{name}` comes from {source}, not from crates.io"),
            ));
        }
    }
    for (line, name) in names_banned(rules) {
        if built.iter().any(|other| other == name) {
            faults.push(fault(
                RULES,
                line,
                format!("`{name}` is banned here and yet built: `cargo tree -i {name}`"),
            ));
        }
    }
    faults
}

/// The strings of `allow = [ … ]` under `[licenses]`.
fn licences_allowed(rules: &str) -> Vec<&str> {
    let section = rules.split("\n[licenses]").nth(1).unwrap_or("");
    let list = section
        .split("allow = [")
        .nth(1)
        .and_then(|rest| rest.split("\n]").next())
        .unwrap_or("");
    list.lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .collect()
}

/// The crates of `deny = [ { crate = "…" } ]` under `[bans]`, with their lines.
fn names_banned(rules: &str) -> Vec<(usize, &str)> {
    rules
        .lines()
        .enumerate()
        .filter_map(|(at, line)| {
            Some((
                at + 1,
                line.trim().strip_prefix("{ crate = \"")?.split('"').next()?,
            ))
        })
        .collect()
}

/// Is an SPDX expression (`OR`, `AND`, parentheses; the old `/` for `OR`) met by the allowed licences?
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any_of(&mut rest, allowed);
    met && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &[&str]) -> bool {
    let mut met = all_of(words, allowed);
    while take(words, "OR") {
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut &[&str], allowed: &[&str]) -> bool {
    let mut met = one(words, allowed);
    while take(words, "AND") {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &[&str]) -> bool {
    if take(words, "(") {
        let met = any_of(words, allowed);
        return take(words, ")") && met;
    }
    let Some((licence, rest)) = words.split_first() else {
        return false;
    };
    *words = rest;
    if !take(words, "WITH") {
        return allowed.contains(licence);
    }
    let Some((exception, rest)) = words.split_first() else {
        return false;
    };
    *words = rest;
    allowed.contains(&format!("{licence} WITH {exception}").as_str())
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    if *first == word {
        *words = rest;
    }
    *first == word
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SAMPLE: &str = "[bans]\ndeny = [\n    { crate = \"openssl\", reason = \"one library\" },\n]\n\n[licenses]\nallow = [\n    # why\n    \"MIT\",\n    \"Apache-2.0 WITH LLVM-exception\",\n]\n";

    fn check_licence(expression: &str, expected: bool) {
        assert_eq!(
            is_allowed(expression, &licences_allowed(SAMPLE)),
            expected,
            "{expression}"
        );
    }

    #[test]
    fn an_expression_is_met_or_not() {
        check_licence("MIT", true);
        check_licence("GPL-3.0-only", false);
        check_licence("GPL-3.0-only OR MIT", true);
        check_licence("Apache-2.0/MIT", true);
        check_licence("MIT AND GPL-3.0-only", false);
        check_licence("MIT AND (Zlib OR MIT)", true);
        check_licence("(MIT OR Zlib) AND Unicode-3.0", false);
        check_licence("Apache-2.0 WITH LLVM-exception", true);
        check_licence("Apache-2.0", false);
        check_licence("MIT garbage", false);
        check_licence("(MIT", false);
        check_licence("", false);
    }

    fn faults(package: &Value, built: &str) -> usize {
        let files = [File::new(RULES, SAMPLE), File::new(LOCK, "name = \"x\"\n")];
        check(&json!({"packages": [package]}), &[built.to_owned()], &files).len()
    }

    #[test]
    fn a_package_from_elsewhere_or_without_licence_is_a_fault() {
        assert_eq!(
            faults(&json!({"name": "x", "license": "MIT", "source": CRATES_IO}), "x"),
            0
        );
        assert_eq!(
            faults(&json!({"name": "x", "license": "MIT", "source": null}), "x"),
            0
        );
        assert_eq!(
            faults(
                &json!({"name": "x", "license": "MIT", "source": "git+https://example.org"}),
                "x"
            ),
            1
        );
        assert_eq!(faults(&json!({"name": "x", "source": CRATES_IO}), "x"), 1);
    }

    #[test]
    fn a_banned_package_is_a_fault_when_it_is_built() {
        assert_eq!(
            faults(
                &json!({"name": "openssl", "license": "MIT", "source": CRATES_IO}),
                "openssl"
            ),
            1
        );
        assert_eq!(
            faults(
                &json!({"name": "openssl", "license": "MIT", "source": CRATES_IO}),
                "x"
            ),
            0
        );
    }

    #[test]
    fn rules_that_cannot_be_read_are_a_fault() {
        assert_eq!(check(&json!({}), &[], &[File::new(RULES, "")]).len(), 1);
    }
}
