//! Requests to hosts of others, over HTTPS: to those that may be asked, that prove who they are, once, and with everything
//! bounded. What is asked, and what becomes of the answer, is not known here.
//!
//! Whoever may say where the platform asks could make it ask in the operator's own network. So an address must be public
//! unless the operator allows it; it is looked up once, and exactly what was looked up is connected to; no answer leads
//! anywhere else (R057).
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod client;
mod reach;
mod trust;

pub use client::Outgoing;
pub use reach::{Reach, is_public};
pub use trust::{BadRoots, roots_in, roots_of_system};
