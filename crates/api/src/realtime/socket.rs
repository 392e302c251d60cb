//! The same messages over a WebSocket (RFC 6455). Who waits is told what happens at once, and the wait goes on.

use super::{Reply, Wait, notification, reply, text_of};
use crate::answer::Answer;
use crate::call::Call;
use crate::cookies;
use crate::http::{application_of, domain_of, header, offered};
use crate::problem::Problem;
use crate::takeover::{AnyStream, Takeover};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::realtime::{Message, Said, messages};
use engine::caller::Caller;
use engine::realtime::{Next, Over, Session};
use engine::refusal::Refusal;
use engine::sign_in::Claim;
use futures_util::{SinkExt, StreamExt};
use http::header::{
    AUTHORIZATION, CONNECTION, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use http::request::Parts;
use http::{Method, Version};
use model::json::Object;
use model::limits::{
    REALTIME_BODY_BYTES_MAX, REALTIME_IDLE_SECONDS_MAX, REALTIME_STRANGER_SECONDS_MAX,
    REALTIME_WAIT_SECONDS_MAX, WRITE_STALLED_SECONDS_MAX,
};
use model::names::Domain;
use model::secret::Secret;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message as Frame, Role, WebSocketConfig};

/// What the accepting side adds to the key before hashing it (RFC 6455, 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The sub-protocol of remote access.
pub(crate) const BINARY: &str = "binary";
/// What is read from a connection at once, in bytes; most messages of clients are smaller.
const READ_BYTES: usize = 4 << 10;
/// For the other end to take the last words.
const CLOSE_SECONDS_MAX: u64 = 2;

/// The wish of a client to go on as a WebSocket.
pub(crate) struct Upgrade {
    /// What proves to the client that it was understood.
    accept: String,
    /// Whether the request came with a credential.
    has_credential: bool,
    /// Whether a page of another site sent it.
    from_other_site: bool,
    /// Whether a page sent it.
    from_page: bool,
    /// Whether the client offers the sub-protocol `mqtt`.
    offers_mqtt: bool,
    /// Whether the client offers the sub-protocol `binary`.
    offers_binary: bool,
    /// The host name that it was sent to, for signing in.
    host: Option<Domain>,
    /// The application that it names.
    application: Option<String>,
}

impl Upgrade {
    /// The wish in a request, if it is one (RFC 6455, 4.2.1).
    pub(crate) fn of(parts: &Parts, origin: &str) -> Option<Self> {
        let has = |name: &str, word: &str| {
            let words = header(&parts.headers, name)
                .into_iter()
                .flat_map(|value| value.split(','));
            words.map(str::trim).any(|own| own.eq_ignore_ascii_case(word))
        };
        let is_wish = parts.method == Method::GET
            && parts.version == Version::HTTP_11
            && has(UPGRADE.as_str(), "websocket")
            && has(CONNECTION.as_str(), "upgrade")
            && has(SEC_WEBSOCKET_VERSION.as_str(), "13");
        let key = header(&parts.headers, SEC_WEBSOCKET_KEY.as_str()).filter(|_| is_wish)?;
        STANDARD.decode(key).ok().filter(|nonce| nonce.len() == 16)?;
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
        Some(Self {
            accept: STANDARD.encode(hash),
            has_credential: parts.headers.contains_key(AUTHORIZATION) || cookies::is_there(&parts.headers),
            from_page: parts.headers.contains_key(ORIGIN),
            offers_mqtt: has(SEC_WEBSOCKET_PROTOCOL.as_str(), "mqtt"),
            offers_binary: has(SEC_WEBSOCKET_PROTOCOL.as_str(), BINARY),
            from_other_site: parts.headers.get(ORIGIN).is_some_and(|sender| sender != origin),
            host: domain_of(parts),
            application: application_of(parts),
        })
    }

    /// What proves to the client that it was understood.
    pub(crate) fn accept(&self) -> &str {
        &self.accept
    }

    /// Whether somebody else's page, or one that does not say whose it is, may have made a browser send it with the
    /// credential that the browser keeps.
    pub(crate) fn may_be_forged(&self, caller: &Caller) -> bool {
        self.from_other_site || (caller.has_cookie() && !self.from_page)
    }

    /// Whether the client offers the sub-protocol `mqtt`.
    pub(crate) fn offers_mqtt(&self) -> bool {
        self.offers_mqtt
    }

    /// Whether the client offers the sub-protocol `binary`.
    pub(crate) fn offers_binary(&self) -> bool {
        self.offers_binary
    }

    /// Whether the credential is to come over the WebSocket: clients in browsers can set no header.
    pub(crate) fn is_strange(&self) -> bool {
        !self.has_credential
    }
}

/// Agrees to a WebSocket.
pub(super) fn open(mut call: Call) -> Result<Answer, Problem> {
    let Some(upgrade) = call.upgrade.take() else {
        return Err(Problem::no_upgrade());
    };
    // A browser adds a credential that it keeps whatever page asks; one inside of a message is the page's own.
    if upgrade.has_credential && upgrade.from_other_site {
        return Err(Problem::other_page());
    }
    let accept = upgrade.accept.clone();
    let takeover = Takeover::new(move |stream| converse(call, upgrade, stream));
    Ok(Answer::taken_over(accept, takeover))
}

/// One WebSocket from its first message to its last.
async fn converse(call: Call, upgrade: Upgrade, stream: AnyStream) {
    let socket = server_side(stream).await;
    let mut talk = Talk {
        call,
        upgrade,
        socket,
        session: None,
        wait: None,
        heard: Instant::now(),
    };
    let end = talk.run().await;
    if let Some(session) = talk.session.take() {
        talk.call.setting.realtime.end(&session, Over::Closed);
    }
    farewell(&mut talk.socket, end).await;
}

/// This side of a WebSocket, with bounds on what it takes.
pub(crate) async fn server_side(stream: AnyStream) -> WebSocketStream<AnyStream> {
    server_side_of(stream, REALTIME_BODY_BYTES_MAX).await
}

/// The same with messages of at most so many bytes.
pub(crate) async fn server_side_of(stream: AnyStream, bytes_max: usize) -> WebSocketStream<AnyStream> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(bytes_max))
        .max_frame_size(Some(bytes_max));
    WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await
}

/// The last words of a conversation.
pub(crate) async fn farewell(socket: &mut WebSocketStream<AnyStream>, end: End) {
    if let End::Told(code, reason) = end {
        let reason = reason.into();
        let last = socket.close(Some(CloseFrame { code, reason }));
        // The connection is closed in any case.
        let _ = timeout(Duration::from_secs(CLOSE_SECONDS_MAX), last).await;
    }
}

/// How a conversation ends.
pub(crate) enum End {
    /// The other end has gone.
    Gone,
    /// It is told why.
    Told(CloseCode, &'static str),
}

enum Event {
    Frame(Frame),
    News(Next),
    Ends(End),
}

struct Talk {
    call: Call,
    upgrade: Upgrade,
    socket: WebSocketStream<AnyStream>,
    /// The session whose client this is; it ends with the conversation.
    session: Option<Arc<Session>>,
    /// The client waits, until then.
    wait: Option<(Wait, Instant)>,
    /// When something was last heard.
    heard: Instant,
}

impl Talk {
    async fn run(&mut self) -> End {
        loop {
            let went_on = match self.next().await {
                Event::Frame(Frame::Text(text)) => self.hear(text.as_str()).await,
                Event::Frame(Frame::Close(_)) => Err(End::Gone),
                Event::Frame(Frame::Binary(_)) => Err(End::Told(CloseCode::Unsupported, "messages are text")),
                // Pings are answered below; what else comes only shows that somebody is there.
                Event::Frame(_) => Ok(()),
                Event::News(news) => self.tell(news).await,
                Event::Ends(end) => Err(end),
            };
            if let Err(end) = went_on {
                return end;
            }
        }
    }

    async fn next(&mut self) -> Event {
        let realtime = &self.call.setting.realtime;
        let silence = match self.call.caller {
            Some(_) => REALTIME_WAIT_SECONDS_MAX + REALTIME_IDLE_SECONDS_MAX,
            None => REALTIME_STRANGER_SECONDS_MAX,
        };
        let wait = self.wait.as_ref();
        let news = async {
            match wait {
                Some((wait, until)) => {
                    let patience = until.saturating_duration_since(Instant::now());
                    realtime.next(&wait.session, patience).await
                }
                None => pending().await,
            }
        };
        tokio::select! {
            frame = self.socket.next() => match frame {
                Some(Ok(frame)) => {
                    // A stranger has its time in all, however much it sends.
                    if self.call.caller.is_some() {
                        self.heard = Instant::now();
                    }
                    Event::Frame(frame)
                }
                Some(Err(_)) | None => Event::Ends(End::Gone),
            },
            news = news => Event::News(news),
            () = realtime.stopped() => Event::Ends(End::Told(CloseCode::Restart, "the platform stops")),
            () = sleep_until(self.heard + Duration::from_secs(silence)) => {
                Event::Ends(End::Told(CloseCode::Policy, "nothing was heard for too long"))
            }
        }
    }

    /// Answers the messages of a client. Each text counts like a request, and passes the same gate.
    async fn hear(&mut self, text: &str) -> Result<(), End> {
        if let Some(caller) = &self.call.caller {
            let operation = self.call.endpoint.declaration().operation;
            let metered = self.call.door().meter(caller, operation);
            metered.map_err(|_| End::Told(CloseCode::Policy, "too many messages: come again later"))?;
            let gate = self.call.door().gate(caller, operation).await;
            gate.map_err(|_| End::Told(CloseCode::Policy, "not signed in any more"))?;
        }
        let read = contract::json::parse(text.as_bytes()).map_err(|bad| bad.to_string());
        let read = read.and_then(|json| messages(json).map_err(|bad| bad.to_string()));
        let messages = match read {
            Ok(messages) => messages,
            Err(bad) => {
                let mut refusal: Object = [("error", format!("400::{bad}"))].into_iter().collect();
                refusal.set("successful", false);
                return self.send(&[refusal]).await;
            }
        };
        let mut replies = Vec::new();
        let mut is_refused = false;
        for message in messages {
            is_refused |= !self.admit(&message).await;
            replies.extend(self.reply(message).await);
        }
        if !replies.is_empty() {
            self.send(&replies).await?;
        }
        match is_refused {
            true => Err(End::Told(CloseCode::Policy, "the credential was not accepted")),
            false => Ok(()),
        }
    }

    /// Signs in a stranger by the credential of its handshake. No if it has shown one that does not fit.
    async fn admit(&mut self, message: &Message) -> bool {
        let (None, Ok(Said::Handshake { token: Some(token) })) = (&self.call.caller, &message.said) else {
            return true;
        };
        match sign_in(&self.call, &self.upgrade, token).await {
            Ok(caller) => {
                self.heard = Instant::now();
                self.call.caller = Some(caller);
                true
            }
            Err(_) => false,
        }
    }

    async fn reply(&mut self, message: Message) -> Vec<Object> {
        match reply(&self.call, self.call.caller.as_ref(), message).await {
            Reply::Now(object) => vec![object],
            Reply::Begun(session, object) => {
                self.attach(&session);
                vec![object]
            }
            Reply::Ended(object) => {
                self.wait = None;
                vec![object]
            }
            Reply::Wait(wait) => {
                self.attach(&wait.session);
                let until = Instant::now() + wait.patience;
                let earlier = self.wait.replace((wait, until));
                earlier.map(|(wait, _)| wait.reply).into_iter().collect()
            }
        }
    }

    /// Makes the session this conversation's; the one that it had ends.
    fn attach(&mut self, session: &Arc<Session>) {
        let earlier = self.session.replace(session.clone());
        if let Some(earlier) = earlier.filter(|earlier| earlier.id() != session.id()) {
            self.wait = None;
            self.call.setting.realtime.end(&earlier, Over::Closed);
        }
    }

    /// Tells what has happened; the wait goes on until its time is over.
    async fn tell(&mut self, news: Next) -> Result<(), End> {
        match news {
            Next::These(deliveries) => {
                let messages: Vec<_> = deliveries
                    .iter()
                    .map(|delivery| notification(&self.call, delivery))
                    .collect();
                self.send(&messages).await
            }
            Next::Nothing => match self.wait.take() {
                Some((wait, _)) => self.send(&[wait.reply]).await,
                None => Ok(()),
            },
            Next::Over(_) => {
                if let Some((wait, _)) = self.wait.take() {
                    self.send(&[wait.unknown]).await?;
                }
                Err(End::Told(
                    CloseCode::Policy,
                    "the session has ended: begin a new one",
                ))
            }
        }
    }

    /// Sends messages; who takes nothing of them for too long has gone.
    async fn send(&mut self, messages: &[Object]) -> Result<(), End> {
        let sent = self.socket.send(Frame::text(text_of(messages)));
        match timeout(Duration::from_secs(WRITE_STALLED_SECONDS_MAX), sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

/// Signs in by the credential of a handshake, as strictly as by that of a request.
async fn sign_in(call: &Call, upgrade: &Upgrade, token: &Secret) -> Result<Caller, Refusal> {
    let as_header = |scheme: &str| offered(format!("{scheme} {}", token.expose()).as_bytes());
    let credential = as_header("Basic").or_else(|| as_header("Bearer"));
    let claim = Claim {
        credential: credential.ok_or(Refusal::NotSignedIn)?,
        host: upgrade.host.clone(),
        address: call.address,
        application: upgrade.application.clone(),
    };
    call.door().sign_in(claim).await
}
