//! The one line that says that the program serves: scripts and service supervisors wait for it.

use std::io::{self, Write};
use std::net::SocketAddr;

/// Prints `holdfast ready https=ADDRESS mqtts=ADDRESS`, with `devices=ADDRESS` behind it if there is such a listener, and
/// flushes; with the real ports where 0 was asked for.
///
/// # Errors
/// When nobody can read it any more.
pub fn announce(
    out: &mut impl Write,
    https: SocketAddr,
    mqtts: SocketAddr,
    devices: Option<SocketAddr>,
) -> io::Result<()> {
    let devices = devices.map(|address| format!(" devices={address}"));
    let devices = devices.unwrap_or_default();
    writeln!(out, "holdfast ready https={https} mqtts={mqtts}{devices}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_is_one_line_with_the_addresses() {
        let mut out = Vec::new();
        let [https, mqtts] =
            ["127.0.0.1:8443", "127.0.0.1:8883"].map(|text| text.parse().expect("an address"));
        announce(&mut out, https, mqtts, None).expect("written");
        assert_eq!(out, b"holdfast ready https=127.0.0.1:8443 mqtts=127.0.0.1:8883\n");
        out.clear();
        announce(&mut out, https, mqtts, Some(https)).expect("written");
        assert!(out.ends_with(b" mqtts=127.0.0.1:8883 devices=127.0.0.1:8443\n"));
    }
}
