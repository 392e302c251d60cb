//! Tests of the engine through its one door, one module per resource.

mod audit_log;
mod bulk_operations;
mod device_users;
mod every_tenant;
mod groups;
mod house;
mod identity;
mod inventory;
mod measurements;
mod mqtt;
mod scene;
mod sessions;
mod setup;
mod sign_in;
mod tenants;
mod users;
