//! The rule of the `Accept` header: what was created or changed is shown only to a client that sent one.

use crate::endpoint::Method;
use crate::endpoints::Endpoint;
use crate::{certificates, notifications, registration, service_accounts, tenants};

/// Whether the answer has a body only for a client that sent an `Accept` header: after creating and changing.
pub fn is_shown_if_accepted(endpoint: Endpoint) -> bool {
    let declaration = endpoint.declaration();
    matches!(declaration.method, Method::Post | Method::Put)
        && declaration.answer.media.is_some_and(is_document)
        && !answers_a_question(endpoint)
}

/// Whether it is a document of this interface. What another protocol answers, it answers by its own rules.
fn is_document(media: &str) -> bool {
    !media.contains('/') || media == "application/json"
}

/// Whether the answer is all that the request is for: what is said once and can be read nowhere afterwards.
fn answers_a_question(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::Realtime(_)
            | Endpoint::Explain(_)
            | Endpoint::Sessions(_)
            | Endpoint::SecondFactor(_)
            | Endpoint::PasswordReset(_)
            | Endpoint::Notifications(notifications::Endpoint::Token | notifications::Endpoint::Unsubscribe)
            | Endpoint::Registration(registration::Endpoint::Credentials)
            | Endpoint::ServiceAccounts(service_accounts::Endpoint::CreateKey)
            | Endpoint::Tenants(tenants::Endpoint::Create)
            | Endpoint::Certificates(
                certificates::Endpoint::VerifyChain
                    | certificates::Endpoint::Enrol
                    | certificates::Endpoint::Reenrol
            )
    )
}
