//! The query language as a whole: published examples, faults, order, and properties over generated queries.

mod faults;
mod naive;
mod order;
mod published;
mod shape;
mod thing;
