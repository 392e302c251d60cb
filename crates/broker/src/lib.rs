//! The MQTT broker: connections of devices, their sessions, who of them follows what, and what their messages mean.
//!
//! It drives the session of `mqtt` over any stream, and asks the engine's door for everything that somebody wants. It
//! does not know the store, and decides nothing.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod admission;
pub mod broker;
mod client_id;
mod connection;
mod kept;
pub mod meaning;
mod registry;
mod source;
pub mod speaker;
mod strangers;
mod subscriptions;
mod wills;

pub use connection::LIMITS;
