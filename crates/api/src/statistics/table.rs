//! The figures of every tenant as a table: a head, then one line for each tenant (RFC 4180).

use super::{figures, peaks};
use model::statistics::TenantUsage;

/// The whole table.
pub(super) fn of(tenants: &[TenantUsage]) -> String {
    let mut table = String::new();
    let head = [
        "tenantId",
        "tenantDomain",
        "tenantCompany",
        "parentTenantId",
        "creationTime",
    ];
    for (place, tenant) in tenants.iter().enumerate() {
        let usage = &tenant.usage;
        let figures = figures(&usage.counts, &usage.levels);
        let figures = figures.into_iter().chain(peaks(usage));
        if place == 0 {
            let names = figures.clone().map(|(name, _)| name.to_owned());
            line(&mut table, head.map(str::to_owned).into_iter().chain(names));
        }
        let who = [
            tenant.id.to_string(),
            tenant.domain.to_string(),
            tenant.company.clone(),
            tenant
                .parent
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            tenant.created.to_string(),
        ];
        let figures = figures.map(|(_, value)| value.to_string());
        line(&mut table, who.into_iter().chain(figures));
    }
    table
}

fn line(table: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<_> = cells.map(|text| cell(&text)).collect();
    table.push_str(&cells.join(","));
    table.push_str("\r\n");
}

/// A cell. A text that a spreadsheet would take for a formula is marked as text.
fn cell(text: &str) -> String {
    let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{mark}{}\"", text.replace('"', "\"\""));
    }
    format!("{mark}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_a_formula_nor_two_cells() {
        for (text, written) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "'=1+1"),
            ("@x,y", "\"'@x,y\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
