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

mod answer;
mod audit;
mod call;
pub mod http;
mod identity;
mod inventory;
mod links;
mod measurements;
mod media;
mod paging;
mod pieces;
mod platform;
mod problem;
mod route;
mod tenants;
mod unread;
mod users;

pub use answer::{ApiBody, Cut};
