//! As much of a platform as a device needs, for tests: an authority that gives certificates for one-time passwords, and a
//! broker that lets in whoever has one. Real TLS, real HTTP, and MQTT by the platform's own session; in memory.

use crate::client::dial::Dial;
use crate::test_server::{InProcess, Reply, Seen, TestServer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use model::time::Timestamp;
use mqtt::exchange::{Input, Output, PublishAnswer, PublishHandle};
use mqtt::message::{Delivery, DeliveryId, Properties, Qos};
use mqtt::reason::{ConnectRefusal, PublishRefusal};
use mqtt::session::Session;
use mqtt::topic::TopicName;
use pki::authority::{Authority, Holder, Serial};
use pki::bundle::certificates_only;
use pki::key::PrivateKey;
use pki::request::CertificateRequest;
use pki::signer::LocalSigner;
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Notify, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub(crate) const PASSWORD: &str = "a1b2c3d4e5f6g7h8";
pub(crate) const TOKEN: &str = "a.b.c";

/// What the tests set and see.
#[derive(Default)]
pub(crate) struct Facts {
    /// What the broker has taken, in its order.
    pub(crate) taken: Vec<(String, String)>,
    /// Whether the one-time password was used.
    pub(crate) used: bool,
    /// Certificates, in the order in which they were given.
    pub(crate) issued: Vec<Vec<u8>>,
    /// Certificates that are let in no more.
    pub(crate) revoked: BTreeSet<Vec<u8>>,
    /// The certificate of each session that was let in.
    pub(crate) sessions: Vec<Vec<u8>>,
    /// What the device attached to events, and what it reads there.
    pub(crate) attached: Vec<(String, String)>,
    pub(crate) file: String,
    /// Nobody is let in.
    pub(crate) is_down: bool,
    /// Messages are not answered.
    pub(crate) is_mute: bool,
    /// Messages are refused for now.
    pub(crate) is_busy: bool,
    /// No certificate is given: the answer gets lost.
    pub(crate) is_stingy: bool,
    pub(crate) wills: Vec<String>,
    notifications: VecDeque<String>,
}

/// The platform.
pub(crate) struct Platform {
    pub(crate) facts: Mutex<Facts>,
    pub(crate) https: Arc<TestServer>,
    /// Something has changed for the sessions.
    wake: Notify,
    changed: watch::Sender<u64>,
    authority: Authority,
    tls: TlsAcceptor,
}

impl Platform {
    pub(crate) fn new() -> Arc<Self> {
        let key = PrivateKey::generate().expect("a key");
        let signer = Box::new(LocalSigner::new(&key).expect("a signer"));
        let authority = Authority::generate_of_tenant("t100", now(), serial(), signer).expect("an authority");
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let own = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        Arc::new_cyclic(|weak: &std::sync::Weak<Self>| {
            let weak = weak.clone();
            let answer = move |seen: &Seen| {
                weak.upgrade()
                    .map_or_else(Reply::default, |platform| platform.answer(seen))
            };
            Self {
                facts: Mutex::default(),
                wake: Notify::new(),
                changed: watch::Sender::new(0),
                tls: acceptor(&authority, made.cert.der().clone(), own.clone_key()),
                authority,
                https: TestServer::of(made.cert.pem(), made.cert.der().clone(), own, answer),
            }
        })
    }

    pub(crate) fn ca_pem(&self) -> Vec<u8> {
        self.https.ca_pem.clone()
    }

    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().expect("no test panicked")
    }

    /// Changes something, of which all sessions hear.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts());
        self.changed.send_modify(|count| *count += 1);
    }

    /// Hands something out on `devicecontrol/notifications`.
    pub(crate) fn notify(&self, document: &serde_json::Value) {
        self.set(|facts| facts.notifications.push_back(document.to_string()));
    }

    /// Waits until the facts are as wanted.
    pub(crate) async fn until<T>(&self, mut what: impl FnMut(&Facts) -> Option<T>) -> T {
        loop {
            let changed = self.wake.notified();
            if let Some(found) = what(&self.facts()) {
                return found;
            }
            changed.await;
        }
    }

    /// Payloads that were taken on a topic.
    pub(crate) fn on(&self, topic: &str) -> Vec<String> {
        let facts = self.facts();
        let found = facts.taken.iter().filter(|(found, _)| found == topic);
        found.map(|(_, payload)| payload.clone()).collect()
    }

    pub(crate) fn wills(&self) -> usize {
        self.facts().wills.len()
    }

    fn answer(&self, seen: &Seen) -> Reply {
        let basic = format!("Basic {}", STANDARD.encode(format!("d1:{PASSWORD}")));
        let bearer = format!("Bearer {TOKEN}");
        let by = |expected: &str| seen.authorization.as_deref() == Some(expected);
        let reply = |status, body: serde_json::Value| Reply {
            status,
            body: body.to_string(),
            ..Reply::default()
        };
        match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", "/.well-known/est/simpleenroll") => {
                let used = std::mem::replace(&mut self.facts().used, true);
                match by(&basic) && !used {
                    true => self.issue(&seen.bytes),
                    false => reply(StatusCode::UNAUTHORIZED, json!({ "message": "Not registered." })),
                }
            }
            ("POST", "/.well-known/est/simplereenroll") if by(&bearer) => self.issue(&seen.bytes),
            ("GET", "/identity/externalIds/c8y_Serial/d1") if by(&bearer) => {
                reply(StatusCode::OK, json!({ "managedObject": { "id": "42" } }))
            }
            ("POST", "/event/events") if by(&bearer) => {
                let kind = seen.body["type"].as_str().unwrap_or_default().to_owned();
                assert_eq!(seen.body["source"]["id"], "42");
                self.set(|facts| facts.attached.push((kind, String::new())));
                reply(StatusCode::CREATED, json!({ "id": "77" }))
            }
            ("POST", "/event/events/77/binaries") if by(&bearer) => {
                let content = String::from_utf8_lossy(&seen.bytes).into_owned();
                self.set(|facts| facts.attached.last_mut().expect("an event").1 = content);
                reply(StatusCode::CREATED, json!({}))
            }
            ("GET", "/inventory/binaries/9") if by(&bearer) => Reply {
                body: self.facts().file.clone(),
                ..Reply::default()
            },
            (method, path) => panic!("unexpected request: {method} {path} {:?}", seen.authorization),
        }
    }

    fn issue(&self, request: &[u8]) -> Reply {
        let request = CertificateRequest::read(request).expect("a request");
        assert_eq!(request.name, "d1");
        let holder = Holder {
            tenant: "t100",
            device: "d1",
            list: "https://localhost/crl",
        };
        let made = self
            .authority
            .issue_device(&holder, &request.key, now(), serial())
            .expect("issued");
        let mut facts = self.facts();
        facts.issued.push(made.der().to_vec());
        Reply {
            body: STANDARD.encode(certificates_only(&[made])),
            silent: facts.is_stingy,
            ..Reply::default()
        }
    }

    async fn serve(self: Arc<Self>, stream: DuplexStream) {
        let Ok(mut stream) = self.tls.accept(stream).await else {
            return;
        };
        let shown = stream.get_ref().1.peer_certificates().expect("a certificate")[0].to_vec();
        let mut changed = self.changed.subscribe();
        let mut broker = Broker {
            session: Session::new(Duration::ZERO),
            shown,
            follows: false,
            unanswered: Vec::new(),
            is_over: false,
        };
        let mut buffer = [0; 4 << 10];
        while !broker.is_over {
            let outputs = tokio::select! {
                read = stream.read(&mut buffer) => match read {
                    Ok(count) if count > 0 => broker.input(Input::Bytes(&buffer[..count])),
                    _ => broker.input(Input::Closed),
                },
                _ = changed.changed() => broker.look_again(&self),
            };
            broker.act(&self, &mut stream, outputs).await;
            self.wake.notify_waiters();
        }
        let _ = stream.shutdown().await;
    }
}

/// One session of the broker.
struct Broker {
    session: Session,
    shown: Vec<u8>,
    follows: bool,
    unanswered: Vec<PublishHandle>,
    is_over: bool,
}

impl Broker {
    fn input(&mut self, input: Input<'_>) -> Vec<Output> {
        self.session.handle(input, Duration::ZERO)
    }

    fn is_let_in(&self, platform: &Platform) -> bool {
        let facts = platform.facts();
        !facts.is_down && !facts.revoked.contains(&self.shown)
    }

    fn look_again(&mut self, platform: &Platform) -> Vec<Output> {
        if !self.is_let_in(platform) {
            return self.input(Input::Closed);
        }
        let mut outputs = Vec::new();
        let mute = platform.facts().is_mute;
        for handle in self.unanswered.drain(..).filter(|_| !mute).collect::<Vec<_>>() {
            outputs.extend(self.input(Input::Published(handle, PublishAnswer::Accepted)));
        }
        while self.follows
            && let Some(document) = { platform.facts().notifications.pop_front() }
        {
            outputs.extend(self.deliver("devicecontrol/notifications", &document));
        }
        outputs
    }

    fn deliver(&mut self, topic: &str, payload: &str) -> Vec<Output> {
        self.input(Input::Deliver(Box::new(Delivery {
            id: DeliveryId(0),
            topic: TopicName::parse(topic).expect("a topic"),
            payload: payload.as_bytes().to_vec(),
            qos: Qos::AtLeastOnce,
            retain: false,
            properties: Properties::default(),
            subscriptions: Vec::new(),
        })))
    }

    async fn act(&mut self, platform: &Platform, stream: &mut TlsStream<DuplexStream>, outputs: Vec<Output>) {
        let mut outputs = VecDeque::from(outputs);
        while let Some(output) = outputs.pop_front() {
            match output {
                Output::Send(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        self.is_over = true;
                    }
                    outputs.extend(self.input(Input::Sent(bytes.len())));
                }
                Output::Connect(connect) => {
                    assert_eq!(connect.client_id, "d1");
                    let answer = match self.is_let_in(platform) {
                        true => Input::Accepted(Box::default()),
                        false => Input::Refused(ConnectRefusal::NotAuthorized, Some("revoked".to_owned())),
                    };
                    if self.is_let_in(platform) {
                        platform.facts().sessions.push(self.shown.clone());
                    }
                    outputs.extend(self.input(answer));
                }
                Output::Publish(handle, message) => {
                    let topic = message.topic.as_str().to_owned();
                    let payload = String::from_utf8(message.payload).expect("text");
                    outputs.extend(self.published(platform, handle, (topic, payload)));
                }
                Output::Subscribe(handle, filters) => {
                    let granted = filters.iter().map(|_| Ok(Qos::AtLeastOnce)).collect();
                    outputs.extend(self.input(Input::Subscribed(handle, granted)));
                    self.follows = true;
                    outputs.extend(self.look_again(platform));
                }
                Output::End(end) => {
                    let will = end
                        .will
                        .map(|will| String::from_utf8(will.message.payload).expect("text"));
                    platform.facts().wills.extend(will);
                    self.is_over = true;
                }
                _ => {}
            }
        }
    }

    fn published(
        &mut self,
        platform: &Platform,
        handle: PublishHandle,
        message: (String, String),
    ) -> Vec<Output> {
        if message.0 == "s/uat" {
            let mut outputs = self.input(Input::Published(handle, PublishAnswer::Accepted));
            outputs.extend(self.deliver("s/dat", &format!("71,{TOKEN}")));
            return outputs;
        }
        let mut facts = platform.facts();
        if facts.is_busy {
            let refusal = PublishAnswer::Refused(PublishRefusal::QuotaExceeded, None);
            return self.input(Input::Published(handle, refusal));
        }
        facts.taken.push(message);
        if facts.is_mute {
            self.unanswered.push(handle);
            return Vec::new();
        }
        self.input(Input::Published(handle, PublishAnswer::Accepted))
    }
}

/// Dials the broker of a platform.
#[derive(Clone)]
pub(crate) struct ToBroker(pub(crate) Arc<Platform>);

impl Dial for ToBroker {
    type Stream = DuplexStream;

    async fn dial(&self) -> io::Result<DuplexStream> {
        if self.0.facts().is_down {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (near, far) = tokio::io::duplex(64 << 10);
        tokio::spawn(Arc::clone(&self.0).serve(far));
        Ok(near)
    }
}

/// Dials the HTTPS server of a platform.
pub(crate) fn to_https(platform: &Arc<Platform>) -> InProcess {
    InProcess(Arc::clone(&platform.https))
}

fn acceptor(authority: &Authority, own: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().der().clone()).expect("a root");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .expect("a verifier");
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![own], key)
        .expect("a key");
    TlsAcceptor::from(Arc::new(config))
}

fn serial() -> Serial {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).expect("random bytes");
    Serial::from_random(bytes)
}

/// The real time: the TLS library asks for it too.
#[expect(
    clippy::disallowed_methods,
    reason = "certificates are verified at the time of the system"
)]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("before the end of time"))
}
