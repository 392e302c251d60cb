//! Certificates: whatever a device shows, asks for or is sent: chains, requests, bundles. Nothing panics, and nothing that
//! is not signed by the trusted authority is trusted.

use model::time::Timestamp;
use pki::bundle::{certificates_only, read_certificates};
use pki::certificate::Certificate;
use pki::chain::Chain;
use pki::request::CertificateRequest;
use std::sync::OnceLock;

/// An authority whose key nobody has.
fn authority() -> &'static Certificate {
    static AUTHORITY: OnceLock<Certificate> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let pem = include_str!("../../../fuzz/seeds/certificates/authority.pem");
        let mut chain = Certificate::chain_from_pem(pem).expect("a certificate");
        chain.remove(0)
    })
}

/// Reads these bytes as whatever a device shows, asks for or is sent.
pub fn check(bytes: &[u8]) {
    let now = Timestamp::from_millis(1_790_000_000_000);
    let _ = CertificateRequest::read(bytes);
    if let Ok(certificates) = read_certificates(bytes) {
        assert_eq!(
            read_certificates(&certificates_only(&certificates)),
            Ok(certificates)
        );
    }
    let chains = [
        Chain::from_ders(&[bytes]).ok(),
        std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| Chain::from_text(text, 4).ok()),
    ];
    for chain in chains.into_iter().flatten() {
        let Some(leaf) = chain.leaf() else {
            continue;
        };
        let _ = (
            leaf.serial(),
            leaf.common_name(),
            leaf.facts(),
            leaf.public_key(),
            leaf.check_anchor(now),
        );
        let trusted = [authority().clone()];
        if leaf.der() != authority().der() {
            assert!(
                chain.verify(&trusted, now).is_err(),
                "trusted without a signature"
            );
        }
    }
}
