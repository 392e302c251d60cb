//! The server's building blocks, from outside: files, sockets, the program itself.

mod config;
mod data_dir;
mod listener;
mod program;
mod served;
mod tls;
