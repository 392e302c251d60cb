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

pub mod alarms;
pub mod applications;
pub mod audit_log;
pub mod availability;
pub mod binaries;
pub mod bulk_operations;
pub mod caller;
pub mod certificates;
pub mod decommissioning;
pub mod desk;
pub mod device_users;
pub mod devices;
pub mod disconnection;
pub mod documents;
pub mod door;
pub mod events;
mod every_tenant;
pub mod explain;
pub mod features;
pub mod files;
mod first;
pub mod flow;
pub mod groups;
pub mod identity;
pub mod inventory;
pub mod inventory_roles;
mod leaving;
pub mod login_options;
pub mod measurements;
pub mod mqtt;
mod note;
pub mod notifications;
pub mod operations;
pub mod options;
pub mod page;
pub mod parts;
pub mod password_reset;
pub mod permissions;
pub mod privileged;
pub mod profile;
pub mod projects;
mod rates;
pub mod realtime;
pub mod refusal;
pub mod registration;
pub mod remote_access;
pub mod retention;
pub mod roles;
pub mod second_factor;
pub mod service_accounts;
pub mod sessions;
pub mod setup;
mod shares;
pub mod sign_in;
pub mod single_sign_on;
pub mod statistics;
pub mod tenants;
pub mod users;
pub mod version;
mod windows;
pub mod work;
pub mod world;
