//! The device side: makes the machine on which it runs a device of the platform and sends its real readings.
//!
//! It speaks the public HTTPS API like any other device, with a device user of its own, only ever dials out (R080),
//! and knows nothing of the server's insides.

pub mod client;
pub mod device;
pub mod machine;
pub mod readings;

#[cfg(test)]
mod test_server;
