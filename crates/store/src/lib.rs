//! The storage of the platform: transactions and tables over an ordered key-value engine, sealed per tenant.
//!
//! It knows tenants, proofs and rows. It does not know HTTP, JSON text, the clock, or who may do what: a table opens
//! only for a proof of the permission decision.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::panic))]

pub mod audit_log;
pub mod backend;
pub mod catalogue;
mod change;
mod commit;
mod external_ids;
pub mod facts;
pub mod fault;
mod ids;
pub mod inventory;
pub mod keyring;
mod keys;
pub mod master_key;
pub mod measurements;
mod migrate;
mod projection;
pub mod realm;
mod rows;
pub mod seal;
pub mod search;
pub mod shard;
pub mod transaction;
pub mod view;

pub use change::Receipt;
pub use commit::CommitCounts;
