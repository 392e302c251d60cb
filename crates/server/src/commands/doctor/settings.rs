//! Checks of the settings: those that are allowed but should be known to whoever answers for the server (R172).

use super::{Finding, Verdict};
use crate::config::{Config, LogLevel};
use model::time::Timestamp;

pub(super) fn findings(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![
        Finding::new("plaintext", Verdict::Good, "there is no listener without TLS"),
        security_contact(config, now),
    ];
    if rustix::process::geteuid().is_root() {
        let message = "this is root: run the program as a user of its own";
        findings.push(Finding::new("user", Verdict::Warning, message));
    }
    if !config.https.listen.ip().is_loopback() && config.tls.given.is_none() {
        let message = "the listener is reachable from outside with the own certificate: clients must trust tls/ca.pem, \
                       and tls.names must hold every name they use";
        findings.push(Finding::new("certificate", Verdict::Warning, message));
    }
    if matches!(config.log.level, LogLevel::Debug | LogLevel::Trace) {
        let message = "log.level writes names and addresses of every request: use info in production";
        findings.push(Finding::new("log", Verdict::Warning, message));
    }
    findings
}

fn security_contact(config: &Config, now: Timestamp) -> Finding {
    let found = |verdict, message| Finding::new("security contact", verdict, message);
    match config.security.expires {
        _ if config.security.contact.is_empty() => found(
            Verdict::Warning,
            "nobody is named: set security.contact".to_owned(),
        ),
        Some(expires) if expires < now => found(
            Verdict::Warning,
            format!("expired at {expires}: set security.expires anew"),
        ),
        _ => found(Verdict::Good, config.security.contact.join(", ")),
    }
}
