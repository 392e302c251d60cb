//! Certificates: see `crates/fuzzed/src/certificates.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::certificates::check(bytes));
