//! The storage of the platform: transactions and tables over an ordered key-value engine, sealed per tenant.
//!
//! It knows tenants, proofs and rows. It does not know HTTP, JSON text, the clock, or who may do what: a table opens
//! only for a proof of the permission decision.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

pub mod alarms;
pub mod application_roles;
pub mod applications;
pub mod audit_log;
pub mod availability;
pub mod backend;
pub mod binaries;
pub mod blobs;
pub mod bulk_operations;
pub mod catalogue;
pub mod certificates;
mod change;
mod commit;
mod covered;
pub mod decommissioning;
pub mod disconnection;
pub mod documents;
pub mod events;
mod external_ids;
pub mod facts;
pub mod fault;
pub mod feed;
mod followers;
mod format;
pub mod gifts;
pub mod grants;
mod hierarchy;
mod ids;
pub mod inventory;
pub mod keyring;
mod keys;
pub mod leaving;
mod lent;
pub mod master_key;
pub mod measurements;
mod migrate;
pub mod mqtt_sessions;
pub mod notifications;
pub mod operations;
pub mod options;
mod passing;
pub mod password_reset;
mod projection;
pub mod projects;
pub mod realm;
pub mod registration;
pub mod remote_access;
pub mod retention;
mod rows;
pub mod seal;
pub mod search;
pub mod second_factor;
pub mod service_accounts;
pub mod sessions;
mod shard;
pub mod shards;
mod shown;
pub mod single_sign_on;
pub mod states;
pub mod statistics;
pub mod transaction;
pub mod usage;
pub mod view;

pub use change::Receipt;
pub use commit::CommitCounts;
