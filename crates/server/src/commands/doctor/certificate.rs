//! Checks of the certificates: are they there, do they belong together, when do they end.

use super::{Finding, Verdict};
use crate::config::Config;
use crate::data_dir::Layout;
use crate::tls::served;
use model::time::Timestamp;
use pki::certificate::{Certificate, Validity};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A certificate that ends sooner than this should be replaced, in milliseconds (14 days).
const ENDS_SOON_MILLIS: i64 = 14 * 24 * 60 * 60 * 1_000;

pub(super) fn findings(config: &Config, layout: &Layout, now: Timestamp) -> Vec<Finding> {
    if let Some(given) = &config.tls.given {
        return vec![server(&given.certificate, &given.key, now), given_key(&given.key)];
    }
    if !layout.authority_certificate().exists() {
        return vec![Finding::new(
            "certificate",
            Verdict::Good,
            "none yet: the first start makes one",
        )];
    }
    vec![
        server(&layout.server_certificate(), &layout.server_key(), now),
        authority(&layout.authority_certificate(), now),
    ]
}

fn server(certificate: &Path, key: &Path, now: Timestamp) -> Finding {
    match served(certificate, key) {
        Ok(found) => life("certificate", certificate, found.validity, now),
        Err(error) => Finding::new("certificate", Verdict::Fault, error.to_string()),
    }
}

fn authority(path: &Path, now: Timestamp) -> Finding {
    let chain = fs::read_to_string(path).map(|text| Certificate::chain_from_pem(&text));
    match chain
        .as_ref()
        .map(|chain| chain.as_ref().map(|chain| chain.first()))
    {
        Ok(Ok(Some(first))) => life("authority", path, first.validity(), now),
        Ok(Ok(None)) => Finding::new(
            "authority",
            Verdict::Fault,
            format!("{} is empty", path.display()),
        ),
        Ok(Err(error)) => Finding::new(
            "authority",
            Verdict::Fault,
            format!("{}: {error}", path.display()),
        ),
        Err(error) => Finding::new(
            "authority",
            Verdict::Fault,
            format!("{}: {error}", path.display()),
        ),
    }
}

fn life(subject: &'static str, path: &Path, validity: Validity, now: Timestamp) -> Finding {
    let (path, until) = (path.display(), validity.not_after);
    if now < validity.not_before {
        let from = validity.not_before;
        Finding::new(
            subject,
            Verdict::Fault,
            format!("{path} is valid only from {from}: check the clock"),
        )
    } else if now > until {
        Finding::new(
            subject,
            Verdict::Fault,
            format!("{path} ended at {until}: replace it"),
        )
    } else if now.plus_millis(ENDS_SOON_MILLIS) > until {
        Finding::new(
            subject,
            Verdict::Warning,
            format!("{path} ends at {until}: replace it"),
        )
    } else {
        Finding::new(subject, Verdict::Good, format!("{path} is valid until {until}"))
    }
}

fn given_key(path: &Path) -> Finding {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(about) if about.permissions().mode() & 0o007 != 0 => Finding::new(
            "certificate key",
            Verdict::Fault,
            format!("everybody may read {shown}: chmod o= {shown}"),
        ),
        Ok(_) => Finding::new(
            "certificate key",
            Verdict::Good,
            format!("{shown} is not open to everybody"),
        ),
        Err(error) => Finding::new("certificate key", Verdict::Fault, format!("{shown}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_announced_two_weeks_before() {
        let day = 24 * 60 * 60 * 1_000;
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().expect("a time");
        for (starts, ends, expected) in [
            (-1, 15, Verdict::Good),
            (-1, 13, Verdict::Warning),
            (-2, -1, Verdict::Fault),
            (1, 15, Verdict::Fault),
        ] {
            let validity = Validity {
                not_before: now.plus_millis(starts * day),
                not_after: now.plus_millis(ends * day),
            };
            let found = life("certificate", Path::new("server.pem"), validity, now);
            assert_eq!(found.verdict, expected, "{starts} {ends}");
        }
    }
}
