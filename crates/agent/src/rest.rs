//! What a device does over HTTPS, with a token that it got over MQTT: files up and down, and certificates anew.

use crate::client::base_url::BaseUrl;
use crate::client::dial::Dial;
use crate::client::{Client, Request, bearer};
use crate::enrolment::{self, NotEnrolled, REENROL};
use crate::identity::Identity;
use crate::trust::SetupError;
use bytes::Bytes;
use http::{HeaderValue, Method, Uri};
use model::ids::{EventId, ObjectId};
use model::registration::{DeviceId, ID_TYPE_DEFAULT};
use model::secret::Secret;
use model::time::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const EVENT: &str = "application/vnd.com.nsn.cumulocity.event+json";

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The server, and who asks.
#[derive(Clone)]
pub(crate) struct Rest<D> {
    pub(crate) dial: D,
    pub(crate) server: BaseUrl,
    pub(crate) ca_pem: Vec<u8>,
    pub(crate) device: DeviceId,
}

impl<D: Dial + Clone> Rest<D> {
    /// A client with these credentials.
    pub(crate) fn client(&self, authorization: HeaderValue) -> Result<Client<D>, SetupError> {
        Client::new(self.dial.clone(), &self.server, &self.ca_pem, authorization)
    }

    /// A new key with its certificate.
    pub(crate) async fn renew(&self, token: &Secret) -> Result<Identity, NotEnrolled> {
        let authorization = bearer(token).ok_or(NotEnrolled::NoCertificate)?;
        let mut client = self.client(authorization)?;
        enrolment::enrol(&mut client, REENROL, &self.device, &self.ca_pem).await
    }

    /// Creates an event with this content attached. Gives where the content can be read.
    pub(crate) async fn attach(
        &self,
        token: &Secret,
        kind: &str,
        time: Timestamp,
        content: Vec<u8>,
    ) -> Result<String, String> {
        let mut client = self.signed_in(token)?;
        let id = utf8_percent_encode(self.device.as_str(), SEGMENT);
        let find = get(format!("/identity/externalIds/{ID_TYPE_DEFAULT}/{id}"));
        let found = ask(&mut client, &find).await?;
        let object: ObjectId = id_at(&found, "/managedObject/id")?;
        let event = json!({ "source": { "id": object.to_string() }, "type": kind, "text": kind, "time": time.to_string() });
        let create = Request {
            method: Method::POST,
            path: "/event/events".to_owned(),
            content_type: Some(EVENT),
            body: Bytes::from(event.to_string()),
            wants_body: true,
        };
        let event: EventId = id_at(&ask(&mut client, &create).await?, "/id")?;
        let path = format!("/event/events/{event}/binaries");
        let attach = Request {
            method: Method::POST,
            path: path.clone(),
            content_type: Some("text/plain"),
            body: Bytes::from(content),
            wants_body: false,
        };
        ask(&mut client, &attach).await?;
        Ok(format!("https://{}{path}", self.server.authority()))
    }

    /// Reads a file of the same server. Files of others are not fetched: nobody has said whom to trust there, and the
    /// token is for nobody else.
    pub(crate) async fn fetch(&self, token: &Secret, url: &str) -> Result<Bytes, String> {
        let uri: Uri = url
            .parse()
            .map_err(|_| "the URL of the file is none".to_owned())?;
        let is_ours = uri.scheme_str().is_none_or(|scheme| scheme == "https")
            && uri
                .authority()
                .is_none_or(|authority| authority.as_str() == self.server.authority());
        let path = uri.path_and_query().map(ToString::to_string);
        let Some(path) = path.filter(|path| is_ours && path.starts_with('/')) else {
            return Err(format!("files are fetched from {} only", self.server.authority()));
        };
        let mut client = self.signed_in(token)?;
        let answer = client.send(&get(path)).await.map_err(|error| error.to_string())?;
        match answer.status.is_success() {
            true => Ok(answer.bytes),
            false => Err(format!("the server answered {} for the file", answer.status)),
        }
    }

    fn signed_in(&self, token: &Secret) -> Result<Client<D>, String> {
        let authorization = bearer(token).ok_or("the server's token is none")?;
        self.client(authorization).map_err(|error| error.to_string())
    }
}

fn get(path: String) -> Request {
    Request {
        method: Method::GET,
        path,
        content_type: None,
        body: Bytes::new(),
        wants_body: false,
    }
}

async fn ask<D: Dial>(client: &mut Client<D>, request: &Request) -> Result<Value, String> {
    let answer = client.send(request).await.map_err(|error| error.to_string())?;
    match answer.status.is_success() {
        true => Ok(answer.body),
        false => Err(format!(
            "{} {}: the server answered {}",
            request.method, request.path, answer.status
        )),
    }
}

fn id_at<T: std::str::FromStr>(answer: &Value, place: &str) -> Result<T, String> {
    let id = answer
        .pointer(place)
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    id.ok_or_else(|| "the server's answer has no id".to_owned())
}
