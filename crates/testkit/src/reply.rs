//! Who asks in a test, and what is answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// Somebody with a credential.
#[derive(Clone)]
pub struct Who {
    /// The tenant.
    pub tenant: String,
    /// The user name.
    pub name: String,
    /// The password or generated secret.
    pub password: String,
}

impl Who {
    /// Somebody who says that this is their password.
    pub fn new(tenant: &str, name: &str, password: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            name: name.to_owned(),
            password: password.to_owned(),
        }
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> String {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}/{}:{}", self.tenant, self.name, self.password))
        )
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
    /// What was asked, for the message of a failed test.
    pub(crate) asked: String,
}

impl Reply {
    /// Fails the test unless the answer has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text);
        self
    }

    /// The body as JSON; `null` if there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text))
    }

    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// `error` and `message` of an error.
    #[track_caller]
    pub fn error(&self) -> (String, String) {
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        (text("error"), text("message"))
    }
}
