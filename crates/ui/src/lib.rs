//! The console in the browser: its files, embedded in the program, and how they are served under `/ui/`.
//!
//! It knows HTTP. It does not know the API, who is signed in, or what the files do.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod console;
mod encoding;
mod files;
mod headers;

pub use files::{FileHash, hashes};
