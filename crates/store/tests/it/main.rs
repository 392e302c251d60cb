//! Tests of the store through its public interface, one module per concern.

mod conformance;
mod crash;
mod damage;
mod engines;
