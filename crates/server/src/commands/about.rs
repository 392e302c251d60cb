//! `holdfast about`

use std::io::{self, Write};

/// Says what this program is; or, for whoever wants to compare the console in it with a build of their own, the SHA-256 of
/// each of its files, in the format of `sha256sum`.
///
/// # Errors
/// When nobody reads.
pub fn run(ui_hashes: bool, out: &mut impl Write) -> io::Result<()> {
    if ui_hashes {
        for file in ui::hashes() {
            writeln!(out, "{}  {}", file.sha256, file.path)?;
        }
        return Ok(());
    }
    writeln!(
        out,
        "holdfast {}\nA secure multi-tenant IoT cloud in one program.\nLicence: {}\nConsole: {} files embedded (--ui-hashes lists them)",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_LICENSE"),
        ui::hashes().count()
    )
}
