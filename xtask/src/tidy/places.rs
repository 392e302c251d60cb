//! Things that may be written in named files only, so that a proof, a fact or an audit record has one origin that a
//! reviewer can read. Looks for text in code; it does not resolve names.

use super::tree::File;
use super::{Fault, fault};
use crate::source::line_of;

/// What may stand only where.
struct OnlyIn {
    /// Text as it stands in code.
    pattern: &'static str,
    /// Files; a path that ends with `/` stands for everything below it.
    places: &'static [&'static str],
    why: &'static str,
}

const ONLY_IN: &[OnlyIn] = &[
    OnlyIn {
        pattern: "Principal::from_store(",
        places: &["crates/store/src/facts.rs"],
        why: "facts about a principal come from the snapshot in which the decision is taken",
    },
    OnlyIn {
        pattern: "::mint_system(",
        places: &["crates/engine/src/"],
        why: "only jobs of the engine act without a principal, each with a recorded reason",
    },
    OnlyIn {
        pattern: "append_audit(",
        places: &["crates/store/src/commit.rs"],
        why: "an audit record is written in the commit of what it records, and nowhere else",
    },
    OnlyIn {
        pattern: "Instant::now(",
        places: &[
            "crates/server/src/",
            "crates/api/src/",
            "crates/broker/src/",
            "crates/agent/src/",
        ],
        why: "below the surfaces time is passed in, so that a test decides what time it is",
    },
    OnlyIn {
        pattern: "env::var",
        places: &["crates/server/src/", "crates/agent/src/", "crates/ui/build.rs"],
        why: "settings come from the configuration, where each is checked and listed",
    },
];

/// What does not ship: this program, and what is measured beside the platform.
const OUTSIDE: [&str; 3] = ["xtask/", "benches/", "fuzz/"];

/// Finds patterns outside their places. Code that does not ship (tests, this program) is free.
pub(crate) fn check(files: &[File]) -> Vec<Fault> {
    let ships = |file: &&File| {
        file.is_rust() && !file.is_test() && !OUTSIDE.iter().any(|start| file.path.starts_with(start))
    };
    files
        .iter()
        .filter(ships)
        .flat_map(|file| ONLY_IN.iter().flat_map(|rule| breaches(file, rule)))
        .collect()
}

fn breaches(file: &File, rule: &OnlyIn) -> Vec<Fault> {
    let at_home = rule
        .places
        .iter()
        .any(|place| file.path == *place || (place.ends_with('/') && file.path.starts_with(place)));
    if at_home {
        return Vec::new();
    }
    let code = &file.layers.code;
    code.match_indices(rule.pattern)
        .map(|(at, _)| line_of(code, at))
        .filter(|line| !file.is_test_line(*line))
        .map(|line| {
            let what = format!(
                "`{}` belongs in {} only: {}",
                rule.pattern,
                rule.places.join(", "),
                rule.why
            );
            fault(&file.path, line, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_file(path: &str, text: &str, faults: usize) {
        assert_eq!(check(&[File::new(path, text)]).len(), faults, "{path}: {text}");
    }

    #[test]
    fn a_proof_is_minted_in_its_place_only() {
        let code = "let proof = Allowed::<AlarmCreate>::mint_system(tenant, reason);";
        check_file("crates/engine/src/jobs/retention.rs", code, 0);
        check_file("crates/api/src/alarms.rs", code, 1);
        check_file("crates/store/tests/it/main.rs", code, 0);
        check_file(
            "crates/api/src/alarms.rs",
            "// Allowed::mint_system(tenant, reason)",
            0,
        );
    }

    #[test]
    fn an_audit_record_is_written_by_the_commit_only() {
        check_file("crates/store/src/commit.rs", "tx.append_audit(record);", 0);
        check_file("crates/store/src/commit/other.rs", "tx.append_audit(record);", 1);
    }

    #[test]
    fn a_clock_is_read_at_the_surface_only() {
        check_file("crates/server/src/listener.rs", "let start = Instant::now();", 0);
        check_file(
            "crates/policy/src/decide.rs",
            "let start = std::time::Instant::now();",
            1,
        );
    }

    #[test]
    fn tests_beside_the_code_are_free() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { append_audit(1); }\n}\n";
        check_file("crates/store/src/alarms.rs", text, 0);
    }
}
