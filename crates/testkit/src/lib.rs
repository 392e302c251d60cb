//! A whole platform inside a test: store in memory, door, REST surface, and a clock and randomness that the test holds.
//! For development only: no program is built with it.

pub mod house;
pub mod reply;
pub mod world;
