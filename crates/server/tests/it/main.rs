//! The server's building blocks and the whole program, from outside: files, sockets, processes.

mod audit_proof;
mod client;
mod commands;
mod config;
mod crash;
mod data_dir;
mod lifecycle;
mod listener;
mod program;
mod secrecy;
mod served;
mod shards;
mod site;
mod tls;
