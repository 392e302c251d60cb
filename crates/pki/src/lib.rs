//! The platform's public key infrastructure: private keys, a certificate authority, the certificates that it issues.
//!
//! This crate knows no file, clock or socket: the caller passes the time and the serial numbers in and keeps the PEM
//! text. Only keys and signatures take their randomness from the cryptographic library itself, because a key made
//! from a caller's randomness is as weak as the caller.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod authority;
pub mod bundle;
pub mod certificate;
pub mod chain;
pub mod key;
pub mod names;
pub mod public_key;
pub mod request;
pub mod signer;
pub mod trusted;
