//! Operations of connections over MQTT. What a message does is decided by the operations that it comes to.

use crate::operation::{Need, operations};

operations! {
    /// Connect, as the device that the client id names; a device's user as that device only.
    MqttConnect = "mqtt_connect" { Read MqttSessions, need: Need::SignedIn, audit: Quiet, rate: Write }
    /// Send a message: what it does is decided for itself.
    MqttPublish = "mqtt_publish" { Read Nothing, need: Need::SignedIn, audit: Quiet, rate: Ingest }
    /// Keep what outlives a connection: one's own, and nothing that another caller sees.
    MqttSessionKeep = "mqtt_session_keep" { Write MqttSessions, need: Need::SignedIn, audit: Each, rate: Write }
}
