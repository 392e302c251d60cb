//! The inventory query language of the API (`query=`, `q=`): text to a typed filter and order, and what they
//! mean.
//!
//! This crate parses, prints, evaluates against one object at a time and says which properties and indexes a
//! filter needs. It knows no storage, permission or clock: what an object shows is the business of whoever
//! implements [`evaluate::Subject`].
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod ast;
pub mod decimal;
pub mod evaluate;
pub mod fault;
pub mod must;
pub mod order;
pub mod parse;
pub mod path;
pub mod pattern;

mod lex;
mod print;
