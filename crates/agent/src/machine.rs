//! Which machine this is: its name, its model and an external id that is always the same.
//!
//! The machine id of the system is never sent: only a hash of it, which nobody can use on another service.

use aws_lc_rs::digest::{SHA256, digest};
use model::names::Label;
use std::fs;
use std::path::Path;

/// Makes the hash one of this program, so that it tells nothing to others who hash the same id.
const EXTERNAL_ID_PREFIX: &str = "holdfast/agent/external-id/1/";
/// Bytes of the hash that are kept: enough that no two machines ever meet.
const EXTERNAL_ID_BYTES: usize = 16;
/// What makers leave in place of a model.
const NO_MODELS: [&str; 5] = [
    "to be filled by o.e.m.",
    "default string",
    "system product name",
    "not specified",
    "none",
];

/// What a machine says of itself. What it does not say is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its host name.
    pub host_name: String,
    /// The id under which it is known to the platform (type `c8y_Serial`), also its serial number there.
    pub external_id: Label,
    /// What it is, for example `Raspberry Pi 4 Model B Rev 1.4`.
    pub model: Option<String>,
    /// Which version of it.
    pub revision: Option<String>,
}

impl Machine {
    /// The machine on which this runs.
    pub fn this() -> Self {
        let host_name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self::below(Path::new("/"), host_name)
    }

    /// A machine whose `etc`, `sys` and `proc` are below another directory than `/`.
    pub fn below(root: &Path, host_name: String) -> Self {
        let read = |path: &str| fs::read_to_string(root.join(path)).ok();
        let machine_id = read("etc/machine-id")
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty());
        let cpuinfo = read("proc/cpuinfo").unwrap_or_default();
        let model = [
            read("sys/class/dmi/id/product_name"),
            read("proc/device-tree/model"),
            cpuinfo_row(&cpuinfo, "Model"),
            cpuinfo_row(&cpuinfo, "model name"),
        ];
        let revision = [
            read("sys/class/dmi/id/product_version"),
            cpuinfo_row(&cpuinfo, "Revision"),
        ];
        Self {
            external_id: external_id(machine_id.as_deref().unwrap_or(&host_name)),
            host_name,
            model: model.into_iter().flatten().find_map(|text| said(&text)),
            revision: revision.into_iter().flatten().find_map(|text| said(&text)),
        }
    }
}

fn external_id(machine_id: &str) -> Label {
    let hash = digest(&SHA256, format!("{EXTERNAL_ID_PREFIX}{machine_id}").as_bytes());
    let hex: String = hash
        .as_ref()
        .iter()
        .take(EXTERNAL_ID_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.parse().expect("hexadecimal digits are a label")
}

/// The value of a row such as `model name : Intel(R) Xeon(R) Processor`.
fn cpuinfo_row(cpuinfo: &str, name: &str) -> Option<String> {
    let mut rows = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    rows.find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.to_owned())
}

/// What was really said: without the padding of firmware tables, and nothing for a placeholder.
fn said(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let placeholder = text.is_empty() || NO_MODELS.contains(&text.to_lowercase().as_str());
    (!placeholder && text.parse::<Label>().is_ok()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine<const N: usize>(files: [(&str, &str); N]) -> Machine {
        let root = tempfile::tempdir().expect("a directory");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            fs::write(path, text).expect("a file");
        }
        Machine::below(root.path(), "pi".into())
    }

    #[test]
    fn the_external_id_is_stable_and_does_not_show_the_machine_id() {
        let id = "3d1219c7c4c5404aaa1f6d2a48adfda4\n";
        let one = machine([("etc/machine-id", id)]).external_id;
        assert_eq!(one, machine([("etc/machine-id", id)]).external_id);
        // printf holdfast/agent/external-id/1/3d12...dfda4 | sha256sum
        assert_eq!(one.as_str(), "5f6f2751f3f843d14169b452ab070d30");
        assert_ne!(
            one,
            machine([("etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda5\n")]).external_id
        );
        assert_ne!(one, machine([]).external_id);
        assert_eq!(
            machine([]).external_id,
            machine([("etc/machine-id", "\n")]).external_id
        );
    }

    #[test]
    fn the_model_is_the_first_that_was_really_said() {
        let cpuinfo = "processor\t: 0\nmodel\t\t: 207\nmodel name\t: Intel(R) Xeon(R) Processor\n";
        let board = "processor\t: 0\nRevision\t: c03114\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n";
        let (dmi, tree) = ("sys/class/dmi/id/product_name", "proc/device-tree/model");
        for (machine, model, revision) in [
            (
                machine([(dmi, "PowerEdge R650\n"), ("proc/cpuinfo", cpuinfo)]),
                Some("PowerEdge R650"),
                None,
            ),
            (
                machine([(dmi, "To Be Filled By O.E.M.\n"), ("proc/cpuinfo", cpuinfo)]),
                Some("Intel(R) Xeon(R) Processor"),
                None,
            ),
            (
                machine([(tree, "BeagleBone Black\0")]),
                Some("BeagleBone Black"),
                None,
            ),
            (
                machine([("proc/cpuinfo", board)]),
                Some("Raspberry Pi 4 Model B Rev 1.4"),
                Some("c03114"),
            ),
            (machine([]), None, None),
        ] {
            assert_eq!(
                (machine.model.as_deref(), machine.revision.as_deref()),
                (model, revision)
            );
        }
    }

    #[test]
    fn the_machine_that_runs_this_test_has_a_name() {
        assert!(!Machine::this().host_name.is_empty());
    }
}
