//! SmartREST: see `crates/fuzzed/src/rows.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::rows::check(bytes));
