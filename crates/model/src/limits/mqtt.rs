//! The limits of MQTT: connections, packets, sessions, wills.

/// Open connections over MQTT of all tenants together; beyond it a client is told to come back later.
pub const MQTT_CONNECTIONS_MAX: usize = 20_000;
/// Of one tenant.
pub const MQTT_CONNECTIONS_PER_TENANT_MAX: usize = 10_000;
/// Of one principal: a user may speak for many devices that have no user of their own.
pub const MQTT_CONNECTIONS_PER_PRINCIPAL_MAX: usize = 2_000;
/// Of one address (IPv6: of one /64 network): that of a site with all its devices.
pub const MQTT_CONNECTIONS_PER_ADDRESS_MAX: usize = 10_000;
/// Connections over MQTT of the user that new devices share, of one address.
pub const MQTT_BOOTSTRAP_CONNECTIONS_PER_ADDRESS_MAX: usize = 50;
/// How long a new device waits for its credentials on one connection, in seconds; then it comes back.
pub const MQTT_BOOTSTRAP_SECONDS_MAX: u64 = 10 * 60;
/// Connections over MQTT that have not signed in yet, in all; a further one is closed before any work was done for it.
pub const MQTT_STRANGERS_MAX: usize = 2_000;
/// Of one address (IPv6: of one /64 network).
pub const MQTT_STRANGERS_PER_ADDRESS_MAX: usize = 500;
/// What one connection over MQTT costs at most, in bytes: what the session holds and what the two buffers of its transport
/// do. One that waits for something to happen takes a small part of it.
pub const MQTT_CONNECTION_BYTES_MAX: usize = 1 << 20;
/// Longest packet from a client over MQTT, in bytes: what the cloud takes. A longer one ends the connection.
pub const MQTT_PACKET_BYTES_MAX: u32 = 16_184;
/// Filters that one client is subscribed to.
pub const MQTT_SUBSCRIPTIONS_MAX: usize = 50;
/// Bytes of what a client is told because of one message of its own, and of what waits for it; the rest is left out.
pub const MQTT_ANSWER_BYTES_MAX: usize = 64 << 10;
/// A client that is owed answers and takes none of them for so long is cut off, in seconds.
pub const MQTT_OWED_SECONDS_MAX: u64 = 60;
/// A message that comes too early for its sender's rate waits for so long at most, in seconds; then it is refused.
pub const MQTT_DELAY_SECONDS_MAX: u64 = 10;
/// Whoever takes over a session waits for so long, in seconds, until the connection before has come to its end.
pub const MQTT_TAKEOVER_SECONDS_MAX: u64 = 10;
/// A connection whose session has ended is given so long, in seconds, to take the last bytes.
pub const MQTT_FAREWELL_SECONDS_MAX: u64 = 2;
/// How often it is checked that whoever is connected over MQTT may still act, in seconds.
pub const MQTT_CHECK_SECONDS: u64 = 2;
/// An operation that was decided to be sent, and that the client did not take for so long, in seconds, is decided again.
pub const MQTT_OPERATION_FRESH_SECONDS: u64 = 2;
/// How long a session over MQTT outlives its connection at most, in seconds: a week.
pub const MQTT_SESSION_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;
/// What is stored of a session is stored anew while its client is connected, but not more often than this, in seconds.
pub const MQTT_SESSION_RENEWAL_SECONDS_MIN: u64 = 60;
/// What is kept of one such session, in bytes: of a larger one only the subscriptions are.
pub const MQTT_SESSION_BYTES_MAX: usize = 256 << 10;
/// Sessions over MQTT of one tenant that outlive their connections.
pub const MQTT_SESSIONS_KEPT_PER_TENANT_MAX: usize = 20_000;
/// Of one principal.
pub const MQTT_SESSIONS_KEPT_PER_PRINCIPAL_MAX: usize = 2_000;
/// Wills of all tenants that wait for their time; a further one is published at once.
pub const MQTT_WILLS_WAITING_MAX: usize = 20_000;
/// Of one tenant.
pub const MQTT_WILLS_WAITING_PER_TENANT_MAX: usize = 5_000;
/// Of one principal.
pub const MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX: usize = 1_000;
