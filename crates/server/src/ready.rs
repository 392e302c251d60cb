//! The one line that says that the program serves: scripts and service supervisors wait for it.

use std::io::{self, Write};
use std::net::SocketAddr;

/// Prints `holdfast ready https=ADDRESS` and flushes, with the real port when 0 was asked for.
///
/// # Errors
/// When nobody can read it any more.
pub fn announce(out: &mut impl Write, https: SocketAddr) -> io::Result<()> {
    writeln!(out, "holdfast ready https={https}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_is_one_line_with_the_address() {
        let mut out = Vec::new();
        announce(&mut out, "127.0.0.1:8443".parse().expect("an address")).expect("written");
        assert_eq!(out, b"holdfast ready https=127.0.0.1:8443\n");
    }
}
