//! Measurements in compact form: what they have in common (the shape) apart from what differs (the points), and the
//! tables of aggregates that are computed from them.
//!
//! Pure: it knows no storage, encryption, clock, HTTP or JSON text.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod aggregate;
pub mod batch;
pub mod point;
pub mod shape;
pub mod totals;
pub mod units;
pub mod value;
