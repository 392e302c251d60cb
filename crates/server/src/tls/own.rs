//! The platform's own authority and the server certificate that it issues, kept in the data directory.
//!
//! Clients trust `tls/ca.pem`; everything else in `tls/` can be made again from it and its key.

use crate::clock;
use crate::data_dir::{Access, DataDirError, Layout, make_private_dir, replace_file};
use crate::tls::source::{ServedCertificate, served};
use crate::tls::{TlsError, provider, read_text};
use model::time::Timestamp;
use pki::authority::{Authority, Serial};
use pki::certificate::Certificate;
use pki::key::PrivateKey;
use pki::names::ServerName;
use pki::signer::LocalSigner;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls_pki_types::UnixTime;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// What every own certificate is issued for: localhost, both loopback addresses and the name of this machine, if it
/// is a host name; then the names that were configured.
pub fn default_names(more: &[ServerName]) -> Vec<ServerName> {
    let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut names: Vec<ServerName> = ["localhost", &node]
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    names.push(ServerName::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    names.push(ServerName::Address(IpAddr::V6(Ipv6Addr::LOCALHOST)));
    names.extend_from_slice(more);
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// The own certificate for `names`: the one that is there if it is still good, else a new one.
///
/// # Errors
/// When the authority is broken or the files cannot be read or written.
pub fn own_certificate(
    layout: &Layout,
    names: &[ServerName],
    now: Timestamp,
) -> Result<ServedCertificate, TlsError> {
    make_private_dir(&layout.tls())?;
    let authority = authority(layout, now)?;
    if let Some(current) = current(layout, &authority, names, now) {
        return Ok(current);
    }
    let key = PrivateKey::generate().map_err(|source| TlsError::OwnKey {
        path: layout.server_key(),
        source,
    })?;
    let certificate = authority.issue_server(names, &key, now, serial()?)?;
    // A crash between the two leaves a pair that does not match: the next start issues again.
    write_key(&layout.server_key(), &key)?;
    write_certificate(&layout.server_certificate(), &certificate)?;
    tracing::info!(until = %certificate.validity().not_after, "server certificate issued");
    served(&layout.server_certificate(), &layout.server_key())
}

/// The authority of the data directory; made when there is none yet.
fn authority(layout: &Layout, now: Timestamp) -> Result<Authority, TlsError> {
    let (certificate, key) = (layout.authority_certificate(), layout.authority_key());
    let own_key = |source| TlsError::OwnKey {
        path: layout.authority_key(),
        source,
    };
    match (exists(&certificate)?, exists(&key)?) {
        (true, false) => Err(TlsError::AuthorityKeyMissing(key)),
        (true, true) => {
            let signer = LocalSigner::new(&read_key(&key)?).map_err(own_key)?;
            Ok(Authority::load(&read_text(&certificate)?, Box::new(signer))?)
        }
        // A key alone is what a crash between the two writes leaves.
        (false, _) => {
            let fresh = PrivateKey::generate().map_err(own_key)?;
            let signer = LocalSigner::new(&fresh).map_err(own_key)?;
            let [a, b, c, d] = clock::random()?;
            let name = format!("Holdfast authority {a:02x}{b:02x}{c:02x}{d:02x}");
            let made = Authority::generate(&name, now, serial()?, Box::new(signer))?;
            write_key(&key, &fresh)?;
            write_certificate(&certificate, made.certificate())?;
            tracing::info!(path = %certificate.display(), "certificate authority made: clients trust this file");
            Ok(made)
        }
    }
}

/// The certificate that is there, if a client that trusts the authority accepts it now under exactly these names and
/// its renewal is not due.
fn current(
    layout: &Layout,
    authority: &Authority,
    names: &[ServerName],
    now: Timestamp,
) -> Option<ServedCertificate> {
    let found = served(&layout.server_certificate(), &layout.server_key()).ok()?;
    let leaf = Certificate::from_der(found.certified.cert.first()?.clone()).ok()?;
    let has: BTreeSet<ServerName> = leaf.server_names().into_iter().collect();
    let good = has == names.iter().cloned().collect()
        && now < found.validity.renewal()
        && accepted(&leaf, authority, names.first()?, now);
    good.then_some(found)
}

fn accepted(leaf: &Certificate, authority: &Authority, name: &ServerName, now: Timestamp) -> bool {
    let mut roots = RootCertStore::empty();
    if roots.add(authority.certificate().der().clone()).is_err() {
        return false;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider())).build();
    let (Ok(verifier), Ok(name), Ok(millis)) =
        (verifier, name.to_string().try_into(), u64::try_from(now.millis()))
    else {
        return false;
    };
    let now = UnixTime::since_unix_epoch(Duration::from_millis(millis));
    verifier
        .verify_server_cert(leaf.der(), &[], &name, &[], now)
        .is_ok()
}

fn serial() -> Result<Serial, TlsError> {
    Ok(Serial::from_random(clock::random()?))
}

fn exists(path: &Path) -> Result<bool, TlsError> {
    Ok(path.try_exists().map_err(DataDirError::io(path))?)
}

fn read_key(path: &Path) -> Result<PrivateKey, TlsError> {
    let text = Zeroizing::new(read_text(path)?);
    PrivateKey::from_pem(&text).map_err(|source| TlsError::OwnKey {
        path: path.to_owned(),
        source,
    })
}

fn write_key(path: &Path, key: &PrivateKey) -> Result<(), TlsError> {
    let text = key.to_pem().map_err(|source| TlsError::OwnKey {
        path: path.to_owned(),
        source,
    })?;
    Ok(replace_file(path, text.as_bytes(), Access::Owner)?)
}

fn write_certificate(path: &Path, certificate: &Certificate) -> Result<(), TlsError> {
    Ok(replace_file(
        path,
        certificate.to_pem().as_bytes(),
        Access::Everybody,
    )?)
}
