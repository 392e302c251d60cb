//! The API: every endpoint declared once, with method, path, parameters, bodies and the operation that it is bound to,
//! and the reading of what clients send into domain values.
//!
//! From these declarations come the routes, the OpenAPI document, the permission check and the generated tests. It
//! knows no socket, no storage and no behaviour.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod accept;
pub mod alarms;
pub mod applications;
pub mod audit;
pub mod binaries;
pub mod body;
pub mod bulk_operations;
pub mod certificates;
pub mod disconnection;
pub mod duration;
pub mod endpoint;
pub mod endpoints;
pub mod events;
pub mod explain;
pub mod features;
pub mod form;
pub mod identity;
pub mod inventory;
pub mod inventory_roles;
pub mod json;
pub mod login_options;
pub mod measurements;
pub mod mqtt;
pub mod notifications;
pub mod openapi;
pub mod operations;
pub mod options;
pub mod password_reset;
pub mod permissions;
pub mod platform;
pub mod processing;
pub mod projects;
pub mod realtime;
pub mod reference;
pub mod refused;
pub mod registration;
pub mod remote_access;
pub mod retention;
pub mod schemas;
pub mod second_factor;
pub mod service_accounts;
pub mod sessions;
pub mod single_sign_on;
pub mod software;
pub mod statistics;
pub mod tenants;
pub mod units;
pub mod users;
