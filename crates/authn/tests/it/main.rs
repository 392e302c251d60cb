//! The whole crate from outside: signing in through the one door, as a server would.
#![allow(unreachable_pub)]

mod sign_in;
