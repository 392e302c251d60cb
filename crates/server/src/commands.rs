//! What each command does, one file per command.

pub mod about;
pub mod audit;
pub mod completions;
pub mod config;
pub mod demo;
pub mod device;
pub mod doctor;
pub mod init;
pub mod serve;
pub mod version;
