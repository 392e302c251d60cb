//! The device side: makes the machine on which it runs a device of the platform.
//!
//! It gets a certificate of its own for a one-time password (EST), sends its real readings over MQTT with it, keeps them
//! on the disk while the server is away, carries out operations within the policy of whoever started it, and reports
//! what concerns the security of the machine. It speaks the public protocols like any other device, only ever dials out
//! (R080), and knows nothing of the server's insides.

pub mod client;
pub mod device;
mod enrolment;
pub mod identity;
mod link;
pub mod machine;
pub mod operations;
mod ordinary;
pub mod queue;
pub mod readings;
mod rest;
pub mod state;
pub mod trust;
mod watch;

#[cfg(test)]
mod test_platform;
#[cfg(test)]
mod test_server;
