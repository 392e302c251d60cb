//! The MQTT session of one connection as a state machine, for versions 3.1.1 and 5.0: bytes, answers and time go in;
//! bytes, questions and an end come out.
//!
//! Pure: it knows no socket, clock, tenant or device, and not what a topic means. The packets' format is that of the
//! library `mqtt-protocol-core`, behind checks of our own. Its connection is not used: it confirms a
//! repeated QoS 2 message before the first has been committed, and what it sends again after a reconnect is neither
//! held to the client's receive maximum nor counted.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod decode;
mod encode;
pub mod exchange;
mod frame;
pub mod limits;
pub mod message;
mod packet;
pub mod reason;
pub mod session;
mod strict;
pub mod topic;
