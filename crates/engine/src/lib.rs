//! What the platform does: the one door around every request, and behind it the behaviour of every operation, one
//! file per resource.
//!
//! It knows domain values, proofs and the store. It does not know HTTP, MQTT, JSON text or any wire format.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod audit_log;
pub mod caller;
pub mod desk;
pub mod device_users;
pub mod door;
pub mod groups;
pub mod identity;
pub mod inventory;
pub mod measurements;
mod note;
pub mod page;
pub mod profile;
mod rates;
pub mod refusal;
pub mod roles;
pub mod setup;
pub mod sign_in;
pub mod tenants;
pub mod users;
mod windows;
pub mod work;
pub mod world;
