//! The vocabulary of the platform: identifiers, names, times, JSON values and the domain objects built from them.
//!
//! Every type is made by a constructor that parses, so a value that exists is a value that is valid. This crate
//! knows no socket, clock, HTTP or storage.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod addresses;
pub mod alarms;
pub mod applications;
pub mod bulk_operations;
pub mod certificates;
pub mod decommissioning;
pub mod device_reports;
pub mod disconnection;
pub mod events;
pub mod files;
pub mod grants;
pub mod identity;
pub mod ids;
pub mod inventory;
pub mod json;
pub mod limits;
pub mod measurements;
pub mod names;
pub mod notifications;
pub mod operations;
pub mod options;
pub mod origins;
pub mod passing;
pub mod permissions;
pub mod processing;
pub mod realtime;
pub mod registration;
pub mod remote_access;
pub mod retention;
pub mod roles;
pub mod secret;
pub mod service_accounts;
pub mod sessions;
pub mod single_sign_on;
pub mod statistics;
pub mod tenants;
pub mod time;
pub mod users;
mod words;
