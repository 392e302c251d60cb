//! Texts of the REST API: see `crates/fuzzed/src/texts.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::texts::check(bytes));
