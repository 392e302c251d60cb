//! What must hold for every input from outside, whatever its bytes: one module for each target of `cargo xtask fuzz`, which
//! tries inputs that nobody thought of. It knows no fuzzer, so it is compiled and tried with everything else; the targets in
//! `fuzz/targets` are one line each.

pub mod certificates;
pub mod packets;
pub mod rows;
pub mod texts;

#[cfg(test)]
mod tests;
