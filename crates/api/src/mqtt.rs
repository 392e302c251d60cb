//! MQTT over a WebSocket (MQTT 5.0, 6): agrees to it, and hands its bytes to whoever speaks MQTT. Who is there is said in the
//! first packet, not in the request: nothing that a browser adds by itself counts.

mod bytes;

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::realtime::server_side;
use crate::takeover::{AnyStream, Takeover};
use bytes::Bytes;
use contract::mqtt::Endpoint;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// Speaks MQTT over the bytes of a connection from this address, to its end.
pub type Speaks = Arc<dyn Fn(AnyStream, IpAddr) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Whether it opens a WebSocket in which MQTT is spoken: the request needs no credential, for the first packet has it.
pub(crate) fn is_socket(endpoint: contract::endpoints::Endpoint) -> bool {
    matches!(endpoint, contract::endpoints::Endpoint::Mqtt(Endpoint::Socket))
}

/// Agrees to a WebSocket whose client names the protocol (MQTT 5.0, 6.0.0-3).
#[expect(clippy::needless_pass_by_value, reason = "as for every endpoint")]
pub(crate) fn open(call: Call) -> Result<Answer, Problem> {
    let upgrade = call.upgrade.as_ref().filter(|upgrade| upgrade.offers_mqtt());
    let (Some(upgrade), Some(speaks)) = (upgrade, call.setting.mqtt.get().cloned()) else {
        return Err(Problem::no_upgrade());
    };
    let (accept, address) = (upgrade.accept().to_owned(), call.address);
    let takeover = Takeover::new(move |stream| async move {
        let socket = server_side(stream).await;
        speaks(Box::new(Bytes::new(socket)), address).await;
    });
    Ok(Answer::taken_over(accept, takeover).with(SEC_WEBSOCKET_PROTOCOL, "mqtt"))
}
