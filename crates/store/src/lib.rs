//! The storage of the platform.
pub mod backend;
