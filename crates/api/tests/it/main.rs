//! The REST surface, in process.

mod attacks;
mod catalogue;
mod users;
mod tenants;
