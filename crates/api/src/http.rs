//! The way of an HTTP request: size, route, sign-in, gate; then the body; then the handler; and the answer out.
//!
//! Nothing of a body is read before the caller is signed in and could hold what the endpoint needs on anything at all.

use crate::answer::{Answer, ApiBody};
use crate::call::{Call, Setting};
use crate::media::{self, Wish, wish};
use crate::problem::Problem;
use crate::route::{Route, Routes};
use crate::unread::must_close;
use crate::{audit, identity, inventory, measurements, platform, tenants, users};
use bytes::{Buf, Bytes};
use contract::endpoint::Declaration;
use contract::endpoints::Endpoint;
use engine::caller::Caller;
use engine::door::Door;
use engine::refusal::Refusal;
use engine::sign_in::{BasicCredential, Claim};
use http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use model::limits::{BODY_BYTES_IN_FLIGHT_MAX, BODY_READ_SECONDS_MAX, TARGET_BYTES_MAX};
use policy::operation::Need;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The REST surface.
#[derive(Clone)]
pub struct Api {
    setting: Arc<Setting>,
    routes: Arc<Routes>,
}

/// The declared routes contradict each other.
#[derive(Debug, thiserror::Error)]
#[error("the declared routes contradict each other: {0}")]
pub struct BadRoutes(#[from] matchit::InsertError);

/// What the operator configured for the surface.
#[derive(Debug, Clone, Default)]
pub struct ApiOptions {
    /// The origin that links begin with; that of each request when absent.
    pub base_url: Option<String>,
    /// Whom to tell about a weakness: `mailto:` or `https:` addresses.
    pub security_contacts: Vec<String>,
}

impl Api {
    /// The surface before a door.
    pub fn new(door: Door, options: ApiOptions) -> Result<Self, BadRoutes> {
        let setting = Setting {
            door,
            base_url: options.base_url,
            security_contacts: options.security_contacts,
            bodies: Semaphore::new(BODY_BYTES_IN_FLIGHT_MAX >> 10),
        };
        Ok(Self {
            setting: Arc::new(setting),
            routes: Arc::new(Routes::new()?),
        })
    }

    /// Answers one request.
    pub async fn handle<B>(&self, request: Request<B>, peer: IpAddr) -> Response<ApiBody>
    where
        B: http_body::Body + Send,
        B::Data: Buf + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let mut body = pin!(body);
        let is_head = parts.method == Method::HEAD;
        let wish = wish(header(&parts.headers, ACCEPT.as_str()));
        let origin = self.origin(&parts);
        let answer = match self.answer(&parts, body.as_mut(), peer, &origin, wish).await {
            Ok(answer) => answer,
            Err(problem) => problem.into_answer(&origin),
        };
        let mut response = answer.into_response(wish);
        if must_close(&parts, body).await {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if is_head {
            *response.body_mut() = http_body_util::Empty::new()
                .map_err(|never| match never {})
                .boxed_unsync();
        }
        response
    }

    async fn answer<B>(
        &self,
        parts: &Parts,
        body: B,
        peer: IpAddr,
        origin: &str,
        wish: Wish,
    ) -> Result<Answer, Problem>
    where
        B: http_body::Body + Send,
        B::Data: Buf + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let target = parts
            .uri
            .path_and_query()
            .map_or(0, |target| target.as_str().len());
        if target > TARGET_BYTES_MAX {
            return Err(Problem::target_too_long());
        }
        let from_console = header(&parts.headers, "usexbasic").is_some();
        let route = self.routes.find(method_of(parts), parts.uri.path());
        let (endpoint, parameters) = match route {
            Route::To(endpoint, parameters) => (endpoint, parameters),
            // Strangers are not told which paths there are.
            other => {
                self.sign_in(parts, peer, from_console).await?;
                return Err(match other {
                    Route::OtherMethod(methods) => Problem::other_method(&methods),
                    _ => Problem::unknown_path(),
                });
            }
        };
        let declaration = endpoint.declaration();
        check_length(parts, &declaration)?;
        let caller = match declaration.operation.need {
            Need::Public => None,
            _ => Some(self.sign_in(parts, peer, from_console).await?),
        };
        let refused = |refusal| match refusal {
            Refusal::NotSignedIn => Problem::not_signed_in(from_console),
            refusal => Problem::refused(endpoint, refusal),
        };
        if let Some(caller) = &caller {
            self.setting
                .door
                .meter(caller, declaration.operation)
                .map_err(refused)?;
        }
        if let (Some(caller), true) = (&caller, declaration.body.is_some()) {
            let gate = self.setting.door.gate(caller, declaration.operation).await;
            gate.map_err(refused)?;
        }
        let _room = self.room_for_body(parts, &declaration).map_err(refused)?;
        let content_type = header(&parts.headers, CONTENT_TYPE.as_str());
        // A page of another site can make a browser send a body without a type, with the credentials that the browser
        // keeps and without asking first. Programs that leave the type out send no origin.
        if declaration.body.is_some() && content_type.is_none() && parts.headers.contains_key(ORIGIN) {
            return Err(Problem::not_json());
        }
        let body = match declaration.body {
            Some(_) if parts.headers.contains_key(CONTENT_ENCODING) => return Err(Problem::not_json()),
            Some(expected) => Some(read_json(body, endpoint, content_type, expected.bytes_max).await?),
            None => None,
        };
        let call = Call {
            setting: self.setting.clone(),
            endpoint,
            caller,
            address: peer,
            origin: origin.to_owned(),
            path: parts.uri.path().trim_end_matches('/').to_owned(),
            parameters,
            query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            wish,
            accept: header(&parts.headers, ACCEPT.as_str()).map(str::to_ascii_lowercase),
            media: content_type.and_then(media::short),
            body,
        };
        dispatch(endpoint, call).await
    }

    /// Room in memory for the body: as much as was announced, or as much as it may be.
    fn room_for_body(
        &self,
        parts: &Parts,
        declaration: &Declaration,
    ) -> Result<Option<SemaphorePermit<'_>>, Refusal> {
        let Some(expected) = declaration.body else {
            return Ok(None);
        };
        let bytes = announced_length(parts)
            .unwrap_or(expected.bytes_max)
            .min(expected.bytes_max);
        let kib = u32::try_from(bytes.div_ceil(1 << 10)).unwrap_or(u32::MAX);
        self.setting
            .bodies
            .try_acquire_many(kib)
            .map(Some)
            .map_err(|_| Refusal::Busy)
    }

    async fn sign_in(&self, parts: &Parts, peer: IpAddr, from_console: bool) -> Result<Caller, Problem> {
        let refused = || Problem::not_signed_in(from_console);
        // Exactly one: with two, a proxy and this program could take different ones for the caller's.
        let mut values = parts.headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(refused());
        };
        let credential = BasicCredential::from_header(value.as_bytes()).map_err(|_| refused())?;
        let host = host_of(parts).and_then(|host| strip_port(host).to_ascii_lowercase().parse().ok());
        let application = header(&parts.headers, "x-cumulocity-application-key");
        let claim = Claim {
            credential,
            host,
            address: peer,
            application: application.map(contract::body::shown),
        };
        self.setting
            .door
            .sign_in(claim)
            .await
            .map_err(|refusal| match refusal {
                Refusal::NotSignedIn => refused(),
                // No endpoint yet: these refusals read the same everywhere.
                refusal => Problem::refused(
                    Endpoint::Platform(contract::platform::Endpoint::Platform),
                    refusal,
                ),
            })
    }

    /// The origin that links in answers begin with: configured, or that of the request.
    fn origin(&self, parts: &Parts) -> String {
        if let Some(base) = &self.setting.base_url {
            return base.trim_end_matches('/').to_owned();
        }
        let plain = |host: &&str| {
            host.len() <= 300
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-.:[]_".contains(&b))
        };
        format!("https://{}", host_of(parts).filter(plain).unwrap_or("localhost"))
    }
}

async fn dispatch(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Platform(endpoint) => platform::handle(endpoint, &call).await,
        Endpoint::Inventory(endpoint) => inventory::handle(endpoint, call).await,
        Endpoint::Identity(endpoint) => identity::handle(endpoint, call).await,
        Endpoint::Measurements(endpoint) => measurements::handle(endpoint, call).await,
        Endpoint::Audit(endpoint) => audit::handle(endpoint, call).await,
        Endpoint::Users(endpoint) => users::handle(endpoint, call).await,
        Endpoint::Tenants(endpoint) => tenants::handle(endpoint, call).await,
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The method; a POST may carry another in `X-HTTP-METHOD`.
fn method_of(parts: &Parts) -> &str {
    match header(&parts.headers, "x-http-method") {
        Some(other) if parts.method == Method::POST => other,
        _ => parts.method.as_str(),
    }
}

fn host_of(parts: &Parts) -> Option<&str> {
    parts
        .uri
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| header(&parts.headers, HOST.as_str()))
}

fn strip_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn announced_length(parts: &Parts) -> Option<usize> {
    header(&parts.headers, CONTENT_LENGTH.as_str())?.parse().ok()
}

/// Refuses a body by its announced length, before anything is done for it.
fn check_length(parts: &Parts, declaration: &Declaration) -> Result<(), Problem> {
    let Some(expected) = declaration.body else {
        return Ok(());
    };
    match announced_length(parts) {
        Some(length) if length > expected.bytes_max => Err(Problem::body_too_large(expected.bytes_max)),
        _ => Ok(()),
    }
}

async fn read_json<B>(
    body: B,
    endpoint: Endpoint,
    content_type: Option<&str>,
    bytes_max: usize,
) -> Result<model::json::Json, Problem>
where
    B: http_body::Body + Send,
    B::Data: Buf + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if !media::may_be_json(content_type) {
        return Err(Problem::not_json());
    }
    let collected = Limited::new(body, bytes_max).collect();
    let bytes = match tokio::time::timeout(Duration::from_secs(BODY_READ_SECONDS_MAX), collected).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Problem::body_too_large(bytes_max)),
        Ok(Err(_)) | Err(_) => return Err(Problem::body_incomplete()),
    };
    parse(bytes, endpoint).await
}

/// Large bodies are parsed on a thread that may block, so that they do not hold up other connections.
async fn parse(bytes: Bytes, endpoint: Endpoint) -> Result<model::json::Json, Problem> {
    const INLINE_BYTES_MAX: usize = 32 << 10;
    let parsed = if bytes.len() <= INLINE_BYTES_MAX {
        contract::json::parse(&bytes)
    } else {
        let work = tokio::task::spawn_blocking(move || contract::json::parse(&bytes));
        work.await.map_err(|_| Problem::body_incomplete())?
    };
    parsed.map_err(|bad| Problem::json(endpoint, bad))
}
