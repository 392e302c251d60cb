//! Which crate may use which: the direction of the whole program as one table. It knows package names, not code.

use super::tree::File;
use super::{Fault, fault};
use serde_json::Value;

/// Every crate with the crates of ours that it may use. A missing crate is a fault, and so is a missing edge.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("policy", &["model"]),
    ("audit", &["model"]),
    ("pki", &["model"]),
    ("query", &["model"]),
    ("series", &["model"]),
    ("mqtt", &[]),
    ("smartrest", &["model"]),
    ("authn", &["model", "policy"]),
    ("contract", &["model", "policy"]),
    ("store", &["model", "policy", "audit", "query", "series"]),
    (
        "engine",
        &[
            "store", "policy", "authn", "audit", "pki", "query", "series", "model",
        ],
    ),
    ("api", &["engine", "contract", "policy", "query", "model"]),
    (
        "broker",
        &["engine", "contract", "mqtt", "smartrest", "policy", "model"],
    ),
    ("ui", &[]),
    // Its tests let the platform's own session answer it.
    ("outgoing", &["engine", "model"]),
    ("agent", &["mqtt", "pki", "model"]),
    // A client of the public API: nothing of the server, so that it has no other way in.
    ("fleet", &["agent", "model"]),
    (
        "server",
        &[
            "api", "broker", "ui", "engine", "outgoing", "agent", "fleet", "store", "audit", "contract",
            "pki", "model",
        ],
    ),
    (
        "testkit",
        &["api", "broker", "engine", "store", "policy", "model"],
    ),
    // What must hold for every input; the fuzzer itself stays outside, so that the stable compiler sees all of it.
    (
        "fuzzed",
        &["contract", "mqtt", "smartrest", "pki", "query", "model"],
    ),
    (
        "sim",
        &[
            "testkit", "broker", "engine", "mqtt", "store", "audit", "policy", "model",
        ],
    ),
    (
        "xtask",
        &["agent", "contract", "engine", "model", "policy", "query", "store"],
    ),
];

/// Crates that exist for tests: others may name them under `[dev-dependencies]` only.
const FOR_TESTS: &[&str] = &["testkit", "sim", "fuzzed"];

/// Crates that decide and compute, and therefore see no socket, disk, runtime or HTTP.
const PURE: &[&str] = &[
    "model",
    "policy",
    "audit",
    "authn",
    "pki",
    "mqtt",
    "smartrest",
    "query",
    "series",
    "contract",
];

/// What a pure crate may not be built on.
const OUTSIDE_WORLD: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "hyper-util",
    "tower",
    "http",
    "rustix",
    "libc",
    "fjall",
    "redb",
    "tokio-rustls",
];

/// Compares every dependency of every crate of ours (from `cargo metadata`) with the tables above.
pub(crate) fn check(metadata: &Value, files: &[File]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in ours(metadata) {
        let name = text(package, "name");
        let manifest = manifest(name);
        let Some((_, allowed)) = MAY_USE.iter().find(|(crate_name, _)| *crate_name == name) else {
            let what = format!(
                "crate `{name}` is not in the table of xtask/src/tidy/edges.rs: say what it must not know"
            );
            faults.push(fault(&manifest, 1, what));
            continue;
        };
        for dependency in array(package, "dependencies") {
            if let Some(what) = breach(name, allowed, dependency) {
                faults.push(fault(
                    &manifest,
                    line_naming(files, &manifest, text(dependency, "name")),
                    what,
                ));
            }
        }
    }
    faults
}

/// What is wrong with one dependency of `user`, if anything.
fn breach(user: &str, allowed: &[&str], dependency: &Value) -> Option<String> {
    let used = text(dependency, "name");
    let for_tests = text(dependency, "kind") == "dev";
    if !dependency.get("source").is_none_or(Value::is_null) {
        let reaches_out = !for_tests && PURE.contains(&user) && OUTSIDE_WORLD.contains(&used);
        return reaches_out.then(|| format!("`{user}` is a pure crate and may not be built on `{used}`"));
    }
    if FOR_TESTS.contains(&used) {
        let fine = for_tests || FOR_TESTS.contains(&user);
        return (!fine).then(|| {
            format!("`{used}` exists for tests: `{user}` may name it under [dev-dependencies] only")
        });
    }
    (!allowed.contains(&used))
        .then(|| format!("`{user}` may not use `{used}`: see the table of crates in ARCHITECTURE.md"))
}

/// The workspace's own packages: those without a source.
fn ours(metadata: &Value) -> impl Iterator<Item = &Value> {
    array(metadata, "packages")
        .iter()
        .filter(|package| package.get("source").is_none_or(Value::is_null))
}

fn manifest(name: &str) -> String {
    if name == "xtask" {
        "xtask/Cargo.toml".to_owned()
    } else {
        format!("crates/{name}/Cargo.toml")
    }
}

fn line_naming(files: &[File], manifest: &str, dependency: &str) -> usize {
    let names = |line: &str| {
        line.strip_prefix(dependency)
            .is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    let file = files.iter().find(|file| file.path == manifest);
    file.and_then(|file| file.text.lines().position(names))
        .map_or(1, |at| at + 1)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(user: &str, dependency: &Value) -> Vec<Fault> {
        let metadata = json!({"packages": [{"name": user, "source": null, "dependencies": [dependency]}]});
        let manifest = File::new(
            &manifest(user),
            "[dependencies]\nmodel.workspace = true\nstore.workspace = true\n",
        );
        check(&metadata, &[manifest])
    }

    #[test]
    fn an_edge_of_the_table_is_allowed() {
        assert_eq!(
            faults("store", &json!({"name": "model", "source": null, "kind": null})),
            []
        );
        assert_eq!(
            faults("api", &json!({"name": "testkit", "source": null, "kind": "dev"})),
            []
        );
    }

    #[test]
    fn a_surface_that_reaches_for_storage_is_a_fault_at_its_line() {
        let found = faults("api", &json!({"name": "store", "source": null, "kind": null}));
        assert_eq!(
            found
                .iter()
                .map(|f| (f.file.as_str(), f.line))
                .collect::<Vec<_>>(),
            [("crates/api/Cargo.toml", 3)]
        );
        let in_tests = faults("api", &json!({"name": "store", "source": null, "kind": "dev"}));
        assert_eq!(in_tests.len(), 1, "tests obey the same direction");
    }

    #[test]
    fn a_test_crate_in_the_program_is_a_fault() {
        assert_eq!(
            faults(
                "server",
                &json!({"name": "testkit", "source": null, "kind": null})
            )
            .len(),
            1
        );
    }

    #[test]
    fn a_pure_crate_on_a_runtime_is_a_fault() {
        let tokio = json!({"name": "tokio", "source": "registry", "kind": null});
        assert_eq!(faults("policy", &tokio).len(), 1);
        assert_eq!(faults("engine", &tokio), []);
    }

    #[test]
    fn a_crate_outside_the_table_is_a_fault() {
        assert_eq!(faults("helpers", &json!({})).len(), 1);
    }

    #[test]
    fn the_table_has_no_cycle() {
        // Every crate stands below its users: repeatedly taking away crates that use nothing empties the table.
        let mut left: Vec<_> = MAY_USE.iter().collect();
        while !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
            let before = left.len();
            left.retain(|(_, uses)| uses.iter().any(|used| names.contains(used)));
            assert!(left.len() < before, "a cycle among {names:?}");
        }
    }
}
