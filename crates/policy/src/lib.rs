//! The permission decision: which operations exist, what each needs, and whether a principal has it.
//!
//! Pure: facts come in, a proof or a refusal goes out. This crate knows no storage, no protocol and no clock. The one
//! decision is [`decide::decide`]; its result, [`proof::Allowed`], is the only thing that opens a table of the store.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod decide;
pub mod explain;
pub mod facts;
pub mod granting;
pub mod operation;
pub mod operations;
pub mod privileged;
pub mod proof;
pub mod rights;
mod roles;
pub mod tables;
