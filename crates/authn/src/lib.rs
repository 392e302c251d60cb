//! Who is it? From stored facts, a presented credential and the time that is handed in, this crate decides whether a
//! caller is the principal that it claims to be. It knows no clock, storage, socket or source of randomness, and
//! nothing about what a principal may do.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod basic;
pub mod credential;
pub mod device_token;
pub mod generated;
pub mod identity_token;
pub mod password;
pub mod password_rules;
pub mod pepper;
pub mod recovery_code;
pub mod security_token;
pub mod service_key;
pub mod setup_secret;
mod table;
pub mod throttle;
pub mod ticket;
pub mod token;
pub mod totp;
pub mod verified_cache;
pub mod verify;
