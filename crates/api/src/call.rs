//! A request after the gate: who asks, the parts of its path, its parameters and its parsed body.

use crate::media::Wish;
use crate::mqtt::Speaks;
use crate::problem::Problem;
use crate::realtime::Upgrade;
use crate::remote_access::DeviceEnd;
use crate::room::Room;
use contract::endpoints::Endpoint;
use engine::caller::Caller;
use engine::door::Door;
use engine::notifications::Notifications;
use engine::realtime::Realtime;
use engine::refusal::Refusal;
use engine::remote_access::RemoteAccess;
use engine::work::{Command, Query};
use model::json::Json;
use model::names::Domain;
use model::processing::Processing;
use model::secret::Secret;
use model::sessions::UserAgent;
use model::time::Timestamp;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

/// What every handler may know of the installation.
pub(crate) struct Setting {
    /// The door.
    pub(crate) door: Door,
    /// Who follows what happens.
    pub(crate) realtime: Realtime,
    /// Who subscribes to what happens.
    pub(crate) notifications: Notifications,
    /// Who is led to devices.
    pub(crate) remote_access: RemoteAccess<DeviceEnd>,
    /// Who speaks MQTT, if anybody does.
    pub(crate) mqtt: OnceLock<Speaks>,
    /// The origin that links begin with, if one is configured.
    pub(crate) base_url: Option<String>,
    /// Whom to tell about a weakness.
    pub(crate) security_contacts: Vec<String>,
    /// Room for request bodies: taken before a body is read, given back when the request is answered or given up.
    pub(crate) bodies: Room,
}

/// A request.
pub(crate) struct Call {
    pub(crate) setting: Arc<Setting>,
    pub(crate) endpoint: Endpoint,
    pub(crate) caller: Option<Caller>,
    pub(crate) address: IpAddr,
    /// The host name that it was sent to.
    pub(crate) host: Option<Domain>,
    /// The application that it names.
    pub(crate) application: Option<String>,
    /// What the client calls itself.
    pub(crate) agent: Option<UserAgent>,
    /// Whether a console sent it, which wants no prompt of the browser.
    pub(crate) from_console: bool,
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) parameters: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) wish: Wish,
    /// Whether it is stored, and whether anybody is told.
    pub(crate) mode: Processing,
    pub(crate) accept: Option<String>,
    /// The system of units in which values are to be shown, as sent.
    pub(crate) units: Option<String>,
    /// The states in which the caller wants to find what it changes, as sent.
    pub(crate) if_match: Option<String>,
    /// Which bytes of a file the caller wants, as sent, and of which state of it.
    pub(crate) range: Option<String>,
    pub(crate) if_range: Option<String>,
    /// The states of a file that the caller has already, as sent.
    pub(crate) if_none_match: Option<String>,
    /// The chain of certificates in a header, as sent.
    pub(crate) chain: Option<String>,
    /// What a device that asks for its first certificate proves itself with.
    pub(crate) enrolling: Option<engine::sign_in::BasicCredential>,
    /// What a browser carries that was sent to an identity provider.
    pub(crate) journey: Option<Secret>,
    /// Whether a browser says that a page of another site has caused it (Fetch Metadata, 2.3).
    pub(crate) is_cross_site: bool,
    /// The tenant that a header names.
    pub(crate) named_tenant: Option<String>,
    /// Whether a browser loads it as a worker that stays between pages and this host.
    pub(crate) loads_worker: bool,
    /// Whether the path was sent with a slash at its end.
    pub(crate) ends_with_slash: bool,
    /// Whether only the head of the answer is wanted.
    pub(crate) is_head: bool,
    /// The short media type of the body, if it was one of the API's own.
    pub(crate) media: Option<String>,
    pub(crate) body: Option<Json>,
    /// The wish to go on as a WebSocket.
    pub(crate) upgrade: Option<Upgrade>,
}

impl Call {
    /// The door.
    pub(crate) fn door(&self) -> &Door {
        &self.setting.door
    }

    /// Who asks. Only public endpoints have nobody, and they do not call this.
    pub(crate) fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(|| Problem::not_signed_in(false))
    }

    /// Asks a question for the caller.
    pub(crate) async fn ask<Q: Query>(&self, query: Q) -> Result<Q::Answer, Problem> {
        self.door()
            .ask(self.caller()?, query)
            .await
            .map_err(self.refused())
    }

    /// Carries out a command for the caller.
    pub(crate) async fn run<C: Command>(&self, command: C) -> Result<C::Answer, Problem> {
        self.door()
            .run(self.caller()?, command)
            .await
            .map_err(self.refused())
    }

    /// What a refusal looks like at this call's endpoint.
    pub(crate) fn refused(&self) -> impl Fn(Refusal) -> Problem + use<> {
        let endpoint = self.endpoint;
        move |refusal| Problem::refused(endpoint, refusal)
    }

    /// A link into this installation.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The path of the request.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A part of the path, by its place among the placeholders.
    pub(crate) fn part(&self, place: usize) -> &str {
        self.parameters.get(place).map_or("", String::as_str)
    }

    /// A part of the path that is an identifier. What can be no identifier is not there, like one that is not there.
    pub(crate) fn id<T: FromStr>(&self, place: usize) -> Result<T, Problem> {
        self.part(place)
            .parse()
            .map_err(|_| Problem::no_such_id(self, self.part(place)))
    }

    /// The parameters, decoded, in their order.
    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A parameter; the first if it was repeated.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query_pairs()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// A text parameter; an empty one is none.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.query(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    /// The values of a list parameter: repeated, or with commas.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let given = self.query_pairs().filter(|(key, _)| *key == name);
        given
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// A truth parameter.
    pub(crate) fn flag(&self, name: &'static str, default: bool) -> Result<bool, Problem> {
        match self.query(name) {
            None | Some("") => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(Problem::bad_parameter(self, name, "true or false")),
        }
    }

    /// A date parameter.
    pub(crate) fn date(&self, name: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.query(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        // A plus sign that was not encoded has become a space: no date has one there otherwise.
        let text = text.replace(' ', "+");
        let bad = |_| Problem::bad_parameter(self, name, "a date, or a date and time, in ISO 8601");
        Timestamp::from_query(&text).map(Some).map_err(bad)
    }

    /// A parameter that is an identifier.
    pub(crate) fn query_id<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Problem> {
        let Some(text) = self.query(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|_| Problem::bad_parameter(self, name, "an identifier"))
    }

    /// Takes the body out. Endpoints that declare one always have it.
    pub(crate) fn take_body(&mut self) -> Result<Json, Problem> {
        self.body
            .take()
            .ok_or_else(|| Problem::body(self, &contract::body::BadBody::NotAnObject))
    }
}
