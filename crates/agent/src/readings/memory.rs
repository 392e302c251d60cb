//! Memory and swap from `/proc/meminfo`.

use super::used_and_total;
use serde_json::Value;

/// Memory used and present: used is what a program could not have.
pub fn memory_fragment(meminfo: &str) -> Option<Value> {
    let total = bytes(meminfo, "MemTotal")?;
    let used = total.checked_sub(bytes(meminfo, "MemAvailable")?)?;
    Some(used_and_total(used, total))
}

/// Swap used and present; nothing on a machine without swap.
pub fn swap_fragment(meminfo: &str) -> Option<Value> {
    let total = bytes(meminfo, "SwapTotal").filter(|total| *total > 0)?;
    let used = total.checked_sub(bytes(meminfo, "SwapFree")?)?;
    Some(used_and_total(used, total))
}

/// A row such as `MemTotal:       24684084 kB`, in bytes. The kernel's kB are 1,024 bytes.
fn bytes(meminfo: &str, name: &str) -> Option<u64> {
    let row = meminfo
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u64 = row.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MEMINFO: &str = "MemTotal:       24684084 kB\nMemFree:        24488504 kB\nMemAvailable:   24412732 kB\n\
                           SwapCached:            0 kB\nSwapTotal:       2000000 kB\nSwapFree:        1500000 kB\n";

    #[test]
    fn sizes_are_in_megabytes_of_a_million_bytes() {
        let megabytes = |value: f64| json!({ "value": value, "unit": "MB" });
        assert_eq!(
            memory_fragment(MEMINFO),
            Some(json!({ "Used": megabytes(277.9), "Total": megabytes(25276.5) }))
        );
        assert_eq!(
            swap_fragment(MEMINFO),
            Some(json!({ "Used": megabytes(512.0), "Total": megabytes(2048.0) }))
        );
    }

    #[test]
    fn a_missing_row_or_no_swap_gives_no_reading() {
        assert_eq!(memory_fragment("MemTotal: 5 kB\n"), None);
        assert_eq!(memory_fragment("MemTotal: 5 kB\nMemAvailable: 6 kB\n"), None);
        assert_eq!(memory_fragment("MemTotal: 5\nMemAvailable: 4 kB\n"), None);
        assert_eq!(
            swap_fragment("SwapTotal:             0 kB\nSwapFree:              0 kB\n"),
            None
        );
    }
}
