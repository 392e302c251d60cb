//! The endpoint of MQTT over WebSockets. What is said there has no place in this list: it is no REST.

use crate::endpoint::{Answer, endpoints};
use policy::operations::mqtt as does;

const SOCKET: Answer = Answer {
    status: 101,
    media: None,
    schema: None,
};

endpoints! {
    Socket = Get "/mqtt" does does::MqttConnect {
        answer: SOCKET,
        errors: &[426],
        about: "MQTT 3.1.1 and 5.0 over a WebSocket (RFC 6455) with the sub-protocol `mqtt`. The credential is in the first packet, CONNECT.",
    }
}
