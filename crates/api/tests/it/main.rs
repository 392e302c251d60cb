//! The REST surface, in process.

mod catalogue;
mod users;
mod tenants;
