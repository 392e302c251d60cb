//! What is wrong with a request before anything is asked: its path, its form, its parameters, its body.

use super::names::{area, what};
use super::{Problem, not_found};
use crate::call::Call;
use contract::body::BadBody;
use contract::endpoints::Endpoint;
use contract::form::BadForm;
use contract::json::BadJson;
use contract::processing::modes;
use contract::refused::Refused;

/// What a console is asked for: no browser knows it, so none prompts.
const FOR_CONSOLES: &str = "XBasic realm=\"holdfast\"";

impl Problem {
    /// Not, or wrongly, signed in. A console asks for `XBasic`, so that no browser prompt appears.
    pub(crate) fn not_signed_in(from_console: bool) -> Self {
        let challenge = if from_console {
            FOR_CONSOLES
        } else {
            "Basic realm=\"holdfast\""
        };
        Self {
            challenge: Some(challenge),
            ..Self::new(
                401,
                "security/Unauthorized",
                "Invalid credentials! : Bad credentials",
            )
        }
    }

    /// A browser that comes back from an identity provider, and is not let in. It is not asked for a password instead.
    pub(crate) fn sign_on_not_accepted() -> Self {
        Self::new(
            401,
            "security/Unauthorized",
            "The sign-in was not accepted: it was not begun in this browser, took too long, or the identity provider did \
             not confirm it. Begin again.",
        )
    }

    /// Somebody whom the identity provider knows, and who has nothing to do here.
    pub(crate) fn sign_on_without_access() -> Self {
        Self::new(
            403,
            "security/Forbidden",
            "The identity provider has confirmed who you are, but you have no access here. Ask an administrator of your \
             tenant: the audit log says why.",
        )
    }

    /// Signed in with less than is asked for. Clients know these texts.
    pub(super) fn more_is_asked_for(message: &'static str) -> Self {
        Self {
            message: format!("Invalid credentials! : {message}"),
            ..Self::not_signed_in(false)
        }
    }

    /// The same for a console, which wants no prompt of the browser.
    pub(crate) fn for_console(self) -> Self {
        Self {
            challenge: self.challenge.map(|_| FOR_CONSOLES),
            ..self
        }
    }

    /// No endpoint has this path.
    pub(crate) fn unknown_path() -> Self {
        Self::new(
            404,
            "general/Not Found",
            "There is nothing at this path. GET /platform lists the entry points.",
        )
    }

    /// The path has other methods.
    pub(crate) fn other_method(methods: &[&str]) -> Self {
        let methods = methods.join(", ");
        let message = format!("This path does not have this method; it has {methods}.");
        Self {
            allow: Some(methods),
            ..Self::new(405, "general/Method Not Allowed", message)
        }
    }

    /// The REST API has it, and it is not offered here.
    pub(crate) fn not_offered(refused: &Refused, methods: &[&str]) -> Self {
        let message = format!("{} is not offered here. {}", refused.path, refused.reason);
        match methods {
            [] => Self::new(404, "general/Not Found", message),
            methods => Self {
                allow: Some(methods.join(", ")),
                ..Self::new(405, "general/Method Not Allowed", message)
            },
        }
    }

    /// The request target is too long.
    pub(crate) fn target_too_long() -> Self {
        Self::new(414, "general/URI Too Long", "The path and query are too long.")
    }

    /// The body is larger than this endpoint reads.
    pub(crate) fn body_too_large(most: usize) -> Self {
        let message = format!("The body is larger than {most} bytes. Nothing was stored; send less at once.");
        Self::new(413, "general/Payload Too Large", message)
    }

    /// The body did not arrive.
    pub(crate) fn body_incomplete() -> Self {
        Self::new(
            400,
            "general/Bad Request",
            "The body did not arrive completely. Nothing was stored.",
        )
    }

    /// The body is of another type.
    pub(crate) fn not_json() -> Self {
        Self::new(
            415,
            "general/Unsupported Media Type",
            "The body must be plain JSON: set Content-Type to application/json, and no Content-Encoding.",
        )
    }

    /// The body is a file that a page of another site sends.
    pub(crate) fn other_site() -> Self {
        Self::new(
            403,
            "security/Forbidden",
            "Access is denied. Pages of other sites send no files here: the Origin is another one. Nothing was stored.",
        )
    }

    /// The body is a form that a page of another site sends.
    pub(crate) fn other_sites_form() -> Self {
        Self::new(
            403,
            "security/Forbidden",
            "Access is denied. Pages of other sites sign nobody in here: the Origin is another one.",
        )
    }

    /// The body is no form, or has a field twice.
    pub(crate) fn not_form() -> Self {
        Self::new(
            400,
            "general/Bad Request",
            "The body must be a form in UTF-8 with every field once.",
        )
    }

    /// Two parameters that cannot stand together.
    pub(crate) fn contradiction(call: &Call, one: &str, other: &str) -> Self {
        let message = format!("The parameters '{one}' and '{other}' cannot be given together.");
        Self::new(400, format!("{}/Bad Request", area(call.endpoint)), message)
    }

    /// The endpoint speaks WebSocket, and the request does not ask for it.
    pub(crate) fn no_upgrade() -> Self {
        Self::new(
            426,
            "general/Upgrade Required",
            "This path is a WebSocket for GET: ask for the upgrade over HTTP/1.1 (RFC 6455), or send messages with POST.",
        )
    }

    /// A page of another site has a browser open a WebSocket with the credential that the browser keeps.
    pub(crate) fn other_page() -> Self {
        Self::new(
            403,
            "security/Forbidden",
            "Access is denied. Pages of other sites send their credential inside of the handshake.",
        )
    }

    /// The file does not have the bytes that are asked for.
    pub(crate) fn no_such_range() -> Self {
        Self::new(
            416,
            "general/Range Not Satisfiable",
            "The file does not have the bytes that Range asks for; Content-Range tells its length.",
        )
    }

    /// The body is no form.
    pub(crate) fn form(call: &Call, bad: BadForm) -> Self {
        Self::new(
            400,
            format!("{}/Bad Request", area(call.endpoint)),
            bad.to_string(),
        )
    }

    /// The tenant has no certificate authority.
    pub(crate) fn no_authority() -> Self {
        let message = "The tenant has no certificate authority that issues certificates now.";
        Self::new(404, "certificate/Not Found", message)
    }

    /// A chain of certificates cannot be read.
    pub(crate) fn bad_chain(reason: &str) -> Self {
        let message = format!("The chain cannot be read: {reason}.");
        Self::new(400, "Device Certificates/Bad Request", message)
    }

    /// The body is no form of parts.
    pub(crate) fn not_parts() -> Self {
        Self::new(
            415,
            "general/Unsupported Media Type",
            "The body must be a form (multipart/form-data) with the file in it, and no Content-Encoding.",
        )
    }

    /// The body says that it is such a form, and is none.
    pub(crate) fn bad_parts(bad: BadForm) -> Self {
        Self::new(400, "general/Bad Request", bad.to_string())
    }

    /// The body is no text in UTF-8.
    pub(crate) fn not_text() -> Self {
        Self::new(
            400,
            "general/Bad Request",
            "The body must be text in UTF-8. Nothing was stored.",
        )
    }

    /// The body is no JSON that is taken in.
    pub(crate) fn json(endpoint: Endpoint, bad: BadJson) -> Self {
        Self::new(400, format!("{}/Bad Request", area(endpoint)), bad.to_string())
    }

    /// A subscription that looks at the same and feeds the same is there.
    pub(crate) fn subscription_there(message: &str) -> Self {
        Self::new(409, "reliable-notification/Duplicate", message)
    }

    /// The subscriber of a token is not subscribed. Clients know this by the class of the status alone: they tell it apart
    /// from a token that is not good.
    pub(crate) fn not_subscribed() -> Self {
        Self::new(
            500,
            "reliable-notification/Not Subscribed",
            "The subscriber of this token is not subscribed, or not any more. Nothing was changed.",
        )
    }

    /// The body is JSON, but not what is needed.
    pub(crate) fn body(call: &Call, bad: &BadBody) -> Self {
        let error = match bad {
            BadBody::Missing(_) => "undefined/validationError".to_owned(),
            _ => format!("{}/Invalid Data", area(call.endpoint)),
        };
        Self::new(422, error, bad.to_string())
    }

    /// A parameter is not what it must be.
    pub(crate) fn bad_parameter(call: &Call, name: &str, expected: &str) -> Self {
        let message = format!("The parameter '{name}' must be {expected}.");
        Self::new(422, format!("{}/Invalid Data", area(call.endpoint)), message)
    }

    /// A processing mode that the endpoint does not take, or that there is not.
    pub(crate) fn processing_mode(endpoint: Endpoint) -> Self {
        let taken: Vec<_> = modes(endpoint).iter().map(|mode| mode.word()).collect();
        let message = format!(
            "The processing mode is not available here; nothing was done. Available: {}.",
            taken.join(", ")
        );
        Self::new(422, format!("{}/Invalid Data", area(endpoint)), message)
    }

    /// A parameter that must be there is not.
    pub(crate) fn missing_parameters(call: &Call, names: &[&str]) -> Self {
        let message = format!(
            "Following mandatory parameters should be included: {}",
            names.join(",")
        );
        Self::new(422, format!("{}/Invalid Data", area(call.endpoint)), message)
    }

    /// The query is not of the query language.
    pub(crate) fn query(call: &Call, bad: &query::fault::BadQuery) -> Self {
        let message = format!("Find by filter query failed : Query could not be understood. {bad}");
        Self::new(422, format!("{}/Invalid Data", area(call.endpoint)), message)
    }

    /// The path names something by what can be no identifier.
    pub(crate) fn no_such_id(call: &Call, text: &str) -> Self {
        not_found(area(call.endpoint), what(call.endpoint), text)
    }
}
