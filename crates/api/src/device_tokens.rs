//! Devices whose connection began with a certificate: what of it counts for a request, and the token that they get for it.

use crate::answer::Answer;
use crate::call::Call;
use crate::http::header;
use crate::problem::Problem;
use contract::certificates::Endpoint as Certificates;
use contract::endpoints::Endpoint;
use engine::certificates::Chain;
use engine::sign_in::{Offered, ShownCertificates};
use http::header::AUTHORIZATION;
use http::request::Parts;
use model::json::Object;
use model::limits::CHAIN_IN_HEADER_CERTIFICATES_MAX;

/// What the other end of a connection has shown in its TLS handshake, where it has proved to hold the key of the first. Whoever
/// owns the connection puts it among the extensions of each of its requests.
#[derive(Clone)]
pub struct PeerCertificates(pub Chain);

/// What a request is signed in with because its connection began with a certificate: for a token always, for the next
/// certificate unless it says who it is in another way, and for nothing else. The chain in a header counts behind the
/// device's own certificate only.
pub(crate) fn offered(parts: &Parts, endpoint: Endpoint) -> Result<Option<Offered>, Problem> {
    let Some(PeerCertificates(chain)) = parts.extensions.get() else {
        return Ok(None);
    };
    let counts = match endpoint {
        Endpoint::Certificates(Certificates::AccessToken | Certificates::OpenByCertificate) => true,
        Endpoint::Certificates(Certificates::Reenrol) => !parts.headers.contains_key(AUTHORIZATION),
        _ => false,
    };
    if !counts {
        return Ok(None);
    }
    let bad = |reason: engine::certificates::BadChain| Problem::bad_chain(&reason.to_string());
    let chain = match header(&parts.headers, "x-ssl-cert-chain") {
        Some(more) => {
            let more = Chain::from_text(more, CHAIN_IN_HEADER_CERTIFICATES_MAX).map_err(bad)?;
            chain.clone().and(more).map_err(bad)?
        }
        None => chain.clone(),
    };
    let shown = ShownCertificates { chain, tenant: None };
    Ok(Some(Offered::Certificate(shown)))
}

/// The token of the device that asks.
pub(crate) async fn issue(call: &Call) -> Result<Answer, Problem> {
    let token = call.door().device_token(call.caller()?).await;
    let token = token.map_err(call.refused())?;
    let body: Object = [("accessToken", token.expose())].into_iter().collect();
    Ok(Answer::json(200, "application/json", &body))
}
