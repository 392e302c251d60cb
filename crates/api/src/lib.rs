//! REST: translates requests into questions and commands of the engine, and their answers into the API's shapes.
//!
//! It knows HTTP and the contract. It does not know the store, and decides nothing.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod alarms;
mod answer;
mod applications;
mod audit;
mod binaries;
mod bulk_operations;
mod call;
mod certificates;
mod cookies;
mod cross_origin;
mod device_tokens;
mod disconnection;
mod events;
mod explain;
mod features;
mod files;
pub mod http;
mod identity;
mod inventory;
mod inventory_roles;
mod links;
mod login_options;
mod manner;
mod measurements;
mod media;
mod mqtt;
mod notifications;
mod operations;
mod options;
mod paging;
mod passing;
mod password_reset;
mod permissions;
mod pieces;
mod platform;
mod problem;
mod projects;
mod realtime;
mod registration;
mod remote_access;
mod retention;
mod room;
mod route;
mod second_factor;
mod service_accounts;
mod sessions;
mod single_sign_on;
mod software;
mod spreadsheet;
mod statistics;
mod table;
mod takeover;
mod tenants;
mod units;
mod unread;
mod users;
mod versions;

pub use answer::{ApiBody, Cut};
pub use device_tokens::PeerCertificates;
pub use mqtt::Speaks;
pub use takeover::{AnyStream, Stream, Takeover};
