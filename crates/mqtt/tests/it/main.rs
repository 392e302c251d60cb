//! The session as its two neighbours see it: a client that speaks bytes, and a broker that answers.

mod any_bytes;
mod connect;
mod deliver;
mod malformed;
mod pair;
mod publish;
mod resume;
mod subscribe;
mod time;
