//! What this machine measures of itself, as the fragments of a measurement.
//!
//! Read from `/proc`, `/sys` and the file system of Linux. What cannot be read is left out; nothing is estimated or
//! made up. It does not know where readings are sent.

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use tokio::time::Instant;

pub mod cpu;
pub mod disk;
pub mod memory;
pub mod network;
pub mod system;
pub mod temperature;

/// Fragments of one measurement by name: `{"c8y_CPUMeasurement": {"Workload": {"value": 12.5, "unit": "%"}}}`.
pub type Fragments = Map<String, Value>;

/// Reads the machine again and again and keeps what rates are computed from.
#[derive(Debug)]
pub struct Sampler {
    root: PathBuf,
    cpu: Option<cpu::Times>,
    network: Option<(Instant, network::Counters)>,
}

impl Sampler {
    /// A sampler of this machine. Rates need two readings: this is the first.
    pub fn of_this_machine(now: Instant) -> Self {
        Self::below(Path::new("/"), now)
    }

    /// A sampler that finds `proc` and `sys` below another directory than `/`.
    pub fn below(root: &Path, now: Instant) -> Self {
        let mut sampler = Self {
            root: root.to_owned(),
            cpu: None,
            network: None,
        };
        sampler.sample(now);
        sampler
    }

    /// Every reading that the machine gives now; rates are averages since the call before.
    pub fn sample(&mut self, now: Instant) -> Fragments {
        let cpu = self.text("proc/stat").as_deref().and_then(cpu::parse);
        let workload = self
            .cpu
            .zip(cpu)
            .and_then(|(before, now)| cpu::workload_percent(before, now));
        self.cpu = cpu;
        let counters = self.text("proc/net/dev").map(|text| (now, network::parse(&text)));
        let rates = self
            .network
            .as_ref()
            .zip(counters.as_ref())
            .and_then(|((from, before), (to, now))| {
                network::bytes_per_second(before, now, to.saturating_duration_since(*from))
            });
        self.network = counters;
        let memory = self.text("proc/meminfo");
        let found = [
            ("c8y_CPUMeasurement", workload.map(cpu::fragment)),
            (
                "c8y_LoadMeasurement",
                self.text("proc/loadavg")
                    .as_deref()
                    .and_then(system::load_fragment),
            ),
            (
                "c8y_MemoryMeasurement",
                memory.as_deref().and_then(memory::memory_fragment),
            ),
            (
                "c8y_SwapMeasurement",
                memory.as_deref().and_then(memory::swap_fragment),
            ),
            ("c8y_DiskMeasurement", disk::fragment(&self.root)),
            ("c8y_NetworkMeasurement", rates.map(network::fragment)),
            (
                "c8y_TemperatureMeasurement",
                temperature::fragment(&temperature::read(&self.root.join("sys/class"))),
            ),
            (
                "c8y_UptimeMeasurement",
                self.text("proc/uptime")
                    .as_deref()
                    .and_then(system::uptime_fragment),
            ),
        ];
        found
            .into_iter()
            .filter_map(|(name, fragment)| Some((name.to_owned(), fragment?)))
            .collect()
    }

    fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }
}

/// A series: `{"value": .., "unit": ..}` with at most this many digits behind the point.
fn series(value: f64, decimals: i32, unit: &str) -> Value {
    let scale = 10_f64.powi(decimals);
    let value = (value * scale).round() / scale;
    if unit.is_empty() {
        json!({ "value": value })
    } else {
        json!({ "value": value, "unit": unit })
    }
}

/// `Used` and `Total` in megabytes (10^6 bytes).
fn used_and_total(used_bytes: u64, total_bytes: u64) -> Value {
    let megabytes = |bytes: u64| series(bytes as f64 / 1e6, 1, "MB");
    json!({ "Used": megabytes(used_bytes), "Total": megabytes(total_bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, text).expect("a file");
    }

    #[test]
    fn a_machine_without_readable_files_gives_only_its_disk() {
        let root = tempfile::tempdir().expect("a directory");
        let start = Instant::now();
        let fragments = Sampler::below(root.path(), start).sample(start + Duration::from_secs(1));
        assert_eq!(fragments.keys().collect::<Vec<_>>(), ["c8y_DiskMeasurement"]);
    }

    #[test]
    fn rates_are_averages_over_the_time_since_the_reading_before() {
        let root = tempfile::tempdir().expect("a directory");
        let start = Instant::now();
        write(root.path(), "proc/stat", "cpu  100 0 50 800 50 0 0 0 0 0\n");
        write(
            root.path(),
            "proc/net/dev",
            "h\nh\n eth0: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n",
        );
        let mut sampler = Sampler::below(root.path(), start);
        write(root.path(), "proc/stat", "cpu  125 0 75 950 50 0 0 0 0 0\n");
        write(
            root.path(),
            "proc/net/dev",
            "h\nh\n eth0: 4000 1 0 0 0 0 0 0 501 1 0 0 0 0 0 0\n",
        );
        let fragments = sampler.sample(start + Duration::from_secs(2));
        assert_eq!(
            fragments["c8y_CPUMeasurement"],
            json!({ "Workload": { "value": 25.0, "unit": "%" } })
        );
        assert_eq!(
            fragments["c8y_NetworkMeasurement"],
            json!({ "In": { "value": 1500.0, "unit": "B/s" }, "Out": { "value": 0.5, "unit": "B/s" } })
        );
    }

    #[test]
    fn the_machine_that_runs_this_test_has_plausible_readings() {
        let start = Instant::now();
        let mut sampler = Sampler::of_this_machine(start);
        let mut work = 0_u64;
        while start.elapsed() < Duration::from_millis(60) {
            work = std::hint::black_box(work.wrapping_mul(31).wrapping_add(1));
        }
        let fragments = sampler.sample(Instant::now());
        let value = |fragment: &str, series: &str| {
            fragments[fragment][series]["value"]
                .as_f64()
                .unwrap_or_else(|| panic!("{fragment}.{series}"))
        };
        assert!((0.0..=100.0).contains(&value("c8y_CPUMeasurement", "Workload")));
        for fragment in ["c8y_MemoryMeasurement", "c8y_DiskMeasurement"] {
            let (used, total) = (value(fragment, "Used"), value(fragment, "Total"));
            assert!(0.0 < used && used <= total, "{fragment}: {used} of {total}");
        }
        assert!(value("c8y_UptimeMeasurement", "Uptime") > 0.0);
        assert!(value("c8y_LoadMeasurement", "Load1") >= 0.0);
        assert!(value("c8y_NetworkMeasurement", "In") >= 0.0);
    }
}
