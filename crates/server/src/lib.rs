//! The `holdfast` program as a library: configuration, data directory, TLS, the listener, the commands.
//!
//! `main.rs` only parses the command line and calls in here; tests call in here too.

pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod console_links;
pub mod data_dir;
pub mod exit;
pub mod listener;
pub mod logging;
pub mod platform;
pub mod ready;
pub mod signals;
pub mod site;
pub mod tls;
pub mod world;
