//! A simulated fleet: trucks, cold containers and machines that exist nowhere, with the data that such things send.
//!
//! It is a client of the public API like any other: devices act with credentials of their own, and what is not theirs to do
//! a service account does. It knows nothing of the server's insides, and no other way in. Everything that it makes says of
//! itself that it is simulated.

pub mod chance;
pub mod cold;
pub mod credentials;
mod documents;
mod history;
mod live;
mod load;
pub mod machine;
pub mod people;
pub mod roads;
pub mod roster;
pub mod run;
mod server;
mod staff;
mod tree;
pub mod truck;
