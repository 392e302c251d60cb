//! The REST surface, in process.

mod attacks;
mod catalogue;
mod requests;
mod tenants;
mod users;
