//! The audit log as pure values: the canonical record, the Merkle tree over records (RFC 6962 hashing), signed
//! checkpoints (C2SP), proofs, verification and the exported bundle (R096, R098, R099, R101).
//!
//! This crate knows no file, clock, socket or source of randomness: bytes, times and random bytes are handed in.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod bundle;
pub mod checkpoint;
mod fault;
mod hex;
mod json_text;
pub mod log;
pub mod proofs;
pub mod record;
pub mod verify;
