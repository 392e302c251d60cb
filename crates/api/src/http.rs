//! The way of an HTTP request: size, route, sign-in, gate; then the body; then the handler; and the answer out.
//!
//! Nothing of a body is read before the caller is signed in and could hold what the endpoint needs on anything at all.

mod body;
mod headers;
mod seen;

pub(crate) use headers::{application_of, domain_of, header, offered};

use crate::answer::{Answer, ApiBody};
use crate::call::{Call, Setting};
use crate::files::{BYTES_IN_MEMORY, Incoming};
use crate::manner::{mode_of, shown};
use crate::media::{self, Wish, wish};
use crate::mqtt::{self, Speaks};
use crate::problem::Problem;
use crate::realtime::Upgrade;
use crate::room::Room;
use crate::route::{Route, Routes};
use crate::unread::must_close;
use crate::{
    alarms, applications, audit, binaries, bulk_operations, certificates, cookies, cross_origin,
    device_tokens, disconnection, events, explain, features, identity, inventory, inventory_roles,
    login_options, measurements, notifications, operations, options, password_reset, permissions, platform,
    projects, realtime, registration, remote_access, retention, second_factor, service_accounts, sessions,
    single_sign_on, software, statistics, tenants, users,
};
use body::{check_length, read_body};
use bytes::Buf;
use contract::endpoints::Endpoint;
use engine::caller::Caller;
use engine::door::Door;
use engine::notifications::Notifications;
use engine::realtime::Realtime;
use engine::refusal::Refusal;
use engine::remote_access::RemoteAccess;
use engine::sign_in::{Claim, Offered};
use headers::{announced_length, enrolling, host_of, joined, method_of};
use http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH, IF_RANGE,
    ORIGIN, RANGE, USER_AGENT,
};
use http::{HeaderValue, Method, Request, Response, request::Parts};
use http_body_util::BodyExt;
use model::limits::TARGET_BYTES_MAX;
use model::processing::Processing;
use model::secret::Secret;
use model::sessions::UserAgent;
use policy::operation::Need;
use seen::Seen;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};

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
            realtime: Realtime::new(door.clone()),
            notifications: Notifications::new(door.clone()),
            remote_access: RemoteAccess::new(door.clone()),
            door,
            mqtt: OnceLock::new(),
            base_url: options.base_url,
            security_contacts: options.security_contacts,
            bodies: Room::default(),
        };
        Ok(Self {
            setting: Arc::new(setting),
            routes: Arc::new(Routes::new()?),
        })
    }

    /// Who speaks MQTT where a client asks for it over a WebSocket. Said once, at the start.
    pub fn speak_mqtt(&self, speaks: Speaks) {
        // A second call is a programming error of the start-up code; the first one stays.
        let _ = self.setting.mqtt.set(speaks);
    }

    /// Lets go of everybody who waits for something to happen: the program stops.
    pub fn stop(&self) {
        self.setting.realtime.stop();
        self.setting.notifications.stop();
        self.setting.remote_access.stop();
    }

    /// Sees to it that what happens reaches subscribers, connected or not. Called every few seconds.
    pub async fn look_after_subscribers(&self) -> Result<(), Refusal> {
        self.setting.notifications.look_after().await
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
        let page = cross_origin::Page::of(&self.setting.door, &parts, &origin);
        let mut seen = Seen::default();
        let answer = match page.as_ref().and_then(cross_origin::Page::preflight) {
            Some(answer) => Ok(answer),
            None => {
                let answer = self
                    .answer(&parts, body.as_mut(), peer, &origin, wish, &mut seen)
                    .await;
                seen.count(&self.setting.door, &answer);
                answer
            }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(problem) => match header(&parts.headers, "usexbasic") {
                Some(_) => problem.for_console().into_answer(&origin),
                None => problem.into_answer(&origin),
            },
        };
        let mut response = answer.into_response(wish);
        if let Some(page) = page {
            page.mark(&mut response, seen.tenant());
        }
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
        mut body: Pin<&mut B>,
        peer: IpAddr,
        origin: &str,
        wish: Wish,
        seen: &mut Seen,
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
                    Route::Refused(refused, methods) => Problem::not_offered(&refused, &methods),
                    _ => Problem::unknown_path(),
                });
            }
        };
        let declaration = endpoint.declaration();
        check_length(parts, &declaration)?;
        let upgrade = (realtime::is_socket(endpoint)
            || notifications::is_socket(endpoint)
            || mqtt::is_socket(endpoint)
            || remote_access::is_socket(endpoint))
        .then(|| Upgrade::of(parts, origin))
        .flatten();
        let caller = match declaration.operation.need {
            Need::Public => None,
            _ if notifications::is_by_token(endpoint) => Some(self.sign_in_by_token(parts, peer).await?),
            // Its first packet has the credential, and nothing else counts.
            _ if mqtt::is_socket(endpoint) && upgrade.is_some() => None,
            // Its first message must be a credential.
            _ if realtime::is_socket(endpoint) && upgrade.as_ref().is_some_and(Upgrade::is_strange) => None,
            _ => Some(match device_tokens::offered(parts, endpoint)? {
                Some(shown) => self.sign_in_with(Some(shown), parts, peer, from_console).await?,
                None => self.sign_in(parts, peer, from_console).await?,
            }),
        };
        if let Some(caller) = &caller {
            seen.caller(caller, endpoint);
        }
        let refused = |refusal| match refusal {
            Refusal::NotSignedIn => Problem::not_signed_in(from_console),
            refusal => Problem::refused(endpoint, refusal),
        };
        if let Some(caller) = &caller {
            statistics::count(&self.setting.door, caller, parts.uri.path());
            self.setting
                .door
                .meter(caller, declaration.operation)
                .map_err(refused)?;
        }
        if let (Some(caller), true) = (&caller, declaration.body.is_some()) {
            let gate = self.setting.door.gate(caller, declaration.operation).await;
            gate.map_err(refused)?;
        }
        let mode = mode_of(parts, endpoint)?;
        let caller = caller.map(|caller| caller.quietly(mode == Processing::Quiescent));
        let announced = declaration
            .body
            .and_then(|_| announced_length(parts))
            .unwrap_or(0);
        let room = &self.setting.bodies;
        let is_file = declaration.body.is_some_and(|body| body.is_file());
        let in_memory = if is_file { BYTES_IN_MEMORY } else { announced };
        let mut place = room.take(caller.as_ref(), peer, in_memory).map_err(refused)?;
        let content_type = header(&parts.headers, CONTENT_TYPE.as_str());
        // A page of another site can make a browser send a body without a type, with the credentials that the browser
        // keeps and without asking first. Programs that leave the type out send no origin.
        if declaration.body.is_some() && content_type.is_none() && parts.headers.contains_key(ORIGIN) {
            return Err(Problem::not_json());
        }
        // The same page can make it send a form, or a file that it calls text.
        let is_from_other_site =
            header(&parts.headers, ORIGIN.as_str()).is_some_and(|sender| sender != origin);
        let takes_parts = is_file || declaration.body.is_some_and(|body| body.takes_form());
        if takes_parts && is_from_other_site {
            return Err(Problem::other_site());
        }
        if media::is_form(content_type) && is_from_other_site {
            return Err(Problem::other_sites_form());
        }
        let parsed = match declaration.body {
            Some(_) if parts.headers.contains_key(CONTENT_ENCODING) => return Err(Problem::not_json()),
            Some(expected) if !is_file => {
                Some(read_body(body.as_mut(), endpoint, content_type, &expected, &mut place).await?)
            }
            _ => None,
        };
        let call = Call {
            setting: self.setting.clone(),
            endpoint,
            caller,
            address: peer,
            host: domain_of(parts),
            application: application_of(parts),
            agent: header(&parts.headers, USER_AGENT.as_str()).and_then(UserAgent::of),
            from_console,
            origin: origin.to_owned(),
            path: parts.uri.path().trim_end_matches('/').to_owned(),
            parameters,
            query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            wish,
            mode,
            accept: header(&parts.headers, ACCEPT.as_str()).map(str::to_ascii_lowercase),
            units: header(&parts.headers, contract::units::HEADER).map(str::to_owned),
            if_match: joined(&parts.headers, IF_MATCH),
            range: header(&parts.headers, RANGE.as_str()).map(str::to_owned),
            if_range: joined(&parts.headers, IF_RANGE),
            if_none_match: joined(&parts.headers, IF_NONE_MATCH),
            chain: header(&parts.headers, "x-cumulocity-client-cert-chain").map(str::to_owned),
            enrolling: (endpoint == Endpoint::Certificates(contract::certificates::Endpoint::Enrol))
                .then(|| enrolling(&parts.headers))
                .flatten(),
            journey: cookies::journey(&parts.headers),
            is_cross_site: header(&parts.headers, "sec-fetch-site") == Some("cross-site"),
            named_tenant: header(&parts.headers, "x-cumulocity-tenantid").map(str::to_owned),
            loads_worker: parts.headers.contains_key("service-worker"),
            ends_with_slash: parts.uri.path().ends_with('/'),
            is_head: parts.method == Method::HEAD,
            media: content_type.and_then(media::short),
            body: parsed,
            upgrade,
        };
        if is_file {
            let incoming = Incoming::new(body, &parts.headers, announced as u64, place);
            let answer = dispatch_file(endpoint, &call, incoming).await?;
            return Ok(shown(answer, endpoint, wish));
        }
        let answer = dispatch(endpoint, call).await?;
        Ok(shown(answer, endpoint, wish))
    }

    async fn sign_in(&self, parts: &Parts, peer: IpAddr, from_console: bool) -> Result<Caller, Problem> {
        // Exactly one: with two, a proxy and this program could take different ones for the caller's.
        let mut values = parts.headers.get_all(AUTHORIZATION).iter();
        let credential = match (values.next(), values.next()) {
            (Some(value), None) => offered(value.as_bytes()),
            (None, _) => cookies::offered(parts),
            (Some(_), Some(_)) => None,
        };
        self.sign_in_with(credential, parts, peer, from_console).await
    }

    /// Signs in with the token for notifications in the query: some clients can set no header.
    async fn sign_in_by_token(&self, parts: &Parts, peer: IpAddr) -> Result<Caller, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let token = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
        let credential = token.map(|(_, token)| Offered::Ticket(Secret::new(token.into_owned())));
        self.sign_in_with(credential, parts, peer, false).await
    }

    async fn sign_in_with(
        &self,
        credential: Option<Offered>,
        parts: &Parts,
        peer: IpAddr,
        from_console: bool,
    ) -> Result<Caller, Problem> {
        let refused = || Problem::not_signed_in(from_console);
        let claim = Claim {
            credential: credential.ok_or_else(refused)?,
            host: domain_of(parts),
            address: peer,
            application: application_of(parts),
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
        Endpoint::Events(endpoint) => events::handle(endpoint, call).await,
        Endpoint::Alarms(endpoint) => alarms::handle(endpoint, call).await,
        Endpoint::Binaries(endpoint) => binaries::handle(endpoint, call).await,
        Endpoint::Audit(endpoint) => audit::handle(endpoint, call).await,
        Endpoint::Explain(endpoint) => explain::handle(endpoint, call).await,
        Endpoint::Users(endpoint) => users::handle(endpoint, call).await,
        Endpoint::Projects(endpoint) => projects::handle(endpoint, call).await,
        Endpoint::ServiceAccounts(endpoint) => service_accounts::handle(endpoint, call).await,
        Endpoint::Tenants(endpoint) => tenants::handle(endpoint, call).await,
        Endpoint::Sessions(endpoint) => sessions::handle(endpoint, call).await,
        Endpoint::Features(endpoint) => features::handle(endpoint, call).await,
        Endpoint::PasswordReset(endpoint) => password_reset::handle(endpoint, call).await,
        Endpoint::SecondFactor(endpoint) => second_factor::handle(endpoint, call).await,
        Endpoint::LoginOptions(endpoint) => login_options::handle(endpoint, call).await,
        Endpoint::SingleSignOn(endpoint) => single_sign_on::handle(endpoint, call).await,
        Endpoint::BulkOperations(endpoint) => bulk_operations::handle(endpoint, call).await,
        Endpoint::Operations(endpoint) => operations::handle(endpoint, call).await,
        Endpoint::Options(endpoint) => options::handle(endpoint, call).await,
        Endpoint::InventoryRoles(endpoint) => inventory_roles::handle(endpoint, call).await,
        Endpoint::Permissions(endpoint) => permissions::handle(endpoint, call).await,
        Endpoint::Applications(endpoint) => applications::handle(endpoint, call).await,
        Endpoint::Realtime(endpoint) => realtime::handle(endpoint, call).await,
        Endpoint::Mqtt(contract::mqtt::Endpoint::Socket) => mqtt::open(call),
        Endpoint::Notifications(endpoint) => notifications::handle(endpoint, call).await,
        Endpoint::Registration(endpoint) => registration::handle(endpoint, call).await,
        Endpoint::RemoteAccess(endpoint) => remote_access::handle(endpoint, call).await,
        Endpoint::Certificates(endpoint) => certificates::handle(endpoint, call).await,
        Endpoint::Disconnection(endpoint) => disconnection::handle(endpoint, call).await,
        Endpoint::Retention(endpoint) => retention::handle(endpoint, call).await,
        Endpoint::Software(endpoint) => software::handle(endpoint, call).await,
        Endpoint::Statistics(endpoint) => statistics::handle(endpoint, call).await,
    }
}

/// The endpoints whose bodies are files.
async fn dispatch_file(endpoint: Endpoint, call: &Call, incoming: Incoming<'_>) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Events(endpoint) => events::receive(endpoint, call, incoming).await,
        Endpoint::Binaries(endpoint) => binaries::receive(endpoint, call, incoming).await,
        Endpoint::Applications(endpoint) => applications::receive(endpoint, call, incoming).await,
        _ => Err(Problem::unknown_path()),
    }
}
