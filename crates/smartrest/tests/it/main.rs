//! SmartREST as a whole: every static template in both directions, collections, topics, and properties over any bytes.

mod collections;
mod device;
mod properties;
mod server;
mod told;
mod topics;
