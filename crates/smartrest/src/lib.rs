//! SmartREST 2.0: what devices with little memory say over MQTT, as rows of comma-separated values, in both directions;
//! and the names of the topics on which they say it.
//!
//! Rows become domain values that do not name their source: the topic does, and who may write there is decided
//! elsewhere. This crate knows no socket, storage or clock: the time is passed in.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod collection;
pub mod device;
pub mod dialect;
pub mod fault;
pub mod json_path;
pub mod limits;
pub mod outcome;
pub mod server;
pub mod topic;
pub mod values;

mod arguments;
