//! The certificate in service: read by every handshake, replaced as a whole when its files change or its renewal is
//! due. A new certificate that is broken never replaces a good one.

use crate::clock;
use crate::signals::ReloadSignal;
use crate::tls::TlsError;
use crate::tls::source::{CertificateSource, ServedCertificate};
use model::time::Timestamp;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How often the files of the certificate are looked at, in seconds.
const POLL_SECONDS: u64 = 5;

/// The certificate that new connections are served.
#[derive(Debug)]
pub struct LiveCertificate {
    current: RwLock<ServedCertificate>,
}

impl LiveCertificate {
    /// The certificate in service.
    pub fn current(&self) -> ServedCertificate {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn replace(&self, next: ServedCertificate) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl ResolvesServerCert for LiveCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().certified)
    }
}

/// What a look at the files brought.
#[derive(Debug)]
pub enum Reload {
    /// Nothing changed.
    Unchanged,
    /// New connections are served the new certificate.
    Replaced,
    /// The new files are broken: the old certificate stays in service.
    Kept(TlsError),
}

/// Keeps a [`LiveCertificate`] up to date.
pub struct CertificateWatcher {
    source: CertificateSource,
    live: Arc<LiveCertificate>,
    seen: [Option<Fingerprint>; 2],
}

/// What tells one state of a file from another: device, file number, size and last change of content or rights.
type Fingerprint = (u64, u64, u64, i64, i64);

impl CertificateWatcher {
    /// Loads the certificate for the first time.
    ///
    /// # Errors
    /// When there is none that can be served.
    pub fn start(source: CertificateSource, now: Timestamp) -> Result<Self, TlsError> {
        let first = source.load(now)?;
        let seen = fingerprints(&source);
        let live = Arc::new(LiveCertificate {
            current: RwLock::new(first),
        });
        Ok(Self { source, live, seen })
    }

    /// The certificate in service, for the TLS settings of a listener.
    pub fn live(&self) -> Arc<LiveCertificate> {
        Arc::clone(&self.live)
    }

    /// Looks at the files; loads them when they changed since the last look or when the renewal is due.
    pub fn check(&mut self, now: Timestamp) -> Reload {
        let found = fingerprints(&self.source);
        let due = self
            .source
            .renewal(self.live.current().validity)
            .is_some_and(|time| now >= time);
        if found == self.seen && !due {
            return Reload::Unchanged;
        }
        // Remembered before reading, so that a change while reading is seen by the next look.
        self.seen = found;
        match self.source.load(now) {
            Ok(next) => {
                self.live.replace(next);
                Reload::Replaced
            }
            Err(error) => Reload::Kept(error),
        }
    }

    /// Looks again every few seconds and on SIGHUP, for as long as it is polled.
    pub async fn run(mut self, mut hangup: ReloadSignal) {
        let mut ticks = tokio::time::interval(Duration::from_secs(POLL_SECONDS));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = hangup.next() => {}
            }
            match self.check(clock::now()) {
                Reload::Unchanged => {}
                Reload::Replaced => {
                    let until = self.live.current().validity.not_after;
                    tracing::info!(%until, "certificate replaced: new connections are served the new one");
                }
                Reload::Kept(error) => {
                    tracing::error!(%error, "the new certificate is refused: the old one stays in service");
                }
            }
        }
    }
}

fn fingerprints(source: &CertificateSource) -> [Option<Fingerprint>; 2] {
    source.files().map(|path| fingerprint(&path))
}

fn fingerprint(path: &Path) -> Option<Fingerprint> {
    let about = std::fs::metadata(path).ok()?;
    Some((
        about.dev(),
        about.ino(),
        about.size(),
        about.ctime(),
        about.ctime_nsec(),
    ))
}
