//! The broker in one process: its connections over streams in memory, its sessions in a store.

mod client;
mod connect;
mod crashes;
mod flow;
mod interoperability;
mod kinds;
mod meaning;
mod messages;
mod new_devices;
mod operations;
mod pressure;
mod rights;
mod sessions;
mod topics;
mod venue;
mod wills;
